"""The figures of a quarter, and of a year, in words for the public: citizens, enterprises, politicians. Pure.

    Figures -> quarter_sections()  a page of sections, with their drawings and tables
    Year    -> note()              two pages for the political committee, under the headings that its cases have

Every sentence says a number of the figures, or what the numbers cannot say. Amounts are kroner without VAT.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from notifier.answers import Answer
from notifier.clock import COPENHAGEN, write_day
from notifier.effects.counting import Span, Step
from notifier.effects.plots import Plot
from notifier.effects.quarters import Figures, OfAwards, OfSource, OfTrade, Year, total_of
from notifier.effects.speech import Section, Speech
from notifier.effects.tables import Cell, Table
from notifier.effects.winners import Row
from notifier.words import Words

# The tables of every quarter, whether or not there is something in them: each is a file beside its page.
TABLES = ("steps", "months", "trades", "answers", "marks", "before-since", "winners", "sources", "gaps")
YEAR_TABLES = ("quarters", "trades")
_ROWS = 6  # of trades in the note
_TOLD = (Answer.RELEVANT, Answer.NOT_RELEVANT, Answer.BIDDING, Answer.WON)
_OUTCOMES = (Answer.RELEVANT, Answer.BIDDING, Answer.WON)
ROW = tuple(one.name for one in fields(Row))
_CANNOT = 5  # points on what cannot be attributed


def quarter_sections(told: Figures, w: Words) -> tuple[Section, ...]:
    """A quarter's page."""
    said = _Quarter(w, told)
    return (
        said.steps(),
        said.months(),
        said.trades(),
        said.answers(),
        said.marks(),
        said.winners(),
        said.missing(),
        said.cannot(),
    )


def quarter_table(told: Figures, key: str, w: Words) -> Table:
    """One of TABLES."""
    said = _Quarter(w, told)
    tables = {
        "steps": said.steps_table,
        "months": said.months_table,
        "trades": said.trades_table,
        "answers": said.answers_table,
        "marks": lambda: said.marks_table([one for one in told.marks if not one.missing]),
        "before-since": said.before_since_table,
        "winners": said.winners_table,
        "sources": said.sources_table,
        "gaps": said.gaps_table,
    }
    return tables[key]()


@dataclass(frozen=True)
class _Quarter(Speech):
    """The page of a quarter, being written."""

    told: Figures

    @property
    def period(self) -> str:
        return self.span_words(self.told.quarter.span)

    def day(self, day: dt.date) -> str:
        return write_day(day, self.w.language)

    @property
    def told_day(self) -> str:
        return self.day(self.told.told_at.astimezone(COPENHAGEN).date())

    # -- from found to won ---------------------------------------------------------------------------------------------

    def steps(self) -> Section:
        w, told = self.w, self.told
        lead = " ".join(self.found(told.total(Step.FOUND), told.total(Step.MARKED)))
        mailed = self.counted_words("report.mailed", told.total(Step.MAILED))
        sentences = (f"{lead} {mailed}", self.readers(), w("report.steps_about"))
        bars = [self.bar(name, count) for name, count in self._steps()]
        drawing = self.plot("steps", w("effects.steps_plot"), bars, beside=False)
        return Section("steps", w("effects.steps_title"), sentences, (drawing,), (self.steps_table(),))

    def counted_words(self, key: str, count: int) -> str:
        """A sentence about none, one or many."""
        return self.w(key, count=count) if count else self.w(f"{key}_none")

    def found(self, found: int, marked: int) -> Iterator[str]:
        """How many were found, and how many of them marked."""
        yield self.counted_words("report.found", found)
        if found == 1:
            yield self.w("report.marked_it" if marked else "report.marked_it_not")
        elif found:
            yield self.counted_words("report.marked", marked)

    def readers(self) -> str:
        """How many got a mail, as it may be told."""
        told = self.told
        if not mailed_by(told):
            return self.w("report.readers_none")
        if told.readers is None:
            return self.w("report.readers_few")
        return self.w("report.readers", number=self.number(told.readers))

    def _steps(self) -> Iterator[tuple[str, int | None]]:
        for step in Step:
            yield self.w(f"report.step_{step}"), self.told.total(step)
        yield self.w("report.step_readers"), readers_of(self.told)
        for answer in _OUTCOMES:
            yield self.w(f"effects.said_{answer}"), self.told.answered(answer)

    def steps_table(self) -> Table:
        w = self.w
        caption = w("effects.steps_caption", period=self.period)
        return Table("steps", caption, (w("effects.step"), w("effects.count")), tuple(map(self.counted, self._steps())))

    # -- by month and by trade -----------------------------------------------------------------------------------------

    def months(self) -> Section:
        return Section("months", self.w("effects.months_title"), (), (), (self.months_table(),))

    def months_table(self) -> Table:
        w = self.w
        head = (w("effects.month"), *(w(f"report.step_{step}") for step in Step))
        rows = tuple(
            (self.month_words(one.month), *(getattr(one, step.value) for step in Step)) for one in self.told.months
        )
        return Table("months", w("effects.months_caption", period=self.period), head, rows)

    def trades(self) -> Section:
        w, marked = self.w, sorted((one for one in self.told.trades if one.marked), key=lambda one: -one.marked)
        bars = [self.bar(self.trade(one), one.marked) for one in marked]
        plots = (self.plot("trades", w("report.trades_plot"), bars, beside=False),) if len(bars) > 1 else ()
        tables = (self.trades_table(),) if self.told.trades else ()
        return Section("trades", w("effects.trades_title"), (w("report.trades_lead"),), plots, tables)

    def trade(self, one: OfTrade) -> str:
        """A trade's name, as it was when the quarter was told."""
        return (one.da if self.w.language == "da" else one.en) or self.w("effects.trade_none")

    def trades_table(self) -> Table:
        w, steps = self.w, (Step.FOUND, Step.MARKED, Step.MAILED)
        head = (w("effects.trade"), *(w(f"report.step_{step}") for step in steps))
        rows = tuple((self.trade(one), one.found, one.marked, one.mailed) for one in self.told.trades)
        return Table("trades", w("effects.trades_caption", period=self.period), head, rows)

    # -- answers -------------------------------------------------------------------------------------------------------

    def answers(self) -> Section:
        w, table = self.w, self.answers_table()
        sentences = (w("report.answers_lead"), w("report.answers_told" if table.rows else "report.answers_none"))
        return Section("answers", w("report.answers_title"), sentences, (), (table,) if table.rows else ())

    def answers_table(self) -> Table:
        w = self.w
        head = (w("effects.answer"), w("effects.months_of"), w("effects.count"))
        rows = tuple(
            (w(f"effects.answer_{answer}"), self.span_words(block.span), block.count)
            for answer in _TOLD
            for block in self.told.blocks(answer)
        )
        return Table("answers", w("report.answers_caption", period=self.period), head, rows)

    # -- marks and winners ---------------------------------------------------------------------------------------------

    def marks(self) -> Section:
        made = self.marks_section(self.told.marks)
        about = self.w("report.marks_until", day=self.told_day)
        return Section(made.key, made.title, (*made.sentences, about), made.plots, made.tables)

    def winners(self) -> Section:
        w, told = self.w, self.told
        sentences = [w("report.winners_lead"), self.about_list(), *self._about_awards()]
        tables = (self.before_since_table(), self.winners_table()) if told.awards else ()
        return Section("winners", w("report.winners_title"), tuple(sentences), (), tables)

    def about_list(self) -> str:
        """What winners are held against."""
        told = self.told
        if not told.listed or told.checked is None:
            return self.w("report.list_empty")
        return self.w("report.list_has", count=told.listed, day=self.day(told.checked))

    def _about_awards(self) -> Iterator[str]:
        row = added_rows(self.told.awards)
        if not row.count:
            yield self.w("effects.winners_none")
            return
        yield self.w("effects.winners_coverage", numbered=self.number(row.numbered), awards=self.number(row.count))
        yield self.w("report.winners_read", day=self.told_day)
        first = self.told.first_mail
        yield self.w("effects.winners_first", day=self.day(first)) if first else self.w("effects.winners_no_mail")

    def before_since_table(self) -> Table:
        w, listed = self.w, bool(self.told.listed)
        rows = tuple(
            (w(f"effects.{when}"), *self.award_cells(self.awards_when(since=since), listed=listed))
            for when, since in (("before", False), ("since", True))
        )
        head = (w("effects.when"), *self.award_head(listed=listed))
        return Table("before-since", w("effects.before_since_caption"), head, rows)

    def awards_when(self, *, since: bool) -> Row:
        """All awards before the first mail, or since."""
        return added_rows(one for one in self.told.awards if one.since is since)

    def winners_table(self) -> Table:
        w, listed = self.w, bool(self.told.listed)
        years = sorted({one.year for one in self.told.awards})
        rows = tuple(
            (
                str(year),
                *self.award_cells(added_rows(one for one in self.told.awards if one.year == year), listed=listed),
            )
            for year in years
        )
        return Table(
            "winners", w("effects.winners_caption"), (w("effects.year"), *self.award_head(listed=listed)), rows
        )

    # -- what is missing -----------------------------------------------------------------------------------------------

    def missing(self) -> Section:
        w, points = self.w, (*self.lacking(), *(self.w(f"report.missing_{name}") for name in ("unseen", "documents")))
        tables = (*((self.sources_table(),) if self.told.sources else ()), self.gaps_table())
        return Section(
            "missing", w("report.missing_title"), (self.daily(),), (), tables, w("report.missing_points"), points
        )

    def daily(self) -> str:
        """How many sources were read right every day, of those that were read in the quarter."""
        known = [one for one in self.told.sources if one.days]
        every, of = sum(one.good_days >= one.days for one in known), self.number(len(known))
        if not known:
            return self.w("report.sources_none")
        if len(known) == 1:
            return self.w("report.source_daily" if every else "report.source_daily_not")
        if every in (0, len(known)):
            return self.w("report.sources_daily_all" if every else "report.sources_daily_none", of=of)
        return self.w("report.sources_daily", count=every, of=of)

    def lacking(self) -> Iterator[str]:
        """What the figures themselves show not to be covered."""
        w, told = self.w, self.told
        if told.begins:
            yield w("report.missing_begins", day=self.day(told.begins))
        for source in told.sources:
            if not source.good_days:
                key = "report.missing_source" if source.days else "report.missing_later"
                yield w(key, source=self.source(source))
        if unread := sum(source.unread for source in told.sources):
            yield w("report.missing_unread", count=unread)
        without = next((one.found for one in told.trades if not one.key), 0)
        if without:
            yield w("report.missing_trade", count=without)

    def source(self, one: OfSource) -> str:
        """A source's name; one that is no longer set up has none."""
        return one.name or self.w("report.source_former")

    def sources_table(self) -> Table:
        w = self.w
        columns = ("source", "good_days", "days", "readings", "failed", "unread")
        rows = tuple(
            (self.source(one), one.good_days, one.days, one.readings, one.failed, one.unread)
            for one in self.told.sources
        )
        head = tuple(w(f"report.col_{name}") for name in columns)
        return Table("sources", w("report.sources_caption", period=self.period), head, rows)

    def gaps_table(self) -> Table:
        w, gaps = self.w, self.told.gaps
        rows = tuple((w(f"report.gap_{name}"), getattr(gaps, name)) for name in ("no_value", "no_place", "no_deadline"))
        caption = self.counted_words("report.gaps_caption", gaps.found)
        return Table("gaps", caption, (w("report.col_gap"), w("effects.count")), rows)

    def cannot(self) -> Section:
        points = tuple(self.w(f"report.cannot_{number}") for number in range(1, _CANNOT + 1))
        return Section("cannot", self.w("report.cannot_title"), (self.w("report.cannot_lead"),), points=points)


def mailed_by(told: Figures) -> bool:
    """Whether anybody had been mailed when the quarter ended."""
    return told.first_mail is not None and told.first_mail <= told.quarter.last_day


def readers_of(told: Figures) -> int | None:
    """How many readers got mail, as it may be told; None for too few. None at all where none could."""
    return told.readers if mailed_by(told) else 0


def added_rows(awards: Iterable[OfAwards]) -> Row:
    """Awards of several years as one."""
    rows = [one.row for one in awards]
    return Row(*(sum(getattr(row, name) for row in rows) for name in ROW))


# -- the year's note ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chapter:
    """What stands under one heading of the note. `key` is problem, solution, economy or process."""

    key: str
    sentences: tuple[str, ...]
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """The note on a year. `day` is when its figures were made, `period` the months that they are of."""

    day: str
    period: str
    chapters: tuple[Chapter, ...]


def note(year: Year, w: Words) -> Note:
    """The note on a year for the political committee."""
    said = _Note(w, year.last, year)
    chapters = (said.problem(), said.solution(), said.economy(), said.process())
    return Note(said.told_day, said.span_words(year.span), chapters)


def year_table(year: Year, key: str, w: Words) -> Table:
    """One of YEAR_TABLES."""
    said = _Note(w, year.last, year)
    return {"quarters": said.quarters_table, "trades": said.year_trades_table}[key]()


@dataclass(frozen=True)
class _Note(_Quarter):
    """The note, being written; what is counted since the beginning is said as of its last quarter."""

    year: Year

    @property
    def period(self) -> str:
        return self.span_words(self.year.span)

    def problem(self) -> Chapter:
        w, found, marked = self.w, self.year.total(Step.FOUND), self.year.total(Step.MARKED)
        sources = {one.id for quarter in self.year.quarters for one in quarter.sources if one.good_days}
        if sources:
            sentences = [w("report.note_question", count=len(sources), period=self.period)]
        else:
            sentences = [w("report.note_question_none", period=self.period)]
        numbers = list(self.found(found, marked))
        if found > 1 and marked:
            numbers.append(w("report.note_share", share=self.percent(marked / found)))
        largest = [w("report.quoted", words=self.trade(one)) for one in self._marked()[:3] if one.key]
        if largest and marked > 1:
            numbers.append(w("report.note_trades", trades=self.listing(largest)))
        sentences.append(" ".join(numbers))
        begins = self.year.quarters[0].begins
        if begins:
            sentences.append(w("report.note_short_from", day=self.day(begins)))
        elif len(self.year.quarters) < 4:
            sentences.append(w("report.note_short", period=self.period))
        return Chapter("problem", tuple(sentences))

    def _marked(self) -> list[OfTrade]:
        return [one for one in self.year.trades if one.marked]

    def listing(self, names: Sequence[str]) -> str:
        """A list of names as a sentence holds it."""
        if len(names) < 2:
            return "".join(names)
        return self.w("report.and", first=", ".join(names[:-1]), last=names[-1])

    def solution(self) -> Chapter:
        w, year = self.w, self.year
        mailed = self.counted_words("report.mailed", year.total(Step.MAILED))
        seen = self.counted_words("report.note_seen", year.total(Step.SEEN))
        marks = [self.mark(one) for one in self.told.marks if not one.missing]
        known = " ".join(marks) or w("report.note_marks_none")
        sentences: tuple[str, ...]
        if mailed_by(year.last):
            sentences = (f"{mailed} {seen} {self._readers()}", self._outcomes(), known)
        else:
            sentences = (f"{w('report.note_readers_none')} {seen}", known)
        bars = [self.bar(self._short(one), one.total(Step.MARKED)) for one in year.quarters]
        drawing = self.plot("quarters", w("report.note_plot"), bars)
        points = tuple(w(f"report.note_cannot_{number}") for number in range(1, 4))
        return Chapter("solution", sentences, (drawing,), (self.quarters_table(), self.year_trades_table()), points)

    def _short(self, one: Figures) -> str:
        return self.w("report.quarter_short", number=one.quarter.number, year=one.quarter.year)

    def _readers(self) -> str:
        counts = [one.readers for one in self.year.quarters if one.readers is not None]
        if not counts:
            return self.w("report.note_readers_few")
        return self.w("report.note_readers", number=self.number(max(counts)))

    def _outcomes(self) -> str:
        """What enterprises said. A number that does not cover the whole year says its months."""
        w, said, few, whole = self.w, list[str](), list[str](), True
        for answer in _OUTCOMES:
            blocks = self.year.blocks(answer)
            if not blocks:
                few.append(w(f"report.note_few_{answer}"))
                continue
            words = w(f"report.note_{answer}", count=total_of(blocks))
            span = Span(blocks[0].span.first, blocks[-1].span.last)
            if not self._covers(span):
                words, whole = w("report.note_months", words=words, span=self.span_words(span)), False
            said.append(words)
        sentences = [w("report.note_answers", answers=self.listing(said))] if said else []
        if not whole:
            sentences.append(w("report.note_months_about"))
        if few:
            sentences.append(w("report.note_few", answers=self.listing(few)))
        if said:
            sentences.append(w("report.note_quarter"))
        return " ".join(sentences)

    def _covers(self, span: Span) -> bool:
        """Whether these months are all of the year's in which somebody could answer, and no others."""
        first = self.year.span.first
        mailed = self.told.first_mail.replace(day=1) if self.told.first_mail else first
        return span == Span(max(first, mailed), self.year.span.last)

    def quarters_table(self) -> Table:
        w, steps = self.w, (Step.FOUND, Step.MARKED, Step.MAILED)
        head = (
            w("report.quarter"),
            *(w(f"report.short_{step}") for step in steps),
            w("report.short_readers"),
            *(w(f"report.short_{answer}") for answer in _OUTCOMES),
        )
        rows = [
            (
                self._short(one),
                *(one.total(step) for step in steps),
                self._few(readers_of(one)),
                *(self._few(one.answered(answer)) for answer in _OUTCOMES),
            )
            for one in self.year.quarters
        ]
        return Table("quarters", w("report.quarters_caption", period=self.period), head, tuple(rows))

    def year_trades_table(self) -> Table:
        """The trades with most marks, and the others as one: what fits on the note's two pages."""
        w, trades = self.w, self._marked()
        rows = [(self.trade(one), one.marked, one.mailed) for one in trades[:_ROWS]]
        if others := trades[_ROWS:]:
            sums = (sum(one.marked for one in others), sum(one.mailed for one in others))
            rows.append((w("report.other_trades"), *sums))
        head = (w("effects.trade"), w("report.short_marked"), w("report.short_mailed"))
        return Table("trades", w("report.year_trades_caption", period=self.period), head, tuple(rows))

    def _few(self, count: int | None) -> Cell:
        return self.w("effects.few") if count is None else count

    def economy(self) -> Chapter:
        w, told = self.w, self.told
        if told.cost is None:
            cost = w("report.cost_unknown")
        else:
            cost = w("report.cost", kroner=self.number(told.cost), covers=told.cost_covers)
        return Chapter("economy", (w("report.no_grant"), cost, *self._values()))

    def _values(self) -> Iterator[str]:
        w, since = self.w, self.awards_when(since=True)
        if self.told.first_mail is None or not since.count:
            yield w("report.awards_none")
            return
        first = self.day(self.told.first_mail)
        read = w("report.awards_since", count=since.count, day=first)
        if since.valued:
            read = f"{read} {w('report.awards_value', count=since.valued, kroner=self.number(since.kroner))}"
        yield read
        yield self._listed(since) if self.told.listed else w("report.list_empty")
        yield w("report.awards_what")

    def _listed(self, since: Row) -> str:
        w, before = self.w, self.awards_when(since=False)
        if not since.numbered:
            return w("report.awards_unknown")
        if since.numbered == 1:
            return w("report.awards_only_listed" if since.listed else "report.awards_only_not")
        known = self.number(since.numbered)
        if since.listed:
            said = w("report.awards_listed", count=since.listed, known=known)
        else:
            said = w("report.awards_listed_none", known=known)
        if since.listed_valued:
            said = f"{said} {w('report.awards_listed_value', kroner=self.number(since.listed_kroner))}"
        if before.numbered:
            was = w("report.awards_before", count=before.listed, known=self.number(before.numbered))
            said = f"{said} {was}"
        return said

    def process(self) -> Chapter:
        w, following = self.w, self.told.quarter.following
        coming = w(
            "report.next",
            span=self.span_words(following.span),
            day=self.day(following.last_day),
            year=following.year,
        )
        points = [self.mark(one) for one in self.told.marks if one.missing]
        if not self.told.listed:
            points.append(w("report.list_needed"))
        unsteady = [one for one in self.told.sources if one.good_days < one.days]
        if unsteady:
            of = sum(one.days > 0 for one in self.told.sources)
            points.append(w("report.unsteady", count=len(unsteady), of=self.number(of)))
        sentences = (coming, w("report.process_points" if points else "report.process_all"))
        return Chapter("process", sentences, points=tuple(points))
