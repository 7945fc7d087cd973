"""The sample town's lots are read as a person meant them to be read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from notifier.lots import Agreement, Lot, Money, Notice
from notifier.sampletown.town import DAYS, SampleLot, Tender, town_on
from notifier.suitability import agreement_trades, assess

from .make import a_notice, rules


def lots(day: int) -> Iterator[tuple[SampleLot, Lot, Notice]]:
    town = town_on(day)
    for tender in (*town.ted, *town.own):
        made = tuple(a_town_lot(number, lot, tender) for number, lot in enumerate(tender.lot, start=1))
        notice = a_notice(*made, title=tender.title, description=tender.summary)
        yield from ((sample, lot, notice) for sample, lot in zip(tender.lot, made, strict=True))


def a_town_lot(number: int, sample: SampleLot, tender: Tender) -> Lot:
    return Lot(
        lot_id=str(number),
        title=sample.title,
        description=sample.text,
        cpv_main=sample.cpv,
        cpv_additional=sample.more_cpv,
        value=Money(Decimal(sample.value)),
        duration=f"P{sample.months}M",
        framework=tender.framework,
        reserved=(sample.reserved,) if sample.reserved else (),
        strategic=sample.strategic,
        social_objectives=sample.objectives,
        sme_suitable=sample.sme,
        performance_terms=tuple(town_on(1).about.clauses[clause] for clause in tender.clauses),
        additional_information=tender.not_reserved,
    )


@pytest.mark.parametrize("day", DAYS)
def test_every_lot_of_the_sample_town_gets_its_intended_verdict(day: int) -> None:
    read = [(sample.title, sample.intended, assess(lot, notice, rules())) for sample, lot, notice in lots(day)]
    assert [
        (title, result.verdict, result.reason) for title, meant, result in read if result.verdict is not meant
    ] == []
    assert len(read) > 40


@pytest.mark.parametrize("day", DAYS)
def test_every_intended_trade_of_a_fitting_lot_is_found(day: int) -> None:
    read = [(sample, assess(lot, notice, rules())) for sample, lot, notice in lots(day) if sample.intended.rank]
    assert [(sample.title, result.trades) for sample, result in read if not {*sample.trades} <= {*result.trades}] == []


def test_every_planned_purchase_gets_its_intended_verdict() -> None:
    for plan in town_on(1).planned:
        lot = Lot(
            "1", plan.title, plan.text, cpv_main=plan.cpv, value=Money(Decimal(plan.value)), duration=f"P{plan.months}M"
        )
        assert (plan.title, assess(lot, a_notice(lot, title=plan.title), rules()).verdict) == (
            plan.title,
            plan.intended,
        )


def test_the_agreements_have_their_trades() -> None:
    for sample in town_on(1).agreements:
        found = agreement_trades(Agreement("aftaler", sample.area, sample.area), rules())
        assert (sample.area, {*found}) == (sample.area, {*sample.trades})
