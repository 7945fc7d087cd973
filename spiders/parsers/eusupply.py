"""EU-Supply (Mercell CTM): its Atom feed, and the HTML list of its public tenders, into notices.

The feed (/ctm/rss/Rss.ashx?days=30&b=BRAND) says most. Each entry brings an element of EU-Supply's own:

    <content type="text/xml"><publication xmlns="http://www.eu-supply.com/Rss/Publications">
      <publishedTime>2026-08-26T04:34:00</publishedTime>   <!-- the time of <published>, without its offset -->
      <etq>2026-10-13T11:00:00</etq>                       <!-- when tenders must be in, on the same clock -->
      <sentToOjeu>false</sentToOjeu>
      <authority name="Eksempel Kommune" address1="Torvet 1" address2="1234 " address3="Byen" />
      <contactPerson firstName="" middleName="" lastName="" email=""> … </contactPerson>
      <cpvCodes><cpvCode code="90910000-9" name="Cleaning services" /></cpvCodes>
      <processTemplate>02 - Offentligt udbud</processTemplate>
    </publication></content>

The list (/ctm/supplier/publictenders?B=BRAND) is a table: number, reference, title with link, day of publication,
deadline, procedure, buyer, country. Its cells are cut short for the eye and hold the whole in a tooltip. Its further
pages need a session and cannot be asked for: where there are some, that is an alarm, and the feed is the better source.

Keys are EU-Supply's own numbers (PID), the same in both. Documents are not fetched: robots.txt forbids it.
What the rows hold is read as from any page (`spiders.parsers.page`), so the same strictness holds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag

from notifier import clock, text
from notifier.errors import ConfigError, LandmarkMissing, Mistake
from notifier.lots import Deadline, Lot, LotKind, Notice, Organisation, Stage
from spiders.parsers import feed, markup, page, proof, unread, words
from spiders.parsers.selectors import Field, Ignored, Imprint, ListSelectors, PageSelectors
from spiders.parsers.xml import Element, local_name

DAYS = 30  # that the feed looks back, unless `lookback_days` says otherwise
FILTER = ("brand", "form", "lookback_days", "authorities", "buyer", "buyer_id", "empty_text", "hosts")
_PID = r"(?:[?&]PID=|/PublicPurchase/)(\d+)"  # not /ViewNotice/N: that counts notices, of which a tender has several
_OF_PUBLICATION = frozenset("publishedTime etq sentToOjeu authority contactPerson cpvCodes processTemplate".split())
# A procedure of this name asks for no tenders yet: market dialogue, prior information.
_PLANNED = re.compile(
    r"markedsdialog|markedsundersøgelse|forhåndsmeddelelse|forhåndsorientering|teknisk dialog|prior information|"
    r"market (?:consultation|sounding|dialogue|engagement)|request for information|\bRFI\b",
    re.IGNORECASE,
)
# Where these stand, what must be in first are requests to participate.
_TWO_STAGES = re.compile(
    r"begrænset|forhandling|konkurrencepræget|innovationspartnerskab|prækvalifi|restricted|negotiat|"
    r"competitive dialogue|innovation partnership|pre-?qualifi",
    re.IGNORECASE,
)
_CANCELLED = ("annulleret", "aflyst", "cancelled", "withdrawn")


@dataclass(frozen=True, slots=True)
class Settings:
    """[filter] of a source of kind "eusupply". Authorities are kept whose names begin with one of these."""

    brand: str = ""
    form: str = "atom"
    days: int = DAYS
    authorities: tuple[str, ...] = ()
    buyer: str = ""
    buyer_id: str = ""
    empty_text: tuple[str, ...] = ()

    def wants(self, authority: str) -> bool:
        """Whether a tender's authority is one that is followed."""
        name = authority.casefold()
        return not self.authorities or any(name.startswith(wanted.casefold()) for wanted in self.authorities)


def read_settings(raw: Mapping[str, object], file: str = "") -> Settings:
    """The checked [filter]. ConfigError with every mistake in it."""
    found: list[Mistake] = []

    def mistake(key: str, what: str, remedy: str) -> None:
        found.append(Mistake(file, None, f"filter.{key}", what, remedy))

    for key in raw.keys() - set(FILTER):
        mistake(key, "is not known", f"write one of {', '.join(FILTER)}")
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("authorities", "empty_text"):
        value = raw.get(key, ())
        items = (value,) if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) and item.strip() for item in items):
            lists[key] = tuple(items)
        else:
            mistake(key, "must be a text or a list of texts", 'write ["…", "…"]')
    texts = {key: value for key in ("brand", "form", "buyer", "buyer_id") if isinstance(value := raw.get(key, ""), str)}
    for key in {"brand", "form", "buyer", "buyer_id"} - texts.keys():
        mistake(key, "must be a text", "put it in quotation marks")
    if texts.get("form", "") not in ("", "atom", "html"):
        mistake("form", f'"{texts["form"]}" is not known', 'write "atom", which says more, or "html"')
    days = raw.get("lookback_days", DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 3650:
        mistake("lookback_days", "must be a number of days", "write 30")
        days = DAYS
    if found:
        raise ConfigError(tuple(found))
    return Settings(
        brand=texts["brand"], form=texts["form"] or "atom", days=days, buyer=texts["buyer"], buyer_id=texts["buyer_id"],
        **lists,
    )  # fmt: skip


def address(base: str, settings: Settings, days: int) -> str:
    """Where the feed or the list of a brand is; `base` itself where it names more than a host.

    >>> address("https://eu.eu-supply.com", Settings("BY"), 30)
    'https://eu.eu-supply.com/ctm/rss/Rss.ashx?days=30&b=BY'
    """
    if base.partition("://")[2].rstrip("/").count("/"):
        return base
    brand = settings.brand
    if settings.form == "html":
        return f"{base.rstrip('/')}/ctm/supplier/publictenders" + (f"?{urlencode({'B': brand})}" if brand else "")
    return f"{base.rstrip('/')}/ctm/rss/Rss.ashx?{urlencode({'days': days} | ({'b': brand} if brand else {}))}"


# -- the feed --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tender:
    """An entry of the feed, not read yet but for what tells it apart."""

    key: str
    authority: str
    entry: feed.Entry
    publication: Element | None


def parse_feed(body: bytes, url: str, charset: str = "") -> tuple[tuple[Tender, ...], tuple[str, ...]]:
    """The feed's tenders, and what was wrong with others. LandmarkMissing and ParseError as for any feed."""
    found = feed.parse_feed(body, url, charset)
    tenders = tuple(_tender(entry) for entry in found.entries)
    return tuple({tender.key: tender for tender in reversed(tenders)}.values())[::-1], found.problems


def _tender(entry: feed.Entry) -> Tender:
    publication = entry.element.find("{*}content/{*}publication") if entry.element is not None else None
    authority = publication.find("{*}authority") if publication is not None else None
    author = entry.element.find("{*}author/{*}name") if entry.element is not None else None
    name = authority.get("name") if authority is not None else None
    if not name and author is not None:
        name = author.text
    return Tender(_number(entry.url) or _number(entry.key) or entry.key, text.clean_line(name), entry, publication)


def _number(url: str) -> str:
    match = re.search(_PID, url, re.IGNORECASE | re.ASCII)
    return match[1] if match else ""


def parse_tender(tender: Tender, settings: Settings, imprint: Imprint) -> tuple[Notice, tuple[str, ...]]:
    """The notice of an entry, and the places in it that nobody read."""
    entry, publication = tender.entry, tender.publication
    flags = list(entry.flags)
    procedure = _text(publication, "processTemplate")
    stage = _stage(procedure, entry.title)
    deadline = _deadline(tender, flags)
    cpv = _cpv(publication, flags)
    lot = Lot(
        lot_id="1",
        title=entry.title,
        description=text.clean(entry.markup),
        kind=LotKind.PART if stage is Stage.PLANNING else LotKind.LOT,
        cpv_main=cpv[0] if cpv else "",
        cpv_additional=cpv[1:],
        deadline=deadline if stage is Stage.CALL else None,
        interest_deadline=deadline if stage is Stage.PLANNING else None,
        participation_deadline=deadline if stage is Stage.CALL and _TWO_STAGES.search(procedure) else None,
        documents_url=_entrance(entry),
    )
    if text.damaged(entry.title + lot.description + tender.authority):
        flags.append("letters were lost: the feed's character set is not what it says")
    if publication is None:
        flags.append("the entry lacks EU-Supply's own part: deadline and CPV codes are unknown")
    notice = Notice(
        source=imprint.source,
        key=tender.key,
        stage=stage,
        title=entry.title,
        url=_entrance(entry),
        language=imprint.language,
        description=lot.description,
        buyers=(_buyer(tender.authority, settings, imprint),),
        published=entry.published,
        procedure_type=procedure,
        lots=(lot,),
        cancelled=any(word in entry.title.casefold() for word in _CANCELLED),
        cancel_reason=entry.title if any(word in entry.title.casefold() for word in _CANCELLED) else "",
        flags=tuple(dict.fromkeys(flags)),
    )
    named = feed.names_of(entry)
    notice = replace(notice, publication_number=named.publication_number, notice_id=named.notice_id)
    return notice, tuple(_unread(tender))


def _entrance(entry: feed.Entry) -> str:
    """The page of a tender, from which its documents are reached; in the feed it is the entry's id as well."""
    named = text.clean_url(entry.key) if _number(entry.key) else ""
    return entry.url or named


def _stage(procedure: str, title: str) -> Stage:
    """Planned where the procedure says so, or where the title begins with it; a title speaks of other things too."""
    planned = _PLANNED.search(procedure) or _PLANNED.match(title.strip(" -–:"))
    return Stage.PLANNING if planned else Stage.CALL


def _buyer(named: str, settings: Settings, imprint: Imprint) -> Organisation:
    configured = settings.buyer or imprint.publisher
    number = settings.buyer_id if named.casefold() in ("", configured.casefold()) else ""
    return Organisation(named or configured, re.sub(r"\D", "", number), "DK" if number else "")


def _text(publication: Element | None, name: str) -> str:
    return text.clean_line(publication.findtext(f"{{*}}{name}") if publication is not None else "")


def _cpv(publication: Element | None, flags: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for code in publication.iterfind("{*}cpvCodes/{*}cpvCode") if publication is not None else ():
        raw = code.get("code") or ""
        if read := words.cpv_codes(raw):
            found[read[0]] = None
        else:
            flags.append(f'cpv could not be read: "{text.clean_line(raw, 60)}"')
    return tuple(found)


def _deadline(tender: Tender, flags: list[str]) -> Deadline | None:
    """When tenders must be in. The feed writes it without an offset, on the clock of its <publishedTime>.

    Which clock that is shows in <published>, the same moment with its offset: only where that is Copenhagen's does
    the deadline's time of day hold.
    """
    raw = _text(tender.publication, "etq")
    if not raw:
        return None
    found = clock.parse_deadline(raw)
    if found is None:
        flags.append(f'deadline could not be read: "{raw[:60]}"')
        return None
    if found.time_known and not re.search(r"(?:Z|[+-]\d\d:?\d\d)$", raw) and not _on_copenhagens_clock(tender):
        flags.append(f'deadline: it is not known on which clock "{raw[:60]}" is meant')
        end = dt.datetime.combine(found.at.date(), dt.time(23, 59), clock.COPENHAGEN)
        return Deadline(end, time_known=False)
    return found


def _on_copenhagens_clock(tender: Tender) -> bool:
    """Whether <published> has the offset that Copenhagen has at that moment, and shows the time of <publishedTime>."""
    element = tender.entry.element
    raw = (element.findtext("{*}published") or "").strip() if element is not None else ""
    local = _text(tender.publication, "publishedTime")
    try:
        told = dt.datetime.fromisoformat(raw.replace("Z", "+00:00"))
        same = not local or dt.datetime.fromisoformat(local) == told.replace(tzinfo=None)
    except ValueError:
        return False
    return same and told.utcoffset() == told.astimezone(clock.COPENHAGEN).utcoffset()


def _unread(tender: Tender) -> Iterable[str]:
    """Elements and attributes that are new since this was written."""
    for name, _ in tender.entry.others:
        if name != "publication":
            yield f"entry: {name}"
    for child in tender.publication if tender.publication is not None else ():
        if (name := local_name(child)) not in _OF_PUBLICATION:
            yield f"publication: {text.clean_line(name, 60)}"


# -- the list --------------------------------------------------------------------------------------------------

# The column of each field as the list has them, and the headings by which a column is known wherever it stands.
_COLUMNS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "title": (3, ("name", "title", "titel", "navn", "betegnelse", "udbud")),
    "published": (4, ("date of publication", "publication date", "published", "publiceringsdato", "offentliggjort")),
    "deadline": (5, ("response deadline", "deadline", "tilbudsfrist", "svarfrist", "frist", "tidsfrist")),
    "procedure_type": (6, ("process", "procedure", "proces", "udbudsform")),
    "buyer": (7, ("buyers", "buyer", "authority", "ordregiver", "ordregivere", "indkøber", "købere", "køber")),
}
_OTHER_COLUMNS = frozenset("countries country land lande reference ref referencenummer sagsnummer".split()) | {
    "quote/tender id",
    "tender id",
    "id",
    "reference number",
    "tilbud/udbud id",
    "udbuds-id",
    "nummer",
}
_USUALLY_OTHER = [1, 2, 8]  # number, reference, country
_NO_TENDERS = ("no tenders", "no records", "no results", "ingen udbud", "ingen resultater", "ingen poster")


def parse_list(
    html: bytes | str, settings: Settings, url: str, charset: str = ""
) -> tuple[page.ListPage, PageSelectors]:
    """The rows of the list, and the selectors by which its cells are read.

    LandmarkMissing where there is no table of tenders, where a column is another than it was, or where an empty
    table does not say that it is empty.
    """
    soup = markup.parse(html, url, charset)
    table = next((t for t in soup.select("table") if t.select_one("tbody tr") or t.select_one("thead th")), None)
    if table is None:
        proof.check_wall(soup, url, elements=True)
        raise LandmarkMissing(
            "the page has no table of tenders",
            where=url,
            remedy="open it: a login or maintenance page goes by itself; after a redesign use the feed (form = atom)",
        )
    columns = _columns(table, url)
    signs = tuple(unread.signs(soup, html))
    _untruncate(table)
    selectors = _selectors(columns, _headings(table), settings)
    found = page.parse_list(f"<html><body>{table}</body></html>", selectors.list, markup.base(soup, url))
    return replace(found, unread=(("", (*signs, *found.unread[0][1])), *found.unread[1:])), selectors


def more_pages(html: bytes | str, url: str, charset: str = "") -> bool:
    """Whether the list goes on in pages that need a session."""
    return markup.parse(html, url, charset).select_one("a.pager-action:not(.state-active)") is not None


def _columns(table: Tag, url: str) -> dict[str, int]:
    """Field to column, from 1: where its heading stands, else where the list is known to have it."""
    heads = _headings(table)
    known = {heading: name for name, (_, headings) in _COLUMNS.items() for heading in headings}
    stands = {known[heading]: place for place, heading in reversed([*enumerate(heads, 1)]) if heading in known}
    columns = {}
    for name, (usual, _) in _COLUMNS.items():
        place = stands.get(name, usual)
        taken = heads[place - 1] if place <= len(heads) else ""
        if name not in stands and (taken in _OTHER_COLUMNS or taken in known or (heads and place > len(heads))):
            raise LandmarkMissing(
                f'column {place} of the list should hold "{name}", and its heading is "{taken}"',
                where=url,
                remedy="open it: the table was changed; the feed (form = atom) says more and changes less",
            )
        columns[name] = place
    return columns


def _headings(table: Tag) -> list[str]:
    return [markup.normal(markup.text_of(cell)) for cell in table.select("thead tr:first-of-type > *")]


def _untruncate(table: Tag) -> None:
    """Put each tooltip in place of the words that it completes."""
    for element in table.select("tbody td [title], tbody td [data-original-title]"):
        whole = markup.attribute(element, "data-original-title") or markup.attribute(element, "title")
        shown = text.clean_line(markup.text_of(element)).rstrip(" .…")
        link = element.select_one("a")
        target = link if link is not None else element
        if whole.strip() and text.clean_line(whole).startswith(shown):
            target.string = text.clean(BeautifulSoup(whole, "lxml").get_text() if "<" in whole else whole)


def _selectors(columns: Mapping[str, int], heads: list[str], settings: Settings) -> PageSelectors:
    """How the list's table is read. Columns of unknown headings are not ignored, and so are signalled."""
    known = [at for at, heading in enumerate(heads, 1) if heading in _OTHER_COLUMNS] if heads else _USUALLY_OTHER
    ignored = Ignored(css=("thead", *(f"td:nth-child({at})" for at in known)))
    fields = {name: Field(css=f"td:nth-child({place})") for name, place in columns.items()}
    link = f"td:nth-child({columns['title']}) a[href]"
    fields["case"] = Field(css=link, attr="href", pattern=_PID)
    return PageSelectors(
        stage=Stage.CALL,
        buyer=settings.buyer,
        buyer_id=settings.buyer_id,
        cancelled_text=_CANCELLED,
        detail=None,
        list=ListSelectors(
            landmark="table",
            row=f"tbody tr:has(td:nth-child({max(columns.values())}))",
            link=link,
            empty_text=(*settings.empty_text, *_NO_TENDERS),
            fields=fields,
            ignored=ignored,
        ),
    )


def parse_row(row: page.Row, selectors: PageSelectors, imprint: Imprint, url: str) -> Notice:
    """The notice of a row. What its procedure calls a market dialogue is planned, and asks for no tenders yet."""
    procedure = row.values.get("procedure_type", "")
    values = dict(row.values)
    if _TWO_STAGES.search(procedure) and "deadline" in values:
        values["participation_deadline"] = values["deadline"]
    stage = _stage(procedure, values.get("title", ""))
    notice = page.parse_row(replace(row, values=values), replace(selectors, stage=stage), imprint, url)
    lots = tuple(replace(lot, documents_url=row.url) for lot in notice.lots)
    if stage is Stage.PLANNING:  # by then interest in the dialogue is to be told; there is nothing to tender for
        lots = tuple(replace(lot, deadline=None, interest_deadline=lot.deadline) for lot in lots)
    return replace(notice, lots=lots)
