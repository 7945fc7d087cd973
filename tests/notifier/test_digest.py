"""What one subscriber is told, when, and that it is told once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.digest import PLANNED_KEY, Coverage, Digest, LotEntry, Restraint, build, coverage
from notifier.letter.subject import subject
from notifier.lots import (
    Assessment,
    Deadline,
    FieldChange,
    Lot,
    LotState,
    LotView,
    RunStatus,
    SourceRun,
    Verdict,
    acting_deadline,
)
from notifier.matching import ReasonKind
from notifier.profiles import Announced, Announcement, Profile
from notifier.withheld import Reason, Silence, Withheld
from tests.notifier.mail_examples import (
    MOVED,
    NOW,
    agreement,
    at,
    change,
    kroner,
    rich_digest,
    run,
    subscriber,
    told,
    view,
)

DAY = dt.timedelta(days=1)


def digest_of(
    *lots: LotView,
    announced: set[Announcement] | None = None,
    now: dt.datetime = NOW,
    profile: Profile | None = None,
    since: dt.datetime | None = None,
    cap: int = 15,
    restraint: Restraint | None = None,
) -> Digest:
    known, held = frozenset(announced or ()), restraint or Restraint()
    return build(subscriber(profile), lots, (), (), known, now, since=since, restraint=held, cap=cap)


def uids(entries: tuple[LotEntry, ...]) -> list[str]:
    return [entry.view.uid for entry in entries]


# -- new ---------------------------------------------------------------------------------------------------------------


def test_an_open_lot_is_told_as_new_and_then_never_again() -> None:
    first = digest_of(view())
    assert uids(first.new) == ["p/LOT-0001"]
    assert first.announcements == (Announcement(Announced.NEW, "p/LOT-0001"),)
    assert digest_of(view(), announced=set(first.announcements)).empty


@pytest.mark.parametrize("state", [LotState.EXPIRED, LotState.AWARDED, LotState.CANCELLED, LotState.GONE])
def test_a_lot_that_is_over_is_not_told_as_new(state: LotState) -> None:
    assert digest_of(view(state=state, changes=(change(1, MOVED),))).empty


def test_a_lot_whose_deadline_passed_since_the_last_crawl_is_not_told() -> None:
    late = view(deadline=Deadline(NOW - dt.timedelta(seconds=1)), changes=(change(1, MOVED),))
    assert digest_of(late).empty
    assert digest_of(late, announced={told(late)}).empty


def test_who_missed_the_deadline_for_applications_cannot_tender_later() -> None:
    lot = Lot("1", "Opgave", participation_deadline=at(-1), deadline=at(20))
    assert digest_of(view(lot=lot)).empty


def test_lots_that_are_not_published_are_not_told() -> None:
    assert digest_of(view(verdict=Verdict.UNSUITABLE), view(verdict=None)).empty


def test_a_lot_first_seen_with_changes_is_just_new_and_its_changes_are_told_with_it() -> None:
    changed = view(changes=(change(1, MOVED), change(2, FieldChange("value", "", "5 DKK"))))
    first = digest_of(changed)
    assert (uids(first.new), first.changed) == (["p/LOT-0001"], ())
    assert digest_of(changed, announced=set(first.announcements)).empty


def five_good_ones_and_one_that_hurries() -> list[LotView]:
    good = [view(f"p{number}/LOT-0001", f"God opgave {number}", deadline=at(40 + number)) for number in range(5)]
    return [*good, view("h/LOT-0001", "Hurtig opgave", deadline=at(3), verdict=Verdict.POSSIBLE)]


def test_the_lot_with_the_first_deadline_is_always_among_those_that_are_shown() -> None:
    """The subject speaks of that deadline."""
    found = digest_of(*five_good_ones_and_one_that_hurries()).new
    assert uids(found[:5]) == ["h/LOT-0001", *(f"p{number}/LOT-0001" for number in range(4))]


def test_where_no_deadline_is_known_the_best_are_shown() -> None:
    good = [view(f"p{number}/LOT-0001", deadline=None) for number in range(5)]
    found = digest_of(view("a/LOT-0001", deadline=None, verdict=Verdict.POSSIBLE), *good).new
    assert uids(found[:5]) == [one.uid for one in good]


def test_a_lot_that_was_only_counted_is_told_when_its_deadline_draws_near() -> None:
    profile = Profile(trades=("cleaning",), most=1)
    lots = five_good_ones_and_one_that_hurries()
    first = digest_of(*lots, profile=profile)
    assert uids(first.new[:1]) == ["p0/LOT-0001"]
    assert subject(first).endswith("– første frist lørdag 2. januar 2027")
    again = digest_of(*lots, announced=set(first.announcements), profile=profile, now=NOW + DAY)
    assert uids(again.closing) == ["h/LOT-0001"]


def test_entries_stand_by_deadline_and_then_by_identity() -> None:
    lots = [view("c"), view("b", deadline=at(20)), view("a", deadline=at(20)), view("d", deadline=at(10))]
    assert uids(digest_of(*lots).new) == uids(digest_of(*reversed(lots)).new) == ["d", "a", "b", "c"]


def test_lots_beyond_the_cap_are_told_too() -> None:
    many = digest_of(*(view(f"p/{number:02}") for number in range(20)), cap=3)
    assert len(many.announcements) == 20
    assert many.cap == 3


# -- planned -----------------------------------------------------------------------------------------------------------


def test_a_planned_lot_is_told_once_as_planned_and_once_when_it_opens() -> None:
    planned = view(state=LotState.PLANNED)
    first = digest_of(planned)
    assert (uids(first.planned), first.new) == (["p/LOT-0001"], ())
    assert first.announcements == (told(planned, PLANNED_KEY),)
    announced = set(first.announcements)
    assert digest_of(planned, announced=announced).empty
    opened = view(deadline=at(30), changes=(change(1, FieldChange("state", "planned", "open")),))
    second = digest_of(opened, announced=announced)
    assert (uids(second.new), second.changed) == (["p/LOT-0001"], ())
    assert digest_of(opened, announced=announced | set(second.announcements)).empty


def test_an_open_lot_that_turns_back_to_planned_is_not_told_as_planned() -> None:
    planned = view(state=LotState.PLANNED)
    assert digest_of(planned, announced={told(planned)}).empty


# -- changed -----------------------------------------------------------------------------------------------------------


def test_a_change_of_a_lot_told_before_is_told_once_field_by_field() -> None:
    moved = view(deadline=at(15), changes=(change(4, MOVED),))
    first = digest_of(moved, announced={told(moved)})
    assert [entry.changes for entry in first.changed] == [(MOVED,)]
    assert first.announcements == (Announcement(Announced.CHANGED, moved.uid, "4"),)
    assert digest_of(moved, announced={told(moved), *first.announcements}).empty


def test_fields_that_do_not_matter_are_not_told() -> None:
    reworded = view(changes=(change(4, FieldChange("additional_information", "a", "b")),))
    assert digest_of(reworded, announced={told(reworded)}).empty


def test_several_changes_are_told_as_one_from_first_to_last() -> None:
    again = FieldChange("deadline", MOVED.after, "2026-12-20T12:00:00+01:00")
    moved = view(deadline=at(27), changes=(change(4, MOVED), change(5, again)))
    entry = digest_of(moved, announced={told(moved)}).changed[0]
    assert entry.changes == (FieldChange("deadline", MOVED.before, again.after),)


def test_what_changed_and_came_back_is_not_told() -> None:
    back = FieldChange("deadline", MOVED.after, MOVED.before)
    moved = view(deadline=at(8), changes=(change(4, MOVED), change(5, back)))
    assert digest_of(moved, announced={told(moved)}).empty


def test_a_cancelled_lot_is_told_only_to_those_who_were_told_of_it() -> None:
    gone = view(state=LotState.CANCELLED, changes=(change(4, FieldChange("cancelled", "", "yes")),))
    assert digest_of(gone).empty
    assert uids(digest_of(gone, announced={told(gone)}).changed) == [gone.uid]


def test_a_change_is_told_although_the_profile_no_longer_asks_for_the_lot() -> None:
    moved = view(deadline=at(15), changes=(change(4, MOVED),))
    entry = digest_of(moved, announced={told(moved)}, profile=Profile(trades=("catering",))).changed[0]
    assert [reason.kind for reason in entry.match.reasons] == [ReasonKind.TOLD_BEFORE]


# -- closing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "closing"), [(7, True), (8, False), (0, True)])
def test_a_deadline_within_seven_days_is_told_once_more(days: int, closing: bool) -> None:
    near = view(deadline=at(days, hour=23))
    found = digest_of(near, announced={told(near)})
    assert (uids(found.closing) == [near.uid]) is closing
    assert digest_of(near, announced={told(near), *found.announcements}).empty


def test_a_lot_that_is_new_just_before_its_deadline_is_told_once() -> None:
    near = view(deadline=at(3))
    first = digest_of(near)
    assert (uids(first.new), first.closing) == ([near.uid], ())
    assert digest_of(near, announced=set(first.announcements), now=NOW + DAY).empty


def test_a_moved_deadline_draws_near_again() -> None:
    near = view(deadline=at(3))
    announced = {told(near), *digest_of(near, announced={told(near)}).announcements}
    later = view(deadline=at(10))
    assert uids(digest_of(later, announced=announced, now=NOW + 5 * DAY).closing) == [near.uid]


def test_the_same_deadline_in_another_offset_is_no_other_deadline() -> None:
    near = view(deadline=at(3))
    announced = {told(near), *digest_of(near, announced={told(near)}).announcements}
    same = view(deadline=Deadline(at(3).at.astimezone(dt.UTC)))
    assert digest_of(same, announced=announced).empty


def test_a_deadline_is_not_told_to_those_who_no_longer_ask_for_the_lot() -> None:
    near = view(deadline=at(3))
    assert digest_of(near, announced={told(near)}, profile=Profile(trades=("catering",))).empty


# -- near misses -------------------------------------------------------------------------------------------------------

LARGE = Assessment(Verdict.SUITABLE, 2.0, ("cleaning",), value_per_year=kroner(600_000))
SMALL_ONLY = Profile(trades=("cleaning",), value_max=kroner(500_000), near_misses=True)
FITTING = view("p/fits", deadline=at(40))  # something to tell: a near miss alone is no mail


def large(**facts: Any) -> LotView:
    return view("p/large", assessment=LARGE, **facts)


def beside(
    *lots: LotView,
    announced: frozenset[Announcement] = frozenset(),
    followed: frozenset[str] = frozenset(),
    days: int = 0,
    profile: Profile = SMALL_ONLY,
) -> Digest:
    return build(subscriber(profile), lots, (), (), announced, NOW + days * DAY, followed=followed)


def near_told(*lots: LotView) -> frozenset[Announcement]:
    """What is told when these stand beside something that fits."""
    first = beside(*lots, FITTING)
    assert [entry.view.uid for entry in first.near] == [view.uid for view in lots]
    return frozenset(first.announcements)


CANCELLED = change(1, FieldChange("cancelled", "", "yes"))


@pytest.mark.parametrize("later", [
    large(state=LotState.CANCELLED, deadline=at(30), changes=(CANCELLED,)),
    large(deadline=at(15), changes=(change(1, MOVED),)),
])  # fmt: skip
def test_what_becomes_of_a_near_miss_is_told_once_to_those_who_said_yes_to_it_and_to_nobody_else(
    later: LotView,
) -> None:
    announced = near_told(large(deadline=at(30)))
    assert beside(later, FITTING, announced=announced, days=1).empty
    second = beside(later, FITTING, announced=announced, followed=frozenset({later.uid}), days=1)
    assert uids(second.changed) == [later.uid]
    assert not second.near
    known = announced | set(second.announcements)
    assert beside(later, FITTING, announced=known, followed=frozenset({later.uid}), days=2).empty


def test_the_deadline_of_a_near_miss_draws_near_for_those_alone_who_said_yes_to_it() -> None:
    lot = large(deadline=at(10))
    announced = near_told(lot)
    assert beside(lot, FITTING, announced=announced, days=4).empty
    closing = beside(lot, FITTING, announced=announced, followed=frozenset({lot.uid}), days=4)
    assert uids(closing.closing) == [lot.uid]
    assert [reason.kind for reason in closing.closing[0].match.reasons] == [ReasonKind.TOLD_BEFORE]
    known = announced | set(closing.announcements)
    assert beside(lot, FITTING, announced=known, followed=frozenset({lot.uid}), days=5).empty


def test_what_a_near_miss_showed_when_it_was_told_is_not_told_again() -> None:
    lot = large(deadline=at(5), changes=(change(1, MOVED),))
    announced = near_told(lot)
    assert len(announced) == len(beside(lot, FITTING).announcements), "each telling once"
    assert beside(lot, FITTING, announced=announced, followed=frozenset({lot.uid}), days=1).empty


def test_a_near_miss_that_fits_now_is_new_but_changed_to_those_who_said_yes_to_it() -> None:
    announced = near_told(large(deadline=at(30)))
    smaller = replace(LARGE, value_per_year=kroner(400_000))
    later = view("p/large", assessment=smaller, deadline=at(15), changes=(change(1, MOVED),))
    assert uids(beside(later, FITTING, announced=announced, days=1).new) == [later.uid]
    changed = beside(later, FITTING, announced=announced, followed=frozenset({later.uid}), days=1)
    assert (uids(changed.new), uids(changed.changed)) == ([], [later.uid])


def test_a_yes_to_a_lot_that_was_never_told_tells_nothing() -> None:
    lot = large(state=LotState.CANCELLED, changes=(CANCELLED,))
    assert beside(lot, followed=frozenset({lot.uid})).empty


def test_who_said_yes_hears_that_a_deadline_draws_near_also_where_they_no_longer_ask_for_such_lots() -> None:
    lot = view(deadline=at(3))
    other = Profile(trades=("catering",))
    assert beside(lot, announced=frozenset({told(lot)}), profile=other).empty
    digest = beside(lot, announced=frozenset({told(lot)}), followed=frozenset({lot.uid}), profile=other)
    assert uids(digest.closing) == [lot.uid]


def test_a_lot_that_stands_under_changed_does_not_stand_beside_the_rest_as_well() -> None:
    opened = large(deadline=at(30), changes=(change(1, FieldChange("state", "planned", "open")),))
    digest = beside(opened, announced=frozenset({told(opened, PLANNED_KEY)}))
    assert (uids(digest.changed), digest.near) == ([opened.uid], ())


# -- agreements --------------------------------------------------------------------------------------------------------


def agreements_at(day: dt.date, announced: set[Announcement], ends: dt.date | None = dt.date(2027, 11, 30)) -> Digest:
    now = dt.datetime.combine(day, dt.time(7), NOW.tzinfo)
    return build(subscriber(), (), [agreement(latest_end=ends)], (), frozenset(announced), now)


def test_an_agreement_is_told_at_twelve_six_and_three_months_once_each() -> None:
    announced: set[Announcement] = set()
    told_at = []
    for offset in range(500):
        digest = agreements_at(dt.date(2026, 8, 1) + offset * DAY, announced)
        told_at += [(digest.made.date(), entry.months) for entry in digest.agreements]
        announced |= set(digest.announcements)
    assert told_at == [(dt.date(2026, 11, 30), 12), (dt.date(2027, 5, 30), 6), (dt.date(2027, 8, 30), 3)]


def test_an_agreement_first_seen_late_is_told_once_and_not_for_the_thresholds_behind_it() -> None:
    first = agreements_at(dt.date(2027, 10, 1), set())
    assert [entry.months for entry in first.agreements] == [3]
    assert {note.key for note in first.announcements} == {"2027-11-30/12", "2027-11-30/6", "2027-11-30/3"}


def test_an_extended_agreement_is_told_anew() -> None:
    first = agreements_at(dt.date(2027, 10, 1), set())
    extended = agreements_at(dt.date(2027, 12, 1), set(first.announcements), dt.date(2028, 11, 30))
    assert [(entry.ends, entry.months) for entry in extended.agreements] == [(dt.date(2028, 11, 30), 12)]


def test_an_agreement_that_has_ended_is_not_told_and_one_without_options_ends_at_its_end() -> None:
    assert agreements_at(dt.date(2027, 12, 1), set()).empty
    assert [entry.ends for entry in agreements_at(dt.date(2026, 4, 1), set(), None).agreements] == [
        dt.date(2026, 4, 30)
    ]


# -- counts and coverage -----------------------------------------------------------------------------------------------


def test_the_open_lots_since_the_last_digest_are_counted_whomever_they_suit() -> None:
    lots = [view("a"), view("b", verdict=Verdict.UNSUITABLE), view("c", state=LotState.PLANNED)]
    old = view("old", first_seen=NOW - 20 * DAY)
    since = NOW - 7 * DAY
    assert digest_of(*lots, old, announced={told(old)}, since=since).seen == 2
    assert digest_of(*lots, old, since=since).seen == 3  # an older lot that is told as new is counted with them
    assert digest_of(*lots, old).seen == 3


def test_what_waits_for_its_tag_is_not_counted() -> None:
    tagged, waits, old = replace(view("tagged"), tagged=True), view("waits"), view("old", first_seen=NOW - 20 * DAY)
    only = Restraint(tagged_only=True)
    later = digest_of(tagged, waits, old, announced={told(old)}, since=NOW - 7 * DAY, restraint=only)
    assert (uids(later.new), later.seen) == (["tagged"], 1)
    first = digest_of(tagged, waits, restraint=only)
    assert (first.seen, first.counts_all) == (1, False)
    assert digest_of(waits, old, announced={told(old)}, since=NOW - 7 * DAY, restraint=only).seen == 0


def test_a_new_lot_that_fits_by_other_rules_alone_is_not_counted_among_those_that_do_not() -> None:
    """They are told of neither: that one of two fits would be wrong, and so would be that none does."""
    earlier = Assessment(Verdict.UNSUITABLE, 0.0)
    held = Withheld(1, Announced.NEW, "b", "", Reason.RULES, "", NOW, earlier)
    digest = digest_of(view("a"), view("b"), since=NOW - 7 * DAY, restraint=Restraint(Silence([held])))
    assert (uids(digest.new), digest.seen) == (["a"], 1)


def test_coverage_takes_the_latest_run_and_dates_a_failure_from_its_beginning() -> None:
    runs = [
        run("ted", RunStatus.FAILED, 3),
        run("ted", listed=41, held=41),
        run("comdia", RunStatus.GOOD, 4),
        run("comdia", RunStatus.FAILED, 2),
        run("comdia", RunStatus.BLOCKED, 1),
        SourceRun("new", NOW),
    ]
    comdia, new, ted = coverage(runs)
    assert (comdia.status, comdia.failing_since) == (RunStatus.BLOCKED, runs[3].started)
    assert new == Coverage("new", None, NOW)
    assert (ted.status, ted.listed, ted.held, ted.failing_since) == (RunStatus.GOOD, 41, 41, None)


def test_a_digest_says_that_all_was_read_only_where_all_was() -> None:
    def read_all(*runs: SourceRun) -> bool:
        return build(subscriber(), (), (), runs, frozenset(), NOW).all_read

    assert read_all(run("ted"), run("town"))
    assert not read_all(run("ted"), run("town", RunStatus.PARTIAL))
    assert not read_all()


def test_the_rich_digest_fills_every_section() -> None:
    digest = rich_digest()
    counts = [len(part) for part in (digest.closing, digest.new, digest.changed, digest.planned, digest.agreements)]
    assert counts == [1, 2, 2, 1, 1]


# -- any history -------------------------------------------------------------------------------------------------------

STATES = st.sampled_from([LotState.OPEN, LotState.OPEN, *LotState])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),  # which lot is seen in another way from here on
        STATES,
        st.integers(-3, 30) | st.none(),  # days to its deadline
        st.booleans(),  # whether a change is written down
        st.sampled_from([Verdict.SUITABLE, Verdict.SUITABLE, Verdict.UNSUITABLE]),
    ),
    max_size=12,
)


def histories(steps: list[tuple[str, LotState, int | None, bool, Verdict]]) -> list[Digest]:
    """One digest a day, while lots change between them; every digest knows what the ones before it told."""
    lots: dict[str, LotView] = {}
    announced: set[Announcement] = set()
    digests = []
    for number, (uid, state, days, changes, verdict) in enumerate(steps):
        now, before = NOW + number * DAY, lots.get(uid)
        log = before.changes if before else ()
        if before and changes:
            log += (change(number, FieldChange("value", str(number), str(number + 1))),)
        deadline = None if days is None else Deadline(now + days * DAY)
        lots[uid] = view(uid, state=state, deadline=deadline, changes=log, verdict=verdict)
        digest = digest_of(*lots.values(), announced=announced, now=now)
        announced |= set(digest.announcements)
        digests.append(digest)
    return digests


@given(STEPS)
def test_no_lot_is_told_twice_in_any_history(steps: list[tuple[str, LotState, int | None, bool, Verdict]]) -> None:
    digests = histories(steps)
    notes = Counter(note for digest in digests for note in digest.announcements)
    assert all(count == 1 for count in notes.values())
    assert all(count == 1 for count in Counter(uid for digest in digests for uid in uids(digest.new)).values())
    for digest in digests:
        everything = uids(digest.new + digest.closing + digest.changed + digest.planned)
        assert len(everything) == len(set(everything))
        assert bool(digest.announcements) is not digest.empty


@given(STEPS)
def test_nothing_expired_is_told_in_any_history(
    steps: list[tuple[str, LotState, int | None, bool, Verdict]],
) -> None:
    known: set[str] = set()
    for digest in histories(steps):
        for entry in digest.new + digest.closing + digest.planned + digest.changed:
            assert entry.view.state is not LotState.EXPIRED
            deadline = acting_deadline(entry.view.lot)
            if entry.view.state in (LotState.OPEN, LotState.PLANNED) and deadline:
                assert deadline.at >= digest.made
        assert {entry.view.state for entry in digest.new + digest.closing} <= {LotState.OPEN}
        assert set(uids(digest.changed + digest.closing)) <= known
        known |= set(uids(digest.new + digest.planned))


@given(STEPS)
def test_no_open_lot_is_left_out_in_any_history(
    steps: list[tuple[str, LotState, int | None, bool, Verdict]],
) -> None:
    known: set[str] = set()
    lots: dict[str, tuple[LotState, int | None, Verdict]] = {}
    for number, (digest, (uid, state, days, _, verdict)) in enumerate(zip(histories(steps), steps, strict=True)):
        known |= set(uids(digest.new))
        lots[uid] = (state, None if days is None else days + number, verdict)
        for other, (stands, until, marked) in lots.items():
            if stands is LotState.OPEN and marked is Verdict.SUITABLE and (until is None or until >= number):
                assert other in known


def test_a_digest_can_be_made_again_from_the_same_and_is_the_same() -> None:
    assert rich_digest() == rich_digest()
    assert replace(rich_digest(), cap=1) != rich_digest()
