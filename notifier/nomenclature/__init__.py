"""Names of codes: the whole CPV in Danish and English, and NUTS areas as their own countries call them.

    cpv_name(code, language)   "90911200", "da" -> "Rengøring af bygninger"
    nuts_name(code)            "DK011" -> "Byen København"

The two data files beside this module are written by generate.py; SOURCES.md names where they come from and under
which licence. They are read at the first question, some ten milliseconds, and kept.
"""

from __future__ import annotations

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
