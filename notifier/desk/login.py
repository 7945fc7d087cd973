"""Signing in and out, and one's own account. A session is a random secret in a signed cookie, kept here as a hash.

    login       with a password, or a button that leads to the provider (oidc.py)
    password    the link that a new member of staff was sent: once, within three days
    account     who one is here; another password; out everywhere

Whatever is wrong with a login is answered in the same words and after the same work: argon2 runs once for each try that
is counted. Tries beyond the limit cost nothing; what is limited goes by what was typed and where it came from, so that
being turned away says nothing of an account.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import secrets
from collections.abc import Iterator

import flask

from notifier.desk import limits, oidc
from notifier.desk.officers import SESSION, did, officer, officer_of
from notifier.desk.pages import moved, ours, page, say, to
from notifier.desk.passwords import SHORTEST, fits, hash_of, is_allowed, is_weak
from notifier.errors import Busy
from notifier.store.accounts import Account
from notifier.store.tries import Limit, Taken, Tries
from notifier.web.service import Service
from notifier.web.visitors import visitors_network

LASTS = dt.timedelta(hours=12)  # a working day: nobody is signed out in the middle of one
_KNOWN_FOR = dt.timedelta(days=180)  # how long a browser is known in which somebody signed in
_NO_REFERRER = {"Referrer-Policy": "no-referrer"}  # the page's address is a secret


def add_routes(app: flask.Flask, service: Service) -> None:
    """Sign in, sign out, one's own account, the other language."""
    from notifier.desk.application import add, add_change

    app.add_url_rule("/log-ind", "login", lambda: _login(service), methods=["GET", "POST"])
    app.add_url_rule("/sprog", "speak", lambda: _speak(service), methods=["POST"])
    add_change(app, "/log-ud", "logout", lambda: _logout(service))
    add_change(app, "/log-ud-alle", "logout_everywhere", lambda: _logout_everywhere(service))
    add(app, "/konto", "account", lambda: _account(service))
    if service.config.desk.passwords:
        add_change(app, "/konto/adgangskode", "change_password", lambda: _change_password(service))
        app.add_url_rule(
            "/adgangskode/<token>", "password", lambda token: _password(service, token), methods=["GET", "POST"]
        )
    if provider := service.config.desk.provider:
        oidc.register(app, provider)
        add(app, "/log-ind/kommune", "provider", lambda: oidc.begin(service, ours(flask.request.args.get("next", ""))))
        app.add_url_rule("/log-ind/oidc", "provider_back", lambda: _provider_back(service), methods=["GET", "POST"])


# -- signing in --------------------------------------------------------------------------------------------------------


def _login(service: Service) -> flask.typing.ResponseReturnValue:
    after = ours(flask.request.values.get("next", ""))
    if flask.request.method != "POST":
        return _login_page(service, 200, after)
    if not service.config.desk.passwords:
        return _login_page(service, 403, after)
    login, password = flask.request.form.get("login", ""), flask.request.form.get("password", "")
    now, tries = service.now(), service.store.tries
    login = login.strip(" \t")
    account = service.store.accounts.by_login(login)
    taken = tries.take(_limits(service, login, account), now)
    if not taken:
        answer = _login_page(service, 429, after, wrong="locked", login=login, minutes=_minutes(taken.wait))
        answer.retry_after = math.ceil(taken.wait.total_seconds())
        return answer
    with _given_back_if_busy(tries, taken):
        right = fits(account.password if account else "", password)
    if not right or account is None or account.disabled_at:
        return _login_page(service, 401, after, wrong="wrong", login=login)
    tries.give_back(taken)
    if is_weak(account.password):
        with contextlib.suppress(Busy):  # then another time
            service.store.accounts.set_hash(account.number, account.password, hash_of(password))
    return begin(service, account, after)


@contextlib.contextmanager
def _given_back_if_busy(tries: Tries, taken: Taken) -> Iterator[None]:
    """A try that nobody had time for was none."""
    try:
        yield
    except Busy:
        tries.give_back(taken)
        raise


def _login_page(
    service: Service, status: int, after: str, *, wrong: str = "", login: str = "", minutes: int = 0
) -> flask.Response:
    desk = service.config.desk
    return page(
        service.config,
        "login",
        status,
        after=after,
        wrong=wrong,
        login=login,
        minutes=minutes,
        passwords=desk.passwords,
        provider=oidc.named(service) if desk.provider else "",
        by_proxy=bool(desk.proxy_user_header),
    )


def _limits(service: Service, login: str, account: Account | None) -> tuple[Limit, ...]:
    browser = flask.request.cookies.get(_browser_cookie(), "")
    if account is not None and service.store.accounts.knows(account.number, browser, service.now()):
        return limits.sign_in_from_known(account.number, browser)
    return limits.sign_in(login, visitors_network(service.config.desk.trusted_proxies))


def _minutes(wait: dt.timedelta) -> int:
    return math.ceil(wait / dt.timedelta(minutes=1))


def begin(service: Service, account: Account, after: str = "") -> flask.typing.ResponseReturnValue:
    """Begin a session: a new secret and a new token against forged requests, and nothing of what was there before."""
    accounts, session, browser = service.store.accounts, secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    now, cookie = service.now(), _browser_cookie()
    with service.store.transaction():
        accounts.end(flask.session.get(SESSION, ""))
        accounts.begin(account.number, session, now, now + LASTS)
        accounts.remember(account.number, flask.request.cookies.get(cookie, ""), browser, now, now + _KNOWN_FOR)
    flask.session.clear()
    flask.session[SESSION] = session
    answer = flask.redirect(after or flask.current_app.config["PREFIX"] + "/", 303)
    config = flask.current_app.config
    answer.set_cookie(
        cookie,
        browser,
        max_age=_KNOWN_FOR,
        path=config["SESSION_COOKIE_PATH"],
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def _browser_cookie() -> str:
    return f"{flask.current_app.config['SESSION_COOKIE_NAME']}-browser"


def _provider_back(service: Service) -> flask.typing.ResponseReturnValue:
    if flask.request.method != "POST":
        answer = flask.make_response(oidc.back(service))
        answer.headers.update(_NO_REFERRER)
        return answer
    after = ours(str(flask.session.get(oidc.AFTER, "")))
    found = oidc.account_of(service)
    return begin(service, found, after) if isinstance(found, Account) else found


# -- signing out -------------------------------------------------------------------------------------------------------


def _logout(service: Service) -> flask.typing.ResponseReturnValue:
    service.store.accounts.end(flask.session.get(SESSION, ""))
    flask.session.clear()
    if service.config.desk.proxy_user_header:
        return say(service.config, "access.out_by_proxy", 200)
    return moved("login")


def _logout_everywhere(service: Service) -> flask.typing.ResponseReturnValue:
    with service.store.transaction():
        service.store.accounts.end_all(_number())
        did(service.store, "staff", f"account:{_number()}", service.now(), what="out_everywhere")
    return _logout(service)


def _number() -> int:
    number = officer().account
    assert number is not None  # whoever is signed in has an account, also whom a proxy names
    return number


# -- passwords ---------------------------------------------------------------------------------------------------------


def _password(service: Service, token: str) -> flask.typing.ResponseReturnValue:
    """A password by the link that one was sent. Opening it changes nothing: programs look at links in mails."""
    answer = flask.make_response(_password_by(service, token))
    answer.headers.update(_NO_REFERRER)
    return answer


def _password_by(service: Service, token: str) -> flask.typing.ResponseReturnValue:
    accounts, now = service.store.accounts, service.now()
    account, wrong = accounts.by_link(token, now), ""
    if account is not None and flask.request.method == "POST" and not (wrong := _wrong(account)):
        kept = hash_of(flask.request.form["new"])
        account = _set_by_link(service, token, kept, now)
        if account is not None:
            return begin(service, account)
    if account is None:
        return say(service.config, "access.link_old", 404, contact=service.config.town.contact)
    return page(
        service.config, "password", 422 if wrong else 200, token=token, wrong=wrong, login=account.login, least=SHORTEST
    )


def _set_by_link(service: Service, token: str, kept: str, now: dt.datetime) -> Account | None:
    with service.store.transaction():
        account = service.store.accounts.use_link(token, kept, now)
        if account is not None:
            flask.g.officer = officer_of(account)
            did(service.store, "staff", f"account:{account.number}", now, what="password_by_link")
        return account


def _wrong(account: Account) -> str:
    """What is wrong with the new password as it was typed, "" for nothing."""
    new, again = flask.request.form.get("new", ""), flask.request.form.get("again", "")
    if not is_allowed(new, account.login):
        return "weak"
    return "" if new == again else "differs"


def _account(service: Service, status: int = 200, wrong: str = "", minutes: int = 0) -> flask.Response:
    account = service.store.accounts.get(_number())
    assert account is not None  # it was looked up for this request
    return page(
        service.config,
        "account",
        status,
        account=account,
        wrong=wrong,
        minutes=minutes,
        passwords=service.config.desk.passwords and bool(account.password),
        by_proxy=bool(service.config.desk.proxy_user_header),
        changed="gemt" in flask.request.args,
        least=SHORTEST,
    )


def _change_password(service: Service) -> flask.typing.ResponseReturnValue:
    account = service.store.accounts.get(_number())
    assert account is not None
    now, tries = service.now(), service.store.tries
    taken = tries.take(limits.old_password(account.number), now)
    if not taken:
        return _account(service, 429, "locked", _minutes(taken.wait))
    with _given_back_if_busy(tries, taken):
        right = fits(account.password, flask.request.form.get("old", ""))
    if not right:
        return _account(service, 422, "old")
    tries.give_back(taken)
    if wrong := _wrong(account):
        return _account(service, 422, wrong)
    kept = hash_of(flask.request.form["new"])
    with service.store.transaction():
        service.store.accounts.set_password(account.number, kept)
        did(service.store, "staff", f"account:{account.number}", now, what="password")
    return begin(service, account, to("account", gemt=1))


# -- language, and where to go on --------------------------------------------------------------------------------------


def _speak(service: Service) -> flask.typing.ResponseReturnValue:
    chosen = "en" if flask.request.form.get("language") == "en" else "da"
    if flask.g.officer is not None and flask.g.officer.account is not None:
        service.store.accounts.set_language(flask.g.officer.account, chosen)
    flask.session["language"] = chosen
    return flask.redirect(ours(flask.request.form.get("back", "")) or flask.current_app.config["PREFIX"] + "/", 303)
