"""The sample town over HTTP, on loopback only: its pages, and TED's search and notices."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from notifier.sampletown import site, ted
from notifier.sampletown.town import TownDay, town_on

_Request = socket.socket | tuple[bytes, socket.socket]  # as socketserver types it
_LONGEST_QUESTION = 100_000  # bytes of a search's body


class SampleTown:
    """A running town: `url` is where it answers. A context manager; at its end the server and its thread are gone."""

    def __init__(self, day: int, port: int = 0) -> None:
        self._server = _Server(port)
        self._server.town = town_on(day)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sampletown")

    def set_day(self, day: int) -> None:
        """From here on the town is as it stands on that day. Raises ValueError for a day that it does not have."""
        self._server.town = town_on(day)

    def __enter__(self) -> SampleTown:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        self._thread.join()


def serve(day: int = 1, port: int = 0) -> SampleTown:
    """The town on day 1 or 2 at a free port of 127.0.0.1, or at the given one: `with serve(1) as town: town.url`."""
    return SampleTown(day, port)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for them, after hang_up has ended what they read
    town: TownDay

    def __init__(self, port: int) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: _Request, client_address: object) -> None:
        """Remember the connection: clients keep them open."""
        assert isinstance(request, socket.socket)
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Request) -> None:
        """Forget it."""
        assert isinstance(request, socket.socket)
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection that is still open, so that no thread waits for a next request."""
        for connection in tuple(self._connections):
            with suppress(OSError):  # the other side was quicker
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: _Request, client_address: object) -> None:
        """A client that went away is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that an idle connection is kept
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the demo's own lines are what a person should see."""

    def do_GET(self) -> None:
        """A page of the town, or a notice's XML."""
        if match := re.fullmatch(r"/\w\w/notice/(\d{6}-\d{4})/xml", urlsplit(self.path).path):
            xml = ted.notice_xml(match[1], self.server.town.day)
            found = ("application/xml; charset=utf-8", xml) if xml else None
        else:
            found = site.page(self.path, self.server.town)
        if found is None:
            return self._answer(404, site.HTML, site.missing(self.server.town))
        return self._answer(200, *found)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """TED's search."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _LONGEST_QUESTION:
            self.close_connection = True
            return self._json(413, {"message": "the body is missing or too long"})
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path != "/v3/notices/search":
            return self._json(404, {"message": "not found"})
        try:
            return self._json(200, ted.search(body, self.server.town, self._base_url()))
        except ted.BadQuery as error:
            return self._json(400, {"message": str(error)})

    def _base_url(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}"

    def _json(self, status: int, answer: dict[str, object]) -> None:
        self._answer(status, "application/json; charset=utf-8", json.dumps(answer, ensure_ascii=False).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        tag = f'"{zlib.crc32(body):08x}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
