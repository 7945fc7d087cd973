"""What a profile misses by one limit alone, and only just."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.lots import Assessment, Lot, Verdict
from notifier.matching import Missed, near_miss
from notifier.profiles import Profile
from tests.notifier.mail_examples import kroner, view

CLEANING = Profile(trades=("cleaning",), areas=("DK011",), value_min=kroner(100_000), value_max=kroner(1_000_000))


def worth(amount: int) -> Assessment:
    return Assessment(Verdict.SUITABLE, 1.0, ("cleaning",), value_per_year=kroner(amount))


@pytest.mark.parametrize(
    ("amount", "missed"),
    [(1_400_000, Missed.TOO_LARGE), (1_600_000, None), (70_000, Missed.TOO_SMALL), (60_000, None), (500_000, None)],
)
def test_a_value_just_outside_is_near_one_far_outside_or_inside_is_none(amount: int, missed: Missed | None) -> None:
    found = near_miss(view(assessment=worth(amount)), CLEANING)
    assert (found.missed if found else None) is missed


@pytest.mark.parametrize(("place", "missed"), [("DK013", Missed.AREA), ("DK050", None)])
def test_a_place_in_the_same_region_is_near(place: str, missed: Missed | None) -> None:
    found = near_miss(view(lot=Lot("1", "Rengøring", nuts=(place,))), CLEANING)
    assert (found.missed if found else None) is missed


def test_a_municipality_has_its_regions_neighbours() -> None:
    item = view(lot=Lot("1", "Rengøring", nuts=("DK011",)))
    found = near_miss(item, replace(CLEANING, areas=("0161",)))
    assert found is not None
    assert found.missed is Missed.AREA


def test_a_lot_that_two_limits_keep_away_is_not_near() -> None:
    item = view(lot=Lot("1", "Rengøring", nuts=("DK013",)), assessment=worth(1_400_000))
    assert near_miss(item, CLEANING) is None


def test_a_verdict_below_the_wanted_one_is_near() -> None:
    found = near_miss(view(verdict=Verdict.POSSIBLE), replace(CLEANING, least_verdict=Verdict.SUITABLE))
    assert found is not None
    assert found.missed is Missed.VERDICT


def test_another_trade_is_never_near() -> None:
    assert near_miss(view(), replace(CLEANING, trades=("catering",))) is None
