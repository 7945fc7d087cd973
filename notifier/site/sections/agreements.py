"""Agreements, by the day on which they run out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.lists import agreement_row, by_end
from notifier.site.reader import Reader
from notifier.site.rendering import AGREEMENTS, in_language, render_agreements
from notifier.site.sections.section import Section


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        key = edition.key("agreements", one.language, edition.agreements)
        yield whole(in_language(AGREEMENTS, one.language), key, partial(_listing, edition, one))


def _listing(edition: Edition, one: Reader) -> bytes:
    rows = [agreement_row(view, one) for view in by_end(edition.agreements)]
    return render_agreements(rows, edition.town, one, edition.door).content


SECTION = Section(r"aftaler\.html", _documents)
