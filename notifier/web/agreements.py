"""Agreements that anybody may search: who delivers what, and when it runs out."""

from __future__ import annotations

import functools
from dataclasses import replace

import flask

from notifier.clock import add_months
from notifier.lots import AgreementView
from notifier.phrases import local_day
from notifier.site.fingerprints import agreement_fingerprint
from notifier.site.lists import agreement_row, by_end
from notifier.site.reader import next_end, reader
from notifier.site.rendering import AGREEMENTS, address, in_language
from notifier.text import fold
from notifier.web.asking import WITHIN, Asked, beside, read_asked
from notifier.web.pages import Public, public_page
from notifier.web.service import Service

ROWS = 50


def add_routes(app: flask.Flask, service: Service) -> None:
    """The search in both languages."""
    for language, path in (("da", "/aftaler"), ("en", "/en/agreements")):
        app.add_url_rule(path, f"agreements_{language}", _agreements(service, language), strict_slashes=False)


def agreements_of(service: Service, asked: Asked) -> list[AgreementView]:
    """Agreements that the public site tells and that are asked for, the next to run out first."""
    words = [fold(word) for word in asked.words]
    today = local_day(service.now())
    last = add_months(today, int(asked.within)) if asked.within else None
    found = []
    for view in service.store.agreements.views():
        if asked.trade and asked.trade not in view.trades:
            continue
        end = next_end(view, today)
        if last is not None and (end is None or not today <= end <= last):
            continue
        if words and not _says(view, words):
            continue
        found.append(view)
    published = service.store.publications.of(view.uid for view in found)
    public = (view for view in found if published.get(view.uid) == agreement_fingerprint(view))
    return list(by_end(public, today))


def _says(view: AgreementView, words: list[str]) -> bool:
    said = fold(f"{view.agreement.title}\n{view.agreement.supplier.name}")
    return all(word in said for word in words)


def _agreements(service: Service, language: str) -> flask.typing.RouteCallable:
    def answer() -> flask.Response:
        one, door = reader(language, service.rules.trades), service.config.door
        asked = read_asked(flask.request.args, one.trades, one)
        asked = replace(asked, mark="", buyer="", by="", wrong_buyer="", wrong_by="")  # not in this form
        found = agreements_of(service, asked)
        shown = found[(asked.page - 1) * ROWS : asked.page * ROWS]
        more = len(found) > asked.page * ROWS
        asked = beside(asked, more, functools.partial(door.agreements, language))
        return public_page(
            service.config,
            "agreements",
            language,
            _where(service, asked, language),
            asked=asked,
            rows=[agreement_row(view, one, local_day(service.now())) for view in shown],
            total=len(found),
            trades=list(one.trades.items()),
            periods=[(months, one.w(f"search.within_{months}")) for months in WITHIN],
        )

    return answer


def _where(service: Service, asked: Asked, language: str) -> Public:
    door, town = service.config.door, service.config.town
    page = {"page": str(asked.page)} if asked.page > 1 else {}
    plain = not asked.narrowed and not page
    return Public.at(
        "agreements",
        functools.partial(door.agreements, **asked.fields, **page),
        canonical=address(town, in_language(AGREEMENTS, language)) if plain else "",
    )
