"""What is not announced by itself: a flood is as bad as a gap. Pure.

What a backfill, a source's first run, a reparse, changed rules, another model or a restored backup bring to light is
published, shown to staff as what would go out, and told to nobody until an officer releases it. Who subscribes later
is told of it as of anything else that stands open: for them nothing of it is old.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from notifier.clock import COPENHAGEN, add_months
from notifier.lots import AgreementView, Assessment, LotView, Verdict
from notifier.profiles import Announced, Announcement, Subscriber


class Reason(StrEnum):
    """Why something is not announced by itself."""

    FIRST_RUN = "first_run"  # its source was read for the first time, or with a wider search
    BACKFILL = "backfill"  # an operator had earlier years read
    REPARSE = "reparse"  # a mended parser read it out of a kept document
    RULES = "rules"  # other rules or another model judge it better than before
    RESTORED = "restored"  # a backup was restored: nobody knows what was told since it was made


class Decision(StrEnum):
    """What an officer made of it."""

    OPEN = "open"
    RELEASED = "released"
    LEFT = "left"  # it lies: told to nobody


@dataclass(frozen=True, slots=True)
class Withheld:
    """One thing that is withheld, whether or not that was decided by now.

    An empty `key` stands for every one of that kind, but for months before an agreement's end that are reached later.
    With `earlier` only those are not told who would not have been told by that assessment; until it is left it counts
    as long as the lot stands as it did.
    """

    number: int
    kind: Announced
    item_uid: str
    key: str
    reason: Reason
    source: str
    since: dt.datetime
    earlier: Assessment | None = None


def gains(before: Assessment, after: Assessment) -> bool:
    """Whether somebody may be told by the later judgement who would not have been by the earlier one."""
    if after.verdict is Verdict.UNSUITABLE:
        return False
    better = after.verdict.rank > before.verdict.rank
    elsewhere = set(after.trades) - set(before.trades) or after.value_per_year != before.value_per_year
    return better or bool(elsewhere)


class Silence:
    """Everything that is withheld now, ready to be asked."""

    def __init__(self, withheld: Iterable[Withheld] = ()) -> None:
        self._by_item: defaultdict[tuple[Announced, str], list[Withheld]] = defaultdict(list)
        for one in withheld:
            self._by_item[one.kind, one.item_uid].append(one)

    def keeps(self, note: Announcement, subscriber: Subscriber) -> bool:
        """Whether this is not to be told to this subscriber, whatever the verdict."""
        return any(
            one.earlier is None
            and one.key in ("", note.key)
            and not _joined_later(subscriber, one)
            and not _reached_later(note, one)
            for one in self._by_item.get((note.kind, note.item_uid), ())
        )

    def hides(self, uid: str) -> bool:
        """Whether a lot as such is withheld from those who were there before."""
        return any(one.earlier is None and not one.key for one in self._by_item.get((Announced.NEW, uid), ()))

    def as_judged_before(self, view: LotView, subscriber: Subscriber) -> LotView:
        """The lot by the verdict that its telling as new has to go by; itself where nothing is withheld."""
        for one in self._by_item.get((Announced.NEW, view.uid), ()):
            if one.earlier is not None and not _joined_later(subscriber, one):
                return replace(view, assessment=one.earlier)
        return view

    def agreement_as_judged_before(
        self, view: AgreementView, note: Announcement, subscriber: Subscriber
    ) -> AgreementView:
        """The same for an agreement, and for telling that it ends in so many months."""
        for one in self._by_item.get((Announced.EXPIRING, view.uid), ()):
            if one.earlier is not None and not _joined_later(subscriber, one) and not _reached_later(note, one):
                return replace(view, trades=one.earlier.trades)
        return view


def _reached_later(note: Announcement, withheld: Withheld) -> bool:
    """Whether an agreement came so near to its end only after it was withheld: the calendar's news, and no flood."""
    if note.kind is not Announced.EXPIRING:
        return False
    ends, _, months = note.key.partition("/")
    return add_months(dt.date.fromisoformat(ends), -int(months)) > withheld.since.astimezone(COPENHAGEN).date()


def _joined_later(subscriber: Subscriber, withheld: Withheld) -> bool:
    return subscriber.confirmed_at is not None and subscriber.confirmed_at > withheld.since
