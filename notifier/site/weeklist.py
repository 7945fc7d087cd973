"""Which rows stand on the page of each week, and what was read in it. Pure.

Rows are found from what is known of every lot at once; whole lots are read only for rows that have to be made anew.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from notifier.clock import add_months
from notifier.digest import THRESHOLDS, Coverage, coverage
from notifier.lots import AgreementView, RunStatus, SourceRun
from notifier.phrases import local_day
from notifier.site.documents import Edition, Listed
from notifier.site.reader import last_end
from notifier.site.weekly import Kind
from notifier.weeks import Week, week_of, week_of_day

ROWS = 200  # of a page; the first reading of a large town brings thousands into one week


@dataclass(frozen=True, slots=True)
class Row:
    """A lot or an agreement on a week's page. `months`: before the end of an agreement that runs out."""

    kind: Kind
    uid: str
    ends: dt.datetime | dt.date | None = None
    months: int = 0

    @property
    def name(self) -> str:
        """Of its part."""
        return f"{self.kind} {self.uid}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was read in a week: the standing of each source at its end, and sources that were not read to an end."""

    read: tuple[Coverage, ...] = ()
    unread: tuple[str, ...] = ()


_UNREAD = Receipt()


@dataclass(frozen=True, slots=True)
class Content:
    """All that stands on the page of a week, rows in the order of the page, and the weeks beside it that have one."""

    week: Week
    rows: tuple[Row, ...]
    counts: Mapping[Kind, int]  # how many rows of each kind there are
    receipt: Receipt
    before: Week | None
    after: Week | None

    @property
    def pages(self) -> tuple[tuple[Row, ...], ...]:
        """The rows of each page; one page at least."""
        return tuple(self.rows[at : at + ROWS] for at in range(0, len(self.rows) or 1, ROWS))


def contents(edition: Edition) -> tuple[Content, ...]:
    """Every week that has a page, the first first: something stands in it, or something was read."""
    rows = _rows(edition)
    receipts = _receipts(edition)
    weeks = sorted(rows.keys() | {week for week, receipt in receipts.items() if receipt.read})
    beside = zip(weeks, [None, *weeks], [*weeks[1:], None], strict=False)
    return tuple(
        Content(
            week,
            tuple(sorted(rows.get(week, ()), key=_order)),
            Counter(row.kind for row in rows.get(week, ())),
            receipts.get(week, _UNREAD),
            before,
            after,
        )
        for week, before, after in beside
    )


def left(edition: Edition) -> Mapping[Week, int]:
    """How many rows the page of a week might have had of what readers shall not find any more."""
    over = (lot for lot in edition.lots if not lot.shown and (lot.judged or not lot.told))
    this = week_of(edition.now)
    found = Counter(week for lot in over for week, _ in _of_lot(lot, this))
    # Judged anew, a lot may have had a place in the week of its finding only.
    found.update(week_of(lot.first_seen) for lot in edition.lots if not lot.shown and not lot.news)
    today = local_day(edition.now)
    found.update(week for view in edition.retracted for week, _ in _of_agreement(view, today))
    return found


def _rows(edition: Edition) -> dict[Week, list[Row]]:
    found: defaultdict[Week, list[Row]] = defaultdict(list)
    this = week_of(edition.now)
    for lot in edition.shown:
        for week, row in _of_lot(lot, this):
            found[week].append(row)
    today = local_day(edition.now)
    for agreement in (*edition.agreements, *edition.former):
        for week, row in _of_agreement(agreement, today):
            found[week].append(row)
    return dict(found)


def _of_lot(lot: Listed, this: Week) -> Iterator[tuple[Week, Row]]:
    for news in lot.news:
        yield news.week, Row(news.kind, lot.uid, news.ends)
    if lot.ends is None or not lot.news:
        return
    closes = week_of(lot.ends)
    known = [news for news in lot.news if news.week <= closes]
    # Once in a week; and only weeks that have begun, or next year's pages would stand there today.
    if closes <= this and known and known[-1].week < closes and not known[-1].over:
        yield closes, Row(Kind.CLOSING, lot.uid, lot.ends)


def _of_agreement(view: AgreementView, today: dt.date) -> Iterator[tuple[Week, Row]]:
    found, ends = week_of(view.first_seen), last_end(view)
    yield found, Row(Kind.AGREEMENT, view.uid, view.agreement.end or ends)
    for months in THRESHOLDS if ends else ():
        crossed = add_months(ends, -months) if ends else today
        if crossed <= today and week_of_day(crossed) > found:
            yield week_of_day(crossed), Row(Kind.EXPIRING, view.uid, ends, months)


_PLACES = {kind: place for place, kind in enumerate(Kind)}


def _order(row: Row) -> tuple[int, str, str]:
    """By section, then by deadline or end, those without one last; then by uid, as in the mail."""
    if isinstance(row.ends, dt.datetime):
        return (_PLACES[row.kind], row.ends.astimezone(dt.UTC).isoformat(), row.uid)
    return (_PLACES[row.kind], row.ends.isoformat() if row.ends else "~", row.uid)


# -- what was read -------------------------------------------------------------------------------------------------


def _receipts(edition: Edition) -> dict[Week, Receipt]:
    """A receipt for each week from the first reading to the last one, and as far as sources are read today."""
    current = {run.source for run in edition.runs}
    this = week_of(edition.now)
    read: defaultdict[Week, list[Coverage]] = defaultdict(list)
    unread: defaultdict[Week, list[str]] = defaultdict(list)
    ordered = sorted(edition.readings, key=attrgetter("source", "started"))
    for source, runs in groupby(ordered, key=attrgetter("source")):
        stood = _standings(runs)
        for week, standing in stood.items():
            read[week].append(standing)
        for week in _between(min(stood), this if source in current else max(stood)):
            if week not in stood:
                unread[week].append(source)
    return {week: Receipt(tuple(read[week]), tuple(unread[week])) for week in read.keys() | unread.keys()}


def _standings(runs: Iterable[SourceRun]) -> dict[Week, Coverage]:
    """How one source stood at the end of each week in which it was read, as far as failures reach back."""
    found: dict[Week, Coverage] = {}
    row: list[SourceRun] = []
    for run in runs:
        row = [run] if run.status in (RunStatus.GOOD, RunStatus.PARTIAL) else [*row, run]
        found[week_of(run.started)] = coverage(row)[0]
    return found


def _between(first: Week, last: Week) -> Iterator[Week]:
    """Weeks from one to another without the last, of which nobody knows yet what will be read."""
    while first < last:
        yield first
        first = first.next
