"""A page for each tender that has more lots than a lot's page names: all of them. One that has fewer has no page.

It does not remain when nobody makes it any more: it names lots, and must not keep one that was taken off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from notifier.lots import LotView
from notifier.phrases import Foreign, foreign, shorten
from notifier.site.documents import Document, Edition, Listed, Part
from notifier.site.lotpage import public_title, sibling
from notifier.site.pieces import GAP, page_of_rows
from notifier.site.reader import Reader
from notifier.site.rendering import LOT_FOLDER, LOTS, Head, in_language, render_page, render_piece
from notifier.site.sections.section import Section
from notifier.site.tender import FOLDER, is_large, tender_path


def _documents(edition: Edition) -> Iterator[Document]:
    for procedure, lots in edition.tenders.items():
        shown = [lot for lot in lots if lot.shown]
        if is_large(shown):
            yield from (_Tender(edition, one, tender_path(procedure), shown).document() for one in edition.readers)


@dataclass(frozen=True, eq=False)
class _Tender:
    """The page of a tender for one reader."""

    edition: Edition
    reader: Reader
    path: str
    lots: Sequence[Listed]

    def document(self) -> Document:
        edition, language, first = self.edition, self.reader.language, self.lots[0]
        frame = edition.key("tender", self.path, language, first.mark, first.updated, len(self.lots))
        rows = [Part(lot.uid, edition.key("tender row", language, lot.mark, lot.state)) for lot in self.lots]
        return page_of_rows(
            edition, in_language(self.path, language), frame, [rows], partial(self._around, GAP), self._rows
        )

    def _around(self, rows: Markup) -> bytes:
        town, w = self.edition.town, self.reader.w
        (view,) = self.edition.views([self.lots[0].uid])
        title, count = _title(view, self.reader), len(self.lots)
        called = w("tender.title", title=shorten(title.words, 100))
        head = Head(f"{called} – {town.name}", w("tender.lead", count=count), here=LOTS)
        return render_page(
            "tender", self.path, head, town, self.reader, self.edition.door, title=title, count=count, rows=rows
        )

    def _rows(self, uids: Sequence[str]) -> Iterator[bytes]:
        for view in self.edition.views(uids):
            lot = sibling(view, self.reader, self.edition.now)
            yield render_piece("sibling", self.reader, lot=lot, beside=f"../{LOT_FOLDER}/", ending=".html")


def _title(view: LotView, reader: Reader) -> Foreign:
    """The whole tender's; that of its first lot where it has none."""
    whole = reader.text(view.notice.title).strip()
    return foreign(whole, view.notice, reader.language) if whole else public_title(view, reader)


SECTION = Section(rf"{FOLDER}/[0-9a-f]{{12}}\.html", _documents)
