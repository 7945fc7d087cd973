"""What one gets, to see and to change; all tasks that fit; and the way out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import flask

from notifier.catalogue import rows_of_lots, sought
from notifier.digest import by_deadline, expired
from notifier.keys import Purpose, number_in
from notifier.lots import AgreementView, LotState, LotView
from notifier.matching import Match, match, match_agreement
from notifier.membership import opened, stop
from notifier.profiles import Profile, Subscriber, SubscriberStatus
from notifier.site.fingerprints import agreement_fingerprint, lot_fingerprint
from notifier.store import Store
from notifier.web.answering import what_was_said
from notifier.web.pages import message, page
from notifier.web.service import Service
from notifier.web.signup import by_field, form_values, given_of, said
from notifier.wishes import Problem, Wish, read_wish

ROWS = 50  # tasks on a page
_AT_ONCE = 200  # lots that are read together where not all may be needed


def add_routes(app: flask.Flask, service: Service) -> None:
    """The personal page, its tasks, and stop."""
    app.add_url_rule("/mit/<key>", "change", lambda key: _change(service, key), methods=["GET", "POST"])
    app.add_url_rule("/mit/<key>/opgaver", "tasks", lambda key: _tasks(service, key))
    app.add_url_rule("/stop/<key>", "stop", lambda key: _stop(service, key), methods=["GET", "POST"])


def _change(service: Service, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = service.visitor(key, Purpose.CHANGE)
    if subscriber.status is not SubscriberStatus.CONFIRMED:
        return _no_longer(service, subscriber)
    if flask.request.method != "POST":
        wish = Wish(subscriber.address, subscriber.name, subscriber.language, subscriber.cadence, subscriber.profile)
        return _page(service, subscriber, wish, {}, saved="gemt" in flask.request.args)
    given = given_of(flask.request.form)
    wish, problems = read_wish(given, [trade.key for trade in service.rules.trades], address_known=subscriber.address)
    if problems:
        return _page(service, subscriber, wish, by_field(problems)), 422
    service.store.subscribers.change(
        subscriber.number, name=wish.name, language=wish.language, cadence=wish.cadence, profile=wish.profile
    )
    return flask.redirect(f"{service.config.door.change(subscriber)}?gemt=1", 303)


def _page(
    service: Service, subscriber: Subscriber, wish: Wish, problems: dict[str, Problem], *, saved: bool = False
) -> str:
    values = form_values(service, wish.profile, subscriber.language, flask.request.form)
    return page(
        service.config,
        "change",
        subscriber.language,
        subscriber=subscriber,
        wish=wish,
        problems=problems,
        saved=saved,
        answered=what_was_said(service, subscriber),
        **values,
        **said(service, subscriber),
    )


def _no_longer(service: Service, subscriber: Subscriber) -> flask.typing.ResponseReturnValue:
    key = "web.paused" if subscriber.status is SubscriberStatus.PAUSED else "web.stopped_before"
    return page(service.config, "message", subscriber.language, key=key)


def _tasks(service: Service, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = service.visitor(key, Purpose.CHANGE)
    if subscriber.status is not SubscriberStatus.CONFIRMED:
        return _no_longer(service, subscriber)
    concerned, number = _concerned(service, subscriber), _page_number()
    shown = concerned[(number - 1) * ROWS : number * ROWS]
    rows = rows_of_lots(service.store, shown, subscriber.language, service.rules.trades, service.now())
    own = service.config.door.tasks(subscriber)
    beside = _Beside(
        number,
        f"{own}?page={number - 1}" if number > 1 else "",
        f"{own}?page={number + 1}" if len(concerned) > number * ROWS else "",
    )
    return page(
        service.config, "tasks", subscriber.language, subscriber=subscriber, rows=rows, total=len(concerned),
        beside=beside,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Beside:
    page: int
    previous: str
    next: str


def _page_number() -> int:
    number = flask.request.args.get("page", "")
    return max(1, int(number)) if number.isascii() and number.isdecimal() and len(number) < 5 else 1


def _concerned(service: Service, subscriber: Subscriber) -> list[str]:
    """Identities of the lots of `concerning`, in its order; where the catalogue can tell, without reading them."""
    store, profile = service.store, subscriber.profile
    asks_more = (profile.words, profile.words_out, profile.cpv_prefixes, profile.areas, profile.value_min)
    if any(asks_more) or profile.value_max or store.catalogue.stale(1):
        return [view.uid for view, _ in concerning(service, subscriber)]
    unwanted = store.answers.not_relevant(subscriber.number)
    return [uid for uid in store.catalogue.candidates(sought(profile), service.now()) if uid not in unwanted]


def concerning(
    service: Service, subscriber: Subscriber, *, most: int | None = None, newest: bool = False
) -> list[tuple[LotView, Match]]:
    """The open and planned lots that concern a subscriber, as the public pages tell them, the first deadline first.

    With `most` so many suffice, the first of them or the `newest`, and no more is read than that takes; a few more may
    come along.
    """
    candidates, stale = _candidates(service.store, subscriber.profile, service.now(), newest=newest)
    found: list[tuple[LotView, Match]] = []
    if most is None or candidates is None:
        found = _those(service, subscriber, candidates, stale)
    else:
        for start in range(0, len(candidates), _AT_ONCE):
            found += _those(service, subscriber, candidates[start : start + _AT_ONCE], stale)
            if len(found) >= most:
                break
    return sorted(found, key=lambda pair: (pair[0].state is LotState.PLANNED, by_deadline(pair[0])))


def _those(
    service: Service, subscriber: Subscriber, candidates: Collection[str] | None, stale: Collection[str]
) -> list[tuple[LotView, Match]]:
    """Those of the candidates that concern a subscriber."""
    now, store = service.now(), service.store
    unwanted = store.answers.not_relevant(subscriber.number)
    found: list[tuple[LotView, Match]] = []
    for view in store.lots.views(now, live=True, uids=candidates):
        if not view.public or view.uid in unwanted or expired(view, now):
            continue
        why = match(view, subscriber.profile)
        if why is not None:
            found.append((view, why))
    # What the catalogue has as public is what was published; a row that is not made yet tells nothing.
    doubted = {view.uid: view for view, _ in found if candidates is None or view.uid in stale}
    published = store.publications.of(doubted)
    unlike = {uid for uid, view in doubted.items() if published.get(uid) != lot_fingerprint(view)}
    return [pair for pair in found if pair[0].uid not in unlike]


_MOST_STALE = 200  # lots: more are changing in the middle of a run, and all are read instead


def _candidates(
    store: Store, profile: Profile, now: dt.datetime, *, newest: bool = False
) -> tuple[tuple[str, ...] | None, frozenset[str]]:
    """Identities of lots among which are all that may be shown: those whose rows in the catalogue are not made yet,
    then those that it finds, in its order. None for all. And which of them have no row as they stand."""
    stale = frozenset(store.catalogue.stale(_MOST_STALE + 1))
    if len(stale) > _MOST_STALE:
        return None, stale
    found = store.catalogue.candidates(sought(profile), now, newest=newest)
    return tuple(dict.fromkeys((*sorted(stale), *found))), stale


def agreements_concerning(service: Service, subscriber: Subscriber) -> list[AgreementView]:
    """The running agreements that concern a subscriber, as the public pages tell them."""
    found = [view for view in service.store.agreements.views() if match_agreement(view, subscriber.profile)]
    published = service.store.publications.of(view.uid for view in found)
    return [view for view in found if published.get(view.uid) == agreement_fingerprint(view)]


def _stop(service: Service, key: str) -> flask.typing.ResponseReturnValue:
    """A page with a button; a program posts "List-Unsubscribe=One-Click" (RFC 8058). Said again, answered the same."""
    subscriber = opened(service.store, key, Purpose.STOP)
    if subscriber is None:
        # Whoever was erased gets no mail any more, and programs are told that it is done. That an address is gone is
        # said to nobody whose link only lost a letter on its way.
        number = number_in(key)
        if number is None or service.store.subscribers.get(number) is not None:
            flask.abort(404)
        return message(service.config, "web.stop_unknown", 200)
    if flask.request.method == "POST":
        stop(service.store, service.journal, subscriber, service.now(), "on the page")
    done = flask.request.method == "POST" or subscriber.status is SubscriberStatus.UNSUBSCRIBED
    return page(service.config, "stop", subscriber.language, subscriber=subscriber, done=done)
