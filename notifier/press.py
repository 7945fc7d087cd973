"""Documents into files: each written whole, those that stand as they should left alone, what is gone removed.

    press = Press(folder, ours)
    press.put(documents)        in the order in which readers may follow links: lots first, lists last
    press.remove(…)             what no reader shall find any more
    press.finish(memory)        what was done is written down (ledger.py)

A run that is killed between leaves every file whole, the old one or the new one, and the next run mends the rest.
Names that the site has are the program's: a file of such a name that somebody else wrote is written over, but where
the document is shy. All other files in the folder are somebody else's, and so is whatever a link leads to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from notifier.errors import PublishError
from notifier.files import explained, remove, settle, status, sweep, write_parts, write_whole
from notifier.ledger import UNKNOWN, Entry, Ledger, begun, is_name, note_begun, packed_lengths, read_ledger, save_ledger
from notifier.site.documents import BATCH, Document, batches

Progress = Callable[[int], object]


class Press:
    """One publication into one folder. Nobody else may publish into it at the same time."""

    def __init__(self, folder: Path, ours: Callable[[str], bool], on_progress: Progress = lambda _: None) -> None:
        """`ours` tells of the path of a file whether this program writes such files: asked where no ledger is left.

        `on_progress` is told how many files have been looked at. Raises PublishError.
        """
        self._folder, self._on_progress = folder, on_progress
        ledger = read_ledger(folder)
        self.memory = ledger.memory if ledger else {}
        self._files = {**begun(folder), **(ledger.files if ledger else _adopted(folder, ours))}
        self._folders = dict[Path, bool]()
        self._planned: set[str] = set()
        self._changed: set[Path] = set()
        self.written = self.unchanged = self.removed = 0
        for part in sorted({(folder / path).parent for path in self._files if self._inside(path)} | {folder}):
            sweep(part)

    def put(self, documents: Iterable[Document]) -> None:
        """Bring these files into the folder. Raises PublishError where one cannot be written; all others stay whole."""
        for batch in batches(documents, BATCH):
            wanted = [document for document in batch if self._wanted(document)]
            note_begun(self._folder, [document.path for document in wanted if document.path not in self._files])
            # Documents of one maker follow each other; its parts are made in one go.
            for _, group in groupby(wanted, key=attrgetter("make")):
                self._put(list(group))
            self._on_progress(len(self._planned))

    def _wanted(self, document: Document) -> bool:
        """Whether there is something to do for it."""
        self._plan(document.path)
        entry, found = self._files.get(document.path), status(self._folder / document.path)
        if entry and found and entry.matches(found):
            if entry.keys == _keys(document):
                self.unchanged += 1
                return False
        elif document.shy and found:
            return self._gave_way(document)
        return True

    def _plan(self, path: str) -> None:
        if not is_name(path) or path in self._planned:
            raise PublishError(
                "a file of the site has a name that cannot be, or two have the same",
                where=ascii(path[:200]),
                remedy="this is a mistake of the program: report it with this line",
            )
        self._planned.add(path)
        if not self._inside(path):
            raise PublishError(
                "a folder of the site is a link to another place",
                where=str((self._folder / path).parent),
                remedy="take the link away; a folder is made in its place. The site's whole folder may be a link",
            )

    def _inside(self, path: str) -> bool:
        """Whether the file's place is in the site's folder: no folder on the way there is a link."""
        part = (self._folder / path).parent
        if part not in self._folders:
            below = [one for one in (part, *part.parents) if one != self._folder and self._folder in one.parents]
            found = [status(one) for one in below]
            self._folders[part] = not any(one and stat.S_ISLNK(one.st_mode) for one in found)
        return self._folders[part]

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

    def _put(self, documents: list[Document]) -> None:
        if all(len(document.parts) == 1 for document in documents):
            names = [document.parts[0].name for document in documents]
            for document, content in zip(documents, documents[0].make(names), strict=True):
                written = write_whole(self._folder / document.path, content, settled=False)
                self._note(document, [len(content)], written=written)
            return
        for document in documents:
            self._compose(document)

    def _compose(self, document: Document) -> None:
        path, lengths = self._folder / document.path, list[int]()
        entry, found = self._files.get(document.path, UNKNOWN), status(path)
        if found is None or not entry.matches(found):
            written = write_parts(path, _counted(_parts(document, {}, None), lengths), settled=False)
        else:
            with explained(path), path.open("rb") as old:
                parts = _parts(document, entry.places(), old)
                written = write_parts(path, _counted(parts, lengths), settled=False)
        self._note(document, lengths, written=written)

    def _note(self, document: Document, lengths: list[int], *, written: bool) -> None:
        found = status(self._folder / document.path)
        if found is not None:
            self._files[document.path] = Entry(
                found.st_size, found.st_mtime_ns, _keys(document), packed_lengths(lengths)
            )
        self.written += written
        self.unchanged += not written
        if written:
            self._changed.add((self._folder / document.path).parent)

    def remove(self, gone: Iterable[str], kept: Callable[[str], bool]) -> None:
        """Take away these files, and all of ours that were not put this time and that nobody has `kept`.

        Raises PublishError.
        """
        over = {path for path in self._files if path not in self._planned and not kept(path)}
        for path in sorted((over | set(gone)) - self._planned):
            if self._inside(path) and remove(self._folder / path, settled=False):
                self.removed += 1
                self._changed.add((self._folder / path).parent)
            self._files.pop(path, None)

    def finish(self, memory: Mapping[str, bytes]) -> None:
        """Force to the disk which files there are, and write down what was done. Raises PublishError."""
        above = {one for part in self._changed for one in (part, *part.parents) if self._folder in (one, *one.parents)}
        for part in sorted(above):  # a folder that was made just now stands in the one above it
            settle(part)
        save_ledger(self._folder, Ledger(self._files, memory))


def _adopted(folder: Path, ours: Callable[[str], bool]) -> dict[str, Entry]:
    """Files that earlier publications left here, as their names tell."""
    found = (Path(place, name).relative_to(folder) for place, _, names in os.walk(folder) for name in names)
    return {path: UNKNOWN for path in map(str, map(PurePosixPath, found)) if ours(path)}


def _keys(document: Document) -> bytes:
    return b"".join(part.key for part in document.parts)


def _parts(document: Document, places: Mapping[bytes, tuple[int, int]], old: BinaryIO | None) -> Iterator[bytes]:
    """The document's parts, each taken from the old file where it stands there and made where it does not."""
    missing = (part.name for part in document.parts if part.key not in places)
    made = (content for batch in batches(missing, BATCH) for content in document.make(batch))
    for part in document.parts:
        if old is not None and part.key in places:
            offset, length = places[part.key]
            old.seek(offset)
            yield old.read(length)
        else:
            yield next(made)


def _counted(parts: Iterable[bytes], lengths: list[int]) -> Iterator[bytes]:
    for part in parts:
        lengths.append(len(part))
        yield part
