"""What subscribers say of lots: once, as said last, by whatever name of the lot, and without theirs when they left."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlite_utils

from notifier.answers import Answer, Given
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.feedback import AnswerCount
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, lot

HOUR = dt.timedelta(hours=1)


def joined(store: Store, address: str = "post@rengoerholdet.example") -> int:
    return store.subscribers.add(address, now=MONDAY, status=SubscriberStatus.CONFIRMED).number


def held_lots(store: Store) -> list[str]:
    """Two lots of one tender."""
    store.notices.hold(call("1-2026", lot("LOT-0001"), lot("LOT-0002", "Vinduer")), MONDAY)
    return sorted(view.uid for view in store.lots.views(MONDAY))


def counted(store: Store) -> tuple[AnswerCount, ...]:
    """What was said and how often, however few said it."""
    return tuple(
        store._database.select(
            AnswerCount,
            "SELECT uid AS lot_uid, answer, reason, count(*) AS count FROM feedback JOIN lots ON lots.id = lot_id "
            "WHERE withdrawn_at IS NULL GROUP BY uid, answer, reason ORDER BY uid, answer, reason",
        )
    )


def said(store: Store, subscriber: int) -> list[tuple[str, Answer]]:
    return [(one.lot_uid, one.answer) for one in store.answers.of(subscriber)]


@pytest.mark.parametrize("word", [Answer.RELEVANT, Answer.BIDDING, Answer.PARTNERS])
def test_a_yes_of_any_kind_and_not_relevant_take_each_others_place(store: Store, word: Answer) -> None:
    who, (uid, other) = joined(store), held_lots(store)
    store.answers.give(uid, who, word, MONDAY)
    store.answers.give(other, who, word, MONDAY)
    store.answers.give(uid, who, Answer.NOT_RELEVANT, MONDAY + HOUR, reason="place")
    assert said(store, who) == [(other, word), (uid, Answer.NOT_RELEVANT)]
    assert store.answers.not_relevant(who) == {uid}
    store.answers.give(uid, who, word, MONDAY + 2 * HOUR)
    assert said(store, who) == [(other, word), (uid, word)]
    assert store.answers.not_relevant(who) == frozenset()


def test_relevant_bidding_and_partners_stand_beside_each_other(store: Store) -> None:
    who, (uid, _) = joined(store), held_lots(store)
    for hours, word in enumerate((Answer.BIDDING, Answer.PARTNERS, Answer.RELEVANT)):
        store.answers.give(uid, who, word, MONDAY + hours * HOUR)
    assert said(store, who) == [(uid, Answer.BIDDING), (uid, Answer.PARTNERS), (uid, Answer.RELEVANT)]


def test_said_again_it_is_said_once_as_said_last(store: Store) -> None:
    who, (uid, _) = joined(store), held_lots(store)
    store.answers.give(uid, who, Answer.NOT_RELEVANT, MONDAY, reason="place")
    store.answers.give(uid, who, Answer.NOT_RELEVANT, TUESDAY, reason="time")
    assert store.answers.of(who) == (Given(uid, Answer.NOT_RELEVANT, "time", "", TUESDAY),)


def test_what_is_taken_back_counts_no_more_and_can_be_said_again(store: Store) -> None:
    who, (uid, other) = joined(store), held_lots(store)
    store.answers.give(uid, who, Answer.RELEVANT, MONDAY)
    store.answers.give(uid, who, Answer.PARTNERS, MONDAY, words="Vi kan pudse vinduer.")
    store.answers.give(other, who, Answer.NOT_RELEVANT, MONDAY)
    store.answers.withdraw(uid, who, Answer.RELEVANT, TUESDAY)
    assert said(store, who) == [(uid, Answer.PARTNERS), (other, Answer.NOT_RELEVANT)]
    store.answers.withdraw(uid, who, Answer.PARTNERS, TUESDAY)
    store.answers.give(uid, who, Answer.PARTNERS, WEDNESDAY)
    assert store.answers.of(who)[-1] == Given(uid, Answer.PARTNERS, "", "", WEDNESDAY)


def test_nothing_is_said_of_a_lot_that_there_is_not(store: Store) -> None:
    who, (uid, _) = joined(store), held_lots(store)
    assert not store.answers.give("nowhere", who, Answer.RELEVANT, MONDAY)
    store.answers.withdraw("nowhere", who, Answer.RELEVANT, MONDAY)
    assert store.answers.give(uid, who, Answer.RELEVANT, MONDAY)
    assert said(store, who) == [(uid, Answer.RELEVANT)]


def test_one_subscribers_word_is_not_anothers(store: Store) -> None:
    (uid, _), one, other = held_lots(store), joined(store), joined(store, "hej@kantine.example")
    store.answers.give(uid, one, Answer.NOT_RELEVANT, MONDAY)
    store.answers.give(uid, other, Answer.RELEVANT, MONDAY)
    store.answers.withdraw(uid, other, Answer.NOT_RELEVANT, TUESDAY)
    assert said(store, one) == [(uid, Answer.NOT_RELEVANT)]
    assert said(store, other) == [(uid, Answer.RELEVANT)]
    assert counted(store) == (
        AnswerCount(uid, Answer.NOT_RELEVANT, "", 1),
        AnswerCount(uid, Answer.RELEVANT, "", 1),
    )


def test_what_an_erased_subscriber_said_still_counts_and_nothing_tells_who_it_was(store: Store, tmp_path: Path) -> None:
    (uid, _), one, other = held_lots(store), joined(store), joined(store, "hej@kantine.example")
    for who in (one, other):
        store.answers.give(uid, who, Answer.PARTNERS, MONDAY, words=f"Vi er nummer-{who} i Ukendtby.")
    store.partners.bring_together(uid, one)
    assert store.subscribers.remove(one)
    assert store.answers.of(one) == ()
    assert counted(store) == (AnswerCount(uid, Answer.PARTNERS, "", 2),)
    assert store.partners.of(other, uid) == ()
    rows = list(
        sqlite_utils.Database(tmp_path / "notifier.db").query("SELECT subscriber_id, words FROM feedback ORDER BY id")
    )
    assert rows == [
        {"subscriber_id": None, "words": ""},
        {"subscriber_id": other, "words": f"Vi er nummer-{other} i Ukendtby."},
    ]


# -- two lots turn out to be one ---------------------------------------------------------------------------------------


def two_that_become_one(store: Store) -> tuple[str, str]:
    """A page's lot and TED's, of which nobody knows yet that they are one; the page came first and stays."""
    store.notices.hold(call("sag-7", lot("1", "Skolerengøring"), source="town", procedure_id="",
                            publication_number=""), MONDAY)  # fmt: skip
    store.notices.hold(call("1-2026", notice_type="cn-standard"), MONDAY)
    town, ted = sorted((view.uid for view in store.lots.views(MONDAY)), key=lambda uid: not uid.startswith("town"))
    return town, ted


def become_one(store: Store) -> str:
    """The page links to TED now."""
    store.notices.hold(call("sag-7", lot("1", "Skolerengøring"), source="town", procedure_id="",
                            publication_number="1-2026"), WEDNESDAY)  # fmt: skip
    (view,) = store.lots.views(WEDNESDAY)
    return view.uid


def test_what_was_said_of_either_was_said_of_the_one(store: Store) -> None:
    who, (town, ted) = joined(store), two_that_become_one(store)
    store.answers.give(ted, who, Answer.BIDDING, MONDAY)
    store.answers.give(town, who, Answer.PARTNERS, MONDAY + HOUR)
    one = become_one(store)
    assert said(store, who) == [(one, Answer.BIDDING), (one, Answer.PARTNERS)]


@pytest.mark.parametrize("later", ["town", "ted"])
@pytest.mark.parametrize("word", [Answer.RELEVANT, Answer.BIDDING, Answer.PARTNERS])
@pytest.mark.parametrize("last", ["yes", "no"])
def test_of_two_words_that_exclude_each_other_the_last_one_stands(
    store: Store, later: str, word: Answer, last: str
) -> None:
    who, (town, ted) = joined(store), two_that_become_one(store)
    first, second = (ted, town) if later == "town" else (town, ted)
    before, after = (Answer.NOT_RELEVANT, word) if last == "yes" else (word, Answer.NOT_RELEVANT)
    store.answers.give(first, who, before, MONDAY)
    store.answers.give(second, who, after, TUESDAY)
    one = become_one(store)
    assert said(store, who) == [(one, after)]
    assert store.answers.not_relevant(who) == ({one} if last == "no" else frozenset())


def test_a_yes_to_another_goes_with_the_wish_for_partners_when_two_lots_become_one(store: Store) -> None:
    one, other = joined(store), joined(store, "hej@kantine.example")
    town, ted = two_that_become_one(store)
    for who in (one, other):
        store.answers.give(town, who, Answer.PARTNERS, MONDAY)
    store.partners.bring_together(town, one)
    (pair,) = store.partners.of(one, town)
    store.partners.agree(pair.number, one, MONDAY)
    store.answers.give(ted, one, Answer.NOT_RELEVANT, TUESDAY)
    uid = become_one(store)
    store.answers.give(uid, one, Answer.PARTNERS, WEDNESDAY)
    (pair,) = store.partners.of(other, uid)
    assert (pair.agreed, pair.other_agreed) == (False, False)
    assert store.partners.agree(pair.number, other, WEDNESDAY) is None


@pytest.mark.parametrize("later", ["town", "ted"])
@pytest.mark.parametrize("withdrawn", [True, False])
def test_the_same_word_said_of_both_is_one_as_it_stood_last(store: Store, later: str, withdrawn: bool) -> None:
    who, (town, ted) = joined(store), two_that_become_one(store)
    first, second = (ted, town) if later == "town" else (town, ted)
    store.answers.give(second, who, Answer.NOT_RELEVANT, MONDAY, reason="time")
    store.answers.give(first, who, Answer.NOT_RELEVANT, MONDAY + HOUR, reason="place")
    if withdrawn:
        store.answers.withdraw(second, who, Answer.NOT_RELEVANT, TUESDAY)
    else:
        store.answers.withdraw(first, who, Answer.NOT_RELEVANT, MONDAY + 2 * HOUR)
        store.answers.give(second, who, Answer.NOT_RELEVANT, TUESDAY, reason="time")
    one = become_one(store)
    assert store.answers.of(who) == (() if withdrawn else (Given(one, Answer.NOT_RELEVANT, "time", "", TUESDAY),))


def test_those_who_are_gone_are_counted_on_the_one_as_well(store: Store) -> None:
    who, (town, ted) = joined(store), two_that_become_one(store)
    for uid in (town, ted):
        store.answers.give(uid, who, Answer.RELEVANT, MONDAY)
    store.subscribers.remove(who)
    one = become_one(store)
    assert counted(store) == (AnswerCount(one, Answer.RELEVANT, "", 2),)


@pytest.mark.parametrize("agreed_on", ["town", "ted"])
def test_a_pair_on_both_is_one_with_every_yes_that_was_said(store: Store, agreed_on: str) -> None:
    one, other = joined(store), joined(store, "hej@kantine.example")
    lots = dict(zip(("town", "ted"), two_that_become_one(store), strict=True))
    for uid in lots.values():
        for who in (one, other):
            store.answers.give(uid, who, Answer.PARTNERS, MONDAY)
        assert store.partners.bring_together(uid, one) == (other,)
    (pair,) = store.partners.of(one, lots[agreed_on])
    assert store.partners.agree(pair.number, one, TUESDAY) is None
    uid = become_one(store)
    (pair,) = store.partners.of(one, uid)
    assert (pair.agreed, pair.other_agreed) == (True, False)
    met = store.partners.agree(pair.number, other, WEDNESDAY)
    assert met is not None
    assert (met.lot_uid, met.first, met.second) == (uid, one, other)


def test_a_pair_that_was_introduced_on_one_is_not_introduced_again(store: Store) -> None:
    one, other = joined(store), joined(store, "hej@kantine.example")
    town, ted = two_that_become_one(store)
    for uid in (town, ted):
        for who in (one, other):
            store.answers.give(uid, who, Answer.PARTNERS, MONDAY)
        store.partners.bring_together(uid, one)
    (pair,) = store.partners.of(one, ted)
    store.partners.agree(pair.number, one, TUESDAY)
    assert store.partners.agree(pair.number, other, TUESDAY) is not None
    (pair,) = store.partners.of(other, become_one(store))
    assert (pair.agreed, pair.other_agreed, pair.introduced) == (True, True, True)
    assert store.partners.agree(pair.number, other, WEDNESDAY) is None


def test_who_says_that_they_won_has_bid_and_who_takes_the_bid_back_has_not_won(store: Store) -> None:
    who, (uid, _) = joined(store), held_lots(store)
    store.answers.give(uid, who, Answer.WON, MONDAY)
    assert set(said(store, who)) == {(uid, Answer.WON), (uid, Answer.BIDDING)}
    store.answers.give(uid, who, Answer.LOST, TUESDAY)
    assert set(said(store, who)) == {(uid, Answer.LOST), (uid, Answer.BIDDING)}
    store.answers.withdraw(uid, who, Answer.BIDDING, TUESDAY + HOUR)
    assert said(store, who) == []


@pytest.mark.parametrize("later", ["town", "ted"])
def test_whoever_won_one_and_lost_the_other_said_of_the_one_what_they_said_last(store: Store, later: str) -> None:
    who, (town, ted) = joined(store), two_that_become_one(store)
    first, second = (ted, town) if later == "town" else (town, ted)
    store.answers.give(first, who, Answer.WON, MONDAY)
    store.answers.give(second, who, Answer.LOST, TUESDAY)
    one = become_one(store)
    assert set(said(store, who)) == {(one, Answer.LOST), (one, Answer.BIDDING)}


def test_who_took_back_that_they_bid_has_not_won_the_lot_that_it_turned_out_to_be(store: Store) -> None:
    who, (town, ted) = joined(store), two_that_become_one(store)
    store.answers.give(ted, who, Answer.WON, MONDAY)
    store.answers.give(town, who, Answer.BIDDING, MONDAY)
    store.answers.withdraw(town, who, Answer.BIDDING, TUESDAY)
    become_one(store)
    assert said(store, who) == []


def test_nobody_is_told_what_fewer_than_five_said_of_a_lot(store: Store) -> None:
    (uid, _) = held_lots(store)
    for number in range(5):
        assert store.answers.counts() == ()
        store.answers.give(uid, joined(store, f"post{number}@rengoerholdet.example"), Answer.BIDDING, MONDAY)
    assert store.answers.counts() == (AnswerCount(uid, Answer.BIDDING, "", 5),)
