"""One `cac:ProcurementProjectLot` of an eForms notice: a Lot, or a Part of a planning notice.

Each path stands with its business term; `reference/xpaths.csv` of the eForms SDK has them all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from notifier.lots import Award, Criterion, Deadline, Lot, LotKind, Money
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.ubl import EXTENSION, Path, in_language, listed, translations
from spiders.parsers.values import Doubts
from spiders.parsers.node import Node

_ID: Final = Path("cbc:ID")  # BT-137
_PROJECT: Final = Path("cac:ProcurementProject")
_PROCESS: Final = Path("cac:TenderingProcess")
_TERMS: Final = Path("cac:TenderingTerms")

# Below cac:ProcurementProject, of a lot as of the whole procedure
TITLE: Final = Path("cbc:Name")  # BT-21
DESCRIPTION: Final = Path("cbc:Description")  # BT-24
VALUE: Final = Path("cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount")  # BT-27
_FRAMEWORK_MAXIMUM: Final = Path(f"cac:RequestedTenderTotal/{EXTENSION}/efbc:FrameworkMaximumAmount")  # BT-271
_NATURE: Final = Path("cbc:ProcurementTypeCode")  # BT-23
_NOTE: Final = Path("cbc:Note")  # BT-300
_SME: Final = Path("cbc:SMESuitableIndicator")  # BT-726
_CPV_MAIN: Final = Path("cac:MainCommodityClassification/cbc:ItemClassificationCode")  # BT-262
_CPV_MORE: Final = Path("cac:AdditionalCommodityClassification/cbc:ItemClassificationCode")  # BT-263
_AIMS: Final = Path("cac:ProcurementAdditionalType/cbc:ProcurementTypeCode")  # BT-06, BT-774, BT-775, BT-776
_PLACE: Final = Path("cac:RealizedLocation")
_NUTS: Final = Path("cac:RealizedLocation/cac:Address/cbc:CountrySubentityCode")  # BT-5071
_CITY: Final = Path("cac:Address/cbc:CityName")  # BT-5131
_ANYWHERE_IN: Final = Path("cac:Address/cbc:Region")  # BT-727
_PERIOD: Final = Path("cac:PlannedPeriod")
_LENGTH: Final = Path("cbc:DurationMeasure")  # BT-36
_START: Final = Path("cbc:StartDate")  # BT-536
_END: Final = Path("cbc:EndDate")  # BT-537; in other periods the day of a deadline
_END_TIME: Final = Path("cbc:EndTime")
_RENEWALS: Final = Path("cac:ContractExtension/cbc:MaximumNumberNumeric")  # BT-58
_RENEWAL_TEXT: Final = Path("cac:ContractExtension/cac:Renewal/cac:Period/cbc:Description")  # BT-57

# Below cac:TenderingProcess
_TENDERS_BY: Final = Path("cac:TenderSubmissionDeadlinePeriod")  # BT-131
_REQUESTS_BY: Final = Path("cac:ParticipationRequestReceptionPeriod")  # BT-1311
_INTEREST_BY: Final = Path(f"{EXTENSION}/efac:InterestExpressionReceptionPeriod")  # BT-630
_QUESTIONS_BY: Final = Path("cac:AdditionalInformationRequestPeriod")  # BT-13
_SYSTEMS: Final = Path("cac:ContractingSystem/cbc:ContractingSystemTypeCode")  # BT-765, BT-766
_PREVIOUS: Final = Path("cac:NoticeDocumentReference/cbc:ID")  # BT-125

# Below cac:TenderingTerms
_DEMANDS: Final = Path("cac:TendererQualificationRequest/cac:SpecificTendererRequirement")
_DEMAND_CODE: Final = Path("cbc:TendererRequirementTypeCode")  # BT-71 among them
_DEMAND_CODES: Final = Path(
    "cac:TendererQualificationRequest/cac:SpecificTendererRequirement/cbc:TendererRequirementTypeCode"
)
_CRITERIA: Final = Path(f"{EXTENSION}/efac:SelectionCriteria")
# BT-809 since SDK 1.13, BT-747 before. The first of SDK 1 stood in UBL's own place, like BT-71.
_CRITERION_CODE: Final = Path("cbc:TendererRequirementTypeCode | cbc:CriterionTypeCode")
_CRITERION_USE: Final = Path("cbc:CalculationExpressionCode")  # BT-748
_EXECUTION: Final = Path("cac:ContractExecutionRequirement")
_EXECUTION_CODE: Final = Path("cbc:ExecutionRequirementCode")  # BT-736; "conditions" holds the text of BT-70
_EXECUTION_CODES: Final = Path("cac:ContractExecutionRequirement/cbc:ExecutionRequirementCode")
_DOCUMENTS: Final = Path("cac:CallForTendersDocumentReference")
_DOCUMENT_URL: Final = Path("cac:Attachment/cac:ExternalReference/cbc:URI")  # BT-15, BT-615
_DOCUMENT_ACCESS: Final = Path("cbc:DocumentType")  # BT-14
_SUBMISSION: Final = Path("cac:TenderRecipientParty/cbc:EndpointID")  # BT-18

_KINDS: Final = {"Lot": LotKind.LOT, "Part": LotKind.PART}
_GROUP: Final = "LotsGroup"  # lots that may be tendered for together: no lot of its own
_RESERVATIONS: Final = frozenset({"none", "res-ws", "res-pub-ser"})
_FRAMEWORKS: Final = frozenset({"none", "fa-wo-rc", "fa-w-rc", "fa-mix"})
# BT-727 in words, Danish and English: no code belongs among words.
_ANYWHERE: Final = {
    "anyw": ("hvor som helst", "anywhere"),
    "anyw-cou": ("hvor som helst i landet", "anywhere in the country"),
    "anyw-eea": ("hvor som helst i EØS", "anywhere in the European Economic Area"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a notice says of the result of one lot."""

    result: str = ""  # BT-142
    awards: tuple[Award, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What a lot takes from its notice. `zone` serves deadlines without any offset; `outcomes` are by lot id."""

    language: str
    title: str
    zone: dt.tzinfo
    doubts: Doubts
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


def read_lots(elements: list[Node], frame: Frame) -> tuple[Lot, ...]:
    """All lots and parts of a notice, in its order; groups of lots are none."""
    lots: list[Lot] = []
    taken: set[str] = set()
    for element in elements:
        identifier = _ID.branch(element)
        scheme, raw = identifier.get("schemeName"), clean_line(identifier.text, 80)
        if scheme == _GROUP or (scheme not in _KINDS and raw.startswith("GLO-")):
            continue
        if not raw:
            frame.doubts.add(f"Lot number {len(lots) + 1} has no identifier (BT-137); its number stands for it.")
        lot_id = values.unique(taken, raw or str(len(lots) + 1), frame.doubts)
        lots.append(_read_lot(element, lot_id, _kind(scheme, lot_id, frame), frame))
    return tuple(lots)


def _kind(scheme: str, lot_id: str, frame: Frame) -> LotKind:
    if scheme not in _KINDS:
        frame.doubts.about(f"Lot {lot_id}: its kind (BT-137, schemeName)", "is neither Lot nor Part", scheme)
    return _KINDS.get(scheme, LotKind.PART if lot_id.startswith("PAR-") else LotKind.LOT)


def _read_lot(element: Node, lot_id: str, kind: LotKind, frame: Frame) -> Lot:
    doubts = frame.doubts.within(f"{kind.capitalize()} {lot_id}")
    language = frame.language
    project = _PROJECT.branch(element)
    process = _PROCESS.branch(element)
    terms = _TERMS.branch(element)
    titles, descriptions = TITLE.all(project), DESCRIPTION.all(project)
    aims = _AIMS.all(project)
    period = _PERIOD.branch(project)
    systems = _SYSTEMS.all(process)
    outcome = frame.outcomes.get(lot_id, Outcome())
    return Lot(
        lot_id=lot_id,
        title=_title(titles, frame, doubts),
        description=clean(in_language(descriptions, language)),
        kind=kind,
        nature=values.code(_NATURE.text(project), "the main nature (BT-23)", doubts),
        cpv_main=_cpv_main(project, doubts),
        cpv_additional=values.cpv(_CPV_MORE.texts(project), "an additional CPV code (BT-263)", doubts),
        value=amount(VALUE, project, "the estimated value (BT-27)", doubts),
        framework_maximum=amount(_FRAMEWORK_MAXIMUM, project, "the framework's maximum (BT-271)", doubts),
        nuts=values.codes(_NUTS.texts(project), "a place of performance (BT-5071)", doubts),
        place=_place(project, language),
        duration=_duration(period, doubts),
        start=values.day(_START.text(period), "the start (BT-536)", doubts),
        end=values.day(_END.text(period), "the end (BT-537)", doubts),
        renewals=values.whole_number(_RENEWALS.text(project), "the number of renewals (BT-58)", doubts),
        renewal_text=clean(in_language(_RENEWAL_TEXT.all(project), language)),
        deadline=_deadline(_TENDERS_BY, process, "the deadline for tenders (BT-131)", frame.zone, doubts),
        participation_deadline=_participation(process, frame.zone, doubts),
        questions_deadline=_deadline(_QUESTIONS_BY, process, "the deadline for questions (BT-13)", frame.zone, doubts),
        reserved=_reserved(terms, doubts),
        reserved_execution=_reserved_execution(terms, doubts),
        strategic=_aims(aims, "strategic-procurement", "a strategic aim (BT-06)", doubts),
        environmental=_aims(aims, "environmental-impact", "an environmental aim (BT-774)", doubts),
        social_objectives=_aims(aims, "social-objective", "a social objective (BT-775)", doubts),
        innovative=_aims(aims, "innovative-acquisition", "an innovative aim (BT-776)", doubts),
        framework=_system(systems, "framework-agreement", "the framework agreement (BT-765)", doubts, _FRAMEWORKS),
        dynamic_purchasing=_system(systems, "dps-usage", "the dynamic purchasing system (BT-766)", doubts),
        sme_suitable=values.truth(_SME.text(project), "the suitability for small enterprises (BT-726)", doubts),
        performance_terms=_performance_terms(terms, language),
        selection_criteria=_criteria(terms, language),
        additional_information=clean(in_language(_NOTE.all(project), language)),
        documents_url=_documents_url(terms, doubts),
        submission_url=_submission_url(terms),
        translations=translations(titles, descriptions, language),
        result=outcome.result,
        awards=outcome.awards,
    )


def previous_notices(element: Node) -> list[str]:
    """Identifiers of earlier notices that a lot refers to (BT-125)."""
    return _PREVIOUS.texts(_PROCESS.branch(element))


def amount(path: Path, element: Node, term: str, doubts: Doubts) -> Money | None:
    """The amount of money at a path, with its @currencyID."""
    found = path.one(element)
    if found is None:
        return None
    return values.money(found.text.strip(), found.get("currencyID"), term, doubts)


def _title(titles: list[Node], frame: Frame, doubts: Doubts) -> str:
    if title := clean_line(in_language(titles, frame.language)):
        return title
    doubts.add("it has no title (BT-21)" + ("; the notice's stands for it." if frame.title else "."))
    return frame.title


def _cpv_main(project: Node, doubts: Doubts) -> str:
    found = values.cpv(_CPV_MAIN.texts(project), "the main CPV code (BT-262)", doubts)
    if not found:
        doubts.add("it has no main CPV code (BT-262).")
    return found[0] if found else ""


def _place(project: Node, language: str) -> str:
    """The places in words, one after another: town, region of any place, remarks."""
    words: dict[str, None] = {}
    for place in _PLACE.all(project):
        anywhere = _ANYWHERE.get(_ANYWHERE_IN.text(place), ("", ""))
        town, remark = clean_line(_CITY.text(place)), clean_line(in_language(DESCRIPTION.all(place), language))
        if text := ", ".join(filter(None, (town, anywhere[language != "da"], remark))):
            words[text] = None
    return "; ".join(words)


def _duration(period: Node, doubts: Doubts) -> str:
    length = _LENGTH.one(period)
    if length is None:
        return ""
    return values.duration(length.text.strip(), length.get("unitCode"), "the duration (BT-36)", doubts)


def _deadline(path: Path, process: Node, term: str, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    period = path.one(process)
    if period is None:
        return None
    return values.deadline(_END.text(period), _END_TIME.text(period), zone, term, doubts)


def _participation(process: Node, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    """BT-1311. A planning notice that is used as a call asks for expressions of interest instead (BT-630)."""
    return _deadline(
        _REQUESTS_BY, process, "the deadline for requests to participate (BT-1311)", zone, doubts
    ) or _deadline(_INTEREST_BY, process, "the deadline for expressions of interest (BT-630)", zone, doubts)


def _reserved(terms: Node, doubts: Doubts) -> tuple[str, ...]:
    term = "the reserved participation (BT-71)"
    found = values.codes(listed(_DEMAND_CODES.all(terms), "reserved-procurement"), term, doubts)
    for code in found:
        values.code(code, term, doubts, _RESERVATIONS)
    return tuple(code for code in found if code != "none")


def _reserved_execution(terms: Node, doubts: Doubts) -> str | None:
    """BT-736: yes or no; "not-known" is nothing said."""
    for code in listed(_EXECUTION_CODES.all(terms), "reserved-execution"):
        if code in ("yes", "no"):
            return code
        if code != "not-known":
            doubts.about("the reserved execution (BT-736)", "is a code that is not known", code)
    return None


def _aims(aims: list[Node], name: str, term: str, doubts: Doubts) -> tuple[str, ...]:
    return tuple(code for code in values.codes(listed(aims, name), term, doubts) if code != "none")


def _system(systems: list[Node], name: str, term: str, doubts: Doubts, known: frozenset[str] = frozenset()) -> str:
    found = listed(systems, name)
    return values.code(found[0], term, doubts, known) if found else ""


def _performance_terms(terms: Node, language: str) -> tuple[str, ...]:
    found = (
        clean(in_language(DESCRIPTION.all(requirement), language))
        for requirement in _EXECUTION.all(terms)
        if listed(_EXECUTION_CODE.all(requirement), "conditions")
    )
    return tuple(dict.fromkeys(filter(None, found)))


def _criteria(terms: Node, language: str) -> tuple[Criterion, ...]:
    places = [
        *_CRITERIA.all(terms),
        *(demand for demand in _DEMANDS.all(terms) if listed(_DEMAND_CODE.all(demand), "selection-criterion")),
    ]
    found: dict[Criterion, None] = {}
    for place in places:
        text = clean(in_language(DESCRIPTION.all(place), language))
        name = clean_line(in_language(TITLE.all(place), language))  # BT-749
        text = text if not name or name in text else f"{name}\n{text}".strip()
        kind = clean_line(_CRITERION_CODE.text(place), 80)
        if (text or kind) and _CRITERION_USE.text(place) != "not-used":
            found[Criterion(kind, text)] = None
    return tuple(found)


def _documents_url(terms: Node, doubts: Doubts) -> str:
    """BT-15, where the documents are open to all, else BT-615, where they have to be asked for."""
    found: dict[bool, str] = {}
    for document in _DOCUMENTS.all(terms):
        raw = _DOCUMENT_URL.text(document)
        url = values.address(raw)
        if raw and not url:
            doubts.about("the address of the documents (BT-15)", "is no address of the web", raw)
        if url:
            found.setdefault(_DOCUMENT_ACCESS.text(document) == "restricted-document", url)
    return found.get(False, found.get(True, ""))


def _submission_url(terms: Node) -> str:
    """BT-18. A mail address, which the form allows too, is left out: contacts of people are not kept."""
    return values.address(_SUBMISSION.text(terms))
