"""The table of facts on a lot's page: a label, a value, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from notifier.amounts import write_money
from notifier.clock import write_deadline
from notifier.lots import Award, Deadline, Lot, LotView, Money
from notifier.phrases import value_per_year, write_cpv, write_duration, write_place
from notifier.site.codes import coded, company_number
from notifier.site.reader import Reader


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the table."""

    label: str
    value: str
    trades: tuple[tuple[str, str], ...] = ()  # key and name of each, where the value is trades
    language: str = ""  # of the value, where it is a source's words in another than the reader's


def facts(view: LotView, reader: Reader) -> tuple[Fact, ...]:
    """What is known of the lot, in the order in which an enterprise asks: when, how much, how long, where, what."""
    return tuple(fact for of in _ORDER for fact in of(view, reader))


def deadlines(lot: Lot) -> tuple[tuple[str, Deadline], ...]:
    """Keys of the site's texts with the deadlines to act on, the first hurdle first."""
    steps = (
        ("site.deadline_interest", lot.interest_deadline),
        ("site.deadline_participation", lot.participation_deadline),
        ("site.deadline_tender", lot.deadline),
    )
    return tuple((key, deadline) for key, deadline in steps if deadline is not None)


def _deadlines(view: LotView, reader: Reader) -> Iterator[Fact]:
    for key, deadline in deadlines(view.lot):
        yield Fact(reader.w(key), write_deadline(deadline, reader.language))
    if view.lot.questions_deadline:
        yield Fact(reader.w("site.fact_questions"), write_deadline(view.lot.questions_deadline, reader.language))


def _values(view: LotView, reader: Reader) -> Iterator[Fact]:
    amounts = (
        ("site.fact_value_year", value_per_year(view)),
        ("site.fact_value", view.lot.value),
        ("site.fact_maximum", view.lot.framework_maximum),
    )
    for key, money in amounts:
        if money:
            yield Fact(reader.w(key), _without_vat(money, reader))
    if not any(money for _, money in amounts):
        yield Fact(reader.w("site.fact_value"), reader.w("common.unknown"))


def _without_vat(money: Money, reader: Reader) -> str:
    return reader.w("site.fact_without_vat", money=write_money(money, reader.language))


def _duration(view: LotView, reader: Reader) -> Iterator[Fact]:
    lot = view.lot
    if lot.duration:
        yield Fact(reader.w("site.fact_duration"), reader.text(write_duration(lot.duration, reader.language)))
    if period := _period(lot, reader):
        yield Fact(reader.w("site.fact_period"), period)
    if lot.renewals is not None:
        times = reader.w("site.renewals", count=lot.renewals) if lot.renewals else reader.w("site.renewals_none")
        yield Fact(reader.w("site.fact_renewals"), times)


def _period(lot: Lot, reader: Reader) -> str:
    w = reader.w
    if lot.start and lot.end:
        return w("site.fact_period_from_to", start=reader.day(lot.start), end=reader.day(lot.end))
    if lot.start:
        return w("site.fact_period_from", start=reader.day(lot.start))
    return w("site.fact_period_to", end=reader.day(lot.end)) if lot.end else ""


def _place(view: LotView, reader: Reader) -> Iterator[Fact]:
    yield Fact(reader.w("site.fact_place"), reader.text(write_place(view.lot, reader.language)))


def trades_fact(keys: Iterable[str], reader: Reader) -> Iterator[Fact]:
    """The trades by name; nothing where there is none that the rules know."""
    known = tuple((key, reader.trades[key]) for key in keys if key in reader.trades)
    if known:
        yield Fact(reader.w("site.fact_trades"), ", ".join(name for _, name in known), known)


def _work(view: LotView, reader: Reader) -> Iterator[Fact]:
    lot = view.lot
    if view.assessment:
        yield from trades_fact(view.assessment.trades, reader)
    if f"site.nature_{lot.nature}" in reader.w:
        yield Fact(reader.w("site.fact_nature"), reader.w(f"site.nature_{lot.nature}"))
    if codes := tuple(code for code in (lot.cpv_main, *lot.cpv_additional) if code):
        named = [write_cpv(code, reader.language) for code in dict.fromkeys(codes)]
        yield Fact(reader.w("site.fact_cpv"), reader.text("; ".join(named)))  # names have commas in them


def _procedure(view: LotView, reader: Reader) -> Iterator[Fact]:
    w, lot, notice = reader.w, view.lot, view.notice
    if f"common.framework_{lot.framework}" in w:
        yield Fact(w("site.fact_framework"), w(f"common.framework_{lot.framework}"))
    if f"site.procedure_{notice.procedure_type}" in w:
        yield Fact(w("site.fact_procedure"), w(f"site.procedure_{notice.procedure_type}"))
    if lot.sme_suitable:
        yield Fact(w("site.fact_sme"), w("site.fact_sme_yes"))


def _buyers(view: LotView, reader: Reader) -> Iterator[Fact]:
    for buyer in view.notice.buyers:
        known = company_number(buyer)
        number = f" ({reader.w('site.fact_buyer_id', number=known)})" if known else ""
        yield Fact(reader.w("site.fact_buyer"), f"{reader.text(buyer.name)}{number}")


def _awards(view: LotView, reader: Reader) -> Iterator[Fact]:
    for award in view.lot.awards:
        yield Fact(reader.w("site.fact_winner"), _winner(award, reader))


def _winner(award: Award, reader: Reader) -> str:
    name = reader.text(award.winner.name)
    if award.value is None:
        return name
    return reader.w("site.fact_winner_value", winner=name, money=write_money(award.value, reader.language))


def _publication(view: LotView, reader: Reader) -> Iterator[Fact]:
    if view.notice.publication_number:
        yield Fact(reader.w("site.fact_number"), coded(view.notice.publication_number, reader.language))


_ORDER: tuple[Callable[[LotView, Reader], Iterator[Fact]], ...] = (
    _deadlines,
    _values,
    _duration,
    _place,
    _work,
    _procedure,
    _buyers,
    _awards,
    _publication,
)
