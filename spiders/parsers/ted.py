"""TED: the answers of its Search API v3, and the XML of a notice in whichever of its two forms it is written.

The search answers `{"notices": [...], "totalNoticeCount": 41, "iterationNextToken": "…", "timedOut": false}`. Lots are
never read from it: its lists are not aligned with each other. It tells which notices there are, and where their XML is.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

import msgspec

from notifier.errors import ParseError, UnknownForm
from notifier.lots import Notice
from notifier.text import clean_url
from spiders.parsers import eforms, r209, values
from spiders.parsers.origin import Origin
from spiders.parsers.xml import load, local_name


@dataclass(frozen=True, slots=True)
class Hit:
    """One notice that the search found. `html_url` is for people; either address is "" where TED gives none."""

    publication_number: str  # NNNNNN-YYYY
    xml_url: str
    html_url: str
    published: dt.date | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of answers. `token` leads to the next; it can be there even after the last page."""

    hits: tuple[Hit, ...]
    total: int
    token: str | None
    timed_out: bool  # TED stopped searching: the page may lack notices


class _Links(msgspec.Struct):
    xml: dict[str, str] = {}
    html: dict[str, str] = {}


class _Row(msgspec.Struct):
    number: str = msgspec.field(default="", name="publication-number")
    published: str | None = msgspec.field(default=None, name="publication-date")
    links: _Links = msgspec.field(default_factory=_Links)


class _Answer(msgspec.Struct):
    notices: list[_Row]
    total: int = msgspec.field(name="totalNoticeCount")
    token: str | None = msgspec.field(default=None, name="iterationNextToken")
    timed_out: bool = msgspec.field(default=False, name="timedOut")


_ANSWERS: Final = msgspec.json.Decoder(_Answer)
_REMEDY: Final = "TED's answer has another shape than agreed; nothing was concluded from it"
# For people, the language of the reader first.
_LANGUAGES: Final = ("DAN", "ENG")


def parse_search(body: bytes, where: str) -> SearchPage:
    """Read one page of search answers. Raises ParseError for JSON that is broken or of another shape."""
    try:
        answer = _ANSWERS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"the search answer cannot be read: {error}", where=where, remedy=_REMEDY) from error
    if answer.total < 0:
        raise ParseError("the search answer counts fewer than no notices", where=where, remedy=_REMEDY)
    hits = tuple(_hit(row, where) for row in answer.notices)
    return SearchPage(hits, answer.total, answer.token or None, answer.timed_out)


def _hit(row: _Row, where: str) -> Hit:
    number = values.publication_number(row.number)
    if not number:
        raise ParseError("a notice of the search answer has no publication number", where=where, remedy=_REMEDY)
    html = next((row.links.html[code] for code in (*_LANGUAGES, *row.links.html) if code in row.links.html), "")
    return Hit(number, clean_url(row.links.xml.get("MUL")), clean_url(html), _published(row.published))


def _published(raw: str | None) -> dt.date | None:
    """A day, which the API prints with an offset or even a time behind it."""
    match = re.match(r"\d{4}-\d\d-\d\d", raw or "", re.ASCII)
    try:
        return dt.date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def parse_notice(xml: bytes, *, source: str, key: str, url: str = "", publication_number: str = "") -> Notice:
    """Read one notice, eForms or TED_EXPORT, as its root says.

    Raises ParseError, with the address and the reason, where the XML is broken, dangerous or neither of the two.
    """
    origin = Origin(source, key, url, publication_number)
    root = load(xml, origin.where)
    if eforms.is_eforms(root):
        return eforms.read(root, origin)
    if r209.is_r209(root):
        return r209.read(root, origin)
    raise UnknownForm(
        f"this is neither an eForms notice nor a TED_EXPORT but <{local_name(root)}>",
        where=origin.where,
        remedy="look at the address in a browser: it may be an error page",
    )
