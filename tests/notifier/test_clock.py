from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import clock
from notifier.clock import COPENHAGEN, UTC, parse_day, parse_deadline
from notifier.lots import Deadline


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-03-12", dt.date(2027, 3, 12)),
        ("12. marts 2027", dt.date(2027, 3, 12)),
        ("den 1. Maj 2027", dt.date(2027, 5, 1)),
        ("12 March 2027", dt.date(2027, 3, 12)),
        ("12-03-2027", dt.date(2027, 3, 12)),
        ("12/3 2027", dt.date(2027, 3, 12)),
        ("12.03.2027", dt.date(2027, 3, 12)),
        ("29-02-2028", dt.date(2028, 2, 29)),
        ("fredag den 12. marts 2027 (12-03-2027)", dt.date(2027, 3, 12)),
    ],
)
def test_a_day_is_read_as_danes_and_britons_write_it(text: str, day: dt.date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    "text",
    ["", "1. marts", "31-02-2027", "29. februar 2027", "uge 12", "uge 12 2027", "12-13-2027", "0000-01-01",
     "1. januar 9999", "12. marts 2027 eller 15. marts 2027", "marts 2027", "medio 2027", "version 1.2.2027.4"],
)  # fmt: skip
def test_what_is_no_sure_day_is_unknown(text: str) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("12. marts 2027 kl. 12.00", "2027-03-12T12:00:00+01:00"),
        ("senest den 8. december 2026 kl. 13:30", "2026-12-08T13:30:00+01:00"),
        ("12. juli 2027, kl. 12", "2027-07-12T12:00:00+02:00"),
        ("2027-03-12T12:00:00+02:00", "2027-03-12T12:00:00+02:00"),
        ("2027-03-12T12:00:00Z", "2027-03-12T12:00:00+00:00"),
        ("Kl. 10.00 den 3. maj 2027", "2027-05-03T10:00:00+02:00"),
        ("12-03-2027 24:00", "2027-03-12T23:59:00+01:00"),
        ("12.03.2027kl.12.00", "2027-03-12T12:00:00+01:00"),
        ("12. marts 2027 kl.13", "2027-03-12T13:00:00+01:00"),
        ("12. marts 2027, inden kl. 12", "2027-03-12T12:00:00+01:00"),
        ("12. marts 2027 kl. 14.00 om eftermiddagen", "2027-03-12T14:00:00+01:00"),
        ("Fristen er forlænget til 12. marts 2027 kl. 12.00", "2027-03-12T12:00:00+01:00"),
        ("12. juli 2027 kl. 12.00 CEST", "2027-07-12T12:00:00+02:00"),
    ],
)
def test_a_deadline_keeps_its_time_and_offset(text: str, at: str) -> None:
    deadline = parse_deadline(text)
    assert deadline is not None
    assert deadline.at.isoformat() == at
    assert deadline.time_known


def test_a_day_without_a_time_lasts_until_its_end() -> None:
    deadline = parse_deadline("12. marts 2027")
    assert deadline is not None
    assert (deadline.at.isoformat(), deadline.time_known) == ("2027-03-12T23:59:00+01:00", False)


@pytest.mark.parametrize("text", ["12. marts 2027 kl. 25.00", "28. marts 2027 kl. 02.30", "31. april 2027 kl. 12.00"])
def test_an_impossible_time_makes_the_deadline_unknown(text: str) -> None:
    # On 28 March 2027 the clock goes from 02:00 to 03:00.
    assert parse_deadline(text) is None


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31)))
def test_every_deadline_that_is_written_is_read_back(at: dt.datetime) -> None:
    at = at.replace(second=0, microsecond=0, hour=12)
    deadline = Deadline(at.replace(tzinfo=COPENHAGEN))
    assert parse_deadline(clock.write_deadline(deadline)) == deadline
    assert parse_deadline(clock.write_deadline(deadline, "en")) == deadline


@given(st.text(max_size=80))
def test_any_text_is_a_deadline_or_unknown(text: str) -> None:
    deadline = parse_deadline(text)
    assert deadline is None or deadline.at.tzinfo is not None


@pytest.mark.parametrize(
    "text",
    ["12. marts 2027 kl. 8 aften", "12. marts 2027 kl. 8.00 om aftenen", "12. marts 2027 + 14 dage",
     "Fristen 12. marts 2027 er forlænget", "12. marts 2027 (er blevet udsat)", "12. marts 2027 eller senere",
     "12. marts 2027 og frem", "12. marts 2027 efter kl. 9", "12. marts 2027, tidligst kl. 9.00",
     "12. marts 2027 ca. kl. 12", "12. marts 2027 kl. 12 (London)", "12. juli 2027 kl. 12.00 CET"],
)  # fmt: skip
def test_a_deadline_that_was_moved_or_is_told_loosely_is_unknown(text: str) -> None:
    assert parse_deadline(text) is None


def test_a_time_that_the_clock_change_doubles_is_unknown_unless_its_offset_is_told() -> None:
    assert parse_deadline("31. oktober 2027 kl. 02.30") is None
    told = parse_deadline("2027-10-31T02:30:00+01:00")
    assert told is not None
    assert told.at.isoformat() == "2027-10-31T02:30:00+01:00"


def test_days_left_are_calendar_days_in_copenhagen() -> None:
    deadline = Deadline(dt.datetime(2026, 12, 8, 0, 30, tzinfo=COPENHAGEN))
    assert clock.days_left(deadline, dt.datetime(2026, 12, 7, 22, 59, tzinfo=UTC)) == 1
    assert clock.days_left(deadline, dt.datetime(2026, 12, 7, 23, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize("offset", [-5, 0, 1, 3])
def test_a_day_without_an_hour_stays_the_day_that_was_named_whatever_its_offset(offset: int) -> None:
    at = dt.datetime(2026, 12, 1, 23, 59, tzinfo=dt.timezone(dt.timedelta(hours=offset)))
    deadline = Deadline(at, time_known=False)
    assert clock.deadline_day(deadline) == dt.date(2026, 12, 1)
    assert clock.write_deadline(deadline) == "tirsdag 1. december 2026"
    assert clock.days_left(deadline, dt.datetime(2026, 11, 30, 7, tzinfo=COPENHAGEN)) == 1


def test_a_moment_has_its_day_in_copenhagen() -> None:
    assert clock.deadline_day(Deadline(dt.datetime(2026, 12, 1, 23, 30, tzinfo=UTC))) == dt.date(2026, 12, 2)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [((2026, 1, 31), 1, (2026, 2, 28)), ((2026, 11, 30), 3, (2027, 2, 28)), ((2026, 5, 15), -12, (2025, 5, 15))],
)
def test_months_are_added_within_the_month(day: tuple[int, int, int], months: int, later: tuple[int, int, int]) -> None:
    assert clock.add_months(dt.date(*day), months) == dt.date(*later)


def test_a_pretended_time_is_answered_in_utc() -> None:
    clock.pretend(dt.datetime(2026, 11, 23, 7, tzinfo=COPENHAGEN))
    assert clock.now() == dt.datetime(2026, 11, 23, 6, tzinfo=UTC)
