"""Reading kept documents again, after a parser was mended: no network, history put right, readers told.

notifier reparse --dry-run ted      what would change
notifier reparse ted                change it
"""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import click

from notifier import clock, text
from notifier.cli.context import DONE, SOURCE_FAILED, Context, open_store
from notifier.cli.steps import chosen
from notifier.config import Source
from notifier.lock import one_run
from notifier.lots import RunPurpose, RunStatus
from notifier.progress import Show
from notifier.repair import Correction, LotFieldChange, Repair, Repaired
from notifier.store import Store
from notifier.store.runs import MISSING_KEPT

if TYPE_CHECKING:
    from spiders.reparse import Reread

_SHOWN = 40  # corrections of a source that are shown one by one
_PROBLEMS_SHOWN, _PROBLEMS_KEPT = 10, 500  # different ones
_LONGEST = 60  # of a value that is shown


@dataclass(slots=True)
class _Tally:
    """What came of reading the documents of one source again: counts of all, and as much of each as is shown."""

    most: int  # corrections that are shown
    documents: int = 0
    readable: int = 0  # documents without a problem
    same: int = 0
    new: int = 0  # items that were not held before
    corrected: int = 0
    failed: int = 0
    shown: list[Correction] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)
    lost: dict[str, None] = field(default_factory=dict)

    def add(self, read: Reread, repaired: Repaired) -> None:
        """What came of one document."""
        self.readable += not read.problems
        self.failed += len(read.problems)
        self.same += repaired.same
        for one in repaired.corrections:
            self.new += not one.changes
            self.corrected += bool(one.changes)
        self.shown += repaired.corrections[: max(self.most - len(self.shown), 0)]
        for problem in read.problems:
            told = text.clean_line(problem, 400)
            if told in self.problems or len(self.problems) < _PROBLEMS_KEPT:
                self.problems[told] += 1
        self.lost |= dict.fromkeys(repaired.lost[: max(MISSING_KEPT - len(self.lost), 0)])


@click.command("reparse")
@click.argument("source_ids", metavar="[SOURCE]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--all", "everything", is_flag=True, help=f"Show every correction, not the first {_SHOWN} of a source.")
@click.pass_obj
def reparse_command(context: Context, source_ids: tuple[str, ...], dry_run: bool, everything: bool) -> int:
    """Read all kept documents again, without the network, and put right what an older parser read wrong.

    Of the sources that are named, or of all that are enabled. What readers were told wrongly is told to them as a
    change once that is released ('notifier withheld list'). Each document is put right for itself: a reparse that
    was cut off is begun again, and finds what it did as it should be.
    """
    loaded = context.load()
    sources = chosen(loaded, source_ids)
    status, changed = DONE, False
    with one_run(loaded.database, clock.now()), open_store(loaded, create=False) as store:
        for source in sources:
            tally = _Tally(sys.maxsize if everything else _SHOWN)
            _reparse(context.show, source, store, tally, write=not dry_run)
            for line in _told(source.id, tally, context.show.console.width):
                context.show.line(line)
            changed = changed or bool(tally.shown)
            status = SOURCE_FAILED if tally.lost else status
    if changed and dry_run:
        context.show.line("Nothing was written. To do it, leave out --dry-run.")
    elif changed:
        context.show.line("This is held now, and neither published nor mailed yet. To do that: notifier run")
        context.show.line("Nobody is told of it before it is released: notifier withheld list")
    return status


COMMANDS = (reparse_command,)


def _reparse(show: Show, source: Source, store: Store, tally: _Tally, *, write: bool) -> None:
    """Read the documents of one source in the order in which they were last seen, one at a time in memory."""
    # Scrapy takes half a second to import, and only reading needs it.
    from spiders.base import KINDS
    from spiders.reparse import reread

    now = clock.now()
    run = store.runs.begin(source.id, now, RunPurpose.REPARSE) if write else None
    repair = Repair(store, now, fresh=not KINDS[source.kind].proven, write=write)
    numbers = store.documents.numbers(source.id)
    with show.bars():
        for number in numbers:
            for read in reread(source, [store.documents.get(number)], now):
                tally.add(read, repair.take(number, read.items))
            tally.documents += 1
            show.advance(source.id, tally.documents, len(numbers))
    if run is not None:
        _close(store, run, tally)


def _close(store: Store, run: int, tally: _Tally) -> None:
    """The row of the run. Here documents are what is listed, and those that could be read are what is held."""
    with store.transaction():
        store.runs.count(run, new=tally.new, changed=tally.corrected, unchanged=tally.same, failed=tally.failed)
        store.runs.finish(
            run,
            finished=clock.now(),
            status=RunStatus.PARTIAL if tally.problems or tally.lost else RunStatus.GOOD,
            listed=tally.documents,
            held=tally.readable,
            message="; ".join(_counted(tally.problems)),
            missing=tuple(tally.lost),
        )


# -- what is shown ---------------------------------------------------------------------------------------------


def _told(source: str, tally: _Tally, width: int) -> Iterator[str]:
    if not tally.documents:
        yield f"{source}: no documents are kept yet; every crawl keeps them"
        return
    documents = "1 document" if tally.documents == 1 else f"{tally.documents} documents"
    yield f"{source}: {documents} read again: {tally.corrected} corrected, {tally.new} new, {tally.same} as before"
    for one in tally.shown:
        yield from _correction(one, width)
    if (more := tally.corrected + tally.new - len(tally.shown)) > 0:
        yield f"  and {more} more; --all shows every one"
    for problem in _counted(tally.problems):
        yield from _wrapped(f"  could not be read: {problem}", width)
    if tally.lost:
        names = ", ".join(islice(tally.lost, _PROBLEMS_SHOWN))
        yield from _wrapped(f"  was read once and cannot be read now, and stays as it is held: {names}", width)


def _counted(problems: Counter[str]) -> Iterator[str]:
    """The same problem of many documents once, with how often."""
    for problem, times in problems.most_common(_PROBLEMS_SHOWN):
        yield f"{problem} ({times} times)" if times > 1 else problem
    if len(problems) > _PROBLEMS_SHOWN:
        yield f"and {len(problems) - _PROBLEMS_SHOWN} other problems"


def _correction(one: Correction, width: int) -> Iterator[str]:
    what = "new" if not one.changes else "corrected" if one.newest else "an earlier version corrected"
    yield "  " + text.clean_line(f"{one.key}, {what}: {one.title}", width - 2)
    for found in one.changes:
        yield from _change(found, width)


def _change(found: LotFieldChange, width: int) -> Iterator[str]:
    """A field: on one line where both values are short, else one under the other from where they part."""
    change = found.change
    number = f"lot {found.lot_id}" if found.lot_id.isdigit() else found.lot_id
    where = f"{number}, {change.field}" if number else change.field
    before, after = _parted(change.before, change.after)
    line = f"    {where}: {before} -> {after}"
    if len(line) <= width:
        yield line
        return
    yield f"    {where}:"
    yield f"      was {before}"
    yield f"      now {after}"


def _parted(before: str, after: str) -> tuple[str, str]:
    """Two values cut to where they differ; an unknown one is told as such."""
    same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    start = max(0, (min(len(before), len(after)) if same is None else same) - 20)
    return _cut(before, start), _cut(after, start)


def _cut(value: str, start: int) -> str:
    if not value:
        return "unknown"
    start = start if len(value) > _LONGEST else 0
    shown = text.clean_line(value[start : start + _LONGEST], _LONGEST)
    return f"{'…' if start else ''}{shown}{'…' if start + _LONGEST < len(value) else ''}"


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, subsequent_indent="    ", break_on_hyphens=False)
