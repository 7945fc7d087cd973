"""What was read of each source, for staff: the coverage receipt, and what is wrong with it.

Written for a terminal of 80 columns. A source has its lines; what needs a person comes first.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator

import click

from notifier import clock, text
from notifier.cli.context import DONE, Context, open_store
from notifier.cli.steps import chosen, write_staff
from notifier.lock import one_run
from notifier.lots import RunStatus, SourceRun
from notifier.receipts import URGENT_FIRST, Receipt, by_urgency, doubts, receipt

_MISSING_SHOWN = 20
_DOUBTS_SHOWN = 5
_LABEL = 12  # columns of the label in front of a line
_STATUS = {
    RunStatus.GOOD: "good",
    RunStatus.PARTIAL: "read, but not all of it",
    RunStatus.FAILED: "FAILED: it could not be read",
    RunStatus.BLOCKED: "REFUSED: its host does not let us in, or we may not go there",
    RunStatus.ALARM: "ALARM: it does not look as it should, so nothing is closed",
}
_IN_SHORT = {
    RunStatus.GOOD: "good",
    RunStatus.PARTIAL: "not read whole",
    RunStatus.FAILED: "failed",
    RunStatus.BLOCKED: "refused",
    RunStatus.ALARM: "in alarm",
    None: "not read to the end yet",
}


@click.command("sources")
@click.argument("source_ids", metavar="[SOURCE]...", nargs=-1)
@click.option("--page", is_flag=True, help="Also write the page for staff anew, and say where it stands.")
@click.pass_obj
def sources_command(context: Context, source_ids: tuple[str, ...], page: bool) -> int:
    """Show what was read of each source: when, how much it lists, how much of it is held, what is wrong."""
    loaded = context.load()
    wanted = chosen(loaded, source_ids) if source_ids else loaded.crawled
    with open_store(loaded, create=False) as store:
        receipts = [receipt(store, source) for source in wanted]
    width = min(context.show.console.width, 100)
    for line in told(receipts, clock.now(), width):
        context.show.line(line)
    if page:
        with one_run(loaded.database, clock.now()), open_store(loaded, create=False) as store:
            context.show.line(f"The page for staff: {write_staff(loaded, store)}")
    return DONE


COMMANDS = (sources_command,)


def told(receipts: list[Receipt], now: dt.datetime, width: int) -> Iterator[str]:
    """The lines for a terminal: one that sums up, then a paragraph per source, those that need a person first."""
    enabled = [one for one in receipts if one.source.enabled]
    counted = [(status, sum(one.status is status for one in enabled)) for status in URGENT_FIRST]
    off = len(receipts) - len(enabled)
    parts = [f"{count} {_IN_SHORT[status]}" for status, count in counted if count]
    parts += [f"{off} switched off"] if off else []
    said = f"{len(receipts)} {'source' if len(receipts) == 1 else 'sources'}: {', '.join(parts)}"
    yield from textwrap.wrap(said, width, subsequent_indent="    ")
    for one in by_urgency(receipts):
        yield ""
        yield from _paragraph(one, now, width)


def _paragraph(one: Receipt, now: dt.datetime, width: int) -> Iterator[str]:
    off = "" if one.source.enabled else " (switched off)"
    yield from textwrap.wrap(f"{one.source.id}{off}: {one.source.name or one.source.publisher}", width)
    for label, said in _lines(one, now):
        yield from textwrap.wrap(
            text.clean_line(said, 4000),
            width,
            initial_indent=f"  {label:<{_LABEL}}",
            subsequent_indent=" " * (_LABEL + 2),
            break_on_hyphens=False,  # publication numbers have one
            break_long_words=False,  # an address stays whole, so that it can be opened
        )


def _lines(one: Receipt, now: dt.datetime) -> Iterator[tuple[str, str]]:
    """Label and words of each line of a paragraph."""
    if one.last is None:
        yield "last read", "never; 'notifier crawl' reads it" if one.source.enabled else "never"
    else:
        yield from _last(one, one.last, now)
    if one.doubtful.doubts:
        yield "doubts", _doubts(one)
    for run in one.other:
        failed = f", {run.failed} could not be read" if run.failed else ""
        if run.status is None:
            yield run.purpose.value, f"begun {_moment(run.started)}, going on or cut off; begin it again"
            continue
        yield run.purpose.value, f"{_when(run, now)}; {run.new} new, {run.changed} changed{failed}"


def _last(one: Receipt, last: SourceRun, now: dt.datetime) -> Iterator[tuple[str, str]]:
    if last.status is None:
        yield "now", f"being read since {_moment(last.started)}, or cut off then"
    if one.ended is None:
        return
    assert one.ended.status is not None
    yield "last read", _when(one.ended, now)
    yield "result", _STATUS[one.ended.status]
    if one.ended.message:
        yield "because" if one.ended.status is not RunStatus.GOOD else "remark", one.ended.message
    if one.ended.status is not RunStatus.GOOD:
        yield "read whole", _last_good(one, now)
    if shown := one.told:
        earlier = "" if shown is one.ended else f" on {_moment(shown.finished or shown.started)}"
        verbs = ("listed", "held") if earlier else ("lists", "hold")
        yield "receipt", f"the source {verbs[0]} {shown.listed}, we {verbs[1]} {shown.held}{earlier}"
        if shown.held < shown.listed:
            yield "missing", _missing(shown)


def _last_good(one: Receipt, now: dt.datetime) -> str:
    runs = f"{one.since_good} {'run' if one.since_good == 1 else 'runs'}"
    if one.good is None:
        return f"never yet, in {runs}"
    return f"{_when(one.good, now)}; {runs} since then"


def _doubts(one: Receipt) -> str:
    """How many publications were read with doubts, and the most frequent of these."""
    kinds = doubts(one.doubtful)
    named = "; ".join(f"{kind} ({count})" for kind, count in kinds[:_DOUBTS_SHOWN])
    more = f"; and {len(kinds) - _DOUBTS_SHOWN} more" if len(kinds) > _DOUBTS_SHOWN else ""
    return f"{len(one.doubtful.doubts)} of {one.doubtful.held} that we hold were read with doubts: {named}{more}"


def _missing(run: SourceRun) -> str:
    """The keys that are not held, as many as a person looks up, and how many there are beside them."""
    short = run.listed - run.held
    names = run.missing[:_MISSING_SHOWN]
    unnamed = short - len(names)
    if not names:
        return f"{short}, of which the source tells no names"
    return ", ".join(names) + (f" and {unnamed} more" if unnamed > 0 else "")


def _when(run: SourceRun, now: dt.datetime) -> str:
    """The moment at which a run ended, and how long ago that is where it was not today."""
    at = run.finished or run.started
    days = (now.astimezone(clock.COPENHAGEN).date() - at.astimezone(clock.COPENHAGEN).date()).days
    ago = "" if days <= 0 else ", yesterday" if days == 1 else f", {days} days ago"
    return f"{_moment(at)}{ago}"


def _moment(at: dt.datetime) -> str:
    return at.astimezone(clock.COPENHAGEN).strftime("%Y-%m-%d %H:%M")
