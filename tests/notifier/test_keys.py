"""Keys of personal links: whose they are, for what, and that no other opens anything."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from notifier.door import MAX_ADDRESS, Door
from notifier.keys import Purpose, key_of, number_in, opens
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus

SECRETS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=32, max_size=32)
NUMBERS = st.integers(1, 10**9)


def subscriber(number: int = 17, token: str = "a-secret-of-this-subscriber-alone") -> Subscriber:
    created = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    status, cadence = SubscriberStatus.CONFIRMED, Cadence.WEEKLY
    return Subscriber(number, "post@by.example", "", "da", cadence, status, Profile(), created, token)


@given(NUMBERS, SECRETS, st.sampled_from(Purpose))
def test_a_key_opens_its_own_purpose_for_its_own_subscriber(number: int, token: str, purpose: Purpose) -> None:
    one = subscriber(number, token)
    key = key_of(one, purpose)
    assert re.fullmatch(r"[0-9]+-[A-Za-z0-9_-]{24}", key)
    assert number_in(key) == number
    assert [opens(key, one, other) for other in Purpose] == [other is purpose for other in Purpose]
    assert not opens(key, replace(one, number=number + 1), purpose)
    assert not opens(key, replace(one, token=token[::-1] + "x"), purpose)


def test_a_key_stays_whatever_else_is_changed() -> None:
    """It stands in mails that were sent: a release must not break it either."""
    one = subscriber()
    assert key_of(one, Purpose.STOP) == key_of(
        replace(one, language="en", name="Andre", address="x@y.example"), Purpose.STOP
    )
    assert key_of(one, Purpose.STOP) == "17-0exCSBswjxMA8ZBflaa0s0pu"


@given(SECRETS)
def test_the_secret_is_in_no_key(token: str) -> None:
    assert all(token not in key_of(subscriber(17, token), purpose) for purpose in Purpose)


def test_without_a_secret_nothing_opens() -> None:
    one = subscriber(token="")
    assert not opens(key_of(one, Purpose.STOP), one, Purpose.STOP)


@given(st.text(max_size=60))
def test_whatever_is_given_as_a_key_is_answered(key: str) -> None:
    number_in(key)
    assert not opens(key, subscriber(), Purpose.CHANGE)


def test_what_is_no_number_names_nobody() -> None:
    code = "A" * 24
    for key in (
        f"0-{code}",
        f"01-{code}",
        f"-1-{code}",
        f"1-{code}\n",
        f"1-{code}A",
        f"1{code}",
        f"٣-{code}",
        f"{10**18}-{code}",
        "",
    ):
        assert number_in(key) is None


def test_the_header_to_stop_stays_short_for_the_longest_address_and_many_subscribers() -> None:
    door = Door("https://" + "x" * (MAX_ADDRESS - 8))
    assert len(f"List-Unsubscribe: <{door.stop(subscriber(10**6))}>") <= 256


def test_every_page_has_one_address() -> None:
    door, one = Door("https://svar.by.example/opgaver"), subscriber()
    assert door.sign_up("da") == "https://svar.by.example/opgaver/tilmeld"
    assert door.sign_up("en") == "https://svar.by.example/opgaver/en/sign-up"
    assert door.confirm("t") == "https://svar.by.example/opgaver/ja/t"
    assert door.tasks(one) == f"{door.change(one)}/opgaver"
    assert bool(door) is True
    assert bool(Door()) is False
