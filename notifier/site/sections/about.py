"""What is around every page: about the site, the accessibility statement, and the page for what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader, reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section

PAGE, ACCESSIBILITY, LOST = "om.html", "tilgaengelighed.html", "404.html"


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        for path, make in ((PAGE, _about), (ACCESSIBILITY, _accessibility)):
            key = edition.key("about", path, one.language)
            yield whole(in_language(path, one.language), key, partial(make, edition, one))
    yield whole(LOST, edition.key("lost"), partial(_lost, edition))


def _about(edition: Edition, one: Reader) -> bytes:
    town = edition.town
    head = Head(f"{one.w('about.title')} – {town.name}", one.w("about.description", town=town.name))
    names = [source.name for source in edition.sources]
    return render_page("about", PAGE, head, town, one, edition.door, sources=names)


def _accessibility(edition: Edition, one: Reader) -> bytes:
    town = edition.town
    title = f"{one.w('about.accessibility_title')} – {town.name}"
    head = Head(title, one.w("about.accessibility_description", town=town.name))
    return render_page("accessibility", ACCESSIBILITY, head, town, one, edition.door)


def _lost(edition: Edition) -> bytes:
    """One page for both languages: a web server has one for all addresses at which there is none."""
    danish, english = (reader(language) for language in ("da", "en"))
    head = Head(danish.w("about.lost_title"), danish.w("about.lost_lead"), lost=True)
    return render_page("lost", LOST, head, edition.town, danish, edition.door, english=english.w)


SECTION = Section(r"om\.html|tilgaengelighed\.html|404\.html", _documents)
