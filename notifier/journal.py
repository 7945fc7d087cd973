"""What must outlive the database: who left, and how often was mailed. A file beside it, not in its backups.

A backup that is restored does not know who unsubscribed or was erased since it was made. The journal does: one line of
JSON for each, with the address hashed (HMAC-SHA-256; the key lies in the database, so that the file alone tells
nothing), forced to the disk before the person is told that it is done. When the database counts fewer deliveries than
the journal, it is older than what was sent: a backup was restored. So it is where a mail still waits whose body left:
the file of departures beside the journal says which did in the last delivery.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from notifier.errors import StoreError

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Departure:
    """A mail whose body left, after so many attempts before."""

    number: int
    message_id: str
    attempts: int


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

    def leaving(self, number: int, message_id: str, attempts: int) -> None:
        """A mail's body leaves now. Not forced to the disk: this finds out a backup that was made meanwhile."""
        with self._open(self._departures, os.O_APPEND) as handle:
            os.write(handle, msgspec.json.encode(Departure(number, message_id, attempts)) + b"\n")

    def departures(self) -> tuple[Departure, ...]:
        """The mails whose bodies left in the last delivery, or since."""
        return tuple(_read(self._departures, Departure, self._error))

    def forget_departures(self) -> None:
        """A new delivery begins, and the database knows what left in the last one."""
        with self._open(self._departures, os.O_TRUNC):
            pass

    @property
    def _departures(self) -> Path:
        return self.path.with_name(f"{self.path.name}.departures")

    @contextlib.contextmanager
    def _open(self, path: Path, how: int) -> Iterator[int]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
            try:
                yield handle
            finally:
                os.close(handle)
        except OSError as error:
            raise self._error("written to", error) from error

    def lines(self) -> Iterator[Line]:
        """Every whole line, oldest first; the last one may have been cut short by a crash, and was not promised."""
        return _read(self.path, Line, self._error)

    def _append(self, line: Line) -> None:
        with self._open(self.path, os.O_APPEND) as handle:
            # A line that a crash cut short must not swallow this one.
            _write_whole(handle, b"\n" + msgspec.json.encode(line) + b"\n")
            os.fsync(handle)
            self._force_folder()  # each time: whoever made the file may not have come so far yet

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


def _read(path: Path, kind: type[T], error_of: Callable[[str, OSError], StoreError]) -> Iterator[T]:
    """Every whole line of a file, none where there is no file."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise error_of("read", error) from error
    for line in text.split(b"\n"):
        try:
            yield msgspec.json.decode(line, type=kind)
        except msgspec.DecodeError:
            continue


def _write_whole(handle: int, content: bytes) -> None:
    """A disk that is all but full takes a part without a word, and says so only when it is asked for the rest."""
    while content:
        content = content[os.write(handle, content) :]


def hashed(address_key: str, secret: str) -> str:
    """What stands in the journal for an address."""
    return hmac.new(secret.encode(), address_key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
