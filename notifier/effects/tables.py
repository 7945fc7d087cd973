"""Tables as values: the page and the file to download are made of the same, so neither says more than the other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from notifier.text import defused

BOM = "\ufeff"

Cell = int | str


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names it on its page and in the file's name. The first column's cells head their rows."""

    key: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def numbers(self) -> tuple[bool, ...]:
        """Which columns hold numbers, beside a word where one is not told; never the first."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.head)
        return (False, *(any(isinstance(cell, int) for cell in one) or all(map(_wordless, one)) for one in columns[1:]))


def _wordless(cell: Cell) -> bool:
    return isinstance(cell, int) or not any(letter.isalpha() for letter in cell)


def as_csv(table: Table) -> bytes:
    """The table as a file."""
    return for_spreadsheets((table.head, *table.rows))


def for_spreadsheets(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows as a Danish spreadsheet opens them with a double click: semicolons, since the comma parts decimals there,
    and a mark that says UTF-8, without which it would take æ, ø and å for something else (RFC 4180 but for these).
    Every cell of words is quoted, and none is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([cell if isinstance(cell, int) else defused(cell) for cell in row] for row in rows)
    return (BOM + text.getvalue()).encode("utf-8")
