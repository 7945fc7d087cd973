"""The mailbox that bounces and answers come to: a Maildir, or a folder over IMAP. Read, and marked as read.

A mail is marked only after what it says was done; one that cannot be marked is done again next time, which changes
nothing. What nobody here understands stays unread, for people.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

from notifier.config import Mail
from notifier.errors import DeliveryError

Take = Callable[[bytes], bool]  # what one mail says is done; False where it says nothing that is understood
_LARGEST = 2_000_000  # octets; a bounce is a few kB, and quotes at most the mail
_TIMEOUT_S = 60.0
_IMAPS = 993  # RFC 8314


def read_mailbox(mail: Mail, take: Take) -> int:
    """Hand every unread mail to `take`; how many there were. 0 where none is configured.

    Raises DeliveryError where the mailbox cannot be read.
    """
    if mail.imap:
        return _read_imap(mail, take)
    return _read_maildir(mail.bounces, take) if mail.bounces else 0


def _read_maildir(folder: Path, take: Take) -> int:
    """Mails in new/ go to cur/: what was understood as seen, the rest as unread, as a mail program shows it."""
    try:
        if not (folder / "new").is_dir():
            raise DeliveryError(
                "there is no Maildir for what comes back",
                where=str(folder),
                remedy="make it, or mend bounces in [mail]",
            )
        for name in ("cur", "tmp"):
            (folder / name).mkdir(exist_ok=True, mode=0o700)
        return sum(_read_file(folder, name, take) for name in sorted(os.listdir(folder / "new")))
    except OSError as error:
        raise DeliveryError(
            f"the Maildir of what comes back cannot be read: {error.strerror}",
            where=str(error.filename or folder),
            remedy="give this user the right to read and write it",
        ) from error


def _read_file(folder: Path, name: str, take: Take) -> bool:
    """One mail; False where it is none, or where a mail program was faster."""
    file = folder / "new" / name
    if name.startswith(".") or not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST)
    except FileNotFoundError:
        return False
    flags = "S" if take(raw) else ""
    with contextlib.suppress(FileNotFoundError):
        os.replace(file, folder / "cur" / f"{name.partition(':')[0]}:2,{flags}")
    return True


def _read_imap(mail: Mail, take: Take) -> int:
    try:
        with _connection(mail) as imap:
            _sound(imap.select("INBOX"))
            numbers = b" ".join(_sound(imap.uid("SEARCH", "UNSEEN", "UNFLAGGED"))).split()
            for number in numbers:
                body = imap.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{_LARGEST}>)")[1]
                raw = next((part[1] for part in body if isinstance(part, tuple)), None)
                if raw is None:
                    continue  # gone meanwhile, or not to be had now
                # Not understood: flagged and unread, so that people see it and we do not read it each time.
                imap.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)" if take(raw) else r"(\Flagged)")
            return len(numbers)
    except (OSError, imaplib.IMAP4.error, UnicodeError) as error:
        said = (error.strerror if isinstance(error, OSError) else "") or "the server does not answer as it should"
        raise DeliveryError(
            f"the mailbox of what comes back cannot be read: {said}",
            where=mail.imap,
            remedy="check imap in [mail], and that the server shows its INBOX to this user",
        ) from None


@contextlib.contextmanager
def _connection(mail: Mail) -> Iterator[imaplib.IMAP4_SSL]:
    host, _, port = mail.imap.partition(":")
    imap = imaplib.IMAP4_SSL(host, int(port or _IMAPS), ssl_context=ssl.create_default_context(), timeout=_TIMEOUT_S)
    try:
        _log_in(imap, mail)
        yield imap
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imap.logout()


def _log_in(imap: imaplib.IMAP4_SSL, mail: Mail) -> None:
    """What the server says of it is not repeated, and letters outside ASCII not quoted: either may hold a secret."""
    try:
        imap.login(mail.imap_user, mail.imap_password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError):
        raise DeliveryError(
            "the mailbox of what comes back refuses the login",
            where=mail.imap,
            remedy="check imap_user and the password in [mail]; both have to be ASCII",
        ) from None


def _sound(answer: tuple[str, list[bytes | None]]) -> list[bytes]:
    """The data of an answer. Raises IMAP4.error where the server says no."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(status)
    return [part for part in data if part]
