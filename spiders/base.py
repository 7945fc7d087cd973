"""What every kind of source shares: its allowance, its page budget, its errors, its account.

A new kind is one spider and one pure parser. The spider says how to begin and what to do with a list page:

    @kind("example")
    class ExampleSpider(SourceSpider):
        def begin(self) -> Requests:
            yield from self.list_page(self.source.url, self.read_list)

        def read_list(self, response: Response) -> Requests:
            page = example.parse_list(response.body, response.url)            # the parser
            for key in self.run.listed([row.key for row in page.rows]):
                yield self.notice_page(page.url_of(key), self.read_notice, key=key)
            yield from self.list_page(page.next_url, self.read_list)

        def read_notice(self, response: Response, key: str) -> Notice:
            return example.parse_notice(response.body, source=self.source.id, key=key, url=response.url)

What a reader raises is caught here: on a list page it decides how the run ended, on a notice it is that notice's
problem. A StoreError of the sink ends the whole crawl.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from email.message import Message
from pathlib import Path
from typing import ClassVar, TypeVar

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from notifier import clock
from notifier.config import Source
from notifier.errors import ConfigError, Mistake, NotifierError, ParseError, SourceError, StoreError, Unreachable
from notifier.lots import Agreement, Notice, RunStatus
from spiders.addresses import allowance
from spiders.run import Progress, Run, Sink

__all__ = ["KINDS", "Progress", "Requests", "Run", "Sink", "SourceSpider", "charset", "kind", "mistakes"]

Requests = Iterable[Request]
ListReader = Callable[..., Requests]
NoticeReader = Callable[..., Notice | Agreement]

KINDS: dict[str, type[SourceSpider]] = {}
_S = TypeVar("_S", bound="type[SourceSpider]")

_LIST_FIRST = 10  # priority: the list is read to its end before its notices, so that paging meets one state of it


def kind(name: str) -> Callable[[_S], _S]:
    """Register a spider as the one for sources of that kind."""

    def register(spider: _S) -> _S:
        KINDS[name] = spider
        return spider

    return register


def mistakes(source: Source, file: str) -> tuple[Mistake, ...]:
    """What is wrong with a source's own tables ([filter], [selectors]); its kind's spider knows."""
    if source.kind not in KINDS:
        return (Mistake(file, None, "kind", f'"{source.kind}" is not known', f"write one of {', '.join(KINDS)}"),)
    try:
        KINDS[source.kind].check(source, file)
    except ConfigError as error:
        return error.mistakes
    return ()


class SourceSpider(Spider):
    """One source in one run. Subclasses define `begin` and readers; everything else is here."""

    more_hosts: ClassVar[tuple[str, ...]] = ()  # hosts that a kind needs beside the one of its URL

    def __init__(self, run: Run, now: datetime, user_agent: str) -> None:
        super().__init__(name=run.source.id)
        self.run, self.source, self.now = run, run.source, now
        self.product = user_agent.partition("/")[0]  # by which robots.txt knows us
        self.allowance = allowance(run.source, self.more_hosts)
        self.ends_at = clock.stopwatch() + run.source.deadline_s
        self._seen: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[None] | None = None

    # -- for subclasses --------------------------------------------------------------------------------------

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where [filter] or [selectors] are not what this kind needs."""

    def begin(self) -> Requests:
        """The first requests."""
        raise NotImplementedError

    def list_page(
        self, url: str, read: ListReader, *, method: str = "GET", body: bytes = b"", accept: str = ""
    ) -> Iterator[Request]:
        """A request for a list page, within the budget; nothing for "" and for a page that was asked for before.

        Reaching the budget is an alarm: the list may be incomplete, and nothing must be closed for missing in it.
        """
        place = f"{method} {url} {body!r}"
        if not url or place in self._seen:
            return
        if len(self._seen) >= self.source.max_pages:
            self.run.trouble(
                f"the list goes on after {self.source.max_pages} pages ({url}): raise max_pages if it is that long",
                RunStatus.ALARM,
            )
            return
        self._seen.add(place)
        yield self._request(url, self._on_list, read, priority=_LIST_FIRST, method=method, body=body, accept=accept)

    def notice_page(self, url: str, read: NoticeReader, **facts: object) -> Request:
        """A request for a notice; `facts` are handed to the reader with the response."""
        return self._request(url, self._on_notice, read, facts=facts)

    def attempt(self, read: Callable[[], Notice | Agreement]) -> None:
        """Read a notice that needs no request of its own; what it raises is that notice's problem."""
        try:
            self.run.found(read())
        except SourceError as error:
            self.run.problem(error)

    @property
    def remaining(self) -> float:
        """Seconds left of the source's deadline."""
        return self.ends_at - clock.stopwatch()

    # -- what Scrapy calls -----------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """Begin, with the source's own failures caught."""
        self._timer = asyncio.get_running_loop().call_later(self.remaining, self._time_is_up)
        for request in self._guarded(self.begin, self.run.trouble, self.source.url):
            yield request

    def _time_is_up(self) -> None:
        # What is under way ends now as well: no request is given more time than the source has left.
        self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="deadline"))

    def closed(self, reason: str) -> None:
        """Tell the end. Scrapy calls this once, however the spider ended."""
        if self._timer:
            self._timer.cancel()
        self.run.interrupted = reason == "shutdown"
        if reason == "deadline":
            self.run.trouble(
                f"out of time after {self.source.deadline_s:g} seconds ({self.source.url}): the rest comes next time, "
                "or raise deadline_s",
                RunStatus.FAILED,
            )
        elif reason != "finished" and not self.run.broken:
            self.run.trouble(f"stopped before the end ({reason})", RunStatus.FAILED)
        try:
            self.run.finish()
        except StoreError as error:
            self.run.broken = error

    # -- inside ----------------------------------------------------------------------------------------------

    def _request(
        self,
        url: str,
        callback: Callable[..., Requests],
        read: ListReader | NoticeReader,
        *,
        facts: dict[str, object] | None = None,
        priority: int = 0,
        method: str = "GET",
        body: bytes = b"",
        accept: str = "",
    ) -> Request:
        headers = {"Accept-Language": self.source.language}
        if body:
            headers["Content-Type"] = "application/json"
        return Request(
            url,
            callback=callback,
            errback=self._on_list_error if callback == self._on_list else self._on_notice_error,
            cb_kwargs={"read": read, "facts": facts or {}},
            method=method,
            body=body,
            headers=headers | ({"Accept": accept} if accept else {}),
            priority=priority,
            dont_filter=True,  # what was asked for before is known here, and never dropped silently
        )

    def _on_list(self, response: Response, read: ListReader, facts: dict[str, object]) -> Iterator[Request]:
        yield from self._guarded(lambda: read(response, **facts), self.run.trouble, response.url)

    def _on_notice(self, response: Response, read: NoticeReader, facts: dict[str, object]) -> Iterator[Request]:
        def take() -> Requests:
            self.run.found(read(response, **facts))
            return ()

        yield from self._guarded(take, self.run.problem, response.url)

    def _on_list_error(self, failure: Failure) -> Iterator[Request]:
        yield from self._guarded(lambda: _raise(failure), self.run.trouble, self.source.url)

    def _on_notice_error(self, failure: Failure) -> Iterator[Request]:
        yield from self._guarded(lambda: _raise(failure), self.run.problem, self.source.url)

    def _guarded(
        self, read: Callable[[], Requests], tell: Callable[[NotifierError], None], where: str
    ) -> Iterator[Request]:
        """What a reader yields; what it raises is told instead. Only the sink's own failure goes further."""
        try:
            try:
                yield from read()
            except (SourceError, ConfigError) as error:
                tell(error)
            except (StoreError, GeneratorExit):
                raise
            except Exception as error:
                tell(_fault_of_ours(error, where))
        except StoreError as error:
            self.run.broken = error
            raise CloseSpider("the store failed") from error


def _fault_of_ours(error: Exception, where: str) -> ParseError:
    """A reader failed in a way that it should not: named with the line of the program, so that it can be mended."""
    line = traceback.extract_tb(error.__traceback__)[-1]
    return ParseError(
        f"the program failed at {Path(line.filename).name}:{line.lineno}, {type(error).__name__}: {error}",
        where=where,
        remedy="report it with this address",
    )


def charset(response: Response) -> str:
    """The charset of the Content-Type header, "" where it names none."""
    header = Message()
    header["Content-Type"] = (response.headers.get("Content-Type") or b"").decode("latin-1").strip()
    return header.get_content_charset("")


def _raise(failure: Failure) -> Requests:
    """Raise the SourceError that a failed request amounts to."""
    error = failure.value
    if isinstance(error, SourceError):
        raise error
    if isinstance(error, HttpError):
        status, url = error.response.status, error.response.url
        raise Unreachable(f"the page answered {status}", where=url, remedy="open it; mend the address if it moved")
    what = str(error) if isinstance(error, IgnoreRequest) else f"{type(error).__name__}: {error}"
    url = getattr(getattr(failure, "request", None), "url", "")
    raise Unreachable(f"the answer could not be taken ({what})", where=url, remedy="open the address and look")
