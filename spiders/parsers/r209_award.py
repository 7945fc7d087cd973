"""Who won what in a form of TED_EXPORT R2.0.9: contracts, and the prizes of a design contest."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from notifier.lots import Award, Lot
from notifier.text import clean_line
from spiders.parsers import values
from spiders.parsers.r209_words import organisation, prose
from spiders.parsers.record import Facts, Record
from spiders.parsers.values import Doubts

_CONTRACT = "AWARDED_CONTRACT"
_IGNORED_OF_AWARD: Final = f"""
    CONTRACT_NO
    {_CONTRACT}/AWARDED_TO_GROUP {_CONTRACT}/NO_AWARDED_TO_GROUP {_CONTRACT}/INFO_ADD_SUBCONTRACTING
    {_CONTRACT}/INFO_ADD_VALUE {_CONTRACT}/LIKELY_SUBCONTRACTED {_CONTRACT}/NB_KILOMETRES {_CONTRACT}/PCT_SUBCONTRACTING
    {_CONTRACT}/NB_TENDERS_RECEIVED {_CONTRACT}/NB_TENDERS_RECEIVED_EMEANS {_CONTRACT}/NB_TENDERS_RECEIVED_NON_EU
    {_CONTRACT}/NB_TENDERS_RECEIVED_OTHER_EU {_CONTRACT}/NB_TENDERS_RECEIVED_SME {_CONTRACT}/TENDERS
    {_CONTRACT}/COUNTRY_ORIGIN {_CONTRACT}/VAL_BARGAIN_PURCHASE {_CONTRACT}/VAL_ESTIMATED_TOTAL
    {_CONTRACT}/VAL_PRICE_PAYMENT {_CONTRACT}/VAL_RANGE_TOTAL {_CONTRACT}/VAL_REVENUE {_CONTRACT}/VAL_SUBCONTRACTING
    {_CONTRACT}/CONTRACTOR/SME {_CONTRACT}/CONTRACTOR/NO_SME
    {_CONTRACT}/CONTRACTORS/AWARDED_TO_GROUP {_CONTRACT}/CONTRACTORS/NO_AWARDED_TO_GROUP
    {_CONTRACT}/CONTRACTORS/CONTRACTOR/SME {_CONTRACT}/CONTRACTORS/CONTRACTOR/NO_SME
    {_CONTRACT}/CONTRACTORS/CONTRACTOR/OWNERSHIP
    {_CONTRACT}/VALUES/VAL_ESTIMATED_TOTAL {_CONTRACT}/VALUES/VAL_RANGE_TOTAL
    {_CONTRACT}/VALUE/VAL_ESTIMATED_TOTAL {_CONTRACT}/VALUE/VAL_RANGE_TOTAL
"""
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
    ignored=_IGNORED_OF_AWARD.split(),
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


def with_awards(lots: list[Lot], form: Facts, doubts: Doubts) -> tuple[Lot, ...]:
    """Add results and winners. Where the notice has one lot, all its awards are of that one, whatever number they give:
    buyers number their contracts over several notices. With several lots an award that names none is noted.
    """
    results: dict[str, list[str]] = {}
    awards: dict[str, dict[Award, None]] = {}
    for number, facts in enumerate(form.each("awards", _AWARD), start=1):
        inner = doubts.within(f"Award {number}")
        if unread := facts.unread():
            inner.unread(unread)
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
