"""Joining, confirming and leaving: what the command line, the pages and the mails read from people all do alike.

Whoever leaves is written into the journal first, then into the database; only then are they told that it is done. A
restored backup is noticed by the journal (`notice_restored`), and everybody who left since it was made leaves again.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier import keys
from notifier.digest import closing_announcement, expiring_announcements
from notifier.errors import StoreError
from notifier.journal import Journal, Left, Line, hashed
from notifier.keys import Purpose
from notifier.lots import acting_deadline
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.store import Store
from notifier.store.settings import GENERATION, JOURNAL_KEY, JOURNAL_READ, PAUSED, RESTORED_AT
from notifier.store.subscribers import address_key
from notifier.withheld import Reason

_THEN = "See 'notifier outbox list' and 'notifier withheld list', then say 'notifier outbox resume'"
_RESTORED = f"a backup was restored: what was sent since it was made is not known. {_THEN}"
_LOST = (
    "the journal is gone, or a backup was restored without it: who left since is not known, nor what was sent. Put it "
    f"back where [paths] journal has it if you can. {_THEN}"
)
# How long an address is kept that never said yes (longer where its letter is still good), that has left, or that mail
# came back from and whose owner has not come back.
UNCONFIRMED_KEPT = dt.timedelta(days=7)
LEFT_KEPT = dt.timedelta(days=28)
PAUSED_KEPT = dt.timedelta(days=183)


def opened(store: Store, key: str, purpose: Purpose) -> Subscriber | None:
    """Whose key this is, None where it opens nothing (any more)."""
    number = keys.number_in(key)
    found = store.subscribers.get(number) if number is not None else None
    return found if found is not None and keys.opens(key, found, purpose) else None


def stop(store: Store, journal: Journal, subscriber: Subscriber, now: dt.datetime, why: str = "") -> None:
    """End the mail to a subscriber. When this returns, nothing goes out to them any more. Said twice, done once."""
    if subscriber.status is SubscriberStatus.UNSUBSCRIBED:
        return
    journal.left(Left.STOPPED, address_key(subscriber.address), secret(store), now)
    with store.transaction():
        store.subscribers.set_status(subscriber.number, SubscriberStatus.UNSUBSCRIBED, now, why)
        store.answers.look_for_nobody(subscriber.number, now)


def erase(store: Store, journal: Journal, subscriber: Subscriber, now: dt.datetime) -> None:
    """Forget a subscriber with all that is kept of them; what they said of lots stays without their name."""
    journal.left(Left.ERASED, address_key(subscriber.address), secret(store), now)
    store.subscribers.remove(subscriber.number)


def forget_who_left(store: Store, now: dt.datetime) -> int:
    """Forget addresses that nobody confirmed, that left a month ago or were paused half a year ago; how many.

    Nobody has to ask for it. Nothing is written into the journal: a backup that knows them again forgets them again.
    """
    numbers = store.subscribers.outlived(
        pending=now - UNCONFIRMED_KEPT, left=now - LEFT_KEPT, paused=now - PAUSED_KEPT, now=now
    )
    for number in numbers:
        store.subscribers.remove(number)
    return len(numbers)


def has_left(store: Store, journal: Journal, address: str) -> bool:
    """Whether the owner of an address ever said stop, or was erased: the office invites them no more."""
    who = hashed(address_key(address), secret(store))
    return any(line.left and line.who == who for line in journal.lines())


def secret(store: Store) -> str:
    """With what addresses are hashed in the journal; made once."""
    with store.transaction():
        known = store.settings.get(JOURNAL_KEY)
        if not known:
            known = secrets.token_urlsafe(32)
            store.settings.put(JOURNAL_KEY, known)
    return known


# -- deliveries, and a database that is older than they are ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done because a backup was restored; or only who left again."""

    noticed: bool = False
    held: int = 0  # mails that waited in it, and may have been sent
    left: int = 0  # subscribers who had left since


def begin_delivery(store: Store, journal: Journal, now: dt.datetime) -> None:
    """Count a delivery, in the database first: after a crash between the two it is not taken for an older one."""
    _count(store, journal, now, new=True)


def end_delivery(store: Store, journal: Journal, now: dt.datetime) -> None:
    """Count once more when mails have left: in a backup that was made meanwhile, some of them are still waiting."""
    _count(store, journal, now)


def _count(store: Store, journal: Journal, now: dt.datetime, *, new: bool = False) -> None:
    before = store.settings.get(GENERATION)
    generation = int(before or 0) + 1
    store.settings.put(GENERATION, str(generation))
    try:
        journal.delivery(generation, now)
    except StoreError:
        # A line that is there although the disk complained counts: else the next look would take it for a later one.
        if not _is_written(journal, generation):
            store.settings.put(GENERATION, before)
        raise
    if new:
        journal.forget_departures()  # not before: until the new count stands there, they are what tells of a backup


def _is_written(journal: Journal, generation: int) -> bool:
    try:
        return _sent(journal.lines()) >= generation
    except StoreError:
        return False


def _sent(lines: Iterable[Line]) -> int:
    """The count of the newest delivery in the journal."""
    return max((line.generation for line in lines), default=0)


def notice_restored(store: Store, journal: Journal, now: dt.datetime) -> Restored:
    """Look whether the database is older than what was sent. If so nothing more is sent until somebody says so.

    So it is where mails were sent and no journal says so: on another machine a backup may have come without it. What
    waits in the database is held, and what it knows is withheld: both may have been sent. Who left since leaves again,
    whether or not a backup was restored.
    """
    lines = tuple(journal.lines())
    sent = _sent(lines)
    known = int(store.settings.get(GENERATION) or 0)
    lost = known > 1 and not sent  # 1: a crash between the first count and its line
    unknown = any(store.outbox.still_waits(one.number, one.message_id, one.attempts) for one in journal.departures())
    noticed, held = lost or unknown or sent > known, 0
    with store.transaction():
        left = _leave_again(store, lines, now)
        if noticed:
            held = store.outbox.hold_all("a backup was restored: this may have been sent already")
            _withhold_everything(store, now)
            for name, value in (
                (PAUSED, _LOST if lost else _RESTORED),
                (RESTORED_AT, now.isoformat()),
                (GENERATION, str(sent)),
            ):
                store.settings.put(name, value)
    if left:
        store.subscribers.fold()  # only after the transaction does whoever was erased in it leave the files too
    if noticed:
        journal.forget_departures()  # what waited is held now, and may be resent by hand
    return Restored(noticed, held, left)


def _leave_again(store: Store, lines: Sequence[Line], now: dt.datetime) -> int:
    """Everybody who said stop, or was erased, after they had last come by themselves in this database."""
    read = int(store.settings.get(JOURNAL_READ) or 0)
    gone = defaultdict[str, list[Line]](list)
    # Lines that this database has heeded are not asked of everybody again; in a restored one they are new.
    for line in lines if any(line.left for line in lines[read if read <= len(lines) else 0 :]) else ():
        if line.left:
            gone[line.who].append(line)
    left = 0
    key = secret(store)
    for subscriber in store.subscribers.all() if gone else ():
        if not (lines_of := gone.get(hashed(address_key(subscriber.address), key))):
            continue
        came = store.subscribers.came(subscriber.number)
        how = {line.left for line in lines_of if line.at >= came}
        if Left.ERASED in how:  # also where they came back and only said stop then
            left += store.subscribers.remove(subscriber.number)
        elif how and subscriber.status is not SubscriberStatus.UNSUBSCRIBED:
            left += store.subscribers.set_status(subscriber.number, SubscriberStatus.UNSUBSCRIBED, now)
            store.answers.look_for_nobody(subscriber.number, now)
    if lines and read != len(lines):
        store.settings.put(JOURNAL_READ, str(len(lines)))
    return left


def _withhold_everything(store: Store, now: dt.datetime) -> None:
    closing = [
        closing_announcement(view.uid, deadline)
        for view in store.lots.views(now, live=True)
        if (deadline := acting_deadline(view.lot)) is not None and (deadline.at - now).days <= 8
    ]
    expiring = [note for view in store.agreements.views() for note in expiring_announcements(view, now)]
    store.withheld.note_everything(Reason.RESTORED, [*closing, *expiring], now)


def resume(store: Store) -> bool:
    """Let mails leave again; False where nothing was paused."""
    if not store.settings.get(PAUSED):
        return False
    store.settings.put(PAUSED, "")
    return True
