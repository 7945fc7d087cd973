"""What is counted, by month and by trade; and what of people's answers may be told.

**Lots** are counted by what happened to them in a month: found, marked by the machine, seen by an officer, kept by one,
told of by mail. Nothing in these numbers is about a reader.

**Answers** are what enterprises say of themselves, and who bids is no business of the buyer. So at least FEWEST
enterprises stand behind each number, and no number can be computed from others that fewer stand behind:

- For each kind of answer time is cut once, from the first month on, whatever period is looked at: months are put
  together until FEWEST enterprises have answered. Only such blocks are told, and sums of blocks; what came after the
  last of them is in no sum.
- By trade answers are counted once for each calendar year, when it is over: those of the blocks that end in it. A
  trade stands alone where FEWEST are in it; those with fewer stand together, and with them the smallest of the others,
  behind which they cannot be seen. Where that leaves one, the year is not divided, and its answers are in no later
  table either: what is added to a table, or when it first may be told, would tell of what was small before.
- Who won has bid. So wins are told where bids are, and only where FEWEST enterprises have bids that they did not win:
  once for each calendar year, for the months of the bids' blocks that end in it, or never; by trade they are not told.
- The month that runs is not told, and what was taken back after the end of its month stays; who has left stays one
  enterprise, and an answer the trade it was given under: looked at every day, the numbers of a month that is over stay
  as they are, whatever an officer says of a lot and whoever is erased.

What the public is told, a quarter at a time, are blocks of the same making (`told_after`): each once, in the quarter in
which it ends, and never again; by trade the public is told of no answers.

tests/notifier/effects/test_counting.py tries all small towns to see that this holds for who knows these rules.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.answers import FEWEST, Answer
from notifier.clock import COPENHAGEN, add_months

Month = dt.date  # its first day


def month_of(at: dt.datetime) -> Month:
    """The month in Copenhagen in which something happened."""
    return at.astimezone(COPENHAGEN).date().replace(day=1)


class Period(StrEnum):
    """What is looked at; the value stands in the address."""

    TWELVE = "12"  # this month and the eleven before it
    THIS_YEAR = "i-aar"
    LAST_YEAR = "sidste-aar"
    ALL = "alt"


@dataclass(frozen=True, slots=True)
class Span:
    """From one month to another, both with it."""

    first: Month
    last: Month

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    @property
    def months(self) -> tuple[Month, ...]:
        """Each month, the first one first."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        return tuple(add_months(self.first, number) for number in range(count + 1))


def span_of(period: Period, now: dt.datetime, earliest: Month) -> Span:
    """The months of a period; `earliest` is the first of which anything is known."""
    this = month_of(now)
    january = this.replace(month=1)
    return {
        Period.TWELVE: Span(add_months(this, -11), this),
        Period.THIS_YEAR: Span(january, this),
        Period.LAST_YEAR: Span(add_months(january, -12), add_months(january, -1)),
        Period.ALL: Span(min(earliest, this), this),
    }[period]


# -- lots --------------------------------------------------------------------------------------------------------------


class Step(StrEnum):
    """What happened to a lot."""

    FOUND = "found"
    MARKED = "marked"  # of those found in the month: the machine says that it is worth telling
    SEEN = "seen"  # an officer has said what it is
    KEPT = "kept"  # and that it is worth telling
    MAILED = "mailed"  # the first mail told of it


@dataclass(frozen=True, slots=True)
class LotCount:
    """So many lots of these trades, to which that happened in that month."""

    step: Step
    month: Month
    trade: str
    count: int


def first_trade(trades: Collection[str], order: Sequence[str]) -> str:
    """The trade under which a lot is counted, so that nothing is counted twice: the first in the rules' order.

    "" where it has none that the rules know.
    """
    return next((trade for trade in order if trade in trades), "")


def by_month(counts: Iterable[LotCount], span: Span) -> dict[Month, Counter[Step]]:
    """How many lots each month of a span saw, at each step."""
    found: dict[Month, Counter[Step]] = {month: Counter() for month in span.months}
    for one in counts:
        if one.month in found:
            found[one.month][one.step] += one.count
    return found


def by_trade(counts: Iterable[LotCount], span: Span) -> dict[str, Counter[Step]]:
    """How many lots of each trade a span saw, at each step."""
    found: dict[str, Counter[Step]] = {}
    for one in counts:
        if one.month in span:
            found.setdefault(one.trade, Counter())[one.step] += one.count
    return found


# -- answers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of an enterprise on a lot, in the month in which it was given. `who` is a number
    that says of nobody who they are; 0 for all who left before it was kept."""

    who: int
    lot: int
    answer: Answer
    month: Month
    trade: str


@dataclass(frozen=True, slots=True)
class Block:
    """So many answers in these months."""

    span: Span
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """So many answers on lots of these trades, in these months."""

    span: Span
    trades: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of one kind of answer. Without blocks nothing; the parts are of years that can be divided."""

    blocks: tuple[Block, ...] = ()
    parts: tuple[Part, ...] = ()

    def within(self, span: Span) -> int | None:
        """How many answers were given in a span, as far as whole blocks lie in it; None where none does."""
        inside = [one.count for one in self.blocks if one.span.first in span and one.span.last in span]
        return sum(inside) if inside else None


COUNTED = (Answer.RELEVANT, Answer.NOT_RELEVANT, Answer.BIDDING, Answer.WON)


def disclose(
    said: Iterable[Said], now: dt.datetime, trades: Sequence[str], since: Month | None
) -> Mapping[Answer, Told]:
    """What may be told of all that was said from the month `since` on, in months that are over by `now`.

    `since` is known by something else than answers (the first mail): a block that begins where the first answer was
    given tells that nobody answered before. None where there was no mail. `trades` are in the rules' order.
    """
    until = add_months(month_of(now), -1)
    span = Span(since, until) if since is not None and since <= until else None
    over = [one for one in said if span is not None and one.month in span]
    by_answer = {answer: [one for one in over if one.answer is answer] for answer in COUNTED}
    months = span.months if span is not None else ()
    told: dict[Answer, Told] = {}
    for answer, ones in by_answer.items():
        if answer is not Answer.WON:
            told[answer] = _told(ones, months, trades)
    spans = [block.span for block in told[Answer.BIDDING].blocks]
    told[Answer.WON] = Told(_won_blocks(by_answer[Answer.WON], by_answer[Answer.BIDDING], spans, until))
    return told


def told_after(
    before: Mapping[Answer, Sequence[Block]], said: Sequence[Said], since: Month | None, until: Month
) -> Mapping[Answer, tuple[Block, ...]]:
    """The blocks that follow those that were told `before`, in months up to `until`, that one with it.

    What was told stands: months are put together anew only after it, so that no two blocks that were ever told have a
    month in common, whatever was said again, merged or erased since. Without anything told before they begin in the
    month `since`, and are the blocks of `disclose`.
    """
    if since is None:
        return dict.fromkeys(COUNTED, ())
    found: dict[Answer, tuple[Block, ...]] = {}
    for answer in COUNTED:
        ones = [one for one in said if one.answer is answer]
        if answer is not Answer.WON:
            months = _months_after(before.get(answer, ()), since, until)
            found[answer] = _blocks(ones, months)
    bids = (*before.get(Answer.BIDDING, ()), *found[Answer.BIDDING])
    wins = [one for one in said if one.answer is Answer.WON]
    start = max(until.replace(month=1), _next_month(before.get(Answer.WON, ()), since))
    spans = [block.span for block in bids if block.span.last >= start]
    found[Answer.WON] = _won_blocks(wins, [one for one in said if one.answer is Answer.BIDDING], spans, until)
    return found


def _next_month(told: Sequence[Block], since: Month) -> Month:
    return add_months(told[-1].span.last, 1) if told else since


def _months_after(told: Sequence[Block], since: Month, until: Month) -> tuple[Month, ...]:
    start = _next_month(told, since)
    return Span(start, until).months if start <= until else ()


def _enough(said: Iterable[Said]) -> bool:
    """Whether enough enterprises stand behind it. Those who left unnumbered count as one."""
    return len({one.who for one in said}) >= FEWEST


def _told(said: Sequence[Said], months: Sequence[Month], trades: Sequence[str]) -> Told:
    blocks = _blocks(said, months)
    spans = _years((block.span for block in blocks), months[-1]) if blocks else ()
    return Told(blocks, tuple(part for span in spans for part in _parts(said, span, (*trades, ""))))


def _won_blocks(won: Sequence[Said], bids: Sequence[Said], spans: Iterable[Span], until: Month) -> tuple[Block, ...]:
    """Wins of the years that are over, each in those of the spans, of which the bids are told, that end in it.

    What cannot be told of a year is not put together with the next: its sum would tell why it was kept back.
    """
    return tuple(
        Block(span, len(held))
        for span in _years(spans, until)
        if _enough(held := [one for one in won if one.month in span])
        and _enough(_not_won((bid for bid in bids if bid.month in span), won, span.last))
    )


def _years(spans: Iterable[Span], until: Month) -> Iterator[Span]:
    """Spans of each year that is over by the end of a month, put together: those that end in it."""
    for year, ones in itertools.groupby(spans, lambda span: span.last.year):
        if until >= dt.date(year, 12, 1):
            those = list(ones)
            yield Span(those[0].first, those[-1].last)


def _blocks(said: Sequence[Said], months: Iterable[Month]) -> tuple[Block, ...]:
    """Months put together, in their order, until that may be told of; what is left over at the end is not."""
    blocks: list[Block] = []
    first: Month | None = None
    for month in months:
        first = first or month
        whole = Span(first, month)
        held = [one for one in said if one.month in whole]
        if _enough(held):
            blocks.append(Block(whole, len(held)))
            first = None
    return tuple(blocks)


def _parts(said: Sequence[Said], span: Span, trades: Sequence[str]) -> Iterator[Part]:
    """Trades that may stand alone; those that may not as one, together with the smallest that could. None where that
    is one of all.

    Without that one the rest would be told to be small each: four and four where the rest is eight. All that are as
    small go with it, or their order would tell which one it was.
    """
    held = [one for one in said if one.month in span]
    counts = {trade: len(_of(held, (trade,))) for trade in trades}
    large = [trade for trade in trades if _enough(_of(held, (trade,)))]
    least = min((counts[trade] for trade in large), default=0)
    apart = large if len(large) == len(trades) else [trade for trade in large if counts[trade] > least]
    if together := tuple(trade for trade in trades if trade not in apart):
        groups = [*((trade,) for trade in apart), together]
    else:
        groups = [(trade,) for trade in apart]
    if len(groups) > 1:
        yield from (Part(span, group, len(_of(held, group))) for group in groups)


def _of(said: Iterable[Said], trades: Collection[str]) -> list[Said]:
    return [one for one in said if one.trade in trades]


def _not_won(bids: Iterable[Said], won: Iterable[Said], until: Month) -> list[Said]:
    """The bids that nobody said they won by the end of that month."""
    pairs = {(one.who, one.lot) for one in won if one.month <= until}
    return [bid for bid in bids if (bid.who, bid.lot) not in pairs]
