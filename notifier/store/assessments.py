"""Verdicts on lot versions, each by the rules that were used last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notifier.lots import Assessment, Lot, Notice
from notifier.store.database import Database
from notifier.store.reading import NoticeReader, pages
from notifier.store.sights import CHUNK
from notifier.store.values import stamp, to_json


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


_WAITING = (
    "FROM lot_versions LEFT JOIN assessments ON lot_version_id = lot_versions.id "
    "WHERE (rules_version IS NULL OR rules_version <> ?)"
)


class Assessments:
    """The table `assessments`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, rules_version: str) -> Iterator[ToAssess]:
        """Every lot and part of every version that these rules have not assessed. Saving meanwhile is fine."""
        sql = (
            f"SELECT lot_versions.id, version_id, position {_WAITING} "
            f"AND lot_versions.id > ? ORDER BY lot_versions.id LIMIT {CHUNK}"
        )
        reader = NoticeReader(self._database)
        for page in pages(lambda after: self._database.select(_Row, sql, (rules_version, after))):
            notices = reader.read(row.version_id for row in page)
            for row in page:
                notice = notices[row.version_id]
                yield ToAssess(row.id, notice.lots[row.position], notice)

    def save(self, results: Iterable[Assessed], now: dt.datetime) -> None:
        """Keep these verdicts in place of older ones on the same lot versions, all or none."""
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
