"""Mails on their way. Each step is a transaction of its own, and moves a row only from where it must stand.

    queued ──> claimed ──> in_doubt ──> sent
      ^           │            ├──────> failed   refused for good, or tried too often, or nobody to write to any more
      └───────────┴────────────┘──────> held     nobody knows whether it arrived: a person decides

`in_doubt` is committed before the body leaves. What stands there when a program starts was cut off in the one
moment whose outcome nobody can know; it is held and shown, never sent again by itself. It stays doubted from then on,
whatever comes of sending it again by hand: it may have arrived the first time, so it leaves as the same mail or not
at all, and what it tells is told by no other one unless it comes back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from notifier.profiles import SubscriberStatus
from notifier.store.database import Database
from notifier.store.letters import give_up
from notifier.store.partners import TAKEN_BACK, undo_untold
from notifier.store.values import stamp, stamp_or_none
from notifier.text import without_addresses


class MailKind(StrEnum):
    """What a mail is, and so to whom it may go."""

    DIGEST = "digest"  # to who has confirmed
    CONFIRMATION = "confirmation"  # asks whether they want mail: to who has not said yes or no yet
    NOTICE = "notice"  # a word about something that the subscriber did: to who has confirmed


class MailStatus(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One mail. `body` is empty once it was deleted. `error` is for people and holds no mail address."""

    number: int
    digest_id: int | None
    subscriber_id: int
    message_id: str
    recipient: str
    body: bytes
    status: MailStatus
    attempts: int
    created: dt.datetime
    not_before: dt.datetime | None
    claimed_at: dt.datetime | None
    sent_at: dt.datetime | None
    error: str
    kind: MailKind
    doubted: int = 0  # 1: it was held once, and may have arrived then


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as people are shown it: without its recipient and its body. `error` names nobody."""

    number: int
    subscriber_id: int
    kind: MailKind
    status: MailStatus
    attempts: int
    created: dt.datetime
    claimed_at: dt.datetime | None  # when it was last tried
    error: str
    doubted: bool
    whole: bool  # its body is kept: it can be sent again

    @property
    def seen(self) -> str:
        """Where it stands, in a word that is another as soon as anything was done with it."""
        return f"{self.status}.{self.attempts}"


@dataclass(frozen=True, slots=True)
class _Shown:
    number: int
    subscriber_id: int
    kind: MailKind
    status: MailStatus
    attempts: int
    created: dt.datetime
    claimed_at: dt.datetime | None
    error: str
    doubted: int
    whole: int
    recipient: str
    name: str


@dataclass(frozen=True, slots=True)
class _Counted:
    status: MailStatus
    number: int


@dataclass(frozen=True, slots=True)
class _Recipient:
    kind: MailKind
    status: SubscriberStatus
    digest_id: int | None
    about: SubscriberStatus | None  # of the other one, where it tells of one
    doubted: int
    lot_id: int | None
    no_longer_looks: int | None  # the other one, where they looked for partners and do so no more


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a mail after an attempt to hand it over."""

    status: MailStatus
    attempts: int
    error: str = ""
    not_before: dt.datetime | None = None
    sent_at: dt.datetime | None = None


_ROW = (
    "SELECT id AS number, digest_id, subscriber_id, message_id, recipient, "
    "coalesce((SELECT octets FROM mail_bodies WHERE mail = outbox.id), x'') AS body, status, attempts, "
    "created, not_before, claimed_at, sent_at, error, kind, doubted FROM outbox"
)
_SHOWN = (
    "SELECT outbox.id AS number, subscriber_id, kind, outbox.status AS status, attempts, outbox.created AS created, "
    "claimed_at, error, doubted, EXISTS (SELECT 1 FROM mail_bodies WHERE mail = outbox.id) AS whole, recipient, name "
    "FROM outbox JOIN subscribers ON subscribers.id = subscriber_id"
)
_MAY_GET = {
    MailKind.DIGEST: (SubscriberStatus.CONFIRMED,),
    MailKind.CONFIRMATION: (SubscriberStatus.PENDING, SubscriberStatus.PAUSED),
    MailKind.NOTICE: (SubscriberStatus.CONFIRMED,),
}
# Whether a mail still says what is so; ?1 is now. One that was begun stays: a person resends it as it is, or drops it.
_GOOD = "(good_until IS NULL OR good_until > ?1 OR begun = 1)"
_CUT_OFF = "the program was stopped while this mail was handed over: it may have arrived or not"


class Outbox:
    """The table `outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        digest_id: int | None,
        subscriber_id: int,
        message_id: str,
        recipient: str,
        body: bytes,
        now: dt.datetime,
        kind: MailKind = MailKind.DIGEST,
        good_until: dt.datetime | None = None,
        about: int | None = None,
        lot_uid: str = "",
    ) -> int:
        """Queue a finished mail and answer its number. Joins the transaction that builds the digest.

        From `good_until` on it would say what is no longer so, and is not sent; None where that never comes. `about` is
        another subscriber who is told of in it: it goes only while they get mail too, and is gone when they are erased.
        `lot_uid` is the lot for which they look for partners, where they are told of for that: while they still do.
        """
        with self._database.transaction():
            number = self._database.insert(
                "INSERT INTO outbox (digest_id, subscriber_id, message_id, recipient, created, kind, good_until, "
                "about, lot_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM lots WHERE uid = ?))",
                (digest_id, subscriber_id, message_id, recipient, stamp(now), kind, stamp_or_none(good_until), about,
                 lot_uid),
            )  # fmt: skip
            self._database.write("INSERT INTO mail_bodies (mail, octets) VALUES (?, ?)", (number, body))
        return number

    def row(self, number: int) -> OutboxRow | None:
        """One mail, or None: it goes with its subscriber."""
        return self._database.select_one(OutboxRow, f"{_ROW} WHERE id = ?", (number,))

    def standing(self, status: MailStatus) -> list[OutboxRow]:
        """All mails that stand there, oldest first."""
        return self._database.select(OutboxRow, f"{_ROW} WHERE status = ? ORDER BY id", (status,))

    def count(self, status: MailStatus) -> int:
        """How many mails stand there."""
        return self._database.number("SELECT count(*) FROM outbox WHERE status = ?", (status,))

    def counts(self) -> dict[MailStatus, int]:
        """How many mails stand at each place, nought included."""
        rows = self._database.select(_Counted, "SELECT status, count(*) AS number FROM outbox GROUP BY status")
        return dict.fromkeys(MailStatus, 0) | {row.status: row.number for row in rows}

    def waiting_since(self) -> dt.datetime | None:
        """When the mail was written that has been waiting longest to be sent, or None."""
        sql = "SELECT created FROM outbox WHERE status = 'queued' ORDER BY id LIMIT 1"
        return next(iter(self._database.column(dt.datetime, sql)), None)

    def shown(self, status: MailStatus, since: dt.datetime | None = None) -> tuple[Shown, ...]:
        """The mails that stand there, oldest first, for people to look at; `since` leaves out those written before."""
        rows = self._database.select(
            _Shown,
            f"{_SHOWN} WHERE outbox.status = ? AND outbox.created >= ? ORDER BY outbox.id",
            (status, stamp(since) if since else ""),
        )
        return tuple(map(_shown, rows))

    def shown_one(self, number: int) -> Shown | None:
        """One mail likewise, or None."""
        row = self._database.select_one(_Shown, f"{_SHOWN} WHERE outbox.id = ?", (number,))
        return _shown(row) if row else None

    def recover(self) -> list[int]:
        """Clear up after a run that was cut off, and answer the numbers of the mails that are held from now on.

        What was only claimed never left and is queued again. The caller holds the lock of the run; without it no
        mail goes out twice either, but one that another process is sending right now is held until it is done.
        """
        with self._database.transaction():
            self._database.write("UPDATE outbox SET status = 'queued' WHERE status = 'claimed'")
            held = self._database.column(int, "SELECT id FROM outbox WHERE status = 'in_doubt' ORDER BY id")
            self._database.write(
                "UPDATE outbox SET status = 'held', doubted = 1, attempts = attempts + 1, error = ? "
                "WHERE status = 'in_doubt'",
                (_CUT_OFF,),
            )
        return held

    def due(self, now: dt.datetime) -> list[int]:
        """The numbers of the mails that may go out now, oldest first; letters that ask for confirmation before all.

        Those that were turned down or put off before come last: they keep nobody waiting who was not tried yet.
        """
        return self._database.column(
            int,
            "SELECT id FROM outbox JOIN mail_bodies ON mail = id WHERE status = 'queued' "  # noqa: S608
            f"AND (not_before IS NULL OR not_before <= ?1) AND {_GOOD} "
            "ORDER BY error <> '', kind <> 'confirmation', id",
            (stamp(now),),
        )

    def claim(self, number: int, now: dt.datetime) -> OutboxRow | None:
        """Take a queued mail for this process; None where another one was faster, it is gone, or no longer good."""
        with self._database.transaction(forced=False):  # after a power cut it is queued, as `recover` would have it
            taken = self._database.write(
                "UPDATE outbox SET status = 'claimed', claimed_at = ?1 "  # noqa: S608
                f"WHERE id = ?2 AND status = 'queued' AND id IN (SELECT mail FROM mail_bodies) AND {_GOOD}",
                (stamp(now), number),
            )
            return self.row(number) if taken else None

    def begin_body(self, number: int) -> bool:
        """Commit `in_doubt`, and say whether the body may leave now.

        The subscriber is looked up in this very transaction: an unsubscription that was acknowledged before it
        stops the mail, which then stands as failed with the subscriber's status as reason. So does that everything
        it tells of is as public as it says: a digest that tells of something else is taken back, as if it had not been
        built. One that is doubted is held again instead. A letter fails for good where whoever it tells of has left,
        or looks for partners no more. A mail that is no longer claimed is left as it is, and may not leave.
        """
        with self._database.transaction():
            found = self._database.select_one(
                _Recipient,
                "SELECT kind, subscribers.status AS status, digest_id, other.status AS about, doubted, lot_id, "
                "CASE WHEN NOT EXISTS (SELECT 1 FROM feedback WHERE feedback.lot_id = outbox.lot_id "
                "AND feedback.subscriber_id = about AND answer = 'partners' AND withdrawn_at IS NULL) "
                "THEN about END AS no_longer_looks FROM outbox "
                "JOIN subscribers ON subscribers.id = subscriber_id LEFT JOIN subscribers AS other ON other.id = about "
                "WHERE outbox.id = ? AND outbox.status = 'claimed'",
                (number,),
            )
            if found is None:
                return False
            if found.status not in _MAY_GET[found.kind]:
                if found.doubted:
                    return self._hold_again(number, f"its subscriber is {found.status} now")
                sql = "UPDATE outbox SET status = 'failed', error = ? WHERE id = ?"
                self._database.write(sql, (found.status, number))
                self._untell(number)  # should they come back, they are told what this would have told them
                return False
            if found.about not in (None, SubscriberStatus.CONFIRMED):
                give_up(self._database, "it tells of somebody who has left", "id = ?1", number)
                return False
            if found.lot_id is not None and found.no_longer_looks is not None:  # taken back during an earlier attempt
                give_up(self._database, TAKEN_BACK, "id = ?1", number)
                undo_untold(self._database, found.lot_id, found.no_longer_looks)
                return False
            if found.digest_id is not None and self._tells_what_is_not_public(found.digest_id):
                if found.doubted:
                    return self._hold_again(number, "it tells of something that is no longer public")
                self._database.write("DELETE FROM digests WHERE id = ?", (found.digest_id,))
                return False
            sql = "UPDATE outbox SET status = 'in_doubt', begun = 1 WHERE id = ?"
            return bool(self._database.write(sql, (number,)))

    def _hold_again(self, number: int, why: str) -> bool:
        """It may have arrived, so it is not undone; and it may not leave now, which is the answer."""
        self._database.write("UPDATE outbox SET status = 'held', error = ? WHERE id = ?", (why, number))
        return False

    def _tells_what_is_not_public(self, digest: int) -> bool:
        """Of a lot that was taken off the lists (digest.OFF) just that may be told, as long as no page shows it."""
        off = (
            "EXISTS (SELECT 1 FROM announcements AS off WHERE off.digest_id = told.digest_id "
            "AND off.item_uid = told.item_uid AND off.kind = 'changed' AND off.key LIKE 'off:%')"
        )
        public = "told.item_uid IN (SELECT item_uid FROM publications)"
        sql = f"SELECT EXISTS (SELECT 1 FROM announcements AS told WHERE digest_id = ? AND {public} = {off})"  # noqa: S608
        return bool(self._database.number(sql, (digest,)))

    def settle(self, number: int, settlement: Settlement, *, body_begun: bool) -> bool:
        """Write down what came of an attempt; False where the mail stands elsewhere by now and is left there.

        `body_begun` says from where: `claimed`, or `in_doubt` (which a second process may have turned into
        `held` meanwhile; the one that got the answer knows better). Without the distinction a process that never
        got as far as the body could put back into the queue what another one is just sending.
        """
        places = (MailStatus.IN_DOUBT, MailStatus.HELD) if body_begun else (MailStatus.CLAIMED, MailStatus.CLAIMED)
        return self._settle(number, settlement, *places)

    def settle_queued(self, number: int, settlement: Settlement) -> bool:
        """The same for a mail that was put back into the queue until others had their answers, and still stands there.

        Where another process has it meanwhile, that one's answer counts.
        """
        return self._settle(number, settlement, MailStatus.QUEUED, MailStatus.QUEUED)

    def _settle(self, number: int, settlement: Settlement, *places: MailStatus) -> bool:
        # After a power cut a mail may stand where it stood before, in doubt at worst: it is held, and not sent again.
        # `begin_body` of the next mail forces this one to the disk as well, so that this is one mail at most.
        with self._database.transaction(forced=False):
            moved = self._database.write(
                "UPDATE outbox SET status = ?1, attempts = ?2, error = ?3, not_before = ?4, sent_at = ?5, "
                "begun = begun AND (doubted OR ?1 IN ('sent', 'held')), doubted = doubted OR ?1 = 'held' "
                "WHERE id = ?6 AND status IN (?7, ?8)",
                (
                    settlement.status,
                    settlement.attempts,
                    settlement.error,
                    stamp_or_none(settlement.not_before),
                    stamp_or_none(settlement.sent_at),
                    number,
                    *places,
                ),
            )
            if moved and settlement.status is MailStatus.FAILED and not self._is_doubted(number):
                self._untell(number)
        return bool(moved)

    def _is_doubted(self, number: int) -> bool:
        return bool(self._database.number("SELECT count(*) FROM outbox WHERE id = ? AND doubted = 1", (number,)))

    def _untell(self, number: int) -> None:
        """Nobody was told by this mail: its lots are free for the next digest, and it is not to be sent beside that."""
        digest = "SELECT digest_id FROM outbox WHERE id = ?"
        self._database.write(f"DELETE FROM announcements WHERE digest_id = ({digest})", (number,))  # noqa: S608
        self._database.write(
            "DELETE FROM mail_bodies WHERE mail = (SELECT id FROM outbox WHERE id = ? AND digest_id IS NOT NULL)",
            (number,),
        )

    def resend(self, number: int) -> bool:
        """Queue a mail again, with the Message-ID that it has; False where there is none that can be sent again.

        Held ones can, letters that have failed, and failed digests that were held before. What another failed digest
        told is told by the next one.
        """
        return bool(
            self._database.write(
                "UPDATE outbox SET status = 'queued', not_before = NULL, error = '' "
                "WHERE id = ? AND status IN ('held', 'failed') AND id IN (SELECT mail FROM mail_bodies)",
                (number,),
            )
        )

    def drop(self, number: int) -> bool:
        """Give a held mail up: it may have arrived or not. False where there is no such one."""
        return bool(
            self._database.write(
                "UPDATE outbox SET status = 'failed', error = 'given up by hand' WHERE id = ? AND status = 'held'",
                (number,),
            )
        )

    def hold_all(self, why: str) -> int:
        """Hold everything that waits: it may have been sent already. How many that were."""
        return self._database.write(
            "UPDATE outbox SET status = 'held', error = ?, doubted = 1, begun = 1 "
            "WHERE status IN ('queued', 'claimed', 'in_doubt')",
            (why,),
        )

    def take_back(self, now: dt.datetime) -> int:
        """Take back digests that never left and are no longer good, as if they had not been built; how many.

        What they announce is free to be told again, as it stands then. Letters announce nothing, and fail. A mail whose
        body was ever begun may have arrived, and stays.
        """
        too_old = f"status = 'queued' AND begun = 0 AND NOT {_GOOD}"
        condition = f"kind = 'digest' AND {too_old}"
        with self._database.transaction():
            give_up(self._database, "too old to be sent", f"digest_id IS NULL AND {too_old}", stamp(now))
            return self._database.write(
                f"DELETE FROM digests WHERE id IN (SELECT digest_id FROM outbox WHERE {condition})",  # noqa: S608
                (stamp(now),),
            )

    def replace_letters(self, subscriber: int) -> None:
        """A newer letter asks for confirmation: with it the links in those that wait have stopped working."""
        with self._database.transaction():
            which = "subscriber_id = ?1 AND kind = 'confirmation' AND status = 'queued'"
            give_up(self._database, "a newer letter took its place", which, subscriber)

    def forget_bodies(self, before: dt.datetime) -> int:
        """Delete the bodies of mails that were sent or given up before then: they hold live links. How many."""
        return self._database.write(
            "DELETE FROM mail_bodies WHERE mail IN (SELECT id FROM outbox WHERE status IN ('sent', 'failed') "
            "AND coalesce(sent_at, claimed_at, created) < ?)",
            (stamp(before),),
        )

    def still_waits(self, number: int, message_id: str, attempts: int) -> bool:
        """Whether a mail stands here as if its body had not left, after that many attempts before."""
        return bool(
            self._database.number(
                "SELECT count(*) FROM outbox WHERE id = ? AND message_id = ? AND attempts <= ? "
                "AND status IN ('queued', 'claimed')",
                (number, message_id, attempts),
            )
        )

    def came_back(self, number: int, now: dt.datetime, *, tell_anew: bool) -> None:
        """A mail that had left came back: no doubt keeps it waiting, and its lots may be free for the next digest."""
        with self._database.transaction():
            self._database.write(
                "UPDATE outbox SET came_back = coalesce(came_back, ?) WHERE id = ?", (stamp(now), number)
            )
            if tell_anew:
                self._untell(number)
            self._database.write(
                "UPDATE outbox SET status = 'failed', error = 'it came back' "
                "WHERE id = ? AND digest_id IS NOT NULL AND status IN ('held', 'queued')",
                (number,),
            )

    def came_back_before(self, number: int) -> bool:
        """Whether this mail was written knowing that a digest before it had come back, and none arrived in between.

        One that was written before that was known did not tell anew what the other one had told.
        """
        sql = (
            "SELECT EXISTS (SELECT 1 FROM outbox AS mail JOIN outbox AS earlier "
            "ON earlier.subscriber_id = mail.subscriber_id AND earlier.id < mail.id "
            "AND earlier.digest_id IS NOT NULL AND earlier.came_back <= mail.created "
            "WHERE mail.id = ? AND NOT EXISTS (SELECT 1 FROM outbox AS arrived "
            "WHERE arrived.subscriber_id = mail.subscriber_id AND arrived.id > earlier.id AND arrived.id < mail.id "
            "AND arrived.begun = 1 AND arrived.came_back IS NULL))"
        )
        return bool(self._database.number(sql, (number,)))

    def sent_to(self, number: int) -> OutboxRow | None:
        """A mail whose body has left, or may have; None for another one."""
        return self._database.select_one(OutboxRow, f"{_ROW} WHERE id = ? AND begun = 1", (number,))

    def by_message_id(self, message_id: str) -> OutboxRow | None:
        """The mail of that Message-ID whose body has left, or may have."""
        return self._database.select_one(OutboxRow, f"{_ROW} WHERE message_id = ? AND begun = 1", (message_id,))


def _shown(row: _Shown) -> Shown:
    return Shown(
        row.number, row.subscriber_id, row.kind, row.status, row.attempts, row.created, row.claimed_at,
        without_addresses(row.error, row.recipient, row.name), bool(row.doubted), bool(row.whole),
    )  # fmt: skip
