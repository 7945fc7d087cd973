"""What came of it: from found to won, how good the marks are, who won before and since. Only read.

store.effects, store.draws -> effects.report -> templates/desk/effects.html.j2, and each table as a file

What is read is remembered until somebody writes: the page, its periods and its files ask for the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import flask

from notifier.clock import COPENHAGEN
from notifier.desk.application import add, in_bar
from notifier.desk.pages import language, page, to
from notifier.effects.counting import LotCount, Period, Said
from notifier.effects.report import report, table_of
from notifier.effects.tables import as_csv
from notifier.effects.winners import Awards
from notifier.learning.sampling import Drawn
from notifier.site.reader import reader
from notifier.web.service import Service
from notifier.words import words


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page, and its tables as files."""
    add(app, "/virkning", "effects", lambda: _page(service))
    add(app, "/virkning/<table>.csv", "effects_table", lambda table: _file(service, table))
    in_bar(app, "effects")


def _page(service: Service) -> flask.Response:
    period = _period()
    return page(
        service.config,
        "effects",
        report=report(_Asked(service), period, service.now(), words(language())),
        period=period,
        periods=[(one, to("effects", periode=one.value)) for one in Period],
        file=lambda key: to("effects_table", table=key, periode=period.value),
    )


def _file(service: Service, key: str) -> flask.Response:
    period = _period()
    table = table_of(_Asked(service), period, service.now(), words(language()), key)
    if table is None:
        flask.abort(404)
    name = f"virkning-{table.key}-{period.value}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return flask.Response(as_csv(table), mimetype="text/csv", headers=headers)


def _period() -> Period:
    """What the address asks for; the last twelve months for anything that is none."""
    asked = flask.request.args.get("periode", "")
    return Period(asked) if asked in set(Period) else Period.TWELVE


class _Asked:
    """report.Known, asked of the store."""

    def __init__(self, service: Service) -> None:
        self._store, config = service.store, service.config
        self.trades = reader(language(), service.rules.trades).trades
        self.enterprises, self.buyers = config.enterprises, config.buyers

    @property
    def _order(self) -> tuple[str, ...]:
        return tuple(self.trades)

    @property
    def lots(self) -> Sequence[LotCount]:
        order, effects = self._order, self._store.effects
        return self._store.remembered(("effects.lots", order), lambda: effects.lots(order))

    @property
    def said(self) -> Sequence[Said]:
        order, effects = self._order, self._store.effects
        return self._store.remembered(("effects.said", order), lambda: effects.answers(order))

    @property
    def drawn(self) -> Sequence[Drawn]:
        return self._store.remembered("effects.drawn", lambda: self._store.draws.all())

    @property
    def first_mail(self) -> dt.datetime | None:
        return self._store.remembered("effects.first_mail", lambda: self._store.effects.first_mail())

    @property
    def awards(self) -> Sequence[Awards]:
        first, listed = self.first_mail, tuple(one.cvr for one in self.enterprises)
        since, effects = first.astimezone(COPENHAGEN).date() if first else None, self._store.effects
        return self._store.remembered(("effects.awards", listed, since), lambda: effects.awards(listed, since))
