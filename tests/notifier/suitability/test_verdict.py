"""The lines from evidence to a verdict, in their order."""

from __future__ import annotations

import pytest

from notifier.lots import Evidence, Verdict
from notifier.suitability.verdict import Judgement, Reason, judge

from .make import rules

RESERVED = Evidence("reserved_participation", 10.0, "reserved[0]", "res-ws", note="§ 54")
NAMED = Evidence("trade_cpv", 2.0, "cpv_main", "90910000", trade="cleaning")
WEAK = Evidence("trade_words", 0.5, "description", "rengøring", trade="cleaning")
BESIDE = Evidence("trade_cpv", 1.0, "cpv_main", "39130000", trade="furniture_wood", note="adjacent")
HINTED = Evidence("trade_words", 0.75, "title", "Møbler", trade="furniture_wood", note="hint")
HINTED_MORE = Evidence("trade_words", 0.25, "description", "møbler", trade="furniture_wood", note="hint")
SOCIAL = Evidence("social_clause", 0.5, "performance_terms[0]", "langtidsledige")
OBJECTIVE = Evidence("social_objective", 0.5, "social_objectives[0]", "opp")
HARD = Evidence("hard_scope", -3.0, "cpv_main", "45000000", note="construction")
LARGE = Evidence("size", -1.0, "value", "60000000 DKK", note="too_large")
FAR = Evidence("size", -1.0, "value", "600000000 DKK", note="far_too_large")
CLEARANCE = Evidence("demand", -1.0, "description", "sikkerhedsgodkendt", note="clearance")


def judged(*evidence: Evidence, known: bool = True) -> Judgement:
    return judge(evidence, rules(), known=known)


@pytest.mark.parametrize(
    ("evidence", "verdict", "reason"),
    [
        ((RESERVED, HARD, FAR), Verdict.RESERVED, Reason.RESERVED_PARTICIPATION),
        ((), Verdict.UNSUITABLE, Reason.NO_TRADE),
        ((SOCIAL, OBJECTIVE), Verdict.UNSUITABLE, Reason.NO_TRADE),
        ((WEAK,), Verdict.UNSUITABLE, Reason.WEAK_TRADE),
        ((WEAK, SOCIAL), Verdict.POSSIBLE, Reason.ADJACENT_TRADE),
        ((NAMED, HARD), Verdict.UNSUITABLE, Reason.HARD_SCOPE),
        ((NAMED, FAR), Verdict.UNSUITABLE, Reason.TOO_LARGE),
        ((NAMED, LARGE), Verdict.POSSIBLE, Reason.TOO_LARGE),
        ((NAMED, CLEARANCE), Verdict.POSSIBLE, Reason.DEMANDING),
        ((BESIDE, HINTED, HINTED_MORE), Verdict.POSSIBLE, Reason.ADJACENT_TRADE),
        ((NAMED,), Verdict.SUITABLE, Reason.TRADE_FITS),
    ],
)
def test_the_first_line_that_holds_decides(evidence: tuple[Evidence, ...], verdict: Verdict, reason: Reason) -> None:
    result = judged(*evidence)
    assert (result.verdict, result.reason) == (verdict, reason)


def test_where_nothing_is_known_that_is_the_reason() -> None:
    assert judged(known=False).reason is Reason.TOO_LITTLE_KNOWN


def test_support_counts_up_to_its_limit_and_only_beside_a_trade() -> None:
    assert judged(NAMED, SOCIAL, OBJECTIVE).score == judged(NAMED, SOCIAL).score == 2.5
    assert judged(SOCIAL).score == 0


def test_the_score_falls_with_size_and_demands() -> None:
    assert judged(NAMED, LARGE, CLEARANCE).score == 0.0


def test_only_trades_near_the_strongest_are_named() -> None:
    assert judged(NAMED, BESIDE).trades == ("cleaning", "furniture_wood")
    assert judged(NAMED, NAMED, BESIDE).trades == ("cleaning",)
    assert judged(WEAK).trades == ()
