"""The search that needs no server: its script, and what it searches in, for each language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.resources import resource
from notifier.site.documents import Document, Edition, Part, whole
from notifier.site.reader import Reader
from notifier.site.rendering import SEARCH
from notifier.site.rowpages import row_parts
from notifier.site.search import INDEX_TAIL, index_head, index_path, index_row
from notifier.site.sections.section import Section

_COMMENT = re.compile(rb"(?m)^ *//.*\n")  # lines for those who work on it, and half a kilobyte to readers
_HEAD, _TAIL = "<", ">"  # no lot's identity begins so


def _documents(edition: Edition) -> Iterator[Document]:
    yield whole(SEARCH, edition.key("search"), _script)
    for one in edition.readers:
        rows = row_parts((*edition.open, *edition.planned), edition, one)
        head, tail = (Part(name, edition.key("index", name, one.language)) for name in (_HEAD, _TAIL))
        yield Document(index_path(one.language), (head, *rows, tail), _Index(edition, one).make)


def _script() -> bytes:
    return _COMMENT.sub(b"", resource(f"templates/site/{SEARCH}").read_bytes())


@dataclass(frozen=True, eq=False)
class _Index:
    """What is searched, for one reader."""

    edition: Edition
    reader: Reader

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        views = self.edition.views([name for name in names if name not in (_HEAD, _TAIL)])
        for name in names:
            if name == _HEAD:
                yield index_head(self.reader)
            elif name == _TAIL:
                yield INDEX_TAIL
            else:
                yield index_row(next(views), self.reader, self.edition.town.name)


SECTION = Section(r"soeg(?:-[a-z]{2})?\.js", _documents)
