"""Programs that tests start and end themselves: the replay server of the shared corpus, and the notifier."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.shared import shared

TODAY = "2026-11-23"


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay server on loopback that answers like TED."""

    url: str

    def stats(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/stats", timeout=10) as answer:
            loaded: dict[str, int] = json.load(answer)
            return loaded

    def xml(self, number: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/da/notice/{number}/xml", timeout=10) as answer:
            body: bytes = answer.read()
            return body


@contextmanager
def replay(folder: str = "corpus", *options: str, today: str = TODAY) -> Iterator[Replay]:
    """Serve a folder of the shared notices until the block ends."""
    command = [sys.executable, str(shared("tools/replay.py")), str(shared(folder)), "--port", "0", "--today", today]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield Replay(server.stdout.readline().split()[-1])
        finally:
            server.terminate()
            server.wait(timeout=10)


def notifier(folder: Path, *words: str, now: str = f"{TODAY}T07:00") -> subprocess.CompletedProcess[str]:
    """Run the program with a configuration folder, and answer what it said."""
    command = [sys.executable, "-m", "notifier", "--config", str(folder), "--now", now, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def exported(folder: Path) -> list[dict[str, Any]]:
    """The lines of `notifier export lots`."""
    done = notifier(folder, "export", "lots", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
