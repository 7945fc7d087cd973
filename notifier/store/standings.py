"""Where a lot stands now, and what changed in it for readers: what is known of it in, one row of `lots` out.

`changes` decides. `lots` carries the result, so that a list of 100,000 lots needs no history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from notifier import changes
from notifier.changes import Publication, Sighting, Standing
from notifier.corrections import Correction, SaidSince, corrected, said_since
from notifier.lots import FieldChange, Lot, LotKind, Notice, Stage
from notifier.store.database import Database
from notifier.store.values import stamp, stamp_or_none, to_json


@dataclass(frozen=True, slots=True)
class LotRow:
    """A row of `lots`: its identity and where the lot stands."""

    id: int
    uid: str
    procedure_key: str
    first_seen: dt.datetime
    facts_id: int | None
    stage: Stage
    deadline: dt.datetime | None
    awarded: int
    cancelled: int
    gone: int

    @property
    def kind(self) -> LotKind:
        """What the identity says (changes.lot_uid)."""
        return LotKind.PART if "/part:" in self.uid else LotKind.LOT


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice with the columns of its newest version."""

    id: int
    source: str
    key: str
    procedure_key: str
    first_seen: dt.datetime
    official: int
    missing_runs: int
    stage: Stage
    published: dt.date | None
    publication_number: str
    version_id: int


@dataclass(frozen=True, slots=True)
class Naming:
    """A version of a notice names a lot; `id` is that of the lot version."""

    id: int
    lot_id: int | None
    notice_id: int
    version_id: int
    position: int
    kind: LotKind
    lot_label: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one notice says of a lot, and the lot version where it names it."""

    publication: Publication
    naming: Naming | None


class History:
    """The notices of some procedures, as their versions have them."""

    def __init__(self, namings: Iterable[Naming], texts: Mapping[int, Notice]) -> None:
        self._namings = {naming.id: naming for naming in namings}
        self._texts = texts

    def notice(self, version_id: int) -> Notice:
        """What a version says."""
        return self._texts[version_id]

    def lot(self, naming: Naming) -> Lot:
        """The lot as a version has it."""
        return self._texts[naming.version_id].lots[naming.position]

    def lot_or_none(self, naming: Naming) -> Lot | None:
        """The lot as a version has it, None for a version that was not read."""
        return self.lot(naming) if naming.version_id in self._texts else None

    def publications(self, notices: Iterable[NoticeRow], named: Mapping[int, Naming]) -> list[Said]:
        """What each notice of a procedure says of a lot, given the newest naming of the lot by each notice's id."""
        return [self._said(row, named.get(row.id)) for row in notices]

    def _said(self, row: NoticeRow, naming: Naming | None) -> Said:
        lot = self.lot(naming) if naming else None
        named = naming is not None and naming.version_id == row.version_id
        dropped = row.missing_runs >= changes.PROVEN_RUNS
        return Said(Publication(self._texts[row.version_id], row.first_seen, lot, named, dropped), naming)

    def sighting(self, lot_version: int, standing: Standing, corrections: Sequence[Correction] = ()) -> Sighting | None:
        """A lot as that version had it, put right; None where the version no longer has it."""
        naming = self._namings.get(lot_version)
        if naming is None:
            return None
        return Sighting(corrected(self.lot(naming), corrections), self._texts[naming.version_id], standing)


@dataclass(frozen=True, slots=True)
class PutRight:
    """What stands corrected of a lot, before and after what is settled now. `ours`: an officer just did that."""

    before: tuple[Correction, ...] = ()
    after: tuple[Correction, ...] = ()
    ours: bool = False

    def seen(self, said: Said) -> Said:
        """What a notice says of the lot, put right."""
        publication = said.publication
        if publication.lot is None or not self.after:
            return said
        return replace(said, publication=replace(publication, lot=corrected(publication.lot, self.after)))


_AS_IT_IS = PutRight()


def row_standing(row: LotRow) -> Standing:
    """Where the lot of a row stands."""
    return Standing(row.stage, row.deadline, bool(row.awarded), bool(row.cancelled), bool(row.gone))


def settle_lot(
    database: Database,
    row: LotRow,
    said: list[Said],
    history: History,
    seen_at: dt.datetime | None,
    earlier: Sighting | None = None,
    right: PutRight = _AS_IT_IS,
) -> None:
    """Bring a lot's row up to date. `earlier` is how readers know it, where the store no longer has that text.

    `said` is put right already.
    """
    publications = [one.publication for one in said]
    facts = changes.facts_of(publications)
    naming = next(one.naming for one in said if one.publication is facts)
    assert naming is not None
    before, after = row_standing(row), changes.standing(publications)
    if seen_at is not None:
        _note_moot(database, history.lot(naming), right.after, seen_at)
    if (row.facts_id, before) == (naming.id, after) and earlier is None:
        return
    database.write(
        "UPDATE lots SET facts_id = ?, stage = ?, deadline = ?, awarded = ?, cancelled = ?, gone = ? WHERE id = ?",
        (naming.id, after.stage, stamp_or_none(after.deadline), after.awarded, after.cancelled, after.gone, row.id),
    )
    if row.facts_id is None or seen_at is None:
        return
    # What was first seen in this very run is new to everybody, whatever the order in which its notices came.
    old = earlier or history.sighting(row.facts_id, before, right.before)
    new = history.sighting(naming.id, after, right.after)
    if row.first_seen >= seen_at or old is None or new is None:
        return
    if fields := changes.material_changes(old, new, seen_at):
        add_change(database, row.id, seen_at, tuple(replace(one, ours=right.ours) for one in fields))


def add_change(database: Database, lot_id: int, seen_at: dt.datetime, fields: tuple[FieldChange, ...]) -> None:
    """Note what changed in a lot for readers: those who were told of it are told that."""
    database.insert(
        "INSERT INTO lot_changes (lot_id, seen_at, data) VALUES (?, ?, ?)", (lot_id, stamp(seen_at), to_json(fields))
    )


def _note_moot(database: Database, lot: Lot, corrections: Iterable[Correction], seen_at: dt.datetime) -> None:
    """The source says itself by now what was put right: from here on its own word counts."""
    for one in corrections:
        if said_since(lot, one) is SaidSince.SAME:
            database.write("UPDATE corrections SET moot_at = ? WHERE id = ?", (stamp(seen_at), one.number))


def stand_again(
    database: Database, said: Sequence[Said], moot: Iterable[Correction], known: Lot | None
) -> tuple[Correction, ...]:
    """Of what is moot that which counts again: right after it said the same, the source says what was wrong once more.

    `known` is the lot as readers know it: what counts again is what it says, so nobody is told a change.
    """
    facts = changes.facts_of([one.publication for one in said]).lot
    if facts is None or known is None:
        return ()
    again = tuple(
        replace(one, moot_at=None)
        for one in moot
        if changes.same_meaning(one.field, getattr(facts, one.field), one.instead_of)
        and said_since(facts, one) is not SaidSince.SAME
        and said_since(known, one) is SaidSince.SAME
    )
    for one in again:
        database.write("UPDATE corrections SET moot_at = NULL WHERE id = ?", (one.number,))
    return again


def forget(database: Database, row: LotRow) -> None:
    """Note that nothing that is held names a lot any more: a mended parser found that there was none."""
    database.write("UPDATE lots SET facts_id = NULL, gone = 1 WHERE id = ?", (row.id,))
