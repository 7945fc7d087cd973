"""Saved pages beside what is expected of them.

page.html is the page, meta.json says where it came from and how it is described, expected.json what is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

PAGES = Path(__file__).parents[2] / "pages"


def cases(kind: str) -> list[Path]:
    """The folders of the saved pages of one kind; there has to be one."""
    found = sorted(path.parent for path in (PAGES / kind).glob("*/meta.json"))
    assert found, f"no saved page under {PAGES / kind}"
    return found


def meta(case: Path) -> dict[str, Any]:
    """What is known about a saved page."""
    known: dict[str, Any] = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    return known


def compare(case: Path, found: object) -> None:
    """Compare with expected.json. A missing one is written, and fails until somebody has read it."""
    expected = case / "expected.json"
    plain = json.loads(msgspec.json.encode(found))
    if not expected.exists():
        expected.write_text(json.dumps(plain, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        raise AssertionError(f"{expected} was missing and is now written: read it, then run again")
    assert _said(plain) == _said(json.loads(expected.read_text(encoding="utf-8")))


def _said(value: Any) -> Any:
    """Without what is empty: a field that is added to the domain later is no difference as long as nothing is in it."""
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items() if item not in (None, "", [], False)}
    return [_said(item) for item in value] if isinstance(value, list) else value
