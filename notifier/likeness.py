"""Which procedures look like one and are not joined by any name: for people to decide, never by itself. Pure.

Alike are the title (most of its words), the buyer (number or name) and the deadline (the same day). Each of them alone
is common: a buyer asks for cleaning every year, and half the tenders of a town close on the same Monday.
"""

from __future__ import annotations

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
        for first, second in combinations(map(_titled, alike), 2):
            if first.view.procedure == second.view.procedure:
                continue
            pair = frozenset({first.view.procedure, second.view.procedure})
            if pair not in found and (said := _titles_alike(first, second)):
                found.add(pair)
                yield Alike(first.view, second.view, f"buyer {buyer}, deadline {day}, titles: {said}")


@dataclass(frozen=True, slots=True)
class _Titled:
    """A lot with the words of its title and of its notice's, each with the title itself."""

    view: LotView
    titles: tuple[tuple[str, frozenset[str]], ...]


def _titled(view: LotView) -> _Titled:
    titles = dict.fromkeys((view.lot.title, view.notice.title))
    return _Titled(view, tuple((title, _words(title)) for title in titles))


def _buyers(view: LotView) -> set[str]:
    """The buyer's number, and its name without its administration: "Københavns Kommune - Økonomiforvaltningen"."""
    buyer = view.notice.buyer
    name = " ".join(re.split(r"\s[-–—]\s|,|/", buyer.name.casefold())[0].split())
    return {one for one in (buyer.identifier, name) if one}


def _titles_alike(first: _Titled, second: _Titled) -> str:
    """The two titles where they are alike: those of the lots, or of the notices."""
    for one, words in first.titles:
        for other, others in second.titles:
            if not words.isdisjoint(others) and _share(words, others) >= _ALIKE:
                return f'"{one[:100]}" and "{other[:100]}"'
    return ""


def _share(words: frozenset[str], others: frozenset[str]) -> float:
    """The share of words that two titles have in common, 0 to 1.

    >>> _share(_words("Udbud af rengøring på skoler"), _words("Rengøring af skoler"))
    1.0
    >>> _share(_words("Rengøring"), _words("Maling"))
    0.0
    """
    common = len(words & others)
    return common / (len(words) + len(others) - common) if common else 0.0


def _words(title: str) -> frozenset[str]:
    """Words that every tender has do not count."""
    return frozenset(re.findall(r"[^\W_]{2,}", title.casefold())) - _SAYS_NOTHING
