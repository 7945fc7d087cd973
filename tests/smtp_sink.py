"""A small SMTP server that takes mail and misbehaves on demand, at any stage of the conversation."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "QUIT")
CLOSE, STALL = b"", b"stall"  # instead of an answer

_ANSWERS = {
    "CONNECT": b"220 sink.example ESMTP\r\n",
    "EHLO": b"250-sink.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    "STARTTLS": b"454 no certificate\r\n",
    "AUTH": b"235 welcome\r\n",
    "MAIL": b"250 2.1.0 fine\r\n",
    "RCPT": b"250 2.1.5 fine\r\n",
    "DATA": b"354 go on\r\n",
    "BODY": b"250 2.0.0 queued as 4711\r\n",
    "RSET": b"250 2.0.0 cleared\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass
class Taken:
    """A mail that the sink answers for."""

    sender: str
    recipients: list[str]
    body: bytes


@dataclass
class Sink:
    """What the sink has seen. `faults` may be changed while it runs: stage -> the octets to answer instead."""

    port: int
    faults: dict[str, bytes] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def recorded(self, mail: Taken) -> None:
        """Called before the answer to the body leaves."""
        self.taken.append(mail)


class _Hangup(Exception):
    """The connection ends here."""


class _Handler(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True  # one answer may leave before another one was acknowledged

    def handle(self) -> None:
        self.server.sink.connections += 1
        try:
            self._converse()
        except (_Hangup, OSError):
            return

    def _converse(self) -> None:
        self._answer("CONNECT")
        sender, recipients = "", list[str]()
        while line := self.rfile.readline():
            command = line.decode("ascii").rstrip("\r\n")
            self.server.sink.commands.append(command)
            verb = command.split(" ")[0].upper().replace("HELO", "EHLO")
            if verb == "MAIL":
                sender, recipients = command[10:].strip("<>"), []
            if verb == "RCPT":
                recipients.append(command[8:].strip("<>"))
            self._answer(verb)
            if verb == "DATA" and "DATA" not in self.server.sink.faults:
                self._body(sender, recipients)

    def _body(self, sender: str, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise _Hangup  # cut off: not ours to answer for
            lines.append(line.removeprefix(b"."))
        if self.server.sink.faults.get("BODY", b"")[:1] not in (b"4", b"5"):
            self.server.sink.recorded(Taken(sender, recipients, b"".join(lines)))
        self._answer("BODY")

    def _answer(self, stage: str) -> None:
        answer = self.server.sink.faults.get(stage, _ANSWERS.get(stage, b"500 what?\r\n"))
        if answer == STALL:
            self.server.released.wait(10)
            raise _Hangup
        self.wfile.write(answer)
        if not answer.endswith(b"\n") or answer.startswith(b"421") or (stage, answer) == ("QUIT", _ANSWERS["QUIT"]):
            raise _Hangup


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # closing the server waits until every conversation is over

    def __init__(self, sink_type: type[Sink]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sink = sink_type(port=self.server_address[1])
        self.released = threading.Event()


def serve_for_ever(server: _Server) -> None:
    """For a process of its own; ends with it."""
    server.serve_forever(poll_interval=0.01)


def make_server(sink_type: type[Sink] = Sink) -> _Server:
    """Bound and listening, not yet serving."""
    return _Server(sink_type)


@contextmanager
def smtp_sink(faults: Mapping[str, bytes] | None = None) -> Iterator[Sink]:
    """A sink in a thread of this process."""
    server = make_server()
    server.sink.faults.update(faults or {})
    thread = threading.Thread(target=serve_for_ever, args=(server,))
    thread.start()
    try:
        yield server.sink
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
