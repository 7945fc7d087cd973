"""Lots to verdicts by rules: at least 2,000 a second on one core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from notifier.resources import resource
from notifier.suitability import assess, load_rules
from spiders.parsers import ted
from tests.bench import model
from tests.bench.measuring import ROUNDS, Figure, rate, seconds
from tests.shared import SHARED

LEAST = 2000.0


def figures() -> Sequence[Figure]:
    """Over the lots of the shared corpus where it is, else of the project's own pages."""
    own = Path(__file__).parents[1] / "pages" / "ted"
    files = sorted(SHARED.glob("corpus/**/*.xml")) if SHARED else sorted(own.glob("*call*/page.xml"))
    notices = [ted.parse_notice(file.read_bytes(), source="ted", key=file.stem) for file in files]
    lots = [(lot, notice) for notice in notices for lot in notice.lots]
    rules = load_rules(resource("config/suitability.toml"))

    def every_lot() -> None:
        for lot, notice in lots:
            assess(lot, notice, rules)

    every_lot()
    times = [seconds(every_lot) for _ in range(ROUNDS)]
    by_rules = rate(f"lots to verdicts, {len(lots)} lots", len(lots), times, at_least=LEAST, unit="a second")
    return [by_rules, model.figure(lots, rules)]
