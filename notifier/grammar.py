"""Small words that hold a sentence together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from notifier.words import Words


def conjoined(names: Sequence[str], w: Words) -> str:
    """ "rengøring, kantine og vask"."""
    return f" {w('common.and')} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def small_letters(names: Iterable[str]) -> list[str]:
    """Names within a sentence: a small first letter, unless the word is an abbreviation (IT)."""
    return [name if name[1:2].isupper() else name[:1].lower() + name[1:] for name in names]


def capital(sentence: str) -> str:
    """With a capital first letter; the rest as it is."""
    return sentence[:1].upper() + sentence[1:]
