"""Between dataclasses and columns: points in time, days and JSON."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

import msgspec

T = TypeVar("T")


def stamp(at: dt.datetime) -> str:
    """A point in time as it is stored: UTC with microseconds, so that text sorts as time does."""
    if at.tzinfo is None:
        raise ValueError(f"a point in time without zone cannot be stored: {at}")
    try:
        return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    except OverflowError:  # sources write 31-12-9999 23:59 for "never": in UTC that would be the year 10000
        return at.replace(tzinfo=dt.UTC).isoformat(timespec="microseconds")


def stamp_or_none(at: dt.datetime | None) -> str | None:
    """`stamp`, where there is a point in time."""
    return stamp(at) if at else None


def to_json(value: object) -> bytes:
    """JSON of a dataclass or a tuple of them; the same value gives the same bytes."""
    return msgspec.json.encode(value, order="deterministic")


def from_json(data: bytes | str, kind: type[T]) -> T:
    """The dataclass that `to_json` wrote."""
    return msgspec.json.decode(data, type=kind)
