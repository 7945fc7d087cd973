"""TED_EXPORT R2.0.8, on variations of saved notices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from notifier.lots import Money, Notice, Stage
from spiders.parsers import r209

PAGES = Path(__file__).parents[2] / "pages" / "ted"
CALL = (PAGES / "r208-call" / "page.xml").read_text(encoding="utf-8")
AWARD = (PAGES / "r208-award" / "page.xml").read_text(encoding="utf-8")


def read(xml: str, *changes: tuple[str, str]) -> Notice:
    """The notice, after each first text was replaced by the second wherever it stands."""
    for before, after in changes:
        assert before in xml, before
        xml = xml.replace(before, after)
    return r209.parse(xml.encode(), source="ted", key="070101-2014")


def without(xml: str, name: str) -> str:
    """The notice without the element of that name, the first that there is."""
    begin, end = xml.index(f"<{name}"), xml.index(f"</{name}>") + len(f"</{name}>")
    return xml[:begin] + xml[end:]


def test_a_call_without_annexes_is_one_lot_as_long_as_its_framework() -> None:
    (lot,) = read(without(CALL, "F02_DIVISION_INTO_LOTS")).lots
    assert (lot.lot_id, lot.title, lot.duration) == ("1", "Rengøring og vinduespolering", "P4Y")
    assert lot.value == Money(Decimal("9000000.00"), "DKK")
    assert lot.cpv_additional == ("90911300",)


def test_an_open_procedure_has_no_deadline_for_requests() -> None:
    lot = read(CALL, ("PT_RESTRICTED", "PT_OPEN")).lots[0]
    assert lot.deadline is not None
    assert lot.participation_deadline is None


def test_a_contract_that_is_not_renewed_has_no_renewals_and_one_for_a_range_is_unknown() -> None:
    recurrent = "<RECURRENT_CONTRACT><NUMBER_POSSIBLE_RENEWALS>2</NUMBER_POSSIBLE_RENEWALS></RECURRENT_CONTRACT>"
    assert [lot.renewals for lot in read(CALL, (recurrent, "<NO_RECURRENT_CONTRACT/>")).lots] == [0, 0]
    ranged = recurrent.replace("NUMBER_POSSIBLE_RENEWALS>", "NUMBER_POSSIBLE_RENEWALS_RANGE>")
    assert [lot.renewals for lot in read(CALL, (recurrent, ranged)).lots] == [None, None]


def test_employment_programmes_are_told_apart_from_frameworks() -> None:
    lot = read(CALL, ("<RESTRICTED_TO_SHELTERED_WORKSHOPS/>", "<RESTRICTED_TO_FRAMEWORK/>")).lots[0]
    assert (lot.reserved, lot.reserved_execution) == (("res-program",), "yes")
    unbound = without(CALL, "F02_FRAMEWORK").replace("SHELTERED_WORKSHOPS", "FRAMEWORK")
    assert read(unbound).lots[0].framework == ""


def test_an_award_without_lots_gives_all_winners_to_the_one_that_there_is() -> None:
    notice = read(AWARD, ("<LOT_NUMBER>1</LOT_NUMBER>", ""), ("<LOT_NUMBER>2</LOT_NUMBER>", ""))
    (lot,) = notice.lots
    assert [award.winner.name for award in lot.awards] == [
        "Ren Hverdag A/S",
        "Skolernes Rengøring ApS",
        "Klart Syn I/S",
    ]
    assert (notice.stage, notice.flags, lot.result) == (Stage.AWARD, (), "selec-w")


def test_a_value_for_a_year_and_one_with_vat_are_no_value_of_the_contract() -> None:
    first, second = read(AWARD).lots
    assert [award.value and award.value.amount for award in (*first.awards, *second.awards)] == [
        Decimal("7900000.00"),
        None,
        None,
    ]


def test_a_contract_that_does_not_say_of_which_lot_it_is_is_told() -> None:
    notice = read(AWARD, ("<LOT_NUMBER>2</LOT_NUMBER><CONTRACT_TITLE>", "<CONTRACT_TITLE>"))
    assert [len(lot.awards) for lot in notice.lots] == [2]
    assert notice.flags == ("Award 3: it does not say of which lot it is.",)
    several = AWARD.replace("<CONTRACT_NUMBER>2</CONTRACT_NUMBER><LOT_NUMBER>1</LOT_NUMBER>", "")
    notice = read(several)
    assert [len(lot.awards) for lot in notice.lots] == [1, 1]
    assert notice.flags == ("Award 2: it does not say of which lot it is.",)


def test_the_utilities_form_has_its_contracts_one_level_deeper() -> None:
    notice = read(
        AWARD,
        ("<AWARD_OF_CONTRACT ", "<AWARD_CONTRACT_CONTRACT_AWARD_UTILITIES><AWARD_AND_CONTRACT_VALUE "),
        ("</AWARD_OF_CONTRACT>", "</AWARD_AND_CONTRACT_VALUE></AWARD_CONTRACT_CONTRACT_AWARD_UTILITIES>"),
        ("CONTRACT_AWARD_DATE>", "DATE_OF_CONTRACT_AWARD>"),
        ("<ECONOMIC_OPERATOR_NAME_ADDRESS><CONTACT_DATA_WITHOUT_RESPONSIBLE_NAME>", "<CONTACT_DATA_X>"),
        ("</CONTACT_DATA_WITHOUT_RESPONSIBLE_NAME></ECONOMIC_OPERATOR_NAME_ADDRESS>", "</CONTACT_DATA_X>"),
        ("CONTACT_DATA_X>", "CONTACT_DATA_WITHOUT_RESPONSIBLE_NAME_CHP>"),
        ('FORM="3"', 'FORM="6"'),
    )
    assert (notice.notice_type, notice.legal_basis) == ("F06", "32004L0017")
    assert [[award.winner.name for award in lot.awards] for lot in notice.lots] == [
        ["Ren Hverdag A/S", "Skolernes Rengøring ApS"],
        ["Klart Syn I/S"],
    ]
    assert notice.lots[0].awards[0].concluded == dt.date(2014, 7, 10)


def test_a_corrigendum_has_no_lots_and_a_form_of_running_text_is_told() -> None:
    assert read(CALL, ('FORM="2"', 'FORM="14"')).lots == ()
    notice = read(
        CALL, ('<CONTRACT CATEGORY="ORIGINAL" FORM="2"', '<OTH_NOT CATEGORY="ORIGINAL"'), ("</CONTRACT>", "</OTH_NOT>")
    )
    assert notice.flags[0] == "The form OTH_NOT is none that is known: fields may be missing."


def test_the_forms_of_the_defence_directive_get_no_lots() -> None:
    notice = read(
        CALL,
        ("<CONTRACT CATEGORY", "<CONTRACT_DEFENCE CATEGORY"),
        ("</CONTRACT>", "</CONTRACT_DEFENCE>"),
        ('FORM="2"', 'FORM="17"'),
    )
    assert (notice.notice_type, notice.lots, notice.flags) == ("F17", (), ())
