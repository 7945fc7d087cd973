"""The front page: which rows stand on it, and what it says. Pure.

It shows a few rows of each kind and how many there are in all, so that it stays small however much is open, and so
that it has to be made anew only when one of these rows or numbers is another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notifier.lots import AgreementView, LotView, SourceRun, Verdict
from notifier.phrases import local_day
from notifier.site.documents import Listed
from notifier.site.lists import AgreementRow, LotRow, Part, Row, RunRow, agreement_row, by_end, lot_row, run_rows
from notifier.site.reader import Reader, next_end
from notifier.words import grouped

CLOSING_DAYS = 14  # two weeks: less is hardly enough to write a tender in
NEW_DAYS = 7
# How many rows the front page has room for within 60 kB; each list says how many more there are.
CARDS, ROWS, FEW = 6, 6, 5


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lots and agreements stand on the front page on a day, and how many more there are.

    `closing` has those whose deadline is `until` at the latest, `fresh` those found `since` that are not among the
    rows of `closing`, and `further` the next deadlines of all others. `ending` are agreements that run out, or are
    extended, in the calendar year of `today` and had not before that day.
    """

    closing: Part[Listed]
    until: dt.date
    fresh: Part[Listed]
    since: dt.date
    further: Part[Listed]
    planned: Part[Listed]
    ending: Part[AgreementView]
    today: dt.date
    open: int  # how many there are in all
    reserved: int  # of these
    agreements: int

    @property
    def lots(self) -> tuple[Listed, ...]:
        """Every lot that has a row on the page, none twice."""
        return tuple(lot for part in (self.closing, self.fresh, self.further, self.planned) for lot in part.rows)


@dataclass(frozen=True, slots=True)
class Count:
    """A number with what it counts, and where on the site that is found ("" where there is no such place)."""

    number: str
    words: str
    goal: str


@dataclass(frozen=True, slots=True)
class Front:
    """The front page."""

    counts: tuple[Count, ...]
    closing: Part[LotRow]
    closing_until: str
    fresh: Part[LotRow]
    fresh_since: str
    further: Part[LotRow]
    planned: Part[LotRow]
    open: int
    expiring: Part[AgreementRow]
    year: int
    agreements: int
    runs: tuple[RunRow, ...]


def choose(
    open_lots: Sequence[Listed], planned: Sequence[Listed], agreements: Sequence[AgreementView], now: dt.datetime
) -> Choice:
    """What the front page shows at `now` of lots that are in their order already. It is the same all day long."""
    today = local_day(now)
    until, since = today + dt.timedelta(days=CLOSING_DAYS), today - dt.timedelta(days=NEW_DAYS)
    closing = cut([lot for lot in open_lots if lot.day and lot.day <= until], CARDS)
    fresh = cut(_newest_first((*open_lots, *planned), since, {lot.uid for lot in closing.rows}), CARDS)
    above = {lot.uid for lot in (*closing.rows, *fresh.rows)}
    return Choice(
        closing=closing,
        until=until,
        fresh=fresh,
        since=since,
        further=cut([lot for lot in open_lots if lot.uid not in above], ROWS),
        planned=Part(tuple(lot for lot in planned if lot.uid not in above)[:FEW], len(planned)),
        ending=cut([view for view in by_end(agreements, today) if _ends_this_year(view, today)], FEW),
        today=today,
        open=len(open_lots),
        reserved=sum(lot.verdict is Verdict.RESERVED for lot in open_lots),
        agreements=len(agreements),
    )


def cut(items: Sequence[Row], limit: int) -> Part[Row]:
    """The first of them."""
    return Part(tuple(items[:limit]), len(items))


def _newest_first(lots: Iterable[Listed], since: dt.date, above: set[str]) -> list[Listed]:
    fresh = (lot for lot in lots if local_day(lot.first_seen) >= since and lot.uid not in above)
    return sorted(fresh, key=lambda lot: (-lot.first_seen.timestamp(), lot.slug))


def _ends_this_year(view: AgreementView, today: dt.date) -> bool:
    end = next_end(view, today)
    return end is not None and today <= end <= dt.date(today.year, 12, 31)


def front(choice: Choice, views: Mapping[str, LotView], runs: Iterable[SourceRun], reader: Reader) -> Front:
    """What the front page says of what was chosen; `views` has its lots by identity."""

    def rows(part: Part[Listed]) -> Part[LotRow]:
        return Part(tuple(lot_row(views[lot.uid], reader) for lot in part.rows), part.total)

    return Front(
        counts=_counts(choice, reader),
        closing=rows(choice.closing),
        closing_until=reader.day(choice.until, weekday=True),
        fresh=rows(choice.fresh),
        fresh_since=reader.day(choice.since, weekday=True),
        further=rows(choice.further),
        planned=rows(choice.planned),
        open=choice.open,
        expiring=Part(
            tuple(agreement_row(view, reader, choice.today) for view in choice.ending.rows), choice.ending.total
        ),
        year=choice.today.year,
        agreements=choice.agreements,
        runs=run_rows(runs, reader),
    )


def _counts(choice: Choice, reader: Reader) -> tuple[Count, ...]:
    counts = (
        ("open", choice.open, "opgaver.html"),
        ("closing", choice.closing.total, "#snart"),
        ("reserved", choice.reserved, "maerker/reserved.html"),
        ("planned", choice.planned.total, "frister/planlagt.html"),
    )
    return tuple(_count(name, count, goal, reader) for name, count, goal in counts if count or name == "open")


def _count(name: str, count: int, goal: str, reader: Reader) -> Count:
    number = grouped(count, reader.language)
    return Count(number, reader.w(f"site.count_{name}", count=count).removeprefix(number).strip(), goal)
