"""Both applications at addresses of their own, and what is asked of every page in a real browser.

`Town` serves the public pages and the desk of one small town that has a little of everything. `Town.pages` is every
page that can be read with GET, found in the applications themselves: a new route is looked at without being listed
anywhere, and one whose address needs a value that nobody gave here fails.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import flask
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Dialog, Page
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from notifier.answers import Answer
from notifier.config import DeskConfig
from notifier.door import Door
from notifier.keys import Purpose, key_of
from notifier.lots import Deadline, LotView
from notifier.profiles import Profile, Subscriber
from notifier.store.plans import PlanKind
from tests.notifier.desk.lots import Pile
from tests.notifier.desk.make import PASSWORD, Room
from tests.notifier.desk.running import everything
from tests.notifier.web.make import NOW, lot

POSTING = {
    "kind": "small", "key": "0123456789ab", "title": "Rengøring af klubhus to gange om ugen", "place": "Nørrevang",
    "description": "Klubhuset ved havnen gøres rent mandag og torsdag, 140 kvadratmeter, fra 1. marts.",
    "value": "120.000", "deadline": "2026-12-07", "deadline_time": "12:00", "answer": "indkoeb@proevekoebing.example",
    "trades": "cleaning", "verdict": "suitable",
}  # fmt: skip
LONG = "Rengøring og vinduespudsning af Pædagogisk-Psykologisk-Rådgivningscentrets ejendomme i Eksempelbyområdet"
Scheme = Literal["light", "dark"]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = """async tags => {
    const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']});
    return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`));
}"""


@dataclass(slots=True)
class Town:
    """The town at two addresses."""

    room: Room
    door: Door
    desk: str
    complaints: list[str] = field(default_factory=list)

    def window(self, browser: Browser, width: int = 1100, scheme: Scheme = "light", height: int = 900) -> Page:
        """A browser of somebody's own; what its pages complain of, or ask elsewhere, is noted."""
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", lambda said: self._note(page, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda asked: self._asked(asked.url))
        page.on("dialog", lambda dialog: self._ran(dialog))
        return page

    def _ran(self, dialog: Dialog) -> None:
        self.complaints.append(f"a script ran: {dialog.message}")
        dialog.dismiss()

    def _note(self, page: Page, words: str) -> None:
        if "status of 4" not in words:  # a page that says no
            self.complaints.append(f"{page.url}: {words}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.door.address, self.desk, "data:")):
            self.complaints.append(f"asks for {url}")

    def enter(self, page: Page, who: str = "anna") -> Page:
        """Sign somebody in."""
        page.goto(f"{self.desk}/log-ind")
        page.fill("#login", f"{who}@proevekoebing.example")
        page.fill("#password", PASSWORD)
        with page.expect_navigation():
            page.locator("main button").first.click()
        return page

    def speak(self, language: str) -> None:
        """Everybody at the desk works in that language."""
        for account in self.room.place.store.accounts.all():
            self.room.place.store.accounts.set_language(account.number, language)

    def pages(self, values: dict[str, str], app: flask.Flask) -> Iterator[str]:
        """The path of every page of an application that can be read."""
        adapter = app.url_map.bind("localhost")
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
            if "GET" not in (rule.methods or ()):
                continue
            missing = rule.arguments - values.keys()
            assert not missing, f"{rule.rule} needs {missing}: give a value in tests/notifier/looks.py"
            key = f"key:{rule.endpoint}"
            given = {name: values[name] for name in rule.arguments}
            if "key" in given and key in values:
                given["key"] = values[key]
            yield adapter.build(rule.endpoint, given)


@contextmanager
def town_at(folder: Path) -> Iterator[Town]:
    """The town behind two servers. Their addresses are known before the pages are made, since those name them."""
    rooms: list[Room] = []

    @Request.application
    def public(request: Request) -> Response:
        return Response.from_app(rooms[0].place.client.application, request.environ)

    @Request.application
    def desk(request: Request) -> Response:
        return Response.from_app(rooms[0].app, request.environ)

    with _served(public) as public_port, _served(desk) as desk_port:
        door, own = Door(f"http://127.0.0.1:{public_port}"), f"http://127.0.0.1:{desk_port}"
        rooms.append(Room.at(folder, DeskConfig(own), door))
        with rooms[0].place.store:
            yield Town(rooms[0], door, own)


@contextmanager
def _served(application: object) -> Iterator[int]:
    server: BaseWSGIServer = make_server("127.0.0.1", 0, application, threaded=True)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_little_of_everything(town: Town) -> dict[str, str]:
    """Lots, agreements, subscribers and what they say; the values that the routes' arguments take."""
    place = town.room.place
    if not place.store.lots.count():
        everything(town.room)
    view = place.hold(
        lot(LONG, description="Daglig rengøring. Vinduespudsning udføres fire gange om året."),
        lot("Kantinedrift", "LOT-0002", cpv_main="55512000"),
        title="Rengøring og kantine",
        key="90-2026",
    )
    place.hold(lot("Rengøring af haller", deadline=Deadline(NOW.replace(day=30), time_known=False)), key="2-2026")
    place.agreement()
    wanted = Profile(("cleaning", "grounds"), ("9091", "7734"), ("vinduespudsning",), (), ("DK01", "0461"), most=7)
    one = place.subscriber(profile=wanted, name="Den Selvejende Institution Rengørholdet i Prøvekøbing")
    two = place.subscriber("hej@koekkenet.example")
    for who in (one, two):
        place.post(town.door.answer(who, view.slug, Answer.PARTNERS), words="Vi har to biler og otte ansatte.")
    place.sign_up("en-meget-lang-adresse.for-hele-virksomheden@kontoret.rengoerholdet-i-proevekoebing.example")
    pile = Pile(town.room, 100)
    for kind in ("unsure", "marked", "unlikely", "clear"):
        pile.add(kind, f"{kind}: {LONG}", f"{kind}: Rengøring af rådhus, administrationsbygninger og biblioteker")
    pile.add("clear", "Stikprøven", sampled=True)
    at_work(town.room, view, pile.add("marked", "Markeret", "Også markeret", "Skjult"))
    place.publish()
    town.room.refresh()
    return arguments(town, place.lot(view.uid), one)


def at_work(room: Room, view: LotView, uids: list[str]) -> None:
    """An officer has tagged, noted, planned, put right, hidden and posted something."""
    anna, (agreement, *_) = room.enter("admin"), room.place.store.agreements.views()
    done = [
        anna.post("/maerk", {"lot": [f"{uid}|0" for uid in uids], "verdict": "suitable", "why": "Godt for os"}),
        anna.post(f"/opgave/{view.slug}/note", {"words": "Ring til skolen først.", "once": "1" * 22}),
        anna.post("/smaa-indkoeb/ny", {**POSTING, "step": "post"}),
    ]
    assert [one.status_code for one in done] == [303, 303, 303]
    store, now = room.place.store, room.place.now
    store.plans.add(agreement.uid, PlanKind.SPLIT, "I tre dele", who="Carla Dam", now=now, once="2" * 22)
    store.corrections.make(view.uid, {"place": "Nørrevang"}, who="Carla Dam", why="Stod forkert", now=now)


def arguments(town: Town, view: LotView, who: Subscriber) -> dict[str, str]:
    """What the routes' arguments stand for."""
    purposes = {
        "change": Purpose.CHANGE, "tasks": Purpose.CHANGE, "stop": Purpose.STOP, "answer": Purpose.ANSWER,
        "calendar": Purpose.CALENDAR, "feed": Purpose.FEED,
    }  # fmt: skip
    letters = town.room.place.letters()
    return {
        "slug": view.slug,
        "agreement": next((one.slug for one in town.room.place.store.agreements.views()), "ingen"),
        "answer": Answer.BIDDING.value,
        "key": key_of(who, Purpose.ANSWER),
        **{f"key:{endpoint}": key_of(who, purpose) for endpoint, purpose in purposes.items()},
        "token": letters[-1].link("/ja/").rsplit("/", 1)[1] if letters else "x",
        "trade": "cleaning",
        "source_id": "ted",
        "number": "1",
        "table": "steps",
        "path": "index.html",
    }


def found_by_axe(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it stands."""
    page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(_AXE, _RULES))


def too_wide(page: Page) -> int:
    """By how much a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
