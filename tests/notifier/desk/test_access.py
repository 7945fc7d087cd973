"""Every door of both applications, tried by everybody who should not get in, and altered keys by the thousand.

The lists are made from the applications' own maps: a route that is added is tried from its first day on, and one that
stands open fails here until it is written into the list of those that may.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from notifier.answers import Answer
from notifier.desk.application import OPEN
from notifier.keys import Purpose, key_of
from notifier.membership import opened
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.store.accounts import Role
from tests.notifier.desk.make import DESK, PASSWORD, Browser, Room
from tests.notifier.web.make import DOOR, Place, tree

HOST = "skrivebord.proevekoebing.example"
COOKIE = "__Host-desk"
# Whoever is not signed in may open these, and nothing else.
OPEN_AT_THE_DESK = {"login", "password", "provider", "provider_back", "speak", "style", "script"}
# On the public side nobody signs in. A page either needs no right (it shows what is public, or asks its visitor), or
# needs a secret key in its address, which is what keeps a stranger's page from posting to it.
POSTED = {"sign_up_da", "sign_up_en", "confirm", "change", "stop", "answer"}
BY_KEY = {"confirm", "change", "tasks", "stop", "answer", "calendar", "feed"}
# For some arguments of routes a value that leads somewhere; "1" for all others.
ARGUMENTS: dict[str, str] = {"token": "T" * 43, "answer": "relevant", "language": "da", "slug": "1-2026"}
SAFE = ("GET", "HEAD", "OPTIONS")


def path_of(app: flask.Flask, rule: Rule, **values: str) -> str:
    """An address of a route."""
    arguments = {name: values.get(name, ARGUMENTS.get(name, "1")) for name in rule.arguments}
    with app.test_request_context(base_url=DESK.address):
        return flask.url_for(rule.endpoint, **arguments)  # type: ignore[arg-type]


def doors(app: flask.Flask, *, safe: bool) -> list[tuple[str, Rule, str]]:
    """Method, rule and address of every route; the reading ones or the changing ones."""
    return [
        (method, rule, path_of(app, rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if (method in SAFE) is safe
    ]


def ask(browser: Browser, method: str, path: str, **more: Any) -> TestResponse:
    return browser.client.open(path, method=method, base_url=DESK.address, **more)


# -- who does not get in -----------------------------------------------------------------------------------------------


def nobody(room: Room) -> Browser:
    return room.stranger()


def expired(room: Room) -> Browser:
    browser = room.enter()
    room.place.later(hours=13)
    return browser


def logged_out(room: Room) -> Browser:
    browser = room.enter()
    kept = browser.client.get_cookie(COOKIE, domain=HOST)
    assert kept is not None
    browser.post("/log-ud")
    browser.client.set_cookie(COOKIE, kept.value, domain=HOST)
    return browser


def disabled(room: Room) -> Browser:
    browser = room.enter()
    account = room.place.store.accounts.by_login("anna@proevekoebing.example")
    assert account is not None
    room.place.store.accounts.disable(account.number, room.place.now)
    return browser


def with_a_made_up_session(room: Room) -> Browser:
    """Signed with the right key, which only we have: the session itself is nobody's."""
    serializer = room.app.session_interface.get_signing_serializer(room.app)  # type: ignore[attr-defined]
    browser = room.stranger()
    browser.client.set_cookie(COOKIE, serializer.dumps({"s": "x" * 43, "csrf_token": "y" * 40}), domain=HOST)
    return browser


OUTSIDE = (nobody, expired, logged_out, disabled, with_a_made_up_session)


@pytest.fixture
def everything(room: Room) -> Room:
    """The desk with a lot, a subscriber and an agreement, so that there is something to change."""
    room.place.hold()
    room.place.agreement()
    room.place.subscriber()
    room.refresh()
    return room


@pytest.fixture
def place(room: Room) -> Place:
    return room.place


def test_the_list_of_open_routes_is_the_short_one() -> None:
    assert OPEN == OPEN_AT_THE_DESK


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_is_not_signed_in_gets_in_nowhere(everything: Room, who: Callable[[Room], Browser]) -> None:
    browser = who(everything)
    before, tried = everything.place.dump(), 0
    for safe in (True, False):
        for method, rule, path in doors(everything.app, safe=safe):
            if rule.endpoint in OPEN_AT_THE_DESK:
                continue
            token = browser.token() if not safe else ""
            answer = ask(browser, method, path, data={"csrf_token": token} if token else None)
            led = answer.status_code == 303 and answer.headers["Location"].startswith("/log-ind?next=")
            assert answer.status_code == 401 or (led and safe), (method, path, answer.status_code)
            tried += 1
    assert tried > 5
    assert everything.place.dump() == before


def test_an_officer_gets_into_nothing_that_is_an_admins(everything: Room) -> None:
    app, anna = everything.app, everything.enter()
    # One that only admins may use, and one of which nobody said who may.
    app.config["ROLES"]["out_of_bounds"] = Role.ADMIN
    del app.config["ROLES"]["logout_everywhere"]
    app.config["ROLES"]["account"] = Role.ADMIN
    before, token, tried = everything.place.dump(), anna.token(), 0
    for safe in (True, False):
        for method, rule, path in doors(app, safe=safe):
            role = app.config["ROLES"].get(rule.endpoint, Role.ADMIN)
            if rule.endpoint in OPEN_AT_THE_DESK or role is not Role.ADMIN:
                continue
            answer = ask(anna, method, path, data=None if safe else {"csrf_token": token})
            assert answer.status_code == 403, (method, path)
            tried += 1
    assert tried >= 3
    assert everything.place.dump() == before


# -- forged requests ---------------------------------------------------------------------------------------------------

Forgery = Callable[[Browser, str], dict[str, Any]]
FORGED: dict[str, Forgery] = {
    "no token": lambda _anna, _other: {},
    "an empty token": lambda _anna, _other: {"data": {"csrf_token": ""}},
    "a made up token": lambda _anna, _other: {"data": {"csrf_token": "x" * 90}},
    "somebody else's token": lambda _anna, other: {"data": {"csrf_token": other}},
    "the token in the query alone": lambda anna, _other: {"query_string": {"csrf_token": anna.token()}},
    "from another site": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": "https://evil.example"},
    },
    "from our host without encryption": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": f"http://{HOST}"},
    },
    "from our host at another port": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": f"{DESK.address}:8443"},
    },
    "from a name that begins like ours": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": f"{DESK.address}.evil.example"},
    },
    "from nowhere": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    },
    "cross-site": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": DESK.address, "Sec-Fetch-Site": "cross-site"},
    },
    "from the public pages": lambda anna, _other: {
        "data": {"csrf_token": anna.token()}, "headers": {"Origin": DOOR.address, "Sec-Fetch-Site": "same-site"},
    },
    "as JSON": lambda anna, _other: {"json": {"csrf_token": anna.token()}},
    "as plain text": lambda anna, _other: {"data": f"csrf_token={anna.token()}", "content_type": "text/plain"},
}  # fmt: skip


def test_nothing_is_changed_by_a_forged_request(everything: Room) -> None:
    admin = everything.enter("admin")
    other = everything.enter("bo").token()
    before = everything.place.dump()
    for method, rule, path in doors(everything.app, safe=False):
        for how, forge in FORGED.items():
            answer = ask(admin, method, path, **forge(admin, other))
            assert answer.status_code in (400, 403), (how, method, rule.endpoint, answer.status_code)
    assert everything.place.dump() == before
    assert admin.get("/konto").status_code == 200  # and nobody was signed out


def test_the_public_pages_are_posted_to_from_our_own_pages_or_with_a_key(place: Place) -> None:
    """Nothing that a browser sends by itself opens anything there. Only the way out is posted to from anywhere."""
    subscriber = place.subscriber()
    place.hold()
    before = place.dump()
    app = place.client.application
    assert {rule.endpoint for _method, rule, _path in doors(app, safe=False)} <= POSTED
    for method, rule, _path in doors(app, safe=False):
        if rule.endpoint == "stop":
            continue
        path = public_path(app, rule, subscriber)
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            {"Origin": DOOR.address, "Sec-Fetch-Site": "cross-site"},
            {"Origin": DESK.address},
        ):
            answer = place.client.open(path, method=method, headers=headers, data={"address": "x@by.example"})
            assert answer.status_code == 403, (path, headers)
    assert place.dump() == before
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    answer = place.visit(DOOR.stop(subscriber), "POST", data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert answer.status_code == 200
    assert place.found(subscriber.number).status is SubscriberStatus.UNSUBSCRIBED


def test_who_came_by_another_name_of_the_machine_is_told_the_right_one(room: Room) -> None:
    browser = room.app.test_client()
    page = browser.get("/log-ind", base_url="https://localhost")
    (token,) = tree(page).xpath("//form[@class='narrow']//input[@name='csrf_token']/@value")
    form = {"csrf_token": token, "login": "anna@proevekoebing.example", "password": "x"}
    answer = browser.post("/log-ind", base_url="https://localhost", data=form, headers={"Origin": "https://localhost"})
    assert answer.status_code == 403
    assert tree(answer).xpath("//main//a/@href") == [f"{DESK.address}/"]


# -- what only looks ---------------------------------------------------------------------------------------------------

PURPOSES = {
    "change": Purpose.CHANGE, "tasks": Purpose.CHANGE, "stop": Purpose.STOP, "answer": Purpose.ANSWER,
    "calendar": Purpose.CALENDAR, "feed": Purpose.FEED,
}  # fmt: skip
OVERRIDES = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "DELETE"}
FIELDS = {"_method": "POST", "withdraw": "1", "csrf_token": "x", "List-Unsubscribe": "One-Click", "pair": "1"}


def public_path(app: flask.Flask, rule: Rule, subscriber: Subscriber, slug: str = "1-2026") -> str:
    """An address of a public route that opens something, as far as its key can."""
    purpose = PURPOSES.get(rule.endpoint)
    return path_of(app, rule, key=key_of(subscriber, purpose) if purpose else "1", slug=slug)


def test_looking_changes_nothing_at_the_desk(everything: Room) -> None:
    admin = everything.enter("admin")
    before, tried = everything.place.dump(), 0
    for method, rule, path in doors(everything.app, safe=True):
        for more in ({}, {"headers": OVERRIDES}, {"query_string": FIELDS}):
            answer = ask(admin, method, path, **more)
            assert answer.status_code < 500, (method, path, answer.status_code)
        assert everything.place.dump() == before, (method, rule.endpoint)
        tried += 1
    assert tried > 10


def test_looking_changes_nothing_on_the_public_pages(place: Place) -> None:
    subscriber = place.subscriber()
    view = place.hold()
    app, before, opened_pages = place.client.application, place.dump(), set()
    for method, rule, _path in doors(app, safe=True):
        path = public_path(app, rule, subscriber, view.slug)
        for more in ({}, {"headers": OVERRIDES}, {"query_string": FIELDS}):
            answer = place.client.open(path, method=method, **more)  # type: ignore[arg-type]
            assert answer.status_code < 500, (method, path)
            if method == "GET" and answer.status_code == 200:
                opened_pages.add(rule.endpoint)
        assert place.dump() == before, (method, rule.endpoint)
    assert opened_pages >= BY_KEY - {"confirm"}  # they were really opened


def test_a_method_that_a_route_does_not_know_does_nothing(everything: Room) -> None:
    admin = everything.enter("admin")
    token, before = admin.token(), everything.place.dump()
    for rule in everything.app.url_map.iter_rules():
        path = path_of(everything.app, rule)
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            answer = ask(admin, method, path, data={"csrf_token": token}, headers={"Origin": DESK.address})
            assert answer.status_code == 405, (method, path, answer.status_code)
    assert everything.place.dump() == before


# -- altered keys ------------------------------------------------------------------------------------------------------

LETTERS = string.ascii_letters + string.digits + "-_."


def altered(secret: str, number: int, seed: int) -> Iterator[str]:
    """So many keys that are nearly this one: a letter or a bit changed, cut off, grown, two letters swapped."""
    chance, found = random.Random(seed), set[str]()
    while len(found) < number:
        place = chance.randrange(len(secret))
        kind = chance.randrange(6)
        if kind == 0:
            one = secret[:place] + chance.choice(LETTERS) + secret[place + 1 :]
        elif kind == 1:
            one = secret[:place] + chr(ord(secret[place]) ^ (1 << chance.randrange(7))) + secret[place + 1 :]
        elif kind == 2:
            one = secret[:place]
        elif kind == 3:
            one = secret[:place] + chance.choice(LETTERS) + secret[place:]
        elif kind == 4:
            other = chance.randrange(len(secret))
            low, high = sorted((place, other))
            one = (
                secret[:low]
                + secret[high : high + 1]
                + secret[low + 1 : high]
                + secret[low : low + 1]
                + secret[high + 1 :]
            )
        else:
            one = secret[:place] + secret[place].swapcase() + secret[place + 1 :]
        if one != secret and one not in found:
            found.add(one)
            yield one


def test_thousands_of_altered_cookies_sign_nobody_in(room: Room) -> None:
    anna = room.enter()
    kept = anna.client.get_cookie(COOKIE, domain=HOST)
    assert kept is not None
    store, service = room.place.store, room.app.config["SERVICE"]
    interface = room.app.session_interface

    def who(value: str) -> str:
        """As a request is looked at: the signed cookie, and the session in it."""
        request = room.app.request_class({"HTTP_COOKIE": f"{COOKIE}={value}", "wsgi.url_scheme": "https"})
        session = interface.open_session(room.app, request)
        found = store.accounts.signed_in(session.get("s", "") if session else "", service.now())
        return found.name if found else ""

    assert who(kept.value) == "Anna Lund"
    opening = [
        one for one in altered(kept.value, 3000, 1) if who(_cookie_safe(one)) and _cookie_safe(one) != kept.value
    ]
    # A cookie's base64 has two bits at the end of its signature that no decoder looks at: that is the same cookie.
    assert [one for one in opening if one[:-1] != kept.value[:-1]] == []


def _cookie_safe(value: str) -> str:
    return re.sub(r"[^!#-+\--:<-\[\]-~]", "", value)


def test_thousands_of_altered_tokens_forge_nothing(room: Room) -> None:
    from flask_wtf.csrf import generate_csrf, validate_csrf

    with room.app.test_request_context(base_url=DESK.address):
        token = generate_csrf()
        validate_csrf(token)

        def passes(one: str) -> bool:
            try:
                validate_csrf(one)
            except ValueError:
                return False
            return True

        passing = [one for one in altered(token, 2000, 2) if passes(one)]
    assert [one for one in passing if one[:-1] != token[:-1]] == []


def test_thousands_of_altered_links_set_no_password(room: Room) -> None:
    from notifier.store.accounts import hashed

    now, store = room.place.now, room.place.store
    account = store.accounts.by_login("anna@proevekoebing.example")
    assert account is not None
    token = "kP3_x-" + "Zq7" * 12 + "a"
    store.accounts.set_link(account.number, token, now.replace(year=now.year + 1))
    assert store.accounts.by_link(token, now) == account
    for one in [*altered(token, 2000, 3), hashed(token), "", " ", "%", "_" * 43]:
        assert store.accounts.by_link(one, now) is None, one


def test_thousands_of_altered_keys_open_nothing_of_a_subscriber(place: Place) -> None:
    one, other = place.subscriber(), place.subscriber("post@koekkenet.example")
    for purpose in Purpose:
        key = key_of(one, purpose)
        assert opened(place.store, key, purpose) is not None
        made = [*altered(key, 600, 4), *(key_of(one, another) for another in Purpose if another is not purpose)]
        made += [key_of(other, purpose).replace("2-", "1-", 1), key.replace("1-", "2-", 1), key.replace("1-", "01-", 1)]
        assert [key for key in made if opened(place.store, key, purpose) is not None] == []


def test_a_few_altered_ones_of_each_kind_are_refused_by_the_pages_themselves(room: Room) -> None:
    anna = room.enter()
    kept = anna.client.get_cookie(COOKIE, domain=HOST)
    assert kept is not None
    token, before = anna.token(), room.place.dump()
    for one in altered(kept.value[:-2], 40, 5):
        thief = room.stranger()
        thief.client.set_cookie(COOKIE, _cookie_safe(one), domain=HOST)
        assert thief.get("/konto").status_code == 303
    for one in altered(token[:-2], 40, 6):
        assert ask(anna, "POST", "/log-ud-alle", data={"csrf_token": one}).status_code == 400
    for one in altered("T" * 40, 20, 7):
        answer = ask(room.stranger(), "GET", f"/adgangskode/{re.sub('[^A-Za-z0-9_-]', '', one)}")
        assert answer.status_code in (303, 404)
    assert room.place.dump() == before
    subscriber = room.place.subscriber()
    key = key_of(subscriber, Purpose.ANSWER)
    for one in altered(key, 20, 8):
        path = f"/svar/{re.sub('[^A-Za-z0-9_-]', '', one)}/x/{Answer.RELEVANT}"
        assert room.place.client.post(path).status_code in (404, 405)


# -- what is too much, or no text --------------------------------------------------------------------------------------


def test_a_body_or_a_form_that_is_too_large_is_refused(everything: Room) -> None:
    anna = everything.enter()
    token, before = anna.token(), everything.place.dump()
    for _method, _rule, path in doors(everything.app, safe=False):
        for body in (b"a=" + b"x" * (2 * 1024 * 1024), b"a&" * 10_001):
            data = f"csrf_token={token}&".encode() + body
            answer = ask(anna, "POST", path, data=data, content_type="application/x-www-form-urlencoded")
            assert answer.status_code == 413, path
            assert answer.headers["Cache-Control"] == "no-store"
    parts = (
        "".join(f'--b\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n' for n in range(10_001)) + "--b--\r\n"
    )
    answer = ask(anna, "POST", "/sprog", data=parts.encode(), content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert everything.place.dump() == before
    public = everything.place.client
    for rule in public.application.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("sign_up"):
            path = path_of(public.application, rule)
            assert public.post(path, data={"address": "x" * 64 * 1024}).status_code == 413


def test_what_is_no_text_is_refused_and_breaks_nothing(everything: Room) -> None:
    anna = everything.enter()
    token = anna.token()
    urlencoded = "application/x-www-form-urlencoded"
    for _method, rule, path in doors(everything.app, safe=False):
        for body in (b"next=%ff", b"next=\xff", b"%c3%28=1", b"login=%ed%a0%80"):
            data = body + f"&csrf_token={token}".encode()
            answer = ask(anna, "POST", path, data=data, content_type=urlencoded)
            assert answer.status_code == 400, (rule.endpoint, body)
    for rule in everything.app.url_map.iter_rules():
        path = path_of(everything.app, rule)
        for environ in ({"QUERY_STRING": "q=%ff"}, {"PATH_INFO": f"{path}\xff"}):
            answer = anna.client.open(path, base_url=DESK.address, environ_overrides=environ)
            assert answer.status_code in (400, 405), (path, environ)


def test_an_error_is_a_page_of_ours_without_a_trace(everything: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = everything.enter()

    def fail(*_values: object) -> None:
        raise RuntimeError(PASSWORD)

    monkeypatch.setattr(type(everything.place.store.accounts), "get", fail)
    answer = anna.get("/konto")
    assert answer.status_code == 500
    assert PASSWORD not in answer.get_data(as_text=True)
    assert "script" not in answer.headers["Content-Security-Policy"].replace("script-src 'self'", "")
