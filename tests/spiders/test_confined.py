"""Files that want more than they are given, read in a process with limits."""

from __future__ import annotations

import sys
import zlib

import pytest

from notifier.errors import ParseError
from spiders import confined
from tests.spiders.parsers.papers import Drawing, pdf, saved
from tests.spiders.parsers.test_agreement_files import BOOK, ENTITIES, WIDTHS, book, with_part

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
    busy = zlib.compress(b"q 1 0 0 1 0 0 cm 0 0 m 1 1 l S Q\n" * 400_000, 9)
    with pytest.raises(ParseError, match=r"more than 1 seconds of the processor's time"):
        confined.sheets("pdf", pdf(Drawing(), streams=[busy]), URL, seconds=1)


def test_a_program_that_fails_is_told_as_the_files_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ParseError, match="made the program that reads it fail"):
        confined.sheets("pdf", pdf(page()), URL)


def test_nothing_of_the_environment_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "x")
    monkeypatch.setenv("PYTHONWARNINGS", "error::nonsense")  # would be complained of by the process
    assert confined.sheets("pdf", pdf(page()), URL)
