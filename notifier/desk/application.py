"""The desk's application: who may open what, tokens against forged requests, headers, errors for people.

A route that is not in the list of open ones needs somebody who is signed in; one that was added with `role` an admin.
Whatever is not GET carries a token (Flask-WTF) and comes from a page of ours (its Origin says so).
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import flask
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed

from notifier import clock
from notifier.config import Config
from notifier.desk.officers import SESSION, officer_of
from notifier.desk.pages import message, to
from notifier.errors import NotifierError
from notifier.resources import resource
from notifier.store import Store
from notifier.store.accounts import Role
from notifier.store.settings import DESK_KEY
from notifier.suitability import Rules
from notifier.web.application import Application, dress
from notifier.web.service import Courier, Service

log = logging.getLogger(__name__)

_LARGEST_FORM = 2 * 1024 * 1024  # octets: a draft that is uploaded, or a list of some thousand lots that are tagged
_HEADERS = {
    # One script, our own, for keys; it asks ourselves alone.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    # To ourselves alone: a browser that tells no referrer tells no Origin either, and that is what we look at.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Everything else needs somebody who is signed in.
OPEN = frozenset({"login", "password", "speak", "style", "script"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def make_desk(
    config: Config,
    rules: Rules,
    now: Callable[[], dt.datetime] = clock.now,
    send: Callable[[int], None] | None = None,
) -> flask.Flask:
    """The application. `send` is given the number of a mail that somebody waits for; the courier where it is None."""
    from notifier.desk import (
        agreements,
        correcting,
        drafts,
        effects,
        health,
        inbox,
        login,
        lot,
        posting,
        tagging,
        trail,
    )

    service = Service(config, rules, now, send or Courier(config).send)
    app = Application("notifier.desk", static_folder=None)
    secure = config.desk.address.startswith("https://")
    prefix = urlsplit(config.desk.address).path.rstrip("/")
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=_LARGEST_FORM,
        MAX_FORM_PARTS=10_000,
        SECRET_KEY=_key(config),
        # With the prefix __Host- no other host and no unencrypted page can plant one.
        SESSION_COOKIE_NAME="__Host-desk" if secure and not prefix else "desk",
        SESSION_COOKIE_PATH=f"{prefix}/",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # not Strict: who follows a link in a mail is signed in
        WTF_CSRF_SSL_STRICT=False,  # it wants a referrer; `_guard` looks at Origin instead
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: an officer's morning is longer than an hour
        PREFIX=prefix,
        BAR=(),
        ROLES={},
        SERVICE=service,
    )
    CSRFProtect(app)
    app.before_request(lambda: _guard(service))
    for part in (inbox, tagging, lot, correcting, agreements, posting, drafts, effects, health, trail, login):
        part.add_routes(app, service)
    own = sorted(resource("templates/desk").glob("*.css"))
    dress(app, _HEADERS, (*(resource(f"templates/{name}/style.css") for name in ("site", "web")), *own))
    app.add_url_rule("/keys.js", "script", _script)
    app.register_error_handler(HTTPException, lambda error: _told(service, error))
    app.register_error_handler(NotifierError, lambda error: _unavailable(service, error))
    return app


def add(app: flask.Flask, rule: str, endpoint: str, view: Callable[..., Any], *, role: Role = Role.OFFICER) -> None:
    """A page that is read: GET alone."""
    app.add_url_rule(rule, endpoint, view, methods=["GET"])
    app.config["ROLES"][endpoint] = role


def add_change(
    app: flask.Flask, rule: str, endpoint: str, view: Callable[..., Any], *, role: Role = Role.OFFICER
) -> None:
    """Something that changes: POST alone, with the token."""
    app.add_url_rule(rule, endpoint, view, methods=["POST"])
    app.config["ROLES"][endpoint] = role


def in_bar(app: flask.Flask, endpoint: str) -> None:
    """Name a page in the bar at the top of every page (desk.nav_ENDPOINT)."""
    app.config["BAR"] = (*app.config["BAR"], endpoint)


def _key(config: Config) -> str:
    """What cookies are signed with; made once, so that nobody is signed out when the program starts anew."""
    with Store.open(config.database, create=True, marker=config.marker) as store, store.transaction():
        if not (key := store.settings.get(DESK_KEY)):
            key = secrets.token_urlsafe(32)
            store.settings.put(DESK_KEY, key)
        return key


def _guard(service: Service) -> flask.typing.ResponseReturnValue | None:
    """Look who asks, before anything is done. None lets them through."""
    if flask.request.method not in SAFE and not _is_ours(service.config.desk.address):
        raise Forbidden
    session = flask.session.get(SESSION, "")
    account = service.store.accounts.signed_in(session, service.now()) if session else None
    flask.g.officer = officer_of(account) if account else None
    endpoint = flask.request.endpoint
    if endpoint in OPEN or (endpoint is None and account):
        return None
    if account is None:
        if flask.request.method == "GET":
            return flask.redirect(to("login", next=flask.request.full_path.rstrip("?")), 303)
        return message(service.config, "signed_out", 401)
    if flask.current_app.config["ROLES"].get(endpoint, Role.ADMIN) is Role.ADMIN and account.role is not Role.ADMIN:
        return message(service.config, "not_yours", 403)
    return None


def _is_ours(address: str) -> bool:
    """Whether a browser says that a page of ours asks. One that says nothing is an old one: the token decides."""
    origin, site = flask.request.headers.get("Origin"), flask.request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None or (origin == "null" and site == "same-origin"):
        return True
    ours = urlsplit(address)
    return origin == f"{ours.scheme}://{ours.netloc}"


def _script() -> flask.Response:
    body = resource("templates/desk/keys.js").read_text(encoding="utf-8")
    return flask.Response(body, mimetype="text/javascript", headers={"Cache-Control": "public, max-age=3600"})


def _told(service: Service, error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()
    if isinstance(error, CSRFError):
        return message(service.config, "forged", 400)
    if "officer" not in flask.g:
        flask.g.officer = None
    key = {403: "forbidden", 404: "not_found", 405: "not_allowed", 413: "too_large"}.get(error.code or 500, "failed")
    told = message(service.config, key, error.code or 500)
    if isinstance(error, MethodNotAllowed):
        told.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return told


def _unavailable(service: Service, error: NotifierError) -> flask.typing.ResponseReturnValue:
    log.error("a page of the desk could not be answered: %s", error)
    return message(service.config, "failed", 503)
