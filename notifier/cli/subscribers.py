"""Who is written to: add, list, remove. Addresses are read, never shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import click

from notifier import clock
from notifier.cli.context import DONE, Context, open_store
from notifier.config import Config
from notifier.errors import UsageError
from notifier.lots import Money
from notifier.mail import check_address
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.suitability import load_rules
from notifier.words import LANGUAGES


@click.group("subscribers")
def group() -> None:
    """Who is written to. Addresses are never listed."""


def _trade_keys(loaded: Config, wanted: Sequence[str]) -> tuple[str, ...]:
    known = [trade.key for trade in load_rules(loaded.rules).trades]
    if missing := [key for key in wanted if key not in known]:
        raise UsageError(f"there is no trade '{missing[0]}'", remedy=f"choose among: {', '.join(known)}")
    return tuple(wanted)


@group.command("add")
@click.argument("address")
@click.option("--name", default="", help="The enterprise's name.")
@click.option("--trade", "trades", multiple=True, help="A kind of work; may be given several times. None: all.")
@click.option("--area", "areas", multiple=True, help="A NUTS code, e.g. DK011; may be given several times. None: all.")
@click.option("--word", "words", multiple=True, help="A word to look for in titles and descriptions.")
@click.option("--max-value", type=click.IntRange(1), help="Largest value per year in DKK, without VAT.")
@click.option("--cadence", type=click.Choice([c.value for c in Cadence]), default="weekly", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="da", show_default=True)
@click.pass_obj
def subscribers_add(
    context: Context,
    address: str,
    name: str,
    trades: tuple[str, ...],
    areas: tuple[str, ...],
    words: tuple[str, ...],
    max_value: int | None,
    cadence: str,
    language: str,
) -> int:
    """Add ADDRESS, of someone who has asked for it. They are written to from the next digest on."""
    loaded = context.load()
    profile = Profile(
        trades=_trade_keys(loaded, trades),
        areas=tuple(area.upper() for area in areas),
        words=words,
        value_max=Money(Decimal(max_value)) if max_value else None,
    )
    with open_store(loaded) as store:
        added = store.subscribers.add(
            check_address(address),
            name=name,
            language=language,
            cadence=Cadence(cadence),
            status=SubscriberStatus.CONFIRMED,
            profile=profile,
            now=clock.now(),
        )
    context.show.line(f"added as subscriber {added.number}: {_described(added)}")
    return DONE


@group.command("list")
@click.pass_obj
def subscribers_list(context: Context) -> int:
    """Show every subscriber by number, without addresses."""
    with open_store(context.load(), create=False) as store:
        for subscriber in store.subscribers.all():
            context.show.line(f"{subscriber.number:>5}  {_described(subscriber)}")
    return DONE


@group.command("remove")
@click.argument("number", type=int)
@click.pass_obj
def subscribers_remove(context: Context, number: int) -> int:
    """Remove subscriber NUMBER, with everything that is kept of them."""
    with open_store(context.load(), create=False) as store:
        if not store.subscribers.remove(number):
            raise UsageError(f"there is no subscriber {number}", remedy="'notifier subscribers list' shows the numbers")
    context.show.line(f"removed subscriber {number}")
    return DONE


def _described(subscriber: Subscriber) -> str:
    trades = ", ".join(subscriber.profile.trades) or "all trades"
    return f"{subscriber.status.value}, {subscriber.cadence.value}, {subscriber.language}: {trades}"
