"""The audit trail of the desk: who did what to what, and whether it was undone.

It says of members of staff what they did and when. A line goes two years later (`KEPT`): by then a tender is awarded
and every complaint about it decided. What an officer said of a lot stays with the lot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.store.database import Database, Value
from notifier.store.values import from_json, stamp, to_json

KEPT = dt.timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines of the trail are looked for; what is empty does not filter. `since` counts, `until` does not."""

    who: str = ""
    kind: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a member of staff did. `item` is the identity of what it was done to; `detail` what is kept of
    it, by name."""

    number: int
    at: dt.datetime
    account: int | None
    who: str
    kind: str
    item: str
    detail: Mapping[str, Any]
    undone_at: dt.datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    at: dt.datetime
    account: int | None
    who: str
    kind: str
    item: str
    detail: str
    undone_at: dt.datetime | None
    undone_by: str


_ACTIONS = "SELECT id AS number, at, account_id AS account, who, kind, item, detail, undone_at, undone_by FROM actions"


class Actions:
    """The table `actions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, kind: str, item: str, *, who: str, account: int | None, now: dt.datetime, **detail: Any) -> int:
        """Write down what somebody does, in the transaction that does it; its number."""
        return self._database.insert(
            "INSERT INTO actions (at, account_id, who, kind, item, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (stamp(now), account, who, kind, item, to_json(detail).decode()),
        )

    def undo(self, number: int, *, who: str, now: dt.datetime) -> bool:
        """Note that an action was undone; False where it was before."""
        return bool(
            self._database.write(
                "UPDATE actions SET undone_at = ?, undone_by = ? WHERE id = ? AND undone_at IS NULL",
                (stamp(now), who, number),
            )
        )

    def get(self, number: int) -> Action | None:
        """One action."""
        found = self._select("WHERE id = ?", number)
        return found[0] if found else None

    def of(self, item: str) -> tuple[Action, ...]:
        """What was done to something, oldest first."""
        return self._select("WHERE item = ? ORDER BY id", item)

    def about(self, lot_uid: str) -> tuple[Action, ...]:
        """What was done to a lot, also under another identity or together with others, oldest first."""
        return self._select(
            "WHERE item = ?1 OR item IN (SELECT lot_aliases.uid FROM lot_aliases JOIN lots ON lots.id = lot_id "
            "WHERE lots.uid = ?1) OR id IN (SELECT action_id FROM tags JOIN lots ON lots.id = lot_id "
            "WHERE lots.uid = ?1) OR (item = '' AND EXISTS (SELECT 1 FROM json_each(detail, '$.lots') "
            "WHERE value = ?1)) ORDER BY id",
            lot_uid,
        )

    def behind_tag(self, lot_uid: str) -> Action | None:
        """The action that said the word which counts for a lot; None where none does, or it was said another way."""
        found = self._select(
            "WHERE undone_at IS NULL AND id = (SELECT action_id FROM tags JOIN lots ON lots.id = lot_id "
            "WHERE uid = ? AND removed_at IS NULL ORDER BY tagged_at DESC, tags.id DESC LIMIT 1)",
            lot_uid,
        )
        return found[0] if found else None

    def latest(self, limit: int = 100, before: int = 0) -> tuple[Action, ...]:
        """The newest actions first; `before` goes on from the number of one."""
        return self._select("WHERE id < ? ORDER BY id DESC LIMIT ?", before or 2**62, limit)

    def found(self, sought: Sought, *, limit: int, before: int = 0) -> tuple[Action, ...]:
        """The newest of those that are looked for; `before` goes on from the number of one."""
        return self._select(
            "WHERE id < ?1 AND ?2 IN ('', who) AND ?3 IN ('', kind) AND at >= ?4 AND (?5 = '' OR at < ?5) "
            "ORDER BY id DESC LIMIT ?6",
            before or 2**62,
            sought.who,
            sought.kind,
            stamp(sought.since) if sought.since else "",
            stamp(sought.until) if sought.until else "",
            limit,
        )

    def names(self) -> tuple[str, ...]:
        """Everybody who stands in the trail, by name."""
        return tuple(self._database.column(str, "SELECT DISTINCT who FROM actions ORDER BY who"))

    def kinds(self) -> tuple[str, ...]:
        """Every kind of action that stands in the trail."""
        return tuple(self._database.column(str, "SELECT DISTINCT kind FROM actions ORDER BY kind"))

    def forget(self, before: dt.datetime) -> int:
        """Drop the lines that were written before a moment; how many. A tag that one of them set stays."""
        old = (stamp(before),)
        with self._database.transaction():
            self._database.write(
                "UPDATE tags SET action_id = NULL WHERE action_id IN (SELECT id FROM actions WHERE at < ?)", old
            )
            return self._database.write("DELETE FROM actions WHERE at < ?", old)

    def last_of(self, account: int, kinds: tuple[str, ...]) -> Action | None:
        """The newest action of somebody that is one of these kinds and was not undone."""
        marks = ",".join("?" * len(kinds))
        found = self._select(
            f"WHERE account_id = ? AND undone_at IS NULL AND kind IN ({marks}) ORDER BY id DESC LIMIT 1",
            account,
            *kinds,
        )
        return found[0] if found else None

    def _select(self, rest: str, *values: Value) -> tuple[Action, ...]:
        rows = self._database.select(_Row, f"{_ACTIONS} {rest}", values)
        return tuple(
            Action(
                row.number, row.at, row.account, row.who, row.kind, row.item, from_json(row.detail, dict[str, Any]),
                row.undone_at, row.undone_by,
            )
            for row in rows
        )  # fmt: skip
