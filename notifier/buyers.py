"""The buyers that an installation follows: config/buyers.csv, a table that a clerk keeps in a spreadsheet.

    name;cvr;kind
    Københavns Kommune;64942212;administration
    # a line that begins with # is a remark

`kind` says how the buyer stands to the town: `administration` is the town itself, whose purchases are followed wherever
the work is done; the others are followed in the places that `[places]` names (notifier/scope.py).
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from notifier.errors import Mistake
from notifier.text import clean_line

FILE = "buyers.csv"
_HEADINGS = ("name", "cvr", "kind")
_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)  # of the digits of a CVR number; their sum is a multiple of 11


class BuyerKind(StrEnum):
    """How a buyer stands to the town."""

    ADMINISTRATION = "administration"
    HOUSING = "housing"  # a housing association
    REGION = "region"
    PURCHASING = "purchasing"  # a central purchasing body
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Buyer:
    """One buyer. `cvr` has eight digits."""

    name: str
    cvr: str
    kind: BuyerKind = BuyerKind.OTHER

    @property
    def doubtful(self) -> bool:
        """Whether the number's check digit is wrong: most likely a slip of the pen."""
        return not checks(self.cvr)


# What stands before a number: DK, CVR, CVR-nr., "CVR-nummer:", also one after another.
_BEFORE = re.compile(r"^(\W*(DK|CVR(\W*(NR|NO|NUMMER)(?![A-Z]))?))*[\s.:-]*")


def plain_cvr(written: str) -> str:
    """The digits of a CVR number, which may be written with blanks, or with DK or CVR before it; "" where it has not
    eight, or where two numbers stand together.

    >>> plain_cvr("CVR-nr. 12 34 56 74"), plain_cvr("12345674/87654321")
    ('12345674', '')
    """
    found = re.sub(r"[\s.-]", "", _BEFORE.sub("", unicodedata.normalize("NFKC", written).upper()))
    return found if re.fullmatch(r"\d{8}", found, re.ASCII) else ""


def checks(cvr: str) -> bool:
    """Whether the check digit of eight digits is right (modulus 11).

    >>> checks("12345674"), checks("12345675")
    (True, False)
    """
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, cvr, strict=True)) % 11 == 0


def read_buyers(path: Path, mistakes: list[Mistake]) -> tuple[Buyer, ...]:
    """The buyers in a file, none where there is no file. What is wrong in it is added to `mistakes`, with its line."""
    found: dict[str, Buyer] = {}
    for number, cells in read_rows(path, _HEADINGS, mistakes):
        if buyer := _buyer(path, number, cells, found, mistakes):
            found[buyer.cvr] = buyer
    return tuple(found.values())


def read_rows(path: Path, headings: tuple[str, ...], mistakes: list[Mistake]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a table that a clerk keeps, each with its line's number and its cells by their headings.

    None where there is no file. Semicolons, commas or tabs; lines that begin with # are remarks.
    """
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        mistakes.append(Mistake(str(path), None, "", f"cannot be read ({error.strerror})", "make it readable"))
        return []
    lines = [(number, line) for number, line in enumerate(decoded(body).splitlines(), 1) if _says(line)]
    if not lines:
        return []
    head = lines[0][1]
    rows = [(number, next(csv.reader([line], delimiter=delimiter(head)))) for number, line in lines]
    named = [cell.strip().casefold() for cell in rows[0][1]]
    if missing := [heading for heading in headings if heading not in named]:
        remedy = f"let its first line be {';'.join(headings)}"
        mistakes.append(Mistake(str(path), rows[0][0], "", f"has no column {missing[0]}", remedy))
        return []
    return [(number, dict(zip(named, (cell.strip() for cell in row), strict=False))) for number, row in rows[1:]]


def numbers(buyers: Iterable[Buyer]) -> tuple[str, ...]:
    """The CVR numbers, in the file's order."""
    return tuple(buyer.cvr for buyer in buyers)


def notes(buyers: Iterable[Buyer]) -> Iterator[str]:
    """What is no mistake for sure, but hardly meant."""
    for buyer in buyers:
        if buyer.doubtful:
            yield f"{FILE}: {buyer.cvr} ({buyer.name}) has a wrong check digit: compare it with datacvr.virk.dk"


def decoded(body: bytes) -> str:
    """UTF-8, with or without a mark; else windows-1252, as spreadsheets write it in Denmark."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _says(line: str) -> bool:
    return bool(line.strip(" ;,\t")) and not line.lstrip().startswith("#")


def delimiter(head: str) -> str:
    return max(";,\t", key=head.count)


def _buyer(
    path: Path, number: int, cells: dict[str, str], known: dict[str, Buyer], mistakes: list[Mistake]
) -> Buyer | None:
    """One row."""

    def mistake(key: str, what: str, remedy: str) -> None:
        mistakes.append(Mistake(str(path), number, key, what, remedy))

    name, kind = clean_line(cells.get("name")), cells.get("kind", "").casefold()
    cvr = plain_cvr(cells.get("cvr", ""))
    if not cvr:
        mistake("cvr", f"is '{cells.get('cvr', '')}'", "give eight digits, as datacvr.virk.dk has them")
        return None
    if cvr in known:
        mistake("cvr", f"{cvr} stands here twice", f"remove one; it is {known[cvr].name}'s already")
        return None
    if not name:
        mistake("name", "is empty", "give the buyer's name")
    if kind not in set(BuyerKind):
        near = difflib.get_close_matches(kind, list(BuyerKind), 1)
        advice = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(BuyerKind)}"
        mistake("kind", f"is '{kind}'", advice)
        return None
    return Buyer(name, cvr, BuyerKind(kind))
