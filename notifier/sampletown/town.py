"""What the sample town buys, as values, and how it stands on each of its two days.

The facts lie in data/*.toml, and a key there that is not known, or of another type, is a ValidationError: a mistake
in this package. Amounts are DKK without VAT; points in time are local time of Copenhagen, aware.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from notifier.clock import COPENHAGEN
from notifier.lots import Verdict

DAY_ONE = dt.datetime(2026, 11, 23, 7, 0, tzinfo=COPENHAGEN)  # a Monday
DAY_TWO = dt.datetime(2026, 11, 24, 7, 0, tzinfo=COPENHAGEN)
DAYS = (1, 2)

_DATA = Path(__file__).resolve().parent / "data"


class Demand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A selection criterion: `kind` is a code of BT-809 (ef-stand, tp-abil)."""

    kind: str
    text: str


class Won(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who won a lot, for how much, and when the contract was concluded."""

    winner: str
    cvr: str
    value: int
    concluded: dt.date


class SampleLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lot. `intended` and `trades` say how it is meant to be read; no page shows them."""

    title: str
    text: str
    cpv: str
    intended: Verdict
    trades: tuple[str, ...] = ()
    more_cpv: tuple[str, ...] = ()
    nature: str = ""  # services, supplies, works; "" is the tender's
    value: int
    months: int
    renewals: int | None = None
    renewal_text: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    sme: bool | None = None
    reserved: str = ""  # res-ws, res-pub-ser
    strategic: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    demands: tuple[Demand, ...] = ()
    award: Won | None = None


class LotOnDayTwo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a lot says on day two; None where it says the same."""

    text: str | None = None
    value: int | None = None


class OnDayTwo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to a tender on day two. On TED it needs a publication number of its own: a change notice."""

    note: str
    key: str = ""
    published: dt.date | None = None
    reason: str = ""  # BT-140
    because: str = ""  # BT-762
    deadline: dt.datetime | None = None
    cancelled: bool = False
    lot: dict[str, LotOnDayTwo] = {}  # by running number


class Tender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tender. `key` is its publication number on TED, its case number on the town's own pages."""

    key: str
    slug: str
    title: str
    office: str
    summary: str
    published: dt.date
    lot: tuple[SampleLot, ...]
    case: str = ""
    nature: str = "services"
    procedure: str = "open"
    notice_type: str = ""
    subtype: int = 0
    framework: str = "none"
    first_day: int = 1
    deadline: dt.datetime | None = None
    participation: dt.datetime | None = None
    questions: dt.datetime | None = None
    planned: dt.date | None = None
    clauses: tuple[str, ...] = ()
    not_reserved: str = ""  # what its page says under "Forbeholdt"
    cancelled: bool = False
    note: str = ""
    reason: str = ""  # BT-140, on a change notice
    because: str = ""  # BT-762, the reason in words
    changes: str = ""  # publication number of the notice that this one changes
    day2: OnDayTwo | None = None

    @property
    def procedure_id(self) -> str:
        """BT-04: the same for a call and the change notice that follows it."""
        return stable_uuid(f"procedure {self.changes or self.key}")

    @property
    def notice_id(self) -> str:
        """BT-701: one per publication."""
        return stable_uuid(f"notice {self.key}")


class Planned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purchase that is expected, with the words in which the town says when it will be published."""

    case: str
    title: str
    text: str
    expected: str
    start: dt.date
    cpv: str
    value: int
    months: int
    office: str
    intended: Verdict
    trades: tuple[str, ...]


class SampleAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the agreements table. `climate` is the column that a reader does not know."""

    area: str
    supplier: str
    start: dt.date
    end: dt.date
    options: str
    office: str
    climate: str
    trades: tuple[str, ...]


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The town itself, and the clauses of its contracts by their short names."""

    name: str
    cvr: str
    domain: str
    contact: str
    purchasing: str
    street: str
    zip: str
    city: str
    nuts: str
    portal: str
    clauses: dict[str, str]


class TownDay(msgspec.Struct, frozen=True, kw_only=True):
    """All that the town publishes on one of its days."""

    day: int
    about: About
    ted: tuple[Tender, ...]  # oldest publication first
    own: tuple[Tender, ...]  # newest first, as the town's list shows them
    planned: tuple[Planned, ...]
    agreements: tuple[SampleAgreement, ...]


def stable_uuid(name: str) -> str:
    """A UUID of version 4's shape, the same in every run for the same name."""
    return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


@cache
def town_on(day: int) -> TownDay:
    """The town as it stands on day 1 or day 2. Raises ValueError for another day."""
    if day not in DAYS:
        raise ValueError(f"the sample town has the days 1 and 2, not {day}")
    ted = [published for tender in _tenders("ted_services", "ted_other") for published in _on_ted(tender, day)]
    own = [_on_page(tender, day) for tender in _tenders("udbud_services", "udbud_other") if tender.first_day <= day]
    return TownDay(
        day=day,
        about=msgspec.convert(_read("town"), About),
        ted=tuple(sorted(ted, key=lambda tender: (tender.published, tender.key))),
        own=tuple(sorted(own, key=lambda tender: (tender.published, tender.key), reverse=True)),
        planned=msgspec.convert(_read("planned")["planned"], tuple[Planned, ...]),
        agreements=msgspec.convert(_read("agreements")["agreement"], tuple[SampleAgreement, ...]),
    )


def _tenders(*files: str) -> tuple[Tender, ...]:
    return tuple(tender for file in files for tender in msgspec.convert(_read(file)["tender"], tuple[Tender, ...]))


def _on_ted(tender: Tender, day: int) -> tuple[Tender, ...]:
    """TED keeps what was published: a change is a new notice beside the old one."""
    if day == 1 or tender.day2 is None:
        return (tender,)
    return (tender, msgspec.structs.replace(_changed(tender, tender.day2), changes=tender.key))


def _on_page(tender: Tender, day: int) -> Tender:
    """The town's own page is written over."""
    return tender if day == 1 or tender.day2 is None else _changed(tender, tender.day2)


def _changed(tender: Tender, news: OnDayTwo) -> Tender:
    lots = tuple(_changed_lot(lot, news.lot.get(str(number))) for number, lot in enumerate(tender.lot, start=1))
    return msgspec.structs.replace(
        tender,
        key=news.key or tender.key,
        published=news.published or tender.published,
        deadline=news.deadline or tender.deadline,
        cancelled=news.cancelled,
        note=news.note,
        reason=news.reason,
        because=news.because,
        lot=lots,
        day2=None,
    )


def _changed_lot(lot: SampleLot, news: LotOnDayTwo | None) -> SampleLot:
    if news is None:
        return lot
    return msgspec.structs.replace(lot, text=news.text or lot.text, value=news.value or lot.value)


def _read(name: str) -> dict[str, Any]:
    folded = _folded(tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8")))
    assert isinstance(folded, dict)
    return folded


def _folded(value: object) -> object:
    """Texts stand on several lines in the files and on one line in the values; times are Copenhagen's."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Mapping):
        return {key: _folded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_folded(each) for each in value]
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=COPENHAGEN)
    return value
