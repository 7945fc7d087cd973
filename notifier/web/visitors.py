"""Who asks: from which network, and whether one of our own pages sent them.

What a visitor says of where they come from is not believed. A proxy that the configuration trusts is: it adds to
X-Forwarded-For, at the right, whom it heard from.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import flask

from notifier.config import Networks

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_IPV4_PREFIX, _IPV6_PREFIX = 24, 64  # what one household or office has to itself, and can change at will


def visitors_network(trusted: Networks) -> str:
    """The network that the present request comes from, such as "192.0.2.0/24"."""
    return network_of(client(flask.request.environ, trusted))


def is_trusted(environ: Mapping[str, object], trusted: Networks) -> bool:
    """Whether a trusted proxy hands the request on."""
    peer = _address(str(environ.get("REMOTE_ADDR", "")))
    return peer is not None and _is_among(peer, trusted)


def client(environ: Mapping[str, object], trusted: Networks) -> Address | None:
    """The visitor's address; None where the server does not tell any (a socket file, say).

    From the right of X-Forwarded-For the first that is no trusted proxy, as long as trusted ones wrote it. Something
    that is no address ends the search: whoever wrote it is counted by the proxy that they came through.
    """
    found = _address(str(environ.get("REMOTE_ADDR", "")))
    named = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while found is not None and named and _is_among(found, trusted):
        before = _address(named.pop())
        if before is None:
            break
        found = before
    return found


def network_of(address: Address | None) -> str:
    """All addresses that somebody can take who has this one: a /24, or a /64 of IPv6."""
    if address is None:
        return "unknown"
    prefix = _IPV4_PREFIX if address.version == 4 else _IPV6_PREFIX
    return str(ipaddress.ip_network((address, prefix), strict=False))


def _address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with a zone, or IPv4 written as IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _is_among(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def is_ours(address: str, *, without_origin: bool = False) -> bool:
    """Whether a page at `address` asks, as the browser says. One that says nothing is an old one, or a program.

    A page that tells no referrer has the origin "null"; an old browser (without Sec-Fetch-Site) then says of nobody
    where they come from, and `without_origin` lets it pass: for what a secret in the address protects.
    """
    origin, site = flask.request.headers.get("Origin"), flask.request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None or (origin == "null" and (site == "same-origin" or (without_origin and site is None))):
        return True
    ours = urlsplit(address)
    return origin == f"{ours.scheme}://{ours.netloc}"
