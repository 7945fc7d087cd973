"""A delivery is killed at every step, and at random times, and run again: what came of each mail?

A process of its own takes the mails and remembers their Message-IDs. Another one delivers and is killed, by itself
at the n-th boundary (before and after each octet string that goes to or comes from the relay, and before each SQL
statement, COMMIT among them), or from outside at a random moment. Then the delivery is run again, to its end. At
last the memory of the sink is compared with what the outbox says.

The same is done without the guard (nothing is written before the body leaves), and must then show duplicates:
a proof that cannot fail proves nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import shutil
import signal
import smtplib
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from notifier import config
from notifier.outbox import deliver
from notifier.profiles import SubscriberStatus
from notifier.store import Store
from notifier.store.outbox import MailStatus, Outbox, Settlement
from notifier.transport import RelayConnection, SmtpTransport
from tests.smtp_sink import Sink, Taken, make_server, serve_for_ever

MAILS = 20
NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
SEED = 20261201
_STRIDE = 7  # shares no factor with the 27 boundaries of one mail, so that all of them are met


# -- the relay -------------------------------------------------------------------------------------------------


@dataclass
class Relay:
    """A sink in a process of its own, and the file in which it remembers what it took."""

    port: int
    memory: Path

    def taken(self) -> dict[int, Counter[str]]:
        """By trial: how often each Message-ID was taken. The sender's address carries the number of the trial."""
        found: dict[int, Counter[str]] = {}
        for line in self.memory.read_text(encoding="ascii").splitlines():
            sender, message_id = line.split(" ")
            found.setdefault(int(sender.split("@")[0].removeprefix("trial")), Counter())[message_id] += 1
        return found


@contextlib.contextmanager
def relay_process(folder: Path) -> Iterator[Relay]:
    """Ends when this process closes its end of a pipe, so also when it dies; then every conversation is over."""
    memory = folder / "taken"
    handle = os.open(memory, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    class Remembering(Sink):
        def recorded(self, mail: Taken) -> None:
            message_id = mail.body.split(b"\r\n")[0].removeprefix(b"Message-ID: ").decode()
            os.write(handle, f"{mail.sender} {message_id}\n".encode())

    server = make_server(Remembering)
    read_end, write_end = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(write_end)
        threading.Thread(target=serve_for_ever, args=(server,)).start()
        os.read(read_end, 1)
        server.shutdown()
        server.server_close()
        os._exit(0)
    os.close(read_end)
    server.socket.close()
    try:
        yield Relay(server.sink.port, memory)
    finally:
        os.close(write_end)
        os.waitpid(process, 0)
        os.close(handle)


# -- one delivery in a process of its own ----------------------------------------------------------------------


class Steps:
    """Counts boundaries, and kills this process at the one that was chosen."""

    def __init__(self, last: int | None) -> None:
        self._last, self.count = last, 0

    def __call__(self, *_: object) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


class SteppingConnection(RelayConnection):
    """A boundary before and after everything that is said or heard."""

    step: Steps

    def send(self, s: bytes | str) -> None:  # type: ignore[override]  # typeshed: ReadableBuffer | str
        self.step()
        super().send(s)
        self.step()

    def getreply(self) -> tuple[int, bytes]:
        self.step()
        reply = super().getreply()
        self.step()
        return reply


class Unguarded(Outbox):
    """An outbox as many programs have it: what it knows, it writes after the mail has left."""

    def begin_body(self, number: int) -> bool:
        return True

    def settle(self, number: int, settlement: Settlement, *, body_begun: bool) -> bool:
        return super().settle(number, settlement, body_begun=False)


def run_delivery(database: Path, mail: config.Mail, steps: Steps, *, guarded: bool) -> str:
    """Deliver everything; the answer is what the report shows as held, and how many boundaries there were."""

    def connect(mail: config.Mail) -> smtplib.SMTP:
        connection = SteppingConnection(timeout=mail.timeout_s, local_hostname="prove.example")
        connection.step = steps
        connection.connect(mail.relay, mail.port)
        connection.ehlo_or_helo_if_needed()
        return connection

    with Store.open(database) as store:
        if not guarded:
            store.outbox = Unguarded(store._database)
        store._database.utils.conn.set_trace_callback(steps)
        report = deliver(store, SmtpTransport(mail, connect=connect), NOW)
        return f"{report.held} {sum('is held' in error for error in report.errors)} {steps.count}"


def fork_delivery(database: Path, mail: config.Mail, *, last: int | None = None, guarded: bool = True) -> int:
    """The same in a process of its own, which is killed at boundary `last`; its number."""
    process = os.fork()
    if process:
        return process
    try:
        answer = run_delivery(database, mail, Steps(last), guarded=guarded)
        database.with_suffix(".answer").write_text(answer, encoding="ascii")
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(3)


def was_killed(process: int) -> bool:
    """Wait for a delivery; False where it came to its end. One that failed by itself ends the proof."""
    status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        sys.exit("a delivery failed instead of being killed: see above")
    return False


# -- trials ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """What the outbox says after a trial, by Message-ID, and whether what is held was shown."""

    number: int
    kills: int
    states: dict[str, MailStatus]
    shown: bool


@dataclass
class Tally:
    """A row of the table."""

    name: str
    trials: list[Trial] = field(default_factory=list)
    seconds: float = 0.0
    lost: int = 0
    duplicates: int = 0
    most_duplicates: int = 0
    arrived_though_held: int = 0

    @property
    def kills(self) -> int:
        return sum(trial.kills for trial in self.trials)

    def held(self) -> list[int]:
        return [list(trial.states.values()).count(MailStatus.HELD) for trial in self.trials]

    def judge(self, taken: dict[int, Counter[str]]) -> None:
        """Compare what the outboxes say with what the relay remembers."""
        for trial in self.trials:
            arrived = taken.get(trial.number, Counter())
            extra = sum(max(count - 1, 0) for count in arrived.values())
            self.duplicates += extra
            self.most_duplicates = max(self.most_duplicates, extra)
            for message_id, state in trial.states.items():
                self.lost += state is not MailStatus.HELD and (state is not MailStatus.SENT or not arrived[message_id])
                self.arrived_though_held += state is MailStatus.HELD and arrived[message_id] > 0

    def line(self) -> str:
        rate = self.kills / self.seconds if self.seconds else 0.0
        return (
            f"{self.name:<28}{self.kills:>7}{self.lost:>7}{self.duplicates:>12}{self.most_duplicates:>10}"
            f"{sum(self.held()):>7}{max(self.held(), default=0):>10}{self.arrived_though_held:>10}"
            f"{self.seconds:>9.1f}{rate:>9.1f}"
        )


HEADING = (
    f"{'':<28}{'kills':>7}{'lost':>7}{'duplicates':>12}{'most/kill':>10}{'held':>7}{'most/kill':>10}"
    f"{'arrived':>10}{'seconds':>9}{'kills/s':>9}"
)


class Bench:
    """Makes trials: each with its own copy of the same full outbox and its own sender."""

    def __init__(self, folder: Path, relay: Relay) -> None:
        self._folder, self._relay, self._trials = folder, relay, 0
        self._full = folder / "full.db"
        _fill(self._full)

    def trial(self, start: Callable[[Path, config.Mail], int], *, guarded: bool = True) -> Trial:
        """Copy the outbox, let `start` begin a delivery that is killed, deliver again to the end."""
        self._trials += 1
        database = self._folder / "trial.db"
        for left in self._folder.glob("trial.*"):
            left.unlink()
        shutil.copyfile(self._full, database)
        mail = config.Mail(f"trial{self._trials}@kommune.example", relay="127.0.0.1", port=self._relay.port)
        killed = was_killed(start(database, mail))
        if killed:
            assert not was_killed(fork_delivery(database, mail, guarded=guarded))
        held, told, _ = map(int, database.with_suffix(".answer").read_text(encoding="ascii").split())
        states = _states(database)
        shown = held == told == list(states.values()).count(MailStatus.HELD)
        return Trial(self._trials, int(killed), states, shown)

    def measure(self) -> tuple[int, float]:
        """Boundaries and seconds of a delivery that nobody disturbs."""
        begun = time.monotonic()
        self.trial(lambda database, mail: fork_delivery(database, mail))
        seconds = time.monotonic() - begun
        answer = (self._folder / "trial.answer").read_text(encoding="ascii")
        return int(answer.split()[2]), seconds


def _fill(database: Path) -> None:
    with Store.open(database, create=True) as store, store.transaction():
        for number in range(MAILS):
            address = f"post{number}@roed-traad.example"
            subscriber = store.subscribers.add(address, now=NOW, status=SubscriberStatus.CONFIRMED)
            message_id = f"<{number:032}@kommune.example>"
            body = f"Message-ID: {message_id}\r\nSubject: {number}\r\n\r\nEn opgave\r\n".encode()
            store.outbox.add(
                digest_id=None,
                subscriber_id=subscriber.number,
                message_id=message_id,
                recipient=address,
                body=body,
                now=NOW,
            )


def _states(database: Path) -> dict[str, MailStatus]:
    with Store.open(database) as store:
        return {row.message_id: status for status in MailStatus for row in store.outbox.standing(status)}


def at_boundaries(bench: Bench, name: str, boundaries: Iterable[int], *, guarded: bool) -> Tally:
    """One trial for each boundary."""
    tally, begun = Tally(name), time.monotonic()
    for last in boundaries:

        def start(database: Path, mail: config.Mail, last: int = last) -> int:
            return fork_delivery(database, mail, last=last, guarded=guarded)

        tally.trials.append(bench.trial(start, guarded=guarded))
    tally.seconds = time.monotonic() - begun
    return tally


def at_random(bench: Bench, count: int, within_s: float) -> Tally:
    """Trials that are killed from outside until so many were hit; one that was over before is judged as well."""
    tally, begun, chance = Tally("at random times"), time.monotonic(), random.Random(SEED)
    while tally.kills < count:
        pause = chance.uniform(0, within_s)

        def start(database: Path, mail: config.Mail, pause: float = pause) -> int:
            process = fork_delivery(database, mail)
            time.sleep(pause)
            os.kill(process, signal.SIGKILL)  # a process that has ended waits for us under its number
            return process

        tally.trials.append(bench.trial(start))
    tally.seconds = time.monotonic() - begun
    return tally


def shortcomings(guarded: list[Tally], unguarded: Tally) -> list[str]:
    """What the figures should be and are not."""
    found = []
    for tally in guarded:
        wrong = {"lost": tally.lost, "sent twice": tally.duplicates}
        found += [f"{tally.name}: {count} {what}" for what, count in wrong.items() if count]
        if max(tally.held(), default=0) > 1:
            found.append(f"{tally.name}: more than one mail held after one kill")
        if not all(trial.shown for trial in tally.trials):
            found.append(f"{tally.name}: a held mail was not shown by the report")
        if not tally.kills:
            found.append(f"{tally.name}: nothing was killed")
    if not unguarded.duplicates:
        found.append("without the guard nothing was sent twice: this proof cannot fail, so it proves nothing")
    return found


def main(*, quick: bool) -> int:
    """Run the proof and print its table; 1 where it falls short. `quick` takes every seventh boundary."""
    with tempfile.TemporaryDirectory(prefix="prove-outbox-") as name:
        folder = Path(name)
        with relay_process(folder) as relay:
            bench = Bench(folder, relay)
            boundaries, seconds = bench.measure()
            every, some = (
                range(1, boundaries + 1, _STRIDE if quick else 1),
                range(1, boundaries + 1, _STRIDE if quick else 4),
            )
            guarded = [
                at_boundaries(
                    bench, "at every seventh boundary" if quick else "at every boundary", every, guarded=True
                ),
                at_random(bench, 60 if quick else 500, seconds),
            ]
            unguarded = at_boundaries(bench, "without the guard", some, guarded=False)
        taken = relay.taken()
    for tally in (*guarded, unguarded):
        tally.judge(taken)
    print(f"{MAILS} mails a trial, {boundaries} boundaries, {seconds:.2f} s undisturbed, seed {SEED}")
    print("\n".join([HEADING, *(tally.line() for tally in (*guarded, unguarded))]))
    wrong = shortcomings(guarded, unguarded)
    print("\n".join(wrong) if wrong else "as it should be: none lost, none twice; without the guard the proof fails")
    return 1 if wrong else 0
