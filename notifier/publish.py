"""The public site, written into a folder that any web server can hold.

Files are written whole and only where they changed (files.py). A lot's page remains when its lot is closed or no
longer handed in; it goes only when its lot turns out not to be for the public. Other files in the folder are never
touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from lxml import etree

from notifier.config import Town
from notifier.door import Door
from notifier.files import remove, settle, sweep, write_whole
from notifier.lots import AgreementView, LotAlias, LotView, SourceRun
from notifier.resources import resource
from notifier.site.feed import Known, feed
from notifier.site.fingerprints import COVERAGE, agreement_fingerprint, coverage_fingerprint, lot_fingerprint
from notifier.site.lists import agreement_row, by_end, front, listing, lot_row
from notifier.site.lotpage import lot_page
from notifier.site.reader import NamedSource, NamedTrade, Reader, reader
from notifier.site.rendering import (
    FEED,
    LOT_FOLDER,
    STYLE,
    File,
    in_language,
    lot_path,
    render_agreements,
    render_feed,
    render_front,
    render_lot,
    render_lots,
    render_moved,
)
from notifier.words import LANGUAGES


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: numbers of files, and what is public now of each item, by its uid."""

    written: int
    unchanged: int
    removed: int
    fingerprints: Mapping[str, str] = field(default_factory=dict)


def publish(
    lots: Sequence[LotView],
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    town: Town,
    folder: Path,
    now: dt.datetime,
    *,
    trades: Sequence[NamedTrade] = (),
    sources: Sequence[NamedSource] = (),
    aliases: Sequence[LotAlias] = (),
    outside: Sequence[LotView] = (),
    door: Door | None = None,
) -> Published:
    """Write the site of `lots`, `agreements` and `runs` as it stands at `now` into `folder`, in Danish and English.

    `trades` and `sources` give their keys the names that readers are shown; the page of each of `aliases` leads to
    the lot that it turned out to be. Every page leads to the search and the sign-up where there is a `door`.
    Lots that are `outside` what is followed lose the pages that they had. Pages of
    lots come first and the lists, feeds and pages that link to them last,
    so that no reader is sent to a page that is not there. Nobody else may publish into the folder at the same time.
    Raises PublishError where a file cannot be written; all others stay whole.
    """
    readers = tuple(reader(language, trades, sources) for language in LANGUAGES)
    for part in _folders(folder):
        sweep(part)
    written = unchanged = 0
    changed: set[Path] = set()
    moved = _moved(lots, aliases)
    links = (render_moved(slug, view, town, one, door) for slug, view in moved if view.public for one in readers)
    for file in chain(_files(lots, agreements, runs, town, folder, now, readers, door), links):
        path = folder / file.path
        if write_whole(path, file.content, settled=False):
            changed.add(path.parent)
            written += 1
        else:
            unchanged += 1
    for part in sorted(changed):
        settle(part)
    pages = [(view.slug, view) for view in lots] + moved
    removed = _remove_unsuitable(pages, folder) + _remove(outside, folder)
    return Published(written, unchanged, removed, _fingerprints(lots, agreements, runs))


def _folders(folder: Path) -> tuple[Path, ...]:
    """Every folder that files are written into."""
    tops = tuple((folder / in_language(FEED, language)).parent for language in LANGUAGES)
    return (*tops, *(top / LOT_FOLDER for top in tops))


def _files(
    lots: Sequence[LotView],
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    town: Town,
    folder: Path,
    now: dt.datetime,
    readers: Sequence[Reader],
    door: Door | None,
) -> Iterator[File]:
    """Every file of the site, made one at a time so that memory does not grow with their number."""
    yield File(STYLE, resource(f"templates/site/{STYLE}").read_bytes())
    public = [view for view in lots if view.public]
    yield from _lot_files(public, town, now, readers, door)
    listed, ending = listing(public, now), by_end(agreements)
    for one in readers:
        yield render_agreements([agreement_row(view, one) for view in ending], town, one, door)
        rows, planned = ([lot_row(view, one) for view in views] for views in (listed.open, listed.planned))
        yield render_lots(rows, planned, town, one, door)
        known = read_known(folder / in_language(FEED, one.language))
        yield render_feed(feed(public, town, one, now, known), town, one)
        yield render_front(front(public, agreements, runs, one, now), town, one, door)


def _lot_files(
    public: Sequence[LotView], town: Town, now: dt.datetime, readers: Sequence[Reader], door: Door | None
) -> Iterator[File]:
    procedures: dict[str, list[LotView]] = {}
    for view in public:
        procedures.setdefault(view.procedure, []).append(view)
    for view in public:
        siblings = [other for other in procedures[view.procedure] if other.uid != view.uid]
        for one in readers:
            yield render_lot(view.slug, lot_page(view, siblings, one, now), town, one, door)


def _moved(lots: Iterable[LotView], aliases: Iterable[LotAlias]) -> list[tuple[str, LotView]]:
    """Names of pages that lead to a lot's page, with the lot."""
    by_uid = {view.uid: view for view in lots}
    return [(alias.slug, by_uid[alias.lot_uid]) for alias in aliases if alias.lot_uid in by_uid]


def _remove_unsuitable(lots: Iterable[tuple[str, LotView]], folder: Path) -> int:
    """Take away pages of lots that were judged not to be for the public. One not assessed yet keeps its page."""
    pages = (
        folder / in_language(lot_path(slug), language)
        for slug, view in lots
        if view.assessment is not None and not view.public
        for language in LANGUAGES
    )
    return sum(remove(page) for page in pages)


def _remove(views: Iterable[LotView], folder: Path) -> int:
    """Take away the pages of lots that are not followed any more."""
    return sum(remove(folder / in_language(lot_path(view.slug), language)) for view in views for language in LANGUAGES)


def _fingerprints(
    lots: Iterable[LotView], agreements: Iterable[AgreementView], runs: Iterable[SourceRun]
) -> dict[str, str]:
    found = {view.uid: lot_fingerprint(view) for view in lots if view.public}
    found |= {view.uid: agreement_fingerprint(view) for view in agreements}
    return found | {COVERAGE: coverage_fingerprint(runs)}


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
