"""What the search in the browser is given: one part for each lot, and nothing in it that could become code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from notifier.lots import Organisation
from notifier.site.search import index_row
from notifier.site.sections import search
from tests.notifier.editions import content_of, documents_of, edition_of, made
from tests.notifier.examples import assessment, lot, lot_view, notice, some_lots
from tests.notifier.test_site import DA, EN, hostile, hostile_view


def rows_of(script: bytes) -> dict[str, list[Any]]:
    """The rows by slug: a script in the form of one call with JSON."""
    text = script.decode("utf-8")
    assert text.startswith("soegData({")
    assert text.endswith(",\n]});\n")
    data = json.loads(text.removeprefix("soegData(").removesuffix(",\n]});\n") + "]}")
    return {str(row[0]): row for row in data["rows"]}


def test_open_and_planned_lots_alone_are_searched_the_nearest_deadline_first() -> None:
    edition = edition_of()
    for path in ("soeg-da.js", "soeg-en.js"):
        rows = rows_of(made(search.SECTION, edition)[path])
        assert list(rows) == [lot.slug for lot in (*edition.open, *edition.planned)]


def test_a_row_has_title_buyer_place_trades_mark_and_cpv_names() -> None:
    view = lot_view(of_lot=lot(place="Nørrevang"))
    (row,) = rows_of(content_of(documents_of(search.SECTION, edition_of((view,)))["soeg-da.js"])).values()
    assert row[1:5] == ["Rengøring af skoler", "", 1, "Relevant"]
    assert row[5] == [0]
    assert row[6] == ["Frist for tilbud", "tirsdag 8. december 2026 kl. 12.00", "2026-12-08T12:00:00+01:00"]
    assert row[7] == ""
    assert row[8].startswith("Nørrevang")
    assert row[10:12] == ["Rengøring i Eksempelby Kommune", ""]
    assert row[12] == "Eksempelby Kommune 90911200 Rengøring af bygninger"


def test_another_buyer_than_the_town_is_shown_and_no_place_repeats_a_buyer() -> None:
    view = lot_view(of_lot=lot(place="Ellev Sygehus"), of_notice=notice(buyers=(Organisation("Ellev Sygehus"),)))
    (row,) = rows_of(content_of(documents_of(search.SECTION, edition_of((view,)))["soeg-da.js"])).values()
    assert (row[7], row[8]) == ("Ellev Sygehus", "Byen København")


def test_the_english_index_speaks_english_and_says_which_titles_do_not() -> None:
    (row,) = rows_of(made(search.SECTION, edition_of((lot_view(),)))["soeg-en.js"]).values()
    assert (row[1], row[2], row[12]) == (
        "Rengøring af skoler",
        "da",
        "Eksempelby Kommune 90911200 Building-cleaning services",
    )


def test_a_town_without_lots_has_an_index_without_rows() -> None:
    assert made(search.SECTION, edition_of(()))["soeg-da.js"].decode().endswith('"rows":[\n]});\n')


def test_when_one_lot_changed_one_row_is_made_anew() -> None:
    lots = some_lots()
    changed = [replace(lots[0], lot=replace(lots[0].lot, title="Ny titel")), *lots[1:]]
    before, after = (documents_of(search.SECTION, edition_of(views)) for views in (lots, changed))
    for path in ("soeg-da.js", "soeg-en.js"):
        held = {part.key for part in before[path].parts}
        assert [part.name for part in after[path].parts if part.key not in held] == [lots[0].uid]
    assert before["soeg.js"].parts == after["soeg.js"].parts


def test_contact_persons_are_not_searched() -> None:
    of_lot = lot(title="Rengøring (ea.holm@eksempelby.example)")
    view = lot_view(of_lot=of_lot, of_notice=notice(title="Kontakt: Ea Holm"))
    assert b"holm" not in index_row(view, DA).lower()


def test_a_trade_that_the_rules_no_longer_know_is_left_out() -> None:
    view = lot_view(judged=assessment(trades=("gone", "food")))
    assert json.loads(index_row(view, DA).removesuffix(b",\n"))[5] == [2]


@settings(deadline=None, max_examples=60)
@given(hostile)
def test_hostile_text_stays_text_in_the_index(text: str) -> None:
    for to in (DA, EN):
        row = index_row(hostile_view(text), to)
        assert b"<" not in row
        assert row.count(b"\n") == 1
        assert row.endswith(b",\n")
        assert not {"\u2028", "\u2029"} & set(row.decode("utf-8"))
        values = json.loads(row.removesuffix(b",\n"))
        assert len(values) == 13
        assert values[0] == hostile_view(text).slug
