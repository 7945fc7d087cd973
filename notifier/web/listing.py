"""Lots that anybody may search, and the front page that leads there. Lists read the catalogue alone, never lots."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import flask
import msgspec

from notifier.lots import Verdict
from notifier.site.lists import LotRow
from notifier.site.reader import Reader, reader
from notifier.site.rendering import FRONT, LOTS, address, in_language
from notifier.site.trades import explained
from notifier.store.catalogue import COUNTED, Wanted
from notifier.suitability import Trade
from notifier.web.asking import MARKS, Asked, beside, read_asked
from notifier.web.pages import Public, public_page
from notifier.web.service import Service

ROWS = 25


@dataclass(frozen=True, slots=True)
class Listed:
    """What a readers' list needs of catalogue.Rows: the rest is not even decoded."""

    row: LotRow


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict beside the list: how many there are, and the list of them alone."""

    key: Verdict
    words: str
    count: str
    href: str


@dataclass(frozen=True, slots=True)
class TradeWords:
    """A trade by name and in plain words."""

    key: str
    name: str
    about: str


_ROW = msgspec.json.Decoder(Listed)


def add_routes(app: flask.Flask, service: Service) -> None:
    """The front page and the search, in both languages."""
    for language, front, lots in (("da", "/", "/opgaver"), ("en", "/en", "/en/tasks")):
        app.add_url_rule(front, f"front_{language}", _front(service, language), strict_slashes=False)
        app.add_url_rule(lots, f"lots_{language}", _listing(service, language), strict_slashes=False)


def lot_rows(service: Service, wanted: Wanted, language: str, *, limit: int, offset: int = 0) -> list[LotRow]:
    """Rows of public lots, the first deadline first."""
    found = service.store.catalogue.public_rows(wanted, service.now(), language, offset=offset, limit=limit)
    return [_ROW.decode(one).row for one in found]


def counted(count: int, one: Reader) -> str:
    """A number of lots in words: "12 opgaver"."""
    return one.w("search.count_many") if count > COUNTED else one.w("search.count", count=count)


def trade_words(trades: tuple[Trade, ...], one: Reader) -> list[TradeWords]:
    """Every trade for people."""
    return [TradeWords(trade.key, one.trades[trade.key], explained(trade, one)) for trade in trades]


def _front(service: Service, language: str) -> flask.typing.RouteCallable:
    def answer() -> flask.Response:
        one, door, town = reader(language, service.rules.trades), service.config.door, service.config.town
        count = service.store.catalogue.count_public(Wanted(), service.now())
        many = one.w("search.count_many") if count > COUNTED else one.w("search.front_open", count=count)
        shown = Public.at(
            "front",
            door.front,
            canonical=address(town, in_language(FRONT, language)),
            description=one.w("search.front_lead", town=town.name),
        )
        trades = trade_words(service.rules.trades, one)
        return public_page(service.config, "front", language, shown, trades=trades, counted=many)

    return answer


def _listing(service: Service, language: str) -> flask.typing.RouteCallable:
    def answer() -> flask.Response:
        one = reader(language, service.rules.trades)
        asked = read_asked(flask.request.args, one.trades, one)
        start = (asked.page - 1) * ROWS
        rows = lot_rows(service, asked.wanted, language, limit=ROWS + 1, offset=start)
        return shown_list(service, one, asked, rows)

    return answer


def shown_list(service: Service, one: Reader, asked: Asked, rows: list[LotRow]) -> flask.Response:
    """The page of a search that found these rows: one more than is shown where there is a next page."""
    door, language = service.config.door, one.language
    by_verdict = service.store.catalogue.public_by_verdict(asked.wanted, service.now())
    chosen = by_verdict.get(Verdict(asked.mark), 0) if asked.mark else sum(by_verdict.values())
    asked = beside(asked, len(rows) > ROWS, functools.partial(door.lots, language))
    return public_page(
        service.config,
        "listing",
        language,
        _where(service, asked, one),
        asked=asked,
        rows=rows[:ROWS],
        counted=counted(chosen, one),
        by_mark=_marks(service, asked, by_verdict, one),
        marks=[(mark.value, one.w(f"search.mark_{mark}")) for mark in MARKS],
        trades=list(one.trades.items()),
        sign_up=door.sign_up(language, trades=asked.trade, words=", ".join(asked.words), least=asked.mark),
    )


def _where(service: Service, asked: Asked, one: Reader) -> Public:
    """One search among many is not for search engines; the list as such is the public site's."""
    door, town = service.config.door, service.config.town
    page = {"page": str(asked.page)} if asked.page > 1 else {}
    plain = not asked.narrowed and not page
    return Public.at(
        "lots",
        functools.partial(door.lots, **asked.fields, **page),
        canonical=address(town, in_language(LOTS, one.language)) if plain else "",
        description=one.w("site.lots_lead", town=town.name),
    )


def _marks(service: Service, asked: Asked, by_verdict: dict[Verdict, int], one: Reader) -> list[Mark]:
    others = {name: value for name, value in asked.fields.items() if name != "mark"}
    found = []
    for mark in MARKS:
        count = by_verdict.get(mark, 0)
        told = one.w("search.many") if count > COUNTED else str(count)
        href = service.config.door.lots(one.language, **others, mark=mark.value)
        found.append(Mark(mark, one.w(f"search.mark_{mark}"), told, href))
    return found
