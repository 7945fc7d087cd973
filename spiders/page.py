"""A municipality's own list and detail pages; what they look like stands in the source's TOML."""

from __future__ import annotations

from functools import cached_property, partial

from scrapy.http import Response

from notifier.config import Source
from notifier.errors import ConfigError, LandmarkMissing
from notifier.lots import Notice
from spiders import checking
from spiders.base import Requests, SourceSpider, charset, kind
from spiders.parsers import page
from spiders.parsers.selectors import Imprint, PageSelectors, read_selectors

FILTER = ("hosts",)


@kind("page")
class PageSpider(SourceSpider):
    """[selectors]: see `spiders.parsers.page`."""

    proven = True
    lists_everything = True

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the selectors or the filter are not understood."""
        if found := [*checking.unread(source, "filter", FILTER, file), *checking.hosts(source, file)]:
            raise ConfigError(tuple(found))
        read_selectors(source.selectors, file)

    @cached_property
    def selectors(self) -> PageSelectors:
        """The source's selectors, checked."""
        return read_selectors(self.source.selectors, f"{self.source.id}.toml")

    @cached_property
    def imprint(self) -> Imprint:
        """What every notice has from the source."""
        return Imprint(self.source.id, self.source.publisher, self.source.language)

    @cached_property
    def late_keys(self) -> bool:
        """Whether only the detail pages show the case numbers that notices go by."""
        detail = self.selectors.detail
        return detail is not None and "case" in detail.fields and "case" not in self.selectors.list.fields

    @cached_property
    def rows(self) -> set[str]:
        """What tells the rows apart that were met so far: pages that only repeat them end the list."""
        return set()

    def begin(self) -> Requests:
        """The first list page."""
        self.check(self.source, f"{self.source.id}.toml")
        return self.list_page(self.source.url, self.read_list)

    def read_list(self, response: Response) -> Requests:
        """Rows, and the next page unless this one brought nothing new."""
        found = page.parse_list(
            response.body, self.selectors.list, response.url, charset(response), self.source.language
        )
        for key, places in found.unread:
            self.run.unread(places, key)
        self.run.linked(found.linked)
        doubled = page.doubled(found.rows)
        for key in doubled:
            what = f"two tenders of {response.url} go by {key}: both were left out"
            self.run.problem(
                LandmarkMissing(what, remedy="look at the page: give a field `case` that tells them apart")
            )
        rows = {row.key: row for row in reversed(found.rows) if row.key not in {*self.rows, *doubled}}
        self.rows |= rows.keys()
        self.run.listed([] if self.late_keys else list(reversed(rows)))
        for problem in found.problems:
            self.run.problem(LandmarkMissing(problem))
        for row in reversed(rows.values()):
            if self.selectors.detail:
                yield self.notice_page(row.url, self.read_detail, "" if self.late_keys else row.key, row=row)
            else:
                read = partial(page.parse_row, row, self.selectors, self.imprint, response.url)
                self.attempt(read, self.document_of(response))
        if rows:
            yield from self.list_page(found.next_url, self.read_list)

    def read_detail(self, response: Response, row: page.Row) -> Notice:
        """The notice on its own page."""
        found = page.read_detail(response.body, self.selectors, row, self.imprint, response.url, charset(response))
        if self.late_keys:
            self.run.listed([found.notice.key])
        self.run.unread(found.unread, found.notice.key)
        return found.notice
