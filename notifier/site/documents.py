"""What is published, as values: documents made of parts, and all that one edition of the site is made from. Pure.

A part has a key, a hash of everything that goes into it. What stands in the folder already under the same key is not
made again: a list of a thousand rows of which one changed costs one row. `press.py` writes documents.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Protocol, TypeVar, cast

import msgspec

from notifier.config import Town
from notifier.door import Door
from notifier.lots import AgreementView, LotAlias, LotState, LotView, SourceRun, Verdict, acting_deadline
from notifier.site.feed import Known
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.reader import NamedSource, NamedTrade, Reader, last_deadline, state_at

KEY = 8  # octets of a part's key: it only has to differ from what the same file held before
BATCH = 250  # lots that are held at a time

Make = Callable[[Sequence[str]], Iterable[bytes]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file. `name` is what its maker is asked for: a lot's uid, or a word for the rest."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the site: its path below the site's folder, with slashes, and its parts in their order.

    `make` is given names of parts and answers each one's octets in the same order. Documents that share a maker are
    made together, so one maker for all pages of a kind reads its lots in batches.
    A document that is `shy` gives way to a file of that name that the operator has put there (robots.txt).
    """

    path: str
    parts: tuple[Part, ...]
    make: Make
    shy: bool = False


def whole(path: str, key: bytes, make: Callable[[], bytes], *, shy: bool = False) -> Document:
    """A document of one part, which `make` makes by itself."""
    return Document(path, (Part("", key),), lambda _: [make()], shy)


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of every lot at once while the rest of it is read in batches: enough to list, sort and count it.

    `mark` is its fingerprint: with the state, it changes whenever anything that readers see of the lot does.
    """

    uid: str
    slug: str
    procedure: str
    mark: str
    state: LotState
    shown: bool  # whether it has a page: it is judged, marked, not hidden, and followed
    told: bool  # whether its facts may be told beside other lots of the tender: all but hidden ones and those elsewhere
    judged: bool
    verdict: Verdict | None
    trades: tuple[str, ...]
    ends: dt.datetime | None  # the deadline to act on
    start: dt.date | None
    published: dt.date | None  # the notice that its facts come from
    first_seen: dt.datetime
    updated: dt.datetime
    changed: tuple[dt.datetime, ...] = ()  # when readers were told a change, oldest first
    last: dt.datetime | None = None  # the last of its deadlines, also of those that only who takes part has to meet

    @property
    def open(self) -> bool:
        """Whether one can bid or apply now."""
        return self.shown and self.state is LotState.OPEN

    @property
    def planned(self) -> bool:
        """Whether it is announced and one cannot bid yet."""
        return self.shown and self.state is LotState.PLANNED


def listed(view: LotView, now: dt.datetime, *, followed: bool = True) -> Listed:
    """A lot as lists need it at `now`. `followed`: it is the town's, or done where the town looks (scope.in_scope)."""
    deadline, judged = acting_deadline(view.lot), view.assessment
    return Listed(
        uid=view.uid,
        slug=view.slug,
        procedure=view.procedure,
        mark=lot_fingerprint(view),
        state=state_at(view, now),
        shown=view.public and followed,
        told=followed and not view.hidden,
        judged=judged is not None,
        verdict=judged.verdict if judged else None,
        trades=judged.trades if judged else (),
        ends=deadline.at if deadline else None,
        start=view.lot.start,
        published=view.notice.published,
        first_seen=view.first_seen,
        updated=view.updated,
        changed=tuple(change.seen_at for change in view.changes),
        last=last_deadline(view.lot),
    )


class Lots(Protocol):
    """Where lots are read from while the site is made. What is read stays the same until the end."""

    def all(self) -> Iterator[tuple[LotView, bool]]:
        """Every lot that is held, with whether it is followed."""

    def of(self, uids: Sequence[str]) -> Iterator[LotView]:
        """These lots, in any order."""


@dataclass(frozen=True)
class Edition:
    """All that the site is made from, as it stands at one moment.

    `lots` are all lots in the order in which they were found, also those without a page. `program` stands for
    everything else that forms a page: the program, its templates and texts, the town. `memory` is what sections noted
    at the last publication; `before` is what the feeds in the folder say, by their paths, where there is no such note.
    """

    town: Town
    now: dt.datetime
    readers: tuple[Reader, ...]
    lots: tuple[Listed, ...]
    agreements: tuple[AgreementView, ...]
    runs: tuple[SourceRun, ...]
    read: Callable[[Sequence[str]], Iterator[LotView]]
    trades: tuple[NamedTrade, ...] = ()
    sources: tuple[NamedSource, ...] = ()
    aliases: tuple[LotAlias, ...] = ()
    door: Door | None = None
    program: bytes = b""
    memory: Mapping[str, bytes] = field(default_factory=dict)
    before: Mapping[str, Known] = field(default_factory=dict)
    _found: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    def key(self, *values: object) -> bytes:
        """The key of a part that is made from these values."""
        made = hashlib.blake2b(msgspec.msgpack.encode(values), digest_size=KEY, key=self.program[:64])
        return made.digest()

    def once(self, ask: Callable[[Edition], T]) -> T:
        """What `ask` answers of this edition; it is asked once, however often that is wanted."""
        if ask not in self._found:
            self._found[ask] = ask(self)
        return cast("T", self._found[ask])

    @cached_property
    def shown(self) -> tuple[Listed, ...]:
        """Lots that have a page."""
        return tuple(lot for lot in self.lots if lot.shown)

    @cached_property
    def by_uid(self) -> Mapping[str, Listed]:
        """Every lot by its identity."""
        return {lot.uid: lot for lot in self.lots}

    @cached_property
    def tenders(self) -> Mapping[str, tuple[Listed, ...]]:
        """Every lot by its procedure, in the order in which they were found."""
        found: dict[str, list[Listed]] = {}
        for lot in self.lots:
            found.setdefault(lot.procedure, []).append(lot)
        return {procedure: tuple(lots) for procedure, lots in found.items()}

    @cached_property
    def open(self) -> tuple[Listed, ...]:
        """Lots that one can bid for, the first deadline first."""
        return tuple(sorted((lot for lot in self.lots if lot.open), key=by_deadline))

    @cached_property
    def planned(self) -> tuple[Listed, ...]:
        """Planned lots, the first to start first."""
        return tuple(sorted((lot for lot in self.lots if lot.planned), key=by_start))

    def views(self, uids: Sequence[str]) -> Iterator[LotView]:
        """These lots in this order, read in batches."""
        for batch in batches(uids, BATCH):
            found = {view.uid: view for view in self.read(batch)}
            yield from (found[uid] for uid in batch)


_FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def by_deadline(lot: Listed) -> tuple[dt.datetime, str]:
    """The first deadline first; without one last."""
    return (lot.ends or _FAR, lot.slug)


def by_start(lot: Listed) -> tuple[dt.date, str]:
    """The first to start first; without a day last."""
    return (lot.start or dt.date.max, lot.slug)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
