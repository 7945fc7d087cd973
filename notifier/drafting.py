"""A lot before it is published: what shuts small enterprises out, what is out of proportion, what division does.

Pure: nothing of a draft is stored, learned from or published.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from notifier.amounts import parse_money
from notifier.lots import Assessment, Demand, Lot, Money, Notice, Stage, Verdict, annual_value
from notifier.phrases import shorten
from notifier.suitability import Rules, assess
from notifier.suitability.hindrances import Hindrance, hindrances
from notifier.text import clean, clean_line, sentence_around

# Directive 2014/24/EU art. 58(3): a minimum turnover of at most twice the contract's value, but for special reasons.
TURNOVER_TIMES = 2
# More lots than this are no advice any more.
MOST_LOTS = 20
LONGEST = 1_000_000  # characters of a draft; tender documents have a few hundred thousand
LONGEST_TITLE = 150
MOST_MONTHS = 600
_STOP = re.compile(r"[.!?:;](?=\s|\Z)")


def parted(whole: str) -> tuple[str, str]:
    """A draft as it is pasted: the first line is the title, and the rest the text. Both as they were typed, cleaned.

    Demands are not looked for in titles. So a first line that is long, or holds a full stop, is text like the rest, and
    its first sentence the title as well.
    """
    first, _, rest = whole.strip().partition("\n")
    line = clean_line(first, LONGEST)
    if len(line) <= LONGEST_TITLE and not _STOP.search(line):
        return line, clean(rest, LONGEST)
    _, end = sentence_around(line, 0, 0)
    return shorten(line[:end], LONGEST_TITLE), clean(whole, LONGEST)


def read_value(typed: str) -> Money | None:
    """The whole value as an officer types it: "12 mio. kr.", "1.500.000", "1500000"; None where it is no amount."""
    if re.fullmatch(r"[0-9]{1,12}", typed.strip()):
        return Money(Decimal(typed.strip()))
    return parse_money(typed) or parse_money(f"{typed} kr.")


def read_code(typed: str) -> str:
    """A CPV code of eight digits, with or without its check digit; "" where it is none."""
    found = re.fullmatch(r"([0-9]{8})(?:-[0-9])?", typed.strip())
    return found[1] if found else ""


class Concern(StrEnum):
    """What is wrong with a demand; keys of the texts for people."""

    TWICE_THE_VALUE = "twice_the_value"  # directive 2014/24/EU art. 58(3): turnover at most twice the contract's value
    ABOVE_THEIRS = "above_theirs"  # more turnover than the enterprises have
    GUARANTEE_SHARE = "guarantee_share"  # a large share of the contract's value
    ABOVE_A_YEAR = "above_a_year"  # more capital than a year of the contract is worth
    WEIGHS = "weighs"  # no amount to compare; it counts against by the rules
    UNKNOWN_VALUE = "unknown_value"  # an amount is asked, but the value to compare with is not known


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A demand of the draft, quoted, and what is wrong with it."""

    demand: Demand
    concern: Concern


@dataclass(frozen=True, slots=True)
class Division:
    """So many lots of equal size (§ 49 of udbudsloven), and the verdict on each."""

    lots: int
    value_per_year: Money
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Review:
    """All that is said of a draft."""

    lot: Lot
    notice: Notice
    found: Assessment
    hindrances: tuple[Hindrance, ...]
    obstacles: tuple[Obstacle, ...]
    division: Division | None


def draft_lot(title: str, text: str, *, cpv: str, value: Money | None, duration: str) -> tuple[Lot, Notice]:
    """The draft as a lot and its notice; `duration` as in `Lot`, "" where unknown."""
    lot = Lot(lot_id="1", title=title, description=text, cpv_main=cpv, value=value, duration=duration)
    return lot, Notice("draft", "1", Stage.PLANNING, title, lots=(lot,))


def review(lot: Lot, notice: Notice, rules: Rules) -> Review:
    """Judge a draft by the rules, without a model: what is said of it has to be told by words."""
    found = assess(lot, notice, rules)
    obstacles = tuple(_obstacles(lot, found, rules))
    return Review(lot, notice, found, hindrances(found, rules), obstacles, _division(lot, notice, found, rules))


def _obstacles(lot: Lot, found: Assessment, rules: Rules) -> Iterator[Obstacle]:
    weighing = {rule.kind for rule in rules.demands if rule.weight < 0}
    for demand in found.demands:
        concern = _concern(demand, lot, rules)
        if concern is None and demand.kind in weighing:
            concern = Concern.WEIGHS
        if concern is not None:
            yield Obstacle(demand, concern)


def _concern(demand: Demand, lot: Lot, rules: Rules) -> Concern | None:
    if demand.amount is None or demand.kind not in ("turnover", "capital", "guarantee"):
        return None
    asked = rules.rates.in_dkk(demand.amount)
    whole = rules.rates.in_dkk(lot.value) if lot.value is not None else None
    if asked is None:
        return None
    if demand.kind == "turnover" and whole is not None and asked > TURNOVER_TIMES * whole:
        return Concern.TWICE_THE_VALUE
    if demand.kind == "turnover" and asked > Decimal(str(rules.thresholds.turnover)):
        return Concern.ABOVE_THEIRS
    if whole is None:
        return Concern.UNKNOWN_VALUE
    if demand.kind == "guarantee" and asked > whole * Decimal(str(rules.thresholds.guarantee_share)):
        return Concern.GUARANTEE_SHARE
    year = annual_value(lot)
    yearly = rules.rates.in_dkk(year) if year is not None else whole
    if demand.kind == "capital" and yearly is not None and asked > yearly:
        return Concern.ABOVE_A_YEAR
    return None


def _division(lot: Lot, notice: Notice, found: Assessment, rules: Rules) -> Division | None:
    """The fewest equal lots that one enterprise can carry, where that raises the verdict; else None."""
    year = annual_value(lot) or lot.value
    dkk = rules.rates.in_dkk(year) if year is not None else None
    if lot.value is None or dkk is None or year is None:
        return None
    parts = math.ceil(dkk / Decimal(str(rules.thresholds.annual_value)))
    if not 2 <= parts <= MOST_LOTS:
        return None
    smaller = replace(lot, value=Money(lot.value.amount / parts, lot.value.currency))
    verdict = assess(smaller, replace(notice, lots=(smaller,)), rules).verdict
    if verdict.rank <= found.verdict.rank:
        return None
    each = Money((year.amount / parts).quantize(Decimal(1)), year.currency)
    return Division(parts, each, verdict)
