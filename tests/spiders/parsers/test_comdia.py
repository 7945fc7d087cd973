"""Comdia's list and the pages of its tenders, by saved examples and by what must be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.errors import ConfigError, SourceError
from spiders.parsers import comdia
from spiders.parsers.page import Row
from spiders.parsers.selectors import Imprint
from tests.spiders.parsers import golden

IMPRINT = Imprint("comdia", "Eksempel Kommune")


def read_case(case: Path) -> Any:
    meta = golden.meta(case)
    settings = comdia.read_settings(meta["filter"])
    html = (case / "page.html").read_bytes()
    try:
        if meta["read"] == "list":
            return comdia.parse_list(html, settings, meta["url"])
        row = Row(**meta["row"])
        if comdia.is_closed(html, row, meta["url"]):
            return "closed"
        return comdia.parse_tender(html, row, settings, IMPRINT, meta["url"])
    except SourceError as error:
        return f"{type(error).__name__}: {error.what}"


@pytest.mark.parametrize("case", golden.cases("comdia"), ids=lambda case: case.name)
def test_a_saved_page_reads_as_expected(case: Path) -> None:
    golden.compare(case, read_case(case))


@pytest.mark.parametrize(
    "words", ["Fristen for deltagelse i udbuddet er overskredet.", "The deadline for participation has been exceeded"]
)
def test_a_passed_deadline_is_understood_in_both_languages(words: str) -> None:
    row = Row("1", "https://c.example/?Id=1", {"title": "Vask"})
    assert comdia.is_closed(f"<h1>Vask</h1><p>{words}", row, row.url)
    assert not comdia.is_closed("<h1>Vask</h1><p>Fristen for deltagelse er ukendt", row, row.url)


def test_a_mistake_in_the_filter_is_named() -> None:
    with pytest.raises(ConfigError, match=r"filter\.byuer"):
        comdia.read_settings({"byuer": "X"}, "c.toml")
