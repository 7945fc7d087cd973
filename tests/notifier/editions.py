"""Editions of the site and their documents, made in memory as `publish` makes them in a folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from notifier import publish as publishing
from notifier.config import OpenData, Town
from notifier.door import Door
from notifier.lots import AgreementView, LotAlias, LotView, SourceRun
from notifier.publish import Holdings, Imprint, Published, known_of
from notifier.site.documents import Document, Edition, Lots, listed
from notifier.site.feed import Known
from notifier.site.reader import NamedSource, NamedTrade, reader
from notifier.site.sections.section import Section
from tests.notifier.examples import NOW, RUNS, SOURCES, TOWN, TRADES, Handed, Trade, some_agreements, some_lots


def edition_of(
    lots: Sequence[LotView] = some_lots(),
    agreements: Sequence[AgreementView] = some_agreements(),
    now: dt.datetime = NOW,
    asked: list[str] | None = None,
) -> Edition:
    """What the site is made from; the lots that are read from the store are noted in `asked`."""

    known = {view.uid: view for view in lots}

    def read(uids: Sequence[str]) -> Iterator[LotView]:
        if asked is not None:
            asked.extend(uids)
        return (known[uid] for uid in uids)

    return Edition(
        town=TOWN,
        now=now,
        readers=tuple(reader(language, TRADES, SOURCES) for language in ("da", "en")),
        lots=tuple(listed(view, now) for view in lots),
        agreements=tuple(agreements),
        runs=RUNS,
        read=read,
        trades=TRADES,
        sources=SOURCES,
    )


def documents_of(section: Section, edition: Edition) -> dict[str, Document]:
    """The section's documents by path."""
    return {document.path: document for document in section.documents(edition)}


def content_of(document: Document) -> bytes:
    """What the file holds when it is made from nothing."""
    return b"".join(document.make([part.name for part in document.parts]))


def made(section: Section, edition: Edition) -> dict[str, bytes]:
    """The section's files."""
    return {path: content_of(document) for path, document in documents_of(section, edition).items()}


def edition(
    lots: Sequence[LotView] = (),
    agreements: Sequence[AgreementView] = (),
    now: dt.datetime = NOW,
    *,
    aliases: Sequence[LotAlias] = (),
    outside: Sequence[LotView] = (),
    trades: Sequence[Trade] = TRADES,
    languages: Sequence[str] = ("da", "en"),
    memory: Mapping[str, bytes] | None = None,
    before: Mapping[str, Known] | None = None,
) -> Edition:
    """What the sections are handed. `outside` are lots that are not followed."""
    handed = Handed(tuple(lots), tuple(outside))
    return Edition(
        town=TOWN,
        now=now,
        readers=tuple(reader(language, trades, SOURCES) for language in languages),
        lots=tuple(listed(view, now, followed=followed) for view, followed in handed.all()),
        agreements=tuple(agreements),
        runs=(),
        read=handed.of,
        trades=tuple(trades),
        aliases=tuple(aliases),
        memory=memory or {},
        before=before or {},
    )


def files_of(section: Section, made: Edition) -> dict[str, bytes]:
    """Every file of a section by its path, with all its parts made."""
    return {
        document.path: b"".join(document.make([part.name for part in document.parts]))
        for document in section.documents(made)
    }


def feeds_said(files: Mapping[str, bytes]) -> dict[str, Known]:
    """What is read from the Atom feeds where their memory is lost."""
    return {path: known_of(content) for path, content in files.items() if path.endswith(".xml")}


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
    door: Door | None = None,
    open_data: OpenData | None = None,
    **more: Any,
) -> Published:
    """Into a folder, as the step does. What else is held is named as in Holdings."""
    held = Holdings(lots, tuple(agreements), tuple(runs), **{name: tuple(values) for name, values in more.items()})
    imprint = Imprint(town, tuple(trades), tuple(sources), door, open_data or OpenData())
    return publishing.publish(held, imprint, folder, now)
