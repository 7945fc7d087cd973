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
from typing import Protocol

from notifier.answers import Answer
from notifier.buyers import Buyer
from notifier.clock import COPENHAGEN, MONTHS, write_day
from notifier.effects.counting import (
    COUNTED,
    LotCount,
    Month,
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
from notifier.effects.intervals import Figure, Of100, of_100
from notifier.effects.plots import Bar, Plot, plot
from notifier.effects.tables import Cell, Table
from notifier.effects.winners import Awards, Row, added, administration, grouped_by
from notifier.enterprises import Enterprise
from notifier.learning.sampling import Drawn
from notifier.words import Words, grouped

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
class Section:
    """A part of the page. `points` stand under a heading of their own at its end."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()
    points_title: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The page. `span` is the period in words."""

    span: str
    sections: tuple[Section, ...]


def report(known: Known, period: Period, now: dt.datetime, w: Words) -> Report:
    """What may be told of what is known, for a period."""
    said = _Sayer(known, period, now, w)
    return Report(
        said.span_words(said.span),
        (said.steps(), said.months(), said.answers(), said.by_trade(), said.marks(), said.winners()),
    )


def table_of(known: Known, period: Period, now: dt.datetime, w: Words, key: str) -> Table | None:
    """The table of that name as the page has it, None where it has none. Nothing is read for the others."""
    section = _SECTIONS.get(key)
    tables = section(_Sayer(known, period, now, w)).tables if section else ()
    return next((table for table in tables if table.key == key), None)


@dataclass(frozen=True)
class _Sayer:
    """One page, being written."""

    known: Known
    period: Period
    now: dt.datetime
    w: Words

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

    def month_words(self, month: Month) -> str:
        return f"{MONTHS[self.w.language][month.month - 1]} {month.year}"

    def short_month(self, month: Month) -> str:
        name = MONTHS[self.w.language][month.month - 1]
        point = "." if self.w.language == "da" and len(name) > 3 else ""
        return f"{name[:3]}{point} {month.year}"

    def span_words(self, span: Span) -> str:
        if span.first == span.last:
            return self.month_words(span.first)
        first = self.month_words(span.first)
        if span.first.year == span.last.year:
            first = first.removesuffix(f" {span.first.year}")
        return self.w("effects.from_to", first=first, last=self.month_words(span.last))

    def number(self, count: int) -> str:
        return grouped(count, self.w.language)

    def percent(self, share: float | None) -> str:
        if share is None:
            return self.w("effects.none_yet")
        value = f"{100 * share:.1f}"
        return self.w("effects.share", value=value.replace(".", ",") if self.w.language == "da" else value)

    def trade_words(self, trade: str) -> str:
        return self.known.trades.get(trade) or self.w("effects.trade_none")

    def _bar(self, name: str, count: int | None, *, hatched: bool = False, words: str = "") -> Bar:
        said = self.w("effects.few") if count is None else words or self.number(count)
        return Bar(name, count, said, hatched)

    def _plot(self, key: str, title: str, bars: Sequence[Bar], *, beside: bool = True, note: str = "") -> Plot:
        return plot(key, title, self.w("effects.plot_about"), bars, beside=beside, note=note)

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
        table = Table("steps", caption, (w("effects.step"), w("effects.count")), tuple(map(self._counted, rows)))
        bars = [self._bar(name, count) for name, count in rows]
        drawing = self._plot("steps", w("effects.steps_plot"), bars, beside=False)
        return Section("steps", w("effects.steps_title"), (lead, w("effects.steps_about")), (drawing,), (table,))

    def _counted(self, row: tuple[str, int | None]) -> tuple[Cell, ...]:
        name, count = row
        return (name, self.w("effects.few") if count is None else count)

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
            self._plot(
                step.value,
                w(f"effects.plot_{step}"),
                [self._bar(name, counts[step]) for name, counts in zip(short, rows.values(), strict=True)],
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
        cells = tuple((w(f"effects.said_{answer}"), months, count) for answer, months, count in rows)
        plots = tuple(
            self._plot(
                f"answers-{answer}",
                w(f"effects.said_{answer}"),
                [self._bar(self.span_words(block.span), block.count) for block in self.told[answer].blocks],
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
        bars = [self._bar(self.trade_words(trade), found[trade][Step.MARKED]) for trade in marked]
        plots = [self._plot("trades", w("effects.trades_marked"), bars, beside=False)] if len(bars) > 1 else []
        tables = [Table("trades", caption, head, cells)]
        sentences = [w("effects.trades_lead")]
        if rows := tuple(self._answers_by_trade()):
            heads = (w("effects.answer"), w("effects.trade"), w("effects.count"))
            tables.append(Table("answers-by-trade", w("effects.answers_trades_caption"), heads, rows))
            sentences.append(w("effects.answers_trades_lead"))
            plots += list(self._plots_by_trade())
        return Section("trades", w("effects.trades_title"), tuple(sentences), tuple(plots), tuple(tables))

    def _answers_by_trade(self) -> Iterator[tuple[Cell, ...]]:
        for answer in (Answer.RELEVANT, Answer.BIDDING, Answer.WON):
            for name, part in self._parts(answer):
                yield self.w(f"effects.said_{answer}"), name, part.count

    def _plots_by_trade(self) -> Iterator[Plot]:
        for answer in (Answer.RELEVANT, Answer.BIDDING, Answer.WON):
            bars = [self._bar(name, part.count) for name, part in self._parts(answer)]
            if len(bars) > 1:  # one alone is no comparison
                yield self._plot(f"trades-{answer}", self.w(f"effects.said_{answer}"), bars, beside=False)

    def _parts(self, answer: Answer) -> list[tuple[str, Part]]:
        """The parts by their names; the last of several with more than one trade is what is left of all."""
        parts = self.told[answer].parts
        if len(parts) == 1:
            return [(self.w("effects.all_trades"), parts[0])]
        named = [(", ".join(map(self.trade_words, part.trades)), part) for part in parts]
        if named and len(parts[-1].trades) > 1:
            named[-1] = (self.w("effects.trades_together"), parts[-1])
        return named

    # -- marks ---------------------------------------------------------------------------------------------------------

    def marks(self) -> Section:
        w, found = self.w, [of_100(self.known.drawn, figure) for figure in Figure]
        known = [one for one in found if not one.missing]
        sentences = (w("effects.marks_lead"), *(self._mark(one) for one in found))
        if not known:
            return Section("marks", w("effects.marks_title"), sentences)
        columns = ("measure", "value", "low", "high", "answers")
        cells = tuple((w(f"effects.marks_{one.figure}"), one.value, one.low, one.high, one.answered) for one in known)
        table = Table("marks", w("effects.marks_caption"), tuple(w(f"effects.marks_{name}") for name in columns), cells)
        bars = [
            Bar(
                w(f"effects.marks_{one.figure}"),
                one.value,
                f"{one.value} ({one.low}–{one.high})",
                low=one.low,
                high=one.high,
            )
            for one in known
        ]
        about = " ".join(self._mark(one) for one in known)
        drawing = plot(
            "marks", w("effects.marks_caption"), about, bars, beside=False, of=100, note=w("effects.marks_line")
        )
        return Section("marks", w("effects.marks_title"), sentences, (drawing,), (table,))

    def _mark(self, one: Of100) -> str:
        if one.missing:
            return self.w(f"effects.{one.figure}_missing", count=one.missing)
        sure = self.w(
            "effects.between",
            low=one.low,
            high=one.high,
            answers=self.number(one.answered),
            drawn=self.number(one.drawn),
        )
        return f"{self.w(f'effects.{one.figure}', value=one.value)} {sure}"

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
        buyers = self.known.buyers
        by_mail = grouped_by(awards, lambda one: one.since)
        times = (("before", by_mail.get(False, Row())), ("since", by_mail.get(True, Row())))
        years = grouped_by(awards, lambda one: one.year)
        places = grouped_by(awards, lambda one: (administration(one, buyers), one.year))
        ordered = sorted(places.items(), key=lambda item: (not item[0][0], item[0]))
        return (
            Table(
                "before-since",
                w("effects.before_since_caption"),
                (w("effects.when"), *self._award_head()),
                tuple((w(f"effects.{when}"), *self._award_cells(row)) for when, row in times),
            ),
            Table(
                "winners",
                w("effects.winners_caption"),
                (w("effects.year"), *self._award_head()),
                tuple((str(year), *self._award_cells(row)) for year, row in sorted(years.items())),
            ),
            Table(
                "administrations",
                w("effects.administrations_caption"),
                (w("effects.administration"), w("effects.year"), *self._award_head()),
                tuple(
                    (name or w("effects.others"), str(year), *self._award_cells(row)) for (name, year), row in ordered
                ),
            ),
        )

    def _award_head(self) -> tuple[str, ...]:
        names = ["awards", "numbered", "kroner"]
        if self.known.enterprises:
            names = ["awards", "numbered", "listed", "listed_share", "listed_kroner", "kroner"]
        return tuple(self.w(f"effects.{name}") for name in names)

    def _award_cells(self, row: Row) -> tuple[Cell, ...]:
        nothing = self.w("effects.none_yet")
        kroner: Cell = row.kroner if row.valued else nothing
        if not self.known.enterprises:
            return (row.count, row.numbered, kroner)
        listed: Cell = row.listed_kroner if row.listed_valued else nothing
        return (row.count, row.numbered, row.listed, self.percent(row.share), listed, kroner)

    def _year_plot(self) -> tuple[Plot, ...]:
        if not self.known.enterprises:
            return ()
        years = sorted(grouped_by(self.known.awards, lambda one: one.year).items())
        mailed = {one.year for one in self.known.awards if one.since}
        bars = [
            self._bar(
                str(year),
                row.listed,
                hatched=year in mailed,
                words=self.w("effects.bar_share", listed=self.number(row.listed), share=self.percent(row.share)),
            )
            for year, row in years
        ]
        title = self.w("effects.winners_plot")
        return (self._plot("winners", title, bars, note=self.w("effects.hatched") if mailed else ""),)


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
