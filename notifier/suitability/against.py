"""Criteria that weigh against a lot: its size, and work that is out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from notifier.lots import Evidence, Lot, Money, Notice, contract_years
from notifier.suitability.codes import meaning
from notifier.suitability.reading import Case, Place
from notifier.suitability.rules import Rules
from notifier.suitability.wordlists import Use


@dataclass(frozen=True, slots=True)
class Size:
    """What is known of the value per year in DKK: at least and at most; None where unknown."""

    field: str
    value: Money
    least: Decimal | None
    most: Decimal | None


def size(case: Case) -> tuple[Evidence, ...]:
    """Value per year against what one enterprise can carry. An unknown value is no evidence at all."""
    known = size_of(case.lot, case.notice, case.rules)
    if known is None:
        return ()
    limit = Decimal(str(case.rules.thresholds.annual_value))
    weights = case.rules.weights
    if known.most is not None and known.most <= limit:
        return (_sized(known, weights.size_fits, "fits"),)
    if known.least is not None and known.least > limit:
        far = known.least > Decimal(str(case.rules.thresholds.annual_value_far))
        return (_sized(known, weights.too_large, "far_too_large" if far else "too_large"),)
    return ()


def _sized(known: Size, weight: float, note: str) -> Evidence:
    quote = f"{known.value.amount.normalize():f} {known.value.currency}"
    return Evidence("size", weight, known.field, quote, note=note)


def size_of(lot: Lot, notice: Notice, rules: Rules) -> Size | None:
    """What the value says of one year; None where there is none, it is not above zero, or the currency is unknown.

    Without a duration, the whole value is the most that a year can be; of a framework agreement, a year is at
    least the value spread over the longest time that the law allows.
    """
    field, value = stated_value(lot, notice)
    dkk = rules.rates.in_dkk(value) if value is not None else None
    if value is None or dkk is None or dkk <= 0:
        return None
    years = contract_years(lot)
    if years is not None:
        per_year = dkk / Decimal(str(max(years, 1.0)))
        return Size(field, value, per_year, per_year)
    framework = lot.framework not in ("", "none")
    least = dkk / Decimal(str(rules.thresholds.framework_years)) if framework else None
    return Size(field, value, least, dkk)


def stated_value(lot: Lot, notice: Notice) -> tuple[str, Money | None]:
    """The field and the lot's own value, else its framework's maximum, else the procedure's where this is its only lot.

    The amount is None where none of them is stated.
    """
    if lot.value is not None:
        return "value", lot.value
    if lot.framework_maximum is not None:
        return "framework_maximum", lot.framework_maximum
    return "notice.value", notice.value if len(notice.lots) == 1 else None


def hard_scope(case: Case) -> tuple[Evidence, ...]:
    """Work out of reach by the main CPV code, or by words in the lot's own title."""
    return _hard_code(case) + _hard_word(case)


def _hard_code(case: Case) -> tuple[Evidence, ...]:
    code = case.lot.cpv_main
    scope = meaning(code, case.rules.codes).hard
    if not scope:
        return ()
    return (Evidence("hard_scope", case.rules.weights.hard_cpv, "cpv_main", code, 0, len(code), note=scope),)


def _hard_word(case: Case) -> tuple[Evidence, ...]:
    for passage in case.passages:
        if passage.place is Place.TITLE:
            for hit in passage.of(Use.HARD):
                quote, weight = passage.text[hit.start : hit.end], case.rules.weights.hard_word
                note = hit.term.key
                return (Evidence("hard_scope", weight, passage.field, quote, hit.start, hit.end, note=note),)
    return ()
