"""One run at a time, held by the kernel: a lock of flock(2) ends with its process, whatever ended that."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifier import clock
from notifier.errors import LockHeld, StoreError


@contextmanager
def one_run(database: Path, now: dt.datetime) -> Iterator[None]:
    """Hold the lock beside the database for as long as the block lasts.

    Raises LockHeld, with the process and the time since when, where another run holds it.
    """
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            "the lock cannot be made", where=str(path), remedy=f"{error.strerror}; give this user the folder"
        ) from error
    try:
        _take(handle, path)
        os.truncate(handle, 0)
        since = now.astimezone(clock.COPENHAGEN).isoformat(timespec="seconds")
        os.pwrite(handle, f"process {os.getpid()} since {since}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(handle, 200, 0).decode(errors="replace") or "another process"
        raise LockHeld(
            f"another run is under way: {holder}", where=str(path), remedy="wait until it has ended"
        ) from None
