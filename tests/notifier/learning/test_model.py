"""The model in use, how it is learned, and that it never does more than move a lot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from notifier.errors import ModelError
from notifier.learning import features
from notifier.learning.examples import Judges, groups
from notifier.learning.model import Given, Model
from notifier.learning.training import LEAST, Settings, fit
from notifier.lots import Assessment, Evidence, Organisation, Verdict
from notifier.suitability import assess, field_text
from notifier.suitability.estimate import Estimate
from tests.notifier.learning.make import example, examples, fitted, judges, texts
from tests.notifier.suitability.make import assert_quotes_are_true, rules


def estimate(title: str, description: str = "") -> Estimate:
    found = fitted().model.estimate(texts(title, description), ())
    assert found is not None
    return found


def assessed(title: str, model: Model | Given | None = None, **fields: object) -> Assessment:
    one = example(title, **fields)  # type: ignore[arg-type]
    return assess(one.lot, one.notice, rules(), model)


# -- learning


def test_it_tells_new_lots_apart_by_parts_of_words_that_no_rule_knows() -> None:
    assert estimate("Blomsterkransbinding").probability > 0.8
    assert estimate("Radarantennemaster").probability < 0.2


def test_the_same_examples_and_seed_give_the_same_model_in_any_process() -> None:
    assert fit(examples(), judges()).model.version == fitted().model.version
    assert fit(examples(), judges(), Settings(penalty=2.0)).model.version != fitted().model.version


def test_every_example_is_judged_by_a_model_that_did_not_see_it() -> None:
    held = fitted().held_out
    assert len(held) == 48
    right = sum((probability > 0.5) == name.startswith("suitable") for name, probability in held.items())
    assert right >= 44


def test_what_was_held_out_shares_neither_notice_nor_buyer_with_what_was_learned() -> None:
    # The label follows the buyer alone: who peeks at other lots of the buyer is always right, who does not never is.
    odd = [
        example(f"Opgave {word}", verdict, name=f"{buyer}-{number}", buyer=buyer)
        for buyer, word, verdict in (
            ("A", "alfa", Verdict.SUITABLE),
            ("B", "beta", Verdict.UNSUITABLE),
            ("C", "gamma", Verdict.SUITABLE),
            ("D", "delta", Verdict.UNSUITABLE),
        )
        for number in range(6)
    ]
    held = fit(odd, judges()).held_out
    assert max(abs(held[f"A-{number}"] - held["A-0"]) for number in range(6)) < 1e-9
    assert not (held["A-0"] > 0.8 and held["B-0"] < 0.2)


def test_lots_of_one_notice_or_buyer_are_one_group_over_any_number_of_steps() -> None:
    one, two, three = (example(name=name, buyer=name) for name in "abc")
    both = replace(one.notice, key="x", buyers=(Organisation("B", "12345678"), Organisation("  A ")))
    bridge = replace(one, name="x", notice=both)
    by_number = replace(one, notice=replace(one.notice, key="y", buyers=(Organisation("Other", "12345678"),)))
    found = groups([one, two, three, bridge, by_number])
    assert found == [0, 0, 1, 0, 0]


def test_too_few_examples_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(ModelError, match=f"tag at least {LEAST} of each"):
        fit(examples(LEAST - 1), judges())


def test_one_single_buyer_is_refused() -> None:
    lots = [replace(one, notice=replace(one.notice, buyers=(Organisation("Én"),))) for one in examples()]
    with pytest.raises(ModelError, match="tag lots of other buyers"):
        fit(lots, judges())


def test_reserved_lots_are_not_learned_from() -> None:
    extra = [example("Radarantenner", Verdict.RESERVED, name="a"), example("Radar", name="b", reserved=("res-ws",))]
    assert fit([*examples(), *extra], judges()).model.version == fitted().model.version


def test_using_a_model_takes_numpy_alone() -> None:
    code = (
        "import sys, notifier.learning.model, notifier.learning.packing, notifier.cli.learning\n"
        "assert not [name for name in sys.modules if name.startswith(('sklearn', 'scipy'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- its answer


def test_its_evidence_quotes_the_words_that_counted_where_they_stand() -> None:
    one = example("Nye Blomsterkranse", description="Byen vil have KERAMIKSKÅLE, og blomsterkranse igen")
    found = fitted().model.estimate([("title", one.lot.title), ("description", one.lot.description)], ())
    assert found is not None
    assert {piece.quote.casefold() for piece in found.evidence} >= {"blomsterkranse", "keramikskåle"}
    for piece in found.evidence:
        assert (piece.criterion, piece.weight > 0) == ("model", True)
        assert field_text(one.lot, one.notice, piece.field)[piece.start : piece.end] == piece.quote


def test_against_a_lot_the_words_that_speak_against_it_are_quoted() -> None:
    found = estimate("Radarantenner med blomsterkranse og turbineblade og laserkirurgi")
    assert found.probability < 0.5
    assert "blomsterkranse" not in {piece.quote for piece in found.evidence}
    assert all(piece.weight < 0 for piece in found.evidence)


@pytest.mark.parametrize("title", ["", "12345", "  "])
def test_it_says_nothing_of_a_lot_without_words(title: str) -> None:
    assert fitted().model.estimate(texts(title), ()) is None


def test_a_probability_stays_one_however_large_the_sum() -> None:
    model = Model(np.full(features.BUCKETS, 1e9), np.zeros(len(features.NAMES)), 0.0, 1.0, 0.0)
    found = model.estimate(texts("ord"), ())
    assert found is not None
    assert 0.999 < found.probability <= 1


# -- rules and model together


def test_it_lets_in_a_lot_that_only_its_trade_shuts_out() -> None:
    assert assessed("Blomsterkranse til kommunen").verdict is Verdict.UNSUITABLE
    found = assessed("Blomsterkranse til kommunen", fitted().model)
    assert (found.verdict, found.reason) == (Verdict.POSSIBLE, "model")
    assert any(piece.criterion == "model" for piece in found.evidence)


def test_it_never_makes_a_lot_suitable() -> None:
    assert assessed("Blomsterkranse til hele byen", Given(1.0)).verdict is Verdict.POSSIBLE


def test_it_leaves_out_what_the_rules_let_in_only_when_it_is_sure() -> None:
    assert assessed("Rengøring af skoler", Given(0.06)) == assessed("Rengøring af skoler")
    assert assessed("Rengøring af skoler", Given(0.01)).verdict is Verdict.UNSUITABLE


def test_it_never_touches_a_reservation_or_a_demand() -> None:
    plain = assessed("Radarantenner", reserved=("res-ws",), description="Omsætning på mindst 5 mio. kr. kræves.")
    asked = assessed(
        "Radarantenner", Given(0.0), reserved=("res-ws",), description="Omsætning på mindst 5 mio. kr. kræves."
    )
    assert plain == asked


def test_a_lot_of_which_too_little_is_known_stays_so() -> None:
    assert assessed("x", Given(1.0)).reason == "too_little_known"


def test_a_model_without_an_opinion_changes_nothing() -> None:
    class Silent:
        def estimate(self, texts: Sequence[tuple[str, str]], evidence: tuple[Evidence, ...]) -> None:
            return None

    one = example("Rengøring")
    assert Judges(rules(), Silent()).assess(one.lot, one.notice) == Judges(rules()).assess(one.lot, one.notice)


@pytest.mark.parametrize("seed", range(3))
def test_quotes_are_true_in_long_hostile_texts(seed: int) -> None:
    dice = np.random.default_rng(seed)
    letters = list("aåßİıǆ ΑΩжé\u0307\u202e<b> \n\tblomsterkranse ")
    text = "".join(dice.choice(letters, 5000))
    one = example("Blomsterkranse " + text[:200], description=text)
    found = assess(one.lot, one.notice, rules(), fitted().model)
    assert_quotes_are_true(found, one.lot, one.notice)
