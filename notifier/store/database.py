"""The connection: opened with care, written to in short transactions, its errors told to people.

WAL with synchronous=FULL: what was committed survives a power cut (with NORMAL the last commits do not, and that is
asked for only where it loses nothing). Every write runs under BEGIN IMMEDIATE: the lock is taken before anything was
read, so that two writers wait for each other instead of failing. No transaction is held across the network.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlite_utils

from notifier.errors import StoreError

T = TypeVar("T")
Value = str | bytes | int | float | None

# How long a writer waits for another one. A batch takes milliseconds; only a backup or a sick disk takes longer.
BUSY_S = 30.0
_REMEMBERED = 200  # answers that are kept at a time: lists that somebody looks at just now


class Database:
    """One connection to one file, for one thread. Everything it raises is a StoreError that names the file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._errors_told = _ErrorsTold(path)
        self._state, self._memory = (0, 0), dict[Hashable, Any]()
        with self.errors_told():
            self.utils = sqlite_utils.Database(connection, execute_plugins=False)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            self._forced = True
            # What was deleted is overwritten: whoever was erased is not to be found in the file.
            connection.execute("PRAGMA secure_delete = ON")

    @contextmanager
    def transaction(self, *, forced: bool = True) -> Iterator[None]:
        """All or nothing, under BEGIN IMMEDIATE. Inside another transaction it joins that one.

        An error that leaves an inner block must leave the outer one too: there are no partial roll-backs.
        One that is not `forced` to the disk survives the end of this program, not a power cut, unless a forced one
        was committed after it.
        """
        if self._in_transaction():
            yield
            return
        with self.errors_told():
            self._force(forced)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already.
                if self._in_transaction():
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def still(self) -> Iterator[None]:
        """Everything that is read inside is of one moment, whoever writes meanwhile. Nothing is written inside.

        Raises StoreError where something is, or inside another transaction.
        """
        with self.errors_told():
            # What is written inside would be undone in silence: it is refused instead.
            self._connection.execute("PRAGMA query_only = ON")
            try:
                self._connection.execute("BEGIN")
                yield
            finally:
                if self._in_transaction():  # a sick disk may have ended it already
                    self._connection.execute("ROLLBACK")
                self._connection.execute("PRAGMA query_only = OFF")

    def _force(self, forced: bool) -> None:
        """Whether commits are forced to the disk from now on: asked of SQLite only where it is another answer."""
        if self._forced is not forced:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if forced else 'NORMAL'}")
            self._forced = forced

    def _in_transaction(self) -> bool:
        return self._connection.in_transaction

    def select(self, kind: type[T], sql: str, values: Sequence[Value] = ()) -> list[T]:
        """All rows, each as the dataclass `kind`, whose fields are named like the columns."""
        with self.errors_told():
            cursor = self._connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        return [msgspec.convert(dict(zip(names, row, strict=True)), type=kind) for row in rows]

    def select_one(self, kind: type[T], sql: str, values: Sequence[Value] = ()) -> T | None:
        """The first row as the dataclass `kind`, or None."""
        found = self.select(kind, sql, values)
        return found[0] if found else None

    def column(self, kind: type[T], sql: str, values: Sequence[Value] = ()) -> list[T]:
        """The first column of all rows, each of type `kind`."""
        with self.errors_told():
            rows = self._connection.execute(sql, values).fetchall()
        return [msgspec.convert(row[0], type=kind) for row in rows]

    def pairs(self, sql: str, values: Sequence[Value] = ()) -> Iterator[tuple[int, bytes]]:
        """Ids and data, row by row: rows of long data are never all in memory. To be read to the end at once."""
        with self.errors_told():
            yield from self._connection.execute(sql, values)

    def texts(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[str, str]]:
        """Two columns of text, of all rows: of thousands, which would take long as values of their own."""
        with self.errors_told():
            return self._connection.execute(sql, values).fetchall()

    def number(self, sql: str, values: Sequence[Value] = ()) -> int:
        """The one number that the statement answers (a count, say)."""
        return self.column(int, sql, values)[0]

    def insert(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run an INSERT and answer the id of the new row."""
        return self._write(sql, values).lastrowid or 0

    def write(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run an INSERT, UPDATE or DELETE and answer how many rows it touched."""
        return self._write(sql, values).rowcount

    def write_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run the same statement for every row."""
        with self.transaction(), self.errors_told():
            self._connection.executemany(sql, rows)

    def _write(self, sql: str, values: Sequence[Value]) -> sqlite3.Cursor:
        with self.transaction(), self.errors_told():
            return self._connection.execute(sql, values)

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` answered for a key, as long as nobody has written since, we or another program; else asked anew.

        For what many ask and few change: counts beside filters. The key has to name all that `make` depends on beside
        the database, the time too.
        """
        if self._in_transaction():  # what it has written may yet be undone
            return make()
        state = (self.number("PRAGMA data_version"), self._connection.total_changes)
        if state != self._state or len(self._memory) >= _REMEMBERED:
            self._state, self._memory = state, {}
        if key not in self._memory:
            self._memory[key] = make()
        found: T = self._memory[key]
        return found

    def add_function(self, name: str, made: Callable[[str], str]) -> None:
        """Let statements of this connection call a function of ours. Nothing that is kept in the file may call it."""
        with self.errors_told():
            self._connection.create_function(name, 1, made, deterministic=True)

    def fold(self) -> None:
        """Fold the write-ahead log into the file and empty it, where nobody is reading; not in a transaction."""
        if not self._in_transaction():
            with self.errors_told():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the connection; SQLite then folds the write-ahead log into the file where nobody else has it open."""
        with self.errors_told():
            self._connection.close()

    def errors_told(self) -> _ErrorsTold:
        """Around what speaks with SQLite: whatever it raises becomes one StoreError with file, reason and remedy."""
        return self._errors_told


class _ErrorsTold:
    """One for all statements of a connection, of which a delivery makes some ten thousand a second."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise store_error(self._path, error) from error


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """What a person is told of an error of SQLite. The low byte of its code names the kind."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    kind = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    what, remedy = _MESSAGES.get(kind, (f"the database answered {name}: {error}", "run the command again"))
    if kind == sqlite3.SQLITE_CONSTRAINT:
        what = f"{what} ({error})"  # names table and column, never a value
    if kind in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        what = f"{what} ({_free_space(path)}; {name})"
    return StoreError(what, where=str(path), remedy=remedy)


_RESTORE = (
    "move it aside together with its -wal and -shm files, put the newest backup in its place and start again; "
    "it was left as it is"
)
_MESSAGES = {
    sqlite3.SQLITE_FULL: (
        "the disk that holds the database is full",
        "make space there and run the command again; what was being written was undone, all before it is kept",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk refused to read or write the database",
        "look at the disk and its quota and run the command again; what was being written was undone",
    ),
    sqlite3.SQLITE_BUSY: (
        f"the database was locked by another program for more than {BUSY_S:.0f} seconds",
        "wait until the other run has ended, then run the command again",
    ),
    sqlite3.SQLITE_LOCKED: ("the database is locked", "wait until the other run has ended, then try again"),
    sqlite3.SQLITE_CORRUPT: ("the database is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("the file is not a database, or it is damaged", _RESTORE),
    sqlite3.SQLITE_READONLY: (
        "the database may not be written to",
        "give this user the right to write to the file and to its folder",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the database cannot be opened",
        "check that the folder exists and that this user may read and write the file and its folder",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        "the database refused a value that contradicts what it holds",
        "nothing was changed; please report this with the command that you ran",
    ),
}


def _free_space(path: Path) -> str:
    """How much room is left where the database lies, for people."""
    try:
        return f"{shutil.disk_usage(path.parent).free / 1e6:.1f} MB free in {path.parent}"
    except OSError as error:
        return f"free space in {path.parent} unknown: {error.strerror}"
