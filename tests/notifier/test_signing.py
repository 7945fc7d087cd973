"""Signatures that others can verify, of what readers see and of the ways out; or a reason why there is none."""

from __future__ import annotations

import base64
import re
import sys
from dataclasses import dataclass, replace

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from notifier.config import Mail
from notifier.errors import DeliveryError
from notifier.mail import make_message
from notifier.signing import signed
from tests.notifier.mail_examples import DOOR, NOW, TOWN, subscriber

ID = "<0123456789abcdef0123456789abcdef@kommune.example>"
PLAIN = Mail("opgaver@kommune.example", "Kommunens udbudsmail, røde tråd", return_path="retur@kommune.example")
REMEDY = "check dkim_key_file: a private RSA key in PEM"


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says."""

    subject: str = "2 nye opgaver til jer – første frist tirsdag 8. december"
    text: str = "Rengøring af fire skoler\n\n.en linje med prik   \n"
    html: str = "<p>Rengøring af fire skoler</p>"


def pem(key: PrivateKeyTypes, form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def signing(secret: bytes) -> Mail:
    """As the configuration reads it: without the line end of the file."""
    return replace(PLAIN, dkim_selector="opgaver", dkim_key=secret.strip())


def message(mail: Mail) -> bytes:
    return make_message(Words(), subscriber(), TOWN, mail, message_id=ID, now=NOW, door=DOOR)


def verified(mail: bytes, key: rsa.RSAPrivateKey) -> bool:
    """As a stranger's server does it, with what the domain name system says."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    records = {b"opgaver._domainkey.kommune.example.": b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)}
    return bool(dkim.verify(mail, dnsfunc=lambda name, timeout=5: records.get(name)))


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_a_signed_mail_is_verified_by_whoever_gets_it(
    key: rsa.RSAPrivateKey, form: serialization.PrivateFormat
) -> None:
    mail = message(signing(pem(key, form)))
    assert verified(mail, key)
    assert not verified(mail, rsa.generate_private_key(65537, 2048))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"List-Unsubscribe: <https://svar.", b"List-Unsubscribe: <https://evil."),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"Message-ID: <0", b"Message-ID: <1"),
        (b"Date: Mon", b"Date: Tue"),
        (b"fire skoler", b"fem skoler"),
        (b"\r\nSubject: ", b"\r\nSubject: Haster "),
    ],
)
def test_nobody_changes_what_is_signed(key: rsa.RSAPrivateKey, before: bytes, after: bytes) -> None:
    mail = message(signing(pem(key)))
    assert before in mail
    assert not verified(mail.replace(before, after, 1), key)


def test_what_readers_see_and_the_ways_out_are_signed(key: rsa.RSAPrivateKey) -> None:
    mail = message(signing(pem(key)))
    signature = mail[: re.search(rb"\r\n(?![ \t])", mail).start()]  # type: ignore[union-attr]
    names = re.search(rb"[; \t]h=([^;]+);", signature)
    assert names is not None
    assert b"".join(names[1].split()).lower().split(b":") == [
        b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"list-id", b"list-unsubscribe",
        b"list-unsubscribe-post", b"mime-version", b"content-type",
    ]  # fmt: skip
    assert b" d=kommune.example;" in signature
    assert b" c=relaxed/relaxed;" in signature


def test_the_signature_stands_before_the_mail_and_changes_none_of_its_octets(key: rsa.RSAPrivateKey) -> None:
    mail = message(signing(pem(key)))
    assert mail.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert mail.endswith(message(PLAIN))
    head = mail.removesuffix(message(PLAIN))
    assert head.count(b"\n") == head.count(b"\r\n") == head.count(b"\r")
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_without_a_selector_nothing_is_changed() -> None:
    mail = message(PLAIN)
    assert b"DKIM" not in mail
    assert signed(mail, replace(PLAIN, dkim_key=b"no key at all")) is mail


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"no key at all",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        pem(ed25519.Ed25519PrivateKey.generate()),  # dkimpy needs another library for these, and mail programs wait
        pem(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["empty", "text", "cut off", "ed25519", "elliptic"],
)
def test_a_key_that_is_none_is_told_with_the_remedy_and_never_quoted(wrong: bytes) -> None:
    with pytest.raises(DeliveryError) as error:
        message(signing(wrong))
    assert (error.value.remedy, error.value.permanent) == (REMEDY, True)
    assert re.fullmatch(r"the mail could not be signed \(\w+\)", error.value.what)


def test_the_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, key: rsa.RSAPrivateKey) -> None:
    monkeypatch.setitem(sys.modules, "dkim", None)
    with pytest.raises(DeliveryError) as error:
        message(signing(pem(key)))
    assert str(error.value) == "dkimpy is not installed: install it, or take dkim_selector out"
