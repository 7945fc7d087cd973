"""The figures that were told of each quarter, as they were told; and what is read for them alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from notifier.clock import COPENHAGEN
from notifier.effects.quarters import Figures, Gaps, OfSource, Quarter
from notifier.store.database import Database
from notifier.store.effects import COUNTED_LOTS
from notifier.store.values import from_json, stamp, to_json


@dataclass(frozen=True, slots=True)
class _Hour:
    source: str
    hour: str
    readings: int
    good: int
    unread: int


class Reports:
    """The table `told_reports`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Figures, ...]:
        """All that was told, the oldest quarter first."""
        rows = self._database.column(bytes, "SELECT data FROM told_reports ORDER BY key")
        return tuple(from_json(row, Figures) for row in rows)

    def keep(self, told: Figures) -> None:
        """Keep what is told of a quarter, for good: a later count changes nothing. Only what a clock that went wrong
        has counted in a time to come makes way."""
        self._database.write(
            "INSERT INTO told_reports (key, told_at, data) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET told_at = excluded.told_at, data = excluded.data WHERE told_reports.told_at > excluded.told_at",
            (told.quarter.key, stamp(told.told_at), to_json(told)),
        )

    def forget(self, key: str) -> None:
        """What was told of a quarter was wrong: it is counted anew."""
        self._database.write("DELETE FROM told_reports WHERE key = ?", (key,))

    def begins(self) -> dt.datetime | None:
        """When anything was read first, or None."""
        found = self._database.column(
            str,
            "SELECT coalesce(min(at), '') FROM (SELECT min(started) AS at FROM crawl_runs "
            "UNION ALL SELECT min(first_seen) FROM lots)",
        )
        return dt.datetime.fromisoformat(found[0]) if found[0] else None

    def readers(self, quarter: Quarter) -> int:
        """How many subscribers got a digest in a quarter, of those who are still here."""
        first, end = map(stamp, quarter.moments)
        return self._database.number(
            "SELECT count(DISTINCT subscriber_id) FROM outbox "
            "WHERE kind = 'digest' AND status = 'sent' AND sent_at >= ? AND sent_at < ?",
            (first, end),
        )

    def gaps(self, quarter: Quarter) -> Gaps:
        """What the lots that were found in a quarter do not say, by the facts as they stand."""
        first, end = map(stamp, quarter.moments)
        found = self._database.select_one(Gaps, _GAPS, (first, end))
        return found or Gaps()

    def sources(self, quarter: Quarter, configured: Mapping[str, str]) -> tuple[OfSource, ...]:
        """How each source was read in a quarter: those that are `configured` (names by id), then others."""
        first, end = map(stamp, quarter.moments)
        rows = self._database.select(_Hour, _HOURS, (first, end))
        days = {source: self._days(source, quarter) for source in configured}
        of_source: dict[str, list[_Hour]] = {source: [] for source in configured}
        for row in rows:
            of_source.setdefault(row.source, []).append(row)
        return tuple(
            OfSource(
                source,
                configured.get(source, ""),
                days.get(source) or self._days(source, quarter),
                len({_day(row.hour) for row in hours if row.good}),
                sum(row.readings for row in hours),
                sum(row.readings - row.good for row in hours),
                max((row.unread for row in hours), default=0),
            )
            for source, hours in of_source.items()
        )

    def _days(self, source: str, quarter: Quarter) -> int:
        """The days of a quarter since a source was first read; all of them where it never was."""
        first = quarter.span.first
        sql = "SELECT min(started) FROM crawl_runs WHERE source = ? AND purpose = 'crawl' HAVING min(started) NOT NULL"
        for begun in self._database.column(dt.datetime, sql, (source,)):
            first = max(first, begun.astimezone(COPENHAGEN).date())
        return max(0, (quarter.last_day - first).days + 1)


def _day(hour: str) -> dt.date:
    """The day in Copenhagen of an hour in UTC."""
    return dt.datetime.fromisoformat(f"{hour}:00+00:00").astimezone(COPENHAGEN).date()


_HOURS = """
SELECT source, substr(started, 1, 13) AS hour, count(*) AS readings, sum(status IS 'good') AS good,
    max(0, max(CASE WHEN status IN ('good', 'partial') THEN listed - held ELSE 0 END)) AS unread
FROM crawl_runs WHERE purpose = 'crawl' AND started >= ? AND started < ? GROUP BY 1, 2 ORDER BY 1, 2
"""
_GAPS = f"""
WITH held AS (
    SELECT lots.deadline AS deadline, CAST(notice_versions.data AS TEXT) AS data,
        '$.lots[' || lot_versions.position || ']' AS place
    FROM lots JOIN lot_versions ON lot_versions.id = lots.facts_id
    JOIN notice_versions ON notice_versions.id = lot_versions.version_id
    WHERE lots.id IN (SELECT id FROM lots WHERE first_seen >= ? AND first_seen < ? AND {COUNTED_LOTS})
)
SELECT count(*) AS found,
    coalesce(sum(json_extract(data, place || '.value') IS NULL
        AND json_extract(data, place || '.framework_maximum') IS NULL), 0) AS no_value,
    coalesce(sum(coalesce(json_array_length(data, place || '.nuts'), 0) = 0
        AND coalesce(json_extract(data, place || '.place'), '') = ''), 0) AS no_place,
    coalesce(sum(deadline IS NULL), 0) AS no_deadline
FROM held
"""  # noqa: S608
