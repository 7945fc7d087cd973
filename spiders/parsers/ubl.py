"""How eForms is asked: UBL's names, and texts in the language of the notice."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from notifier.lots import Translation
from notifier.text import clean, clean_line, language_code
from spiders.parsers.record import Facts, Record
from spiders.parsers.xml import Element

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_EFORMS: Final = "http://data.europa.eu/p27/eforms-ubl"
_NAMESPACES: Final = {
    "cac": f"{_UBL}:CommonAggregateComponents-2",
    "cbc": f"{_UBL}:CommonBasicComponents-2",
    "ext": f"{_UBL}:CommonExtensionComponents-2",
    "efac": f"{_EFORMS}-extension-aggregate-components/1",
    "efbc": f"{_EFORMS}-extension-basic-components/1",
    "efext": f"{_EFORMS}-extensions/1",
}
# Where eForms keeps what UBL has no place for.
EXTENSION: Final = "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"


def record(**paths: str) -> Record:
    """A record with paths as the eForms SDK writes them (`fields/fields.json`), relative to the element asked."""
    return Record(_NAMESPACES, paths)


def strict_record(ignored: str, **paths: str) -> Record:
    """A record that notices what stands beside its paths and the ignored ones, which blanks part."""
    return Record(_NAMESPACES, paths, ignored.split())


@lru_cache(maxsize=256)
def _language(raw: str | None) -> str:
    return language_code(raw)


def words(facts: Facts, name: str, language: str) -> str:
    """The text in a language, else the first one that there is. Not yet cleaned."""
    elements = facts.elements(name)
    if len(elements) > 1:
        element = _chosen(elements, language)
        return element.text or "" if element is not None else ""
    return elements[0].text or "" if elements else ""


def _chosen(elements: list[Element], language: str) -> Element | None:
    full = [element for element in elements if element.text and element.text.strip()]
    for element in full:
        if _language(element.get("languageID")) == language:
            return element
    return full[0] if full else None


def translations(facts: Facts, title: str, description: str, language: str) -> tuple[Translation, ...]:
    """Titles and descriptions in the languages other than the one that the notice is shown in."""
    both = (facts.elements(title), facts.elements(description))
    if max(map(len, both)) < 2:
        return ()
    others: dict[str, list[str]] = {}
    for place, elements in enumerate(both):
        shown = _chosen(elements, language)
        for element in elements:
            tongue = _language(element.get("languageID"))
            if element is not shown and tongue and tongue != language and element.text:
                others.setdefault(tongue, ["", ""])[place] = element.text
    return tuple(Translation(tongue, clean_line(first), clean(second)) for tongue, (first, second) in others.items())
