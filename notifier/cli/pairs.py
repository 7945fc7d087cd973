"""What looks alike and was not joined by a name, for a person to decide; and all that was said of a lot."""

from __future__ import annotations

import click

from notifier import clock
from notifier.changes import MATERIAL, Telling
from notifier.cli.context import DONE, Context, open_store
from notifier.errors import UsageError
from notifier.likeness import probable_pairs
from notifier.lock import one_run
from notifier.lots import FieldChange, LotView, Notice
from notifier.phrases import change_phrase
from notifier.store.pairs import Decision


@click.group("pairs")
def group() -> None:
    """Tenders that may be the same, found in several places under different names."""


@group.command("list")
@click.pass_obj
def pairs_list(context: Context) -> int:
    """Look for tenders with the same buyer and deadline and a title alike, and show those that nobody has decided."""
    loaded, now = context.load(), clock.now()
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        store.pairs.note(probable_pairs(store.lots.views(now, live=True)), now)
        waiting = store.pairs.waiting()
    for pair in waiting:
        context.show.line(f"{pair.number:>5}  {pair.reason}")
        for notice in (pair.first, pair.second):
            context.show.line(f"       {_where(notice)}")
    context.show.line(
        f"{len(waiting)} to decide: 'notifier pairs same NUMBER' joins them, 'notifier pairs different NUMBER' does not"
        if waiting
        else "nothing looks alike that is not decided"
    )
    return DONE


def _where(notice: Notice) -> str:
    number = f" {notice.publication_number}" if notice.publication_number else ""
    return f"{notice.source}{number}: {notice.title[:100]} {notice.url}".rstrip()


@group.command("same")
@click.argument("number", type=int)
@click.pass_obj
def pairs_same(context: Context, number: int) -> int:
    """The two of pair NUMBER are one tender: their lots become one, and nobody is told of them again."""
    return _decide(context, number, Decision.SAME, "are one tender now")


@group.command("different")
@click.argument("number", type=int)
@click.pass_obj
def pairs_different(context: Context, number: int) -> int:
    """The two of pair NUMBER are two tenders, also where 'same' was said before."""
    return _decide(context, number, Decision.DIFFERENT, "stay two tenders")


def _decide(context: Context, number: int, decision: Decision, done: str) -> int:
    loaded, now = context.load(), clock.now()
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        if not store.pairs.decide(number, decision, now):
            raise UsageError(f"there is no pair {number}", remedy="'notifier pairs list' shows the numbers")
    context.show.line(f"the two of pair {number} {done}")
    return DONE


@click.command("history")
@click.argument("lot")
@click.pass_obj
def history_command(context: Context, lot: str) -> int:
    """Show all that was said of LOT: planning, calls, changes and awards, and which fields each of them changed.

    LOT is an identity, the name of its page, a publication number, a number with a lot (123456-2026/LOT-0001), or the
    source's own case number.
    """
    with open_store(context.load(), create=False) as store:
        found = store.lots.find(lot, clock.now())
        if not found:
            raise UsageError(
                f"no lot goes by '{lot}'", remedy="give its page's name, a case number or a publication number"
            )
        for view in found:
            _show(context, view, store.notices.history(view.uid))
    return DONE


def _show(context: Context, view: LotView, tellings: tuple[Telling, ...]) -> None:
    context.show.line(f"{view.uid}: {view.lot.title[:100]} ({view.state.value})")
    for one in tellings:
        notice = one.notice
        day = notice.published or one.seen_at.astimezone(clock.COPENHAGEN).date()
        silent = "" if one.lot else ", does not name this lot"
        cancelled = ", cancelled" if notice.cancelled else ""
        version = f", version {one.number}" if one.number > 1 else ""
        context.show.line(f"  {day}  {notice.stage.value}{cancelled}{version}{silent}; {_where(notice)}")
        for change in one.changes:
            context.show.line(f"      {_said(change)}")


def _said(change: FieldChange) -> str:
    """A change as readers are told it where they are, else by the field's name; texts always with their beginning."""
    if change.field in MATERIAL and change.field != "description":
        return change_phrase(change, "en")
    return f"{change.field}: {_short(change.before)} → {_short(change.after)}"


def _short(said: str) -> str:
    return " ".join(said.split())[:200] or "–"


COMMANDS = (group, history_command)
