"""The trade of a lot, by code and by words."""

from __future__ import annotations

import pytest

from notifier.lots import Agreement, Translation, Verdict
from notifier.suitability import agreement_trades

from .make import a_lot, a_notice, assessed, rules


@pytest.mark.parametrize(
    ("code", "trade"),
    [
        ("90919300", "cleaning"),
        ("55524000", "catering"),
        ("77310000", "grounds"),
        ("90620000", "grounds"),
        ("98310000", "laundry_textile"),
        ("98341140", "property_service"),
        ("64110000", "packing_logistics"),
        ("79999100", "print_scan"),
        ("90514000", "reuse_recycling"),
        ("72312000", "it_data"),
        ("85312400", "care_social"),
        ("80530000", "employment_training"),
        ("60130000", "passenger_transport"),
        ("34928471", "furniture_wood"),
        ("79952000", "culture_events"),
    ],
)
def test_a_code_names_its_trade_and_suits(code: str, trade: str) -> None:
    result = assessed(title="Delaftale 1", cpv_main=code)
    assert (result.verdict, result.trades[0]) == (Verdict.SUITABLE, trade)


@pytest.mark.parametrize(
    "code", ["45000000", "48000000", "33140000", "66510000", "09310000", "34600000", "71320000", "90913000", "79713000"]
)
def test_hard_codes_do_not_suit(code: str) -> None:
    result = assessed(title="Delaftale 1", cpv_main=code)
    assert result.verdict is Verdict.UNSUITABLE
    assert [piece.quote for piece in result.evidence if piece.criterion == "hard_scope"] == [code]


@pytest.mark.parametrize(
    ("title", "trade"),
    [
        ("Skolerengøring i fire distrikter", "cleaning"),
        ("Window cleaning", "cleaning"),
        ("Kantinedrift på rådhuset", "catering"),
        ("Snerydning af stier", "grounds"),
        ("Cykelreparation", "reuse_recycling"),
        ("Indscanning af byggesager", "print_scan"),
    ],
)
def test_a_word_in_the_title_alone_makes_it_possible(title: str, trade: str) -> None:
    result = assessed(title=title)
    assert (result.verdict, result.reason, result.trades[0]) == (Verdict.POSSIBLE, "adjacent_trade", trade)


def test_a_word_in_title_and_description_suits_without_a_code() -> None:
    assert assessed(title="Skolerengøring", description="Daglig rengøring.").verdict is Verdict.SUITABLE


def test_a_word_in_the_description_alone_is_too_weak() -> None:
    result = assessed(title="Nye gulve", description="Entreprenøren sørger for rengøring.")
    assert (result.verdict, result.reason) == (Verdict.UNSUITABLE, "weak_trade")


def test_supplies_for_a_trade_are_not_the_trade() -> None:
    assert assessed(title="Rengøringsmidler og rengøringsmaskiner").reason == "no_trade"


def test_words_count_once_in_each_place_however_often_they_stand_there() -> None:
    once, often = assessed(title="Rengøring"), assessed(title="Rengøring rengøring vinduespolering")
    assert once.score == often.score


def test_a_translation_is_read_like_the_title() -> None:
    result = assessed(title="Takarítás", translations=(Translation("en", "Cleaning of schools", ""),))
    assert [(piece.field, piece.quote) for piece in result.evidence] == [("translations[0].title", "Cleaning")]


def test_of_the_additional_codes_the_best_of_each_trade_counts_once() -> None:
    result = assessed(title="Drift", cpv_main="50800000", cpv_additional=("90911000", "90919200", "12345678"))
    cleaning = [(piece.field, piece.weight) for piece in result.evidence if piece.trade == "cleaning"]
    assert cleaning == [("cpv_additional[0]", 0.5)]


def test_trades_are_ordered_by_weight_and_faint_ones_are_not_named() -> None:
    result = assessed(title="Rengøring og kantine", description="Rengøring, arrangementer", cpv_main="90910000")
    assert result.trades == ("cleaning",)
    assert assessed(title="Rengøring og kantine", description="kantine").trades == ("catering", "cleaning")


def test_an_agreement_has_the_trades_of_its_title_and_codes() -> None:
    agreement = Agreement("aftaler", "1", "Vinduespolering", cpv=("90911300", "77310000"))
    assert agreement_trades(agreement, rules()) == ("cleaning",)
    assert agreement_trades(Agreement("aftaler", "2", "Forsikring"), rules()) == ()


def test_the_notices_title_counts_less_than_the_lots_own() -> None:
    lot = a_lot(title="Distrikt Nord")
    result = assessed(a_notice(lot, title="Skolerengøring"), title="Distrikt Nord")
    assert [(piece.field, piece.weight) for piece in result.evidence] == [("notice.title", 0.75)]
