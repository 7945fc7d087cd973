"""Publication is killed at every file operation, and at random times, and run again: what do readers find?

A process of its own publishes a small town into a folder: from nothing, over an older state with changes, and where
most is removed. It is killed: by itself at the n-th boundary (before and after each file operation, and in the middle
of each writing), or from outside at a random moment, now and then twice in a row. Right after each kill every file has
to be, octet for octet, what an undisturbed publication of the state before or after has under its name. Then it is run
to its end, and the folder has to be that of an undisturbed one, with nothing left over. Where the next run publishes
the state before again, what the killed one had begun has to be gone.

The same is done without the guards: files are written in place, which must show torn ones; and nobody notes which files
are begun, which must show some left over. A proof that cannot fail proves nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest import mock

from notifier import files, press, publish
from notifier.ledger import LEDGER
from notifier.lots import AgreementView, LotState, LotView
from notifier.site.documents import Document, Edition, Part
from notifier.site.sections import SECTIONS
from notifier.site.sections.section import Section
from tests.notifier.examples import NOW, RUNS, SOURCES, TOWN, TRADES, Handed, lot, lot_view, some_agreements

KILLS, QUICK_KILLS = 300, 60
SEED = 20261204
_TWICE = 0.3  # of random trials: the next run is killed as well
_UNGUARDED = 40  # trials without a guard


class Guard(StrEnum):
    """What of the program's care is left out."""

    NONE = "none"
    WHOLE = "files are written in place"
    NOTED = "nobody notes which files are begun"


# -- what is published ------------------------------------------------------------------------------------------------


def _rows(edition: Edition) -> Iterator[Document]:
    """A file of rows, as the lists and open data are, and one for each lot that does not remain."""

    def make(uids: Sequence[str]) -> Iterator[bytes]:
        for view in edition.views(uids):
            yield f"{view.uid},{view.lot.title}\n".encode() * 200

    parts = [Part(one.uid, edition.key(one.mark)) for one in edition.shown]
    yield Document("proof/lots.csv", tuple(parts), make)
    for part in parts:
        yield Document(f"proof/{edition.by_uid[part.name].slug}.txt", (part,), make)


PROOF = Section(r"proof/[a-z0-9.-]+", _rows)


@dataclass(frozen=True, slots=True)
class State:
    """What a town has to publish at a time."""

    lots: tuple[LotView, ...]
    agreements: tuple[AgreementView, ...]
    now: dt.datetime

    def put(self, folder: Path) -> None:
        """Publish it."""
        held = publish.Holdings(Handed(self.lots), self.agreements, RUNS)
        publish.publish(held, publish.Imprint(TOWN, TRADES, SOURCES), folder, self.now)


def _lots(*numbers: int, title: str = "Rengøring af skoler") -> tuple[LotView, ...]:
    return tuple(lot_view(f"opgave-{number}", of_lot=lot(title=f"{title} {number}")) for number in numbers)


_LATER = NOW + dt.timedelta(hours=1)
OLD = State(_lots(1, 2, 3), some_agreements(), NOW)
NEW = State(
    (*_lots(1), *_lots(2, title="Vask af gardiner"), *_lots(4, 5), replace(_lots(3)[0], state=LotState.CANCELLED)),
    some_agreements()[:2], _LATER,
)  # fmt: skip
LITTLE = State(tuple(replace(one, hidden=one.slug != "opgave-2") for one in OLD.lots), (), _LATER)


# -- one publication in a process of its own --------------------------------------------------------------------------


class Steps:
    """Counts boundaries, and kills this process at the one that was chosen."""

    def __init__(self, last: int | None) -> None:
        self._last, self.count = last, 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def _around(real: Callable[..., Any], step: Steps) -> Callable[..., Any]:
    def called(*args: Any, **more: Any) -> Any:
        step()
        found = real(*args, **more)
        step()
        return found

    return called


def _halves(step: Steps) -> type[io.FileIO]:
    """Files that are written in two halves."""

    class Halves(io.FileIO):
        def write(self, data: Any, /) -> int:
            view = memoryview(data)
            first = super().write(view[: len(view) // 2])
            step()
            second = super().write(view[len(view) // 2 :])
            step()
            return first + second

    return Halves


@contextlib.contextmanager
def _stepping(step: Steps, guard: Guard) -> Iterator[None]:
    with contextlib.ExitStack() as patched:
        for name in ("open", "fsync", "replace", "unlink", "mkdir", "ftruncate"):
            patched.enter_context(mock.patch.object(os, name, _around(getattr(os, name), step)))
        patched.enter_context(mock.patch.object(os, "fdopen", _halves(step)))
        patched.enter_context(mock.patch.object(publish, "SECTIONS", (PROOF, *SECTIONS)))
        if guard is Guard.WHOLE:
            patched.enter_context(mock.patch.object(files, "_unfinished", _in_place))
            patched.enter_context(mock.patch.object(press, "write_all", _all_in_place))
        if guard is Guard.NOTED:
            patched.enter_context(mock.patch.object(press, "note_begun"))
        yield


@contextlib.contextmanager
def _in_place(path: Path, mode: int) -> Iterator[tuple[Path, Any]]:
    """As many programs write: the old content goes before the new one comes."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        yield path, file


def _all_in_place(some: Sequence[tuple[Path, bytes]]) -> list[bool]:
    return [files.write_whole(path, content, settled=False) for path, content in some]


def fork_publication(state: State, folder: Path, *, last: int | None = None, guard: Guard = Guard.NONE) -> int:
    """Publish in a process of its own, which is killed at boundary `last`; its number."""
    process = os.fork()
    if process:
        return process
    try:
        step = Steps(last)
        with _stepping(step, guard):
            state.put(folder)
        folder.with_name("boundaries").write_text(str(step.count), encoding="ascii")
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(3)


def was_killed(process: int) -> bool:
    """Wait for a publication; False where it came to its end. One that failed by itself ends the proof."""
    status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        sys.exit("a publication failed instead of being killed: see above")
    return False


def found_in(folder: Path) -> dict[str, bytes]:
    """What readers find: a file that begins with a dot is shown by no web server."""
    paths = (path for path in folder.rglob("*") if not path.name.startswith(".") and path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def left_over(folder: Path) -> set[str]:
    """What a run has left for itself, beside its ledger."""
    return {str(path.relative_to(folder)) for path in folder.rglob(".*")} - {LEDGER}


# -- trials -----------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """A row of the table."""

    name: str
    kills: int = 0
    torn: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def line(self) -> str:
        return (
            f"{self.name:<52}{self.kills:>7}{len(self.torn):>7}{len(self.left):>10}{len(self.other):>8}"
            f"{self.seconds:>9.1f}"
        )


HEADING = f"{'':<52}{'kills':>7}{'torn':>7}{'left over':>10}{'other':>8}{'seconds':>9}"


@dataclass
class Scene:
    """One publication over another: the folder before, and what it is afterwards where nobody disturbs."""

    name: str
    before: State | None
    after: State
    folder: Path  # of its own, for all that this scene writes
    then: State | None = None  # what the next run publishes; the same where it is None
    boundaries: int = 0
    lasts_s: float = 0.0
    old: dict[str, bytes] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)
    wanted: dict[str, bytes] = field(default_factory=dict)

    def set_up(self) -> None:
        """Publish everything undisturbed."""
        self._start.mkdir(parents=True)
        if self.before:
            was_killed(fork_publication(self.before, self._start))
        self.old = found_in(self._start)
        self._copy()
        begun = time.monotonic()
        was_killed(fork_publication(self.after, self._trial))
        self.lasts_s = time.monotonic() - begun
        self.boundaries = int((self.folder / "boundaries").read_text())
        self.new = found_in(self._trial)
        self.wanted = self.new
        if self.then:
            self._copy()
            was_killed(fork_publication(self.then, self._trial))
            self.wanted = found_in(self._trial)

    @property
    def _start(self) -> Path:
        return self.folder / "start"

    @property
    def _trial(self) -> Path:
        return self.folder / "trial"

    def _copy(self) -> None:
        shutil.rmtree(self._trial, ignore_errors=True)
        shutil.copytree(self._start, self._trial)

    def trial(self, tally: Tally, starts: Sequence[Callable[[State, Path], int]], guard: Guard = Guard.NONE) -> None:
        """Publish as `starts` do, one after the other, look at what each left, and publish undisturbed."""
        self._copy()
        for start in starts:
            if not was_killed(start(self.after, self._trial)):
                break
            tally.kills += 1
            tally.torn += [name for name, content in found_in(self._trial).items() if not self._whole(name, content)]
        was_killed(fork_publication(self.then or self.after, self._trial, guard=guard))
        tally.left += left_over(self._trial)
        tally.other += self._others(found_in(self._trial))

    def _whole(self, name: str, content: bytes) -> bool:
        return content in (self.old.get(name), self.new.get(name))

    def _others(self, found: dict[str, bytes]) -> list[str]:
        """Files that an undisturbed publication would have left otherwise. Where the state before is published again
        feeds may have gone on, as readers have seen them do, and pages of lots remain."""
        if self.then:
            more = {name for name in found.keys() - self.wanted.keys() if not publish._permanent(name)}
            return sorted(more | (self.wanted.keys() - found.keys()))
        return sorted(name for name in found | self.wanted if found.get(name) != self.wanted.get(name))


def at_boundaries(scene: Scene, count: int, guard: Guard = Guard.NONE) -> Tally:
    """So many trials, at boundaries that are spread over all."""
    tally = Tally(f"{scene.name}: at boundaries" if guard is Guard.NONE else f"{scene.name}; {guard}")
    begun, stride = time.monotonic(), max(1, scene.boundaries // count)
    # A stride that shares a factor with the boundaries of one file would always hit the same one.
    for last in range(1 + SEED % stride, scene.boundaries + 1, stride):
        shifted = min(last + (last // stride) % stride, scene.boundaries)

        def start(state: State, folder: Path, last: int = shifted) -> int:
            return fork_publication(state, folder, last=last, guard=guard)

        scene.trial(tally, [start], guard)
    tally.seconds = time.monotonic() - begun
    return tally


def at_random(scene: Scene, count: int) -> Tally:
    """Trials that are killed from outside until so many were hit; one that was over before is judged as well."""
    tally, begun, chance = Tally(f"{scene.name}: at random times"), time.monotonic(), random.Random(SEED)

    def start(state: State, folder: Path) -> int:
        process = fork_publication(state, folder)
        time.sleep(chance.uniform(0, scene.lasts_s))
        os.kill(process, signal.SIGKILL)  # a process that has ended waits for us under its number
        return process

    while tally.kills < count:
        scene.trial(tally, [start] * (2 if chance.random() < _TWICE else 1))
    tally.seconds = time.monotonic() - begun
    return tally


def shortcomings(guarded: Iterable[Tally], in_place: Tally, unnoted: Tally, least: int) -> list[str]:
    """What the figures should be and are not."""
    found, kills = list[str](), 0
    for tally in guarded:
        kills += tally.kills
        wrong = {"torn": tally.torn, "left over": tally.left, "other than undisturbed": tally.other}
        found += [f"{tally.name}: {len(some)} {what}, such as {some[0]}" for what, some in wrong.items() if some]
    if kills < least:
        found.append(f"{kills} kills, and {least} are wanted")
    if not in_place.torn:
        found.append("written in place nothing was torn: this proof cannot fail, so it proves nothing")
    if not unnoted.other:
        found.append("without the notes nothing was left over: this proof cannot fail, so it proves nothing")
    return found


def scenes(folder: Path) -> list[Scene]:
    """From nothing, with changes, removing, and taken back."""
    made = [
        Scene("from nothing", None, OLD, folder / "nothing"),
        Scene("with changes", OLD, NEW, folder / "changes"),
        Scene("removing", OLD, LITTLE, folder / "removing"),
        Scene("taken back", OLD, NEW, folder / "back", OLD),
    ]
    OLD.put(folder / "warm")  # templates are read before the first fork
    for scene in made:
        scene.set_up()
    return made


def _in_memory() -> str | None:
    """A file system in memory where there is one: what a kill leaves is the same on any."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main(*, quick: bool) -> int:
    """Run the proof and print its table; 1 where it falls short."""
    kills = QUICK_KILLS if quick else KILLS
    with tempfile.TemporaryDirectory(prefix="prove-publish-", dir=_in_memory()) as name:
        made = scenes(Path(name))
        each = kills // (2 * len(made)) + 1
        guarded = [way(scene, each) for scene in made for way in (at_boundaries, at_random)]
        in_place = at_boundaries(made[1], _UNGUARDED // (4 if quick else 1), Guard.WHOLE)
        unnoted = at_boundaries(made[3], _UNGUARDED // (4 if quick else 1), Guard.NOTED)
    lasts = ", ".join(f"{scene.name} {scene.boundaries} in {scene.lasts_s:.2f} s" for scene in made)
    print(f"{len(made[0].new)} files; boundaries: {lasts}; seed {SEED}")
    print("\n".join([HEADING, *(tally.line() for tally in (*guarded, in_place, unnoted))]))
    wrong = shortcomings(guarded, in_place, unnoted, kills)
    total = sum(tally.kills for tally in guarded)
    print(
        "\n".join(wrong) or f"as it should be: {total} kills, no torn file, nothing left over; without guards it fails"
    )
    return 1 if wrong else 0
