"""The account of one reading of one source: what was listed, what was read, what went wrong, how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from notifier import text
from notifier.config import Source
from notifier.errors import Blocked, LandmarkMissing, NotifierError
from notifier.lots import Agreement, Notice, RunStatus

log = logging.getLogger("spiders")

# From the worst to the best: a run is called by the worst thing that happened in it.
_WORST_FIRST = (RunStatus.BLOCKED, RunStatus.FAILED, RunStatus.ALARM, RunStatus.PARTIAL, RunStatus.GOOD)
_MOST_MESSAGES = 5  # in the message of a run; each problem is told to the sink by itself as well
_MOST_LINES = 20  # of problems in the log, per source and run; a source that is broken through says the same

Progress = Callable[[str, int, int], None]


class Sink(Protocol):
    """What a spider hands its findings to. Any of these may raise StoreError, which ends the whole crawl."""

    def since(self, source: str) -> date | None:
        """Day of the last good run, None where there was none."""

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """Keys that the source lists, in several calls where it likes; `total` is what the source itself says."""

    def notice(self, source: str, notice: Notice) -> None:
        """A notice that was read whole."""

    def agreement(self, source: str, agreement: Agreement) -> None:
        """An agreement that was read whole."""

    def problem(self, source: str, message: str) -> None:
        """Something listed that could not be read."""

    def finished(self, source: str, status: RunStatus, message: str) -> None:
        """The end, told exactly once per source and crawl."""


class Run:
    """Counts, keeps what went wrong, and tells the sink the end exactly once."""

    def __init__(self, source: Source, sink: Sink, on_progress: Progress | None = None) -> None:
        self.source, self.sink, self.on_progress = source, sink, on_progress
        self.keys: dict[str, None] = {}
        self.total: int | None = None
        self.list_pages = self.read = 0
        self.troubles: list[tuple[RunStatus, str]] = []  # of the list, or of the whole source
        self.problems: list[tuple[RunStatus, str]] = []  # of single notices
        self.broken: NotifierError | None = None  # the sink's own failure
        self.interrupted = False  # by a signal
        self._finished = False

    # -- what a spider tells ---------------------------------------------------------------------------------

    def listed(self, keys: Sequence[str], total: int | None = None) -> tuple[str, ...]:
        """Keys of a list page; answers with those that are new in this run. An empty list is told as ()."""
        self.list_pages += 1
        fresh = tuple(dict.fromkeys(key for key in keys if key not in self.keys))
        self.keys.update(dict.fromkeys(fresh))
        self.total = total if total is not None else self.total
        self.sink.listed(self.source.id, fresh, total)
        self._progress()
        return fresh

    def found(self, item: Notice | Agreement) -> None:
        """A notice or an agreement that was read."""
        if isinstance(item, Notice):
            self.sink.notice(self.source.id, item)
        else:
            self.sink.agreement(self.source.id, item)
        self.read += 1
        self._progress()

    def problem(self, error: NotifierError | str) -> None:
        """One notice that could not be read; the others go on."""
        message = text.clean_line(str(error), 1000)
        self.problems.append((status_of(error), message))
        if len(self.problems) <= _MOST_LINES:
            log.warning("%s: %s", self.source.id, message)
        self.sink.problem(self.source.id, message)
        self._progress()

    def trouble(self, error: NotifierError | str, status: RunStatus | None = None) -> None:
        """Something that concerns the list: nothing may be closed on the strength of this run."""
        message = text.clean_line(str(error), 1000)
        log.warning("%s: %s", self.source.id, message)
        self.troubles.append((status or status_of(error), message))

    def remark(self, message: str) -> None:
        """Something that people should know, and that leaves the run as good as it is."""
        self.troubles.append((RunStatus.GOOD, text.clean_line(message, 1000)))

    # -- the end ---------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Tell the sink how it ended; a second time does nothing."""
        if self._finished:
            return
        self._finished = True
        self._check_counts()
        status, message = self._verdict()
        self.sink.finished(self.source.id, status, message)

    def _check_counts(self) -> None:
        if any(status in (RunStatus.BLOCKED, RunStatus.FAILED) for status, _ in self.troubles):
            return  # the list was not read to its end, so its counts say nothing new
        expect, listed = self.source.expect, len(self.keys)
        if not self.list_pages and all(status is RunStatus.GOOD for status, _ in self.troubles):
            self.trouble("no list was read: the source ended before it began", RunStatus.FAILED)
        elif self.total is not None and listed < self.total:
            self.trouble(
                f"the source says it has {self.total}, {listed} were listed: {self.total - listed} are missing "
                f"({self.source.url}): run it again, or narrow the query",
                RunStatus.ALARM,
            )
        elif self.list_pages and not expect.min <= listed <= expect.max:
            self.trouble(
                f"{listed} were listed where {expect.min} to {expect.max} are expected ({self.source.url}): look at "
                "the page, or mend `expect` in the source's file",
                RunStatus.ALARM,
            )

    def _verdict(self) -> tuple[RunStatus, str]:
        """The worst that happened, and up to five messages, the list's first."""
        # Where not one notice could be read, the reason lies with the source and not with a notice.
        problems = [(RunStatus.PARTIAL if self.read else status, message) for status, message in self.problems]
        happened = sorted([*self.troubles, *problems], key=lambda trouble: _WORST_FIRST.index(trouble[0]))
        messages = list(dict.fromkeys(message for _, message in happened))
        more = f" (and {len(messages) - _MOST_MESSAGES} more)" if len(messages) > _MOST_MESSAGES else ""
        status = happened[0][0] if happened else RunStatus.GOOD
        return status, "; ".join(messages[:_MOST_MESSAGES]) + more

    def _progress(self) -> None:
        if self.on_progress:
            self.on_progress(self.source.id, self.read + len(self.problems), len(self.keys))


def status_of(error: NotifierError | str) -> RunStatus:
    """What a source's failure makes of its run."""
    if isinstance(error, Blocked):
        return RunStatus.BLOCKED
    return RunStatus.ALARM if isinstance(error, LandmarkMissing) else RunStatus.FAILED
