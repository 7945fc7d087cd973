"""Damaged letters, control characters, impossible days and hostile links, in every kind that is no official XML."""

from __future__ import annotations

import html
import json
from collections.abc import Callable

import pytest

from notifier.errors import ParseError
from notifier.lots import Agreement, Notice, acting_deadline
from spiders.parsers import agreement_files, agreements, comdia, eusupply, feed, ocds, ocds_notice, page, sheets
from spiders.parsers.selectors import Imprint, read_selectors

IMPRINT = Imprint("by", "Eksempel Kommune")
URL = "https://by.example/udbud"
Item = Notice | Agreement
Reader = Callable[[str, str, str], Item]  # title, link, day


def a_page(title: str, link: str, day: str) -> Item:
    selectors = read_selectors(
        {"list": {"landmark": "main", "row": "li", "link": "a", "fields": {"case": "b", "deadline": "i"}}}
    )
    body = f"<main><ul><li><b>1</b><a href='{html.escape(link)}'>{html.escape(title)}</a><i>{day}</i></ul></main>"
    (row,) = page.parse_list(f"<html>{body}</html>", selectors.list, URL).rows
    return page.parse_row(row, selectors, IMPRINT, URL)


def a_feed(title: str, link: str, day: str) -> Item:
    said = f"<title>{html.escape(title)}</title><link>{html.escape(link)}</link><guid isPermaLink='false'>1</guid>"
    body = f"<rss><channel><title>t</title><item>{said}<frist>{day}</frist></item></channel></rss>"
    selectors = feed.read_selectors({"fields": {"deadline": {"label": "frist"}}})
    (entry,) = feed.parse_feed(body.encode("utf-8"), URL).entries
    row, _ = feed.row_of(entry, selectors)
    return feed.parse_entry(row, entry, selectors, IMPRINT, URL)


def an_eusupply_feed(title: str, link: str, day: str) -> Item:
    own = f"<publication xmlns='http://www.eu-supply.com/Rss/Publications'><etq>{day}</etq></publication>"
    body = (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><id>1</id><title>{html.escape(title)}</title>"
        f"<link href='{html.escape(link)}'/><content type='text/xml'>{own}</content></entry></feed>"
    )
    (tender,), _ = eusupply.parse_feed(body.encode("utf-8"), URL)
    return eusupply.parse_tender(tender, eusupply.Settings(), IMPRINT)[0]


def an_ocds_release(title: str, link: str, day: str) -> Item:
    tender = {"title": title, "tenderPeriod": {"endDate": day}, "documents": [{"url": link, "documentType": "x"}]}
    release = {"ocid": "o-1", "id": "1", "date": "2026-03-01T10:00:00Z", "tag": ["tender"], "tender": tender}
    (publication,) = ocds.parse_package(json.dumps(release).encode(), URL).publications
    return ocds_notice.read(publication, source="by", language="en", url=URL).notices[0]


def a_comdia_list(title: str, link: str, day: str) -> Item:  # it shows no day
    address = link if "Id=" in link else f"{link}#?Id=1"
    body = f"<table><tr><td>1<td><a href='{html.escape(address)}'>{html.escape(title)}</a></table>"
    row = comdia.parse_list(f"<html>{body}</html>", comdia.Settings(), URL).rows[0]
    return comdia.parse_tender(f"<html><h1>{html.escape(title)}</h1></html>", row, comdia.Settings(), IMPRINT, URL)


def a_table_of_agreements(title: str, link: str, day: str) -> Item:
    head = "<tr><th>Område<th>Leverandør<th>Udløb"
    row = f"<tr><td><a href='{html.escape(link)}'>{html.escape(title)}</a><td>Ren ApS<td>{day}"
    body = f"<html><main><table>{head}{row}</table></main></html>"
    selectors = agreements.AgreementSelectors(landmark="main")
    return agreements.parse_table(body, selectors, IMPRINT, URL).agreements[0]


def a_csv_of_agreements(title: str, link: str, day: str) -> Item:  # its links are not read
    selectors = agreements.AgreementSelectors()
    written = title.replace('"', '""')
    body = f'Område;Leverandør;Udløb\n"{written}";Ren ApS;"{day}"\n'.encode()
    sheet = sheets.read_csv(body, "", agreement_files.known_headings(selectors))
    return agreement_files.read_sheets([sheet], selectors, IMPRINT, URL).agreements[0]


EVERY: list[Reader] = [
    a_page, a_feed, an_eusupply_feed, an_ocds_release, a_comdia_list, a_table_of_agreements, a_csv_of_agreements,
]  # fmt: skip
WITH_DAYS = [read for read in EVERY if read is not a_comdia_list]
WITH_LINKS = [a_feed, an_eusupply_feed, an_ocds_release, a_table_of_agreements]
GOOD = ("Vask", "https://by.example/se?Id=1", "2027-03-12T12:00:00+01:00")


def told(item: Item) -> str:
    return json.dumps(item.flags, ensure_ascii=False)


def ends(item: Item) -> object:
    if isinstance(item, Agreement):
        return item.end
    return next((deadline.at.date() for lot in item.lots if (deadline := acting_deadline(lot))), None)


@pytest.mark.parametrize("read", EVERY)
def test_letters_that_were_lost_are_told_beside_the_item(read: Reader) -> None:
    damaged, whole = read("Reng\ufffdring", *GOOD[1:]), read("Rengøring", *GOOD[1:])
    assert whole.title == "Rengøring"
    assert "etters were lost" in told(damaged)
    assert "etters were lost" not in told(whole)


@pytest.mark.parametrize("read", EVERY)
@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x85", "\u2066"])
def test_what_cannot_be_seen_is_taken_out_of_a_title(read: Reader, hidden: str) -> None:
    title = read(f"Vask{hidden}af linned", *GOOD[1:]).title
    assert title.isprintable()
    assert title.replace(" ", "") == "Vaskaflinned"


def test_a_row_of_a_page_whose_link_leads_to_no_page_is_told() -> None:
    selectors = read_selectors({"list": {"landmark": "main", "row": "li", "link": "a"}}).list
    rows = "<li><a href='javascript:alert(1)'>Vask</a><li><a href='/2'>Mad</a>"
    found = page.parse_list(f"<html><main><ul>{rows}</ul></main></html>", selectors, URL)
    assert [row.url for row in found.rows] == ["https://by.example/2"]
    assert found.problems[0].startswith(f"row 1 of {URL} has no link")


def test_a_cell_of_a_megabyte_in_a_csv_file_is_refused_with_its_line() -> None:
    with pytest.raises(ParseError, match="from line 2 on"):
        a_csv_of_agreements("Vask " * 200_000, *GOOD[1:])


@pytest.mark.parametrize("read", [read for read in EVERY if read is not a_csv_of_agreements])
def test_a_title_of_a_megabyte_is_read_and_cut(read: Reader) -> None:
    assert 0 < len(read("Vask " * 200_000, *GOOD[1:]).title) <= 5_000


@pytest.mark.parametrize("read", WITH_DAYS)
@pytest.mark.parametrize("day", ["31-02-2027", "29-02-2027", "0000-00-00", "uge 12", "1. marts", "13/13/2027"])
def test_a_day_that_is_none_is_unknown_and_told(read: Reader, day: str) -> None:
    item = read(*GOOD[:2], day)
    assert ends(item) is None
    assert day in told(item)


@pytest.mark.parametrize("read", WITH_DAYS)
def test_a_day_that_is_one_is_read(read: Reader) -> None:
    day = "12.03.2027" if read in (a_table_of_agreements, a_csv_of_agreements) else GOOD[2]
    assert str(ends(read(*GOOD[:2], day))) == "2027-03-12"


@pytest.mark.parametrize("read", WITH_LINKS)
@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://a@b.example/"]
)
def test_a_link_that_leads_to_no_page_is_dropped_and_the_item_stays(read: Reader, link: str) -> None:
    item = read(GOOD[0], link, GOOD[2])
    assert item.title == "Vask"
    assert link not in json.dumps(
        [item.url, *([lot.documents_url for lot in item.lots] if isinstance(item, Notice) else [])]
    )
