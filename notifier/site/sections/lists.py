"""Every lot that one can act on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.lists import lot_row
from notifier.site.reader import Reader
from notifier.site.rendering import LOTS, in_language, render_lots
from notifier.site.sections.section import Section


def _documents(edition: Edition) -> Iterator[Document]:
    marks = [[(lot.mark, lot.state) for lot in lots] for lots in (edition.open, edition.planned)]
    for one in edition.readers:
        key = edition.key("lots", one.language, marks)
        yield whole(in_language(LOTS, one.language), key, partial(_listing, edition, one))


def _listing(edition: Edition, one: Reader) -> bytes:
    rows, planned = (
        [lot_row(view, one) for view in edition.views([lot.uid for lot in lots])]
        for lots in (edition.open, edition.planned)
    )
    return render_lots(rows, planned, edition.town, one, edition.door).content


SECTION = Section(r"opgaver\.html", _documents)
