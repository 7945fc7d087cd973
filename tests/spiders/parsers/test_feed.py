"""Feeds of any form, by saved examples and by what must be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.errors import ConfigError, ParseError, SourceError
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


# -- what feeds of all ages look like --------------------------------------------------------------------------

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
TYPE = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'


def entries(xml: str) -> tuple[feed.Entry, ...]:
    return feed.parse_feed(xml.encode(), "https://by.example/nyt/feed.xml").entries


def rss(*items: str, more: str = "") -> str:
    held = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0' {more}><channel><title>Udbud</title>{held}</channel></rss>"


@pytest.mark.parametrize(
    ("xml", "key", "url"),
    [
        (f'<?xml version="1.0"?>\n{TYPE}{rss("<title>A</title><link>/a</link>")}', *["https://by.example/a"] * 2),
        (
            f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>t</title></channel>'
            "<item><title>A</title><link>http://x.example/a</link></item></rdf:RDF>",
            *["http://x.example/a"] * 2,
        ),
        (
            f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"><channel><title>t</title></channel>'
            '<item rdf:about="http://x.example/a"><title>A</title></item></rdf:RDF>',
            *["http://x.example/a"] * 2,
        ),
        (rss("<title>A</title><guid isPermaLink='False'>https://x.example/a</guid>"), "https://x.example/a", ""),
        (rss("<title>A</title><guid>https://x.example/a</guid>"), *["https://x.example/a"] * 2),
        (rss("<title>A</title><guid>17</guid><link>../a</link>"), "17", "https://by.example/a"),
        (
            rss("<title>A</title><link>udbud/1</link>", more='xml:base="https://www.by.example/"'),
            *["https://www.by.example/udbud/1"] * 2,
        ),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/udbud/"><title>t</title><entry xml:base="2026/">'
            '<id>urn:1</id><title>A</title><link rel="self" href="s"/><link href="17"/></entry></feed>',
            "urn:1",
            "https://by.example/udbud/2026/17",
        ),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="javascript:x"><title>t</title><entry>'
            '<id>urn:1</id><title>A</title><link href="17"/></entry></feed>',
            "urn:1",
            "",
        ),
    ],
)
def test_an_entry_is_known_and_found_by_what_its_kind_of_feed_has(xml: str, key: str, url: str) -> None:
    (entry,) = entries(xml)
    assert (entry.key, entry.url, entry.title) == (key, url, "A")


def test_a_document_type_that_defines_something_is_refused() -> None:
    with pytest.raises(ParseError, match="document type"):
        entries('<!DOCTYPE rss [<!ENTITY a "b">]>' + rss("<title>&a;</title><link>/a</link>"))


@pytest.mark.parametrize(
    "title", ["<![CDATA[Udbud &amp; <b>vask</b>]]>", "Udbud &amp;amp; &lt;b&gt;vask&lt;/b&gt;", "Udbud &amp; vask"]
)
def test_a_title_is_plain_words_however_it_is_packed(title: str) -> None:
    assert [entry.title for entry in entries(rss(f"<title>{title}</title><link>/a</link>"))] == ["Udbud & vask"]


def test_an_entry_without_a_title_goes_by_its_first_line_and_is_flagged() -> None:
    (entry,) = entries(
        rss("<description>&lt;p&gt;Vask af linned&lt;/p&gt;&lt;p&gt;Mere&lt;/p&gt;</description><link>/a</link>")
    )
    assert entry.title == "Vask af linned"
    assert entry.flags == ("the entry has no title: its first line stands for it",)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Mon, 02 Nov 2026 08:00:00 CET", "2026-11-02"),
        ("2 Nov 26 23:30 -0500", "2026-11-02"),
        ("2026-11-02T23:30:00-05:00", "2026-11-02"),
        ("2026-11-02T08:00:00.123456789Z", "2026-11-02"),
        ("20261102T080000Z", "2026-11-02"),
        ("2. november 2026", "2026-11-02"),
        ("Mon, 31 Feb 2026 08:00:00 GMT", ""),
        ("Mon, 01 Jan 0001 00:00:00 GMT", ""),
        ("Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("2026-11", ""),
    ],
)
def test_days_of_feeds_are_read_or_unknown_with_a_flag(written: str, day: str) -> None:
    (entry,) = entries(rss(f"<title>A</title><link>/a</link><pubDate>{written}</pubDate>"))
    assert str(entry.published or "") == day
    assert len(entry.flags) == (0 if day else 1)
