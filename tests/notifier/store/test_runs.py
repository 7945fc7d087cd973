"""Runs: what each purpose counts for, and what is kept of a run beside its counts."""

from __future__ import annotations

import datetime as dt

import pytest

from notifier.coverage import FieldCoverage
from notifier.lots import RunPurpose, RunStatus
from notifier.store import Store
from notifier.store.runs import MISSING_KEPT
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY


def ended(
    store: Store,
    at: dt.datetime,
    status: RunStatus = RunStatus.GOOD,
    purpose: RunPurpose = RunPurpose.CRAWL,
    coverage: FieldCoverage | None = None,
) -> None:
    number = store.runs.begin("ted", at, purpose)
    store.runs.finish(number, finished=at, status=status, listed=0, held=0, coverage=coverage)


@pytest.mark.parametrize("purpose", [RunPurpose.BACKFILL, RunPurpose.REPARSE])
def test_only_a_crawl_counts_for_where_the_next_one_begins_and_for_what_readers_are_told(
    store: Store, purpose: RunPurpose
) -> None:
    ended(store, MONDAY)
    ended(store, TUESDAY, purpose=purpose)
    assert store.runs.last_good_day("ted") == MONDAY.date()
    assert [run.started for run in store.runs.recent(("ted", "udbud"))] == [MONDAY]
    assert [run.started for run in store.runs.latest()] == [MONDAY]
    assert [(run.started, run.purpose) for run in store.runs.of("ted", purpose=purpose)] == [(TUESDAY, purpose)]


def test_readers_are_told_of_no_source_but_those_that_are_asked_for(store: Store) -> None:
    ended(store, MONDAY, RunStatus.FAILED)
    assert store.runs.recent(("by",)) == ()
    assert [run.source for run in store.runs.recent(("by", "ted", "ted"))] == ["ted"]


def test_the_names_of_what_is_missing_are_kept_the_first_hundred(store: Store) -> None:
    number = store.runs.begin("ted", MONDAY)
    keys = [f"Sag {key} \u2013 æøå" for key in range(250)]
    store.runs.finish(number, finished=MONDAY, status=RunStatus.PARTIAL, listed=250, held=0, missing=keys)
    (run,) = store.runs.latest()
    assert run.missing == tuple(keys[:MISSING_KEPT])


def test_coverage_is_that_of_crawls_without_alarm_the_newest_first(store: Store) -> None:
    counted = [FieldCoverage(items, {"deadline": items}, {"dt Kontakt": 1}) for items in range(1, 7)]
    ended(store, MONDAY, coverage=counted[0])
    ended(store, TUESDAY, RunStatus.ALARM, coverage=counted[1])
    ended(store, TUESDAY, RunStatus.PARTIAL, coverage=counted[2])
    ended(store, TUESDAY, purpose=RunPurpose.BACKFILL, coverage=counted[3])
    ended(store, TUESDAY)
    ended(store, WEDNESDAY, coverage=counted[4])
    store.runs.begin("ted", WEDNESDAY)
    assert store.runs.coverage("ted") == (counted[4], counted[2], counted[0])
    assert store.runs.coverage("ted", limit=1) == (counted[4],)
    assert store.runs.coverage("town") == ()


def test_the_last_good_run_is_found_behind_any_number_of_others(store: Store) -> None:
    ended(store, MONDAY)
    for minutes in range(40):
        ended(store, TUESDAY + dt.timedelta(minutes=minutes), RunStatus.FAILED)
    good = store.runs.last_good("ted")
    assert good is not None
    assert good.started == MONDAY
    assert store.runs.last_good("town") is None
