"""TED, the EU's tender journal: its Search API v3 finds notices, and each is read from its XML."""

from __future__ import annotations

import datetime as dt
import json
import re

from scrapy.http import Response

from notifier import clock
from notifier.config import Source
from notifier.errors import ConfigError, Mistake, ParseError
from notifier.lots import Notice
from spiders.base import Requests, SourceSpider, kind
from spiders.parsers import ted

FIELDS = ["publication-number", "publication-date"]  # the links to the XML come with every answer
LIMIT = 250  # TED's most; limit times fields may not pass 10,000
OVERLAP = dt.timedelta(days=3)  # TED publishes late and corrects within days; what is known already costs little
LOOKBACK_DAYS = 30


@kind("ted")
class TedSpider(SourceSpider):
    """[filter]: `query` in TED's expert syntax, `lookback_days` for the first run, `hosts` beside TED's own."""

    more_hosts = ("ted.europa.eu",)

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the query brings its own order, or the window is no number of days."""
        found = []
        if re.search(r"\bsort\s+by\b", str(source.filter.get("query", "")), re.IGNORECASE):
            found.append(Mistake(file, None, "filter.query", "has its own SORT BY", "leave it out: the spider adds it"))
        if not isinstance(days := source.filter.get("lookback_days", LOOKBACK_DAYS), int) or days < 1:
            found.append(Mistake(file, None, "filter.lookback_days", "must be a number of days", "write 30"))
        if found:
            raise ConfigError(tuple(found))

    def begin(self) -> Requests:
        """The first page of the search."""
        self.check(self.source, f"{self.source.id}.toml")
        return self._search(None)

    def query(self) -> str:
        """The source's query within the publication window, oldest first: what appears meanwhile comes at the end."""
        since = self.run.sink.since(self.source.id)
        lookback = dt.timedelta(days=self.source.filter.get("lookback_days", LOOKBACK_DAYS))
        start = since - OVERLAP if since else self.now.astimezone(clock.COPENHAGEN).date() - lookback
        own = str(self.source.filter.get("query", "")).strip()
        wanted = f"({own}) AND " if own else ""
        return f"{wanted}publication-date>={start:%Y%m%d} SORT BY publication-date"

    def _search(self, token: str | None) -> Requests:
        body = {"query": self.query(), "fields": FIELDS, "limit": LIMIT, "scope": "ALL", "paginationMode": "ITERATION"}
        if token:
            body["iterationNextToken"] = token
        url = self.source.url.rstrip("/") + "/v3/notices/search"
        return self.list_page(
            url, self.read_search, method="POST", body=json.dumps(body).encode(), accept="application/json"
        )

    def read_search(self, response: Response) -> Requests:
        """One page: its notices, and the next page. The token stays after the last one, so it does not end it."""
        page = ted.parse_search(response.body, response.url)
        fresh = set(self.run.listed([hit.publication_number for hit in page.hits], page.total))
        if page.timed_out:
            self.run.problem(f"TED's search ran out of time ({response.url}): a page of it may lack notices")
        for hit in page.hits:
            if hit.publication_number not in fresh:
                continue
            fresh.discard(hit.publication_number)
            if hit.xml_url:
                yield self.notice_page(hit.xml_url, self.read_notice, hit=hit)
            else:
                self.run.problem(f"TED names no XML for {hit.publication_number}: read it there ({response.url})")
        if page.token and page.hits and len(self.run.keys) < page.total:
            yield from self._search(page.token)

    def read_notice(self, response: Response, hit: ted.Hit) -> Notice:
        """The notice from its XML."""
        if not response.body.lstrip().startswith(b"<"):
            raise ParseError("this is no XML", where=response.url, remedy="open the address and look")
        return ted.parse_notice(
            response.body,
            source=self.source.id,
            key=hit.publication_number,
            url=hit.html_url,
            publication_number=hit.publication_number,
        )
