"""The OCDS spider against a server on loopback: paging, days, buyers, and what it makes of a page that is none."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from notifier.config import Source
from notifier.errors import ConfigError
from spiders.ocds import OcdsSpider
from tests.spiders.crawling import run_crawl
from tests.spiders.server import Answer, serve

JSON = (("Content-Type", "application/json"),)


def package(*releases: dict[str, Any], onward: str = "") -> Answer:
    return Answer(json.dumps({"releases": releases, "links": {"next": onward} if onward else {}}), headers=JSON)


def release(number: int, buyer: str = "Eksempel Kommune", **tender: Any) -> dict[str, Any]:
    return {
        "ocid": f"ocds-x-{number}",
        "id": f"r-{number}",
        "date": "2026-11-20T10:00:00Z",
        "tag": ["tender"],
        "buyer": {"name": buyer},
        "tender": {"title": f"Opgave {number}", **tender},
    }


def source(id: str, url: str, **more: Any) -> dict[str, Any]:
    common = {"kind": "ocds", "publisher": "Portal", "allow_private_address": True, "delay_s": 0.0, "deadline_s": 30.0}
    return {"id": id, "url": url, **common, **more}


def test_packages_are_read_page_by_page_and_every_source_by_itself() -> None:
    lines = b"\n".join(json.dumps(release(number)).encode() for number in (1, 2))
    answers: dict[str, Any] = {
        "/releases?from=2026-10-24&to=2026-11-23": package(release(1), onward="/releases?page=2"),
        "/releases?page=2": package(release(2, strange="x"), release(3, buyer="Anden By"), onward="/releases?page=2"),
        "/file.jsonl.gz": Answer(gzip.compress(lines), headers=(("Content-Type", "application/gzip"),)),
        "/login": Answer("<html>Log ind</html>"),
        "/empty": package(),
    }
    with serve(answers) as site:
        crawled = run_crawl(
            [
                source(
                    "search",
                    site.url + "/releases?from={since}&to={until}",
                    filter={"buyers": ["eksempel  kommune"], "lookback_days": 30},
                ),
                source("file", site.url + "/file.jsonl.gz"),
                source("login", site.url + "/login"),
                source("empty", site.url + "/empty"),
            ]
        )
    search, file, login, empty = (crawled.heard[name] for name in ("search", "file", "login", "empty"))
    assert (search.status, search.listed, search.titles) == ("good", ["r-1", "r-2"], ["Opgave 1", "Opgave 2"])
    assert "keys that were not read: tender.strange" in search.message
    assert search.coverage["unread"] == {"tender.strange": 1}
    assert [role for role, *_ in search.documents] == ["list", "list"]
    assert (file.status, file.titles) == ("good", ["Opgave 1", "Opgave 2"])
    assert (login.status, login.notices) == ("failed", [])
    assert (empty.status, empty.listed) == ("good", [])


@pytest.mark.parametrize(
    ("url", "wanted", "key"),
    [
        ("https://p.example/{from}", {}, "url"),
        ("https://p.example/", {"buyer": ["x"]}, "filter.buyer"),
        ("https://p.example/", {"buyers": "x"}, "filter.buyers"),
        ("https://p.example/", {"lookback_days": True}, "filter.lookback_days"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_key(url: str, wanted: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        OcdsSpider.check(Source("p", "ocds", "Portal", url, filter=wanted), "p.toml")
    assert [mistake.key for mistake in caught.value.mistakes] == [key]
