"""The coverage receipt of a source: how much it lists, how much of that is held, what is missing, since when.

Told in a terminal (cli/receipts.py) and on the page for staff (staff.py); readers see its sums in the foot of a mail.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from notifier.config import Source
from notifier.coverage import FieldCoverage, comparable
from notifier.lots import RunPurpose, RunStatus, SourceRun
from notifier.store import Store
from notifier.store.notices import Doubtful

# Kinds that nobody crawls: what they hold is written at the desk.
WRITTEN_HERE = frozenset({"opslag"})
_COMPARED = 60  # readings back; a quiet source brings something to read now and then
_OF_ONE_LOT = re.compile(r"^(?:Lot|lot) \S+: ")
_AS_IT_STANDS = re.compile(r"""[:,] (?:“.*”|".*")(?= |\.|$)\.?""")
_LABELS = re.compile(r"^(Not read, because nobody knows what it means|it holds what is not read here): (.*)$")
# From what needs a person most.
URGENT_FIRST = (RunStatus.ALARM, RunStatus.FAILED, RunStatus.BLOCKED, RunStatus.PARTIAL, None, RunStatus.GOOD)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one source. `last` is its newest run, `ended` the newest that came to an end."""

    source: Source
    last: SourceRun | None
    ended: SourceRun | None
    good: SourceRun | None
    since_good: int  # runs that ended since, none of them good
    other: tuple[SourceRun, ...] = ()  # the newest backfill and the newest reparse, where there were any
    # Of the newest two readings in which anything was read, and not in alarm; newest first, and comparable.
    coverage: tuple[FieldCoverage, ...] = ()
    quiet_since: dt.date | None = None  # day of the first of these, where later readings had nothing new to read
    doubtful: Doubtful = Doubtful(0)  # noqa: RUF009 - a frozen value

    @property
    def told(self) -> SourceRun | None:
        """The run whose counts are worth telling: the newest that listed anything, else the last good one."""
        ended = self.ended
        return ended if ended and (ended.listed or ended.status is RunStatus.GOOD) else self.good

    @property
    def cut_off(self) -> bool:
        """Whether the newest run has no end: it is going on, or was cut off."""
        return self.last is not None and self.last.status is None

    @property
    def status(self) -> RunStatus | None:
        """How the newest run ended that came to an end; None where there is none, or one was begun since then."""
        good = self.ended is None or self.ended.status is RunStatus.GOOD
        return None if self.ended is None or (good and self.cut_off) else self.ended.status


def doubts(doubtful: Doubtful) -> tuple[tuple[str, int], ...]:
    """The kinds of doubts with in how many publications each stands, the most frequent first.

    Which lot it is, and what stands there, is another in each: a kind is what the sentence says beside that. A label
    that nobody knows is a kind of its own.
    """
    counted = Counter(kind for flags in doubtful.doubts for kind in {one for flag in flags for one in _kinds(flag)})
    return tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def _kinds(flag: str) -> Iterable[str]:
    said = _OF_ONE_LOT.sub("", flag)
    if labels := _LABELS.match(said):
        named = re.sub(r" and \d+ more\.?$", "", labels[2]).removesuffix(".")
        between = "; " if labels[1].startswith("Not read") else ", "
        return [f"{labels[1]}: {name}" for name in named.split(between)]
    said = re.sub(r"\bin \d+ versions\b", "in several versions", said)
    return [_AS_IT_STANDS.sub("", said).removesuffix(".")]


def by_urgency(receipts: list[Receipt]) -> list[Receipt]:
    """What needs a person first, sources that are switched off last; else in the order of the configuration."""

    def urgency(one: Receipt) -> tuple[bool, int]:
        status = RunStatus.GOOD if one.source.kind in WRITTEN_HERE else one.status
        return not one.source.enabled, URGENT_FIRST.index(status)

    return sorted(receipts, key=urgency)


def receipt(store: Store, source: Source) -> Receipt:
    """What the store knows of the runs of a source."""
    runs = store.runs.of(source.id, limit=500)
    ended = [run for run in runs if run.status is not None]
    good = store.runs.last_good(source.id)
    since = sum(good is None or run.started > good.started for run in ended)
    coverage = store.runs.coverage(source.id, limit=_COMPARED)
    read = [one for one in coverage if one.items]
    quiet = bool(read) and not coverage[0].items and bool(read[0].day)
    others = (store.runs.of(source.id, 1, purpose) for purpose in (RunPurpose.BACKFILL, RunPurpose.REPARSE))
    return Receipt(
        source=source,
        last=runs[0] if runs else None,
        ended=ended[0] if ended else None,
        good=good,
        since_good=since,
        other=tuple(run for found in others for run in found),
        coverage=(read[0], *comparable(read[0], read[1:])[:1]) if read else (),
        quiet_since=dt.date.fromisoformat(read[0].day) if quiet else None,
        doubtful=store.notices.doubtful(source.id),
    )
