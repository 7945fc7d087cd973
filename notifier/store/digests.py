"""Digest runs, digests, and what each subscriber was told for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from notifier.profiles import Announcement, Cadence
from notifier.store.database import Database
from notifier.store.values import stamp


@dataclass(frozen=True, slots=True)
class DigestRun:
    """The building of all digests of one cadence for one period. Without `finished` it is under way or was cut off."""

    number: int
    cadence: Cadence
    period: str
    started: dt.datetime
    finished: dt.datetime | None


_RUN = "SELECT id AS number, cadence, period, started, finished FROM digest_runs"


class Digests:
    """The tables `digest_runs`, `digests` and `announcements`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_run(self, cadence: Cadence, period: str, now: dt.datetime) -> DigestRun:
        """The run for that cadence and period: a new one, or the one that is there, finished or not."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO digest_runs (cadence, period, started) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (cadence, period, stamp(now)),
            )
            sql = f"{_RUN} WHERE cadence = ? AND period = ?"
            return self._database.select(DigestRun, sql, (cadence, period))[0]

    def finish_run(self, number: int, now: dt.datetime) -> None:
        """Every subscriber of the run has what is theirs."""
        self._database.write("UPDATE digest_runs SET finished = ? WHERE id = ?", (stamp(now), number))

    def unfinished(self) -> tuple[DigestRun, ...]:
        """Runs that are under way or were cut off, oldest first."""
        return tuple(self._database.select(DigestRun, f"{_RUN} WHERE finished IS NULL ORDER BY id"))

    def written(self, run: int) -> frozenset[int]:
        """Numbers of the subscribers whose digest of this run is built."""
        sql = "SELECT subscriber_id FROM digests WHERE run_id = ?"
        return frozenset(self._database.column(int, sql, (run,)))

    def add(self, run: int, subscriber: int, announcements: Iterable[Announcement], now: dt.datetime) -> int:
        """A subscriber's digest of a run with all that it announces; its number.

        Belongs into one transaction with the mail in the outbox. Raises StoreError where the subscriber has a
        digest of this run already, or was told one of the announcements before; then nothing is kept.
        """
        with self._database.transaction():
            digest = self._database.insert(
                "INSERT INTO digests (run_id, subscriber_id, created) VALUES (?, ?, ?)",
                (run, subscriber, stamp(now)),
            )
            self._database.write_many(
                "INSERT INTO announcements (subscriber_id, kind, item_uid, key, digest_id) VALUES (?, ?, ?, ?, ?)",
                [(subscriber, one.kind, one.item_uid, one.key, digest) for one in announcements],
            )
            return digest

    def announced(self, subscriber: int) -> frozenset[Announcement]:
        """All that a subscriber was ever told."""
        sql = "SELECT kind, item_uid, key FROM announcements WHERE subscriber_id = ?"
        return frozenset(self._database.select(Announcement, sql, (subscriber,)))

    def last_made(self, subscriber: int) -> dt.datetime | None:
        """When the newest digest of a subscriber was built, in UTC; None before the first."""
        sql = "SELECT created FROM digests WHERE subscriber_id = ? ORDER BY id DESC LIMIT 1"
        return next(iter(self._database.column(dt.datetime, sql, (subscriber,))), None)
