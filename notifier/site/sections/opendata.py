"""Open data, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section

PAGE = "data.html"


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        yield whole(
            in_language(PAGE, one.language), edition.key("opendata", one.language), partial(_page, edition, one)
        )


def _page(edition: Edition, one: Reader) -> bytes:
    head = Head(one.w("opendata.title"), one.w("opendata.title"))
    return render_page("opendata", PAGE, head, edition.town, one, edition.door)


SECTION = Section(r"data\.html|data/.+", _documents)
