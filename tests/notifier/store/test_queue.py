"""The officers' list stands on indexes: whatever is asked for, no statement reads the whole catalogue or sorts it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from notifier.lots import Verdict
from notifier.store import Store
from notifier.store.queue import DOUBTS, Asked, Cell, Spot, State
from tests.notifier.store.samples import MONDAY, call

CELL = Cell(0, MONDAY, MONDAY + dt.timedelta(days=14))
SPOT = Spot(0, "2026-11-30T00:00:00.000000+00:00", "P1", 7)
ALONE = (
    Asked(), Asked(verdict=Verdict.SUITABLE), Asked(sample=True), Asked(trade="cleaning"), Asked(source="ted"),
    Asked(buyer="Kommunen"), Asked(before=MONDAY + dt.timedelta(days=7)), Asked(procedure="P1"),
    Asked(State.TAGGED), Asked(State.TAGGED, who="Anna"), Asked(State.ALL),
)  # fmt: skip
TOGETHER = (
    Asked(verdict=Verdict.SUITABLE, trade="cleaning", source="ted", buyer="Kommunen"),
    Asked(trade="cleaning", text="skoler"), Asked(text="skoler"), Asked(State.ALL, trade="cleaning", source="ted"),
    Asked(State.TAGGED, buyer="Kommunen", verdict=Verdict.POSSIBLE), Asked(State.ALL, procedure="P1", text="skoler"),
)  # fmt: skip


class Spy:
    """What is asked of a database."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._connection = store._database._connection
        for name in ("select", "column"):
            monkeypatch.setattr(store._database, name, self._noting(getattr(store._database, name)))

    def _noting(self, real: Any) -> Any:
        def noted(kind: type, sql: str, values: Any = ()) -> Any:
            self.asked.append((sql, values))
            return real(kind, sql, values)

        return noted

    def plan(self) -> list[str]:
        """How each statement is answered, by SQLite's own account."""
        found: list[str] = []
        for sql, values in self.asked:
            found += [row[3] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        return found


@pytest.fixture
def spy(store: Store, monkeypatch: pytest.MonkeyPatch) -> Spy:
    store.notices.hold(call(), MONDAY)
    return Spy(store, monkeypatch)


def whole(plan: list[str]) -> list[str]:
    """Steps that read a table of lots from one end to the other. A search for words is a scan of a virtual table."""
    tables = ("SCAN catalogue", "SCAN t", "SCAN lots", "SCAN of_lot")
    return [step for step in plan if step.startswith(tables) and "VIRTUAL" not in step]


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("asked", ALONE, ids=str)
def test_each_list_comes_out_of_an_index_in_its_order(store: Store, spy: Spy, asked: Asked, back: bool) -> None:
    cells = [CELL] if asked.state is State.WAITING else [Cell(None, MONDAY)]
    store.queue.page(asked, cells, "da", spot=SPOT, back=back, limit=51)
    plan = spy.plan()
    assert any(
        "SEARCH catalogue USING COVERING INDEX" in step or "SEARCH t USING COVERING INDEX" in step for step in plan
    )
    assert whole(plan) == []
    if not asked.procedure:  # a tender has few lots
        assert [step for step in plan if "ORDER BY" in step and "SUBQUERY" not in step] == []


@pytest.mark.parametrize("few", [1000, -1])
@pytest.mark.parametrize("asked", TOGETHER, ids=str)
def test_filters_together_read_no_more_than_one_of_them_finds(
    store: Store, spy: Spy, monkeypatch: pytest.MonkeyPatch, asked: Asked, few: int
) -> None:
    monkeypatch.setattr("notifier.store.queue._FEW", few)  # whether many lots have the word that is sought
    cells = [CELL] if asked.state is State.WAITING else [Cell(None, MONDAY)]
    store.queue.page(asked, cells, "da", limit=51)
    store.queue.counts([asked], MONDAY)
    store.queue.tallies(asked, ["verdict", "source", "buyer", "trade", "days"], MONDAY, [MONDAY])
    assert whole(spy.plan()) == []


@pytest.mark.parametrize("asked", ALONE, ids=str)
def test_each_count_stands_in_an_index_alone(store: Store, spy: Spy, asked: Asked) -> None:
    store.queue.counts([asked], MONDAY)
    (step,) = [step for step in spy.plan() if step.startswith("SEARCH")]
    assert "COVERING INDEX" in step or asked.procedure


def test_what_can_be_chosen_is_found_step_by_step(store: Store, spy: Spy) -> None:
    store.queue.buyers()
    store.queue.taggers()
    store.queue.procedures(["P1", "P2"], MONDAY)
    store.queue.ids(Asked(), Cell(3, MONDAY), 500)
    store.queue.still([1, 2], Cell(3, MONDAY))
    assert [
        step for step in whole(spy.plan()) if "USING INDEX" not in step and "USING COVERING INDEX" not in step
    ] == []


def test_what_has_passed_is_noted_out_of_an_index(store: Store, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []
    monkeypatch.setattr(store._database, "write", lambda sql, values=(): asked.append((sql, values)))
    store.catalogue.note_passed(MONDAY)
    spy.asked = asked
    assert whole([step for step in spy.plan() if "USING INDEX catalogue_by_buyer" not in step]) == []


def test_nothing_asked_answers_nothing(store: Store) -> None:
    assert store.queue.counts([], MONDAY) == []
    assert store.queue.procedures([], MONDAY) == {}
    assert store.queue.page(Asked(), [Cell(doubt, MONDAY) for doubt in DOUBTS], "en", limit=5) == []
    assert store.queue.page(replace(Asked(), state=State.ALL), [Cell(None, MONDAY)], "da", limit=5) == []
