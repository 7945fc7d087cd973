"""Small purchases, and tenders that were found by hand."""

from __future__ import annotations

import flask

from notifier.web.service import Service


def add_routes(app: flask.Flask, service: Service) -> None:
    """Not built yet."""
    del app, service
