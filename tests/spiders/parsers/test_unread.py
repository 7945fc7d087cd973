"""Strict reading of pages: what stands there and nobody reads is told, by names that stay when words change."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from notifier.errors import LandmarkMissing
from spiders.parsers import unread
from spiders.parsers.page import ListPage, Row, doubled, parse_list, read_detail
from spiders.parsers.selectors import Ignored, Imprint, ListSelectors, read_selectors

IMPRINT = Imprint("by", "Eksempel Kommune")
URL = "https://by.example/udbud"
SELECTORS: dict[str, Any] = {
    "list": {
        "landmark": "main",
        "row": "article",
        "link": "a",
        "next": "a.naeste",
        "empty_text": ["Ingen udbud"],
        "container": "ul.udbud",
    },
    "detail": {
        "landmark": "article",
        "ignore": ["nav", "div.del"],
        "ignore_labels": ["Sagsbehandler"],
        "fields": {"title": "h1", "deadline": {"label": "Frist"}, "case": {"css": "p.sag", "pattern": "Sag (\\d+)"}},
    },
}


def left_of_detail(html: str) -> tuple[str, ...]:
    """What nobody reads of a detail page."""
    page = f"<html><article><h1>Vask</h1>{html}</article></html>"
    return read_detail(page, read_selectors(SELECTORS), Row("k", URL), IMPRINT, URL).unread


def listed(html: str) -> ListPage:
    return parse_list(f"<html><main>{html}</main></html>", read_selectors(SELECTORS).list, URL)


@pytest.mark.parametrize(
    ("html", "places"),
    [
        ("<p>Frist: 1. marts 2027</p>", ()),
        ("<dl><dt>Frist</dt><dd>1. marts 2027</dd></dl>", ()),
        ("<dl><dt>Kontor</dt><dd>Indkøb</dd></dl>", ('"kontor"',)),
        ("<table><tr><th>Kontor</th><td>Indkøb</td></tr></table>", ('"kontor"',)),
        ("<p><strong>Kontor:</strong> Indkøb</p>", ('"kontor"',)),
        ("<p>Sagsbehandler: Indkøb</p>", ()),
        ('<div class="note vigtig"><p>Husk</p></div>', ("div.note.vigtig p",)),
        ('<div class="node-4711"><p>Husk</p></div>', ("div.node-# p",)),
        ("<nav>Forside</nav><div class='del'>Del</div><script>x</script><!-- y -->", ()),
        ('<p class="sag">Sag 17</p>', ()),
        ('<p class="sag">Journal 17</p>', ("p.sag",)),  # the pattern no longer fits, so it is not read
        ("<p>Ring på: tlf. 12 34 56 78 kl. 9: åbent</p>", ('"ring på"',)),
        ("<p>–</p>", ()),
    ],
)
def test_what_nobody_reads_has_a_place(html: str, places: tuple[str, ...]) -> None:
    assert left_of_detail(html) == places


def test_the_name_of_a_place_does_not_change_with_its_words() -> None:
    assert left_of_detail("<p>Et</p>") == left_of_detail("<p>Noget andet</p>")


def test_a_list_page_tells_what_stands_beside_its_rows() -> None:
    found = listed('<h2>Nyt</h2><article><a href="/1">A</a> <em class="ny">Ny!</em></article>')
    assert found.unread == (("", ("list: h2",)), ("/1", ("row: em.ny",)))


def test_the_words_for_an_empty_list_are_read() -> None:
    assert listed("<p class='tom'>Ingen udbud lige nu</p>").unread == (("", ()),)


@pytest.mark.parametrize(
    ("more", "sign"),
    [
        ('<a href="?side=2">Næste</a>', True),
        ("<button>Vis flere</button>", True),
        ('<a class="disabled" href="?side=2">Næste</a>', False),
        ('<a href="#">Næste</a>', False),
        ('<a class="naeste" href="?side=2">Næste</a>', False),
        ("<a href='/om'>Nextel</a>", False),
    ],
)
def test_a_list_that_seems_to_go_on_is_a_sign(more: str, sign: bool) -> None:
    places = dict(listed(f"<article><a href='/1'>A</a></article>{more}").unread)[""]
    assert any("go on" in place for place in places) is sign


def test_a_page_that_was_cut_off_and_one_in_another_language_are_signs() -> None:
    soup = BeautifulSoup('<html lang="en-GB"><p>x', "lxml")
    assert list(unread.signs(soup, '<html lang="en-GB"><p>x', "da")) == [
        "page: it says that it is in another language (en)",
        "page: it ends without its closing html tag, as if it were cut off",
    ]
    assert list(unread.signs(soup, "<html></HTML>\n", "en")) == []


@pytest.mark.parametrize(
    "html",
    [
        '<ul class="udbud" data-url="/api"></ul>',
        '<ul class="udbud"></ul><script>load()</script>',
        '<ul class="udbud"></ul><input type="password">',
    ],
)
def test_an_empty_element_that_a_script_may_fill_proves_nothing(html: str) -> None:
    with pytest.raises(LandmarkMissing):
        listed(html)


@pytest.mark.parametrize("title", ["Log ind", "Log ind - Eksempel Kommune", "Just a moment...", "Siden er nede"])
def test_a_wall_in_place_of_a_tender_is_refused(title: str) -> None:
    page = f"<html><title>{title}</title><article><h1>Eksempel Kommune</h1></article></html>"
    with pytest.raises(LandmarkMissing, match="something else stands in place of the page"):
        read_detail(page, read_selectors(SELECTORS), Row("k", URL), IMPRINT, URL)


def test_the_page_of_a_tender_that_shows_none_of_its_fields_is_refused() -> None:
    with pytest.raises(LandmarkMissing, match="none of the fields"):
        read_detail(
            "<html><article><p>Velkommen</p></article></html>", read_selectors(SELECTORS), Row("k", URL), IMPRINT, URL
        )


@pytest.mark.parametrize(("title", "rows"), [("Vask", 1), ("Å", 1), ("12.03.2027", 0), ("4", 0), ("–", 0)])
def test_a_row_whose_title_has_no_letter_is_told_and_not_read(title: str, rows: int) -> None:
    page = f"<main><article><a href='/1'>{title}</a></article></main>"
    found = parse_list(page, ListSelectors(landmark="main", row="article", link="a"), URL)
    assert (len(found.rows), len(found.problems)) == (rows, 1 - rows)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('<script type="application/json">["Vask"]</script>', True),
        ('<script type="application/json" class="data">["Vask"]</script>', False),  # ignored by its class
        ('<script type="application/json"> </script>', False),
        ('<script type="application/ld+json">{"@type": "Organization"}</script>', False),
        ("<script>start()</script>", False),
    ],
)
def test_data_for_a_script_is_a_place_that_nobody_reads(script: str, told: bool) -> None:
    selectors = ListSelectors(landmark="main", row="article", link="a", ignored=Ignored(css=("script.data",)))
    found = parse_list(f"<main><article><a href='/1'>Vask</a></article></main>{script}</html>", selectors, URL)
    assert ("list: data for a script" in dict(found.unread)[""]) is told


def test_links_beside_the_rows_are_told() -> None:
    page = "<main><article><a href='/1'>Vask</a></article><div class=ny><a href='/2'>Leg</a></div></main>"
    found = parse_list(page, ListSelectors(landmark="main", row="article", link="a"), URL)
    assert found.linked == ("https://by.example/2",)


def test_a_tender_for_maintenance_is_no_wall() -> None:
    name = "Vedligeholdelse af parker"
    page = f"<html><title>{name} - By</title><article><h1>{name}</h1></article></html>"
    assert read_detail(page, read_selectors(SELECTORS), Row("k", URL), IMPRINT, URL).notice.title


def test_a_tender_without_a_required_value_is_not_believed() -> None:
    selectors = read_selectors({**SELECTORS, "required": ["deadline"]})
    with pytest.raises(LandmarkMissing, match="lacks deadline"):
        read_detail("<article><h1>Vask</h1></article>", selectors, Row("k", URL), IMPRINT, URL)


def test_rows_that_share_a_key_and_lead_elsewhere_are_told_apart_by_nobody() -> None:
    rows = [Row("26/1", f"{URL}/1"), Row("26/1", f"{URL}/2"), Row("26/2", f"{URL}/3"), Row("26/2", f"{URL}/3")]
    assert doubled(rows) == ("26/1",)


@pytest.mark.parametrize(
    ("said", "number", "flagged"),
    [
        ('<a href="https://ted.europa.eu/da/notice/-/detail/123456-2026">TED</a>', "123456-2026", False),
        ("<p>Frist: 1. marts 2027</p>", "", False),
        (
            '<p>TED: 123456-2026</p><a href="https://ted.europa.eu/da/notice/123456-2026/html">TED</a>',
            "123456-2026",
            False,
        ),
        (
            '<p>TED: 111111-2026</p><a href="https://ted.europa.eu/da/notice/222222-2026/html">TED</a>',
            "111111-2026",
            True,
        ),
    ],
)
def test_links_to_ted_say_which_notice_a_page_is_about(said: str, number: str, flagged: bool) -> None:
    fields = {**SELECTORS["detail"]["fields"], "publication_number": {"label": "TED"}, "case": {"const": "1"}}
    selectors = read_selectors({**SELECTORS, "detail": {**SELECTORS["detail"], "fields": fields}})
    page = f"<html><article><h1>Vask</h1>{said}</article></html>"
    notice = read_detail(page, selectors, Row("k", URL), IMPRINT, URL).notice
    assert (notice.publication_number, bool(notice.flags)) == (number, flagged)


def test_a_list_without_selectors_for_strictness_is_read_as_before() -> None:
    bare = ListSelectors(landmark="main", row="article", link="a")
    assert [row.key for row in parse_list("<main><article><a href=/1>A</a></article></main>", bare, URL).rows] == ["/1"]
