"""One lot to very many profiles without asking every pair: an inverted index over what profiles name.

For each trade, CPV prefix, word, area, verdict and limit there is the set of profiles that name it. A lot's answer is
the union of the sets that its trades, codes and words call for, cut with the sets whose limits it keeps: a dozen
operations on bits, 64 profiles at a time. `Index.matches` answers exactly those for whom `pair.match` gives a reason.

A set that many profiles are in is a row of bits; one that few are in is a list of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

import ahocorasick
import numpy as np
from numpy.typing import NDArray

from notifier.lots import LotState, LotView, Money, Verdict
from notifier.matching.pair import known_places, meets, yearly_value
from notifier.matching.words import SHORT, folded, lot_texts, stands_alone, wanted
from notifier.nomenclature import area_nuts
from notifier.profiles import Profile

Bits = NDArray[np.uint8]
Key = TypeVar("Key", bound=Hashable)

_APART = "\0"  # between texts: no cleaned text and no word holds it, so that no word is found across two
# A set is kept as bits where that is smaller than a position and a byte for each member (4 + 1 octets).
_OCTETS_PER_MEMBER = 5
_KEPT_LIMITS = 512  # rows of bits that are kept of one limit; people name round numbers, so all are


class Index:
    """Profiles by position, ready to be asked by lots. Built once, then only read."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self.count = len(profiles)
        trades, prefixes = _Sets[str](self.count), _Sets[str](self.count)
        words, words_out, areas = _Sets[str](self.count), _Sets[str](self.count), _Sets[str](self.count)
        for position, profile in enumerate(profiles):
            trades.add(position, profile.trades)
            prefixes.add(position, profile.cpv_prefixes)
            words.add(position, map(wanted, profile.words))
            words_out.add(position, map(wanted, profile.words_out))
            areas.add(position, map(area_nuts, profile.areas))
        self._trades, self._prefixes, self._areas = trades.closed(), prefixes.closed(), areas.closed()
        self._words, self._words_out = words.closed(), words_out.closed()
        self._lengths = sorted({len(prefix) for prefix in prefixes})
        self._automaton = _automaton({*words, *words_out} - {""})
        self._around: dict[str, Bits] = {}  # by a lot's place
        self._set_flags(profiles)

    def _set_flags(self, profiles: Sequence[Profile]) -> None:
        bits = self._bits
        self._everything = bits(not (one.trades or one.cpv_prefixes or one.words) for one in profiles)
        self._anywhere = bits(not one.areas for one in profiles)
        self._planned = bits(one.planned for one in profiles)
        self._with_others = bits(one.partnerships for one in profiles)
        self._verdicts = {
            verdict: bits(one.least_verdict.rank <= verdict.rank for one in profiles) for verdict in Verdict
        }
        self._least = _Limits([one.value_min for one in profiles])
        self._most = _Limits([one.value_max for one in profiles])

    def matches(self, view: LotView) -> NDArray[np.int64]:
        """Positions, ascending, of the profiles that the lot concerns: those of which `match` gives reasons."""
        met = self.row(view)
        if met is None:
            return np.empty(0, np.int64)
        # As truth values: of them NumPy looks for eight at a time.
        return np.flatnonzero(np.unpackbits(met, count=self.count, bitorder="little").view(np.bool_))

    def row(self, view: LotView) -> Bits | None:
        """The same as bits, the first profile in the lowest bit of the first octet; None where there are none."""
        judged = view.assessment
        if judged is None or judged.verdict is Verdict.UNSUITABLE or not self.count:
            return None
        named = self._named(view)
        met = self._everything.copy()
        self._trades.unite(met, judged.trades)
        self._prefixes.unite(met, self._beginnings((view.lot.cpv_main, *view.lot.cpv_additional)))
        self._words.unite(met, named)
        met &= self._verdicts[judged.verdict]
        if view.state is LotState.PLANNED:
            met &= self._planned
        self._keep_places(met, view)
        self._keep_values(met, view)
        self._words_out.subtract(met, named)
        return met

    @staticmethod
    def _bits(answers: Iterable[bool]) -> Bits:
        return np.packbits(np.fromiter(answers, bool), bitorder="little")

    def _beginnings(self, codes: Iterable[str]) -> set[str]:
        return {code[:length] for code in codes for length in self._lengths if len(code) >= length}

    def _named(self, view: LotView) -> set[str]:
        """The words of any profile that stand in the lot's texts."""
        if not len(self._automaton):
            return set()
        text = _APART.join(map(folded, lot_texts(view.lot, view.notice)))
        found = set[str]()
        for last, word in self._automaton.iter(text):
            if len(word) > SHORT or stands_alone(text, last + 1 - len(word), last + 1):
                found.add(word)
        return found

    def _keep_places(self, met: Bits, view: LotView) -> None:
        places = known_places(view.lot.nuts)
        if not places:
            return
        allowed = self._anywhere.copy()
        for place in places:
            allowed |= self._around_place(place)
        met &= allowed

    def _around_place(self, place: str) -> Bits:
        if place not in self._around:
            around = np.zeros_like(self._anywhere)
            self._areas.unite(around, [area for area in self._areas if meets(place, area)])
            self._around[place] = around
        return self._around[place]

    def _keep_values(self, met: Bits, view: LotView) -> None:
        yearly = yearly_value(view)
        if yearly is not None:
            met &= ~self._least.above(yearly)
            met &= ~self._most.below(yearly) | self._with_others


def _automaton(words: Iterable[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton


class _Sets(Generic[Key]):
    """Sets of profiles by what they name, while they are gathered."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._members: defaultdict[Key, list[int]] = defaultdict(list)

    def add(self, position: int, keys: Iterable[Key]) -> None:
        for key in keys:
            self._members[key].append(position)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._members)

    def closed(self) -> _Closed[Key]:
        return _Closed(self._members, self._count)


class _Closed(Generic[Key]):
    """The same for asking: large sets as rows of bits; of small ones the octet and the bit in it of every member."""

    def __init__(self, members: Mapping[Key, Sequence[int]], count: int) -> None:
        octets = (count + 7) // 8
        self._rows: dict[Key, Bits] = {}
        self._few: dict[Key, tuple[NDArray[np.int32], Bits]] = {}
        for key, positions in members.items():
            found = np.asarray(positions, np.int32)
            places, masks = found >> 3, np.left_shift(1, found & 7).astype(np.uint8)
            if len(positions) * _OCTETS_PER_MEMBER >= octets:
                self._rows[key] = np.zeros(octets, np.uint8)
                np.bitwise_or.at(self._rows[key], places, masks)
            else:
                self._few[key] = (places, masks)

    def __iter__(self) -> Iterator[Key]:
        yield from self._rows
        yield from self._few

    def unite(self, bits: Bits, keys: Collection[Key]) -> None:
        """Add the members of these sets."""
        for key in keys:
            if (row := self._rows.get(key)) is not None:
                bits |= row
        if few := self._gathered(keys):
            np.bitwise_or.at(bits, *few)

    def subtract(self, bits: Bits, keys: Collection[Key]) -> None:
        """Take the members of these sets away."""
        for key in keys:
            if (row := self._rows.get(key)) is not None:
                bits &= ~row
        if few := self._gathered(keys):
            np.bitwise_and.at(bits, few[0], ~few[1])

    def _gathered(self, keys: Iterable[Key]) -> tuple[NDArray[np.int32], Bits] | None:
        """The members of all small ones of these sets in one piece: a lot names a hundred words of five people each."""
        found = [few for key in keys if (few := self._few.get(key)) is not None]
        if not found:
            return None
        return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


class _Limits:
    """One amount of each profile, or none: who names more, or less, than a lot is worth in the same currency.

    Amounts are compared as decimals, by their rank: two that differ by an øre are two.
    """

    def __init__(self, limits: Sequence[Money | None]) -> None:
        self._octets = (len(limits) + 7) // 8
        amounts: defaultdict[str, set[Decimal]] = defaultdict(set)
        for limit in limits:
            if limit is not None:
                amounts[limit.currency].add(limit.amount)
        self._amounts = {currency: sorted(found) for currency, found in amounts.items()}
        self._ranks = {currency: self._ranked(currency, limits) for currency in amounts}
        self._kept: dict[tuple[str, bool, int], Bits] = {}

    def _ranked(self, currency: str, limits: Sequence[Money | None]) -> NDArray[np.int32]:
        rank = {amount: place for place, amount in enumerate(self._amounts[currency])}
        places = (rank[one.amount] if one and one.currency == currency else -1 for one in limits)
        return np.fromiter(places, np.int32, len(limits))

    def above(self, yearly: Money) -> Bits:
        """Who names more than this."""
        found = self._amounts.get(yearly.currency, [])
        return self._row(yearly.currency, above=True, rank=bisect_right(found, yearly.amount))

    def below(self, yearly: Money) -> Bits:
        """Who names less than this."""
        found = self._amounts.get(yearly.currency, [])
        return self._row(yearly.currency, above=False, rank=bisect_left(found, yearly.amount))

    def _row(self, currency: str, *, above: bool, rank: int) -> Bits:
        key = (currency, above, rank)
        if key not in self._kept:
            ranks = self._ranks.get(currency)
            if ranks is None:
                return np.zeros(self._octets, np.uint8)
            if len(self._kept) >= _KEPT_LIMITS:
                self._kept.clear()
            met = ranks >= rank if above else (ranks >= 0) & (ranks < rank)
            self._kept[key] = np.packbits(met, bitorder="little")
        return self._kept[key]
