"""The log: who did what, found again, taken along, undone, and forgotten in the end."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest

from notifier.desk import trail
from notifier.lots import Verdict
from notifier.store.actions import KEPT
from notifier.words import words
from tests.notifier.desk.lots import Pile
from tests.notifier.desk.make import Browser, Room
from tests.notifier.web.make import NOW, heading, said, tree

KINDS = (
    "tag", "untag", "undo", "confirm_clear", "correct", "correct_back", "correct_keep", "hide", "show", "post",
    "post_change", "post_withdraw", "note", "unnote", "plan", "plan_done", "plan_reopened", "release", "leave",
    "outbox_again", "outbox_give_up", "outbox_resume", "pair", "staff",
)  # fmt: skip


def note(room: Room, kind: str = "tag", item: str = "x", who: str = "Anna Lund", **detail: Any) -> int:
    return room.place.store.actions.note(kind, item, who=who, account=None, now=room.place.now, **detail)


def lines(browser: Browser, query: str = "") -> list[list[str]]:
    """The lines of the log, cell by cell."""
    rows = tree(browser.get(f"/log{query}")).xpath("//table/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_every_kind_of_action_has_words_and_one_that_nobody_knows_does_not_fail(room: Room) -> None:
    anna = room.enter()
    for kind in (*KINDS, "something_new"):
        note(room, kind)
    shown = [line[2] for line in reversed(lines(anna))]
    assert shown == [*(words("da")(f"trail.kind_{kind}") for kind in KINDS), "Gjorde noget andet"]
    assert len(set(shown)) == len(shown)


def test_the_newest_stands_first_with_copenhagens_time_and_what_was_said(room: Room) -> None:
    anna = room.enter()
    view = room.place.hold()
    note(room, "tag", view.uid, verdict="suitable", why="til jer")
    room.place.later(hours=1)
    note(room, "release", "first_run:ted", who="Bo Krag", items=3)
    assert lines(anna) == [
        ["23. november 2026 kl. 10.00", "Bo Krag", "Frigav til mails", "Første gang, ted blev læst", "3 ting"],
        [
            "23. november 2026 kl. 09.00", "Anna Lund", "Markerede", "Rengøring af fire skoler",
            "Relevant »til jer«Fortryd: Markerede, Rengøring af fire skoler",
        ],
    ]  # fmt: skip


@pytest.mark.parametrize("detail", [
    {"verdict": ["suitable"], "items": "many", "why": 7, "said": {"a": 1}, "words": None}, {"verdict": "no such"}, {},
])  # fmt: skip
def test_details_of_whatever_shape_do_no_harm(room: Room, detail: dict[str, Any]) -> None:
    anna = room.enter()
    note(room, "tag", "no:such<b>lot", **detail)
    assert lines(anna)[0][3:] == ["no:such<b>lot", "Fortryd: Markerede, no:such<b>lot"]


def test_every_kind_that_the_desk_notes_has_words_of_its_own() -> None:
    folder = Path(trail.__file__).parent
    noted = re.findall(
        r"\bdid\([\w.]+, \"(\w+)\"(?: if \w+ else \"(\w+)\")?", "".join(map(Path.read_text, folder.glob("*.py")))
    )
    kinds = {kind for pair in noted for kind in pair if kind}
    assert kinds
    assert {kind for kind in kinds if f"trail.kind_{kind}" not in words("da")} == set()


def test_a_word_on_many_lots_says_on_how_many(room: Room) -> None:
    pile = Pile(room)
    uids = [*pile.add("clear", "A", "B"), *pile.add("clear", "C")]
    anna = room.enter()
    numbers = ",".join(tree(anna.get("/")).xpath("//input[@name='ids']/@value"))
    anna.post("/afvis-klare", {"ids": numbers})
    anna.post("/maerk", {"verdict": "suitable", "lot": [f"{uid}|{tag}" for uid, tag in _tags(room, uids)]})
    assert [line[2:4] for line in lines(anna)] == [
        ["Markerede", "3 opgaver"],
        ["Bekræftede klare afvisninger", "3 opgaver"],
    ]
    assert [line[4].partition("Fortryd")[0].strip() for line in lines(anna)] == ["Relevant", "Ikke relevant"]


def _tags(room: Room, uids: list[str]) -> list[tuple[str, int]]:
    return [(uid, one.number) for uid, one in room.place.store.tags.counting(uids).items()]


def test_a_plan_is_told_by_its_agreement_and_in_words(room: Room) -> None:
    room.place.agreement()
    (kept,) = room.place.store.agreements.kept()
    anna = room.enter()
    anna.post(f"/aftaler/{kept.view.slug}/plan", {"plan": "split", "words": "efter skoler", "once": "1"})
    anna.post(f"/aftaler/{kept.view.slug}/plan/udfoert", {"plan": "1", "done": "1"})
    what = "Del op i delaftaler næste gang »efter skoler«"
    assert [line[2:] for line in lines(anna)] == [
        ["Satte en plan til udført", "Vinduespolering", what], ["Tilføjede en plan", "Vinduespolering", what],
    ]  # fmt: skip
    assert f"/aftaler/{kept.view.slug}" in tree(anna.get("/log")).xpath("//table//a/@href")


def test_lines_are_found_by_person_kind_and_days(room: Room) -> None:
    note(room, "tag")
    room.place.later(days=1)
    note(room, "note", who="Bo Krag")
    room.place.later(days=1)
    note(room, "tag", who="Bo Krag")
    anna = room.enter()
    for query, expected in (
        ("?hvem=Bo+Krag", ["25.", "24."]), ("?hvad=tag", ["25.", "23."]), ("?hvem=Bo+Krag&hvad=tag", ["25."]),
        ("?fra=2026-11-24&til=2026-11-24", ["24."]), ("?til=2026-11-23", ["23."]), ("?hvem=Nobody", []),
        ("?fra=24.11.2026&til=24.11.2026", ["24."]), ("?til=23/11/2026", ["23."]),
    ):  # fmt: skip
        assert [line[0].split()[0] for line in lines(anna, query)] == expected, query


def test_the_hour_before_midnight_belongs_to_the_day_that_it_has_in_copenhagen(room: Room) -> None:
    room.place.moment[0] = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)
    anna = room.enter()
    note(room)
    assert len(lines(anna, "?fra=2026-11-24&til=2026-11-24")) == 1
    assert lines(anna, "?til=2026-11-23") == []


def test_a_day_that_is_none_is_told_at_its_field_and_what_was_typed_stays(room: Room) -> None:
    anna = room.enter()
    page = anna.get("/log?fra=i+g%C3%A5r")
    assert page.status_code == 400
    (field,) = tree(page).xpath("//input[@name='fra']")
    assert (field.get("value"), field.get("type"), field.get("aria-invalid")) == ("i går", "text", "true")
    assert tree(page).xpath("//*[@id=$id]", id=field.get("aria-describedby").split()[-1])
    (field,) = tree(page).xpath("//input[@name='til']")
    assert (field.get("value"), field.get("type")) == ("", "date")
    assert anna.get("/log.csv?fra=9999-12-31").status_code == 400


def test_a_long_log_comes_page_by_page(room: Room) -> None:
    for number in range(120):
        note(room, "note", f"n{number}")
    anna, address, found = room.enter(), "/log?hvad=note", list[str]()
    while address:
        page = tree(anna.get(address))
        found += [" ".join(one.text_content().split()) for one in page.xpath("//table/tbody/tr/td[3]")]
        address = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert found == [f"n{number}" for number in reversed(range(120))]
    assert lines(anna, "?foer=" + "9" * 40)[0][3] == "n119"


def test_the_table_to_take_along_defuses_formulas_and_keeps_the_filter(room: Room) -> None:
    note(room, "note", "=1+1", words='@SUM(A1:A9) "quoted"\nand more')
    note(room, "tag")
    anna = room.enter()
    answered = anna.get("/log.csv?hvad=note")
    assert answered.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answered.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answered.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";"))
    assert rows == [
        ["Hvornår", "Hvem", "Hvad", "Hvilken", "Nærmere", "Fortrudt"],
        ["2026-11-23T09:00:00+01:00", "Anna Lund", "Skrev en note", "'=1+1", '»@SUM(A1:A9) "quoted" and more«', ""],
    ]
    empty = anna.get("/log.csv?hvad=post").get_data(as_text=True)
    assert empty == '\ufeff"Hvornår";"Hvem";"Hvad";"Hvilken";"Nærmere";"Fortrudt"\r\n'


def test_no_word_of_a_title_becomes_a_cell_of_its_own_in_a_danish_spreadsheet(room: Room) -> None:
    note(room, "note", "Rengøring;=cmd|' /C calc'!A0;x", words="fordi;=1+1;")
    text = room.enter().get("/log.csv?hvad=note").get_data(as_text=True)
    (_, row) = csv.reader(io.StringIO(text), delimiter=";")
    assert len(row) == 6
    assert row[3:5] == ["Rengøring;=cmd|' /C calc'!A0;x", "»fordi;=1+1;«"]


def test_what_was_undone_says_by_whom_and_what_can_be_has_a_button(room: Room) -> None:
    if "undo" not in room.app.view_functions:
        room.app.add_url_rule("/fortryd", "undo", lambda: "", methods=["POST"])
    undone, standing, other = note(room, "tag"), note(room, "confirm_clear"), note(room, "note")
    room.place.store.actions.undo(undone, who="Bo Krag", now=NOW)
    page = room.enter().get("/log?hvem=Anna+Lund")
    (form,) = [form for form in tree(page).forms if form.get("action") == "/fortryd"]
    assert form.fields["action"] == str(standing)
    assert form.fields["back"] == "/log?hvem=Anna+Lund"
    assert "Fortrudt af Bo Krag 23. november 2026 kl. 09.00" in said(page)
    assert other


def test_a_lot_leads_to_its_page_also_by_an_identity_that_it_had_before(room: Room) -> None:
    if "lot" not in room.app.view_functions:
        room.app.add_url_rule("/opgave/<slug>", "lot", lambda slug: slug)
    view = room.place.hold()
    note(room, "tag", view.uid)
    links = tree(room.enter().get("/log")).xpath("//table//a/@href")
    assert links == [f"/opgave/{view.slug}"]


def test_an_empty_log_says_so(room: Room) -> None:
    anna = room.enter()
    page = anna.get("/log")
    assert heading(page) == "Log"
    assert "Der er ikke gjort noget endnu." in said(page)
    assert "Ingen linjer passer til det" in said(anna.get("/log?hvad=tag"))


def test_lines_are_forgotten_after_two_years_and_a_tag_outlives_its_line(room: Room) -> None:
    store, view = room.place.store, room.place.hold()
    old = note(room)
    tag = store.tags.add(view.uid, Verdict.SUITABLE, who="Anna Lund", why="x", now=NOW)
    store._database.write("UPDATE tags SET action_id = ? WHERE id = ?", (old, tag.number))
    room.place.later(days=10)
    new = note(room)
    assert store.actions.forget(NOW) == 0
    assert store.actions.forget(NOW + dt.timedelta(days=1)) == 1
    assert [one.number for one in store.actions.latest()] == [new]
    assert [one.verdict for one in store.tags.of(view.uid)] == [Verdict.SUITABLE]
    assert dt.timedelta(days=730) <= KEPT <= dt.timedelta(days=732)
