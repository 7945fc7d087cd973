"""What readers are told of a lot in each week, as the digest tells it. Pure.

It settles when the week is over: it follows from when the lot was found and from its changes, not from where it stands
today. A lot is news in the week in which it was found, if one could act on it then or it was planned, and once in each
later week in which something changed that matters. Corrections of ours count from the beginning: what was wrong never
was so. Who is told daily hears twice of a lot that changes in the week of its finding: it stands there once, says both,
and is among those that are over if that is what it became.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from notifier.clock import COPENHAGEN
from notifier.digest import net
from notifier.lots import Deadline, FieldChange, Lot, LotChange, LotState, LotView, Stage, acting_deadline
from notifier.phrases import local_day
from notifier.weeks import Week, week_of

_ACTING = ("interest_deadline", "participation_deadline", "deadline")


class Kind(StrEnum):
    """Where a row of a week's page stands, in the order of the page, which is that of the mail."""

    CLOSING = "closing"  # found in an earlier week, with a deadline in this one
    NEW = "new"  # found, or opened
    CHANGED = "changed"
    OVER = "over"  # cancelled, or taken out of its tender
    PLANNED = "planned"
    AGREEMENT = "agreement"  # found
    EXPIRING = "expiring"  # 12, 6 or 3 months before its end


@dataclass(frozen=True, slots=True)
class News:
    """What a lot is in one week; the deadline to act on as it stood when that week was over, and whether the lot was
    cancelled or taken out by then."""

    week: Week
    kind: Kind
    ends: dt.datetime | None
    over: bool


def news_of(view: LotView) -> tuple[News, ...]:
    """Every week in which readers are told of the lot, the first first; but for deadlines that draw near.

    One that nobody could act on when it was found is told of from the week in which one could.
    """
    found = week_of(view.first_seen)
    kind = _found(view)
    told = [_news(view, found, _by_the_end_of(view, found, kind))] if kind else []
    seen: dict[Week, list[LotChange]] = {}
    for change in view.changes:
        seen.setdefault(week_of(change.seen_at), []).append(change)
    for week in sorted(seen):  # a clock that was set back may have them in another order
        if week > found and (later := _later(view, week, seen[week], known=bool(told))):
            told.append(_news(view, week, later))
    return tuple(told)


def told_in(view: LotView, week: Week) -> tuple[FieldChange, ...]:
    """What changed in that week after it was found, several changes of a field as one; nothing where all came back."""
    return _told(
        change for change in view.changes if week_of(change.seen_at) == week and change.seen_at > view.first_seen
    )


def as_of(view: LotView, until: dt.datetime) -> Lot:
    """The lot with the deadlines that it had just before `until`."""
    later = [field for change in view.changes if change.seen_at >= until for field in change.fields if not field.ours]
    before = {field.field: field.before for field in reversed(later) if field.field in _ACTING}
    if not before:
        return view.lot
    then = {name: _deadline(text) for name, text in before.items()}
    return replace(
        view.lot,
        interest_deadline=then.get("interest_deadline", view.lot.interest_deadline),
        participation_deadline=then.get("participation_deadline", view.lot.participation_deadline),
        deadline=then.get("deadline", view.lot.deadline),
    )


def ended(view: LotView) -> tuple[LotState, dt.date | None] | None:
    """That a lot is cancelled, or was taken out of its tender as readers were told, and the day on which it was seen.

    That its deadline has passed, or who won, is nothing that an older page has to say.
    """
    end = {LotState.CANCELLED: ("cancelled", "yes"), LotState.GONE: ("state", "gone")}.get(view.state)
    days = [
        local_day(change.seen_at)
        for change in view.changes
        for field in change.fields
        if (field.field, field.after) == end
    ]
    if end is None or (view.state is LotState.GONE and not days):
        return None  # a plan that was called under lots of its own is gone as well
    return view.state, days[-1] if days else None


def _news(view: LotView, week: Week, kind: Kind) -> News:
    acting = acting_deadline(as_of(view, week.over))
    return News(week, kind, acting.at if acting else None, _over(view, week.over))


def _over(view: LotView, until: dt.datetime) -> bool:
    """Whether it was seen to be cancelled or taken out before `until`."""
    over = {"cancelled": False, "state": False}
    for change in view.changes:
        for field in change.fields:
            if change.seen_at < until and field.field in over:
                over[field.field] = field.after in ("yes", LotState.GONE)
    return any(over.values())


def _found(view: LotView) -> Kind | None:
    """What it was when it was found: something to bid for, a plan, or None where it was over already."""
    first = {field.field: field for change in reversed(view.changes) for field in reversed(change.fields)}
    cancelled, state = first.get("cancelled"), first.get("state")
    if view.notice.stage not in (Stage.PLANNING, Stage.CALL):
        return None
    if cancelled.before if cancelled else view.state is LotState.CANCELLED:
        return None
    if _passed(view, view.first_seen, view.first_seen) or _decided(view):
        return None
    planned = state.before == LotState.PLANNED if state else view.notice.stage is Stage.PLANNING
    return Kind.PLANNED if planned else Kind.NEW


def _by_the_end_of(view: LotView, found: Week, kind: Kind) -> Kind:
    """Where it stands in the week in which it was found: over, or open, if it became that before the week was."""
    told = {field.field: field for field in told_in(view, found)}
    if _over(view, found.over) and told.keys() & {"cancelled", "state"}:
        return Kind.OVER
    return Kind.NEW if _opened(told) else kind


def _opened(told: Mapping[str, FieldChange]) -> bool:
    state = told.get("state")
    return state is not None and (state.before, state.after) == (LotState.PLANNED, LotState.OPEN)


def _decided(view: LotView) -> bool:
    """Whether all its contracts were concluded before it was found: what counts where no deadline is known."""
    concluded = [award.concluded for award in view.lot.awards]
    found = local_day(view.first_seen)
    return (
        view.state is LotState.AWARDED
        and acting_deadline(view.lot) is None
        and bool(concluded)
        and all(day is not None and day < found for day in concluded)
    )


def _later(view: LotView, week: Week, changes: Sequence[LotChange], *, known: bool) -> Kind | None:
    """What it is in a later week in which these changes were seen; None where they are no news."""
    told = {field.field: field for field in _told(changes)}
    last = changes[-1].seen_at
    passed = _passed(view, week.over, last)
    if not told or (passed and not told.keys() & {"cancelled", *_ACTING}):
        return None
    over = _over(view, week.over)
    if not known:  # it was over when it was found
        return None if passed or over else Kind.NEW
    if over and told.keys() & {"cancelled", "state"}:
        return Kind.OVER
    return Kind.NEW if _opened(told) else Kind.CHANGED


def _told(changes: Iterable[LotChange]) -> tuple[FieldChange, ...]:
    fields = net(field for change in changes for field in change.fields)
    return tuple(field for field in fields if not (field.field == "hidden" and field.after))


def _passed(view: LotView, until: dt.datetime, at: dt.datetime) -> bool:
    """Whether the deadline to act on, as it stood just before `until`, had passed at `at`."""
    acting = acting_deadline(as_of(view, until))
    return acting is not None and acting.at < at


def _deadline(text: str) -> Deadline | None:
    """A deadline as FieldChange writes it: a day alone, a point in time with its offset, or "" for unknown."""
    if not text:
        return None
    if len(text) == len("2026-12-08"):
        return Deadline(dt.datetime.combine(dt.date.fromisoformat(text), dt.time(23, 59), COPENHAGEN), time_known=False)
    return Deadline(dt.datetime.fromisoformat(text))
