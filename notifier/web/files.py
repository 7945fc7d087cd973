"""The published site under /site/, for a town that runs no other web server: then [town] base_url ends with /site.

A file is opened once and told of as it was then, so nobody gets half of one that is replaced meanwhile.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

import flask
from werkzeug.exceptions import NotFound, RequestedRangeNotSatisfiable
from werkzeug.http import http_date
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from notifier.web.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Their pages may run their own scripts and read their own files, and nothing else.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json",  # which is UTF-8 (RFC 8259)
    ".jsonl": "application/jsonl",
    ".md": "text/markdown; charset=utf-8",
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}
_ATOM, _JSON_FEED = "application/atom+xml; charset=utf-8", "application/feed+json"
_FEED = re.compile(r"(?:en/)?(?:atom\.xml|feed\.json|(?:fag|maerker)/[^/]+\.(?:xml|json))")
_INDEX = "index.html"
# One range of octets. Other units and what is no range are ignored (RFC 9110 14.2), and several at once as well.
_RANGE = re.compile(
    r"\s*bytes\s*=\s*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-[0-9]{1,18})\s*", re.ASCII | re.IGNORECASE
)


def add_routes(app: flask.Flask, service: Service) -> None:
    """Every file of the site, and the front page of each folder that has one."""
    root = service.config.site
    app.add_url_rule("/site/", "site", lambda: _answer(root, ""))
    app.add_url_rule("/site/<path:path>", "site_file", lambda path: _answer(root, path))


def _answer(root: Path, path: str) -> Response:
    if path and not all(map(_may_be, path.rstrip("/").split("/"))):
        raise NotFound
    try:
        if path and not path.endswith("/") and (root / path / _INDEX).is_file():
            # Beside where one stands: whatever a proxy has put before our paths.
            return flask.redirect(f"{quote(path.rpartition('/')[2])}/", 308)
        return _sent(root, root / path / _INDEX if not path or path.endswith("/") else root / path)
    except (OSError, ValueError, RuntimeError) as error:  # none there, one that may not be read, links in a circle
        raise NotFound from error


def _may_be(part: str) -> bool:
    """Whether a part of a path can be one of a published file. What begins with a dot is the program's own."""
    return bool(part) and not part.startswith(".") and not {"\\", "\0"} & set(part)


def _sent(root: Path, place: Path) -> Response:
    """The file, whole, a part of it, or that it is as it was. Raises NotFound where it is none of the folder's, or
    neither its name nor that of what a link leads to is one of a published file."""
    goal, kind = place.resolve(strict=True), media_type(place.relative_to(root).as_posix())
    # Raises ValueError for what lies elsewhere.
    if not all(map(_may_be, goal.relative_to(root.resolve()).parts)) or not kind or not media_type(goal.name):
        raise NotFound
    handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that somebody put there would keep us waiting
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotFound
    file = os.fdopen(handle, "rb")
    found = os.fstat(handle)
    answer = flask.Response(wrap_file(flask.request.environ, file), direct_passthrough=True)
    answer.call_on_close(file.close)
    answer.headers.update(
        {
            "Content-Type": kind,
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "public, max-age=60",
            "Last-Modified": http_date(found.st_mtime),
            "Access-Control-Allow-Origin": "*",  # programs in other sites' pages may read what is open
        }
    )
    answer.content_length = found.st_size
    answer.set_etag(f"{found.st_mtime_ns:x}-{found.st_size:x}")
    try:
        return answer.make_conditional(_asked(), accept_ranges=True, complete_length=found.st_size)
    except RequestedRangeNotSatisfiable:
        answer.close()
        raise


def _asked() -> WSGIEnvironment:
    """The request, without a range that is not understood."""
    environ = dict(flask.request.environ)
    one = _RANGE.fullmatch(environ.get("HTTP_RANGE", ""))
    if one is None or (one["last"] and int(one["last"]) < int(one["first"])):
        environ.pop("HTTP_RANGE", None)
    return environ


def media_type(path: str) -> str:
    """What the file of that path is, for browsers and for readers of feeds; "" for what is not served.

    >>> media_type("en/fag/cleaning.xml"), media_type("sitemap.xml")
    ('application/atom+xml; charset=utf-8', 'application/xml; charset=utf-8')
    """
    if _FEED.fullmatch(path):
        return _ATOM if path.endswith(".xml") else _JSON_FEED
    return _TYPES.get(PurePosixPath(path).suffix.lower(), "")
