"""Every real notice of ../shared, against a second reading that shares nothing with the parsers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from notifier.lots import Lot, Notice
from spiders.parsers import ted
from tests.shared import SHARED, needs_shared, shared

FILES = sorted((SHARED / "corpus").rglob("*.xml")) if SHARED else []
INVALID = sorted((SHARED / "corpus-invalid").glob("*.xml")) if SHARED else []
C = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


@dataclass(frozen=True)
class Fact:
    """What the second reading finds out about a lot, as text."""

    lot_id: str
    titles: tuple[str, ...]
    cpv_main: str
    cpv_additional: tuple[str, ...]
    value: tuple[str, str] | None
    deadline: str
    reserved: tuple[str, ...]
    reserved_execution: str | None
    nuts: tuple[str, ...]
    winners: frozenset[str]


@cache
def read(file: Path) -> Notice:
    return ted.parse_notice(file.read_bytes(), source="ted", key=file.stem, url=file.name)


def squeeze(text: str | None) -> str:
    return " ".join((text or "").split())


def second_reading(file: Path) -> list[Fact]:
    root = ElementTree.fromstring(file.read_bytes())
    return legacy_lots(root) if root.tag.endswith("TED_EXPORT") else eforms_lots(root)


def eforms_lots(root: ElementTree.Element) -> list[Fact]:
    lots = []
    for lot in root.findall(f"{C}ProcurementProjectLot"):
        if lot.find(f"{B}ID").get("schemeName") == "LotsGroup":  # type: ignore[union-attr]
            continue
        project = lot.findall(f"{C}ProcurementProject")[0]
        period = f"{C}TenderingProcess/{C}TenderSubmissionDeadlinePeriod/{B}"
        day, time = lot.findtext(period + "EndDate"), lot.findtext(period + "EndTime")
        amount = project.find(f"{C}RequestedTenderTotal/{B}EstimatedOverallContractAmount")
        codes = {name: listed(lot, name) for name in ("reserved-procurement", "reserved-execution")}
        execution = [code for code in codes["reserved-execution"] if code in ("yes", "no")]
        lots.append(
            Fact(
                lot_id=lot.findtext(f"{B}ID") or "",
                titles=tuple(squeeze(name.text) for name in project.findall(f"{B}Name")),
                cpv_main=project.findtext(f"{C}MainCommodityClassification/{B}ItemClassificationCode") or "",
                cpv_additional=texts(project, f"{C}AdditionalCommodityClassification/{B}ItemClassificationCode"),
                value=(amount.text or "", amount.get("currencyID") or "") if amount is not None else None,
                deadline=f"{day[:10]}T{time}".replace(".000", "") if day else "",
                reserved=tuple(code for code in codes["reserved-procurement"] if code != "none"),
                reserved_execution=execution[0] if execution else None,
                nuts=texts(project, f"{C}RealizedLocation/{C}Address/{B}CountrySubentityCode"),
                winners=eforms_winners(root, lot.findtext(f"{B}ID") or ""),
            )
        )
    return lots


def listed(lot: ElementTree.Element, name: str) -> list[str]:
    return [each.text or "" for each in lot.findall(f"{C}TenderingTerms//*[@listName='{name}']")]


def texts(element: ElementTree.Element, path: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((found.text or "").strip() for found in element.findall(path)))


def eforms_winners(root: ElementTree.Element, lot_id: str) -> frozenset[str]:
    """Every name in any language of a tenderer whose tender a contract of the lot's result names."""

    def under(name: str) -> list[ElementTree.Element]:
        return [
            each
            for result in root.iter()
            if result.tag.endswith("}NoticeResult")
            for each in result
            if each.tag.endswith("}" + name)
        ]

    def ids(element: ElementTree.Element, name: str) -> set[str]:
        return {each.findtext(f"{B}ID") or "" for each in element if each.tag.endswith("}" + name)}

    results = [each for each in under("LotResult") if lot_id in ids(each, "TenderLot")]
    results = [each for each in results if each.findtext(f"{B}TenderResultCode") in (None, "selec-w")]
    contracts = {name for each in results for name in ids(each, "SettledContract")}
    tenders = {
        name
        for each in under("SettledContract")
        if each.findtext(f"{B}ID") in contracts
        for name in ids(each, "LotTender")
    }
    own = {each.findtext(f"{B}ID") for each in under("LotTender") if lot_id in (ids(each, "TenderLot") or {lot_id})}
    tenders = {name for name in tenders if name in own} or {name for each in results for name in ids(each, "LotTender")}
    if not under("LotResult"):  # a direct award, or a contract that is modified: told by its contract alone
        held = {name for each in under("SettledContract") for name in ids(each, "LotTender")}
        tenders = {
            each.findtext(f"{B}ID") or "" for each in under("LotTender") if lot_id in ids(each, "TenderLot")
        } & held
    parties = {
        name
        for each in under("LotTender")
        if each.findtext(f"{B}ID") in tenders
        for name in ids(each, "TenderingParty")
    }
    members = {
        name for each in under("TenderingParty") if each.findtext(f"{B}ID") in parties for name in ids(each, "Tenderer")
    }
    companies = (each for each in root.iter() if each.tag.endswith("}Company"))
    return frozenset(
        squeeze(name.text)
        for company in companies
        if company.findtext(f"{C}PartyIdentification/{B}ID") in members
        for name in company.findall(f"{C}PartyName/{B}Name")
    )


def legacy_lots(root: ElementTree.Element) -> list[Fact]:
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    form = root.find("FORM_SECTION/*[@CATEGORY='ORIGINAL']")
    assert form is not None
    flags = (("WORKSHOP", "res-ws"), ("SERVICE_MISSION", "res-pub-ser"), ("SHELTERED_PROGRAM", "res-program"))
    left = [each.tag for each in form.findall("LEFTI/*") if each.tag.startswith(("RESTRICTED_", "RESERVED_"))]
    reserved = tuple(code for name, code in flags if any(tag.endswith(name) for tag in left))
    day, time = form.findtext("PROCEDURE/DATE_RECEIPT_TENDERS"), form.findtext("PROCEDURE/TIME_RECEIPT_TENDERS")
    whole = spoken(form.find("OBJECT_CONTRACT/TITLE"))
    lots = form.findall("OBJECT_CONTRACT/OBJECT_DESCR")
    facts = []
    for number, lot in enumerate(lots, start=1):
        title, value = lot.find("TITLE"), lot.find("VAL_OBJECT")
        lot_id = squeeze(lot.findtext("LOT_NO")) or str(number)
        awards = [
            each
            for each in form.findall("AWARD_CONTRACT")
            if len(lots) == 1 or squeeze(each.findtext("LOT_NO")) == lot_id
        ]
        facts.append(
            Fact(
                lot_id=lot_id,
                titles=(spoken(title) or whole,),
                cpv_main=form.find("OBJECT_CONTRACT/CPV_MAIN/CPV_CODE").get("CODE") or "",  # type: ignore[union-attr]
                cpv_additional=attributes(lot, "CPV_ADDITIONAL/CPV_CODE"),
                value=(value.text or "", value.get("CURRENCY") or "") if value is not None else None,
                deadline=f"{day}T{time or '23:59'}" if day else "",
                reserved=reserved,
                reserved_execution="yes" if "res-program" in reserved else None,
                nuts=attributes(lot, "NUTS"),
                winners=frozenset(
                    squeeze(name.text) for each in awards for name in each.findall(".//ADDRESS_CONTRACTOR/OFFICIALNAME")
                ),
            )
        )
    return facts


def spoken(element: ElementTree.Element | None) -> str:
    """All text inside; a superscript belongs to the word before it."""
    return squeeze("".join(element.itertext())) if element is not None else ""


def attributes(element: ElementTree.Element, path: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.get("CODE") or "" for found in element.findall(path)))


def agrees(lot: Lot, fact: Fact, whole_title: str) -> bool:
    """Field by field, so that a failure shows which one differs."""
    assert lot.lot_id == fact.lot_id
    assert lot.title.replace(" ", "") in [title.replace(" ", "") for title in fact.titles if title] or [whole_title]
    assert lot.cpv_main == fact.cpv_main
    assert lot.cpv_additional == fact.cpv_additional
    assert (lot.value and (lot.value.amount, lot.value.currency)) == (
        fact.value and (Decimal(fact.value[0]), fact.value[1])
    )
    assert lot.reserved == fact.reserved
    assert lot.reserved_execution == fact.reserved_execution
    assert lot.nuts == fact.nuts
    assert {award.winner.name for award in lot.awards} <= fact.winners
    assert bool(lot.awards) == bool(fact.winners)
    assert deadline_text(lot, fact) == fact.deadline
    return True


def deadline_text(lot: Lot, fact: Fact) -> str:
    """The deadline in as many words as the source has: with or without seconds and offset, Z for zero."""
    if lot.deadline is None:
        return ""
    at = lot.deadline.at.isoformat()
    if fact.deadline.endswith("Z"):
        at = at.replace("+00:00", "Z")
    return at if re.search(r"(Z|[+-]\d\d:\d\d)$", fact.deadline) else at[: len(fact.deadline)]


@needs_shared
def test_the_corpus_is_whole() -> None:
    assert (len(FILES), len(INVALID)) == (229, 10)
    assert shared("corpus").is_dir()


@needs_shared
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_real_notice_reads_as_the_second_reading_does(file: Path) -> None:
    notice, facts = read(file), second_reading(file)
    assert len(notice.lots) == len(facts)
    assert all(agrees(lot, fact, notice.title) for lot, fact in zip(notice.lots, facts, strict=True))


@needs_shared
def test_no_real_notice_raises_a_flag_that_was_not_looked_into() -> None:
    flagged = {f"{file.parent.name}/{file.stem}": read(file).flags for file in FILES if read(file).flags}
    assert flagged == {}


@needs_shared
def test_every_real_notice_names_its_buyer_its_language_and_its_day() -> None:
    for file in FILES:
        notice = read(file)
        assert notice.title, file.name
        assert notice.language, file.name
        assert notice.dispatched or notice.published, file.name
        assert notice.buyer.name or notice.notice_type.startswith("brin"), file.name


@needs_shared
@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_a_notice_that_breaks_the_schema_is_read_as_far_as_it_goes(file: Path) -> None:
    notice = read(file)
    touched = file.stem != "INVALID_change-cn_24_FRA_comments"  # its faults lie in fields that are not read
    assert bool(notice.flags) is touched


@needs_shared
def test_a_business_registration_has_no_lots() -> None:
    notice = read(shared("corpus/eforms-sdk-examples/X01_EEIG.xml"))
    assert (notice.title, notice.lots, notice.buyers) == ("ABC Grouping", (), ())
