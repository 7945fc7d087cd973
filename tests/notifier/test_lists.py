"""The front page's choice and size, the lists by month, and that few parts are made anew when few lots changed."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from notifier.door import Door
from notifier.lots import AgreementView, Deadline, LotState, LotView, Organisation, RunStatus
from notifier.press import Press
from notifier.site.documents import Document
from notifier.site.sections import front, lists, search
from tests.notifier.editions import content_of, documents_of, edition_of, made
from tests.notifier.examples import (
    NOW,
    TRADES,
    agreement_view,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    run,
    some_lots,
)

MARK_PAGES = {f"maerker/{mark}.html" for mark in ("reserved", "suitable", "possible")}
LONG = "Rengøring, vinduespolering og måtteservice på skoler og i daginstitutioner i hele bydelen, delaftale "


def numbered(number: int, day: str = "2026-12-08", **changed: object) -> LotView:
    return lot_view(f"opgave-{number:04}", of_lot=lot(title=f"Opgave {number}", deadline=Deadline(at(day)), **changed))


def links(page: bytes) -> list[str]:
    return [str(link["href"]) for link in BeautifulSoup(page, "lxml").select("ul.lines > li > a")]


# -- lists by the month of their deadline --------------------------------------------------------------------------


def test_every_open_lot_stands_on_the_list_of_its_month_and_every_list_is_led_to() -> None:
    files = made(lists.SECTION, edition_of())
    by_month = {path: links(page) for path, page in files.items() if path.startswith("frister/")}
    assert {path: len(found) for path, found in by_month.items()} == {
        "frister/2026-12.html": 4,
        "frister/2027-01.html": 1,
        "frister/uden-frist.html": 1,
        "frister/planlagt.html": 1,
    }
    shown = {Path(link).stem for found in by_month.values() for link in found}
    assert shown == {lot.slug for lot in (*edition_of().open, *edition_of().planned)}
    led_to = {
        str(link["href"])
        for link in BeautifulSoup(files["opgaver.html"], "lxml").select("[aria-labelledby=efter-frist] a")
    }
    assert led_to == set(by_month)


def test_a_month_is_that_of_copenhagen() -> None:
    late = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    files = made(lists.SECTION, edition_of((lot_view(of_lot=lot(deadline=Deadline(late))),)))
    assert "frister/2027-01.html" in files
    assert "fredag 1. januar 2027 kl. 00.30" in files["frister/2027-01.html"].decode()
    # Where the source names a day and no hour, it is the day that it names.
    named = dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.timezone(dt.timedelta(hours=-3)))
    files = made(lists.SECTION, edition_of((lot_view(of_lot=lot(deadline=Deadline(named, time_known=False))),)))
    assert "frister/2026-12.html" in files


def test_a_long_month_goes_on_on_further_pages_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lists.ROWS == 300
    monkeypatch.setattr(lists, "ROWS", 30)
    files = made(lists.SECTION, edition_of([numbered(number) for number in range(65)]))
    pages = [files[f"frister/2026-12{end}.html"] for end in ("", "-2", "-3")]
    assert [len(links(page)) for page in pages] == [30, 30, 5]
    assert len({link for page in pages for link in links(page)}) == 65
    for number, page in enumerate(pages, 1):
        ways = BeautifulSoup(page, "lxml").select("nav[aria-label='Sider på listen'] a")
        assert [str(way["href"]) for way in ways] == [f"../frister/2026-12{end}.html" for end in ("", "-2", "-3")]
        assert [way.get_text() for way in ways if way.has_attr("aria-current")] == [f"Side {number}"]
    assert len({str(BeautifulSoup(page, "lxml").title) for page in pages}) == 3


def test_the_page_of_all_shows_the_nearest_hundred_and_says_where_the_others_are() -> None:
    page = made(lists.SECTION, edition_of([numbered(number) for number in range(130)]))["opgaver.html"]
    assert links(page) == [f"opgaver/opgave-{number:04}.html" for number in range(100)]
    text = BeautifulSoup(page, "lxml").get_text(" ")
    assert "Her er de 100 med nærmeste frist" in text
    assert "130 opgaver" in text


def test_lists_without_script_are_whole_and_the_field_of_the_search_is_hidden() -> None:
    soup = BeautifulSoup(made(lists.SECTION, edition_of())["opgaver.html"], "lxml")
    assert soup.select_one("form#soeg[hidden]")
    assert soup.select_one("#soeg-svar[hidden]")
    assert not soup.select_one("#lister[hidden]")


def test_neighbouring_lists_lead_to_each_other() -> None:
    files = made(lists.SECTION, edition_of())
    order = ["2026-12", "2027-01", "uden-frist", "planlagt"]
    for one, next_one in pairwise(order):
        assert f'href="../frister/{next_one}.html"' in files[f"frister/{one}.html"].decode()
        assert f'href="../frister/{one}.html"' in files[f"frister/{next_one}.html"].decode()


@pytest.mark.parametrize("language", ["", "en/"])
def test_a_town_without_lots_has_lists_that_say_so(language: str) -> None:
    files = made(lists.SECTION, edition_of(()))
    assert {path for path in files if not path.startswith("en/")} - MARK_PAGES == {
        "opgaver.html",
        "frister/planlagt.html",
    }
    assert links(files[f"{language}opgaver.html"]) == []


# -- what is made anew ---------------------------------------------------------------------------------------------


def new_parts(before: Document, after: Document) -> list[str]:
    held = {part.key for part in before.parts}
    return [part.name for part in after.parts if part.key not in held]


def test_when_one_lot_changed_only_its_row_is_made_anew() -> None:
    lots = [numbered(number) for number in range(40)]
    changed = [replace(lots[7], lot=replace(lots[7].lot, title="Ny titel")), *lots[:7], *lots[8:]]
    asked: list[str] = []
    before, after = edition_of(lots), edition_of(changed, asked=asked)
    olds, news = (documents_of(lists.SECTION, edition) for edition in (before, after))
    assert olds.keys() == news.keys()
    parts = {path: new_parts(old, news[path]) for path, old in olds.items()}
    uid = lots[7].uid
    assert {path: names for path, names in parts.items() if names} == {
        f"{folder}{path}": [uid]
        for folder in ("", "en/")
        for path in ("opgaver.html", "frister/2026-12.html", "maerker/suitable.html")
    }
    assert b"Ny titel" in b"".join(news["opgaver.html"].make([uid]))
    assert asked == [uid]


def test_a_page_composed_of_old_and_new_parts_is_the_one_made_from_nothing(tmp_path: Path) -> None:
    lots = [numbered(number, day) for number, day in enumerate(("2026-12-08", "2026-12-09", "2027-01-11") * 20)]
    fewer = [replace(lots[3], state=LotState.CANCELLED), *lots[4:30], *lots[31:], numbered(900, "2026-12-03")]

    def put(folder: Path, views: list[LotView]) -> dict[str, bytes]:
        press, edition = Press(folder, lambda *_: False), edition_of(views)
        for section in (search.SECTION, lists.SECTION):
            press.put(section.documents(edition))
        press.finish({})
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("[a-z0-9]*.*")}

    put(tmp_path / "a", lots)
    composed = put(tmp_path / "a", fewer)
    assert composed == put(tmp_path / "b", fewer)
    assert b"opgave-0900" in composed["frister/2026-12.html"]
    assert b"opgave-0900" in composed["soeg-da.js"]


def test_a_row_says_the_same_in_every_list() -> None:
    files = made(lists.SECTION, edition_of((lot_view(),)))
    nearest, month = (
        str(BeautifulSoup(files[path], "lxml").select("ul.lines > li")[0])
        for path in ("opgaver.html", "frister/2026-12.html")
    )
    assert month.replace('href="../', 'href="') == nearest


# -- the front page ------------------------------------------------------------------------------------------------


def a_full_town() -> tuple[list[LotView], list[AgreementView]]:
    """Long titles, reservations, reasons and demands everywhere."""
    reserved = next(view for view in some_lots() if view.slug.startswith("pleje"))
    judged = reserved.assessment or assessment()
    lots = [
        lot_view(
            f"{'rengoering-og-vinduespolering-' * 3}{number:08x}",
            of_lot=lot(
                title=f"{LONG * 3}{number}",
                place=LONG,
                reserved=("res-ws",),
                deadline=Deadline(at("2026-12-01" if number < 60 else "2027-02-01")),
            ),
            of_notice=notice(title=f"{LONG * 3}i alt {number}", buyers=(replace(notice().buyer, name=LONG * 2),)),
            judged=replace(judged, trades=tuple(trade.key for trade in TRADES), demands=assessment().demands),
            state=LotState.PLANNED if number >= 180 else LotState.OPEN,
            first_seen=NOW,
        )
        for number in range(200)
    ]
    return lots, [agreement_view(f"aftale-{number}", title=LONG * 2, latest_end=None) for number in range(40)]


def test_a_full_towns_front_page_is_under_60_kb_with_everything_that_it_loads() -> None:
    lots, agreements = a_full_town()
    runs = tuple(run(f"kilde-{number}", RunStatus.PARTIAL, listed=4100, held=3999) for number in range(8))
    edition = replace(edition_of(lots, agreements), runs=runs)
    files = made(front.SECTION, edition)
    script = made(search.SECTION, edition_of(()))["soeg.js"]
    for path in ("index.html", "en/index.html"):
        page = files[path]
        soup = BeautifulSoup(page, "lxml")
        loaded = _loaded(soup)
        assert [name.removeprefix("../") for name in loaded] == ["style.css", "ikon.png", "soeg.js"]
        assert len(soup.select(".card")) > 10
        assert len(page) + len(files["style.css"]) + len(files["ikon.png"]) + len(script) < 60_000


def _loaded(soup: BeautifulSoup) -> list[str]:
    """Whatever a browser asks for by itself."""
    styles = [str(tag["href"]) for tag in soup.select("link[rel=stylesheet]")]
    styles += [str(tag["href"]) for tag in soup.select("link[rel=icon]")]
    return [*styles, *(str(tag["src"]) for tag in soup.select("[src]"))]


def front_parts(edition_lots: list[LotView], now: dt.datetime = NOW, asked: list[str] | None = None) -> Document:
    return documents_of(front.SECTION, edition_of(edition_lots, now=now, asked=asked))["index.html"]


def test_the_front_page_is_made_anew_only_when_a_row_or_a_number_of_it_changed() -> None:
    lots = [numbered(number, "2027-03-01") for number in range(60)]
    same = front_parts(lots).parts
    beyond = [*lots[:-1], replace(lots[-1], lot=replace(lots[-1].lot, title="Ny titel"))]
    assert front_parts(beyond).parts == same
    assert front_parts(lots, NOW + dt.timedelta(hours=3)).parts == same
    for other in (lots[:-1], [replace(lots[0], lot=replace(lots[0].lot, title="Ny titel")), *lots[1:]]):
        assert front_parts(other).parts != same


def test_the_front_page_reads_only_lots_that_it_shows() -> None:
    asked: list[str] = []
    document = front_parts([numbered(number) for number in range(400)], asked=asked)
    content = content_of(document)
    assert len(asked) == len(set(asked)) == content.count(b'href="opgaver/')
    assert 0 < len(asked) < 40


def test_the_front_page_counts_what_there_is_and_leads_there() -> None:
    soup = BeautifulSoup(made(front.SECTION, edition_of())["index.html"], "lxml")
    told = [" ".join(item.get_text(" ").split()) for item in soup.select(".counts li")]
    assert told == [
        "6 åbne opgaver",
        "1 med frist inden for 14 dage",
        "2 forbeholdte efter udbudsloven",
        "1 planlagt udbud",
    ]
    assert [str(link["href"]) for link in soup.select(".counts a")] == [
        "opgaver.html",
        "#snart",
        "maerker/reserved.html",
        "frister/planlagt.html",
    ]


def test_agreements_that_ended_before_today_or_end_next_year_are_not_told_as_this_years() -> None:
    days = {"foer": "2026-11-22", "idag": "2026-11-23", "sidst": "2026-12-31", "senere": "2027-01-01"}
    ends = {slug: dt.date.fromisoformat(day) for slug, day in days.items()}
    views = [agreement_view(slug, title=slug, end=end, latest_end=end) for slug, end in ends.items()]
    views += [agreement_view("kan-forlaenges", end=dt.date(2026, 11, 30), latest_end=dt.date(2028, 11, 30))]
    soup = BeautifulSoup(made(front.SECTION, edition_of(agreements=views))["index.html"], "lxml")
    shown = [str(link["href"]) for link in soup.select("a[href^='aftaler/']")]
    assert shown == ["aftaler/idag.html", "aftaler/kan-forlaenges.html", "aftaler/sidst.html"]


def test_a_script_may_run_only_on_pages_that_search() -> None:
    pages = made(lists.SECTION, edition_of()) | made(front.SECTION, edition_of())
    allowed = {path for path, page in pages.items() if b"script-src 'self'" in page}
    assert allowed == {"index.html", "opgaver.html", "en/index.html", "en/opgaver.html"}
    assert all(b"default-src 'none'" in page for path, page in pages.items() if path.endswith(".html"))


def listed_rows(*views: LotView) -> list[str]:
    soup = BeautifulSoup(made(lists.SECTION, edition_of(views))["opgaver.html"], "lxml")
    return [" ".join(row.get_text(" ").split()) for row in soup.select(".line .where")]


def test_a_row_names_another_buyer_than_the_town_and_nobody_twice() -> None:
    own = lot_view("egen", of_lot=lot(place="Eksempelby Kommune"))
    other = lot_view(
        "anden", of_lot=lot(place="Ellev Sygehus"), of_notice=notice(buyers=(Organisation("Ellev Sygehus"),))
    )
    assert {row.partition(" · ca.")[0] for row in listed_rows(own, other)} == {
        "Relevant · Rengøring · Byen København",
        "Relevant · Rengøring · Ellev Sygehus · Byen København",
    }


def test_what_a_row_says_stands_on_lines_of_its_own_without_a_style_sheet() -> None:
    soup = BeautifulSoup(made(lists.SECTION, edition_of())["opgaver.html"], "lxml")
    for row in soup.select(".line"):
        assert [child.name for child in row.find_all(recursive=False)][1:] == ["p"] * (
            len(row.select(":scope > *")) - 1
        )


# -- lists by mark, and what the site shows of itself ----------------------------------------------------------------


def test_every_mark_has_a_page_with_its_open_lots_that_lists_feeds_and_the_front_page_lead_to() -> None:
    files = made(lists.SECTION, edition_of()) | made(front.SECTION, edition_of())
    shown = {mark: links(files[f"maerker/{mark}.html"]) for mark in ("reserved", "suitable", "possible")}
    marks = {lot.slug: lot.verdict for lot in edition_of().open}
    assert {Path(link).stem: mark for mark, found in shown.items() for link in found} == marks
    for page, css in (("index.html", ".marks a"), ("opgaver.html", "[aria-labelledby=efter-maerke] a")):
        led_to = [link["href"] for link in BeautifulSoup(files[page], "lxml").select(css)]
        assert led_to == [f"maerker/{mark}.html" for mark in shown]
    reserved = BeautifulSoup(files["en/maerker/reserved.html"], "lxml")
    assert [link["href"] for link in reserved.select("main a[type]")] == [
        "../../en/maerker/reserved.xml",
        "../../en/maerker/reserved.json",
    ]
    assert reserved.select_one("link[type='application/feed+json'][href='../../en/maerker/reserved.json']")


def test_a_mark_without_open_lots_keeps_its_page() -> None:
    page = made(lists.SECTION, edition_of(()))["maerker/reserved.html"]
    assert "Der er ingen åbne opgaver med det mærke lige nu." in page.decode()


def test_a_link_to_any_page_is_shown_with_a_picture_that_the_site_has() -> None:
    files = made(lists.SECTION, edition_of()) | made(front.SECTION, edition_of())
    for path in ("en/maerker/reserved.html", "index.html"):
        soup = BeautifulSoup(files[path], "lxml")
        told = {str(tag["property"]): str(tag["content"]) for tag in soup.select("meta[property]")}
        assert told["og:image"] == "https://opgaver.eksempelby.example/deling.png"
        assert told["og:image:alt"]
        assert told["og:site_name"].endswith(" – Eksempelby Kommune")
        (icon,) = soup.select("link[rel=icon]")
        assert posixpath.normpath(posixpath.join(posixpath.dirname(path), str(icon["href"]))) == "ikon.png"
    picture = files["deling.png"]
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1200, 630)


def test_english_readers_are_told_that_names_of_sources_are_danish() -> None:
    files = made(front.SECTION, edition_of())
    for path, language in (("index.html", None), ("en/index.html", "da")):
        rows = BeautifulSoup(files[path], "lxml").select("[aria-labelledby=laest] tbody th")
        assert rows
        assert {row.get("lang") for row in rows} == {language}


def test_the_wider_search_stands_under_the_search_and_not_in_the_menu() -> None:
    edition = replace(edition_of(), door=Door("https://abonnement.eksempelby.example"))
    files = made(lists.SECTION, edition) | made(front.SECTION, edition)
    for path in ("index.html", "opgaver.html"):
        soup = BeautifulSoup(files[path], "lxml")
        assert not [link for link in soup.select("header a") if str(link["href"]).endswith("/opgaver")]
        (wider,) = soup.select("main a[href='https://abonnement.eksempelby.example/opgaver']")
        assert wider.get_text() == "Udvidet søgning (ordregiver og frist)"


def test_the_foot_says_nothing_twice_and_has_the_address_to_write_to_as_a_link() -> None:
    (foot,) = BeautifulSoup(made(front.SECTION, edition_of())["index.html"], "lxml").select("footer")
    assert foot.get_text().count("udbudssystemet") == 1
    assert foot.select("a[href='mailto:udbud@eksempelby.example']")


def test_english_pages_have_one_word_for_a_task() -> None:
    files = made(lists.SECTION, edition_of()) | made(front.SECTION, edition_of())
    for path, page in files.items():
        if path.startswith("en/") and path.endswith(".html"):
            assert not re.search(r"\bcontracts?\b", BeautifulSoup(page, "lxml").get_text(), re.IGNORECASE), path
