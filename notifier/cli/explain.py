"""Why a lot is marked as it is, and why not higher: `notifier explain LOT`."""

from __future__ import annotations

import click

from notifier import clock
from notifier.cli.context import DONE, Context, open_store
from notifier.cli.judging import in_use
from notifier.cli.tags import one_lot
from notifier.explaining import explain, headline, verdict_name
from notifier.lock import one_run
from notifier.suitability.hindrances import hindrances
from notifier.words import LANGUAGES, words


@click.command("explain")
@click.argument("lot")
@click.option("--language", type=click.Choice(LANGUAGES), default="da", show_default=True, help="In which language.")
@click.pass_obj
def explain_command(context: Context, lot: str, language: str) -> int:
    """Tell why LOT is marked as it is, with the words that decided, and what would have to change.

    LOT is the name of its page, or a number such as 123456-2026/LOT-0001.
    """
    loaded, now, w = context.load(), clock.now(), words(language)
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        view, using = one_lot(store, lot), in_use(store, loaded, now)
    found = using.judges.assess(view.lot, view.notice)
    context.show.line(headline(view, w))
    if view.tagged and view.assessment is not None:
        context.show.line(w("explain.tagged", verdict=verdict_name(view.assessment.verdict, w)))
    for line in explain(view.lot, view.notice, found, hindrances(found, using.rules), using.rules, w):
        context.show.line(line)
    return DONE


COMMANDS = (explain_command,)
