"""Agreements at the desk: what runs out when, searched, and what officers plan for then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from lxml import html

from notifier.clock import add_months
from notifier.desk import timeline
from notifier.desk.timeline import Row, Scale, Sought
from notifier.lots import Agreement, AgreementView, Award, Money, Organisation, Stage
from notifier.site.reader import Reader, reader
from notifier.store.agreements import Kept
from notifier.store.plans import PlanKind
from notifier.words import words
from tests.notifier.desk.make import Browser, Room
from tests.notifier.web.make import NOW, RULES, call, lot, said, tree

TODAY = dt.date(2026, 11, 23)


def agree(room: Room, title: str = "Vinduespolering", key: str = "a-1", **facts: Any) -> Kept:
    """An agreement until the end of June, its trades found."""
    values = {"end": dt.date(2027, 6, 30), "supplier": Organisation("Klar Rude ApS"), **facts}
    room.place.store.agreements.hold(Agreement("town", key, title, **values), room.place.now)
    for view in room.place.store.agreements.waiting("1"):
        room.place.store.agreements.save_trades(view.uid, ("cleaning",), "1", room.place.now)
    return next(one for one in room.place.store.agreements.kept() if one.view.agreement.key == key)


def row(title: str = "Vinduespolering", key: str = "a-1", **facts: Any) -> Row:
    """A row of an agreement until the end of June, without a desk."""
    values = {"end": dt.date(2027, 6, 30), "supplier": Organisation("Klar Rude ApS"), **facts}
    view = AgreementView(f"agreement:{key}", key, Agreement("town", key, title, **values), ("cleaning",), NOW)
    return timeline.row(Kept(view, True), (), reader("da", RULES.trades))


def plan(browser: Browser, kept: Kept, kind: str = "split", words_: str = "", once: str = "1") -> int:
    """Press the button of the plans' form."""
    form = {"plan": kind, "words": words_, "once": once}
    return browser.post(f"/aftaler/{kept.view.slug}/plan", form).status_code


def titles(page: html.HtmlElement) -> list[str]:
    """What the timeline lists."""
    return [one.text_content() for one in page.xpath("//table[contains(@class, 'timeline')]//th//a")]


# -- the timeline ----------------------------------------------------------------------------------------------------


def test_agreements_stand_in_the_quarter_in_which_they_run_out_with_every_extension(room: Room) -> None:
    agree(room, "Senere", "a-3", end=dt.date(2027, 6, 30), latest_end=dt.date(2029, 6, 30))
    agree(room, "Uden slut", "a-2", end=None)
    agree(room, "Først", "a-1", end=dt.date(2027, 4, 1))
    page = tree(room.enter().get("/aftaler"))
    table = page.xpath("//table[contains(@class, 'timeline')]")[0]
    heads = [" ".join(one.text_content().split()) for one in table.xpath(".//tr[@class='group']")]
    assert heads == ["2. kvartal 2027 1 aftale", "2. kvartal 2029 1 aftale", "Slutdato ikke oplyst 1 aftale"]
    assert [one.text_content() for one in table.xpath(".//tbody/tr/th//a")] == ["Først", "Senere", "Uden slut"]
    (later,) = [one for one in table.xpath(".//tr") if "Senere" in one.text_content()]
    assert {"30.06.2027", "30.06.2029", "30.09.2028"} <= {
        " ".join(cell.text_content().split()) for cell in later.iter("td")
    }
    counts = page.xpath("//table[@class='years']/tbody/tr")
    assert [[cell.text_content().strip() for cell in one] for one in counts] == [
        ["2027", "0", "1", "0", "0"], ["2029", "0", "1", "0", "0"],
    ]  # fmt: skip


def test_a_bar_says_what_the_days_beside_it_say() -> None:
    one = row(start=dt.date(2026, 1, 1), end=dt.date(2027, 6, 30), latest_end=dt.date(2028, 6, 30))
    scale = Scale.of([one], TODAY)
    bar = scale.bar(one)
    assert bar is not None
    assert bar.start < bar.today < bar.end < bar.latest <= timeline.WIDTH
    assert (bar.prepare, bar.open) == (scale.at(dt.date(2027, 9, 30)), False)
    for day in (dt.date.min, dt.date.max):
        assert scale.at(day) in (0, timeline.WIDTH)
    assert scale.bar(row(key="a-2", end=None)) is None
    assert [year for _, year in scale.years()] == [2026, 2027, 2028]


@pytest.mark.parametrize(("sought", "found"), [
    (Sought(), "abc"),
    (Sought(text="RUDE skole"), "a"),
    (Sought(text="klar"), "ab"),
    (Sought(text="rengøring"), "abc"),  # by the name of its trade
    (Sought(text="findes ikke"), ""),
    (Sought(trade="cleaning"), "abc"),
    (Sought(trade="catering"), ""),
    (Sought(who="Skoleforvaltningen"), "a"),
    (Sought(who="Indkøb"), "b"),
    (Sought(period="12"), "a"),
    (Sought(period="24"), "ab"),
    (Sought(period="2027"), "a"),
    (Sought(period="2028-4"), "b"),
    (Sought(period="2028-1"), ""),
    (Sought(period="none"), "c"),
    (Sought(period="past"), ""),
    (Sought(period="prepare"), "a"),
    (Sought(period="vrøvl"), ""),
    (Sought(plan="none"), "abc"),
    (Sought(plan="any"), ""),
])  # fmt: skip
def test_agreements_are_found_by_text_trade_whom_to_ask_period_and_plan(sought: Sought, found: str) -> None:
    rows = {
        "a": row("Rudepudsning, skoler", "a", buyer=Organisation("Skoleforvaltningen")),
        "b": row("Andet", "b", contact="Indkøb", end=dt.date(2028, 10, 1)),
        "c": row("Tredje", "c", end=None, supplier=Organisation("Mester ApS")),
    }
    assert "".join(name for name, one in rows.items() if timeline.matches(one, sought, TODAY)) == found


def test_the_page_searches_by_its_form_and_keeps_what_was_chosen(room: Room) -> None:
    kept = agree(room, "Vinduespolering")
    agree(room, "Vasketøj", "a-2", end=dt.date(2028, 1, 1))
    anna = room.enter()
    assert plan(anna, kept, "reserve") == 303
    page = tree(anna.get("/aftaler?q=vindue&fag=cleaning&periode=2027&plan=reserve"))
    assert titles(page) == ["Vinduespolering"]
    form = next(one for one in page.forms if one.get("method") == "get")
    assert dict(form.fields) == {"q": "vindue", "fag": "cleaning", "hvem": "", "periode": "2027", "plan": "reserve"}
    answer = anna.get("/aftaler?periode=%00&fag=\"><script>&plan='&fra=-1&hvem=x")
    assert answer.status_code == 200
    assert words("da")("plans.none_found") in said(answer)
    assert tree(answer).xpath("//script[not(@src)]") == []


# -- to do -----------------------------------------------------------------------------------------------------------


def test_preparation_begins_nine_months_before_the_last_day(room: Room) -> None:
    assert row(latest_end=dt.date(2028, 6, 30)).prepare == dt.date(2027, 9, 30)
    assert timeline.PREPARE == 9
    text = said(room.enter().get("/aftaler"))
    assert "9 måneder før aftalens sidste dag" in text


def test_what_has_to_be_prepared_within_a_year_stands_first(room: Room) -> None:
    anna = room.enter()
    soon, late = agree(room, "Snart"), agree(room, "Om længe", "a-2", end=dt.date(2031, 1, 1))
    unknown = agree(room, "Ukendt", "a-3", end=None)
    agree(room, "Uden plan", "a-4", end=add_months(TODAY, 12))
    for number, kept in enumerate((soon, late, unknown)):
        assert plan(anna, kept, "dialogue", once=str(number)) == 303
    page = tree(anna.get("/aftaler"))
    listed = [one.text_content() for one in page.xpath("//ol[@class='todo']/li/p/a")]
    assert listed == ["Ukendt", "Snart"]
    todo = page.get_element_by_id("todo").getparent().text_content()
    assert "skulle være begyndt 30. september 2026" in todo
    assert "1 aftale skal forberedes inden for 12 måneder og har ingen plan" in todo
    (link,) = [one for one in page.iter("a") if "har ingen plan" in one.text_content()]
    assert "Uden plan" in said(anna.get(link.get("href")))
    (button, *_) = page.xpath("//ol[@class='todo']//form")
    assert anna.post(button.get("action"), dict(button.fields)).status_code == 303
    page = tree(anna.get("/aftaler"))
    assert [one.text_content() for one in page.xpath("//ol[@class='todo']/li/p/a")] == ["Snart"]


def test_what_is_planned_stays_to_do_when_the_source_shows_the_agreement_no_more(room: Room) -> None:
    kept = agree(room)
    agree(room, "Anden", "a-2")
    anna = room.enter()
    plan(anna, kept)
    for _ in range(3):
        room.place.store.agreements.missed("town", ["a-2"], room.place.now)
    page = tree(anna.get("/aftaler"))
    assert "vises ikke længere hos kilden" in page.xpath("//ol[@class='todo']")[0].text_content()
    assert titles(page) == ["Anden"]
    assert "Planerne for den er gemt" in said(anna.get(f"/aftaler/{kept.view.slug}"))


# -- plans -----------------------------------------------------------------------------------------------------------


def test_a_plan_is_kept_once_done_and_undone_and_written_into_the_trail(room: Room) -> None:
    kept, anna = agree(room), room.enter()
    path = f"/aftaler/{kept.view.slug}"
    (once,) = tree(anna.get(path)).xpath("//input[@name='once']/@value")
    for _ in range(2):
        assert plan(anna, kept, "split", "Hver skole for sig", once) == 303
    (made,) = room.place.store.plans.of(kept.view.uid)
    assert (made.plan, made.words, made.who) == (PlanKind.SPLIT, "Hver skole for sig", "Anna Lund")
    bo = room.enter("bo")
    for done in ("1", "1", "0"):
        assert bo.post(f"{path}/plan/udfoert", {"plan": str(made.number), "done": done}).status_code == 303
    assert room.place.store.plans.of(kept.view.uid) == (made,)
    kinds = [action.kind for action in room.place.store.actions.of(kept.view.uid)]
    assert kinds == ["plan", "plan_done", "plan_reopened"]
    text = said(bo.get(path))
    assert "Anna Lund tilføjede en plan" in text
    assert "Bo Krag satte en plan til ikke udført" in text
    for number in ("x", "", "9" * 40):
        assert bo.post(f"{path}/plan/udfoert", {"plan": number, "done": "1"}).status_code == 404


def test_one_agreements_plan_is_not_done_by_way_of_another(room: Room) -> None:
    kept, other, anna = agree(room), agree(room, "Anden", "a-2"), room.enter()
    plan(anna, kept)
    (made,) = room.place.store.plans.all()
    anna.post(f"/aftaler/{other.view.slug}/plan/udfoert", {"plan": str(made.number), "done": "1"})
    assert room.place.store.plans.all() == (made,)


@pytest.mark.parametrize(("kind", "typed", "wrong"), [
    ("", "Noget", "choose"), ("vrøvl", "", "choose"), ("other", "  ", "say"), ("split", "x" * 501, "long"),
])  # fmt: skip
def test_a_plan_that_says_nothing_is_told_and_not_lost(room: Room, kind: str, typed: str, wrong: str) -> None:
    kept = agree(room)
    answer = room.enter().post(f"/aftaler/{kept.view.slug}/plan", {"plan": kind, "words": typed, "once": "1"})
    assert answer.status_code == 422
    page = tree(answer)
    assert words("da")(f"plans.wrong_{wrong}", most=500) in said(answer)
    assert page.get_element_by_id("words").value.strip() == typed.strip()
    for link in page.xpath("//div[@class='problems']//a/@href"):
        assert page.get_element_by_id(link.removeprefix("#")) is not None
    assert room.place.store.plans.all() == ()


# -- one agreement ---------------------------------------------------------------------------------------------------


def test_an_agreement_leads_to_the_lot_that_it_follows_from_and_tells_the_award(room: Room) -> None:
    place = room.place
    one = lot(framework="fa-wo-rc", duration="P24M", start=dt.date(2027, 1, 1))
    place.hold(one)
    winner = Award(Organisation("Klar Rude ApS", "12345678"), Money(Decimal(500_000)), dt.date(2026, 11, 20))
    begins, ends = dt.date(2027, 1, 1), dt.date(2028, 12, 31)
    award = lot(framework="fa-wo-rc", result="selec-w", awards=(winner,), start=begins, end=ends)
    place.store.notices.hold(
        call(award, key="2-2026", stage=Stage.AWARD, procedure_id="P1-2026", notice_type="can-standard"), place.now
    )
    room.refresh()
    (kept,) = place.store.agreements.kept()
    assert kept.lot_slug
    answer = room.enter().get(f"/aftaler/{kept.view.slug}")
    assert f"/opgave/{kept.lot_slug}" in tree(answer).xpath("//table[@class='facts']//a/@href")
    assert "Klar Rude ApS (CVR 12345678)" in said(answer)
    assert room.enter().get("/aftaler/findes-ikke").status_code == 404


def test_hostile_text_of_an_agreement_is_words_and_nothing_else(room: Room) -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202etxt'
    who = Organisation(bad)
    kept = agree(room, bad, contact=bad, options=bad, supplier=who, buyer=who, url="javascript:alert(1)")
    anna = room.enter()
    plan(anna, kept, "other", bad)
    for path in ("/aftaler", f"/aftaler/{kept.view.slug}"):
        answer = anna.get(path)
        page = tree(answer)
        assert page.xpath("//script[not(@src)] | //img | //*[@onerror or @style]") == []
        assert not [one for one in page.xpath("//@href") if one.startswith("javascript")]
        assert "\u202e" not in answer.get_data(as_text=True)
        assert "alert(1)" in page.text_content()


def test_looking_changes_nothing(room: Room) -> None:
    kept, anna = agree(room), room.enter()
    before = room.place.dump()
    anna.get("/aftaler?q=a")
    anna.get(f"/aftaler/{kept.view.slug}")
    assert room.place.dump() == before


def test_plans_go_along_when_two_agreements_turn_out_to_be_one(room: Room) -> None:
    from notifier.store.awarded import _absorb, _Row

    one, two = agree(room), agree(room, "Anden", "a-2")
    room.place.store.plans.add(two.view.uid, PlanKind.SPLIT, "", who="Anna", now=room.place.now, once="1")
    database = room.place.store._database
    sql = "SELECT id, uid, source, key, winner, digest, missing_runs, data FROM agreements"
    rows = {found.uid: found for found in database.select(_Row, sql)}
    with database.transaction():
        _absorb(database, rows[two.view.uid], rows[one.view.uid])
    assert [made.agreement_uid for made in room.place.store.plans.all()] == [one.view.uid]


def test_hundreds_are_shown_a_page_at_a_time(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.desk.agreements.SHOWN", 2)
    for number in range(5):
        agree(room, f"Aftale {number}", f"a-{number}")
    anna, seen, path = room.enter(), list[str](), "/aftaler?q=aftale"
    while path:
        page = tree(anna.get(path))
        seen += titles(page)
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert seen == [f"Aftale {number}" for number in range(5)]
    assert "5 af 5 aftaler" in said(anna.get("/aftaler?fra=4"))


def test_a_year_of_four_quarters() -> None:
    assert [timeline._quarter(dt.date(2027, month, 1)) for month in range(1, 13)] == [1] * 3 + [2] * 3 + [3] * 3 + [
        4
    ] * 3
    assert Reader("da").w("plans.quarter", number=1, year=2027) == "1. kvartal 2027"
