"""Values through templates/web into pages."""

from __future__ import annotations

from urllib.parse import urlsplit

import flask

from notifier.config import Config
from notifier.render import environment


def page(config: Config, name: str, language: str, **values: object) -> str:
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
    if path.startswith("/en/"):
        return "en"
    return "da" if path.rstrip("/") == "/tilmeld" else ""
