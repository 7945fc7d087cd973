"""What the demo leaves, in a real browser: Debian's Chromium, driven by playwright.

Skipped on a machine without Chromium, but never in CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.demos import Demo

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="Chromium is not installed (Debian: apt install chromium)",
)
PAGES = ("index.html", "opgaver.html", "aftaler.html", "en/index.html", "en/opgaver.html", "en/aftaler.html")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "CI must have Chromium; .ci/run installs it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


def targets(demo: Demo, folder: Path) -> list[Path]:
    """Every kind of page of the site, and the HTML of every mail."""
    site = demo.folder / "site"
    lots = sorted(site.glob("opgaver/*.html"))[:3] + sorted(site.glob("en/opgaver/*.html"))[:1]
    mails = []
    for number, html in enumerate(demo.texts("html")):
        mails.append(folder / f"mail{number}.html")
        mails[-1].write_text(html, encoding="utf-8")
    staff = [demo.folder / "staff" / page for page in ("kilder.html", "sources.html")]
    return [*(site / page for page in PAGES), *lots, *mails, *staff]


def opened(browser: Browser, file: Path, width: int, scheme: str) -> tuple[Page, list[str]]:
    """A page at a width in a colour scheme, with everything that it asked for or complained of."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    said: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith("file://"):
            said.append(f"asks for {request.url}")

    page.on("request", asked)
    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.goto(file.as_uri())
    return page, said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_and_mail_fits_the_screen_and_loads_nothing_from_elsewhere(
    browser: Browser, demo: Demo, tmp_path: Path, width: int, scheme: str
) -> None:
    found: list[str] = []
    for file in targets(demo, tmp_path):
        page, said = opened(browser, file, width, scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            said.append(f"is {wide} pixels wide")
        found += [f"{file.name}: {what}" for what in said]
        page.context.close()
    assert found == []


def test_the_front_page_says_what_it_is_before_anything_else(browser: Browser, demo: Demo) -> None:
    page, _ = opened(browser, demo.folder / "site/index.html", 360, "light")
    heading = page.locator("h1").bounding_box()
    assert heading is not None
    assert heading["y"] < 400
    assert page.title()
    assert page.locator("html").get_attribute("lang") == "da"
    page.context.close()


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(browser: Browser, demo: Demo) -> None:
    page, _ = opened(browser, demo.folder / "site/index.html", 1280, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    page.context.close()


def test_a_reader_gets_from_the_front_page_to_a_lot_and_to_english(browser: Browser, demo: Demo) -> None:
    page, _ = opened(browser, demo.folder / "site/index.html", 360, "light")
    page.locator("main h3 a").first.click()
    assert "/opgaver/" in page.url
    title = page.locator("h1").inner_text()
    page.get_by_role("link", name="English").click()
    assert "/en/opgaver/" in page.url
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == title
    page.context.close()
