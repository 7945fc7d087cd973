"""Lots as lines that other programs read: JSON Lines and CSV.

One line per lot of every notice version held, before anything is merged by procedure. Amounts exclude VAT; points
in time are ISO 8601 with the offset that the source gave; an unknown value is null, an empty list is a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from notifier.cells import csv_row, text_cell
from notifier.lots import Assessment, Deadline, Evidence, Lot, Notice

Line = dict[str, Any]


def lot_line(notice: Notice, lot: Lot, assessment: Assessment) -> Line:
    """One lot of one notice version, as the export holds it. The order of the keys is the order of CSV's columns."""
    return {
        "source": notice.source,
        "notice_id": notice.notice_id or notice.key,
        "notice_version": notice.version,
        "publication_number": notice.publication_number or None,
        "procedure_id": notice.procedure_id or None,
        "stage": notice.stage.value,
        "notice_type": notice.notice_type or None,
        "language": notice.language or None,
        "published": notice.published.isoformat() if notice.published else None,
        "buyer": notice.buyer.name or None,
        "buyer_id": notice.buyer.identifier or None,
        "lot_id": lot.lot_id,
        "kind": lot.kind.value,
        "title": lot.title,
        "description": lot.description,
        "cpv_main": lot.cpv_main or None,
        "cpv_additional": list(lot.cpv_additional),
        "value": _number(lot.value.amount) if lot.value else None,
        "currency": lot.value.currency if lot.value else None,
        "nuts": list(lot.nuts),
        "duration": lot.duration or None,
        "start": lot.start.isoformat() if lot.start else None,
        "end": lot.end.isoformat() if lot.end else None,
        "deadline": _moment(lot.deadline),
        "participation_deadline": _moment(lot.participation_deadline),
        "interest_deadline": _moment(lot.interest_deadline),
        "reserved": list(lot.reserved),
        "reserved_execution": lot.reserved_execution,
        "social_objectives": list(lot.social_objectives),
        "strategic": list(lot.strategic),
        "framework": lot.framework or None,
        "sme_suitable": lot.sme_suitable,
        "cancelled": notice.cancelled,
        "url": notice.url or None,
        "verdict": assessment.verdict.value,
        "reason": assessment.reason or None,
        "trades": list(assessment.trades),
        "score": round(assessment.score, 4),
        "evidence": [_evidence(item) for item in assessment.evidence],
        "flags": list(notice.flags),
    }


def _moment(deadline: Deadline | None) -> str | None:
    return deadline.at.isoformat() if deadline else None


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _evidence(evidence: Evidence) -> Line:
    return {
        "criterion": evidence.criterion,
        "weight": evidence.weight,
        "field": evidence.field,
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "trade": evidence.trade or None,
        "note": evidence.note or None,
    }


def as_jsonl(lines: Iterable[Line]) -> Iterator[str]:
    """Each line as one line of JSON in UTF-8."""
    for line in lines:
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """A heading and a row a lot (RFC 4180). Lists are joined by "; ", evidence by its quotes.

    Commas part cells. Formulas are defused (cells.py).
    """
    heading_written = False
    for line in lines:
        if not heading_written:
            yield csv_row(line)
            heading_written = True
        yield csv_row(_cell(value) for value in line.values())


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(item["quote"] or item["note"] or "" if isinstance(item, dict) else item for item in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else text_cell(str(value))
