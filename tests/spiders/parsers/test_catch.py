"""What a describer is shown where selectors catch nothing."""

from __future__ import annotations

import pytest

from spiders.parsers import catch
from spiders.parsers.selectors import DetailSelectors, Field, ListSelectors

URL = "https://by.example/udbud"
ITEM = '<div class="item"><h3><a href="/{0}">Opgave {0}</a></h3><p>Frist: 1. december 2026</p></div>'
LIST = (
    "<title>Udbud</title><nav><ul><li class='m'><a href='/'>Forside</a><li class='m'><a href='/x'>X</a></ul></nav>"
    f"<main id='indhold'>{ITEM.format(1)}{ITEM.format(2)}{ITEM.format(3)}</main>"
)


def seen(html: str, **selectors: object) -> catch.ListCatch:
    described = {"landmark": "main#indhold", "row": "div.item", "link": "h3 a", **selectors}
    return catch.in_list(html, ListSelectors(**described), URL)  # type: ignore[arg-type]


def test_rows_and_what_they_say_are_counted_and_shown() -> None:
    found = seen(LIST, fields={"title": Field(css="h3"), "case": Field(css="p.sag")})
    assert (found.landmark, found.rows, found.linked) == (True, 3, 3)
    assert [(field.name, field.count, field.of) for field in found.fields] == [("title", 3, 3), ("case", 0, 3)]
    assert found.shown[0] == {"link": "https://by.example/1", "title": "Opgave 1"}


def test_a_wrong_row_is_answered_with_what_stands_several_times_outside_the_menu() -> None:
    assert seen(LIST, row="article").repeated == ("div.item (3 times)",)


def test_a_missing_landmark_is_answered_with_those_that_could_be_one() -> None:
    assert "main#indhold" in seen(LIST, landmark="main#udbud").landmarks


def test_a_label_that_is_spelled_otherwise_is_proposed_for_one_field_alone() -> None:
    fields = {
        "deadline": Field(labels=("Tilbudsfrist",)),
        "participation_deadline": Field(labels=("Ansøgningsfrist",)),
        "duration": Field(labels=("Kontraktperiode",)),
        "reserved": Field(labels=("Forbeholdt",)),
    }
    html = (
        "<main><dl><dt>Frist for afgivelse af tilbud<dd>1. december 2026<dt>Kontaktperson<dd>Anna"
        "<dt>Reserveret<dd>Ja</dl></main>"
    )
    found = catch.in_detail(html, DetailSelectors("main", fields=fields), URL)
    assert {field.name: field.proposals for field in found.fields} == {
        "deadline": ("frist for afgivelse af tilbud",),
        "participation_deadline": (),
        "duration": (),
        "reserved": ("reserveret",),
    }
    assert [label for label, _ in found.left] == ["frist for afgivelse af tilbud", "kontaktperson", "reserveret"]


def test_a_column_that_is_spelled_otherwise_is_proposed() -> None:
    html = "<main id='indhold'><table><tr><th>Udbud<th>Tilbudsfristen<tr class='r'><td>A<td>1. maj 2027</table></main>"
    found = seen(html, row="tr.r", link="", fields={"deadline": Field(columns=("Frist for tilbud",))})
    assert found.fields[0].proposals == ("tilbudsfristen",)


@pytest.mark.parametrize(
    ("html", "wall"),
    [
        ("<title>Velkommen</title><input type=password>", "login"),
        ("<title>Log ind</title><p>Brug MitID", "login"),
        ("<title>Udbud</title><main id=indhold></main><script src=a.js></script>", "script"),
        ("<title>Udbud</title><main id=indhold>" + "Der er ingen udbud lige nu. " * 20, ""),
    ],
)
def test_what_is_no_list_at_all_is_called_by_its_name(html: str, wall: str) -> None:
    assert seen(html).wall == wall


def test_what_an_empty_page_says_is_shown_for_copying() -> None:
    found = seen("<main id='indhold'><p>Ingen  udbud\nlige nu</p></main>", empty_text=("ingen udbud",))
    assert (found.says, found.empty) == ("Ingen udbud lige nu", "ingen udbud")
