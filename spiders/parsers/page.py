"""A municipality's own list and detail pages into notices, as its TOML file describes them.

No two towns' pages are alike, so what a page looks like stands in configuration, not in code:

    id = "by-udbud"
    kind = "page"
    publisher = "Eksempel Kommune"
    url = "https://by.example/udbud"            # the first list page

    [filter]
    hosts = ["www.by.example"]                  # other hosts that links and redirects may lead to; else the URL's own

    [selectors]
    kind = "tender"                             # tender (the default), or planned: nothing can be tendered for yet
    buyer = "Eksempel Kommune"                  # who buys where a page names nobody; else `publisher`
    buyer_id = "12345678"                       # its CVR number
    cancelled_text = ["annulleret", "aflyst"]   # words in the field `status` or in the title that mean: withdrawn

    [selectors.list]
    landmark = "main#udbud"                     # must be on the page, or it is not the page: an alarm
    row = "article.udbud"                       # one per tender
    link = "h2 a"                               # inside the row, to the detail page; needed for [selectors.detail]
    next = "a[rel=next]"                        # to the next list page; left out where there is one page only
    empty_text = ["Ingen aktuelle udbud"]       # the site's own words for "no tenders": where there is no row,
    container = "ul.udbud"                      # these words, or this element without a child, must prove it

    ignore = ["nav", "p.teaser"]                # elements that do not matter, in the landmark and in rows

    [selectors.list.fields]                     # read inside the row
    title = "h2"                                # else the link's words
    case = { css = "p.sag", after = "Sagsnr." } # the notice's key; else path and query of the link
    deadline = "time"

    [selectors.detail]                          # left out: everything is in the rows
    landmark = "article.udbud"                  # must be on the page; fields are read inside it
    lot = "section.delaftale"                   # repeated lots; left out: the page is its own single lot "1"

    [selectors.detail.fields]                   # read inside the landmark, but not inside lots; come before the row's
    title = "h1"
    description = "div.beskrivelse"
    deadline = { label = ["Tilbudsfrist", "Frist for tilbud"] }
    value = { label = "Anslået værdi" }
    documents_url = { css = "a.materiale" }

    # under [selectors.detail]: ignore = ["div.del"], and ignore_labels = ["Sagsbehandler"] for values with a label
    # under [selectors]: required = ["deadline"]; a page without it is not believed

    [selectors.detail.lot_fields]               # read inside each lot
    lot_id = { css = "h3", pattern = 'Delaftale (\\d+)' }
    title = "h3 .navn"
    cpv = { label = "CPV" }

A field is read in one of four ways:
    "h2 a"  or  { css = "h2 a" }     the text of the first element; for …_url its href;
                                     `attr = "datetime"` reads that attribute instead
    { label = "Frist" }              the value that stands with a label, whatever its case, with or without colon:
                                     <dt>Frist</dt><dd>…</dd>, a table row whose first cell is the label, or
                                     "Frist: …" at the start of a line of prose (<p><strong>Frist:</strong> …</p>).
                                     A list of labels: any of them
    { column = "Frist" }             in a row (or lot) that is a <tr>: the cell under that heading
    { const = "DK011" }              the same for every notice of this source
With css, label and column: `after = "Sagsnr."` keeps what follows these words; `pattern = '(\\d+)'` keeps the
first group of a regular expression. A label or column found twice with different values is not read, but flagged;
of the fields marked + below all values are kept, one a line.

Fields of the notice:
    title, description+, case, status, buyer, buyer_id, published (a day), procedure_id, publication_number,
    procedure_type (as the page words it)
Fields of the lot (on the page itself they hold for its single lot; * marks those that repeated lots inherit):
    lot_id, title, description+, nature* (Tjenesteydelser, Varer, Bygge og anlæg), cpv* ("90910000-9 Rengøring":
    the first is the main one, the others additional), value (parse_money: without VAT, or unknown), nuts* (codes),
    place* (words), duration* ("2 år", "24 måneder", "2 år + 1 års option"), start*, end* (days),
    deadline*, participation_deadline*, questions_deadline* (Copenhagen's time where no offset is given),
    reserved* ("Ja, efter udbudslovens § 54", "§ 190", "Nej"), reserved_execution* (Ja, Nej), options+ (in words),
    terms+ (performance terms, where social clauses stand), criteria+ (selection criteria, one a line),
    additional_information+, documents_url*, submission_url*
A single lot has the notice's title and description. With repeated lots, `value` on the page is the notice's.

Reading is strict: what stands in the landmark, a row or a lot and is neither read nor ignored is told as unread, by
a name that stays the same ("row: p.note", "\"sagsbehandler\""). Runs are compared with it; see `notifier.coverage`.

What cannot be read for sure is left unknown, with a sentence in the notice's `flags`; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from notifier import amounts, clock, text
from notifier.errors import LandmarkMissing, ParseError
from notifier.lots import Criterion, Lot, LotKind, Notice, Organisation, Stage
from spiders.parsers import identity, markup, proof, unread, words
from spiders.parsers.fields import Pieces, Reading, Values, read_fields
from spiders.parsers.selectors import INHERITED, DetailSelectors, Imprint, ListSelectors, PageSelectors

_LETTER = re.compile(r"[^\W\d_]")  # what a title has, and a number, a date or a mark has not


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list page: the notice's key, where its page is, and the fields that the row shows already."""

    key: str
    url: str
    values: Values = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list page that was proven to be one. `problems` names rows that could not be told apart or followed."""

    rows: tuple[Row, ...]
    next_url: str = ""
    problems: tuple[str, ...] = ()
    # Places that nobody read, by the key of their row; "" for the page itself.
    unread: tuple[tuple[str, tuple[str, ...]], ...] = ()
    linked: tuple[str, ...] = ()  # where the page's links lead that are no row's own


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail page: the notice, and the places on it that nobody read."""

    notice: Notice
    unread: tuple[str, ...] = ()


# -- the list --------------------------------------------------------------------------------------------------


def parse_list(
    html: bytes | str, selectors: ListSelectors, url: str, charset: str = "", language: str = "da"
) -> ListPage:
    """The rows of a list page and the way to the next.

    LandmarkMissing where the landmark is not there (a redesign, a login, a cookie wall, a maintenance page), or
    where there is no row and nothing proves that there is none. ParseError where the page is cut off.
    """
    soup = markup.parse(html, url, charset)
    landmark = markup.landmark(soup, selectors.landmark, url)
    elements = soup.select(selectors.row)
    if not elements and not _proven_empty(soup, landmark, selectors, url):
        raise LandmarkMissing(
            f"the list has no row ({selectors.row}) and does not say that it is empty",
            where=url,
            remedy="if it is empty, put its own words for that under empty_text; else mend the selector of the row",
        )
    base = markup.base(soup, url)
    rows, problems = [], []
    left = [("", _left_of_list(soup, landmark, elements, selectors, unread.signs(soup, html, language)))]
    for number, element in enumerate(elements, start=1):
        row, places = _row(element, selectors, base)
        left.append((row.key, places))
        if (said := row.values.get("title", "")) and not _LETTER.search(said):
            problems.append(
                f'row {number} of {url} has "{said[:40]}" for a title: look at the page, mend the selectors'
            )
        elif row.key and (row.url or not selectors.link):
            rows.append(row)
        else:
            missing = "link" if selectors.link and not row.url else "case number"
            problems.append(f"row {number} of {url} has no {missing}: look at the page, mend [selectors.list]")
    own = {row.url for row in rows}
    linked = tuple(dict.fromkeys(url for url in markup.links(soup, base) if url not in own))
    return ListPage(tuple(rows), markup.link(soup, selectors.next, base), tuple(problems), tuple(left), linked)


def _left_of_list(
    soup: BeautifulSoup, landmark: Tag, rows: list[Tag], selectors: ListSelectors, signs: Iterable[str]
) -> tuple[str, ...]:
    """What nobody reads of a list page beside its rows, and what is odd about the page itself."""
    if rows and landmark in rows:
        return tuple(signs)
    onward = soup.select_one(selectors.next) if selectors.next else None
    read = {id(piece) for piece in markup.pieces(onward)} if onward else set()
    goes_on = () if onward else unread.goes_on(soup)
    ignored = replace(selectors.ignored, phrases=selectors.empty_text)
    data = unread.data_of_scripts(soup, ignored)
    return (*signs, *goes_on, *data, *unread.places(landmark, read, ignored, rows, "list"))


def _proven_empty(soup: BeautifulSoup, landmark: Tag, selectors: ListSelectors, url: str) -> bool:
    if proof.proven_empty(soup, landmark, selectors.empty_text, url):
        return True
    container = soup.select_one(selectors.container) if selectors.container else None
    if container is None or container.find(True) is not None or container.get_text(strip=True):
        return False
    # An element that a script fills looks just the same until the script has run.
    scripted = any(name.startswith(("data-", "ng-", "v-", "x-", "hx-")) for name in container.attrs)
    return not scripted and landmark.find(["script", "noscript", "template"]) is None


def _row(element: Tag, selectors: ListSelectors, base: str) -> tuple[Row, tuple[str, ...]]:
    read: Pieces = set()
    values, flags = read_fields(element, selectors.fields, base, read=read)
    url = markup.link(element, selectors.link, base)
    linked = element.select_one(selectors.link) if selectors.link else None
    if linked and "title" not in values:
        values["title"] = markup.text_of(linked)
    if linked:
        read.update(id(piece) for piece in markup.pieces(linked))
    left = unread.places(element, read, selectors.ignored, name="row")
    return Row(values.get("case", "") or _path(url), url, values, flags), left


def doubled(rows: Iterable[Row]) -> tuple[str, ...]:
    """Keys by which rows go that lead to different pages, or where they lead nowhere, say different things."""
    seen: dict[str, object] = {}
    return tuple(
        dict.fromkeys(
            row.key for row in rows if seen.setdefault(row.key, row.url or row.values) != (row.url or row.values)
        )
    )


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


# -- notices ---------------------------------------------------------------------------------------------------


def parse_detail(
    html: bytes | str, selectors: PageSelectors, row: Row, imprint: Imprint, url: str, charset: str = ""
) -> Notice:
    """The notice of `read_detail` alone."""
    return read_detail(html, selectors, row, imprint, url, charset).notice


def read_detail(
    html: bytes | str, selectors: PageSelectors, row: Row, imprint: Imprint, url: str, charset: str = ""
) -> Detail:
    """The notice on a detail page, with what the row of the list said where the page says nothing.

    LandmarkMissing where the page is not the one described, or lacks a field that is required; ParseError where it
    has no title or is cut off.
    """
    detail = selectors.detail or DetailSelectors(landmark="html")
    soup = markup.parse(html, url, charset)
    scope = markup.landmark(soup, detail.landmark, url)
    proof.check_wall(soup, url)
    base = markup.base(soup, url)
    elements = scope.select(detail.lot) if detail.lot else []
    read: Pieces = set()
    values, flags = read_fields(scope, detail.fields, base, elements, read)
    lots = [read_fields(element, detail.lot_fields, base, (), read) for element in elements]
    if not values and not any(own for own, _ in lots) and any(not one.const for one in detail.fields.values()):
        raise LandmarkMissing(
            "the page of the tender has none of the fields that are described",
            where=url,
            remedy="open it: after a redesign the selectors must follow; a login or maintenance page goes by itself",
        )
    key = row.key
    noted = [*row.flags, *flags, *(flag for _, found in lots for flag in found)]
    if "case" in detail.fields and "case" not in row.values:
        key = values.get("case") or row.key
        if not values.get("case"):
            noted.append("the page has no case number: the notice goes by its address instead")
    notice = _notice(key, {**row.values, **values}, [values for values, _ in lots], noted, selectors, imprint, url)
    notice = _named(notice, identity.of_element(scope, base))
    left = [*unread.signs(soup, html), *unread.places(scope, read, detail.ignored, elements)]
    for element in elements:
        left += unread.places(element, read, detail.ignored, name="lot")
    return Detail(notice, tuple(dict.fromkeys(left)))


def parse_row(row: Row, selectors: PageSelectors, imprint: Imprint, url: str) -> Notice:
    """The notice of a row, for sources without detail pages. ParseError where the row has no title."""
    notice = _notice(row.key, row.values, [], list(row.flags), selectors, imprint, row.url or url)
    return _named(notice, identity.of_links([row.url]))


def _named(notice: Notice, names: identity.Names) -> Notice:
    """The notice with what links to TED and udbud.dk say of which official one it is; the page's own words go first."""
    doubt = names.doubt
    if notice.publication_number and names.publication_number not in ("", notice.publication_number):
        doubt = f"the page names {notice.publication_number} and links to {names.publication_number}"
        names = identity.Names()
    return replace(
        notice,
        publication_number=notice.publication_number or names.publication_number,
        notice_id=names.notice_id,
        version=names.version,
        flags=(*notice.flags, doubt) if doubt else notice.flags,
    )


def _notice(
    key: str,
    values: Values,
    lots: list[dict[str, str]],
    flags: list[str],
    selectors: PageSelectors,
    imprint: Imprint,
    url: str,
) -> Notice:
    page = Reading(values, flags)
    title = page.line("title")
    if not title:
        raise ParseError(
            "the notice has no title", where=url, remedy="look at the page, mend the selector of the title"
        )
    if missing := [name for name in selectors.required if words.blank(values.get(name, ""))]:
        raise LandmarkMissing(
            f"the notice lacks {', '.join(missing)}, which the source's file calls required",
            where=url,
            remedy="look at the page: mend the selector, or take the field out of `required`",
        )
    cancelled, reason = _cancelled(page, selectors.cancelled_text)
    found = _lots(page, lots, selectors.stage, flags)
    if any(text.damaged(part) for part in (title, page.line("buyer"), *(lot.title for lot in found))):
        flags.append("letters were lost: the page's character set is not what it says")
    return Notice(
        source=imprint.source,
        key=key,
        stage=selectors.stage,
        title=title,
        url=url,
        language=imprint.language,
        description=text.clean(values.get("description")),
        buyers=(_buyer(page, selectors, imprint),),
        published=page.read("published", clock.parse_day),
        procedure_id=page.line("procedure_id"),
        publication_number=page.read("publication_number", _publication_number) or "",
        procedure_type=page.line("procedure_type"),
        value=page.read("value", amounts.parse_money) if lots else found[0].value,
        lots=found,
        cancelled=cancelled,
        cancel_reason=reason,
        flags=tuple(dict.fromkeys(flags)),
    )


def _publication_number(raw: str) -> str | None:
    match = re.search(r"(?<!\d)(\d{1,8}-(?:19|20)\d\d)(?!\d)", raw)
    return match[1] if match else None


def _cancelled(page: Reading, phrases: tuple[str, ...]) -> tuple[bool, str]:
    """Withdrawn or not, and the page's words for it. Prose is not searched: it tells of earlier tenders too."""
    for name in ("status", "title"):
        said = page.line(name)
        if any(phrase.casefold() in said.casefold() for phrase in phrases):
            return True, said
    return False, ""


def _buyer(page: Reading, selectors: PageSelectors, imprint: Imprint) -> Organisation:
    named = page.line("buyer")
    configured = selectors.buyer or imprint.publisher
    number = page.line("buyer_id") or (selectors.buyer_id if named in ("", configured) else "")
    return Organisation(named or configured, re.sub(r"\D", "", number), "DK")


def _lots(page: Reading, lots: list[dict[str, str]], stage: Stage, flags: list[str]) -> tuple[Lot, ...]:
    if not lots:
        return (_lot(page, "1", page.line("title"), stage),)
    inherited = {name: page.values[name] for name in INHERITED if name in page.values}
    found: dict[str, Lot] = {}
    for number, own in enumerate(lots, start=1):
        lot_id = text.clean_line(own.get("lot_id"), 40) or str(number)
        if lot_id in found:
            flags.append(f"two lots are numbered {lot_id}: the second goes by its place")
            lot_id = f"{lot_id}#{number}"
        reading = Reading({**inherited, **own}, flags, f"lot {lot_id}: ")
        found[lot_id] = _lot(reading, lot_id, reading.line("title") or page.line("title"), stage)
    return tuple(found.values())


def _lot(page: Reading, lot_id: str, title: str, stage: Stage) -> Lot:
    cpv = page.codes("cpv", words.cpv_codes)
    nuts = words.nuts_codes(page.values.get("nuts", ""))
    duration, options = _duration(page)
    reserved = page.read("reserved", words.reservation)
    return Lot(
        lot_id=lot_id,
        title=title,
        description=text.clean(page.values.get("description")),
        kind=LotKind.PART if stage is Stage.PLANNING else LotKind.LOT,
        nature=page.read("nature", lambda raw: words.nature(raw) or None) or "",
        cpv_main=cpv[0] if cpv else "",
        cpv_additional=cpv[1:],
        value=page.read("value", amounts.parse_money),
        nuts=nuts,
        place=page.line("place") or ("" if nuts else page.line("nuts")),
        duration=duration,
        start=page.read("start", clock.parse_day),
        end=page.read("end", clock.parse_day),
        renewal_text=text.clean(page.values.get("options")) or options,
        deadline=page.deadline("deadline"),
        participation_deadline=page.deadline("participation_deadline"),
        questions_deadline=page.deadline("questions_deadline"),
        reserved=reserved or (),
        reserved_execution=page.read("reserved_execution", words.yes_no),
        performance_terms=page.several("terms"),
        selection_criteria=tuple(Criterion("", line) for line in page.several("criteria")),
        additional_information=text.clean(page.values.get("additional_information")),
        documents_url=page.line("documents_url", 2000),
        submission_url=page.line("submission_url", 2000),
    )


def _duration(page: Reading) -> tuple[str, str]:
    raw = page.values.get("duration", "")
    length, options = words.duration(raw)
    if not length and not words.blank(raw):
        page.flag("duration")
    return length, options
