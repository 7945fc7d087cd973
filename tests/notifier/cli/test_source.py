"""`notifier source try`, as somebody meets it who describes a page: in a process of its own, at 80 columns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.http import Headers
from scrapy.responsetypes import responsetypes

from notifier import clock, config
from notifier.cli import trying
from notifier.cli.paper import Page
from notifier.errors import ConfigError
from spiders.base import KINDS, mistakes
from spiders.crawl import KIND_MODULES
from spiders.run import Run
from spiders.trial import Tried, limited
from tests.spiders.crawling import follow
from tests.spiders.server import Answer, Answers, Site, serve

pytestmark = pytest.mark.long

assert KIND_MODULES  # importing them has filled KINDS

ROOT = Path(__file__).parents[3]
MENU = "<li class='menu'><a href='/'>Forside</a></li><li class='menu'><a href='/om'>Om</a></li>"
NAV = f"<header><nav><ul>{MENU}</ul></nav></header>"
FRAME = "<!doctype html><html lang='da'><head><title>Udbud – Eksempel Kommune</title></head><body>{}{}</body></html>"
ROW = "<div class='tender'><h3><a href='/udbud/{0}'>Opgave {0}</a></h3><p class='sag'>Sagsnr. 2026-{0}</p></div>"
ROWS = FRAME.format(NAV, "<main id='indhold'><h1>Udbud</h1>" + "".join(map(ROW.format, (1, 2, 3))) + "</main>")
DETAIL = FRAME.format(
    "",
    "<article class='udbud'><h1>Rengøring af skoler</h1><dl><dt>Frist for afgivelse af tilbud</dt>"
    "<dd>1. december 2026 kl. 12.00</dd></dl></article>",
)
SOURCE = """
kind = "page"
publisher = "Eksempel Kommune"
url = "{url}/udbud"
allow_private_address = true
delay_s = 0

[selectors.list]
landmark = "main#indhold"
row = "div.tender"
link = "h3 a"
empty_text = ["Ingen udbud"]

[selectors.list.fields]
title = "h3"
case = {{ css = "p.sag", after = "Sagsnr." }}

[selectors.detail]
landmark = "article.udbud"

[selectors.detail.fields]
title = "h1"
deadline = {{ label = "Frist for afgivelse af tilbud" }}
"""


@pytest.fixture
def site() -> Iterator[Site]:
    pages: dict[str, Answers] = {
        "/udbud": ROWS,
        **{f"/udbud/{number}": DETAIL for number in (1, 2, 3)},
        "/tom": FRAME.format(NAV, "<main id='indhold'><p>Der er ingen udbud lige nu.</p></main>"),
        "/stille": FRAME.format(NAV, "<main id='indhold'><p>Der er lukket for i år</p></main>"),
        "/login": "<!doctype html><html><title>Log ind</title><input type=password></html>",
        "/privat/udbud": ROWS,
        "/robots.txt": "User-agent: *\nDisallow: /privat\n",
        "/videre": Answer(status=302, headers=(("Location", "http://169.254.169.254/udbud"),)),
    }
    with serve(pages) as running:
        yield running


def attempt(tmp_path: Path, site: Site, *words: str, **changed: str) -> tuple[int, str]:
    described = SOURCE.format(url=site.url)
    for old, new in changed.items():
        before, after = new.split(" -> ")
        assert before in described, old
        described = described.replace(before, after)
    file = tmp_path / "by-udbud.toml"
    file.write_text(described, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "notifier", "source", "try", *words, "--config", str(file)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
        timeout=60,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_a_good_description_shows_what_it_catches_and_asks_for_one_tender_only(tmp_path: Path, site: Site) -> None:
    status, said = attempt(tmp_path, site)
    assert status == 0, said
    assert "row div.tender 3 found" in said
    assert "case in 3 of 3 rows" in said
    assert "Tuesday 1 December 2026 at 12:00" in said
    assert "Nothing has to be mended" in said
    assert site.paths() == ["/udbud", "/udbud/1"]


def test_nothing_is_wider_than_80_columns_but_addresses(tmp_path: Path, site: Site) -> None:
    file = tmp_path / "x.toml"
    file.write_text(SOURCE.format(url=site.url), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "notifier", "source", "try", "--config", str(file)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=True,
    )  # fmt: skip
    assert [line for line in done.stdout.splitlines() if len(line) > 79 and "http" not in line] == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ('row = "div.tender" -> row = "article"', "div.tender (3 times)"),
        ('landmark = "main#indhold" -> landmark = "main#udbud"', "On the page there are: main#indhold"),
        ('link = "h3 a" -> link = "h2 a"', "3 of 3 rows have no link"),
        (
            'label = "Frist for afgivelse af tilbud" -> label = "Tilbudsfrist"',
            'deadline = { label = "frist for afgivelse af tilbud" }',
        ),
        ('landmark = "article.udbud" -> landmark = "article.opgave"', "under [selectors.detail] is not on the page"),
    ],
)
def test_a_wrong_selector_is_told_with_what_may_be_meant(tmp_path: Path, site: Site, changed: str, advice: str) -> None:
    status, said = attempt(tmp_path, site, one=changed)
    assert status == 3
    assert advice in said


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/tom", 0, '"Ingen udbud" proves it'),
        ("/stille", 3, 'the page says "Der er lukket for i år"'),
        ("/login", 3, "seems to ask for a login"),
        ("/privat/udbud", 3, "robots.txt forbids this address"),
        ("/findes-ikke", 3, "the page answered 404"),
        ("/videre", 3, "refused address"),
    ],
)
def test_a_page_that_shows_no_tender_is_told_by_its_reason(
    tmp_path: Path, site: Site, path: str, status: int, words: str
) -> None:
    ended, said = attempt(tmp_path, site, site.url + path)
    assert words in said
    assert ended == status, said


def test_a_private_address_is_refused_unless_the_source_allows_it(tmp_path: Path, site: Site) -> None:
    status, said = attempt(tmp_path, site, one="allow_private_address = true -> allow_private_address = false")
    assert status == 3
    assert "allow_private_address" in said
    assert site.connections == 0


def test_a_mistake_in_the_file_is_told_with_its_line_before_anything_is_asked(tmp_path: Path, site: Site) -> None:
    status, said = attempt(tmp_path, site, one="empty_text -> empty_txet")
    assert status == 2
    assert "by-udbud.toml:12: selectors.list.empty_txet" in said
    assert site.connections == 0


def test_a_folder_needs_to_know_which_source_is_meant(tmp_path: Path, site: Site) -> None:
    (tmp_path / "sources").mkdir()
    for name in ("a", "b"):
        (tmp_path / "sources" / f"{name}.toml").write_text(SOURCE.format(url=site.url), encoding="utf-8")
    command = [sys.executable, "-m", "notifier", "source", "try", "--config", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, "a, b" in done.stderr) == (2, True)
    done = subprocess.run(
        [*command, "--source", "b"], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


PAGES = Path(__file__).parents[2] / "pages"
TABLE = (
    "<!doctype html><html lang='da'><title>Aftaler</title><main id='aftaler'><table class='liste'>"
    "<tr><th>Hvad<th>Firmaets navn<th>Slutter den<tr><td>Vask<td>Ren ApS<td>31.12.2028</table></main></html>"
)


def saved(kind: str, case: str) -> bytes:
    return next((PAGES / kind / case).glob("page.*")).read_bytes()


def of_kind(tmp_path: Path, kind: str, answer: Answer | bytes | str, more: str = "") -> tuple[int, str]:
    """Try a source of that kind, whose address gives this answer, without a network and in this process."""
    answer = answer if isinstance(answer, Answer) else Answer(answer)
    file = tmp_path / "kilde.toml"
    settings = f'url = "https://by.example/kilde"\nkind = "{kind}"\npublisher = "Eksempel Kommune"\n{more}'
    file.write_text(settings, encoding="utf-8")
    source = config.read_source(file, mistakes)
    tried, lines = Tried(), list[str]()
    spider = limited(KINDS[kind], tried, 1)(Run(source, tried), clock.now(), "notifier/1")
    for request in list(spider._guarded(spider.begin, spider.run.trouble, source.url)):
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        headers = dict(answer.headers)
        response = responsetypes.from_args(headers=Headers(headers), url=request.url, body=body)(
            request.url, headers=headers, body=body, request=request
        )
        assert follow(request, response) == []
    spider.closed("finished")
    status = 0 if trying.report(source, tried, Page(79, lines.append), file.name) else 3
    assert [line for line in lines if len(line) > 79 and "http" not in line] == []
    return status, " ".join(" ".join(lines).split())


XML = (("Content-Type", "application/xml"),)


@pytest.mark.parametrize(
    ("kind", "answer", "more", "status", "words"),
    [
        (
            "feed",
            Answer(
                "<rss version='2.0'><channel><title>Udbud</title><item><title>Udbud: Vask</title>"
                "<link>https://by.example/1</link><description>Tilbudsfrist: 1. maj 2027</description>"
                "<frist>1. maj 2027</frist></item></channel></rss>",
                headers=XML,
            ),
            "",
            0,
            (
                "in all 1 buyers, description, lot.description, title",
                "entry: frist (perhaps deadline?)",
                '[selectors.fields] deadline = { label = "tilbudsfrist" }',
            ),
        ),
        (
            "feed",
            Answer(saved("feed", "rss-with-fields-in-its-text"), headers=XML),
            '[filter]\nwords = ["vejsalt"]\n',
            3,  # one of its entries has no link
            ("not wanted 3, by what [filter] says, such as", "Ny svømmehal åbner", "has no id and no link"),
        ),
        (
            "eusupply",
            Answer(saved("eusupply", "feed"), headers=XML),
            '[filter]\nauthorities = ["Aldrig Kommune"]\n',
            0,
            ("Eksempel Kommune (3 times)", "All 5 are left out by [filter]", "the beginning of a buyer's name"),
        ),
        (
            "eusupply",
            saved("eusupply", "list"),
            '[filter]\nform = "html"\n',
            0,
            ("listed 3", "deadline Tuesday 8 December 2026 at 12:00", "Nothing has to be mended"),
        ),
        ("comdia", TABLE, "", 3, ("the page has no table of tenders", "empty_text")),
        (
            "ocds",
            saved("ocds", "lots-called-changed-and-awarded"),
            '[filter]\nbuyers = ["87654321"]\n',
            0,
            ("Eksempel Kommune 12345678 (3 times)", "All 3 are left out by [filter]"),
        ),
        ("ocds", Answer("{}"), "", 3, ("the JSON is no OCDS package",)),
        (
            "agreements",
            TABLE,
            '[selectors]\nlandmark = "main"\n',
            3,
            (
                "table.liste: NO TABLE OF AGREEMENTS by its headings. Rows beneath them: 1",
                '"Firmaets navn" not read (perhaps supplier?)',
                '[selectors.columns] "Firmaets navn" = "supplier" "Slutter den" = "end"',
            ),
        ),
        (
            "agreements",
            TABLE,
            '[selectors]\nlandmark = "main"\n[selectors.columns]\n"Hvad" = "area"\n"Slutter den" = "end"\n',
            0,
            ('"Slutter den" end', "end 31 December 2028", 'column "Firmaets navn" (perhaps supplier?)'),
        ),
        (
            "agreements",
            TABLE,
            '[selectors]\nlandmark = "#indhold"\ntable = "table.aftaler"\n',
            3,
            ("On the page there are: main#aftaler", "On the page there are: table.liste"),
        ),
        (
            "agreements",
            "<html lang='da'><title>Aftaler</title><main><a href='/media/1/liste.xlsx'>Liste</a></main></html>",
            '[selectors]\nlandmark = "main"\n',
            3,
            ("file is to lead to it; links: /media/1/liste.xlsx",),
        ),
    ],
)
def test_other_kinds_are_shown_as_they_would_be_kept_with_what_to_mend(
    tmp_path: Path, kind: str, answer: Answer | bytes | str, more: str, status: int, words: tuple[str, ...]
) -> None:
    ended, said = of_kind(tmp_path, kind, answer, more)
    assert [wanted for wanted in words if wanted not in said] == [], said
    assert ended == status


def test_doubts_of_later_rows_are_told_too(tmp_path: Path) -> None:
    rows = "".join(f"Nr {number};Ren ApS;31.12.2028\n" for number in range(5))
    csv = Answer(f"Område;Leverandør;Udløb\n{rows}Vask;Ren ApS;uge 12\n", headers=(("Content-Type", "text/csv"),))
    status, said = of_kind(tmp_path, "agreements", csv, '[selectors]\nlandmark = "main"\n')
    assert 'Doubts in the others -------------------- Vask the end could not be read: "uge 12"' in said
    assert status == 0


def test_an_address_is_shown_as_it_is(tmp_path: Path) -> None:
    link = "https://by.example/se?a=1&noticeId=2&copy=3"
    item = f"<item><title>Vask</title><link>{link.replace('&', '&amp;')}</link></item>"
    feed = Answer(f"<rss><channel><title>Udbud</title>{item}</channel></rss>", headers=XML)
    _, said = of_kind(tmp_path, "feed", feed)
    assert f"page {link}" in said


def test_a_column_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        of_kind(tmp_path, "agreements", TABLE, '[selectors]\nlandmark = "main"\n[selectors.columns]\n"Hvad" = "emne"\n')
    assert "kilde.toml:7: selectors.columns" in str(told.value)
    assert "write one of area, supplier" in str(told.value)


def test_a_source_that_asks_for_buyers_asks_for_those_of_its_installation(tmp_path: Path, site: Site) -> None:
    (tmp_path / "notifier.toml").write_text("", encoding="utf-8")
    (tmp_path / "buyers.csv").write_text("name;cvr;kind\nEksempel Kommune;12345674;administration\n", "utf-8")
    found = Answer('{"resultatElementDtoList": [], "totaltAntalResultater": 0}')
    site.answers["/soegning/public/soegeresultat"] = found
    status, said = attempt(
        tmp_path,
        site,
        one='kind = "page" -> kind = "udbud"',
        two=f'url = "{site.url}/udbud" -> url = "{site.url}"',
        three=SOURCE[SOURCE.index("[selectors.list]") :].replace("{{", "{").replace("}}", "}") + " -> ",
    )
    assert "buyers Eksempel Kommune" in said
    assert b'"12345674"' in site.asked[-1].body
    assert status == 0, said
