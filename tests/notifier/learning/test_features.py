"""Lots as numbers: bounded, the same in every process, blind to case, digits and order, awake to parts of words."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.learning import features
from notifier.learning.features import criteria, grams
from notifier.lots import Evidence


def likeness(one: str, other: str) -> float:
    """Of 0 to 1."""
    return float((grams([("title", one)]).vector() * grams([("title", other)]).vector()).sum())


def test_a_vector_has_length_one() -> None:
    assert (grams([("title", "Rengøring af skoler")]).vector() ** 2).sum() == pytest.approx(1)


def test_a_compound_is_like_its_parts_and_unlike_other_work() -> None:
    assert likeness("Skolerengøring", "Rengøring af skoler") > 0.4
    assert likeness("Skolerengøring", "Turbineblade") < 0.1


def test_case_digits_and_punctuation_say_nothing() -> None:
    assert likeness("RENGØRING, 2027 (12 mdr.)", "rengøring mdr") == pytest.approx(1)


def test_no_gram_spans_two_words() -> None:
    together, apart = (grams([("title", text)]) for text in ("abc def", "def abc"))
    assert sorted(together.buckets) == sorted(apart.buckets)


def test_the_beginning_of_a_word_is_another_gram_than_its_middle() -> None:
    assert likeness("køkken", "xkøkkenx") < 0.7


def test_titles_weigh_twice_and_terms_do_not_count() -> None:
    found = grams([("description", "kantine"), ("title", "rengøring"), ("performance_terms[0]", "lærlinge")])
    assert found.places == (("title", 0), ("description", 1))
    assert set(found.weights[found.words == 0]) == {2.0}
    assert set(found.weights[found.words == 1]) == {1.0}


def test_a_long_text_is_read_to_a_bound_and_the_title_always() -> None:
    found = grams([("description", "ord " * 50_000), ("title", "rengøring")])
    assert found.places[0][0] == "title"
    assert found.words.max() <= features.LONGEST / 4


@pytest.mark.parametrize("text", ["", "   ", "12345 – 67", "\x00", "😀"])
def test_what_has_no_letters_is_empty(text: str) -> None:
    assert grams([("title", text)]).empty
    assert grams([("title", text)]).vector().sum() == 0


@given(st.lists(st.tuples(st.sampled_from(["title", "description", "notice.title"]), st.text()), max_size=3))
def test_any_text_makes_a_vector_of_length_one_or_none(texts: list[tuple[str, str]]) -> None:
    found = grams(texts)
    length = (found.vector() ** 2).sum()
    assert np.isclose(length, 0 if found.empty else 1)
    assert len(found.buckets) == len(found.weights) == len(found.words)


def test_the_same_words_have_the_same_buckets_in_every_process() -> None:
    code = "from notifier.learning.features import grams; print(int(grams([('title', 'Rengøring')]).buckets.sum()))"
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert int(other) == int(grams([("title", "Rengøring")]).buckets.sum()) == 856_089


def test_a_word_is_found_again_by_its_number() -> None:
    text = "12 haller, to Skoler (og) en hal"
    assert [text[slice(*features.nth_word(text, number))] for number in (0, 2, 3)] == ["haller", "Skoler", "og"]


def test_evidence_is_summed_by_what_it_says_and_reservations_are_left_out() -> None:
    found = criteria([
        Evidence("trade_cpv", 2.0, "cpv_main", trade="cleaning"),
        Evidence("trade_words", 1.5, "title", trade="cleaning"),
        Evidence("trade_words", 0.5, "description", trade="catering", note="hint"),
        Evidence("social_clause", 0.5, "description"),
        Evidence("hard_scope", -2.0, "cpv_main"),
        Evidence("size", -1.0, "value"),
        Evidence("demand", -0.5, "description"),
        Evidence("reserved_participation", 10.0, "reserved[0]"),
    ])  # fmt: skip
    assert list(found) == [3.5, 2.0, 1.5, 0.5, 0.5, -2.0, -1.0, -0.5, 0.0]


def test_a_hundred_repetitions_count_like_a_few() -> None:
    many = [Evidence("trade_words", 1.5, "title", trade="cleaning")] * 100
    assert criteria(many).max() == criteria(many[:4]).max() == 6.0


def test_no_trade_at_all_is_a_sign_of_its_own() -> None:
    assert dict(zip(features.NAMES, criteria([]), strict=True))["no_trade"] == 3.0
