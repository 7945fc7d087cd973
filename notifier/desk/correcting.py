"""What an officer puts right in a lot: a wrong field, a lot that does not belong here.

The form carries a mark of what each field held (corrections.mark), so that only what was typed over is put right, one
of what the source said of it, and one of all that was done to the lot so far. Where a colleague did more meanwhile, or
the source says something else of what was typed over, both are shown and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flask

from notifier import corrections
from notifier.amounts import write_money
from notifier.clock import write_day, write_deadline
from notifier.corrections import FIELDS, TIME, Correction, Hidden, Read, SaidSince, mark, said_since
from notifier.desk.judging import judge
from notifier.desk.officers import did, officer
from notifier.desk.pages import language, moved, page, to
from notifier.lots import Lot, LotView
from notifier.phrases import local_day, shorten, write_cpv, write_duration, write_nuts
from notifier.store import Store
from notifier.text import clean_line
from notifier.web.service import Service
from notifier.words import words

_SHOWN = 400  # characters of a text that the source has
_WHY = 300
REASONS = {"elsewhere": Hidden.ELSEWHERE, "twice": Hidden.TWICE, "": Hidden.NO}


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to a field, for people."""

    number: int
    label: str
    before: str
    after: str
    who: str
    day: str
    why: str
    ended: str = ""  # "", "moot" or "removed"
    ended_by: str = ""
    ended_day: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. `typed` and `was` are by the names of its inputs: a deadline has two."""

    name: str
    kind: str
    source: str  # what the source says, for people
    now: str  # what readers are shown, where a form shows something else
    typed: Mapping[str, str]
    was: Mapping[str, str]
    said: str  # a mark of what the source says
    wrong: str = ""
    stands: Done | None = None
    other: bool = False  # the source says something else by now than it did when this was put right


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form as it came."""

    form: Mapping[str, str]
    touched: frozenset[str] = frozenset()
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def why(self) -> str:
        return self.form.get("why", "")


_EMPTY = _Sent({})


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page of a lot's corrections with all its buttons, and the list of all."""
    from notifier.desk.application import add, add_change

    add(app, "/opgave/<slug>/ret", "correct", lambda slug: _shown(service, _lot(service, slug)))
    add_change(app, "/opgave/<slug>/ret", "correct_save", lambda slug: _save(service, slug))
    add_change(app, "/opgave/<slug>/ret/tilbage", "correct_back", lambda slug: _back(service, slug))
    add_change(app, "/opgave/<slug>/ret/fasthold", "correct_keep", lambda slug: _keep(service, slug))
    add_change(app, "/opgave/<slug>/skjul", "hide", lambda slug: _hide(service, slug))
    add(app, "/rettelser", "corrections", lambda: _all(service))


def _lot(service: Service, slug: str) -> LotView:
    """The lot of a page; 404 where there is none."""
    uid = service.store.catalogue.by_slug(slug)
    found = next(service.store.lots.views(service.now(), uids=[uid] if uid else []), None)
    if found is None:
        flask.abort(404)
    return found


def _as_published(service: Service, view: LotView) -> Lot:
    """The lot as its source has it."""
    return next(service.store.lots.views(service.now(), uids=[view.uid], put_right=False)).lot


# -- changes -----------------------------------------------------------------------------------------------------------


def _save(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    form, store, now = flask.request.form, service.store, service.now()
    marks = {name.removeprefix("was-"): said for name, said in form.items() if name.startswith("was-")}
    touched = corrections.touched(form, marks)
    with store.transaction():
        view = _lot(service, slug)
        found, why = corrections.read(form, touched, view.lot), clean_line(form.get("why"), _WHY)
        if form.get("seen") != store.corrections.seen(view.uid):
            if _saved_before(store, view.uid, touched, found):
                return moved("correct", slug=view.slug, done="saved")
            return _shown(service, view, _Sent(form, touched), status=409)
        if fresh := _said_meanwhile(_as_published(service, view), form, found.values):
            return _shown(service, view, _Sent(form, touched), status=409, fresh=fresh)
        if wrong := _wrong(found, why):
            return _shown(service, view, _Sent(form, touched, wrong), status=422)
        if not found.values:
            return moved("correct", slug=view.slug, done="nothing")
        made = store.corrections.make(view.uid, found.values, who=officer().name, why=why, now=now)
        did(store, "correct", view.uid, now, fields=sorted(found.values), made=[one.number for one in made], why=why)
        judge(service, view.uid, now)
    return moved("correct", slug=view.slug, done="saved")


def _wrong(found: Read, why: str) -> dict[str, str]:
    """What is wrong with a form, by its fields."""
    return {**found.wrong, **({} if why or not found.values else {"why": "why"})}


def _saved_before(store: Store, uid: str, touched: frozenset[str], found: Read) -> bool:
    """Whether a form was sent twice: all that it says stands there already, by the officer's own word."""
    last = {one.field: one for one in store.corrections.of(uid)}
    mine = [(last[name].who if last[name].stands else last[name].removed_by) for name in touched if name in last]
    said = bool(touched) and not found.values and not found.wrong
    return said and len(mine) == len(touched) and set(mine) == {officer().name}


def _said_meanwhile(raw: Lot, form: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    """Of these fields those of which the source says something else than when the page was made."""
    return tuple(name for name in names if form.get(f"said-{name}", "") != _said(raw, name))


def _said(raw: Lot, name: str) -> str:
    """A mark of what the source says of a field."""
    held = corrections.as_typed(raw, "da")
    return mark(" ".join((held[name], held.get(name + TIME, ""))))


def _back(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    """The source's own word counts again."""
    store, now = service.store, service.now()
    with store.transaction():
        view, number = _lot(service, slug), _number(store.corrections.of(_lot(service, slug).uid))
        if not store.corrections.take_back(number, who=officer().name, now=now):
            return moved("correct", slug=view.slug, done="gone")
        did(store, "correct_back", view.uid, now, correction=number)
        judge(service, view.uid, now)
    return moved("correct", slug=view.slug, done="back")


def _keep(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    """The correction stands, though the source says something else by now."""
    store, now = service.store, service.now()
    with store.transaction():
        view, number = _lot(service, slug), _number(store.corrections.of(_lot(service, slug).uid))
        one = next((one for one in store.corrections.of(view.uid) if one.number == number and one.stands), None)
        if one and _said_meanwhile(_as_published(service, view), flask.request.form, [one.field]):
            return _shown(service, view, status=409, fresh=(one.field,))
        if not store.corrections.confirm(number, who=officer().name, now=now):
            return moved("correct", slug=view.slug, done="gone")
        did(store, "correct_keep", view.uid, now, correction=number)
        judge(service, view.uid, now)
    return moved("correct", slug=view.slug, done="kept")


def _number(known: Sequence[Correction]) -> int:
    """Which of a lot's corrections a button means; 0 for none of them."""
    said = flask.request.form.get("number", "")
    return next((one.number for one in known if str(one.number) == said), 0)


def _hide(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    """Off all lists, or back on them."""
    form, store, now = flask.request.form, service.store, service.now()
    with store.transaction():
        view, why = _lot(service, slug), REASONS.get(form.get("reason", "?"))
        if why is None:
            return _shown(service, view, _Sent(form, wrong={"reason": "reason"}), status=422)
        if form.get("seen") != store.corrections.seen(view.uid):
            return _shown(service, view, _Sent(form), status=409)
        if store.corrections.hide(view.uid, why, now):
            words_ = clean_line(form.get("hide_why"), _WHY)
            did(store, "hide" if why else "show", view.uid, now, reason=why.name.lower(), why=words_)
            judge(service, view.uid, now)
    return moved("correct", slug=view.slug, done="hidden" if why else "shown")


# -- pages -------------------------------------------------------------------------------------------------------------


def _shown(
    service: Service, view: LotView, sent: _Sent = _EMPTY, status: int = 200, fresh: Sequence[str] = ()
) -> flask.Response:
    """The page. What somebody typed into it and that was not kept stands in it still.

    `fresh`: fields of which the source says something else meanwhile.
    """
    store, spoken = service.store, language()
    known = store.corrections.of(view.uid)
    stands = {one.field: one for one in known if one.stands}
    raw = _as_published(service, view)
    done = flask.request.args.get("done", "")
    return page(
        service.config,
        "correct",
        status,
        view=view,
        fields=list(_fields(view.lot, raw, stands, sent, spoken)),
        past=[in_words(one, spoken) for one in reversed(known) if not one.stands],
        meanwhile=_meanwhile(known, sent.form.get("seen", ""), spoken) if status == 409 else (),
        conflict=status == 409,
        fresh=[(words(spoken)(f"correct.field_{name}"), _written(name, getattr(raw, name), spoken)) for name in fresh],
        hidden=store.corrections.why_hidden(view.uid).name.lower(),
        seen=store.corrections.seen(view.uid),
        why=sent.why,
        hide_why=sent.form.get("hide_why", ""),
        wrong=dict(sent.wrong),
        done=done if f"correct.done_{done}" in words(spoken) else "",
        lot_page=to("lot", slug=view.slug) if "lot" in flask.current_app.view_functions else "",
    )


def _fields(lot: Lot, raw: Lot, stands: Mapping[str, Correction], sent: _Sent, spoken: str) -> Iterator[Field]:
    held = corrections.as_typed(lot, spoken)
    for name, kind in FIELDS.items():
        parts = (name, name + TIME) if kind == "moment" else (name,)
        mine = name in sent.touched
        one = stands.get(name)
        yield Field(
            name=name,
            kind=kind,
            source=_written(name, getattr(raw, name), spoken),
            now=_written(name, getattr(lot, name), spoken) if mine else "",
            typed={part: sent.form.get(part, "") if mine else held[part] for part in parts},
            was={part: mark(held[part]) for part in parts},
            said=_said(raw, name),
            wrong=sent.wrong.get(name, ""),
            stands=in_words(one, spoken) if one else None,
            other=one is not None and said_since(raw, one) is SaidSince.OTHER,
        )


def _meanwhile(known: Sequence[Correction], seen: str, spoken: str) -> tuple[Done, ...]:
    """What a colleague did since the page was made that somebody has before them."""
    newest, _, rest = seen.partition(".")
    ended = rest.partition(".")[0]
    if not (newest.isdecimal() and ended.isdecimal()):
        return ()
    fresh = [one for one in known if one.number > int(newest)]
    removed = sorted((one for one in known if one.removed_at), key=lambda one: str(one.removed_at))[int(ended) :]
    taken = [one for one in removed if one not in fresh and not any(new.field == one.field for new in fresh)]
    return tuple(in_words(one, spoken) for one in (*fresh, *taken))


def in_words(one: Correction, spoken: str) -> Done:
    """A correction in words."""
    ended = "removed" if one.removed_at else "moot" if one.moot_at else ""
    at = one.removed_at or one.moot_at
    return Done(
        number=one.number,
        label=words(spoken)(f"correct.field_{one.field}"),
        before=_written(one.field, one.instead_of, spoken),
        after=_written(one.field, one.value, spoken),
        who=one.who,
        day=write_day(local_day(one.made_at), spoken),
        why=one.why,
        ended=ended,
        ended_by=one.removed_by,
        ended_day=write_day(local_day(at), spoken) if at else "",
    )


def _written(name: str, value: Any, spoken: str) -> str:
    """A field's value for people; "" where it is not known."""
    if not value:
        return ""
    match FIELDS[name]:
        case "moment":
            return write_deadline(value, spoken, weekday=False)
        case "money":
            return write_money(value, spoken)
        case "day":
            return write_day(value, spoken)
        case "length":
            return write_duration(value, spoken)
        case "cpv":
            return write_cpv(value, spoken)
        case "cpvs":
            return "; ".join(write_cpv(code, spoken) for code in value)
        case "nuts":
            return ", ".join(f"{code} ({write_nuts(code, spoken)})" for code in value)
    return shorten(value, _SHOWN)


@dataclass(frozen=True, slots=True)
class _Row:
    """A lot in the list of all that was put right."""

    slug: str
    title: str
    done: tuple[Done, ...]
    others: tuple[int, ...]  # numbers of those of which the source says something else by now
    hidden: bool


def _all(service: Service) -> flask.Response:
    """Every lot that was put right or hidden; first those whose source says something else by now."""
    store, spoken, now = service.store, language(), service.now()
    by_lot = _by_lot(store)
    uids = [*by_lot, *(uid for uid in store.corrections.hidden() if uid not in by_lot)]
    raw = {view.uid: view.lot for view in store.lots.views(now, uids=uids, put_right=False)}
    rows = [
        _Row(
            view.slug,
            shorten(view.lot.title or view.notice.title, 120),
            tuple(in_words(one, spoken) for one in by_lot.get(view.uid, ())),
            tuple(one.number for one in by_lot.get(view.uid, ()) if said_since(raw[view.uid], one) is SaidSince.OTHER),
            view.hidden,
        )
        for view in store.lots.views(now, uids=uids)
    ]
    rows.sort(key=lambda row: (not row.others, -max((one.number for one in row.done), default=0), row.slug))
    return page(service.config, "corrections", rows=rows)


def _by_lot(store: Store) -> dict[str, list[Correction]]:
    """All that stands corrected, by lot."""
    found: dict[str, list[Correction]] = {}
    for one in store.corrections.standing():
        found.setdefault(one.lot_uid, []).append(one)
    return found


def to_look_at(store: Store, now: dt.datetime) -> int:
    """Of how many corrections of lots that are planned or open the source says something else by now."""
    by_lot = _by_lot(store)
    raw = store.lots.views(now, live=True, uids=list(by_lot), put_right=False)
    return sum(said_since(view.lot, one) is SaidSince.OTHER for view in raw for one in by_lot[view.uid])
