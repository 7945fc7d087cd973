"""A mail of which nobody knows whether it arrived stays that one mail, whatever comes of sending it again by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.outbox import MAX_ATTEMPTS, deliver
from notifier.profiles import SubscriberStatus
from notifier.store.outbox import MailStatus, OutboxRow, Settlement
from notifier.transport import Handover, Outcome
from tests.notifier.office import DAY, HOUR, Office, new, office_in, tender, uid
from tests.notifier.store.samples import MONDAY
from tests.notifier.test_outbox import Scripted

AT = MONDAY + 6 * HOUR


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path) as opened:
        yield opened


def built(office: Office) -> int:
    """Two lots in a digest that waits; its subscriber."""
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1), tender(2), at=AT)
    office.judge(AT)
    office.publish(AT)
    office.build(AT + HOUR)
    return anna


def doubted(office: Office) -> int:
    """The same, but the digest left, the answer got lost, and somebody has sent it again by hand; its subscriber."""
    anna = built(office)
    assert deliver(office.store, Scripted([Outcome.IN_DOUBT]), AT + HOUR).held == 1
    assert office.store.outbox.resend(1)
    return anna


def row(office: Office) -> OutboxRow:
    found = office.store.outbox.row(1)
    assert found is not None
    return found


def leave_as_they_are(office: Office, days: int = 4) -> set[str]:
    """Some mornings on which nothing is new; the Message-IDs of what left."""
    for day in range(1, days + 1):
        office.morning(AT + day * DAY)
    return {letter.message_id for letter in office.relay.letters}


def test_one_that_shall_come_later_still_leaves_as_the_same_mail_after_days(office: Office) -> None:
    doubted(office)
    deliver(office.store, Scripted([Handover(Outcome.LATER, "451 greylisted")]), AT + 2 * HOUR)
    office.publish(AT + 3 * DAY)
    office.build(AT + 3 * DAY)
    assert office.deliver(AT + 3 * DAY).sent == 1
    assert leave_as_they_are(office) == {row(office).message_id}


@pytest.mark.parametrize("attempts", [1, MAX_ATTEMPTS - 1])
def test_one_that_is_refused_then_is_told_by_no_other_mail_and_can_be_sent_again(office: Office, attempts: int) -> None:
    anna = doubted(office)
    no = Handover(Outcome.REFUSED if attempts == 1 else Outcome.LATER, "554 duplicate")
    for attempt in range(attempts):
        report = deliver(office.store, Scripted([no]), AT + (attempt + 1) * 4 * HOUR)
    assert (report.failed, row(office).status) == (1, MailStatus.FAILED)
    assert "may have arrived then, so no other mail tells it" in report.errors[0]
    assert {new(1), new(2)} <= office.told(anna)
    assert leave_as_they_are(office) == set()
    assert office.store.outbox.resend(1)
    office.deliver(AT + 4 * DAY + 2 * HOUR)
    assert {letter.message_id for letter in office.relay.letters} == {row(office).message_id}


def test_one_that_tells_what_is_no_longer_public_is_held_again_and_shown(office: Office) -> None:
    anna = doubted(office)
    office.store.publications.forget([uid(2)])
    report = office.deliver(AT + 2 * HOUR)
    assert (report.held, report.dropped, row(office).status) == (1, 0, MailStatus.HELD)
    assert report.errors[0].startswith("mail 1 is held (it tells of something that is no longer public)")
    assert {new(1), new(2)} <= office.told(anna)
    assert leave_as_they_are(office) == set()


def test_one_to_somebody_who_left_is_held_again_and_shown(office: Office) -> None:
    anna = doubted(office)
    office.store.subscribers.set_status(anna, SubscriberStatus.UNSUBSCRIBED, AT + HOUR)
    report = office.deliver(AT + 2 * HOUR)
    assert report.errors[0].startswith("mail 1 is held (its subscriber is unsubscribed now)")
    office.store.subscribers.set_status(anna, SubscriberStatus.CONFIRMED, AT + 3 * HOUR)
    assert leave_as_they_are(office) == set()


@pytest.mark.parametrize("resent", [True, False])
def test_only_a_bounce_of_that_very_mail_ends_the_doubt(office: Office, resent: bool) -> None:
    anna = built(office)
    deliver(office.store, Scripted([Outcome.IN_DOUBT]), AT + HOUR)
    if resent:
        assert office.store.outbox.resend(1)
        deliver(office.store, Scripted([Handover(Outcome.LATER, "451 later")]), AT + 2 * HOUR)
    assert office.store.outbox.by_message_id(row(office).message_id) is not None
    office.store.outbox.came_back(1, AT + 3 * HOUR, tell_anew=True)
    assert (row(office).status, office.told(anna)) == (MailStatus.FAILED, set())
    assert not office.store.outbox.resend(1)
    first = row(office).message_id
    assert leave_as_they_are(office, 1) - {first} != set()
    assert {new(1), new(2)} <= office.told(anna)


def test_one_that_came_back_and_is_not_told_anew_is_doubted_no_more_and_can_be_sent_by_hand(office: Office) -> None:
    anna = doubted(office)
    office.store.outbox.came_back(1, AT + 3 * HOUR, tell_anew=False)
    assert (row(office).status, row(office).error) == (MailStatus.FAILED, "it came back")
    assert {new(1), new(2)} <= office.told(anna)
    assert leave_as_they_are(office) == set()
    assert office.store.outbox.resend(1)


@pytest.mark.parametrize("begun", [True, False])
def test_a_restored_backup_puts_all_in_doubt_that_it_knows_as_waiting(office: Office, begun: bool) -> None:
    built(office)
    office.store.outbox.claim(1, AT + HOUR)
    if begun:
        assert office.store.outbox.begin_body(1)
    assert office.store.outbox.hold_all("a backup was restored") == 1
    assert row(office).doubted == 1


def test_one_that_a_restored_backup_knew_as_waiting_stays_that_one_mail_whatever_comes_of_it(office: Office) -> None:
    built(office)
    office.store.outbox.hold_all("a backup was restored")
    assert office.store.outbox.resend(1)
    deliver(office.store, Scripted([Handover(Outcome.LATER, "451 later")]), AT + 2 * HOUR)
    assert leave_as_they_are(office) == {row(office).message_id}


def test_a_run_that_was_cut_off_leaves_a_doubt_that_no_answer_takes_away(office: Office) -> None:
    built(office)
    office.store.outbox.claim(1, AT + HOUR)
    assert office.store.outbox.begin_body(1)
    assert office.store.outbox.recover() == [1]
    assert office.store.outbox.settle(1, Settlement(MailStatus.QUEUED, 1, "451 later"), body_begun=True)
    assert (row(office).status, row(office).doubted) == (MailStatus.QUEUED, 1)
