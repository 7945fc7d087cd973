"""Procedures that look alike and share no name: kept until a person decides, and for ever as that person decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from notifier.likeness import Alike
from notifier.lots import Notice
from notifier.merging import Tie
from notifier.store.database import Database
from notifier.store.procedures import join, linked
from notifier.store.values import from_json, stamp


class Decision(StrEnum):
    """What a person said of a pair."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class ProbablePair:
    """Two notices whose procedures may be one; `slugs` are the pages of a lot of each, "" where it has none."""

    number: int
    first: Notice
    second: Notice
    reason: str
    found_at: dt.datetime
    decision: Decision
    decided_at: dt.datetime | None
    slugs: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    first: int
    second: int
    reason: str
    found_at: dt.datetime
    decision: Decision
    decided_at: dt.datetime | None


_PAIRS = "SELECT id, first, second, reason, found_at, decision, decided_at FROM probable_pairs"
_NOTICE = (
    "SELECT data FROM notices JOIN notice_versions ON notice_id = notices.id AND number = latest WHERE notices.id = ?"
)


class Pairs:
    """The table `probable_pairs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, found: Iterable[Alike], now: dt.datetime) -> int:
        """Keep pairs that were found alike, each once however often it is found; how many of them are new."""
        with self._database.transaction():
            known = {frozenset(self._procedures(row.first, row.second)) for row in self._rows("")}
            added = 0
            for alike in found:
                pair = frozenset({alike.first.procedure, alike.second.procedure})
                if pair in known:
                    continue
                known.add(pair)
                first, second = sorted((self._id(alike.first.notice), self._id(alike.second.notice)))
                added += self._database.write(
                    "INSERT INTO probable_pairs (first, second, reason, found_at) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    (first, second, alike.reason, stamp(now)),
                )
            return added

    def waiting(self) -> tuple[ProbablePair, ...]:
        """Pairs that nobody has decided and that were not joined by a name meanwhile, in the order of their numbers."""
        rows = self._rows("WHERE decision = 'open'")
        return tuple(self._pair(row) for row in rows if len(set(self._procedures(row.first, row.second))) == 2)

    def get(self, number: int) -> ProbablePair | None:
        """One pair, decided or not, or None."""
        rows = self._rows("WHERE id = ?", number)
        return self._pair(rows[0]) if rows else None

    def decide(self, number: int, decision: Decision, now: dt.datetime) -> bool:
        """Do what a person says: join the two procedures, or keep them apart, or take back what was said.

        False where there is no such pair. Lots that are joined keep the identity first seen. Names that both procedures
        have join them whatever is decided here.
        """
        with self._database.transaction():
            rows = self._rows("WHERE id = ?", number)
            if not rows:
                return False
            self._database.write(
                "UPDATE probable_pairs SET decision = ?, decided_at = ? WHERE id = ?",
                (decision, stamp(now) if decision is not Decision.OPEN else None, number),
            )
            both = (rows[0].first, rows[0].second)
            among = linked(self._database, both)
            if decision is Decision.SAME:
                self._database.write_many(
                    "INSERT INTO procedure_names (name, notice_id, tie) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    [(f"pair:{number}", notice_id, Tie.OWN) for notice_id in both],
                )
            else:
                self._database.write("DELETE FROM procedure_names WHERE name = ?", (f"pair:{number}",))
            join(self._database, both, now, among=among)
            return True

    def _rows(self, where: str, *values: int) -> list[_Row]:
        return self._database.select(_Row, f"{_PAIRS} {where} ORDER BY id", values)

    def _procedures(self, *notice_ids: int) -> list[str]:
        sql = "SELECT procedure_key FROM notices WHERE id = ?"
        return [self._database.column(str, sql, (number,))[0] for number in notice_ids]

    def _id(self, notice: Notice) -> int:
        sql = "SELECT id FROM notices WHERE source = ? AND key = ?"
        return self._database.number(sql, (notice.source, notice.key))

    def _pair(self, row: _Row) -> ProbablePair:
        first, second = (
            from_json(self._database.column(bytes, _NOTICE, (number,))[0], Notice) for number in (row.first, row.second)
        )
        slugs = self._slug(row.first), self._slug(row.second)
        return ProbablePair(row.id, first, second, row.reason, row.found_at, row.decision, row.decided_at, slugs)

    def _slug(self, notice_id: int) -> str:
        """The page of a notice's first lot, whose own page names the others."""
        sql = (
            "SELECT slug FROM notice_versions JOIN lot_versions ON version_id = notice_versions.id "
            "JOIN lots ON lots.id = lot_id WHERE notice_id = ? ORDER BY lots.id LIMIT 1"
        )
        return next(iter(self._database.column(str, sql, (notice_id,))), "")
