"""The page of effects in words: sections with their sentences, drawings and tables. Pure: numbers and phrases in.

Known -> report() -> Report -> templates/desk/effects.html.j2
      -> table_of()         -> one of its tables as a file
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Protocol

from notifier.answers import Answer
from notifier.buyers import Buyer
from notifier.clock import COPENHAGEN, write_day
from notifier.effects.counting import (
    COUNTED,
    LotCount,
    Part,
    Period,
    Said,
    Span,
    Step,
    Told,
    by_month,
    by_trade,
    disclose,
    month_of,
    span_of,
)
from notifier.effects.intervals import Figure, of_100
from notifier.effects.plots import Plot
from notifier.effects.speech import Section, Speech
from notifier.effects.tables import Cell, Table
from notifier.effects.winners import Awards, Row, added, administration, grouped_by
from notifier.enterprises import Enterprise
from notifier.learning.sampling import Drawn
from notifier.words import Words

_MONTHLY = 24  # months that are told one by one; more are told by year
_DRAWN = (Step.FOUND, Step.MARKED, Step.KEPT, Step.MAILED)


class Known(Protocol):
    """All that the page is made of, read when it is asked for: one table needs little of it.

    `first_mail` is None before there was one; `trades` are names by key, in the rules' order; `enterprises` the list
    that winners are held against, `buyers` those that the town follows.
    """

    @property
    def lots(self) -> Sequence[LotCount]: ...
    @property
    def said(self) -> Sequence[Said]: ...
    @property
    def drawn(self) -> Sequence[Drawn]: ...
    @property
    def awards(self) -> Sequence[Awards]: ...
    @property
    def first_mail(self) -> dt.datetime | None: ...
    @property
    def trades(self) -> Mapping[str, str]: ...
    @property
    def enterprises(self) -> Sequence[Enterprise]: ...
    @property
    def buyers(self) -> Sequence[Buyer]: ...


@dataclass(frozen=True, slots=True)
class Report:
    """The page. `span` is the period in words."""

    span: str
    sections: tuple[Section, ...]


def report(known: Known, period: Period, now: dt.datetime, w: Words) -> Report:
    """What may be told of what is known, for a period."""
    said = _Sayer(w, known, period, now)
    return Report(
        said.span_words(said.span),
        (said.steps(), said.months(), said.answers(), said.by_trade(), said.marks(), said.winners()),
    )


def table_of(known: Known, period: Period, now: dt.datetime, w: Words, key: str) -> Table | None:
    """The table of that name as the page has it, None where it has none. Nothing is read for the others."""
    section = _SECTIONS.get(key)
    tables = section(_Sayer(w, known, period, now)).tables if section else ()
    return next((table for table in tables if table.key == key), None)


@dataclass(frozen=True)
class _Sayer(Speech):
    """One page, being written."""

    known: Known
    period: Period
    now: dt.datetime

    @cached_property
    def span(self) -> Span:
        this = month_of(self.now)
        months = [one.month for one in self.known.lots] if self.period is Period.ALL else []
        return span_of(self.period, self.now, min(months, default=this))

    @cached_property
    def told(self) -> Mapping[Answer, Told]:
        first = self.known.first_mail
        return disclose(self.known.said, self.now, tuple(self.known.trades), month_of(first) if first else None)

    # -- words ---------------------------------------------------------------------------------------------------------

    def trade_words(self, trade: str) -> str:
        return self.known.trades.get(trade) or self.w("effects.trade_none")

    # -- from found to won ---------------------------------------------------------------------------------------------

    def steps(self) -> Section:
        w, counts = self.w, Counter[Step]()
        for found in by_month(self.known.lots, self.span).values():
            counts.update(found)
        rows: list[tuple[str, int | None]] = [(w(f"effects.step_{step}"), counts[step]) for step in Step]
        for answer in (Answer.RELEVANT, Answer.BIDDING, Answer.WON):
            rows.append((w(f"effects.said_{answer}"), self.told[answer].within(self.span)))
        lead = w(
            "effects.steps_lead",
            count=counts[Step.FOUND],
            marked=self.number(counts[Step.MARKED]),
            mailed=self.number(counts[Step.MAILED]),
        )
        caption = w("effects.steps_caption", period=self.span_words(self.span))
        table = Table("steps", caption, (w("effects.step"), w("effects.count")), tuple(map(self.counted, rows)))
        bars = [self.bar(name, count) for name, count in rows]
        drawing = self.plot("steps", w("effects.steps_plot"), bars, beside=False)
        return Section("steps", w("effects.steps_title"), (lead, w("effects.steps_about")), (drawing,), (table,))

    # -- by month ------------------------------------------------------------------------------------------------------

    def months(self) -> Section:
        w, found = self.w, by_month(self.known.lots, self.span)
        unit = "years" if len(found) > _MONTHLY else "months"
        rows: dict[str, Counter[Step]] = {}
        short: list[str] = []
        for month, counts in found.items():
            name = str(month.year) if unit == "years" else self.month_words(month)
            if name not in rows:
                short.append(name if unit == "years" else self.short_month(month))
            rows.setdefault(name, Counter()).update(counts)
        head = (w(f"effects.{unit[:-1]}"), *(w(f"effects.step_{step}") for step in Step))
        caption = w(f"effects.{unit}_caption", period=self.span_words(self.span))
        cells = tuple(_row(name, counts) for name, counts in rows.items())
        plots = tuple(
            self.plot(
                step.value,
                w(f"effects.plot_{step}"),
                [self.bar(name, counts[step]) for name, counts in zip(short, rows.values(), strict=True)],
            )
            for step in _DRAWN
        )
        return Section("months", w(f"effects.{unit}_title"), (), plots, (Table("months", caption, head, cells),))

    # -- answers -------------------------------------------------------------------------------------------------------

    def answers(self) -> Section:
        w = self.w
        rows = [
            (answer, self.span_words(block.span), block.count)
            for answer in COUNTED
            for block in self.told[answer].blocks
        ]
        sentences = (w("effects.answers_lead" if rows else "effects.answers_none"), *self._fitting())
        if not rows:
            return Section("answers", w("effects.answers_title"), sentences)
        head = (w("effects.answer"), w("effects.months_of"), w("effects.count"))
        cells = tuple((w(f"effects.answer_{answer}"), months, count) for answer, months, count in rows)
        plots = tuple(
            self.plot(
                f"answers-{answer}",
                w(f"effects.said_{answer}"),
                [self.bar(self.span_words(block.span), block.count) for block in self.told[answer].blocks],
                beside=False,
            )
            for answer in COUNTED
            if self.told[answer].blocks
        )
        table = Table("answers", w("effects.answers_caption"), head, cells)
        return Section("answers", w("effects.answers_title"), sentences, plots, (table,))

    def _fitting(self) -> tuple[str, ...]:
        """How many of those who answered found their tasks relevant, up to where the blocks of both answers end."""
        yes, no = self.told[Answer.RELEVANT], self.told[Answer.NOT_RELEVANT]
        ends = {one.span.last for one in yes.blocks} & {one.span.last for one in no.blocks}
        if not ends:
            return (self.w("effects.fitting_none"),)
        span = Span(yes.blocks[0].span.first, max(ends))
        fitting, others = yes.within(span) or 0, no.within(span) or 0
        answered, relevant = self.number(fitting + others), self.number(fitting)
        words = self.w("effects.fitting", yes=relevant, span=self.span_words(span), answered=answered)
        return (words,)

    # -- by trade ------------------------------------------------------------------------------------------------------

    def by_trade(self) -> Section:
        w, found = self.w, by_trade(self.known.lots, self.span)
        ordered = [trade for trade in (*self.known.trades, "") if trade in found]
        head = (w("effects.trade"), *(w(f"effects.step_{step}") for step in Step))
        cells = tuple(_row(self.trade_words(trade), found[trade]) for trade in ordered)
        caption = w("effects.trades_caption", period=self.span_words(self.span))
        marked = [trade for trade in ordered if found[trade][Step.MARKED]]
        bars = [self.bar(self.trade_words(trade), found[trade][Step.MARKED]) for trade in marked]
        plots = [self.plot("trades", w("effects.trades_marked"), bars, beside=False)] if len(bars) > 1 else []
        tables = [Table("trades", caption, head, cells)]
        sentences = [w("effects.trades_lead")]
        if rows := tuple(self._answers_by_trade()):
            heads = (w("effects.answer"), w("effects.months_of"), w("effects.trade"), w("effects.count"))
            tables.append(Table("answers-by-trade", w("effects.answers_trades_caption"), heads, rows))
            sentences.append(w("effects.answers_trades_lead"))
            plots += list(self._plots_by_trade())
        return Section("trades", w("effects.trades_title"), tuple(sentences), tuple(plots), tuple(tables))

    def _answers_by_trade(self) -> Iterator[tuple[Cell, ...]]:
        for answer in (Answer.RELEVANT, Answer.BIDDING):
            for part in self.told[answer].parts:
                months = self.span_words(part.span)
                yield self.w(f"effects.answer_{answer}"), months, self._part_words(part), part.count

    def _plots_by_trade(self) -> Iterator[Plot]:
        for answer in (Answer.RELEVANT, Answer.BIDDING):
            for span, parts in groupby(self.told[answer].parts, lambda part: part.span):
                bars = [self.bar(self._part_words(part), part.count) for part in parts]
                what = self.w(f"effects.answer_{answer}")
                title = self.w("effects.of_months", what=what, span=self.span_words(span))
                yield self.plot(f"trades-{answer}-{span.last.year}", title, bars, beside=False)

    def _part_words(self, part: Part) -> str:
        """The names of its trades; several together are what is left of all."""
        if len(part.trades) > 1:
            return self.w("effects.trades_together")
        return self.trade_words(part.trades[0])

    # -- marks ---------------------------------------------------------------------------------------------------------

    def marks(self) -> Section:
        return self.marks_section([of_100(self.known.drawn, figure) for figure in Figure])

    # -- winners -------------------------------------------------------------------------------------------------------

    def winners(self) -> Section:
        w, awards = self.w, self.known.awards
        points = tuple(w(f"effects.winners_cannot_{number}") for number in range(1, 6))
        sentences = [w("effects.winners_lead"), *self._about_list(), *self._about_awards()]
        plots, tables = (self._year_plot(), self._award_tables()) if awards else ((), ())
        title = w("effects.winners_title")
        return Section("winners", title, tuple(sentences), plots, tables, w("effects.winners_cannot_title"), points)

    def _about_list(self) -> Iterator[str]:
        listed = self.known.enterprises
        if not listed:
            yield self.w("effects.winners_empty")
            return
        day = write_day(min(one.checked for one in listed), self.w.language)
        yield self.w("effects.winners_listed", count=len(listed), day=day)

    def _about_awards(self) -> Iterator[str]:
        if not self.known.awards:
            yield self.w("effects.winners_none")
            return
        row = added(self.known.awards)
        said = self.w("effects.winners_coverage", numbered=self.number(row.numbered), awards=self.number(row.count))
        missing = row.count - row.numbered
        yield f"{said} {self.w('effects.winners_missing', count=missing)}" if missing else said
        if self.known.first_mail is None:
            yield self.w("effects.winners_no_mail")
        else:
            day = self.known.first_mail.astimezone(COPENHAGEN).date()
            yield self.w("effects.winners_first", day=write_day(day, self.w.language))

    def _award_tables(self) -> tuple[Table, ...]:
        w, awards = self.w, self.known.awards
        buyers, listed = self.known.buyers, bool(self.known.enterprises)
        by_mail = grouped_by(awards, lambda one: one.since)
        times = (("before", by_mail.get(False, Row())), ("since", by_mail.get(True, Row())))
        years = grouped_by(awards, lambda one: one.year)
        places = grouped_by(awards, lambda one: (administration(one, buyers), one.year))
        ordered = sorted(places.items(), key=lambda item: (not item[0][0], item[0]))
        return (
            Table(
                "before-since",
                w("effects.before_since_caption"),
                (w("effects.when"), *self.award_head(listed=listed)),
                tuple((w(f"effects.{when}"), *self.award_cells(row, listed=listed)) for when, row in times),
            ),
            Table(
                "winners",
                w("effects.winners_caption"),
                (w("effects.year"), *self.award_head(listed=listed)),
                tuple((str(year), *self.award_cells(row, listed=listed)) for year, row in sorted(years.items())),
            ),
            Table(
                "administrations",
                w("effects.administrations_caption"),
                (w("effects.administration"), w("effects.year"), *self.award_head(listed=listed)),
                tuple(
                    (name or w("effects.others"), str(year), *self.award_cells(row, listed=listed))
                    for (name, year), row in ordered
                ),
            ),
        )

    def _year_plot(self) -> tuple[Plot, ...]:
        if not self.known.enterprises:
            return ()
        years = sorted(grouped_by(self.known.awards, lambda one: one.year).items())
        mailed = {one.year for one in self.known.awards if one.since}
        bars = [
            self.bar(
                str(year),
                row.listed,
                hatched=year in mailed,
                words=self.w("effects.bar_share", listed=self.number(row.listed), share=self.percent(row.share)),
            )
            for year, row in years
        ]
        title = self.w("effects.winners_plot")
        return (self.plot("winners", title, bars, note=self.w("effects.hatched") if mailed else ""),)


# Which section each table stands in.
_SECTIONS: Mapping[str, Callable[[_Sayer], Section]] = {
    "steps": _Sayer.steps,
    "months": _Sayer.months,
    "answers": _Sayer.answers,
    "trades": _Sayer.by_trade,
    "answers-by-trade": _Sayer.by_trade,
    "marks": _Sayer.marks,
    "before-since": _Sayer.winners,
    "winners": _Sayer.winners,
    "administrations": _Sayer.winners,
}


def _row(name: str, counts: Counter[Step]) -> tuple[Cell, ...]:
    return (name, *(counts[step] for step in Step))
