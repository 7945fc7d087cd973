"""Quarters: when they are over, and what is counted in them and in their years."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from notifier.answers import Answer
from notifier.clock import COPENHAGEN
from notifier.effects.counting import Step
from notifier.effects.quarters import Figures, Quarter, finished, quarter_of, rounded, years
from tests.notifier.effects.quarters import answers, facts, lots, told


def test_a_quarter_is_over_at_midnight_in_copenhagen() -> None:
    first, midnight = Quarter(2026, 4), dt.datetime(2027, 1, 1, tzinfo=COPENHAGEN)
    assert first.moments[1] == midnight
    assert finished(first, midnight) == (first,)
    assert finished(first, midnight - dt.timedelta(seconds=1)) == ()
    summer = dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC)
    assert finished(Quarter(2026, 2), summer) == (Quarter(2026, 2),)


@pytest.mark.parametrize(("month", "number"), [(1, 1), (3, 1), (4, 2), (9, 3), (10, 4), (12, 4)])
def test_quarters_are_of_three_months_and_follow_each_other(month: int, number: int) -> None:
    found = quarter_of(dt.date(2026, month, 1))
    assert found.number == number
    assert dt.date(2026, month, 1) in found.span
    assert found.last_day + dt.timedelta(days=1) == found.following.span.first
    assert found.following > found


@pytest.mark.parametrize(("readers", "said"), [(0, None), (4, None), (5, 5), (9, 5), (63, 60)])
def test_readers_are_told_in_steps_of_five(readers: int, said: int | None) -> None:
    assert rounded(readers) == said


def test_every_lot_of_a_year_is_in_one_of_its_quarters() -> None:
    (year,) = years(told())
    for step in Step:
        assert year.total(step) == sum(one.count for one in lots() if one.step is step)
    assert sum(one.found for one in year.trades) == year.total(Step.FOUND)


def test_a_year_is_told_when_its_last_quarter_is() -> None:
    assert years(told(quarters=(1, 2, 3))) == ()
    (short,) = years(told(quarters=(4,)))
    assert (short.key, len(short.quarters)) == ("2026-aar", 1)


def test_the_answers_of_a_year_are_those_of_its_quarters() -> None:
    (year,) = years(told())
    counted = sum(block.count for block in year.blocks(Answer.RELEVANT))
    assert 0 < counted <= sum(one.answer is Answer.RELEVANT for one in answers())


def test_figures_come_back_from_their_file_as_they_were() -> None:
    for one in told(facts(cost=180_000, cost_covers="drift")):
        assert msgspec.json.decode(msgspec.json.encode(one), type=Figures) == one


def test_the_day_of_the_first_reading_is_told_in_its_own_quarter_alone() -> None:
    assert [one.begins for one in told()] == [dt.date(2026, 1, 5), None, None, None]
