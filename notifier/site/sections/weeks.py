"""What was new in each week: a page that stays, continued on others where it is long, and the list of all weeks.

A page grows until Sunday is over. After that it changes only where a lot on it does: it is cancelled, its deadline is
moved, or it is no longer for the public; and once when the next week has a page that it can lead to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from notifier.lots import AgreementView, LotView
from notifier.site.documents import Document, Edition, Part, whole
from notifier.site.fingerprints import agreement_fingerprint
from notifier.site.reader import Reader
from notifier.site.rendering import Head, address, agreement_path, encode, in_language, lot_path, render_page
from notifier.site.sections.section import Section
from notifier.site.weeklist import ROWS, Content, Row, contents, left
from notifier.site.weekly import Kind
from notifier.site.weekpage import CUT, WeekPage, index_page, render_agreement, render_news, week_page
from notifier.weeks import week_of, week_path
from notifier.words import LANGUAGES

PAGE = "uger.html"
_OF_AGREEMENTS = (Kind.AGREEMENT, Kind.EXPIRING)


def _documents(edition: Edition) -> Iterator[Document]:
    weeks, shelf = contents(edition), _Shelf(edition)
    for content in weeks:
        for number in range(len(content.pages), 0, -1):  # the first page leads to the others
            sheet = _Sheet(shelf, content, number, content.pages[number - 1])
            for one in edition.readers:
                path = in_language(sheet.path, one.language)
                yield Document(path, sheet.parts, _Page(sheet, one).make)
    told = [(content.week, sorted(content.counts.items())) for content in weeks]
    for one in edition.readers:
        key = edition.key("weeks", one.language, told)
        yield whole(in_language(PAGE, one.language), key, partial(_index, edition, one, weeks))


def _index(edition: Edition, one: Reader, weeks: Sequence[Content]) -> bytes:
    page, lead = index_page(weeks, one), one.w("weeks.lead", town=edition.town.name)
    title = one.w("weeks.title")
    data = {
        "@type": "CollectionPage",
        "name": title,
        "url": address(edition.town, in_language(PAGE, one.language)),
        "inLanguage": one.language,
    }
    head = Head(f"{title} – {edition.town.name}", lead, data=data)
    return render_page("weeks", PAGE, head, edition.town, one, edition.door, years=page, lead=lead)


@dataclass(frozen=True, eq=False)
class _Shelf:
    """Where the rows of all pages come from."""

    edition: Edition
    _last: dict[tuple[str, ...], dict[str, LotView]] = field(default_factory=dict)

    def lots(self, uids: tuple[str, ...]) -> Mapping[str, LotView]:
        """Lots by their identity. A page is made in one language after the other, and its lots are read once."""
        if uids not in self._last:
            self._last.clear()
            self._last[uids] = {view.uid: view for view in self.edition.views(uids)}
        return self._last[uids]

    @cached_property
    def agreements(self) -> Mapping[str, AgreementView]:
        """Every agreement, those that are no longer listed too."""
        return {view.uid: view for view in (*self.edition.former, *self.edition.agreements)}


@dataclass(frozen=True, eq=False)
class _Sheet:
    """One page of a week, whatever the language: each has a file of its own, and the same keys."""

    shelf: _Shelf
    content: Content
    number: int
    rows: tuple[Row, ...]

    @property
    def path(self) -> str:
        """Without the language's folder."""
        return week_path(self.content.week, self.number)

    @property
    def growing(self) -> bool:
        """Whether the week is not over."""
        return week_of(self.shelf.edition.now) <= self.content.week

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Where each row leads, without the language's folder."""
        return tuple(self._address(row) for row in self.rows)

    def _address(self, row: Row) -> str:
        if row.kind not in _OF_AGREEMENTS:
            return lot_path(self.shelf.edition.by_uid[row.uid].slug)
        return agreement_path(self.shelf.agreements[row.uid].slug)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Rows, and around them what stands before, between and after the lists: a piece more than there are lists."""
        edition, frame, piece, parts = self.shelf.edition, self._frame_key(), 0, list[Part]()
        for row, before in zip(self.rows, [None, *self.rows], strict=False):
            if before is None or before.kind is not row.kind:
                parts.append(Part(f"#{piece}", edition.key(frame, piece)))
                piece += 1
            parts.append(Part(row.name, self._row_key(row)))
        return (*parts, Part(f"#{piece}", edition.key(frame, piece)))

    def _frame_key(self) -> bytes:
        content, counts = self.content, sorted(self.content.counts.items())
        beside = (content.before, content.after, len(content.pages))
        rows = [row.kind for row in self.rows], self.addresses
        return self.shelf.edition.key(
            "week", content.week, self.number, counts, beside, content.receipt, self.growing, rows
        )

    def _row_key(self, row: Row) -> bytes:
        edition = self.shelf.edition
        if row.kind not in _OF_AGREEMENTS:
            return edition.key(row.kind, row.uid, edition.by_uid[row.uid].mark)
        return edition.key(row, agreement_fingerprint(self.shelf.agreements[row.uid]))


@dataclass(frozen=True, eq=False)
class _Page:
    """A page for one reader."""

    sheet: _Sheet
    reader: Reader

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        sheet, wanted = self.sheet, set(names)
        rows = {row.name: (row, path) for row, path in zip(sheet.rows, sheet.addresses, strict=True)}
        uids = tuple(row.uid for row in sheet.rows if row.name in wanted and row.kind not in _OF_AGREEMENTS)
        lots = sheet.shelf.lots(uids)
        pieces = self._pieces() if any(name.startswith("#") for name in names) else []
        for name in names:
            yield pieces[int(name[1:])] if name.startswith("#") else self._made(*rows[name], lots)

    def _made(self, row: Row, path: str, lots: Mapping[str, LotView]) -> bytes:
        if row.kind in _OF_AGREEMENTS:
            return encode(render_agreement(self.sheet.shelf.agreements[row.uid], row, path, self.reader))
        return encode(render_news(lots[row.uid], row.kind, self.sheet.content.week, self.reader))

    def _pieces(self) -> list[bytes]:
        sheet, edition, one = self.sheet, self.sheet.shelf.edition, self.reader
        page = week_page(sheet.content, sheet.number, one, growing=sheet.growing)
        title = f"{page.title} – {edition.town.name}"
        head = Head(title, page.summary, here=PAGE, data=self._data(page), kind="article")
        made = render_page("week", sheet.path, head, edition.town, one, edition.door, page=page)
        return made.split(CUT.encode())

    def _data(self, page: WeekPage) -> Mapping[str, object]:
        """What the page is in words of schema.org: a collection, and which pages it leads to in which order."""
        sheet, town, language = self.sheet, self.sheet.shelf.edition.town, self.reader.language
        week, first = sheet.content.week, (sheet.number - 1) * ROWS
        items = [
            {"@type": "ListItem", "position": first + place, "url": address(town, in_language(path, language))}
            for place, path in enumerate(sheet.addresses, start=1)
            if path
        ]
        return {
            "@type": "CollectionPage",
            "name": page.title,
            "url": address(town, in_language(sheet.path, language)),
            "inLanguage": language,
            "temporalCoverage": f"{week.first}/{week.last}",
            "isPartOf": {"@type": "CollectionPage", "url": address(town, in_language(PAGE, language))},
            "mainEntity": {"@type": "ItemList", "numberOfItems": len(sheet.content.rows), "itemListElement": items},
        }


def _gone(edition: Edition) -> Iterator[str]:
    """Pages that something has left which readers shall not find any more: of a whole week, or its last ones."""
    over_by_week = left(edition)
    made = {content.week: content for content in contents(edition)} if over_by_week else {}
    for week, over in over_by_week.items():
        there = made.get(week)
        rows, pages = (len(there.rows), len(there.pages)) if there else (0, 0)
        # One page more than these lots explain: others may have moved to another week in the meantime.
        for number in range(pages + 1, -(-(rows + over) // ROWS) + 2):
            yield from (in_language(week_path(week, number), language) for language in LANGUAGES)


SECTION = Section(r"uger(?:/\d{4}-\d{2}(?:-\d+)?)?\.html", _documents, permanent=True, gone=_gone)
