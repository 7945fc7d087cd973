"""The mail as it reads: golden mails, both bodies alike, and nothing hostile in either."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from notifier.digest import Digest, build
from notifier.door import Door
from notifier.lots import (
    AgreementView,
    Assessment,
    Deadline,
    Demand,
    Evidence,
    FieldChange,
    Lot,
    LotState,
    LotView,
    Notice,
    Organisation,
    RunStatus,
    SourceRun,
    Stage,
    Translation,
    Verdict,
)
from notifier.phrases import change_phrase, shorten, title_for, value_phrase, verdict_phrase, write_days_left
from notifier.profiles import Announcement, Cadence, Profile
from notifier.render import MAX_HTML, RenderedMail, environment, render_mail, wrap
from notifier.text import clean, clean_line
from notifier.words import words
from tests.notifier.mail_examples import (
    DOOR,
    MOVED,
    NOW,
    SOURCES,
    TOWN,
    TRADES,
    agreement,
    at,
    change,
    kroner,
    rich_digest,
    run,
    subscriber,
    told,
    view,
)

MAILS = Path(__file__).parent / "mails"


def mail_of(
    *lots: LotView,
    announced: set[Announcement] | None = None,
    runs: tuple[SourceRun, ...] = (),
    language: str = "da",
    profile: Profile | None = None,
) -> RenderedMail:
    digest = build(
        subscriber(profile, language),
        lots,
        (),
        runs,
        frozenset(announced or ()),
        NOW,
        since=NOW - dt.timedelta(days=7),
        trade_names=TRADES[language],
        source_names=SOURCES,
    )
    return render_mail(digest, TOWN)


def words_of(page: str) -> str:
    """The words of an HTML mail, without its head."""
    return " ".join(" ".join(tag.get_text() for tag in parsed(page).select("body")).split())


def parsed(page: str) -> BeautifulSoup:
    """The page as a browser would understand it."""
    return BeautifulSoup(page, "lxml")


def target(link: Tag) -> str:
    return str(link["href"])


# -- golden mails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["subject", "txt", "html"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_rich_mail_reads_as_it_was_read_and_approved(language: str, part: str) -> None:
    mail = render_mail(rich_digest(language), TOWN, DOOR)
    found = {"subject": mail.subject + "\n", "txt": mail.text, "html": mail.html}[part]
    file = MAILS / f"rich.{language}.{part}"
    if not file.exists():
        file.write_text(found, encoding="utf-8")
        pytest.fail(f"{file.name} was missing and is written now: read it, then run again")
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["da", "en"])
def test_text_and_html_say_the_same(language: str) -> None:
    mail = render_mail(rich_digest(language), TOWN, DOOR)
    shown = words_of(mail.html)
    link = re.compile(r"^\s*(?:https|mailto):\S+$")
    lines = [line for line in mail.text.splitlines() if line.strip("=- ") and not link.match(line)]
    plain = " ".join(" ".join(re.sub(r"^(\d+\. |\s+- |- )", "", line) for line in lines).split())
    sections = [words(language)(f"mail.{key}") for key in words_for_headings()]
    for heading in sections:
        plain = plain.replace(heading.upper(), heading)
    # The link's own words stand before its address in the text, and as a button with the title in the HTML.
    assert [word for word in re.findall(r"\w+", plain) if word not in re.findall(r"\w+", shown)] == []
    text_words = set(re.findall(r"\w+", plain))
    assert [word for word in re.findall(r"\w+", shown) if word not in text_words] == []


def words_for_headings() -> tuple[str, ...]:
    sections = ("closing", "new", "changed", "planned", "agreements")
    return (*(f"section_{name}" for name in sections), "title", "read_heading", "why_heading", "stop_heading")


@pytest.mark.parametrize("door", [Door(), DOOR], ids=["by mail", "with a door"])
def test_the_html_loads_nothing_and_links_only_to_the_site_and_the_office_or_the_door(door: Door) -> None:
    own = "https://svar.udbud.example/" if door else "mailto:udbud@proevekoebing.example?"
    for language, root in (("da", "https://udbud.example/"), ("en", "https://udbud.example/en/")):
        page = render_mail(rich_digest(language), TOWN, door).html
        tree = parsed(page)
        targets = [target(link) for link in tree.select("a")]
        assert all(link.startswith((root, own)) for link in targets)
        assert not tree.select("img, script, link, iframe, form, [src], [background]")
        assert "url(" not in page
        assert "@import" not in page


def test_a_screen_reader_finds_headings_in_order_languages_and_no_layout_tables() -> None:
    tree = parsed(render_mail(rich_digest(), TOWN).html)
    assert len(tree.select("html[lang=da]")) == 1
    (article,) = tree.select("body > [role=article]")
    assert article.get("lang") == "da", "webmail drops <html> and its language"
    levels = [int(heading.name[1]) for heading in tree.select("h1, h2, h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {table.get("role") for table in tree.select("table")} == {"presentation"}
    names = [" ".join(link.get_text().split()) for link in tree.select("a")]
    assert len(set(names)) == len(names), "each link says where it leads"
    english = tree.select("h3[lang=en]")
    assert [title.get_text() for title in english] == ["Canteen services at the town hall"]


def test_the_text_keeps_to_74_columns_and_links_stand_alone_and_whole() -> None:
    long = view(title="Æ" * 300, deadline=at(9), uid="p/" + "langt" * 30)
    text = mail_of(long).text + render_mail(rich_digest(), TOWN).text
    for line in text.splitlines():
        assert len(line) <= 74 or line.strip().startswith(("https://", "mailto:"))
    assert re.search(rf"^ *https://udbud.example/opgaver/{long.slug}.html$", text, re.MULTILINE)


# -- the subject -------------------------------------------------------------------------------------------------------


def test_the_subject_counts_new_tasks_and_names_the_first_deadline() -> None:
    lots = view("a", deadline=at(15)), view("b", deadline=at(20))
    assert mail_of(*lots).subject == "2 nye opgaver til jer – første frist tirsdag 8. december"
    assert mail_of(*lots, language="en").subject == "2 new tasks for you – first deadline Tuesday 8 December"


def test_the_subject_of_one_new_task_is_its_title_and_deadline() -> None:
    assert mail_of(view(deadline=at(15))).subject == "Rengøring af fire skoler – frist tirsdag 8. december"
    next_year = view(lot=Lot("1", "Rengøring af fire skoler", participation_deadline=at(60)))
    assert mail_of(next_year).subject == "Rengøring af fire skoler – ansøgningsfrist fredag 22. januar 2027"
    assert mail_of(view()).subject == "Ny opgave: Rengøring af fire skoler"
    assert mail_of(view("a"), view("b")).subject == "2 nye opgaver til jer"


def test_subject_and_body_name_one_day_where_the_source_named_a_day_in_another_offset() -> None:
    named = Deadline(dt.datetime(2026, 12, 1, 23, 59, tzinfo=dt.UTC), time_known=False)
    mail = mail_of(view(deadline=named))
    assert mail.subject == "Rengøring af fire skoler – frist tirsdag 1. december"
    assert "Frist for tilbud: tirsdag 1. december 2026 (om 8 dage)" in mail.text


def test_a_mail_without_new_tasks_names_what_it_has() -> None:
    near, moved = view("near", deadline=at(4)), view("moved", deadline=at(15), changes=(change(1, MOVED),))
    gone = view("gone", state=LotState.CANCELLED, changes=(change(2, FieldChange("cancelled", "", "yes")),))
    announced = {told(near), told(moved), told(gone)}
    title = "Rengøring af fire skoler"
    assert mail_of(near, announced=announced).subject == f"Fristen nærmer sig: {title} – frist fredag 27. november"
    assert mail_of(moved, announced=announced).subject == f"Ændret: {title}"
    assert mail_of(gone, announced=announced).subject == f"Annulleret: {title}"
    assert mail_of(gone, moved, announced=announced).subject == "2 opgaver er ændret"
    assert mail_of(view(state=LotState.PLANNED)).subject == f"Planlagt udbud: {title}"
    ending = build(subscriber(), (), [agreement()], (), frozenset(), NOW)
    assert render_mail(ending, TOWN).subject == "Indkøbsaftale udløber 30. april 2027: Kantinedrift på rådhuset"


def test_an_empty_mail_says_that_all_was_read_only_where_it_was() -> None:
    assert mail_of(runs=(run("ted"),)).subject == "Ingen nye opgaver til jer – alle kilder er læst"
    assert "– alle kilder er læst" not in mail_of(runs=(run("ted", RunStatus.PARTIAL),)).subject
    assert "– alle kilder er læst" not in mail_of().subject


def test_a_long_title_leaves_room_for_the_deadline_in_the_subject() -> None:
    subject = mail_of(view(title="Rengøring og vinduespolering " * 12, deadline=at(15))).subject
    assert len(subject) <= 120
    assert subject.endswith("… – frist tirsdag 8. december")


# -- what each entry says ----------------------------------------------------------------------------------------------


def test_what_is_not_known_is_said_plainly() -> None:
    text = mail_of(view(lot=Lot("1", "Opgave"), notice=Notice("ted", "k", Stage.CALL, "Opgave"))).text
    for line in (
        "Ordregiver: ikke oplyst",
        "Sted: ikke oplyst",
        "Anslået værdi: ikke oplyst",
        "Frist for tilbud: ikke oplyst",
    ):
        assert line in text
    assert "Det kræver: ikke fundet – se udbudsmaterialet" in text


@pytest.mark.parametrize(("verdict", "said"), [
    (Verdict.SUITABLE, "Relevant"),
    (Verdict.POSSIBLE, "Måske – fx som underleverandør"),
    (Verdict.RESERVED, "Forbeholdt efter udbudslovens § 190 (udbudsdirektivets artikel 77)"),
])  # fmt: skip
def test_verdicts_are_said_in_words_for_people(verdict: Verdict, said: str) -> None:
    lot = Lot("1", "Opgave", reserved=("res-pub-ser",))
    mail = mail_of(view(lot=lot, assessment=Assessment(verdict, 1, ("cleaning",))))
    assert said in mail.text
    assert ("artikel 77" in mail.text) is (verdict is Verdict.RESERVED)
    assert not re.search(r"\b[Uu]?egnet\b", mail.text + mail.html)


def test_a_reservation_without_a_code_is_one_by_its_text() -> None:
    assessment = Assessment(Verdict.RESERVED, 1)
    assert verdict_phrase(Lot("1", "x"), assessment, "da").startswith("Forbeholdt efter teksten")
    assert "beskyttet beskæftigelse" in verdict_phrase(Lot("1", "x", reserved_execution="yes"), assessment, "da")


def test_a_cancelled_lot_is_not_called_relevant_and_gives_no_deadline() -> None:
    gone = view(deadline=at(15), state=LotState.CANCELLED, changes=(change(2, FieldChange("cancelled", "", "yes")),))
    text = mail_of(gone, announced={told(gone)}).text
    assert "Udbuddet er annulleret" in text
    assert "Relevant" not in text
    assert "Frist" not in text


def test_every_reason_of_a_person_is_said() -> None:
    profile = Profile(trades=("cleaning", "gone"), cpv_prefixes=("909",), words=("skole",), areas=("DK01",))
    text = " ".join(mail_of(view(), profile=profile).text.split())
    assert (
        "Derfor får I den: I følger rengøring; I følger CPV-kode 90911200 (Rengøring af bygninger); I har valgt ordet "
        "»skole«, og i opgaven "
        "står »skoler«; opgavens sted er Byen København."
    ) in text
    assert "gone" not in text


@pytest.mark.parametrize(("verdict", "least", "said"), [
    (Verdict.SUITABLE, Verdict.RESERVED, "Markeret som »Relevant«; I har kun bedt om »Forbeholdt«"),
    (Verdict.POSSIBLE, Verdict.RESERVED, "Markeret som »Måske«; I har kun bedt om »Forbeholdt«"),
    (Verdict.POSSIBLE, Verdict.SUITABLE, "Markeret som »Måske«; I har kun bedt om »Relevant« og »Forbeholdt«"),
])  # fmt: skip
def test_a_near_miss_says_how_it_is_marked_and_what_was_asked_for(verdict: Verdict, least: Verdict, said: str) -> None:
    profile = Profile(trades=("cleaning",), least_verdict=least, near_misses=True)
    missed = view("p/missed", "Rengøring ved siden af", verdict=verdict)
    text = mail_of(view(verdict=Verdict.RESERVED), missed, profile=profile).text
    assert f"Hvad der ikke passer: {said}" in " ".join(text.split())


@pytest.mark.parametrize(("language", "said"), [
    ("da", "Udløber: 30. april 2027 (inden for 6 måneder) – kan måske forlænges, se nedenfor"),
    ("en", "Ends: 30 April 2027 (within 6 months) – can perhaps be extended, see below"),
])  # fmt: skip
def test_options_that_are_not_understood_are_said_to_be_there(language: str, said: str) -> None:
    held = agreement(latest_end=None)
    unclear = replace(held, agreement=replace(held.agreement, end=dt.date(2027, 4, 30), options="Ja, efter aftale"))
    text = " ".join(render_mail(ending_digest(unclear, language), TOWN).text.split())
    assert said in text
    assert "senest mulige" not in text
    plain = replace(unclear, agreement=replace(unclear.agreement, options=""))
    assert said.partition(" –")[0] in " ".join(render_mail(ending_digest(plain, language), TOWN).text.split())
    assert "kan måske" not in render_mail(ending_digest(plain, language), TOWN).text


def ending_digest(item: AgreementView, language: str = "da", *lots: LotView) -> Digest:
    return build(subscriber(None, language), lots, [item], (), frozenset(), NOW)


def test_a_mail_of_nothing_but_agreements_points_to_no_tasks_above() -> None:
    assert "se ovenfor" not in render_mail(ending_digest(agreement()), TOWN).text
    assert "se ovenfor" in render_mail(ending_digest(agreement(), "da", view()), TOWN).text


@pytest.mark.parametrize("areas", [("0492",), ("DK031",), ("0400",), ("DK014", "0563"), ("0825", "0741")])
def test_no_island_is_spoken_of_as_if_one_were_in_it(areas: tuple[str, ...]) -> None:
    lot = Lot("1", "Rengøring", nuts=("DK031", "DK014", "DK050"))
    profile = Profile(areas=(*areas, "DK031", "DK014"))
    text = " ".join(mail_of(view(lot=lot), profile=profile).text.split())
    assert "opgavens sted er Fyn" in text
    assert "; sted: " in text
    assert not re.search(r"\bi (Fyn|Bornholm|Læsø|Samsø|Ærø|Fanø)\b", text)


@pytest.mark.parametrize(("cadence", "said"), [
    (Cadence.DAILY, "Mailen kommer på hverdage, tidligst kl. 7, når der er noget nyt."),
    (Cadence.WEEKLY, "Mailen kommer højst en gang om ugen, tidligst om mandagen, når der er noget nyt."),
])  # fmt: skip
def test_the_foot_says_when_the_mail_comes_at_the_earliest(cadence: Cadence, said: str) -> None:
    digest = build(replace(subscriber(), cadence=cadence), [view()], (), (), frozenset(), NOW)
    assert said in " ".join(render_mail(digest, TOWN).text.split())


def test_a_quote_is_marked_with_the_language_that_it_is_written_in() -> None:
    lot = Lot("1", "Canteen", translations=(Translation("da", "Kantine", ""), Translation("sv", "Matsal", "")))
    found = (
        Evidence("trade_words", 1.5, "title", "Canteen", trade="catering"),
        Evidence("trade_words", 1.0, "translations[1].title", "Matsal", trade="culture_events"),
        Evidence("trade_words", 0.5, "translations[0].title", "Kantine", trade="catering"),
    )
    asked = (Demand("references", "Three references.", "description"),)
    item = view(
        lot=lot,
        notice=Notice("ted", "k", Stage.CALL, "Canteen", language="en"),
        assessment=Assessment(Verdict.SUITABLE, 1, ("catering", "culture_events"), found, asked),
    )
    tree = parsed(mail_of(item).html)
    marked = [(span["lang"], span.get_text()) for span in tree.select("li > span[lang]")]
    assert marked == [("en", "»Three references.«"), ("en", "»Canteen«"), ("sv", "»Matsal«")]
    assert [title.get_text() for title in tree.select("h3")] == ["Kantine"]


def test_a_lot_that_is_only_numbered_is_placed_by_the_title_of_its_tender() -> None:
    notice = Notice("ted", "k", Stage.CALL, "Rengøring af kommunens bygninger")
    mail = mail_of(view(title="Delaftale 1", notice=notice, deadline=at(15)))
    assert mail.subject == "Rengøring af kommunens bygninger: Delaftale 1 – frist tirsdag 8. december"
    assert "   Del af udbuddet: Rengøring af kommunens bygninger\n" in mail.text
    assert "Udbud:" not in mail_of(view()).text  # where both have one title it is said once


def test_what_speaks_against_a_lot_is_not_given_as_a_reason_for_it() -> None:
    found = (
        Evidence("size", -1.0, "value", note="too_large"),
        Evidence("social_objective", 0.5, "social_objectives[0]", "opp"),
    )
    text = mail_of(view(assessment=Assessment(Verdict.POSSIBLE, 1, (), found))).text
    why = "   Derfor er den markeret:\n   - Ordregiveren har angivet et socialt mål\n"
    assert f"{why}   Det taler imod:\n   - Den anslåede værdi er højere" in text


def test_a_title_is_taken_in_the_readers_language_where_there_is_one() -> None:
    lot = Lot("1", "Rengøring", translations=(Translation("en", "Cleaning", ""),))
    notice = Notice("ted", "k", Stage.CALL, "Udbud", language="da")
    assert (title_for(lot, notice, "en").words, title_for(lot, notice, "en").language) == ("Cleaning", "")
    assert (title_for(lot, notice, "da").words, title_for(lot, notice, "da").language) == ("Rengøring", "")
    untranslated = title_for(replace(lot, translations=()), notice, "en")
    assert (untranslated.words, untranslated.language) == ("Rengøring", "da")


@pytest.mark.parametrize(("lot", "said"), [
    (Lot("1", "x", value=kroner(4_000_000), duration="P48M"), "ca. 1.000.000 kr. om året ekskl. moms"),
    (Lot("1", "x", value=kroner(4_000_000)), "4.000.000 kr. ekskl. moms i alt"),
    (Lot("1", "x", framework_maximum=kroner(9)), "højst 9 kr. ekskl. moms i alt (rammeaftalens maksimum)"),
    (Lot("1", "x"), "ikke oplyst"),
])  # fmt: skip
def test_values_are_said_by_the_year_where_they_can_be(lot: Lot, said: str) -> None:
    assert value_phrase(view(lot=lot, assessment=Assessment(Verdict.SUITABLE, 1)), "da") == said


@pytest.mark.parametrize(("field", "before", "after", "said"), [
    ("deadline", "2026-12-01", "2026-12-08", "frist for tilbud flyttet fra 1. december 2026 til 8. december 2026"),
    ("deadline", "", "2026-12-08T12:00:00+01:00", "frist for tilbud er nu 8. december 2026 kl. 12.00"),
    ("value", "800000 DKK", "", "anslået værdi i alt er ikke længere oplyst (før: 800.000 kr.)"),
    ("duration", "P2Y", "P36M", "varighed ændret fra 2 år til 36 måneder"),
    ("title", "Gammel", "Ny", "titel ændret fra »Gammel« til »Ny«"),
    ("description", "a", "b", "beskrivelsen er ændret"),
    ("nuts", "DK011", "DK05,SE224", "sted ændret fra Byen København til Region Nordjylland, Skåne län"),
    ("reserved", "", "res-ws", "deltagelsen er nu forbeholdt (udbudslovens § 54)"),
    ("reserved", "res-ws", "", "deltagelsen er ikke længere forbeholdt (før: udbudslovens § 54)"),
    ("reserved", "res-pub-ser", "res-ws",
     "forbeholdet for deltagelsen er ændret: nu udbudslovens § 54, før udbudslovens § 190"),
    ("reserved", "", "res-new", "deltagelsen er nu forbeholdt (res-new)"),
    ("reserved_execution", "no", "yes", "udførelsen er nu forbeholdt (programmer for beskyttet beskæftigelse)"),
    ("reserved_execution", "yes", "no", "udførelsen er ikke længere forbeholdt"),
    ("reserved_execution", "", "no", "udførelsen er ikke forbeholdt"),
    ("reserved_execution", "yes", "", "det er ikke længere oplyst, om udførelsen er forbeholdt"),
    ("cpv_additional", "90911200", "90911200,90911300", "øvrige CPV-koder ændret fra 90911200 til 90911200, 90911300"),
    ("cancelled", "", "yes", "udbuddet er annulleret – der kan ikke bydes"),
    ("cancelled", "yes", "", "udbuddet er ikke længere annulleret"),
    ("state", "planned", "open", "udbuddet er åbnet: Nu kan der bydes"),
    ("state", "open", "gone", "delaftalen er taget ud af udbuddet"),
])  # fmt: skip
def test_changes_are_said_field_by_field(field: str, before: str, after: str, said: str) -> None:
    assert change_phrase(FieldChange(field, before, after), "da") == said


@pytest.mark.parametrize(("days", "said"), [
    (-1, "overskredet"), (0, "i dag"), (1, "i morgen"), (2, "om 2 dage"), (1000, "om 1.000 dage"),
])  # fmt: skip
def test_days_left_are_said_as_people_count_them(days: int, said: str) -> None:
    assert write_days_left(at(days), NOW, "da") == said


def test_more_than_fits_is_counted_and_linked() -> None:
    lots = [view(f"p/{number:02}", f"Opgave {number:02}") for number in range(18)]
    mail = mail_of(*lots)
    assert "Og 13 flere – se alle på siden:\nhttps://udbud.example/index.html" in mail.text
    assert "Opgave 04" in mail.text
    assert "Opgave 05" not in mail.text + mail.html
    assert mail.subject == "18 nye opgaver til jer"


@pytest.mark.parametrize(
    ("listed", "told"), [(0, "Kilden viste ingen."), (1, "Kilden viste 1; den har vi."), (2, "vi har alle 2.")]
)
def test_a_source_that_shows_one_or_none_is_told_as_people_say_it(listed: int, told: str) -> None:
    runs = (SourceRun("ted", NOW, NOW, RunStatus.GOOD, listed=listed, held=listed),)
    assert told in " ".join(mail_of(view(), runs=runs).text.split())


def test_the_foot_tells_what_was_read_and_what_was_not() -> None:
    runs = (
        run("ted", listed=1041, held=1041),
        run("town", RunStatus.PARTIAL, listed=12, held=11, failed=1),
        run("comdia", RunStatus.GOOD, 7),
        run("comdia", RunStatus.FAILED, 6),
        SourceRun("<b>", NOW),
    )
    text = " ".join(mail_of(view(), runs=runs).text.split())
    assert "læst mandag 23. november kl. 06.14. Kilden viste 1.041; vi har alle 1.041." in text
    assert "men 1 kunne ikke læses. Kilden viste 12; vi har 11, 1 mangler." in text
    assert "Comdia: har ikke kunnet læses siden tirsdag 17. november 2026." in text
    assert "<b>: er ikke læst færdig endnu." in text


@pytest.mark.parametrize(
    ("listed", "missing", "failed", "told"),
    [
        (41, ("2026-113",), 1, "men 1 kunne ikke læses. Kilden viste 41; vi har 40, 1 mangler. Vi mangler 2026-113."),
        (44, ("2026-113", "2026-114"), 0, "kl. 06.14. Kilden viste 44; vi har 40, 4 mangler. Vi mangler 2026-113, "
         "2026-114 og 2 mere."),
        (41, ("https://by.example/udbud/" + "x" * 80,), 0, "Kilden viste 41; vi har 40, 1 mangler."),
        (41, (), 0, "Kilden viste 41; vi har 40, 1 mangler."),
    ],
)  # fmt: skip
def test_the_foot_names_what_a_source_shows_and_we_do_not_have(
    listed: int, missing: tuple[str, ...], failed: int, told: str
) -> None:
    short = replace(run("town", RunStatus.PARTIAL, listed=listed, held=40, failed=failed), missing=missing)
    text = " ".join(mail_of(view(), runs=(short,)).text.split())
    assert told in text
    assert ("Vi mangler" in text) == ("Vi mangler" in told)


# -- what is hostile ---------------------------------------------------------------------------------------------------

ATTACKS = (
    "<img src=https://evil.example/x.gif>",
    '"><script>alert(1)</script>',
    "<style>*{display:none}</style><!-- ",
    "</td></tr></table></body>&lt;b&gt;",
    "{{ 7*7 }} {% include 'x' %} {title} {0.__class__}",
    "javascript:alert(1) ' onmouseover='x",
    "\u202egnp.exe\u200b Bcc: a@b.example\r\nX-Header: 1",
)
HOSTILE = st.sampled_from(ATTACKS) | st.text(max_size=60)


def hostile_lot(raw: str) -> LotView:
    """A lot that has the same words wherever a source can put some; only cleaned, as parsers do."""
    line, text = clean_line(raw) or "Opgave", clean(raw)
    lot = Lot("1", line, text, cpv_main="90911200", place=line, deadline=at(9), nuts=(line,), reserved=(line,))
    notice = Notice("ted", "k", Stage.CALL, line, language="en", buyers=(Organisation(line),), lots=(lot,))
    assessment = Assessment(
        Verdict.RESERVED,
        1,
        ("cleaning",),
        (Evidence("trade_words", 1, "title", line, trade=line), Evidence(line, 1, line, line, note=line)),
        (Demand("references", text, "description"),),
    )
    return view(
        lot=lot, notice=notice, assessment=assessment, changes=(change(1, FieldChange("title", line, line + " ny")),)
    )


OUR_TAGS = {tag.name for tag in parsed(render_mail(rich_digest(), TOWN).html).select("*")}


@given(HOSTILE)
@example("Opgave")
@settings(max_examples=40, deadline=None)
def test_no_scraped_words_become_tags_attributes_or_lines_of_the_subject(raw: str) -> None:
    known = hostile_lot(raw)
    new = replace(known, uid="other")
    mail = mail_of(known, new, announced={told(known)})
    calm = mail_of(hostile_lot("Opgave"), replace(hostile_lot("Opgave"), uid="other"), announced={told(known)})
    tree = parsed(mail.html)
    for tag in tree.select("*"):
        assert tag.name in OUR_TAGS
        assert not set(tag.attrs) & {"src", "onmouseover", "style", "onload"}
    assert re.findall("<a [^>]*>", mail.html) == re.findall("<a [^>]*>", calm.html)
    assert len(tree.select("a")) == calm.html.count("<a ")
    assert mail.html.count("<!--") == calm.html.count("<!--")
    assert mail.subject.splitlines() == [mail.subject]
    assert len(mail.subject) <= 120


TITLES = st.text("abcæøå<>&\"' ", min_size=1, max_size=30).map(lambda text: clean_line(text) or "Opgave")


@given(st.lists(TITLES, min_size=1, max_size=5), st.sampled_from(["da", "en"]))
@settings(max_examples=40, deadline=None)
def test_both_bodies_name_each_lot_and_link_to_its_page(titles: list[str], language: str) -> None:
    lots = [view(f"p/{number}", title) for number, title in enumerate(titles)]
    mail = mail_of(*lots, language=language)
    shown, plain = words_of(mail.html), " ".join(mail.text.split())
    for lot in lots:
        title = " ".join(shorten(lot.lot.title, 250).split())
        assert title in shown
        assert title in plain
        assert f"/opgaver/{lot.slug}.html" in mail.html
        assert f"/opgaver/{lot.slug}.html" in mail.text


def test_the_html_stays_below_100_kb_whatever_there_is_to_say() -> None:
    flood = "&<>'\" " * 200
    lots = [replace(hostile_lot(flood), uid=f"p/{number:03}") for number in range(60)]
    known = {told(lot) for lot in lots[:20]}
    mail = mail_of(*lots, announced=known)
    assert len(mail.html.encode()) <= MAX_HTML
    assert mail.html.count("<h3") == mail.text.count("/opgaver/")
    assert "flere – se alle på siden" in mail.text


# -- the environment ---------------------------------------------------------------------------------------------------


def test_markup_is_escaped_unless_kind_and_name_both_say_text() -> None:
    attack = "<b>"
    assert environment("html").from_string("{{ x }}").render(x=attack) == "&lt;b&gt;"
    assert environment("xml").from_string("{{ x }}").render(x=attack) == "&lt;b&gt;"
    assert environment("text").from_string("{{ x }}").render(x=attack) == "<b>"
    letter = environment("text").get_template("mail/digest.html.j2")
    assert letter.environment.autoescape("mail/digest.html.j2") is True  # type: ignore[operator]


def test_a_value_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment("html").from_string("{{ missing }}").render()


def test_filters_write_values_in_the_language_of_the_environment() -> None:
    template = (
        "{{ day|day }} | {{ limit|deadline }} | {{ limit|days_left(now) }} | {{ none|money }} | {{ 1234|number }}"
    )
    values = {"day": dt.date(2026, 12, 8), "limit": at(2), "now": NOW, "none": None}
    assert environment("text").from_string(template).render(**values) == (
        "8. december 2026 | onsdag 25. november 2026 kl. 12.00 | om 2 dage | ikke oplyst | 1.234"
    )
    assert environment("text", "en").from_string(template).render(**values) == (
        "8 December 2026 | Wednesday 25 November 2026 at 12:00 | in 2 days | not stated | 1,234"
    )


def test_the_language_of_words_is_marked_where_it_is_not_the_pages() -> None:
    page = environment("html").from_string("<p{{ code|lang }}>")
    assert [page.render(code=code) for code in ("en", "da", "", '"x')] == [
        '<p lang="en">', "<p>", "<p>", '<p lang="&#34;x">',
    ]  # fmt: skip


def test_long_words_are_broken_and_lists_hang() -> None:
    assert wrap("aa bb cc", 6, "- ", "  ") == "- aa\n  bb\n  cc"
    assert wrap("x" * 10, 4) == "xxxx\nxxxx\nxx"


@given(
    st.text("aø- \u00a0", max_size=80),
    st.integers(4, 20),
    st.sampled_from(["", "- "]),
    st.sampled_from([None, "", "  "]),
)
def test_lines_are_broken_as_textwrap_would(text: str, width: int, indent: str, hanging: str | None) -> None:
    line = " ".join(text.split())
    later = indent if hanging is None else hanging
    broken = textwrap.fill(line, width, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
    assert wrap(text, width, indent, hanging) == (broken or indent)


def test_the_digest_without_anything_is_a_mail_too() -> None:
    digest = Digest(subscriber(), NOW)
    assert "Der er ikke noget nyt at fortælle jer." in render_mail(digest, TOWN).text


def test_contact_persons_and_mail_addresses_are_as_little_in_a_mail_as_on_a_page() -> None:
    words = "Kontaktperson: Ea Holm, ea.holm@proeve.example. Rengøring af skoler."
    asked = (Demand("references", "Referencer sendes til ea.holm@proeve.example", "description"),)
    item = view(
        lot=Lot("1", "Rengøring, ea.holm@proeve.example", words, deadline=at(15)),
        notice=Notice("ted", "k", Stage.CALL, "Udbud ved ea.holm@proeve.example", language="da"),
        assessment=Assessment(Verdict.SUITABLE, 1, ("cleaning",), (), asked),
    )
    mail = mail_of(item)
    for part in (mail.subject, mail.text, mail.html):
        assert "ea.holm" not in part
        assert "Ea Holm" not in part
    assert "(mailadresse hos kilden)" in mail.text
