"""A lot as numbers: which letters stand together in its words, and what the rules found.

Character n-grams of three to five within words, hashed into 65,536 buckets: they need no word list, know compounds
and inflections, and hold no text. Beside them stand sums of the rules' evidence. A change here needs another VERSION:
a model is used only with the features that it was learned from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from notifier.lots import Evidence

VERSION = "1"
BUCKETS = 1 << 16
SIZES = (3, 4, 5)
LONGEST = 3000  # characters that are read of one lot, title first; what stands behind them is mostly formalities
_WORD = re.compile(r"[^\W\d_]+")
_SPACE = 32
_BASE, _FACTOR, _HALF = np.uint32(16777619), np.uint32(0x9E3779B1), np.uint32(16)
_TITLES = ("title", "notice.title")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of some texts: bucket, weight and the number of the word of each, words counted through all texts."""

    buckets: NDArray[np.uint16]
    weights: Floats
    words: NDArray[np.int64]
    places: tuple[tuple[str, int], ...]  # of each text that was read: its field, and how many words came before it

    @property
    def empty(self) -> bool:
        """Whether there is no word of letters."""
        return not len(self.buckets)

    def shares(self) -> Floats:
        """What each n-gram adds to its bucket: square roots of counts, of length one together.

        So the same word twice counts little more than once, and a long text no more than a short one.
        """
        at = self.buckets.astype(np.intp)
        counts = np.bincount(at, self.weights, BUCKETS)
        shares: Floats = self.weights / np.sqrt(counts[at] * self.weights.sum())
        return shares

    def vector(self) -> Floats:
        """The sums of the shares by bucket."""
        sums: Floats = np.bincount(self.buckets.astype(np.intp), self.shares(), BUCKETS).astype(np.float64)
        return sums


def describing(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The texts that tell what the work is, titles first, up to LONGEST characters; terms and criteria only ask."""
    wanted = [(field, text) for field, text in texts if text and not field.startswith(("performance", "selection"))]
    wanted.sort(key=lambda pair: not is_title(pair[0]))
    taken, room = [], LONGEST
    for field, text in wanted:
        if room > 0:
            taken.append((field, text[:room]))
            room -= len(text)
    return taken


def is_title(field: str) -> bool:
    """Whether a field is a title: of the lot, of its notice, or a translation."""
    return field in _TITLES or field.endswith("].title")


def grams(texts: Iterable[tuple[str, str]]) -> Grams:
    """The n-grams of the texts that describe a lot; those of titles weigh twice."""
    parts: list[str] = []
    places: list[tuple[str, int]] = []
    lengths: list[tuple[int, float]] = []
    seen = 0
    for field, text in describing(texts):
        if words := _WORD.findall(text):
            joined = f" {' '.join(words)}".lower()
            parts.append(joined)
            places.append((field, seen))
            lengths.append((len(joined), 2.0 if is_title(field) else 1.0))
            seen += len(words)
    if not parts:
        return Grams(np.empty(0, np.uint16), np.empty(0), np.empty(0, np.int64), ())
    codes = np.frombuffer(f"{''.join(parts)} ".encode("utf-32-le", "surrogatepass"), np.uint32)
    weights = np.repeat([weight for _, weight in lengths], [length for length, _ in lengths])
    return _hashed(codes, weights, tuple(places))


def _hashed(codes: NDArray[np.uint32], weights: Floats, places: tuple[tuple[str, int], ...]) -> Grams:
    spaces = codes == _SPACE
    before = np.zeros(len(codes) + 1, np.int64)  # blanks left of each position
    np.cumsum(spaces, out=before[1:])
    buckets, kept = [], []
    mixed = codes
    for size in range(2, max(SIZES) + 1):
        last = len(codes) - size + 1
        if last <= 0:
            break
        mixed = mixed[:last] * _BASE + codes[size - 1 :]  # wraps around, as a hash may
        if size in SIZES:
            # A blank may begin or end an n-gram, so that beginnings and endings of words are known, but not part one.
            at = np.flatnonzero(before[size - 1 : size - 1 + last] == before[1 : 1 + last])
            chosen = (mixed[at] ^ (mixed[at] >> _HALF)) * _FACTOR
            buckets.append((chosen >> _HALF).astype(np.uint16))
            kept.append(at)
    if not kept:
        return Grams(np.empty(0, np.uint16), np.empty(0), np.empty(0, np.int64), places)
    at = np.concatenate(kept)
    return Grams(np.concatenate(buckets), weights[at], before[at + 1] - 1, places)


def nth_word(text: str, number: int) -> tuple[int, int]:
    """Where the word with that number stands in a text; numbers begin with 0."""
    found = next(islice(_WORD.finditer(text), number, None))
    return found.span()


# -- what the rules found ----------------------------------------------------------------------------------------------

NAMES = ("strongest_trade", "by_code", "by_word", "beside", "support", "hard", "size", "demands", "no_trade")
_SUPPORT = frozenset({"social_objective", "social_clause", "sme_suitable"})
_MOST = 6.0  # sums are cut here: who repeats a word a hundred times says it once


def criteria(evidence: Sequence[Evidence]) -> Floats:
    """Sums of the rules' evidence, in the order of NAMES. Reservations are left out: they are law, not likeness."""
    trades: dict[str, float] = {}
    sums = dict.fromkeys(NAMES, 0.0)
    for one in evidence:
        if one.trade:
            trades[one.trade] = trades.get(one.trade, 0.0) + one.weight
        if name := _sum_of(one):
            sums[name] += one.weight
    sums["strongest_trade"] = max(trades.values(), default=0.0)
    sums["no_trade"] = 0.0 if trades else _MOST / 2
    cut: Floats = np.clip(np.array([sums[name] for name in NAMES]), -_MOST, _MOST)
    return cut


def _sum_of(one: Evidence) -> str:
    """Which of NAMES a piece of evidence counts for; "" for none."""
    if one.criterion in ("trade_cpv", "trade_words"):
        plain = not one.note
        return ("by_code" if one.criterion == "trade_cpv" else "by_word") if plain else "beside"
    if one.criterion in _SUPPORT:
        return "support"
    return {"hard_scope": "hard", "size": "size", "demand": "demands"}.get(one.criterion, "")
