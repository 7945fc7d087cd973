"""Who is written to: add, list, remove. Addresses are read, never shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import click

from notifier import clock
from notifier.amounts import write_money
from notifier.cli.context import DONE, Context, open_store
from notifier.config import Config
from notifier.errors import UsageError
from notifier.lots import Money
from notifier.mail import check_address
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store import Store
from notifier.suitability import load_rules
from notifier.text import clean_line
from notifier.words import LANGUAGES


@click.group("subscribers")
def group() -> None:
    """Who is written to. Addresses are never listed."""


def _trade_keys(loaded: Config, wanted: Sequence[str]) -> tuple[str, ...]:
    known = [trade.key for trade in load_rules(loaded.rules).trades]
    if missing := [key for key in wanted if key not in known]:
        raise UsageError(f"there is no trade '{missing[0]}'", remedy=f"choose among: {', '.join(known)}")
    return tuple(wanted)


def _area(code: str) -> str:
    """A NUTS code: a country's two letters and up to three more places."""
    if not re.fullmatch(r"[A-Za-z]{2}[0-9A-Za-z]{0,3}", code):
        raise UsageError(f"'{code}' is no NUTS code", remedy="give one such as DK011 (Byen København) or DK01")
    return code.upper()


def _word(word: str) -> str:
    if len(word.strip()) < 3:
        raise UsageError(f"the word '{word}' is too short to look for", remedy="give one of three letters or more")
    return word.strip()


@group.command("add")
@click.argument("address")
@click.option("--name", default="", help="The enterprise's name.")
@click.option(
    "--trade",
    "trades",
    multiple=True,
    help="A kind of work, e.g. cleaning, catering, grounds; several are allowed. None: all. A wrong one lists them.",
)
@click.option("--area", "areas", multiple=True, help="A NUTS code such as DK011; several are allowed.")
@click.option(
    "--word", "words", multiple=True, help="A word to look for in titles and descriptions; several are allowed."
)
@click.option("--max-value", type=click.IntRange(1), metavar="DKK", help="Largest value per year in DKK, without VAT.")
@click.option(
    "--cadence",
    type=click.Choice([cadence.value for cadence in Cadence]),
    default="weekly",
    show_default=True,
    help="instant: after each crawl with news; daily: on working days; weekly: once a week.",
)
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
        areas=tuple(_area(area) for area in areas),
        words=tuple(_word(word) for word in words),
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
        everyone = store.subscribers.all()
    for subscriber in everyone:
        context.show.line(f"{subscriber.number:>5}  {_described(subscriber)}")
    if not everyone:
        context.show.line("no subscribers yet; add one with 'notifier subscribers add'")
    return DONE


@group.command("remove")
@click.argument("who", metavar="NUMBER|ADDRESS|TOKEN")
@click.pass_obj
def subscribers_remove(context: Context, who: str) -> int:
    """Remove a subscriber, with everything that is kept of them.

    By the number that 'list' shows, by the address, or by the token in the subject of a mail that says unsubscribe.
    """
    with open_store(context.load(), create=False) as store:
        found = _named(store, who.strip())
        if found is None:
            raise UsageError("there is no such subscriber", remedy="'notifier subscribers list' shows the numbers")
        store.subscribers.remove(found.number)
    context.show.line(f"removed subscriber {found.number}")
    return DONE


def _named(store: Store, who: str) -> Subscriber | None:
    if who.isascii() and who.isdigit():
        return store.subscribers.get(int(who))
    return store.subscribers.by_address(who) if "@" in who else store.subscribers.by_token(who)


def _described(subscriber: Subscriber) -> str:
    """Everything that decides what they get; never the address."""
    profile = subscriber.profile
    parts = [", ".join(profile.trades) or "all trades"]
    parts += [f"in {', '.join(profile.areas)}"] if profile.areas else []
    parts += [f"with the words {', '.join(profile.words)}"] if profile.words else []
    parts += [f"up to {write_money(profile.value_max, 'en')} a year"] if profile.value_max else []
    name = f"{clean_line(subscriber.name)}: " if subscriber.name else ""
    return f"{name}{subscriber.status.value}, {subscriber.cadence.value}, {subscriber.language}; {'; '.join(parts)}"
