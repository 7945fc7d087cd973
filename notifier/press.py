"""Documents into files: each written whole, those that stand as they should left alone, what is gone removed.

    press = Press(folder, ours)
    press.promise(memory)       what readers are told in them, and must not be forgotten however the run ends
    press.put(documents)        in the order in which readers may follow links: lots first, lists last
    press.remove(…)             what no reader shall find any more
    press.finish(memory)        what was done is written down (ledger.py)

A run that is killed between leaves every file whole, the old one or the new one, and the next run mends the rest.
In a folder of ours, names that the site has are the program's: a file of such a name that somebody else wrote is
written over, but where the document is shy. All other files in the folder are somebody else's, and so is whatever a
link leads to. A folder is ours that is empty, or holds notes of ours, or whose front page is ours; another is refused.
Where the ledger is lost, only files that carry our sign (signs.py) can be removed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from notifier.errors import ForeignFolder, PublishError
from notifier.files import explained, is_unfinished, remove, settle, status, sweep, write_all, write_parts
from notifier.ledger import (
    LEDGER,
    UNKNOWN,
    Entry,
    Ledger,
    begun,
    is_name,
    note_begun,
    packed_lengths,
    promised,
    published_into,
    read_ledger,
    save_ledger,
    save_promise,
)
from notifier.site.documents import BATCH, Document, Strainer, batches
from notifier.site.rendering import FRONT
from notifier.site.signs import BEGINS

Progress = Callable[[int], object]
Ours = Callable[[str, bytes], bool]
_TOGETHER = 64  # files that are written side by side
_AT_ONCE = 1 << 20  # octets that are taken from an old file at a time
# What may stand in a folder that is to become ours: what makes it a place to publish from.
_BESIDE = frozenset(
    {
        ".domains", ".git", ".gitattributes", ".gitignore", ".htaccess", ".nojekyll", ".well-known", "CNAME",
        "lost+found", "robots.txt",
    }
)  # fmt: skip


class Press:
    """One publication into one folder. Nobody else may publish into it at the same time."""

    def __init__(self, folder: Path, ours: Ours, on_progress: Progress = lambda _: None) -> None:
        """`ours` tells of a file, by its path and how it begins, whether this program wrote it: asked where no ledger
        is left.

        `on_progress` is told how many files have been looked at. Raises PublishError, ForeignFolder.
        """
        self._folder, self._on_progress = folder, on_progress
        _refuse_foreign(folder, ours)
        ledger = read_ledger(folder)
        self.memory = {**(ledger.memory if ledger else {}), **promised(folder)}
        self._files = {**begun(folder), **(ledger.files if ledger else _adopted(folder, ours))}
        self._inside = _Inside(folder)
        self._planned: set[str] = set()
        self._changed: set[str] = set()  # folders, by their paths
        self.written = self.unchanged = self.removed = 0
        for part in sorted({"", *(_part(path) for path in self._files if self._inside.has(path))}):
            sweep(folder / part)

    def promise(self, memory: Mapping[str, bytes]) -> None:
        """Write down what is to be known the next time, even if this run ends before it is finished.

        Raises PublishError.
        """
        if memory.items() - self.memory.items():
            save_promise(self._folder, memory)

    def put(self, documents: Iterable[Document]) -> None:
        """Bring these files into the folder. Raises PublishError where one cannot be written; all others stay whole."""
        for batch in batches(documents, BATCH):
            wanted = [document for document in batch if self._wanted(document)]
            note_begun(self._folder, [document.path for document in wanted if document.path not in self._files])
            self._write([document for document in wanted if _simple(document)])
            for document in wanted:
                if not _simple(document):
                    self._compose(document)
            self._on_progress(len(self._planned))

    def _wanted(self, document: Document) -> bool:
        """Whether there is something to do for it."""
        self._plan(document.path)
        if document.strained and not document.parts:
            self._strain(document.path, document.strained)
            return False
        entry, found = self._files.get(document.path), self._status(document.path)
        stands = entry is not None and found is not None and entry.matches(found)
        if stands and entry and entry.keys == _keys(document):
            self.unchanged += 1
            return False
        if document.shy and found and not stands:
            return self._gave_way(document)
        return True

    def _strain(self, path: str, strainer: Strainer) -> None:
        """Take out of a file what may not stand in it any more: looked through only where that is not done already."""
        entry, found, goal = self._files.get(path, UNKNOWN), self._status(path), self._folder / path
        if found and entry.matches(found) and entry.keys == strainer.key:
            return
        left = self._left(goal, strainer) if found and stat.S_ISREG(found.st_mode) else None
        if found and left is not None and (left or strainer.emptied):
            if left != found.st_size:
                with explained(goal), goal.open("rb") as old:
                    write_parts(goal, strainer.left(old), settled=False)
            self._note_as(path, strainer.key, b"", written=left != found.st_size)
            return
        self.removed += remove(goal, settled=False)
        self._changed.add(_part(path))
        self._files.pop(path, None)
        self._planned.discard(path)  # readers do not find it

    def _left(self, path: Path, strainer: Strainer) -> int | None:
        """How many octets of the file stay; None where it is not ours, so that nobody knows what is in it."""
        with explained(path), path.open("rb") as old:
            try:
                return sum(map(len, strainer.left(old)))
            except ValueError:
                return None

    def _status(self, path: str) -> os.stat_result | None:
        return status(f"{self._folder}/{path}")

    def _plan(self, path: str) -> None:
        if not is_name(path) or path in self._planned:
            raise PublishError(
                "a file of the site has a name that cannot be, or two have the same",
                where=ascii(path[:200]),
                remedy="this is a mistake of the program: report it with this line",
            )
        self._planned.add(path)
        if not self._inside.has(path):
            raise PublishError(
                "a folder of the site is a link to another place",
                where=str((self._folder / path).parent),
                remedy="take the link away; a folder is made in its place. The site's whole folder may be a link",
            )

    def _gave_way(self, document: Document) -> bool:
        """False: whatever stands in the place of a shy document is somebody else's, unless it is just what we write."""
        made = b"".join(document.make([part.name for part in document.parts]))
        with explained(self._folder / document.path):
            same = (self._folder / document.path).read_bytes() == made
        if same:
            self._note(document, [len(made)], written=False)
        else:
            self._files.pop(document.path, None)
        return False

    def _write(self, documents: list[Document]) -> None:
        """Documents of one part. Those of one maker follow each other, and are made in one go."""
        for some in batches(_made(documents), _TOGETHER):
            written = write_all([(self._folder / document.path, content) for document, content in some])
            for (document, content), anew in zip(some, written, strict=True):
                self._note(document, [len(content)], written=anew)

    def _compose(self, document: Document) -> None:
        path, lengths = self._folder / document.path, list[int]()
        entry, found = self._files.get(document.path, UNKNOWN), self._status(document.path)
        if found is None or not entry.matches(found):
            written = write_parts(path, _parts(document, {}, None, lengths), settled=False)
        else:
            with explained(path), path.open("rb") as old:
                parts = _parts(document, entry.places(), old, lengths)
                written = write_parts(path, parts, settled=False)
        self._note(document, lengths, written=written)

    def _note(self, document: Document, lengths: list[int], *, written: bool) -> None:
        # A strained file is never copied from: where its parts stand in it is not known later on.
        found = b"" if document.strained else packed_lengths(lengths)
        self._note_as(document.path, _keys(document), found, written=written)
        self.unchanged += not written

    def _note_as(self, path: str, keys: bytes, lengths: bytes, *, written: bool) -> None:
        found = self._status(path)
        if found is not None:
            self._files[path] = Entry(found.st_size, found.st_mtime_ns, keys, lengths)
        self.written += written
        if written:
            self._changed.add(_part(path))

    def standing(self, kept: Callable[[str], bool]) -> set[str]:
        """Paths of the files that were put so far, and of earlier ones that are `kept` and have not been deleted."""
        return self._planned | {
            path for path in self._files.keys() - self._planned if kept(path) and self._status(path) is not None
        }

    def remove(self, gone: Iterable[str], kept: Callable[[str], bool]) -> None:
        """Take away these files, and all of ours that were not put this time and that nobody has `kept`.

        Raises PublishError.
        """
        over = {path for path in self._files if path not in self._planned and not kept(path)}
        for path in sorted((over | set(gone)) - self._planned):
            if self._inside.has(path) and remove(self._folder / path, settled=False):
                self.removed += 1
                self._changed.add(_part(path))
            self._files.pop(path, None)

    def finish(self, memory: Mapping[str, bytes]) -> None:
        """Force to the disk which files there are, and write down what was done. Raises PublishError."""
        # A folder that was made just now stands in the one above it.
        for part in sorted({one for changed in self._changed for one in (changed, *_above(changed))}):
            settle(self._folder / part)
        save_ledger(self._folder, Ledger(self._files, memory))


class _Inside:
    """Which files' places are in a folder: no folder on the way there is a link."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._known = folder, {"": True}

    def has(self, path: str) -> bool:
        """Whether the file of that path, if there is one, is in the folder. Raises PublishError."""
        part = _part(path)
        if part not in self._known:
            found = [status(f"{self._folder}/{one}") for one in (part, *_above(part)) if one]
            self._known[part] = not any(one and stat.S_ISLNK(one.st_mode) for one in found)
        return self._known[part]


def _part(path: str) -> str:
    """The folder that a file stands in; "" for the site's own."""
    return path.rpartition("/")[0]


def _above(part: str) -> list[str]:
    """The folders above a folder, up to the site's own."""
    return [_part(part), *_above(_part(part))] if part else []


def _refuse_foreign(folder: Path, ours: Ours) -> None:
    """Twenty thousand files are not scattered among somebody's own, nor is their front page written over."""
    if published_into(folder) or not folder.is_dir():
        return
    with explained(folder):
        others = sorted({one.name for one in folder.iterdir() if not is_unfinished(one.name)} - _BESIDE)
    if others and not _is_ours(folder, FRONT, ours):
        raise ForeignFolder(
            f"this folder holds something that was not published into it, such as {others[0][:80]!a}",
            where=str(folder),
            remedy="name an empty folder, or a new one; or say that the site may stand there and write over what has "
            f"names of its own, by an empty file {LEDGER} in the folder",
        )


def _adopted(folder: Path, ours: Ours) -> dict[str, Entry]:
    """Files that earlier publications left here, as their names and signs tell."""
    found = (Path(place, name).relative_to(folder) for place, _, names in os.walk(folder) for name in names)
    return {path: UNKNOWN for path in map(str, map(PurePosixPath, found)) if _is_ours(folder, path, ours)}


def _is_ours(folder: Path, path: str, ours: Ours) -> bool:
    if not is_name(path):
        return False
    with explained(folder / path):
        found = status(f"{folder}/{path}")
        if found is None or not stat.S_ISREG(found.st_mode):
            return False
        with (folder / path).open("rb") as file:
            return ours(path, file.read(BEGINS))


def _made(documents: list[Document]) -> Iterator[tuple[Document, bytes]]:
    for make, group in groupby(documents, key=attrgetter("make")):
        same = list(group)
        yield from zip(same, make([document.parts[0].name for document in same]), strict=True)


def _simple(document: Document) -> bool:
    return len(document.parts) == 1 and not document.strained


def _keys(document: Document) -> bytes:
    return document.strained.key if document.strained else b"".join(part.key for part in document.parts)


def _parts(
    document: Document, places: Mapping[bytes, tuple[int, int]], old: BinaryIO | None, lengths: list[int]
) -> Iterator[bytes]:
    """The document's parts, each taken from the old file where it stands there and made where it does not.

    Those that follow each other there are taken together. The length of each is added to `lengths`.
    """
    missing = (part.name for part in document.parts if part.key not in places)
    made = (content for batch in batches(missing, BATCH) for content in document.make(batch))
    begin = end = 0  # of what is to be taken next
    for part in document.parts:
        place = places.get(part.key)
        if place is None or place[0] != end or end - begin > _AT_ONCE:
            yield _taken(old, begin, end)
            begin = end = place[0] if place else 0
        if place is None:
            content = next(made)
            lengths.append(len(content))
            yield content
        else:
            lengths.append(place[1])
            end += place[1]
    yield _taken(old, begin, end)


def _taken(old: BinaryIO | None, begin: int, end: int) -> bytes:
    if old is None or begin == end:
        return b""
    old.seek(begin)
    return old.read(end - begin)
