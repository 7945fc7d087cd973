"""The inbox: what waits, in which order, filtered, counted, page by page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from notifier.catalogue import Doubt
from notifier.clock import COPENHAGEN
from notifier.desk.queueing import cells, counted, folded, past, read_spot, written
from notifier.lots import Evidence, Organisation
from notifier.store import Assessed
from notifier.store.queue import Spot
from tests.notifier.desk.lots import JUDGED, Pile
from tests.notifier.desk.make import Browser, Room
from tests.notifier.web.make import NOW, lot, said, tree


@pytest.fixture
def pile(room: Room) -> Pile:
    return Pile(room)


def titles(answer: TestResponse) -> list[str]:
    """The lots of a page, in order."""
    return [" ".join(one.text_content().split()) for one in tree(answer).xpath("//article//a[@data-row-key='o']")]


def listed(browser: Browser, **asked: str) -> list[str]:
    return titles(browser.get(f"/?{urlencode(asked)}"))


def options(answer: TestResponse, name: str) -> dict[str, str]:
    """The choices of a filter as they are read, by value."""
    return {one.get("value"): one.text_content() for one in tree(answer).xpath(f"//select[@name='{name}']/option")}


def lead(answer: TestResponse) -> str:
    """The sentence at the top."""
    return " ".join(tree(answer).xpath("string(//p[@class='lead'])").split())


def task(answer: TestResponse, title: str) -> str:
    """The words of a lot's row."""
    (found,) = (one for one in tree(answer).xpath("//article") if title in one.xpath(".//a")[0].text_content())
    return " ".join(found.text_content().split())


# -- in order


def test_what_is_near_and_unsure_comes_first_and_what_is_clear_last(room: Room, pile: Pile) -> None:
    for kind in ("clear", "unlikely", "marked", "unsure"):
        pile.add(kind, f"{kind} sent", day=20)
        pile.add(kind, f"{kind} nær", day=4)
    assert listed(room.enter()) == [
        "unsure nær", "marked nær", "unsure sent", "marked sent", "unlikely nær", "unlikely sent", "clear nær",
        "clear sent",
    ]  # fmt: skip


def test_the_cells_are_a_fortnight_of_whole_days_in_copenhagen() -> None:
    near = dt.datetime(2026, 12, 8, 0, 0, tzinfo=COPENHAGEN)
    assert past(NOW, 14) == near
    bounds = [(cell.doubt, cell.after, cell.before) for cell in cells(NOW)]
    assert bounds == [
        (Doubt.UNSURE, NOW, near), (Doubt.MARKED, NOW, near), (Doubt.UNSURE, near, None), (Doubt.MARKED, near, None),
        (Doubt.UNLIKELY, NOW, near), (Doubt.UNLIKELY, near, None), (Doubt.CLEAR, NOW, None),
    ]  # fmt: skip


def test_midnight_is_midnight_when_the_clocks_are_changed() -> None:
    before = dt.datetime(2026, 10, 20, 9, 0, tzinfo=COPENHAGEN)
    assert past(before, 7) == dt.datetime(2026, 10, 28, 0, 0, tzinfo=COPENHAGEN)


def test_what_is_tagged_hidden_or_too_late_does_not_wait(room: Room, pile: Pile) -> None:
    (tagged,) = pile.add("marked", "Markeret")
    (hidden,) = pile.add("marked", "Skjult")
    pile.add("marked", "For sent", day=1)
    pile.add("marked", "Venter")
    store = room.place.store
    from notifier.lots import Verdict

    store.tags.add(tagged, Verdict.SUITABLE, who="LK", why="x", now=room.place.now)
    store._database.write("UPDATE lots SET hidden = 1 WHERE uid = ?", (hidden,))
    room.refresh()
    pile.later(days=9)  # nothing made the rows anew since
    anna = room.enter()
    assert listed(anna) == ["Venter"]
    assert listed(anna, status="markeret") == ["Markeret"]
    assert listed(anna, status="af:LK") == ["Markeret"]
    assert listed(anna, status="alle") == ["Markeret", "Venter"]


def test_lots_of_a_tender_stand_together_under_its_name_and_buyer(room: Room, pile: Pile) -> None:
    pile.add("marked", "Gulve", "Vinduer", "Måtter", buyers=(Organisation("Prøvekøbing Havn"),))
    answer = room.enter().get("/")
    (group,) = tree(answer).xpath("//section[@data-group]")
    assert group.find("h2").text_content() == "Udbud 1"
    assert [one.tag for one in group.xpath(".//h3")] == ["h3"] * 3
    assert "Prøvekøbing Havn" in group.text_content()
    (together,) = group.xpath(".//details[@class='together']//form")
    assert len(together.xpath("./input[@name='lot']")) == 3


def test_each_row_says_enough_to_decide(room: Room, pile: Pile) -> None:
    pile.add("marked", "Rengøring af fire skoler", day=30)
    words = task(room.enter().get("/"), "fire skoler")
    for part in ("Frist for tilbud onsdag 30. december 2026 kl. 12.00", "værdi ikke oplyst", "Rengøring",
                 "Relevant – Arbejdet ligger inden for et af fagene", "Teksten nævner faget: Rengøring",
                 "Beskrivelse af Rengøring af fire skoler."):  # fmt: skip
        assert part in words


# -- the random sample


def test_the_sample_is_mixed_in_without_what_the_machine_says(room: Room, pile: Pile) -> None:
    pile.add("clear", "Trukket afvist", sampled=True, day=4)
    pile.add("marked", "Trukket relevant", sampled=True, day=5)
    pile.add("unsure", "I tvivl", day=6)
    pile.add("marked", "Mærket", day=4)
    anna = room.enter()
    page = anna.get("/")
    assert titles(page) == ["Trukket afvist", "Trukket relevant", "I tvivl", "Mærket"]
    rejected, marked = task(page, "Trukket afvist"), task(page, "Trukket relevant")
    for row in (rejected, marked):
        assert "Stikprøve: Vælg selv et mærke." in row
        assert "tegn på et af fagene" not in row
        assert "Arbejdet ligger" not in row
        assert "Teksten nævner" not in row
    # Two rows of the sample differ by what the source says alone, whatever the machine said of them.
    alike = [row.replace("Trukket afvist", "X").replace("Trukket relevant", "X") for row in (rejected, marked)]
    assert alike[0].replace("fredag 4.", "lørdag 5.") == alike[1]
    classes = {one.get("class") for one in tree(page).xpath("//article[.//p[@class='sample']]")}
    assert classes == {"task"}
    assert "Trukket" not in " ".join(listed(anna, maerke="suitable") + listed(anna, fag="cleaning"))
    assert listed(anna, maerke="stikproeve") == ["Trukket afvist", "Trukket relevant"]
    assert "Bekræft" not in said(page)


def test_a_sampled_lot_that_is_answered_tells_what_counts(room: Room, pile: Pile) -> None:
    (uid,) = pile.add("clear", "Trukket", sampled=True)
    anna = room.enter()
    anna.post("/maerk", {"lot": f"{uid}|0", "verdict": "suitable"})
    words = task(anna.get("/?status=markeret"), "Trukket")
    assert "Stikprøve" not in words
    assert "(Markeret af en medarbejder)" in words


# -- filtered, counted


def test_each_filter_finds_its_own_and_counts_what_it_would_leave(room: Room, pile: Pile) -> None:
    pile.add("marked", "Gulve", day=26, buyers=(Organisation("Havnen"),))
    pile.add("unsure", "Vinduer", day=30)
    pile.add("clear", "Asfalt", day=30, source="udbud")
    pile.add("clear", "Beton", day=30, source="udbud", sampled=True)
    anna = room.enter()
    page = anna.get("/")
    assert options(page, "maerke") == {
        "": "alle mærker", "suitable": "Relevant (1)", "possible": "Måske (1)", "unsuitable": "Ikke relevant (1)",
        "reserved": "Forbeholdt (0)", "stikproeve": "Stikprøve (1)",
    }  # fmt: skip
    assert options(page, "kilde")["udbud"].endswith("(2)")
    assert options(page, "ordregiver") == {
        "": "alle ordregivere", "Havnen": "Havnen (1)", "Prøvekøbing Kommune": "Prøvekøbing Kommune (3)"
    }  # fmt: skip
    assert options(page, "fag")["cleaning"] == "Rengøring (2)"
    assert options(page, "frist") == {
        "": "alle frister", "7": "inden for 7 dage (0)", "14": "inden for 14 dage (0)", "30": "inden for 30 dage (0)"
    }  # fmt: skip
    assert options(page, "status") == {"": "venter (4)", "markeret": "markeret (0)", "alle": "alle (4)"}
    assert "4 opgaver venter på at blive vurderet." in said(page)
    for asked, found in (
        ({"maerke": "suitable"}, ["Gulve"]), ({"fag": "cleaning"}, ["Vinduer", "Gulve"][::-1]),
        ({"kilde": "udbud"}, ["Beton", "Asfalt"]), ({"ordregiver": "havnen"}, ["Gulve"]),
        ({"soeg": "asf"}, ["Asfalt"]), ({"soeg": "beskrivelse vinduer"}, ["Vinduer"]),
    ):  # fmt: skip
        assert sorted(listed(anna, **asked)) == sorted(found), asked


def test_counts_beside_another_filter_are_of_what_it_leaves(room: Room, pile: Pile) -> None:
    pile.add("marked", "Gulve", day=5)
    pile.add("unsure", "Vinduer", day=20, source="udbud")
    pile.add("clear", "Asfalt", day=5, source="udbud")
    page = room.enter().get("/?kilde=udbud")
    assert [text for value, text in options(page, "maerke").items() if value in ("suitable", "possible")] == [
        "Relevant (0)", "Måske (1)"
    ]  # fmt: skip
    assert options(page, "kilde")["ted"].endswith("(1)")
    assert options(page, "fag")["cleaning"] == "Rengøring (1)"
    assert options(page, "frist")["14"] == "inden for 14 dage (1)"
    assert options(page, "frist")["30"] == "inden for 30 dage (2)"
    assert options(page, "status")["alle"] == "alle (2)"


def test_a_search_of_two_letters_is_not_made_and_that_is_told(room: Room, pile: Pile) -> None:
    pile.add("marked", "Gulve")
    page = room.enter().get("/?soeg=gu")
    assert titles(page) == ["Gulve"]
    assert "så der er ikke søgt på »gu«" in said(page)


@pytest.mark.parametrize("asked", [
    "maerke=lovely", "frist=9999999999", "frist=x", "status=hemmeligt", "efter=x", "efter=99~1~9999~P", "efter=~~~",
    "foer=0~0~~", "soeg=%22+OR+%00", "udbud=%00", "fag=' OR 1=1", "kilde=" + "x" * 3000,
])  # fmt: skip
def test_an_address_without_sense_is_no_error(room: Room, pile: Pile, asked: str) -> None:
    pile.add("marked", "Gulve")
    assert room.enter().get(f"/?{asked}").status_code == 200


def test_counts_stop_at_a_thousand_and_say_so() -> None:
    assert [counted(number, "da") for number in (0, 999, 1000, 1001)] == ["0", "999", "1.000", "1.000+"]
    assert counted(37, "en", at_least=True) == "37+"
    assert folded({"0": 2, "2": 3}, ["7", "14", "30"]) == {"7": 2, "14": 2, "30": 5}


# -- page by page


def test_pages_go_on_and_back_without_losing_or_repeating_a_lot(room: Room, pile: Pile) -> None:
    for number in range(4):
        pile.add(("unsure", "marked")[number % 2], *(f"Opgave {number}-{n:02}" for n in range(18)), day=4 + number * 6)
    anna = room.enter()
    pages = [anna.get("/")]
    while after := tree(pages[-1]).xpath("//nav[@class='pages']/a[@data-key='n']/@href"):
        pages.append(anna.get(after[0]))
    assert [len(titles(page)) for page in pages] == [30, 30, 12]
    found = [title for page in pages for title in titles(page)]
    assert len(set(found)) == 72
    back = tree(pages[2]).xpath("//a[@data-key='p']/@href")[0]
    assert titles(anna.get(back)) == titles(pages[1])
    first = tree(anna.get(back)).xpath("//a[@data-key='p']/@href")[0]
    assert titles(anna.get(first)) == titles(pages[0])
    assert tree(anna.get(first)).xpath("//a[@data-key='p']") == []
    # The second tender begins on the first page and ends on the second.
    assert "6 opgaver mere fra udbuddet venter, men står ikke på denne side." in said(pages[0])
    whole = tree(pages[0]).xpath("//p[@class='buyer']/a/@href")[-1]
    assert len(titles(anna.get(whole))) == 18


def test_the_next_page_leaves_out_nothing_though_the_first_was_tagged(room: Room, pile: Pile) -> None:
    uids = pile.add("marked", *(f"Opgave {n:02}" for n in range(70)))
    anna = room.enter()
    page = anna.get("/")
    after = tree(page).xpath("//a[@data-key='n']/@href")[0]
    anna.post("/maerk", {"lot": [f"{uid}|0" for uid in uids[:30]], "verdict": "possible"})
    assert titles(anna.get(after)) == [f"Opgave {n:02}" for n in range(30, 60)]
    back = tree(anna.get(after)).xpath("//a[@data-key='p']/@href")[0]
    assert titles(anna.get(back)) == [f"Opgave {n:02}" for n in range(30, 60)]


def test_a_spot_is_read_as_it_was_written() -> None:
    spot = Spot(3, "2026-12-08T11:00:00.000000+00:00", "ted:~1~2", 7)
    assert read_spot(written(spot)) == spot


def test_the_inbox_speaks_english(room: Room, pile: Pile) -> None:
    pile.add("clear", "Asphalt")
    anna = room.enter()
    anna.post("/sprog", {"language": "en"})
    assert "1 lot waits to be assessed" in said(anna.get("/"))
    assert "Confirm 1 rejection" in said(anna.get("/"))


def test_an_empty_inbox_says_so(room: Room) -> None:
    anna = room.enter()
    assert lead(anna.get("/")) == "Ingen opgaver venter."
    assert "Ingen opgaver passer til det, du har valgt." in said(anna.get("/?kilde=ted"))
    assert lead(anna.get("/?kilde=ted")) == "0 af 0, der venter."


def test_a_filtered_list_tells_how_many_of_all_and_nothing_of_the_order(room: Room, pile: Pile) -> None:
    pile.add("marked", "Gulve")
    pile.add("clear", "Asfalt", source="udbud")
    anna = room.enter()
    assert lead(anna.get("/?kilde=udbud")) == "1 af 2, der venter."
    assert lead(anna.get("/?soeg=findes+ikke")) == "0 af 2, der venter."
    assert "2 opgaver venter på at blive vurderet. Øverst står det, der haster mest" in lead(anna.get("/"))


def test_filters_are_folded_away_until_one_is_chosen_and_then_told_in_words(room: Room, pile: Pile) -> None:
    pile.add("marked", "Gulve")
    anna = room.enter()
    for path, opened, told in (
        ("/", None, []), ("/?soeg=gulve", None, []),
        ("/?maerke=suitable&fag=cleaning", "", ["Valgt: Mærke: Relevant, Fag: Rengøring"]),
    ):  # fmt: skip
        page = tree(anna.get(path))
        (folded,) = page.xpath("//form[@role='search']/details")
        assert folded.get("open") == opened
        assert page.xpath("//p[@class='chosen']/text()") == told
        assert page.xpath("//input[@name='soeg'][not(ancestor::details)]")


def test_what_would_be_confirmed_at_once_can_be_seen_first(room: Room, pile: Pile) -> None:
    pile.add("unlikely", "Usikker")
    pile.add("clear", "Asfalt", "Beton")
    pile.add("clear", "Trukket", sampled=True)
    pile.add("marked", "Gulve")
    anna = room.enter()
    (see,) = tree(anna.get("/")).xpath("//section[@class='clear']//a/@href")
    assert titles(anna.get(see)) == ["Asfalt", "Beton"]


def test_what_speaks_against_a_lot_is_one_line(room: Room) -> None:
    size = Evidence("size", -1.0, "value", "20000000", note="above_suitable")
    scope = Evidence("hard_scope", -2.0, "cpv_main", "45221119", 0, 8, note="cpv")
    room.place.hold(lot("Bro"), assessed=False, published=False)
    found = replace(JUDGED["clear"], evidence=(size, scope), rules_version="1")
    store = room.place.store
    store.assessments.save([Assessed(one.number, found) for one in store.assessments.waiting("1")], room.place.now)
    room.refresh()
    (line,) = tree(room.enter().get("/")).xpath("//p[@class='against']")
    words = " ".join(line.text_content().split())
    assert words.startswith("Imod: ")
    assert words.count("; ") == 1


def test_the_page_carries_what_one_did_last_until_the_day_is_over(room: Room, pile: Pile) -> None:
    (uid,) = pile.add("marked", "Gulve")
    anna, bo = room.enter(), room.enter("bo")
    anna.post("/maerk", {"lot": f"{uid}|0", "verdict": "suitable"})
    (form,) = tree(anna.get("/")).xpath("//form[@data-last]")
    assert (form.get("data-last"), form.get("data-words")) == ("1", "1 opgave er markeret: Relevant.")
    assert tree(bo.get("/")).xpath("//form[@data-last]") == []
    pile.later(hours=13)
    assert tree(anna.get("/")).xpath("//form[@data-last]") == []
