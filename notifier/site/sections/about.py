"""About the site, the accessibility statement."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section

PAGE, ACCESSIBILITY = "om.html", "tilgaengelighed.html"


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        for path in (PAGE, ACCESSIBILITY):
            key = edition.key("about", path, one.language)
            yield whole(in_language(path, one.language), key, partial(_page, edition, one, path))


def _page(edition: Edition, one: Reader, path: str) -> bytes:
    head = Head(one.w("about.title"), one.w("about.title"))
    return render_page("about", path, head, edition.town, one, edition.door)


SECTION = Section(r"om\.html|tilgaengelighed\.html|404\.html", _documents)
