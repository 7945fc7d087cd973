"""What somebody would have received last month, shown on the sign-up before they sign up. Nothing of it is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.catalogue import sought
from notifier.lots import LotState, LotView
from notifier.matching import match
from notifier.profiles import Profile
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.lists import LotRow, lot_row
from notifier.site.reader import reader, state_at
from notifier.web.service import Service

MONTH = dt.timedelta(days=30)
MOST_READ = 400  # lots: work for a tenth of a second
SHOWN = 10
_TOLD = (LotState.OPEN, LotState.PLANNED, LotState.EXPIRED)


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A lot that would have been told, and whether its deadline has passed since."""

    row: LotRow
    over: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """How many lots, the newest of them, and whether there may be more than were counted."""

    count: int
    more: bool
    rows: tuple[TrialRow, ...]


def trial(service: Service, profile: Profile, language: str) -> Trial:
    """The public lots of the last month that concern a profile, the newest first."""
    store, now = service.store, service.now()
    uids = store.catalogue.candidates(sought(profile), now, since=now - MONTH, limit=MOST_READ + 1)
    views = list(store.lots.views(now, uids=uids[:MOST_READ]))
    published = store.publications.of(view.uid for view in views)
    told = [view for view in views if _would_be_told(view, profile, published.get(view.uid, ""))]
    told.sort(key=lambda view: (-view.first_seen.timestamp(), view.slug))
    one = reader(language, service.rules.trades)
    rows = (TrialRow(lot_row(view, one), state_at(view, now) is LotState.EXPIRED) for view in told[:SHOWN])
    return Trial(len(told), len(uids) > MOST_READ, tuple(rows))


def _would_be_told(view: LotView, profile: Profile, published: str) -> bool:
    return (
        view.public and view.state in _TOLD and match(view, profile) is not None and published == lot_fingerprint(view)
    )
