"""Phrases for readers, Danish and English, from templates/texts/*.{da,en}.toml.

A key is "section.name"; `{name}` in a phrase is filled from the keyword arguments. Where `count` is given, the
phrase is `key_one` for 1 and `key_other` for all else. A missing key or value raises KeyError at once: a reader is
never shown a code.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping

from notifier.errors import NotifierError
from notifier.resources import resource

LANGUAGES = ("da", "en")


class Words:
    """The phrases of one language. `words("da")("common.unknown")` is "ikke oplyst"."""

    def __init__(self, language: str, phrases: Mapping[str, str]) -> None:
        self.language = language
        self._phrases = phrases

    def __call__(self, key: str, *, count: int | None = None, **values: object) -> str:
        if count is not None:
            key = f"{key}_{'one' if count == 1 else 'other'}"
            values["count"] = grouped(count, self.language)
        phrase = self._phrases[key]
        return phrase.format(**values) if values else phrase

    def __contains__(self, key: str) -> bool:
        return key in self._phrases

    def names(self) -> frozenset[str]:
        """Every key there is, for the test that both languages have the same."""
        return frozenset(self._phrases)


def grouped(number: int, language: str) -> str:
    """A whole number with the language's separator of thousands."""
    return f"{number:,}".replace(",", "." if language == "da" else ",")


@functools.cache
def words(language: str) -> Words:
    """The phrases of `language` (da or en), from all files of templates/texts, read once."""
    if language not in LANGUAGES:
        raise NotifierError(f"there are no texts in the language '{language}'", remedy="use da or en")
    phrases: dict[str, str] = {}
    for file in sorted(resource("templates/texts").glob(f"*.{language}.toml")):
        section = file.name.split(".")[0]
        for name, phrase in tomllib.loads(file.read_text(encoding="utf-8")).items():
            phrases[f"{section}.{name}"] = phrase
    return Words(language, phrases)
