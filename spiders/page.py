"""A municipality's own list and detail pages; what they look like stands in the source's TOML."""

from __future__ import annotations

from functools import cached_property

from scrapy.http import Response

from notifier.config import Source
from notifier.errors import NotifierError, SourceError
from notifier.lots import Notice
from spiders.base import Requests, SourceSpider, kind
from spiders.html import charset
from spiders.parsers import page
from spiders.parsers.selectors import Imprint, PageSelectors, read_selectors


@kind("page")
class PageSpider(SourceSpider):
    """[selectors]: see `spiders.parsers.page`."""

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the selectors are not understood."""
        read_selectors(source.selectors, file)

    @cached_property
    def selectors(self) -> PageSelectors:
        """The source's selectors, checked."""
        return read_selectors(self.source.selectors, f"{self.source.id}.toml")

    @cached_property
    def imprint(self) -> Imprint:
        """What every notice has from the source."""
        return Imprint(self.source.id, self.source.publisher, self.source.language)

    def begin(self) -> Requests:
        """The first list page."""
        assert self.selectors
        return self.list_page(self.source.url, self.read_list)

    def read_list(self, response: Response) -> Requests:
        """Rows, and the next page unless this one brought nothing new."""
        found = page.parse_list(response.body, self.selectors.list, response.url, charset(response))
        fresh = set(self.run.listed([row.key for row in found.rows]))
        for problem in found.problems:
            self.run.problem(problem)
        for row in found.rows:
            if row.key not in fresh:
                continue
            fresh.discard(row.key)
            if self.selectors.detail:
                yield self.notice_page(row.url, self.read_detail, row=row)
            else:
                self.read_row(row, response.url)
        if fresh_rows := len(found.rows):
            assert fresh_rows
