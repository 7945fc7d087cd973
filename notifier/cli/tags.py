"""Staff's word on a lot: tag, untag, tags list. Who and why are shown here and nowhere that readers see."""

from __future__ import annotations

from collections.abc import Sequence

import click

from notifier import clock
from notifier.catalogue import followed, refresh
from notifier.cli.context import DONE, Context, open_store
from notifier.config import Config
from notifier.errors import UsageError
from notifier.lock import one_run
from notifier.lots import LotView, Tag, Verdict
from notifier.store import Store
from notifier.suitability import load_rules
from notifier.text import clean_line

_LONGEST = {"--who": 80, "--why": 500}


def one_lot(store: Store, name: str) -> LotView:
    """The lot that a person means. Raises UsageError where there is none, or more than one."""
    found = store.lots.find(name, clock.now())
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no lot goes by '{name}'", remedy="give its page's name, or NNNNNN-YYYY/LOT-0001")
    names = ", ".join(view.slug for view in found[:5])
    raise UsageError(f"{len(found)} lots go by '{name}'", remedy=f"name one of them: {names}")


def said(option: str, text: str) -> str:
    """A name or a reason in one line. Raises UsageError for an empty one or one that is a whole letter."""
    line = clean_line(text)
    if not line:
        raise UsageError(f"{option} is empty", remedy="a tag is kept with who said it and why")
    if len(text.strip()) > _LONGEST[option]:
        raise UsageError(f"{option} has {len(text.strip())} characters", remedy=f"keep it to {_LONGEST[option]}")
    return line


def known_trades(loaded: Config, wanted: Sequence[str]) -> tuple[str, ...] | None:
    """Trades by their keys; None where none was named, and the machine's are to stand."""
    known = [trade.key for trade in load_rules(loaded.rules).trades]
    if missing := [key for key in wanted if key not in known]:
        raise UsageError(f"there is no trade '{missing[0]}'", remedy=f"choose among: {', '.join(known)}")
    return tuple(dict.fromkeys(wanted)) or None


@click.command("tag")
@click.argument("lot")
@click.argument("verdict", type=click.Choice([verdict.value for verdict in reversed(Verdict)]))
@click.option("--who", required=True, help="Your name or initials. Readers are never shown them.")
@click.option("--why", required=True, help="Your reason, for colleagues. Readers are never shown it.")
@click.option(
    "--trade", "trades", multiple=True, help="The trade, where the machine has a wrong one; several are allowed."
)
@click.pass_obj
def tag_command(context: Context, lot: str, verdict: str, who: str, why: str, trades: tuple[str, ...]) -> int:
    """Say of LOT what it is. Your word wins over the machine's until 'untag'.

    LOT is an identity, the name of its page, or a number with a lot: 123456-2026/LOT-0001.
    """
    loaded, now = context.load(), clock.now()
    who, why, chosen = said("--who", who), said("--why", why), known_trades(loaded, trades)
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        view = one_lot(store, lot)
        with store.transaction():
            store.tags.add(view.uid, Verdict(verdict), who=who, why=why, now=now, trades=chosen)
            refresh(store, load_rules(loaded.rules).trades, now, [view.uid], followed(loaded))
    before = view.assessment.verdict.value if view.assessment else "not assessed"
    context.show.line(f"{view.slug}: {verdict} (was {before}); pages and digests follow with the next run")
    return DONE


@click.command("untag")
@click.argument("lot")
@click.option("--who", required=True, help="Your name or initials. Readers are never shown them.")
@click.pass_obj
def untag_command(context: Context, lot: str, who: str) -> int:
    """Take back what staff said of LOT, so that the machine's verdict counts again. What was said is kept."""
    loaded, now = context.load(), clock.now()
    who = said("--who", who)
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        view = one_lot(store, lot)
        with store.transaction():
            if not store.tags.remove(view.uid, who=who, now=now):
                raise UsageError(f"{view.slug} has no tag", remedy="'notifier tags list' shows those that stand")
            refresh(store, load_rules(loaded.rules).trades, now, [view.uid], followed(loaded))
        (view,) = store.lots.views(now, uids=[view.uid])
    verdict = view.assessment.verdict.value if view.assessment else "not assessed"
    context.show.line(f"{view.slug}: {verdict}, as the machine says")
    return DONE


@click.group("tags")
def group() -> None:
    """What staff said of lots."""


@group.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that were taken back, or followed by another one.")
@click.pass_obj
def tags_list(context: Context, everything: bool) -> int:
    """Show the tags that count, oldest first: when, verdict, who, lot, why."""
    with open_store(context.load(), create=False) as store:
        tags = store.tags.all() if everything else store.tags.standing()
        slugs = {view.uid: view.slug for view in store.lots.views(clock.now(), uids={tag.lot_uid for tag in tags})}
    for one in tags:
        context.show.line(_line(one, slugs.get(one.lot_uid, one.lot_uid)))
    if not tags:
        context.show.line("no tags yet; 'notifier tag LOT VERDICT --who NAME --why REASON' sets one")
    return DONE


def _line(tag: Tag, slug: str) -> str:
    day = tag.tagged_at.astimezone(clock.COPENHAGEN).date()
    trades = f" [{', '.join(tag.trades)}]" if tag.trades else ""
    removed = ""
    if tag.removed_at:
        removed = f"; taken back {tag.removed_at.astimezone(clock.COPENHAGEN).date()} by {tag.removed_by}"
    return f"{day}  {tag.verdict:<10}  {tag.who}: {slug}{trades}; {tag.why}{removed}"


COMMANDS = (tag_command, untag_command, group)
