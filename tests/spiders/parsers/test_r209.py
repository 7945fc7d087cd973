"""TED_EXPORT R2.0.9, on variations of saved notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.errors import ParseError
from notifier.lots import Notice, Stage
from spiders.parsers import r209

PAGES = Path(__file__).parents[2] / "pages" / "ted"
CALL = (PAGES / "r209-call" / "page.xml").read_text(encoding="utf-8")
AWARD = (PAGES / "r209-award" / "page.xml").read_text(encoding="utf-8")


def read(xml: str, *changes: tuple[str, str]) -> Notice:
    """The notice, after each first text was replaced by the second wherever it stands."""
    for before, after in changes:
        assert before in xml, before
        xml = xml.replace(before, after)
    return r209.parse(xml.encode(), source="ted", key="088123-2021")


def test_another_document_is_refused() -> None:
    with pytest.raises(ParseError, match="no TED_EXPORT but <note>"):
        r209.parse(b"<note/>", source="ted", key="1-2021")


def test_lots_are_named_by_number_else_by_their_place() -> None:
    assert [lot.lot_id for lot in read(CALL).lots] == ["1", "2"]
    assert [lot.lot_id for lot in read(CALL, ("<LOT_NO>1<", "<LOT_NO>7 -<")).lots] == ["7 -", "2"]


def test_two_lots_of_one_number_stay_two() -> None:
    notice = read(CALL, ("<LOT_NO>1<", "<LOT_NO>2<"))
    assert [lot.lot_id for lot in notice.lots] == ["2", "2-2"]
    assert notice.flags == ("Two lots are called 2 (BT-137); the later one is called 2-2 here.",)


def test_the_form_as_written_is_read_and_not_its_translation() -> None:
    assert read(CALL).language == "da"
    assert read(CALL, ("<LG_ORIG>DA<", "<LG_ORIG>EN<")).title == "Rengøring af skoler"
    translated = read(CALL, ('CATEGORY="ORIGINAL"', 'CATEGORY="TRANSLATION"'))
    assert translated.title == "Rengøring af skoler"  # the language that the notice says it was written in


@pytest.mark.parametrize(
    ("element", "code", "execution"),
    [
        ("RESTRICTED_SHELTERED_WORKSHOP", "res-ws", None),
        ("RESERVED_ORGANISATIONS_SERVICE_MISSION", "res-pub-ser", None),
        ("RESTRICTED_SHELTERED_PROGRAM", "res-program", "yes"),
    ],
)
def test_a_reservation_holds_for_every_lot(element: str, code: str, execution: str | None) -> None:
    notice = read(CALL, ("<RESTRICTED_SHELTERED_WORKSHOP/>", ""), ("<RESTRICTED_SHELTERED_PROGRAM/>", f"<{element}/>"))
    assert {(lot.reserved, lot.reserved_execution) for lot in notice.lots} == {((code,), execution)}


@pytest.mark.parametrize(
    ("country", "offset"), [("DK", "+02:00"), ("UK", "+01:00"), ("EL", "+03:00"), ("PT", "+01:00"), ("IS", "+00:00")]
)
def test_the_deadline_is_in_the_buyers_zone(country: str, offset: str) -> None:
    lot = read(CALL, ('ISO_COUNTRY VALUE="DK"', f'ISO_COUNTRY VALUE="{country}"')).lots[0]
    assert lot.deadline is not None
    assert lot.deadline.at.isoformat() == f"2021-03-29T12:00:00{offset}"


def test_an_unknown_country_is_read_as_utc_and_noted() -> None:
    notice = read(CALL, ('ISO_COUNTRY VALUE="DK"', 'ISO_COUNTRY VALUE="QQ"'))
    assert notice.lots[0].deadline is not None
    assert notice.lots[0].deadline.at.isoformat() == "2021-03-29T12:00:00+00:00"
    assert notice.flags == ("The buyer's country has no known time zone; times are read as UTC: “QQ”.",)


def test_a_day_without_a_time_lasts_until_its_end() -> None:
    lot = read(CALL, ("<TIME_RECEIPT_TENDERS>12:00</TIME_RECEIPT_TENDERS>", "")).lots[0]
    assert lot.deadline is not None
    assert (lot.deadline.at.isoformat(), lot.deadline.time_known) == ("2021-03-29T23:59:00+02:00", False)


@pytest.mark.parametrize(
    ("procedure", "requests"),
    [
        ("PT_OPEN", False),
        ("PT_INVOLVING_NEGOTIATION", False),
        ("PT_RESTRICTED", True),
        ("PT_COMPETITIVE_NEGOTIATION", True),
        ("PT_NEGOTIATED_WITH_PRIOR_CALL", True),
        ("PT_COMPETITIVE_DIALOGUE", True),
        ("PT_INNOVATION_PARTNERSHIP", True),
    ],
)
def test_a_procedure_in_two_stages_begins_with_requests_to_participate(procedure: str, requests: bool) -> None:
    lot = read(CALL, ("<PT_RESTRICTED/>", f"<{procedure}/>")).lots[0]
    assert lot.deadline is not None
    assert (lot.participation_deadline == lot.deadline) is requests


def test_a_prior_information_that_calls_for_interest_is_a_call() -> None:
    xml = CALL.replace("F02", "F01").replace("<LEGAL_BASIS", '<NOTICE TYPE="PRI_CALL_COMPETITION"/><LEGAL_BASIS')
    notice = read(xml, ("<PT_RESTRICTED/>", "<PT_OPEN/>"))
    assert notice.stage is Stage.CALL
    assert notice.lots[0].participation_deadline == notice.lots[0].deadline
    assert read(xml, ("PRI_CALL_COMPETITION", "PRI_ONLY")).stage is Stage.PLANNING


def test_every_contract_object_gives_its_lots_its_own_cpv_and_title() -> None:
    other = (
        '<OBJECT_CONTRACT><TITLE><P>Vinduer</P></TITLE><CPV_MAIN><CPV_CODE CODE="90911300"/></CPV_MAIN>'
        "<OBJECT_DESCR><SHORT_DESCR><P>Polering.</P></SHORT_DESCR></OBJECT_DESCR></OBJECT_CONTRACT><LEFTI>"
    )
    lots = read(CALL, ("<LEFTI>", other)).lots
    assert [(lot.lot_id, lot.title, lot.cpv_main) for lot in lots][2] == ("3", "Vinduer", "90911300")


def test_one_award_can_name_several_lots() -> None:
    notice = read(AWARD, ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", "<LOT_NO>1, 3</LOT_NO>"))
    assert [lot.result for lot in notice.lots] == ["selec-w", "clos-nw", "selec-w"]
    assert [award.winner.name for award in notice.lots[2].awards] == ["Køkkenet i Gården", "Matsal AB"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1-3", "123"),
        ("1 til 3", "123"),
        ("Lot 1-3", "123"),
        ("1, 2 og 03", "123"),
        ("01, 02, 03", "123"),
        ("Delaftale 1: Vask, delaftale 3: Rens", "13"),
        ("2+3", "23"),
        ("2 af 3", "2"),
        ("Lot2", "2"),
        ("2 - rengøring af 12 skoler", "2"),
        ("A1", ""),
        ("1A", ""),
        ("1/3", ""),
        ("1.2", ""),
        ("1-4", ""),
        ("1, 9", ""),
        ("2014/3", ""),
    ],
)
def test_an_award_of_several_lots_is_of_each_and_half_a_list_is_none(said: str, meant: str) -> None:
    notice = read(AWARD, ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", f"<LOT_NO>{said}</LOT_NO>"))
    named = [lot.lot_id for lot in notice.lots if any(award.winner.name == GROUP[0] for award in lot.awards)]
    assert ("".join(named), len(notice.flags)) == (meant, 0 if meant else 1)


def test_an_award_that_names_no_lot_is_noted_where_there_are_several() -> None:
    notice = read(AWARD, ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", ""))
    assert notice.lots[0].awards == ()
    assert notice.flags == ("Award 1: it does not say of which lot it is.",)


def test_a_winner_that_is_not_to_be_published_is_left_out() -> None:
    assert "Hemmelig" not in repr(read(AWARD))


def test_a_value_that_is_not_to_be_published_is_left_out() -> None:
    lot = read(AWARD, ('<VALUES PUBLICATION="YES">', '<VALUES PUBLICATION="NO">')).lots[0]
    assert [award.value for award in lot.awards] == [None, None]


def test_a_procedure_is_given_up_when_every_award_says_so() -> None:
    start, end = AWARD.index("<AWARD_CONTRACT ITEM"), AWARD.index("<COMPLEMENTARY_INFO>")
    given_up = "<AWARD_CONTRACT><NO_AWARDED_CONTRACT><PROCUREMENT_DISCONTINUED/></NO_AWARDED_CONTRACT></AWARD_CONTRACT>"
    assert read(AWARD[:start] + given_up + AWARD[end:]).cancelled is True
    assert read(AWARD).cancelled is False


def test_a_form_that_is_not_known_is_read_as_far_as_it_goes_and_flagged() -> None:
    notice = read(CALL.replace("F02_2014", "T09_2030").replace('FORM="F02"', ""))
    assert len(notice.lots) == 2
    assert notice.flags == ("The form T09_2030 is none that is known: fields may be missing.",)


def test_the_directive_of_old_forms_is_told_by_their_number() -> None:
    notice = read(CALL, ('<LEGAL_BASIS VALUE="32014L0024"/>', ""))
    assert notice.legal_basis == "32014L0024"
    assert (
        read(CALL, ('<LEGAL_BASIS VALUE="32014L0024"/>', '<DIRECTIVE VALUE="2014/25/EU"/>')).legal_basis == "32014L0025"
    )


# -- awards --------------------------------------------------------------------------------------------------------


def winners(notice: Notice) -> list[list[str]]:
    return [[award.winner.name for award in lot.awards] for lot in notice.lots]


GROUP = ["Køkkenet i Gården", "Matsal AB"]


@pytest.mark.parametrize(
    ("lot", "award"),
    [
        ("1", "01"),
        ("01", "1"),
        ("Lotto 1", "1"),
        ("1: Gros œuvre", "1"),
        ("1- Elaboration du PLUI 22", "1"),
        ("Del 1", "Delaftale 1"),
        ("1", "1, 2 og 3"),
    ],
)
def test_an_award_means_the_lot_that_has_its_number(lot: str, award: str) -> None:
    first = f"<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>{award}</LOT_NO>"
    notice = read(
        AWARD,
        ("</TITLE><LOT_NO>1</LOT_NO><NUTS", f"</TITLE><LOT_NO>{lot}</LOT_NO><NUTS"),
        ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", first),
    )
    assert winners(notice)[0] == GROUP
    assert notice.flags == ()


def test_an_award_without_a_number_means_the_lot_of_its_title() -> None:
    named = "<CONTRACT_NO>1</CONTRACT_NO><TITLE><P>Rådhuset</P></TITLE>"
    notice = read(AWARD, ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", named))
    assert (winners(notice)[0], notice.flags) == (GROUP, ())


@pytest.mark.parametrize("award", ["<LOT_NO>7</LOT_NO>", "<LOT_NO>123</LOT_NO>", "<TITLE><P>Café</P></TITLE>", ""])
def test_an_award_that_means_no_lot_for_sure_is_noted(award: str) -> None:
    named = f"<CONTRACT_NO>1</CONTRACT_NO>{award}"
    notice = read(AWARD, ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", named))
    assert winners(notice)[0] == []
    assert len(notice.flags) == 1


def test_every_award_is_of_the_only_lot_whatever_its_number() -> None:
    one = AWARD[: AWARD.index('<OBJECT_DESCR ITEM="2">')] + AWARD[AWARD.index("</OBJECT_CONTRACT>") :]
    notice = read(one, ("<CONTRACT_NO>1</CONTRACT_NO><LOT_NO>1</LOT_NO>", "<LOT_NO>2.08</LOT_NO>"))
    assert (winners(notice), notice.lots[0].result, notice.flags) == ([GROUP], "selec-w", ())


def test_the_value_of_a_contract_is_read_in_the_first_edition_of_the_release_too() -> None:
    notice = read(AWARD, ("<VALUES ", "<VALUE "), ("</VALUES>", "</VALUE>"))
    assert [award.value.amount for award in notice.lots[0].awards if award.value] == [3100000, 3100000]
    withheld = read(AWARD, ('<VALUES PUBLICATION="YES"', '<VALUE PUBLICATION="NO"'), ("</VALUES>", "</VALUE>"))
    assert [award.value for award in withheld.lots[0].awards] == [None, None]


def form(name: str, inner: str, attributes: str = "") -> Notice:
    """A short notice of any form."""
    head, tail = AWARD[: AWARD.index("<F21_2014")], AWARD[AWARD.index("</FORM_SECTION>") :]
    body = AWARD[AWARD.index("<CONTRACTING_BODY>") : AWARD.index("</CONTRACTING_BODY>")] + "</CONTRACTING_BODY>"
    return read(f'{head}<{name} CATEGORY="ORIGINAL" LG="DA" {attributes}>{body}{inner}</{name}>{tail}')


OBJECT = """<OBJECT_CONTRACT><TITLE><P>Ny skole</P></TITLE><CPV_MAIN><CPV_CODE CODE="71220000"/></CPV_MAIN>
<OBJECT_DESCR><SHORT_DESCR><P>En skole.</P></SHORT_DESCR>{}</OBJECT_DESCR></OBJECT_CONTRACT>"""
WINNER = "<ADDRESS_WINNER><OFFICIALNAME>Tegnestuen</OFFICIALNAME></ADDRESS_WINNER>"


@pytest.mark.parametrize("winner", [f"<WINNERS><WINNER>{WINNER}</WINNER></WINNERS>", f"<WINNER>{WINNER}</WINNER>"])
def test_a_design_contest_names_who_won_its_prize(winner: str) -> None:
    prize = f'<AWARDED_PRIZE>{winner}<VAL_PRIZE CURRENCY="DKK">500000</VAL_PRIZE></AWARDED_PRIZE>'
    notice = form("F13_2014", OBJECT.format("") + f"<RESULTS>{prize}</RESULTS>")
    (award,) = notice.lots[0].awards
    assert (notice.stage, notice.lots[0].result, award.winner.name) == (Stage.AWARD, "selec-w", "Tegnestuen")
    assert award.value is not None
    assert award.value.amount == 500000


def test_a_design_contest_without_a_prize_is_closed() -> None:
    notice = form("F13_2014", OBJECT.format("") + "<RESULTS><NO_AWARDED_PRIZE/></RESULTS>")
    assert (notice.lots[0].result, notice.lots[0].awards) == ("clos-nw", ())


def test_public_transport_has_forms_of_its_own() -> None:
    planned = form("MOVE", OBJECT.format(""), 'FORM="T01"')
    party = "<CONTRACTOR><ADDRESS_PARTY><OFFICIALNAME>Bussen</OFFICIALNAME></ADDRESS_PARTY></CONTRACTOR>"
    contract = f"<AWARDED_CONTRACT><CONTRACTORS>{party}</CONTRACTORS></AWARDED_CONTRACT>"
    won = f"<AWARD_CONTRACT>{contract}</AWARD_CONTRACT>"
    awarded = form("MOVE", OBJECT.format("") + won, 'FORM="T02"')
    assert (planned.notice_type, planned.stage) == ("T01", Stage.PLANNING)
    assert (awarded.notice_type, awarded.stage, winners(awarded)) == ("T02", Stage.AWARD, [["Bussen"]])


def test_a_modified_contract_tells_what_becomes_of_its_period() -> None:
    now = "<DATE_START>2019-01-01</DATE_START><DATE_END>2023-12-31</DATE_END>"
    notice = form(
        "F20_2014",
        OBJECT.format("<DATE_START>2019-01-01</DATE_START><DATE_END>2021-12-31</DATE_END>")
        + f"<MODIFICATIONS_CONTRACT><DESCRIPTION_PROCUREMENT>{now}</DESCRIPTION_PROCUREMENT></MODIFICATIONS_CONTRACT>",
    )
    assert [change.description for change in notice.changes] == ["DATE_END: 2021-12-31 → 2023-12-31"]


# -- strict reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "scope", "name"),
    [
        (
            "<RESERVED_ORGANISATIONS_SERVICE_MISSION/>",
            "<RESERVED_OTHERWISE/>",
            "Section III",
            "LEFTI/RESERVED_OTHERWISE",
        ),
        (
            "<LOT_NO>3</LOT_NO><n2016:NUTS",
            "<LOT_NO>3</LOT_NO><DATE_CLOSE/><n2016:NUTS",
            "Lot 3",
            "OBJECT_DESCR/DATE_CLOSE",
        ),
        ("<CONTRACTOR><ADDRESS_CONTRACTOR>", "<CONTRACTOR><ADDRESS>", "Award 1", "CONTRACTOR/ADDRESS"),
    ],
)
def test_what_stands_there_and_is_not_known_is_named(before: str, after: str, scope: str, name: str) -> None:
    changes = [(before, after)]
    if "ADDRESS_CONTRACTOR" in before:
        changes.append(("</ADDRESS_CONTRACTOR>", "</ADDRESS>"))
    assert f"{scope}: it holds what is not read here: {name}." in read(AWARD, *changes).flags
