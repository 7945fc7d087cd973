"""How things run: what is wrong and what it means, the buttons, and that nobody is pointed at."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import defaultdict
from dataclasses import replace

import pytest
from lxml import html
from werkzeug.test import TestResponse

from notifier.clock import COPENHAGEN
from notifier.desk.alarms import Disk, State, alarms
from notifier.desk.health import decoded, in_fives
from notifier.desk.mails import meanings
from notifier.desk.upcoming import Crawls, coming, crawls
from notifier.lock import one_run
from notifier.lots import DocumentRole, RunStatus
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.store.outbox import MailKind, MailStatus, Shown
from notifier.store.pairs import Decision as PairDecision
from notifier.text import without_addresses
from notifier.withheld import Decision
from notifier.words import words
from tests.notifier.desk.make import Browser, Room
from tests.notifier.desk.running import (
    ADDRESS,
    BY,
    HERE,
    NAME,
    SECRETS,
    TED,
    a_pair,
    answer,
    everything,
    mail,
    read,
    subscribers,
    with_sources,
    withhold,
)
from tests.notifier.web.make import NOW, heading, said, tree

DA = words("da")


def table(page: TestResponse, caption: str) -> list[list[str]]:
    """The rows of the table with that caption, cell by cell."""
    (found,) = tree(page).xpath("//table[normalize-space(caption) = $caption]", caption=caption)
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found.xpath("tbody/tr")]


def alarms_on(page: TestResponse) -> list[str]:
    return [" ".join(one.text.split()) for one in tree(page).xpath("//ul[@class='alarms']/li")]


def forms(page: TestResponse, action: str) -> list[html.FormElement]:
    return [form for form in tree(page).forms if form.get("action") == action]


def press(browser: Browser, form: html.FormElement, **more: str) -> TestResponse:
    """Press the button of a form with what stands in it."""
    fields: dict[str, list[str] | str] = {}
    for name, value in form.form_values():
        fields[name] = [*fields.get(name, []), value]
    return browser.post(form.get("action"), {**fields, **more})


def done(room: Room) -> list[tuple[str, str, str]]:
    """The trail, the oldest first."""
    return [(one.kind, one.item, one.who) for one in reversed(room.place.store.actions.latest())]


# -- what is wrong -----------------------------------------------------------------------------------------------------


def test_where_all_is_well_that_is_said_with_the_receipt_of_each_source(room: Room) -> None:
    with_sources(room, TED, HERE)
    read(room, "ted", at=NOW - dt.timedelta(hours=2))
    page = room.enter().get("/drift")
    assert (heading(page), alarms_on(page)) == ("Drift", [])
    assert "Alt går, som det skal." in said(page)
    rows = table(page, "Seneste læsning af hver kilde. De, der kræver noget af jer, står først.")
    when = "23. november 2026 kl. 07.03"
    assert rows == [
        ["TED", when, when, "kilden viser 41, vi har 41", "læst i orden"],
        ["Små indkøb", "–", "–", "–", "oprettes her på siderne"],
    ]


def test_a_source_that_nobody_crawls_is_no_alarm_and_one_that_was_never_read_is(room: Room) -> None:
    with_sources(room, HERE, BY)
    assert alarms_on(room.enter().get("/drift")) == ["Nabokøbing: ikke læst endnu."]


def test_an_alarm_says_what_it_is_about_what_to_do_and_leads_to_the_page_that_caused_it(room: Room) -> None:
    with_sources(room, TED, BY)
    read(room, "ted")
    read(room, "by", RunStatus.GOOD, answer(b"<h1>Udbud</h1>"), at=NOW - dt.timedelta(days=1), missing=())
    read(
        room,
        "by",
        RunStatus.ALARM,
        answer(b"<h1>Log ind</h1>"),
        message="the page lacks its landmark",
        listed=0,
        held=0,
    )
    anna = room.enter()
    page = anna.get("/drift")
    assert alarms_on(page) == ["Nabokøbing: siden ser ikke ud, som den skal."]
    assert "Det, vi kender den på, er væk" in said(page)
    assert "skriv dags dato i feltet checked" in said(page)
    assert tree(page).xpath("//a[contains(@href, '/side')]/@href") == ["/drift/kilde/by/side"]
    came = anna.get("/drift/kilde/by/side")
    assert tree(came).xpath("//pre")[0].text_content() == "<h1>Log ind</h1>"
    assert "23. november 2026 kl. 09.00" in said(came)
    assert tree(came).xpath("//table[1]//a/@href") == ["https://nabokoebing.example/udbud"]


def test_the_page_that_the_message_names_is_shown_first_and_the_others_can_be_chosen(room: Room) -> None:
    with_sources(room, BY)
    one = "https://nabokoebing.example/udbud/7"
    read(
        room, "by", RunStatus.ALARM, answer(b"en liste"), answer(b"et udbud", one, role=DocumentRole.NOTICE),
        message=f"'Login' and the others are not the pages that they should be ({one})",
    )  # fmt: skip
    anna = room.enter()
    page = anna.get("/drift/kilde/by/side")
    assert tree(page).xpath("//pre")[0].text_content() == "et udbud"
    listed = tree(page).xpath("//th/a[not(@aria-current)]/@href")
    assert [tree(anna.get(link)).xpath("//pre")[0].text_content() for link in listed] == ["en liste"]
    assert anna.get("/drift/kilde/by/side?svar=77").status_code == 404
    assert anna.get("/drift/kilde/nowhere/side").status_code == 404


def test_what_a_source_answered_is_text_cut_short_and_without_addresses(room: Room) -> None:
    with_sources(room, BY)
    body = f"<script>alert(1)</script>\u202e{ADDRESS}\x00&amp;</pre>" + "x" * 200_000
    read(room, "by", RunStatus.ALARM, answer(body.encode()), message="no landmark")
    page = room.enter().get("/drift/kilde/by/side")
    shown = tree(page).xpath("//pre")[0].text_content()
    assert shown.startswith("<script>alert(1)</script>\ufffd<…>\ufffd&amp;</pre>xxx")
    assert tree(page).xpath("//script[not(@src)]") == []
    assert len(page.get_data()) < 150_000
    assert re.search(r"1\d\d\.\d\d\d tegn til er ikke vist", said(page))
    assert not SECRETS.search(page.get_data(as_text=True))
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_an_answer_that_is_no_text_is_not_shown_as_such_and_none_at_all_is_told(room: Room) -> None:
    with_sources(room, BY)
    read(room, "by", RunStatus.FAILED, message="no such host", at=NOW - dt.timedelta(hours=1), listed=0, held=0)
    anna = room.enter()
    assert "Kilden sendte ingen side" in said(anna.get("/drift/kilde/by/side"))
    assert tree(anna.get("/drift")).xpath("//a[contains(@href, '/side')]") == []
    read(room, "by", RunStatus.ALARM, answer(b"%PDF-1.7 \x00\x01", content_type="application/pdf"), message="no text")
    page = anna.get("/drift/kilde/by/side")
    assert "Svaret er ikke tekst" in said(page)
    assert tree(page).xpath("//pre") == []


@pytest.mark.parametrize(
    "kind", ["text/html; charset=zip", "text/html; charset=punycode", "text/html; charset=utf-16", "", "x"]
)
def test_octets_are_read_whatever_their_encoding_claims(kind: str) -> None:
    assert "vask" in decoded(kind, "Æblevask vask".encode("cp1252") + b"\xff vask").replace("\x00", "")
    assert decoded("", "Æble".encode()) == "Æble"
    assert decoded("text/html; charset=iso-8859-1", "Æble".encode("latin-1")) == "Æble"


def calm(**changed: object) -> State:
    state = State(NOW, (), "", None, None, 0, None, Crawls(NOW, None, NOW), Disk(10**11, 10**8))
    return replace(state, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(("changed", "told"), [
    ({}, ""),
    ({"paused": "a backup was restored"}, "Der bliver ikke sendt nogen mails."),
    ({"restored_at": NOW - dt.timedelta(days=13)}, "blev lagt tilbage 10. november 2026 kl."),
    ({"restored_at": NOW - dt.timedelta(days=15)}, ""),
    ({"held": 1}, "1 mail er holdt tilbage."),
    ({"held": 1200}, "1.200 mails er holdt tilbage."),
    ({"waiting_since": NOW - dt.timedelta(hours=25)}, "har ventet på at blive sendt siden 22. november"),
    ({"waiting_since": NOW - dt.timedelta(hours=23)}, ""),
    ({"waiting_since": NOW - dt.timedelta(hours=25), "paused": "so"}, "Der bliver ikke sendt nogen mails."),
    ({"sign_up_alarm": NOW - dt.timedelta(hours=23)}, "usædvanligt mange tilmeldinger"),
    ({"sign_up_alarm": NOW - dt.timedelta(hours=25)}, ""),
    ({"disk": Disk(900_000_000, 10)}, "Der er kun 900,0 MB ledig plads"),
    ({"disk": Disk(3 * 10**9, 4 * 10**9)}, "Der er kun 3,0 GB ledig plads"),
    ({"disk": Disk(None, 10)}, ""),
    ({"crawls": Crawls(NOW - dt.timedelta(days=3), dt.timedelta(days=1), NOW)}, "Kilderne er ikke læst siden 20."),
    ({"crawls": Crawls(NOW - dt.timedelta(hours=20), dt.timedelta(hours=1), NOW)}, ""),
])  # fmt: skip
def test_an_alarm_is_given_for_what_needs_a_person_and_for_nothing_else(changed: dict[str, object], told: str) -> None:
    found = alarms(calm(**changed), DA)
    assert len(found) == bool(told)
    assert all(told in one.words for one in found)


# -- mails -------------------------------------------------------------------------------------------------------------


def test_a_mail_that_waits_is_told_with_what_it_means_and_without_whom_it_is_for(room: Room) -> None:
    mail(room, error=f"451 4.3.0 <{ADDRESS}>: lost, user hemmelig.anne of {NAME}")
    page = room.enter("admin").get("/drift/mail")
    (row,) = table(page, "Mails, der er holdt tilbage, og dem, der er gået galt inden for to uger")
    assert row[:3] == ["1Holdt tilbageKort besked til en abonnent", "23. november 2026 kl. 09.00", "1"]
    assert row[3].startswith("Forbindelsen blev afbrudt, mens mailen blev afleveret.")
    assert row[3].endswith("451 4.3.0 <…>: lost, user <…> of <…>")
    assert row[4] == "Send igen, mail 1 Opgiv, mail 1"


@pytest.mark.parametrize(("status", "error", "more", "expected"), [
    ("held", "the program was stopped while this mail was handed over: it may", {}, ("held",)),
    ("held", "a backup was restored: this may have been sent already", {}, ("restored",)),
    ("held", "its subscriber is unsubscribed now", {}, ("left",)),
    ("held", "it tells of something that is no longer public", {}, ("not_public",)),
    ("in_doubt", "", {}, ("in_doubt",)),
    ("failed", "unsubscribed", {}, ("left", "then_letter")),
    ("failed", "given up by hand", {}, ("given_up",)),
    ("failed", "it came back", {"kind": MailKind.DIGEST}, ("came_back", "then_digest")),
    ("failed", "550 5.7.1 no mail from you", {"kind": MailKind.DIGEST}, ("about_us", "then_digest")),
    ("failed", "550 5.1.1 no such user", {"kind": MailKind.DIGEST, "doubted": True}, ("refused", "then_doubted")),
    ("failed", "given up after 12 attempts: 451 later", {"kind": MailKind.DIGEST}, ("tried", "then_digest")),
    ("failed", "a newer letter took its place", {}, ("not_wanted",)),
    ("failed", "it tells of somebody who has left", {}, ("not_wanted",)),
])  # fmt: skip
def test_every_place_of_a_mail_has_a_meaning(
    status: str, error: str, more: dict[str, object], expected: tuple[str, ...]
) -> None:
    shown = Shown(1, 1, MailKind.NOTICE, MailStatus(status), 1, NOW, NOW, error, doubted=False, whole=True)
    found = meanings(replace(shown, **more))  # type: ignore[arg-type]
    assert found == expected
    assert all(f"health.means_{key}" in DA for key in found)


def test_an_admin_sends_a_mail_again_and_gives_another_up(room: Room) -> None:
    first, second = mail(room), mail(room)
    carla = room.enter("admin")
    page = carla.get("/drift/mail")
    after = press(carla, forms(page, "/drift/mail/igen")[0])
    assert (after.status_code, after.headers["Location"]) == (303, "/drift/mail?gjort=again")
    press(carla, forms(page, "/drift/mail/opgiv")[1])
    stand = {number: room.place.store.outbox.row(number) for number in (first, second)}
    assert [row and str(row.status) for row in stand.values()] == ["queued", "failed"]
    assert done(room) == [
        ("outbox_again", f"mail/{first}", "Carla Dam"), ("outbox_give_up", f"mail/{second}", "Carla Dam"),
    ]  # fmt: skip
    assert "Det sendes igen ved næste kørsel." in said(carla.get("/drift/mail?gjort=again"))


def test_a_button_that_is_pressed_twice_does_it_once(room: Room) -> None:
    mail(room)
    carla = room.enter("admin")
    (form,) = forms(carla.get("/drift/mail"), "/drift/mail/igen")
    assert press(carla, form).headers["Location"] == "/drift/mail?gjort=again"
    assert press(carla, form).headers["Location"] == "/drift/mail?gjort=before"
    assert len(done(room)) == 1


def test_of_two_admins_the_second_is_told_what_the_first_did_and_changes_nothing(room: Room) -> None:
    number = mail(room)
    first, second = room.enter("admin"), room.enter("admin")
    page = second.get("/drift/mail")
    press(first, forms(first.get("/drift/mail"), "/drift/mail/opgiv")[0])
    before = room.place.dump()
    answered = press(second, forms(page, "/drift/mail/igen")[0])
    assert (answered.status_code, heading(answered)) == (409, "Den er ikke, hvor den var")
    assert f"Mail {number}: Gået galt. Det gjorde Carla Dam 23. november 2026 kl. 09.00." in said(answered)
    assert room.place.dump() == before


def test_a_mail_that_was_tried_once_more_since_the_page_was_made_is_left_alone(room: Room) -> None:
    number = mail(room)
    carla = room.enter("admin")
    (form,) = forms(carla.get("/drift/mail"), "/drift/mail/opgiv")
    room.place.store._database.write("UPDATE outbox SET attempts = 2 WHERE id = ?", (number,))
    assert press(carla, form).status_code == 409
    row = room.place.store.outbox.row(number)
    assert row is not None
    assert row.status is MailStatus.HELD


def test_all_that_are_held_go_with_one_press_and_what_moved_meanwhile_stays(room: Room) -> None:
    for _ in range(3):
        mail(room)
    carla = room.enter("admin")
    form = forms(carla.get("/drift/mail"), "/drift/mail/igen")[-1]
    assert "Send alle 3 igen" in form.text_content()
    room.place.store.outbox.drop(2)
    assert press(carla, form).headers["Location"] == "/drift/mail?gjort=again"
    counts = room.place.store.outbox.counts()
    assert (counts[MailStatus.QUEUED], counts[MailStatus.FAILED]) == (2, 1)
    assert [item for _, item, _ in done(room)] == ["mail/1", "mail/3"]


def test_mails_leave_again_after_a_pause_when_an_admin_has_read_why(room: Room) -> None:
    store = room.place.store
    store.settings.put("paused", "a backup was restored: see")
    carla = room.enter("admin")
    (form,) = forms(carla.get("/drift/mail"), "/drift/mail/genoptag")
    assert press(carla, form, seen="another").status_code == 409
    assert store.settings.get("paused")
    assert press(carla, form).headers["Location"] == "/drift/mail?gjort=resumed"
    assert not store.settings.get("paused")
    assert press(carla, form).headers["Location"] == "/drift/mail?gjort=before"
    assert done(room) == [("outbox_resume", "outbox", "Carla Dam")]


def test_nothing_is_decided_before_a_restored_backup_was_noticed(room: Room) -> None:
    number = mail(room)
    carla = room.enter("admin")
    (form,) = forms(carla.get("/drift/mail"), "/drift/mail/opgiv")
    room.place.journal.delivery(7, NOW)  # mails left since this database was made
    answered = press(carla, form)
    assert (answered.status_code, heading(answered)) == (409, "En sikkerhedskopi er lagt tilbage")
    row = room.place.store.outbox.row(number)
    assert row is not None
    assert row.status is MailStatus.HELD
    assert room.place.store.settings.get("paused")


# -- who may -----------------------------------------------------------------------------------------------------------

BUTTONS = ("/drift/mail/igen", "/drift/mail/opgiv", "/drift/mail/genoptag", "/drift/par")


@pytest.mark.parametrize("button", BUTTONS)
def test_an_officer_looks_and_presses_no_button_of_an_admin(room: Room, button: str) -> None:
    everything(with_sources(room, BY, TED, HERE))
    anna = room.enter()
    for page in ("/drift", "/drift/mail"):
        assert forms(anna.get(page), button) == []
    before = room.place.dump()
    form = {"mail": "1:held.1", "pair": "1", "said": "same", "seen": room.place.store.settings.get("paused")}
    assert anna.post(button, form).status_code == 403
    assert room.place.dump() == before


def test_looking_changes_nothing(room: Room) -> None:
    everything(with_sources(room, BY, TED, HERE))
    carla = room.enter("admin")
    before = room.place.dump()
    for page in PAGES:
        assert carla.get(page).status_code == 200
        assert carla.client.head(page, base_url="https://skrivebord.proevekoebing.example").status_code == 200
    assert room.place.dump() == before


PAGES = ("/drift", "/drift/mail", "/drift/tilbageholdt", "/drift/kilde/by/side", "/log", "/log.csv")


@pytest.mark.parametrize("who", ["anna", "admin"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_no_page_shows_an_address_or_a_name_of_a_subscriber(room: Room, who: str, language: str) -> None:
    everything(with_sources(room, BY, TED, HERE))
    browser = room.enter(who)
    browser.post("/sprog", {"language": language})
    carla = room.enter("admin")
    mails = carla.get("/drift/mail")
    shown = [press(carla, forms(mails, "/drift/mail/opgiv")[0]), press(carla, forms(mails, "/drift/mail/igen")[0])]
    assert [one.status_code for one in shown] == [303, 409]
    room.place.store.actions.note(
        "note", ADDRESS, who="Bo Krag", account=None, now=NOW, words=f"skriv til {ADDRESS}", why=f"<{ADDRESS}>"
    )
    shown += [browser.get(page) for page in PAGES]
    assert [one.status_code for one in shown[2:]] == [200] * len(PAGES)
    assert [one.request.path for one in shown if SECRETS.search(one.get_data(as_text=True))] == []


def test_words_that_name_somebody_are_taken_out_of_what_a_relay_says() -> None:
    out = without_addresses
    assert out("550 a.b@c.example, <x%y@z>, f&#64;g.example and h%40i.example") == "550 <…>, <…>, <…> and <…>"
    assert out("user Bo unknown, robot", "bo@x.example", "Vi") == "user <…> unknown, robot"
    assert out("@media print { a }") == "@media print { a }"
    assert len(out("x" * 100_000 + "@")) > 0


# -- withheld ----------------------------------------------------------------------------------------------------------


def test_what_is_withheld_is_told_with_whom_it_would_reach_and_released(room: Room) -> None:
    with_sources(room, TED)
    subscribers(room, 6)
    room.place.later(days=1)
    withhold(room, "Rengøring af skoler", "Rengøring af haller")
    anna = room.enter()
    assert "2 ting er fundet, men bliver ikke sendt ud" in said(anna.get("/drift"))
    page = anna.get("/drift/tilbageholdt")
    assert "Første gang, TED blev læst" in said(page)
    assert "Frigiver I det, kommer 2 opgaver, ændringer eller aftaler med i de næste mails." in said(page)
    assert "Så mange får mail om det: 6." in said(page)
    titles = [" ".join(one.text_content().split()) for one in tree(page).xpath("//ul[@class='lots']/li")]
    assert sorted(titles) == ["Rengøring af haller – Relevant", "Rengøring af skoler – Relevant"]
    (form,) = forms(page, "/drift/tilbageholdt/frigiv")
    assert press(anna, form).headers["Location"] == "/drift/tilbageholdt?gjort=released"
    assert room.place.store.withheld.standing() == ()
    assert press(anna, form).headers["Location"] == "/drift/tilbageholdt?gjort=before"
    assert done(room) == [("release", "first_run:ted", "Anna Lund")]
    (leave,) = forms(page, "/drift/tilbageholdt/lad-ligge")
    second = press(room.enter("bo"), leave)
    assert second.status_code == 409
    assert "Anna Lund har gjort det 24. november 2026 kl. 09.00: Frigav til mails." in said(second)


def test_fewer_than_five_whom_it_would_reach_are_not_counted_out_and_none_are_told_as_none(room: Room) -> None:
    with_sources(room, TED)
    subscribers(room, 4)
    room.place.later(days=1)
    withhold(room, "Rengøring af skoler")
    assert "Så mange får mail om det: færre end 5." in said(room.enter().get("/drift/tilbageholdt"))
    for subscriber in room.place.store.subscribers.all():
        room.place.store.subscribers.remove(subscriber.number)
    assert "Frigiver I det nu, får ingen mail om det" in said(room.enter().get("/drift/tilbageholdt"))


def test_whom_a_flood_would_reach_is_left_to_the_command_line(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.desk.withholding._MOST_ASKED", 3)
    with_sources(room, TED)
    subscribers(room, 2)
    withhold(room, "Rengøring af skoler", "Rengøring af haller")
    page = room.enter().get("/drift/tilbageholdt")
    assert "Kommandoen notifier withheld list siger, hvem det når." in said(page)
    assert len(forms(page, "/drift/tilbageholdt/frigiv")) == 1


def test_what_came_since_the_page_was_made_waits_for_another_look(room: Room) -> None:
    with_sources(room, TED)
    withhold(room, "Rengøring af skoler")
    anna = room.enter()
    (form,) = forms(anna.get("/drift/tilbageholdt"), "/drift/tilbageholdt/lad-ligge")
    room.place.later(hours=1)
    withhold(room, "Rengøring af skoler", "Rengøring af haller")
    assert press(anna, form).status_code == 303
    (left,) = room.place.store.withheld.undecided()
    assert room.place.lot(left.item_uid).lot.title == "Rengøring af haller"
    assert [one.number for one in room.place.store.withheld.standing()] != [left.number]
    for seen in ("", "1/", "1/nonsense-nonsense", "9/2026-11-23T09:00:00"):
        assert press(anna, form, seen=seen).status_code == 400
    assert (
        anna.post("/drift/tilbageholdt/frigiv", {"group": "x", "seen": "1/2026-11-23T09:00:00+00:00"}).status_code
        == 404
    )


# -- pairs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("button", "lots"), [("same", 1), ("different", 2)])
def test_a_pair_is_decided_once_and_lists_follow(room: Room, button: str, lots: int) -> None:
    number = a_pair(with_sources(room, TED, BY))
    room.refresh()
    carla = room.enter("admin")
    (form,) = forms(carla.get("/drift"), "/drift/par")
    assert press(carla, form, said=button).headers["Location"] == f"/drift?gjort={button}#par"
    assert press(carla, form, said=button).headers["Location"] == f"/drift?gjort={button}#par"
    assert done(room) == [("pair", f"pair/{number}", "Carla Dam")]
    assert room.place.store.pairs.waiting() == ()
    assert len(list(room.place.store.lots.views(room.place.now))) == lots
    assert room.place.dump_of("SELECT count(*) FROM catalogue") == [(lots,)]
    other = press(carla, form, said="different" if button == "same" else "same")
    assert other.status_code == 409
    assert "Det gjorde Carla Dam" in said(other)


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_pair_is_told_in_words_with_the_way_to_both(room: Room, language: str) -> None:
    a_pair(with_sources(room, TED, BY))
    carla = room.enter("admin")
    carla.post("/sprog", {"language": language, "back": "/drift"})
    page = tree(carla.get("/drift"))
    (told,) = page.xpath("//section[@class='pair']/p[@class='note']")
    day = "8. december 2026" if language == "da" else "8 December 2026"
    buyer = "Prøvekøbing Kommune"
    assert told.text == words(language)("staff.pair_alike_dated", buyer=buyer, day=day)
    links = page.xpath("//section[@class='pair']//li/a[1]/@href")
    assert len(set(links)) == 2
    assert all(carla.get(link).status_code == 200 for link in links)


def test_while_a_run_is_under_way_no_pair_is_decided_and_that_is_said(room: Room) -> None:
    number = a_pair(with_sources(room, TED, BY))
    carla = room.enter("admin")
    (form,) = forms(carla.get("/drift"), "/drift/par")
    before = room.place.dump()
    with one_run(room.place.config.database, NOW):
        answered = press(carla, form, said="same")
    assert (answered.status_code, heading(answered)) == (409, "En kørsel er i gang")
    assert room.place.dump() == before
    pair = room.place.store.pairs.get(number)
    assert pair is not None
    assert pair.decision is PairDecision.OPEN


def test_a_pair_that_is_none_is_not_found(room: Room) -> None:
    carla = room.enter("admin")
    assert carla.post("/drift/par", {"pair": "7", "said": "same"}).status_code == 404
    for form in ({}, {"pair": "7"}, {"pair": "x", "said": "same"}, {"pair": "9" * 30, "said": "same"}):
        assert carla.post("/drift/par", form).status_code == 400


def test_mails_and_withheld_things_are_decided_while_a_run_is_under_way(room: Room) -> None:
    """A delivery that is throttled holds the lock for hours; neither needs it."""
    with_sources(room, TED)
    withhold(room, "Rengøring af skoler")
    mail(room)
    carla = room.enter("admin")
    with one_run(room.place.config.database, NOW):
        assert press(carla, forms(carla.get("/drift/mail"), "/drift/mail/opgiv")[0]).status_code == 303
        page = carla.get("/drift/tilbageholdt")
        assert press(carla, forms(page, "/drift/tilbageholdt/lad-ligge")[0]).status_code == 303
    (left,) = room.place.store.withheld.standing()
    assert room.place.dump_of(f"SELECT decision FROM withheld WHERE id = {left.number}") == [(Decision.LEFT,)]


# -- subscribers -------------------------------------------------------------------------------------------------------


def test_subscribers_are_counted_along_one_line_at_a_time(room: Room) -> None:
    subscribers(room, 5, Profile(trades=("cleaning", "catering")))
    for number in range(4):
        room.place.subscriber(f"b{number}@x.example", language="en", profile=Profile(trades=("grounds",)))
    room.place.subscriber("c@x.example", profile=Profile())
    room.place.subscriber("d@x.example", status=SubscriberStatus.UNSUBSCRIBED)
    page = room.enter().get("/drift")
    assert table(page, "Alle") == [
        ["Har ikke svaret endnu", "færre end 5"], ["Får mail", "mindst 10"],
        ["Sat på pause, fordi mailen kom retur", "færre end 5"], ["Har sagt stop", "færre end 5"],
    ]  # fmt: skip
    assert table(page, "Hvilket sprog de får den på") == [["Dansk", "mindst 5"], ["Engelsk", "færre end 5"]]
    assert table(page, "Hvor tit de, der får mail, vil have den")[2] == ["En gang om ugen", "mindst 10"]
    trades = table(page, "Hvilke fag de følger")
    assert trades[0] == ["Alle fag", "færre end 5"]
    assert sorted(number for _, number in trades) == ["færre end 5", "færre end 5", "mindst 5", "mindst 5"]
    months = table(page, "Hvornår de sagde ja, af dem, der er med nu")
    assert months[:2] == [["november 2026", "mindst 10"], ["oktober 2026", "færre end 5"]]
    assert months[-1] == ["Tidligere", "færre end 5"]


@pytest.mark.parametrize("cells", [2, 3])
def test_who_subtracts_from_the_whole_learns_of_no_line_how_few_there_are(cells: int) -> None:
    """Towns of up to so many lines that look alike, with their sum: each number below five is another in some."""
    w = words("da")
    alike: defaultdict[tuple[str, ...], set[tuple[int, ...]]] = defaultdict(set)
    for town in itertools.product(range(16), repeat=cells):
        alike[*(in_fives(number, w) for number in (*town, sum(town)))].add(town)
    for same in alike.values():
        for line in range(cells):
            assert min(one[line] for one in same) >= 5 or len({one[line] for one in same}) > 1


# -- what comes next ---------------------------------------------------------------------------------------------------

MONDAY = dt.datetime(2026, 11, 23, 8, 0, tzinfo=COPENHAGEN)


def test_the_next_digest_is_due_at_the_hours_that_were_chosen_and_waits_until_a_run_built_it() -> None:
    hours = {(Cadence.WEEKLY, 7), (Cadence.WEEKLY, 12), (Cadence.DAILY, 7), (Cadence.INSTANT, 7)}
    built = {(Cadence.WEEKLY, "2026-W48T07")}
    found = coming(hours, lambda *one: one in built, MONDAY)
    assert [(one.cadence, one.due.isoformat(), one.waits) for one in found] == [
        (Cadence.WEEKLY, "2026-11-23T12:00:00+01:00", False), (Cadence.DAILY, "2026-11-24T07:00:00+01:00", True),
    ]  # fmt: skip
    assert coming({(Cadence.INSTANT, 7)}, lambda *_: False, MONDAY) == ()
    saturday = coming({(Cadence.DAILY, 7)}, lambda *_: False, MONDAY + dt.timedelta(days=5))
    assert [(one.due.day, one.waits) for one in saturday] == [(30, False)]


def test_an_hour_that_a_clock_change_skips_is_due_when_it_is_over() -> None:
    friday = dt.datetime(2026, 3, 27, 8, 0, tzinfo=COPENHAGEN)
    (found,) = coming({(Cadence.DAILY, 2)}, lambda *_: True, friday)
    assert found.due.isoformat() == "2026-03-30T02:00:00+02:00"


def test_the_next_reading_is_guessed_from_the_last_ones_and_from_too_few_it_is_not() -> None:
    day = dt.timedelta(days=1)
    three = [MONDAY - 3 * day, MONDAY - day, MONDAY - 2 * day]
    found = crawls([three, [MONDAY - 5 * day]], MONDAY)
    assert (found.last, found.gap, found.next, found.late) == (MONDAY - day, day, MONDAY, False)
    assert crawls([three], MONDAY + 2 * day).late
    assert crawls([three[:2]], MONDAY).next is None
    assert crawls([], MONDAY).last is None


def test_the_page_says_what_is_a_habit_and_that_the_timer_decides(room: Room) -> None:
    with_sources(room, TED)
    for back in (2, 1, 0):
        read(room, "ted", at=NOW - dt.timedelta(days=back, hours=2))
    subscribers(room, 1)
    page = said(room.enter().get("/drift"))
    assert "Der plejer at gå 24 timer imellem." in page
    assert "Går det som hidtil, begynder den næste 24. november 2026 kl. 07.00, efter timeren på serveren." in page
    assert "En gang om ugen: klar 30. november 2026 kl. 07.00" in page
    assert "En er klar nu og bliver skrevet ved næste kørsel." in page
    assert "Svar fra kilder, som intet er læst af" in page
    assert "efter 400 dage" in page


def test_where_nothing_is_withheld_no_lot_is_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.place.hold()
    anna = room.enter()
    monkeypatch.setattr("notifier.store.lots.Lots.views", lambda *_, **__: pytest.fail("a lot was read"))
    assert anna.get("/drift/tilbageholdt").status_code == 200
