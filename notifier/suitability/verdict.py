"""From evidence to a verdict.

    any reservation                                          reserved
    no text and no CPV code                                  unsuitable   too_little_known
    no trade                                                 unsuitable   no_trade
    fit = the strongest trade's sum + support (at most support_at_most) + hard scope
    fit < possible_from, with hard scope                     unsuitable   hard_scope
    fit < possible_from                                      unsuitable   weak_trade
    far too large for a year                                 unsuitable   too_large
    fit < suitable_from, or that trade is only hinted at     possible     adjacent_trade
    too large for a year                                     possible     too_large
    demands together weigh `burden` or more                  possible     demanding
    else                                                     suitable     trade_fits

The first line that holds decides; an unknown size or demand never decides. The score orders lots within a verdict:
fit, less what demands and size weigh.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from notifier.lots import Evidence, Verdict
from notifier.suitability.estimate import Estimate
from notifier.suitability.rules import Rules
from notifier.suitability.trades import is_named, trade_sums

RESERVING = ("reserved_participation", "reserved_execution", "reserved_text")
_SUPPORTING = frozenset({"social_objective", "social_clause", "sme_suitable", "light_regime"})


class Reason(StrEnum):
    """Why the verdict is not another; keys of the texts for people."""

    RESERVED_PARTICIPATION = "reserved_participation"
    RESERVED_EXECUTION = "reserved_execution"
    RESERVED_TEXT = "reserved_text"
    TRADE_FITS = "trade_fits"
    ADJACENT_TRADE = "adjacent_trade"
    TOO_LARGE = "too_large"
    DEMANDING = "demanding"
    HARD_SCOPE = "hard_scope"
    WEAK_TRADE = "weak_trade"
    NO_TRADE = "no_trade"
    TOO_LITTLE_KNOWN = "too_little_known"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the evidence comes to. `trades` are those worth naming, heaviest first."""

    verdict: Verdict
    reason: Reason
    score: float
    trades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sums:
    trade: float
    named: bool  # the strongest trade by a code or word of its own
    fit: float
    hard: float
    burden: float  # below 0
    size: str  # "", fits, too_large, far_too_large


def judge(evidence: tuple[Evidence, ...], rules: Rules, *, known: bool) -> Judgement:
    """The verdict on a lot; `known` says whether there is text or a code enough to judge by."""
    trades = trade_sums(evidence, rules.trades)
    sums = _sums(evidence, rules, trades)
    verdict, reason = _reserved(evidence) or _fit(sums, rules, known)
    score = sums.fit + sums.burden + _total(evidence, "size", "doubt", *RESERVING)
    return Judgement(verdict, reason, round(score, 3), named(trades, rules))


_MAY_RISE = frozenset({Reason.NO_TRADE, Reason.WEAK_TRADE, Reason.HARD_SCOPE})


def with_estimate(
    judgement: Judgement, estimate: Estimate | None, rules: Rules
) -> tuple[Judgement, tuple[Evidence, ...]]:
    """What a model makes of the rules' judgement, and the evidence for it where it moves the lot.

    It moves a lot that nothing but its trade shuts out to `possible`, and one that fits to `unsuitable`. It never makes
    a lot `suitable`, and never touches a reservation, a size that is out of reach, or one of which too little is known.
    """
    if estimate is None:
        return judgement, ()
    fits = judgement.verdict in (Verdict.SUITABLE, Verdict.POSSIBLE)
    if not fits and judgement.reason in _MAY_RISE and estimate.probability >= rules.model.raise_from:
        return replace(judgement, verdict=Verdict.POSSIBLE, reason=Reason.MODEL), estimate.evidence
    if fits and estimate.probability < rules.model.lower_below:
        return replace(judgement, verdict=Verdict.UNSUITABLE, reason=Reason.MODEL), estimate.evidence
    return judgement, ()


def named(trades: dict[str, float], rules: Rules) -> tuple[str, ...]:
    """The trades that are named to readers: near enough to the strongest, and not only hinted at."""
    lines = rules.thresholds
    least = max(lines.listed_from, lines.listed_share * max(trades.values(), default=0.0))
    return tuple(key for key, weight in trades.items() if weight >= least)


def _reserved(evidence: tuple[Evidence, ...]) -> tuple[Verdict, Reason] | None:
    met = {piece.criterion for piece in evidence}
    return next(((Verdict.RESERVED, Reason(criterion)) for criterion in RESERVING if criterion in met), None)


def _sums(evidence: tuple[Evidence, ...], rules: Rules, trades: dict[str, float]) -> _Sums:
    key, trade = next(iter(trades.items()), ("", 0.0))
    support = min(_total(evidence, *_SUPPORTING), rules.weights.support_at_most)
    hard = _total(evidence, "hard_scope")
    size = next((piece.note for piece in evidence if piece.criterion == "size"), "")
    fit = trade + (support if trade else 0.0) + hard
    return _Sums(trade, is_named(key, evidence), fit, hard, _total(evidence, "demand"), size)


def _total(evidence: Iterable[Evidence], *criteria: str) -> float:
    return sum(piece.weight for piece in evidence if piece.criterion in criteria)


def _fit(sums: _Sums, rules: Rules, known: bool) -> tuple[Verdict, Reason]:
    if not sums.trade:
        return Verdict.UNSUITABLE, Reason.NO_TRADE if known else Reason.TOO_LITTLE_KNOWN
    if sums.fit < rules.thresholds.possible_from:
        return Verdict.UNSUITABLE, Reason.HARD_SCOPE if sums.hard else Reason.WEAK_TRADE
    if sums.size == "far_too_large":
        return Verdict.UNSUITABLE, Reason.TOO_LARGE
    if sums.fit < rules.thresholds.suitable_from or not sums.named:
        return Verdict.POSSIBLE, Reason.ADJACENT_TRADE
    if sums.size == "too_large":
        return Verdict.POSSIBLE, Reason.TOO_LARGE
    if -sums.burden >= rules.thresholds.burden:
        return Verdict.POSSIBLE, Reason.DEMANDING
    return Verdict.SUITABLE, Reason.TRADE_FITS
