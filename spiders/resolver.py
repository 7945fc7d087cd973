"""Names into addresses, and internal ones refused at the moment of connecting.

Twisted connects to the very addresses that its resolver hands over, literals included, so what is left out here
is never connected to. The resolver is one for the whole process, and knows a door by its host and port; which
source may use an opened door is decided per request, in `spiders.middlewares.Guard`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, Self, cast

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from spiders.addresses import literal, public

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase


class _Receiver(Protocol):
    """IResolutionReceiver, as types: who is told the addresses of a name."""

    def resolutionBegan(self, resolutionInProgress: object) -> None: ...  # noqa: N802, N803
    def addressResolved(self, address: object) -> None: ...  # noqa: N802
    def resolutionComplete(self) -> None: ...  # noqa: N802


class _Names(Protocol):
    """IHostnameResolver, as types."""

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: _Receiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> object: ...


@implementer(IHostnameResolver)
class GuardedResolver:
    """Scrapy's TWISTED_DNS_RESOLVER. Hosts and ports in the setting PRIVATE_DOORS may lie on internal networks."""

    def __init__(self, reactor: ReactorBase, private: Sequence[str]) -> None:
        self.reactor = reactor
        self.names = cast(_Names, reactor.nameResolver)
        self.private = frozenset(private)
        self.refused: set[str] = set()  # "host:port" whose every address was internal

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """As Scrapy makes it, once for all crawlers."""
        return cls(reactor, crawler.settings.getlist("PRIVATE_DOORS"))

    def install_on_reactor(self) -> None:
        """As Scrapy asks for it before the reactor runs."""
        self.reactor.installNameResolver(cast(IHostnameResolver, self))

    def resolveHostName(  # noqa: N802 - Twisted's names
        self,
        resolutionReceiver: _Receiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> object:
        """Hand over the addresses of a name but the internal ones."""
        place = f"{hostName}:{portNumber}"
        receiver = resolutionReceiver if place in self.private else _OnlyPublic(resolutionReceiver, place, self.refused)
        return self.names.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class _OnlyPublic:
    """Passes addresses on to the receiver, unless they lie on an internal network."""

    def __init__(self, receiver: _Receiver, place: str, refused: set[str]) -> None:
        self.receiver, self.place, self.refused = receiver, place, refused
        self.kept = self.left_out = 0

    def resolutionBegan(self, resolutionInProgress: object) -> None:  # noqa: N802, N803
        self.receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: object) -> None:  # noqa: N802
        found = literal(getattr(address, "host", ""))
        if found is not None and public(found):
            self.kept += 1
            self.receiver.addressResolved(address)
        else:
            self.left_out += 1

    def resolutionComplete(self) -> None:  # noqa: N802
        if self.left_out and not self.kept:
            self.refused.add(self.place)
        self.receiver.resolutionComplete()
