"""Reading a site that is held in memory with the program's own spiders, parsers and account, without a network."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scrapy import Request
from scrapy.http import HtmlResponse

from notifier import clock
from notifier.config import Source
from notifier.coverage import FieldCoverage
from notifier.errors import Unreachable
from notifier.lots import Agreement, Document, DocumentRole, Notice, RunStatus
from spiders import crawl
from spiders.base import KINDS
from spiders.run import Known, Run
from tests.spiders.crawling import follow

assert crawl.KIND_MODULES  # importing them has filled KINDS

Item = Notice | Agreement
RED = frozenset({RunStatus.ALARM, RunStatus.BLOCKED, RunStatus.FAILED})


@dataclass
class Account:
    """A sink in memory: what one run handed over, and how it ended."""

    before: Sequence[FieldCoverage] = ()
    items: dict[str, Item] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    status: RunStatus = RunStatus.FAILED
    message: str = ""
    counted: FieldCoverage = field(default_factory=FieldCoverage)
    complete: bool = False

    def since(self, source: str, asked: str = "") -> dt.date | None:
        return None

    def known(self, source: str, place: str) -> Known | None:
        return None

    def kept(self, source: str, place: str) -> Document | None:
        return None

    def coverage(self, source: str) -> Sequence[FieldCoverage]:
        return self.before

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """The run counts them."""

    def document(self, source: str, document: Document) -> None:
        """Nothing is kept."""

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:
        self.items[notice.key] = notice

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:
        self.items[agreement.key] = agreement

    def unchanged(self, source: str, key: str) -> None:
        """Nothing is asked conditionally here."""

    def problem(self, source: str, message: str) -> None:
        self.problems.append(message)

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str,
        coverage: FieldCoverage = FieldCoverage(),  # noqa: B008
        complete: bool = False,
    ) -> None:
        self.status, self.message, self.counted, self.complete = status, message, coverage, complete

    @property
    def caught(self) -> bool:
        """Whether the run says that the source is not what it was."""
        return self.status in RED


def read(source: Source, pages: Mapping[str, str], day: dt.date, before: Sequence[FieldCoverage] = ()) -> Account:
    """One run over a site: address -> HTML. What is not there answers 404."""
    account = Account(before)
    logging.getLogger("spiders").setLevel(logging.CRITICAL)
    clock.pretend(dt.datetime.combine(day, dt.time(6), clock.COPENHAGEN))
    try:
        run = Run(source, account)
        spider = KINDS[source.kind](run, clock.now(), "notifier/1")
        waiting = list(spider._guarded(spider.begin, run.trouble, source.url))
        while waiting:
            request = waiting.pop(0)
            if request.url in pages:
                waiting += follow(request, _answer(request, pages[request.url]))
            else:
                missing = Unreachable("the page answered 404", where=request.url, remedy="open it")
                tell = run.trouble if request.meta["asked"].role is DocumentRole.LIST else run.problem
                tell(missing)
        run.finish()
    finally:
        clock.pretend(None)
    return account


def _answer(request: Request, html: str) -> HtmlResponse:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return HtmlResponse(request.url, body=html.encode(), headers=headers, request=request)
