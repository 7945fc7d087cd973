"""Which procedures look like one and are not joined by any name: for people to decide, never by itself. Pure.

Alike are the title (most of its words), the buyer (number or name) and the deadline (the same day). Each of them alone
is common: a buyer asks for cleaning every year, and half the tenders of a town close on the same Monday.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from notifier.clock import deadline_day
from notifier.lots import LotView, acting_deadline

_ALIKE = 0.6  # share of the words of both titles that they have in common
_SAYS_NOTHING = frozenset(
    "af og i på til for en et den det de med ved om a an the of and to for in on with by udbud udbuddet bekendtgørelse "
    "rammeaftale kontrakt tender contract framework agreement vedr vedrørende kommune".split()
)


@dataclass(frozen=True, slots=True)
class Alike:
    """Two lots of different procedures that look alike, with the reason for people."""

    first: LotView
    second: LotView
    reason: str


def probable_pairs(views: Iterable[LotView]) -> Iterator[Alike]:
    """Pairs of procedures that look alike, each once, by the lots that show it."""
    by_day: dict[tuple[str, str], list[LotView]] = defaultdict(list)
    for view in views:
        deadline = acting_deadline(view.lot)
        if deadline is not None:
            day = deadline_day(deadline).isoformat()
            for buyer in _buyers(view):
                by_day[day, buyer].append(view)
    found: set[frozenset[str]] = set()
    for (day, buyer), alike in sorted(by_day.items(), key=lambda item: item[0]):
        for first, second in combinations(alike, 2):
            pair = frozenset({first.procedure, second.procedure})
            if len(pair) == 2 and pair not in found and (said := _titles_alike(first, second)):
                found.add(pair)
                yield Alike(first, second, f"buyer {buyer}, deadline {day}, titles: {said}")


def _buyers(view: LotView) -> set[str]:
    """The buyer's number, and its name without its administration: "Københavns Kommune - Økonomiforvaltningen"."""
    buyer = view.notice.buyer
    name = " ".join(re.split(r"\s[-–—]\s|,|/", buyer.name.casefold())[0].split())
    return {one for one in (buyer.identifier, name) if one}


def _titles_alike(first: LotView, second: LotView) -> str:
    """The two titles where they are alike: those of the lots, or of the notices."""
    for one in (first.lot.title, first.notice.title):
        for other in (second.lot.title, second.notice.title):
            if likeness(one, other) >= _ALIKE:
                return f'"{one[:100]}" and "{other[:100]}"'
    return ""


def likeness(one: str, other: str) -> float:
    """The share of words that two titles have in common, 0 to 1; words that every tender has do not count.

    >>> likeness("Udbud af rengøring på skoler", "Rengøring af skoler"), likeness("Rengøring", "Maling")
    (1.0, 0.0)
    """
    words, others = _words(one), _words(other)
    return len(words & others) / len(words | others) if words and others else 0.0


@functools.lru_cache(maxsize=20_000)  # each title is compared with those of a whole day
def _words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]{2,}", title.casefold())) - _SAYS_NOTHING
