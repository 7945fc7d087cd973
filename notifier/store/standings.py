"""After a notice was held: where the lots of its procedure stand now, and what changed in them for readers.

Reads what is known of the procedure, lets `changes` decide, and writes what it decided. `lots` carries the result,
so that a list of 100,000 lots needs no history.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier import changes
from notifier.changes import Publication, Sighting, Standing
from notifier.lots import Notice, Stage
from notifier.store.database import Database
from notifier.store.reading import NoticeReader
from notifier.store.values import stamp, stamp_or_none, to_json


@dataclass(frozen=True, slots=True)
class LotRow:
    """A row of `lots` as far as it says where the lot stands."""

    id: int
    first_seen: dt.datetime
    facts_id: int | None
    stage: Stage
    deadline: dt.datetime | None
    awarded: int
    cancelled: int
    gone: int


@dataclass(frozen=True, slots=True)
class _NoticeRow:
    id: int
    first_seen: dt.datetime
    version_id: int  # the newest


@dataclass(frozen=True, slots=True)
class _Naming:
    """A version of a notice names a lot."""

    id: int  # of the lot version
    lot_id: int
    notice_id: int
    version_id: int
    position: int


_LOTS = "SELECT id, first_seen, facts_id, stage, deadline, awarded, cancelled, gone FROM lots WHERE procedure_key = ?"
_NOTICES = (
    "SELECT notices.id, first_seen, notice_versions.id AS version_id FROM notices "
    "JOIN notice_versions ON notice_id = notices.id AND number = latest WHERE procedure_key = ?"
)
_NAMINGS = (
    "SELECT lot_versions.id, lot_id, notice_id, version_id, position FROM lot_versions "
    "JOIN notice_versions ON notice_versions.id = version_id JOIN notices ON notices.id = notice_id "
    "WHERE procedure_key = ? AND lot_id IS NOT NULL ORDER BY number"
)


def settle(database: Database, group: str, seen_at: dt.datetime) -> None:
    """Bring the lots of the procedure `group` up to date. Belongs into the transaction that held the notice."""
    history = _History(database, group)
    for row in database.select(LotRow, _LOTS, (group,)):
        _settle_lot(database, row, history, seen_at)


def row_standing(row: LotRow) -> Standing:
    """Where the lot of a row stands."""
    return Standing(row.stage, row.deadline, bool(row.awarded), bool(row.cancelled), bool(row.gone))


class _History:
    """All that is held of one procedure."""

    def __init__(self, database: Database, group: str) -> None:
        self._notices = database.select(_NoticeRow, _NOTICES, (group,))
        namings = database.select(_Naming, _NAMINGS, (group,))
        self._namings = {naming.id: naming for naming in namings}
        # Later versions come later, so that the newest one that names the lot stays.
        self._newest = {(naming.lot_id, naming.notice_id): naming for naming in namings}
        versions = {row.version_id for row in self._notices} | {naming.version_id for naming in namings}
        self._texts = NoticeReader(database).read(versions)

    def publications(self, lot_id: int) -> dict[tuple[str, str], tuple[Publication, _Naming | None]]:
        """What each notice, by source and key, says of a lot, and the lot version where it does."""
        found = {}
        for row in self._notices:
            notice = self._texts[row.version_id]
            naming = self._newest.get((lot_id, row.id))
            lot = self._texts[naming.version_id].lots[naming.position] if naming else None
            named = naming is not None and naming.version_id == row.version_id
            found[notice.source, notice.key] = Publication(notice, row.first_seen, lot, named), naming
        return found

    def sighting(self, lot_version: int, standing: Standing) -> Sighting:
        """A lot as that version had it."""
        naming = self._namings[lot_version]
        notice: Notice = self._texts[naming.version_id]
        return Sighting(notice.lots[naming.position], notice, standing)


def _settle_lot(database: Database, row: LotRow, history: _History, seen_at: dt.datetime) -> None:
    by_notice = history.publications(row.id)
    publications = [publication for publication, _ in by_notice.values()]
    facts = changes.facts_of(publications).notice
    naming = by_notice[facts.source, facts.key][1]
    assert naming is not None
    before, after = row_standing(row), changes.standing(publications)
    if (row.facts_id, before) == (naming.id, after):
        return
    database.write(
        "UPDATE lots SET facts_id = ?, stage = ?, deadline = ?, awarded = ?, cancelled = ?, gone = ? WHERE id = ?",
        (naming.id, after.stage, stamp_or_none(after.deadline), after.awarded, after.cancelled, after.gone, row.id),
    )
    # What was first seen in this very run is new to everybody, whatever the order in which its notices came.
    if row.facts_id is not None and row.first_seen < seen_at:
        old, new = history.sighting(row.facts_id, before), history.sighting(naming.id, after)
        if fields := changes.material_changes(old, new):
            database.insert(
                "INSERT INTO lot_changes (lot_id, seen_at, data) VALUES (?, ?, ?)",
                (row.id, stamp(seen_at), to_json(fields)),
            )
