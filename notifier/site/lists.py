"""Rows of lots, agreements and sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from notifier.lots import Agreement, AgreementView, LotState, LotView, RunStatus, SourceRun
from notifier.people import public_url
from notifier.phrases import Foreign, of_own_trades, shorten, verdict_phrase, write_place
from notifier.site.lotpage import Dated, Reason, dated_deadlines, is_quote, known_value, public_title, reason
from notifier.site.reader import Reader, last_end, next_end, part_of
from notifier.words import Words

_QUOTE, _BUYER = 110, 80  # characters of a row
Row = TypeVar("Row")


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
    end: Dated | None  # when it runs out, or is extended
    latest: Dated | None  # with every extension, where that is later
    perhaps: bool  # it can be extended, and nobody can count for how long
    passed: bool  # its end has passed: it runs only if it was extended
    options: Foreign
    contact: str
    trades: tuple[str, ...]
    url: str
    language: str  # of the source's words, where it is not the reader's


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
    found = [item for item in (of_own_trades(view.assessment) if view.assessment else ()) if item.weight > 0]
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


def by_end(agreements: Iterable[AgreementView], today: dt.date = dt.date.min) -> tuple[AgreementView, ...]:
    """The next to run out or be extended, as seen from that day, first; those without a known end last."""
    return tuple(sorted(agreements, key=lambda view: (next_end(view, today) or dt.date.max, view.slug)))


def uncounted(agreement: Agreement) -> bool:
    """Whether it can be extended, and it is not known for how long."""
    return bool(agreement.options) and agreement.latest_end is None


def agreement_row(view: AgreementView, reader: Reader, today: dt.date = dt.date.min) -> AgreementRow:
    """An agreement in a list, as seen from that day: from its beginning where none is given.

    Its contact is an office; a mail address in it is not spread.
    """
    agreement, latest = view.agreement, last_end(view)
    end = agreement.end or latest
    contact = reader.text(agreement.contact).replace(reader.w("common.address_left_out"), "").strip(" ,;")
    return AgreementRow(
        anchor=view.slug,
        title=reader.text(agreement.title),
        supplier=reader.text(agreement.supplier.name),
        end=_dated("site.agreement_end", end, reader),
        latest=_dated("site.agreement_latest", latest, reader) if latest and end and latest > end else None,
        perhaps=uncounted(agreement),
        passed=end is not None and end < today,
        options=_options(agreement, reader),
        contact=contact,
        trades=reader.trade_names(view.trades),
        url=public_url(agreement.url),
        language=foreign_to(reader),
    )


def foreign_to(reader: Reader) -> str:
    """The language of what towns write of their agreements, where it is not the reader's."""
    return "" if reader.language == _DANISH else _DANISH


_DANISH = "da"
_NONE = ("ingen", "nej")


def _options(agreement: Agreement, reader: Reader) -> Foreign:
    """In the source's words; that there are none, which is known for sure, in the reader's."""
    if foreign_to(reader) and agreement.options.strip().casefold().rstrip(".") in _NONE:
        return Foreign(reader.w("agreement.options_none"))
    return Foreign(reader.text(agreement.options), foreign_to(reader))


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
