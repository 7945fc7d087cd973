"""Weeks as people in Denmark number them (ISO 8601), in Copenhagen's time. Pure.

A week begins on Monday and belongs to the year that has its Thursday: 28 December 2026 to 3 January 2027 is week 53
of 2026.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

from notifier.clock import COPENHAGEN

_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week by its ISO year and number; they sort as time goes."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """ "2026-48": the year, and the number in two digits."""
        return f"{self.year}-{self.number:02}"

    @property
    def first(self) -> dt.date:
        """Its Monday."""
        return dt.date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> dt.date:
        """Its Sunday."""
        return dt.date.fromisocalendar(self.year, self.number, 7)

    @property
    def over(self) -> dt.datetime:
        """The moment at which it is over in Copenhagen: midnight after Sunday."""
        return dt.datetime.combine(self.first + _WEEK, dt.time(), COPENHAGEN)

    @property
    def next(self) -> Week:
        """The week after it."""
        return week_of_day(self.first + _WEEK)


def week_of(at: dt.datetime) -> Week:
    """The week in Copenhagen of a point in time (aware)."""
    return week_of_day(at.astimezone(COPENHAGEN).date())


@functools.lru_cache(maxsize=4096)
def week_of_day(day: dt.date) -> Week:
    """The week that has this day."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def week_path(week: Week, number: int = 1) -> str:
    """Path of a week's page in the public site, in its language's folder: uger/2026-48.html, the second uger/2026-48-2.

    The address is the site's and this: letter.entries.page(town, language, week_path(week_of(at))) for a mail,
    site.rendering.address(town, in_language(path, language)) for a page.
    """
    return f"uger/{week.name}{f'-{number}' if number > 1 else ''}.html"
