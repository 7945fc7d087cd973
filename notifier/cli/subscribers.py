"""Who is written to: add, list, remove. Addresses are read, never shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import click

from notifier import clock
from notifier.amounts import write_money
from notifier.cli.context import DONE, Context, open_watched
from notifier.cli.table import read_table
from notifier.config import Config
from notifier.errors import UsageError
from notifier.journal import Journal
from notifier.keys import Purpose
from notifier.lots import Money
from notifier.mail import check_address
from notifier.membership import erase, has_left, opened, stop
from notifier.nomenclature import find_area
from notifier.post import post_asked, trade_names
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store import Store
from notifier.suitability import load_rules
from notifier.text import clean_line
from notifier.wishes import LEAST_WORD
from notifier.words import LANGUAGES


@click.group("subscribers")
def group() -> None:
    """Who is written to. Addresses are never listed."""


def _trade_keys(loaded: Config, wanted: Sequence[str]) -> tuple[str, ...]:
    known = [trade.key for trade in load_rules(loaded.rules).trades]
    if missing := [key for key in wanted if key not in known]:
        raise UsageError(f"there is no trade '{missing[0]}'", remedy=f"choose among: {', '.join(known)}")
    return tuple(wanted)


def _area(words: str) -> str:
    """A municipality, by name or number, or a NUTS code."""
    if not (code := find_area(words)):
        raise UsageError(
            f"there is no area '{words}'", remedy="give a municipality or a NUTS code such as DK011 (Byen København)"
        )
    return code


def _word(word: str) -> str:
    if len(word.strip()) < LEAST_WORD:
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
@click.option("--area", "areas", multiple=True, help="A municipality, or a NUTS code such as DK011; several.")
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
    with open_watched(context, loaded, create=True) as store:
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
    with open_watched(context, context.load()) as store:
        everyone = store.subscribers.all()
    for subscriber in everyone:
        context.show.line(f"{subscriber.number:>5}  {_described(subscriber)}")
    if not everyone:
        context.show.line("no subscribers yet; add one with 'notifier subscribers add'")
    return DONE


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def subscribers_import(context: Context, file: Path) -> int:
    """Ask everyone in a CSV FILE whether they want the mail; each has to say yes for themselves.

    Its first line names the columns: address, and of these as many as are known: name, trades, areas, max_value,
    min_value, words, words_out, cpv, cadence, hour, language. Several trades, areas or words stand in one cell,
    separated by commas where semicolons separate the columns. The letters leave with the next delivery.
    """
    loaded = context.load()
    trades = load_rules(loaded.rules).trades
    rows = read_table(file, [trade.key for trade in trades])
    now, asked, journal = clock.now(), 0, Journal(loaded.journal)
    with open_watched(context, loaded, create=True) as store:
        for wish in rows:
            if has_left(store, journal, wish.address):
                continue
            with store.transaction():
                found = store.subscribers.ask(
                    wish.address,
                    now=now,
                    name=wish.name,
                    language=wish.language,
                    cadence=wish.cadence,
                    profile=wish.profile,
                    valid=_INVITED_FOR,
                )
                if found.token and not found.known:
                    post_asked(store, loaded, found, trade_names(trades), now, valid=_INVITED_FOR, invited=True)
                    asked += 1
    left = f"; not asked, for they are subscribed, were asked before or have left: {len(rows) - asked}"
    left = left if asked < len(rows) else ""
    context.show.line(f"{asked} asked for confirmation{left}; the letters leave with 'notifier deliver'")
    return DONE


# An enterprise that did not ask by itself, and whose office may be closed for some days, gets longer to answer.
_INVITED_FOR = dt.timedelta(days=14)


# One token in 64 begins with a hyphen, and is no option.
@group.command("confirm", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("token")
@click.pass_obj
def subscribers_confirm(context: Context, token: str) -> int:
    """Confirm whoever sent the TOKEN of their letter: the word after "confirm" in the subject of their mail."""
    with open_watched(context, context.load()) as store:
        found = store.subscribers.confirm(token.strip(), clock.now())
    if found is None:
        raise UsageError("this token asks nobody, or is too old", remedy="let them sign up again")
    context.show.line(f"subscriber {found.number} is confirmed: {_described(found)}")
    return DONE


@group.command("remove")
@click.argument("who", metavar="NUMBER|ADDRESS|KEY")
@click.pass_obj
def subscribers_remove(context: Context, who: str) -> int:
    """Remove a subscriber, with everything that is kept of them.

    By the number that 'list' shows, by the address, or by the key in the subject of a mail that says unsubscribe.
    """
    loaded = context.load()
    with open_watched(context, loaded) as store:
        found = _named(store, who.strip())
        if found is None:
            raise UsageError("there is no such subscriber", remedy="'notifier subscribers list' shows the numbers")
        erase(store, Journal(loaded.journal), found, clock.now())
    context.show.line(f"removed subscriber {found.number}")
    return DONE


@group.command("stop")
@click.argument("who", metavar="NUMBER|ADDRESS|KEY")
@click.pass_obj
def subscribers_stop(context: Context, who: str) -> int:
    """Write no more to a subscriber, who may sign up again."""
    loaded = context.load()
    with open_watched(context, loaded) as store:
        found = _named(store, who.strip())
        if found is None:
            raise UsageError("there is no such subscriber", remedy="'notifier subscribers list' shows the numbers")
        stop(store, Journal(loaded.journal), found, clock.now(), "by staff")
    context.show.line(f"subscriber {found.number} gets no more mail")
    return DONE


def _named(store: Store, who: str) -> Subscriber | None:
    if who.isascii() and who.isdigit():
        return store.subscribers.get(int(who)) if len(who) < 19 else None  # SQLite counts no further
    return store.subscribers.by_address(who) if "@" in who else opened(store, who, Purpose.STOP)


def _described(subscriber: Subscriber) -> str:
    """Everything that decides what they get; never the address."""
    profile = subscriber.profile
    parts = [", ".join(profile.trades) or "all trades"]
    parts += [f"in {', '.join(profile.areas)}"] if profile.areas else []
    parts += [f"with the words {', '.join(profile.words)}"] if profile.words else []
    parts += [f"up to {write_money(profile.value_max, 'en')} a year"] if profile.value_max else []
    name = f"{clean_line(subscriber.name)}: " if subscriber.name else ""
    return f"{name}{subscriber.status.value}, {subscriber.cadence.value}, {subscriber.language}; {'; '.join(parts)}"
