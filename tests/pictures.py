"""The pictures in docs/pictures of the pages that answer and of the desk, taken of what the demo leaves.

./run demo && .venv/bin/python -m tests.pictures
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from notifier import config
from notifier.desk import make_desk
from notifier.desk.passwords import hash_of
from notifier.sampletown import DAY_TWO
from notifier.store import Store
from notifier.store.accounts import Role
from notifier.suitability import load_rules
from notifier.web import make_application
from tests.test_browser import CHROMIUM, QUIET

ROOT = Path(__file__).parents[1]
LOGIN, PASSWORD = "anna@noerrevang.example", "korrekt hest batteri"
PUBLIC = {"search": "/opgaver", "signup": "/tilmeld"}
DESK = {"inbox": "/", "agreements": "/aftaler", "effects": "/virkning", "health": "/drift"}
SIZE = {"width": 1100, "height": 900}


def main() -> None:
    """Take them all."""
    settings = config.load(ROOT / "var" / "demo" / "config", environment={})
    rules = load_rules(settings.rules)
    with Store.open(settings.database, marker=settings.marker) as store:
        account = store.accounts.by_login(LOGIN) or store.accounts.add(LOGIN, "Anna Lund", Role.ADMIN, DAY_TWO)
        assert account
        store.accounts.set_password(account.number, hash_of(PASSWORD))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        with _served(make_application(settings, rules, now=lambda: DAY_TWO), settings.listen):
            _take(page, settings.door.address, PUBLIC)
        with _served(make_desk(settings, rules, now=lambda: DAY_TWO), settings.desk.listen):
            page.goto(f"{settings.desk.address}/log-ind")
            page.fill("#login", LOGIN)
            page.fill("#password", PASSWORD)
            page.locator("main button").first.click()
            page.wait_for_load_state()
            first = page.locator("main a[href^='/opgave/']").first.get_attribute("href")
            _take(page, settings.desk.address, {**DESK, "lot": first or "/"})
        browser.close()


def _take(page: Page, address: str, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        page.goto(f"{address}{path}")
        page.screenshot(path=ROOT / "docs" / "pictures" / f"{name}.png")


@contextmanager
def _served(application: object, listen: tuple[str, int]) -> Iterator[None]:
    server = make_server(*listen, application, threaded=True)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main()
