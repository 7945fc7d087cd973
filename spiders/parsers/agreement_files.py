"""Agreements out of a file that is no web page: which form it has, and the tables in it.

A file is known by its first bytes; what its header calls it only decides between kinds of text. A web page in a
file's place is a login or an error, whatever its status says.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from enum import StrEnum

from notifier import text
from notifier.errors import LandmarkMissing, ParseError
from spiders.parsers import agreement_rows, proof, sheets
from spiders.parsers.agreement_rows import AgreementTable, Row, RowSelectors
from spiders.parsers.selectors import Imprint
from spiders.parsers.sheets import Sheet

_MOST_TOLD = 5


class Form(StrEnum):
    """What a body is written in."""

    HTML = "html"
    CSV = "csv"
    WORKBOOK = "xlsx"
    PDF = "pdf"


_MARKUP = re.compile(rb"\s*<(?:!doctype|!--|html|head|body|\?xml|table|div|main|p\b)", re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def form(body: bytes, content_type: str = "", where: str = "") -> Form:
    """What a body is. ParseError where it is nothing that can be read, with what it seems to be instead."""
    called = content_type.partition(";")[0].strip().lower()
    if b"%PDF-" in body[:1024]:
        return Form.PDF
    if body.startswith(b"PK\x03\x04"):
        return Form.WORKBOOK
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        raise ParseError(
            "the file is an old Excel workbook (.xls), or one that is protected by a password",
            where=where,
            remedy="ask the publisher for an open .xlsx or .csv",
        )
    if _MARKUP.match(body.removeprefix(codecs.BOM_UTF8)) or called in ("text/html", "application/xhtml+xml"):
        return Form.HTML
    if not body.strip() or (b"\0" in body[:4096] and not body.startswith(_UTF_16)):
        what = "is empty" if not body.strip() else f"is neither text nor a file that can be read (called {called})"
        raise ParseError(f"the answer {what}", where=where, remedy="open the address and look")
    return Form.CSV


def known_headings(selectors: RowSelectors) -> sheets.Known:
    """How many headings of a row are known; none where the row is not about agreements."""

    def known(texts: Sequence[str]) -> int:
        head = agreement_rows.headings(texts, selectors)
        return len(head.columns) if head.of_agreements else 0

    return known


def read_sheets(
    found: Sequence[Sheet],
    selectors: RowSelectors,
    imprint: Imprint,
    url: str,
    empty_text: Sequence[str] = (),
    *,
    exact: bool = False,
) -> AgreementTable:
    """The agreements of a file's sheets.

    LandmarkMissing where no sheet has headings of agreements, or where there is no row beneath them and no cell
    says so in the words of `empty_text`.
    """
    read: list[AgreementTable] = []
    remarks: list[str] = []
    for sheet in found:
        rows = [
            Row(line.texts, _place(sheet, line, url), url, line.across, line.goes_on, line.flags)
            for line in sheet.lines
        ]
        tables = agreement_rows.read(rows, selectors, imprint, day_zero=sheet.day_zero, exact=exact)
        if not tables and len(rows) > 1:
            remarks.append(f"{sheet.name or 'the file'} was not read, its headings are not known: {_shown(rows[0])}")
        read += [*tables, AgreementTable((), remarks=sheet.remarks)]
    whole = agreement_rows.together([*read, AgreementTable((), remarks=tuple(remarks))])
    if not whole.agreements and not _says(found, empty_text):
        raise LandmarkMissing(
            "the file has no table of agreements" + (f" ({'; '.join(remarks[:_MOST_TOLD])})" if remarks else ""),
            where=url,
            remedy="open it: give its headings under [selectors.columns], or its words for an empty list",
        )
    return whole


def _place(sheet: Sheet, line: sheets.Line, url: str) -> str:
    within = f"{sheet.name}, {line.place}" if sheet.day_zero else line.place  # a PDF's place names its page
    return f"{within} of {url}"


def _shown(row: Row) -> str:
    return text.clean_line(" | ".join(row.filled), 120)


def _says(found: Sequence[Sheet], phrases: Sequence[str]) -> bool:
    return proof.says_wholly((cell for sheet in found for line in sheet.lines for cell in line.texts), phrases)
