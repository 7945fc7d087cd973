"""What is published, as values: documents made of parts, and all that one edition of the site is made from. Pure.

A part has a key, a hash of everything that goes into it. What stands in the folder already under the same key is not
made again: a list of a thousand rows of which one changed costs one row. `press.py` writes documents.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Protocol, TypeVar, cast

import msgspec

from notifier.clock import deadline_day
from notifier.config import OpenData, Town
from notifier.door import Door
from notifier.effects.quarters import Figures
from notifier.lots import AgreementView, LotAlias, LotState, LotView, SourceRun, Verdict, acting_deadline
from notifier.site.feed import Known
from notifier.site.fingerprints import agreement_fingerprint, lot_fingerprint
from notifier.site.reader import NamedSource, NamedTrade, Reader, last_deadline, state_at
from notifier.site.weekly import News, news_of

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
class Strainer:
    """What keeps out of a file all that may not stand in it any more; its key stands for that.

    `left` answers which of the file's lines stay, with what parts them, and never more than there was; ValueError where
    they are no lines of ours. A file that may not be `emptied` goes with its last line.
    """

    key: bytes
    left: Callable[[Iterable[bytes]], Iterator[bytes]]
    emptied: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the site: its path below the site's folder, with slashes, and its parts in their order.

    `make` is given names of parts and answers each one's octets in the same order. Documents that share a maker are
    made together, so one maker for all pages of a kind reads its lots in batches.
    A document that is `shy` gives way to a file of that name that the operator has put there (robots.txt).
    One that is `strained` is made once, if it has parts; without, what stands there only loses what the strainer keeps
    out, whoever wrote it. Then the strainer's key is that of the file, and no part's is looked at.
    """

    path: str
    parts: tuple[Part, ...]
    make: Make
    shy: bool = False
    strained: Strainer | None = None


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
    procedure_type: str = ""  # the notice's, which the mark does not tell
    changed: tuple[dt.datetime, ...] = ()  # when readers were told a change, oldest first
    news: tuple[News, ...] = ()  # the weeks in which readers are told of it (weekly.py)
    hidden: bool = False  # an officer took it off
    day: dt.date | None = None  # of the deadline to act on, as readers are shown it: in Copenhagen's time
    last: dt.datetime | None = None  # the last of its deadlines, also of those that only who takes part has to meet
    source: str = ""  # of the notice that its facts come from

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
        procedure_type=view.notice.procedure_type,
        changed=tuple(change.seen_at for change in view.changes),
        news=news_of(view),
        hidden=view.hidden,
        day=deadline_day(deadline) if deadline else None,
        last=last_deadline(view.lot),
        source=view.notice.source,
    )


def digest(values: tuple[object, ...], program: bytes = b"") -> bytes:
    """A hash of these values; another one with each `program`."""
    try:
        said = msgspec.msgpack.encode(values)
    except UnicodeEncodeError:  # half a surrogate pair, which no file will hold: encode() leaves it out
        said = repr(values).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=KEY, key=program[:64]).digest()


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
    `runs` are recent readings of the sources that are read now; `readings` go back to the beginning, of each source at
    least the last of a week, and what dates a failure. `former` are agreements that are no longer listed. `told` are
    the quarters of the effects report, the oldest first. `standing` tells the paths of all files that readers find in
    the folder so far: those that sections before have put there, and pages that remain although nobody puts them there
    any more. `snapshots` are the months of which a whole snapshot stood there before, with its day; "" where that
    cannot be read.
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
    former: tuple[AgreementView, ...] = ()  # agreements that their source shows no more
    retracted: tuple[AgreementView, ...] = ()  # agreements that turned out not to be for the public
    readings: tuple[SourceRun, ...] = ()
    door: Door | None = None
    program: bytes = b""
    before: Mapping[str, Known] = field(default_factory=dict)
    open_data: OpenData = field(default_factory=OpenData)
    memory: Mapping[str, bytes] = field(default_factory=dict)
    told: tuple[Figures, ...] = ()
    standing: Callable[[], Collection[str]] = tuple
    snapshots: Mapping[str, str] = field(default_factory=dict)
    _found: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    def key(self, *values: object) -> bytes:
        """The key of a part that is made from these values."""
        return digest(values, self.program)

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
    def agreement_marks(self) -> Mapping[str, str]:
        """The fingerprint of every agreement, former ones too, by its identity."""
        return {view.uid: agreement_fingerprint(view) for view in (*self.agreements, *self.former)}

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
