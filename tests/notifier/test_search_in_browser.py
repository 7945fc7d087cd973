"""The search of the public pages as a reader uses it, from a folder and from a server, with hostile titles about."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from notifier.lots import LotView, Verdict
from tests.notifier.editions import publish
from tests.notifier.examples import (
    NOW,
    RUNS,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    assessment,
    lot,
    lot_view,
    notice,
    some_agreements,
    some_lots,
)
from tests.notifier.looks import found_by_axe, too_wide
from tests.test_browser import browser as browser
from tests.test_browser import pytestmark as chromium

pytestmark = [chromium, pytest.mark.long]

HOSTILE = (
    '<img src=x onerror="alert(1)"> blomster',
    "</script><script>alert(2)</script> blomster",
    "\u2028*/ }]); alert(3); // ${alert(4)} blomster",
    "__proto__ constructor blomster",
)


def lots() -> list[LotView]:
    """The example town with hostile titles, and seventy lots of the same kind."""
    bad = [
        lot_view(f"blomster-{number}", of_lot=lot(title=title, place=title), of_notice=notice(title=f"{title} i alt"))
        for number, title in enumerate(HOSTILE)
    ]
    many = [
        lot_view(
            f"kaffe-{number}",
            of_lot=lot(title=f"Kaffemaskiner {number}", cpv_main="55512000"),
            of_notice=notice(title=f"Kaffe {number}", procedure_id=f"p{number}"),
            judged=assessment(Verdict.POSSIBLE, trades=("food",)),
        )
        for number in range(70)
    ]
    return [*some_lots(), *bad, *many]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    publish(Handed(lots()), some_agreements(), RUNS, TOWN, folder, NOW, trades=TRADES, sources=SOURCES)
    return folder


@pytest.fixture(scope="module", params=["file", "http"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """Where the site is opened."""
    if request.param == "file":
        yield site.as_uri()
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window; whatever it complains of, asks, or runs that it should not fails the test."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))

    def boxed(dialog: Dialog) -> None:
        said.append(f"a box: {dialog.message}")
        dialog.dismiss()

    opened.on("dialog", boxed)
    yield opened
    context.close()
    assert said == []


def found(page: Page) -> list[str]:
    return [title.strip() for title in page.locator("#soeg-fundet li > a").all_inner_texts()]


def search_for(page: Page, words: str, count: str) -> list[str]:
    """What is found, once the live region tells how many there are."""
    page.locator("#soeg-ord").fill(words)
    expect(page.locator("#soeg-antal")).to_have_text(count)
    return found(page)


def test_the_front_pages_field_leads_to_what_is_searched(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    page.get_by_label("Hvad kan I løse?").fill("grønne områder")
    page.keyboard.press("Enter")
    expect(page.locator("#soeg-antal")).to_have_text("1 opgave passer til søgningen.")
    assert "/opgaver.html?soeg=gr%C3%B8nne+omr%C3%A5der" in page.url
    assert page.locator("#soeg-ord").input_value() == "grønne områder"
    assert found(page) == ["Pleje af grønne områder i Nordkvarteret"]
    expect(page.locator("#lister")).to_be_hidden()


def _seen(page: Page) -> list[str]:
    """What of the answer is wholly in view, without scrolling."""
    return [
        css
        for css in ("#soeg-antal", "#soeg-fundet li > a")
        if page.locator(css).first.evaluate(
            "one => { const at = one.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight }"
        )
    ]


@pytest.mark.parametrize(("width", "height"), [(360, 640), (1440, 800), (740, 360)])
def test_what_is_found_is_in_view_when_one_comes_from_the_front_page_and_after_a_search(
    page: Page, address: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{address}/index.html")
    page.get_by_label("Hvad kan I løse?").fill("kaffe")
    page.keyboard.press("Enter")
    expect(page.locator("#soeg-antal")).to_have_text("70 opgaver passer til søgningen.")
    assert _seen(page) == ["#soeg-antal", "#soeg-fundet li > a"]
    assert page.evaluate("document.activeElement.id") == "soeg-antal"
    page.goto(f"{address}/opgaver.html?fag=food")
    expect(page.locator("#soeg-fundet li").first).to_be_visible()
    assert page.get_by_label("Fag").is_visible()
    page.goto(f"{address}/opgaver.html")
    page.get_by_label("Hvad kan I løse?").fill("kaffe")
    page.get_by_role("button", name="Søg", exact=True).click()
    expect(page.locator("#soeg-antal")).to_have_text("70 opgaver passer til søgningen.")
    assert _seen(page) == ["#soeg-antal", "#soeg-fundet li > a"]


def test_whoever_still_writes_is_left_where_they_are(page: Page, address: str) -> None:
    page.goto(f"{address}/opgaver.html")
    before = page.evaluate("scrollY")
    search_for(page, "kaffe", "70 opgaver passer til søgningen.")
    assert page.evaluate("[scrollY, document.activeElement.id]") == [before, "soeg-ord"]


@pytest.mark.parametrize(
    "words",
    ["rengøring idræt", "RENGØRING, Idræt", "rengoering haller", "rengoring idraet", "  idrætshaller  –  ren ",
     "hal idræts rengør", "eksempelby hall"],
)  # fmt: skip
def test_words_are_found_anywhere_inside_words_and_however_they_are_written(
    page: Page, address: str, words: str
) -> None:
    page.goto(f"{address}/opgaver.html")
    page.locator("#soeg-ord").fill(words)
    expect(page.locator("#soeg-antal")).to_contain_text("til søgningen")
    assert "Rengøring af idrætshaller" in found(page)
    assert "Pleje af grønne områder i Nordkvarteret" not in found(page)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("bygninger 90911200 skoler", "Rengøring af skoler"),  # the name of a CPV code, and its number
        ("§ 190", "Kantine og mødeforplejning på rådhuset"),  # the mark
        ("vask tekstil genbrugs", "Drift af genbrugsbutik"),  # a trade; the lot is planned
        ("grøn drift", "Pleje af grønne områder i Nordkvarteret"),  # the whole tender
    ],
)
def test_cpv_marks_trades_and_the_whole_tender_are_searched(page: Page, address: str, words: str, title: str) -> None:
    page.goto(f"{address}/opgaver.html")
    page.locator("#soeg-ord").fill(words)
    expect(page.locator("#soeg-fundet li > a").first).to_be_visible()
    assert title in found(page)


def test_trade_and_mark_narrow_what_is_found_and_all_of_it_stands_in_the_address(page: Page, address: str) -> None:
    page.goto(f"{address}/opgaver.html")
    assert search_for(page, "rådhus", "1 opgave passer til søgningen.") == ["Kantine og mødeforplejning på rådhuset"]
    page.get_by_text("Vælg fag og mærke").click()
    page.get_by_label("Fag").select_option("cleaning")
    expect(page.locator("#soeg-antal")).to_contain_text("Ingen åbne eller planlagte opgaver passer")
    page.get_by_label("Fag").select_option("food")
    page.get_by_label("Mærke", exact=True).select_option("reserved")
    expect(page.locator("#soeg-fundet li")).to_have_count(1)
    assert page.url.endswith("/opgaver.html?soeg=r%C3%A5dhus&fag=food&maerke=reserved")
    page.reload()
    expect(page.locator("#soeg-fundet li")).to_have_count(1)
    assert page.get_by_label("Mærke", exact=True).input_value() == "reserved"
    page.locator("#soeg-fundet a").click()
    page.go_back()
    expect(page.locator("#soeg-fundet li")).to_have_count(1)
    page.get_by_role("button", name="Ryd søgningen").click()
    expect(page.locator("#lister")).to_be_visible()
    assert page.url.endswith("/opgaver.html")
    assert page.evaluate("document.activeElement.id") == "soeg-ord"


def test_the_index_is_loaded_when_somebody_begins_to_search(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    page.goto(f"{address}/opgaver.html")
    page.wait_for_load_state("networkidle")
    assert sorted(set(asked) - {"ikon.png"}) == ["opgaver.html", "soeg.js", "style.css"]
    search_for(page, "cykler", "1 opgave passer til søgningen.")
    search_for(page, "skole", "2 opgaver passer til søgningen.")
    assert [name for name in asked if name.startswith("soeg-")] == ["soeg-da.js"]


def test_what_is_hostile_is_shown_as_it_is_written(page: Page, address: str) -> None:
    page.goto(f"{address}/opgaver.html")
    shown = search_for(page, "blomster", "4 opgaver passer til søgningen.")
    assert sorted(shown) == sorted(" ".join(title.replace("\u2028", " ").split()) for title in HOSTILE)
    assert page.locator("#soeg-fundet img, #soeg-fundet script").count() == 0
    page.goto(f"{address}/opgaver.html?soeg=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&fag=__proto__&maerke=%22")
    expect(page.locator("#soeg-antal")).to_have_text("1 opgave passer til søgningen.")
    assert page.locator("main img").count() == 0


_ROWS = """() => {
    const plain = (item) => {
        item.querySelector("a").href = item.querySelector("a").href;
        return item.outerHTML.replace(/>\\s+/g, ">").replace(/\\s+/g, " ").replace(/ </g, "<");
    };
    const listed = new Map([...document.querySelectorAll("#lister .line")].map(
        (item) => [item.querySelector("a").href, plain(item)]));
    return [...document.querySelectorAll("#soeg-fundet li")].map(
        (item) => [plain(item), listed.get(item.querySelector("a").href)]);
}"""


def test_a_row_that_was_found_is_the_row_of_the_list(page: Page, address: str) -> None:
    # A title in another language, a planned lot, a part of a tender, a hostile one.
    for language in ("", "en/"):
        page.goto(f"{address}/{language}opgaver.html")
        page.locator("#soeg-ord").fill("r")
        expect(page.locator("#soeg-fundet li").first).to_be_visible()
        same = page.evaluate(_ROWS)
        assert len(same) == 50
        assert [one for one, _ in same] == [other for _, other in same]


def test_more_than_fifty_are_shown_when_they_are_asked_for(page: Page, address: str) -> None:
    page.goto(f"{address}/opgaver.html")
    assert len(search_for(page, "kaffemaskine", "70 opgaver passer til søgningen.")) == 50
    page.get_by_role("button", name="Vis flere").press("Enter")
    expect(page.locator("#soeg-fundet li")).to_have_count(70)
    assert page.evaluate("document.activeElement === document.querySelectorAll('#soeg-fundet li > a')[50]")
    expect(page.get_by_role("button", name="Vis flere")).to_be_hidden()


def test_it_is_played_with_the_keyboard_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/opgaver.html")
    page.locator("#soeg-ord").focus()
    page.keyboard.type("cykler")
    page.keyboard.press("Enter")
    expect(page.locator("#soeg-antal")).to_have_text("1 opgave passer til søgningen.")
    assert page.evaluate("document.activeElement.id") == "soeg-antal"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Indsamling og reparation af cykler"


def test_english_readers_search_their_own_index(page: Page, address: str) -> None:
    page.goto(f"{address}/en/opgaver.html")
    page.locator("#soeg-ord").fill("building-cleaning idraet")
    expect(page.locator("#soeg-antal")).to_have_text("1 task matches.")
    assert page.locator("#soeg-fundet a").get_attribute("lang") == "da"
    page.locator("#soeg-fundet a").click()
    assert "/en/opgaver/rengoering-af-idraetshaller-17a3.html" in page.url


@pytest.mark.parametrize("path", ["index.html", "opgaver.html", "opgaver.html?soeg=r", "frister/2026-12.html"])
@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1440, "dark")])
def test_pages_are_accessible_and_fit_the_screen(page: Page, address: str, path: str, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{address}/{path}")
    if "?" in path:
        expect(page.locator("#soeg-fundet li").first).to_be_visible()
    assert too_wide(page) <= 0
    if address.startswith("http"):  # in a folder it may not read the style sheet that it looks into
        assert found_by_axe(page) == []


def test_without_script_there_is_no_field_and_the_lists_remain(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in ("index.html", "opgaver.html"):
        page.goto(f"{address}/{name}?soeg=cykler")
        expect(page.locator("form")).to_be_hidden()
        expect(page.locator(".line").first).to_be_visible()
    context.close()


def test_where_the_index_cannot_be_loaded_the_lists_remain_and_it_is_said(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.route("**/soeg-da.js", lambda route: route.abort())
    page.goto(f"{address}/opgaver.html?soeg=cykler")
    expect(page.locator("#soeg-antal")).to_contain_text("Søgningen kunne ikke hente opgaverne")
    expect(page.locator("#lister")).to_be_visible()
    page.unroute("**/soeg-da.js")
    page.locator("#soeg-ord").fill("cykler")
    expect(page.locator("#soeg-antal")).to_have_text("1 opgave passer til søgningen.")
    page.close()
