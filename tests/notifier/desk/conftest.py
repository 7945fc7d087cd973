"""A desk of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notifier.desk.make import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room.at(tmp_path)
    with made.place.store:
        yield made
