"""A day in an invented town's office, for the tests of what is announced: crawl, judge, publish, build, look who knows.

Every step is the program's own; only the network, the rules and the site's files are left out.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from notifier import config
from notifier.dispatch import DispatchReport, build_digests, preview
from notifier.intake import Intake
from notifier.lots import Agreement, Assessment, Document, Lot, LotView, Notice, RunPurpose, RunStatus, Verdict
from notifier.outbox import DeliveryReport, deliver
from notifier.profiles import Announced, Announcement, Cadence, Profile, Subscriber, SubscriberStatus
from notifier.resources import resource
from notifier.site.fingerprints import agreement_fingerprint, lot_fingerprint
from notifier.store import Assessed, Published, Store
from notifier.transport import Handover, Letter, Outcome
from notifier.withheld import Decision
from tests.notifier.store.samples import MONDAY, call, lot

NAMES: dict[str, dict[str, str]] = {"da": {"cleaning": "Rengøring"}, "en": {"cleaning": "Cleaning"}}
SUITABLE = Assessment(Verdict.SUITABLE, 1.0, ("cleaning",), rules_version="1")
UNSUITABLE = Assessment(Verdict.UNSUITABLE, 0.0, rules_version="1")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SUNDAY = MONDAY - DAY


def tender(number: int, *lots: Lot, **fields: object) -> Notice:
    """A call of a procedure of its own, with one lot of a title of its own where none is given."""
    given = lots or (lot(title=f"Opgave {number}"),)
    return replace(call(f"{number}-2026", *given, procedure_id=f"P{number}"), **fields)  # type: ignore[arg-type]


def uid(number: int) -> str:
    """The identity of that tender's lot."""
    return f"P{number}/LOT-0001"


def new(number: int, key: str = "") -> Announcement:
    """That the tender's lot was told as new."""
    return Announcement(Announced.NEW, uid(number), key)


@dataclass
class Taker:
    """A relay that takes everything and remembers it."""

    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        if not before_body():
            return Handover(Outcome.CALLED_OFF)
        self.letters.append(letter)
        return Handover(Outcome.ACCEPTED)

    def close(self) -> None:
        pass


@dataclass
class Office:
    """One store and what is done with it."""

    store: Store
    settings: config.Config
    relay: Taker = field(default_factory=Taker)
    rules: str = "1"
    judged: Assessment = SUITABLE

    def crawl(
        self,
        *found: Notice | Agreement,
        at: dt.datetime,
        source: str = "ted",
        purpose: RunPurpose = RunPurpose.CRAWL,
        status: RunStatus | None = RunStatus.GOOD,
        asked: str = "",
        document: Document | None = None,
    ) -> None:
        """A run that reads all it lists; without a status it is cut off after its last batch."""
        sink = Intake(self.store, lambda: at, purpose)
        sink.since(source, asked)
        sink.listed(source, [one.key for one in found])
        if document is not None:
            sink.document(source, document)
        for one in found:
            if isinstance(one, Notice):
                sink.notice(source, one, document)
            else:
                sink.agreement(source, one, document)
        if status is None:
            sink._hold(sink._run(source))
        else:
            sink.finished(source, status)

    def crawl_before(self, at: dt.datetime = SUNDAY - DAY) -> None:
        """A source that was read before, and listed nothing then."""
        self.crawl(at=at)

    def judge(self, at: dt.datetime, verdicts: Mapping[str, Assessment] | None = None) -> None:
        """Give everything that waits for it its verdict: `judged`, or what stands beside the lot's title."""
        known = verdicts or {}
        found = [
            Assessed(
                item.number,
                replace(known.get(item.lot.title, self.judged), rules_version=self.rules),
            )
            for item in self.store.assessments.waiting(self.rules)
        ]
        self.store.assessments.save(found, at)
        for view in self.store.agreements.waiting(self.rules):
            self.store.agreements.save_trades(view.uid, self.judged.trades, self.rules, at)

    def publish(self, at: dt.datetime) -> None:
        public = [Published(view.uid, lot_fingerprint(view)) for view in self.store.lots.views(at) if view.public]
        public += [Published(view.uid, agreement_fingerprint(view)) for view in self.store.agreements.views()]
        self.store.publications.record(public, at)
        self.store.publications.forget(self.store.publications.fingerprints().keys() - {one.item_uid for one in public})

    def build(self, at: dt.datetime) -> DispatchReport:
        return build_digests(self.store, self.settings, at, NAMES)

    def deliver(self, at: dt.datetime) -> DeliveryReport:
        return deliver(self.store, self.relay, at)

    def morning(self, at: dt.datetime) -> DispatchReport:
        """Judge, publish, build, deliver: what follows a crawl."""
        self.judge(at)
        self.publish(at)
        report = self.build(at)
        self.deliver(at)
        return report

    def subscribe(
        self,
        name: str = "post",
        at: dt.datetime = SUNDAY - DAY,
        *,
        cadence: Cadence = Cadence.DAILY,
        profile: Profile | None = None,
    ) -> int:
        return self.store.subscribers.add(
            f"{name}@roed-traad.example",
            cadence=cadence,
            status=SubscriberStatus.CONFIRMED,
            profile=profile or Profile(trades=("cleaning",)),
            now=at,
        ).number

    def change(self, number: int, *, cadence: Cadence = Cadence.DAILY, profile: Profile | None = None) -> None:
        """Another cadence or other wishes for a subscriber."""
        wishes = profile or Profile(trades=("cleaning",))
        self.store.subscribers.change(number, name="", language="da", cadence=cadence, profile=wishes)

    def told(self, number: int) -> set[Announcement]:
        """All that a subscriber was ever told, but for deadlines that came near while it was told."""
        return {one for one in self.store.digests.announced(number) if one.kind is not Announced.CLOSING}

    def decide(self, decision: Decision, at: dt.datetime) -> int:
        """An officer's word on all that waits for one."""
        numbers = [one.number for one in self.store.withheld.undecided()]
        return self.store.withheld.decide(numbers, decision, "anna", at)

    def release(self, at: dt.datetime) -> int:
        return self.decide(Decision.RELEASED, at)

    def leave(self, at: dt.datetime) -> int:
        return self.decide(Decision.LEFT, at)

    def would_go_out(self, at: dt.datetime) -> dict[int, set[Announcement]]:
        """What each subscriber would be told by the next digest if all that waits were released."""
        shown = preview(self.store, self.settings, at, [one.number for one in self.store.withheld.undecided()])
        return {
            number: set(after.announcements) - set(before.announcements) for number, (before, after) in shown.items()
        }

    def view(self, number: int, at: dt.datetime) -> LotView:
        (found,) = self.store.lots.views(at, uids=[uid(number)])
        return found

    def subscriber(self, number: int) -> Subscriber:
        found = self.store.subscribers.get(number)
        assert found is not None
        return found

    def texts(self, number: int) -> list[str]:
        """The plain texts of all mails that reached a subscriber, oldest first, each as one line."""
        address = self.subscriber(number).address
        found = [letter.body for letter in self.relay.letters if letter.recipient == address]
        return [" ".join(plain_text(body).split()) for body in found]


def plain_text(body: bytes) -> str:
    mail = message_from_bytes(body, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def open_office(folder: Path) -> Office:
    """The office whose database lies in that folder; a new one, or the same again."""
    return Office(Store.open(folder / "notifier.db", create=True), _settings())


@functools.cache
def _settings() -> config.Config:
    return replace(config.load(resource("config"), environment={}), sources=())


@contextmanager
def office_in(folder: Path) -> Iterator[Office]:
    found = open_office(folder)
    with found.store:
        yield found
