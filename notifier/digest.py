"""One subscriber's mail for one period, as values. Pure: what is known, what was told before, now -> what to tell.

A lot stands at most once in a digest. It is told as new once (once more when a planned one opens), each material
change once, each deadline that draws near once. What a telling shows is told with it: a lot that is first seen
with changes behind it, or five days before its deadline, is just new. Nothing that has expired is told, and nothing
that is not published (unsuitable, or not yet assessed).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from notifier.changes import MATERIAL
from notifier.clock import COPENHAGEN, add_months, days_left
from notifier.lots import (
    AgreementView,
    FieldChange,
    Lot,
    LotState,
    LotView,
    RunStatus,
    SourceRun,
    acting_deadline,
)
from notifier.matching import Match, Reason, ReasonKind, match, match_agreement
from notifier.profiles import Announced, Announcement, Subscriber

CLOSING_DAYS = 7  # a deadline this many calendar days ahead, or fewer, is told once more
THRESHOLDS = (12, 6, 3)  # months before an agreement's latest end at which it is told
DEFAULT_CAP = 15  # entries shown in a section; the rest is counted, and told of by that
PLANNED_KEY = "planned"  # key of Announced.NEW for a planned lot, so that its opening can be told as new


class Section(StrEnum):
    """Where an entry stands, in the order of the mail."""

    CLOSING = "closing"
    NEW = "new"
    CHANGED = "changed"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class LotEntry:
    """A lot with why this person is told of it, and what changed since they were (only fields that matter)."""

    view: LotView
    match: Match
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementEntry:
    """An agreement that ends on `ends`, every option used, within `months` months (12, 6 or 3)."""

    view: AgreementView
    match: Match
    ends: dt.date
    months: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read of one source. `failing_since` is the day of the first failure since it was last read."""

    source: str
    status: RunStatus | None  # None: not read to an end yet
    read_at: dt.datetime
    listed: int = 0
    held: int = 0
    failed: int = 0
    failing_since: dt.datetime | None = None
    missing: tuple[str, ...] = ()  # names of what the source lists and we do not hold; it may not have named all


@dataclass(frozen=True, slots=True)
class Digest:
    """What one subscriber is told, and what is then told for ever (`announcements`, beyond the cap included).

    Sections are ordered by deadline, then uid; they hold everything, `cap` of each is shown. `seen` counts the open
    lots that came since the last digest, whomever they suit; in a first digest (`first`) all that are open.
    `trade_names` and `source_names` give the words for keys of trades and ids of sources.
    """

    subscriber: Subscriber
    made: dt.datetime
    closing: tuple[LotEntry, ...] = ()
    new: tuple[LotEntry, ...] = ()
    changed: tuple[LotEntry, ...] = ()
    planned: tuple[LotEntry, ...] = ()
    agreements: tuple[AgreementEntry, ...] = ()
    seen: int = 0
    first: bool = True
    coverage: tuple[Coverage, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    cap: int = DEFAULT_CAP
    trade_names: Mapping[str, str] = field(default_factory=dict)
    source_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: no mail is written then."""
        return not (self.closing or self.new or self.changed or self.planned or self.agreements)

    @property
    def all_read(self) -> bool:
        """Whether every source was read whole."""
        return bool(self.coverage) and all(part.status is RunStatus.GOOD for part in self.coverage)


def build(
    subscriber: Subscriber,
    lots: Sequence[LotView],
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    announced: frozenset[Announcement],
    now: dt.datetime,
    *,
    since: dt.datetime | None = None,
    trade_names: Mapping[str, str] | None = None,
    source_names: Mapping[str, str] | None = None,
    cap: int = DEFAULT_CAP,
) -> Digest:
    """The digest of one subscriber at `now` (aware).

    `lots` are all lots held, unsuitable ones too (they are only counted); `announced` all that this subscriber was
    ever told; `since` when their last digest was made, None for the first; `runs` at least the latest run of each
    source, and the ones before it as far as a failure is to be dated.
    """
    ordered = sorted(lots, key=_by_deadline)
    found = [news for view in ordered if (news := _lot_news(view, subscriber, announced, now))]
    ends = [end for view in agreements if (end := _agreement_news(view, subscriber, announced, now))]
    ends.sort(key=lambda item: (item[0].ends, item[0].view.uid))
    sections = {name: tuple(news.entry for news in found if news.section is name) for name in Section}
    told = [note for news in found for note in news.announcements] + [note for _, notes in ends for note in notes]
    return Digest(
        subscriber,
        now,
        closing=sections[Section.CLOSING],
        new=sections[Section.NEW],
        changed=sections[Section.CHANGED],
        planned=sections[Section.PLANNED],
        agreements=tuple(entry for entry, _ in ends),
        seen=_seen(lots, sections[Section.NEW], since, now),
        first=since is None,
        coverage=coverage(runs),
        announcements=tuple(told),
        cap=cap,
        trade_names=dict(trade_names or {}),
        source_names=dict(source_names or {}),
    )


# -- lots ------------------------------------------------------------------------------------------------------------


def deadline_field(lot: Lot) -> str:
    """The field of the lot that `acting_deadline` is; "deadline" also where none is known."""
    acting = acting_deadline(lot)
    if acting is not None and acting == lot.participation_deadline:
        return "participation_deadline"
    return "interest_deadline" if acting is not None and acting == lot.interest_deadline else "deadline"


@dataclass(frozen=True, slots=True)
class _News:
    section: Section
    entry: LotEntry
    announcements: tuple[Announcement, ...]


def _lot_news(
    view: LotView, subscriber: Subscriber, announced: frozenset[Announcement], now: dt.datetime
) -> _News | None:
    """The one place that a lot has in this digest, if any."""
    if not view.public or _expired(view, now):
        return None
    why = match(view, subscriber.profile)
    news = _as_new(view, why, announced) or _as_changed(view, why, announced) or _as_closing(view, why, now)
    if news is None:
        return None
    closing = _closing_note(view, now)
    if news.section is Section.CLOSING and closing in announced:
        return None
    notes = (*news.announcements, closing) if closing and closing not in announced else news.announcements
    return replace(news, announcements=notes)


def _expired(view: LotView, now: dt.datetime) -> bool:
    """Whether the lot's time is over. The deadline is asked too: a state is as old as the last crawl."""
    deadline = acting_deadline(view.lot)
    passed = deadline is not None and deadline.at < now
    return view.state is LotState.EXPIRED or (passed and view.state in (LotState.OPEN, LotState.PLANNED))


def _as_new(view: LotView, why: Match | None, announced: frozenset[Announcement]) -> _News | None:
    """An open or planned lot that this person was not told of as such, with all its changes so far."""
    opened, planned = (Announcement(Announced.NEW, view.uid, key) for key in ("", PLANNED_KEY))
    if why is None or opened in announced:
        return None
    changes = tuple(note for note in _change_notes(view) if note not in announced)
    if view.state is LotState.OPEN:
        return _News(Section.NEW, LotEntry(view, why), (opened, *changes))
    if view.state is LotState.PLANNED and planned not in announced:
        return _News(Section.PLANNED, LotEntry(view, why), (planned, *changes))
    return None


def _as_changed(view: LotView, why: Match | None, announced: frozenset[Announcement]) -> _News | None:
    """What changed in a lot that this person was told of, whether or not their profile still asks for it."""
    if not _told(view, announced):
        return None
    notes = tuple(note for note in _change_notes(view) if note not in announced)
    keys = {note.key for note in notes}
    fields = _net(field for change in view.changes if str(change.number) in keys for field in change.fields)
    if not fields:
        return None
    entry = LotEntry(view, why or Match((Reason(ReasonKind.TOLD_BEFORE),)), fields)
    return _News(Section.CHANGED, entry, notes)


def _as_closing(view: LotView, why: Match | None, now: dt.datetime) -> _News | None:
    """An open lot, told before, whose deadline draws near."""
    if why is None or _closing_note(view, now) is None:
        return None
    return _News(Section.CLOSING, LotEntry(view, why), ())


def _told(view: LotView, announced: frozenset[Announcement]) -> bool:
    return any(Announcement(Announced.NEW, view.uid, key) in announced for key in ("", PLANNED_KEY))


def _change_notes(view: LotView) -> Iterable[Announcement]:
    """One announcement for each change that matters."""
    for change in view.changes:
        if any(field.field in MATERIAL for field in change.fields):
            yield Announcement(Announced.CHANGED, view.uid, str(change.number))


def _closing_note(view: LotView, now: dt.datetime) -> Announcement | None:
    """The announcement that a deadline draws near. Its key is the instant in UTC: another offset is no new deadline."""
    deadline = acting_deadline(view.lot)
    if view.state is not LotState.OPEN or deadline is None or days_left(deadline, now) > CLOSING_DAYS:
        return None
    return Announcement(Announced.CLOSING, view.uid, deadline.at.astimezone(dt.UTC).isoformat())


def _net(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Several changes as one, oldest first: from the first `before` to the last `after`; what came back is none."""
    net: dict[str, FieldChange] = {}
    for change in fields:
        if change.field in MATERIAL:
            earlier = net.get(change.field, change)
            net[change.field] = FieldChange(change.field, earlier.before, change.after)
    return tuple(change for change in net.values() if change.before != change.after)


_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _by_deadline(view: LotView) -> tuple[dt.datetime, str]:
    deadline = acting_deadline(view.lot)
    return (deadline.at if deadline else _NEVER, view.uid)


def _seen(
    lots: Sequence[LotView],
    new: Sequence[LotEntry],
    since: dt.datetime | None,
    now: dt.datetime,
) -> int:
    """How many open lots came since the last digest, those that are new to this person among them."""
    fresh = {
        view.uid
        for view in lots
        if view.state is LotState.OPEN and not _expired(view, now) and (since is None or view.first_seen > since)
    }
    return len(fresh | {entry.view.uid for entry in new})


# -- agreements ------------------------------------------------------------------------------------------------------


def _agreement_news(
    view: AgreementView, subscriber: Subscriber, announced: frozenset[Announcement], now: dt.datetime
) -> tuple[AgreementEntry, tuple[Announcement, ...]] | None:
    """An agreement that came closer to its end than this person was told. Thresholds jumped over are told with it."""
    ends, today = view.agreement.latest_end or view.agreement.end, now.astimezone(COPENHAGEN).date()
    if ends is None or ends < today:
        return None
    crossed = [months for months in THRESHOLDS if today >= add_months(ends, -months)]
    notes = {months: Announcement(Announced.EXPIRING, view.uid, f"{ends}/{months}") for months in crossed}
    if not crossed or notes[crossed[-1]] in announced:
        return None
    why = match_agreement(view, subscriber.profile)
    if why is None:
        return None
    fresh = tuple(note for note in notes.values() if note not in announced)
    return AgreementEntry(view, why, ends, crossed[-1]), fresh


# -- coverage --------------------------------------------------------------------------------------------------------

_READ = (RunStatus.GOOD, RunStatus.PARTIAL)


def coverage(runs: Iterable[SourceRun]) -> tuple[Coverage, ...]:
    """What was read, one line per source by its id, from the runs that came to an end; the latest decides."""
    ordered = sorted(runs, key=attrgetter("source", "started"))
    return tuple(_coverage(source, tuple(group)) for source, group in groupby(ordered, key=attrgetter("source")))


def _coverage(source: str, runs: tuple[SourceRun, ...]) -> Coverage:
    ended = [run for run in runs if run.status is not None]
    if not ended:
        return Coverage(source, None, runs[-1].started)
    last = ended[-1]
    failing: dt.datetime | None = None
    for run in reversed(ended):
        if run.status in _READ:
            break
        failing = run.started
    return Coverage(
        source,
        last.status,
        last.finished or last.started,
        last.listed,
        last.held,
        last.failed,
        failing,
        last.missing,
    )
