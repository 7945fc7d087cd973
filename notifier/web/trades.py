"""A page for each trade: what it is in plain words, what is open and planned, what runs out, and the way to sign up."""

from __future__ import annotations

import functools

import flask

from notifier.phrases import local_day
from notifier.site.lists import agreement_row
from notifier.site.reader import reader
from notifier.site.trades import explained
from notifier.store.catalogue import Wanted
from notifier.web.agreements import agreements_of
from notifier.web.asking import Asked
from notifier.web.listing import counted, lot_rows
from notifier.web.pages import Public, public_page
from notifier.web.service import Service

_OPEN, _PLANNED, _AGREEMENTS = 10, 5, 10


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page in both languages."""
    for language, path in (("da", "/fag/<trade>"), ("en", "/en/trade/<trade>")):
        app.add_url_rule(path, f"trade_{language}", _trade(service, language))


def _trade(service: Service, language: str) -> flask.typing.RouteCallable:
    def answer(trade: str) -> flask.Response:
        one, door = reader(language, service.rules.trades), service.config.door
        chosen = next((known for known in service.rules.trades if known.key == trade), None)
        if chosen is None:
            flask.abort(404)
        about, wanted = explained(chosen, one), Wanted(trade=trade)
        own = functools.partial(door.trade, trade)
        shown = Public.at("", own, canonical=own(language), description=about)
        agreements = agreements_of(service, Asked(trade=trade))[:_AGREEMENTS]
        return public_page(
            service.config,
            "trade",
            language,
            shown,
            key_of_trade=trade,
            name=one.trades[trade],
            about=about,
            counted=counted(service.store.catalogue.count_public(wanted, service.now()), one),
            open_rows=lot_rows(service, Wanted(trade=trade, planned=False), language, limit=_OPEN),
            planned_rows=lot_rows(service, Wanted(trade=trade, planned=True), language, limit=_PLANNED),
            rows=[agreement_row(view, one, local_day(service.now())) for view in agreements],
            others=[(key, name) for key, name in one.trades.items() if key != trade],
            sign_up=door.sign_up(language, trades=trade),
        )

    return answer
