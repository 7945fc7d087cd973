"""In which order lots are asked about, and how those of one page stand together. Pure.

What matters first is what an officer can still change: a deadline near, where the machine is not sure. So:

    near    later
    1       3       not sure, and the random sample, whatever the machine says of it
    2       4       marked: one look
    5       6       not marked, though something speaks for it
    7       7       not marked, and nothing speaks for it: confirmed all at once

Near is a deadline within a fortnight. A lot that is sure and late waits behind one that is not and early, but both
columns are read before what the machine would not show anybody: there an officer's word seldom changes anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notifier.catalogue import Doubt, Rows
from notifier.clock import next_midnight
from notifier.phrases import Foreign
from notifier.store.catalogue import COUNTED, Found
from notifier.store.queue import Cell, Spot
from notifier.words import grouped

NEAR = dt.timedelta(days=14)


def cells(now: dt.datetime) -> tuple[Cell, ...]:
    """The order of lots that wait."""
    near = past(now, NEAR.days)
    ranks = ((Doubt.UNSURE, Doubt.MARKED), (Doubt.UNLIKELY,))
    columns = ((now, near), (near, None))
    table = [Cell(doubt, *column) for rank in ranks for column in columns for doubt in rank]
    return (*table, clear(now))


def clear(now: dt.datetime) -> Cell:
    """Those that can be confirmed all at once."""
    return Cell(Doubt.CLEAR, now)


def past(now: dt.datetime, days: int) -> dt.datetime:
    """The first moment after so many days from today, in Copenhagen."""
    return next_midnight(now + dt.timedelta(days=days))


def written(spot: Spot) -> str:
    """A spot as it stands in an address."""
    return f"{spot.cell}~{spot.lot_id}~{spot.ends}~{spot.procedure}"


def read_spot(text: str) -> Spot | None:
    """A spot of an address; None where it is none: then the list begins at its beginning."""
    parts = text.split("~", 3)
    if len(parts) < 4 or not all(part.isdecimal() and len(part) < 18 for part in parts[:2]):
        return None
    return Spot(int(parts[0]), parts[2], parts[3], int(parts[1]))


@dataclass(frozen=True, slots=True)
class Task:
    """A lot of an officer's list. `quiet`: what the machine says of it is not told, for it is of the random sample."""

    found: Found
    rows: Rows

    @property
    def quiet(self) -> bool:
        return self.found.sampled and not self.found.tagged

    @property
    def seen(self) -> str:
        """The lot, and the tag that counted when the page was made."""
        return f"{self.found.uid}|{self.found.tag}"


@dataclass(frozen=True, slots=True)
class Group:
    """Lots of one procedure on one page. `waiting` is how many of it wait in all, wherever they stand."""

    number: int
    procedure: str
    title: Foreign
    buyer: str
    tasks: tuple[Task, ...]
    waiting: int

    @property
    def alone(self) -> bool:
        """Whether it is one lot that has its tender's own title: that is said once."""
        return len(self.tasks) == 1 and self.tasks[0].rows.row.title.words == self.title.words

    @property
    def elsewhere(self) -> int:
        """How many that wait stand on other pages, or were filtered out."""
        return max(0, self.waiting - sum(not task.found.tagged for task in self.tasks))

    @property
    def together(self) -> tuple[Task, ...]:
        """Those of which one can say the same at once: the random sample is asked about one by one."""
        return tuple(task for task in self.tasks if not task.quiet)


def groups(tasks: Iterable[Task], waiting: Mapping[str, int]) -> tuple[Group, ...]:
    """The lots of a page by procedure, each procedure where its first lot stands."""
    by_procedure: dict[str, list[Task]] = {}
    for task in tasks:
        by_procedure.setdefault(task.found.procedure or task.found.uid, []).append(task)
    return tuple(
        Group(number, key, ones[0].rows.whole, ones[0].rows.row.buyer, tuple(ones), waiting.get(key, 0))
        for number, (key, ones) in enumerate(by_procedure.items())
    )


def counted(number: int, language: str, *, at_least: bool = False) -> str:
    """A count as it is shown: "1.000+" where counting stopped there, "37+" where no more was looked at."""
    if number > COUNTED:
        return f"{grouped(COUNTED, language)}+"
    return f"{grouped(number, language)}{'+' if at_least else ''}"


def folded(counts: Mapping[str, int], steps: Sequence[str]) -> dict[str, int]:
    """Counts of deadlines by the first day that they lie before, as counts of all up to it."""
    found, so_far = dict[str, int](), 0
    for number, step in enumerate(steps):
        so_far += counts.get(str(number), 0)
        found[step] = so_far
    return found
