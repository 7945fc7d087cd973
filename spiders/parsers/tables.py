"""HTML tables as grids: cells that span rows or columns stand in each place that they cover."""

from __future__ import annotations

import re

from bs4 import Tag

from spiders.parsers import markup

Grid = list[list[Tag]]

_MOST_SPAN = 100  # cells; HTML allows 65,534 rows, which a hostile page multiplies


def grid(table: Tag) -> Grid:
    """The rows of a table, without those of tables inside it, and without rows that have no cell."""
    open_cells: dict[int, tuple[Tag, int]] = {}
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    return [line for row in rows if (line := _line(row, open_cells))]


def _line(row: Tag, open_cells: dict[int, tuple[Tag, int]]) -> list[Tag]:
    """One row. `open_cells` holds by column what reaches down from rows above, and for how many rows more."""
    line: list[Tag] = []
    for cell in markup.cells(row):
        _reach_down(line, open_cells)
        for _ in range(_span(cell, "colspan")):
            if (rows := _span(cell, "rowspan")) > 1:
                open_cells[len(line)] = (cell, rows - 1)
            line.append(cell)
    _reach_down(line, open_cells)
    return line


def _reach_down(line: list[Tag], open_cells: dict[int, tuple[Tag, int]]) -> None:
    while (at := len(line)) in open_cells:
        cell, left = open_cells.pop(at)
        line.append(cell)
        if left > 1:
            open_cells[at] = (cell, left - 1)


def _span(cell: Tag, name: str) -> int:
    raw = str(cell.get(name) or "")
    return min(int(raw), _MOST_SPAN) if re.fullmatch(r"[1-9]\d{0,5}", raw) else 1


def texts(row: list[Tag]) -> list[str]:
    """The text of each cell."""
    return [markup.text_of(cell) for cell in row]
