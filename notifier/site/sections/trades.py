"""A page for each trade, and the list of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section

PAGE = "fag.html"


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        yield whole(in_language(PAGE, one.language), edition.key("trades", one.language), partial(_page, edition, one))


def _page(edition: Edition, one: Reader) -> bytes:
    head = Head(one.w("trades.title"), one.w("trades.title"))
    return render_page("trades", PAGE, head, edition.town, one, edition.door)


SECTION = Section(r"fag(?:/[a-z0-9_-]{1,80})?\.html", _documents)
