"""From a posting to those who follow such work: published, told, changed, withdrawn, as any other lot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from notifier.lots import MAILTO, LotState, Money, Organisation, RunStatus
from notifier.postings import Kind, Posting, notice_of, uid_of
from notifier.store.values import from_json, to_json
from tests.notifier.office import HOUR, SUITABLE, Office, office_in
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, until

TOWN = Organisation("Prøvekøbing Kommune", "12345678", "DK")
TASK = Posting(
    Kind.SMALL,
    "Rengøring af klubhus",
    description="To gange om ugen.",
    value=Money(Decimal(120_000)),
    deadline=until(7),
    answer=f"{MAILTO}indkoeb@proevekoebing.example",
    trades=("cleaning",),
)
UID = uid_of("opslag", "k1")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path) as opened:
        opened.crawl_before()
        yield opened


def post(office: Office, at: dt.datetime, posting: Posting = TASK, withdrawn: bool = False) -> None:
    notice = notice_of(posting, source="opslag", key="k1", town=TOWN, posted=MONDAY.date(), withdrawn=withdrawn)
    office.store.notices.hold(notice, at)


def test_its_identity_is_known_beforehand(office: Office) -> None:
    post(office, MONDAY)
    (view,) = office.store.lots.views(TUESDAY)
    assert view.uid == UID


def test_a_posting_is_told_changed_and_withdrawn_as_any_lot(office: Office) -> None:
    reader = office.subscribe()
    post(office, MONDAY)
    office.morning(MONDAY + HOUR)
    post(office, TUESDAY, replace(TASK, deadline=until(14)))
    office.morning(TUESDAY + HOUR)
    post(office, WEDNESDAY, replace(TASK, deadline=until(14)), withdrawn=True)
    for later in (WEDNESDAY + HOUR, WEDNESDAY + 25 * HOUR):
        office.morning(later)
    new, changed, gone = office.texts(reader)
    assert "Lille indkøb uden udbud – hvordan I svarer, står på siden" in new
    assert "Frist for tilbud flyttet fra 7. december" in changed
    assert "ettelse" not in changed
    assert "Udbuddet er annulleret" in gone
    assert "indkoeb@proevekoebing.example" not in new, "how to answer stands on the page, for all"


def test_it_is_judged_by_the_rules_and_by_whoever_posts_it(office: Office) -> None:
    post(office, MONDAY)
    office.judge(MONDAY)
    office.store.tags.add(UID, SUITABLE.verdict, who="Anna Lund", why="x", now=MONDAY, trades=("catering",))
    (view,) = office.store.lots.views(TUESDAY)
    assert view.assessment is not None
    assert (view.assessment.trades, view.tagged) == (("catering",), True)


def test_runs_of_other_sources_leave_it_open(office: Office) -> None:
    post(office, MONDAY)
    for number in range(4):
        office.crawl(at=TUESDAY + number * HOUR, status=RunStatus.GOOD)
    (view,) = office.store.lots.views(WEDNESDAY)
    assert view.state is LotState.OPEN


def test_the_form_is_kept_as_it_was(office: Office) -> None:
    posted = office.store.postings.add("opslag", "k1", TASK, who="Anna Lund", now=MONDAY)
    assert posted is not None
    assert office.store.postings.add("opslag", "k1", TASK, who="Bo Krag", now=TUESDAY) is None
    office.store.postings.change(posted.number, replace(TASK, place="Havnen"), TUESDAY)
    kept = office.store.postings.get(posted.number)
    assert kept is not None
    assert (kept.posting.place, kept.who, kept.created, kept.changed) == ("Havnen", "Anna Lund", MONDAY, TUESDAY)
    assert office.store.postings.withdraw(posted.number, WEDNESDAY)
    assert not office.store.postings.withdraw(posted.number, WEDNESDAY)
    assert office.store.postings.get(99) is None
    assert [one.number for one in office.store.postings.latest()] == [posted.number]
    assert from_json(to_json(TASK), Posting) == TASK
