"""What comes next, as far as the program can know it. Pure.

Nothing here is a schedule. When a digest is due follows from the hours that subscribers chose; when it is built depends
on when the timer of the machine starts a run, of which the program sees no more than when the last ones began.
"""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from notifier.clock import COPENHAGEN
from notifier.occasions import period
from notifier.profiles import Cadence

_FRIDAY = 4
_LEAST = 3  # readings from which a habit can be told
_LATE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coming:
    """The next digest of a cadence. `waits`: one is due already, and no run has built it since."""

    cadence: Cadence
    due: dt.datetime
    waits: bool


@dataclass(frozen=True, slots=True)
class Crawls:
    """When sources were last read, how far apart readings usually begin, and when the next would begin then.

    `gap` and `next` are None where too few readings are known.
    """

    last: dt.datetime | None
    gap: dt.timedelta | None
    now: dt.datetime

    @property
    def next(self) -> dt.datetime | None:
        """When the next reading would begin; in the past where it is late."""
        return self.last + self.gap if self.last and self.gap else None

    @property
    def late(self) -> bool:
        """Whether readings have stopped: two in a row did not begin, and a day has gone by."""
        return bool(self.last and self.gap and self.now - self.last > max(2 * self.gap, _LATE))


def next_due(cadence: Cadence, hour: int, now: dt.datetime) -> dt.datetime:
    """The next moment from which a daily or weekly digest is due: that hour of the next weekday, or Monday.

    >>> friday = dt.datetime(2026, 11, 27, 9, 0, tzinfo=COPENHAGEN)
    >>> next_due(Cadence.DAILY, 7, friday).isoformat(), next_due(Cadence.DAILY, 12, friday).isoformat()
    ('2026-11-30T07:00:00+01:00', '2026-11-27T12:00:00+01:00')
    """
    day = now.astimezone(COPENHAGEN).date()
    while True:
        # Through UTC: an hour that a clock change skips is due when it is over.
        due = dt.datetime.combine(day, dt.time(hour), COPENHAGEN).astimezone(dt.UTC)
        if due > now and (day.weekday() == 0 or (cadence is Cadence.DAILY and day.weekday() <= _FRIDAY)):
            return due.astimezone(COPENHAGEN)
        day += dt.timedelta(days=1)


def coming(
    hours: Collection[tuple[Cadence, int]], built: Callable[[Cadence, str], bool], now: dt.datetime
) -> tuple[Coming, ...]:
    """The next digest of each cadence that has hours of its own and that somebody gets.

    `built` says whether the run of a cadence for a period has come to its end.
    """
    found = []
    for cadence in (Cadence.WEEKLY, Cadence.DAILY):
        chosen = sorted(hour for one, hour in hours if one is cadence)
        going_on = [name for hour in chosen if (name := period(cadence, hour, now, ""))]
        if chosen:
            due = min(next_due(cadence, hour, now) for hour in chosen)
            found.append(Coming(cadence, due, any(not built(cadence, name) for name in going_on)))
    return tuple(found)


def crawls(begun: Iterable[Sequence[dt.datetime]], now: dt.datetime) -> Crawls:
    """What the moments say at which readings of each source began, in any order."""
    moments = [sorted(one) for one in begun]
    gaps = [later - earlier for one in moments for earlier, later in itertools.pairwise(one)]
    usual = len(gaps) >= _LEAST - 1
    return Crawls(
        max((at for one in moments for at in one), default=None),
        dt.timedelta(seconds=statistics.median(gap.total_seconds() for gap in gaps)) if usual else None,
        now,
    )
