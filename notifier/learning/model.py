"""The learned model: a weight for each n-gram bucket and each sum of evidence, and a line to probabilities."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from notifier.learning import features
from notifier.learning.features import Floats, Grams
from notifier.lots import Evidence
from notifier.suitability.estimate import Estimate

QUOTED = 3  # words that a reader is shown


@dataclass(frozen=True)
class Model:
    """P(fits) = 1 / (1 + exp(-(slope * sum + offset))); the sum is over n-grams, evidence and the bias."""

    text: Floats  # by bucket
    criteria: Floats  # by features.NAMES
    bias: float
    slope: float
    offset: float

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with any number of the model and with the features."""
        numbers = np.array([self.bias, self.slope, self.offset])
        content = b"".join(part.tobytes() for part in (self.text, self.criteria, numbers))
        return hashlib.sha256(features.VERSION.encode() + content).hexdigest()[:12]

    def estimate(self, texts: Sequence[tuple[str, str]], evidence: tuple[Evidence, ...]) -> Estimate | None:
        """How probable it is that the work fits; None where no text says anything."""
        grams = features.grams(texts)
        if grams.empty:
            return None
        shares = self.text[grams.buckets] * grams.shares()
        total = float(shares.sum() + (self.criteria * features.criteria(evidence)).sum()) + self.bias
        probability = self.probability(total)
        return Estimate(probability, _quotes(texts, grams, shares, 1.0 if probability >= 0.5 else -1.0))

    def probability(self, total: float) -> float:
        """The calibrated probability of a sum."""
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, self.slope * total + self.offset))))


@dataclass(frozen=True, slots=True)
class Given:
    """An estimator that always answers the same: a probability that was worked out before, on data held out."""

    probability: float

    def estimate(self, texts: Sequence[tuple[str, str]], evidence: tuple[Evidence, ...]) -> Estimate | None:  # noqa: ARG002
        """The probability that it was given."""
        return Estimate(self.probability, ())


def _quotes(texts: Sequence[tuple[str, str]], grams: Grams, shares: Floats, sign: float) -> tuple[Evidence, ...]:
    """The words whose n-grams counted most in the direction of the answer, each once, where they stand first."""
    sums = np.bincount(grams.words, shares) * sign
    read = dict(features.describing(texts))
    found: dict[str, Evidence] = {}
    for word in np.argsort(-sums, kind="stable")[: 4 * QUOTED]:
        if sums[word] <= 0 or len(found) == QUOTED:
            break
        field, before = next(place for place in reversed(grams.places) if place[1] <= word)
        start, end = features.nth_word(read[field], int(word) - before)
        quote = read[field][start:end]
        weight = round(float(sums[word]) * sign, 4)
        found.setdefault(quote.casefold(), Evidence("model", weight, field, quote, start, end))
    return tuple(found.values())
