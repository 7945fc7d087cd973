"""The proof on healthy runs in its short form, and that it judges as it should."""

from __future__ import annotations

import pytest

from notifier import coverage
from tests.prove import healthy
from tests.prove.healthy import Tally, live, shortcomings
from tests.prove.pages import SHAPES, Shape
from tests.prove.reading import read
from tests.prove.towns import Town


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_editors_whims_wake_nobody(shape: Shape) -> None:
    tally = Tally(0.3)
    live(shape, 0.3, 20.0, 0, 40, tally)
    assert (tally.runs, tally.alarms) == (40, 0), tally.causes


def test_a_rule_that_asks_for_something_new_every_day_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nervous(now: coverage.FieldCoverage, before: object, *, whole: bool = True) -> tuple[str, ...]:
        return () if now.items else ("nothing was read",)

    monkeypatch.setattr(coverage, "alarms", nervous)
    tally = Tally(0.1)
    live(SHAPES[0], 0.1, 4.0, 0, 40, tally)
    assert tally.alarms > 0
    assert shortcomings([tally])


def test_what_is_remembered_is_what_is_read() -> None:
    town = Town("x", rate=0.5, stay=20)
    for _ in range(3):
        plain = read(SHAPES[0].source, SHAPES[0].pages(town), town.day)
        with healthy.remembered():
            once = read(SHAPES[0].source, SHAPES[0].pages(town), town.day)
            again = read(SHAPES[0].source, SHAPES[0].pages(town), town.day)
        assert plain.items == once.items == again.items
        assert plain.counted == once.counted == again.counted
        town.pass_day()


def test_a_share_above_one_in_a_thousand_is_complained_of() -> None:
    assert shortcomings([Tally(1.0, runs=1000, empty=1, alarms=2)])
    assert shortcomings([Tally(1.0, runs=1000, empty=1, alarms=1)]) == []
    assert shortcomings([Tally(1.0, runs=1000)]) == ["no list was ever empty: nothing is proven of those"]
