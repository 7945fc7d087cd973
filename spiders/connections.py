"""Connections that end where an answer grows without measure: headers, and all large bodies at one time together.

Scrapy caps each body (DOWNLOAD_MAXSIZE). It does not cap headers, of which a host can send lines for as long as the
request may take, nor what sixty hosts send at the same moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol
from twisted.web.http import _IdentityTransferDecoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from twisted.internet.interfaces import IAddress

MEBIBYTE = 1024 * 1024
# Servers refuse more than 8 to 16 KiB of a client; with what comes in one read (64 KiB) this is ample for theirs.
MOST_HEADER_BYTES = 128 * 1024
SMALL = MEBIBYTE  # bodies up to here are always taken
MOST_LARGE_BYTES = 32 * MEBIBYTE  # what large bodies may hold together in this process while they arrive


class TooMuch(Exception):
    """An answer was given up in the middle. Scrapy wraps this as it wraps every cut-off answer."""


class Handler(HTTP11DownloadHandler):
    """Scrapy's own handler of http and https, on connections that know measure."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _measured(self._pool._factory)


def _measured(factory: type[Any]) -> type[Any]:
    """The pool's factory, whose protocols hand what arrives to a measure first."""

    class Factory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802 - Twisted's name
            protocol: HTTP11ClientProtocol = super().buildProtocol(addr)
            _Measure(protocol)
            return protocol

    return Factory


class _Measure:
    """Counts what one connection brings per answer, and gives the connection up where that is too much."""

    large: ClassVar[int] = 0  # bytes of all large bodies that are arriving in this process

    def __init__(self, protocol: HTTP11ClientProtocol) -> None:
        self.protocol = protocol
        self.came = self.headers = self.held = 0
        self.take: Callable[[bytes], None] = protocol.dataReceived
        self.lost: Callable[[Failure], None] = protocol.connectionLost
        self.parser: object = None
        protocol.dataReceived = self.data_received  # type: ignore[method-assign]
        protocol.connectionLost = self.connection_lost  # type: ignore[method-assign]

    def data_received(self, data: bytes) -> None:
        """What Twisted calls as bytes come in."""
        parser = self.protocol._parser
        if parser is not self.parser:  # another answer has begun
            self.parser = parser
            self._release()
            self.came = self.headers = 0
        if parser is not None and parser.state in (STATUS, HEADER):
            self.headers += len(data)
            if self.headers > MOST_HEADER_BYTES:
                self._give_up(f"its headers are longer than {MOST_HEADER_BYTES // 1024} KiB")
                return
        self.came += len(data)
        if self.came > SMALL:
            self.held += len(data)
            _Measure.large += len(data)
            if _Measure.large > MOST_LARGE_BYTES:
                self._give_up("too many large answers come at the same time")
                return
        self.take(data)
        if self.protocol._parser is None:  # the answer is whole
            self._release()

    def connection_lost(self, reason: Failure) -> None:
        """What Twisted calls at the end."""
        self._release()
        if not isinstance(reason.value, ConnectionDone):
            self._is_cut()
        self.lost(reason)

    def _give_up(self, why: str) -> None:
        self._release()
        self._is_cut()
        self.protocol._giveUp(Failure(TooMuch(why)))  # type: ignore[no-untyped-call]

    def _is_cut(self) -> None:
        """A body that ends where its connection does is whole only where the host closed it, not where it broke.

        Twisted takes any end for the body's. Told of a length that never came, it sees that something is missing.
        """
        decoder = getattr(self.protocol._parser, "bodyDecoder", None)
        if isinstance(decoder, _IdentityTransferDecoder) and decoder.contentLength is None:
            decoder.contentLength = 1

    def _release(self) -> None:
        _Measure.large -= self.held
        self.held = 0
