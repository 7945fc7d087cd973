"""What a CPV code means: the longest prefix decides."""

from __future__ import annotations

from notifier.suitability.codes import Bearing, Mark, Meaning, index_codes, meaning

WASTE = Mark(Bearing.BESIDE, "reuse")
CLEAN = Mark(Bearing.INSIDE, "cleaning")
HARD = Mark(Bearing.HARD, "machinery")
INDEX = index_codes([("90", WASTE), ("907", HARD), ("9091", CLEAN), ("90913", HARD), ("9092", HARD), ("9092", CLEAN)])


def test_a_trades_longer_prefix_wins_over_a_shorter_hard_one() -> None:
    assert meaning("90910000", INDEX) == Meaning(trades=(CLEAN, WASTE))


def test_a_longer_hard_prefix_wins_over_the_trades() -> None:
    assert meaning("90913100", INDEX) == Meaning(hard="machinery")
    assert meaning("90700000", INDEX) == Meaning(hard="machinery")


def test_at_the_same_prefix_the_trade_wins() -> None:
    assert meaning("90920000", INDEX) == Meaning(trades=(CLEAN,))


def test_an_unknown_or_empty_code_means_nothing() -> None:
    assert meaning("12345678", INDEX) == meaning("", INDEX) == Meaning()
