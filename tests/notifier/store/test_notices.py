"""Notices, their versions, and what follows for lots and their changes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from notifier.changes import PROVEN_RUNS
from notifier.lots import (
    Agreement,
    Assessment,
    FieldChange,
    LotKind,
    LotState,
    LotView,
    Money,
    Notice,
    Organisation,
    Stage,
    Verdict,
)
from notifier.store import Assessed, Sight, Store
from notifier.store.notices import Doubtful
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, day, lot, until


def view(store: Store, uid: str = "P/LOT-0001") -> LotView:
    (found,) = store.lots.views(WEDNESDAY, uids=[uid])
    return found


def told(store: Store, uid: str = "P/LOT-0001") -> list[FieldChange]:
    """All changes that readers are told of a lot."""
    return [field for change in view(store, uid).changes for field in change.fields]


def test_a_notice_is_new_then_unchanged_then_changed(store: Store) -> None:
    assert store.notices.hold(call(), MONDAY) is Sight.NEW
    assert store.notices.hold(call(), TUESDAY) is Sight.UNCHANGED
    assert store.notices.hold(call("1-2026", lot(deadline=until(8))), WEDNESDAY) is Sight.CHANGED
    assert [(one.number, one.seen_at) for one in store.notices.versions()] == [(1, MONDAY), (2, WEDNESDAY)]


def test_a_content_that_comes_back_is_a_version_of_its_own(store: Store) -> None:
    other = call("1-2026", lot(deadline=until(8)))
    for notice in (call(), other, call()):
        store.notices.hold(notice, MONDAY)
    assert [one.notice for one in store.notices.versions()] == [call(), other, call()]


def test_what_comes_out_is_what_went_in(store: Store) -> None:
    notice = call("1-2026", lot(value=Money(Decimal("12.50")), nuts=("DK011",)), flags=("remark",))
    store.notices.hold(notice, MONDAY)
    assert store.notices.latest("ted", "1-2026") == notice
    assert store.notices.latest("ted", "2-2026") is None
    assert view(store).notice == notice
    assert str(view(store).lot.deadline.at) == "2026-12-01 12:00:00+01:00"  # type: ignore[union-attr]


def test_the_same_key_of_two_sources_is_two_notices(store: Store) -> None:
    store.notices.hold(call(procedure_id=""), MONDAY)
    assert store.notices.hold(call(procedure_id="", publication_number="", source="town"), MONDAY) is Sight.NEW
    assert store.lots.count() == 2


def test_which_keys_are_held_is_known(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    assert store.notices.held("ted", ["1-2026", "2-2026"]) == {"1-2026"}
    assert store.notices.held("town", ["1-2026"]) == frozenset()
    assert store.notices.held("ted", [str(number) for number in range(2000)] + ["1-2026"]) == {"1-2026"}


def test_the_procedures_notices_share_the_lot_and_the_newest_call_gives_its_facts(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    first = view(store)
    store.notices.hold(call("2-2026", lot(title="Ny titel", deadline=until(8)), published=day(5)), TUESDAY)
    now = view(store)
    assert (now.lot.deadline, now.notice.key) == (until(8), "2-2026")
    assert (now.slug, now.first_seen, now.updated) == (first.slug, MONDAY, TUESDAY)


def test_a_moved_deadline_is_recorded_once_with_its_own_number(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    moved = call("2-2026", lot(deadline=until(8)), published=day(5))
    store.notices.hold(moved, TUESDAY)
    store.notices.hold(moved, WEDNESDAY)
    (change,) = view(store).changes
    assert (change.number, change.seen_at) == (1, TUESDAY)
    assert told(store) == [FieldChange("deadline", "2026-12-01T12:00:00+01:00", "2026-12-08T12:00:00+01:00")]


def test_nothing_is_a_change_at_first_sight_in_whatever_order_the_notices_come(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    store.notices.hold(call("2-2026", lot(deadline=until(8)), published=day(5)), MONDAY)
    assert told(store) == []
    assert view(store).lot.deadline == until(8)


def test_an_older_publication_that_comes_later_changes_nothing(store: Store) -> None:
    store.notices.hold(call("2-2026", lot(deadline=until(8)), published=day(5)), MONDAY)
    store.notices.hold(call(), TUESDAY)
    assert told(store) == []
    assert view(store).notice.key == "2-2026"


def test_a_call_that_is_found_after_its_award_brings_the_facts_but_no_change(store: Store) -> None:
    award = call("9-2026", lot(deadline=None, result="selec-w"), stage=Stage.AWARD, published=day(20))
    store.notices.hold(award, MONDAY)
    store.notices.hold(call(), TUESDAY)
    assert told(store) == []
    assert (view(store).lot.deadline, view(store).state) == (until(1), LotState.AWARDED)


def test_a_cancellation_is_told_once(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    store.notices.hold(replace(call("2-2026", cancelled=True, published=day(5)), lots=()), TUESDAY)
    assert told(store) == [FieldChange("cancelled", "", "yes")]
    assert view(store).state is LotState.CANCELLED
    assert view(store).notice.key == "1-2026"


def test_an_award_changes_the_state_and_tells_nothing(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    store.notices.hold(call("9-2026", lot(deadline=None), stage=Stage.AWARD, published=day(20)), TUESDAY)
    assert view(store).state is LotState.AWARDED
    assert told(store) == []


def test_a_planned_lot_that_is_called_keeps_its_identity(store: Store) -> None:
    store.notices.hold(call("1-2026", lot(deadline=None), stage=Stage.PLANNING), MONDAY)
    assert view(store).state is LotState.PLANNED
    store.notices.hold(call("2-2026", published=day(5)), TUESDAY)
    assert view(store).state is LotState.OPEN
    assert [change.field for change in told(store)] == ["deadline", "state"]


def test_a_lot_that_its_notice_no_longer_names_is_gone_and_comes_back_as_the_same(store: Store) -> None:
    both = call("1-2026", lot(), lot("LOT-0002"))
    store.notices.hold(both, MONDAY)
    store.notices.hold(call("1-2026", lot("LOT-0002")), TUESDAY)
    assert view(store).state is LotState.GONE
    assert view(store).lot == lot()
    assert view(store, "P/LOT-0002").state is LotState.OPEN
    store.notices.hold(both, WEDNESDAY)
    assert (view(store).state, view(store).first_seen) == (LotState.OPEN, MONDAY)
    assert told(store) == [FieldChange("state", "open", "gone"), FieldChange("state", "gone", "open")]


def test_a_broken_reading_of_a_known_notice_closes_nothing(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    store.notices.hold(replace(call(), lots=(), flags=("the lots could not be read",)), TUESDAY)
    assert view(store).state is LotState.OPEN
    assert told(store) == []


def test_a_broken_reading_of_the_newest_notice_does_not_bring_back_older_facts(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    moved = call("2-2026", lot(deadline=until(8)), published=day(5))
    store.notices.hold(moved, TUESDAY)
    store.notices.hold(replace(moved, lots=(), flags=("the lots could not be read",)), WEDNESDAY)
    assert view(store).lot.deadline == until(8)
    assert len(view(store).changes) == 1


def test_a_notice_that_names_its_procedure_only_later_keeps_its_lots(store: Store) -> None:
    store.notices.hold(call(procedure_id=""), MONDAY)
    store.notices.hold(call(procedure_id="P"), TUESDAY)
    assert [one.uid for one in store.lots.views(TUESDAY)] == ["ted:1-2026/LOT-0001"]


def planned() -> Notice:
    part = lot("1", "Rengøring af skoler, forventet", kind=LotKind.PART, deadline=None)
    return call("1-2026", part, stage=Stage.PLANNING)


def test_a_planned_part_is_a_view_that_waits_for_its_verdict(store: Store) -> None:
    store.notices.hold(planned(), MONDAY)
    (view,) = store.lots.views(MONDAY)
    assert (view.uid, view.state) == ("P/part:1", LotState.PLANNED)
    (waiting,) = store.assessments.waiting("r1")
    assert waiting.lot == planned().lots[0]


def test_a_planned_part_ends_without_a_word_when_its_procedure_is_called(store: Store) -> None:
    store.notices.hold(planned(), MONDAY)
    store.notices.hold(call("2-2026", lot("1"), published=day(20)), TUESDAY)
    part, called = sorted(store.lots.views(TUESDAY), key=lambda view: view.uid, reverse=True)
    assert (part.uid, part.state, part.changes) == ("P/part:1", LotState.GONE, ())
    assert (called.uid, called.state) == ("P/1", LotState.OPEN)


def test_a_call_that_is_read_before_its_planning_notice_takes_it_up_as_well(store: Store) -> None:
    store.notices.hold(call("2-2026", lot("1"), published=day(20)), MONDAY)
    store.notices.hold(planned(), TUESDAY)
    states = {view.uid: view.state for view in store.lots.views(TUESDAY)}
    assert states == {"P/part:1": LotState.GONE, "P/1": LotState.OPEN}


def test_a_lots_number_used_twice_loses_neither_lot(store: Store) -> None:
    store.notices.hold(call("1-2026", lot(), lot(title="Maling")), MONDAY)
    assert [one.lot.title for one in store.lots.views(MONDAY)] == ["Rengøring af skoler", "Maling"]
    assert [one.uid for one in store.lots.views(MONDAY)] == ["P/LOT-0001", "P/LOT-0001#2"]


def test_the_export_has_every_version_with_its_verdicts(store: Store) -> None:
    store.notices.hold(call("1-2026", lot(), lot("LOT-0002")), MONDAY)
    (first, _) = store.assessments.waiting("r1")
    verdict = Assessment(Verdict.SUITABLE, 2.5, trades=("cleaning",), rules_version="r1")
    store.assessments.save([Assessed(first.number, verdict)], MONDAY)
    store.notices.hold(replace(call(), lots=()), TUESDAY)
    assert [one.assessments for one in store.notices.versions()] == [(verdict, None), ()]


def test_more_versions_than_are_read_at_once_all_come(store: Store) -> None:
    with store.transaction():
        for number in range(120):
            store.notices.hold(call(f"{number}-2026", procedure_id=f"P{number}"), MONDAY)
    assert [one.notice.key for one in store.notices.versions()] == [f"{number}-2026" for number in range(120)]


def test_doubts_are_told_of_the_newest_version_of_what_its_source_still_lists(store: Store) -> None:
    store.notices.hold(call("1-2026", procedure_id="A", flags=("old",)), MONDAY)
    store.notices.hold(call("1-2026", lot(deadline=until(8)), procedure_id="A", flags=("value?", "No lot")), TUESDAY)
    store.notices.hold(call("2-2026", procedure_id="B"), MONDAY)
    store.notices.hold(call("3-2026", procedure_id="C", flags=("gone",)), MONDAY)
    store.notices.hold(call("4-2026", procedure_id="D", source="town", flags=("other",)), MONDAY)
    for _ in range(PROVEN_RUNS):
        store.notices.missed("ted", ["1-2026", "2-2026"], WEDNESDAY)
    assert store.notices.doubtful("ted") == Doubtful(2, (("value?", "No lot"),))
    assert store.notices.doubtful("none") == Doubtful(0)


def test_doubts_of_agreements_count_as_well(store: Store) -> None:
    store.agreements.hold(Agreement("aftaler", "1", "Vask", supplier=Organisation("A/S"), flags=("end?",)), MONDAY)
    store.agreements.hold(Agreement("aftaler", "2", "Kaffe", supplier=Organisation("A/S")), MONDAY)
    assert store.notices.doubtful("aftaler") == Doubtful(2, (("end?",),))
