"""Who won what, by the awards and contracts of an OCDS release."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from notifier.lots import Award, Lot, Money
from notifier.text import clean_line
from spiders.parsers import ocds_words as w
from spiders.parsers.ocds_lot import Frame
from spiders.parsers.ocds_tree import Node
from spiders.parsers.values import Doubts


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the awards say of one lot."""

    result: str
    awards: tuple[Award, ...] = ()
    periods: tuple[tuple[dt.date | None, dt.date | None], ...] = ()
    maximum: Money | None = None


def read_outcomes(frame: Frame, lots: tuple[Lot, ...]) -> dict[str, _Outcome]:
    """By lot. A contract goes before its award where both give a value or a period; a pending award decides nothing."""
    contracts: dict[str, list[Node]] = {}
    for contract in frame.release.nodes("contracts"):
        if contract.text("status") != "cancelled":
            contracts.setdefault(contract.text("awardID"), []).append(contract)
    found: dict[str, _Outcome] = {lot.lot_id: _Outcome("clos-nw") for lot in lots if lot.result}
    awards = frame.release.nodes("awards")
    names = {award.text("id") for award in awards}
    for name in contracts.keys() - names:
        frame.doubts.add(f"A contract belongs to the award {clean_line(name, 80) or '?'}, which is not there.")
    for award in awards:
        outcome = _outcome(award, contracts.get(award.text("id"), []), frame)
        related = [clean_line(name, 80) for name in award.texts("relatedLots")]
        ids = [lot.lot_id for lot in lots]
        if not related and len(ids) > 1:
            frame.doubts.add(f"Award {clean_line(award.text('id'), 80)}: it does not say of which lot it is.")
            continue
        for lot_id in related or ids or ["1"]:
            if outcome.result:
                found[lot_id] = _joined(found.get(lot_id), outcome)
    return found


def _outcome(award: Node, contracts: list[Node], frame: Frame) -> _Outcome:
    doubts = frame.doubts.within(f"Award {clean_line(award.text('id'), 80)}")
    status = award.text("status")
    suppliers = [w.party_of(supplier, frame.parties) for supplier in award.nodes("suppliers")]
    maximum = w.money(award.node("maximumValue"), "its maximum", doubts)
    award_value = w.money(award.node("value"), "its value", doubts)
    own_period = _span(award.node("contractPeriod"), frame, doubts)
    periods, awards = [], list[Award]()
    for contract in contracts or [Node({}, "contracts", award.trail)]:
        own = [w.party_of(supplier, frame.parties) for supplier in contract.nodes("suppliers")]
        value = w.money(contract.node("value"), "its value", doubts) or award_value
        signed = w.day(contract.text("dateSigned"), "the day of its conclusion", frame.zone, doubts)
        period = _span(contract.node("period"), frame, doubts)
        periods.append(period if any(period) else own_period)
        awards += [Award(winner, value, signed) for winner in own or suppliers if winner.name]
    if status in ("cancelled", "unsuccessful"):
        return _Outcome("clos-nw" if status == "unsuccessful" else "open-nw")
    if status == "pending":
        return _Outcome("")
    return _Outcome("selec-w", tuple(dict.fromkeys(awards)), tuple(dict.fromkeys(filter(any, periods))), maximum)


def _span(period: Node, frame: Frame, doubts: Doubts) -> tuple[dt.date | None, dt.date | None]:
    return (
        w.day(period.text("startDate"), "the start of its contract", frame.zone, doubts),
        w.day(period.text("endDate"), "the end of its contract", frame.zone, doubts),
    )


_BEST: Final = ("selec-w", "open-nw", "clos-nw")  # one contract is enough for a lot to be awarded


def _joined(before: _Outcome | None, after: _Outcome) -> _Outcome:
    if before is None:
        return after
    return _Outcome(
        min(before.result, after.result, key=_BEST.index),
        tuple(dict.fromkeys((*before.awards, *after.awards))),
        tuple(dict.fromkeys((*before.periods, *after.periods))),
        before.maximum or after.maximum,
    )


def decided_lots(lots: tuple[Lot, ...], outcomes: dict[str, _Outcome]) -> tuple[Lot, ...]:
    """The lots that are decided, with their winners; lots that only the awards name have nothing else."""
    known = {lot.lot_id: lot for lot in lots}
    return tuple(_decided(known.get(lot_id, Lot(lot_id, "")), outcome) for lot_id, outcome in outcomes.items())


def _decided(lot: Lot, outcome: _Outcome) -> Lot:
    start, end = outcome.periods[0] if len(outcome.periods) == 1 else (lot.start, lot.end)
    return replace(
        lot,
        result=outcome.result,
        awards=outcome.awards,
        start=start or lot.start,
        end=end or lot.end,
        framework_maximum=lot.framework_maximum or outcome.maximum,
    )
