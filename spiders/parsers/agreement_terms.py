"""The cells of a purchasing agreement that hold days, options and amounts: read for sure, or unknown with a flag."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from notifier import amounts, clock, text
from notifier.lots import Money
from spiders.parsers import words

# Numbers of days that a spreadsheet can mean in these years: 1990 to 2100 in either of its calendars.
_DAY_NUMBER = re.compile(r"[2-7]\d{4}")
_BETWEEN = re.compile(
    r"\s[-–—]\s|\btil(?: og med)?\b|\bto\b|[–—]"
    r"|(?<=[./-]\d{4})\s?-\s?(?=\d)"  # 01.01.2025-31.12.2026
    r"|(?<=[^\W\d_] \d{4})\s?-\s?(?=\d{1,2}\.?\s?[^\W\d])"  # 1. januar 2025-31. december 2026
)
_ONLY_END = re.compile(r"\W*(?:til|udløber|until|to|expires)\b", re.IGNORECASE)
_OF_OPTIONS = re.compile(r"option|forlæng|exten|renew|\d\s*[x×*+]\s*\d|^\W*\+", re.IGNORECASE)
_WITH_OPTIONS = re.compile(
    r"\W*(?:inkl|incl)\w*\.?\s+(?:alle\s+|all\s+|evt\.?\s+)?"
    r"(?:option(?:er|s)?|forlængelser?|forlængelsesmulighed(?:er)?|extensions?|renewals?)\W*",
    re.IGNORECASE,
)
# Words beside a day that leave it what it is.
_BESIDE = re.compile(
    r"\b(?:den|d|fra|til|og med|t\.?o\.?m|pr|senest|udløber|udløb|kl|until|to|from|on|expires|"
    r"(?:man|tirs|ons|tors|fre|lør|søn)dag|"
    r"(?:eks|ex)kl?\w*\.?\s+(?:option(?:er|s)?|forlængelser?|extensions?))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """How long an agreement runs. `latest` is None where no column speaks of options, or they are not understood."""

    start: dt.date | None
    end: dt.date | None
    latest: dt.date | None
    options: str
    flags: tuple[str, ...]


def term(said: Mapping[str, str], day_zero: dt.date | None = None) -> Term:
    """The term that a row's cells name, by column. `day_zero` is where a spreadsheet's numbers count from."""
    reader = _Reader(said, day_zero)
    if said.get("period", "").strip() and not (said.get("start") or said.get("end")):
        start, end = reader.period()
    else:
        start, end = reader.day("start"), reader.day("end")
    stated = reader.day("latest") or reader.stated
    if start and any(day and start > day for day in (end, stated)):
        reader.flags.append(f"it ends ({end or stated}) before it starts ({start}): both are left unknown")
        start = end = stated = None
    options = _options(said.get("options", "")) or reader.options
    counted = words.latest_end(end, options) if end and reader.speaks_of_options else None
    if end and reader.speaks_of_options and not (counted or stated):
        reader.flags.append(f'how far it can be extended could not be read: "{text.clean_line(options, 120)}"')
    latest = _stated(stated, end, counted, options, reader.flags) if stated else counted
    return Term(start, end, latest, options, tuple(reader.flags))


class _Reader:
    """One row's days. What stands beside a day is told in `options`, `stated` (an end with options) or `flags`."""

    def __init__(self, said: Mapping[str, str], day_zero: dt.date | None) -> None:
        self.said, self.day_zero = said, day_zero
        self.flags: list[str] = []
        self.options = ""
        self.stated: dt.date | None = None

    @property
    def speaks_of_options(self) -> bool:
        return "options" in self.said or bool(self.options)

    def period(self) -> tuple[dt.date | None, dt.date | None]:
        """First and last day of a cell that holds both, "01.01.2025 - 31.12.2026", or the last alone."""
        raw = self.said["period"]
        parts = [part for part in _BETWEEN.split(raw) if part.strip(" .,")]
        days = [clock.parse_day(part) for part in parts]
        if len(days) == 2 and days[0] and days[1]:
            return self._beside("period", parts[0], days[0]), self._beside("period", parts[1], days[1])
        if len(days) == 1 and days[0] and _ONLY_END.match(raw):
            return None, self._beside("period", parts[0], days[0])
        if not words.blank(raw):
            self.flags.append(f'the period could not be read: "{text.clean_line(raw, 80)}"')
        return None, None

    def day(self, column: str) -> dt.date | None:
        """The day in a cell."""
        raw = self.said.get(column, "")
        if words.blank(raw):
            return None
        if _DAY_NUMBER.fullmatch(raw.strip()):
            return self._counted(column, raw)
        day = clock.parse_day(raw)
        if day is None:
            self.flags.append(f'the {_NAMES[column]} could not be read: "{text.clean_line(raw, 80)}"')
            return None
        return self._beside(column, raw, day)

    def _counted(self, column: str, raw: str) -> dt.date | None:
        day = self.day_zero + dt.timedelta(days=int(raw)) if self.day_zero else None
        if day and 1990 <= day.year <= 2100:
            return day
        why = "is no day of these years" if day else "counts days from a day that the file does not tell"
        self.flags.append(f'the {_NAMES[column]} could not be read: "{raw.strip()}" {why}')
        return None

    def _beside(self, column: str, raw: str, day: dt.date) -> dt.date | None:
        """The day, after a look at what stands beside it; None where that makes it another one."""
        rest = text.clean_line(words.without_day(raw))
        if column != "start" and _WITH_OPTIONS.fullmatch(_BESIDE.sub("", rest)):
            if column == "latest":
                return day
            self.stated = day
            return None
        if column != "start" and _OF_OPTIONS.search(_BESIDE.sub("", rest)):
            self.options = self.options or rest.strip(" ,.;:-()[]")
        elif re.search(r"[^\W\d_]{2}", _BESIDE.sub("", rest)):
            self.flags.append(f'beside the {_NAMES[column]} stands more than a day: "{text.clean_line(raw, 80)}"')
        return day


_NAMES = {"start": "start", "end": "end", "latest": "latest end", "period": "period"}


def _options(raw: str) -> str:
    """The options in the source's words; "ingen" is one of them, and says more than nothing."""
    none = raw.strip().casefold().rstrip(".") in ("ingen", "nej", "none", "no")
    return text.clean_line(raw, 1000) if none or not words.blank(raw) else ""


def _stated(
    stated: dt.date, end: dt.date | None, counted: dt.date | None, options: str, flags: list[str]
) -> dt.date | None:
    """The latest end that the source names, after a look at what it says beside it."""
    if end and stated < end:
        flags.append(f"its latest end ({stated}) is before its end ({end}): it is left unknown")
        return None
    if options and counted and counted != stated:
        flags.append(f'its options make {counted}, not {stated}: "{text.clean_line(options, 120)}"')
    return stated


def value(raw: str, heading: str, flags: list[str]) -> Money | None:
    """The amount in a cell; its currency, or that VAT is in it, may stand in the heading alone."""
    if words.blank(raw):
        return None
    unit = re.search(r"\b(kr|dkk|eur|euro)\b", heading, re.IGNORECASE)
    without_vat = amounts.parse_money(f"1 kr. {heading}") is not None
    money = amounts.parse_money(raw) or (amounts.parse_money(f"{raw} {unit[1]}") if unit else None)
    if money is None or not without_vat:
        flags.append(f'the value could not be read: "{text.clean_line(raw, 80)}"')
        return None
    return money
