"""What the site shows: the fingerprint of each item as it was published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from notifier.store.database import Database
from notifier.store.sights import chunks, marks
from notifier.store.values import stamp


@dataclass(frozen=True, slots=True)
class Published:
    """One item and the fingerprint of how it was published."""

    item_uid: str
    fingerprint: str


class Publications:
    """The table `publications`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, items: Iterable[Published], now: dt.datetime) -> None:
        """Note that these are public now. One that is public unchanged keeps its moment of publication."""
        self._database.write_many(
            "INSERT INTO publications (item_uid, fingerprint, published_at) VALUES (?, ?, ?) "
            "ON CONFLICT (item_uid) DO UPDATE SET fingerprint = excluded.fingerprint, "
            "published_at = excluded.published_at WHERE fingerprint <> excluded.fingerprint",
            [(item.item_uid, item.fingerprint, stamp(now)) for item in items],
        )

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by identity of every item that is public."""
        return dict(self._database.texts("SELECT item_uid, fingerprint FROM publications"))

    def of(self, item_uids: Iterable[str]) -> dict[str, str]:
        """Fingerprint by identity of those of these items that are public."""
        found: dict[str, str] = {}
        for chunk in chunks(item_uids):
            sql = f"SELECT item_uid, fingerprint FROM publications WHERE item_uid IN ({marks(chunk)})"  # noqa: S608
            found |= {item.item_uid: item.fingerprint for item in self._database.select(Published, sql, chunk)}
        return found

    def forget(self, item_uids: Iterable[str]) -> None:
        """Note that these are no longer public."""
        self._database.write_many(
            "DELETE FROM publications WHERE item_uid = ?", [(item_uid,) for item_uid in item_uids]
        )
