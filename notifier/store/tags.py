"""Staff's verdicts on lots. They stand beside the machine's, so that removing one brings the machine's back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.errors import StoreError
from notifier.lots import Assessment, Tag, Verdict, with_tag
from notifier.store.database import Database, Value
from notifier.store.values import from_json, stamp, to_json


def standing_tag(lot_id: str) -> str:
    """SQL for the id of the tag that counts for a lot: the newest that was not removed."""
    return (
        f"(SELECT t.id FROM tags AS t WHERE t.lot_id = {lot_id} AND t.removed_at IS NULL "  # noqa: S608
        "ORDER BY t.tagged_at DESC, t.id DESC LIMIT 1)"
    )


def effective(assessment: bytes | None, tag: Verdict | None, tag_trades: str | None) -> Assessment | None:
    """What is told of a lot, from the columns of its assessment and of the tag that counts."""
    judged = from_json(assessment, Assessment) if assessment else None
    return judged if tag is None else with_tag(judged, tag, _trades(tag_trades))


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    lot_uid: str
    verdict: Verdict
    trades: str | None
    who: str
    why: str
    tagged_at: dt.datetime
    removed_at: dt.datetime | None
    removed_by: str


_TAGS = (
    "SELECT tags.id AS number, uid AS lot_uid, verdict, trades, who, why, tagged_at, removed_at, removed_by "
    "FROM tags JOIN lots ON lots.id = lot_id"
)


class Tags:
    """The table `tags`. Nothing in it is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        lot_uid: str,
        verdict: Verdict,
        *,
        who: str,
        why: str,
        now: dt.datetime,
        trades: tuple[str, ...] | None = None,
    ) -> Tag:
        """Keep a verdict on a lot. Raises StoreError where no lot has that identity.

        What was withheld of the lot is released: an officer has looked at it and said what it is.
        """
        with self._database.transaction():
            ids = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
            if not ids:
                raise StoreError(f"no lot has the identity '{lot_uid}'", where=str(self._database.path))
            number = self._database.insert(
                "INSERT INTO tags (lot_id, verdict, trades, who, why, tagged_at) VALUES (?, ?, ?, ?, ?, ?)",
                (ids[0], verdict, None if trades is None else to_json(trades).decode(), who, why, stamp(now)),
            )
            self._database.write(
                "UPDATE withheld SET decision = 'released', decided_at = ?, decided_by = ? "
                "WHERE lot_id = ? AND kind = 'new' AND decision <> 'released'",
                (stamp(now), who, ids[0]),
            )
        return Tag(number, lot_uid, verdict, who, why, now, trades)

    def remove(self, lot_uid: str, *, who: str, now: dt.datetime) -> tuple[Tag, ...]:
        """Take back every tag of a lot that stands, so that the machine's verdict counts again; what was taken back."""
        with self._database.transaction():
            taken = self._select("WHERE uid = ? AND removed_at IS NULL", lot_uid)
            self._database.write(
                "UPDATE tags SET removed_at = ?, removed_by = ? "
                "WHERE removed_at IS NULL AND lot_id = (SELECT id FROM lots WHERE uid = ?)",
                (stamp(now), who, lot_uid),
            )
        return taken

    def standing(self) -> tuple[Tag, ...]:
        """The tag that counts of every lot that has one, oldest first."""
        return self._select(f"WHERE tags.id = {standing_tag('lots.id')}")

    def of(self, lot_uid: str) -> tuple[Tag, ...]:
        """All that staff ever said of a lot, oldest first."""
        return self._select("WHERE uid = ?", lot_uid)

    def all(self) -> tuple[Tag, ...]:
        """Every tag, also those that were taken back, oldest first."""
        return self._select("")

    def _select(self, where: str, *values: Value) -> tuple[Tag, ...]:
        rows = self._database.select(_Row, f"{_TAGS} {where} ORDER BY tagged_at, tags.id", values)
        return tuple(
            Tag(
                row.number,
                row.lot_uid,
                row.verdict,
                row.who,
                row.why,
                row.tagged_at,
                _trades(row.trades),
                row.removed_at,
                row.removed_by,
            )
            for row in rows
        )


def _trades(kept: str | None) -> tuple[str, ...] | None:
    return None if kept is None else from_json(kept, tuple[str, ...])
