"""Keys at the desk, in a real browser: a week's lots, twenty by keyboard alone, undo, two officers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from notifier.lots import Verdict
from tests.notifier.desk.lots import Pile
from tests.notifier.looks import Town, found_by_axe, too_wide, town_at
from tests.test_browser import browser as browser
from tests.test_browser import pytestmark as chromium

pytestmark = [chromium, pytest.mark.long]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with town_at(tmp_path) as made:
        yield made


@pytest.fixture
def pile(town: Town) -> Pile:
    return Pile(town.room)


@dataclass(slots=True)
class Typist:
    """Somebody with a keyboard and nothing else; what they pressed is counted."""

    page: Page
    pressed: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed.append(key)

    def goes(self, *keys: str) -> None:
        """Press keys of which the last leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])

    @property
    def row(self) -> str:
        """The lot that has the focus."""
        return str(self.page.evaluate("document.activeElement.closest('[data-row]')?.querySelector('a').textContent"))

    def said(self, title: str) -> str:
        """What is told of a lot in its row."""
        return self.page.locator("article", has_text=title).locator("[data-row-said]").inner_text()

    def settled(self, done: int) -> None:
        """So many rows are done and nothing is on its way."""
        expect(self.page.locator("[data-row].done")).to_have_count(done)
        expect(self.page.locator("[data-row].sent")).to_have_count(0)


def at_inbox(town: Town, browser: Browser, who: str = "anna") -> Typist:
    """Somebody who has signed in and looks at the inbox."""
    page = town.enter(town.window(browser), who)
    page.goto(f"{town.desk}/")
    return Typist(page)


def test_a_typical_week_takes_no_more_than_ninety_keystrokes(browser: Browser, town: Town, pile: Pile) -> None:
    # Sixty lots of 25 procedures: 36 clear rejections, four of them drawn for the sample, and 24 others.
    others: list[str] = []
    for number, size in enumerate((5, 4, 3, 2, 2, *[1] * 8)):
        kind = ("unsure", "marked", "unlikely")[number % 3]
        others += pile.add(kind, *(f"Arbejde {number}-{n}" for n in range(size)), day=3 + number)
    clear: list[str] = []
    for number, size in enumerate((8, 6, 5, 4, 3, 2, 2, 1, 1, 1, 1, 2)):
        clear += pile.add("clear", *(f"Andet {number}-{n}" for n in range(size)), day=3 + number)
    sampled = clear[::9]
    pile.draw(*sampled)
    assert (len(others), len(clear), len(sampled), pile.number) == (24, 36, 4, 25)

    anna = at_inbox(town, browser)
    anna.goes("b")
    assert anna.page.get_by_role("status").first.inner_text() == "32 klare afvisninger er bekræftet."
    assert pile.waiting() == 28
    anna.press("j")
    while anna.page.locator("[data-row]:not(.sent, .done)").count():
        # What a person would do: a tender of several lots at once, the rest one by one.
        together = anna.page.evaluate(
            "[...document.activeElement.closest('[data-group]').querySelectorAll('[data-row]:not(.done, .sent) .tick')]"
            ".filter(one => !('alone' in one.dataset)).length"
        )
        alone = anna.page.evaluate("'alone' in document.activeElement.querySelector('.tick').dataset")
        if together > 1 and not alone:
            anna.press("g")
        anna.press("i" if alone else "r")
    anna.settled(28)
    assert pile.waiting() == 0
    assert len(anna.pressed) <= 90
    assert len(anna.pressed) <= 32  # what it took when this was written: a tender is two, any other lot one
    assert {pile.said(uid) for uid in others} == {("Anna Lund", "suitable")}
    assert {pile.said(uid) for uid in clear} == {("Anna Lund", "unsuitable")}
    assert town.complaints == []
    anna.page.context.close()


def test_twenty_lots_are_tagged_by_keyboard_alone_as_fast_as_one_types_and_undone(
    browser: Browser, town: Town, pile: Pile
) -> None:
    uids = [uid for number in range(20) for uid in pile.add("marked", f"Opgave {number:02}", day=5 + number)]
    anna = at_inbox(town, browser)
    keys = "rmif" * 5
    anna.press("j", *keys)  # without waiting for any answer
    anna.settled(20)
    verdicts = {"r": "suitable", "m": "possible", "i": "unsuitable", "f": "reserved"}
    assert [pile.said(uid) for uid in uids] == [("Anna Lund", verdicts[key]) for key in keys]
    assert [action.kind for action in pile.actions()] == ["tag"] * 20
    assert anna.said("Opgave 03") == "Markeret: Forbeholdt"

    anna.press("u", "u")
    anna.settled(18)
    assert [pile.said(uid) for uid in uids[-2:]] == [None, None]
    assert anna.row == "Opgave 18"
    # Another word on a row that has one: the last one counts.
    anna.press("r", "k", "i")
    anna.settled(19)
    assert pile.said(uids[18]) == ("Anna Lund", "unsuitable")
    assert town.complaints == []
    anna.page.context.close()


def test_what_was_done_by_a_button_is_undone_by_the_key_as_well(browser: Browser, town: Town, pile: Pile) -> None:
    pile.add("clear", "A", "B")
    pile.add("marked", "C")
    anna = at_inbox(town, browser)
    anna.goes("b")
    assert pile.waiting() == 1
    anna.goes("u")
    assert pile.waiting() == 3
    anna.page.context.close()


def test_two_officers_in_two_browsers_see_each_others_words(browser: Browser, town: Town, pile: Pile) -> None:
    (first,), (second,) = pile.add("marked", "Gulve", day=5), pile.add("marked", "Vinduer", day=6)
    anna, bo = at_inbox(town, browser, "anna"), at_inbox(town, browser, "bo")
    anna.press("j", "r")
    anna.settled(1)
    bo.press("j", "i", "m")
    bo.settled(1)
    assert bo.said("Gulve") == "Anna Lund har markeret den som Relevant. Åbn opgaven, eller brug knappen for at vælge."
    assert (pile.said(first), pile.said(second)) == (("Anna Lund", "suitable"), ("Bo Krag", "possible"))
    # The button leads to the page where one chooses.
    with bo.page.expect_navigation():
        bo.page.locator("article", has_text="Gulve").get_by_role("button", name="Ikke relevant").click()
    assert bo.page.locator("h1").inner_text() == "En kollega kom først"
    assert found_by_axe(bo.page) == []
    bo.press("i", "m")  # no verdict's letter: the same key twice is no answer
    assert pile.said(first) == ("Anna Lund", "suitable")
    bo.goes("a")
    assert pile.said(first) == ("Bo Krag", "unsuitable")
    anna.page.context.close()
    bo.page.context.close()


def test_of_many_rows_each_tells_its_own_outcome_and_undo_takes_back_what_was_written(
    browser: Browser, town: Town, pile: Pile
) -> None:
    (before,) = pile.add("unsure", "Først", day=2)
    uids = pile.add("unsure", "A1", "B1", "C1", day=3)
    anna = at_inbox(town, browser)
    anna.press("j", "i")
    anna.settled(1)
    store, now = town.room.place.store, town.room.place.now
    store.tags.add(uids[0], Verdict.SUITABLE, who="Bo Krag", why="x", now=now)
    anna.press("g", "i")
    anna.settled(3)
    assert anna.said("A1") == "Bo Krag har markeret den som Relevant. Åbn opgaven, eller brug knappen for at vælge."
    assert [anna.said(title) for title in ("B1", "C1")] == ["Markeret: Ikke relevant"] * 2
    expect(anna.page.locator("[data-keys-live]")).to_have_text("1 af opgaverne er ikke markeret. Grunden står ved den.")
    # A colleague speaks of another one: the rest is undone, and what was said before stays.
    store.tags.add(uids[1], Verdict.RESERVED, who="Bo Krag", why="x", now=now)
    anna.press("u")
    expect(anna.page.locator("[data-row].failed")).to_have_count(2)
    assert [anna.said(title) for title in ("Først", "C1")] == ["Markeret: Ikke relevant", "Fortrudt"]
    assert "Bo Krag har markeret den som Forbeholdt." in anna.said("B1")
    assert [pile.said(uid) for uid in (before, *uids)] == [
        ("Anna Lund", "unsuitable"), ("Bo Krag", "suitable"), ("Bo Krag", "reserved"), None
    ]  # fmt: skip
    assert town.complaints == []
    anna.page.context.close()


def test_what_is_typed_in_a_row_goes_with_the_word(browser: Browser, town: Town, pile: Pile) -> None:
    (uid,) = pile.add("marked", "Gulve")
    anna = at_inbox(town, browser)
    anna.press("j", "h")
    anna.page.keyboard.type("rimelig størrelse?")  # letters that are keys elsewhere
    anna.press("Tab", "Tab")
    anna.page.keyboard.type("Kantine, mad og café")
    anna.press("Enter")
    assert pile.said(uid) is None
    assert anna.row == "Gulve"
    anna.press("m")
    anna.settled(1)
    tag = pile.counting(uid)
    assert tag is not None
    assert (tag.why, tag.trades) == ("rimelig størrelse?", ("cleaning", "catering"))
    anna.page.context.close()


def test_enter_in_a_reason_marks_nothing_on_a_lots_page_either(browser: Browser, town: Town, pile: Pile) -> None:
    (uid,) = pile.add("marked", "Gulve")
    pile.add("marked", "Vinduer")
    anna = at_inbox(town, browser)
    slug = town.room.place.lot(uid).slug
    anna.page.goto(f"{town.desk}/opgave/{slug}")
    anna.press("h")
    anna.page.keyboard.type("rimelig størrelse")
    anna.press("Enter")
    assert pile.said(uid) is None
    anna.goes("i")
    tag = pile.counting(uid)
    assert tag is not None
    assert (tag.verdict.value, tag.why) == ("unsuitable", "rimelig størrelse")
    assert anna.page.locator("main [role=status]").inner_text() == "1 opgave er markeret: Ikke relevant."
    assert found_by_axe(anna.page) == []
    anna.goes("u")
    assert pile.said(uid) is None
    # Without keys the form is sent, and asks.
    anna.press("?")
    anna.page.get_by_label("Brug genveje med én tast").uncheck()
    anna.press("Escape")
    anna.page.fill("#why", "for stor")
    with anna.page.expect_navigation():
        anna.page.press("#why", "Enter")
    assert anna.page.locator("h1").inner_text() == "Vælg et mærke"
    assert found_by_axe(anna.page) == []
    assert pile.said(uid) is None
    anna.page.context.close()


def test_chosen_lots_are_counted_in_sight_and_win_only_where_one_stands_on_them(
    browser: Browser, town: Town, pile: Pile
) -> None:
    (first,), (second,), (third,) = (pile.add("marked", name, day=5 + n) for n, name in enumerate("ABC"))
    anna = at_inbox(town, browser)
    chosen = anna.page.locator("[data-keys-chosen]")
    anna.press("j", "x", "j", "x")
    assert chosen.inner_text().startswith("2 valgt")
    anna.press("j", "i")
    anna.settled(1)
    assert [pile.said(uid) for uid in (first, second)] == [None, None]
    assert pile.said(third) == ("Anna Lund", "unsuitable")
    assert found_by_axe(anna.page) == []
    anna.press("Escape")
    expect(chosen).to_have_class("unseen")
    anna.press("k", "x", "k", "x", "r")
    anna.settled(3)
    assert {pile.said(uid) for uid in (first, second)} == {("Anna Lund", "suitable")}
    anna.page.context.close()


def test_one_goes_on_where_one_was_after_a_lots_own_page_and_undoes_after_a_reload(
    browser: Browser, town: Town, pile: Pile
) -> None:
    uids = [uid for n, name in enumerate("ABCD") for uid in pile.add("marked", name, day=5 + n)]
    anna = at_inbox(town, browser)
    anna.press("j", "j")
    anna.goes("o")
    anna.goes("b")
    anna.press("j")
    assert anna.row == "B"
    anna.goes("o")
    anna.goes("i")
    anna.goes("b")
    anna.press("j")
    assert anna.row == "C"  # B is in the list no more
    anna.press("i")
    anna.settled(1)
    anna.page.reload()
    anna.goes("u")
    assert pile.said(uids[2]) is None
    expect(anna.page.locator("[data-keys-live]")).to_have_text("Fortrudt: 1 opgave er markeret: Ikke relevant.")
    anna.page.context.close()


def test_numbers_follow_what_is_tagged_and_messages_are_seen(browser: Browser, town: Town, pile: Pile) -> None:
    pile.add("marked", "Gulve", day=5)
    pile.add("clear", "Asfalt", day=6)
    pile.add("clear", "Beton", day=7)
    anna = at_inbox(town, browser)
    lead, clear, told = (anna.page.locator(one) for one in ("[data-count]", "[data-clear] + kbd", "[data-keys-live]"))
    clear = clear.locator("xpath=preceding-sibling::*")
    anna.press("r")
    expect(told).to_have_text("Vælg først en opgave med pil ned.")
    expect(told).not_to_have_class("unseen")
    anna.press("j", "r", "i")
    anna.settled(2)
    assert (lead.inner_text(), clear.inner_text()) == (
        "1 opgave venter på at blive vurderet", "Bekræft 1 afvisning"
    )  # fmt: skip
    anna.press("i")
    anna.settled(3)
    assert lead.inner_text() == "Ingen opgaver venter"
    expect(clear).to_be_hidden()
    anna.press("u")
    anna.settled(2)
    assert (lead.inner_text(), clear.inner_text()) == (
        "1 opgave venter på at blive vurderet", "Bekræft 1 afvisning"
    )  # fmt: skip
    anna.page.context.close()


def test_what_is_not_saved_is_said_and_waits(browser: Browser, town: Town, pile: Pile) -> None:
    pile.add("marked", "Gulve", day=5)
    (uid,) = pile.add("marked", "Vinduer", day=6)
    anna = at_inbox(town, browser)
    anna.page.route("**/maerk", lambda route: route.abort())
    anna.press("j", "r")
    expect(anna.page.locator("[data-row].failed")).to_have_count(1)
    assert anna.said("Gulve") == "Det blev ikke gemt. Prøv igen, eller brug knappen."
    anna.page.unroute("**/maerk")
    anna.press("r")
    anna.settled(1)
    assert pile.said(uid) == ("Anna Lund", "suitable")
    assert pile.waiting() == 1
    anna.page.context.close()


def test_keys_are_listed_and_can_be_switched_off(browser: Browser, town: Town, pile: Pile) -> None:
    (uid,) = pile.add("marked", "Gulve")
    pile.add("clear", "Asfalt")
    anna = at_inbox(town, browser)
    anna.press("j", "?")
    box = anna.page.get_by_role("dialog", name="Genveje")
    listed = dict(zip(box.locator("th[scope=row]").all_inner_texts(), box.locator("td").all_inner_texts(), strict=True))
    assert (listed["r"], listed["b"]) == (
        "marker opgaven (eller de valgte) som Relevant", "Bekræft 1 afvisning"
    )  # fmt: skip
    assert set("rmifjkoxghusb?") <= {key for keys in listed for key in keys.split()}
    assert found_by_axe(anna.page) == []
    anna.press("i")  # not while the list is open
    anna.press("Escape")
    expect(box).to_be_hidden()
    assert anna.row == "Gulve"

    anna.press("?")
    box.get_by_label("Brug genveje med én tast").uncheck()
    anna.press("Escape", "r", "?")
    expect(box).to_be_hidden()
    anna.page.reload()
    anna.press("j", "r", "Control+b")
    assert pile.said(uid) is None
    anna.page.get_by_role("button", name="Genveje").click()
    box.get_by_label("Brug genveje med én tast").check()
    anna.press("Escape", "j", "r")
    anna.settled(1)
    assert pile.said(uid) == ("Anna Lund", "suitable")
    anna.page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1100, "dark")])
def test_the_inbox_fits_and_axe_finds_nothing(
    browser: Browser, town: Town, pile: Pile, width: int, scheme: str
) -> None:
    pile.add("clear", "Asfalt", "Beton")
    pile.add("marked", "Daglig rengøring af rådhus, administrationsbygninger og biblioteker", day=5)
    pile.add("unsure", "Rengøring og vinduespudsning af Pædagogisk-Psykologisk-Rådgivningscentret", "Gulve")
    pile.add("marked", "Stikprøven", sampled=True)
    page = town.enter(town.window(browser, width, "dark" if scheme == "dark" else "light"))
    page.goto(f"{town.desk}/")
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
    assert too_wide(page) <= 0
    assert found_by_axe(page) == []
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("[data-row].done")).to_have_count(1)
    assert found_by_axe(page) == []
    assert town.complaints == []
    page.context.close()
