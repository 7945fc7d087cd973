"""What one gets, to see and to change; all tasks that fit; and the way out."""

from __future__ import annotations

import flask

from notifier.digest import by_deadline, expired
from notifier.keys import Purpose, number_in
from notifier.lots import AgreementView, LotState, LotView
from notifier.matching import Match, match, match_agreement
from notifier.membership import opened, stop
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.site.fingerprints import agreement_fingerprint, lot_fingerprint
from notifier.site.lists import lot_row
from notifier.site.reader import reader
from notifier.web.answering import what_was_said
from notifier.web.pages import message, page
from notifier.web.service import Service
from notifier.web.signup import by_field, form_values, given_of, said
from notifier.wishes import Problem, Wish, read_wish


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
    one = reader(subscriber.language, service.rules.trades)
    rows = [lot_row(view, one) for view, _ in concerning(service, subscriber)]
    return page(service.config, "tasks", subscriber.language, subscriber=subscriber, rows=rows)


def concerning(service: Service, subscriber: Subscriber) -> list[tuple[LotView, Match]]:
    """The open and planned lots that concern a subscriber, as the public pages tell them, the first deadline first."""
    now, published = service.now(), service.store.publications.fingerprints()
    unwanted = service.store.answers.not_relevant(subscriber.number)
    found: list[tuple[LotView, Match]] = []
    for view in service.store.lots.views(now, live=True):
        if not view.public or view.uid in unwanted or expired(view, now):
            continue
        why = match(view, subscriber.profile)
        if why is not None and published.get(view.uid) == lot_fingerprint(view):
            found.append((view, why))
    return sorted(found, key=lambda pair: (pair[0].state is LotState.PLANNED, by_deadline(pair[0])))


def agreements_concerning(service: Service, subscriber: Subscriber) -> list[AgreementView]:
    """The running agreements that concern a subscriber, as the public pages tell them."""
    published = service.store.publications.fingerprints()
    return [
        view
        for view in service.store.agreements.views()
        if match_agreement(view, subscriber.profile) and published.get(view.uid) == agreement_fingerprint(view)
    ]


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
