"""`python -m tests.bench.serving web|desk FOLDER`: the program's own command serves, with one more page.

That page, /__memory, lays out the same template as the last other page did, from the same values, which it holds in
memory: what a page could be at best. Everything else, waitress and its settings too, is as `notifier web` and
`notifier desk` have it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import flask
from jinja2 import Template

import notifier.desk
import notifier.web
from notifier.cli import main
from notifier.store.accounts import Role

MEMORY = "/__memory"
_last: list[tuple[Template, tuple[Any, ...], dict[str, Any]]] = []
_render = Template.render


def _remembered(self: Template, *values: Any, **named: Any) -> str:
    if flask.request.path != MEMORY:
        _last[:] = [(self, values, named)]
    return _render(self, *values, **named)


def _with_memory(make: Callable[..., flask.Flask]) -> Callable[..., flask.Flask]:
    def made(*values: Any, **named: Any) -> flask.Flask:
        app = make(*values, **named)
        app.add_url_rule(MEMORY, "memory", _from_memory)
        app.config.get("ROLES", {})["memory"] = Role.OFFICER
        return app

    return made


def _from_memory() -> flask.Response:
    template, values, named = _last[0]
    return flask.make_response(_render(template, *values, **named))


if __name__ == "__main__":
    Template.render = _remembered  # type: ignore[method-assign]
    notifier.web.make_application = _with_memory(notifier.web.make_application)
    notifier.desk.make_desk = _with_memory(notifier.desk.make_desk)
    sys.exit(main(["--config", sys.argv[2], sys.argv[1]]))
