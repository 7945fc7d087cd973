"""Whom to ask, out of a CSV file: all of it or nothing, every mistake named by its line and never by an address."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
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
    """The rows, each address once, as it stands first. Raises UsageError with every row that cannot be read."""
    text = decoded(file.read_bytes())
    # A quotation mark that is not closed would swallow the rows below it: strict.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter(text.partition("\n")[0]), strict=True)
    wishes: dict[str, Wish] = {}
    wrong: list[str] = []
    try:
        reader.fieldnames = _headings(reader.fieldnames or (), file)
        for row in reader:
            wish, mistakes = _read_row(row, known_trades)
            wrong += [f"line {reader.line_num}: {mistake}" for mistake in mistakes]
            if wish:
                wishes.setdefault(wish.address.casefold(), wish)
    except csv.Error as error:
        wrong.append(f"line {reader.line_num + 1}: this cannot be read as CSV ({error}).")
    if wrong:
        more = f"; and {len(wrong) - _WRONG_SHOWN} more" if len(wrong) > _WRONG_SHOWN else ""
        told = " ".join(wrong[:_WRONG_SHOWN]) + more
        raise UsageError(
            f"nobody was asked. {told}",
            where=str(file),
            remedy=f"mend these lines and import it again; trades are called {', '.join(known_trades)}",
        )
    return list(wishes.values())


def _headings(named: Sequence[str], file: Path) -> list[str]:
    """The names of the columns. Those of empty columns, which spreadsheets leave at the end, are ""."""
    headings = [heading.strip().casefold() for heading in named]
    where, remedy = f"{file}:1", f"let the first line name the columns: {', '.join(COLUMNS)}"
    if "address" not in headings:  # asked first: a file without headings begins with somebody's address
        raise UsageError("no column is called 'address'", where=where, remedy=remedy)
    known = [heading for heading in headings if heading]
    if unknown := [heading for heading in known if heading not in COLUMNS]:
        raise UsageError(f"there is no column '{_without_address(unknown[0])}'", where=where, remedy=remedy)
    if twice := [heading for heading in COLUMNS if known.count(heading) > 1]:
        raise UsageError(f"two columns are called '{twice[0]}'", where=where, remedy=remedy)
    return headings


def _read_row(row: Mapping[str, object], known_trades: Sequence[str]) -> tuple[Wish | None, list[str]]:
    """What a row asks for, None where it is empty, and what is wrong with it."""
    cells = {key: value for key, value in row.items() if key in COLUMNS and isinstance(value, str) and value.strip()}
    over = any(_holds_more(value) for key, value in row.items() if key not in COLUMNS)
    if not cells and not over:
        return None, []
    wish, problems = read_wish({key: (value,) for key, value in cells.items()}, known_trades)
    told = [_told(one) for one in problems]
    if over:
        told.append("It has more cells than there are columns; put quotation marks around a cell with the separator.")
    return wish, told


def _holds_more(value: object) -> bool:
    """Whether something stands in a cell without a heading, or in those beyond the last one."""
    return any(isinstance(cell, str) and cell.strip() for cell in (value if isinstance(value, list) else (value,)))


def _told(problem: Problem) -> str:
    """What is wrong, without an address: these are shown nowhere."""
    return words("en")(f"web.wrong_{problem.key}", words=_without_address(problem.words))


def _without_address(text: str) -> str:
    return "…@…" if "@" in text else text
