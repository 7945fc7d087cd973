"""Values as an eForms rendering prints them: days, deadlines, lengths, amounts, codes. Read right, or not at all.

The SDK's templates print most as the XML has it ("2027-03-12+01:00 12:00:00+01:00"), numbers by the pattern
'###,##0.##' and codes by their names; a portal may put Danish forms in their place.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final

from notifier import clock, text
from notifier.lots import Deadline, Money
from spiders.parsers import values, words
from spiders.parsers.values import Doubts

_UNITS: Final = {
    **dict.fromkeys(("døgn", "dag", "dage", "day", "days"), "D"),
    **dict.fromkeys(("uge", "uger", "week", "weeks"), "W"),
    **dict.fromkeys(("måned", "måneder", "month", "months"), "M"),
    **dict.fromkeys(("år", "year", "years"), "Y"),
}
_ANY_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_LENGTH: Final = re.compile(
    rf"0*(?P<count>[1-9]\d{{0,3}})(?:[.,]0+)?\s*(?P<unit>{_ANY_UNIT})\(?(?:er)?\)?\.?",
    re.IGNORECASE,
)
_NUTS: Final = re.compile(r"\(([A-Z]{2}[0-9A-Z]{0,3})\)|\b(DK[0-9]{1,3})\b")
# ${BT-131(d)} ${BT-131(t)}: day and time as the XML has them, each with its offset or without.
_ISO: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?)(?:[T\s]+(?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?))?",
    re.ASCII,
)
_UTC: Final = re.compile(r"\(?UTC\s*(?P<offset>[+-]\d\d:\d\d)?\)?.*", re.IGNORECASE | re.DOTALL)


def length(raw: str) -> str:
    """BT-36 as an ISO 8601 duration, "" where it is no length of one unit.

    >>> length("24 Måned"), length("2 år"), length("fire år")
    ('P24M', 'P2Y', '')
    """
    match = _LENGTH.fullmatch(raw.strip())
    return f"P{int(match['count'])}{_UNITS[match['unit'].casefold()]}" if match else ""


def day(raw: str) -> dt.date | None:
    """The calendar day that a text names, None where it names none for sure."""
    return clock.parse_day(raw) if raw else None


def deadline(raw: str) -> Deadline | None:
    """As the XML writes it, else as people do: "12-03-2027 12:00", "12/03/2027 12:00:00 (UTC+1)"."""
    if iso := _ISO.fullmatch(raw.strip()):
        return values.deadline(iso["day"], iso["time"] or "", clock.COPENHAGEN, "", Doubts())
    told = _UTC.search(raw)
    if told is None:
        return clock.parse_deadline(raw)
    if not told["offset"]:
        return None  # "(UTC+1)" and the like: an offset that is not surely read
    return clock.parse_deadline(f"{raw[: told.start()].strip()}{told['offset']}")


def moment(raw: str) -> dt.datetime | None:
    """A point in time; None for a day without one."""
    found = deadline(raw)
    return found.at if found and found.time_known else None


_CURRENCIES: Final = {
    **dict.fromkeys(("dkk", "kr", "kr.", "kroner", "danske kroner", "dansk krone", "danske kr", "danske kr."), "DKK"),
    **dict.fromkeys(("eur", "euro", "€"), "EUR"),
    **dict.fromkeys(("sek", "svensk krona", "svenske kroner", "svensk krone"), "SEK"),
    **dict.fromkeys(("nok", "norsk krone", "norske kroner"), "NOK"),
    **dict.fromkeys(("usd", "us-dollar", "amerikanske dollar", "amerikansk dollar"), "USD"),
    **dict.fromkeys(("gbp", "britisk pund", "pund sterling"), "GBP"),
}
_WITHHELD: Final = ("ikke offentliggjort", "upubliceret")  # for now (BT-195)
# The templates print '###,##0.##': three digits behind a separator are a group, whichever sign a portal separates with.
_PRINTED: Final = re.compile(
    r"(?P<whole>\d{1,3}(?P<group>[., ])\d{3}(?:(?P=group)\d{3})*|\d+)(?:[.,](?P<part>\d{1,2}))?"
)


def money(raw: str, term: str, doubts: Doubts) -> Money | None:
    """An amount as a rendering prints it, "4,500,000 Dansk krone" or "4.500.000,00 DKK"."""
    said = " ".join(text.clean_line(raw).replace(",-", "").split())
    if not said or words.blank(said) or said.casefold() in _WITHHELD:
        return None
    match = re.fullmatch(rf"(?P<before>[^\d]*?)\s*(?P<amount>{_PRINTED.pattern})\s*(?P<after>[^\d]*)", said)
    unit = (match["before"] or match["after"]).strip() if match else ""
    currency = _CURRENCIES.get(unit.casefold()) or (unit if re.fullmatch("[A-Z]{3}", unit) else None)
    if match is None or currency is None or (match["before"] and match["after"]):
        doubts.about(term, "cannot be read", raw)
        return None
    whole = re.sub(r"\D", "", match["whole"])
    return Money(Decimal(f"{whole}.{match['part']}" if match["part"] else whole), currency)


def nuts(raw: str) -> tuple[str, ...]:
    """Codes in brackets behind their names, or Danish ones by themselves."""
    return tuple(dict.fromkeys(bracketed or bare for bracketed, bare in _NUTS.findall(raw)))


def language(raw: str) -> str:
    """BT-702 by its name in Danish; a notice on a Danish portal that says nothing is in Danish."""
    said = raw.casefold()
    return "en" if "engelsk" in said and "dansk" not in said else "da"


def celex(raw: str) -> str:
    """BT-01: "Direktiv 2014/24/EU" is 32014L0024 there."""
    match = re.search(r"direktiv\w*\s+(?P<year>20\d\d)/(?P<number>\d{1,3})/E[UF]", raw, re.IGNORECASE)
    return f"3{match['year']}L{int(match['number']):04d}" if match else ""
