"""Which lots the town's readers are shown: those of the town itself, and those that are done in the places it follows.

An installation follows more buyers than the town (notifier/buyers.py): a region buys all over its area, and what is
done at its far end is of no use here. What is not known is never left out: a lot without a place is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from notifier.buyers import Buyer, BuyerKind
from notifier.lots import Lot, LotView, Organisation


def in_scope(
    lot: Lot, buyers: Sequence[Organisation], places: Sequence[str], own: frozenset[str] = frozenset()
) -> bool:
    """Whether a lot is followed. `places` are NUTS codes, none for everywhere; `own` the town's own CVR numbers.

    NUTS codes nest by their beginnings: DK011 lies in DK01, and a lot all over DK is one in DK011 too. Codes such as
    DKZZZ ("extra-regio") say only that there is no place.
    """
    known = [code.upper() for code in lot.nuts if not code[2:].upper().startswith("Z")]
    if not places or not known or any(buyer.identifier in own for buyer in buyers if buyer.identifier):
        return True
    return any(code.startswith(place) or place.startswith(code) for code in known for place in places)


def own_numbers(buyers: Iterable[Buyer]) -> frozenset[str]:
    """The CVR numbers of the town's own administrations."""
    return frozenset(buyer.cvr for buyer in buyers if buyer.kind is BuyerKind.ADMINISTRATION)


def split(
    views: Iterable[LotView], places: Sequence[str], buyers: Iterable[Buyer]
) -> tuple[list[LotView], list[LotView]]:
    """The views whose lots are followed, and those of the others, each in their order."""
    own = own_numbers(buyers)
    followed: list[LotView] = []
    others: list[LotView] = []
    for view in views:
        (followed if in_scope(view.lot, view.notice.buyers, places, own) else others).append(view)
    return followed, others
