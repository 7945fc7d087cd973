"""Crawl runs: one row per reading of a source, there from its first moment, so that a cut-off one is seen.

Unless asked otherwise only runs of purpose CRAWL are told of: what an operator read years back, or read again from
the archive, says nothing of whether a source can be read today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from notifier.coverage import FieldCoverage
from notifier.lots import RunPurpose, RunStatus, SourceRun
from notifier.store.database import Database
from notifier.store.sights import chunks, marks
from notifier.store.values import from_json, stamp, to_json
from notifier.weeks import week_of

MISSING_KEPT = 100  # keys of a run that are kept by name; more than anybody looks up one by one


@dataclass(frozen=True, slots=True)
class _Row:
    source: str
    started: dt.datetime
    finished: dt.datetime | None
    status: RunStatus | None
    listed: int
    held: int
    new: int
    changed: int
    unchanged: int
    failed: int
    message: str
    missing: str
    purpose: RunPurpose


@dataclass(frozen=True, slots=True)
class _Ended:
    id: int
    source: str
    started: dt.datetime
    status: RunStatus

    @property
    def read(self) -> bool:
        return self.status in (RunStatus.GOOD, RunStatus.PARTIAL)


_RUN = (
    "SELECT source, started, finished, status, listed, held, new, changed, unchanged, failed, message, missing, "
    "purpose FROM crawl_runs"
)


class Runs:
    """The table `crawl_runs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, source: str, started: dt.datetime, purpose: RunPurpose = RunPurpose.CRAWL) -> int:
        """A new run; its number."""
        sql = "INSERT INTO crawl_runs (source, started, purpose) VALUES (?, ?, ?)"
        return self._database.insert(sql, (source, stamp(started), purpose))

    def count(self, number: int, *, new: int = 0, changed: int = 0, unchanged: int = 0, failed: int = 0) -> None:
        """Add to the counts of a run, in the transaction that holds what is counted."""
        self._database.write(
            "UPDATE crawl_runs SET new = new + ?, changed = changed + ?, unchanged = unchanged + ?, "
            "failed = failed + ? WHERE id = ?",
            (new, changed, unchanged, failed, number),
        )

    def finish(
        self,
        number: int,
        *,
        finished: dt.datetime,
        status: RunStatus,
        listed: int,
        held: int,
        message: str = "",
        missing: Sequence[str] = (),
        coverage: FieldCoverage | None = None,
    ) -> None:
        """Close a run: how it ended, what the source lists, what of that is held, what is not, which fields were read.

        Of `missing` the first MISSING_KEPT are kept.
        """
        self._database.write(
            "UPDATE crawl_runs SET finished = ?, status = ?, listed = ?, held = ?, message = ?, missing = ?, "
            "coverage = ? WHERE id = ?",
            (
                stamp(finished),
                status,
                listed,
                held,
                message,
                to_json(tuple(missing[:MISSING_KEPT])).decode(),
                to_json(coverage or FieldCoverage()).decode(),
                number,
            ),
        )

    def last_good_day(self, source: str, asked: str = "") -> dt.date | None:
        """The day in UTC on which the last good run began that asked for the same, or None.

        In Copenhagen it may have been the next day already; the earlier one is the safe one to read from. Runs of which
        nobody noted what they asked for count as well.
        """
        known = "" if not asked else " AND asked IN ('', ?)"
        given = (source, RunPurpose.CRAWL, RunStatus.GOOD, *([asked] if asked else []))
        run = self._one(f"WHERE source = ? AND purpose = ? AND status = ?{known}", *given)
        return run.started.date() if run else None

    def is_first(self, number: int, since: dt.datetime | None = None) -> bool:
        """Whether its source was never read, good or in part, before this run, or for something else.

        `since`: only later readings count.
        """
        return not self._database.number(
            "SELECT count(*) FROM crawl_runs AS this JOIN crawl_runs AS earlier "
            "ON earlier.source = this.source AND earlier.id < this.id AND earlier.purpose = 'crawl' "
            "AND earlier.status IN ('good', 'partial') AND (this.asked = '' OR earlier.asked IN ('', this.asked)) "
            "WHERE this.id = ? AND earlier.started >= ?",
            (number, stamp(since) if since else ""),
        )

    def ask(self, number: int, asked: str) -> None:
        """Note what a run asks its source for."""
        self._database.write("UPDATE crawl_runs SET asked = ? WHERE id = ?", (asked, number))

    def last_good(self, source: str) -> SourceRun | None:
        """The newest run of a source that was good, or None."""
        return self._one("WHERE source = ? AND purpose = ? AND status = ?", source, RunPurpose.CRAWL, RunStatus.GOOD)

    def coverage(self, source: str, limit: int = 60) -> tuple[FieldCoverage, ...]:
        """What the last runs read, newest first. Runs in which nothing was counted are left out.

        Good ones and partial ones: a source with one page that is broken for weeks is compared all the same.
        """
        texts = self._database.column(
            str,
            "SELECT coverage FROM crawl_runs WHERE source = ? AND purpose = ? AND status IN (?, ?) "
            "AND coverage NOT IN (?, '{}') ORDER BY id DESC LIMIT ?",
            (source, RunPurpose.CRAWL, RunStatus.GOOD, RunStatus.PARTIAL, to_json(FieldCoverage()).decode(), limit),
        )
        return tuple(from_json(text, FieldCoverage) for text in texts)

    def latest(self, purpose: RunPurpose = RunPurpose.CRAWL) -> tuple[SourceRun, ...]:
        """The newest run of every source, by source. One without `finished` is running, or was cut off."""
        newest = "WHERE id IN (SELECT max(id) FROM crawl_runs WHERE purpose = ? GROUP BY source) ORDER BY source"
        return tuple(_run(row) for row in self._database.select(_Row, f"{_RUN} {newest}", (purpose,)))

    def of(self, source: str, limit: int = 20, purpose: RunPurpose = RunPurpose.CRAWL) -> tuple[SourceRun, ...]:
        """The newest runs of one source, newest first."""
        sql = f"{_RUN} WHERE source = ? AND purpose = ? ORDER BY id DESC LIMIT ?"
        return tuple(_run(row) for row in self._database.select(_Row, sql, (source, purpose, limit)))

    def recent(self, sources: Iterable[str], limit: int = 30) -> tuple[SourceRun, ...]:
        """The newest runs of these sources: as far back as the first failure of a row is looked for.

        Readers are told of sources that are read; one that was switched off or taken out says nothing any more.
        """
        return tuple(run for source in sorted(set(sources)) for run in self.of(source, limit))

    def weekly(self) -> tuple[SourceRun, ...]:
        """What was read in each week since the beginning, by source and time: what a receipt of any week stands on.

        Of the runs that came to an end the last of each week in Copenhagen, and those that date a failure: the last
        one that read before it, and the first that did not.
        """
        sql = (
            "SELECT id, source, started, status FROM crawl_runs WHERE purpose = ? AND status IS NOT NULL "
            "ORDER BY source, id"
        )
        ended = groupby(self._database.select(_Ended, sql, (RunPurpose.CRAWL,)), key=attrgetter("source"))
        told = [number for _, runs in ended for number in _telling(tuple(runs))]
        rows: list[_Row] = []
        for chunk in chunks(told):
            rows += self._database.select(_Row, f"{_RUN} WHERE id IN ({marks(chunk)}) ORDER BY source, id", chunk)
        return tuple(_run(row) for row in rows)

    def begun_before(self, run: SourceRun) -> dt.datetime | None:
        """When the run before that one of the same source began, for whatever purpose; None where it is the first."""
        sql = "SELECT started FROM crawl_runs WHERE source = ? AND started < ? ORDER BY started DESC LIMIT 1"
        return next(iter(self._database.column(dt.datetime, sql, (run.source, stamp(run.started)))), None)

    def _one(self, where: str, *values: str) -> SourceRun | None:
        row = self._database.select_one(_Row, f"{_RUN} {where} ORDER BY id DESC LIMIT 1", values)
        return _run(row) if row else None


def _telling(runs: Sequence[_Ended]) -> Iterator[int]:
    """Numbers of the runs of one source, in their order, that receipts stand on."""
    for place, run in enumerate(runs):
        before = runs[place - 1] if place else None
        after = runs[place + 1] if place + 1 < len(runs) else None
        last = after is None or week_of(after.started) != week_of(run.started)
        if last or (run.read and after and not after.read) or (not run.read and (before is None or before.read)):
            yield run.id


def _run(row: _Row) -> SourceRun:
    return SourceRun(
        row.source,
        row.started,
        row.finished,
        row.status,
        row.listed,
        row.held,
        row.new,
        row.changed,
        row.unchanged,
        row.failed,
        row.message,
        from_json(row.missing, tuple[str, ...]),
        row.purpose,
    )
