"""A feed of tenders, RSS (0.9x, 1.0, 2.0) or Atom, into notices. What it holds beside title and link is configuration.

    id = "by-udbud-feed"
    kind = "feed"
    publisher = "Eksempel Kommune"
    url = "https://by.example/udbud.rss"

    [filter]
    words = ["udbud", "indkøb"]             # only entries with one of these in title or category; left out: all
    without_words = ["tildelt"]             # and not those with one of these
    hosts = ["www.by.example"]              # other hosts that links lead to, where [selectors.detail] is given

    [selectors]                             # all of it may be left out
    kind = "tender"                         # tender (the default), or planned
    buyer = "Eksempel Kommune"              # else `publisher`
    buyer_id = "12345678"                   # its CVR number
    cancelled_text = ["annulleret"]         # in the title: withdrawn
    ignore = ["comments", "enclosure"]      # elements of an entry that are known not to matter

    [selectors.fields]                      # read inside the entry's text, as in `spiders.parsers.page`
    deadline = { label = "Tilbudsfrist" }   # "Tilbudsfrist: 1. december" in its text, or an element <tilbudsfrist>

    [selectors.detail]                      # left out: everything is in the feed; else as for a page
    landmark = "article.udbud"

Title, link, text and day of publication are read from the feed's own elements. An element of an entry that is none of
them, such as <frist>, is read by a label of its name, listed under `ignore`, or signalled.

XML is read without entities, document types and repairs: a feed that is broken is refused whole. An empty feed is
proven by its root and its channel; a page in its place is an alarm.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from lxml import etree

from notifier import clock, text
from notifier.errors import ConfigError, LandmarkMissing, Mistake, ParseError
from notifier.lots import Notice
from spiders.parsers import identity, markup
from spiders.parsers.fields import read_fields
from spiders.parsers.page import Row, parse_row
from spiders.parsers.selectors import Imprint, PageSelectors
from spiders.parsers.selectors import read_selectors as read_page_selectors
from spiders.parsers.xml import Element, load, local_name, text_of

ATOM = "http://www.w3.org/2005/Atom"
# Elements of an entry that are read, by their local names; and those that say nothing of a tender.
_READ = frozenset(
    "title link id guid description summary content encoded pubdate published date category subject".split()
)
_IGNORED = frozenset("updated modified author creator contributor rights source comments enclosure".split())
# Namespaces of syndication's own bookkeeping: comment counts, thumbnails, positions in the feed.
_BOOKKEEPING = (
    "http://purl.org/rss/1.0/modules/slash/",
    "http://purl.org/rss/1.0/modules/syndication/",
    "http://wellformedweb.org/CommentAPI/",
    "http://search.yahoo.com/mrss/",
    "http://www.w3.org/2005/Atom",  # <atom:link> inside RSS
)
FILTER = ("words", "without_words", "hosts")
MOST_ENTRIES = 5000  # a feed that is longer is not a feed of tenders


@dataclass(frozen=True, slots=True)
class FeedSelectors:
    """[selectors] and [filter] of a source of kind "feed"."""

    page: PageSelectors
    ignore: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is a tender at all, by the words of its title and categories."""
        said = " ".join((entry.title, *entry.categories)).casefold()
        named = not self.words or any(word.casefold() in said for word in self.words)
        return named and not any(word.casefold() in said for word in self.without_words)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the feed has it. `markup` is its text as HTML, `others` the elements that no feed standard knows."""

    key: str
    url: str
    title: str
    markup: str = field(default="", repr=False)
    published: dt.date | None = None
    categories: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()  # local name and text
    flags: tuple[str, ...] = ()
    element: Element | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that was proven to be one. `problems` names entries that could not be told apart."""

    title: str
    entries: tuple[Entry, ...]
    next_url: str = ""  # RFC 5005 section 3
    problems: tuple[str, ...] = ()


# -- configuration ---------------------------------------------------------------------------------------------


def read_selectors(
    raw: Mapping[str, object], filters: Mapping[str, object] | None = None, file: str = ""
) -> FeedSelectors:
    """The checked [selectors] and [filter]. ConfigError with every mistake in them; `file` is named in each."""
    found: list[Mistake] = []
    own = dict(raw)
    ignore = _texts(own.pop("ignore", ()), "selectors.ignore", file, found)
    filters = filters or {}
    words = _texts(filters.get("words", ()), "filter.words", file, found)
    without = _texts(filters.get("without_words", ()), "filter.without_words", file, found)
    for name in [name for name in filters if name not in FILTER]:
        found.append(Mistake(file, None, f"filter.{name}", "is not known", "write words, without_words or hosts"))
    if "list" in own:
        own.pop("list")
        remedy = "leave it out: a feed needs no selectors of rows; its fields go under [selectors.fields]"
        found.append(Mistake(file, None, "selectors.list", "is for pages", remedy))
    # An entry is read like a row of a page: its text is the row.
    rows = {"landmark": "html", "row": "html", "link": "a", "fields": own.pop("fields", {})}
    page: PageSelectors | None = None
    try:
        page = read_page_selectors({**own, "list": rows}, file)
    except ConfigError as error:
        found += [_placed(mistake) for mistake in error.mistakes]
    if found or page is None:
        raise ConfigError(tuple(found))
    return FeedSelectors(page, frozenset(name.casefold() for name in ignore), words, without)


def _placed(mistake: Mistake) -> Mistake:
    key = mistake.key.replace("selectors.list.fields", "selectors.fields")
    return Mistake(mistake.file, mistake.line, key, mistake.what, mistake.remedy)


def _texts(raw: object, key: str, file: str, found: list[Mistake]) -> tuple[str, ...]:
    items = [raw] if isinstance(raw, str) else raw
    if isinstance(items, list | tuple) and all(isinstance(item, str) and item.strip() for item in items):
        return tuple(items)
    found.append(Mistake(file, None, key, "must be a text or a list of texts", 'write ["…", "…"]'))
    return ()


# -- the feed --------------------------------------------------------------------------------------------------


def parse_feed(body: bytes, url: str, charset: str = "") -> Feed:
    """The entries of a feed, and the way to its next page.

    LandmarkMissing where a page came in its place (a login, a maintenance page) or the root is no feed's.
    ParseError where the XML is broken, cut off or dangerous.
    """
    root = load(_prepared(body, url, charset), url)
    atom = local_name(root) == "feed"
    channel = root if atom else root.find("{*}channel")
    if local_name(root).lower() not in ("feed", "rss", "rdf") or channel is None:
        raise LandmarkMissing(f"this is no feed but <{local_name(root)}>", where=url, remedy=_REMEDY)
    # RSS 1.0 has its items beside the channel.
    elements = [*channel.iterfind("{*}entry" if atom else "{*}item")] or [*root.iterfind("{*}item")]
    if len(elements) > MOST_ENTRIES:
        raise ParseError(f"the feed has more than {MOST_ENTRIES} entries", where=url, remedy=_REMEDY)
    entries: dict[str, Entry] = {}
    problems = []
    for number, element in enumerate(elements, start=1):
        entry = _entry(element, url)
        if not entry.key or not entry.title:
            missing = "title" if entry.key else "id and no link"
            problems.append(f"entry {number} of {url} has no {missing}: tell the publisher of the feed")
        elif entry.key not in entries:  # a feed that holds one twice has its newest first
            entries[entry.key] = entry
    return Feed(_line(channel, "title"), tuple(entries.values()), _link(channel, url, "next"), tuple(problems))


_REMEDY = "open the address in a browser; if the feed has moved, mend url"
_A_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
# RSS 0.91 is written with a document type. Where that defines nothing itself it says nothing, and nobody fetches it.
_OF_RSS_091 = re.compile(
    rb"\A((?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!--.{0,2000}?-->\s*)*)"
    rb"""<!DOCTYPE\s+rss(?:\s+(?:PUBLIC\s+"[^"<>\[]*"\s*|SYSTEM\s*)"[^"<>\[]*")?\s*>""",
    re.DOTALL,
)
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}encoding", re.IGNORECASE)


def _prepared(body: bytes, url: str, charset: str) -> bytes:
    """The XML without blanks before it, in UTF-8 where only the header tells its charset (RFC 7303 section 3)."""
    if _A_PAGE.match(body):
        soup = markup.parse(body, url, charset)
        title = text.clean_line(soup.title.get_text() if soup.title else "", 80)
        raise LandmarkMissing(
            f'a page came instead of a feed; it calls itself "{title}"',
            where=url,
            remedy="open it: a login or maintenance page goes by itself; the feed may have moved",
        )
    body = _OF_RSS_091.sub(rb"\1", body.lstrip(), count=1)
    if charset and not _DECLARED.match(body) and not body.startswith((b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")):
        return markup.decode(body, charset).encode("utf-8")
    return body


def _entry(element: Element, base: str) -> Entry:
    url = _link(element, base, "alternate")
    guid = _line(element, "id", "guid")
    about = text.clean_line(element.get(_ABOUT))  # RSS 1.0: "identical to <link>, if possible"
    url = url or text.clean_url(about, _base(element, base))
    if not url and guid and (named := element.find("{*}guid")) is not None and _permanent(named):
        url = text.clean_url(guid)
    raw = _line(element, "published", "pubDate", "date")
    published = _day(raw)
    flags = [f'published could not be read: "{raw[:60]}"'] if raw and published is None else []
    title, said = _line(element, "title"), _markup(element)
    if not title and (title := _first_line(said)):  # RSS 2.0 wants a title or a description
        flags.append("the entry has no title: its first line stands for it")
    return Entry(
        key=text.clean_line(guid or url or about, 500),
        url=url,
        title=title,
        markup=said,
        published=published,
        categories=tuple(_categories(element)),
        others=tuple(_others(element)),
        flags=tuple(flags),
        element=element,
    )


_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def _permanent(guid: Element) -> bool:
    """Whether a guid says that it is an address, as it does where it says nothing."""
    return (guid.get("isPermaLink") or "true").strip().lower() != "false"


def _base(element: Element, url: str) -> str:
    """What the relative addresses of an element are relative to: xml:base, of the nearest first, and the feed's own."""
    try:
        return urljoin(url, (element.base or "").strip())
    except ValueError:
        return url


def _first_line(said: str) -> str:
    if not said.strip():
        return ""
    scope = markup.parse(f"<html><body><div>{said}</div></body></html>", "").body
    lines = markup.text_of(scope).splitlines() if scope else []
    return text.clean_line(next((line for line in lines if line.strip()), ""), 200)


def _line(element: Element, *names: str) -> str:
    """The text of the first child of one of these names, on one line."""
    for name in names:
        for child in element.iterfind(f"{{*}}{name}"):
            if said := text.clean_line(text_of(child)):
                return said
    return ""


def _link(element: Element, base: str, relation: str) -> str:
    """Atom's <link rel href>, RSS's <link>text</link>."""
    for link in element.iterfind("{*}link"):
        if link.get("href") is not None and link.get("rel", "alternate") == relation:
            return text.clean_url(link.get("href"), _base(link, base))
        if relation == "alternate" and link.get("href") is None and (link.text or "").strip():
            return text.clean_url(link.text, _base(link, base))
    return ""


def _markup(element: Element) -> str:
    """The entry's text as HTML: the fullest of what it has."""
    found = ""
    for name in ("encoded", "content", "description", "summary"):
        for child in element.iterfind(f"{{*}}{name}"):
            kind = (child.get("type") or "").lower()
            if kind == "xhtml":
                said = "".join(etree.tostring(part, encoding="unicode") for part in child)
            elif len(child) or kind.endswith(("/xml", "+xml")):
                continue  # another language of XML, which the kind of the source knows or nobody
            else:
                said = html.escape(child.text or "", quote=False) if kind == "text" else child.text or ""
            found = max(found, said, key=len)
    return found


def _categories(element: Element) -> Iterable[str]:
    for child in (*element.iterfind("{*}category"), *element.iterfind("{*}subject")):
        if said := text.clean_line(child.get("label") or child.get("term") or text_of(child), 200):
            yield said


def _others(element: Element) -> Iterable[tuple[str, str]]:
    for child in element:
        name = etree.QName(child)
        if name.localname == "content" and len(child) and child.get("type") != "xhtml":
            child, name = child[0], etree.QName(child[0])  # another language of XML inside Atom
        if name.localname.lower() in _READ | _IGNORED or name.namespace in _BOOKKEEPING:
            continue
        if said := text.clean(text_of(child), 5000):
            yield text.clean_line(name.localname, 80), said


_EARLY = re.compile(r"[^\W\d_]\.?\s+0\d{3}\b")


def _day(raw: str) -> dt.date | None:
    """A day of RFC 3339 (Atom) or RFC 5322 (RSS), in the feed's own offset; else as people write it."""
    try:
        day = dt.datetime.fromisoformat(raw.upper().replace("Z", "+00:00")).date()
        return day if 1990 <= day.year <= 2100 else None
    except ValueError:
        pass
    if _EARLY.search(raw):  # which `email.utils` takes for years of this century
        return None
    try:
        day = email.utils.parsedate_to_datetime(raw).date()
        return day if 1990 <= day.year <= 2100 else None
    except (ValueError, IndexError, TypeError):
        return clock.parse_day(raw)


# -- entries into notices --------------------------------------------------------------------------------------


def parse_entry(row: Row, entry: Entry, selectors: FeedSelectors, imprint: Imprint, where: str) -> Notice:
    """The notice of an entry that is all there is. Its links to TED and udbud.dk name the official notice."""
    notice = parse_row(row, selectors.page, imprint, where)
    named = names_of(entry)
    return replace(
        notice,
        publication_number=notice.publication_number or named.publication_number,
        notice_id=notice.notice_id or named.notice_id,
        version=notice.version or named.version,
        flags=tuple(dict.fromkeys((*notice.flags, *([named.doubt] if named.doubt else [])))),
    )


def names_of(entry: Entry) -> identity.Names:
    """The official notice that the entry's own link or the links in its text lead to."""
    own = identity.of_links([entry.url])
    if own.publication_number or own.notice_id:
        return own
    return identity.of_element(markup.parse(f"<html><body>{entry.markup}</body></html>", entry.url), entry.url)


def row_of(entry: Entry, selectors: FeedSelectors) -> tuple[Row, tuple[str, ...]]:
    """An entry as the row of a list, which `page.parse_row` or `page.parse_detail` makes a notice of.

    The second value names the elements that nobody read.
    """
    labelled = "".join(f"<dl><dt>{html.escape(n)}</dt><dd>{html.escape(v)}</dd></dl>" for n, v in entry.others)
    soup = markup.parse(f"<html><body><div>{entry.markup}</div>{labelled}</body></html>", entry.url)
    scope = soup.body or soup
    values, flags = read_fields(scope, selectors.page.list.fields, entry.url)
    own = {
        "title": entry.title,
        "description": markup.text_of(scope.div) if scope.div else "",
        "published": entry.published.isoformat() if entry.published else "",
    }
    wanted = {
        markup.normal(label) for where in selectors.page.list.fields.values() for label in where.labels
    } | selectors.ignore
    unread = tuple(dict.fromkeys(f"entry: {name}" for name, _ in entry.others if markup.normal(name) not in wanted))
    row = Row(
        entry.key, entry.url, {name: said for name, said in {**own, **values}.items() if said}, (*entry.flags, *flags)
    )
    return row, unread
