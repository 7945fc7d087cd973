"""One tender, seen in several places: which notices are about one procedure, and which of their lots are one.

Pure, and free of order: the same set of notices gives the same procedures and the same lots, however they were read.

**Names.** A notice is known by its procedure (BT-04), its publication number and its notice id (BT-701), written
"procedure:…", "publication:…" and "notice:…". Notices that share a name are about one procedure. A page or a feed has
the names that its links give. It belongs to what they name, but never makes two official procedures one.

**References.** What a notice corrects (BT-758) is its own procedure. An award, a modification or a correction belongs
to the notices that it follows (BT-125, "previous publication"); so does a call, unless both name their procedure and
name different ones. A planning notice is followed by any number of calls, and each of them would have its own
procedure: it belongs to the one published first. Nothing is joined over a notice that is not held, and nothing by
likeness alone (likeness.py finds those, for people).

**Lots.** Official notices (those with a notice type, BT-02) number their lots the same way throughout a procedure, so
the number tells. A page numbers as it likes: its lots are paired with the official ones by number where both have
several, or because both have exactly one. A page whose single lot stands for a procedure of several lots adds none.
A part of a planning notice is never the lot that has its number.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from notifier.lots import LotKind, Notice, Stage

# -- names -------------------------------------------------------------------------------------------------------------


class Tie(StrEnum):
    """What a name is to the notice that has it."""

    OWN = "own"
    CORRECTS = "corrects"
    FOLLOWS = "follows"


_SERIAL = re.compile(r"0*(\d{1,8})-((?:19|20)\d\d)", re.ASCII)
_JOURNAL = re.compile(r"((?:19|20)\d\d)/S\s*\d{1,3}-0*(\d{1,8})", re.ASCII)  # "2021/S 127-337983"
_UUID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-\d{1,3})?", re.ASCII)


def publication_name(raw: str) -> str:
    """The name that a publication number gives, however its zeros are written; "" for what is none.

    >>> publication_name("00032045-2024"), publication_name("2021/S 127-337983"), publication_name("sag 12")
    ('publication:32045-2024', 'publication:337983-2021', '')
    """
    said = raw.strip()
    if found := _SERIAL.fullmatch(said):
        return f"publication:{int(found[1])}-{found[2]}"
    found = _JOURNAL.fullmatch(said)
    return f"publication:{int(found[2])}-{found[1]}" if found else ""


def notice_name(raw: str) -> str:
    """The name that a notice id gives, with or without its version; "" where there is none."""
    said = raw.strip().casefold()
    found = _UUID.fullmatch(said)
    return f"notice:{found[1] if found else said}" if said else ""


def names_of(notice: Notice) -> frozenset[tuple[str, Tie]]:
    """By which names a notice is known, and which names of others it gives."""
    procedure = notice.procedure_id.strip().casefold()
    own = {
        f"procedure:{procedure}" if procedure else "",
        publication_name(notice.publication_number),
        notice_name(notice.notice_id),
    }
    corrects = {_reference(change.changed_notice) for change in notice.changes} - own
    follows = {_reference(said) for said in notice.previous} - own - corrects
    ties = ((own, Tie.OWN), (corrects, Tie.CORRECTS), (follows, Tie.FOLLOWS))
    return frozenset((name, tie) for names, tie in ties for name in names if name)


def _reference(raw: str) -> str:
    return publication_name(raw) or notice_name(raw)


# -- procedures --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """A notice as far as its procedure is to be found. `order` sorts by publication (changes.publication_order)."""

    id: int
    stage: Stage
    official: bool
    order: tuple[dt.date, int, str, str]
    names: frozenset[tuple[str, Tie]]

    def tied(self, tie: Tie) -> Iterator[str]:
        """The names of one kind."""
        return (name for name, one in self.names if one is tie)


ItemT = TypeVar("ItemT", bound=Hashable)


class _Sets(Generic[ItemT]):
    """Disjoint sets that grow together (union-find)."""

    def __init__(self, items: Iterable[ItemT]) -> None:
        self._parent = {item: item for item in items}

    def root(self, item: ItemT) -> ItemT:
        while self._parent[item] != item:
            self._parent[item] = item = self._parent[self._parent[item]]
        return item

    def join(self, items: Iterable[ItemT]) -> None:
        roots = [self.root(item) for item in items]
        for root in roots[1:]:
            self._parent[self.root(root)] = self.root(roots[0])

    def join_alike(self, tokens: Iterable[tuple[Hashable, ItemT]]) -> None:
        """Join the items that have a token in common."""
        by_token: dict[Hashable, list[ItemT]] = defaultdict(list)
        for token, item in tokens:
            by_token[token].append(item)
        for alike in by_token.values():
            self.join(alike)

    def all(self) -> list[frozenset[ItemT]]:
        found: dict[ItemT, set[ItemT]] = defaultdict(set)
        for item in self._parent:
            found[self.root(item)].add(item)
        return [frozenset(members) for members in found.values()]


def procedures(notices: Collection[Named]) -> list[frozenset[int]]:
    """The notices of each procedure by their ids. `notices` must hold all that are linked with each other by names.

    The official notices tell which procedures there are. A page belongs to the one that it is linked with, directly or
    over other pages, and never joins two: where it would, it stays alone.
    """
    sets = _Sets([one.id for one in notices])
    formal, pages = [one for one in notices if one.official], [one for one in notices if not one.official]
    _link(formal, sets)
    meant = _meant(formal, pages, sets)
    among_pages = _Sets([one.id for one in pages])
    _link(pages, among_pages)
    by_id = {one.id: one for one in pages}
    torn: list[Named] = []
    for ids in among_pages.all():
        found = {root for number in ids for root in meant[number]}
        if len(found) <= 1:
            sets.join([*ids, *found])
        else:
            torn += [by_id[number] for number in ids if len(meant[number]) != 1]
            for number in ids:
                if len(meant[number]) == 1:
                    sets.join([number, *meant[number]])
    _link(torn, sets)
    return sets.all()


def _meant(formal: Collection[Named], pages: Collection[Named], sets: _Sets[int]) -> dict[int, set[int]]:
    """The official procedures that each page is directly linked with: by a name that one of the two owns."""
    owned: dict[str, set[int]] = defaultdict(set)
    given: dict[str, set[int]] = defaultdict(set)
    for one in formal:
        for name, tie in one.names:
            given[name].add(sets.root(one.id))
            if tie is Tie.OWN:
                owned[name].add(sets.root(one.id))
    return {
        one.id: {root for name, tie in one.names for root in (given if tie is Tie.OWN else owned).get(name, ())}
        for one in pages
    }


def _link(notices: Collection[Named], sets: _Sets[int]) -> None:
    """Join notices by their names and references."""
    owners: dict[str, list[Named]] = defaultdict(list)
    for one in notices:
        for name in one.tied(Tie.OWN):
            owners[name].append(one)
    for same in owners.values():
        sets.join(one.id for one in same)
    for one in notices:
        sets.join([one.id, *(other.id for name in one.tied(Tie.CORRECTS) for other in owners.get(name, ()))])
        for name in one.tied(Tie.FOLLOWS):
            found = owners.get(name, [])
            if not any(other.stage is Stage.PLANNING for other in found) and not _part_ways(one, found):
                sets.join([one.id, *(other.id for other in found)])
    _take_up(notices, owners, sets)


def _part_ways(one: Named, others: Collection[Named]) -> bool:
    """Whether a call names a procedure of its own, other than that of the notices which it follows."""
    own = _procedures(one)
    theirs = {name for other in others for name in _procedures(other)}
    return one.stage is Stage.CALL and bool(own and theirs) and not own & theirs


def _procedures(one: Named) -> set[str]:
    return {name for name in one.tied(Tie.OWN) if name.startswith("procedure:")}


def _take_up(notices: Collection[Named], owners: Mapping[str, Sequence[Named]], sets: _Sets[int]) -> None:
    """Join each planning notice that has no procedure yet with the one that took it up, as far as that is certain."""
    members: dict[int, list[Named]] = defaultdict(list)
    for one in notices:
        members[sets.root(one.id)].append(one)
    root_of = {one.id: root for root, cluster in members.items() for one in cluster}
    free = {root for root, cluster in members.items() if _only_planned(cluster)}
    followers: dict[int, list[int]] = defaultdict(list)  # by planned cluster, the first published first
    for one in sorted(notices, key=lambda one: one.order):
        followed = {root_of[other.id] for name in one.tied(Tie.FOLLOWS) for other in owners.get(name, ())}
        for target in (followed & free) - {root_of[one.id]}:
            followers[target].append(root_of[one.id])
    joined: list[tuple[int, int]] = []
    settled: set[int] = set()  # award notices without a call join one planning notice at most
    for target in sorted(followers, key=lambda root: min(one.order for one in members[root])):
        roots = list(dict.fromkeys(followers[target]))
        called = [root for root in roots if _has_call(members[root])]
        decided = [root for root in roots if root not in settled and _only_decided(members[root])]
        # With several calls nobody knows to which of them an award belongs that names none.
        takers = called[:1] + (decided if len(called) <= 1 else [])
        settled.update(takers)
        joined += [(root, target) for root in takers or roots[:1]]
    for pair in joined:
        sets.join(pair)


def _only_planned(members: Iterable[Named]) -> bool:
    return all(one.stage is Stage.PLANNING for one in members)


def _has_call(members: Iterable[Named]) -> bool:
    return any(one.stage is Stage.CALL for one in members)


def _only_decided(members: Iterable[Named]) -> bool:
    return all(one.stage in (Stage.AWARD, Stage.CHANGE) for one in members)


# -- lots --------------------------------------------------------------------------------------------------------------


class LotKey(NamedTuple):
    """A lot's place in its notice: its kind and its number, and which one it is of those that have this number."""

    kind: LotKind
    number: str
    occurrence: int = 1


_PREFIX = re.compile(
    r"(?:lot|lots|par|part|parti|glo|delaftale|delkontrakt|delopgave|del|nr\.?|no\.?)[\s\-_.:]*(?=.*\d)", re.IGNORECASE
)


@functools.lru_cache(maxsize=10_000)
def lot_number(lot_id: str) -> str:
    """A lot's number without what each source writes around it.

    >>> lot_number("LOT-0001"), lot_number("Delaftale nr. 1"), lot_number("1"), lot_number("A"), lot_number("1b")
    ('1', '1', '1', 'a', '1b')
    """
    said = " ".join(lot_id.split()).casefold()
    while (shorter := _PREFIX.sub("", said, count=1) if _PREFIX.match(said) else said) != said:
        said = shorter
    return said.lstrip("0") or said[:1]


def lot_keys(lots: Sequence[tuple[LotKind, str]]) -> tuple[LotKey, ...]:
    """The key of each lot of a notice, given kinds and numbers as published. One without a number goes by its place."""
    seen: dict[tuple[LotKind, str], int] = {}
    keys: list[LotKey] = []
    for position, (kind, lot_id) in enumerate(lots, start=1):
        name = (kind, lot_number(lot_id) or str(position))
        seen[name] = seen.get(name, 0) + 1
        keys.append(LotKey(*name, seen[name]))
    return tuple(keys)


@dataclass(frozen=True, slots=True)
class Listing:
    """A notice of a procedure as far as its lots are to be told apart: per lot the titles that it ever had.

    `numbered` says that its numbers hold for all notices of its source: it names the procedure that it belongs to.
    """

    id: int
    source: str
    official: bool
    numbered: bool
    lots: Mapping[LotKey, frozenset[str]]


Place = tuple[int, LotKey]  # a lot in a notice, the notice by its id
Same = frozenset[Place]  # where one and the same lot stands


def same_lots(listings: Collection[Listing]) -> list[Same]:
    """The lots of one procedure, each with all its places, in the order of their numbers.

    A place that is in none of them stands for the procedure as a whole.
    """
    found = [one for kind in LotKind for one in _of_kind(kind, listings)]
    return sorted(found, key=_rank)


def _rank(same: Same) -> tuple[LotKind, int, str, int]:
    key = min((key for _, key in same), key=_natural)
    return (key.kind, *_natural(key))


def _natural(key: LotKey) -> tuple[int, str, int]:
    digits = re.match(r"\d{1,9}", key.number, re.ASCII)
    return (int(digits[0]) if digits else 10**9, key.number, key.occurrence)


def title_key(title: str) -> str:
    """A title as far as it tells lots of one source apart."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def _of_kind(kind: LotKind, listings: Collection[Listing]) -> list[Same]:
    tables: dict[str, list[_Table]] = defaultdict(list)
    for one in listings:
        keys = tuple(key for key in one.lots if key.kind is kind)
        if keys:
            tables["" if one.official else f"page:{one.source}"].append(_Table(one, keys))
    within = {source: _within(members) for source, members in tables.items()}
    if not within:
        return []
    base = _base(tables, within)
    sets = _Sets([place for classes in within.values() for same in classes for place in same])
    for classes in within.values():
        for same in classes:
            sets.join(same)
    sets.join_alike((key, place) for members in tables.values() for one in members for key, place in one.numbered())
    whole: set[Place] = set()
    single = {one.listing.id for members in tables.values() for one in members if one.single}
    for source, classes in within.items():
        for same in classes if source != base else ():
            # A page with rows of its own for each lot stands for the whole only where the official division is known.
            if all(number in single for number, _ in same) and (base == "" or len(classes) == 1):
                if len(within[base]) == 1:
                    sets.join([*same, *within[base][0]])
                else:
                    whole |= same
    return [same for same in sets.all() if not same & whole]


@dataclass(frozen=True, slots=True)
class _Table:
    """The lots of one kind in one notice."""

    listing: Listing
    keys: tuple[LotKey, ...]

    @property
    def single(self) -> bool:
        """Whether a page shows one lot, whose number says nothing."""
        return len(self.keys) == 1 and not self.listing.official

    def places(self) -> Iterator[Place]:
        return ((self.listing.id, key) for key in self.keys)

    def numbered(self) -> Iterator[tuple[LotKey, Place]]:
        """The places whose numbers can be compared with those of other sources."""
        return iter(()) if self.single else ((key, (self.listing.id, key)) for key in self.keys)

    def tokens(self) -> Iterator[tuple[Hashable, Place]]:
        """What makes places of one source the same: the number, or the title where a notice has but one lot."""
        for number, key in self.places():
            if not self.single or self.listing.numbered:
                yield key, (number, key)
            else:
                yield from ((title, (number, key)) for title in self.listing.lots[key] if title)


def _within(members: Collection[_Table]) -> list[Same]:
    """The lots of the official notices, or of one page."""
    sets = _Sets([place for one in members for place in one.places()])
    sets.join_alike(token for one in members for token in one.tokens())
    return sets.all()


def _base(tables: Mapping[str, Sequence[_Table]], within: Mapping[str, Sequence[Same]]) -> str:
    """Whose division into lots counts: the official one ("" goes first), else that of the page that tells most."""
    most = {source: max(len(one.keys) for one in members) for source, members in tables.items()}
    return min(within, key=lambda source: (source != "", -most[source], -len(within[source]), source))
