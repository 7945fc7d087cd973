"""Values through templates/web into pages."""

from __future__ import annotations

from urllib.parse import urlsplit

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
