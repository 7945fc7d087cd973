"""A small town behind the pages that answer: a store, its lots, its subscribers, and somebody who visits.

`Place.visit` opens an address as a browser without cookies does; `Place.fill_in` reads the form of a page as a browser
would send it back. Time is `Place.now`, and stands still until a test moves it. Nothing is sent: `Place.sent` holds
the numbers of the mails that somebody waits for.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import sqlite3
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask.testing
from lxml import html
from werkzeug.test import TestResponse

from notifier import config
from notifier.clock import COPENHAGEN
from notifier.config import Config, Town
from notifier.door import Door
from notifier.journal import Journal
from notifier.lots import Agreement, Assessment, Deadline, Lot, LotView, Notice, Organisation, Stage, Verdict
from notifier.profiles import Profile, Subscriber, SubscriberStatus
from notifier.resources import resource
from notifier.site.fingerprints import agreement_fingerprint, lot_fingerprint
from notifier.store import Assessed, Published, Store
from notifier.suitability import Rules, load_rules
from notifier.web import make_application

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=COPENHAGEN)  # a Monday
TOWN = Town("Prøvekøbing Kommune", "udbud@proevekoebing.example", "https://udbud.proevekoebing.example")
DOOR = Door("https://svar.proevekoebing.example")
RULES: Rules = load_rules(resource("config/suitability.toml"))
OWNER = "post@rengoerholdet.example"


def settings_in(folder: Path, door: Door = DOOR) -> Config:
    """The shipped configuration, with everything that is written in a folder of its own."""
    shipped = config.load(resource("config"), environment={})
    return replace(
        shipped,
        town=TOWN,
        door=door,
        database=folder / "notifier.db",
        marker=folder / ".database",
        journal=folder / "left.jsonl",
        outbox=folder / "outbox",
        site=folder / "site",
    )


@dataclass(slots=True, repr=False)
class Place:
    """The town."""

    config: Config
    store: Store
    client: flask.testing.FlaskClient
    moment: list[dt.datetime] = field(default_factory=lambda: [NOW])
    sent: list[int] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, door: Door = DOOR) -> Place:
        """A town without lots and subscribers, its files in a folder."""
        settings = settings_in(folder, door)
        store = Store.open(settings.database, create=True, marker=settings.marker)
        moment, sent = [NOW], list[int]()
        app = make_application(settings, RULES, now=lambda: moment[0], send=sent.append)
        return cls(settings, store, app.test_client(use_cookies=False), moment, sent)

    @property
    def now(self) -> dt.datetime:
        """What the clock shows."""
        return self.moment[0]

    def later(self, **parts: int) -> None:
        """Time goes by."""
        self.moment[0] += dt.timedelta(**parts)

    # -- visits ----------------------------------------------------------------------------------------------------

    def visit(self, address: str, method: str = "GET", **more: Any) -> TestResponse:
        """Open an address of ours, whole or only its path."""
        parts = urlsplit(address)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.client.open(address, method=method, buffered=True, **more)

    def post(self, url: str, /, **form: Any) -> TestResponse:
        """Press the button of a page whose form holds these fields."""
        return self.visit(url, "POST", data=form)

    def sign_up(self, address: str = OWNER, tongue: str = "da", **form: Any) -> TestResponse:
        """Fill in the sign-up of a language."""
        return self.post(DOOR.sign_up(tongue), address=address, **form)

    # -- what is held ----------------------------------------------------------------------------------------------

    def subscriber(
        self,
        address: str = OWNER,
        *,
        status: SubscriberStatus = SubscriberStatus.CONFIRMED,
        language: str = "da",
        name: str = "Rengørholdet",
        profile: Profile | None = None,
    ) -> Subscriber:
        """Somebody who signed up some days ago."""
        profile = profile or Profile(trades=("cleaning",))
        added = dt.timedelta(days=3)
        return self.store.subscribers.add(
            address, now=self.now - added, name=name, language=language, status=status, profile=profile
        )

    def hold(
        self,
        *lots: Lot,
        key: str = "1-2026",
        verdict: Verdict = Verdict.SUITABLE,
        published: bool = True,
        assessed: bool = True,
        **facts: Any,
    ) -> LotView:
        """A call with these lots, read now, judged and published; its first lot as it stands."""
        notice = call(*lots, key=key, **facts)
        self.store.notices.hold(notice, self.now)
        if assessed:
            found = Assessment(verdict, 2.0, ("cleaning",), rules_version="1")
            waiting = list(self.store.assessments.waiting("1"))
            self.store.assessments.save([Assessed(one.number, found) for one in waiting], self.now)
        if published:
            self.publish()
        return next(one for one in self.store.lots.find(key, self.now) if one.lot.lot_id == notice.lots[0].lot_id)

    def agreement(self, title: str = "Vinduespolering", **facts: Any) -> None:
        """An agreement until the end of June, published."""
        values = {"end": dt.date(2027, 6, 30), "supplier": Organisation("Klar Rude ApS"), **facts}
        self.store.agreements.hold(Agreement("town", "aftale-1", title, **values), self.now)
        for view in self.store.agreements.waiting("1"):
            self.store.agreements.save_trades(view.uid, ("cleaning",), "1", NOW)
        self.publish()

    def publish(self) -> None:
        """The public pages are built: every lot that may be shown, as it stands now."""
        lots = [Published(one.uid, lot_fingerprint(one)) for one in self.store.lots.views(self.now) if one.public]
        agreements = [Published(one.uid, agreement_fingerprint(one)) for one in self.store.agreements.views()]
        self.store.publications.record([*lots, *agreements], self.now)

    def lot(self, uid: str) -> LotView:
        """A lot as it stands now."""
        (found,) = self.store.lots.views(self.now, uids=[uid])
        return found

    def found(self, number: int) -> Subscriber:
        """A subscriber as they stand now."""
        found = self.store.subscribers.get(number)
        assert found is not None
        return found

    def owner(self, address: str = OWNER) -> Subscriber:
        """The subscriber of an address as they stand now."""
        found = self.store.subscribers.by_address(address)
        assert found is not None
        return found

    @property
    def journal(self) -> Journal:
        """Who left."""
        return Journal(self.config.journal)

    def letters(self) -> list[Letter]:
        """Every mail that was ever queued, the oldest first."""
        return [
            Letter(row[0], email.message_from_bytes(row[1], policy=_POLICY), row[1])
            for row in self.dump_of("SELECT recipient, octets FROM outbox JOIN mail_bodies ON mail = id ORDER BY id")
        ]

    def dump(self) -> list[str]:
        """Everything that the database holds, row by row."""
        with sqlite3.connect(f"file:{self.config.database}?mode=ro", uri=True) as connection:
            return list(connection.iterdump())

    def dump_of(self, sql: str) -> list[Any]:
        """Rows of the database, read past the store."""
        with sqlite3.connect(f"file:{self.config.database}?mode=ro", uri=True) as connection:
            return connection.execute(sql).fetchall()


_POLICY = email.policy.default


@dataclass(frozen=True, slots=True)
class Letter:
    """A queued mail: to whom, and as its reader's program opens it."""

    to: str
    message: EmailMessage
    raw: bytes

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """Both bodies, as they are read."""
        return "\n".join(part.get_content() for part in self.message.walk() if part.get_content_maintype() == "text")

    def link(self, path: str) -> str:
        """The first address in the mail that leads to a page of ours under `path`."""
        found = re.search(rf'https?://[^\s"<>/]+{path}[^\s"<>]+', self.text)
        assert found
        return found[0]


def call(*lots: Lot, key: str = "1-2026", **facts: Any) -> Notice:
    """A call of the town with these lots; cleaning of schools where none is given."""
    values = {
        "source": "ted",
        "stage": Stage.CALL,
        "title": "Rengøring",
        "language": "da",
        "buyers": (Organisation("Prøvekøbing Kommune"),),
        "publication_number": key,
        "procedure_id": f"P{key}",
        "published": dt.date(2026, 11, 5),
        "lots": lots or (lot(),),
        **facts,
    }
    return Notice(key=key, **values)


def lot(title: str = "Rengøring af fire skoler", label: str = "LOT-0001", **facts: Any) -> Lot:
    """A lot with a deadline at noon on 8 December."""
    values = {"cpv_main": "90911200", "deadline": noon(8), **facts}
    return Lot(label, title, **values)


def noon(day: int) -> Deadline:
    """Noon of a day of December 2026 in Copenhagen."""
    return Deadline(dt.datetime(2026, 12, day, 12, 0, tzinfo=COPENHAGEN))


def tree(response: TestResponse) -> html.HtmlElement:
    """A page as a browser reads it."""
    return html.document_fromstring(response.get_data(), parser=html.HTMLParser(encoding="utf-8"))


def said(response: TestResponse) -> str:
    """The words of a page, on one line."""
    return " ".join(tree(response).find("body").text_content().split())


def heading(response: TestResponse) -> str:
    """What stands at the top of a page."""
    return " ".join(tree(response).find(".//h1").text_content().split())


def filled_in(response: TestResponse, number: int = 0) -> dict[str, list[str]]:
    """What a browser would send for a page's form as it stands."""
    found: dict[str, list[str]] = {}
    for one in tree(response).forms[number].iter("input", "textarea", "select"):
        if one.tag == "input" and one.get("type") in ("checkbox", "radio") and one.get("checked") is None:
            continue
        unset = "on" if one.get("type") in ("checkbox", "radio") else ""
        value = one.get("value", unset) if one.tag == "input" else one.value or ""
        found.setdefault(one.get("name"), []).append(value)
    return found
