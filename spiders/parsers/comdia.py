"""Comdia: the list of a municipality's tenders, and what the page of each says of whether it is still open.

    <table>
      <tr><th>Nr.<th>Titel
      <tr><td>1<td><a href="tenderinformationshow.aspx?Id=12345&List=0">Rengøring af skoler</a>
      <tr><td>2<td><a href="tenderinformationshow.aspx?Id=12346&List=0">Kantinedrift - Annulleret</a>
    </table>

Without a login Comdia shows no date, no CPV code and no value: they stay unknown. Its lists hold tenders whose deadline
has passed as well, and only the page of each says so ("The deadline for participation in the tender has been
exceeded."); such a tender does not count as listed.

    [filter]
    buyer = "Eksempel Kommune"              # else `publisher`
    buyer_id = "12345678"                   # its CVR number
    empty_text = ["Ingen aktuelle udbud"]   # the page's own words for an empty list, beside the known ones

What the rows hold is read as from any page (`spiders.parsers.page`), so the same strictness holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bs4 import BeautifulSoup, Tag

from notifier import text
from notifier.errors import ConfigError, LandmarkMissing, Mistake
from notifier.lots import Notice, Stage
from spiders.parsers import identity, markup, page, proof, unread
from spiders.parsers.selectors import Field, Ignored, Imprint, ListSelectors, PageSelectors

FILTER = ("buyer", "buyer_id", "empty_text", "hosts")
_LINK = 'a[href*="?id=" i], a[href*="&id=" i]'
_NUMBER = r"(?i)[?&]Id=(\d+)"
_CANCELLED = re.compile(r"\s[-–—(]\s*(?:cancelled|annulleret|aflyst)\)?\s*$", re.IGNORECASE)
_NO_TENDERS = ("ingen aktuelle udbud", "ingen udbud", "no current tenders", "no tenders")
_CLOSED = re.compile(
    r"deadline for participation\b.{0,80}\bexceeded|frist(?:en)? for deltagelse\b.{0,80}\b(?:overskredet|udløbet)",
    re.IGNORECASE | re.DOTALL,
)
_OF_DEADLINE = re.compile(r"deadline for participation|frist(?:en)? for deltagelse", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """[filter] of a source of kind "comdia"."""

    buyer: str = ""
    buyer_id: str = ""
    empty_text: tuple[str, ...] = ()


def read_settings(raw: Mapping[str, object], file: str = "") -> Settings:
    """The checked [filter]. ConfigError with every mistake in it."""
    found = [
        Mistake(file, None, f"filter.{key}", "is not known", f"write one of {', '.join(FILTER)}")
        for key in raw.keys() - set(FILTER)
    ]
    buyer, buyer_id, empty = raw.get("buyer", ""), raw.get("buyer_id", ""), raw.get("empty_text", ())
    for key, value in (("buyer", buyer), ("buyer_id", buyer_id)):
        if not isinstance(value, str):
            found.append(Mistake(file, None, f"filter.{key}", "must be a text", "put it in quotation marks"))
    phrases: list[Any] = list(empty) if isinstance(empty, list | tuple) else [empty]
    if not all(isinstance(one, str) and one.strip() for one in phrases):
        found.append(Mistake(file, None, "filter.empty_text", "must be a text or a list of texts", 'write ["…", "…"]'))
    if found:
        raise ConfigError(tuple(found))
    return Settings(str(buyer), str(buyer_id), tuple(phrases))


def selectors(settings: Settings) -> PageSelectors:
    """How a list of Comdia's looks."""
    return PageSelectors(
        stage=Stage.CALL,
        buyer=settings.buyer,
        buyer_id=settings.buyer_id,
        cancelled_text=(),
        detail=None,
        list=ListSelectors(
            landmark="table",
            row="tr:has(> td)",
            link=_LINK,
            empty_text=(*settings.empty_text, *_NO_TENDERS),
            ignored=Ignored(css=("tr:has(> th)", "td:first-child")),  # headings, and the running number
            fields={"title": Field(css="td:nth-child(2)"), "case": Field(css=_LINK, attr="href", pattern=_NUMBER)},
        ),
    )


def parse_list(html: bytes | str, settings: Settings, url: str, charset: str = "") -> page.ListPage:
    """The rows of the list. LandmarkMissing where there is no table of tenders and nothing says that there are none."""
    soup = markup.parse(html, url, charset)
    table = _table(soup)
    if table is None:
        if proof.proven_empty(soup, soup.body or soup, (*settings.empty_text, *_NO_TENDERS), url):
            return page.ListPage(())
        title = text.clean_line(soup.title.get_text() if soup.title else "", 80)
        raise LandmarkMissing(
            f'the page has no table of tenders and does not say that there are none; it calls itself "{title}"',
            where=url,
            remedy="open it: if it is empty, put its own words for that under empty_text; a login page goes by itself",
        )
    base = markup.base(soup, url)
    signs = tuple(unread.signs(soup, html))
    found = page.parse_list(f"<html><body>{table}</body></html>", selectors(settings).list, base)
    return replace(found, unread=(("", (*signs, *found.unread[0][1])), *found.unread[1:]))


def _table(soup: BeautifulSoup) -> Tag | None:
    """The innermost first table with links to tenders; old pages lay themselves out by tables around it."""
    tables = [table for table in soup.select("table") if table.select_one(_LINK)]
    return next((table for table in tables if not any(other in table.find_all("table") for other in tables)), None)


def is_closed(html: bytes | str, row: page.Row, url: str, charset: str = "") -> bool:
    """Whether the page of a tender says that its deadline has passed.

    LandmarkMissing where the page does not show the title that the list has: it is not this tender's page.
    """
    soup = markup.parse(html, url, charset)
    proof.check_wall(soup, url)
    said = _said(soup)
    title = " ".join(_CANCELLED.sub("", row.values.get("title", "")).split()).casefold()
    if not title or title.rstrip(" .…") not in said.casefold():
        raise LandmarkMissing(
            f'the page of tender {row.key} does not show its title "{row.values.get("title", "")}"',
            where=url,
            remedy="open it: a login page goes by itself; if Comdia was changed, tell the program's keeper",
        )
    return bool(_CLOSED.search(said))


def parse_tender(
    html: bytes | str, row: page.Row, settings: Settings, imprint: Imprint, url: str, charset: str = ""
) -> Notice:
    """The notice of an open tender: its title, and the official notice that its page links to."""
    soup = markup.parse(html, url, charset)
    title = row.values.get("title", "")
    cancelled = _CANCELLED.search(title)
    values = {**row.values, "title": _CANCELLED.sub("", title)}
    notice = page.parse_row(replace(row, values=values), selectors(settings), imprint, url)
    named = identity.of_element(soup.body or soup, markup.base(soup, url))
    flags = [*notice.flags, named.doubt]
    if _OF_DEADLINE.search(_said(soup)):
        flags.append("the page speaks of a deadline for participation that could not be read")
    return replace(
        notice,
        publication_number=named.publication_number,
        notice_id=named.notice_id,
        version=named.version,
        cancelled=cancelled is not None,
        cancel_reason=text.clean_line(cancelled[0].strip(" -–—()")) if cancelled else "",
        lots=tuple(replace(lot, documents_url=row.url) for lot in notice.lots),
        flags=tuple(flag for flag in dict.fromkeys(flags) if flag),
    )


def _said(soup: BeautifulSoup) -> str:
    return " ".join(markup.text_of(soup.body or soup).split())
