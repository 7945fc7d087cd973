"""Asking XML for facts along paths, quickly.

A notice is asked some 140 questions. A compiled `etree.XPath` costs 4 microseconds for each, so that the questions
took three times as long as parsing the file. Here all questions about an element are answered in one walk down the
tree of their paths, which looks at nothing beside them. Paths are written as XPath writes them, and know child steps,
`[@name='value']` or `/@name` at their end, and `|`.

A record that is told what to ignore is strict: `Facts.unread` names what else stands beside its paths, because a field
that moved or got another name would else be missed without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from spiders.parsers.xml import Element, local_name, text_of

_STEP: Final = re.compile(r"(?:(?P<prefix>\w+):)?(?P<name>\w+)(?:\[@(?P<attribute>\w+)='(?P<value>[^']*)'\])?")


_UNREAD: Final = ""  # the name under which is found what no question asked for
_MOST_WAYS: Final = 500  # tags that one place remembers; a document that makes up names must not fill the memory


class _Fork:
    """A place in the tree of paths: the questions that end here, and the steps that lead on.

    With `local` a step goes by an element's name in whatever namespace.
    """

    __slots__ = ("asked", "asked_of_some", "below", "ignored", "ignored_values", "local", "ways")

    def __init__(self, local: bool) -> None:
        self.local = local
        self.asked: list[str] = []  # names of the questions that end here
        self.asked_of_some: list[tuple[str, str, str]] = []  # name, attribute and the value of it that is demanded
        self.below: dict[str, _Fork] = {}
        self.ignored: set[str] | None = None  # children that need not be read; None where it does not matter
        self.ignored_values: set[str] | None = None  # of the attribute that the questions here demand
        self.ways: dict[str, _Fork | None] = {}  # by tag where to go on, None where nothing is asked

    def collect(self, element: Element, found: dict[str, list[Element]]) -> None:
        """Add what the questions from here on find below an element, in the document's order."""
        ways = self.ways
        for child in element:
            tag = child.tag
            fork = ways[tag] if tag in ways else self._way(tag)
            if fork is None:
                continue
            for name in fork.asked:
                if name in found:
                    found[name].append(child)
                else:
                    found[name] = [child]
            if fork.asked_of_some:
                fork._take(child, found)
            if fork.below:
                fork.collect(child, found)

    def _way(self, tag: str) -> _Fork | None:
        """Where a child of that tag leads to; it is looked up once."""
        name = tag.rpartition("}")[2] if self.local else tag
        fork = self.below.get(name)
        if fork is None and self.ignored is not None and name not in self.ignored:
            fork = _STRANGE
        if len(self.ways) < _MOST_WAYS:
            self.ways[tag] = fork
        return fork

    def _take(self, child: Element, found: dict[str, list[Element]]) -> None:
        """Note a child for the questions that demand a value of its attribute."""
        taken = bool(self.asked)
        for name, attribute, value in self.asked_of_some:
            if child.get(attribute) == value:
                taken = True
                found.setdefault(name, []).append(child)
        if not taken and self.ignored_values is not None:
            value = child.get(self.asked_of_some[0][1], "")
            if value not in self.ignored_values:
                found.setdefault(_UNREAD, []).append(child)

    def be_strict(self) -> None:
        """Watch this place and all below it that questions lead through."""
        if self.below:
            self.ignored = set()
        elif not self.asked:
            self.ignored_values = set()  # a code, told apart by the list that it is of
        for fork in self.below.values():
            fork.be_strict()


_STRANGE: Final = _Fork(local=False)
_STRANGE.asked = [_UNREAD]


class Record:
    """Named questions about one kind of element.

    With `namespaces` every step has a prefix; without, steps are names in whatever namespace, for forms that change
    it from year to year. With `ignored` the record is strict: these paths need not be read, and what stands beside
    them and the questions' own is unread. Where a path ends in `[@name='value']`, only that value is ignored.
    """

    def __init__(
        self, namespaces: Mapping[str, str] | None, paths: Mapping[str, str], ignored: Iterable[str] = ()
    ) -> None:
        self._local = namespaces is None
        self._root = _Fork(self._local)
        self._asked = dict.fromkeys(paths, "")
        for name, path in paths.items():
            for way in path.split("|"):
                self._add(name, way.strip(), namespaces or {})
        listed = list(ignored)
        if listed:
            self._root.be_strict()
        for path in listed:
            self._ignore(path, namespaces or {})

    def _steps(self, path: str, namespaces: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """(tag, attribute, value) of every step of a path."""
        for step in path.split("/"):
            match = _STEP.fullmatch(step)
            if match is None or bool(match["prefix"]) is self._local:
                raise ValueError(f"this is no path that a record knows: {path}")
            prefix = f"{{{namespaces[match['prefix']]}}}" if match["prefix"] else ""
            yield prefix + match["name"], match["attribute"] or "", match["value"] or ""

    def _add(self, name: str, way: str, namespaces: Mapping[str, str]) -> None:
        path, _, self._asked[name] = way.partition("/@")
        fork, attribute, value = self._root, "", ""
        for tag, attribute, value in self._steps(path, namespaces):  # noqa: B007 - those of the last step hold
            fork = fork.below.setdefault(tag, _Fork(self._local))
        if attribute:
            fork.asked_of_some.append((name, attribute, value))
        else:
            fork.asked.append(name)

    def _ignore(self, path: str, namespaces: Mapping[str, str]) -> None:
        *through, (tag, attribute, value) = self._steps(path, namespaces)
        fork = self._root
        for step, _, _ in through:
            fork = fork.below.get(step, _STRANGE)
        place = fork.below.get(tag, _STRANGE).ignored_values if attribute else fork.ignored
        if place is None or (not attribute and tag in fork.below):
            raise ValueError(f"this cannot be ignored, for it is read, or what holds it is not looked into: {path}")
        place.add(value if attribute else tag)

    def of(self, element: Element) -> Facts:
        """The answers of one element."""
        found: dict[str, list[Element]] = {}
        self._root.collect(element, found)
        return Facts(found, self._asked)


class Facts:
    """What one element says. Texts are not yet cleaned. A name that its record does not have is a KeyError."""

    __slots__ = ("_asked", "_found")

    def __init__(self, found: dict[str, list[Element]], asked: dict[str, str]) -> None:
        self._found, self._asked = found, asked

    def elements(self, name: str) -> list[Element]:
        """Every element at a path, in the document's order."""
        if name in self._found:
            return self._found[name]
        return [] if name in self._asked else self._found[name]

    def unread(self) -> list[str]:
        """Names of the elements that a strict record found and nobody asks for, each once, with what is odd of them."""
        return list(dict.fromkeys(map(_described, self._found.get(_UNREAD, ()))))

    def asks(self, name: str) -> bool:
        """Whether its record has a question of that name."""
        return name in self._asked

    def has(self, name: str) -> bool:
        """Whether there is any element at a path."""
        return bool(self.elements(name))

    def each(self, name: str, record: Record) -> Iterator[Facts]:
        """What every element at a path says of the questions of another record."""
        return map(record.of, self.elements(name))

    def __getitem__(self, name: str) -> str:
        """The first answer, trimmed; "" where there is none."""
        asked = self._asked[name]
        return _answer(self._found[name][0], asked) if name in self._found else ""

    def texts(self, name: str) -> list[str]:
        """Every answer, trimmed; empty ones are left out."""
        asked = self._asked[name]
        if name not in self._found:
            return []
        return [text for element in self._found[name] if (text := _answer(element, asked))]


def _described(element: Element) -> str:
    """`PlannedPeriod/EndTime`, or of an element told apart by its list `ProcurementTypeCode (listName other)`."""
    parent = element.getparent()
    own = local_name(element)
    if "listName" in element.attrib or own.endswith("Code"):
        own = f"{own} (listName {element.get('listName') or 'missing'})"
    return f"{local_name(parent)}/{own}" if parent is not None else own


def _answer(element: Element, attribute: str) -> str:
    return (element.get(attribute) or "" if attribute else text_of(element)).strip()
