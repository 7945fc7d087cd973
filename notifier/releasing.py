"""What is withheld, for a person to decide: by group, with what releasing it would tell to how many.

The command line and the desk both ask here. Nothing needs the lock of a run: what is decided is written in one
transaction, and a run that is under way goes by what it read at its beginning, so that it withholds once more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notifier.config import Config
from notifier.digest import by_deadline, expired
from notifier.dispatch import Made
from notifier.lots import AgreementView, LotState, LotView
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.withheld import WithheldGroup
from notifier.withheld import Withheld


@dataclass(frozen=True, slots=True)
class Reach:
    """What releasing some items now would come to."""

    told: int  # of these items, how many somebody would be told of
    subscribers: int  # who would be told of one of them


@dataclass(frozen=True, slots=True)
class Contents:
    """What a group withholds. `silent` lots are told to nobody in any case: not marked, or no longer open."""

    lots: tuple[LotView, ...]
    agreements: tuple[AgreementView, ...]
    silent: int


def name_of(one: Withheld | WithheldGroup) -> str:
    """By what name people decide on a group: why it is withheld, and whose it is."""
    return f"{one.reason}:{one.source}" if one.source else str(one.reason)


def named(waiting: Sequence[Withheld], name: str) -> list[Withheld]:
    """What goes by the name of a group."""
    return [one for one in waiting if name_of(one) == name]


def reach(store: Store, config: Config, now: dt.datetime, groups: Mapping[str, Sequence[Withheld]]) -> dict[str, Reach]:
    """What releasing each of these groups by itself would come to now. Only what is public can be told."""
    if not any(groups.values()):
        return {name: Reach(0, 0) for name in groups}
    everyone = store.subscribers.all(status=SubscriberStatus.CONFIRMED)
    made, found = Made(store, config, now, {}), dict[str, Reach]()
    for name, items in groups.items():
        these = {one.item_uid for one in items}
        about = made.about(these)
        before = about.by_subscriber(everyone)
        after = about.releasing([one.number for one in items]).by_subscriber(everyone)
        added = [
            {note.item_uid for note in set(digest.announcements) - set(before[number].announcements)} & these
            for number, digest in after.items()
            if number in before
        ]
        found[name] = Reach(len(set().union(*added)), sum(map(bool, added)))
    return found


def contents(store: Store, items: Sequence[Withheld], now: dt.datetime) -> Contents:
    """What these items are, the nearest deadline first."""
    uids = {one.item_uid for one in items}
    views = sorted(store.lots.views(now, uids=uids), key=by_deadline)
    telling = tuple(view for view in views if _can_be_told(view, now))
    agreements = tuple(view for view in store.agreements.views() if view.uid in uids)
    return Contents(telling, agreements, len(views) - len(telling))


def _can_be_told(view: LotView, now: dt.datetime) -> bool:
    return view.public and view.state in (LotState.OPEN, LotState.PLANNED) and not expired(view, now)
