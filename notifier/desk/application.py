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
from werkzeug.exceptions import BadHost, Forbidden, HTTPException, MethodNotAllowed

from notifier import clock
from notifier.config import Config
from notifier.desk.officers import SESSION, officer_of
from notifier.desk.pages import message, say, to
from notifier.desk.proxy import account_named, is_same_as_before
from notifier.errors import Busy, NotifierError
from notifier.resources import resource
from notifier.store import Store
from notifier.store.accounts import Account, Role
from notifier.store.settings import DESK_KEY
from notifier.suitability import Rules
from notifier.web.application import Application, dress
from notifier.web.service import Courier, Service
from notifier.web.visitors import is_ours

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
OPEN = frozenset({"login", "password", "provider", "provider_back", "speak", "style", "script"})
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
    shared = (resource(f"templates/{name}.css") for name in ("site/style", "web/style", "drawing"))
    dress(app, _HEADERS, (*shared, *own))
    app.add_url_rule("/keys.js", "script", _script)
    app.register_error_handler(HTTPException, lambda error: _told(service, error))
    app.register_error_handler(NotifierError, lambda error: _unavailable(service, error))
    app.register_error_handler(Busy, lambda _: _busy(service))
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
    endpoint, method = flask.request.endpoint, flask.request.method
    if isinstance(wrong := flask.request.routing_exception, BadHost):
        raise wrong
    # The page of a link that sets a password tells no referrer, and so no origin; its address is a secret.
    if method not in SAFE and not is_ours(service.config.desk.address, without_origin=endpoint in _NAMELESS):
        raise Forbidden
    if endpoint in _SAME_FOR_ALL:
        flask.g.officer = None
        return None
    account = _who(service)
    flask.g.officer = officer_of(account) if account else None
    if endpoint in OPEN or (endpoint is None and account):
        return None
    if account is None:
        return _turned_away(service)
    if flask.current_app.config["ROLES"].get(endpoint, Role.ADMIN) is Role.ADMIN and account.role is not Role.ADMIN:
        return message(service.config, "not_yours", 403)
    return None


_SAME_FOR_ALL = ("style", "script")  # caches may keep them: no session is read, and no cookie set
_NAMELESS = ("password", "provider_back")


def _who(service: Service) -> Account | None:
    """Whose session the browser has, or whom a trusted proxy names: never both, where a proxy does there are none."""
    desk = service.config.desk
    if desk.proxy_user_header:
        account = account_named(service.store, desk)
        if account and not is_same_as_before(account) and flask.request.method not in SAFE:
            raise CSRFError("the form was made for somebody else")
        return account
    session = flask.session.get(SESSION, "")
    return service.store.accounts.signed_in(session, service.now()) if session else None


def _turned_away(service: Service) -> flask.typing.ResponseReturnValue:
    if service.config.desk.proxy_user_header:
        return say(service.config, "access.unknown", 403, contact=service.config.town.contact)
    if flask.request.method in ("GET", "HEAD"):
        prefix = flask.current_app.config["PREFIX"]
        return flask.redirect(to("login", next=prefix + flask.request.full_path.rstrip("?")), 303)
    return message(service.config, "signed_out", 401)


def _script() -> flask.Response:
    body = resource("templates/desk/keys.js").read_text(encoding="utf-8")
    return flask.Response(body, mimetype="text/javascript", headers={"Cache-Control": "public, max-age=3600"})


_KEYS = {400: "not_allowed", 403: "forbidden", 404: "not_found", 405: "not_allowed", 413: "too_large"}


def _told(service: Service, error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()
    if isinstance(error, BadHost):
        return "", 400  # no page of ours can be made: its links begin with the host
    if isinstance(error, CSRFError):
        return message(service.config, "forged", 400)
    if "officer" not in flask.g:
        flask.g.officer = None
    key = _KEYS.get(error.code or 500, "failed")
    # A browser that came by another name of this machine is told the one that is ours.
    address = {"address": f"{service.config.desk.address}/"} if key == "forbidden" else {}
    told = message(service.config, key, error.code or 500, **address)
    if isinstance(error, MethodNotAllowed):
        told.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return told


def _unavailable(service: Service, error: NotifierError) -> flask.typing.ResponseReturnValue:
    log.error("a page of the desk could not be answered: %s", error)
    return message(service.config, "failed", 503)


def _busy(service: Service) -> flask.typing.ResponseReturnValue:
    """Many try passwords at this moment. Nothing was done, and no try was counted."""
    answer = message(service.config, "busy", 503)
    answer.retry_after = 5
    return answer
