"""What the buyer asks of a bidder, in its own words, and what of it weighs against the lot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from notifier.amounts import parse_money
from notifier.lots import Demand, Evidence, Money
from notifier.suitability.reading import Case, Passage, Place
from notifier.suitability.rules import DemandRule, Rules
from notifier.suitability.wordlists import Hit, Use
from notifier.text import sentence_around

# Readers are shown a few of each kind; a document pasted into a notice repeats itself.
MOST_OF_A_KIND = 3
# Kinds that ask for an amount. In a sentence on references the amount is what they were worth, or the insurance's.
OF_MONEY = frozenset({"turnover", "capital", "guarantee", "insurance"})
# Of each kind in one text; beyond it, the text is repeating itself and time is bounded.
MOST_LOOKED_AT = 20
_HAS_NUMBER = re.compile(r"\d")


def demands(case: Case) -> tuple[Demand, ...]:
    """Every demand found outside the titles, at most three of a kind, each quoted as its sentence.

    The amount is the one that the sentence names without VAT, of several the demand's own; None where that is not told.
    """
    found: dict[str, list[Demand]] = {rule.kind: [] for rule in case.rules.demands}
    for passage in case.passages:
        if passage.place not in (Place.TITLE, Place.NOTICE_TITLE):
            for demand in _of_passage(passage):
                known = found[demand.kind]
                if len(known) < MOST_OF_A_KIND and all(demand.quote != other.quote for other in known):
                    known.append(demand)
    return tuple(demand for kind in found.values() for demand in kind)


def _of_passage(passage: Passage) -> Iterator[Demand]:
    """The demands of one text, one for each sentence and kind."""
    read_until: dict[str, int] = {}
    looked_at: Counter[str] = Counter()
    for hit in passage.of(Use.DEMAND):
        kind = hit.term.key
        if hit.end <= read_until.get(kind, 0) or looked_at[kind] >= MOST_LOOKED_AT:
            continue
        looked_at[kind] += 1
        start, end = sentence_around(passage.text, hit.start, hit.end)
        read_until[kind] = end
        if not passage.denies(start, end):
            amount = _amount(passage, hit, start, end) if kind in OF_MONEY else None
            yield Demand(kind, passage.text[start:end], passage.field, start, end, amount)


def _amount(passage: Passage, demand: Hit, start: int, end: int) -> Money | None:
    """The one amount of a demand's sentence; of several, the one that stands behind this demand and before the next.

    "Omsætning på mindst 40 mio. kr. og bankgaranti på 5 mio. kr." None where an amount stands before every demand:
    there nobody knows whose it is.
    """
    text = passage.text
    if (whole := parse_money(text[start:end], limits=True)) is not None:
        return whole
    others = [hit for hit in passage.of(Use.DEMAND) if hit.term.key in OF_MONEY and start <= hit.start < end]
    first = min(hit.start for hit in others)
    if _HAS_NUMBER.search(text, start, first):
        return None
    behind = (hit.start for hit in others if hit.start >= demand.end and hit.term.key != demand.term.key)
    return parse_money(text[demand.start : min(behind, default=end)], limits=True)


def burdens(asked: tuple[Demand, ...], rules: Rules) -> tuple[Evidence, ...]:
    """The demands that weigh against: the heaviest of each kind counts once."""
    return tuple(piece for rule in rules.demands if rule.weight < 0 for piece in _heaviest(rule, asked, rules))


def _heaviest(rule: DemandRule, asked: tuple[Demand, ...], rules: Rules) -> Iterator[Evidence]:
    of_kind = [demand for demand in asked if demand.kind == rule.kind]
    if of_kind:
        demand = max(of_kind, key=lambda one: _is_high(one, rules))
        weight = rule.weight * (2 if _is_high(demand, rules) else 1)
        yield Evidence("demand", weight, demand.field, demand.quote, demand.start, demand.end, note=rule.kind)


def _is_high(demand: Demand, rules: Rules) -> bool:
    """A turnover demanded above what these enterprises have."""
    dkk = rules.rates.in_dkk(demand.amount) if demand.kind == "turnover" and demand.amount is not None else None
    return dkk is not None and dkk > Decimal(str(rules.thresholds.turnover))
