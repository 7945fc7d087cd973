"""udbud.dk's detail of one notice into a notice with lots, for notices whose XML is not on TED.

It answers `{"htmlDA": "...", "opsummeringDA": {...}}`: the eForms rendering, which `rendering` reads, and a summary
that serves to check it and stands in where the rendering says nothing. Nobody here has seen how the portal writes the
rendering in HTML; docs/sources/udbud.md says what is unconfirmed. Whatever is not understood is told in
`Detail.unread` and in `Notice.flags`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from notifier import clock, text
from notifier.errors import ParseError
from notifier.lots import (
    Award,
    Change,
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
from spiders.parsers import rendering_values as printed
from spiders.parsers.rendering import Group, Rendering
from spiders.parsers.rendering_lot import Fields, address, criteria, place
from spiders.parsers.udbud import REMEDY, Row, convert, decode, page_url, unknown
from spiders.parsers.values import Doubts

_MOST_TOLD: Final = 12  # labels in one sentence
_STAGES: Final = {
    "planning": Stage.PLANNING,
    "consultation": Stage.PLANNING,
    "competition": Stage.CALL,
    "result": Stage.AWARD,
    "dir-awa-pre": Stage.AWARD,
    "cont-modif": Stage.CHANGE,
    "completion": Stage.CHANGE,
    # the portal's own names, by which its search filters
    "forventet_indkoeb": Stage.PLANNING,
    "markedsdialoger": Stage.PLANNING,
    "forhaandsmeddelelser": Stage.PLANNING,
    "eu_udbud": Stage.CALL,
    "nationale_udbud": Stage.CALL,
    "direkte_tildelinger": Stage.AWARD,
    "tildelinger": Stage.AWARD,
    "kontraktaendringer": Stage.CHANGE,
    "kontraktaenderinger": Stage.CHANGE,
    "kontraktafslutning": Stage.CHANGE,
}
# BT-02, where the search gives the type of notice in place of its form; by its beginning, the longer ones first.
_STAGE_OF_TYPE: Final = {
    "can-modif": Stage.CHANGE,
    "compl": Stage.CHANGE,
    "can-": Stage.AWARD,
    "veat": Stage.AWARD,
    "pin-cfc": Stage.CALL,
    "pin-": Stage.PLANNING,
    "pmc": Stage.PLANNING,
    "cn-": Stage.CALL,
    "qu-sy": Stage.CALL,
    "subco": Stage.CALL,
}


@dataclass(frozen=True, slots=True)
class Detail:
    """A notice from its detail, and the stable names of what the detail says and nobody read."""

    notice: Notice
    unread: tuple[str, ...] = ()


class _Summary(msgspec.Struct, rename="camel"):
    card: dict[str, Any] | None = None  # the row of the search once more
    tilbudsfrister: list[str] | None = None
    deltagelsefrister: list[str] | None = None
    udforelsessted_nuts_code: list[str] | None = None
    udforelsessted_land: list[str] | None = None
    udforelsessted_sub_land: list[str] | None = None
    udforelsessted_by: list[str] | None = None
    antal_lots: int | None = None
    antal_parts: int | None = None
    udbuds_dokumenter: list[Any] | None = None
    indholds_type: Any = None


class _Shown(msgspec.Struct):
    html_da: str | None = msgspec.field(default=None, name="htmlDA")
    html_en: str | None = msgspec.field(default=None, name="htmlEN")
    summary_da: dict[str, Any] | None = msgspec.field(default=None, name="opsummeringDA")
    summary_en: dict[str, Any] | None = msgspec.field(default=None, name="opsummeringEN")


def parse_detail(body: bytes, *, source: str, row: Row, where: str) -> Detail:
    """The notice of a detail, with what the search said where the detail says nothing.

    Raises ParseError for JSON that is broken or of another shape, and where there is neither rendering nor summary, or
    no title anywhere.
    """
    shown = decode(body, _Shown, where)
    if not (shown.html_da or "").strip() and not shown.summary_da:
        raise ParseError("the detail has neither rendering nor summary", where=where, remedy=REMEDY)
    summary = convert(shown.summary_da or {}, _Summary, where)
    read = rendering.read(markup.parse(f"<div>{shown.html_da or ''}</div>", where))
    unread = [
        *(f"detail: {key}" for key in unknown(_raw(body), _Shown)),
        *(f"summary: {key}" for key in unknown(shown.summary_da or {}, _Summary)),
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
            language=printed.language(about.first("language")),
            description=text.clean(procedure.first("description")) or row.description,
            buyers=self._buyers(),
            published=row.published or clock.parse_day(about.first("published")),
            dispatched=printed.moment(about.first("dispatched")),
            legal_basis=printed.celex(procedure.first("legal_basis")),
            procedure_type=rendering.chosen(procedure.first("procedure_type"), labels.PROCEDURES),
            value=printed.money(procedure.first("value"), "The procedure's estimated value (BT-27)", self.doubts)
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
        shown = rendering.chosen(self.read.notice.first("form"), labels.FORMS)
        for form in (self.row.form.lower(), shown):
            if form in _STAGES:
                return _STAGES[form]
        for beginning, stage in _STAGE_OF_TYPE.items():
            if self.row.form.lower().startswith(beginning):
                return stage
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
        told = (self.summary.antal_lots or 0) + (self.summary.antal_parts or 0)
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
        field = Fields(group, doubts)
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
            cpv_additional=words.cpv_codes(field.all("cpv_additional")),
            value=field.money("value", "the estimated value (BT-27)")
            or (_published_money(self.row, Doubts()) if alone else None),
            framework_maximum=field.money("maximum", "the framework's maximum (BT-271)"),
            nuts=printed.nuts(field.all("nuts")) or _only(self.summary.udforelsessted_nuts_code, alone),
            place=place(group),
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
            selection_criteria=criteria(group),
            additional_information=text.clean("\n".join(group.values.get("information", ()))),
            documents_url=address(group, "documents", "documents_restricted")
            or next(iter(_only(_addresses(self.summary.udbuds_dokumenter), alone)), ""),
            submission_url=address(group, "submission"),
            result=result,
            awards=awards,
        )

    def _deadlines(self, tenders: bool) -> tuple[Deadline, ...]:
        given = (self.summary.tilbudsfrister if tenders else self.summary.deltagelsefrister) or ()
        return tuple(found for raw in given if (found := printed.deadline(text.clean_line(raw, 80))))

    def _summary_deadline(self, tenders: bool) -> Deadline | None:
        """The summary's deadline, where it gives one alone: then every lot has it."""
        given = set(self._deadlines(tenders))
        return given.pop() if len(given) == 1 else None

    def _outcome(self, lot_id: str) -> tuple[str, tuple[Award, ...]]:
        """What the results say of a lot (BT-142, winners)."""
        results = [group for group in self.read.results if group.name == lot_id or len(self.read.lots) <= 1]
        said = "\n".join(text for group in results for text in group.values.get("status", ()))
        winners = [item for group in results for item in group.items]
        return rendering.chosen(said, labels.RESULTS), tuple(dict.fromkeys(self._award(item) for item in winners))

    def _award(self, item: Mapping[str, Sequence[str]]) -> Award:
        name = text.clean_line(item["winner"][0])
        number = values.organisation_number(self.read.numbers.get(name.casefold(), ""), "DK")
        value = printed.money(
            next(iter(item.get("value", ())), ""), f"The value of {name}'s tender (BT-720)", self.doubts
        )
        return Award(Organisation(name, number), value, printed.day(next(iter(item.get("concluded", ())), "")))


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


def _only(given: Sequence[str] | None, alone: bool) -> tuple[str, ...]:
    """What the summary gives for the whole notice: it holds for a lot that is alone, or where there is but one."""
    known = tuple(dict.fromkeys(text.clean_line(each, 2000) for each in given or () if each))
    return known if alone or len(known) == 1 else ()


def _addresses(given: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(found for each in given or () if isinstance(each, str) and (found := values.address(each)))


def _previous(read: Rendering) -> tuple[str, ...]:
    """Publication numbers or identifiers of earlier notices (BT-125, OPP-090)."""
    said = [each for group in (read.procedure, *read.lots) for each in group.values.get("previous", ())]
    found = (values.publication_number(each) or text.clean_line(each, 80) for each in said)
    return tuple(dict.fromkeys(name for name in found if name))
