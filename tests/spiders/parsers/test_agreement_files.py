"""Agreements in CSV, XLSX and PDF files, by saved examples and by what must be refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from notifier.errors import LandmarkMissing, ParseError
from spiders.parsers import agreement_files, agreement_rows, sheets
from spiders.parsers.agreement_files import Form
from spiders.parsers.agreement_rows import AgreementTable
from spiders.parsers.agreements import AgreementSelectors, read_selectors
from spiders.parsers.pdf import read_pdf
from spiders.parsers.selectors import Imprint
from tests.spiders.parsers import golden
from tests.spiders.parsers.papers import Drawing, pdf, saved

IMPRINT = Imprint("aftaler", "Eksempel Kommune")
URL = "https://by.example/media/aftaler"
HEAD = "Område;Leverandør;Start;Udløb;Option\n"


PLAIN = AgreementSelectors()


def read(
    body: bytes | str, selectors: AgreementSelectors = PLAIN, content_type: str = "", url: str = URL
) -> AgreementTable:
    """What the spider does with a file, in this process."""
    body = body.encode() if isinstance(body, str) else body
    form = agreement_files.form(body, content_type, url)
    if form is Form.CSV:
        found = [sheets.read_csv(body, selectors.charset, agreement_files.known_headings(selectors))]
    else:
        found = read_pdf(body) if form is Form.PDF else sheets.read_workbook(body)
    return agreement_files.read_sheets(found, selectors, IMPRINT, url, selectors.empty_text, exact=form is Form.CSV)


@pytest.mark.parametrize("case", golden.cases("agreement-files"), ids=lambda case: case.name)
def test_a_saved_file_reads_as_expected(case: Path) -> None:
    meta = golden.meta(case)
    body = next(case.glob("page.*")).read_bytes()
    golden.compare(case, read(body, read_selectors(meta["selectors"]), meta["content_type"], meta["url"]))


# -- separated values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_charsets_are_found_out(separator: str, charset: str) -> None:
    written = "Område;Leverandør;Udløb\r\nKørsel;Bus A/S;31.12.2026\r\n".replace(";", separator)
    (agreement,) = read(written.encode(charset)).agreements
    assert (agreement.title, agreement.supplier.name, str(agreement.end)) == ("Kørsel", "Bus A/S", "2026-12-31")


def test_a_decimal_comma_does_not_make_the_comma_the_separator() -> None:
    table = read("Område;Leverandør;Værdi (kr.)\nMad, drikke;Køkken A/S, Byen;1.250.000,50\n")
    assert [(a.title, a.supplier.name, str(a.value.amount)) for a in table.agreements if a.value] == [
        ("Mad, drikke", "Køkken A/S, Byen", "1250000.50")
    ]


def test_a_charset_that_nothing_tells_can_be_configured() -> None:
    body = "Område;Leverandør;Udløb\nKørsel;Bus;31.12.2026\n".encode("cp850")
    with pytest.raises(LandmarkMissing, match="no table of agreements"):
        read(body)
    assert read(body, read_selectors({"charset": "cp850"})).agreements[0].title == "Kørsel"


def test_a_line_that_names_the_separator_is_obeyed() -> None:
    assert read("sep=,\r\nOmråde,Leverandør\r\nVask,Ren\r\n").agreements[0].supplier.name == "Ren"


def test_a_row_that_is_wider_than_its_headings_is_left_out_and_told() -> None:
    table = read("Område,Leverandør,Udløb\nVask,Ren, Vask og Co,31.12.2026\nMad,Kok,31.12.2026\n")
    assert [agreement.title for agreement in table.agreements] == ["Mad"]
    (row,) = table.left_out
    assert row.what == f"line 2 of {URL} has more cells than there are headings: it was left out"
    assert row.may_be("vask-ren-eksempel-kommune")
    assert not row.may_be("mad-kok-eksempel-kommune")


def test_quotation_marks_that_do_not_match_are_refused() -> None:
    with pytest.raises(ParseError, match="line 2 on"):
        read(HEAD + 'Vask;"Ren;01.01.2025;31.12.2026;\nMad;Kok;01.01.2025;31.12.2026;\n')


def test_a_number_of_days_is_unknown_where_no_workbook_says_from_when() -> None:
    (agreement,) = read(HEAD + "Vask;Ren;;46387;\n").agreements
    assert agreement.end is None
    assert "counts days from a day that the file does not tell" in agreement.flags[0]


# -- rows ------------------------------------------------------------------------------------------------------


def one(head: str, row: str) -> tuple[str, str, str]:
    (agreement,) = read(f"Område;Leverandør;{head}\nVask;Ren;{row}\n").agreements
    start, end, latest = (str(day or "") for day in (agreement.start, agreement.end, agreement.latest_end))
    return start, end, latest


@pytest.mark.parametrize(
    ("head", "row", "term"),
    [
        ("Udløb;Option", "31.12.2026;2 x 12 mdr.", ("", "2026-12-31", "2028-12-31")),
        ("Udløb;Option", "31.12.2026;", ("", "2026-12-31", "2026-12-31")),
        ("Udløb", "31.12.2026", ("", "2026-12-31", "")),  # nothing speaks of options
        ("Udløb;Option (mdr.)", "31.12.2026;24", ("", "2026-12-31", "2028-12-31")),
        ("Udløb;Option (mdr.)", "31.12.2026;0", ("", "2026-12-31", "2026-12-31")),
        ("Udløb", "31.12.2026 (2 x 12 mdr.)", ("", "2026-12-31", "2028-12-31")),
        ("Udløb", "31.12.2028 inkl. optioner", ("", "", "2028-12-31")),
        ("Udløb (inkl. optioner)", "31.12.2028", ("", "", "2028-12-31")),
        ("Udløb;Udløb inkl. option", "31.12.2026;31.12.2028", ("", "2026-12-31", "2028-12-31")),
        ("Udløb;Seneste udløb", "31.12.2026;31.12.2025", ("", "2026-12-31", "")),
        ("Periode", "01.01.2025-31.12.2026", ("2025-01-01", "2026-12-31", "")),
        ("Periode", "01-01-2025-31-12-2026", ("2025-01-01", "2026-12-31", "")),
        ("Periode", "1. januar 2025-31. december 2026", ("2025-01-01", "2026-12-31", "")),
        ("Periode", "1/1 2025 til og med 31/12 2026 + 1 års option", ("2025-01-01", "2026-12-31", "2027-12-31")),
        ("Periode", "til 31.12.2026", ("", "2026-12-31", "")),
        ("Periode", "2025-2026", ("", "", "")),
        ("Start;Udløb", "01.01.2027;31.12.2026", ("", "", "")),
    ],
)
def test_terms(head: str, row: str, term: tuple[str, str, str]) -> None:
    assert one(head, row) == term


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("Udløb", "31.12.26"),
        ("Udløb", "uge 12 2026"),
        ("Udløb", "forventet 31.12.2026"),
        ("Periode", "marts 2025 - februar 2027"),
        ("CPV", "9091"),
        ("Værdi", "1.250.000"),
    ],
)
def test_what_is_not_sure_is_flagged(head: str, cell: str) -> None:
    (agreement,) = read(f"Område;Leverandør;{head}\nVask;Ren;{cell}\n").agreements
    assert len(agreement.flags) == 1
    assert cell in agreement.flags[0]


def test_options_that_make_another_day_than_the_one_that_is_named_are_flagged() -> None:
    (agreement,) = read("Område;Udløb;Option;Seneste udløb\nVask;31.12.2026;12 mdr.;31.12.2028\n").agreements
    assert str(agreement.latest_end) == "2028-12-31"
    assert agreement.flags == ('its options make 2027-12-31, not 2028-12-31: "12 mdr."',)


def test_the_sources_own_headings_go_before_the_known_ones_and_ignored_ones_are_none() -> None:
    csv = "Område;Aftale;Leverandør;Udløb\nDrift;Vask;Ren;31.12.2026\n"
    assert read(csv).agreements[0].title == "Drift"
    assert read(csv).unknown_headings == ("Aftale",)
    assert read(csv, read_selectors({"columns": {"Aftale": "area"}})).agreements[0].title == "Vask"
    assert read(csv, read_selectors({"ignore": ["Område"]})).agreements[0].title == "Vask"


def test_numbers_that_only_count_the_rows_are_no_identity() -> None:
    def keys(*rows: str) -> list[str]:
        lines = (f"{number};{row}" for number, row in enumerate(rows, start=1))
        return [agreement.key for agreement in read("Nr.;Område;Leverandør\n" + "\n".join(lines)).agreements]

    assert keys("Vask;Ren", "Mad;Kok")[1:] == keys("Vask;Ren", "Ny;Ny", "Mad;Kok")[2:]
    assert [a.key for a in read("Aftalenr;Område;Leverandør\n2024-17;Vask;Ren\n").agreements] == ["2024-17"]


def test_headings_that_come_again_are_no_rows_and_others_begin_another_table() -> None:
    csv = (
        "Område;Leverandør;Udløb\nVask;Ren;31.12.2026\nOmråde;Leverandør;Udløb\nMad;Kok;31.12.2027\n"
        "Firma;Aftale;Slut\nBus A/S;Kørsel;30.06.2027\n"
    )
    found = [(a.title, a.supplier.name, str(a.end)) for a in read(csv).agreements]
    assert found == [("Vask", "Ren", "2026-12-31"), ("Mad", "Kok", "2027-12-31"), ("Kørsel", "Bus A/S", "2027-06-30")]


def test_a_list_without_rows_is_an_alarm_unless_it_says_so() -> None:
    with pytest.raises(LandmarkMissing, match="no table of agreements"):
        read(HEAD)
    said = read(HEAD + "Ingen  aftaler for tiden;;;;\n", AgreementSelectors(empty_text=("ingen aftaler",)))
    assert said.agreements == ()


def test_a_table_whose_headings_are_not_known_is_named_in_the_alarm() -> None:
    with pytest.raises(LandmarkMissing, match=r"headings are not known: Emneord \| Firmaet"):
        read("Emneord;Firmaet\nVask;Ren\n")


def test_hostile_text_is_cleaned() -> None:
    (agreement,) = read("Område;Leverandør\n<script>x</script>Va\u202esk\x01;=HYPERLINK(1)\n").agreements
    assert (agreement.title, agreement.supplier.name) == ("Vask", "=HYPERLINK(1)")


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (
            "start",
            "Aftale start|Aftalens startdato|Kontraktens startdato|Kontraktstartdato|Aftaleperiode fra|Periode fra",
        ),
        ("start", "Gyldig fra|Contract start date|Agreement start"),
        ("end", "Aftale slut|Kontraktens slutdato|Kontraktslutdato|Kontraktophør|Aftalens ophør|Aftalen udløber"),
        ("end", "Kontrakt udløber|Kontraktudløbsdato|Aftaleperiode til|Periode til|Gyldig t.o.m.|Gyldig til og med"),
        ("end", "Udløb (ekskl. optioner)|Contract end date|Expiry Date"),
        ("latest", "Udløb inkl. option|Slutdato inkl. optioner|Seneste udløb inkl. optioner|Maks. udløb"),
        ("options", "Forlængelsesmulighed(er)|Mulighed for forlængelse (option)|Option (mdr.)|Extension option"),
        ("supplier", "Leverandør(er)|Leverandør navn|Valgt leverandør|Kontrakthaver"),
        ("id", "Aftale-nr.|Kontraktnr.|Journalnr.|Sags-nr."),
        ("value", "Anslået kontraktværdi|Kontraktværdi ekskl. moms|Værdi (kr.)"),
        # These may stand beside an area, or hold no day: nobody guesses.
        ("", "Kategori|Varegruppe|Varighed|Kontrakttype|Aftaletype|Aftaledokument|Aftale til download|Telefon"),
    ],
)
def test_headings_are_known_as_towns_write_them(column: str, written: str) -> None:
    read_as = {heading: agreement_rows.headings([heading], PLAIN).columns for heading in written.split("|")}
    assert {heading: list(found) for heading, found in read_as.items()} == {
        heading: [column] if column else [] for heading in read_as
    }


# -- workbooks -------------------------------------------------------------------------------------------------


def book(*rows: tuple[str, ...]) -> Workbook:
    made = Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    return made


def test_an_error_in_a_cell_is_told_and_never_a_name() -> None:
    made = book(("Område", "Leverandør", "Udløb"), ("Vask", "Ren", "31.12.2026"), ("#REF!", "Kok", "31.12.2026"))
    table = read(saved(made))
    assert [agreement.title for agreement in table.agreements] == ["Vask"]
    assert [row.may_be("roser-kok-by") for row in table.left_out] == [True]
    assert any("A3" in remark and "#REF!" in remark for remark in table.remarks)


def test_a_cell_that_holds_an_error_leaves_its_row_in_doubt_and_no_other() -> None:
    made = book(("Område", "Leverandør", "Udløb"), ("Vask", "Ren", "#REF!"), ("Mad", "Kok", "31.12.2026"))
    vask, mad = read(saved(made)).agreements
    assert vask.end is None
    assert "C2" in vask.flags[0]
    assert mad.flags == ()


def test_a_column_without_a_heading_is_reported() -> None:
    table = read("Område;Leverandør;;Udløb\nVask;Ren;kun skoler;31.12.2026\n")
    assert table.unknown_headings == ("column 3, which has no heading",)
    assert str(table.agreements[0].end) == "2026-12-31"


def test_hidden_columns_are_not_read() -> None:
    made = book(("Område", "Leverandør", "Kontakt"), ("Vask", "Ren", "indkoeb@by.example"))
    made["Sheet"].column_dimensions["C"].hidden = True
    assert read(saved(made)).agreements[0].contact == ""


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in parts.items():
            made.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def with_part(body: bytes, name: str, change: bytes) -> bytes:
    """A workbook with another part in the place of one of its own."""
    with zipfile.ZipFile(io.BytesIO(body)) as made:
        parts = {part: made.read(part) for part in made.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for part, held in (parts | {name: change}).items():
            changed.writestr(part, held)
    return out.getvalue()


BOOK = saved(book(("Område", "Leverandør"), ("Vask", "Ren")))
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (BOOK[: len(BOOK) // 2], "broken"),
        (b"PK\x03\x04" + b"x" * 500, "broken"),
        (archive(word__document=b"<x/>"), r"no \.xlsx workbook"),
        (with_part(BOOK, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"), "broken"),
        (with_part(BOOK, "xl/sharedStrings.xml", ENTITIES), "entities"),
        (with_part(BOOK, "xl/media/bomb.xml", b"\0" * (65 << 20)), "64 MiB"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500, "old Excel workbook"),
        (b"\x89PNG\r\n\x1a\n\0\0", "neither text nor a file"),
        (b"  \n ", "is empty"),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        read(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


# -- PDF -------------------------------------------------------------------------------------------------------

LOCKED = f"/O <{'11' * 32}> /U <{'22' * 32}>"
WIDTHS = (200.0, 200.0, 100.0)


def paper(*rows: tuple[str | None, ...], rules: bool = True, closed: bool = True) -> Drawing:
    page = Drawing()
    page.table([("Område", "Leverandør", "Udløb"), *rows], WIDTHS, rules=rules, closed=closed)
    return page


def test_a_row_whose_last_rule_is_missing_is_told() -> None:
    table = read(pdf(paper(("Vask", "Ren", "31.12.2026"), ("Mad", "Kok", "31.12.2027"), closed=False)))
    assert len(table.agreements) == 1
    assert any("Mad Kok 31.12.2027" in remark for remark in table.remarks)


def test_a_title_that_may_go_on_behind_a_page_break_is_flagged() -> None:
    following = Drawing()
    following.table([("og vask", "", ""), ("Mad", "Kok", "31.12.2027")], WIDTHS)
    first, second = read(pdf(paper(("Rengøring", "Ren", "31.12.2026")), following)).agreements
    assert "foot of a page" in first.flags[0]
    assert (second.title, second.flags) == ("Mad", ())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"%PDF-1.4\n%%EOF", "broken"),
        (pdf(), "0 pages"),
        (pdf(*[Drawing()] * 201), "201 pages"),
        (pdf(Drawing()), "its pages are pictures"),
        (pdf(paper(("Vask", "Ren", "31.12.2026"), rules=False)), "no table with rules around its cells"),
        (
            pdf(
                paper(("Vask", "Ren", "31.12.2026")),
                trailer=f"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 {LOCKED} >>",
            ),
            "password",
        ),
        (pdf(paper())[:400], "broken|pictures|0 pages"),
    ],
)
def test_a_pdf_that_cannot_be_read_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        read(body)


@pytest.mark.parametrize(
    ("body", "called", "form"),
    [
        (b"%PDF-1.7", "text/html", Form.PDF),
        (b"\n\xef\xbb\xbfA;B", "application/octet-stream", Form.CSV),
        (b"A;B\n", "application/vnd.ms-excel", Form.CSV),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "text/csv", Form.HTML),
        (b"A;B\n", "text/html; charset=utf-8", Form.HTML),
        ("A;B".encode("utf-16"), "text/csv", Form.CSV),
    ],
)
def test_a_file_is_known_by_its_first_bytes(body: bytes, called: str, form: Form) -> None:
    assert agreement_files.form(body, called) is form
