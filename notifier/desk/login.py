"""Signing in and out. A session is a random secret in a signed cookie, kept here as a hash; it ends on the server."""

from __future__ import annotations

import datetime as dt
import secrets

import flask

from notifier.desk.officers import SESSION
from notifier.desk.pages import moved, page
from notifier.desk.passwords import fits
from notifier.store.accounts import Account, Role
from notifier.web.service import Service

LASTS = dt.timedelta(hours=12)  # a working day: nobody is signed out in the middle of one


def add_routes(app: flask.Flask, service: Service) -> None:
    """Sign in, sign out, the other language."""
    app.add_url_rule("/log-ind", "login", lambda: _login(service), methods=["GET", "POST"])
    app.add_url_rule("/log-ud", "logout", lambda: _logout(service), methods=["POST"])
    app.add_url_rule("/sprog", "speak", lambda: _speak(service), methods=["POST"])
    app.config["ROLES"]["logout"] = Role.OFFICER


def _login(service: Service) -> flask.typing.ResponseReturnValue:
    after = _ours(flask.request.values.get("next", ""))
    if flask.request.method == "GET":
        return page(service.config, "login", after=after, wrong="", login="")
    login, password = flask.request.form.get("login", ""), flask.request.form.get("password", "")
    account = service.store.accounts.by_login(login)
    if not fits(account.password if account else "", password) or account is None or account.disabled_at:
        return page(service.config, "login", 401, after=after, wrong="wrong", login=login)
    begin(service, account)
    return flask.redirect(after or flask.current_app.config["PREFIX"] + "/", 303)


def begin(service: Service, account: Account) -> None:
    """Begin a session: a new secret, and nothing of what the browser had before."""
    session, now = secrets.token_urlsafe(32), service.now()
    flask.session.clear()
    flask.session[SESSION] = session
    service.store.accounts.begin(account.number, session, now, now + LASTS)


def _logout(service: Service) -> flask.typing.ResponseReturnValue:
    service.store.accounts.end(flask.session.get(SESSION, ""))
    flask.session.clear()
    return moved("login")


def _speak(service: Service) -> flask.typing.ResponseReturnValue:
    chosen = "en" if flask.request.form.get("language") == "en" else "da"
    if flask.g.officer is not None and flask.g.officer.account is not None:
        service.store.accounts.set_language(flask.g.officer.account, chosen)
    flask.session["language"] = chosen
    return flask.redirect(_ours(flask.request.form.get("back", "")) or flask.current_app.config["PREFIX"] + "/", 303)


def _ours(after: str) -> str:
    """A path of ours to go on to, "" for anything else: an address elsewhere is no place to send anybody."""
    plain = after.startswith("/") and not after.startswith(("//", "/\\")) and after.isprintable()
    return after if plain and "\\" not in after else ""
