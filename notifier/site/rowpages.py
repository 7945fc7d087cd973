"""Pages that are lists of lots: a part for each row, and the rest of the page around them (pieces.py).

A template says where rows stand by `{{ rows }}`, once for each list on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from notifier.site.documents import Document, Edition, Listed, Part
from notifier.site.lists import lot_row
from notifier.site.pieces import GAP, page_of_rows
from notifier.site.reader import Reader
from notifier.site.rendering import in_language, render_piece


def row_parts(lots: Sequence[Listed], edition: Edition, reader: Reader) -> list[Part]:
    """Parts that each tell of one lot and of nothing else."""
    return [Part(lot.uid, edition.key("row", reader.language, lot.mark, lot.state)) for lot in lots]


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
        return page_of_rows(
            self.edition,
            in_language(self.path, self.reader.language),
            self.edition.key("frame", self.path, self.reader.language, frame),
            [row_parts(lots, self.edition, self.reader) for lots in self.lists],
            lambda: self.render(GAP),
            self._rows,
        )

    def _rows(self, uids: Sequence[str]) -> Iterator[bytes]:
        home = "../" * self.path.count("/")  # to the folder of its language
        for view in self.edition.views(uids):
            yield render_piece(
                "lot_line", self.reader, row=lot_row(view, self.reader), home=home, town=self.edition.town
            )
