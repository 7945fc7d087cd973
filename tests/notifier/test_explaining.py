"""A verdict told as a person would: for, against, what is asked, why not more; every quote in it."""

from __future__ import annotations

import pytest

from notifier.explaining import explain
from notifier.suitability import assess
from notifier.suitability.hindrances import hindrances
from notifier.words import words
from tests.notifier.suitability.make import a_lot, a_notice, kroner, rules


def told(language: str, **fields: object) -> list[str]:
    lot = a_lot(**fields)
    notice = a_notice(lot)
    found = assess(lot, notice, rules())
    return list(explain(lot, notice, found, hindrances(found, rules()), rules(), words(language)))


def test_a_large_lot_is_explained_with_its_quotes_and_what_would_have_to_change() -> None:
    lines = told(
        "da",
        title="Rengøring af skoler",
        cpv_main="90911200",
        description="Tilbudsgiver skal have en omsætning på 5 mio. kr.",
        value=kroner(50_000_000),
        duration="P1Y",
    )
    assert lines[:-1] == [
        "Markering: Måske – fx som underleverandør. Arbejdet ligger inden for et af fagene, men er større, end én "
        "virksomhed kan løfte.",
        "Det taler for:",
        "  – CPV-koden hører til faget (Rengøring): 90911200 Rengøring af bygninger (+2)",
        "  – Teksten nævner faget (Rengøring): »Rengøring« (i titlen; +1,5)",
        "Det taler imod:",
        "  – Den anslåede værdi er højere end det, vi markerer som relevant: 50.000.000 kr. om året (−1)",
        "  – Krav om omsætning: »Tilbudsgiver skal have en omsætning på 5 mio. kr.« (i beskrivelsen; −0,5)",
        "Det kræver ordregiveren:",
        "  – Omsætning (5.000.000 kr.): »Tilbudsgiver skal have en omsætning på 5 mio. kr.«",
        "Derfor ikke mere – og hvad der skulle ændres:",
        "  – Med højst 10.000.000 kr. om året ekskl. moms, fx ved at dele den i flere delaftaler, ville opgaven være "
        "»Relevant«.",
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [("da", "ikke fundet – se udbudsmaterialet"), ("en", "not found – see the procurement documents")],
)
def test_where_nothing_is_asked_the_reader_is_sent_to_the_documents(language: str, said: str) -> None:
    assert f"  – {said}" in told(language, title="Rengøring")


def test_an_unknown_value_is_said_to_count_nothing() -> None:
    assert "Værdien er ikke oplyst. Det trækker ikke fra." in told("da", title="Rengøring")


def test_the_largest_value_of_a_framework_is_a_stated_value() -> None:
    lines = told("da", title="Rengøring", framework="fa-wo-rc", framework_maximum=kroner(9_000_000))
    assert "Værdien er ikke oplyst. Det trækker ikke fra." not in lines


def test_a_reserved_lot_is_told_in_words_with_its_doubt_once() -> None:
    lines = told("da", title="Kasino", reserved=("res-ws",), reserved_execution="yes", cpv_main="45000000")
    assert "  – Det er forbeholdt, hvordan opgaven udføres: kun i beskyttede beskæftigelsesordninger (+10)" in lines
    assert len([line for line in lines if "45000000" in line]) == 1
    assert lines[-1].startswith("En forbeholdt opgave er markeret, hvad de øvrige tegn end vejer.")


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(
    "fields",
    [
        {"title": "X"},
        {"title": "Asfalt", "cpv_main": "45000000"},
        {"title": "Rengøring", "reserved": ("res-ws",)},
        {"reserved_execution": "yes", "cpv_main": "45000000"},
        {"title": "Forbeholdt beskyttede værksteder", "social_objectives": ("opp",), "sme_suitable": True},
    ],
)
def test_every_verdict_can_be_told_in_both_languages(language: str, fields: dict[str, object]) -> None:
    lines = told(language, **fields)
    assert lines[0].startswith(("Markering: ", "Marked: "))
    assert not [line for line in lines if "{" in line]


@pytest.mark.parametrize(("language", "reason", "heading"), [
    ("da", "Udførelsen er forbeholdt", "Det er forbeholdt, hvordan opgaven udføres"),
    ("en", "Performance is reserved", "Performance is reserved"),
])  # fmt: skip
def test_a_code_that_reserves_the_execution_is_told_so_wherever_it_stands(
    language: str, reason: str, heading: str
) -> None:
    """BT-71 holds res-program beside those who may take part; nobody is kept from bidding by it."""
    lines = "\n".join(told(language, title="Rengøring", reserved=("res-program",)))
    assert reason in lines.partition("\n")[0]
    assert heading in lines
    assert "Deltagelsen" not in lines
    assert "hvem der må byde" not in lines


def test_two_amounts_of_a_sentence_are_told_each_beside_its_own_demand() -> None:
    asked = "Der kræves en omsætning på 40 mio. kr. og en bankgaranti på 5 mio. kr."
    lines = "\n".join(told("da", title="Rengøring", description=asked))
    assert "Omsætning (40.000.000 kr.) og garanti (5.000.000 kr.): »" in lines
