"""Lists of lots."""

from __future__ import annotations

import datetime as dt

import pytest

from notifier import changes
from notifier.lots import Assessment, Deadline, LotState, Stage, Verdict
from notifier.store import Assessed, Store
from notifier.store.sights import CHUNK
from tests.notifier.store.samples import MONDAY, TUESDAY, call, day, lot, until


def uids(store: Store, now: dt.datetime = MONDAY, **filters: object) -> list[str]:
    return [view.uid for view in store.lots.views(now, **filters)]  # type: ignore[arg-type]


def assess_all(store: Store, verdict: Verdict, rules: str = "r1") -> None:
    waiting = list(store.assessments.waiting(rules))
    found = Assessment(verdict, 1.0, rules_version=rules)
    store.assessments.save([Assessed(one.number, found) for one in waiting], MONDAY)


def test_live_lots_are_exactly_those_whose_state_is_planned_or_open(store: Store) -> None:
    store.notices.hold(call("1", lot("A"), procedure_id="open"), MONDAY)
    store.notices.hold(call("2", lot("A", deadline=None), procedure_id="unknown"), MONDAY)
    store.notices.hold(call("3", lot("A"), procedure_id="planned", stage=Stage.PLANNING), MONDAY)
    store.notices.hold(call("4", lot("A"), procedure_id="cancelled", cancelled=True), MONDAY)
    store.notices.hold(call("5", lot("A"), procedure_id="awarded", stage=Stage.AWARD), MONDAY)
    store.notices.hold(call("6", lot("A", deadline=until(20)), procedure_id="later"), MONDAY)
    for now in (MONDAY, until(1).at, until(1).at + dt.timedelta(microseconds=1), until(31).at):
        by_state = [view.uid for view in store.lots.views(now) if view.state in (LotState.PLANNED, LotState.OPEN)]
        assert uids(store, now, live=True) == by_state
    assert len(uids(store, until(31).at, live=True)) == 2


def test_lots_are_found_by_verdict(store: Store) -> None:
    store.notices.hold(call("1", procedure_id="A"), MONDAY)
    assess_all(store, Verdict.RESERVED)
    store.notices.hold(call("2", procedure_id="B"), MONDAY)
    assess_all(store, Verdict.UNSUITABLE)
    store.notices.hold(call("3", procedure_id="C"), MONDAY)
    assert uids(store, verdicts=[Verdict.RESERVED, Verdict.SUITABLE]) == ["A/LOT-0001"]
    assert [view.assessment and view.assessment.verdict for view in store.lots.views(MONDAY)] == [
        Verdict.RESERVED,
        Verdict.UNSUITABLE,
        None,
    ]


def test_lots_are_found_by_identity(store: Store) -> None:
    store.notices.hold(call("1", lot("A"), lot("B"), lot("C")), MONDAY)
    assert uids(store, uids=["P/C", "P/A", "P/X"]) == ["P/A", "P/C"]
    assert uids(store, uids=[]) == []


@pytest.mark.parametrize("name", ["P/B", "1-2026/B", "B", "slug"])
def test_a_person_may_name_a_lot_in_several_ways(store: Store, name: str) -> None:
    store.notices.hold(call("1-2026", lot("A"), lot("B", title="Maling")), MONDAY)
    wanted = changes.slug("Maling", "P/B") if name == "slug" else name
    assert [view.uid for view in store.lots.find(wanted, MONDAY)] == ["P/B"]


def test_a_publication_number_names_all_its_lots_and_an_unknown_name_none(store: Store) -> None:
    store.notices.hold(call("1-2026", lot("A"), lot("B")), MONDAY)
    store.notices.hold(call("page", lot(""), publication_number="", procedure_id=""), MONDAY)
    assert [view.uid for view in store.lots.find("1-2026", MONDAY)] == ["P/A", "P/B"]
    assert store.lots.find("nothing", MONDAY) == ()
    assert store.lots.find("", MONDAY) == ()


def test_more_lots_than_a_page_all_come_once_while_facts_are_renewed(store: Store) -> None:
    labels = [f"LOT-{number:04}" for number in range(CHUNK + 20)]
    store.notices.hold(call("1-2026", *(lot(label) for label in labels)), MONDAY)
    views = store.lots.views(TUESDAY)
    seen = [next(views).lot.lot_id]
    store.notices.hold(call("2-2026", *(lot(label) for label in labels), published=day(9)), TUESDAY)
    seen += [view.lot.lot_id for view in views]
    assert sorted(seen) == labels


def test_a_deadline_at_the_end_of_time_is_kept(store: Store) -> None:
    never = Deadline(dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.timezone(-dt.timedelta(hours=5))))
    store.notices.hold(call("1-2026", lot(deadline=never)), MONDAY)
    assert [view.lot.deadline for view in store.lots.views(MONDAY, live=True)] == [never]


def test_slugs_that_would_be_the_same_are_told_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = changes.slug
    monkeypatch.setattr(changes, "slug", lambda title, uid, n=8: "same" if n == 8 else real(title, uid, n))
    store.notices.hold(call("1-2026", lot("A"), lot("B")), MONDAY)
    first, second = (view.slug for view in store.lots.views(MONDAY))
    assert first == "same"
    assert second == real("Rengøring af skoler", "P/B", 16)


def test_other_rules_make_every_lot_wait_again(store: Store) -> None:
    store.notices.hold(call("1-2026", *(lot(f"LOT-{number:04}") for number in range(CHUNK + 5))), MONDAY)
    assess_all(store, Verdict.POSSIBLE, "r1")
    assert len(list(store.assessments.waiting("r1"))) == 0
    assert len(list(store.assessments.waiting("r2"))) == CHUNK + 5
    for one in store.assessments.waiting("r2"):  # saving while reading misses none
        found = Assessment(Verdict.SUITABLE, 1.0, rules_version="r2")
        store.assessments.save([Assessed(one.number, found)], TUESDAY)
        if one.number > 20:
            break
    assert len(list(store.assessments.waiting("r2"))) == CHUNK + 5 - 21
