"""Figures, reports, promotion and the queue, each against numbers that were worked out by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.learning import evaluating
from notifier.learning.evaluating import Outcome, outcomes, report
from notifier.learning.promoting import ENOUGH, Moved, moved_lines, said, trial
from notifier.learning.sampling import SHARES, Candidate, Drawn, Kind, draw, estimate_recall, told
from notifier.learning.scores import Counts, Paired, Share, bootstrap, tally
from notifier.lots import Verdict
from tests.notifier import examples as readers
from tests.notifier.learning.make import example, fitted, judges

FIT, NOT = Verdict.SUITABLE, Verdict.UNSUITABLE


# -- figures


@pytest.mark.parametrize(("hits", "of", "low", "high"), [
    (9, 10, 0.596, 0.982),
    (0, 10, 0.0, 0.278),
    (10, 10, 0.722, 1.0),
    (81, 263, 0.255, 0.366),  # Newcombe 1998, table I
    (0, 0, 0.0, 1.0),
])  # fmt: skip
def test_wilsons_interval_is_that_of_the_tables(hits: int, of: int, low: float, high: float) -> None:
    assert Share(hits, of).interval == pytest.approx((low, high), abs=5e-4)


def test_counts_are_precision_recall_and_f1() -> None:
    found = tally([(True, True)] * 6 + [(False, True)] * 2 + [(True, False)] * 4 + [(False, False)] * 8)
    assert found == Counts(6, 2, 4, 8)
    assert (found.precision.value, found.recall.value) == (0.75, 0.6)
    assert found.f1 == pytest.approx(2 / 3)
    low, high = found.f1_interval
    assert low < 2 / 3 < high


def test_of_nothing_nothing_is_said() -> None:
    assert tally([]).f1 is tally([]).precision.value is None


@given(st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(hits: int, more: int) -> None:
    share = Share(hits, hits + more)
    low, high = share.interval
    value, tiny = share.value if share.value is not None else 0.5, 1e-12
    assert 0 <= low <= value + tiny
    assert value - tiny <= high <= 1


# -- the paired bootstrap


def paired(before: str, after: str) -> list[Paired]:
    """A group each; capital letters fit, "x" was found."""
    return [
        Paired(number, number % 2 == 0, b == "x", a == "x")
        for number, (b, a) in enumerate(zip(before, after, strict=True))
    ]


def test_two_that_judge_alike_differ_by_nothing() -> None:
    same = paired("x-x-" * 30, "x-x-" * 30)
    assert (bootstrap(same).change, bootstrap(same).low, bootstrap(same).high) == (0, 0, 0)


def test_what_finds_more_is_better_beyond_chance_and_what_finds_less_is_worse() -> None:
    better = bootstrap(paired("x---" * 30, "x-x-" * 30))
    assert better.change == pytest.approx(1 / 3)
    assert 0.2 < better.low < better.change < better.high < 0.5
    assert bootstrap(paired("x-x-" * 30, "x---" * 30)).high < -0.2


def test_the_same_seed_gives_the_same_interval() -> None:
    pairs = paired("x--x" * 30, "x-x-" * 30)
    assert bootstrap(pairs, seed=3) == bootstrap(pairs, seed=3)
    assert bootstrap(pairs, seed=3) != bootstrap(pairs, seed=4)


def test_lots_of_one_buyer_are_drawn_together_so_that_they_prove_less() -> None:
    alone = paired("x-x-x-x-" * 15, "x-x-x---" * 15)
    together = [replace(one, group=number // 8) for number, one in enumerate(alone)]
    crowded = [replace(one, group=number // 60) for number, one in enumerate(alone)]
    assert bootstrap(crowded).groups == 2
    assert bootstrap(together).groups == 15
    assert bootstrap(alone).low < bootstrap(together).low <= bootstrap(together).change


def test_the_bootstrap_of_nothing_is_no_change() -> None:
    assert bootstrap([]).change == 0


# -- the report


def outcome(person: Verdict, machine: Verdict, number: int = 0, **fields: object) -> Outcome:
    made = Outcome(str(number), number, "da", person, machine, by_cpv=False, by_cpv_wide=False, by_keyword=False)
    return replace(made, **fields)  # type: ignore[arg-type]


SOME = [
    *[outcome(FIT, FIT, number, by_cpv=True, by_cpv_wide=True) for number in range(6)],
    *[outcome(Verdict.POSSIBLE, NOT, number, language="en", by_keyword=True) for number in range(6, 8)],
    *[outcome(NOT, Verdict.POSSIBLE, number) for number in range(8, 10)],
    *[outcome(NOT, NOT, number, language="en") for number in range(10, 20)],
    *[outcome(Verdict.RESERVED, Verdict.RESERVED, number) for number in range(20, 24)],
    outcome(NOT, Verdict.RESERVED, 24),
]


def test_the_report_has_the_matrix_with_and_without_reserved_lots_and_both_alerts() -> None:
    lines = list(report(SOME))
    assert "25 lots of 25 groups" in lines[0]
    assert "unsuitable                  10           2           0           1          13" in lines
    without = lines.index("fit (suitable or possible), 20 lots, reserved ones left out")
    assert lines[without + 2].split()[3:5] == ["0.75", "(0.41–0.93)"]
    assert lines[without + 3].startswith("alert by CPV          1.00 (0.61–1.00)    0.75 (0.41–0.93)")
    assert lines[without + 5].startswith("alert by keyword      1.00 (0.34–1.00)    0.25 (0.07–0.59)")
    whole = lines.index("worth telling (all but unsuitable), 25 lots, reserved ones too")
    assert lines[whole + 2].split()[3] == "0.77"
    assert any(line.startswith("reserved              0.80 (0.38–0.96)    1.00 (0.51–1.00)") for line in lines)
    assert any(line.startswith("da (8)                0.75") for line in lines)


@pytest.mark.parametrize("many", [1, 4000])
def test_the_report_is_read_on_a_terminal_of_80_columns(many: int) -> None:
    assert max(len(line) for line in report([replace(one, language="abcdefgh") for one in SOME * many])) <= 80


def test_without_a_verdict_by_people_there_is_nothing_to_measure() -> None:
    assert list(report([])) == ["nothing to measure: no lot has a person's verdict yet"]


def test_a_lot_that_was_learned_from_is_judged_by_what_was_held_out() -> None:
    one = example("Blomsterkranse til hele byen", FIT)
    with_model = replace(judges(), model=fitted().model)
    assert outcomes([one], with_model)[0].machine is Verdict.POSSIBLE
    assert outcomes([one], with_model, {"1": 0.3})[0].machine is NOT


def test_the_alerts_are_made_of_the_same_evidence() -> None:
    (by_code,) = outcomes([example("Opgave", cpv_main="90911200")], judges())
    (by_word,) = outcomes([example("Rengøring af skoler")], judges())
    assert (by_code.by_cpv, by_code.by_keyword) == (True, False)
    assert (by_word.by_cpv, by_word.by_keyword) == (False, True)


# -- promotion


def judged(*machine: Verdict, persons: tuple[Verdict, ...] = (FIT, NOT)) -> list[Outcome]:
    return [outcome(persons[number % 2], one, number) for number, one in enumerate(machine)]


def test_below_a_hundred_tags_a_person_has_to_look() -> None:
    few = judged(*[FIT, NOT] * 49, FIT)
    found = trial(few, few)
    assert (found.tags, found.to_confirm, found.not_worse) == (99, True, False)
    assert "fewer than 100" in " ".join(said(found))


def test_from_a_hundred_on_it_is_measured() -> None:
    good, bad = judged(*[FIT, NOT] * 60), judged(*[FIT, NOT, NOT, NOT] * 30)
    assert trial(bad, good).not_worse
    assert trial(good, good).not_worse
    assert not trial(good, bad).not_worse
    assert "may be worse" in " ".join(said(trial(good, bad)))
    assert "95 % between" in " ".join(said(trial(good, bad)))


def test_a_small_loss_is_let_in_and_one_that_could_be_larger_is_not() -> None:
    good = judged(*[FIT, NOT] * 400)
    one_lost = judged(NOT, NOT, *[FIT, NOT] * 399)
    many_lost = judged(*[NOT, NOT] * 20, *[FIT, NOT] * 380)
    assert trial(good, one_lost).not_worse
    assert not trial(good, many_lost).not_worse


def test_reserved_lots_are_not_among_the_hundred() -> None:
    reserved = judged(*[Verdict.RESERVED] * ENOUGH, persons=(Verdict.RESERVED, Verdict.RESERVED))
    assert trial(reserved, reserved).tags == 0


def test_rules_that_lose_every_lot_to_a_made_up_reservation_are_not_let_in() -> None:
    good, bad = judged(*[FIT, NOT] * 60), judged(*[FIT, Verdict.RESERVED] * 60)
    assert not trial(good, bad).not_worse


def test_what_would_change_is_shown_with_what_readers_gain_or_lose_first() -> None:
    view = readers.lot_view()
    moved = [Moved(replace(view, slug="a"), FIT, Verdict.POSSIBLE), Moved(replace(view, slug="b"), FIT, NOT)]
    lines = list(moved_lines(moved * 30, 100))
    assert lines[0] == "60 of 100 lots would be judged otherwise"
    assert "  suitable → unsuitable: 30" in lines
    assert lines[3].startswith("  suitable → unsuitable  b: ")
    assert lines[-1] == "  … and 20 more"


# -- the queue


def candidates(rejected: int = 40, far: int = 60, accepted: int = 20) -> list[Candidate]:
    return [
        *[Candidate(f"r{number}", NOT, 1 + number / 100, True) for number in range(rejected)],
        *[Candidate(f"f{number}", NOT, 3 + number / 100, False) for number in range(far)],
        *[Candidate(f"a{number}", FIT, 0.5 + number / 100, True) for number in range(accepted)],
        Candidate("law", Verdict.RESERVED, 0, True),
    ]


def test_a_round_has_both_kinds_marked_with_the_chance_of_each() -> None:
    round_ = draw(candidates(), uncertain=5, chance=10, seed=1)
    by_chance = [one for one in round_ if one.kind is Kind.RANDOM]
    assert len(by_chance) == 10
    assert {one.stratum for one in by_chance} == set(SHARES)
    assert {(one.stratum, one.frame, round(one.probability, 4)) for one in by_chance} == {
        ("rejected", 40, 0.1),
        ("rejected_far", 60, round(4 / 60, 4)),
        ("accepted", 20, 0.1),
    }
    chosen = {one.lot_uid for one in round_ if one.kind is Kind.UNCERTAIN}
    assert len(chosen) == 5
    assert all(uid.startswith("a") for uid in chosen)  # those nearest to a line
    assert len({one.lot_uid for one in round_}) == 15
    assert "law" not in {one.lot_uid for one in round_}


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    shuffled = candidates()
    random.Random(5).shuffle(shuffled)
    assert draw(shuffled, uncertain=5, chance=10, seed=1) == draw(candidates(), uncertain=5, chance=10, seed=1)
    assert draw(shuffled, uncertain=5, chance=10, seed=2) != draw(shuffled, uncertain=5, chance=10, seed=1)


def test_each_lot_of_a_stratum_is_drawn_as_often_as_its_chance_says() -> None:
    times = sum(
        any(
            one.lot_uid == "f7" and one.kind is Kind.RANDOM
            for one in draw(candidates(), uncertain=5, chance=10, seed=seed)
        )
        for seed in range(600)
    )
    assert times / 600 == pytest.approx(4 / 60, abs=0.03)


def test_a_small_stratum_is_asked_whole_and_no_more() -> None:
    round_ = draw(candidates(rejected=1, far=0, accepted=2), uncertain=9, chance=10, seed=1)
    assert sorted(one.lot_uid for one in round_ if one.kind is Kind.RANDOM) == ["a0", "a1", "r0"]
    assert all(one.probability == 1 for one in round_)
    assert draw([], uncertain=5, chance=5, seed=1) == ()


def answered(stratum: str, fits: int, of: int, frame: int, kind: Kind = Kind.RANDOM) -> list[Drawn]:
    machine = FIT if stratum == "accepted" else NOT
    return [
        Drawn(f"{stratum}{n}", kind, stratum, frame, of / frame, machine, FIT if n < fits else NOT) for n in range(of)
    ]


def test_recall_is_estimated_by_the_chance_of_each_answer() -> None:
    # 20 told, of which half are right: 10. 100 rejected, of which a tenth should have been told: 10.
    found = estimate_recall([*answered("accepted", 5, 10, 20), *answered("rejected", 2, 20, 100)])
    assert found is not None
    assert [found.found, found.missed, found.recall] == pytest.approx([10, 10, 0.5])
    assert 0.15 < found.low < 0.5 < found.high < 0.9
    assert (found.answered, found.asked) == (30, 30)


def test_answers_on_uncertain_lots_do_not_move_the_estimate_and_are_told() -> None:
    asked = [*answered("accepted", 5, 10, 20), *answered("rejected", 2, 20, 100)]
    more = answered("rejected", 50, 50, 100, Kind.UNCERTAIN)
    plain, mixed = estimate_recall(asked), estimate_recall(asked + more)
    assert plain is not None
    assert mixed == replace(plain, left_out=50)
    assert "30 answers to 30 random questions" in told(asked + more)
    assert "50 answers on uncertain lots were not used" in told(asked + more)


def test_who_does_not_answer_is_taken_to_be_like_those_who_do() -> None:
    asked = [*answered("accepted", 5, 10, 20), *answered("rejected", 2, 20, 100)]
    silent = [replace(one, answer=None) for one in answered("rejected", 0, 20, 100)]
    half = [
        replace(one, probability=one.probability * 2) if one.stratum == "rejected" else one for one in asked + silent
    ]
    found = estimate_recall(half)
    assert found is not None
    assert found.recall == pytest.approx(0.5)
    assert (found.answered, found.asked) == (30, 50)


@pytest.mark.parametrize("asked", [
    [],
    answered("rejected", 2, 20, 100),
    answered("accepted", 2, 20, 100),
    [*answered("accepted", 0, 5, 20), *answered("rejected", 0, 5, 100)],
    [*answered("accepted", 5, 5, 20), Drawn("x", Kind.RANDOM, "rejected", 9, 0.5, NOT, None)],
])  # fmt: skip
def test_without_answers_of_every_kind_recall_is_not_known(asked: list[Drawn]) -> None:
    assert estimate_recall(asked) is None
    assert "not known yet" in told(asked)


def test_the_estimate_is_right_on_average_and_its_interval_nearly_always_holds() -> None:
    truth = (
        {f"r{n}": n < 4 for n in range(40)} | {f"f{n}": n < 3 for n in range(60)} | {f"a{n}": n < 16 for n in range(20)}
    )
    recall, estimates, held = 16 / 23, [], 0
    for seed in range(60):
        asked = [
            replace(one, answer=FIT if truth[one.lot_uid] else NOT)
            for one in draw(candidates(), uncertain=10, chance=40, seed=seed)
        ]
        found = estimate_recall(asked)
        assert found is not None
        estimates.append(found.found / 16 - found.missed / 7)
        held += found.low <= recall <= found.high
    assert sum(estimates) / 60 == pytest.approx(0, abs=0.2)
    assert held >= 54


def test_rounds_of_different_weeks_are_added_up_without_bias() -> None:
    # Quiet weeks have larger chances than busy ones, and another share that fits: pooled without chances it is wrong.
    weeks = [candidates(rejected=8, far=12, accepted=4), candidates(rejected=80, far=200, accepted=24)] * 8
    fits = {"a": (1, 20), "r": (2, 4), "f": (1, 2)}  # in a quiet week, in a busy one
    told_, missed = 8 * (1 + 20), 8 * (3 + 6)
    found_, missed_ = [], []
    for seed in range(40):
        asked = []
        for week, lots in enumerate(weeks):
            asked += [
                replace(one, answer=FIT if int(one.lot_uid[1:]) < fits[one.lot_uid[0]][week % 2] else NOT)
                for one in draw(lots, uncertain=0, chance=5, seed=seed * 100 + week)
            ]
        estimate = estimate_recall(asked)
        assert estimate is not None
        found_.append(estimate.found / told_)
        missed_.append(estimate.missed / missed)
    assert sum(found_) / 40 == pytest.approx(1, abs=0.05)
    assert sum(missed_) / 40 == pytest.approx(1, abs=0.25)


def test_the_matrix_has_every_verdict() -> None:
    assert len(list(evaluating.report(SOME))[2].split()) == 8
