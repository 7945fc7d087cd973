"""What is announced to nobody until an officer releases it; see notifier/withheld.py for what that means.

It is noted in the transaction that brings it about: a run that is cut off leaves nothing that could be told by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from notifier.lots import Assessment
from notifier.profiles import Announced, Announcement
from notifier.store.database import Database
from notifier.store.sights import chunks, marks
from notifier.store.values import from_json, stamp
from notifier.withheld import Decision, Reason, Withheld


@dataclass(frozen=True, slots=True)
class WithheldGroup:
    """What one event withheld and nobody decided yet."""

    reason: Reason
    source: str  # "" where it is not one source's
    day: dt.date  # in UTC
    lots: int
    changes: int
    agreements: int


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    kind: Announced
    item_uid: str
    key: str
    reason: Reason
    source: str
    since: dt.datetime
    assessment: bytes | None


@dataclass(frozen=True, slots=True)
class _Mark:
    lot: int
    change: int
    agreement: int


# A verdict that was withheld for how a lot was judged counts as long as its facts are the same.
_ROWS = (
    "SELECT withheld.id AS number, kind, coalesce(lots.uid, agreements.uid) AS item_uid, withheld.key, reason, "
    "withheld.source, since, assessment FROM withheld LEFT JOIN lots ON lots.id = withheld.lot_id "
    "LEFT JOIN agreements ON agreements.id = withheld.agreement_id "
    "WHERE (lot_version_id IS NULL OR lot_version_id = lots.facts_id)"
)


_HELD_AS = {
    Announced.NEW: ("lot_id", "lots"),
    Announced.CHANGED: ("lot_id", "lots"),
    Announced.CLOSING: ("lot_id", "lots"),
    Announced.EXPIRING: ("agreement_id", "agreements"),
}


class WithheldItems:
    """The table `withheld`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self) -> tuple[Withheld, ...]:
        """Everything that is told to nobody: what is undecided, and what was left to lie."""
        return self._all("decision <> 'released'")

    def undecided(self) -> tuple[Withheld, ...]:
        """What waits for an officer's word."""
        return self._all("decision = 'open'")

    def groups(self) -> tuple[WithheldGroup, ...]:
        """The same by what brought it about, the oldest first."""
        sql = (
            "SELECT reason, source, substr(since, 1, 10) AS day, "
            "sum(kind IN ('new', 'closing')) AS lots, sum(kind = 'changed') AS changes, "
            "sum(kind = 'expiring') AS agreements FROM withheld WHERE decision = 'open' "
            "GROUP BY reason, source, day ORDER BY day, reason, source"
        )
        return tuple(self._database.select(WithheldGroup, sql))

    def decide(self, numbers: Collection[int], decision: Decision, who: str, now: dt.datetime) -> int:
        """An officer's word on these; how many of them were undecided or lay."""
        decided = 0
        with self._database.transaction():
            for chunk in chunks(numbers):
                decided += self._database.write(
                    "UPDATE withheld SET decision = ?, decided_at = ?, decided_by = ? "  # noqa: S608
                    f"WHERE decision <> 'released' AND id IN ({marks(chunk)})",
                    (decision, stamp(now), who, *chunk),
                )
        return decided

    @contextmanager
    def noting(self, reason: Reason | None, source: str, now: dt.datetime) -> Iterator[None]:
        """Withhold every lot, change and agreement that is written inside; nothing without a reason.

        One transaction with what is written. Lots that turn out to be ones already held are not new.
        """
        with self._database.transaction():
            before = self._mark() if reason else None
            yield
            if reason and before:
                self._note_since(before, reason, source, now)

    def _mark(self) -> _Mark:
        sql = "SELECT coalesce(max(id), 0) FROM "
        return _Mark(*(self._database.number(sql + table) for table in ("lots", "lot_changes", "agreements")))

    def _note_since(self, before: _Mark, reason: Reason, source: str, now: dt.datetime) -> None:
        for kind, mark in ((Announced.NEW, before.lot), (Announced.EXPIRING, before.agreement)):
            column, table = _HELD_AS[kind]
            self._database.write(
                f"INSERT OR IGNORE INTO withheld (kind, {column}, key, reason, source, since) "  # noqa: S608
                f"SELECT ?, id, '', ?, ?, ? FROM {table} WHERE id > ?",
                (kind, reason, source, stamp(now), mark),
            )
        self._database.write(
            "INSERT OR IGNORE INTO withheld (kind, lot_id, key, reason, source, since) "
            "SELECT 'changed', lot_id, CAST(id AS TEXT), ?, ?, ? FROM lot_changes WHERE id > ?",
            (reason, source, stamp(now), before.change),
        )

    def note_everything(self, reason: Reason, notes: Iterable[Announcement], now: dt.datetime) -> None:
        """Withhold all lots and changes that are held, and of deadlines and agreements what `notes` says."""
        values = (reason, stamp(now))
        with self._database.transaction():
            self._database.write(
                "INSERT OR IGNORE INTO withheld (kind, lot_id, key, reason, source, since) "
                "SELECT 'new', id, '', ?, '', ? FROM lots",
                values,
            )
            self._database.write(
                "INSERT OR IGNORE INTO withheld (kind, lot_id, key, reason, source, since) "
                "SELECT 'changed', lot_id, CAST(id AS TEXT), ?, '', ? FROM lot_changes",
                values,
            )
            for note in notes:
                column, table = _HELD_AS[note.kind]
                self._database.write(
                    f"INSERT OR IGNORE INTO withheld (kind, {column}, key, reason, source, since) "  # noqa: S608
                    f"SELECT ?, id, ?, ?, '', ? FROM {table} WHERE uid = ?",
                    (note.kind, note.key, *values, note.item_uid),
                )

    def _all(self, condition: str) -> tuple[Withheld, ...]:
        rows = self._database.select(_Row, f"{_ROWS} AND {condition} ORDER BY withheld.id")
        return tuple(
            Withheld(
                row.number,
                row.kind,
                row.item_uid,
                row.key,
                row.reason,
                row.source,
                row.since,
                from_json(row.assessment, Assessment) if row.assessment else None,
            )
            for row in rows
        )


def withhold_verdicts(
    database: Database, reason: Reason, condition: str, values: tuple[str | int, ...], now: str
) -> None:
    """Note, for lots that stand as the lot versions of `condition` have them, the verdicts that these have now.

    To be called before other verdicts take their place. The first one that was noted stays: several changes of the
    rules in a row are one for readers.
    """
    database.write(
        "INSERT OR IGNORE INTO withheld (kind, lot_id, key, lot_version_id, assessment, reason, source, since) "  # noqa: S608
        "SELECT 'new', lots.id, '', lot_version_id, assessments.data, ?, '', ? FROM assessments "
        f"JOIN lots ON facts_id = lot_version_id WHERE {condition}",
        (reason, now, *values),
    )


def absorb_withheld(database: Database, old: int, new: int) -> None:
    """One lot turns out to be another: what either was free to tell may be told."""
    one = "SELECT 1 FROM withheld WHERE kind = 'new' AND lot_version_id IS NULL AND lot_id = ?"
    database.write(
        f"DELETE FROM withheld WHERE kind = 'new' AND lot_version_id IS NULL AND lot_id = ? AND NOT EXISTS ({one})",  # noqa: S608
        (new, old),
    )
    database.write("DELETE FROM withheld WHERE kind IN ('new', 'closing') AND lot_id = ?", (old,))
    database.write("UPDATE OR IGNORE withheld SET lot_id = ? WHERE lot_id = ?", (new, old))
    database.write("DELETE FROM withheld WHERE lot_id = ?", (old,))
