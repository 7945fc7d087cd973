"""An HTML table of purchasing agreements into Agreements: who delivers what, until when.

    <table>
      <tr><th>Aftaleområde<th>Leverandør<th>Gyldig fra<th>Udløb<th>Option<th>Kontakt
      <tr><td>Rengøring<td>Firma ApS<td>01.01.2025<td>31.12.2026<td>2 x 12 mdr.<td>indkoeb@by.example
    </table>

Columns are known by their Danish or English headings, in any order. A heading that is not known is reported, not
guessed. The source's TOML, for a table on a page and for one in a file (CSV, XLSX, PDF):

    [selectors]
    landmark = "main#aftaler"                # must be on the page, or it is not the page: an alarm. Only where
                                             # `url` is the address of a file itself it may be left out
    table = "table.aftaler"                  # left out: every table inside the landmark
    file = "a[href$='.xlsx']"                # the table is not on the page but in the files that this leads to
    next = "a[rel=next]"                     # to the next page, where there is one
    empty_text = ["Ingen aftaler"]           # the site's own words for an empty list
    buyer = "Eksempel Kommune"               # else `publisher`
    buyer_id = "12345678"                    # its CVR number
    ignore = ["Bemærkninger"]                # headings that are known not to matter
    charset = "windows-1252"                 # of a CSV file that is read with wrong letters

    [selectors.columns]                      # this site's own headings, before the known ones
    "Hvad dækker aftalen" = "area"           # area, supplier, start, end, latest, period, options, contact, cpv,
                                             # cvr, value, id, buyer

Names and addresses of persons are not kept: a contact stays only where it is an office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from notifier import text
from notifier.errors import ConfigError, LandmarkMissing, Mistake
from spiders.parsers import agreement_rows, markup, proof, tables, unread
from spiders.parsers.agreement_rows import COLUMNS, AgreementTable, Row, RowSelectors
from spiders.parsers.selectors import Ignored, Imprint, Table


@dataclass(frozen=True, slots=True)
class AgreementSelectors(RowSelectors):
    """[selectors] of a source of kind "agreements"."""

    landmark: str = ""
    table: str = ""
    next: str = ""
    file: str = ""
    charset: str = ""
    empty_text: tuple[str, ...] = ()


def read_selectors(raw: Mapping[str, object], file: str = "") -> AgreementSelectors:
    """The checked selectors. ConfigError with every mistake in them; `file` is named in each."""
    mistakes: list[Mistake] = []
    keys = Table(raw, "selectors", file, mistakes)
    columns = keys.table("columns")
    own = {heading: columns.text(heading) for heading in columns.names()}
    selectors = AgreementSelectors(
        landmark=keys.css("landmark"),
        table=keys.css("table"),
        next=keys.css("next"),
        file=keys.css("file"),
        charset=_charset(keys),
        empty_text=keys.texts("empty_text"),
        buyer=keys.text("buyer"),
        buyer_id=keys.text("buyer_id"),
        ignore=frozenset(markup.normal(heading) for heading in keys.texts("ignore")),
        columns={markup.normal(heading): column for heading, column in own.items()},
    )
    for heading, column in own.items():
        if column not in COLUMNS:
            columns.mistake(heading, f'"{column}" is no column', f"write one of {', '.join(COLUMNS)}")
    keys.finish()
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return selectors


def _charset(keys: Table) -> str:
    charset = keys.text("charset")
    try:
        "æ".encode(charset or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        keys.mistake("charset", f'"{charset}" is no character set', 'write for example "windows-1252" or "cp850"')
    return charset


def files(html: bytes | str, selectors: AgreementSelectors, url: str, charset: str = "") -> tuple[str, ...]:
    """The addresses of the files that a page leads to. LandmarkMissing where its landmark or every link is missing."""
    soup = markup.parse(html, url, charset)
    markup.landmark(soup, selectors.landmark, url)
    start = markup.base(soup, url)
    links = [text.clean_url(markup.attribute(element, "href"), start) for element in soup.select(selectors.file)]
    if not any(links):
        raise LandmarkMissing(
            f"the page has no link to a file ({selectors.file})",
            where=url,
            remedy="open it: mend selectors.file; a login or maintenance page goes by itself",
        )
    return tuple(dict.fromkeys(link for link in links if link))


def parse_table(
    html: bytes | str,
    selectors: AgreementSelectors,
    imprint: Imprint,
    url: str,
    charset: str = "",
    language: str = "da",
) -> AgreementTable:
    """The agreements of a page.

    LandmarkMissing where the landmark is not there, where no table has a column for the area and one for the
    supplier or the end, or where the table is empty and nothing proves that it should be.
    """
    soup = markup.parse(html, url, charset)
    landmark = markup.landmark(soup, selectors.landmark, url)
    elements = soup.select(selectors.table) if selectors.table else landmark.find_all("table")
    of_elements = [agreement_rows.read(_rows(tables.grid(element), url), selectors, imprint) for element in elements]
    read = [found for of_element in of_elements for found in of_element]
    found = agreement_rows.together(read, markup.link(soup, selectors.next, markup.base(soup, url)))
    if not found.agreements and not proof.proven_empty(soup, landmark, selectors.empty_text, url):
        raise LandmarkMissing(
            "there is no agreement on the page" if read else "the page has no table of agreements",
            where=url,
            remedy="look at the page: give its headings under [selectors.columns], or its words for an empty list",
        )
    about = [element for element, of_element in zip(elements, of_elements, strict=True) if of_element]
    onward = soup.select(selectors.next) if selectors.next else []
    ignored = Ignored(phrases=selectors.empty_text)
    left = [*unread.data_of_scripts(soup, ignored), *unread.places(landmark, set(), ignored, [*about, *onward], "list")]
    goes_on = () if onward else unread.goes_on(soup)
    return replace(found, unread=(*unread.signs(soup, html, language), *goes_on, *left))


def _rows(grid: tables.Grid, url: str) -> Iterator[Row]:
    for number, cells in enumerate(grid):
        links = [markup.link(cell, "a[href]", url) for cell in cells]
        across = len(cells) > 1 and len({id(cell) for cell in cells}) == 1
        yield Row(tables.texts(cells), f"row {number} of {url}", url, across, links=links)
