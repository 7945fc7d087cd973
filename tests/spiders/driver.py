"""One crawl in a process of its own, because a reactor runs once: sources on stdin, what the sink heard on stdout.

python -W error -m tests.spiders.driver < job.json
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from twisted.internet.address import IPv4Address, IPv6Address

from notifier import clock
from notifier.config import Source
from notifier.coverage import FieldCoverage
from notifier.errors import StoreError
from notifier.lots import Agreement, Document, Known, Notice, RunStatus
from spiders import confined, connections
from spiders.base import Window
from spiders.crawl import crawl
from spiders.resolver import GuardedResolver

NOW = "2026-11-23T08:00:00+00:00"


class Memory(msgspec.Struct):
    """What a sink remembers from one crawl to the next, which is another process."""

    documents: list[Document] = []
    read_from: list[tuple[str, str]] = []
    seen_at: str = NOW


class Recorder:
    """A sink in memory. `broken` makes it fail as a full disk would, at the first notice."""

    def __init__(self, since: str | None, broken: bool, memory: str = "") -> None:
        self.since_day = date.fromisoformat(since) if since else None
        self.broken = broken
        self.heard: dict[str, dict[str, Any]] = {}
        self.ended: list[str] = []  # sources, in the order in which they ended
        self.listening: set[str] = set()
        kept = msgspec.json.decode(memory, type=Memory) if memory else Memory()
        self.documents = {(document.source, document.place): document for document in kept.documents}
        self.read_from = {(source, place) for source, place in kept.read_from}
        self.seen_at = datetime.fromisoformat(kept.seen_at)
        self.before: dict[str, list[FieldCoverage]] = {}  # the coverage of earlier good runs
        self.bodies_lost = False  # as if bodies were thrown away between knowing of one and asking for it

    def _of(self, source: str) -> dict[str, Any]:
        empty: dict[str, Any] = {
            "listed": [],
            "totals": [],
            "notices": [],
            "agreements": [],
            "problems": [],
            "documents": [],
            "unchanged": [],
            "finished": [],
        }
        return self.heard.setdefault(source, empty)

    def since(self, source: str, asked: str = "") -> date | None:
        return self.since_day

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        self._of(source)["listed"] += keys
        self.listening |= listening()
        self._of(source)["totals"].append(total)

    def known(self, source: str, place: str) -> Known | None:
        held = self.documents.get((source, place))
        return Known(held.etag, held.last_modified, self.seen_at, (source, place) in self.read_from) if held else None

    def kept(self, source: str, place: str) -> Document | None:
        return None if self.bodies_lost else self.documents.get((source, place))

    def coverage(self, source: str) -> Sequence[FieldCoverage]:
        return self.before.get(source, ())

    def document(self, source: str, document: Document) -> None:
        if len(document.body) < 1_000_000:  # a store would not hold the others in memory either
            self.documents[source, document.place] = document
        self._of(source)["documents"].append([document.role.value, document.place, document.reader, len(document.body)])

    def unchanged(self, source: str, key: str) -> None:
        self._of(source)["unchanged"].append(key)

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:
        if self.broken:
            raise StoreError("the disk is full", where="notifier.db", remedy="make room")
        self._remember(source, document)
        self._of(source)["notices"].append(msgspec.to_builtins(notice))

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:
        self._remember(source, document)
        self._of(source)["agreements"].append(msgspec.to_builtins(agreement))

    def problem(self, source: str, message: str) -> None:
        self._of(source)["problems"].append(message)

    def memory(self) -> str:
        """For the next crawl."""
        memory = Memory(list(self.documents.values()), list(self.read_from))
        return msgspec.json.encode(memory).decode()

    def _remember(self, source: str, document: Document | None) -> None:
        if document:
            self.read_from.add((source, document.place))

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str,
        coverage: FieldCoverage = FieldCoverage(),  # noqa: B008
        complete: bool = False,
    ) -> None:
        heard = self._of(source)
        heard["finished"].append([status.value, message])
        self.ended.append(source)
        heard["coverage"], heard["complete"] = msgspec.to_builtins(coverage), complete


def listening() -> set[str]:
    """Local addresses that this process listens at (Linux: state 0A of its own sockets)."""
    inodes = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}


def most_memory() -> int:
    """The most that this process ever held, in bytes. `getrusage` would count what its parent held as well."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


class Names:
    """A resolver whose answers for some names are made up: each question takes the next list of addresses."""

    def __init__(self, real: Any, names: dict[str, list[list[str]]]) -> None:
        self.real, self.names = real, names

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, *more: Any) -> object:  # noqa: N802 - Twisted's
        if name not in self.names:
            return self.real.resolveHostName(receiver, name, port, *more)
        answers = self.names[name]
        receiver.resolutionBegan(self)
        for address in answers.pop(0) if len(answers) > 1 else answers[0]:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return receiver


def make_up(names: dict[str, list[list[str]]]) -> None:
    """Let the guarded resolver ask a made-up one."""
    real = GuardedResolver.__init__

    def begin(self: GuardedResolver, *given: Any) -> None:
        real(self, *given)
        self.names = Names(self.names, names)

    GuardedResolver.__init__ = begin  # type: ignore[assignment, method-assign]


def main() -> None:
    """Crawl, and print everything."""
    job = json.load(sys.stdin)
    if job.get("names"):
        make_up(job["names"])
    sink = Recorder(job.get("since"), job.get("broken", False), job.get("memory", ""))
    sink.bodies_lost = job.get("bodies_lost", False)
    sink.before = msgspec.convert(job.get("coverage", {}), dict[str, list[FieldCoverage]])
    if job.get("pretend"):
        clock.pretend(datetime.fromisoformat(job["pretend"]))
    connections.MOST_LARGE_BYTES = job.get("most_large_bytes", connections.MOST_LARGE_BYTES)
    confined.SECONDS = job.get("confined_seconds", confined.SECONDS)
    sources = [msgspec.convert(raw, Source) for raw in job["sources"]]
    raised, progress, began = "", [], time.perf_counter()
    try:
        crawl(
            sources,
            sink,
            user_agent="procurement-notifier-tests/1.0 (+mailto:indkoeb@by.example)",
            now=datetime.fromisoformat(job.get("now", NOW)),
            on_progress=lambda *counts: progress.append(counts),
            window=Window(*map(date.fromisoformat, job["window"])) if "window" in job else None,
            proxy=job.get("proxy", ""),
        )
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
    told = {
        "heard": sink.heard,
        "ended": sink.ended,
        "remembered": sink.memory() if job.get("remember") else "",
        "raised": raised,
        "progress": progress,
        "listening": sorted(sink.listening),
    }
    json.dump({**told, "memory": most_memory(), "seconds": time.perf_counter() - began}, sys.stdout)


if __name__ == "__main__":
    main()
