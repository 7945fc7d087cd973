"""The way through: a lot and its notice in, an assessment out."""

from __future__ import annotations

import re
from collections.abc import Callable

from notifier.lots import Agreement, Assessment, Evidence, Lot, Notice, Stage, Verdict, annual_value
from notifier.suitability import against, demands, reserved, trades
from notifier.suitability.estimate import Estimator
from notifier.suitability.reading import Case, read
from notifier.suitability.rules import Rules
from notifier.suitability.verdict import RESERVING, judge, named, with_estimate

# Each looks at one thing and answers with what it found. A new criterion is a function in this list.
CRITERIA: tuple[Callable[[Case], tuple[Evidence, ...]], ...] = (
    reserved.reserved_participation,
    reserved.reserved_execution,
    reserved.reserved_text,
    trades.trade_cpv,
    trades.trade_words,
    against.size,
    reserved.social_objective,
    reserved.social_clause,
    reserved.sme_suitable,
    reserved.light_regime,
    against.hard_scope,
)
_CPV = re.compile(r"\d{8}")


def assess(lot: Lot, notice: Notice, rules: Rules, model: Estimator | None = None) -> Assessment:
    """The verdict on one lot with all its evidence, heaviest first. Pure, and in time bounded by the texts' length.

    A model is asked after the rules, and only about lots that are not reserved.
    """
    case = read(lot, notice, rules)
    asked = demands.demands(case)
    evidence = tuple(piece for criterion in CRITERIA for piece in criterion(case))
    evidence += demands.burdens(asked, rules) + _doubt(evidence, rules)
    judgement = judge(evidence, rules, known=_known(case))
    if model is not None and judgement.verdict is not Verdict.RESERVED:
        texts = tuple((passage.field, passage.text) for passage in case.passages)
        judgement, learned = with_estimate(judgement, model.estimate(texts, evidence), rules)
        evidence += learned
    return Assessment(
        verdict=judgement.verdict,
        score=judgement.score,
        trades=judgement.trades,
        evidence=tuple(sorted(evidence, key=lambda piece: -abs(piece.weight))),
        demands=asked,
        value_per_year=annual_value(lot),
        reason=judgement.reason.value,
        rules_version=rules.version,
    )


def _known(case: Case) -> bool:
    letters = sum(len(passage.text) for passage in case.passages)
    return letters >= case.rules.thresholds.least_text or _CPV.fullmatch(case.lot.cpv_main) is not None


def _doubt(evidence: tuple[Evidence, ...], rules: Rules) -> tuple[Evidence, ...]:
    """A reservation of work out of reach stays a reservation; the doubt is shown beside it."""
    if not any(piece.criterion in RESERVING for piece in evidence):
        return ()
    return tuple(
        Evidence("doubt", rules.weights.doubt, hard.field, hard.quote, hard.start, hard.end, note=hard.note)
        for hard in evidence
        if hard.criterion == "hard_scope"
    )


def agreement_trades(agreement: Agreement, rules: Rules) -> tuple[str, ...]:
    """The trades of a purchasing agreement, by the same words and codes as a lot's, heaviest first."""
    main, more = (agreement.cpv[0], agreement.cpv[1:]) if agreement.cpv else ("", ())
    lot = Lot(lot_id="", title=agreement.title, cpv_main=main, cpv_additional=more)
    notice = Notice(agreement.source, agreement.key, Stage.AWARD, agreement.title)
    case = read(lot, notice, rules)
    found = trades.trade_cpv(case) + trades.trade_words(case)
    return named(trades.trade_sums(found, rules.trades), rules)
