"""Two who look for partners for the same lot. Neither learns who the other is before both have said yes.

Each is told of the other by letters, and told once: that there is another, and who it is. A wish that is taken back
stops those that have not left; what they were to tell then counts as never said, so that the next wish says it anew.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.answers import Pairing
from notifier.store.database import Database
from notifier.store.letters import give_up
from notifier.store.values import stamp

TAKEN_BACK = "it tells of a wish that was taken back"
# Letters that have not left, or of which nobody knows; also those that a person could resend.
_NOT_GONE = "status IN ('queued', 'claimed', 'held', 'failed')"


@dataclass(frozen=True, slots=True)
class Met:
    """Two who may be told of each other now."""

    number: int
    lot_uid: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    lot_uid: str
    other: int
    words: str
    agreed: int
    other_agreed: int
    introduced: int


@dataclass(frozen=True, slots=True)
class _Untold:
    """Two of whom one never got a letter: about the other at all (`found` is 0), or with the other's name."""

    number: int
    first: int
    second: int
    found: int
    introduced: int


class Partners:
    """The table `partners`, beside the wishes in `feedback`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bring_together(self, lot_uid: str, subscriber: int) -> tuple[int, ...]:
        """Pair someone who looks for partners for a lot with all who do as well; the others who were not paired yet."""
        with self._database.transaction():
            others = self._database.column(
                int,
                "SELECT subscriber_id FROM feedback JOIN lots ON lots.id = lot_id "
                "JOIN subscribers ON subscribers.id = subscriber_id WHERE uid = ? AND answer = 'partners' "
                "AND withdrawn_at IS NULL AND subscribers.status = 'confirmed' AND subscriber_id <> ? "
                "ORDER BY subscriber_id",
                (lot_uid, subscriber),
            )
            return tuple(other for other in others if self._pair(lot_uid, subscriber, other))

    def _pair(self, lot_uid: str, one: int, other: int) -> bool:
        return bool(
            self._database.write(
                "INSERT INTO partners (lot_id, first, second) SELECT id, ?, ? FROM lots WHERE uid = ? "
                "ON CONFLICT DO NOTHING",
                (min(one, other), max(one, other), lot_uid),
            )
        )

    def told(self, lot_uid: str, to: int, of: int) -> bool:
        """Whether a letter has told one of the other, or is about to."""
        return bool(
            self._database.number(
                "SELECT count(*) FROM outbox JOIN lots ON lots.id = lot_id "
                "WHERE uid = ? AND subscriber_id = ? AND about = ? AND status <> 'failed'",
                (lot_uid, to, of),
            )
        )

    def of(self, subscriber: int, lot_uid: str) -> tuple[Pairing, ...]:
        """Those with whom this subscriber could do a lot, as long as both still look for partners."""
        rows = self._database.select(
            _Row,
            "SELECT partners.id AS number, uid AS lot_uid, "
            "CASE WHEN first = ?1 THEN second ELSE first END AS other, theirs.words AS words, "
            "CASE WHEN first = ?1 THEN first_agreed ELSE second_agreed END IS NOT NULL AS agreed, "
            "CASE WHEN first = ?1 THEN second_agreed ELSE first_agreed END IS NOT NULL AS other_agreed, "
            "introduced_at IS NOT NULL AS introduced "
            "FROM partners JOIN lots ON lots.id = partners.lot_id "
            "JOIN feedback AS mine ON mine.lot_id = lots.id AND mine.subscriber_id = ?1 "
            "AND mine.answer = 'partners' AND mine.withdrawn_at IS NULL "
            "JOIN feedback AS theirs ON theirs.lot_id = lots.id AND theirs.answer = 'partners' "
            "AND theirs.withdrawn_at IS NULL "
            "AND theirs.subscriber_id = CASE WHEN first = ?1 THEN second ELSE first END "
            "JOIN subscribers ON subscribers.id = theirs.subscriber_id AND subscribers.status = 'confirmed' "
            "WHERE ?1 IN (first, second) AND uid = ?2 ORDER BY partners.id",
            (subscriber, lot_uid),
        )
        return tuple(
            Pairing(
                row.number, row.lot_uid, row.other, row.words, bool(row.agreed), bool(row.other_agreed),
                bool(row.introduced),
            )
            for row in rows
        )  # fmt: skip

    def agree(self, number: int, subscriber: int, now: dt.datetime) -> Met | None:
        """One side says yes. The pair, once, where both have said so now; None otherwise.

        Only while both look for partners and get mail: whoever took that back, or left, is told of to nobody.
        """
        with self._database.transaction():
            lots = self._database.column(
                str, "SELECT uid FROM partners JOIN lots ON lots.id = lot_id WHERE partners.id = ?", (number,)
            )
            if not any(pair.number == number for uid in lots for pair in self.of(subscriber, uid)):
                return None
            for column in ("first", "second"):
                self._database.write(
                    f"UPDATE partners SET {column}_agreed = coalesce({column}_agreed, ?) "  # noqa: S608
                    f"WHERE id = ? AND {column} = ?",
                    (stamp(now), number, subscriber),
                )
            met = self._database.write(
                "UPDATE partners SET introduced_at = ? WHERE id = ? AND introduced_at IS NULL "
                "AND first_agreed IS NOT NULL AND second_agreed IS NOT NULL",
                (stamp(now), number),
            )
            if not met:
                return None
            return self._database.select_one(
                Met,
                "SELECT partners.id AS number, uid AS lot_uid, first, second FROM partners "
                "JOIN lots ON lots.id = lot_id WHERE partners.id = ?",
                (number,),
            )


def keep_quiet(database: Database, lot: int, about: int) -> None:
    """A subscriber looks for partners for a lot no more: what was to tell of them is not told, and forgotten.

    Also by no hand that resends it. What is leaving at this very moment was told before.
    """
    give_up(database, TAKEN_BACK, f"about = ?1 AND lot_id = ?2 AND {_NOT_GONE}", about, lot)
    undo_untold(database, lot, about)


def undo_untold(database: Database, lot: int, subscriber: int) -> None:
    """Undo what one of two was to be told and was not, so that the next wish brings them together again.

    Where one never heard of the other, they were no pair. Where one never got the other's name, both have to say yes
    again, and nobody's name leaves before that.
    """
    for pair in _untold(database, lot, subscriber):
        if pair.introduced:
            both = f"lot_id = ?1 AND (subscriber_id, about) IN (VALUES (?2, ?3), (?3, ?2)) AND {_NOT_GONE}"
            give_up(database, TAKEN_BACK, both, lot, pair.first, pair.second)
        undo = "UPDATE partners SET introduced_at = NULL, first_agreed = NULL, second_agreed = NULL WHERE id = ?"
        database.write(undo if pair.found else "DELETE FROM partners WHERE id = ?", (pair.number,))


def _untold(database: Database, lot: int, subscriber: int) -> list[_Untold]:
    letters = [
        f"FROM outbox WHERE outbox.lot_id = partners.lot_id AND subscriber_id = {to} AND about = {of}"
        for to, of in (("first", "second"), ("second", "first"))
    ]
    # None where there are none; whoever was introduced got the names with the newest letter.
    some_left = ", ".join(f"(SELECT max(status <> 'failed') {those})" for those in letters)
    newest = ", ".join(f"(SELECT status {those} ORDER BY id DESC LIMIT 1)" for those in letters)
    return database.select(
        _Untold,
        f"SELECT id AS number, first, second, coalesce(0 IN ({some_left}), 0) = 0 AS found, "  # noqa: S608
        "introduced_at IS NOT NULL AS introduced FROM partners "
        "WHERE lot_id = ?1 AND ?2 IN (first, second) "
        f"AND (found = 0 OR introduced AND 'failed' IN ({newest}))",
        (lot, subscriber),
    )
