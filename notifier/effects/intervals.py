"""How good the marks are: from officers' answers on lots that were drawn by chance, in words of "so many of 100".

Who is asked about what, and how the answers are weighed by the chance of each, stands in learning/sampling.py. Reserved
lots are not asked about, and are in none of these figures.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.learning.sampling import Drawn, Kind, estimate_recall, estimate_share

NEEDED = 30  # answers: with fewer, 95 % of what is possible spans a third of all that could be


class Figure(StrEnum):
    """What is asked of the marks."""

    RIGHT = "right"  # of the marked, how many fit
    LEFT = "left"  # of those that were not marked, how many fit all the same
    FOUND = "found"  # of those that fit, how many were marked


MARKED, UNMARKED = frozenset({"accepted"}), frozenset({"rejected", "rejected_far"})
_STRATA = {Figure.RIGHT: MARKED, Figure.LEFT: UNMARKED, Figure.FOUND: MARKED | UNMARKED}


@dataclass(frozen=True, slots=True)
class Of100:
    """So many of 100, between `low` and `high` with 95 % certainty; None where answers are still `missing`.

    `answered` of the lots that were `drawn` have an answer; the others are taken to be like them.
    """

    figure: Figure
    answered: int
    missing: int = 0
    share: float | None = None
    low: int = 0
    high: int = 100
    drawn: int = 0

    @property
    def value(self) -> int:
        """The share as so many of 100. One that is neither all nor nothing is not told as if it were."""
        share = self.share or 0.0
        rounded = round(100 * share)
        return min(max(rounded, 1 if share > 0 else 0), 100 if share >= 1 else 99)


def of_100(drawn: Sequence[Drawn], figure: Figure) -> Of100:
    """What the answers say. Of marked and unmarked lots alike NEEDED answers have to be there."""
    answered = sum(_answers(drawn, names) for names in _asked(figure))
    asked = sum(one.kind is Kind.RANDOM and one.stratum in _STRATA[figure] for one in drawn)
    missing = sum(max(0, NEEDED - _answers(drawn, names)) for names in _asked(figure))
    if missing:
        return Of100(figure, answered, missing)
    found = _estimate(drawn, figure)
    if found is None:  # a stratum without an answer: one there is the least that is missing
        return Of100(figure, answered, 1)
    share, low, high = found
    return Of100(figure, answered, 0, share, math.floor(100 * low), math.ceil(100 * high), asked)


def _asked(figure: Figure) -> tuple[Collection[str], ...]:
    return (MARKED, UNMARKED) if figure is Figure.FOUND else (_STRATA[figure],)


def _answers(drawn: Sequence[Drawn], names: Collection[str]) -> int:
    return sum(one.kind is Kind.RANDOM and one.stratum in names and one.answer is not None for one in drawn)


def _estimate(drawn: Sequence[Drawn], figure: Figure) -> tuple[float, float, float] | None:
    if figure is Figure.FOUND:
        recall = estimate_recall(drawn)
        return (recall.recall, recall.low, recall.high) if recall else None
    share = estimate_share(drawn, _STRATA[figure])
    return (share.share, share.low, share.high) if share else None
