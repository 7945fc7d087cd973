"""Words in texts: inside Danish compounds, alone in English, offsets true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.suitability.wordlists import Finder, Reach, Term, Use
from notifier.text import fold

INSIDE = Term("rengøring", Use.TRADE, "cleaning", reach=Reach.INSIDE)
ALONE = Term("cleaning", Use.TRADE, "cleaning")
EXCEPT = Term("rengøringsmid", Use.EXCEPT, "cleaning", reach=Reach.INSIDE)


def found(text: str, *terms: Term) -> list[str]:
    return [text[hit.start : hit.end] for hit in Finder(terms).find(fold(text))]


def test_a_danish_word_is_found_inside_a_compound() -> None:
    assert found("Skolerengøring og RENGØRING", INSIDE) == ["rengøring", "RENGØRING"]


def test_an_english_word_has_to_stand_alone() -> None:
    assert found("drycleaning, cleaning-services, Cleaning. cleanings", ALONE) == ["cleaning", "Cleaning"]


def test_a_word_inside_an_excepted_word_is_left_out_but_found_elsewhere() -> None:
    assert found("Rengøringsmidler til rengøring", INSIDE, EXCEPT) == ["rengøring"]


def test_an_exception_of_another_trade_leaves_the_word_alone() -> None:
    other = Term("rengøringsmid", Use.EXCEPT, "catering", reach=Reach.INSIDE)
    assert found("Rengøringsmidler", INSIDE, other) == ["Rengøring"]


def test_words_that_overlap_or_begin_alike_are_all_found() -> None:
    terms = [
        Term(word, Use.CLAUSE, reach=Reach.INSIDE) for word in ("grøn", "grøn drift", "drift af", "drift af skoler")
    ]
    assert found("Grøn drift af skoler", *terms) == ["Grøn drift", "Grøn", "drift af skoler", "drift af"]


def test_a_phrase_is_found_across_a_line_end() -> None:
    assert found("beskyttede\nværksteder", Term("beskyttede værksteder", Use.TARGET)) == ["beskyttede\nværksteder"]


def test_letters_that_grow_when_lowered_do_not_move_what_follows() -> None:
    assert found("İİİ straße rengøring", INSIDE) == ["rengøring"]


def test_a_finder_without_words_finds_nothing() -> None:
    assert Finder(()).find("rengøring") == ()


@given(st.text())
def test_folding_never_changes_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(
    st.lists(st.text("abø ", min_size=2, max_size=5).map(str.strip).filter(bool), max_size=8, unique=True),
    st.text("abøA \n"),
)
def test_every_occurrence_of_every_word_is_found(words: list[str], text: str) -> None:
    low = fold(text)
    expected = {(at, at + len(word)) for word in words for at in range(len(text)) if low.startswith(word, at)}
    hits = Finder(Term(word, Use.CLAUSE, reach=Reach.INSIDE) for word in words).find(fold(text))
    assert {(hit.start, hit.end) for hit in hits} == expected


def test_a_word_of_a_language_that_changes_endings_is_found_where_a_word_begins() -> None:
    assert found("Nettoyage, et le prénettoyage", Term("nettoy", Use.CLAUSE, reach=Reach.START)) == ["Nettoy"]
