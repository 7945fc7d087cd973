"""A second reading of TED's XML, sharing nothing with the parser: by the standard library, for the tests alone.

Written from the documentation of the two forms: eForms fields by their business terms, TED_EXPORT by the sections of
its paper forms. What a lot says is a plain dictionary: days and moments as they are printed, amounts as (number,
currency), winners as (name, number, amount, day), each list sorted where its order means nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
Facts = dict[str, Any]
Amount = tuple[float, str] | None
Winner = tuple[str, str, Amount, str | None]


def text(element: Element | None) -> str:
    """All words inside an element, on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def lots(xml: bytes) -> list[Facts]:
    """Lots and parts of a notice in whichever of the two forms, in its order."""
    return legacy_lots(xml) if b"TED_EXPORT" in xml[:3000] else eforms_lots(xml)


def whole(xml: bytes) -> Facts:
    """What a notice says once: its days, its buyers, its value, whether it ends the procedure."""
    root = ElementTree.fromstring(xml)
    return _legacy_notice(root) if b"TED_EXPORT" in xml[:3000] else _eforms_notice(root)


# -- eForms --------------------------------------------------------------------------------------------------------


def _eforms_notice(root: Element) -> Facts:
    """BT-04, BT-701, OPP-012, BT-05, BT-27, BT-01, BT-105, the buyers (BT-500, BT-501), and BT-140."""
    people = _companies(root)
    project = root.find("cac:ProcurementProject", NS)
    day, time = text(root.find("cbc:IssueDate", NS)), text(root.find("cbc:IssueTime", NS))
    party = "cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID"
    return {
        "procedure_id": text(root.find("cbc:ContractFolderID", NS)),
        "notice_id": text(root.find("cbc:ID", NS)),
        "published": text(root.find(".//efac:Publication/efbc:PublicationDate", NS))[:10] or None,
        "dispatched": moment(day, time or "00:00:00"),
        "value": _amount(project, "cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount"),
        "legal_basis": text(root.find("cbc:RegulatoryDomain", NS)),
        "procedure_type": text(root.find("cac:TenderingProcess/cbc:ProcedureCode", NS)),
        "buyers": sorted({people[text(each)] for each in root.findall(party, NS) if text(each) in people}),
        "cancelled": any(
            text(code) in ("cancel", "cancel-intent")
            for code in root.findall(".//efac:Changes/efac:ChangeReason/cbc:ReasonCode", NS)
        ),
    }


def _companies(root: Element) -> dict[str, tuple[str, str]]:
    """Names and numbers by the technical identifier of a company or of one of its contact points."""
    own = text(root.find("cbc:NoticeLanguageCode", NS))
    found = {}
    for organisation in root.findall(".//efac:Organizations/efac:Organization", NS):
        company = organisation.find("efac:Company", NS)
        if company is None:
            continue
        said = (
            _in_language(company.findall("cac:PartyName/cbc:Name", NS), own),
            _number(
                text(company.find("cac:PartyLegalEntity/cbc:CompanyID", NS)),
                text(company.find("cac:PostalAddress/cac:Country/cbc:IdentificationCode", NS)),
            ),
        )
        for identifier in organisation.findall("*/cac:PartyIdentification/cbc:ID", NS):
            found[text(identifier)] = said
    return found


def _number(raw: str, country: str) -> str:
    """A Danish CVR number is its digits."""
    return re.sub("[^0-9]", "", raw) or raw if country in ("DNK", "DK") else raw


def _in_language(elements: list[Element], language: str) -> str:
    chosen = [each for each in elements if each.get("languageID") == language and text(each)]
    return next((text(each) for each in chosen or elements if text(each)), "")


def eforms_lots(xml: bytes) -> list[Facts]:
    """Lots and parts of an eForms notice; groups of lots are none."""
    root = ElementTree.fromstring(xml)
    language = text(root.find("cbc:NoticeLanguageCode", NS))
    results = _Results(root)
    found = [lot for lot in root.findall("cac:ProcurementProjectLot", NS) if _scheme(lot) in ("Lot", "Part")]
    return [_eforms_lot(lot, language) | results.of(text(lot.find("cbc:ID", NS))) for lot in found]


def _scheme(lot: Element) -> str:
    identifier = lot.find("cbc:ID", NS)
    return identifier.get("schemeName", "") if identifier is not None else ""


def _codes(lot: Element, path: str, list_name: str) -> list[str]:
    return [text(code) for code in lot.findall(f"{path}[@listName='{list_name}']", NS)]


def _amount(element: Element | None, path: str) -> Amount:
    """An amount and its currency; -1 stands for one that is withheld for now (BT-195)."""
    found = element.find(path, NS) if element is not None else None
    if found is None or not text(found) or float(text(found)) < 0:
        return None
    return float(text(found)), found.get("currencyID", "")


def _day(element: Element | None, path: str) -> str | None:
    """A day without its offset; 1970-01-01 stands for one that is withheld for now (BT-195)."""
    day = text(element.find(path, NS))[:10] if element is not None else ""
    return day if day and day != "1970-01-01" else None


def _eforms_lot(lot: Element, language: str) -> Facts:
    project = lot.find("cac:ProcurementProject", NS)
    assert project is not None
    demand = ".//cac:SpecificTendererRequirement/cbc:TendererRequirementTypeCode"
    execution = _codes(lot, ".//cac:ContractExecutionRequirement/cbc:ExecutionRequirementCode", "reserved-execution")
    system = "cac:TenderingProcess/cac:ContractingSystem/cbc:ContractingSystemTypeCode"
    places = project.findall("cac:RealizedLocation/cac:Address/cbc:CountrySubentityCode", NS)
    length = project.find("cac:PlannedPeriod/cbc:DurationMeasure", NS)
    renewals = text(project.find("cac:ContractExtension/cbc:MaximumNumberNumeric", NS))
    aim = "cac:ProcurementAdditionalType/cbc:ProcurementTypeCode"
    return {
        "lot_id": text(lot.find("cbc:ID", NS)),
        "kind": _scheme(lot).lower(),
        "title": _in_language(project.findall("cbc:Name", NS), language),
        "description": _in_language(project.findall("cbc:Description", NS), language),
        "nature": text(project.find("cbc:ProcurementTypeCode", NS)),
        "cpv_main": text(project.find("cac:MainCommodityClassification/cbc:ItemClassificationCode", NS)),
        "cpv_additional": _each(
            text(code)
            for code in project.findall("cac:AdditionalCommodityClassification/cbc:ItemClassificationCode", NS)
        ),
        "value": _amount(project, "cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount"),
        "framework_maximum": _amount(project, ".//efbc:FrameworkMaximumAmount"),
        "nuts": _each(text(place) for place in places),
        "start": _day(project, "cac:PlannedPeriod/cbc:StartDate"),
        "end": _day(project, "cac:PlannedPeriod/cbc:EndDate"),
        "duration": _length(length),
        "renewals": int(float(renewals)) if renewals else None,
        "deadline": _until(lot, "cac:TenderSubmissionDeadlinePeriod"),
        "participation_deadline": _until(lot, "cac:ParticipationRequestReceptionPeriod"),
        "interest_deadline": _until(lot, "efac:InterestExpressionReceptionPeriod"),
        "questions_deadline": _until(lot, "cac:AdditionalInformationRequestPeriod"),
        "reserved": sorted(set(_codes(lot, demand, "reserved-procurement")) - {"none"}),
        "reserved_execution": next((code for code in execution if code in ("yes", "no")), None),
        "strategic": sorted(set(_codes(project, aim, "strategic-procurement")) - {"none"}),
        "social_objectives": sorted(set(_codes(project, aim, "social-objective")) - {"none"}),
        "framework": next(iter(_codes(lot, system, "framework-agreement")), ""),
        "dynamic_purchasing": next(iter(_codes(lot, system, "dps-usage")), ""),
    }


def _length(measure: Element | None) -> str:
    """BT-36 as an ISO 8601 duration; a calendar day is a day."""
    if measure is None or not text(measure):
        return ""
    return f"P{int(float(text(measure)))}{measure.get('unitCode', '').removeprefix('CALENDAR_')[:1]}"


def _each(found: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(each for each in found if each))


def _until(lot: Element, period: str) -> str | None:
    found = lot.find(f"cac:TenderingProcess//{period}", NS)
    if found is None:
        return None
    return moment(text(found.find("cbc:EndDate", NS)), text(found.find("cbc:EndTime", NS)))


def moment(day: str, time: str) -> str | None:
    """Day and time as printed, e.g. 2024-02-12T12:00:00+01:00; the day alone where there is no time."""
    if not day or not time:
        return day[:10] or None
    offset = re.search(r"(Z|[+-]\d\d:\d\d)$", time) or re.search(r"(Z|[+-]\d\d:\d\d)$", day)
    return f"{day[:10]}T{time[:8]}{offset[1].replace('Z', '+00:00') if offset else ''}"


class _Results:
    """Section 6 of an eForms notice: results (RES), tenders (TEN), tendering parties (TPA), contracts (CON).

    A lot's winners are the members of the parties that made the tenders which a contract of that lot names; before
    there is a contract, of those that the result itself names.
    """

    def __init__(self, root: Element) -> None:
        self.people = _companies(root)
        self.results = root.findall(".//efac:NoticeResult/efac:LotResult", NS)
        self.tenders = self._by_id(root, "efac:LotTender")
        self.parties = self._by_id(root, "efac:TenderingParty")
        self.contracts = self._by_id(root, "efac:SettledContract")

    @staticmethod
    def _by_id(root: Element, name: str) -> dict[str, Element]:
        return {text(each.find("cbc:ID", NS)): each for each in root.findall(f".//efac:NoticeResult/{name}", NS)}

    def of(self, lot_id: str) -> Facts:
        """BT-142 of a lot, and its winners."""
        own = [each for each in self.results if lot_id in self._names(each, "efac:TenderLot")]
        codes = [text(each.find("cbc:TenderResultCode", NS)) for each in own]
        winners: set[Winner] = set()
        for result in own:
            if text(result.find("cbc:TenderResultCode", NS)) not in ("clos-nw", "open-nw"):
                winners |= set(self._winners(lot_id, result))
        if not self.results:  # a contract that is modified is told without results
            for contract in self.contracts.values():
                for name in self._names(contract, "efac:LotTender"):
                    if lot_id in self._names(self.tenders.get(name), "efac:TenderLot"):
                        winners |= set(self._party(name, contract))
        code = next((code for code in codes if code and code != "unpublished"), "")
        return {"result": code, "awards": sorted(winners, key=repr)}

    @staticmethod
    def _names(element: Element | None, name: str) -> list[str]:
        return [text(each) for each in element.findall(f"{name}/cbc:ID", NS)] if element is not None else []

    def _winners(self, lot_id: str, result: Element) -> Iterator[Winner]:
        named = [name for name in self._names(result, "efac:LotTender") if name in self.tenders]
        contracts = [self.contracts[name] for name in self._names(result, "efac:SettledContract")]
        signed = False
        for contract in contracts:
            for name in self._names(contract, "efac:LotTender"):
                of_lots = self._names(self.tenders.get(name), "efac:TenderLot")
                if name in self.tenders and (name in named or lot_id in of_lots or not of_lots):
                    signed = True
                    yield from self._party(name, contract)
        if not signed:
            for name in named:
                yield from self._party(name, None)

    def _party(self, tender: str, contract: Element | None) -> Iterator[Winner]:
        made = self.tenders[tender]
        amount = _amount(made, "cac:LegalMonetaryTotal/cbc:PayableAmount")
        day = _day(contract, "cbc:IssueDate")
        for party in self._names(made, "efac:TenderingParty"):
            for member in self._names(self.parties.get(party), "efac:Tenderer"):
                if member in self.people:
                    yield (*self.people[member], amount, day)


# -- TED_EXPORT R2.0.9 ---------------------------------------------------------------------------------------------

_FLAGS = {
    "RESTRICTED_SHELTERED_WORKSHOP": "res-ws",  # III.1.5, where the contract is reserved
    "RESERVED_ORGANISATIONS_SERVICE_MISSION": "res-pub-ser",  # III.2.1 of the light regime
    "RESTRICTED_SHELTERED_PROGRAM": "res-program",
}
# The first step of these is a request to participate.
_TWO_STEPS = {
    "PT_RESTRICTED",
    "PT_COMPETITIVE_NEGOTIATION",
    "PT_NEGOTIATED_WITH_PRIOR_CALL",
    "PT_COMPETITIVE_DIALOGUE",
    "PT_INNOVATION_PARTNERSHIP",
}
_ZONES = dict.fromkeys("BG CY EE EL FI GR LT LV RO".split(), "Europe/Athens") | dict.fromkeys(
    "IE PT UK GB".split(), "Europe/Lisbon"
)


def _bare(root: Element) -> tuple[Element, str]:
    """The form as it was written, without namespaces, and the buyer's country."""
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    forms = root.findall("FORM_SECTION/*")
    country = root.find("CODED_DATA_SECTION/NOTICE_DATA/ISO_COUNTRY")
    own = next((form for form in forms if form.get("CATEGORY") == "ORIGINAL"), None)
    assert own is not None, "only translations"
    return own, country.get("VALUE", "") if country is not None else ""


def _legacy_notice(root: Element) -> Facts:
    form, country = _bare(root)
    published = text(root.find("CODED_DATA_SECTION/REF_OJS/DATE_PUB"))
    if form.tag.endswith("_DEFENCE"):
        return _defence_notice(form, country) | {"published": f"{published[:4]}-{published[4:6]}-{published[6:]}"}
    dispatched = text(form.find("COMPLEMENTARY_INFO/DATE_DISPATCH_NOTICE"))
    total = next(
        (each for tag in ("VAL_ESTIMATED_TOTAL", "VAL_TOTAL") for each in form.findall(f"OBJECT_CONTRACT/{tag}")), None
    )
    bodies = form.find("CONTRACTING_BODY")
    awards = form.findall("AWARD_CONTRACT")
    return {
        "procedure_id": "",
        "published": f"{published[:4]}-{published[4:6]}-{published[6:]}",
        "dispatched": _local(dispatched, "00:00", country),
        "value": _cost(total),
        "buyers": sorted(
            {
                _party(each)
                for each in (bodies if bodies is not None else ())
                if each.tag in ("ADDRESS_CONTRACTING_BODY", "ADDRESS_CONTRACTING_BODY_ADDITIONAL")
            }
        ),
        "cancelled": bool(awards)
        and all(each.find("NO_AWARDED_CONTRACT/PROCUREMENT_DISCONTINUED") is not None for each in awards),
    }


def _defence_notice(form: Element, country: str) -> Facts:
    """The defence forms kept the shape of release 2.0.8: days in three elements, amounts without or with VAT."""
    sent = form.find(".//NOTICE_DISPATCH_DATE")
    total = form.find(".//TOTAL_FINAL_VALUE/COSTS_RANGE_AND_CURRENCY_WITH_VAT_RATE")
    cost = total.find("VALUE_COST") if total is not None and total.find("INCLUDING_VAT") is None else None
    parts = [text(sent.find(part)) for part in ("YEAR", "MONTH", "DAY")] if sent is not None else []
    buyers = set()
    for each in form.iter("CA_CE_CONCESSIONAIRE_PROFILE"):
        place = each.find("COUNTRY")
        own = place.get("VALUE", "") if place is not None else ""
        number = _number(text(each.find("ORGANISATION/NATIONALID")), own)
        buyers.add((text(each.find("ORGANISATION/OFFICIALNAME")), number))
    return {
        "procedure_id": "",
        "dispatched": _local("-".join(part.zfill(2) for part in parts), "00:00", country) if all(parts) else None,
        "value": (float(cost.get("FMTVAL") or text(cost).replace(" ", "")), (total.get("CURRENCY") or ""))
        if cost is not None and total is not None
        else None,
        "buyers": sorted(buyers),
        "cancelled": False,
    }


def _cost(element: Element | None) -> Amount:
    if element is None or not text(element):
        return None
    return float(text(element).replace(",", "")), element.get("CURRENCY", "")


def _party(address: Element) -> tuple[str, str]:
    country = address.find("COUNTRY")
    named = country.get("VALUE", "") if country is not None else ""
    return text(address.find("OFFICIALNAME")), _number(text(address.find("NATIONALID")), named)


def _local(day: str, time: str, country: str) -> str | None:
    """A time of day in the buyer's country; these forms print no offset."""
    if not day or not time:
        return day or None
    hour, _, minute = time.partition(":")
    zone = ZoneInfo(_ZONES.get(country, "Europe/Paris"))  # the corpus is of the EU and its neighbours
    if (hour, minute) == ("24", "00"):
        hour, minute = "23", "59"
    return dt.datetime.fromisoformat(f"{day}T{hour:0>2}:{minute}").replace(tzinfo=zone).isoformat()


def legacy_lots(xml: bytes) -> list[Facts]:
    """Lots of a TED_EXPORT R2.0.9 notice."""
    form, country = _bare(ElementTree.fromstring(xml))
    if form.find("OBJECT_CONTRACT") is None:
        return []
    reserved = sorted(code for tag, code in _FLAGS.items() if form.find(f"LEFTI/{tag}") is not None)
    deadline = _local(
        text(form.find("PROCEDURE/DATE_RECEIPT_TENDERS")), text(form.find("PROCEDURE/TIME_RECEIPT_TENDERS")), country
    )
    kind = form.find("NOTICE")
    steps = {each.tag for each in form.findall("PROCEDURE//*")} & _TWO_STEPS
    asks_first = bool(steps) or (kind is not None and kind.get("TYPE", "").endswith("CALL_COMPETITION"))
    framework = "fa" if form.find("PROCEDURE/FRAMEWORK") is not None else ""
    whole = {
        "kind": "lot",
        "framework_maximum": None,
        "deadline": deadline,
        "participation_deadline": deadline if asks_first else None,
        "interest_deadline": None,
        "questions_deadline": None,
        "reserved": reserved,
        "reserved_execution": "yes" if "res-program" in reserved else None,
        "strategic": [],
        "social_objectives": [],
        "framework": framework,
    }
    described = [(each, lot) for each in form.findall("OBJECT_CONTRACT") for lot in each.findall("OBJECT_DESCR")]
    found = [_legacy_lot(contract, lot, number) | whole for number, (contract, lot) in enumerate(described, start=1)]
    return _with_winners(form, found)


def _legacy_lot(contract: Element, lot: Element, number: int) -> Facts:
    cpv, nature, length = contract.find("CPV_MAIN/CPV_CODE"), contract.find("TYPE_CONTRACT"), lot.find("DURATION")
    return {
        "lot_id": text(lot.find("LOT_NO")) or str(number),
        "title": text(lot.find("TITLE")) or text(contract.find("TITLE")),
        "description": text(lot.find("SHORT_DESCR")),
        "nature": nature.get("CTYPE", "").lower() if nature is not None else "",
        "cpv_main": cpv.get("CODE", "") if cpv is not None else "",
        "cpv_additional": _each(code.get("CODE", "") for code in lot.findall("CPV_ADDITIONAL/CPV_CODE")),
        "value": _cost(lot.find("VAL_OBJECT")),
        "nuts": _each(place.get("CODE", "") for place in lot.findall("NUTS")),
        "start": text(lot.find("DATE_START")) or None,
        "end": text(lot.find("DATE_END")) or None,
        "duration": f"P{int(text(length))}{length.get('TYPE', '')[0]}" if length is not None and text(length) else "",
        "renewals": 0 if lot.find("NO_RENEWAL") is not None else None,
    }


def _with_winners(form: Element, found: list[Facts]) -> list[Facts]:
    """Section V, one contract after another, each given to the lots that it means."""
    sections: dict[int, list[Element]] = {}
    for award in form.findall("AWARD_CONTRACT"):
        for place in _places_meant(award, found):
            sections.setdefault(place, []).append(award)
    for place, lot in enumerate(found):
        awards = sections.get(place, [])
        won = [each for award in awards for each in award.findall("AWARDED_CONTRACT")]
        lot["result"] = "selec-w" if won else "clos-nw" if awards else ""
        lot["awards"] = sorted({winner for contract in won for winner in _contractors(contract)}, key=repr)
    prizes = form.find("RESULTS")
    if prizes is not None and found:
        prize = prizes.find("AWARDED_PRIZE")
        found[0]["result"] = "selec-w" if prize is not None else "clos-nw" if len(prizes) else ""
        if prize is not None and _shown(prize.find("WINNERS")):
            given = prize.find("VAL_PRIZE")
            amount = _cost(given) if _shown(given) else None
            found[0]["awards"] = sorted(
                {(*_party(each), amount, None) for each in prize.iter("ADDRESS_WINNER")}, key=repr
            )
    return found


def _places_meant(award: Element, found: list[Facts]) -> list[int]:
    """Which lots a contract is of. By their number as printed; as a plain number; by their title; several by a list."""
    if len(found) == 1:
        return [0]
    said, title = text(award.find("LOT_NO")), text(award.find("TITLE"))
    names = [lot["lot_id"] for lot in found]
    if said in names:
        return [names.index(said)]
    listed = [names.index(word) for word in re.split(r"[\s,;:&]+", said) if word in names]
    if listed:
        return sorted(set(listed))
    numbers = [_only_number(name) for name in names]
    if _only_number(said) is not None and numbers.count(_only_number(said)) == 1:
        return [numbers.index(_only_number(said))]
    titled = [place for place, lot in enumerate(found) if title and lot["title"].casefold() == title.casefold()]
    return titled if not said and len(titled) == 1 else []


def _only_number(name: str) -> int | None:
    """7 of "Lot 07"; of a name with several numbers the one that it begins with."""
    digits = re.findall(r"\d+", name)
    begins = re.match(r"\s*(\d+)(?![\d.,])", name)
    return int(begins[1]) if begins else int(digits[0]) if len(digits) == 1 else None


def _shown(element: Element | None) -> bool:
    """Whether the buyer agreed to its publication."""
    return element is None or element.get("PUBLICATION") != "NO"


def _contractors(contract: Element) -> Iterator[Winner]:
    """V.2.3: every contractor, alone or of a group, with the value of V.2.4 and the day of V.2.1."""
    if not _shown(contract.find("CONTRACTORS")):
        return
    values = next((each for tag in ("VALUES", "VALUE") for each in contract.findall(tag)), contract)
    amount = _cost(values.find("VAL_TOTAL")) if _shown(values) else None
    day = text(contract.find("DATE_CONCLUSION_CONTRACT")) or None
    for address in contract.iter():
        if address.tag in ("ADDRESS_CONTRACTOR", "ADDRESS_PARTY"):
            yield (*_party(address), amount, day)


# -- comparing -----------------------------------------------------------------------------------------------------


def differences(notice: Facts, xml: bytes) -> list[str]:
    """Where a notice, as plain JSON values, says something else than its XML as it is read here."""
    expected, expected_lots = whole(xml), lots(xml)
    key = notice["key"]
    wrong = [
        f"{key}: {name} is {notice[name]!r}, the XML says {value!r}"
        for name, value in expected.items()
        if not _agrees(name, notice[name], value)
    ]
    ids = [lot["lot_id"] for lot in notice["lots"]], [lot["lot_id"] for lot in expected_lots]
    if ids[0] != ids[1]:
        return [*wrong, f"{key}: the lots are {ids[0]}, the XML has {ids[1]}"]
    return wrong + [
        f"{key} {lot['lot_id']}: {name} is {lot[name]!r}, the XML says {value!r}"
        for lot, facts in zip(notice["lots"], expected_lots, strict=True)
        for name, value in facts.items()
        if not _agrees(name, lot[name], value)
    ]


def _agrees(name: str, read: Any, printed: Any) -> bool:
    """Whether a value that was read is the one that is printed, each in its own shape."""
    if name.endswith("deadline") or name == "dispatched":
        return _same_moment(read, printed)
    if name in ("value", "framework_maximum"):
        return bool(_money(read) == printed)
    if name in ("title", "description"):  # lines are kept by the parser, and very long texts end in an ellipsis
        return bool("".join(read.split())[:490] == "".join(printed.split())[:490])
    if name in ("reserved", "strategic", "social_objectives"):
        return bool(sorted(read) == printed)
    if name == "buyers":
        return bool(sorted({(each["name"], each["identifier"]) for each in read}) == printed)
    if name == "awards":
        return bool(sorted({_winner(each) for each in read}, key=repr) == printed)
    return bool(read == printed)


def _winner(award: Facts) -> Winner:
    winner = award["winner"]
    return winner["name"], winner["identifier"], _money(award["value"]), award["concluded"]


def _money(read: Facts | None) -> Amount:
    return (float(read["amount"]), read["currency"]) if read else None


def _same_moment(read: Any, printed: str | None) -> bool:
    """The same point in time with the same offset; a day alone stays one, without a time that nobody printed."""
    if read is None or printed is None:
        return read is printed
    at, known = (read, True) if isinstance(read, str) else (read["at"], read["time_known"])
    if len(printed) == 10:
        return bool(at[:10] == printed and not known)
    one, other = dt.datetime.fromisoformat(at), dt.datetime.fromisoformat(printed)
    return one == other and one.utcoffset() == other.utcoffset()
