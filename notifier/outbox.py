"""Delivery: what is queued is handed over, once.

`deliver` asks the store for a mail, gives it to a transport, and writes down what came of it. Which outcome means
what is decided by `settle_after`, a pure function. Logs and messages name mails by number and Message-ID, never by
address.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.clock import pause, stopwatch
from notifier.config import Mail
from notifier.journal import Journal
from notifier.mail import return_path
from notifier.store import Store
from notifier.store.outbox import MailStatus, OutboxRow, Settlement, Shown
from notifier.store.settings import PAUSED
from notifier.transport import Handover, Letter, Outcome, Transport

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 12  # with the pauses below, some sixteen hours: a relay that is down over night loses nothing
_FIRST_PAUSE = dt.timedelta(minutes=1)
_LONGEST_PAUSE = dt.timedelta(hours=4)
# Connections lost one after the other until we stop: a relay that takes bodies and never answers would turn the
# whole queue into held mails, and one that stalls would keep the run for days. Recipients turned down likewise: three
# strangers' mailboxes do not say no one after the other, a relay that has put us on a list does.
_PATIENCE = 3
BODIES_KEPT = dt.timedelta(days=5)  # long enough to look into a complaint; they hold live links


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a delivery did. `sent`, `failed` and `dropped` count this run; `held` and `waiting` what stands now.

    `errors` are sentences for people: what failed, what is newly held, why the delivery stopped.
    """

    sent: int = 0
    failed: int = 0  # refused for good, or tried too often
    dropped: int = 0  # the subscriber left, or what it tells was withdrawn, between its building and its sending
    held: int = 0  # nobody knows whether they arrived
    waiting: int = 0  # for another attempt, or for the next run
    errors: tuple[str, ...] = ()
    stopped: bool = False  # the relay or the folder could not be used; nothing was held against the mails


@dataclass(frozen=True, slots=True)
class Manner:
    """How mails are handed over: the address that bounces come back to, how many in a minute (0: any number)."""

    sender_of: Callable[[int, str], str] = lambda number, message_id: ""  # noqa: ARG005 - the configured sender
    per_minute: int = 0
    leaving: Callable[[int, str, int], None] = lambda number, message_id, attempts: None  # noqa: ARG005 - told to nobody
    pause: Callable[[float], None] = pause


def manner_of(mail: Mail, journal: Journal) -> Manner:
    """As it is configured. Whose body leaves is told to the journal, which outlives the database."""
    sender = functools.partial(return_path, mail)
    return Manner(sender, mail.per_minute, journal.leaving)


_PLAIN = Manner()


def deliver(
    store: Store,
    transport: Transport,
    now: dt.datetime,
    *,
    manner: Manner = _PLAIN,
    on_progress: Callable[[int, int], None] | None = None,
) -> DeliveryReport:
    """Hand over every mail that is due at `now`, one after the other, and close the transport.

    Nothing is handed over while the outbox is paused. Bodies of mails that are settled for some days are deleted.
    `on_progress` is told how many of how many were tried. Raises StoreError; what was under way then is cleared
    up by the next delivery. The caller holds the lock of the run.
    """
    tally = _Tally()
    for number in store.outbox.recover():
        tally.note_held(number, "the program was stopped while it was handed over")
    store.outbox.forget_bodies(now - BODIES_KEPT)
    due, started = store.outbox.due(now), stopwatch()
    if why := store.settings.get(PAUSED):
        tally.stopped, due = True, []
        tally.errors.append(f"no mail leaves: {why}")
    try:
        for done, number in enumerate(due, start=1):
            begun = stopwatch()
            # A throttled delivery may take hours: what is good when it begins may not be so at its end. Whole minutes
            # are enough for that.
            passed = dt.timedelta(minutes=(begun - started) // 60)
            _deliver_one(store, transport, number, now + passed, tally, manner)
            if on_progress:
                on_progress(done, len(due))
            if tally.stopped:
                break
            if manner.per_minute and done < len(due):
                manner.pause(60 / manner.per_minute - (stopwatch() - begun))
        _end(store, tally)
    finally:
        transport.close()
    return tally.report(held=store.outbox.count(MailStatus.HELD), waiting=store.outbox.count(MailStatus.QUEUED))


def deliver_now(store: Store, transport: Transport, number: int, now: dt.datetime, manner: Manner = _PLAIN) -> None:
    """Hand one mail over at once, beside whatever run is under way; what does not succeed waits for the next run.

    For letters that somebody is waiting for at this moment. Nothing goes out twice: the mail is claimed first.
    """
    if store.settings.get(PAUSED):
        return
    tally = _Tally()
    try:
        _deliver_one(store, transport, number, now, tally, manner)  # a no that may be about us: the next run finds out
    finally:
        transport.close()


# -- by hand -----------------------------------------------------------------------------------------------------------

FAILED_SHOWN = dt.timedelta(days=14)  # what has failed is done with, and told for so long


def worth_showing(store: Store, statuses: Iterable[MailStatus], now: dt.datetime) -> tuple[Shown, ...]:
    """The mails that stand at these places, those that have failed for two weeks only."""
    return tuple(
        one
        for status in statuses
        for one in store.outbox.shown(status, now - FAILED_SHOWN if status is MailStatus.FAILED else None)
    )


class ByHand(StrEnum):
    """What a person makes of a mail that waits for them."""

    AGAIN = "again"  # it is sent once more, as the same mail
    GIVE_UP = "give_up"


def do_by_hand(store: Store, what: ByHand, number: int) -> bool:
    """Send a mail again or give it up; False where it does not stand so that this can be done.

    It needs no lock of a run: the row moves in one statement from where it must stand, and no run takes what is held
    or has failed.
    """
    return store.outbox.resend(number) if what is ByHand.AGAIN else store.outbox.drop(number)


def settle_after(row: OutboxRow, handover: Handover, now: dt.datetime, *, begun: bool = False) -> Settlement:
    """What becomes of a mail, decided from the outcome alone; not for CALLED_OFF, which the store has settled."""
    attempts = row.attempts + 1
    match handover.outcome:
        case Outcome.ACCEPTED:
            return Settlement(MailStatus.SENT, attempts, sent_at=now)
        case Outcome.REFUSED:
            return Settlement(MailStatus.FAILED, attempts, handover.detail)
        case Outcome.IN_DOUBT:
            return Settlement(MailStatus.HELD, attempts, handover.detail)
        case Outcome.UNUSABLE if not handover.of_one:
            return put_back(row, handover, begun=begun)
        case _ if attempts >= MAX_ATTEMPTS:
            return Settlement(MailStatus.FAILED, attempts, f"given up after {attempts} attempts: {handover.detail}")
        case _:
            return Settlement(MailStatus.QUEUED, attempts, handover.detail, now + pause_after(attempts))


def put_back(row: OutboxRow, handover: Handover, *, begun: bool = False) -> Settlement:
    """Not the mail's fault: nothing is counted, and it may go with the next run. (The journal tells bodies apart.)"""
    return Settlement(MailStatus.QUEUED, row.attempts + begun, handover.detail, row.not_before)


def pause_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts: one minute, doubled each time, at most four hours."""
    return min(_FIRST_PAUSE * (1 << (attempts - 1)), _LONGEST_PAUSE)


def _deliver_one(
    store: Store, transport: Transport, number: int, now: dt.datetime, tally: _Tally, manner: Manner
) -> None:
    """One mail through its states. No transaction is open while the transport talks."""
    row = store.outbox.claim(number, now)
    if row is None:
        return  # another process was faster, or the subscriber is gone
    begun = False

    def before_body() -> bool:
        nonlocal begun
        begun = store.outbox.begin_body(number)
        if begun:
            manner.leaving(row.number, row.message_id, row.attempts)
        return begun

    sender = manner.sender_of(row.number, row.message_id)
    handover = transport.send(Letter(row.message_id, row.recipient, row.body, sender), before_body)
    log.info("mail %d %s: %s %s", row.number, row.message_id, handover.outcome, handover.detail)
    if _turned_down(handover) and not (row.error and tally.sent):
        store.outbox.settle(number, put_back(row, handover, begun=begun), body_begun=begun)
        tally.note_turned_down(row, handover, now)
        return
    if handover.outcome is not Outcome.CALLED_OFF:
        store.outbox.settle(number, settle_after(row, handover, now, begun=begun), body_begun=begun)
    if _answered(handover):
        _settle_turned_down(store, tally)
    if handover.no_such_address:
        store.subscribers.pause(row.subscriber_id, now, "the address does not exist")
    after = store.outbox.row(number) if handover.outcome is Outcome.CALLED_OFF else None
    if after is not None and after.status is MailStatus.HELD:
        tally.note_held(number, after.error)
    else:
        tally.note(row, handover)


# -- whom a refusal is about -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _TurnedDown:
    """A mail that waits until it is known whether the no that it got is about it, or about us."""

    row: OutboxRow
    handover: Handover
    at: dt.datetime


def _turned_down(handover: Handover) -> bool:
    """Whether a no may be about this mail, and about every mail of ours as well.

    One that was turned down before, and is again while others are taken in the same run, has its answer.
    """
    if handover.outcome is Outcome.REFUSED:
        return not (handover.no_such_address or handover.unasked)
    return handover.outcome is Outcome.UNUSABLE and handover.of_one


def _answered(handover: Handover) -> bool:
    """Whether the relay speaks with us. A connection that was lost says nothing, nor a mail that was called off."""
    return handover.outcome in (Outcome.ACCEPTED, Outcome.LATER) or handover.no_such_address


def _settle_turned_down(store: Store, tally: _Tally) -> None:
    """Another mail got another answer: each no was about its mail."""
    for one in tally.turned_down:
        if store.outbox.settle_queued(one.row.number, settle_after(one.row, one.handover, one.at)):
            tally.count(one.row, one.handover)
    tally.turned_down.clear()


def _end(store: Store, tally: _Tally) -> None:
    """Nobody is left to ask. Where it was said that we are the reason, and no mail was taken, we are."""
    about_us = [one.handover for one in tally.turned_down if one.handover.outcome is Outcome.UNUSABLE]
    if about_us and not (tally.sent or tally.stopped):
        tally.stop(about_us[-1].detail)
    if not tally.stopped:
        _settle_turned_down(store, tally)


def _advice(row: OutboxRow, handover: Handover) -> str:
    """What becomes of it, and what to do."""
    if handover.no_such_address:
        return "the address does not exist; the subscriber is paused, and can sign up again"
    again = "what it told is told in their next digest" if row.digest_id else "they can ask for it again"
    if row.doubted and row.digest_id:
        again = "it was held before and may have arrived then, so no other mail tells it; it can be sent again by hand"
    if " 5.7." in handover.detail:
        return f"{again}; such a refusal is about us: ask whoever runs the relay"
    return f"{again}; if that fails too, check the subscriber's address"


@dataclass(slots=True)
class _Tally:
    """What a delivery has done so far."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    stopped: bool = False
    errors: list[str] = field(default_factory=list)
    lost_in_a_row: int = 0
    turned_down: list[_TurnedDown] = field(default_factory=list)  # one after the other

    def note(self, row: OutboxRow, handover: Handover) -> None:
        lost = handover.outcome in (Outcome.BROKEN, Outcome.IN_DOUBT)
        self.lost_in_a_row = self.lost_in_a_row + 1 if lost else 0
        self.count(row, handover)
        if self.lost_in_a_row == _PATIENCE:
            self.stop(f"the connection was lost {_PATIENCE} times, one after the other ({handover.detail})")

    def note_turned_down(self, row: OutboxRow, handover: Handover, now: dt.datetime) -> None:
        self.lost_in_a_row = 0
        self.turned_down.append(_TurnedDown(row, handover, now))
        if len({one.row.subscriber_id for one in self.turned_down}) == _PATIENCE:
            self.stop(f"{_PATIENCE} mails were refused, one after the other ({handover.detail})")

    def count(self, row: OutboxRow, handover: Handover) -> None:
        match handover.outcome:
            case Outcome.ACCEPTED:
                self.sent += 1
            case Outcome.CALLED_OFF:
                self.dropped += 1
            case Outcome.IN_DOUBT:
                self.note_held(row.number, handover.detail)
            case Outcome.UNUSABLE if not handover.of_one:
                self.stop(handover.detail)
            case Outcome.REFUSED:
                self._note_failed(row, handover.detail, _advice(row, handover))
            case _ if row.attempts + 1 >= MAX_ATTEMPTS:
                why = f"given up after {MAX_ATTEMPTS} attempts: {handover.detail}"
                self._note_failed(row, why, _advice(row, handover))
            case Outcome.UNUSABLE:
                self.errors.append(
                    f"mail {row.number} to subscriber {row.subscriber_id} is put off ({handover.detail}): mail to "
                    "others is taken, so ask whoever runs the relay about this address"
                )

    def note_held(self, number: int, why: str) -> None:
        self.errors.append(
            f"mail {number} is held ({why}): nobody knows whether it arrived, and it is not sent again by itself"
        )

    def _note_failed(self, row: OutboxRow, why: str, advice: str) -> None:
        self.failed += 1
        self.errors.append(
            f"mail {row.number} to subscriber {row.subscriber_id} could not be delivered ({why}): {advice}"
        )

    def stop(self, why: str) -> None:
        self.stopped = True
        self.errors.append(f"the delivery was stopped: {why}: mend it and deliver again, nothing is lost")

    def report(self, *, held: int, waiting: int) -> DeliveryReport:
        return DeliveryReport(self.sent, self.failed, self.dropped, held, waiting, tuple(self.errors), self.stopped)
