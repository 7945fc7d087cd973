"""The states of a mail, one transaction each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.errors import StoreError
from notifier.profiles import Cadence, SubscriberStatus
from notifier.store import Store
from notifier.store.outbox import MailKind, MailStatus, OutboxRow, Settlement

NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
SENT = Settlement(MailStatus.SENT, 1, sent_at=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        opened.subscribers.add("post@roed-traad.example", now=NOW, status=SubscriberStatus.CONFIRMED)
        yield opened


def queued(store: Store, name: str = "a") -> int:
    return store.outbox.add(
        digest_id=None,
        subscriber_id=1,
        message_id=f"<{name}@kommune.example>",
        recipient="post@roed-traad.example",
        body=b"Subject: x\r\n\r\n",
        now=NOW,
    )


def row(store: Store, number: int) -> OutboxRow:
    found = store.outbox.row(number)
    assert found is not None
    return found


def test_a_queued_mail_is_kept_as_it_was_given(store: Store) -> None:
    number = queued(store)
    assert row(store, number) == OutboxRow(
        number=number,
        digest_id=None,
        subscriber_id=1,
        message_id="<a@kommune.example>",
        recipient="post@roed-traad.example",
        body=b"Subject: x\r\n\r\n",
        status=MailStatus.QUEUED,
        attempts=0,
        created=NOW,
        not_before=None,
        claimed_at=None,
        sent_at=None,
        error="",
        kind=MailKind.DIGEST,
    )


def test_a_mail_goes_from_queued_over_claimed_and_in_doubt_to_sent(store: Store) -> None:
    number = queued(store)
    claimed = store.outbox.claim(number, NOW)
    assert claimed is not None
    assert (claimed.status, claimed.claimed_at) == (MailStatus.CLAIMED, NOW)
    assert store.outbox.begin_body(number)
    assert row(store, number).status is MailStatus.IN_DOUBT
    assert store.outbox.settle(number, SENT, body_begun=True)
    assert (row(store, number).status, row(store, number).sent_at, row(store, number).attempts) == ("sent", NOW, 1)


def test_a_mail_is_claimed_once(store: Store) -> None:
    number = queued(store)
    assert store.outbox.claim(number, NOW) is not None
    assert store.outbox.claim(number, NOW) is None


def test_a_mail_that_is_not_there_cannot_be_claimed(store: Store) -> None:
    assert store.outbox.claim(4711, NOW) is None


def test_the_same_message_id_is_refused(store: Store) -> None:
    queued(store)
    with pytest.raises(StoreError):
        queued(store)


def test_only_mails_whose_time_has_come_are_due_oldest_first_and_those_put_off_last(store: Store) -> None:
    first, second, third = (queued(store, name) for name in "abc")
    store.outbox.claim(second, NOW)
    later = Settlement(MailStatus.QUEUED, 1, "451 later", not_before=NOW + dt.timedelta(minutes=1))
    store.outbox.settle(second, later, body_begun=False)
    assert store.outbox.due(NOW) == [first, third]
    assert store.outbox.due(NOW + dt.timedelta(seconds=59)) == [first, third]
    assert store.outbox.due(NOW + dt.timedelta(minutes=1)) == [first, third, second]


@pytest.mark.parametrize("status", [one for one in SubscriberStatus if one is not SubscriberStatus.CONFIRMED])
def test_a_mail_to_someone_who_is_not_confirmed_any_more_may_not_leave(store: Store, status: SubscriberStatus) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    store.subscribers.set_status(1, status)
    assert not store.outbox.begin_body(number)
    assert (row(store, number).status, row(store, number).error) == (MailStatus.FAILED, status.value)


def test_a_mail_that_was_not_claimed_may_not_leave_and_stays_as_it_is(store: Store) -> None:
    number = queued(store)
    assert not store.outbox.begin_body(number)
    assert row(store, number).status is MailStatus.QUEUED


def test_a_mail_whose_body_has_begun_may_not_leave_twice(store: Store) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    assert store.outbox.begin_body(number)
    assert not store.outbox.begin_body(number)
    assert row(store, number).status is MailStatus.IN_DOUBT


def test_a_subscriber_who_was_erased_takes_the_mail_along(store: Store) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    store.subscribers.remove(1)
    assert not store.outbox.begin_body(number)
    assert store.outbox.row(number) is None


def test_after_a_dead_run_what_was_claimed_is_queued_and_what_was_in_doubt_is_held(store: Store) -> None:
    claimed, doubtful, sent = (queued(store, name) for name in "abc")
    for number in (claimed, doubtful, sent):
        store.outbox.claim(number, NOW)
    store.outbox.begin_body(doubtful)
    store.outbox.begin_body(sent)
    store.outbox.settle(sent, SENT, body_begun=True)
    assert store.outbox.recover() == [doubtful]
    assert [row(store, number).status for number in (claimed, doubtful, sent)] == ["queued", "held", "sent"]
    assert "may have arrived" in row(store, doubtful).error
    assert store.outbox.recover() == []
    assert store.outbox.due(NOW) == [claimed]


def test_what_is_held_is_never_due_and_never_claimed(store: Store) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    store.outbox.recover()
    assert store.outbox.due(NOW + dt.timedelta(days=1000)) == []
    assert store.outbox.claim(number, NOW) is None
    assert [held.number for held in store.outbox.standing(MailStatus.HELD)] == [number]
    assert store.outbox.count(MailStatus.HELD) == 1


def test_the_process_that_got_the_answer_settles_what_another_one_held_meanwhile(store: Store) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    store.outbox.recover()
    assert store.outbox.settle(number, SENT, body_begun=True)
    assert row(store, number).status is MailStatus.SENT


def test_a_process_that_never_reached_the_body_cannot_requeue_what_another_one_is_sending(store: Store) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    store.outbox.recover()
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    assert not store.outbox.settle(number, Settlement(MailStatus.QUEUED, 0), body_begun=False)
    assert row(store, number).status is MailStatus.IN_DOUBT


def test_a_held_mail_is_sent_again_only_by_hand_and_as_the_same_mail(store: Store) -> None:
    number = queued(store)
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    assert not store.outbox.resend(number)  # it is under way
    store.outbox.recover()
    assert store.outbox.resend(number)
    assert store.outbox.due(NOW) == [number]
    assert row(store, number).message_id == "<a@kommune.example>"


def test_a_held_mail_can_be_given_up(store: Store) -> None:
    number = queued(store)
    assert not store.outbox.drop(number)
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    store.outbox.recover()
    assert store.outbox.drop(number)
    assert row(store, number).status is MailStatus.FAILED
    assert store.outbox.due(NOW) == []


def test_only_what_says_that_a_body_may_have_left_is_forced_to_the_disk(store: Store) -> None:
    """A claim or a settlement that a power cut undoes leaves the mail queued or held: neither sends it twice."""
    number = queued(store)
    said: list[str] = []
    store._database.utils.conn.set_trace_callback(said.append)
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    store.outbox.settle(number, SENT, body_begun=True)
    store.subscribers.set_status(1, SubscriberStatus.UNSUBSCRIBED, NOW)
    store._database.utils.conn.set_trace_callback(None)
    steps = [sql for sql in said if sql.startswith(("PRAGMA", "UPDATE", "COMMIT"))]
    assert [sql.partition(" WHERE")[0][:40] for sql in steps] == [
        "PRAGMA synchronous = NORMAL",
        "UPDATE outbox SET status = 'claimed', cl",
        "COMMIT",
        "PRAGMA synchronous = FULL",
        "UPDATE outbox SET status = 'in_doubt', b",
        "COMMIT",
        "PRAGMA synchronous = NORMAL",
        "UPDATE outbox SET status = 'sent', attem",
        "COMMIT",
        "PRAGMA synchronous = FULL",
        "UPDATE subscribers SET status = 'unsubsc",
        "COMMIT",
    ]


def came_back_after(store: Store, *between: int | None) -> bool:
    """A digest came back; others (a run's number) or letters (None) that arrived; does the next one come in a row?"""
    numbers = []
    for position, run in enumerate((1, *between, 99)):
        digest = None
        if run is not None:
            found = store.digests.begin_run(Cadence.DAILY, f"2026-12-{run:02}", NOW)
            digest = store.digests.add(found.number, 1, (), NOW)
        numbers.append(
            store.outbox.add(
                digest_id=digest,
                subscriber_id=1,
                message_id=f"<{position}@kommune.example>",
                recipient="post@roed-traad.example",
                body=b"Subject: x\r\n\r\n",
                now=NOW + dt.timedelta(days=position),
            )
        )
        store.outbox.claim(numbers[-1], NOW)
        assert store.outbox.begin_body(numbers[-1])
        store.outbox.settle(numbers[-1], SENT, body_begun=True)
    store.outbox.came_back(numbers[0], NOW + dt.timedelta(hours=1), tell_anew=True)
    return store.outbox.came_back_before(numbers[-1])


@pytest.mark.parametrize(("between", "in_a_row"), [((), True), ((2,), False), ((None,), False)])
def test_what_arrived_in_between_a_digest_or_a_letter_ends_the_row_of_those_that_came_back(
    store: Store, between: tuple[int | None, ...], in_a_row: bool
) -> None:
    assert came_back_after(store, *between) == in_a_row


def test_bodies_go_with_their_mails(store: Store) -> None:
    queued(store)
    store.subscribers.remove(1)
    assert store._database.number("SELECT count(*) FROM mail_bodies") == 0
