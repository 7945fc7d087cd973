"""The lots of an OCDS tender.

What the lots extension leaves to the tender (deadline, contract period, suitability, reservations) holds for a lot that
does not say it itself; the value of the whole tender is never that of one lot among several.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from notifier.lots import Criterion, Lot, Money, Organisation, Translation
from notifier.text import clean, clean_line, clean_url, language_code
from spiders.parsers import ocds_words as w
from spiders.parsers import values
from spiders.parsers.ocds_tree import Node
from spiders.parsers.values import Doubts

_LANGUAGE_KEY: Final = re.compile(r"_(?P<language>[a-z]{2,3})(?:[-_][A-Za-z]+)?")


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds for the whole release."""

    release: Node
    tender: Node
    parties: dict[str, Organisation]
    zone: dt.tzinfo
    language: str
    doubts: Doubts


def read_lots(frame: Frame) -> tuple[Lot, ...]:
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


def _read_lot(node: Node, lot_id: str, alone: bool, frame: Frame, doubts: Doubts) -> Lot:
    tender = frame.tender
    main, additional, nuts, place = _items(node, lot_id, frame, doubts)
    both = (node, tender)
    period = w.first(both, "contractPeriod")
    techniques = w.first(both, "techniques")
    terms = w.first(both, "contractTerms")
    renewals, renewal_text = _renewal(both, period, frame, doubts)
    value, whole = w.money(node.node("value"), "the value", doubts), tender.node("value")
    social, environmental, innovative, strategic = _goals(both)
    nature = node.text("mainProcurementCategory") or tender.text("mainProcurementCategory")
    suitability = w.first(both, "suitability")
    tender.text("submissionMethodDetails")
    links = links_of(frame)
    title, description = node.text("title"), node.text("description")
    return Lot(
        lot_id=lot_id,
        title=clean_line(title) or clean_line(tender.text("title")),
        description=clean(description) or (clean(tender.text("description")) if alone else ""),
        nature=w.NATURES.get(nature, ""),
        cpv_main=main,
        cpv_additional=additional,
        value=value or (w.money(whole, "the value", doubts) if alone else None),
        framework_maximum=_maximum(techniques, doubts),
        nuts=nuts,
        place=place,
        duration=_duration(period, doubts),
        start=w.day(period.text("startDate"), "the start", frame.zone, doubts),
        end=w.day(period.text("endDate"), "the end", frame.zone, doubts),
        renewals=renewals,
        renewal_text=renewal_text,
        deadline=w.deadline(w.first(both, "tenderPeriod").text("endDate"), "the deadline", frame.zone, doubts),
        interest_deadline=w.deadline(
            tender.text("expressionOfInterestDeadline"), "the deadline for interest", frame.zone, doubts
        ),
        questions_deadline=w.deadline(
            w.first(both, "enquiryPeriod").text("endDate"), "the deadline for questions", frame.zone, doubts
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
        submission_url=values.address(
            w.address(node.text("submissionMethodDetails") or tender.text("submissionMethodDetails"))
        ),
        translations=_translations(node),
        result="clos-nw" if node.text("status") in w.ENDED and node is not tender else "",
    )


def links_of(frame: Frame) -> dict[str, str]:
    """Addresses of the tender's documents by what they are; the first of each kind."""
    found: dict[str, str] = {}
    for document in frame.tender.nodes("documents"):
        kind, link = document.text("documentType") or "other", clean_url(document.text("url"))
        if link:
            found.setdefault(kind, link)
    return found


def _maximum(techniques: Node, doubts: Doubts) -> Money | None:
    agreement = techniques.node("frameworkAgreement")
    return w.money(agreement.node("value"), "the framework's maximum", doubts)


def _framework(techniques: Node, doubts: Doubts) -> str:
    """BT-765; "fa" where it is a framework agreement and the method is not said."""
    has, method = techniques.truth("hasFrameworkAgreement"), techniques.node("frameworkAgreement").text("method")
    if method and method not in w.METHODS:
        doubts.about("the framework's method", "is a code that is not known", method)
    if has is False:
        return "none"
    return w.METHODS.get(method, "fa") if has or techniques.node("frameworkAgreement") else ""


def _dynamic(techniques: Node) -> str:
    system = techniques.node("dynamicPurchasingSystem")
    kind = {"open": "dps-nlist", "closed": "dps-list"}.get(system.text("type"), "")
    if techniques.truth("hasDynamicPurchasingSystem") is False:
        return "none"
    return kind or ("dps-list" if system or techniques.truth("hasDynamicPurchasingSystem") else "")


def _duration(period: Node, doubts: Doubts) -> str:
    return values.duration(period.number("durationInDays"), "DAY", "the duration", doubts)


def _renewal(both: tuple[Node, Node], period: Node, frame: Frame, doubts: Doubts) -> tuple[int | None, str]:
    """How often, and in which words, the contract can be extended, with the last day that a publisher gives."""
    renewal = w.first(both, "renewal")
    can = next((said for node in both if (said := node.truth("hasRenewal")) is not None), None)
    most = values.whole_number(renewal.number("maximumRenewals"), "the number of renewals", doubts)
    words = clean(renewal.text("description"))
    last = w.day(period.text("maxExtentDate"), "the last day with renewals", frame.zone, doubts)
    until = f"{'op til' if frame.language == 'da' else 'up to'} {last.isoformat()}" if last else ""
    return (0 if can is False and most is None else most), "\n".join(filter(None, (words, until)))


def _reserved(both: tuple[Node, Node], doubts: Doubts) -> tuple[str, ...]:
    requirements = w.first(both, "otherRequirements")
    found = requirements.texts("reservedParticipation")
    for code in found:
        if code not in w.RESERVATIONS:
            doubts.about("the reserved participation", "is a code that is not known", code)
    return tuple(dict.fromkeys(w.RESERVATIONS[code] for code in found if code in w.RESERVATIONS))


def _goals(both: tuple[Node, Node]) -> tuple[w.Codes, w.Codes, w.Codes, w.Codes]:
    """BT-775, BT-774, BT-776 and BT-06 out of the goals; a goal that eForms does not know is "other"."""
    found: dict[str, dict[str, None]] = {name: {} for name in w.AIMS}
    strategic: dict[str, None] = {}
    entries = [entry for node in both for entry in node.nodes("sustainability")]
    for entry in entries:
        goal = entry.text("goal")
        group = {"social": "social", "environmental": "environmental", "economic": "innovative"}.get(
            goal.partition(".")[0], ""
        )
        group, code = w.GOALS.get(goal, (group, "other"))
        if group == "innovative" and code == "other" and goal != "economic.innovativePurchase":
            continue  # local economy, formal employment: no innovation
        if group:
            strategic[w.AIMS[group]] = None
            if goal not in ("social", "environmental", "economic.innovativePurchase"):
                found[group][code] = None
    return tuple(found["social"]), tuple(found["environmental"]), tuple(found["innovative"]), tuple(strategic)


def _performance(terms: Node) -> tuple[str, ...]:
    words = (terms.text("performanceTerms"), *terms.texts("socialStandards"), terms.text("otherTerms"))
    return tuple(dict.fromkeys(filter(None, map(clean, words))))


def _criteria(both: tuple[Node, Node]) -> tuple[Criterion, ...]:
    found: dict[Criterion, None] = {}
    selection = w.first(both, "selectionCriteria")
    entries = [(w.CRITERIA.get(entry.text("type"), ""), entry) for entry in selection.nodes("criteria")]
    for kind, entry in entries:
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


def _items(node: Node, lot_id: str, frame: Frame, doubts: Doubts) -> tuple[str, w.Codes, w.Codes, str]:
    """(main CPV, additional CPV, NUTS, places in words) out of the items of a lot, else out of the tender's own."""
    tender, codes = frame.tender, list[str]()
    places: list[Node] = []
    for item in tender.nodes("items"):
        related = clean_line(item.text("relatedLot"), 80)
        classes = [item.node("classification"), *item.nodes("additionalClassifications")]
        where = [*item.nodes("deliveryAddresses"), item.node("deliveryAddress"), *item.nodes("deliveryLocations")]
        found = [code for each in classes if (code := w.cpv(each))]
        if related in ("", lot_id):
            codes += found
            places += where
    own = [
        w.cpv(each) for each in (*node.nodes("additionalClassifications"), *tender.nodes("additionalClassifications"))
    ]
    codes = [*filter(None, [w.cpv(tender.node("classification"))]), *codes, *filter(None, own)]
    places += [*tender.nodes("deliveryAddresses"), *tender.nodes("deliveryLocations")]
    known = values.cpv(codes, "a CPV code", doubts)
    nuts, words = _places(places, doubts)
    return known[0] if known else "", known[1:], nuts, words


def _places(places: list[Node], doubts: Doubts) -> tuple[w.Codes, str]:
    codes: list[str] = []
    words: dict[str, None] = {}
    for place in places:
        gazetteer = place.node("gazetteer")
        if gazetteer.text("scheme").upper() == "NUTS":
            codes += gazetteer.texts("identifiers")
        region = place.text("region").strip()
        if w.NUTS.fullmatch(region):
            codes.append(region)
            region = ""
        parts = (place.text("streetAddress"), place.text("locality"), region, place.text("countryName"))
        if said := ", ".join(filter(None, (clean_line(part, 120) for part in parts))):
            words[said] = None
    return values.codes(codes, "a place of performance", doubts), "; ".join(words)
