"""What stood in the files at the first publication of a month. It stays as it was but for what is taken off the site.

Nothing is remembered of snapshots: there are those that stand in the folder, and what may not stand in them any more is
strained out of whatever file is there (straining.py). A tender leaves whole where one of its lots was taken off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import msgspec

from notifier.lots import Verdict
from notifier.phrases import local_day
from notifier.site.data.straining import csv_left, lines_left, package_left, tender_of
from notifier.site.data.telling import Teller, fit, teller
from notifier.site.documents import KEY, Edition, Strainer

MEMORY = "opendata"
FOLDER = "data/"
LAST = f"{FOLDER}*/datapackage.json"  # of a snapshot: it is whole when this stands
_PATH = re.compile(rf"{FOLDER}(\d{{4}}-(?:0[1-9]|1[0-2]))/(.+)", re.ASCII)
_PACKAGE = re.compile(r"ocds/(\d{4})\.json")
_RECORDS = re.compile(rf"(?:lots|agreements)\.(?:csv|jsonl)|{_PACKAGE.pattern}")


@dataclass(frozen=True, slots=True)
class Package:
    """When the content of a package last became another, and a mark of it."""

    mark: bytes
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next edition wants to know of this one: packages by their year, and when every record and release became
    what it is (dates.py)."""

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


# -- which there are -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A snapshot of which files stand in the folder: its month, its day where that is known, its files' names."""

    month: str
    day: str
    files: frozenset[str] = frozenset()

    def path(self, name: str) -> str:
        """Of one of its files."""
        return f"{FOLDER}{self.month}/{name}"

    @property
    def at(self) -> str:
        """Its day, or its month, for programs."""
        return self.day or self.month

    @property
    def until(self) -> str:
        """The last day on which it can have been made."""
        return self.day or f"{self.month}-31"

    @property
    def years(self) -> list[str]:
        """Of its packages."""
        return sorted(found[1] for name in self.files if (found := _PACKAGE.fullmatch(name)))


def is_month(name: str) -> bool:
    """Whether a folder of that name holds a snapshot."""
    return _PATH.fullmatch(f"{FOLDER}{name}/x") is not None


def month(edition: Edition) -> str:
    """The month in Copenhagen: 2026-11."""
    return f"{local_day(edition.now):%Y-%m}"


def due(edition: Edition) -> str | None:
    """The month of which a snapshot is made now, if one is.

    A clock that was set back makes none: one of a later month stands. But where those of earlier months stand and the
    later ones are more than a year away, it was ahead when these were made, and they are not counted.
    """
    now, known = month(edition), edition.snapshots.keys()
    later, in_a_year = [one for one in known if one > now], f"{int(now[:4]) + 1:04}{now[4:]}"
    was_ahead = any(one < now for one in known) and all(one > in_a_year for one in later)
    return now if now not in known and (not later or was_ahead) else None


def standing(edition: Edition) -> dict[str, Standing]:
    """Snapshots of which a file stands by now, by their months, also such that were made in days to come."""
    days, files = dict(edition.snapshots), dict[str, set[str]]()
    if made := due(edition):
        days[made] = local_day(edition.now).isoformat()
    for path in edition.standing():
        if found := _PATH.fullmatch(path):
            files.setdefault(found[1], set()).add(found[2])
    return {name: Standing(name, days.get(name, ""), frozenset(held)) for name, held in sorted(files.items())}


# -- what may not stand in them ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gone:
    """A lot or an agreement that may not stand in snapshots any more.

    Those from before `since`, a day, never held it; "" where that is not certain. `slug` names its page. `told` are the
    tenders and numbers by which a package may tell of a lot without a mark, where that may not be either.
    """

    since: str
    slug: str
    told: tuple[tuple[str, str], ...] = ()


def lots_gone(edition: Edition) -> list[Gone]:
    """Lots that nothing may be told of, and those that lost their mark, under every name that they ever had.

    One that is not held any more, or waits for its mark, is not gone: its page remains, or may come again. Many lots
    never had a mark, and new ones come daily: no snapshot from before them has to be looked through for these.
    """
    tell, untold = teller(edition), {lot.uid for lot in edition.lots if not lot.told}
    unmarked = {lot.uid for lot in edition.lots if lot.verdict is Verdict.UNSUITABLE} - untold
    found = list[Gone]()
    for lot in edition.lots:
        if lot.uid in untold or lot.uid in unmarked:
            told = _told(tell, lot.slug, lot.uid, lot.procedure) if lot.uid in untold else ()
            found.append(Gone("" if lot.hidden else local_day(lot.first_seen).isoformat(), lot.slug, told))
    for one in edition.aliases:
        if one.lot_uid in untold or one.lot_uid in unmarked:
            found.append(Gone("", one.slug, _told(tell, one.slug, one.uid) if one.lot_uid in untold else ()))
    return found


def _told(tell: Teller, slug: str, uid: str, *procedures: str) -> tuple[tuple[str, str], ...]:
    """By the number in its identity (changes.lot_uid), or by its page where others of the tender have that number."""
    group, _, number = uid.rpartition("/")
    tenders = dict.fromkeys(tender_of(tell.ocid(one)) for one in (group, *procedures))
    names = (number.removeprefix("part:").partition("#")[0], slug)
    return tuple((tender, name) for tender in tenders for name in names)


def agreements_gone(edition: Edition) -> list[Gone]:
    """Those that turned out not to be. One that its source shows no more remains."""
    return [Gone("", fit(view.slug)) for view in edition.retracted]


def strainer(edition: Edition, of: Standing, name: str) -> Strainer | None:
    """What keeps out of this file of a snapshot all that may not stand in it; None where nothing has to be kept out."""
    if not _RECORDS.fullmatch(name):
        return None
    gone, keys = edition.once(_agreements if name.startswith("agreements.") else _lots)
    count = bisect_right(gone, of.until, key=lambda one: one.since)
    # A snapshot that was made on another day is another one.
    key = edition.key("snapshot", of.day, keys[count])
    return Strainer(key, partial(_left, name, gone[:count]), emptied=not _PACKAGE.fullmatch(name)) if count else None


def _lots(edition: Edition) -> tuple[list[Gone], list[bytes]]:
    return _with_keys(lots_gone(edition))


def _agreements(edition: Edition) -> tuple[list[Gone], list[bytes]]:
    return _with_keys(agreements_gone(edition))


def _with_keys(gone: list[Gone]) -> tuple[list[Gone], list[bytes]]:
    """In their order, with a key of none of them, of the first, of the first two, and so on."""
    gone = sorted(gone, key=lambda one: (one.since, one.slug))
    so_far = hashlib.blake2b(digest_size=KEY)
    keys = [so_far.digest()]
    for one in gone:
        so_far.update(msgspec.msgpack.encode((one.slug, one.told)))
        keys.append(so_far.digest())
    return gone, keys


def _left(name: str, gone: list[Gone], lines: Iterable[bytes]) -> Iterator[bytes]:
    slugs = {one.slug for one in gone}
    if _PACKAGE.fullmatch(name):
        return package_left(slugs, {pair for one in gone for pair in one.told}, lines)
    return csv_left(slugs, lines) if name.endswith(".csv") else lines_left(slugs, lines)
