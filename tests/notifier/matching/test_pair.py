"""Which lots and agreements concern whom, and the reasons they are told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.lots import Assessment, Lot, LotState, LotView, Money, Notice, Stage, Translation, Verdict
from notifier.matching import Reason, ReasonKind, find_word, match, match_agreement
from notifier.profiles import Profile
from tests.notifier.mail_examples import agreement, kroner, view

CLEANING = Profile(trades=("cleaning",))


def reasons(item: LotView, profile: Profile) -> tuple[Reason, ...] | None:
    found = match(item, profile)
    return found.reasons if found else None


def test_a_lot_of_a_chosen_trade_is_told_for_the_trade() -> None:
    assert reasons(view(), CLEANING) == (Reason(ReasonKind.TRADE, "cleaning"),)


def test_a_lot_of_another_trade_is_not_told() -> None:
    assert reasons(view(), Profile(trades=("catering",))) is None


def test_a_cpv_prefix_meets_the_main_and_the_additional_codes() -> None:
    lot = Lot("1", "Opgave", cpv_main="90911200", cpv_additional=("90911300", "77310000"))
    found = reasons(view(lot=lot), Profile(cpv_prefixes=("90911", "773")))
    assert found == tuple(Reason(ReasonKind.CPV, code) for code in ("90911200", "90911300", "77310000"))


def test_a_word_is_found_inside_a_longer_word_and_quoted_whole() -> None:
    found = reasons(view(title="Udbud af Skolerengøringen i nord"), Profile(words=("rengøring",)))
    assert found == (Reason(ReasonKind.WORD, "rengøring", "Skolerengøringen"),)


@pytest.mark.parametrize("field", ["title", "description", "notice", "translation"])
def test_a_word_is_looked_for_in_all_that_the_lot_says(field: str) -> None:
    lot, text = Lot("1", "Opgave"), "Her er snerydning"
    notice = Notice("ted", "k", Stage.CALL, text if field == "notice" else "Udbud")
    if field in ("title", "description"):
        lot = replace(lot, title=text) if field == "title" else replace(lot, description=text)
    if field == "translation":
        lot = replace(lot, translations=(Translation("sv", "Uppdrag", text),))
    item = view(lot=lot, notice=notice)
    assert reasons(item, Profile(words=("snerydning",))) == (Reason(ReasonKind.WORD, "snerydning", "snerydning"),)


def test_a_short_word_has_to_stand_alone() -> None:
    assert find_word("is", ["Disse opgaver"]) == ""
    assert find_word("is", ["Levering af is til skoler"]) == "is"


def test_a_phrase_is_found_over_a_line_break() -> None:
    assert find_word("grønne områder", ["pleje af grønne\nområder"]) == "grønne områder"


def test_signs_in_a_word_are_signs_and_no_pattern() -> None:
    assert find_word("c++ (.*)", ["alt andet"]) == ""
    assert find_word("", ["alt"]) == find_word("  ", ["alt"]) == ""


def test_a_text_without_blanks_is_quoted_in_part() -> None:
    assert len(find_word("rengøring", ["x" * 50_000 + "rengøring" + "x" * 50_000])) == 80


def test_a_word_to_leave_out_excludes_whatever_else_is_met() -> None:
    assert reasons(view(title="Rengøring af laboratorier"), replace(CLEANING, words_out=("laboratori",))) is None
    assert reasons(view(title="Rengøring af skoler"), replace(CLEANING, words_out=("laboratori",))) is not None


def test_who_names_no_interest_gets_everything_and_is_told_so() -> None:
    assert reasons(view(), Profile()) == (Reason(ReasonKind.EVERYTHING),)


@pytest.mark.parametrize(("place", "area"), [("DK011", "DK011"), ("DK011", "DK01"), ("DK01", "DK011"), ("DK", "DK011")])
def test_areas_meet_within_and_around_each_other(place: str, area: str) -> None:
    item = view(lot=Lot("1", "Opgave", nuts=(place,)))
    found = reasons(item, replace(CLEANING, areas=(area,)))
    assert found is not None
    assert found[-1] == Reason(ReasonKind.AREA, place)


def test_a_lot_in_another_area_is_not_told() -> None:
    assert reasons(view(lot=Lot("1", "Opgave", nuts=("DK050", "DK042"))), replace(CLEANING, areas=("DK01",))) is None


@pytest.mark.parametrize("nuts", [(), ("DKZZZ",)])
def test_an_unknown_place_never_excludes(nuts: tuple[str, ...]) -> None:
    assert reasons(view(lot=Lot("1", "Opgave", nuts=nuts)), replace(CLEANING, areas=("DK01",))) is not None


@pytest.mark.parametrize(
    ("yearly", "told"), [(None, True), (99_999, False), (100_000, True), (500_000, True), (500_001, False)]
)
def test_values_per_year_keep_the_limits_and_an_unknown_one_is_told(yearly: int | None, told: bool) -> None:
    money = kroner(yearly) if yearly else None
    item = view(assessment=Assessment(Verdict.SUITABLE, 1, ("cleaning",), value_per_year=money))
    profile = replace(CLEANING, value_min=kroner(100_000), value_max=kroner(500_000))
    assert (match(item, profile) is not None) is told


def test_a_value_in_another_currency_is_unknown() -> None:
    item = view(
        assessment=Assessment(Verdict.SUITABLE, 1, ("cleaning",), value_per_year=Money(Decimal(9_000_000), "EUR"))
    )
    assert match(item, replace(CLEANING, value_max=kroner(500_000)))
    assert match(item, replace(CLEANING, value_min=kroner(10_000_000)))


def test_the_value_of_a_year_follows_from_value_and_length_where_the_assessment_has_none() -> None:
    item = view(lot=Lot("1", "Opgave", value=kroner(4_000_000), duration="P48M"))
    assert match(item, replace(CLEANING, value_max=kroner(1_000_000)))
    assert not match(item, replace(CLEANING, value_max=kroner(999_000)))


@pytest.mark.parametrize(("verdict", "least", "told"), [
    (Verdict.POSSIBLE, Verdict.POSSIBLE, True),
    (Verdict.POSSIBLE, Verdict.SUITABLE, False),
    (Verdict.RESERVED, Verdict.SUITABLE, True),
    (Verdict.UNSUITABLE, Verdict.UNSUITABLE, False),
    (None, Verdict.UNSUITABLE, False),
])  # fmt: skip
def test_only_published_lots_of_the_least_verdict_are_told(verdict: Verdict | None, least: Verdict, told: bool) -> None:
    assert (match(view(verdict=verdict), replace(CLEANING, least_verdict=least)) is not None) is told


def test_planned_lots_are_told_to_those_who_want_them() -> None:
    planned = view(state=LotState.PLANNED)
    assert match(planned, CLEANING)
    assert not match(planned, replace(CLEANING, planned=False))


def test_an_agreement_is_told_by_trade_code_or_word() -> None:
    for profile in (Profile(trades=("catering",)), Profile(cpv_prefixes=("555",)), Profile(words=("kantine",))):
        assert match_agreement(agreement(), profile)
        assert not match_agreement(agreement(), replace(profile, agreements=False))
    assert not match_agreement(agreement(), CLEANING)


def test_an_agreement_outside_every_trade_is_not_told_to_those_who_chose_nothing() -> None:
    assert match_agreement(agreement(), Profile())
    assert not match_agreement(agreement(trades=()), Profile())


def test_an_agreement_keeps_words_to_leave_out_and_values_per_year() -> None:
    assert not match_agreement(agreement(), Profile(words_out=("kantine",)))
    assert match_agreement(agreement(), Profile(value_max=kroner(2_100_000)))  # 6 million over three years
    assert not match_agreement(agreement(), Profile(value_max=kroner(1_900_000)))


WORD = st.text("abcæøå 1-", max_size=6)
PROFILES = st.builds(
    Profile,
    trades=st.sets(st.sampled_from(["cleaning", "catering"])).map(tuple),
    words=st.lists(WORD, max_size=2).map(tuple),
    words_out=st.lists(WORD, max_size=1).map(tuple),
    areas=st.sets(st.sampled_from(["DK", "DK01", "DK011", "DK05"])).map(tuple),
)


@given(PROFILES, st.text("abcæøå 1-\n", max_size=40))
def test_there_is_always_a_reason_and_a_quoted_word_stands_in_the_text(profile: Profile, title: str) -> None:
    found = match(view(title=title), profile)
    for reason in found.reasons if found else ():
        if reason.kind is ReasonKind.WORD:
            assert reason.quote in " ".join(title.split())
    assert found is None or found.reasons


def worth(yearly: int) -> LotView:
    return view(assessment=Assessment(Verdict.POSSIBLE, 1.0, ("cleaning",), value_per_year=kroner(yearly)))


def test_what_is_too_large_alone_is_told_to_those_who_would_share_it() -> None:
    carries = replace(CLEANING, value_max=kroner(9_000_000))
    assert match(worth(8_000_000), carries)
    assert not match(worth(9_500_000), carries)
    assert match(worth(9_500_000), replace(carries, partnerships=True))


def test_a_municipality_is_met_by_the_area_of_nuts_that_it_lies_in() -> None:
    item = view(lot=Lot("1", "Opgave", nuts=("DK012",)))
    assert match(item, replace(CLEANING, areas=("0161",)))
    assert not match(item, replace(CLEANING, areas=("0101",)))
