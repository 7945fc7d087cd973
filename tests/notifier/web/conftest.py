"""A town of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notifier.desk.make import Room
from tests.notifier.web.make import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place.at(tmp_path)
    with made.store:
        yield made


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """The same town with its desk."""
    made = Room.at(tmp_path)
    with made.place.store:
        yield made
