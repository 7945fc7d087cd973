"""What a planned lot would be to social enterprises, before it is published: `notifier draft FILE`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import click

from notifier.amounts import write_money
from notifier.cli.context import DONE, Context
from notifier.drafting import LONGEST, Review, draft_lot, parted, read_code, read_value, review
from notifier.errors import UsageError
from notifier.explaining import LONGEST_QUOTE, explain, verdict_name
from notifier.lots import Money
from notifier.phrases import demand_names, quoted, shorten
from notifier.suitability import Rules, load_rules
from notifier.words import LANGUAGES, Words, words


@click.command("draft")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--value", help="The whole value without VAT, such as '12 mio. kr.' or '1.500.000'.")
@click.option("--months", type=click.IntRange(1, 600), help="How long the contract runs, without options.")
@click.option("--cpv", default="", help="The main CPV code, eight digits.")
@click.option("--language", type=click.Choice(LANGUAGES), default="da", show_default=True, help="In which language.")
@click.pass_obj
def draft_command(
    context: Context, file: TextIO, value: str | None, months: int | None, cpv: str, language: str
) -> int:
    """Show what in the text of a planned lot shuts small and social enterprises out, with the words that cause it.

    FILE is plain text, its first line the title if it is short and no sentence; - reads standard input. Nothing of it
    is stored, learned from or published: no database is opened.
    """
    rules, w = load_rules(context.load().rules), words(language)
    title, text = _read(file)
    lot, notice = draft_lot(title, text, cpv=_code(cpv), value=_money(value), duration=f"P{months}M" if months else "")
    for line in told(review(lot, notice, rules), rules, w):
        context.show.line(line)
    return DONE


def _read(file: TextIO) -> tuple[str, str]:
    try:
        whole = file.read(LONGEST + 1)
    except UnicodeDecodeError as error:
        raise UsageError("the draft is no plain text in UTF-8", where=file.name, remedy="save it as text") from error
    if len(whole) > LONGEST:
        raise UsageError("the draft is too long", where=file.name, remedy=f"give at most {LONGEST} characters")
    title, text = parted(whole)
    if not title:
        raise UsageError("the draft is empty", where=file.name, remedy="write the title in its first line")
    return title, text


def _money(value: str | None) -> Money | None:
    if value is None:
        return None
    money = read_value(value)
    if money is None:
        raise UsageError(f"--value '{value}' is no amount", remedy="write it as '1.500.000 kr.' or '12 mio. kr.'")
    return money


def _code(cpv: str) -> str:
    found = read_code(cpv)
    if cpv and not found:
        raise UsageError(f"--cpv '{cpv}' is no CPV code", remedy="give its eight digits, such as 90910000")
    return found


def told(seen: Review, rules: Rules, w: Words) -> Iterator[str]:
    """Lines for a person: the verdict and its grounds, what shuts out, and what a division would do."""
    yield from explain(seen.lot, seen.notice, seen.found, seen.hindrances, rules, w)
    yield w("explain.draft_obstacles" if seen.obstacles else "explain.draft_no_obstacles")
    for one in seen.obstacles:
        amount = write_money(one.demand.amount, w.language) if one.demand.amount else ""
        concern = w(f"explain.draft_{one.concern.value}", amount=amount)
        yield f"  – {demand_names([one.demand], w.language)}: {concern}"
        yield f"    {quoted(shorten(one.demand.quote, LONGEST_QUOTE), w.language)}"
    if (parts := seen.division) is not None:
        each, verdict = write_money(parts.value_per_year, w.language), verdict_name(parts.verdict, w)
        yield w("explain.draft_division", lots=parts.lots, each=each, verdict=quoted(verdict, w.language))
    yield w("explain.draft_private")


COMMANDS = (draft_command,)
