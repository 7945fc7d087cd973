from __future__ import annotations

import re

import pytest

from notifier.words import words


def test_both_languages_have_the_same_phrases() -> None:
    assert words("da").names() == words("en").names()


def test_both_languages_fill_in_the_same_values() -> None:
    def blanks(language: str, key: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", words(language)(key)))

    differing = [key for key in words("da").names() if blanks("da", key) != blanks("en", key)]
    assert differing == []


def test_a_count_chooses_the_singular_for_one_alone() -> None:
    assert words("da")("common.duration_month", count=1) == "1 måned"
    assert words("da")("common.duration_month", count=1200) == "1.200 måneder"


def test_a_missing_phrase_is_an_error_and_never_shown() -> None:
    with pytest.raises(KeyError):
        words("da")("common.no_such_phrase")


def test_no_phrase_calls_a_lot_egnet() -> None:
    # In Danish procurement law "egnethed" is the qualification of a bidder; the guiding text alone speaks of it.
    naming = [key for key in words("da").names() if re.search(r"\b(?:u)?egnet", words("da")(key))]
    assert naming == [] or set(naming) <= {"common.guiding"}
