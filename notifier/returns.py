"""Mail that comes back: bounces pause a subscriber, a word of theirs stops the mail or confirms it.

Only what proves itself counts. A bounce has to come to the address that one mail was sent from (VERP, with a code that
only those know who saw the mail), or to quote that mail's Message-ID; an unsubscription carries the subscriber's own
key, a confirmation the token of the letter. Anything else is left where it is, for people. Nothing is ever answered:
two robots could write to each other for ever.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
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
from notifier.store import Store
from notifier.store.outbox import OutboxRow
from notifier.store.subscribers import address_key
from notifier.text import clean_address


class Came(StrEnum):
    """What a mail that came back was."""

    HARD = "hard bounce"  # the subscriber is paused
    SOFT = "soft bounce"  # it did not arrive, and may next time
    DELAYED = "delay notice"  # it may still arrive
    POLICY = "refused by policy"  # nothing is wrong with the address: perhaps our server stands on a list
    COPY = "bounce of a copy that their mailbox passed on"  # it arrived, and somebody else did not get it as well
    STOPPED = "unsubscription"
    CONFIRMED = "confirmation"
    UNKNOWN = "unknown"  # for people to read


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail, what it was, and whose; 0 where that is nobody's business or nobody's."""

    came: Came
    subscriber: int = 0
    in_a_row: bool = False  # the one before came back too: what this one told is not told anew


# A relay that adds its own words to a subject ("Re:", "[SPAM]") changes nothing.
_STOP = re.compile(r"\bunsubscribe\s+([0-9]{1,18}-[A-Za-z0-9_-]{24})(?![A-Za-z0-9_-])", re.IGNORECASE)
_CONFIRM = re.compile(r"\bconfirm\s+([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"<[A-Za-z0-9.]{16,64}@[A-Za-z0-9.-]+>")
# Octets of a mail that are looked at. A bounce says first what happened, and what it quotes of ours is below 100 kB;
# parsers of headers take time with the square of the length.
_LOOKED_AT = 200_000
_HEADERS_LOOKED_AT = ("To", "Delivered-To", "X-Original-To", "Envelope-To")

# It tells of strangers' mails that it stumbles over, with a trace for each.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def take(store: Store, journal: Journal, mail: Mail, raw: bytes, now: dt.datetime) -> Returned:
    """Do what one mail says. Raises StoreError."""
    read = _understood(raw[:_LOOKED_AT], mail)
    if read.stop:
        return _stop(store, journal, read.stop, now)
    if read.confirm:
        confirmed = store.subscribers.confirm(read.confirm, now)
        return Returned(Came.CONFIRMED, confirmed.number) if confirmed else Returned(Came.UNKNOWN)
    return _bounce(store, read, now)


def _stop(store: Store, journal: Journal, key: str, now: dt.datetime) -> Returned:
    subscriber = opened(store, key, Purpose.STOP)
    if subscriber is None:
        return Returned(Came.UNKNOWN)
    stop(store, journal, subscriber, now, "by mail")
    return Returned(Came.STOPPED, subscriber.number)


def _bounce(store: Store, read: _Read, now: dt.datetime) -> Returned:
    row = _sent(store, read)
    if row is None or read.message is None:
        return Returned(Came.UNKNOWN)
    came = _failure(read.message, row.recipient)
    if came not in (Came.HARD, Came.SOFT, Came.POLICY):
        return Returned(came, row.subscriber_id)
    # Some relays report a copy as if it were the mail: were it told anew each time, it would be told for ever.
    in_a_row = came is not Came.HARD and store.outbox.came_back_before(row.number)
    store.outbox.came_back(row.number, now, tell_anew=not in_a_row)
    if came is Came.HARD and not _has_come_since(store, row):
        store.subscribers.pause(row.subscriber_id, now, "mail came back for good")
    return Returned(came, row.subscriber_id, in_a_row)


def _has_come_since(store: Store, row: OutboxRow) -> bool:
    """Whether the owner said yes after that mail had left: then the address is none that it came back from."""
    subscriber = store.subscribers.get(row.subscriber_id)
    left = row.sent_at or row.claimed_at or row.created
    return subscriber is not None and subscriber.confirmed_at is not None and left < subscriber.confirmed_at


def _sent(store: Store, read: _Read) -> OutboxRow | None:
    """The mail of ours that came back, proven to have been seen by whoever sends it back."""
    for number, code in read.verp:
        row = store.outbox.sent_to(number)
        if row is not None and verp_code(row.message_id) == code:
            return row
    for message_id in read.quoted:
        if row := store.outbox.by_message_id(message_id):
            return row
    return None


# -- reading, pure ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """What a mail says, before anybody looked whether it may."""

    stop: str = ""  # the key behind "unsubscribe"
    confirm: str = ""  # the token behind "confirm"
    verp: tuple[tuple[int, str], ...] = ()  # the number and code of each address of ours that it came to
    quoted: tuple[str, ...] = ()  # Message-IDs that may be ours
    message: Message | None = None


def _understood(raw: bytes, mail: Mail) -> _Read:
    """Anybody can send anything here, and the parsers of the standard library stumble over some of it."""
    try:
        message = message_from_bytes(raw)
        subject = " ".join(_decoded(str(message.get("Subject", ""))).split())
        stop_word, confirm_word = _STOP.search(subject), _CONFIRM.search(subject)
        return _Read(
            stop_word[1] if stop_word else "",
            confirm_word[1] if confirm_word else "",
            tuple(_verp(mail, message)),
            tuple(found.decode() for found in dict.fromkeys(_MESSAGE_ID.findall(raw))),
            message,
        )
    except Exception:  # whatever it is: one mail keeps no other from being read
        return _Read()


def _failure(message: Message, recipient: str) -> Came:
    """Hard, soft, a mere delay, a copy's, or no bounce that anybody knows; of what we sent to `recipient`."""
    try:
        temporary, permanent = all_failures(message)
        failures = _failures(message)
    except Exception:  # its detectors take for granted that mails are as they should be
        return Came.UNKNOWN
    if not permanent:
        return Came.DELAYED if temporary else Came.UNKNOWN
    ours = [one for one in failures if not one.recipients or address_key(recipient) in one.recipients]
    if failures and not ours:
        return Came.COPY
    statuses = {one.status for one in ours}
    if statuses and all(map(_ABOUT_US.match, statuses)):
        return Came.POLICY
    return Came.SOFT if statuses and all(map(_PASSES.match, statuses)) else Came.HARD


# RFC 3463: 5.7 is security and policy, 5.1.7 and 5.1.8 are our sender's address, 5.1.90 its daily limit; 5.1.0 says of
# neither address that it is wrong.
_ABOUT_US = re.compile(r"5\.(7\.|1\.(0|7|8|90)(?!\d))")
# A server gave up after days of "later", or the mailbox is full.
_PASSES = re.compile(r"4\.|5\.2\.2(?!\d)")


@dataclass(frozen=True, slots=True)
class _Failure:
    """One recipient whom a report says that it did not reach."""

    recipients: frozenset[str]  # as it was written to, and as it was passed on; empty where the report does not say
    status: str = ""  # RFC 3463, such as "5.1.1"


def _failures(message: Message) -> list[_Failure]:
    """What a report says of each recipient that failed (RFC 3464 2.3); none where it says so in words only."""
    blocks = (
        block
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for block in part.get_payload()
        if isinstance(block, Message)
    )
    failed = [block for block in blocks if str(block.get("Action", "")).strip().lower().startswith(("fail", "error"))]
    found = [
        _Failure(_addresses(block, "Original-Recipient", "Final-Recipient"), str(block.get("Status", "")).strip())
        for block in failed
    ]
    named = _addresses(message, "X-Failed-Recipients")  # of Exim, which writes no report where none was asked for
    return found or [_Failure(frozenset({one})) for one in sorted(named)]


def _addresses(message: Message, *names: str) -> frozenset[str]:
    """The keys of the addresses in these headers, with or without "rfc822;" before them; what is none is left out."""
    values = (str(value) for name in names for value in message.get_all(name, []))
    written = (part.rpartition(";")[2].strip(" \t\r\n<>") for value in values for part in value.split(","))
    return frozenset(address_key(address) for one in written if (address := clean_address(one)))


def _verp(mail: Mail, message: Message) -> Iterator[tuple[int, str]]:
    local, _, domain = mail.return_path.rpartition("@")
    pattern = re.compile(rf"{re.escape(local)}\+([0-9]{{1,18}})-([0-9a-f]{{10}})@{re.escape(domain)}", re.IGNORECASE)
    values = [str(value) for name in _HEADERS_LOOKED_AT for value in message.get_all(name, [])]
    for _, address in getaddresses(values):
        if local and (found := pattern.fullmatch(address)):
            yield int(found[1]), found[2].lower()


def _decoded(value: str) -> str:
    """A subject as it was meant. Encoded words that cannot be decoded stay as they are."""
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, UnicodeError, ValueError, HeaderParseError):
        return value


def counted(returned: Iterable[Returned]) -> dict[Came, int]:
    """How many there were of each kind."""
    found: dict[Came, int] = {}
    for one in returned:
        found[one.came] = found.get(one.came, 0) + 1
    return found
