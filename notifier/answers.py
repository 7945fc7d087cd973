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
    """What can be said of a lot. Not relevant takes the place of all others, and each of them that of not relevant.

    Won and lost take each other's place. Whoever says either has bid.
    """

    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"
    BIDDING = "bidding"
    PARTNERS = "partners"
    WON = "won"
    LOST = "lost"

    @property
    def replaced(self) -> tuple[Answer, ...]:
        """What is no longer said by whoever says this."""
        if self is Answer.NOT_RELEVANT:
            return tuple(answer for answer in Answer if answer is not self)
        return (Answer.NOT_RELEVANT, *(answer for answer in OUTCOMES if self in OUTCOMES and answer is not self))

    @property
    def implied(self) -> tuple[Answer, ...]:
        """What is said with it by whoever says this."""
        return (Answer.BIDDING,) if self in OUTCOMES else ()

    @property
    def implying(self) -> tuple[Answer, ...]:
        """What cannot stand any more when this is taken back."""
        return OUTCOMES if self is Answer.BIDDING else ()


FEWEST = 5  # so many have to stand behind a number that an officer sees

OUTCOMES = (Answer.WON, Answer.LOST)
# Nobody bids before a lot opens, nor looks for partners once it is over, nor has won before that; of one that was
# called off, or that its source does not show any more, nobody will.
_IMPOSSIBLE = {
    LotState.OPEN: OUTCOMES,
    LotState.PLANNED: (Answer.BIDDING, *OUTCOMES),
    LotState.EXPIRED: (Answer.BIDDING, Answer.PARTNERS),
    LotState.AWARDED: (Answer.BIDDING, Answer.PARTNERS),
    LotState.CANCELLED: (Answer.BIDDING, Answer.PARTNERS, *OUTCOMES),
    LotState.GONE: (Answer.BIDDING, Answer.PARTNERS, *OUTCOMES),
}


def possible(state: LotState) -> tuple[Answer, ...]:
    """What can be said of a lot that stands so."""
    return tuple(answer for answer in Answer if answer not in _IMPOSSIBLE[state])


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


def undecided(given: Iterable[Given]) -> frozenset[str]:
    """The lots that somebody said they bid on, without having said how it went."""
    said = tuple(given)
    decided = {one.lot_uid for one in said if one.answer in OUTCOMES}
    return frozenset(one.lot_uid for one in said if one.answer is Answer.BIDDING) - decided


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
