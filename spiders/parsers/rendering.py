"""The eForms rendering of a notice, as portals show it to people, into labelled texts per lot.

Official XML is the better reading; this is for notices that have none in public, the national ones below the EU's
thresholds. A rendering follows the view templates of the eForms SDK: numbered parts, headings, and lines of a label
with its value, in the notice's order:

    1 Køber                              2 Procedure                       5 Delkontrakt
      1.1 Køber                            2.1 Procedure                     5.1 Delkontrakt: LOT-0001
        Officielt navn: By Kommune           Titel: Pleje af parker            Titel: Parker i nord
                                             …                                 5.1.1 Formål
                                                                                 Primær klassifikation (cpv): 77310000 …

How that is written in HTML is not agreed: nested sections with spans, headings and paragraphs, definition lists or
two-column tables. So the page is first made into lines, each with a label where it has one, and the lines are read in
order. A label that is neither read nor known not to matter is told in `Rendering.unread`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bs4 import Tag
from bs4.element import NavigableString

from notifier import text
from spiders.parsers import markup
from spiders.parsers import rendering_labels as labels

Values = dict[str, list[str]]


@dataclass(slots=True)
class Group:
    """What belongs together: a lot, an organisation, a result, a change. `name` is what the notice calls it."""

    name: str
    values: Values = field(default_factory=dict)
    items: list[Values] = field(default_factory=list)  # of a lot its criteria, of a result its winners

    def first(self, name: str) -> str:
        """The first text of a field, "" where there is none."""
        return self.values.get(name, [""])[0]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendering as texts. `unread` names the labels in procedure and lots that nobody knows."""

    procedure: Group
    buyers: tuple[str, ...]
    lots: tuple[Group, ...]
    results: tuple[Group, ...]
    numbers: Mapping[str, str]  # national numbers of organisations by their name in lower case
    changes: tuple[Group, ...]
    notice: Group
    unread: tuple[str, ...]


# -- from HTML to lines --------------------------------------------------------------------------------------------

_BLOCKS: Final = frozenset(
    "address article aside blockquote body caption dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6 summary legend caption".split())
_LABELS: Final = frozenset("b strong label dt th".split())
_HIDDEN: Final = frozenset("script style template noscript head title".split())
_NUMBERED: Final = re.compile(r"\d{1,2}(?:\.\d{1,3}){0,5}\.?(?=\s|$)\s*", re.ASCII)
_MOST_DEFINITIONS: Final = 50  # of one term
_LONGEST_LABEL: Final = 200  # the longest of the SDK has 178 letters


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its label (normal, see `markup.normal`), the value behind it, and the whole of it without its number.

    `marked`: the page itself sets the label apart, in bold or as a term. `heading`: it is an element for headings.
    """

    whole: str
    label: str
    value: str
    raw: str  # with its number
    marked: bool = False
    heading: bool = False
    numbered: bool = False


class _Writer:
    """Walks an element and writes its lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._pieces: list[tuple[str, bool]] = []  # text, and whether it is set apart as a label
        self._heading = False
        self._written: set[int] = set()  # definitions that stand in the line of their term

    def walk(self, tag: Tag, marked: bool = False) -> None:
        """Write the lines of what stands inside an element."""
        for child in tag.children:
            if type(child) is NavigableString:
                self._say(str(child), marked)
            elif isinstance(child, Tag) and child.name not in _HIDDEN:
                self._element(child, marked)

    def _say(self, piece: str, marked: bool) -> None:
        """Add to the line. A label behind a line break begins a line of its own; other words there go on with it."""
        if marked and piece.strip() and self._broken:
            self.end()
        self._pieces.append((" ".join(piece.split("\n")), marked))

    @property
    def _broken(self) -> bool:
        return any(piece == "\n" for piece, _ in self._pieces)

    def _element(self, tag: Tag, marked: bool) -> None:
        if tag.name == "br":
            if any(labelled and piece.strip() for piece, labelled in self._pieces):
                self._pieces.append(("\n", False))
            else:
                self.end()
        elif pair := self._pair(tag):
            self.end()
            self.lines.append(_line(*pair, heading=False))
        elif id(tag) in self._written:
            self.end()
        elif tag.name in _BLOCKS:
            self.end()
            self._heading = tag.name in _HEADINGS
            self.walk(tag, marked or tag.name in _LABELS)
            self.end()
        else:
            self.walk(tag, marked or tag.name in _LABELS or _called_label(tag))

    def _pair(self, tag: Tag) -> tuple[str, str] | None:
        """Label and value of a table row or of a term with its definitions, where these hold nothing but text."""
        if tag.name == "tr" and len(cells := markup.cells(tag)) == 2 and _is_plain(cells):
            return markup.text_of(cells[0]), markup.text_of(cells[1])
        if tag.name != "dt":
            return None
        values: list[Tag] = []
        for sibling in tag.find_next_siblings(["dt", "dd"], limit=_MOST_DEFINITIONS):
            if sibling.name == "dt":
                break
            values.append(sibling)
        if not values or not _is_plain(values):
            return None
        self._written.update(map(id, values))
        return markup.text_of(tag), "\n".join(markup.text_of(value) for value in values)

    def end(self) -> None:
        """End the line that is being written."""
        label, value, seen_value = "", "", False
        for piece, marked in self._pieces:
            if not seen_value and not marked and piece.strip() and not _only_number(label + piece):
                seen_value = True
            if seen_value:
                value += piece
            else:
                label += piece
        set_apart = any(marked and piece.strip() for piece, marked in self._pieces)
        if (label + value).strip():
            self.lines.append(_line(label if set_apart else "", value if set_apart else label + value, self._heading))
        self._pieces, self._heading = [], False


def _only_number(raw: str) -> bool:
    """Whether the beginning of a line is nothing but its number, "5.1.2 "."""
    kept = text.clean_line(raw)
    return bool(kept) and _NUMBERED.fullmatch(kept) is not None


def _called_label(tag: Tag) -> bool:
    """Whether the class of an element calls it a label, as the SDK's own viewer does."""
    return any(
        name.lower() in ("label", "dynamic-label", "field-label", "etiket")
        for name in tag.get_attribute_list("class")
        if name
    )


def _is_plain(tags: Iterable[Tag]) -> bool:
    """Whether cells or definitions hold text and no lines of their own."""
    return not any(tag.find(["table", "dl", "section", *_HEADINGS]) for tag in tags)


def _line(label: str, value: str, heading: bool) -> Line:
    """A line from its parts; a label that is not set apart is what stands before the colon."""
    marked = bool(label.strip())
    raw = text.clean_line(f"{label} {value}" if marked else value, text.MAX_TEXT)
    number = _NUMBERED.match(raw)
    whole = raw[number.end() :] if number and number.end() < len(raw) else raw
    if marked:
        label = _NUMBERED.sub("", text.clean_line(label), count=1)
        value = text.clean(value).lstrip(": \n").strip()
        inner, colon, rest = label.partition(":")  # "<b>Titel: Parker</b>" sets all of it apart
        if colon and not value:
            label, value = inner, rest.strip()
    else:
        label, colon, value = whole.partition(":")
        if not colon or len(label) > _LONGEST_LABEL or value.startswith("//"):
            label, value = "", ""
        value = value.strip()
    return Line(whole, normal(label), value, raw, marked, heading, numbered=whole is not raw)


def normal(label: str) -> str:
    """A label for comparison: `markup.normal`, without the kind of classification behind it.

    >>> normal("Primær klassifikation (cpv):")
    'primær klassifikation'
    """
    return re.sub(r"\s*\((?:cpv|bt-\d+)\b[^)]*\)$", "", markup.normal(label))


def lines(scope: Tag) -> list[Line]:
    """The lines of a page in their order."""
    writer = _Writer()
    writer.walk(scope)
    writer.end()
    return writer.lines


# -- from lines to texts -------------------------------------------------------------------------------------------

_LOT: Final = re.compile(
    r"(?:teknisk id for (?:delkontrakten|partiet|delen)|delkontrakt(?:snummer)?|delaftale|parti|lot|del)\s*(?:nr\.?)?"
    r"\s*[:#]?\s*(?P<id>(?:LOT|PAR)-\d{1,4}|\d{1,4})(?![\w.])\s*[:–-]?\s*(?P<title>.*)",
    re.IGNORECASE,
)
_RESULT_OF: Final = re.compile(r"resultat\b[^:]{0,40}?[\s:]+LOT-\d{1,4}", re.IGNORECASE)  # a heading without a colon
_BARE: Final = re.compile(r"(?P<id>(?:LOT|PAR)-\d{1,4})", re.IGNORECASE)
_ORGANISATION: Final = re.compile(r"(?:ORG|TPO|UBO)-\d{1,4}", re.IGNORECASE)
_ORDER: Final = list(dict.fromkeys(labels.PARTS.values()))
# Fields whose value goes on over several lines of its own.
_PROSE: Final = frozenset({"description", "information", "terms", "criterion_text", "renewal_text", "text"})
_MOST_UNREAD: Final = 500
_LIKELY_LABEL: Final = 60  # letters before a colon; what is longer is a sentence
_AS_FIELD: Final = {
    "framework": "framework",
    "dynamic": "dynamic",
    "strategic": "strategic",
    "duration": "length",
    "selection": "criterion",
}


def read(scope: Tag) -> Rendering:
    """The rendering inside an element. What it does not hold is empty."""
    written = lines(scope)
    reader = _Reader(marks=any(line.marked and line.value for line in written))
    for line in written:
        reader.take(line)
    return reader.rendering()


class _Reader:
    """Where in the notice we are, and what was read so far."""

    def __init__(self, marks: bool) -> None:
        self._marks = marks  # the page sets its labels apart: a line without such a label has none
        self.part = self.section = ""
        self.procedure, self.notice = Group("procedure"), Group("notice")
        self.buyers: list[str] = []
        self.lots: dict[str, Group] = {}
        self.results: list[Group] = []
        self.changes: list[Group] = []
        self.numbers: dict[str, str] = {}
        self.unread: dict[str, None] = {}
        self._organisation = ""
        self._open: tuple[Values, str] | None = None  # the field that the last line gave
        self._pending: tuple[Values, str] | None = None  # a label whose value has not come yet
        self._group: Group = self.procedure

    def rendering(self) -> Rendering:
        """What was read."""
        return Rendering(
            self.procedure,
            tuple(dict.fromkeys(self.buyers)),
            tuple(self.lots.values()),
            tuple(self.results),
            self.numbers,
            tuple(self.changes),
            self.notice,
            tuple(self.unread),
        )

    def take(self, line: Line) -> None:
        """One line: a heading, a lot, a label with its value, or more of the last value."""
        if self._begins(line):
            return
        if self.part in ("procedure", "lot", "part"):
            self._content(line)
        elif self.part in ("buyer", "organisation", "result", "change", "notice", "modification"):
            self._aside(line)

    # -- headings ------------------------------------------------------------------------------------------------

    def _begins(self, line: Line) -> bool:
        """Whether a line begins a part, a lot, a result or an organisation."""
        if self._begins_lot(line):
            return True
        name = labels.PARTS.get(normal(line.whole), "")
        if name and self._may_begin(name, line):
            self._enter(name)
            return True
        if name and not line.value:
            return self.part not in ("procedure", "lot", "part")  # a role of an organisation, "Køber"
        if self.part == "organisation" and _ORGANISATION.fullmatch(line.whole):
            self._organisation = ""
            return True
        return False

    def _may_begin(self, name: str, line: Line) -> bool:
        """Parts have an order; one that stands before the present one begins again only with a heading of its own."""
        if self.part == "" or line.heading or line.numbered:
            return True
        return _ORDER.index(name) > _ORDER.index(self.part)

    def _enter(self, name: str) -> None:
        self.part, self.section, self._open, self._pending = name, "", None, None
        self._organisation = ""
        if name == "procedure":
            self._group = self.procedure

    def _begins_lot(self, line: Line) -> bool:
        said = f"{line.label}: {line.value}" if line.marked and line.value else line.whole
        match = _LOT.fullmatch(said) or _BARE.fullmatch(said)
        if labels.RESULT.get(line.label) == "lot" or (self.part == "result" and (match or _RESULT_OF.fullmatch(said))):
            self._enter("result")
            self.results.append(Group(_lot_id(said) or text.clean_line(line.value or line.whole, 80)))
            return True
        if match is None or self.part in ("organisation", "change", "notice"):
            return False
        official = match["id"].upper().startswith(("LOT-", "PAR-"))
        if not official and not (line.heading or line.marked or line.numbered):
            return False  # prose may well begin with "Del 1"
        self._enter("part" if match["id"].upper().startswith("PAR-") else "lot")
        self._begin_lot(match["id"].upper(), match.groupdict().get("title") or "")
        return True

    def _begin_lot(self, name: str, title: str) -> None:
        known = self.lots.setdefault(name, Group(name))
        if title:
            known.values.setdefault("title", [title])
        self._group = known

    # -- procedure and lots --------------------------------------------------------------------------------------

    def _content(self, line: Line) -> None:
        bare = normal(line.whole)
        if bare in labels.SECTIONS and not line.value:
            self.section = labels.SECTIONS[bare]
            self._open = None
            of_the_same_name = labels.FIELDS.get(bare) or _AS_FIELD.get(self.section)
            self._pending = (self._group.values, of_the_same_name) if of_the_same_name else None
            return
        label = line.label if line.label else bare
        if name := self._field(label):
            self._put(name, line)
        elif self._is_ignored(label):
            self._open = self._pending = None
        elif self._pending is not None and not line.value:
            values, pending = self._pending
            values.setdefault(pending, []).append(line.whole)
            self._open, self._pending = (values, pending), None
        elif self.section in ("framework", "dynamic", "techniques", "place") and not line.label:
            self._put(_by_words(line.whole, self.section), line, line.whole)
        elif self.section != "skip":
            self._leftover(line)

    def _field(self, label: str) -> str:
        """The field that a label stands for here, "" where it is none that is read."""
        if label in labels.BY_SECTION:
            return labels.BY_SECTION[label].get(self.section, "")
        return labels.FIELDS.get(label) or (_AS_FIELD.get(labels.SECTIONS.get(label, ""), ""))

    def _is_ignored(self, label: str) -> bool:
        known = label in labels.IGNORED or label in labels.BY_SECTION or label in labels.SECTIONS
        return bool(label) and (known or label.startswith(labels.IGNORED_BEGINNINGS))

    def _put(self, name: str, line: Line, value: str = "") -> None:
        value = value or line.value
        values = self._group.values
        if name.startswith("criterion"):
            values = self._criterion(name)
        if value:
            values.setdefault(name, []).append(value)
            self._open, self._pending = (values, name), None
        else:
            self._open, self._pending = None, (values, name)

    def _criterion(self, name: str) -> Values:
        """The criterion that a line belongs to: a kind begins one, and so does a second text."""
        items = self._group.items
        if not items or name == "criterion" or name in items[-1]:
            items.append({})
        return items[-1]

    def _leftover(self, line: Line) -> None:
        """A line of no known label: more of the prose before it, or something that nobody read."""
        goes_on = self._open is not None and self._open[1] in _PROSE and not line.marked and not line.heading
        if goes_on and self._open is not None:
            values, name = self._open
            if len(values[name][-1]) < text.MAX_TEXT:
                values[name][-1] += f"\n{line.raw}"
        likely = bool(line.label) and len(line.label) <= _LIKELY_LABEL and not line.numbered and not self._marks
        if (not goes_on or likely) and len(self.unread) < _MOST_UNREAD:
            place = line.label or (f"text under {self.section}" if self.section else "text")
            self.unread[f"{self.part}: {place}"] = None

    # -- the other parts -----------------------------------------------------------------------------------------

    def _aside(self, line: Line) -> None:
        tables = {
            "buyer": labels.BUYER,
            "organisation": labels.ORGANISATION,
            "result": labels.RESULT,
            "change": labels.CHANGE,
            "notice": labels.NOTICE,
        }
        name = tables.get(self.part, {}).get(line.label or normal(line.whole))
        if name is None and self._pending is not None and not line.label:
            name, self._pending = self._pending[1], None
            self._keep(name, line.whole)
        elif name and line.value:
            self._keep(name, line.value)
        elif name:
            self._pending = (self.notice.values, name)
        elif self.part == "result" and not line.value:
            self._keep("status", line.whole)

    def _keep(self, name: str, value: str) -> None:
        if self.part == "buyer":
            self.buyers.append(text.clean_line(value))
        elif self.part == "organisation":
            self._of_organisation(name, value)
        elif self.part == "result":
            self._of_result(name, value)
        elif self.part == "change":
            self._of_change(name, value)
        else:
            self.notice.values.setdefault(name, []).append(value)

    def _of_organisation(self, name: str, value: str) -> None:
        if name == "name":
            self._organisation = text.clean_line(value)
        elif self._organisation:
            self.numbers.setdefault(self._organisation.casefold(), text.clean_line(value, 80))

    def _of_result(self, name: str, value: str) -> None:
        if not self.results:
            return
        result = self.results[-1]
        if name == "winner":
            result.items.append({"winner": [value]})
        elif name in ("value", "concluded") and result.items:
            result.items[-1].setdefault(name, [value])
        elif name == "status":
            result.values.setdefault("status", []).append(value)

    def _of_change(self, name: str, value: str) -> None:
        again = name in ("changed", "section") and self.changes and name in self.changes[-1].values
        if again or not self.changes:
            self.changes.append(Group("change"))
        self.changes[-1].values.setdefault(name, []).append(value)


def _lot_id(raw: str) -> str:
    match = re.search(r"\b(?:LOT|PAR)-\d{1,4}\b", raw, re.IGNORECASE)
    return match[0].upper() if match else ""


def _by_words(whole: str, section: str) -> str:
    """The field of a line that has no label, by what it says: techniques and places are printed so."""
    said = whole.casefold()
    if "dynamisk" in said:
        return "dynamic"
    return "place_other" if section == "place" else "framework"


def chosen(raw: str, names: Iterable[tuple[str, str]]) -> str:
    """The code whose name a text holds, "" where it holds none.

    >>> chosen("Deltagelse uden forbehold.", labels.RESERVATIONS)
    'none'
    """
    said = " ".join(raw.casefold().split())
    return next((code for code, name in names if name in said), "")


def all_chosen(raw: str, names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Every code whose name a text holds, each once."""
    said = " ".join(raw.casefold().split())
    yield from dict.fromkeys(code for code, name in names if name in said)
