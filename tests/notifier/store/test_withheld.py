"""What is noted as withheld, by whom it is decided, and what becomes of it when lots turn out to be one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from notifier.lots import Agreement, Assessment, Notice, Stage, Verdict
from notifier.profiles import Announced, Announcement
from notifier.store import Assessed, Store
from notifier.store.withheld import WithheldGroup
from notifier.withheld import Decision, Reason, Withheld
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, lot, until

SUITABLE = Assessment(Verdict.SUITABLE, 1.0, ("cleaning",), rules_version="1")
POSSIBLE = replace(SUITABLE, verdict=Verdict.POSSIBLE)
UNSUITABLE = replace(SUITABLE, verdict=Verdict.UNSUITABLE, trades=())
CONTRACT = Agreement("town", "7", "Kantine", end=dt.date(2027, 3, 31))


def hold(store: Store, *notices: Notice, at: dt.datetime = MONDAY, reason: Reason | None = Reason.FIRST_RUN) -> None:
    with store.withheld.noting(reason, "ted", at), store.notices.together(at):
        for notice in notices:
            store.notices.hold(notice, at)


def judge(store: Store, found: Assessment, version: str = "1", at: dt.datetime = MONDAY) -> None:
    waiting = list(store.assessments.waiting(version))
    store.assessments.save([Assessed(item.number, replace(found, rules_version=version)) for item in waiting], at)


def decide(store: Store, decision: Decision, at: dt.datetime = TUESDAY) -> int:
    return store.withheld.decide([one.number for one in store.withheld.undecided()], decision, "anna", at)


def names(found: tuple[Withheld, ...]) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.item_uid, one.key) for one in found]


# -- what is noted -----------------------------------------------------------------------------------------------------


def test_what_is_written_for_a_reason_is_withheld_and_what_is_written_without_one_is_not(store: Store) -> None:
    hold(store, call("1-2026", procedure_id="P1"))
    hold(store, call("2-2026", procedure_id="P2"), reason=None)
    assert store.withheld.standing() == (
        Withheld(1, Announced.NEW, "P1/LOT-0001", "", Reason.FIRST_RUN, "ted", MONDAY),
    )


def test_a_change_is_withheld_by_its_number_and_an_agreement_whole(store: Store) -> None:
    hold(store, call(), reason=None)
    with store.withheld.noting(Reason.REPARSE, "", TUESDAY):
        store.notices.hold(call("1-2026", lot(deadline=until(8))), TUESDAY)
        store.agreements.hold(CONTRACT, TUESDAY)
    (view,) = store.lots.views(TUESDAY)
    assert [(one.kind, one.item_uid, one.key, one.reason) for one in store.withheld.standing()] == [
        (Announced.CHANGED, view.uid, str(view.changes[0].number), Reason.REPARSE),
        (Announced.EXPIRING, store.agreements.views()[0].uid, "", Reason.REPARSE),
    ]


def test_what_fails_while_it_is_noted_leaves_neither_lots_nor_notes(store: Store) -> None:
    def cut_off() -> None:
        with store.withheld.noting(Reason.FIRST_RUN, "ted", MONDAY):
            store.notices.hold(call(), MONDAY)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert (store.lots.count(), store.withheld.standing()) == (0, ())


def test_a_lot_that_is_read_again_is_no_new_one(store: Store) -> None:
    hold(store, call(), reason=None)
    hold(store, call(), at=TUESDAY)
    assert store.withheld.standing() == ()


def test_a_planned_lot_is_withheld_as_planned_alone(store: Store) -> None:
    hold(store, call(stage=Stage.PLANNING))
    hold(store, call("2-2026", published=dt.date(2026, 11, 1)), at=WEDNESDAY, reason=None)
    assert names(store.withheld.standing()) == [("new", "P/LOT-0001", "planned")], "its opening is news of its own"


@pytest.mark.parametrize(
    ("before", "later"),
    [(Reason.BACKFILL, MONDAY), (Reason.BACKFILL, WEDNESDAY), (None, WEDNESDAY)],
    ids=["in the same run", "in another one", "after an ordinary one"],
)
def test_a_planned_lot_that_opens_while_it_is_noted_is_withheld_as_open(
    store: Store, before: Reason | None, later: dt.datetime
) -> None:
    hold(store, call(stage=Stage.PLANNING), reason=before)
    hold(store, call("2-2026", published=dt.date(2026, 11, 1)), at=later, reason=Reason.BACKFILL)
    assert ("new", "P/LOT-0001", "") in names(store.withheld.standing())


def test_an_agreement_that_a_mended_parser_reads_otherwise_waits_for_a_word_again(store: Store) -> None:
    with store.withheld.noting(Reason.FIRST_RUN, "town", MONDAY):
        store.agreements.hold(CONTRACT, MONDAY)
        store.agreements.hold(replace(CONTRACT, key="8"), MONDAY)
    decide(store, Decision.LEFT)
    with store.withheld.noting(Reason.REPARSE, "", TUESDAY):
        store.agreements.hold(replace(CONTRACT, end=dt.date(2027, 1, 31)), TUESDAY)
        store.agreements.hold(replace(CONTRACT, key="8"), TUESDAY)
    assert [(one.item_uid, one.reason, one.since) for one in store.withheld.undecided()] == [
        (store.agreements.views()[0].uid, Reason.REPARSE, TUESDAY)
    ]


def test_after_a_restore_all_is_withheld_once_more_also_what_was_released(store: Store) -> None:
    hold(store, call())
    hold(store, call("1-2026", lot(deadline=until(8))), at=TUESDAY, reason=Reason.REPARSE)
    decide(store, Decision.RELEASED)
    store.agreements.hold(CONTRACT, MONDAY)
    notes = [
        Announcement(Announced.CLOSING, "P/LOT-0001", "2026-12-08"),
        Announcement(Announced.EXPIRING, store.agreements.views()[0].uid, "2027-03-31/12"),
    ]
    store.withheld.note_everything(Reason.RESTORED, notes, WEDNESDAY)
    number = str(next(store.lots.views(TUESDAY)).changes[0].number)
    assert sorted(names(store.withheld.undecided())) == [
        ("changed", "P/LOT-0001", number),
        ("closing", "P/LOT-0001", "2026-12-08"),
        ("expiring", store.agreements.views()[0].uid, "2027-03-31/12"),
        ("new", "P/LOT-0001", ""),
    ]
    assert {(one.reason, one.source, one.since) for one in store.withheld.undecided()} == {
        (Reason.RESTORED, "", WEDNESDAY)
    }


def test_after_a_restore_what_was_left_is_left_to_those_as_well_who_came_since(store: Store) -> None:
    hold(store, call())
    decide(store, Decision.LEFT)
    store.withheld.note_everything(Reason.RESTORED, [], WEDNESDAY)
    assert store.withheld.undecided() == ()
    (left,) = store.withheld.standing()
    assert left.since == WEDNESDAY


# -- verdicts ----------------------------------------------------------------------------------------------------------


def test_a_better_verdict_by_other_rules_is_noted_with_the_earlier_one(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, UNSUITABLE)
    judge(store, SUITABLE, "2", TUESDAY)
    (noted,) = store.withheld.standing()
    assert (noted.reason, noted.since, noted.earlier) == (Reason.RULES, TUESDAY, UNSUITABLE)


def test_the_first_verdict_and_one_that_drops_are_not_noted(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, SUITABLE)
    judge(store, UNSUITABLE, "2")
    assert store.withheld.standing() == ()


def test_of_several_changes_of_the_rules_the_verdict_before_the_first_one_counts(store: Store) -> None:
    hold(store, call(), reason=None)
    for version, verdict in (("1", UNSUITABLE), ("2", POSSIBLE), ("3", SUITABLE)):
        judge(store, verdict, version)
    assert [one.earlier for one in store.withheld.undecided()] == [UNSUITABLE]


def test_rules_that_were_changed_and_changed_back_leave_nothing_to_decide(store: Store) -> None:
    hold(store, call(), reason=None)
    for version, verdict in (("1", UNSUITABLE), ("2", SUITABLE), ("3", UNSUITABLE)):
        judge(store, verdict, version)
    assert store.withheld.standing() == ()
    assert store.withheld.groups() == ()


def test_a_verdict_that_was_released_is_withheld_again_when_rules_change_again(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, UNSUITABLE)
    judge(store, POSSIBLE, "2")
    assert decide(store, Decision.RELEASED) == 1
    judge(store, SUITABLE, "3", WEDNESDAY)
    (noted,) = store.withheld.undecided()
    assert noted.earlier == replace(POSSIBLE, rules_version="2")
    assert noted.since == WEDNESDAY


def test_a_verdict_that_waits_for_a_word_counts_only_as_long_as_the_lot_says_the_same(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, UNSUITABLE)
    judge(store, SUITABLE, "2")
    hold(store, call("1-2026", lot(deadline=until(8))), at=TUESDAY, reason=None)
    assert store.withheld.standing() == ()
    assert store.withheld.groups() == (), "nobody could decide on it"


def test_a_verdict_that_was_left_stays_left_when_the_lot_changes(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, UNSUITABLE)
    judge(store, SUITABLE, "2")
    decide(store, Decision.LEFT)
    hold(store, call("1-2026", lot(deadline=until(8))), at=TUESDAY, reason=None)
    assert [one.earlier for one in store.withheld.standing()] == [UNSUITABLE]


def test_a_tag_lies_over_the_earlier_verdict_as_over_the_present_one(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, UNSUITABLE)
    store.tags.add("P/LOT-0001", Verdict.SUITABLE, who="anna", why="rengøring", now=MONDAY, trades=("catering",))
    judge(store, SUITABLE, "2", TUESDAY)
    (noted,) = store.withheld.standing()
    assert noted.earlier is not None
    assert (noted.earlier.verdict, noted.earlier.trades) == (Verdict.SUITABLE, ("catering",))


def test_a_repaired_text_is_judged_anew_and_withheld_only_where_that_gains(store: Store) -> None:
    hold(store, call(), reason=None)
    judge(store, POSSIBLE)
    (held,) = store.lots.views(MONDAY)
    version = 1
    with store.withheld.noting(Reason.REPARSE, "", TUESDAY):
        store.notices.repair(version, call("1-2026", lot(description="Daglig rengøring")), TUESDAY)
    verdicts = [one for one in store.withheld.standing() if one.kind is Announced.NEW]
    assert [(one.item_uid, one.reason, one.earlier) for one in verdicts] == [(held.uid, Reason.REPARSE, POSSIBLE)]
    judge(store, POSSIBLE, at=TUESDAY)
    assert [one for one in store.withheld.standing() if one.kind is Announced.NEW] == []


def test_trades_that_other_rules_find_in_an_agreement_are_noted_with_the_earlier_ones(store: Store) -> None:
    uid = "agreement:town:7"
    store.agreements.hold(CONTRACT, MONDAY)
    store.agreements.save_trades(uid, ("cleaning",), "1", MONDAY)
    store.agreements.save_trades(uid, (), "2", MONDAY)
    assert store.withheld.standing() == (), "the first ones, and fewer, are no news"
    store.agreements.save_trades(uid, ("catering",), "3", TUESDAY)
    (noted,) = store.withheld.undecided()
    assert noted.earlier is not None
    assert (noted.kind, noted.reason, noted.since, noted.earlier.trades) == (
        Announced.EXPIRING,
        Reason.RULES,
        TUESDAY,
        (),
    )
    store.agreements.save_trades(uid, (), "4", WEDNESDAY)
    assert store.withheld.standing() == (), "changed back"


def test_another_text_of_an_agreement_gives_it_other_trades_as_usual(store: Store) -> None:
    store.agreements.hold(CONTRACT, MONDAY)
    store.agreements.save_trades("agreement:town:7", (), "1", MONDAY)
    store.agreements.hold(replace(CONTRACT, title="Rengøring"), TUESDAY)
    store.agreements.save_trades("agreement:town:7", ("cleaning",), "1", TUESDAY)
    assert store.withheld.standing() == ()


# -- an officer's word -------------------------------------------------------------------------------------------------


def test_what_is_released_stands_no_more_and_what_is_left_stands_undecided_no_more(store: Store) -> None:
    hold(store, call("1-2026", procedure_id="P1"), call("2-2026", procedure_id="P2"))
    first, second = store.withheld.undecided()
    assert store.withheld.decide([first.number], Decision.RELEASED, "anna", TUESDAY) == 1
    assert store.withheld.decide([second.number], Decision.LEFT, "anna", TUESDAY) == 1
    assert (store.withheld.undecided(), store.withheld.standing()) == ((), (second,))


def test_what_was_left_can_be_released_later_but_what_was_released_cannot_be_taken_back(store: Store) -> None:
    hold(store, call())
    (one,) = store.withheld.undecided()
    store.withheld.decide([one.number], Decision.LEFT, "anna", TUESDAY)
    assert store.withheld.decide([one.number], Decision.RELEASED, "bo", WEDNESDAY) == 1
    assert store.withheld.decide([one.number], Decision.LEFT, "bo", WEDNESDAY) == 0
    assert store.withheld.standing() == ()


def test_a_tag_releases_the_lot_that_it_is_on_and_no_other(store: Store) -> None:
    hold(store, call("1-2026", procedure_id="P1"), call("2-2026", procedure_id="P2"))
    store.tags.add("P1/LOT-0001", Verdict.SUITABLE, who="anna", why="rengøring", now=TUESDAY)
    assert names(store.withheld.standing()) == [("new", "P2/LOT-0001", "")]


def test_groups_count_each_lot_once_by_what_brought_it_about(store: Store) -> None:
    hold(store, call("1-2026", procedure_id="P1"), call("2-2026", procedure_id="P2"))
    hold(store, call("1-2026", lot(deadline=until(8)), procedure_id="P1"), at=TUESDAY, reason=Reason.REPARSE)
    store.agreements.hold(CONTRACT, MONDAY)
    closing = Announcement(Announced.CLOSING, "P1/LOT-0001", "2026-12-08")
    assert store.withheld.groups() == (
        WithheldGroup(Reason.FIRST_RUN, "ted", MONDAY.date(), lots=2, changes=0, agreements=0),
        WithheldGroup(Reason.REPARSE, "ted", TUESDAY.date(), lots=0, changes=1, agreements=0),
    )
    expiring = [
        Announcement(Announced.EXPIRING, store.agreements.views()[0].uid, f"2027-03-31/{months}") for months in (12, 6)
    ]
    store.withheld.note_everything(Reason.RESTORED, [closing, *expiring], WEDNESDAY)
    assert store.withheld.groups() == (
        WithheldGroup(Reason.RESTORED, "", WEDNESDAY.date(), lots=2, changes=1, agreements=1),
    )


# -- two lots that are one ---------------------------------------------------------------------------------------------

PAGE = call(
    "sag-17", source="town", publication_number="", procedure_id="", notice_type="", url="https://by.example/17"
)


def one_and_the_same(store: Store, at: dt.datetime = WEDNESDAY) -> None:
    """The page turns out to be about the procedure of TED's notice."""
    with store.notices.together(at):
        store.notices.hold(replace(PAGE, procedure_id="P"), at)
    assert store.lots.count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [(None, Reason.FIRST_RUN), (Reason.FIRST_RUN, None)],
    ids=["the older is free", "the younger is free"],
)
def test_of_two_lots_that_are_one_what_either_was_free_to_tell_may_be_told(
    store: Store, first: Reason | None, second: Reason | None
) -> None:
    hold(store, PAGE, at=MONDAY, reason=first)
    hold(store, call(), at=TUESDAY, reason=second)
    one_and_the_same(store)
    assert store.withheld.standing() == ()


def test_two_withheld_lots_that_are_one_stay_withheld(store: Store) -> None:
    hold(store, PAGE, at=MONDAY)
    hold(store, call(), at=TUESDAY)
    one_and_the_same(store)
    (view,) = store.lots.views(WEDNESDAY)
    assert names(store.withheld.standing()) == [("new", view.uid, "")]


def test_two_lots_that_are_one_of_which_one_was_released_may_be_told(store: Store) -> None:
    hold(store, PAGE, at=MONDAY, reason=Reason.FIRST_RUN)
    hold(store, call(), at=TUESDAY)
    (younger,) = [one for one in store.withheld.undecided() if one.since == TUESDAY]
    store.withheld.decide([younger.number], Decision.RELEASED, "anna", TUESDAY)
    one_and_the_same(store)
    assert store.withheld.standing() == ()


def test_a_planned_and_an_open_lot_both_withheld_that_are_one_stay_withheld_as_both(store: Store) -> None:
    hold(store, replace(PAGE, stage=Stage.PLANNING), at=MONDAY)
    hold(store, call(), at=TUESDAY)
    with store.notices.together(WEDNESDAY):
        store.notices.hold(replace(PAGE, stage=Stage.PLANNING, procedure_id="P"), WEDNESDAY)
    (view,) = store.lots.views(WEDNESDAY)
    assert sorted(names(store.withheld.standing())) == [("new", view.uid, ""), ("new", view.uid, "planned")]


def test_changes_and_verdicts_that_are_withheld_go_over_to_the_lot_that_stays(store: Store) -> None:
    hold(store, PAGE, at=MONDAY, reason=None)
    hold(store, call(), at=MONDAY, reason=None)
    judge(store, UNSUITABLE)
    hold(store, call("1-2026", lot(deadline=until(8))), at=TUESDAY, reason=Reason.REPARSE)
    (change,) = store.withheld.standing()
    judge(store, UNSUITABLE)
    judge(store, SUITABLE, "2", TUESDAY)
    one_and_the_same(store)
    (view,) = store.lots.views(WEDNESDAY)
    assert view.notice.source == "ted"
    assert {(one.item_uid, one.kind, one.key) for one in store.withheld.standing()} == {
        (view.uid, Announced.CHANGED, change.key),
        (view.uid, Announced.NEW, ""),
    }
