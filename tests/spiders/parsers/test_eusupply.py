"""EU-Supply's feed and list, by saved examples and by what must be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.errors import ConfigError, SourceError
from spiders.parsers import eusupply
from spiders.parsers.selectors import Imprint
from tests.spiders.parsers import golden

IMPRINT = Imprint("eu", "Eksempel Kommune")


def read_case(case: Path) -> Any:
    meta = golden.meta(case)
    settings = eusupply.read_settings({**meta["filter"], "form": meta["form"]})
    body = next(case.glob("page.*")).read_bytes()
    try:
        if meta["form"] == "atom":
            tenders, problems = eusupply.parse_feed(body, meta["url"])
            wanted = [tender for tender in tenders if settings.wants(tender.authority)]
            return [eusupply.parse_tender(tender, settings, IMPRINT) for tender in wanted], problems
        page, selectors = eusupply.parse_list(body, settings, meta["url"])
        notices = [eusupply.parse_row(row, selectors, IMPRINT, meta["url"]) for row in page.rows]
        return notices, page.problems
    except SourceError as error:
        return f"{type(error).__name__}: {error.what}"


@pytest.mark.parametrize("case", golden.cases("eusupply"), ids=lambda case: case.name)
def test_a_saved_page_reads_as_expected(case: Path) -> None:
    golden.compare(case, read_case(case))


def test_a_tender_has_the_same_key_in_the_feed_and_in_the_list() -> None:
    pages = Path(golden.PAGES) / "eusupply"
    in_feed = {notice.key: notice.title for notice, _ in read_case(pages / "feed")[0]}
    in_list = {notice.key: notice.title for notice in read_case(pages / "list")[0]}
    assert in_list.items() <= in_feed.items()


def test_nobody_who_is_a_person_is_kept() -> None:
    assert "Hansen" not in repr(read_case(Path(golden.PAGES) / "eusupply" / "feed"))


def test_further_pages_are_noticed() -> None:
    page = "<table><tr><td></table><a class='pager-action state-active'>1</a>"
    assert not eusupply.more_pages(page, "https://eu.example/")
    assert eusupply.more_pages(page + "<a class='pager-action'>2</a>", "https://eu.example/")


def test_an_address_that_names_more_than_a_host_is_taken_as_it_is() -> None:
    assert eusupply.address("https://eu.example/ctm/x", eusupply.Settings("BY"), 30) == "https://eu.example/ctm/x"
    html = eusupply.Settings("BY & CO", form="html")
    assert (
        eusupply.address("https://eu.example/", html, 30) == "https://eu.example/ctm/supplier/publictenders?B=BY+%26+CO"
    )


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"brnad": "X"}, "filter.brnad"),
        ({"form": "rss"}, "filter.form"),
        ({"lookback_days": 0}, "filter.lookback_days"),
        ({"authorities": [1]}, "filter.authorities"),
        ({"brand": 7}, "filter.brand"),
    ],
)
def test_a_mistake_in_the_filter_is_named(raw: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as raised:
        eusupply.read_settings(raw, "eu.toml")
    assert [mistake.key for mistake in raised.value.mistakes] == [key]


def test_a_number_of_a_notice_is_no_number_of_a_tender() -> None:
    # A tender has several notices, and their numbers run beside those of tenders.
    body = golden_list().replace(
        b"/app/rfq/rwlentrance_s.asp?PID=470001&", b"/ctm/Supplier/PublicTenders/ViewNotice/470002?"
    )
    found, _ = eusupply.parse_list(body, eusupply.Settings(form="html"), "https://eu.eu-supply.com/list")
    assert len(found.rows) == 3
    assert "470002" in [row.key for row in found.rows if "PID" in row.url]
    assert all(row.key != "470002" for row in found.rows if "ViewNotice" in row.url)


def golden_list() -> bytes:
    return (golden.PAGES / "eusupply" / "list" / "page.html").read_bytes()


def test_the_id_of_an_entry_without_a_link_leads_to_the_tender() -> None:
    xml = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>Vask</title>'
        "<id>https://eu.eu-supply.com/app/rfq/rwlentrance_s.asp?PID=470009&amp;B=BY</id></entry></feed>"
    )
    (tender,), _ = eusupply.parse_feed(xml.encode(), "https://eu.eu-supply.com/rss.ashx")
    notice, _ = eusupply.parse_tender(tender, eusupply.Settings(), Imprint("eu", "Eksempel Kommune"))
    assert notice.key == "470009"
    assert notice.url == "https://eu.eu-supply.com/app/rfq/rwlentrance_s.asp?PID=470009&B=BY"
    assert notice.lots[0].documents_url == notice.url
