"""What was put right in lots and stands, for whatever reads their facts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.corrections import Correction, type_of
from notifier.store.database import Database, Value
from notifier.store.sights import chunks, marks
from notifier.store.values import from_json


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    lot_id: int
    lot_uid: str
    field: str
    value: bytes
    instead_of: bytes
    who: str
    why: str
    made_at: dt.datetime
    removed_at: dt.datetime | None
    removed_by: str
    moot_at: dt.datetime | None


_ROWS = (
    "SELECT corrections.id AS number, lot_id, uid AS lot_uid, field, value, instead_of, who, why, made_at, "
    "removed_at, removed_by, moot_at FROM corrections JOIN lots ON lots.id = lot_id"
)
STANDS = "removed_at IS NULL AND moot_at IS NULL"


def standing(database: Database, lot_ids: Iterable[int | None]) -> dict[int, tuple[Correction, ...]]:
    """The corrections that stand of these lots, by the lots' ids, oldest first; nothing for lots without any."""
    found: defaultdict[int, list[Correction]] = defaultdict(list)
    for chunk in chunks(sorted({one for one in lot_ids if one is not None})):
        where = f"WHERE {STANDS} AND lot_id IN ({marks(chunk)})"
        for lot_id, one in select_corrections(database, where, chunk):
            found[lot_id].append(one)
    return {lot_id: tuple(corrections) for lot_id, corrections in found.items()}


def moot_ones(database: Database, lot_ids: Iterable[int]) -> dict[int, tuple[Correction, ...]]:
    """Of these lots the corrections that are moot and the last word on their field; nothing for lots without any."""
    found: defaultdict[int, list[Correction]] = defaultdict(list)
    last = (
        "SELECT 1 FROM corrections AS newer WHERE newer.lot_id = corrections.lot_id AND newer.field = corrections.field"
    )
    moot = "WHERE removed_at IS NULL AND moot_at IS NOT NULL"
    for chunk in chunks(sorted(set(lot_ids))):
        where = f"{moot} AND lot_id IN ({marks(chunk)}) AND NOT EXISTS ({last} AND newer.id > corrections.id)"
        for lot_id, one in select_corrections(database, where, chunk):
            found[lot_id].append(one)
    return {lot_id: tuple(corrections) for lot_id, corrections in found.items()}


def select_corrections(database: Database, where: str, values: Sequence[Value] = ()) -> list[tuple[int, Correction]]:
    """Corrections with the ids of their lots, oldest first."""
    rows = database.select(_Row, f"{_ROWS} {where} ORDER BY corrections.id", values)
    return [(row.lot_id, _read(row)) for row in rows]


def _read(row: _Row) -> Correction:
    kind = type_of(row.field)
    return Correction(
        row.number, row.lot_uid, row.field, from_json(row.value, kind), from_json(row.instead_of, kind), row.who,
        row.why, row.made_at, row.removed_at, row.removed_by, row.moot_at,
    )  # fmt: skip
