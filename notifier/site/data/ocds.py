"""A tender as a release of the Open Contracting Data Standard 1.1, with its lots and our mark on those that have one.

One release tells all that is known of a procedure now. Fields are those of the standard and its registered extensions
(`EXTENSIONS`), eForms terms mapped as the standard's own profile for eForms does; what is ours is described in
extension.py. A field that is unknown is left out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.buyers import plain_cvr
from notifier.lots import Award, Deadline, Lot, LotState, LotView, Money, Notice, Organisation, Stage, acting_deadline
from notifier.nomenclature import cpv_name
from notifier.phrases import value_per_year
from notifier.site.codes import company_number
from notifier.site.data.columns import demand_line, evidence_line, evidence_of
from notifier.site.data.records import as_json
from notifier.site.data.telling import Teller, code, fit, guiding, midnight, moment, number, said, spoken, until, uri
from notifier.site.rendering import address

VERSION = "1.1"
_REGISTERED = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_{}_extension/master/extension.json"
EXTENSIONS = tuple(
    _REGISTERED.format(name)
    for name in (
        "lots",
        "location",
        "suitability",
        "otherRequirements",
        "contractTerms",
        "sustainability",
        "techniques",
        "renewal",
    )
)
OWN_EXTENSION = "data/ocds/extension/extension.json"
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToldLot:
    """A lot whose facts may be told. `marked`: it has a page, so our mark is told too."""

    view: LotView
    state: LotState
    marked: bool


# -- the package ---------------------------------------------------------------------------------------------------


def package_head(teller: Teller, path: str, published: dt.datetime) -> bytes:
    """A package up to its first release. It has no licence: what each source published is under the source's own terms
    (provenance), and only our mark under ours (guidingMark)."""
    town, about = teller.town, teller.open_data
    head = {
        "uri": address(town, path),
        "version": VERSION,
        "publishedDate": moment(published),
        "publisher": {"name": fit(town.name), "uri": uri(about.publisher_uri or town.base_url)},
        "publicationPolicy": address(town, "data.html"),
        "extensions": [*EXTENSIONS, address(town, OWN_EXTENSION)],
    }
    known = {name: value for name, value in head.items() if value is not None}
    return as_json(known)[:-1].encode("utf-8") + HEAD_END


HEAD_END, BETWEEN, END = b',"releases":[\n', b",\n", b"\n]}\n"  # each release stands on a line of its own


# -- a release -----------------------------------------------------------------------------------------------------


def release(lots: Sequence[ToldLot], teller: Teller, changed: dt.datetime) -> bytes:
    """The tender of these lots, which are all of its lots that may be told, in the order in which they were found.
    `changed`: when anything of it last became another."""
    newest = max((one.view for one in lots), key=lambda view: (view.notice.published or dt.date.min, view.updated))
    names = _names(lots)
    content = _known(
        {
            "date": moment(changed),
            "tag": _tags(lots),
            "initiationType": "tender",
            "language": _language(newest.notice),
            "parties": _parties(lots),
            "buyer": _reference(newest.notice.buyer),
            "tender": _tender(lots, names, newest, teller),
            "awards": [_award(award, name, at) for name, one in _named(lots, names) for at, award in _awards(one)],
            "contracts": [
                contract
                for name, one in _named(lots, names)
                for at, award in _awards(one)
                if (contract := _contract(award, name, at))
            ],
            "provenance": _provenance(lots, teller),
        }
    )
    ocid = teller.ocid(newest.procedure)
    ident = hashlib.blake2b(as_json(content).encode("utf-8"), digest_size=8).hexdigest()
    return as_json({"ocid": ocid, "id": f"{ocid}-{ident}", **content}).encode("utf-8")


_NULLED = frozenset({"status"})


def _known(fields: Mapping[str, Any]) -> Fields:
    """Without what is unknown: None, and empty texts, lists and objects. A status that is unknown is null: where it is
    left out, who merges releases keeps the last one, and a tender stays active for ever (the standard's rules)."""
    return {
        name: value
        for name, value in fields.items()
        if name in _NULLED or (value is not None and value not in ("", [], {}))
    }


def _language(notice: Notice) -> str | None:
    return notice.language if re.fullmatch(r"[a-z]{2}", notice.language) else None


def _tags(lots: Sequence[ToldLot]) -> list[str]:
    """What the release tells of: plans, or a call and what came of it."""
    if all(one.state is LotState.PLANNED for one in lots):
        return ["planning"]
    awards = [award for one in lots for award in one.view.lot.awards]
    cancelled = all(_status(one) == "cancelled" for one in lots)  # closed without a winner is no cancellation
    tags = {"tender": not cancelled, "tenderCancellation": cancelled, "award": bool(awards)}
    tags["contract"] = any(award.concluded for award in awards)
    return [tag for tag, holds in tags.items() if holds]


def _names(lots: Sequence[ToldLot]) -> tuple[str, ...]:
    """Each lot's number (BT-137) where no other has it, else the name of its page."""
    numbers = [code(one.view.lot.lot_id) for one in lots]
    return tuple(
        own if own and numbers.count(own) == 1 else one.view.slug for own, one in zip(numbers, lots, strict=True)
    )


def _named(lots: Sequence[ToldLot], names: Sequence[str]) -> Iterator[tuple[str, ToldLot]]:
    return zip(names, lots, strict=True)


def _awards(one: ToldLot) -> Iterator[tuple[int, Award]]:
    return enumerate(one.view.lot.awards, start=1)


# -- organisations -------------------------------------------------------------------------------------------------


def _party_id(organisation: Organisation) -> str:
    """By org-id.guide: DK-CVR and the number; where there is none, a hash of the name, which is ours alone."""
    if number := _cvr(organisation):
        return f"DK-CVR-{number}"
    key = f"{organisation.country}|{company_number(organisation)}|{organisation.name}".encode("utf-8", "surrogatepass")
    return f"name-{hashlib.blake2b(key, digest_size=8).hexdigest()}"


def _cvr(organisation: Organisation) -> str:
    """The digits of a Danish organisation's number, however its notice writes them; "" where there is none."""
    return plain_cvr(organisation.identifier) if organisation.country in ("", "DK", "DNK") else ""


def _reference(organisation: Organisation) -> Fields | None:
    name = spoken(organisation.name, "da")
    return {"id": _party_id(organisation), "name": name} if name else None


def _parties(lots: Sequence[ToldLot]) -> list[Fields]:
    """Every buyer and every winner once, with all that it is here."""
    roles: dict[str, dict[str, None]] = {}
    known: dict[str, Organisation] = {}
    for one in lots:
        buyers = ((buyer, "buyer") for buyer in one.view.notice.buyers)
        winners = ((award.winner, "supplier") for award in one.view.lot.awards)
        for organisation, role in (*buyers, *winners):
            if organisation.name:
                roles.setdefault(_party_id(organisation), {})[role] = None
                known.setdefault(_party_id(organisation), organisation)
    return [_party(ident, known[ident], list(held)) for ident, held in roles.items() if _reference(known[ident])]


def _party(ident: str, organisation: Organisation, roles: list[str]) -> Fields:
    name, number = said(organisation.name, "da"), _cvr(organisation)
    identifier = _known({"scheme": "DK-CVR" if number else None, "id": number or company_number(organisation)})
    own = {**identifier, "legalName": name} if "id" in identifier else None
    return _known({"id": ident, "name": name, "identifier": own, "roles": roles})


# -- the tender ----------------------------------------------------------------------------------------------------

_METHODS = {  # BT-105: Directive 2014/24/EU, articles 26 to 32
    "open": "open",
    "restricted": "selective",
    "neg-w-call": "selective",
    "comp-dial": "selective",
    "comp-tend": "selective",
    "innovation": "selective",
    "neg-wo-call": "limited",
}
_CATEGORIES = {"services": "services", "supplies": "goods", "works": "works"}  # BT-23


def _tender(lots: Sequence[ToldLot], names: Sequence[str], newest: LotView, teller: Teller) -> Fields:
    notice = newest.notice
    deadlines = [end for one in lots if (end := acting_deadline(one.view.lot))]
    natures = {_CATEGORIES.get(one.view.lot.nature) for one in lots}
    return _known(
        {
            "id": teller.ocid(newest.procedure),
            "title": spoken(notice.title, notice.language),
            "description": spoken(notice.description, notice.language),
            "status": _status_of_all(lots),
            "procurementMethod": _METHODS.get(notice.procedure_type),
            "procurementMethodDetails": code(notice.procedure_type),
            "mainProcurementCategory": natures.pop() if len(natures) == 1 else None,
            "value": _value(notice.value),
            "tenderPeriod": _until(max(deadlines, key=lambda end: end.at, default=None)),
            "items": [item for name, one in _named(lots, names) if (item := _item(name, one.view))],
            "lots": [_lot(name, one, teller) for name, one in _named(lots, names)],
            "documents": _documents(lots, names),
        }
    )


_STATUS = {
    LotState.PLANNED: "planned",
    LotState.OPEN: "active",
    LotState.AWARDED: "complete",
    LotState.CANCELLED: "cancelled",
}  # after the deadline, and of what its source no longer shows, nobody here knows how it stands


def _status(one: ToldLot) -> str | None:
    if one.view.lot.result == "clos-nw":  # BT-142: closed, no winner
        return "unsuccessful"
    return _STATUS.get(one.state)


def _status_of_all(lots: Sequence[ToldLot]) -> str | None:
    """Active as long as one lot is; else what all have in common."""
    found = {_status(one) for one in lots}
    return "active" if "active" in found else found.pop() if len(found) == 1 else None


def _value(money: Money | None) -> Fields | None:
    if money is None:
        return None
    # Currencies are a closed list of three letters (ISO 4217); an amount without one is told alone.
    currency = money.currency if re.fullmatch(r"[A-Z]{3}", money.currency) else None
    return _known({"amount": number(money.amount), "currency": currency})


def _until(deadline: Deadline | None) -> Fields | None:
    return {"endDate": until(deadline)} if deadline else None


def _item(name: str, view: LotView) -> Fields | None:
    """What the lot buys and where, as codes; None where neither is known."""
    lot = view.lot
    places = [{"gazetteer": {"scheme": "NUTS", "identifiers": [code(one)]}} for one in dict.fromkeys(lot.nuts) if one]
    words = spoken(lot.place, view.notice.language)
    known = _known(
        {
            "classification": _cpv(lot.cpv_main) if lot.cpv_main else None,
            "additionalClassifications": [_cpv(one) for one in dict.fromkeys(lot.cpv_additional) if one],
            "deliveryLocations": [*places, *([{"description": words}] if words else [])],
        }
    )
    return {"id": f"{name}-1", "relatedLot": name, **known} if known else None


def _cpv(one: str) -> Fields:
    return _known({"scheme": "CPV", "id": code(one), "description": cpv_name(one, "en")})


_NOTICES = {Stage.PLANNING: "plannedProcurementNotice", Stage.CALL: "tenderNotice", Stage.AWARD: "awardNotice"}


def _documents(lots: Sequence[ToldLot], names: Sequence[str]) -> list[Fields]:
    notices = {one.view.notice.url: one.view.notice for one in lots}
    found = [_notice_document(address, notice) for url, notice in notices.items() if (address := uri(url))]
    for name, one in _named(lots, names):
        if address := uri(one.view.lot.documents_url):
            found.append(
                {"id": f"documents-{name}", "documentType": "biddingDocuments", "url": address, "relatedLots": [name]}
            )
    return found


def _notice_document(address: str, notice: Notice) -> Fields:
    return _known(
        {
            "id": f"notice-{code(notice.publication_number or notice.key)}",
            "documentType": _NOTICES.get(notice.stage),
            "title": spoken(notice.title, notice.language),
            "url": address,
            "datePublished": midnight(notice.published),
            "language": _language(notice),
        }
    )


# -- a lot ---------------------------------------------------------------------------------------------------------


def _lot(name: str, one: ToldLot, teller: Teller) -> Fields:
    view, lot = one.view, one.view.lot
    language = view.notice.language
    return _known(
        {
            "id": name,
            "title": spoken(lot.title, language),
            "description": spoken(lot.description, language),
            "status": _status(one),
            "mainProcurementCategory": _CATEGORIES.get(lot.nature),
            "value": _value(lot.value),
            "tenderPeriod": _until(acting_deadline(lot)),
            "enquiryPeriod": _until(lot.questions_deadline),
            "milestones": _hurdles(lot),
            "contractPeriod": _contract_period(lot),
            **_renewal(lot, language),
            "techniques": _techniques(lot),
            "suitability": {"sme": lot.sme_suitable} if lot.sme_suitable is not None else None,
            "otherRequirements": _reserved(lot),
            "contractTerms": _terms(view),
            **_sustainability(lot),
            "submissionMethodDetails": uri(lot.submission_url),
            "guidingMark": _mark(view, teller) if one.marked else None,
        }
    )


def _hurdles(lot: Lot) -> list[Fields]:
    """Every deadline to act on, where there are several: the first of them ends the tender period."""
    steps = {
        "expressions of interest (BT-630)": lot.interest_deadline,
        "requests to participate (BT-1311)": lot.participation_deadline,
        "tenders (BT-131)": lot.deadline,
    }
    known = [(title, end) for title, end in steps.items() if end]
    if len(known) < 2:
        return []
    return [
        {"id": str(at), "title": f"Deadline for {title}", "dueDate": until(end)}
        for at, (title, end) in enumerate(known, start=1)
    ]


_DURATION = re.compile(r"P(\d{1,4})([DWMY])")


def _contract_period(lot: Lot) -> Fields:
    """Days of the contract. A length in months or years is no number of days: it is told as the source writes it."""
    found = _DURATION.fullmatch(lot.duration)
    exact = int(found[1]) * (7 if found[2] == "W" else 1) if found and found[2] in "DW" else None
    return _known(
        {
            "startDate": midnight(lot.start),
            "endDate": midnight(lot.end),
            "durationInDays": exact,
            "duration": lot.duration if found else None,
        }
    )


def _renewal(lot: Lot, language: str) -> Fields:
    if lot.renewals is None and not lot.renewal_text:
        return {}
    text = spoken(lot.renewal_text, language)
    return {
        "hasRenewal": lot.renewals != 0,
        "renewal": _known({"maximumRenewals": lot.renewals or None, "description": text}),
    }


_FRAMEWORKS = {  # BT-765
    "fa-wo-rc": "withoutReopeningCompetition",
    "fa-w-rc": "withReopeningCompetition",
    "fa-mix": "withAndWithoutReopeningCompetition",
}
_DYNAMIC = {"dps-list": "closed", "dps-nlist": "open"}  # BT-766


def _techniques(lot: Lot) -> Fields:
    method, kind = _FRAMEWORKS.get(lot.framework), _DYNAMIC.get(lot.dynamic_purchasing)
    framework = lot.framework.startswith("fa")
    details = _known({"method": method, "value": _value(lot.framework_maximum)})
    return _known(
        {
            "hasFrameworkAgreement": framework if framework or lot.framework == "none" else None,
            "frameworkAgreement": details if framework else None,
            "hasDynamicPurchasingSystem": kind is not None if kind or lot.dynamic_purchasing == "none" else None,
            "dynamicPurchasingSystem": {"type": kind} if kind else None,
        }
    )


_RESERVED = {"res-ws": "shelteredWorkshop", "res-pub-ser": "publicServiceMissionOrganization"}  # BT-71
_PROGRAM = "res-program"  # an older code of BT-71: it reserves how the contract is carried out


def _reserved(lot: Lot) -> Fields:
    codes = [_RESERVED[one] for one in dict.fromkeys(lot.reserved) if one in _RESERVED]
    return _known({"reservedParticipation": codes})


def _terms(view: LotView) -> Fields:
    lot = view.lot
    execution = True if _PROGRAM in lot.reserved else {"yes": True, "no": False}.get(lot.reserved_execution or "")
    terms = [said(term, view.notice.language) for term in lot.performance_terms]
    return _known({"reservedExecution": execution, "performanceTerms": "\n\n".join(term for term in terms if term)})


_GOALS = {  # BT-06, BT-775, BT-774 and BT-776 in the code list sustainabilityGoal
    "soc-obj": "social",
    "env-imp": "environmental",
    "inn-pur": "economic.innovativePurchase",
    "acc-all": "social.accessibility",
    "et-eq": "social.ethnicEquality",
    "gen-eq": "social.genderEquality",
    "hum-right": "social.humanRightsInSupplyChains",
    "opp": "social.disadvantagedEmploymentOpportunities",
    "work-cond": "social.laborRightsPromotion",
    "biodiv-eco": "environmental.biodiversityProtectionRestoration",
    "circ-econ": "environmental.circularEconomy",
    "clim-adapt": "environmental.climateChangeAdaptation",
    "clim-mitig": "environmental.climateChangeMitigation",
    "pollu-prev": "environmental.pollutionPrevention",
    "water-mar": "environmental.waterResourcesProtection",
    "mar-nov": "economic.marketInnovationPromotion",
    "proc-innov": "economic.processInnovationPromotion",
    "prod-innov": "economic.productInnovationPromotion",
    "rd-act": "economic.researchDevelopmentActivities",
}


def _sustainability(lot: Lot) -> Fields:
    """Aims, the general ones where no finer one of their kind is named."""
    finer = [_GOALS[code] for code in (*lot.social_objectives, *lot.environmental, *lot.innovative) if code in _GOALS]
    broad = [_GOALS[code] for code in lot.strategic if code in _GOALS]
    alone = [goal for goal in broad if not any(one.startswith(goal.partition(".")[0]) for one in finer)]
    goals = [{"goal": goal} for goal in dict.fromkeys((*finer, *alone))]
    return {"hasSustainability": True, "sustainability": goals} if goals else {}


# -- the mark ------------------------------------------------------------------------------------------------------


def _mark(view: LotView, teller: Teller) -> Fields | None:
    judged = view.assessment
    if judged is None:
        return None
    yearly = value_per_year(view)
    return _known(
        {
            "verdict": judged.verdict.value,
            "trades": [trade for trade in dict.fromkeys(map(fit, judged.trades)) if trade],
            "evidence": [_evidence(one) for one in (evidence_line(one, view) for one in evidence_of(view))],
            "demands": [_demand(one) for one in (demand_line(one, view) for one in judged.demands)],
            "valuePerYear": _value(yearly),
            "note": guiding(view, "en"),
            "note_da": guiding(view, "da"),
            "url": teller.page(view),
            "license": uri(teller.open_data.licence_url),
        }
    )


def _evidence(line: Fields) -> Fields:
    return _known({**line, "speaks_for": None, "speaksFor": line["speaks_for"]})


def _demand(line: Fields) -> Fields:
    amount = _known({"amount": line["amount"], "currency": line["currency"]}) if line["amount"] is not None else None
    return _known({**line, "amount": amount, "currency": None})


# -- what became of it ---------------------------------------------------------------------------------------------


def _award(award: Award, name: str, at: int) -> Fields:
    supplier = _reference(award.winner)
    return _known(
        {
            "id": f"{name}-{at}",
            "status": "active",
            "value": _value(award.value),
            "suppliers": [supplier] if supplier else [],
            "relatedLots": [name],
        }
    )


def _contract(award: Award, name: str, at: int) -> Fields | None:
    """A contract of which the day is known on which it was concluded (BT-145)."""
    if award.concluded is None:
        return None
    own = {"id": f"{name}-{at}-contract", "awardID": f"{name}-{at}", "dateSigned": midnight(award.concluded)}
    return _known({**own, "value": _value(award.value)})


def _provenance(lots: Sequence[ToldLot], teller: Teller) -> list[Fields]:
    """Where the facts come from: each notice once, with its source and the source's licence."""
    notices = {(one.view.notice.source, one.view.notice.key): one.view.notice for one in lots}
    return [
        _known(
            {
                "source": fit(notice.source),
                "name": teller.source_name(notice.source),
                "notice": uri(notice.url),
                "license": teller.licence(notice.source),
                "licenseUrl": teller.licence_url(notice.source),
            }
        )
        for notice in notices.values()
    ]
