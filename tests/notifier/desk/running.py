"""A desk at which things go wrong: what the tests of its health, of its log and of its looks have in common."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from notifier.config import Source
from notifier.desk import make_desk
from notifier.likeness import probable_pairs
from notifier.lots import Document, DocumentRole, RunStatus
from notifier.profiles import Profile, SubscriberStatus
from notifier.store.outbox import MailKind, MailStatus
from notifier.withheld import Reason
from tests.notifier.desk.make import Room
from tests.notifier.web.make import RULES, call, lot

BY = Source("by", "page", "Nabokøbing Kommune", "https://nabokoebing.example/udbud", name="Nabokøbing")
TED = Source("ted", "ted", "EU", "https://api.ted.example", name="TED")
HERE = Source("opslag", "opslag", "Prøvekøbing Kommune", "https://skrivebord.proevekoebing.example", name="Små indkøb")
# Wherever an address or a name of a subscriber could come from, these do. None may be on any page.
ADDRESS, NAME = "hemmelig.anne@lillefirma.example", "Lillefirmaet Solsikken"
SECRETS = re.compile(r"hemmelig|lillefirma|solsikken", re.IGNORECASE)


def with_sources(room: Room, *sources: Source) -> Room:
    """The same desk with other sources."""
    room.place.config = replace(room.place.config, sources=sources)
    room.app = make_desk(room.place.config, RULES, now=lambda: room.place.moment[0], send=room.sent.append)
    return room


def read(
    room: Room,
    source: str,
    status: RunStatus | None = RunStatus.GOOD,
    *pages: Document,
    at: dt.datetime | None = None,
    **told: object,
) -> None:
    """A reading of a source, begun at a moment, with the answers that came."""
    store, at = room.place.store, at or room.place.now
    number = store.runs.begin(source, at)
    for page in pages:
        store.documents.keep(page, at)
    if status:
        values = {"listed": 41, "held": 41, **told}
        store.runs.finish(number, finished=at + dt.timedelta(minutes=3), status=status, **values)  # type: ignore[arg-type]


def answer(body: bytes, place: str = "https://nabokoebing.example/udbud", **facts: object) -> Document:
    """What a source answered."""
    values = {"role": DocumentRole.LIST, "reader": "parse", "content_type": "text/html; charset=utf-8", **facts}
    return Document("by", f"GET {place}", place, body=body, **values)  # type: ignore[arg-type]


def mail(
    room: Room,
    status: MailStatus = MailStatus.HELD,
    error: str = "421 connection lost after the body",
    *,
    kind: MailKind = MailKind.NOTICE,
    address: str = ADDRESS,
) -> int:
    """A mail to a subscriber that was tried once and stands there; its number."""
    store, now = room.place.store, room.place.now
    known = store.subscribers.by_address(address) or room.place.subscriber(address, name=NAME)
    number = store.outbox.add(
        digest_id=None, subscriber_id=known.number, message_id=f"<{store.outbox.counts()}@x.example>",
        recipient=known.address, body=b"Kaere " + NAME.encode(), now=now, kind=kind,
    )  # fmt: skip
    store._database.write(
        "UPDATE outbox SET status = ?, error = ?, attempts = 1, claimed_at = created, begun = 1, doubted = ? "
        "WHERE id = ?",
        (status, error, status is MailStatus.HELD, number),
    )
    return number


def withhold(room: Room, *titles: str, source: str = "ted") -> None:
    """Lots of a first run, published, told to nobody."""
    place = room.place
    with place.store.withheld.noting(Reason.FIRST_RUN, source, place.now):
        for number, title in enumerate(titles, start=1):
            place.store.notices.hold(call(lot(title), key=f"{number}-2026", source=source, title=title), place.now)
    place.hold(lot("Noget andet"), key="99-2026", title="Noget andet")


def subscribers(room: Room, count: int, profile: Profile | None = None) -> None:
    """So many who were there before anything was found."""
    for number in range(count):
        room.place.subscriber(f"{number}.{ADDRESS}", name=NAME, profile=profile)


def a_pair(room: Room) -> int:
    """Two tenders that look alike; the number of the pair."""
    place = room.place
    for key, source in (("71-2026", "ted"), ("72-2026", "by")):
        place.hold(lot("Vask af ruder i haller"), key=key, source=source, title="Vask af ruder i haller")
    place.store.pairs.note(probable_pairs(place.store.lots.views(place.now, live=True)), place.now)
    (pair,) = place.store.pairs.waiting()
    return pair.number


def everything(room: Room) -> None:
    """Whatever can be wrong, with an address in each place where one could stand."""
    place, store = room.place, room.place.store
    hostile = b'<h1>Login</h1><script>alert(1)</script><a href="mailto:' + ADDRESS.encode() + b'">skriv</a>'
    read(room, "by", RunStatus.GOOD, answer(b"<h1>Udbud</h1>"), at=place.now - dt.timedelta(days=2))
    read(
        room, "by", RunStatus.ALARM, answer(hostile), held=0, listed=0, at=place.now - dt.timedelta(hours=2),
        message="the page lacks its landmark (https://nabokoebing.example/udbud)",
    )  # fmt: skip
    read(room, "ted", at=place.now - dt.timedelta(days=1))
    subscribers(room, 6, Profile(trades=("cleaning",)))
    for status, error in (
        (MailStatus.HELD, f"451 <{ADDRESS}> try again, user hemmelig.anne"),
        (MailStatus.HELD, f"lost after {NAME} (lillefirma.example)"),
        (MailStatus.FAILED, f"550 5.1.1 {ADDRESS}: {NAME} unknown"),
        (MailStatus.FAILED, f"550 5.7.1 bounces+{ADDRESS.replace('@', '=')}@proevekoebing.example refused"),
        (MailStatus.IN_DOUBT, ""),
    ):
        mail(room, status, error)
    place.subscriber("1@lillefirma.example", status=SubscriberStatus.PAUSED, name=NAME)
    withhold(room, "Rengøring af skoler", "Rengøring af haller")
    place.later(minutes=1)
    a_pair(room)
    store.settings.put("sign_up_alarm", (place.now - dt.timedelta(hours=1)).isoformat())
    store.settings.put("paused", "a backup was restored: what was sent since it was made is not known")
    store.settings.put("restored_at", (place.now - dt.timedelta(hours=1)).isoformat())
    room.refresh()
