"""The main job on the sample town: two days, three subscribers, everything left in a folder to look at."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

from notifier import config
from notifier.cli.context import DONE, open_store
from notifier.errors import NotifierError, UsageError
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.progress import Show
from notifier.sampletown import DAY_ONE, DAY_TWO, SUBSCRIBERS, SampleTown, serve, write_config

PORT = 8790
# Everything that the demo leaves; only a folder that holds nothing else is emptied for a new one.
_LEAVES = frozenset(
    {
        "config",
        "notifier.db",
        "notifier.db-wal",
        "notifier.db-shm",
        "notifier.db.lock",
        "outbox",
        "site",
        "staff",
        "left.jsonl",
        "left.jsonl.departures",
    }
)


def run_demo(folder: Path, show: Show) -> int:
    """Run two days of the sample town into `folder`, and say what was found and where to look."""
    folder = folder.resolve()
    _empty(folder)
    settings = folder / "config"
    with _open_town() as town:
        write_config(settings, town.url)
        show.line("The sample town is open. Three enterprises ask for a mail; the notifier does its main job, twice.")
        _subscribe(settings)
        _day(1, DAY_ONE, town, settings, show)
        _day(2, DAY_TWO, town, settings, show)
    _say_where(folder, town, show)
    return DONE


def _open_town() -> SampleTown:
    """At the same port each time where that is free: links to the town's own pages then last beyond the demo."""
    try:
        return serve(1, PORT)
    except OSError:
        return serve(1)


def _empty(folder: Path) -> None:
    if not folder.exists():
        return
    if strangers := {path.name for path in folder.iterdir()} - _LEAVES:
        raise UsageError(
            f"the folder holds something that is not the demo's: {sorted(strangers)[0]}",
            where=str(folder),
            remedy="name another one with --to",
        )
    shutil.rmtree(folder)


def _subscribe(settings: Path) -> None:
    loaded = config.load(settings)
    with open_store(loaded) as store:
        for sample in SUBSCRIBERS:
            store.subscribers.add(
                sample.address,
                name=sample.name,
                language=sample.language,
                cadence=Cadence(sample.cadence),
                status=SubscriberStatus.CONFIRMED,
                profile=Profile(trades=tuple(sample.trades)),
                now=DAY_ONE - dt.timedelta(days=1),
            )


def _day(number: int, moment: dt.datetime, town: SampleTown, settings: Path, show: Show) -> None:
    """One day, as the timer would start it: a process of its own, because a crawl can start only once in one."""
    show.line("")
    show.line(f"Day {number}, {moment:%A %-d %B %Y at %H:%M}")
    town.set_day(number)
    _run(number, moment, settings, "run")
    if number == 1:
        show.line(
            "The sources were read for the first time, so nothing was announced by itself. An officer looks at it:"
        )
        _run(number, moment, settings, "withheld", "list")
        _run(number, moment, settings, "withheld", "release", "--all", "--who", "demo")
        _run(number, moment, settings, "digest")
        _run(number, moment, settings, "deliver")


def _run(number: int, moment: dt.datetime, settings: Path, *words: str) -> None:
    command = [sys.executable, "-m", "notifier", "--config", str(settings), "--now", moment.isoformat(), *words]
    ended = subprocess.run(command, check=False)  # noqa: S603 - our own program, with our own arguments
    if ended.returncode:
        raise NotifierError(
            f"day {number} of the demo ended with status {ended.returncode}", remedy="see the lines above"
        )


def _say_where(folder: Path, town: SampleTown, show: Show) -> None:
    mails = sorted((folder / "outbox" / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    show.line("")
    show.line(f"{len(mails)} mails were written:")
    for path in mails:
        message = message_from_bytes(path.read_bytes(), policy=modern)
        show.line(f"  to {message['To'].addresses[0].display_name}: {message['Subject']}")
    show.line("Look at")
    show.line(f"  {folder / 'site' / 'index.html'}  the public site")
    show.line(
        f"  {folder / 'outbox'}  the mails (a Maildir: 'mutt -f {folder / 'outbox'}', or open a file in a mail program)"
    )
    show.line(f"  {folder / 'staff' / 'kilder.html'}  what was read of each source, for the town's own staff")
    show.line(f"  {folder / 'notifier.db'}  the database")
    program = f"{sys.executable} -m notifier --config {folder / 'config'} --now {DAY_TWO.isoformat()}"
    show.line("Search, sign-up and the subscribers' own pages, which the mails lead to, work while this runs:")
    show.line(f"  {program} web")
    show.line("The desk of the town's own staff: the first makes an account and prints a link, the second serves it:")
    show.line(f"  {program} staff add anna@noerrevang.example --name Anna --role admin --show-link")
    show.line(f"  {program} desk")
    port = town.url.rpartition(":")[2]
    show.line("The town itself is closed again; links to its pages work while this runs:")
    show.line(f"  {sys.executable} -m notifier.sampletown --port {port} --day 2")
