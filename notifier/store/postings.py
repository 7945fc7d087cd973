"""What officers posted, as they typed it: the notices that it became are held like any other's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.postings import Posting
from notifier.store.database import Database, Value
from notifier.store.values import from_json, stamp, to_json


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting with who posted it, and when it was changed or withdrawn."""

    number: int
    source: str
    key: str
    posting: Posting
    who: str
    created: dt.datetime
    changed: dt.datetime
    withdrawn_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    source: str
    key: str
    data: bytes
    who: str
    created: dt.datetime
    changed: dt.datetime
    withdrawn_at: dt.datetime | None


_ROWS = "SELECT id AS number, source, key, data, who, created, changed, withdrawn_at FROM postings"


class Postings:
    """The table `postings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, source: str, key: str, posting: Posting, *, who: str, now: dt.datetime) -> Posted | None:
        """Keep a posting; None where the key is taken: the same form was sent twice."""
        added = self._database.write(
            "INSERT INTO postings (source, key, data, who, created, changed) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (source, key) DO NOTHING",
            (source, key, to_json(posting), who, stamp(now), stamp(now)),
        )
        return self._select("WHERE source = ? AND key = ?", source, key)[0] if added else None

    def change(self, number: int, posting: Posting, now: dt.datetime) -> None:
        """Another text for a posting."""
        self._database.write(
            "UPDATE postings SET data = ?, changed = ? WHERE id = ?", (to_json(posting), stamp(now), number)
        )

    def withdraw(self, number: int, now: dt.datetime) -> bool:
        """Note that a posting was withdrawn; False where it was before."""
        return bool(
            self._database.write(
                "UPDATE postings SET withdrawn_at = ?, changed = ? WHERE id = ? AND withdrawn_at IS NULL",
                (stamp(now), stamp(now), number),
            )
        )

    def get(self, number: int) -> Posted | None:
        """One posting."""
        found = self._select("WHERE id = ?", number)
        return found[0] if found else None

    def of_key(self, source: str, key: str) -> Posting | None:
        """What was posted under a key, as it stands now."""
        found = self._select("WHERE source = ? AND key = ?", source, key)
        return found[0].posting if found else None

    def latest(self, limit: int = 200) -> tuple[Posted, ...]:
        """The newest postings first."""
        return self._select("ORDER BY id DESC LIMIT ?", limit)

    def _select(self, rest: str, *values: Value) -> tuple[Posted, ...]:
        rows = self._database.select(_Row, f"{_ROWS} {rest}", values)
        return tuple(
            Posted(
                row.number, row.source, row.key, from_json(row.data, Posting), row.who, row.created, row.changed,
                row.withdrawn_at,
            )
            for row in rows
        )  # fmt: skip
