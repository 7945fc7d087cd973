"""udbud.dk: the answers of its search, and what it shows of one notice, into notices with lots.

The search answers `{"resultatElementDtoList": [{"noticeId", "noticeVersion", "noticePublicationNumber", "dataDa": {…}}],
"totaltAntalResultater": 41}`; a row has no lots. The detail answers `{"htmlDA": "…", "opsummeringDA": {…}}`: the eForms
rendering, which `rendering` reads, and a summary, which serves to check it and stands in where the rendering says
nothing. Where a notice is on TED its XML is the better reading, and none of this is needed.

What others recorded of these answers in 2026 is all that is known: the official description was not read. So a key of
another type is refused, and what is not known is told (`Detail.unread`, `Notice.flags`) and never passed over.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from notifier import clock, text
from notifier.errors import ParseError
from notifier.lots import (
    Award,
    Change,
    Criterion,
    Deadline,
    Lot,
    LotKind,
    Money,
    Notice,
    Organisation,
    Stage,
)
from spiders.parsers import markup, rendering, values, words
from spiders.parsers import rendering_labels as labels
from spiders.parsers.rendering import Group, Rendering
from spiders.parsers.values import Doubts

PORTAL: Final = "https://udbud.dk"
_REMEDY: Final = "udbud.dk's answer has another shape than recorded; nothing was concluded from it"
_MOST_TOLD: Final = 12  # labels in one sentence

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


@dataclass(frozen=True, slots=True)
class Detail:
    """A notice from its detail, and the stable names of what the detail says and nobody read."""

    notice: Notice
    unread: tuple[str, ...] = ()


# -- the search ----------------------------------------------------------------------------------------------------


class _Data(msgspec.Struct):
    titel: str | None = None
    ordregiver: str | None = None
    ordregiverId: str | None = None
    ordregiverIdDatavasket: str | None = None  # the same number, put right by the portal
    alleOrdregivere: list[str] | None = None
    beskrivelse: str | None = None
    cpvKode: str | None = None
    publiceringsdato: str | None = None
    tidsfrister: list[str] | None = None
    anslaaetVaerdi: str | int | float | None = None
    anslaaetVaerdiValuta: str | None = None
    formulartypeKode: str | None = None
    bkSubTypeKode: str | int | None = None


class _Element(msgspec.Struct):
    noticeId: str | None = None
    noticeVersion: str | int | None = None
    noticePublicationNumber: str | None = None
    dataDa: _Data | None = None
    dataEn: _Data | None = None


class _Answer(msgspec.Struct):
    resultatElementDtoList: list[dict[str, Any]]
    totaltAntalResultater: int


# Known and of no use here; every other key that is not read is told.
_IGNORED_KEYS: Final = frozenset({"cpvTitel", "formulartype", "bkSubType", "erAendring", "status", "udbudStatus"})


def parse_search(body: bytes, where: str) -> ListPage:
    """Read one page of the search. Raises ParseError for JSON that is broken or of another shape."""
    answer = _decode(body, _Answer, where)
    if answer.totaltAntalResultater < 0:
        raise ParseError("the search counts fewer than no notices", where=where, remedy=_REMEDY)
    rows, problems = [], []
    for number, raw in enumerate(answer.resultatElementDtoList, start=1):
        row = _row(raw, where)
        if row.notice_id:
            rows.append(row)
        else:
            problems.append(f"row {number} of udbud.dk's answer has no noticeId ({where}): {_REMEDY}")
    return ListPage(tuple(rows), answer.totaltAntalResultater, tuple(problems))


def _row(raw: Mapping[str, Any], where: str) -> Row:
    element = _convert(raw, _Element, where)
    data = element.dataDa or element.dataEn or _Data()
    shown = raw.get("dataDa") or raw.get("dataEn") or {}
    unread = [f"search: {key}" for key in _unknown(raw, _Element)]
    unread += [f"search: dataDa.{key}" for key in _unknown(shown, _Data)]
    return Row(
        notice_id=text.clean_line(element.noticeId, 80),
        version=text.clean_line(str(element.noticeVersion or "01"), 20),
        number=values.publication_number(element.noticePublicationNumber or ""),
        title=text.clean_line(data.titel),
        buyer=text.clean_line(data.ordregiver),
        buyer_id=re.sub(r"\D", "", data.ordregiverIdDatavasket or data.ordregiverId or "", flags=re.ASCII)[:40],
        buyers=tuple(name for each in data.alleOrdregivere or () if (name := text.clean_line(each))),
        description=text.clean(data.beskrivelse),
        cpv=text.clean_line(data.cpvKode, 40),
        published=clock.parse_day(data.publiceringsdato or ""),
        deadlines=tuple(text.clean_line(each, 80) for each in data.tidsfrister or ()),
        value=text.clean_line(str(data.anslaaetVaerdi), 40) if data.anslaaetVaerdi is not None else "",
        currency=text.clean_line(data.anslaaetVaerdiValuta, 10),
        form=text.clean_line(data.formulartypeKode, 40),
        subtype=text.clean_line(str(data.bkSubTypeKode or ""), 10),
        unread=tuple(unread),
    )


def _unknown(raw: Mapping[str, Any], struct: type[msgspec.Struct]) -> list[str]:
    known = {*struct.__struct_fields__, *_IGNORED_KEYS}
    return [text.clean_line(key, 60) for key, value in raw.items() if key not in known and value not in (None, "", [])]


def _decode(body: bytes, shape: type[_Shape], where: str) -> _Shape:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"udbud.dk's answer cannot be read: {error}", where=where, remedy=_REMEDY) from error


def _convert(raw: Mapping[str, Any], shape: type[_Shape], where: str) -> _Shape:
    try:
        return msgspec.convert(raw, type=shape)
    except msgspec.ValidationError as error:
        raise ParseError(f"udbud.dk's answer cannot be read: {error}", where=where, remedy=_REMEDY) from error


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


# -- the detail ----------------------------------------------------------------------------------------------------


class _Summary(msgspec.Struct):
    card: dict[str, Any] | None = None  # the row of the search once more
    tilbudsfrister: list[str] | None = None
    deltagelsefrister: list[str] | None = None
    udforelsesstedNutsCode: list[str] | None = None
    udforelsesstedLand: list[str] | None = None
    udforelsesstedSubLand: list[str] | None = None
    udforelsesstedBy: list[str] | None = None
    antalLots: int | None = None
    antalParts: int | None = None
    udbudsDokumenter: list[Any] | None = None
    indholdsType: Any = None


class _Shown(msgspec.Struct):
    htmlDA: str | None = None
    htmlEN: str | None = None
    opsummeringDA: dict[str, Any] | None = None
    opsummeringEN: dict[str, Any] | None = None


def parse_detail(body: bytes, *, source: str, row: Row, where: str) -> Detail:
    """The notice of a detail, with what the search said where the detail says nothing.

    Raises ParseError for JSON that is broken or of another shape, and where there is neither rendering nor summary, or
    no title anywhere.
    """
    shown = _decode(body, _Shown, where)
    if not (shown.htmlDA or "").strip() and not shown.opsummeringDA:
        raise ParseError("the detail has neither rendering nor summary", where=where, remedy=_REMEDY)
    summary = _convert(shown.opsummeringDA or {}, _Summary, where)
    read = rendering.read(markup.parse(f"<div>{shown.htmlDA or ''}</div>", where))
    unread = [
        *(f"detail: {key}" for key in _unknown(_raw(body), _Shown)),
        *(f"summary: {key}" for key in _unknown(shown.opsummeringDA or {}, _Summary)),
        *(f"rendering: {place}" for place in read.unread),
    ]
    notice = _Assembly(read, summary, row, where).notice(source, tuple(unread))
    return Detail(notice, tuple(unread))


def _raw(body: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(body, type=dict)
    return decoded


class _Assembly:
    """One notice out of its rendering, its summary and its row."""

    def __init__(self, read: Rendering, summary: _Summary, row: Row, where: str) -> None:
        self.read, self.summary, self.row, self.where = read, summary, row, where
        self.doubts = Doubts()

    def notice(self, source: str, unread: Sequence[str]) -> Notice:
        """The notice, with a flag for all that is not as it should be."""
        read, row, procedure, about = self.read, self.row, self.read.procedure, self.read.notice
        title = text.clean_line(procedure.first("title")) or row.title
        if not title:
            raise ParseError("the notice has no title", where=self.where, remedy="open the page of the notice and look")
        lots = self._lots(title)
        stage = self._stage(lots)
        if not read.lots:
            lots = (self._whole(title, stage),)
        changes, ending = self._changes()
        self._check(lots, unread)
        if any(text.damaged(part) for part in (title, *(lot.title for lot in lots))):
            self.doubts.add("Letters were lost on the way: the text is not in the character set that it should be.")
        return Notice(
            source=source,
            key=row.key,
            stage=stage,
            title=title,
            url=page_url(row),
            notice_id=row.notice_id,
            version=row.version,
            publication_number=row.number,
            procedure_id=text.clean_line(procedure.first("procedure_id"), 80),
            language=_language(about.first("language")),
            description=text.clean(procedure.first("description")) or row.description,
            buyers=self._buyers(),
            published=row.published or clock.parse_day(about.first("published")),
            dispatched=_moment(about.first("dispatched")),
            legal_basis=_celex(procedure.first("legal_basis")),
            procedure_type=rendering.chosen(procedure.first("procedure_type"), labels.PROCEDURES),
            value=_money(procedure.first("value"), "The procedure's estimated value (BT-27)", self.doubts)
            or _published_money(row, self.doubts),
            lots=lots,
            changes=changes,
            previous=_previous(read),
            cancelled=bool(ending),
            cancel_reason=ending,
            flags=self.doubts.sentences(),
        )

    # -- the notice ----------------------------------------------------------------------------------------------

    def _stage(self, lots: Sequence[Lot]) -> Stage:
        """BT-03, as the search gives it, else by its name in the rendering; without both, by the deadlines."""
        printed = rendering.chosen(self.read.notice.first("form"), labels.FORMS)
        for form in (self.row.form.lower(), printed):
            if form in _STAGES:
                return _STAGES[form]
        if self.row.form.startswith(("cn-", "pin-cfc", "qu-sy", "subco")):
            return Stage.CALL
        waits = self.row.deadlines or any(lot.deadline or lot.participation_deadline for lot in lots)
        stage = Stage.AWARD if self.read.results else Stage.CALL if waits else Stage.PLANNING
        self.doubts.about(
            "The form type (BT-03)", f"is not known; the notice is taken for a {stage.value}", self.row.form
        )
        return stage

    def _buyers(self) -> tuple[Organisation, ...]:
        numbers = dict(self.read.numbers)
        if self.row.buyer and self.row.buyer_id:
            numbers[self.row.buyer.casefold()] = self.row.buyer_id
        names = self.read.buyers or self.row.buyers or ((self.row.buyer,) if self.row.buyer else ())
        if not names:
            self.doubts.add("The notice has no buyer (BT-500).")
        return tuple(
            Organisation(name, values.organisation_number(numbers.get(name.casefold(), ""), "DK"), "DK")
            for name in dict.fromkeys(names)
        )

    def _changes(self) -> tuple[tuple[Change, ...], str]:
        """What the notice changes, and the reason where that ends the procedure, "" where it goes on."""
        changes = tuple(
            Change(
                changed_notice=text.clean_line(group.first("changed"), 80),
                sections=tuple(text.clean_line(each, 80) for each in group.values.get("section", ())),
                description=text.clean("\n".join([*group.values.get("reason", ()), *group.values.get("text", ())])),
            )
            for group in self.read.changes
        )
        reasons = [change.first("reason") for change in self.read.changes]
        ended = any(word in reason.casefold() for reason in reasons for word in labels.ENDINGS)
        said = next((change.description for change in changes if change.description), "")
        return changes, (said or "cancelled") if ended else ""

    def _check(self, lots: Sequence[Lot], unread: Sequence[str]) -> None:
        """Note where rendering and summary do not say the same, and what nobody read."""
        told = (self.summary.antalLots or 0) + (self.summary.antalParts or 0)
        if told and told != len(lots):
            self.doubts.add(f"The summary counts {told} lots; {len(lots)} could be read from the rendering.")
        elif not self.read.lots:
            self.doubts.add("No lot (BT-137) could be found in the rendering; one stands here for the whole notice.")
        for name, given in (
            ("tenders (BT-131)", self._deadlines(True)),
            ("requests (BT-1311)", self._deadlines(False)),
        ):
            of_lots = {lot.deadline if name.startswith("t") else lot.participation_deadline for lot in lots} - {None}
            known = {deadline.at for deadline in given}
            if known and any(deadline is not None and deadline.at not in known for deadline in of_lots):
                self.doubts.add(f"Summary and rendering give different deadlines for {name}.")
        if unread:
            more = f" and {len(unread) - _MOST_TOLD} more" if len(unread) > _MOST_TOLD else ""
            self.doubts.add(f"Not read, because nobody knows what it means: {'; '.join(unread[:_MOST_TOLD])}{more}.")

    # -- lots ----------------------------------------------------------------------------------------------------

    def _lots(self, title: str) -> tuple[Lot, ...]:
        return tuple(self._lot(group, title) for group in self.read.lots)

    def _whole(self, title: str, stage: Stage) -> Lot:
        """One lot for a notice that shows none: what is said of the procedure is said of it."""
        group = Group("1", self.read.procedure.values, self.read.procedure.items)
        lot = self._lot(group, title)
        kind = LotKind.PART if stage is Stage.PLANNING else LotKind.LOT
        return replace(lot, kind=kind)

    def _lot(self, group: Group, title: str) -> Lot:
        planned = group.name.startswith("PAR-")
        doubts = self.doubts.within(f"{'Part' if planned else 'Lot'} {group.name}")
        alone = len(self.read.lots) <= 1
        field = _Fields(group, doubts)
        cpv = values.cpv(words.cpv_codes(field.all("cpv")), "the main CPV code (BT-262)", doubts)
        if field.all("cpv") and not cpv:
            doubts.about("the main CPV code (BT-262)", "cannot be read", field.all("cpv"))
        if not cpv and alone:
            cpv = words.cpv_codes(self.row.cpv)
        result, awards = self._outcome(group.name)
        return Lot(
            lot_id=group.name,
            title=text.clean_line(field.one("title", "the title (BT-21)")) or title,
            description=text.clean("\n".join(group.values.get("description", ()))),
            kind=LotKind.PART if planned else LotKind.LOT,
            nature=field.nature(),
            cpv_main=cpv[0] if cpv else "",
            cpv_additional=tuple(code for code in words.cpv_codes(field.all("cpv_additional")) if code not in cpv[:1]),
            value=_money(field.one("value", "the estimated value (BT-27)"), "the estimated value (BT-27)", doubts)
            or (_published_money(self.row, Doubts()) if alone else None),
            framework_maximum=_money(
                field.one("maximum", "the framework's maximum (BT-271)"), "the framework's maximum (BT-271)", doubts
            ),
            nuts=_nuts(field.all("nuts")) or _only(self.summary.udforelsesstedNutsCode, alone),
            place=_place(group),
            duration=field.duration(),
            start=field.day("start", "the start (BT-536)"),
            end=field.day("end", "the end (BT-537)"),
            renewals=values.whole_number(
                field.one("renewals", "the number of renewals (BT-58)"), "the number of renewals (BT-58)", doubts
            ),
            renewal_text=text.clean("\n".join(group.values.get("renewal_text", ()))),
            deadline=field.deadline("tenders", "the deadline for tenders (BT-131)") or self._summary_deadline(True),
            participation_deadline=field.deadline("requests", "the deadline for requests to participate (BT-1311)")
            or self._summary_deadline(False),
            interest_deadline=field.deadline("interest", "the deadline for expressions of interest (BT-630)"),
            questions_deadline=field.deadline("questions", "the deadline for questions (BT-13)"),
            reserved=field.reserved(),
            reserved_execution=field.yes_no("execution", "the reserved execution (BT-736)"),
            strategic=field.codes("strategic", "a strategic aim (BT-06)", labels.STRATEGIC),
            environmental=field.codes("environmental", "an environmental aim (BT-774)", labels.ENVIRONMENTAL),
            social_objectives=field.codes("social", "a social objective (BT-775)", labels.SOCIAL),
            innovative=field.codes("innovative", "an innovative aim (BT-776)", labels.INNOVATIVE),
            framework=field.code("framework", "the framework agreement (BT-765)", labels.FRAMEWORKS),
            dynamic_purchasing=field.code("dynamic", "the dynamic purchasing system (BT-766)", labels.DYNAMIC),
            sme_suitable={"yes": True, "no": False}.get(
                field.yes_no("sme", "the suitability for small enterprises (BT-726)") or ""
            ),
            performance_terms=tuple(text.clean(each) for each in group.values.get("terms", ())),
            selection_criteria=_criteria(group),
            additional_information=text.clean("\n".join(group.values.get("information", ()))),
            documents_url=_address(group, "documents", "documents_restricted")
            or next(iter(_only(_addresses(self.summary.udbudsDokumenter), alone)), ""),
            submission_url=_address(group, "submission"),
            result=result,
            awards=awards,
        )

    def _deadlines(self, tenders: bool) -> tuple[Deadline, ...]:
        given = (self.summary.tilbudsfrister if tenders else self.summary.deltagelsefrister) or ()
        return tuple(found for raw in given if (found := _deadline(text.clean_line(raw, 80))))

    def _summary_deadline(self, tenders: bool) -> Deadline | None:
        """The summary's deadline, where it gives one alone: then every lot has it."""
        given = set(self._deadlines(tenders))
        return given.pop() if len(given) == 1 else None

    def _outcome(self, lot_id: str) -> tuple[str, tuple[Award, ...]]:
        """What the results say of a lot (BT-142, winners)."""
        results = [group for group in self.read.results if group.name == lot_id or len(self.read.lots) <= 1]
        said = "\n".join(text for group in results for text in group.values.get("status", ()))
        winners = [item for group in results for item in group.items]
        result = rendering.chosen(said, labels.RESULTS) or ("selec-w" if winners else "")
        return result, tuple(dict.fromkeys(self._award(item) for item in winners))

    def _award(self, item: Mapping[str, Sequence[str]]) -> Award:
        name = text.clean_line(item["winner"][0])
        number = values.organisation_number(self.read.numbers.get(name.casefold(), ""), "DK")
        value = _money(next(iter(item.get("value", ())), ""), f"The value of {name}'s tender (BT-720)", self.doubts)
        return Award(Organisation(name, number), value, _day(next(iter(item.get("concluded", ())), "")))


_STAGES: Final = {
    "planning": Stage.PLANNING,
    "consultation": Stage.PLANNING,
    "competition": Stage.CALL,
    "result": Stage.AWARD,
    "dir-awa-pre": Stage.AWARD,
    "cont-modif": Stage.CHANGE,
    "completion": Stage.CHANGE,
}


class _Fields:
    """The texts of one lot into values. What is there and cannot be read becomes a flag."""

    def __init__(self, group: Group, doubts: Doubts) -> None:
        self.values, self.doubts = group.values, doubts

    def all(self, name: str) -> str:
        """Every text of a field, one a line."""
        return "\n".join(self.values.get(name, ()))

    def one(self, name: str, term: str) -> str:
        """The one text of a field. Where several differ none is taken, and that is told."""
        found = list(dict.fromkeys(self.values.get(name, ())))
        if len(found) > 1:
            self.doubts.about(term, f"stands there in {len(found)} versions", " | ".join(found))
            return ""
        return found[0] if found else ""

    def nature(self) -> str:
        """BT-23."""
        raw = self.one("nature", "the main nature (BT-23)")
        found = words.nature(raw)
        if raw and not found:
            self.doubts.about("the main nature (BT-23)", "cannot be read", raw)
        return found

    def duration(self) -> str:
        """BT-36, "24 Måned" or "24 måneder". Unlimited or in other words (BT-538) is no length."""
        raw = self.one("length", "the duration (BT-36)")
        match = _LENGTH.fullmatch(raw.strip())
        if match:
            return f"P{int(match['count'])}{_UNITS[match['unit'].casefold()]}"
        if raw and not words.blank(raw):
            self.doubts.about("the duration (BT-36)", "is no length of time", raw)
        return ""

    def day(self, name: str, term: str) -> dt.date | None:
        """A calendar day."""
        raw = self.one(name, term)
        found = _day(raw)
        if raw and found is None:
            self.doubts.about(term, "is no day of the calendar", raw)
        return found

    def deadline(self, name: str, term: str) -> Deadline | None:
        """A point in time; in Copenhagen's where no offset stands there."""
        raw = self.one(name, term)
        found = _deadline(raw) if raw else None
        if raw and found is None:
            self.doubts.about(term, "cannot be read", raw)
        return found

    def reserved(self) -> tuple[str, ...]:
        """BT-71 by the official words of its codes, by the code itself, or by the paragraph."""
        raw = self.all("reserved")
        if not raw:
            return ()
        found = tuple(rendering.all_chosen(raw, labels.RESERVATIONS)) or words.reservation(raw)
        if found is None:
            self.doubts.about("the reserved participation (BT-71)", "is not understood", raw)
        return tuple(code for code in found or () if code != "none")

    def yes_no(self, name: str, term: str) -> str | None:
        """yes, no, or None where nothing is said or nothing is known yet."""
        raw = self.one(name, term)
        found = words.yes_no(raw)
        if raw and found is None and "ikke kend" not in raw.casefold():
            self.doubts.about(term, "is neither yes nor no", raw)
        return None if "ikke kend" in raw.casefold() else found

    def code(self, name: str, term: str, names: Sequence[tuple[str, str]]) -> str:
        """The one code that a field names."""
        raw = self.all(name)
        found = "none" if words.blank(raw) and raw else rendering.chosen(raw, names)
        if raw and not found:
            self.doubts.about(term, "is not understood", raw)
        return found

    def codes(self, name: str, term: str, names: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The codes that a field names; "none" is none."""
        found: dict[str, None] = {}
        for raw in self.values.get(name, ()):
            known = list(rendering.all_chosen(raw, names))
            if not known:
                self.doubts.about(term, "is not understood", raw)
            found |= dict.fromkeys(known)
        return tuple(code for code in found if code != "none")


_UNITS: Final = {
    **dict.fromkeys(("døgn", "dag", "dage", "day", "days"), "D"),
    **dict.fromkeys(("uge", "uger", "week", "weeks"), "W"),
    **dict.fromkeys(("måned", "måneder", "month", "months"), "M"),
    **dict.fromkeys(("år", "year", "years"), "Y"),
}
_LENGTH: Final = re.compile(
    rf"0*(?P<count>[1-9]\d{{0,3}})(?:[.,]0+)?\s*(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})\(?(?:er)?\)?\.?",
    re.IGNORECASE,
)
_NUTS: Final = re.compile(r"\(([A-Z]{2}[0-9A-Z]{0,3})\)|\b(DK[0-9]{1,3})\b")
# ${BT-131(d)} ${BT-131(t)}: day and time as the XML has them, each with its offset or without.
_ISO: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?)(?:[T\s]+(?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?))?",
    re.ASCII,
)
_UTC: Final = re.compile(r"\(?UTC\s*(?P<offset>[+-]\d\d:\d\d)?\)?.*", re.IGNORECASE | re.DOTALL)


def _day(raw: str) -> dt.date | None:
    return clock.parse_day(raw) if raw else None


def _deadline(raw: str) -> Deadline | None:
    """As the XML writes it, else as people do: "12-03-2027 12:00", "12/03/2027 12:00:00 (UTC+1)"."""
    if iso := _ISO.fullmatch(raw.strip()):
        return values.deadline(iso["day"], iso["time"] or "", clock.COPENHAGEN, "", Doubts())
    told = _UTC.search(raw)
    if told is None:
        return clock.parse_deadline(raw)
    if not told["offset"]:
        return None  # "(UTC+1)" and the like: an offset that is not surely read
    return clock.parse_deadline(f"{raw[: told.start()].strip()}{told['offset']}")


def _moment(raw: str) -> dt.datetime | None:
    found = _deadline(raw)
    return found.at if found and found.time_known else None


_CURRENCIES: Final = {
    **dict.fromkeys(("dkk", "kr", "kr.", "kroner", "danske kroner", "dansk krone", "danske kr", "danske kr."), "DKK"),
    **dict.fromkeys(("eur", "euro", "€"), "EUR"),
    **dict.fromkeys(("sek", "svensk krona", "svenske kroner", "svensk krone"), "SEK"),
    **dict.fromkeys(("nok", "norsk krone", "norske kroner"), "NOK"),
    **dict.fromkeys(("usd", "us-dollar", "amerikanske dollar", "amerikansk dollar"), "USD"),
    **dict.fromkeys(("gbp", "britisk pund", "pund sterling"), "GBP"),
}
# The templates print '###,##0.##': three digits behind a separator are a group, whichever sign a portal separates with.
_PRINTED: Final = re.compile(
    r"(?P<whole>\d{1,3}(?P<group>[., ])\d{3}(?:(?P=group)\d{3})*|\d+)(?:[.,](?P<part>\d{1,2}))?"
)


def _money(raw: str, term: str, doubts: Doubts) -> Money | None:
    """An amount as a rendering prints it, "4,500,000 Dansk krone" or "4.500.000,00 DKK"."""
    said = " ".join(text.clean_line(raw).replace(",-", "").split())
    if not said or words.blank(said):
        return None
    match = re.fullmatch(rf"(?P<before>[^\d]*?)\s*(?P<amount>{_PRINTED.pattern})\s*(?P<after>[^\d]*)", said)
    currency = _CURRENCIES.get((match["before"] or match["after"]).strip().casefold()) if match else None
    if match is None or currency is None or (match["before"] and match["after"]):
        doubts.about(term, "cannot be read", raw)
        return None
    whole = re.sub(r"\D", "", match["whole"])
    return Money(Decimal(f"{whole}.{match['part']}" if match["part"] else whole), currency)


def _published_money(row: Row, doubts: Doubts) -> Money | None:
    """The search's value: a plain number, and the currency's code."""
    if not row.value:
        return None
    try:
        amount = Decimal(row.value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0 or not re.fullmatch("[A-Z]{3}", row.currency):
        doubts.about("The value that the search gives", "cannot be read", f"{row.value} {row.currency}")
        return None
    return Money(amount, row.currency)


def _nuts(raw: str) -> tuple[str, ...]:
    """Codes in brackets behind their names, or Danish ones by themselves."""
    return tuple(dict.fromkeys(bracketed or bare for bracketed, bare in _NUTS.findall(raw)))


def _only(given: Sequence[str] | None, alone: bool) -> tuple[str, ...]:
    """What the summary gives for the whole notice: it holds for a lot that is alone, or where there is but one."""
    known = tuple(dict.fromkeys(text.clean_line(each, 2000) for each in given or () if each))
    return known if alone or len(known) == 1 else ()


def _place(group: Group) -> str:
    """Town, place in other words, remarks, each once."""
    parts = [each for name in ("town", "place_other", "place_remark") for each in group.values.get(name, ())]
    return text.clean_line("; ".join(dict.fromkeys(parts)))


def _criteria(group: Group) -> tuple[Criterion, ...]:
    found: dict[Criterion, None] = {}
    for item in group.items:
        parts = [*item.get("criterion", ()), *item.get("criterion_name", ()), *item.get("criterion_text", ())]
        if said := text.clean("\n".join(dict.fromkeys(parts))):
            found[Criterion("", said)] = None
    return tuple(found)


def _addresses(given: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(found for each in given or () if isinstance(each, str) and (found := values.address(each)))


def _address(group: Group, *names: str) -> str:
    """The first web address of the first field that has one."""
    said = (each.split()[0] for name in names for each in group.values.get(name, ()) if each.split())
    return next((found for each in said if (found := values.address(each))), "")


def _previous(read: Rendering) -> tuple[str, ...]:
    """Publication numbers or identifiers of earlier notices (BT-125, OPP-090)."""
    said = [each for group in (read.procedure, *read.lots) for each in group.values.get("previous", ())]
    found = (values.publication_number(each) or text.clean_line(each, 80) for each in said)
    return tuple(dict.fromkeys(name for name in found if name))


def _language(raw: str) -> str:
    """BT-702 by its name in Danish; a notice on a Danish portal that says nothing is in Danish."""
    said = raw.casefold()
    return "en" if "engelsk" in said and "dansk" not in said else "da"


def _celex(raw: str) -> str:
    """BT-01: "Direktiv 2014/24/EU" is 32014L0024 there."""
    match = re.search(r"direktiv\w*\s+(?P<year>20\d\d)/(?P<number>\d{1,3})/E[UF]", raw, re.IGNORECASE)
    return f"3{match['year']}L{int(match['number']):04d}" if match else ""
