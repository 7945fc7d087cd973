"""A planned tender, looked at before it is published. Nothing is kept."""

from __future__ import annotations

import flask

from notifier.web.service import Service


def add_routes(app: flask.Flask, service: Service) -> None:
    """Not built yet."""
    del app, service
