"""Notices and lots for the tests of the store: small, with everything that a test does not care about left out."""

from __future__ import annotations

import datetime as dt

from notifier.lots import Deadline, Lot, Notice, Stage

MONDAY = dt.datetime(2026, 11, 2, 6, 0, tzinfo=dt.UTC)
TUESDAY = MONDAY + dt.timedelta(days=1)
WEDNESDAY = MONDAY + dt.timedelta(days=2)


def day(number: int) -> dt.date:
    """A day of October 2026."""
    return dt.date(2026, 10, number)


def until(number: int) -> Deadline:
    """Noon of a day of December 2026 in Copenhagen's winter time."""
    return Deadline(dt.datetime(2026, 12, number, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=1))))


def lot(label: str = "LOT-0001", title: str = "Rengøring af skoler", **fields: object) -> Lot:
    """A lot with a deadline on 1 December."""
    return Lot(**{"lot_id": label, "title": title, "deadline": until(1), **fields})  # type: ignore[arg-type]


def call(key: str = "1-2026", *lots: Lot, **fields: object) -> Notice:
    """A call of procedure P, published on 1 October."""
    values = {
        "source": "ted",
        "key": key,
        "publication_number": key,
        "stage": Stage.CALL,
        "title": "Rengøring",
        "procedure_id": "P",
        "published": day(1),
        "lots": lots or (lot(),),
        **fields,
    }
    return Notice(**values)  # type: ignore[arg-type]


def many(number: int) -> list[Notice]:
    """That many calls, each of a procedure of its own."""
    return [call(f"{key}-2026", procedure_id=f"P{key}") for key in range(1, number + 1)]
