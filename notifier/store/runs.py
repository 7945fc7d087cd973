"""Crawl runs: one row per reading of a source, there from its first moment, so that a cut-off one is seen."""

from __future__ import annotations

import datetime as dt

from notifier.lots import RunStatus, SourceRun
from notifier.store.database import Database
from notifier.store.values import stamp

_RUN = (
    "SELECT source, started, finished, status, listed, held, new, changed, unchanged, failed, message FROM crawl_runs"
)


class Runs:
    """The table `crawl_runs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, source: str, started: dt.datetime) -> int:
        """A new run; its number."""
        return self._database.insert("INSERT INTO crawl_runs (source, started) VALUES (?, ?)", (source, stamp(started)))

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
    ) -> None:
        """Close a run: how it ended, what the source lists, what of that is held."""
        self._database.write(
            "UPDATE crawl_runs SET finished = ?, status = ?, listed = ?, held = ?, message = ? WHERE id = ?",
            (stamp(finished), status, listed, held, message, number),
        )

    def last_good_day(self, source: str) -> dt.date | None:
        """The day in UTC on which the last good run began, or None.

        In Copenhagen it may have been the next day already; the earlier one is the safe one to read from.
        """
        started = self._database.column(
            dt.datetime,
            "SELECT started FROM crawl_runs WHERE source = ? AND status = ? ORDER BY id DESC LIMIT 1",
            (source, RunStatus.GOOD),
        )
        return started[0].date() if started else None

    def latest(self) -> tuple[SourceRun, ...]:
        """The newest run of every source, by source. One without `finished` is running, or was cut off."""
        newest = "WHERE id IN (SELECT max(id) FROM crawl_runs GROUP BY source) ORDER BY source"
        return tuple(self._database.select(SourceRun, f"{_RUN} {newest}"))

    def of(self, source: str, limit: int = 20) -> tuple[SourceRun, ...]:
        """The newest runs of one source, newest first."""
        sql = f"{_RUN} WHERE source = ? ORDER BY id DESC LIMIT ?"
        return tuple(self._database.select(SourceRun, sql, (source, limit)))

    def recent(self, limit: int = 30) -> tuple[SourceRun, ...]:
        """The newest runs of every source: as far back as the first failure of a row is looked for."""
        return tuple(run for latest in self.latest() for run in self.of(latest.source, limit))
