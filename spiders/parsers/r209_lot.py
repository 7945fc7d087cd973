"""The lots of a form of TED_EXPORT R2.0.9, with what its notice says of all of them, and their winners."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Final

from notifier.lots import Award, Change, Criterion, Deadline, Lot
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.r209_words import TWO_STAGES, organisation, procedure_of, prose
from spiders.parsers.record import Facts, Record
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, local_name

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
)
_AWARD: Final = Record(
    None,
    {
        "lot": "LOT_NO",
        "title": "TITLE",
        # ADDRESS_PARTY is that of public transport (T02)
        "winners": "AWARDED_CONTRACT/CONTRACTORS/CONTRACTOR/ADDRESS_CONTRACTOR"
        " | AWARDED_CONTRACT/CONTRACTORS/CONTRACTOR/ADDRESS_PARTY"
        " | AWARDED_CONTRACT/CONTRACTOR/ADDRESS_CONTRACTOR",
        "withheld": "AWARDED_CONTRACT/CONTRACTORS[@PUBLICATION='NO']",
        # VALUE is how the first edition of the release, of 2016 and 2017, called VALUES
        "value": "AWARDED_CONTRACT/VALUES/VAL_TOTAL | AWARDED_CONTRACT/VALUE/VAL_TOTAL | AWARDED_CONTRACT/VAL_TOTAL",
        "currency": "AWARDED_CONTRACT/VALUES/VAL_TOTAL/@CURRENCY | AWARDED_CONTRACT/VALUE/VAL_TOTAL/@CURRENCY"
        " | AWARDED_CONTRACT/VAL_TOTAL/@CURRENCY",
        "value_withheld": "AWARDED_CONTRACT/VALUES[@PUBLICATION='NO'] | AWARDED_CONTRACT/VALUE[@PUBLICATION='NO']",
        "concluded": "AWARDED_CONTRACT/DATE_CONCLUSION_CONTRACT",
        "awarded": "AWARDED_CONTRACT",
        "not_awarded": "NO_AWARDED_CONTRACT",
    },
)
# A design contest (F13) has a prize and a decision of its jury in place of a contract.
_PRIZE: Final = Record(
    None,
    {
        "winners": "AWARDED_PRIZE/WINNERS/WINNER/ADDRESS_WINNER | AWARDED_PRIZE/WINNER/ADDRESS_WINNER",
        "withheld": "AWARDED_PRIZE/WINNERS[@PUBLICATION='NO']",
        "value": "AWARDED_PRIZE/VAL_PRIZE",
        "currency": "AWARDED_PRIZE/VAL_PRIZE/@CURRENCY",
        "value_withheld": "AWARDED_PRIZE/VAL_PRIZE[@PUBLICATION='NO']",
        "awarded": "AWARDED_PRIZE",
        "not_awarded": "NO_AWARDED_PRIZE",
    },
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
    return _with_awards(lots, form, doubts)


def _read_lot(facts: Facts, lot_id: str, contract: Facts, whole: Whole, doubts: Doubts) -> Lot:
    cpv = values.cpv(contract.texts("cpv_main"), "the main CPV code", doubts)
    information = (clean(prose(facts, "information")), whole.information)
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


def _with_awards(lots: list[Lot], form: Facts, doubts: Doubts) -> tuple[Lot, ...]:
    """Add results and winners. Where the notice has one lot, all its awards are of that one, whatever number they give:
    buyers number their contracts over several notices. With several lots an award that names none is noted.
    """
    results: dict[str, list[str]] = {}
    awards: dict[str, dict[Award, None]] = {}
    for number, facts in enumerate(form.each("awards", _AWARD), start=1):
        inner = doubts.within(f"Award {number}")
        meant = clean_line(facts["lot"], 200)
        named = [lots[0].lot_id] if len(lots) == 1 else _lots_meant(meant, clean_line(prose(facts, "title")), lots)
        if not named:
            inner.add(f"it names no lot of the notice: “{meant}”." if meant else "it does not say of which lot it is.")
        for lot_id in named:
            results.setdefault(lot_id, []).append("selec-w" if facts.has("awarded") else "clos-nw")
            awards.setdefault(lot_id, {}).update(dict.fromkeys(_read_awards(facts, inner)))
    for facts in form.each("prizes", _PRIZE):
        for lot in lots[:1] if facts.has("awarded") or facts.has("not_awarded") else ():
            results.setdefault(lot.lot_id, []).append("selec-w" if facts.has("awarded") else "clos-nw")
            awards.setdefault(lot.lot_id, {}).update(dict.fromkeys(_read_awards(facts, doubts.within("Prize"))))
    return tuple(
        replace(lot, result=min(results[lot.lot_id], key=_RESULT_ORDER.index), awards=tuple(awards[lot.lot_id]))
        if lot.lot_id in results
        else lot
        for lot in lots
    )


_RESULT_ORDER: Final = ("selec-w", "clos-nw")  # one contract is enough for a lot to be awarded


def _lots_meant(raw: str, title: str, lots: list[Lot]) -> list[str]:
    """The lots that an award means: by their number as it stands, as a number ("01", "Lotto 1"), or by their title.

    "1, 2 og 3" names three. Where two lots would answer to the same number or title, neither is meant.
    """
    ids = {lot.lot_id for lot in lots}
    if raw in ids:
        return [raw]
    if named := [name for name in re.findall(r"[\w.-]+", raw) if name in ids]:
        return named
    wanted = _number(raw)
    by_number = [lot.lot_id for lot in lots if wanted and _number(lot.lot_id) == wanted]
    if len(by_number) == 1:
        return by_number
    by_title = [lot.lot_id for lot in lots if title and lot.title.casefold() == title.casefold()]
    return by_title if not raw and len(by_title) == 1 else []


def _number(raw: str) -> str:
    """The one number in a text without the zeros before it; of "3: Fourniture" or "2-Bezeichnung VE22" the first."""
    found = re.match(r"\s*0*(\d+)(?![\d.,])", raw) or re.fullmatch(r"\D*?0*(\d+)\D*", raw)
    return found[1] if found else ""


def _read_awards(facts: Facts, doubts: Doubts) -> list[Award]:
    """Each winner of a contract; every member of a group, and of a framework, with the value of the whole contract.

    What the buyer did not agree to publish is left out, though the file holds it.
    """
    if facts.has("withheld"):
        return []
    value = values.money(facts["value"], facts["currency"], "its value", doubts)
    signed = facts["concluded"] if facts.asks("concluded") else ""  # a jury decides, and concludes nothing
    concluded = values.day(signed, "the day of its conclusion", doubts)
    shown = None if facts.has("value_withheld") else value
    return [Award(organisation(element), shown, concluded) for element in facts.elements("winners")]


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
