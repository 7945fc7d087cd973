"""Purchasing agreements as they are now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from notifier import changes
from notifier.changes import PROVEN_RUNS
from notifier.lots import Agreement, AgreementView
from notifier.store.database import Database, Value
from notifier.store.sights import Sight, free_slug, keys_held
from notifier.store.values import from_json, stamp, to_json
from notifier.store.withheld import withhold_trades


@dataclass(frozen=True, slots=True)
class _Row:
    uid: str
    slug: str
    data: bytes
    trades: str
    first_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class _FormerRow:
    uid: str
    slug: str
    data: bytes
    trades: str
    first_seen: dt.datetime
    last_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """An agreement with whether it is still listed, and the lot that it follows from ("" where it was found alone)."""

    view: AgreementView
    listed: bool
    lot_uid: str = ""
    lot_slug: str = ""


@dataclass(frozen=True, slots=True)
class _KeptRow:
    uid: str
    slug: str
    data: bytes
    trades: str
    first_seen: dt.datetime
    missing_runs: int
    lot_uid: str
    lot_slug: str


@dataclass(frozen=True, slots=True)
class _Listed:
    id: int
    key: str
    missing_runs: int


# What follows from an award of a lot that officers took off the lists goes with it.
_HIDDEN = "EXISTS (SELECT 1 FROM lots WHERE lots.id = agreements.lot_id AND lots.hidden <> 0)"


class Agreements:
    """The table `agreements`. What is told of it is for everybody; `kept` and `by_slug` are for the desk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, agreement: Agreement, seen_at: dt.datetime, document_id: int | None = None) -> Sight:
        """Keep an agreement as it is shown now. Another content than before waits for its trades again.

        `document_id` is the document that it was read from.
        """
        uid, digest = changes.agreement_uid(agreement), changes.agreement_digest(agreement)
        with self._database.transaction():
            known = self._database.column(str, "SELECT digest FROM agreements WHERE uid = ?", (uid,))
            if not known:
                add_agreement(self._database, uid, agreement, seen_at)
            elif known != [digest]:
                change_agreement(self._database, uid, agreement)
            # Seen is seen: whatever run shows it, it is listed after all.
            self._database.write(
                "UPDATE agreements SET last_seen = ?, missing_runs = 0, document_id = coalesce(?, document_id) "
                "WHERE uid = ?",
                (stamp(seen_at), document_id, uid),
            )
            return Sight.NEW if not known else Sight.UNCHANGED if known == [digest] else Sight.CHANGED

    def missed(self, source: str, listed_keys: Collection[str], seen_at: dt.datetime) -> tuple[str, ...]:
        """Note what a proven good run, which listed everything that is current, did not list; what that closed.

        After changes.PROVEN_RUNS such runs in a row an agreement is no longer shown, until it is listed again.
        """
        keys = frozenset(listed_keys)
        with self._database.transaction():
            # Those that follow from awards stand in no list.
            sql = "SELECT id, key, missing_runs FROM agreements WHERE source = ? AND lot_id IS NULL"
            rows = self._database.select(_Listed, sql, (source,))
            counted = [(0 if row.key in keys else min(row.missing_runs + 1, PROVEN_RUNS), row) for row in rows]
            self._database.write_many(
                "UPDATE agreements SET missing_runs = ? WHERE id = ?",
                [(runs, row.id) for runs, row in counted if runs != row.missing_runs],
            )
            self._database.write_many(
                "UPDATE agreements SET last_seen = ? WHERE id = ?",
                [(stamp(seen_at), row.id) for runs, row in counted if runs == 0],
            )
        return tuple(row.key for runs, row in counted if row.missing_runs < runs == PROVEN_RUNS)

    def dropped(self, source: str) -> frozenset[str]:
        """Keys of what proven runs no longer listed."""
        sql = "SELECT key FROM agreements WHERE source = ? AND missing_runs >= ?"
        return frozenset(self._database.column(str, sql, (source, PROVEN_RUNS)))

    def held(self, source: str, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys of a source are held."""
        return keys_held(self._database, "agreements", source, keys)

    def views(self) -> tuple[AgreementView, ...]:
        """All agreements that are still listed, in the order in which they were first seen.

        Without those that follow from an award of a hidden lot: they are told again when it is.
        """
        return self._views(f"WHERE missing_runs < ? AND NOT {_HIDDEN}", PROVEN_RUNS)

    def former(self) -> tuple[AgreementView, ...]:
        """Agreements of lists that do not show them any more, with when each was last seen there, the oldest first."""
        sql = (
            "SELECT uid, slug, data, trades, first_seen, last_seen FROM agreements "
            "WHERE missing_runs >= ? AND lot_id IS NULL ORDER BY id"
        )
        return tuple(
            replace(_view(_Row(row.uid, row.slug, row.data, row.trades, row.first_seen)), last_seen=row.last_seen)
            for row in self._database.select(_FormerRow, sql, (PROVEN_RUNS,))
        )

    def retracted(self) -> tuple[AgreementView, ...]:
        """Agreements whose pages go: they followed from an award that no notice speaks of any more, or of a lot that is
        hidden."""
        return self._views(f"WHERE lot_id IS NOT NULL AND (missing_runs >= ? OR {_HIDDEN})", PROVEN_RUNS)

    def kept(self) -> tuple[Kept, ...]:
        """What the desk works with: all that are still listed, and those that have plans, as they are now."""
        return self._kept("missing_runs < ? OR agreements.id IN (SELECT agreement_id FROM plans)", PROVEN_RUNS)

    def by_slug(self, slug: str) -> Kept | None:
        """The agreement of that name, listed or not."""
        found = self._kept("agreements.slug = ?", slug)
        return found[0] if found else None

    def _kept(self, where: str, *values: Value) -> tuple[Kept, ...]:
        sql = (
            "SELECT agreements.uid, agreements.slug, data, trades, agreements.first_seen, missing_runs, "  # noqa: S608
            "coalesce(lots.uid, '') AS lot_uid, coalesce(lots.slug, '') AS lot_slug FROM agreements "
            f"LEFT JOIN lots ON lots.id = lot_id WHERE {where} ORDER BY agreements.id"
        )
        return tuple(
            Kept(
                _view(_Row(row.uid, row.slug, row.data, row.trades, row.first_seen)),
                row.missing_runs < PROVEN_RUNS,
                row.lot_uid,
                row.lot_slug,
            )
            for row in self._database.select(_KeptRow, sql, values)
        )

    def waiting(self, rules_version: str) -> tuple[AgreementView, ...]:
        """Agreements whose trades were not found by these rules yet."""
        return self._views("WHERE rules_version <> ?", rules_version)

    def save_trades(self, uid: str, trades: tuple[str, ...], rules_version: str, now: dt.datetime) -> None:
        """Note the trades that the rules find in an agreement.

        Whom other rules than before alone make it concern is not told of it by itself (withheld.py).
        """
        with self._database.transaction():
            sql = "SELECT trades FROM agreements WHERE uid = ? AND rules_version <> ''"
            for earlier in self._database.column(str, sql, (uid,)):
                withhold_trades(self._database, uid, from_json(earlier, tuple[str, ...]), trades, stamp(now))
            self._database.write(
                "UPDATE agreements SET trades = ?, rules_version = ? WHERE uid = ?",
                (to_json(trades).decode(), rules_version, uid),
            )

    def _views(self, where: str, *values: Value) -> tuple[AgreementView, ...]:
        sql = f"SELECT uid, slug, data, trades, first_seen FROM agreements {where} ORDER BY id"  # noqa: S608
        return tuple(_view(row) for row in self._database.select(_Row, sql, values))


def add_agreement(
    database: Database,
    uid: str,
    agreement: Agreement,
    seen_at: dt.datetime,
    lot_id: int | None = None,
    winner: str = "",
) -> None:
    """A new row. One that follows from an award has the lot and the name that its winner goes by."""
    slug, at = free_slug(database, "agreements", agreement.title, uid), stamp(seen_at)
    digest = changes.agreement_digest(agreement)
    database.insert(
        "INSERT INTO agreements (uid, slug, source, key, first_seen, last_seen, digest, data, lot_id, winner) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (uid, slug, agreement.source, agreement.key, at, at, digest, to_json(agreement), lot_id, winner),
    )


def change_agreement(database: Database, uid: str, agreement: Agreement) -> None:
    """Other content for a row: it waits for its trades again."""
    database.write(
        "UPDATE agreements SET digest = ?, data = ?, rules_version = '' WHERE uid = ?",
        (changes.agreement_digest(agreement), to_json(agreement), uid),
    )


def _view(row: _Row) -> AgreementView:
    agreement = from_json(row.data, Agreement)
    return AgreementView(row.uid, row.slug, agreement, from_json(row.trades, tuple[str, ...]), row.first_seen)
