"""Pages that are lists of lots, made of parts: one for each row, and the rest of the page around them.

A template says where rows stand by `{{ rows }}`, once for each list on its page. When one lot changes, its row is made
anew; the other rows and, where no number in it is another, the frame are taken from the file as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from markupsafe import Markup

from notifier.render import environment
from notifier.site.documents import Document, Edition, Listed, Part
from notifier.site.lists import LotRow, lot_row
from notifier.site.reader import Reader
from notifier.site.rendering import encode, in_language

_ROWS = Markup("<!--rows-->")  # nothing scraped can look like this: what a page says is escaped
_FRAME = "<"  # names of the parts that are no row begin so; no lot's identity does


def row_key(lot: Listed, edition: Edition, reader: Reader) -> bytes:
    """The key of a part that tells of one lot and of nothing else."""
    return edition.key("row", reader.language, lot.mark, lot.state)


@dataclass(frozen=True, eq=False)
class RowPage:
    """A page with `lists` of lots. `render` makes the whole page around rows that it is given as one value."""

    edition: Edition
    reader: Reader
    path: str  # without its language's folder
    lists: Sequence[Sequence[Listed]]
    render: Callable[[Markup], bytes]

    def document(self, frame: object) -> Document:
        """The page as a file; `frame` is all that the page around the rows is made from."""
        around = self.edition.key("frame", self.path, self.reader.language, frame)
        parts = [Part(_FRAME, around)]
        for number, lots in enumerate(self.lists, 1):
            parts += [Part(lot.uid, row_key(lot, self.edition, self.reader)) for lot in lots]
            # Each stretch of the frame has a key of its own: equal keys in one file would stand for equal octets.
            parts.append(Part(f"{_FRAME}{number}", self.edition.key(around, number)))
        return Document(in_language(self.path, self.reader.language), tuple(parts), self.make)

    @property
    def home(self) -> str:
        """The way from the page to the front page's folder in its language."""
        root = "../" * in_language(self.path, self.reader.language).count("/")
        return root if self.reader.language == "da" else f"{root}{self.reader.language}/"

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        """The parts of these names."""
        views = self.edition.views([name for name in names if not name.startswith(_FRAME)])
        for name in names:
            if name.startswith(_FRAME):
                yield self._frame[name]
            else:
                yield line(lot_row(next(views), self.reader), self.home, self.reader)

    @cached_property
    def _frame(self) -> Mapping[str, bytes]:
        pieces = self.render(_ROWS).split(_ROWS.encode())
        names = chain([_FRAME], (f"{_FRAME}{number}" for number in range(1, len(pieces))))
        return dict(zip(names, pieces, strict=True))


def line(row: LotRow, home: str, reader: Reader) -> bytes:
    """A lot as one entry of a list."""
    rows = environment("html", reader.language).get_template("site/rows.html.j2").module
    return encode(str(rows.line(row, home)))  # type: ignore[attr-defined]
