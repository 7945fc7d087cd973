"""The proofs read pages from memory: a crawl over the network says the same of them. And walls are seen through."""

from __future__ import annotations

import datetime as dt
import json
from random import Random
from typing import Any

import msgspec
import pytest
from bs4 import BeautifulSoup

from notifier import clock
from notifier.config import Source
from notifier.coverage import FieldCoverage
from tests.prove.pages import HOST, SHAPES, Shape
from tests.prove.reading import RED, Account, read
from tests.prove.redesigns import KINDS, Site, _content
from tests.prove.towns import Town
from tests.spiders.crawling import Crawled, run_crawl
from tests.spiders.server import Site as Server
from tests.spiders.server import serve

NOW = dt.datetime(2026, 9, 1, 6, tzinfo=clock.COPENHAGEN)  # the first day of the towns
REDESIGNS = ("renamed class", "script-only list", "wrapped rows")
BY_NAME = {shape.name: shape for shape in SHAPES}

# What stands in place of the page under 200, by what it calls itself.
WALLS = {
    "Log ind": '<form><label>Bruger <input name="u"></label><input type="password"></form>',
    "Log på med MitID": "<p>Vælg, hvordan du vil logge på.</p>",
    "Sign in": '<form><input type="password"></form>',
    "Sessionen er udløbet": "<p>Log ind igen.</p>",
    "Vi bruger cookies": "<p>Vælg, hvad vi må gemme.</p><button>Accepter alle</button>",
    "We use cookies": "<p>Choose what we may keep.</p><button>Accept all</button>",
    "Just a moment...": "<p>Verify you are human</p>",
    "Bekræft, at du er et menneske": '<div class="g-recaptcha"></div>',
    "Attention Required! | Portal": "<p>Sorry, you have been blocked</p>",
    "Siden er under vedligeholdelse": "<p>Prøv igen senere.</p>",
    "Vi er straks tilbage": "<p>Vi opdaterer siden.</p>",
    "We'll be back soon": "<p>Scheduled maintenance.</p>",
    "Teknisk fejl": "<p>Siden kunne ikke vises.</p>",
    "Siden blev ikke fundet": "<p>Siden er flyttet.</p>",
    "JavaScript skal være slået til": "<noscript>Slå JavaScript til for at se siden.</noscript>",
    "Udbud": '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>',
    "Eksempel Kommune": "<p>Velkommen til kommunen.</p>",
}


def town_of(shape: Shape) -> Town:
    town = Town("walls", rate=0.25, stay=20, agreements=shape.agreements)
    assert len(town.entries) >= 2
    return town


def walled(shape: Shape, pages: dict[str, str], title: str, which: int, *, framed: bool) -> dict[str, str]:
    """The site with a wall in place of its lists (0) or of the pages behind them (1), in its own frame or bare."""
    site = Site.of(pages, shape.source.url)
    for tree in site.templates[which].values():
        if tree.title:
            tree.title.string = title
        content = _content(tree) if framed else tree.body
        assert content is not None
        content.clear()
        content.append(BeautifulSoup(f"<h1>{title}</h1>{WALLS[title]}", "html.parser"))
    return site.html()


@pytest.mark.long
@pytest.mark.parametrize("title", WALLS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_wall_under_200_is_an_alarm_in_the_very_first_run(shape: Shape, title: str) -> None:
    town = town_of(shape)
    pages = shape.pages(town)
    for which in range(len(Site.of(pages, shape.source.url).templates)):
        for framed in (False, True):
            account = read(shape.source, walled(shape, pages, title, which, framed=framed), town.day)
            assert (account.status in RED, account.items) == (True, {}), account.message


# -- the same over the network -----------------------------------------------------------------------------------------


def raw(source: Source, url: str) -> dict[str, Any]:
    """A source of the town at the address of a server."""
    told: dict[str, Any] = json.loads(msgspec.json.encode(source))
    return told | {
        "url": source.url.replace(HOST, url),
        "allow_private_address": True,
        "delay_s": 0.0,
        "concurrency": 2,
    }


def crawled(server: Server, sites: dict[str, dict[str, str]], before: dict[str, list[FieldCoverage]]) -> Crawled:
    """One crawl of all shapes, each with its pages."""
    server.answers.clear()
    for pages in sites.values():
        server.answers |= {url.removeprefix(HOST): html.replace(HOST, server.url) for url, html in pages.items()}
    sources = [raw(BY_NAME[name].source, server.url) for name in sites]
    kept = {BY_NAME[name].source.id: msgspec.to_builtins(past) for name, past in before.items()}
    return run_crawl(sources, coverage=kept, pretend=NOW.isoformat())


@pytest.fixture(scope="module")
def said() -> dict[str, list[tuple[Any, Any]]]:
    """Of each shape: what a crawl and a reading from memory say, of healthy pages and then of redesigns."""
    found: dict[str, list[tuple[Any, Any]]] = {shape.name: [] for shape in SHAPES}
    healthy = {shape.name: shape.pages(town_of(shape)) for shape in SHAPES}
    before: dict[str, list[FieldCoverage]] = {}
    with serve() as server:
        for kind in ("", *REDESIGNS):
            sites = {name: Site.of(pages, BY_NAME[name].source.url) for name, pages in healthy.items()}
            for site in sites.values() if kind else ():
                KINDS[kind](site, Random(3))
            pages = {name: site.html() if kind else healthy[name] for name, site in sites.items()}
            crawl = crawled(server, pages, before)
            for name in found:
                source = msgspec.convert(raw(BY_NAME[name].source, server.url), Source)
                there = {
                    url.replace(HOST, server.url): html.replace(HOST, server.url) for url, html in pages[name].items()
                }
                account = read(source, there, NOW.date(), before.get(name, []))
                found[name].append((of_crawl(crawl, source.id), of_memory(account)))
                if not kind:
                    before[name] = [account.counted] * 3
    return found


def of_crawl(crawl: Crawled, source: str) -> Any:
    heard = crawl.heard[source]
    items = sorted([*heard.notices, *heard.agreements], key=lambda item: str(item["key"]))
    return [heard.status, heard.complete, items]


def of_memory(account: Account) -> Any:
    items = [msgspec.to_builtins(account.items[key]) for key in sorted(account.items)]
    return json.loads(json.dumps([account.status.value, account.complete, items]))


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_crawl_says_the_same_as_a_reading_from_memory(shape: Shape, said: dict[str, list[tuple[Any, Any]]]) -> None:
    for over_the_network, from_memory in said[shape.name]:
        assert over_the_network == from_memory
    (first, *_), *redesigned = said[shape.name]
    assert (first[0], len(first[2]) > 1) == ("good", True)
    alarms = [crawl for crawl, _ in redesigned if crawl[0] == "alarm"]
    assert alarms
    assert all((complete, items) == (False, []) for _, complete, items in alarms)
