"""What is around every page: about, accessibility, the page for what is not there, the sitemap, words of schema.org."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from notifier.config import Town
from notifier.door import Door
from notifier.lots import Deadline, Lot, LotAlias, LotState, LotView
from notifier.publish import Published
from notifier.site.linked import lot_data, site_data
from notifier.site.lotpage import lot_page
from notifier.site.reader import reader
from notifier.site.rendering import linked_data
from notifier.site.sections import sitemap
from notifier.site.sections.sitemap import Page, divided
from tests.notifier.editions import publish
from tests.notifier.examples import (
    NOW,
    RUNS,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    at,
    lot,
    lot_view,
    notice,
    some_agreements,
    some_lots,
)
from tests.notifier.site_files import tree

DA, EN = (reader(language, TRADES, SOURCES) for language in ("da", "en"))
STATEMENT = "https://www.was.digst.dk/opgaver-eksempelby-example"
S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def put(
    folder: Path,
    lots: tuple[LotView, ...] = some_lots(),
    now: dt.datetime = NOW,
    of: Town = TOWN,
    aliases: tuple[LotAlias, ...] = (),
    door: Door | None = None,
) -> Published:
    return publish(
        Handed(lots), some_agreements(), RUNS, of, folder, now, trades=TRADES, sources=SOURCES, aliases=aliases,
        door=door,
    )  # fmt: skip


def said(path: Path) -> str:
    return " ".join(" ".join(tree(path).xpath("//main//text()")).split())


# -- about, accessibility ------------------------------------------------------------------------------------------


def test_about_names_the_publisher_the_sources_and_where_to_write(tmp_path: Path) -> None:
    put(tmp_path)
    for name in ("om.html", "en/om.html"):
        text, links = said(tmp_path / name), tree(tmp_path / name).xpath("//main//a/@href")
        assert all(word in text for word in (TOWN.name, *(source.name for source in SOURCES), TOWN.contact))
        assert f"mailto:{TOWN.contact}" in links
        assert links[0].rpartition("/")[2] == "index.html#laest"
        assert links[-1].endswith("data.html")


def test_about_tells_of_the_sign_up_only_where_there_is_one(tmp_path: Path) -> None:
    put(tmp_path / "without")
    put(tmp_path / "with", door=(door := Door("https://abonnement.eksempelby.example")))
    assert door.sign_up("da") in tree(tmp_path / "with/om.html").xpath("//main//a/@href")
    assert "ved tilmeldingen" in said(tmp_path / "with/om.html")
    assert "ved tilmeldingen" not in said(tmp_path / "without/om.html")


def test_about_changes_from_no_day_to_the_next(tmp_path: Path) -> None:
    put(tmp_path)
    pages = [tmp_path / name for name in ("om.html", "tilgaengelighed.html", "404.html", "robots.txt")]
    before = [path.stat().st_mtime_ns for path in pages]
    put(tmp_path, now=NOW + dt.timedelta(days=40))
    assert [path.stat().st_mtime_ns for path in pages] == before


def test_the_official_statement_is_led_to_from_every_page_where_the_town_has_one(tmp_path: Path) -> None:
    put(tmp_path / "with", of=replace(TOWN, accessibility=STATEMENT))
    put(tmp_path / "without")
    with_it, without = (sorted((tmp_path / name).rglob("*.html")) for name in ("with", "without"))
    assert len(with_it) == len(without) > 20
    assert all(STATEMENT in tree(path).xpath("//footer//a/@href") for path in with_it)
    assert not any("was.digst.dk" in path.read_text(encoding="utf-8") for path in without)
    assert STATEMENT in tree(tmp_path / "with/en/tilgaengelighed.html").xpath("//main//a/@href")


def test_the_accessibility_page_says_what_was_tested_what_is_known_and_who_supervises(tmp_path: Path) -> None:
    put(tmp_path)
    text = said(tmp_path / "tilgaengelighed.html")
    for word in ("WCAG 2.2", "axe-core", "Nu Html Checker", "320 pixel", "10 arbejdsdage", "Digitaliseringsstyrelsen"):
        assert word in text
    assert TOWN.contact in text


# -- 404 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("base", "root"), [("https://x.example", "/"), ("https://x.example/udbud", "/udbud/")])
def test_the_page_for_what_is_not_there_leads_on_from_any_depth(tmp_path: Path, base: str, root: str) -> None:
    put(tmp_path, of=replace(TOWN, base_url=base))
    page = tree(tmp_path / "404.html")
    inside = [one for one in page.xpath("//@href") if not one.startswith(("#", "data:", "https:", "mailto:"))]
    assert f"{root}index.html" in inside
    assert f"{root}style.css" in inside
    assert f"{root}en/opgaver.html" in inside
    assert all(one.startswith(root) and (tmp_path / one.removeprefix(root)).is_file() for one in inside)


def test_the_page_for_what_is_not_there_speaks_both_languages_and_is_no_search_result(tmp_path: Path) -> None:
    put(tmp_path)
    page = tree(tmp_path / "404.html")
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.xpath("//link[@rel='canonical'] | //link[@hreflang]") == []
    assert page.findtext(".//h1") == "Siden findes ikke"
    assert page.xpath("//section[@lang='en']/h2/text()") == ["This page does not exist"]
    assert not (tmp_path / "en/404.html").exists()


# -- sitemap, robots.txt -------------------------------------------------------------------------------------------


def urls(path: Path) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Of each address of a sitemap: when it changed, and the same page by language."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for url in etree.parse(path).iterfind(f"{S}url"):
        others = {str(link.get("hreflang")): str(link.get("href")) for link in url.iterfind(LINK)}
        found[str(url.findtext(f"{S}loc"))] = (str(url.findtext(f"{S}lastmod") or ""), others)
    return found


def test_the_sitemap_has_every_page_once_but_none_that_leads_elsewhere_or_stands_for_none(tmp_path: Path) -> None:
    put(tmp_path, aliases=(LotAlias("town:7/1", "rengoering-old", lot_view().uid),))
    pages = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    apart = {"404.html", "opgaver/rengoering-old.html", "en/opgaver/rengoering-old.html"}
    assert apart < pages
    expected = {f"{TOWN.base_url}/{name.removesuffix('index.html')}" for name in pages - apart}
    assert set(urls(tmp_path / "sitemap.xml")) == expected


def test_every_address_of_the_sitemap_has_both_languages_beside_it(tmp_path: Path) -> None:
    put(tmp_path)
    found = urls(tmp_path / "sitemap.xml")
    for address, (_, others) in found.items():
        assert address in (others["da"], others["en"])
        assert others["x-default"] == others["da"]
        assert found[others["en"]][1] == found[others["da"]][1] == others


def test_the_sitemap_tells_when_a_lot_changed_and_never_when_the_site_was_made(tmp_path: Path) -> None:
    put(tmp_path)
    before = urls(tmp_path / "sitemap.xml")
    page = f"{TOWN.base_url}/opgaver/rengoering-af-skoler-17a2.html"
    assert before[page][0] == "2026-11-19T05:10:00+00:00"
    assert before[f"{TOWN.base_url}/"][0] == ""
    put(tmp_path, now=NOW + dt.timedelta(days=3))
    assert urls(tmp_path / "sitemap.xml") == before


def test_a_lot_whose_deadline_has_passed_changed_at_that_moment(tmp_path: Path) -> None:
    put(tmp_path, now=at("2026-12-09", "06:10"))
    assert urls(tmp_path / "sitemap.xml")[f"{TOWN.base_url}/opgaver/pleje-af-groenne-omraader-9c01.html"][0] == (
        "2026-12-01T09:00:00+00:00"
    )


def test_the_page_of_a_lot_that_is_handed_in_no_more_stays_in_the_sitemap_until_it_is_taken_off(tmp_path: Path) -> None:
    put(tmp_path)
    left = f"{TOWN.base_url}/opgaver/skolemad-2f2f.html"
    put(tmp_path, lots=(lot_view(),))
    assert left in urls(tmp_path / "sitemap.xml")
    (view,) = (view for view in some_lots() if view.slug == "skolemad-2f2f")
    put(tmp_path, lots=(lot_view(), replace(view, hidden=True)))
    assert left not in urls(tmp_path / "sitemap.xml")
    assert not (tmp_path / "opgaver/skolemad-2f2f.html").exists()


def test_of_a_sitemap_only_what_changed_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path)
    made: list[str] = []
    real = sitemap._entries

    def counted(found: Mapping[str, Page], town: Town, names: list[str]) -> object:
        made.extend(names)
        return real(found, town, names)

    monkeypatch.setattr(sitemap, "_entries", counted)
    put(tmp_path)
    assert made == []
    put(tmp_path, lots=(*some_lots(), lot_view("ny-opgave", first_seen=NOW, updated=NOW)))
    new = {"opgaver/ny-opgave.html", "uger/2026-48.html"}  # and the week's page, the first of which this lot brings
    assert set(made) == new | {f"en/{path}" for path in new}


def test_a_sitemap_is_divided_before_it_has_too_many_addresses_or_is_too_large() -> None:
    pages = [Page(f"opgaver/{number}.html", (), "") for number in range(10)]
    assert [len(one) for one in divided(pages, TOWN, most=4)] == [4, 4, 2]
    assert [len(one) for one in divided(pages, TOWN, octets=3000)] == [4, 4, 2]
    assert divided([], TOWN) == [[]]
    path = f"opgaver/{'x' * 200}.html"
    whole = [Page(f"en/{path}", (("da", path), ("en", f"en/{path}")), "2026-11-19T05:10:00+00:00")]
    spacious = Town("x", "x@x.example", f"https://x.example/{'y' * 100}")
    octets = len(sitemap._entry(whole[0], spacious).encode())
    assert all(len(one) * octets < 20_000 for one in divided(whole * 30, spacious, octets=20_000))


def test_a_divided_sitemap_has_an_index_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path)
    whole = urls(tmp_path / "sitemap.xml")
    monkeypatch.setattr(sitemap, "divided", lambda found, town: divided(found, town, most=20))
    put(tmp_path)
    root = etree.parse(tmp_path / "sitemap.xml").getroot()
    assert root.tag == f"{S}sitemapindex"
    names = [(one.text or "").removeprefix(f"{TOWN.base_url}/") for one in root.iter(f"{S}loc")]
    assert len(names) > 1
    found = [urls(tmp_path / name) for name in names]
    assert all(len(one) <= 20 for one in found)
    assert {address: value for one in found for address, value in one.items()} == whole
    monkeypatch.undo()
    put(tmp_path)
    assert not list(tmp_path.glob("sitemap-*.xml"))


def test_robots_txt_lets_everybody_read_everything_and_names_the_sitemap(tmp_path: Path) -> None:
    put(tmp_path)
    text = (tmp_path / "robots.txt").read_text()
    assert text == f"User-agent: *\nAllow: /\n\nSitemap: {TOWN.base_url}/sitemap.xml\n"
    put(tmp_path, of=replace(TOWN, base_url="https://x.example"))
    assert "https://x.example/sitemap.xml" in (tmp_path / "robots.txt").read_text()


def test_robots_txt_of_the_operator_is_left_alone_whenever_it_was_put_there(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    put(tmp_path)
    put(tmp_path, of=replace(TOWN, base_url="https://x.example"))
    assert (tmp_path / "robots.txt").read_text() == "User-agent: *\nDisallow: /\n"


# -- words of schema.org -------------------------------------------------------------------------------------------


def demand_of(view: LotView) -> dict[str, object]:
    graph = lot_data(view, lot_page(view, (), DA, NOW), TOWN, DA)["@graph"]
    assert isinstance(graph, list)
    found = [one["seeks"] for one in graph if "seeks" in one]
    return dict(found[0]) if found else {}


def test_a_lot_that_one_can_act_on_is_a_demand_of_its_buyer() -> None:
    demand = demand_of(lot_view())
    page = f"{TOWN.base_url}/opgaver/rengoering-af-skoler-17a2.html"
    assert demand["@type"] == "Demand"
    assert demand["url"] == page
    assert demand["name"] == "Rengøring af skoler"
    assert demand["identifier"] == "712345-2026"
    assert demand["availabilityEnds"] == demand["validThrough"] == "2026-12-08T12:00:00+01:00"
    assert demand["areaServed"] == [
        {
            "@type": "AdministrativeArea",
            "name": "Byen København",
            "identifier": {"@type": "PropertyValue", "propertyID": "NUTS", "value": "DK011"},
        }
    ]
    offered = demand["itemOffered"]
    assert isinstance(offered, dict)
    assert offered["@type"] == "Service"
    assert [(code["codeValue"], code["name"]) for code in offered["category"]] == [
        ("90911200", "Rengøring af bygninger")
    ]


@pytest.mark.parametrize("state", [LotState.EXPIRED, LotState.AWARDED, LotState.CANCELLED, LotState.GONE])
def test_a_closed_lot_is_no_demand_any_more(state: LotState) -> None:
    assert demand_of(lot_view(state=state)) == {}
    assert demand_of(lot_view(state=LotState.PLANNED))


@pytest.mark.parametrize(
    ("of_lot", "name", "expected"),
    [
        (lot(nature="supplies"), "itemOffered.@type", "Product"),
        (lot(nature="works"), "itemOffered.@type", "Service"),
        (lot(description=""), "itemOffered.description", None),
        (lot(deadline=None), "availabilityEnds", None),
        (lot(deadline=Deadline(at("2026-12-08", "23:59"), time_known=False)), "availabilityEnds", "2026-12-08"),
        (lot(participation_deadline=Deadline(at("2026-12-01"))), "validThrough", "2026-12-01T12:00:00+01:00"),
        (lot(nuts=()), "areaServed", None),
        (lot(nuts=(), place="Havnen"), "areaServed", [{"@type": "Place", "name": "Havnen"}]),
    ],
)
def test_a_demand_says_what_the_notice_says_and_nothing_where_it_says_nothing(
    of_lot: Lot, name: str, expected: object
) -> None:
    found: object = demand_of(lot_view(of_lot=of_lot))
    for step in name.split("."):
        assert isinstance(found, dict)
        found = found.get(step)
    assert found == expected


def test_a_demand_says_nothing_of_the_value_the_mark_and_contact_persons() -> None:
    view = lot_view(
        of_lot=lot(description="Kontakt: Hanne Jensen, hanne.jensen@kommune.example, tlf. 12345678."),
        of_notice=notice(publication_number=""),
    )
    text = str(linked_data(lot_data(view, lot_page(view, (), DA, NOW), TOWN, DA)))
    assert not [word for word in ("Hanne", "@kommune", "2500000", "suitable", "Relevant") if word in text]


def test_the_front_page_names_the_site_and_the_public_body_behind_it() -> None:
    for one, address in ((DA, f"{TOWN.base_url}/"), (EN, f"{TOWN.base_url}/en/")):
        graph = site_data(TOWN, one)["@graph"]
        assert isinstance(graph, list)
        site, body = graph
        assert (site["@type"], site["url"], site["inLanguage"]) == ("WebSite", address, one.language)
        assert (body["@type"], body["name"]) == ("GovernmentOrganization", TOWN.name)
        assert site["publisher"]["@id"] == body["@id"] == f"{TOWN.base_url}/#udgiver"


def test_nothing_in_linked_data_ends_its_element() -> None:
    made = linked_data({"name": "</script><!-- <script> & \u2028"})
    assert not {"<", ">", "&"} & set(made)


def test_about_says_of_each_search_where_what_is_written_goes_and_has_the_idea_from_copenhagen(tmp_path: Path) -> None:
    put(tmp_path / "without")
    put(tmp_path / "with", door=Door("https://abonnement.eksempelby.example"))
    assert "sendes det, I skriver, til kommunens server" in said(tmp_path / "with/om.html")
    assert "kommunens server" not in said(tmp_path / "without/om.html")
    for name in ("with/om.html", "without/om.html"):
        assert "i jeres egen browser" in said(tmp_path / name)
        assert "Idéen er hentet fra Københavns Kommunes strategi" in said(tmp_path / name)


def test_english_readers_of_about_are_told_that_names_of_sources_are_danish(tmp_path: Path) -> None:
    put(tmp_path)
    for name, language in (("om.html", None), ("en/om.html", "da")):
        items = tree(tmp_path / name).xpath("//main//h2[@id='kilder']/following-sibling::ul[1]/li")
        assert [item.get("lang") for item in items] == [language] * len(SOURCES)
