"""Rows of a table of purchasing agreements into Agreements, wherever the table came from: a page, a sheet, a PDF.

Columns are known by their Danish or English headings, in any order. A heading that is not known is reported, not
guessed. Names and addresses of persons are not kept: a contact stays only where it is an office.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from notifier import text
from notifier.lots import Agreement, Organisation
from spiders.parsers import agreement_terms as terms
from spiders.parsers import markup, words
from spiders.parsers.offices import office
from spiders.parsers.selectors import Imprint

COLUMNS = {
    "area": "aftaleområde|område|aftale|aftalen|aftalenavn|aftalens navn|aftaletitel|aftalens titel|titel|navn|"
    "indkøbsaftale|rammeaftale|kontrakt|kontraktnavn|kontrakttitel|ydelse|ydelser|vareområde|indkøbsområde|"
    "kontraktområde|fagområde|produktområde|emne|genstand|aftaleemne|aftaleområder|aftalebetegnelse|ydelsesområde|"
    "area|agreement|agreement name|title|name|contract|contract title|subject|description",
    "supplier": "leverandør|leverandører|leverandør/leverandører|leverandør(er)|leverandørnavn|leverandørens navn|"
    "aftaleleverandør|leverandør navn|valgt leverandør|kontrakthaver|kontrahent|awarded supplier|kontraktpart|"
    "aftalepart|firma|virksomhed|supplier|suppliers|supplier name|vendor|contractor",
    "start": "start|startdato|start dato|gyldig fra|gældende fra|gælder fra|fra|fra dato|aftalestart|"
    "kontraktstart|kontraktens start|ikrafttræden|ikrafttrædelse|ikrafttrædelsesdato|begyndelse|aftalens start|"
    "start date|valid from|from|begins|commencement|contract start",
    "end": "udløb|udløber|udløbsdato|udløbs dato|aftaleudløb|aftalens udløb|kontraktudløb|kontraktens udløb|slut|"
    "slutdato|slut dato|gyldig til|gældende til|gælder til|til|til dato|ophør|ophører|ophørsdato|aftaleslut|"
    "kontraktslut|udløb den|udløber den|gyldig til og med|gyldig t.o.m|gælder til og med|til og med|løber til|end|"
    "end date|expires|expiry|expiry date|expiration date|valid to|valid until|to|contract end",
    "latest": "maks. udløb|maks udløb|maksimal udløb|seneste udløb|senest udløb|senest mulige udløb|"
    "seneste udløbsdato|seneste mulige udløb|endeligt udløb|endelig udløbsdato|maksimalt udløb|latest end|"
    "latest end date|final expiry",
    "period": "periode|aftaleperiode|aftalens periode|kontraktperiode|gyldighed|gyldighedsperiode|løbetid|"
    "aftalens løbetid|period|validity|term|contract period",
    "options": "optionsperiode|extension option|option år|option|optioner|option(er)|forlængelse|forlængelser|"
    "forlængelsesmulighed|forlængelsesmuligheder|forlængelsesoption|forlængelsesoptioner|mulighed for forlængelse|"
    "option på forlængelse|option for forlængelse|optioner på forlængelse|kan forlænges|forlænges|options|"
    "extension|extensions|renewal|renewals|option to extend|extension options",
    "contact": "kontaktperson hos kommunen|kontaktperson i kommunen|kontakt i kommunen|kontakt|kontaktperson|"
    "kontaktpersoner|kontaktoplysninger|kontraktansvarlig|aftaleansvarlig|ansvarlig|indkøbskonsulent|"
    "udbudskonsulent|indkøbsansvarlig|contact|contact person|responsible",
    "cpv": "cpv|cpv-kode|cpv-koder|cpv kode|cpv koder|cpv-nr|cpv code|cpv codes",
    "cvr": "cvr.nr|leverandør cvr-nr|cvr|cvr-nr|cvr-nummer|cvr nr|cvrnr|cvr nummer|leverandør cvr|"
    "leverandørens cvr|leverandørens cvr-nr|leverandørens cvr-nummer|company number|company registration number",
    "value": "anslået kontraktværdi|kontraktværdi ekskl. moms|værdi ekskl. moms|værdi|kontraktværdi|aftaleværdi|"
    "anslået værdi|kontraktsum|kontraktbeløb|value|contract value|estimated value",
    "id": "id|nr|nummer|aftalenummer|aftalenr|aftale nr|aftale-nr|aftale-id|aftaleid|kontraktnummer|kontraktnr|"
    "kontrakt nr|kontrakt-id|sagsnummer|sagsnr|sags-nr|journalnr|journalnummer|contract no|agreement number|"
    "contract number|no|reference",
    "buyer": "ordregiver|ansvarlig forvaltning|forvaltning|indkøber|køber|buyer|administration|department|"
    "contracting authority",
}
_HEADINGS = {heading: column for column, names in COLUMNS.items() for heading in names.split("|")}


@dataclass(frozen=True, slots=True)
class RowSelectors:
    """What a source's TOML says of its rows, whatever the table is written in."""

    buyer: str = ""
    buyer_id: str = ""
    ignore: frozenset[str] = frozenset()  # headings that are known not to matter, as `markup.normal` has them
    columns: Mapping[str, str] = field(default_factory=dict)  # own heading, as `markup.normal` has it -> column


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is an agreement and cannot be read. `names` are what its key would be made of, () where nothing is."""

    what: str
    names: tuple[str, ...] = ()

    def may_be(self, key: str) -> bool:
        """Whether the agreement of that key may be the one that stands in this row.

        >>> LeftOut("", ("ren-aps",)).may_be("vask-ren-aps-by"), LeftOut("", ("ren",)).may_be("rengoering-kok-by")
        (True, False)
        """
        found = sum(f"-{name}-" in f"-{key}-" for name in self.names)
        return bool(self.names) and found >= min(2, len(self.names))


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """What a document holds.

    `unknown_headings` are columns that were left unread, `left_out` rows that were. `asides` are rows that name neither
    a supplier nor a day (subtitles, sums, footnotes), in their own words. `remarks` tell what was left out knowingly.
    """

    agreements: tuple[Agreement, ...]
    unknown_headings: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    next_url: str = ""
    asides: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # places of the page beside the tables that nobody read; see `spiders.parsers.unread`


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, headings and titles included. `place` names it for people ("row 7 of https://…")."""

    texts: Sequence[str]
    place: str
    url: str  # where a reader finds it
    across: bool = False  # one cell across the whole table: a title, not an agreement
    goes_on: bool = False  # the first of a page that goes on with the table of the page before
    flags: tuple[str, ...] = ()
    links: Sequence[str] = ()  # where the cells lead to, "" where nowhere

    @property
    def filled(self) -> list[str]:
        """The cells in which something stands, each on one line."""
        return [said for cell in self.texts if (said := text.clean_line(cell))]


_BARE_LENGTH = re.compile(r"\d[\d\s+x×*]*")  # "24", "1 + 1": the heading says of what, "Option (mdr.)"
_UNIT = re.compile(r"\((mdr|måneder|år|months|years)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headings:
    """The row of headings, understood. `columns` says at which place which column stands."""

    texts: Sequence[str]
    columns: Mapping[str, int]
    unknown: tuple[str, ...]

    @property
    def of_agreements(self) -> bool:
        """Whether the table is about agreements at all: an area, and who delivers it or until when."""
        return "area" in self.columns and bool(self.columns.keys() & {"supplier", "end", "latest", "period"})

    def said(self, row: Row) -> dict[str, str]:
        """What stands in a row, by column."""
        said = {column: row.texts[at] if at < len(row.texts) else "" for column, at in self.columns.items()}
        options = said.get("options", "").strip()
        unit = _UNIT.search(self.texts[self.columns["options"]]) if _BARE_LENGTH.fullmatch(options) else None
        return said | {"options": f"{options} {unit[1]}"} if unit and not words.blank(options) else said

    def link(self, row: Row) -> str:
        """Where a reader finds the agreement of a row: behind its name, else where the table is."""
        at = self.columns["area"]
        return (row.links[at] if at < len(row.links) else "") or row.url


def headings(texts: Sequence[str], selectors: RowSelectors) -> Headings:
    """Which column holds what, and the headings that nothing is known of. The source's own words go first."""
    columns: dict[str, int] = {}
    names = [markup.normal(heading) for heading in texts]
    for known in (selectors.columns.get, _known):
        for at, name in enumerate(names):
            column = "" if name in selectors.ignore or at in columns.values() else known(name)
            if column and column not in columns:
                columns[column] = at
    unknown = (
        text.clean_line(texts[at], 80)
        for at, name in enumerate(names)
        if name and at not in columns.values() and name not in selectors.ignore
    )
    return Headings(texts, columns, tuple(dict.fromkeys(unknown)))


def _known(name: str) -> str:
    """The column that a heading stands for; what is in parentheses must not change it: "Værdi (kr.)"."""
    if name in _HEADINGS:
        return _HEADINGS[name]
    named = _BESIDE_OPTIONS.fullmatch(name)
    if named:  # "Udløb (inkl. optioner)" is another day than "Udløb"
        day = _HEADINGS.get(markup.normal(named["day"]), "")
        return "" if day not in ("end", "latest") else "latest" if named["joined"] else day
    whose = _WHOSE.fullmatch(name)
    if whose and (column := _HEADINGS.get(markup.normal(whose["what"]), "")) in ("start", "end"):
        return column
    column = _HEADINGS.get(markup.normal(re.sub(r"\([^)]*\)", "", name)), "")
    return "" if column in ("end", "period") and _OF_OPTIONS.search(name) else column


# "Kontraktens slutdato", "Aftale start", "Aftaleperiode fra", "Contract end date": of what a day is the day.
_WHOSE = re.compile(
    r"(?:(?:ramme)?aftale(?:ns?|periode)?|kontrakt(?:ens|en|periode)?|periode|contract|agreement)\s*[-:]?\s*(?P<what>.+)"
)
_OF_OPTIONS = re.compile(r"option|forlæng|exten|renew", re.IGNORECASE)
_BESIDE_OPTIONS = re.compile(
    r"(?P<day>[\w\s]+?)[\s,(]+(?:(?P<joined>ink(?:l|lusive)|inc(?:l|luding)|med|with)|eks(?:kl|klusive)|ex(?:cl|cluding)|"
    r"uden|without)\b\.?\s+(?:alle\s+|all\s+|evt\.?\s+)?"
    r"(?:option(?:er|s)?|forlængelser?|forlængelsesmulighed(?:er)?|extensions?|renewals?)\W*",
    re.IGNORECASE,
)


def read(
    rows: Iterable[Row],
    selectors: RowSelectors,
    imprint: Imprint,
    *,
    day_zero: dt.date | None = None,
    exact: bool = False,
) -> list[AgreementTable]:
    """The agreements in the rows of one table or sheet, empty where it is about something else.

    What stands above the headings is a title. Headings that come again are those of the next page; other ones
    begin another table. `day_zero` is the day from which numbers count days, where a spreadsheet has one. `exact`
    refuses rows that are wider than their headings: a separator inside a text has moved what stands behind it.
    """
    tables: list[tuple[Headings, list[Row]]] = []
    at, waiting, goes_on = 0, list(rows), False
    while at < len(waiting):
        row, (head, height) = waiting[at], _head(waiting[at : at + 2], selectors)
        if head is None:
            if tables:  # what stands above the first headings is a title
                tables[-1][1].append(replace(row, goes_on=row.goes_on or goes_on))
            goes_on = False
        else:
            goes_on = row.goes_on  # behind headings that come again
            if not tables or tables[-1][0].columns != head.columns or tables[-1][0].unknown != head.unknown:
                if tables and not tables[-1][1]:
                    tables.pop()  # the upper line of headings that span several columns
                tables.append((head, []))
        at += height
    return [_table(head, _joined(head, own), selectors, imprint, day_zero, exact) for head, own in tables]


def _head(rows: Sequence[Row], selectors: RowSelectors) -> tuple[Headings | None, int]:
    """The headings that begin here, and over how many rows; (None, 1) where a row is none."""
    if rows[0].across:
        return None, 1
    first = headings(rows[0].texts, selectors)
    if first.columns and len(rows) > 1 and not rows[1].across:
        below = headings(rows[1].texts, selectors)
        if below.columns and not below.unknown and not below.of_agreements:
            both = headings(_over(rows[0].texts, rows[1].texts), selectors)
            if both.of_agreements and len(both.columns) > len(first.columns):
                return both, 2
    return (first, 1) if first.of_agreements else (None, 1)


def _over(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    return [low if low.strip() else high for high, low in zip(*_alike(upper, lower), strict=True)]


# Where one of these is filled, a row is one of its own and not the rest of the row before.
_WHOLE = ("area", "start", "end", "latest", "period", "id", "cvr")


def _joined(head: Headings, rows: Iterable[Row]) -> list[Row]:
    """The rows, with those put together that a page break has cut in two."""
    found: list[Row] = []
    for row in rows:
        said = head.said(row)
        if not row.goes_on or not found or not row.filled:
            found.append(row)
        elif not any(said.get(column, "").strip() for column in _WHOLE):
            pairs = zip(*_alike(found[-1].texts, row.texts), strict=True)
            texts = [f"{upper} {lower}".strip() for upper, lower in pairs]
            found[-1] = replace(found[-1], texts=texts)
        else:
            if len(row.filled) == 1:  # a subtitle, or the rest of a title: nobody can tell
                doubt = f'it stands at the foot of a page, and "{row.filled[0][:80]}" above the next may belong to it'
                found[-1] = replace(found[-1], flags=(*found[-1].flags, doubt))
            found.append(row)
    return found


def _alike(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    width = max(len(one), len(other))
    return [*one, *[""] * (width - len(one))], [*other, *[""] * (width - len(other))]


def _table(
    head: Headings,
    rows: Sequence[Row],
    selectors: RowSelectors,
    imprint: Imprint,
    day_zero: dt.date | None,
    exact: bool,
) -> AgreementTable:
    """The agreements beneath one row of headings."""
    found: list[Agreement] = []
    left_out: list[LeftOut] = []
    asides: list[str] = []
    value_heading = head.texts[head.columns["value"]] if "value" in head.columns else ""
    spoken = [(row, head.said(row)) for row in rows if row.filled and not row.across]
    numbered = _only_numbered([said.get("id", "") for row, said in spoken if len(row.filled) > 1])
    for row, said in spoken:
        if exact and any(cell.strip() for cell in row.texts[len(head.texts) :]):
            what = f"{row.place} has more cells than there are headings: it was left out"
            slugs = (words.slug(cell) for cell in row.filled)
            left_out.append(LeftOut(what, tuple(dict.fromkeys(one for one in slugs if re.search(r"[a-z]", one)))))
        elif not any(said.get(column, "").strip() for column in ("supplier", "start", "end", "latest", "period")):
            asides.append(text.clean_line(" ".join(row.filled), 80))
        elif not text.clean_line(said["area"]):
            name = words.slug("" if numbered else said.get("id", "")) or words.slug(_supplier(said).name)
            left_out.append(LeftOut(f"{row.place} names no area: it was left out", (name,) if name else ()))
        else:
            known = said | {"id": ""} if numbered else said
            linked = replace(row, url=head.link(row))
            found.append(_agreement(known, value_heading, selectors, imprint, linked, day_zero))
    unknown = (*head.unknown, *_nameless(head, [row for row, _ in spoken], exact))
    return AgreementTable(tuple(found), unknown, tuple(left_out), asides=tuple(asides))


def _nameless(head: Headings, rows: Sequence[Row], exact: bool) -> Iterator[str]:
    """Columns without a heading in which something stands; where `exact`, those beyond the headings are no columns."""
    width = len(head.texts) if exact else max((len(row.texts) for row in rows), default=0)
    for at in range(width):
        named = at < len(head.texts) and head.texts[at].strip()
        if (
            not named
            and at not in head.columns.values()
            and any(row.texts[at : at + 1] and row.texts[at].strip() for row in rows)
        ):
            yield f"column {at + 1}, which has no heading"


def _only_numbered(ids: Sequence[str]) -> bool:
    """Whether a column only counts the rows: such a number names another agreement as soon as a row is put in."""
    numbers = [int(id) for raw in ids if re.fullmatch(r"\d{1,3}\.?", id := raw.strip()) and (id := id.rstrip("."))]
    filled = [raw for raw in ids if raw.strip()]
    counting = all(after == before + 1 for before, after in itertools.pairwise(numbers))
    return bool(filled) and len(numbers) == len(filled) and counting


def together(tables: Sequence[AgreementTable], next_url: str = "") -> AgreementTable:
    """Several tables of one document as one, each agreement with a key of its own."""
    return AgreementTable(
        _told_apart(agreement for one in tables for agreement in one.agreements),
        tuple(dict.fromkeys(heading for one in tables for heading in one.unknown_headings)),
        tuple(row for one in tables for row in one.left_out),
        next_url,
        tuple(dict.fromkeys(aside for one in tables for aside in one.asides)),
        tuple(dict.fromkeys(remark for one in tables for remark in one.remarks)),
    )


_CVR = re.compile(r"[\s,(]*\bCVR(?:[-.\s]*(?:nr|nummer))?[.:\s]*(\d(?:\s?\d){7})(?!\d)[\s)]*", re.IGNORECASE)


def _agreement(
    said: Mapping[str, str],
    value_heading: str,
    selectors: RowSelectors,
    imprint: Imprint,
    row: Row,
    day_zero: dt.date | None,
) -> Agreement:
    flags = list(row.flags)
    area, named = (text.clean_line(said.get(name)) for name in ("area", "buyer"))
    supplier = _supplier(said)
    buyer = Organisation(named or selectors.buyer or imprint.publisher, "" if named else selectors.buyer_id, "DK")
    term = terms.term(said, day_zero)
    if text.damaged(area + supplier.name):
        flags.append("letters were lost: the page's character set is not what it says")
    return Agreement(
        source=imprint.source,
        key=words.slug(said.get("id", "")) or words.slug(f"{area} {supplier.name} {buyer.name}"),
        title=area,
        supplier=supplier,
        buyer=buyer,
        start=term.start,
        end=term.end,
        latest_end=term.latest,
        options=term.options,
        contact=office(said.get("contact", "")),
        cpv=_cpv(said.get("cpv", ""), flags),
        value=terms.value(said.get("value", ""), value_heading, flags),
        url=row.url,
        flags=(*flags, *term.flags),
    )


def _supplier(said: Mapping[str, str]) -> Organisation:
    """Who delivers; several on lines of their own are joined by commas. A CVR number may stand beside the name."""
    raw = ", ".join(line.strip(" ,;") for line in text.clean(said.get("supplier", "")).splitlines() if line.strip())
    beside = _CVR.findall(raw)
    number = re.sub(r"\D", "", said.get("cvr", "") or (beside[0] if len(beside) == 1 else ""))
    return Organisation(text.clean_line(_CVR.sub(" ", raw) if len(beside) == 1 else raw), number)


def _cpv(raw: str, flags: list[str]) -> tuple[str, ...]:
    codes = words.cpv_codes(raw)
    if not codes and not words.blank(raw):
        flags.append(f'the CPV codes could not be read: "{text.clean_line(raw, 80)}"')
    return codes


def _told_apart(agreements: Iterable[Agreement]) -> tuple[Agreement, ...]:
    """A second agreement of the same area and supplier gets a key of its own, by its start."""
    found: dict[str, Agreement] = {}
    for agreement in agreements:
        key = agreement.key
        if key in found and agreement.start:
            key = f"{key}-{agreement.start}"
        while key in found:
            key += "-2"
        found[key] = replace(agreement, key=key)
    return tuple(found.values())
