"""What a week's page says, as values in the reader's language, and its rows as HTML.

A row tells of its lot as it stood when the week was over: with the deadline of that day, and without what became of it
later – but for that it was cancelled or taken out, or that its deadline was moved, which nobody must miss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from notifier.clock import write_day
from notifier.grammar import capital
from notifier.letter.entries import ends_phrase
from notifier.letter.foot import read_line
from notifier.lots import AgreementView, LotState, LotView, acting_deadline
from notifier.phrases import apart, change_phrase
from notifier.render import environment
from notifier.site.lists import LotRow, agreement_row, lot_row
from notifier.site.reader import Reader, last_end
from notifier.site.weeklist import Content, Receipt, Row
from notifier.site.weekly import Kind, as_of, ended, told_in
from notifier.weeks import Week, week_of, week_path

# Where rows stand in a page; no text that is escaped can hold it.
CUT = "<rows>"
_CARDS = (Kind.NEW, Kind.PLANNED)


@dataclass(frozen=True, slots=True)
class Link:
    """Another page of this section, from the folder of the pages of weeks."""

    href: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """A list on the page: all but its rows."""

    id: str
    heading: str
    note: str
    look: str


@dataclass(frozen=True, slots=True)
class WeekPage:
    """A page of a week without its rows. `cut` stands where they come."""

    title: str
    summary: str
    growing: str
    parts: tuple[Part, ...]
    before: Link | None
    after: Link | None
    earlier: Link | None
    later: Link | None
    read: tuple[str, ...]
    read_note: str
    cut: str = CUT


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A week in the list of all."""

    link: Link
    span: str
    summary: str


# -- the page ------------------------------------------------------------------------------------------------------


def week_page(content: Content, number: int, reader: Reader, *, growing: bool) -> WeekPage:
    """The page `number` of the week; `growing` while the week is not over."""
    w, week = reader.w, content.week
    title = w("weeks.heading", number=week.number, year=week.year, span=span(week, reader))
    first = number == 1
    return WeekPage(
        title=title if first else w("weeks.heading_page", heading=title, page=number),
        summary=summary(content.counts, reader),
        growing=w("weeks.growing", day=reader.day(week.last, weekday=True)) if growing else "",
        parts=tuple(_parts(content, number, reader, growing=growing)),
        before=_week_link(content.before, reader),
        after=_week_link(content.after, reader),
        earlier=None if first else _page_link(week, number - 1, reader),
        later=_page_link(week, number + 1, reader) if number < len(content.pages) else None,
        read=tuple(_read(content.receipt, reader)) if first else (),
        read_note="" if growing else w("weeks.read_note"),
    )


def _parts(content: Content, number: int, reader: Reader, *, growing: bool) -> Iterator[Part]:
    w, shown = reader.w, content.pages[number - 1]
    earlier = {row.kind for page in content.pages[: number - 1] for row in page}
    for kind in dict.fromkeys(row.kind for row in shown):
        heading, note = w(f"weeks.section_{kind}"), f"weeks.note_{kind}"
        if growing and f"{note}_yet" in w:
            note = f"{note}_yet"
        yield Part(
            id=w(f"weeks.id_{kind}"),
            heading=w("weeks.continued", heading=heading) if kind in earlier else heading,
            note=w(note) if note in w and not (growing and kind is Kind.NEW) else "",
            look="cards" if kind in _CARDS else "lines",
        )


def _week_link(week: Week | None, reader: Reader) -> Link | None:
    if week is None:
        return None
    return Link(_href(week_path(week)), reader.w("weeks.week", number=week.number, year=week.year))


def _page_link(week: Week, number: int, reader: Reader) -> Link:
    return Link(_href(week_path(week, number)), reader.w("weeks.page", page=number))


def _href(path: str) -> str:
    return path.rpartition("/")[2]


def _read(receipt: Receipt, reader: Reader) -> Iterator[str]:
    """The lines that stand at the foot of the mail, and which source was not read in this week."""
    lines = [(one.source, read_line(one, reader.sources, reader.w, year=True)) for one in receipt.read]
    lines += [
        (source, reader.w("weeks.read_not", source=reader.sources.get(source, source))) for source in receipt.unread
    ]
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))


def summary(counts: Mapping[Kind, int], reader: Reader) -> str:
    """ "12 nye opgaver, 2 ændrede, 1 annulleret." """
    w = reader.w
    lots = [w("weeks.count_new", count=counts[Kind.NEW])] if counts.get(Kind.NEW) else [w("weeks.count_none")]
    order = (Kind.PLANNED, Kind.CHANGED, Kind.OVER, Kind.CLOSING, Kind.AGREEMENT, Kind.EXPIRING)
    told = [*lots, *(w(f"weeks.count_{kind}", count=counts[kind]) for kind in order if counts.get(kind))]
    return f"{', '.join(told)}."


def span(week: Week, reader: Reader) -> str:
    """The week's days: "23. til 29. november", "30. november til 6. december", at a turn of the year with years."""
    first, last, language = week.first, week.last, reader.language
    years = first.year != last.year
    begin = write_day(first, language, year=years)
    if first.month == last.month:
        begin = begin.split()[0]
    return reader.w("weeks.span", first=begin, last=write_day(last, language, year=years))


def index_page(weeks: Sequence[Content], reader: Reader) -> list[tuple[int, list[WeekLine]]]:
    """Every week by year, the newest first."""
    newest = sorted(weeks, key=lambda content: content.week, reverse=True)
    return [
        (year, [_week_line(content, reader) for content in group])
        for year, group in groupby(newest, key=lambda content: content.week.year)
    ]


def _week_line(content: Content, reader: Reader) -> WeekLine:
    words = reader.w("weeks.week_short", number=content.week.number)
    return WeekLine(
        Link(week_path(content.week), words), span(content.week, reader), summary(content.counts, reader).rstrip(".")
    )


# -- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewsRow:
    """A lot on the page. `lines`: what changed in the week. `since`: what nobody must miss of what became of it later.

    What is `over` is no longer called relevant.
    """

    lot: LotRow
    about: str
    lines: tuple[str, ...]
    over: bool
    since: str


def news_row(view: LotView, kind: Kind, week: Week, reader: Reader) -> NewsRow:
    """A lot as the week's page tells of it."""
    state = LotState.PLANNED if kind is Kind.PLANNED else LotState.OPEN
    then = replace(view, lot=as_of(view, week.over), state=state)
    told = lot_row(then, reader)
    return NewsRow(
        lot=told,
        about=" · ".join(filter(None, (", ".join(told.trades), told.buyer, apart(told.place, told.buyer), told.value))),
        lines=tuple(_lines(view, kind, week, reader)),
        over=kind is Kind.OVER or ended(view) is not None,
        since="" if kind is Kind.OVER else _since(view, then, reader),
    )


def _lines(view: LotView, kind: Kind, week: Week, reader: Reader) -> Iterator[str]:
    """What changed in the week; and that it was found in it, where that is not what the list is about."""
    if kind is Kind.CLOSING:
        return
    if kind is Kind.OVER and week_of(view.first_seen) == week:
        yield reader.w("weeks.found", day=reader.seen(view.first_seen))
    yield from (reader.text(capital(change_phrase(field, reader.language))) for field in told_in(view, week))


def _since(view: LotView, then: LotView, reader: Reader) -> str:
    if end := ended(view):
        state, day = end
        key = f"weeks.since_{state}"
        return reader.w(f"{key}_day", day=reader.day(day)) if day else reader.w(key)
    moved = acting_deadline(view.lot) != acting_deadline(then.lot)
    return reader.w("weeks.since_deadline") if moved else ""


def render_news(view: LotView, kind: Kind, week: Week, reader: Reader) -> str:
    """The row of a lot as HTML."""
    template = environment("html", reader.language).get_template("site/week_row.html.j2")
    return template.render(row=news_row(view, kind, week, reader), card=kind in _CARDS)


def render_agreement(view: AgreementView, row: Row, path: str, reader: Reader) -> str:
    """The row of an agreement as HTML; it leads to `path` where there is one."""
    told, ends = agreement_row(view, reader), last_end(view)
    when = reader.text(ends_phrase(view.agreement, ends, row.months, reader.w)) if ends and row.months else ""
    template = environment("html", reader.language).get_template("site/week_agreement.html.j2")
    return template.render(row=told, when=when, href=f"../{path}" if path else "")
