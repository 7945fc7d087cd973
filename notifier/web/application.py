"""The application: a store for each thread, headers of every answer, errors for people."""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from notifier import clock
from notifier.config import Config
from notifier.errors import NotifierError
from notifier.journal import Journal
from notifier.keys import Purpose
from notifier.membership import opened
from notifier.outbox import deliver_now, manner_of
from notifier.profiles import Subscriber
from notifier.resources import resource
from notifier.store import Store
from notifier.suitability import Rules
from notifier.transport import transport_for
from notifier.web.pages import message

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


@dataclass(slots=True)
class Desk:
    """What the pages work with. `send` hands a mail over that somebody waits for, beside the request."""

    config: Config
    rules: Rules
    now: Callable[[], dt.datetime]
    send: Callable[[int], None]
    _stores: threading.local = field(default_factory=threading.local)

    @property
    def store(self) -> Store:
        """The store of this thread."""
        if not hasattr(self._stores, "store"):
            self._stores.store = Store.open(self.config.database, marker=self.config.marker)
        store: Store = self._stores.store
        return store

    @property
    def journal(self) -> Journal:
        """Where it is written down who left."""
        return Journal(self.config.journal)

    def visitor(self, key: str, purpose: Purpose) -> Subscriber:
        """Whose link this is; 404 where it opens nothing."""
        found = opened(self.store, key, purpose)
        if found is None:
            flask.abort(404)
        return found


class _Application(flask.Flask):
    """Flask, but an error is logged under the page's name: its address is somebody's key."""

    def log_exception(self, exc_info: Any) -> None:
        log.error("the page %s failed", flask.request.endpoint or "(none)", exc_info=exc_info)


def make_application(
    config: Config,
    rules: Rules,
    now: Callable[[], dt.datetime] = clock.now,
    send: Callable[[int], None] | None = None,
) -> flask.Flask:
    """The application. `send` is given the number of a mail that somebody waits for; the courier where it is None."""
    from notifier.web import answering, feeds, personal, signup

    app = _Application("notifier.web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=_LARGEST_FORM, MAX_FORM_MEMORY_SIZE=_LARGEST_FORM, MAX_FORM_PARTS=400)
    desk = Desk(config, rules, now, send or Courier(config).send)
    for part in (signup, personal, answering, feeds):
        part.add_routes(app, desk)
    app.add_url_rule("/style.css", view_func=_style)
    app.add_url_rule("/", view_func=lambda: flask.redirect(config.door.sign_up("da")))
    app.after_request(_with_headers)
    app.register_error_handler(HTTPException, lambda error: _told(desk, error))
    app.register_error_handler(NotifierError, lambda error: _unavailable(desk, error))
    return app


def _style() -> Response:
    files = (resource("templates/site/style.css"), resource("templates/web/style.css"))
    body = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return flask.Response(body, mimetype="text/css", headers={"Cache-Control": "public, max-age=3600"})


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if "Cache-Control" not in response.headers:
        for name, value in _PRIVATE.items():
            response.headers[name] = value
    return response


def _told(desk: Desk, error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()
    key = {404: "not_found", 405: "not_allowed", 413: "too_large"}.get(error.code or 500, "failed")
    told = message(desk.config, f"web.{key}", error.code or 500)
    if isinstance(error, MethodNotAllowed):
        told.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return told


def _unavailable(desk: Desk, error: NotifierError) -> flask.typing.ResponseReturnValue:
    log.error("a page could not be answered: %s", error)
    return message(desk.config, "web.failed", 503)


class Courier:
    """Hands mails over that somebody waits for, one after the other, while the request is answered already.

    So the answer takes as long for an address that is known as for one that is not. What fails, or is cut off, waits
    in the outbox for the next run.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._waiting: queue.Queue[int] = queue.Queue(maxsize=1000)
        self._started = threading.Lock()

    def send(self, number: int) -> None:
        """Take mail `number` along. A full bag is left for the next run."""
        if self._started.acquire(blocking=False):
            threading.Thread(target=self._work, name="courier", daemon=True).start()
        try:
            self._waiting.put_nowait(number)
        except queue.Full:
            log.warning("mail %d waits for the next run: too many at once", number)

    def _work(self) -> None:
        while True:
            number = self._waiting.get()
            try:
                with Store.open(self._config.database, marker=self._config.marker) as store:
                    transport, journal = (
                        transport_for(self._config.mail, self._config.outbox),
                        Journal(self._config.journal),
                    )
                    deliver_now(store, transport, number, clock.now(), manner_of(self._config.mail, journal))
            except NotifierError as error:
                log.warning("mail %d waits for the next run: %s", number, error)
            except Exception:  # the next letter must not wait for whatever this was
                log.exception("mail %d waits for the next run", number)
