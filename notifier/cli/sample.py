"""The week's random sample, which a run draws by itself. docs/learning.md tells what it is for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from notifier.clock import COPENHAGEN
from notifier.learning.sampling import Candidate, Kind, draw
from notifier.lots import LotView, Verdict
from notifier.store import Store

WEEKLY = 5  # lots: some minutes of a week


@dataclass(frozen=True, slots=True)
class Sampled:
    """How many lots were drawn, from how many; false where none were."""

    drawn: int = 0
    frame: int = 0

    def __bool__(self) -> bool:
        return bool(self.drawn)


def draw_sample(store: Store, now: dt.datetime) -> Sampled:
    """Draw the sample of this ISO week, unless there is one, from the planned and open lots without a tag that no
    earlier draw could have drawn. Nothing is drawn twice, and each lot counts once in what is estimated, however long
    it waits: those that leave a list because they were answered would be missing in the next week's otherwise.
    """
    before = [one for one in store.draws.all() if one.kind is Kind.RANDOM]
    last = max((one.drawn_at for one in before), default=None)
    if last is not None and _week(last) >= _week(now):
        return Sampled()
    asked = {one.lot_uid for one in before}
    candidates = [
        found
        for view in store.lots.views(now, live=True)
        if (last is None or view.first_seen > last) and view.uid not in asked and (found := _candidate(view))
    ]
    number = max((one.round for one in before), default=0) + 1
    drawn = draw(candidates, uncertain=0, chance=WEEKLY, seed=number)
    if drawn:
        store.draws.keep(drawn, now)
    return Sampled(len(drawn), len(candidates))


def _week(moment: dt.datetime) -> tuple[int, int]:
    year, week, _ = moment.astimezone(COPENHAGEN).isocalendar()
    return year, week


def _candidate(view: LotView) -> Candidate | None:
    """By the verdict that it was given; None for what nobody is asked about."""
    found = view.assessment
    if found is None or view.tagged or view.hidden or found.verdict is Verdict.RESERVED:
        return None
    return Candidate(view.uid, found.verdict, 0.0, any(one.trade for one in found.evidence))
