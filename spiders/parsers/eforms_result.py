"""Who won what in an eForms notice, and what a notice says that it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from notifier.lots import Award, Change, Money, Organisation
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.eforms_lot import Outcome, amount
from spiders.parsers.ubl import Path, in_language
from spiders.parsers.values import Doubts
from spiders.parsers.node import Node

_ID: Final = Path("cbc:ID")

# Below efac:Organizations/efac:Organization
_COMPANY: Final = Path("efac:Company")
_COMPANY_ID: Final = Path("cac:PartyIdentification/cbc:ID")  # OPT-200
_NAME: Final = Path("cac:PartyName/cbc:Name")  # BT-500
_REGISTERED: Final = Path("cac:PartyLegalEntity/cbc:CompanyID")  # BT-501
_COUNTRY: Final = Path("cac:PostalAddress/cac:Country/cbc:IdentificationCode")  # BT-514
_CONTACTS: Final = Path("efac:TouchPoint/cac:PartyIdentification/cbc:ID")

# Below efac:NoticeResult
_LOT_RESULT: Final = Path("efac:LotResult")
_LOT: Final = Path("efac:TenderLot/cbc:ID")  # BT-13713
_RESULT: Final = Path("cbc:TenderResultCode")  # BT-142
_TENDER: Final = Path("efac:LotTender")
_TENDERS: Final = Path("efac:LotTender/cbc:ID")
_PAYABLE: Final = Path("cac:LegalMonetaryTotal/cbc:PayableAmount")  # BT-720
_PARTIES: Final = Path("efac:TenderingParty/cbc:ID")
_PARTY: Final = Path("efac:TenderingParty")
_TENDERERS: Final = Path("efac:Tenderer/cbc:ID")  # OPT-300
_CONTRACT: Final = Path("efac:SettledContract")
_CONTRACTS: Final = Path("efac:SettledContract/cbc:ID")
_CONCLUDED: Final = Path("cbc:IssueDate")  # BT-145

# Below efac:Changes and efac:ContractModification
_CHANGED: Final = Path("efbc:ChangedNoticeIdentifier")  # BT-758, BT-1501
_REASON: Final = Path("efac:ChangeReason/cbc:ReasonCode")  # BT-140, BT-200
_REASON_TEXT: Final = Path("efac:ChangeReason/efbc:ReasonDescription")  # BT-762, BT-201
_CHANGE: Final = Path("efac:Change")
_CHANGE_TEXT: Final = Path("efbc:ChangeDescription")  # BT-141, BT-202
# BT-13716: since SDK 1.6 in an element of its own
_SECTIONS: Final = Path("efac:ChangedSection/efbc:ChangedSectionIdentifier | efbc:ChangedSectionIdentifier")

_LOST: Final = frozenset({"clos-nw", "open-nw"})
_RESULTS: Final = _LOST | {"selec-w"}


def read_organisations(elements: list[Node], language: str) -> dict[str, Organisation]:
    """Organisations by their technical identifier (ORG-0001). A contact point leads to its organisation."""
    found: dict[str, Organisation] = {}
    for element in elements:
        company = _COMPANY.one(element)
        if company is None:
            continue
        country = clean_line(_COUNTRY.text(company), 3)
        organisation = Organisation(
            clean_line(in_language(_NAME.all(company), language)),
            values.organisation_number(_REGISTERED.text(company), country),
            country,
        )
        for identifier in (*_COMPANY_ID.texts(company), *_CONTACTS.texts(element)):
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


def read_outcomes(result: Node, organisations: Mapping[str, Organisation], doubts: Doubts) -> dict[str, Outcome]:
    """The result of each lot by its identifier.

    A result names its tenders and contracts, a contract its tenders: those won. Where no contract names any (a
    design contest, or a contract not yet concluded) the tenders of the result did. Each member of a group that won
    together is an award of its own, with the value of the whole tender.
    """
    tenders = {_ID.text(element): _read_tender(element, doubts) for element in _TENDER.all(result)}
    contracts = {_ID.text(element): _read_contract(element, doubts) for element in _CONTRACT.all(result)}
    members = {_ID.text(party): _TENDERERS.texts(party) for party in _PARTY.all(result)}
    found: dict[str, Outcome] = {}
    for element in _LOT_RESULT.all(result):
        for lot_id in _LOT.texts(element) or [""]:
            inner = doubts.within(f"Lot {lot_id}")
            code = values.code(_RESULT.text(element), "the result (BT-142)", inner, _RESULTS)
            signed = {name: contracts[name] for name in _CONTRACTS.texts(element) if name in contracts}
            won = _won(lot_id, _TENDERS.texts(element), signed, tenders) if code not in _LOST else {}
            awards = tuple(
                award
                for name, concluded in won.items()
                for award in _awards(tenders[name], concluded, members, organisations, inner)
            )
            before = found.get(lot_id, Outcome())
            found[lot_id] = Outcome(before.result or code, tuple(dict.fromkeys((*before.awards, *awards))))
    return found


def _read_tender(element: Node, doubts: Doubts) -> _Tender:
    inner = doubts.within(f"Tender {_ID.text(element)}")
    value = amount(_PAYABLE, element, "its value (BT-720)", inner)
    return _Tender(_LOT.text(element), value, tuple(_PARTIES.texts(element)))


def _read_contract(element: Node, doubts: Doubts) -> _Contract:
    inner = doubts.within(f"Contract {_ID.text(element)}")
    concluded = values.day(_CONCLUDED.text(element), "the day of its conclusion (BT-145)", inner)
    return _Contract(concluded, tuple(_TENDERS.texts(element)))


def _won(
    lot_id: str, named: list[str], signed: Mapping[str, _Contract], tenders: Mapping[str, _Tender]
) -> dict[str, dt.date | None]:
    """The tenders that won a lot, each with the day of its contract where that is known."""
    won = {
        name: contract.concluded
        for contract in signed.values()
        for name in contract.tenders
        if name in tenders and tenders[name].lot_id in (lot_id, "")
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


def read_changes(elements: list[Node], language: str) -> tuple[Change, ...]:
    """What a change notice or a modified contract says of itself: one Change for each section that is described."""
    found = []
    for element in elements:
        changed = clean_line(_CHANGED.text(element), 80)
        changed = values.publication_number(changed) or changed
        code = clean_line(_REASON.text(element), 40)
        reason = clean(in_language(_REASON_TEXT.all(element), language))
        for change in _CHANGE.all(element) or [element]:
            text = clean(in_language(_CHANGE_TEXT.all(change), language))
            sections = tuple(clean_line(section, 80) for section in _SECTIONS.texts(change))
            found.append(Change(changed, sections, code, "\n".join(filter(None, (text, reason)))))
    return tuple(found)


def reason_for_ending(elements: list[Node], language: str) -> str | None:
    """Why a change ends the procedure (BT-140 cancel, cancel-intent), None where it does not."""
    for element in elements:
        if {"cancel", "cancel-intent"} & set(_REASON.texts(element)):
            return clean(in_language(_REASON_TEXT.all(element), language))
    return None
