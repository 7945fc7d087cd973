"""How every lot of the sample town is meant to be read: for tests of the rules, and for the demo's own check.

The verdict and the trades are a person's reading of the same text that the pages show. They are served nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from notifier.lots import Verdict
from notifier.sampletown.town import DAYS, Tender, TownDay, town_on


@dataclass(frozen=True, slots=True)
class ExpectedLot:
    """One lot of one publication. `key` is the notice's key in the source's eyes, `lot_id` the id that is read."""

    source: str  # ted, udbud, planlagt
    key: str
    lot_id: str
    title: str
    verdict: Verdict
    trades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectedDay:
    """What a crawl of that day finds."""

    lots: tuple[ExpectedLot, ...]
    agreements: int

    def notices(self, source: str) -> int:
        """How many notices a source lists."""
        return len({lot.key for lot in self.lots if lot.source == source})

    def lots_of(self, source: str) -> tuple[ExpectedLot, ...]:
        """The lots of a source's notices."""
        return tuple(lot for lot in self.lots if lot.source == source)

    def verdicts(self, verdict: Verdict) -> tuple[ExpectedLot, ...]:
        """The lots that are meant to be read so, over all sources."""
        return tuple(lot for lot in self.lots if lot.verdict is verdict)


@cache
def expected_on(day: int) -> ExpectedDay:
    """The expectation for day 1 or 2. Raises ValueError for another day."""
    town = town_on(day)
    return ExpectedDay(lots=tuple(_lots(town)), agreements=len(town.agreements))


def _lots(town: TownDay) -> Iterator[ExpectedLot]:
    for tender in town.ted:
        yield from _tender("ted", tender, "PAR-{:04d}" if tender.notice_type == "pin-only" else "LOT-{:04d}")
    for tender in town.own:
        yield from _tender("udbud", tender, "{}")
    for plan in town.planned:
        yield ExpectedLot("planlagt", plan.case, "1", plan.title, plan.intended, plan.trades)


def _tender(source: str, tender: Tender, pattern: str) -> Iterator[ExpectedLot]:
    for number, lot in enumerate(tender.lot, start=1):
        title = tender.title if source == "udbud" and len(tender.lot) == 1 else lot.title
        yield ExpectedLot(source, tender.key, pattern.format(number), title, lot.intended, lot.trades)


EXPECTED: dict[int, ExpectedDay] = {day: expected_on(day) for day in DAYS}
