"""Finding some hundred plain words in a text in one pass, offsets true to the text as it stands.

The words become one trie-shaped expression: at every place of the text the first letter chooses the branch, so the
time is bounded by length of text times length of the longest word, whatever the text says. Only this module knows
how it is done; an Aho-Corasick automaton can take its place behind `Finder.find`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

# What a word may hold: letters and digits of any language, and the marks that stand inside words or laws.
_PLAIN = re.compile(r"[\w§][\w §./&'’+-]*[\w.]")


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
    whole: bool = True  # has to stand alone; else also found inside longer words


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


def fold(text: str) -> str:
    """Lower case and single blanks, letter for letter: offsets in the result are offsets in the text.

    `str.lower` may lengthen a text (İ becomes two characters); such a letter is kept as it is.

    >>> fold("SKOLERENGØRING\\ni İzmir")
    'skolerengøring i İzmir'
    """
    low = text.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    return low.replace("\n", " ")


class Finder:
    """All words of the rules, compiled once. Equal finders are made of equal terms."""

    __slots__ = ("_expression", "_starting", "terms")

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        by_word: dict[str, list[Term]] = {}
        for term in self.terms:
            by_word.setdefault(fold(unicodedata.normalize("NFC", term.word)), []).append(term)
        # At a place only the longest word is matched; the others that begin there are its beginnings.
        self._starting = {
            word: tuple(
                (len(start), term) for start in sorted(by_word) if word.startswith(start) for term in by_word[start]
            )
            for word in by_word
        }
        # The lookahead takes up no text: words that overlap are all found.
        self._expression = re.compile(f"(?=({_trie(sorted(by_word))}))") if by_word else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Finder) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def find(self, text: str) -> tuple[Hit, ...]:
        """Every term in the text, by where it begins. Words inside a longer word that is excepted are left out."""
        # The longest first at each place, so that an exception is known before the words that it holds.
        found = sorted(
            self._candidates(fold(text)), key=lambda hit: (hit.start, -hit.end, hit.term.use is not Use.EXCEPT)
        )
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
        if self._expression is None:
            return
        for match in self._expression.finditer(folded):
            start = match.start()
            for length, term in self._starting[match[1]]:
                if not term.whole or _stands_alone(folded, start, start + length):
                    yield Hit(start, start + length, term)


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (start and text[start - 1].isalnum() and text[start].isalnum()) and not text[end : end + 1].isalnum()


def _trie(words: list[str]) -> str:
    """An expression for the longest of the sorted words: common beginnings are written once."""
    branches: list[str] = []
    ends = bool(words) and not words[0]
    rest = words[1:] if ends else words
    for letter in dict.fromkeys(word[0] for word in rest):
        tails = [word[1:] for word in rest if word[0] == letter]
        branches.append(re.escape(letter) + _trie(tails))
    if not branches:
        return ""
    body = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return f"{body}?" if ends else body
