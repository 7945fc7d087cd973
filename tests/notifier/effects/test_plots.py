"""Bars as numbers, and tables as files."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from notifier.effects.plots import Bar, plot
from notifier.effects.tables import Table, as_csv


@given(
    st.lists(st.integers(0, 10**9) | st.none(), max_size=30),
    st.booleans(),
)
def test_bars_are_as_long_as_their_numbers_and_leave_room_for_words(values: list[int | None], beside: bool) -> None:
    drawn = plot("p", "P", "", [Bar("x", value, str(value)) for value in values], beside=beside)
    assert len(drawn.bars) == len(values)
    largest = max((value or 0 for value in values), default=0)
    for one, value in zip(drawn.bars, values, strict=True):
        assert one.words_x <= 73
        assert one.bottom <= drawn.height
        if largest:
            whole = max(bar.width for bar in drawn.bars)
            assert abs(one.width / whole - (value or 0) / largest) < 0.001
    tops = [one.top for one in drawn.bars]
    assert tops == sorted(tops)


def test_a_line_shows_from_where_to_where() -> None:
    (one,) = plot("p", "P", "", [Bar("x", 50, "50", low=25, high=75)], beside=False, of=100).bars
    assert one.from_ is not None
    assert one.to is not None
    assert (one.from_ / one.width, one.to / one.width) == (0.5, 1.5)
    assert one.words_x > one.to


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["=1+1", "+1", "-1", "@x", "\tx", "\rx", '"', ";", "æøå", "\n"]
)


@given(st.lists(st.tuples(HOSTILE, HOSTILE, st.integers(-5, 10**12)), max_size=5))
def test_a_table_comes_back_from_its_file_with_no_formula_in_it(rows: list[tuple[str, str, int]]) -> None:
    body = as_csv(Table("t", "T", ("A", "B", "C"), tuple(rows)))
    assert body.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert read[0] == ["A", "B", "C"]
    assert len(read) == len(rows) + 1
    for cells, row in zip(read[1:], rows, strict=True):
        assert [cell.removeprefix("'") for cell in cells] == [str(cell).removeprefix("'") for cell in row]
        assert not [cell for cell in cells[:2] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_column_is_one_of_numbers_where_one_stands_in_it() -> None:
    rows = ((("Svar", "maj", "12,5 %", 3)), ("Svar", "juni", "–", "for få"))
    assert Table("t", "T", ("A", "B", "C", "D"), rows).numbers == (False, False, True, True)
    assert Table("t", "T", ("A", "B"), ()).numbers == (False, True)
