"""Keys of personal links: who may open what, without an account and without a cookie. Pure.

A key names the subscriber by number and proves it with a code made from their secret (HMAC-SHA-256, RFC 2104) and one
purpose: who finds the address of a calendar cannot stop the mail with it. Codes are compared in constant time, and are
good for as long as the subscriber is held: a link to stop works as long as the mail that it stands in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from enum import StrEnum

from notifier.profiles import Subscriber

_CODE_BYTES = 18  # 144 bits, 24 letters: nobody guesses it, and a header with it stays below 78 octets
_KEY = re.compile(r"([1-9][0-9]{0,17})-([A-Za-z0-9_-]{24})")


class Purpose(StrEnum):
    """What a link opens."""

    CHANGE = "change"  # see and change what one gets, and stop
    STOP = "stop"  # stop, nothing else: it stands in a header that programs read
    ANSWER = "answer"  # say something of a lot
    CALENDAR = "calendar"
    FEED = "feed"


def key_of(subscriber: Subscriber, purpose: Purpose) -> str:
    """The key of a subscriber for one purpose, such as "17-Zk…"."""
    return f"{subscriber.number}-{_code(subscriber, purpose)}"


def number_in(key: str) -> int | None:
    """The number of the subscriber that a key names; None where it is no key. It proves nothing yet."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found else None


def opens(key: str, subscriber: Subscriber, purpose: Purpose) -> bool:
    """Whether the key is this subscriber's for this purpose."""
    return bool(subscriber.token) and hmac.compare_digest(key.encode(), key_of(subscriber, purpose).encode())


def _code(subscriber: Subscriber, purpose: Purpose) -> str:
    code = hmac.new(subscriber.token.encode(), f"{purpose}:{subscriber.number}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(code[:_CODE_BYTES]).decode()
