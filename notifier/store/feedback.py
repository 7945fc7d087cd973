"""What subscribers say of lots. It outlives a subscriber without their name, for counting alone: what was told of
months that are over has to stay as it was, whoever leaves."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from notifier.answers import FEWEST, Answer, Given
from notifier.store.database import Database
from notifier.store.partners import keep_quiet
from notifier.store.values import stamp


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many said something of a lot, whoever they were."""

    lot_uid: str
    answer: Answer
    reason: str
    count: int


# What an officer says of a lot moves no answer to another trade: the machine's first word on it counts.
_TRADES = "coalesce((SELECT first_trades FROM lots WHERE id = ?), '')"


class Answers:
    """The table `feedback`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self, lot_uid: str, subscriber: int, answer: Answer, now: dt.datetime, *, reason: str = "", words: str = ""
    ) -> bool:
        """Keep what a subscriber says; False where there is no such lot. Said again, it is said once, as said last;
        what it replaces is taken back, and what it implies is said with it."""
        with self._database.transaction():
            lots = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
            if not lots:
                return False
            who = self._who(subscriber)
            self._withdraw(lots[0], subscriber, answer.replaced, now)
            if answer is Answer.PARTNERS and not self._looks_for_partners(lots[0], subscriber):
                keep_quiet(self._database, lots[0], subscriber)  # what was leaving when an earlier wish was taken back
            self._database.write(
                "INSERT INTO feedback (lot_id, subscriber_id, who, trades, answer, reason, words, given_at) "  # noqa: S608
                f"VALUES (?, ?, ?, {_TRADES}, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason, "
                "words = excluded.words, given_at = excluded.given_at, withdrawn_at = NULL",
                (lots[0], subscriber, who, lots[0], answer, reason, words, stamp(now)),
            )
            for implied in answer.implied:
                self._database.write(
                    "INSERT INTO feedback (lot_id, subscriber_id, who, trades, answer, given_at) "  # noqa: S608
                    f"VALUES (?, ?, ?, {_TRADES}, ?, ?) ON CONFLICT "
                    "DO UPDATE SET given_at = excluded.given_at, withdrawn_at = NULL "
                    "WHERE withdrawn_at IS NOT NULL",
                    (lots[0], subscriber, who, lots[0], implied, stamp(now)),
                )
            return True

    def _who(self, subscriber: int) -> int:
        """The number by which a subscriber's answers are counted as those of one; by chance, at their first answer.

        Nothing else holds it: when the subscriber is erased, it tells that one enterprise said all this, not which.
        """
        known = self._database.column(int, "SELECT who FROM feedback WHERE subscriber_id = ? LIMIT 1", (subscriber,))
        return known[0] if known else secrets.randbelow(2**62) + 1

    def withdraw(self, lot_uid: str, subscriber: int, answer: Answer, now: dt.datetime) -> None:
        """Take back what was said, and what cannot be without it; of partners also the yes to those who were not met
        yet, and letters that wait."""
        lots = self._database.column(int, "SELECT id FROM lots WHERE uid = ?", (lot_uid,))
        with self._database.transaction():
            for lot in lots:
                self._withdraw(lot, subscriber, (answer, *answer.implying), now)

    def look_for_nobody(self, subscriber: int, now: dt.datetime) -> None:
        """Take every wish for partners of a subscriber back, who has left: should they come back, they say it anew."""
        with self._database.transaction():
            for given in self.of(subscriber):
                if given.answer is Answer.PARTNERS:
                    self.withdraw(given.lot_uid, subscriber, Answer.PARTNERS, now)

    def _looks_for_partners(self, lot: int, subscriber: int) -> bool:
        return bool(
            self._database.number(
                "SELECT count(*) FROM feedback WHERE lot_id = ? AND subscriber_id = ? AND answer = 'partners' "
                "AND withdrawn_at IS NULL",
                (lot, subscriber),
            )
        )

    def _take_back_yes(self, lot: int, subscriber: int) -> None:
        for side in ("first", "second"):
            self._database.write(
                f"UPDATE partners SET {side}_agreed = NULL "  # noqa: S608
                f"WHERE lot_id = ? AND {side} = ? AND introduced_at IS NULL",
                (lot, subscriber),
            )

    def _withdraw(self, lot: int, subscriber: int, answers: tuple[Answer, ...], now: dt.datetime) -> None:
        for answer in answers:
            self._database.write(
                "UPDATE feedback SET withdrawn_at = ?, words = '' "
                "WHERE lot_id = ? AND subscriber_id = ? AND answer = ? AND withdrawn_at IS NULL",
                (stamp(now), lot, subscriber, answer),
            )
            if answer is Answer.PARTNERS:
                self._take_back_yes(lot, subscriber)
                keep_quiet(self._database, lot, subscriber)

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
        """What at least FEWEST said of a lot; also those who have left. What fewer said is told to nobody."""
        return tuple(
            self._database.select(
                AnswerCount,
                "SELECT uid AS lot_uid, answer, reason, count(*) AS count FROM feedback "
                "JOIN lots ON lots.id = lot_id WHERE withdrawn_at IS NULL "
                "GROUP BY uid, answer, reason HAVING count(*) >= ? ORDER BY uid, answer, reason",
                (FEWEST,),
            )
        )


def absorb_answers(database: Database, old: int, new: int) -> None:
    """One lot turns out to be another: what was said of either was said of the one, and what was said last counts."""
    both, said = "(?1, ?2)", "coalesce({0}.withdrawn_at, {0}.given_at), {0}.id"
    database.write(
        f"DELETE FROM feedback WHERE lot_id IN {both} AND EXISTS (SELECT 1 FROM feedback AS later "  # noqa: S608
        f"WHERE later.lot_id IN {both} AND later.subscriber_id = feedback.subscriber_id "
        f"AND later.answer = feedback.answer AND ({said.format('later')}) > ({said.format('feedback')}))",
        (old, new),
    )
    database.write("UPDATE feedback SET lot_id = ? WHERE lot_id = ?", (new, old))
    database.write(
        "UPDATE feedback SET withdrawn_at = given_at, words = '' WHERE lot_id = ? AND withdrawn_at IS NULL "
        "AND EXISTS (SELECT 1 FROM feedback AS later "
        "WHERE later.lot_id = feedback.lot_id AND later.subscriber_id = feedback.subscriber_id "
        "AND later.withdrawn_at IS NULL "
        "AND ((later.answer = 'not_relevant') <> (feedback.answer = 'not_relevant') "
        "OR (later.answer, feedback.answer) IN (VALUES ('won', 'lost'), ('lost', 'won'))) "
        "AND (later.given_at, later.id) > (feedback.given_at, feedback.id))",
        (new,),
    )
    database.write(  # nobody has won, or not, who took back that they bid
        "UPDATE feedback SET withdrawn_at = given_at WHERE lot_id = ? AND withdrawn_at IS NULL "
        "AND answer IN ('won', 'lost') AND subscriber_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM feedback AS bid WHERE bid.lot_id = feedback.lot_id "
        "AND bid.subscriber_id = feedback.subscriber_id AND bid.answer = 'bidding' AND bid.withdrawn_at IS NULL)",
        (new,),
    )
    for column in ("first_agreed", "second_agreed", "introduced_at"):
        database.write(
            f"UPDATE partners SET {column} = coalesce({column}, (SELECT {column} FROM partners AS other "  # noqa: S608
            "WHERE other.lot_id = ? AND other.first = partners.first AND other.second = partners.second)) "
            "WHERE lot_id = ?",
            (old, new),
        )
    database.write("UPDATE outbox SET lot_id = ? WHERE lot_id = ?", (new, old))  # letters that tell of such a wish
    database.write("UPDATE OR IGNORE partners SET lot_id = ? WHERE lot_id = ?", (new, old))
    database.write("DELETE FROM partners WHERE lot_id = ?", (old,))
    for side in ("first", "second"):  # a yes does not outlast the wish for partners
        database.write(
            f"UPDATE partners SET {side}_agreed = NULL WHERE lot_id = ? AND introduced_at IS NULL "  # noqa: S608
            "AND NOT EXISTS (SELECT 1 FROM feedback WHERE feedback.lot_id = partners.lot_id "
            f"AND subscriber_id = partners.{side} AND answer = 'partners' AND withdrawn_at IS NULL)",
            (new,),
        )
