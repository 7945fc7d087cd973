"""A second reading of TED's XML, sharing nothing with the parser: by the standard library, for the tests alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
Facts = dict[str, Any]


def text(element: Element | None) -> str | None:
    return " ".join("".join(element.itertext()).split()) if element is not None else None


def codes(lot: Element, parent: str, leaf: str, list_name: str) -> list[str]:
    """Codes of one code list, wherever they stand below `parent`."""
    return [
        (code.text or "").strip()
        for container in lot.iter(CAC + parent)
        for code in container.iter(CBC + leaf)
        if code.get("listName") == list_name
    ]


def eforms_lots(xml: bytes) -> list[Facts]:
    """Lots and parts of an eForms notice, with the facts that the export has to agree with."""
    root = ElementTree.fromstring(xml)
    language = text(root.find(CBC + "NoticeLanguageCode"))
    lots = [lot for lot in root.findall(CAC + "ProcurementProjectLot") if _scheme(lot) in ("Lot", "Part")]
    return [_eforms_lot(lot, language) for lot in lots]


def _scheme(lot: Element) -> str | None:
    identifier = lot.find(CBC + "ID")
    return identifier.get("schemeName") if identifier is not None else None


def _eforms_lot(lot: Element, language: str | None) -> Facts:
    project = lot.find(CAC + "ProcurementProject")
    assert project is not None
    names = project.findall(CBC + "Name")
    own = [name for name in names if name.get("languageID") == language] or names
    amount = project.find(f"{CAC}RequestedTenderTotal/{CBC}EstimatedOverallContractAmount")
    execution = codes(lot, "ContractExecutionRequirement", "ExecutionRequirementCode", "reserved-execution")
    reserved = codes(lot, "SpecificTendererRequirement", "TendererRequirementTypeCode", "reserved-procurement")
    places = project.findall(f"{CAC}RealizedLocation/{CAC}Address/{CBC}CountrySubentityCode")
    return {
        "lot_id": text(lot.find(CBC + "ID")),
        "kind": (_scheme(lot) or "").lower(),
        "title": text(own[0]) if own else None,
        "cpv_main": text(project.find(f"{CAC}MainCommodityClassification/{CBC}ItemClassificationCode")),
        "cpv_additional": [
            text(code)
            for code in project.findall(f"{CAC}AdditionalCommodityClassification/{CBC}ItemClassificationCode")
        ],
        "value": float(amount.text or "") if amount is not None else None,
        "currency": amount.get("currencyID") if amount is not None else None,
        "nuts": list(dict.fromkeys(text(place) for place in places)),
        "deadline": _moment(lot, "TenderSubmissionDeadlinePeriod"),
        "participation_deadline": _moment(lot, "ParticipationRequestReceptionPeriod"),
        "reserved": sorted({code for code in reserved if code != "none"}),
        "reserved_execution": execution[0] if execution and execution[0] in ("yes", "no") else None,
    }


def _moment(lot: Element, period: str) -> str | None:
    """Day and time as printed, e.g. 2024-02-12T12:00:00+01:00; the day alone where there is no time."""
    found = lot.find(f"{CAC}TenderingProcess/{CAC}{period}")
    day = text(found.find(CBC + "EndDate")) if found is not None else None
    if found is None or not day:
        return None
    time = text(found.find(CBC + "EndTime"))
    return f"{day[:10]}T{time.replace('Z', '+00:00')}" if time else day[:10]


def legacy_lots(xml: bytes) -> list[Facts]:
    """Lots of a TED_EXPORT R2.0.9 notice."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    form = next((form for form in root.findall("FORM_SECTION/*") if form.get("CATEGORY") == "ORIGINAL"), None)
    assert form is not None
    contract = form.find("OBJECT_CONTRACT")
    flags = {
        "RESTRICTED_SHELTERED_WORKSHOP": "res-ws",
        "RESERVED_ORGANISATIONS_SERVICE_MISSION": "res-pub-ser",
        "RESTRICTED_SHELTERED_PROGRAM": "res-program",
    }
    reserved = sorted(code for tag, code in flags.items() if form.find(f"LEFTI/{tag}") is not None)
    country = root.find("CODED_DATA_SECTION/NOTICE_DATA/ISO_COUNTRY")
    deadline = _legacy_deadline(form, country.get("VALUE", "") if country is not None else "")
    return list(_legacy_lots(contract, reserved, deadline)) if contract is not None else []


# Hours ahead of London: enough to tell the offset of the countries of the corpus, whose summer is that of the EU.
_EASTERN = "BG CY EE EL FI GR LT LV RO".split()
_WESTERN = "IE PT UK GB".split()


def _legacy_deadline(form: Element, country: str) -> str | None:
    day, time = text(form.find("PROCEDURE/DATE_RECEIPT_TENDERS")), text(form.find("PROCEDURE/TIME_RECEIPT_TENDERS"))
    if not day or not time:
        return day
    zone = "Europe/Athens" if country in _EASTERN else "Europe/Lisbon" if country in _WESTERN else "Europe/Paris"
    at = dt.datetime.fromisoformat(f"{day}T{time:0>5}").replace(tzinfo=ZoneInfo(zone))
    return at.isoformat()


def _legacy_lots(contract: Element, reserved: list[str], deadline: str | None) -> Iterator[Facts]:
    notice_title = text(contract.find("TITLE"))
    for number, lot in enumerate(contract.findall("OBJECT_DESCR"), start=1):
        value = lot.find("VAL_OBJECT")
        cpv = contract.find("CPV_MAIN/CPV_CODE")
        yield {
            "lot_id": text(lot.find("LOT_NO")) or str(number),
            "kind": "lot",
            "title": text(lot.find("TITLE")) or notice_title,
            "cpv_main": cpv.get("CODE") if cpv is not None else None,
            "value": float((value.text or "").replace(",", "")) if value is not None else None,
            "currency": value.get("CURRENCY") if value is not None else None,
            "nuts": list(dict.fromkeys(place.get("CODE") for place in lot.findall("NUTS"))),
            "cpv_additional": [code.get("CODE") for code in lot.findall("CPV_ADDITIONAL/CPV_CODE")],
            "deadline": deadline,
            "reserved": reserved,
            "reserved_execution": "yes" if "res-program" in reserved else None,
        }
