"""What must outlive the database: who left, and how often was mailed. A file beside it, not in its backups.

A backup that is restored does not know who unsubscribed or was erased since it was made. The journal does: one line of
JSON for each, with the address hashed (HMAC-SHA-256; the key lies in the database, so that the file alone tells
nothing), forced to the disk before the person is told that it is done. When the database counts fewer deliveries than
the journal, it is older than what was sent: a backup was restored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from notifier.errors import StoreError


class Left(StrEnum):
    """How somebody left."""

    STOPPED = "stopped"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: either somebody left, or a delivery began or ended, which happened `generation` times by then."""

    at: dt.datetime
    left: Left | None = None
    who: str = ""  # hash of the address
    generation: int = 0


class Journal:
    """The file. It is made with its first line; nobody but its owner reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def left(self, how: Left, address_key: str, secret: str, at: dt.datetime) -> None:
        """Somebody leaves. Raises StoreError where that cannot be written down: then it must not be acknowledged."""
        self._append(Line(at, how, hashed(address_key, secret)))

    def delivery(self, generation: int, at: dt.datetime) -> None:
        """A delivery begins or has ended; that many times in all."""
        self._append(Line(at, generation=generation))

    def lines(self) -> Iterator[Line]:
        """Every whole line, oldest first; the last one may have been cut short by a crash, and was not promised."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._error("read", error) from error
        for line in text.split(b"\n"):
            try:
                yield msgspec.json.decode(line, type=Line)
            except msgspec.DecodeError:
                continue

    def _append(self, line: Line) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # A line that a crash cut short must not swallow this one.
                _write_whole(handle, b"\n" + msgspec.json.encode(line) + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
            self._force_folder()  # each time: whoever made the file may not have come so far yet
        except OSError as error:
            raise self._error("written to", error) from error

    def _force_folder(self) -> None:
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _error(self, what: str, error: OSError) -> StoreError:
        return StoreError(
            f"the journal of who left cannot be {what}: {error.strerror}",
            where=str(self.path),
            remedy="give this user the right to read and write it, or name another place in [paths] journal",
        )


def _write_whole(handle: int, content: bytes) -> None:
    """A disk that is all but full takes a part without a word, and says so only when it is asked for the rest."""
    while content:
        content = content[os.write(handle, content) :]


def hashed(address_key: str, secret: str) -> str:
    """What stands in the journal for an address."""
    return hmac.new(secret.encode(), address_key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
