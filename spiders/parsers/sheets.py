"""Spreadsheets and separated values into rows of text: what a cell shows to a reader, and where it stands.

A date becomes "2026-12-31" and an amount in a currency's format "1250000 kr."; other numbers stay numbers, and
`Sheet.day_zero` says from which day the workbook counts (1900 or 1904). Merged cells stand in each place that they
cover. What the publisher has hidden (rows, columns, sheets) is not read, and is told.

`read_workbook` is meant to run in a process of its own (`spiders.confined`): a workbook is an archive that anybody
can make swell. Formats: ECMA-376 part 1 (SpreadsheetML), RFC 4180 as Danish spreadsheets write it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import openpyxl
from openpyxl.cell import Cell, MergedCell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from notifier.errors import ParseError
from spiders.parsers import markup

MOST_ROWS = 20_000  # a town has some hundred agreements
MOST_COLUMNS = 200
_MOST_UNPACKED = 64 << 20  # bytes of XML; a list of a thousand agreements has one million
_MOST_PARTS = 2_000
_MOST_TOLD = 5

Known = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands there. `place` names it within its document: "row 12", "page 3, row 4"."""

    texts: tuple[str, ...]
    place: str
    across: bool = False  # one cell over several columns, and nothing beside it
    goes_on: bool = False  # the first of a page that goes on with the table of the page before
    flags: tuple[str, ...] = ()  # cells that could not be read


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, or a table of a document. `remarks` tell what was left out."""

    name: str
    lines: tuple[Line, ...]
    day_zero: dt.date | None = None
    remarks: tuple[str, ...] = ()


# -- separated values ------------------------------------------------------------------------------------------


def read_csv(body: bytes, charset: str = "", known: Known = len) -> Sheet:
    """The lines of a CSV file. `known` says of a row how many of its cells are headings that are known.

    The separator is the one with which most headings are known. ParseError where quotation marks do not match: what
    follows would be swallowed by one cell.
    """
    written = markup.decode(body, charset).replace("\0", "")
    stated = re.match(r"sep=(.)\r?\n", written)
    if stated:  # a line that spreadsheet programs write and understand
        return _separated(written[stated.end() :], stated[1], 1)
    return _separated(written, max(";,\t|", key=lambda separator: _fits(written, separator, known)), 0)


def _fits(written: str, separator: str, known: Known) -> int:
    head = io.StringIO(written[:20_000], newline="")
    try:
        return max((known(row) for row in csv.reader(head, delimiter=separator)), default=0)
    except csv.Error:
        return 0


def _separated(written: str, separator: str, before: int) -> Sheet:
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    first = before + 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                lines.append(Line(tuple(_bare(cell) for cell in row), f"line {first}"))
            first = before + reader.line_num + 1
            check_size(len(lines), len(row))
    except csv.Error as error:
        raise ParseError(
            f"the file cannot be divided into cells from line {first} on ({error})",
            remedy="look at the quotation marks there, and tell the publisher",
        ) from error
    return Sheet("", tuple(lines))


def _bare(cell: str) -> str:
    formula = re.fullmatch(r'="([^"]*)"', cell.strip())  # how some programs keep leading zeros
    return formula[1] if formula else cell


def check_size(rows: int, columns: int) -> None:
    """ParseError where a table is larger than any list of agreements."""
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise ParseError(
            f"the table is larger than {MOST_ROWS} rows or {MOST_COLUMNS} columns",
            remedy="it is no list of agreements; look at the address",
        )


# -- workbooks -------------------------------------------------------------------------------------------------


def read_workbook(body: bytes) -> list[Sheet]:
    """The visible sheets of an .xlsx or .xlsm file. ParseError with the reason where it is refused."""
    formulas = _check_archive(body)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extensions that hold no cells
        try:
            shown = openpyxl.load_workbook(io.BytesIO(body), data_only=True, keep_links=False)
            asked = openpyxl.load_workbook(io.BytesIO(body), keep_links=False) if formulas else None
        except (MemoryError, ParseError):
            raise
        except Exception as error:  # openpyxl raises whatever its parts raise
            raise _broken(f"{type(error).__name__}: {error}") from error
        return [
            _sheet(shown, sheet, asked[sheet.title] if asked else None)
            for sheet in shown.worksheets
            if sheet.sheet_state == "visible"
        ]


def _broken(why: str) -> ParseError:
    return ParseError(f"the workbook is broken ({why[:200]})", remedy="open it, and tell its publisher")


def _check_archive(body: bytes) -> bool:
    """Refuse what is no workbook, what would swell, and entities; whether there are formulas in it."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        parts = archive.infolist()
        xml = [part for part in parts if part.filename.endswith((".xml", ".rels", ".vml"))]
        if not any(part.filename == "xl/workbook.xml" for part in parts):
            raise ParseError("the file is an archive, but no .xlsx workbook", remedy="ask for .xlsx or .csv")
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in xml) > _MOST_UNPACKED:
            raise ParseError(
                f"the workbook unpacks to more than {_MOST_UNPACKED >> 20} MiB or {_MOST_PARTS} parts",
                remedy="nothing of it is read; look at the address",
            )
        # An archive that holds more than it says does not get past zipfile's own check sums.
        formulas = [part for part in xml if _has_formulas(archive.read(part))]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise _broken(str(error)) from error
    return bool(formulas)


def _has_formulas(xml: bytes) -> bool:
    if b"<!DOCTYPE" in xml or "<!DOCTYPE".encode("utf-16-le") in xml or "<!DOCTYPE".encode("utf-16-be") in xml:
        raise ParseError("the workbook defines entities, as no spreadsheet program does", remedy="it is not read")
    return b"<f>" in xml or b"<f " in xml


def _sheet(book: Workbook, sheet: Worksheet, formulas: Worksheet | None) -> Sheet:
    cells, flags = _cells(sheet, formulas)
    merged = _merged(sheet, cells)
    hidden_rows = {row for row, of in sheet.row_dimensions.items() if of.hidden}
    hidden_columns = _hidden_columns(sheet)
    columns = sorted({column for _, column in cells} - hidden_columns)
    rows = sorted({row for row, _ in cells})
    doubts = [flag for row in sorted(flags.keys() - hidden_rows) for flag in flags[row]]
    check_size(len(rows), len(columns))
    lines = [
        Line(
            tuple(cells.get((row, column), "") for column in columns),
            f"row {row}",
            across=_across(row, columns, cells, merged),
            flags=tuple(flags.get(row, ())),
        )
        for row in rows
        if row not in hidden_rows
    ]
    unseen = len(hidden_rows.intersection(rows))
    remarks = [f'hidden rows of the sheet "{sheet.title}" that were left out: {unseen}'] if unseen else []
    more = [f'{len(doubts) - _MOST_TOLD} more cells of the sheet "{sheet.title}" could not be read']
    remarks += doubts[:_MOST_TOLD] + (more if len(doubts) > _MOST_TOLD else [])
    return Sheet(f'sheet "{sheet.title}"', tuple(lines), book.epoch.date(), tuple(remarks))


def _cells(sheet: Worksheet, formulas: Worksheet | None) -> tuple[dict[tuple[int, int], str], dict[int, list[str]]]:
    """The text of each cell that holds one, by row and column, and by row what could not be read."""
    found: dict[tuple[int, int], str] = {}
    flags: dict[int, list[str]] = {}
    for place, cell in _held(sheet):
        if cell.data_type == "e":
            what = f'{cell.coordinate} of the sheet "{sheet.title}" holds the error {cell.value}'
            flags.setdefault(place[0], []).append(what)
        elif said := _shown(cell).strip():
            found[place] = said
    for place, cell in _held(formulas) if formulas else ():
        if cell.data_type == "f" and place not in found and sheet.cell(*place).value is None:
            flags.setdefault(place[0], []).append(
                f'{cell.coordinate} of the sheet "{sheet.title}" is a formula whose result is not stored: the file '
                "has to be opened and saved in a spreadsheet program"
            )
    return found, flags


def _held(sheet: Worksheet) -> Iterator[tuple[tuple[int, int], Cell]]:
    # The cells that the file has, and not the rectangle around them: one styled cell in the last row makes
    # a million rows of it.
    for place, cell in sorted(sheet._cells.items()):
        if not isinstance(cell, MergedCell) and cell.value is not None:
            yield place, cell


def _merged(sheet: Worksheet, cells: dict[tuple[int, int], str]) -> dict[tuple[int, int], object]:
    """Write merged cells into each place that they cover, and say which places those are."""
    covered: dict[tuple[int, int], object] = {}
    for area in sheet.merged_cells.ranges:
        said = cells.get((area.min_row, area.min_col), "")
        last_row = min(area.max_row, area.min_row + MOST_ROWS)
        last_column = min(area.max_col, area.min_col + MOST_COLUMNS)
        if not said or len(covered) > MOST_ROWS * 20:
            continue
        for row in range(area.min_row, last_row + 1):
            for column in range(area.min_col, last_column + 1):
                covered[row, column] = area
                cells[row, column] = said
    return covered


def _across(
    row: int, columns: Iterable[int], cells: dict[tuple[int, int], str], merged: dict[tuple[int, int], object]
) -> bool:
    filled = [(row, column) for column in columns if (row, column) in cells]
    return len(filled) > 1 and len({id(merged.get(place, place)) for place in filled}) == 1


def _hidden_columns(sheet: Worksheet) -> set[int]:
    hidden = [of for of in sheet.column_dimensions.values() if of.hidden]
    return {at for of in hidden for at in range(of.min or 1, min(of.max or 1, 16_384) + 1)}


def _shown(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    return str(value)


def _number(value: float, shown_as: str) -> str:
    number = str(int(value)) if value == int(value) else f"{value:.2f}"
    if re.search(r"kr|DKK", shown_as, re.IGNORECASE):
        return f"{number} kr."
    return f"{number} EUR" if "€" in shown_as or "EUR" in shown_as else number
