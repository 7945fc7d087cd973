"""The search that anybody may use: what it finds, how it is narrowed, what it says where it finds nothing."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from notifier.catalogue import refresh
from notifier.lots import Deadline, Organisation, Stage, Verdict
from notifier.store import catalogue
from notifier.store.catalogue import Wanted
from notifier.web import listing
from notifier.words import words
from tests.notifier.editions import publish
from tests.notifier.examples import Handed
from tests.notifier.web.make import DOOR, RULES, TOWN, Place, filled_in, heading, lot, noon, said, tree


def town(place: Place) -> None:
    """Four lots for the public and two that are not."""
    place.hold(lot("Skolerengøring", deadline=noon(8)), key="1-2026", verdict=Verdict.SUITABLE)
    place.hold(
        lot("Rengøring af haller", deadline=noon(4)), key="2-2026", verdict=Verdict.POSSIBLE,
        buyers=(Organisation("Nabokøbing Kommune"),), title="Haller",
    )  # fmt: skip
    place.hold(lot("Kantine", cpv_main="55512000", deadline=None), key="3-2026", verdict=Verdict.RESERVED, title="Mad")
    place.hold(lot("Parkpleje", cpv_main="77310000", deadline=None), key="4-2026", stage=Stage.PLANNING, title="Parker")
    place.hold(lot("Hemmelig rengøring"), key="5-2026", published=False)
    refresh(place.store, RULES.trades, place.now)
    place.hold(lot("Motorvej"), key="6-2026", verdict=Verdict.UNSUITABLE, published=False)
    refresh(place.store, RULES.trades, place.now)


def titles(response: TestResponse) -> list[str]:
    assert response.status_code == 200
    return [str(one.text) for one in tree(response).xpath("//ul[@class='lines']/li/a")]


def found(place: Place, tongue: str = "da", **wanted: str) -> list[str]:
    return titles(place.visit(DOOR.lots(tongue, **wanted)))


def test_the_nearest_deadline_comes_first_and_what_is_planned_last(place: Place) -> None:
    town(place)
    assert found(place) == ["Rengøring af haller", "Skolerengøring", "Kantine", "Parkpleje"]
    assert found(place, "en") == found(place)


@pytest.mark.parametrize(
    ("wanted", "those"),
    [
        ({"q": "rengøring"}, ["Rengøring af haller", "Skolerengøring"]),
        ({"q": "RENGØR hall"}, ["Rengøring af haller"]),
        ({"q": "hemmelig"}, []),
        ({"q": "motorvej"}, []),
        ({"mark": "reserved"}, ["Kantine"]),
        ({"mark": "possible", "q": "rengøring"}, ["Rengøring af haller"]),
        ({"mark": "unsuitable"}, ["Rengøring af haller", "Skolerengøring", "Kantine", "Parkpleje"]),
        ({"buyer": "naboK"}, ["Rengøring af haller"]),
        ({"buyer": "rengøring"}, []),
        ({"by": "2026-12-04"}, ["Rengøring af haller"]),
        ({"by": "2026-12-03"}, []),
        ({"trade": "catering"}, []),
        ({"trade": "no_such"}, ["Rengøring af haller", "Skolerengøring", "Kantine", "Parkpleje"]),
        ({"q": '" OR * ('}, ["Rengøring af haller", "Skolerengøring", "Kantine", "Parkpleje"]),
    ],
    ids=str,
)
def test_it_is_narrowed_by_words_mark_trade_buyer_and_deadline(
    place: Place, wanted: dict[str, str], those: list[str]
) -> None:
    town(place)
    assert found(place, **wanted) == those


def test_what_was_asked_for_stands_in_the_form_again_and_in_the_other_language(place: Place) -> None:
    town(place)
    wanted = {"q": "skole", "mark": "suitable", "trade": "cleaning", "buyer": "prøve", "by": "2026-12-31"}
    response = place.visit(DOOR.lots("da", **wanted))
    assert filled_in(response) == {name: [value] for name, value in wanted.items()}
    (other,) = tree(response).xpath("//nav//a[@hreflang='en']/@href")
    assert parse_qs(urlsplit(other).query) == {name: [value] for name, value in wanted.items()}
    assert titles(place.visit(other)) == ["Skolerengøring"]


def test_the_number_is_told_and_how_many_there_are_of_each_mark(place: Place) -> None:
    town(place)
    page = tree(place.visit(DOOR.lots("da")))
    assert page.findtext(".//h2") == "4 opgaver"
    assert [" ".join(one.text_content().split()) for one in page.xpath("//ul[@class='counts']/li")] == [
        "Forbeholdt 1", "Relevant 2", "Måske 1"
    ]  # fmt: skip
    (reserved,) = page.xpath("//ul[@class='counts']//a[.='Forbeholdt']/@href")
    assert titles(place.visit(reserved)) == ["Kantine"]
    assert tree(place.visit(DOOR.lots("da", q="haller"))).findtext(".//h2") == "1 opgave"


def test_a_large_number_is_not_counted_to_its_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    town(place)
    monkeypatch.setattr(listing, "COUNTED", 3)
    assert tree(place.visit(DOOR.lots("da"))).findtext(".//h2") == "Mere end 1.000 opgaver"
    where, values = catalogue._public(Wanted(), place.now)
    assert place.store.catalogue._count(where, values, most=2) == 3


def test_one_goes_on_to_the_next_page_and_back_by_links(place: Place) -> None:
    for number in range(60):
        place.hold(lot(f"Opgave {number:02}", deadline=noon(1 + number // 3)), key=f"{number}-2026", published=False)
    place.publish()
    refresh(place.store, RULES.trades, place.now)
    response, seen, pages = place.visit(DOOR.lots("da", q="opgave")), list[str](), 0
    while True:
        seen += titles(response)
        pages += 1
        following = tree(response).xpath("//a[@rel='next']/@href")
        if not following:
            break
        response = place.visit(following[0])
    assert (pages, len(seen), len(set(seen))) == (3, 60, 60)
    (back,) = tree(response).xpath("//a[@rel='prev']/@href")
    assert titles(place.visit(back)) == seen[25:50]
    assert found(place, page="99") == []
    assert "Listen er kortere end det" in said(place.visit(DOOR.lots("da", page="99")))
    assert found(place, page="0") == found(place, page="x") == found(place, page="-1") == found(place)


def test_whoever_finds_nothing_is_told_what_to_do(place: Place) -> None:
    town(place)
    response = place.visit(DOOR.lots("da", q="ad vinduespudsning haller", trade="cleaning", mark="suitable"))
    assert "Ingen åbne eller planlagte opgaver passer" in said(response)
    (link,) = tree(response).xpath("//a[.='Få besked, når der kommer noget']/@href")
    form = filled_in(place.visit(link))
    assert (form["trades"], form["least"]) == (["cleaning"], ["suitable"])
    assert form["words"] == ["vinduespudsning, haller"]
    assert form["address"] == [""]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"q": "ab"}, "Skriv mindst tre bogstaver. Her er listen uden ordet »ab«."),
        ({"q": "ab skole"}, "Ord under tre bogstaver er ikke søgt på: »ab«."),
        ({"buyer": "x"}, "Skriv mindst tre bogstaver. Her er listen uden ordet »x«."),
        ({"by": "i morgen"}, "»i morgen« er ikke en dato, så fristen er ikke brugt."),
    ],
    ids=str,
)
def test_what_cannot_be_searched_for_is_said_beside_its_field(place: Place, wanted: dict[str, str], told: str) -> None:
    town(place)
    response = place.visit(DOOR.lots("da", **wanted))
    assert response.status_code == 200
    (name, *_) = wanted
    (field,) = tree(response).xpath(f"//*[@id='{name}']")
    assert field.get("aria-invalid") == "true"
    assert told in [" ".join(tree(response).get_element_by_id(one).text_content().split())
                    for one in field.get("aria-describedby").split()]  # fmt: skip


def test_a_lot_whose_time_is_over_leaves_at_that_moment(place: Place) -> None:
    town(place)
    place.moment[0] = noon(4).at + dt.timedelta(seconds=1)
    assert found(place) == ["Skolerengøring", "Kantine", "Parkpleje"]


def test_a_list_reads_no_lot(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    town(place)
    monkeypatch.setattr("notifier.store.lots.Lots.views", lambda *_, **__: pytest.fail("a lot was read for a list"))
    for address in (DOOR.lots("da"), DOOR.lots("en", q="rengøring", mark="possible"), DOOR.front("da")):
        assert place.visit(address).status_code == 200


def test_the_front_page_leads_to_the_search_the_trades_and_the_sign_up(place: Place) -> None:
    town(place)
    for language in ("da", "en"):
        response = place.visit(DOOR.front(language))
        page = tree(response)
        (form,) = page.forms
        assert (form.get("action"), form.get("method")) == (DOOR.lots(language), "get")
        links = set(page.xpath("//main//a/@href"))
        assert {DOOR.sign_up(language), *(DOOR.trade(one.key, language) for one in RULES.trades)} <= links
        assert len(said(response)) < 4000
    assert "4 opgaver er åbne eller planlagt lige nu." in said(place.visit("/"))
    assert heading(place.visit("/en/")) == "Public tasks for social enterprises"


def test_the_list_as_such_is_the_public_sites_and_one_search_is_not_for_search_engines(place: Place) -> None:
    town(place)
    for address, twin in (
        (DOOR.lots("da"), f"{TOWN.base_url}/opgaver.html"),
        (DOOR.lots("en"), f"{TOWN.base_url}/en/opgaver.html"),
        (DOOR.front("da"), f"{TOWN.base_url}/"),
        (DOOR.front("en"), f"{TOWN.base_url}/en/"),
        (DOOR.agreements("en"), f"{TOWN.base_url}/en/aftaler.html"),
    ):
        assert tree(place.visit(address)).xpath("//link[@rel='canonical']/@href") == [twin]
    for asked in (DOOR.lots("da", q="skole"), DOOR.lots("da", page="2"), DOOR.agreements("da", within="12")):
        page = tree(place.visit(asked))
        assert page.xpath("//link[@rel='canonical']") == []
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_the_public_site_leads_to_the_search_and_the_sign_up_where_there_are_pages_that_answer(place: Place) -> None:
    town(place)
    lots = [one for one in place.store.lots.views(place.now) if one.public]
    site = place.config.database.parent / "site"
    for door in (DOOR, replace(DOOR, address="")):
        publish(Handed(lots), (), (), TOWN, site, place.now, trades=RULES.trades, door=door)
        files = sorted(site.rglob("*.html"))
        assert len(files) > 10
        for file in files:
            language = "en" if "en" in file.relative_to(site).parts else "da"
            links = set(re.findall(r'<a href="([^"]+)"', file.read_text(encoding="utf-8")))
            assert (DOOR.sign_up(language) in links) is bool(door), file
            assert (DOOR.lots(language) in links) is (bool(door) and file.name in ("index.html", "opgaver.html")), file


def test_deadlines_without_an_hour_end_with_their_day(place: Place) -> None:
    day = Deadline(dt.datetime(2026, 12, 4, 23, 59, 59, tzinfo=noon(4).at.tzinfo), time_known=False)
    place.hold(lot("Hele dagen", deadline=day))
    refresh(place.store, RULES.trades, place.now)
    assert found(place, by="2026-12-04") == ["Hele dagen"]


@pytest.mark.parametrize(
    ("typed", "shown", "wrong"),
    [
        ("2026-12-04", "2026-12-04", False),
        ("04.12.2026", "2026-12-04", False),
        ("4.12.2026", "2026-12-04", False),
        ("20261204", "20261204", True),
        ("2026-W50-1", "2026-W50-1", True),
        ("2026-13-01", "2026-13-01", True),
        ("2026-12-04T10:00", "2026-12-04T10:00", True),
        ("２０２６-12-04", "２０２６-12-04", True),
    ],
)
def test_a_day_is_used_where_the_form_can_show_it(place: Place, typed: str, shown: str, wrong: bool) -> None:
    page = tree(place.visit(DOOR.lots("da", by=typed)))
    (field,) = page.xpath("//input[@name='by']")
    assert (field.get("value"), field.get("aria-invalid") == "true") == (shown, wrong)


def test_pages_that_answer_lead_to_the_published_ones(place: Place) -> None:
    town(place)
    for language, root in (("da", f"{TOWN.base_url}/"), ("en", f"{TOWN.base_url}/en/")):
        page = tree(place.visit(DOOR.lots(language)))
        assert page.xpath("//header//nav//a/@href")[0] == page.xpath("//header//p//a/@href")[0] == root
        led_to = {str(href).removeprefix(root) for href in page.xpath("//footer//nav//a/@href")}
        assert led_to == {
            f"{name}.html" for name in ("fag", "uger", "foelg", "om", "data", "effekt", "tilgaengelighed")
        }


def test_both_front_pages_say_whose_tasks_they_show() -> None:
    for language in ("da", "en"):
        w = words(language)
        whose = {"da": "fra X og andre offentlige ordregivere", "en": "from X and other public buyers"}[language]
        assert whose in w("search.front_lead", town="X")
        assert whose in w("site.front_lead", town="X")
