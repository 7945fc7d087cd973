"""Any RSS or Atom feed; what its entries hold beside title and link stands in the source's TOML."""

from __future__ import annotations

from functools import cached_property, partial

from scrapy.http import Response

from notifier.config import Source
from notifier.errors import ConfigError
from notifier.lots import Notice
from spiders import checking
from spiders.base import Requests, SourceSpider, charset, kind
from spiders.parsers import feed, page
from spiders.parsers.selectors import Imprint


@kind("feed")
class FeedSpider(SourceSpider):
    """[filter] and [selectors]: see `spiders.parsers.feed`. A feed holds the newest, so nothing closes for missing."""

    proven = True

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the selectors or the filter are not understood."""
        if found := checking.hosts(source, file):
            raise ConfigError(tuple(found))
        feed.read_selectors(source.selectors, source.filter, file)

    @cached_property
    def selectors(self) -> feed.FeedSelectors:
        """The source's selectors, checked."""
        return feed.read_selectors(self.source.selectors, self.source.filter, f"{self.source.id}.toml")

    @cached_property
    def imprint(self) -> Imprint:
        """What every notice has from the source."""
        return Imprint(self.source.id, self.source.publisher, self.source.language)

    def begin(self) -> Requests:
        """The feed."""
        accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
        return self.list_page(self.source.url, self.read_feed, accept=accept)

    def read_feed(self, response: Response) -> Requests:
        """Every entry that is a tender, and the feed's next page unless this one brought nothing new."""
        found = feed.parse_feed(response.body, response.url, charset(response))
        wanted = {entry.key: entry for entry in found.entries if self.selectors.wants(entry)}
        fresh = self.run.listed(list(wanted))
        for problem in found.problems:
            self.run.problem(problem)
        document = self.document_of(response)
        for key in fresh:
            row, unread = feed.row_of(wanted[key], self.selectors)
            self.run.unread(unread, key)
            if self.selectors.page.detail and row.url:
                yield self.notice_page(row.url, self.read_detail, key=key, row=row)
            else:
                read = partial(feed.parse_entry, row, wanted[key], self.selectors, self.imprint, response.url)
                self.attempt(read, document)
        if fresh:
            yield from self.list_page(found.next_url, self.read_feed)

    def read_detail(self, response: Response, row: page.Row) -> Notice:
        """The notice on the page that the entry leads to."""
        found = page.read_detail(response.body, self.selectors.page, row, self.imprint, response.url, charset(response))
        self.run.unread(found.unread, row.key)
        return found.notice
