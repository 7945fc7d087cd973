"""Transactions, contention, and what is said when the disk or the file fails."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.errors import StoreError
from notifier.store import Store
from notifier.store.database import Database, store_error
from notifier.store.opening import open_database
from tests.notifier.store.samples import MONDAY, call, lot

_RUN = "INSERT INTO crawl_runs (source, started) VALUES (?, '')"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "notifier.db", create=True)
    yield opened
    opened.close()


def runs(database: Database) -> list[str]:
    return database.column(str, "SELECT source FROM crawl_runs ORDER BY id")


def fail_after_writing(database: Database, *, depth: int) -> None:
    """Write inside `depth` transactions and fail in the outermost."""
    with database.transaction():
        for _ in range(depth - 1):
            with database.transaction():
                database.write(_RUN, ("inner",))
        database.write(_RUN, ("outer",))
        raise RuntimeError


def test_what_a_transaction_wrote_is_kept_together_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError):
        fail_after_writing(database, depth=1)
    with database.transaction():
        database.write(_RUN, ("kept",))
    assert runs(database) == ["kept"]


def test_a_transaction_inside_another_joins_it(database: Database) -> None:
    with pytest.raises(RuntimeError):
        fail_after_writing(database, depth=2)
    assert runs(database) == []


def test_a_writer_takes_the_lock_before_it_reads(database: Database) -> None:
    other = open_database(database.path)
    with database.transaction():
        other.utils.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(StoreError, match=r"locked by another program.*notifier\.db.*wait"), other.transaction():
            pass
    other.close()


def test_readers_do_not_wait_for_the_writer(database: Database) -> None:
    other = open_database(database.path)
    with database.transaction():
        database.write(_RUN, ("unseen",))
        assert runs(other) == []
    assert runs(other) == ["unseen"]
    other.close()


def test_a_full_disk_is_named_with_the_space_that_is_left_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "notifier.db"
    with Store.open(path, create=True) as store:
        store.notices.hold(call("1-2026"), MONDAY)
        small = store._database.number("PRAGMA page_count") + 5
        store._database.utils.execute(f"PRAGMA max_page_count = {small}")
        big = call("2-2026", *(lot(f"LOT-{number:04}", description="x" * 5000) for number in range(20)))
        with pytest.raises(StoreError) as caught:
            store.notices.hold(big, MONDAY)
        assert "full" in str(caught.value)
        assert "MB free" in str(caught.value)
        assert str(path) in str(caught.value)
        assert "make space" in caught.value.remedy
        assert store.notices.latest("ted", "2-2026") is None
        assert store.lots.count() == 1
        store._database.utils.execute("PRAGMA max_page_count = 1000000")
        store.notices.hold(big, MONDAY)
        assert store.lots.count() == 20
    with Store.open(path) as store:
        assert store.lots.count() == 20
        assert store._database.column(str, "PRAGMA integrity_check") == ["ok"]


def test_a_read_only_database_is_named(tmp_path: Path) -> None:
    Store.open(tmp_path / "notifier.db", create=True).close()
    database = open_database(tmp_path / "notifier.db")
    database.utils.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="may not be written"):
        database.write(_RUN, ("x",))
    database.close()


def test_a_row_that_points_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        database.write("INSERT INTO lot_changes (lot_id, seen_at, data) VALUES (77, '', x'')")


def test_an_unknown_error_is_told_with_its_name(tmp_path: Path) -> None:
    error = store_error(tmp_path / "notifier.db", sqlite3.ProgrammingError("closed"))
    assert "ProgrammingError: closed" in str(error)


def test_every_error_that_is_expected_has_a_remedy(tmp_path: Path) -> None:
    for code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN):
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_X"
        told = store_error(tmp_path / "gone" / "notifier.db", error)
        assert told.where.endswith("notifier.db")
        assert "the database answered" not in told.what


def _write_often(path: str, writer: int) -> None:
    with Store.open(Path(path)) as store:
        for number in range(50):
            with store.transaction():
                assert store.notices.latest("ted", f"{writer}-{number}") is None
                store.notices.hold(call(f"{writer}-{number}", procedure_id=""), MONDAY)


def test_four_writers_at_once_lose_nothing_and_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notifier.db"
    with Store.open(path, create=True) as store:
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=_write_often, args=(str(path), number)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
        assert store.lots.count() == 200


def test_what_is_remembered_is_asked_anew_when_anybody_has_written(tmp_path: Path) -> None:
    asked: list[int] = []

    def count(store: Store) -> int:
        asked.append(1)
        return store.lots.count()

    with Store.open(tmp_path / "notifier.db", create=True) as ours, Store.open(tmp_path / "notifier.db") as theirs:
        assert [ours.remembered("lots", lambda: count(ours)) for _ in range(3)] == [0, 0, 0]
        assert len(asked) == 1
        theirs.notices.hold(call("1-2026"), MONDAY)
        assert ours.remembered("lots", lambda: count(ours)) == 1
        ours.notices.hold(call("2-2026", procedure_id="P2"), MONDAY)
        assert ours.remembered("lots", lambda: count(ours)) == 2
        with ours.transaction():
            ours.notices.hold(call("3-2026", procedure_id="P3"), MONDAY)
            assert ours.remembered("lots", lambda: count(ours)) == 3
        assert ours.remembered("lots", lambda: count(ours)) == 3
        with pytest.raises(ZeroDivisionError):
            _undone(ours, lambda: ours.remembered("lots", lambda: count(ours)))
        assert ours.remembered("lots", lambda: count(ours)) == 3


def _undone(store: Store, lots: Callable[[], int]) -> None:
    """A lot is held, counted, and undone."""
    with store.transaction():
        store.notices.hold(call("4-2026", procedure_id="P4"), MONDAY)
        assert lots() == 4
        raise ZeroDivisionError


def test_all_that_is_read_in_a_still_block_is_of_one_moment_while_others_write(
    database: Database, tmp_path: Path
) -> None:
    other = open_database(tmp_path / "notifier.db")
    database.write(_RUN, ("before",))
    with database.still():
        assert runs(database) == ["before"]
        other.write(_RUN, ("an officer's",))
        assert runs(other) == ["before", "an officer's"]
        assert runs(database) == ["before"]
    assert runs(database) == ["before", "an officer's"]
    other.close()


def test_what_fails_in_a_still_block_leaves_no_transaction_open(database: Database, tmp_path: Path) -> None:
    other = open_database(tmp_path / "notifier.db")

    def fail(error: type[BaseException]) -> None:
        with database.still():
            runs(database)
            raise error

    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error):
            fail(error)
        database.write(_RUN, ("ours",))
        other.write(_RUN, ("theirs",))
    assert runs(database) == ["ours", "theirs"] * 2
    other.close()


def test_writing_in_a_still_block_is_refused_rather_than_undone_in_silence(database: Database) -> None:
    with pytest.raises(StoreError, match="may not be written"), database.still():
        database.write(_RUN, ("lost",))
    with pytest.raises(StoreError), database.transaction(), database.still():
        pass
    database.write(_RUN, ("kept",))
    assert runs(database) == ["kept"]
