"""What is asked for again and what is not, in a second crawl that knows the first one's documents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from notifier.config import Source
from notifier.lots import Document, DocumentRole, Notice
from spiders.reparse import reread
from tests.spiders.crawling import Crawled, detail_page, list_page, page_source, run_crawl
from tests.spiders.driver import NOW, Memory
from tests.spiders.server import OPEN, Answer, Answers, Site, serve

pytestmark = pytest.mark.long

HTML = ("Content-Type", "text/html; charset=utf-8")


def marked(body: str, tag: str = '"1"') -> Answer:
    """A page with an ETag."""
    return Answer(body, headers=(HTML, ("ETag", tag)))


def dated(body: str) -> Answer:
    """A page with the day of its last change."""
    return Answer(body, headers=(HTML, ("Last-Modified", "Mon, 16 Nov 2026 09:00:00 GMT")))


ROWS = list_page(("/1", "Rengøring"), ("/2", "Kantine"), ("/3", "Vinduer"))
PAGES: dict[str, Answers] = {
    "/udbud": marked(ROWS),
    "/1": marked(detail_page("Rengøring af skoler")),
    "/2": dated(detail_page("Drift af kantine")),
    "/3": detail_page("Vinduespudsning"),
}


@dataclass
class Twice:
    """Two crawls of one site; between them the site may have changed."""

    site: Site
    first: Crawled
    second: Crawled
    asked_first: int  # requests of the first crawl

    @property
    def asked_again(self) -> dict[str, dict[str, str]]:
        """Headers of the second crawl's requests, by path."""
        return {asked.path: asked.headers for asked in self.site.asked[self.asked_first :]}


def crawl_twice(changed: dict[str, Answers], **source: object) -> Twice:
    with serve(dict(PAGES)) as site:
        sources = [page_source("by", site.url + "/udbud", **source)]
        first = run_crawl(sources, remember=True)
        asked = len(site.asked)
        site.answers.update(changed)
        second = run_crawl(sources, memory=first.remembered, remember=True)
        return Twice(site, first, second, asked)


@pytest.fixture(scope="module")
def unchanged() -> Twice:
    return crawl_twice({})


def test_every_answer_is_told_with_its_place_and_its_reader(unchanged: Twice) -> None:
    told = {(role, place, reader) for role, place, reader, _ in unchanged.first.heard["by"].documents}
    url = unchanged.site.url
    assert told == {
        ("list", f"GET {url}/udbud", "read_list"),
        *(("notice", f"GET {url}/{number}", "read_detail") for number in (1, 2, 3)),
    }


def test_a_second_crawl_asks_with_the_validators_of_the_first(unchanged: Twice) -> None:
    asked = unchanged.asked_again
    assert asked["/udbud"]["If-None-Match"] == asked["/1"]["If-None-Match"] == '"1"'
    assert asked["/2"]["If-Modified-Since"] == "Mon, 16 Nov 2026 09:00:00 GMT"
    assert asked["/3"].keys().isdisjoint({"If-None-Match", "If-Modified-Since"})


def test_an_unchanged_list_is_read_from_what_was_kept(unchanged: Twice) -> None:
    heard = unchanged.second.heard["by"]
    assert heard.status == "good"
    assert heard.listed == unchanged.first.heard["by"].listed
    assert ["list", f"GET {unchanged.site.url}/udbud", "read_list", len(ROWS.encode())] in heard.documents


def test_unchanged_notices_count_without_being_read(unchanged: Twice) -> None:
    heard = unchanged.second.heard["by"]
    assert sorted(heard.unchanged) == ["/1", "/2"]
    assert heard.titles == ["Vinduespudsning"]


def test_a_page_that_changed_is_read_anew() -> None:
    changed = crawl_twice({"/1": marked(detail_page("Rengøring af haller"), '"2"')})
    heard = changed.second.heard["by"]
    assert heard.unchanged == ["/2"]
    assert heard.titles == ["Rengøring af haller", "Vinduespudsning"]


def test_what_the_list_says_of_an_unchanged_page_is_taken_over() -> None:
    """The title stands on the list alone: the notice's own page has not changed, and the notice has."""
    selectors = {
        "list": {
            "landmark": "main#udbud",
            "row": "article.udbud",
            "link": "h2 a",
            "fields": {"title": "h2 a"},
            "empty_text": ["Ingen aktuelle udbud"],
        },
        "detail": {
            "landmark": "article.udbud",
            "fields": {"deadline": {"label": "Tilbudsfrist"}},
            "ignore": ["h1"],
        },
    }
    rows = list_page(("/1", "Rengøring, forlænget"), ("/2", "Kantine"), ("/3", "Vinduer"))
    changed = crawl_twice({"/udbud": marked(rows, '"2"')}, selectors=selectors)
    heard = changed.second.heard["by"]
    assert heard.unchanged == ["/2"]
    assert heard.titles == ["Rengøring, forlænget", "Vinduer"]


def test_a_304_for_what_nobody_keeps_any_more_is_asked_again_whole() -> None:
    with serve(dict(PAGES)) as site:
        sources = [page_source("by", site.url + "/udbud")]
        first = run_crawl(sources, remember=True)
        asked = len(site.asked)
        second = run_crawl(sources, memory=first.remembered, bodies_lost=True)
        again = [asked.headers for asked in site.asked[asked:] if asked.path == "/udbud"]
    assert [headers.get("If-None-Match") for headers in again] == ['"1"', None]
    assert second.heard["by"].status == "good"
    assert len(second.heard["by"].notices) == 3


def test_a_304_that_nobody_asked_for_is_asked_again_and_then_a_failure() -> None:
    with serve({**PAGES, "/1": Answer("", 304, (("ETag", '"1"'),))}) as site:
        crawled = run_crawl([page_source("by", site.url + "/udbud")])
        assert sum(asked.path == "/1" for asked in site.asked) == 3
    assert crawled.heard["by"].status == "partial"
    assert "called unchanged what was asked for whole (304)" in crawled.heard["by"].problems[0]


def test_in_an_alarm_documents_are_kept_and_nothing_that_was_read_from_them() -> None:
    with serve(
        {**PAGES, "/udbud": list_page(("/1", "A"), onward="/udbud2"), "/udbud2": "<p>Log ind</p></html>"}
    ) as site:
        crawled = run_crawl([page_source("by", site.url + "/udbud")])
    heard = crawled.heard["by"]
    assert heard.status == "alarm"
    assert sorted(place.rsplit("/", 1)[1] for _, place, _, _ in heard.documents) == ["1", "udbud", "udbud2"]
    assert heard.notices == []
    assert not heard.complete


def test_a_list_that_names_everything_is_complete_but_for_a_backfill() -> None:
    with serve(dict(PAGES)) as site:
        sources = [page_source("by", site.url + "/udbud")]
        assert run_crawl(sources).heard["by"].complete
        assert not run_crawl(sources, window=["2024-01-01", "2024-12-31"]).heard["by"].complete


# -- through a proxy ---------------------------------------------------------------------------------------------


@dataclass
class Proxied:
    """A crawl through a proxy of a public source, one on the own network, and one that is the proxy itself."""

    proxy: Site
    inside: Site
    crawled: Crawled


@pytest.fixture(scope="module")
def proxied() -> Proxied:
    away = "http://by.example"
    answers = {away + path: answer for path, answer in {**PAGES, "/robots.txt": OPEN}.items()}
    with serve(answers) as proxy, serve(dict(PAGES)) as inside:
        sources = [
            page_source("away", away + "/udbud", allow_private_address=False),
            page_source("inside", inside.url + "/udbud"),
            page_source("proxy", proxy.url + "/udbud", allow_private_address=False),
        ]
        return Proxied(proxy, inside, run_crawl(sources, proxy=proxy.url))


def test_a_public_source_is_read_through_the_proxy_of_the_setting(proxied: Proxied) -> None:
    assert proxied.crawled.heard["away"].status == "good"
    assert len(proxied.crawled.heard["away"].notices) == 3
    assert {asked.path.rsplit("/", 1)[0] for asked in proxied.proxy.asked} == {"http://by.example"}


def test_a_source_on_the_own_network_is_read_without_the_proxy(proxied: Proxied) -> None:
    assert proxied.crawled.heard["inside"].status == "good"
    assert len(proxied.inside.asked) == 5


def test_the_proxy_itself_is_no_source(proxied: Proxied) -> None:
    assert proxied.crawled.heard["proxy"].status == "blocked"


# -- read again --------------------------------------------------------------------------------------------------


def test_what_was_kept_reads_as_it_did_the_first_time() -> None:
    with serve(dict(PAGES)) as site:
        raw = page_source("by", site.url + "/udbud")
        first = run_crawl([raw], remember=True)
    documents = msgspec.json.decode(first.remembered, type=Memory).documents
    again = list(reread(msgspec.convert(raw, Source), documents, datetime.fromisoformat(NOW)))
    assert [read.document for read in again] == documents
    assert [read.problems for read in again] == [()] * 4
    items = [item for read in again for item in read.items]
    notices = sorted(msgspec.json.decode(msgspec.json.encode(items)), key=lambda one: str(one["key"]))
    assert notices == sorted(first.heard["by"].notices, key=lambda one: str(one["key"]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reader": "read_nothing"}, "no reader is called 'read_nothing'"),
        ({"reader": "closed"}, "no reader is called 'closed'"),
        ({"facts": b'{"row": 5}'}, "of an older form"),
        ({"facts": b"{"}, "of an older form"),
        ({"body": b"<p>Log ind</p>"}, "lacks its landmark"),
    ],
)
def test_a_document_that_cannot_be_read_again_says_why(change: dict[str, Any], said: str) -> None:
    row = b'{"row": {"key": "/1", "url": "https://by.example/1"}}'
    page = detail_page("Rengøring").encode()
    place = "https://by.example/1"
    kept = Document("by", f"GET {place}", place, DocumentRole.NOTICE, "read_detail", page, "/1", row, "text/html")
    source = msgspec.convert(page_source("by", "https://by.example/udbud"), Source)
    [sound] = reread(source, [kept], datetime.fromisoformat(NOW))
    assert [(type(item), item.title) for item in sound.items] == [(Notice, "Rengøring")]
    [broken] = reread(source, [replace(kept, **change)], datetime.fromisoformat(NOW))
    assert broken.items == ()
    assert said in broken.problems[0]
