"""What officers write for each other about a lot. No page, mail, feed or export outside the desk reads this."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.errors import StoreError
from notifier.store.database import Database, Value
from notifier.store.values import stamp


@dataclass(frozen=True, slots=True)
class Note:
    """A colleague's words about a lot."""

    number: int
    lot_uid: str
    words: str
    who: str
    written_at: dt.datetime
    removed_at: dt.datetime | None = None
    removed_by: str = ""


_NOTES = (
    "SELECT notes.id AS number, uid AS lot_uid, words, who, written_at, removed_at, removed_by "
    "FROM notes JOIN lots ON lots.id = lot_id"
)


class Notes:
    """The table `notes`. Nothing in it is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, lot_uid: str, words: str, *, who: str, now: dt.datetime, once: str) -> Note | None:
        """Keep a note; None where a note with the same `once` is kept already, for the form was sent twice.

        Raises StoreError where no lot has that identity.
        """
        with self._database.transaction():
            if self._database.number("SELECT count(*) FROM notes WHERE once = ?", (once,)):
                return None
            ids = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
            if not ids:
                raise StoreError(f"no lot has the identity '{lot_uid}'", where=str(self._database.path))
            number = self._database.insert(
                "INSERT INTO notes (lot_id, words, who, written_at, once) VALUES (?, ?, ?, ?, ?)",
                (ids[0], words, who, stamp(now), once),
            )
        return Note(number, lot_uid, words, who, now)

    def remove(self, number: int, lot_uid: str, *, who: str, now: dt.datetime) -> bool:
        """Take back a note of a lot that `who` wrote; False where there is none such, or it was taken back before."""
        return bool(
            self._database.write(
                "UPDATE notes SET removed_at = ?1, removed_by = ?2 WHERE id = ?3 AND who = ?2 AND removed_at IS NULL "
                "AND lot_id = (SELECT id FROM lots WHERE uid = ?4)",
                (stamp(now), who, number, lot_uid),
            )
        )

    def of(self, lot_uid: str) -> tuple[Note, ...]:
        """What stands of a lot, oldest first."""
        return self._select("WHERE uid = ? AND removed_at IS NULL", lot_uid)

    def all(self) -> tuple[Note, ...]:
        """Every note, also those that were taken back, oldest first."""
        return self._select("")

    def _select(self, where: str, *values: Value) -> tuple[Note, ...]:
        return tuple(self._database.select(Note, f"{_NOTES} {where} ORDER BY notes.id", values))
