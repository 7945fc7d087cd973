"""A small town's desk: the store and its lots (tests.notifier.web.make), two officers and an admin, and their browsers.

`Room.enter` signs somebody in; the `Browser` that it gives keeps cookies, and `post` presses a button with the token
that the page would carry.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import flask
import flask.testing
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from notifier.catalogue import followed, refresh
from notifier.config import DeskConfig
from notifier.desk import make_desk
from notifier.door import Door
from notifier.store.accounts import Role
from tests.notifier.web.make import DOOR, RULES, Place, tree

DESK = DeskConfig("https://skrivebord.proevekoebing.example")
PASSWORD = "korrekt hest batteri"
# A real one takes a tenth of a second and 64 MiB, on purpose; test_passwords.py looks at those.
LIGHT = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_HASH = LIGHT.hash(PASSWORD)
STAFF = {
    "anna@proevekoebing.example": ("Anna Lund", Role.OFFICER),
    "bo@proevekoebing.example": ("Bo Krag", Role.OFFICER),
    "admin@proevekoebing.example": ("Carla Dam", Role.ADMIN),
}


@dataclass(slots=True, repr=False)
class Browser:
    """Somebody's browser at the desk."""

    client: flask.testing.FlaskClient
    address: str = DESK.address

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **{"base_url": self.address, **more})

    def post(self, path: str, form: Any = None, /, *, token: str | None = None, **more: Any) -> TestResponse:
        """Press a button: the form with the token of the front page, as a browser of ours sends it."""
        data = dict(form or {})
        data["csrf_token"] = self.token() if token is None else token
        headers = {"Origin": self.address, "Referer": f"{self.address}/", **more.pop("headers", {})}
        return self.client.post(path, **{"base_url": self.address, "data": data, "headers": headers, **more})

    def token(self, **more: Any) -> str:
        """The token that this browser's pages carry now."""
        (found, *_) = tree(self.get("/log-ind", **more)).xpath("//input[@name='csrf_token']/@value")
        return str(found)


@dataclass(slots=True, repr=False)
class Room:
    """The desk of a town."""

    place: Place
    app: flask.Flask
    sent: list[int] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, desk: DeskConfig = DESK, door: Door = DOOR) -> Room:
        """A desk with three members of staff and no lots."""
        place = Place.at(folder, door)
        for login, (name, role) in STAFF.items():
            account = place.store.accounts.add(login, name, role, place.now)
            assert account is not None
            place.store.accounts.set_password(account.number, _HASH)
        place.config = replace(place.config, desk=desk)
        sent: list[int] = []
        app = make_desk(place.config, RULES, now=lambda: place.moment[0], send=sent.append)
        return cls(place, app, sent)

    def stranger(self) -> Browser:
        """A browser that nobody is signed in with."""
        return Browser(self.app.test_client(), self.place.config.desk.address)

    def enter(self, who: str = "anna") -> Browser:
        """The browser of anna, bo or admin, signed in."""
        browser = self.stranger()
        answer = browser.post("/log-ind", {"login": f"{who}@proevekoebing.example", "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser

    def refresh(self) -> None:
        """Bring the catalogue up to date, as each step of a run does."""
        refresh(self.place.store, RULES.trades, self.place.now, followed=followed(self.place.config))
