"""Purchasing agreements that follow from awards: kept in step with the notices of their lot.

An agreement keeps its identity, whatever is learned of it later. One that no notice speaks of any more is no longer
shown; nothing is deleted, so that it is not new if it returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from notifier import awards, changes
from notifier.changes import Publication
from notifier.lots import Agreement, Stage
from notifier.store.agreements import add_agreement, change_agreement
from notifier.store.database import Database
from notifier.store.standings import LotRow
from notifier.store.values import from_json, stamp


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    uid: str
    source: str
    key: str
    winner: str
    digest: str
    missing_runs: int
    data: bytes


_ROWS = (
    "SELECT id, uid, source, key, winner, digest, missing_runs, data FROM agreements WHERE lot_id = ? "
    "ORDER BY first_seen, id"
)


def settle_agreements(
    database: Database, lot: LotRow, publications: Sequence[Publication], seen_at: dt.datetime
) -> None:
    """Bring the agreements on a lot up to date, given everything that was published of it."""
    if not any(one.lot and one.notice.stage in (Stage.AWARD, Stage.CHANGE) for one in publications):
        return
    rows = database.select(_Row, _ROWS, (lot.id,))
    found = awards.agreements_of(publications)
    winners = {won.winner for won in found}
    for won in found:
        # The number of a winner may become known later than its name.
        names = {won.winner, awards.plain_name(won.agreement.supplier)}
        same = [row for row in rows if row.winner in names or (row.winner not in winners and _name(row) in names)]
        rows = [row for row in rows if row not in same]
        if same:
            _renew(database, same[0], won, seen_at)
        else:
            own = replace(won.agreement, key=f"award:{lot.uid}:{won.winner}")
            add_agreement(database, changes.agreement_uid(own), own, seen_at, lot.id, won.winner)
        for double in same[1:]:
            _absorb(database, double, same[0])
    for row in rows:
        database.write("UPDATE agreements SET missing_runs = ? WHERE id = ?", (changes.PROVEN_RUNS, row.id))


def _name(row: _Row) -> str:
    return awards.plain_name(from_json(row.data, Agreement).supplier)


def _renew(database: Database, row: _Row, won: awards.Won, seen_at: dt.datetime) -> None:
    own = replace(won.agreement, source=row.source, key=row.key)
    if changes.agreement_digest(own) != row.digest:
        change_agreement(database, row.uid, own)
    elif row.winner == won.winner and not row.missing_runs:
        return
    database.write(
        "UPDATE agreements SET winner = ?, missing_runs = 0, last_seen = ? WHERE id = ?",
        (won.winner, stamp(seen_at), row.id),
    )


def _absorb(database: Database, old: _Row, new: _Row) -> None:
    """Two lots turned out to be one, and so their agreements: what was told of either was told of the one."""
    database.write("UPDATE OR IGNORE announcements SET item_uid = ? WHERE item_uid = ?", (new.uid, old.uid))
    database.write("DELETE FROM announcements WHERE item_uid = ?", (old.uid,))
    database.write("UPDATE plans SET agreement_id = ? WHERE agreement_id = ?", (new.id, old.id))
    database.write("DELETE FROM agreements WHERE id = ?", (old.id,))
