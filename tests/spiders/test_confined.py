"""Files that want more than they are given, read in a process with limits."""

from __future__ import annotations

import sys
import zlib
from typing import Any

import pytest

from notifier.errors import ParseError
from spiders import confined
from tests.spiders.crawling import detail_page, list_page, page_source, run_crawl
from tests.spiders.parsers.papers import Drawing, pdf, saved
from tests.spiders.parsers.test_agreement_files import BOOK, ENTITIES, WIDTHS, book, with_part
from tests.spiders.server import Answer, Answers, serve

pytestmark = pytest.mark.long

BUSY = zlib.compress(b"q 1 0 0 1 0 0 cm 0 0 m 1 1 l S Q\n" * 400_000, 9)  # takes many seconds to draw
URL = "https://by.example/media/aftaler.pdf"


def page() -> Drawing:
    made = Drawing()
    made.table([("Område", "Leverandør", "Udløb"), ("Vask", "Ren", "31.12.2026")], WIDTHS)
    return made


def test_a_sound_pdf_comes_back_whole() -> None:
    (sheet,) = confined.sheets("pdf", pdf(page()), URL)
    assert [line.texts for line in sheet.lines] == [("Område", "Leverandør", "Udløb"), ("Vask", "Ren", "31.12.2026")]


def test_a_sound_workbook_comes_back_whole() -> None:
    (sheet,) = confined.sheets("xlsx", saved(book(("Område", "Udløb"), ("Vask", "31.12.2026"))), URL)
    assert [line.texts for line in sheet.lines] == [("Område", "Udløb"), ("Vask", "31.12.2026")]
    assert str(sheet.day_zero) == "1899-12-30"


def test_the_reason_of_a_refusal_comes_back_with_the_address() -> None:
    with pytest.raises(ParseError, match=rf"defines entities.*\({URL}\): it is not read"):
        confined.sheets("xlsx", with_part(BOOK, "xl/sharedStrings.xml", ENTITIES), URL)


def test_a_pdf_that_swells_is_stopped() -> None:
    bomb = zlib.compress(b"\0" * (256 << 20), 9)
    assert len(bomb) < 1 << 20
    with pytest.raises(ParseError, match="page 1 of the PDF unpacks to too much"):
        confined.sheets("pdf", pdf(Drawing(), streams=[bomb]), URL)


def test_a_file_that_takes_all_memory_is_stopped() -> None:
    greedy = zlib.compress(b" " * (31 << 20))
    with pytest.raises(ParseError, match="takes more than 96 MiB of memory"):
        confined.sheets("pdf", pdf(Drawing(), streams=[greedy]), URL, memory=96 << 20)


def test_a_page_that_is_cut_off_is_refused() -> None:
    drawn = zlib.compress("\n".join(page().operations).encode("cp1252"))
    with pytest.raises(ParseError, match="page 1 of the PDF is cut off"):
        confined.sheets("pdf", pdf(Drawing(), streams=[drawn[: len(drawn) // 2]]), URL)


def test_a_pdf_that_never_ends_is_stopped() -> None:
    with pytest.raises(ParseError, match=r"more than 1 seconds of the processor's time"):
        confined.sheets("pdf", pdf(Drawing(), streams=[BUSY]), URL, seconds=1)


def agreements_source(name: str, url: str, **more: object) -> dict[str, Any]:
    return page_source(name, url, kind="agreements", selectors={}, **more)


def test_other_sources_go_on_while_a_file_takes_its_time() -> None:
    busy = Answer(pdf(Drawing(), streams=[BUSY]), headers=(("Content-Type", "application/pdf"),))
    slow: dict[str, Answers] = {
        "/udbud": Answer(list_page(("/1", "A")), stall=0.2),
        "/1": Answer(detail_page("A"), stall=0.2),
    }
    with serve({"/aftaler.pdf": busy}) as hostile, serve(slow) as other:
        sources = [agreements_source("busy", hostile.url + "/aftaler.pdf"), page_source("other", other.url + "/udbud")]
        crawled = run_crawl(sources, confined_seconds=1)
    assert "takes more than 1 seconds of the processor's time" in crawled.heard["busy"].message
    assert crawled.heard["other"].titles == ["A"]
    assert crawled.ended == ["other", "busy"]


def test_a_file_gets_no_more_time_than_its_source_has() -> None:
    busy = Answer(pdf(Drawing(), streams=[BUSY]), headers=(("Content-Type", "application/pdf"),))
    with serve({"/aftaler.pdf": busy}) as hostile:
        crawled = run_crawl([agreements_source("busy", hostile.url + "/aftaler.pdf", deadline_s=1.0)])
    assert crawled.heard["busy"].status == "failed"
    assert "out of time after 1 seconds" in crawled.heard["busy"].message


def test_a_program_that_fails_is_told_as_the_files_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ParseError, match="made the program that reads it fail"):
        confined.sheets("pdf", pdf(page()), URL)


def test_nothing_of_the_environment_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "x")
    monkeypatch.setenv("PYTHONWARNINGS", "error::nonsense")  # would be complained of by the process
    assert confined.sheets("pdf", pdf(page()), URL)
