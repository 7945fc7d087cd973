"""A page for each trade, and agreements that anybody may search."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from notifier.catalogue import refresh
from notifier.lots import Agreement, Organisation, Stage, Verdict
from notifier.site.reader import reader
from notifier.site.trades import explained
from notifier.suitability import Trade
from tests.notifier.web.make import DOOR, NOW, RULES, Place, lot, said, tree


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_trade_of_the_shipped_rules_is_told_in_plain_words(place: Place, language: str) -> None:
    one, told = reader(language, RULES.trades), set[str]()
    for trade in RULES.trades:
        about = explained(trade, one)
        assert about.endswith(".")
        assert 30 < len(about) < 130
        assert about in said(place.visit(DOOR.trade(trade.key, language)))
        told.add(about)
    assert len(told) == len(RULES.trades)


def test_a_trade_that_a_town_adds_is_told_by_the_names_of_its_codes() -> None:
    own = Trade("beekeeping", "Biavl", "Beekeeping", cpv=("77310000",))
    assert explained(own, reader("da", [own])) == "Fx tilplantning og vedligeholdelse af grønne områder."
    assert explained(replace(own, cpv=()), reader("da", [own])) == ""


def test_its_page_has_what_is_open_what_is_planned_and_what_runs_out(place: Place) -> None:
    place.hold(lot("Skolerengøring"), key="1-2026")
    place.hold(lot("Rengøring næste år", deadline=None), key="2-2026", stage=Stage.PLANNING)
    place.hold(lot("Skjult rengøring"), key="3-2026", verdict=Verdict.UNSUITABLE)
    place.agreement()
    refresh(place.store, RULES.trades, place.now)
    page = tree(place.visit(DOOR.trade("cleaning", "da")))
    assert page.xpath("//section[@aria-labelledby='open']//li/a/text()") == ["Skolerengøring"]
    assert page.xpath("//section[@aria-labelledby='planned']//li/a/text()") == ["Rengøring næste år"]
    assert "Vinduespolering" in page.xpath("string(//section[@aria-labelledby='agreements'])")
    (button,) = page.xpath("//a[@class='button']/@href")
    assert tree(place.visit(button)).xpath("//input[@name='trades'][@checked]/@value") == ["cleaning"]
    (all_of_them,) = page.xpath("//section[@aria-labelledby='open']//p/a/@href")
    assert len(tree(place.visit(all_of_them)).xpath("//ul[@class='lines']/li")) == 2


def test_a_trade_that_nobody_knows_has_no_page(place: Place) -> None:
    assert place.visit("/fag/egyptologi").status_code == 404
    assert place.visit("/en/trade/egyptology").status_code == 404


# -- agreements --------------------------------------------------------------------------------------------------------


def _agreements(place: Place) -> None:
    for number, (title, supplier, end) in enumerate(
        [("Vinduespolering", "Klar Rude ApS", dt.date(2027, 3, 1)), ("Kaffe", "Bønnen A/S", dt.date(2027, 9, 1)),
         ("Kopimaskiner", "Papir ApS", dt.date(2029, 1, 1)), ("Frugt", "Æblet ApS", None)]
    ):  # fmt: skip
        agreement = Agreement("town", f"a{number}", title, end=end, supplier=Organisation(supplier))
        place.store.agreements.hold(agreement, NOW)
    for view in place.store.agreements.waiting("1"):
        trades = ("cleaning",) if view.agreement.title.startswith("Vindue") else ("catering",)
        place.store.agreements.save_trades(view.uid, trades, "1", NOW)
    place.publish()
    place.store.agreements.hold(Agreement("town", "new", "Endnu ikke offentlig"), NOW)


def _titles(place: Place, language: str = "da", **wanted: str) -> list[str]:
    page = tree(place.visit(DOOR.agreements(language, **wanted)))
    return [one.text_content().split("\n")[0].split(" Rengøring")[0].split(" Kantine")[0].strip()
            for one in page.xpath("//tbody//th")]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "those"),
    [
        ({}, ["Vinduespolering", "Kaffe", "Kopimaskiner", "Frugt"]),
        ({"q": "bønn"}, ["Kaffe"]),
        ({"q": "polering rude"}, ["Vinduespolering"]),
        ({"trade": "cleaning"}, ["Vinduespolering"]),
        ({"within": "6"}, ["Vinduespolering"]),
        ({"within": "12"}, ["Vinduespolering", "Kaffe"]),
        ({"within": "12", "trade": "catering"}, ["Kaffe"]),
        ({"q": "tagpap"}, []),
        ({"q": "offentlig"}, []),
        ({"page": "2"}, []),
    ],
    ids=str,
)
def test_agreements_are_found_by_words_trade_and_end(place: Place, wanted: dict[str, str], those: list[str]) -> None:
    _agreements(place)
    assert _titles(place, **wanted) == those


def test_an_agreement_that_the_site_does_not_tell_yet_is_not_told_here(place: Place) -> None:
    _agreements(place)
    assert "Endnu ikke offentlig" not in said(place.visit(DOOR.agreements("da")))
    assert "Endnu ikke offentlig" not in said(place.visit(DOOR.agreements("en", q="offentlig")))
