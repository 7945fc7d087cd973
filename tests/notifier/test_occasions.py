"""When a digest is due: each period once, whatever the clocks do and however long the machine was away."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.clock import COPENHAGEN
from notifier.occasions import counts_as_building, missed, overdue, period, same_period
from notifier.profiles import Cadence

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def local(*moment: int) -> dt.datetime:
    return dt.datetime(*moment, tzinfo=COPENHAGEN)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("cadence", "moment", "expected"),
    [
        (Cadence.DAILY, local(2026, 11, 27, 7), "2026-11-27T07"),
        (Cadence.DAILY, local(2026, 11, 27, 6, 59), None),
        (Cadence.DAILY, local(2026, 11, 27, 23, 59), "2026-11-27T07"),
        (Cadence.DAILY, local(2026, 11, 28, 7), None),
        (Cadence.DAILY, local(2026, 11, 29, 7), None),
        (Cadence.WEEKLY, local(2026, 11, 23, 6, 59), None),
        (Cadence.WEEKLY, local(2026, 11, 23, 7), "2026-W48T07"),
        (Cadence.WEEKLY, local(2026, 11, 24, 1), "2026-W48T07"),
        (Cadence.WEEKLY, local(2026, 11, 29, 23), "2026-W48T07"),
        (Cadence.WEEKLY, local(2027, 1, 1, 7), "2026-W53T07"),
        (Cadence.INSTANT, local(2026, 11, 28, 3), "crawl-7"),
    ],
)
def test_the_period_is_copenhagens_day_or_week_from_the_chosen_hour(
    cadence: Cadence, moment: dt.datetime, expected: str | None
) -> None:
    assert period(cadence, 7, moment, "crawl-7") == expected


def test_before_the_first_crawl_no_instant_digest_is_due() -> None:
    assert period(Cadence.INSTANT, 7, local(2026, 11, 23, 7), "") is None


@pytest.mark.parametrize("hour", [0, 2, 3, 7, 23])
def test_every_weekday_from_2024_to_2040_has_its_digest_once_at_the_chosen_hour(hour: int) -> None:
    """A timer that ticks every hour for seventeen years, over 34 clock changes."""
    at, end = local(2024, 1, 1).astimezone(dt.UTC), local(2041, 1, 1).astimezone(dt.UTC)
    begun: dict[str, dt.datetime] = {}
    made: list[dt.datetime] = []
    while at < end:
        name = period(Cadence.DAILY, hour, at, "")
        if name is not None and name not in begun and not (made and same_period(Cadence.DAILY, made[-1], at)):
            assert list(missed(Cadence.DAILY, hour, made[-1] if made else None, at)) == []
            begun[name] = at
            made.append(at)
        at += HOUR
    days = Counter(moment.astimezone(COPENHAGEN).date() for moment in made)
    first, weekdays = dt.date(2024, 1, 1), 0
    for number in range((dt.date(2041, 1, 1) - first).days):
        day = first + dt.timedelta(days=number)
        weekdays += day.weekday() < 5
        assert days[day] == (1 if day.weekday() < 5 else 0), day
    assert weekdays == len(made) == 4436
    assert {moment.astimezone(COPENHAGEN).hour for moment in made} == {hour}


def test_every_week_from_2024_to_2040_has_its_digest_once_on_its_monday() -> None:
    at, end = local(2024, 1, 1).astimezone(dt.UTC), local(2041, 1, 1).astimezone(dt.UTC)
    begun: dict[str, dt.datetime] = {}
    while at < end:
        if name := period(Cadence.WEEKLY, 7, at, ""):
            begun.setdefault(name, at)
        at += HOUR
    assert len(begun) == 888
    assert {(one.astimezone(COPENHAGEN).weekday(), one.astimezone(COPENHAGEN).hour) for one in begun.values()} == {
        (0, 7)
    }


def test_days_on_which_nothing_ran_are_named_without_week_ends() -> None:
    last, now = local(2026, 11, 19, 7), local(2026, 11, 24, 7)
    assert list(missed(Cadence.DAILY, 7, last, now)) == ["2026-11-20T07", "2026-11-23T07"]
    assert list(missed(Cadence.WEEKLY, 7, local(2026, 11, 2, 7), now)) == ["2026-W46T07", "2026-W47T07"]
    assert list(missed(Cadence.DAILY, 7, None, now)) == []
    assert list(missed(Cadence.INSTANT, 7, last, now)) == []


def test_one_looks_back_a_week_for_days_and_four_for_weeks() -> None:
    last, now = local(2026, 6, 1, 7), local(2026, 11, 24, 7)
    assert len(list(missed(Cadence.DAILY, 7, last, now))) == 5
    assert len(list(missed(Cadence.WEEKLY, 7, last, now))) == 4


@pytest.mark.parametrize("hour", [0, 7, 17, 23])
def test_a_timer_that_runs_once_a_day_before_the_chosen_hour_still_meets_every_weekday(hour: int) -> None:
    """At five each morning, for seventeen years: what was due later that day is built the next weekday."""
    at, end = local(2024, 1, 1, 5), dt.date(2040, 12, 31)
    last: dt.datetime | None = None
    begun: list[str] = []
    while at.date() <= end:
        name = period(Cadence.DAILY, hour, at, "")
        late = None if name else overdue(Cadence.DAILY, hour, last, at)
        begun += [one for one in (name, late.name if late else None) if one]
        if counts_as_building(at):
            last = at
        at += DAY
    assert len(begun) == len(set(begun)) == 4436 - (hour > 5)


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_a_timer_that_runs_on_mondays_before_the_chosen_hour_still_meets_every_week(hour: int) -> None:
    at, last = local(2024, 1, 1, 5), None
    begun: list[str] = []
    while at.year < 2041:
        name = period(Cadence.WEEKLY, hour, at, "")
        late = None if name else overdue(Cadence.WEEKLY, hour, last, at)
        begun += [one for one in (name, late.name if late else None) if one]
        last = at
        at += 7 * DAY
    assert len(begun) == len(set(begun)) == 888 - (hour > 5)


@pytest.mark.parametrize(
    ("cadence", "last", "now"),
    [
        (Cadence.DAILY, None, local(2026, 11, 24, 6)),  # nothing was ever built
        (Cadence.DAILY, local(2026, 11, 23, 7), local(2026, 11, 24, 6)),  # yesterday's was
        (Cadence.DAILY, local(2026, 11, 24, 5), local(2026, 11, 24, 6)),
        (Cadence.DAILY, local(2026, 11, 27, 6), local(2026, 11, 28, 6)),  # a Saturday: on Monday
        (Cadence.WEEKLY, local(2026, 11, 23, 8), local(2026, 11, 30, 6)),
        (Cadence.INSTANT, local(2026, 11, 20, 8), local(2026, 11, 30, 6)),
    ],
)
def test_what_was_built_or_never_promised_is_not_late(
    cadence: Cadence, last: dt.datetime | None, now: dt.datetime
) -> None:
    assert overdue(cadence, 7, last, now) is None


MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2040, 12, 31)).map(lambda at: at.replace(tzinfo=dt.UTC))


@given(st.sampled_from([Cadence.DAILY, Cadence.WEEKLY]), st.integers(0, 23), MOMENTS, st.integers(1, 60))
def test_no_period_is_both_missed_and_under_way(cadence: Cadence, hour: int, now: dt.datetime, days: int) -> None:
    found = list(missed(cadence, hour, now - dt.timedelta(days=days), now))
    assert period(cadence, hour, now, "") not in found
    assert len(found) == len(set(found))
    assert found == sorted(found)
