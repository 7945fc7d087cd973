"""Expressions of the rules: refused where they match everything or explode, and met in bounded time."""

from __future__ import annotations

import pytest

from notifier.suitability.expressions import MOST_HITS, Expressions, fault
from notifier.suitability.wordlists import Term, Use


@pytest.mark.parametrize("expression", ["(a+)+$", r"iso \d{4}", "skole(rengøring|mad)", "^ren"])
def test_what_runs_in_bounded_time_is_taken(expression: str) -> None:
    assert fault(expression) == ""


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "matches the empty text"),
        ("x*", "matches the empty text"),
        (".", "matches everything"),
        (r"\w+", "matches everything"),
        ("a|e", "matches everything"),
        ("(", "no expression"),
        (r"(a)\1", "no expression"),
        ("((a{900}){900}){900}", "no expression"),
        ("(?=a)", "no expression"),
    ],
)
def test_what_matches_everything_or_explodes_is_refused_with_the_reason(expression: str, said: str) -> None:
    assert said in fault(expression)


def test_hits_are_told_by_their_place_and_bounded_in_number_and_length() -> None:
    found = list(Expressions([Term(r"iso \d+", Use.DEMAND, "certificate")]).find("æ iso 9001, " + "iso 1 " * 100))
    assert (found[0].start, found[0].end, len(found)) == (2, 10, MOST_HITS)
    assert list(Expressions([Term("a+", Use.DEMAND)]).find("a" * 10_000)) == []
