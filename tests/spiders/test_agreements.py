"""Purchasing agreements as a crawl meets them: on a page, as a file, behind a link, and what comes in their place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from notifier.changes import PROVEN_RUNS
from notifier.config import Source
from notifier.intake import Intake
from notifier.lots import Document, DocumentRole, RunStatus, SourceRun
from notifier.store import Store
from spiders.agreements import _CLOSED_AFTER, AgreementsSpider
from spiders.base import answer_of
from spiders.run import Run
from tests.spiders.crawling import Crawled, page_source, run_crawl
from tests.spiders.server import Answer, Answers, serve

FILES = Path(__file__).parents[1] / "pages" / "agreement-files"
CSV = (FILES / "csv-tabs-in-utf-16" / "page.csv").read_bytes()
BOOK = (FILES / "xlsx-counting-from-1904" / "page.xlsx").read_bytes()
PAPER = (FILES / "pdf-over-page-breaks" / "page.pdf").read_bytes()
LOGIN = "<html><title>Log ind</title><form>Adgangskode</form></html>"
LINKS = '<main><a href="/media/1/liste.xlsx">Liste</a> <a href="/media/2/liste.pdf">PDF</a></main>'
BY_LINK = {"landmark": "main", "file": "main a[href*='/media/']"}


def sent(body: bytes, called: str) -> Answer:
    return Answer(body, headers=(("Content-Type", called),))


# By source: path of its address, what the server answers, [selectors]
SCENES: dict[str, tuple[str, dict[str, Answers], dict[str, Any]]] = {
    "csv": ("/liste.csv", {"/liste.csv": sent(CSV, "text/csv")}, {}),
    "xlsx": ("/liste.xlsx", {"/liste.xlsx": sent(BOOK, "application/octet-stream")}, {}),
    "pdf": ("/liste.pdf", {"/liste.pdf": sent(PAPER, "application/pdf")}, {}),
    "linked": (
        "/aftaler",
        {
            "/aftaler": LINKS,
            "/media/1/liste.xlsx": sent(BOOK, "application/zip"),
            "/media/2/liste.pdf": sent(PAPER, "application/pdf"),
        },
        BY_LINK,
    ),
    "login": ("/liste.xlsx", {"/liste.xlsx": LOGIN}, {}),
    "linked-login": (
        "/aftaler",
        {"/aftaler": LINKS, "/media/1/liste.xlsx": LOGIN, "/media/2/liste.pdf": LOGIN},
        BY_LINK,
    ),
    "no-link": ("/aftaler", {"/aftaler": "<main>Velkommen</main>"}, BY_LINK),
    "picture": ("/liste.pdf", {"/liste.pdf": sent(b"\x89PNG\r\n\x1a\n\0\0", "application/pdf")}, {}),
    "broken": ("/liste.xlsx", {"/liste.xlsx": sent(BOOK[:2000], "application/zip")}, {}),
    "undescribed": ("/aftaler", {"/aftaler": LINKS}, {}),
}


@pytest.fixture(scope="module")
def crawled() -> Crawled:
    with ExitStack() as stack:
        sources = [
            page_source(name, stack.enter_context(serve(answers)).url + path, kind="agreements", selectors=selectors)
            for name, (path, answers, selectors) in SCENES.items()
        ]
        return run_crawl(sources)


@pytest.mark.parametrize(("source", "titles"), [("csv", {"Cleaning", "Catering"}), ("xlsx", {"Frugt", "Kaffe"})])
def test_a_file_is_read_like_a_page(crawled: Crawled, source: str, titles: set[str]) -> None:
    heard = crawled.heard[source]
    assert {agreement["title"] for agreement in heard.agreements} == titles
    assert heard.status == "good"


def test_a_pdf_is_read_and_what_was_left_out_is_told(crawled: Crawled) -> None:
    heard = crawled.heard["pdf"]
    assert len(heard.agreements) == len(heard.listed) == 7
    assert heard.status == "good"
    assert "text outside the tables was not read" in heard.message


def test_files_behind_links_are_read_each(crawled: Crawled) -> None:
    heard = crawled.heard["linked"]
    assert len(heard.agreements) == 9
    assert heard.status == "good"


@pytest.mark.parametrize(
    ("source", "status", "why"),
    [
        ("login", "alarm", "a web page came in place of the file"),
        ("linked-login", "alarm", "a web page came in place of the file"),
        ("no-link", "alarm", "no link to a file"),
        ("picture", "failed", "neither text nor a file that can be read"),
        ("broken", "failed", "the workbook is broken"),
        ("undescribed", "failed", "selectors.landmark: is missing"),
    ],
)
def test_what_is_no_list_of_agreements_is_told_with_its_reason(
    crawled: Crawled, source: str, status: str, why: str
) -> None:
    heard = crawled.heard[source]
    assert heard.agreements == []
    assert (heard.status, why in heard.message) == (status, True), heard.message
    assert heard.complete is False


# -- rows that stay wrong --------------------------------------------------------------------------------------

HEAD = "Område;Leverandør;Udløb"
VASK, MAD, BUS = "Vask;Ren ApS;31.12.2028", "Mad;Kok A/S;31.12.2028", "Bus;Tur I/S;31.12.2028"
NAMELESS, WIDE = ";Kok A/S;31.12.2028", "Mad;Kok A/S;31.12.2028;Byen"
LIST = Source("aftaler", "agreements", "Eksempel Kommune", "https://by.example/liste.csv")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        yield opened


def lists(store: Store, day: int, *rows: str) -> SourceRun:
    """A run over a file of these rows, into the store; how it was recorded."""
    at = dt.datetime(2026, 11, day, 6, tzinfo=dt.UTC)
    body = "\n".join([HEAD, *rows]).encode()
    spider = AgreementsSpider(Run(LIST, Intake(store, lambda: at)), at, "notifier/1")
    answer = answer_of(
        Document(LIST.id, f"GET {LIST.url}", LIST.url, DocumentRole.LIST, "read_table", body, content_type="text/csv")
    )
    for _ in spider._guarded(lambda: spider.read_table(answer), spider.run.trouble, LIST.url):
        pass
    spider.closed("finished")
    return store.runs.of(LIST.id)[0]


def shown(store: Store) -> list[str]:
    return [view.agreement.title for view in store.agreements.views()]


@pytest.mark.parametrize("broken", [NAMELESS, WIDE])
def test_a_row_that_stays_wrong_is_told_and_keeps_nothing_else_from_ending(store: Store, broken: str) -> None:
    lists(store, 1, VASK, MAD, BUS)
    for day in (2, 3, 4, 5):
        recorded = lists(store, day, VASK, broken)
        assert recorded.status is RunStatus.GOOD
        assert "was left out" in recorded.message
    assert shown(store) == ["Vask", "Mad"]  # Bus has gone from the list, Mad stands there still
    lists(store, 6, VASK, MAD)
    assert shown(store) == ["Vask", "Mad"]


def test_what_had_gone_before_does_not_come_back_by_a_row_that_is_wrong(store: Store) -> None:
    lists(store, 1, VASK, MAD)
    for day in (2, 3, 4):
        lists(store, day, VASK)
    lists(store, 5, VASK, NAMELESS)
    assert shown(store) == ["Vask"]


def test_nothing_ends_while_a_row_may_be_any_of_them(store: Store) -> None:
    lists(store, 1, VASK, MAD, BUS)
    for day in (2, 3, 4, 5):
        assert lists(store, day, VASK, ";;31.12.2028").status is RunStatus.PARTIAL
    assert shown(store) == ["Vask", "Mad", "Bus"]


def test_more_rows_left_out_than_read_are_an_alarm(store: Store) -> None:
    recorded = lists(store, 1, VASK, WIDE, WIDE.replace("Mad", "Bus"))
    assert recorded.status is RunStatus.ALARM
    assert "more rows were left out than read" in recorded.message
    assert shown(store) == []


def test_a_row_brings_nothing_back_that_the_store_has_closed() -> None:
    assert _CLOSED_AFTER == PROVEN_RUNS
