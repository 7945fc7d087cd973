"""One tender in several places: one lot, one page, told once; what vanishes, returns, was read wrongly, looks alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
import sqlite_utils

from notifier.changes import PROVEN_RUNS
from notifier.corrections import Hidden
from notifier.likeness import probable_pairs
from notifier.lots import (
    Agreement,
    Award,
    Deadline,
    FieldChange,
    LotKind,
    LotState,
    LotView,
    Notice,
    Organisation,
    Stage,
)
from notifier.profiles import Announced, Announcement, Cadence, SubscriberStatus
from notifier.store import Sight, Store
from notifier.store.outbox import MailStatus
from notifier.store.pairs import Decision
from notifier.store.values import to_json
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, day, lot, until

THURSDAY = WEDNESDAY + dt.timedelta(days=1)


def official(*lots: object, **fields: object) -> Notice:
    return call("1-2026", *lots, **{"notice_type": "cn-standard", **fields})  # type: ignore[arg-type]


def page(*lots: object, key: str = "sag-7", source: str = "town", **fields: object) -> Notice:
    """A page that links to the official notice."""
    own = {"procedure_id": "", "publication_number": "1-2026", "published": None, **fields}
    return call(key, *(lots or (lot("1", "Skolerengøring"),)), source=source, **own)  # type: ignore[arg-type]


def views(store: Store, now: dt.datetime = WEDNESDAY) -> list[LotView]:
    return list(store.lots.views(now))


def only(store: Store, now: dt.datetime = WEDNESDAY) -> LotView:
    (view,) = views(store, now)
    return view


def told(store: Store, name: str = "a@by.example", *, at: dt.datetime = MONDAY, period: str = "1") -> list[str]:
    """Tell a subscriber of every lot that is new to them; answers what was told."""
    found = store.subscribers.by_address(name)
    who = (found or store.subscribers.add(name, now=at, status=SubscriberStatus.CONFIRMED)).number
    known = store.digests.announced(who)
    fresh = [view.uid for view in views(store, at) if Announcement(Announced.NEW, view.uid) not in known]
    run = store.digests.begin_run(Cadence.DAILY, period, at)
    store.digests.add(run.number, who, [Announcement(Announced.NEW, uid) for uid in fresh], at)
    return fresh


# -- one lot


def test_the_page_that_came_first_gives_the_name_and_ted_the_facts(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    first = only(store)
    store.notices.hold(official(), TUESDAY)
    now = only(store)
    assert (now.uid, now.slug, now.first_seen) == (first.uid, first.slug, MONDAY)
    assert (now.notice.source, now.lot.title) == ("ted", "Rengøring af skoler")
    assert store.lots.aliases() == ()


def test_what_was_told_of_a_page_is_not_told_again_of_ted(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    assert told(store) == ["town:sag-7/1"]
    store.notices.hold(official(), TUESDAY)
    assert told(store, period="2") == []


def test_of_a_page_that_stood_for_several_lots_the_first_goes_on_and_the_others_are_new(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    told(store)
    store.notices.hold(official(lot("LOT-0001"), lot("LOT-0002", "Maling")), TUESDAY)
    assert told(store, period="2") == ["town:sag-7/LOT-0002"]
    assert [view.lot.title for view in views(store)] == ["Rengøring af skoler", "Maling"]


def test_two_lots_that_were_told_become_one_when_a_link_shows_it(store: Store) -> None:
    store.notices.hold(page(publication_number=""), MONDAY)
    store.notices.hold(official(), TUESDAY)
    old = {view.uid: view for view in views(store)}
    assert len(told(store)) == 2
    store.notices.hold(page(), WEDNESDAY)
    kept = only(store)
    (alias,) = store.lots.aliases()
    assert (kept.uid, alias.uid, alias.lot_uid) == ("town:sag-7/1", "P/LOT-0001", "town:sag-7/1")
    assert alias.slug == old["P/LOT-0001"].slug
    assert told(store, period="2") == []
    for name in ("P/LOT-0001", alias.slug, "1-2026/LOT-0001"):
        assert [view.uid for view in store.lots.find(name, WEDNESDAY)] == [kept.uid]


def test_who_was_told_of_one_of_two_is_not_told_of_the_other(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    told(store, "early@by.example")
    store.notices.hold(page(publication_number=""), TUESDAY)
    told(store, "late@by.example", period="2")
    store.notices.hold(page(), WEDNESDAY)
    assert told(store, "early@by.example", period="3") == []
    assert told(store, "late@by.example", period="3") == []


def test_a_lot_that_was_merged_twice_is_still_found_by_its_first_name(store: Store) -> None:
    feed = page(key="feed-1", source="feed", publication_number="")
    store.notices.hold(feed, MONDAY)
    store.notices.hold(page(publication_number=""), TUESDAY)
    store.notices.hold(official(), WEDNESDAY)
    store.notices.hold(page(), WEDNESDAY)
    store.notices.hold(replace(feed, publication_number="1-2026"), THURSDAY)
    assert only(store).uid == "feed:feed-1/1"
    assert {alias.uid for alias in store.lots.aliases()} == {"town:sag-7/1", "P/LOT-0001"}
    assert {alias.lot_uid for alias in store.lots.aliases()} == {"feed:feed-1/1"}


def test_the_changes_of_both_are_the_changes_of_the_one(store: Store) -> None:
    store.notices.hold(page(publication_number=""), MONDAY)
    store.notices.hold(official(), MONDAY)
    store.notices.hold(official(lot(deadline=until(8))), TUESDAY)
    store.notices.hold(page(lot("1", "Skolerengøring", deadline=until(8))), WEDNESDAY)
    numbers = [change.number for change in only(store).changes]
    assert numbers == sorted(set(numbers))
    assert only(store).changes[0].fields[0].field == "deadline"


def test_another_deadline_on_ted_than_on_the_page_is_told_as_a_change(store: Store) -> None:
    store.notices.hold(page(lot("1", deadline=until(20))), MONDAY)
    store.notices.hold(official(), TUESDAY)
    fields = [field for change in only(store).changes for field in change.fields]
    assert fields == [FieldChange("deadline", "2026-12-20T12:00:00+01:00", "2026-12-01T12:00:00+01:00")]


def test_a_page_does_not_reopen_what_ted_awarded(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    award = call("9-2026", lot(deadline=None), stage=Stage.AWARD, published=day(20), notice_type="can-standard")
    store.notices.hold(award, TUESDAY)
    store.notices.hold(page(), WEDNESDAY)
    assert only(store).state is LotState.AWARDED


def test_a_page_that_says_cancelled_is_believed(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    store.notices.hold(page(cancelled=True), TUESDAY)
    assert only(store).state is LotState.CANCELLED


def test_a_page_that_calls_goes_before_an_official_notice_that_only_plans(store: Store) -> None:
    store.notices.hold(official(lot(deadline=None), stage=Stage.PLANNING), MONDAY)
    store.notices.hold(page(), TUESDAY)
    assert (only(store).state, only(store).notice.source) == (LotState.OPEN, "town")


def test_a_planned_part_on_a_page_ends_when_ted_calls_and_stays_when_a_page_does(store: Store) -> None:
    planned = page(lot("1", "Plan", kind=LotKind.PART, deadline=None), stage=Stage.PLANNING)
    store.notices.hold(official(), MONDAY)
    store.notices.hold(planned, TUESDAY)
    assert {view.uid: view.state for view in views(store)}["P/part:1"] is LotState.GONE


def test_an_award_that_names_its_call_by_number_alone_closes_it(store: Store) -> None:
    store.notices.hold(official(procedure_id=""), MONDAY)
    award = call("9-2026", lot(deadline=None), stage=Stage.AWARD, published=day(20), procedure_id="",
                 notice_type="F03", previous=("2026/S 001-000001",))  # fmt: skip
    store.notices.hold(award, TUESDAY)
    assert only(store).state is LotState.AWARDED


def test_a_plan_leaves_the_later_call_when_the_earlier_one_is_found_and_nobody_is_told_twice(store: Store) -> None:
    plan = call("900-2026", lot(deadline=None), stage=Stage.PLANNING, procedure_id="", notice_type="F01")
    late, early = (
        call(f"{number}-2026", lot(), procedure_id="", published=day(number), previous=("900-2026",), notice_type="F02")
        for number in (9, 5)
    )
    store.notices.hold(plan, MONDAY)
    store.notices.hold(late, TUESDAY)
    uid = only(store).uid
    told(store)
    store.notices.hold(early, WEDNESDAY)
    by_key = {view.notice.key: view for view in views(store)}
    assert by_key["9-2026"].uid == uid
    assert told(store, period="2") == [by_key["5-2026"].uid]
    assert by_key["9-2026"].procedure != by_key["5-2026"].procedure


def test_a_thousand_lots_keep_their_rows_when_one_more_version_comes(store: Store) -> None:
    many = [lot(f"LOT-{number:04}") for number in range(1, 301)]
    store.notices.hold(official(*many), MONDAY)
    before = {view.uid for view in views(store)}
    store.notices.hold(official(*many[:-1], lot("LOT-0300", "Ny")), TUESDAY)
    assert {view.uid for view in views(store)} == before


def test_a_page_that_comes_to_show_another_tender_leaves_the_first_and_joins_the_second(store: Store) -> None:
    second = call("2-2026", lot(title="Maling"), procedure_id="Q", notice_type="cn-standard", published=day(9))
    store.notices.hold(official(), MONDAY)
    store.notices.hold(page(), MONDAY)
    told(store)
    store.notices.hold(page(lot("1", "Maling"), publication_number="2-2026"), TUESDAY)
    store.notices.hold(second, WEDNESDAY)
    by_title = {view.lot.title: view for view in views(store)}
    assert by_title.keys() == {"Rengøring af skoler", "Maling"}
    assert (by_title["Rengøring af skoler"].uid, by_title["Rengøring af skoler"].changes) == ("P/LOT-0001", ())
    assert told(store, period="2") == [by_title["Maling"].uid]


def test_a_page_whose_link_is_lost_for_a_day_stays_where_it_is(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    store.notices.hold(page(), MONDAY)
    told(store)
    store.notices.hold(page(lot("1", "Skolerengøring 2027"), publication_number=""), TUESDAY)
    assert only(store).uid == "P/LOT-0001"
    assert told(store, period="2") == []


def test_notices_that_are_held_together_end_as_if_they_came_one_by_one(store: Store, tmp_path: Path) -> None:
    notices = [page(), official(lot("LOT-0001"), lot("LOT-0002")), award(), page(lot("1", deadline=until(9)))]
    with store.notices.together(MONDAY):
        sights = [store.notices.hold(notice, MONDAY) for notice in notices]
    assert sights == [Sight.NEW, Sight.NEW, Sight.NEW, Sight.CHANGED]
    with Store.open(tmp_path / "other.db", create=True) as other:
        for notice in notices:
            other.notices.hold(notice, MONDAY)
        assert {(v.lot, v.state, v.notice) for v in views(store)} == {(v.lot, v.state, v.notice) for v in views(other)}


def test_of_notices_held_together_nothing_is_kept_where_one_fails(store: Store) -> None:
    def fail() -> None:
        with store.notices.together(MONDAY):
            store.notices.hold(official(), MONDAY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.notices.hold(official(), TUESDAY) is Sight.NEW
    assert only(store).first_seen == TUESDAY


def test_who_was_told_only_of_the_lot_that_became_an_alias_is_not_told_again(store: Store) -> None:
    store.notices.hold(page(publication_number=""), MONDAY)
    store.notices.hold(official(), TUESDAY)
    who = store.subscribers.add("b@by.example", now=MONDAY, status=SubscriberStatus.CONFIRMED).number
    run = store.digests.begin_run(Cadence.DAILY, "0", MONDAY).number
    store.digests.add(run, who, [Announcement(Announced.NEW, "P/LOT-0001")], MONDAY)
    store.notices.hold(page(), WEDNESDAY)
    assert told(store, "b@by.example") == []


# -- what vanishes and returns


def miss(store: Store, times: int, keys: tuple[str, ...] = (), source: str = "town") -> None:
    for number in range(times):
        store.notices.missed(source, keys, TUESDAY + dt.timedelta(hours=number))


def test_a_lot_that_vanished_is_closed_only_after_proven_runs_and_told_once(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    miss(store, PROVEN_RUNS - 1)
    assert only(store).state is LotState.OPEN
    miss(store, 5)
    assert only(store).state is LotState.GONE
    assert [field for change in only(store).changes for field in change.fields] == [
        FieldChange("state", "open", "gone")
    ]


def test_one_run_that_lists_it_again_begins_the_count_anew(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    miss(store, 2)
    miss(store, 1, ("sag-7",))
    miss(store, 2)
    assert only(store).state is LotState.OPEN


@pytest.mark.parametrize("how", ["listed", "read", "changed"])
def test_a_lot_that_returns_is_open_again_and_not_new(store: Store, how: str) -> None:
    store.notices.hold(page(), MONDAY)
    told(store)
    miss(store, 3)
    if how == "listed":
        miss(store, 1, ("sag-7",))
    else:
        again = page() if how == "read" else page(lot("1", "Skolerengøring", deadline=until(8)))
        store.notices.hold(again, WEDNESDAY)
    assert (only(store).state, only(store).first_seen) == (LotState.OPEN, MONDAY)
    assert told(store, period="2") == []
    assert only(store).changes[-1].fields[-1] == FieldChange("state", "gone", "open")


def test_a_lot_that_another_source_still_names_is_not_gone(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    store.notices.hold(official(), MONDAY)
    miss(store, 3)
    assert only(store).state is LotState.OPEN


def test_an_award_that_is_still_listed_keeps_nothing_open(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    undecided = page(lot("1", "Skolerengøring", result="open-nw", deadline=None), key="sag-8", stage=Stage.AWARD)
    store.notices.hold(undecided, MONDAY)
    miss(store, 3, ("sag-8",))
    assert only(store).state is LotState.GONE


def test_that_a_lot_is_taken_down_after_its_deadline_is_no_news(store: Store) -> None:
    past = Deadline(MONDAY + dt.timedelta(hours=1))
    store.notices.hold(page(lot("1", deadline=past)), MONDAY)
    miss(store, 3)
    assert (only(store).state, only(store).changes) == (LotState.EXPIRED, ())


def test_another_sources_list_says_nothing(store: Store) -> None:
    store.notices.hold(page(), MONDAY)
    miss(store, 5, source="other")
    assert only(store).state is LotState.OPEN


def test_an_agreement_that_vanished_is_hidden_after_proven_runs_and_is_the_same_when_it_returns(store: Store) -> None:
    agreement = Agreement("town", "12", "Kontorartikler", end=day(1))
    store.agreements.hold(agreement, MONDAY)
    for number in range(PROVEN_RUNS):
        assert len(store.agreements.views()) == 1, number
        store.agreements.missed("town", [], TUESDAY)
    assert store.agreements.views() == ()
    assert [(view.agreement, view.last_seen) for view in store.agreements.former()] == [(agreement, MONDAY)]
    store.agreements.missed("town", ["12"], WEDNESDAY)
    assert store.agreements.former() == ()
    (view,) = store.agreements.views()
    assert view.first_seen == MONDAY
    for _ in range(PROVEN_RUNS):
        store.agreements.missed("town", [], TUESDAY)
    assert store.agreements.hold(agreement, WEDNESDAY) is Sight.UNCHANGED
    assert len(store.agreements.views()) == 1


# -- awards become agreements

WON = lot(deadline=None, framework="fa-wo-rc", result="selec-w", start=dt.date(2027, 1, 1), end=dt.date(2028, 12, 31),
          renewals=0, awards=(Award(Organisation("Anna A/S", "10000001")),))  # fmt: skip


def award(*lots: object, **fields: object) -> Notice:
    own = {"stage": Stage.AWARD, "published": day(20), "notice_type": "can-standard", **fields}
    return call("9-2026", *(lots or (WON,)), **own)  # type: ignore[arg-type]


def test_an_award_becomes_an_agreement_that_keeps_its_identity_when_more_is_known(store: Store) -> None:
    store.notices.hold(award(), MONDAY)
    (first,) = store.agreements.views()
    assert (first.agreement.supplier.name, first.agreement.latest_end) == ("Anna A/S", dt.date(2028, 12, 31))
    store.agreements.save_trades(first.uid, ("cleaning",), "r1", MONDAY)
    store.notices.hold(official(lot(title="Rengøring af alle skoler")), TUESDAY)
    (now,) = store.agreements.views()
    assert (now.uid, now.slug, now.agreement.title) == (first.uid, first.slug, "Rengøring af alle skoler")
    assert [view.uid for view in store.agreements.waiting("r1")] == [now.uid]


def test_a_list_of_agreements_says_nothing_of_those_that_follow_from_awards(store: Store) -> None:
    store.notices.hold(award(source="town"), MONDAY)
    for _ in range(PROVEN_RUNS):
        store.agreements.missed("town", [], TUESDAY)
    assert len(store.agreements.views()) == 1


def test_an_agreement_goes_and_comes_with_the_lot_that_it_follows_from(store: Store) -> None:
    store.notices.hold(award(), MONDAY)
    store.agreements.hold(Agreement("town", "12", "Kontorartikler", end=day(1)), MONDAY)
    before = store.agreements.views()
    (kept, _) = store.agreements.kept()
    for why in (Hidden.ELSEWHERE, Hidden.TWICE):
        store.corrections.hide(kept.lot_uid, why, TUESDAY)
        assert [view.agreement.title for view in store.agreements.views()] == ["Kontorartikler"]
        assert (store.agreements.former(), store.agreements.retracted()) == ((), (kept.view,))
        assert [one.view.uid for one in store.agreements.kept()] == [view.uid for view in before]
        assert store.agreements.by_slug(kept.view.slug) == kept
    store.corrections.hide(kept.lot_uid, Hidden.NO, WEDNESDAY)
    assert (store.agreements.views(), store.agreements.retracted()) == (before, ())


def test_an_agreement_whose_award_was_misread_is_no_longer_shown(store: Store) -> None:
    store.notices.hold(award(), MONDAY)
    number = version(store, "9-2026")
    before = store.agreements.views()
    store.notices.repair(number, award(replace(WON, awards=())), TUESDAY)
    assert store.agreements.views() == ()
    assert (store.agreements.former(), store.agreements.retracted()) == ((), before)
    store.notices.repair(number, award(), WEDNESDAY)
    assert store.agreements.views()[0].first_seen == MONDAY


def test_agreements_of_lots_that_turn_out_to_be_one_are_one(store: Store) -> None:
    store.notices.hold(page(replace(WON, lot_id="1"), stage=Stage.AWARD, publication_number=""), MONDAY)
    store.notices.hold(award(), TUESDAY)
    assert len(store.agreements.views()) == 2
    store.notices.hold(page(replace(WON, lot_id="1"), stage=Stage.AWARD, publication_number="9-2026"), WEDNESDAY)
    assert len(store.agreements.views()) == 1


# -- a mended parser


def version(store: Store, key: str) -> int:
    sql = (
        "SELECT notice_versions.id FROM notice_versions JOIN notices ON notices.id = notice_id "
        "WHERE key = ? ORDER BY number DESC LIMIT 1"
    )
    return store._database.number(sql, (key,))


def test_a_wrong_deadline_that_was_told_is_told_as_a_change_once(store: Store) -> None:
    store.notices.hold(official(lot(deadline=until(20))), MONDAY)
    assert store.notices.repair(version(store, "1-2026"), official(), TUESDAY) is Sight.CHANGED
    assert store.notices.repair(version(store, "1-2026"), official(), WEDNESDAY) is Sight.UNCHANGED
    (change,) = only(store).changes
    assert change.fields == (FieldChange("deadline", "2026-12-20T12:00:00+01:00", "2026-12-01T12:00:00+01:00"),)
    assert [one.notice for one in store.notices.versions()] == [official()]
    assert store.notices.hold(official(), THURSDAY) is Sight.UNCHANGED


def test_what_was_read_again_waits_for_its_verdict_again(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    (waiting,) = store.assessments.waiting("r1")
    store.notices.repair(version(store, "1-2026"), official(lot(title="Andet")), TUESDAY)
    (again,) = store.assessments.waiting("r1")
    assert (again.number, again.lot.title) == (waiting.number, "Andet")


def test_an_older_version_that_is_mended_changes_no_facts(store: Store) -> None:
    store.notices.hold(official(lot(deadline=until(20))), MONDAY)
    old = version(store, "1-2026")
    store.notices.hold(official(), TUESDAY)
    changes_before = only(store).changes
    store.notices.repair(old, official(lot(deadline=until(21))), WEDNESDAY)
    assert (only(store).lot.deadline, only(store).changes) == (until(1), changes_before)


def test_lots_that_a_parser_had_missed_are_added_and_those_that_never_were_lead_to_another(store: Store) -> None:
    store.notices.hold(official(lot(), lot("LOT-0002"), lot("LOT-0003")), MONDAY)
    told(store)
    store.notices.repair(version(store, "1-2026"), official(lot(), lot("LOT-0009")), TUESDAY)
    assert [view.lot.lot_id for view in views(store)] == ["LOT-0001", "LOT-0009"]
    assert len(store.lots.aliases()) <= 1
    assert store._database.column(str, "PRAGMA foreign_key_check") == []


def test_a_notice_that_turns_out_to_have_no_lots_hides_what_it_seemed_to_have(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    number = version(store, "1-2026")
    store.notices.repair(number, replace(official(), lots=()), TUESDAY)
    assert views(store) == []
    store.notices.repair(number, official(), WEDNESDAY)
    assert (only(store).uid, only(store).first_seen) == ("P/LOT-0001", MONDAY)


def test_a_link_that_was_misread_parts_the_procedures_again(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    store.notices.hold(page(lot("1", "Maling")), TUESDAY)
    assert only(store).lot.title == "Rengøring af skoler"
    store.notices.repair(version(store, "sag-7"), page(lot("1", "Maling"), publication_number="77-2026"), WEDNESDAY)
    assert sorted(view.lot.title for view in views(store)) == ["Maling", "Rengøring af skoler"]
    assert len({view.procedure for view in views(store)}) == 2


def test_a_version_of_another_notice_is_not_overwritten(store: Store) -> None:
    store.notices.hold(official(), MONDAY)
    with pytest.raises(ValueError, match="none of town:sag-7"):
        store.notices.repair(version(store, "1-2026"), page(), TUESDAY)
    with pytest.raises(ValueError, match="version 99"):
        store.notices.repair(99, official(), TUESDAY)


def test_remarks_that_are_gone_are_forgotten_though_the_content_is_the_same(store: Store) -> None:
    store.notices.hold(official(flags=("the value is unclear",)), MONDAY)
    assert store.notices.hold(official(), TUESDAY) is Sight.UNCHANGED
    assert only(store).notice.flags == ()


# -- probable pairs


def alike(source: str, key: str, title: str = "Rengøring af kommunens skoler") -> Notice:
    return call(key, lot("1", title), source=source, procedure_id="", publication_number="", title=title,
                buyers=(Organisation("Eksempelby Kommune"),))  # fmt: skip


def noted(store: Store) -> int:
    return store.pairs.note(probable_pairs(store.lots.views(TUESDAY, live=True)), TUESDAY)


def test_what_only_looks_alike_is_shown_and_not_merged(store: Store) -> None:
    store.notices.hold(alike("town", "1"), MONDAY)
    store.notices.hold(alike("feed", "2", "Udbud: Rengøring af skoler, kommunens"), MONDAY)
    assert (noted(store), noted(store)) == (1, 0)
    (pair,) = store.pairs.waiting()
    assert ({pair.first.source, pair.second.source}, pair.decision) == ({"town", "feed"}, Decision.OPEN)
    assert "2026-12-01" in pair.reason
    assert len(views(store)) == 2


def test_a_person_joins_a_pair_and_takes_it_back(store: Store) -> None:
    store.notices.hold(alike("town", "1"), MONDAY)
    store.notices.hold(alike("feed", "2"), MONDAY)
    noted(store)
    told(store)
    assert store.pairs.decide(1, Decision.SAME, TUESDAY)
    assert only(store).uid == "town:1/1"
    assert store.pairs.waiting() == ()
    assert told(store, period="2") == []
    store.notices.repair(version(store, "2"), alike("feed", "2", "Rengøring af skoler"), WEDNESDAY)
    assert len(views(store)) == 1
    assert store.pairs.decide(1, Decision.DIFFERENT, THURSDAY)
    assert len(views(store)) == 2
    assert (noted(store), store.pairs.waiting()) == (0, ())
    assert not store.pairs.decide(99, Decision.SAME, TUESDAY)


def test_a_pair_that_a_name_joins_meanwhile_waits_for_nobody(store: Store) -> None:
    store.notices.hold(alike("town", "1"), MONDAY)
    store.notices.hold(alike("feed", "2"), MONDAY)
    noted(store)
    for source, key in (("town", "1"), ("feed", "2")):
        store.notices.hold(replace(alike(source, key), publication_number="1-2026"), TUESDAY)
    assert store.pairs.waiting() == ()
    assert len(views(store)) == 1


# -- history


def test_planning_call_change_and_award_are_one_history_with_what_each_changed(store: Store) -> None:
    plan = official(lot(deadline=None), stage=Stage.PLANNING, publication_number="5-2026")
    store.notices.hold(replace(plan, key="5-2026", published=dt.date(2026, 9, 1)), MONDAY)
    store.notices.hold(award(), MONDAY)
    store.notices.hold(official(), MONDAY)
    store.notices.hold(official(lot(deadline=until(8))), TUESDAY)
    store.notices.hold(call("7-2026", lot("LOT-0002"), published=day(25), notice_type="x"), TUESDAY)
    found = store.notices.history("P/LOT-0001")
    assert [(one.notice.key, one.notice.stage.value, one.number, [c.field for c in one.changes]) for one in found] == [
        ("5-2026", "planning", 1, []),
        ("1-2026", "call", 1, ["deadline"]),
        ("1-2026", "call", 2, ["deadline"]),
        ("9-2026", "award", 1, []),
        ("7-2026", "call", 1, []),
    ]
    assert [one.lot is None for one in found] == [False, False, False, False, True]
    assert store.notices.history("nothing") == ()


# -- databases of step 1


def test_a_database_of_step_1_is_joined_by_its_names_and_nobody_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notifier.db"
    with Store.open(path, create=True) as store:
        store.notices.hold(official(procedure_id=""), MONDAY)
        told(store)
    _back_to_step_1(path)
    with Store.open(path) as store:
        view = only(store)
        assert (view.uid, view.changes) == ("ted:1-2026/LOT-0001", ())
        names = store._database.column(str, "SELECT name FROM procedure_names ORDER BY name")
        assert names == ["publication:1-2026"]
        assert store.notices.hold(page(), TUESDAY) is Sight.NEW
        assert told(store, period="2") == []
        assert len(views(store)) == 1


def test_what_step_1_held_apart_becomes_one(tmp_path: Path) -> None:
    path = tmp_path / "notifier.db"
    with Store.open(path, create=True) as store:
        for key, stage in (("1-2026", Stage.CALL), ("9-2026", Stage.AWARD)):
            notice = call(key, lot(), stage=stage, procedure_id="", notice_type="F02", published=day(int(key[0])))
            store.notices.hold(notice, MONDAY)
        # Step 1 kept what a notice follows and did nothing with it.
        award_text = to_json(replace(notice, previous=("1-2026",)))
        store._database.write("UPDATE notice_versions SET data = ? WHERE stage = 'award'", (award_text,))
        assert len(views(store)) == 2
    _back_to_step_1(path)
    with Store.open(path) as store:
        assert (only(store).uid, only(store).state) == ("ted:1-2026/LOT-0001", LotState.AWARDED)
        assert [alias.uid for alias in store.lots.aliases()] == ["ted:9-2026/LOT-0001"]
        assert only(store).changes == ()


def test_a_mail_that_step_1_queued_keeps_its_octets_and_one_that_it_forgot_stays_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "notifier.db"
    with Store.open(path, create=True) as store:
        subscriber = store.subscribers.add("post@roed-traad.example", now=MONDAY, status=SubscriberStatus.CONFIRMED)
        for name in ("waits", "forgotten"):
            number = store.outbox.add(
                digest_id=None,
                subscriber_id=subscriber.number,
                message_id=f"<{name}@kommune.example>",
                recipient=subscriber.address,
                body=name.encode(),
                now=MONDAY,
            )
        store._database.write("DELETE FROM mail_bodies WHERE mail = ?", (number,))
    _back_to_step_1(path)
    with Store.open(path) as store:
        assert [row.body for row in store.outbox.standing(MailStatus.QUEUED)] == [b"waits", b""]
        assert store.outbox.due(TUESDAY) == [1]


def _back_to_step_1(path: Path) -> None:
    """Take away all that later steps added."""
    database = sqlite_utils.Database(path)
    for (trigger,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {trigger}")
    for table in ("told_reports", "winners", "catalogue_text", "catalogue_words", "catalogue_trades", "catalogue",
                  "catalogue_stale", "corrections", "notes", "plans", "postings", "sessions", "browsers", "tries",
                  "accounts"):  # fmt: skip
        database[table].drop()
    database.execute("ALTER TABLE outbox ADD COLUMN body BLOB")
    database.execute("UPDATE outbox SET body = (SELECT octets FROM mail_bodies WHERE mail = outbox.id)")
    for table in ("settings", "withheld", "feedback", "partners", "mail_bodies"):
        database[table].drop()
    for index in ("digest_runs_unfinished", "subscribers_by_confirmation", "subscribers_by_cadence",
                  "announcements_by_item", "outbox_by_about", "outbox_by_lot", "agreements_waiting"):  # fmt: skip
        database.execute(f"DROP INDEX IF EXISTS {index}")
    for table in (
        "promotions",
        "rule_texts",
        "draws",
        "tags",
        "actions",
        "procedure_names",
        "lot_aliases",
        "probable_pairs",
    ):
        database[table].drop()
    for index in ("agreements_by_lot", "agreements_by_document", "notice_versions_by_document"):
        database.execute(f"DROP INDEX IF EXISTS {index}")
    later = {"notices": ("missing_runs", "official"), "agreements": ("missing_runs", "lot_id", "winner", "document_id"),
             "crawl_runs": ("purpose", "missing", "coverage", "asked"), "notice_versions": ("document_id",),
             "lots": ("hidden", "first_trades"),
             "digest_runs": ("merged_into",), "outbox": ("begun", "doubted", "kind", "good_until", "about", "lot_id",
                                                         "came_back"),
             "subscribers": ("confirmed_at", "status_at", "status_why", "confirm_hash", "confirm_until", "asked_at",
                             "asked_times"),
             }  # fmt: skip
    for table, columns in later.items():
        for column in columns:
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("documents", "bodies"):
        database[table].drop()
    database.execute("DELETE FROM _sqlite_migrations WHERE name <> '001_step_1'")
    database.conn.commit()
    database.conn.close()
