"""Why a lot is not marked higher: what would have to change, found by judging again."""

from __future__ import annotations

import pytest

from notifier.lots import Assessment, Verdict
from notifier.suitability.hindrances import Change, hindrances

from .make import assessed, kroner, rules


def lacking(found: Assessment) -> list[tuple[Change, Verdict]]:
    return [(one.change, one.becomes) for one in hindrances(found, rules())]


@pytest.mark.parametrize(
    "fields", [{"title": "Rengøring af skoler", "cpv_main": "90910000"}, {"reserved": ("res-ws",)}]
)
def test_a_lot_that_is_marked_as_high_as_it_can_lacks_nothing(fields: dict[str, object]) -> None:
    assert lacking(assessed(**fields)) == []


def test_a_lot_too_large_would_be_relevant_in_smaller_lots() -> None:
    found = assessed(title="Rengøring", cpv_main="90910000", value=kroner(50_000_000), duration="P1Y")
    assert lacking(found) == [(Change.SIZE, Verdict.SUITABLE)]


def test_each_demand_that_alone_is_too_much_is_named_and_else_all_together() -> None:
    one = "Der kræves sikkerhedsgodkendelse."
    two = "Der kræves en omsætning på 30 mio. kr. Der kræves en egenkapital på 1 mio. kr."
    cleaning = {"title": "Rengøring", "cpv_main": "90910000"}
    assert lacking(assessed(**cleaning, description=one)) == [(Change.DEMAND, Verdict.SUITABLE)]
    both = lacking(assessed(**cleaning, description=f"{one} {two}"))
    assert both == [(Change.DEMANDS, Verdict.SUITABLE)]


def test_work_out_of_reach_in_a_trades_words_would_fit_without_that_part() -> None:
    found = assessed(title="Rengøring og asfaltarbejde")
    assert (Change.SCOPE, Verdict.POSSIBLE) in lacking(found)


def test_of_a_lot_of_no_trade_the_trade_is_what_lacks() -> None:
    assert lacking(assessed(title="Levering af kontorstole til skoler"))[0][0] is Change.TRADE


def test_a_lot_of_which_nothing_is_known_needs_something_to_judge_by() -> None:
    assert lacking(assessed(title="X")) == [(Change.KNOWN, Verdict.SUITABLE)]


def test_a_far_too_large_construction_work_needs_everything_changed() -> None:
    found = assessed(title="Totalentreprise", cpv_main="45000000", value=kroner(900_000_000), duration="P1Y")
    assert lacking(found) == [(Change.TOGETHER, Verdict.SUITABLE)]
