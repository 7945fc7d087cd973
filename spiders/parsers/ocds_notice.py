"""One OCDS release into a notice with its lots, awards and winners.

What the lots extension leaves to the tender (deadline, contract period, suitability, reservations) holds for a lot that
does not say it itself; the value of the whole tender is never that of one lot among several.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from notifier.lots import Award, Criterion, Deadline, Lot, Money, Notice, Organisation, Stage, Translation
from notifier.text import clean, clean_line, clean_url, damaged, language_code
from spiders.parsers import identity, values
from spiders.parsers.ocds import Publication, moment_of, tags_of
from spiders.parsers.ocds_tree import Node, Trail
from spiders.parsers.values import Doubts
from spiders.parsers.zones import zone_of

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
    tender.items.quantity tender.items.unit tender.items.id
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
    *.amountGross *.amountNet *.description_details *.x_amountGross *.valueAddedTaxIncluded
    """.split()
)
_RESERVATIONS: Final = {"shelteredWorkshop": "res-ws", "publicServiceMissionOrganization": "res-pub-ser"}
# The goals of the sustainability extension as eForms calls them: BT-775, BT-774, BT-776.
_GOALS: Final = {
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
_AIMS: Final = {"social": "soc-obj", "environmental": "env-imp", "innovative": "inn-pur"}  # BT-06
_METHODS: Final = {
    "withReopeningCompetition": "fa-w-rc",
    "withoutReopeningCompetition": "fa-wo-rc",
    "withAndWithoutReopeningCompetition": "fa-mix",
}
_CRITERIA: Final = {"economic": "ef-stand", "technical": "tp-abil", "suitability": "sui-act"}
_NATURES: Final = {"goods": "supplies", "services": "services", "works": "works"}
_PLANNED: Final = ("planning", "planned")
_ENDED: Final = ("cancelled", "unsuccessful", "withdrawn")
_NUTS: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{1,3}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_MOMENT: Final = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d\S*))?", re.ASCII)
_LANGUAGE_KEY: Final = re.compile(r"_(?P<language>[a-z]{2,3})(?:[-_][A-Za-z]+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """The notices of one release, and the places in it that nobody read."""

    notices: tuple[Notice, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What holds for the whole release."""

    release: Node
    tender: Node
    parties: dict[str, Organisation]
    zone: dt.tzinfo
    language: str
    doubts: Doubts


def read(publication: Publication, *, source: str, language: str, url: str) -> Reading:
    """The notices of a release: a call or plan, an award, or both; none where it holds neither tender nor award."""
    doubts = Doubts()
    trail = Trail(doubts)
    release = Node(publication.release, "", trail)
    frame = _frame(release, language, doubts)
    lots = _lots(frame)
    whole = _whole(publication, frame, lots, source, url)
    outcomes = _outcomes(frame, lots)
    call, award = _asked_for(publication, release, bool(outcomes))
    notices = []
    if call:
        notices.append(replace(whole, stage=call))
    if award:
        key = f"{publication.key}#award" if call else publication.key
        decided = _with_outcomes(lots, outcomes) or lots
        notices.append(replace(whole, key=key, stage=Stage.AWARD, lots=decided, cancelled=False, cancel_reason=""))
    flags = doubts.sentences()
    return Reading(
        tuple(replace(notice, flags=flags) for notice in notices), trail.unread(publication.release, IGNORED)
    )


def _asked_for(publication: Publication, release: Node, decided: bool) -> tuple[Stage | None, bool]:
    """(what the release is as a call or plan, whether it is an award), by its tags; a compiled one by its content."""
    tags = tags_of(publication.release)
    status = release.node("tender").text("status")
    planned = status in _PLANNED or (not status and any(tag.startswith("planning") for tag in tags))
    has_tender = bool(release.node("tender"))
    if not tags or "compiled" in tags:
        calls, awards = has_tender, decided
    else:
        calls = has_tender and any(tag.startswith(("planning", "tender")) for tag in tags)
        awards = any(tag.startswith(("award", "contract", "implementation")) for tag in tags)
    # The process is over, and who won is not said: it must not stay open for want of a deadline.
    awards = awards or (calls and status == "complete")
    return (Stage.PLANNING if planned else Stage.CALL) if calls else None, awards


def _frame(release: Node, language: str, doubts: Doubts) -> _Frame:
    parties = {}
    for party in release.nodes("parties"):
        party.texts("roles")
        parties[party.text("id")] = _organisation(party)
    tender = release.node("tender")
    buyer = _buyers(release, tender, parties)
    zone = zone_of(buyer[0].country if buyer else "") or dt.UTC
    return _Frame(release, tender, parties, zone, language_code(release.text("language")) or language, doubts)


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


def _organisation(party: Node) -> Organisation:
    address = party.node("address")
    named = address.text("countryName")
    code = address.text("country")
    country = clean_line(code, 3) if re.fullmatch("[A-Z]{2,3}", code) else _COUNTRIES.get(named.casefold().strip(), "")
    number = values.organisation_number(party.node("identifier").text("id"), country)
    return Organisation(clean_line(party.text("name")), number, country)


def _of(reference: Node, parties: dict[str, Organisation]) -> Organisation:
    """The party that a reference names, with the reference's own name where there is none."""
    known, own = parties.get(reference.text("id")), clean_line(reference.text("name"))
    return known if known and known.name else Organisation(own)


def _buyers(release: Node, tender: Node, parties: dict[str, Organisation]) -> tuple[Organisation, ...]:
    references = [release.node("buyer"), *(party for party in release.nodes("parties") if "buyer" in _roles(party))]
    found = [_of(reference, parties) for reference in references if reference]
    entity = tender.node("procuringEntity")
    if not any(buyer.name for buyer in found) and entity:
        found = [_of(entity, parties)]
    return tuple(dict.fromkeys(buyer for buyer in found if buyer.name))


def _roles(party: Node) -> list[str]:
    return party.texts("roles")


def _whole(publication: Publication, frame: _Frame, lots: tuple[Lot, ...], source: str, url: str) -> Notice:
    release, tender, doubts = frame.release, frame.tender, frame.doubts
    date = release.text("date")
    moment = moment_of(date)
    known = moment.year > 1
    if not known:
        doubts.about("The release's date", "is not known", date)
    title = clean_line(tender.text("title")) or clean_line(release.text("title"))
    description = clean(tender.text("description")) or clean(release.text("description"))
    status = tender.text("status")
    ended = status in _ENDED or "tenderCancellation" in tags_of(publication.release)
    tender.text("id"), release.text("ocid")
    links = _links(frame)
    official = identity.of_links(links.values())
    buyers = _buyers(release, tender, frame.parties)
    if not title:
        doubts.add("The release has no title.")
    if not buyers:
        doubts.add("The release names no buyer.")
    if damaged(title) or damaged(description):
        doubts.add("Letters were lost on the way: the text is not written in the character set that it names.")
    return Notice(
        source=source,
        key=publication.key,
        stage=Stage.CALL,
        title=title or next((lot.title for lot in lots if lot.title), ""),
        url=next((link for name, link in links.items() if name.endswith("Notice")), "") or url,
        notice_id=official.notice_id or _uuid(release.text("id")),
        publication_number=official.publication_number,
        procedure_id=publication.ocid,
        language=frame.language,
        description=description,
        buyers=buyers,
        published=moment.astimezone(frame.zone).date() if known else None,
        dispatched=moment if known else None,
        legal_basis=clean_line(tender.node("legalBasis").text("id"), 40),
        procedure_type="open" if tender.text("procurementMethod") == "open" else "",
        value=_money(tender.node("value"), "The whole value", doubts),
        lots=lots,
        previous=_previous(release),
        cancelled=ended,
        cancel_reason=clean(tender.text("statusDetails")) if ended else "",
    )


def _uuid(raw: str) -> str:
    """A release's id where it is that of an eForms notice (BT-701)."""
    return raw.strip().lower() if _UUID.fullmatch(raw.strip()) else ""


def _links(frame: _Frame) -> dict[str, str]:
    """Addresses of the tender's documents by what they are; the first of each kind."""
    found: dict[str, str] = {}
    for document in frame.tender.nodes("documents"):
        for key in ("id", "description", "title", "datePublished", "dateModified", "format", "language", "languages"):
            document.trail.taken.add(f"{document.path}.{key}")
        for key in ("relatedLots", "accessDetails", "accessDetailsURL", "publisher", "unofficialTranslations"):
            document.trail.taken.add(f"{document.path}.{key}")
        if link := clean_url(document.text("url")):
            found.setdefault(document.text("documentType") or "other", link)
    return found


def _previous(release: Node) -> tuple[str, ...]:
    """The planning process that this one takes up. A framework's later purchases are procedures of their own."""
    found = (
        clean_line(related.text("identifier"), 200)
        for related in release.nodes("relatedProcesses")
        if "planning" in related.texts("relationship")
    )
    return tuple(dict.fromkeys(filter(None, found)))


# -- lots ----------------------------------------------------------------------------------------------------------


def _lots(frame: _Frame) -> tuple[Lot, ...]:
    """The lots of the tender; a tender without any is its own single lot "1"."""
    nodes = frame.tender.nodes("lots")
    if not nodes:
        return (_read_lot(frame.tender, "1", True, frame, frame.doubts),) if frame.tender else ()
    lots: list[Lot] = []
    taken: set[str] = set()
    for number, node in enumerate(nodes, start=1):
        raw = clean_line(node.text("id"), 80)
        if not raw:
            frame.doubts.add(f"Lot number {number} has no id; its number stands for it.")
        lot_id = values.unique(taken, raw or str(number), frame.doubts)
        lots.append(_read_lot(node, lot_id, len(nodes) == 1, frame, frame.doubts.within(f"Lot {lot_id}")))
    return tuple(lots)


def _read_lot(node: Node, lot_id: str, alone: bool, frame: _Frame, doubts: Doubts) -> Lot:
    tender = frame.tender
    main, additional, nuts, place = _items(node, lot_id, frame, doubts)
    both = (node, tender)
    period = _first(both, "contractPeriod")
    techniques = _first(both, "techniques")
    terms = _first(both, "contractTerms")
    renewals, renewal_text = _renewal(both, period, frame, doubts)
    value, whole = _money(node.node("value"), "the value", doubts), tender.node("value")
    social, environmental, innovative, strategic = _goals(both)
    nature = node.text("mainProcurementCategory") or tender.text("mainProcurementCategory")
    suitability = _first(both, "suitability")
    tender.text("submissionMethodDetails")
    links = _links(frame)
    title, description = node.text("title"), node.text("description")
    return Lot(
        lot_id=lot_id,
        title=clean_line(title) or clean_line(tender.text("title")),
        description=clean(description) or (clean(tender.text("description")) if alone else ""),
        nature=_NATURES.get(nature, ""),
        cpv_main=main,
        cpv_additional=additional,
        value=value or (_money(whole, "the value", doubts) if alone else None),
        framework_maximum=_maximum(techniques, doubts),
        nuts=nuts,
        place=place,
        duration=_duration(period, doubts),
        start=_day(period.text("startDate"), "the start", frame.zone, doubts),
        end=_day(period.text("endDate"), "the end", frame.zone, doubts),
        renewals=renewals,
        renewal_text=renewal_text,
        deadline=_deadline(_first(both, "tenderPeriod").text("endDate"), "the deadline", frame.zone, doubts),
        interest_deadline=_deadline(
            tender.text("expressionOfInterestDeadline"), "the deadline for interest", frame.zone, doubts
        ),
        questions_deadline=_deadline(
            _first(both, "enquiryPeriod").text("endDate"), "the deadline for questions", frame.zone, doubts
        ),
        reserved=_reserved(both, doubts),
        reserved_execution={True: "yes", False: "no", None: None}[terms.truth("reservedExecution")],
        strategic=strategic,
        environmental=environmental,
        social_objectives=social,
        innovative=innovative,
        framework=_framework(techniques, doubts),
        dynamic_purchasing=_dynamic(techniques),
        sme_suitable=suitability.truth("sme"),
        performance_terms=_performance(terms),
        selection_criteria=_criteria(both),
        additional_information="suitability.vcse: true" if suitability.truth("vcse") else "",
        documents_url=links.get("biddingDocuments", ""),
        submission_url=values.address(_address(node.text("submissionMethodDetails") or tender.text("submissionMethodDetails"))),
        translations=_translations(node),
        result="clos-nw" if node.text("status") in _ENDED and node is not tender else "",
    )


def _first(nodes: Iterable[Node], key: str) -> Node:
    """The object in the first of several that has it; all are asked."""
    found = [node.node(key) for node in nodes]
    return next((each for each in found if each), found[0])


def _address(raw: str) -> str:
    """The one address in a text such as "Send by https://tender.example/"."""
    found = re.findall(r"https?://[^\s<>\"']+", raw)
    return found[0].rstrip(".,;)") if len(found) == 1 else ""


def _money(value: Node, term: str, doubts: Doubts) -> Money | None:
    """An amount with its currency; where a publisher gives only the amount with VAT it is unknown."""
    amount, currency = value.number("amount"), value.text("currency")
    return values.money(amount, currency, term, doubts) if amount else None


def _maximum(techniques: Node, doubts: Doubts) -> Money | None:
    agreement = techniques.node("frameworkAgreement")
    for key in ("periodRationale", "minimumParticipants", "maximumParticipants", "buyerCategories", "description"):
        agreement.trail.taken.add(f"{agreement.path}.{key}")
    agreement.trail.taken.add(f"{agreement.path}.period")
    return _money(agreement.node("value"), "the framework's maximum", doubts)


def _framework(techniques: Node, doubts: Doubts) -> str:
    """BT-765; "fa" where it is a framework agreement and the method is not said."""
    has, method = techniques.truth("hasFrameworkAgreement"), techniques.node("frameworkAgreement").text("method")
    if method and method not in _METHODS:
        doubts.about("the framework's method", "is a code that is not known", method)
    if has is False:
        return "none"
    return _METHODS.get(method, "fa") if has or techniques.node("frameworkAgreement") else ""


def _dynamic(techniques: Node) -> str:
    system = techniques.node("dynamicPurchasingSystem")
    system.text("status")
    kind = {"open": "dps-nlist", "closed": "dps-list"}.get(system.text("type"), "")
    if techniques.truth("hasDynamicPurchasingSystem") is False:
        return "none"
    return kind or ("dps-list" if system or techniques.truth("hasDynamicPurchasingSystem") else "")


def _duration(period: Node, doubts: Doubts) -> str:
    return values.duration(period.number("durationInDays"), "DAY", "the duration", doubts)


def _renewal(both: tuple[Node, Node], period: Node, frame: _Frame, doubts: Doubts) -> tuple[int | None, str]:
    """How often, and in which words, the contract can be extended, with the last day that a publisher gives."""
    renewal, options = _first(both, "renewal"), _first(both, "options")
    can = next((said for node in both if (said := node.truth("hasRenewal")) is not None), None)
    most = values.whole_number(renewal.number("maximumRenewals"), "the number of renewals", doubts)
    renewal.number("minimumRenewals"), renewal.node("period").text("durationInDays"), options.node("period")
    words = clean(renewal.text("description"))
    options.text("description"), period.text("description")
    last = _day(period.text("maxExtentDate"), "the last day with renewals", frame.zone, doubts)
    until = f"{'op til' if frame.language == 'da' else 'up to'} {last.isoformat()}" if last else ""
    return (0 if can is False and most is None else most), "\n".join(filter(None, (words, until)))


def _reserved(both: tuple[Node, Node], doubts: Doubts) -> tuple[str, ...]:
    requirements = _first(both, "otherRequirements")
    for key in ("qualificationSystemConditions", "qualificationSystemMethods", "reductionCriteria"):
        requirements.trail.taken.add(f"{requirements.path}.{key}")
    for key in ("securityClearance", "requiresStaffNamesAndQualifications"):
        requirements.trail.taken.add(f"{requirements.path}.{key}")
    found = requirements.texts("reservedParticipation")
    for code in found:
        if code not in _RESERVATIONS:
            doubts.about("the reserved participation", "is a code that is not known", code)
    return tuple(dict.fromkeys(_RESERVATIONS[code] for code in found if code in _RESERVATIONS))


_Codes = tuple[str, ...]


def _goals(both: tuple[Node, Node]) -> tuple[_Codes, _Codes, _Codes, _Codes]:
    """BT-775, BT-774, BT-776 and BT-06 out of the goals; a goal that eForms does not know is "other"."""
    found: dict[str, dict[str, None]] = {name: {} for name in _AIMS}
    strategic: dict[str, None] = {}
    entries = [entry for node in both for entry in node.nodes("sustainability")]
    for entry in entries:
        entry.texts("strategies"), entry.text("description")
        goal = entry.text("goal")
        group = {"social": "social", "environmental": "environmental", "economic": "innovative"}.get(
            goal.partition(".")[0], ""
        )
        group, code = _GOALS.get(goal, (group, "other"))
        if group == "innovative" and code == "other" and goal != "economic.innovativePurchase":
            continue  # local economy, formal employment: no innovation
        if group:
            strategic[_AIMS[group]] = None
            if goal not in ("social", "environmental", "economic.innovativePurchase"):
                found[group][code] = None
    return tuple(found["social"]), tuple(found["environmental"]), tuple(found["innovative"]), tuple(strategic)


def _performance(terms: Node) -> tuple[str, ...]:
    for key in ("hasElectronicPayment", "hasElectronicOrdering", "electronicInvoicingPolicy", "financialTerms"):
        terms.trail.taken.add(f"{terms.path}.{key}")
    for key in ("tendererLegalForm", "hasExclusiveRights", "exclusiveRights", "operatorRevenueShare", "customerServices"):
        terms.trail.taken.add(f"{terms.path}.{key}")
    for key in ("hasNonDisclosureAgreement", "nonDisclosureAgreement", "rewardsAndPenalties"):
        terms.trail.taken.add(f"{terms.path}.{key}")
    words = (terms.text("performanceTerms"), *terms.texts("socialStandards"), terms.text("otherTerms"))
    return tuple(dict.fromkeys(filter(None, map(clean, words))))


def _criteria(both: tuple[Node, Node]) -> tuple[Criterion, ...]:
    found: dict[Criterion, None] = {}
    selection = _first(both, "selectionCriteria")
    entries = [(_CRITERIA.get(entry.text("type"), ""), entry) for entry in selection.nodes("criteria")]
    for kind, entry in entries:
        for key in ("appliesTo", "forReduction", "numbers"):
            entry.trail.taken.add(f"{entry.path}.{key}")
        words = "\n".join(filter(None, (clean(entry.text("description")), clean(entry.text("minimum")))))
        if words:
            found[Criterion(kind, words)] = None
    for words in (clean(selection.text("description")), clean(both[1].text("eligibilityCriteria"))):
        if words:
            found[Criterion("", words)] = None
    return tuple(found)


def _translations(node: Node) -> tuple[Translation, ...]:
    """Fields with a language behind an underscore: `title_fr`."""
    found: dict[str, list[str]] = {}
    for place, name in enumerate(("title", "description")):
        for key in node.starting(f"{name}_"):
            match = _LANGUAGE_KEY.fullmatch(key.removeprefix(name))
            language = language_code(match["language"]) if match else ""
            if language:
                found.setdefault(language, ["", ""])[place] = node.text(key)
    return tuple(Translation(name, clean_line(first), clean(second)) for name, (first, second) in found.items())


def _items(node: Node, lot_id: str, frame: _Frame, doubts: Doubts) -> tuple[str, _Codes, _Codes, str]:
    """(main CPV, additional CPV, NUTS, places in words) out of the items of a lot, else out of the tender's own."""
    tender, codes = frame.tender, list[str]()
    places: list[Node] = []
    for item in tender.nodes("items"):
        related = clean_line(item.text("relatedLot"), 80)
        item.text("description")
        classes = [item.node("classification"), *item.nodes("additionalClassifications")]
        where = [*item.nodes("deliveryAddresses"), item.node("deliveryAddress"), *item.nodes("deliveryLocations")]
        found = [code for each in classes if (code := _cpv(each))]
        if related in ("", lot_id):
            codes += found
            places += where
    own = [_cpv(each) for each in (*node.nodes("additionalClassifications"), *tender.nodes("additionalClassifications"))]
    codes = [*filter(None, [_cpv(tender.node("classification"))]), *codes, *filter(None, own)]
    places += [*tender.nodes("deliveryAddresses"), *tender.nodes("deliveryLocations")]
    known = values.cpv(codes, "a CPV code", doubts)
    nuts, words = _places(places, doubts)
    return known[0] if known else "", known[1:], nuts, words


def _cpv(classification: Node) -> str:
    scheme, code = classification.text("scheme"), classification.text("id")
    classification.text("description"), classification.text("uri")
    return code.strip() if scheme.upper() in ("CPV", "EU-CPV") else ""


def _places(places: list[Node], doubts: Doubts) -> tuple[_Codes, str]:
    codes: list[str] = []
    words: dict[str, None] = {}
    for place in places:
        gazetteer = place.node("gazetteer")
        place.trail.taken.update({f"{place.path}.geometry", f"{place.path}.uri", f"{place.path}.postalCode"})
        if gazetteer.text("scheme").upper() == "NUTS":
            codes += gazetteer.texts("identifiers")
        region = place.text("region").strip()
        if _NUTS.fullmatch(region):
            codes.append(region)
            region = ""
        parts = (place.text("streetAddress"), place.text("locality"), region, place.text("countryName"))
        place.text("country"), place.text("description")
        if said := ", ".join(filter(None, (clean_line(part, 120) for part in parts))):
            words[said] = None
    return values.codes(codes, "a place of performance", doubts), "; ".join(words)


def _day(raw: str, term: str, zone: dt.tzinfo, doubts: Doubts) -> dt.date | None:
    """A day; of a moment with an offset the day in the buyer's zone: a contract that ends at 23:00Z ends next day."""
    match = _MOMENT.fullmatch(raw.strip())
    if not match:
        return values.day(raw.strip(), term, doubts)
    day = values.day(match["day"], term, doubts)
    if day is None or not match["time"] or not re.search(r"Z$|[+-]\d\d:?\d\d$", match["time"]):
        return day
    try:
        return dt.datetime.fromisoformat(raw.strip()).astimezone(zone if zone is not dt.UTC else None or zone).date()
    except ValueError:
        return day


def _deadline(raw: str, term: str, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    """A moment as printed; without an offset it is the buyer's time."""
    match = _MOMENT.fullmatch(raw.strip())
    if not match:
        return values.deadline(raw.strip(), "", zone, term, doubts)
    time = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", match["time"] or "")
    return values.deadline(match["day"], time, zone, term, doubts)


# -- awards --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the awards say of one lot."""

    result: str
    awards: tuple[Award, ...] = ()
    periods: tuple[tuple[dt.date | None, dt.date | None], ...] = ()
    maximum: Money | None = None


def _outcomes(frame: _Frame, lots: tuple[Lot, ...]) -> dict[str, _Outcome]:
    """By lot. A contract goes before its award where both give a value or a period; a pending award decides nothing."""
    contracts: dict[str, list[Node]] = {}
    for contract in frame.release.nodes("contracts"):
        contract.text("id")
        if contract.text("status") != "cancelled":
            contracts.setdefault(contract.text("awardID"), []).append(contract)
    found: dict[str, _Outcome] = {lot.lot_id: _Outcome("clos-nw") for lot in lots if lot.result}
    for award in frame.release.nodes("awards"):
        outcome = _outcome(award, contracts.get(award.text("id"), []), frame)
        related = [clean_line(name, 80) for name in award.texts("relatedLots")]
        ids = [lot.lot_id for lot in lots]
        if not related and len(ids) > 1:
            frame.doubts.add(f"Award {clean_line(award.text('id'), 80)}: it does not say of which lot it is.")
            continue
        for lot_id in related or ids or ["1"]:
            if outcome.result:
                found[lot_id] = _joined(found.get(lot_id), outcome)
    return found


def _outcome(award: Node, contracts: list[Node], frame: _Frame) -> _Outcome:
    doubts = frame.doubts.within(f"Award {clean_line(award.text('id'), 80)}")
    status = award.text("status")
    suppliers = [_of(supplier, frame.parties) for supplier in award.nodes("suppliers")]
    maximum = _money(award.node("maximumValue"), "its maximum", doubts)
    award_value = _money(award.node("value"), "its value", doubts)
    own_period = _span(award.node("contractPeriod"), frame, doubts)
    periods, awards = [], list[Award]()
    award.text("date")
    for contract in contracts or [None]:
        value, signed, period = award_value, None, own_period
        if contract is not None:
            value = _money(contract.node("value"), "its value", doubts) or award_value
            signed = _day(contract.text("dateSigned"), "the day of its conclusion", frame.zone, doubts)
            period = _span(contract.node("period"), frame, doubts)
            period = period if any(period) else own_period
        periods.append(period)
        awards += [Award(winner, value, signed) for winner in suppliers if winner.name]
    if status in ("cancelled", "unsuccessful"):
        return _Outcome("clos-nw" if status == "unsuccessful" else "open-nw")
    if status == "pending":
        return _Outcome("")
    return _Outcome("selec-w", tuple(dict.fromkeys(awards)), tuple(dict.fromkeys(filter(any, periods))), maximum)


def _span(period: Node, frame: _Frame, doubts: Doubts) -> tuple[dt.date | None, dt.date | None]:
    for key in ("durationInDays", "maxExtentDate", "description"):
        period.trail.taken.add(f"{period.path}.{key}")
    return (
        _day(period.text("startDate"), "the start of its contract", frame.zone, doubts),
        _day(period.text("endDate"), "the end of its contract", frame.zone, doubts),
    )


_BEST: Final = ("selec-w", "open-nw", "clos-nw")  # one contract is enough for a lot to be awarded


def _joined(before: _Outcome | None, after: _Outcome) -> _Outcome:
    if before is None:
        return after
    return _Outcome(
        min(before.result, after.result, key=_BEST.index),
        tuple(dict.fromkeys((*before.awards, *after.awards))),
        tuple(dict.fromkeys((*before.periods, *after.periods))),
        before.maximum or after.maximum,
    )


def _with_outcomes(lots: tuple[Lot, ...], outcomes: dict[str, _Outcome]) -> tuple[Lot, ...]:
    """The lots that are decided, with their winners; lots that only the awards name have nothing else."""
    known = {lot.lot_id: lot for lot in lots}
    return tuple(_decided(known.get(lot_id, Lot(lot_id, "")), outcome) for lot_id, outcome in outcomes.items())


def _decided(lot: Lot, outcome: _Outcome) -> Lot:
    start, end = outcome.periods[0] if len(outcome.periods) == 1 else (lot.start, lot.end)
    return replace(
        lot,
        result=outcome.result,
        awards=outcome.awards,
        start=start or lot.start,
        end=end or lot.end,
        framework_maximum=lot.framework_maximum or outcome.maximum,
    )
