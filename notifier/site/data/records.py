"""Records as lines: JSON Lines, and CSV with one line to a record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from notifier.cells import csv_row, text_cell
from notifier.site.data.columns import TABLE, Column

R = TypeVar("R")


def values(record: R, columns: Sequence[Column[R]]) -> dict[str, Any]:
    """The record as JSON has it, in the columns' order. What is unknown is None, and a list that is empty is a list."""
    return {column.name: column.of(record) for column in columns}


def json_line(record: R, columns: Sequence[Column[R]]) -> bytes:
    """One line of JSON Lines."""
    return (as_json(values(record, columns)) + "\n").encode("utf-8")


def as_json(value: object) -> str:
    """JSON on one line; a number that JSON does not know is an error."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def csv_head(columns: Sequence[Column[R]]) -> bytes:
    """The line of names."""
    return csv_row(column.name for column in columns).encode("utf-8")


def csv_line(record: R, columns: Sequence[Column[R]]) -> bytes:
    """One record on one line."""
    return csv_row(_cell(column.of(record), column) for column in columns).encode("utf-8")


def _cell(value: Any, column: Column[R]) -> str:
    """An empty cell for what is unknown; true and false; lists joined by "; ", of objects what is told of them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if column.type == TABLE:
        value = [": ".join(str(row[name]) for name in column.told if row[name] is not None) for row in value]
    if isinstance(value, list):
        value = "; ".join(value)
    return _text_cell(str(value))


def _text_cell(text: str) -> str:
    if text.isprintable() and text[:1].isalnum() and ";" not in text:  # as nearly all are
        return text
    lines = (line.strip() for line in text.splitlines())
    return text_cell(" ".join(line for line in lines if line))
