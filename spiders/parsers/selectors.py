"""The [selectors] of a page source, from TOML into frozen values. The format is described in `spiders.parsers.page`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import soupsieve

from notifier import toml
from notifier.errors import ConfigError, Mistake
from notifier.lots import Stage

# Of these every value on the page is kept, one a line.
MANY = frozenset({"description", "options", "terms", "criteria", "additional_information"})
# What repeated lots take over from the page where they say nothing themselves.
INHERITED = (
    *("nature", "cpv", "nuts", "place", "duration", "start", "end", "deadline", "participation_deadline"),
    *("questions_deadline", "reserved", "reserved_execution", "documents_url", "submission_url"),
)
LOT_FIELDS = frozenset({"lot_id", "title", "value", *MANY, *INHERITED})
NOTICE_FIELDS = frozenset(
    "case status buyer buyer_id published procedure_id publication_number procedure_type".split()
) | (LOT_FIELDS - {"lot_id"})
_KINDS = {"tender": Stage.CALL, "planned": Stage.PLANNING}


@dataclass(frozen=True, slots=True)
class Field:
    """Where one value stands: exactly one of css, labels, columns, const."""

    css: str = ""
    attr: str = ""
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    const: str = ""
    after: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """What is on a page and is known not to matter: elements, and values that stand with a label."""

    css: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()  # words such as those for an empty list, wherever they stand


@dataclass(frozen=True, slots=True)
class ListSelectors:
    """[selectors.list]"""

    landmark: str
    row: str
    link: str = ""
    next: str = ""
    empty_text: tuple[str, ...] = ()
    container: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    ignored: Ignored = Ignored()


@dataclass(frozen=True, slots=True)
class DetailSelectors:
    """[selectors.detail]"""

    landmark: str
    lot: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    lot_fields: Mapping[str, Field] = field(default_factory=dict)
    ignored: Ignored = Ignored()


@dataclass(frozen=True, slots=True)
class PageSelectors:
    """[selectors] of a source of kind "page"."""

    stage: Stage
    buyer: str
    buyer_id: str
    cancelled_text: tuple[str, ...]
    list: ListSelectors
    detail: DetailSelectors | None
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a notice has from its source and not from its page."""

    source: str
    publisher: str
    language: str = "da"


class Table(toml.Table):
    """A table of selectors. Its lines are not known here: who has the file puts them in (`toml.Table.placed`)."""

    def __init__(self, raw: Mapping[str, object], path: str, file: str, mistakes: list[Mistake]) -> None:
        super().__init__(file, "", path, dict(raw), mistakes)
        self.path = path

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of texts."""
        return (self.text(key),) if self.is_text(key) else super().texts(key)

    def is_text(self, key: str) -> bool:
        """Whether a key that was not taken yet holds one text."""
        return isinstance(self._data.get(key), str)

    def css(self, key: str, *, required: bool = False) -> str:
        """A CSS selector that can be understood."""
        selector = self.text(key, required=required, wanted="a CSS selector in quotes")
        return selector if self._understood(key, selector) else ""

    def selectors(self, key: str) -> tuple[str, ...]:
        """One CSS selector or a list of them, each of which can be understood."""
        return tuple(selector for selector in self.texts(key) if self._understood(key, selector))

    def _understood(self, key: str, selector: str) -> bool:
        try:
            if selector:
                soupsieve.compile(selector)
        except soupsieve.SelectorSyntaxError as error:
            self.mistake(key, f'"{selector}" is no CSS selector ({str(error).splitlines()[0]})', "mend the selector")
            return False
        return True

    def table(self, key: str) -> Table:
        """A table inside this one, empty where it is missing."""
        return Table(super().table(key).rest(), f"{self.path}.{key}", self.file, self._mistakes)

    def finish(self, known: Collection[str] = ()) -> None:
        """Report every key that nobody took; `known` are keys that might have been there."""
        self._known += known
        super().finish()


def read_selectors(raw: Mapping[str, object], file: str = "") -> PageSelectors:
    """The checked selectors. ConfigError with every mistake in them; `file` is named in each."""
    mistakes: list[Mistake] = []
    table = Table(raw, "selectors", file, mistakes)
    kind = table.text("kind") or "tender"
    if kind not in _KINDS:
        table.mistake("kind", f'"{kind}" is not known', 'write "tender" or "planned"')
    selectors = PageSelectors(
        stage=_KINDS.get(kind, Stage.CALL),
        buyer=table.text("buyer"),
        buyer_id=table.text("buyer_id"),
        cancelled_text=table.texts("cancelled_text"),
        detail=_detail(table.table("detail")) if table.holds("detail") else None,
        list=_list(table.table("list")),
        required=table.texts("required"),
    )
    for name in selectors.required:
        if name not in NOTICE_FIELDS:
            table.mistake("required", f'"{name}" is no field of a notice', f"write {', '.join(sorted(NOTICE_FIELDS))}")
    if selectors.detail and not selectors.list.link:
        table.mistake("list.link", "is missing", "without it no detail page can be found")
    if not selectors.list.link and "case" not in selectors.list.fields:
        table.mistake("list.fields.case", "is missing", "rows without a link need something that tells them apart")
    table.finish()
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return selectors


def _list(table: Table) -> ListSelectors:
    selectors = ListSelectors(
        landmark=table.css("landmark", required=True),
        row=table.css("row", required=True),
        link=table.css("link"),
        next=table.css("next"),
        empty_text=table.texts("empty_text"),
        container=table.css("container"),
        fields=_fields(table.table("fields"), NOTICE_FIELDS),
        ignored=Ignored(table.selectors("ignore"), table.texts("ignore_labels")),
    )
    table.finish()
    return selectors


def _detail(table: Table) -> DetailSelectors:
    selectors = DetailSelectors(
        landmark=table.css("landmark", required=True),
        lot=table.css("lot"),
        fields=_fields(table.table("fields"), NOTICE_FIELDS),
        lot_fields=_fields(table.table("lot_fields"), LOT_FIELDS),
        ignored=Ignored(table.selectors("ignore"), table.texts("ignore_labels")),
    )
    table.finish()
    return selectors


def _fields(table: Table, known: frozenset[str]) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name in [name for name in table.names() if name in known]:
        fields[name] = Field(css=table.css(name)) if table.is_text(name) else _field(table.table(name))
    table.finish(sorted(known))
    return fields


def _field(table: Table) -> Field:
    found = Field(
        css=table.css("css"),
        attr=table.text("attr"),
        labels=table.texts("label"),
        columns=table.texts("column"),
        const=table.text("const"),
        after=table.text("after"),
        pattern=table.text("pattern"),
    )
    if sum(map(bool, (found.css, found.labels, found.columns, found.const))) != 1:
        table.mistake("", "must say in one way where the value stands", "write one of css, label, column, const")
    try:
        if found.pattern and not re.compile(found.pattern).groups:
            table.mistake("pattern", "has no group", "put the part that is wanted in parentheses")
    except re.error as error:
        table.mistake("pattern", f"is no regular expression ({error})", "mend it")
        return Field()
    table.finish()
    return found
