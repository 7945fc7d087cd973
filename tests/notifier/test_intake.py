"""A crawl into the store: counts, completeness, and what a killed run leaves behind."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.coverage import FieldCoverage
from notifier.errors import StoreError
from notifier.intake import BATCH, MOST_WAITING, Intake
from notifier.lots import Agreement, Document, DocumentRole, Lot, Notice, RunPurpose, RunStatus, SourceRun, Stage
from notifier.store import Store
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, day, lot, many, until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "notifier.db", create=True) as opened:
        yield opened


def intake(store: Store, at: dt.datetime = MONDAY) -> Intake:
    return Intake(store, lambda: at)


def run(store: Store, notices: list[Notice], at: dt.datetime = MONDAY) -> SourceRun:
    """A good run of the source ted that reads all it lists; how it was recorded."""
    sink = intake(store, at)
    sink.since("ted")
    sink.listed("ted", [notice.key for notice in notices])
    for notice in notices:
        sink.notice("ted", notice)
    sink.finished("ted", RunStatus.GOOD, "")
    return store.runs.of("ted")[0]


def counts(recorded: SourceRun) -> tuple[int, int, int, int, int, int]:
    return (
        recorded.listed,
        recorded.held,
        recorded.new,
        recorded.changed,
        recorded.unchanged,
        recorded.failed,
    )


def test_a_run_tells_what_it_closed_and_what_came_back(store: Store) -> None:
    kept, *others = many(9)
    run(store, [kept, *others])
    messages = []
    for shown in ([kept], [kept], [kept], [kept], [kept, *others[:1]]):
        sink = intake(store, TUESDAY)
        sink.since("ted")
        sink.listed("ted", [notice.key for notice in shown])
        for notice in shown:
            sink.notice("ted", notice)
        sink.finished("ted", RunStatus.GOOD, "", complete=True)
        messages.append(store.runs.of("ted")[0].message)
    names = ", ".join(notice.key for notice in others[:5])
    back = f"1 listed again: {others[0].key}"
    assert messages == ["", "", f"8 closed, no longer listed: {names} and 3 more", "", back]
    assert [view.uid for view in store.lots.find(others[0].key, TUESDAY)] == ["P2/LOT-0001"]


def test_a_search_for_something_else_than_last_time_looks_back_again(store: Store) -> None:
    assert intake(store).since("ted", "two buyers") is None
    run(store, [])  # nobody noted what it asked for, as in runs of an earlier program
    assert intake(store, TUESDAY).since("ted", "two buyers") == MONDAY.date()
    sink = intake(store, TUESDAY)
    assert sink.since("ted", "two buyers") == MONDAY.date()
    sink.finished("ted", RunStatus.GOOD, "")
    assert intake(store, WEDNESDAY).since("ted", "two buyers") == TUESDAY.date()
    new = intake(store)
    assert new.since("udbud", "two buyers") is None
    new.finished("udbud", RunStatus.GOOD, "")
    assert intake(store, TUESDAY).since("udbud", "three buyers") is None


def test_a_good_run_is_recorded_with_its_counts(store: Store) -> None:
    notices = many(BATCH * 2 + 7)
    first = run(store, notices)
    assert (counts(first), first.status) == ((107, 107, 107, 0, 0, 0), RunStatus.GOOD)
    moved = replace(notices[0], lots=(lot(deadline=until(8)),))
    assert counts(run(store, [moved, *notices[1:]], TUESDAY)) == (107, 107, 0, 1, 106, 0)


def test_the_first_run_has_no_day_to_read_from_and_later_ones_that_of_the_last_good_run(store: Store) -> None:
    assert intake(store).since("ted") is None
    run(store, [])
    sink = intake(store, TUESDAY)
    assert sink.since("ted") == MONDAY.date()
    sink.finished("ted", RunStatus.FAILED, "no answer")
    assert intake(store, WEDNESDAY).since("ted") == MONDAY.date()


def test_a_batch_is_kept_as_soon_as_it_is_full(store: Store) -> None:
    sink = intake(store)
    for notice in many(BATCH + 3):
        sink.notice("ted", notice)
    assert store.lots.count() == BATCH
    (cut_off,) = store.runs.latest()
    assert (cut_off.finished, cut_off.status, cut_off.new) == (None, None, BATCH)


def test_a_notice_that_could_not_be_read_makes_a_good_run_partial(store: Store) -> None:
    sink = intake(store)
    sink.listed("ted", ["1-2026", "2-2026"])
    sink.notice("ted", call("1-2026"))
    sink.problem("ted", "2-2026: the XML is cut off")
    sink.finished("ted", RunStatus.GOOD, "")
    (recorded,) = store.runs.latest()
    assert (counts(recorded), recorded.status) == ((2, 1, 1, 0, 0, 1), RunStatus.PARTIAL)
    assert recorded.message == "2-2026: the XML is cut off; 2 listed, 1 held"


def test_a_known_notice_that_fails_today_is_still_held_but_the_run_is_partial(store: Store) -> None:
    run(store, [call("1-2026")])
    sink = intake(store, TUESDAY)
    sink.listed("ted", ["1-2026"])
    sink.problem("ted", "1-2026: no answer")
    sink.finished("ted", RunStatus.GOOD, "")
    recorded = store.runs.of("ted")[0]
    assert (counts(recorded), recorded.status) == ((1, 1, 0, 0, 0, 1), RunStatus.PARTIAL)


def test_a_source_that_says_it_has_more_than_was_listed_is_not_good(store: Store) -> None:
    sink = intake(store)
    sink.listed("ted", ["1-2026"], total=41)
    sink.notice("ted", call("1-2026"))
    sink.finished("ted", RunStatus.GOOD, "")
    (recorded,) = store.runs.latest()
    assert (recorded.listed, recorded.held, recorded.status) == (41, 1, RunStatus.PARTIAL)


def test_a_key_that_is_listed_on_two_pages_counts_once(store: Store) -> None:
    sink = intake(store)
    sink.listed("ted", ["1-2026"])
    sink.listed("ted", ["1-2026"])
    sink.notice("ted", call("1-2026"))
    sink.finished("ted", RunStatus.GOOD, "")
    (recorded,) = store.runs.latest()
    assert (recorded.listed, recorded.held, recorded.status) == (1, 1, RunStatus.GOOD)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.BLOCKED, RunStatus.ALARM])
def test_a_run_that_went_wrong_keeps_its_status_its_message_and_what_was_read(store: Store, status: RunStatus) -> None:
    sink = intake(store)
    sink.notice("ted", call())
    sink.problem("ted", "cut off")
    sink.finished("ted", status, "the host does not answer")
    (recorded,) = store.runs.latest()
    assert (recorded.status, recorded.message) == (status, "the host does not answer")
    assert store.lots.count() == 1


def test_a_flood_of_problems_is_told_in_a_few_lines(store: Store) -> None:
    sink = intake(store)
    for number in range(500):
        sink.problem("ted", f"problem {number}")
    sink.finished("ted", RunStatus.GOOD, "")
    (recorded,) = store.runs.latest()
    assert recorded.failed == 500
    assert recorded.message.startswith("problem 0; problem 1; ")
    assert recorded.message.endswith("problem 9; and 490 more")


def test_agreements_are_kept_and_counted_like_notices(store: Store) -> None:
    sink = intake(store)
    sink.listed("aftaler", ["1", "2"])
    for key in ("1", "2"):
        sink.agreement("aftaler", Agreement("aftaler", key, "Kontorartikler"))
    sink.finished("aftaler", RunStatus.GOOD, "")
    (recorded,) = store.runs.latest()
    assert (counts(recorded), recorded.status) == ((2, 2, 2, 0, 0, 0), RunStatus.GOOD)
    assert len(store.agreements.views()) == 2


def test_sources_that_are_read_at_once_are_counted_apart(store: Store) -> None:
    sink = intake(store)
    sink.notice("ted", call())
    sink.notice("town", call(source="town", procedure_id=""))
    sink.problem("town", "cut off")
    sink.finished("ted", RunStatus.GOOD, "")
    sink.finished("town", RunStatus.GOOD, "")
    assert [(one.source, one.new, one.failed) for one in store.runs.latest()] == [("ted", 1, 0), ("town", 1, 1)]


def test_what_one_crawl_finds_in_several_notices_is_new_and_not_changed(store: Store) -> None:
    moments = iter(MONDAY + dt.timedelta(minutes=number) for number in range(100))
    sink = Intake(store, lambda: next(moments))
    sink.notice("ted", call())
    sink.finished("ted", RunStatus.GOOD, "")
    sink.notice("town", call("sag", lot(deadline=until(8)), source="town", published=day(5)))
    sink.finished("town", RunStatus.GOOD, "")
    (view,) = store.lots.views(MONDAY)
    assert view.lot.deadline == until(8)
    assert view.changes == ()


def test_a_batch_that_the_disk_refused_is_kept_whole_when_there_is_space_again(store: Store) -> None:
    sink = intake(store)
    pages = store._database.number("PRAGMA page_count")
    store._database.utils.execute(f"PRAGMA max_page_count = {pages}")
    notices = [replace(one, lots=(lot(description="x" * 3000),)) for one in many(BATCH)]
    for notice in notices[:-1]:
        sink.notice("ted", notice)
    with pytest.raises(StoreError, match="full"):
        sink.notice("ted", notices[-1])
    assert store.lots.count() == 0
    store._database.utils.execute("PRAGMA max_page_count = 1000000")
    sink.finished("ted", RunStatus.GOOD, "")
    assert store.lots.count() == store.runs.latest()[0].new == BATCH


# -- documents


def answer(key: str = "1-2026", body: bytes = b"<xml/>", **fields: object) -> Document:
    """The answer that a notice was read from."""
    values = {
        "source": "ted",
        "place": f"GET https://ted.example/{key}.xml",
        "url": f"https://ted.example/{key}.xml",
        "role": DocumentRole.NOTICE,
        "reader": "read_notice",
        "body": body,
        "key": key,
        "etag": '"1"',
        **fields,
    }
    return Document(**values)  # type: ignore[arg-type]


def linked(store: Store) -> list[tuple[str, str]]:
    """Each notice with the place that its newest version was read from."""
    sql = (
        "SELECT notices.key || ' ' || place FROM notices "
        "JOIN notice_versions ON notice_id = notices.id AND number = latest "
        "JOIN documents ON documents.id = document_id ORDER BY notices.id"
    )
    return [(key, place) for row in store._database.column(str, sql) for key, _, place in [row.partition(" ")]]


def test_a_notice_is_held_with_the_document_that_it_was_read_from(store: Store) -> None:
    sink = intake(store)
    for key in ("1-2026", "2-2026"):
        sink.document("ted", answer(key))
        sink.notice("ted", call(key), answer(key))
    sink.finished("ted", RunStatus.GOOD)
    assert linked(store) == [(key, f"GET https://ted.example/{key}.xml") for key in ("1-2026", "2-2026")]
    known = intake(store).known("ted", answer().place)
    assert known is not None
    assert (known.etag, known.read, known.last_seen) == ('"1"', True, MONDAY)
    assert intake(store).kept("ted", answer().place) == answer()


def test_what_waited_until_its_run_was_proven_finds_its_document_by_the_place_alone(store: Store) -> None:
    sink = intake(store)
    for notice in many(BATCH * 3):  # documents go into the store long before the notices
        sink.document("ted", answer(notice.key, notice.key.encode()))
    for notice in many(BATCH * 3):
        sink.notice("ted", notice, replace(answer(notice.key), body=b""))
    sink.finished("ted", RunStatus.GOOD)
    assert len(linked(store)) == BATCH * 3
    assert all(key in place for key, place in linked(store))


def test_an_answer_is_kept_though_nothing_could_be_read_of_it(store: Store) -> None:
    sink = intake(store)
    sink.document("ted", answer(body=b"<html>Log ind"))
    sink.finished("ted", RunStatus.ALARM, "no landmark")
    kept = store.documents.newest("ted", answer().place)
    assert kept is not None
    assert kept.body == b"<html>Log ind"


def test_bodies_do_not_pile_up_while_nothing_can_be_read(store: Store) -> None:
    sink = intake(store)
    sink.document("ted", answer(body=b"x" * MOST_WAITING))
    assert store.documents.number("ted", answer().place)
    for number in range(2 * BATCH):
        sink.document("ted", answer(f"{number}"))
    assert len(store.documents.numbers("ted")) == 1 + 2 * BATCH


def test_a_page_that_is_another_though_it_says_the_same_is_what_is_read_again_later(store: Store) -> None:
    for at, body in ((MONDAY, b"made at 06.00"), (TUESDAY, b"made at 07.00")):
        sink = intake(store, at)
        sink.document("ted", answer(body=body))
        sink.notice("ted", call(), answer(body=body))
        sink.finished("ted", RunStatus.GOOD)
        known = sink.known("ted", answer().place)
        assert known is not None
        assert known.read
    assert store.runs.latest()[0].unchanged == 1


def test_what_was_not_read_again_counts_as_unchanged_and_is_held(store: Store) -> None:
    run(store, [call("1-2026")])
    sink = intake(store, TUESDAY)
    sink.listed("ted", ["1-2026"])
    sink.unchanged("ted", "1-2026")
    sink.finished("ted", RunStatus.GOOD)
    recorded = store.runs.of("ted")[0]
    assert (counts(recorded), recorded.status) == ((1, 1, 0, 0, 1, 0), RunStatus.GOOD)


# -- the receipt


def test_the_receipt_names_what_is_listed_and_not_held_in_the_order_of_the_list(store: Store) -> None:
    sink = intake(store)
    sink.listed("ted", ["9-2026", "1-2026", "4-2026"])
    sink.notice("ted", call("1-2026"))
    sink.finished("ted", RunStatus.GOOD)
    (recorded,) = store.runs.latest()
    assert (recorded.status, recorded.missing) == (RunStatus.PARTIAL, ("9-2026", "4-2026"))


def test_what_was_read_per_field_is_there_for_the_next_run_to_compare_with(store: Store) -> None:
    counted = FieldCoverage(3, {"title": 3, "lot.deadline": 2}, {"dt Kontakt": 1})
    sink = intake(store)
    sink.listed("ted", [])
    sink.finished("ted", RunStatus.GOOD, "", counted)
    assert list(intake(store, TUESDAY).coverage("ted")) == [counted]


@pytest.mark.parametrize("purpose", [RunPurpose.BACKFILL, RunPurpose.REPARSE])
def test_years_back_are_held_and_leave_what_the_next_crawl_begins_with(store: Store, purpose: RunPurpose) -> None:
    run(store, [call("1-2026")])
    sink = Intake(store, lambda: TUESDAY, purpose)
    sink.listed("ted", ["1-2014"])
    sink.notice("ted", call("1-2014"))
    sink.finished("ted", RunStatus.GOOD, complete=True)
    assert intake(store, WEDNESDAY).since("ted") == MONDAY.date()
    assert store.runs.of("ted", purpose=purpose)[0].new == 1


# -- closing


def crawl_without(
    store: Store, status: RunStatus, day_after: int, *, complete: bool = True, failed: bool = False
) -> None:
    """A run that lists 2-2026 and no longer 1-2026."""
    sink = intake(store, MONDAY + dt.timedelta(days=day_after))
    sink.listed("ted", ["2-2026"])
    sink.notice("ted", call("2-2026", procedure_id="P2"))
    if failed:
        sink.problem("ted", "2-2026 was cut off")
    sink.finished("ted", status, "", complete=complete)


def states(store: Store) -> list[str]:
    return [view.state.value for view in store.lots.views(MONDAY)]


def test_what_three_proven_runs_do_not_list_is_gone_and_is_open_again_when_it_is_listed(store: Store) -> None:
    both = [call("1-2026", procedure_id="P1"), call("2-2026", procedure_id="P2")]
    run(store, both)
    for days in (1, 2):
        crawl_without(store, RunStatus.GOOD, days)
        assert states(store) == ["open", "open"]
    crawl_without(store, RunStatus.GOOD, 3)
    assert states(store) == ["gone", "open"]
    again = run(store, both, MONDAY + dt.timedelta(days=4))
    assert states(store) == ["open", "open"]
    assert again.new == 0


@pytest.mark.parametrize(
    ("status", "complete", "failed"),
    [
        (RunStatus.ALARM, True, False),
        (RunStatus.FAILED, True, False),
        (RunStatus.BLOCKED, True, False),
        (RunStatus.PARTIAL, True, False),
        (RunStatus.GOOD, False, False),
        (RunStatus.GOOD, True, True),
    ],
)
def test_a_run_that_was_not_proven_or_not_complete_closes_nothing(
    store: Store, status: RunStatus, complete: bool, failed: bool
) -> None:
    run(store, [call("1-2026", procedure_id="P1"), call("2-2026", procedure_id="P2")])
    for days in range(1, 6):
        crawl_without(store, status, days, complete=complete, failed=failed)
    assert states(store) == ["open", "open"]


# -- seen again


_LABELS = st.sampled_from(["LOT-0001", "LOT-0002", "LOT-0003"])
_LOTS = st.builds(
    lot,
    _LABELS,
    title=st.sampled_from(["Rengøring", "Maling"]),
    deadline=st.sampled_from([None, until(1), until(8)]),
    nuts=st.sampled_from([(), ("DK011", "DK012"), ("DK012", "DK011")]),
    result=st.sampled_from(["", "selec-w", "clos-nw"]),
)


def _notice(
    key: str, lots: list[Lot], stage: Stage, procedure: str, published: int, cancelled: bool, flags: tuple[str, ...]
) -> Notice:
    notice = call(key, stage=stage, procedure_id=procedure, published=day(published), cancelled=cancelled, flags=flags)
    return replace(notice, lots=tuple(lots))


_NOTICES = st.builds(
    _notice,
    key=st.sampled_from(["1-2026", "2-2026", "3-2026"]),
    lots=st.lists(_LOTS, max_size=3),
    stage=st.sampled_from(list(Stage)),
    procedure=st.sampled_from(["", "P", "Q"]),
    published=st.integers(1, 28),
    cancelled=st.booleans(),
    flags=st.sampled_from([(), ("a remark",)]),
)


def content(store: Store) -> list[str]:
    """The whole database but the rows that say when a source was read."""
    return [line for line in store._database.utils.iterdump() if "crawl_runs" not in line and "sqlite_seq" not in line]


@settings(max_examples=25, deadline=None)
@given(st.lists(_NOTICES, min_size=1, max_size=8, unique_by=lambda notice: notice.key))
def test_a_notice_seen_again_changes_nothing(notices: list[Notice]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "n.db", create=True) as store:
        run(store, notices, MONDAY)
        before = content(store)
        again = run(store, notices, TUESDAY)
        run(store, list(reversed(notices)), WEDNESDAY)
        assert content(store) == before
        assert (again.new, again.changed, again.unchanged) == (0, 0, len(notices))


@settings(max_examples=15, deadline=None)
@given(st.lists(_NOTICES, min_size=1, max_size=8), st.integers(0, 7))
def test_whatever_happened_before_the_last_word_seen_again_changes_nothing(notices: list[Notice], at: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "n.db", create=True) as store:
        for number, notice in enumerate(notices):
            run(store, [notice], MONDAY + dt.timedelta(days=number))
        before = content(store)
        last = {notice.key: notice for notice in notices}
        run(store, list(last.values()), MONDAY + dt.timedelta(days=at + 10))
        assert content(store) == before


@settings(max_examples=25, deadline=None)
@given(
    st.lists(_NOTICES, min_size=1, max_size=5, unique_by=lambda notice: notice.key), st.randoms(use_true_random=False)
)
def test_the_order_of_reading_does_not_matter(notices: list[Notice], random: Random) -> None:
    def standing(order: list[Notice]) -> list[tuple[object, ...]]:
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "n.db", create=True) as store:
            run(store, order, MONDAY)
            views = sorted(store.lots.views(TUESDAY), key=lambda view: view.uid)
            return [(view.uid, view.state, view.lot, view.notice, view.changes) for view in views]

    shuffled = random.sample(notices, len(notices))
    assert standing(notices) == standing(shuffled)


# -- killed


_ENDLESS = """
import sys
from pathlib import Path
from notifier import clock
from notifier.intake import Intake
from notifier.store import Store
from tests.notifier.store.samples import many

with Store.open(Path(sys.argv[1])) as store:
    sink = Intake(store, clock.now)
    sink.listed("ted", [notice.key for notice in many(600)])
    for notice in many(600):
        sink.notice("ted", notice)
        print("read", flush=True)
"""


def test_a_run_that_is_killed_leaves_whole_batches_and_the_next_one_completes(tmp_path: Path) -> None:
    path = tmp_path / "notifier.db"
    Store.open(path, create=True).close()
    root = Path(__file__).resolve().parents[2]
    for notices, pause in ((60, 0.0), (99, 0.01), (190, 0.005)):
        worker = subprocess.Popen(
            [sys.executable, "-c", _ENDLESS, str(path)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        assert [worker.stdout.readline() for _ in range(notices)] == ["read\n"] * notices
        time.sleep(pause)
        worker.kill()
        worker.communicate()
        with Store.open(path) as store:
            recorded = store.runs.of("ted")
            assert recorded[0].finished is None
            assert store.lots.count() == sum(one.new for one in recorded)
            assert store.lots.count() % BATCH == 0
            assert store._database.column(str, "PRAGMA integrity_check") == ["ok"]
            assert store._database.column(str, "PRAGMA foreign_key_check") == []
    with Store.open(path) as store:
        before = store.lots.count()
        wanted = before + 2 * BATCH
        final = run(store, many(wanted), dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
        assert (final.status, final.new, final.unchanged) == (RunStatus.GOOD, wanted - before, before)
        assert store.lots.count() == wanted
        assert before > 0
