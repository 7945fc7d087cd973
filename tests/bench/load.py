"""A light load on a web server: so many clients, each of which asks, waits for the whole answer, and asks again.

`python -m tests.bench.load PORT CLIENTS SECONDS` reads one request a line (JSON: path, cookie) from its input, has the
clients ask them in turn over connections that stay open, and prints what came of it as JSON. One process and one
thread: it takes less of a core than what it measures.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle


@dataclass(frozen=True, slots=True)
class Load:
    """What a load saw: answers a second, seconds that an answer took (half, and 99 of a hundred, were faster), and
    answers that were no page."""

    rate: float
    median: float
    p99: float
    answers: int
    bad: int


def load(port: int, paths: Sequence[str], *, clients: int, for_s: float, cookie: str = "") -> Load:
    """Put a load on the server at a port of this machine, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", str(port), str(clients), str(for_s)],
        input="\n".join(json.dumps([path, cookie]) for path in paths),
        capture_output=True,
        text=True,
        timeout=for_s + 60,
        check=True,
    )
    return Load(**json.loads(done.stdout))


@dataclass(slots=True)
class _Client:
    socket: socket.socket
    began: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    length: int = -1  # of the whole answer, once its head is there

    def ask(self, request: bytes) -> None:
        self.got.clear()
        self.length, self.began = -1, time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Whether the answer is whole."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server hung up")
        self.got += part
        if self.length < 0 and (end := self.got.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.got[:end]).lower()
            self.length = end + 4 + int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return 0 <= self.length <= len(self.got)

    @property
    def is_page(self) -> bool:
        return self.got.startswith(b"HTTP/1.1 200 ") and b"</html>" in self.got[-20:]


def _run(port: int, clients: int, for_s: float, requests: Iterator[bytes]) -> Load:
    watched, taken, bad = selectors.DefaultSelector(), list[float](), 0
    for _ in range(clients):
        client = _Client(socket.create_connection(("127.0.0.1", port)))
        watched.register(client.socket, selectors.EVENT_READ, client)
        client.ask(next(requests))
    start, waiting = time.perf_counter(), clients
    end = start + for_s
    while waiting:
        for key, _ in watched.select(timeout=30) or _silent():
            client = key.data
            if not client.read():
                continue
            now = time.perf_counter()
            bad += not client.is_page
            if now < end:
                taken.append(now - client.began)
                client.ask(next(requests))
            else:  # the answer is no longer counted
                waiting -= 1
                watched.unregister(client.socket)
                client.socket.close()
    taken.sort()
    place = min(len(taken) - 1, len(taken) * 99 // 100)
    return Load(len(taken) / for_s, taken[len(taken) // 2], taken[place], len(taken), bad)


def _silent() -> list[tuple[selectors.SelectorKey, int]]:
    raise TimeoutError("the server did not answer for half a minute")


def _request(line: str) -> bytes:
    path, cookie = json.loads(line)
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\nAccept-Language: da\r\n"
    return (head + (f"Cookie: {cookie}\r\n" if cookie else "") + "\r\n").encode("ascii")


if __name__ == "__main__":
    asked = cycle([_request(line) for line in sys.stdin.read().splitlines()])
    seen = _run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), asked)
    print(json.dumps({name: getattr(seen, name) for name in ("rate", "median", "p99", "answers", "bad")}))
