"""Lengths of time in words into values: durations, options to extend, the latest end. Read for sure, or not at all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from notifier import clock

_NUMBERS = {
    word: number
    for number, words in enumerate(
        ("et en én ét one", "to two", "tre three", "fire four", "fem five", "seks six", "syv seven", "otte eight"),
        start=1,
    )
    for word in words.split()
}
_UNITS = {
    **dict.fromkeys(("år", "års", "year", "years"), "Y"),
    **dict.fromkeys(("måned", "måneder", "måneders", "mdr", "md", "mnd", "month", "months"), "M"),
    **dict.fromkeys(("uge", "uger", "ugers", "week", "weeks"), "W"),
    **dict.fromkeys(("dag", "dage", "dages", "day", "days"), "D"),
}


def _any(words: Mapping[str, object]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_COUNT = rf"\d{{1,3}}(?:,[05])?|{_any(_NUMBERS)}"
_QUANTITY = re.compile(rf"(?<![\w,.-])(?P<count>{_COUNT})\s*(?P<unit>{_any(_UNITS)})(?!\w)\.?", re.IGNORECASE)
_TAIL = re.compile(r"\+|\bplus\b|\boption|\bforlæng|\bmulighed|\bmed\b|\bherefter\b|\bwith\b|\bexten", re.IGNORECASE)
_BLANK = frozenset("- – — / . ? 0 ingen none nej no n/a na ukendt uoplyst".split()) | {"ikke oplyst", "ikke angivet"}


def blank(words: str) -> bool:
    """Whether a cell says nothing: a dash, "ikke oplyst".

    >>> blank(" – "), blank("Ikke oplyst."), blank("2 år")
    (True, True, False)
    """
    return not words.strip() or words.strip().casefold().rstrip(".") in _BLANK | {""}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in one unit: Y, M, W or D."""

    count: int
    unit: str

    @property
    def iso(self) -> str:
        """ISO 8601, as `Lot.duration` holds it."""
        return f"P{self.count}{self.unit}"

    @property
    def months(self) -> int | None:
        """In months, None for weeks and days."""
        return self.count * {"Y": 12, "M": 1}[self.unit] if self.unit in "YM" else None


def _span(match: re.Match[str]) -> Span | None:
    unit = _UNITS[match["unit"].lower()]
    written = match["count"].lower()
    if "," in written:  # "1,5 år" is 18 months; half a month or week is no length that contracts have
        return Span(int(float(written.replace(",", ".")) * 12), "M") if unit == "Y" else None
    count = _NUMBERS.get(written) or int(written)
    return Span(count, unit) if count else None


def duration(words: str) -> tuple[str, str]:
    """(ISO 8601 duration without options, the words on options). The duration is "" where it is not sure.

    >>> duration("2 år"), duration("2 år + 1 års option"), duration("24 måneder med mulighed for forlængelse")
    (('P2Y', ''), ('P2Y', '1 års option'), ('P24M', 'mulighed for forlængelse'))
    >>> duration("2-4 år"), duration("op til 4 år")
    (('', ''), ('', ''))
    """
    tail = _TAIL.search(words)
    head, options = (words[: tail.start()], words[tail.start() :]) if tail else (words, "")
    options = re.sub(r"^(\+|plus|med|with)\s*", "", options, flags=re.IGNORECASE).strip(" .,;()")
    spans = {span for match in _QUANTITY.finditer(head) if (span := _span(match))}
    rest = _QUANTITY.sub(" ", head)
    same = len(spans) == 1 or (len({span.months for span in spans}) == 1 and None not in {s.months for s in spans})
    if not spans or not same or re.search(r"\d|\bop til\b|\bmaks|\bup to\b|\bmax|\bmin", rest, re.IGNORECASE):
        return "", options
    return min(spans, key=lambda span: span.count).iso, options


# Words that may stand around the lengths of an option without changing what it means.
_FILLER = re.compile(
    r"\b(?:ja|yes|option|optioner|options|på|mulighed|muligheder|for|forlæng\w*|kan|der|er|at|med|i|op|til|yderligere|af|"
    r"en|à|á|a|aftalen|kontrakten|periode|perioder|varighed|hver|uændrede|samme|vilkår|maks|max|maksimalt|højst|"
    r"renewals?|exten(?:d|ded|dable|sion|sions)|up|to|by|of|the|may|be|further|additional|each)\b|[.,;:*-]",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"(?<![\w,.-])(?P<times>\d|{_any(_NUMBERS)})\s*"
    r"(?:[x×*]|gange?\b|times\b|stk\b\.?|optione?r?\b|options?\b|perioder?\b|periods?\b|forlængelser?\b|extensions?\b|"
    r"renewals?\b)\s*(?:(?:à|á|a|af|på|i|med|of|by|for|op til|up to)\s+)*"
    rf"(?P<count>{_COUNT})\s*(?P<unit>{_any(_UNITS)})(?!\w)\.?(?:\s*ad gangen\b)?",
    re.IGNORECASE,
)
_SUM = re.compile(
    rf"(?<![\w,.-])(?P<sum>\d{{1,2}}(?:\s*\+\s*\d{{1,2}})+)\s*(?P<unit>{_any(_UNITS)})(?!\w)\.?", re.IGNORECASE
)
_NO_OPTION = re.compile(
    r"(?:(?:nej|no)\W+)?(?:ingen|uden|kan ikke|ikke|no|none|not)\b(?:\W+(?:option(?:er|s)?|mulighed(?:er)?|for|"
    r"forlæng\w*|exten\w*|renew\w*|yderligere|further))*\W*",
    re.IGNORECASE,
)
# Where the same length is said again in other words: "24 mdr. (2 x 12 mdr.)".
_AGAIN = re.compile(
    r"\((?!\s*(?:\+|plus\b|og\b))|\)|\bfordelt på\b|\bsvarende til\b|\bi form af\b|\bdvs\b\.?|\bi alt\b|=",
    re.IGNORECASE,
)


# An option that was used is in the end already, or it is not: the words do not say which, nor what is left.
_USED = re.compile(
    r"(?<!blive )\b(?:forlænget|udnyttet|benyttet|opbrugt)\b|\b(?:used|exercised|exhausted)\b|(?<!be )\bextended\b",
    re.IGNORECASE,
)


def latest_end(end: dt.date, options: str) -> dt.date | None:
    """The last day with every option used; `end` where there is no option; None where the words are not understood.

    >>> latest_end(dt.date(2027, 6, 30), "2 x 12 mdr."), latest_end(dt.date(2027, 6, 30), "1 + 1 år")
    (datetime.date(2029, 6, 30), datetime.date(2029, 6, 30))
    >>> latest_end(dt.date(2027, 6, 30), "mulighed for forlængelse i op til 24 måneder (2 x 12 mdr.)")
    datetime.date(2029, 6, 30)
    >>> latest_end(dt.date(2027, 6, 30), "Ja, efter aftale") is None
    True
    >>> latest_end(dt.date(2027, 6, 30), "Forlænget 2 år") is None
    True
    """
    if blank(options) or _NO_OPTION.fullmatch(options.strip()):
        return end
    if _USED.search(options):
        return None
    day = clock.parse_day(options)
    if day is not None:
        plain = not re.search(r"[^\W_]", _FILLER.sub("", without_day(options)))
        return day if plain and day >= end else None
    months = _option_months(options)
    # An extension begins the day after the end, and lasts whole months from there.
    return clock.add_months(end + dt.timedelta(days=1), months) - dt.timedelta(days=1) if months else None


def without_day(words: str) -> str:
    """A text without the days that are written in it.

    >>> without_day("31.12.2026 (2 x 12 mdr.)").strip()
    '(2 x 12 mdr.)'
    """
    return re.sub(r"\d{1,4}[./-]\s?\d{1,2}[./\s-]\s?\d{1,4}|\d{1,2}\.?\s*[^\W\d]+\.?\s+\d{4}|\bden\b", " ", words)


def _option_months(words: str) -> int:
    """Months of all options together, 0 where one word is left that is not understood.

    What is said twice counts once, and has to say the same.
    """
    said = [_sum_of_months(part) for part in _AGAIN.split(words) if _FILLER.sub(" ", part).strip()]
    alone = len(said) == 1 and re.search(r"\bi alt\b", words, re.IGNORECASE)  # of the options, or of the agreement?
    return said[0] if len(set(said)) == 1 and not alone else 0


def _sum_of_months(words: str) -> int:
    total, count = 0, 0
    for pattern in (_TIMES, _SUM, _QUANTITY):
        for match in pattern.finditer(words):
            months = _months(match.groupdict(), match)
            if not months:
                return 0
            total, count = total + months, count + 1
        words = pattern.sub(" + ", words)  # stands for a length, and what joins lengths is counted below
    left = _FILLER.sub(" ", words)
    joined = re.sub(r"\b(?:og|and|samt|plus)\b|&|[()]", " + ", left)
    if re.search(r"[^\W_]", joined):
        return 0
    # Lengths that stand side by side without a word between them may be added, or be one or the other.
    return total if joined.count("+") >= 2 * count - 1 else 0


def _months(groups: dict[str, str | None], match: re.Match[str]) -> int:
    if added := groups.get("sum"):
        unit = {"Y": 12, "M": 1}.get(_UNITS[match["unit"].lower()], 0)
        return unit * sum(int(count) for count in re.findall(r"\d+", added))
    span = _span(match)
    times = groups.get("times")
    factor = (_NUMBERS.get(times.lower()) or int(times)) if times else 1
    return (span.months or 0) * factor if span else 0
