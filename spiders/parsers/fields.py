"""Fields of a page: from the place that the configuration names to texts, and from texts to values with flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bs4 import Tag
from bs4.element import NavigableString

from notifier import clock, text
from notifier.lots import Deadline
from spiders.parsers import markup, words
from spiders.parsers.selectors import MANY, Field

Values = Mapping[str, str]
Pieces = set[int]  # identities of pieces of text of a page that is being read
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Found:
    """A text that a field may mean, and the pieces of the page that it was read from."""

    raw: str
    pieces: tuple[NavigableString, ...] = ()


def read_fields(
    scope: Tag, fields: Mapping[str, Field], base: str, skip: Collection[Tag] = (), read: Pieces | None = None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts of the fields that are there, by name, and a flag for each that is there in several versions.

    What they were read from is added to `read`; see `spiders.parsers.unread`.
    """
    labelled = list(markup.pairs(scope, skip)) if any(f.labels for f in fields.values()) else []
    values: dict[str, str] = {}
    flags: list[str] = []
    for name, where in fields.items():
        trimmed = [(kept, one) for one in _find(scope, where, name, labelled, skip) if (kept := _trim(one.raw, where))]
        if where.css and name not in MANY:
            del trimmed[1:]
        if read is not None:
            read.update(id(piece) for _, one in trimmed for piece in one.pieces)
        found = list(dict.fromkeys(kept for kept, _ in trimmed))
        if name in MANY:
            values[name] = "\n".join(found)
        elif len(found) > 1:
            flags.append(f"{name} stands there in {len(found)} versions: {_quote(' | '.join(found))}")
        elif found and name.endswith("_url"):
            values[name] = text.clean_url(found[0], base if where.css else "")
        elif found:
            values[name] = found[0]
    return {name: value for name, value in values.items() if value}, tuple(flags)


def _find(scope: Tag, where: Field, name: str, labelled: list[markup.Pair], skip: Collection[Tag]) -> list[_Found]:
    if where.const:
        return [_Found(where.const)]
    if where.labels:
        wanted = {markup.normal(label) for label in where.labels}
        return [_Found(pair.value, pair.pieces) for pair in labelled if pair.label in wanted]
    if where.columns:
        return _column(scope, {markup.normal(heading) for heading in where.columns})
    hidden = {id(element) for element in skip}
    elements = [e for e in scope.select(where.css) if not hidden or not any(id(p) in hidden for p in (e, *e.parents))]
    attribute = where.attr or ("href" if name.endswith("_url") else "")
    return [
        _Found(markup.attribute(e, attribute) if attribute else markup.text_of(e), tuple(markup.pieces(e)))
        for e in elements
    ]


def _column(row: Tag, headings: set[str]) -> list[_Found]:
    """The cells of a <tr> under the headings: those of the table's first row."""
    table = row.find_parent("table")
    first = table.find("tr") if table else None
    if first is None:
        return []
    names = [markup.normal(markup.text_of(cell)) for cell in markup.cells(first)]
    return [
        _Found(markup.text_of(cell), tuple(markup.pieces(cell)))
        for name, cell in zip(names, markup.cells(row), strict=False)
        if name in headings
    ]


def _trim(raw: str, where: Field) -> str:
    kept = text.clean(raw)
    if where.after:
        kept = kept.partition(where.after)[2].strip(" :\n")
    if where.pattern:
        match = re.search(where.pattern, kept)
        kept = (match[1] or "").strip() if match else ""
    return kept


def _quote(raw: str) -> str:
    return f'"{text.clean_line(raw, 120)}"'


class Reading:
    """Texts of fields into values. What is there but cannot be read for sure becomes a flag."""

    def __init__(self, values: Values, flags: list[str], place: str = "") -> None:
        self.values, self.flags, self.place = values, flags, place

    def line(self, name: str, limit: int = text.MAX_TITLE) -> str:
        """A text on one line."""
        return text.clean_line(self.values.get(name), limit)

    def several(self, name: str) -> tuple[str, ...]:
        """The lines of a text, one by one."""
        return tuple(line for line in self.values.get(name, "").split("\n") if line)

    def flag(self, name: str) -> None:
        """Note that a field is there and is not understood."""
        self.flags.append(f"{self.place}{name} could not be read: {_quote(self.values[name])}")

    def read(self, name: str, parse: Callable[[str], _T | None]) -> _T | None:
        """What `parse` makes of a field; None, with a flag, where it makes nothing of words that say something."""
        raw = self.values.get(name, "")
        if words.blank(raw):
            return None
        found = parse(raw)
        if found is None:
            self.flag(name)
        return found

    def codes(self, name: str, parse: Callable[[str], tuple[str, ...] | None]) -> tuple[str, ...]:
        """Codes in a field, with a flag where there is none in words that say something."""
        return self.read(name, lambda raw: parse(raw) or None) or ()

    def deadline(self, name: str) -> Deadline | None:
        """A deadline in Copenhagen's time where the page gives no offset."""
        return self.read(name, clock.parse_deadline)
