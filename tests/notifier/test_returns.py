"""What comes back by mail. Each case is a mail under bounces/, with what it is and what becomes of two subscribers."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import Mail
from notifier.errors import StoreError
from notifier.journal import Journal, Left
from notifier.mail import return_path
from notifier.membership import erase
from notifier.profiles import SubscriberStatus
from notifier.returns import Came, Returned, counted, take
from notifier.store import Store
from notifier.store.outbox import MailStatus, Settlement
from tests.notifier.office import DAY, HOUR, Office, office_in, tender
from tests.notifier.store.samples import MONDAY

NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
MAIL = Mail("opgaver@kommune.example", return_path="retur@kommune.example")
BOUNCES = Path(__file__).with_name("bounces")
CASES = sorted(path.stem for path in BOUNCES.glob("*.eml"))
SENT = "<4f1c0e6ab27d4d6f9a3c52e1b7d80f35@kommune.example>"
NEVER_SENT = "<b03d5c7f18e94a2c86d1f7e09c4a6b52@kommune.example>"
ASKED = NOW - dt.timedelta(hours=2)


def fill(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The one whose mail was sent, and the one who was asked and whose digest waits."""
    with monkeypatch.context() as patched:
        patched.setattr(secrets, "token_urlsafe", lambda length: "vdkQ1mYc8JtR6wZs2LxN5bHf9GpEa3Uo")
        one = store.subscribers.add("post@roed-traad.example", now=ASKED, status=SubscriberStatus.CONFIRMED)
        patched.setattr(secrets, "token_urlsafe", lambda length: "Xq7TnB2vKe9LsW4yRd6UfH1jMz8CpA3g")
        two = store.subscribers.ask("hej@kantine.example", now=ASKED).subscriber
    for subscriber, message_id in ((one, SENT), (two, NEVER_SENT)):
        store.outbox.add(
            digest_id=None,
            subscriber_id=subscriber.number,
            message_id=message_id,
            recipient=subscriber.address,
            body=b"Subject: x\r\n\r\n",
            now=ASKED,
        )
    store.outbox.claim(1, ASKED)
    store.outbox.begin_body(1)
    store.outbox.settle(1, Settlement(MailStatus.SENT, 1, sent_at=ASKED), body_begun=True)
    return store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        yield fill(opened, monkeypatch)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "left.jsonl")


def statuses(store: Store) -> list[str]:
    return [subscriber.status.value for subscriber in store.subscribers.all()]


def mail(case: str) -> bytes:
    return (BOUNCES / f"{case}.eml").read_bytes()


def test_every_mail_has_its_expected_result_and_there_are_some() -> None:
    assert sorted(path.stem for path in BOUNCES.glob("*.json")) == CASES
    assert len(CASES) > 20


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("case", CASES)
def test_each_mail_does_what_it_may_and_nothing_else(store: Store, journal: Journal, case: str, ends: bytes) -> None:
    expected = json.loads((BOUNCES / f"{case}.json").read_text(encoding="utf-8"))
    returned = take(store, journal, MAIL, mail(case).replace(b"\n", ends), NOW)
    assert returned == Returned(Came(expected["came"]), expected["subscriber"])
    assert statuses(store) == expected["statuses"]
    assert [line.left for line in journal.lines()] == [Left.STOPPED] * (returned.came is Came.STOPPED)


@pytest.mark.parametrize("case", CASES)
def test_a_mail_that_is_read_again_changes_nothing_and_none_is_answered(
    store: Store, journal: Journal, case: str
) -> None:
    first = take(store, journal, MAIL, mail(case), NOW)
    after = statuses(store)
    again = take(store, journal, MAIL, mail(case), NOW + dt.timedelta(days=1))
    assert (again, statuses(store)) == (first, after)
    assert (store.outbox.row(3), store.outbox.count(MailStatus.QUEUED)) == (None, 1)


def test_the_address_that_a_bounce_comes_to_is_the_one_that_the_mail_left_from() -> None:
    sender = return_path(MAIL, 1, SENT).encode()
    assert b"\nTo: " + sender in mail("postfix-unknown-user")
    assert b"\nTo: " + return_path(MAIL, 2, NEVER_SENT).encode() in mail("never-sent")
    assert sender not in mail("forged-code") + mail("quotes-the-message-id")


@pytest.mark.parametrize("header", ["To", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_address_counts_in_whichever_header_a_relay_keeps_it(store: Store, journal: Journal, header: str) -> None:
    """Upper case as well, and beside others."""
    bounce = mail("forged-code").replace(b"\nTo: ", b"\nX-To: ").replace(b"X-Original-To", b"X-Other")
    address = return_path(MAIL, 1, SENT).upper().encode()
    bounce = header.encode() + b": <hej@andre.example>, <" + address + b">\n" + bounce
    assert take(store, journal, MAIL, bounce, NOW) == Returned(Came.HARD, 1)


def test_a_subject_that_nobody_can_decode_hides_no_bounce(store: Store, journal: Journal) -> None:
    bounce = mail("postfix-unknown-user").replace(b"\nSubject: ", b"\nSubject: =?utf-8?b?a?= ", 1)
    assert take(store, journal, MAIL, bounce, NOW) == Returned(Came.HARD, 1)


def failed_with(status: str, said: str = "no") -> bytes:
    """The report of a mail that failed, with another status in it."""
    bounce = mail("postfix-unknown-user").replace(b"Status: 5.1.1", b"Status: " + status.encode())
    return re.sub(rb"Diagnostic-Code: smtp; .*", b"Diagnostic-Code: smtp; 550 " + said.encode(), bounce)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.1.0", "5.1.0 sender rejected. IP reputation"),
        ("5.1.7", "5.1.7 Invalid sender address"),
        ("5.1.8", "5.1.8 Access denied, bad outbound sender"),
        ("5.1.90", "5.1.90 daily limit for message recipients reached"),
        ("5.7.26", "5.7.26 unauthenticated"),
    ],
)
def test_what_is_said_of_our_sender_pauses_no_recipient(store: Store, journal: Journal, status: str, said: str) -> None:
    assert take(store, journal, MAIL, failed_with(status, said), NOW) == Returned(Came.POLICY, 1)
    assert statuses(store) == ["confirmed", "pending"]


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1", "5.0.0"])
def test_what_is_said_of_the_recipient_pauses_them(store: Store, journal: Journal, status: str) -> None:
    assert take(store, journal, MAIL, failed_with(status), NOW) == Returned(Came.HARD, 1)
    assert statuses(store) == ["paused", "pending"]


def test_a_full_mailbox_can_be_emptied_and_pauses_nobody(store: Store, journal: Journal) -> None:
    assert take(store, journal, MAIL, failed_with("5.2.2", "5.2.2 mailbox full"), NOW) == Returned(Came.SOFT, 1)
    assert statuses(store) == ["confirmed", "pending"]


@pytest.mark.parametrize("case", ["postfix-gave-up", "postfix-policy", "5.2.2", "4.2.2"])
def test_what_did_not_arrive_is_told_again_by_the_next_digest(tmp_path: Path, journal: Journal, case: str) -> None:
    assert told_again_after(tmp_path, journal, failed_with(case) if case[0].isdigit() else mail(case))


def test_a_mail_that_is_only_delayed_is_not_told_again(tmp_path: Path, journal: Journal) -> None:
    assert not told_again_after(tmp_path, journal, mail("postfix-delayed"))


def told_again_after(folder: Path, journal: Journal, returned: bytes) -> bool:
    """A lot is told, that mail comes back; does the next day's digest tell it anew?"""
    with office_in(folder / "office") as office:
        office.crawl_before()
        number, at = office.subscribe(), MONDAY + 6 * HOUR
        office.crawl(tender(1), at=at)
        office.morning(at + HOUR)
        (sent,) = office.store.outbox.standing(MailStatus.SENT)
        take(office.store, journal, MAIL, returned.replace(SENT.encode(), sent.message_id.encode()), at + 2 * HOUR)
        office.morning(at + DAY)
        told = [text for text in office.texts(number) if "Opgave 1" in text]
        return len(told) == 2


# -- a shared address passes its mail on -------------------------------------------------------------------------------

OTHER = b"mette.hansen@gmail.example"


def of_a_copy(bounce: bytes) -> bytes:
    """The same report, of the one to whom the mailbox passed our mail on."""
    return bounce.replace(b"post@roed-traad.example", OTHER)


@pytest.mark.parametrize("status", ["5.1.1", "5.2.2", "5.7.26"])
def test_a_copy_that_came_back_pauses_nobody_and_is_told_as_one(store: Store, journal: Journal, status: str) -> None:
    assert take(store, journal, MAIL, of_a_copy(failed_with(status)), NOW) == Returned(Came.COPY, 1)
    assert statuses(store) == ["confirmed", "pending"]


@pytest.mark.parametrize("case", ["exim-unknown-user", "gmail-unknown-user", "exchange-unknown-user"])
def test_a_copy_is_known_in_whichever_words_its_server_writes(store: Store, journal: Journal, case: str) -> None:
    assert take(store, journal, MAIL, of_a_copy(mail(case)), NOW) == Returned(Came.COPY, 1)


@pytest.mark.parametrize("case", ["postfix-gave-up", "postfix-policy", "postfix-unknown-user"])
def test_what_a_copy_told_is_not_told_again(tmp_path: Path, journal: Journal, case: str) -> None:
    assert not told_again_after(tmp_path, journal, of_a_copy(mail(case)))


def test_a_copy_that_is_only_delayed_is_as_any_other_mail_that_is(store: Store, journal: Journal) -> None:
    assert take(store, journal, MAIL, of_a_copy(mail("postfix-delayed")), NOW) == Returned(Came.DELAYED, 1)


@pytest.mark.parametrize("written", [b"rfc822; <Post@Roed-Traad.Example>", b"<post@roed-traad.example>"])
def test_our_address_may_be_written_otherwise(store: Store, journal: Journal, written: bytes) -> None:
    bounce = mail("postfix-unknown-user").replace(b"Original-Recipient: rfc822;", b"X-Other: ")
    bounce = bounce.replace(b"rfc822; post@roed-traad.example", written)
    assert take(store, journal, MAIL, bounce, NOW) == Returned(Came.HARD, 1)


def test_a_report_that_names_no_address_is_none_on_a_copy(store: Store, journal: Journal) -> None:
    bounce = mail("postfix-unknown-user").replace(b"post@roed-traad.example\nOriginal", b"post\nOriginal")
    bounce = bounce.replace(b"rfc822;post@roed-traad.example", b"rfc822;post")
    assert take(store, journal, MAIL, bounce, NOW) == Returned(Came.HARD, 1)


def reports(ours: bytes, other: bytes) -> bytes:
    """One report on both: on our mail with these lines, and on the copy with those."""
    bounce = mail("postfix-unknown-user")
    begins, ends = bounce.index(b"Final-Recipient"), bounce.index(b"\n\n--", bounce.index(b"Diagnostic-Code"))
    both = b"\n\n".join(
        b"Final-Recipient: rfc822; " + to + b"\n" + lines
        for to, lines in ((b"post@roed-traad.example", ours), (OTHER, other))
    )
    return bounce[:begins] + both + bounce[ends:]


@pytest.mark.parametrize(
    ("ours", "other", "came"),
    [
        (b"Action: failed\nStatus: 5.2.2", b"Action: failed\nStatus: 5.1.1", Came.SOFT),
        (b"Action: failed\nStatus: 5.1.1", b"Action: failed\nStatus: 5.7.26", Came.HARD),
        (b"Action: delivered\nStatus: 2.0.0", b"Action: failed\nStatus: 5.1.1", Came.COPY),
    ],
)
def test_of_a_report_on_several_only_what_it_says_of_ours_counts(
    store: Store, journal: Journal, ours: bytes, other: bytes, came: Came
) -> None:
    assert take(store, journal, MAIL, reports(ours, other), NOW) == Returned(came, 1)
    assert statuses(store) == ["paused" if came is Came.HARD else "confirmed", "pending"]


def rewritten(case: str) -> bytes:
    """The report on a copy by a relay that names our address as the original one."""
    return mail(case).replace(b"Final-Recipient: rfc822; post@roed-traad.example", b"Final-Recipient: rfc822; " + OTHER)


class Days:
    """Mornings on which one lot is new, `tender(day)`; and what comes back of their mails."""

    def __init__(self, office: Office, journal: Journal) -> None:
        self.office, self.journal = office, journal
        office.crawl_before()
        self.reader = office.subscribe()

    def morning(self, day: int) -> None:
        at = MONDAY + day * DAY + 6 * HOUR
        self.office.crawl(*map(tender, range(1, day + 2)), at=at)
        self.office.morning(at + HOUR)

    def comes_back(self, number: int, day: int, case: str = "postfix-policy") -> Returned:
        """The report on the digest of that number, in the evening of a day."""
        sent = self.office.store.outbox.row(number)
        assert sent is not None
        raw = rewritten(case).replace(SENT.encode(), sent.message_id.encode())
        plain = replace(MAIL, return_path="")
        return take(self.office.store, self.journal, plain, raw, MONDAY + day * DAY + 18 * HOUR)

    def times(self, day: int) -> int:
        """How often the lot of that morning was told as new."""
        return sum(f"Opgave {day + 1}" in text for text in self.office.texts(self.reader))


@pytest.fixture
def days(tmp_path: Path, journal: Journal) -> Iterator[Days]:
    with office_in(tmp_path / "office") as office:
        yield Days(office, journal)


@pytest.mark.parametrize("case", ["postfix-gave-up", "postfix-policy"])
def test_what_comes_back_time_after_time_is_told_anew_once_and_not_for_ever(days: Days, case: str) -> None:
    came = Came.POLICY if case == "postfix-policy" else Came.SOFT
    for day in range(5):
        days.morning(day)
        assert days.comes_back(day + 1, day, case) == Returned(came, 1, in_a_row=day > 0)
    assert [days.times(day) for day in range(5)] == [2, 1, 1, 1, 1]


def test_after_one_that_arrived_what_comes_back_is_told_anew(days: Days) -> None:
    for day in range(5):
        days.morning(day)
        if day != 2:
            assert days.comes_back(day + 1, day).in_a_row == (day in {1, 4})
    assert [days.times(day) for day in range(5)] == [2, 1, 1, 2, 1]


def test_those_that_left_before_anybody_knew_are_all_told_anew(days: Days) -> None:
    """A server that is away for days: the report on each comes days later."""
    for day in range(3):
        days.morning(day)
    assert [days.comes_back(number, 2).in_a_row for number in (1, 2, 3)] == [False] * 3
    days.morning(3)
    assert [days.times(day) for day in range(4)] == [2, 2, 2, 1]
    assert days.comes_back(4, 3).in_a_row
    days.morning(4)
    assert [days.times(day) for day in range(4)] == [2, 2, 2, 1]


def test_a_report_that_is_read_twice_is_the_same_one(days: Days) -> None:
    for day in range(2):
        days.morning(day)
        assert days.comes_back(day + 1, day) == days.comes_back(day + 1, day + 1)
    days.morning(2)
    assert [days.times(day) for day in range(3)] == [2, 1, 1]


def test_why_somebody_is_paused_is_kept_for_staff(store: Store, journal: Journal) -> None:
    take(store, journal, MAIL, mail("postfix-unknown-user"), NOW)
    assert store.subscribers.why(1) == "mail came back for good"


@pytest.mark.parametrize("status", [SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.PENDING])
def test_a_bounce_brings_nobody_back_who_left_meanwhile(
    store: Store, journal: Journal, status: SubscriberStatus
) -> None:
    store.subscribers.set_status(1, status)
    assert take(store, journal, MAIL, mail("postfix-unknown-user"), NOW) == Returned(Came.HARD, 1)
    assert statuses(store)[0] == status


def test_a_bounce_of_a_mail_from_before_their_newest_yes_pauses_nobody(store: Store, journal: Journal) -> None:
    """The mailbox was closed and is open again; a server has kept its report for days."""
    take(store, journal, MAIL, mail("postfix-unknown-user"), NOW)
    token = store.subscribers.ask("post@roed-traad.example", now=NOW + DAY).token
    assert store.subscribers.confirm(token, NOW + DAY) is not None
    assert take(store, journal, MAIL, mail("exim-unknown-user"), NOW + 2 * DAY) == Returned(Came.HARD, 1)
    assert statuses(store) == ["confirmed", "pending"]


def test_a_bounce_of_a_mail_from_after_their_newest_yes_pauses_them(store: Store, journal: Journal) -> None:
    token = store.subscribers.ask("hej@kantine.example", now=NOW + DAY).token
    assert store.subscribers.confirm(token, NOW + DAY) is not None
    store.outbox.claim(2, NOW + DAY + HOUR)
    store.outbox.begin_body(2)
    store.outbox.settle(2, Settlement(MailStatus.HELD, 1), body_begun=True)
    bounce = mail("quotes-the-message-id").replace(SENT.encode(), NEVER_SENT.encode())
    bounce = bounce.replace(b"post@roed-traad.example", b"hej@kantine.example")
    assert take(store, journal, MAIL, bounce, NOW + 2 * DAY) == Returned(Came.HARD, 2)
    assert statuses(store) == ["confirmed", "paused"]


def test_a_bounce_of_a_mail_whose_reader_was_erased_is_nobodys(store: Store, journal: Journal) -> None:
    one = store.subscribers.get(1)
    assert one is not None
    erase(store, journal, one, NOW)
    assert take(store, journal, MAIL, mail("postfix-unknown-user"), NOW) == Returned(Came.UNKNOWN)


def test_a_token_that_is_too_old_confirms_nobody(store: Store, journal: Journal) -> None:
    late = ASKED + dt.timedelta(hours=49)
    assert take(store, journal, MAIL, mail("confirm"), late) == Returned(Came.UNKNOWN)
    assert statuses(store) == ["confirmed", "pending"]


def test_a_stop_by_mail_that_cannot_be_written_down_is_not_done(store: Store, tmp_path: Path) -> None:
    (tmp_path / "left.jsonl").mkdir()
    with pytest.raises(StoreError):
        take(store, Journal(tmp_path / "left.jsonl"), MAIL, mail("stop"), NOW)
    assert statuses(store) == ["confirmed", "pending"]


def test_without_a_return_path_of_its_own_the_message_id_proves_a_bounce(store: Store, journal: Journal) -> None:
    plain = Mail("opgaver@kommune.example")
    forged = mail("postfix-unknown-user").replace(SENT.encode(), b"<aaaaaaaaaaaaaaaaaaaa@kommune.example>")
    assert take(store, journal, plain, forged, NOW) == Returned(Came.UNKNOWN)
    assert take(store, journal, plain, mail("postfix-unknown-user"), NOW) == Returned(Came.HARD, 1)


def test_what_came_is_counted_by_its_kind() -> None:
    came = (Returned(Came.SOFT, 1), Returned(Came.HARD, 2), Returned(Came.SOFT, 3))
    assert counted(came) == {Came.SOFT: 2, Came.HARD: 1}


# -- anybody can send anything -----------------------------------------------------------------------------------------

PROVEN = b"To: " + return_path(MAIL, 1, SENT).encode() + b"\n"
HOSTILE = {
    "an encoded word that is cut off": b"Subject: =?utf-8?b?a?=\n\n",
    "a charset that nobody knows": b"Subject: =?klingon?q?x?=\n\n",
    "octets instead of letters": b"Subject: \xff\xfe\x00\n\n",
    "comments in comments": b"Delivered-To: " + b"(" * 50_000 + b"\n\n",
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 3000,
    "a bounce without a sender": b"Content-Type: multipart/report; boundary=b\n\n--b\n\nfailed\n--b--\n",
    "a charset of a part that nobody knows": b"From: a@b.example\nContent-Type: text/plain; charset=klingon\n\n\xff",
    "base64 that is none": b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n\xff\xff",
    "nothing": b"",
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("proven", [False, True], ids=["unproven", "proven"])
def test_a_mail_that_parsers_stumble_over_is_left_for_people(
    store: Store, journal: Journal, caplog: pytest.LogCaptureFixture, what: str, proven: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        returned = take(store, journal, MAIL, PROVEN * proven + HOSTILE[what], NOW)
    assert returned.came is Came.UNKNOWN
    assert statuses(store) == ["confirmed", "pending"]
    assert caplog.text == ""


def test_only_the_beginning_of_a_mail_is_looked_at(store: Store, journal: Journal) -> None:
    """Parsing headers takes time with the square of their length: some megabytes would keep a delivery for hours."""
    bounce = mail("quotes-the-message-id")
    head, _, rest = bounce.partition(b"\n\n")
    padded = head + b"\nX-Padding: " + b"=?a?q?" * 40_000 + b"\n\n" + rest
    assert take(store, journal, MAIL, padded, NOW) == Returned(Came.UNKNOWN)
    assert take(store, journal, MAIL, bounce, NOW) == Returned(Came.HARD, 1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Journal]]:
    folder = tmp_path_factory.mktemp("town")
    with Store.open(folder / "notifier.db", create=True) as opened, pytest.MonkeyPatch.context() as patched:
        yield fill(opened, patched), Journal(folder / "left.jsonl")


_WORDS = st.sampled_from(
    [word.encode() for word in "unsubscribe confirm failed 5.1.1 Status: Action: =?utf-8?q? ?= -- ( < >".split()]
)
_HEADER = st.builds(
    lambda name, value: name + b": " + value + b"\n",
    st.sampled_from([b"Subject", b"To", b"Delivered-To", b"From", b"Content-Type", b"Content-Transfer-Encoding"]),
    st.lists(st.one_of(st.binary(max_size=20), _WORDS), max_size=6).map(b" ".join),
)
_MAILS = st.one_of(
    st.binary(max_size=500),
    st.builds(lambda headers, body: b"".join(headers) + b"\n" + body, st.lists(_HEADER, max_size=6), st.binary()),
)


@given(raw=_MAILS)
def test_whatever_comes_is_taken_and_changes_nobody(town: tuple[Store, Journal], raw: bytes) -> None:
    store, journal = town
    assert take(store, journal, MAIL, raw, NOW) == Returned(Came.UNKNOWN)
    assert statuses(store) == ["confirmed", "pending"]


@given(cut=st.integers(0, 3000), junk=st.binary(max_size=30), case=st.sampled_from(CASES))
def test_a_mail_that_was_damaged_on_its_way_is_taken(
    town: tuple[Store, Journal], cut: int, junk: bytes, case: str
) -> None:
    """It may still say what it says; but only of its own two, and nobody is lost."""
    store, journal = town
    try:
        with store.transaction():
            take(store, journal, MAIL, mail(case)[:cut] + junk + mail(case)[cut + len(junk) :], NOW)
            assert len(statuses(store)) == 2
            raise _Undo
    except _Undo:
        assert statuses(store) == ["confirmed", "pending"]


class _Undo(Exception):
    """Ends a transaction that is not to be kept."""
