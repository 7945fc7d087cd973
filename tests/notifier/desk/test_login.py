"""Signing in and out, the limits of trying, and where one goes on to."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import flask
import pytest
from werkzeug.test import TestResponse

from notifier.desk import limits, passwords
from notifier.desk.pages import ours
from notifier.errors import Busy
from notifier.store.accounts import Account, Role
from notifier.store.tries import Limit
from tests.notifier.desk.make import DESK, PASSWORD, Browser, Room
from tests.notifier.web.make import heading, said, tree

ANNA, BO = "anna@proevekoebing.example", "bo@proevekoebing.example"
HOST = "skrivebord.proevekoebing.example"
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.7"


def sign_in(
    browser: Browser, login: str = ANNA, password: str = "forkert", at: str = HOME, **form: Any
) -> TestResponse:
    """Try to sign in from an address."""
    return browser.post("/log-ind", {"login": login, "password": password, **form}, environ_base={"REMOTE_ADDR": at})


def is_in(browser: Browser) -> bool:
    return browser.get("/konto").status_code == 200


def cookie(browser: Browser, name: str = "__Host-desk") -> str:
    found = browser.client.get_cookie(name, domain=HOST)
    return found.value if found else ""


def with_cookie(room: Room, value: str) -> Browser:
    browser = room.stranger()
    browser.client.set_cookie("__Host-desk", value, domain=HOST)
    return browser


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What argon2 was asked about; it answers at once, that only PASSWORD is right."""
    found: list[str] = []

    def verify(kept: str, password: str) -> bool:
        found.append(kept)
        return password == PASSWORD

    monkeypatch.setattr(passwords, "verify", verify)
    return found


def account(room: Room, login: str = ANNA) -> Account:
    found = room.place.store.accounts.by_login(login)
    assert found is not None
    return found


# -- in and out --------------------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_is_sent_to_sign_in_and_on_from_there(room: Room) -> None:
    browser = room.stranger()
    answer = browser.get("/konto?gemt=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/log-ind?next=/konto?gemt%3D1")
    page = browser.get(answer.headers["Location"])
    (after,) = tree(page).xpath("//input[@name='next']/@value")
    answer = browser.post("/log-ind", {"login": ANNA.upper(), "password": PASSWORD, "next": after})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/konto?gemt=1")


def test_who_signed_out_is_out_on_the_server_too(room: Room) -> None:
    anna = room.enter()
    kept = cookie(anna)
    assert is_in(with_cookie(room, kept))
    assert anna.post("/log-ud").status_code == 303
    assert not is_in(anna)
    assert not is_in(with_cookie(room, kept))
    assert with_cookie(room, kept).post("/log-ud").status_code == 401


def test_a_wrong_password_is_told(room: Room) -> None:
    answer = room.stranger().post("/log-ind", {"login": ANNA, "password": "forkert"})
    assert (answer.status_code, heading(answer)) == (401, "Log ind")
    assert "passer ikke sammen" in said(answer)


def test_a_session_is_another_one_after_each_sign_in_and_the_old_ones_are_worth_nothing(room: Room) -> None:
    browser = room.stranger()
    token = browser.token()
    planted = cookie(browser)  # what somebody had this browser take before its owner signed in
    assert sign_in(browser, password=PASSWORD).status_code == 303
    first = cookie(browser)
    assert len({planted, first}) == 2
    assert not is_in(with_cookie(room, planted))
    assert browser.post("/log-ud", token=token).status_code == 400  # the token of the time before
    assert sign_in(browser, password=PASSWORD).status_code == 303
    assert is_in(browser)
    assert not is_in(with_cookie(room, first))
    assert len(room.place.dump_of("SELECT * FROM sessions")) == 1


def test_a_session_ends_with_the_working_day_and_rows_of_old_ones_go(room: Room) -> None:
    anna = room.enter()
    room.place.later(hours=12)
    assert is_in(anna)
    room.place.later(seconds=1)
    assert not is_in(anna)
    room.enter("bo")
    assert len(room.place.dump_of("SELECT * FROM sessions")) == 1


def test_a_disabled_account_is_out_at_once_and_in_again_only_by_signing_in(room: Room) -> None:
    anna = room.enter()
    room.place.store.accounts.disable(account(room).number, room.place.now)
    assert not is_in(anna)
    assert sign_in(room.stranger(), password=PASSWORD).status_code == 401
    room.place.store.accounts.disable(account(room).number, None)
    assert not is_in(anna)
    room.enter()


def test_a_role_counts_from_the_next_page_on(room: Room) -> None:
    anna = room.enter()
    assert "Medarbejder:" in said(anna.get("/konto"))
    room.place.store.accounts.set_role(account(room).number, Role.ADMIN)
    assert "Administrator:" in said(anna.get("/konto"))


def test_what_the_database_holds_opens_nothing(room: Room) -> None:
    anna = room.enter()
    held = "\n".join(room.place.dump())
    browser = cookie(anna, "__Host-desk-browser")
    assert len(browser) >= 43
    assert browser not in held
    assert PASSWORD not in held
    for row in room.place.dump_of("SELECT hash FROM sessions UNION SELECT hash FROM browsers"):
        assert len(row[0]) == 64


def test_cookies_are_for_this_desk_alone_and_for_no_script(room: Room) -> None:
    browser = room.stranger()
    browser.get("/log-ind")
    answer = sign_in(browser, password=PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    assert sorted(one.partition("=")[0] for one in cookies) == ["__Host-desk", "__Host-desk-browser"]
    for one in cookies:
        parts = {part.strip() for part in one.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert "Domain" not in one


def test_no_page_of_the_desk_is_kept_by_a_cache_and_what_is_the_same_for_all_sets_no_cookie(room: Room) -> None:
    anna = room.enter()
    for path in ("/log-ind", "/konto", "/findes-ikke"):
        assert anna.get(path).headers["Cache-Control"] == "no-store", path
    assert room.stranger().get("/konto").headers["Cache-Control"] == "no-store"
    for path in ("/style.css", "/keys.js"):
        answer = room.stranger().get(path)
        assert "public" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


# -- where to go on ----------------------------------------------------------------------------------------------------

OURS = ["/", "/konto", "/indbakke?dom=possible&side=2", "/opgave/rengøring-af-skoler", "/x?next=https://a.example/"]
NOT_OURS = [
    "", "konto", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\\/evil.example",
    "https://evil.example/", "https:evil.example", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x",
    "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/%2f/evil.example",
    "/%2F%2Fevil.example", "/%5cevil.example", "/%5C%5Cevil.example", "/%255cevil.example", "/%252fevil.example",
    "/%09/evil.example", "/%0d%0aSet-Cookie:x=1", "/x%00", "/..//evil.example", "/.//evil.example",
    "/%2e%2e//evil.example", "/x/../..//evil.example", "//evil.example\\@skrivebord.proevekoebing.example",
    "https://skrivebord.proevekoebing.example@evil.example/", "/\u2028/evil.example", "http://[", "/" + "a" * 3000,
    f"{DESK.address}.evil.example/", "/@evil.example//x", "/\x00", "/\x7f", "?next=//evil.example",
]  # fmt: skip


def desk_at(prefix: str) -> flask.Flask:
    app = flask.Flask(__name__)
    app.config["PREFIX"] = prefix
    return app


@pytest.mark.parametrize("after", OURS)
def test_one_goes_on_to_a_page_of_the_desk(after: str) -> None:
    with desk_at("").app_context():
        assert ours(after) == after


@pytest.mark.parametrize("after", NOT_OURS)
def test_nobody_is_sent_anywhere_else(after: str) -> None:
    with desk_at("").app_context():
        assert ours(after) == ""


def test_where_the_desk_is_shown_under_a_path_one_stays_below_it() -> None:
    with desk_at("/desk").app_context():
        assert [ours(one) for one in ("/desk", "/desk/konto")] == ["/desk", "/desk/konto"]
        assert [ours(one) for one in ("/", "/desken", "/andet/desk/")] == ["", "", ""]


@pytest.mark.parametrize("after", ["//evil.example", "/\\evil.example", "https://evil.example/", "/%5cevil.example"])
def test_neither_signing_in_nor_the_language_leads_elsewhere(room: Room, after: str, asked: list[str]) -> None:
    anna = room.stranger()
    assert sign_in(anna, password=PASSWORD, next=after).headers["Location"] == "/"
    assert anna.post("/sprog", {"language": "en", "back": after}).headers["Location"] == "/"


# -- how often ---------------------------------------------------------------------------------------------------------


def test_ten_tries_in_fifteen_minutes_and_then_one_waits(room: Room, asked: list[str]) -> None:
    stranger = room.stranger()
    for number in range(10):
        assert sign_in(stranger, at=f"192.0.2.{number}").status_code == 401
        room.place.later(minutes=1)
    answer = sign_in(stranger, password=PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert "Vent 5 minutter" in said(answer)
    # Who goes on trying meanwhile is not kept out for longer.
    room.place.later(minutes=4, seconds=59)
    assert sign_in(stranger, password=PASSWORD).status_code == 429
    room.place.later(seconds=1)
    assert sign_in(stranger, password=PASSWORD).status_code == 303


def test_one_waits_for_one_account_in_one_network_alone(room: Room, asked: list[str]) -> None:
    for _ in range(10):
        sign_in(room.stranger())
    assert sign_in(room.stranger(), password=PASSWORD).status_code == 429
    assert sign_in(room.stranger(), ANNA.upper(), PASSWORD).status_code == 429
    assert sign_in(room.stranger(), f" {ANNA} ", PASSWORD).status_code == 429
    assert sign_in(room.stranger(), password=PASSWORD, at=ELSEWHERE).status_code == 303
    assert sign_in(room.stranger(), BO, PASSWORD).status_code == 303


def test_an_ipv6_household_is_one_network(room: Room, asked: list[str]) -> None:
    for number in range(10):
        sign_in(room.stranger(), at=f"2001:db8:1:2::{number + 1:x}")
    assert sign_in(room.stranger(), password=PASSWORD, at="2001:db8:1:2:ffff::9").status_code == 429
    assert sign_in(room.stranger(), password=PASSWORD, at="2001:db8:1:3::1").status_code == 303


def test_nobody_locks_a_colleague_out_whose_browser_is_known(room: Room, asked: list[str]) -> None:
    anna = room.stranger()
    assert sign_in(anna, password=PASSWORD).status_code == 303
    anna.post("/log-ud")
    for number in range(limits.MOST_FROM_A_NETWORK + 5):  # a colleague in the same office tries everybody
        sign_in(room.stranger(), (ANNA, BO)[number % 2] if number < 20 else f"x{number}@proevekoebing.example")
    assert sign_in(room.stranger(), password=PASSWORD).status_code == 429
    assert sign_in(room.stranger(), "carl@proevekoebing.example").status_code == 429  # the whole network
    assert sign_in(anna, password=PASSWORD).status_code == 303
    # A known browser is counted too, by itself, and is known for its own account alone.
    anna.post("/log-ud")
    assert sign_in(anna, BO, PASSWORD).status_code == 429
    assert [sign_in(anna).status_code for _ in range(11)] == [401] * 10 + [429]
    room.place.later(minutes=15)
    assert sign_in(anna, password=PASSWORD).status_code == 303


def test_a_browser_stays_known_for_everybody_who_shares_it_and_is_forgotten_in_time(room: Room) -> None:
    shared, accounts = room.stranger(), room.place.store.accounts
    seen = []
    for login in (ANNA, BO):
        assert sign_in(shared, login, PASSWORD).status_code == 303
        seen.append(cookie(shared, "__Host-desk-browser"))
    assert len(set(seen)) == 2  # another cookie each time
    numbers = [account(room, login).number for login in (ANNA, BO)]
    assert [accounts.knows(number, seen[1], room.place.now) for number in numbers] == [True, True]
    assert [accounts.knows(number, seen[0], room.place.now) for number in numbers] == [False, False]
    room.place.later(days=181)
    assert [accounts.knows(number, seen[1], room.place.now) for number in numbers] == [False, False]


def test_a_try_that_succeeds_is_none_that_failed(room: Room, asked: list[str]) -> None:
    for _ in range(9):
        sign_in(room.stranger())
    for _ in range(5):
        assert sign_in(room.stranger(), password=PASSWORD).status_code == 303
    assert sign_in(room.stranger()).status_code == 401
    assert sign_in(room.stranger()).status_code == 429


def test_whatever_is_wrong_is_answered_alike_and_after_the_same_work(room: Room, asked: list[str]) -> None:
    store, now = room.place.store, room.place.now
    assert store.accounts.add("new@proevekoebing.example", "Uden kode", Role.OFFICER, now) is not None
    store.accounts.disable(account(room, BO).number, now)
    answers = {
        login: sign_in(room.stranger(), login, password)
        for login, password in (
            ("anna@proevekoebing.example", "forkert"),
            ("bo@proevekoebing.example", PASSWORD),  # disabled
            ("new@proevekoebing.example", PASSWORD),  # has chosen none yet
            ("x@proevekoebing.example", PASSWORD),  # nobody
        )
    }
    assert len(asked) == 4
    assert all(kept.startswith("$argon2id$") for kept in asked)  # a dummy costs as much
    assert {one.status_code for one in answers.values()} == {401}
    bodies = {said(one) for one in answers.values()}
    assert len(bodies) == 1


def test_being_turned_away_tells_nothing_of_a_login_either(room: Room, asked: list[str]) -> None:
    def turned_away(login: str) -> tuple[int, str]:
        for _ in range(10):
            sign_in(room.stranger(), login)
        asked.clear()
        answer = sign_in(room.stranger(), login, PASSWORD)
        assert asked == []  # nor does it cost anything
        return answer.status_code, said(answer)

    assert turned_away(ANNA) == turned_away("nobody@proevekoebing.example")


def test_a_try_that_nobody_has_time_for_is_answered_in_words_and_counts_for_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = room.enter()
    monkeypatch.setattr(passwords, "_INSIDE", threading.BoundedSemaphore(1))
    with passwords._turn():
        before = room.place.dump_of("SELECT * FROM tries")
        for answer in (
            *(sign_in(room.stranger(), password=PASSWORD) for _ in range(limits.MOST + 1)),
            change(anna),
            room.stranger().post(link(room), {"new": NEW, "again": NEW}),
        ):
            assert (answer.status_code, heading(answer)) == (503, "Prøv igen om et øjeblik")
            assert answer.headers["Retry-After"] == "5"
        assert room.place.dump_of("SELECT * FROM tries") == before
    assert sign_in(room.stranger(), password=PASSWORD).status_code == 303


def test_however_many_try_passwords_no_more_than_two_threads_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_PATIENCE", 0.0)
    with passwords._turn():
        with pytest.raises(Busy), passwords._turn():  # waited for, in vain
            pass
        with passwords._INSIDE, pytest.raises(Busy):  # the second waits
            passwords.hash_of(PASSWORD)
    with passwords._turn():
        pass


@pytest.mark.parametrize("login", ["\u212aaren@proevekoebing.example", "karen@proevekoebing.example\u00a0", "KAREN@x"])
def test_nobody_is_taken_for_somebody_whose_login_only_looks_alike(room: Room, login: str) -> None:
    accounts = room.place.store.accounts
    assert accounts.add("Karen@proevekoebing.example", "Karen", Role.ADMIN, room.place.now) is not None
    assert accounts.by_login("KAREN@PROEVEKOEBING.EXAMPLE") is not None
    assert accounts.by_login(login) is None


@pytest.mark.parametrize("host", ["a" * 300, "a" * 60 + "." + "b" * 300])
def test_a_host_that_is_too_long_to_be_one_is_refused_without_a_trace(
    room: Room, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/", "/log-ind", "/findes-ikke", "/style.css"):
        assert room.stranger().client.get(path, headers={"Host": host}).status_code == 400
    assert caplog.records == []


def test_what_is_typed_as_a_login_is_kept_nowhere(
    room: Room, asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        sign_in(room.stranger(), "min hemmelige kode", "x")
    assert "hemmelige" not in "\n".join(room.place.dump())
    assert "hemmelige" not in caplog.text


def test_tries_are_forgotten_after_a_day(room: Room) -> None:
    tries, now = room.place.store.tries, room.place.now
    limit = Limit("x", "y", 3, dt.timedelta(minutes=1))
    assert all(tries.take([limit], now + dt.timedelta(minutes=2 * number)) for number in range(3))
    assert len(room.place.dump_of("SELECT * FROM tries")) == 3
    assert tries.take([limit], now + dt.timedelta(days=1, minutes=10))
    assert len(room.place.dump_of("SELECT * FROM tries")) == 1


def test_a_try_counts_under_all_limits_or_under_none(room: Room) -> None:
    tries, now, hour = room.place.store.tries, room.place.now, dt.timedelta(hours=1)
    wide, narrow = Limit("wide", "a", 5, hour), Limit("narrow", "a", 1, hour)
    assert tries.take([wide, narrow], now)
    turned_away = tries.take([wide, narrow], now)
    assert (bool(turned_away), turned_away.wait, turned_away.numbers) == (False, hour, ())
    assert room.place.dump_of("SELECT what, count(*) FROM tries GROUP BY what") == [("narrow", 1), ("wide", 1)]


# -- one's own account -------------------------------------------------------------------------------------------------

NEW = "fire ord uden mening"


def change(browser: Browser, old: str = PASSWORD, new: str = NEW, again: str = "") -> TestResponse:
    return browser.post("/konto/adgangskode", {"old": old, "new": new, "again": again or new})


def test_the_frame_leads_to_ones_account_and_it_says_who_one_is(room: Room) -> None:
    anna = room.enter()
    (link,) = tree(anna.get("/konto")).xpath("//header//a[.='Anna Lund']/@href")
    page = said(anna.get(link))
    assert ANNA in page
    assert "Medarbejder:" in page


def test_another_password_needs_the_old_one_and_ends_other_sessions(room: Room) -> None:
    anna, other = room.enter(), room.enter()
    before = cookie(anna)
    assert (change(anna, old="forkert").status_code, change(anna, again="en anden kode").status_code) == (422, 422)
    assert is_in(other)
    answer = change(anna)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/konto?gemt=1")
    assert (is_in(anna), is_in(other), is_in(with_cookie(room, before))) == (True, False, False)
    assert sign_in(room.stranger(), password=PASSWORD).status_code == 401
    assert sign_in(room.stranger(), password=NEW).status_code == 303
    (action,) = room.place.store.actions.of(f"account:{account(room).number}")
    assert (action.kind, action.who, action.detail) == ("staff", "Anna Lund", {"what": "password"})


def test_who_holds_anothers_session_does_not_guess_the_old_password(room: Room, asked: list[str]) -> None:
    anna = room.enter()
    assert [change(anna, old="forkert").status_code for _ in range(11)] == [422] * 10 + [429]
    assert change(anna).status_code == 429
    room.place.later(minutes=15)
    assert change(anna).status_code == 303


def test_one_signs_out_everywhere_at_once(room: Room) -> None:
    anna, other, bo = room.enter(), room.enter(), room.enter("bo")
    assert anna.post("/log-ud-alle").status_code == 303
    assert [is_in(one) for one in (anna, other, bo)] == [False, False, True]


# -- the link ----------------------------------------------------------------------------------------------------------


def link(room: Room, login: str = ANNA, token: str = "T" * 43) -> str:
    now = room.place.now
    room.place.store.accounts.set_link(account(room, login).number, token, now + dt.timedelta(hours=72))
    return f"/adgangskode/{token}"


def test_a_link_sets_a_password_once_and_signs_in(room: Room) -> None:
    address, other, browser = link(room), room.enter(), room.stranger()
    before = room.place.dump()
    for method in ("GET", "HEAD", "OPTIONS"):  # a scanner looks at links in mails
        assert browser.client.open(address, method=method, base_url=DESK.address).status_code == 200
    assert room.place.dump() == before
    page = browser.get(address)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    # A page that tells no referrer has no origin that it could name.
    answer = browser.post(address, {"new": NEW, "again": NEW}, headers={"Origin": "null"})
    assert answer.status_code == 303
    assert (is_in(browser), is_in(other)) == (True, False)
    assert sign_in(room.stranger(), password=NEW).status_code == 303
    again = room.stranger()
    assert (again.get(address).status_code, heading(again.get(address))) == (404, "Linket virker ikke mere")
    assert again.post(address, {"new": PASSWORD, "again": PASSWORD}).status_code == 404
    assert sign_in(room.stranger(), password=NEW).status_code == 303


def old(room: Room) -> str:
    address = link(room)
    room.place.later(hours=72, seconds=1)
    return address


def replaced(room: Room) -> str:
    address = link(room, token="A" * 43)
    link(room)
    return address


def disabled(room: Room) -> str:
    address = link(room)
    room.place.store.accounts.disable(account(room).number, room.place.now)
    return address


def made_up(room: Room) -> str:
    return link(room)[:-1] + "X"


def overtaken(room: Room) -> str:
    address = link(room)
    room.place.store.accounts.set_password(account(room).number, "x")
    return address


@pytest.mark.parametrize("how", [old, replaced, disabled, made_up, overtaken])
def test_links_that_open_nothing_any_more_are_answered_alike(room: Room, how: Callable[[Room], str]) -> None:
    address = how(room)
    before, browser = room.place.dump(), room.stranger()
    answers = [browser.get(address), browser.post(address, {"new": NEW, "again": NEW})]
    assert [one.status_code for one in answers] == [404, 404]
    assert {said(one) for one in answers} == {said(room.stranger().get("/adgangskode/x"))}
    assert room.place.dump() == before


def test_a_password_that_does_not_do_leaves_the_link_as_it_was(room: Room) -> None:
    address, browser = link(room), room.stranger()
    for new, again in (("kort", "kort"), (NEW, "en helt anden"), (ANNA, ANNA), ("adgangskode12", "adgangskode12")):
        answer = browser.post(address, {"new": new, "again": again})
        assert answer.status_code == 422
        described = tree(answer).xpath("//*[@aria-invalid]/@aria-describedby")
        assert described
        assert all(tree(answer).xpath(f"//*[@id='{one}']") for one in described[0].split())
    assert browser.post(address, {"new": NEW, "again": NEW}).status_code == 303
