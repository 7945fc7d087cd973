"""Suitability, shown in numbers on labelled real lots: what is found, how it was tuned, and how much hangs on that.

The labels were seen while the rules were written, so the first table flatters. Two things show how much: the numbers in
the file are chosen anew without the lots on which they are then measured (cross-validation, lots of one notice or buyer
always on the same side), and each number is halved and doubled by itself. Words and codes cannot be chosen anew by a
program; docs/suitability.md says how they fared on lots that nobody had looked at.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from notifier.cli.labelled import from_file
from notifier.learning.evaluating import Outcome, alerts, fit_counts, fits, outcomes
from notifier.learning.examples import Example, Judges, groups
from notifier.learning.scores import Counts, Share, tally
from notifier.lots import Verdict
from notifier.resources import resource
from notifier.suitability import Rules, load_rules
from tests.shared import SHARED, shared

FOLDS = 5
SEEDS, QUICK = 5, 1
LEAST = 0.75  # precision and recall of fit
LEAST_RESERVED = 0.98  # precision of reserved, where readers agreed; all of them have to be found


@dataclass(frozen=True, slots=True)
class Setting:
    """The numbers of the file that are chosen anew."""

    possible_from: float
    hint: float
    word_description: float
    cpv_main_adjacent: float
    hard_word: float

    def on(self, rules: Rules) -> Rules:
        """The rules with these numbers."""
        weights = replace(
            rules.weights,
            hint=self.hint,
            word_description=self.word_description,
            cpv_main_adjacent=self.cpv_main_adjacent,
            hard_word=self.hard_word,
        )
        return replace(rules, thresholds=replace(rules.thresholds, possible_from=self.possible_from), weights=weights)


GRID = tuple(
    Setting(*numbers)
    for numbers in itertools.product(
        (0.75, 1.0, 1.25, 1.5), (0.25, 0.5, 0.75), (0.25, 0.5, 0.75), (0.5, 0.75, 1.0), (-1.0, -1.5, -2.0)
    )
)


def main(*, quick: bool = False) -> int:
    """Print the tables; 1 where a figure that is wanted is missed."""
    if SHARED is None:
        print("left out: the labelled lots are not beside the project (../shared)")
        return 0
    rules = load_rules(resource("config/suitability.toml"))
    judged, agreed = outcomes(labelled(), Judges(rules)), agreement()
    wrong = [*_reserved(judged, agreed), *_fit(judged)]
    _cross_validated(rules, QUICK if quick else SEEDS)
    _sensitive(rules)
    for line in wrong:
        print(f"falls short: {line}")
    return 1 if wrong else 0


@cache
def labelled() -> tuple[Example, ...]:
    """The shared labels with their lots."""
    return from_file(shared("labels/dev.jsonl"), shared("corpus"))


@cache
def agreement() -> tuple[bool, ...]:
    """Of each label, whether both readers gave it."""
    lines = shared("labels/dev.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(bool(json.loads(line)["agreed"]) for line in lines if line.strip())


def _reserved(judged: Sequence[Outcome], agreed: Sequence[bool]) -> Iterator[str]:
    met = [(one.person is Verdict.RESERVED, one.machine is Verdict.RESERVED) for one in judged]
    counts = tally(pair for pair, sure in zip(met, agreed, strict=True) if sure)
    print(f"reserved, where readers agreed: precision {_share(counts.precision)}, recall {_share(counts.recall)}")
    for one, example, sure in zip(judged, labelled(), agreed, strict=True):
        if not sure and (example.lot.reserved or Verdict.RESERVED in (one.person, one.machine)):
            print(f"  disputed: {one.name:<18} decided {one.person:<11} judged {one.machine}")
    if counts.missed:
        yield f"{counts.missed} reserved lots are missed"
    if (counts.precision.value or 0) < LEAST_RESERVED:
        yield f"precision of reserved is below {LEAST_RESERVED}"


def _fit(judged: Sequence[Outcome]) -> Iterator[str]:
    ours = fit_counts(judged)
    others = alerts([one for one in judged if one.open_to_all], fits)
    for name, counts in {"rules": ours, **others}.items():
        print(f"fit, {name:<18} {_told(counts)}")
    if min(ours.precision.value or 0, ours.recall.value or 0) < LEAST:
        yield f"precision or recall of fit is below {LEAST}"
    for name, counts in others.items():
        if (ours.f1 or 0) <= (counts.f1 or 0):
            yield f"F1 of fit is not above {name}"


def _told(counts: Counts) -> str:
    low, high = counts.f1_interval
    precision, recall = _share(counts.precision), _share(counts.recall)
    return f"precision {precision}  recall {recall}  F1 {counts.f1 or 0:.3f} ({low:.2f}–{high:.2f})"


def _share(share: Share) -> str:
    return f"{share.value or 0:.3f} ({share.interval[0]:.2f}–{share.interval[1]:.2f})"


def _cross_validated(rules: Rules, seeds: int) -> None:
    """Numbers chosen on four folds, measured on the fifth; among equally good ones chance decides, not the file."""
    shipped = _shipped(rules)
    judged = {setting: outcomes(labelled(), Judges(setting.on(rules))) for setting in dict.fromkeys([*GRID, shipped])}
    whole = {setting: fit_counts(found).f1 or 0 for setting, found in judged.items()}
    as_good = sum(f1 >= whole[shipped] for f1 in whole.values())
    print(f"{as_good} of {len(whole)} settings do as well as the file's or better, up to {max(whole.values()):.3f}")
    numbers = groups(labelled())
    for seed in range(seeds):
        chance, order = random.Random(seed), sorted(set(numbers))
        chance.shuffle(order)
        fold = {group: place % FOLDS for place, group in enumerate(order)}
        tested: list[Outcome] = []
        for number in range(FOLDS):
            sides = [fold[group] == number for group in numbers]
            tested += itertools.compress(judged[_chosen(judged, [not side for side in sides], chance)], sides)
        print(f"cross-validated, seed {seed}: {_told(fit_counts(tested))}")


def _shipped(rules: Rules) -> Setting:
    own = rules.weights
    return Setting(rules.thresholds.possible_from, own.hint, own.word_description, own.cpv_main_adjacent, own.hard_word)


def _chosen(judged: dict[Setting, tuple[Outcome, ...]], side: Sequence[bool], chance: random.Random) -> Setting:
    f1 = {setting: fit_counts(itertools.compress(found, side)).f1 or 0 for setting, found in judged.items()}
    most = max(f1.values())
    return chance.choice([setting for setting, value in f1.items() if value == most])


def _sensitive(rules: Rules) -> None:
    """Each number of the file by itself, halved and doubled: what F1 becomes."""
    print("F1 of fit with one number halved, doubled (the others as they are), where it changes at all")
    plain = _f1(rules)
    for part in ("weights", "thresholds"):
        values = getattr(rules, part)
        for name in values.__slots__:
            tried = [_f1(_with(rules, part, name, getattr(values, name) * by)) for by in (0.5, 2.0)]
            if tried != [plain, plain]:
                print(f"  {f'{part}.{name}':<32} {tried[0]:.3f}  {tried[1]:.3f}")


def _f1(rules: Rules) -> float:
    return fit_counts(outcomes(labelled(), Judges(rules))).f1 or 0


def _with(rules: Rules, part: str, name: str, value: float) -> Rules:
    changed = replace(getattr(rules, part), **{name: value})
    return replace(rules, weights=changed) if part == "weights" else replace(rules, thresholds=changed)
