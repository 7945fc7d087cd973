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
        replace(lot, result=values.result_of_lot(results[lot.lot_id]), awards=tuple(awards[lot.lot_id]))
        if lot.lot_id in results
        else lot
        for lot in lots
    )


def _lots_meant(raw: str, title: str, lots: list[Lot]) -> list[str]:
    """The lots that an award means: by their number as it stands, as a number ("01", "Lotto 1"), or by their title.

    "1, 2 og 03" names three, and so does "1-3"; "2 af 5" names the second. Where one of them is no lot of the notice,
    or two lots would answer to the same number or title, none is meant: half a list is no answer.
    """
    if raw in (lot.lot_id for lot in lots):
        return [raw]
    known = _by_plain_number(lots)
    plain = _plain(raw)
    each = _LABELLED.findall(raw)  # "Delaftale 1: Vask, delaftale 2: Rens"
    wanted = [plain] if plain in known else _counted(plain) or (each if len(each) > 1 else [_only_number(plain)])
    if all(number in known for number in wanted):
        return list(dict.fromkeys(known[number] for number in wanted))
    by_title = [lot.lot_id for lot in lots if title and lot.title.casefold() == title.casefold()]
    return by_title if not raw and len(by_title) == 1 else []


def _by_plain_number(lots: list[Lot]) -> dict[str, str]:
    """Lots by their numbers in plain form, without those that two have."""
    plain = [_only_number(_plain(lot.lot_id)) or _plain(lot.lot_id) for lot in lots]
    return {number: lot.lot_id for number, lot in zip(plain, lots, strict=True) if number and plain.count(number) == 1}


# How buyers of the countries in TED call a lot and its number.
_LABEL: Final = re.compile(
    r"(?<!\w)(?:delaftale[rn]?|delkontrakt(?:er)?|aftale|lott[oi]|lote|lots?|lose?|teil|del|part|parti|nr|no|n°|nummer|number)"
    r"(?:\b|(?=\d))[.:#]?",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(rf"{_LABEL.pattern}\s*0*(\d+)", re.IGNORECASE)
_JOINED: Final = re.compile(r"\s*(?:[,;+&]|\b(?:og|samt|and|et|und|e|y|och)\b)\s*")
_RANGE: Final = re.compile(r"(\d{1,4})\s*(?:-|–|—|\b(?:til|to|bis)\b)\s*(\d{1,4})")
_ONE_OF: Final = re.compile(r"(\d+)\s*(?:af|of|von|de|sur)\s*\d+")
_MOST_LOTS: Final = 500  # in one range: more is a year or a case number


def _plain(raw: str) -> str:
    """A lot's number without its label and the zeros before it, in small letters."""
    return re.sub(r"(?<![\d.,])0+(?=\d)", "", " ".join(_LABEL.sub(" ", raw).casefold().split())).strip(" .:()#")


def _counted(plain: str) -> list[str]:
    """Every number of a list or range; [] where a part of it is neither."""
    found: list[str] = []
    for part in _JOINED.split(plain):
        if between := _RANGE.fullmatch(part):
            first, last = int(between[1]), int(between[2])
            if not first < last < first + _MOST_LOTS:
                return []
            found += map(str, range(first, last + 1))
        elif one_of := _ONE_OF.fullmatch(part):
            found.append(one_of[1])
        elif re.fullmatch(r"\d+|[a-z]|\d+[a-z]|[a-z]\d+", part):
            found.append(part)
        else:
            return []
    return found


def _only_number(plain: str) -> str:
    """The number that a title follows ("3: Fourniture", "2-Bezeichnung VE22"), or the only one; a letter's is none."""
    found = re.match(r"(\d+)\s*[-–:.)]?\s*(?![\w.,/])|(\d+)\s*[-–:)]\s*(?=[^\W\d])", plain) or re.fullmatch(
        r"(?:\D*[^\w.,-])?(\d+)(?:[^\w.,-]\D*)?", plain
    )
    return next(filter(None, found.groups()), "") if found else ""


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
