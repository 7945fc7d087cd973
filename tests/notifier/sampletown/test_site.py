from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html

from notifier.clock import parse_day, parse_deadline
from notifier.sampletown import site
from notifier.sampletown.town import DAYS, Tender, TownDay, town_on

BASE = "http://town.example"
PLAIN_PAGES = ("/", "/udbud", "/udbud?side=2", "/planlagte-udbud", "/indkoebsaftaler")


def read(path: str, town: TownDay) -> html.HtmlElement:
    found = site.page(path, town)
    assert found is not None, path
    return html.document_fromstring(found[1].decode())


def addresses(town: TownDay) -> Iterator[str]:
    yield from PLAIN_PAGES
    yield from (f"/udbud/{tender.slug}" for tender in town.own)
    yield from (f"/da/notice/-/detail/{tender.key}" for tender in town.ted)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def facts(page: html.HtmlElement) -> dict[str, str]:
    return {words(dt): words(dt.getnext()) for dt in page.iter("dt") if dt.getnext() is not None}


def open_tags(source: str) -> list[str]:
    """Elements that are opened and never closed, by a reading that forgives nothing."""
    stack: list[str] = []
    for closing, name, rest in re.findall(r"<(/?)([a-z][a-z0-9]*)((?:\"[^\"]*\"|[^>\"])*)>", source):
        if closing:
            assert stack, f"</{name}> closes nothing"
            assert stack.pop() == name
        elif name not in ("meta", "link", "br") and not rest.endswith("/"):
            stack.append(name)
    return stack


@pytest.mark.parametrize("day", DAYS)
def test_every_page_is_well_formed_and_has_one_heading_and_a_title(day: int) -> None:
    town = town_on(day)
    for path in addresses(town):
        found = site.page(path, town)
        assert found is not None
        assert open_tags(found[1].decode()) == [], path
        page = read(path, town)
        assert len(page.findall(".//h1")) == 1, path
        assert words(page.findall(".//title")[0]).endswith("Nørrevang Kommune"), path
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path


@pytest.mark.parametrize("day", DAYS)
def test_every_link_inside_the_town_leads_somewhere(day: int) -> None:
    town = town_on(day)
    links = {link for path in addresses(town) for link in read(path, town).xpath("//a/@href") if link.startswith("/")}
    dead = [link for link in links if not link.endswith("/xml") and site.page(link, town) is None]
    assert dead == []
    assert len(links) > 40


def test_the_list_has_two_pages_and_says_where_the_next_is() -> None:
    town = town_on(1)
    first, second = read("/udbud", town), read("/udbud?side=2", town)
    assert first.xpath("//a[@rel='next']/@href") == ["/udbud?side=2"]
    assert second.xpath("//a[@rel='next']") == []
    assert second.xpath("//a[@rel='prev']/@href") == ["/udbud"]
    listed = [*first.xpath("//article//h2/a/@href"), *second.xpath("//article//h2/a/@href")]
    assert listed == [f"/udbud/{tender.slug}" for tender in town.own]


@pytest.mark.parametrize(
    "path", ["/udbud?side=0", "/udbud?side=3", "/udbud?side=x", "/udbud/findes-ikke", "/intranet/"]
)
def test_what_is_not_there_is_not_served(path: str) -> None:
    assert site.page(path, town_on(1)) is None


@pytest.mark.parametrize("day", DAYS)
def test_every_deadline_in_words_is_read_as_it_was_meant(day: int) -> None:
    town = town_on(day)
    for tender in town.own:
        said = facts(read(f"/udbud/{tender.slug}", town))
        for label, meant in (("Tilbudsfrist", tender.deadline), ("Frist for spørgsmål", tender.questions)):
            deadline = parse_deadline(said[label])
            assert deadline is not None
            assert (deadline.at, deadline.time_known) == (meant, True)
        assert parse_day(said["Offentliggjort"]) == tender.published


def sections(tender: Tender, town: TownDay) -> list[html.HtmlElement]:
    return list(read(f"/udbud/{tender.slug}", town).xpath("//section[@class='delaftale']"))


def test_lots_are_sections_and_an_undivided_tender_has_none() -> None:
    town = town_on(1)
    for tender in town.own:
        expected = len(tender.lot) if len(tender.lot) > 1 else 0
        assert len(sections(tender, town)) == expected
    divided = next(tender for tender in town.own if tender.key == "26/11118")
    assert [words(section.find("h2")) for section in sections(divided, town)] == [
        "Delaftale 1: Stier og parkeringspladser ved plejecentre",
        "Delaftale 2: Daginstitutioner og skoler",
        "Delaftale 3: Kommuneveje, klasse 1 og 2",
    ]


def test_a_withdrawn_tender_is_marked_in_the_list_and_on_its_page() -> None:
    town = town_on(2)
    marked = [row for side in (1, 2) for row in read(f"/udbud?side={side}", town).xpath("//article[.//span]")]
    assert [words(row.find(".//span")) for row in marked] == ["Annulleret"]
    page = read(f"/udbud/{town_slug('26/10633')}", town)
    assert facts(page)["Status"] == "Annulleret"
    assert facts(read(f"/udbud/{town_slug('26/10633')}", town_on(1)))["Status"] == "Aktuelt"


def town_slug(key: str) -> str:
    return next(tender.slug for tender in town_on(2).own if tender.key == key)


def test_a_denied_reservation_stands_in_its_field() -> None:
    page = read("/udbud/journalsystem-til-sundhedsplejen", town_on(1))
    assert facts(page)["Forbeholdt"].startswith("Nej. Udbuddet er ikke forbeholdt")


def test_the_agreements_are_one_table_with_a_heading_that_is_not_known() -> None:
    (table,) = read("/indkoebsaftaler", town_on(1)).xpath("//table")
    headings = [words(cell) for cell in table.xpath(".//th")]
    assert headings[-1] == "Klimaklasse"
    rows = [[words(cell) for cell in row.xpath("td")] for row in table.xpath(".//tbody/tr")]
    assert len(rows) == 14
    assert all(len(row) == len(headings) and parse_day(row[2]) and parse_day(row[3]) for row in rows)


def test_planned_purchases_say_when_they_are_expected() -> None:
    plans = read("/planlagte-udbud", town_on(1)).xpath("//article[@class='plan']")
    said = [words(plan.xpath(".//p[@class='forventet']")[0]) for plan in plans]
    assert said[:2] == ["Forventes offentliggjort: 1. kvartal 2027", "Forventes offentliggjort: 15. februar 2027"]
    assert len(said) == 6


@pytest.mark.parametrize("day", DAYS)
def test_no_page_tells_how_a_lot_is_meant_to_be_read(day: int) -> None:
    town = town_on(day)
    for path in addresses(town):
        found = site.page(path, town)
        assert found is not None
        assert not re.search(rb"intended|suitable|uegnet|laundry_textile|packing_logistics", found[1]), path


def test_robots_are_let_in_but_not_everywhere() -> None:
    assert site.page("/robots.txt", town_on(1)) == (
        "text/plain; charset=utf-8",
        b"User-agent: *\nDisallow: /intranet/\n",
    )


def test_only_the_tender_system_lies_outside_the_town() -> None:
    town = town_on(2)
    hosts = {
        urlsplit(urljoin(BASE, link)).netloc for path in addresses(town) for link in read(path, town).xpath("//@href")
    }
    assert hosts == {"town.example", "udbudsportal.noerrevang.example"}
