"""XML from strangers: read safely or refused with the address and the reason.

No entity is resolved, no DTD read, no network asked, and nothing broken is repaired: a document that was cut off
would else look like one with fewer lots. Nesting and text beyond libxml2's own limits are refused too.
"""

from __future__ import annotations

from typing import Final, cast

from lxml import etree

from notifier.errors import ParseError

Element = etree._Element

_PARSER: Final = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)


def load(body: bytes, where: str) -> Element:
    """The root element of a document.

    Raises ParseError for XML that is broken, cut off, nested too deeply, or that brings a document type: notices
    have none, attacks do (XXE, entity bombs).
    """
    try:
        root = etree.fromstring(body, _PARSER)
    except (etree.LxmlError, ValueError, LookupError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise ParseError(f"the XML cannot be read: {reason}", where=where, remedy=_REMEDY) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError("the XML brings a document type, which no notice does", where=where, remedy=_REMEDY)
    return root


_REMEDY: Final = "the next run tries again; if it stays so, look at the address in a browser"


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element) -> str:
    """All text inside an element, in order, not yet cleaned."""
    return "".join(cast("list[str]", list(element.itertext()))) if len(element) else element.text or ""
