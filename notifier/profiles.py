"""Who is told what: a subscriber and the profile of what they want. Pure values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.lots import Money, Verdict


class Cadence(StrEnum):
    """How often a subscriber is written to, at most."""

    INSTANT = "instant"  # after every crawl that found something
    DAILY = "daily"  # on weekdays
    WEEKLY = "weekly"  # on Mondays


class SubscriberStatus(StrEnum):
    """Only `CONFIRMED` is ever written to."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a subscriber wants. Empty tuples mean "no limit". An unknown value of a lot never excludes it."""

    trades: tuple[str, ...] = ()  # keys of the trades in config/suitability.toml
    cpv_prefixes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    words_out: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()  # NUTS codes, or numbers of municipalities; a lot in DK011 matches DK01 and DK as well
    value_min: Money | None = None  # per year
    value_max: Money | None = None  # per year
    least_verdict: Verdict = Verdict.POSSIBLE
    planned: bool = True
    agreements: bool = True
    partnerships: bool = False  # lots that are too large for one enterprise alone are wanted as well
    near_misses: bool = False  # a lot or two that one limit alone keeps away are wanted as well
    hour: int = 7  # of the day in Copenhagen from which a daily or weekly digest is due
    most: int = 5  # new lots shown in a mail; the rest is counted


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One mailbox. The address appears nowhere but in the mail itself: not in logs, lists or feeds."""

    number: int
    address: str
    name: str
    language: str  # da or en
    cadence: Cadence
    status: SubscriberStatus
    profile: Profile
    created: dt.datetime
    token: str = field(default="", repr=False)  # the personal links are made from it (keys.py)
    confirmed_at: dt.datetime | None = None  # when they said yes, for the last time


class Announced(StrEnum):
    """What a subscriber can be told of a lot or an agreement, each once per key."""

    NEW = "new"  # key ""
    CHANGED = "changed"  # key: the number of the change
    CLOSING = "closing"  # key: the deadline
    EXPIRING = "expiring"  # key: latest end and the threshold of months that was crossed
    NEAR = "near"  # key ""; a near miss, which may still be told as new


@dataclass(frozen=True, slots=True)
class Announcement:
    """What was told, about what. (subscriber, kind, item, key) is unique for ever: nothing is announced twice."""

    kind: Announced
    item_uid: str
    key: str = ""
