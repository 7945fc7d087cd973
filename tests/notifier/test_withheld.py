"""What is withheld from whom, and which judgement lets more people be told than another: pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.lots import Assessment, Money, Verdict
from notifier.matching import match
from notifier.profiles import Announced, Announcement, Profile, Subscriber
from notifier.withheld import Reason, Silence, Withheld, gains
from tests.notifier import mail_examples as examples

SINCE = examples.NOW
SECOND = dt.timedelta(seconds=1)
NEW = Announcement(Announced.NEW, "p/LOT-0001")
TOLD_BY = Assessment(Verdict.SUITABLE, 2.0, ("cleaning",))


def withheld(kind: Announced = Announced.NEW, key: str = "", earlier: Assessment | None = None) -> Withheld:
    return Withheld(1, kind, "p/LOT-0001", key, Reason.FIRST_RUN, "ted", SINCE, earlier)


def confirmed(at: dt.datetime | None) -> Subscriber:
    return replace(examples.subscriber(Profile(trades=("cleaning",))), confirmed_at=at)


# -- who is not told ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "kept"), [(None, True), (SINCE - SECOND, True), (SINCE, True), (SINCE + SECOND, False)])
def test_who_confirmed_after_it_was_withheld_is_told(at: dt.datetime | None, kept: bool) -> None:
    assert Silence([withheld()]).keeps(NEW, confirmed(at)) is kept


def test_nothing_is_kept_where_nothing_is_withheld() -> None:
    assert Silence().keeps(NEW, confirmed(None)) is False
    assert Silence().hides("p/LOT-0001") is False


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        (Announcement(Announced.CHANGED, "p/LOT-0001", "7"), True),
        (Announcement(Announced.CHANGED, "p/LOT-0001", "8"), False),
        (Announcement(Announced.CHANGED, "q/LOT-0001", "7"), False),
        (Announcement(Announced.NEW, "p/LOT-0001"), False),
    ],
)
def test_what_has_a_key_is_withheld_alone(note: Announcement, kept: bool) -> None:
    assert Silence([withheld(Announced.CHANGED, "7")]).keeps(note, confirmed(None)) is kept


def test_a_lot_is_hidden_only_where_it_is_withheld_as_such() -> None:
    assert Silence([withheld()]).hides("p/LOT-0001") is True
    assert Silence([withheld()]).hides("q/LOT-0001") is False
    assert Silence([withheld(Announced.CHANGED)]).hides("p/LOT-0001") is False
    assert Silence([withheld(earlier=TOLD_BY)]).hides("p/LOT-0001") is False


def test_a_lot_that_others_rules_judge_goes_by_the_earlier_verdict_for_those_who_were_there() -> None:
    view = examples.view(verdict=Verdict.RESERVED)
    silence = Silence([withheld(earlier=TOLD_BY)])
    assert silence.keeps(NEW, confirmed(None)) is False
    assert silence.as_judged_before(view, confirmed(SINCE)) == replace(view, assessment=TOLD_BY)
    assert silence.as_judged_before(view, confirmed(SINCE + SECOND)) is view
    assert silence.as_judged_before(examples.view("q/1"), confirmed(None)) == examples.view("q/1")


# -- which judgement is a better one -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "gained"),
    [
        (Verdict.UNSUITABLE, Verdict.POSSIBLE, True),
        (Verdict.POSSIBLE, Verdict.SUITABLE, True),
        (Verdict.SUITABLE, Verdict.RESERVED, True),
        (Verdict.SUITABLE, Verdict.SUITABLE, False),
        (Verdict.RESERVED, Verdict.SUITABLE, False),
        (Verdict.SUITABLE, Verdict.UNSUITABLE, False),
    ],
)
def test_a_verdict_that_drops_is_no_news(before: Verdict, after: Verdict, gained: bool) -> None:
    assert gains(replace(TOLD_BY, verdict=before), replace(TOLD_BY, verdict=after)) is gained


def test_what_is_unsuitable_gains_nothing_whatever_else_is_found_in_it() -> None:
    assert gains(TOLD_BY, replace(TOLD_BY, verdict=Verdict.UNSUITABLE, trades=("catering",))) is False


def test_another_trade_or_another_value_may_concern_others() -> None:
    assert gains(TOLD_BY, replace(TOLD_BY, trades=("cleaning", "catering"))) is True
    assert gains(replace(TOLD_BY, trades=("cleaning", "catering")), TOLD_BY) is False
    assert gains(TOLD_BY, replace(TOLD_BY, value_per_year=Money(Decimal(1)))) is True
    assert gains(TOLD_BY, replace(TOLD_BY, score=9.0, rules_version="2", reason="fits")) is False


VERDICTS = st.builds(
    Assessment,
    st.sampled_from(Verdict),
    st.just(1.0),
    st.sets(st.sampled_from(["cleaning", "catering", "grounds"])).map(lambda found: tuple(sorted(found))),
    value_per_year=st.none() | st.sampled_from([100, 900, 5000]).map(lambda amount: Money(Decimal(amount))),
)
PROFILES = st.builds(
    Profile,
    trades=st.sets(st.sampled_from(["cleaning", "catering", "grounds"])).map(lambda found: tuple(sorted(found))),
    value_min=st.none() | st.just(Money(Decimal(500))),
    value_max=st.none() | st.just(Money(Decimal(1000))),
    least_verdict=st.sampled_from([Verdict.POSSIBLE, Verdict.SUITABLE, Verdict.RESERVED]),
    partnerships=st.booleans(),
)


@given(VERDICTS, VERDICTS, PROFILES)
def test_nobody_is_concerned_by_a_judgement_that_gains_nothing_who_was_not_before(
    before: Assessment, after: Assessment, profile: Profile
) -> None:
    view = examples.view()
    if match(replace(view, assessment=after), profile) and not match(replace(view, assessment=before), profile):
        assert gains(before, after)
