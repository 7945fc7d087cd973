"""A draft: what shuts out, what is out of proportion to the value, and what another division would do."""

from __future__ import annotations

import pytest

from notifier.drafting import Concern, Review, draft_lot, parted, review
from notifier.lots import Verdict
from tests.notifier.suitability.make import kroner, rules


def seen(text: str, value: int | None = None, months: int = 12) -> Review:
    money = kroner(value) if value is not None else None
    lot, notice = draft_lot("Rengøring af skoler", text, cpv="90911200", value=money, duration=f"P{months}M")
    return review(lot, notice, rules())


@pytest.mark.parametrize(
    ("text", "value", "concern"),
    [
        ("Der kræves en omsætning på 5 mio. kr.", 2_000_000, Concern.TWICE_THE_VALUE),
        ("Der kræves en omsætning på 15 mio. kr.", 9_000_000, Concern.ABOVE_THEIRS),
        ("Der kræves en bankgaranti på 300.000 kr.", 2_000_000, Concern.GUARANTEE_SHARE),
        ("Der kræves en egenkapital på 3 mio. kr.", 2_000_000, Concern.ABOVE_A_YEAR),
        ("Der kræves en egenkapital på 3 mio. kr.", None, Concern.UNKNOWN_VALUE),
        ("Der kræves sikkerhedsgodkendelse af alle.", 2_000_000, Concern.WEIGHS),
    ],
)
def test_a_demand_out_of_proportion_is_named_with_its_words(text: str, value: int | None, concern: Concern) -> None:
    assert [(one.concern, one.demand.quote) for one in seen(text, value).obstacles] == [(concern, text)]


def test_of_two_amounts_in_a_sentence_each_goes_with_its_own_demand() -> None:
    """Together they say nothing of the law; the turnover alone is more than twice the value (art. 58(3))."""
    text = "Tilbudsgiver skal have en omsætning på mindst 40 mio. kr. og stille bankgaranti på 5 mio. kr."
    found = seen(text, 6_000_000).obstacles
    assert [(one.demand.kind, one.demand.amount, one.concern) for one in found] == [
        ("turnover", kroner(40_000_000), Concern.TWICE_THE_VALUE),
        ("guarantee", kroner(5_000_000), Concern.GUARANTEE_SHARE),
    ]


def test_of_amounts_that_stand_before_their_demands_nobody_knows_whose_they_are() -> None:
    text = "Der kræves 40 mio. kr. i omsætning og 5 mio. kr. i bankgaranti."
    assert [one.demand.amount for one in seen(text, 6_000_000).obstacles] == [None, None]


@pytest.mark.parametrize(
    "text",
    ["Der kræves to referencer.", "Ansvarsforsikring på 10 mio. kr.", "Der stilles ikke krav til omsætning.", ""],
)
def test_what_everybody_can_meet_is_no_obstacle(text: str) -> None:
    assert seen(text, 2_000_000).obstacles == ()


ALONE = "Rengøring af tre skoler. Tilbudsgiver skal have en årlig omsætning på mindst 50 mio. kr. og fem referencer."


def test_a_draft_that_is_one_line_is_no_title_and_its_demands_are_found() -> None:
    title, text = parted(ALONE)
    assert (title, text) == ("Rengøring af tre skoler.", ALONE)
    found = review(*draft_lot(title, text, cpv="", value=kroner(5_000_000), duration="P12M"), rules())
    assert [one.concern for one in found.obstacles] == [Concern.TWICE_THE_VALUE]


@pytest.mark.parametrize(
    ("whole", "title", "text"),
    [
        ("Rengøring af skoler\nDer kræves meget.", "Rengøring af skoler", "Der kræves meget."),
        ("Rengøring af skoler", "Rengøring af skoler", ""),
        (f"\n{ALONE}\nMere.", "Rengøring af tre skoler.", f"{ALONE}\nMere."),
        ("Der kræves garanti på 5 mio. kr.", "Der kræves garanti på 5 mio. kr.", "Der kræves garanti på 5 mio. kr."),
        ("ord " * 60, " ".join(["ord"] * 37) + "…", ("ord " * 60).strip()),
        ("", "", ""),
    ],
)
def test_a_first_line_is_a_title_if_it_is_short_and_no_sentence(whole: str, title: str, text: str) -> None:
    assert parted(whole) == (title, text)


def test_a_task_too_large_is_divided_into_the_fewest_lots_that_one_enterprise_can_carry() -> None:
    division = seen("Daglig rengøring.", 100_000_000, months=48).division
    assert division is not None
    assert (division.lots, division.value_per_year, division.verdict) == (3, kroner(8_333_333), Verdict.SUITABLE)


@pytest.mark.parametrize(
    ("text", "value"), [("", 2_000_000), ("", None), ("Kræver sikkerhedsgodkendelse.", 20_000_000)]
)
def test_no_division_is_proposed_where_it_would_change_nothing(text: str, value: int | None) -> None:
    assert seen(text, value).division is None


@pytest.mark.parametrize("title", ["Klipning af hækken ved Rådhuset", "Klippe hække", "Beskæring af hække i parken"])
def test_cutting_a_hedge_is_a_gardeners_work(title: str) -> None:
    found = review(*draft_lot(title, "", cpv="", value=None, duration=""), rules()).found
    assert found.trades == ("grounds",)
