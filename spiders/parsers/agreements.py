"""An HTML table of purchasing agreements into Agreements: who delivers what, until when.

    <table>
      <tr><th>Aftaleområde<th>Leverandør<th>Gyldig fra<th>Udløb<th>Option<th>Kontakt
      <tr><td>Rengøring<td>Firma ApS<td>01.01.2025<td>31.12.2026<td>2 x 12 mdr.<td>indkoeb@by.example
    </table>

Columns are known by their Danish or English headings, in any order. A heading that is not known is reported, not
guessed. The source's TOML:

    [selectors]
    landmark = "main#aftaler"                # must be on the page, or it is not the page: an alarm
    table = "table.aftaler"                  # left out: every table inside the landmark
    next = "a[rel=next]"                     # to the next page, where there is one
    empty_text = ["Ingen aftaler"]           # the site's own words for an empty list
    buyer = "Eksempel Kommune"               # else `publisher`
    buyer_id = "12345678"                    # its CVR number
    ignore = ["Bemærkninger"]                # headings that are known not to matter

    [selectors.columns]                      # this site's own headings, beside the known ones
    "Hvad dækker aftalen" = "area"           # area, supplier, start, end, period, options, contact, cpv, cvr,
                                             # value, id, buyer

Names and addresses of persons are not kept: a contact stays only where it is an office.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from notifier import amounts, clock, text
from notifier.errors import ConfigError, LandmarkMissing, Mistake
from notifier.lots import Agreement, Money, Organisation
from spiders.parsers import markup, tables, words
from spiders.parsers.offices import office
from spiders.parsers.selectors import Imprint, Table

_KNOWN = {
    "area": "aftaleområde|område|aftale|aftalen|aftalenavn|aftaletitel|titel|navn|indkøbsaftale|rammeaftale|kontrakt|"
    "ydelse|indkøbsområde|area|agreement|title|name|contract|subject",
    "supplier": "leverandør|leverandører|leverandørnavn|leverandørens navn|firma|supplier|suppliers|vendor|contractor",
    "start": "start|startdato|gyldig fra|fra|aftalestart|kontraktstart|ikrafttræden|ikrafttrædelse|begyndelse|"
    "start date|valid from|from|begins",
    "end": "udløb|udløber|udløbsdato|aftaleudløb|kontraktudløb|slut|slutdato|gyldig til|til|ophør|ophører|"
    "end|end date|expires|expiry|expiry date|valid to|valid until|to",
    "period": "periode|aftaleperiode|kontraktperiode|gyldighed|gyldighedsperiode|løbetid|period|validity|term",
    "options": "option|optioner|forlængelse|forlængelser|forlængelsesmulighed|forlængelsesmuligheder|"
    "mulighed for forlængelse|options|extension|extensions|renewal|renewals|option to extend",
    "contact": "kontakt|kontaktperson|kontaktoplysninger|kontraktansvarlig|aftaleansvarlig|ansvarlig|"
    "contact|contact person|responsible",
    "cpv": "cpv|cpv-kode|cpv-koder|cpv kode|cpv code|cpv codes",
    "cvr": "cvr|cvr-nr|cvr-nummer|cvr nr|cvr nummer|company number|company registration number",
    "value": "værdi|kontraktværdi|aftaleværdi|anslået værdi|kontraktsum|value|contract value|estimated value",
    "id": "id|nr|nummer|aftalenummer|aftalenr|aftale-id|kontraktnummer|kontraktnr|sagsnummer|sagsnr|"
    "agreement number|contract number|no|reference",
    "buyer": "ordregiver|forvaltning|indkøber|buyer|administration|department|contracting authority",
}
_HEADINGS = {heading: column for column, names in _KNOWN.items() for heading in names.split("|")}


@dataclass(frozen=True, slots=True)
class AgreementSelectors:
    """[selectors] of a source of kind "agreements"."""

    landmark: str
    table: str = ""
    next: str = ""
    empty_text: tuple[str, ...] = ()
    buyer: str = ""
    buyer_id: str = ""
    ignore: frozenset[str] = frozenset()
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """What a page holds. `unknown_headings` are columns that were left unread, `flags` rows that were."""

    agreements: tuple[Agreement, ...]
    unknown_headings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    next_url: str = ""


def read_selectors(raw: Mapping[str, object], file: str = "") -> AgreementSelectors:
    """The checked selectors. ConfigError with every mistake in them; `file` is named in each."""
    mistakes: list[Mistake] = []
    table = Table(raw, "selectors", file, mistakes)
    columns = table.table("columns")
    selectors = AgreementSelectors(
        landmark=table.css("landmark", needed=True),
        table=table.css("table"),
        next=table.css("next"),
        empty_text=table.texts("empty_text"),
        buyer=table.text("buyer"),
        buyer_id=table.text("buyer_id"),
        ignore=frozenset(markup.normal(heading) for heading in table.texts("ignore")),
        columns={markup.normal(heading): columns.text(heading) for heading in list(columns.raw)},
    )
    for heading, column in selectors.columns.items():
        if column not in _KNOWN:
            columns.mistake(heading, f'"{column}" is no column', f"write one of {', '.join(_KNOWN)}")
    table.end()
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return selectors


def parse_table(
    html: bytes | str, selectors: AgreementSelectors, imprint: Imprint, url: str, charset: str = ""
) -> AgreementTable:
    """The agreements of a page.

    LandmarkMissing where the landmark is not there, where no table has a column for the area and one for the
    supplier or the end, or where the table is empty and nothing proves that it should be.
    """
    soup = markup.parse(html, url, charset)
    landmark = markup.landmark(soup, selectors.landmark, url)
    elements = soup.select(selectors.table) if selectors.table else landmark.find_all("table")
    read = [found for element in elements if (found := _read(tables.grid(element), selectors, imprint, url))]
    agreements = _told_apart(agreement for table in read for agreement in table.agreements)
    if not agreements and not markup.says(landmark, selectors.empty_text):
        raise LandmarkMissing(
            "there is no agreement on the page" if read else "the page has no table of agreements",
            where=url,
            remedy="look at the page: give its headings under [selectors.columns], or its words for an empty list",
        )
    return AgreementTable(
        agreements,
        tuple(dict.fromkeys(heading for table in read for heading in table.unknown_headings)),
        tuple(flag for table in read for flag in table.flags),
        markup.link(soup, selectors.next, markup.base(soup, url)),
    )


def _read(grid: tables.Grid, selectors: AgreementSelectors, imprint: Imprint, url: str) -> AgreementTable | None:
    """One table of a page; None where it is about something else."""
    if not grid:
        return None
    headings = tables.texts(grid[0])
    columns, unknown = _columns(headings, selectors)
    if "area" not in columns or not columns.keys() & {"supplier", "end", "period"}:
        return None
    found: list[Agreement] = []
    flags: list[str] = []
    for number, cells in enumerate(grid[1:], start=1):
        texts = dict(zip(range(len(headings)), tables.texts(cells), strict=False))
        said = {column: texts.get(at, "") for column, at in columns.items()}
        if len({id(cell) for cell in cells}) == 1 and len(headings) > 1:
            continue  # a subtitle across the table
        if text.clean_line(said["area"]):
            link = markup.link(cells[columns["area"]], "a[href]", url)
            value_heading = headings[columns["value"]] if "value" in columns else ""
            found.append(_agreement(said, value_heading, selectors, imprint, link or url))
        elif any(texts.values()):
            flags.append(f"row {number} of {url} names no area: it was left out")
    return AgreementTable(tuple(found), tuple(unknown), tuple(flags))


def _columns(headings: list[str], selectors: AgreementSelectors) -> tuple[dict[str, int], list[str]]:
    """Which column holds what, and the headings that nothing is known of."""
    columns: dict[str, int] = {}
    unknown: list[str] = []
    for at, heading in enumerate(headings):
        name = markup.normal(heading)
        bare = markup.normal(re.sub(r"\([^)]*\)", "", heading))  # "Værdi (kr.)"
        column = selectors.columns.get(name) or _HEADINGS.get(name) or _HEADINGS.get(bare)
        if column and column not in columns:
            columns[column] = at
        elif name and name not in selectors.ignore:
            unknown.append(text.clean_line(heading, 80))
    return columns, unknown


def _options(raw: str) -> str:
    """The options in the source's words; "ingen" is one of them, and says more than nothing."""
    none = raw.strip().casefold().rstrip(".") in ("ingen", "nej", "none", "no")
    return text.clean_line(raw, 1000) if none or not words.blank(raw) else ""


def _agreement(
    said: Mapping[str, str], value_heading: str, selectors: AgreementSelectors, imprint: Imprint, url: str
) -> Agreement:
    flags: list[str] = []
    area, supplier, named = (text.clean_line(said.get(name)) for name in ("area", "supplier", "buyer"))
    buyer = Organisation(named or selectors.buyer or imprint.publisher, "" if named else selectors.buyer_id, "DK")
    start, end = _period(said, flags)
    options = _options(said.get("options", ""))
    if text.damaged(area + supplier):
        flags.append("letters were lost: the page's character set is not what it says")
    return Agreement(
        source=imprint.source,
        key=words.slug(said.get("id", "")) or words.slug(f"{area} {supplier} {buyer.name}"),
        title=area,
        supplier=Organisation(supplier, re.sub(r"\D", "", said.get("cvr", ""))),
        buyer=buyer,
        start=start,
        end=end,
        latest_end=_latest(end, options, flags),
        options=options,
        contact=office(said.get("contact", "")),
        cpv=words.cpv_codes(said.get("cpv", "")),
        value=_value(said.get("value", ""), value_heading, flags),
        url=url,
        flags=tuple(flags),
    )


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


def _period(said: Mapping[str, str], flags: list[str]) -> tuple[dt.date | None, dt.date | None]:
    """First and last day. A cell "01.01.2025 - 31.12.2026" holds both."""
    if "period" in said and not (said.get("start") or said.get("end")):
        parts = [part for part in re.split(r"\s[-–—]\s|\btil\b|\bto\b|[–—]", said["period"]) if part.strip()]
        days = [clock.parse_day(part) for part in parts]
        if len(days) == 2 and days[0] and days[1] and days[0] <= days[1]:
            return days[0], days[1]
        if not words.blank(said["period"]):
            flags.append(f'the period could not be read: "{text.clean_line(said["period"], 80)}"')
        return None, None
    start, end = _day(said, "start", flags), _day(said, "end", flags)
    if start and end and start > end:
        flags.append(f"it ends ({end}) before it starts ({start}): both are left unknown")
        return None, None
    return start, end


def _day(said: Mapping[str, str], name: str, flags: list[str]) -> dt.date | None:
    raw = said.get(name, "")
    day = clock.parse_day(raw)
    if day is None and not words.blank(raw):
        flags.append(f'the {name} could not be read: "{text.clean_line(raw, 80)}"')
    return day


def _latest(end: dt.date | None, options: str, flags: list[str]) -> dt.date | None:
    if end is None:
        return None
    latest = words.latest_end(end, options)
    if latest is None:
        flags.append(f'how far it can be extended could not be read: "{text.clean_line(options, 120)}"')
    return latest


def _value(raw: str, heading: str, flags: list[str]) -> Money | None:
    """The amount in a cell; its currency, or that VAT is in it, may stand in the heading alone."""
    if words.blank(raw):
        return None
    unit = re.search(r"\b(kr|dkk|eur|euro)\b", heading, re.IGNORECASE)
    without_vat = amounts.parse_money(f"1 kr. {heading}") is not None
    money = amounts.parse_money(raw) or (amounts.parse_money(f"{raw} {unit[1]}") if unit else None)
    if money is None or not without_vat:
        flags.append(f'the value could not be read: "{text.clean_line(raw, 80)}"')
        return None
    return money
