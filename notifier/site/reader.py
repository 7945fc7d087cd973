"""For whom a page is written, and scraped text made fit for the public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from notifier.clock import write_day, write_deadline
from notifier.lots import AgreementView, Deadline, Lot, LotState, LotView, acting_deadline
from notifier.phrases import Foreign, foreign, local_day, without_people
from notifier.words import Words, words


class NamedTrade(Protocol):
    """What the site needs of a trade of config/suitability.toml."""

    @property
    def key(self) -> str: ...
    @property
    def name_da(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def cpv(self) -> tuple[str, ...]: ...


class NamedSource(Protocol):
    """What the site needs of a configured source."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def licence_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """The language of a page (da or en), and names for keys: of trades, and of sources as readers call them."""

    language: str
    trades: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def w(self) -> Words:
        """The phrases of this language."""
        return words(self.language)

    def trade_names(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Trades by name; one that the rules no longer know is left out, for its key is no word for people."""
        return tuple(self.trades[key] for key in keys if key in self.trades)

    def day(self, day: dt.date, *, weekday: bool = False) -> str:
        """A day with its year: "8. december 2026"."""
        return write_day(day, self.language, weekday=weekday)

    def moment(self, at: dt.datetime) -> str:
        """A point in time in Copenhagen: "23. november 2026 kl. 06.10"."""
        return write_deadline(Deadline(at), self.language, weekday=False)

    def seen(self, at: dt.datetime) -> str:
        """The day in Copenhagen on which something was seen."""
        return self.day(local_day(at))

    def text(self, scraped: str) -> str:
        """Scraped text as the public may see it: without mail addresses and named contact persons."""
        return without_people(scraped, self.language)


def reader(language: str, trades: Sequence[NamedTrade] = (), sources: Sequence[NamedSource] = ()) -> Reader:
    """A reader of `language` who is told trades and sources by name."""
    return Reader(
        language,
        {trade.key: trade.name_da if language == "da" else trade.name_en for trade in trades},
        {source.id: source.name for source in sources},
    )


def state_at(view: LotView, now: dt.datetime) -> LotState:
    """Where the lot stands at `now`: an open one whose deadline has passed since it was read is expired."""
    deadline = acting_deadline(view.lot)
    if view.state is LotState.OPEN and deadline is not None and deadline.at < now:
        return LotState.EXPIRED
    return view.state


def last_deadline(lot: Lot) -> dt.datetime | None:
    """The last of its deadlines, also of those that only who takes part has to meet; None where none is known."""
    named = (lot.questions_deadline, lot.interest_deadline, lot.participation_deadline, lot.deadline)
    return max((deadline.at for deadline in named if deadline), default=None)


def last_end(view: AgreementView) -> dt.date | None:
    """The agreement's last possible day, with every extension used."""
    return view.agreement.latest_end or view.agreement.end


def next_end(view: AgreementView, today: dt.date) -> dt.date | None:
    """The day on which it runs out or is extended, when the buyer has to decide; once that has passed, its last one."""
    end = view.agreement.end
    return end if end and today <= end else last_end(view)


def part_of(view: LotView, reader: Reader) -> Foreign | None:
    """The whole tender's title, where the lot's own does not already say it."""
    whole, own = view.notice.title.strip(), view.lot.title.strip()
    if not whole or not own or whole.casefold() == own.casefold():
        return None
    return foreign(reader.text(whole), view.notice, reader.language)
