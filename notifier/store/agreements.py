"""Purchasing agreements as they are now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from notifier import changes
from notifier.lots import Agreement, AgreementView
from notifier.store.database import Database
from notifier.store.sights import Sight, free_slug, keys_held
from notifier.store.values import from_json, stamp, to_json


@dataclass(frozen=True, slots=True)
class _Row:
    uid: str
    slug: str
    data: bytes
    trades: str
    first_seen: dt.datetime


class Agreements:
    """The table `agreements`."""

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
                self._add(uid, digest, agreement, seen_at)
                return Sight.NEW
            if known == [digest]:
                sql = "UPDATE agreements SET last_seen = ? WHERE uid = ?"
                self._database.write(sql, (stamp(seen_at), uid))
                return Sight.UNCHANGED
            self._database.write(
                "UPDATE agreements SET last_seen = ?, digest = ?, data = ?, rules_version = '' WHERE uid = ?",
                (stamp(seen_at), digest, to_json(agreement), uid),
            )
            return Sight.CHANGED

    def _add(self, uid: str, digest: str, agreement: Agreement, seen_at: dt.datetime) -> None:
        slug, at = free_slug(self._database, "agreements", agreement.title, uid), stamp(seen_at)
        self._database.insert(
            "INSERT INTO agreements (uid, slug, source, key, first_seen, last_seen, digest, data) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (uid, slug, agreement.source, agreement.key, at, at, digest, to_json(agreement)),
        )

    def missed(self, source: str, listed_keys: Collection[str], seen_at: dt.datetime) -> None:
        """Note what a proven good run, which listed everything that is current, did not list.

        After changes.PROVEN_RUNS such runs in a row an agreement is no longer shown, until it is listed again.
        """
        raise NotImplementedError

    def held(self, source: str, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys of a source are held."""
        return keys_held(self._database, "agreements", source, keys)

    def views(self) -> tuple[AgreementView, ...]:
        """All agreements, in the order in which they were first seen."""
        return self._views("")

    def waiting(self, rules_version: str) -> tuple[AgreementView, ...]:
        """Agreements whose trades were not found by these rules yet."""
        return self._views("WHERE rules_version <> ?", rules_version)

    def save_trades(self, uid: str, trades: tuple[str, ...], rules_version: str) -> None:
        """Note the trades that the rules find in an agreement."""
        self._database.write(
            "UPDATE agreements SET trades = ?, rules_version = ? WHERE uid = ?",
            (to_json(trades).decode(), rules_version, uid),
        )

    def _views(self, where: str, *values: str) -> tuple[AgreementView, ...]:
        sql = f"SELECT uid, slug, data, trades, first_seen FROM agreements {where} ORDER BY id"  # noqa: S608
        return tuple(_view(row) for row in self._database.select(_Row, sql, values))


def _view(row: _Row) -> AgreementView:
    agreement = from_json(row.data, Agreement)
    return AgreementView(row.uid, row.slug, agreement, from_json(row.trades, tuple[str, ...]), row.first_seen)
