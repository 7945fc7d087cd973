"""A small IMAP server (RFC 9051, what our reader needs of it) over TLS, with one INBOX."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Inbox:
    """The mails by number, their flags, and every command that came. `answers` are given instead, by command."""

    port: int
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def put(self, number: int, mail: bytes, *flags: str) -> None:
        """A mail that lies there."""
        self.mails[number], self.flags[number] = mail, set(flags)

    def unseen(self) -> list[int]:
        """What "UNSEEN UNFLAGGED" finds."""
        return [number for number, flags in self.flags.items() if not flags & {r"\Seen", r"\Flagged"}]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            self._say("* OK ready")
            while line := self.rfile.readline():
                tag, _, command = line.decode("ascii").rstrip("\r\n").partition(" ")
                self.server.inbox.commands.append(command)
                self._answer(tag, command)
        except OSError:
            return

    def _answer(self, tag: str, command: str) -> None:
        inbox, words = self.server.inbox, command.split(" ")
        verb = " ".join(words[:2]) if words[0] == "UID" else words[0]
        if verb in inbox.answers:
            self._say(f"{tag} {inbox.answers[verb]}" if inbox.answers[verb] else "* BYE")
            return
        match verb:
            case "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1")
            case "LOGIN" if words[1:] != ["retur", '"hemmelig"']:
                self._say(f"{tag} NO [AUTHENTICATIONFAILED] {command} is wrong")
                return
            case "SELECT":
                self._say(f"* {len(inbox.mails)} EXISTS")
            case "UID SEARCH":
                self._say(f"* SEARCH {' '.join(map(str, inbox.unseen()))}".rstrip())
            case "UID FETCH":
                body = inbox.mails[int(words[2])]
                self._say(f"* 1 FETCH (UID {words[2]} BODY[]<0> {{{len(body)}}}")
                self.wfile.write(body + b")\r\n")
            case "UID STORE":
                inbox.flags[int(words[2])].add(words[4].strip("()"))
        self._say(f"{tag} OK done")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False

    def __init__(self, certificate: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        super().__init__(("127.0.0.1", 0), _Handler)
        self.inbox = Inbox(self.server_address[1])

    def finish_request(self, request: object, client_address: object) -> None:
        """In the conversation's own thread: a client that refuses the certificate keeps nobody waiting."""
        try:
            with self._tls.wrap_socket(request, server_side=True) as secure:  # type: ignore[arg-type]
                _Handler(secure, client_address, self)
        except OSError:
            return


@contextmanager
def imap_inbox(certificate: Path) -> Iterator[Inbox]:
    """An inbox that is read as "retur" with the password "hemmelig", in a thread of this process."""
    server = _Server(certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
