"""Finding some hundred plain words in a text in one pass, offsets true to the text as it stands.

An Aho-Corasick automaton holds the words: the time is bounded by the length of the text and the number of hits,
whatever the text says and however many words there are. Only this module knows how it is done.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import ahocorasick

from notifier.text import fold

# What a word may hold: letters and digits of any language, and the marks that stand inside words or laws.
_PLAIN = re.compile(r"[\w§][\w §./&'’+-]*[\w.]")


class Reach(StrEnum):
    """Where in a text a word counts; each language of the rules has its own."""

    WHOLE = "whole"  # it has to stand alone
    START = "start"  # a word begins with it: for languages that change the endings
    INSIDE = "inside"  # also inside a longer word: for languages that join words


class Use(StrEnum):
    """What a word is looked for."""

    TRADE = "trade"
    EXCEPT = "except"
    HARD = "hard"
    TRIGGER = "trigger"
    TARGET = "target"
    PLAIN_LAW = "plain_law"
    CLAUSE = "clause"
    DEMAND = "demand"
    DENIAL = "denial"


@dataclass(frozen=True, slots=True)
class Term:
    """A word with its use. `key` names the trade, scope, law or demand that it belongs to."""

    word: str
    use: Use
    key: str = ""
    hint: bool = False  # points to the work without naming it
    reach: Reach = Reach.WHOLE


@dataclass(frozen=True, slots=True)
class Hit:
    """A term in a text: text[start:end] are the words as they stand there."""

    start: int
    end: int
    term: Term


def is_plain(word: str) -> bool:
    """Whether this is a plain word or phrase and no expression.

    >>> is_plain("udbudslovens § 54"), is_plain("rengøring.*"), is_plain("")
    (True, False, False)
    """
    return _PLAIN.fullmatch(word) is not None and "  " not in word


class Finder:
    """All words of the rules, compiled once. Equal finders are made of equal terms."""

    __slots__ = ("_automaton", "terms")

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        by_word: dict[str, list[Term]] = {}
        for term in self.terms:
            by_word.setdefault(fold(unicodedata.normalize("NFC", term.word)), []).append(term)
        self._automaton = ahocorasick.Automaton()
        for word, meant in by_word.items():
            self._automaton.add_word(word, (len(word), tuple(meant)))
        self._automaton.make_automaton()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Finder) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def find(self, folded: str) -> tuple[Hit, ...]:
        """Every term in a folded text, by where it begins. Words inside a longer word that is excepted are left out."""
        # The longest first at each place, so that an exception is known before the words that it holds.
        found = sorted(self._candidates(folded), key=lambda hit: (hit.start, -hit.end, hit.term.use is not Use.EXCEPT))
        excepted_until: dict[str, int] = {}
        kept: list[Hit] = []
        for hit in found:
            until = excepted_until.get(hit.term.key, 0)
            if hit.term.use is Use.EXCEPT:
                excepted_until[hit.term.key] = max(until, hit.end)
            elif hit.term.use is not Use.TRADE or hit.end > until:
                kept.append(hit)
        return tuple(kept)

    def _candidates(self, folded: str) -> Iterator[Hit]:
        if not self.terms:
            return
        for last, (length, terms) in self._automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            for term in terms:
                if _reaches(term.reach, folded, start, end):
                    yield Hit(start, end, term)


def _reaches(reach: Reach, text: str, start: int, end: int) -> bool:
    """Whether a word may be found here: a letter before it or after it makes it part of another word."""
    if reach is Reach.INSIDE:
        return True
    begins = not (start and text[start - 1].isalnum() and text[start].isalnum())
    return begins and (reach is Reach.START or not text[end : end + 1].isalnum())
