"""A desk of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.desk import passwords
from tests.notifier.desk.make import LIGHT, Room


@pytest.fixture(autouse=True)
def light_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in costs next to nothing, but where passwords themselves are looked at."""
    if request.module.__name__.rpartition(".")[2] != "test_passwords":
        monkeypatch.setattr(passwords, "_hasher", lambda: LIGHT)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room.at(tmp_path)
    with made.place.store:
        yield made
