"""Lots as rows of lists: what changes them, and what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.catalogue import Followed, refresh, rows_of
from notifier.lots import Stage, Verdict
from notifier.store.catalogue import Wanted
from tests.bench import many_lots
from tests.notifier.web.make import RULES, Place, lot, noon


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.at(tmp_path)


def titles(place: Place, **wanted: object) -> list[str]:
    refresh(place.store, RULES.trades, place.now)
    found = place.store.catalogue.public(Wanted(**wanted), place.now, "da", offset=0, limit=20)  # type: ignore[arg-type]
    return [rows_of(one).row.title.words for one in found]


def test_what_was_published_is_found_by_part_of_a_word_and_by_its_filters(place: Place) -> None:
    place.hold(lot("Skolerengøring"), key="1-2026")
    place.hold(lot("Havearbejde", cpv_main="77310000"), key="2-2026", title="Parker", verdict=Verdict.POSSIBLE)
    place.hold(lot("Motorvej"), key="3-2026", verdict=Verdict.UNSUITABLE)
    assert titles(place) == ["Skolerengøring", "Havearbejde"]
    assert titles(place, text="rengøring") == ["Skolerengøring"]
    assert titles(place, verdict=Verdict.POSSIBLE) == ["Havearbejde"]
    assert titles(place, trade="cleaning", text="have") == ["Havearbejde"]
    assert titles(place, text='" OR * (') == ["Skolerengøring", "Havearbejde"]


def test_what_was_not_published_is_not_public(place: Place) -> None:
    view = place.hold(lot("Skolerengøring"), published=False)
    assert titles(place) == []
    place.publish()
    assert titles(place) == ["Skolerengøring"]
    place.store.publications.forget([view.uid])
    assert titles(place) == []


def test_rows_are_made_anew_when_the_words_are_others(place: Place) -> None:
    place.hold(lot("Skolerengøring"))
    assert refresh(place.store, RULES.trades, place.now) == 1
    assert refresh(place.store, RULES.trades, place.now) == 0
    assert refresh(place.store, RULES.trades[:-1], place.now) == 1


def test_whoever_waits_for_one_lot_does_not_wait_for_all(place: Place) -> None:
    view = place.hold(lot("Skolerengøring"))
    place.hold(lot("Rengøring af haller"), key="2-2026")
    assert refresh(place.store, RULES.trades, place.now, only=[view.uid]) == 1
    assert place.store.catalogue.stale() == ("P2-2026/LOT-0001",)


def test_what_is_done_outside_the_places_that_are_followed_is_on_no_list(place: Place) -> None:
    place.hold(lot("Skolerengøring", nuts=("DK050",)))
    everywhere, here = Followed(), Followed(("DK01",))
    for scope, shown in ((everywhere, 1), (here, 0), (everywhere, 1)):
        refresh(place.store, RULES.trades, place.now, followed=scope)
        assert place.store.catalogue.count_public(Wanted(), place.now) == shown
        assert place.store.catalogue.count_staff(Wanted(), place.now) == shown


def test_an_officers_word_moves_a_lot(place: Place) -> None:
    view = place.hold(lot("Skolerengøring"))
    assert titles(place) == ["Skolerengøring"]
    place.store.tags.add(view.uid, Verdict.UNSUITABLE, who="Anna", why="nej", now=place.now)
    assert titles(place) == []
    place.store.tags.remove(view.uid, who="Anna", now=place.now)
    assert titles(place) == ["Skolerengøring"]


@pytest.mark.parametrize("planned", [False, True])
def test_what_has_passed_is_no_longer_among_what_can_be_chosen_from(place: Place, planned: bool) -> None:
    stage = Stage.PLANNING if planned else Stage.CALL
    view = place.hold(lot("Rengøring", deadline=noon(1)), stage=stage)
    place.store.tags.add(view.uid, Verdict.SUITABLE, who="Anna Lund", why="x", now=place.now)
    refresh(place.store, RULES.trades, place.now)
    queue, catalogue = place.store.queue, place.store.catalogue
    assert (len(queue.buyers()), queue.taggers(), len(catalogue.sources())) == (1, ("Anna Lund",), 1)
    place.later(days=40)
    assert refresh(place.store, RULES.trades, place.now) == 1
    assert (queue.buyers(), queue.taggers(), catalogue.sources()) == ((), (), ())
    assert refresh(place.store, RULES.trades, place.now) == 0  # once, and not in each run again


def test_the_many_lots_that_are_measured_are_as_the_program_writes_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_lots, "_MADE", 4)
    many_lots.fill(place.store, 40, RULES, place.now)

    def kept() -> list[list[tuple[object, ...]]]:
        tables = ("catalogue", "catalogue_words", "catalogue_trades")
        return [place.dump_of(f"SELECT * FROM {table} ORDER BY lot_id") for table in tables]

    written = kept()
    place.store.catalogue.make_anew()
    assert refresh(place.store, RULES.trades, place.now) == 40
    assert kept() == written
