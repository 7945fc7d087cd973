"""The audit trail: who did what, and whether it was undone. It shows members of staff to each other, nobody else.

An officer sees what a colleague did, so that two do not work against each other, and can undo what can be undone. What
is written there as free words is shown without mail addresses: no list shows one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flask

from notifier.clock import COPENHAGEN
from notifier.desk.naming import verdict_name
from notifier.desk.pages import language, page, to
from notifier.effects.tables import for_spreadsheets
from notifier.lots import AgreementView, LotView, Verdict
from notifier.phrases import shorten, title_for
from notifier.staff import moment
from notifier.store import Store
from notifier.store.actions import KEPT, Action, Sought
from notifier.store.plans import Plan, PlanKind
from notifier.text import visible, without_addresses
from notifier.web.service import Service
from notifier.words import Words, words

_A_PAGE = 50
_MOST_EXPORTED = 100_000  # lines: more than two years of any town
UNDOABLE = ("tag", "untag", "confirm_clear")
_SHOWN_WORDS = 300  # characters of what somebody wrote
_NUMBERED = re.compile(r"(mail|pair)/([0-9]{1,15})", re.ASCII)
_SAID = ("why", "words", "note")  # details that hold what somebody wrote


@dataclass(frozen=True, slots=True)
class Item:
    """What something was done to: its name for people, with its language where that is not theirs, and its page."""

    words: str
    language: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the trail."""

    number: int
    when: str
    who: str
    what: str
    detail: str
    item: Item
    undone: str
    undoable: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form at the top says, as it was typed, and what is looked for."""

    sought: Sought
    since: str
    until: str
    wrong: tuple[str, ...]  # the fields that are no day

    @property
    def values(self) -> dict[str, str]:
        """What the address of a further page carries."""
        given = {"hvem": self.sought.who, "hvad": self.sought.kind, "fra": self.since, "til": self.until}
        return {name: value for name, value in given.items() if value}


def add_routes(app: flask.Flask, service: Service) -> None:
    """The trail as a page and as a table to take along."""
    from notifier.desk.application import add, in_bar

    add(app, "/log", "trail", lambda: _page(service))
    add(app, "/log.csv", "trail_csv", lambda: _export(service))
    in_bar(app, "trail")


def _page(service: Service) -> flask.Response:
    store, w, asked = service.store, words(language()), _asked()
    before = flask.request.args.get("foer", 0, type=int)
    before = before if 0 < before < 2**62 else 0
    found = store.actions.found(asked.sought, limit=_A_PAGE + 1, before=before)
    shown = found[:_A_PAGE]
    older = to("trail", **asked.values, foer=shown[-1].number) if len(found) > _A_PAGE else ""
    return page(
        service.config,
        "trail",
        400 if asked.wrong else 200,
        lines=_lines(store, shown, service.now(), w),
        asked=asked,
        names=store.actions.names(),
        kinds=sorted(((kind, kind_in_words(kind, w)) for kind in store.actions.kinds()), key=lambda one: one[1]),
        older=older,
        newest=to("trail", **asked.values) if before else "",
        csv=to("trail_csv", **asked.values),
        back=_back(),
        kept=round(KEPT.days / 365),
    )


def _asked() -> Asked:
    """What is looked for. Two days are both meant with all of their hours, in Copenhagen."""
    given = flask.request.args
    since, until = given.get("fra", "").strip(), given.get("til", "").strip()
    first, last = _day(since), _day(until)
    wrong = tuple(name for name, said, day in (("fra", since, first), ("til", until, last)) if said and day is None)
    sought = Sought(
        given.get("hvem", "")[:200],
        given.get("hvad", "")[:100],
        _midnight(first) if first else None,
        _midnight(last + dt.timedelta(days=1)) if last else None,
    )
    return Asked(sought, _typed(since, first), _typed(until, last), wrong)


def _typed(said: str, day: dt.date | None) -> str:
    """What stands in the field: a day as the browser's own field holds it, else what was typed."""
    return day.isoformat() if day else said[:40]


_DANISH_DAY = re.compile(r"([0-9]{1,2})[./-]\s?([0-9]{1,2})[./-]\s?([0-9]{4})", re.ASCII)


def _day(said: str) -> dt.date | None:
    """A day as a browser sends it, 2026-11-24, or as people write it: 24.11.2026."""
    if written := _DANISH_DAY.fullmatch(said):
        said = f"{written[3]}-{int(written[2]):02}-{int(written[1]):02}"
    try:
        day = dt.date.fromisoformat(said)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), COPENHAGEN)


def _back() -> str:
    query = flask.request.query_string.decode("ascii", "replace")
    return to("trail") + (f"?{query}" if query else "")


def _export(service: Service) -> flask.Response:
    """All lines that are looked for, as CSV. Cells that a spreadsheet would take for formulas are defused."""
    store, w, asked = service.store, words(language()), _asked()
    if asked.wrong:
        flask.abort(400)
    found = store.actions.found(asked.sought, limit=_MOST_EXPORTED)
    lines = _lines(store, found, service.now(), w)
    times = [action.at.astimezone(COPENHAGEN).isoformat(timespec="seconds") for action in found]
    head = [w(f"trail.{name}") for name, _ in _cells(_NOBODY, "")]
    rows = [[value for _, value in _cells(line, at)] for line, at in zip(lines, times, strict=True)]
    answer = flask.Response(for_spreadsheets([head, *rows]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="log.csv"'
    return answer


def _cells(line: Line, at: str) -> Iterator[tuple[str, str]]:
    yield from (("col_when", at), ("col_who", line.who), ("col_what", line.what), ("col_item", line.item.words))
    yield from (("col_detail", line.detail), ("col_undone", line.undone))


# -- lines -------------------------------------------------------------------------------------------------------------


def _lines(store: Store, actions: Sequence[Action], now: dt.datetime, w: Words) -> list[Line]:
    items = [action.item for action in actions]
    known = Known(_lots(store, items, now), *_agreements(store, items))
    can_undo = "undo" in flask.current_app.view_functions
    return [
        Line(
            action.number,
            moment(action.at, w.language),
            action.who,
            _deed(action, w),
            _detail(action, known, w),
            _item(action, known, w),
            _undone(action, w),
            can_undo and action.kind in UNDOABLE and action.undone_at is None,
        )
        for action in actions
    ]


_NOBODY = Line(0, "", "", "", "", Item(""), "", undoable=False)


def _undone(action: Action, w: Words) -> str:
    if action.undone_at is None:
        return ""
    return w("trail.undone", who=action.undone_by, when=moment(action.undone_at, w.language))


def kind_in_words(kind: str, w: Words) -> str:
    """What an action is called; of one that nobody here knows, that something was done."""
    key = f"trail.kind_{kind}"
    return w(key) if key in w else w("trail.kind_unknown")


@dataclass(frozen=True, slots=True)
class Known:
    """What the lines of a page name, by identity, and plans by number."""

    lots: Mapping[str, LotView]
    agreements: Mapping[str, AgreementView]
    plans: Mapping[int, Plan]


def _agreements(store: Store, items: Sequence[str]) -> tuple[dict[str, AgreementView], dict[int, Plan]]:
    """The agreements among these identities, and what is planned for them."""
    if not any(item.startswith("agreement:") for item in items):
        return {}, {}
    asked = set(items)
    found = {kept.view.uid: kept.view for kept in store.agreements.kept() if kept.view.uid in asked}
    return found, {plan.number: plan for plan in store.plans.all() if plan.agreement_uid in found}


def _lots(store: Store, items: Sequence[str], now: dt.datetime) -> dict[str, LotView]:
    """The lots among these identities, also of those that turned out to be another one."""
    asked = set(items)
    views = {view.uid: view for view in store.lots.views(now, uids=asked)}
    if others := asked - views.keys():
        merged = {alias.uid: alias.lot_uid for alias in store.lots.aliases() if alias.uid in others}
        found = {view.uid: view for view in store.lots.views(now, uids=set(merged.values()))}
        views |= {uid: found[target] for uid, target in merged.items() if target in found}
    return views


def _deed(action: Action, w: Words) -> str:
    """What was done. Clear rejections are confirmed with a tag like any other, many at once."""
    if action.kind == "tag" and action.detail.get("how") == "clear":
        return kind_in_words("confirm_clear", w)
    return kind_in_words(action.kind, w)


def _item(action: Action, known: Known, w: Words) -> Item:
    item = action.item
    if view := known.lots.get(item):
        title = title_for(view.lot, view.notice, w.language)
        link = to("lot", slug=view.slug) if "lot" in flask.current_app.view_functions else ""
        return Item(shorten(title.words, 100), title.language, link)
    if agreed := known.agreements.get(item):
        link = to("agreement", agreement=agreed.slug) if "agreement" in flask.current_app.view_functions else ""
        return Item(shorten(visible(agreed.agreement.title), 100), link=link)
    if numbered := _NUMBERED.fullmatch(item):
        return Item(w(f"trail.item_{numbered[1]}", number=numbered[2]))
    if not item and isinstance(lots := action.detail.get("lots"), list):
        return Item(w("trail.lots", count=len(lots)))
    reason, _, source = item.partition(":")
    if (key := f"health.withheld_{reason}") in w:
        return Item(w(key, source=source))
    if reason == "account":
        return Item(w("trail.item_account"))
    return Item(w("trail.item_outbox") if item == "outbox" else without_addresses(shorten(item, 100)))


def _detail(action: Action, known: Known, w: Words) -> str:
    """What is kept of an action, as far as it is for people: a verdict by its name, what somebody wrote, how many."""
    detail = action.detail
    parts = [_verdict(detail.get("verdict"), w), _plan(detail, known, w)]
    parts += [w("trail.count", count=items)] if isinstance(items := detail.get("items"), int) else []
    parts += [w(f"trail.said_{said}")] if f"trail.said_{(said := detail.get('said'))}" in w else []
    parts += [
        w("trail.quoted", words=without_addresses(shorten(said, _SHOWN_WORDS)))
        for name in _SAID
        if isinstance(said := detail.get(name), str) and said.strip()
    ]
    return " ".join(part for part in parts if part)


def _plan(detail: Mapping[str, Any], known: Known, w: Words) -> str:
    """What is planned, and in whose own words; of a plan that is gone its kind alone."""
    number = detail.get("plan")
    plan = known.plans.get(number) if isinstance(number, int) else None
    kind = plan.plan if plan else detail.get("kind_of_plan")
    if kind not in set(PlanKind):
        return ""
    own = without_addresses(shorten(visible(plan.words), _SHOWN_WORDS)) if plan else ""
    return " ".join((w(f"plans.plan_{kind}"), *([w("trail.quoted", words=own)] if own else [])))


def _verdict(said: object, w: Words) -> str:
    return verdict_name(Verdict(said), w) if isinstance(said, str) and said in set(Verdict) else ""
