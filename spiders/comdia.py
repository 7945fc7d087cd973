"""Comdia: a municipality's list of tenders, each looked at on its own page for whether it is still open."""

from __future__ import annotations

from functools import cached_property, partial

from scrapy.http import Response

from notifier.config import Source
from notifier.errors import ConfigError, LandmarkMissing, SourceError
from spiders import checking
from spiders.base import Requests, SourceSpider, charset, kind
from spiders.parsers import comdia, page, unread
from spiders.parsers.selectors import Imprint


@kind("comdia")
class ComdiaSpider(SourceSpider):
    """[filter]: see `spiders.parsers.comdia`. A tender counts as listed once its own page says that it is open."""

    proven = True
    lists_everything = True

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the filter is not understood."""
        if found := [*checking.unread(source, "selectors", (), file), *checking.hosts(source, file)]:
            raise ConfigError(tuple(found))
        comdia.read_settings(source.filter, file)

    @cached_property
    def settings_of(self) -> comdia.Settings:
        """The source's filter, checked."""
        return comdia.read_settings(self.source.filter, f"{self.source.id}.toml")

    @cached_property
    def imprint(self) -> Imprint:
        """What every notice has from the source."""
        return Imprint(self.source.id, self.source.publisher, self.source.language)

    def begin(self) -> Requests:
        """The list, which has one page."""
        return self.list_page(self.source.url, self.read_list)

    def read_list(self, response: Response) -> Requests:
        """Every row's own page: as parts of the list, because only they say which tenders are current."""
        found = comdia.parse_list(response.body, self.settings_of, response.url, charset(response))
        self.run.listed([])
        for key, places in found.unread:
            self.run.unread(places, key)
        self.run.linked(found.linked)
        for problem in found.problems:
            self.run.problem(LandmarkMissing(problem))
        for row in {row.key: row for row in found.rows}.values():
            yield from self.list_page(row.url, self.read_tender, row=row)

    def read_tender(self, response: Response, row: page.Row) -> Requests:
        """The tender, unless its deadline has passed."""
        self.run.unread(unread.cut_off(response.body), row.key)
        try:
            if comdia.is_closed(response.body, row, response.url, charset(response)):
                return ()
        except SourceError as error:
            self.run.listed([row.key])
            self.run.problem(error)
            return ()
        self.run.listed([row.key])
        read = partial(
            comdia.parse_tender,
            response.body,
            row,
            self.settings_of,
            self.imprint,
            response.url,
            charset(response),
        )
        self.attempt(read, self.document_of(response))
        return ()
