"""Handing one mail over, and saying exactly what came of it: to a relay by SMTP, or into a Maildir.

Everything hangs on one moment. Before the last octet of the body has left, a mail that failed was certainly not
taken over; once a whole answer came back, its fate is known. Between the two it is in doubt, and no program can
tell. So a transport calls `before_body` at the last moment at which the answer "no" still means that nothing was
sent, and reports an `Outcome` instead of raising: the outbox decides what each means.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from notifier import config
from notifier.errors import UsageError
from notifier.mail import check_address


class Outcome(StrEnum):
    """What came of handing one mail over."""

    ACCEPTED = "accepted"  # the other side answers for it now
    CALLED_OFF = "called off"  # `before_body` said no: nothing was sent
    REFUSED = "refused"  # for good, and because of this mail or its recipient
    LATER = "later"  # the other side asks to try again
    BROKEN = "broken"  # the connection was lost before the body was whole: nothing was taken over
    IN_DOUBT = "in doubt"  # the body was sent, and no whole answer came back
    UNUSABLE = "unusable"  # nobody's mail can leave this way now; not the fault of this one


@dataclass(frozen=True, slots=True)
class Handover:
    """An outcome, and what the other side said, without mail addresses."""

    outcome: Outcome
    detail: str = ""
    no_such_address: bool = False  # REFUSED because the mailbox does not exist, and will not exist tomorrow
    unasked: bool = False  # REFUSED by ourselves: such an address cannot be said in SMTP
    of_one: bool = False  # UNUSABLE was said of one recipient: another one may be taken


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished mail: one recipient, the bytes, and the Message-ID that stands in them.

    `sender` is the address that a bounce comes back to; the configured sender where it is "".
    """

    message_id: str
    recipient: str
    body: bytes
    sender: str = ""


class Transport(Protocol):
    """A way for mail to leave. `close` may be called at any time, and more than once."""

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        """Hand one mail over. `before_body` is called at most once; what it raises comes out again, nothing sent."""
        ...

    def close(self) -> None:
        """Take leave of the other side. Never raises."""
        ...


def transport_for(mail: config.Mail, outbox: Path) -> Transport:
    """SMTP where a relay is configured, the Maildir `outbox` otherwise."""
    return SmtpTransport(mail) if mail.relay else MaildirTransport(outbox)


# -- SMTP ------------------------------------------------------------------------------------------------------

# RFC 5321 4.5.3.2.6: a relay may take ten minutes to answer a body. Giving up earlier makes doubts that need not be.
_ANSWER_TIMEOUT_S = 600.0
_MAX_REPLY = 64 * 1024  # octets of one whole reply; an endless one is no reply
_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
# Said at RCPT where the relay does not know us: that is not the recipient's fault. (Not "relay" alone: Postfix says
# "User unknown in relay recipient table" of one that does not exist.) As Debian sets Postfix up, it says so with a 454.
_RELAYING_DENIED = re.compile(
    rb"relay(ing)?( access)? (denied|not (permitted|allowed))|(unable|not \w+) to relay", re.I
)
# Postfix says what it has against us only once it has heard a recipient (smtpd_delay_reject). With a 4xx that may be
# greylisting, which lets this mail pass later.
_WE_ARE_REFUSED = re.compile(rb"(sender address|client host|helo command) rejected", re.I)
# RFC 3463 3.2: X.1.1 to X.1.6 and X.1.10 are about the recipient's address, X.1.7 and X.1.8 about the sender's; X.1.0
# says neither. X.1.90 is what providers say of a sender who has used up the day's recipients.
_NO_SUCH_ADDRESS = re.compile(rb"5\.1\.([1-6]|10)(?!\d)")
_OUR_ADDRESS = re.compile(rb"5\.1\.(7|8|90)(?!\d)")


_WANTED = ((250,), (250, 251), (354,))  # in answer to MAIL, RCPT and DATA


class RelayConnection(smtplib.SMTP):
    """smtplib, but a reply counts only when it came whole.

    smtplib takes a line that was cut off by the end of the connection for a reply ("250" for "250 queued", or
    "25" of it), and an overlong one for a refusal. Either would settle a mail whose fate is unknown.
    """

    def getreply(self) -> tuple[int, bytes]:
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            lines.append(self._whole_line(_MAX_REPLY - sum(map(len, lines))))
        return int(lines[-1][:3]), b"\n".join(line[4:] for line in lines)

    def _whole_line(self, limit: int) -> bytes:
        if self.file is None and self.sock is not None:
            self.file = self.sock.makefile("rb")
        try:
            line = self.file.readline(limit) if self.file is not None else b""
        except OSError as error:
            raise self._lost(str(error)) from error
        if not line.endswith(b"\n"):
            raise self._lost("the connection ended within a reply" if line else "the connection was closed")
        if not re.match(rb"[2-5]\d\d[ \r\n-]", line):
            raise self._lost("the answer is not SMTP")
        return line.rstrip(b"\r\n")

    def _lost(self, why: str) -> smtplib.SMTPServerDisconnected:
        self.close()
        return smtplib.SMTPServerDisconnected(why)


class _TlsConnection(RelayConnection, smtplib.SMTP_SSL):
    """The same over TLS from the first octet."""


def connect(mail: config.Mail) -> smtplib.SMTP:
    """A connection to the relay, greeted, encrypted and logged in as configured. Raises OSError, SMTPException."""
    if mail.security == "tls":
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = _TlsConnection(mail.relay, mail.port, timeout=mail.timeout_s, context=context)
    else:
        smtp = RelayConnection(mail.relay, mail.port, timeout=mail.timeout_s)
    try:
        if mail.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if mail.user:
            smtp.login(mail.user, mail.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


class SmtpTransport:
    """One connection for many mails, made when the first one goes out and again after it was lost."""

    def __init__(
        self,
        mail: config.Mail,
        *,
        connect: Callable[[config.Mail], smtplib.SMTP] = connect,
        answer_timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> None:
        self._mail, self._connect, self._answer_timeout_s = mail, connect, answer_timeout_s
        self._smtp: smtplib.SMTP | None = None

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        """See Transport. A relay that cannot be reached, refuses us or our sender, is UNUSABLE."""
        try:
            recipient = check_address(letter.recipient)
        except UsageError as error:
            return Handover(Outcome.REFUSED, error.what, unasked=True)
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Handover(Outcome.UNUSABLE, self._unreachable(error))
        try:
            sender = letter.sender or self._mail.sender
            return self._envelope(smtp, sender, recipient) or self._body(smtp, letter, before_body)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Handover(Outcome.BROKEN, _said(error))

    def close(self) -> None:
        """QUIT, where there still is somebody to say it to."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            if self._mail.user and self._mail.security == "none" and not _is_loopback(self._mail.relay):
                raise ValueError("the password would travel unencrypted")
            self._smtp = self._connect(self._mail)
        return self._smtp

    def _drop(self) -> None:
        """Hang up without QUIT: a body that was begun and not ended is then thrown away by the other side."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> Handover | None:
        """MAIL, RCPT and DATA; None where the relay waits for the body.

        All three in one go where the relay reads them so (RFC 2920): that saves two of five journeys to it and back.
        The commands are written here, not by smtplib's `mail` and `rcpt`, which cut an odd address short.
        """
        commands = (f"MAIL FROM:<{check_address(sender)}>", f"RCPT TO:<{recipient}>", "DATA")
        together = smtp.has_extn("pipelining")
        if together:
            smtp.send("".join(f"{command}\r\n" for command in commands))
        for at, (command, wanted) in enumerate(zip(commands, _WANTED, strict=True), start=1):
            if not together:
                smtp.putcmd(command)
            code, words = smtp.getreply()
            if code not in wanted:
                left = len(commands) - at if together else 0
                return self._turned_down(smtp, command, code, words, left)
        return None

    def _turned_down(self, smtp: smtplib.SMTP, command: str, code: int, words: bytes, left: int) -> Handover:
        """The answer to a command of the envelope was no; so many more commands were sent already."""
        if command.startswith("MAIL") and code >= 500:
            self._drop()
            return Handover(Outcome.UNUSABLE, f"the relay refuses our sender: {_reply(code, words)}")
        if command.startswith("RCPT") and _refuses_us(code, words):
            self._drop()
            why = f"the relay does not take mail from us: {_reply(code, words)}"
            return Handover(Outcome.UNUSABLE, why, of_one=True)
        declined = self._declined(smtp, code, words, left)
        # Without such a code 550 may mean anything, blocked senders included.
        refused = command.startswith("RCPT") and declined.outcome is Outcome.REFUSED
        return replace(declined, no_such_address=refused and _NO_SUCH_ADDRESS.match(words) is not None)

    def _body(self, smtp: smtplib.SMTP, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        go = False
        try:
            go = before_body()
        finally:
            if not go:
                self._drop()
        if not go:
            return Handover(Outcome.CALLED_OFF)
        smtp.send(_dotted(letter.body))  # where this fails, the closing dot did not leave: BROKEN, not in doubt
        return self._verdict(smtp)

    def _verdict(self, smtp: smtplib.SMTP) -> Handover:
        """The answer to the body. RFC 5321 4.2: its first digit decides."""
        assert smtp.sock is not None
        try:
            smtp.sock.settimeout(self._answer_timeout_s)
            code, words = smtp.getreply()
            smtp.sock.settimeout(self._mail.timeout_s)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Handover(Outcome.IN_DOUBT, _said(error))
        if 200 <= code < 300:
            return Handover(Outcome.ACCEPTED, _reply(code, words))
        if code < 400:
            self._drop()
            return Handover(Outcome.IN_DOUBT, f"an answer out of place: {_reply(code, words)}")
        return self._declined(smtp, code, words)

    def _declined(self, smtp: smtplib.SMTP, code: int, words: bytes, left: int = 0) -> Handover:
        """The relay said no to this mail. The connection is kept where it can be cleared; `left` answers still come."""
        try:
            # 421: "closing transmission channel". 354: it waits for a body although it took no recipient.
            usable = code != 421 and all(smtp.getreply()[0] not in (354, 421) for _ in range(left))
            usable = usable and smtp.docmd("RSET")[0] == 250
        except (smtplib.SMTPServerDisconnected, OSError):
            usable = False
        if not usable:
            self._drop()
        return Handover(Outcome.REFUSED if code >= 500 else Outcome.LATER, _reply(code, words))

    def _unreachable(self, error: Exception) -> str:
        return f"the relay {self._mail.relay}:{self._mail.port} cannot be used: {_said(error)}"


def _refuses_us(code: int, words: bytes) -> bool:
    """Whether an answer to RCPT is about us, and would be the same for every recipient."""
    # What another server said is about that server's recipient: "host mx.example said: 554 Relay access denied".
    own = words.partition(b"said:")[0]
    return (
        code == 530  # "authentication required"
        or (code >= 400 and _RELAYING_DENIED.search(own) is not None)
        or (code >= 500 and _WE_ARE_REFUSED.search(own) is not None)
        or (code >= 500 and _OUR_ADDRESS.match(own) is not None)
    )


def _dotted(body: bytes) -> bytes:
    """RFC 5321 4.5.2: a line that begins with a dot gets another; the body ends with a line of one dot."""
    whole = body if body.endswith(b"\r\n") else body + b"\r\n"
    stuffed = whole.replace(b"\n.", b"\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def _reply(code: int, words: bytes) -> str:
    """What the relay said, on one line, cut short, without addresses: relays like to repeat the recipient's."""
    line = " ".join(words.decode("ascii", "replace").split())
    return f"{code} {_ADDRESS.sub('<…>', line)[:200]}".strip()


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return _reply(error.smtp_code, words if isinstance(words, bytes) else str(words).encode())
    if isinstance(error, UnicodeEncodeError):  # smtplib can only log in with ASCII; the error would quote the password
        return "user name or password hold letters outside ASCII"
    return _ADDRESS.sub("<…>", str(error) or type(error).__name__)[:200]


def _is_loopback(host: str) -> bool:
    try:
        return all(ipaddress.ip_address(found[4][0]).is_loopback for found in socket.getaddrinfo(host, None))
    except OSError:
        return False


# -- Maildir ---------------------------------------------------------------------------------------------------


_OURS = re.compile(r"[0-9a-f]{40}\.[0-9]+")  # as `_write` names them
_LEFT_OVER_S = 3600.0  # a mail is in tmp/ for a moment


class MaildirTransport:
    """A folder of mails, for towns that try the program out. The same Message-ID is never there twice.

    Written as https://cr.yp.to/proto/maildir.html has it: whole into tmp/, forced to the disk, renamed into new/. What
    a delivery that was killed left in tmp/ is deleted by a later one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cleared = False

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        """See Transport. A folder that cannot be written to is UNUSABLE."""
        # Named after the Message-ID instead of time and process, so that a second delivery finds the first.
        name = hashlib.sha256(letter.message_id.encode()).hexdigest()[:40]
        try:
            self._make_folders()
            written = self._write(name, letter.body)
        except OSError as error:
            return Handover(Outcome.UNUSABLE, self._explained(error))
        self._clear_leftovers(written)
        with _removed_afterwards(written):
            if not before_body():
                return Handover(Outcome.CALLED_OFF)
            return self._into_new(written, name)

    def close(self) -> None:
        """Nothing is held open."""

    def _make_folders(self) -> None:
        for folder in ("tmp", "new", "cur"):
            # Mails hold personal links: nobody but the owner reads them.
            (self._path / folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _write(self, name: str, body: bytes) -> Path:
        path = self._path / "tmp" / f"{name}.{os.getpid()}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body.replace(b"\r\n", b"\n"))  # files on disk have the system's own line ends
            file.flush()
            os.fsync(file.fileno())
        return path

    def _clear_leftovers(self, written: Path) -> None:
        """Once for all mails. Another process may be writing at this moment, and other programs' files are theirs."""
        if self._cleared:
            return
        self._cleared = True
        with contextlib.suppress(OSError):
            old = written.stat().st_mtime - _LEFT_OVER_S
            for path in (self._path / "tmp").iterdir():
                if _OURS.fullmatch(path.name) and path.stat().st_mtime < old:
                    path.unlink(missing_ok=True)

    def _into_new(self, written: Path, name: str) -> Handover:
        if any((self._path / "cur").glob(f"{name}*")):  # delivered before, and already read
            return Handover(Outcome.ACCEPTED, "it was there")
        try:
            os.replace(written, self._path / "new" / name)
        except OSError as error:
            return Handover(Outcome.UNUSABLE, self._explained(error))
        try:
            _force_folder(self._path / "new")
        except OSError as error:
            return Handover(Outcome.IN_DOUBT, self._explained(error))
        return Handover(Outcome.ACCEPTED)

    def _explained(self, error: OSError) -> str:
        return f"the mail folder {self._path} cannot be written to: {error.strerror or error}"


def _force_folder(folder: Path) -> None:
    """A new name is only safe once its folder is on the disk as well."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _removed_afterwards(path: Path) -> Iterator[None]:
    """Nothing stays in tmp/ of a mail that was called off; one that was renamed is gone from there anyway."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
