"""Open data, and what stands in them: CSV, JSON Lines, OCDS packages, a snapshot of each month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from notifier.lots import AgreementView
from notifier.phrases import local_day
from notifier.site.data import dictionary, extension
from notifier.site.data.columns import AGREEMENT_COLUMNS, LOT_COLUMNS
from notifier.site.data.ocds import BETWEEN, END, ToldLot, package_head, release
from notifier.site.data.records import csv_head, csv_line, json_line
from notifier.site.data.snapshots import (
    Kept,
    Memory,
    Package,
    hidden,
    mark,
    marks,
    month,
    read_memory,
    without,
    write_memory,
)
from notifier.site.data.telling import AgreementRecord, LotRecord, Teller, teller
from notifier.site.documents import BATCH, KEY, Document, Edition, Listed, Part, whole
from notifier.site.fingerprints import agreement_fingerprint
from notifier.site.reader import Reader
from notifier.site.rendering import Head, address, in_language, render_page
from notifier.site.sections.section import Section

PAGE, FOLDER = "data.html", "data/"
_HEAD, _BETWEEN, _END = "head", "between", "end"
Make = Callable[[Sequence[str]], Iterator[bytes]]


def _documents(edition: Edition) -> Iterator[Document]:
    tell, memory = teller(edition), read_memory(edition)
    rows, head = _rows(edition), Part(_HEAD, edition.key(_HEAD))
    for file, make in _tables(edition, tell):
        yield Document(f"{FOLDER}{file.path}", _with_head(file, head, rows[file.kind]), make)
    years, after = edition.once(_by_year), _after(edition, memory)
    for year in years:
        made = _Releases(edition, tell, year, after.packages[year].at)
        yield Document(f"{FOLDER}ocds/{year}.json", _releases(edition, year), made.make)
    for path, content in extension.files(edition, tell):
        yield whole(path, edition.key(path, content), partial(bytes, content))
    yield whole(f"{FOLDER}datapackage.json", edition.key("package"), partial(dictionary.data_package, tell))
    for one in edition.readers:
        held = [(name, kept.day, sorted(kept.tenders)) for name, kept in after.snapshots.items()]
        key = edition.key("opendata", one.language, held, list(years))
        yield whole(in_language(PAGE, one.language), key, partial(_page, edition, one, after.snapshots))


# -- lots and agreements -------------------------------------------------------------------------------------------


def _tables(edition: Edition, tell: Teller) -> Iterator[tuple[dictionary.File, Make]]:
    for file in dictionary.FILES:
        rows = _Lots(edition, tell, file.form) if file.kind == "lots" else _Agreements(edition, tell, file.form)
        yield file, rows.make


def _with_head(file: dictionary.File, head: Part, rows: tuple[Part, ...]) -> tuple[Part, ...]:
    return (head, *rows) if file.form == "csv" else rows


def _rows(edition: Edition) -> Mapping[str, tuple[Part, ...]]:
    """Parts of the files of lots and of agreements, the same in every format."""
    found = _agreements(edition)
    return {
        "lots": tuple(Part(lot.uid, edition.key(lot.uid, *_seen(lot))) for lot in edition.shown),
        "agreements": tuple(
            Part(uid, edition.key(agreement_fingerprint(view), view.first_seen)) for uid, view in found.items()
        ),
    }


def _seen(lot: Listed) -> tuple[object, ...]:
    """All that its records depend on. `updated` stands for what the notice says and no page shows."""
    return (lot.mark, lot.state, lot.updated, lot.first_seen)


def _agreements(edition: Edition) -> dict[str, AgreementView]:
    return {view.uid: view for view in sorted(edition.agreements, key=lambda view: (view.first_seen, view.uid))}


def _line(record: Any, columns: Sequence[Any], form: str) -> bytes:
    return csv_line(record, columns) if form == "csv" else json_line(record, columns)


@dataclass(frozen=True, eq=False)
class _Lots:
    """Lines of lots."""

    edition: Edition
    teller: Teller
    form: str

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        known = {view.uid: view for view in self.edition.views([name for name in names if name != _HEAD])}
        for name in names:
            if name == _HEAD:
                yield csv_head(LOT_COLUMNS)
            else:
                record = LotRecord(known[name], self.edition.by_uid[name].state, self.teller)
                yield _line(record, LOT_COLUMNS, self.form)


@dataclass(frozen=True, eq=False)
class _Agreements:
    """Lines of agreements."""

    edition: Edition
    teller: Teller
    form: str

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        known = _agreements(self.edition)
        for name in names:
            if name == _HEAD:
                yield csv_head(AGREEMENT_COLUMNS)
            else:
                yield _line(AgreementRecord(known[name], self.teller), AGREEMENT_COLUMNS, self.form)


# -- OCDS ----------------------------------------------------------------------------------------------------------


def _by_year(edition: Edition) -> dict[str, dict[str, list[Listed]]]:
    """Tenders with a lot that has a page, each with all of its lots that may be told, by the year in Copenhagen in
    which its first lot was found: that never changes."""
    found: dict[str, dict[str, list[Listed]]] = {}
    for procedure, lots in edition.tenders.items():
        if any(lot.shown for lot in lots):
            year = f"{local_day(lots[0].first_seen).year:04}"
            found.setdefault(year, {})[procedure] = [lot for lot in lots if lot.told]
    return dict(sorted(found.items()))


def _keys(edition: Edition) -> dict[str, dict[str, bytes]]:
    """The key of each tender's release, by year."""
    return {
        year: {
            procedure: edition.key(procedure, [(lot.uid, lot.shown, *_seen(lot)) for lot in lots])
            for procedure, lots in found.items()
        }
        for year, found in edition.once(_by_year).items()
    }


def _marks(edition: Edition) -> dict[str, bytes]:
    """Of the package of each year: another one as soon as anything in it is another."""
    return {year: edition.key(_HEAD, list(keys.items())) for year, keys in edition.once(_keys).items()}


def _releases(edition: Edition, year: str) -> tuple[Part, ...]:
    """Commas are parts of their own, or the octets of a release would depend on its place."""
    parts = [Part(procedure, key) for procedure, key in edition.once(_keys)[year].items()]
    between = Part(_BETWEEN, edition.key(_BETWEEN))
    body = [part for one in parts for part in (between, one)][1:]
    return (Part(_HEAD, edition.once(_marks)[year]), *body, Part(_END, edition.key(_END)))


@dataclass(frozen=True, eq=False)
class _Releases:
    """A package of releases. In a snapshot it has another path, and was published when that was made."""

    edition: Edition
    teller: Teller
    year: str
    published: dt.datetime
    folder: str = FOLDER

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        known: dict[str, list[ToldLot]] = {}
        for at, name in enumerate(names):
            if name in _FIXED:
                yield self._head() if name == _HEAD else _FIXED[name]
                continue
            if name not in known:
                known = self._read(names[at:])
            yield release(known[name], self.teller)

    def _head(self) -> bytes:
        return package_head(self.teller, f"{self.folder}ocds/{self.year}.json", self.published)

    def _read(self, names: Sequence[str]) -> dict[str, list[ToldLot]]:
        """The first of these tenders, and as many more as a batch of lots holds."""
        found, uids = dict[str, list[Listed]](), list[str]()
        for name in names:
            if name in _FIXED or name in found:
                continue
            lots = [lot for lot in self.edition.tenders[name] if lot.told]
            if found and len(uids) + len(lots) > BATCH:
                break
            found[name] = lots
            uids += [lot.uid for lot in lots]
        views = {view.uid: view for view in self.edition.views(uids)}
        return {name: [ToldLot(views[lot.uid], lot.state, lot.shown) for lot in lots] for name, lots in found.items()}


_FIXED: Mapping[str, bytes] = {_HEAD: b"", _BETWEEN: BETWEEN, _END: END}


# -- snapshots -----------------------------------------------------------------------------------------------------


def _snapshots(edition: Edition) -> Iterator[Document]:
    """This month's, where it was not made yet, and those out of which something has to be taken."""
    memory, off = read_memory(edition), hidden(edition)
    for name, kept in memory.snapshots.items():
        left = without(kept, off)
        if left != kept:
            yield from _shortened(name, kept, left)
    if (name := month(edition)) not in memory.snapshots:
        yield from _first(edition, name, _kept(edition))


def _kept(edition: Edition) -> Kept:
    tenders = {
        year: tuple(b"".join([mark(procedure), *(mark(lot.uid) for lot in lots)]) for procedure, lots in found.items())
        for year, found in edition.once(_by_year).items()
    }
    lots = b"".join(mark(lot.uid) for lot in edition.shown)
    return Kept(local_day(edition.now).isoformat(), lots, b"".join(map(mark, _agreements(edition))), tenders)


def _after(edition: Edition, memory: Memory) -> Memory:
    """What is known when this edition is published."""
    off, name = hidden(edition), month(edition)
    snapshots = {name: without(kept, off) for name, kept in memory.snapshots.items()}
    if name not in snapshots:
        snapshots[name] = _kept(edition)
    packages = dict[str, Package]()
    for year, now in edition.once(_marks).items():
        before = memory.packages.get(year)
        packages[year] = before if before and before.mark == now else Package(now, edition.now)
    return Memory(snapshots, packages)


def _remember(edition: Edition) -> Mapping[str, bytes]:
    return write_memory(_after(edition, read_memory(edition)))


def _fixed(name: str) -> Part:
    return Part(name, mark(f"part {name}"))


def _first(edition: Edition, name: str, kept: Kept) -> Iterator[Document]:
    """A snapshot as it is made."""
    tell, folder = teller(edition), f"{FOLDER}{name}/"
    for file, make in _tables(edition, tell):
        uids = [lot.uid for lot in edition.shown] if file.kind == "lots" else list(_agreements(edition))
        yield Document(f"{folder}{file.path}", _table_parts(file, [(uid, mark(uid)) for uid in uids]), make)
    for year, found in edition.once(_by_year).items():
        parts = _package_parts([(procedure, mark(procedure)) for procedure in found])
        yield Document(f"{folder}ocds/{year}.json", parts, _Releases(edition, tell, year, edition.now, folder).make)
    package = partial(dictionary.data_package, tell, kept.day)
    yield whole(f"{folder}datapackage.json", mark("package"), package)
    yield whole(f"{folder}README.md", mark("readme"), partial(_readme, edition, kept))


def _shortened(name: str, kept: Kept, left: Kept) -> Iterator[Document]:
    """The files of a snapshot that hold less now."""
    folder = f"{FOLDER}{name}/"
    if left.lots != kept.lots:
        for file in dictionary.FILES:
            if file.kind == "lots":
                parts = _table_parts(file, [("", key) for key in marks(left.lots)])
                yield Document(f"{folder}{file.path}", parts, _nothing, copied=True)
    for year, tenders in left.tenders.items():
        if tenders and tenders != kept.tenders[year]:
            parts = _package_parts([("", tender[:KEY]) for tender in tenders])
            yield Document(f"{folder}ocds/{year}.json", parts, _nothing, copied=True)


def _nothing(names: Sequence[str]) -> Iterator[bytes]:
    raise LookupError(f"{len(names)} parts of a snapshot are asked for that it does not have")


def _table_parts(file: dictionary.File, rows: Sequence[tuple[str, bytes]]) -> tuple[Part, ...]:
    return _with_head(file, _fixed(_HEAD), tuple(Part(name, key) for name, key in rows))


def _package_parts(rows: Sequence[tuple[str, bytes]]) -> tuple[Part, ...]:
    between = _fixed(_BETWEEN)
    body = [part for name, key in rows for part in (between, Part(name, key))][1:]
    return (_fixed(_HEAD), *body, _fixed(_END))


def _gone(edition: Edition) -> Iterator[str]:
    """Packages of snapshots in which nothing is left: the standard knows none without a release."""
    for name, kept in read_memory(edition).snapshots.items():
        left = without(kept, hidden(edition))
        yield from (f"{FOLDER}{name}/ocds/{year}.json" for year, tenders in left.tenders.items() if not tenders)


def _readme(edition: Edition, kept: Kept) -> bytes:
    texts = [one.w("opendata.snapshot_readme", town=edition.town.name, day=kept.day) for one in edition.readers]
    links = [address(edition.town, in_language(PAGE, one.language)) for one in edition.readers]
    return ("\n\n".join(f"{text}\n\n{link}" for text, link in zip(texts, links, strict=True)) + "\n").encode("utf-8")


# -- the page ------------------------------------------------------------------------------------------------------


def _page(edition: Edition, one: Reader, snapshots: Mapping[str, Kept]) -> bytes:
    w, tell = one.w, teller(edition)
    head = Head(w("opendata.title"), w("opendata.lead", town=edition.town.name), data=_dataset(edition, one))
    return render_page(
        "opendata",
        PAGE,
        head,
        edition.town,
        one,
        edition.door,
        files=dictionary.FILES,
        years=list(edition.once(_by_year)),
        lots=dictionary.entries("lots", one.language),
        agreements=dictionary.entries("agreements", one.language),
        sources=[(tell.source_name(key), tell.licence(key), tell.licence_url(key)) for key in tell.sources],
        about=edition.open_data,
        licence_url=tell.open_data.licence_url,
        snapshots=[
            (name, one.day(dt.date.fromisoformat(kept.day)), kept.day, sorted(kept.tenders))
            for name, kept in sorted(snapshots.items(), reverse=True)
        ],
    )


def _dataset(edition: Edition, one: Reader) -> dict[str, object]:
    town, w = edition.town, one.w
    files = [(file.path, file.media) for file in dictionary.FILES]
    files += [(f"ocds/{year}.json", "application/json") for year in edition.once(_by_year)]
    data: dict[str, object] = {
        "@type": "Dataset",
        "name": w("opendata.dataset", town=town.name),
        "description": w("opendata.dataset_description"),
        "url": address(town, in_language(PAGE, one.language)),
        "isAccessibleForFree": True,
        "creator": {"@type": "GovernmentOrganization", "name": town.name},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": address(town, f"{FOLDER}{path}")}
            for path, media in files
        ],
    }
    return data | ({"license": edition.open_data.licence_url} if edition.open_data.licence_url else {})


SNAPSHOTS = Section(
    r"data/\d{4}-\d{2}/(?:[a-z]+\.(?:csv|jsonl|json)|README\.md|ocds/\d{4}\.json)",
    _snapshots,
    permanent=True,
    gone=_gone,
)
SECTION = Section(
    r"data\.html|data/(?:lots|agreements)\.(?:csv|jsonl)|data/datapackage\.json"
    r"|data/ocds/(?:\d{4}\.json|extension/(?:codelists/)?[A-Za-z-]+\.(?:json|md|csv))",
    _documents,
    remember=_remember,
)
