"""The effects report as the public reads it: pages, figures as files, and the note on two pages."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from notifier.answers import Answer
from notifier.effects.counting import Block, Span, Step
from notifier.effects.intervals import Figure, Of100
from notifier.effects.quarters import Answered, Figures, OfMonth, OfSource, OfTrade, years
from notifier.effects.told import TABLES, YEAR_TABLES, note, quarter_sections, quarter_table
from notifier.site.documents import Document, Edition
from notifier.site.reader import reader
from notifier.site.sections.report import SECTION
from notifier.words import LANGUAGES, words
from tests.notifier.effects.quarters import facts, told
from tests.notifier.examples import NOW, SOURCES, TOWN, TRADES

PAGES = ("effekt.html", "effekt/2026-1.html", "effekt/2026-4.html", "effekt/2026-aar.html")


def edition(quarters: Sequence[Figures] = (), now: dt.datetime = NOW) -> Edition:
    return Edition(
        TOWN, now, tuple(reader(language, TRADES, SOURCES) for language in LANGUAGES), (), (), (), lambda _: iter(()),
        told=tuple(quarters),
    )  # fmt: skip


def documents(quarters: Sequence[Figures] = (), now: dt.datetime = NOW) -> dict[str, Document]:
    return {one.path: one for one in SECTION.documents(edition(quarters, now))}


def content(document: Document) -> bytes:
    (made,) = document.make([part.name for part in document.parts])
    return made


@cache
def site() -> dict[str, bytes]:
    """All files of a year."""
    return {path: content(one) for path, one in documents(told()).items()}


def page(path: str) -> html.HtmlElement:
    return html.fromstring(site()[path])


def said(element: html.HtmlElement) -> str:
    return " ".join(element.xpath("//main")[0].text_content().split())


BOTH = [*PAGES, *(f"en/{path}" for path in PAGES)]


def test_before_the_first_quarter_is_over_the_page_says_when_it_will_be() -> None:
    made = documents(now=NOW)
    assert set(made) == {"effekt.html", "en/effekt.html"}
    text = said(html.fromstring(content(made["effekt.html"])))
    assert "dækker oktober–december 2026 og kommer her efter 31. december 2026" in text


def test_every_quarter_and_year_that_is_told_is_in_the_list_and_has_its_files() -> None:
    links = page("effekt.html").xpath("//main//a/@href")
    assert links == ["effekt/2026-aar.html", *(f"effekt/2026-{number}.html" for number in (4, 3, 2, 1))]
    expected = {f"effekt/2026-{number}/{table}.csv" for number in (1, 2, 3, 4) for table in TABLES}
    expected |= {f"effekt/2026-aar/{table}.csv" for table in YEAR_TABLES} | {*links, "effekt.html"}
    english = {f"en/{path}" for path in expected}
    assert set(site()) == expected | english | {f"effekt/2026-{number}.json" for number in (1, 2, 3, 4)}
    assert all(SECTION.has(path) for path in site())


@pytest.mark.parametrize("path", BOTH)
def test_every_link_of_a_page_leads_to_a_file_that_is_there(path: str) -> None:
    folder = Path("/", path).parent
    for href in page(path).xpath("//main//a/@href"):
        goal = (folder / href).resolve().relative_to("/").as_posix()
        goal = goal.removeprefix("en/") if goal.endswith(".json") else goal
        assert goal in site(), href


def test_a_quarter_says_how_many_were_found_suited_and_told() -> None:
    last = told()[-1]
    text = said(page("effekt/2026-4.html"))
    assert f"{last.total(Step.FOUND):,} opgaver blev fundet.".replace(",", ".") in text
    assert f"{last.total(Step.MARKED)} blev markeret" in text
    assert "Mindst 60 læsere fik mindst én mail" in text
    assert "Omkring 86 ud af hver 100 markerede opgaver passede." in text
    assert "Listen har 187 virksomheder. Alle er kontrolleret 2. marts 2026 eller senere." in text
    assert "1 af de 3 kilder blev læst uden fejl hver dag." in text
    assert "Kommunens udbudsside: blev ikke læst uden fejl en eneste dag." in text
    assert "En virksomhed, der bød eller vandt, kan have kendt opgaven fra andre steder." in text


def rows_of(path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(site()[path].decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_table_of_a_quarter_is_a_file_of_the_same_numbers(language: str) -> None:
    folder = "" if language == "da" else "en/"
    tables = page(f"{folder}effekt/2026-4.html").xpath("//main//table")
    captions = {" ".join(table.xpath("./caption")[0].text_content().split()): table for table in tables}
    seen = 0
    for key in TABLES:
        rows = rows_of(f"{folder}effekt/2026-4/{key}.csv")
        made = quarter_table(told()[-1], key, words(language))
        if made.caption in captions:
            seen += 1
            cells = [
                [cell.text_content() for cell in row.xpath("./th | ./td")]
                for row in captions[made.caption].xpath(".//tr")
            ]
            plain = [[re.sub(r"(?<=\d)[.,](?=\d{3})", "", cell) for cell in row] for row in cells]
            assert plain == [[re.sub(r"(?<=\d)[.,](?=\d{3})", "", cell) for cell in row] for row in rows]
    assert seen == len(tables) == len(TABLES)


@pytest.mark.parametrize("path", [path for path in BOTH if "2026" in path])
def test_drawings_say_in_words_what_they_show_and_tables_head_their_cells(path: str) -> None:
    found = page(path)
    ids = found.xpath("//@id")
    assert len(ids) == len(set(ids))
    drawings = found.xpath("//svg")
    assert drawings
    for drawing in drawings:
        named = drawing.get("aria-labelledby").split()
        assert [element.tag for element in drawing if element.get("id") in named] == ["title", "desc"]
        assert all(element.text_content().strip() for element in drawing if element.get("id") in named)
    for table in found.xpath("//main//table"):
        assert table.xpath("./caption")[0].text_content().strip()
        assert {cell.get("scope") for cell in table.xpath(".//th")} == {"col", "row"}


@pytest.mark.parametrize("path", BOTH)
def test_headings_follow_each_other_and_nothing_runs_or_is_styled_inline(path: str) -> None:
    found = page(path)
    levels = [int(heading.tag[1]) for heading in found.xpath("//main//*[self::h1 or self::h2 or self::h3]")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert found.xpath("//main//@style | //main//script") == []


def test_the_figures_of_a_quarter_are_a_file_for_programs_and_say_no_more_than_the_page() -> None:
    read = msgspec.json.decode(site()["effekt/2026-4.json"], type=Figures)
    assert read == told()[-1]
    assert read.readers == 60  # 63 got mail


# -- the note ----------------------------------------------------------------------------------------------------------


def test_the_note_has_the_headings_of_a_case_and_explains_them_in_english() -> None:
    danish, english = (page(f"{folder}effekt/2026-aar.html") for folder in ("", "en/"))
    headings = ["Problemstilling", "Løsning", "Økonomi", "Videre proces"]
    assert [heading.text_content() for heading in danish.xpath("//h2")] == headings
    assert [span.text for span in english.xpath("//h2/span[@lang='da']")] == headings
    assert all(" – " in heading.text_content() for heading in english.xpath("//h2"))


def chapter(key: str, of: Sequence[Figures], language: str = "da") -> str:
    (year,) = years(of)
    return " ".join(next(one for one in note(year, words(language)).chapters if one.key == key).sentences)


def test_what_it_costs_is_said_by_the_town_or_not_at_all() -> None:
    assert "Udgiften til drift indgår ikke i systemets tal og er ikke oplyst." in chapter("economy", told())
    known = told(facts(cost=180_000, cost_covers="drift og løn"))
    assert "Driften koster 180.000 kr. om året efter kommunens egen opgørelse (drift og løn)." in chapter(
        "economy", known
    )
    assert "Udgiften til drift" not in chapter("economy", known)


def test_the_note_asks_for_nothing_and_tells_the_value_that_is_published() -> None:
    text = chapter("economy", told())
    assert "Der søges ingen bevilling" in text
    assert "Siden den første mail 12. januar 2026 er der læst om 198 tildelinger." in text
    assert "For 140 af dem er værdien oplyst: i alt 390.250.000 kr. uden moms." in text
    assert "gik 6 til virksomheder på listen" in text


def test_without_mails_answers_awards_and_a_list_the_note_claims_nothing_of_them() -> None:
    bare = told(facts(first_mail=None, said=[], drawn=[], awards=[], listed=0, checked=None, readers=0))
    assert "Der blev ikke sendt mails om opgaver, så ingen virksomheder er blevet spurgt" in chapter("solution", bare)
    assert "For få virksomheder" not in chapter("solution", bare)
    assert "antallet ikke kan oplyses" not in chapter("solution", bare)
    assert "ikke læst bekendtgørelser om tildelinger" in chapter("economy", bare)
    quarter = said(html.fromstring(content(documents(bare)["effekt/2026-4.html"])))
    assert "Der blev ikke sendt mails om opgaver i kvartalet." in quarter
    assert "Listen over socialøkonomiske virksomheder er tom." in quarter


def test_rows_of_the_list_are_apart_without_a_style() -> None:
    (first, *_) = page("effekt.html").xpath("//li[@class='line']")
    assert [one.tag for one in first] == ["a", "div", "div"]


def test_under_the_heading_answers_no_row_says_answer() -> None:
    for language, head in (("da", "Svar"), ("en", "Answer")):
        cells = [row[0] for one in told() for row in quarter_table(one, "answers", words(language)).rows]
        assert cells
        assert not [cell for cell in cells if str(cell).startswith(head)]


def of_source(name: str, days: int, good: int) -> OfSource:
    return OfSource(name, name, days, good)


EVERY, SELDOM, NEVER, LATER = (of_source(*one) for one in (("a", 9, 9), ("b", 9, 4), ("c", 9, 0), ("d", 0, 0)))


@pytest.mark.parametrize(
    ("sources", "said_of_them"),
    [
        ((), "Ingen kilder blev læst i kvartalet."),
        ((LATER,), "Ingen kilder blev læst i kvartalet."),
        ((EVERY, LATER), "Den ene kilde blev læst uden fejl hver dag."),
        ((SELDOM,), "Den ene kilde blev ikke læst uden fejl hver dag."),
        ((EVERY, SELDOM, NEVER, LATER), "1 af de 3 kilder blev læst uden fejl hver dag."),
        ((EVERY, EVERY, NEVER), "2 af de 3 kilder blev læst uden fejl hver dag."),
        ((SELDOM, NEVER), "Ingen af de 2 kilder blev læst uden fejl hver dag."),
        ((EVERY, EVERY), "Alle 2 kilder blev læst uden fejl hver dag."),
    ],
)
def test_a_source_that_was_first_read_later_is_not_one_that_was_read_every_day(
    sources: tuple[OfSource, ...], said_of_them: str
) -> None:
    one = replace(told()[-1], sources=sources)
    (section,) = [one for one in quarter_sections(one, words("da")) if one.key == "missing"]
    assert section.sentences == (said_of_them,)
    assert ("d: blev først læst efter kvartalet." in section.points) == (LATER in sources)


def year_of(
    key: str = "problem",
    language: str = "da",
    sources: tuple[OfSource, ...] = (EVERY,),
    readers: int | None = None,
    **steps: int,
) -> str:
    """A chapter of the note on a year of one quarter, in which so much happened."""
    (one,) = told(quarters=(4,))
    month = OfMonth(one.months[0].month, **steps)
    return chapter(key, [replace(one, months=(month,), sources=sources, readers=readers)], language)


@pytest.mark.parametrize(
    ("counts", "danish", "english"),
    [
        ((0, 0), "Der blev ikke fundet nogen opgaver.", "No tasks were found."),
        ((1, 0), "1 opgave blev fundet. Den blev ikke markeret som", "1 task was found. It was not marked as"),
        ((1, 1), "1 opgave blev fundet. Den blev markeret som", "1 task was found. It was marked as"),
        ((9, 0), "9 opgaver blev fundet. Ingen blev markeret som", "9 tasks were found. None was marked as"),
        ((9, 1), "9 opgaver blev fundet. 1 blev markeret som", "9 tasks were found. 1 was marked as"),
        ((9, 3), "9 opgaver blev fundet. 3 blev markeret som", "9 tasks were found. 3 were marked as"),
    ],
)
def test_none_one_and_many_tasks_are_told_in_whole_sentences(
    counts: tuple[int, int], danish: str, english: str
) -> None:
    found, marked = counts
    for language, words_of_it in (("da", danish), ("en", english)):
        text = year_of(found=found, marked=marked, language=language)
        assert words_of_it in text
        assert "–." not in text
        assert ("%" in text) == (marked > 0 and found > 1)


def test_none_one_and_many_sources_mails_and_seen_tasks_are_told_in_whole_sentences() -> None:
    assert "fra 0 kilder" not in year_of(sources=(NEVER,))
    assert "Ingen kilde blev læst uden fejl." in year_of(sources=(NEVER,))
    assert "from 1 source," in year_of(sources=(EVERY, NEVER, LATER), language="en")
    assert "fra 2 kilder," in year_of(sources=(EVERY, SELDOM))
    for count, danish, english in (
        (0, "Ingen opgaver blev sendt i mail for første gang. Medarbejdere har ikke set", "No tasks were sent by mail"),
        (1, "1 opgave blev sendt i mail for første gang. Medarbejdere så 1 opgave igennem.", "1 task was sent by mail"),
        (7, "7 opgaver blev sendt i mail for første gang. Medarbejdere så 7 opgaver", "7 tasks were sent by mail"),
    ):
        assert danish in year_of(mailed=count, seen=count, key="solution")
        assert english in year_of(mailed=count, seen=count, key="solution", language="en")
    assert "Så få læsere fik mail, at antallet ikke kan oplyses." in year_of(key="solution")
    assert "mindst 20 modtagere" in year_of(readers=20, key="solution")


def test_where_nobody_was_mailed_the_number_of_readers_is_none_and_not_too_few() -> None:
    one = replace(told()[-1], first_mail=None, readers=None)
    for language, few in (("da", "for få"), ("en", "too few")):
        rows = quarter_table(one, "steps", words(language)).rows
        assert [row[1] for row in rows][5] == 0
        assert few in [
            row[1] for row in quarter_table(replace(told()[-1], readers=None), "steps", words(language)).rows
        ]


def block(first: int, last: int, count: int, year: int = 2026) -> Block:
    return Block(Span(dt.date(year, first, 1), dt.date(2026, last, 1)), count)


@pytest.mark.parametrize(
    ("blocks", "said_of_it"),
    [
        ((block(1, 12, 7),), "»Vi vandt« 7 gange."),
        ((block(1, 5, 7), block(6, 12, 9)), "»Vi vandt« 16 gange."),
        ((block(1, 9, 7),), "»Vi vandt« 7 gange (januar–september 2026). Et tal med måneder i parentes dækker kun dem"),
        ((block(11, 12, 7, 2025),), "»Vi vandt« 7 gange (november 2025–december 2026)."),
    ],
)
def test_a_number_that_does_not_cover_the_year_says_which_months_it_covers(
    blocks: tuple[Block, ...], said_of_it: str
) -> None:
    quarters = [
        replace(one, answers=(Answered(Answer.WON, tuple(b for b in blocks if b.span.last in one.quarter.span)),))
        for one in told()
    ]
    assert said_of_it in chapter("solution", quarters)


def test_a_year_that_began_late_says_so() -> None:
    assert "Den første læsning var 5. januar 2026." in chapter("problem", told())
    assert "Tallene er kun fra oktober–december 2026" in chapter("problem", told(quarters=(4,)))
    whole = [replace(one, begins=None) for one in told()]
    assert "ikke dækket helt" not in chapter("problem", whole)


# -- what stays --------------------------------------------------------------------------------------------------------


def test_a_new_quarter_makes_no_file_of_an_older_one_anew_and_no_day_does() -> None:
    before, after = documents(told(quarters=(1, 2))), documents(told(quarters=(1, 2, 3)), NOW.replace(year=2027))
    kept = {path for path in before if "2026-" in path}
    assert len(kept) == 2 * (2 + 2 * len(TABLES)) + 2
    assert {path for path in kept if before[path].parts != after[path].parts} == set()
    assert before["effekt.html"].parts != after["effekt.html"].parts
    assert before["effekt.html"].parts == documents(told(quarters=(1, 2)), NOW.replace(year=2028))["effekt.html"].parts


# Half surrogates are in no configuration and no kept figures: both are UTF-8.
HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["</title><script>alert(1)</script>", "=1+1", "{w}", "{0}", "]]>", "&amp;", "\x00\x1b"]
)


@settings(max_examples=10, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_names_stay_words(name: str, covers: str) -> None:
    names = (OfTrade("x", name, name, 3, 2, 1), OfTrade("", "", "", 1, 0, 0))
    source = OfSource("x", name, 9, 1, 9, 8, 1)
    evil = [replace(one, trades=names, sources=(source,), cost=1, cost_covers=covers) for one in told(quarters=(4,))]
    for path, document in documents(evil).items():
        if path.endswith(".json"):
            continue
        made = content(document).decode("utf-8-sig")
        if path.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(made, newline=""), delimiter=";") for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
        elif "2026" in path:
            found = html.fromstring(made)
            assert found.xpath("//script") == []
            assert [heading.tag for heading in found.iter("h1")] == ["h1"]


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("full", [True, False], ids=["all that can be said", "all that can be missing"])
def test_on_paper_the_note_is_two_pages_of_a4(tmp_path: Path, language: str, *, full: bool) -> None:
    from playwright.sync_api import sync_playwright

    from notifier.site.rendering import style_sheet

    trades = tuple((f"k{number}", f"Et fag med et ret langt navn {number}", f"A trade of a long name {number}")
                   for number in range(12))  # fmt: skip
    many = tuple(OfTrade(key, da, en, 90, 60, 30) for key, da, en in trades)
    covers = "drift, support, medarbejderes tid til at se opgaver igennem og den årlige eftersyn af listen"
    missing = tuple(Of100(figure, 12, 18) for figure in Figure)
    quarters = told(facts(cost=180_000, cost_covers=covers)) if full else told(facts(said=[], listed=0, checked=None))
    quarters = tuple(replace(one, trades=many, marks=one.marks if full else missing) for one in quarters)
    folder = "" if language == "da" else "en/"
    path = tmp_path / folder / "effekt/2026-aar.html"
    path.parent.mkdir(parents=True)
    path.write_bytes(content(documents(quarters)[f"{folder}effekt/2026-aar.html"]))
    (tmp_path / "style.css").write_bytes(style_sheet())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        opened = browser.new_page()
        opened.goto(path.as_uri())
        margin = "18mm"
        printed = opened.pdf(format="A4", margin={"top": margin, "bottom": margin, "left": margin, "right": margin})
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
