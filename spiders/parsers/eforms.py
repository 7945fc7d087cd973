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
from spiders.parsers.eforms_lot import DESCRIPTION, TITLE, VALUE, Frame, amount, previous_notices, read_lots
from spiders.parsers.eforms_result import read_changes, read_organisations, read_outcomes, reason_for_ending
from spiders.parsers.node import Node
from spiders.parsers.origin import Origin
from spiders.parsers.ubl import EXTENSION, Path, in_language
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
_TYPES: Final = frozenset(
    "pmc pin-buyer pin-only pin-rtl pin-tran pin-cfc-standard pin-cfc-social qu-sy subco cn-standard cn-social cn-desg "
    "veat can-standard can-social can-desg can-tran can-modif compl corr brin-eeig brin-ecs".split()
)
_CALLS: Final = ("pin-cfc", "qu-sy", "subco", "cn-")  # BT-02 of what asks for tenders, whatever its root is called
_WITHOUT_LOTS: Final = ("pin-buyer", "brin-")  # announced in a buyer profile; registration of a business
_SDK: Final = re.compile(r"eforms-sdk-1\.(?P<minor>\d{1,3})(?:\.\d+)?", re.ASCII)
_SDKS: Final = range(3, 17)

_CUSTOMIZATION: Final = Path("cbc:CustomizationID")
_NOTICE_ID: Final = Path("cbc:ID")  # BT-701
_PROCEDURE_ID: Final = Path("cbc:ContractFolderID")  # BT-04
_DISPATCH_DAY: Final = Path("cbc:IssueDate")  # BT-05(a)
_DISPATCH_TIME: Final = Path("cbc:IssueTime")  # BT-05(b)
_VERSION: Final = Path("cbc:VersionID")  # BT-757
_LEGAL_BASIS: Final = Path("cbc:RegulatoryDomain")  # BT-01
_TYPE: Final = Path("cbc:NoticeTypeCode")  # BT-02, BT-03
_LANGUAGE: Final = Path("cbc:NoticeLanguageCode")  # BT-702
_EXTENSION: Final = Path(EXTENSION)
_ORGANISATIONS: Final = Path("efac:Organizations/efac:Organization")
_PUBLISHED_AS: Final = Path("efac:Publication/efbc:NoticePublicationID")  # OPP-010
_PUBLISHED: Final = Path("efac:Publication/efbc:PublicationDate")  # OPP-012
_RESULT: Final = Path("efac:NoticeResult")
_CHANGES: Final = Path("efac:Changes | efac:ContractModification")
_WITHDRAWAL: Final = Path("efac:Changes")
_BUYERS: Final = Path("cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID")
_PROJECT: Final = Path("cac:ProcurementProject")
_PROCEDURE: Final = Path("cac:TenderingProcess/cbc:ProcedureCode")  # BT-105
_LOTS: Final = Path("cac:ProcurementProjectLot")
_BUSINESS_NAME: Final = Path("cac:BusinessParty/cac:PartyLegalEntity/cbc:RegistrationName")  # BT-500-Business


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
    root = Node(element)
    extension = _EXTENSION.branch(root)
    project = _PROJECT.branch(root)
    language = _language(root, doubts)
    notice_type = values.code(_TYPE.text(root), "The notice type (BT-02)", doubts, _TYPES)
    stage = _stage(root, notice_type, doubts)
    organisations = read_organisations(_ORGANISATIONS.all(extension), language)
    buyers = _buyers(root, organisations, doubts)
    zone = zone_of(buyers[0].country if buyers else "") or dt.UTC
    title = clean_line(in_language(TITLE.all(project), language)) or clean_line(_BUSINESS_NAME.text(root))
    description = clean(in_language(DESCRIPTION.all(project), language))
    elements = _LOTS.all(root)
    outcomes = read_outcomes(_RESULT.branch(extension), organisations, doubts)
    lots = read_lots(elements, Frame(language, title, zone, doubts, outcomes))
    ending = reason_for_ending(_WITHDRAWAL.all(extension), language)
    notice = Notice(
        source=origin.source,
        key=origin.key,
        stage=stage,
        title=title or next((lot.title for lot in lots if lot.title), ""),
        url=origin.url,
        notice_id=clean_line(_NOTICE_ID.text(root), 80),
        version=clean_line(_VERSION.text(root), 20),
        publication_number=origin.number(_PUBLISHED_AS.text(extension)),
        procedure_id=clean_line(_PROCEDURE_ID.text(root), 80),
        notice_type=notice_type,
        language=language,
        description=description,
        buyers=buyers,
        published=values.day(_PUBLISHED.text(extension), "The day of publication (OPP-012)", doubts),
        dispatched=_dispatched(root, zone, doubts),
        legal_basis=clean_line(_LEGAL_BASIS.text(root), 40),
        procedure_type=values.code(_PROCEDURE.text(root), "The procedure (BT-105)", doubts),
        value=amount(VALUE, project, "The estimated value of the procedure (BT-27)", doubts),
        lots=lots,
        changes=read_changes(_CHANGES.all(extension), language),
        previous=_previous(elements),
        cancelled=ending is not None,
        cancel_reason=ending or "",
    )
    _check(notice, title, root, doubts)
    return replace(notice, flags=doubts.sentences())


def _check(notice: Notice, title: str, root: Node, doubts: Doubts) -> None:
    """Note what every notice of this kind must have and this one lacks. A business registration has no buyer or lots."""
    business = root.element.tag == _BUSINESS
    raw = _CUSTOMIZATION.text(root)
    match = _SDK.fullmatch(raw)
    if not business and (not match or int(match["minor"]) not in _SDKS):
        said = f"“{clean_line(raw, 60)}”" if raw else "nothing"
        doubts.add(f"The notice says {said} where eForms SDK 1.3 to 1.16 (OPT-002) is read: fields may have moved.")
    if damaged(notice.title) or damaged(notice.description) or any(damaged(lot.title) for lot in notice.lots):
        doubts.add("Letters were lost on the way: the text is not written in the character set that it names.")
    missing = {
        "title (BT-21)": not title,
        "notice identifier (BT-701)": not notice.notice_id,
        # planning notices come before the procedure
        "procedure identifier (BT-04)": not notice.procedure_id and notice.stage is not Stage.PLANNING,
        "buyer (BT-500)": not notice.buyers and not business,
        "lot (BT-137)": not notice.lots and not notice.notice_type.startswith(_WITHOUT_LOTS),
    }
    for what in (what for what, lacks in missing.items() if lacks):
        doubts.add(f"The notice has no {what}.")


def _language(root: Node, doubts: Doubts) -> str:
    raw = _LANGUAGE.text(root)
    language = language_code(raw)
    if not language:
        doubts.about("The notice's language (BT-702)", "is not known", raw)
    return language


def _stage(root: Node, notice_type: str, doubts: Doubts) -> Stage:
    if notice_type.startswith(_CALLS):
        return Stage.CALL
    name = _TYPE.branch(root).get("listName")
    if name not in _STAGE_OF_FORM:
        doubts.about("The form type (BT-03)", "is not known", name)
    return _STAGE_OF_FORM.get(name, _STAGE_OF_ROOT[root.element.tag])


def _buyers(root: Node, organisations: Mapping[str, Organisation], doubts: Doubts) -> tuple[Organisation, ...]:
    found: dict[Organisation, None] = {}
    for name in _BUYERS.texts(root):
        if name in organisations:
            found[organisations[name]] = None
        else:
            doubts.add(f"The buyer {clean_line(name, 40)} is not among the organisations (BT-500).")
    return tuple(found)


def _dispatched(root: Node, zone: dt.tzinfo, doubts: Doubts) -> dt.datetime | None:
    """BT-05; a day without a time counts from its start."""
    day, time = _DISPATCH_DAY.text(root), _DISPATCH_TIME.text(root)
    moment = values.deadline(day, time or "00:00:00", zone, "The moment of dispatch (BT-05)", doubts) if day else None
    return moment.at if moment else None


def _previous(lots: list[Node]) -> tuple[str, ...]:
    raws = (clean_line(raw, 80) for lot in lots for raw in previous_notices(lot))
    return tuple(dict.fromkeys(values.publication_number(raw) or raw for raw in raws))
