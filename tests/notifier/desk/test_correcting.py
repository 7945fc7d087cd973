"""The page on which an officer puts right what is wrong about a lot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import TestResponse

from notifier import catalogue
from notifier.catalogue import entry
from notifier.corrections import mark
from notifier.desk.correcting import to_look_at
from notifier.lots import LotView, Money
from notifier.store.catalogue import Wanted
from tests.notifier.desk.make import Browser, Room
from tests.notifier.web.make import call, lot, noon, said, tree


def held(room: Room, **facts: Any) -> LotView:
    view = room.place.hold(lot(**facts))
    room.refresh()
    room.place.later(hours=1)
    return view


def form_of(answer: TestResponse, action: str) -> dict[str, str]:
    """A form of a page as a browser would send it."""
    (form,) = tree(answer).xpath(f"//form[@action='{action}']")
    found: dict[str, str] = {}
    for one in form.iter("input", "textarea"):
        if one.get("type") != "radio" or one.get("checked") is not None:
            found[one.get("name")] = (one.text or "").removeprefix("\n") if one.tag == "textarea" else one.get("value")
    return found


def path(view: LotView, rest: str = "/ret") -> str:
    return f"/opgave/{view.slug}{rest}"


def send(browser: Browser, view: LotView, page: TestResponse | None = None, **typed: str) -> TestResponse:
    """Type something into the page and press the button."""
    opened = page or browser.get(path(view))
    return browser.post(path(view), {**form_of(opened, path(view)), "why": "læst forkert", **typed})


def trail(room: Room, view: LotView) -> list[str]:
    return [one.kind for one in room.place.store.actions.of(view.uid)]


def test_only_the_field_that_was_typed_over_is_put_right(room: Room) -> None:
    view = held(room, description="Linje 1\n\n- punkt\nLinje 2", value=Money(Decimal("250000.50"), "EUR"))
    anna = room.enter()
    answer = send(anna, view, deadline="2026-12-15", deadline_time="10:00")
    assert answer.status_code == 303
    (made,) = room.place.store.corrections.of(view.uid)
    assert (made.field, made.who, made.why) == ("deadline", "Anna Lund", "læst forkert")
    assert room.place.lot(view.uid).lot.deadline == noon(15).__class__(noon(15).at.replace(hour=10))
    assert trail(room, view) == ["correct"]
    page = said(anna.get(answer.location.removeprefix("https://skrivebord.proevekoebing.example")))
    assert "Opgaven er rettet" in page
    assert "Rettet af Anna Lund 23. november 2026: læst forkert" in page
    assert "Hos kilden: 8. december 2026 kl. 12.00" in page


def test_a_corrected_lot_is_judged_at_once_and_its_row_says_so(room: Room) -> None:
    view = held(room)
    before = room.place.lot(view.uid).assessment
    send(room.enter(), view, title="Levering af dieselmotorer til skibe", cpv_main="34312000")
    after = room.place.lot(view.uid).assessment
    assert before is not None
    assert after is not None
    assert (before.verdict, after.verdict) == ("suitable", "unsuitable")
    (row,) = room.place.store.catalogue.staff(Wanted(text="dieselmotorer"), room.place.now, "da", offset=0, limit=9)
    assert row.verdict == "unsuitable"
    assert [one.lot.title for one in room.place.store.assessments.waiting("1")] == [
        "Levering af dieselmotorer til skibe"
    ], "the next run judges it again, with all that is in use"


def test_what_cannot_be_read_is_told_beside_its_field_and_nothing_is_lost(room: Room) -> None:
    view = held(room)
    answer = send(room.enter(), view, deadline="2026-12-15", deadline_time="25:00", value="mange penge", title="")
    assert answer.status_code == 422
    page = tree(answer)
    assert page.xpath("//input[@name='value']/@value") == ["mange penge"]
    assert page.xpath("//input[@name='deadline_time']/@value") == ["25:00"]
    for name in ("title", "deadline", "value"):
        (field,) = page.xpath(f"//*[@id='{name}']")
        assert field.get("aria-invalid") == "true"
        assert f"wrong-{name}" in field.get("aria-describedby").split()
        assert len(page.xpath(f"//*[@id='wrong-{name}']")) == 1
    assert room.place.store.corrections.of(view.uid) == ()
    assert trail(room, view) == []


def test_why_has_to_be_said(room: Room) -> None:
    view = held(room)
    answer = send(room.enter(), view, place="Nørrevang", why=" ")
    assert answer.status_code == 422
    assert "Skriv kort hvorfor" in said(answer)


def test_what_is_typed_is_cleaned_as_what_comes_from_outside(room: Room) -> None:
    view = held(room)
    send(room.enter(), view, title="<b>Rengøring</b> af\u202e haller", documents_url="by.example/a")
    found = room.place.lot(view.uid).lot
    assert (found.title, found.documents_url) == ("Rengøring af haller", "https://by.example/a")
    answer = send(room.enter(), view, documents_url="javascript:alert(1)")
    assert answer.status_code == 422


def test_nothing_typed_over_is_nothing_put_right(room: Room) -> None:
    view = held(room, description="Et\n\nTo", value=Money(Decimal("1250.50")))
    answer = send(room.enter(), view)
    assert answer.location.endswith("done=nothing")
    assert room.place.store.corrections.of(view.uid) == ()


def test_a_colleague_who_was_faster_is_seen_and_neither_word_is_lost(room: Room) -> None:
    view = held(room)
    anna, bo = room.enter("anna"), room.enter("bo")
    opened = anna.get(path(view))
    send(bo, view, deadline="2026-12-10", place="Søndervang", why="ringet til ordregiver")
    answer = send(anna, view, opened, deadline="2026-12-15", value="250.000")
    assert answer.status_code == 409
    page = tree(answer)
    assert page.xpath("//input[@name='deadline']/@value") == ["2026-12-15"], "hers stands in the form"
    assert page.xpath("//input[@name='place']/@value") == ["Søndervang"], "what she did not touch is his"
    told = said(answer)
    assert "Frist for tilbud: nu 10. december 2026 kl. 12.00 (før 8. december 2026 kl. 12.00). Bo Krag" in told
    assert "Står der nu: 10. december 2026" in told
    assert room.place.lot(view.uid).lot.value is None
    again = anna.post(path(view), form_of(answer, path(view)))
    assert again.status_code == 303
    found = room.place.lot(view.uid).lot
    assert (found.deadline, found.place, found.value) == (noon(15), "Søndervang", Money(Decimal(250_000)))


def test_a_correction_that_a_colleague_took_back_meanwhile_is_a_conflict_too(room: Room) -> None:
    view = held(room)
    anna, bo = room.enter("anna"), room.enter("bo")
    send(anna, view, place="Nørrevang")
    opened = anna.get(path(view))
    (made,) = room.place.store.corrections.of(view.uid)
    bo.post(path(view, "/ret/tilbage"), {"number": str(made.number)})
    answer = send(anna, view, opened, value="5.000")
    assert answer.status_code == 409
    assert "Sted: rettelsen til Nørrevang er taget tilbage. Bo Krag" in said(answer)


def test_a_correction_is_taken_back_with_one_button_once(room: Room) -> None:
    view = held(room)
    anna = room.enter()
    send(anna, view, place="Nørrevang")
    (made,) = room.place.store.corrections.of(view.uid)
    for done in ("back", "gone"):
        answer = anna.post(path(view, "/ret/tilbage"), {"number": str(made.number)})
        assert answer.location.endswith(f"done={done}")
    assert room.place.lot(view.uid).lot.place == ""
    assert trail(room, view) == ["correct", "correct_back"]
    assert "Taget tilbage eller erstattet af Anna Lund" in said(anna.get(path(view)))


def test_a_button_of_another_lots_correction_does_nothing(room: Room) -> None:
    one = held(room)
    other = room.place.hold(lot("Rengøring af haller"), key="2-2026")
    room.refresh()
    room.place.later(hours=1)
    anna = room.enter()
    send(anna, one, place="Nørrevang")
    (made,) = room.place.store.corrections.of(one.uid)
    answer = anna.post(path(other, "/ret/tilbage"), {"number": str(made.number)})
    assert answer.location.endswith("done=gone")
    assert room.place.lot(one.uid).lot.place == "Nørrevang"


def test_that_the_source_says_something_else_by_now_is_shown_with_two_buttons(room: Room) -> None:
    view = held(room)
    anna = room.enter()
    send(anna, view, deadline="2026-12-15")
    room.place.store.notices.hold(call(lot(deadline=noon(11))), room.place.now)
    page = anna.get(path(view))
    assert "Kilden skriver nu noget andet" in said(page)
    assert "Hos kilden: 11. december" in said(page)
    assert "Kilden skriver nu noget andet." in said(anna.get("/rettelser"))
    anna.post(path(view, "/ret/fasthold"), form_of(page, path(view, "/ret/fasthold")))
    assert "noget andet end dengang" not in said(anna.get(path(view)))
    assert trail(room, view) == ["correct", "correct_keep"]


def test_a_lot_that_does_not_belong_here_is_hidden_and_shown_again(room: Room) -> None:
    view = held(room)
    anna = room.enter()
    form = form_of(anna.get(path(view)), path(view, "/skjul"))
    assert anna.post(path(view, "/skjul"), form).status_code == 422, "without a reason"
    assert anna.post(path(view, "/skjul"), {**form, "reason": "elsewhere"}).location.endswith("done=hidden")
    found = room.place.lot(view.uid)
    assert (found.hidden, found.public) == (True, False)
    assert room.place.store.catalogue.count_public(Wanted(), room.place.now) == 0
    assert "Skjult" in said(anna.get("/rettelser"))
    assert anna.post(path(view, "/skjul"), {**form, "reason": "elsewhere"}).status_code == 409, "an old page"
    shown = form_of(anna.get(path(view)), path(view, "/skjul"))
    assert anna.post(path(view, "/skjul"), shown).location.endswith("done=shown")
    assert room.place.lot(view.uid).public
    assert trail(room, view) == ["hide", "show"]


def test_a_page_of_no_lot_is_none(room: Room) -> None:
    anna = room.enter()
    for rest in ("", "/tilbage", "/fasthold"):
        method = anna.get if not rest else anna.post
        assert method(f"/opgave/findes-ikke/ret{rest}").status_code == 404
    assert anna.post("/opgave/findes-ikke/skjul", {"reason": "twice"}).status_code == 404


def test_looking_writes_nothing(room: Room) -> None:
    view = held(room)
    anna = room.enter()
    before = room.place.dump()
    for where in (path(view), "/rettelser"):
        assert anna.get(where).status_code == 200
    assert room.place.dump() == before


def test_every_field_says_where_the_source_stands_and_both_languages_have_words(room: Room) -> None:
    view = held(room, duration="P2Y", nuts=("DK011",), cpv_additional=("90911000",))
    anna = room.enter()
    assert "DK011 (Byen København)" in said(anna.get(path(view)))
    anna.post("/sprog", {"language": "en", "back": "/"})
    page = said(anna.get(path(view)))
    assert "At the source: 2 years" in page
    assert "Correct the task" in page
    assert "Corrections" in said(anna.get("/rettelser"))


def test_line_ends_and_blanks_at_the_edges_are_nothing_typed() -> None:
    assert mark("Et\n\nTo") == mark("Et\r\n\r\nTo\r\n")


def test_whoever_changes_one_lot_does_not_make_the_rows_of_all_others_anew(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = held(room)
    for number in range(5):
        room.place.hold(lot(f"Rengøring {number}"), key=f"{number + 2}-2026")
    room.refresh()
    stale = room.place.hold(lot("Rengøring af haller"), key="9-2026")  # as in the middle of a crawl
    made: list[str] = []

    def noted(one: LotView, *rest: Any) -> Any:
        made.append(one.uid)
        return entry(one, *rest)

    monkeypatch.setattr(catalogue, "entry", noted)
    anna = room.enter()
    assert send(anna, view, title="Rengøring af fem skoler").status_code == 303
    assert set(made) == {view.uid}
    assert room.place.store.catalogue.stale() == (stale.uid,)


# -- old pages ---------------------------------------------------------------------------------------------------------


def crawl(room: Room, day: int, **facts: Any) -> None:
    """The source moves its deadline."""
    room.place.later(hours=1)
    room.place.store.notices.hold(call(lot(deadline=noon(day), **facts)), room.place.now)


def test_a_correction_from_before_the_source_said_something_else_is_not_written_over_that(room: Room) -> None:
    view, anna = held(room), room.enter()
    opened = anna.get(path(view))
    crawl(room, 15)
    answer = send(anna, view, opened, deadline="2026-12-09")
    assert answer.status_code == 409
    assert "Kilden har ændret opgaven imens" in said(answer)
    assert "Frist for tilbud: kilden skriver nu 15. december 2026 kl. 12.00." in said(answer)
    assert "kollega" not in said(answer)
    assert tree(answer).xpath("//input[@name='deadline']/@value") == ["2026-12-09"]
    assert room.place.lot(view.uid).lot.deadline == noon(15)
    assert send(anna, view, answer).status_code == 303, "who sends it again has seen it"
    assert room.place.lot(view.uid).lot.deadline == noon(9)


def test_what_the_source_changed_elsewhere_is_in_nobodys_way(room: Room) -> None:
    view, anna = held(room), room.enter()
    opened = anna.get(path(view))
    crawl(room, 15)
    assert send(anna, view, opened, place="Nørrevang").status_code == 303
    assert room.place.lot(view.uid).lot.deadline == noon(15)


def test_what_the_source_said_meanwhile_under_a_correction_is_seen_before_another_takes_its_place(room: Room) -> None:
    view, anna = held(room), room.enter()
    send(anna, view, deadline="2026-12-09")
    opened = anna.get(path(view))
    crawl(room, 15)
    assert send(anna, view, opened, deadline="2026-12-11").status_code == 409


def test_a_correction_is_not_kept_against_what_nobody_has_seen(room: Room) -> None:
    view, anna = held(room), room.enter()
    send(anna, view, deadline="2026-12-09")
    crawl(room, 10)
    form = form_of(anna.get(path(view)), path(view, "/ret/fasthold"))
    crawl(room, 22)
    answer = anna.post(path(view, "/ret/fasthold"), form)
    assert answer.status_code == 409
    assert "Frist for tilbud: kilden skriver nu 22. december" in said(answer)
    assert "kollega" not in said(answer)
    again = anna.post(path(view, "/ret/fasthold"), form_of(answer, path(view, "/ret/fasthold")))
    assert again.location.endswith("done=kept")


def test_a_form_that_is_sent_twice_is_saved_once_and_no_conflict(room: Room) -> None:
    view, anna, bo = held(room), room.enter("anna"), room.enter("bo")
    opened = anna.get(path(view))
    for _ in range(2):
        assert send(anna, view, opened, deadline="2026-12-15").location.endswith("done=saved")
    assert len(room.place.store.corrections.of(view.uid)) == 1
    assert send(bo, view, opened, deadline="2026-12-15").status_code == 409, "he has not seen that it is said"
    assert trail(room, view) == ["correct"]


def test_that_a_source_says_something_else_by_now_is_told_on_the_health_page(room: Room) -> None:
    view, anna = held(room), room.enter()
    send(anna, view, deadline="2026-12-09")
    assert "Kilden skriver nu noget andet" not in said(anna.get("/drift"))
    crawl(room, 15)
    page = anna.get("/drift")
    assert "1 rettelse: Kilden skriver nu noget andet" in said(page)
    assert "/rettelser" in tree(page).xpath("//ul[@class='alarms']//a/@href")
    assert "/rettelser" in tree(anna.get("/smaa-indkoeb")).xpath("//main//a/@href")
    room.place.later(days=20)
    assert to_look_at(room.place.store, room.place.now) == 0, "nobody has to look at what is over"
