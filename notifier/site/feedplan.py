"""Which lots are in which feed, and since when: decided from what is known of all lots at once, and from what the feeds
said before. Pure.

    (edition.lots, edition.aliases, what was remembered) -> plan() -> feeds with their entries, and what to remember

A lot that was in a feed and is withdrawn stays there for SHOWN_FOR under its identifier, as an entry that says so and
is newer than before; so does one that got another mark or other trades, in the feeds where it does not belong any more.
What one could act on and merely expired leaves in silence.
`updated` of an entry and of a feed only grows, whatever the clock or the database say: what was said is remembered. Of
what was taken off nobody can read any more which lot it was once feeds do not tell it: it is remembered by a hash.
A lot that enters late, found long ago and marked only now, is as new as the publication: readers look for what is new.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import nsmallest
from typing import NamedTuple

import msgspec

from notifier.lots import LotState, Verdict
from notifier.site.documents import Edition, Listed
from notifier.site.feed import ENTRIES, NOTHING_YET, entry_id
from notifier.site.rendering import FEED, in_language
from notifier.words import LANGUAGES

MEMORY = "feeds"  # name of what is remembered
SHOWN_FOR = int(dt.timedelta(days=90).total_seconds())  # who asks once a quarter still learns of what was withdrawn
MARKS = (Verdict.RESERVED, Verdict.SUITABLE, Verdict.POSSIBLE)
ALL = ""  # the place of the feed of all lots
_VERSION = 1


class Kind(StrEnum):
    """What an entry says of its lot."""

    TOLD = "told"  # one can act on it, or will be able to
    CANCELLED = "cancelled"
    GONE = "gone"  # no longer shown by its source
    OFF = "off"  # taken off the site, or turned out to be elsewhere
    UNMARKED = "unmarked"  # judged anew, and marked no more
    MOVED = "moved"  # turned out to be another lot


_SHOWN = {
    LotState.OPEN: Kind.TOLD,
    LotState.PLANNED: Kind.TOLD,
    LotState.CANCELLED: Kind.CANCELLED,
    LotState.GONE: Kind.GONE,
}
_WITHDRAWN = (Kind.OFF, Kind.UNMARKED)  # what is not for the public
_SOMETHING = "?"  # what a feed said of a lot whose words are not remembered
_SILENT = ""  # the lot left in silence


@dataclass(frozen=True, slots=True)
class Said:
    """What feeds said of a lot. `said` is compared alone: another one makes the entry newer. Times are Unix seconds.

    `since` is when it began to say that. `places` are the feeds that had it.
    """

    said: str
    updated: int
    published: int
    since: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What feeds said: `updated` of each by its place, and of each lot that was in one.

    `others` belonged in feeds as well, and were older than all that they held; None where that was not noted.
    """

    version: int = _VERSION
    feeds: dict[str, int] = field(default_factory=dict)
    lots: dict[str, Said] = field(default_factory=dict)  # by identity, or by the hash of it (_sealed)
    others: frozenset[str] | None = None

    def of(self, uid: str) -> Said | None:
        """What was said of a lot."""
        return self.lots.get(uid) or self.lots.get(_sealed(uid))


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a feed. `mark` is the fingerprint of the lot that it tells of, `goal` the one that it turned out to
    be; "" for none. Times are Unix seconds."""

    uid: str
    kind: Kind
    updated: int
    published: int
    mark: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed, newest entry first. Its place is its path without an ending, ALL for the feed of all lots."""

    place: str
    updated: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All feeds, and what to remember of them."""

    channels: tuple[Channel, ...]
    memory: bytes


class _Now(NamedTuple):
    """What a lot is now, for feeds. Without a kind they say nothing of it; `waits` is for what may be known soon."""

    uid: str
    kind: Kind | None
    about: str = ""  # what makes another entry of the same kind
    places: tuple[str, ...] = ()  # where it belongs
    updated: int = 0
    first_seen: int = 0
    mark: str = ""
    goal: str = ""
    waits: bool = False

    @property
    def said(self) -> str:
        return f"{self.subject}#{self.mark}" if self.kind else _SILENT

    @property
    def subject(self) -> str:
        """All but the words: which is what was remembered of entries at first."""
        return f"{self.kind}:{self.about}" if self.kind else _SILENT

    def same_subject(self, said: str) -> bool:
        """Whether what was said before differs in its words at most."""
        return self.subject in (said, said.rpartition("#")[0])


def trade_place(key: str) -> str:
    """Of the feed of a trade."""
    return f"fag/{key}"


def mark_place(verdict: Verdict) -> str:
    """Of the feed of a mark."""
    return f"maerker/{verdict}"


def atom_path(place: str) -> str:
    """Path of an Atom feed, without its language's folder."""
    return f"{place}.xml" if place else FEED


def json_path(place: str) -> str:
    """Path of a JSON feed, without its language's folder."""
    return f"{place}.json" if place else "feed.json"


def places(edition: Edition) -> tuple[str, ...]:
    """Every feed: of all lots, per trade, per mark."""
    return (ALL, *(trade_place(trade.key) for trade in edition.trades), *map(mark_place, MARKS))


def plan(edition: Edition) -> Plan:
    """Every feed as it is to be now."""
    now, before = _seconds(edition.now), _remembered(edition)
    standing = {one.uid: _dated(one, before, now) for one in _standing(edition, before)}
    said = {uid: _next(one, before.of(uid), now) for uid, one in standing.items()}
    told = {uid: one for uid, one in said.items() if one and standing[uid].kind and _lasts(standing[uid], one, now)}
    newest, nothing = _by_place(told), _seconds(NOTHING_YET)
    channels = tuple(
        Channel(
            place,
            max([before.feeds.get(place, nothing), *(told[uid].updated for uid in newest.get(place, ()))]),
            tuple(_item(standing[uid], told[uid]) for uid in newest.get(place, ())),
        )
        for place in places(edition)
    )
    off = {uid for uid, one in said.items() if one and standing[uid].kind in _WITHDRAWN and uid not in told}
    return Plan(channels, _memory(before, standing.values(), said, channels, off))


# -- what each lot is ----------------------------------------------------------------------------------------------


def _standing(edition: Edition, before: Remembered) -> Iterator[_Now]:
    known = edition.by_uid
    there = frozenset(places(edition))
    yield from (_of_lot(lot, there) for lot in edition.lots)
    for alias in edition.aliases:
        goal = known.get(alias.lot_uid)
        if alias.uid in known or before.of(alias.uid) is None:
            continue
        if goal and goal.shown:
            yield _Now(alias.uid, Kind.MOVED, goal.uid, mark=goal.mark, goal=goal.uid)
        else:
            yield _Now(alias.uid, Kind.OFF)


def _of_lot(lot: Listed, there: frozenset[str]) -> _Now:
    if not lot.shown:
        kind = None if lot.told and not lot.judged else Kind.UNMARKED if lot.told else Kind.OFF
        return _Now(lot.uid, kind, waits=kind is None)
    named = (*([mark_place(lot.verdict)] if lot.verdict else ()), *map(trade_place, lot.trades))
    belongs = (ALL, *(place for place in named if place in there))
    return _Now(
        lot.uid,
        _SHOWN.get(lot.state),
        # Facts that changed while the clock was set back have an earlier time, and are newer all the same.
        about=f"{_seconds(lot.updated)} {lot.state} {' '.join(belongs)}",
        places=belongs,
        updated=_seconds(lot.updated),
        first_seen=_seconds(lot.first_seen),
        mark=lot.mark,
    )


def _dated(one: _Now, before: Remembered, now: int) -> _Now:
    """A lot that could have been told of before, and is for the first time, is new to readers whenever it was found."""
    known = before.of(one.uid) is not None or before.others is None or one.uid in before.others
    newest = before.feeds.get(ALL, 0)
    if one.kind is not Kind.TOLD or known or one.updated > newest:
        return one
    return one._replace(updated=max(now, newest + 1))


def _next(one: _Now, before: Said | None, now: int) -> Said | None:
    """What feeds say of a lot, after what they said before; None where nothing was said and nothing is to be."""
    if one.waits or (before is None and not one.places):
        return before
    if before is None:
        return Said(one.said, one.updated, one.first_seen, one.updated, one.places) if one.kind else None
    if one.kind is None or (before.said == _SILENT and not one.places):  # it left, and leaves no word behind
        return replace(before, said=_SILENT, places=())
    new = before.said not in (one.said, one.subject)
    updated = max(one.updated, before.updated)
    if new and updated == before.updated:
        updated = max(now, before.updated + 1)
    since = before.since if one.same_subject(before.said) else updated
    published = min(one.first_seen or before.published, before.published)
    left = [place for place in before.places if place not in one.places] if since + SHOWN_FOR >= now else []
    return Said(one.said, updated, published, since, (*one.places, *left))


def _lasts(one: _Now, said: Said, now: int) -> bool:
    """Whether it is an entry still: what was withdrawn is told for a while."""
    return one.kind is Kind.TOLD or said.since + SHOWN_FOR >= now


# -- feeds ---------------------------------------------------------------------------------------------------------


def _by_place(told: Mapping[str, Said]) -> Mapping[str, list[str]]:
    """In each place its lots, as they are ordered there: the newest first, and of those that all became newer at once,
    as when rules were changed, those that were found last."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for uid, said in told.items():
        for place in said.places:
            found.setdefault(place, []).append((-said.updated, -said.published, uid))
    return {place: [uid for _, _, uid in nsmallest(ENTRIES, lots)] for place, lots in found.items()}


def _item(one: _Now, said: Said) -> Item:
    return Item(
        one.uid, one.kind or Kind.TOLD, said.updated, min(said.published, said.updated), mark=one.mark, goal=one.goal
    )


# -- memory --------------------------------------------------------------------------------------------------------


def _memory(
    before: Remembered,
    standing: Iterable[_Now],
    said: Mapping[str, Said | None],
    channels: Iterable[Channel],
    off: Collection[str],
) -> bytes:
    """Of lots that were in no feed only that they could have been is remembered: nobody was told of them. Those that
    are `off` are sealed."""
    had: dict[str, list[str]] = {}
    for channel in channels:
        for item in channel.items:
            had.setdefault(item.uid, []).append(channel.place)
    lots = dict(before.lots)
    for uid, one in said.items():
        earlier = before.of(uid)
        if one is None or (earlier is None and uid not in had):
            continue
        lots.pop(uid, None)
        lots.pop(_sealed(uid), None)
        if uid in off:
            lots[_sealed(uid)] = replace(one, said=_SILENT, places=())
        else:
            places = {*(earlier.places if earlier else ()), *had.get(uid, ())}
            lots[uid] = replace(one, places=tuple(place for place in one.places if place in places))
    feeds = before.feeds | {channel.place: channel.updated for channel in channels}
    others = {one.uid for one in standing if one.kind is Kind.TOLD}.union(before.others or ()) - lots.keys()
    return msgspec.msgpack.encode(Remembered(_VERSION, feeds, lots, frozenset(others)), order="deterministic")


def _sealed(uid: str) -> str:
    return hashlib.blake2b(uid.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _remembered(edition: Edition) -> Remembered:
    """What was noted at the last publication; without that, what the feeds in the folder say."""
    try:
        noted = msgspec.msgpack.decode(edition.memory.get(MEMORY, b""), type=Remembered)
    except msgspec.MsgspecError:
        return _from_feeds(edition)
    return noted if noted.version == _VERSION else _from_feeds(edition)


def _from_feeds(edition: Edition) -> Remembered:
    feeds, lots, there = dict[str, int](), dict[str, Said](), places(edition)
    uids = [*edition.by_uid, *(alias.uid for alias in edition.aliases)] if edition.before else []
    for language in LANGUAGES:
        names = {entry_id(uid, edition.town, language): uid for uid in uids}
        for place in there:
            known = edition.before.get(in_language(atom_path(place), language))
            if known is None:
                continue
            feeds[place] = max(feeds.get(place, 0), _seconds(known.feed or NOTHING_YET))
            for name, at in known.entries.items():
                if name in names:
                    uid = names[name]
                    lot = edition.by_uid.get(uid)
                    one = _of_lot(lot, frozenset(there)) if lot else None
                    lots[uid] = _found(one, lots.get(uid), _seconds(at), place)
    return Remembered(_VERSION, feeds, lots)


def _found(one: _Now | None, already: Said | None, updated: int, place: str) -> Said:
    """A lot in a feed of the folder. Its words are not compared: what is withdrawn now may not have been so there."""
    said = one.said if one and one.kind is Kind.TOLD else _SOMETHING
    first_seen = one.first_seen if one and one.first_seen else updated
    if already is None:
        return Said(said, updated, first_seen, updated, (place,))
    there = already.places if place in already.places else (*already.places, place)
    return replace(already, updated=max(already.updated, updated), since=max(already.since, updated), places=there)


def _seconds(at: dt.datetime) -> int:
    return int(at.timestamp())
