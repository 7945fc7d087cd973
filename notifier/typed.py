"""What officers type into forms, into values: as strictly as what comes from a source, each mistake named beside it.

`Typed.wrong` is a key of the texts (typed.wrong_…); "" where the value stands. What is left empty is unknown.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from notifier.amounts import parse_money, parse_number
from notifier.clock import COPENHAGEN, parse_day, parse_deadline
from notifier.lots import MAILTO, Deadline, Money
from notifier.nomenclature import area_nuts, cpv_name, find_area
from notifier.periods import duration
from notifier.text import MAX_TEXT, clean, clean_address, clean_line, clean_url

ValueT = TypeVar("ValueT")
_TIME = re.compile(r"(?:kl\.?\s*)?(\d{1,2})(?:[.:](\d{2}))?")
_ISO_DURATION = re.compile(r"P[1-9]\d{0,3}[DWMY]")
_LARGEST = Decimal(10**13)  # kroner; above it is a typing mistake, not a purchase


@dataclass(frozen=True, slots=True)
class Typed(Generic[ValueT]):
    """What was typed, read; or why it cannot be."""

    value: ValueT
    wrong: str = ""


def line(said: str, *, needed: bool = False) -> Typed[str]:
    """One line of plain text."""
    found = clean_line(said)
    return Typed(found, "needed" if needed and not found else "")


def text(said: str) -> Typed[str]:
    """Plain text of several lines."""
    return Typed(clean(said, MAX_TEXT))


def moment(day: str, time: str) -> Typed[Deadline | None]:
    """A deadline from a day and a time of day in Copenhagen; without a time it lasts to the day's end.

    >>> moment("2026-12-08", "12.00").value.at.isoformat()
    '2026-12-08T12:00:00+01:00'
    """
    day, time = day.strip(), time.strip()
    if not day:
        return Typed(None, "day" if time else "")
    on = parse_day(day)
    if on is None:
        return Typed(None, "day")
    at = _TIME.fullmatch(time) if time else None
    if time and at is None:
        return Typed(None, "time")
    hour = f" kl. {at[1]}.{at[2] or '00'}" if at else ""
    found = parse_deadline(f"{on.isoformat()}{hour}")
    return Typed(found, "" if found else "time")


def day(said: str) -> Typed[dt.date | None]:
    """A day."""
    found = parse_day(said) if said.strip() else None
    return Typed(found, "" if found or not said.strip() else "day")


def as_moment(deadline: Deadline | None) -> tuple[str, str]:
    """Day and time as fields of a form hold them."""
    if deadline is None:
        return "", ""
    if not deadline.time_known:
        return deadline.at.date().isoformat(), ""
    local = deadline.at.astimezone(COPENHAGEN)
    return local.date().isoformat(), f"{local:%H:%M}"


def money(said: str) -> Typed[Money | None]:
    """An amount without VAT; kroner where no currency stands beside it.

    >>> money("250.000").value, money("250.000 kr. inkl. moms").wrong
    (Money(amount=Decimal('250000'), currency='DKK'), 'money')
    """
    said = said.strip()
    if not said:
        return Typed(None)
    number = parse_number(said)
    found = Money(number) if number is not None else parse_money(said)
    return Typed(found) if found and 0 < found.amount < _LARGEST else Typed(None, "money")


def as_money(value: Money | None) -> str:
    """An amount as it is typed: "250.000", "1.250,50 EUR"."""
    if value is None:
        return ""
    whole = value.amount == value.amount.to_integral_value()
    written = f"{value.amount:,.0f}" if whole else f"{value.amount:,.2f}"
    written = written.translate(str.maketrans(",.", ".,"))
    return written if value.currency == "DKK" else f"{written} {value.currency}"


def length(said: str) -> Typed[str]:
    """A duration as ISO 8601, from words such as "2 år" or "24 måneder"."""
    said = said.strip()
    if not said or _ISO_DURATION.fullmatch(said):
        return Typed(said)
    found, options = duration(said)
    return Typed(found) if found and not options else Typed("", "length")


def web(said: str) -> Typed[str]:
    """An address of a page; a bare host gets its scheme."""
    said = said.strip()
    if not said:
        return Typed("")
    found = clean_url(said if "://" in said else f"https://{said}") if "@" not in said.partition("/")[0] else ""
    return Typed(found) if found and "." in found.split("/")[2] else Typed("", "web")


def mail(said: str) -> Typed[str]:
    """One mail address."""
    said = said.strip()
    found = clean_address(said) if said else ""
    return Typed(found) if found or not said else Typed("", "mail")


def answer(said: str) -> Typed[str]:
    """Where one answers: a page, or a mail address, which is given as "mailto:…"."""
    if "@" not in said or "://" in said:
        return web(said)
    found = mail(said.strip().removeprefix(MAILTO))
    return Typed(f"{MAILTO}{found.value}" if found.value else "", found.wrong)


_NAME = re.compile(r"[a-zæøå]{2,}[._-][a-zæøå]{2,}", re.IGNORECASE)
# Words by which offices call their mailboxes, however they are joined.
_OFFICE = re.compile(
    r"(?:indkoeb|indkøb|indkob|udbud|post|kontakt|info|mail|center|team|forvaltning|afdeling|kommune|sekretariat|drift|"
    r"skole|bibliotek|ejendom|byg|service|faktura|kontor|job|borger|teknik|miljo|miljoe|park|vej|kultur|social|sundhed)",
    re.IGNORECASE,
)


def is_persons(address: str) -> bool:
    """Whether a mail address looks like one person's: "anna.lund@…", and no word of an office in it.

    >>> is_persons("anna.lund@by.dk"), is_persons("indkoeb@by.dk"), is_persons("park-vej@by.dk")
    (True, False, False)
    """
    local = address.partition("@")[0]
    return _NAME.fullmatch(local) is not None and not _OFFICE.search(local)


def cpv(said: str) -> Typed[str]:
    """One CPV code that exists; its check digit and its dots are left out."""
    found = re.sub(r"[\s.]|-\d$", "", said.strip())
    return Typed(found) if not found or (re.fullmatch(r"\d{8}", found) and cpv_name(found, "da")) else Typed("", "cpv")


def cpvs(said: str) -> Typed[tuple[str, ...]]:
    """Several codes, parted by commas, semicolons or lines."""
    read = [cpv(one) for one in _parts(said)]
    codes = tuple(dict.fromkeys(one.value for one in read))
    return Typed((), "cpv") if any(one.wrong for one in read) else Typed(codes)


def nuts(said: str) -> Typed[tuple[str, ...]]:
    """Areas by their codes or as municipalities: "DK011, Glostrup"."""
    codes = tuple(dict.fromkeys(area_nuts(find_area(one)) for one in re.split(r"[,;\n]", said) if one.strip()))
    return Typed(codes) if all(codes) else Typed((), "nuts")


def _parts(said: str) -> list[str]:
    return [one for one in re.split(r"[,;\s]+", said) if one]
