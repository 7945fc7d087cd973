"""Staff's verdicts on lots. They stand beside the machine's, so that removing one brings the machine's back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from notifier.errors import StoreError
from notifier.lots import Assessment, Tag, Verdict, with_tag
from notifier.store.database import Database, Value
from notifier.store.sights import chunks, marks
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


@dataclass(frozen=True, slots=True)
class _Alias:
    uid: str
    lot_uid: str


@dataclass(frozen=True, slots=True)
class _Counting:
    uid: str
    number: int | None
    verdict: Verdict | None
    trades: str | None
    who: str | None
    why: str | None
    tagged_at: dt.datetime | None
    account: int | None
    action: int | None


@dataclass(frozen=True, slots=True)
class Counting:
    """The tag that counts for a lot, None where the machine's verdict does; whose account and which action of the desk
    said it, where it was said there."""

    tag: Tag | None
    account: int | None = None
    action: int | None = None

    @property
    def number(self) -> int:
        """The tag's, 0 for none."""
        return self.tag.number if self.tag else 0


def _tag(row: _Counting) -> Tag | None:
    if row.number is None or row.verdict is None or row.who is None or row.why is None or row.tagged_at is None:
        return None
    return Tag(row.number, row.uid, row.verdict, row.who, row.why, row.tagged_at, _trades(row.trades))


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
        action: int | None = None,
    ) -> Tag:
        """Keep a verdict on a lot, said by `action` of the desk. Raises StoreError where no lot has that identity.

        What was withheld of the lot is released: an officer has looked at it and said what it is.
        """
        with self._database.transaction():
            ids = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
            if not ids:
                raise StoreError(f"no lot has the identity '{lot_uid}'", where=str(self._database.path))
            number = self._database.insert(
                "INSERT INTO tags (lot_id, verdict, trades, who, why, tagged_at, action_id) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (ids[0], verdict, None if trades is None else to_json(trades).decode(), who, why, stamp(now), action),
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

    def take_back(self, numbers: Collection[int], *, who: str, now: dt.datetime) -> int:
        """Take back these tags alone; what stood before them counts again. How many stood."""
        taken = 0
        with self._database.transaction():
            for chunk in chunks(numbers):
                taken += self._database.write(
                    "UPDATE tags SET removed_at = ?, removed_by = ? "  # noqa: S608
                    f"WHERE removed_at IS NULL AND id IN ({marks(chunk)})",
                    (stamp(now), who, *chunk),
                )
        return taken

    def restore(self, numbers: Collection[int]) -> int:
        """Let these tags stand again that were taken back; how many."""
        restored = 0
        with self._database.transaction():
            for chunk in chunks(numbers):
                restored += self._database.write(
                    "UPDATE tags SET removed_at = NULL, removed_by = '' "  # noqa: S608
                    f"WHERE removed_at IS NOT NULL AND id IN ({marks(chunk)})",
                    chunk,
                )
        return restored

    def counting(self, lot_uids: Collection[str]) -> dict[str, Counting]:
        """What counts now for each of these lots; nothing for an identity that no lot has."""
        found: dict[str, Counting] = {}
        for chunk in chunks(lot_uids):
            rows = self._database.select(
                _Counting,
                "SELECT uid, tags.id AS number, tags.verdict, tags.trades, tags.who, why, tagged_at, "  # noqa: S608
                "actions.account_id AS account, action_id AS action "
                f"FROM lots LEFT JOIN tags ON tags.id = {standing_tag('lots.id')} "
                f"LEFT JOIN actions ON actions.id = tags.action_id WHERE uid IN ({marks(chunk)})",
                chunk,
            )
            found |= {row.uid: Counting(_tag(row), row.account, row.action) for row in rows}
        return found

    def of_action(self, action: int) -> tuple[Tag, ...]:
        """What was said by one action of the desk, also what was taken back."""
        return self._select("WHERE tags.action_id = ?", action)

    def actions_of(self, numbers: Collection[int]) -> tuple[int, ...]:
        """The actions of the desk that said these tags, each once."""
        found: dict[int, None] = {}
        for chunk in chunks(numbers):
            sql = f"SELECT action_id FROM tags WHERE action_id IS NOT NULL AND id IN ({marks(chunk)}) ORDER BY id"  # noqa: S608
            found |= dict.fromkeys(self._database.column(int, sql, chunk))
        return tuple(found)

    def aliases(self, lot_uids: Collection[str]) -> dict[str, str]:
        """Identities that became another lot's, and that lot's own: those among these, and those of these lots."""
        found: dict[str, str] = {}
        for chunk in chunks(lot_uids):
            rows = self._database.select(
                _Alias,
                "SELECT lot_aliases.uid, lots.uid AS lot_uid FROM lot_aliases JOIN lots ON lots.id = lot_id "  # noqa: S608
                f"WHERE lot_aliases.uid IN ({marks(chunk)}) "
                "UNION SELECT lot_aliases.uid, lots.uid FROM lots JOIN lot_aliases ON lot_id = lots.id "
                f"WHERE lots.uid IN ({marks(chunk)})",
                (*chunk, *chunk),
            )
            found |= {row.uid: row.lot_uid for row in rows}
        return found

    def actions_behind(self, lot_numbers: Collection[int]) -> tuple[int, ...]:
        """The actions of the desk that said what stands of lots with these numbers, the newest first."""
        found: set[int] = set()
        for chunk in chunks(lot_numbers):
            found |= set(
                self._database.column(
                    int,
                    "SELECT DISTINCT action_id FROM tags WHERE removed_at IS NULL AND action_id IS NOT NULL "  # noqa: S608
                    f"AND lot_id IN ({marks(chunk)})",
                    chunk,
                )
            )
        return tuple(sorted(found, reverse=True))

    def still_counting(self, action: int) -> int:
        """For how many lots it counts what one action of the desk said."""
        sql = f"SELECT count(*) FROM tags WHERE action_id = ? AND id = {standing_tag('tags.lot_id')}"  # noqa: S608
        return self._database.number(sql, (action,))

    def get(self, numbers: Collection[int]) -> tuple[Tag, ...]:
        """The tags of these numbers."""
        return tuple(
            tag for chunk in chunks(numbers) for tag in self._select(f"WHERE tags.id IN ({marks(chunk)})", *chunk)
        )

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
