"""Every lot that one can act on: the nearest deadlines on one page, and all of them by the month of their deadline.

opgaver.html                the nearest hundred, the search, and the way to all others
frister/2026-12.html        open lots by the month of their deadline in Copenhagen; a long month goes on in -2, -3 …
frister/uden-frist.html     open lots without a deadline
frister/planlagt.html       planned ones, by their start
maerker/reserved.html       open lots by their mark
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from markupsafe import Markup

from notifier.clock import MONTHS
from notifier.lots import Verdict
from notifier.site.documents import Document, Edition, Listed, batches, by_deadline
from notifier.site.feedplan import atom_path, json_path, mark_place
from notifier.site.reader import Reader
from notifier.site.rendering import LOTS, SEARCH, FeedLink, Head, render_page
from notifier.site.rowpages import RowPage
from notifier.site.search import MARKS, index_path
from notifier.site.sections.feeds import feed_name
from notifier.site.sections.section import Section

FOLDER, PLANNED, WITHOUT = "frister", "planlagt", "uden-frist"
ATOM, JSON = "application/atom+xml", "application/feed+json"
NEAREST, NEXT_PLANNED = 100, 20  # rows of opgaver.html
ROWS = 300  # of a page: some 150 kB, and not too much to scroll


@dataclass(frozen=True, slots=True)
class Group:
    """The lots of one list, and the month of their deadlines where it is one."""

    name: str
    lots: tuple[Listed, ...]
    month: dt.date | None = None  # its first day
    mark: Verdict | None = None  # where it is the list of a mark

    def called(self, reader: Reader) -> str:
        """As a link to it says: "december 2026"."""
        if self.mark is not None:
            return reader.w(f"common.verdict_{self.mark}")
        if self.month is None:
            return reader.w("lists.planned" if self.name == PLANNED else "lists.without")
        return write_month(self.month, reader)

    def pages(self) -> tuple[tuple[Listed, ...], ...]:
        """Its lots page by page; one without lots has a page too."""
        return tuple(tuple(lots) for lots in batches(self.lots, ROWS)) or ((),)

    def path(self, number: int = 1) -> str:
        """The file of a page, counted from 1."""
        ending = f"-{number}" if number > 1 else ""
        return f"{mark_place(self.mark) if self.mark else f'{FOLDER}/{self.name}'}{ending}.html"


@dataclass(frozen=True, slots=True)
class Way:
    """A link to a list."""

    words: str
    path: str  # from the folder of the language
    count: int = 0


def groups(open_lots: Sequence[Listed], planned: Sequence[Listed]) -> tuple[Group, ...]:
    """The lists by month in the order of time, then those without a deadline where there are any, then planned ones."""
    dated = sorted((lot for lot in open_lots if lot.day), key=_month)
    found = [
        Group(_name(month), tuple(sorted(lots, key=by_deadline)), month) for month, lots in groupby(dated, key=_month)
    ]
    if undated := tuple(lot for lot in open_lots if not lot.day):
        found.append(Group(WITHOUT, undated))
    return (*found, Group(PLANNED, tuple(planned)))


def marked(open_lots: Sequence[Listed]) -> tuple[Group, ...]:
    """The lists by mark, also of a mark that no open lot has: its address is kept and linked to."""
    return tuple(Group(mark, tuple(lot for lot in open_lots if lot.verdict is mark), mark=mark) for mark in MARKS)


def _name(month: dt.date) -> str:
    return f"{month:%Y-%m}"


def month_path(month: dt.date) -> str:
    """Where open lots with a deadline in this month stand, as long as there are any."""
    return f"{FOLDER}/{_name(month)}.html"


def write_month(month: dt.date, reader: Reader) -> str:
    """ "december 2026"."""
    return f"{MONTHS[reader.language][month.month - 1]} {month.year}"


def _month(lot: Listed) -> dt.date:
    return (lot.day or dt.date.max).replace(day=1)


def _documents(edition: Edition) -> Iterator[Document]:
    found, marks = groups(edition.open, edition.planned), marked(edition.open)
    for one in edition.readers:
        for number, group in enumerate(found):
            yield from _group(
                edition, one, group, [*found[max(number - 1, 0) : number], *found[number + 1 : number + 2]]
            )
        for group in marks:
            yield from _group(edition, one, group, [other for other in marks if other is not group])
        yield _nearest(edition, one, found, marks)


def _way(group: Group, reader: Reader) -> Way:
    return Way(group.called(reader), group.path(), len(group.lots))


def _group(edition: Edition, one: Reader, group: Group, beside: Sequence[Group]) -> Iterator[Document]:
    """The pages of a list, which lead to those `beside`."""
    pages, feeds = group.pages(), _feeds(edition, one, group.mark) if group.mark else ()
    for number, lots in enumerate(pages, 1):
        values = {
            "kind": "month" if group.month else group.name,
            "called": group.called(one),
            "total": len(group.lots),
            "page": number,
            "pages": [group.path(other) for other in range(1, len(pages) + 1)],
            "beside": [_way(other, one) for other in beside],
        }
        render = partial(_render_group, edition, one, group.path(number), values, feeds)
        frame = (values["total"], number, len(pages), [other.path() for other in beside])
        yield RowPage(edition, one, group.path(number), [lots], render).document(frame)


def _render_group(
    edition: Edition, one: Reader, path: str, values: dict[str, object], feeds: tuple[FeedLink, ...], rows: Markup
) -> bytes:
    w, kind = one.w, str(values["kind"]).replace("-", "_")
    heading = w(f"lists.{kind}_title", called=values["called"])
    lead = w(f"lists.{kind}_lead", town=edition.town.name, called=values["called"])
    title = w("lists.page_of", title=heading, page=values["page"]) if values["page"] != 1 else heading
    head = Head(f"{title} – {edition.town.name}", lead, here=LOTS, feeds=feeds)
    return render_page(
        "months",
        path,
        head,
        edition.town,
        one,
        edition.door,
        heading=heading,
        lead=lead,
        rows=rows,
        feeds=feeds,
        **values,
    )


def _feeds(edition: Edition, one: Reader, mark: Verdict) -> tuple[FeedLink, ...]:
    place = mark_place(mark)
    name = feed_name(place, edition.town.name, one)[0]
    return tuple(FeedLink(path, kind, name) for path, kind in ((atom_path(place), ATOM), (json_path(place), JSON)))


def _nearest(edition: Edition, one: Reader, found: Sequence[Group], marks: Sequence[Group]) -> Document:
    lists = [edition.open[:NEAREST], edition.planned[:NEXT_PLANNED]]
    ways, by_mark = [_way(group, one) for group in found if group.lots], [_way(group, one) for group in marks]
    frame = [(way.path, way.count) for way in (*ways, *by_mark)]
    render = partial(_render_nearest, edition, one, ways, by_mark)
    return RowPage(edition, one, LOTS, lists, render).document(frame)


def _render_nearest(edition: Edition, one: Reader, ways: Sequence[Way], by_mark: Sequence[Way], rows: Markup) -> bytes:
    w, town = one.w, edition.town
    lead = w("site.lots_lead", town=town.name)
    head = Head(f"{w('site.lots_heading')} – {town.name}", lead, scripts=(SEARCH,))
    return render_page(
        "lots",
        LOTS,
        head,
        town,
        one,
        edition.door,
        rows=rows,
        ways=ways,
        by_mark=by_mark,
        open_count=len(edition.open),
        planned_count=len(edition.planned),
        nearest=NEAREST,
        next_planned=NEXT_PLANNED,
        trades=tuple(one.trades.items()),
        marks=MARKS,
        index=index_path(one.language),
    )


SECTION = Section(
    rf"opgaver\.html|(?:{FOLDER}/(?:[0-9]{{4}}-[0-9]{{2}}|{PLANNED}|{WITHOUT})|maerker/(?:{'|'.join(MARKS)}))(?:-[0-9]+)?\.html",
    _documents,
)
