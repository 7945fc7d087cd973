"""Documents into files: each written whole, those that stand as they should left alone, what is gone removed.

    press = Press(folder, ours)
    press.put(documents)        in the order in which readers may follow links: lots first, lists last
    press.remove(…)             what no reader shall find any more
    press.finish(memory)        what was done is written down (ledger.py)

A run that is killed between leaves every file whole, the old one or the new one, and the next run mends the rest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from notifier.errors import PublishError
from notifier.files import explained, remove, settle, sweep, write_parts, write_whole
from notifier.ledger import UNKNOWN, Entry, Ledger, note_begun, packed_lengths, read_ledger, save_ledger
from notifier.site.documents import BATCH, Document, batches

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*", re.ASCII | re.IGNORECASE)


class Press:
    """One publication into one folder. Nobody else may publish into it at the same time."""

    def __init__(self, folder: Path, ours: Callable[[str], bool]) -> None:
        """`ours` tells of the path of a file whether this program writes such files: asked where no ledger is left.

        Raises PublishError.
        """
        self._folder = folder
        ledger = read_ledger(folder)
        self.memory = ledger.memory if ledger else {}
        self._files: dict[str, Entry] = dict(ledger.files) if ledger else _adopted(folder, ours)
        self._planned: set[str] = set()
        self._changed: set[Path] = set()
        self.written = self.unchanged = self.removed = 0
        for part in sorted({(folder / path).parent for path in self._files} | {folder}):
            sweep(part)

    def put(self, documents: Iterable[Document]) -> None:
        """Bring these files into the folder. Raises PublishError where one cannot be written; all others stay whole."""
        for batch in batches(documents, BATCH):
            wanted = [document for document in batch if self._wanted(document)]
            note_begun(self._folder, [document.path for document in wanted if document.path not in self._files])
            # Documents of one maker follow each other; its parts are made in one go.
            for _, group in groupby(wanted, key=attrgetter("make")):
                self._put(list(group))

    def _wanted(self, document: Document) -> bool:
        """Whether there is something to do for it."""
        path = document.path
        if not _NAME.fullmatch(path) or path in self._planned:
            raise PublishError(
                "a file of the site has a name that cannot be, or two have the same",
                where=ascii(path[:200]),
                remedy="this is a mistake of the program: report it with this line",
            )
        self._planned.add(path)
        entry, stat = self._files.get(path), self._stat(path)
        if document.shy and stat is not None and not (entry and entry.matches(stat)):
            return False
        if document.copied:
            return self._can_be_copied(document, entry or UNKNOWN, stat.st_size if stat else -1)
        if entry and stat and entry.matches(stat) and entry.keys == b"".join(part.key for part in document.parts):
            self.unchanged += 1
            return False
        return True

    def _can_be_copied(self, document: Document, entry: Entry, size: int) -> bool:
        """Whether all of its parts stand in the file; where that is not known, the file goes."""
        places, parts = entry.places(), document.parts
        known = all(part.key in places for part in parts)
        if known and size == entry.size:
            return True
        lengths = [places[part.key][1] for part in parts] if known else []
        if known and size == sum(lengths):  # a run that was killed has left out the others already
            self._note(document, lengths, written=False)
        else:
            self.removed += remove(self._folder / document.path)
            self._files.pop(document.path, None)
        return False

    def _put(self, documents: list[Document]) -> None:
        if all(len(document.parts) == 1 and not document.copied for document in documents):
            names = [document.parts[0].name for document in documents]
            for document, content in zip(documents, documents[0].make(names), strict=True):
                written = write_whole(self._folder / document.path, content, settled=False)
                self._note(document, [len(content)], written=written)
            return
        for document in documents:
            self._compose(document)

    def _compose(self, document: Document) -> None:
        path, lengths = self._folder / document.path, list[int]()
        entry, stat = self._files.get(document.path, UNKNOWN), self._stat(document.path)
        if stat is None or not (entry.matches(stat) or document.copied):
            written = write_parts(path, _counted(_parts(document, {}, None), lengths), settled=False)
        else:
            with explained(path), path.open("rb") as old:
                parts = _parts(document, entry.places(), old)
                written = write_parts(path, _counted(parts, lengths), settled=False)
        self._note(document, lengths, written=written)

    def _note(self, document: Document, lengths: list[int], *, written: bool) -> None:
        stat, keys = self._stat(document.path), b"".join(part.key for part in document.parts)
        if stat is not None:
            self._files[document.path] = Entry(stat.st_size, stat.st_mtime_ns, keys, packed_lengths(lengths))
        self.written += written
        self.unchanged += not written
        if written:
            self._changed.add((self._folder / document.path).parent)

    def standing(self, kept: Callable[[str], bool]) -> set[str]:
        """Paths of the files that were put so far, and of earlier ones that are `kept`."""
        return self._planned | {path for path in self._files.keys() - self._planned if kept(path)}

    def remove(self, gone: Iterable[str], kept: Callable[[str], bool]) -> None:
        """Take away these files, and all of ours that were not put this time and that nobody has `kept`.

        Raises PublishError.
        """
        over = {path for path in self._files if path not in self._planned and not kept(path)}
        for path in sorted((over | set(gone)) - self._planned):
            self.removed += remove(self._folder / path)
            self._files.pop(path, None)

    def finish(self, memory: Mapping[str, bytes]) -> None:
        """Force to the disk which files there are, and write down what was done. Raises PublishError."""
        for part in sorted(self._changed):
            settle(part)
        save_ledger(self._folder, Ledger(self._files, memory))

    def _stat(self, path: str) -> os.stat_result | None:
        with explained(self._folder / path):
            try:
                return os.stat(self._folder / path)
            except FileNotFoundError:
                return None


def _adopted(folder: Path, ours: Callable[[str], bool]) -> dict[str, Entry]:
    """Files that earlier publications left here, as their names tell."""
    paths = (PurePosixPath(path.relative_to(folder)).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: UNKNOWN for path in paths if ours(path)}


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
