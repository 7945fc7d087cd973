"""An officer's word on lots: said, in conflict with a colleague's, undone."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from notifier.desk.deciding import Outcome, Seen, Speaker, Word, outcome, read_seen
from notifier.lots import Tag, Verdict
from notifier.store.tags import Counting
from notifier.withheld import Reason
from tests.notifier.desk.lots import Pile
from tests.notifier.desk.make import Browser, Room
from tests.notifier.web.make import NOW, call, filled_in, heading, lot, said, tree


@pytest.fixture
def pile(room: Room) -> Pile:
    return Pile(room)


def say(
    browser: Browser, *lots: str, verdict: str = "suitable", tag: int = 0, headers: Any = None, **form: Any
) -> TestResponse:
    """Say it of lots of which the browser saw that tag."""
    seen = [one if "|" in one else f"{one}|{tag}" for one in lots]
    form = {"lot": seen, "verdict": verdict, "back": "/?frist=14", **form}
    return browser.post("/maerk", form, headers=headers or {})


def sent_on(form_of: TestResponse, browser: Browser, action: str = "/maerk", **more: Any) -> TestResponse:
    """Send the last form of a page as it stands."""
    number = len(tree(form_of).forms) - 1
    return browser.post(action, {**filled_in(form_of, number), **more})


# -- said


def test_a_word_is_written_with_who_and_why_and_stands_in_the_trail(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    answer = say(room.enter(), uid, why="  De har gjort\ndet før ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?frist=14&gjort=1")
    tag = pile.counting(uid)
    assert tag is not None
    assert (tag.who, tag.verdict, tag.why, tag.trades) == ("Anna Lund", Verdict.SUITABLE, "De har gjort det før", None)
    (action,) = pile.actions()
    assert (action.who, action.kind, action.item) == ("Anna Lund", "tag", uid)
    assert (action.detail["lots"], action.detail["verdict"]) == ([uid], "suitable")
    assert room.place.lot(uid).tagged
    assert pile.waiting() == 0


def test_who_types_no_reason_gets_one_that_says_how_it_came_about(room: Room, pile: Pile) -> None:
    one, two = pile.add("marked", "Gulve", "Vinduer")
    (alone,) = pile.add()
    anna = room.enter()
    say(anna, alone)
    say(anna, one, two)
    reasons = [tag.why for uid in (alone, one, two) if (tag := pile.counting(uid))]
    assert reasons == ["Vurderet i indbakken.", *["Vurderet i indbakken sammen med andre opgaver."] * 2]


def test_one_action_may_tag_a_whole_procedure(room: Room, pile: Pile) -> None:
    uids = pile.add("marked", "A", "B", "C")
    say(room.enter(), *uids, verdict="reserved")
    (action,) = pile.actions()
    assert (action.detail["lots"], action.item) == (uids, "")
    assert {pile.said(uid) for uid in uids} == {("Anna Lund", "reserved")}


def test_the_same_word_sent_twice_changes_nothing(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna = room.enter()
    say(anna, uid)
    before = room.place.dump()
    again = say(anna, uid)
    assert (again.status_code, again.headers["Location"]) == (303, "/?frist=14")
    assert room.place.dump() == before


def test_trades_are_corrected_by_name_or_key_and_stand_where_nobody_changed_them(room: Room, pile: Pile) -> None:
    first, second, third = pile.add("marked", "A", "B", "C")
    anna = room.enter()
    say(anna, first, had_trades=["", "Rengøring"], trades=["Rengøring", ""])
    say(anna, second, had_trades=["", "Rengøring"], trades=["rengøring", "Kantine, mad og café"])
    say(anna, third, set_trades="1", trades=["grounds"])
    found = [tag.trades for uid in (first, second, third) if (tag := pile.counting(uid))]
    assert found == [None, ("cleaning", "catering"), ("grounds",)]


def test_a_trade_that_there_is_not_is_told_and_nothing_is_written(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    answer = say(room.enter(), uid, had_trades="", trades="Rengøning")
    assert (answer.status_code, "Rengøning" in said(answer)) == (422, True)
    assert pile.said(uid) is None


def test_what_makes_no_sense_is_refused(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna = room.enter()
    assert say(anna, uid, verdict="lovely").status_code == 400
    assert heading(anna.post("/maerk", {"verdict": "suitable"})) == "Ingen opgaver er valgt"
    assert say(anna, *(f"x{number}" for number in range(501))).status_code == 400
    assert heading(say(anna, "no-such-lot")) == "Opgaven findes ikke mere"
    assert pile.actions() == []


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_nobody_is_sent_to_another_place_afterwards(room: Room, pile: Pile, back: str) -> None:
    (uid,) = pile.add()
    assert say(room.enter(), uid, back=back).headers["Location"] == "/?gjort=1"


def test_what_was_withheld_and_released_by_a_tag_is_withheld_again_when_it_is_undone(room: Room, pile: Pile) -> None:
    store = room.place.store
    with store.withheld.noting(Reason.BACKFILL, "ted", NOW):
        view = room.place.hold(lot(), published=False)
    room.refresh()
    anna = room.enter()
    say(anna, view.uid)
    assert store.withheld.undecided() == ()
    anna.post("/fortryd", {"action": "1"})
    assert [one.item_uid for one in store.withheld.undecided()] == [view.uid]


def test_what_a_tag_released_is_withheld_again_when_the_tag_is_taken_back_and_free_when_that_is_undone(
    room: Room, pile: Pile
) -> None:
    store, anna = room.place.store, room.enter()
    with store.withheld.noting(Reason.BACKFILL, "ted", NOW):
        one, other = (room.place.hold(lot(), key=f"{key}-2026", published=False).uid for key in (71, 72))
    room.refresh()
    anna.post("/maerk", {"lot": [f"{one}|0", f"{other}|0"], "verdict": "unsuitable"})
    tag = pile.counting(one)
    assert tag is not None
    anna.post("/afmaerk", {"lot": [f"{one}|{tag.number}"]})
    assert [each.item_uid for each in store.withheld.undecided()] == [one], "the other's tag stands"
    anna.post("/fortryd", {"action": str(pile.actions()[-1].number)})
    assert store.withheld.undecided() == ()


def test_a_word_without_a_verdict_is_asked_for_it_and_loses_nothing(room: Room, pile: Pile) -> None:
    first, second = pile.add("marked", "Gulve", "Vinduer")
    anna = room.enter()
    typed: dict[str, Any] = {"why": "alt for stort til os", "had_trades": "", "trades": "Kantine, mad og café"}
    answer = say(anna, first, second, verdict="", **typed)
    assert (answer.status_code, heading(answer)) == (400, "Vælg et mærke")
    assert "Gulve" in said(answer)
    assert pile.actions() == []
    sent_on(answer, anna, verdict="unsuitable")
    tag = pile.counting(second)
    assert tag is not None
    assert (tag.verdict, tag.why, tag.trades) == (Verdict.UNSUITABLE, "alt for stort til os", ("catering",))
    told = anna.post("/maerk", {"lot": f"{first}|1"}, headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["error"][:14]) == (400, "Vælg et mærke.")


@pytest.mark.parametrize("path", ["/", "/opgave/"])
def test_the_first_button_of_a_form_with_verdicts_says_none(room: Room, pile: Pile, path: str) -> None:
    (uid, _) = pile.add("marked", "Gulve", "Vinduer")
    if path != "/":
        path += room.place.lot(uid).slug
    forms = [form for form in tree(room.enter().get(path)).forms if form.xpath(".//button[@name='verdict']")]
    assert len(forms) >= 2
    for form in forms:
        first = form.xpath(".//button")[0]
        assert (first.get("name"), first.get("tabindex"), first.get("aria-hidden")) == (None, "-1", "true")


# -- two officers


def test_the_second_of_two_officers_sees_both_words_and_nothing_is_written(room: Room, pile: Pile) -> None:
    (uid,) = pile.add("marked", "Rengøring af skoler")
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, uid, verdict="suitable", why="Kendt leverandør")
    answer = say(bo, uid, verdict="unsuitable", why="For stor", had_trades="", trades="Kantine, mad og café")
    assert (answer.status_code, heading(answer)) == (409, "En kollega kom først")
    for words in ("Rengøring af skoler", "Anna Lund", "Relevant", "Kendt leverandør", "Ikke relevant", "For stor",
                  "Kantine, mad og café", "23. november 2026 kl. 09.00", "Behold Anna Lunds markering"):  # fmt: skip
        assert words in said(answer)
    assert pile.said(uid) == ("Anna Lund", "suitable")
    assert [action.who for action in pile.actions()] == ["Anna Lund"]


def test_who_has_seen_the_colleagues_word_may_say_theirs_all_the_same(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, uid)
    clash = say(bo, uid, verdict="unsuitable", why="For stor", had_trades="", trades="Kantine, mad og café")
    answer = sent_on(clash, bo)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?frist=14&gjort=2")
    tag = pile.counting(uid)
    assert tag is not None
    assert (tag.who, tag.verdict, tag.why, tag.trades) == ("Bo Krag", Verdict.UNSUITABLE, "For stor", ("catering",))


def test_a_third_word_meanwhile_is_a_conflict_again(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna, bo, carla = (room.enter(who) for who in ("anna", "bo", "admin"))
    say(anna, uid)
    clash = say(bo, uid, verdict="unsuitable")
    say(carla, uid, verdict="possible", tag=1)
    answer = sent_on(clash, bo)
    assert (answer.status_code, "Carla Dam markerede den som Måske" in said(answer)) == (409, True)
    assert pile.said(uid) == ("Carla Dam", "possible")


def test_a_colleague_who_said_the_same_is_no_conflict(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    say(room.enter("anna"), uid)
    assert say(room.enter("bo"), uid).status_code == 303
    assert (pile.said(uid), len(pile.actions())) == (("Anna Lund", "suitable"), 1)
    say(room.enter("bo"), uid, why="Det synes jeg også")
    assert pile.said(uid) == ("Bo Krag", "suitable")


def test_no_letter_of_a_verdict_overrides_a_colleague(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    say(room.enter("anna"), uid)
    page = tree(say(room.enter("bo"), uid, verdict="possible"))
    keys = {one.get("data-key"): one.xpath("string(kbd)") for one in page.xpath("//*[@data-key]")}
    assert keys == {"a": "a", "b": "b"}


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_nobody_typed_is_not_quoted_as_a_colleagues_reason(room: Room, pile: Pile, language: str) -> None:
    (uid,) = pile.add()
    anna, bo = room.enter("anna"), room.enter("bo")
    anna.post("/sprog", {"language": language})
    say(anna, uid)
    answer = said(say(bo, uid, verdict="unsuitable"))
    assert "Anna Lund markerede den som Relevant 23. november 2026 kl. 09.00." in answer
    assert "»" not in answer
    assert "Dit valg er ikke gemt." in answer


def test_of_many_lots_only_those_in_conflict_are_left_and_chosen_among(room: Room, pile: Pile) -> None:
    uids = pile.add("marked", "A", "B", "C", "D")
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, *uids[:2], verdict="suitable")
    clash = say(bo, *uids, verdict="unsuitable")
    assert (clash.status_code, heading(clash)) == (409, "Kolleger kom først")
    assert "2 andre opgaver blev markeret, som du ville." in said(clash)
    assert [pile.said(uid) for uid in uids] == [("Anna Lund", "suitable")] * 2 + [("Bo Krag", "unsuitable")] * 2
    sent_on(clash, bo, lot=[f"{uids[1]}|2"])
    assert [pile.said(uid) for uid in uids[:2]] == [("Anna Lund", "suitable"), ("Bo Krag", "unsuitable")]


def test_a_colleague_who_took_a_word_back_is_a_conflict_for_who_saw_it_stand(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, uid)
    anna.post("/afmaerk", {"lot": f"{uid}|1"})
    answer = say(bo, uid, tag=1, verdict="unsuitable")
    assert (answer.status_code, "Anna Lund har fjernet markeringen." in said(answer)) == (409, True)
    assert sent_on(answer, bo).status_code == 303
    assert pile.said(uid) == ("Bo Krag", "unsuitable")


def test_a_script_is_told_the_same_in_short(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna, bo = room.enter("anna"), room.enter("bo")
    json = {"Accept": "application/json"}
    answer = anna.post("/maerk", {"lot": f"{uid}|0", "verdict": "suitable"}, headers=json)
    assert answer.get_json() == {"action": 1, "lots": [f"{uid}|1"]}
    answer = bo.post("/maerk", {"lot": f"{uid}|0", "verdict": "unsuitable"}, headers=json)
    assert answer.status_code == 409
    assert "Anna Lund har markeret den som Relevant" in answer.get_json()["error"]
    assert anna.post("/fortryd", {"action": "1"}, headers=json).get_json() == {"action": 0, "lots": [f"{uid}|0"]}


JSON = {"Accept": "application/json"}


def test_a_script_is_told_of_each_of_many_lots_what_became_of_it(room: Room, pile: Pile) -> None:
    uids = pile.add("marked", "A", "B", "C")
    anna, bo = room.enter("anna"), room.enter("bo")
    say(bo, uids[0], verdict="unsuitable")
    answer = say(anna, *uids, "no-such-lot", headers=JSON)
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["action"], told["lots"]) == (2, [f"{uids[1]}|2", f"{uids[2]}|3"])
    assert told["left"] == {
        uids[0]: "Bo Krag har markeret den som Ikke relevant. Åbn opgaven, eller brug knappen for at vælge.",
        "no-such-lot": "Opgaven findes ikke mere. Måske er den slået sammen med en anden.",
    }
    assert told["error"] == "2 af opgaverne er ikke markeret. Grunden står ved hver af dem."
    assert [pile.said(uid) for uid in uids] == [("Bo Krag", "unsuitable"), *[("Anna Lund", "suitable")] * 2]


def test_a_script_is_told_of_each_lot_whether_it_was_undone(room: Room, pile: Pile) -> None:
    first, second = pile.add("marked", "A", "B")
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, first, second)
    say(bo, first, tag=1, verdict="unsuitable")
    answer = anna.post("/fortryd", {"action": "1"}, headers=JSON)
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["lots"], list(told["left"])) == ([f"{second}|0"], [first])
    assert "Bo Krag har markeret den som Ikke relevant" in told["left"][first]


def two_that_become_one(room: Room) -> tuple[str, str]:
    """A lot of TED and one of a page that turns out to be the same: the one that stays, and the one that is gone."""
    store, page = room.place.store, call(lot("Skoler", "1"), key="s-1", source="town", publication_number="",
                                         procedure_id="")  # fmt: skip
    kept = room.place.hold(lot("Skoler"), key="1-2026").uid
    room.place.later(hours=1)
    store.notices.hold(page, room.place.now)
    (gone,) = (view.uid for view in store.lots.views(room.place.now) if view.uid != kept)
    return kept, gone


def joined(room: Room) -> None:
    """They are one now; pages that were open are not."""
    page = call(lot("Skoler", "1"), key="s-1", source="town", publication_number="1-2026", procedure_id="")
    room.place.store.notices.hold(page, room.place.now)
    Pile(room).judge("marked")
    room.refresh()


def test_a_word_on_a_lot_that_became_another_is_said_of_that(room: Room, pile: Pile) -> None:
    kept, gone = two_that_become_one(room)
    joined(room)
    answer = say(room.enter(), gone, verdict="unsuitable", headers=JSON)
    assert (answer.status_code, answer.get_json()["lots"]) == (200, [f"{kept}|1", f"{gone}|1"])
    assert pile.said(kept) == ("Anna Lund", "unsuitable")


def test_what_a_colleague_said_of_the_lot_that_it_became_is_a_conflict(room: Room, pile: Pile) -> None:
    kept, gone = two_that_become_one(room)
    anna, bo = room.enter("anna"), room.enter("bo")
    say(bo, kept, verdict="suitable", why="Kendt")
    joined(room)
    answer = say(anna, gone, verdict="unsuitable", why="For stor")
    assert (answer.status_code, heading(answer)) == (409, "En kollega kom først")
    assert list(say(anna, gone, verdict="unsuitable", headers=JSON).get_json()["left"]) == [kept, gone]
    assert pile.said(kept) == ("Bo Krag", "suitable")
    assert sent_on(answer, anna).status_code == 303
    assert pile.said(kept) == ("Anna Lund", "unsuitable")


def test_a_word_on_two_lots_that_became_one_is_said_once_and_undone_wholly(room: Room, pile: Pile) -> None:
    kept, gone = two_that_become_one(room)
    anna = room.enter()
    say(anna, kept, gone)
    joined(room)
    anna.post("/fortryd", {"action": "1"})
    assert pile.said(kept) is None
    say(anna, kept, gone, verdict="possible")
    assert pile.actions()[-1].detail["lots"] == [kept]


def counting(who: str = "Anna", verdict: Verdict = Verdict.SUITABLE, account: int | None = 1) -> Counting:
    return Counting(Tag(7, "lot", verdict, who, "derfor", NOW), account)


@pytest.mark.parametrize(("seen", "now", "word", "speaker", "removed_by", "expected"), [
    (0, None, Word(Verdict.SUITABLE), Speaker("Bo", 2), "", Outcome.MISSING),
    (0, Counting(None), Word(Verdict.SUITABLE), Speaker("Bo", 2), "", Outcome.WRITTEN),
    (7, Counting(None), Word(Verdict.SUITABLE), Speaker("Bo", 2), "Anna", Outcome.CONFLICT),
    (7, Counting(None), Word(Verdict.SUITABLE), Speaker("Bo", 2), "Bo", Outcome.WRITTEN),
    (7, counting(), Word(Verdict.POSSIBLE), Speaker("Bo", 2), "", Outcome.WRITTEN),
    (0, counting(), Word(Verdict.POSSIBLE), Speaker("Bo", 2), "", Outcome.CONFLICT),
    (0, counting(), Word(Verdict.SUITABLE), Speaker("Bo", 2), "", Outcome.SAID),
    (0, counting(), Word(Verdict.SUITABLE, "også"), Speaker("Bo", 2), "", Outcome.WRITTEN),
    (0, counting(), Word(Verdict.SUITABLE, "", ("it_data",)), Speaker("Bo", 2), "", Outcome.CONFLICT),
    (0, counting(), Word(Verdict.POSSIBLE), Speaker("Anna", 1), "", Outcome.WRITTEN),
    # Two of one name have accounts of their own; whom a proxy names has a name alone.
    (0, counting(), Word(Verdict.POSSIBLE), Speaker("Anna", 2), "", Outcome.CONFLICT),
    (0, counting(account=None), Word(Verdict.POSSIBLE), Speaker("Anna", None), "", Outcome.WRITTEN),
])  # fmt: skip
def test_what_becomes_of_a_word(
    seen: int, now: Counting | None, word: Word, speaker: Speaker, removed_by: str, expected: Outcome
) -> None:
    assert outcome(Seen("lot", seen), now, word, speaker, removed_by) is expected


def test_a_lot_of_a_form_is_read_with_bars_in_its_name_and_without_sense_not_at_all() -> None:
    assert read_seen("a|b|12") == Seen("a|b", 12)
    assert [read_seen(text) for text in ("", "a", "|3", "a|", "a|-1", "a|x", "a|" + "9" * 30)] == [None] * 7


# -- taken back, undone


def test_undoing_takes_back_exactly_those_tags_and_what_stood_before_counts_again(room: Room, pile: Pile) -> None:
    first, second = pile.add("marked", "A", "B")
    anna = room.enter()
    say(anna, first, verdict="possible")
    say(anna, f"{first}|1", f"{second}|0", verdict="unsuitable")
    answer = anna.post("/fortryd", {"action": "2", "back": "/?gjort=2"})
    assert answer.headers["Location"] == "/"
    assert (pile.said(first), pile.said(second)) == (("Anna Lund", "possible"), None)
    undone = room.place.store.actions.get(2)
    assert undone is not None
    assert undone.undone_by == "Anna Lund"
    assert pile.actions()[-1].kind == "undo"
    assert pile.waiting() == 1


def test_the_trail_can_undo_hours_later_but_only_once(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    say(room.enter("anna"), uid)
    pile.later(hours=5)
    bo = room.enter("bo")
    assert bo.post("/fortryd", {"action": "1"}).status_code == 303
    before = room.place.dump()
    answer = bo.post("/fortryd", {"action": "1"})
    assert (answer.status_code, heading(answer)) == (409, "Det er allerede fortrudt")
    assert room.place.dump() == before


def test_a_colleagues_later_word_stays(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna = room.enter("anna")
    say(anna, uid)
    say(room.enter("bo"), uid, tag=1, verdict="unsuitable", why="For stor")
    before = room.place.dump()
    answer = anna.post("/fortryd", {"action": "1"})
    assert (answer.status_code, heading(answer)) == (409, "Det kan ikke fortrydes")
    assert "Bo Krag markerede den som Ikke relevant" in said(answer)
    assert room.place.dump() == before


def test_of_many_those_are_undone_that_nobody_spoke_of_since(room: Room, pile: Pile) -> None:
    uids = pile.add("marked", "A", "B", "C")
    anna = room.enter("anna")
    say(anna, *uids)
    say(room.enter("bo"), uids[0], tag=1, verdict="unsuitable")
    answer = anna.post("/fortryd", {"action": "1"})
    assert (answer.status_code, heading(answer)) == (200, "Noget af det er fortrudt")
    assert "2 opgaver er som før" in said(answer)
    assert [pile.said(uid) for uid in uids] == [("Bo Krag", "unsuitable"), None, None]


def test_what_was_undone_does_not_come_back_when_a_colleague_takes_theirs_back(room: Room, pile: Pile) -> None:
    first, second = pile.add("marked", "A", "B")
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, first, second)
    say(bo, first, tag=1, verdict="unsuitable")
    anna.post("/fortryd", {"action": "1"})
    bo.post("/fortryd", {"action": "2"})
    assert [pile.said(uid) for uid in (first, second)] == [None, None]
    assert pile.waiting() == 2


def test_one_lot_of_many_is_taken_back_alone_and_then_the_rest(room: Room, pile: Pile) -> None:
    first, second, third = pile.add("marked", "A", "B", "C")
    anna, bo = room.enter("anna"), room.enter("bo")
    say(bo, first, verdict="reserved")
    say(anna, f"{first}|1", second, third, verdict="unsuitable")
    answer = anna.post("/fortryd", {"action": "2", "lot": f"{first}|2", "back": "/opgave/a"})
    assert (answer.status_code, answer.location) == (303, "/opgave/a")
    # What stood before counts again.
    assert [pile.said(uid) for uid in (first, second, third)] == [
        ("Bo Krag", "reserved"), *[("Anna Lund", "unsuitable")] * 2
    ]  # fmt: skip
    undone = pile.actions()[-1]
    assert (undone.kind, undone.item, undone.detail["lots"]) == ("undo", first, [first])
    assert anna.post("/fortryd", {"action": "2"}).status_code == 303
    assert [pile.said(uid) for uid in (first, second, third)] == [("Bo Krag", "reserved"), None, None]
    assert anna.post("/fortryd", {"action": "2", "lot": f"{second}|3"}).status_code == 409


def test_an_action_of_which_every_lot_was_taken_back_by_itself_is_undone(room: Room, pile: Pile) -> None:
    uids = pile.add("marked", "A", "B")
    anna = room.enter()
    say(anna, *uids)
    for uid in uids:
        assert not pile.actions()[0].undone_at
        anna.post("/fortryd", {"action": "1", "lot": f"{uid}|1"})
    assert pile.actions()[0].undone_by == "Anna Lund"


@pytest.mark.parametrize("named", ["", "x", "no-such-lot|1", ["a|1", "b|1"]])
def test_a_lot_that_is_named_and_not_known_does_not_undo_them_all(room: Room, pile: Pile, named: Any) -> None:
    uids = pile.add("marked", "A", "B")
    anna = room.enter()
    say(anna, *uids)
    assert anna.post("/fortryd", {"action": "1", "lot": named}).status_code in (404, 409)
    assert {pile.said(uid) for uid in uids} == {("Anna Lund", "suitable")}


def test_a_tag_is_taken_back_and_put_back(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna = room.enter()
    say(anna, uid)
    say(anna, f"{uid}|1", verdict="possible")
    anna.post("/afmaerk", {"lot": f"{uid}|2"})
    assert (pile.said(uid), pile.waiting()) == (None, 1)
    anna.post("/fortryd", {"action": "3"})
    assert (pile.said(uid), pile.waiting()) == (("Anna Lund", "possible"), 0)


def test_a_colleagues_word_is_not_taken_back_unseen(room: Room, pile: Pile) -> None:
    (uid,) = pile.add()
    anna, bo = room.enter("anna"), room.enter("bo")
    say(anna, uid)
    say(bo, uid, tag=1, verdict="unsuitable")
    answer = anna.post("/afmaerk", {"lot": f"{uid}|1"})
    assert (answer.status_code, "Bo Krag markerede den som Ikke relevant" in said(answer)) == (409, True)
    assert pile.said(uid) == ("Bo Krag", "unsuitable")
    assert sent_on(answer, anna, "/afmaerk").status_code == 303
    assert pile.said(uid) is None


@pytest.mark.parametrize("action", ["", "x", "-1", "99", "9" * 40])
def test_what_was_never_done_cannot_be_undone(room: Room, action: str) -> None:
    answer = room.enter().post("/fortryd", {"action": action})
    assert (answer.status_code, heading(answer)) == (404, "Det kan ikke fortrydes her")


# -- clear rejections


def confirm(browser: Browser) -> TestResponse:
    """Press the button of the inbox."""
    page = browser.get("/")
    forms = tree(page).forms
    number = next(n for n, form in enumerate(forms) if form.get("action") == "/afvis-klare")
    return browser.post("/afvis-klare", filled_in(page, number))


def test_clear_rejections_are_confirmed_in_one_action_without_the_sample(room: Room, pile: Pile) -> None:
    clear = [*pile.add("clear", "A", "B"), *pile.add("clear")]
    (sampled,) = pile.add("clear", sampled=True)
    (unlikely,), (marked,) = pile.add("unlikely"), pile.add("marked")
    anna = room.enter()
    assert "Systemet foreslår »Ikke relevant« for 3 opgaver, og intet peger på et fag." in said(anna.get("/"))
    answer = confirm(anna)
    assert {pile.said(uid) for uid in clear} == {("Anna Lund", "unsuitable")}
    assert [pile.said(uid) for uid in (sampled, unlikely, marked)] == [None] * 3
    assert [len(one.detail["lots"]) for one in pile.actions()] == [3]
    page = anna.get(answer.headers["Location"])
    assert "3 klare afvisninger er bekræftet." in said(page)
    anna.post("/fortryd", filled_in(page, next(
        n for n, form in enumerate(tree(page).forms) if form.get("action") == "/fortryd"
    )))  # fmt: skip
    assert {pile.said(uid) for uid in clear} == {None}


def test_a_button_that_is_pressed_twice_leads_to_what_it_did_and_its_undo(room: Room, pile: Pile) -> None:
    uids = pile.add("clear", "A", "B")
    anna = room.enter()
    page = anna.get("/")
    number = next(n for n, form in enumerate(tree(page).forms) if form.get("action") == "/afvis-klare")
    answers = [anna.post("/afvis-klare", filled_in(page, number)).location for _ in range(2)]
    assert answers == ["/?gjort=1"] * 2
    # A colleague's is nobody else's to undo from here, and what is undone is not told as done.
    bo = room.enter("bo")
    assert bo.post("/afvis-klare", filled_in(page, number)).location == "/"
    anna.post("/fortryd", {"action": "1"})
    say(anna, *uids, verdict="suitable")
    assert anna.post("/afvis-klare", filled_in(page, number)).location == "/"


def test_what_came_or_changed_since_the_page_was_made_is_not_confirmed(room: Room, pile: Pile) -> None:
    stays, drawn, tagged = pile.add("clear", "A", "B", "C")
    anna = room.enter()
    page = anna.get("/")
    number = next(n for n, form in enumerate(tree(page).forms) if form.get("action") == "/afvis-klare")
    pile.draw(drawn)
    say(room.enter("bo"), tagged, verdict="suitable")
    (later,) = pile.add("clear")
    anna.post("/afvis-klare", filled_in(page, number))
    assert [pile.said(uid) for uid in (stays, drawn, tagged, later)] == [
        ("Anna Lund", "unsuitable"), None, ("Bo Krag", "suitable"), None
    ]  # fmt: skip


def test_what_was_judged_anew_and_not_yet_listed_anew_is_looked_at_as_it_is(room: Room, pile: Pile) -> None:
    (uid,) = pile.add("clear")
    anna = room.enter()
    page = anna.get("/")
    number = next(n for n, form in enumerate(tree(page).forms) if form.get("action") == "/afvis-klare")
    room.place.store.draws.keep(pile.drawn(uid), room.place.now)  # nobody refreshed the catalogue
    anna.post("/afvis-klare", filled_in(page, number))
    assert pile.said(uid) is None
