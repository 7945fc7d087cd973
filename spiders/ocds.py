"""OCDS: packages of releases or records, at an address that lists them page by page, or in files."""

from __future__ import annotations

import datetime as dt
import re
from functools import cached_property, partial

from scrapy.http import Response

from notifier import clock
from notifier.config import Source
from notifier.errors import ConfigError, Mistake
from notifier.lots import Notice
from spiders import checking
from spiders.base import Requests, SourceSpider, kind
from spiders.parsers import ocds, ocds_notice

OVERLAP = dt.timedelta(days=3)  # publishers correct within days
LOOKBACK_DAYS = 30
ACCEPT = "application/json, application/gzip;q=0.5"
MOST_NAMED = 8  # keys in one remark
FILTER = ("buyers", "lookback_days", "hosts")


@kind("ocds")
class OcdsSpider(SourceSpider):
    """[filter]: `buyers` by identifier or name, `lookback_days` for `{since}` in the address."""

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where a key of [filter] is not known or not of its kind, or a blank of the address is not."""
        found = checking.unread(source, "filter", FILTER, file) + checking.unread(source, "selectors", (), file)
        found += checking.hosts(source, file)
        days = source.filter.get("lookback_days", LOOKBACK_DAYS)
        if not isinstance(days, int) or isinstance(days, bool) or days < 1:
            found.append(Mistake(file, None, "filter.lookback_days", "must be a number of days", "write 30"))
        buyers = source.filter.get("buyers", [])
        if not isinstance(buyers, list) or not all(isinstance(buyer, str) for buyer in buyers):
            found.append(Mistake(file, None, "filter.buyers", "must be a list of texts", 'write ["64942212"]'))
        if blanks := set(re.findall(r"\{.*?\}", source.url)) - {"{since}", "{until}"}:
            what = f"has a blank that is not known: {', '.join(sorted(blanks))}"
            found.append(Mistake(file, None, "url", what, "write {since} and {until} where days belong"))
        if found:
            raise ConfigError(tuple(found))

    def begin(self) -> Requests:
        """The first package."""
        self.check(self.source, f"{self.source.id}.toml")
        first, last = self._days()
        url = self.source.url.replace("{since}", first.isoformat()).replace("{until}", last.isoformat())
        return self.list_page(url, self.read_package, accept=ACCEPT)

    def _days(self) -> tuple[dt.date, dt.date]:
        """The days that are asked for, both included."""
        if self.window:
            return self.window.first, self.window.last
        today = self.now.astimezone(clock.COPENHAGEN).date()
        since = self.run.sink.since(self.source.id, self.asked)
        lookback = dt.timedelta(days=self.source.filter.get("lookback_days", LOOKBACK_DAYS))
        return (since - OVERLAP if since else today - lookback), today

    def read_package(self, response: Response) -> Requests:
        """Every release of the package, and the next package."""
        package = ocds.parse_package(response.body, response.url)
        for problem in package.problems:
            self.run.problem(problem)
        document = self.document_of(response)
        readings = [self._read(publication, response.url) for publication in package.publications]
        notices = [notice for reading in readings for notice in reading.notices if self._wanted_buyer(notice)]
        fresh = set(self.run.listed([notice.key for notice in notices]))
        for notice in notices:
            if notice.key in fresh:
                self.attempt(partial(_same, notice), document)
        self._signal([reading for reading in readings if reading.notices and self._wanted_buyer(reading.notices[0])])
        yield from self.list_page(package.next_url, self.read_package, accept=ACCEPT)

    def _signal(self, readings: list[ocds_notice.Reading]) -> None:
        """Tell, once a run for each, what stands in the releases and nobody reads."""
        found: dict[str, None] = {}
        for reading in readings:
            self.run.unread(reading.unread)
            found.update(dict.fromkeys(reading.unread))
        fresh = [place for place in found if place not in self.signalled]
        if fresh:
            more = f" and {len(fresh) - MOST_NAMED} more" if len(fresh) > MOST_NAMED else ""
            self.run.remark(f"keys that were not read: {', '.join(fresh[:MOST_NAMED])}{more} ({self.source.url})")
            self.signalled.update(fresh)

    @cached_property
    def signalled(self) -> set[str]:
        """Keys that were told of in this run."""
        return set()

    def _read(self, publication: ocds.Publication, url: str) -> ocds_notice.Reading:
        return ocds_notice.read(publication, source=self.source.id, language=self.source.language, url=url)

    def _wanted_buyer(self, notice: Notice) -> bool:
        return ocds_notice.is_of(notice, self.source.filter.get("buyers", []))


def _same(notice: Notice) -> Notice:
    return notice
