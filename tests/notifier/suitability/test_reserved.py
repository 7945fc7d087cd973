"""Reservations by code and by words, negation heeded; social aims."""

from __future__ import annotations

import pytest

from notifier.lots import Verdict
from notifier.suitability import assess
from notifier.suitability.reserved import reserved_text, social_clause

from .make import a_case, a_lot, a_notice, assessed, rules


def said(text: str) -> list[tuple[str, str]]:
    return [(piece.note, piece.quote) for piece in reserved_text(a_case(a_lot(description=text)))]


@pytest.mark.parametrize(("code", "note"), [("res-ws", "§ 54"), ("res-pub-ser", "§ 190"), ("res-new", "")])
def test_a_code_reserves_and_names_its_paragraph(code: str, note: str) -> None:
    result = assessed(title="Rengøring", reserved=(code,))
    assert (result.verdict, result.reason) == (Verdict.RESERVED, "reserved_participation")
    assert [(piece.quote, piece.note) for piece in result.evidence if piece.field == "reserved[0]"] == [(code, note)]


def test_reserved_execution_reserves_and_no_does_not() -> None:
    assert assessed(reserved_execution="yes").reason == "reserved_execution"
    assert assessed(reserved_execution="no").verdict is Verdict.UNSUITABLE


@pytest.mark.parametrize(
    ("text", "note", "quote"),
    [
        ("Deltagelse er forbeholdt beskyttede værksteder.", "§ 54", "forbeholdt beskyttede værksteder"),
        ("Opgaven er reserveret, jf. udbudslovens § 54.", "§ 54", "reserveret, jf. udbudslovens § 54"),
        ("Der udbydes efter udbudslovens § 54.", "§ 54", "udbudslovens § 54"),
        ("Ordningen gennemføres efter udbudslovens § 190", "§ 190", "udbudslovens § 190"),
        ("This contract is reserved for sheltered workshops.", "§ 54", "reserved for sheltered workshops"),
        ("Participation is limited to social enterprises", "§ 54", "limited to social enterprises"),
        (
            "Deltagelse er kun åben for socialøkonomiske virksomheder.",
            "§ 54",
            "kun åben for socialøkonomiske virksomheder",
        ),
        ("Die Teilnahme ist geschützten Werkstätten vorbehalten.", "§ 54", "geschützten Werkstätten vorbehalten"),
        (
            "Aftalen kan ikke opdeles, og den er forbeholdt beskyttede værksteder",
            "§ 54",
            "forbeholdt beskyttede værksteder",
        ),
    ],
)
def test_a_plain_reservation_in_words_is_found(text: str, note: str, quote: str) -> None:
    assert said(text) == [(note, quote)]


@pytest.mark.parametrize(
    "text",
    [
        "Udbuddet er ikke forbeholdt beskyttede værksteder.",
        "Udbuddet er ikke længere forbeholdt beskyttede værksteder.",
        "Udbuddet er ikke forbeholdt bestemte virksomheder, jf. udbudslovens § 54.",
        "Udbudslovens § 54 finder ikke anvendelse.",
        "Die Teilnahme ist nicht geschützten Werkstätten vorbehalten.",
        "Participation is not limited to social enterprises.",
        "The contract is not reserved for sheltered workshops",
        "Forbeholdt beskyttede værksteder: Nej",
        "Er kontrakten forbeholdt beskyttede værksteder? Nej.",
        "Kommunen forbeholder sig ret til at annullere. Beskyttede værksteder kan byde.",
        "Retten er forbeholdt kommunen. Beskyttede værksteder er velkomne.",
        "Socialøkonomiske virksomheder opfordres til at byde.",
        "Parkering er forbeholdt ansatte.",
    ],
)
def test_what_is_no_reservation_is_not_taken_for_one(text: str) -> None:
    assert said(text) == []


def test_a_reservation_of_one_named_lot_holds_for_that_lot_alone() -> None:
    one, two = a_lot(lot_id="LOT-0001", title="Rengøring"), a_lot(lot_id="LOT-0002", title="Vinduespolering")
    notice = a_notice(one, two, description="Delaftale nr. 2 og 3 er forbeholdt beskyttede værksteder.")
    assert [bool(reserved_text(a_case(lot, notice))) for lot in (one, two)] == [False, True]


@pytest.mark.parametrize(
    "words",
    [
        "Lote 2 reservado a empresas de inserción.",
        "El segundo lote está reservado a centros especiales de empleo.",
        "Reservationen gælder alene delaftale 2, som er forbeholdt beskyttede værksteder.",
    ],
)
def test_a_flag_of_the_whole_notice_does_not_hold_for_a_lot_that_its_words_leave_out(words: str) -> None:
    lots = [a_lot(lot_id=number, title="Limpieza", reserved=("res-ws",), cpv_main="90910000") for number in "12"]
    notice = a_notice(*lots, notice_type="F02", description=words)
    first, second = (assess(lot, notice, rules()) for lot in lots)
    assert (first.verdict, second.verdict) == (Verdict.SUITABLE, Verdict.RESERVED)
    assert [piece.field for piece in first.evidence if piece.criterion == "reserved_elsewhere"] == [
        "notice.description"
    ]


def test_a_flag_of_a_single_lot_in_eforms_holds_whatever_the_text_names() -> None:
    lots = [a_lot(lot_id=f"LOT-000{n}", title="Limpieza", reserved=("res-ws",)) for n in (1, 2)]
    notice = a_notice(*lots, notice_type="cn-standard", description="Lote 2 reservado a empresas de inserción.")
    assert assess(lots[0], notice, rules()).verdict is Verdict.RESERVED


@pytest.mark.parametrize(
    "text",
    ["Lot 7 is reserved.", "The authority has reserved the right to award lot 2 alone.", "Lot 2 is for schools."],
)
def test_a_sentence_that_reserves_a_right_or_an_unknown_lot_leaves_none_out(text: str) -> None:
    lots = [a_lot(lot_id=number, title="Cleaning", reserved=("res-ws",)) for number in "12"]
    notice = a_notice(*lots, notice_type="F02", description=text)
    assert assess(lots[0], notice, rules()).verdict is Verdict.RESERVED


def test_social_services_under_the_light_regime_support_a_trade() -> None:
    lot = a_lot(title="Opgaver", cpv_main="50800000")
    found = assess(lot, a_notice(lot, notice_type="cn-social"), rules()).evidence
    assert [piece.quote for piece in found if piece.criterion == "light_regime"] == ["cn-social"]


def test_a_reservation_of_the_whole_notice_holds_for_every_lot() -> None:
    lot = a_lot(lot_id="LOT-0007", title="Rengøring")
    notice = a_notice(lot, description="Alle delaftaler er forbeholdt beskyttede værksteder.")
    assert [piece.field for piece in reserved_text(a_case(lot, notice))] == ["notice.description"]


def test_reserved_work_out_of_reach_stays_reserved_with_a_doubt() -> None:
    result = assessed(title="Udvidelse af pier", cpv_main="45000000", reserved=("res-ws",))
    doubts = [(piece.field, piece.quote, piece.note) for piece in result.evidence if piece.criterion == "doubt"]
    assert (result.verdict, doubts) == (Verdict.RESERVED, [("cpv_main", "45000000", "construction")])


def test_reserved_work_of_a_trade_has_no_doubt() -> None:
    result = assessed(title="Rengøring", cpv_main="90910000", reserved=("res-ws",))
    assert [piece for piece in result.evidence if piece.criterion == "doubt"] == []


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Leverandøren skal ansætte to langtidsledige.", ["langtidsledige"]),
        ("jobs for disadvantaged persons", ["disadvantaged persons"]),
        ("Leverandøren skal beskæftige to elever, jf. uddannelsesklausulen.", []),
        ("Kontrakten indeholder en arbejdsklausul.", []),
        ("Der stilles ikke krav om, at leverandøren ansætter langtidsledige.", []),
        ("Ingen ansættelse af langtidsledige.", []),
        (
            "The contract asks for no long-term unemployed. Jobs for disadvantaged persons are asked.",
            ["disadvantaged persons"],
        ),
    ],
)
def test_people_at_the_edge_of_the_labour_market_count_but_trainees_and_labour_clauses_do_not(
    text: str, quote: list[str]
) -> None:
    assert [piece.quote for piece in social_clause(a_case(a_lot(performance_terms=(text,))))] == quote


def test_a_social_objective_supports_an_adjacent_trade_but_is_no_trade() -> None:
    with_trade = assessed(title="Opgaver", cpv_main="50800000", social_objectives=("opp",))
    without = assessed(title="Opgaver", cpv_main="15000000", social_objectives=("opp",), strategic=("soc-obj",))
    assert with_trade.score == 1.5
    assert (without.verdict, without.reason) == (Verdict.UNSUITABLE, "no_trade")


def test_other_objectives_are_no_evidence() -> None:
    assert assessed(title="Opgaver", social_objectives=("gen-eq",), strategic=("env-imp",)).evidence == ()
