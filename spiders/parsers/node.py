"""Looking into an XML document along paths, quickly.

A notice is asked some 140 times for a child of a child. A compiled `etree.XPath` takes 4 microseconds for each, which
is twice the parsing of the whole file; an index of the children, made when a node is first asked, a quarter of that.
Paths are written as XPath writes them and know child steps and `|` alone. What is chosen by a code list or an
identifier is chosen in plain code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from spiders.parsers.xml import Element


class Node:
    """An element with its children by their full names."""

    __slots__ = ("_children", "element")

    def __init__(self, element: Element) -> None:
        self.element = element
        self._children: dict[str, list[Node]] | None = None

    @property
    def text(self) -> str:
        """The text before the first child, as it stands there."""
        return self.element.text or ""

    def get(self, attribute: str) -> str:
        """The value of an attribute; "" where it is not there."""
        return self.element.get(attribute) or ""

    def children(self) -> Mapping[str, list[Node]]:
        """The children in order, by name."""
        if self._children is None:
            index: dict[str, list[Node]] = {}
            for child in self.element:
                index.setdefault(self._name(child.tag), []).append(type(self)(child))
            self._children = index
        return self._children

    @staticmethod
    def _name(tag: str) -> str:
        return tag


class LocalNode(Node):
    """An element whose children are named without their namespace, for forms that change it from year to year."""

    __slots__ = ()

    @staticmethod
    def _name(tag: str) -> str:
        return tag.rpartition("}")[2]


class Path:
    """A path from a node to others: child steps joined by `/`, alternatives by `|`."""

    __slots__ = ("_ways",)

    def __init__(self, path: str, namespaces: Mapping[str, str] | None = None) -> None:
        self._ways: Final = tuple(
            tuple(_qualified(step, namespaces or {}) for step in way.strip().split("/")) for way in path.split("|")
        )

    def all(self, node: Node) -> list[Node]:
        """Every node at the path, in the document's order within each alternative."""
        found: list[Node] = []
        for way in self._ways:
            here = [node]
            for step in way:
                if len(here) == 1:
                    here = here[0].children().get(step, _NONE)
                else:
                    here = [child for parent in here for child in parent.children().get(step, _NONE)]
                if not here:
                    break
            found += here
        return found

    def one(self, node: Node) -> Node | None:
        """The first node at the path."""
        found = self.all(node)
        return found[0] if found else None

    def branch(self, node: Node) -> Node:
        """The first node at the path, or an empty one, so that what lies below is simply not there."""
        found = self.all(node)
        return found[0] if found else _EMPTY

    def text(self, node: Node) -> str:
        """The text of the first node at the path, trimmed; "" where there is none. Not yet cleaned."""
        found = self.all(node)
        return found[0].text.strip() if found else ""

    def texts(self, node: Node) -> list[str]:
        """The text of every node at the path, trimmed; empty ones are left out."""
        return [text for found in self.all(node) if (text := found.text.strip())]


_NONE: Final[list[Node]] = []


class _Empty(Node):
    __slots__ = ()

    def __init__(self) -> None:
        self._children = {}

    @property
    def text(self) -> str:
        return ""

    def get(self, attribute: str) -> str:
        return ""


_EMPTY: Final = _Empty()


def _qualified(step: str, namespaces: Mapping[str, str]) -> str:
    prefix, colon, name = step.partition(":")
    return f"{{{namespaces[prefix]}}}{name}" if colon else step
