"""Delivery: what becomes of each mail, and that nothing goes out twice or to someone who left."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notifier import config
from notifier.journal import Journal
from notifier.outbox import (
    MAX_ATTEMPTS,
    DeliveryReport,
    Manner,
    deliver,
    deliver_now,
    manner_of,
    pause_after,
    settle_after,
)
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.outbox import MailKind, MailStatus, OutboxRow, Settlement
from notifier.transport import Handover, Letter, MaildirTransport, Outcome, SmtpTransport
from tests.smtp_sink import CLOSE, smtp_sink

NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
BODY_BEGINS = (Outcome.ACCEPTED, Outcome.IN_DOUBT, Outcome.CALLED_OFF)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        yield opened


def fill(store: Store, count: int) -> list[int]:
    """So many confirmed subscribers with a mail each."""
    return [_one(store, number) for number in range(1, count + 1)]


def _one(store: Store, number: int) -> int:
    address = f"post{number}@roed-traad.example"
    subscriber = store.subscribers.add(address, now=NOW, status=SubscriberStatus.CONFIRMED)
    return store.outbox.add(
        digest_id=None,
        subscriber_id=subscriber.number,
        message_id=f"<{number:032}@kommune.example>",
        recipient=address,
        body=f"Message-ID: <{number:032}@kommune.example>\r\n\r\n".encode(),
        now=NOW,
    )


def statuses(store: Store) -> list[str]:
    rows = [row for status in MailStatus for row in store.outbox.standing(status)]
    return [row.status.value for row in sorted(rows, key=lambda row: row.number)]


def row(store: Store, number: int) -> OutboxRow:
    found = store.outbox.row(number)
    assert found is not None
    return found


@dataclass
class Scripted:
    """A transport that answers as it is told, ACCEPTED when it was told nothing."""

    outcomes: list[Handover | Outcome] = field(default_factory=list)
    before: Callable[[Letter], object] = field(default=lambda letter: None)
    sent: list[str] = field(default_factory=list)
    closed: int = 0

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        self.before(letter)
        answer = self.outcomes.pop(0) if self.outcomes else Outcome.ACCEPTED
        handover = answer if isinstance(answer, Handover) else Handover(answer)
        if handover.outcome in BODY_BEGINS:
            if not before_body():
                return Handover(Outcome.CALLED_OFF)
            self.sent.append(letter.message_id)
        return handover

    def close(self) -> None:
        self.closed += 1


def test_every_queued_mail_is_sent_once_in_order(store: Store) -> None:
    fill(store, 3)
    transport = Scripted()
    assert deliver(store, transport, NOW) == DeliveryReport(sent=3)
    assert transport.sent == [f"<{number:032}@kommune.example>" for number in (1, 2, 3)]
    assert statuses(store) == ["sent"] * 3
    assert deliver(store, transport, NOW) == DeliveryReport()
    assert transport.closed == 2


def test_progress_is_told_after_each_mail(store: Store) -> None:
    fill(store, 3)
    told: list[tuple[int, int]] = []
    deliver(store, Scripted(), NOW, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_refused_recipient_fails_alone_and_is_reported(store: Store) -> None:
    numbers = fill(store, 3)
    report = deliver(store, Scripted([Outcome.ACCEPTED, Handover(Outcome.REFUSED, "550 no such user")]), NOW)
    assert (report.sent, report.failed, report.stopped) == (2, 1, False)
    assert report.errors == (
        f"mail {numbers[1]} to subscriber 2 could not be delivered (550 no such user): they can ask for it again; if "
        "that fails too, check the subscriber's address",
    )
    assert statuses(store) == ["sent", "failed", "sent"]
    assert row(store, numbers[1]).error == "550 no such user"
    assert {one.status for one in store.subscribers.all()} == {SubscriberStatus.CONFIRMED}


def test_whoever_has_no_mailbox_any_more_is_paused(store: Store) -> None:
    """5.1.x in answer to RCPT says of the address what a bounce says later; a newcomer's letter pauses nobody."""
    fill(store, 2)
    store.subscribers.set_status(2, SubscriberStatus.PENDING)
    gone = Handover(Outcome.REFUSED, "550 5.1.1 unknown", no_such_address=True)
    report = deliver(store, Scripted([gone, gone]), NOW)
    assert "the subscriber is paused" in report.errors[0]
    assert [one.status for one in store.subscribers.all()] == [SubscriberStatus.PAUSED, SubscriberStatus.PENDING]
    assert store.subscribers.why(1) == "the address does not exist"


BLOCKED = Handover(Outcome.REFUSED, "554 5.7.1 blocked")
NOT_US = Handover(Outcome.UNUSABLE, "the relay does not take mail from us: 554 Client host rejected", of_one=True)
GONE = Handover(Outcome.REFUSED, "550 5.1.1 unknown", no_such_address=True)


@pytest.mark.parametrize("no", [[BLOCKED] * 3, [NOT_US] * 3, [BLOCKED, NOT_US, BLOCKED]])
def test_refusals_one_after_the_other_are_about_us_and_nothing_is_lost(store: Store, no: list[Handover]) -> None:
    """A relay that has put us on a list says no to everybody: all of it waits, also what has shown it."""
    fill(store, 5)
    report = deliver(store, Scripted([*no, *no]), NOW)
    assert (report.failed, report.waiting, report.stopped) == (0, 5, True)
    assert "3 mails were refused, one after the other" in report.errors[-1]
    assert len(report.errors) == 1
    assert [(row(store, one).attempts, row(store, one).not_before) for one in range(1, 6)] == [(0, None)] * 5
    assert deliver(store, Scripted(), NOW).sent == 5


def test_refusals_of_bodies_wait_likewise_and_are_not_taken_for_a_backup(store: Store, tmp_path: Path) -> None:
    """That their bodies have left stands in the journal, and that they came back in their attempts."""
    fill(store, 3)
    journal = Journal(tmp_path / "left.jsonl")
    with smtp_sink({"BODY": b"554 5.7.1 blocked\r\n"}) as sink:
        mail = config.Mail(sender="a@kommune.example", relay="127.0.0.1", port=sink.port, security="none")
        report = deliver(store, SmtpTransport(mail), NOW, manner=manner_of(mail, journal))
    assert (report.failed, report.waiting, report.stopped) == (0, 3, True)
    departures = list(journal.departures())
    assert len(departures) == 3
    assert not any(store.outbox.still_waits(one.number, one.message_id, one.attempts) for one in departures)
    assert store.outbox.sent_to(1) is None


@pytest.mark.parametrize("other", [Outcome.ACCEPTED, Outcome.LATER, GONE])
def test_a_refusal_is_about_its_mail_once_another_mail_gets_another_answer(
    store: Store, other: Handover | Outcome
) -> None:
    fill(store, 7)
    report = deliver(store, Scripted([BLOCKED, BLOCKED, other, BLOCKED, BLOCKED, other, BLOCKED]), NOW)
    assert report.stopped is False
    assert [statuses(store)[one] for one in (0, 1, 3, 4, 6)] == ["failed"] * 5
    assert [row(store, one).attempts for one in (1, 2, 4, 5, 7)] == [1] * 5


@pytest.mark.parametrize("lost", [Outcome.BROKEN, Outcome.IN_DOUBT])
def test_a_lost_connection_is_no_other_answer(store: Store, lost: Outcome) -> None:
    fill(store, 6)
    report = deliver(store, Scripted([BLOCKED, lost, BLOCKED, lost, BLOCKED]), NOW)
    assert (report.failed, report.stopped) == (0, True)


def test_a_relay_that_breaks_down_after_a_refusal_leaves_it_waiting(store: Store) -> None:
    fill(store, 3)
    report = deliver(store, Scripted([BLOCKED, Handover(Outcome.UNUSABLE, "connection refused")]), NOW)
    assert (report.failed, report.waiting, report.stopped) == (0, 3, True)


def test_three_mails_to_one_recipient_do_not_speak_for_everybody(store: Store) -> None:
    fill(store, 1)
    for name in "ab":
        store.outbox.add(
            digest_id=None,
            subscriber_id=1,
            message_id=f"<{name}@kommune.example>",
            recipient="post1@roed-traad.example",
            body=b"Subject: x\r\n\r\n",
            now=NOW,
        )
    _one(store, 2)
    assert deliver(store, Scripted([BLOCKED] * 3), NOW).sent == 1


def test_addresses_that_cannot_be_said_in_smtp_do_not_keep_others_from_their_mail(store: Store) -> None:
    fill(store, 4)
    store._database.write("UPDATE outbox SET recipient = 'post @roed-traad.example' WHERE id <= 3")
    with smtp_sink() as sink:
        mail = config.Mail(sender="a@kommune.example", relay="127.0.0.1", port=sink.port, security="none")
        report = deliver(store, SmtpTransport(mail), NOW)
    assert (report.sent, report.failed, report.stopped) == (1, 3, False)


def test_what_another_process_takes_up_while_it_waits_for_other_answers_is_settled_by_that_one(store: Store) -> None:
    numbers = fill(store, 2)

    def take(letter: Letter) -> None:
        if letter.message_id == row(store, numbers[1]).message_id:
            assert store.outbox.claim(numbers[0], NOW)

    report = deliver(store, Scripted([BLOCKED], before=take), NOW)
    assert (report.failed, report.errors, statuses(store)) == (0, (), ["claimed", "sent"])


def test_a_recipient_for_whom_the_relay_will_not_have_us_stops_nobody_elses_mail(store: Store) -> None:
    """It is the oldest each time. Its own waits longer and longer, is shown, and is given up as others are."""
    fill(store, 2)

    class Picky(Scripted):
        def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
            return NOT_US if letter.recipient.startswith("post1@") else super().send(letter, before_body)

    waits = []
    for day in range(MAX_ATTEMPTS):
        now = NOW + dt.timedelta(days=day)
        report = deliver(store, Picky(), now)
        assert (report.sent, report.stopped) == (1, False)
        if (until := row(store, 1).not_before) is not None:
            waits.append((until - now) // dt.timedelta(minutes=1))
            assert report.errors[0].startswith("mail 1 to subscriber 1 is put off (the relay does not take mail from")
        _one(store, 3 + day)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]
    assert (row(store, 1).status, report.failed) == (MailStatus.FAILED, 1)
    assert {one.status for one in store.subscribers.all()} == {SubscriberStatus.CONFIRMED}


def test_three_who_are_always_refused_keep_nobody_from_their_mail(store: Store) -> None:
    """They are the oldest: once the relay has said no to them, all others go before them."""
    fill(store, 6)
    no = Handover(Outcome.REFUSED, "550 Unrouteable address")

    class Picky(Scripted):
        def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
            return no if letter.recipient[:6] in ("post1@", "post2@", "post3@") else super().send(letter, before_body)

    first = deliver(store, Picky(), NOW)
    assert (first.sent, first.failed, first.stopped) == (0, 0, True)
    second = deliver(store, Picky(), NOW)
    assert (second.sent, second.failed, second.stopped) == (3, 3, False)
    assert statuses(store) == ["failed"] * 3 + ["sent"] * 3


def test_a_letter_that_is_refused_beside_the_runs_waits_for_one_of_them(store: Store) -> None:
    """On its own it cannot be known whether the no is about it or about us."""
    fill(store, 2)
    deliver_now(store, Scripted([BLOCKED]), 1, NOW)
    assert statuses(store) == ["queued"] * 2
    report = deliver(store, Scripted([Outcome.ACCEPTED, BLOCKED]), NOW)
    assert (report.sent, report.failed) == (1, 1)


@pytest.mark.parametrize("before", [0, 1])
def test_a_relay_that_will_not_have_us_counts_against_nobody_where_no_mail_is_taken(store: Store, before: int) -> None:
    fill(store, before + 2)
    report = deliver(store, Scripted([Outcome.ACCEPTED] * before + [NOT_US] * 2), NOW)
    assert (report.sent, report.waiting, report.failed, report.stopped) == (before, 2, 0, not before)
    assert row(store, before + 1).attempts == before


def test_unknown_mailboxes_one_after_the_other_stop_nothing(store: Store) -> None:
    fill(store, 5)
    gone = Handover(Outcome.REFUSED, "550 5.1.1 unknown", no_such_address=True)
    report = deliver(store, Scripted([gone] * 4), NOW)
    assert (report.failed, report.sent, report.stopped) == (4, 1, False)


def test_a_refusal_by_policy_sends_the_operator_to_the_relay(store: Store) -> None:
    fill(store, 1)
    report = deliver(store, Scripted([Handover(Outcome.REFUSED, "554 5.7.1 spam")]), NOW)
    assert report.errors[0].endswith("such a refusal is about us: ask whoever runs the relay")


def test_an_unusable_relay_stops_everything_and_is_held_against_nobody(store: Store) -> None:
    fill(store, 3)
    report = deliver(store, Scripted([Outcome.ACCEPTED, Handover(Outcome.UNUSABLE, "connection refused")]), NOW)
    assert (report.sent, report.waiting, report.failed, report.stopped) == (1, 2, 0, True)
    assert "connection refused" in report.errors[0]
    assert statuses(store) == ["sent", "queued", "queued"]
    assert deliver(store, Scripted(), NOW).sent == 2
    assert [row(store, number).attempts for number in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.parametrize("outcome", [Outcome.LATER, Outcome.BROKEN])
def test_a_mail_that_shall_come_later_waits_and_is_tried_again(store: Store, outcome: Outcome) -> None:
    (number,) = fill(store, 1)
    report = deliver(store, Scripted([Handover(outcome, "451 busy")]), NOW)
    assert (report.waiting, report.errors) == (1, ())
    assert (row(store, number).attempts, row(store, number).error) == (1, "451 busy")
    assert deliver(store, Scripted(), NOW + dt.timedelta(seconds=59)).waiting == 1
    assert deliver(store, Scripted(), NOW + dt.timedelta(seconds=60)).sent == 1


def test_a_mail_is_given_up_after_the_last_attempt(store: Store) -> None:
    (number,) = fill(store, 1)
    now = NOW
    for attempt in range(1, MAX_ATTEMPTS + 1):
        report = deliver(store, Scripted([Handover(Outcome.LATER, "451 busy")]), now)
        assert (report.waiting, report.failed) == ((1, 0) if attempt < MAX_ATTEMPTS else (0, 1))
        now += dt.timedelta(hours=4)
    assert row(store, number).status is MailStatus.FAILED
    assert row(store, number).error == "given up after 12 attempts: 451 busy"
    assert "given up after 12 attempts" in report.errors[0]


def test_pauses_grow_from_a_minute_to_four_hours() -> None:
    minutes = [pause_after(attempts) // dt.timedelta(minutes=1) for attempts in range(1, MAX_ATTEMPTS)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]


def test_a_mail_in_doubt_is_held_reported_and_never_sent_again(store: Store) -> None:
    fill(store, 2)
    report = deliver(store, Scripted([Handover(Outcome.IN_DOUBT, "the connection was closed")]), NOW)
    assert (report.sent, report.held) == (1, 1)
    assert report.errors == (
        "mail 1 is held (the connection was closed): nobody knows whether it arrived, "
        "and it is not sent again by itself",
    )
    transport = Scripted()
    again = deliver(store, transport, NOW + dt.timedelta(days=30))
    assert (again.sent, again.held, transport.sent) == (0, 1, [])


def test_three_lost_connections_in_a_row_stop_the_delivery(store: Store) -> None:
    fill(store, 6)
    lost = [Outcome.BROKEN, Outcome.IN_DOUBT, Outcome.ACCEPTED, Outcome.IN_DOUBT, Outcome.BROKEN, Outcome.BROKEN]
    report = deliver(store, Scripted([*lost[:5], Outcome.BROKEN]), NOW)
    assert (report.sent, report.held, report.stopped) == (1, 2, True)
    assert "3 times" in report.errors[-1]


def test_a_relay_that_takes_bodies_and_never_answers_does_not_turn_the_queue_into_held_mails(store: Store) -> None:
    fill(store, 10)
    report = deliver(store, Scripted([Outcome.IN_DOUBT] * 10), NOW)
    assert (report.held, report.waiting, report.stopped) == (3, 7, True)


def test_what_a_dead_run_left_in_doubt_is_held_and_what_it_only_claimed_is_sent(store: Store) -> None:
    fill(store, 3)
    store.outbox.claim(1, NOW)
    store.outbox.begin_body(1)
    store.outbox.claim(2, NOW)
    transport = Scripted()
    report = deliver(store, transport, NOW)
    assert (report.sent, report.held) == (2, 1)
    assert "mail 1 is held (the program was stopped" in report.errors[0]
    assert statuses(store) == ["held", "sent", "sent"]


@pytest.mark.parametrize("status", ["unsubscribed", "paused", "pending"])
def test_nothing_goes_out_after_an_unsubscription_was_acknowledged(store: Store, status: str) -> None:
    """The subscriber leaves at the last possible moment: when the mail was claimed and the relay waits."""
    fill(store, 2)
    transport = Scripted(before=lambda letter: store.subscribers.set_status(1, SubscriberStatus(status)))
    report = deliver(store, transport, NOW)
    assert (report.sent, report.dropped, report.failed, report.errors) == (1, 1, 0, ())
    assert transport.sent == [f"<{2:032}@kommune.example>"]
    assert (row(store, 1).status, row(store, 1).error) == (MailStatus.FAILED, status)


def test_no_transaction_is_open_while_the_transport_talks(store: Store, tmp_path: Path) -> None:
    fill(store, 1)

    def write_elsewhere(letter: Letter) -> None:
        with Store.open(store.path) as other, other.transaction():
            other.subscribers.set_status(1, SubscriberStatus.CONFIRMED)

    assert deliver(store, Scripted(before=write_elsewhere), NOW).sent == 1


def test_in_doubt_is_on_the_disk_before_the_body_leaves(store: Store) -> None:
    fill(store, 1)
    seen: list[str] = []

    class Watching(Scripted):
        def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
            with Store.open(store.path) as other:
                seen.extend(statuses(other))
                before_body()
                seen.extend(statuses(other))
            return Handover(Outcome.ACCEPTED)

    deliver(store, Watching(), NOW)
    assert [*seen, *statuses(store)] == ["claimed", "in_doubt", "sent"]


def test_a_transport_that_fails_is_closed_and_its_mail_cleared_up_by_the_next_run(store: Store) -> None:
    fill(store, 2)

    def broken(letter: Letter) -> None:
        raise RuntimeError("a bug")

    transport = Scripted(before=broken)
    with pytest.raises(RuntimeError, match="a bug"):
        deliver(store, transport, NOW)
    assert transport.closed == 1
    assert deliver(store, Scripted(), NOW).sent == 2


def test_two_deliveries_at_once_send_nothing_twice_even_without_the_lock(store: Store) -> None:
    fill(store, 40)
    transports = [Scripted() for _ in range(4)]
    begin = threading.Barrier(4)

    def run(transport: Scripted) -> None:
        with Store.open(store.path) as own:
            begin.wait()
            deliver(own, transport, NOW)

    threads = [threading.Thread(target=run, args=(transport,)) for transport in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = Counter(message for transport in transports for message in transport.sent)
    assert max(counts.values()) == 1
    deliver(store, Scripted(), NOW)
    assert set(statuses(store)) <= {"sent", "held"}


def test_the_log_names_mails_but_no_address(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    fill(store, 2)
    with caplog.at_level(logging.DEBUG), smtp_sink({"RCPT": b"550 <post1@roed-traad.example> unknown\r\n"}) as sink:
        mail = config.Mail(sender="a@kommune.example", relay="127.0.0.1", port=sink.port, security="none")
        report = deliver(store, SmtpTransport(mail), NOW)
    assert report.failed == 2
    assert f"mail 1 <{1:032}@kommune.example>: refused" in caplog.text
    assert "roed-traad" not in caplog.text + "".join(report.errors) + row(store, 1).error


def test_a_relay_gets_every_mail_and_keeps_its_message_id(store: Store) -> None:
    fill(store, 5)
    with smtp_sink() as sink:
        mail = config.Mail(sender="a@kommune.example", relay="127.0.0.1", port=sink.port, security="none")
        assert deliver(store, SmtpTransport(mail), NOW).sent == 5
    assert [taken.recipients for taken in sink.taken] == [[f"post{n}@roed-traad.example"] for n in range(1, 6)]
    assert [taken.body for taken in sink.taken] == [row(store, n).body for n in range(1, 6)]
    assert sink.connections == 1


def test_a_relay_that_hangs_up_after_the_body_leaves_held_mails_and_the_queue(store: Store) -> None:
    fill(store, 5)
    with smtp_sink({"BODY": CLOSE}) as sink:
        mail = config.Mail(sender="a@kommune.example", relay="127.0.0.1", port=sink.port, security="none")
        assert deliver(store, SmtpTransport(mail), NOW).held == 3
        sink.faults.clear()
        assert deliver(store, SmtpTransport(mail), NOW).sent == 2
    assert len(sink.taken) == 5


def test_a_folder_gets_every_mail(store: Store, tmp_path: Path) -> None:
    fill(store, 5)
    assert deliver(store, MaildirTransport(tmp_path / "outbox"), NOW).sent == 5
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 5


@pytest.mark.parametrize(
    ("outcome", "settlement"),
    [
        (Outcome.ACCEPTED, Settlement(MailStatus.SENT, 4, "", None, NOW)),
        (Outcome.REFUSED, Settlement(MailStatus.FAILED, 4, "why")),
        (Outcome.IN_DOUBT, Settlement(MailStatus.HELD, 4, "why")),
        (Outcome.UNUSABLE, Settlement(MailStatus.QUEUED, 3, "why", NOW)),
        (Outcome.LATER, Settlement(MailStatus.QUEUED, 4, "why", NOW + dt.timedelta(minutes=8))),
        (Outcome.BROKEN, Settlement(MailStatus.QUEUED, 4, "why", NOW + dt.timedelta(minutes=8))),
    ],
)
def test_each_outcome_has_its_settlement(outcome: Outcome, settlement: Settlement) -> None:
    before = OutboxRow(
        1, None, 1, "<a>", "a@b.example", b"", MailStatus.CLAIMED, 3, NOW, NOW, NOW, None, "", MailKind.DIGEST
    )
    assert settle_after(before, Handover(outcome, "why"), NOW) == settlement


# -- how fast, how often ---------------------------------------------------------------------------------------


def test_no_more_mails_leave_in_a_minute_than_are_allowed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handing one over takes two seconds here, so the pause makes up the rest of the twelve; none after the last."""
    fill(store, 4)
    seconds = iter(range(0, 100, 2))
    monkeypatch.setattr("notifier.outbox.stopwatch", lambda: float(next(seconds)))
    pauses: list[float] = []
    assert deliver(store, Scripted(), NOW, manner=Manner(per_minute=5, pause=pauses.append)).sent == 4
    assert pauses == [10.0, 10.0, 10.0]


def test_without_a_limit_there_is_no_pause_and_none_before_a_relay_that_is_given_up(store: Store) -> None:
    fill(store, 3)
    pauses: list[float] = []
    assert deliver(store, Scripted(), NOW, manner=Manner(pause=pauses.append)).sent == 3
    for number in (4, 5):
        _one(store, number)
    manner = Manner(per_minute=5, pause=pauses.append)
    assert deliver(store, Scripted([Outcome.UNUSABLE]), NOW, manner=manner).waiting == 2
    assert pauses == []


def test_the_configuration_sets_pace_and_return_path(tmp_path: Path) -> None:
    mail = config.Mail("opgaver@by.example", return_path="retur@by.example", per_minute=7)
    manner = manner_of(mail, Journal(tmp_path / "left.jsonl"))
    assert manner.per_minute == 7
    assert manner.sender_of(17, "<1@by.example>") == "retur+17-dbc42fec94@by.example"
    assert Manner().sender_of(17, "<1@by.example>") == ""


def test_a_relay_that_says_later_all_day_is_asked_twelve_times_in_some_sixteen_hours(store: Store) -> None:
    """The program runs every half minute; when the relay is asked, and when the mail is given up."""
    (number,) = fill(store, 1)
    asked: list[dt.timedelta] = []
    now = NOW
    with smtp_sink({"RCPT": b"450 4.2.0 greylisted\r\n"}) as sink:
        mail = config.Mail(sender="a@kommune.example", relay="127.0.0.1", port=sink.port, security="none")
        while row(store, number).status is MailStatus.QUEUED:
            before = row(store, number).attempts
            report = deliver(store, SmtpTransport(mail), now)
            if row(store, number).attempts > before:
                asked.append(now - NOW)
            now += dt.timedelta(seconds=30)
        assert sink.connections == MAX_ATTEMPTS
    minutes = [after // dt.timedelta(minutes=1) for after in asked]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 127, 255, 495, 735, 975]
    assert (report.failed, report.waiting) == (1, 0)
    assert row(store, number).error == "given up after 12 attempts: 450 4.2.0 greylisted"


def test_a_relay_that_comes_back_after_a_night_loses_nothing(store: Store) -> None:
    """A relay that cannot be reached counts for no attempt, however often it was tried."""
    fill(store, 3)
    for hour in range(48):
        report = deliver(store, Scripted([Outcome.UNUSABLE]), NOW + dt.timedelta(hours=hour))
        assert (report.waiting, report.failed, report.stopped) == (3, 0, True)
    assert deliver(store, Scripted(), NOW + dt.timedelta(hours=48)).sent == 3
    assert [row(store, number).attempts for number in (1, 2, 3)] == [1, 1, 1]
