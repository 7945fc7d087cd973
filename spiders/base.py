"""What every kind of source shares: its allowance, its page budget, its errors, its account.

A new kind is one spider and one pure parser. The spider says how to begin and what to do with a list page:

    @kind("example")
    class ExampleSpider(SourceSpider):
        def begin(self) -> Requests:
            yield from self.list_page(self.source.url, self.read_list)

        def read_list(self, response: Response) -> Requests:
            page = example.parse_list(response.body, response.url)            # the parser
            for key in self.run.listed([row.key for row in page.rows]):
                yield self.notice_page(page.url_of(key), self.read_notice, key=key, case=key)
            yield from self.list_page(page.next_url, self.read_list)

        def read_notice(self, response: Response, case: str) -> Notice:
            return example.parse_notice(response.body, source=self.source.id, key=case, url=response.url)

Readers are methods. They are handed the response and the facts that were given with the request, and nothing else
that changes: so what they read can be read again from a kept document (`spiders.reparse`), where the facts come back
from JSON by the reader's type hints. `key` is for the account; a reader that needs it is given it as a fact.

What a reader raises is caught here: on a list page it decides how the run ended, on a notice it is that notice's
problem. A StoreError of the sink ends the whole crawl.
"""

from __future__ import annotations

import asyncio
import hashlib
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import ClassVar, TypeVar, get_type_hints

import msgspec
from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from notifier import clock
from notifier.buyers import numbers
from notifier.config import Source
from notifier.errors import (
    ConfigError,
    Mistake,
    NotifierError,
    NotThere,
    ParseError,
    SourceError,
    StoreError,
    Unreachable,
)
from notifier.lots import Agreement, Document, DocumentRole, Known, Notice, RunStatus
from spiders.addresses import allowance
from spiders.run import Progress, Run, Sink

__all__ = [
    "KINDS",
    "Known",
    "Progress",
    "Requests",
    "Run",
    "Sink",
    "SourceSpider",
    "Window",
    "answer_of",
    "charset",
    "kind",
    "mistakes",
]

Requests = Iterable[Request]
ListReader = Callable[..., Requests]
NoticeReader = Callable[..., Notice | Agreement]

KINDS: dict[str, type[SourceSpider]] = {}
_S = TypeVar("_S", bound="type[SourceSpider]")

_JSON = msgspec.json.Encoder(order="deterministic")
_IF_ETAG, _IF_MODIFIED = "If-None-Match", "If-Modified-Since"
_FRESH = frozenset({"asked", "handle_httpstatus_list"})  # what the meta of a request holds that was not sent yet
_LONGEST_HEADER = 500  # of those that are kept; validators and types are far shorter


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a backfill asks for, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"days {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request was for, as its document will say (`notifier.lots.Document`). It survives redirects."""

    role: DocumentRole
    place: str
    reader: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Folded:
    """A notice that waits to be asked for (`spiders.waiting`): what its request is made of, and its conditions."""

    url: str
    read: NoticeReader
    key: str
    facts: dict[str, object]
    etag: str
    last_modified: str


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
    most_bytes: ClassVar[int] = 16 * 1024 * 1024  # of a body, packed and unpacked; the largest real notices have 3 MiB
    lists_everything: ClassVar[bool] = False  # the list names all that is current: what it lacks may be closed
    proven: ClassVar[bool] = False  # what was found waits until the run is proven healthy; in an alarm none is kept
    recheck: ClassVar[timedelta | None] = None  # how long a notice that is held and read is not asked for again

    def __init__(self, run: Run, now: datetime, user_agent: str, window: Window | None = None) -> None:
        super().__init__(name=run.source.id)
        self.run, self.source, self.now, self.window = run, run.source, now, window
        run.proven, run.lists_everything = self.proven, self.lists_everything and window is None
        self.product = user_agent.partition("/")[0]  # by which robots.txt knows us
        self.allowance = allowance(run.source, self.more_hosts)
        self.ends_at = clock.stopwatch() + run.source.deadline_s
        self.rest_until: dict[str, float] = {}  # by host and port, on clock.stopwatch: when it may be asked again
        self._seen: set[str] = set()
        self._notices = 0  # requests for notices
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[None] | None = None

    # -- for subclasses --------------------------------------------------------------------------------------

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where [filter] or [selectors] are not what this kind needs."""

    def begin(self) -> Requests:
        """The first requests."""
        raise NotImplementedError

    async def prepare(self, answer: Response) -> None:
        """What has to be waited for before a list page is read, while other sources go on.

        What it finds goes into the answer's meta. A reader that misses it there does that work itself, at once: so it
        is where a kept document is read again.
        """

    def list_page(
        self, url: str, read: ListReader, *, method: str = "GET", body: bytes = b"", accept: str = "", **facts: object
    ) -> Iterator[Request]:
        """A request for a list page, within the budget; nothing for "" and for a page that was asked for before.

        `facts` are handed to the reader with the response. Reaching the budget is an alarm: the list may be
        incomplete, and nothing must be closed for missing in it.
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
        asked = Asked(DocumentRole.LIST, place_of(method, url, body), _name(read))
        yield self._request(asked, url, read, facts, method=method, body=body, accept=accept)

    def notice_page(self, url: str, read: NoticeReader, key: str = "", **facts: object) -> Request:
        """A request for a notice; `facts` are handed to the reader with the response.

        With its `key` a notice that the host calls unchanged (304), or that is not to be asked for again yet
        (`recheck`), counts without being read.
        """
        return self._request(Asked(DocumentRole.NOTICE, place_of("GET", url), _name(read), key), url, read, facts)

    def attempt(self, read: Callable[[], Notice | Agreement], document: Document | None = None) -> None:
        """Read an item of a list page, which is its document; what it raises is that item's problem."""
        try:
            self.run.found(read(), document)
        except SourceError as error:
            self.run.problem(error)

    def document_of(self, response: Response) -> Document:
        """The answer as it is kept. Inside a reader it was told to the sink already."""
        known: Document | None = response.meta.get("document")
        if known is None:
            asked: Asked = response.meta["asked"]
            known = Document(
                source=self.source.id,
                place=asked.place,
                url=response.url,
                role=asked.role,
                reader=asked.reader,
                body=response.body,
                key=asked.key,
                facts=_JSON.encode(response.cb_kwargs["facts"]),
                content_type=_header(response, "Content-Type"),
                etag=_header(response, "ETag"),
                last_modified=_header(response, "Last-Modified"),
            )
            response.meta["document"] = known
        return known

    def read_again(self, document: Document) -> None:
        """Read a kept document as if it had just come, without the network; what a crawl would tell is told."""

        def read() -> Requests:
            reader = getattr(self, document.reader, None) if document.reader.startswith("read") else None
            if reader is None:
                raise ParseError(
                    f"no reader is called '{document.reader}' any more", where=document.url, remedy="crawl it anew"
                )
            facts = _facts(reader, document.facts)
            answer = answer_of(document)
            if document.role is DocumentRole.LIST:
                return list(reader(answer, **facts))  # requests, which nobody sends
            self.run.found(reader(answer, **facts), document)
            return ()

        tell = self.run.trouble if document.role is DocumentRole.LIST else self.run.problem
        for _ in self._guarded(read, tell, document.url):
            pass

    def folded(self, request: Request) -> Folded | None:
        """A notice's request as it waits; None for one that is more than its own parts, such as a second try."""
        asked: Asked | None = request.meta.get("asked")
        if asked is None or asked.role is not DocumentRole.NOTICE or request.meta.keys() - _FRESH:
            return None
        given = request.cb_kwargs
        etag, last_modified = (request.headers.get(name) or b"" for name in (_IF_ETAG, _IF_MODIFIED))
        told = (etag.decode("latin-1"), last_modified.decode("latin-1"))
        return Folded(request.url, given["read"], asked.key, given["facts"], *told)

    def unfolded(self, folded: Folded) -> Request:
        """The request that was folded."""
        asked = Asked(DocumentRole.NOTICE, place_of("GET", folded.url), _name(folded.read), folded.key)
        request = self._request(asked, folded.url, folded.read, folded.facts)
        return _conditional(request, folded.etag, folded.last_modified)

    @property
    def asked(self) -> str:
        """A mark of what this source is asked for. Where it is another than last time, the spider looks back again:
        a buyer or a trade that was added has older notices that nobody has listed yet.
        """
        said = [self.source.url, sorted(self.source.filter.items()), sorted(numbers(self.source.buyers))]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]

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
        asked: Asked,
        url: str,
        read: ListReader | NoticeReader,
        facts: dict[str, object],
        *,
        method: str = "GET",
        body: bytes = b"",
        accept: str = "",
    ) -> Request:
        headers = {"Accept-Language": self.source.language}
        if body:
            headers["Content-Type"] = "application/json"
        a_list = asked.role is DocumentRole.LIST
        return Request(
            url,
            callback=self._on_list if a_list else self._on_notice,
            errback=self._on_list_error if a_list else self._on_notice_error,
            cb_kwargs={"read": read, "facts": facts},
            meta={"asked": asked},
            method=method,
            body=body,
            headers=headers | ({"Accept": accept} if accept else {}),
            dont_filter=True,  # what was asked for before is known here, and never dropped silently
        )

    def _wanted(self, request: Request) -> Request | None:
        """The request with what is known of its place as its conditions, or None where it need not be asked."""
        asked: Asked | None = request.meta.get("asked")
        if asked is None or request.meta.get("whole"):
            return request
        a_notice = asked.role is DocumentRole.NOTICE
        if a_notice and not self._within_budget():
            return None
        known = self.run.sink.known(self.source.id, asked.place) if request.method == "GET" else None
        if known is None or (a_notice and not known.read):
            return request
        if a_notice and asked.key and self.recheck and self.now - known.last_seen < self.recheck:
            self.run.unchanged(asked.key)
            return None
        return _conditional(request, known.etag, known.last_modified)

    def _within_budget(self) -> bool:
        """Whether one more notice may be asked for: a list of a million links must not fill memory and days."""
        self._notices += 1
        most = self.source.expect.max
        if self._notices == most + 1:
            self.run.trouble(
                f"the list leads to more than {most:,} notices ({self.source.url}): the rest is left out; look at the "
                "page, or raise expect.max in the source's file",
                RunStatus.ALARM,
            )
        return self._notices <= most

    async def _on_list(self, response: Response, read: ListReader, facts: dict[str, object]) -> AsyncIterator[Request]:
        with self._told(self.run.trouble, response.url):
            answer = self._taken(response)
            if answer is None:
                yield _whole(response)
                return
            await self.prepare(answer)
            for request in read(answer, **facts):
                if wanted := self._wanted(request):
                    yield wanted

    def _on_notice(self, response: Response, read: NoticeReader, facts: dict[str, object]) -> Iterator[Request]:
        def take() -> Requests:
            answer = self._taken(response)
            if answer is None:
                return [_whole(response)]
            asked: Asked = response.meta["asked"]
            if response.status == 304 and asked.key and response.meta["same"]:
                self.run.unchanged(asked.key)
            else:
                self.run.found(read(answer, **facts), self.document_of(answer))
            return ()

        yield from self._guarded(take, self.failed, response.url)

    def _taken(self, response: Response) -> Response | None:
        """The answer, told to the sink; after a 304 the kept one, or None where none is kept."""
        if response.status != 304:
            self.run.document(self.document_of(response))
            return response
        asked: Asked = response.meta["asked"]
        kept = self.run.sink.kept(self.source.id, asked.place)
        if kept is None:
            return None
        facts = _JSON.encode(response.cb_kwargs["facts"])
        # What a list says of a notice can change though its page does not; then the page is read again with that.
        response.meta["same"] = facts == kept.facts
        document = _seen_again(kept, response, asked, facts)
        self.run.document(document)
        return answer_of(document, response.request)

    def _on_list_error(self, failure: Failure) -> Iterator[Request]:
        yield from self._guarded(lambda: _raise(failure), self.run.trouble, self.source.url)

    def _on_notice_error(self, failure: Failure) -> Iterator[Request]:
        yield from self._guarded(lambda: _raise(failure), self.failed, self.source.url)

    def failed(self, error: NotifierError) -> None:
        """One notice that could not be read. A kind of source may know that it never can be."""
        self.run.problem(error)

    def _guarded(
        self, read: Callable[[], Requests], tell: Callable[[NotifierError], None], where: str
    ) -> Iterator[Request]:
        """What a reader yields; what it raises is told instead."""
        with self._told(tell, where):
            for request in read():
                if wanted := self._wanted(request):
                    yield wanted

    @contextmanager
    def _told(self, tell: Callable[[NotifierError], None], where: str) -> Iterator[None]:
        """What is raised inside is told instead. Only the sink's own failure goes further, and ends the crawl."""
        try:
            try:
                yield
            except (SourceError, ConfigError) as error:
                tell(error)
            except StoreError:
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


def place_of(method: str, url: str, body: bytes = b"") -> str:
    """What tells a request apart from a source's others.

    >>> place_of("GET", "https://by.example/udbud"), place_of("POST", "https://by.example/", b"{}")
    ('GET https://by.example/udbud', 'POST https://by.example/ 44136fa355b3678a')
    """
    return f"{method} {url}" + (f" {hashlib.sha256(body).hexdigest()[:16]}" if body else "")


def answer_of(document: Document, request: Request | None = None) -> Response:
    """A kept document as the answer that it was, for a reader. `document_of` gives the document back."""
    headers = {"Content-Type": document.content_type} if document.content_type else {}
    kind_of = responsetypes.from_args(headers=Headers(headers), url=document.url, body=document.body)
    asked = request or Request(document.url, dont_filter=True)
    asked = asked.replace(meta={**asked.meta, "document": document})
    answer: Response = kind_of(document.url, headers=headers, body=document.body, request=asked)
    return answer


def _facts(reader: Callable[..., object], facts: bytes) -> dict[str, object]:
    """Kept facts as the reader's parameters want them. ParseError where they are not what it wants today."""
    try:
        raw: dict[str, object] = msgspec.json.decode(facts, type=dict[str, object])
        hints = get_type_hints(reader)
        return {name: msgspec.convert(value, hints.get(name, object)) for name, value in raw.items()}
    except msgspec.MsgspecError as error:
        where = getattr(reader, "__qualname__", "")
        raise ParseError(f"what was kept with the page is of an older form ({error})", where=where) from error


def _seen_again(kept: Document, response: Response, asked: Asked, facts: bytes) -> Document:
    """A kept document after a 304, which may bring newer validators (RFC 9111 section 4.3.4)."""
    return replace(
        kept,
        reader=asked.reader,
        key=asked.key,
        facts=facts,
        etag=_header(response, "ETag") or kept.etag,
        last_modified=_header(response, "Last-Modified") or kept.last_modified,
    )


def _conditional(request: Request, etag: str, last_modified: str) -> Request:
    """The request, to be answered with 304 where nothing has changed (RFC 9110 section 13.1)."""
    if etag:
        request.headers[_IF_ETAG] = etag
    if last_modified:
        request.headers[_IF_MODIFIED] = last_modified
    if etag or last_modified:
        request.meta["handle_httpstatus_list"] = [304]
    return request


def _whole(response: Response) -> Request:
    """The same request without conditions: the host says that nothing changed since what nobody keeps."""
    request = response.request
    assert request is not None  # Scrapy's engine sets it
    headers = {name: value for name, value in request.headers.items() if name.decode() not in (_IF_ETAG, _IF_MODIFIED)}
    meta = {name: value for name, value in request.meta.items() if name != "handle_httpstatus_list"}
    return request.replace(headers=headers, meta={**meta, "whole": True}, dont_filter=True)


def _header(response: Response, name: str) -> str:
    """A header as it came; "" where it is missing, or is nothing that could be sent back."""
    value = (response.headers.get(name) or b"").decode("latin-1").strip()
    return value if value.isprintable() and len(value) <= _LONGEST_HEADER else ""


def _name(read: ListReader | NoticeReader) -> str:
    """The method's name, by which a kept document finds its reader."""
    return str(getattr(read, "__name__", ""))


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
        error_of = NotThere if status in (404, 410) else Unreachable
        raise error_of(f"the page answered {status}", where=url, remedy="open it; mend the address if it moved")
    what = str(error) if isinstance(error, IgnoreRequest) else f"{type(error).__name__}: {error}"
    url = getattr(getattr(failure, "request", None), "url", "")
    raise Unreachable(f"the answer could not be taken ({what})", where=url, remedy="open the address and look")
