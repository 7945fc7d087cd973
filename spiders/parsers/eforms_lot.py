"""One `cac:ProcurementProjectLot` of an eForms notice: a Lot, or a Part of a planning notice.

Each path stands beside its business term, as the eForms SDK writes it (`fields/fields.json`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from notifier.lots import Award, Criterion, Deadline, Lot, LotKind
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.record import Facts
from spiders.parsers.ubl import EXTENSION, record, strict_record, translations, words
from spiders.parsers.values import Doubts

_PROJECT = "cac:ProcurementProject"
_PLACE = f"{_PROJECT}/cac:RealizedLocation"
_AIM = f"{_PROJECT}/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode"
_PROCESS = "cac:TenderingProcess"
_INTEREST = f"{_PROCESS}/{EXTENSION}/efac:InterestExpressionReceptionPeriod"
_SYSTEM = f"{_PROCESS}/cac:ContractingSystem/cbc:ContractingSystemTypeCode"
_TERMS = "cac:TenderingTerms"
_DEMAND = f"{_TERMS}/cac:TendererQualificationRequest/cac:SpecificTendererRequirement"
_EXECUTION = f"{_TERMS}/cac:ContractExecutionRequirement"

# What else the SDK (1.3 to 1.16) allows in a lot, read elsewhere or beside the point. Times of a contract's period are
# not in the SDK, but some notices bring them; a contract lasts by days.
_IGNORED: Final = f"""
    {_PROJECT}/cbc:ID {_PROJECT}/cbc:EstimatedOverallContractQuantity
    {_PROJECT}/cac:ContractExtension/cbc:OptionsDescription
    {_PROJECT}/cac:PlannedPeriod/cbc:Description {_PROJECT}/cac:PlannedPeriod/cbc:DescriptionCode
    {_PROJECT}/cac:PlannedPeriod/cbc:StartTime {_PROJECT}/cac:PlannedPeriod/cbc:EndTime
    {_PROJECT}/cac:ProcurementAdditionalType/cbc:ProcurementType
    {_AIM}[@listName='contract-nature'] {_AIM}[@listName='accessibility'] {_AIM}[@listName='gpp-criteria']
    {_PLACE}/cbc:Description {_PLACE}/cac:Address/cac:AddressLine {_PLACE}/cac:Address/cac:Country
    {_PLACE}/cac:Address/cbc:AdditionalStreetName {_PLACE}/cac:Address/cbc:CityName
    {_PLACE}/cac:Address/cbc:PostalZone {_PLACE}/cac:Address/cbc:Region {_PLACE}/cac:Address/cbc:StreetName
    {_PROCESS}/cac:AuctionTerms {_PROCESS}/cac:EconomicOperatorShortList {_PROCESS}/cac:FrameworkAgreement
    {_PROCESS}/cac:InvitationSubmissionPeriod {_PROCESS}/cac:OpenTenderEvent
    {_PROCESS}/cac:NoticeDocumentReference/cbc:ReferencedDocumentInternalAddress
    {_PROCESS}/cac:ParticipationInvitationPeriod {_PROCESS}/cac:ProcessJustification {_PROCESS}/cbc:AccessToolsURI
    {_PROCESS}/cbc:CandidateReductionConstraintIndicator {_PROCESS}/cbc:GovernmentAgreementConstraintIndicator
    {_PROCESS}/cbc:SubmissionMethodCode
    {_PROCESS}/{EXTENSION}/efac:AnswerReceptionPeriod {_PROCESS}/{EXTENSION}/efbc:AccessToolName
    {_PROCESS}/{EXTENSION}/efbc:ProcedureRelaunchIndicator
    {_TERMS}/cac:AdditionalInformationParty {_TERMS}/cac:AllowedSubcontractTerms {_TERMS}/cac:AppealTerms
    {_TERMS}/cac:AwardingTerms {_TERMS}/cac:DocumentProviderParty {_TERMS}/cac:EconomicOperatorShortList
    {_TERMS}/cac:EmploymentLegislationDocumentReference {_TERMS}/cac:EnvironmentalLegislationDocumentReference
    {_TERMS}/cac:FiscalLegislationDocumentReference {_TERMS}/cac:Language {_TERMS}/cac:PaymentTerms
    {_TERMS}/cac:PostAwardProcess {_TERMS}/cac:RequiredFinancialGuarantee {_TERMS}/cac:SecurityClearanceTerm
    {_TERMS}/cac:TenderEvaluationParty {_TERMS}/cac:TenderRecipientParty/cac:PartyIdentification
    {_TERMS}/cac:TenderValidityPeriod {_TERMS}/cac:TendererQualificationRequest/cbc:CompanyLegalForm
    {_TERMS}/cac:TendererQualificationRequest/cbc:CompanyLegalFormCode
    {_TERMS}/cbc:FundingProgramCode {_TERMS}/cbc:FundingProgram {_TERMS}/cbc:LatestSecurityClearanceDate
    {_TERMS}/cbc:MultipleTendersCode {_TERMS}/cbc:RecurringProcurementDescription
    {_TERMS}/cbc:RecurringProcurementIndicator {_TERMS}/cbc:RequiredCurriculaCode {_TERMS}/cbc:VariantConstraintCode
    {_TERMS}/cbc:VariantConstraintIndicator
    {_TERMS}/{EXTENSION}/efac:Funding {_TERMS}/{EXTENSION}/efac:StrategicProcurement
    {_TERMS}/{EXTENSION}/efac:TenderSubcontractingRequirements
    {_DEMAND}/cbc:Description {_DEMAND}/cbc:Name {_DEMAND}/cbc:CalculationExpressionCode
    {_DEMAND}/cbc:TendererRequirementTypeCode[@listName='missing-info-submission']
    {_DEMAND}/cbc:TendererRequirementTypeCode[@listName='selection-criteria-source']
    {_EXECUTION}/cbc:Description {_EXECUTION}/cbc:Name
    {_EXECUTION}/cbc:ExecutionRequirementCode[@listName='customer-service']
    {_EXECUTION}/cbc:ExecutionRequirementCode[@listName='ecatalog-submission']
    {_EXECUTION}/cbc:ExecutionRequirementCode[@listName='einvoicing']
    {_EXECUTION}/cbc:ExecutionRequirementCode[@listName='esignature-submission']
    {_EXECUTION}/cbc:ExecutionRequirementCode[@listName='fsr']
    {_EXECUTION}/cbc:ExecutionRequirementCode[@listName='nda']
"""
_LOT: Final = strict_record(
    _IGNORED,
    id="cbc:ID",  # BT-137
    scheme="cbc:ID/@schemeName",
    nature=f"{_PROJECT}/cbc:ProcurementTypeCode",  # BT-23
    value=f"{_PROJECT}/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount",  # BT-27
    currency=f"{_PROJECT}/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount/@currencyID",
    maximum=f"{_PROJECT}/cac:RequestedTenderTotal/{EXTENSION}/efbc:FrameworkMaximumAmount",  # BT-271
    maximum_currency=f"{_PROJECT}/cac:RequestedTenderTotal/{EXTENSION}/efbc:FrameworkMaximumAmount/@currencyID",
    sme=f"{_PROJECT}/cbc:SMESuitableIndicator",  # BT-726
    length=f"{_PROJECT}/cac:PlannedPeriod/cbc:DurationMeasure",  # BT-36
    length_unit=f"{_PROJECT}/cac:PlannedPeriod/cbc:DurationMeasure/@unitCode",
    start=f"{_PROJECT}/cac:PlannedPeriod/cbc:StartDate",  # BT-536
    end=f"{_PROJECT}/cac:PlannedPeriod/cbc:EndDate",  # BT-537
    renewals=f"{_PROJECT}/cac:ContractExtension/cbc:MaximumNumberNumeric",  # BT-58
    tenders_day=f"{_PROCESS}/cac:TenderSubmissionDeadlinePeriod/cbc:EndDate",  # BT-131
    tenders_time=f"{_PROCESS}/cac:TenderSubmissionDeadlinePeriod/cbc:EndTime",
    requests_day=f"{_PROCESS}/cac:ParticipationRequestReceptionPeriod/cbc:EndDate",  # BT-1311
    requests_time=f"{_PROCESS}/cac:ParticipationRequestReceptionPeriod/cbc:EndTime",
    interest_day=f"{_INTEREST}/cbc:EndDate",  # BT-630
    interest_time=f"{_INTEREST}/cbc:EndTime",
    questions_day=f"{_PROCESS}/cac:AdditionalInformationRequestPeriod/cbc:EndDate",  # BT-13
    questions_time=f"{_PROCESS}/cac:AdditionalInformationRequestPeriod/cbc:EndTime",
    framework=f"{_SYSTEM}[@listName='framework-agreement']",  # BT-765
    dynamic=f"{_SYSTEM}[@listName='dps-usage']",  # BT-766
    submission=f"{_TERMS}/cac:TenderRecipientParty/cbc:EndpointID",  # BT-18
    cpv_main=f"{_PROJECT}/cac:MainCommodityClassification/cbc:ItemClassificationCode",  # BT-262
    cpv_additional=f"{_PROJECT}/cac:AdditionalCommodityClassification/cbc:ItemClassificationCode",  # BT-263
    places=_PLACE,
    nuts=f"{_PLACE}/cac:Address/cbc:CountrySubentityCode",  # BT-5071
    reserved=f"{_DEMAND}/cbc:TendererRequirementTypeCode[@listName='reserved-procurement']",  # BT-71
    execution=f"{_EXECUTION}/cbc:ExecutionRequirementCode[@listName='reserved-execution']",  # BT-736
    strategic=f"{_AIM}[@listName='strategic-procurement']",  # BT-06
    environmental=f"{_AIM}[@listName='environmental-impact']",  # BT-774
    social=f"{_AIM}[@listName='social-objective']",  # BT-775
    innovative=f"{_AIM}[@listName='innovative-acquisition']",  # BT-776
    conditions=f"{_EXECUTION}/cbc:ExecutionRequirementCode[@listName='conditions']",
    executions=_EXECUTION,  # those with a code of the list "conditions" hold BT-70
    # BT-809, in eForms' own place; the first of SDK 1 wrote it where BT-71 stands
    criteria=f"{_TERMS}/{EXTENSION}/efac:SelectionCriteria",
    old_criteria=f"{_DEMAND}/cbc:TendererRequirementTypeCode[@listName='selection-criterion']",
    demands=_DEMAND,
    documents=f"{_TERMS}/cac:CallForTendersDocumentReference",
    previous=f"{_PROCESS}/cac:NoticeDocumentReference/cbc:ID",  # BT-125
    renewal_text=f"{_PROJECT}/cac:ContractExtension/cac:Renewal/cac:Period/cbc:Description",  # BT-57
    note=f"{_PROJECT}/cbc:Note",  # BT-300
    title=f"{_PROJECT}/cbc:Name",  # BT-21
    description=f"{_PROJECT}/cbc:Description",  # BT-24
)
_OF_PLACE: Final = record(
    town="cac:Address/cbc:CityName",  # BT-5131
    anywhere="cac:Address/cbc:Region",  # BT-727
    remark="cbc:Description",  # BT-728
)
_OF_CRITERION: Final = record(
    code="cbc:TendererRequirementTypeCode | cbc:CriterionTypeCode",  # BT-809 since SDK 1.13, BT-747 before
    old_place="cbc:TendererRequirementTypeCode[@listName='selection-criterion']",
    use="cbc:CalculationExpressionCode",  # BT-748
    name="cbc:Name",  # BT-749
    text="cbc:Description",  # BT-750
)
_OF_EXECUTION: Final = record(
    conditions="cbc:ExecutionRequirementCode[@listName='conditions']",
    text="cbc:Description",  # BT-70
)
_OF_DOCUMENT: Final = record(
    access="cbc:DocumentType",  # BT-14
    url="cac:Attachment/cac:ExternalReference/cbc:URI",  # BT-15, BT-615
)

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


def read_lots(notice: Facts, frame: Frame) -> tuple[tuple[Lot, ...], tuple[str, ...]]:
    """All lots and parts below the `lots` of a notice, in its order, and the earlier notices that any refers to.

    Groups of lots are no lots. The references are publication numbers or identifiers (BT-125).
    """
    lots: list[Lot] = []
    taken: set[str] = set()
    previous: dict[str, None] = {}
    for facts in notice.each("lots", _LOT):
        scheme, raw = facts["scheme"], clean_line(facts["id"], 80)
        if scheme == _GROUP or (scheme not in _KINDS and raw.startswith("GLO-")):
            continue
        if not raw:
            frame.doubts.add(f"Lot number {len(lots) + 1} has no identifier (BT-137); its number stands for it.")
        lot_id = values.unique(taken, raw or str(len(lots) + 1), frame.doubts)
        lots.append(_read_lot(facts, lot_id, _kind(scheme, lot_id, frame), frame))
        for reference in facts.texts("previous"):
            previous[values.publication_number(reference) or clean_line(reference, 80)] = None
    return tuple(lots), tuple(previous)


def _kind(scheme: str, lot_id: str, frame: Frame) -> LotKind:
    if scheme not in _KINDS:
        frame.doubts.about(f"Lot {lot_id}: its kind (BT-137, schemeName)", "is neither Lot nor Part", scheme)
    return _KINDS.get(scheme, LotKind.PART if lot_id.startswith("PAR-") else LotKind.LOT)


def _read_lot(facts: Facts, lot_id: str, kind: LotKind, frame: Frame) -> Lot:
    doubts = frame.doubts.within(f"{kind.capitalize()} {lot_id}")
    language = frame.language
    outcome = frame.outcomes.get(lot_id, Outcome())
    if unread := facts.unread():
        doubts.unread(unread)
    return Lot(
        lot_id=lot_id,
        title=_title(facts, frame, doubts),
        description=clean(words(facts, "description", language)),
        kind=kind,
        nature=values.code(facts["nature"], "the main nature (BT-23)", doubts),
        cpv_main=_cpv_main(facts, doubts),
        cpv_additional=values.cpv(facts.texts("cpv_additional"), "an additional CPV code (BT-263)", doubts),
        value=values.money(facts["value"], facts["currency"], "the estimated value (BT-27)", doubts),
        framework_maximum=values.money(
            facts["maximum"], facts["maximum_currency"], "the framework's maximum (BT-271)", doubts
        ),
        nuts=values.codes(facts.texts("nuts"), "a place of performance (BT-5071)", doubts),
        place=_place(facts, language),
        duration=values.duration(facts["length"], facts["length_unit"], "the duration (BT-36)", doubts),
        start=values.day(facts["start"], "the start (BT-536)", doubts),
        end=values.day(facts["end"], "the end (BT-537)", doubts),
        renewals=values.whole_number(facts["renewals"], "the number of renewals (BT-58)", doubts),
        renewal_text=clean(words(facts, "renewal_text", language)),
        deadline=_deadline(facts, "tenders", "the deadline for tenders (BT-131)", frame.zone, doubts),
        participation_deadline=_deadline(
            facts, "requests", "the deadline for requests to participate (BT-1311)", frame.zone, doubts
        ),
        interest_deadline=_deadline(
            facts, "interest", "the deadline for expressions of interest (BT-630)", frame.zone, doubts
        ),
        questions_deadline=_deadline(facts, "questions", "the deadline for questions (BT-13)", frame.zone, doubts),
        reserved=_reserved(facts, doubts),
        reserved_execution=_reserved_execution(facts, doubts),
        strategic=_aims(facts, "strategic", "a strategic aim (BT-06)", doubts),
        environmental=_aims(facts, "environmental", "an environmental aim (BT-774)", doubts),
        social_objectives=_aims(facts, "social", "a social objective (BT-775)", doubts),
        innovative=_aims(facts, "innovative", "an innovative aim (BT-776)", doubts),
        framework=values.code(facts["framework"], "the framework agreement (BT-765)", doubts, _FRAMEWORKS),
        dynamic_purchasing=values.code(facts["dynamic"], "the dynamic purchasing system (BT-766)", doubts),
        sme_suitable=values.truth(facts["sme"], "the suitability for small enterprises (BT-726)", doubts),
        performance_terms=_performance_terms(facts, language),
        selection_criteria=_criteria(facts, language),
        additional_information=clean(words(facts, "note", language)),
        documents_url=_documents_url(facts, doubts),
        # A mail address, which BT-18 allows too, is left out: contacts of people are not kept.
        submission_url=values.address(facts["submission"]),
        translations=translations(facts, "title", "description", language),
        result=outcome.result,
        awards=outcome.awards,
    )


def _title(facts: Facts, frame: Frame, doubts: Doubts) -> str:
    if title := clean_line(words(facts, "title", frame.language)):
        return title
    doubts.add("it has no title (BT-21)" + ("; the notice's stands for it." if frame.title else "."))
    return frame.title


def _cpv_main(facts: Facts, doubts: Doubts) -> str:
    found = values.cpv(facts.texts("cpv_main"), "the main CPV code (BT-262)", doubts)
    if len(found) > 1:
        doubts.add("it has several main CPV codes (BT-262); the first one is shown.")
    if not found:
        doubts.add("it has no main CPV code (BT-262).")
    return found[0] if found else ""


def _place(facts: Facts, language: str) -> str:
    """The places in words, one after another: town, region of any place, remarks."""
    found: dict[str, None] = {}
    for place in facts.each("places", _OF_PLACE):
        anywhere = _ANYWHERE.get(place["anywhere"], ("", ""))[language != "da"]
        remark = clean_line(words(place, "remark", language))
        if text := ", ".join(filter(None, (clean_line(place["town"]), anywhere, remark))):
            found[text] = None
    return "; ".join(found)


def _deadline(facts: Facts, name: str, term: str, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    return values.deadline(facts[f"{name}_day"], facts[f"{name}_time"], zone, term, doubts)


def _reserved(facts: Facts, doubts: Doubts) -> tuple[str, ...]:
    term = "the reserved participation (BT-71)"
    found = values.codes(facts.texts("reserved"), term, doubts)
    for code in found:
        values.code(code, term, doubts, _RESERVATIONS)
    return tuple(code for code in found if code != "none")


def _reserved_execution(facts: Facts, doubts: Doubts) -> str | None:
    """BT-736: yes or no; "not-known" is nothing said."""
    for code in facts.texts("execution"):
        if code in ("yes", "no"):
            return code
        if code != "not-known":
            doubts.about("the reserved execution (BT-736)", "is a code that is not known", code)
    return None


def _aims(facts: Facts, name: str, term: str, doubts: Doubts) -> tuple[str, ...]:
    return tuple(code for code in values.codes(facts.texts(name), term, doubts) if code != "none")


def _performance_terms(facts: Facts, language: str) -> tuple[str, ...]:
    if not facts.has("conditions"):
        return ()
    found = (
        clean(words(execution, "text", language))
        for execution in facts.each("executions", _OF_EXECUTION)
        if execution.has("conditions")
    )
    return tuple(dict.fromkeys(filter(None, found)))


def _criteria(facts: Facts, language: str) -> tuple[Criterion, ...]:
    demands = facts.each("demands", _OF_CRITERION) if facts.has("old_criteria") else ()
    found: dict[Criterion, None] = {}
    for criterion in (
        *facts.each("criteria", _OF_CRITERION),
        *(demand for demand in demands if demand.has("old_place")),
    ):
        text, name = clean(words(criterion, "text", language)), clean_line(words(criterion, "name", language))
        text = text if not name or name in text else f"{name}\n{text}".strip()
        kind = clean_line(criterion["code"], 80)
        if (text or kind) and criterion["use"] != "not-used":
            found[Criterion(kind, text)] = None
    return tuple(found)


def _documents_url(facts: Facts, doubts: Doubts) -> str:
    """BT-15, where the documents are open to all, else BT-615, where they have to be asked for."""
    found: dict[bool, str] = {}
    for document in facts.each("documents", _OF_DOCUMENT):
        raw = document["url"]
        url = values.address(raw)
        if raw and not url:
            doubts.about("the address of the documents (BT-15, BT-615)", "is no address of the web", raw)
        if url:
            found.setdefault(document["access"] == "restricted-document", url)
    return found.get(False, found.get(True, ""))
