"""Hosts that mean harm, or are broken in every way: a bare TCP server whose answers are written byte by byte."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

MEBIBYTE = 1024 * 1024
OPEN = b"User-agent: *\nAllow: /\n"

Script: TypeAlias = Callable[[socket.socket, "Host"], None]


@dataclass
class Host:
    """One host. A path has bytes to be sent as they are, or a script that does with the socket what it likes."""

    answers: dict[str, bytes | Script] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    url: str = ""

    def paths(self) -> list[str]:
        """What was asked for, but robots.txt."""
        return [path for path in self.asked if path != "/robots.txt"]


def answer(
    body: bytes | str = b"",
    status: str = "200 OK",
    *headers: str,
    type: str = "text/html; charset=utf-8",
    length: bool = True,
) -> bytes:
    """A whole answer as bytes; without `length` it ends where the connection does."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {type}", *headers]
    lines += [f"Content-Length: {len(data)}"] if length else ["Connection: close"]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data


def moved(to: str, status: str = "302 Found") -> bytes:
    """A redirect, whatever stands in the address."""
    return answer(b"", status, f"Location: {to}")


def packed(body: bytes, encoding: str) -> bytes:
    """An answer that says how it is packed."""
    return answer(body, "200 OK", f"Content-Encoding: {encoding}")


@cache
def gzip_bomb(size: int) -> bytes:
    """Zeros, packed a thousand to one, without ever holding them here."""
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(MEBIBYTE)
    return b"".join([*(packer.compress(piece) for _ in range(size // MEBIBYTE)), packer.flush()])


def twice(body: bytes) -> bytes:
    """gzip within gzip."""
    return gzip.compress(gzip.compress(body))


# -- scripts: what only the socket can do ------------------------------------------------------------------------


def drip(head: bytes, piece: bytes, pause: float = 0.1) -> Script:
    """Send a little again and again for as long as anyone listens."""

    def script(connection: socket.socket, host: Host) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return script


def flood(head: bytes, piece: bytes, most: int = 400 * MEBIBYTE) -> Script:
    """Send as much as the other side takes."""

    def script(connection: socket.socket, host: Host) -> None:
        connection.sendall(head)
        for _ in range(most // len(piece)):
            connection.sendall(piece)

    return script


def silence(head: bytes = b"") -> Script:
    """Say that much, and then nothing."""

    def script(connection: socket.socket, host: Host) -> None:
        connection.sendall(head)
        time.sleep(30)

    return script


def reset(head: bytes = b"") -> Script:
    """Say that much, and break the connection with a reset."""

    def script(connection: socket.socket, host: Host) -> None:
        connection.sendall(head)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return script


def _serve(connection: socket.socket, host: Host) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(30)
        incoming = connection.makefile("rb")
        while True:
            first = incoming.readline(10_000).decode("latin-1").split()
            if len(first) < 2:
                return
            length = 0
            while (line := incoming.readline(10_000)) not in (b"\r\n", b"\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            incoming.read(length)
            path = first[1].partition("?")[0] if first[1] not in host.answers else first[1]
            host.asked.append(first[1])
            found = host.answers.get(path) or host.answers.get("*")
            found = found or (answer(OPEN, type="text/plain") if path == "/robots.txt" else answer("", "404 Not Found"))
            if isinstance(found, bytes):
                connection.sendall(found)
                if b"Content-Length" not in found.partition(b"\r\n\r\n")[0]:
                    return
            else:
                found(connection, host)
                return


@contextmanager
def listen(answers: dict[str, bytes | Script], address: str = "127.0.0.1", port: int = 0) -> Iterator[Host]:
    """A host that runs. `answers["*"]` is for every path that has none."""
    host = Host(answers)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family, backlog=64) as server:
        host.port = server.getsockname()[1]
        host.url = f"http://[{address}]:{host.port}" if family == socket.AF_INET6 else f"http://{address}:{host.port}"

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    host.connections += 1
                    threading.Thread(target=_serve, args=(connection, host), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield host
        finally:
            server.shutdown(socket.SHUT_RDWR)
