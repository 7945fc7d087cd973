"""Signing in through the town's provider, against one of our own: on loopback, with real keys, and with tricks."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.test import TestResponse

from notifier.config import Provider
from tests.notifier.desk.make import DESK, PASSWORD, Browser, Room
from tests.notifier.web.make import heading, said, tree

ANNA = "anna@proevekoebing.example"
CLIENT, SECRET = "udbud", "en hemmelighed mellem to"
KEYS = {name: RSAKey.generate_key(2048, {"kid": "k1"}) for name in ("own", "strangers")}


@dataclass
class Login:
    """A provider. `claims` and `tricks` change what the next token says; `asked` is what it was asked."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    signed: str = "own"  # or "strangers", "none", "secret"
    no_token: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.metadata,
        }

    def authorize(self, url: str) -> str:
        """Somebody says yes there: the address that their browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """A code for a token, once, to the client that proves itself and has the verifier."""
        expected = base64.b64encode(f"{CLIENT}:{quote(SECRET)}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization not in (f"Basic {expected}", f"Basic {plain}"):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge.decode().rstrip("="):
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        answer: dict[str, Any] = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
        return 200, answer if self.no_token else {**answer, "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
            "email": ANNA, "email_verified": True, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if name not in self.without}
        if self.signed == "none":
            parts = [json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims)]
            return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "."
        if self.signed == "secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEYS[self.signed])


class _Handler(BaseHTTPRequestHandler):
    login: Login

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        self.login.asked.append(self.path)
        known = {
            "/.well-known/openid-configuration": self.login.discovery(),
            "/jwks": {"keys": [KEYS["own"].as_dict(private=False)]},
        }
        self._answer(200 if self.path in known else 404, known.get(self.path, {}))

    def do_POST(self) -> None:
        self.login.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(*self.login.token(form, self.headers.get("Authorization", "")))

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def login() -> Iterator[Login]:
    made = Login()
    handler = type("Handler", (_Handler,), {"login": made})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        made.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def room_of(folder: Path, login: Login, *, only: bool = False) -> Room:
    provider = Provider(login.issuer, CLIENT, SECRET, "Prøvekøbings login", only)
    return Room.at(folder, replace(DESK, provider=provider))


@pytest.fixture
def town(tmp_path: Path, login: Login) -> Iterator[Room]:
    made = room_of(tmp_path, login)
    with made.place.store:
        yield made


def to_provider(browser: Browser, after: str = "") -> str:
    """The address at the provider that the button leads to."""
    (link,) = tree(browser.get(f"/log-ind?next={after}")).xpath("//a[contains(., 'Prøvekøbings login')]/@href")
    answer = browser.get(link)
    assert answer.status_code == 302
    return answer.headers["Location"]


def press(browser: Browser, back: str) -> TestResponse:
    """Come back from the provider, and press the button that is there."""
    path = back.removeprefix(DESK.address)
    page = browser.get(path)
    form = {one.get("name"): one.get("value") for one in tree(page).xpath("//main//input")}
    if page.status_code != 200:
        return page
    return browser.post(tree(page).xpath("//main//form/@action")[0], form, token=form["csrf_token"])


def through(room: Room, login: Login) -> TestResponse:
    browser = room.stranger()
    answer = press(browser, login.authorize(to_provider(browser)))
    assert (browser.get("/konto").status_code == 200) == (answer.status_code == 303)
    return answer


def test_who_is_known_comes_in_by_one_button_and_goes_on_to_where_they_were(town: Room, login: Login) -> None:
    browser = town.stranger()
    url = to_provider(browser, "/konto?x=1")
    assert url.startswith(f"{login.issuer}/authorize?")
    answer = press(browser, login.authorize(url))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/konto?x=1")
    assert "Anna Lund" in said(browser.get("/konto"))
    assert browser.post("/log-ud").status_code == 303
    assert browser.get("/konto").status_code == 303


def test_looking_at_any_of_it_changes_nothing(town: Room, login: Login) -> None:
    before, browser = town.place.dump(), town.stranger()
    back = login.authorize(to_provider(browser)).removeprefix(DESK.address)
    page = browser.get(back)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert town.place.dump() == before
    assert len(login.codes) == 1  # nor is the code used up


def test_a_password_still_does_where_both_are_allowed(town: Room) -> None:
    town.enter()


def test_without_passwords_there_is_only_the_button(tmp_path: Path, login: Login) -> None:
    room = room_of(tmp_path, login, only=True)
    with room.place.store:
        browser = room.stranger()
        page = browser.get("/log-ind")
        assert tree(page).xpath("//input[@type='password']") == []
        assert browser.post("/log-ind", {"login": ANNA, "password": PASSWORD}).status_code == 403
        assert browser.get("/adgangskode/x").status_code in (303, 404)
        assert room.place.dump_of("SELECT * FROM sessions") == []
        assert through(room, login).status_code == 303


REFUSED: dict[str, dict[str, Any]] = {
    "another audience": {"claims": {"aud": "another"}},
    "another audience, of which we are a party": {"claims": {"aud": "another", "azp": CLIENT}},
    "no audience": {"without": ("aud",)},
    "another authorized party": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "another issuer": {"claims": {"iss": "https://login.evil.example"}},
    "no issuer": {"without": ("iss",)},
    "another nonce": {"claims": {"nonce": "x"}},
    "no nonce": {"without": ("nonce",)},
    "an empty nonce": {"claims": {"nonce": ""}},
    "it has expired": {"claims": {"exp": int(time.time()) - 3600}},
    "it never expires": {"without": ("exp",)},
    "it is from tomorrow": {"claims": {"iat": int(time.time()) + 86400, "nbf": int(time.time()) + 86400}},
    "nobody signed it": {"signed": "none"},
    "a stranger signed it": {"signed": "strangers"},
    "it is signed by the secret": {"signed": "secret"},
    "no ID token": {"no_token": True},
    "another provider": {"metadata": {"issuer": "https://login.evil.example"}},
    "only unsigned ones are offered": {
        "signed": "none",
        "metadata": {"id_token_signing_alg_values_supported": ["none"]},
    },
    "no keys": {"metadata": {"jwks_uri": ""}},
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_token_that_is_not_for_us_lets_nobody_in(
    town: Room, login: Login, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in REFUSED[why].items():
        setattr(login, name, value)
    browser = town.stranger()
    if "issuer" in login.metadata:
        (link,) = tree(browser.get("/log-ind")).xpath("//a[contains(., 'Prøvekøbings login')]/@href")
        answer = browser.get(link)
    else:
        answer = through(town, login)
    assert (answer.status_code, heading(answer)) == (400, "Du blev ikke logget ind")
    assert town.place.dump_of("SELECT * FROM sessions") == []
    assert "nobody was signed in through the provider" in caplog.text
    assert ANNA not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}, {"email_verified": None},
        {"email": "nobody@proevekoebing.example"}, {"email": None}, {"email": [ANNA]}, {"email": ""},
        {"email": f"{ANNA}.evil.example"},
    ],
)  # fmt: skip
def test_who_is_unknown_or_whose_address_nobody_verified_is_told_whom_to_ask(
    town: Room, login: Login, claims: dict[str, Any]
) -> None:
    login.claims = claims
    answer = through(town, login)
    assert (answer.status_code, heading(answer)) == (403, "Du har ikke adgang")
    assert "udbud@proevekoebing.example" in said(answer)


def test_a_disabled_account_stays_outside(town: Room, login: Login) -> None:
    account = town.place.store.accounts.by_login(ANNA)
    assert account is not None
    town.place.store.accounts.disable(account.number, town.place.now)
    assert through(town, login).status_code == 403


def test_a_wrong_state_is_refused_without_asking_the_provider(town: Room, login: Login) -> None:
    browser = town.stranger()
    back = login.authorize(to_provider(browser))
    code = parse_qs(urlsplit(back).query)["code"][0]
    for query in (f"code={code}&state=x", f"code={code}", "state=x", "error=access_denied", ""):
        assert browser.get(f"/log-ind/oidc?{query}").status_code == 400
    for form in ({"code": code, "state": "x"}, {"code": code}, {}):
        assert browser.post("/log-ind/oidc", form).status_code == 400
    assert "/token" not in login.asked
    # Somebody else's browser was not sent there: a code that was planted in it signs nobody in.
    assert press(town.stranger(), back).status_code == 400
    assert press(browser, back).status_code == 303


def test_a_code_and_a_state_are_good_once(town: Room, login: Login) -> None:
    browser = town.stranger()
    back = login.authorize(to_provider(browser))
    kept = browser.client.get_cookie("__Host-desk", domain="skrivebord.proevekoebing.example")
    assert kept is not None
    assert press(browser, back).status_code == 303
    assert press(browser, back).status_code == 400  # the state is used up
    thief = town.stranger()
    thief.client.set_cookie("__Host-desk", kept.value, domain="skrivebord.proevekoebing.example")
    assert press(thief, back).status_code == 400  # and so, at the provider, is the code
    assert thief.get("/konto").status_code == 303


def test_the_verifier_is_asked_for(town: Room, login: Login) -> None:
    """PKCE: a code that was seen on its way is worth nothing without what stayed here."""
    browser = town.stranger()
    back = login.authorize(to_provider(browser))
    for asked in login.codes.values():
        asked["code_challenge"] = "another"
    assert press(browser, back).status_code == 400


def test_a_provider_that_does_not_answer_is_told_in_words(tmp_path: Path) -> None:
    room = room_of(tmp_path, Login("http://127.0.0.1:9"))
    with room.place.store:
        answer = room.stranger().get("/log-ind/kommune")
        assert (answer.status_code, heading(answer)) == (400, "Du blev ikke logget ind")


def test_what_the_provider_sends_back_is_never_a_line_of_the_log(town: Room, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        town.stranger().get("/log-ind/oidc?error=a%0aERROR%20made%20up&state=x")
    assert "\nERROR" not in "".join(record.getMessage() for record in caplog.records)


def test_the_button_leads_nowhere_else(town: Room, login: Login) -> None:
    browser = town.stranger()
    back = login.authorize(to_provider(browser, "//evil.example"))
    assert press(browser, back).headers["Location"] == "/"
