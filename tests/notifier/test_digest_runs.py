"""Digest runs: each period once, what was missed told once in one mail, nobody in the way of anybody."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from notifier import dispatch
from notifier.answers import Answer
from notifier.clock import COPENHAGEN
from notifier.digest import Digest, build
from notifier.dispatch import DispatchReport
from notifier.door import Door
from notifier.errors import StoreError
from notifier.lots import Agreement, Award, Lot, LotState, Money, Organisation, Stage, Verdict
from notifier.outbox import DeliveryReport
from notifier.profiles import Announced, Announcement, Cadence, Profile, SubscriberStatus
from notifier.render import render_mail
from notifier.store.outbox import MailStatus
from tests.notifier.office import DAY, HOUR, SUITABLE, Office, new, office_in, tender, uid
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, lot, until

WEEK = 7 * DAY


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose source was read before."""
    with office_in(tmp_path) as opened:
        opened.crawl_before()
        yield opened


def runs(office: Office) -> list[tuple[str, bool, int | None]]:
    """Period, whether it was finished, and what told what it missed."""
    sql = "SELECT period, finished, merged_into FROM digest_runs ORDER BY id"
    return [(period, bool(done), into) for period, done, into in office.store._database._connection.execute(sql)]


# -- once per period ---------------------------------------------------------------------------------------------------


def test_a_run_is_one_row_by_cadence_and_period_however_often_it_is_begun(office: Office) -> None:
    first = office.store.digests.begin_run(Cadence.DAILY, "2026-11-02T07", MONDAY)
    again = office.store.digests.begin_run(Cadence.DAILY, "2026-11-02T07", MONDAY + HOUR)
    other = office.store.digests.begin_run(Cadence.WEEKLY, "2026-11-02T07", MONDAY)
    assert again == first
    assert other.number != first.number


def test_the_database_takes_one_digest_of_a_run_and_one_telling_of_each_key_whatever_the_program_does(
    office: Office,
) -> None:
    anna, add = office.subscribe(), office.store.digests.add
    run = office.store.digests.begin_run(Cadence.DAILY, "2026-11-02T07", MONDAY).number
    later = office.store.digests.begin_run(Cadence.DAILY, "2026-11-03T07", TUESDAY).number
    told = [
        Announcement(Announced.NEW, "P1/1"),
        Announcement(Announced.CHANGED, "P1/1", "7"),
        Announcement(Announced.CLOSING, "P1/1", "2026-12-01"),
    ]
    add(run, anna, told, MONDAY)
    with pytest.raises(StoreError, match=r"UNIQUE constraint failed: digests\.run_id, digests\.subscriber_id"):
        add(run, anna, [], MONDAY)
    for one in told:
        with pytest.raises(StoreError, match="UNIQUE constraint failed: announcements"):
            add(later, anna, [Announcement(Announced.NEW, "P2/1"), one], TUESDAY)
    assert office.store.digests.announced(anna) == frozenset(told), "all of a digest is kept, or nothing"
    assert office.store.digests.written(later) == frozenset()
    add(later, anna, [replace(told[1], key="8"), replace(told[2], key="2026-12-08")], TUESDAY)


def test_a_digest_that_says_what_was_said_is_refused_and_reported_and_nothing_of_it_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bo = office.subscribe("anna"), office.subscribe("bo")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)

    def forgetful(subscriber: Any, *words: Any, **more: Any) -> Digest:
        known = (*words[:3], frozenset[Announcement](), *words[4:]) if subscriber.number == anna else words
        return build(subscriber, *known, **more)

    monkeypatch.setattr(dispatch, "build", forgetful)
    office.crawl(tender(1), tender(2), at=TUESDAY)
    report = office.morning(TUESDAY)
    assert (report.built, len(report.errors)) == (1, 1)
    assert (office.told(anna), office.told(bo)) == ({new(1)}, {new(1), new(2)})
    assert (len(office.texts(anna)), len(office.texts(bo))) == (1, 2)


def test_a_mail_that_cannot_be_kept_takes_its_digest_and_what_that_tells_with_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    with monkeypatch.context() as patched:
        patched.setattr(office.store.outbox, "add", _full)
        assert office.morning(MONDAY).built == 0
    assert office.told(anna) == set()
    assert office.morning(MONDAY + HOUR).built == 1
    assert office.told(anna) == {new(1)}


def _full(**words: object) -> None:
    raise StoreError("the disk is full")


def test_a_deadline_that_draws_near_is_told_once_and_once_more_when_it_has_moved_and_draws_near_again(
    office: Office,
) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    near, moved = MONDAY + 23 * DAY, MONDAY + 37 * DAY  # Wednesdays before 1 and 15 December
    assert [office.morning(near).built, office.morning(near + DAY).built] == [1, 0]
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(15))), at=near + 2 * DAY)
    office.morning(near + 2 * DAY)
    assert [office.morning(moved).built, office.morning(moved + DAY).built] == [1, 0]
    closing = {one.key for one in office.store.digests.announced(anna) if one.kind is Announced.CLOSING}
    assert closing == {"2026-12-01T11:00:00+00:00", "2026-12-15T11:00:00+00:00"}


# -- instant -----------------------------------------------------------------------------------------------------------


def test_an_instant_digest_goes_out_after_each_crawl_that_found_something_and_once_for_it(office: Office) -> None:
    anna = office.subscribe(cadence=Cadence.INSTANT)
    office.crawl(tender(1), at=MONDAY)
    assert [office.morning(MONDAY).built, office.morning(MONDAY + HOUR).built] == [1, 0]
    office.crawl(tender(1), tender(2), at=MONDAY + 5 * HOUR)
    assert office.morning(MONDAY + 5 * HOUR).built == 1
    office.crawl(tender(1), tender(2), at=MONDAY + 9 * HOUR)
    report = office.morning(MONDAY + 9 * HOUR)
    assert (report.built, report.nothing_new, report.errors) == (0, 1, ())
    assert office.told(anna) == {new(1), new(2)}


def test_the_period_of_an_instant_digest_is_the_crawl(office: Office) -> None:
    office.subscribe(cadence=Cadence.INSTANT)
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.morning(TUESDAY)
    assert [period for period, *_ in runs(office)] == ["crawl-2026-11-02T06:00:00+00:00"]


def test_an_instant_digest_that_was_cut_off_is_told_by_the_next_crawl_at_the_latest(office: Office) -> None:
    anna = office.subscribe(cadence=Cadence.INSTANT)
    office.crawl(tender(1), at=MONDAY)
    cut_off(office, MONDAY, after=0)
    office.crawl(tender(1), tender(2), at=TUESDAY)
    report = office.morning(TUESDAY)
    assert report.merged == ("crawl-2026-11-02T06:00:00+00:00",)
    assert (office.told(anna), len(office.texts(anna))) == ({new(1), new(2)}, 1)


# -- looking back ------------------------------------------------------------------------------------------------------


def far(number: int) -> Lot:
    """A lot that stands open until Christmas."""
    return lot(title=f"Opgave {number}", deadline=until(24))


def cut_off(office: Office, at: dt.datetime, after: int) -> None:
    """Building is killed before the mail after so many is written."""
    office.judge(at)
    office.publish(at)
    written = 0

    def write(*words: Any) -> None:
        nonlocal written
        if written == after:
            raise KeyboardInterrupt
        written += 1
        _write(*words)

    _write = dispatch._write
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dispatch, "_write", write)
        with pytest.raises(KeyboardInterrupt):
            office.build(at)


def test_who_was_not_reached_when_building_was_cut_off_is_reached_later_the_same_day_and_nobody_twice(
    office: Office,
) -> None:
    people = [office.subscribe(f"post{number}") for number in range(6)]
    office.crawl(tender(1), at=MONDAY)
    cut_off(office, MONDAY, after=3)
    assert sum(bool(office.told(one)) for one in people) == 3
    report = office.morning(MONDAY + HOUR)
    assert (report.built, report.merged) == (3, ())
    assert [len(office.texts(one)) for one in people] == [1] * 6
    assert runs(office) == [("2026-11-02T07", True, None)]


def test_who_was_not_reached_that_day_gets_both_days_in_one_mail_and_the_rest_the_second_alone(office: Office) -> None:
    early, late = office.subscribe("a"), office.subscribe("b")
    office.crawl(tender(1), at=MONDAY)
    cut_off(office, MONDAY, after=1)
    office.crawl(tender(1), tender(2), at=TUESDAY)
    report = office.morning(TUESDAY)
    assert (report.built, report.merged) == (2, ("2026-11-02T07",))
    assert office.told(early) == office.told(late) == {new(1), new(2)}
    assert [len(office.texts(one)) for one in (early, late)] == [2, 1]
    assert runs(office) == [("2026-11-02T07", True, 2), ("2026-11-03T07", True, None)]


@pytest.mark.parametrize(
    "last",
    [MONDAY, dt.datetime(2026, 3, 27, 6, tzinfo=dt.UTC), dt.datetime(2026, 10, 23, 5, tzinfo=dt.UTC)],
    ids=["in winter", "summer time begins", "summer time ends"],
)
def test_a_machine_that_was_off_for_days_tells_what_was_missed_once_in_one_mail(
    office: Office, last: dt.datetime
) -> None:
    anna = office.subscribe(at=last - DAY)
    office.crawl(tender(1, far(1)), at=last)
    office.morning(last)
    back = last + 4 * DAY
    local = back.astimezone(COPENHAGEN).replace(hour=9)
    office.crawl(*(tender(number, far(number)) for number in (1, 2, 3)), at=back)
    report = office.morning(local)
    days = [last.astimezone(COPENHAGEN).date() + number * DAY for number in range(1, 4)]
    assert report.merged == tuple(f"{day}T07" for day in days if day.weekday() < 5)
    assert (report.built, len(office.texts(anna))) == (1, 2)
    assert office.told(anna) == {new(1), new(2), new(3)}
    assert office.morning(local + HOUR) == DispatchReport()


def test_what_closed_while_the_machine_was_off_is_not_told(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(1))), at=MONDAY)
    office.judge(MONDAY)
    office.publish(MONDAY)
    office.morning(dt.datetime(2026, 12, 2, 6, tzinfo=dt.UTC))
    assert office.told(anna) == set()


def test_before_the_first_run_nothing_was_missed(office: Office) -> None:
    office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    assert office.morning(MONDAY).merged == ()


@pytest.mark.parametrize("hour", [7, 17])
def test_a_timer_that_runs_before_the_chosen_hour_brings_each_mail_the_next_morning(office: Office, hour: int) -> None:
    six = MONDAY.replace(hour=5)  # in Copenhagen
    office.crawl_before()
    number = office.subscribe(profile=Profile(trades=("cleaning",), hour=hour))
    for day in range(14):
        office.crawl(tender(day), at=six + day * DAY)
        office.morning(six + day * DAY)
    texts = office.texts(number)
    # From Tuesday on, each weekday; on Monday also what came on the week-end.
    assert [sum(f"Opgave {day} " in text for text in texts) for day in range(14)] == [1] * 12 + [0, 0]
    assert len(texts) == 9


def test_weeks_that_had_no_digest_are_merged_into_one_mail(office: Office) -> None:
    anna = office.subscribe(cadence=Cadence.WEEKLY)
    office.crawl(tender(1, far(1)), at=MONDAY)
    office.morning(MONDAY)
    for week in (1, 2):
        office.crawl(tender(week + 1, far(week + 1)), at=MONDAY + week * WEEK)
    report = office.morning(MONDAY + 3 * WEEK)
    assert report.merged == ("2026-W46T07", "2026-W47T07")
    assert (office.told(anna), len(office.texts(anna))) == ({new(1), new(2), new(3)}, 2)


def test_nothing_was_missed_where_all_was_built_before_the_machine_died(office: Office) -> None:
    """All mails were written, and then it died before the run was closed."""
    office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(office.store.digests, "finish_run", _die)
        with pytest.raises(KeyboardInterrupt):
            office.morning(MONDAY)
    assert runs(office) == [("2026-11-02T07", False, None)]
    office.morning(MONDAY + HOUR)
    assert runs(office) == [("2026-11-02T07", True, None)]
    assert office.morning(TUESDAY).merged == ()


def _die(*words: object) -> None:
    raise KeyboardInterrupt


# -- other wishes ------------------------------------------------------------------------------------------------------


def test_another_hour_gives_no_second_digest_that_day_and_none_counts_as_missed(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.change(anna, profile=Profile(trades=("cleaning",), hour=12))
    office.crawl(tender(1), tender(2), at=MONDAY + 5 * HOUR)
    assert office.morning(MONDAY + 5 * HOUR).built == 0
    assert office.morning(TUESDAY).built == 0, "not before noon"
    report = office.morning(TUESDAY + 5 * HOUR)
    assert (report.built, report.merged) == (1, ())
    assert office.told(anna) == {new(1), new(2)}


@pytest.mark.parametrize(
    ("before", "after", "next_one"),
    [
        (Cadence.WEEKLY, Cadence.DAILY, TUESDAY),
        (Cadence.DAILY, Cadence.WEEKLY, MONDAY + WEEK),
        (Cadence.INSTANT, Cadence.DAILY, TUESDAY),
        (Cadence.INSTANT, Cadence.WEEKLY, MONDAY + WEEK),
        (Cadence.DAILY, Cadence.INSTANT, None),
        (Cadence.WEEKLY, Cadence.INSTANT, None),
    ],
)
def test_another_cadence_gives_no_second_digest_in_the_period_that_had_one(
    office: Office, before: Cadence, after: Cadence, next_one: dt.datetime | None
) -> None:
    anna = office.subscribe(cadence=before, profile=Profile(trades=("catering",)))
    bo = office.subscribe("bo", cadence=before)
    office.crawl(tender(1), tender(2, lot(title="Kantine")), at=MONDAY)
    office.judge(MONDAY, {"Kantine": replace(office.judged, trades=("catering",))})
    office.morning(MONDAY + HOUR)
    for one in (anna, bo):
        office.change(one, cadence=after)
    assert office.morning(MONDAY + 2 * HOUR).built == 0
    day = MONDAY + DAY
    while next_one and day < next_one:
        assert office.morning(day).built == 0
        day += DAY
    if next_one is None:
        office.crawl(tender(1), tender(2, lot(title="Kantine")), at=MONDAY + 5 * HOUR)
    assert office.morning(next_one or MONDAY + 5 * HOUR).built == 1
    assert office.told(anna) == {new(2), new(1)}
    assert office.told(bo) == {new(1)}


def test_other_interests_count_from_the_next_digest_on_and_what_is_built_goes_as_it_was(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), tender(2, lot(title="Kantine")), at=MONDAY)
    office.judge(MONDAY, {"Kantine": replace(office.judged, trades=("catering",))})
    office.publish(MONDAY)
    assert office.build(MONDAY).built == 1
    office.change(anna, profile=Profile(trades=("catering",)))
    assert office.deliver(MONDAY) == DeliveryReport(sent=1)
    office.morning(TUESDAY)
    first, second = office.texts(anna)
    assert ("Opgave 1" in first, "Kantine" in first) == (True, False)
    assert ("Opgave 1" in second, "Kantine" in second) == (False, True)


def test_whoever_stops_between_building_and_sending_gets_nothing_more(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.judge(MONDAY)
    office.publish(MONDAY)
    office.build(MONDAY)
    office.store.subscribers.set_status(anna, SubscriberStatus.UNSUBSCRIBED, MONDAY)
    assert office.deliver(MONDAY) == DeliveryReport(dropped=1)
    assert office.morning(TUESDAY).built == 0
    assert office.texts(anna) == []


def test_a_mail_that_a_leaver_did_not_get_cannot_be_sent_again_once_they_are_back(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.judge(MONDAY)
    office.publish(MONDAY)
    office.build(MONDAY)
    office.store.subscribers.set_status(anna, SubscriberStatus.UNSUBSCRIBED, MONDAY)
    office.deliver(MONDAY)
    office.store.subscribers.set_status(anna, SubscriberStatus.CONFIRMED, MONDAY + HOUR)
    assert not office.store.outbox.resend(1)
    office.morning(TUESDAY)
    assert len(office.texts(anna)) == 1


# -- many lots, and one that is poison ---------------------------------------------------------------------------------


def test_of_5000_lots_five_are_shown_the_rest_is_counted_and_all_are_told(office: Office) -> None:
    anna = office.subscribe()
    numbers = range(1, 5001)
    lots = [lot(f"LOT-{number:04}", f"Opgave {number} " + "i hele kommunen " * 20) for number in numbers]
    office.crawl(tender(1, *lots), at=MONDAY)
    office.morning(MONDAY)
    assert office.told(anna) == {Announcement(Announced.NEW, f"P1/LOT-{number:04}") for number in numbers}
    (letter,) = office.relay.letters
    html = message_from_bytes(letter.body, policy=policy.default).get_body(("html",))
    assert html is not None
    assert len(html.get_content().encode()) < 100_000
    assert len(letter.body) < 100_000
    (text,) = office.texts(anna)
    assert len(set(re.findall(r"Opgave \d+", text))) == 5
    assert "5.000 åbne delaftaler i alt, 5.000 passer til jer." in text
    assert "Og 4.995 flere – se alle på siden" in text
    assert office.morning(TUESDAY).built == 0


@pytest.mark.parametrize("error", [ValueError("post@roed-traad.example"), StoreError("no such lot")])
def test_a_lot_that_is_poison_for_one_keeps_nobody_else_from_theirs_and_is_told_when_it_is_mended(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever is wrong, also what nobody thought of."""
    unlucky, anna = office.subscribe("unlucky"), office.subscribe("anna")

    def choke(digest: Digest, *words: Any, **more: Any) -> Any:
        if digest.subscriber.number == unlucky:
            raise error
        return render_mail(digest, *words, **more)

    office.crawl(tender(1), at=MONDAY)
    with monkeypatch.context() as patched:
        patched.setattr(dispatch, "render_mail", choke)
        report = office.morning(MONDAY)
    assert (report.built, len(report.errors)) == (1, 1)
    assert report.errors[0].startswith(f"the digest of subscriber {unlucky} could not be built: ")
    assert "roed-traad" not in report.errors[0]
    assert (office.told(anna), office.told(unlucky)) == ({new(1)}, set())
    assert office.morning(MONDAY + HOUR).built == 1, "mended the same day"
    assert [len(office.texts(one)) for one in (anna, unlucky)] == [1, 1]


def test_a_lot_that_cannot_be_matched_keeps_only_those_from_their_mail_whom_it_concerns(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky, anna = office.subscribe("unlucky"), office.subscribe("anna", profile=Profile(trades=("catering",)))
    office.crawl(tender(1, lot(title="Gift")), tender(2, lot(title="Kantine")), at=MONDAY)
    office.judge(MONDAY, {"Kantine": replace(office.judged, trades=("catering",))})

    def choke(subscriber: Any, lots: Any, *words: Any, **more: Any) -> Digest:
        if any(view.lot.title == "Gift" for view in lots):
            raise ArithmeticError("of no use to anybody")
        return build(subscriber, lots, *words, **more)

    monkeypatch.setattr(dispatch, "build", choke)
    report = office.morning(MONDAY)
    assert (report.built, len(report.errors), office.told(anna), office.told(unlucky)) == (1, 1, {new(2)}, set())


# -- published before mailed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [{"deadline": until(8)}, {"value": Money(Decimal(900_000))}, {"description": "Daglig rengøring"}],
)
def test_a_change_is_told_only_when_its_page_says_so(office: Office, changed: dict[str, Any]) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    changed_lot: Lot = replace(tender(1).lots[0], **changed)
    office.crawl(tender(1, changed_lot), at=TUESDAY)
    office.judge(TUESDAY)
    assert office.build(TUESDAY).built == 0
    office.publish(TUESDAY)
    assert office.build(TUESDAY + HOUR).built == 1
    assert office.told(anna) == {new(1), Announcement(Announced.CHANGED, uid(1), "1")}


def test_a_lot_whose_page_is_gone_is_not_told(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.judge(MONDAY)
    office.publish(MONDAY)
    office.store.publications.forget([uid(1)])
    assert office.build(MONDAY).built == 0
    assert office.told(anna) == set()


def test_an_agreement_is_told_only_as_the_pages_have_it(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(at=MONDAY - DAY, source="town")
    office.crawl(Agreement("town", "7", "Rengøring", end=dt.date(2027, 3, 31)), at=MONDAY, source="town")
    office.judge(MONDAY)
    assert office.build(MONDAY).built == 0
    office.publish(MONDAY)
    assert office.build(MONDAY).built == 1
    assert {one.kind for one in office.told(anna)} == {Announced.EXPIRING}


# -- mails that did not leave ------------------------------------------------------------------------------------------


def test_a_digest_that_did_not_leave_for_two_days_is_built_anew_as_things_stand_then(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), tender(2), at=MONDAY)
    office.judge(MONDAY)
    office.publish(MONDAY)
    assert office.build(MONDAY).built == 1
    office.crawl(replace(tender(1), cancelled=True), tender(2), at=WEDNESDAY)
    report = office.morning(WEDNESDAY + 2 * HOUR)
    assert (report.built, report.taken_back) == (1, 1)
    (text,) = office.texts(anna)
    assert ("Opgave 1" in text, "Opgave 2" in text) == (False, True)
    assert office.store.outbox.count(MailStatus.SENT) == 1


def test_while_mail_is_paused_nothing_is_built(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.store.settings.put("paused", "a backup was restored")
    assert office.morning(MONDAY).errors == ("no digest is built: a backup was restored",)
    office.store.settings.put("paused", "")
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}


# -- near misses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "heard"), [(Answer.BIDDING, 1), (Answer.RELEVANT, 1), (None, 0)])
def test_who_bids_on_a_near_miss_hears_that_it_is_cancelled_and_who_said_nothing_does_not(
    office: Office, answer: Answer | None, heard: int
) -> None:
    wish = Profile(trades=("cleaning",), least_verdict=Verdict.SUITABLE, near_misses=True)
    anna = office.subscribe(profile=wish)
    office.crawl(tender(1), tender(2), at=MONDAY)
    office.judge(MONDAY, {"Opgave 2": replace(SUITABLE, verdict=Verdict.POSSIBLE)})
    office.morning(MONDAY)
    assert Announcement(Announced.NEAR, uid(2)) in office.told(anna)
    if answer:
        office.store.answers.give(uid(2), anna, answer, MONDAY + HOUR)
    office.crawl(tender(1), tender(2, cancelled=True), at=TUESDAY)
    office.judge(TUESDAY, {"Opgave 2": replace(SUITABLE, verdict=Verdict.POSSIBLE)})
    assert office.morning(TUESDAY).built == heard
    assert office.morning(WEDNESDAY).built == 0
    assert [note.item_uid for note in office.told(anna) if note.kind is Announced.CHANGED] == [uid(2)] * heard


# -- how it went -------------------------------------------------------------------------------------------------------


def test_who_bid_is_asked_once_whether_they_won_when_the_lot_is_decided(office: Office) -> None:
    anna, bo = office.subscribe(), office.subscribe("bo")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.store.answers.give(uid(1), anna, Answer.BIDDING, MONDAY + HOUR)
    office.store.answers.give(uid(1), bo, Answer.RELEVANT, MONDAY + HOUR)
    award = tender(1, lot(title="Opgave 1", result="selec-w", awards=(Award(Organisation("Rød Tråd")),)))
    office.crawl(replace(award, key="9-2026", stage=Stage.AWARD, publication_number="9-2026"), at=TUESDAY)
    assert office.view(1, TUESDAY).state is LotState.AWARDED
    office.settings = replace(office.settings, door=Door("https://svar.kommune.example"))
    assert office.morning(TUESDAY).built == 1, "who did not bid is not asked"
    asked = office.texts(anna)[-1]
    assert "I bød på den. Hvordan gik det?" in asked
    for what in (Answer.WON, Answer.LOST):
        assert office.settings.door.answer(office.subscriber(anna), office.view(1, TUESDAY).slug, what) in asked
    assert office.morning(WEDNESDAY).built == 0


def test_who_said_how_it_went_is_not_asked(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.store.answers.give(uid(1), anna, Answer.LOST, MONDAY + HOUR)
    award = tender(1, lot(title="Opgave 1", result="selec-w", awards=(Award(Organisation("Rød Tråd")),)))
    office.crawl(replace(award, key="9-2026", stage=Stage.AWARD, publication_number="9-2026"), at=TUESDAY)
    assert office.morning(TUESDAY).built == 0
