"""The fast way and the rule for a single pair give the same answer for every pair."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifier.lots import Assessment, Evidence, Lot, LotState, LotView, Money, Notice, Stage, Translation, Verdict
from notifier.matching import Index, match
from notifier.profiles import Profile
from tests.notifier.mail_examples import view

TRADES = ("cleaning", "catering", "grounds")
# Letters whose lower case is another length, or another letter's; and blanks of several kinds.
LETTERS = "abcæøåÆØÅßſİıKµ_-1 \n\u00a0"
WORDS = st.text(LETTERS, max_size=5)
TEXTS = st.text(LETTERS, max_size=40)
CODES = st.sampled_from(["", "9", "90", "9091", "90911200", "55500000", "555", "77310000"])
AREAS = st.sampled_from(["DK", "DK01", "DK011", "DK012", "DK05", "SE", "0161", "0101", ""])
MONEY = st.builds(
    Money, st.sampled_from([Decimal(n) for n in ("0", "0.1", "99.99", "100", "5000")]), st.sampled_from(["DKK", "EUR"])
)

PROFILES = st.builds(
    Profile,
    trades=st.lists(st.sampled_from(TRADES), max_size=2).map(tuple),
    cpv_prefixes=st.lists(CODES, max_size=2).map(tuple),
    words=st.lists(WORDS, max_size=2).map(tuple),
    words_out=st.lists(WORDS, max_size=1).map(tuple),
    areas=st.lists(AREAS, max_size=2).map(tuple),
    value_min=st.none() | MONEY,
    value_max=st.none() | MONEY,
    least_verdict=st.sampled_from(Verdict),
    planned=st.booleans(),
    partnerships=st.booleans(),
)


@st.composite
def lots(draw: st.DrawFn) -> LotView:
    lot = Lot(
        "LOT-0001",
        draw(TEXTS),
        draw(TEXTS),
        cpv_main=draw(CODES),
        cpv_additional=tuple(draw(st.lists(CODES, max_size=2))),
        nuts=tuple(draw(st.lists(st.sampled_from(["DK", "DK01", "DK011", "DKZZZ", "DK050", "SE224"]), max_size=2))),
        translations=(Translation("en", draw(TEXTS), draw(TEXTS)),) if draw(st.booleans()) else (),
    )
    size = Evidence("size", draw(st.sampled_from([-1.0, 1.0])), "value", note="too_large")
    judged = Assessment(
        draw(st.sampled_from(Verdict)),
        1.0,
        tuple(draw(st.sets(st.sampled_from(TRADES)))),
        (size,) if draw(st.booleans()) else (),
        value_per_year=draw(st.none() | MONEY),
    )
    made = view(
        lot=lot,
        notice=Notice("ted", "k", Stage.CALL, draw(TEXTS)),
        state=draw(st.sampled_from([LotState.OPEN, LotState.PLANNED])),
        assessment=judged,
    )
    return dataclasses.replace(made, assessment=None) if draw(st.integers(0, 9)) == 0 else made


@settings(max_examples=400)
@given(lots(), st.lists(PROFILES, max_size=40))
@example(view(), [])
@example(view(), [Profile()] * 9)
def test_the_index_answers_for_every_pair_what_the_rule_answers(item: LotView, profiles: list[Profile]) -> None:
    asked = [position for position, profile in enumerate(profiles) if match(item, profile) is not None]
    assert Index(profiles).matches(item).tolist() == asked


def test_small_and_large_sets_among_many_profiles_are_told_apart() -> None:
    """Sets of one member, of nearly all, and of some whose members share an octet."""
    profiles = [Profile(trades=("catering",))] * 5000
    few = (0, 7, 8, 9, 15, 2500, 4999)
    for position in few:
        profiles[position] = Profile(trades=("cleaning", "cleaning"), words_out=("skole",) if position == 8 else ())
    index = Index(profiles)
    assert tuple(index.matches(view(title="Rengøring"))) == few
    assert tuple(index.matches(view(title="Rengøring af skoler"))) == tuple(one for one in few if one != 8)
    catering = view(assessment=Assessment(Verdict.SUITABLE, 1.0, ("catering",)))
    assert len(index.matches(catering)) == 5000 - len(few)


def test_more_limits_than_are_kept_at_once_give_the_same_answers() -> None:
    profiles = [Profile(value_max=Money(Decimal(amount))) for amount in range(1, 1200)]
    index = Index(profiles)
    for amount in (1, 600, 1199, 1200, 3, 600):
        item = view(assessment=Assessment(Verdict.SUITABLE, 1.0, (), value_per_year=Money(Decimal(amount))))
        assert index.matches(item).tolist() == list(range(amount - 1, 1199))
    for amount in range(1, 1200):
        item = view(assessment=Assessment(Verdict.SUITABLE, 1.0, (), value_per_year=Money(Decimal(amount))))
        assert len(index.matches(item)) == 1200 - amount
