"""What came of it: from found to won, how good the marks are, who won before and since."""

from __future__ import annotations

import flask

from notifier.web.service import Service


def add_routes(app: flask.Flask, service: Service) -> None:
    """Not built yet."""
    del app, service
