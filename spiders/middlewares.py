"""Between a spider and the network: where it may go, what robots.txt says, and when to try again."""

from __future__ import annotations

import asyncio
import email.utils
import logging
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes
from twisted.internet.error import ConnectError

from notifier import clock
from notifier.errors import Blocked, SourceError, Unreachable
from spiders.addresses import door, inside
from spiders.base import SourceSpider
from spiders.encodings import ACCEPTED, EncodingError, TooLarge, unpacked

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

log = logging.getLogger("spiders")

REQUEST_TIMEOUT_S = 60.0
LONGEST_URL = 8000  # RFC 9110 section 4.1: at least as many octets should be understood everywhere
ROBOTS_LIMIT = 500 * 1024  # RFC 9309 section 2.5: at least 500 kibibytes must be parsed
MANY_TRIES = 8  # 429, 5xx and cut bodies pass: with every fifth answer bad, one request in 390,000 stays unanswered
FEW_TRIES = 3  # a host that refuses or is not known seldom comes back within a run
TRIED_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 60.0  # who asks for more with Retry-After is left alone until the next run

_GONE = (DownloadConnectionRefusedError, CannotResolveHostError, DownloadTimeoutError, ConnectError)
_CUT = (ResponseDataLossError, DownloadFailedError)


class Middleware:
    """What the three have in common: they know the crawler, and through it the spider."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy makes it."""
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        """The one spider of this crawler."""
        assert isinstance(self.crawler.spider, SourceSpider)
        return self.crawler.spider


class Guard(Middleware):
    """Every request and every redirect: only where the source may go, and only while it has time."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._opened = frozenset(crawler.settings.getlist("PRIVATE_DOORS"))
        self._proxy = crawler.settings.get("PROXY") or ""

    def process_request(self, request: Request) -> None:
        """Raises Blocked or Unreachable instead of letting a request through."""
        allowance = self.spider.allowance
        allowance.check(request.url, of_any_host="robots" in request.meta)
        if len(request.url) > LONGEST_URL:
            raise Blocked("this address is too long to be one", where=request.url[:200], remedy="look at the page")
        to = door(request.url)
        if f"{to.host}:{to.port}" in self._opened and not (allowance.private and to == allowance.own):
            raise inside(request.url)  # that door is open for another source, or is the proxy's
        remaining = self.spider.remaining
        if remaining <= 0:
            raise out_of_time(request.url)
        request.meta["download_timeout"] = max(0.1, min(REQUEST_TIMEOUT_S, remaining))
        request.meta["download_maxsize"] = self.spider.most_bytes
        request.headers["Accept-Encoding"] = ACCEPTED
        # Whatever a page or an earlier hop may have put there: only the setting decides.
        request.meta["proxy"] = self._proxy if self._proxy and not allowance.private else None


def out_of_time(url: str) -> Unreachable:
    """The source's deadline has passed."""
    return Unreachable("out of time", where=url, remedy="it comes next time, or raise deadline_s")


@dataclass(frozen=True, slots=True)
class _Robots:
    rules: Protego | None = None  # None allows everything
    refusal: SourceError | None = None


class Robots(Middleware):
    """robots.txt by RFC 9309: 4xx allows everything; 429, 5xx and no answer allow nothing on that host in this run."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._files: dict[str, asyncio.Task[_Robots]] = {}

    async def process_request(self, request: Request) -> None:
        """Raises Blocked where robots.txt forbids the URL or cannot be read, Unreachable where the host is dead."""
        await self._rest(request)
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._files:
            self._files[origin] = asyncio.ensure_future(self._fetch(f"{origin}/robots.txt"))
        robots = await asyncio.shield(self._files[origin])
        if robots.refusal:
            raise robots.refusal
        if robots.rules and not robots.rules.can_fetch(request.url, self.spider.product):
            raise Blocked(
                "robots.txt forbids this address",
                where=request.url,
                remedy="do not fetch it: ask the publisher, or read another source",
            )

    async def _rest(self, request: Request) -> None:
        """Wait while the host wants to be left alone: with Retry-After it speaks of itself, not of one page."""
        netloc = urlsplit(request.url).netloc
        while (pause := self.spider.rest_until.get(netloc, 0.0) - clock.stopwatch()) > 0:
            if pause >= self.spider.remaining:
                raise out_of_time(request.url)
            await asyncio.sleep(pause)

    async def _fetch(self, url: str) -> _Robots:
        request = Request(url, callback=NO_CALLBACK, meta={"robots": True}, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(request)
        except Unreachable as error:
            if isinstance(error.__cause__, _GONE) and not isinstance(error.__cause__, DownloadTimeoutError):
                return _Robots(refusal=error)
            return _Robots(refusal=_unreadable(url, error.what))
        except SourceError as error:
            return _Robots(refusal=error)
        except Exception as error:
            return _Robots(refusal=_unreadable(url, f"{type(error).__name__}: {error}"))
        if 200 <= response.status < 300:
            body = response.body[:ROBOTS_LIMIT]
            return _Robots(Protego.parse(body.decode("utf-8-sig", errors="ignore")))
        if 400 <= response.status < 500:
            return _Robots()
        return _Robots(refusal=_unreadable(url, f"it answered {response.status}"))


def _unreadable(url: str, reason: str) -> Blocked:
    return Blocked(
        f"robots.txt could not be read ({reason}), so nothing is fetched there in this run",
        where=url,
        remedy="try again later; if it stays so, tell the publisher",
    )


def _is_conditional(request: Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


class Retry(Middleware):
    """Tries again what may pass, with growing pauses, within the source's deadline."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Again for 429, 5xx and an empty 200; Unreachable when the tries are used up."""
        if response.status in TRIED_AGAIN:
            wanted = retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"))
            return await self._again(request, f"answered {response.status}", MANY_TRIES, wanted)
        if response.status == 304 and not _is_conditional(request):
            return await self._again(request, "called unchanged what was asked for whole (304)", FEW_TRIES)
        try:
            response = _plain(response, self.spider.most_bytes)
        except TooLarge as error:
            what = f"the answer could not be taken: {error}"
            raise Unreachable(what, where=request.url, remedy="open the address and look") from error
        except EncodingError as error:
            return await self._again(request, f"sent what cannot be unpacked: {error}", FEW_TRIES)
        if response.status == 200 and not response.body and not request.meta.get("robots"):
            return await self._again(request, "answered with an empty body", MANY_TRIES)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Again for cut bodies and hosts that do not answer; other exceptions are none of ours."""
        if isinstance(exception, CannotResolveHostError) and self._refused(request):
            raise inside(request.url) from exception
        if isinstance(exception, _CUT):
            tries = FEW_TRIES if "certificate" in str(exception).lower() else MANY_TRIES
            return await self._again(request, "was cut off or not understood", tries, cause=exception)
        if isinstance(exception, _GONE):
            reason = {DownloadTimeoutError: "took too long", CannotResolveHostError: "has no address"}
            words = next((w for error, w in reason.items() if isinstance(exception, error)), "refuses connections")
            return await self._again(request, words, FEW_TRIES, cause=exception)
        return None

    async def _again(
        self, request: Request, reason: str, most: int, wanted: float = 0.0, cause: Exception | None = None
    ) -> Request:
        tries = request.meta.get("tries", 0) + 1
        if request.meta.get("robots"):
            most = min(most, FEW_TRIES)
        if tries >= most:
            raise Unreachable(
                f"{urlsplit(request.url).netloc} {reason}, {tries} times",
                where=request.url,
                remedy="look whether it works in a browser; the next run tries again",
            ) from cause
        if wanted > LONGEST_PAUSE_S:
            raise Unreachable(
                f"{urlsplit(request.url).netloc} {reason} and wants to be left alone for {wanted:,.0f} seconds",
                where=request.url,
                remedy="the next run tries again; a larger delay_s may please it",
            ) from cause
        pause = pause_before(tries, self.spider.source.delay_s, wanted)
        if pause >= self.spider.remaining:
            raise out_of_time(request.url) from cause
        if wanted:
            self.spider.rest_until[urlsplit(request.url).netloc] = clock.stopwatch() + pause
        await asyncio.sleep(pause)
        return request.replace(meta={**request.meta, "tries": tries}, dont_filter=True)

    @staticmethod
    def _refused(request: Request) -> bool:
        from twisted.internet import reactor  # installed by now; importing it earlier would install another

        to = door(request.url)
        return f"{to.host}:{to.port}" in getattr(reactor.nameResolver, "refused", ())


def _plain(response: Response, most: int) -> Response:
    """The response without its Content-Encoding."""
    encodings = response.headers.getlist("Content-Encoding")
    if not encodings or not response.body:
        return response
    body = unpacked(response.body, b",".join(encodings).decode("latin-1"), most)
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    fitting = responsetypes.from_args(headers=headers, url=response.url, body=body)
    return response.replace(cls=fitting, body=body, headers=headers)


def pause_before(tries: int, delay_s: float, wanted: float = 0.0) -> float:
    """Seconds before the next try: doubling from the source's own delay, or what the host asked for, up to a minute.

    >>> [pause_before(tries, 0.0) for tries in (1, 2, 3)], pause_before(1, 2.0), pause_before(9, 2.0)
    ([0.1, 0.2, 0.4], 2.0, 60.0)
    """
    own = max(FIRST_PAUSE_S, delay_s) * 2 ** (tries - 1)
    return float(min(LONGEST_PAUSE_S, max(own, wanted)))


def retry_after(header: str) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110 section 10.2.3: seconds or a date); 0 for none.

    >>> retry_after("120"), retry_after(""), retry_after("soon")
    (120.0, 0.0, 0.0)
    """
    if header.strip().isdecimal():
        return float(header)
    try:
        at = email.utils.parsedate_to_datetime(header)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)  # asctime's form has no zone, and means this one
        return max(0.0, (at - clock.now()).total_seconds())
    except (TypeError, ValueError):
        return 0.0
