"""Lots to verdicts by rules and a learned model: at least 1,000 a second on one core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from notifier.learning import features
from notifier.learning.model import Model
from notifier.lots import Lot, Notice
from notifier.suitability import Rules, assess
from tests.bench.measuring import ROUNDS, Figure, rate, seconds

LEAST = 1000.0


def a_model() -> Model:
    """Weights by chance: what a model costs does not depend on what it learned."""
    dice = np.random.default_rng(1)
    return Model(dice.normal(size=features.BUCKETS), dice.normal(size=len(features.NAMES)), 0.0, 1.0, 0.0)


def figure(lots: Sequence[tuple[Lot, Notice]], rules: Rules) -> Figure:
    """How many of these lots get their verdict in a second."""
    model = a_model()

    def every_lot() -> None:
        for lot, notice in lots:
            assess(lot, notice, rules, model)

    every_lot()
    times = [seconds(every_lot) for _ in range(ROUNDS)]
    name = f"lots to verdicts with a model, {len(lots)} lots"
    return rate(name, len(lots), times, at_least=LEAST, unit="a second")
