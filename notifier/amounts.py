"""Amounts of money as people write them, read right or not at all, and written as Danes and Britons do."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from notifier.lots import Money

_SCALE = {
    "mia": 10**9,
    "milliard": 10**9,
    "milliarder": 10**9,
    "mio": 10**6,
    "million": 10**6,
    "millioner": 10**6,
    "millions": 10**6,
    "t": 10**3,
    "tusind": 10**3,
}
_CURRENCY = {
    "kr": "DKK",
    "kroner": "DKK",
    "dkk": "DKK",
    "danske kroner": "DKK",
    "eur": "EUR",
    "euro": "EUR",
    "€": "EUR",
}
_NUMBER = r"\d{1,3}(?:[.  ]\d{3})+(?:,\d{1,2})?|\d{1,3}(?:,\d{3}){2,}(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_UNIT = r"kr\.?|kroner|dkk|danske kroner|eur|euro|€"
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_UNIT})\s*)?(?<![\d.,'’/-])(?P<number>{_NUMBER})(?![.,'’/]?\d)(?:,-)?\s*"
    r"(?:(?P<scale>mia|milliard(?:er)?|mio|millioner|millions?|tusind|t)\b\.?\s*)?"
    rf"(?P<after>{_UNIT})?",
    re.IGNORECASE,
)
_WITH_VAT = re.compile(
    r"(?:\b(?:in(?:kl|cl)\w*\.?|med|with|heraf|deraf|m\.|m/)\s*(?:\d+\s*(?:%|pct\.?)\s*)?(?:moms|vat)|"
    r"\b(?:moms|vat)\s+(?:er\s+|is\s+)?in(?:kl|cl)u)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\d\s*(?:-|–|—|/|til|to|eller|or|og|and)\s*\d", re.IGNORECASE)
# Kroner of others, dollars and the like: a scale alone would make Danish kroner of them.
_OTHER_MONEY = re.compile(
    r"\b(?:usd|sek|nok|gbp|chf|isk|pln|svenske|norske|islandske|dollars?|pund)\b|[$£¥]", re.IGNORECASE
)
# An amount that is a limit, a price for one of several, or a share says nothing of the whole.
_PARTIAL = re.compile(
    r"\b(?:over|under|mindst|minimum|min\.|op til|op i?mod|indtil|ikke over|højst|maks\w*|max\w*|fra|"
    r"(?:mere|mindre|højere|lavere) end|up to|at least|at most|below|above|from|(?:more|less) than)\W{0,3}"
    r"(?:ca\.\s*)?(?:kr\.?\s*|dkk\s*|eur\s*|€\s*)?\d(?!\d?\s*(?:år|måned|mdr|year|month))"
    r"|\b(?:eller|og|or|and)\s+(?:mindre|mere|derover|derunder|opefter|nedefter|less|more|above|below)\b"
    r"|\b(?:pr\.|per)\s*\w|\b(?:årlig\w*|halvårlig\w*|kvartal\w*|månedlig\w*|ugentlig\w*|daglig\w*|"
    r"om (?:året|måneden|ugen|dagen)|i timen|annual\w*|quarterly|monthly|weekly|daily|"
    r"(?:a|each) (?:year|month|week|day)|yearly|hver|each|pro anno)\b|\bp\.\s?a\b"
    r"|/\s*(?:år|md|mdr|måned|uge|dag|time|stk|year)\b|\d\s*(?:x|×|\*)\s*\d|\b[aà]\s+(?:kr\.?\s*)?\d"
    r"|\+\s*/?\s*[-–−]|±|\btærskelværdi\w*|\bthreshold\w*",
    re.IGNORECASE,
)
# "1.250 mio.": a thousand millions and more, or one and a quarter? Buyers write both.
_THOUSAND_MILLIONS = re.compile(r"\d\.\d{3}\s*(?:mio|mia|mill)", re.IGNORECASE)


def parse_money(text: str, *, limits: bool = False) -> Money | None:
    """The one amount without VAT that a text names.

    None where there is none, where there are several, a range or a limit ("op til"), where it is for a part ("pr. år"),
    in other money than kroner and euro, or where VAT is in it. With `limits` a limit or an amount for a part is read
    all the same: of what is demanded ("omsætning på mindst 4 mio. kr. om året") that is what one wants to know.

    Both "1.250.000,50" and "1,250,000.50" are read; "1.250" is a thousand and more, as Danes write it. A number
    without a currency is an amount of kroner only where a scale ("mio.") stands with it.

    >>> parse_money("kr. 1.250.000,-").amount
    Decimal('1250000')
    >>> parse_money("4,5 mio. kr. ekskl. moms").amount
    Decimal('4500000.0')
    >>> parse_money("1 mio. kr. inkl. moms") is None
    True
    """
    doubts = (_WITH_VAT, _RANGE, _OTHER_MONEY, _THOUSAND_MILLIONS) + (() if limits else (_PARTIAL,))
    if any(doubt.search(text) for doubt in doubts):
        return None
    found = {
        money
        for match in _AMOUNT.finditer(text)
        if match["before"] or match["after"] or (match["scale"] and len(match["scale"]) > 1)
        if (money := _money(match)) is not None
    }
    return found.pop() if len(found) == 1 else None


def _money(match: re.Match[str]) -> Money | None:
    unit = (match["before"] or match["after"] or "kr").lower().rstrip(".")
    scale = _SCALE[match["scale"].lower()] if match["scale"] else 1
    number = parse_number(match["number"])
    return Money(number * scale, _CURRENCY[unit]) if number else None


def parse_number(text: str) -> Decimal | None:
    """A number with Danish or English separators; None where it is none or could be read in two ways.

    >>> parse_number("1.250.000,50"), parse_number("4,5"), parse_number("12.500")
    (Decimal('1250000.50'), Decimal('4.5'), Decimal('12500'))
    """
    text = re.sub(r"[\s ]", "", text).removesuffix(",-")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d{1,2})?", text) or re.fullmatch(r"\d+,\d{1,2}", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3}){2,}(\.\d{1,2})?", text):
        text = text.replace(",", "")
    elif not re.fullmatch(r"\d+(\.\d{1,2})?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def write_money(money: Money, language: str = "da") -> str:
    """An amount for readers, without decimals.

    >>> write_money(Money(Decimal(1250000)))
    '1.250.000 kr.'
    >>> write_money(Money(Decimal(1250000), "EUR"), "en")
    'EUR 1,250,000'
    """
    digits = f"{money.amount:,.0f}"
    if language == "da":
        digits = digits.replace(",", ".")
        return (
            f"{digits} kr." if money.currency == "DKK" else f"{digits} {_NAMES_DA.get(money.currency, money.currency)}"
        )
    return f"{money.currency} {digits}"


_NAMES_DA = {"EUR": "euro"}
