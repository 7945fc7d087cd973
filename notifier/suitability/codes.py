"""What a CPV code says of the work: trades that name it, trades beside it, or a scope that is out of reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Bearing(StrEnum):
    """How a prefix bears on a code."""

    INSIDE = "inside"  # the trade's own work
    BESIDE = "beside"  # next to it
    HARD = "hard"  # out of reach


@dataclass(frozen=True, slots=True)
class Mark:
    """One prefix in the rules: `key` names the trade or the hard scope."""

    bearing: Bearing
    key: str


CodeIndex = Mapping[str, tuple[Mark, ...]]  # prefix -> what it means


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code says. `hard` is "" or the key of a hard scope; then there are no trades."""

    trades: tuple[Mark, ...] = ()
    hard: str = ""


def index_codes(entries: Iterable[tuple[str, Mark]]) -> dict[str, tuple[Mark, ...]]:
    """An index of (prefix, mark); of several marks at one prefix, a trade's go before a hard scope's."""
    index: dict[str, list[Mark]] = {}
    for prefix, mark in entries:
        index.setdefault(prefix, []).append(mark)
    return {
        prefix: tuple(sorted(marks, key=lambda mark: mark.bearing is Bearing.HARD)) for prefix, marks in index.items()
    }


def meaning(code: str, index: CodeIndex) -> Meaning:
    """What a code means: prefixes are tried from the longest on, and a hard scope ends the search.

    So "907" being hard does not touch a trade that has "9073", and keeps out one that has "90".
    """
    trades: dict[str, Mark] = {}
    for length in range(len(code), 0, -1):
        for mark in index.get(code[:length], ()):
            if mark.bearing is Bearing.HARD:
                return Meaning(tuple(trades.values()), "" if trades else mark.key)
            trades.setdefault(mark.key, mark)
    return Meaning(tuple(trades.values()))
