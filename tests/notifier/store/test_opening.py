"""Which files are opened, which are created, and which are refused, each with a remedy."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
import sqlite_utils
from sqlite_utils import Migrations

from notifier.errors import StoreError
from notifier.store import Store, opening, schema
from notifier.store.opening import open_database
from tests.notifier.store.samples import MONDAY, call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "notifier.db"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / ".database"


@pytest.fixture
def held(path: Path, marker: Path) -> Path:
    """A database that holds one notice."""
    with Store.open(path, create=True, marker=marker) as store:
        store.notices.hold(call(), MONDAY)
    return path


def refused(path: Path, marker: Path | None = None, *, create: bool = True) -> str:
    """What is said when the store is opened; the file must be left as it is."""
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StoreError) as caught:
        Store.open(path, create=create, marker=marker)
    assert (path.read_bytes() if path.exists() else None) == before
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    return str(caught.value)


def test_a_missing_database_is_created_only_on_demand(path: Path, marker: Path) -> None:
    assert "there is no database yet" in refused(path, marker, create=False)
    assert not path.exists()
    assert not marker.exists()
    with Store.open(path, create=True, marker=marker) as store:
        assert store.lots.count() == 0
    assert str(path) in marker.read_text(encoding="utf-8")


def test_only_its_owner_can_read_the_database(held: Path) -> None:
    assert held.stat().st_mode & 0o077 == 0


def test_a_database_that_went_missing_is_not_replaced(held: Path, marker: Path) -> None:
    held.unlink()
    message = refused(held, marker)
    assert "there was a database here" in message
    assert str(marker) in message


def test_without_its_marker_a_missing_database_is_begun_anew(held: Path, marker: Path) -> None:
    held.unlink()
    marker.unlink()
    with Store.open(held, create=True, marker=marker) as store:
        assert store.lots.count() == 0


def test_a_marker_that_is_missing_beside_a_database_is_written_again(held: Path, marker: Path) -> None:
    marker.unlink()
    Store.open(held, marker=marker).close()
    assert marker.exists()


def test_a_write_ahead_log_without_its_database_is_not_thrown_away(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("notifier.db-wal").write_bytes(b"committed")
    assert "write-ahead log" in refused(path)


def test_an_empty_file_is_begun_only_where_no_marker_stands(path: Path, marker: Path) -> None:
    path.parent.mkdir()
    path.touch()
    marker.touch()
    assert "the file is empty" in refused(path, marker)
    assert "the file is empty" in refused(path, None, create=False)
    marker.unlink()
    with Store.open(path, create=True, marker=marker) as store:
        assert store.lots.count() == 0


def test_a_database_without_tables_counts_as_an_empty_file(path: Path, marker: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    marker.touch()
    assert "the file is empty" in refused(path, marker)


@pytest.mark.parametrize("content", [b"not a database at all, " * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    message = refused(path)
    assert "not a database" in message or "damaged" in message
    assert "backup" in message


def test_a_database_that_was_cut_off_is_refused_and_left_alone(held: Path, marker: Path) -> None:
    held.write_bytes(held.read_bytes()[: 4096 * 3])
    assert "damaged" in refused(held, marker)


def test_damage_that_is_met_later_is_told_as_well(held: Path) -> None:
    whole = bytearray(held.read_bytes())
    whole[4096 * 2 :] = b"\xff" * (len(whole) - 4096 * 2)
    held.write_bytes(whole)
    with pytest.raises(StoreError, match=r"damaged.*backup"), Store.open(held) as store:
        list(store.notices.versions())


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE pictures (id INTEGER)")
    connection.close()
    assert "another program" in refused(path)


def test_a_database_of_a_newer_program_is_refused(held: Path) -> None:
    connection = sqlite3.connect(held)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('notifier', '999_later', '')"
    )
    connection.commit()
    connection.close()
    message = refused(held)
    assert "newer notifier" in message
    assert "999_later" in message


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be created"):
        Store.open(tmp_path / "file" / "notifier.db", create=True)


def test_a_marker_that_cannot_be_written_is_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="marker"):
        Store.open(path, create=True, marker=tmp_path / "nowhere" / ".database")


def test_a_name_with_odd_characters_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "by & land?mode=memory#1 %41.db"
    Store.open(path, create=True).close()
    assert path.stat().st_size > 0


def test_every_safeguard_is_on(held: Path) -> None:
    database = open_database(held)
    try:
        assert database.column(str, "PRAGMA journal_mode") == ["wal"]
        assert database.number("PRAGMA synchronous") == 2  # FULL
        assert database.number("PRAGMA foreign_keys") == 1
        assert database.number("PRAGMA busy_timeout") == 30_000
    finally:
        database.close()


def test_a_migration_that_fails_half_way_leaves_nothing_of_all_that_were_pending(
    held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def good(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE extra (id INTEGER)")

    def bad(db: sqlite_utils.Database) -> None:
        db.execute("ALTER TABLE extra ADD COLUMN name TEXT")
        db.execute("INSERT INTO nowhere VALUES (1)")

    later = Migrations("notifier")
    steps = (*schema.STEPS, ("998_good", good), ("999_bad", bad))
    for name, step in steps:
        later(name=name)(step)
    monkeypatch.setattr(opening, "migrations", later)
    monkeypatch.setattr(opening, "KNOWN", frozenset(name for name, _ in steps))
    with pytest.raises(StoreError, match="nowhere"):
        Store.open(held)
    monkeypatch.undo()
    with Store.open(held) as store:  # and the program from before still finds its own schema
        assert store.lots.count() == 1


def _open_new(path: str, marker: str) -> None:
    Store.open(Path(path), create=True, marker=Path(marker)).close()


def test_several_programs_that_create_it_at_once_all_get_it(path: Path, marker: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_open_new, args=(str(path), str(marker))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
