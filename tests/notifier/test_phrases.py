from __future__ import annotations

import pytest

from notifier.lots import Demand, Evidence
from notifier.phrases import asked_together, demand_names, telling, write_duration


def test_a_reader_is_told_one_word_and_one_code_of_each_trade() -> None:
    found = (
        Evidence("trade_words", 0.5, "description", "café", trade="catering"),
        Evidence("trade_cpv", 3.0, "cpv_main", "55330000", trade="catering"),
        Evidence("trade_words", 2.0, "title", "Café", trade="catering"),
        Evidence("trade_cpv", 1.0, "cpv_additional[0]", "55510000", trade="catering"),
        Evidence("social_clause", 1.5, "performance_terms[0]", "virksomhedspraktik"),
    )
    assert [one.quote for one in telling(found)] == ["55330000", "Café", "virksomhedspraktik"]


def test_a_code_that_speaks_for_several_trades_is_told_once() -> None:
    found = tuple(
        Evidence("trade_cpv", 2.0, "cpv_main", "50850000", trade=trade)
        for trade in ("furniture_wood", "reuse_recycling")
    )
    assert [one.trade for one in telling(found)] == ["furniture_wood"]


def test_evidence_without_words_is_all_told() -> None:
    found = (Evidence("sme_suitable", 0.5, "sme_suitable"), Evidence("doubt", -1.0, "title", note="medical"))
    assert len(telling(found)) == 2


def test_work_out_of_reach_is_told_once_where_a_doubt_says_so() -> None:
    scope = Evidence("hard_scope", -2.0, "cpv_main", "45000000", note="construction")
    doubt = Evidence("doubt", -0.5, "cpv_main", "45000000", note="construction")
    assert telling([scope, doubt]) == (doubt,)
    assert telling([scope]) == (scope,)


@pytest.mark.parametrize(
    ("duration", "phrase"),
    [("P24M", "24 måneder"), ("P1Y", "1 år"), ("P90D", "90 dage"), ("P6W", "6 uger"), ("P1Y6M", "P1Y6M"), ("", "")],
)
def test_durations_are_written_in_words(duration: str, phrase: str) -> None:
    assert write_duration(duration, "da") == phrase


def test_demands_of_one_sentence_are_quoted_once_under_all_their_names() -> None:
    sentence = "Tilbudsgiver skal have en omsætning på 20 mio. kr. og tre referencer."
    asked = (
        Demand("turnover", sentence, "description", 0, len(sentence)),
        Demand("insurance", "Ansvarsforsikring på 10 mio. kr.", "description", 80, 112),
        Demand("references", sentence, "description", 0, len(sentence)),
    )
    groups = asked_together(asked)
    assert [demand_names(group, "da") for group in groups] == ["Omsætning og referencer", "Forsikring"]
    assert demand_names((*asked, asked[0]), "en") == "Turnover, insurance and references"
