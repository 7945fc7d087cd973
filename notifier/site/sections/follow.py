"""Every feed and calendar, and how to use them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section

PAGE = "foelg.html"


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        yield whole(in_language(PAGE, one.language), edition.key("follow", one.language), partial(_page, edition, one))


def _page(edition: Edition, one: Reader) -> bytes:
    head = Head(one.w("follow.title"), one.w("follow.title"))
    return render_page("follow", PAGE, head, edition.town, one, edition.door)


SECTION = Section(r"foelg\.html", _documents)
