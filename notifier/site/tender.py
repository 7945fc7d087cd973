"""A tender among its lots. One of a thousand is told as any other: a lot's page names the nearest others, a page of the
tender's own names all. So a lot that changes costs its neighbours' pages, not every page of its tender.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

FOLDER = "udbud"
BESIDE = 20  # other lots that a lot's page names
T = TypeVar("T")


def around(lots: Sequence[T], number: int) -> list[T]:
    """The BESIDE others that stand nearest to a lot in its tender's order.

    >>> around(range(30), 2) == [0, 1, *range(3, 21)], around(range(3), 2)
    (True, [0, 1])
    """
    first = max(0, min(number - BESIDE // 2, len(lots) - 1 - BESIDE))
    return [*lots[first:number], *lots[number + 1 : first + BESIDE + 1]]


def is_large(lots: Sequence[object]) -> bool:
    """Whether a lot's page leaves others out: then the tender has a page."""
    return len(lots) > BESIDE + 1


def tender_path(procedure: str) -> str:
    """Path of a tender's page, without its language's folder: the same for ever, whatever its lots are called."""
    return f"{FOLDER}/{hashlib.blake2b(procedure.encode('utf-8', 'surrogatepass'), digest_size=6).hexdigest()}.html"
