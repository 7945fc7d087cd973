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
from notifier.web.application import Desk
from notifier.web.personal import agreements_concerning, concerning

_PRIVATE = {"Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex, nofollow"}


def add_routes(app: flask.Flask, desk: Desk) -> None:
    """Calendar and feed."""
    app.add_url_rule("/kalender/<key>.ics", "calendar", lambda key: _calendar(desk, key))
    app.add_url_rule("/feed/<key>.xml", "feed", lambda key: _feed(desk, key))


def _lots(desk: Desk, subscriber: Subscriber) -> list[LotView]:
    """The lots that concern a subscriber, and those that they said they are working on, whatever became of them."""
    found = {view.uid: view for view, _ in concerning(desk, subscriber)}
    working = followed(desk.store.answers.of(subscriber.number))
    published = desk.store.publications.fingerprints()
    for view in desk.store.lots.views(desk.now(), uids=working - found.keys()):
        if view.public and published.get(view.uid) == lot_fingerprint(view):
            found[view.uid] = view
    return list(found.values())


def _reader_of(desk: Desk, key: str, purpose: Purpose) -> Subscriber:
    subscriber = desk.visitor(key, purpose)
    # Mail that came back keeps nobody from their calendar. Who stopped has none, also while a stranger types their
    # address anew.
    if subscriber.status not in (SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED):
        flask.abort(404)
    return subscriber


def _calendar(desk: Desk, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = _reader_of(desk, key, Purpose.CALENDAR)
    one = reader(subscriber.language, desk.rules.trades)
    body = calendar(_lots(desk, subscriber), agreements_concerning(desk, subscriber), desk.config.town, one)
    return body, 200, {"Content-Type": "text/calendar; charset=utf-8", **_PRIVATE}


def _feed(desk: Desk, key: str) -> flask.typing.ResponseReturnValue:
    subscriber = _reader_of(desk, key, Purpose.FEED)
    one, town = reader(subscriber.language, desk.rules.trades), desk.config.town
    # The feed's name must not open it: who sees the one in a reader's list cannot come by the other.
    name = hashlib.sha256(f"feed:{key}".encode()).hexdigest()[:20]
    made = feed(_lots(desk, subscriber), town, one, desk.now(), Known())
    own, ident = desk.config.door.feed(subscriber), tag_uri(town, "personal", name)
    body = feed_text(made, town, one, own=own, ident=ident, called="web.own_feed")
    return body, 200, {"Content-Type": "application/atom+xml; charset=utf-8", **_PRIVATE}
