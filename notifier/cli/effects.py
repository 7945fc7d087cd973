"""What the public was told of a quarter, taken back by the operator where it was wrong."""

from __future__ import annotations

import click

from notifier import clock
from notifier.cli.context import DONE, Context, open_store
from notifier.errors import UsageError
from notifier.lock import one_run


@click.group("effects")
def group() -> None:
    """The quarters of the effects report: each is counted once, and kept."""


@group.command("forget")
@click.argument("quarter", metavar="YYYY-Q")
@click.pass_obj
def effects_forget(context: Context, quarter: str) -> int:
    """Forget what was told of the newest quarter, such as 2026-4, because it was told wrongly.

    The next publication counts it anew where it is over, and takes its pages away where it is not. Who has the earlier
    numbers can subtract them from the new ones: this is for a clock that was wrong, not for a number that one regrets.
    """
    loaded = context.load()
    with one_run(loaded.database, clock.now()), open_store(loaded, create=False) as store:
        kept = [one.quarter.key for one in store.reports.all()]
        if quarter not in kept:
            raise UsageError(f"nothing is told of '{quarter}'", remedy=f"told are: {', '.join(kept) or 'none'}")
        if quarter != kept[-1]:
            raise UsageError(
                f"{kept[-1]} was counted after {quarter}", remedy="the newest one has to be forgotten first"
            )
        (loaded.site / "effekt" / f"{quarter}.json").unlink(missing_ok=True)
        store.reports.forget(quarter)
    context.show.step("effects", f"{quarter} is forgotten; the next 'notifier publish' counts it anew if it is over")
    return DONE
