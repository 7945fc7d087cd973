"""What a subscriber says of a lot that they were told of. Pure values; nothing of it is public, or staff's to read.

Officers see counts, none below five. Two who look for partners for the same lot learn of each other only when both
have said yes (equal treatment: who bids, and with whom, is no business of the buyer).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from notifier.lots import LotState


class Answer(StrEnum):
    """What can be said of a lot. Not relevant takes the place of all others, and each of them that of not relevant."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"
    BIDDING = "bidding"
    PARTNERS = "partners"

    @property
    def replaced(self) -> tuple[Answer, ...]:
        """What is no longer said by whoever says this."""
        if self is Answer.NOT_RELEVANT:
            return (Answer.RELEVANT, Answer.BIDDING, Answer.PARTNERS)
        return (Answer.NOT_RELEVANT,)


def possible(state: LotState) -> tuple[Answer, ...]:
    """What can be said of a lot that stands so: nobody bids before it opens, nor looks for partners once it is over."""
    impossible = {
        LotState.OPEN: (),
        LotState.PLANNED: (Answer.BIDDING,),
    }.get(state, (Answer.BIDDING, Answer.PARTNERS))
    return tuple(answer for answer in Answer if answer not in impossible)


class Why(StrEnum):
    """Why a lot was not relevant."""

    TRADE = "trade"
    PLACE = "place"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    DEMANDS = "demands"
    TIME = "time"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer that stands. `words` say to possible partners what the enterprise can do; nobody else reads them."""

    lot_uid: str
    answer: Answer
    reason: str = ""
    words: str = ""
    given_at: dt.datetime | None = None


def followed(given: Iterable[Given]) -> frozenset[str]:
    """The lots that somebody said yes to in any way."""
    return frozenset(one.lot_uid for one in given if one.answer is not Answer.NOT_RELEVANT)


def unwanted(given: Iterable[Given]) -> frozenset[str]:
    """The lots of which somebody wants to hear no more."""
    return frozenset(one.lot_uid for one in given if one.answer is Answer.NOT_RELEVANT)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two who look for partners for one lot, as one of them sees it."""

    number: int
    lot_uid: str
    other: int  # the other subscriber
    words: str  # what the other can do
    agreed: bool  # this one has said yes
    other_agreed: bool
    introduced: bool  # both were told who the other is
