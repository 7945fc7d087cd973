"""What every test has: a clock that starts real and is real again afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier import clock


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    yield
    clock.pretend(None)
