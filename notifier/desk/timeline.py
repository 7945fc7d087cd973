"""Agreements in the order in which they run out, quarter by quarter, with what officers plan for then. Pure.

An agreement runs out on its last possible day, with every extension used. Preparation begins PREPARE months before:
some two for needs and a dialogue with the market, two for the documents, three for the tender itself (at least 30 to
35 days for tenders, then evaluation and ten days of standstill), two for starting up with whoever won.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notifier.clock import add_months
from notifier.site.reader import Reader, last_end
from notifier.store.agreements import Kept
from notifier.store.plans import Plan, PlanKind
from notifier.text import clean_url, visible

PREPARE = 9  # months
AHEAD = 12  # months: a year's plan of work
_BACK = 12  # months that a bar shows of what has been
_LONGEST = 96  # months ahead that a bar shows; framework agreements run four years, and some twice that
WIDTH = 240  # units of a bar


@dataclass(frozen=True, slots=True)
class Bar:
    """Where the parts of an agreement lie on a line from 0 to WIDTH: until its end, with extensions, and today."""

    start: int
    end: int
    latest: int
    prepare: int
    today: int
    open: bool  # it began before the line does


@dataclass(frozen=True, slots=True)
class Row:
    """An agreement as the desk lists it. Days are None where they are not known."""

    uid: str
    slug: str
    title: str
    supplier: str
    buyer: str
    contact: str
    options: str
    trades: tuple[str, ...]
    trade_names: tuple[str, ...]
    start: dt.date | None
    end: dt.date | None
    latest: dt.date | None
    prepare: dt.date | None
    plans: tuple[Plan, ...]
    listed: bool
    lot_uid: str
    lot_slug: str
    url: str

    @property
    def open_plans(self) -> tuple[Plan, ...]:
        """What is planned and not done."""
        return tuple(plan for plan in self.plans if plan.done_at is None)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is asked for; what is empty does not filter. `period` is a key of `in_period`."""

    text: str = ""
    trade: str = ""
    who: str = ""  # a buyer or an office to ask
    period: str = ""
    plan: str = ""  # a plan's kind, "any", "none" or "done"


@dataclass(frozen=True, slots=True)
class Quarter:
    """The agreements that run out in a quarter; year 0 for those of which no end is known."""

    year: int
    quarter: int
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """As a period is asked for: "2027-2"; "none"."""
        return f"{self.year}-{self.quarter}" if self.year else "none"


def row(kept: Kept, plans: Sequence[Plan], reader: Reader) -> Row:
    """An agreement as the desk lists it."""
    agreement, latest = kept.view.agreement, last_end(kept.view)
    return Row(
        uid=kept.view.uid,
        slug=kept.view.slug,
        title=visible(agreement.title),
        supplier=visible(agreement.supplier.name),
        buyer=visible(agreement.buyer.name),
        contact=visible(agreement.contact),
        options=visible(agreement.options),
        trades=kept.view.trades,
        trade_names=reader.trade_names(kept.view.trades),
        start=agreement.start,
        end=agreement.end,
        latest=latest,
        prepare=add_months(latest, -PREPARE) if latest and latest.year > 1 else None,
        plans=tuple(plans),
        listed=kept.listed,
        lot_uid=kept.lot_uid,
        lot_slug=kept.lot_slug,
        url=clean_url(agreement.url),
    )


def rows(kept: Iterable[Kept], plans: Iterable[Plan], reader: Reader) -> tuple[Row, ...]:
    """All of them, the first to run out first; those without an end last."""
    of: dict[str, list[Plan]] = {}
    for plan in plans:
        of.setdefault(plan.agreement_uid, []).append(plan)
    made = (row(one, of.get(one.view.uid, ()), reader) for one in kept)
    return tuple(sorted(made, key=lambda one: (one.latest or dt.date.max, one.title.casefold(), one.slug)))


# -- to do -----------------------------------------------------------------------------------------------------------


def to_do(listed: Iterable[Row], today: dt.date) -> tuple[Row, ...]:
    """Agreements with something planned whose preparation begins within a year, or should have begun; those without
    an end too, for nobody knows. The first to begin first."""
    until = add_months(today, AHEAD)
    found = [one for one in listed if one.open_plans and (one.prepare is None or one.prepare <= until)]
    return tuple(sorted(found, key=lambda one: (one.prepare or dt.date.min, one.title.casefold())))


def unplanned(listed: Iterable[Row], today: dt.date) -> int:
    """How many have to be prepared within a year and have no plan yet."""
    return sum(1 for one in listed if one.listed and not one.plans and one.prepare and is_coming(one, today))


def is_coming(one: Row, today: dt.date) -> bool:
    """Whether an agreement that still runs has to be prepared within a year."""
    if one.latest is None or one.prepare is None:
        return False
    return one.latest >= today and one.prepare <= add_months(today, AHEAD)


# -- searched --------------------------------------------------------------------------------------------------------


def matches(one: Row, sought: Sought, today: dt.date) -> bool:
    """Whether an agreement is one of those that were asked for."""
    if sought.trade and sought.trade not in one.trades:
        return False
    if sought.who and sought.who not in (one.buyer, one.contact):
        return False
    if sought.period and not in_period(one, sought.period, today):
        return False
    if sought.plan and not _has_plan(one, sought.plan):
        return False
    said = " ".join((one.title, one.supplier, one.buyer, one.contact, one.options, *one.trade_names,
                     *(plan.words for plan in one.plans))).casefold()  # fmt: skip
    return all(word in said for word in sought.text.casefold().split())


def in_period(one: Row, period: str, today: dt.date) -> bool:
    """Whether it runs out in a period: "12", "24", "36" months from now; a year, a quarter "2027-2"; "none" where no
    end is known; "past"; "prepare" where preparation has to begin within a year. Any other holds nothing."""
    if period == "none" or one.latest is None:
        return period == "none" and one.latest is None
    if period == "past":
        return one.latest < today
    if period == "prepare":
        return is_coming(one, today)
    if period in ("12", "24", "36"):
        return today <= one.latest <= add_months(today, int(period))
    year, _, quarter = period.partition("-")
    return year == str(one.latest.year) and quarter in ("", str(_quarter(one.latest)))


def _has_plan(one: Row, plan: str) -> bool:
    if plan == "none":
        return not one.plans
    if plan == "done":
        return any(made.done_at is not None for made in one.plans)
    return any(plan in ("any", made.plan) for made in one.open_plans)


def _quarter(day: dt.date) -> int:
    return (day.month + 2) // 3


def quarters(found: Iterable[Row]) -> tuple[Quarter, ...]:
    """Rows that are in order, by the quarter in which they run out."""
    groups = itertools.groupby(found, key=lambda one: (one.latest.year, _quarter(one.latest)) if one.latest else (0, 0))
    return tuple(Quarter(year, number, tuple(group)) for (year, number), group in groups)


def by_year(found: Iterable[Quarter]) -> Mapping[int, tuple[int, int, int, int]]:
    """How many run out in each quarter of each year between the first and the last."""
    counts = {(one.year, one.quarter): len(one.rows) for one in found if one.year}
    years = sorted({year for year, _ in counts})
    return {year: tuple(counts.get((year, number), 0) for number in range(1, 5)) for year in years}  # type: ignore[misc]


# -- drawn -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """A line of time on which all bars of a page stand."""

    first: dt.date
    last: dt.date
    today: dt.date

    @classmethod
    def of(cls, found: Iterable[Row], today: dt.date) -> Scale:
        """From a year ago until the last of these ends, at least two and at most eight years ahead."""
        latest = max((one.latest for one in found if one.latest), default=today)
        last = min(max(latest, add_months(today, 2 * AHEAD)), add_months(today, _LONGEST))
        return cls(add_months(today, -_BACK), last, today)

    def at(self, day: dt.date) -> int:
        """Where a day lies, at an end of the line where it is outside."""
        part = (day - self.first) / (self.last - self.first)
        return round(min(max(part, 0.0), 1.0) * WIDTH)

    def bar(self, one: Row) -> Bar | None:
        """An agreement's bar; None where no end is known."""
        if one.latest is None or one.prepare is None:
            return None
        start = one.start or self.first
        end = min(one.end or one.latest, one.latest)
        return Bar(
            start=self.at(start),
            end=self.at(end),
            latest=self.at(one.latest),
            prepare=self.at(one.prepare),
            today=self.at(self.today),
            open=start <= self.first,
        )

    def years(self) -> tuple[tuple[int, int], ...]:
        """Each new year on the line: where, and which."""
        return tuple((self.at(dt.date(year, 1, 1)), year) for year in range(self.first.year + 1, self.last.year + 1))

    def labels(self, width: int = WIDTH) -> tuple[tuple[int, int], ...]:
        """The years that are written: as many as find room, each with a sixth of the line to itself."""
        years = [one for one in self.years() if one[0] <= width * 9 // 10]
        return tuple(years[:: max(1, -(-len(years) // 6))])


PLANS = tuple(PlanKind)
