"""Whom to ask, out of a CSV file: all of it or nothing, every mistake named by its line and never by an address."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from notifier.buyers import decoded, delimiter
from notifier.errors import UsageError
from notifier.wishes import Problem, Wish, read_wish
from notifier.words import words

COLUMNS = (
    "address",
    "name",
    "trades",
    "areas",
    "max_value",
    "min_value",
    "words",
    "words_out",
    "cpv",
    "cadence",
    "hour",
    "language",
)
_WRONG_SHOWN = 10


def read_table(file: Path, known_trades: Sequence[str]) -> list[Wish]:
    """The rows, each address once. Raises UsageError with every row that cannot be read."""
    text = decoded(file.read_bytes())
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter(text.partition("\n")[0]))
    headings = [heading.strip().casefold() for heading in reader.fieldnames or ()]
    reader.fieldnames = headings
    if unknown := [heading for heading in headings if heading not in COLUMNS]:
        raise UsageError(f"there is no column '{unknown[0]}'", where=str(file), remedy=f"use {', '.join(COLUMNS)}")
    if "address" not in headings:
        raise UsageError(
            "no column is called 'address'", where=f"{file}:1", remedy="name the columns in the first line"
        )
    wishes: dict[str, Wish] = {}
    wrong: list[str] = []
    for row in reader:
        cells = {key: value for key, value in row.items() if key in COLUMNS and isinstance(value, str)}
        if not any(value.strip() for value in cells.values()):
            continue
        wish, problems = read_wish({key: (value,) for key, value in cells.items() if value.strip()}, known_trades)
        wrong += [f"line {reader.line_num}: {_told(one)}" for one in problems]
        wishes.setdefault(wish.address.casefold(), wish)
    if wrong:
        more = f"; and {len(wrong) - _WRONG_SHOWN} more" if len(wrong) > _WRONG_SHOWN else ""
        told = " ".join(wrong[:_WRONG_SHOWN]) + more
        raise UsageError(f"nobody was asked. {told}", where=str(file), remedy="mend these lines and import it again")
    return list(wishes.values())


def _told(problem: Problem) -> str:
    """What is wrong, without an address: these are shown nowhere."""
    return words("en")(f"web.wrong_{problem.key}", words="" if problem.field == "address" else problem.words)
