"""Asking XML for facts along paths, quickly.

A notice is asked some 140 questions. A compiled `etree.XPath` costs 4 microseconds for each, so that the questions
took three times as long as parsing the file. Here a document is walked once, in a quarter of that time, into an index
of who has which children; a question is then a few look-ups. Paths are written as XPath writes them, and know child
steps, `[@name='value']` and `@name` at their end, and `|`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from spiders.parsers.xml import Element, text_of

# None is there for the type checker alone: whoever has a parent is no root.
Index = dict[Element | None, dict[str, list[Element]]]

_STEP: Final = re.compile(r"(?:(?P<prefix>\w+):)?(?P<name>\w+)(?:\[@(?P<attribute>\w+)='(?P<value>[^']*)'\])?")


class Question:
    """One way along a path: its steps, with an attribute that the last element must have, or that is asked for."""

    __slots__ = ("asked", "attribute", "steps", "value")

    def __init__(self, way: str, namespaces: Mapping[str, str]) -> None:
        path, _, self.asked = way.strip().partition("/@")
        matches = [_STEP.fullmatch(step) for step in path.split("/")]
        self.steps: tuple[str, ...] = ()
        self.attribute = self.value = ""
        for match in matches:
            if match is None:
                raise ValueError(f"this is no path that a record knows: {way}")
            prefix = f"{{{namespaces[match['prefix']]}}}" if match["prefix"] else ""
            self.steps += (prefix + match["name"],)
            self.attribute, self.value = match["attribute"] or "", match["value"] or ""


class Record:
    """Named questions about one kind of element."""

    def __init__(self, namespaces: Mapping[str, str], paths: Mapping[str, str]) -> None:
        self.questions: Final = {
            name: tuple(Question(way, namespaces) for way in path.split("|")) for name, path in paths.items()
        }

    def of(self, element: Element, index: Index) -> Facts:
        """The answers of one element of an indexed document."""
        return Facts(element, index, self)


class Facts:
    """What one element says. Texts are not yet cleaned. A name that its record does not have is a KeyError."""

    __slots__ = ("_questions", "element", "index")

    def __init__(self, element: Element, index: Index, record: Record) -> None:
        self.element, self.index, self._questions = element, index, record.questions

    def elements(self, name: str) -> list[Element]:
        """Every element at a path, in the document's order within each alternative."""
        questions = self._questions[name]
        if len(questions) == 1:
            return self._follow(questions[0])
        return [found for question in questions for found in self._follow(question)]

    def _follow(self, question: Question) -> list[Element]:
        index = self.index
        here = [self.element]
        for step in question.steps:
            if len(here) == 1:
                here = index.get(here[0], _CHILDLESS).get(step, _NONE)
            else:
                here = [child for parent in here for child in index.get(parent, _CHILDLESS).get(step, _NONE)]
            if not here:
                return here
        if question.attribute:
            return [found for found in here if found.get(question.attribute) == question.value]
        return here

    def each(self, name: str, record: Record) -> Iterator[Facts]:
        """What every element at a path says of the questions of another record."""
        return (Facts(element, self.index, record) for element in self.elements(name))

    def __getitem__(self, name: str) -> str:
        """The first answer, trimmed; "" where there is none."""
        found = self.elements(name)
        return _answer(found[0], self._questions[name][0].asked) if found else ""

    def texts(self, name: str) -> list[str]:
        """Every answer, trimmed; empty ones are left out."""
        asked = self._questions[name][0].asked
        return [text for found in self.elements(name) if (text := _answer(found, asked))]

    def has(self, name: str) -> bool:
        """Whether there is any element at a path."""
        return bool(self.elements(name))


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
