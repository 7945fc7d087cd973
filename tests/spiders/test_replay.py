"""TED's answers from real notices, crawled whole: nothing is lost, with faults or without."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.shared import needs_shared, shared
from tests.spiders.crawling import Heard, page_source, run_crawl

pytestmark = pytest.mark.long


@contextmanager
def replay(*options: str) -> Iterator[str]:
    """The replay server on a free port."""
    command = [sys.executable, str(shared("tools/replay.py")), str(shared("corpus")), "--port", "0"]
    with subprocess.Popen([*command, "--today", "2026-11-23", *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = re.search(r"http://\S+", server.stdout.readline())
            assert said is not None
            yield said[0]
        finally:
            server.terminate()


def crawl_ted(*options: str) -> Heard:
    with replay(*options) as url:
        source = page_source("ted", url, kind="ted", selectors={}, concurrency=8, deadline_s=60.0)
        return run_crawl([source]).heard["ted"]


@dataclass(frozen=True)
class Crawls:
    """One crawl of a server that answers as it should, and one of a server that often does not."""

    clean: Heard
    faulty: Heard


@pytest.fixture(scope="module")
def crawls() -> Crawls:
    with ThreadPoolExecutor(2) as pool:  # each is a process of its own, and mostly waits
        clean = pool.submit(crawl_ted)
        faulty = pool.submit(crawl_ted, "--faults", "429=0.1,500=0.05,cut=0.05")
        return Crawls(clean.result(), faulty.result())


@needs_shared
def test_every_notice_of_the_corpus_is_held(crawls: Crawls) -> None:
    ted = crawls.clean
    assert ted.totals == [229]
    assert len(set(ted.listed)) == 229
    assert {notice["key"] for notice in ted.notices} == set(ted.listed)
    assert (ted.problems, ted.finished) == ([], [["good", ""]])


@needs_shared
def test_busy_broken_and_cut_answers_lose_nothing(crawls: Crawls) -> None:
    def notices(heard: Heard) -> list[dict[str, object]]:
        """Without their addresses: the two servers have different ports."""
        return sorted(({**notice, "url": ""} for notice in heard.notices), key=lambda notice: str(notice["key"]))

    assert crawls.faulty.finished == [["good", ""]]
    assert notices(crawls.faulty) == notices(crawls.clean)


@needs_shared
def test_the_buyers_of_the_installation_are_asked_for_where_there_is_no_query() -> None:
    with replay() as url:
        buyers = [{"name": "Københavns Kommune", "cvr": "64942212", "kind": "administration"}]
        source = page_source("ted", url, kind="ted", selectors={}, buyers=buyers, filter={"lookback_days": 60})
        heard = run_crawl([source]).heard["ted"]
    assert [notice["buyers"][0]["identifier"] for notice in heard.notices] == ["64942212"]
