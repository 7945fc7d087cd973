"""`notifier source try`, as somebody meets it who describes a page: in a process of its own, at 80 columns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spiders.server import Answer, Answers, Site, serve

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
        "/tom": FRAME.format(NAV, "<main id='indhold'><p>Ingen udbud i dag</p></main>"),
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


def test_other_kinds_are_shown_as_they_would_be_kept(tmp_path: Path, site: Site) -> None:
    item = "<item><title>Udbud: Vask</title><link>https://by.example/1</link><frist>1. maj 2027</frist></item>"
    site.answers["/f"] = Answer(
        f"<rss version='2.0'><channel><title>Udbud</title>{item}</channel></rss>",
        headers=(("Content-Type", "application/rss+xml"),),
    )
    file = tmp_path / "by-feed.toml"
    settings = 'kind = "feed"\npublisher = "Eksempel Kommune"\nallow_private_address = true\ndelay_s = 0\n'
    file.write_text(f'url = "{site.url}/f"\n{settings}', encoding="utf-8")
    command = [sys.executable, "-m", "notifier", "source", "try", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Udbud: Vask" in done.stdout
    assert "entry: frist  (perhaps deadline?)" in done.stdout
