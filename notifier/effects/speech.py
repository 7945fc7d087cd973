"""How numbers are said: months, shares, bars, what is known of the marks and of awards. Pure.

The desk's page and the public ones say them alike, so that nobody has to ask whether two numbers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notifier.clock import MONTHS
from notifier.effects.counting import Month, Span
from notifier.effects.intervals import Of100
from notifier.effects.plots import Bar, Plot, plot
from notifier.effects.tables import Cell, Table
from notifier.effects.winners import Row
from notifier.words import Words, grouped


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


@dataclass(frozen=True)
class Speech:
    """One page, being written in a language."""

    w: Words

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

    def counted(self, row: tuple[str, int | None]) -> tuple[Cell, ...]:
        """A row of a table; what is not told is said to be too little."""
        name, count = row
        return (name, self.w("effects.few") if count is None else count)

    def bar(self, name: str, count: int | None, *, hatched: bool = False, words: str = "") -> Bar:
        said = self.w("effects.few") if count is None else words or self.number(count)
        return Bar(name, count, said, hatched)

    def plot(self, key: str, title: str, bars: Sequence[Bar], *, beside: bool = True, note: str = "") -> Plot:
        return plot(key, title, self.w("effects.plot_about"), bars, beside=beside, note=note)

    # -- how good the marks are ----------------------------------------------------------------------------------------

    def marks_section(self, found: Sequence[Of100]) -> Section:
        """How good the marks are, as far as there are answers enough."""
        w, known = self.w, [one for one in found if not one.missing]
        sentences = (w("effects.marks_lead"), *(self.mark(one) for one in found))
        if not known:
            return Section("marks", w("effects.marks_title"), sentences)
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
        about = " ".join(self.mark(one) for one in known)
        drawing = plot(
            "marks", w("effects.marks_caption"), about, bars, beside=False, of=100, note=w("effects.marks_line")
        )
        return Section("marks", w("effects.marks_title"), sentences, (drawing,), (self.marks_table(known),))

    def marks_table(self, known: Sequence[Of100]) -> Table:
        """The figures that are known, with their intervals."""
        w = self.w
        columns = ("measure", "value", "low", "high", "answers")
        cells = tuple((w(f"effects.marks_{one.figure}"), one.value, one.low, one.high, one.answered) for one in known)
        return Table("marks", w("effects.marks_caption"), tuple(w(f"effects.marks_{name}") for name in columns), cells)

    def mark(self, one: Of100) -> str:
        """One figure in a sentence; how many answers are missing where there is none."""
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

    # -- awards --------------------------------------------------------------------------------------------------------

    def award_head(self, *, listed: bool) -> tuple[str, ...]:
        """The columns of a table of awards; `listed`: there is a list that winners are held against."""
        names = ["awards", "numbered", "kroner"]
        if listed:
            names = ["awards", "numbered", "listed", "listed_share", "listed_kroner", "kroner"]
        return tuple(self.w(f"effects.{name}") for name in names)

    def award_cells(self, row: Row, *, listed: bool) -> tuple[Cell, ...]:
        """The cells of those columns."""
        nothing = self.w("effects.none_yet")
        kroner: Cell = row.kroner if row.valued else nothing
        if not listed:
            return (row.count, row.numbered, kroner)
        theirs: Cell = row.listed_kroner if row.listed_valued else nothing
        return (row.count, row.numbered, row.listed, self.percent(row.share), theirs, kroner)
