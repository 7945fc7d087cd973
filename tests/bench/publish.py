"""Ten thousand lots to public pages: from nothing, with twenty of them changed, with none; and what it holds in memory.

The database is a real one, with agreements and runs, and what is measured is the command `notifier publish` in a
process of its own, from its first line to its last; Python's start and imports are left out. Between two rounds lots
change as a crawl and officers change them: deadlines are moved, lots come new, a tag is given. Files are forced to the
disk that holds temporary files: where that is slow, so is the first publication.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from notifier import clock, config
from notifier.catalogue import followed
from notifier.cli import main
from notifier.lots import Agreement, Assessment, Deadline, Lot, Notice, Organisation, RunStatus, Stage, Verdict
from notifier.store import Assessed, Store
from notifier.suitability import load_rules
from tests.bench.many_lots import ALL_MARKED, Vocabulary, fill, vocabulary
from tests.bench.measuring import Figure

LOTS, FEW_LOTS = 10_000, 2_000
AGREEMENTS, WATCHED = 300, 200  # lots that were held as a crawl holds them, and can change
MOVED, NEW, TAGGED = 13, 5, 2  # in a round: twenty lots
ROUNDS = 5
MOST_FIRST_S, MOST_CHANGED_S, MOST_MEMORY = 60, 3, 1.5
NOW = dt.datetime(2026, 12, 1, 5, 10, tzinfo=dt.UTC)
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Took:
    """What one publication took."""

    seconds: float
    processor: float  # seconds of it in which the processor worked for it
    memory: float  # the most that the process held, in MB
    said: str


def figures(lots: int = LOTS) -> Sequence[Figure]:
    """Time with all lots, and memory beside fewer."""
    with tempfile.TemporaryDirectory(prefix="bench-publish-") as folder:
        town = Town.made(Path(folder), lots)
        first = town.publish(0)
        changed, unchanged = list[Took](), list[Took]()
        for number in range(1, ROUNDS + 1):
            town.change(number)
            changed.append(town.publish(number))
            unchanged.append(town.publish(number))
    with tempfile.TemporaryDirectory(prefix="bench-publish-") as folder:
        few = Town.made(Path(folder), FEW_LOTS).publish(0)
    held = f"{few.memory:.0f} to {first.memory:.0f} MB; {max(one.memory for one in changed):.0f} MB with twenty changed"
    return [
        Figure(f"publishing {lots:,} lots from nothing", first.seconds, _said(first), at_most=MOST_FIRST_S, unit="s"),
        _middle("  with 20 lots changed", changed, at_most=MOST_CHANGED_S),
        _middle("  unchanged", unchanged),
        Figure(f"memory for {lots:,} lots, of that for {FEW_LOTS:,}", first.memory / few.memory, held, MOST_MEMORY),
    ]


def _said(took: Took) -> str:
    line = next(line for line in took.said.splitlines() if "files written" in line)
    return f"{line.split()[1]} files, {took.processor:.1f} s of a processor"


def _middle(name: str, rounds: Sequence[Took], *, at_most: float | None = None) -> Figure:
    times, worked = ([getattr(one, field) for one in rounds] for field in ("seconds", "processor"))
    spread = f"{min(times):.2f}–{max(times):.2f}; {statistics.median(worked):.2f} s of a processor"
    return Figure(name, statistics.median(times), spread, at_most=at_most, unit="s")


# -- a town -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Town:
    """A configuration with a database full of lots, all of which have a page."""

    folder: Path
    said: Vocabulary
    chance: np.random.Generator
    held: int = 0

    @classmethod
    def made(cls, folder: Path, lots: int) -> Town:
        """Some of the lots are held by the program itself; the others are like those that it writes."""
        with contextlib.redirect_stdout(io.StringIO()):
            if main(["init", str(folder / "town")]) != 0:
                raise RuntimeError("no configuration could be made")
        town = cls(next((folder / "town").rglob("notifier.toml")).parent, vocabulary(), np.random.default_rng(1))
        with town.opened(create=True) as store:
            rules, own = load_rules(town.loaded.rules), min(WATCHED, lots // 2)
            fill(store, lots - own, rules, NOW, followed(town.loaded), ALL_MARKED)
            town.read(store, NOW, [town.new() for _ in range(own)])
            with store.transaction():
                for number in range(AGREEMENTS):
                    store.agreements.hold(town.agreement(number), NOW)
                for view in store.agreements.waiting("1"):
                    store.agreements.save_trades(view.uid, ("cleaning",), "1", NOW)
        return town

    @property
    def loaded(self) -> config.Config:
        """Its configuration."""
        return config.load(self.folder, environment={})

    @contextlib.contextmanager
    def opened(self, *, create: bool = False) -> Iterator[Store]:
        """Its database."""
        loaded = self.loaded
        with Store.open(loaded.database, create=create, marker=loaded.marker) as store:
            yield store

    def new(self) -> Notice:
        """A call of one lot that nobody has seen."""
        self.held += 1
        return self.notice(self.held, NOW + dt.timedelta(days=int(self.chance.integers(20, 80))))

    def notice(self, number: int, ends: dt.datetime) -> Notice:
        """Call number so and so, with this deadline; its words are its own."""
        words = self.said.drawn(np.random.default_rng(number), 70)
        lot = Lot(
            "LOT-0001", " ".join(words[:6]).capitalize(), " ".join(words[10:]), cpv_main="90911200",
            deadline=Deadline(ends), duration="P24M", nuts=("DK011",),
        )  # fmt: skip
        return Notice(
            "ted", f"own-{number}", Stage.CALL, " ".join(words[6:10]).capitalize(), procedure_id=f"own-{number}",
            url=f"https://udbud.example/own-{number}", language="da", publication_number=f"{number}-2026",
            buyers=(Organisation("Københavns Kommune", "64942212"),), published=NOW.date(), lots=(lot,),
        )  # fmt: skip

    def agreement(self, number: int) -> Agreement:
        """One of those that run out in the next years."""
        return Agreement(
            "town", f"aftale-{number}", " ".join(self.said.drawn(self.chance, 3)).capitalize(),
            supplier=Organisation(f"Leverandør {number} ApS"), start=dt.date(2024, 1, 1),
            end=dt.date(2027, 1, 1) + dt.timedelta(days=5 * number),
        )  # fmt: skip

    def read(self, store: Store, now: dt.datetime, notices: Sequence[Notice]) -> None:
        """As a crawl of a source does, and the judging after it."""
        run = store.runs.begin("ted", now)
        for notice in notices:
            store.notices.hold(notice, now)
        store.runs.finish(
            run, finished=now, status=RunStatus.GOOD, listed=len(notices), held=len(notices)
        )  # fmt: skip
        found = Assessment(Verdict.SUITABLE, 2.0, ("cleaning",), rules_version="1")
        store.assessments.save([Assessed(one.number, found) for one in list(store.assessments.waiting("1"))], now)

    def change(self, round_: int) -> None:
        """Twenty lots are another: others in each round."""
        now = _hour(round_)
        begin = round_ * (MOVED + TAGGED)
        moved = [self.notice(begin + one, NOW + dt.timedelta(days=90 + round_)) for one in range(MOVED)]
        with self.opened() as store:
            self.read(store, now, [*moved, *(self.new() for _ in range(NEW))])
            for one in range(MOVED, MOVED + TAGGED):
                (view,) = store.lots.find(f"own-{begin + one}", now)
                store.tags.add(view.uid, Verdict.RESERVED, who="anna", why="Forbeholdt", now=now)

    def publish(self, round_: int) -> Took:
        """The command, in a process of its own."""
        command = [sys.executable, "-m", "tests.bench.publish", str(self.folder), _hour(round_).isoformat()]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return Took(**json.loads(done.stdout.splitlines()[-1]))


def _hour(round_: int) -> dt.datetime:
    return NOW + dt.timedelta(hours=round_)


def _measure_one(folder: str, now: str) -> int:
    said = io.StringIO()
    begun, worked = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(said):
        status = main(["--config", folder, "--now", now, "publish"])
    took, worked = time.perf_counter() - begun, time.process_time() - worked
    clock.pretend(None)
    memory = _highest() / 1024
    print(json.dumps({"seconds": took, "processor": worked, "memory": memory, "said": said.getvalue()}))
    return status


def _highest() -> int:
    """The most memory that this process has held, in KiB. (getrusage would count that of its parent as well.)"""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


if __name__ == "__main__":
    sys.exit(_measure_one(*sys.argv[1:]))
