"""Files written whole: a reader sees the old content or the new one, never half of either.

The new content goes into a file of its own in the same folder, is forced to the disk, and takes the old name in
one step (rename(2) is atomic within a file system). Then the folder itself is forced to the disk, or a power cut
could undo the rename. A program that is killed between leaves a temporary file, which `sweep` takes away.
"""

from __future__ import annotations

import filecmp
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from notifier.errors import PublishError

# Temporary names begin with a dot, so that web servers do not list them, and end so that only ours are swept.
_PREFIX, _SUFFIX = ".", ".unfinished"
# As any file that the operator makes, for a web server has to read it; and for nobody but the owner.
FOR_ALL, FOR_OWNER = 0o666, 0o600
_SIDE_BY_SIDE = 8  # files that are forced to the disk at a time


def write_whole(path: Path, content: bytes, *, settled: bool = True, mode: int = FOR_ALL) -> bool:
    """Put `content` into `path` in one step, and say whether that was needed: an unchanged file is left alone.

    The folder is made where it is missing. Raises PublishError with the path and what to do. Who writes many files
    says `settled=False` and calls `settle` once for the folder: until then a power cut could bring back the old
    file, whole. `mode` is that of a file which is written, less the umask.
    """
    with explained(path):
        if _holds(path, content):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content, mode)
        if settled:
            _force_folder(path.parent)
    return True


def write_parts(path: Path, parts: Iterable[bytes], *, settled: bool = True) -> bool:
    """As `write_whole`, with content that comes piece by piece and is never all in memory. `parts` may read `path`."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _unfinished(path, FOR_ALL) as (temporary, file):
            for part in parts:
                file.write(part)
            file.flush()
            if _same(temporary, path):
                return False
            os.fsync(file.fileno())
            os.replace(temporary, path)
        if settled:
            _force_folder(path.parent)
    return True


def write_all(files: Sequence[tuple[Path, bytes]]) -> list[bool]:
    """As `write_whole` for each, unsettled, where there are many: answers for each whether it was written.

    They are forced to the disk side by side, before any takes its name: one after the other that takes most of the
    time. (Thousand pages on an ext4 disk that others used too: 5 to 14 s, so 1 to 3 s, unforced 1 to 3 s.) All are
    open at once: so some dozens, not thousands.
    """
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool, ExitStack() as unfinished:
        begun = [_begun(path, content, unfinished) for path, content in files]
        for path, forcing in [(one[1], pool.submit(os.fsync, one[2])) for one in begun if one]:
            with explained(path):
                forcing.result()
        for one in begun:
            if one:
                with explained(one[1]):
                    os.replace(one[0], one[1])
    return [one is not None for one in begun]


def _begun(path: Path, content: bytes, unfinished: ExitStack) -> tuple[Path, Path, int] | None:
    """The temporary file, its goal and its handle; None where the goal holds this already."""
    with explained(path):
        if _holds(path, content):
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, file = unfinished.enter_context(_unfinished(path, FOR_ALL))
        file.write(content)
        file.flush()
        return temporary, path, file.fileno()


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter; one that is there stays as it is. Raises PublishError."""
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def settle(folder: Path) -> None:
    """Force to the disk which files stand in `folder`. Raises PublishError."""
    with explained(folder):
        _force_folder(folder)


def remove(path: Path, *, settled: bool = True) -> bool:
    """Delete `path` for good; False where there was none. `settled` as in `write_whole`. Raises PublishError."""
    with explained(path):
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        if settled:
            _force_folder(path.parent)
    return True


def status(path: str) -> os.stat_result | None:
    """What the file system knows of `path` itself: a link is not followed. None where there is none.

    Raises PublishError. Asked some ten thousand times in a run, so of a text.
    """
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _told(path, error) from error


def is_unfinished(name: str) -> bool:
    """Whether a file is called as those that a killed writer leaves."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def sweep(folder: Path) -> int:
    """Delete what a killed writer left in `folder`, not below it, and say how much. Raises PublishError.

    Only for a folder in which nobody else is writing right now: the caller holds the lock.
    """
    with explained(folder):
        left = [path for path in folder.glob(f"{_PREFIX}*{_SUFFIX}") if _is_file(path)] if folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
    return len(left)


def _is_file(path: Path) -> bool:
    """Whether it is a file by itself: what a link leads to is somebody else's, and may change behind our back."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _holds(path: Path, content: bytes) -> bool:
    """Whether the file is there with this content. Its size is asked first: most changes show there."""
    try:
        found = os.lstat(path)
        return stat.S_ISREG(found.st_mode) and found.st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _same(one: Path, other: Path) -> bool:
    """Whether both are there and hold the same, looked at piece by piece."""
    try:
        return _is_file(other) and filecmp.cmp(one, other, shallow=False)
    except FileNotFoundError:
        return False
    finally:
        filecmp.clear_cache()


def _replace(path: Path, content: bytes, mode: int) -> None:
    with _unfinished(path, mode) as (temporary, file):
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.replace(temporary, path)


@contextmanager
def _unfinished(path: Path, mode: int) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file beside `path`; it is gone afterwards, unless it was given another name."""
    temporary = path.parent / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            yield temporary, file
    finally:
        # Where even that fails the next run sweeps it away, and what failed before is what people are told.
        with suppress(OSError):
            temporary.unlink()


def _force_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says into a message for people: a PublishError."""
    try:
        yield
    except OSError as error:
        raise _told(path, error) from error


def _told(path: Path | str, error: OSError) -> PublishError:
    return PublishError(
        f"a file of the site cannot be written: {error.strerror or error}",
        where=str(error.filename or path),
        remedy="check that the folder exists, belongs to the user who publishes, and has space left; "
        "what was published before is untouched",
    )
