"""Feeds of any form, by saved examples and by what must be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.errors import ConfigError, SourceError
from spiders.parsers import feed
from spiders.parsers.selectors import Imprint
from tests.spiders.parsers import golden

IMPRINT = Imprint("by", "Eksempel Kommune")
URL = "https://by.example/udbud.rss"


def read_case(case: Path) -> Any:
    meta = golden.meta(case)
    selectors = feed.read_selectors(meta["selectors"], meta["filter"])
    try:
        found = feed.parse_feed((case / "page.xml").read_bytes(), meta["url"])
        read = []
        for entry in found.entries:
            if selectors.wants(entry):
                row, unread = feed.row_of(entry, selectors)
                read.append((feed.parse_entry(row, entry, selectors, IMPRINT, meta["url"]), unread))
        return read, found.next_url, found.problems
    except SourceError as error:
        return f"{type(error).__name__}: {error.what}"


@pytest.mark.parametrize("case", golden.cases("feed"), ids=lambda case: case.name)
def test_a_saved_feed_reads_as_expected(case: Path) -> None:
    golden.compare(case, read_case(case))


def test_the_header_tells_the_charset_where_the_xml_does_not() -> None:
    body = "<rss><channel><title>Udbud</title><item><title>Køkken</title><link>https://by.example/1</link></item></channel></rss>"
    assert feed.parse_feed(body.encode("latin-1"), URL, "iso-8859-1").entries[0].title == "Køkken"
    with pytest.raises(SourceError):
        feed.parse_feed(body.encode("latin-1"), URL)


def test_an_entry_without_any_proof_of_its_day_has_none() -> None:
    day = b"<pubDate>Tue, 31 Feb 2026 10:00:00 GMT</pubDate>"
    body = b"<rss><channel><item><title>A</title><link>https://by.example/1</link>" + day + b"</item></channel></rss>"
    entry = feed.parse_feed(body, URL).entries[0]
    assert entry.published is None
    assert "published could not be read" in entry.flags[0]


@pytest.mark.parametrize(
    ("selectors", "filters", "key"),
    [
        ({"fields": {"dedline": "p"}}, {}, "selectors.fields.dedline"),
        ({"list": {}}, {}, "selectors.list"),
        ({"ignore": 1}, {}, "selectors.ignore"),
        ({}, {"word": "udbud"}, "filter.word"),
        ({}, {"words": [1]}, "filter.words"),
    ],
)
def test_a_mistake_in_the_description_is_named(selectors: dict[str, Any], filters: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as raised:
        feed.read_selectors(selectors, filters, "by.toml")
    assert [mistake.key for mistake in raised.value.mistakes] == [key]


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_whatever_a_title_holds_it_is_read_or_refused(title: str) -> None:
    body = f"<rss><channel><item><title><![CDATA[{title}]]></title><link>https://by.example/1</link></item></channel></rss>"
    try:
        found = feed.parse_feed(body.encode("utf-8", "replace"), URL)
    except SourceError:
        return
    assert all("\n" not in entry.title and "\x00" not in entry.title for entry in found.entries)
