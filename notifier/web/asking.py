"""What a search asks for, out of the address of a page; addresses of the same search on other pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from notifier.clock import COPENHAGEN
from notifier.lots import Verdict
from notifier.site.reader import Reader
from notifier.store.catalogue import SHORTEST, Wanted, searchable
from notifier.text import clean_line

_LONGEST, _FURTHEST = 100, 1000  # letters of a field; pages
MARKS = (Verdict.RESERVED, Verdict.SUITABLE, Verdict.POSSIBLE)
WITHIN = ("6", "12", "24")  # months


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its form shows it, what was wrong with it, and the pages beside this one."""

    q: str = ""
    mark: str = ""
    trade: str = ""
    buyer: str = ""
    by: str = ""
    within: str = ""
    page: int = 1
    wrong_q: str = ""
    wrong_buyer: str = ""
    wrong_by: str = ""
    first: str = ""
    previous: str = ""
    next: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What its form would send."""
        names = ("q", "mark", "trade", "buyer", "by", "within")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.fields)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are searched for."""
        return tuple(word for word in self.q.split() if len(word) >= SHORTEST)

    @property
    def wanted(self) -> Wanted:
        """The same for the catalogue."""
        return Wanted(
            text=self.q,
            verdict=Verdict(self.mark) if self.mark else None,
            trade=self.trade,
            buyer_text=self.buyer,
            by=dt.datetime.combine(day, dt.time.max, COPENHAGEN) if (day := read_day(self.by)) else None,
        )


def read_asked(given: Mapping[str, str], trades: Mapping[str, str], one: Reader) -> Asked:
    """What an address asks for. What nobody could choose in the form is as if it were not there."""
    q, buyer, by = (clean_line(given.get(name, ""), _LONGEST) for name in ("q", "buyer", "by"))
    page, day = given.get("page", ""), read_day(by)
    return Asked(
        q=q,
        mark=_among(given.get("mark", ""), MARKS),
        trade=_among(given.get("trade", ""), trades),
        buyer=buyer,
        by=day.isoformat() if day else by,
        within=_among(given.get("within", ""), WITHIN),
        page=min(int(page), _FURTHEST) if page.isascii() and page.isdecimal() and len(page) < 6 and int(page) else 1,
        wrong_q=_too_short(q, one),
        wrong_buyer=_too_short(buyer, one),
        wrong_by="" if day or not by else one.w("search.wrong_date", words=by),
    )


def beside(asked: Asked, more: bool, address: Callable[..., str]) -> Asked:
    """With the addresses of the first page, the previous and the next; `more` says whether there is a next one."""
    earlier = {"page": str(asked.page - 1)} if asked.page > 2 else {}
    following = address(**asked.fields, page=str(asked.page + 1)) if more and asked.page < _FURTHEST else ""
    previous = address(**asked.fields, **earlier) if asked.page > 1 else ""
    return replace(asked, first=address(**asked.fields), previous=previous, next=following)


_DAY = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})|(?P<d2>[0-9]{1,2})\.(?P<m2>[0-9]{1,2})\.(?P<y2>[0-9]{4})"
)


def read_day(words: str) -> dt.date | None:
    """A day as a browser sends it, or as it is typed where a browser knows no such field; None for what is none.

    >>> read_day("2026-12-05") == read_day("5.12.2026"), read_day("20261205")
    (True, None)
    """
    found = _DAY.fullmatch(words)
    if not found:
        return None
    year, month, day = (found[name] or found[f"{name}2"] for name in "ymd")
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _among(value: str, known: Collection[str]) -> str:
    return value if value in known else ""


def _too_short(typed: str, one: Reader) -> str:
    """What is said of words that are too short to be searched for; "" where there are none."""
    short = " ".join(word for word in typed.split() if len(word) < SHORTEST)
    if not short:
        return ""
    return one.w("search.short_left_out" if searchable(typed) else "search.short", words=short)
