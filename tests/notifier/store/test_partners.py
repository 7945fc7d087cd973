"""Two who look for partners for one lot: each learns that there is another, and who it is when both have said yes."""

from __future__ import annotations

import pytest

from notifier.answers import Answer, Pairing
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.feedback import absorb_answers
from notifier.store.outbox import MailKind, MailStatus, Settlement
from notifier.store.partners import Met
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, lot


@pytest.fixture
def lots(store: Store) -> tuple[str, str]:
    store.notices.hold(call("1-2026", lot("LOT-0001"), lot("LOT-0002", "Vinduer")), MONDAY)
    first, second = sorted(view.uid for view in store.lots.views(MONDAY))
    return first, second


def joined(store: Store, *names: str) -> list[int]:
    return [
        store.subscribers.add(f"{name}@by.example", now=MONDAY, status=SubscriberStatus.CONFIRMED).number
        for name in names
    ]


def look(store: Store, uid: str, who: int, words: str = "") -> tuple[int, ...]:
    store.answers.give(uid, who, Answer.PARTNERS, MONDAY, words=words)
    return store.partners.bring_together(uid, who)


def number_of(store: Store, uid: str, who: int) -> int:
    (pair,) = store.partners.of(who, uid)
    return pair.number


def test_who_looks_first_finds_nobody_and_who_looks_next_finds_them_once(store: Store, lots: tuple[str, str]) -> None:
    one, other, third = joined(store, "a", "b", "c")
    assert look(store, lots[0], one) == ()
    assert look(store, lots[0], other) == (one,)
    assert look(store, lots[0], other) == ()
    assert look(store, lots[0], one) == ()
    assert look(store, lots[0], third) == (one, other)


def test_only_those_who_look_for_partners_for_this_lot_are_paired(store: Store, lots: tuple[str, str]) -> None:
    one, other, third = joined(store, "a", "b", "c")
    store.answers.give(lots[0], one, Answer.BIDDING, MONDAY)
    look(store, lots[1], other)
    assert look(store, lots[0], third) == ()


@pytest.mark.parametrize("status", [one for one in SubscriberStatus if one is not SubscriberStatus.CONFIRMED])
def test_whoever_gets_no_mail_is_no_partner(store: Store, lots: tuple[str, str], status: SubscriberStatus) -> None:
    one, other, late = joined(store, "a", "b", "c")
    look(store, lots[0], one)
    look(store, lots[0], other)
    pair = number_of(store, lots[0], other)
    store.subscribers.set_status(one, status)
    assert look(store, lots[0], late) == (other,)
    assert [each.other for each in store.partners.of(other, lots[0])] == [late]
    store.partners.agree(pair, one, TUESDAY)
    assert store.partners.agree(pair, other, TUESDAY) is None


def test_each_sees_what_the_other_says_of_itself_and_who_has_said_yes(store: Store, lots: tuple[str, str]) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one, "Vi gør rent.")
    look(store, lots[0], other, "Vi pudser vinduer.")
    number = number_of(store, lots[0], one)
    assert store.partners.agree(number, one, TUESDAY) is None
    assert store.partners.of(one, lots[0]) == (
        Pairing(number, lots[0], other, "Vi pudser vinduer.", agreed=True, other_agreed=False, introduced=False),
    )
    assert store.partners.of(other, lots[0]) == (
        Pairing(number, lots[0], one, "Vi gør rent.", agreed=False, other_agreed=True, introduced=False),
    )


@pytest.mark.parametrize("reverse", [False, True])
def test_when_both_have_said_yes_they_meet_once(store: Store, lots: tuple[str, str], reverse: bool) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other)
    number = number_of(store, lots[0], one)
    first, second = (other, one) if reverse else (one, other)
    assert store.partners.agree(number, first, TUESDAY) is None
    assert store.partners.agree(number, first, TUESDAY) is None, "one side's yes is no two"
    assert store.partners.agree(number, second, TUESDAY) == Met(number, lots[0], one, other)
    assert store.partners.agree(number, second, WEDNESDAY) is None
    assert [pair.introduced for pair in store.partners.of(one, lots[0])] == [True]


def test_nobody_else_can_say_yes_for_them(store: Store, lots: tuple[str, str]) -> None:
    one, other, stranger = joined(store, "a", "b", "c")
    look(store, lots[0], one)
    look(store, lots[0], other)
    number = number_of(store, lots[0], one)
    assert store.partners.agree(number, one, TUESDAY) is None
    assert store.partners.agree(number, stranger, TUESDAY) is None
    assert store.partners.agree(number + 1, other, TUESDAY) is None
    assert [(pair.agreed, pair.other_agreed) for pair in store.partners.of(other, lots[0])] == [(False, True)]


def test_a_yes_goes_with_the_wish_for_partners_and_does_not_come_back_with_it(
    store: Store, lots: tuple[str, str]
) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other)
    number = number_of(store, lots[0], one)
    store.partners.agree(number, one, MONDAY)
    store.answers.withdraw(lots[0], one, Answer.PARTNERS, TUESDAY)
    assert store.partners.of(other, lots[0]) == store.partners.of(one, lots[0]) == ()
    assert store.partners.agree(number, other, TUESDAY) is None
    look(store, lots[0], one)
    assert [(pair.agreed, pair.introduced) for pair in store.partners.of(one, lots[0])] == [(False, False)]
    assert store.partners.agree(number, other, WEDNESDAY) is None, "the first has to say yes anew"
    assert store.partners.agree(number, one, WEDNESDAY) == Met(number, lots[0], one, other)


def test_a_yes_goes_where_the_lot_is_relevant_no_more(store: Store, lots: tuple[str, str]) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other)
    number = number_of(store, lots[0], one)
    store.partners.agree(number, one, MONDAY)
    store.answers.give(lots[0], one, Answer.NOT_RELEVANT, TUESDAY)
    assert store.partners.of(other, lots[0]) == ()
    look(store, lots[0], one)
    assert store.partners.agree(number, other, WEDNESDAY) is None, "the first has to say yes anew"
    assert store.partners.agree(number, one, WEDNESDAY) == Met(number, lots[0], one, other)


def test_taking_another_answer_back_leaves_a_yes_alone(store: Store, lots: tuple[str, str]) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other)
    store.answers.give(lots[0], one, Answer.BIDDING, MONDAY)
    store.partners.agree(number_of(store, lots[0], one), one, MONDAY)
    store.answers.withdraw(lots[0], one, Answer.BIDDING, TUESDAY)
    store.answers.withdraw(lots[1], one, Answer.PARTNERS, TUESDAY)
    assert [pair.agreed for pair in store.partners.of(one, lots[0])] == [True]


# -- letters that tell of somebody -------------------------------------------------------------------------------------


def letter(store: Store, uid: str, to: int, about: int) -> int:
    """A letter that tells one of the other; its number."""
    return store.outbox.add(
        digest_id=None,
        subscriber_id=to,
        message_id=f"<{uid}-{to}-{about}@kommune.example>",
        recipient="post@by.example",
        body=b"Vi har to biler",
        now=MONDAY,
        kind=MailKind.NOTICE,
        about=about,
        lot_uid=uid,
    )


def state(store: Store, number: int) -> tuple[str, bytes]:
    row = store.outbox.row(number)
    assert row is not None
    return row.status.value, row.body


@pytest.mark.parametrize("stands", ["queued", "claimed", "held", "failed"])
def test_a_letter_about_a_wish_that_was_taken_back_leaves_by_nobodys_hand(
    store: Store, lots: tuple[str, str], stands: str
) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other, "Vi har to biler")
    number = letter(store, lots[0], one, other)
    if stands != "queued":
        store.outbox.claim(number, MONDAY)
    if stands == "held":
        store.outbox.begin_body(number)
        store.outbox.recover()
    if stands == "failed":
        store.outbox.settle(number, Settlement(MailStatus.FAILED, 1, "550 no"), body_begun=False)
    assert state(store, number)[0] == stands
    store.answers.withdraw(lots[0], other, Answer.PARTNERS, TUESDAY)
    look(store, lots[0], other, "Vi har tre biler")  # what they say now is not what stands in there
    assert not store.outbox.begin_body(number)
    assert not store.outbox.resend(number)
    assert state(store, number) == ("failed", b"")


@pytest.mark.parametrize("comes", [MailStatus.QUEUED, MailStatus.HELD])
def test_a_letter_that_was_leaving_when_the_wish_was_taken_back_does_not_leave_later(
    store: Store, lots: tuple[str, str], comes: MailStatus
) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other, "Vi har to biler")
    number = letter(store, lots[0], one, other)
    store.outbox.claim(number, MONDAY)
    assert store.outbox.begin_body(number)
    store.answers.withdraw(lots[0], other, Answer.PARTNERS, TUESDAY)
    store.outbox.settle(number, Settlement(comes, 1, "451 later"), body_begun=True)
    store.outbox.resend(number)
    assert store.outbox.claim(number, TUESDAY)
    assert not store.outbox.begin_body(number)
    assert not store.outbox.resend(number)
    assert state(store, number) == ("failed", b"")


def test_letters_about_others_and_other_lots_stay_and_so_does_what_is_leaving(
    store: Store, lots: tuple[str, str]
) -> None:
    one, other = joined(store, "a", "b")
    for uid in lots:
        look(store, uid, one)
        look(store, uid, other)
    numbers = [letter(store, lots[0], other, one), letter(store, lots[1], one, other)]
    leaving = letter(store, lots[0], one, other)
    store.outbox.claim(leaving, MONDAY)
    store.outbox.begin_body(leaving)
    store.answers.withdraw(lots[0], other, Answer.BIDDING, TUESDAY)
    store.answers.withdraw(lots[0], other, Answer.PARTNERS, TUESDAY)
    assert [state(store, number)[0] for number in (*numbers, leaving)] == ["queued", "queued", "in_doubt"]


def test_a_letter_follows_its_lot_when_that_turns_out_to_be_another_one(store: Store, lots: tuple[str, str]) -> None:
    one, other = joined(store, "a", "b")
    look(store, lots[0], one)
    look(store, lots[0], other)
    number = letter(store, lots[0], one, other)
    ids = [store._database.number("SELECT id FROM lots WHERE uid = ?", (uid,)) for uid in lots]
    with store.transaction():
        absorb_answers(store._database, *ids)
    store.answers.withdraw(lots[1], other, Answer.PARTNERS, TUESDAY)
    assert state(store, number)[0] == "failed"
