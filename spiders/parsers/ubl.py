"""How eForms is looked into: UBL's names, paths, and texts in the language of the notice."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from notifier.lots import Translation
from notifier.text import clean, clean_line, language_code
from spiders.parsers import node
from spiders.parsers.node import Node

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_EFORMS: Final = "http://data.europa.eu/p27/eforms-ubl"
NAMESPACES: Final = {
    "cac": f"{_UBL}:CommonAggregateComponents-2",
    "cbc": f"{_UBL}:CommonBasicComponents-2",
    "ext": f"{_UBL}:CommonExtensionComponents-2",
    "efac": f"{_EFORMS}-extension-aggregate-components/1",
    "efbc": f"{_EFORMS}-extension-basic-components/1",
    "efext": f"{_EFORMS}-extensions/1",
}
# Where eForms keeps what UBL has no place for.
EXTENSION: Final = "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"


class Path(node.Path):
    """A path as `reference/xpaths.csv` of the eForms SDK writes it, with the prefixes of UBL."""

    __slots__ = ()

    def __init__(self, path: str) -> None:
        super().__init__(path, NAMESPACES)


def listed(elements: list[Node], name: str) -> list[str]:
    """The codes of one code list, out of elements that mix several of them by @listName."""
    return [found.text.strip() for found in elements if found.get("listName") == name]


@lru_cache(maxsize=256)
def _language(raw: str) -> str:
    return language_code(raw)


def chosen(elements: list[Node], language: str) -> Node | None:
    """The element in a language, else the first one that holds any text."""
    full = [element for element in elements if element.text.strip()]
    for element in full[1:] and full:
        if _language(element.get("languageID")) == language:
            return element
    return full[0] if full else None


def in_language(elements: list[Node], language: str) -> str:
    """The text in a language, else the first one. Not yet cleaned."""
    element = chosen(elements, language)
    return element.text if element is not None else ""


def translations(titles: list[Node], descriptions: list[Node], language: str) -> tuple[Translation, ...]:
    """Titles and descriptions in the languages other than the one that the notice is shown in."""
    if len(titles) < 2 and len(descriptions) < 2:
        return ()
    others: dict[str, list[str]] = {}
    for place, elements in enumerate((titles, descriptions)):
        shown = chosen(elements, language)
        for element in elements:
            tongue = _language(element.get("languageID"))
            if element is not shown and tongue and tongue != language and element.text:
                others.setdefault(tongue, ["", ""])[place] = element.text
    return tuple(Translation(tongue, clean_line(title), clean(text)) for tongue, (title, text) in others.items())
