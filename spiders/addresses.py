"""Which addresses may be asked: hosts that belong to a source, and nothing on internal networks.

An address is looked at twice: as it is written in a link or redirect, and as the connection is made, after the
name was resolved, so that a name cannot point elsewhere in between.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from notifier.config import Source
from notifier.errors import Blocked

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214 section 6.1: what stands before an IPv4 address in the last four bytes
# What `is_global` of some version of Python lets pass, and which no source lies on.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # RFC 6890: protocol assignments
        "192.88.99.0/24",  # RFC 7526: the relay of 6to4
        "fec0::/10",  # RFC 3879: site-local, internal networks of old
        "64:ff9b:1::/48",  # RFC 8215: NAT64 within a network
        "3fff::/20",  # RFC 9637: documentation
        "5f00::/16",  # RFC 9602: segment routing within a network
    )
)


def literal(host: str) -> Address | None:
    """The address that a host spells out, in every spelling that resolvers take; None for a name.

    >>> str(literal("0x7f000001")), str(literal("127.1")), str(literal("[::1]"))
    ('127.0.0.1', '127.0.0.1', '::1')
    >>> literal("by.example") is None
    True
    """
    host = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # takes 2130706433, 0177.1 and their like
    except OSError:
        return None


def public(address: Address) -> bool:
    """Whether an address lies in the open internet, IPv4 addresses wrapped in IPv6 included.

    `is_global` alone would let multicast and 64:ff9b::127.0.0.1 pass; `not is_private` would let 100.64.0.1.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64 or int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_unspecified or address.is_reserved)


@dataclass(frozen=True, slots=True)
class Door:
    """One place to connect to."""

    scheme: str
    host: str
    port: int


def door(url: str) -> Door:
    """Where a request to that URL connects to. Blocked where it is no http or https URL with a host."""
    try:
        parts: SplitResult = urlsplit(url)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), "", None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise Blocked("this is no address to fetch from", where=url, remedy="only http and https are followed")
    return Door(parts.scheme, host, port or _PORTS[parts.scheme])


def _ascii(host: str) -> str:
    """A host name as requests carry it: lower case, letters beyond ASCII in punycode. ValueError where it is none."""
    return host.lower() if host.isascii() else host.lower().encode("idna").decode()


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where a source may be fetched from. `private` is its own door where it lies on one's own network."""

    own: Door
    hosts: frozenset[str]
    private: bool

    def check(self, url: str, *, of_any_host: bool = False) -> None:
        """Blocked unless the URL is of an allowed host, at a usual port or the source's own, and not internal.

        With `of_any_host` it may be on any public one: robots.txt may be redirected to another host (RFC 9309 section
        2.3.1.2).
        """
        to = door(url)
        if not (of_any_host or to.host in self.hosts) or to.port not in (80, 443, self.own.port):
            raise Blocked(
                f"refused address: {to.host}:{to.port} is not a host of this source",
                where=url,
                remedy="if it is meant to be, name it in `hosts` under [filter] of the source",
            )
        if self.private and to == self.own:
            return
        address = literal(to.host)
        # A source on one's own network opens its own scheme, host and port, and no other door of that host.
        if (address and not public(address)) or (self.private and to.host == self.own.host):
            raise inside(url)


def inside(url: str) -> Blocked:
    """The refusal of an internal address."""
    return Blocked(
        "refused address: it lies on an internal network",
        where=url,
        remedy="a source on one's own network needs allow_private_address = true, which opens only its own scheme, "
        "host and port",
    )


def allowance(source: Source, more_hosts: Iterable[str] = ()) -> Allowance:
    """What a source may fetch: its own host, those of `hosts` in its filter, and those that its kind implies."""
    own = door(source.url)
    named = source.filter.get("hosts", ())
    hosts = {own.host, *more_hosts, *([named] if isinstance(named, str) else named)}
    return Allowance(own, frozenset(_ascii(str(host)) for host in hosts), source.allow_private_address)
