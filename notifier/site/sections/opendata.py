"""Open data, and what stands in them: CSV, JSON Lines, OCDS packages, a snapshot of each month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from notifier.clock import COPENHAGEN
from notifier.lots import AgreementView
from notifier.phrases import local_day
from notifier.site.data import dictionary, extension
from notifier.site.data.columns import AGREEMENT_COLUMNS, LOT_COLUMNS
from notifier.site.data.dates import Dated, Dates, dates
from notifier.site.data.ocds import BETWEEN, END, ToldLot, package_head, release
from notifier.site.data.records import csv_head, csv_line, json_line
from notifier.site.data.snapshots import (
    FOLDER,
    Memory,
    Package,
    Standing,
    due,
    month,
    read_memory,
    standing,
    strainer,
    write_memory,
)
from notifier.site.data.telling import AgreementRecord, LotRecord, Teller, moment, teller
from notifier.site.documents import BATCH, Document, Edition, Listed, Part, Strainer, digest, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, address, in_language, render_page
from notifier.site.sections.section import Section

PAGE = "data.html"
_HEAD, _BETWEEN, _END = "head", "between", "end"
Make = Callable[[Sequence[str]], Iterator[bytes]]


def _documents(edition: Edition) -> Iterator[Document]:
    tell = teller(edition)
    rows, head = _rows(edition), Part(_HEAD, edition.key(_HEAD))
    for file, make in _tables(edition, tell):
        yield Document(f"{FOLDER}{file.path}", _with_head(file, head, rows[file.kind]), make)
    years, after = edition.once(_by_year), edition.once(_after)
    for year in years:
        made = _Releases(edition, tell, year, after.packages[year].at)
        yield Document(f"{FOLDER}ocds/{year}.json", _releases(edition, year), made.make)
    for path, content in extension.files(edition, tell):
        yield whole(path, edition.key(path, content), partial(bytes, content))
    yield whole(f"{FOLDER}datapackage.json", edition.key("package"), partial(dictionary.data_package, tell))
    # One that was made while the clock was ahead is not told of before its month.
    snapshots = [one for name, one in standing(edition).items() if name <= month(edition)]
    held = [(one.month, one.day, sorted(one.files)) for one in snapshots]
    for one in edition.readers:
        key = edition.key("opendata", one.language, held, list(years))
        yield whole(in_language(PAGE, one.language), key, partial(_page, edition, one, snapshots))


# -- lots and agreements -------------------------------------------------------------------------------------------


def _tables(edition: Edition, tell: Teller) -> Iterator[tuple[dictionary.File, Make]]:
    for file in dictionary.FILES:
        rows = _Lots(edition, tell, file.form) if file.kind == "lots" else _Agreements(edition, tell, file.form)
        yield file, rows.make


def _with_head(file: dictionary.File, head: Part, rows: tuple[Part, ...]) -> tuple[Part, ...]:
    return (head, *rows) if file.form == "csv" else rows


def _rows(edition: Edition) -> Mapping[str, tuple[Part, ...]]:
    """Parts of the files of lots and of agreements, the same in every format."""
    since = edition.once(_dates)
    return {
        "lots": tuple(Part(lot.uid, _key(edition, since.lots[lot.uid])) for lot in edition.shown),
        "agreements": tuple(Part(uid, _key(edition, since.agreements[uid])) for uid in _agreements(edition)),
    }


def _key(edition: Edition, since: Dated) -> bytes:
    return edition.key(since.mark, since.seconds)


def _dates(edition: Edition) -> Dates:
    return dates(edition, {name: lots for found in edition.once(_by_year).values() for name, lots in found.items()})


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
                state, since = self.edition.by_uid[name].state, self.edition.once(_dates).lots[name]
                record = LotRecord(known[name], state, self.teller, since.at)
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
                record = AgreementRecord(known[name], self.teller, self.edition.once(_dates).agreements[name].at)
                yield _line(record, AGREEMENT_COLUMNS, self.form)


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


def _marks(edition: Edition) -> dict[str, bytes]:
    """Of the package of each year: another one as soon as anything in it is another."""
    since = edition.once(_dates).tenders
    return {
        year: digest(tuple(since[procedure].mark for procedure in found))
        for year, found in edition.once(_by_year).items()
    }


def _releases(edition: Edition, year: str) -> tuple[Part, ...]:
    """Commas are parts of their own, or the octets of a release would depend on its place."""
    since, published = edition.once(_dates).tenders, edition.once(_after).packages[year]
    parts = [Part(procedure, _key(edition, since[procedure])) for procedure in edition.once(_by_year)[year]]
    between = Part(_BETWEEN, edition.key(_BETWEEN))
    body = [part for one in parts for part in (between, one)][1:]
    return (Part(_HEAD, edition.key(_HEAD, published.mark, published.at)), *body, Part(_END, edition.key(_END)))


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
            yield release(known[name], self.teller, self.edition.once(_dates).tenders[name].at)

    def _head(self) -> bytes:
        return package_head(self.teller, f"{self.folder}ocds/{self.year}.json", self.published.astimezone(COPENHAGEN))

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


# -- packages' days ------------------------------------------------------------------------------------------------


def _after(edition: Edition) -> Memory:
    """What is known when this edition is published."""
    memory, packages = edition.once(read_memory), dict[str, Package]()
    for year, now in edition.once(_marks).items():
        before = memory.packages.get(year)
        packages[year] = before if before and before.mark == now else Package(now, edition.now)
    return Memory(packages, edition.once(_dates).packed())


def _remember(edition: Edition) -> Mapping[str, bytes]:
    return write_memory(edition.once(_after))


# -- snapshots -----------------------------------------------------------------------------------------------------


def _snapshots(edition: Edition) -> Iterator[Document]:
    """What stands of earlier ones without what may not stand in them any more, and this month's where it is due."""
    made = due(edition)
    for one in standing(edition).values():
        if one.month != made:
            for name in sorted(one.files):
                if strained := strainer(edition, one, name):
                    yield Document(one.path(name), (), _nothing, strained=strained)
    if made:
        yield from _first(edition, Standing(made, local_day(edition.now).isoformat()))


def _first(edition: Edition, one: Standing) -> Iterator[Document]:
    """A snapshot as it is made. What says its day comes last: without it a snapshot is not whole, and is made anew."""
    tell = teller(edition)
    for file, make in _tables(edition, tell):
        uids = [lot.uid for lot in edition.shown] if file.kind == "lots" else list(_agreements(edition))
        parts = _with_head(file, Part(_HEAD, b""), tuple(Part(uid, b"") for uid in uids))
        yield _once(edition, one, file.path, parts, make)
    for year in edition.once(_by_year):
        parts = tuple(Part(part.name, b"") for part in _releases(edition, year))
        releases = _Releases(edition, tell, year, edition.now, one.path(""))
        yield _once(edition, one, f"ocds/{year}.json", parts, releases.make)
    yield _once(edition, one, "README.md", (Part("", b""),), lambda _: iter([_readme(edition, one)]))
    package = partial(dictionary.data_package, tell, moment(edition.now) or "")
    yield _once(edition, one, "datapackage.json", (Part("", b""),), lambda _: iter([package()]))


def _once(edition: Edition, one: Standing, name: str, parts: tuple[Part, ...], make: Make) -> Document:
    """A file that nobody makes again once its snapshot is whole."""
    strained = strainer(edition, one, name) or Strainer(edition.key("snapshot", one.day), iter)
    return Document(one.path(name), parts, make, strained=strained)


def _nothing(names: Sequence[str]) -> Iterator[bytes]:
    raise LookupError(f"{len(names)} parts of a snapshot are asked for that it does not have")


def _readme(edition: Edition, made: Standing) -> bytes:
    texts = [one.w("opendata.snapshot_readme", town=edition.town.name, day=made.day) for one in edition.readers]
    links = [address(edition.town, in_language(PAGE, one.language)) for one in edition.readers]
    return ("\n\n".join(f"{text}\n\n{link}" for text, link in zip(texts, links, strict=True)) + "\n").encode("utf-8")


# -- the page ------------------------------------------------------------------------------------------------------


def _page(edition: Edition, one: Reader, snapshots: Sequence[Standing]) -> bytes:
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
        snapshots=[_told(kept, one) for kept in reversed(snapshots)],
    )


def _told(kept: Standing, one: Reader) -> tuple[str, str, str, list[str]]:
    """Its month, its day in words, the same for programs, and the files that stand; the month where no day is known."""
    known = [*(file.path for file in dictionary.FILES), *(f"ocds/{year}.json" for year in kept.years), "README.md"]
    files = [name for name in known if name in kept.files]
    return kept.month, one.day(dt.date.fromisoformat(kept.day)) if kept.day else kept.month, kept.at, files


def _dataset(edition: Edition, one: Reader) -> dict[str, object]:
    town, w, page = edition.town, one.w, address(edition.town, in_language(PAGE, one.language))
    files = [(file.path, file.media) for file in dictionary.FILES]
    files += [(f"ocds/{year}.json", "application/json") for year in edition.once(_by_year)]
    data: dict[str, object] = {
        "@type": "Dataset",
        "name": w("opendata.dataset", town=town.name),
        "description": w("opendata.dataset_description"),
        "url": page,
        "license": f"{page}#licens",  # says which licence holds for what: none holds for all of it
        "isAccessibleForFree": True,
        "creator": {"@type": "GovernmentOrganization", "name": town.name},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": address(town, f"{FOLDER}{path}")}
            for path, media in files
        ],
    }
    return data


SNAPSHOTS = Section(
    r"data/\d{4}-\d{2}/(?:[a-z]+\.(?:csv|jsonl|json)|README\.md|ocds/\d{4}\.json)",
    _snapshots,
    permanent=True,
)
SECTION = Section(
    r"data\.html|data/(?:lots|agreements)\.(?:csv|jsonl)|data/datapackage\.json"
    r"|data/ocds/(?:\d{4}\.json|extension/(?:codelists/)?[A-Za-z-]+\.(?:json|md|csv))",
    _documents,
    remember=_remember,
)
