"""A small server on loopback that answers as a test tells it, faults included, and remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OPEN = "User-agent: *\nAllow: /\n"


@dataclass(frozen=True)
class Answer:
    """One answer. `cut` promises more bytes than it sends; `stall` waits that many seconds first."""

    body: bytes | str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    cut: bool = False
    stall: float = 0.0


def moved(to: str, status: int = 302) -> Answer:
    """A redirect."""
    return Answer(status=status, headers=(("Location", to),))


Answers = Answer | str | list[Answer | str]


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Site:
    """The answers of one server by path; of a list, the last one stays."""

    answers: dict[str, Answers] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def paths(self) -> list[str]:
        """What was asked for, but robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def answer(self, path: str) -> Answer:
        found = self.answers.get(path, OPEN if path == "/robots.txt" else Answer(status=404))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return Answer(found) if isinstance(found, str) else found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Handler)
        site.url = f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: object, client_address: object) -> None:
        self.site.connections += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _serve(self) -> None:
        site = self.server.site
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with site.lock:
            site.asked.append(Asked(self.command, self.path, dict(self.headers), body, time.monotonic()))
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
            answer = site.answer(self.path)
        try:
            time.sleep(answer.stall)
            self._send(answer)
        finally:
            with site.lock:
                site.at_once -= 1

    def _unchanged(self, answer: Answer) -> bool:
        """Whether the client has this already, by the validators that the answer carries."""
        pairs = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        return any(value == self.headers.get(pairs[name]) for name, value in answer.headers if name in pairs)

    def _send(self, answer: Answer) -> None:
        if self._unchanged(answer):
            answer = Answer(b"", 304, answer.headers)
        data = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) + (1000 if answer.cut else 0)))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = answer.cut

    do_GET = _serve  # noqa: N815 - http.server's names
    do_POST = _serve  # noqa: N815


@contextmanager
def serve(answers: dict[str, Answers] | None = None) -> Iterator[Site]:
    """A running server."""
    site = Site(answers or {})
    server = _Server(site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
