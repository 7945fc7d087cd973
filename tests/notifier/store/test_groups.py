"""Runs, agreements, subscribers, digests and publications."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from notifier.errors import StoreError
from notifier.lots import Agreement, Money, RunStatus, Verdict
from notifier.profiles import Announced, Announcement, Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store import Published, Sight, Store
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, day

AGREEMENT = Agreement("town", "12", "Kontorartikler", end=day(1))
NEW = Announcement(Announced.NEW, "P/LOT-0001")
CLOSING = Announcement(Announced.CLOSING, "P/LOT-0001", "2026-12-01")


@pytest.fixture
def anna(store: Store) -> Subscriber:
    return store.subscribers.add("Anna@By.example", now=MONDAY, status=SubscriberStatus.CONFIRMED)


# -- runs


def test_a_run_that_was_cut_off_is_seen(store: Store) -> None:
    store.runs.begin("ted", MONDAY)
    (run,) = store.runs.latest()
    assert (run.source, run.started, run.finished, run.status) == ("ted", MONDAY, None, None)


def test_a_run_is_told_with_all_its_counts(store: Store) -> None:
    number = store.runs.begin("ted", MONDAY)
    store.runs.count(number, new=2, changed=1)
    store.runs.count(number, new=1, unchanged=4, failed=1)
    store.runs.finish(number, finished=TUESDAY, status=RunStatus.PARTIAL, listed=9, held=8, message="one failed")
    (run,) = store.runs.of("ted")
    assert (run.new, run.changed, run.unchanged, run.failed, run.listed, run.held) == (3, 1, 4, 1, 9, 8)
    assert (run.finished, run.status, run.message) == (TUESDAY, RunStatus.PARTIAL, "one failed")


def test_the_newest_run_of_each_source_is_shown(store: Store) -> None:
    for source, started in (("ted", MONDAY), ("town", MONDAY), ("ted", TUESDAY)):
        store.runs.begin(source, started)
    assert [(run.source, run.started) for run in store.runs.latest()] == [("ted", TUESDAY), ("town", MONDAY)]
    assert [run.started for run in store.runs.of("ted")] == [TUESDAY, MONDAY]


def test_only_a_good_run_moves_the_day_to_read_from(store: Store) -> None:
    assert store.runs.last_good_day("ted") is None
    statuses = (RunStatus.GOOD, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.BLOCKED, RunStatus.ALARM)
    for days, status in enumerate(statuses):
        number = store.runs.begin("ted", MONDAY + dt.timedelta(days=days))
        store.runs.finish(number, finished=WEDNESDAY, status=status, listed=0, held=0)
    assert store.runs.last_good_day("ted") == MONDAY.date()


# -- agreements


def test_an_agreement_is_new_then_unchanged_then_changed(store: Store) -> None:
    longer = replace(AGREEMENT, end=day(2))
    sights = [store.agreements.hold(one, MONDAY) for one in (AGREEMENT, AGREEMENT, longer)]
    assert sights == [Sight.NEW, Sight.UNCHANGED, Sight.CHANGED]
    (view,) = store.agreements.views()
    assert (view.uid, view.agreement, view.first_seen) == ("agreement:town:12", longer, MONDAY)
    assert store.agreements.held("town", ["12", "13"]) == {"12"}


def test_an_agreement_waits_for_its_trades_until_these_rules_found_them(store: Store) -> None:
    store.agreements.hold(AGREEMENT, MONDAY)
    (waiting,) = store.agreements.waiting("r1")
    store.agreements.save_trades(waiting.uid, ("office",), "r1", MONDAY)
    assert store.agreements.waiting("r1") == ()
    assert [view.trades for view in store.agreements.views()] == [("office",)]
    assert len(store.agreements.waiting("r2")) == 1
    store.agreements.hold(replace(AGREEMENT, title="Møbler"), TUESDAY)
    assert len(store.agreements.waiting("r1")) == 1


# -- subscribers


def test_a_subscriber_is_found_in_whatever_case_the_address_is_written(store: Store, anna: Subscriber) -> None:
    assert store.subscribers.by_address("aNNA@by.EXAMPLE ") == anna
    assert store.subscribers.get(anna.number) == anna
    assert store.subscribers.by_address("bo@by.example") is None
    assert store.subscribers.get(99) is None


def test_an_address_is_subscribed_once_and_the_message_does_not_name_it(store: Store, anna: Subscriber) -> None:
    with pytest.raises(StoreError, match="subscribed already") as caught:
        store.subscribers.add("ANNA@by.example", now=TUESDAY)
    assert "by.example" not in str(caught.value).lower()
    assert store.subscribers.all() == (anna,)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (SubscriberStatus.PENDING, "asked already"),
        (SubscriberStatus.PAUSED, "paused"),
        (SubscriberStatus.UNSUBSCRIBED, "has said stop"),
    ],
)
def test_who_gets_no_mail_is_not_called_subscribed(
    store: Store, anna: Subscriber, status: SubscriberStatus, told: str
) -> None:
    store.subscribers.set_status(anna.number, status, TUESDAY)
    with pytest.raises(StoreError, match=told) as caught:
        store.subscribers.add(anna.address, now=TUESDAY)
    assert "subscribed" not in str(caught.value)


def test_all_that_a_subscriber_wants_is_kept(store: Store) -> None:
    profile = Profile(trades=("cleaning",), value_max=Money(Decimal(500000)))
    added = store.subscribers.add(
        "bo@by.example", name="Bo", language="en", cadence=Cadence.DAILY, profile=profile, now=MONDAY, token="t"
    )
    assert store.subscribers.get(added.number) == added
    assert (added.profile, added.language, added.cadence, added.token) == (profile, "en", Cadence.DAILY, "t")
    assert added.status is SubscriberStatus.PENDING
    assert added.profile.least_verdict is Verdict.POSSIBLE


def test_every_subscriber_gets_a_token_of_its_own(store: Store, anna: Subscriber) -> None:
    other = store.subscribers.add("bo@by.example", now=MONDAY)
    assert len(anna.token) >= 32
    assert anna.token != other.token


def test_subscribers_are_listed_by_status_and_cadence(store: Store, anna: Subscriber) -> None:
    daily = store.subscribers.add("bo@by.example", now=MONDAY, cadence=Cadence.DAILY)
    assert store.subscribers.all() == (anna, daily)
    assert store.subscribers.all(status=SubscriberStatus.CONFIRMED) == (anna,)
    assert store.subscribers.all(cadence=Cadence.DAILY) == (daily,)
    assert store.subscribers.all(status=SubscriberStatus.CONFIRMED, cadence=Cadence.DAILY) == ()


def test_a_status_is_set_where_there_is_a_subscriber(store: Store, anna: Subscriber) -> None:
    assert store.subscribers.set_status(anna.number, SubscriberStatus.UNSUBSCRIBED)
    assert not store.subscribers.set_status(99, SubscriberStatus.CONFIRMED)
    assert store.subscribers.all(status=SubscriberStatus.CONFIRMED) == ()


def test_with_a_subscriber_goes_all_that_was_theirs_and_the_number_is_not_used_again(
    store: Store, anna: Subscriber
) -> None:
    run = store.digests.begin_run(Cadence.WEEKLY, "2026-W45", MONDAY)
    digest = store.digests.add(run.number, anna.number, [NEW], MONDAY)
    store.outbox.add(
        digest_id=digest, subscriber_id=anna.number, message_id="<1@by.example>", recipient=anna.address, body=b"x",
        now=MONDAY,
    )  # fmt: skip
    assert store.subscribers.remove(anna.number)
    assert not store.subscribers.remove(anna.number)
    assert store.digests.announced(anna.number) == frozenset()
    assert store.digests.written(run.number) == frozenset()
    assert store.outbox.due(WEDNESDAY) == []
    assert store.subscribers.add(anna.address, now=TUESDAY).number > anna.number


# -- digests


def test_a_digest_run_is_unique_by_cadence_and_period(store: Store) -> None:
    first = store.digests.begin_run(Cadence.WEEKLY, "2026-W45", MONDAY)
    assert store.digests.begin_run(Cadence.WEEKLY, "2026-W45", TUESDAY) == first
    assert store.digests.begin_run(Cadence.DAILY, "2026-W45", TUESDAY).number != first.number


def test_a_run_that_was_cut_off_and_those_that_never_were_are_merged_into_the_next(store: Store) -> None:
    cut = store.digests.begin_run(Cadence.WEEKLY, "2026-W45T07", MONDAY)
    other = store.digests.begin_run(Cadence.WEEKLY, "2026-W45T12", MONDAY)
    run = store.digests.begin_run(Cadence.WEEKLY, "2026-W47T07", TUESDAY)
    merged = store.digests.merge_missed(Cadence.WEEKLY, ["2026-W46T07"], run.number, TUESDAY, ending="T07")
    assert merged == ("2026-W45T07", "2026-W46T07")
    again = store.digests.begin_run(Cadence.WEEKLY, "2026-W45T07", WEDNESDAY)
    assert (again.number, again.finished, again.merged_into) == (cut.number, TUESDAY, run.number)
    assert store.digests.merge_missed(Cadence.WEEKLY, [], run.number, TUESDAY, ending="T07") == ()
    assert store.digests.begin_run(Cadence.WEEKLY, "2026-W45T12", WEDNESDAY) == other
    assert store.digests.last_run(Cadence.WEEKLY, before=run.number, ending="T12") == other


def test_a_digest_and_what_it_announces_are_remembered(store: Store, anna: Subscriber) -> None:
    run = store.digests.begin_run(Cadence.WEEKLY, "2026-W45", MONDAY)
    store.digests.add(run.number, anna.number, [NEW, CLOSING], MONDAY)
    assert store.digests.announced(anna.number) == {NEW, CLOSING}
    assert store.digests.written(run.number) == {anna.number}


def test_when_the_last_digest_was_made_is_known(store: Store, anna: Subscriber) -> None:
    assert store.digests.last_made(anna.number) is None
    for period, at in (("2026-W45", MONDAY), ("2026-W46", WEDNESDAY)):
        run = store.digests.begin_run(Cadence.WEEKLY, period, at)
        store.digests.add(run.number, anna.number, [], at)
    assert store.digests.last_made(anna.number) == WEDNESDAY


def test_a_subscriber_gets_one_digest_a_run(store: Store, anna: Subscriber) -> None:
    run = store.digests.begin_run(Cadence.WEEKLY, "2026-W45", MONDAY)
    store.digests.add(run.number, anna.number, [NEW], MONDAY)
    with pytest.raises(StoreError, match="contradicts"):
        store.digests.add(run.number, anna.number, [CLOSING], MONDAY)
    assert store.digests.announced(anna.number) == {NEW}


def test_nothing_is_announced_twice_to_anyone(store: Store, anna: Subscriber) -> None:
    first = store.digests.begin_run(Cadence.WEEKLY, "2026-W45", MONDAY)
    store.digests.add(first.number, anna.number, [NEW], MONDAY)
    second = store.digests.begin_run(Cadence.WEEKLY, "2026-W46", TUESDAY)
    with pytest.raises(StoreError, match="contradicts"):
        store.digests.add(second.number, anna.number, [CLOSING, NEW], TUESDAY)
    assert store.digests.written(second.number) == frozenset()
    assert store.digests.announced(anna.number) == {NEW}


# -- publications


def test_what_is_public_is_remembered_by_its_fingerprint(store: Store) -> None:
    store.publications.record([Published("a", "1"), Published("b", "1")], MONDAY)
    store.publications.record([Published("a", "2")], TUESDAY)
    assert store.publications.fingerprints() == {"a": "2", "b": "1"}
    store.publications.forget(["b", "c"])
    assert store.publications.fingerprints() == {"a": "2"}
