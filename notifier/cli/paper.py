"""Lines for a terminal of so many columns, and what is to be mended: what `notifier source try` writes with."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

_LABEL = 22  # letters of the column of names


class Page:
    """Lines on a page of so many columns."""

    def __init__(self, width: int, line: Callable[[str], None]) -> None:
        self.width, self._line = width, line

    def heading(self, words: str) -> None:
        """A heading with space before it."""
        self._line("")
        self._line(words)
        self._line("-" * min(len(words), self.width))

    def say(self, words: str, indent: int = 0) -> None:
        """A paragraph."""
        self._wrapped(words, " " * indent, " " * indent)

    def fact(self, name: str, words: str, indent: int = 2) -> None:
        """A name, and beside it what is to be said of it."""
        first = " " * indent + f"{name:<{_LABEL - indent}}"
        if len(first) > _LABEL:
            self._line(first.rstrip())
            first = " " * _LABEL
        self._wrapped(words, first, " " * _LABEL)

    def number(self, number: int, words: str) -> None:
        """A point of a list. Its further lines are to be copied into a file and stay as they are."""
        first, *copied = words.split("\n")
        self._wrapped(first, f"{number:>2}. ", "    ")
        for line in copied:
            self._line(f"        {line}")

    def _wrapped(self, words: str, first: str, later: str) -> None:
        # Addresses stay whole, for copying, even where they are longer than the line.
        lines = textwrap.wrap(
            words, self.width, initial_indent=first, subsequent_indent=later, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        for line in lines or [first.rstrip()]:
            self._line(line)


@dataclass
class Advice:
    """What is wrong, and what is only worth a look."""

    mend: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
