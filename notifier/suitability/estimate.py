"""What a learned model answers when it is asked about a lot. The model itself stands in notifier/learning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from notifier.lots import Evidence


@dataclass(frozen=True, slots=True)
class Estimate:
    """How probable it is that the work fits; its evidence (criterion "model") quotes the words that counted most."""

    probability: float
    evidence: tuple[Evidence, ...]


class Estimator(Protocol):
    """A model that was learned from staff's tags."""

    def estimate(self, texts: Sequence[tuple[str, str]], evidence: tuple[Evidence, ...]) -> Estimate | None:
        """Asked with (field, text) of the lot and what the rules found; None where there is too little to say."""
