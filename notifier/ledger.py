"""What the program itself has written into a folder, and under which keys: kept in the folder, in `.published`.

Without it nothing is lost: the files are made again and compared, and those that differ are written.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from notifier.files import explained, remove, write_whole
from notifier.site.documents import KEY

LEDGER = ".published"
_BEGUN = ".publishing"  # names of files that a run was about to write for the first time, a line each
_VERSION = 1  # of the format; another one is not read
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was written. `keys` and `lengths` are of its parts, joined; empty where they are unknown."""

    size: int
    mtime_ns: int
    keys: bytes = b""
    lengths: bytes = b""

    def matches(self, stat: os.stat_result) -> bool:
        """Whether nobody has written to the file since."""
        return (self.size, self.mtime_ns) == (stat.st_size, stat.st_mtime_ns)

    def places(self) -> dict[bytes, tuple[int, int]]:
        """Where in the file the part with each key stands: offset and length."""
        found, offset = dict[bytes, tuple[int, int]](), 0
        for number, (length,) in enumerate(_LENGTH.iter_unpack(self.lengths)):
            found[self.keys[number * KEY : (number + 1) * KEY]] = (offset, length)
            offset += length
        return found


UNKNOWN = Entry(-1, -1)  # a file that is ours, of which no more is known


@dataclass(frozen=True, slots=True)
class Ledger:
    """All files of a folder by path, and what sections of the site want to know the next time, by their names."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    memory: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Written:
    version: int
    files: dict[str, Entry]
    memory: dict[str, bytes]


def packed_lengths(lengths: list[int]) -> bytes:
    """As an entry keeps them."""
    return b"".join(map(_LENGTH.pack, lengths))


def read_ledger(folder: Path) -> Ledger | None:
    """What was written into the folder; None where that is not known. Files that a run began are ours as well."""
    try:
        written = msgspec.msgpack.decode((folder / LEDGER).read_bytes(), type=_Written)
    except (OSError, msgspec.MsgspecError):
        return None
    if written.version != _VERSION:
        return None
    begun = {path: UNKNOWN for path in _begun(folder) if path not in written.files}
    return Ledger(begun | written.files, written.memory)


def _begun(folder: Path) -> Iterator[str]:
    try:
        lines = (folder / _BEGUN).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return
    yield from lines[:-1]  # a last line without its end was cut off before its file was begun


def save_ledger(folder: Path, ledger: Ledger) -> None:
    """Write it whole. Raises PublishError."""
    content = msgspec.msgpack.encode(_Written(_VERSION, dict(ledger.files), dict(ledger.memory)))
    write_whole(folder / LEDGER, content)
    remove(folder / _BEGUN)


def note_begun(folder: Path, paths: list[str]) -> None:
    """Write down, before they are, which files are going to be written for the first time. Raises PublishError."""
    if not paths:
        return
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _BEGUN).open("a", encoding="utf-8") as file:
            file.writelines(f"{path}\n" for path in paths)
            file.flush()
            os.fsync(file.fileno())
