"""The defence forms of TED_EXPORT (directive 2009/81/EC), which kept the shape of release 2.0.8 until 2023.

`PRIOR_INFORMATION_DEFENCE` (F16), `CONTRACT_DEFENCE` (F17), `CONTRACT_AWARD_DEFENCE` (F18). They wrap the same facts in
other long names each, so that a fact is looked for by its own name anywhere in the form. They are read as one lot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from notifier.lots import Award, Criterion, Deadline, Lot, Money, Notice, Organisation
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.r209_words import TWO_STAGES, organisation, procedure_of
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, local_name, text_of

_TITLE: Final = ("TITLE_CONTRACT",)
_DESCRIPTION: Final = ("SHORT_CONTRACT_DESCRIPTION", "TOTAL_QUANTITY_OR_SCOPE")
_BUYERS: Final = ("CA_CE_CONCESSIONAIRE_PROFILE",)
_PROCEDURES: Final = (
    "TYPE_OF_PROCEDURE_DETAIL_FOR_CONTRACT_NOTICE_DEFENCE",
    "TYPE_OF_PROCEDURE_CONTRACT_AWARD_DEFENCE",
)
_CRITERIA: Final = (
    ("sui-act", ("ECONOMIC_OPERATORS_PERSONAL_SITUATION",)),
    ("ef-stand", ("EAF_CAPACITY_INFORMATION", "EAF_CAPACITY_MIN_LEVEL")),
    ("tp-abil", ("T_CAPACITY_INFORMATION", "T_CAPACITY_MIN_LEVEL")),
    ("", ("DEPOSITS_GUARANTEES_REQUIRED",)),
)
_RESERVED: Final = (("RESTRICTED_TO_SHELTERED_WORKSHOPS", "res-ws"), ("RESTRICTED_TO_FRAMEWORK", "res-program"))


def is_defence(form: Element) -> bool:
    """Whether a form is one of these."""
    return local_name(form).endswith("_DEFENCE")


def fill(notice: Notice, form: Element, zone: dt.tzinfo, doubts: Doubts) -> Notice:
    """The notice with what the form says."""
    if _all(form, "F17_DIV_INTO_LOT_YES", "DIV_INTO_LOT_YES"):
        doubts.add("The form divides into lots that are read as one.")
    title = clean_line(_prose(form, *_TITLE))
    dispatched = _day(form, "NOTICE_DISPATCH_DATE", doubts)
    numbers = (values.publication_number(text_of(number)) for number in _all(form, "NOTICE_NUMBER_OJ"))
    procedure = procedure_of(_all(form, *_PROCEDURES))
    return replace(
        notice,
        title=title,
        description=clean(_prose(form, *_DESCRIPTION)),
        buyers=tuple(_organisation(each) for each in _all(form, *_BUYERS)),
        dispatched=values.start_of_day(dispatched, zone) if dispatched else None,
        legal_basis="32009L0081",
        procedure_type=procedure,
        value=next((_money(each, doubts) for each in _all(form, "TOTAL_FINAL_VALUE")), None),
        lots=(_lot(form, title, procedure, zone, doubts.within("Lot 1")),),
        previous=tuple(dict.fromkeys((*filter(None, numbers), *notice.previous))),
    )


def _lot(form: Element, title: str, procedure: str, zone: dt.tzinfo, doubts: Doubts) -> Lot:
    awards = tuple(award for each in _all(form, "AWARD_OF_CONTRACT_DEFENCE") for award in _awards(each, doubts))
    criteria = (Criterion(kind, clean(_prose(form, *names))) for kind, names in _CRITERIA)
    deadline = _deadline(form, zone, doubts)
    reserved = tuple(code for name, code in _RESERVED if _all(form, name))
    length, unit = _length(form)
    natures = (each.get("VALUE") or "" for each in _all(form, "TYPE_CONTRACT"))
    cpv = values.cpv(_codes(form, "CPV_MAIN"), "the main CPV code", doubts)
    return Lot(
        lot_id="1",
        title=title,
        description=clean(_prose(form, *_DESCRIPTION)),
        nature=next((nature.lower() for nature in natures if nature in ("SERVICES", "SUPPLIES", "WORKS")), ""),
        cpv_main=cpv[0] if cpv else "",
        cpv_additional=values.cpv(_codes(form, "CPV_ADDITIONAL"), "an additional CPV code", doubts),
        nuts=values.codes((each.get("CODE") or "" for each in _all(form, "NUTS")), "a place of performance", doubts),
        place=clean_line(_prose(form, "LOCATION", "LABEL")),
        duration=values.duration(length, unit, "the duration", doubts),
        deadline=deadline,
        participation_deadline=deadline if procedure in TWO_STAGES else None,
        reserved=reserved,
        reserved_execution="yes" if "res-program" in reserved else None,
        framework="fa" if _is_framework(form) else "",
        performance_terms=tuple(filter(None, (clean(_prose(form, "EXISTENCE_OTHER_PARTICULAR_CONDITIONS")),))),
        selection_criteria=tuple(criterion for criterion in criteria if criterion.text),
        additional_information=clean(_prose(form, "ADDITIONAL_INFORMATION")),
        documents_url=next(filter(None, (values.address(text_of(url)) for url in _all(form, "URL_INFORMATION"))), ""),
        submission_url=next(filter(None, (values.address(text_of(url)) for url in _all(form, "URL_PARTICIPATE"))), ""),
        result="selec-w" if awards else "",
        awards=awards,
    )


def _all(element: Element, *names: str) -> list[Element]:
    return list(element.iter(*(f"{{*}}{name}" for name in names)))


def _prose(element: Element, *names: str) -> str:
    """The paragraphs of every element of these names, one to a line. Not yet cleaned."""
    lines = [text_of(line) for each in _all(element, *names) for line in (list(each) or [each])]
    return "\n".join(lines)


def _codes(form: Element, name: str) -> list[str]:
    return [code.get("CODE") or "" for each in _all(form, name) for code in _all(each, "CPV_CODE")]


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


def _deadline(form: Element, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    for each in _all(form, "RECEIPT_LIMIT_DATE"):
        time = next((text_of(child).strip() for child in each if local_name(child) == "TIME"), "")
        return values.deadline(_iso(each), time, zone, "the deadline (IV.3.4)", doubts)
    return None


def _length(form: Element) -> tuple[str, str]:
    """How long the contract runs, which stands at one of three places."""
    for period in _all(form, "PERIOD_WORK_DATE_STARTING"):
        for child in period:
            if local_name(child) in ("DAYS", "MONTHS"):
                return text_of(child).strip(), local_name(child).removesuffix("S")
    for child in _all(form, "DURATION_FRAMEWORK_YEAR", "DURATION_FRAMEWORK_MONTH"):
        return text_of(child).strip(), local_name(child).removeprefix("DURATION_FRAMEWORK_")
    return "", ""


def _is_framework(form: Element) -> bool:
    involved = _all(form, "NOTICE_INVOLVES_DEFENCE", "NOTICE_INVOLVES_DESC_DEFENCE")
    return any((each.get("VALUE") or "").endswith("FRAMEWORK_AGREEMENT") for each in involved)


def _awards(element: Element, doubts: Doubts) -> list[Award]:
    value = next((_money(each, doubts) for each in _all(element, "COSTS_RANGE_AND_CURRENCY_WITH_VAT_RATE")), None)
    concluded = _day(element, "CONTRACT_AWARD_DATE", doubts)
    winners = _all(element, "ECONOMIC_OPERATOR_NAME_ADDRESS")
    return [Award(_organisation(winner), value, concluded) for winner in winners]


def _money(element: Element, doubts: Doubts) -> Money | None:
    """One amount without VAT; a range, or an amount with VAT, is unknown."""
    if _all(element, "INCLUDING_VAT", "RANGE_VALUE_COST"):
        return None
    for cost in _all(element, "VALUE_COST"):
        currency = next((each.get("CURRENCY") for each in cost.iterancestors() if each.get("CURRENCY")), None)
        raw = cost.get("FMTVAL") or text_of(cost).replace(" ", "")
        return values.money(raw.strip(), currency, "a value", doubts)
    return None
