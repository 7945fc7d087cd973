"""Crawling the replay server, against a bare Scrapy spider that fetches the same URLs from it and drops them.

Each crawl is a process of its own, because a reactor runs once: `python -m tests.bench.crawl ours|bare …` is one.
Ours reads TED's search, fetches, parses and keeps every notice in a database on disk. The times are those of the
crawl itself, without the start of the process, on either side.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench.measuring import Figure
from tests.shared import SHARED, shared
from tests.spiders.driver import most_memory

COPIES = 20  # of the corpus: some 4,600 notices
FEW_COPIES, MANY_COPIES = 5, 22  # 1,145 and 5,038 notices
ROUNDS = 3
AT_ONCE = 16
LEAST_THROUGHPUT, MOST_OF_FIRST, MOST_MEMORY = 0.6, 0.25, 1.15
NOW = "2026-11-23T08:00:00+00:00"
ROOT = Path(__file__).parents[2]


def figures() -> Sequence[Figure]:
    """Throughput, the second crawl, and memory; nothing where the shared corpus is missing."""
    if SHARED is None:
        print("bench: the crawl is left out, because there is no shared corpus to replay", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as folder:
        return [*_speeds(Path(folder)), _memory(Path(folder))]


def _speeds(folder: Path) -> list[Figure]:
    """Rounds of first crawl, second crawl and bare crawl, in turn on one server."""
    first, second, bare = [], [], []
    with _replay(COPIES) as url:
        wanted = folder / "urls.json"
        wanted.write_text(json.dumps(_same_requests(url)))
        _child("bare", str(wanted))  # warm
        for number in range(ROUNDS):
            database = folder / f"{number}.db"
            ours = _child("ours", url, str(database))
            dropped = _child("bare", str(wanted))
            again = _child("ours", url, str(database))
            first.append(ours["seconds"])
            second.append(again["seconds"])
            bare.append(dropped["seconds"])
            assert ours["asked"] == dropped["asked"], (ours, dropped)
    count = int(ours["answers"])
    return [
        Figure(f"first crawl, {count:,} answers", count / min(first), _span(count / t for t in first), unit="a second"),
        _share("throughput of a first crawl, of a bare spider's", bare, first, at_least=LEAST_THROUGHPUT),
        _share("time of a second crawl, of the first's", second, first, at_most=MOST_OF_FIRST),
    ]


def _memory(folder: Path) -> Figure:
    """The most that the crawling process holds, with five times the notices."""
    held = []
    for copies in (FEW_COPIES, MANY_COPIES):
        with _replay(copies) as url:
            held.append(_child("ours", url, str(folder / f"memory-{copies}.db"))["memory"])
    said = " to ".join(f"{size / 2**20:.0f} MiB" for size in held)
    return Figure("memory of a crawl of 5,000 notices, of 1,000", held[1] / held[0], said, at_most=MOST_MEMORY)


def _share(
    name: str,
    part: Sequence[float],
    whole: Sequence[float],
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Figure:
    """The middle one of the rounds' ratios, whose two sides ran one after the other, with their spread."""
    each = [a / b for a, b in zip(part, whole, strict=True)]
    return Figure(name, statistics.median(each), _span(iter(each)), at_most, at_least)


def _span(values: Iterator[float]) -> str:
    each = sorted(values)
    return f"{each[0]:,.2f}–{each[-1]:,.2f}"


@contextmanager
def _replay(copies: int) -> Iterator[str]:
    """The replay server on a free port of loopback."""
    command = [sys.executable, str(shared("tools/replay.py")), str(shared("corpus")), "--port", "0"]
    options = ["--today", NOW[:10], "--copies", str(copies)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = re.search(r"http://\S+", server.stdout.readline())
            assert said is not None
            yield said[0]
        finally:
            server.terminate()


def _child(*arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.crawl", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _same_requests(url: str) -> list[list[str]]:
    """What our crawl asks for: the pages of the search, and the XML of each notice."""
    from spiders import ted

    search, token, found = f"{url}/v3/notices/search", None, [[f"{url}/robots.txt", ""]]
    notices: list[str] = []
    while True:
        body: dict[str, Any] = {"query": "publication-date>=20261024 SORT BY publication-date", "fields": ted.FIELDS}
        body |= {"limit": ted.LIMIT, "scope": "ALL", "paginationMode": "ITERATION"}
        body |= {"iterationNextToken": token} if token else {}
        sent = json.dumps(body)
        with urllib.request.urlopen(urllib.request.Request(search, sent.encode(), method="POST")) as answer:
            page = json.load(answer)
        found.append([search, sent])
        notices += [row["links"]["xml"]["MUL"] for row in page["notices"]]
        token = page["iterationNextToken"]
        if not page["notices"] or len(notices) >= page["totalNoticeCount"]:
            return [*found, *([notice, ""] for notice in notices)]


# -- one crawl, in its own process -------------------------------------------------------------------------------


def _ours(url: str, database: str) -> dict[str, float]:
    from notifier.config import Expect, Source
    from notifier.intake import Intake
    from notifier.lots import RunStatus
    from notifier.store import Store
    from spiders import middlewares
    from spiders.crawl import crawl

    source = Source(
        "ted",
        "ted",
        "TED",
        url,
        allow_private_address=True,
        delay_s=0.0,
        concurrency=AT_ONCE,
        max_pages=100,
        deadline_s=600.0,
        expect=Expect(0, 10_000),
    )
    now = datetime.fromisoformat(NOW)
    asked: list[tuple[str, bytes]] = []
    original = middlewares.Retry.process_response

    async def counting(self: Any, request: Any, response: Any) -> Any:
        asked.append((request.url, request.body))
        return await original(self, request, response)

    middlewares.Retry.process_response = counting  # type: ignore[method-assign]
    path = Path(database)
    with Store.open(path, create=not path.exists()) as store:
        began, busy = time.perf_counter(), time.process_time()
        crawl([source], Intake(store, lambda: now), user_agent="bench/1.0", now=now)
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
        run = store.runs.latest()[0]
        assert run.status is RunStatus.GOOD, run
        assert run.held == run.listed > 0, run
    return {"seconds": seconds, "answers": len(asked), "asked": _digest(asked), "cpu": cpu}


def _digest(asked: Sequence[tuple[str, bytes]]) -> int:
    """One number for a set of requests, however each side writes the JSON of its searches."""
    plain = sorted((url, json.dumps(json.loads(body), sort_keys=True) if body else "") for url, body in asked)
    return zlib.crc32(json.dumps(plain).encode())


def _bare(file: str) -> dict[str, float]:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    wanted = json.loads(Path(file).read_text())
    asked: list[tuple[str, bytes]] = []

    class Bare(Spider):
        name = "bare"

        async def start(self) -> Any:
            for url, body in wanted:
                yield Request(url, method="POST" if body else "GET", body=body, dont_filter=True)

        def parse(self, response: Any) -> None:
            asked.append((response.request.url, response.request.body))

    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": AT_ONCE,
            "CONCURRENT_REQUESTS_PER_DOMAIN": AT_ONCE,
            "DOWNLOAD_DELAY": 0,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_ENABLED": False,
        }
    )
    began, busy = time.perf_counter(), time.process_time()
    process.crawl(Bare)
    process.start()
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    return {"seconds": seconds, "answers": len(asked), "asked": _digest(asked), "cpu": cpu}


if __name__ == "__main__":
    told = _ours(*sys.argv[2:]) if sys.argv[1] == "ours" else _bare(sys.argv[2])
    told["memory"] = most_memory()
    print(json.dumps(told))
