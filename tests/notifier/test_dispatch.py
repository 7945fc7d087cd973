from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from notifier import config, dispatch
from notifier.clock import COPENHAGEN
from notifier.digest import Digest, build
from notifier.dispatch import build_digests
from notifier.errors import DeliveryError
from notifier.lots import Assessment, RunStatus, SourceRun, Verdict
from notifier.mail import make_message
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.resources import resource
from notifier.site.fingerprints import coverage_fingerprint, lot_fingerprint
from notifier.store import Assessed, Published, Store
from notifier.store.outbox import MailStatus
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
