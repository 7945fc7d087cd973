"""Redesigns, shown on mutants: whoever changes a page so that it is read otherwise is noticed in the same run.

For every HTML source the pages of towns with five to some forty entries are read over some weeks, with all the whims
of their editors. Then the last day's pages are mutated in the ways of `tests.prove.redesigns`, equal shares per kind,
and read once more with that history. Those mutants count that change the reading: other items would be held than from
the pages as they were, or other fields of them, whichever. A mutant is caught where the run ends in an alarm (or
fails), so that nothing of it is handed over and nothing is closed. A run that ends merely as partial is not caught.

The pages are answered from memory to the program's own spiders (`tests.prove.reading`); that a crawl over the network
says the same of the same pages is shown in tests/prove/test_reading.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

from notifier.coverage import FieldCoverage
from tests.prove.healthy import remembered
from tests.prove.pages import SHAPES, Shape
from tests.prove.reading import Item, read
from tests.prove.redesigns import KINDS, Site
from tests.prove.towns import Town

SEED = 2026
PER_KIND, QUICK = 16, 2  # mutants of each kind per source
DAYS = 25  # of history before the redesign
LEAST = 0.99  # of the mutants that change the reading
# Entries that the towns list on average, each size as often: a town's own page has few, a capital's some forty.
SIZES = (9, 21, 6, 38, 12, 7, 28, 16)
QUICK_TOWNS = (0, 5)  # small ones
BOUNDS = (8, 16)  # entries: what is small and what is middling in the table by size
_MISSES_SHOWN = 12


@dataclass
class Tally:
    """What became of the mutants of one source."""

    name: str
    made: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    unproven: Counter[str] = field(default_factory=Counter)  # caught without any history as well
    misses: list[str] = field(default_factory=list)
    sizes: Counter[tuple[int, bool]] = field(default_factory=Counter)  # those that change the reading: size, caught

    @property
    def share(self) -> float:
        """Of those that change the reading, how many were caught."""
        return self.caught.total() / self.changed.total() if self.changed.total() else 0.0

    def line(self) -> str:
        """One line of the table."""
        return (
            f"{self.name:<14} {self.made.total():>7} {self.changed.total():>9} {self.caught.total():>8} "
            f"{self.share:>8.1%} {self.unproven.total() / max(1, self.changed.total()):>10.1%}"
        )


HEADING = f"{'source':<14} {'mutants':>7} {'read else':>9} {'caught':>8} {'share':>8} {'no history':>10}"


@dataclass(frozen=True)
class Saved:
    """A day's pages of a town, and what the days before it read."""

    town: Town
    pages: dict[str, str]
    before: tuple[FieldCoverage, ...]
    items: dict[str, Item]


def saved(shape: Shape, number: int) -> Saved:
    """The pages of a town that has four entries or more, after some weeks of healthy runs."""
    name = f"{SEED} {shape.name} {number}"
    stay = Random(name).choice((20.0, 35.0))
    town = Town(name, rate=SIZES[number % len(SIZES)] / stay, stay=stay, agreements=shape.agreements)
    before: tuple[FieldCoverage, ...] = ()
    with remembered():
        for day in range(DAYS * 3):
            account = read(shape.source, shape.pages(town), town.day, before)
            if day >= DAYS and len(account.items) >= 4:
                return Saved(town, shape.pages(town), before, account.items)
            if not account.caught:
                before = (account.counted, *before)[:60]
            town.pass_day()
    raise AssertionError(f"the town of {shape.name} has too few entries")


def said(items: dict[str, Item]) -> dict[str, Item]:
    """What was read, without the sentences on what could not be."""
    return {key: replace(item, flags=()) for key, item in items.items()}


def judge(shape: Shape, per_kind: int) -> Tally:
    """Mutants of every kind on one source."""
    tally = Tally(shape.name)
    numbers = range(len(SIZES)) if per_kind >= len(SIZES) else QUICK_TOWNS[:per_kind]
    towns = [saved(shape, number) for number in numbers]
    for kind, mutate in KINDS.items():
        tries = 0
        while tally.made[kind] < per_kind and tries < per_kind * 3:
            tries += 1
            town = towns[tries % len(towns)]
            site = Site.of(town.pages, shape.source.url)
            if not mutate(site, Random(f"{SEED} {shape.name} {kind} {tries}")):
                continue
            tally.made[kind] += 1
            pages = site.html()
            after = read(shape.source, pages, town.town.day, town.before)
            # What would be held: in an alarm nothing is handed over, so the reading is taken from a run that cannot
            # raise one for want of a history.
            bare = read(shape.source, pages, town.town.day)
            if not bare.caught and said(bare.items) == said(town.items):
                continue
            tally.changed[kind] += 1
            tally.unproven[kind] += bare.caught
            tally.caught[kind] += after.caught
            tally.sizes[len(town.items), after.caught] += 1
            if not after.caught:
                tally.misses.append(f"{shape.name}: {kind}, seed {tries}: {after.status}, {after.message[:160]}")
    return tally


def by_kind(tallies: list[Tally]) -> list[str]:
    """A table of kinds over all sources."""
    lines = [f"{'kind':<28} {'mutants':>7} {'read else':>9} {'caught':>8}"]
    for kind in KINDS:
        made, changed, caught = (sum(getattr(t, name)[kind] for t in tallies) for name in ("made", "changed", "caught"))
        lines.append(f"{kind:<28} {made:>7} {changed:>9} {caught:>8}")
    return lines


def by_size(tallies: list[Tally]) -> list[str]:
    """A table of how many entries the lists had: the fewer there are, the less can be told from chance."""
    lines = [f"{'entries':<28} {'read else':>9} {'caught':>8} {'share':>8}"]
    low = 4
    for high in (*BOUNDS, 10**6):
        inside = [(caught, n) for tally in tallies for (size, caught), n in tally.sizes.items() if low <= size < high]
        changed, caught = sum(n for _, n in inside), sum(n for was_caught, n in inside if was_caught)
        name = f"{low} to {high - 1}" if high < 10**6 else f"{low} and more"
        lines.append(f"{name:<28} {changed:>9} {caught:>8} {caught / max(1, changed):>8.1%}")
        low = high
    return lines


def shortcomings(tallies: list[Tally], *, least_made: int = 200) -> list[str]:
    """What the figures should be and are not."""
    found = []
    for tally in tallies:
        if tally.made.total() < least_made:
            found.append(f"{tally.name}: {tally.made.total()} mutants, fewer than {least_made}")
        if tally.share < LEAST:
            found.append(
                f"{tally.name}: {tally.share:.1%} caught of those that change the reading, less than {LEAST:.0%}"
            )
        if tally.unproven == tally.caught:
            found.append(f"{tally.name}: without history as many were caught: the comparison of runs proves nothing")
    return found


def main(*, quick: bool) -> int:
    """Run the proof and print its tables; 1 where it falls short."""
    tallies = []
    print(f"{len(KINDS)} kinds of redesigns, {DAYS} days of history, seed {SEED}\n{HEADING}", flush=True)
    for shape in SHAPES:
        tallies.append(judge(shape, QUICK if quick else PER_KIND))
        print(tallies[-1].line(), flush=True)
    print("\n".join(["", *by_kind(tallies), "", *by_size(tallies)]))
    misses = [miss for tally in tallies for miss in tally.misses]
    print("\n".join(["", "not caught:", *misses[:_MISSES_SHOWN]]) if misses else "\nnone was missed")
    wrong = shortcomings(tallies, least_made=len(KINDS) if quick else 200)
    print("\n".join(wrong) if wrong else "as it should be")
    return 1 if wrong else 0
