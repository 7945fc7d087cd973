"""Why a lot is not marked higher: each single change that would raise its verdict, found by judging once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from notifier.lots import Assessment, Evidence, Verdict
from notifier.suitability.rules import Rules
from notifier.suitability.verdict import Reason, judge


class Change(StrEnum):
    """What would have to be another way; keys of the texts for people."""

    KNOWN = "known"  # a text or a code to judge by
    TRADE = "trade"  # work of one of the trades, by its code or in its title
    SCOPE = "scope"  # no work out of reach
    SIZE = "size"  # a year within what one enterprise can carry
    DEMAND = "demand"  # without one kind of demand
    DEMANDS = "demands"  # without all demands that weigh
    MODEL = "model"  # the rules alone
    TOGETHER = "together"  # nothing alone: all of the above


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One change with the evidence that it would take away, and the verdict that it would give."""

    change: Change
    becomes: Verdict
    evidence: tuple[Evidence, ...] = ()
    parts: tuple[Change, ...] = ()  # what `together` is made of


def hindrances(found: Assessment, rules: Rules) -> tuple[Hindrance, ...]:
    """What keeps the lot below `suitable`, the furthest step first. None for a reserved or a suitable lot.

    The lot's evidence is judged again without one thing at a time; a change that alone raises nothing is not named,
    unless no change does: then all of them together are.
    """
    if found.verdict.rank >= Verdict.SUITABLE.rank:
        return ()
    tried = tuple(_changes(found))
    single = [made for made in (_judged(change, found, rules) for change in tried) if made is not None]
    if not single and tried:
        single = _together(tried, found, rules)
    return tuple(sorted(single, key=lambda one: -one.becomes.rank))


def _together(tried: tuple[Hindrance, ...], found: Assessment, rules: Rules) -> list[Hindrance]:
    """All changes at once, the trade left as it is where that is enough."""
    others = [change for change in tried if change.change not in (Change.TRADE, Change.DEMAND)]
    if not any(change.change is Change.DEMANDS for change in others):
        others += [change for change in tried if change.change is Change.DEMAND]
    gone = tuple(piece for change in others for piece in change.evidence)
    names = tuple(dict.fromkeys(change.change for change in others))
    for trade in (False, True):
        parts = (*((Change.TRADE,) if trade else ()), *names)
        made = _judged(Hindrance(Change.TOGETHER, found.verdict, gone, parts), found, rules, trade=trade)
        if made is not None and made.becomes is Verdict.SUITABLE:
            return [made]
    return []


def _changes(found: Assessment) -> Iterator[Hindrance]:
    """Every change worth trying, its verdict still to be judged."""
    unchanged = found.verdict
    if found.reason == Reason.TOO_LITTLE_KNOWN:
        yield Hindrance(Change.KNOWN, unchanged)
        return
    if model := _met(found, "model"):
        yield Hindrance(Change.MODEL, unchanged, model)
    yield Hindrance(Change.TRADE, unchanged)
    if scope := _met(found, "hard_scope"):
        yield Hindrance(Change.SCOPE, unchanged, scope)
    if size := tuple(piece for piece in _met(found, "size") if piece.weight < 0):
        yield Hindrance(Change.SIZE, unchanged, size)
    demands = _met(found, "demand")
    yield from (Hindrance(Change.DEMAND, unchanged, (demand,)) for demand in demands)
    if len(demands) > 1:
        yield Hindrance(Change.DEMANDS, unchanged, demands)


def _met(found: Assessment, criterion: str) -> tuple[Evidence, ...]:
    return tuple(piece for piece in found.evidence if piece.criterion == criterion)


def _judged(change: Hindrance, found: Assessment, rules: Rules, *, trade: bool = False) -> Hindrance | None:
    """The change with the verdict that it gives; None where it raises nothing."""
    left = tuple(piece for piece in found.evidence if piece not in change.evidence)
    if trade or change.change in (Change.TRADE, Change.KNOWN):
        key = found.trades[0] if found.trades else rules.trades[0].key
        left += (Evidence("trade_cpv", rules.weights.cpv_main, "cpv_main", trade=key),)
    becomes = judge(left, rules, known=True).verdict
    return replace(change, becomes=becomes) if becomes.rank > found.verdict.rank else None
