"""What is announced to nobody until an officer says so, and tenders that only look alike.

What is withheld is decided in one transaction, without the lock of a run: a run goes by what it read at its beginning
and withholds once more what was released meanwhile; what was left is told by none. Two tenders are joined under the
lock, as 'notifier pairs' does it: a run that is building digests has lots in its hands by identities that joining
ends, and what it told under the old one could be told again under the new.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import flask

from notifier.catalogue import followed, refresh
from notifier.clock import COPENHAGEN, write_day
from notifier.desk.mails import restored_now
from notifier.desk.officers import did, officer
from notifier.desk.pages import language, moved, page
from notifier.errors import LockHeld
from notifier.lock import one_run
from notifier.phrases import title_for
from notifier.profiles import SubscriberStatus
from notifier.releasing import Contents, Reach, contents, name_of, named, reach
from notifier.staff import moment
from notifier.store.accounts import Role
from notifier.store.pairs import Decision as PairDecision
from notifier.store.pairs import ProbablePair
from notifier.web.service import Service
from notifier.withheld import Decision, Withheld
from notifier.words import Words, grouped, words

FEW = 5  # fewer subscribers than that are not counted out
_LOTS_SHOWN = 50
# Subscribers times items: a pair that fits takes 0.05 ms. With more nobody waits for the page; a command counts then.
_MOST_ASKED = 200_000
_SEEN = re.compile(r"([0-9]{1,15})/([0-9T:.+-]{10,40})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Group:
    """What one event withheld, for its part of the page."""

    name: str  # as the command line calls it
    heading: str
    since: str
    counts: str
    reach: str
    inside: Contents
    more: int  # lots beside those that are shown
    seen: str  # how far it went when the page was made


class Title(NamedTuple):
    """A title with its language, "" where that is the reader's."""

    words: str
    language: str


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page of what is withheld, its buttons, and those of pairs."""
    from notifier.desk.application import add, add_change

    add(app, "/drift/tilbageholdt", "withheld", lambda: _page(service))
    for endpoint, rule, decision in (
        ("withheld_release", "/drift/tilbageholdt/frigiv", Decision.RELEASED),
        ("withheld_leave", "/drift/tilbageholdt/lad-ligge", Decision.LEFT),
    ):
        add_change(app, rule, endpoint, lambda decision=decision: _decide(service, decision))
    add_change(app, "/drift/par", "pair_decide", lambda: _pair(service), role=Role.ADMIN)


def few(count: int, w: Words) -> str:
    """A count of subscribers in which nobody can be pointed at."""
    return w("health.few") if 0 < count < FEW else grouped(count, w.language)


def _page(service: Service) -> flask.Response:
    store, w, now = service.store, words(language()), service.now()
    waiting = store.withheld.undecided()
    by_name = {name: named(waiting, name) for name in dict.fromkeys(map(name_of, waiting))}
    asked = len(waiting) * store.subscribers.count(SubscriberStatus.CONFIRMED)
    reached = reach(store, service.config, now, by_name) if asked <= _MOST_ASKED else {}
    sources = {source.id: source.name or source.publisher for source in service.config.sources}
    groups = [_group(service, items, reached.get(name), sources, w) for name, items in by_name.items()]
    done = flask.request.args.get("gjort", "")
    return page(
        service.config,
        "withheld",
        groups=groups,
        titles=_titles(groups),
        has_lot="lot" in flask.current_app.view_functions,
        done=done if done in ("released", "left", "before") else "",
    )


def _titles(groups: Sequence[Group]) -> dict[str, Title]:
    """The titles of the lots that are shown, by identity."""
    found = {}
    for view in (view for group in groups for view in group.inside.lots[:_LOTS_SHOWN]):
        said = title_for(view.lot, view.notice, language())
        found[view.uid] = Title(said.words, said.language)
    return found


def _group(
    service: Service, items: Sequence[Withheld], reached: Reach | None, sources: dict[str, str], w: Words
) -> Group:
    first, inside = items[0], contents(service.store, items, service.now())
    since = min(one.since for one in items).astimezone(COPENHAGEN).date()
    return Group(
        name_of(first),
        w(f"health.withheld_{first.reason}", source=sources.get(first.source, first.source)),
        write_day(since, w.language),
        w("health.things", count=len({one.item_uid for one in items})),
        _reach_told(reached, w),
        inside,
        max(len(inside.lots) - _LOTS_SHOWN, 0),
        _seen(items),
    )


def _reach_told(reached: Reach | None, w: Words) -> str:
    if reached is None:
        return w("health.reach_unknown")
    if not reached.subscribers:
        return w("health.reach_none")
    return w("health.reach", told=w("health.things", count=reached.told), subscribers=few(reached.subscribers, w))


def _seen(items: Sequence[Withheld]) -> str:
    return f"{max(one.number for one in items)}/{max(one.since for one in items).isoformat()}"


def _meant(waiting: Sequence[Withheld], name: str, seen: str) -> list[Withheld]:
    """What stood on the page: what came since then is for another look."""
    found = _SEEN.fullmatch(seen)
    if found is None:
        flask.abort(400)
    try:
        until = dt.datetime.fromisoformat(found[2])
    except ValueError:
        flask.abort(400)
    if until.tzinfo is None:
        flask.abort(400)
    return [one for one in named(waiting, name) if one.number <= int(found[1]) and one.since <= until]


def _decide(service: Service, decision: Decision) -> flask.Response:
    store, now = service.store, service.now()
    name, seen = flask.request.form.get("group", ""), flask.request.form.get("seen", "")
    if restored_now(service):
        return page(service.config, "message", 409, key="health.restored", values={})
    kind = "release" if decision is Decision.RELEASED else "leave"
    with store.transaction():
        meant = _meant(store.withheld.undecided(), name, seen)
        if meant:
            count = store.withheld.decide([one.number for one in meant], decision, officer().name, now)
            items = len({one.item_uid for one in meant})
            did(store, kind, name, now, count=count, items=items, reason=str(meant[0].reason), source=meant[0].source)
            return moved("withheld", gjort=str(decision))
    w, last = words(language()), next(reversed(store.actions.of(name)), None)
    if last is None:
        flask.abort(404)
    if last.kind == kind:
        return moved("withheld", gjort="before")
    values = {"what": w(f"trail.kind_{last.kind}"), "who": last.who, "when": moment(last.at, w.language)}
    return page(service.config, "message", 409, key="health.decided", values=values)


# -- pairs -------------------------------------------------------------------------------------------------------------


def _pair(service: Service) -> flask.Response:
    """Join two tenders, or keep them apart. While a run is under way nothing is changed, and that is said."""
    number = flask.request.form.get("pair", type=int)
    said = {"same": PairDecision.SAME, "different": PairDecision.DIFFERENT}.get(flask.request.form.get("said", ""))
    if number is None or not 0 < number < 2**62 or said is None:
        flask.abort(400)
    now = service.now()
    try:
        with one_run(service.config.database, now), service.store.transaction():
            pair = service.store.pairs.get(number)
            if pair is not None and pair.decision is PairDecision.OPEN:
                service.store.pairs.decide(number, said, now)
                did(service.store, "pair", f"pair/{number}", now, said=str(said))
                # No run is under way: what is stale is what was joined.
                refresh(service.store, service.rules.trades, now, followed=followed(service.config))
    except LockHeld:
        return page(service.config, "message", 409, key="health.busy", values={})
    if pair is None:
        flask.abort(404)
    if pair.decision in (PairDecision.OPEN, said):
        return moved("health", gjort=str(said), _anchor="par")
    return _decided_before(service, pair)


def _decided_before(service: Service, pair: ProbablePair) -> flask.Response:
    w = words(language())
    last = next(reversed(service.store.actions.of(f"pair/{pair.number}")), None)
    who = w("health.by", who=last.who, when=moment(last.at, w.language)) if last else ""
    values = {"number": pair.number, "said": w(f"health.pair_{pair.decision}"), "who": who}
    return page(service.config, "message", 409, key="health.pair_decided", values=values)
