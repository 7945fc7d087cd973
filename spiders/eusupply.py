"""EU-Supply: the public tenders of one brand, from its Atom feed or its HTML list."""

from __future__ import annotations

from functools import cached_property, partial

from scrapy.http import Response

from notifier import clock
from notifier.config import Source
from notifier.errors import ConfigError, LandmarkMissing
from notifier.lots import Notice, RunStatus
from spiders import checking
from spiders.base import Requests, SourceSpider, charset, kind
from spiders.parsers import eusupply
from spiders.parsers.selectors import Imprint

OVERLAP_DAYS = 3  # beyond the last good run


@kind("eusupply")
class EuSupplySpider(SourceSpider):
    """[filter]: `brand`, `form` (atom or html), `lookback_days`, `authorities`, `buyer`, `buyer_id`, `empty_text`."""

    proven = True

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the filter is not understood."""
        if found := [*checking.unread(source, "selectors", (), file), *checking.hosts(source, file)]:
            raise ConfigError(tuple(found))
        eusupply.read_settings(source.filter, file)

    @cached_property
    def settings_of(self) -> eusupply.Settings:
        """The source's filter, checked."""
        return eusupply.read_settings(self.source.filter, f"{self.source.id}.toml")

    @cached_property
    def imprint(self) -> Imprint:
        """What every notice has from the source."""
        return Imprint(self.source.id, self.source.publisher, self.source.language)

    def begin(self) -> Requests:
        """The feed of so many days that nothing falls between two runs, or the list."""
        since = self.run.sink.since(self.source.id, self.asked)
        gap = (self.now.astimezone(clock.COPENHAGEN).date() - since).days + OVERLAP_DAYS if since else 0
        url = eusupply.address(self.source.url, self.settings_of, max(self.settings_of.days, gap))
        if "rss.ashx" in url.lower() or self.settings_of.form == "atom":
            return self.list_page(url, self.read_feed, accept="application/atom+xml, application/xml;q=0.9")
        return self.list_page(url, self.read_list)

    def read_feed(self, response: Response) -> Requests:
        """Every entry whose authority is followed."""
        tenders, problems = eusupply.parse_feed(response.body, response.url, charset(response))
        wanted = {tender.key: tender for tender in tenders if self.settings_of.wants(tender.authority)}
        for problem in problems:
            self.run.problem(problem)
        document = self.document_of(response)
        for key in self.run.listed(list(wanted)):
            self.attempt(partial(self._read, wanted[key]), document)
        return ()

    def _read(self, tender: eusupply.Tender) -> Notice:
        notice, unread = eusupply.parse_tender(tender, self.settings_of, self.imprint)
        self.run.unread(unread, tender.key)
        return notice

    def read_list(self, response: Response) -> Requests:
        """Every row whose buyer is followed. Further pages cannot be asked for, and are an alarm."""
        found, selectors = eusupply.parse_list(response.body, self.settings_of, response.url, charset(response))
        for key, places in found.unread:
            self.run.unread(places, key)
        self.run.linked(found.linked)
        rows = {row.key: row for row in found.rows if self.settings_of.wants(row.values.get("buyer", ""))}
        for problem in found.problems:
            self.run.problem(LandmarkMissing(problem))
        document = self.document_of(response)
        for key in self.run.listed(list(rows)):
            self.attempt(partial(eusupply.parse_row, rows[key], selectors, self.imprint, response.url), document)
        if eusupply.more_pages(response.body, response.url, charset(response)):
            self.run.trouble(
                f"the list has further pages, which need a session ({response.url}): read the feed instead "
                '(form = "atom")',
                RunStatus.ALARM,
            )
        return ()
