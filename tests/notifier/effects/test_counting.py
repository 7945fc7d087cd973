"""What may be told of people's answers: nothing that fewer than five stand behind, whoever adds and subtracts.

`whoever_counts` is somebody who sees all that is told, knows the rules by which it is told, and has a computer: they
try every small town, keep those of which the very same would be told, and look what these have in common.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.answers import FEWEST, Answer
from notifier.clock import COPENHAGEN, add_months
from notifier.effects import counting
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
from notifier.effects.quarters import Answered, Figures, Quarter, figures, rounded, total_of
from tests.notifier.effects.quarters import bare

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=COPENHAGEN)
TRADES = ("cleaning", "grounds")
JAN, FEB, MAR, DEC = (dt.date(2026, number, 1) for number in (1, 2, 3, 12))
NEXT = dt.date(2027, 1, 1)


def said_by(
    count: int, month: Month = JAN, trade: str = "cleaning", answer: Answer = Answer.RELEVANT, first: int = 1
) -> list[Said]:
    """As many enterprises that answer on a lot each."""
    return [Said(who, who, answer, month, trade) for who in range(first, first + count)]


def told(*said: Iterable[Said], answer: Answer = Answer.RELEVANT) -> Told:
    """What is told in the middle of the next year."""
    return disclose(itertools.chain(*said), NOW.replace(year=2027, month=6), TRADES, JAN)[answer]


def blocks(found: Told) -> list[tuple[int, int, int]]:
    return [(one.span.first.month, one.span.last.month, one.count) for one in found.blocks]


def test_months_are_put_together_until_five_enterprises_stand_behind_them() -> None:
    assert blocks(told(said_by(4, JAN), said_by(2, FEB, first=9), said_by(7, MAR))) == [(1, 2, 6), (3, 3, 7)]


def test_what_came_after_the_last_block_is_in_no_number() -> None:
    found = told(said_by(5, JAN), said_by(4, MAR))
    assert blocks(found) == [(1, 1, 5)]
    assert found.parts == ()
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
    assert disclose(said_by(50, month_of(NOW)), NOW, TRADES, JAN)[Answer.RELEVANT] == Told()


def test_a_trade_stands_alone_where_five_are_in_it_and_the_smallest_hides_those_that_are_smaller() -> None:
    def divided(cleaning: int, grounds: int, none: int = 0) -> tuple[Part, ...]:
        said = (*said_by(cleaning), *said_by(grounds, trade="grounds"), *said_by(none, trade=""))
        return told(said).parts

    def part(count: int, *trades: str) -> Part:
        return Part(Span(JAN, JAN), trades, count)

    assert divided(9, 5) == (part(9, "cleaning"), part(5, "grounds", ""))
    assert divided(5, 6, 7) == (part(5, "cleaning"), part(6, "grounds"), part(7, ""))
    assert divided(9, 4) == divided(9, 9) == divided(4, 4, 5) == ()


def test_by_trade_a_year_is_told_when_it_is_over_and_never_added_to() -> None:
    first = (*said_by(9, JAN), *said_by(5, JAN, trade="grounds"))
    small = (*said_by(9, DEC, first=20), *said_by(4, NEXT, first=40))  # the block ends in the next year
    parts = (Part(Span(JAN, JAN), ("cleaning",), 9), Part(Span(JAN, JAN), ("grounds", ""), 5))
    assert disclose(first, NOW, TRADES, JAN)[Answer.RELEVANT].parts == ()
    assert told(first).parts == parts
    assert told(first, said_by(4, DEC, first=20), small[9:], said_by(9, NEXT, "grounds", first=60)).parts == parts


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


def whoever_counts(cells: int, most: int, seen: Callable[[Town], object], least: int = FEWEST) -> None:
    """Nobody learns a number below five: of all towns that look alike, any sum of cells that is small in one differs.

    A town is how many enterprises stand in each cell. Towns of at most `most` in all are tried, and of those that look
    alike only sets that are whole are judged: what is not told is up to four of each kind.
    """
    alike: defaultdict[object, list[Town]] = defaultdict(list)
    for town in itertools.product(range(most + 1), repeat=cells):
        if sum(town) <= most:
            alike[seen(town)].append(town)
    judged = [same for same in alike.values() if min(map(sum, same)) <= most - 2 * (least - 1)]
    assert len(judged) > 1
    for same, sum_of in itertools.product(judged, subsets(cells)):
        values = {sum(town[place] for place in sum_of) for town in same}
        assert len(values) > 1 or min(values) >= least, (same, sum_of)


def subsets(cells: int) -> Iterator[tuple[int, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(range(cells), size) for size in range(1, cells + 1))


LOOKS = tuple(dt.datetime(*at, tzinfo=COPENHAGEN) for at in ((2026, 2, 1), (2026, 3, 1), (2027, 1, 1), (2027, 2, 1)))
LAST_LOOK = dt.datetime(2028, 1, 1, tzinfo=COPENHAGEN)


def everything(said: Iterable[Said]) -> object:
    """All that anybody ever saw of every kind, who looked when something new was told; periods show sums of it."""
    known = list(said)
    seen = [disclose(known, now, TRADES, JAN) for now in (*LOOKS, LAST_LOOK)]
    return tuple((found[answer].blocks, found[answer].parts) for found in seen for answer in COUNTED)


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


def in_two_years(town: Town) -> object:
    """The months on both sides of a new year, in two trades."""
    cells = enumerate(zip(itertools.product((DEC, NEXT), TRADES), town, strict=True))
    return everything(
        one for number, ((month, trade), count) in cells for one in said_by(count, month, trade, first=100 * number)
    )


def published(said: Sequence[Said], until: int) -> list[tuple[Answered, ...]]:
    """What the public is told of answers of 2026, a quarter after the other, with what was known when each was over."""
    told: list[Figures] = []
    for number in range(1, until + 1):
        quarter = Quarter(2026, number)
        known = [one for one in said if one.month <= quarter.span.last]
        told.append(figures(quarter, bare(said=known, first_mail=NOW.replace(month=1)), told, NOW))
    return [one.answers for one in told]


def in_public(town: Town) -> object:
    """Both sides at once: every page of the public that ever was, its year, and the desk of today."""
    months = enumerate(zip((FEB, MAR, dt.date(2026, 4, 1)), town, strict=True))
    said = [one for number, (month, count) in months for one in said_by(count, month, first=100 * number)]
    quarters = published(said, 2)
    year = [
        total_of(block for one in quarters for each in one if each.answer is answer for block in each.blocks)
        for answer in COUNTED
    ]
    return (tuple(quarters), tuple(year), everything(said))


def in_public_and_trades(town: Town) -> object:
    """The public's quarters beside the desk's trades."""
    cells = enumerate(zip(itertools.product((MAR, dt.date(2026, 4, 1)), TRADES), town, strict=True))
    said = [
        one for number, ((month, trade), count) in cells for one in said_by(count, month, trade, first=100 * number)
    ]
    return (tuple(published(said, 2)), everything(said))


def wins_in_public(town: Town) -> object:
    """Who bid in one of two quarters and did not win or won: every other cell won."""
    cells = enumerate(zip((MAR, MAR, dt.date(2026, 4, 1), dt.date(2026, 4, 1)), town, strict=True))
    said: list[Said] = []
    for number, (month, count) in cells:
        said += said_by(count, month, answer=Answer.BIDDING, first=100 * number)
        said += said_by(count, month, answer=Answer.WON, first=100 * number) if number % 2 else []
    return (tuple(published(said, 4)), everything(said))


def readers_in_public(town: Town) -> object:
    """Who got mail in one quarter alone, in the next alone, in both; and the desk counts who did in either."""
    first, second, both = town
    return tuple(map(rounded, (first + both, second + both, first + second + both)))


@pytest.mark.long
@pytest.mark.parametrize(
    ("cells", "most", "seen", "least"),
    [
        (3, 20, in_months, FEWEST),
        (3, 26, in_trades, FEWEST),
        (3, 17, in_public, FEWEST),
        (3, 26, readers_in_public, FEWEST),
        (4, 9, in_public_and_trades, 2),
        (4, 10, wins_in_public, 2),
        (4, 10, in_both, 2),
        (4, 10, bid_and_won, 2),
        (4, 10, in_two_years, 2),
    ],
    ids=[
        "months",
        "trades",
        "public quarters and years against the desk",
        "readers of public quarters",
        "public quarters against trades",
        "wins against bids in public quarters",
        "months against trades",
        "wins against bids",
        "months against trades of two years",
    ],
)
def test_who_adds_and_subtracts_learns_no_number_below_five(
    cells: int, most: int, seen: Callable[[Town], object], least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two for five the same rules are tried in towns that are small enough to try them all."""
    monkeypatch.setattr(counting, "FEWEST", least)
    whoever_counts(cells, most, seen, least)


def test_whoever_counts_finds_what_a_careless_table_gives_away() -> None:
    """Each month by itself, with what is small left out, and the total under it: nearly everybody does that."""

    def careless(town: Town) -> object:
        return (*(count if count >= FEWEST else "few" for count in town), sum(town))

    with pytest.raises(AssertionError):
        whoever_counts(3, 16, careless)


def test_whoever_counts_finds_what_exact_readers_of_a_year_would_give_away() -> None:
    def careless(town: Town) -> object:
        first, second, both = town
        return tuple(count if count >= FEWEST else None for count in (first + both, second + both, sum(town)))

    with pytest.raises(AssertionError):
        whoever_counts(3, 26, careless)


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


@pytest.mark.parametrize("seed", range(20))
def test_no_two_months_tables_by_trade_differ_by_less_than_five(seed: int) -> None:
    chance, trades = random.Random(seed), (*TRADES, "")
    months = [add_months(JAN, number) for number in range(26)]
    said = {
        Said(chance.randint(1, 30), chance.randint(1, 60), chance.choice(COUNTED), month, trade)
        for month in months
        for trade in trades
        for _ in range(chance.randint(0, 9))
    }
    looks = [
        disclose(said, dt.datetime(month.year, month.month, 23, tzinfo=COPENHAGEN), TRADES, JAN) for month in months
    ]
    for one, other in itertools.combinations(looks, 2):
        for answer in COUNTED:
            before, after = one[answer].parts, other[answer].parts
            assert after[: len(before)] == before  # what is new is years of their own
            assert all(part.count >= FEWEST for part in after)
    assert sum(len(found.parts) for found in looks[-1].values()) > 4
    assert looks[-1][Answer.WON].parts == ()


@given(SAID)
def test_behind_every_number_that_is_told_stand_five_and_parts_and_blocks_say_the_same(said: list[Said]) -> None:
    for answer, found in disclose(said, NOW.replace(year=2027), TRADES, JAN).items():
        for span, parts in itertools.groupby(found.parts, lambda part: part.span):
            assert sum(part.count for part in parts) == found.within(span)
        for block in found.blocks:
            inside = [one for one in said if one.answer is answer and one.month in block.span]
            assert len({one.who for one in inside}) >= FEWEST
            assert block.count == len(inside)
        for part in found.parts:
            those = [
                one for one in said if one.answer is answer and one.trade in part.trades and one.month in part.span
            ]
            assert len({one.who for one in those}) >= FEWEST
        assert found.within(Span(JAN, dt.date(2026, 12, 1))) in (None, sum(one.count for one in found.blocks))


LATER = st.lists(st.tuples(st.integers(0, 119), st.sampled_from((None, 2, 4, 6))), max_size=40)


@settings(max_examples=30, deadline=None)
@given(SAID, LATER)
def test_what_was_told_of_a_quarter_stands_whatever_is_said_again_or_lost_later(
    said: list[Said], later: list[tuple[int, int | None]]
) -> None:
    """Answers move to a later month, or vanish, between two quarters: no month is ever told of twice, and five stand
    behind every new block at the time."""
    first = figures(Quarter(2026, 1), bare(said=said, first_mail=NOW.replace(month=1)), (), NOW)
    moved = dict(enumerate(said))
    for place, month in later:
        one = moved.pop(place, None)
        if one and month:
            moved[place] = replace(one, month=dt.date(2026, month, 1))
    kept = list(moved.values())
    second = figures(Quarter(2026, 2), bare(said=kept, first_mail=NOW.replace(month=1)), (first,), NOW)
    for answer in COUNTED:
        blocks = (*first.blocks(answer), *second.blocks(answer))
        assert [one.span.last < other.span.first for one, other in itertools.pairwise(blocks)] == [True] * (
            len(blocks) - 1
        ) or not blocks
        for block in second.blocks(answer):
            inside = {one.who for one in kept if one.answer is answer and one.month in block.span}
            assert len(inside) >= FEWEST


@settings(max_examples=30, deadline=None)
@given(SAID)
def test_a_quarter_after_the_other_the_public_is_told_the_blocks_of_the_desk_each_once(said: list[Said]) -> None:
    desk = disclose(said, NOW, TRADES, JAN)
    for answer in COUNTED:
        told = [block for one in published(said, 3) for each in one if each.answer is answer for block in each.blocks]
        assert told == [block for block in desk[answer].blocks if block.span.last <= dt.date(2026, 9, 1)]


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
