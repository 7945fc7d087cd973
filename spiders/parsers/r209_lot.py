"""The lots of a form of TED_EXPORT R2.0.9, with what its notice says of all of them, and their winners."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from notifier.lots import Change, Criterion, Deadline, Lot
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.r209_award import with_awards
from spiders.parsers.r209_words import TWO_STAGES, procedure_of, prose
from spiders.parsers.record import Facts, Record
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, local_name

# What else the release's schema allows in OBJECT_DESCR, beside the point here. The directives stand in F15.
_IGNORED: Final = """
    AC AC_COST AC_CRITERION AC_CRITERIA AC_PRICE AC_PROCUREMENT_DOC AC_QUALITY ACCEPTED_VARIANTS NO_ACCEPTED_VARIANTS
    CPV_ADDITIONAL/CPV_SUPPLEMENTARY_CODE CRITERIA_CANDIDATE DIRECTIVE_2009_81_EC DIRECTIVE_2014_23_EU
    DIRECTIVE_2014_24_EU DIRECTIVE_2014_25_EU ECATALOGUE_REQUIRED ESSENTIAL_ASSETS EU_PROGR_RELATED NO_EU_PROGR_RELATED
    INDEFINITE_DURATION JUSTIFICATION NB_ENVISAGED_CANDIDATE NB_MAX_LIMIT_CANDIDATE NB_MIN_LIMIT_CANDIDATE OPTIONS
    NO_OPTIONS OPTIONS_DESCR QS RENEWAL
"""
_LOT: Final = Record(
    None,
    {
        "number": "LOT_NO",
        "title": "TITLE",
        "description": "SHORT_DESCR",
        "cpv_additional": "CPV_ADDITIONAL/CPV_CODE/@CODE",
        "nuts": "NUTS/@CODE",
        "place": "MAIN_SITE",
        "value": "VAL_OBJECT",
        "currency": "VAL_OBJECT/@CURRENCY",
        "length": "DURATION",
        "length_unit": "DURATION/@TYPE",
        "start": "DATE_START",
        "end": "DATE_END",
        "renewal": "RENEWAL_DESCR",
        "no_renewal": "NO_RENEWAL",
        "information": "INFO_ADD",
    },
    ignored=_IGNORED.split(),
)
# Section III, where the reservations stand: what is beside the point here, and what FORM reads.
_TERMS: Final = Record(
    None,
    {"qualification": "QUALIFICATION/CONDITIONS"},
    ignored="""
    RESTRICTED_SHELTERED_WORKSHOP RESTRICTED_SHELTERED_PROGRAM RESERVED_ORGANISATIONS_SERVICE_MISSION
    PERFORMANCE_CONDITIONS SUITABILITY ECONOMIC_CRITERIA_DOC ECONOMIC_FINANCIAL_INFO ECONOMIC_FINANCIAL_MIN_LEVEL
    TECHNICAL_CRITERIA_DOC TECHNICAL_PROFESSIONAL_INFO TECHNICAL_PROFESSIONAL_MIN_LEVEL RULES_CRITERIA
    CRITERIA_SELECTION DEPOSIT_GUARANTEE_REQUIRED LEGAL_FORM MAIN_FINANCING_CONDITION PARTICULAR_PROFESSION
    NO_PARTICULAR_PROFESSION REFERENCE_TO_LAW PERFORMANCE_STAFF_QUALIFICATION QUALIFICATION/METHODS
    ASSIST_PERSONS_REDUCTED_MOB CANCELLATIONS_SERVICES CLEANLINESS_ROLLING_STOCK COMPLAINT_HANDLING COST_PARAMETERS
    CUST_SATISFACTION_SURVEY EXCLUSIVE_RIGHTS_GRANTED NO_EXCLUSIVE_RIGHTS_GRANTED INFORMATION_TICKETS
    OTHER_PARTICULAR_CONDITIONS OTHER_QUALITY_TARGET PCT_ALLOCATED_OPERATOR PUBLIC_SERVICE_OBLIGATIONS
    PUNCTUALITY_RELIABILITY REWARDS_PENALITIES SOCIAL_STANDARDS
    """.split(),
)
_CHANGE: Final = Record(
    None,
    {
        "section": "WHERE/SECTION",
        "lot": "WHERE/LOT_NO",
        "label": "WHERE/LABEL",
        "old": "OLD_VALUE/TEXT | OLD_VALUE/DATE | OLD_VALUE/TIME",
        "new": "NEW_VALUE/TEXT | NEW_VALUE/DATE | NEW_VALUE/TIME",
        "old_cpv": "OLD_VALUE/CPV_MAIN/CPV_CODE/@CODE | OLD_VALUE/CPV_ADDITIONAL/CPV_CODE/@CODE",
        "new_cpv": "NEW_VALUE/CPV_MAIN/CPV_CODE/@CODE | NEW_VALUE/CPV_ADDITIONAL/CPV_CODE/@CODE",
    },
)
# The form knows that there is a framework agreement, not whether competition is reopened under it.
_FRAMEWORK: Final = "fa"


_ABSENT: Final = "–"  # in place of a text that was not there before, or is not any more


@dataclass(frozen=True, slots=True)
class Whole:
    """What the notice says once, and what holds for every lot of it."""

    procedure: str
    deadline: Deadline | None
    participation_deadline: Deadline | None
    reserved: tuple[str, ...]
    reserved_execution: str | None
    framework: str
    dynamic_purchasing: str
    performance_terms: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    information: str
    documents_url: str
    submission_url: str


def whole_of(form: Facts, zone: dt.tzinfo, doubts: Doubts) -> Whole:
    """Section III, IV and VI of a form.

    Section IV.2.2 has one deadline, "for receipt of tenders or requests to participate". It stands in `deadline`
    always, and in `participation_deadline` too where the procedure begins with requests, or where interest is
    to be expressed: then tenders are asked for later, by letter.
    """
    for terms in form.each("terms", _TERMS):
        if unread := terms.unread():
            doubts.within("Section III").unread(unread)
    procedure = procedure_of(form.elements("procedure"))
    deadline = values.deadline(form["deadline_day"], form["deadline_time"], zone, "The deadline (IV.2.2)", doubts)
    begins_with_requests = procedure in TWO_STAGES or form["type"].endswith("CALL_COMPETITION")
    flags = (("workshop", "res-ws"), ("mission", "res-pub-ser"), ("program", "res-program"))
    dynamic = "dps-nlist" if form.has("dynamic_for_all") else "dps-list"
    kinds = (("suitability", "sui-act"), ("economic", "ef-stand"), ("technical", "tp-abil"), ("other", ""))
    criteria = (Criterion(kind, clean(prose(form, name))) for name, kind in kinds)
    return Whole(
        procedure=procedure,
        deadline=deadline,
        participation_deadline=deadline if begins_with_requests else None,
        reserved=tuple(code for name, code in flags if form.has(name)),
        reserved_execution="yes" if form.has("program") else None,
        framework=_FRAMEWORK if form.has("framework") else "",
        dynamic_purchasing=dynamic if form.has("dynamic") else "",
        performance_terms=tuple(filter(None, (clean(prose(form, "conditions")),))),
        criteria=tuple(criterion for criterion in criteria if criterion.text),
        information=clean(prose(form, "information")),
        documents_url=values.address(form["documents"]),
        submission_url=values.address(form["submission"]),
    )


def lots_of(objects: list[Facts], form: Facts, whole: Whole, doubts: Doubts) -> tuple[Lot, ...]:
    """Every OBJECT_DESCR, numbered by its LOT_NO, else by its place among all of them."""
    lots: list[Lot] = []
    taken: set[str] = set()
    for each in objects:
        for facts in each.each("lots", _LOT):
            lot_id = values.unique(taken, clean_line(facts["number"], 200) or str(len(lots) + 1), doubts)
            lots.append(_read_lot(facts, lot_id, each, whole, doubts.within(f"Lot {lot_id}")))
    return with_awards(lots, form, doubts)


def _read_lot(facts: Facts, lot_id: str, contract: Facts, whole: Whole, doubts: Doubts) -> Lot:
    cpv = values.cpv(contract.texts("cpv_main"), "the main CPV code", doubts)
    information = (clean(prose(facts, "information")), whole.information)
    if unread := facts.unread():
        doubts.unread(unread)
    return Lot(
        lot_id=lot_id,
        title=clean_line(prose(facts, "title")) or clean_line(prose(contract, "title")),
        description=clean(prose(facts, "description")),
        nature=contract["nature"].lower() if contract["nature"] in ("SERVICES", "SUPPLIES", "WORKS") else "",
        cpv_main=cpv[0] if cpv else "",
        cpv_additional=values.cpv(facts.texts("cpv_additional"), "an additional CPV code", doubts),
        value=values.money(facts["value"], facts["currency"], "the estimated value", doubts),
        nuts=values.codes(facts.texts("nuts"), "a place of performance", doubts),
        place=clean_line(prose(facts, "place")),
        duration=values.duration(facts["length"], facts["length_unit"], "the duration", doubts),
        start=values.day(facts["start"], "the start", doubts),
        end=values.day(facts["end"], "the end", doubts),
        renewals=0 if facts.has("no_renewal") else None,  # the form says whether, never how often
        renewal_text=clean(prose(facts, "renewal")),
        deadline=whole.deadline,
        participation_deadline=whole.participation_deadline,
        reserved=whole.reserved,
        reserved_execution=whole.reserved_execution,
        framework=whole.framework,
        dynamic_purchasing=whole.dynamic_purchasing,
        performance_terms=whole.performance_terms,
        selection_criteria=whole.criteria,
        additional_information="\n\n".join(dict.fromkeys(filter(None, information))),
        documents_url=whole.documents_url,
        submission_url=whole.submission_url,
    )


def modified_period(form: Facts) -> str:
    """What a modified contract (F20) makes of its period, day by day: "DATE_END: 2021-12-31 → 2023-12-31"."""
    lots = [lot for each in form.elements("objects") for lot in each]
    old = next((_LOT.of(lot) for lot in lots if local_name(lot) == "OBJECT_DESCR"), None)
    lines = []
    for now in form.each("modified", _LOT):
        for name, label in (("start", "DATE_START"), ("end", "DATE_END"), ("length", "DURATION")):
            before, after = (old[name] if old else ""), now[name]
            if after and after != before:
                lines.append(f"{label}: {clean_line(before, 40) or _ABSENT} → {clean_line(after, 40)}")
    return "\n".join(lines)


def change_of(element: Element, changed: str) -> Change:
    """One place of a corrigendum (F14): "Deadline: 2021-03-12 12:00 → 2021-03-19 12:00"."""
    facts = _CHANGE.of(element)
    lots = tuple(clean_line(lot, 80) for lot in facts.texts("lot"))
    old = " ".join(clean_line(text) for text in (*facts.texts("old"), *facts.texts("old_cpv")))
    new = " ".join(clean_line(text) for text in (*facts.texts("new"), *facts.texts("new_cpv")))
    label = clean_line(facts["label"]) or clean_line(facts["section"])
    return Change(changed, lots or tuple(facts.texts("section")), "", f"{label}: {old or _ABSENT} → {new or _ABSENT}")
