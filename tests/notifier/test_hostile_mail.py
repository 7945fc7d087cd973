"""Hostile titles, names and addresses all the way to a mail server: what it hears, and what it then holds."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifier import config
from notifier.digest import build
from notifier.errors import DeliveryError
from notifier.letter.notes import confirmation
from notifier.lots import LotView
from notifier.mail import check_address, make_message, return_path
from notifier.profiles import Subscriber
from notifier.render import MAX_HTML, RenderedMail, render_mail, render_note
from notifier.store.subscribers import ASKED_FOR
from notifier.transport import Handover, Letter, Outcome, SmtpTransport
from tests.notifier.mail_examples import DOOR, NOW, SOURCES, TOWN, TRADES, run, subscriber, told
from tests.notifier.test_render import ATTACKS, OUR_TAGS, hostile_lot
from tests.relays import free_port

MESSAGE_ID = "<00112233445566778899aabbccddeeff@udbud.example>"
HEADERS = (
    "From To Reply-To Subject Date Message-ID List-Id List-Unsubscribe List-Unsubscribe-Post Auto-Submitted "
    "Content-Language MIME-Version Content-Type"
).split()
INJECTIONS = (
    "x\r\nBcc: evil@evil.example",
    "x\r\n.\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<evil@evil.example>",
    '"a" <evil@evil.example>, b',
    "=?utf-8?q?=0D=0ABcc:_evil@evil.example?=",
    "\ud83d\x00\u2028Bcc: evil@evil.example",
    "--=_\r\nContent-Type: text/html",
    "Æ" * 1_200,
)
HOSTILE = st.sampled_from([*ATTACKS, *INJECTIONS]) | st.text(max_size=80)
ADDRESSES = st.one_of(
    st.sampled_from(["post@rengoer.example", "o'brien+a=b@x.example", "a@b.example>\r\nRCPT TO:<evil@evil.example"]),
    st.sampled_from(
        ["a@b.example, evil@evil.example", "a@b.example\r\nBcc: evil@evil.example", "post@rødtråd.example"]
    ),
    st.text(alphabet="ab.@<>,;:\"'\r\n \x00ø%!{}=?-+", max_size=30).map(lambda text: f"{text}@b.example"),
    HOSTILE,
)


@dataclass
class Keeper:
    """Takes every mail."""

    port: int
    taken: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.taken.append(envelope)
        return "250 kept"


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    kept = Keeper(free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    yield kept
    controller.stop()


def settings_for(keeper: Keeper) -> config.Mail:
    return config.Mail(
        "opgaver@udbud.example",
        relay="127.0.0.1",
        port=keeper.port,
        security="none",
        return_path="retur@udbud.example",
    )


def handed_over(rendered: RenderedMail, to: Subscriber, keeper: Keeper) -> Envelope | None:
    """What the server has of the mail; None where it was refused before anybody heard of it."""
    mail = settings_for(keeper)
    keeper.taken.clear()
    try:
        body = make_message(rendered, to, TOWN, mail, message_id=MESSAGE_ID, now=NOW, door=DOOR)
    except DeliveryError:
        return None
    transport = SmtpTransport(mail)
    letter = Letter(MESSAGE_ID, to.address, body, return_path(mail, 17, MESSAGE_ID))
    assert transport.send(letter, lambda: True) == Handover(Outcome.ACCEPTED, "250 kept")
    transport.close()
    (envelope,) = keeper.taken
    return envelope


def octets(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


def squeezed(text: str) -> str:
    """Without blanks: long words are broken in the text."""
    return "".join(text.split())


def links(page: str) -> list[str]:
    return [str(link["href"]) for link in BeautifulSoup(page, "lxml").select("a[href]")]


def digest_of(raw: str, to: Subscriber) -> RenderedMail:
    """A lot that changed and a new one, which have these words wherever a source can put some."""
    changed = hostile_lot(raw)
    new: LotView = replace(changed, uid="other", slug="other")
    names = TRADES[to.language]
    announced = frozenset({told(changed)})
    mail = build(to, [changed, new], (), [run("ted")], announced, NOW, trade_names=names, source_names=SOURCES)
    return render_mail(mail, TOWN, DOOR)


@given(raw=HOSTILE, name=HOSTILE, address=ADDRESSES, language=st.sampled_from(["da", "en"]))
@example(raw=ATTACKS[1], name=INJECTIONS[0], address="post@rengoer.example", language="da")
@settings(max_examples=60, deadline=None)
def test_a_server_hears_of_one_recipient_and_gets_our_headers_tags_and_links_alone(
    keeper: Keeper, raw: str, name: str, address: str, language: str
) -> None:
    to = replace(subscriber(language=language), name=name, address=address)
    envelope = handed_over(digest_of(raw, to), to, keeper)
    if envelope is None:
        return
    assert envelope.rcpt_tos == [check_address(address)]
    assert envelope.mail_from == return_path(settings_for(keeper), 17, MESSAGE_ID)
    content = octets(envelope)
    message = read(content)
    assert message.keys() == HEADERS
    assert [one.addr_spec for one in message["To"].addresses] == [check_address(address)]
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in message.walk())
    assert_headers_for_programs(content, to)
    page = body_of(message, "html")
    assert len(page.encode()) < MAX_HTML
    assert {tag.name for tag in BeautifulSoup(page, "lxml").select("*")} <= OUR_TAGS
    calm = digest_of("Opgave", replace(subscriber(language=language), address="post@rengoer.example"))
    assert links(page) == links(calm.html)
    assert all(link.startswith((TOWN.base_url, DOOR.address)) for link in links(page))


def assert_headers_for_programs(content: bytes, to: Subscriber) -> None:
    """Each List header as it must stand in the octets: no encoded word, and no address broken in two."""
    head = content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    lines = [line for line in head.split(b"\r\n") if b"mailto:" in line or line.startswith(b"List-")]
    assert not any(b"=?" in line for line in lines)
    assert lines[:2] == [b"List-Id: <opgaver.udbud.example>", f"List-Unsubscribe: <{DOOR.stop(to)}>,".encode()]
    assert re.fullmatch(rb" <mailto:retur@udbud\.example\?subject=unsubscribe%201-[\w-]{24}>", lines[2])
    assert lines[3:] == [b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


@given(raw=HOSTILE, language=st.sampled_from(["da", "en"]))
@settings(max_examples=40, deadline=None)
def test_both_bodies_that_arrive_name_the_same_entries(keeper: Keeper, raw: str, language: str) -> None:
    to = subscriber(language=language)
    envelope = handed_over(digest_of(raw, to), to, keeper)
    assert envelope is not None
    message = read(octets(envelope))
    plain, page = body_of(message, "plain"), body_of(message, "html")
    titles = [title.get_text() for title in BeautifulSoup(page, "lxml").select("h3")]
    assert len(titles) == 2
    for title in titles:
        assert squeezed(title) in squeezed(plain)
    assert set(links(page)) == set(re.findall(r"(?m)^\s*(https://\S+)\r?$", plain))


@given(address=ADDRESSES, language=st.sampled_from(["da", "en"]))
@settings(max_examples=40, deadline=None)
def test_a_letter_that_asks_for_confirmation_goes_to_whoever_was_typed_in_and_to_nobody_else(
    keeper: Keeper, address: str, language: str
) -> None:
    to = replace(subscriber(language=language), name="", address=address)
    note = confirmation(to, "t" * 32, TOWN, DOOR, TRADES[language], answer_to="retur@udbud.example", valid=ASKED_FOR)
    envelope = handed_over(render_note(note), to, keeper)
    if envelope is not None:
        assert envelope.rcpt_tos == [check_address(address)]
        message = read(octets(envelope))
        assert message.keys() == HEADERS
        page = body_of(message, "html")
        assert {tag.name for tag in BeautifulSoup(page, "lxml").select("*")} <= OUR_TAGS
        assert DOOR.confirm("t" * 32) in links(page)
        assert all(link.startswith((TOWN.base_url, DOOR.address)) for link in links(page))


@pytest.mark.parametrize("address", ["a@b.example>\r\nRCPT TO:<evil@evil.example", "a@b.example, evil@evil.example"])
def test_a_hostile_address_is_refused_before_the_server_hears_of_it(keeper: Keeper, address: str) -> None:
    to = replace(subscriber(), address=address)
    assert handed_over(digest_of("Opgave", to), to, keeper) is None
    assert keeper.taken == []
