"""Pages of trades and of agreements: what stands on them, what remains, and what is made anew."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from itertools import chain, pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.clock import COPENHAGEN
from notifier.door import Door
from notifier.errors import PublishError
from notifier.lots import AgreementView, Deadline, LotState, LotView, Money, Organisation, Verdict
from notifier.phrases import local_day
from notifier.publish import Published
from notifier.site.agreementpage import Phase, agreement_page, phase
from notifier.site.documents import Document, Edition, listed
from notifier.site.lists import LotRow, lot_row
from notifier.site.reader import Reader, reader
from notifier.site.rendering import agreement_path
from notifier.site.sections import agreements as of_agreements
from notifier.site.sections import trades as of_trades
from notifier.site.sections.agreements import groups
from tests.notifier.editions import publish
from tests.notifier.examples import (
    NOW,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    agreement_view,
    assessment,
    lot,
    lot_view,
    notice,
    some_agreements,
    some_lots,
)
from tests.notifier.test_site import check_page, hostile, hostile_view, said, section

DOOR = Door("https://svar.eksempelby.example")
DA, EN = (reader(language, TRADES, SOURCES) for language in ("da", "en"))
TODAY = local_day(NOW)


def edition(
    lots: tuple[LotView, ...] = (),
    agreements: tuple[AgreementView, ...] = (),
    now: dt.datetime = NOW,
    door: Door | None = None,
    former: tuple[AgreementView, ...] = (),
) -> Edition:
    return Edition(
        town=TOWN,
        now=now,
        readers=(DA, EN),
        lots=tuple(listed(view, now) for view in lots),
        agreements=agreements,
        runs=(),
        read=Handed(lots).of,
        trades=TRADES,
        sources=SOURCES,
        door=door,
        former=former,
    )


def made(document: Document) -> bytes:
    return b"".join(document.make([part.name for part in document.parts]))


def pages(of: Edition) -> dict[str, BeautifulSoup]:
    """Every page of trades and agreements, by its path."""
    documents = [document for one in (of_trades, of_agreements) for document in one.SECTION.documents(of)]
    return {document.path: BeautifulSoup(made(document), "lxml") for document in documents}


TOWNS = pages(edition(some_lots(), some_agreements(), door=DOOR))


def links(soup: BeautifulSoup | Tag) -> list[str]:
    return [str(link["href"]) for link in soup.select("a[href]")]


def put(
    folder: Path,
    lots: tuple[LotView, ...],
    agreements: tuple[AgreementView, ...] = (),
    now: dt.datetime = NOW,
    former: tuple[AgreementView, ...] = (),
    retracted: tuple[AgreementView, ...] = (),
) -> Published:
    return publish(
        Handed(lots),
        agreements,
        (),
        TOWN,
        folder,
        now,
        trades=TRADES,
        sources=SOURCES,
        former=former,
        retracted=retracted,
    )


# -- trades ------------------------------------------------------------------------------------------------------------


def test_every_trade_is_listed_in_plain_words_with_how_many_lots_it_has() -> None:
    lines = {said(line.select("a")[0]): line for line in TOWNS["fag.html"].select("main .line")}
    assert list(lines) == [trade.name_da for trade in TRADES]
    assert "3 åbne opgaver" in said(lines["Rengøring"])
    assert "1 planlagt udbud" in said(lines["Vask og tekstil"])
    assert "Rengøring af skoler, kontorer og institutioner" in said(lines["Rengøring"])
    english = {said(line.select("a")[0]): line for line in TOWNS["en/fag.html"].select("main .line")}
    assert "2 open tasks" in said(english["Food and canteens"])
    assert links(english["Food and canteens"]) == ["fag/food.html"]


def test_a_trade_has_all_its_open_lots_by_deadline_and_its_agreements_by_end() -> None:
    page = TOWNS["fag/cleaning.html"]
    assert links(section(page, "aabne")) == [
        f"../opgaver/{slug}.html"
        for slug in ("rengoering-af-idraetshaller-17a3", "rengoering-af-skoler-17a2", "collection-of-bicycles-51de")
    ]
    assert links(section(page, "aftaler")) == [
        "../aftaler/vinduespolering-3f.html",
        "../aftaler/moebler-aa01.html",
        "../aftaler/frugt-bb02.html",
        "../aftaler.html",
    ]
    assert "Klar Rude ApS" in said(section(page, "aftaler"))
    assert links(section(TOWNS["fag/textile.html"], "planlagt")) == ["../opgaver/genbrugsbutik-1919.html"]


def test_an_unsuitable_a_closed_and_a_hidden_lot_are_on_no_page_of_a_trade() -> None:
    hidden = replace(lot_view("skjult"), hidden=True)
    told = "".join(map(str, pages(edition((*some_lots(), hidden))).values()))
    for slug in ("motorvejsbro-3300", "haandklaeder-41aa", "vask-af-arbejdstoej-6d6d", "skjult"):
        assert slug not in told


def test_a_lot_of_two_trades_stands_under_both_and_names_the_other_alone() -> None:
    found = pages(edition((lot_view("to-fag", judged=assessment(trades=("cleaning", "green"))),)))
    for key, other in (("cleaning", "Grønt arbejde"), ("green", "Rengøring")):
        (line,) = found[f"fag/{key}.html"].select("#aabne ~ ul .line")
        assert links(line) == ["../opgaver/to-fag.html"]
        assert said(line.select(".where")[0]).startswith(f"Relevant · {other} · Byen København")


def test_a_trades_feeds_and_calendar_are_found_by_programs_and_by_people() -> None:
    for language, own in (("", TOWNS["fag/green.html"]), ("en/", TOWNS["en/fag/green.html"])):
        found = {str(tag["href"]) for tag in own.select("link[rel=alternate][type][title]")}
        home = "../" if not language else "../../en/"
        assert found >= {f"{home}fag/green.{ending}" for ending in ("xml", "json", "ics")}
        assert [link for link in links(section(own, "foelg")) if link.startswith("green.")] == [
            "green.xml",
            "green.json",
            "green.ics",
        ]


def test_one_signs_up_for_the_trade_where_there_is_a_door_and_else_is_told_whom_to_write_to() -> None:
    with_door, without = TOWNS["fag/food.html"], pages(edition(some_lots()))["fag/food.html"]
    assert DOOR.sign_up("da", trades="food") in links(with_door)
    assert DOOR.sign_up("en", trades="food") in links(TOWNS["en/fag/food.html"])
    assert TOWN.contact in said(section(without, "foelg"))
    assert not [link for link in links(without) if "tilmeld" in link]


def test_a_trade_without_anything_says_so_and_what_one_can_do() -> None:
    page = pages(edition((), (agreement_view(),)))["fag/cleaning.html"]
    main = page.select("main")[0]
    assert "Lige nu er der ingen opgaver i faget, hverken åbne eller planlagte" in said(main)
    offered = links(main.select("ul")[0])
    assert offered == ["#foelg", "#aftaler", "#andre"]
    assert all(page.find(id=link[1:]) for link in offered)
    empty = pages(edition(door=DOOR))["fag/green.html"].select("main")[0]
    assert "Vi kender ingen løbende aftaler i faget" in said(empty)
    assert links(empty)[0] == DOOR.sign_up("da", trades="green")
    assert "#aftaler" not in links(empty)


def _many(count: int) -> tuple[LotView, ...]:
    """Lots of one trade, the deadlines a day apart."""
    first = dt.datetime(2026, 12, 1, 12, tzinfo=COPENHAGEN)
    return tuple(
        lot_view(f"opgave-{number:03}", of_lot=lot(deadline=Deadline(first + dt.timedelta(days=number))))
        for number in range(count)
    )


@pytest.mark.long
def test_from_two_hundred_lots_on_a_trade_is_continued_on_further_pages_and_none_is_lost() -> None:
    planned = tuple(
        lot_view(f"plan-{number}", of_lot=lot(deadline=None), state=LotState.PLANNED) for number in range(3)
    )
    found = pages(edition((*_many(405), *planned), some_agreements()))
    names = ["fag/cleaning.html", "fag/cleaning-2.html", "fag/cleaning-3.html"]
    assert [name for name in found if name.startswith("fag/cleaning")] == names
    open_links = [links(found[name].select("#aabne ~ ul")[0]) for name in names]
    assert [len(there) for there in open_links] == [200, 200, 5]
    assert list(chain(*open_links)) == [f"../opgaver/opgave-{number:03}.html" for number in range(405)]
    assert links(section(found[names[0]], "planlagt")) == ["cleaning-3.html#planlagt"]
    assert len(section(found[names[2]], "planlagt").select(".line")) == 3
    for number, name in enumerate(names, 1):
        nav = found[name].select("nav[aria-label='Sider med opgaver i faget']")[0]
        assert links(nav) == [f"{Path(other).name}" for other in names]
        assert [said(link) for link in nav.select("[aria-current=page]")] == [f"Side {number}"]
    assert len({said(found[name].select("title")[0]) for name in names}) == 3
    assert [bool(found[name].find(id="aftaler")) for name in names] == [True, False, False]


def test_a_further_page_never_takes_the_name_of_another_trade() -> None:
    assert of_trades.file_name("food", 2, ["food", "food-2"]) not in ("food", "food-2")


@pytest.mark.long
def test_where_one_lot_changed_its_row_alone_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lots = _many(40)
    put(tmp_path, lots)
    rows: list[str] = []

    def counted(view: LotView, one: Reader) -> LotRow:
        rows.append(view.slug)
        return lot_row(view, one)

    monkeypatch.setattr(of_trades, "lot_row", counted)
    changed = replace(lots[7], lot=replace(lots[7].lot, title="Ny titel"))
    put(tmp_path, (*lots[:7], changed, *lots[8:]))
    assert rows == [changed.slug] * 2  # Danish and English
    page = BeautifulSoup((tmp_path / "fag/cleaning.html").read_bytes(), "lxml")
    assert said(page.select("#aabne ~ ul .line a")[7]) == "Ny titel"
    fresh = tmp_path / "fresh"
    put(fresh, (*lots[:7], changed, *lots[8:]))
    assert (fresh / "fag/cleaning.html").read_bytes() == (tmp_path / "fag/cleaning.html").read_bytes()


def test_a_lots_page_leads_to_the_pages_of_its_trades(tmp_path: Path) -> None:
    put(tmp_path, (lot_view(judged=assessment(trades=("cleaning", "green"))),))
    for folder in (tmp_path, tmp_path / "en"):
        page = BeautifulSoup((folder / "opgaver/rengoering-af-skoler-17a2.html").read_bytes(), "lxml")
        to = [link for link in links(section(page, "fakta")) if "/fag/" in link]
        assert to == ["../fag/cleaning.html", "../fag/green.html"]


# -- the list of agreements --------------------------------------------------------------------------------------------


def _ending(slug: str, end: dt.date | None, latest: dt.date | None = None, **changed: object) -> AgreementView:
    return agreement_view(slug, end=end, latest_end=latest, **{"options": "", **changed})


OF_ALL_KINDS = (
    _ending("ukendt-00", None),
    _ending("senere", dt.date(2027, 1, 1), dt.date(2029, 1, 1)),
    _ending("midt-i", dt.date(2025, 12, 31), dt.date(2027, 12, 31)),
    _ending("i-aar", dt.date(2026, 12, 31), dt.date(2026, 12, 31)),
    _ending("forbi", dt.date(2026, 11, 22), dt.date(2026, 11, 22)),
    _ending("laenge-siden", dt.date(2024, 1, 1), dt.date(2024, 1, 1)),
    _ending("forlaenget", dt.date(2026, 1, 1), options="Kan forlænges"),
)


def test_agreements_stand_by_the_year_in_which_the_buyer_has_to_decide_and_this_year_is_marked() -> None:
    found = [(group.heading, [view.slug for view in group.views]) for group in groups(OF_ALL_KINDS, DA, TODAY)]
    assert found == [
        ("2026 – udløber i år", ["i-aar"]),
        ("2027", ["senere", "midt-i"]),
        ("Uden kendt udløb", ["forlaenget", "ukendt-00"]),
        ("Udløbet", ["forbi", "laenge-siden"]),
    ]


@pytest.mark.parametrize(
    ("slug", "ends"),
    [
        ("senere", "1. januar 2027 – kan forlænges til 1. januar 2029"),
        ("midt-i", "31. december 2027 – hvis den er forlænget; ellers udløb den 31. december 2025"),
        ("i-aar", "31. december 2026"),
        ("forlaenget", "1. januar 2026 – kan være forlænget"),
        ("ukendt-00", "ikke oplyst"),
    ],
)
def test_a_row_says_when_it_runs_out_and_until_when_it_can_be_extended(slug: str, ends: str) -> None:
    row = pages(edition((), OF_ALL_KINDS))["aftaler.html"].find(id=slug)
    assert isinstance(row, Tag)
    assert said(row.select('[data-label="Udløber"]')[0]) == ends


def test_how_the_years_are_counted_is_told_once() -> None:
    text = said(pages(edition((), OF_ALL_KINDS))["aftaler.html"])
    assert text.count("det første udløb") == 1
    assert "talt med" not in text


def test_an_english_page_says_which_words_of_an_agreement_are_danish() -> None:
    made = pages(edition((), (agreement_view(), agreement_view("b", options="Ingen."))))
    row, none = (made["en/aftaler.html"].find(id=slug) for slug in ("vinduespolering-3f", "b"))
    assert isinstance(row, Tag)
    assert isinstance(none, Tag)
    assert [one.get_text() for one in row.select("[lang=da]")] == ["Vinduespolering", "6 måneder"]
    assert said(none.select('[data-label="Extension"]')[0]) == "None"
    page = made["en/aftaler/vinduespolering-3f.html"].select("main")[0]
    assert [one.get_text() for one in page.select("[lang=da]")] == [
        "Vinduespolering",
        "Eksempelby Kommune",
        "6 måneder",
        "Indkøbskontoret",
        "Eksempelby Kommunes udbudsside",
    ]
    assert not made["aftaler.html"].select("main [lang]")


def test_every_agreement_has_its_anchor_for_mails_and_a_link_to_its_page() -> None:
    for path in ("aftaler.html", "en/aftaler.html"):
        page = pages(edition((), OF_ALL_KINDS))[path]
        for view in OF_ALL_KINDS:
            row = page.find(id=view.slug)
            assert isinstance(row, Tag)
            assert row.name == "tr"
            assert links(row) == [f"aftaler/{view.slug}.html"]
        assert len(page.select("table caption")) == 4
        assert all(page.find(id=link[1:]) for link in links(page.select("main nav")[0]))


def test_a_town_without_agreements_says_so() -> None:
    assert "Der er ikke fundet nogen aftaler" in said(pages(edition())["aftaler.html"])


# -- an agreement's page -----------------------------------------------------------------------------------------------


def test_an_agreements_page_tells_who_what_until_when_and_where_it_stands() -> None:
    view = agreement_view(
        value=Money(Decimal(900_000)), cpv=("90911300",), contact="Vej og Park, ea@eksempelby.example"
    )
    text = said(pages(edition((), (view,)))["aftaler/vinduespolering-3f.html"].select("main")[0])
    for there in (
        "Løber",
        "Vinduespolering",
        "Klar Rude ApS (CVR 87654321)",
        "Aftalen udløber 31. december 2026, men den kan forlænges til senest 30. juni 2027.",
        "Begynder 1. juli 2023",
        "6 måneder",
        "Vej og Park",
        "900.000 kr. ekskl. moms",
        "90911300 (Vinduespudsning)",
        "Kan komme i udbud igen",
        "Det er ikke sikkert",
        "Først fundet 6. november 2026",
        "Eksempelby Kommunes udbudsside",
    ):
        assert there in text
    assert "ea@" not in text


def test_it_leads_to_its_trades_to_its_source_and_back() -> None:
    page = TOWNS["aftaler/vinduespolering-3f.html"]
    assert "../fag/cleaning.html" in links(section(page, "fakta"))
    assert links(section(page, "opgaver"))[0] == "../fag/cleaning.html#aabne"
    assert links(section(page, "kilde")) == ["https://www.eksempelby.example/indkoebsaftaler", "../aftaler.html"]
    assert TOWNS["fag/cleaning.html"].find(id="aabne")
    assert [link for link in links(TOWNS["aftaler/frugt-bb02.html"]) if "javascript" in link] == []


@pytest.mark.parametrize(
    ("slug", "stands", "until"),
    [
        ("ukendt-00", Phase.UNKNOWN, "Kilden oplyser ikke, hvornår aftalen udløber."),
        ("senere", Phase.RUNNING, "Aftalen udløber 1. januar 2027, men den kan forlænges til senest 1. januar 2029."),
        ("i-aar", Phase.RUNNING, "Aftalen udløber 31. december 2026."),
        ("forbi", Phase.OVER, "Aftalen udløb senest 22. november 2026."),
        ("forlaenget", Phase.EXTENDED, "Aftalen løb til 1. januar 2026. Den kan være forlænget, men vi kan ikke læse"),
    ],
)
def test_where_it_stands_is_told_by_its_dates(slug: str, stands: Phase, until: str) -> None:
    (view,) = (view for view in OF_ALL_KINDS if view.slug == slug)
    assert phase(view, TODAY) is stands
    assert agreement_page(view, DA, TODAY).until.startswith(until)


def test_an_end_that_nobody_said_is_the_latest_is_not_called_so() -> None:
    page = agreement_page(_ending("a", dt.date(2026, 1, 1)), DA, TODAY)
    assert page.until.startswith("Aftalen udløb 1. januar 2026, hvis den ikke er blevet forlænget.")


def test_it_runs_through_its_last_day_and_is_over_the_day_after() -> None:
    view = _ending("a", dt.date(2026, 12, 31), dt.date(2027, 6, 30))
    days = (dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2027, 6, 30), dt.date(2027, 7, 1))
    assert [phase(view, day) for day in days] == [Phase.RUNNING, Phase.EXTENDED, Phase.EXTENDED, Phase.OVER]


def test_its_page_says_when_it_is_over_and_is_else_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "aftaler/vinduespolering-3f.html"

    def on(day: str) -> tuple[bytes, int]:
        put(tmp_path, (), (agreement_view(),), now=dt.datetime.fromisoformat(f"{day}T06:00+01:00"))
        return page.read_bytes(), page.stat().st_mtime_ns

    first = on("2026-11-23")
    assert on("2026-12-31") == first
    assert "kan være forlænget til senest 30. juni 2027" in on("2027-01-01")[0].decode()
    assert "Aftalen udløb senest 30. juni 2027" in on("2028-03-01")[0].decode()


def test_the_page_of_an_agreement_that_its_source_shows_no_more_remains_and_says_so(tmp_path: Path) -> None:
    view = agreement_view()
    put(tmp_path, (), (view,))
    page = tmp_path / "aftaler/vinduespolering-3f.html"
    put(tmp_path, (), (), former=(replace(view, last_seen=NOW),))
    told = page.read_text(encoding="utf-8")
    assert "Vi så den der sidst 23. november 2026. Spørg ordregiveren, om den stadig gælder." in told
    put(tmp_path, (), (), now=NOW + dt.timedelta(days=400), former=(replace(view, last_seen=NOW),))
    over = page.read_text(encoding="utf-8")
    assert "Aftalen udløb senest 30. juni 2027" in over
    assert "Spørg ordregiveren" not in over
    assert view.slug not in (tmp_path / "aftaler.html").read_text(encoding="utf-8")
    assert put(tmp_path, ()).removed == 0
    assert page.is_file()


def test_the_page_of_an_agreement_that_turned_out_not_to_be_goes(tmp_path: Path) -> None:
    view = agreement_view()
    put(tmp_path, (), (view,))
    put(tmp_path, (), (), retracted=(view,))
    assert not list(tmp_path.rglob("vinduespolering*"))


def test_an_agreements_page_names_no_lot_for_a_lot_may_be_taken_off_and_the_page_remains() -> None:
    told = "".join(str(page) for path, page in TOWNS.items() if "aftaler/" in path)
    assert told
    assert not [view.slug for view in some_lots() if view.slug in told]


@pytest.mark.parametrize("slug", ["", "../x", "a/b", "A", "å", "a" * 201])
def test_a_slug_that_is_no_safe_file_name_is_refused(slug: str) -> None:
    with pytest.raises(PublishError, match="letters a-z"):
        agreement_path(slug)


# -- every page --------------------------------------------------------------------------------------------------------


def _data(page: BeautifulSoup) -> dict[str, object]:
    (script,) = page.select("script[type='application/ld+json']")
    found: dict[str, object] = json.loads(script.get_text())
    return found


def test_programs_are_told_what_a_page_is_about() -> None:
    told = _data(TOWNS["en/aftaler/vinduespolering-3f.html"])
    assert (told["@context"], told["@type"], told["inLanguage"]) == ("https://schema.org", "WebPage", "en")
    assert told["mainEntity"] == {
        "@type": "Service",
        "name": "Vinduespolering",
        "serviceType": ["Cleaning"],
        "provider": {"@type": "Organization", "name": "Klar Rude ApS", "identifier": "87654321"},
        "offers": {"@type": "Offer", "validFrom": "2023-07-01", "validThrough": "2027-06-30"},
    }
    bare = agreement_view(start=None, end=None, latest_end=None, supplier=Organisation(""))
    (page,) = (
        found for path, found in pages(edition((), (bare,))).items() if path == "aftaler/vinduespolering-3f.html"
    )
    assert _data(page)["mainEntity"] == {"@type": "Service", "name": "Vinduespolering", "serviceType": ["Rengøring"]}
    assert _data(TOWNS["fag/food.html"])["about"] == {"@type": "Thing", "name": "Mad og kantine"}


def test_every_page_of_trades_and_agreements_can_be_walked_by_a_screen_reader() -> None:
    titles = set()
    for path, page in TOWNS.items():
        assert page.select("html")[0]["lang"] == ("en" if path.startswith("en/") else "da")
        levels = [int(str(heading.name)[1]) for heading in page.select("h1, h2, h3, h4")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        ids = [str(tag["id"]) for tag in page.select("[id]")]
        assert len(ids) == len(set(ids)), path
        assert {str(tag["aria-labelledby"]) for tag in page.select("[aria-labelledby]")} <= set(ids)
        assert all(said(link) for link in page.select("a"))
        assert all(table.select("caption") and table.select("th[scope]") for table in page.select("table"))
        assert page.select("nav a[aria-current=page]"), path
        titles.add((page.select("html")[0]["lang"], said(page.select("title")[0])))
    assert len(titles) == len(TOWNS)


@pytest.mark.long
@settings(deadline=None, max_examples=30)
@given(hostile)
def test_hostile_text_stays_text_on_pages_of_trades_and_agreements(text: str) -> None:
    view = replace(hostile_view(text), slug="a", assessment=assessment(Verdict.POSSIBLE))
    agreement = agreement_view(
        "b", title=text, options=text, contact=text, url=text, supplier=Organisation(text, text), cpv=(text,)
    )
    agreement = replace(agreement, trades=("cleaning", text))
    told = edition((replace(view, lot=replace(view.lot, deadline=None)),), (agreement,))
    for path in ("fag.html", "fag/cleaning.html", "en/fag/cleaning.html", "aftaler.html", "en/aftaler/b.html"):
        (document,) = (
            one for of in (of_trades, of_agreements) for one in of.SECTION.documents(told) if one.path == path
        )
        page = BeautifulSoup(made(document), "lxml")
        for script in page.select("script"):
            assert script.attrs == {"type": "application/ld+json"}
            assert json.loads(script.get_text())
            script.decompose()
        check_page(page.encode())
        if path != "fag.html":
            assert "<!--" not in str(page)


@settings(deadline=None)
@given(st.sampled_from(["<!--rows-->", "a<!--rows-->b"]))
def test_a_title_that_looks_like_the_place_for_rows_is_a_title(title: str) -> None:
    lots = (lot_view("a", of_lot=lot(title=title), of_notice=notice(title=title)),)
    page = pages(edition(lots, (agreement_view("b", title=title),)))["fag/cleaning.html"]
    assert said(section(page, "aabne").select("a")[0]) == title
    assert said(section(page, "aftaler").select("a")[0]) == title


def test_the_list_of_trades_counts_agreements_as_well() -> None:
    (line,) = [line for line in TOWNS["fag.html"].select(".line") if line.select("a[href='fag/cleaning.html']")]
    assert said(line.select(".when")[0]) == "3 åbne opgaver, 3 aftaler"
