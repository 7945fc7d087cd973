"""Leaving for good, whatever is under way; and a database that is older than what was sent from it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from notifier import membership
from notifier.answers import Answer
from notifier.config import Mail
from notifier.errors import StoreError
from notifier.journal import Journal, Left, Line, hashed
from notifier.keys import Purpose, key_of
from notifier.membership import (
    Restored,
    begin_delivery,
    end_delivery,
    erase,
    forget_who_left,
    notice_restored,
    opened,
    resume,
    secret,
    stop,
)
from notifier.outbox import DeliveryReport, deliver, deliver_now, manner_of
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store import Store
from notifier.store.outbox import MailKind, MailStatus
from notifier.store.settings import GENERATION, PAUSED, RESTORED_AT
from notifier.transport import Handover, Letter, Outcome
from tests.notifier.office import office_in, tender, uid
from tests.notifier.store.samples import MONDAY

NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ADDRESS = "post@roed-traad.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        yield opened


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "left.jsonl")


def confirmed(store: Store, address: str = ADDRESS, now: dt.datetime = NOW) -> Subscriber:
    return store.subscribers.add(address, now=now, status=SubscriberStatus.CONFIRMED)


def queue(store: Store, subscriber: Subscriber, kind: MailKind = MailKind.DIGEST) -> int:
    return store.outbox.add(
        digest_id=None,
        subscriber_id=subscriber.number,
        message_id=f"<{subscriber.number:032}@kommune.example>",
        recipient=subscriber.address,
        body=b"Subject: x\r\n\r\n",
        now=NOW,
        kind=kind,
    )


def status(store: Store, subscriber: Subscriber) -> SubscriberStatus | None:
    found = store.subscribers.get(subscriber.number)
    return found.status if found else None


class Relay:
    """Takes every mail; `meanwhile` happens while it waits for the body."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.meanwhile = meanwhile
        self.bodies: list[str] = []

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        self.meanwhile()
        if not before_body():
            return Handover(Outcome.CALLED_OFF)
        self.bodies.append(letter.recipient)
        return Handover(Outcome.ACCEPTED)

    def close(self) -> None:
        pass


# -- leaving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leave", [stop, erase])
@pytest.mark.parametrize("kind", MailKind)
def test_whoever_left_gets_nothing_that_was_queued(
    store: Store, journal: Journal, leave: Callable[..., None], kind: MailKind
) -> None:
    someone = confirmed(store)
    if kind is MailKind.CONFIRMATION:
        store.subscribers.set_status(someone.number, SubscriberStatus.PENDING)
    number, relay = queue(store, someone, kind), Relay()
    leave(store, journal, store.subscribers.get(someone.number), NOW)
    deliver_now(store, relay, number, NOW)
    deliver(store, relay, NOW)
    assert relay.bodies == []


@pytest.mark.parametrize("leave", [stop, erase])
def test_whoever_leaves_while_their_mail_is_under_way_does_not_get_its_body(
    store: Store, journal: Journal, leave: Callable[..., None]
) -> None:
    """The mail is claimed and the relay waits for its body when the stop is acknowledged, in another process."""
    someone, other = confirmed(store), confirmed(store, "hej@kantine.example")
    queue(store, someone)
    queue(store, other)

    def left() -> None:
        with Store.open(store.path) as web:
            if found := web.subscribers.get(someone.number):
                leave(web, journal, found, NOW)

    relay = Relay(left)
    assert deliver(store, relay, NOW) == DeliveryReport(sent=1, dropped=1)
    assert relay.bodies == ["hej@kantine.example"]


def test_a_mail_of_who_left_is_not_sent_by_hand_either(store: Store, journal: Journal) -> None:
    someone = confirmed(store)
    number = queue(store, someone)
    store.outbox.claim(number, NOW)
    store.outbox.begin_body(number)
    store.outbox.recover()
    stop(store, journal, someone, NOW)
    assert store.outbox.resend(number)
    relay = Relay()
    deliver(store, relay, NOW)
    assert relay.bodies == []


@pytest.mark.parametrize(("leave", "how"), [(stop, Left.STOPPED), (erase, Left.ERASED)])
def test_leaving_is_on_the_disk_before_the_database_changes(
    store: Store, journal: Journal, leave: Callable[..., None], how: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = confirmed(store)
    line = Line(NOW, how, hashed(ADDRESS, secret(store)))
    seen: list[tuple[list[Line], SubscriberStatus | None]] = []

    def look(handle: int) -> None:
        with Store.open(store.path) as other:
            seen.append((list(journal.lines()), status(other, someone)))

    monkeypatch.setattr(os, "fsync", look)
    leave(store, journal, someone, NOW)
    assert seen[0] == ([line], SubscriberStatus.CONFIRMED)
    assert status(store, someone) is (SubscriberStatus.UNSUBSCRIBED if how is Left.STOPPED else None)


@pytest.mark.parametrize("leave", [stop, erase])
def test_without_a_journal_nobody_is_told_that_they_left_and_nothing_changes(
    store: Store, tmp_path: Path, leave: Callable[..., None]
) -> None:
    someone = confirmed(store)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        leave(store, Journal(tmp_path / "file" / "left.jsonl"), someone, NOW)
    assert store.subscribers.get(someone.number) == someone


def test_stop_said_twice_is_done_once(store: Store, journal: Journal) -> None:
    someone = confirmed(store)
    stop(store, journal, someone, NOW, "by mail")
    again = store.subscribers.get(someone.number)
    assert again is not None
    stop(store, journal, again, NOW + DAY, "by staff")
    assert len(list(journal.lines())) == 1
    assert store.subscribers.why(someone.number) == "by mail"


def test_the_case_of_an_address_makes_nobody_another_person(store: Store, journal: Journal) -> None:
    stop(store, journal, confirmed(store, "Post@Roed-Traad.example"), NOW)
    assert [line.who for line in journal.lines()] == [hashed(ADDRESS, secret(store))]


def test_a_key_opens_what_it_is_for_and_nothing_after_an_erasure(store: Store, journal: Journal) -> None:
    someone = confirmed(store)
    key = key_of(someone, Purpose.STOP)
    assert opened(store, key, Purpose.STOP) == someone
    assert opened(store, key, Purpose.CHANGE) is None
    assert opened(store, key[:-1], Purpose.STOP) is None
    assert opened(store, "99" + key[1:], Purpose.STOP) is None
    erase(store, journal, someone, NOW)
    assert opened(store, key, Purpose.STOP) is None


def test_the_key_of_the_journal_is_there_before_any_backup_and_stays(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    copy(store.path, backup)
    with Store.open(backup) as restored:
        assert len(secret(store)) >= 32
        assert secret(restored) == secret(store)
    with Store.open(tmp_path / "another.db", create=True) as another:
        assert secret(another) != secret(store)


# -- a restored backup -------------------------------------------------------------------------------------------------


def copy(source: Path, target: Path) -> None:
    """As an operator makes and restores backups; what SQLite keeps beside the target goes."""
    for name in (f"{target.name}-wal", f"{target.name}-shm"):
        target.with_name(name).unlink(missing_ok=True)
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def send(store: Store, journal: Journal, relay: Relay, now: dt.datetime = NOW) -> DeliveryReport:
    """A delivery as the command does it."""
    begin_delivery(store, journal, now)
    report = deliver(store, relay, now)
    end_delivery(store, journal, now)
    return report


def test_nothing_is_noticed_where_nothing_was_restored(store: Store, journal: Journal) -> None:
    queue(store, confirmed(store))
    assert notice_restored(store, journal, NOW) == Restored()
    send(store, journal, Relay())
    assert notice_restored(store, journal, NOW) == Restored()
    assert store.settings.get(PAUSED) == ""


def test_a_restored_backup_is_noticed_once_and_sends_nothing_until_somebody_says_so(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    number = queue(store, confirmed(store))
    copy(store.path, tmp_path / "backup.db")
    relay = Relay()
    assert send(store, journal, relay).sent == 1
    with Store.open(tmp_path / "backup.db") as restored:
        assert notice_restored(restored, journal, NOW + DAY) == Restored(noticed=True, held=1)
        assert notice_restored(restored, journal, NOW + DAY) == Restored()
        assert restored.settings.get(RESTORED_AT) == (NOW + DAY).isoformat()
        later = queue(restored, confirmed(restored, "hej@kantine.example"))
        report = send(restored, journal, relay, NOW + DAY)
        assert (report.sent, report.held, report.waiting, report.stopped) == (0, 1, 1, True)
        deliver_now(restored, relay, later, NOW + DAY)
        assert len(relay.bodies) == 1
        assert resume(restored)
        assert not resume(restored)
        assert send(restored, journal, relay, NOW + DAY).sent == 1
        assert relay.bodies == [ADDRESS, "hej@kantine.example"]
        held = restored.outbox.row(number)
        assert held is not None
        assert (held.status, held.error) == (
            MailStatus.HELD,
            "a backup was restored: this may have been sent already",
        )


def test_a_backup_that_was_made_while_mails_left_is_noticed(store: Store, journal: Journal, tmp_path: Path) -> None:
    """Backups are made at night, and so are deliveries: some of its mails were sent a moment later."""
    for number in range(3):
        queue(store, confirmed(store, f"post{number}@roed-traad.example"))
    relay = Relay(lambda: copy(store.path, tmp_path / "backup.db") if len(relay.bodies) == 1 else None)
    assert send(store, journal, relay).sent == 3
    with Store.open(tmp_path / "backup.db") as restored:
        assert notice_restored(restored, journal, NOW + DAY) == Restored(noticed=True, held=2)


@pytest.mark.parametrize("count", [begin_delivery, end_delivery])
def test_a_crash_between_the_count_and_the_journal_is_no_restored_backup(
    store: Store, journal: Journal, count: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_delivery(store, journal, NOW)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "delivery", crash)
        with pytest.raises(KeyboardInterrupt):
            count(store, journal, NOW)
    assert store.settings.get(GENERATION) == "2"
    assert notice_restored(store, journal, NOW) == Restored()
    begin_delivery(store, journal, NOW)
    assert [line.generation for line in journal.lines()] == [1, 3]


def test_what_left_last_is_forgotten_only_once_the_new_delivery_stands_in_the_journal(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_delivery(store, journal, NOW)
    journal.leaving(1, "<1@kommune.example>", 0)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "delivery", full_disk)
        with pytest.raises(StoreError):
            begin_delivery(store, journal, NOW + HOUR)
    assert [one.number for one in journal.departures()] == [1]
    begin_delivery(store, journal, NOW + 2 * HOUR)
    assert journal.departures() == ()


def full_disk(*_: object) -> None:
    raise StoreError("the disk is full")


def test_without_a_journal_no_mail_leaves(store: Store, tmp_path: Path) -> None:
    (tmp_path / "left.jsonl").mkdir()
    with pytest.raises(StoreError):
        notice_restored(store, Journal(tmp_path / "left.jsonl"), NOW)
    with pytest.raises(StoreError):
        begin_delivery(store, Journal(tmp_path / "left.jsonl"), NOW)


@pytest.mark.parametrize("leave", [stop, erase])
def test_whoever_left_since_the_backup_leaves_again(
    store: Store, journal: Journal, tmp_path: Path, leave: Callable[..., None]
) -> None:
    """The backup is older than the first delivery, and than the first line of the journal."""
    someone, other = confirmed(store), confirmed(store, "hej@kantine.example")
    copy(store.path, tmp_path / "backup.db")
    leave(store, journal, someone, NOW + HOUR)
    with Store.open(tmp_path / "backup.db") as restored:
        assert notice_restored(restored, journal, NOW + DAY) == Restored(left=1)
        assert status(restored, someone) is (SubscriberStatus.UNSUBSCRIBED if leave is stop else None)
        assert status(restored, other) is SubscriberStatus.CONFIRMED
        assert notice_restored(restored, journal, NOW + DAY) == Restored()


def test_whoever_leaves_again_looks_for_partners_no_more(journal: Journal, tmp_path: Path) -> None:
    with office_in(tmp_path / "office") as office:
        office.crawl_before()
        number, at = office.subscribe(), MONDAY + 6 * HOUR
        office.crawl(tender(1), at=at)
        office.morning(at + HOUR)
        office.store.answers.give(uid(1), number, Answer.PARTNERS, at + HOUR, reason="", words="vi kan vaske")
        copy(office.store.path, tmp_path / "backup.db")
        stop(office.store, journal, office.subscriber(number), at + 2 * HOUR)
    with Store.open(tmp_path / "backup.db") as restored:
        assert [one.answer for one in restored.answers.of(number)] == [Answer.PARTNERS]
        assert notice_restored(restored, journal, at + 3 * HOUR).left == 1
        assert list(restored.answers.of(number)) == []


def test_whoever_came_back_after_leaving_stays(store: Store, journal: Journal) -> None:
    someone = confirmed(store)
    stop(store, journal, someone, NOW + HOUR)
    token = store.subscribers.ask(ADDRESS, now=NOW + DAY).token
    assert store.subscribers.confirm(token, NOW + DAY + HOUR) is not None
    assert notice_restored(store, journal, NOW + 2 * DAY) == Restored()
    assert status(store, someone) is SubscriberStatus.CONFIRMED


def test_whoever_was_erased_and_signs_up_again_stays(store: Store, journal: Journal) -> None:
    erase(store, journal, confirmed(store), NOW + HOUR)
    again = confirmed(store, now=NOW + DAY)
    assert notice_restored(store, journal, NOW + DAY) == Restored()
    assert status(store, again) is SubscriberStatus.CONFIRMED


def test_whoever_left_and_asks_to_come_back_is_waited_for(store: Store, journal: Journal) -> None:
    """Deliveries go on between the sign-up and the owner's yes; the letter leaves with one of them."""
    someone = confirmed(store)
    stop(store, journal, someone, NOW + HOUR)
    token = store.subscribers.ask(ADDRESS, now=NOW + DAY).token
    assert notice_restored(store, journal, NOW + DAY + HOUR) == Restored()
    assert status(store, someone) is SubscriberStatus.PENDING
    assert store.subscribers.confirm(token, NOW + DAY + 2 * HOUR) is not None


def test_whoever_left_stays_away_from_a_restored_backup_whatever_strangers_type(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    """Somebody signs the address up before the first delivery from the backup: that is not its owner's yes."""
    someone = confirmed(store)
    copy(store.path, tmp_path / "backup.db")
    stop(store, journal, someone, NOW + HOUR)
    with Store.open(tmp_path / "backup.db") as restored:
        restored.subscribers.ask(ADDRESS, now=NOW + DAY)
        assert notice_restored(restored, journal, NOW + DAY) == Restored(left=1)
        assert status(restored, someone) is SubscriberStatus.UNSUBSCRIBED


def test_who_was_asked_before_they_said_no_is_not_asked_again_by_a_backup(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    asked = store.subscribers.ask(ADDRESS, now=NOW)
    copy(store.path, tmp_path / "backup.db")
    stop(store, journal, asked.subscriber, NOW + HOUR)
    with Store.open(tmp_path / "backup.db") as restored:
        assert notice_restored(restored, journal, NOW + 2 * HOUR) == Restored(left=1)
        assert restored.subscribers.confirm(asked.token, NOW + 2 * HOUR) is None


def test_an_erasure_counts_also_where_they_came_back_and_only_stopped_then(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    someone = confirmed(store)
    copy(store.path, tmp_path / "backup.db")
    erase(store, journal, someone, NOW + HOUR)
    stop(store, journal, confirmed(store, now=NOW + DAY), NOW + DAY + HOUR)
    with Store.open(tmp_path / "backup.db") as restored:
        assert notice_restored(restored, journal, NOW + 2 * DAY) == Restored(left=1)
        assert restored.subscribers.all() == ()


def test_a_fresh_database_beside_an_old_journal_starts_paused_and_loses_nobody_new(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    """Everything was lost but the journal: who is subscribed now was asked anew."""
    stop(store, journal, confirmed(store), NOW)
    send(store, journal, Relay())
    with Store.open(tmp_path / "fresh.db", create=True) as fresh:
        again = confirmed(fresh, now=NOW + DAY)
        assert notice_restored(fresh, journal, NOW + DAY) == Restored(noticed=True)
        assert "outbox resume" in fresh.settings.get(PAUSED)
        assert status(fresh, again) is SubscriberStatus.CONFIRMED


def test_a_backup_that_came_without_its_journal_starts_paused(store: Store, journal: Journal) -> None:
    """On another machine nobody knows who left since, nor what was sent."""
    send(store, journal, Relay())
    number = queue(store, confirmed(store))
    shutil.move(journal.path, journal.path.with_name("elsewhere"))
    assert notice_restored(store, journal, NOW) == Restored(noticed=True, held=1)
    assert store.settings.get(PAUSED).startswith("the journal is gone")
    relay = Relay()
    assert send(store, journal, relay).stopped
    assert relay.bodies == []
    row = store.outbox.row(number)
    assert row is not None
    assert row.status is MailStatus.HELD
    assert notice_restored(store, journal, NOW) == Restored()
    assert resume(store)
    assert store.outbox.resend(number)
    assert send(store, journal, relay).sent == 1


def test_a_backup_that_was_made_while_mails_left_is_noticed_although_the_machine_died_before_they_all_had(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    """The delivery has begun in both and ended in neither: what departed since tells them apart."""
    numbers = [queue(store, confirmed(store, f"post{number}@by-{number}.example")) for number in range(4)]
    taken: list[str] = []

    class Dying(Relay):
        def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
            if len(taken) == 1:
                copy(store._database.path, tmp_path / "backup.db")
            if len(taken) == 3:
                raise KeyboardInterrupt
            taken.append(letter.recipient)
            return super().send(letter, before_body)

    begin_delivery(store, journal, NOW)
    with pytest.raises(KeyboardInterrupt):
        deliver(store, Dying(), NOW, manner=manner_of(Mail("opgaver@by.example"), journal))
    assert notice_restored(store, journal, NOW) == Restored()  # the crash alone is none
    with Store.open(tmp_path / "backup.db") as restored:
        assert notice_restored(restored, journal, NOW) == Restored(noticed=True, held=3)
        assert resume(restored)
        assert restored.outbox.resend(numbers[3])
        assert notice_restored(restored, journal, NOW) == Restored()  # sent again by hand: none either
        relay = Relay()
        assert send(restored, journal, relay).sent == 1
        assert relay.bodies == ["post3@by-3.example"]


def test_what_the_journal_said_was_heeded_and_is_not_asked_of_everybody_again(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100,000 subscribers are hashed once when somebody left, and not in every run for ever."""
    stop(store, journal, confirmed(store), NOW)
    assert notice_restored(store, journal, NOW) == Restored()
    monkeypatch.setattr(membership, "hashed", lambda *words: pytest.fail("asked again"))
    assert notice_restored(store, journal, NOW) == Restored()


def test_a_letter_that_tells_of_somebody_does_not_leave_once_they_have_left(store: Store, journal: Journal) -> None:
    one, other = confirmed(store), confirmed(store, "hej@kantine.example")
    number = store.outbox.add(
        digest_id=None, subscriber_id=one.number, message_id="<1@by.example>", recipient=one.address,
        body=b"hej@kantine.example wants to meet you", now=NOW, kind=MailKind.NOTICE, about=other.number,
    )  # fmt: skip
    stop(store, journal, other, NOW)
    relay = Relay()
    assert send(store, journal, relay).dropped == 1
    assert relay.bodies == []
    row = store.outbox.row(number)
    assert row is not None
    assert (row.status, row.body) == (MailStatus.FAILED, b"")
    erase(store, journal, other, NOW)
    assert store.outbox.row(number) is None
    held = b"".join(file.read_bytes() for file in store._database.path.parent.glob("notifier.db*"))
    assert b"hej@kantine" not in held


def test_a_journal_that_could_not_be_written_is_not_taken_for_a_lost_one(store: Store, journal: Journal) -> None:
    confirmed(store)
    journal.path.mkdir()
    for _ in range(3):
        with pytest.raises(StoreError):
            begin_delivery(store, journal, NOW)
    journal.path.rmdir()
    assert notice_restored(store, journal, NOW) == Restored()


# -- nobody is kept for ever ---------------------------------------------------------------------------------------


def test_an_address_that_nobody_confirmed_is_forgotten_after_a_week(store: Store) -> None:
    asked = store.subscribers.ask(ADDRESS, now=NOW).subscriber
    assert forget_who_left(store, NOW + 7 * DAY) == 0
    assert forget_who_left(store, NOW + 7 * DAY + HOUR) == 1
    assert store.subscribers.get(asked.number) is None


def test_whoever_was_invited_for_two_weeks_is_not_forgotten_before(store: Store) -> None:
    token = store.subscribers.ask(ADDRESS, now=NOW, valid=14 * DAY).token
    assert forget_who_left(store, NOW + 14 * DAY - HOUR) == 0
    assert store.subscribers.confirm(token, NOW + 14 * DAY - HOUR) is not None
    assert forget_who_left(store, NOW + 100 * DAY) == 0


def test_whoever_left_is_forgotten_after_four_weeks_and_who_is_paused_after_half_a_year(
    store: Store, journal: Journal
) -> None:
    gone, paused = confirmed(store), confirmed(store, "hej@kantine.example")
    stop(store, journal, gone, NOW)
    store.subscribers.set_status(paused.number, SubscriberStatus.PAUSED, NOW)
    assert forget_who_left(store, NOW + 28 * DAY) == 0
    assert forget_who_left(store, NOW + 28 * DAY + HOUR) == 1
    assert [one.number for one in store.subscribers.all()] == [paused.number]
    assert forget_who_left(store, NOW + 183 * DAY) == 0
    assert forget_who_left(store, NOW + 183 * DAY + HOUR) == 1


def test_whoever_is_paused_and_asked_again_is_waited_for(store: Store) -> None:
    paused = confirmed(store)
    store.subscribers.set_status(paused.number, SubscriberStatus.PAUSED, NOW)
    token = store.subscribers.ask(ADDRESS, now=NOW + 190 * DAY).token
    assert forget_who_left(store, NOW + 191 * DAY) == 0
    assert store.subscribers.confirm(token, NOW + 191 * DAY) is not None
    assert forget_who_left(store, NOW + 400 * DAY) == 0


def test_an_address_that_is_erased_again_after_a_restore_is_left_in_no_file_either(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    """The pages hold the database open beside the delivery that notices the backup."""
    someone = confirmed(store, "secretly@roed-traad.example")
    copy(store.path, tmp_path / "backup.db")
    erase(store, journal, someone, NOW + HOUR)
    with Store.open(tmp_path / "backup.db") as pages, Store.open(tmp_path / "backup.db") as restored:
        assert len(pages.subscribers.all()) == 1
        assert notice_restored(restored, journal, NOW + DAY) == Restored(left=1)
        held = [file.name for file in tmp_path.glob("backup.db*") if b"secretly" in file.read_bytes()]
    assert held == []


@pytest.mark.parametrize("many", [1, 300])
def test_of_an_erased_address_nothing_is_left_in_the_files_of_the_database(
    store: Store, journal: Journal, tmp_path: Path, many: int
) -> None:
    """W10: neither in the file nor in the write-ahead log, with its mails and answers, among many others."""
    others = [confirmed(store, f"post{number}@other-{number}.example") for number in range(many)]
    number = queue(store, subscriber := confirmed(store, "secretly@roed-traad.example"))
    store.subscribers.change(
        subscriber.number, name="Rød Tråd secretly", language="da", cadence=Cadence.DAILY, profile=Profile()
    )
    for other in others:
        queue(store, other)
    with store.transaction():
        assert store.outbox.claim(number, NOW)
    erase(store, journal, subscriber, NOW)
    held = {file.name: file.read_bytes().count(b"secretly") for file in tmp_path.iterdir() if file.is_file()}
    assert set(held.values()) == {0}, held
    assert len(store.subscribers.all()) == many
