"""Lots as rows for other programs, which somebody opens with a spreadsheet all the same."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.export import as_csv

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(["a;b", '"', "x,y", "\r\n", ""])


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_every_cell_comes_back_as_it_was_but_for_apostrophes(rows: list[tuple[str, str]]) -> None:
    text = "".join(as_csv({"one": one, "other": other} for one, other in rows))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["one", "other"]
    assert [[cell.replace("'", "") for cell in row] for row in read[1:]] == [
        [cell.replace("'", "") for cell in row] for row in rows
    ]


@pytest.mark.parametrize("said", ["=1", "Rengøring;=cmd|' /C calc'!A0;x", "a; +1", "a\n=1", "a\r\n @x", 'a";\u3000=1"'])
def test_no_cell_is_a_formula_where_semicolons_part_cells_either(said: str) -> None:
    (_, row) = as_csv([{"a": "x", "title": said, "b": ["=1", "-1"]}])
    cells = re.split("[;\r\n]", row.replace('"', ""))  # as a program splits it that takes no quote for one
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "@", "-"))]


def test_the_points_of_a_list_stay_as_they_are() -> None:
    (_, row) = as_csv([{"text": "Vi lægger vægt på:\n- pris\n- kvalitet; drift - også om natten"}])
    assert row == '"Vi lægger vægt på:\n- pris\n- kvalitet; drift - også om natten"\r\n'
