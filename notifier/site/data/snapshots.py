"""What stood in the files at the first publication of a month. It stays as it was but for what is taken off the site.

Of each snapshot only hashes are kept (`Kept`), so that what is taken off can be found in it: the files themselves hold
the facts of their day, which nobody makes again. A tender leaves whole where one of its lots was taken off. What comes
back to the site does not come back to past months.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from notifier.lots import Verdict
from notifier.phrases import local_day
from notifier.site.documents import KEY, Edition

MEMORY = "opendata"


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot: its day, the marks of its lots, of its agreements (by their slugs), and of its tenders (of each its
    own, then those of all lots that it tells of)."""

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
    """What the next edition wants to know of this one: snapshots by their month, packages by their year, and when every
    record and release became what it is (dates.py)."""

    snapshots: Mapping[str, Kept] = field(default_factory=dict)
    packages: Mapping[str, Package] = field(default_factory=dict)
    changed: bytes = b""


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


@dataclass(frozen=True, slots=True)
class Off:
    """Marks of what is on the site no more, under every name that it ever had: lots that nothing may be told of, lots
    that lost their mark and may be told beside others of their tender, and agreements that turned out not to be."""

    untold: frozenset[bytes]
    unmarked: frozenset[bytes]
    agreements: frozenset[bytes]


def taken_off(edition: Edition) -> Off:
    """A lot that is not held any more, or waits for its mark, is not taken off: its page remains, or may come again."""
    untold = {lot.uid for lot in edition.lots if not lot.told}
    unmarked = {lot.uid for lot in edition.lots if lot.verdict is Verdict.UNSUITABLE}
    for off in (untold, unmarked):
        off.update([alias.uid for alias in edition.aliases if alias.lot_uid in off])
    return Off(*(frozenset(map(mark, idents)) for idents in (untold, unmarked, edition.retracted)))


def without(kept: Kept, off: Off) -> Kept:
    """The snapshot without what is off; itself where it has none of it."""
    lots, agreements = marks(kept.lots), marks(kept.agreements)
    unmarked = off.unmarked.intersection(lots)  # of those alone that had a mark then
    gone = off.untold | unmarked
    told = (mark for found in kept.tenders.values() for tender in found for mark in marks(tender)[1:])
    if gone.isdisjoint(lots) and off.untold.isdisjoint(told) and off.agreements.isdisjoint(agreements):
        return kept
    return replace(
        kept,
        lots=b"".join(one for one in lots if one not in gone),
        agreements=b"".join(one for one in agreements if one not in off.agreements),
        tenders={
            year: tuple(tender for tender in found if gone.isdisjoint(marks(tender)[1:]))
            for year, found in kept.tenders.items()
        },
    )


def shortened(edition: Edition) -> dict[str, Kept]:
    """All snapshots by their month, each without what is off."""
    off = taken_off(edition)
    return {name: without(kept, off) for name, kept in edition.once(read_memory).snapshots.items()}
