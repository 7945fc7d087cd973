"""The public site, written into a folder that any web server or bucket can hold.

    listed() of every lot -> Edition -> site/sections: documents -> Press -> files

Lots are read twice: once all of them, to know what is to be listed, and then those of which something has to be made,
in batches; no more than a batch of them is in memory. A lot's page remains when its lot is closed or no longer handed
in; it goes only when its lot turns out not to be for the public. Other files in the folder are never touched.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from notifier.config import OpenData, Town
from notifier.door import Door
from notifier.effects.quarters import Figures
from notifier.lots import AgreementView, LotAlias, SourceRun
from notifier.press import Press
from notifier.resources import PACKAGE, resource
from notifier.site import feedplan
from notifier.site.documents import Edition, Listed, Lots, listed
from notifier.site.feed import Known
from notifier.site.fingerprints import COVERAGE, agreement_fingerprint, coverage_fingerprint
from notifier.site.reader import NamedSource, NamedTrade, reader
from notifier.site.sections import SECTIONS, feeds
from notifier.words import LANGUAGES


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: numbers of files, and what is public now of each item, by its uid."""

    written: int
    unchanged: int
    removed: int
    fingerprints: Mapping[str, str] = field(default_factory=dict)


def publish(
    lots: Lots,
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    town: Town,
    folder: Path,
    now: dt.datetime,
    *,
    trades: Sequence[NamedTrade] = (),
    sources: Sequence[NamedSource] = (),
    aliases: Sequence[LotAlias] = (),
    former: Sequence[AgreementView] = (),
    readings: Sequence[SourceRun] = (),
    retracted: Sequence[str] = (),
    door: Door | None = None,
    open_data: OpenData | None = None,
    told: Sequence[Figures] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Published:
    """Write the site of `lots`, `agreements` and `runs` as it stands at `now` into `folder`, in Danish and English.

    `trades` and `sources` give their keys the names that readers are shown; the page of each of `aliases` leads to
    the lot that it turned out to be. `former` are agreements that their source shows no more: their pages remain;
    pages of the `retracted` do not (store.Agreements). Pages of weeks that are over tell of `readings` as far back as
    there are any. `told` are the quarters that the effects report tells of (telling.py). Every page leads to the search
    and the sign-up where there is a `door`.
    Nobody else may publish into the folder at the same time. `on_progress` is told how many files have been looked at,
    and of how many: the second number is a guess until the end.
    Raises PublishError where a file cannot be written; all others stay whole.
    """
    open_data = open_data or OpenData()
    press = Press(folder, _ours, on_progress=lambda done: on_progress and on_progress(done, max(done, guess)))
    edition = Edition(
        town=town,
        now=now,
        readers=tuple(reader(language, trades, sources) for language in LANGUAGES),
        lots=_in_order(listed(view, now, followed=followed) for view, followed in lots.all()),
        agreements=tuple(agreements),
        runs=tuple(runs),
        read=lots.of,
        trades=tuple(trades),
        sources=tuple(sources),
        aliases=tuple(aliases),
        former=tuple(former),
        readings=tuple(readings),
        retracted=tuple(retracted),
        door=door,
        program=_program(town, door, trades, sources, open_data),
        before={} if feedplan.MEMORY in press.memory else _feeds_before(folder),
        open_data=open_data,
        memory=press.memory,
        told=tuple(told),
        standing=lambda: press.standing(_permanent) - set(_gone(edition)),
    )
    guess = 2 * len(edition.shown)  # most files are pages of lots
    for section in SECTIONS:
        press.put(section.documents(edition))
    press.remove(_gone(edition), _permanent)
    press.finish({name: kept for section in SECTIONS for name, kept in section.remember(edition).items()})
    return Published(press.written, press.unchanged, press.removed, _fingerprints(edition))


def _in_order(lots: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple(sorted(lots, key=lambda lot: (lot.first_seen, lot.uid)))


def _gone(edition: Edition) -> Iterator[str]:
    return (path for section in SECTIONS for path in section.gone(edition))


def _ours(path: str) -> bool:
    return any(section.has(path) for section in SECTIONS)


def _permanent(path: str) -> bool:
    return any(section.permanent and section.has(path) for section in SECTIONS)


def _program(
    town: Town, door: Door | None, trades: Sequence[NamedTrade], sources: Sequence[NamedSource], open_data: OpenData
) -> bytes:
    """Everything that forms pages beside what they are about: where it is another, every page is made anew."""
    named = [(trade.key, trade.name_da, trade.name_en, trade.cpv) for trade in trades]
    told = [(source.id, source.name, source.licence, source.licence_url) for source in sources]
    said = repr((_code(), town, door, named, told, open_data))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass")).digest()


_FORMING = frozenset({".py", ".tsv", ".j2", ".css", ".toml", ".js", ".json"})


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
