"""Answers on a lot, and partners who meet only when both have said yes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.answers import Answer, Given, Why
from notifier.lots import Award, LotState, LotView, Organisation, Stage, Verdict
from notifier.membership import erase, stop
from notifier.outbox import deliver
from notifier.profiles import Subscriber, SubscriberStatus
from notifier.store import Published
from notifier.store.outbox import MailKind, MailStatus, Settlement
from notifier.text import clean_line
from notifier.words import words
from tests.notifier.test_outbox import Scripted
from tests.notifier.web.make import DOOR, NOW, Place, filled_in, heading, lot, noon, said, tree

ONE, OTHER, THIRD = "post@rengoerholdet.example", "hej@koekkenet.example", "kontakt@haven.example"


def answer(place: Place, who: Subscriber, view: LotView, what: Answer, **form: str) -> str:
    """Press the button of an answer; the page's words."""
    response = place.post(DOOR.answer(who, view.slug, what), **form)
    assert response.status_code == 200
    return said(response)


def given_by(place: Place, who: Subscriber) -> list[tuple[str, Answer, str, str]]:
    return [(one.lot_uid, one.answer, one.reason, one.words) for one in place.store.answers.of(who.number)]


# -- answers -----------------------------------------------------------------------------------------------------------


def test_an_answer_is_given_with_a_button_and_said_back(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    page = DOOR.answer(subscriber, view.slug, Answer.RELEVANT)
    assert heading(place.visit(page)) == "Rengøring af fire skoler"
    assert tree(place.visit(page)).find_class("saved") == []
    assert "I har sagt, at opgaven er relevant." in answer(place, subscriber, view, Answer.RELEVANT)
    assert place.store.answers.of(subscriber.number) == (Given(view.uid, Answer.RELEVANT, given_at=NOW),)
    assert place.letters() == []
    for what, again in ((Answer.RELEVANT, False), (Answer.NOT_RELEVANT, True)):  # a reason can still be changed
        answer(place, subscriber, view, what)
        shown = said(place.visit(DOOR.answer(subscriber, view.slug, what)))
        assert words("da")(f"web.answer_{what}_title") not in shown
        assert (" Gem " in shown) is again


def test_relevant_and_not_relevant_take_each_others_place(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, Answer.NOT_RELEVANT, reason="place")
    answer(place, subscriber, view, Answer.RELEVANT, reason="place")
    assert given_by(place, subscriber) == [(view.uid, Answer.RELEVANT, "", "")]
    page = answer(place, subscriber, view, Answer.NOT_RELEVANT, reason="too_large")
    assert "I har sagt, at opgaven ikke er relevant." in page
    assert given_by(place, subscriber) == [(view.uid, Answer.NOT_RELEVANT, "too_large", "")]
    form = filled_in(place.visit(DOOR.answer(subscriber, view.slug, Answer.NOT_RELEVANT)))
    assert form == {"reason": ["too_large"]}


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_reason_can_be_chosen_by_its_words(place: Place, language: str) -> None:
    view, subscriber = place.hold(), place.subscriber(language=language)
    page = tree(place.visit(DOOR.answer(subscriber, view.slug, Answer.NOT_RELEVANT)))
    assert page.xpath("//input[@name='reason']/@value") == [*Why]
    words = [" ".join(one.text_content().split()) for one in page.xpath("//label[input/@name='reason']")]
    assert len(set(words)) == len(Why)
    assert "" not in words


def test_a_reason_that_nobody_was_offered_is_not_kept(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, Answer.NOT_RELEVANT, reason="<b>nej</b>")
    assert given_by(place, subscriber) == [(view.uid, Answer.NOT_RELEVANT, "", "")]


def test_bidding_and_partners_stand_beside_what_was_said_before(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    for what in (Answer.RELEVANT, Answer.BIDDING, Answer.PARTNERS):
        answer(place, subscriber, view, what, words="Vi har to biler")
    assert given_by(place, subscriber) == [
        (view.uid, Answer.RELEVANT, "", ""),
        (view.uid, Answer.BIDDING, "", ""),
        (view.uid, Answer.PARTNERS, "", "Vi har to biler"),
    ]


@pytest.mark.parametrize("what", [Answer.BIDDING, Answer.PARTNERS])
def test_who_bids_and_then_says_not_relevant_bids_no_more_and_the_other_way_round(place: Place, what: Answer) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, what)
    answer(place, subscriber, view, Answer.NOT_RELEVANT)
    assert "I har sagt" not in said(place.visit(DOOR.answer(subscriber, view.slug, what)))
    answer(place, subscriber, view, what)
    assert given_by(place, subscriber) == [(view.uid, what, "", "")]


def test_an_answer_that_is_taken_back_is_gone(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, Answer.BIDDING)
    answer(place, subscriber, view, Answer.RELEVANT)
    page = answer(place, subscriber, view, Answer.BIDDING, withdraw="1")
    assert "I har sagt, at I byder" not in page
    assert given_by(place, subscriber) == [(view.uid, Answer.RELEVANT, "", "")]


def test_what_is_not_relevant_is_heard_of_no_more(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    places = (DOOR.tasks(subscriber), DOOR.feed(subscriber), DOOR.calendar(subscriber))
    for address in places:
        assert "fire skoler" in place.visit(address).get_data(as_text=True)
    answer(place, subscriber, view, Answer.NOT_RELEVANT, reason="trade")
    for address in places:
        assert "fire skoler" not in place.visit(address).get_data(as_text=True)
    answer(place, subscriber, view, Answer.RELEVANT)
    for address in places:
        assert "fire skoler" in place.visit(address).get_data(as_text=True)


def test_what_one_says_is_nothing_that_another_sees(place: Place) -> None:
    view, one = place.hold(), place.subscriber(ONE)
    other = place.subscriber(OTHER)
    answer(place, one, view, Answer.NOT_RELEVANT, reason="trade")
    answer(place, one, view, Answer.BIDDING)
    assert given_by(place, other) == []
    assert "I har sagt" not in said(place.visit(DOOR.answer(other, view.slug, Answer.BIDDING)))
    assert "fire skoler" in said(place.visit(DOOR.tasks(other)))


# -- which lots --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", list(Answer))
def test_a_lot_that_was_not_published_cannot_be_answered(place: Place, what: Answer) -> None:
    hidden: list[dict[str, Any]] = [
        {"verdict": Verdict.UNSUITABLE},
        {"published": False},
        {"assessed": False, "published": False},
    ]
    views = [place.hold(key=f"{number}-2026", **facts) for number, facts in enumerate(hidden, start=1)]
    subscriber = place.subscriber()
    before = place.dump()
    for view in views:
        for method in ("GET", "POST"):
            response = place.visit(DOOR.answer(subscriber, view.slug, what), method)
            assert response.status_code == 404
            assert "fire skoler" not in said(response)
    assert place.dump() == before


def test_a_lot_that_is_judged_otherwise_cannot_be_answered_any_more(place: Place) -> None:
    view, subscriber = place.hold(verdict=Verdict.UNSUITABLE), place.subscriber()
    place.store.publications.record([Published(view.uid, "as it was judged before")], place.now)
    assert place.visit(DOOR.answer(subscriber, view.slug, Answer.BIDDING)).status_code == 404


def test_a_published_lot_can_be_answered_while_its_page_waits_to_be_built_anew(place: Place) -> None:
    """The link stands in a mail that was sent: it must not break for an hour because a deadline moved."""
    view, subscriber = place.hold(), place.subscriber()
    place.later(hours=1)
    place.hold(lot(deadline=noon(15)), published=False)
    answer(place, subscriber, view, Answer.RELEVANT)


def test_a_link_names_one_lot_by_its_page_alone(place: Place) -> None:
    """People may name a lot in many ways on the command line; a link that fits several must not answer for one."""
    view, subscriber = place.hold(), place.subscriber()
    for name in ("LOT-0001", "1-2026", view.uid, f"{view.slug}.html", view.slug.upper(), "nothing"):
        for method in ("GET", "POST"):
            assert place.visit(DOOR.answer(subscriber, name, Answer.BIDDING), method).status_code == 404
    assert given_by(place, subscriber) == []


def test_a_lot_that_turned_out_to_be_another_is_answered_by_its_old_link(place: Place) -> None:
    on_the_page: dict[str, Any] = {"key": "sag-7", "procedure_id": "", "source": "town"}
    kept = place.hold(lot("Rengøring på skoler", "1"), publication_number="", **on_the_page)
    old = place.hold(lot("Rengøring af skoler"))
    place.hold(lot("Rengøring på skoler", "1"), publication_number="1-2026", **on_the_page)
    assert [alias.slug for alias in place.store.lots.aliases()] == [old.slug]
    subscriber = place.subscriber()
    answer(place, subscriber, old, Answer.BIDDING)
    assert given_by(place, subscriber) == [(kept.uid, Answer.BIDDING, "", "")]
    page = tree(place.visit(DOOR.answer(subscriber, old.slug, Answer.BIDDING)))
    assert page.xpath("//ul[@class='others']//a/@href")[0].split("/")[3] == kept.slug


def test_an_answer_that_is_none_is_no_page(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    page = DOOR.answer(subscriber, view.slug, Answer.BIDDING).replace("/bidding", "/winning")
    assert place.visit(page, "POST").status_code == 404


@pytest.mark.parametrize("status", [one for one in SubscriberStatus if one is not SubscriberStatus.CONFIRMED])
def test_only_who_is_subscribed_answers(place: Place, status: SubscriberStatus) -> None:
    view, subscriber = place.hold(), place.subscriber(status=status)
    assert place.post(DOOR.answer(subscriber, view.slug, Answer.PARTNERS)).status_code == 404
    assert given_by(place, subscriber) == []


# -- what can be said, by how the lot stands ---------------------------------------------------------------------------


def offered(place: Place, who: Subscriber, view: LotView, what: Answer) -> list[str]:
    """The other answers that a page leads to."""
    page = tree(place.visit(DOOR.answer(who, view.slug, what)))
    return [one.rpartition("/")[2] for one in page.xpath("//ul[@class='others']//a/@href")]


@pytest.mark.parametrize("what", [Answer.BIDDING, Answer.PARTNERS])
def test_nobody_bids_or_looks_for_partners_once_it_is_over(place: Place, what: Answer) -> None:
    view, subscriber = place.hold(), place.subscriber()
    place.later(days=60)
    before = place.dump()
    response = place.post(DOOR.answer(subscriber, view.slug, what))
    assert response.status_code == 409
    assert place.dump() == before
    for page in (response, place.visit(DOOR.answer(subscriber, view.slug, what))):
        assert "Fristen er udløbet" in said(page)
        assert "Opgaven står ikke længere som åben" in said(page)
        assert words("da")(f"web.answer_{what}_title") not in said(page)
        assert tree(page).forms == []
    assert offered(place, subscriber, view, what) == ["relevant", "not_relevant", "won", "lost"]
    answer(place, subscriber, view, Answer.RELEVANT)


def test_nobody_bids_on_what_is_only_planned_but_partners_can_be_looked_for(place: Place) -> None:
    view, subscriber = place.hold(stage=Stage.PLANNING), place.subscriber()
    assert view.state is LotState.PLANNED
    assert offered(place, subscriber, view, Answer.RELEVANT) == ["not_relevant", "partners"]
    response = place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING))
    assert response.status_code == 409
    assert "Der kan ikke bydes endnu" in said(response)
    assert given_by(place, subscriber) == []
    answer(place, subscriber, view, Answer.PARTNERS)


def test_a_bid_that_was_told_can_be_taken_back_when_it_is_over(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, Answer.BIDDING)
    place.later(days=60)
    assert offered(place, subscriber, view, Answer.RELEVANT) == ["not_relevant", "bidding", "won", "lost"]
    page = said(place.visit(DOOR.answer(subscriber, view.slug, Answer.BIDDING)))
    assert "I har sagt, at I byder." in page
    assert "Husk, at selve tilbuddet" not in page
    answer(place, subscriber, view, Answer.BIDDING, withdraw="1")
    assert given_by(place, subscriber) == []


def test_an_answers_page_names_the_tender_and_the_deadline(place: Place) -> None:
    subscriber = place.subscriber()
    view = place.hold(lot("Delaftale 1"), title="Rengøring og vinduespolering")
    page = said(place.visit(DOOR.answer(subscriber, view.slug, Answer.RELEVANT)))
    assert "Del af udbuddet: Rengøring og vinduespolering" in page
    assert "Frist for tilbud tirsdag 8. december 2026 kl. 12.00" in page
    place.later(days=1)
    place.hold(lot("Delaftale 1"), title="Rengøring og vinduespolering", cancelled=True)
    assert place.lot(view.uid).state is LotState.CANCELLED
    page = said(place.visit(DOOR.answer(subscriber, view.slug, Answer.RELEVANT)))
    assert "Annulleret" in page
    assert "8. december" not in page


# -- how it went -------------------------------------------------------------------------------------------------------


def decided(place: Place, view: LotView) -> None:
    """The award notice of a lot is read and its page built anew."""
    place.later(days=20)
    won = Award(Organisation("Rengørholdet", "12345674"))
    place.hold(lot(result="selec-w", awards=(won,)), key="9-2026", stage=Stage.AWARD, procedure_id="P1-2026")
    assert place.lot(view.uid).state is LotState.AWARDED
    place.publish()


@pytest.mark.parametrize(
    ("what", "sentence"),
    [(Answer.WON, "I har sagt, at I vandt."), (Answer.LOST, "I har sagt, at I bød og ikke vandt.")],
)
def test_who_bid_says_how_it_went_with_a_button(place: Place, what: Answer, sentence: str) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, Answer.BIDDING)
    decided(place, view)
    before = place.dump()
    page = place.visit(DOOR.answer(subscriber, view.slug, what))
    assert words("da")(f"web.answer_{what}_title") in said(page)
    assert place.dump() == before, "a scanner that follows the link answers for nobody"
    assert sentence in answer(place, subscriber, view, what)
    assert [one for _, one, _, _ in given_by(place, subscriber)] == [Answer.BIDDING, what]


def test_won_and_lost_take_each_others_place_and_both_say_that_one_bid(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    answer(place, subscriber, view, Answer.NOT_RELEVANT)
    decided(place, view)
    answer(place, subscriber, view, Answer.WON)
    assert {one for _, one, _, _ in given_by(place, subscriber)} == {Answer.WON, Answer.BIDDING}
    answer(place, subscriber, view, Answer.LOST)
    assert {one for _, one, _, _ in given_by(place, subscriber)} == {Answer.LOST, Answer.BIDDING}
    answer(place, subscriber, view, Answer.BIDDING, withdraw="1")
    assert given_by(place, subscriber) == [], "who did not bid did not lose"


@pytest.mark.parametrize(
    ("days", "facts", "closed"),
    [
        (0, {}, "Opgaven er ikke afgjort endnu"),
        (0, {"stage": Stage.PLANNING}, "Opgaven er ikke afgjort endnu"),
        (0, {"cancelled": True}, "Ingen har vundet opgaven"),
        (60, {}, ""),
    ],
    ids=["open", "planned", "cancelled", "expired"],
)
@pytest.mark.parametrize("what", [Answer.WON, Answer.LOST])
def test_how_it_went_is_said_once_it_can_be_known(
    place: Place, what: Answer, days: int, facts: dict[str, Any], closed: str
) -> None:
    view, subscriber = place.hold(**facts), place.subscriber()
    place.later(days=days)
    response = place.post(DOOR.answer(subscriber, view.slug, what))
    assert response.status_code == (409 if closed else 200)
    assert closed in said(response)
    assert (what in {one for _, one, _, _ in given_by(place, subscriber)}) is (closed == "")


def test_ones_own_page_lists_what_one_said_and_asks_how_it_went(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    other = place.hold(lot("Kantine på rådhuset"), key="2-2026")
    assert "I har ikke svaret" in said(place.visit(DOOR.change(subscriber)))
    answer(place, subscriber, view, Answer.BIDDING)
    place.later(hours=1)
    answer(place, subscriber, other, Answer.RELEVANT)
    assert "Hvordan gik det?" not in said(place.visit(DOOR.change(subscriber)))
    decided(place, view)

    def listed() -> list[list[str]]:
        lots = tree(place.visit(DOOR.change(subscriber))).xpath("//ul[@class='said']/li")
        return [one.xpath(".//a/@href") for one in lots]

    told, asked = DOOR.answer(subscriber, view.slug, Answer.BIDDING), (Answer.WON, Answer.LOST)
    assert listed() == [
        [DOOR.answer(subscriber, other.slug, Answer.RELEVANT)],
        [told, *(DOOR.answer(subscriber, view.slug, one) for one in asked)],
    ]
    answer(place, subscriber, view, Answer.WON)
    assert listed()[0] == [told, DOOR.answer(subscriber, view.slug, Answer.WON)]
    assert "Hvordan gik det?" not in said(place.visit(DOOR.change(subscriber)))


# -- partners ----------------------------------------------------------------------------------------------------------


def two(place: Place) -> tuple[LotView, Subscriber, Subscriber]:
    """Two who look for partners for one lot; nobody has said yes to the other."""
    view = place.hold()
    one = place.subscriber(ONE, name="Rengørholdet")
    other = place.subscriber(OTHER, name="Køkkenet", language="en")
    answer(place, one, view, Answer.PARTNERS, words="Vi har to biler")
    answer(place, other, view, Answer.PARTNERS, words="We have a kitchen")
    return view, one, other


def pair_of(place: Place, who: Subscriber, view: LotView) -> str:
    """The number behind the yes that the page offers."""
    (number,) = tree(place.visit(DOOR.answer(who, view.slug, Answer.PARTNERS))).xpath("//button[@name='pair']/@value")
    return str(number)


def everything_seen_by(place: Place, who: Subscriber, view: LotView) -> str:
    """All pages and mails of one of them."""
    pages = [place.visit(DOOR.answer(who, view.slug, what)) for what in Answer]
    pages += [place.visit(address) for address in (DOOR.change(who), DOOR.tasks(who), DOOR.feed(who))]
    mails = [one.text + one.raw.decode() for one in place.letters() if one.to == who.address]
    return "\n".join([one.get_data(as_text=True) for one in pages] + mails)


def test_two_who_look_for_partners_are_told_that_there_is_another_each_once(place: Place) -> None:
    view, one, other = two(place)
    assert sorted((mail.to, mail.subject) for mail in place.letters()) == [
        (OTHER, "Another enterprise is also looking for partners: Rengøring af fire skoler"),
        (ONE, "En anden virksomhed søger også partnere: Rengøring af fire skoler"),
    ]
    to_one, to_other = sorted(place.letters(), key=lambda mail: mail.to, reverse=True)
    assert "We have a kitchen" in to_one.text
    assert "Vi har to biler" in to_other.text
    assert DOOR.answer(one, view.slug, Answer.PARTNERS) in to_one.text
    assert place.sent == [1, 2]
    for who in (one, other):  # said again, nobody is written to again
        answer(place, who, view, Answer.PARTNERS, words="Vi har tre biler")
    assert len(place.letters()) == 2
    rows = place.store.outbox.standing(MailStatus.QUEUED)
    assert {row.kind for row in rows} == {MailKind.NOTICE}


def test_neither_learns_who_the_other_is_before_both_have_said_yes(place: Place) -> None:
    view, one, other = two(place)

    def nothing_is_known() -> None:
        for who, unknown in ((one, other), (other, one)):
            seen = everything_seen_by(place, who, view)
            assert unknown.address not in seen
            assert unknown.name not in seen

    nothing_is_known()
    page = answer(place, one, view, Answer.PARTNERS, pair=pair_of(place, one, view))
    assert "I har sagt ja. Vi venter på den anden." in page
    nothing_is_known()
    assert len(place.letters()) == 2


def test_who_said_yes_is_not_named_to_the_one_who_has_not(place: Place) -> None:
    """Nor is it told that the other said yes: who hears that is pressed."""
    view, one, other = two(place)
    before = everything_seen_by(place, other, view)
    answer(place, one, view, Answer.PARTNERS, pair=pair_of(place, one, view))
    assert everything_seen_by(place, other, view) == before


def test_when_both_have_said_yes_each_gets_the_others_address_in_one_mail(place: Place) -> None:
    view, one, other = two(place)
    for who in (one, other):
        answer(place, who, view, Answer.PARTNERS, pair=pair_of(place, who, view))
    to_one, to_other = sorted(place.letters()[2:], key=lambda mail: mail.to, reverse=True)
    assert (to_one.to, to_one.subject) == (ONE, "I har begge sagt ja: Rengøring af fire skoler")
    assert (to_other.to, to_other.subject) == (OTHER, "Both of you have said yes: Rengøring af fire skoler")
    assert f"Køkkenet: {OTHER}" in to_one.text
    assert f"Rengørholdet: {ONE}" in to_other.text
    assert "konkurrencereglerne" in to_one.text
    assert place.sent == [1, 2, 3, 4]
    for who in (one, other):
        place.post(DOOR.answer(who, view.slug, Answer.PARTNERS), pair="1")
        page = said(place.visit(DOOR.answer(who, view.slug, Answer.PARTNERS)))
        assert ("I har begge sagt ja" in page) or ("You have both said yes" in page)
    assert len(place.letters()) == 4


def test_one_alone_can_say_yes_as_often_as_they_like(place: Place) -> None:
    view, one, _ = two(place)
    for _ in range(3):
        answer(place, one, view, Answer.PARTNERS, pair="1")
    assert len(place.letters()) == 2


def test_nobody_says_yes_for_others(place: Place) -> None:
    view, one, _ = two(place)
    third = place.subscriber(THIRD, name="Haven")
    for number in ("1", "2", "0", "-1", "x", "1 OR 1=1", ""):
        assert place.post(DOOR.answer(third, view.slug, Answer.PARTNERS), pair=number).status_code == 404
    elsewhere = place.hold(lot("Kantine"), key="2-2026")
    assert place.post(DOOR.answer(one, elsewhere.slug, Answer.PARTNERS), pair="1").status_code == 404
    assert [pair.agreed or pair.other_agreed for pair in place.store.partners.of(one.number, view.uid)] == [False]


def test_of_three_only_the_two_who_said_yes_to_each_other_meet(place: Place) -> None:
    view, one, other = two(place)
    third = place.subscriber(THIRD, name="Haven")
    answer(place, third, view, Answer.PARTNERS)
    assert [mail.to for mail in place.letters()[2:]] == [ONE, THIRD, OTHER, THIRD]
    with_third = {who.number: place.store.partners.of(who.number, view.uid)[1] for who in (one, other)}
    answer(place, one, view, Answer.PARTNERS, pair=str(with_third[one.number].number))
    answer(place, other, view, Answer.PARTNERS, pair=str(with_third[other.number].number))
    answer(place, third, view, Answer.PARTNERS, pair=str(with_third[one.number].number))
    assert sorted(mail.to for mail in place.letters()[6:]) == [THIRD, ONE]
    seen = everything_seen_by(place, other, view)
    assert ONE not in seen
    assert THIRD not in seen


def test_who_took_the_answer_back_is_paired_with_nobody(place: Place) -> None:
    view, one, other = two(place)
    page = answer(place, one, view, Answer.PARTNERS, withdraw="1")
    assert "En anden virksomhed" not in page
    assert "There are no others yet." in said(place.visit(DOOR.answer(other, view.slug, Answer.PARTNERS)))
    for who in (one, other):
        assert place.post(DOOR.answer(who, view.slug, Answer.PARTNERS), pair="1").status_code == 404
    third = place.subscriber(THIRD)
    answer(place, third, view, Answer.PARTNERS)
    assert [mail.to for mail in place.letters()] == [ONE, OTHER, THIRD]  # the one to OTHER is of THIRD
    assert "Vi har to biler" not in "\n".join(line for line in place.dump() if 'INTO "outbox"' not in line)


def test_who_took_the_answer_back_is_told_of_to_nobody_although_the_letter_was_written(place: Place) -> None:
    view, one, other = two(place)
    answer(place, one, view, Answer.PARTNERS, withdraw="1")
    assert [(mail.to, "Vi har to biler" in mail.text) for mail in place.letters()] == [(ONE, False)]
    assert "Vi har to biler" not in everything_seen_by(place, other, view)
    assert place.store.outbox.count(MailStatus.FAILED) == 1


def waiting(place: Place) -> list[tuple[str, str]]:
    """To whom the mails go that wait, and what each is about."""
    states = place.dump_of("SELECT status FROM outbox JOIN mail_bodies ON mail = id ORDER BY id")
    letters = zip(place.letters(), states, strict=True)
    return [(one.to, one.subject.partition(":")[0]) for one, (status,) in letters if status == "queued"]


TOLD_OTHER = (OTHER, "Another enterprise is also looking for partners")
TOLD_ONE = (ONE, "En anden virksomhed søger også partnere")
NAMED_TO_OTHER = (OTHER, "Both of you have said yes")
NAMED_TO_ONE = (ONE, "I har begge sagt ja")


def meet(place: Place, view: LotView, *both: Subscriber) -> None:
    for who in both:
        answer(place, who, view, Answer.PARTNERS, pair=pair_of(place, who, view))


def say_anew(place: Place, view: LotView, who: Subscriber) -> str:
    """A wish for partners is taken back and said again; the words of the page."""
    answer(place, who, view, Answer.PARTNERS, withdraw="1")
    return answer(place, who, view, Answer.PARTNERS, words="Vi har tre biler")


def test_a_wish_that_is_said_anew_is_told_anew_to_whom_it_was_not_told(place: Place) -> None:
    view, one, _ = two(place)
    for _ in range(2):
        say_anew(place, view, one)
        assert waiting(place) == [TOLD_ONE, TOLD_OTHER]
        assert "Vi har tre biler" in place.letters()[-1].text


def test_a_wish_that_is_said_anew_is_told_to_nobody_who_was_told(place: Place) -> None:
    view, one, _ = two(place)
    deliver(place.store, Scripted(), place.now)
    say_anew(place, view, one)
    assert waiting(place) == []


def test_of_a_wish_that_is_said_anew_only_those_hear_who_have_not(place: Place) -> None:
    """The letter to whoever says it anew has left, the one to the other has not."""
    view, one, _ = two(place)
    to_other, to_one = sorted(range(1, 3), key=lambda number: recipient(place, number) == ONE)
    place.store.outbox.claim(to_one, place.now)
    assert place.store.outbox.begin_body(to_one)
    say_anew(place, view, one)
    assert waiting(place) == [TOLD_OTHER]
    row = place.store.outbox.row(to_other)
    assert row is not None
    assert row.status is MailStatus.FAILED


def recipient(place: Place, number: int) -> str:
    row = place.store.outbox.row(number)
    assert row is not None
    return row.recipient


def test_who_was_not_told_the_others_name_is_asked_again_and_so_is_the_other(place: Place) -> None:
    view, one, other = two(place)
    deliver(place.store, Scripted(), place.now)
    meet(place, view, one, other)
    assert sorted(waiting(place)) == sorted([NAMED_TO_OTHER, NAMED_TO_ONE])
    page = say_anew(place, view, one)
    assert waiting(place) == [], "neither's name leaves before both have said yes again"
    assert "Vil I dele jeres navn og mailadresse med dem?" in page
    assert "You have both said yes" not in said(place.visit(DOOR.answer(other, view.slug, Answer.PARTNERS)))
    meet(place, view, one)
    assert waiting(place) == []
    meet(place, view, other)
    assert sorted(waiting(place)) == sorted([NAMED_TO_OTHER, NAMED_TO_ONE])


def test_two_of_whom_no_letter_has_left_begin_anew(place: Place) -> None:
    view, one, other = two(place)
    meet(place, view, one, other)
    say_anew(place, view, one)
    assert sorted(waiting(place)) == sorted([TOLD_OTHER, TOLD_ONE])
    meet(place, view, other, one)
    assert sorted(waiting(place)) == sorted([TOLD_OTHER, TOLD_ONE, NAMED_TO_OTHER, NAMED_TO_ONE])


def test_who_was_told_the_others_name_stays_told(place: Place) -> None:
    view, one, other = two(place)
    meet(place, view, one, other)
    deliver(place.store, Scripted(), place.now)
    assert "I har begge sagt ja" in say_anew(place, view, one)
    assert "You have both said yes" in said(place.visit(DOOR.answer(other, view.slug, Answer.PARTNERS)))
    assert waiting(place) == []


@pytest.mark.parametrize("said_when", ["before the next attempt", "after it"])
def test_a_letter_of_a_wish_that_was_taken_back_does_not_leave_with_the_next_attempt(
    place: Place, said_when: str
) -> None:
    """The relay said later while the wish was taken back; of what is said then, nobody was told."""
    view, one, _ = two(place)
    (number,) = (number for number in (1, 2) if recipient(place, number) == OTHER)
    place.store.outbox.claim(number, place.now)
    assert place.store.outbox.begin_body(number)
    answer(place, one, view, Answer.PARTNERS, withdraw="1")
    place.store.outbox.settle(number, Settlement(MailStatus.QUEUED, 1, "451 later"), body_begun=True)
    if said_when == "after it":
        deliver(place.store, Scripted(), place.now)
    answer(place, one, view, Answer.PARTNERS, words="Vi har tre biler")
    row = place.store.outbox.row(number)
    assert row is not None
    assert (row.status, row.body) == (MailStatus.FAILED, b"")
    assert TOLD_OTHER in waiting(place)
    assert "Vi har to biler" not in everything_seen_by(place, place.owner(OTHER), view)


def test_a_yes_is_taken_back_with_the_answer(place: Place) -> None:
    view, one, other = two(place)
    answer(place, one, view, Answer.PARTNERS, pair="1")
    answer(place, one, view, Answer.PARTNERS, withdraw="1")
    answer(place, one, view, Answer.PARTNERS, words="Vi har to biler")
    answer(place, other, view, Answer.PARTNERS, pair=pair_of(place, other, view))
    assert [mail.to for mail in place.letters()] == [ONE, OTHER]
    assert ONE not in everything_seen_by(place, other, view)


@pytest.mark.parametrize("how", ["stopped", "erased", "paused"])
def test_who_left_is_paired_with_nobody(place: Place, how: str) -> None:
    view, one, other = two(place)
    answer(place, one, view, Answer.PARTNERS, pair="1")
    if how == "stopped":
        stop(place.store, place.journal, one, place.now)
    elif how == "erased":
        erase(place.store, place.journal, one, place.now)
    else:
        place.store.subscribers.set_status(one.number, SubscriberStatus.PAUSED)
    letters = len(place.letters())
    assert place.post(DOOR.answer(other, view.slug, Answer.PARTNERS), pair="1").status_code == 404
    third = place.subscriber(THIRD)
    answer(place, third, view, Answer.PARTNERS)
    assert [mail.to for mail in place.letters()[letters:]] == [OTHER, THIRD]
    assert ONE not in everything_seen_by(place, other, view)


def test_nobody_meets_when_it_is_over_and_who_has_met_still_sees_it(place: Place) -> None:
    view, one, other = two(place)
    answer(place, one, view, Answer.PARTNERS, pair="1")
    place.later(days=60)
    assert place.post(DOOR.answer(other, view.slug, Answer.PARTNERS), pair="1").status_code == 409
    assert len(place.letters()) == 2
    page = said(place.visit(DOOR.answer(one, view.slug, Answer.PARTNERS)))
    assert "I har sagt, at I søger partnere." in page
    assert "Andre, der søger partnere" not in page
    place.later(days=-60)
    answer(place, other, view, Answer.PARTNERS, pair="1")
    place.later(days=60)
    assert "I har begge sagt ja" in said(place.visit(DOOR.answer(one, view.slug, Answer.PARTNERS)))


def test_who_has_no_name_is_introduced_by_their_address(place: Place) -> None:
    view, one, other = two(place)
    place.post(DOOR.change(one), name="")
    for who in (one, other):
        answer(place, who, view, Answer.PARTNERS, pair="1")
    (to_other,) = [mail for mail in place.letters()[2:] if mail.to == OTHER]
    assert f"No name given: {ONE}" in to_other.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=400).map(lambda text: text.encode("utf-8", "ignore").decode()))
def test_what_one_says_of_oneself_stays_words(place: Place, words: str) -> None:
    if not place.store.subscribers.all():
        place.hold()
        place.subscriber(ONE)
        place.subscriber(OTHER)
        answer(place, place.found(2), place.lot("P1-2026/LOT-0001"), Answer.PARTNERS)
    view, one, other = place.lot("P1-2026/LOT-0001"), place.found(1), place.found(2)
    answer(place, one, view, Answer.PARTNERS, words=words)
    shown = tree(place.visit(DOOR.answer(other, view.slug, Answer.PARTNERS)))
    kept = clean_line(words, 300)
    quoted = [" ".join(one.text_content().split()) for one in shown.iter("q")]
    assert quoted == ([" ".join(kept.split())] if kept else [])
    assert [one.get("action") for one in shown.iter("form")] == [None, None, None]


def test_what_is_published_of_others_is_not_read_for_one_answer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, view = place.subscriber(), place.hold()
    place.store.answers.give(view.uid, reader.number, Answer.RELEVANT, place.now)
    for name in ("publications.Publications.fingerprints", "lots.Lots.aliases"):
        monkeypatch.setattr(f"notifier.store.{name}", lambda *_: pytest.fail("all were read for one"))
    assert place.visit(DOOR.answer(reader, view.slug, Answer.RELEVANT)).status_code == 200
    assert place.visit(DOOR.change(reader)).status_code == 200
