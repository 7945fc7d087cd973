"""Tags in, a calibrated model out. The one place that imports scikit-learn, and only when it is asked to learn.

A logistic regression with an L2 penalty on n-grams and evidence; then Platt's line, fitted on sums by models that had
not seen the lot, so that 0.8 means right in four of five. Which lot is kept out together with which others is decided
by notice and buyer (examples.groups).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notifier.errors import ModelError
from notifier.learning import features
from notifier.learning.examples import Example, Judges, groups
from notifier.learning.features import Floats
from notifier.learning.model import Model
from notifier.lots import Verdict
from notifier.suitability.reading import read

LEAST = 10  # lots of each kind; with fewer, folds have nothing to learn from
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen rather than learned. `penalty` is scikit-learn's C; the scales weigh n-grams against evidence."""

    penalty: float = 1.0
    text_scale: float = 4.0
    criteria_scale: float = 1 / 3
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and for each lot the probability by a model that had seen nothing of its notice and buyer."""

    model: Model
    held_out: Mapping[str, float]


def fit(examples: Sequence[Example], judges: Judges, settings: Settings | None = None) -> Fitted:
    """Learn from lots that people judged. Reserved ones are left out, by their verdict and by the rules': that is law.

    Raises ModelError where there are too few of either kind to learn from.
    """
    settings = settings or Settings()
    usable = [one for one in examples if one.verdict is not Verdict.RESERVED]
    found = [Judges(judges.rules).assess(one.lot, one.notice) for one in usable]
    kept = [number for number, one in enumerate(found) if one.verdict is not Verdict.RESERVED]
    usable, evidence = [usable[number] for number in kept], [found[number].evidence for number in kept]
    wanted = np.array([one.fits for one in usable], dtype=bool)
    _refuse_too_few(int(wanted.sum()), len(usable))
    table = _table(
        (features.grams(texts_of(one, judges)).vector() * settings.text_scale for one in usable),
        (features.criteria(one) * settings.criteria_scale for one in evidence),
    )
    sums = _sums_held_out(table, wanted, groups(usable), settings)
    slope, offset = _line(sums, wanted)
    weights, bias = _regression(table, wanted, settings)
    model = Model(
        weights[: features.BUCKETS] * settings.text_scale,
        weights[features.BUCKETS :] * settings.criteria_scale,
        bias,
        slope,
        offset,
    )
    return Fitted(model, {one.name: model.probability(total) for one, total in zip(usable, sums, strict=True)})


def texts_of(example: Example, judges: Judges) -> list[tuple[str, str]]:
    """The texts of a lot as `assess` hands them to a model."""
    return [(passage.field, passage.text) for passage in read(example.lot, example.notice, judges.rules).passages]


def _refuse_too_few(fitting: int, lots: int) -> None:
    if min(fitting, lots - fitting) < LEAST:
        raise ModelError(
            f"{fitting} lots that fit and {lots - fitting} that do not are too few to learn from",
            remedy=f"tag at least {LEAST} of each, reserved ones not counted; 'notifier queue' proposes some",
        )


def _table(text: Iterable[Floats], criteria: Iterable[Floats]) -> Any:
    """A row for each lot, buckets and then criteria. Sparse at once: a lot has some hundred buckets of 65,536."""
    from scipy.sparse import csr_matrix, vstack

    rows = (csr_matrix(np.concatenate(parts)) for parts in zip(text, criteria, strict=True))
    return vstack(list(rows), format="csr")


def _regression(table: Any, wanted: NDArray[np.bool_], settings: Settings) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(C=settings.penalty, solver="liblinear", random_state=settings.seed, max_iter=1000)
    learner.fit(table, wanted)
    return learner.coef_[0].astype(np.float64), float(learner.intercept_[0])


def _sums_held_out(table: Any, wanted: NDArray[np.bool_], group: Sequence[int], settings: Settings) -> Floats:
    """For each lot the sum by a model that learned from the other folds."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(FOLDS, len(set(np.array(group)[wanted])), len(set(np.array(group)[~wanted])))
    if folds < 2:
        raise ModelError(
            "all lots of one kind come from one buyer or one notice, so nothing can be held out",
            remedy="tag lots of other buyers as well",
        )
    sums = np.zeros(len(wanted))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=settings.seed)
    for learned, held in splitter.split(table, wanted, group):
        if wanted[learned].all() or not wanted[learned].any():
            continue  # a fold with all of one kind: its sums stay at 0, which says nothing
        weights, bias = _regression(table[learned], wanted[learned], settings)
        sums[held] = table[held] @ weights + bias
    return sums


def _line(sums: Floats, wanted: NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's line from sums to log odds. One that falls says that the sums mislead: then all lots are alike."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=100.0).fit(sums.reshape(-1, 1), wanted)
    slope = float(fitted.coef_[0][0])
    if slope <= 0:
        share = float(wanted.mean())
        return 0.0, float(np.log(share / (1 - share)))
    return slope, float(fitted.intercept_[0])
