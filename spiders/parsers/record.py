"""Asking XML for facts along paths, quickly.

A notice is asked some 140 questions. A compiled `etree.XPath` costs 4 microseconds for each, so that the questions
took three times as long as parsing the file. Here a document is walked once into an index of who has which children,
and all questions about an element are answered in one walk down the tree of their paths. Paths are written as XPath
writes them, and know child steps, `[@name='value']` or `/@name` at their end, and `|`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from spiders.parsers.xml import Element, text_of

# None is there for the type checker alone: whoever has a parent is no root.
Index = dict[Element | None, dict[str, list[Element]]]

_STEP: Final = re.compile(r"(?:(?P<prefix>\w+):)?(?P<name>\w+)(?:\[@(?P<attribute>\w+)='(?P<value>[^']*)'\])?")


class _Fork:
    """A place in the tree of paths: the questions that end here, and the steps that lead on."""

    __slots__ = ("below", "ends")

    def __init__(self) -> None:
        self.ends: list[tuple[str, str, str]] = []  # name of the question, attribute and value demanded
        self.below: dict[str, _Fork] = {}

    def collect(self, here: list[Element], index: Index, found: dict[str, list[Element]]) -> None:
        """Add what the questions from here on find, `here` being the elements that the path led to."""
        for name, attribute, value in self.ends:
            fitting = [each for each in here if each.get(attribute) == value] if attribute else here
            found[name] = found[name] + fitting if found[name] else fitting
        if not self.below:
            return
        if len(here) == 1:
            children = index.get(here[0], _CHILDLESS)
            for step, fork in self.below.items():
                if step in children:
                    fork.collect(children[step], index, found)
            return
        for step, fork in self.below.items():
            if there := [child for each in here for child in index.get(each, _CHILDLESS).get(step, _NONE)]:
                fork.collect(there, index, found)


class Record:
    """Named questions about one kind of element."""

    def __init__(self, namespaces: Mapping[str, str], paths: Mapping[str, str]) -> None:
        self._root = _Fork()
        self._asked = dict.fromkeys(paths, "")
        self._unanswered: dict[str, list[Element]] = dict.fromkeys(paths, _NONE)
        for name, path in paths.items():
            for way in path.split("|"):
                self._add(name, way.strip(), namespaces)

    def _add(self, name: str, way: str, namespaces: Mapping[str, str]) -> None:
        path, _, self._asked[name] = way.partition("/@")
        fork, attribute, value = self._root, "", ""
        for step in path.split("/"):
            match = _STEP.fullmatch(step)
            if match is None:
                raise ValueError(f"this is no path that a record knows: {way}")
            prefix = f"{{{namespaces[match['prefix']]}}}" if match["prefix"] else ""
            fork = fork.below.setdefault(prefix + match["name"], _Fork())
            attribute, value = match["attribute"] or "", match["value"] or ""
        fork.ends.append((name, attribute, value))

    def of(self, element: Element, index: Index) -> Facts:
        """The answers of one element of an indexed document."""
        found = self._unanswered.copy()
        self._root.collect([element], index, found)
        return Facts(index, found, self._asked)


class Facts:
    """What one element says. Texts are not yet cleaned. A name that its record does not have is a KeyError."""

    __slots__ = ("_asked", "_found", "_index")

    def __init__(self, index: Index, found: dict[str, list[Element]], asked: dict[str, str]) -> None:
        self._index, self._found, self._asked = index, found, asked

    def elements(self, name: str) -> list[Element]:
        """Every element at a path, in the document's order within each alternative."""
        return self._found[name]

    def has(self, name: str) -> bool:
        """Whether there is any element at a path."""
        return bool(self._found[name])

    def each(self, name: str, record: Record) -> Iterator[Facts]:
        """What every element at a path says of the questions of another record."""
        return (record.of(element, self._index) for element in self._found[name])

    def __getitem__(self, name: str) -> str:
        """The first answer, trimmed; "" where there is none."""
        found = self._found[name]
        return _answer(found[0], self._asked[name]) if found else ""

    def texts(self, name: str) -> list[str]:
        """Every answer, trimmed; empty ones are left out."""
        found = self._found[name]
        if not found:
            return []
        return [text for element in found if (text := _answer(element, self._asked[name]))]


def _answer(element: Element, attribute: str) -> str:
    return (element.get(attribute) or "" if attribute else text_of(element)).strip()


def index_of(root: Element) -> Index:
    """The children of every element below a root by their full names, {namespace}name."""
    index: Index = {}
    for element in root.iterdescendants():
        parent, name = element.getparent(), element.tag
        children = index.get(parent)
        if children is None:
            index[parent] = {name: [element]}
        elif name in children:
            children[name].append(element)
        else:
            children[name] = [element]
    return index


def local_index_of(root: Element) -> Index:
    """The same by names without their namespace, for forms that change it from year to year."""
    index: Index = {}
    for element in root.iterdescendants():
        children = index.setdefault(element.getparent(), {})
        children.setdefault(element.tag.rpartition("}")[2], []).append(element)
    return index


_NONE: Final[list[Element]] = []
_CHILDLESS: Final[dict[str, list[Element]]] = {}
