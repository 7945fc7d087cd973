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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from notifier.config import Town
from notifier.door import Door
from notifier.lots import AgreementView, LotAlias, SourceRun
from notifier.press import Press
from notifier.resources import PACKAGE, resource
from notifier.site.documents import Edition, Listed, Lots, listed
from notifier.site.feed import Known
from notifier.site.fingerprints import COVERAGE, agreement_fingerprint, coverage_fingerprint
from notifier.site.reader import NamedSource, NamedTrade, reader
from notifier.site.rendering import FEED, in_language
from notifier.site.sections import SECTIONS
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
    door: Door | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Published:
    """Write the site of `lots`, `agreements` and `runs` as it stands at `now` into `folder`, in Danish and English.

    `trades` and `sources` give their keys the names that readers are shown; the page of each of `aliases` leads to
    the lot that it turned out to be. Every page leads to the search and the sign-up where there is a `door`.
    Nobody else may publish into the folder at the same time. `on_progress` is told how many files have been looked at,
    and of how many: the second number is a guess until the end.
    Raises PublishError where a file cannot be written; all others stay whole.
    """
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
        door=door,
        program=_program(town, door, trades, sources),
        before=_before(folder),
    )
    guess = 2 * len(edition.shown)  # most files are pages of lots
    press = Press(folder, _ours, on_progress=lambda done: on_progress and on_progress(done, max(done, guess)))
    for section in SECTIONS:
        press.put(section.documents(edition))
    press.remove((path for section in SECTIONS for path in section.gone(edition)), _permanent)
    press.finish({})
    return Published(press.written, press.unchanged, press.removed, _fingerprints(edition))


def _in_order(lots: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple(sorted(lots, key=lambda lot: (lot.first_seen, lot.uid)))


def _ours(path: str) -> bool:
    return any(section.has(path) for section in SECTIONS)


def _permanent(path: str) -> bool:
    return any(section.permanent and section.has(path) for section in SECTIONS)


def _program(town: Town, door: Door | None, trades: Sequence[NamedTrade], sources: Sequence[NamedSource]) -> bytes:
    """Everything that forms pages beside what they are about: where it is another, every page is made anew."""
    named = [(trade.key, trade.name_da, trade.name_en) for trade in trades]
    said = repr((_code(), town, door, named, [(source.id, source.name) for source in sources]))
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


def _before(folder: Path) -> Known:
    """What the feeds said before, of both languages: their entries have identifiers of their own."""
    feeds = [read_known(folder / in_language(FEED, language)) for language in LANGUAGES]
    entries = {name: at for known in feeds for name, at in known.entries.items()}
    return Known(max((known.feed for known in feeds if known.feed), default=None), entries)


_ATOM = "{http://www.w3.org/2005/Atom}"


def read_known(path: Path) -> Known:
    """What the feed at `path` said before; nothing where there is none, or none that can be read.

    The file is our own, yet is read as any other: without entities, and never from the network.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
        return Known(
            _updated(root),
            {entry.findtext(f"{_ATOM}id", ""): _updated(entry) for entry in root.iterfind(f"{_ATOM}entry")},
        )
    except (OSError, etree.XMLSyntaxError, ValueError):
        return Known()


def _updated(element: etree._Element) -> dt.datetime:
    """Raises ValueError where there is no time, or one without an offset."""
    at = dt.datetime.fromisoformat(element.findtext(f"{_ATOM}updated", ""))
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    return at
