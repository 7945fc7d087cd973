"""Notices to lots, against bare `lxml.etree.parse` of the same files: at most four times that."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from notifier.errors import ParseError
from spiders.parsers import ted
from tests.bench.measuring import Figure, in_turn, ratio
from tests.shared import SHARED

MOST = 4.0


def figures() -> Sequence[Figure]:
    """eForms and R2.0.9 apart: the shared corpus where it is, else the project's own pages."""
    own = Path(__file__).parents[1] / "pages" / "ted"
    files = sorted(SHARED.glob("corpus/**/*.xml")) if SHARED else sorted(own.glob("*/page.xml"))
    bodies = [file.read_bytes() for file in files]
    legacy = [body for body in bodies if b"TED_EXPORT" in body[:3000]]
    modern = [body for body in bodies if b"TED_EXPORT" not in body[:3000] and _is_notice(body)]
    return [_compare("eForms to lots", modern), _compare("R2.0.9 to lots", legacy)]


def _is_notice(body: bytes) -> bool:
    """The project's own pages hold broken ones too; those end early and would flatter."""
    try:
        ted.parse_notice(body, source="ted", key="1")
    except ParseError:
        return False
    return True


def _compare(name: str, bodies: Sequence[bytes]) -> Figure:
    def ours() -> None:
        for body in bodies:
            ted.parse_notice(body, source="ted", key="000001-2026")

    def bare() -> None:
        for body in bodies:
            etree.parse(io.BytesIO(body))

    parsing, reading = in_turn(ours, bare)
    return ratio(f"{name}, {len(bodies)} notices, against bare lxml", parsing, reading, at_most=MOST)
