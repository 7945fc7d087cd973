"""Lots for the tests of suitability: the shipped rules, and short ways to a lot."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from notifier.lots import Assessment, Demand, Evidence, Lot, Money, Notice, Stage
from notifier.resources import resource
from notifier.suitability import Rules, assess, field_text, load_rules
from notifier.suitability.reading import Case, read


@cache
def rules() -> Rules:
    return load_rules(resource("config/suitability.toml"))


def a_lot(**fields: object) -> Lot:
    return Lot(**{"lot_id": "1", "title": "", **fields})  # type: ignore[arg-type]


def a_notice(*lots: Lot, **fields: object) -> Notice:
    known = {"source": "by", "key": "1", "stage": Stage.CALL, "title": "", "lots": lots}
    return Notice(**{**known, **fields})  # type: ignore[arg-type]


def a_case(lot: Lot, notice: Notice | None = None) -> Case:
    return read(lot, notice or a_notice(lot), rules())


def assessed(notice: Notice | None = None, /, **fields: object) -> Assessment:
    lot = a_lot(**fields)
    return assess(lot, notice or a_notice(lot), rules())


def kroner(amount: int) -> Money:
    return Money(Decimal(amount))


def assert_quotes_are_true(result: Assessment, lot: Lot, notice: Notice) -> None:
    """Every quote with a place stands there, letter for letter."""
    pieces: list[Evidence | Demand] = [*result.evidence, *result.demands]
    for piece in pieces:
        assert (piece.start is None) == (piece.end is None)
        if piece.start is not None:
            assert piece.quote
            assert field_text(lot, notice, piece.field)[piece.start : piece.end] == piece.quote
