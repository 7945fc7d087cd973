"""Purchasing agreements as a crawl meets them: on a page, as a file, behind a link, and what comes in their place."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

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
