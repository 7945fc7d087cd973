"""The lots of a form of TED_EXPORT R2.0.8, and who won them.

A call lists its lots in annexes (`F02_ANNEX_B`), or it is one lot itself. An award notice lists contracts, each with
the number of its lot where there are lots. A contract says no period: that stands in the call, which `Notice.previous`
names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from notifier.lots import Award, Deadline, Lot, Money, Notice, Organisation
from notifier.text import clean, clean_line
from spiders.parsers import values
from spiders.parsers.r209_words import TWO_STAGES, organisation
from spiders.parsers.values import Doubts
from spiders.parsers.xml import Element, local_name, text_of

_FRAMEWORK: Final = "fa"  # the form does not say whether competition is reopened under it
_WINNERS: Final = ("CONTACT_DATA_WITHOUT_RESPONSIBLE_NAME", "CONTACT_DATA_WITHOUT_RESPONSIBLE_NAME_CHP")
_UNSAID: Final = "it does not say of which lot it is."


def lots_of(notice: Notice, form: Element, zone: dt.tzinfo, doubts: Doubts) -> tuple[Lot, ...]:
    """Every annex of a call, else every lot that contracts name, else one lot for the whole notice."""
    if notice.notice_type in ("F08", "F14") or not notice.title:
        return ()
    whole = _whole(notice, form, zone, doubts)
    awards = list(_contracts(form))
    annexes = [each for each in form.iter() if local_name(each).endswith("_ANNEX_B")]
    if annexes:
        lots = list(_annexed(annexes, whole, doubts))
    else:
        lots = [replace(whole, lot_id=number, title=title or whole.title) for number, title in _numbered(awards)]
    return _with_awards(lots or [replace(whole, value=_estimate(form, doubts))], awards, doubts)


def _whole(notice: Notice, form: Element, zone: dt.tzinfo, doubts: Doubts) -> Lot:
    """What holds for every lot of the notice."""
    inner = doubts.within("Lot 1")
    deadline = _deadline(form, zone, inner)
    first = _codes_of(_outside(form, "CPV_MAIN"))
    workshop, program = _outside(form, "RESTRICTED_TO_SHELTERED_WORKSHOPS"), _outside(form, "RESTRICTED_TO_FRAMEWORK")
    framework = [each for each in form.iter() if _is_framework(each)]
    duration, start, end = _period(_outside(form, "PERIOD_WORK_DATE_STARTING"), inner)
    if not duration and not end:
        duration = _framework_length(framework, inner)
    return Lot(
        lot_id="1",
        title=notice.title,
        description=notice.description,
        nature=_nature(form),
        cpv_main=next(iter(values.cpv(first, "the main CPV code", inner)), ""),
        cpv_additional=values.cpv(_codes_of(_outside(form, "CPV_ADDITIONAL")), "an additional CPV code", inner),
        nuts=values.codes((each.get("CODE") or "" for each in _outside(form, "NUTS")), "a place of performance", inner),
        place=clean_line(prose_of(form, "LOCATION", whole=True)),
        duration=duration,
        start=start,
        end=end,
        renewals=_renewals(form, inner),
        deadline=deadline,
        participation_deadline=deadline if notice.procedure_type in TWO_STAGES else None,
        reserved=tuple(code for found, code in ((workshop, "res-ws"), (program, "res-program")) if found),
        reserved_execution="yes" if program else None,
        framework=_FRAMEWORK if framework else "",
        dynamic_purchasing="dps-list" if all_of(form, "CONTRACTS_DPS", "SETTING_UP_DPS") else "",
    )


def _annexed(annexes: list[Element], whole: Lot, doubts: Doubts) -> Iterator[Lot]:
    """The lots of a call. What an annex does not say holds as the notice says it."""
    taken: set[str] = set()
    for number, annex in enumerate(annexes, start=1):
        lot_id = values.unique(taken, clean_line(_said(annex, "LOT_NUMBER"), 80) or str(number), doubts)
        inner = doubts.within(f"Lot {lot_id}")
        duration, start, end = _period(all_of(annex, "PERIOD_WORK_DATE_STARTING"), inner)
        described = clean(prose_of(annex, "LOT_DESCRIPTION") + "\n" + prose_of(annex, "TOTAL_QUANTITY_OR_SCOPE"))
        cpv = values.cpv(_codes_of(all_of(annex, "CPV_MAIN")), "the main CPV code", inner)
        costs = all_of(annex, "COSTS_RANGE_AND_CURRENCY")
        lot = replace(
            whole,
            lot_id=lot_id,
            title=clean_line(_said(annex, "LOT_TITLE")) or whole.title,
            description=described or whole.description,
            cpv_main=next(iter(cpv), whole.cpv_main),
            cpv_additional=values.cpv(_codes_of(all_of(annex, "CPV_ADDITIONAL")), "an additional CPV code", inner),
            value=money_of(costs[0], inner) if costs else None,
        )
        yield replace(lot, duration=duration, start=start, end=end) if duration or start or end else lot


# -- contracts -----------------------------------------------------------------------------------------------------


def _contracts(form: Element) -> Iterator[Element]:
    """Section V, one contract after another; the utilities' form has one level more."""
    for each in form[0]:
        if local_name(each).startswith(("AWARD_OF_CONTRACT", "AWARD_CONTRACT")):
            yield from all_of(each, "AWARD_AND_CONTRACT_VALUE") or [each]


def _numbered(contracts: list[Element]) -> Iterator[tuple[str, str]]:
    """The lots that contracts name, each once, with their titles."""
    taken: set[str] = set()
    for contract in contracts:
        titles = all_of(contract, "CONTRACT_TITLE", "TITLE_CONTRACT")
        for place, number in enumerate(all_of(contract, "LOT_NUMBER")):
            lot_id = clean_line(text_of(number), 80)
            if lot_id and lot_id not in taken:
                taken.add(lot_id)
                yield lot_id, clean_line(text_of(titles[place])) if place < len(titles) else ""


def _with_awards(lots: list[Lot], contracts: list[Element], doubts: Doubts) -> tuple[Lot, ...]:
    """Add winners. Where no contract names a lot they are all of the only one; else each has to name its own."""
    alone = len(lots) == 1 and not any(all_of(contract, "LOT_NUMBER") for contract in contracts)
    awards: dict[str, dict[Award, None]] = {lot.lot_id: {} for lot in lots}
    for number, contract in enumerate(contracts, start=1):
        inner = doubts.within(f"Award {number}")
        meant = [clean_line(text_of(each), 80) for each in all_of(contract, "LOT_NUMBER")]
        named = [lots[0].lot_id] if alone else [lot_id for lot_id in meant if lot_id in awards]
        if not named:
            inner.add(f"it names no lot of the notice: “{'; '.join(meant)}”." if any(meant) else _UNSAID)
        won = _awards(contract, inner)
        for lot_id in named:
            awards[lot_id].update(dict.fromkeys(won))
    return tuple(
        replace(lot, result="selec-w", awards=tuple(awards[lot.lot_id])) if awards[lot.lot_id] else lot for lot in lots
    )


def _awards(contract: Element, doubts: Doubts) -> list[Award]:
    """The winners of a contract. A value for a year or a month is none of the whole contract, and is left aside."""
    concluded = day_of(contract, "CONTRACT_AWARD_DATE", doubts) or day_of(contract, "DATE_OF_CONTRACT_AWARD", doubts)
    annual = bool(all_of(contract, "NUMBER_OF_YEARS", "NUMBER_OF_MONTHS", "NUMBER_YEARS", "NUMBER_MONTHS"))
    costs = [] if annual else all_of(contract, "COSTS_RANGE_AND_CURRENCY_WITH_VAT_RATE")
    value = money_of(costs[0], doubts) if costs else None
    return [
        Award(winner, value, concluded)
        for each in all_of(contract, *_WINNERS)
        if (winner := organisation_of(each)).name or winner.identifier
    ]


def organisation_of(element: Element) -> Organisation:
    """A buyer or a winner: name and number stand one level deeper than the country."""
    named = organisation(next(iter(all_of(element, "ORGANISATION")), element))
    country = next((each.get("VALUE") or "" for each in all_of(element, "COUNTRY")), "")
    return Organisation(named.name, values.organisation_number(named.identifier, country), clean_line(country, 3))


# -- facts by their own names --------------------------------------------------------------------------------------


def all_of(element: Element, *names: str) -> list[Element]:
    """Every element of these names at any depth, in the document's order."""
    return list(element.iter(*(f"{{*}}{name}" for name in names)))


def _outside(form: Element, name: str) -> list[Element]:
    """Those that are not in the annex of a lot."""
    return [
        each
        for each in all_of(form, name)
        if not any(local_name(above).endswith("_ANNEX_B") for above in each.iterancestors())
    ]


def prose_of(element: Element, *names: str, whole: bool = False) -> str:
    """The paragraphs of every element of these names, one to a line; `whole` leaves out annexes. Not yet cleaned."""
    found = [each for name in names for each in (_outside(element, name) if whole else all_of(element, name))]
    return "\n".join(text_of(line) for each in found for line in (list(each) or [each]))


def _said(element: Element, name: str) -> str:
    return next((text_of(each) for each in all_of(element, name)), "")


def day_of(element: Element, name: str, doubts: Doubts) -> dt.date | None:
    """The first day of that name, which stands there as DAY, MONTH and YEAR."""
    raw = next((_iso(each) for each in all_of(element, name)), "")
    return values.day(raw, f"The day {name}", doubts)


def _iso(element: Element) -> str:
    """2015-03-01; "" where nothing is filled in."""
    parts = {local_name(child): text_of(child).strip() for child in element}
    if not any(parts.get(part) for part in ("YEAR", "MONTH", "DAY")):
        return ""
    return f"{parts.get('YEAR', '')}-{parts.get('MONTH', ''):0>2}-{parts.get('DAY', ''):0>2}"


def money_of(element: Element, doubts: Doubts) -> Money | None:
    """One amount without VAT; a range, or an amount with VAT, is unknown."""
    if all_of(element, "INCLUDING_VAT", "RANGE_VALUE_COST"):
        return None
    for cost in all_of(element, "VALUE_COST"):
        currency = next((each.get("CURRENCY") for each in cost.iterancestors() if each.get("CURRENCY")), None)
        raw = cost.get("FMTVAL") or text_of(cost).replace(" ", "")
        return values.money(raw.strip(), currency, "a value", doubts)
    return None


def _estimate(form: Element, doubts: Doubts) -> Money | None:
    """The estimated value of a notice that is one lot: of the framework, else of its quantity."""
    for place in (*_outside(form, "TOTAL_ESTIMATED"), *_outside(form, "NATURE_QUANTITY_SCOPE")):
        if all_of(place, "COSTS_RANGE_AND_CURRENCY"):
            return money_of(place, doubts)
    return None


def _codes_of(found: list[Element]) -> list[str]:
    """CPV codes below elements."""
    return [code.get("CODE") or "" for each in found for code in all_of(each, "CPV_CODE")]


def _nature(form: Element) -> str:
    said = [form[0].get("CTYPE") or "", *(each.get("VALUE") or "" for each in all_of(form, "TYPE_CONTRACT"))]
    return next((each.lower() for each in said if each in ("SERVICES", "SUPPLIES", "WORKS")), "")


def _is_framework(element: Element) -> bool:
    """F02_FRAMEWORK of a call, CONCLUSION_FRAMEWORK_AGREEMENT of an award; RESTRICTED_TO_FRAMEWORK is a reservation."""
    name = local_name(element)
    return name == "CONCLUSION_FRAMEWORK_AGREEMENT" or (name.startswith("F0") and name.endswith("_FRAMEWORK"))


def _framework_length(frameworks: list[Element], doubts: Doubts) -> str:
    for name, unit in (("DURATION_FRAMEWORK_MONTH", "MONTH"), ("DURATION_FRAMEWORK_YEAR", "YEAR")):
        for framework in frameworks:
            if raw := _said(framework, name).strip():
                return values.duration(raw, unit, "the length of the framework", doubts)
    return ""


def _period(found: list[Element], doubts: Doubts) -> tuple[str, dt.date | None, dt.date | None]:
    """Length, start and end of a contract (II.3)."""
    if not found:
        return "", None, None
    months, days = _said(found[0], "MONTHS").strip(), _said(found[0], "DAYS").strip()
    length = values.duration(months or days, "MONTH" if months else "DAY", "the duration", doubts)
    return length, day_of(found[0], "START_DATE", doubts), day_of(found[0], "END_DATE", doubts)


def _renewals(form: Element, doubts: Doubts) -> int | None:
    """How often the contract can be renewed (II.2.3). A range is unknown."""
    if _outside(form, "NO_RECURRENT_CONTRACT"):
        return 0
    raw = next((text_of(each).strip() for each in _outside(form, "NUMBER_POSSIBLE_RENEWALS")), "")
    return values.whole_number(raw, "the number of renewals", doubts)


def _deadline(form: Element, zone: dt.tzinfo, doubts: Doubts) -> Deadline | None:
    """IV.3.4, in the zone of the buyer."""
    for found in _outside(form, "RECEIPT_LIMIT_DATE"):
        return values.deadline(_iso(found), _said(found, "TIME").strip(), zone, "the deadline (IV.3.4)", doubts)
    return None
