"""From the spiders into the store: what a crawl hands over is kept in small batches, counted, and proven complete.

Implements the `Sink` of spiders/base.py. A batch is one transaction, so that a run that is cut off has kept whole
batches with the right counts; the next run sees those again and changes nothing. No transaction is open while the
network is waited for.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from notifier.lots import Agreement, Notice, RunStatus
from notifier.store import Sight, Store

# Small enough that other writers wait for milliseconds, large enough that fsync does not set the pace.
BATCH = 50
_PROBLEMS_SHOWN = 10


@dataclass(slots=True)
class _Run:
    """A run under way: what was said of it and is not in the store yet."""

    number: int
    keys: set[str] = field(default_factory=set)
    total: int = 0  # what the source itself says it lists
    batch: list[Notice | Agreement] = field(default_factory=list)
    failed: int = 0  # not counted in the store yet
    problems: list[str] = field(default_factory=list)


class Intake:
    """Takes the findings of one crawl of any number of sources. Every method raises StoreError if the store fails."""

    def __init__(self, store: Store, now: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._now = now
        # One moment for the whole crawl: what was first seen in it is new, in whatever order notices come.
        self._seen_at = now()
        self._runs: dict[str, _Run] = {}

    def since(self, source: str) -> dt.date | None:
        """The day (UTC) on which the last good run of the source began, None where there was none."""
        day = self._store.runs.last_good_day(source)
        self._run(source)
        return day

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """The source lists these keys, page by page; `total` is how many it says there are in all."""
        run = self._run(source)
        run.keys.update(keys)
        run.total = max(run.total, total or 0)

    def notice(self, source: str, notice: Notice) -> None:
        """A notice was read. It is kept with its batch."""
        self._take(self._run(source), notice)

    def agreement(self, source: str, agreement: Agreement) -> None:
        """A purchasing agreement was read. It is kept with its batch."""
        self._take(self._run(source), agreement)

    def problem(self, source: str, message: str) -> None:
        """Something of the source could not be read: counted as failed, told at the end of the run."""
        run = self._run(source)
        run.failed += 1
        run.problems.append(message)

    def finished(self, source: str, status: RunStatus, message: str = "") -> None:
        """The source was read to its end. GOOD becomes PARTIAL where something failed or is missing."""
        run = self._run(source)
        self._hold(run)
        with self._store.transaction():
            held = len(self._store.notices.held(source, run.keys) | self._store.agreements.held(source, run.keys))
            listed = max(run.total, len(run.keys))
            missing = status is RunStatus.GOOD and held < listed
            if status is RunStatus.GOOD and (missing or run.problems):
                status = RunStatus.PARTIAL
            self._store.runs.finish(
                run.number,
                finished=self._now(),
                status=status,
                listed=listed,
                held=held,
                message=_message(message, run.problems, f"{listed} listed, {held} held" if missing else ""),
            )
        del self._runs[source]

    def _run(self, source: str) -> _Run:
        """The run of that source: its row is there from the first word about it, so that a cut-off one is seen."""
        if source not in self._runs:
            self._runs[source] = _Run(self._store.runs.begin(source, self._now()))
        return self._runs[source]

    def _take(self, run: _Run, found: Notice | Agreement) -> None:
        run.batch.append(found)
        if len(run.batch) >= BATCH:
            self._hold(run)

    def _hold(self, run: _Run) -> None:
        """Keep the batch with its counts. If that fails nothing of it is kept, and it is tried again next time."""
        with self._store.transaction():
            sights = Counter(self._sight(found) for found in run.batch)
            self._store.runs.count(
                run.number,
                new=sights[Sight.NEW],
                changed=sights[Sight.CHANGED],
                unchanged=sights[Sight.UNCHANGED],
                failed=run.failed,
            )
        run.batch.clear()
        run.failed = 0

    def _sight(self, found: Notice | Agreement) -> Sight:
        if isinstance(found, Notice):
            return self._store.notices.hold(found, self._seen_at)
        return self._store.agreements.hold(found, self._seen_at)


def _message(message: str, problems: Sequence[str], missing: str) -> str:
    """One text for people: what the spider says at the end, else the problems as they came; and what is missing."""
    more = len(problems) - _PROBLEMS_SHOWN
    told = [message] if message else [*problems[:_PROBLEMS_SHOWN], f"and {more} more" if more > 0 else ""]
    return "; ".join(line for line in [*told, missing] if line)
