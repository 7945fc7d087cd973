"""Editions of the example town, and the files that a section makes of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from notifier.lots import AgreementView, LotView
from notifier.site.documents import Document, Edition, listed
from notifier.site.reader import reader
from notifier.site.sections.section import Section
from tests.notifier.examples import NOW, RUNS, SOURCES, TOWN, TRADES, some_agreements, some_lots


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
