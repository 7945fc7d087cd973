"""What came in the last month and fits what somebody has chosen, shown on the sign-up. Nothing of it is kept.

It is what fits now: what was cancelled or judged otherwise since is as it stands today, so no page says that this would
have been mailed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.catalogue import sought
from notifier.digest import Restraint
from notifier.lots import LotState, LotView
from notifier.matching import match
from notifier.profiles import Profile
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.lists import LotRow, lot_row
from notifier.site.reader import reader, state_at
from notifier.web.service import Service
from notifier.withheld import Silence

MONTH = dt.timedelta(days=30)
MOST_READ = 400  # lots: work for a tenth of a second
SHOWN = 10
_TOLD = (LotState.OPEN, LotState.PLANNED, LotState.EXPIRED)


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A lot that fits, and whether its deadline has passed since it came."""

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
    silence = store.remembered("trial.silence", lambda: Silence(store.withheld.standing()))
    restraint = Restraint(silence, tagged_only=service.config.announce == "tagged")
    told = [
        view for view in views if _fits(view, profile, published.get(view.uid, "")) and _is_mailed(view, restraint, now)
    ]
    told.sort(key=lambda view: (-view.first_seen.timestamp(), view.slug))
    one = reader(language, service.rules.trades)
    rows = (TrialRow(lot_row(view, one), state_at(view, now) is LotState.EXPIRED) for view in told[:SHOWN])
    return Trial(len(told), len(uids) > MOST_READ, tuple(rows))


def _is_mailed(view: LotView, restraint: Restraint, now: dt.datetime) -> bool:
    """Whether mails tell of it at all. What is withheld goes to those who sign up later, as long as it stands open."""
    if state_at(view, now) is LotState.EXPIRED:
        return restraint.lets_out(view)
    return restraint.allows(view)


def _fits(view: LotView, profile: Profile, published: str) -> bool:
    return (
        view.public and view.state in _TOLD and match(view, profile) is not None and published == lot_fingerprint(view)
    )
