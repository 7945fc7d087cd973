"""Whom to ask about next, and what the answers say.

Two kinds of questions, each marked. **uncertain**: lots near the line, where an answer teaches most; they say nothing
of how often the machine is right in general. **random**: drawn by chance from all lots of a stratum, with the chance
kept; from these alone recall is estimated. Strata: `rejected` lots with some sign of a trade and without
(`rejected_far`), and a few `accepted` ones, without which nobody knows how many of those are right.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.lots import Verdict


class Kind(StrEnum):
    """Why staff are asked about a lot."""

    UNCERTAIN = "uncertain"
    RANDOM = "random"


# Shares of the random part. Rejected lots with a sign of a trade hide most of what is missed.
SHARES: Mapping[str, float] = {"rejected": 0.4, "rejected_far": 0.35, "accepted": 0.25}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that could be asked about. `margin` is how far it lies from the nearest line between two verdicts."""

    lot_uid: str
    machine: Verdict
    margin: float
    signs: bool  # whether anything speaks for a trade

    @property
    def stratum(self) -> str:
        """Which part of all lots it stands for."""
        if self.machine is not Verdict.UNSUITABLE:
            return "accepted"
        return "rejected" if self.signs else "rejected_far"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lot that staff are asked about: from `frame` lots of its stratum, with this chance; `answer` once there is one.

    Of an uncertain lot the chance is 1: it was chosen, not drawn.
    """

    lot_uid: str
    kind: Kind
    stratum: str
    frame: int
    probability: float
    machine: Verdict
    answer: Verdict | None


def draw(candidates: Sequence[Candidate], *, uncertain: int, chance: int, seed: int) -> tuple[Drawn, ...]:
    """A round of questions: `chance` lots at random, `uncertain` ones of the others that lie nearest to a line.

    The random ones are drawn first and from all, so that each lot of a stratum has the same chance. Reserved lots are
    not asked about. The same candidates, in any order, and the same seed give the same round.
    """
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for one in sorted(candidates, key=lambda one: one.lot_uid):
        if one.machine is not Verdict.RESERVED:
            strata[one.stratum].append(one)
    dice, drawn = random.Random(seed), list[Drawn]()  # noqa: S311 - repeatable, no secret
    for name, number in _allotted({name: len(lots) for name, lots in strata.items()}, chance).items():
        lots = strata[name]
        drawn += [
            Drawn(one.lot_uid, Kind.RANDOM, name, len(lots), number / len(lots), one.machine, None)
            for one in dice.sample(lots, number)
        ]
    taken = {one.lot_uid for one in drawn}
    rest = [one for lots in strata.values() for one in lots if one.lot_uid not in taken]
    nearest = sorted(rest, key=lambda one: (one.margin, one.lot_uid))[:uncertain]
    drawn += [
        Drawn(one.lot_uid, Kind.UNCERTAIN, one.stratum, len(strata[one.stratum]), 1.0, one.machine, None)
        for one in nearest
    ]
    dice.shuffle(drawn)
    return tuple(drawn)


def _allotted(sizes: Mapping[str, int], wanted: int) -> dict[str, int]:
    """How many to draw of each stratum: by SHARES, none of them more than it has; what is left over goes on."""
    numbers = dict.fromkeys(SHARES, 0)
    for _ in range(min(wanted, sum(sizes.values()))):
        open_ones = [name for name in SHARES if numbers[name] < sizes.get(name, 0)]
        numbers[min(open_ones, key=lambda name: (numbers[name] + 1) / SHARES[name])] += 1
    return {name: number for name, number in numbers.items() if number}


# -- what the answers say ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecallEstimate:
    """How much of what readers should be told the machine tells, by random questions alone.

    `found` and `missed` are estimated numbers of lots (Horvitz and Thompson: each answer counts for 1 / chance lots),
    `low` and `high` hold 95 % of what is compatible with the answers. None of it counts reserved lots.
    """

    recall: float
    low: float
    high: float
    found: float
    missed: float
    answered: int
    asked: int
    left_out: int  # answers on uncertain lots, which say nothing of recall


SIMULATIONS = 4000


def estimate_recall(drawn: Iterable[Drawn], *, seed: int = 1) -> RecallEstimate | None:
    """Recall from the random part of what was asked; None while a stratum that was asked about has no answer at all,
    while no accepted or no rejected lot was answered, or while nothing that fits was found.

    Who does not answer is taken to be like those of the stratum who do. The interval draws each stratum's share from
    Jeffreys' distribution, which holds for few answers too.
    """
    asked = list(drawn)
    chance = [one for one in asked if one.kind is Kind.RANDOM]
    strata: dict[str, list[Drawn]] = defaultdict(list)
    for one in chance:
        strata[one.stratum].append(one)
    answered = {name: [one for one in ones if one.answer is not None] for name, ones in strata.items()}
    if "accepted" not in strata or len(strata) < 2 or not all(answered.values()):
        return None
    sizes = {name: sum(1 / one.probability for one in ones) for name, ones in strata.items()}
    shares = {name: _share(ones) for name, ones in answered.items()}
    found, missed = _split({name: share * sizes[name] for name, (share, _) in shares.items()})
    if not found + missed:
        return None
    low, high = _interval(shares, sizes, seed)
    return RecallEstimate(
        found / (found + missed),
        low,
        high,
        found,
        missed,
        sum(len(ones) for ones in answered.values()),
        len(chance),
        sum(one.kind is Kind.UNCERTAIN and one.answer is not None for one in asked),
    )


def _share(answered: Sequence[Drawn]) -> tuple[float, float]:
    """The share of a stratum that readers should be told of, and how many equally likely answers it is worth."""
    weights = [1 / one.probability for one in answered]
    right = sum(weight for weight, one in zip(weights, answered, strict=True) if one.answer is not Verdict.UNSUITABLE)
    return right / sum(weights), sum(weights) ** 2 / sum(weight**2 for weight in weights)


def _split(numbers: Mapping[str, float]) -> tuple[float, float]:
    """What the machine tells, and what it does not."""
    found = numbers.get("accepted", 0.0)
    return found, sum(numbers.values()) - found


def _interval(shares: Mapping[str, tuple[float, float]], sizes: Mapping[str, float], seed: int) -> tuple[float, float]:
    dice, recalls = random.Random(seed), list[float]()  # noqa: S311 - repeatable, no secret
    for _ in range(SIMULATIONS):
        numbers = {
            name: sizes[name] * dice.betavariate(*_jeffreys(share, worth)) for name, (share, worth) in shares.items()
        }
        found, missed = _split(numbers)
        recalls.append(found / (found + missed))
    recalls.sort()
    return recalls[round(0.025 * SIMULATIONS)], recalls[round(0.975 * SIMULATIONS) - 1]


def told(drawn: Sequence[Drawn], *, seed: int = 1) -> str:
    """The estimate in one sentence, with what it stands on."""
    found = estimate_recall(drawn, seed=seed)
    if found is None:
        return "recall is not known yet: it takes answers on random lots of every kind, accepted ones among them"
    return (
        f"recall about {found.recall:.2f} (95 %: {found.low:.2f}–{found.high:.2f}), by {found.answered} answers to "
        f"{found.asked} random questions, weighted by the chance of each; {found.left_out} answers on uncertain lots "
        "were not used"
    )


# -- the share of some strata ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShareEstimate:
    """The share of some strata's lots that readers should be told of, with the interval that holds 95 % of what is
    compatible with the answers."""

    share: float
    low: float
    high: float
    answered: int


def estimate_share(drawn: Iterable[Drawn], names: Collection[str], *, seed: int = 1) -> ShareEstimate | None:
    """That share from the random part of what was asked, as `estimate_recall` weighs it; None while one of these
    strata that was asked about has no answer, or none was asked about."""
    strata: dict[str, list[Drawn]] = defaultdict(list)
    for one in drawn:
        if one.kind is Kind.RANDOM and one.stratum in names:
            strata[one.stratum].append(one)
    answered = {name: [one for one in ones if one.answer is not None] for name, ones in strata.items()}
    if not answered or not all(answered.values()):
        return None
    sizes = {name: sum(1 / one.probability for one in ones) for name, ones in strata.items()}
    shares = {name: _share(ones) for name, ones in answered.items()}
    whole, dice = sum(sizes.values()), random.Random(seed)  # noqa: S311 - repeatable, no secret
    found = sorted(
        sum(size * dice.betavariate(*_jeffreys(*shares[name])) for name, size in sizes.items()) / whole
        for _ in range(SIMULATIONS)
    )
    return ShareEstimate(
        sum(size * shares[name][0] for name, size in sizes.items()) / whole,
        found[round(0.025 * SIMULATIONS)],
        found[round(0.975 * SIMULATIONS) - 1],
        sum(len(ones) for ones in answered.values()),
    )


def _jeffreys(share: float, worth: float) -> tuple[float, float]:
    return share * worth + 0.5, (1 - share) * worth + 0.5
