"""How good the marks are: weighed by the chance of each answer, with an interval that holds what it says."""

from __future__ import annotations

import random

import pytest

from notifier.effects.intervals import NEEDED, Figure, Of100, of_100
from notifier.learning.sampling import Candidate, Drawn, Kind, draw, estimate_share
from notifier.lots import Verdict


def answered(stratum: str, fitting: int, others: int, chance: float = 0.1, kind: Kind = Kind.RANDOM) -> list[Drawn]:
    machine = Verdict.SUITABLE if stratum == "accepted" else Verdict.UNSUITABLE
    verdicts = [Verdict.SUITABLE] * fitting + [Verdict.UNSUITABLE] * others
    return [
        Drawn(f"{stratum}-{chance}-{number}", kind, stratum, 500, chance, machine, verdict)
        for number, verdict in enumerate(verdicts)
    ]


def test_91_of_100_fitted() -> None:
    found = of_100(answered("accepted", 91, 9), Figure.RIGHT)
    assert (found.value, found.answered, found.missing) == (91, 100, 0)
    assert 83 <= found.low <= 85
    assert 95 <= found.high <= 96


def test_an_answer_counts_for_as_many_lots_as_it_stands_for() -> None:
    """A round of few lots, where each was likely to be drawn, and one of many: half fitted, and none."""
    drawn = answered("accepted", 15, 15, 0.5) + answered("accepted", 0, 30, 0.1)
    assert of_100(drawn, Figure.RIGHT).value == round(100 * 15 / 0.5 / (30 / 0.5 + 30 / 0.1))


def test_strata_are_as_large_as_they_are_whoever_answers() -> None:
    near, far = answered("rejected", 10, 20, 0.5), answered("rejected_far", 0, 30, 0.05)
    assert of_100(near + far, Figure.LEFT).value == round(100 * (1 / 3 * 60) / (60 + 600))


@pytest.mark.parametrize("answers", [0, 1, NEEDED - 1])
def test_with_few_answers_there_is_no_figure_and_it_is_said_how_many_are_missing(answers: int) -> None:
    found = of_100(answered("accepted", answers, 0), Figure.RIGHT)
    assert found == Of100(Figure.RIGHT, answers, NEEDED - answers)
    assert of_100(answered("accepted", answers, 0), Figure.FOUND).missing == 2 * NEEDED - answers


def test_a_stratum_that_nobody_answered_in_leaves_one_missing() -> None:
    silent = [Drawn("x", Kind.RANDOM, "rejected_far", 900, 0.1, Verdict.UNSUITABLE, None)]
    assert of_100(answered("rejected", 3, 60) + silent, Figure.LEFT).missing == 1


def test_what_was_chosen_and_not_drawn_says_nothing() -> None:
    drawn = answered("accepted", 30, 10)
    assert of_100(drawn + answered("accepted", 0, 99, 1.0, Kind.UNCERTAIN), Figure.RIGHT) == of_100(drawn, Figure.RIGHT)


@pytest.mark.parametrize(("share", "value"), [(0.0, 0), (0.001, 1), (0.4, 40), (0.999, 99), (1.0, 100)])
def test_all_and_nothing_are_said_of_nothing_else(share: float, value: int) -> None:
    assert Of100(Figure.RIGHT, 100, 0, share).value == value


def test_the_share_of_a_known_town_lies_in_the_interval_nearly_always() -> None:
    """A town of 900 lots, of which it is known which fit: drawn anew and again, the estimate is right on average, and
    the interval misses about one time in twenty."""
    truth = {f"{number:03}": number % 10 == 0 for number in range(900)}
    town = [Candidate(uid, Verdict.UNSUITABLE, 1.0, number % 3 == 0) for number, uid in enumerate(truth)]
    shares, held, rounds = [], 0, 24
    for seed in range(rounds):
        drawn = [
            Drawn(one.lot_uid, one.kind, one.stratum, one.frame, one.probability, one.machine,
                  Verdict.SUITABLE if truth[one.lot_uid] else Verdict.UNSUITABLE)
            for one in draw(town, uncertain=0, chance=80, seed=seed)
        ]  # fmt: skip
        found = estimate_share(drawn, {"rejected", "rejected_far"}, seed=random.Random(seed).randrange(99))
        assert found is not None
        shares.append(found.share)
        held += found.low <= 0.1 <= found.high
    assert abs(sum(shares) / rounds - 0.1) < 0.02
    assert held >= rounds * 0.875
