"""eForms XML (SDK 1.3 to 1.16) into a Notice with its lots.

eForms is UBL 2.3 with extensions: `ContractNotice`, `ContractAwardNotice` and `PriorInformationNotice`, and a
`BusinessRegistrationInformationNotice` that has no lots. Where it breaks its schema it is read as far as it can be,
and `Notice.flags` says what could not.

    <ContractNotice>
      <ext:UBLExtensions> … results, changes, organisations, publication … </ext:UBLExtensions>
      <cbc:ContractFolderID/> <cbc:NoticeTypeCode listName="competition">cn-standard</cbc:NoticeTypeCode> …
      <cac:ContractingParty/> <cac:TenderingProcess/> <cac:ProcurementProject/>        the whole procedure
      <cac:ProcurementProjectLot> <cbc:ID schemeName="Lot">LOT-0001</cbc:ID> … </cac:ProcurementProjectLot>
    </ContractNotice>
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from notifier.errors import ParseError
from notifier.lots import Notice, Organisation, Stage
from notifier.text import clean, clean_line, damaged, language_code
from spiders.parsers import values
from spiders.parsers.eforms_lot import Frame, read_lots
from spiders.parsers.eforms_result import (
    read_changes,
    read_organisations,
    read_outcomes,
    reason_for_ending,
)
from spiders.parsers.origin import Origin
from spiders.parsers.record import Facts
from spiders.parsers.ubl import EXTENSION, record, words
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, load, local_name
from spiders.parsers.zones import zone_of

_BUSINESS: Final = (
    "{http://data.europa.eu/p27/eforms-business-registration-information-notice/1}BusinessRegistrationInformationNotice"
)
_STAGE_OF_ROOT: Final = {
    "{urn:oasis:names:specification:ubl:schema:xsd:PriorInformationNotice-2}PriorInformationNotice": Stage.PLANNING,
    "{urn:oasis:names:specification:ubl:schema:xsd:ContractNotice-2}ContractNotice": Stage.CALL,
    "{urn:oasis:names:specification:ubl:schema:xsd:ContractAwardNotice-2}ContractAwardNotice": Stage.AWARD,
    _BUSINESS: Stage.PLANNING,
}
# BT-03. A consultation is a market dialogue before the call; a business registration announces nothing to tender for.
_STAGE_OF_FORM: Final = {
    "planning": Stage.PLANNING,
    "consultation": Stage.PLANNING,
    "competition": Stage.CALL,
    "result": Stage.AWARD,
    "dir-awa-pre": Stage.AWARD,
    "cont-modif": Stage.CHANGE,
    "completion": Stage.CHANGE,
    "bri": Stage.PLANNING,
}
_CHANGED: Final = "change"  # the first of SDK 1 called every changed notice so; its root and its type say the stage
_TYPES: Final = frozenset(
    "pmc pin-buyer pin-only pin-rtl pin-tran pin-cfc-standard pin-cfc-social qu-sy subco cn-standard cn-social cn-desg "
    "veat can-standard can-social can-desg can-tran can-modif compl corr brin-eeig brin-ecs".split()
)
_CALLS: Final = ("pin-cfc", "qu-sy", "subco", "cn-")  # BT-02 of what asks for tenders, whatever its root is called
_WITHOUT_LOTS: Final = ("pin-buyer", "brin-")  # announced in a buyer profile; registration of a business
_SDK: Final = re.compile(r"eforms-sdk-1\.(?P<minor>\d{1,3})(?:\.\d+)?", re.ASCII)
_SDKS: Final = range(3, 17)

_NOTICE_RESULT = f"{EXTENSION}/efac:NoticeResult"
_NOTICE: Final = record(
    customization="cbc:CustomizationID",  # OPT-002
    notice_id="cbc:ID",  # BT-701
    procedure_id="cbc:ContractFolderID",  # BT-04
    version="cbc:VersionID",  # BT-757
    type="cbc:NoticeTypeCode",  # BT-02
    form="cbc:NoticeTypeCode/@listName",  # BT-03
    language="cbc:NoticeLanguageCode",  # BT-702
    dispatch_day="cbc:IssueDate",  # BT-05
    dispatch_time="cbc:IssueTime",
    legal_basis="cbc:RegulatoryDomain",  # BT-01
    procedure="cac:TenderingProcess/cbc:ProcedureCode",  # BT-105
    value="cac:ProcurementProject/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount",  # BT-27
    currency="cac:ProcurementProject/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount/@currencyID",
    number=f"{EXTENSION}/efac:Publication/efbc:NoticePublicationID",  # OPP-010
    published=f"{EXTENSION}/efac:Publication/efbc:PublicationDate",  # OPP-012
    business="cac:BusinessParty/cac:PartyLegalEntity/cbc:RegistrationName",  # BT-500-Business
    title="cac:ProcurementProject/cbc:Name",  # BT-21
    description="cac:ProcurementProject/cbc:Description",  # BT-24
    buyers="cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID",  # OPT-300
    organisations=f"{EXTENSION}/efac:Organizations/efac:Organization",
    lots="cac:ProcurementProjectLot",
    results=f"{_NOTICE_RESULT}/efac:LotResult",
    tenders=f"{_NOTICE_RESULT}/efac:LotTender",
    parties=f"{_NOTICE_RESULT}/efac:TenderingParty",
    contracts=f"{_NOTICE_RESULT}/efac:SettledContract",
    changes=f"{EXTENSION}/efac:Changes",
    modifications=f"{EXTENSION}/efac:ContractModification",
)


def parse(xml: bytes, *, source: str, key: str, url: str = "", publication_number: str = "") -> Notice:
    """Read one eForms notice. Raises ParseError where the XML is broken or is no eForms notice at all."""
    origin = Origin(source, key, url, publication_number)
    root = load(xml, origin.where)
    if not is_eforms(root):
        raise ParseError(f"this is no eForms notice but <{local_name(root)}>", where=origin.where)
    return read(root, origin)


def is_eforms(root: Element) -> bool:
    """Whether a document is one of the four of eForms, told by its root's name and namespace."""
    return root.tag in _STAGE_OF_ROOT


def read(element: Element, origin: Origin) -> Notice:
    """The notice below a root that `is_eforms`."""
    doubts = Doubts()
    facts = _NOTICE.of(element)
    language = _language(facts, doubts)
    notice_type = values.code(facts["type"], "The notice type (BT-02)", doubts, _TYPES)
    organisations = read_organisations(facts, language)
    buyers = _buyers(facts, organisations, doubts)
    zone = zone_of(buyers[0].country if buyers else "") or dt.UTC
    title = clean_line(words(facts, "title", language)) or clean_line(facts["business"])
    outcomes = read_outcomes(facts, organisations, doubts)
    lots, previous = read_lots(facts, Frame(language, title, zone, doubts, outcomes))
    ending = reason_for_ending(facts, language)
    notice = Notice(
        source=origin.source,
        key=origin.key,
        stage=_stage(element.tag, facts["form"], notice_type, doubts),
        title=title or next((lot.title for lot in lots if lot.title), ""),
        url=origin.url,
        notice_id=clean_line(facts["notice_id"], 80),
        version=clean_line(facts["version"], 20),
        publication_number=origin.number(facts["number"]),
        procedure_id=clean_line(facts["procedure_id"], 80),
        notice_type=notice_type,
        language=language,
        description=clean(words(facts, "description", language)),
        buyers=buyers,
        published=values.day(facts["published"], "The day of publication (OPP-012)", doubts),
        dispatched=_dispatched(facts, zone, doubts),
        legal_basis=clean_line(facts["legal_basis"], 40),
        procedure_type=values.code(facts["procedure"], "The procedure (BT-105)", doubts),
        value=values.money(facts["value"], facts["currency"], "The procedure's estimated value (BT-27)", doubts),
        lots=lots,
        changes=read_changes(facts, language),
        previous=previous,
        cancelled=ending is not None,
        cancel_reason=ending or "",
    )
    _check(notice, bool(title), facts["customization"], element.tag == _BUSINESS, doubts)
    return replace(notice, flags=doubts.sentences())


def _check(notice: Notice, titled: bool, customization: str, business: bool, doubts: Doubts) -> None:
    """Note what every notice of this kind must have and this one lacks. A registration has no buyer or lots."""
    match = _SDK.fullmatch(customization)
    if not business and (not match or int(match["minor"]) not in _SDKS):
        said = f"“{clean_line(customization, 60)}”" if customization else "nothing"
        doubts.add(f"The notice says {said} where eForms SDK 1.3 to 1.16 (OPT-002) is read: fields may have moved.")
    if damaged(notice.title) or damaged(notice.description) or any(damaged(lot.title) for lot in notice.lots):
        doubts.add("Letters were lost on the way: the text is not written in the character set that it names.")
    missing = {
        "title (BT-21)": not titled,
        "notice identifier (BT-701)": not notice.notice_id,
        # planning notices come before the procedure
        "procedure identifier (BT-04)": not notice.procedure_id and notice.stage is not Stage.PLANNING,
        "buyer (BT-500)": not notice.buyers and not business,
        "lot (BT-137)": not notice.lots and not notice.notice_type.startswith(_WITHOUT_LOTS),
    }
    for what in (what for what, lacks in missing.items() if lacks):
        doubts.add(f"The notice has no {what}.")


def _language(facts: Facts, doubts: Doubts) -> str:
    raw = facts["language"]
    language = language_code(raw)
    if not language:
        doubts.about("The notice's language (BT-702)", "is not known", raw)
    return language


def _stage(tag: str, form: str, notice_type: str, doubts: Doubts) -> Stage:
    if form not in _STAGE_OF_FORM and form != _CHANGED:
        doubts.about("The form type (BT-03)", "is not known", form)
    if notice_type.startswith(_CALLS):
        return Stage.CALL
    if form == _CHANGED and notice_type == "can-modif":
        return Stage.CHANGE
    return _STAGE_OF_FORM.get(form, _STAGE_OF_ROOT[tag])


def _buyers(facts: Facts, organisations: Mapping[str, Organisation], doubts: Doubts) -> tuple[Organisation, ...]:
    found: dict[Organisation, None] = {}
    for name in facts.texts("buyers"):
        if name in organisations:
            found[organisations[name]] = None
        else:
            doubts.add(f"The buyer {clean_line(name, 40)} is not among the organisations (BT-500).")
    return tuple(found)


def _dispatched(facts: Facts, zone: dt.tzinfo, doubts: Doubts) -> dt.datetime | None:
    """BT-05; a day without a time counts from its start."""
    day, time = facts["dispatch_day"], facts["dispatch_time"]
    moment = values.deadline(day, time or "00:00:00", zone, "The moment of dispatch (BT-05)", doubts) if day else None
    return moment.at if moment else None
