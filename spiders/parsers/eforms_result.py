"""Who won what in an eForms notice, and what a notice says that it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from notifier.lots import Award, Change, Money, Organisation
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.eforms_lot import Outcome
from spiders.parsers.record import Facts
from spiders.parsers.ubl import record, words
from spiders.parsers.values import Doubts

_ORGANISATION: Final = record(
    number="efac:Company/cac:PartyLegalEntity/cbc:CompanyID",  # BT-501
    country="efac:Company/cac:PostalAddress/cac:Country/cbc:IdentificationCode",  # BT-514
    id="efac:Company/cac:PartyIdentification/cbc:ID",  # OPT-200
    contacts="efac:TouchPoint/cac:PartyIdentification/cbc:ID",  # OPT-201
    name="efac:Company/cac:PartyName/cbc:Name",  # BT-500
)
_RESULT: Final = record(
    code="cbc:TenderResultCode",  # BT-142
    lots="efac:TenderLot/cbc:ID",  # BT-13713
    tenders="efac:LotTender/cbc:ID",
    contracts="efac:SettledContract/cbc:ID",
)
_TENDER: Final = record(
    id="cbc:ID",
    lot="efac:TenderLot/cbc:ID",
    value="cac:LegalMonetaryTotal/cbc:PayableAmount",  # BT-720
    currency="cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID",
    parties="efac:TenderingParty/cbc:ID",
)
_PARTY: Final = record(id="cbc:ID", members="efac:Tenderer/cbc:ID")  # OPT-300
_CONTRACT: Final = record(id="cbc:ID", concluded="cbc:IssueDate", tenders="efac:LotTender/cbc:ID")  # BT-145

# efac:Changes, and efac:ContractModification of a contract that runs
_CHANGES: Final = record(
    notice="efbc:ChangedNoticeIdentifier",  # BT-758, BT-1501
    reason="efac:ChangeReason/cbc:ReasonCode",  # BT-140, BT-200
    reason_text="efac:ChangeReason/efbc:ReasonDescription",  # BT-762, BT-201
    changes="efac:Change",
)
_CHANGE: Final = record(
    # BT-13716; since SDK 1.6 in an element of its own
    sections="efac:ChangedSection/efbc:ChangedSectionIdentifier | efbc:ChangedSectionIdentifier",
    text="efbc:ChangeDescription",  # BT-141, BT-202
)

_LOST: Final = frozenset({"clos-nw", "open-nw"})
_ENDINGS: Final = frozenset({"cancel", "cancel-intent"})
_RESULTS: Final = _LOST | {"selec-w"}


def read_organisations(notice: Facts, language: str) -> dict[str, Organisation]:
    """Organisations by their technical identifier (ORG-0001). A contact point leads to its organisation."""
    found: dict[str, Organisation] = {}
    for facts in notice.each("organisations", _ORGANISATION):
        country = clean_line(facts["country"], 3)
        name = clean_line(words(facts, "name", language))
        organisation = Organisation(name, values.organisation_number(facts["number"], country), country)
        for identifier in (*facts.texts("id"), *facts.texts("contacts")):
            found[identifier] = organisation
    return found


@dataclass(frozen=True, slots=True)
class _Tender:
    lot_id: str
    value: Money | None
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Contract:
    concluded: dt.date | None
    tenders: tuple[str, ...]


def read_outcomes(notice: Facts, organisations: Mapping[str, Organisation], doubts: Doubts) -> dict[str, Outcome]:
    """The result of each lot by its identifier.

    A result names its tenders and contracts, a contract its tenders: those won. Where no contract names any (a
    design contest, or a contract not yet concluded) the tenders of the result did. Each member of a group that won
    together is an award of its own, with the value of the whole tender.
    """
    tenders = dict(_read_tender(facts, doubts) for facts in notice.each("tenders", _TENDER))
    contracts = dict(_read_contract(facts, doubts) for facts in notice.each("contracts", _CONTRACT))
    members = {party["id"]: party.texts("members") for party in notice.each("parties", _PARTY)}
    found: dict[str, Outcome] = {}
    for facts in notice.each("results", _RESULT):
        signed = [contracts[name] for name in facts.texts("contracts") if name in contracts]
        for lot_id in facts.texts("lots"):
            inner = doubts.within(f"Lot {clean_line(lot_id, 80)}")
            code = values.code(facts["code"], "its result (BT-142)", inner, _RESULTS)
            won = _won(lot_id, facts.texts("tenders"), signed, tenders) if code not in _LOST else {}
            awards = [
                award
                for name, concluded in won.items()
                for award in _awards(tenders[name], concluded, members, organisations, inner)
            ]
            before = found.get(lot_id, Outcome())
            result = values.result_of_lot((before.result, code))
            found[lot_id] = Outcome(result, tuple(dict.fromkeys((*before.awards, *awards))))
    if not notice.has("results"):
        found = _running(tenders, contracts, members, organisations, doubts)
    return found


def _running(
    tenders: Mapping[str, _Tender],
    contracts: Mapping[str, _Contract],
    members: Mapping[str, list[str]],
    organisations: Mapping[str, Organisation],
    doubts: Doubts,
) -> dict[str, Outcome]:
    """A modified contract (can-modif) is told without results: who holds it follows from its tender, lot by lot."""
    found: dict[str, Outcome] = {}
    for contract in contracts.values():
        for name in contract.tenders:
            if name in tenders and (lot_id := tenders[name].lot_id):
                inner = doubts.within(f"Lot {clean_line(lot_id, 80)}")
                awards = _awards(tenders[name], contract.concluded, members, organisations, inner)
                before = found.get(lot_id, Outcome())
                found[lot_id] = Outcome("", tuple(dict.fromkeys((*before.awards, *awards))))
    return found


def _read_tender(facts: Facts, doubts: Doubts) -> tuple[str, _Tender]:
    inner = doubts.within(f"Tender {clean_line(facts['id'], 80)}")
    value = values.money(facts["value"], facts["currency"], "its value (BT-720)", inner)
    return facts["id"], _Tender(facts["lot"], value, tuple(facts.texts("parties")))


def _read_contract(facts: Facts, doubts: Doubts) -> tuple[str, _Contract]:
    inner = doubts.within(f"Contract {clean_line(facts['id'], 80)}")
    concluded = values.day(facts["concluded"], "the day of its conclusion (BT-145)", inner)
    return facts["id"], _Contract(concluded, tuple(facts.texts("tenders")))


def _won(
    lot_id: str, named: list[str], signed: list[_Contract], tenders: Mapping[str, _Tender]
) -> dict[str, dt.date | None]:
    """The tenders that won a lot, each with the day of its contract where that is known.

    A tender for a group of lots (GLO-0001) won those lots whose results name it.
    """
    won = {
        name: contract.concluded
        for contract in signed
        for name in contract.tenders
        if name in tenders and (tenders[name].lot_id in (lot_id, "") or name in named)
    }
    return won or {name: None for name in named if name in tenders}


def _awards(
    tender: _Tender,
    concluded: dt.date | None,
    members: Mapping[str, list[str]],
    organisations: Mapping[str, Organisation],
    doubts: Doubts,
) -> list[Award]:
    found = []
    for name in (name for party in tender.parties for name in members.get(party, [])):
        if name in organisations:
            found.append(Award(organisations[name], tender.value, concluded))
        else:
            doubts.add(f"its winner {clean_line(name, 40)} is not among the organisations (BT-500).")
    return found


def read_changes(notice: Facts, language: str) -> tuple[Change, ...]:
    """What a change notice or a modified contract says of itself: one Change for each section that is described."""
    found = []
    for facts in (*notice.each("changes", _CHANGES), *notice.each("modifications", _CHANGES)):
        changed = clean_line(facts["notice"], 80)
        changed = values.publication_number(changed) or changed
        code = clean_line(facts["reason"], 40)
        reason = clean(words(facts, "reason_text", language))
        described = [
            (_sections(change), clean(words(change, "text", language))) for change in facts.each("changes", _CHANGE)
        ]
        for sections, text in described or [((), "")]:
            found.append(Change(changed, sections, code, "\n".join(filter(None, (text, reason)))))
    return tuple(found)


def _sections(change: Facts) -> tuple[str, ...]:
    return tuple(clean_line(section, 80) for section in change.texts("sections"))


def reason_for_ending(notice: Facts, language: str) -> str | None:
    """Why a change ends the procedure (BT-140 cancel, cancel-intent), None where it does not."""
    for facts in notice.each("changes", _CHANGES):
        if _ENDINGS & set(facts.texts("reason")):
            return clean(words(facts, "reason_text", language))
    return None
