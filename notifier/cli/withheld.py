"""What is not announced by itself: shown as what would go out, released, or left to lie.

notifier withheld list                    what waits, and whom it would reach
notifier withheld show first_run:ted      the lots, one by one
notifier withheld release first_run:ted   let the next digests tell it
notifier withheld leave --all             never announce it
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import click

from notifier import clock
from notifier.cli.context import DONE, Context, open_watched
from notifier.config import Config
from notifier.errors import UsageError
from notifier.lock import one_run
from notifier.phrases import shorten
from notifier.releasing import contents, name_of, named, reach
from notifier.store import Store
from notifier.store.withheld import WithheldGroup
from notifier.withheld import Decision, Withheld

_WHY = {
    "first_run": "first read",
    "backfill": "earlier years read",
    "reparse": "read again after a parser was mended",
    "rules": "judged by other rules or another model",
    "restored": "held by a restored backup, or found by the first reading after it",
}


@click.group("withheld")
def group() -> None:
    """What a first run, a backfill, a reparse or other rules brought to light: told to nobody until it is released."""


def described(found: WithheldGroup) -> str:
    """One group in words."""
    parts = [
        f"{count} {name}{'s' if count > 1 else ''}"
        for count, name in ((found.lots, "lot"), (found.changes, "change"), (found.agreements, "agreement"))
        if count
    ]
    source = f" of {found.source}" if found.source else ""
    return f"{', '.join(parts)}{source}, {_WHY[found.reason]} on {found.day}"


@group.command("list")
@click.pass_obj
def withheld_list(context: Context) -> int:
    """Show what waits for a word, and to how many subscribers it would be told."""
    loaded = context.load()
    with open_watched(context, loaded) as store:
        groups, waiting = store.withheld.groups(), store.withheld.undecided()
        for found in groups:
            context.show.line(f"{name_of(found)}: {described(found)}")
        if not groups:
            context.show.line("nothing is withheld")
            return DONE
        _tell_reach(context, loaded, store, waiting)
    return DONE


def _tell_reach(context: Context, loaded: Config, store: Store, waiting: Sequence[Withheld]) -> None:
    """What would go out if it were released now. Where only the public pages are missing, that is said."""
    found = reach(store, loaded, clock.now(), {"": waiting})[""]
    context.show.line(
        f"released now, {found.told} of these would be told to "
        f"{found.subscribers} subscriber{'' if found.subscribers == 1 else 's'}"
        + ("" if found.subscribers else " (nothing of it is published yet, or it concerns nobody)")
    )
    context.show.line("'notifier withheld show GROUP' names them; 'release' and 'leave' take a GROUP, a lot, or --all")


@group.command("show")
@click.argument("what", metavar="GROUP")
@click.pass_obj
def withheld_show(context: Context, what: str) -> int:
    """Name what GROUP withholds, with its verdict."""
    with open_watched(context, context.load()) as store:
        found = _chosen(store, (what,), everything=False)
        inside = contents(store, found, clock.now())
        for view in inside.lots:
            verdict = view.assessment.verdict.value if view.assessment else ""
            context.show.line(f"{view.slug}: {verdict}, {view.state.value}; {shorten(view.lot.title, 80)}")
        for agreement in inside.agreements:
            context.show.line(f"{agreement.slug}: agreement; {shorten(agreement.agreement.title, 80)}")
    if inside.silent:
        context.show.line(f"and {inside.silent} of which nobody is told in any case: unsuitable, or no longer open")
    return DONE


def _decision(name: str, decision: Decision, done: str, text: str) -> click.Command:
    @click.command(name, help=text)
    @click.argument("what", metavar="[GROUP|LOT]...", nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="Everything that waits.")
    @click.option("--who", default="", help="Who decides; kept beside it.")
    @click.pass_obj
    def decide(context: Context, what: tuple[str, ...], everything: bool, who: str) -> int:
        loaded = context.load()
        with one_run(loaded.database, clock.now()), open_watched(context, loaded) as store:
            found = _chosen(store, what, everything=everything)
            count = store.withheld.decide([one.number for one in found], decision, who, clock.now())
        context.show.line(f"{count} {done}")
        return DONE

    return decide


group.add_command(
    _decision(
        "release",
        Decision.RELEASED,
        "released: the next digests tell what of it concerns their readers",
        "Let the next digests tell it: groups as 'list' names them, or single lots by the names of their pages.",
    )
)
group.add_command(
    _decision(
        "leave",
        Decision.LEFT,
        "left: told to nobody who was subscribed before",
        "Let it lie: it stands on the public pages, and is announced to nobody who was subscribed before.",
    )
)


def _chosen(store: Store, names: Collection[str], *, everything: bool) -> list[Withheld]:
    """What is meant by the names of groups or of lots. Raises UsageError for one that means nothing."""
    waiting = store.withheld.undecided()
    if everything:
        return list(waiting)
    if not names:
        raise UsageError("nothing is named", remedy="name a group that 'notifier withheld list' shows, or say --all")
    standing = store.withheld.standing()
    found: list[Withheld] = []
    for name in names:
        uids = {view.uid for view in store.lots.find(name, clock.now())}
        meant = named(waiting, name) or [one for one in standing if one.item_uid in uids]
        if not meant:
            raise UsageError(
                f"nothing is withheld by the name '{name}'", remedy="'notifier withheld list' shows what is"
            )
        found += meant
    return found
