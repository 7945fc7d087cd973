"""Strict reading: what stands in a scope and was neither read nor put under `ignore`, by names that stay the same.

A place is named by what stays when its words change: the label that stands with a value, or the elements and classes
that hold it. So a run can be compared with the runs before it (`notifier.coverage`): a class that was renamed leaves
a field empty and, in the same items, a place that nobody knew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from notifier import text
from spiders.parsers import markup
from spiders.parsers.fields import Pieces
from spiders.parsers.selectors import Ignored

_PAGE = "page: "  # as `notifier.coverage.PAGE_SIGN`: about the page as a whole
_LONGEST_LABEL = 50  # letters; longer is a sentence with a colon in it
_MOST_CLASSES = 3
# Elements that say how words look, not what they are.
_LOOKS = frozenset("a abbr b big br em font i mark small strong sub sup u wbr".split())
_ONWARD = re.compile(r"^(?:næste|next|vis flere|hent flere|se flere|flere|more|load more|show more)\b.*|^[›»>]+$", re.I)


def places(scope: Tag, read: Pieces, ignored: Ignored, skip: Collection[Tag] = (), name: str = "") -> tuple[str, ...]:
    """The places in a scope that nobody read, each once, with `name` in front ("row", "lot")."""
    hidden = {id(element) for element in skip}
    hidden |= {id(element) for selector in ignored.css for element in scope.select(selector)}
    known = {markup.normal(label) for label in ignored.labels}
    left = {
        id(piece): piece
        for piece in markup.pieces(scope)
        if id(piece) not in read
        and re.search(r"\w", piece)
        and not _says(piece, ignored.phrases)
        and not (hidden and any(id(parent) in hidden for parent in piece.parents))
    }
    found: dict[str, None] = {}
    for pair in markup.pairs(scope, skip) if left else ():
        own = [id(piece) for piece in pair.pieces if id(piece) in left]
        # The label of a value that was read by its element is no value of its own.
        handled = pair.label in known or any(id(piece) in read for piece in pair.pieces)
        if own and not handled and _is_label(pair.label):
            found[f'"{pair.label}"'] = None
            handled = True
        for at in own if handled else ():
            del left[at]
    found.update((_path(piece, scope), None) for piece in left.values())
    return tuple(f"{name}: {place}" if name else place for place in found)


def _says(piece: str, phrases: Collection[str]) -> bool:
    said = " ".join(piece.split()).casefold()
    return any(" ".join(phrase.split()).casefold() in said for phrase in phrases)


def _is_label(label: str) -> bool:
    """Whether words in front of a colon name a field, and are no sentence, no time and no address."""
    return 2 <= len(label) <= _LONGEST_LABEL and len(label.split()) <= 6 and not re.search(r"\d|@|//", label)


def _path(piece: NavigableString, scope: Tag) -> str:
    """The two nearest elements that hold a piece of text, with their classes, below the scope."""
    steps: list[str] = []
    for parent in piece.parents:
        if parent is scope or len(steps) == 2:
            break
        if parent.name not in _LOOKS or parent.get("class"):
            steps.append(_step(parent))
    return " ".join(reversed(steps)) or scope.name


def _step(element: Tag) -> str:
    """An element with its classes; digits in them number things and are left out of the name."""
    classes = markup.attribute(element, "class").split()[:_MOST_CLASSES]
    return ".".join([element.name, *(re.sub(r"\d+", "#", text.clean_line(name, 40)) for name in classes)])


def signs(soup: BeautifulSoup, source: bytes | str, language: str = "") -> Iterator[str]:
    """What is odd about a page as a whole: it is in another language, or it was cut off before its end."""
    spoken = markup.attribute(soup.html, "lang").lower().partition("-")[0] if soup.html else ""
    if language and spoken and spoken != language and len(spoken) == 2:
        yield f"{_PAGE}it says that it is in another language ({spoken})"
    yield from cut_off(source)


def cut_off(source: bytes | str) -> tuple[str, ...]:
    """A sign that a page was cut off, under a length that says nothing of it."""
    end = source[-4096:].lower()
    whole = b"</html" in end if isinstance(end, bytes) else "</html" in end
    return () if whole else (f"{_PAGE}it ends without its closing html tag, as if it were cut off",)


def data_of_scripts(soup: BeautifulSoup, ignored: Ignored) -> tuple[str, ...]:
    """A place for data that a script would make the list of: a page whose list is made that way has no rows to read."""
    found = [script for script in soup.select('script[type="application/json" i]') if script.get_text(strip=True)]
    hidden = {id(element) for selector in ignored.css for element in soup.select(selector)} if found else set()
    return ("list: data for a script",) if any(id(script) not in hidden for script in found) else ()


def goes_on(soup: BeautifulSoup) -> Iterator[str]:
    """A sign of a further list page that the selectors do not find."""
    for link in soup.select("a[href], link[rel=next][href], button"):
        words = text.clean_line(link.get_text(), 40).casefold()
        address = markup.attribute(link, "href")
        onward = "next" in markup.attribute(link, "rel").split() or _ONWARD.match(words)
        still = "disabled" in f"{link.attrs} {link.parent.get('class') if link.parent else ''}"
        if onward and not still and (link.name == "button" or (address and not address.startswith("#"))):
            yield f"{_PAGE}the list seems to go on, and `next` finds nothing"
            return
