"""Rows of lots, agreements and sources, and which of them stand on the front page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from notifier.clock import add_months, deadline_day
from notifier.lots import AgreementView, LotState, LotView, RunStatus, SourceRun, acting_deadline
from notifier.phrases import Foreign, local_day, shorten, verdict_phrase, write_place
from notifier.site.lotpage import Dated, Reason, dated_deadlines, is_quote, known_value, public_title, reason
from notifier.site.reader import Reader, last_end, part_of, state_at
from notifier.text import clean_url
from notifier.words import Words

CLOSING_DAYS = 14  # two weeks: less is hardly enough to write a tender in
NEW_DAYS = 7
AGREEMENT_MONTHS = 12
# How many rows the front page has room for within 60 kB; each list says how many more there are.
CARDS, ROWS, FEW = 8, 40, 12
_QUOTE, _BUYER = 110, 80  # characters of a row
Row = TypeVar("Row")
_FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot in a list: enough to decide whether to open its page."""

    slug: str
    title: Foreign
    part_of: Foreign | None  # the whole tender, where the lot's title does not say it
    buyer: str
    verdict: str
    mark: str
    deadlines: tuple[Dated, ...]
    without_deadline: str  # what is said where there is no deadline
    value: str
    place: str
    trades: tuple[str, ...]
    why: Reason | None
    asks: str


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement in a list."""

    anchor: str
    title: str
    supplier: str
    end: Dated | None
    latest: Dated | None
    options: str
    contact: str
    trades: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """What the public is told of the latest reading of a source. The message for operators stays inside."""

    source: str
    when: str
    counts: str
    result: str
    good: bool


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """The beginning of a list and how long the whole is."""

    rows: tuple[Row, ...]
    total: int

    @property
    def cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.total > len(self.rows)


@dataclass(frozen=True, slots=True)
class Listing:
    """The public lots that one can still act on: open ones by deadline, and planned ones by start."""

    open: tuple[LotView, ...]
    planned: tuple[LotView, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The front page."""

    counts: tuple[str, ...]
    closing: Part[LotRow]
    closing_until: str
    fresh: Part[LotRow]
    fresh_since: str
    open: Part[LotRow]
    planned: Part[LotRow]
    expiring: Part[AgreementRow]
    expiring_until: str
    runs: tuple[RunRow, ...]


def listing(lots: Iterable[LotView], now: dt.datetime) -> Listing:
    """What of `lots` is public and can be acted on at `now`."""
    states = [(state_at(view, now), view) for view in lots if view.public]
    return Listing(
        tuple(sorted((view for state, view in states if state is LotState.OPEN), key=_by_deadline)),
        tuple(sorted((view for state, view in states if state is LotState.PLANNED), key=_by_start)),
    )


def _by_deadline(view: LotView) -> tuple[dt.datetime, str]:
    deadline = acting_deadline(view.lot)
    return (deadline.at if deadline else _FAR, view.slug)


def _by_start(view: LotView) -> tuple[dt.date, str]:
    return (view.lot.start or dt.date.max, view.slug)


def front(
    lots: Sequence[LotView],
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    reader: Reader,
    now: dt.datetime,
) -> Front:
    """What the front page says at `now`. It changes when its lists do, not from hour to hour."""
    listed, today = listing(lots, now), local_day(now)
    until, since = today + dt.timedelta(days=CLOSING_DAYS), today - dt.timedelta(days=NEW_DAYS)
    closing = [view for view in listed.open if _closes_by(view, until)]
    early = closing[:CARDS]
    fresh = sorted(
        (view for view in (*listed.open, *listed.planned) if local_day(view.first_seen) >= since and view not in early),
        key=lambda view: (-view.first_seen.timestamp(), view.slug),
    )
    last_day = add_months(today, AGREEMENT_MONTHS)
    ending = [view for view in by_end(agreements) if today <= (last_end(view) or dt.date.max) <= last_day]
    return Front(
        counts=_counts(listed, len(closing), reader),
        closing=_lot_part(closing, CARDS, reader),
        closing_until=reader.day(until, weekday=True),
        fresh=_lot_part(fresh, CARDS, reader),
        fresh_since=reader.day(since, weekday=True),
        open=_lot_part(listed.open, ROWS, reader),
        planned=_lot_part(listed.planned, FEW, reader),
        expiring=Part(tuple(agreement_row(view, reader) for view in ending[:FEW]), len(ending)),
        expiring_until=reader.day(last_day),
        runs=run_rows(runs, reader),
    )


def _closes_by(view: LotView, until: dt.date) -> bool:
    deadline = acting_deadline(view.lot)
    return deadline is not None and deadline_day(deadline) <= until


def _counts(listed: Listing, closing: int, reader: Reader) -> tuple[str, ...]:
    reserved = sum(view.assessment is not None and view.assessment.verdict == "reserved" for view in listed.open)
    counts = (
        ("open", len(listed.open)),
        ("reserved", reserved),
        ("closing", closing),
        ("planned", len(listed.planned)),
    )
    return tuple(reader.w(f"site.count_{name}", count=count) for name, count in counts if count or name == "open")


def _lot_part(views: Sequence[LotView], limit: int, reader: Reader) -> Part[LotRow]:
    return Part(tuple(lot_row(view, reader) for view in views[:limit]), len(views))


def lot_row(view: LotView, reader: Reader) -> LotRow:
    """A public lot in a list. Raises ValueError for one that was never assessed."""
    if view.assessment is None:
        raise ValueError(f"the lot {view.uid} has no assessment and so no row")
    w, lot = reader.w, view.lot
    planned = view.state is LotState.PLANNED
    return LotRow(
        slug=view.slug,
        title=public_title(view, reader),
        part_of=part_of(view, reader),
        buyer=shorten(reader.text(view.notice.buyer.name), _BUYER) or w("site.unnamed_buyer"),
        verdict=view.assessment.verdict.value,
        mark=verdict_phrase(lot, view.assessment, reader.language),
        deadlines=dated_deadlines(lot, reader)[:1],
        without_deadline=_without_deadline(view, reader) if planned else w("site.deadline_unknown"),
        value=known_value(view, reader),
        place=shorten(reader.text(write_place(lot, reader.language)), _BUYER) if lot.place or lot.nuts else "",
        trades=reader.trade_names(view.assessment.trades),
        why=why(view, reader),
        asks=", ".join(_asked(view, reader)),
    )


def _without_deadline(view: LotView, reader: Reader) -> str:
    if view.lot.start:
        return reader.w("site.starts", day=reader.day(view.lot.start))
    return reader.w("site.no_deadline_yet")


def why(view: LotView, reader: Reader) -> Reason | None:
    """The one reason to show in a list: the heaviest with words to quote, else the heaviest."""
    found = [item for item in (view.assessment.evidence if view.assessment else ()) if item.weight > 0]
    if not found:
        return None
    best = max(found, key=lambda item: (is_quote(item), item.weight))
    told = reason(best, view, reader)
    return Reason(told.heading, told.detail, shorten(told.quote, _QUOTE), told.language)


def _asked(view: LotView, reader: Reader) -> tuple[str, ...]:
    demands = view.assessment.demands if view.assessment else ()
    keys = dict.fromkeys(f"common.demand_{demand.kind}" for demand in demands)
    return tuple(reader.w(key).lower() for key in keys if key in reader.w)


# -- agreements ----------------------------------------------------------------------------------------------------


def by_end(agreements: Iterable[AgreementView]) -> tuple[AgreementView, ...]:
    """The next to run out first; those without a known end last."""
    return tuple(sorted(agreements, key=lambda view: (last_end(view) or dt.date.max, view.slug)))


def agreement_row(view: AgreementView, reader: Reader) -> AgreementRow:
    """An agreement in a list. Its contact is an office; a mail address in it is not spread."""
    agreement = view.agreement
    contact = reader.text(agreement.contact).replace(reader.w("common.address_left_out"), "").strip(" ,;")
    return AgreementRow(
        anchor=view.slug,
        title=reader.text(agreement.title),
        supplier=reader.text(agreement.supplier.name),
        end=_dated("site.agreement_end", agreement.end, reader),
        latest=_dated("site.agreement_latest", last_end(view), reader),
        options=reader.text(agreement.options),
        contact=contact,
        trades=reader.trade_names(view.trades),
        url=clean_url(agreement.url),
    )


def _dated(key: str, day: dt.date | None, reader: Reader) -> Dated | None:
    return Dated(reader.w(key), reader.day(day), day.isoformat()) if day else None


# -- sources -------------------------------------------------------------------------------------------------------


def run_rows(runs: Iterable[SourceRun], reader: Reader) -> tuple[RunRow, ...]:
    """The latest reading of each source, by name; where it was not good, the last good one is told as well."""
    by_source: dict[str, list[SourceRun]] = {}
    for run in sorted(runs, key=attrgetter("started")):
        by_source.setdefault(run.source, []).append(run)
    rows = (_run_row(readings, reader) for readings in by_source.values())
    return tuple(sorted(rows, key=lambda row: row.source.casefold()))


def _held_of(run: SourceRun, w: Words) -> str:
    if run.held < run.listed:
        return w("site.read_short", listed=run.listed, held=run.held, short=run.listed - run.held)
    return w("site.read_counts", listed=run.listed, held=run.held)


def _run_row(readings: Sequence[SourceRun], reader: Reader) -> RunRow:
    w, run = reader.w, readings[-1]
    good = run.status is RunStatus.GOOD
    result = w(f"common.status_{run.status}") if run.status else w("site.read_running")
    before = next((past for past in reversed(readings[:-1]) if past.status is RunStatus.GOOD), None)
    if not good and before is not None:
        result += f"; {w('site.read_last_good', when=reader.moment(before.finished or before.started))}"
    read = run.status in (RunStatus.GOOD, RunStatus.PARTIAL)
    return RunRow(
        source=reader.sources.get(run.source, run.source),
        when=reader.moment(run.finished or run.started),
        counts=_held_of(run, w) if read else w("site.read_nothing"),
        result=result,
        good=good,
    )
