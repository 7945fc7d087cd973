"""What an officer puts right in a lot: a wrong field, a lot that does not belong here."""

from __future__ import annotations

import flask

from notifier.web.service import Service


def add_routes(app: flask.Flask, service: Service) -> None:
    """Not built yet."""
    del app, service
