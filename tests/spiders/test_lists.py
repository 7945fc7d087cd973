"""Feeds, EU-Supply and Comdia, crawled from small servers on loopback in one crawl."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.spiders.crawling import Crawled, page_source, run_crawl
from tests.spiders.parsers.golden import PAGES
from tests.spiders.server import Answer, Answers, Site, serve

XML = (("Content-Type", "application/xml"),)


def saved(kind: str, case: str) -> bytes:
    return next((PAGES / kind / case).glob("page.*")).read_bytes()


def source(id: str, kind: str, url: str, **more: Any) -> dict[str, Any]:
    return page_source(id, url, kind=kind, **{"selectors": {}, "filter": {}, **more})


CLOSED = "<!doctype html><html><h1>Kantinedrift på rådhuset</h1><p>Fristen for deltagelse er overskredet.</p></html>"
TENDER = "/by/tenderinformationshow.aspx?Id={}&List=0"
DETAIL = (
    "<!doctype html><html><article class='udbud'><h1>Rengøring af skoler</h1>"
    "<p>Tilbudsfrist: 8. december 2026 kl. 12.00</p></article></html>"
)
RSS = "<rss version='2.0'><channel><title>Udbud</title><item><title>{}</title><link>{}</link></item></channel></rss>"


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Crawled, dict[str, Site]]]:
    sites: dict[str, Site] = {}
    sources = []
    with ExitStack() as stack:

        def add(id: str, kind: str, path: str, answers: dict[str, Answers], **more: Any) -> None:
            site = sites[id] = stack.enter_context(serve(answers))
            sources.append(source(id, kind, site.url + path, **more))

        atom = Answer(saved("eusupply", "feed"), headers=XML)
        authorities = {"brand": "EKSEMPEL", "authorities": ["Eksempel Kommune"]}
        add("atom", "eusupply", "", {"/ctm/rss/Rss.ashx?days=30&b=EKSEMPEL": atom}, filter=authorities)
        cut = Answer(saved("eusupply", "feed-cut-off"), headers=XML)
        add("atom-cut", "eusupply", "/rss.ashx", {"/rss.ashx": cut})
        more = saved("eusupply", "list").replace(b"</form>", b"<a class='pager-action'>2</a></form>")
        add("html-more", "eusupply", "/list", {"/list": Answer(more)}, filter={"form": "html"})
        add("html", "eusupply", "/list", {"/list": Answer(saved("eusupply", "list"))}, filter={"form": "html"})

        tenders: dict[str, Answers] = {
            "/by/aktuelleudbud.aspx": Answer(saved("comdia", "list")),
            TENDER.format(31001): Answer(saved("comdia", "tender-open")),
            TENDER.format(31002): CLOSED,
        }
        add("comdia", "comdia", "/by/aktuelleudbud.aspx", tenders)
        walled = {**tenders, TENDER.format(31001): Answer(saved("comdia", "tender-is-a-login"))}
        add("comdia-wall", "comdia", "/by/aktuelleudbud.aspx", walled)

        add("feed", "feed", "/f", {"/f": Answer(saved("feed", "rss-with-fields-in-its-text"), headers=XML)})
        add("feed-login", "feed", "/f", {"/f": Answer(saved("feed", "is-a-page"))})
        add("feed-empty", "feed", "/f", {"/f": Answer(saved("feed", "empty"), headers=XML)})
        detail = {"landmark": "article.udbud", "fields": {"deadline": {"label": "Tilbudsfrist"}}}
        deep = stack.enter_context(serve({"/1": DETAIL}))
        deep.answers["/f"] = Answer(RSS.format("Rengøring", f"{deep.url}/1"), headers=XML)
        sources.append(source("feed-deep", "feed", f"{deep.url}/f", selectors={"detail": detail}))
        sources.append(source("feed-wrong", "feed", f"{deep.url}/f", selectors={"detial": detail}))
        yield run_crawl(sources), sites


def test_the_feed_of_a_brand_is_asked_for_and_only_its_authorities_are_kept(world: Any) -> None:
    crawled, sites = world
    heard = crawled.heard["atom"]
    assert heard.status == "good", heard.message
    assert heard.listed == ["470001", "470002", "470003", "470004"]
    assert len(heard.notices) == 4
    assert sites["atom"].paths() == ["/ctm/rss/Rss.ashx?days=30&b=EKSEMPEL"]
    assert not heard.complete  # thirty days are not everything


def test_a_feed_that_was_cut_off_gives_nothing(world: Any) -> None:
    heard = world[0].heard["atom-cut"]
    assert (heard.status, heard.notices, heard.listed) == ("failed", [], [])


def test_a_list_that_goes_on_is_an_alarm_and_hands_nothing_over(world: Any) -> None:
    more, whole = world[0].heard["html-more"], world[0].heard["html"]
    assert (more.status, more.notices) == ("alarm", [])
    assert "further pages" in more.message
    assert whole.status == "good", whole.message
    assert len(whole.notices) == 3


def test_a_tender_whose_own_page_says_that_it_is_closed_is_not_listed(world: Any) -> None:
    heard = world[0].heard["comdia"]
    assert heard.status == "good", heard.message
    assert (heard.listed, heard.titles) == (["31001"], ["Rengøring af skoler"])
    assert heard.complete
    assert heard.notices[0]["publication_number"] == "654321-2026"


def test_a_tender_behind_a_login_stays_listed_and_is_no_good_run(world: Any) -> None:
    heard = world[0].heard["comdia-wall"]
    assert heard.status == "alarm"
    assert (heard.listed, heard.notices) == (["31001"], [])


def test_a_feed_is_read_with_or_without_the_pages_it_leads_to(world: Any) -> None:
    crawled, _ = world
    assert crawled.heard["feed"].status == "partial"  # one of its entries has no link
    assert len(crawled.heard["feed"].notices) == 3
    deep = crawled.heard["feed-deep"]
    assert deep.status == "good", deep.message
    assert deep.notices[0]["lots"][0]["deadline"]["at"].startswith("2026-12-08T12:00")


def test_a_login_in_place_of_a_feed_is_an_alarm_and_an_empty_feed_is_none(world: Any) -> None:
    assert world[0].heard["feed-login"].status == "alarm"
    assert world[0].heard["feed-empty"].status == "good"


def test_a_wrong_description_is_told_before_anything_is_asked(world: Any) -> None:
    heard = world[0].heard["feed-wrong"]
    assert heard.status == "failed"
    assert "selectors.detial" in heard.message
