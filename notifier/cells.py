"""Rows of CSV (RFC 4180) in which no spreadsheet finds a formula to calculate."""

from __future__ import annotations

import re
from collections.abc import Iterable

from notifier.text import defused

_QUOTE = '"'
_QUOTED = frozenset('",;\r\n')
# A hyphen before a blank begins a point of a list, as in every other description, and no formula that does anything.
_INNER = re.compile(r"(?<=[;\r\n])(?=[^\S\r\n]*(?:[=+@＝＋＠]|[-－](?!\s)))")


def csv_row(cells: Iterable[str]) -> str:
    """Cells parted by commas, with a line's end. What could be taken for a separator is quoted."""
    return ",".join(f'"{cell.replace(_QUOTE, _QUOTE * 2)}"' if _QUOTED & set(cell) else cell for cell in cells) + "\r\n"


def text_cell(text: str) -> str:
    """A text without formulas, also behind a semicolon or a line's end: where commas part decimals, a spreadsheet that
    opens the file with a double click begins a cell there, whatever is quoted.

    >>> text_cell("a;=1+1")
    "a;'=1+1"
    """
    return _INNER.sub("'", defused(text))
