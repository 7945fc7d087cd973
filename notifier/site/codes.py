"""Codes and numbers of a notice as the public may see them: those that have the shape of one. Pure."""

from __future__ import annotations

import re

from notifier.buyers import plain_cvr
from notifier.lots import Organisation
from notifier.phrases import without_people

_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._/:-](?=[A-Za-z0-9])){0,79}")


def coded(code: str, language: str = "da") -> str:
    """A code, a number or an identifier as it stands; what has another shape is read as words of a source are.

    >>> coded("90911200"), coded("710123-2026"), coded("anna@by.example")
    ('90911200', '710123-2026', '(mailadresse hos kilden)')
    """
    return code if _CODE.fullmatch(code) else without_people(code, language)


_DANISH = ("", "DK", "DNK")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")  # ISO 17442
_ABROAD = re.compile(r"(?:[A-Z]{1,4}[ .:_-]{0,2})?[0-9](?:[0-9A-Za-z]|[ ./_-](?=[0-9A-Za-z])){3,24}")
# Numbers of persons: Finland, Spain (also of foreigners).
_OF_A_PERSON = re.compile(r"[0-9]{6}[-+][0-9]{3}[A-Z]|[0-9]{6}[A-Y][0-9]{3}[0-9A-Z]|[0-9]{8}[A-Z]|[XYZ][0-9]{7}[A-Z]")


def company_number(organisation: Organisation) -> str:
    """The number under which a company is registered; "" for what may be the number of a person.

    Sole traders are bidders and winners too, and a source may have their own number (CPR: DDMMYY-XXXX) there.

    >>> company_number(Organisation("Ren By A/S", "DK 12 34 56 78")), company_number(Organisation("X", "010203-1234"))
    ('12345678', '')
    """
    written = organisation.identifier.strip()
    if organisation.country.upper() in _DANISH:
        return plain_cvr(written)
    if _LEI.fullmatch(written):
        return written
    digits, letters = re.sub(r"[^0-9]", "", written), re.sub(r"[^A-Za-z]", "", written)
    looks = _ABROAD.fullmatch(written) and len(digits) > 4 and len(letters) < 4
    bare = re.sub(r"[ .]", "", written)
    return written if looks and not _OF_A_PERSON.fullmatch(bare) and not _dated(digits) else ""


def _dated(digits: str) -> bool:
    """Whether ten to twelve digits can begin with a day of birth, as the numbers of persons do in most countries."""
    if not 10 <= len(digits) <= 12:
        return False
    six = digits[2:8] if len(digits) == 12 else digits[:6]
    pairs = [int(six[at : at + 2]) for at in (0, 2, 4)]
    return any(1 <= day <= 31 and 1 <= month <= 12 for (day, month) in ((pairs[0], pairs[1]), (pairs[2], pairs[1])))
