"""What an officer puts right in a lot: an overlay on the facts of its source, wherever these are read. Pure.

    read(form, lot, …)     what was typed -> the fields that shall be others, or what is wrong with them
    over(notice, place, …) the notice as readers are shown it, with what was put right
    said_since(…)          what the source says by now: the same, as it did, or something else

A correction stands until it is taken back, until another one of the same field takes its place, or until the source
says the same: then it is moot, and the source's own word counts from there on – but where the next that it says is what
was wrong once more, the correction stands again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Any, get_type_hints

from notifier import typed
from notifier.changes import same_meaning
from notifier.lots import Lot, Notice
from notifier.phrases import write_duration
from notifier.typed import Typed

_TYPES = get_type_hints(Lot)
_MOMENTS = ("deadline", "participation_deadline", "interest_deadline", "questions_deadline")
# What can be put right, in the order of the form: the field of Lot and how it is typed.
FIELDS: Mapping[str, str] = {
    "title": "line",
    "description": "text",
    **dict.fromkeys(_MOMENTS, "moment"),
    "value": "money",
    "place": "line",
    "nuts": "nuts",
    "duration": "length",
    "start": "day",
    "end": "day",
    "cpv_main": "cpv",
    "cpv_additional": "cpvs",
    "documents_url": "web",
    "submission_url": "web",
}
TIME = "_time"  # ends the name of a form's field that holds a deadline's time of day


class Hidden(IntEnum):
    """Why a lot was taken off all lists, as `lots.hidden` holds it."""

    NO = 0
    ELSEWHERE = 1  # it does not belong here
    TWICE = 2  # it stands here already: once the two are joined, the one is shown


class SaidSince(StrEnum):
    """What the source says by now of a field that was put right."""

    AS_THEN = "as_then"
    SAME = "same"  # as the correction
    OTHER = "other"  # neither: an officer has to look


@dataclass(frozen=True, slots=True)
class Correction:
    """One field that was put right: `value` in the place of `instead_of`, which the source said then."""

    number: int
    lot_uid: str
    field: str
    value: Any
    instead_of: Any
    who: str
    why: str
    made_at: dt.datetime
    removed_at: dt.datetime | None = None
    removed_by: str = ""
    moot_at: dt.datetime | None = None  # since when the source has said the same

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.removed_at is None and self.moot_at is None


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read: fields that shall be others, and what is wrong, by the form's fields."""

    values: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)


def type_of(name: str) -> Any:
    """The type of a field that can be put right. Raises KeyError for any other."""
    if name not in FIELDS:
        raise KeyError(name)
    return _TYPES[name]


# -- the overlay -------------------------------------------------------------------------------------------------------


def corrected(lot: Lot, corrections: Iterable[Correction]) -> Lot:
    """A lot with what was put right. A translation of a text that was wrong goes with it."""
    values = {one.field: one.value for one in corrections if one.stands}
    wrong = values.keys() & {"title", "description"}
    if wrong:
        blank = dict.fromkeys(wrong, "")
        values["translations"] = tuple(replace(one, **blank) for one in lot.translations)
    return replace(lot, **values) if values else lot


def over(notice: Notice, position: int, corrections: Iterable[Correction]) -> Notice:
    """A notice with what was put right in its lot at that place.

    Where the notice as a whole has the lot's own title or description, that is put right too.
    """
    lot = notice.lots[position]
    right = corrected(lot, corrections)
    if right is lot:
        return notice
    lots = (*notice.lots[:position], right, *notice.lots[position + 1 :])
    title = right.title if notice.title == lot.title else notice.title
    described = bool(notice.description) and notice.description == lot.description
    description = right.description if described else notice.description
    return replace(notice, lots=lots, title=title, description=description)


def said_since(lot: Lot, one: Correction) -> SaidSince:
    """What the source says by now, given the lot as the source has it."""
    says = getattr(lot, one.field)
    # A correction may be of a capital letter alone.
    if says == one.value or (not isinstance(says, str) and same_meaning(one.field, says, one.value)):
        return SaidSince.SAME
    return SaidSince.AS_THEN if same_meaning(one.field, says, one.instead_of) else SaidSince.OTHER


# -- the form ----------------------------------------------------------------------------------------------------------


def as_typed(lot: Lot, language: str) -> dict[str, str]:
    """A lot as the form's fields hold it."""
    found: dict[str, str] = {}
    for name, kind in FIELDS.items():
        value = getattr(lot, name)
        if kind == "moment":
            found[name], found[name + TIME] = typed.as_moment(value)
        else:
            found[name] = _WRITERS[kind](value, language)
    return found


_WRITERS: Mapping[str, Callable[[Any, str], str]] = {
    "line": lambda value, _: value,
    "text": lambda value, _: value,
    "web": lambda value, _: value,
    "cpv": lambda value, _: value,
    "money": lambda value, _: typed.as_money(value),
    "day": lambda value, _: value.isoformat() if value else "",
    "length": lambda value, language: write_duration(value, language) if value else "",
    "cpvs": lambda value, _: ", ".join(value),
    "nuts": lambda value, _: ", ".join(value),
}
_READERS: Mapping[str, Callable[[str], Typed[Any]]] = {
    "text": typed.text,
    "day": typed.day,
    "money": typed.money,
    "length": typed.length,
    "cpv": typed.cpv,
    "cpvs": typed.cpvs,
    "nuts": typed.nuts,
    "web": typed.web,
}


def mark(said: str) -> str:
    """A short mark of what a form's field held when the page was made, to tell what was typed over."""
    plain = said.replace("\r\n", "\n").replace("\r", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def touched(form: Mapping[str, str], marks: Mapping[str, str]) -> frozenset[str]:
    """Fields of Lot that were typed over. A field that the form does not have was not."""
    names = {name: (name, name + TIME) if kind == "moment" else (name,) for name, kind in FIELDS.items()}
    return frozenset(
        name
        for name, parts in names.items()
        if any(part in form and mark(form[part]) != marks.get(part, "") for part in parts)
    )


def read(form: Mapping[str, str], names: Iterable[str], lot: Lot) -> Read:
    """These fields of a form as values. What says the same as the lot does is left out."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    asked = set(names)
    for name in (one for one in FIELDS if one in asked):
        found = _read(name, form)
        if found.wrong:
            wrong[name] = found.wrong
        elif found.value != getattr(lot, name):
            values[name] = found.value
    ends = [values.get(name, getattr(lot, name)) for name in ("start", "end")]
    if not wrong and values.keys() & {"start", "end"} and None not in ends and ends[0] > ends[1]:
        wrong["end"] = "order"
    return Read(values, wrong)


def _read(name: str, form: Mapping[str, str]) -> Typed[Any]:
    kind, said = FIELDS[name], form.get(name, "")
    if kind == "moment":
        return typed.moment(said, form.get(name + TIME, ""))
    if kind == "line":
        return typed.line(said, needed=name == "title")
    return _READERS[kind](said)
