"""udbud.dk's search: which notices there are, and where their detail is.

It answers `{"resultatElementDtoList": [{"noticeId", "noticeVersion", "noticePublicationNumber", "dataDa": {...}}],
"totaltAntalResultater": 41}`. A row has no lots: they are read from TED's XML, or from the detail (`udbud_detail`).

What others recorded of these answers in 2026 is all that is known: the official description was not read. So a key of
another type is refused, and a key that nobody knows is told (`Row.unread`), never passed over.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from notifier import clock, text
from notifier.errors import ParseError
from spiders.parsers import values

PORTAL: Final = "https://udbud.dk"
REMEDY: Final = "udbud.dk's answer has another shape than recorded; nothing was concluded from it"

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Row:
    """One notice as the search shows it. Texts are cleaned; `deadlines` and `value` are as published."""

    notice_id: str
    version: str
    number: str = ""  # NNNNNN-YYYY, "" for a notice that has none
    title: str = ""
    buyer: str = ""
    buyer_id: str = ""  # CVR number, digits only
    buyers: tuple[str, ...] = ()
    description: str = ""
    cpv: str = ""
    published: dt.date | None = None
    deadlines: tuple[str, ...] = ()
    value: str = ""
    currency: str = ""
    form: str = ""  # BT-03, such as "competition"
    subtype: str = ""  # eForms subtype: "16", "E3"
    unread: tuple[str, ...] = ()  # keys of the row that nobody knows

    @property
    def key(self) -> str:
        """By what the store tells the portal's notices apart: the publication number, else identifier and version."""
        return self.number or f"{self.notice_id}-{self.version}"

    @property
    def below_threshold(self) -> bool:
        """Whether it is of a subtype for notices below the thresholds (E1 to E6), which are seldom on TED."""
        return re.fullmatch(r"E\d", self.subtype) is not None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of the search. `problems` are rows that could not be told apart from others."""

    rows: tuple[Row, ...]
    total: int
    problems: tuple[str, ...] = ()


# -- the search ----------------------------------------------------------------------------------------------------


class _Data(msgspec.Struct, rename="camel"):
    titel: str | None = None
    ordregiver: str | None = None
    ordregiver_id: str | None = None
    ordregiver_id_datavasket: str | None = None  # the same number, put right by the portal
    alle_ordregivere: list[str] | None = None
    beskrivelse: str | None = None
    cpv_kode: str | None = None
    publiceringsdato: str | None = None
    tidsfrister: list[str] | None = None
    anslaaet_vaerdi: str | int | float | None = None
    anslaaet_vaerdi_valuta: str | None = None
    formulartype_kode: str | None = None
    bk_sub_type_kode: str | int | None = None


class _Element(msgspec.Struct, rename="camel"):
    notice_id: str | None = None
    notice_version: str | int | None = None
    notice_publication_number: str | None = None
    data_da: _Data | None = None
    data_en: _Data | None = None


class _Answer(msgspec.Struct, rename="camel"):
    resultat_element_dto_list: list[dict[str, Any]]
    totalt_antal_resultater: int


# Known and of no use here; every other key that is not read is told.
_IGNORED_KEYS: Final = frozenset({"cpvTitel", "formulartype", "bkSubType", "erAendring", "status", "udbudStatus"})


def parse_search(body: bytes, where: str) -> ListPage:
    """Read one page of the search. Raises ParseError for JSON that is broken or of another shape."""
    answer = decode(body, _Answer, where)
    if answer.totalt_antal_resultater < 0:
        raise ParseError("the search counts fewer than no notices", where=where, remedy=REMEDY)
    rows, problems = [], []
    for number, raw in enumerate(answer.resultat_element_dto_list, start=1):
        row = _row(raw, where)
        if row.notice_id:
            rows.append(row)
        else:
            problems.append(f"row {number} of udbud.dk's answer has no noticeId ({where}): {REMEDY}")
    return ListPage(tuple(rows), answer.totalt_antal_resultater, tuple(problems))


def _row(raw: Mapping[str, Any], where: str) -> Row:
    element = convert(raw, _Element, where)
    data = element.data_da or element.data_en or _Data()
    shown = raw.get("dataDa") or raw.get("dataEn") or {}
    unread = [f"search: {key}" for key in unknown(raw, _Element)]
    unread += [f"search: dataDa.{key}" for key in unknown(shown, _Data)]
    return Row(
        notice_id=text.clean_line(element.notice_id, 80),
        version=text.clean_line(str(element.notice_version or "01"), 20),
        number=values.publication_number(element.notice_publication_number or ""),
        title=text.clean_line(data.titel),
        buyer=text.clean_line(data.ordregiver),
        buyer_id=re.sub(r"\D", "", data.ordregiver_id_datavasket or data.ordregiver_id or "", flags=re.ASCII)[:40],
        buyers=tuple(name for each in data.alle_ordregivere or () if (name := text.clean_line(each))),
        description=text.clean(data.beskrivelse),
        cpv=text.clean_line(data.cpv_kode, 40),
        published=clock.parse_day(data.publiceringsdato or ""),
        deadlines=tuple(text.clean_line(each, 80) for each in data.tidsfrister or ()),
        value=text.clean_line(str(data.anslaaet_vaerdi), 40) if data.anslaaet_vaerdi is not None else "",
        currency=text.clean_line(data.anslaaet_vaerdi_valuta, 10),
        form=text.clean_line(data.formulartype_kode, 40),
        subtype=text.clean_line(str(data.bk_sub_type_kode or ""), 10),
        unread=tuple(unread),
    )


def unknown(raw: Mapping[str, Any], struct: type[msgspec.Struct]) -> list[str]:
    """The keys of an object that hold something and that nobody knows."""
    known = {*struct.__struct_encode_fields__, *_IGNORED_KEYS}
    return [text.clean_line(key, 60) for key, value in raw.items() if key not in known and value not in (None, "", [])]


def decode(body: bytes, shape: type[_Shape], where: str) -> _Shape:
    """JSON of the portal. Raises ParseError where it is broken or of another shape."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"udbud.dk's answer cannot be read: {error}", where=where, remedy=REMEDY) from error


def convert(raw: Mapping[str, Any], shape: type[_Shape], where: str) -> _Shape:
    """A part of it that was decoded already. Raises ParseError where it is of another shape."""
    try:
        return msgspec.convert(raw, type=shape)
    except msgspec.ValidationError as error:
        raise ParseError(f"udbud.dk's answer cannot be read: {error}", where=where, remedy=REMEDY) from error


# -- where things are ----------------------------------------------------------------------------------------------


def detail_url(base: str, row: Row) -> str:
    """The detail of a notice. Without the publication number the portal answers 404 where there is one."""
    path = f"{base.rstrip('/')}/soegning/visning/{quote(row.notice_id, safe='')}/{quote(row.version, safe='')}"
    return f"{path}?{urlencode({'noticePublicationNumber': row.number})}" if row.number else path


def page_url(row: Row) -> str:
    """The page of a notice for people."""
    query = {"noticeId": row.notice_id, "noticeVersion": row.version}
    return (
        f"{PORTAL}/detaljevisning?{urlencode(query | ({'noticePublicationNumber': row.number} if row.number else {}))}"
    )
