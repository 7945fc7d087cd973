"""A page for each trade, continued on further ones where it has more lots than one page holds, and the list of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from notifier.lots import AgreementView
from notifier.phrases import local_day
from notifier.site.agreementpage import Phase, phase
from notifier.site.documents import Document, Edition, Listed, whole
from notifier.site.lists import agreement_row, by_end, lot_row
from notifier.site.pieces import page_of_rows
from notifier.site.reader import NamedTrade, Reader
from notifier.site.rendering import FeedLink, Head, in_language, render_page, render_piece, trade_path
from notifier.site.rowpages import row_parts
from notifier.site.sections.section import Section
from notifier.site.trades import explained

PAGE = "fag.html"
LOTS, AGREEMENTS = 200, 20  # on one page
FEEDS = (("xml", "application/atom+xml"), ("json", "application/feed+json"), ("ics", "text/calendar"))


@dataclass(frozen=True, slots=True)
class Work:
    """What there is of one trade: lots by deadline and start, agreements that run, the next to run out first."""

    trade: NamedTrade
    open: tuple[Listed, ...]
    planned: tuple[Listed, ...]
    agreements: tuple[AgreementView, ...]

    @property
    def pages(self) -> int:
        """How many pages its lots fill; one at least."""
        return max(1, -(-(len(self.open) + len(self.planned)) // LOTS))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a trade as its template is given it. `names` are the file names of all its pages."""

    key: str
    name: str
    about: str
    number: int
    names: tuple[str, ...]
    open: int  # in all
    planned: int
    here: tuple[bool, bool]  # whether this page has open ones, and planned ones
    planned_on: str  # file name of the page on which planned ones begin
    agreements: int

    @property
    def nothing(self) -> bool:
        """Whether there is nothing that one can act on or prepare for."""
        return not (self.open or self.planned)


def _documents(edition: Edition) -> Iterator[Document]:
    works = tuple(_works(edition, local_day(edition.now)))
    for one in edition.readers:
        counts = [(work.trade.key, len(work.open), len(work.planned), len(work.agreements)) for work in works]
        key = edition.key("trades", one.language, counts)
        yield whole(in_language(PAGE, one.language), key, partial(_overview, edition, one, works))
        for work in works:
            yield from _pages(edition, one, work)


def _works(edition: Edition, today: dt.date) -> Iterator[Work]:
    running = [view for view in by_end(edition.agreements, today) if phase(view, today) is not Phase.OVER]
    for trade in edition.trades:
        yield Work(
            trade,
            tuple(lot for lot in edition.open if trade.key in lot.trades),
            tuple(lot for lot in edition.planned if trade.key in lot.trades),
            tuple(view for view in running if trade.key in view.trades),
        )


def file_name(key: str, number: int, keys: Collection[str]) -> str:
    """The name of a trade's page of that number, without its ending; another than the key of any other trade.

    >>> file_name("food", 1, ["food"]), file_name("food", 2, ["food"]), file_name("food", 2, ["food", "food-2"])
    ('food', 'food-2', 'food-2_')
    """
    name = key if number == 1 else f"{key}-{number}"
    while name != key and name in keys:
        name += "_"
    return name


def _pages(edition: Edition, one: Reader, work: Work) -> Iterator[Document]:
    keys = {trade.key for trade in edition.trades}
    names = tuple(file_name(work.trade.key, number, keys) for number in range(1, work.pages + 1))
    lots = (*work.open, *work.planned)
    for number in range(1, work.pages + 1):
        part = lots[(number - 1) * LOTS : number * LOTS]
        lists = [[lot for lot in part if lot.open], [lot for lot in part if lot.planned]]
        sheet = Sheet(
            key=work.trade.key,
            name=one.trades[work.trade.key],
            about=explained(work.trade, one),
            number=number,
            names=names,
            open=len(work.open),
            planned=len(work.planned),
            here=(bool(lists[0]), bool(lists[1])),
            planned_on=names[len(work.open) // LOTS] if work.planned else "",
            agreements=len(work.agreements),
        )
        yield _page(edition, one, sheet, [found for found in lists if found], work.agreements[:AGREEMENTS])


def _page(
    edition: Edition, one: Reader, sheet: Sheet, lists: Sequence[Sequence[Listed]], agreements: Sequence[AgreementView]
) -> Document:
    today, told = local_day(edition.now), agreements if sheet.number == 1 else ()
    marks = [(edition.agreement_marks[view.uid], phase(view, today)) for view in told]
    return page_of_rows(
        edition,
        in_language(trade_path(sheet.names[sheet.number - 1]), one.language),
        edition.key("trade", one.language, sheet, marks),
        [row_parts(lots, edition, one) for lots in lists],
        partial(_around, edition, one, sheet, agreements),
        partial(_rows, edition, one, sheet.name),
    )


def _rows(edition: Edition, one: Reader, name: str, uids: Sequence[str]) -> Iterator[bytes]:
    """Rows on the page of the trade of that name, which they need not repeat."""
    for view in edition.views(uids):
        row = lot_row(view, one)
        others = tuple(trade for trade in row.trades if trade != name)
        yield render_piece("lot_line", one, row=replace(row, trades=others), home="../", town=edition.town)


def _around(edition: Edition, one: Reader, sheet: Sheet, agreements: Sequence[AgreementView]) -> bytes:
    w, town = one.w, edition.town
    first = sheet.number == 1
    title = w("trades.page_title" if first else "trades.page_title_more", name=sheet.name, number=sheet.number)
    description = w("trades.page_description", town=town.name, name=sheet.name, about=sheet.about).strip()
    feeds = [
        FeedLink(trade_path(sheet.key, ending), kind, w(f"trades.feed_{ending}_title", name=sheet.name))
        for ending, kind in FEEDS
    ]
    head = Head(
        f"{title} – {town.name}",
        description,
        here=PAGE,
        feeds=tuple(feeds),
        data={
            "@type": "CollectionPage",
            "name": title,
            "description": description,
            "inLanguage": one.language,
            "about": {"@type": "Thing", "name": sheet.name},
        },
    )
    others = [(trade.key, one.trades[trade.key]) for trade in edition.trades if trade.key != sheet.key]
    return render_page(
        "trade",
        trade_path(sheet.names[sheet.number - 1]),
        head,
        town,
        one,
        edition.door,
        sheet=sheet,
        title=title,
        agreements=[agreement_row(view, one, local_day(edition.now)) for view in agreements],
        others=others,
        sign_up=edition.door.sign_up(one.language, trades=sheet.key) if edition.door else "",
    )


# -- the list of trades ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A trade in the list of trades."""

    key: str
    name: str
    about: str
    counts: str


def _overview(edition: Edition, one: Reader, works: Sequence[Work]) -> bytes:
    w, town = one.w, edition.town
    head = Head(
        f"{w('trades.title')} – {town.name}",
        w("trades.description", town=town.name),
        data={"@type": "CollectionPage", "name": w("trades.title"), "inLanguage": one.language},
    )
    told = [
        Told(work.trade.key, one.trades[work.trade.key], explained(work.trade, one), _counted(work, one))
        for work in works
    ]
    return render_page("trades", PAGE, head, town, one, edition.door, trades=told)


def _counted(work: Work, one: Reader) -> str:
    """ "3 åbne opgaver, 1 planlagt udbud, 2 aftaler"."""
    found = [("open", len(work.open)), ("planned", len(work.planned)), ("agreements", len(work.agreements))]
    told = [one.w(f"trades.count_{name}", count=count) for name, count in found if count]
    if not (work.open or work.planned):
        told.insert(0, one.w("trades.count_none"))
    return ", ".join(told)


SECTION = Section(r"fag(?:/[a-z0-9_-]{1,80})?\.html", _documents)
