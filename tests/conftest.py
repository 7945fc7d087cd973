"""What every test has: a clock that starts real and is real again afterwards. And the demo, run once for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier import clock
from tests.demos import Demo, run_demo


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    yield
    clock.pretend(None)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """What a newcomer's demo printed and left."""
    return run_demo(tmp_path_factory.mktemp("newcomer") / "var" / "demo")
