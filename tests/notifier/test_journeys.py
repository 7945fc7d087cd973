"""Whole ways through in a real browser: from sign-up to the first digest to unsubscribing."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from notifier.dispatch import build_digests
from notifier.outbox import deliver
from notifier.post import trade_names
from notifier.profiles import SubscriberStatus
from tests.notifier.looks import Town, found_by_axe, town_at
from tests.notifier.office import Taker
from tests.notifier.web.make import RULES, lot
from tests.notifier.web.test_looks import follow
from tests.test_browser import browser as browser
from tests.test_browser import pytestmark as chromium

pytestmark = [chromium, pytest.mark.long]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with town_at(tmp_path) as made:
        yield made


def morning(town: Town) -> list[EmailMessage]:
    """Digests are built and leave; the mails that left."""
    place, relay = town.room.place, Taker()
    build_digests(place.store, place.config, place.now, trade_names(RULES.trades))
    deliver(place.store, relay, place.now)
    found = (email.message_from_bytes(one.body, policy=email.policy.default) for one in relay.letters)
    return [one for one in found if isinstance(one, EmailMessage)]


def test_from_sign_up_to_the_first_digest_to_unsubscribing(browser: Browser, town: Town, tmp_path: Path) -> None:
    place = town.room.place
    page = town.window(browser, 360)
    page.goto(town.door.sign_up("da"))
    page.get_by_label("Rengøring", exact=True).check()
    page.get_by_text("Flere muligheder").click()
    page.get_by_label("På hverdage").check()
    page.get_by_label("Mailadresse").fill("post@rengoerholdet.example")
    follow(page, "button", "Tilmeld")
    page.goto(place.letters()[-1].link("/ja/"))
    follow(page, "button", "Ja, send os opgaver")
    assert place.owner().status is SubscriberStatus.CONFIRMED

    place.later(hours=1)
    view = place.hold(lot("Rengøring af fire skoler"))
    place.later(days=1)
    mails = morning(town)
    digest = next(one for one in mails if "fire skoler" in one.as_string() or "opgave" in str(one["Subject"]))
    html = digest.get_body(("html",))
    assert html is not None
    (tmp_path / "digest.html").write_text(str(html.get_content()), encoding="utf-8")
    mail = browser.new_page(viewport={"width": 360, "height": 800})
    mail.goto((tmp_path / "digest.html").as_uri())
    assert "Rengøring af fire skoler" in mail.locator("body").inner_text()
    # A mail is no document of its own: the program that shows it has the landmarks.
    assert [one for one in found_by_axe(mail) if not one.startswith(("region", "landmark"))] == []
    answer = mail.get_by_role("link", name="Relevant").first.get_attribute("href")
    stop = mail.get_by_role("link", name="Stop").first.get_attribute("href")
    mail.close()
    assert answer
    assert stop

    page.goto(answer)
    assert place.store.answers.of(place.owner().number) == ()
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    assert [one.lot_uid for one in place.store.answers.of(place.owner().number)] == [view.uid]

    page.goto(stop)
    assert place.owner().status is SubscriberStatus.CONFIRMED
    follow(page, "button", "Stop mailen")
    assert place.owner().status is SubscriberStatus.UNSUBSCRIBED
    place.hold(lot("Rengøring af to haller"), key="2-2026")
    place.later(days=1)
    assert morning(town) == []
    assert town.complaints == []
    page.context.close()
