"""What may be told of people's answers: nothing that fewer than five stand behind, whoever adds and subtracts.

`whoever_counts` is somebody who sees all that is told, knows the rules by which it is told, and has a computer: they
try every small town, keep those of which the very same would be told, and look what these have in common.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.answers import FEWEST, Answer
from notifier.clock import COPENHAGEN
from notifier.effects.counting import (
    COUNTED,
    LotCount,
    Month,
    Part,
    Period,
    Said,
    Span,
    Step,
    Told,
    by_month,
    by_trade,
    disclose,
    first_trade,
    month_of,
    span_of,
)

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=COPENHAGEN)
TRADES = ("cleaning", "grounds")
JAN, FEB, MAR = (dt.date(2026, number, 1) for number in (1, 2, 3))


def said_by(
    count: int, month: Month = JAN, trade: str = "cleaning", answer: Answer = Answer.RELEVANT, first: int = 1
) -> list[Said]:
    """As many enterprises that answer on a lot each."""
    return [Said(who, who, answer, month, trade) for who in range(first, first + count)]


def told(*said: Iterable[Said], answer: Answer = Answer.RELEVANT) -> Told:
    return disclose(itertools.chain(*said), NOW, TRADES, JAN)[answer]


def blocks(found: Told) -> list[tuple[int, int, int]]:
    return [(one.span.first.month, one.span.last.month, one.count) for one in found.blocks]


def test_months_are_put_together_until_five_enterprises_stand_behind_them() -> None:
    assert blocks(told(said_by(4, JAN), said_by(2, FEB, first=9), said_by(7, MAR))) == [(1, 2, 6), (3, 3, 7)]


def test_what_came_after_the_last_block_is_in_no_number() -> None:
    found = told(said_by(5, JAN), said_by(4, MAR))
    assert blocks(found) == [(1, 1, 5)]
    assert sum(part.count for part in found.parts) == 5
    assert found.within(Span(JAN, MAR)) == 5


def test_many_answers_of_few_enterprises_are_few() -> None:
    one = [Said(1, lot, Answer.BIDDING, JAN, "cleaning") for lot in range(30)]
    assert told(one, answer=Answer.BIDDING) == Told()


def test_all_who_left_count_as_one() -> None:
    gone = [Said(0, lot, Answer.RELEVANT, JAN, "cleaning") for lot in range(9)]
    assert told(gone) == Told()
    assert blocks(told(gone, said_by(4, JAN, first=20))) == [(1, 1, 13)]


def test_before_the_first_mail_and_without_one_nothing_is_told() -> None:
    assert disclose(said_by(9, JAN), NOW, TRADES, None)[Answer.RELEVANT] == Told()
    assert disclose(said_by(9, JAN), NOW, TRADES, FEB)[Answer.RELEVANT] == Told()
    assert disclose(said_by(9, JAN), NOW, TRADES, month_of(NOW))[Answer.RELEVANT] == Told()


def test_the_month_that_runs_is_not_told() -> None:
    assert told(said_by(50, month_of(NOW))) == Told()


def test_a_trade_stands_alone_where_five_are_in_it_and_the_smallest_hides_those_that_are_smaller() -> None:
    def divided(cleaning: int, grounds: int, none: int = 0) -> tuple[Part, ...]:
        said = (*said_by(cleaning), *said_by(grounds, trade="grounds"), *said_by(none, trade=""))
        return told(said).parts

    everything = ("cleaning", "grounds", "")
    assert divided(9, 4) == (Part(everything, 13),)
    assert divided(9, 5) == (Part(("cleaning",), 9), Part(("grounds", ""), 5))
    assert divided(9, 9) == (Part(everything, 18),)
    assert divided(4, 4, 5) == (Part(everything, 13),)
    assert divided(5, 6, 7) == (Part(("cleaning",), 5), Part(("grounds",), 6), Part(("",), 7))


def test_a_period_has_the_blocks_that_lie_in_it_and_no_others() -> None:
    found = told(said_by(3, JAN), said_by(3, FEB, first=9), said_by(8, MAR))
    assert blocks(found) == [(1, 2, 6), (3, 3, 8)]
    assert [found.within(span) for span in (Span(JAN, JAN), Span(FEB, MAR), Span(JAN, MAR))] == [None, 8, 14]


def test_wins_are_told_while_five_enterprises_have_bids_that_they_did_not_win() -> None:
    def after(bids: int, wins: int) -> list[tuple[int, int, int]]:
        said = (*said_by(bids, answer=Answer.BIDDING), *said_by(wins, answer=Answer.WON))
        return blocks(told(said, answer=Answer.WON))

    assert [after(10, 5), after(9, 5), after(9, 4), after(20, 15)] == [[(1, 1, 5)], [], [], [(1, 1, 15)]]


# -- somebody who adds and subtracts -----------------------------------------------------------------------------------

Town = tuple[int, ...]


def whoever_counts(cells: int, most: int, seen: Callable[[Town], object]) -> None:
    """Nobody learns a number below five: of all towns that look alike, any sum of cells that is small in one differs.

    A town is how many enterprises stand in each cell. Towns of at most `most` in all are tried, and of those that look
    alike only sets that are whole are judged: what is not told is up to four of each kind.
    """
    alike: defaultdict[object, list[Town]] = defaultdict(list)
    for town in itertools.product(range(most + 1), repeat=cells):
        if sum(town) <= most:
            alike[seen(town)].append(town)
    judged = [same for same in alike.values() if min(map(sum, same)) <= most - 2 * (FEWEST - 1)]
    assert len(judged) > 1
    for same, sum_of in itertools.product(judged, subsets(cells)):
        values = {sum(town[place] for place in sum_of) for town in same}
        assert len(values) > 1 or min(values) >= FEWEST, (same, sum_of)


def subsets(cells: int) -> Iterator[tuple[int, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(range(cells), size) for size in range(1, cells + 1))


def everything(said: Iterable[Said]) -> object:
    """All that is told, of every kind; every period shows sums of it."""
    found = disclose(said, NOW, TRADES, JAN)
    return tuple(found[answer] for answer in COUNTED)


def in_months(town: Town) -> object:
    months = enumerate(zip((JAN, FEB, MAR), town, strict=True))
    return everything(one for number, (month, count) in months for one in said_by(count, month, first=100 * number))


def in_trades(town: Town) -> object:
    trades = enumerate(zip((*TRADES, ""), town, strict=True))
    return everything(
        one for number, (trade, count) in trades for one in said_by(count, trade=trade, first=100 * number)
    )


def in_both(town: Town) -> object:
    cells = enumerate(zip(itertools.product((JAN, FEB), TRADES), town, strict=True))
    return everything(
        one for number, ((month, trade), count) in cells for one in said_by(count, month, trade, first=100 * number)
    )


def bid_and_won(town: Town) -> object:
    """Who bid in one of two months, or in one of two trades, and did not win or won: every other cell won."""
    cells = enumerate(zip(((JAN, ""), (JAN, ""), (FEB, "cleaning"), (FEB, "cleaning")), town, strict=True))
    said: list[Said] = []
    for number, ((month, trade), count) in cells:
        said += said_by(count, month, trade, answer=Answer.BIDDING, first=100 * number)
        said += said_by(count, month, trade, answer=Answer.WON, first=100 * number) if number % 2 else []
    return everything(said)


@pytest.mark.parametrize(
    ("cells", "most", "seen"),
    [
        (3, 20, in_months),
        (3, 26, in_trades),
        pytest.param(4, 26, in_both, marks=pytest.mark.long),
        pytest.param(4, 26, bid_and_won, marks=pytest.mark.long),
    ],
    ids=["months", "trades", "months against trades", "wins against bids"],
)
def test_who_adds_and_subtracts_learns_no_number_below_five(
    cells: int, most: int, seen: Callable[[Town], object]
) -> None:
    whoever_counts(cells, most, seen)


def test_whoever_counts_finds_what_a_careless_table_gives_away() -> None:
    """Each month by itself, with what is small left out, and the total under it: nearly everybody does that."""

    def careless(town: Town) -> object:
        return (*(count if count >= FEWEST else "few" for count in town), sum(town))

    with pytest.raises(AssertionError):
        whoever_counts(3, 16, careless)


SAID = st.lists(
    st.builds(
        Said,
        who=st.integers(0, 12),
        lot=st.integers(1, 6),
        answer=st.sampled_from(COUNTED),
        month=st.sampled_from((JAN, FEB, MAR, month_of(NOW))),
        trade=st.sampled_from(("cleaning", "grounds", "")),
    ),
    max_size=120,
    unique=True,
)


@given(SAID)
def test_behind_every_number_that_is_told_stand_five_and_parts_and_blocks_say_the_same(said: list[Said]) -> None:
    for answer, found in disclose(said, NOW, TRADES, JAN).items():
        assert sum(one.count for one in found.parts) == sum(one.count for one in found.blocks)
        for block in found.blocks:
            inside = [one for one in said if one.answer is answer and one.month in block.span]
            assert len({one.who for one in inside}) >= FEWEST
            assert block.count == len(inside)
        for part in found.parts:
            until = found.blocks[-1].span.last
            inside = [one for one in said if one.answer is answer and one.trade in part.trades and one.month <= until]
            assert len({one.who for one in inside}) >= FEWEST
        assert found.within(Span(JAN, MAR)) in (None, sum(one.count for one in found.blocks))


# -- lots --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TWELVE, dt.date(2025, 12, 1), dt.date(2026, 11, 1)),
        (Period.THIS_YEAR, dt.date(2026, 1, 1), dt.date(2026, 11, 1)),
        (Period.LAST_YEAR, dt.date(2025, 1, 1), dt.date(2025, 12, 1)),
        (Period.ALL, dt.date(2024, 5, 1), dt.date(2026, 11, 1)),
    ],
)
def test_a_period_is_whole_months(period: Period, first: Month, last: Month) -> None:
    span = span_of(period, NOW, dt.date(2024, 5, 1))
    assert (span.first, span.last) == (first, last)
    assert (span.months[0], span.months[-1], len(set(span.months))) == (first, last, len(span.months))


def test_a_month_begins_at_midnight_in_copenhagen() -> None:
    winter, summer = (dt.datetime(2026, month, 28, tzinfo=dt.UTC) for month in (2, 6))
    for at, hours in ((winter.replace(day=28, hour=23), 0), (summer.replace(day=30, hour=22), 0)):
        assert month_of(at).month == at.month + 1, hours
        assert month_of(at - dt.timedelta(seconds=1)).month == at.month


def test_lots_are_counted_once_by_month_and_once_by_trade() -> None:
    counts = [
        LotCount(Step.FOUND, JAN, "cleaning", 3),
        LotCount(Step.FOUND, JAN, "", 4),
        LotCount(Step.MAILED, FEB, "cleaning", 2),
        LotCount(Step.FOUND, MAR, "cleaning", 100),
    ]
    span = Span(JAN, FEB)
    assert by_month(counts, span) == {JAN: {Step.FOUND: 7}, FEB: {Step.MAILED: 2}}
    assert by_trade(counts, span) == {"cleaning": {Step.FOUND: 3, Step.MAILED: 2}, "": {Step.FOUND: 4}}
    assert first_trade({"grounds", "cleaning"}, TRADES) == "cleaning"
    assert first_trade({"unknown"}, TRADES) == ""
