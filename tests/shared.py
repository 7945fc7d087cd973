"""The shared corpus beside the project, where there is one: real notices, a replay server, labels.

The project stands without it: tests that use it are skipped with a reason, but never in CI.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "shared"
SHARED: Path | None = _FOLDER if _FOLDER.is_dir() else None

needs_shared = pytest.mark.skipif(
    SHARED is None and os.environ.get("CI") != "true",
    reason="the shared corpus is not beside the project (../shared)",
)


def shared(path: str) -> Path:
    """A path inside the shared folder; fails in CI, where it has to be there."""
    assert SHARED is not None, "CI must have ../shared beside the project"
    return SHARED / path
