"""The proof on labelled lots says so where the rules fall short."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier.learning.evaluating import Outcome
from notifier.lots import Verdict
from tests.prove import suitability
from tests.shared import needs_shared


def outcome(person: Verdict, machine: Verdict, *, by_cpv: bool = False) -> Outcome:
    return Outcome("x", 1, "da", person, machine, by_cpv=by_cpv, by_cpv_wide=False, by_keyword=False)


def shortcomings(check: Iterator[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    found = list(check)
    assert capsys.readouterr().out
    return found


def test_lots_that_are_missed_or_an_alert_that_does_as_well_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    missed = [outcome(Verdict.SUITABLE, Verdict.UNSUITABLE, by_cpv=True)] * 3 + [
        outcome(Verdict.POSSIBLE, Verdict.POSSIBLE, by_cpv=True)
    ]
    assert shortcomings(suitability._fit(missed), capsys) == [
        "precision or recall of fit is below 0.75",
        "F1 of fit is not above alert by CPV",
    ]


@needs_shared
def test_a_reservation_that_is_missed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    judged = [outcome(example.verdict, Verdict.UNSUITABLE) for example in suitability.labelled()]
    lines = shortcomings(suitability._reserved(judged, suitability.agreement()), capsys)
    assert lines == ["88 reserved lots are missed", "precision of reserved is below 0.98"]
