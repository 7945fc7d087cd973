"""The only place that asks what time it is, and the reading and writing of days as people write them.

`now()` is read at the edge and handed inwards; pure code is given `now` as a value. Danish and English dates are
read right or not at all: a date without a year, a 31st of February or a week number is None, never a guess.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from zoneinfo import ZoneInfo

from notifier.lots import Deadline

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
UTC = dt.UTC

_pretended: dt.datetime | None = None


def now() -> dt.datetime:
    """The time, aware, in UTC; the one set by `pretend` where there is one."""
    return _pretended or real()


def real() -> dt.datetime:
    """The time whatever is pretended: what is kept for good is no later than that."""
    return dt.datetime.now(UTC)


def pretend(at: dt.datetime | None) -> None:
    """Let `now` answer `at` from here on (for the demo and for `--now`); None goes back to the real time."""
    global _pretended
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=COPENHAGEN)
    _pretended = at.astimezone(UTC) if at else None


def is_pretended() -> bool:
    """Whether `now` answers a moment that was set."""
    return _pretended is not None


def stopwatch() -> float:
    """Seconds on a clock that never jumps, for durations and pauses; its zero means nothing."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait; not where the time is pretended, for nothing happens there meanwhile."""
    if seconds > 0 and not is_pretended():
        time.sleep(seconds)


# -- reading ---------------------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar january jan",
            "februar february feb",
            "marts march mar",
            "april apr",
            "maj may",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sep sept",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_PATTERNS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)"),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})\.?\s*(?P<n>{_MONTH})\.?,?\s+(?P<y>\d{{4}})(?!\d)", re.IGNORECASE),
    # Day before month: the Danish order, and the only one that Danish buyers use.
    re.compile(r"(?<![\d.])(?P<d>\d{1,2})\s?([./-])\s?(?P<m>\d{1,2})\s?(?:\2|\s)\s?(?P<y>\d{4})(?![\d.]\d)"),
    re.compile(r"(?<![\d.])(?P<d>\d{1,2})/(?P<m>\d{1,2})\s?-\s?(?P<y>\d{4})(?![\d.]\d)"),
)
# What stands right before a day and makes it another than the one meant, or the last of several.
_WEEKDAYS = "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag"
_THE = r"\s*(?:den\b|d\.)?\s*$"
_ABOUT = re.compile(
    r"(?:\b(?:ca|cirka|omkring|efter|tidligst|ikke før|around|about|approx|after|not before|earliest)\b\.?"
    rf"|(?<!\d)\d{{1,2}}\.?\s*(?:(?:{_MONTH})\.?\s*)?(?:[-–—/&]|\b(?:og|til|eller|and|to|or)\b))"
    rf"\s*(?:og med\s+)?(?:{_WEEKDAYS})?{_THE}",
    re.IGNORECASE,
)
_EXPECTED = re.compile(rf"\b(?:forvent\w*|foreløbig\w*|expected|tentative\w*)\W*{_THE}", re.IGNORECASE)
_BEFORE = re.compile(rf"\b(?:før|inden|before){_THE}", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"\b(?:(man)dag|(tirs)dag|(ons)dag|(tors)dag|(fre)dag|(lør)dag|(søn)dag|"
    rf"(mon)day|(tues)day|(wednes)day|(thurs)day|(fri)day|(satur)day|(sun)day)\b,?{_THE}",
    re.IGNORECASE,
)
# A further day beside the one that was found, without its year.
_DAY_OF_A_YEAR = re.compile(rf"(?<![\d.])(?P<d>\d{{1,2}})\.?\s*(?P<n>{_MONTH})\b", re.IGNORECASE)
_ANOTHER_DAY = re.compile(
    r"[\s.,]*(?:[-–—]|\b(?:og|til|eller)\b)\s*(?:den\s+|d\.\s*)?\d{1,2}/\d{1,2}(?!\d)", re.IGNORECASE
)
# Words for a time of day that are none that can be read, and times of other clocks.
_LOOSE = re.compile(r"(?<![^\W\d])(?:kl\.?|klokken|midnat|middag|noon|midnight)(?![^\W\d])", re.IGNORECASE)
_OTHER_CLOCK = re.compile(
    r"\b(?:UTC|GMT|BST|EES?T|EST|EDT|PST|PDT|London|Dublin|Lissabon|Lisbon|Helsinki|Helsingfors|New York)\b"
    r"|\d\s*[ap]\.?m\b",
    re.IGNORECASE,
)
# A half of the day beside an hour that may be of either half: "kl. 8 aften".
_HALF_OF_A_DAY = re.compile(r"\b(?:aften\w*|eftermiddag\w*|nat|natten|evening|afternoon|night)\b", re.IGNORECASE)
# An hour from which something is possible, or about which it happens, ends nothing.
_LOOSE_HOUR = re.compile(
    r"\b(?:efter|tidligst|fra|ca|cirka|omkring|after|from|about|around)\b\.?\s*(?:kl\.?|klokken|at)?\s*\d{1,2}(?:[.:]\d{2}|\b)",
    re.IGNORECASE,
)
# What follows a day and makes it another than the one meant: counted on from it, moved, or only the first of many.
_MOVED = re.compile(
    r"\+\s*\d+\s*(?:hver|arbejds|kalender)?(?:dag|uge|måned|md|day|week|month)|\b(?:er|blev|blevet|is|was|been)\s+(?:\w+\s+){0,2}(?:forlænget|udsat|udskudt|rykket|ændret|flyttet|aflyst|"
    r"extended|postponed|moved|changed)\b|\b(?:eller|og|or|and)\s+(?:senere|tidligere|frem\w*|later|earlier|onwards?)\b|"
    r"\bonwards?\b",
    re.IGNORECASE,
)
_CENTRAL_EUROPE = re.compile(r"\bCES?T\b")
_HOURS_APART = re.compile(
    r"\bkl(?:\.|okken)?\s*\d{1,2}(?:[.:]\d{2})?\s*(?:[-–—]|og|til|eller)\s*(?:kl\.?\s*)?\d", re.IGNORECASE
)
_TIME = re.compile(
    r"(?:(?:kl\.?|klokken)\s*|(?:at|T)?\s*(?<![\d.]))(?P<h>\d{1,2})[.:](?P<min>\d{2})(?::\d{2})?(?![\d.]\d)",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\b(?:kl\.?|klokken)\s*(?P<h>\d{1,2})(?![\d.:])", re.IGNORECASE)
_OFFSET = re.compile(r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})\b")


def _day_in(text: str) -> tuple[dt.date, int, int] | None:
    """The one day that a text names, with its place.

    None for none, an impossible one, two that differ, one that its weekday contradicts, and one that is told as a limit
    of something ("1.-3. marts 2027", "tidligst den 12. marts 2027").
    """
    found: dict[dt.date, tuple[int, int]] = {}
    for pattern in _DAY_PATTERNS:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month = _MONTHS[parts["n"].lower()] if parts.get("n") else int(parts["m"])
            try:
                day = dt.date(int(parts["y"]), month, int(parts["d"]))
            except ValueError:
                return None
            found.setdefault(day, match.span())
    if len(found) != 1:
        return None
    day, span = found.popitem()
    if not 1990 <= day.year <= 2100:  # a typing mistake, not a procurement
        return None
    before, after = text[: span[0]], text[span[1] :]
    if _ABOUT.search(before) or _ANOTHER_DAY.match(after):
        return None
    for other in _DAY_OF_A_YEAR.finditer(f"{before}|{after}"):
        if (int(other["d"]), _MONTHS[other["n"].lower()]) != (day.day, day.month):
            return None
    named = _WEEKDAY.search(before)
    if named and named.lastindex and (named.lastindex - 1) % 7 != day.weekday():
        return None
    return day, *span


def parse_day(text: str) -> dt.date | None:
    """The day that a text names, or None where it names none, an impossible one, or several that differ.

    >>> parse_day("senest den 12. marts 2027 kl. 12.00")
    datetime.date(2027, 3, 12)
    >>> parse_day("31. februar 2027") is None
    True
    """
    found = _day_in(text)
    return found[0] if found else None


def parse_deadline(text: str, zone: ZoneInfo = COPENHAGEN) -> Deadline | None:
    """The point in time that a text names, in the buyer's zone where it gives no offset; None where unsure.

    A day without a time lasts until 23:59 and is marked `time_known=False`. An impossible time (25:00, or one
    that a clock change skips or doubles) makes the whole deadline unknown.

    >>> parse_deadline("12. marts 2027 kl. 12.00").at.isoformat()
    '2027-03-12T12:00:00+01:00'
    """
    found = _day_in(text)
    if not found:
        return None
    day, start, end = found
    offset = _OFFSET.search(text)
    clock_time = _time_in(text[end:]) or _time_in(text[:start])
    if (_OTHER_CLOCK.search(text) and not offset) or _is_loose(text[:start], text[end:]):
        return None
    if clock_time is None:
        if _LOOSE.search(text) or _BEFORE.search(text[:start]):
            return None  # a time is told, in a way that cannot be read; or the day itself is too late
        return Deadline(dt.datetime.combine(day, dt.time(23, 59), zone), time_known=False)
    if isinstance(clock_time, str):
        return None
    if offset:
        return Deadline(dt.datetime.combine(day, clock_time, _offset(offset[1])))
    if clock_time.hour <= 12 and _HALF_OF_A_DAY.search(text):
        return None
    return _local(dt.datetime.combine(day, clock_time, zone), _CENTRAL_EUROPE.search(text))


def _is_loose(before: str, after: str) -> bool:
    """Whether the words around a day make it one that is expected or was moved, or its hour one that ends nothing."""
    loose_hour = _LOOSE_HOUR.search(before) or _LOOSE_HOUR.search(after)
    return any((_EXPECTED.search(before), _MOVED.search(after), loose_hour))


def _local(at: dt.datetime, named: re.Match[str] | None) -> Deadline | None:
    """A time by the buyer's clock, where it is one moment and the time that is named with it agrees."""
    if at.utcoffset() != at.replace(fold=1).utcoffset():
        return None  # 02:30 on the last Sunday of March does not exist, on that of October it comes twice
    if named and at.tzinfo is COPENHAGEN and at.tzname() != named[0]:
        return None  # "CET" in summer: the buyer's clock, or an hour later?
    return Deadline(at)


def _time_in(text: str) -> dt.time | str | None:
    """The time in a text; None where there is none; the offending words where it is impossible, or one of several."""
    offset = _OFFSET.search(text)
    text = f"{text[: offset.start(1)]}{text[offset.end(1) :]}" if offset else text
    if apart := _HOURS_APART.search(text):
        return apart[0]
    found: set[dt.time] = set()
    for match in [*_TIME.finditer(text), *_HOUR.finditer(text)]:
        hour, minute = int(match["h"]), int(match.groupdict().get("min") or 0)
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return match[0]
        found.add(dt.time(23, 59) if hour == 24 else dt.time(hour, minute))
    return text if len(found) > 1 else next(iter(found), None)


def _offset(text: str) -> dt.tzinfo:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return dt.timezone(sign * dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


# -- writing ---------------------------------------------------------------------------------------------------

WEEKDAYS = {
    "da": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "da": [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def write_day(day: dt.date, language: str = "da", *, weekday: bool = False, year: bool = True) -> str:
    """A day as people write it.

    >>> write_day(dt.date(2026, 12, 8), weekday=True, year=False)
    'tirsdag 8. december'
    >>> write_day(dt.date(2026, 12, 8), "en", weekday=True)
    'Tuesday 8 December 2026'
    """
    number = f"{day.day}." if language == "da" else str(day.day)
    words = [WEEKDAYS[language][day.weekday()]] if weekday else []
    words += [number, MONTHS[language][day.month - 1]]
    return " ".join([*words, str(day.year)] if year else words)


def write_deadline(deadline: Deadline, language: str = "da", *, weekday: bool = True, year: bool = True) -> str:
    """A deadline in Copenhagen's time, with the time of day where the source gave one.

    >>> write_deadline(parse_deadline("8. december 2026 kl. 12.00"))
    'tirsdag 8. december 2026 kl. 12.00'
    """
    day = write_day(deadline_day(deadline), language, weekday=weekday, year=year)
    if not deadline.time_known:
        return day
    local = deadline.at.astimezone(COPENHAGEN)
    return f"{day} kl. {local:%H.%M}" if language == "da" else f"{day} at {local:%H:%M}"


def deadline_day(deadline: Deadline) -> dt.date:
    """The day as readers are shown it: in Copenhagen; where the source named no hour the day that it named."""
    return (deadline.at.astimezone(COPENHAGEN) if deadline.time_known else deadline.at).date()


def days_left(deadline: Deadline, at: dt.datetime) -> int:
    """Whole calendar days in Copenhagen from `at` to the deadline: 0 today, 1 tomorrow, negative when it has passed."""
    return (deadline_day(deadline) - at.astimezone(COPENHAGEN).date()).days


def next_midnight(at: dt.datetime) -> dt.datetime:
    """When the day of `at` is over in Copenhagen, in UTC."""
    tomorrow = at.astimezone(COPENHAGEN).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), COPENHAGEN).astimezone(dt.UTC)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the last one of that month where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def months_between(first: dt.date, last: dt.date) -> tuple[tuple[dt.date, dt.date], ...]:
    """The months from one day to another, each as its first and last day; the outer ones begin and end with these.

    >>> [f"{a:%d.%m.}-{b:%d.%m.}" for a, b in months_between(dt.date(2026, 1, 30), dt.date(2026, 3, 2))]
    ['30.01.-31.01.', '01.02.-28.02.', '01.03.-02.03.']
    """
    found: list[tuple[dt.date, dt.date]] = []
    while first <= last:
        end = add_months(first.replace(day=1), 1) - dt.timedelta(days=1)
        found.append((first, min(end, last)))
        first = end + dt.timedelta(days=1)
    return tuple(found)
