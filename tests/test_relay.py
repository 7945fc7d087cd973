"""Delivery to a real relay: Debian's Postfix, with an invented town's settings, and Postfix's sink with its faults."""

from __future__ import annotations

import base64
import datetime as dt
import email
import email.policy
import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.headerregistry import AddressHeader
from pathlib import Path
from urllib.parse import unquote

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from notifier import config
from notifier.digest import Digest
from notifier.journal import Journal
from notifier.mail import make_message, new_message_id, return_path
from notifier.mailbox import read_mailbox
from notifier.outbox import DeliveryReport, deliver, manner_of
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.render import render_mail
from notifier.returns import Came, Returned, take
from notifier.store import Store
from notifier.store.outbox import MailStatus, OutboxRow
from notifier.transport import SmtpTransport
from tests.notifier.mail_examples import DOOR, TOWN, rich_digest
from tests.prove.outbox import EXPECTED, came_of
from tests.relays import Relay, eventually, make_authority, needs_postfix, postfix, smtp_sink_program
from tests.smtp_sink import Sink, smtp_sink

pytestmark = needs_postfix
NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
LARGE = b"Subject: x\r\n\r\n" + 3_000 * (b"x" * 70 + b"\r\n")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def onward() -> Iterator[Sink]:
    """The relay behind the relay."""
    with smtp_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def relay(authority: tuple[Path, Path], onward: Sink) -> Iterator[Relay]:
    with postfix(authority[1], onward.port) as running:
        yield running


@dataclass
class Office:
    """The town's own side: its outbox and how its mail leaves."""

    store: Store
    mail: config.Mail

    def subscribe(self, *addresses: str) -> list[int]:
        """Confirmed subscribers with a digest each; the numbers of their mails."""
        return [self._queue(address) for address in addresses]

    def _queue(self, address: str) -> int:
        added = self.store.subscribers.add(address, now=NOW, status=SubscriberStatus.CONFIRMED)
        message_id = new_message_id(self.mail)
        mail = render_mail(digest_for(added), TOWN, DOOR)
        body = make_message(mail, added, TOWN, self.mail, message_id=message_id, now=NOW, door=DOOR)
        return self._add(added, message_id, body)

    def add(self, address: str, body: bytes) -> int:
        """A confirmed subscriber with that mail; its number."""
        added = self.store.subscribers.add(address, now=NOW, status=SubscriberStatus.CONFIRMED)
        return self._add(added, new_message_id(self.mail), body)

    def _add(self, added: Subscriber, message_id: str, body: bytes) -> int:
        return self.store.outbox.add(
            digest_id=None,
            subscriber_id=added.number,
            message_id=message_id,
            recipient=added.address,
            body=body,
            now=NOW,
        )

    def deliver(self, now: dt.datetime = NOW, **settings: object) -> DeliveryReport:
        mail = replace(self.mail, **settings)  # type: ignore[arg-type]
        journal = Journal(self.store._database.path.with_name("left.jsonl"))
        return deliver(self.store, SmtpTransport(mail), now, manner=manner_of(mail, journal))

    def row(self, number: int) -> OutboxRow:
        found = self.store.outbox.row(number)
        assert found is not None
        return found

    def stands(self, number: int) -> tuple[MailStatus, int]:
        """Where a mail stands, and how often it was tried."""
        return self.row(number).status, self.row(number).attempts

    def read_returns(self, relay: Relay) -> list[Returned]:
        """What came back, done."""
        found: list[Returned] = []

        def understood(raw: bytes) -> bool:
            found.append(take(self.store, Journal(self.store.path.parent / "journal"), self.mail, raw, NOW))
            return found[-1].came is not Came.UNKNOWN

        eventually(lambda: list((relay.returns / "new").iterdir()), relay.log)
        read_mailbox(replace(self.mail, bounces=relay.returns), understood)
        return found

    def status(self, number: int) -> SubscriberStatus:
        """The status of the subscriber to whom a mail goes."""
        found = self.store.subscribers.get(self.row(number).subscriber_id)
        assert found is not None
        return found.status


def digest_for(added: Subscriber) -> Digest:
    return replace(rich_digest(), subscriber=replace(added, name="Rengørholdet, øst <øst@evil.example>"))


@pytest.fixture
def office(relay: Relay, tmp_path: Path) -> Iterator[Office]:
    mail = config.Mail(
        "opgaver@kommune.example",
        sender_name="Prøvekøbing, udbud",
        relay="127.0.0.1",
        port=relay.ports["open"],
        security="none",
        timeout_s=20.0,
        return_path="retur@kommune.example",
    )
    with Store.open(tmp_path / "notifier.db", create=True) as store:
        yield Office(store, mail)


# -- what arrives ----------------------------------------------------------------------------------------------


def head(raw: bytes) -> dict[str, str]:
    """The headers as their octets are, names and values; none is there twice."""
    lines = re.findall(
        r"(?m)^([^\s:]+): (.*(?:\r\n[ \t].*)*)\r$", raw.partition(b"\r\n\r\n")[0].decode("ascii") + "\r\n"
    )
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def test_a_digest_arrives_octet_by_octet_as_it_was_queued(office: Office, relay: Relay) -> None:
    (number,) = office.subscribe("post-whole@roed-traad.example")
    assert office.deliver() == DeliveryReport(sent=1)
    row, arrived = office.row(number), relay.arrived("post-whole@roed-traad.example")
    assert arrived.endswith(b"\r\n" + row.body)
    added = head(arrived.removesuffix(row.body))
    assert list(added) == ["Return-Path", "X-Original-To", "Delivered-To", "Received"]
    assert added["Return-Path"] == f"<{return_path(office.mail, number, row.message_id)}>"
    assert added["Delivered-To"] == "post-whole@roed-traad.example"


def test_a_second_relay_gets_the_same_octets_and_the_return_path_of_this_mail(office: Office, onward: Sink) -> None:
    (number,) = office.subscribe("post@videre.example")
    office.deliver()
    eventually(lambda: onward.taken)
    (taken,) = onward.taken
    onward.taken.clear()
    row = office.row(number)
    assert taken.body.endswith(b"\r\n" + row.body)
    assert taken.sender == return_path(office.mail, number, row.message_id)
    assert re.fullmatch(rf"retur\+{number}-[0-9a-f]{{10}}@kommune\.example", taken.sender)
    assert taken.recipients == ["post@videre.example"]


def test_headers_that_programs_read_arrive_in_plain_letters_and_the_rest_can_be_decoded(
    office: Office, relay: Relay
) -> None:
    (number,) = office.subscribe("post-headers@roed-traad.example")
    office.deliver()
    arrived = relay.arrived("post-headers@roed-traad.example")
    said, row = head(arrived), office.row(number)
    subscriber = office.store.subscribers.get(row.subscriber_id)
    assert subscriber is not None
    link, by_mail = said["List-Unsubscribe"].split(",\r\n ")
    assert len(said["List-Unsubscribe"]) > 75  # where the standard library would encode it
    assert link == f"<{DOOR.stop(subscriber)}>"
    assert re.fullmatch(r"<mailto:retur@kommune\.example\?subject=unsubscribe%20\d+-[\w-]{24}>", by_mail)
    assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert said["List-Id"] == "<opgaver.kommune.example>"
    assert said["Message-ID"] == row.message_id
    message = email.message_from_bytes(arrived, policy=email.policy.default)
    assert not message.defects
    assert message["Subject"] == render_mail(digest_for(subscriber), TOWN, DOOR).subject
    assert isinstance(message["To"], AddressHeader)
    assert [one.addr_spec for one in message["To"].addresses] == ["post-headers@roed-traad.example"]


def test_our_signature_still_verifies_behind_two_relays(office: Office, onward: Sink) -> None:
    key = rsa.generate_private_key(65537, 2048)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    office.mail = replace(office.mail, dkim_selector="nov26", dkim_key=secret)
    office.subscribe("post@videre.example")
    office.deliver()
    eventually(lambda: onward.taken)
    (taken,) = onward.taken
    onward.taken.clear()
    asked: list[bytes] = []

    def record(name: bytes, timeout: int = 0) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert dkim.verify(taken.body, dnsfunc=record) is True
    assert asked == [b"nov26._domainkey.kommune.example."]
    assert dkim.verify(taken.body.replace(b"One-Click", b"Two-Click"), dnsfunc=record) is False


# -- encryption ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("security", "door"), [("starttls", "open"), ("tls", "tls")])
def test_a_relay_of_a_trusted_authority_gets_the_mail_encrypted(
    security: str,
    door: str,
    office: Office,
    relay: Relay,
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    office.subscribe(f"post-{security}@roed-traad.example")
    assert office.deliver(relay="localhost", port=relay.ports[door], security=security) == DeliveryReport(sent=1)
    assert "using TLSv1.3" in head(relay.arrived(f"post-{security}@roed-traad.example"))["Received"]


@pytest.mark.parametrize(("security", "door"), [("starttls", "open"), ("tls", "tls")])
@pytest.mark.parametrize("fault", ["unknown authority", "another name"])
def test_a_relay_that_cannot_prove_who_it_is_gets_nothing_and_everything_waits(
    fault: str,
    security: str,
    door: str,
    office: Office,
    relay: Relay,
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if fault == "another name":
        monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    host = "localhost" if fault == "unknown authority" else "127.0.0.1"
    numbers = office.subscribe("post-nobody@roed-traad.example", "post-neither@roed-traad.example")
    report = office.deliver(relay=host, port=relay.ports[door], security=security)
    assert (report.sent, report.failed, report.waiting, report.stopped) == (0, 0, 2, True)
    assert "certificate verify failed" in report.errors[0]
    assert [office.stands(number) for number in numbers] == [(MailStatus.QUEUED, 0)] * 2
    assert relay.kept("post-nobody@roed-traad.example") == []


# -- what a relay refuses --------------------------------------------------------------------------------------


def test_an_unknown_recipient_fails_alone(office: Office, relay: Relay) -> None:
    numbers = office.subscribe("nobody@roed-traad.example", "post-after@roed-traad.example")
    report = office.deliver()
    said = "550 5.1.1 <…>: Recipient address rejected: User unknown in virtual mailbox table"
    assert (report.sent, report.failed, report.stopped) == (1, 1, False)
    what = "the address does not exist; the subscriber is paused, and can sign up again"
    assert report.errors == (f"mail 1 to subscriber 1 could not be delivered ({said}): {what}",)
    assert [office.row(number).status for number in numbers] == [MailStatus.FAILED, MailStatus.SENT]
    assert office.row(numbers[1]).body in relay.arrived("post-after@roed-traad.example")


def test_a_greylisted_mail_goes_after_a_pause(office: Office, relay: Relay) -> None:
    numbers = office.subscribe("post-grey@roed-traad.example", "post-greytoo@roed-traad.example")
    report = office.deliver(port=relay.ports["greylisting"])
    assert (report.sent, report.failed, report.waiting, report.errors) == (0, 0, 2, ())
    assert [office.stands(number) for number in numbers] == [(MailStatus.QUEUED, 1)] * 2
    assert "Greylisted" in office.row(1).error
    assert office.deliver(NOW + dt.timedelta(seconds=59)).sent == 0
    assert office.deliver(NOW + dt.timedelta(seconds=60)).sent == 2
    assert office.row(1).body in relay.arrived("post-grey@roed-traad.example")


def test_a_mail_that_is_too_large_for_the_relay_fails_alone(office: Office, relay: Relay) -> None:
    small, large = office.subscribe("post-small@roed-traad.example"), office.add("post-large@roed-traad.example", LARGE)
    report = office.deliver()
    assert (report.sent, report.failed, report.stopped) == (1, 1, False)
    assert [office.row(number).status for number in (*small, large)] == [MailStatus.SENT, MailStatus.FAILED]
    assert office.row(large).error.startswith("552 5.3.4")
    relay.arrived("post-small@roed-traad.example")
    assert relay.kept("post-large@roed-traad.example") == []


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("deferring strangers", "454 4.7.1 <…>: Relay access denied"),
        ("refusing strangers", "554 5.7.1 <…>: Relay access denied"),
        ("refusing the sender", "554 5.7.1 <…>: Sender address rejected: Access denied"),
        ("refusing the client", "554 5.7.1 <localhost[127.0.0.1]>: Client host rejected: Access denied"),
        ("refusing the greeting", "Helo command rejected: Access denied"),
    ],
)
def test_a_relay_that_refuses_us_stops_everything_and_no_address_is_punished(
    door: str, said: str, office: Office, relay: Relay
) -> None:
    """Postfix says all this only once it has heard the recipient."""
    numbers = office.subscribe("a@fremmed.example", "b@fremmed.example")
    report = office.deliver(port=relay.ports[door])
    assert (report.sent, report.failed, report.waiting, report.stopped) == (0, 0, 2, True)
    assert said in report.errors[0]
    assert [office.stands(number) for number in numbers] == [(MailStatus.QUEUED, 0)] * 2


def test_a_relay_that_tires_of_unknown_recipients_only_delays_one(office: Office, relay: Relay) -> None:
    """After twenty mistakes in one conversation Postfix ends it, with a 421 to whoever is next."""
    addresses = [f"nobody{number}@roed-traad.example" for number in range(25)]
    office.subscribe(*addresses, "post-patient@roed-traad.example")
    report = office.deliver()
    assert (report.sent, report.failed + report.waiting, report.stopped) == (1, 25, False)
    later = office.deliver(NOW + dt.timedelta(minutes=1))
    assert (report.failed + later.failed, later.waiting) == (25, 0)
    relay.arrived("post-patient@roed-traad.example")


# -- what comes back -------------------------------------------------------------------------------------------


def test_a_bounce_that_the_relay_makes_pauses_the_subscriber_and_nobody_else(
    office: Office, relay: Relay, onward: Sink
) -> None:
    bounced, well = office.subscribe("post@videre.example", "post-well@roed-traad.example")
    onward.faults["RCPT"] = b"550 5.1.1 no such user\r\n"
    assert office.deliver().sent == 2  # the relay took both over
    found = office.read_returns(relay)
    onward.faults.clear()
    assert found == [Returned(Came.HARD, office.row(bounced).subscriber_id)]
    assert (office.status(bounced), office.status(well)) == (SubscriberStatus.PAUSED, SubscriberStatus.CONFIRMED)


def test_a_mail_to_the_address_in_list_unsubscribe_stops_the_digests(office: Office, relay: Relay) -> None:
    (number,) = office.subscribe("post-stops@roed-traad.example")
    office.deliver()
    by_mail = head(relay.arrived("post-stops@roed-traad.example"))["List-Unsubscribe"].split(" ")[1]
    found = re.fullmatch(r"<mailto:(.+)\?subject=(.+)>", by_mail)
    assert found
    with smtplib.SMTP("127.0.0.1", relay.ports["open"], timeout=20) as smtp:
        answer = f"From: <post-stops@roed-traad.example>\r\nSubject: {unquote(found[2])}\r\n\r\n"
        smtp.sendmail("post-stops@roed-traad.example", [found[1]], answer)
    assert office.read_returns(relay) == [Returned(Came.STOPPED, office.row(number).subscriber_id)]
    assert office.status(number) is SubscriberStatus.UNSUBSCRIBED


# -- Postfix's sink, with its faults ---------------------------------------------------------------------------

_OPTIONS = {"4xx": "-r", "5xx": "-f", "421": "-Q", "cut": "-q"}
_COMMANDS = {"EHLO": "EHLO,HELO", "BODY": "."}


def options_of(stage: str, fault: str) -> list[str]:
    """How smtp-sink is told of a fault."""
    command = _COMMANDS.get(stage, stage)
    if fault == "stall":  # -p: it answers out of order where commands come together and one is slow
        return ["-p", *(word for one in command.split(",") for word in ("-W", f"{one}:1"))]
    return [_OPTIONS[fault], command]


# It offers a login and then answers it with a code of its own, and it offers no STARTTLS.
@pytest.mark.parametrize("fault", [*_OPTIONS, "stall"])
@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "QUIT"])
def test_each_fault_of_smtp_sink_has_its_outcome(stage: str, fault: str, tmp_path: Path) -> None:
    with smtp_sink_program(*options_of(stage, fault)) as port:
        patience = 0.3 if fault == "stall" else 20.0
        mail = config.Mail("a@kommune.example", relay="127.0.0.1", port=port, security="none", timeout_s=patience)
        assert came_of(mail, tmp_path / "notifier.db") == EXPECTED[stage, fault]


def test_a_relay_that_knows_only_the_old_greeting_is_good_enough(tmp_path: Path) -> None:
    with smtp_sink_program("-e", "-f", "EHLO") as port:
        mail = config.Mail("a@kommune.example", relay="127.0.0.1", port=port, security="none", timeout_s=20.0)
        assert came_of(mail, tmp_path / "notifier.db") == "sent"
