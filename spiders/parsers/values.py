"""What both forms of TED's XML write alike: days, deadlines, amounts, codes, lengths. Read right, or not at all.

What cannot be read becomes "unknown" and a sentence for people in `Doubts`; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from notifier.lots import Deadline, Money
from notifier.text import clean_line, clean_url

MOST_DOUBTS: Final = 50  # a notice with more is broken as a whole; its list need not grow for ever

_MOST_NAMED: Final = 5

_OFFSET = r"(?P<offset>Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
_DAY: Final = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d){_OFFSET}", re.ASCII)
_TIME: Final = re.compile(rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?{_OFFSET}", re.ASCII)
_AMOUNT: Final = re.compile(r"\d{1,18}(?:\.\d{1,6})?", re.ASCII)
_CURRENCY: Final = re.compile("[A-Z]{3}")
_COUNT: Final = re.compile(r"\d{1,6}(?:\.0+)?", re.ASCII)
_LENGTH: Final = re.compile(r"0*[1-9]\d{0,4}(?:\.0+)?", re.ASCII)
_CPV: Final = re.compile(r"(\d{8})(?:-\d)?", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9][\w.+-]{0,79}", re.ASCII)
_NUMBER_OF_OJ: Final = re.compile(r"(?P<year>\d{4})/S\s*\d+-(?P<serial>\d+)", re.ASCII)
_NUMBER: Final = re.compile(r"0*(?P<serial>\d+)-(?P<year>\d{4})", re.ASCII)
_UNITS: Final = {"DAY": "D", "CALENDAR_DAY": "D", "WEEK": "W", "MONTH": "M", "YEAR": "Y"}

# What eForms writes in place of a value whose publication is withheld for now (BT-195).
_WITHHELD_DAY: Final = "1970-01-01"
_WITHHELD_AMOUNT: Final = "-1"
_WITHHELD_CODE: Final = "unpublished"


class Doubts:
    """Collects sentences for people: what could not be read as it should, of which lot, with its BT number."""

    __slots__ = ("_scope", "_sentences")

    def __init__(self) -> None:
        self._scope = ""
        self._sentences: dict[str, None] = {}

    def within(self, scope: str) -> Doubts:
        """The same collection, with "Lot LOT-0001" before each sentence."""
        inner = Doubts()
        inner._scope, inner._sentences = f"{scope}: ", self._sentences
        return inner

    def add(self, sentence: str) -> None:
        """Note one sentence, once."""
        if len(self._sentences) < MOST_DOUBTS:
            self._sentences[self._scope + sentence] = None

    def about(self, term: str, complaint: str, raw: str = "") -> None:
        """Note that a term, such as "the estimated value (BT-27)", is not what it should be."""
        self.add(f"{term} {complaint}: “{clean_line(raw, 60)}”." if raw else f"{term} {complaint}.")

    def unread(self, names: Sequence[str]) -> None:
        """Note elements that the reading does not know, the first few by name."""
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        self.add(
            f"it holds what is not read here: {', '.join(clean_line(each, 120) for each in names[:_MOST_NAMED])}{more}."
        )

    def sentences(self) -> tuple[str, ...]:
        """All that was noted, in order."""
        return tuple(self._sentences)


def day(raw: str, term: str, doubts: Doubts) -> dt.date | None:
    """A calendar day of xs:date; its offset, which means nothing for a day, is left aside."""
    if not raw:
        return None
    match = _DAY.fullmatch(raw)
    found = _calendar_day(match["day"]) if match else None
    if found is None and not raw.startswith(_WITHHELD_DAY):
        doubts.about(term, "is no day of the calendar", raw)
    return found


def compact_day(raw: str, term: str, doubts: Doubts) -> dt.date | None:
    """A day written as 20210910."""
    return day(f"{raw[:4]}-{raw[4:6]}-{raw[6:8]}" if len(raw) >= 8 else raw, term, doubts)


def _calendar_day(raw: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(raw)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None  # outside: a typing mistake, not a procurement


def deadline(day_raw: str, time_raw: str, zone: dt.tzinfo, term: str, doubts: Doubts) -> Deadline | None:
    """A point in time out of a day and a time that each carry, or lack, an offset of their own.

    The time's offset holds; without it the day's; without both, `zone`. A day alone lasts until 23:59.
    A time that cannot be (25:00, or one that the change to summer time skips) makes the deadline unknown.
    """
    if not day_raw:
        if time_raw:
            doubts.about(term, "has a time but no day", time_raw)
        return None
    date = day(day_raw, term, doubts)
    if date is None:
        return None
    time = _TIME.fullmatch(time_raw) if time_raw else None
    moment = _clock_time(time) if time else None
    if time_raw and moment is None:
        doubts.about(term, "has no time of day", time_raw)
        return None
    of_day = _DAY.fullmatch(day_raw)
    offset = (time and time["offset"]) or (of_day and of_day["offset"])
    at = _settle(dt.datetime.combine(date, moment or dt.time(23, 59)), _offset(offset) if offset else zone)
    if at is None:
        doubts.about(term, "names a time that this day does not have", f"{day_raw} {time_raw}")
        return None
    return Deadline(at, time_known=moment is not None)


def _clock_time(match: re.Match[str]) -> dt.time | None:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if (hour, minute, second) == (24, 0, 0):
        return dt.time(23, 59)  # the end of that day, as people mean it
    try:
        return dt.time(hour, minute, min(second, 59))
    except ValueError:
        return None


@lru_cache(maxsize=128)
def _offset(raw: str) -> dt.tzinfo:
    if raw == "Z":
        return dt.UTC
    length = dt.timedelta(hours=int(raw[1:3]), minutes=int(raw[4:6]))
    return dt.timezone(-length if raw[0] == "-" else length)


def _settle(naive: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """The local time with the offset that holds at that moment, None where the clock skips it."""
    at = naive.replace(tzinfo=zone)
    if isinstance(zone, dt.timezone):
        return at
    if at.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != naive:
        return None
    length = at.utcoffset()
    return at.replace(tzinfo=dt.timezone(length) if length else dt.UTC)


def start_of_day(date: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of a day, with its offset: for sources that print a dispatch without a time."""
    return _settle(dt.datetime.combine(date, dt.time()), zone) or dt.datetime.combine(date, dt.time(), dt.UTC)


def money(raw: str, currency: str | None, term: str, doubts: Doubts) -> Money | None:
    """An amount as printed. Without a currency, or below zero, it is unknown."""
    if not raw or raw.partition(".")[0] == _WITHHELD_AMOUNT:
        return None
    if not _AMOUNT.fullmatch(raw):
        doubts.about(term, "is no amount", raw)
        return None
    code_of_it = (currency or "").strip().upper()
    if not _CURRENCY.fullmatch(code_of_it):
        doubts.about(term, "has no currency", raw)
        return None
    return Money(Decimal(raw), code_of_it)


def cpv(raws: Iterable[str], term: str, doubts: Doubts) -> tuple[str, ...]:
    """CPV codes of eight digits, each once, in order; a check digit after them is left aside."""
    found: dict[str, None] = {}
    for raw in raws:
        match = _CPV.fullmatch(raw)
        if match:
            found[match[1]] = None
        elif raw:
            doubts.about(term, "is no CPV code of eight digits", raw)
    return tuple(found)


def codes(raws: Iterable[str], term: str, doubts: Doubts) -> tuple[str, ...]:
    """Codes as published, each once, in order; what cannot be a code is left out."""
    found: dict[str, None] = {}
    for raw in raws:
        if _CODE.fullmatch(raw):
            found[raw] = None
        elif raw:
            doubts.about(term, "is no code", raw)
    return tuple(found)


def code(raw: str, term: str, doubts: Doubts, known: frozenset[str] = frozenset()) -> str:
    """One code as published. One that `known` does not hold is kept, and noted."""
    if not raw or raw == _WITHHELD_CODE:
        return ""
    if not _CODE.fullmatch(raw):
        doubts.about(term, "is no code", raw)
        return ""
    if known and raw not in known:
        doubts.about(term, "is a code that is not known", raw)
    return raw


# BT-142: one winner is enough for a lot to be awarded, and one open competition for it not to be over.
_RESULTS = ("selec-w", "open-nw", "clos-nw")


def result_of_lot(results: Iterable[str]) -> str:
    """The result of a lot of which several are told; one of a code that is not known only where no other is told."""
    told = [result for result in results if result]
    return next((known for known in _RESULTS if known in told), told[0] if told else "")


def whole_number(raw: str, term: str, doubts: Doubts) -> int | None:
    """A number of things, 0 or more."""
    if not raw:
        return None
    if _COUNT.fullmatch(raw):
        return int(raw.partition(".")[0])
    doubts.about(term, "is no number", raw)
    return None


def duration(raw: str, unit: str | None, term: str, doubts: Doubts) -> str:
    """An ISO 8601 duration of one unit, P24M. "" where the length or its unit is not known.

    >>> duration("24", "MONTH", "the duration (BT-36)", Doubts())
    'P24M'
    """
    if not raw:
        return ""
    letter = _UNITS.get((unit or "").upper())
    if not _LENGTH.fullmatch(raw) or letter is None:
        doubts.about(term, "is no length of time", f"{raw} {unit or ''}")
        return ""
    return f"P{int(raw.partition('.')[0])}{letter}"


def truth(raw: str, term: str, doubts: Doubts) -> bool | None:
    """xs:boolean."""
    if raw in ("true", "1"):
        return True
    if raw in ("false", "0"):
        return False
    if raw:
        doubts.about(term, "is neither true nor false", raw)
    return None


def address(raw: str) -> str:
    """A web address; "www.…" without a scheme, as buyers write it, is one too. "" where there is none."""
    raw = raw.strip()
    if not raw:
        return ""
    return clean_url(f"http://{raw}" if raw.lower().startswith("www.") else raw)


def publication_number(raw: str) -> str:
    """NNNNNN-YYYY for every way in which TED writes it; "" for anything else.

    >>> publication_number("00032045-2024"), publication_number("2021/S 127-337983")
    ('032045-2024', '337983-2021')
    """
    match = _NUMBER_OF_OJ.fullmatch(raw.strip()) or _NUMBER.fullmatch(raw.strip())
    return f"{int(match['serial']):06d}-{match['year']}" if match else ""


def organisation_number(raw: str, country: str) -> str:
    """BT-501. In Denmark the CVR number is digits only, whatever stands around them."""
    if country in ("DK", "DNK") and (digits := re.sub(r"\D", "", raw, flags=re.ASCII)):
        return digits[:40]
    return clean_line(raw, 80)


def unique(lot_ids: set[str], wanted: str, doubts: Doubts) -> str:
    """A lot's identifier that no lot before it has; two lots of one name would else become one."""
    lot_id, number = wanted, 1
    while lot_id in lot_ids:
        number += 1
        lot_id = f"{wanted}-{number}"
    if lot_id != wanted:
        doubts.add(f"Two lots are called {wanted} (BT-137); the later one is called {lot_id} here.")
    lot_ids.add(lot_id)
    return lot_id
