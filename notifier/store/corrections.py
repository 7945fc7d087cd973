"""What officers put right in lots, and lots that they took off the lists. Nothing of it is ever deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.changes import Sighting, Standing
from notifier.corrections import Correction, Hidden, corrected
from notifier.errors import StoreError
from notifier.lots import FieldChange, Lot, Notice, Stage
from notifier.store.assessments import judge_again
from notifier.store.database import Database
from notifier.store.overlay import STANDS, select_corrections, standing
from notifier.store.procedures import join
from notifier.store.standings import add_change
from notifier.store.values import from_json, stamp, to_json


@dataclass(frozen=True, slots=True)
class _Held:
    """A lot with the version that its facts come from."""

    id: int
    first_seen: dt.datetime
    stage: Stage
    deadline: dt.datetime | None
    awarded: int
    cancelled: int
    gone: int
    hidden: int
    position: int
    notice_id: int
    data: bytes


_HELD = (
    "SELECT lots.id, first_seen, lots.stage, deadline, awarded, cancelled, gone, hidden, position, notice_id, data "
    "FROM lots JOIN lot_versions ON lot_versions.id = facts_id JOIN notice_versions ON notice_versions.id = version_id "
    "WHERE uid = ?"
)


class Corrections:
    """The table `corrections`, and `lots.hidden`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, lot_uid: str) -> tuple[Correction, ...]:
        """All that was ever put right in a lot, oldest first."""
        return tuple(one for _, one in select_corrections(self._database, "WHERE uid = ?", (lot_uid,)))

    def standing(self) -> tuple[Correction, ...]:
        """Every correction that stands, oldest first."""
        return tuple(one for _, one in select_corrections(self._database, f"WHERE {STANDS}"))

    def hidden(self) -> tuple[str, ...]:
        """Identities of the lots that were taken off the lists."""
        return tuple(self._database.column(str, "SELECT uid FROM lots WHERE hidden <> 0 ORDER BY id"))

    def why_hidden(self, lot_uid: str) -> Hidden:
        """Whether and why a lot was taken off the lists."""
        return Hidden(self._held(lot_uid).hidden)

    def seen(self, lot_uid: str) -> str:
        """What was done to a lot so far, in a word that another one takes the place of whenever more is done."""
        sql = (
            "SELECT coalesce(max(corrections.id), 0) || '.' || count(removed_at) || '.' || hidden FROM lots "
            "LEFT JOIN corrections ON lot_id = lots.id WHERE uid = ? GROUP BY lots.id"
        )
        return "".join(self._database.column(str, sql, (lot_uid,)))

    def make(
        self, lot_uid: str, values: Mapping[str, Any], *, who: str, why: str, now: dt.datetime
    ) -> tuple[Correction, ...]:
        """Put fields of a lot right; what was made. Those who were told otherwise are told so, as of a change.

        What readers see already is left as it is; what the source says itself takes a correction back. Raises
        StoreError where no lot has that identity.
        """
        with self._database.transaction():
            held = self._held(lot_uid)
            before = self._sighting(held)
            lot = self._lot(held)
            fresh = {name: value for name, value in values.items() if value != getattr(before.lot, name)}
            for name, value in fresh.items():
                self._remove("field = ? AND lot_id = ?", (name, held.id), who, now)
                if value != getattr(lot, name):
                    self._add(held.id, name, value, getattr(lot, name), who, why, now)
            if fresh:
                self._settle(held, before, now)
            made = standing(self._database, [held.id]).get(held.id, ())
        return tuple(one for one in made if one.field in fresh)

    def take_back(self, number: int, *, who: str, now: dt.datetime) -> bool:
        """The source's own word counts again. False where that correction does not stand any more."""
        with self._database.transaction():
            found = select_corrections(self._database, f"WHERE corrections.id = ? AND {STANDS}", (number,))
            if not found:
                return False
            held = self._held(found[0][1].lot_uid)
            before = self._sighting(held)
            self._remove("id = ?", (number,), who, now)
            self._settle(held, before, now)
        return True

    def confirm(self, number: int, *, who: str, now: dt.datetime) -> bool:
        """Let a correction stand though the source says something else by now. False where it does not stand."""
        with self._database.transaction():
            found = select_corrections(self._database, f"WHERE corrections.id = ? AND {STANDS}", (number,))
            if not found:
                return False
            lot_id, one = found[0]
            lot = self._lot(self._held(one.lot_uid))
            self._remove("id = ?", (number,), who, now)
            self._add(lot_id, one.field, one.value, getattr(lot, one.field), who, one.why, now)
        return True

    def hide(self, lot_uid: str, why: Hidden, now: dt.datetime) -> bool:
        """Take a lot off all lists, or put it back with Hidden.NO; those who were told of it are told so.

        False where it was so before. Raises StoreError where no lot has that identity.
        """
        with self._database.transaction():
            held = self._held(lot_uid)
            if held.hidden == why:
                return False
            self._database.write("UPDATE lots SET hidden = ? WHERE id = ?", (int(why), held.id))
            words = ("" if why else "yes", "yes" if why else "")
            if bool(held.hidden) != bool(why) and held.first_seen < now:
                add_change(self._database, held.id, now, (FieldChange("hidden", *words, ours=True),))
        return True

    # -- inside ----------------------------------------------------------------------------------------------------

    def _held(self, lot_uid: str) -> _Held:
        held = self._database.select_one(_Held, _HELD, (lot_uid,))
        if held is None:
            raise StoreError(f"no lot has the identity '{lot_uid}'", where=str(self._database.path))
        return held

    def _lot(self, held: _Held) -> Lot:
        """As the source has it."""
        return from_json(held.data, Notice).lots[held.position]

    def _sighting(self, held: _Held) -> Sighting:
        """As readers know it."""
        stands = standing(self._database, [held.id]).get(held.id, ())
        where = Standing(held.stage, held.deadline, bool(held.awarded), bool(held.cancelled), bool(held.gone))
        return Sighting(corrected(self._lot(held), stands), from_json(held.data, Notice), where)

    def _remove(self, which: str, values: tuple[int | str, ...], who: str, now: dt.datetime) -> None:
        sql = f"UPDATE corrections SET removed_at = ?, removed_by = ? WHERE {STANDS} AND {which}"  # noqa: S608
        self._database.write(sql, (stamp(now), who, *values))

    def _add(self, lot_id: int, name: str, value: Any, instead_of: Any, who: str, why: str, now: dt.datetime) -> None:
        self._database.insert(
            "INSERT INTO corrections (lot_id, field, value, instead_of, who, why, made_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (lot_id, name, to_json(value), to_json(instead_of), who, why, stamp(now)),
        )

    def _settle(self, held: _Held, before: Sighting, now: dt.datetime) -> None:
        """Where the lot stands now, what changed in it for readers; it is judged anew."""
        judge_again(self._database, held.id)
        join(self._database, [held.notice_id], now, before={held.id: before}, ours=True)
