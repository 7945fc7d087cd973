"""The public site, written into a folder that any web server or bucket can hold.

    listed() of every lot -> Edition -> site/sections: documents -> Press -> files

Lots are read twice: once all of them, to know what is to be listed, and then those of which something has to be made,
in batches; no more than a batch of them is in memory. A lot's page remains when its lot is closed or no longer handed
in; it goes only when its lot turns out not to be for the public. Other files in the folder are never touched.
"""

from __future__ import annotations

import datetime as dt
import functools
import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from lxml import etree

from notifier.config import OpenData, Town
from notifier.door import Door
from notifier.effects.quarters import Figures
from notifier.lots import AgreementView, LotAlias, SourceRun
from notifier.phrases import local_day
from notifier.press import Press
from notifier.resources import PACKAGE, resource
from notifier.site import feedplan
from notifier.site.data import snapshots
from notifier.site.documents import Edition, Listed, Lots, listed
from notifier.site.feed import Known
from notifier.site.fingerprints import COVERAGE, agreement_fingerprint, coverage_fingerprint
from notifier.site.reader import NamedSource, NamedTrade, reader
from notifier.site.sections import SECTIONS, feeds
from notifier.site.sections.section import Section
from notifier.site.signs import signed
from notifier.words import LANGUAGES

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: numbers of files, and what is public now of each item, by its uid."""

    written: int
    unchanged: int
    removed: int
    fingerprints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held, and published.

    The page of each of `aliases` leads to the lot that it turned out to be. `former` are agreements that their source
    shows no more: their pages remain; pages of the `retracted` do not (store.Agreements). `runs` are
    recent readings; pages of weeks that are over tell of `readings` as far back as there are any. `told` are the
    quarters that the effects report tells of (telling.py).
    """

    lots: Lots
    agreements: tuple[AgreementView, ...] = ()
    runs: tuple[SourceRun, ...] = ()
    aliases: tuple[LotAlias, ...] = ()
    former: tuple[AgreementView, ...] = ()
    retracted: tuple[AgreementView, ...] = ()
    readings: tuple[SourceRun, ...] = ()
    told: tuple[Figures, ...] = ()


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who publishes it, and in which names.

    `trades` and `sources` give their keys the names that readers are shown. Every page leads to the search and the
    sign-up where there is a `door`.
    """

    town: Town
    trades: tuple[NamedTrade, ...] = ()
    sources: tuple[NamedSource, ...] = ()
    door: Door | None = None
    open_data: OpenData = field(default_factory=OpenData)


def publish(
    held: Holdings, imprint: Imprint, folder: Path, now: dt.datetime, on_progress: Progress | None = None
) -> Published:
    """Write the site of what is held as it stands at `now` into `folder`, in Danish and English.

    Nobody else may publish into the folder at the same time. `on_progress` is told how many files have been looked at,
    and of how many: the second number is a guess until the end.
    Raises PublishError where a file cannot be written; all others stay whole. Raises ForeignFolder, and touches
    nothing, where the folder holds something else.
    """
    with seldom_collected():
        press = Press(folder, _ours, on_progress=lambda done: on_progress and on_progress(done, max(done, guess)))
        edition = _edition(held, imprint, folder, now, press)
        guess = 2 * len(edition.shown)  # most files are pages of lots
        press.promise(_memory(edition, [section for section in SECTIONS if section.promised]))
        for section in SECTIONS:
            press.put(section.documents(edition))
        press.remove(_gone(edition), _permanent)
        press.finish(_memory(edition, SECTIONS))
    return Published(press.written, press.unchanged, press.removed, _fingerprints(edition))


def _edition(held: Holdings, imprint: Imprint, folder: Path, now: dt.datetime, press: Press) -> Edition:
    made = Edition(
        town=imprint.town,
        now=now,
        readers=tuple(reader(language, imprint.trades, imprint.sources) for language in LANGUAGES),
        lots=_in_order(listed(view, now, followed=followed) for view, followed in held.lots.all()),
        agreements=held.agreements,
        runs=held.runs,
        read=held.lots.of,
        trades=imprint.trades,
        sources=imprint.sources,
        aliases=held.aliases,
        former=held.former,
        readings=held.readings,
        retracted=held.retracted,
        door=imprint.door,
        program=_program(imprint),
        before={} if feedplan.MEMORY in press.memory else _feeds_before(folder),
        open_data=imprint.open_data,
        memory=press.memory,
        told=held.told,
        standing=lambda: press.standing(_permanent) - set(_gone(made)),
        snapshots=snapshot_days(folder),
    )
    return made


def _memory(edition: Edition, sections: Iterable[Section]) -> dict[str, bytes]:
    return {name: kept for section in sections for name, kept in section.remember(edition).items()}


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Python looks through everything that is held, for what leads to itself, whenever some hundred values more are
    there: with ten thousand lots a quarter of a publication. Little here leads to itself. Inside another it changes
    nothing."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _in_order(lots: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple(sorted(lots, key=lambda lot: (lot.first_seen, lot.uid)))


def _gone(edition: Edition) -> Iterator[str]:
    return (path for section in SECTIONS for path in section.gone(edition))


def _ours(path: str, begins: bytes) -> bool:
    return any(section.has(path) for section in SECTIONS) and signed(path, begins)


def _permanent(path: str) -> bool:
    return any(section.permanent and section.has(path) for section in SECTIONS)


def _program(imprint: Imprint) -> bytes:
    """Everything that forms pages beside what they are about: where it is another, every page is made anew."""
    named = [(trade.key, trade.name_da, trade.name_en, trade.cpv) for trade in imprint.trades]
    told = [(source.id, source.name, source.licence, source.licence_url) for source in imprint.sources]
    said = repr((_code(), imprint.town, imprint.door, named, told, imprint.open_data))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass")).digest()


_FORMING = frozenset({".py", ".tsv", ".j2", ".css", ".toml", ".js", ".json", ".png"})


@functools.cache
def _code() -> bytes:
    """A hash of this program and its templates, texts and lists of names."""
    found = hashlib.blake2b()
    for folder in (PACKAGE, resource("templates")):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _FORMING):
            found.update(path.name.encode())
            found.update(path.read_bytes())
    return found.digest()


def _fingerprints(edition: Edition) -> dict[str, str]:
    found = {lot.uid: lot.mark for lot in edition.shown}
    found |= {view.uid: agreement_fingerprint(view) for view in edition.agreements}
    return found | {COVERAGE: coverage_fingerprint(edition.runs)}


def _feeds_before(folder: Path) -> dict[str, Known]:
    """What each feed in the folder says, by its path: of a folder from before, or whose ledger was lost."""
    paths = ((path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.xml")))
    return {name: read_known(path) for path, name in paths if feeds.SECTION.has(name)}


@dataclass(frozen=True, slots=True)
class _Described:
    created: str


def snapshot_days(folder: Path) -> dict[str, str]:
    """The months of whole snapshots in the folder, each with the day that its last file says; "" where it says none."""
    found = ((path.parent.name, _said_day(path)) for path in sorted(folder.glob(snapshots.LAST)))
    return {month: day if day.startswith(f"{month}-") else "" for month, day in found if snapshots.is_month(month)}


def _said_day(path: Path) -> str:
    """The day in Copenhagen that a file says it was made on, as a day or as a moment."""
    try:
        at = dt.datetime.fromisoformat(msgspec.json.decode(path.read_bytes(), type=_Described).created)
        return (local_day(at) if at.tzinfo else at.date()).isoformat()
    except (OSError, ValueError, OverflowError, msgspec.MsgspecError):
        return ""


_ATOM = "{http://www.w3.org/2005/Atom}"


def read_known(path: Path) -> Known:
    """What the feed at `path` said before; nothing where there is none, or none that can be read."""
    try:
        return known_of(path.read_bytes())
    except OSError:
        return Known()


def known_of(content: bytes) -> Known:
    """What an Atom feed says; nothing where it cannot be read.

    The feed is our own, yet is read as any other: without entities, and never from the network.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
        return Known(
            _updated(root),
            {entry.findtext(f"{_ATOM}id", ""): _updated(entry) for entry in root.iterfind(f"{_ATOM}entry")},
        )
    except (etree.XMLSyntaxError, ValueError):
        return Known()


def _updated(element: etree._Element) -> dt.datetime:
    """Raises ValueError where there is no time, or one without an offset."""
    at = dt.datetime.fromisoformat(element.findtext(f"{_ATOM}updated", ""))
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    return at
