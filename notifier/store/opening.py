"""Opening the database: found, proven to be ours, brought up to date, or refused. Never an empty one over a lost one.

That a database exists is recorded twice: by the file, and by a marker beside the configuration. Where the marker
stands and the database does not, something was lost or moved, and starting from nothing would announce everything
again; so that is refused until a person restores a backup or removes the marker.

A file without a single table (0 bytes, or SQLite's header alone) is what a creation leaves that was cut short, and
also what a truncation leaves. The marker, which is written last, tells them apart.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from notifier.errors import StoreError
from notifier.store.database import BUSY_S, Database, store_error
from notifier.store.procedures import note_all_names
from notifier.store.schema import KNOWN, MERGING, migrations

_RESTORE = "restore the newest backup to this place"


def open_database(path: Path, *, create: bool = False, marker: Path | None = None) -> Database:
    """Open the database, creating it only where `create` allows it and nothing says that there was one.

    Raises StoreError where it is missing, lost, damaged, another program's, of a newer version, or locked.
    """
    path = path.absolute()
    if not path.exists():
        _refuse_missing(path, create, marker)
        _make_file(path)
    db = _connect(path)
    try:
        _prepare(db, create, marker)
        if marker is not None and not marker.exists():
            _write_marker(marker, path)
    except BaseException:
        db.close()
        raise
    return db


def _refuse_missing(path: Path, create: bool, marker: Path | None) -> None:
    journal = path.with_name(path.name + "-wal")
    if marker is not None and marker.exists():
        raise StoreError(
            "there was a database here, and now it is missing",
            where=str(path),
            remedy=f"{_RESTORE}, or, to start from nothing, remove the marker file {marker}",
        )
    if journal.exists() and journal.stat().st_size:
        raise StoreError(
            "the database is missing, but its write-ahead log is still there",
            where=str(path),
            remedy=f"{_RESTORE}, or move {journal} away to start from nothing",
        )
    if not create:
        raise StoreError(
            "there is no database yet",
            where=str(path),
            remedy="`notifier run`, `crawl`, `subscribers add`, `staff add`, `web` and `desk` create it; or name "
            "another one with --db",
        )


def _make_file(path: Path) -> None:
    """An empty file that only its owner can read: it will hold people's addresses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(
            f"the database cannot be created: {error.strerror}",
            where=str(path),
            remedy="give this user the right to write in that folder, or name another place in notifier.toml",
        ) from error


def _connect(path: Path) -> Database:
    """A connection that never creates a file (mode=rw) and never begins a transaction by itself."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_S, isolation_level=None)
    except sqlite3.Error as error:
        raise store_error(path, error) from error
    try:
        return Database(path, connection)
    except BaseException:
        connection.close()
        raise


def _prepare(db: Database, create: bool, marker: Path | None) -> None:
    tables = set(db.column(str, "SELECT name FROM sqlite_schema WHERE type = 'table'"))
    if not tables:
        _refuse_empty(db.path, create, marker)
    elif migrations.migrations_table not in tables:
        raise StoreError(
            "this is the database of another program",
            where=str(db.path),
            remedy="name the notifier's own database in notifier.toml or with --db",
        )
    applied = _applied(db)
    if applied - KNOWN:
        raise StoreError(
            f"the database was written by a newer notifier (it has {', '.join(sorted(applied - KNOWN))})",
            where=str(db.path),
            remedy="install that version again, or restore the backup that was made before it",
        )
    _enable_wal(db)
    if KNOWN - applied:
        migrate(db)


def _applied(db: Database) -> set[str]:
    """Names of the migrations that this file has."""
    with db.errors_told():
        return {migration.name for migration in migrations.applied(db.utils)}


def _refuse_empty(path: Path, create: bool, marker: Path | None) -> None:
    if marker is not None and marker.exists():
        raise StoreError(
            "there was a database here, and now the file is empty",
            where=str(path),
            remedy=f"{_RESTORE}, or, to start from nothing, remove the empty file and the marker file {marker}",
        )
    if not create:
        raise StoreError(
            "the file is empty: no database was ever made in it, or it was cut off",
            where=str(path),
            remedy=f"{_RESTORE}, or run `notifier crawl` or `notifier run` to begin a new one",
        )


def _enable_wal(db: Database) -> None:
    """Write-ahead log: readers and the one writer do not wait for each other. It is kept in the file."""
    with db.errors_told():
        db.utils.enable_wal()


def migrate(db: Database) -> None:
    """Apply what is pending, all or nothing.

    One BEGIN IMMEDIATE stands around all: inside a transaction sqlite-utils takes a savepoint for each migration
    instead of a BEGIN of its own. A second program waits here and then finds nothing left to do. What was held before
    there were names is joined by them at once.
    """
    with db.transaction():
        before = _applied(db)
        migrations.apply(db.utils)
        if before and MERGING in _applied(db) - before:
            note_all_names(db)


_MARKER_TEXT = """\
The notifier made its database here:
{path}
While this file stands, a missing database is never replaced by an empty one. Remove it only if all that was found,
every subscriber and everything that was announced may be forgotten.
"""


def _write_marker(marker: Path, path: Path) -> None:
    """Durable before the database is used: temporary name, fsync, rename, fsync of the folder."""
    temporary = marker.with_name(f"{marker.name}.{os.getpid()}.new")  # two programs may be here at once
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(_MARKER_TEXT.format(path=path))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(marker)
        folder = os.open(marker.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(
            f"the marker that records the database cannot be written: {error.strerror}",
            where=str(marker),
            remedy="give this user the right to write in that folder once",
        ) from error
