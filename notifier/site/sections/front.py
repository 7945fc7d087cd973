"""The front page, and what every page needs: the style sheet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.clock import COPENHAGEN
from notifier.site.documents import Document, Edition, whole
from notifier.site.linked import site_data
from notifier.site.lists import front
from notifier.site.reader import Reader
from notifier.site.rendering import FRONT, STYLE, in_language, render_front, style_sheet
from notifier.site.sections.section import Section


def _documents(edition: Edition) -> Iterator[Document]:
    yield whole(STYLE, edition.key("style"), style_sheet)
    today = edition.now.astimezone(COPENHAGEN).date()
    marks = [(lot.mark, lot.state) for lot in (*edition.open, *edition.planned)]
    for one in edition.readers:
        key = edition.key("front", one.language, today, marks, edition.agreements, edition.runs)
        yield whole(in_language(FRONT, one.language), key, partial(_front, edition, one))


def _front(edition: Edition, one: Reader) -> bytes:
    views = list(edition.views([lot.uid for lot in (*edition.open, *edition.planned)]))
    page = front(views, edition.agreements, edition.runs, one, edition.now)
    return render_front(page, edition.town, one, edition.door, site_data(edition.town, one)).content


SECTION = Section(r"index\.html|style\.css", _documents)
