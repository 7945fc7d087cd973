"""Crawls in a process of their own, and what came of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

ROOT = Path(__file__).parents[2]

PAGE_SELECTORS: dict[str, Any] = {
    "list": {
        "landmark": "main#udbud",
        "row": "article.udbud",
        "link": "h2 a",
        "next": "a.naeste",
        "empty_text": ["Ingen aktuelle udbud"],
    },
    "detail": {"landmark": "article.udbud", "fields": {"title": "h1", "deadline": {"label": "Tilbudsfrist"}}},
}


@dataclass
class Heard:
    """What the sink heard of one source."""

    listed: list[str] = field(default_factory=list)
    totals: list[int | None] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    agreements: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    finished: list[list[str]] = field(default_factory=list)
    documents: list[list[Any]] = field(default_factory=list)  # role, place, reader, bytes
    unchanged: list[str] = field(default_factory=list)
    coverage: dict[str, Any] = field(default_factory=dict)
    complete: bool = False

    @property
    def status(self) -> str:
        """The status of the one end that was told."""
        assert len(self.finished) == 1, self.finished
        return self.finished[0][0]

    @property
    def message(self) -> str:
        return self.finished[0][1]

    @property
    def titles(self) -> list[str]:
        return sorted(notice["title"] for notice in self.notices)


@dataclass
class Crawled:
    """What came of a crawl."""

    heard: dict[str, Heard]
    ended: list[str]  # sources, in the order in which they ended
    raised: str
    progress: list[list[Any]]
    listening: list[str]
    remembered: str  # what the sink hands to the next crawl's, as `memory`, where the job says `remember`
    memory: int  # the most that the process held, in bytes
    seconds: float
    errors: str  # what was written to stderr


def page_source(id: str, url: str, **more: Any) -> dict[str, Any]:
    """A page source of a test server."""
    return {
        "id": id,
        "kind": "page",
        "publisher": "Eksempel Kommune",
        "url": url,
        "allow_private_address": True,
        "delay_s": 0.0,
        "concurrency": 2,
        "deadline_s": 30.0,
        "selectors": PAGE_SELECTORS,
        **more,
    }


def run_crawl(sources: list[dict[str, Any]], **job: Any) -> Crawled:
    """Crawl in a fresh process with warnings as errors."""
    environment = {**os.environ, **job.pop("environment", {})}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.spiders.driver"],
        input=json.dumps({"sources": sources, **job}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    raw = json.loads(done.stdout)
    heard = {source: Heard(**said) for source, said in raw.pop("heard").items()}
    return Crawled(heard=heard, errors=done.stderr, **raw)


def follow(request: Request, response: Response) -> list[Request]:
    """What a request leads to once it has that answer, without a crawl."""
    assert request.callback is not None
    found = request.callback(response, **request.cb_kwargs)

    async def wait() -> list[Request]:
        return [further async for further in found]

    return asyncio.run(wait()) if hasattr(found, "__aiter__") else list(found)


def list_page(*rows: tuple[str, str], onward: str = "", said: str = "") -> str:
    """A list page with rows of (address, title)."""
    articles = "".join(f'<article class="udbud"><h2><a href="{url}">{title}</a></h2></article>' for url, title in rows)
    following = f'<a class="naeste" href="{onward}">Næste</a>' if onward else ""
    return f'<html><title>Udbud</title><main id="udbud">{said}{articles}{following}</main></html>'


def detail_page(title: str, deadline: str = "1. december 2026 kl. 12.00") -> str:
    """A detail page."""
    return f'<html><article class="udbud"><h1>{title}</h1><p>Tilbudsfrist: {deadline}</p></article></html>'
