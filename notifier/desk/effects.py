"""What came of it: from found to won, how good the marks are, who won before and since. Only read.

store.effects, store.draws -> effects.report.report() -> templates/desk/effects.html.j2, and each table as a file
"""

from __future__ import annotations

import flask

from notifier.clock import COPENHAGEN
from notifier.desk.application import add, in_bar
from notifier.desk.pages import language, page, to
from notifier.effects.counting import Period
from notifier.effects.report import Known, Report, report
from notifier.effects.tables import as_csv
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
        report=_report(service, period),
        period=period,
        periods=[(one, to("effects", periode=one.value)) for one in Period],
        file=lambda key: to("effects_table", table=key, periode=period.value),
    )


def _file(service: Service, key: str) -> flask.Response:
    period = _period()
    table = _report(service, period).table(key)
    if table is None:
        flask.abort(404)
    name = f"virkning-{table.key}-{period.value}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return flask.Response(as_csv(table), mimetype="text/csv", headers=headers)


def _period() -> Period:
    """What the address asks for; the last twelve months for anything that is none."""
    asked = flask.request.args.get("periode", "")
    return Period(asked) if asked in set(Period) else Period.TWELVE


def _report(service: Service, period: Period) -> Report:
    config, store, spoken = service.config, service.store, language()
    trades = reader(spoken, service.rules.trades).trades
    first = store.effects.first_mail()
    since = first.astimezone(COPENHAGEN).date() if first else None
    known = Known(
        lots=store.effects.lots(tuple(trades)),
        said=store.effects.answers(tuple(trades)),
        drawn=store.draws.all(),
        awards=store.effects.awards((one.cvr for one in config.enterprises), since),
        first_mail=first,
        trades=trades,
        enterprises=config.enterprises,
        buyers=config.buyers,
    )
    return report(known, period, service.now(), words(spoken))
