"""A subscriber's calendar and feed: as the digest, by a secret address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import flask

from notifier.answers import followed
from notifier.keys import Purpose
from notifier.lots import LotView
from notifier.matching import Match
from notifier.phrases import local_day
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.site.calendar import calendar
from notifier.site.feed import ENTRIES, Known, feed, tag_uri
from notifier.site.feedtext import feed_text
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.lists import by_end
from notifier.site.reader import reader
from notifier.web.personal import agreements_concerning, concerning
from notifier.web.service import Service

_PRIVATE = {"Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex, nofollow"}


def add_routes(app: flask.Flask, service: Service) -> None:
    """Calendar and feed."""
    app.add_url_rule("/kalender/<key>.ics", "calendar", lambda key: _calendar(service, key))
    app.add_url_rule("/feed/<key>.xml", "feed", lambda key: _feed(service, key))


NEAREST = 300  # lots in a calendar, and agreements: who wants to hear of everything has thousands, and reads none


def _lots(service: Service, subscriber: Subscriber, concerned: Iterable[tuple[LotView, Match]]) -> list[LotView]:
    """The lots that concern a subscriber, and those that they said they are working on, whatever became of them."""
    found = {view.uid: view for view, _ in concerned}
    working = followed(service.store.answers.of(subscriber.number))
    others = working - found.keys()
    published = service.store.publications.of(others)
    for view in service.store.lots.views(service.now(), uids=others):
        if view.public and published.get(view.uid) == lot_fingerprint(view):
            found[view.uid] = view
    return list(found.values())


def _reader_of(service: Service, key: str, purpose: Purpose) -> Subscriber:
    subscriber = service.visitor(key, purpose)
    # Mail that came back keeps nobody from their calendar. Who stopped has none, also while a stranger types their
    # address anew.
    if subscriber.status not in (SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED):
        flask.abort(404)
    return subscriber


def _calendar(service: Service, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = _reader_of(service, key, Purpose.CALENDAR)
    one = reader(subscriber.language, service.rules.trades)
    concerned = concerning(service, subscriber, most=NEAREST + 1)
    ending = by_end(agreements_concerning(service, subscriber), local_day(service.now()))
    lots = _lots(service, subscriber, concerned[:NEAREST])
    most = NEAREST if len(concerned) > NEAREST or len(ending) > NEAREST else 0
    body = calendar(lots, ending[:NEAREST], service.config.town, one, most=most)
    return body, 200, {"Content-Type": "text/calendar; charset=utf-8", **_PRIVATE}


def _feed(service: Service, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = _reader_of(service, key, Purpose.FEED)
    one, town = reader(subscriber.language, service.rules.trades), service.config.town
    # The feed's name must not open it: who sees the one in a reader's list cannot come by the other.
    name = hashlib.sha256(f"feed:{key}".encode()).hexdigest()[:20]
    lots = _lots(service, subscriber, concerning(service, subscriber, most=ENTRIES, newest=True))
    made = feed(lots, town, one, service.now(), Known())
    own, ident = service.config.door.feed(subscriber), tag_uri(town, "personal", name)
    body = feed_text(made, town, one, own=own, ident=ident, called="web.own_feed")
    return body, 200, {"Content-Type": "application/atom+xml; charset=utf-8", **_PRIVATE}
