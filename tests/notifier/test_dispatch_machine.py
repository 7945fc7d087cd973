"""Lots, rules, people and crashes in any order, against a small model that says who has to be told what.

The model knows nothing of tables: of each lot when it was withheld and why, of each person when they said yes and what
they heard. After every building the two are compared: nothing is told twice, too early, too late, to somebody who
should not hear it, or never.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from notifier import dispatch
from notifier.clock import COPENHAGEN
from notifier.lots import Deadline, Notice, RunPurpose, Verdict
from notifier.profiles import Announced, Cadence, Profile, SubscriberStatus
from notifier.store.outbox import MailStatus
from notifier.store.values import stamp
from notifier.transport import Handover, Letter
from tests.notifier.office import DAY, HOUR, SUITABLE, UNSUITABLE, Office, Taker, open_office, plain_text, tender, uid
from tests.notifier.store.samples import lot

START = dt.datetime(2026, 10, 22, 4, tzinfo=dt.UTC)  # a Thursday; on Sunday the clocks are put back
MINUTE = dt.timedelta(minutes=1)
WISH = Profile(trades=("cleaning",), most=15)
_NEW = re.compile(r"^NYE OPGAVER\n=+\n(.*?)(?=^=+$|^-+$|\Z)", re.M | re.S)
_TITLE = re.compile(r"^\s*\d+\. Opgave (\d+)$", re.M)


@dataclass
class Task:
    """What the model knows of a lot. Moments are those at which something was withheld."""

    number: int
    deadline: dt.datetime
    suits: bool  # by the rules that judge
    held: dt.datetime | None = None  # the lot as such
    gained: dt.datetime | None = None  # by other rules, as it stands now
    gained_left: bool = False  # and that was left to lie
    left: list[dt.datetime] = field(default_factory=list)  # the same of how it stood before
    changes: list[dt.datetime | None] = field(default_factory=list)  # of each: when it was withheld
    tagged: bool = False
    page: tuple[object, ...] | None = None  # what the public page says

    @property
    def public(self) -> bool:
        return self.suits or self.tagged

    def shown(self) -> tuple[object, ...]:
        return (self.deadline, self.public, len(self.changes))

    def notice(self) -> Notice:
        return tender(self.number, lot(title=f"Opgave {self.number}", deadline=Deadline(self.deadline)))

    def telling(self, now: dt.datetime) -> bool:
        """Whether anything may be said of it at all."""
        return self.public and self.page == self.shown() and self.deadline >= now

    def kept_from(self, joined: dt.datetime) -> bool:
        by_rules = [] if self.tagged else [*self.left, self.gained]
        return any(since is not None and joined <= since for since in [self.held, *by_rules])


@dataclass
class Person:
    """What the model knows of a subscriber."""

    number: int
    address: str
    cadence: Cadence
    token: str
    joined: dt.datetime | None = None  # while they are to be written to
    asked: dt.datetime = START
    told: set[int] = field(default_factory=set)
    heard: Counter[int] = field(default_factory=Counter)  # changes of each lot
    built: list[dt.datetime] = field(default_factory=list)  # digests
    waiting: dict[dt.datetime, dt.datetime] = field(default_factory=dict)  # those that have not left: good until then

    def due(self, now: dt.datetime, crawled: dt.datetime, last_build: dt.datetime) -> bool:
        if self.joined is None:
            return False
        local, days = now.astimezone(COPENHAGEN), [at.astimezone(COPENHAGEN).date() for at in self.built]
        if self.cadence is Cadence.INSTANT:
            return all(at < crawled for at in self.built)
        if self.cadence is Cadence.DAILY and local.weekday() > 4:
            return False
        if self.cadence is Cadence.DAILY and local.hour >= 7:
            return local.date() not in days
        if self.cadence is Cadence.WEEKLY and (local.weekday() > 0 or local.hour >= 7):
            return local.isocalendar()[:2] not in [day.isocalendar()[:2] for day in days]
        back = 7 if self.cadence is Cadence.WEEKLY else 3 if local.weekday() == 0 else 1
        should_have_been = (local - back * DAY).replace(hour=7, minute=0, second=0, microsecond=0)
        return last_build < should_have_been and all(at < should_have_been for at in self.built)


class Watched(Taker):
    """Hands nothing to anybody who has not said yes, or said stop; dies where it is told to."""

    def __init__(self, machine: DispatchMachine) -> None:
        super().__init__()
        self._machine = machine
        self.dies_after: int | None = None

    def send(self, letter: Letter, before_body: Any) -> Handover:
        handover = super().send(letter, before_body)
        if handover.outcome.value == "accepted":
            self._machine.arrived(letter)
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after < 0:
                raise KeyboardInterrupt
        return handover


class DispatchMachine(RuleBasedStateMachine):
    """One office, its lots and its people."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = START
        self.crawled = START
        self.last_build = dt.datetime.max.replace(tzinfo=dt.UTC)  # on a weekday
        self.rulebook = 1
        self.tasks: dict[int, Task] = {}
        self.people: dict[int, Person] = {}
        self.named: dict[str, Counter[int]] = {}
        self.by_digest: dict[int, dict[dt.datetime, tuple[set[int], Counter[int]]]] = {}
        self.left_lots: set[int] = set()
        self.left_changes: set[dt.datetime] = set()
        self.relay = Watched(self)
        self.office = self.opened()
        self.office.crawl(at=self.now)

    def opened(self) -> Office:
        office = open_office(Path(self.folder.name))
        office.store._database._connection.execute("PRAGMA synchronous = OFF")  # no power is cut here
        office.relay, office.rules = self.relay, str(self.rulebook)
        return office

    def reopen(self) -> None:
        self.office.store.close()
        self.office = self.opened()

    def teardown(self) -> None:
        self.office.store.close()
        self.folder.cleanup()

    def tick(self) -> None:
        self.now += MINUTE

    @initialize()
    def three_people_and_a_lot(self) -> None:
        for cadence in Cadence:
            self.sign_up(cadence, confirmed=True)
        self.new_lots(1, 20, backfill=False)

    # -- lots ----------------------------------------------------------------------------------------------------------

    def judged(self, number: int) -> bool:
        return (number * 5 + self.rulebook * 3) % 4 != 0

    def judge(self) -> None:
        verdicts = {f"Opgave {one}": SUITABLE if self.judged(one) else UNSUITABLE for one in self.tasks}
        self.office.rules = str(self.rulebook)
        self.office.judge(self.now, verdicts)

    def crawl(self, *notices: Notice, backfill: bool) -> None:
        purpose = RunPurpose.BACKFILL if backfill else RunPurpose.CRAWL
        self.office.crawl(*notices, at=self.now, purpose=purpose)
        self.crawled = self.crawled if backfill else self.now
        self.judge()

    def some(self, data: st.DataObject) -> Task:
        return self.tasks[data.draw(st.sampled_from(sorted(self.tasks)))]

    def one(self, data: st.DataObject) -> Person:
        return self.people[data.draw(st.sampled_from(sorted(self.people)))]

    @rule(count=st.integers(1, 3), days=st.integers(1, 40), backfill=st.booleans())
    def new_lots(self, count: int, days: int, backfill: bool) -> None:
        self.tick()
        fresh = range(len(self.tasks) + 1, len(self.tasks) + count + 1)
        held = self.now if backfill else None
        for number in fresh:
            self.tasks[number] = Task(number, self.now + days * DAY, self.judged(number), held)
        self.crawl(*(self.tasks[number].notice() for number in fresh), backfill=backfill)

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), days=st.integers(1, 9), backfill=st.booleans())
    def move_a_deadline(self, data: st.DataObject, days: int, backfill: bool) -> None:
        self.tick()
        task = self.some(data)
        task.deadline += days * DAY
        task.changes.append(self.now if backfill else None)
        if task.gained_left and task.gained is not None:
            task.left.append(task.gained)
        task.gained, task.gained_left, task.suits = None, False, self.judged(task.number)
        self.crawl(task.notice(), backfill=backfill)

    @rule()
    def crawl_without_news(self) -> None:
        self.tick()
        self.crawl(backfill=False)

    @rule()
    def change_the_rules(self) -> None:
        self.tick()
        self.rulebook += 1
        for task in self.tasks.values():
            before, task.suits = task.suits, self.judged(task.number)
            if task.suits and not before and task.gained is None:
                task.gained = self.now
            if not task.suits and not task.gained_left:
                task.gained = None
        self.judge()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def tag(self, data: st.DataObject) -> None:
        self.tick()
        task = self.some(data)
        task.tagged, task.held, task.gained, task.gained_left = True, None, None, False
        task.left.clear()
        self.office.store.tags.add(
            uid(task.number), Verdict.SUITABLE, who="anna", why="passer", now=self.now, trades=("cleaning",)
        )

    @precondition(lambda self: any(task.tagged for task in self.tasks.values()))
    @rule(data=st.data())
    def untag(self, data: st.DataObject) -> None:
        self.tick()
        task = data.draw(st.sampled_from([task for task in self.tasks.values() if task.tagged]))
        task.tagged = False
        self.office.store.tags.remove(uid(task.number), who="anna", now=self.now)

    @rule()
    def release(self) -> None:
        self.tick()
        self.office.release(self.now)
        for task in self.tasks.values():
            if not self.left_as_such(task):
                task.held = None
            if not task.gained_left:
                task.gained = None
            task.changes = [None if one not in self.left_changes else one for one in task.changes]

    @rule()
    def leave(self) -> None:
        self.tick()
        self.office.leave(self.now)
        for task in self.tasks.values():
            self.left_lots |= {task.number} if task.held is not None else set()
            task.gained_left = task.gained is not None
            self.left_changes |= {one for one in task.changes if one is not None}

    def left_as_such(self, task: Task) -> bool:
        return task.number in self.left_lots and task.held is not None

    @rule()
    def publish(self) -> None:
        self.tick()
        self.office.publish(self.now)
        for task in self.tasks.values():
            task.page = task.shown() if task.public else None

    # -- people --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.people) < 6)
    @rule(cadence=st.sampled_from(Cadence), confirmed=st.sampled_from([True, True, True, False]))
    def sign_up(self, cadence: Cadence, confirmed: bool) -> None:
        self.tick()
        address = f"post{len(self.people) + 1}@roed-traad.example"
        asked = self.office.store.subscribers.ask(address, now=self.now, cadence=cadence, profile=WISH)
        person = Person(asked.subscriber.number, address, cadence, asked.token, asked=self.now)
        self.people[person.number] = person
        if confirmed:
            self.confirm_one(person)

    def confirm_one(self, person: Person) -> None:
        if self.office.store.subscribers.confirm(person.token, self.now) is not None and person.joined is None:
            person.joined = self.now

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def say_yes(self, data: st.DataObject) -> None:
        self.tick()
        self.confirm_one(self.one(data))

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def say_stop(self, data: st.DataObject) -> None:
        self.tick()
        person = self.one(data)
        person.joined = None
        self.office.store.subscribers.set_status(person.number, SubscriberStatus.UNSUBSCRIBED, self.now)

    @precondition(lambda self: any(person.joined is None for person in self.people.values()))
    @rule(data=st.data(), cadence=st.sampled_from(Cadence))
    def come_back(self, data: st.DataObject, cadence: Cadence) -> None:
        self.tick()
        person = data.draw(st.sampled_from([person for person in self.people.values() if person.joined is None]))
        asked = self.office.store.subscribers.ask(person.address, now=self.now, cadence=cadence, profile=WISH)
        person.token, person.cadence = asked.token or person.token, asked.subscriber.cadence
        self.confirm_one(person)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), cadence=st.sampled_from(Cadence))
    def wish_for_another_cadence(self, data: st.DataObject, cadence: Cadence) -> None:
        self.tick()
        person = self.one(data)
        person.cadence = cadence
        self.office.change(person.number, cadence=cadence, profile=WISH)

    # -- digests -------------------------------------------------------------------------------------------------------

    @rule(hours=st.integers(1, 30))
    def hours_pass(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        self.now += days * DAY

    @rule()
    def until_seven(self) -> None:
        """The next morning at which most digests are due."""
        local = self.now.astimezone(COPENHAGEN)
        self.now = (local.replace(hour=7, minute=30) + (DAY if local.hour >= 7 else 0 * DAY)).astimezone(dt.UTC)

    @rule(dies_after=st.sampled_from([None, None, 0, 1, 2]))
    def build(self, dies_after: int | None) -> None:
        """Build all digests that are due; or be killed before the next mail after so many is written."""
        self.tick()
        due, written, write = self.begin(), 0, dispatch._write

        def writing(*words: Any) -> None:
            nonlocal written
            if written == dies_after:
                raise KeyboardInterrupt
            written += 1
            write(*words)

        whole = True
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(dispatch, "_write", writing)
            try:
                assert self.office.build(self.now).errors == ()
            except KeyboardInterrupt:
                whole = False
                self.reopen()
        if whole and self.now.astimezone(COPENHAGEN).weekday() < 5:
            self.last_build = self.now
        self.compare(due, whole=whole)

    @rule(dies_after=st.sampled_from([None, None, 0, 1, 2]))
    def deliver(self, dies_after: int | None) -> None:
        """Deliver what waits; or be killed while the next mail after so many is handed over: that one is in doubt."""
        self.tick()
        self.relay.dies_after = dies_after
        try:
            self.office.deliver(self.now)
        except KeyboardInterrupt:
            self.reopen()
        self.relay.dies_after = None
        self.see_what_did_not_leave()

    def see_what_did_not_leave(self) -> None:
        """A digest that tells what is no longer public is gone, one of somebody who said stop has told nothing."""
        outbox = self.office.store.outbox
        queued = {(row.subscriber_id, row.created) for row in outbox.standing(MailStatus.QUEUED)}
        stopped = {
            (row.subscriber_id, row.created)
            for row in outbox.standing(MailStatus.FAILED)
            if row.error == "unsubscribed"
        }
        for person in self.people.values():
            for at in [at for at in person.waiting if (person.number, at) not in queued]:
                del person.waiting[at]
                if not self.has_digest(person, at):
                    assert any(self.tasks[number].page is None for number in person.told)
                    person.built.remove(at)
                if (person.number, at) in stopped or at not in person.built:
                    self.forget(person, at)

    def has_digest(self, person: Person, at: dt.datetime) -> bool:
        sql = "SELECT count(*) FROM digests WHERE subscriber_id = ? AND created = ?"
        return bool(self.office.store._database.number(sql, (person.number, stamp(at))))

    @rule(dies_building=st.sampled_from([None, None, 0, 1]), dies_delivering=st.sampled_from([None, None, 0, 1]))
    def morning(self, dies_building: int | None, dies_delivering: int | None) -> None:
        """What the timer does: publish, build, deliver; once more where it was killed."""
        self.until_seven()
        self.publish()
        self.build(dies_building)
        self.build(None)
        self.deliver(dies_delivering)
        self.deliver(None)

    @rule()
    def die(self) -> None:
        self.reopen()

    # -- what must hold ------------------------------------------------------------------------------------------------

    def begin(self) -> set[int]:
        """Take back what waits for too long, and say who is due."""
        for person in self.people.values():
            for at in [at for at, good_until in person.waiting.items() if good_until <= self.now]:
                del person.waiting[at]
                person.built.remove(at)
                self.forget(person, at)
        return {person.number for person in self.people.values() if person.due(self.now, self.crawled, self.last_build)}

    def forget(self, person: Person, at: dt.datetime) -> None:
        """What stood in a digest that never left is free to be told again."""
        told, heard = self.by_digest[person.number].pop(at)
        person.told -= told
        person.heard -= heard

    def compare(self, due: set[int], *, whole: bool) -> None:
        """What everybody was told now is what the model says, for all who were reached."""
        last = self.office.store.digests.all_last_made(self.people)
        for person in self.people.values():
            reached = last.get(person.number) == self.now
            assert not reached or person.number in due
            told, heard = self.expected(person) if person.number in due else (set(), Counter[int]())
            if not reached and whole:
                assert (told, heard) == (set(), Counter()), f"{person} was not told of {told}"
            if not reached:
                told, heard = set(), Counter[int]()
            person.told |= told
            person.heard += heard
            if reached:
                person.built.append(self.now)
                person.waiting[self.now] = self.good_until(person)
                self.by_digest.setdefault(person.number, {})[self.now] = (told, heard)
        self.everybody_knows_what_the_model_says()

    def good_until(self, person: Person) -> dt.datetime:
        """As `dispatch.good_until` has it, which has tests of its own: the model knows of no reminders."""
        sql = "SELECT good_until FROM outbox WHERE subscriber_id = ? AND created = ?"
        (until,) = self.office.store._database.column(dt.datetime, sql, (person.number, stamp(self.now)))
        assert until <= self.now + dispatch.STALE
        return until

    def expected(self, person: Person) -> tuple[set[int], Counter[int]]:
        """The lots that a digest has to tell as new, and how many changes of each lot."""
        assert person.joined is not None
        told, heard = set[int](), Counter[int]()
        for task in self.tasks.values():
            if not task.telling(self.now):
                continue
            unheard = task.changes[person.heard[task.number] :]
            fresh = task.number not in person.told
            if fresh and task.kept_from(person.joined):
                continue
            news = any(since is None or person.joined > since for since in unheard)
            if fresh:
                told.add(task.number)
            if fresh or news:
                heard[task.number] = len(unheard)
        return told, +heard

    def everybody_knows_what_the_model_says(self) -> None:
        for person in self.people.values():
            notes = self.office.store.digests.announced(person.number)
            new = {one.item_uid for one in notes if one.kind is Announced.NEW}
            changed = Counter(one.item_uid for one in notes if one.kind is Announced.CHANGED)
            assert new == {uid(number) for number in person.told}
            assert changed == Counter({uid(number): count for number, count in person.heard.items() if count})

    def arrived(self, letter: Letter) -> None:
        """A mail is handed over: to somebody who wants it, naming all that its digest tells, and nothing twice."""
        person = next(one for one in self.people.values() if one.address == letter.recipient)
        assert person.joined is not None, "said stop, or never said yes"
        found = _NEW.search(plain_text(letter.body))
        names = {int(number) for number in _TITLE.findall(found.group(1))} if found else set()
        sql = "SELECT created FROM outbox WHERE message_id = ?"
        (at,) = self.office.store._database.column(dt.datetime, sql, (letter.message_id,))
        assert person.waiting.pop(at) > self.now, "no longer good"
        told, _ = self.by_digest[person.number][at]
        assert names == told or (names < told and len(names) == WISH.most)
        named = self.named.setdefault(person.address, Counter())
        named.update(names)
        assert max(named.values(), default=1) == 1, f"told twice: {named}"

    @invariant()
    def no_mail_is_lost(self) -> None:
        """Each digest has its mail, wherever that stands."""
        sql = "SELECT (SELECT count(*) FROM digests) - (SELECT count(digest_id) FROM outbox)"
        assert self.office.store._database.number(sql) == 0


TestDispatch = DispatchMachine.TestCase
TestDispatch.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
