"""Values through templates/desk into pages."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import flask
from flask_wtf.csrf import generate_csrf

from notifier.config import Config
from notifier.render import environment

# What stands in the bar at the top: the endpoint that it leads to, and the key of its name (desk.nav_…). Each part of
# the desk adds its own in `add_routes`.
Bar = tuple[tuple[str, str], ...]


def language() -> str:
    """The language of whoever asks: of their account, or what they chose before they signed in."""
    known = flask.g.get("officer")
    if known is not None:
        return str(known.language)
    return "en" if flask.session.get("language") == "en" else "da"


def page(config: Config, name: str, /, status: int = 200, **values: object) -> flask.Response:
    """A page of templates/desk in the language of whoever asks.

    Every template has: `csrf` (the token that each form carries as csrf_token), `me` (the officer, None before signing
    in), `path` (the desk's own prefix), `here` (the endpoint), `to(endpoint, …)` (a link), `bar`,
    `template` (its own name, by which the style sheets know the page).
    """
    spoken = language()
    shown = (
        environment("html", spoken)
        .get_template(f"desk/{name}.html.j2")
        .render(
            town=config.town,
            site=config.town.base_url.rstrip("/"),
            public=config.door.address,
            path=urlsplit(config.desk.address).path.rstrip("/"),
            csrf=generate_csrf(),
            me=flask.g.get("officer"),
            here=flask.request.endpoint or "",
            to=to,
            bar=flask.current_app.config["BAR"],
            template=name,
            **values,
        )
    )
    return flask.make_response(shown, status)


def to(endpoint: str, /, **values: object) -> str:
    """The path of a page of the desk, under the prefix at which the proxy shows it."""
    prefix: str = flask.current_app.config["PREFIX"]
    return prefix + flask.url_for(endpoint, **values)  # type: ignore[arg-type]


def moved(endpoint: str, /, **values: object) -> flask.Response:
    """After a change: look at that page (303)."""
    return flask.redirect(to(endpoint, **values), 303)  # type: ignore[return-value]


def message(config: Config, key: str, status: int, **values: object) -> flask.Response:
    """A page that says one thing: `desk.{key}_title` and `desk.{key}`."""
    return say(config, f"desk.{key}", status, **values)


def say(config: Config, key: str, status: int, **values: object) -> flask.Response:
    """The same in words of another section."""
    return page(config, "message", status, key=key, values=values)


# One slash at a time, and nothing that a browser, or a proxy that decodes twice, could read as another host.
_PATH = re.compile(r"/(?:[^/\\]+/)*[^/\\]*")
_LONGEST = 2000  # characters of an address: a filter with everything filled in has some 300


def ours(after: str) -> str:
    """A path of ours to go on to, "" for anything else: an address elsewhere is no place to send anybody."""
    if len(after) > _LONGEST or not after.isprintable() or "\\" in after:
        return ""
    path = re.split("[?#]", after)[0]
    for decoded in (path, unquote(path), unquote(unquote(path))):
        if not (_PATH.fullmatch(decoded) and decoded.isprintable()) or {".", ".."} & set(decoded.split("/")):
            return ""
    return after if f"{path}/".startswith(f"{flask.current_app.config['PREFIX']}/") else ""
