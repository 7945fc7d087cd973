"""A lot's page for anybody: the same as the public site's, of lots that stand there and no others."""

from __future__ import annotations

import functools

import flask

from notifier.lots import LotView
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.lotpage import lot_page
from notifier.site.reader import reader
from notifier.site.rendering import address, in_language, lot_description, lot_path, lot_title
from notifier.site.tender import around, is_large, tender_path
from notifier.web.pages import Public, public_page
from notifier.web.service import Service


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page in both languages."""
    for language, path in (("da", "/opgaver/<slug>"), ("en", "/en/tasks/<slug>")):
        app.add_url_rule(path, f"public_lot_{language}", _lot(service, language))


def _lot(service: Service, language: str) -> flask.typing.RouteCallable:
    def answer(slug: str) -> flask.typing.ResponseReturnValue:
        view = _found(service, slug)
        door, town = service.config.door, service.config.town
        twin = address(town, in_language(lot_path(view.slug), language))
        if not _as_published(service, [view]):
            return flask.redirect(twin)  # what the site says until it is published anew; nothing newer is told here
        if view.slug != slug:
            return flask.redirect(door.lot(view.slug, language), 301)
        one = reader(language, service.rules.trades)
        siblings, large = _siblings(service, view)
        tender = address(town, in_language(tender_path(view.procedure), language)) if large else ""
        made = lot_page(view, siblings, one, service.now(), tender)
        own = functools.partial(door.lot, view.slug)
        shown = Public.at("", own, canonical=twin, description=lot_description(made))
        trades = view.assessment.trades if view.assessment else ()
        sign_up = door.sign_up(language, trades=",".join(trades))
        called = lot_title(made).removesuffix(f" – {town.name}")  # which the frame adds to every title
        return public_page(service.config, "lot", language, shown, page=made, called=called, sign_up=sign_up)

    return answer


def _found(service: Service, slug: str) -> LotView:
    """The lot whose page has or had this name; 404, in the same words, where there is none or none for the public.

    One that officers say is not suitable has its page until the site is published anew, as one of which they said
    something else: what they say is told to nobody before. One that they hid is gone at once.
    """
    uid = service.store.catalogue.by_slug(slug)
    views = tuple(service.store.lots.views(service.now(), uids=[uid])) if uid else ()
    if not views or views[0].hidden or not service.store.publications.of([uid]):
        flask.abort(404)
    return views[0]


def _as_published(service: Service, views: list[LotView]) -> list[LotView]:
    """Those of these lots that the public site tells as they stand."""
    published = service.store.publications.of(view.uid for view in views)
    return [view for view in views if view.public and published.get(view.uid) == lot_fingerprint(view)]


def _siblings(service: Service, view: LotView) -> tuple[list[LotView], bool]:
    """Other public lots of its procedure, as the public site names them, and whether there are more."""
    uids = service.store.catalogue.uids_of_procedure(view.procedure)
    published = service.store.publications.of(uids)
    there = [uid for uid in uids if uid in published]
    near = around(there, there.index(view.uid))
    found = {one.uid: one for one in service.store.lots.views(service.now(), uids=near)}
    return _as_published(service, [found[uid] for uid in near if uid in found]), is_large(there)
