"""What staff were asked to look at: which lots, why these, and with which chance each could have been drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from notifier.learning.sampling import Drawn
from notifier.store.database import Database
from notifier.store.values import stamp


@dataclass(frozen=True, slots=True)
class Draw(Drawn):
    """A lot of a round as it is kept; its answer is staff's verdict where they have given one since it was drawn."""

    round: int
    drawn_at: dt.datetime


_DRAWS = (
    "SELECT round, uid AS lot_uid, kind, stratum, frame, probability, machine, drawn_at, (SELECT verdict FROM tags "
    "WHERE tags.lot_id = draws.lot_id AND removed_at IS NULL AND tagged_at >= drawn_at "
    "ORDER BY tagged_at DESC, tags.id DESC LIMIT 1) AS answer FROM draws JOIN lots ON lots.id = draws.lot_id"
)


class Draws:
    """The table `draws`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, drawn: Iterable[Drawn], now: dt.datetime) -> int:
        """Keep a round of draws; its number."""
        with self._database.transaction():
            number = self._database.number("SELECT coalesce(max(round), 0) + 1 FROM draws")
            self._database.write_many(
                "INSERT INTO draws (round, lot_id, kind, stratum, frame, probability, machine, drawn_at) "
                "SELECT ?, id, ?, ?, ?, ?, ?, ? FROM lots WHERE uid = ?",
                [
                    (number, one.kind, one.stratum, one.frame, one.probability, one.machine, stamp(now), one.lot_uid)
                    for one in drawn
                ],
            )
        return number

    def all(self) -> tuple[Draw, ...]:
        """Every draw with its answer, in the order in which they were drawn."""
        return tuple(self._database.select(Draw, f"{_DRAWS} ORDER BY draws.id"))
