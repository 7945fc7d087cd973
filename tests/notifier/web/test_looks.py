"""The pages that answer in a real browser: Debian's Chromium, driven by playwright (as in tests/test_browser.py)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from notifier.answers import Answer
from notifier.door import Door
from notifier.lots import Deadline
from notifier.profiles import Profile, Subscriber, SubscriberStatus
from tests.notifier.web.make import NOW, Place, lot
from tests.test_browser import browser as browser
from tests.test_browser import pytestmark as chromium

pytestmark = [chromium, pytest.mark.long]

LONG = "Rengøring og vinduespudsning af Pædagogisk-Psykologisk-Rådgivningscentrets ejendomme i Eksempelbyområdet"


@dataclass(slots=True)
class Served:
    """The town at an address of its own."""

    place: Place
    door: Door
    complaints: list[str] = field(default_factory=list)

    def open(self, browser: Browser, address: str, width: int = 360, scheme: str = "light") -> Page:
        """A page in a window of its own; what it complains of, or asks elsewhere, is noted."""
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(f"{page.url}: {message.text}"))
        page.on("request", lambda asked: self._note(asked.url))
        page.goto(address)
        return page

    def _note(self, url: str) -> None:
        if not url.startswith((self.door.address, "data:")):
            self.complaints.append(f"asks for {url}")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The pages behind a server. Its address is known before they are made, since they name it."""
    places: list[Place] = []

    @Request.application
    def forward(request: Request) -> Response:
        return Response.from_app(places[0].client.application, request.environ)

    server = make_server("127.0.0.1", 0, forward, threaded=True)
    door = Door(f"http://127.0.0.1:{server.server_port}")
    places.append(Place.at(tmp_path, door))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with places[0].store:
        yield Served(places[0], door)
        server.shutdown()
        thread.join()
        server.server_close()


def everything(served: Served) -> dict[str, str]:
    """Every kind of page, each with much to show."""
    place, door = served.place, served.door
    view = place.hold(lot(LONG, description="Daglig rengøring."))
    place.hold(lot("Rengøring af haller", deadline=Deadline(NOW.replace(day=30), time_known=False)), key="2-2026")
    wanted = Profile(("cleaning", "grounds"), ("9091", "7734"), ("vinduespudsning",), (), ("DK01", "0461"), most=7)
    one = place.subscriber(profile=wanted, name="Den Selvejende Institution Rengørholdet i Prøvekøbing")
    two = place.subscriber("hej@koekkenet.example")
    for who in (one, two):
        place.post(door.answer(who, view.slug, Answer.PARTNERS), words="Vi har to biler, og otte ansatte på fleksjob.")
    place.sign_up("en-meget-lang-adresse.for-hele-virksomheden@kontoret.rengoerholdet-i-proevekoebing.example")
    return {
        "sign-up": door.sign_up("da"),
        "sign-up-en": door.sign_up("en"),
        "confirm": place.letters()[-1].link("/ja/"),
        "change": door.change(one),
        "saved": f"{door.change(one)}?gemt=1",
        "tasks": door.tasks(one),
        "stop": door.stop(one),
        "missing": f"{door.address}/nowhere",
        **{f"answer-{what}": door.answer(one, view.slug, what) for what in Answer},
    }


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def follow(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Press it, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_to_be_moved_sideways_on_a_telephone(browser: Browser, served: Served, scheme: str) -> None:
    pages, wide = everything(served), []
    page = served.open(browser, pages["sign-up"], 360, scheme)
    for name, address in pages.items():
        page.goto(address)
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        if width_of(page) > 360:
            wide.append((name, width_of(page)))
    page.context.close()
    assert wide == []
    assert [one for one in served.complaints if "404 (NOT FOUND)" not in one] == []


def test_mistakes_fit_the_screen_and_lead_to_their_fields(browser: Browser, served: Served) -> None:
    page = served.open(browser, served.door.sign_up("da"))
    page.fill("#places", "Donaudampfschiffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft")
    page.fill("#address", "post@rengoerholdet.example")
    follow(page, "button", "Tilmeld")
    assert width_of(page) == 360
    alert = page.get_by_role("alert")
    assert alert.get_by_role("heading").inner_text() == "Der er 1 ting at rette"
    alert.get_by_role("link").click()
    assert page.evaluate("location.hash") == "#places"
    assert page.input_value("#address") == "post@rengoerholdet.example"
    page.context.close()


def test_the_keyboard_reaches_every_field_and_the_button_and_not_the_trap(browser: Browser, served: Served) -> None:
    page = served.open(browser, served.door.sign_up("da"))
    reached: list[str] = []
    while "Tilmeld" not in reached and len(reached) < 60:
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.name || document.activeElement.textContent.trim().slice(0, 30)")
        )
    assert reached[0] == "Gå til indholdet"
    assert list(dict.fromkeys(reached[reached.index("trades") :])) == [
        "trades", "areas", "places", "max_value", "partnerships", "Flere muligheder", "try", "address", "name",
        "Tilmeld",
    ]  # fmt: skip
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.context.close()


def test_whoever_uses_the_keyboard_alone_signs_up(browser: Browser, served: Served) -> None:
    page = served.open(browser, served.door.sign_up("da"))
    page.focus("input[name=trades]")
    page.keyboard.press("Space")
    page.focus("#address")
    page.keyboard.type("post@rengoerholdet.example")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == "Se i jeres indbakke"
    assert served.place.owner().profile.trades == ("cleaning",)
    page.context.close()


def test_from_sign_up_to_stop_by_clicking(browser: Browser, served: Served) -> None:
    place = served.place
    page = served.open(browser, served.door.sign_up("da"))
    page.get_by_label("Rengøring").check()
    page.get_by_label("Op til 500.000 kr.").check()
    page.get_by_text("Flere muligheder").click()
    page.get_by_label("På hverdage").check()
    page.get_by_label("Mailadresse").fill("post@rengoerholdet.example")
    follow(page, "button", "Tilmeld")
    assert "post@rengoerholdet.example" in page.locator("main").inner_text()

    page.goto(place.letters()[-1].link("/ja/"))
    assert place.owner().status is SubscriberStatus.PENDING
    follow(page, "button", "Ja, send os opgaver")
    assert page.locator("h1").inner_text() == "I er tilmeldt"
    assert place.owner().status is SubscriberStatus.CONFIRMED

    page.goto(served.door.change(place.owner()))
    page.get_by_label("Rengøring").uncheck()
    page.get_by_label("Kantine, mad og café").check()
    follow(page, "button", "Gem")
    assert page.get_by_role("status").inner_text() == "Jeres valg er gemt og gælder fra næste mail."
    assert _kept(place.owner()) == (("catering",), 500_000, "daily")

    follow(page, "link", "Stop mailen")
    assert place.owner().status is SubscriberStatus.CONFIRMED
    follow(page, "button", "Stop mailen")
    assert page.locator("h1").inner_text() == "Mailen er stoppet"
    assert place.owner().status is SubscriberStatus.UNSUBSCRIBED
    assert served.complaints == []
    page.context.close()


def _kept(subscriber: Subscriber) -> tuple[tuple[str, ...], int, str]:
    most = subscriber.profile.value_max
    return subscriber.profile.trades, int(most.amount) if most else 0, subscriber.cadence.value


def test_two_find_each_other_by_clicking(browser: Browser, served: Served) -> None:
    place = served.place
    view = place.hold()
    pages = []
    for number in range(2):
        subscriber = place.subscriber(f"post{number}@rengoerholdet.example")
        page = served.open(browser, served.door.answer(subscriber, view.slug, Answer.RELEVANT))
        follow(page, "link", "Vi søger partnere")
        page.get_by_label("Hvad kan I bidrage med?").fill(f"Vi har {number + 2} biler")
        follow(page, "button", "Ja, vi søger partnere")
        pages.append(page)
    pages[0].reload()
    assert "Vi har 3 biler" in pages[0].locator("main").inner_text()
    for page in pages:
        follow(page, "button", "Ja, del vores navn og mailadresse")
    assert "I har begge sagt ja" in pages[1].locator("main").inner_text()
    assert len(place.letters()) == 4
    for page in pages:
        page.context.close()
