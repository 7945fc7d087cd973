"""Rounds, ratios, the table, and what falls short."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure beside what it has to be. `at_most` or `at_least` is the demand."""

    name: str
    value: float
    spread: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = "×"

    @property
    def falls_short(self) -> bool:
        """Whether the figure misses its demand."""
        too_high = self.at_most is not None and self.value > self.at_most
        return too_high or (self.at_least is not None and self.value < self.at_least)

    @property
    def wanted(self) -> str:
        """The demand in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:,g} {self.unit}"
        return f"at least {self.at_least:,g} {self.unit}" if self.at_least is not None else "for comparison"


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(*sides: Callable[[], object], rounds: int = ROUNDS) -> tuple[list[float], ...]:
    """Times of each side over several rounds, one side after the other within a round."""
    times: tuple[list[float], ...] = tuple([] for _ in sides)
    for side in sides:
        side()  # warm: imports, caches, the file system
    for _ in range(rounds):
        for taken, side in zip(times, sides, strict=True):
            taken.append(seconds(side))
    return times


def ratio(name: str, ours: Sequence[float], other: Sequence[float], *, at_most: float) -> Figure:
    """Our time over the other's: best over best, with the spread of the rounds' ratios."""
    each = sorted(a / b for a, b in zip(ours, other, strict=True))
    return Figure(name, min(ours) / min(other), f"{each[0]:.2f}–{each[-1]:.2f}", at_most=at_most)


def rate(name: str, count: int, times: Sequence[float], *, at_least: float | None, unit: str) -> Figure:
    """Things a second at the best, with the spread."""
    each = sorted(count / taken for taken in times)
    return Figure(name, each[-1], f"{each[0]:,.0f}–{each[-1]:,.0f}", at_least=at_least, unit=unit)


def calibration() -> Figure:
    """What this machine makes of a loop that never changes: beside it absolute figures can be compared."""

    def loop() -> int:
        total = 0
        for number in range(1_000_000):
            total = (total * 31 + number) & 0xFFFFFFFF
        return total

    times = [seconds(loop) for _ in range(ROUNDS)]
    each = sorted(1 / taken for taken in times)
    middle = statistics.median(each)
    return Figure("calibration: loops of a million", middle, f"{each[0]:.1f}–{each[-1]:.1f}", unit="a second")


def show(figures: Sequence[Figure]) -> bool:
    """Print the table; whether everything holds."""
    table = Table("what", "seen", "spread", "wanted", "")
    for figure in figures:
        mark = "falls short" if figure.falls_short else ""
        table.add_row(figure.name, f"{figure.value:,.2f} {figure.unit}", figure.spread, figure.wanted, mark)
    Console(width=140).print(table)
    return not any(figure.falls_short for figure in figures)
