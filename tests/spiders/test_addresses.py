"""Where a source may go, and where it may not."""

from __future__ import annotations

import doctest

import pytest

from notifier.config import Source
from notifier.errors import Blocked
from spiders import addresses, middlewares
from spiders.addresses import allowance, literal, public
from spiders.parsers import offices, words


def source(url: str, private: bool = False, **filter: object) -> Source:
    return Source("by", "page", "By", url, allow_private_address=private, filter=filter)


@pytest.mark.parametrize(
    "spelled",
    [
        *("127.0.0.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"),
        *("10.0.0.1", "100.64.0.1", "169.254.169.254", "192.168.1.1", "[fe80::1%eth0]", "[fd00::1]", "224.0.0.1"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "255.255.255.255", "[::]"),
    ],
)
def test_internal_addresses_are_known_in_every_spelling(spelled: str) -> None:
    address = literal(spelled)
    assert address is not None
    assert not public(address)
    hosts = allowance(source("https://by.example", hosts=[spelled.strip("[]").lower()]))
    with pytest.raises(Blocked, match="refused address"):
        hosts.check(f"https://{spelled}/")


@pytest.mark.parametrize(
    "spelled",
    [
        *("93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"),
        *("[64:ff9b::5db8:d70e]", "[::ffff:93.184.215.14]"),  # as a network without IPv4 reaches the first of them
    ],
)
def test_public_addresses_are_public(spelled: str) -> None:
    address = literal(spelled)
    assert address is not None
    assert public(address)


@pytest.mark.parametrize(
    "url", ["https://by.example/x", "http://by.example/", "https://www.by.example/", "https://BY.example/"]
)
def test_a_source_may_go_to_its_own_hosts(url: str) -> None:
    allowance(source("https://by.example/udbud", hosts=["www.by.example"])).check(url)


@pytest.mark.parametrize(
    "url",
    [
        *("https://evil.example/", "https://by.example.evil.example/", "https://by.example:8443/", "ftp://by.example/"),
        *("file:///etc/passwd", "https://u@by.example/", "https://by.example:99999/", "https:///x", "https://[::1/"),
    ],
)
def test_a_source_may_go_nowhere_else(url: str) -> None:
    with pytest.raises(Blocked):
        allowance(source("https://by.example/udbud")).check(url)


def test_robots_txt_may_be_redirected_to_any_public_host() -> None:
    hosts = allowance(source("https://by.example/udbud"))
    hosts.check("https://www.andet.example/robots.txt", of_any_host=True)
    for url in ("https://10.0.0.1/robots.txt", "https://andet.example:22/robots.txt", "file:///robots.txt"):
        with pytest.raises(Blocked):
            hosts.check(url, of_any_host=True)


def test_names_with_danish_letters_are_the_same_in_punycode() -> None:
    hosts = allowance(source("https://bløde.example/udbud", hosts=["ærø.example"]))
    hosts.check("https://xn--blde-hra.example/1")
    hosts.check("https://ærø.example/1")


def test_an_allowed_private_address_opens_its_own_scheme_host_and_port_alone() -> None:
    inside = allowance(source("http://10.1.2.3:8080/udbud", private=True))
    inside.check("http://10.1.2.3:8080/andet")
    for url in ("https://10.1.2.3:8080/", "http://10.1.2.3/", "http://10.1.2.4:8080/", "http://0x0a010203:8080/"):
        with pytest.raises(Blocked):
            inside.check(url)


def test_an_intranet_name_opens_its_own_door_alone() -> None:
    inside = allowance(source("http://intranet.by.example/udbud", private=True))
    inside.check("http://intranet.by.example/1")
    with pytest.raises(Blocked, match="internal network"):
        inside.check("https://intranet.by.example/1")


@pytest.mark.parametrize("module", [addresses, middlewares, words, offices], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_hold(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted
    assert not found.failed
