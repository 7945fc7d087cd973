"""Size and hard scope: what is unknown never weighs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from notifier.lots import Money, Verdict
from notifier.suitability.against import size

from .make import a_case, a_lot, a_notice, assessed, kroner

CLEANING = {"title": "Rengøring", "cpv_main": "90910000"}


def noted(**fields: object) -> list[tuple[str, str]]:
    return [(piece.field, piece.note) for piece in size(a_case(a_lot(**fields)))]


def test_a_value_per_year_is_compared_with_what_one_enterprise_can_carry() -> None:
    assert noted(value=kroner(36_000_000), duration="P4Y") == [("value", "fits")]
    assert noted(value=kroner(60_000_000), duration="P4Y") == [("value", "too_large")]
    assert noted(value=kroner(900_000_000), duration="P48M") == [("value", "far_too_large")]


def test_other_currencies_are_converted() -> None:
    assert noted(value=Money(Decimal(2_000_000), "EUR"), duration="P1Y") == [("value", "too_large")]
    assert noted(value=Money(Decimal(2_000_000), "SEK"), duration="P1Y") == [("value", "fits")]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"value": Money(Decimal(1), "XTS"), "duration": "P1Y"},
        {"value": kroner(0), "duration": "P1Y"},
        {"value": kroner(30_000_000)},
    ],
)
def test_an_unknown_value_currency_or_duration_is_no_evidence(fields: dict[str, object]) -> None:
    assert noted(**fields) == []
    assert assessed(**CLEANING, **fields).verdict is Verdict.SUITABLE


def test_a_whole_value_below_the_line_fits_whatever_the_duration() -> None:
    assert noted(value=kroner(9_000_000)) == [("value", "fits")]


def test_a_framework_without_duration_is_spread_over_the_four_years_of_the_law() -> None:
    assert noted(value=kroner(41_000_000), framework="fa-wo-rc") == [("value", "too_large")]
    assert noted(value=kroner(39_000_000), framework="fa-wo-rc") == []


def test_the_procedures_value_stands_for_its_only_lot_but_not_for_one_of_several() -> None:
    lot = a_lot(title="Rengøring")
    one, two = a_notice(lot, value=kroner(1_000_000)), a_notice(lot, a_lot(lot_id="2"), value=kroner(1_000_000))
    assert [piece.field for piece in size(a_case(lot, one))] == ["notice.value"]
    assert size(a_case(lot, two)) == ()


def test_too_large_makes_it_possible_and_far_too_large_unsuitable() -> None:
    large = assessed(**CLEANING, value=kroner(60_000_000), duration="P4Y")
    far = assessed(**CLEANING, value=kroner(900_000_000), duration="P4Y")
    assert (large.verdict, large.reason) == (Verdict.POSSIBLE, "too_large")
    assert (far.verdict, far.reason) == (Verdict.UNSUITABLE, "too_large")
    assert large.value_per_year == kroner(15_000_000)


def test_a_hard_word_weighs_in_the_lots_own_title_alone() -> None:
    hard = assessed(title="Software til rengøring", description="Rengøring")
    soft = assessed(title="Rengøring", description="Rengøring. Der bruges software til planlægning.")
    assert (hard.verdict, hard.reason) == (Verdict.UNSUITABLE, "hard_scope")
    assert soft.verdict is Verdict.SUITABLE
