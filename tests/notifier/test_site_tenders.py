"""A tender of a thousand lots: what is told of it grows with its lots, not with their square."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from notifier.lots import LotState, LotView
from notifier.site.sections import lots, sitemap, tenders
from notifier.site.tender import BESIDE, around, tender_path
from notifier.words import words
from tests.notifier.editions import content_of, documents_of, edition_of, made
from tests.notifier.examples import at, lot, lot_view, notice

TENDER = notice(title="Taxi og kørsel", procedure_id="kørsel")


def numbered(number: int) -> LotView:
    return lot_view(f"tur-{number:04}", of_lot=lot(title=f"Tur {number}"), of_notice=TENDER)


def changed(view: LotView) -> LotView:
    return replace(view, state=LotState.AWARDED)


def beside(page: bytes) -> list[str]:
    return [str(link["href"]) for link in BeautifulSoup(page, "lxml").select("[aria-labelledby=andre] li a")]


def keys(views: list[LotView]) -> dict[str, tuple[bytes, ...]]:
    edition = edition_of(views)
    found = {**documents_of(lots.SECTION, edition), **documents_of(tenders.SECTION, edition)}
    return {path: tuple(part.key for part in document.parts) for path, document in found.items()}


@pytest.mark.parametrize("count", [1, 2, BESIDE, BESIDE + 1, BESIDE + 2, 3 * BESIDE])
def test_each_lot_has_its_nearest_others_beside_it(count: int) -> None:
    for number in range(count):
        found = around(range(count), number)
        assert found == sorted({*found} - {number})
        assert len(found) == min(count - 1, BESIDE)
        assert all(abs(number - other) <= max(BESIDE // 2, BESIDE - min(number, count - 1 - number)) for other in found)


def test_a_small_tender_is_told_on_the_pages_of_its_lots_and_has_none_of_its_own() -> None:
    edition = edition_of([numbered(number) for number in range(BESIDE + 1)])
    assert documents_of(tenders.SECTION, edition) == {}
    page = content_of(documents_of(lots.SECTION, edition)["opgaver/tur-0003.html"])
    assert beside(page) == [f"tur-{number:04}.html" for number in range(BESIDE + 1) if number != 3]
    assert words("da")("tender.all") not in page.decode()


def test_of_a_thousand_lots_a_page_names_the_nearest_and_leads_to_all() -> None:
    views, asked = [numbered(number) for number in range(1000)], list[str]()
    edition = edition_of(views, asked=asked)
    found = documents_of(lots.SECTION, edition)
    for language, folder in (("da", ""), ("en", "en/")):
        page = content_of(found[f"{folder}opgaver/tur-0500.html"])
        assert beside(page) == [f"tur-{number:04}.html" for number in range(490, 511) if number != 500]
        (way,) = BeautifulSoup(page, "lxml").find_all("a", string=words(language)("tender.all"))
        assert way["href"] == f"../{tender_path('kørsel')}"
    assert len(asked) == 2 * (BESIDE + 1)


def test_the_page_of_a_tender_names_each_of_its_lots_once_in_both_languages() -> None:
    views = [numbered(number) for number in range(1000)]
    views[3], hidden = changed(views[3]), replace(views[4], hidden=True)
    files = made(tenders.SECTION, edition_of([*views[:4], hidden, *views[5:]]))
    assert set(files) == {f"{folder}{tender_path('kørsel')}" for folder in ("", "en/")}
    for path, page in files.items():
        soup = BeautifulSoup(page, "lxml")
        shown = [link["href"] for link in soup.select("main li a")]
        assert shown == [f"../opgaver/tur-{number:04}.html" for number in range(1000) if number != 4]
        assert soup.h1 is not None
        assert soup.h1.text == "Taxi og kørsel"
        assert soup.select("main li")[3].text.endswith(
            words("en" if path.startswith("en/") else "da")("site.state_awarded")
        )
        assert len(page) < 130_000
        assert "999" in soup.select(".lead")[0].text


def test_one_lot_that_changes_costs_its_neighbours_pages_and_one_row() -> None:
    views = [numbered(number) for number in range(1000)]
    before, after = keys(views), keys([*views[:500], changed(views[500]), *views[501:]])
    other = [path for path in before if before[path] != after[path]]
    assert len(other) == 2 * (BESIDE + 1) + 2
    rows = before[tender_path("kørsel")], after[tender_path("kørsel")]
    assert sum(one != two for one, two in zip(*rows, strict=True)) == 1


def test_a_lot_more_leaves_the_pages_of_those_far_away_as_they_are() -> None:
    views = [numbered(number) for number in range(1000)]
    before, after = keys(views[:-1]), keys(views)
    assert len([path for path in before if before[path] != after[path]]) <= 2 * (BESIDE + 1) + 2


def test_a_tender_that_becomes_large_has_its_page_led_to() -> None:
    views = [numbered(number) for number in range(BESIDE + 2)]
    before, after = keys(views[:-1]), keys(views)
    assert all(before[path] != after[path] for path in before)
    assert len(after) - len(before) == 4


def test_the_page_of_a_tender_says_what_its_lots_notice_says_last() -> None:
    views = [numbered(number) for number in range(BESIDE + 2)]
    told = replace(TENDER, title="Kørsel i hele byen")
    renamed = [replace(view, notice=told, updated=at("2026-11-20")) for view in views]
    (path, *_) = made(tenders.SECTION, edition_of(renamed))
    assert keys(views)[path][0] != keys(renamed)[path][0]
    assert b"<h1>K\xc3\xb8rsel i hele byen</h1>" in made(tenders.SECTION, edition_of(renamed))[path]


def test_search_engines_are_led_to_it() -> None:
    path = tender_path("kørsel")
    edition = replace(edition_of([numbered(1)]), standing=lambda: {"index.html", path, f"en/{path}"})
    assert {page.path for page in sitemap.pages(edition)} >= {path, f"en/{path}"}
