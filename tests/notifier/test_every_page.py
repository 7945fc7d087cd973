"""Every page of both applications in a real browser: axe-core finds nothing, nothing runs, nothing is too wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from notifier.lots import Agreement, Organisation
from tests.notifier.looks import Scheme, Town, a_little_of_everything, found_by_axe, too_wide, town_at
from tests.notifier.web.make import lot
from tests.test_browser import browser as browser
from tests.test_browser import pytestmark as chromium

pytestmark = [chromium, pytest.mark.long]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_at(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture(scope="module")
def addresses(town: Town) -> list[str]:
    values = a_little_of_everything(town)
    public = [f"{town.door.address}{path}" for path in town.pages(values, town.room.place.client.application)]
    return [*public, *(f"{town.desk}{path}" for path in town.pages(values, town.room.app))]


def shown(page: Page, addresses: list[str]) -> Iterator[str]:
    """The addresses that show a page (and do not give a file or lead elsewhere), one after the other, all open."""
    for address in addresses:
        if address.endswith((".css", ".js", ".ics", ".xml", ".csv", ".txt", ".json")):
            continue
        answer = page.goto(address)
        assert answer is not None
        assert answer.status < 500, address
        if "html" in answer.headers.get("content-type", ""):
            page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
            yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_axe_core_finds_nothing_on_any_page(
    browser: Browser, town: Town, addresses: list[str], language: str, scheme: Scheme
) -> None:
    page = town.enter(town.window(browser, scheme=scheme), "admin")
    town.speak(language)
    wrong = [f"{address}: {one}" for address in shown(page, addresses) for one in found_by_axe(page)]
    page.context.close()
    assert wrong == []
    assert town.complaints == []


@pytest.mark.parametrize(("width", "size"), [(320, 100), (640, 200), (1100, 200)])
def test_every_page_can_be_used_on_a_small_screen_and_with_large_text(
    browser: Browser, town: Town, addresses: list[str], width: int, size: int
) -> None:
    town.speak("da")
    page = town.enter(town.window(browser, width), "admin")
    # As a reader sets it in the browser: the text alone grows.
    page.context.add_init_script(
        f"addEventListener('DOMContentLoaded', () => {{ document.documentElement.style.fontSize = '{size}%' }})"
    )
    wide = [f"{address}: {too_wide(page)} px" for address in shown(page, addresses) if too_wide(page) > 0]
    page.context.close()
    assert wide == []


def payloads() -> list[str]:
    """Fifty ways to make a browser run something, each of which would say "ran" by an alert."""
    ran = "alert('ran')"
    tags = [
        f"<script>{ran}</script>", f"<ScRiPt>{ran}</ScRiPt>", f"<script src=data:text/javascript,{ran}></script>",
        f"<script/x>{ran}</script>", f"<script\x0c>{ran}</script>", f"<<script>{ran}//<</script>",
        f"<img src=x onerror={ran}>", f'<img src="x" onerror="{ran}">', f"<img/src=x/onerror={ran}>",
        f"<svg onload={ran}>", f"<svg/onload={ran}>", f"<svg><script>{ran}</script></svg>",
        f"<svg><animate onbegin={ran} attributeName=x dur=1s>", f"<svg><set onbegin={ran} attributeName=x>",
        f"<body onload={ran}>", f"<iframe src=javascript:{ran}>", f"<iframe srcdoc='<script>parent.{ran}</script>'>",
        f"<object data=javascript:{ran}>", f"<embed src=javascript:{ran}>", f"<video><source onerror={ran}></video>",
        f"<audio src=x onerror={ran}>", f"<details open ontoggle={ran}>x</details>", f"<input autofocus onfocus={ran}>",
        f"<select autofocus onfocus={ran}>", f"<textarea autofocus onfocus={ran}>", f"<marquee onstart={ran}>",
        f"<math><mi//xlink:href='data:x,<script>{ran}</script>'>", f"<form><button formaction=javascript:{ran}>x",
        f"<a href=javascript:{ran}>x</a>", f"<a href='java\tscript:{ran}'>x</a>", f"<base href=javascript:{ran}//>",
        f"<meta http-equiv=refresh content='0;url=javascript:{ran}'>", f"<link rel=stylesheet href=javascript:{ran}>",
        f"<style>@import 'javascript:{ran}';</style>", f"<div style=\"background:url(javascript:{ran})\">x</div>",
        f"<noscript><p title='</noscript><img src=x onerror={ran}>'>", f"<title></title><script>{ran}</script>",
        f"<template><script>{ran}</script></template>", f"<xmp><img src=x onerror={ran}></xmp>",
    ]  # fmt: skip
    attributes = [
        f'" onmouseover={ran} autofocus onfocus={ran} x="', f"' onfocus={ran} autofocus x='", f"`onfocus={ran}`",
        f'"><script>{ran}</script>', f"'><script>{ran}</script>", f"</title><script>{ran}</script>",
        f"</textarea><script>{ran}</script>", f"</style><script>{ran}</script>", f"--><script>{ran}</script>",
        f"]]><script>{ran}</script>", "{{ 7 * '7' }}{% raw %}", f"javascript:{ran}",
        f"&lt;script&gt;{ran}&lt;/script&gt;",
    ]  # fmt: skip
    return [*tags, *attributes]


def test_fifty_payloads_in_scraped_text_run_nowhere(browser: Browser, tmp_path: Path) -> None:
    found = payloads()
    assert len(found) >= 50
    with town_at(tmp_path) as town:
        place = town.room.place
        for number, payload in enumerate(found):
            hostile = lot(
                f"Rengøring {payload}", description=f"Rengøring {payload} af skoler {payload}", place=payload,
                documents_url=payload, submission_url=f"javascript:{payload}", additional_information=payload,
            )  # fmt: skip
            place.hold(
                hostile, key=f"{number + 10}-2026", title=payload, buyers=(Organisation(payload, payload),),
                url=f"javascript:{payload}", publication_number="",
            )  # fmt: skip
            agreement = Agreement("town", f"a{number}", payload, supplier=Organisation(payload), contact=payload)
            place.store.agreements.hold(agreement, place.now)
        values = a_little_of_everything(town)
        pages: list[str] = []
        for view in place.store.lots.views(place.now):
            values["slug"] = view.slug
            for app, base in ((place.client.application, town.door.address), (town.room.app, town.desk)):
                pages += [f"{base}{path}" for path in town.pages(values, app) if f"{base}{path}" not in pages]
        page = town.enter(town.window(browser), "admin")
        seen = list(shown(page, pages))
        page.context.close()
        assert len(seen) > 50
        assert town.complaints == []
