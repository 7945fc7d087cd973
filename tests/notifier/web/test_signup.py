"""Sign-up: three questions, an owner's yes, and nothing that tells who is known."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import TestResponse

from notifier.lots import Money, Verdict
from notifier.matching import match
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.store.outbox import MailKind
from notifier.store.settings import SIGN_UP_ALARM
from notifier.web import signup
from tests.notifier.mail_examples import view
from tests.notifier.web.make import DOOR, NOW, OWNER, Place, filled_in, heading, said, tree

EVERYTHING: dict[str, Any] = {
    "trades": ["cleaning", "catering"],
    "areas": ["DK01", "DK02"],
    "places": "Odense, Glostrup Kommune",
    "max_value": "500000",
    "partnerships": "1",
    "min_value": "50.000 kr.",
    "words": "sne, vinduespudsning",
    "words_out": "asbest",
    "cpv": "9091; 7734",
    "least": "suitable",
    "near": "1",
    "cadence": "daily",
    "hour": "9",
    "most": "10",
    "name": "Rengørholdet ApS",
}
THAT = Profile(
    trades=("cleaning", "catering"),
    cpv_prefixes=("9091", "7734"),
    words=("sne", "vinduespudsning"),
    words_out=("asbest",),
    areas=("DK01", "DK02", "0461", "0161"),
    value_min=Money(Decimal(50_000)),
    value_max=Money(Decimal(500_000)),
    least_verdict=Verdict.SUITABLE,
    planned=False,
    agreements=False,
    partnerships=True,
    near_misses=True,
    hour=9,
    most=10,
)


def token(place: Place) -> str:
    """What the newest letter asks to be confirmed with."""
    return place.letters()[-1].link("/ja/").rpartition("/")[2]


def problems(response: TestResponse) -> list[str]:
    return [" ".join(one.text_content().split()) for one in tree(response).find_class("wrong")]


# -- what is asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "questions"),
    [
        ("da", ["1. Hvad laver I?", "2. Hvor?", "3. Hvor stor en opgave kan I klare?", "Hvor skal mailen hen?"]),
        (
            "en",
            ["1. What do you do?", "2. Where?", "3. How large a task can you take on?", "Where should the email go?"],
        ),
    ],
)
def test_three_questions_are_asked_and_all_else_stands_under_more(
    place: Place, language: str, questions: list[str]
) -> None:
    page = tree(place.visit(DOOR.sign_up(language)))
    assert [one.text for one in page.xpath("//form/fieldset/legend")] == questions
    (more,) = page.iter("details")
    assert more.get("open") is None
    shown = {one.get("name") for one in page.xpath("//form//*[@name][not(ancestor::details)]")}
    assert shown == {"trades", "areas", "places", "max_value", "partnerships", "address", "name", "website", "try"}
    hidden = {one.get("name") for one in more.xpath(".//*[@name]")}
    assert hidden == {
        "cadence", "hour", "most", "words", "words_out", "cpv", "min_value", "least", "planned", "agreements", "near"
    }  # fmt: skip


@pytest.mark.parametrize(("tongue", "hint"), [
    ("da", "Har I ikke valgt fag, får I kun opgaver med ordene eller CPV-koderne."),
    ("en", "If you chose no trade, you get only tasks with the words or the CPV codes."),
])  # fmt: skip
def test_who_writes_words_and_chooses_no_trade_is_told_that_the_words_alone_count(
    place: Place, tongue: str, hint: str
) -> None:
    assert hint in said(place.visit(DOOR.sign_up(tongue)))
    place.sign_up(words="sne")
    wanted = place.owner().profile
    assert match(view(title="Rengøring"), wanted) is None
    assert match(view(title="Rydning af sne"), wanted) is not None


def test_an_address_alone_is_enough_and_asks_for_every_trade_once_a_week(place: Place) -> None:
    form = filled_in(place.visit(DOOR.sign_up("da")))
    response = place.post(DOOR.sign_up("da"), **{**form, "address": OWNER})
    assert (response.status_code, heading(response)) == (200, "Se i jeres indbakke")
    found = place.owner()
    assert (found.status, found.cadence, found.profile) == (SubscriberStatus.PENDING, Cadence.WEEKLY, Profile())


def test_everything_that_can_be_chosen_is_kept_as_it_was_chosen(place: Place) -> None:
    place.sign_up(tongue="en", **EVERYTHING)
    found = place.owner()
    assert (found.name, found.language, found.cadence) == ("Rengørholdet ApS", "en", Cadence.DAILY)
    assert found.profile == THAT


def test_the_old_address_with_a_slash_at_its_end_works_as_well(place: Place) -> None:
    assert heading(place.visit("/tilmeld/")) == heading(place.visit("/tilmeld")) == "Få opgaver på mail"


# -- mistakes ----------------------------------------------------------------------------------------------------------

MISTAKES = [
    ({"address": "post"}, "address", "Skriv én mailadresse, fx kontakt@virksomhed.dk."),
    ({"address": "a@b.example, c@d.example"}, "address", "Skriv én mailadresse, fx kontakt@virksomhed.dk."),
    ({"trades": "juggling"}, "trades", "Faget »juggling« kender vi ikke."),
    ({"places": "Atlantis"}, "areas", "»Atlantis« er ingen kommune, vi kender. Skriv fx Hvidovre."),
    ({"max_value": "meget"}, "max_value", "»meget« er ikke et beløb. Skriv fx 500.000."),
    ({"min_value": "-5"}, "min_value", "»-5« er ikke et beløb. Skriv fx 500.000."),
    ({"min_value": "2", "max_value": "1"}, "min_value", "Den mindste værdi er større end den største."),
    ({"words": "is"}, "words", "Ordet »is« er for kort. Skriv mindst tre bogstaver."),
    ({"words": ",".join(f"ord{n}" for n in range(31))}, "words", "Det er for mange ord. Skriv højst 30."),
    ({"words_out": "is"}, "words_out", "Ordet »is« er for kort. Skriv mindst tre bogstaver."),
    ({"cpv": "rengøring"}, "cpv", "»rengøring« er ikke en CPV-kode. Skriv to til otte cifre, fx 9091."),
    ({"hour": "25"}, "hour", "»25« er ikke et tal, vi kan bruge her."),
    ({"most": "51"}, "most", "»51« er ikke et tal, vi kan bruge her."),
]


@pytest.mark.parametrize(("form", "field", "told"), MISTAKES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mistake_is_named_beside_its_field_and_nothing_is_kept(
    place: Place, form: dict[str, str], field: str, told: str
) -> None:
    before = place.dump()
    response = place.sign_up(**{"address": OWNER, **form})
    assert response.status_code == 422
    assert problems(response) == [told]
    page = tree(response)
    (wrong,) = page.find_class("wrong")
    assert wrong.get("id") == f"wrong-{field}"
    (link,) = page.xpath("//div[@role='alert']//a")
    assert link.text == told
    (goal,) = page.xpath("//*[@id=$id]", id=link.get("href").removeprefix("#"))
    assert wrong.xpath("ancestor::fieldset") == goal.xpath("ancestor::fieldset")
    assert place.dump() == before
    assert place.sent == []


@pytest.mark.parametrize(("form", "field", "told"), MISTAKES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mistake_is_named_in_english_as_well(place: Place, form: dict[str, str], field: str, told: str) -> None:
    response = place.sign_up(tongue="en", **{"address": OWNER, **form})
    assert response.status_code == 422
    assert tree(response).get("lang") == "en"
    (named,) = problems(response)
    assert named != told
    assert re.search(r"\b(Write|know|not|larger)\b", named)


def test_several_mistakes_are_counted_and_what_lies_under_more_is_opened(place: Place) -> None:
    response = place.sign_up(address="post", cpv="x", words="is")
    page = tree(response)
    assert page.xpath("string(//div[@role='alert']/h2)") == "Der er 3 ting at rette"
    assert [one.get("open") for one in page.iter("details")] == [""]
    assert response.get_data(as_text=True).count("<details open>") == 1


def test_who_makes_a_mistake_finds_all_that_they_wrote(place: Place) -> None:
    typed = {**EVERYTHING, "address": "post(at)rengoerholdet", "cpv": "9091; x", "places": "Odense, Atlantis"}
    form = filled_in(place.post(DOOR.sign_up("da"), **typed))
    assert form["address"] == ["post(at)rengoerholdet"]
    assert form["cpv"] == ["9091; x"]
    assert form["places"] == ["Odense, Atlantis"]
    assert form["words"] == ["sne, vinduespudsning"]
    assert form["trades"] == ["cleaning", "catering"]
    assert form["areas"] == ["DK01", "DK02"]
    assert (form["max_value"], form["hour"], form["most"], form["name"]) == (
        ["500000"], ["9"], ["10"], ["Rengørholdet ApS"]
    )  # fmt: skip
    assert "planned" not in form


# -- double opt-in -----------------------------------------------------------------------------------------------------


def test_the_letter_asks_once_and_says_what_was_asked_for(place: Place) -> None:
    response = place.sign_up(trades="cleaning", areas="DK02")
    assert OWNER in said(response)
    (letter,) = place.letters()
    assert letter.to == OWNER
    assert letter.subject == "Bekræft, at I vil have opgaver fra Prøvekøbing Kommune"
    assert "rengøring" in letter.text
    assert place.sent == [1]
    row = place.store.outbox.row(1)
    assert row is not None
    assert row.kind is MailKind.CONFIRMATION


def test_opening_the_letters_link_changes_nothing_and_its_button_confirms(place: Place) -> None:
    place.sign_up(trades="cleaning")
    page, before = DOOR.confirm(token(place)), place.dump()
    for method in ("GET", "HEAD", "OPTIONS"):
        assert place.visit(page, method).status_code == 200
    assert heading(place.visit(page)) == "Ét tryk mere, så er I tilmeldt"
    assert place.dump() == before
    place.later(hours=2)
    confirmed = place.visit(page, "POST")
    assert heading(confirmed) == "I er tilmeldt"
    found = place.owner()
    assert (found.status, found.confirmed_at) == (SubscriberStatus.CONFIRMED, NOW + dt.timedelta(hours=2))


def test_who_presses_twice_is_told_the_same_and_confirmed_once(place: Place) -> None:
    place.sign_up()
    page = DOOR.confirm(token(place))
    first = place.visit(page, "POST").data
    before = place.dump()
    place.later(hours=1)
    assert place.visit(page, "POST").data == first
    assert place.visit(page).data == first
    assert place.dump() == before


def test_a_letters_link_is_good_for_two_days(place: Place) -> None:
    place.sign_up()
    page = DOOR.confirm(token(place))
    place.later(hours=47, minutes=59)
    assert place.visit(page).status_code == 200
    place.later(minutes=1)
    for method in ("GET", "POST"):
        response = place.visit(page, method)
        assert (response.status_code, heading(response)) == (404, "Linket virker ikke længere")
    assert place.owner().status is SubscriberStatus.PENDING


def test_only_the_newest_letters_link_is_good(place: Place) -> None:
    place.sign_up()
    old = DOOR.confirm(token(place))
    place.later(hours=24)
    place.sign_up()
    new = DOOR.confirm(token(place))
    assert new != old
    assert place.visit(old, "POST").status_code == 404
    assert place.visit(new, "POST").status_code == 200


@pytest.mark.parametrize("made_up", ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00", "%FF%FE", "æøå", "'", "1-AAAA"])
def test_a_token_that_was_made_up_opens_nothing(place: Place, made_up: str) -> None:
    place.sign_up()
    assert place.visit(f"{DOOR.address}/ja/{made_up}").status_code == 404
    assert place.visit(f"{DOOR.address}/ja/{made_up}", "POST").status_code == 404


def test_the_token_is_kept_as_a_hash_alone(place: Place) -> None:
    place.sign_up()
    asked = token(place)
    rows = "\n".join(line for line in place.dump() if 'INTO "outbox"' not in line)
    assert asked not in rows
    assert hashlib.sha256(asked.encode()).hexdigest() in rows


def test_the_answer_does_not_hold_the_token(place: Place) -> None:
    response = place.sign_up()
    assert token(place).encode() not in response.data
    assert token(place) not in str(response.headers)


def test_who_stopped_in_the_meantime_is_not_brought_back_by_the_letter(place: Place) -> None:
    place.sign_up()
    page = DOOR.confirm(token(place))
    place.visit(page, "POST")
    place.visit(DOOR.stop(place.owner()), "POST")
    assert place.visit(page, "POST").status_code == 404
    assert place.owner().status is SubscriberStatus.UNSUBSCRIBED


# -- who is known ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["da", "en"])
def test_known_and_unknown_addresses_get_the_same_answer_byte_by_byte(place: Place, language: str) -> None:
    answers = set()
    for number, status in enumerate([None, *SubscriberStatus]):
        address = f"post{number}@rengoerholdet.example"
        if status is not None:
            place.subscriber(address, status=status)
        for _ in range(2):
            response = place.sign_up(address, language, trades="cleaning")
            answers.add((response.status, str(response.headers), response.data.replace(address.encode(), b"ADDRESS")))
    assert len(answers) == 1


@pytest.mark.parametrize("status", list(SubscriberStatus))
def test_an_address_is_written_to_once_a_day_at_most(place: Place, status: SubscriberStatus) -> None:
    place.subscriber(status=status)
    for address in (OWNER, OWNER.upper().replace("RENGOERHOLDET.EXAMPLE", "rengoerholdet.example"), f" {OWNER} "):
        place.sign_up(address)
    assert [letter.to for letter in place.letters()] == [OWNER]
    place.later(hours=23, minutes=59)
    place.sign_up()
    assert place.sent == [1]
    place.later(minutes=1)
    place.sign_up()
    assert {letter.to for letter in place.letters()} == {OWNER}
    assert place.sent == [1, 2]


def test_an_address_that_nobody_confirms_is_written_to_three_times_in_all(place: Place) -> None:
    for _ in range(10):
        place.sign_up()
        place.later(days=1)
    assert len(place.sent) == 3


def test_who_is_subscribed_is_told_so_by_mail_and_nothing_of_theirs_is_changed(place: Place) -> None:
    before = place.subscriber(profile=THAT)
    place.sign_up(trades="catering", cadence="instant")
    assert place.found(before.number) == before
    (letter,) = place.letters()
    assert letter.subject == "I får allerede opgaver fra Prøvekøbing Kommune"
    assert DOOR.change(before) in letter.text
    assert "/ja/" not in letter.text


def test_who_stopped_is_asked_again_and_gets_what_they_ask_for_now(place: Place) -> None:
    before = place.subscriber(status=SubscriberStatus.UNSUBSCRIBED, profile=THAT)
    place.sign_up(trades="catering")
    assert place.found(before.number).status is SubscriberStatus.PENDING
    place.visit(DOOR.confirm(token(place)), "POST")
    found = place.found(before.number)
    assert (found.status, found.profile.trades) == (SubscriberStatus.CONFIRMED, ("catering",))


# -- machines ----------------------------------------------------------------------------------------------------------


def test_a_machine_that_fills_in_the_hidden_field_is_thanked_and_forgotten(place: Place) -> None:
    honest = place.sign_up("honest@rengoerholdet.example").data
    before = place.dump()
    response = place.sign_up(website="https://spam.example")
    assert response.data == honest.replace(b"honest@rengoerholdet.example", OWNER.encode())
    assert place.dump() == before
    assert place.sent == [1]


def test_the_hidden_field_is_hidden_from_screen_readers_and_the_keyboard_too(place: Place) -> None:
    (field,) = tree(place.visit(DOOR.sign_up("da"))).xpath("//input[@name='website']")
    assert (field.get("tabindex"), field.get("autocomplete")) == ("-1", "off")
    assert [one.get("aria-hidden") for one in field.iterancestors("p")] == ["true"]


def test_more_sign_ups_in_an_hour_than_people_make_are_turned_away(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(signup, "MOST_LETTERS_AN_HOUR", 3)
    place.subscriber("known@rengoerholdet.example")
    for number in range(3):
        assert place.sign_up(f"post{number}@rengoerholdet.example").status_code == 200
    before = place.dump()
    answers = [place.sign_up(address) for address in ("new@rengoerholdet.example", "known@rengoerholdet.example")]
    assert [one.status_code for one in answers] == [503, 503]
    assert answers[0].data == answers[1].data
    assert heading(answers[0]) == "Det lykkedes ikke lige nu"
    alarm = place.store.settings.get(SIGN_UP_ALARM)
    assert dt.datetime.fromisoformat(alarm) == place.now
    assert [line for line in place.dump() if SIGN_UP_ALARM not in line] == before
    assert "sign-ups in an hour" in caplog.text
    assert "rengoerholdet" not in caplog.text
    place.later(hours=1, seconds=1)
    assert place.sign_up("new@rengoerholdet.example").status_code == 200


def from_network(place: Place, number: int, at: str = "192.0.2.7", **headers: str) -> TestResponse:
    """A sign-up of an address of its own."""
    form = {"address": f"post{number}@rengoerholdet.example"}
    return place.visit(DOOR.sign_up("da"), "POST", data=form, environ_base={"REMOTE_ADDR": at}, headers=headers)


def test_from_one_network_twenty_sign_up_in_an_hour_whatever_they_type(place: Place) -> None:
    place.subscriber("known@rengoerholdet.example")
    for number in range(20):
        assert from_network(place, number, f"192.0.2.{number}").status_code == 200
    answers = [from_network(place, 20), place.sign_up("known@rengoerholdet.example", "da")]
    assert [one.status_code for one in answers] == [429, 200]  # the second is from elsewhere
    assert heading(answers[0]) == "Der er mange tilmeldinger lige nu"
    assert answers[0].headers["Retry-After"] == "3600"
    known = place.visit(
        DOOR.sign_up("da"), "POST", data={"address": "known@rengoerholdet.example"},
        environ_base={"REMOTE_ADDR": "192.0.2.9"},
    )  # fmt: skip
    assert known.data == answers[0].data
    assert from_network(place, 21, "192.0.3.1").status_code == 200
    place.later(hours=1)
    assert from_network(place, 22).status_code == 200


def test_a_made_up_x_forwarded_for_lets_nobody_sign_up_more(place: Place) -> None:
    headers = [{"X-Forwarded-For": f"198.51.{number}.1", "X-Real-IP": f"198.51.{number}.1"} for number in range(21)]
    answers = [from_network(place, number, **headers[number]).status_code for number in range(21)]
    assert answers == [200] * 20 + [429]


def test_an_ipv6_network_is_one_network_here_too(place: Place) -> None:
    answers = [from_network(place, number, f"2001:db8::{number + 1:x}").status_code for number in range(21)]
    assert answers == [200] * 20 + [429]


def test_what_is_mistyped_counts_as_no_sign_up(place: Place) -> None:
    for _ in range(25):
        assert place.sign_up("nobody").status_code == 422
    assert place.sign_up().status_code == 200


def test_what_a_person_typed_is_not_in_the_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        place.sign_up(name="Rengørholdet")
        place.visit(DOOR.confirm(token(place)), "POST")
    assert OWNER not in caplog.text
    assert token(place) not in caplog.text
