"""The feed of all lots."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.feed import feed
from notifier.site.reader import Reader
from notifier.site.rendering import FEED, in_language, render_feed
from notifier.site.sections.section import Section


def _documents(edition: Edition) -> Iterator[Document]:
    marks = [(lot.mark, lot.state, lot.updated) for lot in edition.shown]
    for one in edition.readers:
        key = edition.key("feed", one.language, marks)
        yield whole(in_language(FEED, one.language), key, partial(_feed, edition, one))


def _feed(edition: Edition, one: Reader) -> bytes:
    views = edition.views([lot.uid for lot in edition.shown])
    made = feed(views, edition.town, one, edition.now, edition.before)
    return render_feed(made, edition.town, one).content


SECTION = Section(r"atom\.xml", _documents)
