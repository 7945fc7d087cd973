"""backfill: what a source published in earlier years, month by month, broken off and taken up again at will.

A process crawls once, because a reactor starts once. So each month is a process of its own, with a run of its own in
the database (purpose backfill), which names its days. A month that was read whole is not read again.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import click

from notifier import clock
from notifier.cli.context import DONE, SOURCE_FAILED, Context, open_store
from notifier.cli.steps import chosen, told, user_agent
from notifier.config import Config, Expect, Source
from notifier.errors import LockHeld, UsageError
from notifier.intake import Intake
from notifier.lock import one_run
from notifier.lots import RunPurpose, RunStatus, SourceRun

_KINDS = ("ted", "udbud")  # whose search knows days
_FIRST_YEAR = 2014  # hardly an agreement of earlier years still runs
_MOST_FAILURES = 3  # in a row: the source is down, and asking on is no use to anybody
_LEAST_SECONDS = 3600.0  # for a month
_MOST_RUNS = 10_000  # looked through for months that were read

Month = tuple[dt.date, dt.date]


@click.command("backfill")
@click.argument("source_id", metavar="SOURCE")
@click.option("--from", "first", type=int, required=True, metavar="YEAR", help="The first year.")
@click.option("--to", "last", type=int, metavar="YEAR", help="The last year; this one where it is left out.")
@click.option("--month", type=click.DateTime(["%Y-%m"]), hidden=True)
@click.pass_obj
def backfill_command(context: Context, source_id: str, first: int, last: int | None, month: dt.datetime | None) -> int:
    """Read what a source published in earlier years, month by month.

    Months that were read whole before are left out, so the same command goes on where it was broken off. Nobody is
    told of what is found as if it were new.
    """
    loaded = context.load()
    (source,) = chosen(loaded, (source_id,))
    if source.kind not in _KINDS:
        raise UsageError(f"'{source.id}' cannot be read by the month", remedy=f"name one of kind {', '.join(_KINDS)}")
    today = clock.now().astimezone(clock.COPENHAGEN).date()
    last = today.year if last is None else last
    if not _FIRST_YEAR <= first <= last <= today.year:
        remedy = f"give years from {_FIRST_YEAR} to {today.year}, the earlier one first"
        raise UsageError(f"there is nothing to read from {first} to {last}", remedy=remedy)
    if month is not None:
        return _read(context, loaded, source, _clipped(month.date(), today))
    months = clock.months_between(dt.date(first, 1, 1), min(dt.date(last, 12, 31), today))
    return _read_all(context, loaded, source, months, first)


def _clipped(first: dt.date, today: dt.date) -> Month:
    return clock.months_between(first, min(clock.add_months(first, 1) - dt.timedelta(days=1), today))[0]


def _read_all(context: Context, loaded: Config, source: Source, months: tuple[Month, ...], year: int) -> int:
    with open_store(loaded) as store:
        runs = store.runs.of(source.id, _MOST_RUNS, RunPurpose.BACKFILL)
        whole = [run.message for run in runs if run.status is RunStatus.GOOD]
    waiting = [month for month in months if not any(days_of(month) in message for message in whole)]
    failed: list[Month] = []
    in_a_row = 0
    for month in waiting:
        status = subprocess.run(_command(context, source, month, year), check=False).returncode  # noqa: S603 - this program itself
        if status == LockHeld.exit_status:
            return status
        in_a_row = in_a_row + 1 if status != DONE else 0
        failed += [month] if status != DONE else []
        if in_a_row == _MOST_FAILURES:
            break
    left = waiting[waiting.index(failed[-1]) + 1 :] if in_a_row == _MOST_FAILURES else []
    read = len(waiting) - len(failed) - len(left)
    context.show.step("backfill", f"{source.id}: {read} months read, {len(months) - len(waiting)} were read before")
    with open_store(loaded) as store:
        _tell_sum(context, source, store.runs.of(source.id, _MOST_RUNS, RunPurpose.BACKFILL), waiting)
    if failed:
        named = ", ".join(f"{first:%Y-%m}" for first, _ in failed)
        more = f"; {len(left)} were not tried" if left else ""
        context.show.step("backfill", f"{source.id}: not whole: {named}{more}; the same command tries them again")
    return SOURCE_FAILED if failed else DONE


def _tell_sum(context: Context, source: Source, runs: Sequence[SourceRun], months: Sequence[Month]) -> None:
    """What the months brought together, and which of them brought nothing: those say no line of their own."""
    newest = {month: next((run for run in runs if days_of(month) in run.message), None) for month in months}
    read = [run for run in newest.values() if run]
    if not read:
        return
    new, changed, unchanged = map(sum, zip(*((run.new, run.changed, run.unchanged) for run in read), strict=True))
    empty = [month for month, run in newest.items() if run and _is_empty(run)]
    context.show.step("backfill", f"{source.id}: together {new} new, {changed} changed, {unchanged} unchanged")
    if empty:
        context.show.step("backfill", f"{source.id}: nothing in {', '.join(_stretches(empty))}")


def _is_empty(run: SourceRun) -> bool:
    return run.status is RunStatus.GOOD and run.listed == 0


def _stretches(months: Sequence[Month]) -> Iterator[str]:
    """Months that follow each other as one.

    >>> year = clock.months_between(dt.date(2014, 1, 1), dt.date(2014, 12, 31))
    >>> list(_stretches([*year[:5], year[6], *year[8:]]))
    ['2014-01 to 2014-05', '2014-07', '2014-09 to 2014-12']
    """
    first = before = months[0]
    for month in [*months[1:], None]:
        if month and month[0] == before[1] + dt.timedelta(days=1):
            before = month
            continue
        yield f"{first[0]:%Y-%m}" + (f" to {before[0]:%Y-%m}" if before != first else "")
        if month:
            first = before = month


def _command(context: Context, source: Source, month: Month, year: int) -> list[str]:
    """This program for one month."""
    own = [sys.executable, "-m", "notifier", "--config", str(context.folder)]
    own += ["--db", str(context.database)] if context.database else []
    own += ["--now", clock.now().isoformat()] if clock.is_pretended() else []
    return [*own, "backfill", source.id, "--from", str(year), "--month", f"{month[0]:%Y-%m}"]


def _read(context: Context, loaded: Config, source: Source, month: Month) -> int:
    """Crawl one month. What is expected of a daily run does not hold here; time there is enough."""
    # Scrapy takes half a second to import, and only crawling needs it.
    from spiders.base import Window
    from spiders.crawl import crawl

    unhurried = replace(source, expect=Expect(0, 10**9), deadline_s=max(source.deadline_s, _LEAST_SECONDS))
    with one_run(loaded.database, clock.now()), open_store(loaded) as store:
        with context.show.bars():
            crawl(
                [unhurried],
                Intake(store, clock.now, RunPurpose.BACKFILL),
                user_agent=user_agent(loaded),
                now=clock.now(),
                on_progress=context.show.advance,
                window=Window(*month),
                proxy=loaded.proxy,
            )
        run = store.runs.of(source.id, 1, RunPurpose.BACKFILL)[0]
    if not _is_empty(run):
        context.show.step("backfill", told(run))
    return DONE if run.status is RunStatus.GOOD else SOURCE_FAILED


def days_of(month: Month) -> str:
    """The words by which a run's message names its days; `spiders.base.Window` writes the same."""
    return f"days {month[0]} to {month[1]}"


COMMANDS = (backfill_command,)
