"""Which official notice links name."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from spiders.parsers import identity
from spiders.parsers.identity import Names

UUID = "0d6c0c2e-1111-4222-8333-444455556666"


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://ted.europa.eu/da/notice/-/detail/123456-2026", Names("123456-2026")),
        ("https://ted.europa.eu/en/notice/123456-2026/html", Names("123456-2026")),
        ("https://ted.europa.eu/udl?uri=TED:NOTICE:123456-2021:TEXT:DA:HTML", Names("123456-2021")),
        ("https://ted.europa.eu/udl?uri=TED%3ANOTICE%3A123456-2021%3ATEXT", Names("123456-2021")),
        ("http://www.ted.europa.eu/da/notice/00123456-2026/pdf", Names("123456-2026")),
        (
            f"https://udbud.dk/detaljevisning?noticeId={UUID}&noticeVersion=1&noticePublicationNumber=00654321-2026",
            Names("654321-2026", UUID, "01"),
        ),
        (f"https://www.udbud.dk/detaljevisning?noticeid={UUID.upper()}", Names("", UUID)),
        ("https://udbud.dk/Pages/Tenders/ShowTender?tenderid=12345", Names()),
        ("https://ted.europa.eu.evil.example/da/notice/-/detail/123456-2026", Names()),
        ("https://ted.europa.eu/da/", Names()),
        ("https://ted.europa.eu/da/release-calendar?from=2026-01-01", Names()),
        ("https://ted.europa.eu/compare/1-2026/2-2026", Names()),
        ("https://ted.europa.eu/da/news/2026/rules-of-123456-2026", Names()),
        ("https://ted.europa.eu/da/help?q=123456-2026", Names()),
        ("https://ted.europa.eu/da/search/result?q=123456-2026", Names()),
        ("https://[broken", Names()),
    ],
)
def test_a_link_names_what_it_names(url: str, names: Names) -> None:
    assert identity.of_links([url]) == names


def test_links_to_the_same_notice_on_both_sites_agree() -> None:
    ted = "https://ted.europa.eu/da/notice/-/detail/654321-2026"
    udbud = f"https://udbud.dk/detaljevisning?noticeId={UUID}&noticePublicationNumber=654321-2026"
    assert identity.of_links([ted, udbud]) == Names("654321-2026", UUID)


def test_links_to_two_notices_name_neither() -> None:
    found = identity.of_links(f"https://ted.europa.eu/da/notice/{number}-2026/html" for number in (1, 2))
    assert (found.publication_number, found.notice_id) == ("", "")
    assert "000001-2026, 000002-2026" in found.doubt


@pytest.mark.parametrize(
    "line", ["Se det tidligere udbud på {}", "Forhåndsmeddelelse: {}", "Our previous notice: {}", "Annulleret udbud {}"]
)
def test_a_link_to_an_earlier_notice_is_left_aside(line: str) -> None:
    earlier = line.format('<a href="https://ted.europa.eu/da/notice/1-2024/html">TED</a>')
    own = '<a href="https://ted.europa.eu/da/notice/2-2026/html">TED</a>'
    page = BeautifulSoup(f"<main><p>{earlier}</p><p>Bekendtgørelsen: {own}</p></main>", "lxml")
    assert identity.of_element(page) == Names("000002-2026")
