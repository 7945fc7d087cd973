"""How a form of TED_EXPORT R2.0.9 is asked, and how its paragraphs and its procedure are read."""

from __future__ import annotations

from typing import Final

from notifier.lots import Organisation
from notifier.text import clean_line
from spiders.parsers import values
from spiders.parsers.record import Facts, Record
from spiders.parsers.xml import Element, local_name, text_of

_BODY: Final = "CONTRACTING_BODY"
FORM: Final = Record(
    None,
    {
        "legal_basis": "LEGAL_BASIS/@VALUE",
        "directive": "DIRECTIVE/@VALUE",
        "type": "NOTICE/@TYPE",
        "buyers": f"{_BODY}/ADDRESS_CONTRACTING_BODY | {_BODY}/ADDRESS_CONTRACTING_BODY_ADDITIONAL",
        "documents": f"{_BODY}/URL_DOCUMENT",
        "submission": f"{_BODY}/URL_PARTICIPATION",
        "objects": "OBJECT_CONTRACT",
        "terms": "LEFTI",
        "workshop": "LEFTI/RESTRICTED_SHELTERED_WORKSHOP",
        "program": "LEFTI/RESTRICTED_SHELTERED_PROGRAM",
        "mission": "LEFTI/RESERVED_ORGANISATIONS_SERVICE_MISSION",
        "conditions": "LEFTI/PERFORMANCE_CONDITIONS",
        "suitability": "LEFTI/SUITABILITY",
        "economic": "LEFTI/ECONOMIC_FINANCIAL_INFO | LEFTI/ECONOMIC_FINANCIAL_MIN_LEVEL",
        "technical": "LEFTI/TECHNICAL_PROFESSIONAL_INFO | LEFTI/TECHNICAL_PROFESSIONAL_MIN_LEVEL",
        "other": "LEFTI/RULES_CRITERIA | LEFTI/CRITERIA_SELECTION | LEFTI/QUALIFICATION/CONDITIONS"
        " | LEFTI/DEPOSIT_GUARANTEE_REQUIRED",
        "procedure": "PROCEDURE",
        "framework": "PROCEDURE/FRAMEWORK",
        "dynamic": "PROCEDURE/DPS",
        "dynamic_for_all": "PROCEDURE/DPS_ADDITIONAL_PURCHASERS",
        "deadline_day": "PROCEDURE/DATE_RECEIPT_TENDERS",
        "deadline_time": "PROCEDURE/TIME_RECEIPT_TENDERS",
        "references": "PROCEDURE/NOTICE_NUMBER_OJ | COMPLEMENTARY_INFO/NOTICE_NUMBER_OJ",
        "awards": "AWARD_CONTRACT",
        "discontinued": "AWARD_CONTRACT/NO_AWARDED_CONTRACT/PROCUREMENT_DISCONTINUED",
        "information": "COMPLEMENTARY_INFO/INFO_ADD",
        "dispatched": "COMPLEMENTARY_INFO/DATE_DISPATCH_NOTICE",
        "changes": "CHANGES/CHANGE",
        "prizes": "RESULTS",
        "modified": "MODIFICATIONS_CONTRACT/DESCRIPTION_PROCUREMENT",
        "modification": "MODIFICATIONS_CONTRACT/INFO_MODIFICATIONS/SHORT_DESCR",
        "modification_reason": "MODIFICATIONS_CONTRACT/INFO_MODIFICATIONS/ADDITIONAL_NEED"
        " | MODIFICATIONS_CONTRACT/INFO_MODIFICATIONS/UNFORESEEN_CIRCUMSTANCE",
    },
)
OBJECT: Final = Record(
    None,
    {
        "title": "TITLE",
        "description": "SHORT_DESCR",
        "cpv_main": "CPV_MAIN/CPV_CODE/@CODE",
        "nature": "TYPE_CONTRACT/@CTYPE",
        "value": "VAL_ESTIMATED_TOTAL | VAL_TOTAL",
        "currency": "VAL_ESTIMATED_TOTAL/@CURRENCY | VAL_TOTAL/@CURRENCY",
        "lots": "OBJECT_DESCR",
    },
)
_ORGANISATION: Final = Record(None, {"name": "OFFICIALNAME", "number": "NATIONALID", "country": "COUNTRY/@VALUE"})

# Each procedure as eForms calls it (BT-105). The first stage of the "two" is a request to participate.
TWO_STAGES: Final = frozenset({"restricted", "comp-dial", "innovation", "neg-w-call"})
_PROCEDURES: Final = {
    "PT_OPEN": "open",
    "PT_RESTRICTED": "restricted",
    "PT_COMPETITIVE_NEGOTIATION": "neg-w-call",
    "PT_NEGOTIATED_WITH_PRIOR_CALL": "neg-w-call",
    "PT_COMPETITIVE_DIALOGUE": "comp-dial",
    "PT_INNOVATION_PARTNERSHIP": "innovation",
    # of the light regime: the form does not say in how many stages
    "PT_INVOLVING_NEGOTIATION": "oth-mult",
    "PT_AWARD_CONTRACT_WITH_PRIOR_PUBLICATION": "oth-mult",
    "PT_AWARD_CONTRACT_WITHOUT_CALL": "neg-wo-call",
    "PT_AWARD_CONTRACT_WITHOUT_PUBLICATION": "neg-wo-call",
    "PT_NEGOTIATED_WITHOUT_PUBLICATION": "neg-wo-call",
    # public transport (regulation (EC) 1370/2007): a competition, or an award without one
    "PT_COMPETITIVE_TENDERING": "comp-tend",
    "PT_DA_INTERNAL_OPERATOR": "neg-wo-call",
    "PT_DA_SMALL_CONTRACT": "neg-wo-call",
    "PT_DA_MEDIUM_ENTERPRISE": "neg-wo-call",
    "PT_DA_RAILWAY_TRANSPORT": "neg-wo-call",
    "PT_NEGOTIATED_CHOICE": "neg-w-call",
    "PT_NEGOTIATED_WITH_PUBLICATION_CONTRACT_NOTICE": "neg-w-call",
    # of release 2.0.8
    "F18_PT_NEGOTIATED_WITHOUT_PUBLICATION_CONTRACT_NOTICE": "neg-wo-call",
    "PT_ACCELERATED_RESTRICTED": "restricted",
    "PT_ACCELERATED_RESTRICTED_CHOICE": "restricted",
    "PT_ACCELERATED_NEGOTIATED": "neg-w-call",
    "F17_PT_ACCELERATED_NEGOTIATED": "neg-w-call",
    "F02_PT_ACCELERATED_NEGOTIATED": "neg-w-call",
    "PT_NEGOTIATED_WITH_COMPETITION": "neg-w-call",
    "PT_NEGOTIATED_WITHOUT_COMPETITION": "neg-wo-call",
    "F03_PT_NEGOTIATED_WITHOUT_COMPETITION": "neg-wo-call",
    "F03_AWARD_WITHOUT_PRIOR_PUBLICATION": "neg-wo-call",
}


def procedure_of(places: list[Element]) -> str:
    """The procedure, which is named by an element two levels down at most (F15 has one for each directive)."""
    for place in places:
        for child in (*place, *(below for between in place for below in between)):
            if found := _PROCEDURES.get(local_name(child)):
                return found
    return ""


def prose(facts: Facts, name: str) -> str:
    """The paragraphs of every element at a path, one to a line. Not yet cleaned."""
    elements = facts.elements(name)
    if not elements:
        return ""
    lines: list[str] = []
    for element in elements:
        lines += [text_of(child) for child in element] if len(element) else [element.text or ""]
    return "\n".join(lines)


def organisation(element: Element) -> Organisation:
    """A buyer or a winner out of its address."""
    facts = _ORGANISATION.of(element)
    country = clean_line(facts["country"], 3)
    return Organisation(clean_line(facts["name"]), values.organisation_number(facts["number"], country), country)
