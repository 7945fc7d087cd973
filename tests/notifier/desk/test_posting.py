"""Small purchases, and tenders that were found by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from notifier.desk import make_desk
from notifier.intake import Intake
from notifier.likeness import Alike
from notifier.lots import LotState, LotView, RunStatus
from notifier.postings import Kind, defaults
from notifier.resources import resource
from notifier.site.lotpage import lot_page
from notifier.site.reader import reader
from notifier.site.rendering import render_lot
from notifier.store.pairs import Decision
from notifier.web.requests import Number
from tests.notifier.desk.make import DESK, Browser, Room
from tests.notifier.web.make import NOW, RULES, TOWN, call, lot, noon, said, tree

TASK = {
    "kind": "small",
    "key": "0123456789ab",
    "title": "Rengøring af klubhus to gange om ugen",
    "description": "Klubhuset ved havnen gøres rent mandag og torsdag, 140 kvadratmeter, fra 1. marts.",
    "place": "Nørrevang",
    "value": "120.000",
    "deadline": "2026-12-07",
    "deadline_time": "12:00",
    "answer": "indkoeb@proevekoebing.example",
    "trades": "cleaning",
    "verdict": "suitable",
}
FOUND = {
    "kind": "found",
    "key": "ba9876543210",
    "title": "Drift af kantine på rådhuset",
    "buyer": "Søndervang Kommune",
    "url": "https://soendervang.example/udbud/12",
    "description": "Frokost til 200 medarbejdere hver dag, og mødeforplejning.",
    "deadline": "2026-12-10",
    "verdict": "possible",
}


def send(browser: Browser, step: str = "post", task: dict[str, str] = TASK, **typed: str) -> TestResponse:
    return browser.post("/smaa-indkoeb/ny", {**task, "step": step, **typed})


def posted(room: Room, uid: str = "opslag:0123456789ab/1") -> LotView:
    return room.place.lot(uid)


def change(room: Room, browser: Browser, number: int = 1, step: str = "post", **typed: str) -> TestResponse:
    seen = tree(browser.get(f"/smaa-indkoeb/{number}")).xpath("//input[@name='seen']/@value")[0]
    room.place.later(hours=1)
    return browser.post(f"/smaa-indkoeb/{number}", {**TASK, "seen": seen, "step": step, **typed})


def trail(room: Room) -> list[str]:
    return [one.kind for one in room.place.store.actions.of("opslag:0123456789ab/1")]


def wrong_of(answer: TestResponse) -> dict[str, str]:
    return {one.get("id").removeprefix("wrong-"): one.text for one in tree(answer).xpath("//p[@class='wrong']")}


# -- posting -----------------------------------------------------------------------------------------------------------


def test_the_form_begins_with_what_is_most_often_right(room: Room) -> None:
    page = tree(room.enter().get("/smaa-indkoeb/ny"))
    held = {one.get("name"): one.get("value") for one in page.xpath("//main//input[@type!='checkbox']")}
    assert held["deadline"] == "2026-12-07", "two weeks"
    assert held["deadline_time"] == "12:00"
    assert held["answer"] == TOWN.contact
    assert page.xpath("//input[@name='verdict'][@checked]/@value") == ["suitable"]


def test_a_small_purchase_is_looked_at_before_it_is_posted(room: Room) -> None:
    anna = room.enter()
    answer = send(anna, "look")
    assert answer.status_code == 200
    told = said(answer)
    for words in ("Forhåndsvisning", "Lille indkøb uden udbud", "mandag 7. december 2026 kl. 12.00",
                  "120.000 kr.", "indkoeb@proevekoebing.example", "Rengøring"):  # fmt: skip
        assert words in told
    assert room.place.store.postings.latest() == ()
    form = {one.get("name"): one.get("value") for one in tree(answer).xpath("//main//input[@type='hidden']")}
    assert anna.post("/smaa-indkoeb/ny", {**form, "step": "post"}).location.endswith("done=posted")
    assert posted(room).lot.title == TASK["title"]


def test_what_was_posted_is_a_lot_like_any_other(room: Room) -> None:
    assert send(room.enter()).status_code == 303
    view = posted(room)
    assert (view.state, view.public, view.tagged) == (LotState.OPEN, True, True)
    assert view.assessment is not None
    assert (view.assessment.verdict, view.assessment.trades) == ("suitable", ("cleaning",))
    assert view.assessment.evidence, "the rules have said why"
    assert view.notice.buyer.name == TOWN.name
    (tag,) = room.place.store.tags.of(view.uid)
    assert (tag.who, tag.verdict) == ("Anna Lund", "suitable")
    assert trail(room) == ["post"]
    assert room.place.store.withheld.standing() == ()


def test_the_public_page_says_that_it_is_no_tender_and_how_to_answer(room: Room) -> None:
    send(room.enter())
    for language, words in (("da", "lille indkøb uden udbud"), ("en", "small purchase without a tender")):
        one = reader(language, RULES.trades)
        page = render_lot("x", lot_page(posted(room), [], one, NOW), TOWN, one).content.decode()
        assert words in page
        assert '<a href="mailto:indkoeb@proevekoebing.example">' in page
        assert "Anna Lund" not in page


def test_the_public_page_of_a_small_purchase_speaks_of_no_tender_documents(room: Room) -> None:
    send(room.enter())
    for language, absent, present in (
        ("da", ("udbudsmaterialet", "udbudssystemet", "udbudsbekendtgørelse", "bekendtgørelse offentliggjort"),
         ("Kommunens eget opslag: et lille indkøb uden udbud. Spørg og svar, som der står.",
          "Krav: ikke fundet i opslaget – spørg, hvis I er i tvivl.", "Slået op 23. november 2026")),
        ("en", ("procurement documents", "tendering system", "published notice"),
         ("Posted by the municipality itself",)),
    ):  # fmt: skip
        one = reader(language, RULES.trades)
        page = render_lot("x", lot_page(posted(room), [], one, NOW), TOWN, one).content.decode()
        assert [words for words in absent if words in page] == []
        assert [words for words in present if words not in page] == []


def test_a_tender_that_was_found_leads_to_where_it_stands(room: Room) -> None:
    assert send(room.enter(), task=FOUND).status_code == 303
    view = posted(room, "opslag:ba9876543210/1")
    assert (view.notice.url, view.notice.buyer.name) == (FOUND["url"], "Søndervang Kommune")
    assert view.lot.deadline is not None
    assert not view.lot.deadline.time_known
    page = lot_page(view, [], reader("da", RULES.trades), NOW)
    assert (page.answering, page.links.notice) == (None, FOUND["url"])


def test_a_form_that_is_sent_twice_is_posted_once(room: Room) -> None:
    anna = room.enter()
    assert send(anna).location.endswith("done=posted")
    assert send(anna).location.endswith("done=twice")
    assert len(room.place.store.postings.latest()) == 1
    assert trail(room) == ["post"]


MISTAKES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"title": " "}, {"title": "Skriv, hvad I skal have løst."}),
    ({"value": ""}, {"value": "Skriv værdien."}),
    ({"value": "mange"}, {"value": "Skriv ét beløb uden moms, fx 250.000."}),
    ({"value": "12.000 EUR"}, {"value": "Skriv beløbet i kroner."}),
    ({"deadline": ""}, {"deadline": "Skriv en dato, der findes, fx 8. december 2026."}),
    ({"deadline": "", "deadline_time": ""}, {"deadline": "Vælg en frist."}),
    ({"deadline": "2026-11-22"}, {"deadline": "Fristen er passeret. Vælg en senere."}),
    ({"deadline": "2062-12-07"}, {"deadline": "Fristen ligger mere end to år ude. Er det rigtigt år?"}),
    ({"answer": ""}, {"answer": "Skriv, hvordan man svarer."}),
    ({"answer": "anna@@by"}, {"answer": "Skriv en mailadresse, fx indkoeb@kommune.dk."}),
    ({"answer": "javascript:alert(1)"}, {"answer": "Skriv en webadresse, fx https://www.kommune.dk/opgave."}),
    ({"cpv": "12345678"}, {"cpv": "Koden findes ikke. En CPV-kode har otte cifre, fx 90911200."}),
    ({"nuts": "Atlantis"}, {"nuts": "Skriv områder med kode eller kommunens navn, fx DK011 eller Glostrup."}),
    ({"verdict": "reserved"}, {"verdict": "Vælg et mærke."}),
]


def test_what_is_wrong_is_told_beside_its_field(room: Room) -> None:
    anna = room.enter()
    for typed, wrong in MISTAKES:
        answer = send(anna, "post", TASK, **typed)
        assert (answer.status_code, wrong_of(answer)) == (422, wrong)
        for name, value in typed.items():
            held = tree(answer).xpath(f"//input[@name='{name}'][@type!='radio']/@value")
            assert held == ([] if name == "verdict" else [value])
    assert room.place.store.postings.latest() == ()


def test_above_the_threshold_it_is_said_what_to_do_instead(room: Room) -> None:
    for value, fits in (("499.999", True), ("500.000", False)):
        answer = send(room.enter(), "look", value=value)
        assert (answer.status_code == 200) is fits
    assert "under 500.000 kr. ekskl. moms. Spørg indkøbsafdelingen" in wrong_of(answer)["value"]


def test_the_town_sets_the_threshold(room: Room) -> None:
    sources = tuple(
        replace(one, filter={"threshold": 100_000}) if one.kind == "opslag" else one
        for one in room.place.config.sources
    )
    room.place.config = replace(room.place.config, sources=sources)
    room.app = make_desk(room.place.config, RULES, now=lambda: NOW, send=lambda _: None)
    answer = send(room.enter(), "look")
    assert "under 100.000 kr." in wrong_of(answer)["value"]


def test_a_persons_address_and_a_posting_without_a_trade_are_asked_about(room: Room) -> None:
    anna = room.enter()
    vague = {"title": "Noget", "description": "Ring", "trades": "", "answer": "anna.lund@proevekoebing.example"}
    told = said(send(anna, "look", TASK, **vague))
    assert "Adressen ligner en persons" in told
    assert "Beskrivelsen er kort" in told
    assert "Der er ikke fundet noget fag" in told
    assert "Se lige på det her" not in said(send(anna, "look"))


def test_one_can_go_on_writing_after_the_look(room: Room) -> None:
    answer = send(room.enter(), "edit", title="")
    assert answer.status_code == 200
    assert tree(answer).xpath("//input[@name='place']/@value") == ["Nørrevang"]
    assert tree(answer).xpath("//input[@name='trades'][@checked]/@value") == ["cleaning"]


def test_where_no_source_is_for_postings_it_is_said_what_to_do(room: Room) -> None:
    sources = tuple(one for one in room.place.config.sources if one.crawled)
    room.place.config = replace(room.place.config, sources=sources)
    room.app = make_desk(room.place.config, RULES, now=lambda: NOW, send=lambda _: None)
    anna = room.enter()
    for where in ("/smaa-indkoeb", "/smaa-indkoeb/ny"):
        assert "kan lægge filen opslag.toml" in said(anna.get(where))
    assert send(anna).status_code == 409
    assert room.place.store.postings.latest() == ()


def test_a_second_posting_from_a_page_that_was_gone_back_to_is_not_lost(room: Room) -> None:
    anna = room.enter()
    send(anna)
    assert send(anna).location.endswith("done=twice")
    answer = send(anna, title="Græsslåning ved skolen", trades="grounds")
    assert answer.status_code == 409
    assert "Der er allerede slået noget op fra den her side" in said(answer)
    assert "En kollega" not in said(answer)
    page = tree(answer)
    assert page.xpath("//input[@name='title']/@value") == ["Græsslåning ved skolen"]
    assert len(room.place.store.postings.latest()) == 1
    key = page.xpath("//input[@name='key']/@value")[0]
    assert send(anna, title="Græsslåning ved skolen", key=key).location.endswith("done=posted")
    assert len(room.place.store.postings.latest()) == 2


# -- later -------------------------------------------------------------------------------------------------------------


def test_a_change_is_a_change_of_the_lot_and_the_form_is_kept(room: Room) -> None:
    anna = room.enter()
    send(anna)
    answer = change(room, anna, deadline="2026-12-14", value="150.000")
    assert answer.location.endswith("done=changed")
    view = posted(room)
    assert [one.field for one in view.changes[0].fields] == ["value", "deadline"]
    assert not any(one.ours for one in view.changes[0].fields), "the buyer moved it: that is no correction"
    assert room.place.store.postings.latest()[0].posting.value == view.lot.value
    assert trail(room) == ["post", "post_change"]
    assert change(room, anna, deadline="2026-12-14", value="150.000").location.endswith("done=same")
    assert trail(room) == ["post", "post_change"]


def test_another_mark_is_another_word_of_the_officers(room: Room) -> None:
    send(room.enter())
    change(room, room.enter("bo"), verdict="possible")
    assert [(one.who, one.verdict) for one in room.place.store.tags.of(posted(room).uid)] == [
        ("Anna Lund", "suitable"),
        ("Bo Krag", "possible"),
    ]


def test_who_was_slower_sees_what_a_colleague_changed(room: Room) -> None:
    anna, bo = room.enter("anna"), room.enter("bo")
    send(anna)
    seen = tree(anna.get("/smaa-indkoeb/1")).xpath("//input[@name='seen']/@value")[0]
    change(room, bo, place="Søndervang")
    answer = anna.post("/smaa-indkoeb/1", {**TASK, "seen": seen, "step": "post", "value": "99.000"})
    assert answer.status_code == 409
    assert tree(answer).xpath("//input[@name='value']/@value") == ["99.000"]
    assert "Står der nu: Søndervang" in said(answer)
    assert posted(room).lot.place == "Søndervang"
    held = {one.get("name"): one.get("value") for one in tree(answer).xpath("//main//input[@name='seen']")}
    again = anna.post("/smaa-indkoeb/1", {**TASK, **held, "step": "post", "value": "99.000", "place": "Søndervang"})
    assert again.location.endswith("done=changed")


def test_what_is_withdrawn_is_cancelled_and_stays_so(room: Room) -> None:
    anna = room.enter()
    send(anna)
    room.place.later(hours=1)
    for _ in range(2):
        assert anna.post("/smaa-indkoeb/1/traek").location.endswith("done=withdrawn")
    view = posted(room)
    assert view.state is LotState.CANCELLED
    assert [one.field for change in view.changes for one in change.fields] == ["cancelled"]
    assert trail(room) == ["post", "post_withdraw"]
    assert anna.get("/smaa-indkoeb/1").location.endswith("/smaa-indkoeb")
    assert anna.post("/smaa-indkoeb/1", {**TASK, "step": "post"}).location.endswith("/smaa-indkoeb")
    assert "Trukket tilbage" in said(anna.get("/smaa-indkoeb"))


def test_it_ends_with_its_deadline_and_a_slip_can_still_be_mended_then(room: Room) -> None:
    anna = room.enter()
    send(anna)
    room.place.later(days=20)
    assert posted(room).state is LotState.EXPIRED
    anna = room.enter()
    assert "Fristen er udløbet" in said(anna.get("/smaa-indkoeb"))
    assert change(room, anna, place="Havnen").location.endswith("done=changed")
    assert change(room, anna, deadline="2026-12-08").status_code == 422


def test_no_run_closes_what_was_posted(room: Room) -> None:
    send(room.enter())
    for number in range(4):
        at = NOW + dt.timedelta(days=number)
        sink = Intake(room.place.store, lambda at=at: at)  # type: ignore[misc]
        sink.listed("ted", [])
        sink.finished("ted", RunStatus.GOOD, complete=True)
    assert posted(room).state is LotState.OPEN


def test_the_list_says_how_each_stands_and_where_its_page_is(room: Room) -> None:
    anna = room.enter()
    assert "Der er ikke slået noget op endnu" in said(anna.get("/smaa-indkoeb"))
    send(anna)
    assert "Kommer på siden ved næste kørsel" in said(anna.get("/smaa-indkoeb"))
    room.place.publish()
    page = anna.get("/smaa-indkoeb")
    assert "Åben" in said(page)
    assert tree(page).xpath("//table//a/@href") == [
        f"{TOWN.base_url}/opgaver/{posted(room).slug}.html",
        "/smaa-indkoeb/1",
    ]
    assert "/smaa-indkoeb" in tree(page).xpath("//nav//a/@href")


def test_looking_writes_nothing(room: Room) -> None:
    anna = room.enter()
    send(anna)
    before = room.place.dump()
    for where in ("/smaa-indkoeb", "/smaa-indkoeb/ny", "/smaa-indkoeb/ny?slags=found", "/smaa-indkoeb/1"):
        assert anna.get(where).status_code == 200
    assert send(anna, "look").status_code == 200
    assert room.place.dump() == before
    for where in ("/smaa-indkoeb/7", "/smaa-indkoeb/7/traek"):
        answer = anna.get(where) if where.endswith("7") else anna.post(where)
        assert answer.status_code == 404


def test_every_page_speaks_english_too(room: Room) -> None:
    anna = room.enter()
    send(anna)
    anna.post("/sprog", {"language": "en", "back": "/"})
    assert "On the page with the next run" in said(anna.get("/smaa-indkoeb"))
    assert "Small purchase without a tender" in said(send(anna, "look"))
    assert "How does one answer?" in said(anna.get("/smaa-indkoeb/1"))
    assert "below 500,000" in said(anna.get("/smaa-indkoeb/ny")).replace("DKK ", "")


def test_a_tender_of_others_begins_empty() -> None:
    begun = defaults(Kind.FOUND, NOW, TOWN.contact, ("DK011",))
    assert (begun.deadline, begun.answer, begun.nuts) == (None, "", ())


def test_the_shipped_file_lets_staff_post(room: Room) -> None:
    source = room.place.config.posted
    assert source is not None
    assert (source.id, source.crawled, source.filter) == ("opslag", False, {"threshold": 500_000})
    assert source not in room.place.config.crawled
    assert (resource("config") / "sources" / "opslag.toml").is_file()


# -- colleagues, and tenders that were found ---------------------------------------------------------------------------


def say(room: Room, who: str, verdict: str) -> None:
    uid = posted(room).uid
    tag = room.place.store.tags.counting([uid])[uid].number
    room.enter(who).post("/maerk", {"lot": [f"{uid}|{tag}"], "verdict": verdict, "why": "Skal ikke vises"})


def counts(room: Room) -> tuple[str, str]:
    uid = posted(room).uid
    tag = room.place.store.tags.counting([uid])[uid].tag
    assert tag is not None
    return (tag.who, tag.verdict.value)


def test_a_colleagues_word_that_came_meanwhile_is_not_overridden_unseen(room: Room) -> None:
    anna = room.enter()
    send(anna)
    opened = anna.get("/smaa-indkoeb/1")
    (seen,) = tree(opened).xpath("//input[@name='seen']/@value")
    room.place.later(hours=1)
    say(room, "bo", "unsuitable")
    typed = {**TASK, "step": "post", "verdict": "possible", "place": "Havnen"}
    answer = anna.post("/smaa-indkoeb/1", {**typed, "seen": seen})
    assert answer.status_code == 409
    assert "Nu gælder mærket »Ikke relevant« fra Bo Krag" in said(answer)
    assert (counts(room), posted(room).lot.place) == (("Bo Krag", "unsuitable"), "Nørrevang"), "nothing is written"
    (seen,) = tree(answer).xpath("//input[@name='seen']/@value")
    room.place.later(hours=1)
    assert anna.post("/smaa-indkoeb/1", {**typed, "seen": seen}).location.endswith("done=changed")
    assert counts(room) == ("Anna Lund", "possible")


def test_the_form_says_what_a_colleague_said_and_another_place_leaves_that_alone(room: Room) -> None:
    anna = room.enter()
    send(anna)
    room.place.later(hours=1)
    assert "Nu gælder mærket" not in said(anna.get("/smaa-indkoeb/1"))
    say(room, "bo", "unsuitable")
    assert "Nu gælder mærket »Ikke relevant« fra Bo Krag" in said(anna.get("/smaa-indkoeb/1"))
    assert change(room, anna, place="Havnen").location.endswith("done=changed")
    assert counts(room) == ("Bo Krag", "unsuitable")


def test_another_mark_by_the_form_can_be_undone_as_any_word(room: Room) -> None:
    anna = room.enter()
    send(anna)
    change(room, anna, verdict="possible")
    (action,) = [one for one in room.place.store.actions.of(posted(room).uid) if one.kind == "tag"]
    assert anna.post("/fortryd", {"action": str(action.number)}).status_code == 303
    assert counts(room) == ("Anna Lund", "suitable")


def test_withdrawing_what_turned_out_to_be_a_tender_elsewhere_does_not_cancel_that(room: Room) -> None:
    store, anna = room.place.store, room.enter()
    send(anna, task=FOUND)
    room.place.later(hours=1)
    facts = lot(FOUND["title"], deadline=noon(10))
    ted = room.place.hold(facts, key="7-2026", notice_type="cn-standard")
    views = {view.uid: view for view in store.lots.views(room.place.now)}
    store.pairs.note([Alike(views.pop(ted.uid), views.popitem()[1], "title")], room.place.now)
    (pair,) = store.pairs.waiting()
    store.pairs.decide(pair.number, Decision.SAME, room.place.now)
    room.place.later(hours=1)
    answer = anna.post("/smaa-indkoeb/1/traek")
    assert "bliver på listen" in said(anna.get(answer.location.removeprefix(DESK.address)))
    (view,) = store.lots.views(room.place.now)
    assert (view.state, view.notice.source) == (LotState.OPEN, "ted")
    assert [one.field for change in view.changes for one in change.fields if one.field in ("cancelled", "state")] == []
    room.place.later(days=1)
    later = call(lot(FOUND["title"], deadline=noon(12)), key="7-2026", notice_type="cn-standard")
    store.notices.hold(later, room.place.now)
    (view,) = store.lots.views(room.place.now)
    assert (view.state, view.lot.deadline) == (LotState.OPEN, noon(12))


@pytest.mark.parametrize("number", ["9" * 19, "9" * 25, "9" * 5000, "\u0663"])
def test_a_number_that_no_row_can_have_is_no_page(room: Room, number: str) -> None:
    anna = room.enter()
    assert anna.get(f"/smaa-indkoeb/{number}").status_code == 404
    assert [anna.post(f"/smaa-indkoeb/{number}{end}").status_code for end in ("", "/traek")] == [404, 404]


def test_every_number_in_an_address_is_one_that_a_row_can_have(room: Room) -> None:
    for app in (room.app, room.place.client.application):
        assert app.url_map.converters["int"] is Number
