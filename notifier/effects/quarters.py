"""The figures of a quarter as they are told to the public: counted once, when it is over, and kept. Pure.

    Facts (read of the store once) -> figures() -> Figures (kept: store/reports.py) -> told.py -> pages and tables

What stands in `Figures` is all that any page, table or file says of the quarter, in no language, so its pages can be
written anew without reading anything else. It holds only what may be told: of answers the blocks of counting.py, of
readers a number rounded down. A year is the sum of its quarters, and has no figures of its own.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notifier.answers import FEWEST, Answer
from notifier.clock import COPENHAGEN, add_months
from notifier.effects.counting import (
    COUNTED,
    Block,
    LotCount,
    Month,
    Said,
    Span,
    Step,
    by_month,
    by_trade,
    month_of,
    told_after,
)
from notifier.effects.intervals import Figure, Of100, of_100
from notifier.effects.winners import Awards, Row, grouped_by
from notifier.learning.sampling import Drawn

VERSION = 1  # of the form in which figures are kept
ROUNDED = FEWEST  # readers are told in steps of so many


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months in Copenhagen; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def key(self) -> str:
        """As it is named in addresses: 2026-4."""
        return f"{self.year}-{self.number}"

    @property
    def span(self) -> Span:
        first = dt.date(self.year, 3 * self.number - 2, 1)
        return Span(first, add_months(first, 2))

    @property
    def last_day(self) -> dt.date:
        return add_months(self.span.first, 3) - dt.timedelta(days=1)

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """When it begins in Copenhagen, and when the next one does."""
        midnight = dt.time(tzinfo=COPENHAGEN)
        first = self.span.first
        return (dt.datetime.combine(first, midnight), dt.datetime.combine(add_months(first, 3), midnight))

    @property
    def following(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def quarter_of(month: Month) -> Quarter:
    """The quarter that a month lies in."""
    return Quarter(month.year, (month.month + 2) // 3)


def finished(first: Quarter, now: dt.datetime) -> tuple[Quarter, ...]:
    """The quarters from `first` on that are over at `now`."""
    this, found = quarter_of(month_of(now)), list[Quarter]()
    while first < this:
        found.append(first)
        first = first.following
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OfMonth:
    """Lots of a month, at each step."""

    month: Month
    found: int = 0
    marked: int = 0
    seen: int = 0
    kept: int = 0
    mailed: int = 0


@dataclass(frozen=True, slots=True)
class OfTrade:
    """Lots of a trade, by its names at that time; the trade of those without one is ""."""

    key: str
    da: str
    en: str
    found: int = 0
    marked: int = 0
    mailed: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What is told of one kind of answer: the blocks that end in the quarter."""

    answer: Answer
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class OfSource:
    """How a source was read: on how many of the `days` since it was first read (or the quarter began) it was read
    right at least once, how often reading it failed, and how many notices at most it listed that could not be read."""

    id: str
    name: str
    days: int
    good_days: int
    readings: int = 0
    failed: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Gaps:
    """Of the lots found: how many say no value, no place, no deadline."""

    found: int = 0
    no_value: int = 0
    no_place: int = 0
    no_deadline: int = 0


@dataclass(frozen=True, slots=True)
class OfAwards:
    """Awards of a year before the first mail, or since."""

    year: int
    since: bool
    row: Row


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is told of a quarter. Amounts are whole kroner without VAT.

    `begins` is the day of the first reading where it lies in the quarter. `readers` got at least a mail, rounded down
    to ROUNDED; None where fewer did. `listed` enterprises stood on the list that winners are held against, the line
    that was checked longest ago on `checked`. `cost` is what the town says that the notifier costs in a year, and
    `cost_covers` what that is made of; None where it says nothing.
    """

    quarter: Quarter
    told_at: dt.datetime
    begins: dt.date | None
    months: tuple[OfMonth, ...]
    trades: tuple[OfTrade, ...]
    answers: tuple[Answered, ...]
    readers: int | None
    first_mail: dt.date | None
    marks: tuple[Of100, ...]
    awards: tuple[OfAwards, ...]
    listed: int
    checked: dt.date | None
    sources: tuple[OfSource, ...]
    gaps: Gaps
    cost: int | None = None
    cost_covers: str = ""
    version: int = VERSION

    def total(self, step: Step) -> int:
        """Lots at a step, in all three months."""
        return sum(getattr(one, step.value) for one in self.months)

    def blocks(self, answer: Answer) -> tuple[Block, ...]:
        """What is told of an answer."""
        return next((one.blocks for one in self.answers if one.answer is answer), ())

    def answered(self, answer: Answer) -> int | None:
        """How many answers its blocks hold; None where there is none."""
        return total_of(self.blocks(answer))


def total_of(blocks: Iterable[Block]) -> int | None:
    """How many answers blocks hold; None without one."""
    counts = [block.count for block in blocks]
    return sum(counts) if counts else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What figures are made of, as it stands when they are made."""

    lots: Sequence[LotCount]
    said: Sequence[Said]
    drawn: Sequence[Drawn]
    awards: Sequence[Awards]
    first_mail: dt.datetime | None
    begins: dt.datetime
    readers: int
    sources: Sequence[OfSource]
    gaps: Gaps
    trades: Sequence[tuple[str, str, str]]  # key, Danish and English name, in the rules' order
    listed: int = 0
    checked: dt.date | None = None
    cost: int | None = None
    cost_covers: str = ""


def figures(quarter: Quarter, facts: Facts, before: Sequence[Figures], now: dt.datetime) -> Figures:
    """The figures of a quarter that is over, after those that were told `before`."""
    first_mail = facts.first_mail.astimezone(COPENHAGEN).date() if facts.first_mail else None
    begins = facts.begins.astimezone(COPENHAGEN).date()
    return Figures(
        quarter=quarter,
        told_at=now,
        begins=begins if begins > quarter.span.first else None,
        months=_months(facts.lots, quarter.span),
        trades=tuple(_trades(facts, quarter.span)),
        answers=answers_told(before, facts.said, first_mail, quarter),
        readers=rounded(facts.readers),
        first_mail=first_mail,
        marks=tuple(of_100(facts.drawn, figure) for figure in Figure),
        awards=tuple(
            OfAwards(year, since, row)
            for (year, since), row in sorted(grouped_by(facts.awards, lambda one: (one.year, one.since)).items())
        ),
        listed=facts.listed,
        checked=facts.checked,
        sources=tuple(facts.sources),
        gaps=facts.gaps,
        cost=facts.cost,
        cost_covers=facts.cost_covers,
    )


def rounded(readers: int) -> int | None:
    """A number of readers as it may be told: rounded down, so that no two numbers, here or at the desk, differ by one
    person; None of fewer than FEWEST."""
    return readers // ROUNDED * ROUNDED or None


def answers_told(
    before: Iterable[Figures], said: Sequence[Said], first_mail: dt.date | None, quarter: Quarter
) -> tuple[Answered, ...]:
    """What a quarter tells of answers, after what was told before."""
    told: Mapping[Answer, list[Block]] = {answer: [] for answer in COUNTED}
    for one in sorted(before, key=lambda one: one.quarter):
        for answer in COUNTED:
            told[answer].extend(one.blocks(answer))
    since = first_mail.replace(day=1) if first_mail else None
    found = told_after(told, said, since, quarter.span.last)
    # A block that ends before the quarter belongs to one of which nothing was kept: it is told with this one.
    return tuple(Answered(answer, found[answer]) for answer in COUNTED)


def _months(lots: Sequence[LotCount], span: Span) -> tuple[OfMonth, ...]:
    return tuple(
        OfMonth(month, **{step.value: counts[step] for step in Step}) for month, counts in by_month(lots, span).items()
    )


def _trades(facts: Facts, span: Span) -> Iterable[OfTrade]:
    found = by_trade(facts.lots, span)
    for key, danish, english in (*facts.trades, ("", "", "")):
        counts: Counter[Step] = found.get(key, Counter())
        if counts[Step.FOUND] or counts[Step.MAILED]:
            yield OfTrade(key, danish, english, counts[Step.FOUND], counts[Step.MARKED], counts[Step.MAILED])


# -- years -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Year:
    """The quarters of a year that are told, up to its last one; the first year may have fewer than four."""

    year: int
    quarters: tuple[Figures, ...]

    @property
    def key(self) -> str:
        """As it is named in addresses."""
        return f"{self.year}-aar"

    @property
    def last(self) -> Figures:
        """The last quarter: what is counted since the beginning stands as it stood then."""
        return self.quarters[-1]

    @property
    def span(self) -> Span:
        return Span(self.quarters[0].quarter.span.first, self.last.quarter.span.last)

    def total(self, step: Step) -> int:
        """Lots at a step, in all quarters."""
        return sum(one.total(step) for one in self.quarters)

    def blocks(self, answer: Answer) -> tuple[Block, ...]:
        """All that its quarters tell of an answer."""
        return tuple(block for one in self.quarters for block in one.blocks(answer))

    @property
    def trades(self) -> tuple[OfTrade, ...]:
        """Lots of all quarters by trade, those with most marks first; by the names of the last quarter that has it."""
        added: dict[str, OfTrade] = {}
        for trade in (trade for one in self.quarters for trade in one.trades):
            known = added.get(trade.key, OfTrade(trade.key, "", ""))
            added[trade.key] = OfTrade(
                trade.key,
                trade.da,
                trade.en,
                known.found + trade.found,
                known.marked + trade.marked,
                known.mailed + trade.mailed,
            )
        return tuple(sorted(added.values(), key=lambda one: (-one.marked, one.key)))


def years(told: Sequence[Figures]) -> tuple[Year, ...]:
    """The years whose last quarter is told, the oldest first."""
    of_year: dict[int, list[Figures]] = {}
    for one in sorted(told, key=lambda one: one.quarter):
        of_year.setdefault(one.quarter.year, []).append(one)
    return tuple(Year(year, tuple(ones)) for year, ones in of_year.items() if ones[-1].quarter.number == 4)
