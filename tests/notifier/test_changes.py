"""What is new, what changed, and where a lot stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import changes
from notifier.changes import Publication, Sighting
from notifier.lots import (
    Agreement,
    Award,
    Deadline,
    FieldChange,
    LotKind,
    LotState,
    Money,
    Notice,
    Organisation,
    Stage,
    Translation,
)
from tests.notifier.store.samples import MONDAY, call, day, lot, until

AFTER = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def of(notice: Notice, *, named: bool = True) -> Publication:
    """What a notice says of its first lot."""
    return Publication(notice, MONDAY, notice.lots[0] if notice.lots else None, named)


def lot_state(publications: Sequence[Publication], now: dt.datetime) -> LotState:
    return changes.state_at(changes.standing(publications), now)


def uid_of(notice: Notice) -> str:
    """Identity of the notice's only lot."""
    (only,) = notice.lots
    return changes.lot_uid(changes.procedure_key(notice), only, 0)


def state(*notices: Notice, now: dt.datetime = MONDAY) -> LotState:
    return lot_state([of(notice) for notice in notices], now)


# -- identity


def test_a_lot_belongs_to_its_procedure_and_without_one_to_its_notice() -> None:
    assert uid_of(call()) == "P/LOT-0001"
    assert uid_of(call(procedure_id="")) == "ted:1-2026/LOT-0001"


def test_notices_of_different_sources_share_the_lots_of_a_procedure() -> None:
    other = call("sag-7", source="town")
    assert uid_of(call()) == uid_of(other)


def test_a_part_is_no_lot_of_the_same_number_and_a_lot_without_number_goes_by_its_place() -> None:
    lots = (lot("A"), lot("A", kind=LotKind.PART), lot(""))
    assert [changes.lot_uid("P", one, place) for place, one in enumerate(lots)] == ["P/A", "P/part:A", "P/3"]


def test_a_slug_is_made_of_the_titles_words_and_a_hash_of_the_identity() -> None:
    assert re.fullmatch(r"rengoering-af-aeldrecentre-aa-[0-9a-f]{8}", changes.slug("Rengøring af Ældrecentre, Å!", "u"))


def test_a_long_title_is_cut_between_words() -> None:
    name = changes.slug("Drift af kantine og mødeforplejning i kommunens administrationsbygninger", "u")
    assert re.fullmatch(r"drift-af-kantine-og-moedeforplejning-i-kommunens-[0-9a-f]{8}", name)


@given(st.text(), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_slug_is_a_safe_file_name(title: str, uid: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", changes.slug(title, uid))
    assert len(changes.slug(title, uid)) <= 59


def test_slugs_of_lots_with_the_same_title_differ() -> None:
    assert changes.slug("Rengøring", "P/1") != changes.slug("Rengøring", "P/2")


# -- the same content


def test_the_order_of_codes_and_the_readers_remarks_do_not_make_another_content() -> None:
    one = call("1-2026", lot(cpv_additional=("1", "2"), nuts=("DK01", "DK02")), previous=("a", "b"))
    other = call("1-2026", lot(cpv_additional=("2", "1"), nuts=("DK02", "DK01")), previous=("b", "a"))
    assert changes.content_digest(one) == changes.content_digest(replace(other, flags=("the value is unclear",)))


def test_the_same_amount_written_with_more_zeros_is_the_same_content() -> None:
    def priced(amount: str) -> Notice:
        money = Money(Decimal(amount))
        awards = (Award(Organisation("A"), money),)
        return call("1-2026", lot(value=money, framework_maximum=money, awards=awards), value=money)

    assert changes.content_digest(priced("100")) == changes.content_digest(priced("100.00"))
    assert changes.content_digest(priced("100")) != changes.content_digest(priced("100.01"))


@pytest.mark.parametrize(
    "other",
    [
        call("1-2026", lot(deadline=until(8))),
        call("1-2026", lot(), lot("LOT-0002")),
        call("1-2026", cancelled=True),
        call("1-2026", url="https://by.example/1"),
        call("1-2026", lot(translations=(Translation("en", "Cleaning", ""),))),
    ],
)
def test_whatever_else_a_notice_says_makes_another_content(other: Notice) -> None:
    assert changes.content_digest(call()) != changes.content_digest(other)


def test_an_agreement_with_another_end_has_another_content() -> None:
    agreement = Agreement("town", "1", "Kontorartikler", end=day(1), cpv=("1", "2"))
    assert changes.agreement_digest(agreement) == changes.agreement_digest(replace(agreement, cpv=("2", "1")))
    assert changes.agreement_digest(agreement) != changes.agreement_digest(replace(agreement, end=day(2)))


# -- differences


@given(st.permutations(["DK011", "DK012", "DK013"]))
def test_a_lot_does_not_differ_from_itself(nuts: list[str]) -> None:
    assert changes.diff_lot(lot(nuts=("DK011", "DK012", "DK013")), lot(nuts=tuple(nuts))) == ()


def test_a_moved_deadline_is_told_in_iso_8601() -> None:
    (change,) = changes.diff_lot(lot(), lot(deadline=until(8)))
    assert change == FieldChange("deadline", "2026-12-01T12:00:00+01:00", "2026-12-08T12:00:00+01:00")


def test_a_deadline_without_time_is_told_as_a_day() -> None:
    (change,) = changes.diff_lot(lot(deadline=None), lot(deadline=Deadline(until(8).at, time_known=False)))
    assert change == FieldChange("deadline", "", "2026-12-08")


def test_every_kind_of_value_is_told_as_text() -> None:
    before = lot()
    after = lot(
        value=Money(Decimal("1200000.00"), "DKK"),
        nuts=("DK011", "DK012"),
        sme_suitable=False,
        renewals=2,
        start=day(1),
        translations=(Translation("en", "Cleaning", ""),),
    )
    assert changes.diff_lot(before, after) == (
        FieldChange("value", "", "1200000 DKK"),
        FieldChange("nuts", "", "DK011,DK012"),
        FieldChange("start", "", "2026-10-01"),
        FieldChange("renewals", "", "2"),
        FieldChange("sme_suitable", "", "no"),
        FieldChange("translations", "", '[{"language":"en","title":"Cleaning","description":""}]'),
    )


def test_blanks_case_and_the_offset_of_the_same_moment_are_no_difference() -> None:
    in_utc = Deadline(until(1).at.astimezone(dt.UTC))
    assert changes.diff_lot(lot(description="En  god\nopgave"), lot(description="en god opgave", deadline=in_utc)) == ()


# -- where a lot stands


def test_a_call_is_open_until_its_deadline_has_passed() -> None:
    deadline = until(1).at
    assert state(call(), now=deadline) is LotState.OPEN
    assert state(call(), now=deadline + dt.timedelta(seconds=1)) is LotState.EXPIRED


def test_a_call_with_an_unknown_deadline_stays_open() -> None:
    assert state(call("1-2026", lot(deadline=None)), now=AFTER) is LotState.OPEN


@pytest.mark.parametrize(
    ("tender", "participation", "expected"),
    [(None, 5, 5), (20, 5, 5), (5, 20, 5), (5, None, 5), (None, None, None)],
)
def test_the_earlier_of_the_two_deadlines_governs(
    tender: int | None, participation: int | None, expected: int | None
) -> None:
    one = lot(
        deadline=until(tender) if tender else None,
        participation_deadline=until(participation) if participation else None,
    )
    assert changes.governing_deadline(one) == (until(expected).at if expected else None)


def test_a_planning_notice_is_planned_even_long_after() -> None:
    assert state(call(stage=Stage.PLANNING), now=AFTER) is LotState.PLANNED


def test_an_award_decides_the_lot_and_leaves_the_calls_facts() -> None:
    award = call("9-2026", lot(deadline=None, result="selec-w"), stage=Stage.AWARD, published=day(20))
    assert state(call(), award) is LotState.AWARDED
    assert changes.facts_of([of(call()), of(award)]).notice == call()


@pytest.mark.parametrize(
    ("result", "expected"),
    [("", LotState.AWARDED), ("clos-nw", LotState.CANCELLED), ("open-nw", LotState.OPEN)],
)
def test_the_result_of_an_award_notice_is_heeded(result: str, expected: LotState) -> None:
    assert state(call(), call("9-2026", lot(result=result), stage=Stage.AWARD, published=day(20))) is expected


def test_an_award_of_other_lots_decides_nothing() -> None:
    award = call("9-2026", lot("LOT-0002"), stage=Stage.AWARD, published=day(20))
    assert lot_state([of(call()), Publication(award, MONDAY, None, named=False)], MONDAY) is LotState.OPEN


def test_a_lot_known_by_its_award_notice_alone_is_never_open() -> None:
    assert state(call(stage=Stage.AWARD)) is LotState.AWARDED
    assert state(call("9-2026", lot(result="open-nw"), stage=Stage.AWARD)) is LotState.EXPIRED


def test_a_contract_that_is_modified_was_awarded() -> None:
    assert state(call(), call("9-2026", stage=Stage.CHANGE, published=day(20))) is LotState.AWARDED


def test_a_cancellation_without_lots_cancels_all_of_them() -> None:
    cancellation = replace(call("2-2026", cancelled=True, published=day(3)), lots=())
    assert state(call(), cancellation) is LotState.CANCELLED


def test_a_cancellation_of_other_lots_cancels_only_those() -> None:
    other = call("2-2026", lot("LOT-0002"), cancelled=True, published=day(3))
    assert lot_state([of(call()), Publication(other, MONDAY, None, named=False)], MONDAY) is LotState.OPEN


def test_a_call_after_a_cancellation_opens_the_lot_again_in_whatever_order_they_are_read() -> None:
    cancelled, again = call("2-2026", cancelled=True, published=day(3)), call("3-2026", published=day(9))
    assert state(again, cancelled, call()) is state(call(), cancelled, again) is LotState.OPEN


def test_two_notices_of_one_day_are_ordered_by_their_publication_numbers() -> None:
    early, late = call("999-2026"), call("1000-2026", lot(deadline=until(8)))
    assert changes.facts_of([of(late), of(early)]).notice == late


def test_a_notice_without_a_day_counts_from_when_it_was_first_seen() -> None:
    undated = Publication(call("page", published=None), MONDAY, lot(), True)
    assert changes.facts_of([of(call(published=day(31))), undated]).notice == undated.notice


def test_a_lot_that_a_newer_version_of_its_notice_no_longer_names_is_gone() -> None:
    newest = call("1-2026", lot("LOT-0002"))
    gone = Publication(newest, MONDAY, lot(), named=False)
    assert lot_state([gone], MONDAY) is LotState.GONE


@pytest.mark.parametrize(
    "doubtful", [replace(call(), lots=()), call("1-2026", lot("LOT-0002"), flags=("a lot could not be read",))]
)
def test_a_doubtful_reading_closes_no_lot(doubtful: Notice) -> None:
    assert lot_state([Publication(doubtful, MONDAY, lot(), named=False)], MONDAY) is LotState.OPEN


# -- what readers are told of


def sighting(notice: Notice) -> Sighting:
    return Sighting(notice.lots[0], notice, changes.standing([of(notice)]))


def test_only_what_matters_to_readers_is_told() -> None:
    after = call("1-2026", lot(deadline=until(8), questions_deadline=until(2), documents_url="https://by.example/d"))
    assert [one.field for one in changes.material_changes(sighting(call()), sighting(after))] == ["deadline"]


def test_a_cancellation_is_told_as_such() -> None:
    after = sighting(call(cancelled=True))
    assert changes.material_changes(sighting(call()), after) == (FieldChange("cancelled", "", "yes"),)
    assert changes.material_changes(after, sighting(call())) == (FieldChange("cancelled", "yes", ""),)


def test_a_planned_lot_that_is_called_is_told_with_its_new_deadline() -> None:
    planned = sighting(call("1-2026", lot(deadline=None), stage=Stage.PLANNING))
    assert changes.material_changes(planned, sighting(call("2-2026"))) == (
        FieldChange("deadline", "", "2026-12-01T12:00:00+01:00"),
        FieldChange("state", "planned", "open"),
    )


def test_an_award_is_no_change_of_the_lot() -> None:
    awarded = replace(sighting(call()), standing=replace(sighting(call()).standing, awarded=True))
    assert changes.material_changes(sighting(call()), awarded) == ()


def test_facts_from_an_award_notice_are_not_compared() -> None:
    award = sighting(call("9-2026", lot(deadline=None), stage=Stage.AWARD))
    assert changes.material_changes(award, sighting(call())) == ()


def test_between_sources_wording_and_silence_are_no_change() -> None:
    page = call("sag", lot(title="Skolerengøring", deadline=until(8), value=Money(Decimal(5))), source="town")
    told = changes.material_changes(sighting(call()), sighting(page))
    assert [one.field for one in told] == ["deadline"]


def test_every_material_field_is_a_field_of_a_lot_or_of_its_standing() -> None:
    assert changes.MATERIAL - set(lot().__slots__) == {"cancelled", "state", "hidden"}


def test_a_new_pages_name_names_no_contact_person() -> None:
    title = "Rengøring. Kontaktperson: Anna Hansen, anna.hansen@by.example, tlf. 33 66 12 34"
    assert re.fullmatch("rengoering-kontaktperson-tlf-[0-9a-f]{8}", changes.slug(title, "p/LOT-0001"))
