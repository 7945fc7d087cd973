"""The proof on mutants in its short form, and that it judges as it should."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.prove.mutants import Tally, judge, shortcomings
from tests.prove.pages import SHAPES, Shape
from tests.prove.redesigns import KINDS, Site
from tests.prove.towns import Town


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_redesigns_are_noticed_in_the_same_run(shape: Shape) -> None:
    tally = judge(shape, 1)
    assert tally.changed.total() >= 5
    assert len(tally.misses) <= 1, tally.misses


def test_every_kind_of_redesign_does_something_somewhere() -> None:
    idle = set(KINDS)
    for shape in SHAPES:
        town = Town(shape.name, rate=0.5, stay=20, agreements=shape.agreements)
        for kind in sorted(idle):
            site = Site.of(shape.pages(town), shape.source.url)
            before = site.html()
            if KINDS[kind](site, Random(7)) and site.html() != before:
                idle.remove(kind)
    assert idle == set()


@pytest.mark.parametrize(
    ("tally", "complaint"),
    [
        (Tally("a", Counter(x=250), Counter(x=100), Counter(x=98), Counter(x=9)), "98.0% caught"),
        (Tally("a", Counter(x=150), Counter(x=100), Counter(x=100), Counter(x=9)), "150 mutants, fewer than 200"),
        (Tally("a", Counter(x=250), Counter(x=100), Counter(x=100), Counter(x=100)), "proves nothing"),
        (Tally("a", Counter(x=250)), "0.0% caught"),
    ],
)
def test_what_falls_short_is_complained_of(tally: Tally, complaint: str) -> None:
    assert any(complaint in wrong for wrong in shortcomings([tally]))


def test_what_holds_is_not_complained_of() -> None:
    assert shortcomings([Tally("a", Counter(x=250), Counter(x=100), Counter(x=99), Counter(x=9))]) == []
