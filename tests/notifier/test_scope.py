"""Which lots are followed, by who buys and where the work is done."""

from __future__ import annotations

import pytest

from notifier.lots import Lot, Organisation
from notifier.scope import in_scope

REGION = (Organisation("Region Øst", "11223344", "DK"),)
TOWN = (Organisation("Eksempel Kommune - Park", "12345674", "DK"),)
OWN = frozenset({"12345674"})


def lot(*nuts: str) -> Lot:
    return Lot("1", "Pleje af parker", nuts=nuts)


@pytest.mark.parametrize(
    ("nuts", "followed"),
    [
        ((), True),
        (("DK011",), True),
        (("DK01",), True),
        (("DK",), True),
        (("DK032", "DK013"), True),
        (("DK032",), False),
        (("SE",), False),
        (("DKZZZ",), True),
        (("DKZZZ", "DK032"), False),
        (("dk011",), True),
    ],
)
def test_places_nest_and_what_is_unknown_is_followed(nuts: tuple[str, ...], followed: bool) -> None:
    assert in_scope(lot(*nuts), REGION, ["DK01"], OWN) is followed


def test_the_towns_own_purchases_are_followed_wherever_they_are_done() -> None:
    assert in_scope(lot("DK032"), TOWN, ["DK01"], OWN)
    assert in_scope(lot("DK032"), (*REGION, *TOWN), ["DK01"], OWN)
    assert not in_scope(lot("DK032"), (Organisation("Uden nummer"),), ["DK01"], frozenset({""}))


def test_without_places_everything_is_followed() -> None:
    assert in_scope(lot("DK032"), REGION, [])
