from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notifier import config, dispatch, outbox
from notifier.clock import COPENHAGEN
from notifier.digest import Digest, build
from notifier.dispatch import build_digests
from notifier.errors import DeliveryError
from notifier.lots import Assessment, RunStatus, SourceRun, Verdict
from notifier.mail import make_message
from notifier.outbox import deliver
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.resources import resource
from notifier.site.fingerprints import coverage_fingerprint, lot_fingerprint
from notifier.store import Assessed, Published, Store
from notifier.store.outbox import MailStatus
from notifier.transport import Handover, Letter, Outcome
from tests.notifier import examples

NOW = dt.datetime(2026, 11, 23, 7, tzinfo=COPENHAGEN)
NAMES: dict[str, dict[str, str]] = {"da": {"cleaning": "Rengøring"}, "en": {"cleaning": "Cleaning"}}


@pytest.fixture
def settings() -> config.Config:
    return config.load(resource("config"), environment={})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One open lot that is assessed as suitable, held since the day before, and not published yet."""
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        run = opened.runs.begin("ted", NOW - dt.timedelta(days=1))
        opened.notices.hold(examples.notice(lots=(examples.lot(),)), NOW - dt.timedelta(days=1))
        opened.runs.finish(run, finished=NOW, status=RunStatus.GOOD, listed=1, held=1)
        found = Assessment(Verdict.SUITABLE, 1.0, ("cleaning",))
        opened.assessments.save([Assessed(item.number, found) for item in opened.assessments.waiting("1")], NOW)
        yield opened


def publish_all(store: Store) -> None:
    store.publications.record([Published(view.uid, lot_fingerprint(view)) for view in store.lots.views(NOW)], NOW)


def subscribe(store: Store, cadence: Cadence = Cadence.DAILY, address: str = "post@rengoering.example") -> int:
    return store.subscribers.add(
        address,
        cadence=cadence,
        status=SubscriberStatus.CONFIRMED,
        profile=Profile(trades=("cleaning",)),
        now=NOW - dt.timedelta(days=2),
    ).number


def test_what_is_not_public_yet_is_not_mailed(store: Store, settings: config.Config) -> None:
    subscribe(store)
    assert build_digests(store, settings, NOW, NAMES).built == 0
    publish_all(store)
    assert build_digests(store, settings, NOW, NAMES).built == 1


def test_a_lot_whose_public_page_says_something_else_waits_for_the_page(store: Store, settings: config.Config) -> None:
    subscribe(store)
    store.publications.record([Published(view.uid, "an older page") for view in store.lots.views(NOW)], NOW)
    assert build_digests(store, settings, NOW, NAMES).built == 0


def test_building_twice_in_a_period_writes_one_mail(store: Store, settings: config.Config) -> None:
    subscribe(store)
    publish_all(store)
    assert build_digests(store, settings, NOW, NAMES).built == 1
    assert build_digests(store, settings, NOW + dt.timedelta(hours=3), NAMES).built == 0
    assert store.outbox.count(MailStatus.QUEUED) == 1


def test_what_was_told_is_not_told_again_the_next_day(store: Store, settings: config.Config) -> None:
    subscribe(store)
    publish_all(store)
    build_digests(store, settings, NOW, NAMES)
    report = build_digests(store, settings, NOW + dt.timedelta(days=1), NAMES)
    assert (report.built, report.nothing_new) == (0, 1)


@pytest.mark.parametrize("status", [s for s in SubscriberStatus if s is not SubscriberStatus.CONFIRMED])
def test_only_who_confirmed_is_written_to(store: Store, settings: config.Config, status: SubscriberStatus) -> None:
    store.subscribers.set_status(subscribe(store), status)
    publish_all(store)
    assert build_digests(store, settings, NOW, NAMES).built == 0


def test_one_mail_that_cannot_be_built_keeps_nobody_else_from_theirs(
    store: Store, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky = subscribe(store)
    subscribe(store, address="hej@kantine.example")
    publish_all(store)

    def fail_for_one(rendered, subscriber, *words, **more):  # type: ignore[no-untyped-def]
        if subscriber.number == unlucky:
            raise DeliveryError("the mail could not be built")
        return make_message(rendered, subscriber, *words, **more)

    monkeypatch.setattr(dispatch, "make_message", fail_for_one)
    report = build_digests(store, settings, NOW, NAMES)
    assert report.built == 1
    assert "subscriber 1" in report.errors[0]
    assert "rengoering.example" not in report.errors[0]
    assert store.digests.announced(unlucky) == frozenset()


def test_what_was_read_after_the_last_publication_is_not_told_yet(
    store: Store, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(store)
    publish_all(store)
    first = store.runs.latest()
    store.publications.record([Published("coverage", coverage_fingerprint(first))], NOW)
    later = store.runs.begin("ted", NOW)
    store.runs.finish(later, finished=NOW, status=RunStatus.FAILED, listed=0, held=0, message="no answer")
    told: list[Sequence[SourceRun]] = []

    def see(*words: Any, **more: Any) -> Digest:
        told.append(words[3])
        return build(*words, **more)

    monkeypatch.setattr(dispatch, "build", see)
    build_digests(store, settings, NOW, NAMES)
    assert [tuple(runs) for runs in told] == [first]


class Relay:
    """Takes everything, and does something else first, at the last moment before a body leaves."""

    def __init__(self, first: Callable[[], object] = lambda: None) -> None:
        self.first, self.taken = first, list[str]()

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        self.first()
        if not before_body():
            return Handover(Outcome.CALLED_OFF)
        self.taken.append(letter.recipient)
        return Handover(Outcome.ACCEPTED)

    def close(self) -> None:
        pass


def deadline_of(store: Store) -> dt.datetime:
    (view,) = store.lots.views(NOW)
    assert view.lot.deadline is not None
    return view.lot.deadline.at


def test_what_was_taken_off_the_public_pages_after_the_mail_was_built_is_not_sent(
    store: Store, settings: config.Config
) -> None:
    """Published before mailed, asked for in the very transaction after which the body leaves."""
    subscriber = subscribe(store)
    publish_all(store)
    build_digests(store, settings, NOW, NAMES)
    relay = Relay(first=lambda: store.publications.forget([view.uid for view in store.lots.views(NOW)]))
    report = deliver(store, relay, NOW)
    assert (relay.taken, report.sent, report.dropped, report.held) == ([], 0, 1, 0)
    assert store.digests.announced(subscriber) == frozenset()


def test_what_was_not_sent_because_it_was_not_public_is_told_when_it_is_again(
    store: Store, settings: config.Config
) -> None:
    subscribe(store)
    publish_all(store)
    build_digests(store, settings, NOW, NAMES)
    store.publications.forget([view.uid for view in store.lots.views(NOW)])
    deliver(store, Relay(), NOW)
    publish_all(store)
    assert build_digests(store, settings, NOW + dt.timedelta(minutes=5), NAMES).built == 1
    relay = Relay()
    deliver(store, relay, NOW + dt.timedelta(minutes=5))
    assert relay.taken == ["post@rengoering.example"]


def test_a_digest_is_good_until_the_first_of_its_deadlines_and_two_days_at_most(
    store: Store, settings: config.Config
) -> None:
    subscribe(store)
    publish_all(store)
    soon, early = deadline_of(store) - dt.timedelta(hours=5), NOW
    for made, expected in ((early, early + dispatch.STALE), (soon, deadline_of(store))):
        views = tuple(store.lots.views(made))
        digest = build(store.subscribers.all()[0], views, (), (), frozenset(), made)
        assert dispatch.good_until(digest) == expected


def test_a_digest_that_says_tomorrow_is_good_until_that_day_begins(store: Store, settings: config.Config) -> None:
    subscribe(store)
    publish_all(store)
    made = deadline_of(store) - dt.timedelta(days=1)
    digest = build(store.subscribers.all()[0], tuple(store.lots.views(made)), (), (), frozenset(), made)
    today = made.astimezone(COPENHAGEN).date()
    until = dispatch.good_until(digest)
    assert until < deadline_of(store)
    assert until.astimezone(COPENHAGEN) == dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), COPENHAGEN)


def test_a_mail_whose_deadline_passes_while_the_relay_is_away_does_not_leave(
    store: Store, settings: config.Config
) -> None:
    """M4: nobody is sent to a tender that is over."""
    subscriber = subscribe(store)
    publish_all(store)
    built, after = deadline_of(store) - dt.timedelta(hours=5), deadline_of(store) + dt.timedelta(minutes=1)
    assert build_digests(store, settings, built, NAMES).built == 1
    relay = Relay()
    report = deliver(store, relay, after)
    assert (relay.taken, report.sent, report.waiting) == ([], 0, 1)
    again = build_digests(store, settings, after, NAMES)
    assert (again.built, again.taken_back) == (0, 1)
    assert store.digests.announced(subscriber) == frozenset()


def test_a_mail_that_waited_too_long_is_built_anew(store: Store, settings: config.Config) -> None:
    subscribe(store)
    publish_all(store)
    build_digests(store, settings, NOW, NAMES)
    later = NOW + dispatch.STALE + dt.timedelta(minutes=1)
    report = build_digests(store, settings, later, NAMES)
    assert (report.built, report.taken_back) == (1, 1)
    relay = Relay()
    deliver(store, relay, later)
    assert relay.taken == ["post@rengoering.example"]


def test_in_a_throttled_delivery_time_goes_on(
    store: Store, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second mail's turn comes an hour after the first one's: what was good then is not any more."""
    for address in ("post@rengoering.example", "hej@kantine.example"):
        subscribe(store, address=address)
    publish_all(store)
    built = deadline_of(store) - dt.timedelta(minutes=30)
    assert build_digests(store, settings, built, NAMES).built == 2
    seconds = iter((0.0, 0.0, 0.0, 3600.0))
    monkeypatch.setattr(outbox, "stopwatch", lambda: next(seconds))
    relay = Relay()
    deliver(store, relay, built, manner=outbox.Manner(per_minute=1, pause=lambda seconds: None))
    assert relay.taken == ["post@rengoering.example"]


def test_that_all_sources_were_read_is_not_said_while_one_was_never_tried(
    store: Store, settings: config.Config
) -> None:
    """Nothing fitted for a month; udbud.dk is switched on, and no run of it has begun."""
    subscribe(store)
    later = NOW + dt.timedelta(days=40)
    run = store.runs.begin("ted", later)
    store.runs.finish(run, finished=later, status=RunStatus.GOOD, listed=1, held=1)
    store.publications.record([Published("coverage", coverage_fingerprint(store.runs.latest()))], later)
    assert {source.id for source in settings.crawled if source.enabled} == {"ted", "udbud"}
    told = []
    for sources in (settings.sources, tuple(source for source in settings.sources if source.id == "ted")):
        made = dispatch.Made(store, replace(settings, sources=sources), later, NAMES)
        ((_, digest),) = made.digests([(1, store.subscribers.all()[0])], [])
        assert digest is not None
        told.append(digest.all_read)
    assert told == [False, True]


class Refusing(Relay):
    """Says no to every mail."""

    def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
        return Handover(Outcome.REFUSED, "554 5.7.1 spam")


def test_what_a_relay_refused_is_told_by_the_next_digest_and_not_sent_beside_it(
    store: Store, settings: config.Config
) -> None:
    """No lot is lost because a relay said no to one mail; and nobody hears of it twice by a hand that resends it."""
    subscriber = subscribe(store)
    publish_all(store)
    build_digests(store, settings, NOW, NAMES)
    assert deliver(store, Refusing(), NOW).failed == 1
    assert store.digests.announced(subscriber) == frozenset()
    assert not store.outbox.resend(1)
    tomorrow = NOW + dt.timedelta(days=1)
    assert build_digests(store, settings, NOW, NAMES).built == 0
    assert build_digests(store, settings, tomorrow, NAMES).built == 1
    relay = Relay()
    deliver(store, relay, tomorrow)
    assert relay.taken == ["post@rengoering.example"]


def test_near_misses_are_found_without_asking_every_lot(store: Store, settings: config.Config) -> None:
    """By an index over the profiles with one limit eased: the lot lies elsewhere in the region."""
    number = subscribe(store)
    held = store.subscribers.get(number)
    assert held is not None
    wish = Profile(trades=("cleaning",), areas=("DK014",), near_misses=True)
    store.subscribers.change(number, name="", language="da", cadence=Cadence.DAILY, profile=wish)
    publish_all(store)
    later = NOW + dt.timedelta(days=40)
    made = dispatch.Made(store, settings, NOW, NAMES)
    ((_, digest),) = made.digests([(1, replace(held, profile=wish, confirmed_at=NOW - later.resolution))], [])
    (view,) = store.lots.views(NOW)
    assert digest is not None
    found = [entry.view.uid for entry in digest.near] if digest.near else []
    assert view.lot.nuts == ("DK011",)
    assert found == []  # there is nothing to tell, and a near miss alone is no mail
    old = replace(held, profile=wish, confirmed_at=NOW - dt.timedelta(days=31), created=NOW - dt.timedelta(days=31))
    ((_, digest),) = made.digests([(1, old)], [])
    assert digest is not None
    assert [entry.view.uid for entry in digest.near] == [view.uid]


def test_lots_that_nobody_here_follows_are_not_counted(store: Store, settings: config.Config) -> None:
    subscribe(store)
    elsewhere = examples.lot(title="Rengøring på Fyn", nuts=("DK031",))
    store.notices.hold(
        examples.notice(key="fyn", publication_number="9-2026", procedure_id="fyn", lots=(elsewhere,)), NOW
    )
    publish_all(store)
    counted = []
    for places in ((), ("DK01",)):
        made = dispatch.Made(store, replace(settings, places=places, buyers=()), NOW, NAMES)
        ((_, digest),) = made.digests([(1, store.subscribers.all()[0])], [])
        assert digest is not None
        counted.append(digest.seen)
    assert counted == [2, 1]
