"""The coverage receipt of a source: how much it lists, how much of that is held, what is missing, since when.

Told in a terminal (cli/receipts.py) and on the page for staff (staff.py); readers see its sums in the foot of a mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from notifier.config import Source
from notifier.coverage import FieldCoverage, comparable
from notifier.lots import RunPurpose, RunStatus, SourceRun
from notifier.store import Store

# From what needs a person most.
URGENT_FIRST = (RunStatus.ALARM, RunStatus.FAILED, RunStatus.BLOCKED, RunStatus.PARTIAL, None, RunStatus.GOOD)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one source. `last` is its newest run, `ended` the newest that came to an end."""

    source: Source
    last: SourceRun | None
    ended: SourceRun | None
    good: SourceRun | None
    since_good: int  # runs that ended since, none of them good
    other: tuple[SourceRun, ...] = ()  # the newest backfill and the newest reparse, where there were any
    coverage: tuple[FieldCoverage, ...] = ()  # of the newest readings that were not in alarm, comparable, newest first

    @property
    def told(self) -> SourceRun | None:
        """The run whose counts are worth telling: the newest that listed anything, else the last good one."""
        ended = self.ended
        return ended if ended and (ended.listed or ended.status is RunStatus.GOOD) else self.good

    @property
    def cut_off(self) -> bool:
        """Whether the newest run has no end: it is going on, or was cut off."""
        return self.last is not None and self.last.status is None

    @property
    def status(self) -> RunStatus | None:
        """How the newest run ended that came to an end; None where there is none, or one was begun since then."""
        good = self.ended is None or self.ended.status is RunStatus.GOOD
        return None if self.ended is None or (good and self.cut_off) else self.ended.status


def by_urgency(receipts: list[Receipt]) -> list[Receipt]:
    """What needs a person first, sources that are switched off last; else in the order of the configuration."""
    return sorted(receipts, key=lambda one: (not one.source.enabled, URGENT_FIRST.index(one.status)))


def receipt(store: Store, source: Source) -> Receipt:
    """What the store knows of the runs of a source."""
    runs = store.runs.of(source.id, limit=500)
    ended = [run for run in runs if run.status is not None]
    good = store.runs.last_good(source.id)
    since = sum(good is None or run.started > good.started for run in ended)
    coverage = store.runs.coverage(source.id, limit=2)
    others = (store.runs.of(source.id, 1, purpose) for purpose in (RunPurpose.BACKFILL, RunPurpose.REPARSE))
    return Receipt(
        source=source,
        last=runs[0] if runs else None,
        ended=ended[0] if ended else None,
        good=good,
        since_good=since,
        other=tuple(run for found in others for run in found),
        coverage=coverage[:1] + comparable(coverage[0], coverage[1:]) if coverage else (),
    )
