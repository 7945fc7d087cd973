"""Asking XML for facts along paths, quickly.

A notice is asked some 140 questions. A compiled `etree.XPath` costs 4 microseconds for each, so that the questions
took three times as long as parsing the file. Here all questions about an element are answered in one walk down the
tree of their paths, which looks at nothing beside them. Paths are written as XPath writes them, and know child steps,
`[@name='value']` or `/@name` at their end, and `|`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from spiders.parsers.xml import Element, text_of

_STEP: Final = re.compile(r"(?:(?P<prefix>\w+):)?(?P<name>\w+)(?:\[@(?P<attribute>\w+)='(?P<value>[^']*)'\])?")


class _Fork:
    """A place in the tree of paths: the questions that end here, and the steps that lead on."""

    __slots__ = ("below", "ends")

    def __init__(self) -> None:
        self.ends: list[tuple[str, str, str]] = []  # name of the question, attribute and value demanded
        self.below: dict[str, _Fork] = {}

    def collect(self, element: Element, found: dict[str, list[Element]]) -> None:
        """Add what the questions from here on find below an element, in the document's order."""
        below = self.below
        for child in element:
            fork = below.get(child.tag)
            if fork is not None:
                fork.take(child, found)
                if fork.below:
                    fork.collect(child, found)

    def collect_local(self, element: Element, found: dict[str, list[Element]]) -> None:
        """The same with steps that name no namespace."""
        below = self.below
        for child in element:
            fork = below.get(child.tag.rpartition("}")[2])
            if fork is not None:
                fork.take(child, found)
                if fork.below:
                    fork.collect_local(child, found)

    def take(self, child: Element, found: dict[str, list[Element]]) -> None:
        """Note a child for the questions that end here."""
        for name, attribute, value in self.ends:
            if attribute and child.get(attribute) != value:
                continue
            if name in found:
                found[name].append(child)
            else:
                found[name] = [child]


class Record:
    """Named questions about one kind of element.

    With `namespaces` every step has a prefix; without, steps are names in whatever namespace, for forms that change
    it from year to year.
    """

    def __init__(self, namespaces: Mapping[str, str] | None, paths: Mapping[str, str]) -> None:
        self._root = _Fork()
        self._local = namespaces is None
        self._asked = dict.fromkeys(paths, "")
        for name, path in paths.items():
            for way in path.split("|"):
                self._add(name, way.strip(), namespaces or {})

    def _add(self, name: str, way: str, namespaces: Mapping[str, str]) -> None:
        path, _, self._asked[name] = way.partition("/@")
        fork, attribute, value = self._root, "", ""
        for step in path.split("/"):
            match = _STEP.fullmatch(step)
            if match is None or bool(match["prefix"]) is self._local:
                raise ValueError(f"this is no path that a record knows: {way}")
            prefix = f"{{{namespaces[match['prefix']]}}}" if match["prefix"] else ""
            fork = fork.below.setdefault(prefix + match["name"], _Fork())
            attribute, value = match["attribute"] or "", match["value"] or ""
        fork.ends.append((name, attribute, value))

    def of(self, element: Element) -> Facts:
        """The answers of one element."""
        found: dict[str, list[Element]] = {}
        if self._local:
            self._root.collect_local(element, found)
        else:
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


def _answer(element: Element, attribute: str) -> str:
    return (element.get(attribute) or "" if attribute else text_of(element)).strip()
