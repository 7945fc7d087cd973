"""A source tried once, on one list page and the first pages that it leads to, without keeping anything.

The same spider asks and reads as in a crawl, with the same guards: robots.txt, addresses, delays, limits. Only what it
would ask for beyond the first pages is left out, and what it finds goes to the one who tries.
"""

# ruff: noqa: ARG002 - a sink is told more than is needed here
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from scrapy import Request
from scrapy.http import Response

from notifier.config import Expect, Source
from notifier.coverage import FieldCoverage
from notifier.lots import Agreement, Document, DocumentRole, Notice, RunStatus
from spiders import crawl as crawling
from spiders.base import KINDS, ListReader, SourceSpider
from spiders.run import Known


@dataclass
class Tried:
    """What came of it: a sink in memory."""

    listed_keys: list[str] = field(default_factory=list)
    total: int | None = None  # what the source itself says that it has
    documents: list[Document] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # of single notices
    troubles: list[tuple[RunStatus, str]] = field(default_factory=list)  # of the list; GOOD is a mere remark
    left_out: list[tuple[DocumentRole, str]] = field(default_factory=list)  # not asked for, being beyond the first
    status: RunStatus | None = None
    message: str = ""
    read: FieldCoverage = field(default_factory=FieldCoverage)

    def since(self, source: str, asked: str = "") -> date | None:
        """Never read before."""

    def known(self, source: str, place: str) -> Known | None:
        """Nothing is kept, so every page is asked for whole."""

    def kept(self, source: str, place: str) -> Document | None:
        """Nothing."""

    def coverage(self, source: str) -> Sequence[FieldCoverage]:
        """No runs to compare with."""
        return ()

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """Keys of the first list page."""
        self.listed_keys += keys
        self.total = total if total is not None else self.total

    def document(self, source: str, document: Document) -> None:
        """An answer."""
        self.documents.append(document)

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:
        """A notice that was read."""
        self.notices.append(notice)

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:
        """An agreement that was read."""
        self.agreements.append(agreement)

    def unchanged(self, source: str, key: str) -> None:
        """Cannot be: nothing is kept."""

    def problem(self, source: str, message: str) -> None:
        """One notice that could not be read."""
        self.problems.append(message)

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str,
        coverage: FieldCoverage = FieldCoverage(),  # noqa: B008 - a frozen value
        complete: bool = False,
    ) -> None:
        """The end."""
        self.status, self.message, self.read = status, message, coverage


def try_source(source: Source, *, details: int, user_agent: str, now: datetime) -> Tried:
    """Read the first list page of a source and at most so many pages that it leads to.

    Raises what a crawl raises; one process can try once, as it can crawl once.
    """
    tried = Tried()
    # How many there are on one page says nothing of how many there should be.
    source = replace(source, expect=Expect(0, 10**9), enabled=True)
    plain = KINDS[source.kind]
    KINDS[source.kind] = limited(plain, tried, details)
    try:
        crawling.crawl([source], tried, user_agent=user_agent, now=now)
    finally:
        KINDS[source.kind] = plain
    return tried


def limited(plain: type[SourceSpider], tried: Tried, details: int) -> type[SourceSpider]:
    """The source's own spider, which leaves out what is beyond the first pages."""

    class Limited(plain):  # type: ignore[valid-type, misc]
        proven = False  # what was found is shown, whatever else went wrong
        asked_for = 0

        async def _on_list(self, response: Response, read: ListReader, facts: dict[str, Any]) -> AsyncIterator[Request]:
            async for request in super()._on_list(response, read, facts):
                asked = request.meta["asked"]
                onward = asked.role is DocumentRole.LIST and asked.reader == getattr(read, "__name__", "")
                if onward or self.asked_for >= details:
                    tried.left_out.append((DocumentRole.LIST if onward else DocumentRole.NOTICE, request.url))
                else:
                    self.asked_for += 1
                    yield request

        def closed(self, reason: str) -> None:
            self.run.total = None  # more than the first page holds is no loss here
            super().closed(reason)
            tried.troubles = list(self.run.troubles)

    return Limited
