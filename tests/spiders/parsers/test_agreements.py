"""Tables of purchasing agreements, by their saved examples and by what must be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.errors import ConfigError, LandmarkMissing
from spiders.parsers.agreements import AgreementSelectors, parse_table, read_selectors
from spiders.parsers.offices import office
from spiders.parsers.selectors import Imprint
from tests.spiders.parsers import golden

IMPRINT = Imprint("aftaler", "Eksempel Kommune")
URL = "https://by.example/aftaler"
SELECTORS = AgreementSelectors(landmark="main", empty_text=("Ingen aftaler",))


@pytest.mark.parametrize("case", golden.cases("agreements"), ids=lambda case: case.name)
def test_a_saved_table_reads_as_expected(case: Path) -> None:
    meta = golden.meta(case)
    html = (case / "page.html").read_bytes()
    golden.compare(case, parse_table(html, read_selectors(meta["selectors"]), IMPRINT, meta["url"], meta["charset"]))


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<p>Log ind</p>", "lacks its landmark"),
        ("<main>Velkommen</main>", "no table of agreements"),
        ("<main><table><tr><th>Område<th>Leverandør</table></main>", "no agreement on the page"),
        ("<main><table><tr><th>Emne<th>Firmaet</table></main>", "no table of agreements"),
    ],
)
def test_a_page_without_agreements_is_an_alarm(html: str, what: str) -> None:
    with pytest.raises(LandmarkMissing, match=what):
        parse_table(html, SELECTORS, IMPRINT, URL)


def test_an_empty_table_is_believed_where_the_page_says_so() -> None:
    assert parse_table("<main>Ingen aftaler for tiden</main>", SELECTORS, IMPRINT, URL).agreements == ()


def test_a_sites_own_headings_are_configured_and_others_ignored() -> None:
    raw = {"landmark": "main", "ignore": ["Note"], "columns": {"Emne": "area", "Firmaet": "supplier"}}
    html = "<main><table><tr><th>Emne<th>Firmaet<th>Note:<th>Farve<tr><td>Vask<td>Ren<td>x<td>blå</table></main>"
    table = parse_table(html, read_selectors(raw), IMPRINT, URL)
    assert table.unknown_headings == ("Farve",)
    assert [(a.title, a.supplier.name) for a in table.agreements] == [("Vask", "Ren")]


def test_the_key_does_not_depend_on_dates_or_order() -> None:
    def keys(*rows: str) -> set[str]:
        head = "<tr><th>Område<th>Leverandør<th>Udløb"
        return {
            a.key
            for a in parse_table(
                f"<main><table>{head}{''.join(rows)}</table></main>", SELECTORS, IMPRINT, URL
            ).agreements
        }

    one, two = "<tr><td>Vask<td>Ren<td>31.12.2026", "<tr><td>Mad<td>Køkken<td>31.12.2027"
    assert keys(one, two) == keys(two, one.replace("2026", "2028"))


def test_an_unknown_column_in_the_configuration_is_named() -> None:
    with pytest.raises(ConfigError, match=r"aftaler.toml: selectors.columns.Emne: .subject. is no column"):
        read_selectors({"landmark": "main", "columns": {"Emne": "subject"}}, "aftaler.toml")


@pytest.mark.parametrize(
    ("contact", "kept"),
    [
        ("indkoeb@by.example", "indkoeb@by.example"),
        ("Center for Indkøb, tlf. 12 34 56 78", "Center for Indkøb"),
        ("Hanne Hansen", ""),
        ("Indkøb Hanne Hansen", ""),
        ("hhan@by.example", ""),
        ("Jens Jensen (udbud-oek@by.example)", "udbud-oek@by.example"),
    ],
)
def test_only_offices_are_kept_as_contacts(contact: str, kept: str) -> None:
    assert office(contact) == kept
