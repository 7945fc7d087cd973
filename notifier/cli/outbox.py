"""Mails that wait for a person: list, resend, drop. Told by number, never by address."""

from __future__ import annotations

import click

from notifier import clock
from notifier.cli.context import DONE, Context, open_store, open_watched
from notifier.errors import UsageError
from notifier.lock import one_run
from notifier.membership import resume
from notifier.outbox import ByHand, do_by_hand, worth_showing
from notifier.store.outbox import MailStatus, Shown
from notifier.store.settings import PAUSED

_NUMBER = click.IntRange(1, 2**63 - 1)  # SQLite counts no further


@click.group("outbox")
def group() -> None:
    """Mails of which nobody knows whether they arrived, and those that were refused."""


@group.command("list")
@click.pass_obj
def outbox_list(context: Context) -> int:
    """Show every mail that is held or waits, and those that have failed within two weeks."""
    with open_watched(context, context.load()) as store:
        paused = store.settings.get(PAUSED)
        rows = worth_showing(store, _SHOWN, clock.now())
    if paused:
        context.show.line(f"no mail leaves: {paused}")
    for row in rows:
        context.show.line(_told(row))
    if not rows:
        context.show.line("nothing is held, nothing has failed, nothing waits")
    return DONE


_SHOWN = (MailStatus.HELD, MailStatus.FAILED, MailStatus.QUEUED)


def _told(row: Shown) -> str:
    since = row.created.astimezone(clock.COPENHAGEN).isoformat(timespec="minutes")
    why = f": {row.error}" if row.error else ""
    what = f"{row.kind.value} {row.status.value}, for subscriber {row.subscriber_id}"
    return f"{row.number:>5}  {what}, written {since}{why}"


@group.command("resend")
@click.argument("number", type=_NUMBER)
@click.pass_obj
def outbox_resend(context: Context, number: int) -> int:
    """Queue mail NUMBER again, with the same Message-ID: whoever has it already sees it once."""
    return _by_hand(context, number, ByHand.AGAIN, "can be sent again", "leaves with the next delivery")


@group.command("drop")
@click.argument("number", type=_NUMBER)
@click.pass_obj
def outbox_drop(context: Context, number: int) -> int:
    """Give mail NUMBER up, which is held."""
    return _by_hand(context, number, ByHand.GIVE_UP, "is held", "is given up")


def _by_hand(context: Context, number: int, what: ByHand, wanted: str, done: str) -> int:
    loaded = context.load()
    with one_run(loaded.database, clock.now()), open_watched(context, loaded) as store:
        if not do_by_hand(store, what, number):
            raise UsageError(
                f"there is no mail {number} that {wanted}",
                remedy="'notifier outbox list' shows which are held; what a failed digest told is told in the next one",
            )
    context.show.line(f"mail {number} {done}")
    return DONE


@group.command("resume")
@click.pass_obj
def outbox_resume(context: Context) -> int:
    """Let mails leave again after a restored backup was noticed.

    What waited in the backup stays held, and what it knew stays withheld, until you decide on each: 'notifier outbox
    list' and 'notifier withheld list' show them.
    """
    loaded = context.load()
    with one_run(loaded.database, clock.now()), open_store(loaded, create=False) as store:
        if not resume(store):
            raise UsageError("nothing is paused", remedy="mails leave with 'notifier deliver'")
        held, groups = store.outbox.count(MailStatus.HELD), store.withheld.groups()
    context.show.line(f"mails leave again; mails held: {held}; groups withheld: {len(groups)}")
    return DONE
