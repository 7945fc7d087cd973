"""A lot's page for anybody: as the public site has it, and only where the public site has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from lxml import html
from werkzeug.test import TestResponse

from notifier.catalogue import refresh
from notifier.lots import LotView, Organisation, Stage, Verdict
from notifier.site.lotpage import lot_page
from notifier.site.reader import reader
from notifier.site.rendering import render_lot
from notifier.site.tender import around, tender_path
from notifier.words import words
from tests.notifier.web.make import DOOR, RULES, TOWN, Place, lot, noon, tree


def article(page: html.HtmlElement) -> str:
    """All that a lot's page says of it, with its links; those to pages beside it by their names alone."""
    (found,) = page.xpath("//article")
    for link in found.iter("a"):
        if not link.get("rel"):
            link.set("href", link.get("href").rpartition("/")[2].removesuffix(".html"))
    return " ".join(html.tostring(found, encoding="unicode").split())


@pytest.mark.parametrize("language", ["da", "en"])
def test_it_says_what_the_public_site_says(place: Place, language: str) -> None:
    view = place.hold(
        lot(description="Daglig rengøring.\n\nOgså vinduer.", additional_information="Se bilag."),
        lot("Vinduer", "LOT-0002"),
        url="https://udbud.example/1",
    )
    others = [one for one in place.store.lots.views(place.now) if one.uid != view.uid]
    one = reader(language, RULES.trades)
    static = html.document_fromstring(render_lot(view.slug, lot_page(view, others, one, place.now), TOWN, one).content)
    response = place.visit(DOOR.lot(view.slug, language))
    page = tree(response)
    assert article(page) == article(static)
    assert page.xpath("//link[@rel='canonical']/@href") == static.xpath("//link[@rel='canonical']/@href")
    assert response.headers["Cache-Control"] == "public, max-age=60"


def test_its_links_lead_to_the_other_lots_of_the_tender(place: Place) -> None:
    view = place.hold(lot(), lot("Vinduer", "LOT-0002"))
    (link,) = tree(place.visit(DOOR.lot(view.slug, "en"))).xpath("//section[@aria-labelledby='andre']//a/@href")
    assert link.startswith(f"{DOOR.address}/en/tasks/vinduer")
    assert place.visit(link).status_code == 200


def _told(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status_code, answer.data, sorted(answer.headers)


@pytest.mark.parametrize("language", ["da", "en"])
def test_one_that_is_not_public_is_answered_as_one_that_does_not_exist(place: Place, language: str) -> None:
    kept = [
        place.hold(lot("Endnu ikke vist"), key="1-2026", published=False),
        place.hold(lot("Motorvej"), key="2-2026", verdict=Verdict.UNSUITABLE, published=False),
        place.hold(lot("Ikke vurderet"), key="3-2026", assessed=False, published=False),
    ]
    nothing = _told(place.visit(DOOR.lot("ingen-opgave-12345678", language)))
    assert words(language)("web.no_lot_title") in nothing[1].decode()
    assert words(language)("web.not_found_title") not in nothing[1].decode()
    assert nothing[0] == 404
    for view in kept:
        assert _told(place.visit(DOOR.lot(view.slug, language))) == nothing


def test_whatever_officers_say_of_one_is_answered_alike_until_the_site_is_published(place: Place) -> None:
    view = place.hold()
    nothing = _told(place.visit(DOOR.lot("ingen-opgave-12345678", "da")))
    assert place.visit(DOOR.lot(view.slug, "da")).status_code == 200
    answers = []
    for verdict in (Verdict.RESERVED, Verdict.POSSIBLE, Verdict.UNSUITABLE):
        place.store.tags.add(view.uid, verdict, who="Anna", why="hemmeligt", now=place.now)
        answers.append(_told(place.visit(DOOR.lot(view.slug, "da"))))
        place.later(minutes=1)
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 302
    place.store.publications.forget([view.uid])  # as publishing does with what is not suitable
    assert _told(place.visit(DOOR.lot(view.slug, "da"))) == nothing


def test_one_that_officers_hid_is_gone_at_once(place: Place) -> None:
    view = place.hold()
    place.store._database.write("UPDATE lots SET hidden = 1 WHERE uid = ?", (view.uid,))
    assert place.visit(DOOR.lot(view.slug, "da")).status_code == 404


def test_what_is_newer_than_the_public_site_is_not_told_and_what_is_published_is_shown_there(place: Place) -> None:
    view = place.hold()
    place.hold(lot("Rengøring af fem skoler"), published=False)
    answer = place.visit(DOOR.lot(view.slug, "da"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{TOWN.base_url}/opgaver/{view.slug}.html"
    assert b"fem skoler" not in answer.data
    place.publish()
    assert "Rengøring af fem skoler" in place.visit(DOOR.lot(view.slug, "da")).get_data(as_text=True)


def test_its_page_stays_when_its_deadline_has_passed(place: Place) -> None:
    view = place.hold(lot(deadline=noon(8)))
    refresh(place.store, RULES.trades, place.now)
    place.moment[0] = noon(9).at
    page = place.visit(DOOR.lot(view.slug, "da"))
    assert page.status_code == 200
    assert "Fristen er udløbet" in page.get_data(as_text=True)


def test_an_old_name_leads_to_the_page_for_ever(place: Place) -> None:
    place.hold(lot("Rengøring"), key="1-2026", published=False)
    place.hold(lot("Rengøring"), key="9-2026", stage=Stage.AWARD, procedure_id="P9-2026", published=False)
    old = next(one for one in place.store.lots.views(place.now) if one.notice.key == "9-2026")
    new = next(one for one in place.store.lots.views(place.now) if one.notice.key == "1-2026")
    with place.store.transaction():
        database = place.store._database
        database.write(
            "INSERT INTO lot_aliases (uid, slug, lot_id) SELECT 'old', 'et-gammelt-navn', id FROM lots WHERE uid = ?",
            (new.uid,),
        )
    assert old.slug != new.slug
    nothing = _told(place.visit(DOOR.lot("ingen-opgave-12345678", "da")))
    assert _told(place.visit(DOOR.lot("et-gammelt-navn", "da"))) == nothing  # nor does it tell what is not public
    place.publish()
    answer = place.visit(DOOR.lot("et-gammelt-navn", "da"))
    assert (answer.status_code, answer.headers["Location"]) == (301, DOOR.lot(new.slug, "da"))


def test_similar_tasks_are_a_sign_up_away(place: Place) -> None:
    view = place.hold()
    (link,) = tree(place.visit(DOOR.lot(view.slug, "da"))).xpath("//a[.='Få lignende opgaver på mail']/@href")
    assert link == DOOR.sign_up("da", trades="cleaning")
    assert tree(place.visit(link)).xpath("//input[@name='trades'][@checked]/@value") == ["cleaning"]


def test_a_hidden_lot_is_no_sibling(place: Place) -> None:
    view = place.hold(lot(), lot("Vinduer", "LOT-0002"))
    other = next(one for one in place.store.lots.views(place.now) if one.uid != view.uid)
    place.store._database.write("UPDATE lots SET hidden = 1 WHERE uid = ?", (other.uid,))
    assert replace(other, hidden=True).public is False
    assert tree(place.visit(DOOR.lot(view.slug, "da"))).xpath("//section[@aria-labelledby='andre']") == []


def test_the_window_title_names_the_town_once(place: Place) -> None:
    own = place.hold(key="1-2026", buyers=(Organisation(TOWN.name),))
    other = place.hold(key="2-2026", buyers=(Organisation("Nabokøbing Kommune"),))
    titles = [tree(place.visit(DOOR.lot(view.slug, "da"))).findtext(".//title") for view in (own, other)]
    assert titles == [
        f"Rengøring af fire skoler – {TOWN.name}",
        f"Rengøring af fire skoler – Nabokøbing Kommune – {TOWN.name}",
    ]


def test_of_many_lots_it_names_those_that_the_public_site_names_and_leads_to_all(place: Place) -> None:
    view = place.hold(*(lot(f"Tur {number}", f"LOT-{number:04}") for number in range(1, 121)))
    every = sorted(place.store.lots.views(place.now), key=lambda one: (one.first_seen, one.uid))
    number = [one.uid for one in every].index(view.uid)
    read, real = list[str](), place.store.lots.views

    def views(_: object, now: dt.datetime, *, uids: Sequence[str]) -> Iterator[LotView]:
        read.extend(uids)
        return real(now, uids=uids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(place.store.lots), "views", views)
        page = tree(place.visit(DOOR.lot(view.slug, "da")))
    links = page.xpath("//section[@aria-labelledby='andre']//li/a/@href")
    assert [link.rpartition("/")[2] for link in links] == [one.slug for one in around(every, number)]
    assert len(read) <= 30
    (way,) = page.xpath(f"//section[@aria-labelledby='andre']//a[.='{words('da')('tender.all')}']/@href")
    assert way == f"{TOWN.base_url}/{tender_path(view.procedure)}"


def test_its_trades_are_a_page_away(place: Place) -> None:
    view = place.hold()
    for language in ("da", "en"):
        (link,) = tree(place.visit(DOOR.lot(view.slug, language))).xpath("//article//td/a/@href")
        assert link == DOOR.trade("cleaning", language)
        assert place.visit(link).status_code == 200
