"""What OCDS calls things and what eForms calls them; days, amounts, places and parties of a release."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from notifier.lots import Deadline, Money, Organisation
from notifier.text import clean_line
from spiders.parsers import values
from spiders.parsers.ocds_tree import Node
from spiders.parsers.values import Doubts

# What is known and says nothing about what a lot is, when it ends, or who won it.
IGNORED: Final = frozenset(
    """
    initiationType planning bids statistics withheldInformation links uri publisher publishedDate license
    publicationPolicy version extensions milestones url
    tender.procuringEntity.contactPoint tender.awardCriteria tender.awardCriteriaDetails tender.submissionMethod
    tender.awardPeriod tender.numberOfTenderers tender.tenderers tender.milestones tender.amendments tender.amendment
    tender.identifiers tender.bidOpening tender.communication tender.coveredBy tender.designContest
    tender.reviewDetails tender.valueCalculationMethod tender.legislativeReferences tender.exclusionGrounds
    tender.crossBorderLaw tender.lotDetails tender.lotGroups tender.participationFees tender.procedure
    tender.procurementMethodRationale tender.procurementMethodRationaleClassifications tender.recurrence
    tender.hasRecurrence tender.secondStage tender.subcontractingTerms tender.submissionTerms tender.competitive
    tender.hasEnquiries tender.minValue tender.status.details tender.mainProcurementCategoryDetails
    tender.additionalProcurementCategories tender.essentialAssets tender.hasEssentialAssets tender.aboveThreshold
    tender.riskDetails tender.hasOptions tender.datePublished tender.procurementMethodDetails tender.hasSustainability
    tender.techniques.hasElectronicAuction tender.techniques.electronicAuction tender.amendments
    tender.lots.awardCriteria tender.lots.submissionTerms tender.lots.secondStage tender.lots.bidOpening
    tender.lots.communication tender.lots.coveredBy tender.lots.designContest tender.lots.reviewDetails
    tender.lots.identifiers tender.lots.minValue tender.lots.awardPeriod tender.lots.milestones tender.lots.recurrence
    tender.lots.hasRecurrence tender.lots.subcontractingTerms tender.lots.hasOptions tender.lots.hasSustainability
    tender.lots.techniques.hasElectronicAuction tender.lots.techniques.electronicAuction tender.lots.buyer
    tender.lots.hasAccessibilityCriteria tender.lots.noAccessibilityCriteriaRationale
    tender.lots.additionalProcurementCategories tender.lots.essentialAssets tender.lots.hasEssentialAssets
    tender.items.quantity tender.items.unit tender.items.id tender.items.description
    ocid tag tender.id tender.options tender.lots.options contracts.id awards.date
    awards.title awards.description awards.items awards.documents awards.amendments awards.amendment
    awards.estimatedValue awards.relatedBid awards.relatedBids awards.valueCalculationMethod awards.hasSubcontracting
    awards.subcontracting awards.buyers awards.datePublished awards.mainProcurementCategory awards.statusDetails
    contracts.title contracts.description contracts.items contracts.documents contracts.implementation
    contracts.relatedProcesses contracts.milestones contracts.amendments contracts.amendment contracts.identifiers
    contracts.relatedBids contracts.buyer contracts.periodRationale contracts.finance contracts.statusDetails
    contracts.publicPassengerTransportServicesKilometers
    parties.contactPoint parties.details parties.additionalIdentifiers parties.beneficialOwners
    parties.eDeliveryGateway parties.address.streetAddress parties.address.locality parties.address.region
    parties.address.postalCode parties.identifier.legalName parties.identifier.scheme parties.identifier.uri
    buyer.contactPoint buyer.additionalIdentifiers buyer.identifier buyer.address
    tender.procuringEntity.additionalIdentifiers tender.procuringEntity.identifier tender.procuringEntity.address
    awards.suppliers.identifier awards.suppliers.address awards.suppliers.contactPoint
    awards.suppliers.additionalIdentifiers relatedProcesses.id relatedProcesses.title relatedProcesses.uri
    relatedProcesses.scheme relatedProcesses.relatedLots
    *.frameworkAgreement.periodRationale *.frameworkAgreement.minimumParticipants
    *.frameworkAgreement.maximumParticipants *.frameworkAgreement.buyerCategories *.frameworkAgreement.description
    *.frameworkAgreement.period *.dynamicPurchasingSystem.status
    *.contractTerms.hasElectronicPayment *.contractTerms.hasElectronicOrdering *.contractTerms.electronicInvoicingPolicy
    *.contractTerms.financialTerms *.contractTerms.tendererLegalForm *.contractTerms.hasExclusiveRights
    *.contractTerms.exclusiveRights *.contractTerms.operatorRevenueShare *.contractTerms.customerServices
    *.contractTerms.hasNonDisclosureAgreement *.contractTerms.nonDisclosureAgreement
    *.contractTerms.rewardsAndPenalties
    *.otherRequirements.qualificationSystemConditions *.otherRequirements.qualificationSystemMethods
    *.otherRequirements.reductionCriteria *.otherRequirements.securityClearance
    *.otherRequirements.requiresStaffNamesAndQualifications
    *.criteria.appliesTo *.criteria.forReduction *.criteria.numbers *.sustainability.strategies
    *.sustainability.description *.renewal.minimumRenewals *.renewal.period *.options.period *.options.description
    *.tenderPeriod.startDate *.tenderPeriod.durationInDays *.tenderPeriod.maxExtentDate
    *.enquiryPeriod.startDate *.enquiryPeriod.durationInDays *.enquiryPeriod.maxExtentDate *.contractPeriod.description
    awards.contractPeriod.durationInDays awards.contractPeriod.maxExtentDate contracts.period.durationInDays
    contracts.period.maxExtentDate contracts.period.description
    tender.documents.id tender.documents.description tender.documents.title tender.documents.datePublished
    tender.documents.dateModified tender.documents.format tender.documents.language tender.documents.languages
    tender.documents.relatedLots tender.documents.accessDetails tender.documents.accessDetailsURL
    tender.documents.publisher tender.documents.unofficialTranslations tender.documents.author
    *.deliveryLocations.geometry *.deliveryLocations.uri *.deliveryLocations.description *.deliveryAddresses.postalCode
    *.deliveryAddresses.country *.deliveryAddresses.description *.deliveryAddress.postalCode *.deliveryAddress.country
    *.classification.description *.classification.uri *.additionalClassifications.description
    *.additionalClassifications.uri *.legalBasis.scheme *.legalBasis.uri *.legalBasis.description
    *.value.amountGross *.value.amountNet *.value.valueAddedTaxIncluded
    """.split()
)


RESERVATIONS: Final = {"shelteredWorkshop": "res-ws", "publicServiceMissionOrganization": "res-pub-ser"}


# The goals of the sustainability extension as eForms calls them: BT-775, BT-774, BT-776.
GOALS: Final = {
    "social.accessibility": ("social", "acc-all"),
    "social.ethnicEquality": ("social", "et-eq"),
    "social.genderEquality": ("social", "gen-eq"),
    "social.humanRightsInSupplyChain": ("social", "hum-right"),
    "social.humanRightsInSupplyChains": ("social", "hum-right"),
    "social.disadvantagedEmploymentOpportunities": ("social", "opp"),
    "social.laborRightsPromotion": ("social", "work-cond"),
    "environmental.biodiversityProtectionRestoration": ("environmental", "biodiv-eco"),
    "environmental.circularEconomy": ("environmental", "circ-econ"),
    "environmental.climateChangeAdaptation": ("environmental", "clim-adapt"),
    "environmental.climateChangeMitigation": ("environmental", "clim-mitig"),
    "environmental.pollutionPrevention": ("environmental", "pollu-prev"),
    "environmental.waterResources": ("environmental", "water-mar"),
    "environmental.waterResourcesProtection": ("environmental", "water-mar"),
    "economic.marketInnovationPromotion": ("innovative", "mar-nov"),
    "economic.processInnovation": ("innovative", "proc-innov"),
    "economic.processInnovationPromotion": ("innovative", "proc-innov"),
    "economic.productInnovation": ("innovative", "prod-innov"),
    "economic.productInnovationPromotion": ("innovative", "prod-innov"),
    "economic.researchDevelopmentActivities": ("innovative", "rd-act"),
}


AIMS: Final = {"social": "soc-obj", "environmental": "env-imp", "innovative": "inn-pur"}  # BT-06


METHODS: Final = {
    "withReopeningCompetition": "fa-w-rc",
    "withoutReopeningCompetition": "fa-wo-rc",
    "withAndWithoutReopeningCompetition": "fa-mix",
}


CRITERIA: Final = {"economic": "ef-stand", "technical": "tp-abil", "suitability": "sui-act"}


NATURES: Final = {"goods": "supplies", "services": "services", "works": "works"}


ENDED: Final = ("cancelled", "unsuccessful", "withdrawn")


NUTS: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{1,3}")


_MOMENT: Final = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d\S*))?", re.ASCII)


# OCDS has no code for countries in its core; these are the names that publishers write.
_COUNTRIES: Final = {
    **dict.fromkeys(("united kingdom", "uk", "england", "scotland", "wales", "northern ireland", "eng"), "GB"),
    **dict.fromkeys(("denmark", "danmark"), "DK"),
    **dict.fromkeys(("norway", "norge"), "NO"),
    **dict.fromkeys(("sweden", "sverige"), "SE"),
    **dict.fromkeys(("germany", "deutschland"), "DE"),
    **dict.fromkeys(("ireland", "éire"), "IE"),
    **dict.fromkeys(("france",), "FR"),
    **dict.fromkeys(("italy", "italia"), "IT"),
    **dict.fromkeys(("spain", "españa"), "ES"),
    **dict.fromkeys(("portugal",), "PT"),
    **dict.fromkeys(("poland", "polska"), "PL"),
    **dict.fromkeys(("ukraine", "україна"), "UA"),
    **dict.fromkeys(("moldova", "republic of moldova"), "MD"),
    **dict.fromkeys(("georgia",), "GE"),
}


Codes = tuple[str, ...]


def first(nodes: Iterable[Node], key: str) -> Node:
    """The object in the first of several that has it; all are asked."""
    found = [node.node(key) for node in nodes]
    return next((each for each in found if each), found[0])


def address(raw: str) -> str:
    """The one address in a text such as "Send by https://tender.example/"."""
    found = re.findall(r"https?://[^\s<>\"']+", raw)
    return found[0].rstrip(".,;)") if len(found) == 1 else ""


def money(value: Node, term: str, doubts: Doubts) -> Money | None:
    """An amount with its currency; where a publisher gives only the amount with VAT it is unknown."""
    amount, currency = value.number("amount"), value.text("currency")
    return values.money(amount, currency, term, doubts) if amount else None


def day(raw: str, term: str, zone: dt.tzinfo, doubts: Doubts) -> dt.date | None:
    """A day; of a moment with an offset the day in the buyer's zone: a contract that ends at 23:00Z ends next day."""
    match = _MOMENT.fullmatch(raw.strip())
    if not match:
        return values.day(raw.strip(), term, doubts)
    day = values.day(match["day"], term, doubts)
    if day is None or zone is dt.UTC or not re.search(r"(?:Z|[+-]\d\d:?\d\d)$", match["time"] or ""):
        return day
    try:
        return dt.datetime.fromisoformat(raw.strip()).astimezone(zone).date()
    except ValueError:
        return day


def deadline(raw: str, term: str, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    """A moment as printed; without an offset it is the buyer's time."""
    match = _MOMENT.fullmatch(raw.strip())
    if not match:
        return values.deadline(raw.strip(), "", zone, term, doubts)
    time = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", match["time"] or "")
    return values.deadline(match["day"], time, zone, term, doubts)


def organisation(party: Node) -> Organisation:
    address = party.node("address")
    named = address.text("countryName")
    code = address.text("country")
    country = clean_line(code, 3) if re.fullmatch("[A-Z]{2,3}", code) else _COUNTRIES.get(named.casefold().strip(), "")
    number = values.organisation_number(party.node("identifier").text("id"), country)
    return Organisation(clean_line(party.text("name")), number, country)


def party_of(reference: Node, parties: dict[str, Organisation]) -> Organisation:
    """The party that a reference names, with the reference's own name where there is none."""
    known, own = parties.get(reference.text("id")), clean_line(reference.text("name"))
    return known if known and known.name else Organisation(own)


def cpv(classification: Node) -> str:
    scheme, code = classification.text("scheme"), classification.text("id")
    return code.strip() if scheme.upper() in ("CPV", "EU-CPV") else ""
