"""Ruled tables of a PDF into rows of text, over page breaks.

A table that goes on at the top of the next page, with the same columns, is one table; whether its headings come
again there is for the reader of the rows. Only ruled tables are read: where columns are held apart by blanks alone,
the blanks can prove them, but nothing proves whether a line is a row or the rest of the row above. Lines of text that
stand beneath a table, outside its rules, are told, because a row whose last rule is missing stands there.

Meant to run in a process of its own with limits (`spiders.confined`): a PDF is a program that draws pages.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdftypes import LITERALS_FLATE_DECODE, PDFStream, resolve1
from pdfplumber.page import Page
from pdfplumber.table import Table

from notifier.errors import ParseError
from spiders.parsers.sheets import Line, Sheet, check_size

MOST_PAGES = 200
_MOST_DRAWN = 32 << 20  # bytes; a dense page takes a hundred thousand
_FLATE = [[name] for name in LITERALS_FLATE_DECODE]
_SAME_COLUMN = 3.0  # points between the rules of two pages that are the same column; pdfplumber's own tolerance
_TITLE = re.compile(r"\W*(?:side|page)?\W*\d*\W*(?:af|of|/)?\W*\d*\W*", re.IGNORECASE)  # "Side 1 af 3"
_WRAPPED_HYPHEN = re.compile(r"(?<=\w)-\n(?!(?:og|eller|and|or)\b)")

Box = tuple[float, float, float, float]  # x0, top, x1, bottom; in points from the upper left corner


def read_pdf(body: bytes) -> list[Sheet]:
    """The tables of a PDF, in their order. ParseError with the reason where it is refused or holds none."""
    if b"%PDF-" not in body[:1024]:
        raise ParseError("the file is called a PDF and is none", remedy="open the address and look")
    try:
        with pdfplumber.open(io.BytesIO(body)) as document:
            count = len(document.pages)
            if not 0 < count <= MOST_PAGES:
                raise ParseError(
                    f"the PDF has {count} pages, and 1 to {MOST_PAGES} are read", remedy="open the address and look"
                )
            return _sheets(document.pages)
    except (MemoryError, ParseError):
        raise
    except Exception as error:  # pdfminer raises whatever a broken file makes it trip over
        raise _refused(error) from error


def _refused(error: Exception) -> ParseError | MemoryError:
    causes = {type(cause) for cause in (error, error.__cause__, *error.args)}
    if MemoryError in causes:
        return MemoryError()
    if causes & {PDFPasswordIncorrect, PDFEncryptionError}:
        return ParseError("the PDF is protected by a password", remedy="ask the publisher for an open one")
    return ParseError(
        f"the PDF is broken ({type(error).__name__}: {str(error)[:200]})", remedy="open it, and tell its publisher"
    )


def _sheets(pages: Sequence[Page]) -> list[Sheet]:
    groups: list[tuple[str, list[Line], list[str]]] = []
    before: Table | None = None  # the last table of the page before, where nothing but it can go on
    words = 0
    for page in pages:
        _check_whole(page)
        tables = sorted(page.find_tables(), key=lambda table: (table.bbox[1], table.bbox[0]))
        for number, table in enumerate(tables):
            goes_on = number == 0 and before is not None and _same_columns(before, table)
            if not goes_on:
                groups.append((f"table on page {page.page_number}", [], []))
            groups[-1][1].extend(_lines(table, page.page_number, goes_on))
        if groups:
            groups[-1][2].extend(_outside(page, tables))
        words += len(page.chars)
        before = tables[-1] if tables else None
        page.close()  # drops what the page holds in memory
    if not groups:
        why = _UNRULED if words else "holds no text: its pages are pictures"
        raise ParseError(f"the PDF {why}", remedy="ask the publisher for the list as .xlsx or .csv")
    check_size(sum(len(lines) for _, lines, _ in groups), 0)
    return [Sheet(name, tuple(lines), remarks=_told(outside)) for name, lines, outside in groups]


_UNRULED = (
    "has no table with rules around its cells: which word belongs to which cell, and whether a line is a row or the "
    "rest of the one above, would have to be guessed"
)


def _check_whole(page: Page) -> None:
    """ParseError where what draws a page is cut off, of which pdfminer would read the rest as if it were all."""
    for part in page.page_obj.contents:
        stream = resolve1(part)
        if isinstance(stream, PDFStream) and [name for name, _ in stream.get_filters()] in _FLATE:
            unpacker = zlib.decompressobj()
            try:
                unpacker.decompress(stream.get_rawdata() or b"", _MOST_DRAWN)
            except zlib.error as error:
                raise _damaged(page, "is damaged") from error
            if not unpacker.eof:
                raise _damaged(page, "unpacks to too much" if unpacker.unconsumed_tail else "is cut off")


def _damaged(page: Page, what: str) -> ParseError:
    return ParseError(f"page {page.page_number} of the PDF {what}", remedy="open it, and tell its publisher")


def _told(outside: list[str]) -> tuple[str, ...]:
    return tuple(f'text outside the tables was not read: "{line[:80]}"' for line in dict.fromkeys(outside))


def _edges(table: Table, axis: int) -> list[float]:
    """Where the rules of a table stand, from left to right (axis 0) or from top to bottom (axis 1)."""
    found: list[float] = []
    for at in sorted({cell[axis] for cell in table.cells} | {cell[axis + 2] for cell in table.cells}):
        if not found or at - found[-1] > _SAME_COLUMN:
            found.append(at)
    return found


def _same_columns(one: Table, other: Table) -> bool:
    left, right = _edges(one, 0), _edges(other, 0)
    return len(left) == len(right) and all(abs(a - b) <= _SAME_COLUMN for a, b in zip(left, right, strict=True))


def _lines(table: Table, page: int, goes_on: bool) -> Iterator[Line]:
    """The rows of a table; a cell over several rows or columns stands in each."""
    said: dict[Box, str] = {
        cell: text or ""
        for row, texts in zip(table.rows, table.extract(), strict=True)
        for cell, text in zip(row.cells, texts, strict=True)
        if cell is not None
    }
    columns = [(left + right) / 2 for left, right in pairwise(_edges(table, 0))]
    for number, (top, bottom) in enumerate(pairwise(_edges(table, 1)), start=1):
        boxes = [_covering(said, x, (top + bottom) / 2) for x in columns]
        yield Line(
            tuple(_unwrapped(said[box]) if box else "" for box in boxes),
            f"page {page}, row {number}",
            across=len(columns) > 1 and len(set(boxes)) == 1,
            goes_on=goes_on and number == 1,
        )


def _covering(cells: dict[Box, str], x: float, y: float) -> Box | None:
    return next((box for box in cells if box[0] <= x < box[2] and box[1] <= y < box[3]), None)


def _unwrapped(cell: str) -> str:
    """A cell's text on one line: there a line break is where the cell was too narrow.

    >>> _unwrapped("IT-\\nudstyr og\\nprintere"), _unwrapped("Vare-\\nog tjenesteydelser")
    ('IT-udstyr og printere', 'Vare- og tjenesteydelser')
    """
    return " ".join(_WRAPPED_HYPHEN.sub("-", cell).split())


def _outside(page: Page, tables: Sequence[Table]) -> Iterator[str]:
    """Lines of text beneath the first table of a page, or on a page without any, that no table holds."""
    begins = tables[0].bbox[1] if tables else 0.0
    for line in page.extract_text_lines(return_chars=False):
        middle = (line["top"] + line["bottom"]) / 2
        held = any(table.bbox[1] <= middle <= table.bbox[3] for table in tables)
        if middle > begins and not held and not _TITLE.fullmatch(line["text"]):
            yield line["text"]
