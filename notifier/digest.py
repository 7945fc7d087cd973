"""One subscriber's mail for one period, as values. Pure: what is known, what was told before, now -> what to tell.

A lot stands at most once in a digest. It is told as new once (once more when a planned one opens), each material
change once, each deadline that draws near once. What a telling shows is told with it: a lot that is first seen with
changes behind it, or five days before its deadline, is just new. Nothing that has expired is told, and nothing that is
not published (unsuitable, or not yet assessed) – but to those who were told of it: that an officer took the lot off
the lists, or put it right so that it is none for them, or that its deadline had passed already. Of a near miss nothing
more is told, but to those who said that it is relevant or that they bid: to them it counts as told.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from notifier.changes import MATERIAL
from notifier.clock import COPENHAGEN, add_months, days_left
from notifier.lots import (
    AgreementView,
    Deadline,
    FieldChange,
    Lot,
    LotState,
    LotView,
    RunStatus,
    SourceRun,
    acting_deadline,
)
from notifier.matching import Match, NearMiss, Reason, ReasonKind, match, match_agreement, near_miss
from notifier.profiles import Announced, Announcement, Subscriber
from notifier.withheld import Silence

CLOSING_DAYS = 7  # a deadline this many calendar days ahead, or fewer, is told once more
THRESHOLDS = (12, 6, 3)  # months before an agreement's latest end at which it is told
DEFAULT_CAP = 15  # entries shown in a section; the rest is counted, and told of by that. Of new lots `Profile.most`
NEAR_MISSES = 2  # shown in a mail, to those who wish
SIGN_OF_LIFE = dt.timedelta(days=30)  # without a mail, after which one says just that
FRESH = dt.timedelta(hours=48)  # after which a reading does not count as one for "all sources were read"
OFF = "off:"  # begins the key of Announced.CHANGED where what is told is that the lot was taken off, as of that change
ON = "on:"  # the same where what is told after that is that it is there again
OUTCOME_KEY = "outcome"  # key of Announced.CHANGED: who said that they bid is asked whether they won
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
    asks_outcome: bool = False  # they bid on it, and it is decided: did they win?


@dataclass(frozen=True, slots=True)
class NearEntry:
    """A lot that one limit alone keeps away."""

    view: LotView
    near: NearMiss


@dataclass(frozen=True, slots=True)
class Restraint:
    """What is not told by itself: what is withheld, and with `tagged_only` every lot that staff did not tag."""

    silence: Silence = field(default_factory=Silence)
    tagged_only: bool = False

    def allows(self, view: LotView) -> bool:
        """Whether a lot may go out as far as tags are asked for."""
        return view.tagged or not self.tagged_only

    def lets_out(self, view: LotView) -> bool:
        """Whether a lot as such goes out to those who were there before it came."""
        return self.allows(view) and not self.silence.hides(view.uid)


@dataclass(frozen=True, slots=True)
class AgreementEntry:
    """An agreement that ends on `ends`, every option used as far as they are known, within 12, 6 or 3 `months`."""

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

    Sections are ordered by deadline, then uid; they hold everything, `cap` of each is shown, of new lots
    `subscriber.profile.most`: these come first, the best of them. `seen` counts the open lots that came since the
    last digest and may go out, whomever they suit; with `counts_all` every open lot, in a first digest that holds all
    of those that fit. `sign_of_life`: nothing was told for a month, and that is said. `trade_names` and `source_names`
    give the words for keys of trades and ids of sources.
    """

    subscriber: Subscriber
    made: dt.datetime
    closing: tuple[LotEntry, ...] = ()
    new: tuple[LotEntry, ...] = ()
    changed: tuple[LotEntry, ...] = ()
    planned: tuple[LotEntry, ...] = ()
    agreements: tuple[AgreementEntry, ...] = ()
    near: tuple[NearEntry, ...] = ()
    sign_of_life: bool = False
    seen: int = 0
    counts_all: bool = True
    coverage: tuple[Coverage, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    cap: int = DEFAULT_CAP
    trade_names: Mapping[str, str] = field(default_factory=dict)
    source_names: Mapping[str, str] = field(default_factory=dict)
    never_read: bool = False  # of the sources that are to be read, one has not been tried yet

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: no mail is written then, but for a sign of life. A near miss is nothing."""
        return not (self.closing or self.new or self.changed or self.planned or self.agreements)

    @property
    def all_read(self) -> bool:
        """Whether every source was read whole, and lately: a reading of last week says nothing of today."""
        return (
            bool(self.coverage)
            and not self.never_read
            and all(part.status is RunStatus.GOOD and self.made - part.read_at <= FRESH for part in self.coverage)
        )


_UNRESTRAINED = Restraint()
_TOLD_BEFORE = Match((Reason(ReasonKind.TOLD_BEFORE),))  # why somebody is told whose profile asks for it no more


def build(
    subscriber: Subscriber,
    lots: Sequence[LotView],
    agreements: Sequence[AgreementView],
    runs: Sequence[SourceRun],
    announced: frozenset[Announcement],
    now: dt.datetime,
    *,
    since: dt.datetime | None = None,
    restraint: Restraint = _UNRESTRAINED,
    unwanted: frozenset[str] = frozenset(),
    followed: frozenset[str] = frozenset(),
    undecided: frozenset[str] = frozenset(),
    arrivals: Sequence[dt.datetime] | None = None,
    open_now: int | None = None,
    trade_names: Mapping[str, str] | None = None,
    source_names: Mapping[str, str] | None = None,
    never_read: bool = False,
    cap: int = DEFAULT_CAP,
) -> Digest:
    """The digest of one subscriber at `now` (aware).

    `lots` are at least those that concern this subscriber or that they were told of (`matching.Index` finds them),
    with near misses wished for all that are public; `announced` is all that they were ever told, `unwanted` the lots
    of which they want to hear no more, `followed` those that they said yes to in any way, `undecided` those that they
    bid on and did not say how it went; `since` when their last digest was made, None for the first; `arrivals`, in
    ascending order, when each lot that is open now, and goes out, was first seen (taken from `lots` where it is not
    given); `runs` at least the latest run of each source, and the ones before it as far as a failure is to be dated.
    """
    known = announced | _taken_up(announced, followed)
    asked = _Asked(subscriber, known, restraint, now, followed, undecided, _heard_off(announced))
    ordered = sorted((view for view in lots if view.uid not in unwanted), key=by_deadline)
    found = [news for view in ordered if (news := _lot_news(view, asked))]
    ends = [end for view in agreements if (end := _agreement_news(view, asked))]
    ends.sort(key=lambda item: (item[0].ends, item[0].view.uid))
    sections = {name: tuple(news.entry for news in found if news.section is name) for name in Section}
    most = subscriber.profile.most
    new = _best_first(sections[Section.NEW], most)
    told = _without_reminders((note for news in found for note in news.announcements), new[most:])
    told += [note for _, notes in ends for note in notes]
    silent = not (found or ends)
    life = silent and now - (since or subscriber.confirmed_at or subscriber.created) >= SIGN_OF_LIFE
    elsewhere = {news.entry.view.uid for news in found}
    beside = [view for view in ordered if view.uid not in elsewhere]
    near = _near_misses(beside, asked) if life or not silent else ()
    told += [note for entry in near for note in _near_notes(entry.view, asked)]
    held_back = _held_back(ordered, sections[Section.NEW], asked)
    counts_all = since is None and not held_back
    everything = len(arrivals_of(lots, now)) if open_now is None else open_now
    arrived = arrivals_of(filter(restraint.lets_out, lots), now) if arrivals is None else arrivals
    return Digest(
        subscriber,
        now,
        closing=sections[Section.CLOSING],
        new=new,
        changed=sections[Section.CHANGED],
        planned=sections[Section.PLANNED],
        agreements=tuple(entry for entry, _ in ends),
        near=near,
        sign_of_life=life,
        seen=everything if counts_all else _seen(arrived, sections[Section.NEW], held_back, since or _EVER, restraint),
        counts_all=counts_all,
        coverage=coverage(runs),
        announcements=tuple(told),
        cap=cap,
        trade_names=dict(trade_names or {}),
        source_names=dict(source_names or {}),
        never_read=never_read,
    )


# -- lots ------------------------------------------------------------------------------------------------------------


def deadline_field(lot: Lot) -> str:
    """The field of the lot that `acting_deadline` is; "deadline" also where none is known."""
    acting = acting_deadline(lot)
    if acting is not None and acting == lot.participation_deadline:
        return "participation_deadline"
    return "interest_deadline" if acting is not None and acting == lot.interest_deadline else "deadline"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whom something may concern, what they know, and what is not told by itself."""

    subscriber: Subscriber
    announced: frozenset[Announcement]
    restraint: Restraint
    now: dt.datetime
    followed: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    off: Mapping[str, int] = field(default_factory=dict)  # lots of which they heard last that they were taken off

    def may_hear(self, note: Announcement) -> bool:
        """Whether this can be told: they do not know it, and it is not withheld."""
        return note not in self.announced and not self.restraint.silence.keeps(note, self.subscriber)


@dataclass(frozen=True, slots=True)
class _News:
    section: Section
    entry: LotEntry
    announcements: tuple[Announcement, ...]


def _lot_news(view: LotView, asked: _Asked) -> _News | None:
    """The one place that a lot has in this digest, if any."""
    if not view.public:
        return _as_taken_off(view, asked)
    why = match(view, asked.subscriber.profile)
    if expired(view, asked.now):
        return _as_passed_already(view, why, asked)
    if (outcome := _outcome_asked(view, why, asked)) is not None:
        return outcome
    news = _as_new(view, why, asked) or _as_changed(view, why, asked) or _as_closing(view, why, asked)
    if news is None:
        return None
    closing = _closing_note(view, asked.now)
    if news.section is Section.CLOSING and (closing is None or not asked.may_hear(closing)):
        return None
    told_with = closing and closing not in asked.announced
    return replace(news, announcements=(*news.announcements, closing)) if closing and told_with else news


def expired(view: LotView, now: dt.datetime) -> bool:
    """Whether the lot's time is over. The deadline is asked too: a state is as old as the last crawl."""
    deadline = acting_deadline(view.lot)
    passed = deadline is not None and deadline.at < now
    return view.state is LotState.EXPIRED or (passed and view.state in (LotState.OPEN, LotState.PLANNED))


def _as_new(view: LotView, why: Match | None, asked: _Asked) -> _News | None:
    """An open or planned lot that this person was not told of as such, with all its changes so far."""
    opened, planned = (Announcement(Announced.NEW, view.uid, key) for key in ("", PLANNED_KEY))
    if why is None or opened in asked.announced or not _goes_out(view, asked):
        return None
    changes = (*_unheard(view, asked), *_back_on(view, asked))
    if view.state is LotState.OPEN and asked.may_hear(opened):
        return _News(Section.NEW, LotEntry(view, why), (opened, *changes))
    if view.state is LotState.PLANNED and asked.may_hear(planned):
        return _News(Section.PLANNED, LotEntry(view, why), (planned, *changes))
    return None


def _goes_out(view: LotView, asked: _Asked) -> bool:
    """Whether a lot may be told as new without anybody's word: tagged where that is asked for, and not only because
    it is judged by other rules now."""
    if not asked.restraint.allows(view):
        return False
    before = asked.restraint.silence.as_judged_before(view, asked.subscriber)
    return before is view or match(before, asked.subscriber.profile) is not None


def _as_changed(view: LotView, why: Match | None, asked: _Asked) -> _News | None:
    """What changed in a lot that this person was told of, whether or not their profile still asks for it.

    With a change that may be told all is told that led to it: else it would be one from what they never heard.
    """
    notes = _unheard(view, asked)
    back = _back_on(view, asked)
    if not _told(view, asked.announced) or not any(asked.may_hear(note) for note in (*notes, *back)):
        return None
    keys = {note.key for note in notes}
    fields = net(field for change in view.changes if str(change.number) in keys for field in change.fields)
    if back:
        rest = tuple(one for one in fields if one.field != "hidden")
        fields, notes = (*rest, FieldChange("hidden", "yes", "", ours=True)), (*notes, *back)
    if not fields:
        return None
    entry = LotEntry(view, why or _TOLD_BEFORE, fields)
    return _News(Section.CHANGED, entry, notes)


def _as_taken_off(view: LotView, asked: _Asked) -> _News | None:
    """A lot that this person was told of and that an officer took off the lists: that alone, once."""
    notes = _unheard(view, asked)
    ours = {str(change.number) for change in view.changes if any(field.ours for field in change.fields)}
    if expired(view, asked.now) or not _told(view, asked.announced) or view.uid in asked.off:
        return None
    if not any(note.key in ours and asked.may_hear(note) for note in notes):
        return None
    off = FieldChange("hidden", "", "yes", ours=True)
    that = Announcement(Announced.CHANGED, view.uid, f"{OFF}{notes[-1].key}")
    return _News(Section.CHANGED, LotEntry(view, _TOLD_BEFORE, (off,)), (*notes, that))


def _heard_off(announced: Iterable[Announcement]) -> dict[str, int]:
    """The lots of which the last that was heard is that they were taken off, with the change as of which."""
    off, heard = dict[str, int](), dict[str, int]()
    for note in announced:
        if note.kind is not Announced.CHANGED:
            continue
        number = note.key.removeprefix(OFF).removeprefix(ON)
        if number.isdecimal():
            found = off if note.key.startswith(OFF) else heard
            # That it is back is heard after that it was off as of the same change, and that after the change itself.
            place = 2 * int(number) + note.key.startswith(ON)
            found[note.item_uid] = max(found.get(note.item_uid, 0), place)
    return {uid: place // 2 for uid, place in off.items() if place >= heard.get(uid, 0)}


def _back_on(view: LotView, asked: _Asked) -> tuple[Announcement, ...]:
    """That a lot is there again of which this person heard last that it was taken off; () where it is over."""
    if view.uid not in asked.off or view.state not in (LotState.OPEN, LotState.PLANNED):
        return ()
    return (Announcement(Announced.CHANGED, view.uid, f"{ON}{asked.off[view.uid]}"),)


def _as_passed_already(view: LotView, why: Match | None, asked: _Asked) -> _News | None:
    """A lot whose deadline had passed already, as an officer found: for those who were told of a later one."""
    news = _as_changed(view, why, asked)
    if news is None:
        return None
    moved = [one for one in news.entry.changes if one.ours and one.field in _ACTING]
    return news if any(_lay_ahead(one.before, asked.now) for one in moved) else None


_ACTING = frozenset({"deadline", "participation_deadline", "interest_deadline"})


def _lay_ahead(told: str, now: dt.datetime) -> bool:
    """Whether a deadline as FieldChange writes it ("" for unknown) was still to come."""
    if not told:
        return True
    at = dt.datetime.fromisoformat(told)
    return at >= now if at.tzinfo else at.date() >= now.astimezone(COPENHAGEN).date()


def _as_closing(view: LotView, why: Match | None, asked: _Asked) -> _News | None:
    """An open lot, told before, whose deadline draws near: for those who ask for such, or said yes to this one."""
    if why is None and view.uid in asked.followed:
        why = _TOLD_BEFORE
    if why is None or not _told(view, asked.announced) or _closing_note(view, asked.now) is None:
        return None
    return _News(Section.CLOSING, LotEntry(view, why), ())


def _outcome_asked(view: LotView, why: Match | None, asked: _Asked) -> _News | None:
    """A lot that this person bid on and that is decided: they are asked once whether they won, beside what changed."""
    note = Announcement(Announced.CHANGED, view.uid, OUTCOME_KEY)
    if view.state is not LotState.AWARDED or view.uid not in asked.undecided or not asked.may_hear(note):
        return None
    changed = _as_changed(view, why, asked)
    fields, notes = (changed.entry.changes, changed.announcements) if changed else ((), ())
    return _News(Section.CHANGED, LotEntry(view, why or _TOLD_BEFORE, fields, asks_outcome=True), (*notes, note))


def _told(view: LotView, announced: frozenset[Announcement]) -> bool:
    return any(Announcement(Announced.NEW, view.uid, key) in announced for key in ("", PLANNED_KEY))


def _unheard(view: LotView, asked: _Asked) -> tuple[Announcement, ...]:
    """Changes that matter and that this person was not told of."""
    return tuple(note for note in _change_notes(view) if note not in asked.announced)


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
    return closing_announcement(view.uid, deadline)


def closing_announcement(uid: str, deadline: Deadline) -> Announcement:
    """That this deadline of a lot draws near."""
    return Announcement(Announced.CLOSING, uid, deadline.at.astimezone(dt.UTC).isoformat())


def net(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Several changes as one, oldest first: from the first `before` to the last `after`; what came back is none.

    Only where the source moved nothing is the one a correction of ours.
    """
    net: dict[str, FieldChange] = {}
    for change in fields:
        if change.field in MATERIAL:
            earlier = net.get(change.field, change)
            net[change.field] = FieldChange(change.field, earlier.before, change.after, change.ours and earlier.ours)
    return tuple(change for change in net.values() if change.before != change.after)


_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def by_deadline(view: LotView) -> tuple[dt.datetime, str]:
    """The order of lots everywhere: the first deadline first, those without one last."""
    deadline = acting_deadline(view.lot)
    return (deadline.at if deadline else _NEVER, view.uid)


def _best_first(entries: tuple[LotEntry, ...], most: int) -> tuple[LotEntry, ...]:
    """Those that the mail has room for before the rest: by verdict, then by deadline; each part by deadline.

    The one with the first deadline is always among them: the subject speaks of it.
    """

    def worth(entry: LotEntry) -> int:
        return entry.view.assessment.verdict.rank if entry.view.assessment else 0

    chosen = sorted(entries, key=worth, reverse=True)[:most]
    if most > 1 and entries and acting_deadline(entries[0].view.lot) and entries[0] not in chosen:
        chosen[-1] = entries[0]
    best = {entry.view.uid for entry in chosen}
    return tuple(sorted(entries, key=lambda entry: entry.view.uid not in best))


def _without_reminders(notes: Iterable[Announcement], unseen: Iterable[LotEntry]) -> list[Announcement]:
    """What is told for ever, but for deadlines of lots that are only counted: these are told when they draw near."""
    uids = {entry.view.uid for entry in unseen}
    return [note for note in notes if note.kind is not Announced.CLOSING or note.item_uid not in uids]


def _near_misses(ordered: Sequence[LotView], asked: _Asked) -> tuple[NearEntry, ...]:
    """Open lots that only just do not fit, for those who wish to see them; each once."""
    found: list[NearEntry] = []
    for view in ordered if asked.subscriber.profile.near_misses else ():
        if len(found) == NEAR_MISSES:
            break
        new, near = (Announcement(kind, view.uid) for kind in (Announced.NEW, Announced.NEAR))
        if view.state is not LotState.OPEN or not view.public or expired(view, asked.now):
            continue
        if asked.may_hear(new) and near not in asked.announced and _goes_out_at_all(view, asked):
            missed = near_miss(view, asked.subscriber.profile)
            found += [NearEntry(view, missed)] if missed else []
    return tuple(found)


def _near_notes(view: LotView, asked: _Asked) -> Iterator[Announcement]:
    """What a near miss tells: the lot as it is now, its changes so far and a deadline that is near already with it."""
    yield Announcement(Announced.NEAR, view.uid)
    closing = _closing_note(view, asked.now)
    for note in (*_change_notes(view), *((closing,) if closing else ())):
        if note not in asked.announced:
            yield note


def _taken_up(announced: frozenset[Announcement], followed: frozenset[str]) -> frozenset[Announcement]:
    """Near misses that somebody said yes to count as told as new: what becomes of them is told on."""
    return frozenset(
        Announcement(Announced.NEW, uid) for uid in followed if Announcement(Announced.NEAR, uid) in announced
    )


def _goes_out_at_all(view: LotView, asked: _Asked) -> bool:
    """Whether a lot may be shown as a near miss: tagged where that is asked for, and not judged by other rules now."""
    if not asked.restraint.allows(view):
        return False
    return asked.restraint.silence.as_judged_before(view, asked.subscriber) is view


def arrivals_of(lots: Iterable[LotView], now: dt.datetime) -> tuple[dt.datetime, ...]:
    """When each lot that is open now was first seen, in ascending order."""
    return tuple(sorted(view.first_seen for view in lots if view.state is LotState.OPEN and not expired(view, now)))


def _held_back(ordered: Sequence[LotView], new: Sequence[LotEntry], asked: _Asked) -> tuple[LotView, ...]:
    """Open lots that fit and that this person is not told of now, nor was before: nothing said may deny them."""
    told = {entry.view.uid for entry in new}
    return tuple(
        view
        for view in ordered
        if view.state is LotState.OPEN
        and view.public
        and view.uid not in told
        and Announcement(Announced.NEW, view.uid) not in asked.announced
        and not expired(view, asked.now)
        and match(view, asked.subscriber.profile) is not None
    )


def _seen(
    arrivals: Sequence[dt.datetime],
    new: Sequence[LotEntry],
    held_back: Sequence[LotView],
    since: dt.datetime,
    restraint: Restraint,
) -> int:
    """How many open lots came since the last digest, those that are new to this person among them.

    `arrivals` are of lots that go out; those are told of others who came later, and what is held back from this person
    alone is not counted.
    """

    def counted(view: LotView) -> bool:
        return view.first_seen > since and restraint.lets_out(view)

    earlier = sum(not counted(entry.view) for entry in new)
    return len(arrivals) - bisect_right(arrivals, since) + earlier - sum(map(counted, held_back))


# -- agreements ------------------------------------------------------------------------------------------------------


def _agreement_news(view: AgreementView, asked: _Asked) -> tuple[AgreementEntry, tuple[Announcement, ...]] | None:
    """An agreement that came closer to its end than this person was told. Thresholds jumped over are told with it."""
    notes = expiring_announcements(view, asked.now)
    if not notes or not asked.may_hear(notes[-1]):
        return None
    why = match_agreement(view, asked.subscriber.profile)
    ends = view.agreement.latest_end or view.agreement.end
    before = asked.restraint.silence.agreement_as_judged_before(view, notes[-1], asked.subscriber)
    if why is None or ends is None or match_agreement(before, asked.subscriber.profile) is None:
        return None
    fresh = tuple(note for note in notes if note not in asked.announced)
    return AgreementEntry(view, why, ends, THRESHOLDS[len(notes) - 1]), fresh


def expiring_announcements(view: AgreementView, now: dt.datetime) -> tuple[Announcement, ...]:
    """One for each threshold that an agreement's latest end has crossed, the nearest last; none once it is over."""
    ends, today = view.agreement.latest_end or view.agreement.end, now.astimezone(COPENHAGEN).date()
    if ends is None or ends < today:
        return ()
    crossed = [months for months in THRESHOLDS if today >= add_months(ends, -months)]
    return tuple(Announcement(Announced.EXPIRING, view.uid, f"{ends}/{months}") for months in crossed)


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
