"""Who is due for a digest, and digests into the outbox: published lots in, queued mails out.

A digest, what it announces and its mail are written in one transaction: after a crash there is all of it or nothing.
A run that never happened, or was cut off, is told in the next one: what nobody was told is told then, in one mail.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

from notifier.answers import followed, undecided, unwanted
from notifier.clock import days_left, next_midnight
from notifier.config import Config
from notifier.digest import Digest, Restraint, arrivals_of, build, expired, expiring_announcements
from notifier.errors import NotifierError
from notifier.lots import LotState, LotView, acting_deadline
from notifier.mail import make_message, new_message_id
from notifier.matching import Index, eased_profiles
from notifier.occasions import counts_as_building, missed, overdue, period, same_period
from notifier.profiles import Announcement, Cadence, Subscriber, SubscriberStatus
from notifier.render import render_mail
from notifier.scope import split
from notifier.site.fingerprints import COVERAGE, agreement_fingerprint, coverage_shown, lot_fingerprint
from notifier.store import Store
from notifier.store.settings import BUILT_AT, PAUSED
from notifier.withheld import Silence, Withheld

log = logging.getLogger(__name__)

_AT_ONCE = 20_000  # subscribers whose lots are in memory together
# A digest that has not left after so long says "tomorrow" of days that are past: it is taken back and built anew. So
# is one of whose deadlines one has passed.
STALE = dt.timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """What building did: digests queued, subscribers for whom nothing was new, and what went wrong, for people."""

    built: int = 0
    nothing_new: int = 0
    errors: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()  # periods that had no digest, or not everyone's: told with these
    taken_back: int = 0  # digests that had not left while they were good: built anew


def build_digests(
    store: Store,
    config: Config,
    now: dt.datetime,
    trade_names: Mapping[str, Mapping[str, str]],
    on_progress: Callable[[int, int], None] | None = None,
) -> DispatchReport:
    """Build the digest of everyone who is due, from what is public now, and queue its mail.

    `trade_names` gives, per language, the names of the trades. One subscriber's failure is reported and does not
    keep the others from theirs. Raises StoreError where what is public, or who is due, cannot be read.
    """
    if why := store.settings.get(PAUSED):
        return DispatchReport(errors=(f"no digest is built: {why}",))
    taken_back = store.outbox.take_back(now)
    due, begun, merged = _due(store, now)
    made = Made(store, config, now, trade_names)
    built = nothing = 0
    errors: list[str] = []
    for start in range(0, len(due), _AT_ONCE):
        part = due[start : start + _AT_ONCE]
        for done, (run, digest) in enumerate(made.digests(part, errors), start=start + 1):
            if digest is not None:
                built += _queue(store, config, run, digest, now, errors)
                nothing += digest.empty and not digest.sign_of_life
            if on_progress:
                on_progress(done, len(due))
    for run in begun:
        store.digests.finish_run(run, now)
    if counts_as_building(now):
        store.settings.put(BUILT_AT, now.isoformat())
    return DispatchReport(built, nothing, tuple(errors), merged, taken_back)


def preview(
    store: Store, config: Config, now: dt.datetime, withheld: Collection[int]
) -> dict[int, tuple[Digest, Digest]]:
    """What each confirmed subscriber would be told now, and what if these items were released; those it changes.

    Nothing is kept. Whether somebody is due is not asked.
    """
    everyone = store.subscribers.all(status=SubscriberStatus.CONFIRMED)
    made = Made(store, config, now, {})
    before, after = made.by_subscriber(everyone), made.releasing(withheld).by_subscriber(everyone)
    return {
        number: (before[number], digest)
        for number, digest in after.items()
        if digest.announcements != before[number].announcements
    }


class Made:
    """Digests of many subscribers from what is public now, without asking every lot for every one of them."""

    def __init__(
        self,
        store: Store,
        config: Config,
        now: dt.datetime,
        trade_names: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._store, self._now, self._trade_names = store, now, trade_names
        said = store.publications.fingerprints()
        enabled = [source.id for source in config.crawled if source.enabled]
        # Only what the public pages say already, word for word. Lots without a page are but counted.
        followed, outside = split(store.lots.views(now), config.places, config.buyers)
        every = [view for view in followed if not view.public or said.get(view.uid) == lot_fingerprint(view)]
        self._agreements = [
            view
            for view in store.agreements.views()
            if expiring_announcements(view, now) and said.get(view.uid) == agreement_fingerprint(view)
        ]
        self._runs = coverage_shown(store.runs.recent(enabled), said.get(COVERAGE, ""))
        self._never_read = bool(set(enabled) - {run.source for run in store.runs.latest()})
        self._lots = {view.uid: view for view in every if view.public}
        self._every, self._tagged_only = every, config.announce == "tagged"
        # What an officer took off the lists, or put right so that it is on none: once no page shows it any more.
        off = [*(view for view in followed if not view.public), *(replace(view, hidden=True) for view in outside)]
        self._off = {view.uid: view for view in off if view.uid not in said and _put_right(view)}
        self._open_now = len(arrivals_of(every, now))
        self._withhold(store.withheld.standing())
        self._source_names = {source.id: source.name for source in config.sources}

    def _withhold(self, withheld: Sequence[Withheld]) -> None:
        self._withheld = withheld
        self._restraint = Restraint(Silence(withheld), tagged_only=self._tagged_only)
        self._arrivals = arrivals_of(filter(self._restraint.lets_out, self._every), self._now)

    def releasing(self, numbers: Collection[int]) -> Made:
        """The same if these items were released."""
        released, other = frozenset(numbers), copy(self)
        other._withhold([one for one in self._withheld if one.number not in released])
        return other

    def about(self, uids: Collection[str]) -> Made:
        """The same as if nothing but these lots and agreements were public: it is asked what is told of them alone."""
        other = copy(self)
        other._lots = {uid: self._lots[uid] for uid in uids if uid in self._lots}
        other._off = {uid: self._off[uid] for uid in uids if uid in self._off}
        other._agreements = [view for view in self._agreements if view.uid in uids]
        return other

    def by_subscriber(self, everyone: Sequence[Subscriber]) -> dict[int, Digest]:
        """The digest that each would get now, whether or not they are due; of whom it fails is left out."""
        made = self.digests([(0, one) for one in everyone], [])
        return {digest.subscriber.number: digest for _, digest in made if digest is not None}

    def digests(self, due: Sequence[tuple[int, Subscriber]], errors: list[str]) -> Iterator[tuple[int, Digest | None]]:
        """The digest of each, with what was handed in beside them; None where that failed, which is then told."""
        numbers = [subscriber.number for _, subscriber in due]
        announced, last = self._store.digests.all_announced(numbers), self._store.digests.all_last_made(numbers)
        concerned = self._concerned([subscriber for _, subscriber in due])
        for place, (run, subscriber) in enumerate(due):
            known, digest = announced[subscriber.number], None
            try:
                digest = self._build(subscriber, concerned.get(place, ()), known, last.get(subscriber.number))
            except Exception as error:  # whatever is wrong with one lot keeps nobody else from their mail
                errors.append(_failed(subscriber, error))
            yield run, digest

    def _concerned(self, subscribers: Sequence[Subscriber]) -> dict[int, list[LotView]]:
        """The lots of each subscriber, by the place in the list; with near misses where they are wished for."""
        asked = [(place, one.profile) for place, one in enumerate(subscribers)]
        asked += [
            (place, eased) for place, profile in asked if profile.near_misses for _, eased in eased_profiles(profile)
        ]
        index, found = Index([profile for _, profile in asked]), defaultdict[int, list[LotView]](list)
        for view in self._lots.values():
            if not expired(view, self._now) and view.state in (LotState.OPEN, LotState.PLANNED):
                for number in index.matches(view).tolist():
                    found[asked[number][0]].append(view)
        return found

    def _build(
        self,
        subscriber: Subscriber,
        concerned: Sequence[LotView],
        announced: frozenset[Announcement],
        since: dt.datetime | None,
    ) -> Digest:
        given = self._store.answers.of(subscriber.number)
        uids = {note.item_uid for note in announced} | undecided(given)  # one may bid on what one found oneself
        known = (self._lots.get(uid) or self._off.get(uid) for uid in uids)
        told = (view for view in known if view is not None)
        return build(
            subscriber,
            tuple({view.uid: view for view in (*concerned, *told)}.values()),
            self._agreements,
            self._runs,
            announced,
            self._now,
            since=since,
            restraint=self._restraint,
            unwanted=unwanted(given),
            followed=followed(given),
            undecided=undecided(given),
            arrivals=self._arrivals,
            open_now=self._open_now,
            trade_names=self._trade_names.get(subscriber.language, {}),
            source_names=self._source_names,
            never_read=self._never_read,
        )


def _put_right(view: LotView) -> bool:
    """Whether an officer ever put the lot right, and it was judged: one that waits for its verdict may come back."""
    return view.assessment is not None and any(field.ours for change in view.changes for field in change.fields)


def _due(store: Store, now: dt.datetime) -> tuple[list[tuple[int, Subscriber]], tuple[int, ...], tuple[str, ...]]:
    """Confirmed subscribers whose period has no digest of theirs yet, each with the digest run; all runs that go on
    now, and what was missed."""
    latest = max((run.started for run in store.runs.latest()), default=None)
    crawl = f"crawl-{latest.isoformat()}" if latest else ""
    built = store.settings.get(BUILT_AT)
    last = dt.datetime.fromisoformat(built) if built else None
    due: list[tuple[int, Subscriber]] = []
    begun: list[int] = []
    merged: list[str] = []
    for cadence in Cadence:
        by_hour: defaultdict[int, list[Subscriber]] = defaultdict(list)
        for subscriber in store.subscribers.all(status=SubscriberStatus.CONFIRMED, cadence=cadence):
            by_hour[subscriber.profile.hour if cadence is not Cadence.INSTANT else 0].append(subscriber)
        for hour, subscribers in sorted(by_hour.items()):
            name = period(cadence, hour, now, crawl)
            since = latest if cadence is Cadence.INSTANT else None
            if name is None and (late := overdue(cadence, hour, last, now)):
                name, since = late.name, late.due
            if name:
                run, missed = _begin(store, cadence, hour, name, now)
                begun.append(run)
                merged += missed
                due += [(run, one) for one in _without_digest(store, cadence, run, subscribers, now, since)]
    return due, tuple(begun), tuple(merged)


def _begin(store: Store, cadence: Cadence, hour: int, name: str, now: dt.datetime) -> tuple[int, tuple[str, ...]]:
    """The run of a period, which takes over what earlier ones missed; the names of those."""
    run = store.digests.begin_run(cadence, name, now).number
    ending = f"T{hour:02}" if cadence is not Cadence.INSTANT else ""
    last = store.digests.last_run(cadence, before=run, ending=ending)
    never = missed(cadence, hour, last.started if last else None, now)
    return run, store.digests.merge_missed(cadence, never, run, now, ending=ending)


def _without_digest(
    store: Store,
    cadence: Cadence,
    run: int,
    subscribers: Sequence[Subscriber],
    now: dt.datetime,
    since: dt.datetime | None,
) -> list[Subscriber]:
    """Those who have had none in this period, of whatever cadence or hour. `since` is when it began, where that is
    not the day's or week's beginning: the last crawl, or when a period that is late was due."""
    written = store.digests.written(run)
    last = store.digests.all_last_made(one.number for one in subscribers)

    def had_one(number: int) -> bool:
        if number in written or number not in last:
            return number in written
        return same_period(cadence, last[number], now) if since is None else last[number] >= since

    return [one for one in subscribers if not had_one(one.number)]


def _queue(store: Store, config: Config, run: int, digest: Digest, now: dt.datetime, errors: list[str]) -> bool:
    """Write a digest's mail; False where there is nothing to tell, or where that failed, which is then told."""
    if digest.empty and not digest.sign_of_life:
        return False
    try:
        _write(store, config, run, digest, now)
    except Exception as error:  # as above
        errors.append(_failed(digest.subscriber, error))
        return False
    return True


def good_until(digest: Digest) -> dt.datetime:
    """Until when a digest says what is so: nobody is told of a deadline that has passed before their mail left, nor
    "tomorrow" on the day itself."""
    entries = (*digest.closing, *digest.new, *digest.changed, *digest.planned)
    views = [entry.view for entry in entries] + [entry.view for entry in digest.near]
    deadlines = (acting_deadline(view.lot) for view in views if view.state is LotState.OPEN)
    ahead = [deadline for deadline in deadlines if deadline is not None and deadline.at > digest.made]
    tomorrow = [next_midnight(digest.made)] if any(days_left(deadline, digest.made) == 1 for deadline in ahead) else []
    return min((digest.made + STALE, *tomorrow, *(deadline.at for deadline in ahead)))


def _failed(subscriber: Subscriber, error: Exception) -> str:
    """What is told of a digest that failed. Words of an error that nobody foresaw may hold an address."""
    said = str(error)
    if not isinstance(error, NotifierError):
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: tell the developers"
    return f"the digest of subscriber {subscriber.number} could not be built: {said}"


def _write(store: Store, config: Config, run: int, digest: Digest, now: dt.datetime) -> None:
    """Digest, announcements and mail, all or nothing."""
    subscriber, message_id = digest.subscriber, new_message_id(config.mail)
    rendered = render_mail(digest, config.town, config.door)
    body = make_message(
        rendered, subscriber, config.town, config.mail, message_id=message_id, now=now, door=config.door
    )
    with store.transaction():
        number = store.digests.add(run, subscriber.number, digest.announcements, now)
        store.outbox.add(
            digest_id=number,
            subscriber_id=subscriber.number,
            message_id=message_id,
            recipient=subscriber.address,
            body=body,
            now=now,
            good_until=good_until(digest),
        )
    log.info("digest %d for subscriber %d is queued", number, subscriber.number)
