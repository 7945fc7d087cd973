"""From the spiders into the store: what a crawl hands over is kept in small batches, counted, and proven complete.

Implements the `Sink` of spiders/run.py. A batch is one transaction, documents and what was read from them together,
so that a run that is cut off has kept whole batches with the right counts; the next run sees those again and changes
nothing. No transaction is open while the network is waited for.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from notifier.coverage import FieldCoverage
from notifier.lots import Agreement, Document, Known, Notice, RunPurpose, RunStatus
from notifier.store import Sight, Store
from notifier.store.settings import RESTORED_AT
from notifier.withheld import Reason

# Small enough that other writers wait for milliseconds, large enough that fsync does not set the pace.
BATCH = 50
# Bodies that wait for their batch, in bytes: fifty of the largest that are taken would be 800 MB.
MOST_WAITING = 4 * 1024 * 1024
_PROBLEMS_SHOWN = 10
_TURNED_SHOWN = 5
_NOT_COUNTED = FieldCoverage()


@dataclass(frozen=True, slots=True)
class _Found:
    """A notice or an agreement, and the place that it was read from, "" where that is not told."""

    item: Notice | Agreement
    place: str


@dataclass(slots=True)
class _Run:
    """A run under way: what was said of it and is not in the store yet."""

    number: int
    source: str
    dropped: frozenset[str]  # what proven runs no longer listed before this one
    keys: dict[str, None] = field(default_factory=dict)  # in the order in which they were listed
    total: int = 0  # what the source itself says it lists
    documents: list[Document] = field(default_factory=list)
    waiting: int = 0  # bytes of their bodies
    batch: list[_Found] = field(default_factory=list)
    unchanged: int = 0  # neither counted in the store yet
    failed: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it is time to keep what has come."""
        return len(self.batch) >= BATCH or len(self.documents) >= 2 * BATCH or self.waiting >= MOST_WAITING


class Intake:
    """Takes the findings of one crawl of any number of sources. Every method raises StoreError if the store fails."""

    def __init__(self, store: Store, now: Callable[[], dt.datetime], purpose: RunPurpose = RunPurpose.CRAWL) -> None:
        self._store = store
        self._now = now
        self._purpose = purpose
        # One moment for the whole crawl: what was first seen in it is new, in whatever order notices come.
        self._seen_at = now()
        self._runs: dict[str, _Run] = {}

    # -- what a spider may ask -------------------------------------------------------------------------------

    def since(self, source: str, asked: str = "") -> dt.date | None:
        """The day (UTC) on which the last good run of the source began that asked for the same, None for none."""
        day = self._store.runs.last_good_day(source, asked)
        run = self._run(source)
        if asked:
            self._store.runs.ask(run.number, asked)
        return day

    def known(self, source: str, place: str) -> Known | None:
        """What is kept of the newest document at that place, None where there is none."""
        return self._store.documents.known(source, place)

    def kept(self, source: str, place: str) -> Document | None:
        """The newest document at that place with its body, for an answer of 304."""
        return self._store.documents.newest(source, place)

    def coverage(self, source: str) -> Sequence[FieldCoverage]:
        """What the last good runs read, newest first, at most 60; where nothing was counted is left out."""
        return self._store.runs.coverage(source)

    # -- what a spider tells ---------------------------------------------------------------------------------

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """The source lists these keys, page by page; `total` is how many it says there are in all."""
        run = self._run(source)
        run.keys.update(dict.fromkeys(keys))
        run.total = max(run.total, total or 0)

    def document(self, source: str, document: Document) -> None:
        """An answer came, or the kept one is still the answer. It is kept with its batch."""
        run = self._run(source)
        run.documents.append(document)
        run.waiting += len(document.body)
        self._hold_if_full(run)

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:
        """A notice was read, from the newest document of that document's place. It is kept with its batch."""
        self._take(source, notice, document)

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:
        """A purchasing agreement was read, as a notice is. It is kept with its batch."""
        self._take(source, agreement, document)

    def unchanged(self, source: str, key: str) -> None:  # noqa: ARG002 - it was listed, and is held
        """A notice or an agreement that is held was not read again: nothing about it is another than before."""
        self._run(source).unchanged += 1

    def problem(self, source: str, message: str) -> None:
        """Something of the source could not be read: counted as failed, told at the end of the run."""
        run = self._run(source)
        run.failed += 1
        run.problems.append(message)

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str = "",
        coverage: FieldCoverage = _NOT_COUNTED,
        complete: bool = False,
    ) -> None:
        """The source was read to its end. GOOD becomes PARTIAL where something failed or is missing.

        `complete`: the list names everything current, so that after a good run what it lacks counts as missing once
        more, and is closed in the end (`changes.PROVEN_RUNS`).
        """
        run = self._run(source)
        self._hold(run)
        with self._store.transaction():
            missing = self._missing(run)
            listed = max(run.total, len(run.keys))
            held = len(run.keys) - len(missing)
            short = status is RunStatus.GOOD and held < listed
            if status is RunStatus.GOOD and (short or run.problems):
                status = RunStatus.PARTIAL
            closed: tuple[str, ...] = ()
            if status is RunStatus.GOOD and complete and self._purpose is RunPurpose.CRAWL:
                closed = self._close(run)
            self._store.runs.finish(
                run.number,
                finished=self._now(),
                status=status,
                listed=listed,
                held=held,
                message=_message(
                    message, run.problems, f"{listed} listed, {held} held" if short else "", *_told(run, closed)
                ),
                missing=missing,
                coverage=coverage,
            )
        del self._runs[source]

    # -- inside ----------------------------------------------------------------------------------------------

    def _run(self, source: str) -> _Run:
        """The run of that source: its row is there from the first word about it, so that a cut-off one is seen."""
        if source not in self._runs:
            dropped = self._store.notices.dropped(source) | self._store.agreements.dropped(source)
            self._runs[source] = _Run(self._store.runs.begin(source, self._now(), self._purpose), source, dropped)
        return self._runs[source]

    def _take(self, source: str, item: Notice | Agreement, document: Document | None) -> None:
        run = self._run(source)
        run.batch.append(_Found(item, document.place if document else ""))
        self._hold_if_full(run)

    def _hold_if_full(self, run: _Run) -> None:
        if run.full:
            self._hold(run)

    def _hold(self, run: _Run) -> None:
        """Keep the batch with its counts. If that fails nothing of it is kept, and it is tried again next time."""
        quiet = self._store.withheld.noting(self._reason_to_withhold(run), run.source, self._seen_at)
        with quiet, self._store.notices.together(self._seen_at):
            numbers = {one.place: self._store.documents.keep(one, self._seen_at) for one in run.documents}
            sights = Counter(self._sight(run.source, found, numbers) for found in run.batch)
            self._store.runs.count(
                run.number,
                new=sights[Sight.NEW],
                changed=sights[Sight.CHANGED],
                unchanged=sights[Sight.UNCHANGED] + run.unchanged,
                failed=run.failed,
            )
        run.batch.clear()
        run.documents.clear()
        run.waiting = run.unchanged = run.failed = 0

    def _reason_to_withhold(self, run: _Run) -> Reason | None:
        """Why nothing of this run is announced by itself, None where it is an ordinary one."""
        if self._purpose is RunPurpose.BACKFILL:
            return Reason.BACKFILL
        restored = self._store.settings.get(RESTORED_AT)
        since = dt.datetime.fromisoformat(restored) if restored else None
        if self._purpose is not RunPurpose.CRAWL or not self._store.runs.is_first(run.number, since):
            return None
        return Reason.RESTORED if restored else Reason.FIRST_RUN

    def _sight(self, source: str, found: _Found, numbers: Mapping[str, int]) -> Sight:
        """Keep one item. Its document may have come with an earlier batch."""
        number = numbers.get(found.place)
        if number is None and found.place:
            number = self._store.documents.number(source, found.place)
        if isinstance(found.item, Notice):
            return self._store.notices.hold(found.item, self._seen_at, number)
        return self._store.agreements.hold(found.item, self._seen_at, number)

    def _missing(self, run: _Run) -> list[str]:
        """What the source lists and the store does not hold, in the order of the list."""
        held = self._store.notices.held(run.source, run.keys) | self._store.agreements.held(run.source, run.keys)
        return [key for key in run.keys if key not in held]

    def _close(self, run: _Run) -> tuple[str, ...]:
        """What is held of the source and is not listed was missing in one proven run more. What that closed."""
        notices = self._store.notices.missed(run.source, run.keys, self._seen_at)
        return notices + self._store.agreements.missed(run.source, run.keys, self._seen_at)


def _told(run: _Run, closed: Sequence[str]) -> Iterator[str]:
    """What was closed and what came back, the first few by name."""
    back = [key for key in run.keys if key in run.dropped]
    for what, keys in (("closed, no longer listed", closed), ("listed again", back)):
        if keys:
            more = f" and {len(keys) - _TURNED_SHOWN} more" if len(keys) > _TURNED_SHOWN else ""
            yield f"{len(keys)} {what}: {', '.join(keys[:_TURNED_SHOWN])}{more}"


def _message(message: str, problems: Sequence[str], *further: str) -> str:
    """One text for people: what the spider says at the end, else the problems as they came; and what is to be added."""
    more = len(problems) - _PROBLEMS_SHOWN
    told = [message] if message else [*problems[:_PROBLEMS_SHOWN], f"and {more} more" if more > 0 else ""]
    return "; ".join(line for line in [*told, *further] if line)
