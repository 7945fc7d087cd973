"""A rendered digest becomes the bytes of one mail to one person (RFC 5322, MIME, RFC 2369).

The bytes are made here, line by line, instead of by `email.message`, whose folding encodes every header value
without a blank from 75 characters on: a `List-Unsubscribe` or `Message-ID` that was encoded is understood by nobody.
The result is ASCII with CRLF line ends and no line above 78 octets but the headers that must never be folded.

Titles, names and addresses are hostile: nothing of them can add a header, a recipient or a part.
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from email.header import Header
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from notifier import config
from notifier.door import Door
from notifier.errors import DeliveryError, UsageError
from notifier.keys import Purpose, key_of
from notifier.profiles import Subscriber
from notifier.signing import signed
from notifier.text import clean_address

_CRLF = "\r\n"
_MAX_LINE = 998  # RFC 5322 2.1.1, without the line end
_MAX_NAME = 80  # of a display name; longer ones are no help to the reader
_MAX_SUBJECT = 250  # no mail program shows more

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.]{16,64}@[A-Za-z0-9.-]+>")


_NO_DOOR = Door()


class Rendered(Protocol):
    """What a mail says: subject, text and HTML say the same. `render.RenderedMail` is one."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


def make_message(
    rendered: Rendered,
    subscriber: Subscriber,
    town: config.Town,
    mail: config.Mail,
    *,
    message_id: str,
    now: dt.datetime,
    door: Door = _NO_DOOR,
) -> bytes:
    """The mail as it goes out: multipart/alternative, text first, to exactly this subscriber, dated `now`.

    Signed (DKIM, RFC 6376) where a key is configured. `message_id` is made once by `new_message_id` and stays the
    mail's own through every attempt to hand it over.
    Raises DeliveryError (permanent) where the mail cannot be built, e.g. from an address that is none.
    """
    to, language = (subscriber.name, subscriber.address), subscriber.language
    return _message(
        rendered, to, language, town, mail, message_id, now, lambda office: _of_list(subscriber, mail, office, door)
    )


def make_staff_message(
    rendered: Rendered,
    to: tuple[str, str],
    language: str,
    town: config.Town,
    mail: config.Mail,
    *,
    message_id: str,
    now: dt.datetime,
) -> bytes:
    """The same to a member of staff, `to` being name and address: of no list, so there is none to leave."""
    return _message(rendered, to, language, town, mail, message_id, now, lambda _office: iter(()))


def _message(
    rendered: Rendered,
    to: tuple[str, str],
    language: str,
    town: config.Town,
    mail: config.Mail,
    message_id: str,
    now: dt.datetime,
    more: Callable[[str], Iterator[tuple[str, str]]],
) -> bytes:
    try:
        headers = _headers(rendered.subject, to, language, town, mail, message_id, now, more)
    except UsageError as error:
        raise DeliveryError(error.what, where=message_id, remedy=error.remedy, permanent=True) from None
    boundary = "=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32]  # "=_" cannot occur in quoted-printable
    head = [*headers, ("MIME-Version", "1.0"), ("Content-Type", f'multipart/alternative;{_CRLF} boundary="{boundary}"')]
    parts = (_part("plain", rendered.text, boundary), _part("html", rendered.html, boundary))
    lines = b"".join(_line(name, value) for name, value in head)
    return signed(b"".join((lines, b"\r\n", *parts, f"--{boundary}--\r\n".encode())), mail)


def new_message_id(mail: config.Mail) -> str:
    """A Message-ID that nobody can guess, in the sender's domain. It is stored beside the mail and never changed."""
    return f"<{secrets.token_hex(16)}@{_domain(mail.sender)}>"


def check_address(text: str) -> str:
    """One mail address (`text.clean_address`). Raises UsageError where it is none.

    The error does not repeat the address: messages go into logs.

    >>> check_address("post@rengøring.example")
    'post@xn--rengring-84a.example'
    """
    if not (address := clean_address(text)):
        raise UsageError("this is not one plain mail address", remedy="write it as name@domain.example")
    return address


def return_path(mail: config.Mail, number: int, message_id: str) -> str:
    """The address that a bounce of mail `number` comes back to (VERP), proven by the Message-ID; or the plain sender.

    >>> return_path(config.Mail("opgaver@by.example", return_path="retur@by.example"), 17, "<1@by.example>")
    'retur+17-dbc42fec94@by.example'
    """
    if not mail.return_path:
        return mail.sender
    local, _, domain = mail.return_path.rpartition("@")
    return f"{local}+{number}-{verp_code(message_id)}@{domain}"


def verp_code(message_id: str) -> str:
    """What only those know who have seen the mail."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:10]


def _domain(address: str) -> str:
    return check_address(address).rpartition("@")[2]


# -- headers ---------------------------------------------------------------------------------------------------


def _headers(
    subject: str,
    to: tuple[str, str],
    language: str,
    town: config.Town,
    mail: config.Mail,
    message_id: str,
    now: dt.datetime,
    more: Callable[[str], Iterator[tuple[str, str]]],
) -> list[tuple[str, str]]:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise UsageError("this is not a Message-ID of ours", remedy="take one from new_message_id")
    office = check_address(town.contact)
    return [
        ("From", _mailbox(mail.sender_name or town.name, check_address(mail.sender))),
        ("To", _mailbox(to[0], check_address(to[1]))),
        ("Reply-To", f"<{office}>"),
        ("Subject", _words(subject, _MAX_SUBJECT)),
        ("Date", format_datetime(now.astimezone(ZoneInfo(town.time_zone)))),
        ("Message-ID", message_id),
        *more(office),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: holiday notices are not sent back
        ("Content-Language", "en" if language == "en" else "da"),
    ]


def _of_list(subscriber: Subscriber, mail: config.Mail, office: str, door: Door) -> Iterator[tuple[str, str]]:
    """RFC 2919: one name for all our mails, to sort them by; and how to leave."""
    yield "List-Id", f"<opgaver.{_domain(mail.sender)}>"
    yield from _ways_out(subscriber, mail.return_path or office, door)


def _ways_out(subscriber: Subscriber, address: str, door: Door) -> Iterator[tuple[str, str]]:
    """RFC 2369: how to leave, by mail and, where there is a door, by one click (RFC 8058). Each way on its own line."""
    key = key_of(subscriber, Purpose.STOP)
    by_mail = f"<mailto:{quote(check_address(address), safe='@')}?subject={quote(f'unsubscribe {key}', safe='')}>"
    if not door:
        yield "List-Unsubscribe", by_mail
        return
    yield "List-Unsubscribe", f"<{door.stop(subscriber)}>,{_CRLF} {by_mail}"
    yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _line(name: str, value: str) -> bytes:
    """One header. A value that could be read as two, or that no relay takes, is an error of this module."""
    line = f"{name}: {value}{_CRLF}".encode("ascii")
    folded = line[:-2].split(b"\r\n")
    assert all(part[:1] == b" " and part.strip() for part in folded[1:]), name
    assert not any(re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", part) or len(part) > _MAX_LINE for part in folded), name
    return line


def _mailbox(name: str, address: str) -> str:
    words = _words(name, _MAX_NAME, phrase=True)
    return f"{words}{_CRLF} <{address}>" if words else f"<{address}>"


def _words(text: str, limit: int, *, phrase: bool = False) -> str:
    """Text for a header: as it is where it is short plain ASCII, in encoded words (RFC 2047) otherwise.

    In a phrase, which a display name is, only letters, digits and blanks are plain: a comma or an @ would make
    two recipients of one.
    """
    line = " ".join("".join(" " if _unseen(letter) else letter for letter in text).split())
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    plain = r"[A-Za-z0-9 ]{0,60}" if phrase else r"(?!.*=\?)[ -~]{0,60}"
    if re.fullmatch(plain, line):
        return line
    # The longest name of a header that gets words is "Reply-To"; 76 is RFC 2047's limit of a line.
    return Header(line, "utf-8", maxlinelen=76, header_name="Reply-To").encode(linesep=_CRLF)


def _unseen(letter: str) -> bool:
    """Controls, invisible and unassigned characters, lone surrogates, and Unicode's own line ends."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


# -- parts -----------------------------------------------------------------------------------------------------

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def _part(subtype: str, text: str, boundary: str) -> bytes:
    """One alternative in quoted-printable: lines stay below 77 octets whatever the text, and people can read it."""
    lines = _UNSENDABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    content = binascii.b2a_qp("".join(line + _CRLF for line in lines).encode("utf-8"), istext=True)
    head = (
        f'--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"
