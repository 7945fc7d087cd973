"""Words marked where they stand: nothing of the text is lost, and everything that is well placed is marked."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from notifier.desk.highlight import Means, Span, pieces, place

LETTERS = st.text(alphabet="ab æ<&\n\u202e\u200b𝄞", max_size=40)
SPANS = st.lists(
    st.builds(
        Span,
        st.integers(-3, 45),
        st.integers(-3, 45),
        st.integers(1, 9),
        st.sampled_from(Means),
        st.integers(1, 3),
    ),
    max_size=12,
)


@given(LETTERS, SPANS)
@example("", [Span(0, 1, 1, Means.FOR)])
def test_the_pieces_together_are_the_text(text: str, spans: list[Span]) -> None:
    assert "".join(piece.text for piece in pieces(text, spans)) == text


@given(LETTERS, SPANS)
def test_each_span_that_lies_in_the_text_is_marked_over_all_its_letters_and_no_others(
    text: str, spans: list[Span]
) -> None:
    sound = [span for span in spans if 0 <= span.start < span.end <= len(text)]
    marked = [piece.means for piece in pieces(text, spans) for _ in piece.text]
    for at, means in enumerate(marked):
        assert set(means) == {span.means for span in sound if span.start <= at < span.end}


@given(LETTERS, SPANS)
def test_each_span_begins_and_ends_once_at_its_own_places(text: str, spans: list[Span]) -> None:
    sound = [span for span in spans if 0 <= span.start < span.end <= len(text)]
    at, begun, ended = 0, list[Span](), list[Span]()
    for piece in pieces(text, spans):
        assert all(span.start == at for span in piece.begins)
        at += len(piece.text)
        assert all(span.end == at for span in piece.ends)
        begun += piece.begins
        ended += piece.ends
    key = repr
    assert sorted(begun, key=key) == sorted(ended, key=key) == sorted(sound, key=key)


@given(st.text(alphabet="ab c", min_size=1, max_size=30), st.integers(0, 29), st.integers(1, 8), st.integers(-5, 60))
def test_a_quote_that_stands_in_the_text_is_placed_on_its_own_words(text: str, at: int, long: int, said: int) -> None:
    at %= len(text)
    quote = text[at : at + long]
    found = place(text, quote, said)
    assert found is not None
    assert text[slice(*found)] == quote
    assert place(text, quote, at) == (at, at + len(quote))  # where it was said to stand, it is not moved


@given(st.text(alphabet="ab", max_size=20), st.integers(-5, 30))
def test_a_quote_that_is_not_there_is_placed_nowhere(text: str, said: int) -> None:
    assert place(text, "c", said) is None
    assert place(text, "", said) is None
    assert place(text, text or "a", None) is None


def test_of_several_places_the_nearest_is_taken() -> None:
    assert place("have, have og have", "have", 7) == (6, 10)
    assert place("have, have og have", "have", 13) == (14, 18)
    assert place("have, have og have", "have", 900) == (14, 18)
    assert place("have, have og have", "have", -4) == (0, 4)
