"""What subscribers say of lots. It outlives a subscriber without their name, for counting alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.answers import Answer, Given
from notifier.store.database import Database
from notifier.store.values import stamp

_EITHER = (Answer.RELEVANT, Answer.NOT_RELEVANT)


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many said something of a lot, whoever they were."""

    lot_uid: str
    answer: Answer
    reason: str
    count: int


class Answers:
    """The table `feedback`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self, lot_uid: str, subscriber: int, answer: Answer, now: dt.datetime, *, reason: str = "", words: str = ""
    ) -> bool:
        """Keep what a subscriber says; False where there is no such lot. Said again, it is said once, as said last."""
        with self._database.transaction():
            lots = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
            if not lots:
                return False
            if answer in _EITHER:
                self._withdraw(lots[0], subscriber, _EITHER, now)
            self._database.write(
                "INSERT INTO feedback (lot_id, subscriber_id, answer, reason, words, given_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason, "
                "words = excluded.words, given_at = excluded.given_at, withdrawn_at = NULL",
                (lots[0], subscriber, answer, reason, words, stamp(now)),
            )
            return True

    def withdraw(self, lot_uid: str, subscriber: int, answer: Answer, now: dt.datetime) -> None:
        """Take back what was said."""
        lots = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
        for lot in lots:
            self._withdraw(lot, subscriber, (answer,), now)

    def _withdraw(self, lot: int, subscriber: int, answers: tuple[Answer, ...], now: dt.datetime) -> None:
        for answer in answers:
            self._database.write(
                "UPDATE feedback SET withdrawn_at = ?, words = '' "
                "WHERE lot_id = ? AND subscriber_id = ? AND answer = ? AND withdrawn_at IS NULL",
                (stamp(now), lot, subscriber, answer),
            )

    def of(self, subscriber: int) -> tuple[Given, ...]:
        """What a subscriber says that stands, the newest last."""
        return tuple(
            self._database.select(
                Given,
                "SELECT uid AS lot_uid, answer, reason, words, given_at FROM feedback JOIN lots ON lots.id = lot_id "
                "WHERE subscriber_id = ? AND withdrawn_at IS NULL ORDER BY given_at, feedback.id",
                (subscriber,),
            )
        )

    def not_relevant(self, subscriber: int) -> frozenset[str]:
        """Lots of which this subscriber wants to hear no more."""
        return frozenset(
            self._database.column(
                str,
                "SELECT uid FROM feedback JOIN lots ON lots.id = lot_id "
                "WHERE subscriber_id = ? AND answer = 'not_relevant' AND withdrawn_at IS NULL",
                (subscriber,),
            )
        )

    def counts(self) -> tuple[AnswerCount, ...]:
        """What was said of each lot, and how often; also by those who have left."""
        return tuple(
            self._database.select(
                AnswerCount,
                "SELECT uid AS lot_uid, answer, reason, count(*) AS count FROM feedback "
                "JOIN lots ON lots.id = lot_id WHERE withdrawn_at IS NULL "
                "GROUP BY uid, answer, reason ORDER BY uid, answer, reason",
            )
        )


def absorb_answers(database: Database, old: int, new: int) -> None:
    """One lot turns out to be another: what was said of either was said of the one."""
    database.write("UPDATE OR IGNORE feedback SET lot_id = ? WHERE lot_id = ?", (new, old))
    database.write("DELETE FROM feedback WHERE lot_id = ?", (old,))
    database.write("UPDATE OR IGNORE partners SET lot_id = ? WHERE lot_id = ?", (new, old))
    database.write("DELETE FROM partners WHERE lot_id = ?", (old,))
