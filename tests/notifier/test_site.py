"""What the pages and feeds say, and that nothing scraped gets out of its place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from notifier.door import Door
from notifier.errors import PublishError
from notifier.lots import (
    AgreementView,
    Award,
    Criterion,
    Deadline,
    Evidence,
    FieldChange,
    LotChange,
    LotState,
    LotView,
    Money,
    Organisation,
    RunStatus,
    SourceRun,
    Translation,
    Verdict,
)
from notifier.phrases import telling
from notifier.resources import resource
from notifier.site.documents import Listed, by_deadline, by_start, listed
from notifier.site.facts import facts
from notifier.site.feed import NOTHING_YET, Known, feed
from notifier.site.feedtext import feed_text
from notifier.site.fingerprints import agreement_fingerprint, lot_fingerprint
from notifier.site.frontpage import Choice, Front, choose
from notifier.site.frontpage import front as front_of
from notifier.site.lists import agreement_row, by_end, lot_row, run_rows
from notifier.site.lotpage import lot_page, paragraphs, split_lead
from notifier.site.reader import Reader, reader, state_at
from notifier.site.rendering import (
    FEED,
    address,
    in_language,
    lot_path,
    render_front,
    render_lot,
)
from notifier.site.sections import lists, lots
from notifier.words import words
from tests.notifier.editions import edition_of, made
from tests.notifier.examples import (
    MOVED,
    NOW,
    RUNS,
    SOURCES,
    TOWN,
    TRADES,
    agreement_view,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    run,
    some_agreements,
    some_lots,
)

DA, EN = (reader(language, TRADES, SOURCES) for language in ("da", "en"))
ATOM = "{http://www.w3.org/2005/Atom}"


def in_order(lots: Sequence[LotView], now: dt.datetime = NOW) -> tuple[list[Listed], list[Listed]]:
    """Open lots and planned ones, as an edition has them."""
    known = [listed(view, now) for view in lots]
    return (
        sorted((lot for lot in known if lot.open), key=by_deadline),
        sorted((lot for lot in known if lot.planned), key=by_start),
    )


def chosen(lots: Sequence[LotView], agreements: Sequence[AgreementView] = (), now: dt.datetime = NOW) -> Choice:
    return choose(*in_order(lots, now), agreements, now)


def front(
    lots: Sequence[LotView],
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    to: Reader,
    now: dt.datetime,
) -> Front:
    return front_of(chosen(lots, agreements, now), {view.uid: view for view in lots}, runs, to)


def soup_of_lot(view: LotView, to: Reader = DA, now: dt.datetime = NOW) -> BeautifulSoup:
    return BeautifulSoup(render_lot(view.slug, lot_page(view, (), to, now), TOWN, to).content, "lxml")


def soup_of_front(lots: tuple[LotView, ...] = some_lots(), to: Reader = DA, now: dt.datetime = NOW) -> BeautifulSoup:
    page = front(lots, some_agreements(), RUNS, to, now)
    return BeautifulSoup(render_front(page, TOWN, to).content, "lxml")


def feed_root(lots: tuple[LotView, ...], known: Known | None = None, to: Reader = DA) -> etree._Element:
    made = feed(lots, TOWN, to, NOW, known or Known())
    return etree.fromstring(feed_text(made, TOWN, to, own=address(TOWN, in_language(FEED, to.language))))


def section(soup: BeautifulSoup, name: str) -> Tag:
    """The part of a page under the heading with this id."""
    heading = soup.find(id=name)
    assert isinstance(heading, Tag)
    assert heading.parent is not None
    return heading.parent


def said(tag: Tag | BeautifulSoup) -> str:
    return " ".join(tag.get_text(" ").split())


# -- the front page ------------------------------------------------------------------------------------------------


def test_the_front_page_says_at_once_what_it_is_and_for_whom() -> None:
    soup = soup_of_front()
    main = soup.find("main")
    assert isinstance(main, Tag)
    top = said(main)[:300]
    assert "Opgaver, der kan passe til socialøkonomiske virksomheder" in top
    assert "Eksempelby Kommune" in top
    assert "6 åbne opgaver" in said(main)


def test_only_open_and_planned_lots_stand_on_the_front_page() -> None:
    links = {link["href"] for link in soup_of_front().select("main a[href^='opgaver/']")}
    assert links == {
        "opgaver/" + slug + ".html"
        for slug in (
            "rengoering-af-skoler-17a2",
            "rengoering-af-idraetshaller-17a3",
            "pleje-af-groenne-omraader-9c01",
            "kantine-paa-raadhuset-77b0",
            "collection-of-bicycles-51de",
            "skolemad-2f2f",
            "genbrugsbutik-1919",
        )
    }


def test_an_unsuitable_lot_is_nowhere() -> None:
    assert "motorvejsbro-3300" not in {lot.slug for lot in in_order(some_lots())[0]}
    assert "Motorvejsbro" not in str(soup_of_front())
    assert not feed_root(tuple(view for view in some_lots() if view.slug == "motorvejsbro-3300")).findall(
        f"{ATOM}entry"
    )


def test_closing_soon_ends_after_two_weeks() -> None:
    inside = lot_view("a", of_lot=lot(title="Inden for", deadline=(last := lot().deadline)))
    assert last is not None
    page = front((inside,), (), (), DA, last.at - dt.timedelta(days=14))
    assert [row.slug for row in page.closing.rows] == ["a"]
    assert not front((inside,), (), (), DA, last.at - dt.timedelta(days=15)).closing.rows


def test_new_this_week_leaves_out_what_already_stands_under_closing_soon() -> None:
    soup = soup_of_front()
    assert "Pleje af grønne områder" in said(section(soup, "snart"))
    assert "Pleje af grønne områder" not in said(section(soup, "nye"))
    assert "Indsamling og reparation af cykler" in said(section(soup, "nye"))


def test_open_lots_are_ordered_by_the_first_hurdle_and_those_without_a_deadline_come_last() -> None:
    assert [lot.slug for lot in in_order(some_lots())[0]] == [
        "pleje-af-groenne-omraader-9c01",
        "rengoering-af-idraetshaller-17a3",
        "rengoering-af-skoler-17a2",
        "kantine-paa-raadhuset-77b0",
        "collection-of-bicycles-51de",
        "skolemad-2f2f",
    ]


def test_agreements_that_run_out_in_the_calendar_year_stand_on_the_front_page_by_the_day_to_decide() -> None:
    assert "Vinduespolering Udløber 31. december 2026 – kan forlænges til 30. juni 2027" in said(
        section(soup_of_front(), "aftaler")
    )
    text = said(section(soup_of_front(now=at("2027-01-04")), "aftaler"))
    assert text.startswith("Aftaler, der udløber i 2027")
    assert "Vinduespolering" in text
    assert "Udløber 30. juni 2027 – hvis den er forlænget; ellers udløb den 31. december 2026" in text
    assert "Kontormøbler" not in text
    assert [view.slug for view in by_end(some_agreements())] == ["vinduespolering-3f", "moebler-aa01", "frugt-bb02"]


def test_what_was_read_is_told_with_failures_and_without_the_operators_message() -> None:
    soup = soup_of_front()
    text = said(section(soup, "laest"))
    assert "EU's udbudstidende (TED)" in text
    assert "kilden viser 41, vi har 41" in text
    assert "kunne ikke læses; senest læst i orden 21. november 2026 kl. 06.06" in text
    assert "192.0.2.7" not in str(soup)


def test_a_reading_that_was_cut_off_is_not_called_good() -> None:
    (row,) = run_rows((run("ted", None),), DA)
    assert (row.good, row.result, row.counts) == (False, "er ikke læst færdig", "–")


def test_a_partial_reading_shows_what_is_missing() -> None:
    (row,) = run_rows((run("ted", RunStatus.PARTIAL, listed=41, held=39),), EN)
    assert (row.good, row.counts) == (False, "the source lists 41, we hold 39; 2 missing")


@pytest.mark.parametrize(("to", "path"), [(DA, "/tilmeld"), (EN, "/en/sign-up")])
def test_the_front_page_leads_to_the_sign_up_where_there_is_one_and_else_says_whom_to_write_to(
    to: Reader, path: str
) -> None:
    door, page = Door("https://svar.eksempelby.example"), front((), (), (), to, NOW)
    with_door = BeautifulSoup(render_front(page, TOWN, to, door).content, "lxml")
    links = [link["href"] for link in with_door.select("main a") if link.get_text() == to.w("web.signup_title")]
    assert links == [door.address + path] * 2  # at the top, and under "follow"
    write = to.w("site.follow_write", contact=TOWN.contact)
    assert write not in said(with_door)
    without = BeautifulSoup(render_front(page, TOWN, to).content, "lxml")
    assert write in said(without)
    assert to.w("web.signup_title") not in said(without)


def test_an_empty_town_gets_a_page_that_says_so() -> None:
    soup = BeautifulSoup(render_front(front((), (), (), DA, NOW), TOWN, DA).content, "lxml")
    assert "Der er ingen åbne opgaver lige nu" in said(soup)
    assert "Der er ikke læst nogen kilder endnu" in said(soup)


def test_the_same_lists_make_the_same_page_an_hour_later() -> None:
    page = front(some_lots(), some_agreements(), RUNS, DA, NOW)
    assert page == front(some_lots(), some_agreements(), RUNS, DA, NOW + dt.timedelta(hours=1))


# -- a lot's page --------------------------------------------------------------------------------------------------


def test_a_lots_page_tells_what_who_when_how_much_why_and_what_it_asks() -> None:
    text = said(soup_of_lot(lot_view()))
    for words_there in (
        "Rengøring af skoler",
        "Eksempelby Kommune",
        "tirsdag 8. december 2026 kl. 12.00",
        "1.250.000 kr. om året ekskl. moms",
        "2.500.000 kr. ekskl. moms",
        "24 måneder",
        "Kan forlænges 2 gange",
        "Byen København",
        "90911200",
        "Offentligt udbud",
        "Daglig rengøring af otte skoler",
        "Omsætning: 5.000.000 kr.",
        "Læs bekendtgørelsen hos kilden",
        "Hent udbudsmaterialet",
        words("da")("common.guiding"),
    ):
        assert words_there in text


def test_evidence_is_quoted_with_its_place_and_a_code_is_not_called_a_quote() -> None:
    part = section(soup_of_lot(lot_view()), "derfor")
    assert [quote.get_text() for quote in part.find_all("q")] == ["Daglig rengøring af otte skoler"]
    assert "i beskrivelsen" in said(part)
    assert "Rengøring, CPV-kode 90911200" in said(part)


def test_a_reservation_is_one_reason_in_the_notices_own_words() -> None:
    code = Evidence("reserved_participation", 10.0, "reserved[0]", "res-pub-ser", 0, 11, note="§ 190")
    texts = tuple(
        Evidence("reserved_text", 10.0, field, quote, 0, len(quote), note=note)
        for field, quote, note in (
            ("description", "udbudslovens § 190", "§ 190"),
            ("notice.description", "forbeholdt organisationer", "§ 190"),
            ("title", "forbeholdt", ""),
        )
    )
    assert telling((code, *texts)) == (texts[0],)
    assert telling((code,)) == (code,)
    assert telling((texts[2],)) == (texts[2],)
    program = Evidence("reserved_execution", 10.0, "reserved_execution", "yes", 0, 3)
    assert telling((program, code)) == (program, code)


def test_reasons_speak_for_the_trades_that_the_lot_is_listed_under_and_no_others() -> None:
    other = Evidence("trade_words", 9.0, "description", "skoler", 30, 36, trade="food")
    view = lot_view(judged=assessment(evidence=(*assessment().evidence, other)))
    assert [quote.get_text() for quote in section(soup_of_lot(view), "derfor").find_all("q")] == [
        "Daglig rengøring af otte skoler"
    ]
    shown = lot_row(view, DA).why
    assert shown is not None
    assert shown.quote == "Daglig rengøring af otte skoler"


def test_what_a_code_means_is_not_quoted_where_the_reason_says_it_already() -> None:
    found = Evidence("social_objective", 1.0, "strategic[0]", "soc-obj", 0, 7)
    part = section(soup_of_lot(lot_view(judged=assessment(evidence=(found,)))), "derfor")
    assert "Ordregiveren har angivet et socialt mål" in said(part)
    assert not part.find_all("q")


def _with_ways_in(state: LotState) -> LotView:
    documents, submission = "https://udbud.example/hent", "https://udbud.example/aflever"
    return lot_view(of_lot=lot(documents_url=documents, submission_url=submission), state=state)


@pytest.mark.parametrize("to", [DA, EN], ids=["da", "en"])
@pytest.mark.parametrize("state", LotState)
def test_a_lot_that_is_over_or_not_open_yet_invites_nobody_to_bid(state: LotState, to: Reader) -> None:
    soup, is_open = soup_of_lot(_with_ways_in(state), to), state is LotState.OPEN
    links = [str(link["href"]) for link in soup.select("main a[rel=external]")]
    buttons = [str(link["href"]) for link in soup.select("main a.button")]
    assert ("https://udbud.example/aflever" in links) == is_open
    assert ("https://udbud.example/hent" in buttons) == is_open
    assert "https://udbud.example/hent" in links
    runs = state in (LotState.OPEN, LotState.PLANNED)
    assert bool(soup.select("main .mark")) == runs
    was = "Var mærket: Relevant" if to is DA else "Was marked: Relevant"
    assert (was in said(soup)) != runs


def test_a_lots_page_leads_on_to_its_week_its_month_and_what_one_can_follow() -> None:
    page = BeautifulSoup(made(lots.SECTION, edition_of())["en/opgaver/rengoering-af-skoler-17a2.html"], "lxml")
    (week,) = section(page, "kilde").select("a[href^='../uger']")
    assert (week["href"], week.get_text()) == ("../uger/2026-45.html", "week 45")
    assert [str(link["href"]) for link in section(page, "videre").select("a")] == [
        "../fag/cleaning.ics",
        "../fag/cleaning.xml",
        "../frister/2026-12.html",
    ]


def test_what_is_over_leads_to_no_month_and_what_was_over_when_it_was_found_to_no_week() -> None:
    passed = lot_view("frist", of_lot=lot(deadline=Deadline(at("2026-11-02"))))
    page = made(lots.SECTION, edition_of((passed, lot_view("ny"))))["opgaver/frist.html"].decode()
    assert "../uger/" not in page
    assert "../frister/" not in page
    assert "../fag/cleaning.ics" in page


@pytest.mark.parametrize("to", [DA, EN])
def test_the_code_of_a_kind_of_notice_is_nothing_for_readers(to: Reader) -> None:
    found = Evidence("light_regime", 0.25, "notice.notice_type", "cn-social", 0, 9)
    part = section(soup_of_lot(lot_view(judged=assessment(evidence=(found,))), to), "derfor")
    assert to.w("site.criterion_light_regime") in said(part)
    assert "cn-social" not in said(part)


@pytest.mark.parametrize(
    ("slug", "basis", "official", "check"),
    [
        (
            "pleje-af-groenne-omraader-9c01",
            "§ 54 (udbudsdirektivets artikel 20)",
            "beskyttede værksteder og økonomiske aktører",
            "30 %",
        ),
        (
            "kantine-paa-raadhuset-77b0",
            "§ 190 (udbudsdirektivets artikel 77)",
            "offentlige tjenesteydelsesopgaver",
            "tre år",
        ),
    ],
)
def test_a_reservation_is_told_by_its_paragraph_its_official_text_and_a_check(
    slug: str, basis: str, official: str, check: str
) -> None:
    (view,) = (view for view in some_lots() if view.slug == slug)
    soup = soup_of_lot(view)
    part = said(section(soup, "forbehold"))
    assert basis in part
    assert official in part
    assert check in part
    assert "forbeholdt socialøkonomiske virksomheder" not in said(soup).lower()
    english = section(soup_of_lot(view, EN), "forbehold")
    assert official in said(english)
    assert [quote["lang"] for quote in english.find_all("q")] == ["da"]


def test_a_reserved_execution_is_told_beside_a_reserved_participation() -> None:
    view = next(view for view in some_lots() if view.slug == "kantine-paa-raadhuset-77b0")
    headings = [said(heading) for heading in section(soup_of_lot(view), "forbehold").select("h3")]
    assert headings == [words("da")("common.reserved_res-pub-ser"), words("da")("common.reserved_execution")]


def test_a_lot_without_reservation_has_no_part_on_it() -> None:
    assert soup_of_lot(lot_view()).find(id="forbehold") is None


def test_where_no_demand_was_found_the_reader_is_sent_to_the_documents() -> None:
    part = section(soup_of_lot(lot_view(judged=assessment(demands=()))), "krav")
    assert "ikke fundet – se udbudsmaterialet" in said(part)


def test_unknown_values_are_called_unknown() -> None:
    bare = lot(value=None, duration="", nuts=(), deadline=None, description="")
    view = lot_view(of_lot=bare, judged=assessment(value_per_year=None))
    told = {fact.label: fact.value for fact in facts(view, DA)}
    assert told["Anslået værdi i alt"] == "ikke oplyst"
    assert told["Sted"] == "ikke oplyst"
    assert "værdi ikke oplyst" in said(soup_of_lot(view))
    assert "Bekendtgørelsen beskriver ikke opgaven" in said(soup_of_lot(view))


def test_a_winner_is_told_with_the_value() -> None:
    award = Award(Organisation("Ren By A/S"), Money(Decimal(1_900_000)))
    told = {fact.label: fact.value for fact in facts(lot_view(of_lot=lot(awards=(award,))), DA)}
    assert told["Vinder"] == "Ren By A/S, 1.900.000 kr. ekskl. moms"


def test_changes_are_told_with_their_day_and_field_by_field() -> None:
    part = said(section(soup_of_lot(lot_view(changes=(MOVED,))), "aendret"))
    assert "19. november 2026" in part
    assert "fra 1. december 2026 kl. 12.00 til 8. december 2026 kl. 12.00" in part


@pytest.mark.parametrize(
    ("slug", "state", "note"),
    [
        ("haandklaeder-41aa", "Fristen er udløbet", "Der kan ikke længere bydes"),
        ("vask-af-arbejdstoej-6d6d", "Annulleret", "har trukket udbuddet tilbage"),
        ("rengoering-af-raadhuset-0b1c", "Opgaven er tildelt", "hvem der fik opgaven"),
        ("graffiti-88e2", "Vises ikke længere hos kilden", "Spørg ordregiveren"),
        ("genbrugsbutik-1919", "Planlagt – der kan ikke bydes endnu", ""),
    ],
)
def test_the_state_stands_first_on_a_lots_page(slug: str, state: str, note: str) -> None:
    (view,) = (view for view in some_lots() if view.slug == slug)
    main = soup_of_lot(view).find("main")
    assert isinstance(main, Tag)
    assert said(main).startswith(state)
    assert note in said(main)


def test_an_open_lot_expires_with_the_first_hurdle_even_where_nothing_was_read_since() -> None:
    view = next(view for view in some_lots() if view.slug == "kantine-paa-raadhuset-77b0")
    assert state_at(view, at("2026-12-17", "23:59")) is LotState.OPEN
    assert state_at(view, at("2026-12-18", "00:00")) is LotState.EXPIRED


def test_other_lots_of_the_tender_are_linked_and_closed_ones_marked() -> None:
    view, other, closed = (lot_view(slug) for slug in ("en", "to", "tre"))
    closed = lot_view("tre", state=LotState.AWARDED)
    page = lot_page(view, (other, closed), DA, NOW)
    assert [(lot.slug, lot.state_words) for lot in page.siblings] == [("to", ""), ("tre", "Opgaven er tildelt")]


def test_a_foreign_text_is_marked_with_its_language_and_a_translation_preferred() -> None:
    view = next(view for view in some_lots() if view.slug == "collection-of-bicycles-51de")
    assert soup_of_lot(view).select_one("h1") is not None
    assert said(soup_of_lot(view).select("h1")[0]) == "Indsamling og reparation af cykler"
    english_page_of_danish_lot = soup_of_lot(lot_view(), EN)
    heading = english_page_of_danish_lot.select("h1")[0]
    assert (heading.get_text(), heading["lang"]) == ("Rengøring af skoler", "da")
    assert english_page_of_danish_lot.select("div.source")[0]["lang"] == "da"
    assert "in Danish only" in said(english_page_of_danish_lot)


def test_a_quote_from_a_translation_is_marked_with_the_translations_language() -> None:
    translated = lot(translations=(Translation("en", "School cleaning", ""),))
    found = Evidence("trade_words", 1.5, "translations[0].title", "School cleaning", 0, 15)
    (quote,) = section(soup_of_lot(lot_view(of_lot=translated, judged=assessment(evidence=(found,)))), "derfor").select(
        "q"
    )
    assert (quote.get_text(), quote["lang"]) == ("School cleaning", "en")


def test_a_lot_without_title_gets_one_for_readers() -> None:
    assert soup_of_lot(lot_view(of_lot=lot(title=""), of_notice=notice(title=""))).select("h1")[0].get_text() == (
        "Opgave uden titel"
    )


def test_names_and_mail_addresses_of_contact_persons_are_not_published() -> None:
    text = "Kontaktperson: Ea Holm, tlf. 12345678.\nSpørgsmål til ea.holm@eksempelby.example senest mandag."
    view = lot_view(
        of_lot=lot(
            title="Rengøring (ea.holm@eksempelby.example)",
            description=text,
            additional_information=text,
            selection_criteria=(Criterion("", text),),
        ),
        judged=assessment(evidence=(Evidence("trade_words", 1.0, "description", text, 0, len(text)),), demands=()),
        changes=(LotChange(1, NOW, (FieldChange("title", text, "Rengøring"),)),),
    )
    for to in (DA, EN):
        everything = soup_of_lot(view, to).decode() + etree.tostring(feed_root((view,), to=to), encoding="unicode")
        assert "Ea Holm" not in everything
        assert "ea.holm" not in everything
    assert "senest mandag" in said(soup_of_lot(view))
    row = agreement_row(agreement_view(contact="Vej og Park, ea.holm@eksempelby.example"), DA)
    assert row.contact == "Vej og Park"


def test_a_long_description_is_cut_at_a_sentence_and_nothing_of_it_is_lost() -> None:
    text = "Et led i en sætning, som er lang nok. " * 100
    lead, rest = split_lead(text.strip())
    assert lead.endswith(".")
    assert 300 <= len(lead) <= 900
    assert f"{lead} {rest}" == text.strip()
    assert split_lead("kort") == ("kort", "")


@given(st.text(alphabet="ab .\n", max_size=4000))
def test_cutting_loses_no_word(text: str) -> None:
    lead, rest = split_lead(text)
    assert "".join(lead.split() + rest.split()) == "".join(text.split())


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("a\nb\n\n\nc") == (("a", "b"), ("c",))
    assert paragraphs("  ") == ()


def test_a_lot_that_was_never_assessed_has_no_page() -> None:
    view = lot_view()
    bare = LotView(view.uid, view.slug, view.lot, view.notice, view.state, None, view.first_seen, view.updated)
    with pytest.raises(ValueError, match="no assessment"):
        lot_page(bare, (), DA, NOW)
    with pytest.raises(ValueError, match="no assessment"):
        lot_row(bare, DA)


# -- every page ----------------------------------------------------------------------------------------------------


def every_page(to: Reader) -> list[BeautifulSoup]:
    pages = [page for path, page in made(lists.SECTION, edition_of()).items() if path.startswith("en/") == (to is EN)]
    public = [view for view in some_lots() if view.slug != "motorvejsbro-3300"]
    return [
        soup_of_front(to=to),
        *(BeautifulSoup(page, "lxml") for page in pages),
        *(soup_of_lot(view, to) for view in public),
    ]


@pytest.mark.parametrize("to", [DA, EN], ids=["da", "en"])
def test_every_page_can_be_walked_by_a_screen_reader(to: Reader) -> None:
    for soup in every_page(to):
        html = soup.select("html")[0]
        assert html["lang"] == to.language
        assert [len(soup.select(landmark)) for landmark in ("header", "header nav[aria-label]", "main", "footer")] == [
            1
        ] * 4
        assert soup.select("a.skip")[0]["href"] == f"#{soup.select('main')[0]['id']}"
        levels = [int(str(heading.name)[1]) for heading in soup.select("h1, h2, h3, h4, h5, h6")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        ids = [str(tag["id"]) for tag in soup.select("[id]")]
        assert len(ids) == len(set(ids))
        assert {str(tag["aria-labelledby"]) for tag in soup.select("[aria-labelledby]")} <= set(ids)
        assert all(said(link) or link.get("aria-label") for link in soup.select("a"))


@pytest.mark.parametrize("to", [DA, EN], ids=["da", "en"])
def test_every_page_has_a_title_of_its_own_and_names_its_public_address_and_translations(to: Reader) -> None:
    pages = every_page(to)
    addresses = [str(soup.select("link[rel=canonical]")[0]["href"]) for soup in pages]
    assert len(set(addresses)) == len(addresses)
    assert all(one.startswith(TOWN.base_url) for one in addresses)
    for soup, stands in zip(pages, addresses, strict=True):
        (own,) = soup.select(f"link[hreflang={to.language}]")
        assert own["href"] == stands
        assert said(soup.select("title")[0])
    assert len({said(soup.select("title")[0]) for soup in pages}) == len(pages)


def test_links_to_pages_lead_from_each_folder_to_the_right_place() -> None:
    view = lot_view()
    english = render_lot(view.slug, lot_page(view, (), EN, NOW), TOWN, EN)
    assert english.path == "en/opgaver/rengoering-af-skoler-17a2.html"
    soup = BeautifulSoup(english.content, "lxml")
    assert soup.select("link[rel=stylesheet]")[0]["href"] == "../../style.css"
    assert [link["href"] for link in soup.select("header nav a")] == [
        "../../en/opgaver.html",
        "../../en/fag.html",
        "../../en/aftaler.html",
        "../../en/uger.html",
        "../../en/foelg.html",
        "../../opgaver/rengoering-af-skoler-17a2.html",
    ]


def test_pages_name_no_day_from_today() -> None:
    for to in (DA, EN):
        for soup in every_page(to):
            assert not re.search(
                r"\b(i dag|i morgen|om \d+ dage|today|tomorrow|in \d+ days)\b", said(soup.select("main")[0])
            )


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_stands_out_from_its_ground(scheme: int) -> None:
    style = (resource("templates/site/style.css")).read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*--ground: #[0-9a-f]{6}[^}]*)\}", style)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    for ground in ("ground", "raised"):
        for text in ("text", "quiet", "link", "reserved", "suitable", "possible", "warn"):
            assert contrast(colours[text], colours[ground]) >= 4.5, f"{text} on {ground}"
        assert contrast(colours["focus"], colours[ground]) >= 3
    assert contrast(colours["top-text"], colours["top"]) >= 4.5
    assert contrast(colours["focus"], colours["top"]) >= 3


# -- the feed ------------------------------------------------------------------------------------------------------


def check_rfc4287(root: etree._Element) -> None:
    """What RFC 4287 demands of a feed and its entries (sections 4.1.1 and 4.1.2)."""
    assert root.tag == f"{ATOM}feed"
    for parent in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}:[A-Za-z0-9._~%/:!$&'()*+,;=@-]+", parent.findtext(f"{ATOM}id", ""))
        stamp = parent.findtext(f"{ATOM}updated", "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert len(root.findall(f"{ATOM}link[@rel='self']")) == 1
    ids = [found.text for found in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    for entry in root.findall(f"{ATOM}entry"):
        (link,) = entry.findall(f"{ATOM}link[@rel='alternate']")
        assert link.get("href", "").startswith(TOWN.base_url)
        assert entry.findtext(f"{ATOM}published", "") <= entry.findtext(f"{ATOM}updated", "")
        assert entry.find(f"{ATOM}summary") is not None


@pytest.mark.parametrize("to", [DA, EN], ids=["da", "en"])
def test_the_feed_is_atom_with_the_newest_first(to: Reader) -> None:
    root = feed_root(some_lots(), to=to)
    check_rfc4287(root)
    stamps = [entry.findtext(f"{ATOM}updated", "") for entry in root.findall(f"{ATOM}entry")]
    assert stamps == sorted(stamps, reverse=True)
    assert root.findtext(f"{ATOM}updated") == stamps[0]


def test_a_feed_without_entries_is_atom_too() -> None:
    root = feed_root(())
    check_rfc4287(root)
    assert root.findtext(f"{ATOM}updated") == f"{NOTHING_YET:%Y-%m-%dT%H:%M:%SZ}"


def test_withdrawn_lots_say_so_in_the_feed_and_expired_or_awarded_ones_are_left_out() -> None:
    titles = [entry.findtext(f"{ATOM}title", "") for entry in feed_root(some_lots()).findall(f"{ATOM}entry")]
    assert "Annulleret: Vask af arbejdstøj" in titles
    assert "Trukket tilbage: Afrensning af graffiti" in titles
    assert not [title for title in titles if "håndklæder" in title or "Rengøring af rådhuset" in title]


def test_an_entry_tells_deadline_buyer_value_reason_and_change() -> None:
    (entry,) = feed_root((lot_view(changes=(MOVED,), updated=MOVED.seen_at),)).findall(f"{ATOM}entry")
    summary = entry.findtext(f"{ATOM}summary", "")
    for part in (
        "Frist for tilbud: tirsdag 8. december 2026 kl. 12.00.",
        "Ordregiver: Eksempelby Kommune.",
        "1.250.000 kr. om året ekskl. moms",
        "Mærke: Relevant.",
        "Daglig rengøring af otte skoler",
        "Ændret 19. november 2026",
        words("da")("common.guiding"),
    ):
        assert part in summary


def test_an_identifier_survives_a_new_title_and_a_new_address() -> None:
    before = feed((lot_view(),), TOWN, DA, NOW, Known()).entries[0]
    renamed = lot_view(of_lot=lot(title="Skolerengøring"))
    after = feed((renamed,), TOWN, DA, NOW, Known()).entries[0]
    assert after.id == before.id == "tag:opgaver.eksempelby.example,2026:da/lot/6f3e2a10/rengoering-af-skoler-17a2"


def test_updated_never_goes_back_for_the_feed_or_an_entry() -> None:
    newer, older = at("2026-11-20", "06:10"), at("2026-11-10", "06:10")
    first = feed((lot_view(updated=newer),), TOWN, DA, NOW, Known())
    known = Known(newer, {first.entries[0].id: newer})
    set_back = feed((lot_view(updated=older),), TOWN, DA, NOW, known)
    assert (set_back.updated, set_back.entries[0].updated) == (first.updated, first.entries[0].updated)
    emptied = feed((), TOWN, DA, NOW, known)
    assert emptied.updated == first.updated


def test_the_feed_does_not_depend_on_the_hour() -> None:
    assert feed(some_lots(), TOWN, DA, NOW, Known()) == feed(
        some_lots(), TOWN, DA, NOW + dt.timedelta(hours=3), Known()
    )


# -- fingerprints --------------------------------------------------------------------------------------------------


def test_a_fingerprint_changes_with_what_the_page_tells_and_not_with_what_it_does_not() -> None:
    same = lot_fingerprint(lot_view())
    assert lot_fingerprint(lot_view(judged=assessment(score=9.9, rules_version="other"), updated=NOW)) == same
    for other in (
        lot_view(of_lot=lot(title="Anden titel")),
        lot_view(of_lot=lot(deadline=None)),
        lot_view(judged=assessment(Verdict.POSSIBLE)),
        lot_view(judged=assessment(evidence=())),
        lot_view(state=LotState.CANCELLED),
        lot_view(changes=(MOVED,)),
        lot_view(of_notice=notice(url="https://ted.europa.example/2")),
    ):
        assert lot_fingerprint(other) != same
    assert agreement_fingerprint(agreement_view()) != agreement_fingerprint(agreement_view(end=dt.date(2027, 1, 1)))
    assert agreement_fingerprint(agreement_view()) == agreement_fingerprint(agreement_view())


# -- hostile text --------------------------------------------------------------------------------------------------

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "<![CDATA[ ]]> <!-- -->",
    "{{ 7*7 }} {% raw %} {name}",
    "javascript:alert(1)",
    "&lt;b&gt; &#x3c;script&#x3e; &amp;",
    "\x00\x0b\x1b[31m\ud800\ufffe\u202e",
    "../../etc/passwd",
)
hostile = st.one_of(
    st.sampled_from(PAYLOADS),
    st.text(max_size=60),
    st.lists(st.sampled_from(PAYLOADS), min_size=2, max_size=4).map("".join),
    st.text(alphabet=st.characters(codec=None), max_size=30),
)
TAGS = frozenset(
    "html head meta title link body a header div p span nav ul li main article h1 h2 h3 section dl dt dd time table"
    " caption thead tbody tr th td q blockquote details summary br footer"
    " form label input button select option strong script".split()
)
ATTRIBUTES = frozenset(
    "lang charset http-equiv content name rel href hreflang type title class id tabindex aria-label aria-labelledby"
    " aria-current datetime scope data-label property"
    " action for autocomplete aria-describedby role hidden defer src value"
    " data-index data-one data-other data-none data-waiting data-failed data-part".split()
)


def check_page(content: bytes) -> None:
    """Only our own elements and attributes, and no address that a browser would run."""
    content.decode("utf-8")
    for tag in BeautifulSoup(content, "lxml").find_all(True):
        assert tag.name in TAGS
        assert set(tag.attrs) <= ATTRIBUTES, tag.attrs
        if tag.name == "script":
            assert re.fullmatch(r"(\.\./)?soeg\.js", str(tag.attrs["src"]))
            assert tag.string is None
        href = str(tag.attrs.get("href", ""))
        assert re.match(r"(https?://|[a-z0-9./#-]*$|mailto:udbud@eksempelby\.example$)", href), href


def hostile_view(text: str) -> LotView:
    return lot_view(
        of_lot=lot(
            title=text,
            description=f"{text}\n\n{text}",
            place=text,
            documents_url=text,
            additional_information=text,
            translations=(Translation("en", text, text),),
            duration=text,
            nature=text,
            framework=text,
            reserved=(text,),
        ),
        of_notice=notice(
            title=text + "!", url=text, language=text, buyers=(Organisation(text, text),), publication_number=text
        ),
        judged=assessment(
            trades=(text,),
            evidence=(
                Evidence(text, 1.0, text, text, 0, 1, trade=text, note=text),
                Evidence("trade_words", 1.0, "translations[7].title", text, 0, 1),
                Evidence("size", 1.0, "value", text, note=text),
                Evidence("trade_cpv", -1.0, "cpv_main", text, 0, 1, note=f"§{text}"),
            ),
        ),
        changes=(LotChange(1, NOW, (FieldChange("title", text, text), FieldChange("cpv_main", "", text))),),
    )


@pytest.mark.long
@settings(deadline=None, max_examples=60)
@given(hostile)
def test_hostile_text_stays_text_on_every_page_and_in_the_feed(text: str) -> None:
    view = hostile_view(text)
    hostile_agreement = agreement_view("a", title=text, options=text, contact=text, url=text)
    hostile_run = run(text, RunStatus.ALARM, message=text)
    for to in (DA, EN):
        check_page(render_lot(view.slug, lot_page(view, (view,), to, NOW), TOWN, to).content)
        check_page(render_front(front((view,), (hostile_agreement,), (hostile_run,), to, NOW), TOWN, to).content)
        check_rfc4287(feed_root((view,), to=to))
        assert lot_fingerprint(view)
    for page in made(lists.SECTION, edition_of((view,))).values():
        check_page(page)


@pytest.mark.parametrize("slug", ["", "../x", "a/b", "A", "å", "a.html", "a" * 201, "a\n", ".."])
def test_a_slug_that_is_no_safe_file_name_is_refused(slug: str) -> None:
    with pytest.raises(PublishError, match="letters a-z"):
        lot_path(slug)
