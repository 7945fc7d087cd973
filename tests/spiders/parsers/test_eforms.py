"""eForms notices, one term at a time, on variations of a saved call."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import ParseError
from notifier.lots import Lot, LotKind, Money, Notice, Stage
from spiders.parsers import eforms

PAGES = Path(__file__).parents[2] / "pages" / "ted"
CALL = (PAGES / "eforms-call" / "page.xml").read_text(encoding="utf-8")
AWARD = (PAGES / "eforms-award-framework" / "page.xml").read_text(encoding="utf-8")
CHANGE = (PAGES / "eforms-change" / "page.xml").read_text(encoding="utf-8")


def read(xml: str, *changes: tuple[str, str]) -> Notice:
    """The notice, after each first text was replaced by the second wherever it stands."""
    for before, after in changes:
        assert before in xml, before
        xml = xml.replace(before, after)
    return eforms.parse(xml.encode(), source="ted", key="734512-2026")


def first_lot(*changes: tuple[str, str]) -> Lot:
    return read(CALL, *changes).lots[0]


def test_a_whole_notice_raises_no_flag() -> None:
    assert read(CALL).flags == ()


def test_another_document_is_refused() -> None:
    with pytest.raises(ParseError, match="no eForms notice but <note>"):
        eforms.parse(b"<note/>", source="ted", key="1-2026")


# -- time ----------------------------------------------------------------------------------------------------------

DAY, TIME = "<cbc:EndDate>2026-12-08+01:00</cbc:EndDate>", "<cbc:EndTime>12:00:00+01:00</cbc:EndTime>"


@pytest.mark.parametrize(
    ("day", "time", "at", "known"),
    [
        ("2026-12-08+01:00", "12:00:00+01:00", "2026-12-08T12:00:00+01:00", True),
        ("2026-12-08Z", "12:00:00+01:00", "2026-12-08T12:00:00+01:00", True),  # the time's own offset holds
        ("2026-12-08+01:00", "12:00:00", "2026-12-08T12:00:00+01:00", True),
        ("2026-12-08-03:30", "09:30:15.250-03:30", "2026-12-08T09:30:15-03:30", True),
        ("2026-12-08", "12:00:00", "2026-12-08T12:00:00+01:00", True),  # no offset at all: the buyer's zone
        ("2026-06-08", "12:00:00", "2026-06-08T12:00:00+02:00", True),
        ("2026-12-08+01:00", "24:00:00+01:00", "2026-12-08T23:59:00+01:00", True),
        ("2026-12-08+01:00", None, "2026-12-08T23:59:00+01:00", False),
    ],
)
def test_a_deadline_joins_its_day_and_its_time(day: str, time: str | None, at: str, known: bool) -> None:
    stated = f"<cbc:EndTime>{time}</cbc:EndTime>" if time else ""
    lot = first_lot((DAY, f"<cbc:EndDate>{day}</cbc:EndDate>"), (TIME, stated))
    assert lot.deadline is not None
    assert (lot.deadline.at.isoformat(), lot.deadline.time_known) == (at, known)


@pytest.mark.parametrize("day", ["2026-02-31+01:00", "8 December 2026", "0026-12-08Z", "2026-12-08+25:00"])
def test_a_day_that_is_none_leaves_the_deadline_unknown_and_says_so(day: str) -> None:
    notice = read(CALL, (DAY, f"<cbc:EndDate>{day}</cbc:EndDate>"))
    assert notice.lots[0].deadline is None
    assert f"Lot LOT-0001: the deadline for tenders (BT-131) is no day of the calendar: “{day}”." in notice.flags


@pytest.mark.parametrize("time", ["25:00:00Z", "noon", "12:61:00Z"])
def test_a_time_that_is_none_leaves_the_deadline_unknown(time: str) -> None:
    notice = read(CALL, (TIME, f"<cbc:EndTime>{time}</cbc:EndTime>"))
    assert notice.lots[0].deadline is None
    assert "BT-131" in notice.flags[0]


def test_an_hour_that_summer_time_skips_is_unknown() -> None:
    day = "<cbc:EndDate>2027-03-28</cbc:EndDate>"
    assert first_lot((DAY, day), (TIME, "<cbc:EndTime>02:30:00</cbc:EndTime>")).deadline is None


def test_a_call_for_interest_has_a_deadline_for_it() -> None:
    period = "<efac:InterestExpressionReceptionPeriod>{}</efac:InterestExpressionReceptionPeriod>"
    asked = period.format("<cbc:EndDate>2026-12-01+01:00</cbc:EndDate><cbc:EndTime>10:00:00+01:00</cbc:EndTime>")
    lot = first_lot(("<efext:EformsExtension/>", f"<efext:EformsExtension>{asked}</efext:EformsExtension>"))
    assert lot.interest_deadline is not None
    assert lot.interest_deadline.at.isoformat() == "2026-12-01T10:00:00+01:00"


@pytest.mark.parametrize(
    ("amount", "unit", "length"),
    [("55", "DAY", "P55D"), ("6", "WEEK", "P6W"), ("48.0", "MONTH", "P48M"), ("4", "YEAR", "P4Y"), ("0", "DAY", "")],
)
def test_a_duration_is_written_as_iso_8601(amount: str, unit: str, length: str) -> None:
    before = '<cbc:DurationMeasure unitCode="MONTH">24<'
    assert first_lot((before, f'<cbc:DurationMeasure unitCode="{unit}">{amount}<')).duration == length


# -- values and codes ----------------------------------------------------------------------------------------------

VALUE = '<cbc:EstimatedOverallContractAmount currencyID="DKK">2400000.50<'


def test_a_value_stays_as_printed() -> None:
    assert first_lot().value == Money(Decimal("2400000.50"), "DKK")
    assert str(first_lot().value.amount) == "2400000.50"  # type: ignore[union-attr]


@pytest.mark.parametrize("raw", ["2.400.000,50", "-5", "1e9", "NaN", "Infinity", "٢٤"])
def test_a_value_that_is_no_amount_is_unknown_and_noted(raw: str) -> None:
    notice = read(CALL, (VALUE, f'<cbc:EstimatedOverallContractAmount currencyID="DKK">{raw}<'))
    assert notice.lots[0].value is None
    assert notice.flags == (f"Lot LOT-0001: the estimated value (BT-27) is no amount: “{raw}”.",)


def test_a_withheld_value_is_unknown_without_a_note() -> None:
    notice = read(CALL, (VALUE, '<cbc:EstimatedOverallContractAmount currencyID="DKK">-1<'))
    assert notice.lots[0].value is None
    assert notice.flags == ()


def test_several_reservations_are_kept_and_none_is_none() -> None:
    code = '<cbc:TendererRequirementTypeCode listName="reserved-procurement">{}</cbc:TendererRequirementTypeCode>'
    wrapped = f"<cac:SpecificTendererRequirement>{code}</cac:SpecificTendererRequirement>"
    both = wrapped.format("res-ws") + wrapped.format("res-pub-ser")
    notice = read(CALL, (wrapped.format("res-ws"), both))
    assert notice.lots[0].reserved == ("res-ws", "res-pub-ser")
    assert notice.lots[1].reserved == ()


@pytest.mark.parametrize(("code", "meaning"), [("yes", "yes"), ("no", "no"), ("not-known", None)])
def test_reserved_execution_is_yes_no_or_unsaid(code: str, meaning: str | None) -> None:
    assert (
        first_lot(('listName="reserved-execution">no<', f'listName="reserved-execution">{code}<')).reserved_execution
        == meaning
    )


def test_selection_criteria_of_the_first_sdks_stand_where_the_reservation_does() -> None:
    old = (
        "<cac:TendererQualificationRequest><cac:SpecificTendererRequirement>"
        '<cbc:TendererRequirementTypeCode listName="selection-criterion">ef-stand</cbc:TendererRequirementTypeCode>'
        '<cbc:Description languageID="DAN">Egenkapital på 1 mio. kr.</cbc:Description>'
        "</cac:SpecificTendererRequirement></cac:TendererQualificationRequest><cac:ContractExecutionRequirement>"
    )
    xml = CALL.replace("<cac:ContractExecutionRequirement>", old, 1)
    assert [(each.kind, each.text) for each in read(xml).lots[0].selection_criteria][1:] == [
        ("ef-stand", "Egenkapital på 1 mio. kr.")
    ]


# -- texts ---------------------------------------------------------------------------------------------------------


def test_the_notices_language_is_shown_and_the_others_are_kept() -> None:
    notice = read(CALL, ("<cbc:NoticeLanguageCode>DAN<", "<cbc:NoticeLanguageCode>ENG<"))
    lot = notice.lots[0]
    assert (notice.title, lot.title, lot.description) == ("Care of green areas", "Parks", "Mowing and weeding.")
    assert [(each.language, each.title) for each in lot.translations] == [("da", "Parker & stier")]
    assert notice.lots[1].title == "Legepladser"  # the only language there is


def test_without_the_notices_language_the_first_one_is_shown_and_not_kept_twice() -> None:
    lot = read(CALL, ("<cbc:NoticeLanguageCode>DAN<", "<cbc:NoticeLanguageCode>FRA<")).lots[0]
    assert lot.title == "Parks"
    assert [(each.language, each.title) for each in lot.translations] == [("da", "Parker & stier")]


def test_a_lot_without_a_title_takes_the_notices_title() -> None:
    notice = read(CALL, ('<cbc:Name languageID="DAN">Legepladser</cbc:Name>', ""))
    assert notice.lots[1].title == "Pleje af grønne områder"
    assert notice.flags == ("Lot LOT-0002: it has no title (BT-21); the notice's stands for it.",)


def test_hostile_text_is_cleaned_at_the_border() -> None:
    title = "Lege&lt;script&gt;alert(1)&lt;/script&gt;pladser &#x202e;\u200b&#160;i&#9;byen"
    lot = read(CALL, (">Legepladser<", f">{title}<")).lots[1]
    assert "script" not in lot.title
    assert not {"\u202e", "\u200b", "\t"} & set(lot.title)


def test_letters_lost_on_the_way_are_flagged() -> None:
    flags = read(CALL, (">Legepladser<", ">Legepl\ufffddser<")).flags
    assert flags == ("Letters were lost on the way: the text is not written in the character set that it names.",)


# -- lots, results, changes ----------------------------------------------------------------------------------------


def test_lots_are_in_order_and_a_group_of_lots_is_none() -> None:
    assert [(lot.lot_id, lot.kind) for lot in read(CALL).lots] == [("LOT-0001", LotKind.LOT), ("LOT-0002", LotKind.LOT)]


def test_a_lot_has_its_own_places_and_never_the_procedures() -> None:
    assert [lot.nuts for lot in read(CALL).lots] == [("DK011",), ()]


def test_without_a_contract_the_tenders_of_the_result_won() -> None:
    start, end = AWARD.index("<efac:SettledContract>\n"), AWARD.rindex("</efac:SettledContract>")
    xml = AWARD[:start] + AWARD[end + len("</efac:SettledContract>") :]
    winners = [award.winner.name for award in read(xml).lots[0].awards]
    assert winners == ["Møbelgården ApS", "Nordens Inventar A/S", "Stol og Bord AB", "Bordfabrikken A/S"]


def test_a_winner_that_is_not_described_is_noted() -> None:
    notice = read(
        AWARD, ('<efac:Tenderer><cbc:ID schemeName="organization">ORG-0002<', "<efac:Tenderer><cbc:ID>ORG-0099<")
    )
    assert "Lot LOT-0001: its winner ORG-0099 is not among the organisations (BT-500)." in notice.flags


@pytest.mark.parametrize(("code", "cancelled"), [("cancel", True), ("cancel-intent", True), ("corr", False)])
def test_a_change_can_end_the_procedure(code: str, cancelled: bool) -> None:
    notice = read(CHANGE, (">update-add<", f">{code}<"))
    assert notice.cancelled is cancelled
    assert notice.cancel_reason == ("Svar på spørgsmål fra bydere." if cancelled else "")


def test_a_modified_contract_is_a_change_of_the_notice_that_it_names() -> None:
    xml = CHANGE.replace("efac:Changes>", "efac:ContractModification>").replace(
        "6d0c1f52-4a0e-4b7f-9a53-1f6a2f0c7d11-01", "00412345-2026"
    )
    notice = read(xml, ('listName="competition">cn-standard', 'listName="cont-modif">can-modif'))
    assert notice.stage is Stage.CHANGE
    assert notice.cancelled is False
    assert [change.changed_notice for change in notice.changes] == ["412345-2026", "412345-2026"]


@pytest.mark.parametrize(
    ("form", "kind", "stage"),
    [
        ("planning", "pin-only", Stage.PLANNING),
        ("consultation", "pmc", Stage.PLANNING),
        ("competition", "pin-cfc-social", Stage.CALL),
        ("competition", "qu-sy", Stage.CALL),
        ("competition", "subco", Stage.CALL),
        ("dir-awa-pre", "veat", Stage.AWARD),
        ("result", "can-social", Stage.AWARD),
        ("cont-modif", "can-modif", Stage.CHANGE),
    ],
)
def test_the_stage_follows_the_form_type(form: str, kind: str, stage: Stage) -> None:
    notice = read(CALL, ('listName="competition">cn-standard', f'listName="{form}">{kind}'))
    assert (notice.stage, notice.flags) == (stage, ())


@pytest.mark.parametrize(
    ("version", "flagged"),
    [("1.2", True), ("1.3", False), ("1.16", False), ("1.10.3", False), ("1.17", True), ("2.0", True)],
)
def test_a_version_of_eforms_that_was_not_tried_is_flagged(version: str, flagged: bool) -> None:
    assert bool(read(CALL, ("eforms-sdk-1.10", f"eforms-sdk-{version}")).flags) is flagged


def test_a_contact_point_that_buys_leads_to_its_organisation() -> None:
    identifier = "<cac:PartyIdentification><cbc:ID>TPO-0001</cbc:ID></cac:PartyIdentification>"
    xml = CALL.replace("</efac:Company>", f"</efac:Company><efac:TouchPoint>{identifier}</efac:TouchPoint>", 1)
    start = xml.index("<cac:ContractingParty>")
    xml = xml[:start] + xml[start:].replace("ORG-0001", "TPO-0001", 1)
    assert read(xml).buyers[0].name == "Rosenlund Kommune"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40))
def test_whatever_stands_in_a_code_or_number_the_notice_is_read(raw: str) -> None:
    safe = (
        raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\ufffe", "").replace("\uffff", "")
    )
    notice = read(
        CALL,
        (">res-ws<", f">{safe}<"),
        (">2400000.50<", f">{safe}<"),
        (">77342000<", f">{safe}<"),
        ("12:00:00+01:00<", f"{safe}<"),
        (">24<", f">{safe}<"),
        (">true<", f">{safe}<"),
        (">DK011<", f">{safe}<"),
    )
    assert [lot.lot_id for lot in notice.lots] == ["LOT-0001", "LOT-0002"]
    assert dt.date(2026, 11, 4) == notice.published


# -- strict reading ------------------------------------------------------------------------------------------------

RESERVED = 'listName="reserved-procurement"'


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (("<cac:PlannedPeriod>", "<cac:Novelty/><cac:PlannedPeriod>"), "ProcurementProject/Novelty"),
        ((RESERVED, 'listName="reservation"'), "TendererRequirementTypeCode (listName reservation)"),
        ((f" {RESERVED}", ""), "TendererRequirementTypeCode (listName missing)"),
        (("cac:TenderSubmissionDeadlinePeriod>", "cac:TenderDeadlinePeriod>"), "TenderingProcess/TenderDeadlinePeriod"),
    ],
)
def test_what_stands_in_a_lot_and_is_not_known_is_named(change: tuple[str, str], name: str) -> None:
    flags = read(CALL, change).flags
    assert any("it holds what is not read here" in flag and name in flag for flag in flags), flags


def test_what_is_known_to_be_beside_the_point_is_not_named() -> None:
    beside = (
        "<cac:AuctionTerms><cbc:AuctionConstraintIndicator>false</cbc:AuctionConstraintIndicator></cac:AuctionTerms>"
    )
    assert (
        read(CALL, ("<cac:TenderSubmissionDeadlinePeriod>", beside + "<cac:TenderSubmissionDeadlinePeriod>")).flags
        == ()
    )


# -- what real notices do ------------------------------------------------------------------------------------------


def without_results(xml: str) -> str:
    """A modified contract and a direct award have contracts and tenders, and no results of lots."""
    return re.sub(r"<efac:LotResult>.*?</efac:LotResult>", "", xml, flags=re.DOTALL)


def test_a_contract_without_results_tells_who_holds_it() -> None:
    whole, bare = read(AWARD), read(without_results(AWARD))
    held = [lot.awards for lot in bare.lots]
    assert any(held)
    assert held == [lot.awards if lot.result == "selec-w" else () for lot in whole.lots]
    assert {lot.result for lot in bare.lots} == {""}


@pytest.mark.parametrize("lost_first", [True, False])
def test_a_lot_with_a_winner_is_awarded_whatever_another_of_its_results_says(*, lost_first: bool) -> None:
    whole = read(AWARD)
    won = next(lot for lot in whole.lots if lot.awards)
    lost = (
        "<efac:LotResult><cbc:TenderResultCode>clos-nw</cbc:TenderResultCode>"
        f"<efac:TenderLot><cbc:ID>{won.lot_id}</cbc:ID></efac:TenderLot></efac:LotResult>"
    )
    start, end = AWARD.index("<efac:LotResult>"), AWARD.rindex("</efac:LotResult>") + len("</efac:LotResult>")
    place = start if lost_first else end
    again = read(AWARD[:place] + lost + AWARD[place:])
    assert [(lot.result, lot.awards) for lot in again.lots] == [(lot.result, lot.awards) for lot in whole.lots]


def test_a_result_of_a_code_that_nobody_knows_is_noted_and_the_notice_is_read_all_the_same() -> None:
    notice = read(AWARD, (">selec-w<", ">strange<"))
    assert "strange" in {lot.result for lot in notice.lots}
    assert any("its result (BT-142) is a code that is not known: “strange”" in flag for flag in notice.flags)


def test_a_withheld_code_is_unknown_and_no_mistake() -> None:
    notice = read(AWARD, (">selec-w<", ">unpublished<"))
    assert "selec-w" not in {lot.result for lot in notice.lots}
    assert not any("unpublished" in flag for flag in notice.flags)


def test_the_first_notices_of_all_called_a_changed_one_change() -> None:
    notice = read(CALL, ('listName="competition"', 'listName="change"'))
    assert (notice.stage, notice.flags) == (Stage.CALL, ())
