"""Every feed and calendar, and how to use them: mail first, where one can sign up for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from notifier.site.documents import Document, Edition, whole
from notifier.site.feedplan import ALL, MARKS, atom_path, json_path, mark_place, trade_place
from notifier.site.reader import Reader
from notifier.site.rendering import FeedLink, Head, address, in_language, render_page
from notifier.site.sections.calendars import AGREEMENTS, DEADLINES, trade_calendar
from notifier.site.sections.feeds import feed_name
from notifier.site.sections.section import Section

PAGE = "foelg.html"
_GOOGLE = "https://calendar.google.com/calendar/r"


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed or a calendar: its path from the page, and its public address. A calendar can be subscribed to, and
    added to Google Calendar, whose program on phones knows no webcal."""

    name: str
    path: str
    address: str
    subscribe: str = ""
    google: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What there is for a trade or a mark. `page` is all about it, "" where there is no such page."""

    name: str
    page: str
    atom: Offer
    json: Offer
    calendar: Offer | None = None


def _documents(edition: Edition) -> Iterator[Document]:
    for one in edition.readers:
        yield whole(in_language(PAGE, one.language), edition.key("follow", one.language), partial(_page, edition, one))


def _page(edition: Edition, one: Reader) -> bytes:
    w, town = one.w, edition.town
    title, lead = f"{w('follow.title')} – {town.name}", w("follow.lead", town=town.name)
    feed, everything = _row(edition, one, ALL, w("follow.all")), feed_name(ALL, town.name, one)[0]
    return render_page(
        "follow",
        PAGE,
        Head(title, lead, feeds=(FeedLink(json_path(ALL), "application/feed+json", everything),)),
        town,
        one,
        edition.door,
        sign_up=edition.door.sign_up(one.language) if edition.door else "",
        calendars=(
            _calendar(edition, one, DEADLINES, w("follow.deadlines")),
            _calendar(edition, one, AGREEMENTS, w("follow.agreements")),
        ),
        feed=feed,
        marks=tuple(
            _row(edition, one, mark_place(verdict), w(f"common.verdict_{verdict}"), page=f"{mark_place(verdict)}.html")
            for verdict in MARKS
        ),
        trades=tuple(_trade(edition, one, trade.key) for trade in edition.trades),
    )


def _trade(edition: Edition, one: Reader, key: str) -> Row:
    name, place = one.trades[key], trade_place(key)
    calendar = _calendar(edition, one, trade_calendar(key), name)
    return _row(edition, one, place, name, page=f"{place}.html", calendar=calendar)


def _row(edition: Edition, one: Reader, place: str, name: str, *, page: str = "", calendar: Offer | None = None) -> Row:
    atom, json = (_offer(edition, one, path, name) for path in (atom_path(place), json_path(place)))
    return Row(name, page, atom, json, calendar)


def _offer(edition: Edition, one: Reader, path: str, name: str) -> Offer:
    return Offer(name, path, address(edition.town, in_language(path, one.language)))


def _calendar(edition: Edition, one: Reader, path: str, name: str) -> Offer:
    """A link that a calendar program opens subscribes; one to the file would copy the deadlines as they are now."""
    public = address(edition.town, in_language(path, one.language))
    subscribe = f"webcal://{public.partition('://')[2]}"
    return Offer(name, path, public, subscribe, f"{_GOOGLE}?cid={quote(subscribe, safe='')}")


SECTION = Section(r"foelg\.html", _documents)
