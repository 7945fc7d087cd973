"""A lot's page at the desk: its text with the evidence in place, who said what, notes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields, replace
from typing import Any

import pytest
from lxml import html

from notifier.changes import MATERIAL
from notifier.desk.history import compare, difference
from notifier.desk.lot import next_waiting
from notifier.learning.sampling import Drawn, Kind
from notifier.lots import (
    Assessment,
    Criterion,
    Deadline,
    Demand,
    Evidence,
    FieldChange,
    Lot,
    LotView,
    Translation,
    Verdict,
)
from notifier.site.reader import Reader
from notifier.store import Assessed
from notifier.suitability import assess
from notifier.words import words
from tests.notifier.desk.lots import Pile
from tests.notifier.desk.make import Room
from tests.notifier.web.make import NOW, RULES, call, lot, noon, said, tree

TEXT = (
    "Daglig rengøring af skoler og børnehaver. Tilbudsgiver skal have en årlig omsætning på 50 mio. kr. "
    "Der lægges vægt på rengøring uden kemi."
)


def held(room: Room, *lots: Lot, key: str = "1-2026", found: Assessment | None = None, **facts: Any) -> LotView:
    """A call with these lots, judged by the rules that are shipped (or as a test has it), and in the catalogue."""
    place = room.place
    place.hold(*lots, key=key, assessed=False, published=False, **facts)
    waiting = list(place.store.assessments.waiting("none"))
    place.store.assessments.save(
        [Assessed(one.number, found or assess(one.lot, one.notice, RULES)) for one in waiting], place.now
    )
    room.refresh()
    return next(
        view for view in place.store.lots.find(key, place.now) if view.lot.lot_id == (lots or (lot(),))[0].lot_id
    )


def path(view: LotView) -> str:
    return f"/opgave/{view.slug}"


def open_lot(room: Room, view: LotView, who: str = "anna") -> html.HtmlElement:
    answer = room.enter(who).get(path(view))
    assert answer.status_code == 200
    return tree(answer)


def section(page: html.HtmlElement, name: str) -> html.HtmlElement:
    """The part of the page under a heading."""
    return page.get_element_by_id(name).getparent()


def test_the_words_that_decided_are_marked_where_they_stand_with_links_to_and_fro(room: Room) -> None:
    view = held(room, lot("Rengøring af fire skoler", description=TEXT))
    page = open_lot(room, view)
    text = section(page, "teksten")
    marks = text.xpath(".//div/mark[contains(@class, 'for')]")
    assert {mark.text_content().lower() for mark in marks} >= {"rengøring"}
    (asked,) = text.xpath(".//div/mark[contains(@class, 'demand')]")
    assert "omsætning på 50 mio. kr." in asked.text_content()
    for link in text.xpath(".//a[contains(@class, 'ref')]"):
        ground = page.get_element_by_id(link.get("href").removeprefix("#"))
        assert link.text in ground.text_content()
        back = [one.get("href").removeprefix("#") for one in ground.xpath(".//a")]
        assert back
        assert all(page.get_element_by_id(one) is not None for one in back)
    assert text.xpath("string(.//div[@class='scraped'][2])").replace("!", "").startswith("Daglig rengøring")


def test_marks_tell_without_colour_what_they_mean(room: Room) -> None:
    page = open_lot(room, held(room, lot(description=TEXT)))
    for link in section(page, "teksten").xpath(".//a[contains(@class, 'ref')]"):
        kind = link.get("class").split()[1]
        assert link.text[0] == {"for": "+", "against": "−", "demand": "!"}[kind]
        assert words("da")(f"desklot.ref_{kind}", number=link.text[1:]) == link.get("aria-label")


def test_a_quote_whose_text_was_changed_is_told_and_not_marked_somewhere_else(room: Room) -> None:
    found = Assessment(
        Verdict.SUITABLE, 2.0, ("cleaning",),
        evidence=(
            Evidence("trade_words", 2.0, "description", "gulvvask", 4, 12, "cleaning"),
            Evidence("trade_words", 1.0, "performance_terms[7]", "vask", 0, 4, "cleaning"),
        ),
        demands=(Demand("turnover", "omsætning", "description", 700, 709),),
    )  # fmt: skip
    view = held(room, lot(description="Her stod om gulve; nu om omsætning."), found=found)
    page = open_lot(room, view)
    assert [mark.text_content() for mark in section(page, "teksten").xpath(".//div/mark")] == ["omsætning"]
    assert section(page, "derfor").text_content().count(words("da")("desklot.lost")) == 2


def test_every_text_that_evidence_can_point_into_is_shown(room: Room) -> None:
    one = lot(
        "Kantine",
        description="Beskrivelsen.",
        additional_information="Oplysningen.",
        performance_terms=("Første vilkår.", "Andet vilkår."),
        selection_criteria=(Criterion("tp-abil", "Kravet."),),
        translations=(Translation("en", "Canteen", "The description."),),
    )
    view = held(room, one, title="Hele udbuddet", description="Udbuddets tekst.")
    shown = section(open_lot(room, view), "teksten").text_content()
    for text in ("Kantine", "Beskrivelsen.", "Oplysningen.", "Første vilkår.", "Andet vilkår.", "Kravet.", "Canteen",
                 "The description.", "Hele udbuddet", "Udbuddets tekst."):  # fmt: skip
        assert text in shown


PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</mark><script>alert(2)</script>",
    "<svg/onload=alert(3)>",
    "'-alert(4)-'",
    "{{ 7*7 }}",
    "javascript:alert(5)",
)


def test_hostile_text_is_words_and_nothing_else(room: Room) -> None:
    bad = " ".join(PAYLOADS)
    one = lot(
        f"Rengøring {bad}",
        description=f"{bad} rengøring \u202eegnegnåg\u202c og reng\u200børing \ud800 slut {bad}",
        additional_information=bad,
        performance_terms=(bad,),
        selection_criteria=(Criterion(bad, bad),),
        translations=(Translation("en", bad, bad),),
        place=bad,
        documents_url="javascript:alert(1)",
    )
    found = Assessment(
        Verdict.SUITABLE, 2.0, (),
        evidence=(Evidence("trade_words", 1.0, "description", bad, 0, len(bad), note=bad, trade=bad),),
        demands=(Demand("turnover", bad, "additional_information", 0, len(bad)),),
    )  # fmt: skip
    room.place.store.notices.hold(call(replace(one, description="før"), url="javascript:alert(1)"), room.place.now)
    room.place.later(hours=1)
    one = replace(one, description=one.description.replace("\ud800", ""))  # no database takes it
    view = held(room, one, found=found, title=f"Hele {bad}", url="javascript:alert(1)")
    anna = room.enter()
    assert anna.post(f"{path(view)}/note", {"words": f"Se {bad}", "once": "a"}).status_code == 303
    room.place.store.tags.add(view.uid, Verdict.POSSIBLE, who=f"Anna {bad}", why=bad, now=room.place.now)
    room.refresh()
    answer = anna.get(path(view))
    raw, page = answer.get_data(as_text=True), tree(answer)
    assert page.xpath("//script[not(@src)] | //img | //svg | //*[@onerror or @onload or @style]") == []
    assert not [one for one in page.xpath("//@href") if one.lower().startswith("javascript")]
    assert "alert(1)" in page.text_content()
    assert "{{ 7*7 }}" in page.text_content()
    assert "<script>alert" not in raw
    for unseen in ("\u202e", "\u202c", "\u200b"):
        assert unseen not in raw
    assert "□egnegnåg□" in page.text_content()
    assert "reng□øring" in page.text_content()


def test_the_page_of_a_lot_that_became_another_leads_to_that(room: Room) -> None:
    view = held(room)
    with room.place.store.transaction():
        room.place.store._database.write(
            "INSERT INTO lot_aliases (uid, slug, lot_id) SELECT 'old', 'gammelt-navn', id FROM lots"
        )
    answer = room.enter().get("/opgave/gammelt-navn")
    assert (answer.status_code, answer.location) == (301, path(view))
    assert room.enter().get("/opgave/findes-ikke").status_code == 404


def test_a_lot_of_the_random_sample_is_answered_without_being_led(room: Room) -> None:
    two = lot("Rengøring af haller", "LOT-0002")
    view = held(room, lot(description=TEXT), two)
    drawn = Drawn(view.uid, Kind.RANDOM, "s", 10, 0.1, Verdict.SUITABLE, None)
    room.place.store.draws.keep([drawn], room.place.now)
    room.refresh()
    page = open_lot(room, view)
    shut = page.xpath("//section[@aria-labelledby='derfor']//details")
    assert len(shut) == 1
    assert shut[0].get("open") is None
    inside = shut[0].text_content()
    assert "Relevant" in inside
    assert shut[0].xpath(".//mark")
    assert shut[0].xpath(".//a[contains(@class, 'ref')]")
    shut[0].getparent().remove(shut[0])
    assert page.xpath("//mark[not(contains(., '+'))][not(ancestor::p)]") == []
    assert page.xpath("//input[@name='trades'][@checked]") == []
    outside = page.find(".//main").text_content()
    assert "Fag" not in [cell.text for cell in page.xpath("//table[@class='facts']//th")]
    assert not re.search(r"forslag: »|Teksten nævner faget", outside)
    assert outside.count(words("da")("desklot.sibling_kept_back")) == 2
    # Once it is answered, all is shown.
    room.place.store.tags.add(view.uid, Verdict.POSSIBLE, who="Anna Lund", why="Måske", now=room.place.now)
    room.refresh()
    page = open_lot(room, view)
    assert page.xpath("//section[@aria-labelledby='derfor']//details") == []
    assert section(page, "teksten").xpath(".//div//mark")


def test_one_key_each(room: Room) -> None:
    place = room.place
    view, other = held(room), held(room, lot("Vinduespolering"), key="2-2026")
    account = place.store.accounts.by_login("anna@proevekoebing.example")
    assert account is not None
    number = place.store.actions.note("tag", view.uid, who=account.name, account=account.number, now=place.now)
    tag = place.store.tags.add(view.uid, Verdict.POSSIBLE, who=account.name, why="Lille", now=place.now)
    place.store._database.write("UPDATE tags SET action_id = ?", (number,))
    room.refresh()
    page = open_lot(room, view)
    keys = {one.get("data-key"): one for one in page.xpath("//*[@data-key]")}
    assert {key: keys[key].get("value") for key in "rmif"} == {
        "r": "suitable", "m": "possible", "i": "unsuitable", "f": "reserved"
    }  # fmt: skip
    assert keys["n"].get("href") == path(other)
    assert keys["t"].get("href") == f"{path(view)}/ret"
    undo = keys["u"].getparent()
    assert undo.get("action") == "/fortryd"
    assert undo.fields["action"] == str(number)
    say = keys["r"].xpath("ancestor::form")[0]
    assert say.get("action") == "/maerk"
    assert dict(say.fields) | {"csrf_token": ""} == {
        "csrf_token": "", "back": path(view), "lot": f"{view.uid}|{tag.number}", "why": "",
        "set_trades": None, "trades": say.fields["trades"],
    }  # fmt: skip
    assert all(one.get("data-key-label") for one in keys.values())
    # A colleague is not offered to undo it, but may take the mark away.
    page = open_lot(room, view, "bo")
    assert page.xpath("//*[@data-key='u']") == []
    assert page.xpath("//form[@action='/afmaerk']")[0].fields["lot"] == f"{view.uid}|{tag.number}"


def test_after_a_word_the_page_says_so_with_undo_and_leads_back_to_the_inbox(room: Room) -> None:
    view, anna = held(room), room.enter()
    answer = anna.post("/maerk", {"lot": f"{view.uid}|0", "verdict": "possible", "back": path(view)})
    page = tree(anna.get(answer.headers["Location"]))
    assert page.xpath("string(//main//p[@role='status'])") == "1 opgave er markeret: Måske."
    (undo,) = page.xpath("//*[@data-key='u']")
    assert undo.xpath("ancestor::form")[0].fields["action"] == "1"
    assert [one.get("href") for one in page.xpath("//*[@data-key='b']")] == ["/"]


def test_a_number_behind_a_ground_says_that_it_is_a_weight(room: Room) -> None:
    page = open_lot(room, held(room, lot("Rengøring af fire skoler", description=TEXT)))
    labels = [one.text for one in section(page, "derfor").xpath(".//div/span[@class='label']")]
    assert labels
    assert all(one.startswith("(vægt ") for one in labels)


def test_the_same_can_be_said_of_all_lots_of_the_procedure(room: Room) -> None:
    view = held(room, lot(), lot("Rengøring af haller", "LOT-0002"), lot("Trykkeri", "LOT-0003"))
    other = held(room, lot("Andet"), key="2-2026")
    forms = [form for form in open_lot(room, view).forms if form.get("action") == "/maerk"]
    sent = forms[1].xpath(".//input[@name='lot']/@value")
    lots = {one.uid for one in room.place.store.lots.views(NOW)} - {other.uid}
    assert {one.rpartition("|")[0] for one in sent} == lots
    assert len(sent) == 3
    assert {one.get("value") for one in forms[1].xpath(".//button[@name='verdict']")} == {one.value for one in Verdict}


def bulk_of(page: html.HtmlElement) -> tuple[list[str], str]:
    """The lots of which one can say the same, and what is told of it."""
    (folded,) = page.xpath("//details[.//form[@action='/maerk']]")
    return [one.rpartition("|")[0] for one in folded.xpath(".//input[@name='lot']/@value")], folded.text_content()


def test_who_says_the_same_of_all_answers_no_sample_and_overrules_no_colleague(room: Room) -> None:
    pile = Pile(room)
    here, free, drawn, tagged = pile.add("marked", "A", "B", "C", "D")
    pile.draw(drawn)
    room.place.store.tags.add(tagged, Verdict.RESERVED, who="Bo Krag", why="§ 54", now=room.place.now)
    room.refresh()
    lots, told = bulk_of(open_lot(room, room.place.lot(here)))
    assert lots == [here, free]
    assert "Marker 2 delaftaler i udbuddet ens" in told
    assert "1 delaftale i stikprøven er ikke med. Den spørger vi om for sig." in told
    assert "1 delaftale er allerede markeret og er ikke med." in told


def test_no_more_are_offered_at_once_than_can_be_said_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.desk.lot.MOST", 3)
    pile = Pile(room)
    uids = pile.add("marked", *"ABCDE")
    lots, told = bulk_of(open_lot(room, room.place.lot(uids[4])))
    assert lots == uids[:3]
    assert "der kan højst markeres 3 ad gangen. Se hele udbuddet" in told
    for uid in uids[:3]:
        room.place.store.tags.add(uid, Verdict.SUITABLE, who="Anna Lund", why="x", now=room.place.now)
    room.refresh()
    assert bulk_of(open_lot(room, room.place.lot(uids[4])))[0] == uids[3:]


def test_one_key_takes_back_one_lot_and_a_button_that_counts_takes_back_all(room: Room) -> None:
    pile = Pile(room)
    uids = pile.add("marked", "A", "B", "C")
    anna = room.enter()
    anna.post("/maerk", {"lot": [f"{uid}|0" for uid in uids], "verdict": "suitable"})
    view = room.place.lot(uids[0])
    one, everything = (form for form in open_lot(room, view).forms if form.get("action") == "/fortryd")
    assert [button.get("data-key") for form in (one, everything) for button in form.iter("button")] == ["u", None]
    assert "Fortryd kun denne" in one.text_content()
    assert "Fortryd alle 3 fra samme handling" in everything.text_content()
    anna.post("/fortryd", dict(one.fields))
    assert [pile.said(uid) for uid in uids] == [None, *[("Anna Lund", "suitable")] * 2]
    assert [form for form in open_lot(room, view).forms if form.get("action") == "/fortryd"] == []
    _, everything = (f for f in open_lot(room, room.place.lot(uids[1])).forms if f.get("action") == "/fortryd")
    assert "Fortryd alle 2 fra samme handling" in everything.text_content()
    assert anna.post("/fortryd", dict(everything.fields)).location == path(room.place.lot(uids[1]))
    assert {pile.said(uid) for uid in uids} == {None}


def test_a_page_of_the_sample_does_not_tell_whether_readers_see_the_lot(room: Room) -> None:
    pile = Pile(room)
    shown, turned_down = *pile.add("marked", "Rengøring A"), *pile.add("clear", "Rengøring A")
    room.place.publish()
    room.refresh()
    assert "Se den offentlige side" in said(room.enter().get(path(room.place.lot(shown))))
    pile.draw(shown, turned_down)
    pages = [open_lot(room, room.place.lot(uid)) for uid in (shown, turned_down)]
    for page in pages:
        for folded in page.xpath("//section[@aria-labelledby='derfor']//details"):
            folded.getparent().remove(folded)
        assert "Se den offentlige side" not in page.text_content()
    titles, briefs, classes = (
        [page.xpath(what) for page in pages] for what in ("//title/text()", "//section[h2/@id='ordet']/@class",
                                                          "//main//@class")
    )  # fmt: skip
    assert titles[0] == titles[1]
    assert briefs == [["brief "]] * 2
    assert classes[0] == classes[1]


def test_next_goes_through_all_that_wait_and_begins_again(room: Room) -> None:
    for number in range(5):
        held(room, lot(f"Opgave {number} rengøring", deadline=noon(8 + number % 3)), key=f"{number}-2026")
    held(room, lot("Rengøring i går", deadline=Deadline(NOW - dt.timedelta(days=1))), key="9-2026")
    store = room.place.store
    views = {view.slug: view for view in store.lots.views(NOW)}
    slug, seen = next(one for one in views if one.startswith("opgave-3")), list[str]()
    for _ in range(10):
        slug = next_waiting(store, views[slug].uid, NOW)
        seen.append(slug)
    assert seen[:5] == seen[5:]
    assert len(set(seen)) == 5
    assert not [one for one in seen if "i-gaar" in one]
    doomed = [views[one] for one in seen[1:5]]
    for view in doomed:
        store.tags.add(view.uid, Verdict.UNSUITABLE, who="Bo", why="Nej", now=NOW)
    room.refresh()
    assert next_waiting(store, views[seen[0]].uid, NOW) == ""
    assert words("da")("desklot.next_none") in said(room.enter().get(f"/opgave/{seen[0]}"))


def test_who_said_what_when_and_why_is_told_also_what_was_taken_back(room: Room) -> None:
    view, store = held(room), room.place.store
    store.tags.add(view.uid, Verdict.UNSUITABLE, who="Bo Krag", why="For stor", now=room.place.now)
    store.tags.remove(view.uid, who="Anna Lund", now=room.place.now)
    room.place.later(hours=1)
    store.tags.add(view.uid, Verdict.RESERVED, who="Anna Lund", why="§ 54", now=room.place.now, trades=("cleaning",))
    room.refresh()
    rows = [" ".join(row.text_content().split()) for row in section(open_lot(room, view), "ord").xpath(".//tbody/tr")]
    assert len(rows) == 2
    assert "Bo Krag" in rows[0]
    assert "For stor" in rows[0]
    assert "Fjernet 23. november 2026 kl. 09.00 af Anna Lund" in rows[0]
    assert "Forbeholdt" in rows[1]
    assert "§ 54" in rows[1]
    assert "Gælder" in rows[1]
    assert "Rengøring" in rows[1]


def test_the_history_tells_each_change_side_by_side_in_words(room: Room) -> None:
    one = lot(description=TEXT)
    held(room, one)
    room.place.later(days=1)
    later = replace(one, deadline=noon(15), description=TEXT.replace("50 mio.", "20 mio."))
    view = held(room, later)
    table = section(open_lot(room, view), "forloeb").find(".//table")
    rows = {
        row.find("th").text: [" ".join(cell.text_content().split()) for cell in row.findall("td")]
        for row in table.xpath(".//tbody/tr")
    }
    assert rows["Frist for tilbud"] == ["8. december 2026 kl. 12.00", "15. december 2026 kl. 12.00"]
    assert [[one.text.strip() for one in table.iter(tag)] for tag in ("del", "ins")] == [["50", "8."], ["20", "15."]]
    assert "50 mio. kr." in rows["Beskrivelse"][0]
    assert "20 mio. kr." in rows["Beskrivelse"][1]


SAMPLES = {
    "deadline": ("2026-12-08", "2026-12-15T12:00:00+01:00", "8. december 2026", "15. december 2026 kl. 12.00"),
    "value": ("1000000 DKK", "2000000 EUR", "1.000.000 kr.", "2.000.000 euro"),
    "duration": ("P24M", "P1Y", "24 måneder", "1 år"),
    "start": ("2026-12-08", "", "8. december 2026", ""),
    "sme_suitable": ("yes", "no", "ja", "nej"),
    "nature": ("services", "works", "tjenesteydelser", "bygge- og anlægsarbejder"),
    "selection_criteria": (
        '[{"kind":"","text":"Et krav"}]', '[{"kind":"","text":"Et andet krav"}]', "Et krav", "Et andet krav",
    ),
    "translations": ("", '[{"language":"en","title":"T","description":"D"}]', "", "(en) T\nD"),
    "awards": (
        "", '[{"winner":{"name":"Klar ApS"},"value":{"amount":"5","currency":"DKK"},"concluded":"2026-01-02"}]', "",
        "Klar ApS, 5 kr., 2. januar 2026",
    ),
    "value_broken": ("ikke et beløb", "x", "ikke et beløb", "x"),
}  # fmt: skip


@pytest.mark.parametrize("field", SAMPLES)
def test_a_changed_field_is_told_in_words(field: str) -> None:
    before, after, *told = SAMPLES[field]
    name = field.removesuffix("_broken")
    shown = difference(FieldChange(name, before, after), Reader("da"))
    assert ["".join(bit.text for bit in side) for side in (shown.before, shown.after)] == told


def test_every_field_of_a_lot_has_a_name_in_both_languages() -> None:
    names = {field.name for field in fields(Lot)} | (MATERIAL - {"cancelled", "state", "hidden"})
    for language in ("da", "en"):
        assert [name for name in names if f"desklot.field_{name}" not in words(language)] == []


def test_long_texts_are_compared_in_little_time_and_what_is_the_same_is_left_out() -> None:
    before = " ".join(f"ord{number}" for number in range(2000))
    after = before.replace("ord1000 ", "andet ")
    old, new = compare(before, after)
    assert [bit.text.strip() for bit in old if bit.changed] == ["ord1000"]
    assert [bit.text.strip() for bit in new if bit.changed] == ["andet"]
    assert sum(len(bit.text) for bit in old) < 300
    wholly = compare("a b " * 50_000, "c d " * 50_000)
    assert all(len(side) == 1 and side[0].changed and len(side[0].text) < 1000 for side in wholly)


def test_the_trail_tells_what_was_said_and_put_right_alone_or_with_others(room: Room) -> None:
    view, store = held(room), room.place.store

    def did(kind: str, item: str, **detail: object) -> int:
        return store.actions.note(kind, item, who="Bo Krag", account=None, now=room.place.now, **detail)

    did("correct", view.uid, fields=["deadline", "title"], why="Tastefejl")
    did("tag", "", lots=[view.uid, "andre"], verdict="possible", why="Små opgaver")
    did("tag", "", lots=["andre"], verdict="reserved")
    undone = did("hide", view.uid, why=3, fields="x", verdict="?")
    store.actions.undo(undone, who="Anna Lund", now=room.place.now)
    did("noget_nyt", view.uid)
    told = [" ".join(one.text_content().split()) for one in section(open_lot(room, view), "spor").iter("li")]
    assert [one.partition("kl. 09.00: ")[2] for one in told] == [
        "Bo Krag rettede: frist for tilbud, titel, »Tastefejl«",
        "Bo Krag markerede opgaven: Måske – fx som underleverandør, »Små opgaver«",
        "Bo Krag skjulte opgaven fortrudt 23. november 2026 kl. 09.00 af Anna Lund",
        "Bo Krag gjorde noget andet (noget_nyt)",
    ]


# -- notes -----------------------------------------------------------------------------------------------------------


def test_a_note_is_kept_once_however_often_the_button_is_pressed(room: Room) -> None:
    view, anna = held(room), room.enter()
    (once,) = tree(anna.get(path(view))).xpath("//input[@name='once']/@value")
    for _ in range(2):
        answer = anna.post(f"{path(view)}/note", {"words": "Spørg skoleforvaltningen.", "once": once})
        assert (answer.status_code, answer.location) == (303, f"{path(view)}#noter")
    assert [note.words for note in room.place.store.notes.of(view.uid)] == ["Spørg skoleforvaltningen."]
    assert [action.kind for action in room.place.store.actions.of(view.uid)] == ["note"]
    page = open_lot(room, view, "bo")
    assert "Spørg skoleforvaltningen." in section(page, "noter").text_content()
    assert "Anna Lund skrev en note" in section(page, "spor").text_content()
    (other,) = tree(anna.get(path(view))).xpath("//input[@name='once']/@value")
    assert other != once


def test_one_takes_back_ones_own_notes_alone(room: Room) -> None:
    view, anna, bo = held(room), room.enter(), room.enter("bo")
    anna.post(f"{path(view)}/note", {"words": "Min", "once": "1"})
    (note,) = room.place.store.notes.of(view.uid)
    assert tree(bo.get(path(view))).xpath("//form[contains(@action, 'fjern')]") == []
    bo.post(f"{path(view)}/note/fjern", {"note": str(note.number)})
    assert room.place.store.notes.of(view.uid) == (note,)
    for number in ("x", "9" * 30, ""):
        assert anna.post(f"{path(view)}/note/fjern", {"note": number}).status_code == 404
    assert anna.post(f"{path(view)}/note/fjern", {"note": str(note.number)}).status_code == 303
    anna.post(f"{path(view)}/note/fjern", {"note": str(note.number)})
    assert room.place.store.notes.of(view.uid) == ()
    (kept,) = room.place.store.notes.all()
    assert kept.removed_by == "Anna Lund"
    assert [action.kind for action in room.place.store.actions.of(view.uid)] == ["note", "unnote"]


@pytest.mark.parametrize(("words_", "wrong"), [("  ", "note_empty"), ("x" * 2001, "note_long")])
def test_a_note_that_is_empty_or_too_long_is_told_and_not_lost(room: Room, words_: str, wrong: str) -> None:
    view = held(room)
    answer = room.enter().post(f"{path(view)}/note", {"words": words_, "once": "1"})
    assert answer.status_code == 422
    assert words("da")(f"desklot.{wrong}", most="2.000") in said(answer)
    area = tree(answer).get_element_by_id("words")
    assert (area.get("aria-invalid"), area.value.strip()) == ("true", words_.strip())
    assert room.place.store.notes.all() == ()


def test_looking_changes_nothing_and_nothing_of_a_note_or_a_tag_is_on_public_pages(room: Room) -> None:
    view, anna = held(room), room.enter()
    anna.post(f"{path(view)}/note", {"words": "hemmelig-note", "once": "1"})
    before = room.place.dump()
    anna.get(path(view))
    assert room.place.dump() == before
    room.place.publish()
    shown = [row[0] for row in room.place.dump_of("SELECT rows_da || rows_en FROM catalogue")]
    assert "hemmelig-note" not in str(shown)


def test_a_lot_that_nobody_has_judged_has_a_page_too(room: Room) -> None:
    view = room.place.hold(lot(), assessed=False)
    assert words("da")("desklot.counts_none") in said(room.enter().get(path(view)))


def test_notes_go_along_when_two_lots_turn_out_to_be_one(room: Room) -> None:
    page = call(source="side", key="7", procedure_id="", publication_number="", url="https://by.example/7")
    room.place.store.notices.hold(page, room.place.now)
    view = held(room, procedure_id="P", publication_number="7-2026")
    old = next(one for one in room.place.store.lots.views(room.place.now) if one.uid != view.uid)
    room.place.store.notes.add(old.uid, "Fra siden", who="Bo Krag", now=room.place.now, once="1")
    from notifier.store.procedures import absorb
    from notifier.store.standings import LotRow

    database = room.place.store._database
    rows = {
        row.uid: row
        for row in database.select(
            LotRow,
            "SELECT id, uid, procedure_key, first_seen, facts_id, stage, deadline, awarded, cancelled, gone FROM lots",
        )
    }
    with database.transaction():
        database.write("UPDATE lot_versions SET lot_id = NULL WHERE lot_id = ?", (rows[old.uid].id,))
        absorb(database, rows[old.uid], rows[view.uid])
    assert [note.words for note in room.place.store.notes.of(view.uid)] == ["Fra siden"]


@pytest.mark.parametrize(("language", "name"), [("da", "Ikke relevant"), ("en", "Not relevant")])
def test_what_is_not_relevant_is_called_so_in_every_place(room: Room, language: str, name: str) -> None:
    """A lot that somebody marked as not relevant was called "ikke markeret"."""
    (uid,) = Pile(room).add("clear", "Asfalt")
    anna = room.enter()
    anna.post("/sprog", {"language": language, "back": "/"})
    view = room.place.lot(uid)
    assert name in said(anna.get(f"/opgave/{view.slug}"))
    anna.post("/maerk", {"verdict": "unsuitable", "lot": f"{uid}|0"})
    for page in (f"/opgave/{view.slug}", "/?status=markeret", "/log"):
        shown = said(anna.get(page))
        assert name in shown, page
        assert not re.search("ikke markeret|not marked", shown, re.IGNORECASE), page
