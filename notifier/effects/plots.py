"""Bars, as numbers that a template draws as SVG: one below the other, so that there is room for words beside them.

Widths are per cent of the drawing and heights are pixels: the drawing is as wide as its place, letters keep their size.
A bar that must not be told apart by its colour alone is `hatched`. What is not told has no bar, only words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_BESIDE, _ABOVE = 26, 40  # pixels a row: with the name beside the bar, or above it
_NAMES = 31.0  # per cent, for names beside bars
_WIDEST = 48.0  # per cent, of a bar beside its name: what is left is for the number
_WIDEST_BELOW = 78.0
_THICK = 16  # pixels of a bar


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: what it is, how much, and how much in words. `low` and `high` draw a line from one to the other."""

    name: str
    value: float | None
    words: str
    hatched: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A row as it is drawn. `top` is the bar's upper edge; `from_` and `to` of its line, None for no line."""

    name: str
    words: str
    name_y: int
    top: int
    left: float
    width: float
    words_x: float
    middle: int
    hatched: bool
    from_: float | None = None
    to: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing. `key` names it on its page; `title` and `description` say what it shows to who does not see it."""

    key: str
    title: str
    description: str
    height: int
    bars: tuple[DrawnBar, ...]


def plot(key: str, title: str, description: str, bars: Iterable[Bar], *, beside: bool = True, of: float = 0) -> Plot:
    """Bars as they are drawn. `beside`: names are short, and stand before their bars. `of` is what a whole bar is; the
    largest number where it is not given."""
    rows = tuple(bars)
    whole = max((of, *(one.value or 0.0 for one in rows), *(one.high or 0.0 for one in rows)))
    height = _BESIDE if beside else _ABOVE
    drawn = tuple(_drawn(one, number * height, whole, beside=beside) for number, one in enumerate(rows))
    return Plot(key, title, description, height * len(rows) + 4, drawn)


def _drawn(one: Bar, top: int, whole: float, *, beside: bool) -> DrawnBar:
    left, widest = (_NAMES, _WIDEST) if beside else (0.0, _WIDEST_BELOW)

    def reach(value: float | None) -> float:
        return round(widest * value / whole, 2) if value and whole else 0.0

    bar_top = top + 5 if beside else top + 21
    width, to = reach(one.value), reach(one.high)
    lined = one.low is not None and one.high is not None
    return DrawnBar(
        name=one.name,
        words=one.words,
        name_y=top + 18 if beside else top + 16,
        top=bar_top,
        left=left,
        width=width,
        words_x=left + max(width, to) + 1.5,
        middle=bar_top + _THICK // 2,
        hatched=one.hatched,
        from_=left + reach(one.low) if lined else None,
        to=left + to if lined else None,
    )
