"""The account of one reading of one source: what was listed, what was read, what went wrong, how it ended."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from notifier import clock, coverage, text
from notifier.config import Source
from notifier.coverage import FieldCoverage, Tally
from notifier.errors import Blocked, LandmarkMissing, NotifierError
from notifier.lots import Agreement, Document, Known, Notice, RunStatus

__all__ = ["Known", "Progress", "Run", "Sink", "status_of"]

log = logging.getLogger("spiders")

# From the worst to the best: a run is called by the worst thing that happened in it.
_WORST_FIRST = (RunStatus.BLOCKED, RunStatus.FAILED, RunStatus.ALARM, RunStatus.PARTIAL, RunStatus.GOOD)
_MOST_MESSAGES = 5  # in the message of a run; each problem is told to the sink by itself as well
_MOST_PLACES, _LONGEST_PLACE = 500, 200  # of what was not read: places, and letters of a name
_MOST_LINES = 20  # of problems in the log, per source and run; a source that is broken through says the same

Progress = Callable[[str, int, int], None]


class Sink(Protocol):
    """What a spider hands its findings to. Any of these may raise StoreError, which ends the whole crawl."""

    def since(self, source: str, asked: str = "") -> date | None:
        """Day of the last good run that asked for the same, None where there was none."""

    def known(self, source: str, place: str) -> Known | None:
        """The newest document at that place, None where there is none."""

    def kept(self, source: str, place: str) -> Document | None:
        """The same with its body, for a page that the host calls unchanged."""

    def coverage(self, source: str) -> Sequence[FieldCoverage]:
        """What the last good runs read, newest first, at most 60."""

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """Keys that the source lists, in several calls where it likes; `total` is what the source itself says."""

    def document(self, source: str, document: Document) -> None:
        """An answer with a body, list or notice, told before anything that is read from it.

        After a 304 the kept one is told again: it was seen, perhaps with new facts or validators.
        """

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:
        """A notice that was read whole, and what it was read from: the newest document that was told of its place.

        Where findings had to wait (`SourceSpider.proven`) the body of `document` is left out; go by its place.
        """

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:
        """An agreement that was read whole; `document` as for a notice."""

    def unchanged(self, source: str, key: str) -> None:
        """A notice that is held and was not read again: the host said 304, or it was not asked at all."""

    def problem(self, source: str, message: str) -> None:
        """Something listed that could not be read."""

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str,
        coverage: FieldCoverage = FieldCoverage(),  # noqa: B008 - a frozen value
        complete: bool = False,
    ) -> None:
        """The end, told exactly once per source and crawl.

        `complete`: the list was read to its end and names everything current, so what is missing in it may be
        closed, after proven runs.
        """


class Run:
    """Counts, keeps what went wrong, and tells the sink the end exactly once."""

    def __init__(self, source: Source, sink: Sink, on_progress: Progress | None = None) -> None:
        self.source, self.sink, self.on_progress = source, sink, on_progress
        self.lists_everything = self.proven = False  # as the spider's class says
        self.keys: dict[str, None] = {}
        self.total: int | None = None
        self.list_pages = self.read = self.untouched = 0
        self._waiting: list[tuple[Notice | Agreement, Document | None]] = []  # until the run is proven healthy
        self._before: Sequence[FieldCoverage] | None = None
        self._tally: Tally | None = None
        self._places: set[str] = set()
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
        self.tally.listed(fresh)
        self.sink.listed(self.source.id, fresh, total)
        self._progress()
        return fresh

    def document(self, document: Document) -> None:
        """An answer with a body, before it is read."""
        self.sink.document(self.source.id, document)

    def found(self, item: Notice | Agreement, document: Document | None = None) -> None:
        """A notice or an agreement that was read, and what from."""
        self.tally.read(item)
        self.read += 1
        if self.proven:
            # Its document was told already; a hundred bodies waiting here would be memory for nothing.
            self._waiting.append((item, replace(document, body=b"") if document else None))
        else:
            self._hand_over(item, document)
        self._progress()

    def _hand_over(self, item: Notice | Agreement, document: Document | None) -> None:
        if isinstance(item, Notice):
            self.sink.notice(self.source.id, item, document)
        else:
            self.sink.agreement(self.source.id, item, document)

    def unchanged(self, key: str) -> None:
        """A notice that is held, and that nobody needed to read again."""
        self.untouched += 1
        self.tally.unchanged(key)
        self.sink.unchanged(self.source.id, key)
        self._progress()

    def unread(self, places: Iterable[str], key: str = "") -> None:
        """Of one item, by its `key`, or of a page: stable names of the places in its scope that nobody read."""
        named = {text.clean_line(place, _LONGEST_PLACE) for place in places}
        # A page that makes up names would otherwise fill the memory.
        kept = [place for place in named if place in self._places or len(self._places) < _MOST_PLACES]
        self._places.update(kept)
        self.tally.unread(kept, key)

    def linked(self, addresses: Iterable[str]) -> None:
        """Where links of a list page lead that are no item's own: an item that is not listed may stand there still."""
        self.tally.linked(addresses)

    @property
    def before(self) -> Sequence[FieldCoverage]:
        """What the last good runs read, newest first; asked once, and only for kinds whose runs are compared."""
        if self._before is None:
            self._before = self.sink.coverage(self.source.id) if self.proven else ()
        return self._before

    @property
    def tally(self) -> Tally:
        """The count of what is read."""
        if self._tally is None:
            self._tally = Tally(self.before, remember=self.proven)
        return self._tally

    @property
    def coverage(self) -> FieldCoverage:
        """What was read so far: items, in how many each field had a value, and what nobody read."""
        of = self.source
        described = hashlib.sha256(repr((of.url, of.filter, of.selectors, of.checked)).encode()).hexdigest()[:12]
        return self.tally.coverage(described=described, day=_today())

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
        self._check_coverage()
        if not self.in_alarm:
            for item, document in self._waiting:
                self._hand_over(item, document)
        self._waiting.clear()
        status, message = self._verdict()
        complete = self.lists_everything and all(status is RunStatus.GOOD for status, _ in self.troubles)
        self.sink.finished(self.source.id, status, message, self.coverage, complete)

    @property
    def in_alarm(self) -> bool:
        """Whether something says that the source is not what it was: what was read then may be half of it."""
        return any(status in (RunStatus.ALARM, RunStatus.BLOCKED) for status, _ in self._happened())

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

    def _check_coverage(self) -> None:
        """Compare with earlier runs: an alarm for what cannot be chance, a remark for what is new and unread."""
        if not self.proven:
            return
        strange = sum(status is RunStatus.ALARM for status, _ in self.problems)
        if self.read and strange >= max(2, len(self.keys) / 2):
            self.trouble(
                f"{strange} of {len(self.keys)} notices are not the pages that they should be ({self.source.url}): "
                "look at the first that is named; after a redesign the selectors must follow",
                RunStatus.ALARM,
            )
        now, whole = self.coverage, all(status is RunStatus.GOOD for status, _ in self.troubles)
        for what in coverage.alarms(now, self.before, whole=whole):
            self.trouble(
                f"{what} ({self.source.url}): look at the page and mend the selectors; where all is as it should be, "
                f'write checked = "{_today()}" in the file of the source',
                RunStatus.ALARM,
            )
        # A table's columns were told by name, with what to do.
        if fresh := [place for place in coverage.news(now, self.before) if not place.startswith('column "')]:
            more = f" and {len(fresh) - _MOST_MESSAGES} more" if len(fresh) > _MOST_MESSAGES else ""
            self.remark(
                f"on the page and not read: {', '.join(fresh[:_MOST_MESSAGES])}{more} ({self.source.url}): "
                "give it a field, or put it under ignore"
            )

    def _verdict(self) -> tuple[RunStatus, str]:
        """The worst that happened, and up to five messages, the list's first."""
        happened = sorted(self._happened(), key=lambda trouble: _WORST_FIRST.index(trouble[0]))
        messages = list(dict.fromkeys(message for _, message in happened))
        more = f" (and {len(messages) - _MOST_MESSAGES} more)" if len(messages) > _MOST_MESSAGES else ""
        status = happened[0][0] if happened else RunStatus.GOOD
        return status, "; ".join(messages[:_MOST_MESSAGES]) + more

    def _happened(self) -> list[tuple[RunStatus, str]]:
        """All that went wrong, and what it makes of the run."""
        # Where not one notice could be read, the reason lies with the source and not with a notice.
        problems = [(RunStatus.PARTIAL if self.read else status, message) for status, message in self.problems]
        return [*self.troubles, *problems]

    def _progress(self) -> None:
        if self.on_progress:
            self.on_progress(self.source.id, self.read + self.untouched + len(self.problems), len(self.keys))


def _today() -> str:
    return clock.now().astimezone(clock.COPENHAGEN).date().isoformat()


def status_of(error: NotifierError | str) -> RunStatus:
    """What a source's failure makes of its run."""
    if isinstance(error, Blocked):
        return RunStatus.BLOCKED
    return RunStatus.ALARM if isinstance(error, LandmarkMissing) else RunStatus.FAILED
