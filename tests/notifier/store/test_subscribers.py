"""Signing up: who is asked and how often, what a stranger can change (nothing), and what opens with a token."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.errors import StoreError
from notifier.lots import Money, Verdict
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store import Store
from notifier.store.subscribers import ASKED_FOR, Asked
from tests.notifier.store.samples import MONDAY

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ADDRESS = "Post@rengoerholdet.example"
CLEANING, CATERING = Profile(trades=("cleaning",)), Profile(trades=("catering",))


def ask(store: Store, now: dt.datetime = MONDAY, profile: Profile = CLEANING, address: str = ADDRESS) -> Asked:
    return store.subscribers.ask(address, now=now, name="Rengørholdet", profile=profile)


def confirmed(store: Store, now: dt.datetime = MONDAY) -> Subscriber:
    found = store.subscribers.confirm(ask(store, now).token, now)
    assert found is not None
    assert found.status is SubscriberStatus.CONFIRMED
    return found


def held(store: Store) -> Subscriber:
    (one,) = store.subscribers.all()
    return one


def unsubscribe(store: Store, number: int, now: dt.datetime) -> None:
    assert store.subscribers.set_status(number, SubscriberStatus.UNSUBSCRIBED, now, "on the page")


# -- asking ------------------------------------------------------------------------------------------------------------


def test_a_new_address_is_kept_as_pending_and_its_owner_is_asked(store: Store) -> None:
    asked = store.subscribers.ask(
        ADDRESS, now=MONDAY, name="Rengørholdet", language="en", cadence=Cadence.DAILY, profile=CLEANING
    )
    one = held(store)
    assert (asked.subscriber, asked.known, len(asked.token)) == (one, False, 32)
    assert (one.address, one.name, one.language) == (ADDRESS, "Rengørholdet", "en")
    assert (one.cadence, one.status, one.profile) == (Cadence.DAILY, SubscriberStatus.PENDING, CLEANING)
    assert (one.created, one.confirmed_at) == (MONDAY, None)


def test_within_a_day_nobody_is_asked_again_and_nothing_changes(store: Store) -> None:
    first = ask(store)
    before = held(store)
    assert ask(store, MONDAY + 24 * HOUR - dt.timedelta(seconds=1), CATERING) == Asked(before)
    assert held(store) == before
    assert store.subscribers.asked(first.token, MONDAY + HOUR) == before


def test_after_a_day_they_are_asked_anew_by_what_was_asked_for_last(store: Store) -> None:
    first = ask(store)
    second = ask(store, MONDAY + DAY, CATERING)
    assert len(second.token) == 32
    assert second.token != first.token
    assert held(store).profile == CATERING
    assert store.subscribers.confirm(first.token, MONDAY + DAY) is None
    assert store.subscribers.confirm(second.token, MONDAY + DAY) == held(store)
    assert held(store).status is SubscriberStatus.CONFIRMED


def test_an_address_that_nobody_confirms_is_asked_three_times_in_all(store: Store) -> None:
    tokens = [ask(store, MONDAY + number * DAY).token for number in range(3)]
    before = held(store)
    for days in (3, 4, 31):
        assert ask(store, MONDAY + days * DAY, CATERING) == Asked(before)
    assert all(tokens)
    assert held(store) == before


def test_thirty_days_after_the_last_letter_the_count_begins_anew(store: Store) -> None:
    """Anybody can use up the letters of whoever is paused: that must not shut them out for ever."""
    one = confirmed(store)
    store.subscribers.set_status(one.number, SubscriberStatus.PAUSED, MONDAY, "mail came back for good")
    asked = [bool(ask(store, MONDAY + days * DAY).token) for days in (1, 2, 3, 4, 32)]
    again = [bool(ask(store, MONDAY + days * DAY).token) for days in (33, 34, 35, 36)]
    assert asked == [True, True, True, False, False]
    assert again == [True, True, True, False]


def test_what_is_confirmed_is_what_the_newest_letter_told(store: Store) -> None:
    for number in range(3):
        token = store.subscribers.ask(ADDRESS, now=MONDAY + number * DAY, profile=CLEANING, valid=14 * DAY).token
    ask(store, MONDAY + 5 * DAY, CATERING)  # no letter goes out that could tell of this one
    found = store.subscribers.confirm(token, MONDAY + 6 * DAY)
    assert found is not None
    assert found.profile == CLEANING


def test_what_a_confirmed_subscriber_gets_is_never_changed_by_who_types_their_address(store: Store) -> None:
    before = confirmed(store)
    for days in range(1, 6):
        asked = store.subscribers.ask(
            ADDRESS, now=MONDAY + days * DAY, name="Evil", language="en", cadence=Cadence.INSTANT, profile=CATERING
        )
        assert (asked.known, asked.subscriber, held(store)) == (True, before, before)
        assert asked.token, "their owner is told once a day"
        assert not ask(store, MONDAY + days * DAY + HOUR).token


def test_letters_to_a_confirmed_address_do_not_shut_its_owner_out_after_leaving(store: Store) -> None:
    one = confirmed(store)
    for days in range(1, 6):
        ask(store, MONDAY + days * DAY, CATERING)
    unsubscribe(store, one.number, MONDAY + 6 * DAY)
    again = ask(store, MONDAY + 7 * DAY)
    assert store.subscribers.confirm(again.token, MONDAY + 7 * DAY) == held(store)
    assert held(store).status is SubscriberStatus.CONFIRMED


def test_a_paused_subscriber_is_asked_and_gets_what_the_letter_told(store: Store) -> None:
    one = confirmed(store)
    store.subscribers.set_status(one.number, SubscriberStatus.PAUSED, MONDAY + DAY, "mail came back for good")
    asked = ask(store, MONDAY + 2 * DAY, CATERING)
    assert (asked.known, asked.subscriber.status) == (False, SubscriberStatus.PAUSED)
    back = store.subscribers.confirm(asked.token, MONDAY + 2 * DAY)
    assert back == held(store)
    assert (held(store).status, held(store).profile) == (SubscriberStatus.CONFIRMED, CATERING)
    assert (held(store).confirmed_at, store.subscribers.why(one.number)) == (MONDAY + 2 * DAY, "")


def test_whoever_left_may_sign_up_again_and_is_asked_like_anybody(store: Store) -> None:
    one = confirmed(store)
    unsubscribe(store, one.number, MONDAY + HOUR)
    asked = ask(store, MONDAY + 2 * DAY, CATERING)
    now = held(store)
    assert (asked.subscriber, asked.known) == (now, False)
    assert (now.number, now.status, now.profile) == (one.number, SubscriberStatus.PENDING, CATERING)
    assert store.subscribers.why(one.number) == ""
    assert store.subscribers.confirm(asked.token, MONDAY + 2 * DAY) == held(store)


def test_whoever_left_stays_gone_where_no_letter_asks_them(store: Store) -> None:
    for number in range(3):
        token = store.subscribers.ask(ADDRESS, now=MONDAY + number * DAY, valid=14 * DAY).token
    unsubscribe(store, held(store).number, MONDAY + 2 * DAY + HOUR)
    assert not ask(store, MONDAY + 4 * DAY).token
    assert held(store).status is SubscriberStatus.UNSUBSCRIBED
    assert store.subscribers.confirm(token, MONDAY + 4 * DAY) is None


def test_the_case_and_blanks_of_an_address_make_no_other_subscriber(store: Store) -> None:
    ask(store)
    assert ask(store, MONDAY + HOUR, address=" POST@RENGOERHOLDET.example ") == Asked(held(store))
    assert store.subscribers.by_address("post@Rengoerholdet.EXAMPLE") == held(store)
    with pytest.raises(StoreError, match="asked already"):
        store.subscribers.add("post@rengoerholdet.example", now=MONDAY)


def test_a_letter_that_was_lost_can_be_asked_for_again_after_a_day(store: Store) -> None:
    ask(store)  # and the relay refuses the letter: nobody ever sees its token
    assert not ask(store, MONDAY + 23 * HOUR).token
    second = ask(store, MONDAY + DAY)
    assert store.subscribers.confirm(second.token, MONDAY + DAY + HOUR) == held(store)


def test_letters_are_counted_by_the_hour(store: Store) -> None:
    ask(store, address="a@by.example")
    ask(store, MONDAY + HOUR, address="b@by.example")
    store.subscribers.add("c@by.example", now=MONDAY + HOUR, status=SubscriberStatus.CONFIRMED)
    assert store.subscribers.letters_since(MONDAY) == 2
    assert store.subscribers.letters_since(MONDAY + HOUR) == 1
    assert store.subscribers.letters_since(MONDAY + 2 * HOUR) == 0


def test_when_somebody_last_came_by_themselves_is_known(store: Store) -> None:
    asked = ask(store)
    assert store.subscribers.came(asked.subscriber.number) == MONDAY
    store.subscribers.confirm(asked.token, MONDAY + HOUR)
    assert store.subscribers.came(asked.subscriber.number) == MONDAY + HOUR
    ask(store, MONDAY + 2 * DAY)  # anybody may have typed that
    assert store.subscribers.came(asked.subscriber.number) == MONDAY + HOUR


# -- saying yes --------------------------------------------------------------------------------------------------------


def test_a_yes_is_written_down_once_with_its_time(store: Store) -> None:
    asked = ask(store)
    yes = store.subscribers.confirm(asked.token, MONDAY + HOUR)
    assert yes == held(store)
    assert (held(store).status, held(store).confirmed_at) == (SubscriberStatus.CONFIRMED, MONDAY + HOUR)
    assert store.subscribers.confirm(asked.token, MONDAY + 2 * HOUR) == yes
    assert held(store) == yes


def test_looking_at_a_letter_says_no_yes(store: Store) -> None:
    asked = ask(store)
    assert store.subscribers.asked(asked.token, MONDAY + HOUR) == held(store)
    assert held(store).status is SubscriberStatus.PENDING


@pytest.mark.parametrize("valid", [ASKED_FOR, 14 * DAY])
def test_a_token_is_good_for_as_long_as_its_letter_says(store: Store, valid: dt.timedelta) -> None:
    token = store.subscribers.ask(ADDRESS, now=MONDAY, valid=valid).token
    assert store.subscribers.confirm(token, MONDAY + valid) is None
    assert held(store).status is SubscriberStatus.PENDING
    just = MONDAY + valid - dt.timedelta(seconds=1)
    assert store.subscribers.confirm(token, just) == held(store)
    assert held(store).confirmed_at == just


def test_whoever_left_is_not_brought_back_by_an_old_letter(store: Store) -> None:
    asked = ask(store)
    confirmed_one = store.subscribers.confirm(asked.token, MONDAY)
    assert confirmed_one is not None
    unsubscribe(store, confirmed_one.number, MONDAY + HOUR)
    assert store.subscribers.confirm(asked.token, MONDAY + 2 * HOUR) is None
    assert held(store).status is SubscriberStatus.UNSUBSCRIBED


def test_an_erased_subscriber_is_confirmed_by_nothing(store: Store) -> None:
    asked = ask(store)
    assert store.subscribers.remove(asked.subscriber.number)
    assert store.subscribers.confirm(asked.token, MONDAY) is None
    assert not store.subscribers.remove(asked.subscriber.number)


def test_no_other_token_opens_anything(store: Store) -> None:
    token = ask(store).token
    other = ask(store, address="anden@kantine.example").token
    own = held_by(store, ADDRESS).token
    for wrong in ("", " ", token[:-1], token + "A", token.swapcase(), token[::-1], own, "\ud800", "x" * 10_000):
        assert store.subscribers.asked(wrong, MONDAY) is None
        assert store.subscribers.confirm(wrong, MONDAY) is None
    assert store.subscribers.confirm(other, MONDAY) == held_by(store, "anden@kantine.example")
    assert held_by(store, ADDRESS).status is SubscriberStatus.PENDING


def held_by(store: Store, address: str) -> Subscriber:
    found = store.subscribers.by_address(address)
    assert found is not None
    return found


def test_a_token_stands_in_no_file_of_the_database(store: Store, tmp_path: Path) -> None:
    asked = ask(store)
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    bytes_held = b"".join(file.read_bytes() for file in files)
    assert ADDRESS.encode() in bytes_held
    assert asked.token.encode() not in bytes_held


# -- changing ----------------------------------------------------------------------------------------------------------


def test_an_owner_changes_everything_but_address_and_status(store: Store) -> None:
    one = confirmed(store)
    wanted = Profile(
        trades=("catering",),
        cpv_prefixes=("555",),
        words=("frokost",),
        words_out=("vin",),
        areas=("0101", "DK01"),
        value_min=Money(Decimal(1)),
        value_max=Money(Decimal(2)),
        least_verdict=Verdict.SUITABLE,
        planned=False,
        agreements=False,
        partnerships=True,
        near_misses=True,
        hour=15,
        most=20,
    )
    changed = store.subscribers.change(
        one.number, name="Kantinen", language="en", cadence=Cadence.INSTANT, profile=wanted
    )
    assert changed == held(store)
    assert (changed.name, changed.language, changed.cadence, changed.profile) == (
        "Kantinen", "en", Cadence.INSTANT, wanted,
    )  # fmt: skip
    assert (changed.address, changed.status, changed.confirmed_at, changed.token) == (
        one.address, one.status, one.confirmed_at, one.token,
    )  # fmt: skip
    assert store.subscribers.change(99, name="", language="da", cadence=Cadence.DAILY, profile=wanted) is None


# -- any history -------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "stranger", "confirm", "confirm an old one", "stop", "pause"]),
        st.integers(1, 40),  # hours until the next step
    ),
    max_size=20,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_in_any_history_only_the_newest_token_confirms_and_letters_stay_few(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with Store.open(tmp_path_factory.mktemp("history") / "notifier.db", create=True) as store:
        now, tokens, letters = MONDAY, list[str](), list[dt.datetime]()
        unconfirmed = 0  # letters since the last yes
        for step, hours in steps:
            now += hours * HOUR
            before = store.subscribers.by_address(ADDRESS)
            if step in ("ask", "stranger"):
                asked = ask(store, now, CATERING if step == "stranger" else CLEANING)
                if asked.token:
                    assert not letters or now - letters[-1] >= DAY
                    letters.append(now)
                if asked.token and not asked.known:
                    tokens.append(asked.token)
                    unconfirmed += 1
                if before is not None and before.status is SubscriberStatus.CONFIRMED:
                    assert store.subscribers.by_address(ADDRESS) == before
                assert asked.known is (asked.subscriber.status is SubscriberStatus.CONFIRMED and bool(asked.token))
            elif step == "confirm" and tokens:
                if store.subscribers.confirm(tokens[-1], now):
                    unconfirmed = 0
            elif step == "confirm an old one" and len(tokens) > 1:
                assert store.subscribers.confirm(tokens[-2], now) is None
            elif step in ("stop", "pause") and before is not None and before.status is SubscriberStatus.CONFIRMED:
                status = SubscriberStatus.PAUSED if step == "pause" else SubscriberStatus.UNSUBSCRIBED
                store.subscribers.set_status(before.number, status, now)
            assert unconfirmed <= 3
