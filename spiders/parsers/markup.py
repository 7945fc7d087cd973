"""People's HTML into a tree and into lines of text, without losing letters or branches unnoticed."""

from __future__ import annotations

import codecs
import contextlib
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString
from lxml import etree

from notifier import text
from notifier.errors import LandmarkMissing, ParseError

_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_HEAD = 4096  # HTML wants the charset within the first 1,024 bytes; real pages are later than that
_LEGACY = {"iso8859-1", "latin-1", "ascii"}  # browsers read these labels as windows-1252, and so they are written

MOST_LEVELS = 256  # libxml2's own limit for a tree
MOST_LETTERS = 4_000_000
# lxml hands over a tag with all its attributes at once, so such a one is found before it is asked.
_ENDLESS_TAG = re.compile(r"<[a-zA-Z](?:[^<>\s]*\s){20000}")
MOST_PIECES = 100_000  # elements and attributes; each takes up to a kilobyte of memory as a tree
_PIECE = 256 * 1024

# Elements that begin a new line of text where they begin and where they end.
_BLOCKS = frozenset(
    "address article aside blockquote body caption dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)


def decode(body: bytes, declared: str = "") -> str:
    """Bytes of a page into text: byte order mark, declared charset, meta, then UTF-8 and windows-1252.

    Each is tried strictly, because a wrong label (cp1252 bytes called UTF-8) would otherwise lose letters
    silently. A page that is called single-byte but is sound UTF-8 with letters beyond ASCII is UTF-8: such a
    sequence of bytes does not come about by chance. Where nothing fits, what is lost becomes U+FFFD.
    """
    if body.startswith(codecs.BOM_UTF8):
        body, declared = body[len(codecs.BOM_UTF8) :], "utf-8"
    elif body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        declared = "utf-16"
    meta = _META_CHARSET.search(body[:_HEAD])
    named = [name for raw in (declared, meta[1].decode("ascii") if meta else "") if (name := _codec(raw))]
    if named and named[0] == "cp1252" and not body.isascii():
        named.insert(0, "utf-8")
    for name in (*named, "utf-8", "cp1252"):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode(named[0] if named else "utf-8", errors="replace")


def _codec(label: str) -> str:
    try:
        info = codecs.lookup(label.strip())
    except (LookupError, ValueError):
        return ""
    if not getattr(info, "_is_text_encoding", True):  # "hex", "zip" and the like are codecs but no charsets
        return ""
    return "cp1252" if info.name in _LEGACY else info.name


def parse(html: bytes | str, where: str, charset: str = "") -> BeautifulSoup:
    """The tree of a page. ParseError where it is nested deeper than libxml2 follows, or has too much in it.

    `charset` is the one of the Content-Type header. lxml's own tree leaves out what lies too deep without an
    exception, and takes time that grows with the square of a tag's attributes; BeautifulSoup's would follow, at any
    cost of memory. No page that people made comes near these limits, so such a page is not read at all.
    """
    source = (decode(html, charset) if isinstance(html, bytes) else html).replace("\0", "")
    if len(source) > MOST_LETTERS or _ENDLESS_TAG.search(source):
        raise ParseError(
            f"the page has more than {MOST_LETTERS:,} letters, or a tag without end",
            where=where,
            remedy="nothing of it is taken over; let the source begin at a page that lists less",
        )
    measure = _measured(source)
    if measure.deepest > MOST_LEVELS:
        raise ParseError(
            "the page is nested so deeply that parts of it would be lost",
            where=where,
            remedy="nothing of it is taken over; look at the page, and tell its publisher",
        )
    if measure.pieces > MOST_PIECES:
        raise ParseError(
            f"the page has more than {MOST_PIECES:,} elements and attributes",
            where=where,
            remedy="nothing of it is taken over; let the source begin at a page that lists less",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # XHTML is HTML here
        return BeautifulSoup(source, "lxml")


class _Measure:
    """Counts what a page would become, without a tree: as lxml's parser target it hears what BeautifulSoup hears."""

    def __init__(self) -> None:
        self.level = self.deepest = self.pieces = 0

    @property
    def enough(self) -> bool:
        """Whether the page is refused already."""
        return self.deepest > MOST_LEVELS or self.pieces > MOST_PIECES

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 - lxml's call
        self.level += 1
        self.deepest = max(self.deepest, self.level)
        self.pieces += 1 + len(attributes)

    def end(self, tag: str) -> None:  # noqa: ARG002
        self.level -= 1

    def close(self) -> None:
        """Nothing to hand back."""


def _measured(source: str) -> _Measure:
    """How deep and how rich a page is. In pieces, so that one that is too much is given up early."""
    measure = _Measure()
    target: Any = measure  # that hears no text, which is of no interest
    parser = etree.HTMLParser(target=target, huge_tree=True)
    with contextlib.suppress(etree.LxmlError):  # an empty document has no tree; its landmark will be missing
        for start in range(0, len(source), _PIECE):
            parser.feed(source[start : start + _PIECE])
            if measure.enough:
                return measure
        parser.close()
    return measure


def landmark(soup: BeautifulSoup, selector: str, url: str) -> Tag:
    """The element by which a page is known. LandmarkMissing where it is not there."""
    found = soup.select_one(selector)
    if found is None:
        title = text.clean_line(soup.title.get_text() if soup.title else "", 80)
        raise LandmarkMissing(
            f'the page lacks its landmark {selector}; it calls itself "{title}"',
            where=url,
            remedy="open it: after a redesign the selectors must follow; a login or maintenance page goes by itself",
        )
    return found


def base(soup: BeautifulSoup, url: str) -> str:
    """What relative links of the page start from: its <base>, else its own address."""
    return link(soup, "base[href]", url) or url


def link(scope: Tag | None, selector: str, base_url: str) -> str:
    """The address that the first element of that selector leads to, "" where there is none that is safe."""
    element = scope.select_one(selector) if scope is not None and selector else None
    return text.clean_url(attribute(element, "href"), base_url) if element else ""


def links(scope: Tag, base_url: str) -> Iterator[str]:
    """Where the links inside an element lead, as far as that is safe."""
    return (url for element in scope.select("a[href]") if (url := text.clean_url(attribute(element, "href"), base_url)))


def attribute(element: Tag, name: str) -> str:
    """An attribute as text, "" where it is missing."""
    value = element.get(name) or ""
    return value if isinstance(value, str) else " ".join(value)


def lines(tag: Tag, skip: Collection[Tag] = ()) -> Iterator[str]:
    """The visible text of an element as its blocks and line breaks divide it, cleaned, without empty lines.

    What lies inside the elements of `skip` is left out.
    """
    return (line for line, _ in written(tag, skip))


def written(tag: Tag, skip: Collection[Tag] = ()) -> Iterator[tuple[str, list[NavigableString]]]:
    """The same lines, each with the pieces of the page that it is made of."""
    skipped = {id(element) for element in skip}
    block, words = 0, list[NavigableString]()
    for node in tag.descendants:
        if isinstance(node, Tag) and node.name == "br":
            block = -1
        # Comments, scripts and styles are subclasses of NavigableString.
        if type(node) is not NavigableString or (skipped and any(id(p) in skipped for p in node.parents)):
            continue
        own = id(next((p for p in node.parents if p.name in _BLOCKS or p is tag), tag))
        if own != block:
            yield from _line(words)
            block, words = own, []
        words.append(node)
    yield from _line(words)


def _line(words: list[NavigableString]) -> Iterator[tuple[str, list[NavigableString]]]:
    if line := text.clean_line("".join(words), text.MAX_TEXT):
        yield line, words


def pieces(tag: Tag) -> Iterator[NavigableString]:
    """The visible pieces of text of an element; comments, scripts and styles are none."""
    return (node for node in tag.descendants if type(node) is NavigableString and node.strip())


def text_of(tag: Tag, skip: Collection[Tag] = ()) -> str:
    """The visible text of an element, one line per block."""
    return "\n".join(lines(tag, skip))


def normal(label: str) -> str:
    """A label or heading for comparison: case, outer blanks, colons and full stops do not matter."""
    return text.clean_line(label).casefold().strip(" :.*")


@dataclass(frozen=True, slots=True)
class Pair:
    """A label in its form for comparison, the value that stands with it, and the pieces of the page that both are."""

    label: str
    value: str
    pieces: tuple[NavigableString, ...]


def pairs(scope: Tag, skip: Collection[Tag] = ()) -> Iterator[Pair]:
    """Labels and values of definition lists, of table rows whose first cell is a label, and of "label: value" lines."""
    skipped = {id(element) for element in skip}
    read: list[Tag] = []
    for element in scope.find_all(["dt", "tr"]):
        if skipped and any(id(p) in skipped for p in (element, *element.parents)):
            continue
        values = _definitions(element) if element.name == "dt" else cells(element)[1:]
        if values:
            label = element if element.name == "dt" else cells(element)[0]
            read += [label, *values]
            both = tuple(piece for part in (label, *values) for piece in pieces(part))
            yield Pair(normal(text_of(label)), "\n".join(text_of(value) for value in values), both)
    yield from _prose(list(written(scope, [*skip, *read])))


def _definitions(dt: Tag) -> list[Tag]:
    found: list[Tag] = []
    for sibling in dt.find_next_siblings(["dt", "dd"]):
        if sibling.name == "dt" and found:
            break
        if sibling.name == "dd":
            found.append(sibling)
    return found


def cells(row: Tag) -> list[Tag]:
    """The cells of a table row, without those of tables inside them."""
    return row.find_all(["th", "td"], recursive=False)


def _prose(lines: list[tuple[str, list[NavigableString]]]) -> Iterator[Pair]:
    """ "Frist: 1. december" on one line, or "Frist:" with the value on the next."""
    for (line, own), (following, of_following) in zip(lines, [*lines[1:], ("", [])], strict=False):
        label, colon, value = line.partition(":")
        if colon and len(label) <= 80:  # longer is a sentence, not a label
            both = own if value.strip() else [*own, *of_following]
            yield Pair(normal(label), value.strip() or following, tuple(both))
