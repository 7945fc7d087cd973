"""The one table of all columns of lots and agreements: the files are made of it, and so is what is said of them.

Amounts exclude VAT; what is unknown is None. What a column means stands in the texts (opendata.field_NAME).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from notifier.lots import Award, Demand, Evidence, LotView, Money, Organisation
from notifier.phrases import field_language, told_criterion, value_per_year
from notifier.site.codes import company_number
from notifier.site.data.telling import (
    AgreementRecord,
    LotRecord,
    code,
    day,
    fit,
    guiding,
    moment,
    number,
    spoken,
    until,
    uri,
)
from notifier.site.rendering import address
from notifier.words import words

R = TypeVar("R")
# Types as Table Schema (Frictionless) calls them; in CSV lists and tables are text.
STRING, WHOLE, NUMBER, FLAG, DAY, MOMENT, LIST, TABLE = (
    "string",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "array",
    "table",
)


@dataclass(frozen=True)
class Column(Generic[R]):
    """`of` takes the value out of a record. `bt` is the eForms business term, `unit` that of a number. `example` is
    a value as JSON has it. A `table` is a list of objects, of which CSV tells the values of `told`."""

    name: str
    type: str
    of: Callable[[R], Any]
    example: Any
    bt: str = ""
    unit: str = ""
    required: bool = False
    told: tuple[str, ...] = ()


# -- of both -------------------------------------------------------------------------------------------------------


def _amount(money: Money | None) -> int | float | None:
    return number(money.amount) if money else None


def _currency(money: Money | None) -> str | None:
    return code(money.currency) if money else None


def _codes(codes: Sequence[str]) -> list[str]:
    return [code(one) for one in codes]


def _code(written: str | None) -> str | None:
    return code(written) or None if written else None


def _number(organisation: Organisation) -> str | None:
    return company_number(organisation) or None


def _name(organisation: Organisation) -> str | None:
    return spoken(organisation.name, "da")


# -- lots ----------------------------------------------------------------------------------------------------------


def _text(text: str, record: LotRecord) -> str | None:
    return spoken(text, record.view.notice.language)


def _days_only(record: LotRecord) -> list[str]:
    lot = record.view.lot
    deadlines = {
        "deadline": lot.deadline,
        "participation_deadline": lot.participation_deadline,
        "interest_deadline": lot.interest_deadline,
        "questions_deadline": lot.questions_deadline,
    }
    return [name for name, found in deadlines.items() if found and not found.time_known]


def _winner(award: Award) -> dict[str, Any]:
    return {
        "name": _name(award.winner),
        "id": _number(award.winner),
        "value": _amount(award.value),
        "currency": _currency(award.value),
        "concluded": day(award.concluded),
    }


def evidence_of(view: LotView) -> tuple[Evidence, ...]:
    """What speaks for and against the lot; what the buyer demands is told as demands."""
    found = view.assessment.evidence if view.assessment else ()
    return tuple(one for one in found if one.criterion != "demand" and one.weight)


def _criterion(one: Evidence) -> str:
    """The criterion as readers are told it, as exactly as there are words for it: size_fits."""
    name = told_criterion(one)
    finer = f"{name}_{one.note}"
    return finer if f"site.criterion_{finer}" in words("en") else name


def evidence_line(one: Evidence, view: LotView) -> dict[str, Any]:
    """A piece of evidence without its weight, which is no one's business but the rules'."""
    return {
        "criterion": fit(_criterion(one)),
        "speaks_for": one.weight > 0,
        "field": fit(one.field),
        "quote": spoken(one.quote, field_language(one.field, view)),
        "trade": _code(one.trade),
    }


def demand_line(one: Demand, view: LotView) -> dict[str, Any]:
    """What the buyer asks of a bidder."""
    return {
        "kind": fit(one.kind),
        "field": fit(one.field),
        "quote": spoken(one.quote, field_language(one.field, view)),
        "amount": _amount(one.amount),
        "currency": _currency(one.amount),
    }


def _demands(record: LotRecord) -> list[dict[str, Any]]:
    judged = record.view.assessment
    return [demand_line(one, record.view) for one in (judged.demands if judged else ())]


def _documents(record: LotRecord) -> str | None:
    return uri(record.view.lot.documents_url)


_EVIDENCE = {
    "criterion": "trade_words",
    "speaks_for": True,
    "field": "description",
    "quote": "Daglig rengøring af otte skoler",
    "trade": "cleaning",
}
_DEMAND = {
    "kind": "turnover",
    "field": "selection_criteria[0]",
    "quote": "En årlig omsætning på mindst 5 mio. kr.",
    "amount": 5000000,
    "currency": "DKK",
}
_WINNER = {
    "name": "Ren By A/S",
    "id": "11223344",
    "value": 1900000,
    "currency": "DKK",
    "concluded": "2026-10-02",
}
_CC = "https://creativecommons.org/licenses/by/4.0/"
_PAGE = "https://opgaver.kommune.example/opgaver/rengoering-af-raadhuset-3f1c.html"
_UUID = "6f3e2a10-0000-4000-8000-000000000001"
_L = Column[LotRecord]

LOT_COLUMNS: tuple[_L, ...] = (
    _L("id", STRING, lambda r: r.view.slug, "rengoering-af-raadhuset-3f1c", required=True),
    _L("url", STRING, lambda r: r.teller.page(r.view), _PAGE, required=True),
    _L("ocid", STRING, lambda r: r.teller.ocid(r.view.procedure), f"ocds-a1b2c3-{_UUID}", required=True),
    _L("source", STRING, lambda r: fit(r.view.notice.source), "ted", required=True),
    _L("source_name", STRING, lambda r: r.teller.source_name(r.view.notice.source), "TED", required=True),
    _L("source_url", STRING, lambda r: uri(r.view.notice.url), "https://ted.europa.eu/da/notice/712345-2026"),
    _L("source_licence", STRING, lambda r: r.teller.licence(r.view.notice.source), "CC BY 4.0", required=True),
    _L("source_licence_url", STRING, lambda r: r.teller.licence_url(r.view.notice.source), _CC),
    _L("publication_number", STRING, lambda r: _code(r.view.notice.publication_number), "712345-2026", "OPP-010"),
    _L("procedure_id", STRING, lambda r: _code(r.view.notice.procedure_id), _UUID, "BT-04"),
    _L("notice_type", STRING, lambda r: _code(r.view.notice.notice_type), "cn-standard", "BT-02"),
    _L("published", DAY, lambda r: day(r.view.notice.published), "2026-11-05", "OPP-012"),
    _L("lot_id", STRING, lambda r: _code(r.view.lot.lot_id), "LOT-0001", "BT-137"),
    _L("kind", STRING, lambda r: r.view.lot.kind.value, "lot", required=True),
    _L("state", STRING, lambda r: r.state.value, "open", required=True),
    _L("title", STRING, lambda r: _text(r.view.lot.title, r), "Rengøring af skoler", "BT-21"),
    _L("tender_title", STRING, lambda r: _text(r.view.notice.title, r), "Rengøring i Eksempelby", "BT-21"),
    _L("language", STRING, lambda r: _code(r.view.notice.language), "da", "BT-702"),
    _L("description", STRING, lambda r: _text(r.view.lot.description, r), "Daglig rengøring af otte skoler.", "BT-24"),
    _L("buyer", STRING, lambda r: _name(r.view.notice.buyer), "Eksempelby Kommune", "BT-500"),
    _L("buyer_id", STRING, lambda r: _number(r.view.notice.buyer), "12345678", "BT-501"),
    _L("nature", STRING, lambda r: _code(r.view.lot.nature), "services", "BT-23"),
    _L("cpv_main", STRING, lambda r: _code(r.view.lot.cpv_main), "90911200", "BT-262"),
    _L("cpv_additional", LIST, lambda r: _codes(r.view.lot.cpv_additional), ["90911300"], "BT-263"),
    _L("value", NUMBER, lambda r: _amount(r.view.lot.value), 2500000, "BT-27", "currency"),
    _L("currency", STRING, lambda r: _currency(r.view.lot.value), "DKK", "BT-27"),
    _L("framework_maximum", NUMBER, lambda r: _amount(r.view.lot.framework_maximum), 3000000, "BT-271", "currency"),
    _L("framework_maximum_currency", STRING, lambda r: _currency(r.view.lot.framework_maximum), "DKK", "BT-271"),
    _L("nuts", LIST, lambda r: _codes(r.view.lot.nuts), ["DK011"], "BT-5071"),
    _L("place", STRING, lambda r: _text(r.view.lot.place, r), "Eksempelby", "BT-5131, BT-727, BT-728"),
    _L("duration", STRING, lambda r: _code(r.view.lot.duration), "P24M", "BT-36", "iso"),
    _L("start", DAY, lambda r: day(r.view.lot.start), "2027-04-01", "BT-536"),
    _L("end", DAY, lambda r: day(r.view.lot.end), "2029-03-31", "BT-537"),
    _L("renewals", WHOLE, lambda r: r.view.lot.renewals, 2, "BT-58", "times"),
    _L("deadline", MOMENT, lambda r: until(r.view.lot.deadline), "2026-12-08T12:00:00+01:00", "BT-131"),
    _L(
        "participation_deadline",
        MOMENT,
        lambda r: until(r.view.lot.participation_deadline),
        "2026-12-01T12:00:00+01:00",
        "BT-1311",
    ),
    _L(
        "interest_deadline",
        MOMENT,
        lambda r: until(r.view.lot.interest_deadline),
        "2026-11-30T12:00:00+01:00",
        "BT-630",
    ),
    _L(
        "questions_deadline",
        MOMENT,
        lambda r: until(r.view.lot.questions_deadline),
        "2026-11-27T12:00:00+01:00",
        "BT-13",
    ),
    _L("deadlines_without_time", LIST, _days_only, ["deadline"]),
    _L("reserved", LIST, lambda r: _codes(r.view.lot.reserved), ["res-ws"], "BT-71"),
    _L("reserved_execution", STRING, lambda r: _code(r.view.lot.reserved_execution), "yes", "BT-736"),
    _L("strategic", LIST, lambda r: _codes(r.view.lot.strategic), ["soc-obj"], "BT-06"),
    _L("social_objectives", LIST, lambda r: _codes(r.view.lot.social_objectives), ["opp"], "BT-775"),
    _L("environmental", LIST, lambda r: _codes(r.view.lot.environmental), ["circ-econ"], "BT-774"),
    _L("innovative", LIST, lambda r: _codes(r.view.lot.innovative), ["proc-innov"], "BT-776"),
    _L("framework", STRING, lambda r: _code(r.view.lot.framework), "fa-wo-rc", "BT-765"),
    _L("dynamic_purchasing", STRING, lambda r: _code(r.view.lot.dynamic_purchasing), "none", "BT-766"),
    _L("sme_suitable", FLAG, lambda r: r.view.lot.sme_suitable, True, "BT-726"),
    _L("procedure_type", STRING, lambda r: _code(r.view.notice.procedure_type), "open", "BT-105"),
    _L("documents_url", STRING, _documents, "https://udbud.kommune.example/materiale/17", "BT-15, BT-615"),
    _L(
        "submission_url",
        STRING,
        lambda r: uri(r.view.lot.submission_url),
        "https://udbud.kommune.example/aflever/17",
        "BT-18",
    ),
    _L("result", STRING, lambda r: _code(r.view.lot.result), "selec-w", "BT-142"),
    _L(
        "winners",
        TABLE,
        lambda r: [_winner(award) for award in r.view.lot.awards],
        [_WINNER],
        "BT-720, BT-145",
        told=("name",),
    ),
    _L("first_seen", MOMENT, lambda r: moment(r.view.first_seen), "2026-11-06T06:10:00+01:00", required=True),
    _L("updated", MOMENT, lambda r: moment(r.view.updated), "2026-11-19T06:10:00+01:00", required=True),
    _L("changed", MOMENT, lambda r: moment(r.changed), "2026-11-20T06:20:00+01:00", required=True),
    _L("verdict", STRING, lambda r: r.view.assessment and r.view.assessment.verdict.value, "suitable", required=True),
    _L("trades", LIST, lambda r: _codes(r.view.assessment.trades if r.view.assessment else ()), ["cleaning"]),
    _L("value_per_year", NUMBER, lambda r: _amount(value_per_year(r.view)), 1250000, unit="currency"),
    _L("value_per_year_currency", STRING, lambda r: _currency(value_per_year(r.view)), "DKK"),
    _L(
        "evidence",
        TABLE,
        lambda r: [evidence_line(one, r.view) for one in evidence_of(r.view)],
        [_EVIDENCE],
        told=("criterion", "quote"),
    ),
    _L("demands", TABLE, _demands, [_DEMAND], told=("kind", "quote")),
    _L("mark_licence", STRING, lambda r: fit(r.teller.open_data.licence) or None, "CC BY 4.0"),
    _L("mark_licence_url", STRING, lambda r: uri(r.teller.open_data.licence_url), _CC),
    _L("guiding_da", STRING, lambda r: guiding(r.view, "da"), "Vejledende markering …", required=True),
    _L("guiding_en", STRING, lambda r: guiding(r.view, "en"), "Guiding mark …", required=True),
)

# -- agreements ----------------------------------------------------------------------------------------------------

_A = Column[AgreementRecord]


def _own_page(record: AgreementRecord) -> str:
    return address(record.teller.town, f"aftaler/{record.view.slug}.html")


AGREEMENT_COLUMNS: tuple[_A, ...] = (
    _A("id", STRING, lambda r: fit(r.view.slug), "vinduespolering-7c", required=True),
    _A("url", STRING, _own_page, "https://opgaver.kommune.example/aftaler/vinduespolering-7c.html", required=True),
    _A("source", STRING, lambda r: fit(r.view.agreement.source), "aftaler", required=True),
    _A("source_name", STRING, lambda r: r.teller.source_name(r.view.agreement.source), "Kommunen", required=True),
    _A("source_url", STRING, lambda r: uri(r.view.agreement.url), "https://www.kommune.example/indkoebsaftaler"),
    _A("source_licence", STRING, lambda r: r.teller.licence(r.view.agreement.source), "CC BY 4.0", required=True),
    _A("source_licence_url", STRING, lambda r: r.teller.licence_url(r.view.agreement.source), _CC),
    _A("title", STRING, lambda r: spoken(r.view.agreement.title, "da"), "Vinduespolering"),
    _A("supplier", STRING, lambda r: _name(r.view.agreement.supplier), "Klar Rude ApS", "BT-500"),
    _A("supplier_id", STRING, lambda r: _number(r.view.agreement.supplier), "87654321", "BT-501"),
    _A("buyer", STRING, lambda r: _name(r.view.agreement.buyer), "Eksempelby Kommune", "BT-500"),
    _A("buyer_id", STRING, lambda r: _number(r.view.agreement.buyer), "12345678", "BT-501"),
    _A("start", DAY, lambda r: day(r.view.agreement.start), "2023-07-01"),
    _A("end", DAY, lambda r: day(r.view.agreement.end), "2026-12-31"),
    _A("latest_end", DAY, lambda r: day(r.view.agreement.latest_end), "2027-06-30"),
    _A("options", STRING, lambda r: spoken(r.view.agreement.options, "da"), "6 måneder"),
    _A("cpv", LIST, lambda r: _codes(r.view.agreement.cpv), ["90911300"], "BT-262, BT-263"),
    _A("value", NUMBER, lambda r: _amount(r.view.agreement.value), 1200000, "BT-720", "currency"),
    _A("currency", STRING, lambda r: _currency(r.view.agreement.value), "DKK", "BT-720"),
    _A("first_seen", MOMENT, lambda r: moment(r.view.first_seen), "2026-11-06T12:00:00+01:00", required=True),
    _A("changed", MOMENT, lambda r: moment(r.changed), "2026-11-20T06:20:00+01:00", required=True),
    _A("trades", LIST, lambda r: _codes(r.view.trades), ["cleaning"]),
    _A("mark_licence", STRING, lambda r: fit(r.teller.open_data.licence) or None, "CC BY 4.0"),
    _A("mark_licence_url", STRING, lambda r: uri(r.teller.open_data.licence_url), _CC),
)
