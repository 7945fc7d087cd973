"""Healthy runs, shown in numbers: editors have their whims, and nobody is woken for them.

Towns with 0.1 to 10 new lots per run are read day by day, the lots that stay in every run again. Nothing is ever
redesigned there, but editors forget values, write labels and paragraphs that were never there, put words where a
date should be, extend deadlines, take tenders away early or tidy up all at once (`tests.prove.towns`). Each run that
ends in an alarm is a false one. A run in alarm does not become history, so one cause may alarm on many days: all of
them count, until after a fortnight somebody looks and says that all is well.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from notifier.coverage import FieldCoverage
from spiders.parsers import page
from tests.prove.pages import SHAPES, Shape
from tests.prove.reading import read
from tests.prove.towns import Town

SEED = 2026
RATES = (0.1, 0.3, 1.0, 3.0, 10.0)  # new lots per run
STAYS = (4.0, 20.0)  # runs for which a lot is listed
MOST = 0.001  # of the runs may alarm
DAYS = 120  # of one town
TOWNS, QUICK = 5, 1  # of each shape, rate and stay; the largest are read for fewer days, since a day has more lots
_LOOKED_AFTER = 14  # runs in alarm
_SHOWN = 12


@dataclass
class Tally:
    """What became of the runs at one rate."""

    rate: float
    runs: int = 0
    items: int = 0
    empty: int = 0
    alarms: int = 0
    causes: list[str] = field(default_factory=list)
    of_shapes: Counter[str] = field(default_factory=Counter)  # runs by the name of the shape
    red_shapes: Counter[str] = field(default_factory=Counter)  # those that alarmed

    def line(self) -> str:
        """One line of the table."""
        return (
            f"{self.rate:>10} {self.runs:>8} {self.items / max(1, self.runs):>10.1f} {self.empty:>8} {self.alarms:>8} "
            f"{self.alarms / max(1, self.runs):>8.2%}"
        )


HEADING = f"{'lots a run':>10} {'runs':>8} {'listed':>10} {'empty':>8} {'alarms':>8} {'share':>8}"


@contextmanager
def remembered() -> Iterator[None]:
    """Let the parsers remember what they made of the same words: they are pure, and most lots stay as they are."""
    detail, row = page.read_detail, page._row
    try:
        page.read_detail = _remembering(
            detail, lambda html, selectors, row, imprint, url, charset="": (html, str(row), url)
        )
        page._row = _remembering(row, lambda element, selectors, base: (_row_words(element), selectors.row, base))
        yield
    finally:
        page.read_detail, page._row = detail, row


def _row_words(element: Any) -> str:
    table = element.find_parent("table")
    return f"{table.find('tr') if table else ''}{element}"


def _remembering(function: Callable[..., Any], key: Callable[..., object]) -> Callable[..., Any]:
    known: dict[object, Any] = {}

    @functools.wraps(function)
    def answer(*args: Any, **kwargs: Any) -> Any:
        place = key(*args, **kwargs)
        if place not in known:
            known[place] = function(*args, **kwargs)
        return known[place]

    return answer


def live(shape: Shape, rate: float, stay: float, number: int, days: int, tally: Tally) -> None:
    """A town's days, one run each."""
    town = Town(f"{SEED} {shape.name} {rate} {stay} {number}", rate=rate, stay=stay, agreements=shape.agreements)
    source, red = shape.source, 0
    before: tuple[FieldCoverage, ...] = ()
    for _ in range(days):
        account = read(source, shape.pages(town), town.day, before)
        tally.runs += 1
        tally.of_shapes[shape.name] += 1
        tally.items += account.counted.items
        tally.empty += not town.entries
        if account.caught:
            red += 1
            tally.alarms += 1
            tally.red_shapes[shape.name] += 1
            tally.causes.append(f"{shape.name}, {rate} lots a run, town {number}, {town.day}: {account.message[:200]}")
            if red >= _LOOKED_AFTER:
                source, red = replace(source, checked=town.day.isoformat()), 0
        else:
            before, red = (account.counted, *before)[:60], 0
        town.pass_day()


def highest_share(alarms: int, runs: int) -> float:
    """The upper end of the 95 % interval for the share of alarms (Poisson; 3 / runs where there was none)."""
    if not alarms:
        return 3.0 / max(1, runs)
    return (alarms + 1 + 1.645 * math.sqrt(alarms + 1)) / runs


def shortcomings(tallies: list[Tally]) -> list[str]:
    """What the figures should be and are not."""
    runs, alarms = sum(tally.runs for tally in tallies), sum(tally.alarms for tally in tallies)
    found = []
    if alarms > MOST * runs:
        found.append(f"{alarms} of {runs} healthy runs alarm, more than {MOST:.1%}")
    for name, of in sum((tally.of_shapes for tally in tallies), Counter[str]()).items():
        if (red := sum(tally.red_shapes[name] for tally in tallies)) > MOST * of:
            found.append(f"{name}: {red} of {of} healthy runs alarm, more than {MOST:.1%}")
    if not any(tally.empty for tally in tallies):
        found.append("no list was ever empty: nothing is proven of those")
    return found


def main(*, quick: bool) -> int:
    """Run the proof and print its table; 1 where it falls short."""
    tallies = []
    print(
        f"{len(SHAPES)} sources, lots listed for {STAYS[0]:g} or {STAYS[1]:g} runs or so, seed {SEED}\n{HEADING}",
        flush=True,
    )
    for rate in RATES:
        tally = Tally(rate)
        for shape in SHAPES:
            for stay in STAYS:
                # A day of the largest lists costs as much as a month of the smallest.
                share = min(1.0, 12 / max(1.0, rate * stay)) * (0.3 if quick else 1.0)
                with remembered():
                    for number in range(QUICK if quick else TOWNS):
                        live(shape, rate, stay, number, max(20, round(DAYS * share)), tally)
        tallies.append(tally)
        print(tally.line(), flush=True)
    runs, alarms = sum(tally.runs for tally in tallies), sum(tally.alarms for tally in tallies)
    print(
        f"{alarms} of {runs} healthy runs alarmed ({alarms / runs:.3%}; "
        f"with 95 % certainty below {highest_share(alarms, runs):.3%})"
    )
    for shape in SHAPES:
        of, red = (sum(getattr(t, name)[shape.name] for t in tallies) for name in ("of_shapes", "red_shapes"))
        print(f"{shape.name:<14} {red} of {of}, with 95 % certainty below {highest_share(red, of):.3%}")
    causes = [cause for tally in tallies for cause in tally.causes]
    print("\n".join(causes[:_SHOWN]))
    wrong = shortcomings(tallies)
    print("\n".join(wrong) if wrong else "as it should be")
    return 1 if wrong else 0
