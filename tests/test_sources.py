"""What a source's file may hold: the code, the documentation and the samples say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from notifier import config, toml
from notifier.config import Source
from spiders import agreements as agreements_spider
from spiders import ocds as ocds_spider
from spiders import page as page_spider
from spiders.base import KINDS, mistakes
from spiders.crawl import KIND_MODULES
from spiders.parsers import agreements, comdia, eusupply, feed, selectors

assert KIND_MODULES  # importing them has filled KINDS

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "config" / "sources").iterdir())
FILTERS = {
    "agreements": agreements_spider.FILTER,
    "comdia": comdia.FILTER,
    "eusupply": eusupply.FILTER,
    "feed": feed.FILTER,
    "ocds": ocds_spider.FILTER,
    "page": page_spider.FILTER,
}
EVERY_TABLE: dict[str, Any] = {
    "list": {"landmark": "main", "row": "li", "link": "a", "fields": {"title": {"css": "a"}}},
    "detail": {"landmark": "main", "fields": {"title": "h1"}, "lot_fields": {"title": "h2"}},
}


def documented(name: str) -> dict[str, set[str]]:
    """The keys that a page of the documentation explains, by what stands above their column."""
    found: dict[str, set[str]] = {}
    above = ""
    for line in (ROOT / "docs" / "sources" / f"{name}.md").read_text(encoding="utf-8").splitlines():
        first = line.split("|")[1].strip() if line.startswith("|") else ""
        if first.startswith(("key", "name of a field")):
            above = first.replace("`", "")
        elif first.startswith("`") and above:
            found.setdefault(above, set()).update(re.findall(r"`([^`]+)`", first))
        elif not first:
            above = ""
    return found


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The keys that were asked for while a file was read, by their table."""
    keys: dict[str, set[str]] = {}
    finish = toml.Table.finish

    def note(table: toml.Table) -> None:
        keys.setdefault(table._path, set()).update(table._known)
        finish(table)

    monkeypatch.setattr(toml.Table, "finish", note)
    return keys


@pytest.mark.parametrize("kind", sorted(FILTERS))
def test_every_key_of_the_filter_is_documented_and_every_documented_one_is_read(kind: str) -> None:
    assert documented(kind)["key of [filter]"] == set(FILTERS[kind])


def test_every_key_of_a_page_is_documented(taken: Mapping[str, set[str]]) -> None:
    selectors.read_selectors(EVERY_TABLE)
    told = documented("page")
    assert told["key of [selectors]"] == taken["selectors"]
    assert told["key of [selectors.list]"] == taken["selectors.list"]
    assert told["key of [selectors.detail]"] == taken["selectors.detail"]
    assert told["key of a field"] == taken["selectors.list.fields.title"]
    assert told["name of a field"] == taken["selectors.detail.fields"] | taken["selectors.detail.lot_fields"]


def test_every_key_of_a_list_of_agreements_is_documented(taken: Mapping[str, set[str]]) -> None:
    agreements.read_selectors({"landmark": "main"})
    assert documented("agreements")["key of [selectors]"] == taken["selectors"]


def test_every_key_of_a_feed_is_documented(taken: Mapping[str, set[str]]) -> None:
    feed.read_selectors({"detail": EVERY_TABLE["detail"]})
    # A feed has no list to describe; what is read in an entry stands one table higher.
    assert documented("feed")["key of [selectors]"] == taken["selectors"] - {"list"} | {"ignore", "fields"}
    for key in ("ignore", "fields"):
        feed.read_selectors({key: {"deadline": {"label": "Frist"}} if key == "fields" else ["frist"]})


def test_every_key_that_all_sources_have_is_documented(taken: Mapping[str, set[str]], tmp_path: Path) -> None:
    file = tmp_path / "by.toml"
    file.write_text('kind = "comdia"\npublisher = "Eksempel Kommune"\nurl = "https://by.example"\n', encoding="utf-8")
    config.read_source(file)
    assert {key.strip("[]") for key in documented("README")["key"]} == taken[""]


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.name)
def test_every_sample_is_understood(file: Path) -> None:
    source = config.read_source(file, mistakes)
    assert (source.kind in KINDS) is source.crawled
    assert not source.crawled or mistakes(source, file.name) == ()


def test_there_is_a_sample_and_a_page_of_the_documentation_for_every_kind() -> None:
    assert {config.read_source(file).kind for file in SAMPLES} == set(config.KINDS)
    assert {file.stem for file in (ROOT / "docs" / "sources").glob("*.md")} == {"README", *config.KINDS}


@pytest.mark.parametrize("kind", sorted(FILTERS))
def test_a_key_that_no_kind_reads_is_a_mistake(kind: str) -> None:
    source = Source("by", kind, "Eksempel Kommune", "https://by.example/a.csv", filter={"hots": ["by.example"]})
    assert [mistake.key for mistake in mistakes(source, "by.toml")][:1] == ["filter.hots"]


@pytest.mark.parametrize("kind", ["comdia", "eusupply", "ocds"])
def test_a_kind_without_selectors_says_so(kind: str) -> None:
    source = Source("by", kind, "Eksempel Kommune", "https://by.example", selectors={"landmark": "main"})
    assert [mistake.key for mistake in mistakes(source, "by.toml")] == ["selectors.landmark"]


@pytest.mark.parametrize("kind", sorted(FILTERS))
def test_hosts_must_be_hosts(kind: str) -> None:
    source = Source("by", kind, "Eksempel Kommune", "https://by.example/a.csv", filter={"hosts": 7})
    assert [mistake.key for mistake in mistakes(source, "by.toml")] == ["filter.hosts"]
