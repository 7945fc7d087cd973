"""Enterprises that are known to be social: config/enterprises.csv, a table that a clerk keeps in a spreadsheet.

    cvr;name;source;checked
    12345674;Rengørholdet;Erhvervsstyrelsen, RSV-registret;2026-11-02
    # a line that begins with # is a remark

Winners of awards are counted by it, and by nothing else: nobody is told of a tender, or kept from one, by this list. So
each line says where it comes from, and `checked` on which day somebody looked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notifier.buyers import checks, plain_cvr, read_rows
from notifier.errors import Mistake
from notifier.text import clean_line

FILE = "enterprises.csv"
_HEADINGS = ("cvr", "name", "source", "checked")


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One enterprise. `cvr` has eight digits, the last of which fits the others."""

    cvr: str
    name: str
    source: str  # where it says that the enterprise is a social one
    checked: dt.date


def read_enterprises(path: Path, mistakes: list[Mistake]) -> tuple[Enterprise, ...]:
    """The enterprises in a file, none where there is no file. What is wrong is added to `mistakes`, with its line."""
    found: dict[str, Enterprise] = {}
    for number, cells in read_rows(path, _HEADINGS, mistakes):
        day, wrong = _day(cells.get("checked", "")), _wrong(cells, found)
        if day is None:
            remedy = "give the day you looked, such as 2026-11-02"
            wrong.append(("checked", f"is '{cells.get('checked', '')}'", remedy))
        mistakes += [Mistake(str(path), number, key, what, remedy) for key, what, remedy in wrong]
        if day is not None and not wrong:
            cvr = plain_cvr(cells["cvr"])
            found[cvr] = Enterprise(cvr, clean_line(cells["name"]), clean_line(cells["source"]), day)
    return tuple(found.values())


def _wrong(cells: Mapping[str, str], known: Mapping[str, Enterprise]) -> list[tuple[str, str, str]]:
    """What is wrong with a row but its day: the column, what it is, and what to do."""
    written, wrong = cells.get("cvr", ""), list[tuple[str, str, str]]()
    cvr = plain_cvr(written)
    if not cvr:
        wrong.append(("cvr", f"is '{written}'", "give eight digits, as datacvr.virk.dk has them"))
    elif not checks(cvr):
        wrong.append(("cvr", f"{cvr} has a wrong check digit", "compare it with datacvr.virk.dk"))
    elif cvr in known:
        wrong.append(("cvr", f"{cvr} stands here twice", f"remove one; it is {known[cvr].name}'s already"))
    if not cells.get("name"):
        wrong.append(("name", "is empty", "give the enterprise's name"))
    if not cells.get("source"):
        wrong.append(("source", "is empty", "say where it is registered as a social enterprise"))
    return wrong


def _day(written: str) -> dt.date | None:
    """2026-11-02, or 02-11-2026 as a Danish spreadsheet makes of it; None for anything else."""
    for form in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            day = dt.datetime.strptime(written, form).date()  # noqa: DTZ007 - a day, without a zone
        except ValueError:
            continue
        if day.strftime(form) == written:
            return day
    return None
