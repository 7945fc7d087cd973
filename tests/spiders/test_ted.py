"""TED's search: what is asked, in how many parts, and when it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.spiders.crawling import Heard, page_source, run_crawl
from tests.spiders.server import Answer, serve

pytestmark = pytest.mark.long

SEARCH = "/v3/notices/search"
PAGES = Path(__file__).parents[1] / "pages" / "ted"


def page(*serials: int, total: int, token: str | None = None) -> Answer:
    notices = [{"publication-number": f"{serial:06}-2026", "links": {"xml": {}}} for serial in serials]
    body = {"notices": notices, "totalNoticeCount": total, "iterationNextToken": token, "timedOut": False}
    return Answer(json.dumps(body), headers=(("Content-Type", "application/json"),))


def crawl(pages: list[Answer | str], **more: Any) -> tuple[Heard, list[dict[str, Any]]]:
    with serve({SEARCH: pages}) as site:
        heard = run_crawl([page_source("ted", site.url, kind="ted", selectors={}, concurrency=1, **more)]).heard["ted"]
        return heard, [json.loads(asked.body) for asked in site.asked if asked.path == SEARCH]


def test_a_total_that_is_too_large_is_asked_for_in_halves_of_its_days() -> None:
    heard, asked = crawl([page(1, total=10_001), page(1, 2, total=2), page(3, total=1)])
    days = [body["query"].removesuffix(" SORT BY publication-date") for body in asked]
    assert days[0] == "publication-date>=20261024"
    assert sorted(days[1:]) == [
        "publication-date>=20261024 AND publication-date<=20261108",
        "publication-date>=20261109",
    ]
    assert sorted(heard.listed) == ["000001-2026", "000002-2026", "000003-2026"]
    assert heard.totals[-1] == 3


def test_the_token_that_stays_after_the_last_page_does_not_go_on_for_ever() -> None:
    heard, asked = crawl([page(1, total=2, token="a"), page(2, total=2, token="a")])
    assert [body.get("iterationNextToken") for body in asked] == [None, "a"]
    assert heard.totals == [2, 2]


def test_buyers_are_asked_for_with_and_without_the_country_before_their_number_and_places_narrow() -> None:
    buyers = [{"name": "By", "cvr": "12345674", "kind": "administration"}]
    _, asked = crawl([page(total=0)], buyers=buyers, filter={"places": ["DK011", "DK012"]})
    assert asked[0]["query"] == (
        "buyer-identifier IN (12345674 DK12345674) AND place-of-performance IN (DK011 DK012) AND "
        "publication-date>=20261024 SORT BY publication-date"
    )


def test_a_query_of_ones_own_stands_in_for_the_buyers() -> None:
    buyers = [{"name": "By", "cvr": "12345674", "kind": "administration"}]
    _, asked = crawl([page(total=0)], buyers=buyers, filter={"query": "buyer-country=DNK"})
    assert asked[0]["query"] == "(buyer-country=DNK) AND publication-date>=20261024 SORT BY publication-date"


def test_what_ted_cannot_give_in_a_backfill_is_told_once_and_the_month_is_done() -> None:
    number = "290202-2014"
    award = (PAGES / "r208-award" / "page.xml").read_text(encoding="utf-8")
    hits = [
        {"publication-number": number, "links": {"xml": {"MUL": "{url}/whole"}}},
        {"publication-number": "290203-2014", "links": {"xml": {"MUL": "{url}/other"}}},
        {"publication-number": "290204-2014", "links": {"xml": {"MUL": "{url}/gone"}}},
        {"publication-number": "290205-2014", "links": {"xml": {}}},
    ]
    answers: dict[str, Any] = {"/whole": award, "/other": "<OLD_EXPORT/>"}
    for window, status in ((["2014-08-01", "2014-08-31"], "good"), (None, "partial")):
        with serve(answers) as site:
            body = json.dumps({"notices": hits, "totalNoticeCount": 4}).replace("{url}", site.url)
            site.answers[SEARCH] = Answer(body, headers=(("Content-Type", "application/json"),))
            job = {"window": window} if window else {}
            crawled = run_crawl([page_source("ted", site.url, kind="ted", selectors={})], **job)
        heard = crawled.heard["ted"]
        assert (heard.status, [notice["key"] for notice in heard.notices]) == (status, [number])
        assert len(heard.problems) == (0 if window else 3)
        if window:
            assert "3 of the notices cannot be read here, the first: " in heard.message
            assert "/2902" in heard.message


def test_a_month_of_which_ted_has_nothing_is_not_done() -> None:
    hits = [{"publication-number": "290204-2014", "links": {"xml": {"MUL": "{url}/gone"}}}]
    with serve({}) as site:
        body = json.dumps({"notices": hits, "totalNoticeCount": 1}).replace("{url}", site.url)
        site.answers[SEARCH] = Answer(body, headers=(("Content-Type", "application/json"),))
        job = {"window": ["2014-08-01", "2014-08-31"]}
        heard = run_crawl([page_source("ted", site.url, kind="ted", selectors={})], **job).heard["ted"]
    assert heard.status == "failed"
    assert "answered 404" in heard.message


def test_a_key_that_ted_does_not_know_is_a_mistake_and_not_left_unread() -> None:
    heard, asked = crawl([page(total=0)], filter={"quary": "buyer-country=DNK"})
    assert (asked, heard.status) == ([], "failed")
    assert "filter.quary" in heard.message


def test_places_that_are_no_codes_are_a_mistake() -> None:
    heard, asked = crawl([page(total=0)], filter={"places": "DK011) OR (buyer-country=DNK"})
    assert (asked, heard.status) == ([], "failed")
    assert "filter.places" in heard.message
