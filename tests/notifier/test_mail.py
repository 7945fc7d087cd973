"""Building one mail: what stands in its bytes, and what hostile words cannot do to it."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from dataclasses import dataclass, replace
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import config
from notifier.errors import DeliveryError, UsageError
from notifier.keys import Purpose, key_of
from notifier.mail import check_address, make_message, new_message_id
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus

NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
TOWN = config.Town(name="Eksempel Kommune", contact="udbud@kommune.example", base_url="https://udbud.kommune.example")
MAIL = config.Mail(sender="opgaver@udbud.kommune.example", sender_name="Eksempel Kommune, udbud")
MESSAGE_ID = "<00112233445566778899aabbccddeeff@udbud.kommune.example>"
HEADERS = (
    "From To Reply-To Subject Date Message-ID List-Id List-Unsubscribe Auto-Submitted Content-Language "
    "MIME-Version Content-Type"
).split()


@dataclass(frozen=True)
class Rendered:
    subject: str = "2 nye opgaver til jer – første frist tirsdag 8. december"
    text: str = "Kære læser\n\n.\n.. to prikker\nRengøring af skoler\n"
    html: str = "<p>Rengøring af <a href='https://udbud.kommune.example/opgaver/rengoering'>skoler</a></p>\n"


SUBSCRIBER = Subscriber(
    number=1,
    address="post@roed-traad.example",
    name="Rød Tråd, værksted",
    language="da",
    cadence=Cadence.DAILY,
    status=SubscriberStatus.CONFIRMED,
    profile=Profile(),
    created=NOW,
    token="a" * 43,
)


def made(rendered: Rendered | None = None, *, message_id: str = MESSAGE_ID, **changes: object) -> bytes:
    subscriber = replace(SUBSCRIBER, **changes)  # type: ignore[arg-type]
    return make_message(rendered or Rendered(), subscriber, TOWN, MAIL, message_id=message_id, now=NOW)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def header_line(raw: bytes, name: bytes) -> bytes:
    """The one line of that name, without its end."""
    (line,) = re.findall(rb"(?m)^" + name + rb": ([^\r]*(?:\r\n [^\r]*)*)\r$", raw.partition(b"\r\n\r\n")[0] + b"\r\n")
    assert isinstance(line, bytes)
    return line


def longest_line(raw: bytes) -> int:
    """Of all but List-Unsubscribe, which must not be folded."""
    return max(len(line) for line in raw.split(b"\r\n") if not line.startswith(b"List-Unsubscribe: "))


def test_text_comes_first_and_both_parts_say_what_was_rendered() -> None:
    message = parsed(made())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body_of(message, "plain") == Rendered().text
    assert body_of(message, "html") == Rendered().html


def test_headers_are_complete_each_once_and_without_defects() -> None:
    message = parsed(made())
    assert message.keys() == HEADERS
    assert not message.defects
    assert not any(part.defects for part in message.walk())
    assert message["Subject"] == Rendered().subject
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "da"
    assert message["List-Id"] == "<opgaver.udbud.kommune.example>"


def test_names_with_commas_and_danish_letters_stay_names() -> None:
    message = parsed(made())
    to, sender = message["To"], message["From"]
    assert isinstance(to, AddressHeader)
    assert isinstance(sender, AddressHeader)
    assert [(one.display_name, one.addr_spec) for one in to.addresses] == [(SUBSCRIBER.name, SUBSCRIBER.address)]
    assert [(one.display_name, one.addr_spec) for one in sender.addresses] == [(MAIL.sender_name, MAIL.sender)]


def test_a_town_without_sender_name_signs_with_its_own() -> None:
    raw = make_message(Rendered(), SUBSCRIBER, TOWN, config.Mail(sender=MAIL.sender), message_id=MESSAGE_ID, now=NOW)
    assert header_line(raw, b"From") == b"Eksempel Kommune\r\n <opgaver@udbud.kommune.example>"


def test_list_unsubscribe_stands_in_one_line_and_is_never_encoded() -> None:
    value = header_line(made(), b"List-Unsubscribe")
    key = key_of(SUBSCRIBER, Purpose.STOP)
    assert value == f"<mailto:udbud@kommune.example?subject=unsubscribe%20{key}>".encode()
    assert len(value) > 75  # where the standard library would encode it


def test_a_long_office_address_leaves_list_unsubscribe_whole() -> None:
    town = replace(TOWN, contact=f"{'kontor-for-indkoeb.' * 3}udbud@{'langt-navn.' * 15}example")
    raw = make_message(Rendered(), SUBSCRIBER, town, MAIL, message_id=MESSAGE_ID, now=NOW)
    assert header_line(raw, b"List-Unsubscribe").startswith(f"<mailto:{town.contact}?subject=".encode())
    assert b"=?" not in header_line(raw, b"List-Unsubscribe")


def test_message_id_stands_in_the_bytes_as_it_was_given() -> None:
    assert header_line(made(), b"Message-ID") == MESSAGE_ID.encode()


def test_new_message_ids_differ_and_bear_the_senders_domain() -> None:
    first, second = new_message_id(MAIL), new_message_id(MAIL)
    assert first != second
    assert first.endswith("@udbud.kommune.example>")
    assert header_line(made(message_id=first), b"Message-ID") == first.encode()


def test_the_same_mail_gives_the_same_bytes() -> None:
    assert made() == made()


def test_a_mail_in_english_says_so() -> None:
    assert parsed(made(language="en"))["Content-Language"] == "en"


def test_no_line_is_longer_than_the_standard_allows_whatever_the_text() -> None:
    raw = made(Rendered(subject="ø" * 5000, text="x" * 5000 + "\n" + "æ" * 3000, html="<p>" + "y" * 9000))
    assert longest_line(raw) <= 78
    assert body_of(parsed(raw), "plain") == "x" * 5000 + "\n" + "æ" * 3000 + "\n"


def test_every_line_ends_with_carriage_return_and_line_feed() -> None:
    raw = made(Rendered(text="a\r\nb\rc\nd"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert body_of(parsed(raw), "plain") == "a\nb\nc\nd\n"


@pytest.mark.parametrize("message_id", ["", "x@y.example", f"{MESSAGE_ID}\r\nBcc: <e@evil.example>", "<a b@c.example>"])
def test_a_message_id_that_is_not_ours_is_refused(message_id: str) -> None:
    with pytest.raises(DeliveryError, match="Message-ID"):
        made(message_id=message_id)


@pytest.mark.parametrize("address", ["a@b.example, c@d.example", "a@b.example\r\nBcc: e@evil.example", "a@b"])
def test_a_mail_to_something_that_is_no_address_is_refused_for_good_without_naming_it(address: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        made(address=address)
    assert caught.value.permanent
    assert address not in str(caught.value)


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="\r\n\x00\x0b\u2028\ud800,;<>@\"'()\\:=?øa. \t", max_size=200),
    st.sampled_from(
        [
            "x\r\nBcc: evil@evil.example",
            "x\n\nbody",
            "a, evil@evil.example",
            '"a" <evil@evil.example>',
            "=?utf-8?q?=0D=0ABcc:_evil@evil.example?=",
            "\ud83d\x00\u2028Bcc: evil@evil.example",
            "--=_",
            ",ø" * 200,
        ]
    ),
)


@given(subject=HOSTILE, name=HOSTILE)
def test_hostile_titles_and_names_add_no_header_and_no_recipient(subject: str, name: str) -> None:
    raw = made(Rendered(subject=subject), name=name)
    head = raw.partition(b"\r\n\r\n")[0]
    assert re.findall(rb"(?m)^([^ :\r\n]+):", head) == [one.encode() for one in HEADERS]
    assert head.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|[\x00-\x09\x0b\x0c\x0e-\x1f]", head)
    message = parsed(raw)
    assert [one.addr_spec for one in message["To"].addresses] == [SUBSCRIBER.address]
    (undecoded,) = getaddresses([header_line(raw, b"To").decode()])  # as a relay reads it
    assert undecoded[1] == SUBSCRIBER.address
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@given(text=HOSTILE, html=HOSTILE)
def test_hostile_bodies_add_no_part_and_no_long_line(text: str, html: str) -> None:
    raw = made(Rendered(text=text, html=html))
    message = parsed(raw)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert raw.isascii()
    assert longest_line(raw) <= 78


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("post@roed-traad.example", "post@roed-traad.example"),
        ("  post@roed-traad.example ", "post@roed-traad.example"),
        ("Post.Kasse+udbud@Roed-Traad.EXAMPLE", "Post.Kasse+udbud@roed-traad.example"),
        ("post@rødtråd.example", "post@xn--rdtrd-pra3k.example"),
        ("o'brien@x.example", "o'brien@x.example"),
    ],
)
def test_a_plain_address_is_taken_with_its_domain_in_punycode(written: str, understood: str) -> None:
    assert check_address(written) == understood


@pytest.mark.parametrize(
    "written",
    [
        "",
        "@",
        "a@",
        "@b.example",
        "a@b",
        "a@b.123",
        "a b@c.example",
        "a@b.example\n",
        "a@b.example\r\nRCPT TO:<e@evil.example>",
        "a@b.example>\r\nRCPT TO:<e@evil.example>",
        "a\x00@b.example",
        "a@b.exa\u2028mple",
        "a\ud800@b.example",
        "a@b\ud800.example",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "a@b@c.example",
        '"a"@b.example',
        '"a@evil.example, b"@b.example',
        "(x)a@b.example",
        "<a@b.example>",
        "Navn <a@b.example>",
        "a@[127.0.0.1]",
        "a..b@c.example",
        ".a@c.example",
        "a@-b.example",
        "a@b..example",
        "a@b.example.",
        "ærø@b.example",
        "a@b\uff0cc.example",
        "a@b\uff20c.example",
        "x" * 65 + "@b.example",
        "a@" + "b" * 64 + ".example",
        "a@" + "b." * 130 + "example",
        "a@" + "ø" * 100_000 + ".example",
    ],
)
def test_what_is_not_one_plain_address_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_address(written)
    assert str(caught.value) == "this is not one plain mail address: write it as name@domain.example"


@given(HOSTILE)
def test_whatever_passes_as_an_address_is_one_token_of_plain_letters(text: str) -> None:
    for written in (text, f"{text}@b.example", f"a@{text}.example"):
        try:
            understood = check_address(written)
        except UsageError:
            continue
        assert re.fullmatch(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[a-z0-9.-]+", understood)
        assert check_address(understood) == understood
