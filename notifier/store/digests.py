"""Digest runs, digests, and what each subscriber was told for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from notifier.profiles import Announced, Announcement, Cadence
from notifier.store.database import Database
from notifier.store.sights import chunks, marks
from notifier.store.values import stamp


@dataclass(frozen=True, slots=True)
class DigestRun:
    """The building of all digests of one cadence for one period. Without `finished` it is under way or was cut off."""

    number: int
    cadence: Cadence
    period: str
    started: dt.datetime
    finished: dt.datetime | None
    merged_into: int | None = None  # the run that told what this one missed


@dataclass(frozen=True, slots=True)
class _Told:
    subscriber_id: int
    kind: Announced
    item_uid: str
    key: str


@dataclass(frozen=True, slots=True)
class _Made:
    subscriber_id: int
    created: dt.datetime


_RUN = "SELECT id AS number, cadence, period, started, finished, merged_into FROM digest_runs"


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

    def is_finished(self, cadence: Cadence, period: str) -> bool:
        """Whether everybody has their digest of that cadence and period."""
        sql = "SELECT EXISTS (SELECT 1 FROM digest_runs WHERE cadence = ? AND period = ? AND finished IS NOT NULL)"
        return bool(self._database.number(sql, (cadence, period)))

    def finish_run(self, number: int, now: dt.datetime) -> None:
        """Every subscriber of the run has what is theirs."""
        self._database.write("UPDATE digest_runs SET finished = ? WHERE id = ?", (stamp(now), number))

    def last_run(self, cadence: Cadence, *, before: int, ending: str) -> DigestRun | None:
        """The newest run before that one of a cadence and of periods with that ending; None before the first."""
        sql = f"{_RUN} WHERE cadence = ? AND id < ? AND period LIKE ? ORDER BY id DESC LIMIT 1"
        return self._database.select_one(DigestRun, sql, (cadence, before, f"%{ending}"))

    def merge_missed(
        self, cadence: Cadence, periods: Iterable[str], into: int, now: dt.datetime, *, ending: str
    ) -> tuple[str, ...]:
        """Note runs that never happened (these periods) or were cut off: the run `into` tells what they missed.

        Of those that were cut off the earlier ones whose periods end so. Answers the periods. Nothing else is to be
        done: what was not told is told by the next digest.
        """
        with self._database.transaction():
            for period in periods:
                self._database.write(
                    "INSERT INTO digest_runs (cadence, period, started) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (cadence, period, stamp(now)),
                )
            earlier = (
                "cadence = ? AND finished IS NULL AND period LIKE ? "
                "AND period < (SELECT period FROM digest_runs WHERE id = ?)"
            )
            values = (cadence, f"%{ending}", into)
            sql = f"SELECT period FROM digest_runs WHERE {earlier} ORDER BY period"  # noqa: S608
            missed = self._database.column(str, sql, values)
            self._database.write(
                f"UPDATE digest_runs SET finished = ?, merged_into = ? WHERE {earlier}",  # noqa: S608
                (stamp(now), into, *values),
            )
        return tuple(missed)

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

    def all_announced(self, subscribers: Iterable[int]) -> dict[int, frozenset[Announcement]]:
        """All that each of these was ever told."""
        told: dict[int, set[Announcement]] = {number: set() for number in subscribers}
        for chunk in chunks(told):
            sql = (
                f"SELECT subscriber_id, kind, item_uid, key FROM announcements WHERE subscriber_id IN ({marks(chunk)})"  # noqa: S608
            )
            for row in self._database.select(_Told, sql, chunk):
                told[row.subscriber_id].add(Announcement(row.kind, row.item_uid, row.key))
        return {number: frozenset(notes) for number, notes in told.items()}

    def last_made(self, subscriber: int) -> dt.datetime | None:
        """When the newest digest of a subscriber was built, in UTC; None before the first."""
        return self.all_last_made((subscriber,)).get(subscriber)

    def all_last_made(self, subscribers: Iterable[int]) -> dict[int, dt.datetime]:
        """When the newest digest of each of these was built; those who had none are left out."""
        made: dict[int, dt.datetime] = {}
        for chunk in chunks(subscribers):
            sql = (
                "SELECT subscriber_id, max(created) AS created FROM digests "  # noqa: S608
                f"WHERE subscriber_id IN ({marks(chunk)}) GROUP BY subscriber_id"
            )
            made |= {row.subscriber_id: row.created for row in self._database.select(_Made, sql, chunk)}
        return made

    def told_now(self, subscriber: int) -> tuple[str, ...]:
        """The items of the newest digest of a subscriber, beyond what its mail had room for included."""
        return tuple(
            self._database.column(
                str,
                "SELECT DISTINCT item_uid FROM announcements WHERE digest_id = "
                "(SELECT max(id) FROM digests WHERE subscriber_id = ?) ORDER BY item_uid",
                (subscriber,),
            )
        )
