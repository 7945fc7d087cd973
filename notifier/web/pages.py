"""Values through templates/web into pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import flask

from notifier.config import Config
from notifier.render import environment


def page(config: Config, name: str, language: str, /, **values: object) -> str:
    """A page of templates/web in a language. The public site is linked, by its whole address."""
    root = f"{config.town.base_url.rstrip('/')}/"
    return (
        environment("html", language)
        .get_template(f"web/{name}.html.j2")
        .render(
            town=config.town,
            door=config.door,
            site=f"{root}en/" if language == "en" else root,
            path=urlsplit(config.door.address).path.rstrip("/"),
            **values,
        )
    )


@dataclass(frozen=True, slots=True)
class Public:
    """Where a page that anybody may read stands. `canonical` is its whole address, that of the same page of the public
    site where there is one; "" keeps search engines out, as for one search among many."""

    here: str  # the page in the bar: front, lots, agreements, sign_up, "" for another
    danish: str  # whole addresses of the page in both languages
    english: str
    canonical: str = ""
    description: str = ""

    @classmethod
    def at(cls, here: str, address: Callable[[str], str], *, canonical: str = "", description: str = "") -> Public:
        """A page whose address in each language is known."""
        return cls(here, address("da"), address("en"), canonical, description)


# A minute: what was published is seen at once, and a proxy carries a crowd.
_SHARED = {"Cache-Control": "public, max-age=60"}


def public_page(config: Config, name: str, language: str, shown: Public, /, **values: object) -> flask.Response:
    """A page of templates/web that anybody may read, and any cache may hold for a minute."""
    home = f"{config.door.address}/{'en/' if language == 'en' else ''}"
    folder = "tasks/" if language == "en" else "opgaver/"
    made = flask.make_response(page(config, name, language, shown=shown, home=home, folder=folder, **values))
    made.headers.update(_SHARED)
    return made


def message(config: Config, key: str, status: int) -> flask.Response:
    """A message to somebody of whom nothing is known but the address that they opened, and what their browser asks for.

    Danish where neither tells another language.
    """
    known = _language_of(flask.request.path)
    language = known or flask.request.accept_languages.best_match(("da", "en"), "da")
    response = flask.make_response(page(config, "message", language, key=key), status)
    if not known:
        response.vary.add("Accept-Language")
    return response


def _language_of(path: str) -> str:
    if path == "/en" or path.startswith("/en/"):
        return "en"
    return "da" if path.split("/")[1] in ("tilmeld", "opgaver", "aftaler", "fag") else ""
