"""Why a lot is not marked higher: each single change that would raise its verdict, found by judging once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
        gone = tuple(piece for change in tried for piece in change.evidence)
        together = _judged(Hindrance(Change.TOGETHER, found.verdict, gone), found, rules, trade=True)
        single = [together] if together else []
    return tuple(sorted(single, key=lambda one: -one.becomes.rank))


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
    return Hindrance(change.change, becomes, change.evidence) if becomes.rank > found.verdict.rank else None
