"""The effects report, quarter by quarter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section

PAGE = "effekt.html"


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        yield whole(in_language(PAGE, one.language), edition.key("report", one.language), partial(_page, edition, one))


def _page(edition: Edition, one: Reader) -> bytes:
    head = Head(one.w("report.title"), one.w("report.title"))
    return render_page("report", PAGE, head, edition.town, one, edition.door)


SECTION = Section(r"effekt(?:/[a-z0-9-]{1,40})?\.(?:html|json)", _documents)
