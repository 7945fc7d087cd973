"""udbud.dk, the national portal: all that Danish buyers publish, also below the EU's thresholds.

The search finds notices by the buyers' CVR numbers. Where a notice is on TED its XML there gives the lots; where TED
answers that it has none, or where a notice has no number at TED, the portal's own detail is read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from notifier import clock
from notifier.buyers import numbers
from notifier.config import Source
from notifier.errors import ConfigError, Mistake
from notifier.lots import Notice
from notifier.text import clean_url
from spiders.base import Requests, SourceSpider, kind, place_of
from spiders.parsers import udbud, udbud_detail
from spiders.ted import LOOKBACK_DAYS, lookback_mistake, read_xml

PAGE = 100  # the portal's most
OVERLAP = dt.timedelta(days=3)  # notices show up there up to two days after TED has them
TED = "https://ted.europa.eu"
_NOT_THERE = (404, 410)


@kind("udbud")
class UdbudSpider(SourceSpider):
    """[filter]: `lookback_days` for the first run; `ted`, the address of TED's XML, "" to read the portal alone."""

    more_hosts = ("ted.europa.eu",)
    recheck = dt.timedelta(days=7)  # a notice is final under its identifier and version

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where a key of [filter] is not what it should be."""
        found = [mistake] if (mistake := lookback_mistake(source, file)) else []
        address = source.filter.get("ted", TED)
        if not isinstance(address, str) or (address and not clean_url(address)):
            found.append(Mistake(file, None, "filter.ted", "is no address", f'write "{TED}", or "" for none'))
        for key in source.filter.keys() - {"lookback_days", "ted", "hosts"}:
            found.append(Mistake(file, None, f"filter.{key}", "is not known", "remove it: buyers stand in buyers.csv"))
        if found:
            raise ConfigError(tuple(found))

    def begin(self) -> Requests:
        """The first page of the search."""
        self.check(self.source, f"{self.source.id}.toml")
        if self.window:
            self.run.remark(str(self.window))  # by which `backfill` knows what was read
            return self._search(1, self.window.first, self.window.last)
        today = self.now.astimezone(clock.COPENHAGEN).date()
        since = self.run.sink.since(self.source.id, self.asked)
        lookback = dt.timedelta(days=self.source.filter.get("lookback_days", LOOKBACK_DAYS))
        return self._search(1, since - OVERLAP if since else today - lookback, None)

    def _search(self, number: int, first: dt.date, last: dt.date | None) -> Requests:
        """A page of the search, oldest first: what is published meanwhile comes at the end and shifts no page."""
        days = {"publikationDatoFra": first.isoformat()} | ({"publikationDatoTil": last.isoformat()} if last else {})
        cvr = numbers(self.source.buyers)
        body = {
            "pagineringDto": {
                "aktuelSide": number,
                "maksElementer": PAGE,
                "sorteringFelt": "PUBLIKATION_DATO",
                "retning": "Asc",
            },
            "filterDto": days | ({"koeberCvr": list(cvr)} if cvr else {}),
            "udbudStatusFilter": "ALLE",  # awards and what is closed too
        }
        return self.list_page(
            self.source.url.rstrip("/") + "/soegning/public/soegeresultat",
            self.read_search,
            method="POST",
            body=json.dumps(body).encode(),
            accept="application/json",
            number=number,
            first=first,
            last=last,
        )

    def read_search(self, response: Response, number: int, first: dt.date, last: dt.date | None) -> Requests:
        """One page: its notices, and the next page until all are listed that the portal counts."""
        page = udbud.parse_search(response.body, response.url)
        for problem in page.problems:
            self.run.problem(problem)
        fresh = set(self.run.listed([row.key for row in page.rows], page.total))
        for row in page.rows:
            if row.key in fresh:
                fresh.discard(row.key)
                yield self._from_ted(row) if self._is_on_ted(row) else self._from_portal(row)
        if page.rows and (number - 1) * PAGE + len(page.rows) < page.total:
            yield from self._search(number + 1, first, last)

    # -- one notice ----------------------------------------------------------------------------------------------

    @property
    def ted(self) -> str:
        """Where TED's XML is, "" where it is not to be asked."""
        return str(self.source.filter.get("ted", TED)).rstrip("/")

    def _is_on_ted(self, row: udbud.Row) -> bool:
        """Whether TED is to be asked. One that TED did not have is not asked for there again, where it seldom is."""
        if not self.ted or not row.number:
            return False
        place = place_of("GET", udbud.detail_url(self.source.url, row))
        known = self.run.sink.known(self.source.id, place) if row.below_threshold else None
        return known is None or not known.read

    def _from_ted(self, row: udbud.Row) -> Request:
        return self.notice_page(f"{self.ted}/en/notice/{row.number}/xml", self.read_notice, key=row.key, row=row)

    def _on_notice_error(self, failure: Failure) -> Iterator[Request]:
        """Where TED does not have a notice the portal does. Any other failure is the notice's problem."""
        error = failure.value
        answer = error.response if isinstance(error, HttpError) and error.response.status in _NOT_THERE else None
        asked = answer.request.cb_kwargs if answer is not None and answer.request else {}
        if asked.get("read") == self.read_notice:
            row: udbud.Row = asked["facts"]["row"]
            yield from self._guarded(lambda: [self._from_portal(row)], self.failed, self.source.url)
        else:
            yield from super()._on_notice_error(failure)

    def _from_portal(self, row: udbud.Row) -> Request:
        return self.notice_page(udbud.detail_url(self.source.url, row), self.read_detail, key=row.key, row=row)

    def read_notice(self, response: Response, row: udbud.Row) -> Notice:
        """The notice from TED's XML."""
        return read_xml(response, self.source.id, row.key, row.number, udbud.page_url(row))

    def read_detail(self, response: Response, row: udbud.Row) -> Notice:
        """The notice from what the portal shows of it."""
        detail = udbud_detail.parse_detail(response.body, source=self.source.id, row=row, where=response.url)
        self.run.unread([*row.unread, *detail.unread])
        return detail.notice
