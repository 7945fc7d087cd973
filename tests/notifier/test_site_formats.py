"""Every file of a whole published town by its format's own rules, hostile titles among its lots.

What is looked at stands in site_files.py and is found in the folder: pages and formats of any section come in by
themselves. What needs Java or Chromium is long.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml.html import HtmlElement
from playwright.sync_api import Browser, Page

from notifier.config import Town
from notifier.door import Door
from notifier.effects.quarters import Figures
from notifier.lots import LotAlias, LotState, LotView, RunStatus, Verdict
from notifier.site.tender import BESIDE
from tests.notifier.editions import publish
from tests.notifier.effects.quarters import told
from tests.notifier.examples import (
    NOW,
    RUNS,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    agreement_view,
    assessment,
    lot,
    lot_view,
    notice,
    run,
    some_agreements,
    some_lots,
)
from tests.notifier.looks import found_by_axe, too_wide
from tests.notifier.site_files import Site, dead_links, linked, tree, vocabulary, wrong
from tests.notifier.test_site import PAYLOADS, hostile, hostile_view
from tests.test_browser import browser as browser
from tests.test_browser import pytestmark as chromium

TOWN_ALL = replace(TOWN, accessibility="https://www.was.digst.dk/opgaver-eksempelby-example")
DOOR = Door("https://abonnement.eksempelby.example")
ALIAS = LotAlias("town:7/1", "rengoering-af-skoler-old", lot_view().uid)


def town(folder: Path, lots: Sequence[LotView], of: Town = TOWN_ALL, text: str = "") -> Site:
    """The whole site of a town with these lots, and agreements, sources and figures with this text."""
    agreements, former = some_agreements(), [replace(agreement_view("tidligere", title="Tidligere"), last_seen=NOW)]
    runs, figures = tuple(RUNS), told()
    if text:
        agreements += (agreement_view("a", title=text, options=text, contact=text, url=text),)
        over = agreement_view("f", title=f"{text} (før)", options=text, contact=text, url=text)
        former.append(replace(over, last_seen=NOW))
        runs += (run(text, RunStatus.ALARM, message=text),)
        figures = tuple(named(one, text) for one in figures)
    publish(
        Handed(lots), agreements, runs, of, folder, NOW,
        trades=TRADES, sources=SOURCES, aliases=(ALIAS,), door=DOOR, former=former, readings=runs, told=figures,
    )  # fmt: skip
    return Site(folder, of.base_url)


def named(figures: Figures, text: str) -> Figures:
    """A quarter whose trades and sources are called so, as far as a configuration can hold it."""
    text = text.encode("utf-8", "ignore").decode("utf-8")
    return replace(
        figures,
        trades=tuple(replace(one, da=text, en=text) for one in figures.trades),
        sources=tuple(replace(one, name=text) for one in figures.sources),
    )


def attacked(text: str) -> tuple[LotView, ...]:
    """Lots whose every text is this one: open, planned, and a closed one of a tender with two."""
    made = replace(hostile_view(text), uid="h/1", slug="aaben-h1", procedure="h")
    planned = replace(made, uid="h/2", slug="planlagt-h2", state=LotState.PLANNED, procedure="h")
    over = replace(made, uid="h/3", slug="annulleret-h3", state=LotState.CANCELLED, procedure="h")
    return (made, planned, over)


def many(count: int) -> Iterator[LotView]:
    """The lots of one large tender, which has a page of its own."""
    of = notice(title="Kørsel i kommunen", procedure_id="stor")
    for number in range(count):
        yield lot_view(f"koersel-{number:02}", of_lot=lot(title=f"Kørsel {number}"), of_notice=of)


def ordinary() -> tuple[LotView, ...]:
    """A small town's lots, and one that has all that a lot can have: what its page says is what pages may say."""
    whole = lot(title="Vask", description="Vask.\n\nI to linjer:\nog en til. " * 60, place="Havnen", lot_id="LOT-0003")
    other = lot(title="Towels", description="Towels in a language that is named.", additional_information="Also this.")
    return (
        *some_lots(),
        *attacked("Harmløs titel"),
        *many(BESIDE + 2),
        lot_view("vask-1", of_lot=whole, of_notice=notice(procedure_id="w")),
        lot_view(
            "towels-1", of_lot=other, of_notice=notice(procedure_id="w", language="en", title="Laundry"),
            judged=assessment(Verdict.RESERVED),
        ),
    )  # fmt: skip


def with_payloads() -> tuple[LotView, ...]:
    """The ordinary lots, and one for each payload."""
    attacks = [
        replace(hostile_view(payload), uid=f"p/{number}", slug=f"angreb-{number}", procedure=f"p{number}")
        for number, payload in enumerate(PAYLOADS)
    ]
    return (*ordinary(), *attacks)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return town(tmp_path_factory.mktemp("plain"), ordinary(), text="Harmløs titel")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return town(tmp_path_factory.mktemp("site"), with_payloads(), text="".join(PAYLOADS))


# -- cheap ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known(plain: Site) -> frozenset[tuple[str, str]]:
    return vocabulary(plain)


def test_every_file_is_right_by_its_format_and_holds_only_elements_of_ours(
    site: Site, known: frozenset[tuple[str, str]]
) -> None:
    assert len(site.files()) > 60
    assert [one for path in site.files() for one in wrong(site, path, known)] == []


@pytest.mark.long
@settings(deadline=None, max_examples=12)
@given(hostile)
def test_whatever_a_title_is_every_file_stays_right(known: frozenset[tuple[str, str]], text: str) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        made = town(Path(folder), attacked(text), text=text)
        assert [one for path in made.files() for one in wrong(made, path, known)] == []


def test_what_looks_at_files_finds_what_is_wrong(tmp_path: Path) -> None:
    broken = {
        "a.html": b"<!doctype html><p onclick='x'>", "b.html": b"<p><script>alert(1)</script>",
        "c.html": b"<a href='javascript:x'>x</a>", "d.xml": b"<a><b></a>", "e.json": b"[NaN]", "f.jsonl": b'{"a":1}\n{',
        "g.ics": b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "h.csv": b'"=1+1"\r\n', "i.xyz": b"", "j.css": b"\xff",
        "k.html": b'<p>x<script type="application/ld+json">{"@type":"Demand","buyer":"x"}</script>',
        "l.html": b"<p>\xff", "m.csv": b"a,b\r\nc\r\n",
    }  # fmt: skip
    site = Site(tmp_path, "https://x.example")
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    assert [path.name for path in site.files() if wrong(site, path)] == sorted(broken)


def test_every_link_into_the_site_leads_to_a_file_and_to_a_place_on_it(site: Site) -> None:
    assert dead_links(site) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    made = Site(tmp_path, "https://x.example")
    (tmp_path / "en").mkdir()
    (tmp_path / "index.html").write_text(
        '<h2 id="a"></h2><a href="#a">x</a><a href="#b">x</a><a href="/en/">x</a><a href="en/x.html">x</a>'
        '<a href="https://x.example/y.html">x</a><a href="https://elsewhere.example/z.html">x</a>'
    )
    (tmp_path / "en/index.html").write_text('<a href="../index.html#a">x</a>')
    found = [one.rpartition("/")[2] for one in dead_links(made)]
    assert found == ["#b has no such place", "x.html", "y.html"]


def test_every_page_says_where_it_stands_and_what_it_is_in_the_other_language(site: Site) -> None:
    for path in site.pages():
        root = tree(path)
        language = "en" if site.name(path).startswith("en/") else "da"
        assert root.get("lang") == language
        if site.name(path) == "404.html":
            continue
        (canonical,) = root.xpath("//link[@rel='canonical']/@href")
        named = _alternates(root)
        assert canonical == named[language]
        assert named["x-default"] == named["da"]
        for other, address in named.items():
            target = site.file(address)
            assert target is not None, address
            assert _alternates(tree(target)) == named, (path, other)
        if "old" not in path.name:
            assert canonical == site.address(path)
        properties = {one.get("property"): one.get("content") for one in root.xpath("//meta[@property]")}
        assert properties["og:url"] == canonical
        assert properties["og:title"] == root.findtext(".//title")
        assert properties["og:type"] in ("article", "website")
        assert {properties["og:locale"], properties["og:locale:alternate"]} == {"da_DK", "en_GB"}


def _alternates(root: HtmlElement) -> dict[str, str]:
    return {one.get("hreflang", ""): one.get("href", "") for one in root.xpath("//link[@rel='alternate'][@hreflang]")}


def test_every_page_has_one_heading_that_begins_it_and_none_is_left_out_below(site: Site) -> None:
    for path in site.pages():
        levels = [int(one.tag[1]) for one in tree(path).xpath("//*[self::h1 or self::h2 or self::h3 or self::h4]")]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)


def test_no_two_pages_of_a_language_have_the_same_title(plain: Site) -> None:
    # The pages of a tender's lots with the same title, and one that has moved, are called the same.
    pages = [path for path in plain.pages() if path.parent.name != "opgaver" and path.name != "404.html"]
    for english in (True, False):
        titles = [tree(path).findtext(".//title") for path in pages if plain.name(path).startswith("en/") is english]
        assert sorted(titles) == sorted(set(titles))


def test_pages_of_lots_say_in_words_of_schema_org_where_they_stand(site: Site) -> None:
    lots = [path for path in site.pages() if path.parent.name == "opgaver" and "old" not in path.name]
    assert len(lots) > 20
    for path in lots:
        (crumbs,) = [one for one in linked(path) if one["@type"] == "BreadcrumbList"]
        steps = crumbs["itemListElement"]
        assert isinstance(steps, list)
        assert [one["position"] for one in steps] == [1, 2, 3]
        assert steps[-1]["item"] == site.address(path)
        assert tree(path).xpath("//meta[@property='og:type']/@content") == ["article"]
        assert all((file := site.file(one["item"])) is not None and file.is_file() for one in steps)


# -- the Nu HTML checker -------------------------------------------------------------------------------------------

JAVA = shutil.which("java")
# What it says of files that lie in a folder and have no origin which 'self' could be; Chromium, which is served the
# same pages, has the last word on the policy. A data block is no script (HTML, "prepare the script element", step 8).
_NO_ORIGIN = ("Resource violates Content Security Policy", "Inline script violates Content Security Policy")


def checker() -> Path | None:
    """vnu.jar as tests/vnu.sh puts it there, or as VNU_JAR names it."""
    named = os.environ.get("VNU_JAR")
    found = [Path(named)] if named else sorted((Path(__file__).parents[2] / "var/tools").glob("vnu-*.jar"))
    return next((path for path in reversed(found) if path.is_file()), None)


@pytest.mark.long
@pytest.mark.skipif(
    (JAVA is None or checker() is None) and os.environ.get("CI") != "true",
    reason="the Nu HTML checker is not here (Debian: apt install openjdk-17-jre-headless; then bash tests/vnu.sh)",
)
def test_the_nu_html_checker_finds_nothing_on_any_page(site: Site) -> None:
    jar = checker()
    assert JAVA, "CI must have Java; .ci/run installs it"
    assert jar, "CI must have the checker; .ci/run fetches it by tests/vnu.sh"
    said = _checked(jar, site.folder)
    assert said == []


@pytest.mark.long
@pytest.mark.skipif(
    (JAVA is None or checker() is None) and os.environ.get("CI") != "true", reason="the Nu HTML checker is not here"
)
def test_the_nu_html_checker_is_listened_to(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><html lang=da><title>x</title><p><div></p>", encoding="utf-8")
    jar = checker()
    assert jar
    assert any("No “p” element in scope" in one for one in _checked(jar, tmp_path))


def _checked(jar: Path, folder: Path) -> list[str]:
    """Errors and warnings of every page below the folder."""
    command = [str(JAVA), "-Xss1m", "-jar", str(jar), "--skip-non-html", "--format", "json", "--stdout", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    messages = json.loads(done.stdout)["messages"]
    return [
        f"{one.get('url', '')}:{one.get('lastLine', '')} {one['message']} {one.get('extract', '')!r}"
        for one in messages
        if not one["message"].startswith(_NO_ORIGIN)
    ]


# -- Chromium ------------------------------------------------------------------------------------------------------

WIDTHS = (360, 1440)
EACH = 4  # pages of a folder that are looked at in the browser; the longest ones among them


@dataclass(slots=True)
class Served:
    """A site at an address of this machine, as a web server shows it, and what browsers complained of."""

    site: Site
    address: str
    complaints: list[str] = field(default_factory=list)

    def window(self, browser: Browser, width: int, *, scripts: bool = True) -> Page:
        """A browser of a reader's own. Other hosts are not asked, and asking them is a complaint."""
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
        page = context.new_page()
        page.on("console", lambda said: self.complaints.append(f"{page.url}: {said.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"{page.url}: a script ran: {dialog.message}"))
        page.on("request", lambda asked: self._asked(asked.url))
        return page

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.complaints.append(f"asks for {url}")

    def kinds(self) -> list[str]:
        """Addresses of every kind of page: all at the root, of each folder the first and the longest."""
        folders: dict[Path, list[Path]] = {}
        for path in self.site.pages():
            folders.setdefault(path.parent, []).append(path)
        chosen: list[Path] = []
        for folder, paths in folders.items():
            top = folder in (self.site.folder, self.site.folder / "en")
            longest = sorted(paths, key=lambda path: -path.stat().st_size)[: EACH // 2]
            chosen += paths if top else dict.fromkeys([*paths[: EACH // 2], *longest])
        return [f"{self.address}/{self.site.name(path)}" for path in chosen]


@contextmanager
def served(site: Site) -> Iterator[Served]:
    """A web server of the site, which shows 404.html where there is nothing."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            content = (site.folder / "404.html").read_bytes()
            self.send_response(code, message)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site.folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(site, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def web(site: Site) -> Iterator[Served]:
    with served(site) as made:
        yield made


def opened(page: Page, address: str) -> None:
    """A page with all that is folded open."""
    page.goto(address)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


# Dark colours change nothing but colours, so what is not about them is not asked again.
_CONTRAST = """async () => (await axe.run(document, {runOnly: ['color-contrast', 'link-in-text-block']}))
    .violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`))"""


@chromium
@pytest.mark.long
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_core_finds_nothing_on_any_kind_of_page_in_light_and_dark(
    browser: Browser, web: Served, width: int
) -> None:
    page, found = web.window(browser, width), list[str]()
    for address in web.kinds():
        page.emulate_media(color_scheme="light")
        opened(page, address)
        found += [f"{address}: {one}" for one in found_by_axe(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{address}, dark: {one}" for one in page.evaluate(_CONTRAST)]
    page.context.close()
    assert found == []
    assert web.complaints == []


@chromium
@pytest.mark.long
@pytest.mark.parametrize(("width", "size"), [(320, 100), (360, 200), (1440, 200)])
def test_no_page_is_scrolled_sideways_on_a_small_screen_or_with_large_text(
    browser: Browser, web: Served, width: int, size: int
) -> None:
    page, found = web.window(browser, width), list[str]()
    page.add_init_script(
        f"addEventListener('DOMContentLoaded', () => {{ document.documentElement.style.fontSize = '{size}%' }})"
    )
    for address in web.kinds():
        opened(page, address)
        if (wide := too_wide(page)) > 0:
            found.append(f"{address}: {wide} px")
    page.context.close()
    assert found == []


@chromium
@pytest.mark.long
def test_the_keyboard_leads_past_the_menu_and_its_place_can_always_be_seen(browser: Browser, web: Served) -> None:
    page = web.window(browser, 1440)
    for address in web.kinds():
        page.goto(address)
        for number in range(6):
            page.keyboard.press("Tab")
            href, outline = page.evaluate(
                "[document.activeElement.getAttribute('href'), getComputedStyle(document.activeElement).outlineStyle]"
            )
            assert outline != "none", f"{address}: {href}"
            assert number or href == "#indhold", address
    page.context.close()


@chromium
@pytest.mark.long
def test_every_page_can_be_read_without_script_and_style(browser: Browser, web: Served) -> None:
    page = web.window(browser, 360, scripts=False)
    page.route("**/*.css", lambda route: route.abort())
    for address in web.kinds():
        page.goto(address)
        assert page.locator("h1").is_visible(), address
        hidden = page.locator("main :is(p, li, td, th, dd, h2, h3):visible").count()
        assert hidden == page.locator("main :is(p, li, td, th, dd, h2, h3)").count() - _folded(page), address
    page.context.close()


def _folded(page: Page) -> int:
    """What waits in a closed `details`, or is for those with scripts alone."""
    inside = "main :is(details:not([open]), [hidden]) :is(p, li, td, th, dd, h2, h3)"
    return page.locator(inside).count()


@chromium
@pytest.mark.long
def test_the_page_for_what_is_not_there_is_itself_at_any_depth(browser: Browser, web: Served) -> None:
    page = web.window(browser, 360)
    for path in ("nowhere.html", "a/b/c/nowhere", "en/opgaver/nowhere.html"):
        web.complaints.clear()
        page.goto(f"{web.address}/{path}")
        assert page.locator("h1").inner_text() == "Siden findes ikke"
        assert page.evaluate("document.styleSheets.length") == 1
        assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
        page.locator("main a").first.click()
        assert page.url == f"{web.address}/index.html"
        assert [one for one in web.complaints if "404" not in one] == []
    web.complaints.clear()
    page.context.close()


@chromium
@pytest.mark.long
def test_a_printed_lot_has_no_menu_and_all_that_was_folded(browser: Browser, web: Served) -> None:
    page = web.window(browser, 800)
    page.goto(f"{web.address}/opgaver/vask-1.html")
    page.emulate_media(media="print")
    assert not page.locator("nav").first.is_visible()
    assert not page.locator("nav").last.is_visible()
    assert page.locator("details p").last.is_visible()
    assert page.locator(".guiding").is_visible()
    assert len(page.pdf()) > 10_000
    page.context.close()
