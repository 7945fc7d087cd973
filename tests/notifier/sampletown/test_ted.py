from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from notifier.sampletown import ted
from notifier.sampletown.town import DAYS, Tender, town_on

BASE = "http://127.0.0.1:1"
NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
PROJECT = "cac:ProcurementProject"


def ask(query: str, day: int = 1, **more: object) -> dict[str, object]:
    question = {"query": query, "fields": ["publication-number"], "limit": 5, "paginationMode": "ITERATION", **more}
    return ted.search(json.dumps(question).encode(), town_on(day), BASE)


def numbers(answer: dict[str, object]) -> list[str]:
    notices = answer["notices"]
    assert isinstance(notices, list)
    return [row["publication-number"] for row in notices]


def tree(number: str, day: int = 2) -> ElementTree.Element:
    xml = ted.notice_xml(number, day)
    assert xml is not None
    return ElementTree.fromstring(xml)


def one(element: ElementTree.Element, path: str) -> str:
    (found,) = element.findall(path, NAMES)
    return found.text or ""


def lots(root: ElementTree.Element) -> list[ElementTree.Element]:
    return root.findall("cac:ProcurementProjectLot", NAMES)


def code(lot: ElementTree.Element, list_name: str) -> list[str]:
    return [element.text or "" for element in lot.iter() if element.get("listName") == list_name]


# -- the search ------------------------------------------------------------------------------------------------


def test_iteration_goes_on_to_an_empty_page_and_the_token_stays() -> None:
    seen: list[str] = []
    token: object = None
    for _ in range(3):
        answer = ask("buyer-identifier=11223347", iterationNextToken=token)
        seen += numbers(answer)
        token = answer["iterationNextToken"]
    assert seen == [tender.key for tender in town_on(1).ted]
    last = ask("buyer-identifier=11223347", iterationNextToken=token)
    assert (last["notices"], last["totalNoticeCount"], last["timedOut"]) == ([], 12, False)
    assert last["iterationNextToken"] == token


def test_the_window_of_publication_days_is_kept() -> None:
    since = "(buyer-identifier=11223347) AND publication-date>=20261112 SORT BY publication-date"
    assert numbers(ask(since)) == ["724507-2026", "715633-2026"]
    assert numbers(ask(since, day=2)) == ["724507-2026", "715633-2026", "745118-2026"]
    assert numbers(ask("PD = (20261026 <> 20261027)")) == ["713250-2026", "714992-2026"]
    assert numbers(ask("publication-date=20261028")) == ["718204-2026"]
    assert numbers(ask("publication-date<=20261026")) == ["713250-2026"]


def test_another_buyer_has_nothing_here() -> None:
    assert ask("buyer-identifier=64942212")["totalNoticeCount"] == 0
    assert ask("buyer-identifier IN (64942212 11223347)")["totalNoticeCount"] == 12


def test_page_numbers_work_without_a_token() -> None:
    answer = ask("buyer-identifier=11223347", paginationMode="PAGE_NUMBER", page=3)
    assert answer["iterationNextToken"] is None
    assert numbers(answer) == [tender.key for tender in town_on(1).ted[10:]]


def test_a_row_has_what_was_asked_for_and_the_links() -> None:
    fields = ["publication-number", "publication-date", "notice-title", "winner-name"]
    answer = ask("publication-date=20261028", fields=fields)
    assert answer["notices"] == [
        {
            "publication-number": "718204-2026",
            "publication-date": "2026-10-28+01:00",
            "notice-title": {"dan": "Danmark – Rengøring af skoler og administrationsbygninger samt vinduespolering"},
            "links": {
                "xml": {"MUL": f"{BASE}/da/notice/718204-2026/xml"},
                "html": {"DAN": f"{BASE}/da/notice/-/detail/718204-2026"},
            },
        }
    ]


@pytest.mark.parametrize(
    "question",
    [
        b"no JSON",
        b"[]",
        b'{"query": "", "fields": ["x"]}',
        b'{"query": "FT ~ rent", "fields": ["x"]}',
        b'{"query": "publication-date>=2026-11-01", "fields": ["x"]}',
        b'{"query": "publication-date>=20261301", "fields": ["x"]}',
        b'{"query": "publication-date IN 20261101", "fields": ["x"]}',
        b'{"query": "buyer-identifier=1", "fields": []}',
        b'{"query": "buyer-identifier=1", "fields": ["x"], "limit": 251}',
        b'{"query": "buyer-identifier=1", "fields": ["x"], "pageSize": 5}',
        b'{"query": "buyer-identifier=1", "fields": ["x"], "page": "first"}',
    ],
)
def test_a_question_that_cannot_be_read_is_refused(question: bytes) -> None:
    with pytest.raises(ted.BadQuery):
        ted.search(question, town_on(1), BASE)


# -- the notices -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tender", town_on(2).ted, ids=lambda tender: str(tender.key))
def test_the_xml_says_what_the_town_means(tender: Tender) -> None:
    root = tree(tender.key)
    assert one(root, ".//efbc:NoticePublicationID") == f"00{tender.key}"
    assert one(root, ".//efbc:PublicationDate")[:10] == tender.published.isoformat()
    assert one(root, "cbc:NoticeTypeCode") == tender.notice_type
    assert one(root, "cbc:NoticeLanguageCode") == "DAN"
    assert one(root, f"{PROJECT}/cbc:Name") == tender.title
    assert one(root, f"{PROJECT}/cac:RequestedTenderTotal/*") == str(sum(lot.value for lot in tender.lot))
    assert len(lots(root)) == len(tender.lot)
    for element, lot in zip(lots(root), tender.lot, strict=True):
        project = element.find(PROJECT, NAMES)
        assert project is not None
        assert one(project, "cbc:Name") == lot.title
        assert one(project, "cbc:Description") == lot.text
        assert one(project, "cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount") == str(lot.value)
        assert one(project, "cac:MainCommodityClassification/cbc:ItemClassificationCode") == lot.cpv
        assert code(element, "cpv")[1:] == list(lot.more_cpv)
        assert code(element, "nuts") == ["DK050"]


def test_a_lot_of_a_call_has_its_terms_and_deadlines() -> None:
    nord = lots(tree("719530-2026"))[0]
    assert one(nord, "cbc:ID") == "LOT-0001"
    deadline = "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod"
    assert one(nord, f"{deadline}/cbc:EndDate") == "2026-12-15+01:00"
    assert one(nord, f"{deadline}/cbc:EndTime") == "12:00:00+01:00"
    assert one(nord, f"{PROJECT}/cac:PlannedPeriod/cbc:DurationMeasure") == "48"
    assert one(nord, f"{PROJECT}/cac:PlannedPeriod/cbc:StartDate") == "2027-03-01+01:00"
    assert one(nord, f"{PROJECT}/cac:ContractExtension/cbc:MaximumNumberNumeric") == "1"
    assert one(nord, f"{PROJECT}/cbc:SMESuitableIndicator") == "true"
    assert code(nord, "social-objective") == ["opp"]
    assert code(nord, "strategic-procurement") == ["soc-obj"]
    assert code(nord, "framework-agreement") == ["none"]
    assert [lot_code for lot in lots(tree("719530-2026")) for lot_code in code(lot, "reserved-procurement")] == [
        *("none", "none", "res-ws", "none")
    ]


def test_summer_days_have_summers_offset() -> None:
    assert one(lots(tree("718204-2026"))[0], f"{PROJECT}/cac:PlannedPeriod/cbc:StartDate") == "2027-08-01+02:00"


def test_a_restricted_procedure_asks_for_participation() -> None:
    lot = lots(tree("723061-2026"))[0]
    assert one(lot, "cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod/cbc:EndDate") == "2026-12-14+01:00"
    assert lot.find("cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod", NAMES) is None


def test_a_planning_notice_has_parts_and_no_deadline() -> None:
    root = tree("715633-2026")
    assert root.tag.endswith("}PriorInformationNotice")
    ids = [one(part, "cbc:ID") for part in lots(root)]
    assert ids == ["PAR-0001", "PAR-0002", "PAR-0003"]
    assert {element.get("schemeName") for element in root.findall("cac:ProcurementProjectLot/cbc:ID", NAMES)} == {
        "Part"
    }
    assert root.findall(".//cac:TenderSubmissionDeadlinePeriod", NAMES) == []


def test_an_award_names_the_winner_of_each_lot() -> None:
    root = tree("713250-2026")
    assert root.tag.endswith("}ContractAwardNotice")
    names = {
        one(company, "cac:PartyIdentification/cbc:ID"): one(company, "cac:PartyName/cbc:Name")
        for company in root.findall(".//efac:Company", NAMES)
    }
    parties = root.findall(".//efac:NoticeResult/efac:TenderingParty/efac:Tenderer/cbc:ID", NAMES)
    assert [names[party.text or ""] for party in parties] == [
        "Opdigtet Trykkeri ApS",
        "Fantasi Skilte og Bogstaver ApS",
    ]
    assert {code(lot, "framework-agreement")[0] for lot in lots(root)} == {"fa-wo-rc"}
    assert one(root, ".//efac:NoticeResult/cbc:TotalAmount") == "6400000"


def test_the_change_notice_points_at_what_it_changes() -> None:
    old, new = tree("719530-2026"), tree("745118-2026")
    assert one(new, "cbc:ContractFolderID") == one(old, "cbc:ContractFolderID")
    assert one(new, ".//efac:Changes/efbc:ChangedNoticeIdentifier") == f"{one(old, 'cbc:ID')}-01"
    assert "5. januar 2027" in one(new, ".//efac:Changes/efac:Change/efbc:ChangeDescription")
    moved = "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod/cbc:EndDate"
    assert {one(lot, moved) for lot in lots(new)} == {"2027-01-05+01:00"}
    assert old.findall(".//efac:Changes", NAMES) == []


def test_the_change_notice_is_not_there_on_day_one() -> None:
    assert ted.notice_xml("745118-2026", 1) is None


@pytest.mark.parametrize("day", DAYS)
def test_no_notice_tells_how_a_lot_is_meant_to_be_read(day: int) -> None:
    for tender in town_on(day).ted:
        xml = ted.notice_xml(tender.key, day)
        assert xml is not None
        assert b"intended" not in xml
        assert b"unsuitable" not in xml
