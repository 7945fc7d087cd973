"""The front page, and what every page needs: the style sheet and two pictures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from notifier.site.documents import Document, Edition, Listed, whole
from notifier.site.fingerprints import agreement_fingerprint
from notifier.site.frontpage import Choice, choose, front
from notifier.site.linked import site_data
from notifier.site.lists import Part
from notifier.site.reader import Reader
from notifier.site.rendering import FRONT, ICON, IMAGE, STYLE, in_language, picture, render_front, style_sheet
from notifier.site.sections.section import Section


def _documents(edition: Edition) -> Iterator[Document]:
    yield whole(STYLE, edition.key("style"), style_sheet)
    for name in (IMAGE, ICON):
        yield whole(name, edition.key("picture", name), partial(picture, name))
    choice = choose(edition.open, edition.planned, edition.agreements, edition.now)
    for one in edition.readers:
        key = edition.key("front", one.language, _shown(choice), edition.runs)
        yield whole(in_language(FRONT, one.language), key, partial(_front, edition, one, choice))


def _shown(choice: Choice) -> object:
    """All that the page is made from, beside what was read: its rows, its numbers and its days."""

    def rows(part: Part[Listed]) -> object:
        return ([(lot.mark, lot.state) for lot in part.rows], part.total)

    return (
        [rows(part) for part in (choice.closing, choice.fresh, choice.further, choice.planned)],
        (choice.until, choice.since, choice.today, choice.open, choice.reserved, choice.agreements),
        ([agreement_fingerprint(view) for view in choice.ending.rows], choice.ending.total),
    )


def _front(edition: Edition, one: Reader, choice: Choice) -> bytes:
    views = {view.uid: view for view in edition.views([lot.uid for lot in choice.lots])}
    page, data = front(choice, views, edition.runs, one), site_data(edition.town, one)
    return render_front(page, edition.town, one, edition.door, data).content


SECTION = Section(r"index\.html|style\.css|deling\.png|ikon\.png", _documents)
