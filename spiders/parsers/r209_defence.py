"""The defence forms of TED_EXPORT (directive 2009/81/EC), which kept the shape of release 2.0.8 until 2023.

`PRIOR_INFORMATION_DEFENCE` (F16), `CONTRACT_DEFENCE` (F17), `CONTRACT_AWARD_DEFENCE` (F18). They wrap the same facts in
other long names each, so that a fact is looked for by its own name anywhere in the form.

They have no `OBJECT_DESCR`, which is what a lot of these releases is, and so no lots here: the notice is kept with what
it says as a whole. No social enterprise bids under the defence directive, and none was published after 2023.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from notifier.lots import Money, Notice, Organisation
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.r209_words import organisation, procedure_of
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, local_name, text_of

_TITLE: Final = ("TITLE_CONTRACT",)
_DESCRIPTION: Final = ("SHORT_CONTRACT_DESCRIPTION", "TOTAL_QUANTITY_OR_SCOPE")
_BUYERS: Final = ("CA_CE_CONCESSIONAIRE_PROFILE",)
_PROCEDURES: Final = (
    "TYPE_OF_PROCEDURE_DETAIL_FOR_CONTRACT_NOTICE_DEFENCE",
    "TYPE_OF_PROCEDURE_CONTRACT_AWARD_DEFENCE",
)


def is_defence(form: Element) -> bool:
    """Whether a form is one of these."""
    return local_name(form).endswith("_DEFENCE")


def fill(notice: Notice, form: Element, zone: dt.tzinfo, doubts: Doubts) -> Notice:
    """The notice with what the form says."""
    dispatched = _day(form, "NOTICE_DISPATCH_DATE", doubts)
    numbers = (values.publication_number(text_of(number)) for number in _all(form, "NOTICE_NUMBER_OJ"))
    return replace(
        notice,
        title=clean_line(_prose(form, *_TITLE)),
        description=clean(_prose(form, *_DESCRIPTION)),
        buyers=tuple(_organisation(each) for each in _all(form, *_BUYERS)),
        dispatched=values.start_of_day(dispatched, zone) if dispatched else None,
        legal_basis="32009L0081",
        procedure_type=procedure_of(_all(form, *_PROCEDURES)),
        value=next((_money(each, doubts) for each in _all(form, "TOTAL_FINAL_VALUE")), None),
        previous=tuple(dict.fromkeys((*filter(None, numbers), *notice.previous))),
    )


def _all(element: Element, *names: str) -> list[Element]:
    return list(element.iter(*(f"{{*}}{name}" for name in names)))


def _prose(element: Element, *names: str) -> str:
    """The paragraphs of every element of these names, one to a line. Not yet cleaned."""
    lines = [text_of(line) for each in _all(element, *names) for line in (list(each) or [each])]
    return "\n".join(lines)


def _organisation(element: Element) -> Organisation:
    """Name and number stand one level deeper than the country."""
    named = organisation(next(iter(_all(element, "ORGANISATION")), element))
    country = next((each.get("VALUE") or "" for each in _all(element, "COUNTRY")), "")
    return Organisation(named.name, values.organisation_number(named.identifier, country), clean_line(country, 3))


def _day(element: Element, name: str, doubts: Doubts) -> dt.date | None:
    raw = next((_iso(each) for each in _all(element, name)), "")
    return values.day(raw, f"The day {name}", doubts)


def _iso(element: Element) -> str:
    parts = {local_name(child): text_of(child).strip() for child in element}
    return f"{parts.get('YEAR', '')}-{parts.get('MONTH', ''):0>2}-{parts.get('DAY', ''):0>2}"


def _money(element: Element, doubts: Doubts) -> Money | None:
    """One amount without VAT; a range, or an amount with VAT, is unknown."""
    if _all(element, "INCLUDING_VAT", "RANGE_VALUE_COST"):
        return None
    for cost in _all(element, "VALUE_COST"):
        currency = next((each.get("CURRENCY") for each in cost.iterancestors() if each.get("CURRENCY")), None)
        raw = cost.get("FMTVAL") or text_of(cost).replace(" ", "")
        return values.money(raw.strip(), currency, "a value", doubts)
    return None
