"""Mail that comes back: bounces pause a subscriber, a word of theirs stops the mail or confirms it.

Only what proves itself counts. A bounce has to come to the address that one mail was sent from (VERP, with a code that
only those know who saw the mail), or to quote that mail's Message-ID; an unsubscription carries the subscriber's own
key, a confirmation the token of the letter. Anything else is left where it is, for people. Nothing is ever answered:
two robots could write to each other for ever.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum

from flufl.bounce import all_failures

from notifier.config import Mail
from notifier.journal import Journal
from notifier.keys import Purpose
from notifier.mail import verp_code
from notifier.membership import opened, stop
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.outbox import OutboxRow


class Came(StrEnum):
    """What a mail that came back was."""

    HARD = "hard bounce"  # the subscriber is paused
    SOFT = "soft bounce"  # it may work next time
    STOPPED = "unsubscription"
    CONFIRMED = "confirmation"
    UNKNOWN = "unknown"  # for people to read


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail, what it was, and whose; 0 where that is nobody's business or nobody's."""

    came: Came
    subscriber: int = 0


# A relay that adds its own words to a subject ("Re:", "[SPAM]") changes nothing.
_STOP = re.compile(r"\bunsubscribe\s+([0-9]{1,18}-[A-Za-z0-9_-]{24})(?![A-Za-z0-9_-])", re.IGNORECASE)
_CONFIRM = re.compile(r"\bconfirm\s+([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"<[A-Za-z0-9.]{16,64}@[A-Za-z0-9.-]+>")
_QUOTED = 200_000  # octets of a bounce that are looked through for the Message-ID of ours
_HEADERS_LOOKED_AT = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


def take(store: Store, journal: Journal, mail: Mail, raw: bytes, now: dt.datetime) -> Returned:
    """Do what one mail says. Raises StoreError."""
    message = message_from_bytes(raw)
    subject = " ".join(_decoded(message.get("Subject", "")).split())
    if found := _STOP.search(subject):
        return _stop(store, journal, found[1], now)
    if found := _CONFIRM.search(subject):
        confirmed = store.subscribers.confirm(found[1], now)
        return Returned(Came.CONFIRMED, confirmed.number) if confirmed else Returned(Came.UNKNOWN)
    return _bounce(store, mail, message, raw, now)


def _stop(store: Store, journal: Journal, key: str, now: dt.datetime) -> Returned:
    subscriber = opened(store, key, Purpose.STOP)
    if subscriber is None:
        return Returned(Came.UNKNOWN)
    stop(store, journal, subscriber, now, "by mail")
    return Returned(Came.STOPPED, subscriber.number)


def _bounce(store: Store, mail: Mail, message: Message, raw: bytes, now: dt.datetime) -> Returned:
    row = _sent(store, mail, message, raw)
    if row is None:
        return Returned(Came.UNKNOWN)
    temporary, permanent = all_failures(message)
    if not permanent:
        return Returned(Came.SOFT if temporary else Came.UNKNOWN, row.subscriber_id)
    subscriber = store.subscribers.get(row.subscriber_id)
    if subscriber is not None and subscriber.status is SubscriberStatus.CONFIRMED:
        store.subscribers.set_status(subscriber.number, SubscriberStatus.PAUSED, now, "mail came back for good")
    return Returned(Came.HARD, row.subscriber_id)


def _sent(store: Store, mail: Mail, message: Message, raw: bytes) -> OutboxRow | None:
    """The mail of ours that came back, proven to have been seen by whoever sends it back."""
    for number, code in _verp(mail, message):
        row = store.outbox.sent_to(number)
        if row is not None and verp_code(row.message_id) == code:
            return row
    for found in dict.fromkeys(_MESSAGE_ID.findall(raw[:_QUOTED])):
        if row := store.outbox.by_message_id(found.decode()):
            return row
    return None


def _verp(mail: Mail, message: Message) -> Iterator[tuple[int, str]]:
    local, _, domain = mail.return_path.rpartition("@")
    pattern = re.compile(rf"{re.escape(local)}\+([0-9]{{1,18}})-([0-9a-f]{{10}})@{re.escape(domain)}", re.IGNORECASE)
    for _, address in getaddresses([str(value) for name in _HEADERS_LOOKED_AT for value in message.get_all(name, [])]):
        if local and (found := pattern.fullmatch(address)):
            yield int(found[1]), found[2].lower()


def _decoded(value: object) -> str:
    """A subject as it was meant. Encoded words that cannot be decoded stay as they are."""
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, UnicodeError, ValueError):
        return str(value)


def counted(returned: Iterable[Returned]) -> dict[Came, int]:
    """How many there were of each kind."""
    found: dict[Came, int] = {}
    for one in returned:
        found[one.came] = found.get(one.came, 0) + 1
    return found
