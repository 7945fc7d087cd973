"""Short mails: as they were read and approved, whole, and to one person alone whatever the names in them are."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier import config
from notifier.door import Door
from notifier.letter.notes import already_subscribed, confirmation, partner_found, partners_met
from notifier.letter.values import Note
from notifier.lots import Money
from notifier.post import post, post_asked, trade_names
from notifier.profiles import Cadence, Profile
from notifier.render import render_note
from notifier.resources import resource
from notifier.store import Store
from notifier.store.outbox import MailKind, MailStatus, OutboxRow
from notifier.store.subscribers import ASKED_FOR
from notifier.suitability import load_rules
from tests.notifier.mail_examples import DOOR, NOW, TOWN, TRADES, kroner, subscriber

MAILS = Path(__file__).parent / "mails"
TOKEN = "Zm9yc3RlLWJyZXYtdGlsLWVuLW5hYm8t"
PROFILE = Profile(trades=("cleaning", "catering"), areas=("0101", "DK02"), value_max=kroner(2_000_000))
WEEKS = dt.timedelta(days=14)
SAID = "Vi er ti, der pudser vinduer på stiger og lift, og kan tage de fire skoler."
OTHER = replace(subscriber(), number=2, address="hej@vinduesholdet.example", name="Vinduesholdet")


def asking(
    language: str = "da", door: Door = DOOR, *, valid: dt.timedelta = ASKED_FOR, invited: bool = False,
    profile: Profile = PROFILE, answer_to: str = TOWN.contact,
) -> Note:  # fmt: skip
    return confirmation(
        subscriber(profile, language), TOKEN, TOWN, door, TRADES[language],
        answer_to=answer_to, valid=valid, invited=invited,
    )  # fmt: skip


def notes(language: str) -> dict[str, Note]:
    """One of each kind."""
    one, title = subscriber(PROFILE, language), "Vinduespudsning på plejecentre"
    return {
        "confirmation": asking(language),
        "confirmation-by-mail": asking(language, Door()),
        "invitation": asking(language, valid=WEEKS, invited=True),
        "subscribed": already_subscribed(one, TOWN, DOOR),
        "partner-found": partner_found(one, title, "vinduespudsning-1a2b", SAID, TOWN, DOOR),
        "partners-met": partners_met(
            one, OTHER, title, TOWN, "https://udbud.example/opgaver/vinduespudsning-1a2b.html"
        ),
    }


# -- golden mails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["subject", "txt", "html"])
@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", notes("da"))
def test_a_short_mail_reads_as_it_was_read_and_approved(name: str, language: str, part: str) -> None:
    mail = render_note(notes(language)[name])
    found = {"subject": mail.subject + "\n", "txt": mail.text, "html": mail.html}[part]
    file = MAILS / f"{name}.{language}.{part}"
    if not file.exists():
        file.write_text(found, encoding="utf-8")
        pytest.fail(f"{file.name} was missing and is written now: read it, then run again")
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", notes("da"))
def test_text_and_html_of_a_short_mail_say_the_same(name: str, language: str) -> None:
    note = notes(language)[name]
    mail = render_note(note)
    tree = BeautifulSoup(mail.html, "lxml")
    shown = re.findall(r"\w+", " ".join(tag.get_text(" ") for tag in tree.select("body")).casefold())
    plain = mail.text
    assert note.button is not None
    assert plain.count(f"\n{note.button.url}\n") == 1, "the link stands alone and whole"
    assert [link["href"] for link in tree.select("a")] == [note.button.url]
    assert re.findall(r"\w+", plain.replace(f"\n{note.button.url}\n", "\n").casefold()) != []
    assert sorted(re.findall(r"\w+", plain.replace(note.button.url, "").casefold())) == sorted(shown)
    assert not tree.select("img, script, link, iframe, form, [src], [background]")
    assert {table.get("role") for table in tree.select("table")} == {"presentation"}
    assert len(tree.select(f"html[lang={language}]")) == len(tree.select("h1")) == 1


# -- what each says ----------------------------------------------------------------------------------------------------


def words_of(note: Note) -> str:
    return " ".join(render_note(note).text.split())


def test_a_confirmation_says_who_what_and_how_often_and_for_how_long() -> None:
    said = words_of(asking())
    for sentence in (
        "Vi er blevet bedt om at sende opgaver fra Prøvekøbing Kommune til post@rengoerholdet.example.",
        "Så skriver vi højst en gang om ugen, tidligst om mandagen, når der er noget nyt.",
        "I følger: rengøring; kantine, mad og café; sted: København og Region Sjælland; op til 2.000.000 kr. om",
        f"Ja, send os opgaver: https://svar.udbud.example/ja/{TOKEN}",
        "Linket virker i 48 timer.",
        "Var det ikke jer, skal I ikke gøre noget: Uden jeres ja sender vi ingen opgaver.",
    ):
        assert sentence in said


@pytest.mark.parametrize(("valid", "said"), [
    (dt.timedelta(hours=48), "Linket virker i 48 timer."),
    (dt.timedelta(hours=36), "Linket virker i 36 timer."),
    (dt.timedelta(days=14), "Linket virker i 14 dage."),
])  # fmt: skip
def test_a_long_time_is_told_in_days(valid: dt.timedelta, said: str) -> None:
    assert said in words_of(asking(valid=valid))


@pytest.mark.parametrize(("profile", "said"), [
    (Profile(), "I følger alle fag og områder."),
    (Profile(areas=("DK01",)), "I følger: alle fag; sted: Region Hovedstaden."),
    (Profile(value_max=Money(kroner(500_000).amount)), "I følger: alle fag; op til 500.000 kr. om året."),
    (Profile(words=("sne",), words_out=("salt",)), "I følger: opgaver med »sne«; ikke opgaver med »salt«."),
    (Profile(cpv_prefixes=("9091",), value_min=kroner(10_000), partnerships=True),
     "I følger: CPV-koder 9091 (Rengøring); fra 10.000 kr. om året; også opgaver, der er for store til jer alene."),
])  # fmt: skip
def test_what_was_asked_for_is_said_as_one_sentence(profile: Profile, said: str) -> None:
    assert said in words_of(asking(profile=profile))


def test_without_pages_a_yes_is_a_mail_to_where_answers_are_read() -> None:
    note = asking(door=Door(), answer_to="retur@by.example")
    assert note.button is not None
    assert note.button.url == f"mailto:retur@by.example?subject=confirm%20{TOKEN}"
    assert f"send selv en mail til retur@by.example med emnet »confirm {TOKEN}«." in words_of(note)
    assert "http" not in words_of(note)


def test_who_is_subscribed_is_told_without_pages_whom_to_write_to() -> None:
    note = already_subscribed(subscriber(), TOWN, Door())
    assert note.button is None
    assert "så svar på denne mail, eller skriv til udbud@proevekoebing.example." in words_of(note)
    assert "jeres egen side" not in words_of(note)


def test_of_a_possible_partner_nothing_is_told_but_what_they_say_of_themselves() -> None:
    found = partner_found(subscriber(), "Opgaven", "opgaven-1", SAID, TOWN, DOOR)
    assert f"De skriver om sig selv: »{SAID}«" in words_of(found)
    silent = words_of(partner_found(subscriber(), "Opgaven", "opgaven-1", "", TOWN, DOOR))
    assert "De skriver" not in silent
    for said in (words_of(found), silent):
        assert OTHER.name not in said
        assert OTHER.address not in said
        assert "Siger I begge ja, får I hinandens navn og mailadresse." in said


def test_two_who_met_are_each_told_the_others_name_and_address() -> None:
    url = "https://udbud.example/opgaver/opgaven-1.html"
    assert "Vinduesholdet: hej@vinduesholdet.example" in words_of(
        partners_met(subscriber(), OTHER, "Opgaven", TOWN, url)
    )
    nameless = replace(OTHER, name="")
    assert "Navn ikke oplyst: hej@" in words_of(partners_met(subscriber(), nameless, "Opgaven", TOWN, url))


# -- into the outbox ---------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded() -> config.Config:
    return replace(config.load(resource("config"), environment={}), door=DOOR)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        yield opened


def names(loaded: config.Config) -> dict[str, dict[str, str]]:
    return trade_names(load_rules(loaded.rules).trades)


def queued(store: Store) -> list[OutboxRow]:
    return store.outbox.standing(MailStatus.QUEUED)


def parsed(row: OutboxRow) -> EmailMessage:
    """The mail as a program of others reads it, without any defect."""
    message = email.message_from_bytes(row.body, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    assert not any(part.defects for part in message.walk())
    for header in message.values():
        assert not header.defects
    return message


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def test_a_sign_up_queues_one_letter_with_the_token_of_which_only_a_hash_is_kept(
    store: Store, loaded: config.Config
) -> None:
    asked = store.subscribers.ask("post@by.example", now=NOW, cadence=Cadence.DAILY, profile=PROFILE)
    assert post_asked(store, loaded, asked, names(loaded), NOW) == 1
    (row,) = queued(store)
    assert (row.recipient, row.subscriber_id, row.kind) == (
        "post@by.example", asked.subscriber.number, MailKind.CONFIRMATION,
    )  # fmt: skip
    message = parsed(row)
    assert body_of(message, "plain").count(f"\n{DOOR.confirm(asked.token)}\n") == 1
    assert f'href="{DOOR.confirm(asked.token)}"' in body_of(message, "html")
    assert row.message_id == message["Message-ID"]


def test_where_nothing_is_due_nothing_is_queued(store: Store, loaded: config.Config) -> None:
    asked = store.subscribers.ask("post@by.example", now=NOW)
    again = store.subscribers.ask("post@by.example", now=NOW)
    assert post_asked(store, loaded, again, names(loaded), NOW) is None
    assert queued(store) == []
    assert asked.token


def test_who_is_subscribed_gets_a_word_without_any_token(store: Store, loaded: config.Config) -> None:
    asked = store.subscribers.ask("post@by.example", now=NOW, language="en")
    store.subscribers.confirm(asked.token, NOW)
    known = store.subscribers.ask("post@by.example", now=NOW + dt.timedelta(days=1))
    post_asked(store, loaded, known, names(loaded), NOW)
    (row,) = queued(store)
    assert row.kind is MailKind.NOTICE
    message = parsed(row)
    assert message["Subject"] == "You already get tasks from Københavns Kommune"
    for kind in ("plain", "html"):
        assert known.token not in body_of(message, kind)
        assert "/ja/" not in body_of(message, kind)


def test_the_yes_goes_to_where_bounces_are_read_or_else_to_the_office(store: Store, loaded: config.Config) -> None:
    for number, return_path in enumerate(("", "retur@kommune.example")):
        town = replace(loaded, door=Door(), mail=replace(loaded.mail, return_path=return_path))
        asked = store.subscribers.ask(f"post{number}@by.example", now=NOW)
        post_asked(store, town, asked, names(loaded), NOW)
        text = body_of(parsed(queued(store)[number]), "plain")
        assert f"mailto:{return_path or loaded.town.contact}?subject=confirm%20{asked.token}" in text


def test_a_letter_does_not_leave_once_its_link_is_dead(store: Store, loaded: config.Config) -> None:
    asked = store.subscribers.ask("post@by.example", now=NOW)
    number = post_asked(store, loaded, asked, names(loaded), NOW)
    assert number is not None
    assert store.outbox.due(NOW + ASKED_FOR - dt.timedelta(minutes=1)) == [number]
    assert store.outbox.due(NOW + ASKED_FOR) == []
    assert store.outbox.take_back(NOW + ASKED_FOR) == 0
    failed = store.outbox.row(number)
    assert failed is not None
    assert (failed.status, failed.error, failed.body) == (MailStatus.FAILED, "too old to be sent", b"")
    assert not store.outbox.resend(number)


def test_an_invitation_may_leave_for_as_long_as_it_says(store: Store, loaded: config.Config) -> None:
    asked = store.subscribers.ask("post@by.example", now=NOW, valid=WEEKS)
    number = post_asked(store, loaded, asked, names(loaded), NOW, valid=WEEKS, invited=True)
    assert store.outbox.due(NOW + WEEKS - dt.timedelta(hours=1)) == [number]


def test_of_letters_to_one_address_only_the_newest_leaves(store: Store, loaded: config.Config) -> None:
    """A relay that was down for a day would else bring two, and the first one's link opens nothing."""
    other = store.subscribers.ask("hej@kantine.example", now=NOW)
    waits = post_asked(store, loaded, other, names(loaded), NOW)
    letters = []
    for days in range(2):
        now = NOW + dt.timedelta(days=days)
        asked = store.subscribers.ask("post@by.example", now=now)
        letters.append(post_asked(store, loaded, asked, names(loaded), now))
    assert [row.number for row in queued(store)] == [waits, letters[1]]
    (failed,) = store.outbox.standing(MailStatus.FAILED)
    assert (failed.number, failed.error) == (letters[0], "a newer letter took its place")
    assert not store.outbox.resend(failed.number)


HOSTILE = st.one_of(
    st.text(max_size=120),
    st.text(alphabet="\r\n\x00\x0b\u2028\u202e\ud800,;<>@\"'()\\:=?&{}%øa. \t", max_size=120),
    st.sampled_from([
        "x\r\nBcc: evil@evil.example", "a, evil@evil.example", '"a" <evil@evil.example>', "</p><img src=x>",
        "=?utf-8?q?=0D=0ABcc:_evil@evil.example?=", "{town} {0.__class__} {{ 7*7 }}", ",ø" * 200, "https://evil.example",
    ]),
)  # fmt: skip
OUR_TAGS = {tag.name for tag in BeautifulSoup(render_note(notes("da")["partners-met"]).html, "lxml").select("*")}


@given(name=HOSTILE, said=HOSTILE, title=HOSTILE)
@settings(max_examples=60, deadline=None)
def test_hostile_names_and_words_make_no_other_recipient_header_tag_or_link(
    tmp_path_factory: pytest.TempPathFactory, name: str, said: str, title: str
) -> None:
    loaded = replace(config.load(resource("config"), environment={}), door=DOOR)
    with Store.open(tmp_path_factory.mktemp("hostile") / "notifier.db", create=True) as store:
        # Not even cleaned, as they would be where they come in.
        reader = replace(store.subscribers.add("post@by.example", now=NOW), name=name)
        other = replace(OTHER, name=name)
        for note in (
            partner_found(reader, title, "opgave-1", said, TOWN, DOOR),
            partners_met(reader, other, title, TOWN, "https://udbud.example/opgaver/opgave-1.html"),
            already_subscribed(reader, TOWN, DOOR),
        ):
            post(store, loaded, reader, note, MailKind.NOTICE, NOW)
        for row in queued(store):
            message = parsed(row)
            assert [one.addr_spec for one in message["To"].addresses] == ["post@by.example"]
            assert not {"Cc", "Bcc"} & set(message.keys())
            assert len(message.keys()) == len(set(message.keys()))
            tree = BeautifulSoup(body_of(message, "html"), "lxml")
            assert {tag.name for tag in tree.select("*")} <= OUR_TAGS
            assert all(str(link["href"]).startswith(("https://svar.udbud.example/", "https://udbud.example/"))
                       for link in tree.select("a"))  # fmt: skip
            assert len(tree.select("a")) == 1
