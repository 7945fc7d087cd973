"""Names of codes: the whole CPV in Danish and English, and NUTS areas as their own countries call them.

    cpv_name(code, language)   "90911200", "da" -> "Rengøring af bygninger"
    nuts_name(code)            "DK011" -> "Byen København"
    area_name(code)            "0161" -> "Glostrup"; of an area of NUTS as nuts_name
    area_nuts(code)            "0161" -> "DK012"
    find_area(words)           "Glostrup" -> "0161", "dk012" -> "DK012"

The data files of CPV and NUTS beside this module are written by generate.py, that of the municipalities by hand;
SOURCES.md names where they come from and under which licence. They are read at the first question, some ten
milliseconds, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_COLUMN = {"da": 1, "en": 2}


def cpv_name(code: str, language: str) -> str:
    """What a CPV code of eight digits (BT-262; a check digit after a hyphen is ignored) stands for; "" if unknown.

    >>> cpv_name("90911200", "da"), cpv_name("90911200-8", "en"), cpv_name("12", "en")
    ('Rengøring af bygninger', 'Building-cleaning services', '')
    """
    return _cpv(language).get(code.partition("-")[0], "")


def nuts_name(code: str) -> str:
    """What an area of NUTS 2024 (United Kingdom: 2018) is called at home; "" if unknown.

    There are no translations: an area of Denmark has its Danish name, one of Greece its Greek name.

    >>> nuts_name("DK011"), nuts_name("SE224"), nuts_name("DKZZZ")
    ('Byen København', 'Skåne län', '')
    """
    return _nuts().get(code.upper(), "")


@dataclass(frozen=True, slots=True)
class Municipality:
    """A Danish municipality: its official number of four digits, its name, and the area of NUTS that it lies in."""

    code: str
    name: str
    nuts: str


def municipalities() -> tuple[Municipality, ...]:
    """All 98, by number."""
    return tuple(_municipalities().values())


def area_nuts(code: str) -> str:
    """The area of NUTS that a municipality lies in: notices carry no finer code. A code of NUTS is its own.

    >>> area_nuts("0161"), area_nuts("DK011")
    ('DK012', 'DK011')
    """
    found = _municipalities().get(code)
    return found.nuts if found else code


def area_name(code: str) -> str:
    """What a municipality or an area of NUTS is called; "" if unknown."""
    found = _municipalities().get(code)
    return found.name if found else nuts_name(code)


def find_area(words: str) -> str:
    """The code of a municipality named or numbered, or of an area of NUTS given by its code; "" if there is none.

    >>> find_area("glostrup kommune"), find_area("101"), find_area("dk01"), find_area("Atlantis")
    ('0161', '0101', 'DK01', '')
    """
    sought = words.strip().casefold().removesuffix(" kommune")
    if sought.isdecimal():
        return next((code for code in _municipalities() if code == sought.zfill(4)), "")
    code = words.strip().upper()
    return _by_name(sought) or _by_name(sought.removesuffix("s")) or (code if code == "DK" or nuts_name(code) else "")


def _by_name(sought: str) -> str:
    """The municipality of that name: many write å where the name has aa, and Århus for Aarhus."""
    double = sought.replace("å", "aa")
    named = (one for one in _municipalities().values() if one.name.casefold().replace("å", "aa") == double)
    return next((one.code for one in named), "")


@cache
def _municipalities() -> dict[str, Municipality]:
    rows = (line.split("\t") for line in _lines("municipalities.tsv"))
    return {row[0]: Municipality(*row) for row in rows}


@cache
def _cpv(language: str) -> dict[str, str]:
    column = _COLUMN[language]
    rows = (line.split("\t") for line in _lines("cpv.tsv"))
    return {row[0]: row[column] for row in rows}


@cache
def _nuts() -> dict[str, str]:
    return dict(line.split("\t", 1) for line in _lines("nuts.tsv"))


def _lines(name: str) -> list[str]:
    """The rows of a data file without its heading."""
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]
