"""Expressions of the rules, run by RE2: the time is bounded by the text's length, whatever was written.

Only this module knows how it is done. All expressions of the rules are asked for at once, and those that are met are
then looked for by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import re2

from notifier.suitability.wordlists import Hit, Term
from notifier.text import fold

# An expression that compiles into more than this is refused: repetitions of repetitions.
MOST_MEMORY = 1 << 20
# A hit longer than a sentence quotes nothing that a reader wants to see.
LONGEST_HIT = 200
# Hits of one expression in one text; beyond it, the text is repeating itself.
MOST_HITS = 50
# Sentences that have nothing in common but that they stand in notices. What is met in all of them says nothing.
_NEUTRAL = (
    "kommunen udbyder hermed en kontrakt for en periode på to år med mulighed for at forlænge.",
    "ordregiver har til hensigt at indgå aftale, og der kan bydes på hele opgaven som det fremgår af materialet.",
    "the contracting authority intends to award a contract for the period of two years with an option to extend.",
    "tenders are to be sent by the system, and questions can be asked as set out in the documents.",
)


def fault(expression: str) -> str:
    """What is wrong with an expression, for people; "" where it can be used."""
    try:
        made = re2.compile(expression, _options())
    except re2.error as error:
        said = error.args[0] if error.args else ""
        return (
            f"is no expression that can be run in bounded time ({said.decode() if isinstance(said, bytes) else said})"
        )
    if made.search(""):
        return "matches the empty text, and so everything"
    return "matches everything" if all(made.search(sentence) for sentence in _NEUTRAL) else ""


def says_nothing(word: str) -> bool:
    """Whether a word to be found inside others stands in nearly every notice, such as "og" or "kontrakt".

    >>> says_nothing("en"), says_nothing("rengøring")
    (True, False)
    """
    return sum(fold(word) in sentence for sentence in _NEUTRAL) >= 3


class Expressions:
    """All expressions of the rules, compiled once."""

    __slots__ = ("_each", "_set", "terms")

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms: Sequence[Term] = tuple(terms)
        self._each = [re2.compile(term.word, _options()) for term in self.terms]
        self._set = re2.Set.SearchSet(_options())
        for term in self.terms:
            self._set.Add(term.word)
        if self.terms:
            self._set.Compile()

    def find(self, folded: str) -> Iterator[Hit]:
        """Every expression that is met in a folded text, hits too long to quote left out."""
        if not self.terms:
            return
        for number in self._set.Match(folded) or ():
            for count, match in enumerate(self._each[number].finditer(folded)):
                if count >= MOST_HITS:
                    break
                if 0 < match.end() - match.start() <= LONGEST_HIT:
                    yield Hit(match.start(), match.end(), self.terms[number])


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = MOST_MEMORY, False, False
    return options
