"""Which official notice a page or a feed speaks of: read from its links to TED and udbud.dk, for joining.

A link to TED carries the publication number, one to udbud.dk the notice's id (BT-701) and often the number as well:

    https://ted.europa.eu/da/notice/-/detail/123456-2026        https://ted.europa.eu/da/notice/123456-2026/html
    https://ted.europa.eu/udl?uri=TED:NOTICE:123456-2021:TEXT:DA:HTML
    https://udbud.dk/detaljevisning?noticeId=UUID&noticeVersion=01&noticePublicationNumber=00123456-2026

Prose is not searched for numbers: it tells of earlier tenders too. For the same reason a link is left aside whose own
line says "tidligere", "forhåndsmeddelelse" and the like. Links to two different notices say nothing for sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from bs4 import Tag

from notifier import text
from spiders.parsers import markup, values

_TED_HOST = re.compile(r"(?:[a-z0-9-]+\.)*ted\.europa\.eu")
# Only a notice's own page and the old portal's ?uri=TED:NOTICE:… name one; help, news and searches name what they like.
_NOTICE_PATH = re.compile(r"/notice/", re.IGNORECASE)
_UDBUD_HOST = re.compile(r"(?:www\.)?udbud\.dk")
_NUMBER = re.compile(r"(?<![\d-])(\d{1,8}-(?:19|20)\d\d)(?![\d-])", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_VERSION = re.compile(r"\d{1,2}", re.ASCII)
_OF_ANOTHER = re.compile(
    r"\b(?:tidligere|forrige|sidste udbud|forhåndsmeddelelse\w*|vejledende\b.{0,20}\bforhånds\w*|annullere[dt]\w*|"
    r"previous|earlier|former|prior information)\b",
    re.IGNORECASE,
)
_NEAR = ("p", "li", "td", "th", "dd", "h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Names:
    """What links say. Each is "" where they say nothing, or where they say different things (`doubt` tells which)."""

    publication_number: str = ""  # NNNNNN-YYYY, as on TED
    notice_id: str = ""  # BT-701
    version: str = ""  # BT-757, two digits
    doubt: str = ""  # a sentence for people


def of_links(urls: Iterable[str]) -> Names:
    """The notice that links name, if they all name the same.

    >>> of_links(["https://ted.europa.eu/da/notice/-/detail/32045-2026", "https://by.example/1"]).publication_number
    '032045-2026'
    >>> of_links(["https://ted.europa.eu/en/notice/1-2026/xml", "https://ted.europa.eu/en/notice/2-2026/xml"]).doubt
    'links lead to several notices (000001-2026, 000002-2026): none of them is taken for this one'
    """
    found = [names for url in urls if (names := _of_link(url))]
    numbers = dict.fromkeys(names.publication_number for names in found if names.publication_number)
    ids = dict.fromkeys(names.notice_id for names in found if names.notice_id)
    if len(numbers) > 1 or len(ids) > 1:
        several = ", ".join([*(numbers if len(numbers) > 1 else ids)][:5])
        return Names(doubt=f"links lead to several notices ({several}): none of them is taken for this one")
    versions = dict.fromkeys(names.version for names in found if names.version)
    return Names(next(iter(numbers), ""), next(iter(ids), ""), next(iter(versions), "") if len(versions) == 1 else "")


def of_element(scope: Tag, base: str = "") -> Names:
    """The notice that the links inside an element name; links in a line on an earlier notice are left aside."""
    links = [
        text.clean_url(markup.attribute(link, "href"), base)
        for link in scope.select("a[href]")
        if not _OF_ANOTHER.search(_line_of(link))
    ]
    return of_links(links)


def _line_of(link: Tag) -> str:
    around = link.find_parent(_NEAR)
    return text.clean_line(markup.text_of(around if around is not None else link), 300)


def _of_link(url: str) -> Names | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if _TED_HOST.fullmatch(host):
        at = unquote(parts.path) if _NOTICE_PATH.search(parts.path) else " ".join(parse_qs(parts.query).get("uri", ()))
        numbers = {values.publication_number(raw) for raw in _NUMBER.findall(at)}
        return Names(numbers.pop()) if len(numbers) == 1 else None
    if _UDBUD_HOST.fullmatch(host):
        return _of_udbud(parse_qs(parts.query))
    return None


def _of_udbud(query: dict[str, list[str]]) -> Names | None:
    """udbud.dk's own address. Its old one (ShowTender?tenderid=…) names a number that is nowhere else."""
    raw = {name.lower(): said[0] for name, said in query.items()}
    number = values.publication_number(raw.get("noticepublicationnumber", ""))
    notice_id = raw.get("noticeid", "").lower()
    notice_id = notice_id if _UUID.fullmatch(notice_id) else ""
    version = raw.get("noticeversion", "")
    version = version.zfill(2) if _VERSION.fullmatch(version) else ""
    return Names(number, notice_id, version if notice_id else "") if number or notice_id else None
