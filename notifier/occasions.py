"""When a digest is due: days and hours in Copenhagen, whatever the clocks do there. Pure.

A period is the time for which a subscriber gets one digest: a weekday, a week from Monday on, or a crawl. It is named
by its day or week and the hour from which it is due, so that who wants their mail at noon has periods of their own. A
digest that was not built in its hour is built later in its period; one whose period went by is told of in the next.
Where programs run less often than every hour, a period is due in the first of them after its hour, next day's included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from notifier.clock import COPENHAGEN
from notifier.profiles import Cadence

LOOK_BACK = {Cadence.DAILY: dt.timedelta(days=7), Cadence.WEEKLY: dt.timedelta(days=28)}
_FRIDAY = 4
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Late:
    """A period that was due at `due` (in UTC) and was not built since."""

    name: str
    due: dt.datetime


def period(cadence: Cadence, hour: int, now: dt.datetime, crawl: str) -> str | None:
    """The period that is due at `now` and goes on, or None.

    Daily: Monday to Friday from `hour` to the day's end. Weekly: from Monday `hour` to Sunday's end. Instant: the
    crawl, named by `crawl` ("" before the first). An hour that a clock change skips is due when it is over; one that
    comes twice is due the first time.
    """
    local = now.astimezone(COPENHAGEN)
    if cadence is Cadence.INSTANT:
        return crawl or None
    due = _started(cadence, hour, local)
    return _name(cadence, hour, local.date()) if due else None


def overdue(cadence: Cadence, hour: int, last: dt.datetime | None, now: dt.datetime) -> Late | None:
    """The period before `now`'s that no building came for since its hour, or None; `last` is when was built last.

    A timer that runs at six each morning never meets the hour seven: Monday's period is due on Tuesday at six then.
    Nothing is due on week-ends, nor before the first building: nothing was promised to anybody then.
    """
    local = now.astimezone(COPENHAGEN)
    if last is None or cadence is Cadence.INSTANT or local.weekday() > _FRIDAY:
        return None
    day = _day_before(cadence, local.date())
    due = dt.datetime.combine(day, dt.time(hour), COPENHAGEN).astimezone(dt.UTC)
    return Late(_name(cadence, hour, day), due) if last < due else None


def counts_as_building(now: dt.datetime) -> bool:
    """Whether what is built at `now` could have been a daily digest too: not on week-ends."""
    return now.astimezone(COPENHAGEN).weekday() <= _FRIDAY


def same_period(cadence: Cadence, one: dt.datetime, other: dt.datetime) -> bool:
    """Whether two moments lie in the same day or week: nobody gets two digests there by changing their hour."""
    days = one.astimezone(COPENHAGEN).date(), other.astimezone(COPENHAGEN).date()
    if cadence is Cadence.WEEKLY:
        return days[0].isocalendar()[:2] == days[1].isocalendar()[:2]
    return cadence is Cadence.DAILY and days[0] == days[1]


def missed(cadence: Cadence, hour: int, last: dt.datetime | None, now: dt.datetime) -> Iterator[str]:
    """The periods since the last run began that are over and had none, oldest first, as far as one looks back.

    None before the first run: nothing was promised to anybody then.
    """
    if last is None or cadence not in LOOK_BACK:
        return
    today = now.astimezone(COPENHAGEN).date()
    day = max(last.astimezone(COPENHAGEN).date() + _DAY, today - LOOK_BACK[cadence])
    known = {_name(cadence, hour, last.astimezone(COPENHAGEN).date()), _name(cadence, hour, today)}
    while day < today:
        name = _name(cadence, hour, day)
        if name not in known and (cadence is Cadence.WEEKLY or day.weekday() <= _FRIDAY):
            known.add(name)
            yield name
        day += _DAY


def _day_before(cadence: Cadence, day: dt.date) -> dt.date:
    """The day from which the period before that day's was due: the last weekday, or Monday a week ago."""
    if cadence is Cadence.WEEKLY:
        return day - dt.timedelta(days=day.weekday() + 7)
    return day - dt.timedelta(days=3 if day.weekday() == 0 else 1)


def _started(cadence: Cadence, hour: int, local: dt.datetime) -> bool:
    if cadence is Cadence.DAILY:
        return local.weekday() <= _FRIDAY and local.hour >= hour
    return local.weekday() > 0 or local.hour >= hour


def _name(cadence: Cadence, hour: int, day: dt.date) -> str:
    if cadence is Cadence.WEEKLY:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}T{hour:02}"
    return f"{day.isoformat()}T{hour:02}"
