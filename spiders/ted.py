"""TED, the EU's tender journal: its Search API v3 finds notices, and each is read from its XML."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from scrapy.http import Response

from notifier import clock
from notifier.buyers import numbers
from notifier.config import Source
from notifier.errors import ConfigError, Mistake, NotifierError, NotThere, ParseError, UnknownForm
from notifier.lots import Notice
from spiders.base import Requests, SourceSpider, kind
from spiders.checking import unread
from spiders.parsers import ted

FIELDS = ["publication-number", "publication-date"]  # the links to the XML come with every answer
LIMIT = 250  # TED's most; limit times fields may not pass 10,000
MOST_IN_A_SEARCH = 10_000  # above it the days are halved: a long search is likelier to break off, and then starts anew
OVERLAP = dt.timedelta(days=3)  # TED publishes late and corrects within days; what is known already costs little
LOOKBACK_DAYS = 30
PAGES = "https://ted.europa.eu/en/notice/-/detail"  # of notices, for people
FILTER = ("query", "places", "lookback_days", "hosts")
_BY_HAND = "read it there"


@kind("ted")
class TedSpider(SourceSpider):
    """[filter]: `query` in TED's expert syntax, else all of buyers.csv; `places`, `lookback_days`, `hosts`."""

    more_hosts = ("ted.europa.eu",)
    recheck = dt.timedelta(days=7)  # a publication is final under its number

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the query brings its own order, or the window is no number of days."""
        found = []
        if re.search(r"\bsort\s+by\b", str(source.filter.get("query", "")), re.IGNORECASE):
            found.append(Mistake(file, None, "filter.query", "has its own SORT BY", "leave it out: the spider adds it"))
        found += [mistake for mistake in (lookback_mistake(source, file), _places_mistake(source, file)) if mistake]
        found += unread(source, "filter", FILTER, file)
        if found:
            raise ConfigError(tuple(found))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._unreadable: list[NotifierError] = []

    def begin(self) -> Requests:
        """The first page of the search, or of one search for each month of a backfill."""
        self.check(self.source, f"{self.source.id}.toml")
        if self.window is None:
            return self._search(self._since(), None)
        self.run.remark(str(self.window))  # by which `backfill` knows what was read
        return [
            request
            for first, last in clock.months_between(self.window.first, self.window.last)
            for request in self._search(first, last)
        ]

    def _since(self) -> dt.date:
        since = self.run.sink.since(self.source.id, self.asked)
        if since:
            return since - OVERLAP
        lookback = dt.timedelta(days=self.source.filter.get("lookback_days", LOOKBACK_DAYS))
        return self.now.astimezone(clock.COPENHAGEN).date() - lookback

    def query(self, first: dt.date, last: dt.date | None) -> str:
        """The source's query for some days, oldest first: what appears meanwhile comes at the end."""
        days = f"publication-date>={first:%Y%m%d}" + (f" AND publication-date<={last:%Y%m%d}" if last else "")
        return " AND ".join([*_wanted(self.source), f"{days} SORT BY publication-date"])

    def _search(self, first: dt.date, last: dt.date | None, token: str = "", seen: int = 0) -> Requests:
        query = self.query(first, last)
        body = {"query": query, "fields": FIELDS, "limit": LIMIT, "scope": "ALL", "paginationMode": "ITERATION"}
        if token:
            body["iterationNextToken"] = token
        return self.list_page(
            self.source.url.rstrip("/") + "/v3/notices/search",
            self.read_search,
            method="POST",
            body=json.dumps(body).encode(),
            accept="application/json",
            first=first,
            last=last,
            seen=seen,
        )

    def read_search(self, response: Response, first: dt.date, last: dt.date | None, seen: int) -> Requests:
        """One page: its notices, and the next page. The token stays after the last one, so it does not end it.

        `first` and `last` are the days that were asked for; `seen` were on the pages before this one.
        """
        page = ted.parse_search(response.body, response.url)
        until = last or self.now.astimezone(clock.COPENHAGEN).date() + dt.timedelta(days=1)
        if not seen and page.total > MOST_IN_A_SEARCH and first < until:
            middle = first + (until - first) // 2
            yield from self._search(first, middle)
            yield from self._search(middle + dt.timedelta(days=1), last)
            return
        if not seen:
            self._total += page.total
        fresh = set(self.run.listed([hit.publication_number for hit in page.hits], self._total))
        if page.timed_out:
            self.run.problem(f"TED's search ran out of time ({response.url}): a page of it may lack notices")
        for hit in page.hits:
            if hit.publication_number not in fresh:
                continue
            fresh.discard(hit.publication_number)
            if hit.xml_url:
                yield self.notice_page(hit.xml_url, self.read_notice, key=hit.publication_number, hit=hit)
            else:
                where = hit.html_url or f"{PAGES}/{hit.publication_number}"
                self.failed(UnknownForm(f"TED names no XML for {hit.publication_number}", where=where, remedy=_BY_HAND))
        seen += len(page.hits)
        if page.token and page.hits and seen < page.total:
            yield from self._search(first, last, page.token, seen)

    _total = 0  # that TED says there are, over all searches of the run

    def failed(self, error: NotifierError) -> None:
        """One notice that could not be read. In a backfill, what TED does not have, or in no form that is read, will be
        no other next time: it is told at the end, and does not keep its month from being done.
        """
        if self.window and isinstance(error, NotThere | UnknownForm):
            self._unreadable.append(error)
        else:
            super().failed(error)

    def closed(self, reason: str) -> None:
        """Say once how many notices of a backfill cannot be read. Where TED had none at all, TED may be ill."""
        some = self.run.read + self.run.untouched > 0
        lasting = [error for error in self._unreadable if some or isinstance(error, UnknownForm)]
        if lasting:
            self.run.remark(f"{len(lasting)} of the notices cannot be read here, the first: {lasting[0]}")
        for error in self._unreadable:
            if error not in lasting:
                self.run.problem(error)
        super().closed(reason)

    def read_notice(self, response: Response, hit: ted.Hit) -> Notice:
        """The notice from its XML."""
        return read_xml(response, self.source.id, hit.publication_number, hit.publication_number, hit.html_url)


def read_xml(response: Response, source: str, key: str, number: str, url: str) -> Notice:
    """A notice from TED's XML of it. ParseError where the answer is none."""
    if not response.body.lstrip().startswith(b"<"):
        raise ParseError("this is no XML", where=response.url, remedy="open the address and look")
    return ted.parse_notice(response.body, source=source, key=key, url=url, publication_number=number)


def lookback_mistake(source: Source, file: str) -> Mistake | None:
    """What is wrong with the first run's window, None where nothing is."""
    days = source.filter.get("lookback_days", LOOKBACK_DAYS)
    if isinstance(days, int) and not isinstance(days, bool) and days >= 1:
        return None
    return Mistake(file, None, "filter.lookback_days", "must be a number of days", "write 30")


def _places_mistake(source: Source, file: str) -> Mistake | None:
    places = source.filter.get("places", [])
    if isinstance(places, list) and all(re.fullmatch(r"[A-Z]{2}[0-9A-Z]{0,3}", str(place)) for place in places):
        return None
    return Mistake(file, None, "filter.places", "must be a list of NUTS codes", 'write ["DK011"]')


def _wanted(source: Source) -> list[str]:
    """The conditions of a source: its own query, else its buyers; and its places.

    Buyers write their number with DK before it or without (BT-501), and TED finds what was written.
    """
    conditions = []
    if own := str(source.filter.get("query", "")).strip():
        conditions.append(f"({own})")
    elif cvr := numbers(source.buyers):
        conditions.append(f"buyer-identifier IN ({' '.join([*cvr, *(f'DK{number}' for number in cvr)])})")
    if places := source.filter.get("places", []):
        conditions.append(f"place-of-performance IN ({' '.join(places)})")
    return conditions
