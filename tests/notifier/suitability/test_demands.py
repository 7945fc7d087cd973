"""Demands: quoted with their sentence and amount, and what weighs against."""

from __future__ import annotations

import pytest

from notifier.lots import Criterion, Verdict
from notifier.suitability.demands import MOST_OF_A_KIND, demands

from .make import a_case, a_lot, assessed, kroner

CLEANING = {"title": "Rengøring", "cpv_main": "90910000"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("turnover", "Årsomsætningen skal være mindst 4 mio. kr."),
        ("capital", "Soliditetsgraden skal være positiv."),
        ("references", "Tilbudsgiver skal vise to referencer."),
        ("certificate", "Leverandøren skal være certificeret efter ISO 14001."),
        ("guarantee", "Der kræves en bankgaranti."),
        ("insurance", "Leverandøren skal have en erhvervsansvarsforsikring."),
        ("clearance", "Alle medarbejdere skal være sikkerhedsgodkendt af PET."),
        ("coverage", "Leverandøren skal være landsdækkende."),
        ("hours", "Åbningstiden er fra 8 til 16."),
        ("start", "Driftsstart er den 1. marts 2027."),
        ("turnover", "The annual turnover must exceed EUR 1,000,000."),
        ("clearance", "Staff need security clearance."),
        ("turnover", "Der Jahresumsatz muss mindestens 500 000 EUR betragen."),
        ("turnover", "Le chiffre d’affaires annuel minimal est de 300 000 euros."),
        ("references", "Minimaal 3 referenties van soortgelijke diensten."),
        ("guarantee", "Wykonawca wnosi wadium."),
        ("certificate", "Leverantören ska vara certifierad."),
        ("hours", "Horario de apertura: de 8 a 16 h."),
    ],
)
def test_each_kind_of_demand_is_found_and_quoted(kind: str, text: str) -> None:
    lot = a_lot(description=f"Om opgaven. {text} Mere tekst.")
    found = [demand for demand in demands(a_case(lot)) if demand.kind == kind]
    assert len(found) == 1
    assert found[0].quote in text
    assert lot.description[found[0].start : found[0].end] == found[0].quote


def test_the_amount_of_the_sentence_is_read() -> None:
    (demand,) = demands(a_case(a_lot(description="Der kræves en omsætning på 4 mio. kr. om året")))
    assert demand.amount == kroner(4_000_000)


def test_a_demand_without_an_amount_has_none() -> None:
    (demand,) = demands(a_case(a_lot(description="Der kræves en positiv egenkapital")))
    assert demand.amount is None


@pytest.mark.parametrize(
    "text",
    [
        "Der stilles ikke krav om omsætning.",
        "There is no requirement for turnover.",
        "Skønnet omsætning 600.000 kr. om året.",
        "Zamawiający nie stawia warunku: referencje.",
    ],
)
def test_a_demand_that_is_denied_is_none(text: str) -> None:
    assert demands(a_case(a_lot(description=text))) == ()


def test_selection_criteria_and_terms_are_read_and_titles_are_not() -> None:
    lot = a_lot(
        title="Garantistillelse",
        selection_criteria=(Criterion("tp-abil", "Tre referencer"),),
        performance_terms=("Landsdækkende",),
    )
    assert [(demand.kind, demand.field) for demand in demands(a_case(lot))] == [
        ("references", "selection_criteria[0]"),
        ("coverage", "performance_terms[0]"),
    ]


def test_of_a_text_that_repeats_itself_a_few_are_shown() -> None:
    text = "\n".join(f"Der kræves {number} referencer." for number in range(50))
    assert len(demands(a_case(a_lot(description=text)))) == MOST_OF_A_KIND


def test_demands_together_turn_suitable_into_possible() -> None:
    light = assessed(**CLEANING, description="Der kræves to referencer og en ansvarsforsikring.")
    heavy = assessed(**CLEANING, description="Der kræves en omsætning på 5 mio. kr.\nDer kræves en bankgaranti.")
    assert light.verdict is Verdict.SUITABLE
    assert (heavy.verdict, heavy.reason) == (Verdict.POSSIBLE, "demanding")


def test_a_turnover_above_what_such_enterprises_have_weighs_double() -> None:
    small = assessed(**CLEANING, description="Der kræves en omsætning på 5 mio. kr. om året")
    large = assessed(**CLEANING, description="Der kræves en omsætning på 50 mio. kr. om året")
    assert [result.verdict for result in (small, large)] == [Verdict.SUITABLE, Verdict.POSSIBLE]
