"""A lot as an officer sees it: its text with the evidence in place, facts, history, tags, notes."""

from __future__ import annotations

import flask

from notifier.web.service import Service


def add_routes(app: flask.Flask, service: Service) -> None:
    """Not built yet."""
    del app, service
