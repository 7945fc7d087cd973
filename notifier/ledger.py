"""What the program itself has written into a folder, and under which keys: kept in the folder, in `.published`.

Without it nothing is lost: the files are made again and compared, and those that differ are written.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from notifier.files import explained, remove, settle, write_whole
from notifier.site.documents import KEY

LEDGER = ".published"
BEGUN = ".publishing"  # names of files that a run was about to write for the first time, a line each
PROMISED = ".publishing-memory"  # what a run that has not ended is telling readers
_VERSION = 1  # of the format; another one is not read
_LENGTH = struct.Struct("<I")
# Names of files that a site can have: on every file system, in every address, never hidden, never outside the folder.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*", re.ASCII | re.IGNORECASE)


def is_name(path: str) -> bool:
    """Whether a file of the site may have this path."""
    return _NAME.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was written. `keys` and `lengths` are of its parts, joined; empty where they are unknown."""

    size: int
    mtime_ns: int
    keys: bytes = b""
    lengths: bytes = b""

    def matches(self, found: os.stat_result) -> bool:
        """Whether nobody has written to the file since, and it is one: a link has other times than what it leads to."""
        return (self.size, self.mtime_ns) == (found.st_size, found.st_mtime_ns) and stat.S_ISREG(found.st_mode)

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
    return Ledger({path: entry for path, entry in written.files.items() if is_name(path)}, written.memory)


def published_into(folder: Path) -> bool:
    """Whether this program has published into the folder, or has begun to."""
    return any((folder / name).is_file() for name in (LEDGER, BEGUN, PROMISED))


def begun(folder: Path) -> dict[str, Entry]:
    """Files that a run began to write which did not end. Of them no more is known than that they are ours."""
    try:
        written = (folder / BEGUN).read_bytes()
    except OSError:
        return {}
    lines = written.decode("ascii", "replace").split("\n")[:-1]  # a last line without its end: not begun yet
    return {path: UNKNOWN for path in lines if is_name(path)}


def save_ledger(folder: Path, ledger: Ledger) -> None:
    """Write it whole. Raises PublishError."""
    content = msgspec.msgpack.encode(_Written(_VERSION, dict(ledger.files), dict(ledger.memory)))
    write_whole(folder / LEDGER, content)
    remove(folder / BEGUN)
    remove(folder / PROMISED)


def promised(folder: Path) -> dict[str, bytes]:
    """What a run that did not end has told readers, or was about to; nothing where the last one ended."""
    try:
        written = msgspec.msgpack.decode((folder / PROMISED).read_bytes(), type=_Written)
    except (OSError, msgspec.MsgspecError):
        return {}
    return written.memory if written.version == _VERSION else {}


def save_promise(folder: Path, memory: Mapping[str, bytes]) -> None:
    """Write it whole. Raises PublishError."""
    write_whole(folder / PROMISED, msgspec.msgpack.encode(_Written(_VERSION, {}, dict(memory))))


def note_begun(folder: Path, paths: list[str]) -> None:
    """Write down, before they are, which files are going to be written for the first time. Raises PublishError."""
    if not paths:
        return
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / BEGUN, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        with os.fdopen(handle, "r+b") as file:
            # What a killed run left of its last line would become one with our first.
            file.truncate(file.read().rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write("".join(f"{path}\n" for path in paths).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        settle(folder)  # a file made just now has to be found after a power cut
