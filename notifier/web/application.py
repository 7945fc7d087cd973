"""The public application, and what every page of ours has in common: headers, errors for people, the style."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import flask
from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from notifier import clock
from notifier.config import Config
from notifier.errors import NotifierError
from notifier.resources import resource
from notifier.suitability import Rules
from notifier.web.pages import message
from notifier.web.requests import Number, Request, look_at_text
from notifier.web.service import Courier, Service
from notifier.web.visitors import is_ours

log = logging.getLogger(__name__)

_LARGEST_FORM = 64 * 1024  # octets; the sign-up with everything filled in has some 3 kB
_HEADERS = {
    # No script anywhere; forms go to ourselves; nobody frames us.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # addresses of personal pages are keys
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


class Application(flask.Flask):
    """Flask, but an error is logged under the page's name: its address is somebody's key."""

    request_class = Request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_map.converters["int"] = Number

    def log_exception(self, exc_info: Any) -> None:
        log.error("the page %s failed", flask.request.endpoint or "(none)", exc_info=exc_info)


def make_application(
    config: Config,
    rules: Rules,
    now: Callable[[], dt.datetime] = clock.now,
    send: Callable[[int], None] | None = None,
) -> flask.Flask:
    """The application. `send` is given the number of a mail that somebody waits for; the courier where it is None."""
    from notifier.web import agreements, answering, feeds, files, listing, lots, personal, signup, trades

    service = Service(config, rules, now, send or Courier(config).send)
    app = Application("notifier.web", static_folder=None)
    app.before_request(lambda: _guard(config.door.address))
    app.config.update(MAX_CONTENT_LENGTH=_LARGEST_FORM, MAX_FORM_MEMORY_SIZE=_LARGEST_FORM, MAX_FORM_PARTS=400)
    for part in (listing, lots, agreements, trades, signup, personal, answering, feeds, files):
        part.add_routes(app, service)
    dress(app, _HEADERS, (resource("templates/site/style.css"), resource("templates/web/style.css")))
    app.register_error_handler(HTTPException, lambda error: _told(service, error))
    app.register_error_handler(NotifierError, lambda error: _unavailable(service, error))
    return app


def _guard(address: str) -> None:
    """Nothing is changed from another site's page.

    Nobody is signed in here: what a browser would send along by itself opens nothing. Whoever may change something
    has a secret key in the address that they post to, so a page that does not know it can forge nothing; sign-up
    needs no right. That other pages are refused keeps them from having their visitors sign addresses up. The way out
    is posted to by mail programs (RFC 8058), from wherever they are.
    """
    safe = flask.request.method in ("GET", "HEAD", "OPTIONS")
    if not safe and flask.request.endpoint != "stop" and not is_ours(address, without_origin=True):
        raise Forbidden


def dress(app: flask.Flask, headers: Mapping[str, str], style: tuple[Path, ...]) -> None:
    """Give every answer these headers, and what is said to one alone to no cache; serve the style sheet."""

    def with_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            for name, value in _PRIVATE.items():
                response.headers[name] = value
        return response

    def style_sheet() -> Response:
        body = "\n".join(file.read_text(encoding="utf-8") for file in style)
        return flask.Response(body, mimetype="text/css", headers={"Cache-Control": "public, max-age=3600"})

    app.add_url_rule("/style.css", "style", style_sheet)
    app.before_request(look_at_text)
    app.after_request(with_headers)


_KEYS = {400: "not_allowed", 403: "not_allowed", 404: "not_found", 405: "not_allowed", 413: "too_large"}


def _told(service: Service, error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()
    key = _KEYS.get(error.code or 500, "failed")
    if key == "not_found" and flask.request.endpoint in ("public_lot_da", "public_lot_en"):
        key = "no_lot"  # whatever lot was asked for: what there was is nobody's business
    told = message(service.config, f"web.{key}", error.code or 500)
    if isinstance(error, MethodNotAllowed):
        told.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return told


def _unavailable(service: Service, error: NotifierError) -> flask.typing.ResponseReturnValue:
    log.error("a page could not be answered: %s", error)
    return message(service.config, "web.failed", 503)
