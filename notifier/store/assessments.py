"""Verdicts on lot versions, each by the rules that were used last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notifier.corrections import over
from notifier.lots import Assessment, Lot, Notice
from notifier.store.database import Database
from notifier.store.overlay import standing
from notifier.store.reading import NoticeReader, pages
from notifier.store.sights import CHUNK, chunks, marks
from notifier.store.values import from_json, stamp, to_json
from notifier.store.withheld import withhold_verdicts
from notifier.withheld import Reason, gains


@dataclass(frozen=True, slots=True)
class ToAssess:
    """A lot or part of a notice version that waits for its verdict. `number` is the lot version's."""

    number: int
    lot: Lot
    notice: Notice


@dataclass(frozen=True, slots=True)
class Assessed:
    """The verdict on the lot version `number`."""

    number: int
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    version_id: int
    position: int
    lot_id: int | None


@dataclass(frozen=True, slots=True)
class _Held:
    id: int  # of the lot version
    data: bytes
    put_right: int = 0


_WAITING = (
    "FROM lot_versions LEFT JOIN assessments ON lot_version_id = lot_versions.id "
    "WHERE (rules_version IS NULL OR rules_version <> ?)"
)


def judge_again(database: Database, lot_id: int) -> None:
    """Let a lot be judged anew, for other facts count now. Until then its verdict stays as it was."""
    database.write(
        "UPDATE assessments SET rules_version = '' WHERE lot_version_id IN "
        "(SELECT id FROM lot_versions WHERE lot_id = ?)",
        (lot_id,),
    )


class Assessments:
    """The table `assessments`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, rules_version: str, lot_uid: str = "") -> Iterator[ToAssess]:
        """Every lot and part of every version that these rules have not assessed, or those of one lot; with what was
        put right in them. Saving meanwhile is fine."""
        of_lot = "AND lot_id = (SELECT id FROM lots WHERE uid = ?)" if lot_uid else ""
        sql = (
            f"SELECT lot_versions.id, version_id, position, lot_id {_WAITING} {of_lot} "
            f"AND lot_versions.id > ? ORDER BY lot_versions.id LIMIT {CHUNK}"
        )
        values = (rules_version, lot_uid) if lot_uid else (rules_version,)
        reader = NoticeReader(self._database)
        for page in pages(lambda after: self._database.select(_Row, sql, (*values, after))):
            notices = reader.read(row.version_id for row in page)
            right = standing(self._database, (row.lot_id for row in page))
            for row in page:
                notice = over(notices[row.version_id], row.position, right.get(row.lot_id or 0, ()))
                yield ToAssess(row.id, notice.lots[row.position], notice)

    def of(self, lot_uid: str) -> Assessment | None:
        """The machine's own word on a lot as it stands now, whatever an officer said; None where it has none."""
        sql = "SELECT data FROM assessments JOIN lots ON facts_id = lot_version_id WHERE uid = ?"
        found = self._database.column(bytes, sql, (lot_uid,))
        return from_json(found[0], Assessment) if found else None

    def save(self, results: Iterable[Assessed], now: dt.datetime) -> None:
        """Keep these verdicts in place of older ones on the same lot versions, all or none.

        A verdict by other rules that is better than the one before is not announced by itself (withheld.py); one that
        is better because an officer put the lot right is.
        """
        results = tuple(results)
        with self._database.transaction():
            for chunk in chunks(results):
                self._withhold_gains(chunk, now)
            self._save(results, now)

    def _withhold_gains(self, results: list[Assessed], now: dt.datetime) -> None:
        """Note the verdicts that these better; forget those that a repaired text noted and that these do not."""
        ids = [one.number for one in results]
        found = {one.number: one.assessment for one in results}
        sql = (
            "SELECT lot_version_id AS id, data, rules_version = '' AS put_right FROM assessments "  # noqa: S608
            f"WHERE lot_version_id IN ({marks(ids)})"
        )
        for row in self._database.select(_Held, sql, ids):
            if not row.put_right and gains(from_json(row.data, Assessment), found[row.id]):
                values = (row.id,)
                withhold_verdicts(self._database, Reason.RULES, "lot_version_id = ?", values, stamp(now))
        sql = (
            "SELECT lot_version_id AS id, assessment AS data FROM withheld "  # noqa: S608
            f"WHERE decision = 'open' AND assessment IS NOT NULL AND lot_version_id IN ({marks(ids)})"
        )
        for row in self._database.select(_Held, sql, ids):
            if not gains(from_json(row.data, Assessment), found[row.id]):
                sql = "DELETE FROM withheld WHERE decision = 'open' AND assessment IS NOT NULL AND lot_version_id = ?"
                self._database.write(sql, (row.id,))

    def _save(self, results: Iterable[Assessed], now: dt.datetime) -> None:
        self._database.write_many(
            "INSERT INTO assessments (lot_version_id, rules_version, verdict, score, data, assessed_at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (lot_version_id) DO UPDATE SET "
            "rules_version = excluded.rules_version, verdict = excluded.verdict, score = excluded.score, "
            "data = excluded.data, assessed_at = excluded.assessed_at",
            [
                (one.number, found.rules_version, found.verdict, found.score, to_json(found), stamp(now))
                for one in results
                for found in (one.assessment,)
            ],
        )
