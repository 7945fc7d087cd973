"""A subscriber's calendar and feed: as the digest, by a secret address."""

from __future__ import annotations

import hashlib

import flask

from notifier.answers import followed
from notifier.keys import Purpose
from notifier.lots import LotView
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.site.calendar import calendar
from notifier.site.feed import Known, feed, tag_uri
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.reader import reader
from notifier.site.rendering import feed_text
from notifier.web.personal import agreements_concerning, concerning
from notifier.web.service import Service

_PRIVATE = {"Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex, nofollow"}


def add_routes(app: flask.Flask, service: Service) -> None:
    """Calendar and feed."""
    app.add_url_rule("/kalender/<key>.ics", "calendar", lambda key: _calendar(service, key))
    app.add_url_rule("/feed/<key>.xml", "feed", lambda key: _feed(service, key))


def _lots(service: Service, subscriber: Subscriber) -> list[LotView]:
    """The lots that concern a subscriber, and those that they said they are working on, whatever became of them."""
    found = {view.uid: view for view, _ in concerning(service, subscriber)}
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
    body = calendar(_lots(service, subscriber), agreements_concerning(service, subscriber), service.config.town, one)
    return body, 200, {"Content-Type": "text/calendar; charset=utf-8", **_PRIVATE}


def _feed(service: Service, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = _reader_of(service, key, Purpose.FEED)
    one, town = reader(subscriber.language, service.rules.trades), service.config.town
    # The feed's name must not open it: who sees the one in a reader's list cannot come by the other.
    name = hashlib.sha256(f"feed:{key}".encode()).hexdigest()[:20]
    made = feed(_lots(service, subscriber), town, one, service.now(), Known())
    own, ident = service.config.door.feed(subscriber), tag_uri(town, "personal", name)
    body = feed_text(made, town, one, own=own, ident=ident, called="web.own_feed")
    return body, 200, {"Content-Type": "application/atom+xml; charset=utf-8", **_PRIVATE}
