"""Delivery: what is queued is handed over, once.

`deliver` asks the store for a mail, gives it to a transport, and writes down what came of it. Which outcome means
what is decided by `settle_after`, a pure function. Logs and messages name mails by number and Message-ID, never by
address.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from notifier.store import Store
from notifier.store.outbox import MailStatus, OutboxRow, Settlement
from notifier.transport import Handover, Letter, Outcome, Transport

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 12  # with the pauses below, some sixteen hours: a relay that is down over night loses nothing
_FIRST_PAUSE = dt.timedelta(minutes=1)
_LONGEST_PAUSE = dt.timedelta(hours=4)
# Connections lost one after the other until we stop: a relay that takes bodies and never answers would turn the
# whole queue into held mails, and one that stalls would keep the run for days.
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a delivery did. `sent`, `failed` and `dropped` count this run; `held` and `waiting` what stands now.

    `errors` are sentences for people: what failed, what is newly held, why the delivery stopped.
    """

    sent: int = 0
    failed: int = 0  # refused for good, or tried too often
    dropped: int = 0  # the subscriber left between the building of the mail and its sending
    held: int = 0  # nobody knows whether they arrived
    waiting: int = 0  # for another attempt, or for the next run
    errors: tuple[str, ...] = ()
    stopped: bool = False  # the relay or the folder could not be used; nothing was held against the mails


def deliver(
    store: Store,
    transport: Transport,
    now: dt.datetime,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> DeliveryReport:
    """Hand over every mail that is due at `now`, one after the other, and close the transport.

    `on_progress` is told how many of how many were tried. Raises StoreError; what was under way then is cleared
    up by the next delivery. The caller holds the lock of the run.
    """
    tally = _Tally()
    for number in store.outbox.recover():
        tally.note_held(number, "the program was stopped while it was handed over")
    due = store.outbox.due(now)
    try:
        for done, number in enumerate(due, start=1):
            _deliver_one(store, transport, number, now, tally)
            if on_progress:
                on_progress(done, len(due))
            if tally.stopped:
                break
    finally:
        transport.close()
    return tally.report(held=store.outbox.count(MailStatus.HELD), waiting=store.outbox.count(MailStatus.QUEUED))


def settle_after(row: OutboxRow, handover: Handover, now: dt.datetime) -> Settlement:
    """What becomes of a mail, decided from the outcome alone; not for CALLED_OFF, which the store has settled."""
    attempts = row.attempts + 1
    match handover.outcome:
        case Outcome.ACCEPTED:
            return Settlement(MailStatus.SENT, attempts, sent_at=now)
        case Outcome.REFUSED:
            return Settlement(MailStatus.FAILED, attempts, handover.detail)
        case Outcome.IN_DOUBT:
            return Settlement(MailStatus.HELD, attempts, handover.detail)
        case Outcome.UNUSABLE:  # not the mail's fault: nothing is counted, and it may go with the next run
            return Settlement(MailStatus.QUEUED, row.attempts, handover.detail, row.not_before)
        case _ if attempts >= MAX_ATTEMPTS:
            return Settlement(MailStatus.FAILED, attempts, f"given up after {attempts} attempts: {handover.detail}")
        case _:
            return Settlement(MailStatus.QUEUED, attempts, handover.detail, now + pause_after(attempts))


def pause_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts: one minute, doubled each time, at most four hours."""
    return min(_FIRST_PAUSE * (1 << (attempts - 1)), _LONGEST_PAUSE)


def _deliver_one(store: Store, transport: Transport, number: int, now: dt.datetime, tally: _Tally) -> None:
    """One mail through its states. No transaction is open while the transport talks."""
    row = store.outbox.claim(number, now)
    if row is None:
        return  # another process was faster, or the subscriber is gone
    begun = False

    def before_body() -> bool:
        nonlocal begun
        begun = store.outbox.begin_body(number)
        return begun

    handover = transport.send(Letter(row.message_id, row.recipient, row.body), before_body)
    if handover.outcome is not Outcome.CALLED_OFF:
        store.outbox.settle(number, settle_after(row, handover, now), body_begun=begun)
    tally.note(row, handover)


@dataclass(slots=True)
class _Tally:
    """What a delivery has done so far."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    stopped: bool = False
    errors: list[str] = field(default_factory=list)
    lost_in_a_row: int = 0

    def note(self, row: OutboxRow, handover: Handover) -> None:
        log.info("mail %d %s: %s %s", row.number, row.message_id, handover.outcome, handover.detail)
        lost = handover.outcome in (Outcome.BROKEN, Outcome.IN_DOUBT)
        self.lost_in_a_row = self.lost_in_a_row + 1 if lost else 0
        self._count(row, handover)
        if self.lost_in_a_row == _PATIENCE:
            self._stop(f"the connection was lost {_PATIENCE} times, one after the other ({handover.detail})")

    def _count(self, row: OutboxRow, handover: Handover) -> None:
        match handover.outcome:
            case Outcome.ACCEPTED:
                self.sent += 1
            case Outcome.CALLED_OFF:
                self.dropped += 1
            case Outcome.IN_DOUBT:
                self.note_held(row.number, handover.detail)
            case Outcome.UNUSABLE:
                self._stop(handover.detail)
            case Outcome.REFUSED:
                self._note_failed(row, handover.detail)
            case _ if row.attempts + 1 >= MAX_ATTEMPTS:
                self._note_failed(row, f"given up after {MAX_ATTEMPTS} attempts: {handover.detail}")

    def note_held(self, number: int, why: str) -> None:
        self.errors.append(
            f"mail {number} is held ({why}): nobody knows whether it arrived, and it is not sent again by itself"
        )

    def _note_failed(self, row: OutboxRow, why: str) -> None:
        self.failed += 1
        self.errors.append(f"mail {row.number} could not be delivered ({why}): check the subscriber's address")

    def _stop(self, why: str) -> None:
        self.stopped = True
        self.errors.append(f"the delivery was stopped: {why}: mend it and deliver again, nothing is lost")

    def report(self, *, held: int, waiting: int) -> DeliveryReport:
        return DeliveryReport(self.sent, self.failed, self.dropped, held, waiting, tuple(self.errors), self.stopped)
