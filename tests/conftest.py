"""What every test has: a clock that starts real and is real again afterwards. And the demo, run once for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier import clock
from tests.demos import Demo, run_demo

# Files that take longest, though some hold few tests: begun last, one of them would be waited for.
_LONGEST = (
    "test_udbud", "test_real_notices", "test_corpus", "test_bad_input", "test_source", "test_browser", "test_backfill",
    "test_replay", "test_pages", "test_outbox_commands", "test_reading", "test_documents", "test_demo", "test_ted",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the rest in their order."""
    rank = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    yield
    clock.pretend(None)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """What a newcomer's demo printed and left."""
    return run_demo(tmp_path_factory.mktemp("newcomer") / "var" / "demo")
