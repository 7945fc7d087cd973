"""Figures: how often what was found is right, and how much of what there is was found. Always with the interval.

Precision and recall are shares, and have Wilson's interval. F1 is 2J / (1 + J) of J, the share of lots found rightly
among those that were found or should have been; it takes J's interval. All intervals are of 95 %.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.959963984540054  # of a normal distribution, 95 % lie within


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval, which holds for small numbers and at 0 and 1 too; all there is where nothing is known.

        >>> [round(end, 3) for end in Share(9, 10).interval]
        [0.596, 0.982]
        """
        if not self.of:
            return (0.0, 1.0)
        share, square = self.hits / self.of, Z * Z / self.of
        middle = share + square / 2
        half = Z * math.sqrt(share * (1 - share) / self.of + square / (4 * self.of))
        return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


@dataclass(frozen=True, slots=True)
class Counts:
    """Rightly found, wrongly found, missed, rightly left."""

    hits: int
    false: int
    missed: int
    left: int

    @property
    def precision(self) -> Share:
        """Of what was found, what is right."""
        return Share(self.hits, self.hits + self.false)

    @property
    def recall(self) -> Share:
        """Of what there is, what was found."""
        return Share(self.hits, self.hits + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None where there was nothing to find and nothing was found."""
        return f1(self.hits, self.false, self.missed)

    @property
    def f1_interval(self) -> tuple[float, float]:
        """By Wilson's interval of J."""
        low, high = Share(self.hits, self.hits + self.false + self.missed).interval
        return 2 * low / (1 + low), 2 * high / (1 + high)


def f1(hits: int, false: int, missed: int) -> float | None:
    """2 hits / (2 hits + false + missed); None of nothing."""
    whole = 2 * hits + false + missed
    return 2 * hits / whole if whole else None


def tally(pairs: Iterable[tuple[bool, bool]]) -> Counts:
    """Counts of (is, was found)."""
    cells = [0, 0, 0, 0]
    for there, found in pairs:
        cells[2 * there + found] += 1
    return Counts(hits=cells[3], false=cells[1], missed=cells[2], left=cells[0])


@dataclass(frozen=True, slots=True)
class Paired:
    """One lot, judged twice: what it is, found before, found after; and which lots belong with it."""

    group: int
    fits: bool
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """How much F1 is changed, with the interval of the paired bootstrap."""

    change: float
    low: float
    high: float
    lots: int
    groups: int


ROUNDS = 2000


def bootstrap(pairs: Sequence[Paired], *, seed: int = 1, rounds: int = ROUNDS) -> Difference:
    """The change in F1 from before to after, and where 95 % of it lie when groups are drawn again with replacement.

    Both sides are measured on the same draw, so what makes a draw easy or hard cancels out. Whole groups are drawn,
    since lots of one notice or buyer stand and fall together. A draw without anything to find counts as no change.
    """
    cells: dict[int, list[int]] = {}
    for one in pairs:
        cell = cells.setdefault(one.group, [0] * 6)
        for side, found in enumerate((one.before, one.after)):
            cell[3 * side] += one.fits and found
            cell[3 * side + 1] += found and not one.fits
            cell[3 * side + 2] += one.fits and not found
    drawn, chance = list(cells.values()), random.Random(seed)  # noqa: S311 - repeatable, no secret
    changes = sorted(_change(chance.choices(drawn, k=len(drawn))) for _ in range(rounds)) if drawn else [0.0]
    low, high = changes[int(0.025 * (len(changes) - 1))], changes[math.ceil(0.975 * (len(changes) - 1))]
    return Difference(_change(drawn), low, high, len(pairs), len(drawn))


def _change(cells: Iterable[Sequence[int]]) -> float:
    sums = [sum(column) for column in zip(*cells, strict=True)] or [0] * 6
    before, after = f1(*sums[:3]), f1(*sums[3:])
    return 0.0 if before is None or after is None else after - before
