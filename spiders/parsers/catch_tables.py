"""What a list of purchasing agreements looks like to its describer: which tables there are, which headings are known.

For `notifier source try`, as `spiders.parsers.catch` is for pages of tenders. It proposes, and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bs4 import Tag

from notifier import text
from spiders.parsers import agreement_rows, catch, markup, tables
from spiders.parsers.agreements import AgreementSelectors
from spiders.parsers.sheets import Sheet

_MOST_TABLES = 8
_ABOVE = 15  # rows in which headings are looked for: titles and notes stand above them
_MOST_LINKS = 5
_OF_FILES = re.compile(r"\.(?:xlsx|xlsm|csv|pdf)(?:[?#]|$)|/media/", re.IGNORECASE)

# Words by which a heading tells its column, the narrower first: "Option på forlængelse" before "Udløb".
_HINTS = {
    "latest": r"(?:sen|endelig|maks).*(?:udløb|slut|ophør)|(?:latest|final).*(?:end|expir)",
    "options": r"option|forlæng|exten|renew",
    "cvr": r"\bcvr",
    "cpv": r"\bcpv",
    "contact": r"kontakt|ansvarlig|konsulent|contact|responsible",
    "id": r"\b(?:nr|nummer|id|no|number)\b|nummer$|nr$",
    "supplier": r"leverandør|firma|virksomhed|udbyder|supplier|vendor|contractor",
    "period": r"periode|løbetid|varighed|period|term\b",
    "end": r"udløb|slut|ophør|\btil\b|expir|\bend|until",
    "start": r"start|begynd|ikraft|indgå|\bfra\b|begin|from",
    "value": r"værdi|beløb|sum\b|pris|value|amount",
    "buyer": r"forvaltning|ordregiver|køber|afdeling|buyer|department|authority",
    "area": r"aftale|område|ydelse|emne|kategori|kontrakt|vare|navn|titel|area|agreement|contract|subject|name|title",
}
_MEANT = {column: re.compile(words, re.IGNORECASE) for column, words in _HINTS.items()}


@dataclass(frozen=True, slots=True)
class TableCatch:
    """A table. `columns` are its headings with the column that each is read as, "" where it is not read."""

    place: str
    columns: tuple[tuple[str, str], ...]
    rows: int  # beneath the headings
    of_agreements: bool
    ignored: frozenset[str] = frozenset()  # headings that are known not to matter

    @property
    def proposals(self) -> tuple[tuple[str, str], ...]:
        """Headings that are not read, with the column that may be meant; each column once."""
        taken = {column for _, column in self.columns}
        found = {}
        for heading, column in self.columns:
            meant = "" if column or markup.normal(heading) in self.ignored else meaning(heading, taken)
            if meant:
                found[heading] = meant
                taken.add(meant)
        return tuple(found.items())


@dataclass(frozen=True, slots=True)
class TablesCatch:
    """A page or a file. `elsewhere` are selectors of tables that the description leaves out, `links` those of files."""

    landmark: bool
    tables: tuple[TableCatch, ...]
    title: str = ""
    landmarks: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    wall: str = ""


def meaning(heading: str, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """The column that a heading seems to speak of, of those that no other heading is read as; "" where it is none.

    >>> meaning("Firmaets navn"), meaning("Slutter den"), meaning("Bemærkninger")
    ('supplier', 'end', '')
    """
    return next((column for column, words in _MEANT.items() if column not in taken and words.search(heading)), "")


def in_page(html: bytes | str, selectors: AgreementSelectors, url: str, charset: str = "") -> TablesCatch:
    """Look at a page with tables, or with links to files. ParseError where it cannot be taken apart at all."""
    soup = markup.parse(html, url, charset)
    landmark = soup.select_one(selectors.landmark) if selectors.landmark else soup.body
    everything = soup.find_all("table")
    chosen = soup.select(selectors.table) if selectors.table else landmark.find_all("table") if landmark else []
    seen = [_table(_place(element, at), _texts(element), selectors) for at, element in enumerate(chosen, start=1)]
    left = [element for element in everything if element not in chosen]
    links = [link for link in soup.select("a[href]") if _OF_FILES.search(markup.attribute(link, "href"))]
    return TablesCatch(
        landmark=landmark is not None,
        tables=tuple(seen[:_MOST_TABLES]),
        title=text.clean_line(soup.title.get_text() if soup.title else "", 100),
        landmarks=() if landmark is not None else catch.landmarks_of(soup),
        elsewhere=tuple(dict.fromkeys(catch.selector_of(element) or "table" for element in left))[:_MOST_TABLES],
        links=tuple(dict.fromkeys(markup.attribute(link, "href") for link in links))[:_MOST_LINKS],
        wall=catch.wall_of(soup) if not seen else "",
    )


def in_sheets(sheets: Sequence[Sheet], selectors: AgreementSelectors) -> TablesCatch:
    """Look at what was read of a file."""
    found = [
        _table(sheet.name or "the file", [line.texts for line in sheet.lines if not line.across], selectors)
        for sheet in sheets
    ]
    return TablesCatch(True, tuple(found[:_MOST_TABLES]))


def _texts(element: Tag) -> list[list[str]]:
    rows = tables.grid(element)
    return [tables.texts(row) for row in rows if len({id(cell) for cell in row}) > 1]


def _place(element: Tag, number: int) -> str:
    return catch.selector_of(element) or f"table {number}"


def _table(place: str, rows: Sequence[Sequence[str]], selectors: AgreementSelectors) -> TableCatch:
    """A table by the row that is most like headings."""
    above = list(rows[:_ABOVE])
    known = [agreement_rows.headings(row, selectors) for row in above]
    chances = [(head.of_agreements, len(head.columns), sum(1 for cell in head.texts if cell.strip())) for head in known]
    # Of those with nothing known the first that fills several cells; a title fills one.
    best = max(range(len(above)), key=lambda at: (chances[at][:2], chances[at][2] > 1, -at), default=-1)
    if best < 0:
        return TableCatch(place, (), 0, False)
    head = known[best]
    column_at = {at: column for column, at in head.columns.items()}
    columns = tuple(
        (said, column_at.get(at, "")) for at, cell in enumerate(head.texts) if (said := text.clean_line(cell, 60))
    )
    return TableCatch(place, columns, len(rows) - best - 1, head.of_agreements, selectors.ignore)
