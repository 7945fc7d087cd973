"""An HTML table of purchasing agreements."""

from __future__ import annotations

from scrapy.http import Response

from notifier.config import Source
from spiders.base import Requests, SourceSpider, charset, kind
from spiders.parsers import agreements
from spiders.parsers.selectors import Imprint


@kind("agreements")
class AgreementsSpider(SourceSpider):
    """[selectors]: see `spiders.parsers.agreements`."""

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the selectors are not understood."""
        agreements.read_selectors(source.selectors, file)

    def begin(self) -> Requests:
        """The first page of the table."""
        self.check(self.source, f"{self.source.id}.toml")
        return self.list_page(self.source.url, self.read_table)

    def read_table(self, response: Response) -> Requests:
        """Every agreement of the page, and the next page unless this one brought nothing new."""
        selectors = agreements.read_selectors(self.source.selectors)
        imprint = Imprint(self.source.id, self.source.publisher, self.source.language)
        table = agreements.parse_table(response.body, selectors, imprint, response.url, charset(response))
        fresh = set(self.run.listed([agreement.key for agreement in table.agreements]))
        for agreement in table.agreements:
            if agreement.key in fresh:
                self.run.found(agreement)
        for flag in table.flags:
            self.run.problem(flag)
        if table.unknown_headings:
            self.run.remark(
                f"columns that were not read: {', '.join(table.unknown_headings)} ({response.url}): "
                "give them under [selectors.columns], or under ignore"
            )
        if fresh:
            yield from self.list_page(table.next_url, self.read_table)
