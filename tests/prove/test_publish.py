"""That the proof of publishing judges as it should, and that its scenes are what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prove.publish import LITTLE, NEW, OLD, Tally, found_in, shortcomings

pytestmark = pytest.mark.long

TORN, LEFT = Tally("in place", 5, torn=["a.html"]), Tally("unnoted", 5, other=["b.html"])


def test_kills_that_leave_everything_whole_are_well() -> None:
    assert shortcomings([Tally("x", 200), Tally("y", 100)], TORN, LEFT, 300) == []


@pytest.mark.parametrize(
    ("tally", "complaint"),
    [
        (Tally("x", 300, torn=["a.html", "b.html"]), "x: 2 torn, such as a.html"),
        (Tally("x", 300, left=[".publishing"]), "x: 1 left over, such as .publishing"),
        (Tally("x", 300, other=["om.html"]), "x: 1 other than undisturbed, such as om.html"),
        (Tally("x", 299), "299 kills, and 300 are wanted"),
    ],
)
def test_whatever_is_wrong_is_complained_of(tally: Tally, complaint: str) -> None:
    assert shortcomings([tally], TORN, LEFT, 300) == [complaint]


def test_a_proof_that_holds_without_the_guards_is_none() -> None:
    complaints = shortcomings([Tally("x", 300)], Tally("in place", 5), Tally("unnoted", 5), 300)
    assert len(complaints) == 2
    assert all("cannot fail" in complaint for complaint in complaints)


def test_each_state_writes_and_takes_away_and_changes_something(tmp_path: Path) -> None:
    OLD.put(tmp_path)
    old = found_in(tmp_path)
    NEW.put(tmp_path)
    new = found_in(tmp_path)
    assert new.keys() - old.keys()
    assert [name for name in new.keys() & old.keys() if new[name] != old[name]]
    LITTLE.put(tmp_path)
    assert new.keys() - found_in(tmp_path).keys()
