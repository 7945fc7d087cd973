"""A profile's words in a lot's texts, by one rule for the single pair and for the index.

Case and blanks do not matter. Danish builds words together, so "rengøring" is found in "skolerengøringen". Up to
three letters must stand alone: "is" is in every second word.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Iterator

from notifier.lots import Lot, Notice
from notifier.text import fold

SHORT = 3  # letters; a word of so many has to stand alone
_LONGEST_QUOTE = 80  # characters; longer than any compound that people read as one word


def lot_texts(lot: Lot, notice: Notice) -> Iterator[str]:
    """What a lot says about itself, title first. The notice's description is not asked: it speaks of all lots."""
    yield lot.title
    yield lot.description
    yield notice.title
    for translation in lot.translations:
        yield translation.title
        yield translation.description


@functools.lru_cache(maxsize=4096)
def wanted(word: str) -> str:
    """A profile's word or phrase as it is looked for; "" for one of blanks alone."""
    return fold(unicodedata.normalize("NFC", " ".join(word.split())))


@functools.lru_cache(maxsize=256)  # one lot's texts are asked for by many profiles
def _lines(text: str) -> tuple[str, str]:
    line = " ".join(text.split())
    return line, fold(line)


def folded(text: str) -> str:
    """A text as words are looked for in it: single blanks, lower case."""
    return _lines(text)[1]


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether neither neighbour makes the place a part of a longer word."""
    return not (start and _joins(text[start - 1])) and not _joins(text[end : end + 1])


def _joins(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def find_word(word: str, texts: Iterable[str]) -> str:
    """The word of the first text that holds `word`, as it stands there; "" where none does.

    >>> find_word("rengøring", ["Udbud af Skolerengøring, 2027"])
    'Skolerengøring'
    """
    sought = wanted(word)
    if not sought:
        return ""
    for text in texts:
        line, low = _lines(text)
        start = _place(sought, low)
        if start >= 0:
            return _whole_word(line, start, start + len(sought))
    return ""


def _place(sought: str, low: str) -> int:
    start = low.find(sought)
    if len(sought) > SHORT:
        return start
    while start >= 0 and not stands_alone(low, start, start + len(sought)):
        start = low.find(sought, start + 1)
    return start


def _whole_word(line: str, start: int, end: int) -> str:
    """The place widened to the word that it is in, at most so long that people read it."""
    while start > 0 and end - start < _LONGEST_QUOTE and line[start - 1].isalnum():
        start -= 1
    while end < len(line) and end - start < _LONGEST_QUOTE and line[end].isalnum():
        end += 1
    return line[start:end]
