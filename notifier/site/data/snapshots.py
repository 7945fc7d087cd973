"""What stood in the files at the first publication of a month. It stays as it was but for what an officer takes off.

Of each snapshot only hashes are kept (`Kept`), so that what is taken off can be found in it: the files themselves hold
the facts of their day, which nobody makes again. A tender leaves whole where one of its lots was taken off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from notifier.phrases import local_day
from notifier.site.documents import KEY, Edition

MEMORY = "opendata"


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot: its day, and the marks of its lots and of its tenders (of each its own, then those of its lots)."""

    day: str
    lots: bytes
    agreements: bytes
    tenders: Mapping[str, tuple[bytes, ...]]  # by the year of their package


@dataclass(frozen=True, slots=True)
class Package:
    """When the content of a package last became another, and a mark of it."""

    mark: bytes
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next edition wants to know of this one. Snapshots by their month, packages by their year."""

    snapshots: Mapping[str, Kept] = field(default_factory=dict)
    packages: Mapping[str, Package] = field(default_factory=dict)


def read_memory(edition: Edition) -> Memory:
    """Of the last edition; empty where nothing that can be read was kept."""
    try:
        return msgspec.msgpack.decode(edition.memory.get(MEMORY, b""), type=Memory)
    except msgspec.MsgspecError:
        return Memory()


def write_memory(memory: Memory) -> Mapping[str, bytes]:
    """As an edition hands it on."""
    return {MEMORY: msgspec.msgpack.encode(memory)}


def mark(ident: str) -> bytes:
    """By which a lot, an agreement or a tender is known in a snapshot, whatever is said of it."""
    return hashlib.blake2b(ident.encode("utf-8", "surrogatepass"), digest_size=KEY).digest()


def month(edition: Edition) -> str:
    """The month in Copenhagen: 2026-11."""
    return f"{local_day(edition.now):%Y-%m}"


def marks(joined: bytes) -> list[bytes]:
    """One by one."""
    return [joined[at : at + KEY] for at in range(0, len(joined), KEY)]


def hidden(edition: Edition) -> frozenset[bytes]:
    """Marks of what an officer took off, under every name that it ever had."""
    off = {lot.uid for lot in edition.lots if lot.hidden}
    off |= {alias.uid for alias in edition.aliases if alias.lot_uid in off}
    return frozenset(mark(uid) for uid in off)


def without(kept: Kept, off: Iterable[bytes]) -> Kept:
    """The snapshot without these lots; itself where it has none of them."""
    off = frozenset(off)
    told = (kept.lots, *(tender[KEY:] for found in kept.tenders.values() for tender in found))
    if all(off.isdisjoint(marks(joined)) for joined in told) if off else True:
        return kept
    lots = b"".join(one for one in marks(kept.lots) if one not in off)
    tenders = {
        year: tuple(tender for tender in found if off.isdisjoint(marks(tender)[1:]))
        for year, found in kept.tenders.items()
    }
    return replace(kept, lots=lots, tenders=tenders)
