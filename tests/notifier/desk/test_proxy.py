"""Where a visitor comes from, and a proxy that names the user."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import waitress

from notifier import config
from notifier.cli import main
from notifier.config import Networks
from notifier.desk import make_desk
from notifier.errors import ConfigError
from notifier.resources import resource
from notifier.web.visitors import client, network_of
from tests.notifier.desk.make import DESK, PASSWORD, Browser, Room
from tests.notifier.web.make import heading, said

ANNA, BO = "anna@proevekoebing.example", "bo@proevekoebing.example"
PROXIES: Networks = (ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # no proxy of ours: what it says does not count
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),  # the left one was made up
        ("127.0.0.1", "203.0.113.9, 198.51.100.1, 10.1.2.3", "198.51.100.1"),  # two proxies of ours
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),  # from inside
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, nonsense, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", ",,,", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("127.0.0.1", '"[2001:db8::7]:4711"', "2001:db8::7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("::1", "fe80::1%eth0", "fe80::1"),
        ("::ffff:127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("127.0.0.2", "198.51.100.1", "127.0.0.2"),
    ],
)
def test_the_visitor_is_the_first_from_the_right_whom_no_proxy_of_ours_is(
    peer: str, header: str | None, expected: str
) -> None:
    environ = {"REMOTE_ADDR": peer, **({} if header is None else {"HTTP_X_FORWARDED_FOR": header})}
    assert str(client(environ, PROXIES)) == expected
    assert str(client(environ, ())) == peer.removeprefix("::ffff:")  # by default nobody is believed


def test_addresses_are_counted_by_the_network_that_one_has_to_oneself() -> None:
    def network(text: str) -> str:
        return network_of(ipaddress.ip_address(text))

    assert network("192.0.2.7") == network("192.0.2.250") == "192.0.2.0/24"
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert network_of(client({}, PROXIES)) == "unknown"


def sign_in(browser: Browser, at: str, header: str = "", password: str = "forkert") -> int:
    headers = {"Origin": DESK.address, **({"X-Forwarded-For": header} if header else {})}
    form = {"login": ANNA, "password": password}
    return browser.post("/log-ind", form, headers=headers, environ_base={"REMOTE_ADDR": at}).status_code


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.desk.passwords.verify", lambda _kept, password: password == PASSWORD)


@pytest.mark.usefixtures("quick")
def test_a_header_that_was_made_up_gives_nobody_more_tries(room: Room) -> None:
    tried = [sign_in(room.stranger(), "192.0.2.7", f"198.51.{number}.1") for number in range(11)]
    assert tried == [401] * 10 + [429]


@pytest.mark.usefixtures("quick")
def test_behind_a_trusted_proxy_visitors_are_told_apart_and_what_they_claim_is_not(tmp_path: Path) -> None:
    room = Room.at(tmp_path, replace(DESK, trusted_proxies=PROXIES))
    with room.place.store:
        claims = [f"203.0.{number}.1, 198.51.100.{number}" for number in range(11)]
        assert [sign_in(room.stranger(), "127.0.0.1", claim) for claim in claims] == [401] * 10 + [429]
        assert sign_in(room.stranger(), "127.0.0.1", "192.0.2.1", PASSWORD) == 303


@pytest.mark.usefixtures("quick")
def test_the_server_that_is_started_hands_on_what_a_trusted_proxy_says(tmp_path: Path) -> None:
    """waitress drops what proxies say unless told otherwise, and headers with an underscore always."""
    room = Room.at(tmp_path, replace(DESK, trusted_proxies=PROXIES, proxy_user_header="X-Remote-User"))
    server = waitress.create_server(
        room.app, host="127.0.0.1", port=0, threads=1, ident=None, clear_untrusted_proxy_headers=False
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        answers = [_raw(server.effective_port, line) for line in (f"X-Remote-User: {ANNA}", f"X_Remote_User: {ANNA}")]
    finally:
        server.trigger.pull_trigger(server.close)
        thread.join()
        server.task_dispatcher.shutdown()
        room.place.store.close()
    assert [answer.partition(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK", b"HTTP/1.1 403 FORBIDDEN"]


def _raw(port: int, header: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET /konto HTTP/1.1\r\nHost: x\r\n{header}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


# -- a proxy that names the user ---------------------------------------------------------------------------------------


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Room]:
    made = Room.at(tmp_path, replace(DESK, trusted_proxies=PROXIES, proxy_user_header="X-Remote-User"))
    with made.place.store:
        yield made


def by_proxy(user: str = ANNA, peer: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    named = {"X-Remote-User": user} if user else {}
    return {"headers": {"Origin": DESK.address, **named, **headers}, "environ_base": {"REMOTE_ADDR": peer}}


def test_whom_a_trusted_proxy_names_is_in_and_may_change_things(proxied: Room) -> None:
    browser = proxied.stranger()
    assert "Anna Lund" in said(browser.get("/konto", **by_proxy(f" {ANNA.upper()} ")))
    token = browser.token(**by_proxy())
    assert browser.post("/sprog", {"language": "en"}, token=token, **by_proxy()).status_code == 303
    assert heading(browser.get("/konto", **by_proxy())) == "Your account"


@pytest.mark.parametrize("peer", ["192.0.2.7", "127.0.0.2", "", "11.0.0.1"])
def test_the_same_header_from_elsewhere_is_ignored(proxied: Room, peer: str) -> None:
    answer = proxied.stranger().get("/konto", **by_proxy(peer=peer, **{"X-Forwarded-For": "127.0.0.1"}))
    assert (answer.status_code, heading(answer)) == (403, "Du har ikke adgang")
    assert "Anna" not in said(answer)


@pytest.mark.parametrize("user", ["", "nobody@proevekoebing.example", f"{ANNA}, {BO}", "%", "' OR 1=1 --", "Anna Lund"])
def test_whom_the_desk_does_not_know_is_told_whom_to_ask(proxied: Room, user: str) -> None:
    answer = proxied.stranger().get("/konto", **by_proxy(user))
    assert answer.status_code == 403
    assert "udbud@proevekoebing.example" in said(answer)


def test_when_the_header_is_gone_nobody_is_in_any_more(proxied: Room) -> None:
    browser = proxied.stranger()
    assert browser.get("/konto", **by_proxy()).status_code == 200
    token = browser.token(**by_proxy())
    assert browser.get("/konto", **by_proxy("")).status_code == 403
    assert browser.post("/log-ud-alle", token=token, **by_proxy("")).status_code == 403
    account = proxied.place.store.accounts.by_login(ANNA)
    assert account is not None
    proxied.place.store.accounts.disable(account.number, proxied.place.now)
    assert browser.get("/konto", **by_proxy()).status_code == 403


def test_who_takes_over_the_browser_does_not_send_the_others_form(proxied: Room) -> None:
    browser = proxied.stranger()
    token = browser.token(**by_proxy(ANNA))
    assert browser.post("/sprog", {"language": "en"}, token=token, **by_proxy(BO)).status_code == 400
    assert browser.post("/sprog", {"language": "en"}, token=token, **by_proxy(BO)).status_code == 400
    assert {one.language for one in proxied.place.store.accounts.all()} == {"da"}


def test_a_session_of_earlier_days_and_a_password_open_nothing_behind_it(proxied: Room) -> None:
    browser = proxied.stranger()
    answer = browser.get("/log-ind", **by_proxy(""))
    assert "kommunens eget system" in said(answer)
    assert "Adgangskode" not in said(answer)
    form = {"login": ANNA, "password": PASSWORD}
    token = browser.token(**by_proxy(""))
    assert browser.post("/log-ind", form, token=token, **by_proxy("")).status_code == 403
    assert proxied.place.dump_of("SELECT * FROM sessions") == []
    assert browser.get("/adgangskode/x", **by_proxy()).status_code == 404


def test_signing_out_says_who_signs_one_in_again(proxied: Room) -> None:
    browser = proxied.stranger()
    token = browser.token(**by_proxy())
    answer = browser.post("/log-ud", token=token, **by_proxy())
    assert (answer.status_code, heading(answer)) == (200, "Du er logget ud her")


def test_without_the_setting_the_header_says_nothing(tmp_path: Path) -> None:
    room = Room.at(tmp_path, replace(DESK, trusted_proxies=PROXIES))
    with room.place.store:
        assert room.stranger().get("/konto", **by_proxy()).status_code == 303


# -- the configuration -------------------------------------------------------------------------------------------------


def mistakes(tmp_path: Path, *lines: str, secret: str = "") -> list[str]:
    folder = tmp_path / "config"
    shutil.copytree(resource("config"), folder)
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(("", "[desk]", 'address = "https://udbud.by.example"', *lines, "")))
    try:
        config.load(folder, environment={"NOTIFIER_OIDC_SECRET": secret})
    except ConfigError as error:
        return [f"{one.key}: {one.what}" for one in error.mistakes]
    return []


TRUSTED = 'trusted_proxies = ["127.0.0.1"]'
ISSUER, CLIENT = 'oidc_issuer = "https://login.by.example"', 'oidc_client_id = "udbud"'


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (('proxy_user_header = "X-Remote-User"',), "desk.proxy_user_header: would let everybody say who they are"),
        (('proxy_user_header = "Cookie"', TRUSTED), "'Cookie' is no header that names a user"),
        (('proxy_user_header = "X-Forwarded-For"', TRUSTED), "is no header that names a user"),
        (('proxy_user_header = "X_Remote_User"', TRUSTED), "is no header that names a user"),
        (('trusted_proxies = ["proxy.example"]',), "desk.trusted_proxies: 'proxy.example' is no address"),
        (('trusted_proxies = ["0.0.0.0/0"]',), "desk.trusted_proxies: '0.0.0.0/0' is everybody"),
        (('trusted_proxies = ["::/0"]',), "is everybody"),
        ((ISSUER,), "desk.oidc_client_id: is missing"),
        ((ISSUER, CLIENT), "desk.oidc_client_id: has no secret"),
        (('oidc_issuer = "http://login.by.example"', CLIENT), "desk.oidc_issuer: is 'http://login.by.example'"),
        ((CLIENT,), "desk.oidc_issuer: is missing"),
        (("oidc_only = true",), "desk.oidc_issuer: is missing"),
        ((ISSUER, CLIENT, 'oidc_secret = "x"'), "desk.oidc_secret: a secret does not belong here"),
    ],
)
def test_a_door_that_would_stand_open_is_a_mistake(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    assert any(told in one for one in mistakes(tmp_path, *lines))


def test_two_ways_to_say_who_somebody_is_are_one_too_many(tmp_path: Path) -> None:
    found = mistakes(tmp_path, ISSUER, CLIENT, TRUSTED, 'proxy_user_header = "X-Remote-User"', secret="s")
    assert found == ["desk.proxy_user_header: is a second way, beside oidc_issuer, to say who somebody is"]


def test_what_is_right_is_no_mistake_and_a_secret_is_shown_nowhere(tmp_path: Path) -> None:
    assert mistakes(tmp_path, ISSUER, CLIENT, TRUSTED, "oidc_only = true", secret="hemmelig") == []
    loaded = config.load(tmp_path / "config", environment={"NOTIFIER_OIDC_SECRET": "hemmelig"})
    assert loaded.desk.provider is not None
    assert loaded.desk.provider.secret == "hemmelig"
    assert "hemmelig" not in repr(loaded)
    assert not loaded.desk.passwords


def test_check_says_where_all_visitors_count_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for lines, noted in (((), True), ((TRUSTED,), False)):
        folder = tmp_path / str(noted)
        assert mistakes(folder, *lines) == []
        assert main(["--config", str(folder / "config"), "check"]) == 0
        assert ("[desk] no proxy is trusted" in capsys.readouterr().out) is noted


def test_check_says_where_others_than_the_proxy_may_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for listen, noted in (("127.0.0.1:8788", False), ("[::1]:8788", False), ("0.0.0.0:8788", True)):
        folder = tmp_path / listen
        assert mistakes(folder, f'listen = "{listen}"', TRUSTED) == []
        assert main(["--config", str(folder / "config"), "check"]) == 0
        assert (f"[desk] listen is {listen}, where others" in capsys.readouterr().out) is noted


def test_a_provider_is_asked_only_when_somebody_signs_in(room: Room) -> None:
    provider = config.Provider("https://login.by.example", "udbud", "s")
    settings = replace(room.place.config, desk=replace(DESK, provider=provider))
    app = make_desk(settings, room.app.config["SERVICE"].rules)
    assert app.test_client().get("/log-ind", base_url=DESK.address).status_code == 200
