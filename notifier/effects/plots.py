"""Bars, as numbers that a template draws as SVG: one below the other, so that there is room for words beside them.

Widths are per cent of the drawing and heights are in letters (em): the drawing is as wide as its place, and its letters
as large as the reader's others. A bar that must not be told apart by its colour alone is `hatched`. What is not told
has no bar, only words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_BESIDE, _ABOVE = 1.8, 2.9  # em a row: with the name beside the bar, or above it
_NAMES = 33.0  # per cent, for names beside bars
_WIDEST = 37.0  # per cent, of a bar beside its name: what is left is for its words
_WIDEST_BELOW = 68.0
THICK = 1.2  # em of a bar


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
    """A row as it is drawn. `top`, `middle` and `bottom` are of its bar, `from_` and `to` of its line or None."""

    name: str
    words: str
    name_y: float
    top: float
    middle: float
    bottom: float
    left: float
    width: float
    words_x: float
    hatched: bool
    from_: float | None = None
    to: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing. `key` names it on its page; `title` and `description` say what it shows to who does not see it, `note`
    what signs in it mean."""

    key: str
    title: str
    description: str
    height: float
    bars: tuple[DrawnBar, ...]
    note: str = ""


def plot(
    key: str,
    title: str,
    description: str,
    bars: Iterable[Bar],
    *,
    beside: bool = True,
    of: float = 0,
    note: str = "",
) -> Plot:
    """Bars as they are drawn. `beside`: names are short, and stand before their bars. `of` is what a whole bar is; the
    largest number where it is not given."""
    rows = tuple(bars)
    whole = max((of, *(one.value or 0.0 for one in rows), *(one.high or 0.0 for one in rows)))
    height = _BESIDE if beside else _ABOVE
    drawn = tuple(_drawn(one, number * height, whole, beside=beside) for number, one in enumerate(rows))
    return Plot(key, title, description, round(height * len(rows) + 0.4, 2), drawn, note)


def _drawn(one: Bar, top: float, whole: float, *, beside: bool) -> DrawnBar:
    left, widest = (_NAMES, _WIDEST) if beside else (0.0, _WIDEST_BELOW)

    def reach(value: float | None) -> float:
        return round(widest * value / whole, 2) if value and whole else 0.0

    bar_top = top + (0.35 if beside else 1.5)
    width, to = reach(one.value), reach(one.high)
    lined = one.low is not None and one.high is not None
    return DrawnBar(
        name=one.name,
        words=one.words,
        name_y=round(top + (1.3 if beside else 1.15), 2),
        top=round(bar_top, 2),
        middle=round(bar_top + THICK / 2, 2),
        bottom=round(bar_top + THICK, 2),
        left=left,
        width=width,
        words_x=round(left + (max(width, to) + 1.5 if max(width, to) else 0.0), 2),
        hatched=one.hatched,
        from_=round(left + reach(one.low), 2) if lined else None,
        to=round(left + to, 2) if lined else None,
    )
