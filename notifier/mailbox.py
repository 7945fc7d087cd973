"""The mailbox that bounces and answers come to: a Maildir, or a folder over IMAP. Read, and marked as read.

A mail is marked only after what it says was done; one that cannot be marked is done again next time, which changes
nothing. What nobody here understands stays unread, for people.
"""

from __future__ import annotations

import contextlib
import imaplib
import mailbox
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
    if not (folder / "new").is_dir():
        raise DeliveryError(
            "there is no Maildir for what comes back", where=str(folder), remedy="make it, or mend bounces in [mail]"
        )
    try:
        for name in ("cur", "tmp"):
            (folder / name).mkdir(exist_ok=True, mode=0o700)
        box = mailbox.Maildir(folder, create=False)
        names = [key for key in sorted(box.iterkeys()) if box.get_message(key).get_subdir() == "new"]
        for key in names:
            raw = (folder / "new" / key).read_bytes()[:_LARGEST]
            if take(raw):
                os.replace(folder / "new" / key, folder / "cur" / f"{key}:2,S")
            else:
                os.replace(folder / "new" / key, folder / "cur" / f"{key}:2,")
    except OSError as error:
        raise DeliveryError(
            f"the Maildir of what comes back cannot be read: {error.strerror}",
            where=str(error.filename or folder),
            remedy="give this user the right to read and write it",
        ) from error
    return len(names)


def _read_imap(mail: Mail, take: Take) -> int:
    try:
        with _connection(mail) as imap:
            imap.select("INBOX")
            numbers = imap.uid("SEARCH", "UNSEEN", "UNFLAGGED")[1][0].split()
            for number in numbers:
                body = imap.uid("FETCH", number, f"(BODY.PEEK[]<0.{_LARGEST}>)")[1]
                raw = next((part[1] for part in body if isinstance(part, tuple)), b"")
                # Not understood: flagged and unread, so that people see it and we do not read it each time.
                imap.uid("STORE", number, "+FLAGS", r"(\Seen)" if take(raw) else r"(\Flagged)")
            return len(numbers)
    except (OSError, imaplib.IMAP4.error) as error:
        raise DeliveryError(
            f"the mailbox of what comes back cannot be read: {type(error).__name__}",
            where=mail.imap,
            remedy="check imap, imap_user and the password in [mail]",
        ) from error


@contextlib.contextmanager
def _connection(mail: Mail) -> Iterator[imaplib.IMAP4_SSL]:
    host, _, port = mail.imap.partition(":")
    imap = imaplib.IMAP4_SSL(host, int(port or _IMAPS), ssl_context=ssl.create_default_context(), timeout=_TIMEOUT_S)
    try:
        imap.login(mail.imap_user, mail.imap_password)
        yield imap
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imap.logout()
