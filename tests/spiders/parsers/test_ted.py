"""TED's search answers, the golden notices, and XML that is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import random
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from notifier.errors import ParseError
from notifier.lots import Notice
from spiders.parsers import ted

PAGES = Path(__file__).parents[2] / "pages" / "ted"
CASES = sorted(folder for folder in PAGES.iterdir() if folder.is_dir())
WHERE = "https://ted.example/v3/notices/search"


def page(name: str) -> bytes:
    return (PAGES / name / "page.xml").read_bytes()


def read(xml: bytes) -> Notice:
    return ted.parse_notice(xml, source="ted", key="1-2026", url="https://ted.example/1-2026/xml")


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_saved_notice_reads_as_expected(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    notice = ted.parse_notice((folder / "page.xml").read_bytes(), **meta)
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert json.loads(msgspec.json.encode(notice)) == expected


@pytest.mark.parametrize("name", ["eforms-call", "r209-call"])
def test_a_notice_cut_off_anywhere_is_refused(name: str) -> None:
    whole = page(name)
    end = whole.rindex(b">")  # what follows the root's end is white space
    chance = random.Random(1)
    for length in sorted({0, 1, end, *chance.sample(range(end), 300)}):
        with pytest.raises(ParseError):
            read(whole[:length])


@pytest.mark.parametrize("name", ["eforms-call", "r209-award"])
def test_a_notice_with_damaged_bytes_is_read_or_refused_and_nothing_else(name: str) -> None:
    whole = bytearray(page(name))
    chance = random.Random(2)
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with contextlib.suppress(ParseError):
            read(bytes(damaged))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&b%d;" % (n - 1) * 10 if n else b"&b;" * 10) for n in range(9))
    + b"]><a>&b8;</a>"
)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "cannot be read"),
        (b"<!DOCTYPE html><html><body>Service unavailable</body></html>", "document type"),
        (b"<html><body>Service unavailable</body></html>", "<html>"),
        (BOMB, "cannot be read|document type"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "document type"),
        (b"<a>" * 5000 + b"</a>" * 5000, "cannot be read"),
        (b"<a>\x00</a>", "cannot be read"),
        (b'<?xml version="1.0" encoding="no-such-set"?><a/>', "cannot be read"),
        (b'<ContractNotice xmlns="urn:example:other"/>', "<ContractNotice>"),
        (b'<TED_EXPORT xmlns="urn:example:any"/>', "no form"),
    ],
)
def test_what_is_no_notice_is_refused_with_its_address_and_the_reason(xml: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        read(xml)
    assert caught.value.where == "https://ted.example/1-2026/xml"


def test_nesting_that_the_parser_bears_does_not_break_the_reading() -> None:
    deep = b"<cac:A>" * 200 + b"</cac:A>" * 200
    xml = page("eforms-call").replace(b"<cac:PlannedPeriod>", deep + b"<cac:PlannedPeriod>", 1)
    found = read(xml)
    assert found.flags == ("Lot LOT-0001: it holds what is not read here: ProcurementProject/A.",)
    assert replace(found, flags=()) == read(page("eforms-call"))


def test_the_number_of_the_search_wins_over_the_printed_one() -> None:
    xml = page("eforms-call")
    found = ted.parse_notice(xml, source="ted", key="000007-2026", publication_number="7-2026")
    assert found.publication_number == "000007-2026"
    assert ted.parse_notice(xml, source="ted", key="000007-2026").publication_number == "734512-2026"


# -- the search ----------------------------------------------------------------------------------------------------


def test_a_page_of_the_search_tells_where_the_notices_are() -> None:
    body = {
        "notices": [
            {
                "publication-number": "00734512-2026",
                "publication-date": "2026-11-04+01:00",
                "notice-title": {"dan": "Pleje"},
                "links": {
                    "xml": {"MUL": "https://ted.example/en/notice/734512-2026/xml"},
                    "html": {"ENG": "https://ted.example/en/734512-2026", "DAN": "https://ted.example/da/734512-2026"},
                    "pdf": {"DAN": "https://ted.example/da/734512-2026.pdf"},
                },
            },
            {"publication-number": "688001-2026", "links": {"xml": {"MUL": "javascript:alert(1)"}}},
        ],
        "totalNoticeCount": 41,
        "iterationNextToken": "abc",
        "timedOut": False,
    }
    found = ted.parse_search(json.dumps(body).encode(), WHERE)
    assert found == ted.SearchPage(
        hits=(
            ted.Hit(
                "734512-2026",
                "https://ted.example/en/notice/734512-2026/xml",
                "https://ted.example/da/734512-2026",
                dt.date(2026, 11, 4),
            ),
            ted.Hit("688001-2026", "", "", None),
        ),
        total=41,
        token="abc",
        timed_out=False,
    )


def test_the_last_page_has_no_token_and_may_say_that_time_ran_out() -> None:
    body = b'{"notices": [], "totalNoticeCount": 0, "iterationNextToken": null, "timedOut": true}'
    assert ted.parse_search(body, WHERE) == ted.SearchPage((), 0, None, timed_out=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b'{"notices": [',
        b'{"message": "error"}',
        b'{"notices": {}, "totalNoticeCount": 1}',
        b'{"notices": [], "totalNoticeCount": "many"}',
        b'{"notices": [], "totalNoticeCount": -1}',
        b'{"notices": [{"publication-date": "2026-11-04"}], "totalNoticeCount": 1}',
        b'{"notices": [], "totalNoticeCount": 0, "iterationNextToken": "\xff"}',
        b"[" * 100_000,
    ],
)
def test_a_search_answer_of_another_shape_is_refused_and_never_an_empty_list(body: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        ted.parse_search(body, WHERE)
    assert caught.value.where == WHERE
