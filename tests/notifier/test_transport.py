"""Handing one mail over: what the other side may do, and what we then say came of it."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import logging
import mailbox
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifier import config
from notifier.outbox import deliver
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.outbox import MailStatus
from notifier.transport import (
    Handover,
    Letter,
    MaildirTransport,
    Outcome,
    RelayConnection,
    SmtpTransport,
    transport_for,
)
from tests.smtp_sink import CLOSE, STAGES, STALL, Sink, smtp_sink

BODY = b"Subject: x\r\nMessage-ID: <0123456789abcdef@a.example>\r\n\r\n.en prik\r\n..to\r\n.\r\nslut\r\n"
LETTER = Letter("<0123456789abcdef@a.example>", "post@roed-traad.example", BODY)
BRIEF = 1.0  # seconds, where an answer never comes
FAULTS = {"4xx": b"451 later\r\n", "5xx": b"550 no\r\n", "421": b"421 bye\r\n", "disconnect": CLOSE, "stall": STALL}


def relay(
    port: int,
    *,
    security: str = "none",
    user: str = "",
    password: str = "",
    host: str = "127.0.0.1",
    patience: float = 20.0,
) -> config.Mail:
    """A relay on loopback. On a busy machine every answer may be late: patience is short only where none will come."""
    return config.Mail(
        sender="opgaver@kommune.example",
        relay=host,
        port=port,
        security=security,
        user=user,
        password=password,
        timeout_s=patience,
    )


def smtp(mail: config.Mail) -> SmtpTransport:
    return SmtpTransport(mail, answer_timeout_s=mail.timeout_s)


def patience(fault: str) -> float:
    """How long to wait where this is the fault."""
    return BRIEF if fault == "stall" else 20.0


@dataclass
class Gate:
    """A `before_body` that remembers whether it was asked."""

    answer: bool = True
    asked: int = 0
    then: Callable[[], None] = field(default=lambda: None)

    def __call__(self) -> bool:
        self.asked += 1
        self.then()
        return self.answer


def send(mail: config.Mail, letter: Letter = LETTER, gate: Gate | None = None) -> Handover:
    transport = smtp(mail)
    try:
        return transport.send(letter, gate or Gate())
    finally:
        transport.close()


# -- what came of it -------------------------------------------------------------------------------------------


def expected(stage: str, fault: str) -> Outcome:
    if stage in ("CONNECT", "EHLO", "STARTTLS", "AUTH"):
        return Outcome.UNUSABLE
    if stage == "QUIT":
        return Outcome.ACCEPTED
    if fault in ("disconnect", "stall"):
        return Outcome.IN_DOUBT if stage == "BODY" else Outcome.BROKEN
    if fault == "5xx":
        return Outcome.UNUSABLE if stage == "MAIL" else Outcome.REFUSED
    return Outcome.LATER


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", STAGES)
def test_each_fault_at_each_stage_has_its_outcome(stage: str, fault: str) -> None:
    gate = Gate()
    with smtp_sink({stage: FAULTS[fault]}) as sink:
        security = "starttls" if stage == "STARTTLS" else "none"
        mail = relay(sink.port, security=security, user="u", password="p", patience=patience(fault))
        assert send(mail, gate=gate).outcome is expected(stage, fault)
    assert gate.asked == (1 if stage in ("BODY", "QUIT") else 0)


@pytest.mark.parametrize("length", range(len(b"250 2.0.0 queued\r\n")))
def test_an_answer_to_the_body_that_was_cut_off_leaves_the_mail_in_doubt(length: int) -> None:
    with smtp_sink({"BODY": b"250 2.0.0 queued\r\n"[:length]}) as sink:
        assert send(relay(sink.port)).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize(
    "answer",
    [
        b"250-first line only\r\n",
        b"\r\n",
        b"hello\r\n",
        b"25\r\n",
        b"199 what\r\n",
        b"354 go on\r\n",
        b"\xff\xfe\x00\r\n",
        b"250 " + b"x" * 70_000 + b"\r\n",
    ],
)
def test_an_odd_answer_to_the_body_leaves_the_mail_in_doubt(answer: bytes) -> None:
    with smtp_sink({"BODY": answer}) as sink:
        assert send(relay(sink.port, patience=BRIEF)).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize(
    "answer", [b"250 ok\r\n", b"250\r\n", b"250 ok\n", b"250-a\r\n250-b\r\n250 c\r\n", b"251 ok\r\n"]
)
def test_a_whole_answer_of_success_is_success(answer: bytes) -> None:
    with smtp_sink({"BODY": answer}) as sink:
        assert send(relay(sink.port)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("RCPT", b"554 5.7.1 <post@roed-traad.example>: Relay access denied\r\n"),
        ("RCPT", b"454 4.7.1 <post@roed-traad.example>: Relay access denied\r\n"),
        ("RCPT", b"550 5.7.1 Unable to relay\r\n"),
        ("RCPT", b"553 5.7.1 <opgaver@kommune.example>: Sender address rejected: not logged in\r\n"),
        ("RCPT", b"554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied\r\n"),
        ("RCPT", b"530 5.7.0 Authentication required\r\n"),
        ("RCPT", b"553 5.1.8 <opgaver@kommune.example>... Domain of sender address does not exist\r\n"),
        ("RCPT", b"550 5.1.7 Invalid address of sender\r\n"),
        ("RCPT", b"550 5.1.90 Your message can't be sent because you've reached your daily limit\r\n"),
    ],
)
def test_a_relay_that_does_not_know_us_is_no_fault_of_the_recipient(stage: str, answer: bytes) -> None:
    with smtp_sink({stage: answer}) as sink:
        handover = send(relay(sink.port))
    assert (handover.outcome, handover.of_one) == (Outcome.UNUSABLE, True)


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL"])
def test_what_is_said_before_any_recipient_is_about_everybody(stage: str) -> None:
    with smtp_sink({stage: b"554 5.7.1 Client host rejected\r\n"}) as sink:
        handover = send(relay(sink.port))
    assert (handover.outcome, handover.of_one) == (Outcome.UNUSABLE, False)


@pytest.mark.parametrize(
    "answer",
    [
        b"450 4.7.1 <unknown[192.0.2.1]>: Client host rejected: Greylisted\r\n",
        b"450 4.1.8 <opgaver@kommune.example>: Sender address rejected: Domain not found\r\n",
        b"450 4.2.0 <post@roed-traad.example>: Recipient address rejected: Greylisted\r\n",
    ],
)
def test_whoever_may_try_again_tries_again_with_this_mail_alone(answer: bytes) -> None:
    with smtp_sink({"RCPT": answer}) as sink:
        assert send(relay(sink.port)).outcome is Outcome.LATER


def test_an_unknown_user_is_refused_and_the_detail_does_not_repeat_the_address() -> None:
    said = b"550 5.1.1 <post@roed-traad.example>: User unknown in relay recipient table\r\n"
    with smtp_sink({"RCPT": said}) as sink:
        handover = send(relay(sink.port))
    what = "550 5.1.1 <…>: User unknown in relay recipient table"
    assert handover == Handover(Outcome.REFUSED, what, no_such_address=True)


def test_what_another_server_said_of_its_recipient_is_no_word_about_us() -> None:
    """A relay that verifies recipients quotes the server behind it: one such address must not stop everybody's mail."""
    said = b"550 host mx.example said: 554 5.7.1 Relay access denied (in reply to RCPT TO)\r\n"
    with smtp_sink({"RCPT": said}) as sink:
        assert send(relay(sink.port)).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("RCPT", b"550 no\r\n"),
        ("RCPT", b"554 5.7.1 no\r\n"),
        ("RCPT", b"550 5.1.0 <opgaver@kommune.example> sender rejected. IP reputation\r\n"),
        ("RCPT", b"550 5.1.11 no\r\n"),
        ("BODY", b"550 5.1.1 no\r\n"),
    ],
)
def test_only_a_word_about_the_address_says_that_there_is_none(stage: str, said: bytes) -> None:
    with smtp_sink({stage: said}) as sink:
        handover = send(relay(sink.port))
    assert (handover.outcome, handover.no_such_address) == (Outcome.REFUSED, False)


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_every_word_about_the_recipients_address_says_that_there_is_none(status: str) -> None:
    with smtp_sink({"RCPT": f"550 {status} no\r\n".encode()}) as sink:
        handover = send(relay(sink.port))
    assert (handover.outcome, handover.no_such_address) == (Outcome.REFUSED, True)


def test_a_closed_port_is_unusable_and_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    handover = send(relay(port))
    assert handover.outcome is Outcome.UNUSABLE
    assert f"127.0.0.1:{port}" in handover.detail
    assert "refused" in handover.detail


# -- what is sent ----------------------------------------------------------------------------------------------


def test_the_body_arrives_octet_by_octet_dots_included() -> None:
    with smtp_sink() as sink:
        assert send(relay(sink.port)).outcome is Outcome.ACCEPTED
    (taken,) = sink.taken
    assert (taken.sender, taken.recipients) == ("opgaver@kommune.example", ["post@roed-traad.example"])
    assert taken.body == BODY


def test_one_connection_serves_many_mails_also_after_a_refusal() -> None:
    with smtp_sink() as sink:
        transport = smtp(relay(sink.port))
        outcomes = []
        for fault in ({}, {"RCPT": FAULTS["5xx"]}, {"DATA": FAULTS["4xx"]}, {"BODY": FAULTS["5xx"]}, {}):
            sink.faults.clear()
            sink.faults.update(fault)
            outcomes.append(transport.send(LETTER, Gate()).outcome)
        transport.close()
        assert sink.connections == 1
    assert outcomes == [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.LATER, Outcome.REFUSED, Outcome.ACCEPTED]
    assert sink.commands[-1].upper() == "QUIT"


@pytest.mark.parametrize("fault", ["421", "disconnect", "stall"])
def test_a_lost_connection_is_made_again_for_the_next_mail(fault: str) -> None:
    with smtp_sink({"RCPT": FAULTS[fault]}) as sink:
        transport = smtp(relay(sink.port, patience=patience(fault)))
        transport.send(LETTER, Gate())
        sink.faults.clear()
        assert transport.send(LETTER, Gate()).outcome is Outcome.ACCEPTED
        transport.close()
        assert sink.connections == 2


def test_a_mail_that_is_called_off_leaves_nothing_and_the_next_one_goes() -> None:
    with smtp_sink() as sink:
        transport = smtp(relay(sink.port))
        assert transport.send(LETTER, Gate(answer=False)).outcome is Outcome.CALLED_OFF
        assert transport.send(LETTER, Gate()).outcome is Outcome.ACCEPTED
        transport.close()
    assert len(sink.taken) == 1


def test_an_error_before_the_body_comes_out_again_and_nothing_is_sent() -> None:
    def full_disk() -> None:
        raise RuntimeError("disk full")

    with smtp_sink() as sink:
        transport = smtp(relay(sink.port))
        with pytest.raises(RuntimeError, match="disk full"):
            transport.send(LETTER, Gate(then=full_disk))
        transport.close()
    assert sink.taken == []


def test_the_gate_is_asked_only_once_the_relay_waits_for_the_body() -> None:
    with smtp_sink() as sink:
        send(relay(sink.port), gate=Gate(then=lambda: sink.commands.append("gate")))
    assert [command.split(" ")[0].upper() for command in sink.commands][-5:] == ["MAIL", "RCPT", "DATA", "GATE", "QUIT"]


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.example>\r\nRCPT TO:<evil@evil.example",
        "a@b.example, evil@evil.example",
        "a@b.example\n",
        "a b@c.example",
        "",
    ],
)
def test_a_recipient_that_is_no_address_is_refused_before_the_relay_hears_of_it(recipient: str) -> None:
    with smtp_sink() as sink:
        assert send(relay(sink.port), Letter(LETTER.message_id, recipient, BODY)).outcome is Outcome.REFUSED
        assert sink.connections == 0


# -- commands that go together (RFC 2920) ----------------------------------------------------------------------

TOGETHER = {"EHLO": b"250-sink.example\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n"}


def test_a_relay_that_reads_commands_together_gets_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bytes | str] = []
    speak = RelayConnection.send

    def heard(connection: RelayConnection, words: bytes | str) -> None:
        said.append(words)
        speak(connection, words)

    monkeypatch.setattr(RelayConnection, "send", heard)
    envelope = ["MAIL FROM:<opgaver@kommune.example>\r\n", "RCPT TO:<post@roed-traad.example>\r\n", "DATA\r\n"]
    for offer, wanted in ((TOGETHER, ["".join(envelope)]), ({}, envelope)):
        said.clear()
        with smtp_sink(offer) as sink:
            assert send(relay(sink.port)).outcome is Outcome.ACCEPTED
        assert said[1:-2] == wanted  # after the greeting, before body and farewell


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "BODY"])
def test_commands_that_go_together_have_the_same_outcomes(stage: str, fault: str) -> None:
    gate = Gate()
    with smtp_sink({**TOGETHER, stage: FAULTS[fault]}) as sink:
        assert send(relay(sink.port, patience=patience(fault)), gate=gate).outcome is expected(stage, fault)
    assert gate.asked == (1 if stage == "BODY" else 0)


@pytest.mark.parametrize("data", [b"554 5.5.1 no valid recipients\r\n", b"354 go on\r\n"], ids=["says so", "waits"])
def test_after_a_refused_recipient_the_next_mail_goes_and_nothing_of_the_first(data: bytes) -> None:
    """Most relays then refuse DATA too. One that waits for a body gets none: the connection is given up."""
    with smtp_sink({**TOGETHER, "RCPT": FAULTS["5xx"]}) as sink:
        if data.startswith(b"554"):
            sink.faults["DATA"] = data
        transport = smtp(relay(sink.port))
        assert transport.send(LETTER, Gate()).outcome is Outcome.REFUSED
        sink.faults.clear()
        sink.faults.update(TOGETHER)
        assert transport.send(LETTER, Gate()).outcome is Outcome.ACCEPTED
        transport.close()
        assert sink.connections == (1 if data.startswith(b"554") else 2)
    assert len(sink.taken) == 1


# -- the connection cut at every octet -------------------------------------------------------------------------


@contextmanager
def cut_after(sink: Sink, *, octets: int, to_client: bool) -> Iterator[int]:
    """The port of a proxy that forwards so many octets of one direction and then cuts the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_forward, args=(listener, sink.port, octets, to_client))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _forward(listener: socket.socket, port: int, octets: int, to_client: bool) -> None:
    client = listener.accept()[0]
    server = socket.create_connection(("127.0.0.1", port))
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    source, target = (server, client) if to_client else (client, server)
    other = threading.Thread(target=_pump, args=(target, source, None))
    other.start()
    _pump(source, target, octets)
    other.join()
    client.close()
    server.close()


def _pump(source: socket.socket, target: socket.socket, octets: int | None) -> None:
    left = octets
    try:
        while left != 0 and (data := source.recv(left or 65536)):
            target.sendall(data)
            left = None if left is None else left - len(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue


def numbered(octets: int) -> Letter:
    return Letter(LETTER.message_id, LETTER.recipient, BODY + f"{octets:06}\r\n".encode())


@pytest.mark.parametrize("offer", [{}, TOGETHER], ids=["one by one", "together"])
@pytest.mark.parametrize("to_client", [True, False])
def test_wherever_the_connection_is_cut_we_never_claim_to_know_what_we_cannot(
    to_client: bool, offer: dict[str, bytes]
) -> None:
    """From the first octet on, until three in a row came through whole."""
    outcomes: list[Outcome] = []
    with smtp_sink(offer) as sink:
        while outcomes[-3:] != [Outcome.ACCEPTED] * 3:
            octets = len(outcomes) + 1
            with cut_after(sink, octets=octets, to_client=to_client) as port:
                outcomes.append(send(relay(port), numbered(octets)).outcome)
    taken = {int(mail.body[-8:]) for mail in sink.taken}
    assert {(outcome, octets in taken) for octets, outcome in enumerate(outcomes, start=1)} <= {
        (Outcome.UNUSABLE, False),
        (Outcome.BROKEN, False),
        (Outcome.IN_DOUBT, False),
        (Outcome.IN_DOUBT, True),
        (Outcome.ACCEPTED, True),
    }
    assert {Outcome.UNUSABLE, Outcome.BROKEN, Outcome.ACCEPTED} <= set(outcomes)
    # What the system has taken over from us may be on its way: a body that was cut off is in doubt as well. How much
    # of it that is depends on when the cut is noticed, so only that it happens is certain.
    assert Outcome.IN_DOUBT in outcomes


# -- encryption and login --------------------------------------------------------------------------------------


@dataclass
class Keeper:
    """Takes every mail of aiosmtpd."""

    taken: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.taken.append(envelope)
        return "250 kept"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, signed by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def check_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == b"hemmelig"
    return AuthResult(success=right, handled=False)  # not handled: the server writes the refusal


# aiosmtpd does not see that the whole connection is encrypted where `security` is "tls".
_NOT_SEEN = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@contextmanager
def encrypted_relay(certificate: Path, security: str) -> Iterator[tuple[int, Keeper]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    keeper = Keeper()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        keeper,
        hostname="127.0.0.1",
        port=port,
        ssl_context=context if security == "tls" else None,
        tls_context=context if security == "starttls" else None,
        require_starttls=security == "starttls",
        authenticator=check_password,
        auth_required=True,
        auth_require_tls=security == "starttls",
    )
    controller.start()
    try:
        yield controller.port, keeper
    finally:
        controller.stop()


@_NOT_SEEN
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_relay_with_a_trusted_certificate_gets_the_password_and_the_mail(
    security: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with encrypted_relay(certificate, security) as (port, keeper):
        mail = relay(port, security=security, user="kommunen", password="hemmelig", host="localhost")
        assert send(mail) == Handover(Outcome.ACCEPTED, "250 kept")
    assert [envelope.rcpt_tos for envelope in keeper.taken] == [["post@roed-traad.example"]]


@_NOT_SEEN
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_refused_password_makes_the_relay_unusable(
    security: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with encrypted_relay(certificate, security) as (port, keeper):
        handover = send(relay(port, security=security, user="kommunen", password="forkert", host="localhost"))
    assert handover.outcome is Outcome.UNUSABLE
    assert "535" in handover.detail
    assert not keeper.taken


@_NOT_SEEN
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("fault", ["not trusted", "another name"])
def test_a_certificate_that_cannot_be_verified_makes_the_relay_unusable(
    security: str, fault: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "another name":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with encrypted_relay(certificate, security) as (port, keeper):
        host = "localhost" if fault == "not trusted" else "127.0.0.1"
        handover = send(relay(port, security=security, user="kommunen", password="hemmelig", host=host))
    assert handover.outcome is Outcome.UNUSABLE
    assert "certificate verify failed" in handover.detail
    assert not keeper.taken


@_NOT_SEEN
def test_a_refused_password_stops_the_delivery_is_held_against_nobody_and_quoted_nowhere(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    now = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
    with (
        encrypted_relay(certificate, "starttls") as (port, keeper),
        Store.open(tmp_path / "n.db", create=True) as store,
        caplog.at_level(logging.DEBUG),
    ):
        for number in (1, 2):
            added = store.subscribers.add(f"post{number}@b.example", now=now, status=SubscriberStatus.CONFIRMED)
            store.outbox.add(
                digest_id=None,
                subscriber_id=added.number,
                message_id=f"<{number:016}@a.example>",
                recipient=added.address,
                body=BODY,
                now=now,
            )
        wrong = relay(port, security="starttls", user="kommunen", password="forkert", host="localhost")
        report = deliver(store, smtp(wrong), now)
        assert (report.sent, report.failed, report.waiting, report.stopped) == (0, 0, 2, True)
        assert [(one.attempts, one.not_before) for one in store.outbox.standing(MailStatus.QUEUED)] == [(0, None)] * 2
        assert keeper.taken == []
        told = [*report.errors, *(one.error for one in store.outbox.standing(MailStatus.QUEUED))]
        # The server of this test is in the same process, and tells what it hears.
        told += [one.getMessage() for one in caplog.records if not one.name.startswith("mail")]
        assert "535" in told[0]
        for secret in (b"forkert", b"\0kommunen\0forkert"):  # as AUTH LOGIN and AUTH PLAIN say it
            hidden = base64.b64encode(secret).decode()
            assert not [line for line in told if "forkert" in line or hidden in line]
        assert deliver(store, smtp(replace(wrong, password="hemmelig")), now).sent == 2
    assert len(keeper.taken) == 2


def test_a_relay_without_starttls_gets_neither_password_nor_mail() -> None:
    with smtp_sink({"EHLO": b"250-sink.example\r\n250 AUTH PLAIN\r\n"}) as sink:
        handover = send(relay(sink.port, security="starttls", user="kommunen", password="hemmelig"))
    assert handover.outcome is Outcome.UNUSABLE
    assert "STARTTLS" in handover.detail
    assert [command.split(" ")[0].upper() for command in sink.commands] == ["EHLO"]


def test_a_password_never_travels_unencrypted_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 25))]

    monkeypatch.setattr(socket, "getaddrinfo", elsewhere)
    handover = send(relay(25, user="kommunen", password="hemmelig", host="relay.kommune.example"))
    assert handover.outcome is Outcome.UNUSABLE
    assert "unencrypted" in handover.detail


def test_a_password_that_cannot_be_sent_is_not_quoted() -> None:
    with smtp_sink() as sink:
        handover = send(relay(sink.port, user="kommunen", password="hemmelig-ø"))
    assert handover.outcome is Outcome.UNUSABLE
    assert "hemmelig" not in handover.detail


def test_a_stalled_relay_is_left_after_the_time_that_was_set() -> None:
    with smtp_sink({"MAIL": STALL}) as sink:
        assert send(relay(sink.port, patience=BRIEF)).outcome is Outcome.BROKEN


# -- Maildir ---------------------------------------------------------------------------------------------------


def test_a_mail_in_the_maildir_can_be_read_by_others(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "outbox")
    assert transport.send(LETTER, Gate()).outcome is Outcome.ACCEPTED
    transport.close()
    (message,) = mailbox.Maildir(tmp_path / "outbox", create=False)
    assert message["Message-ID"] == LETTER.message_id
    assert message.as_bytes() == BODY.replace(b"\r\n", b"\n")
    assert list((tmp_path / "outbox" / "tmp").iterdir()) == []


@pytest.mark.parametrize("read", [False, True])
def test_the_same_message_id_is_there_once_however_often_it_is_delivered(tmp_path: Path, read: bool) -> None:
    transport = MaildirTransport(tmp_path)
    transport.send(LETTER, Gate())
    if read:
        (new,) = (tmp_path / "new").iterdir()
        new.rename(tmp_path / "cur" / f"{new.name}:2,S")
    assert transport.send(LETTER, Gate()).outcome is Outcome.ACCEPTED
    transport.send(Letter("<fedcba9876543210@a.example>", LETTER.recipient, BODY), Gate())
    assert len(mailbox.Maildir(tmp_path, create=False)) == 2


def test_a_mail_for_the_maildir_that_is_called_off_leaves_nothing(tmp_path: Path) -> None:
    assert MaildirTransport(tmp_path).send(LETTER, Gate(answer=False)).outcome is Outcome.CALLED_OFF
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_delivery_left_behind_goes_with_the_next_one(tmp_path: Path) -> None:
    """It holds an address that may have been erased since. What is being written now stays, and what others wrote."""
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    old = time.time() - 2 * 3600
    for name, written in ((f"{'a1' * 20}.77", old), (f"{'b2' * 20}.78", time.time()), ("1764570664.M1.mx", old)):
        (tmp / name).write_bytes(b"To: post@roed-traad.example\n")
        os.utime(tmp / name, (written, written))
    MaildirTransport(tmp_path).send(LETTER, Gate())
    assert {path.name for path in tmp.iterdir()} == {f"{'b2' * 20}.78", "1764570664.M1.mx"}


def test_only_the_owner_can_read_the_mails(tmp_path: Path) -> None:
    MaildirTransport(tmp_path / "outbox").send(LETTER, Gate())
    (new,) = (tmp_path / "outbox" / "new").iterdir()
    assert (new.stat().st_mode & 0o077, new.parent.stat().st_mode & 0o077) == (0, 0)


def test_a_maildir_that_cannot_be_written_is_unusable_and_named(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    gate = Gate()
    handover = MaildirTransport(tmp_path / "outbox").send(LETTER, gate)
    assert handover.outcome is Outcome.UNUSABLE
    assert str(tmp_path / "outbox") in handover.detail
    assert gate.asked == 0


def test_the_configuration_chooses_between_relay_and_folder(tmp_path: Path) -> None:
    assert isinstance(transport_for(relay(25), tmp_path), SmtpTransport)
    assert isinstance(transport_for(config.Mail(sender="a@b.example"), tmp_path), MaildirTransport)
