from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.text import clean, clean_line, clean_url, damaged, defused, language_code, sentence_around

HOSTILE = st.text(st.characters(codec=None), max_size=200)  # surrogates and all


@given(HOSTILE)
def test_cleaned_text_is_fit_for_every_output(raw: str) -> None:
    text = clean(raw)
    text.encode("utf-8")
    ElementTree.fromstring(f"<a>{escape(text)}</a>")
    assert not {"\0", "\r", "\x0b", "\x0c", "\x1b", "\u2028", "\u202e", "\u200b"} & set(text)


@given(HOSTILE)
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    # An escaped tag becomes a visible one at the first cleaning, as its author meant it to be read.
    once = clean(raw.replace("<", "").replace("&", ""))
    assert clean(once) == once


@given(HOSTILE)
def test_a_line_is_one_line(raw: str) -> None:
    line = clean_line(raw)
    assert line == " ".join(line.split())
    assert len(line) <= 500


def test_markup_goes_and_paragraphs_stay() -> None:
    html = "<p>Rengøring af <b>skol</b>er</p><p>To gange om ugen</p><script>x()</script><!-- skjult -->"
    assert clean(html) == "Rengøring af skoler\nTo gange om ugen"


def test_what_an_unclosed_script_holds_is_not_shown() -> None:
    assert clean("Rengøring <script>alert(1)") == "Rengøring"


def test_less_than_in_prose_is_no_markup() -> None:
    assert clean("omsætning < 5 mio. kr. og > 1 mio. kr.") == "omsætning < 5 mio. kr. og > 1 mio. kr."


def test_letters_lost_on_the_way_are_noticed() -> None:
    assert damaged(clean("Udbud p\ufffd vejbel\ufffdgning"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
        "https://user@evil.example/",
        "https:\\\\evil.example",
        "https://a.example/\r\nX: y",
        "//",
        "",
        "https://",
        "http://[::1",
        "https://a.example:99999/",
        "mailto:a@b.example",
    ],
)
def test_addresses_that_are_none_are_dropped(url: str) -> None:
    assert clean_url(url) == ""


def test_relative_addresses_are_completed_and_foreign_letters_shown_in_punycode() -> None:
    assert clean_url("../udbud?id=1", "https://by.example/a/b/") == "https://by.example/a/udbud?id=1"
    assert clean_url("https://københavn.example/") == "https://xn--kbenhavn-54a.example/"


@given(HOSTILE)
def test_any_text_gives_an_address_of_the_web_or_none(raw: str) -> None:
    url = clean_url(raw, "https://by.example/")
    assert url == "" or url.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("raw", "code"), [("DA", "da"), ("DAN", "da"), ("FR", "fr"), ("FRA", "fr"), ("da-DK", "da"), ("", "")]
)
def test_languages_are_told_by_two_letters(raw: str, code: str) -> None:
    assert language_code(raw) == code


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 50))
def test_a_sentence_around_a_place_holds_the_place(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    begin, stop = sentence_around(text, start, end)
    assert 0 <= begin <= start <= end <= stop <= len(text)


@pytest.mark.parametrize("lead", ["", " ", "\n", "\u200b", "\ufeff", "\u00a0", " \u200b\n ", "\t", "\r"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_a_formula_whatever_stands_before_its_sign(lead: str, sign: str) -> None:
    assert defused(f"{lead}{sign}1+1") == f"'{lead}{sign}1+1"
    assert defused(f"{lead}x{sign}1") == (f"'{lead}x{sign}1" if lead in ("\n", "\t", "\r") else f"{lead}x{sign}1")


def test_defusing_takes_no_time_however_many_blanks_stand_there() -> None:
    assert defused(" \u200b\x0b" * 100_000 + "x").startswith(" ")
