"""Files written whole: a reader sees the old content or the new one, never half of either.

The new content goes into a file of its own in the same folder, is forced to the disk, and takes the old name in
one step (rename(2) is atomic within a file system). Then the folder itself is forced to the disk, or a power cut
could undo the rename. A program that is killed between leaves a temporary file, which `sweep` takes away.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifier.errors import PublishError

# Temporary names begin with a dot, so that web servers do not list them, and end so that only ours are swept.
_PREFIX, _SUFFIX = ".", ".unfinished"
# As any file that the operator makes, for a web server has to read it; and for nobody but the owner.
FOR_ALL, FOR_OWNER = 0o666, 0o600


def write_whole(path: Path, content: bytes, *, settled: bool = True, mode: int = FOR_ALL) -> bool:
    """Put `content` into `path` in one step, and say whether that was needed: an unchanged file is left alone.

    The folder is made where it is missing. Raises PublishError with the path and what to do. Who writes many files
    says `settled=False` and calls `settle` once for the folder: until then a power cut could bring back the old
    file, whole. `mode` is that of a file which is written, less the umask.
    """
    with _explained(path):
        if _holds(path, content):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content, mode)
        if settled:
            _force_folder(path.parent)
    return True


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter; one that is there stays as it is. Raises PublishError."""
    with _explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def settle(folder: Path) -> None:
    """Force to the disk which files stand in `folder`. Raises PublishError."""
    with _explained(folder):
        _force_folder(folder)


def remove(path: Path) -> bool:
    """Delete `path` for good; False where there was none. Raises PublishError."""
    with _explained(path):
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _force_folder(path.parent)
    return True


def sweep(folder: Path) -> int:
    """Delete what a killed writer left in `folder`, not below it, and say how much. Raises PublishError.

    Only for a folder in which nobody else is writing right now: the caller holds the lock.
    """
    with _explained(folder):
        left = [path for path in folder.glob(f"{_PREFIX}*{_SUFFIX}") if path.is_file()] if folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
    return len(left)


def _holds(path: Path, content: bytes) -> bool:
    """Whether the file is there with this content. Its size is asked first: most changes show there."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(path: Path, content: bytes, mode: int) -> None:
    temporary = path.parent / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _force_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says into a message for people."""
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"a file of the site cannot be written: {error.strerror or error}",
            where=str(error.filename or path),
            remedy="check that the folder exists, belongs to the user who publishes, and has space left; "
            "what was published before is untouched",
        ) from error
