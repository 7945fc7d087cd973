"""Who won, before the first mail and since: awards of social enterprises among all awards. Pure.

Of an award is known who bought, in which year, and mostly the winner's CVR number; enterprises are known by the list in
config/enterprises.csv. The numbers show how it was and how it is, never why.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from notifier.buyers import Buyer, BuyerKind, plain_cvr

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Awards:
    """Awards of one buyer in one year, before the first mail or since. An award is one winner of one lot.

    `numbered` have the winner's CVR number; `listed` of them are on the list. `kroner` is what is known of the value of
    all, or of the listed ones, without VAT; `valued` and `listed_valued` how many that is known of.
    """

    year: int
    since: bool
    buyer: str
    buyer_cvr: str
    count: int
    numbered: int
    listed: int
    kroner: float
    valued: int
    listed_kroner: float
    listed_valued: int


def known_as(name: str) -> str:
    """A winner's name as it tells winners apart: without what differs from notice to notice.

    >>> known_as("RENGØR  A/S")
    'rengør a/s'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True, slots=True)
class Row:
    """Awards of many buyers or years, added."""

    count: int = 0
    numbered: int = 0
    listed: int = 0
    kroner: int = 0
    valued: int = 0
    listed_kroner: int = 0
    listed_valued: int = 0

    @property
    def share(self) -> float | None:
        """How many of the winners that are known are on the list; None of nobody."""
        return self.listed / self.numbered if self.numbered else None


def added(awards: Iterable[Awards]) -> Row:
    """All of them as one."""
    ones = list(awards)
    return Row(
        sum(one.count for one in ones),
        sum(one.numbered for one in ones),
        sum(one.listed for one in ones),
        round(sum(one.kroner for one in ones)),
        sum(one.valued for one in ones),
        round(sum(one.listed_kroner for one in ones)),
        sum(one.listed_valued for one in ones),
    )


def grouped_by(awards: Iterable[Awards], key: Callable[[Awards], Key]) -> dict[Key, Row]:
    """Added by a key, in the order in which each comes first."""
    groups: dict[Key, list[Awards]] = {}
    for one in awards:
        groups.setdefault(key(one), []).append(one)
    return {name: added(ones) for name, ones in groups.items()}


def administration(one: Awards, buyers: Collection[Buyer]) -> str:
    """The town's own administration that bought, by its name in the notice; "" for every other buyer.

    Several administrations have one CVR number; the notice tells them apart.
    """
    own = [buyer for buyer in buyers if buyer.kind is BuyerKind.ADMINISTRATION]
    if plain_cvr(one.buyer_cvr) in {buyer.cvr for buyer in own}:
        return one.buyer or next(buyer.name for buyer in own if buyer.cvr == plain_cvr(one.buyer_cvr))
    return one.buyer if one.buyer.casefold() in {buyer.name.casefold() for buyer in own} else ""
