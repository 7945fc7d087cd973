"""Building and delivery are killed at every step, and at random times, and run again: what came of each mail?

A process of its own takes the mails and remembers to whom they went. Another one builds the digests of some
subscribers and delivers them, and is killed: by itself at the n-th boundary (before and after each octet string that
goes to or comes from the relay, and before each SQL statement, COMMIT among them), or from outside at a random moment.
Then both are done again, to their end. At last the memory of the sink is compared with what the outbox says.

The same is done without the guards: nothing is written before the body leaves, which must show duplicates; and a
digest is not built in one transaction, which must show mails lost. A proof that cannot fail proves nothing.

Beside it stands the matrix of SMTP: at each stage of the conversation each fault, and what becomes of the mail.
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
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from notifier import config
from notifier.dispatch import build_digests
from notifier.lots import Assessment, Verdict
from notifier.outbox import deliver
from notifier.profiles import Profile, SubscriberStatus
from notifier.resources import resource
from notifier.site.fingerprints import lot_fingerprint
from notifier.store import Assessed, Published, Store
from notifier.store.outbox import MailStatus, Outbox, Settlement
from notifier.transport import RelayConnection, SmtpTransport
from tests.notifier import examples
from tests.smtp_sink import CLOSE, STAGES, STALL, Sink, Taken, make_server, serve_for_ever, smtp_sink

MAILS = 26
BOUNDARY_KILLS, RANDOM_KILLS = 1000, 500  # what the full proof has to reach
NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
SEED = 20261201
# Shares no factor with the boundaries of one mail (12 of building and 31 of delivery, 14 and 27 without a guard), so
# that all of them are met.
_STRIDE = 5
NAMES: dict[str, dict[str, str]] = {"da": {"cleaning": "Rengøring"}, "en": {"cleaning": "Cleaning"}}


# -- the relay -------------------------------------------------------------------------------------------------


@dataclass
class Relay:
    """A sink in a process of its own, and the file in which it remembers what it took."""

    port: int
    memory: Path

    def taken(self) -> dict[int, Counter[str]]:
        """By trial: how often each recipient was sent to. The sender's address carries the number of the trial."""
        found: dict[int, Counter[str]] = {}
        for line in self.memory.read_text(encoding="ascii").splitlines():
            sender, recipient = line.split(" ")
            found.setdefault(int(sender.split("@")[0].removeprefix("trial")), Counter())[recipient] += 1
        return found


@contextlib.contextmanager
def relay_process(folder: Path) -> Iterator[Relay]:
    """Ends when this process closes its end of a pipe, so also when it dies; then every conversation is over."""
    memory = folder / "taken"
    handle = os.open(memory, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    class Remembering(Sink):
        def recorded(self, mail: Taken) -> None:
            os.write(handle, "".join(f"{mail.sender} {one}\n" for one in mail.recipients).encode())

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


class Guard(StrEnum):
    """What is taken away, to see the proof fail."""

    ALL = "all"
    NO_DOUBT = "no doubt"  # what the outbox knows, it writes after the mail has left
    NO_TRANSACTION = "no transaction"  # digest, announcements and mail are written one by one


def run_delivery(database: Path, mail: config.Mail, steps: Steps, guard: Guard) -> str:
    """Build and deliver everything; what the report shows as held, and how many boundaries there were."""

    def connect(mail: config.Mail) -> smtplib.SMTP:
        connection = SteppingConnection(timeout=mail.timeout_s, local_hostname="prove.example")
        connection.step = steps
        connection.connect(mail.relay, mail.port)
        connection.ehlo_or_helo_if_needed()
        return connection

    settings = replace(config.load(resource("config"), environment={}), mail=mail, sources=())
    with Store.open(database) as store:
        if guard is Guard.NO_DOUBT:
            store.outbox = Unguarded(store._database)
        if guard is Guard.NO_TRANSACTION:
            store.transaction = contextlib.nullcontext  # type: ignore[method-assign]
        store._database.utils.conn.set_trace_callback(steps)
        built = build_digests(store, settings, NOW, NAMES)
        report = deliver(store, SmtpTransport(mail, connect=connect), NOW)
        if guard is Guard.ALL and (built.errors or report.failed):
            raise AssertionError((built, report))
        return f"{report.held} {sum('is held' in error for error in report.errors)} {steps.count}"


def fork_delivery(database: Path, mail: config.Mail, *, last: int | None = None, guard: Guard = Guard.ALL) -> int:
    """The same in a process of its own, which is killed at boundary `last`; its number."""
    process = os.fork()
    if process:
        return process
    try:
        answer = run_delivery(database, mail, Steps(last), guard)
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
    """What the outbox says after a trial, by recipient, and whether what is held was shown."""

    number: int
    kills: int
    states: dict[str, MailStatus | None]  # None: nothing was ever queued
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
            for recipient, state in trial.states.items():
                self.lost += state is not MailStatus.HELD and (state is not MailStatus.SENT or not arrived[recipient])
                self.arrived_though_held += state is MailStatus.HELD and arrived[recipient] > 0

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

    def trial(self, start: Callable[[Path, config.Mail], int], guard: Guard = Guard.ALL) -> Trial:
        """Copy the store, let `start` begin what is killed, do it again to the end."""
        self._trials += 1
        database = self._folder / "trial.db"
        for left in self._folder.glob("trial.*"):
            left.unlink()
        shutil.copyfile(self._full, database)
        mail = config.Mail(f"trial{self._trials}@kommune.example", relay="127.0.0.1", port=self._relay.port)
        killed = was_killed(start(database, mail))
        if killed:
            assert not was_killed(fork_delivery(database, mail, guard=guard))
        held, told, _ = map(int, database.with_suffix(".answer").read_text(encoding="ascii").split())
        states = _states(database)
        shown = held == list(states.values()).count(MailStatus.HELD) and told <= held
        return Trial(self._trials, int(killed), states, shown)

    def measure(self) -> tuple[int, float]:
        """Boundaries and seconds of a delivery that nobody disturbs."""
        begun = time.monotonic()
        self.trial(lambda database, mail: fork_delivery(database, mail))
        seconds = time.monotonic() - begun
        answer = (self._folder / "trial.answer").read_text(encoding="ascii")
        return int(answer.split()[2]), seconds


def _fill(database: Path) -> None:
    """Three published lots, and subscribers whom they concern."""
    with Store.open(database, create=True) as store, store.transaction():
        for number in range(3):
            lot = examples.lot(lot_id=f"LOT-{number}")
            store.notices.hold(examples.notice(key=f"n-{number}", procedure_id=f"p-{number}", lots=(lot,)), NOW)
        found = Assessment(Verdict.SUITABLE, 1.0, ("cleaning",))
        store.assessments.save([Assessed(item.number, found) for item in store.assessments.waiting("1")], NOW)
        views = list(store.lots.views(NOW))
        store.publications.record([Published(view.uid, lot_fingerprint(view)) for view in views], NOW)
        for number in range(MAILS):
            address = f"post{number}@roed-traad.example"
            profile = Profile(trades=("cleaning",))
            store.subscribers.add(address, now=NOW, status=SubscriberStatus.CONFIRMED, profile=profile)


def _states(database: Path) -> dict[str, MailStatus | None]:
    """Where each subscriber's mail stands, None where they have none. Two for one are told apart."""
    with Store.open(database) as store:
        states: dict[str, MailStatus | None] = {one.address: None for one in store.subscribers.all()}
        for status in MailStatus:
            for row in store.outbox.standing(status):
                name = row.recipient if states.get(row.recipient) is None else f"{row.recipient}#{row.number}"
                states[name] = status
        return states


def at_boundaries(bench: Bench, name: str, boundaries: Iterable[int], guard: Guard = Guard.ALL) -> Tally:
    """One trial for each boundary."""
    tally, begun = Tally(name), time.monotonic()
    for last in boundaries:

        def start(database: Path, mail: config.Mail, last: int = last) -> int:
            return fork_delivery(database, mail, last=last, guard=guard)

        tally.trials.append(bench.trial(start, guard))
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


def shortcomings(guarded: list[Tally], no_doubt: Tally, no_transaction: Tally, least: int = 1) -> list[str]:
    """What the figures should be and are not; each way of killing has to hit so many times at `least`."""
    found = []
    for tally in guarded:
        wrong = {"lost": tally.lost, "sent twice": tally.duplicates}
        found += [f"{tally.name}: {count} {what}" for what, count in wrong.items() if count]
        if max(tally.held(), default=0) > 1:
            found.append(f"{tally.name}: more than one mail held after one kill")
        if not all(trial.shown for trial in tally.trials):
            found.append(f"{tally.name}: a held mail was not shown by the report")
        if tally.kills < least:
            found.append(f"{tally.name}: {tally.kills} kills, and {least} are wanted")
    if not no_doubt.duplicates:
        found.append("without the guard nothing was sent twice: this proof cannot fail, so it proves nothing")
    if not no_transaction.lost:
        found.append("without the transaction nothing was lost: this proof cannot fail, so it proves nothing")
    return found


# -- SMTP, stage by stage --------------------------------------------------------------------------------------

FAULTS = {"4xx": b"451 4.3.0 later\r\n", "5xx": b"550 5.1.1 no\r\n", "421": b"421 4.3.2 closing\r\n", "cut": CLOSE}
FAULTS["stall"] = STALL
_RELAY, _MAIL, _DOUBT, _LATER, _SENT = "relay stopped", "this mail failed", "held", "tried later", "sent"
# What must become of a mail. A relay that refuses us, our sender or our password is nobody's fault.
EXPECTED = {
    **{(stage, fault): _RELAY for stage in ("CONNECT", "EHLO", "STARTTLS", "AUTH") for fault in FAULTS},
    **{("MAIL", fault): _LATER for fault in ("4xx", "421", "cut", "stall")},
    ("MAIL", "5xx"): _RELAY,
    **{(stage, fault): _LATER for stage in ("RCPT", "DATA", "BODY") for fault in ("4xx", "421")},
    **{(stage, "5xx"): _MAIL for stage in ("RCPT", "DATA", "BODY")},
    **{(stage, fault): _LATER for stage in ("RCPT", "DATA") for fault in ("cut", "stall")},
    **{("BODY", fault): _DOUBT for fault in ("cut", "stall")},
    **{("QUIT", fault): _SENT for fault in FAULTS},
}


def cell(stage: str, fault: str, folder: Path) -> str:
    """What becomes of a mail where the relay does `fault` at `stage`."""
    with smtp_sink({stage: FAULTS[fault]}) as sink:
        security, user = ("starttls", "") if stage == "STARTTLS" else ("none", "notifier" if stage == "AUTH" else "")
        mail = config.Mail(
            "trial1@kommune.example", relay="127.0.0.1", port=sink.port, security=security, user=user, password="x",
            timeout_s=0.3 if fault == "stall" else 20.0,
        )  # fmt: skip
        return came_of(mail, folder / f"{stage}-{fault}.db")


def came_of(mail: config.Mail, database: Path) -> str:
    """What becomes of the only mail of a new outbox that is delivered once."""
    with Store.open(database, create=True) as store:
        subscriber = store.subscribers.add("post@roed-traad.example", now=NOW, status=SubscriberStatus.CONFIRMED)
        number = store.outbox.add(
            digest_id=None,
            subscriber_id=subscriber.number,
            message_id="<0123456789abcdef0123456789abcdef@kommune.example>",
            recipient=subscriber.address,
            body=b"Subject: x\r\n\r\nEn opgave\r\n",
            now=NOW,
        )
        report = deliver(store, SmtpTransport(mail, answer_timeout_s=mail.timeout_s), NOW)
        row = store.outbox.row(number)
    assert row is not None
    if report.stopped:
        return _RELAY if row.status is MailStatus.QUEUED and not row.attempts else f"stopped, {row.status}"
    words = {MailStatus.SENT: _SENT, MailStatus.FAILED: _MAIL, MailStatus.HELD: _DOUBT, MailStatus.QUEUED: _LATER}
    return words.get(row.status, row.status.value)


def matrix(folder: Path) -> dict[tuple[str, str], str]:
    """Every stage with every fault."""
    return {(stage, fault): cell(stage, fault, folder) for stage in STAGES for fault in FAULTS}


def show_matrix(found: dict[tuple[str, str], str]) -> list[str]:
    """Print it; the cells that are not as they should be."""
    print(f"{'':<10}" + "".join(f"{fault:>18}" for fault in FAULTS))
    for stage in STAGES:
        print(f"{stage:<10}" + "".join(f"{found[stage, fault]:>18}" for fault in FAULTS))
    return [
        f"{fault} at {stage}: {found[stage, fault]} instead of {wanted}"
        for (stage, fault), wanted in EXPECTED.items()
        if found[stage, fault] != wanted
    ]


def main(*, quick: bool) -> int:
    """Run the proof and print its tables; 1 where it falls short. `quick` takes every fifth boundary."""
    with tempfile.TemporaryDirectory(prefix="prove-outbox-") as name:
        folder = Path(name)
        with relay_process(folder) as relay:
            bench = Bench(folder, relay)
            boundaries, seconds = bench.measure()
            stride = _STRIDE if quick else 1
            every = range(1, boundaries + 1, stride)
            some = range(1, boundaries + 1, _STRIDE**2 if quick else _STRIDE)
            guarded = [
                at_boundaries(bench, "at every fifth boundary" if quick else "at every boundary", every),
                at_random(bench, 60 if quick else RANDOM_KILLS, seconds),
            ]
            no_doubt = at_boundaries(bench, "without the guard", some, Guard.NO_DOUBT)
            no_transaction = at_boundaries(bench, "without the transaction", some, Guard.NO_TRANSACTION)
        taken = relay.taken()
        cells = matrix(folder)
    for tally in (*guarded, no_doubt, no_transaction):
        tally.judge(taken)
    print(f"{MAILS} digests a trial, {boundaries} boundaries, {seconds:.2f} s undisturbed, seed {SEED}")
    print("\n".join([HEADING, *(tally.line() for tally in (*guarded, no_doubt, no_transaction))]))
    least = 1 if quick else RANDOM_KILLS
    wrong = shortcomings(guarded, no_doubt, no_transaction, least) + show_matrix(cells)
    if not quick and guarded[0].kills < BOUNDARY_KILLS:
        wrong.append(f"{guarded[0].kills} boundaries, and {BOUNDARY_KILLS} are wanted")
    print("\n".join(wrong) if wrong else "as it should be: none lost, none twice; without the guards the proof fails")
    return 1 if wrong else 0
