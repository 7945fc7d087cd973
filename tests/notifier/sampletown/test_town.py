from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator

import pytest

from notifier.lots import Verdict
from notifier.sampletown.expected import EXPECTED, ExpectedLot
from notifier.sampletown.town import DAY_ONE, DAY_TWO, DAYS, Tender, TownDay, town_on

TRADES = set(
    "cleaning catering grounds laundry_textile property_service packing_logistics print_scan reuse_recycling it_data "
    "care_social employment_training passenger_transport furniture_wood culture_events".split()
)
CPV_FOR_PUBLIC_SERVICE_MISSIONS = {"85311200", "85312000", "85312100"}  # some of the 115 that § 190 allows


def tender(town: TownDay, key: str) -> Tender:
    return next(each for each in (*town.ted, *town.own) if each.key == key)


def is_possible_cvr(number: str) -> bool:
    """The check digit of the CVR register: modulus 11 with the weights 2 7 6 5 4 3 2 1."""
    weights = (2, 7, 6, 5, 4, 3, 2, 1)
    return sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11 == 0


def texts(town: TownDay) -> Iterator[str]:
    for each in (*town.ted, *town.own):
        yield from (each.title, each.summary, each.note, each.because, each.office)
        for lot in each.lot:
            yield from (lot.title, lot.text, lot.renewal_text, *(demand.text for demand in lot.demands))
    for plan in town.planned:
        yield from (plan.title, plan.text, plan.expected, plan.office)
    for row in town.agreements:
        yield from (row.area, row.supplier, row.options, row.office)


def test_the_two_days_are_a_monday_and_a_tuesday_morning() -> None:
    assert (DAY_ONE.isoformat(), DAY_TWO.isoformat()) == ("2026-11-23T07:00:00+01:00", "2026-11-24T07:00:00+01:00")
    assert DAY_ONE.isoweekday() == 1


def test_there_are_thirty_tenders_on_day_one_and_two_more_on_day_two() -> None:
    assert {day: (len(town_on(day).ted), len(town_on(day).own)) for day in DAYS} == {1: (12, 18), 2: (13, 20)}
    assert {(len(town_on(day).planned), len(town_on(day).agreements)) for day in DAYS} == {(6, 14)}


def test_a_day_that_the_town_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="days 1 and 2, not 3"):
        town_on(3)


def test_every_tender_has_one_to_six_lots() -> None:
    for each in (*town_on(2).ted, *town_on(2).own):
        assert 1 <= len(each.lot) <= 6, each.key


def test_two_lots_are_reserved_one_by_each_paragraph() -> None:
    reserved = [lot for each in (*town_on(1).ted, *town_on(1).own) for lot in each.lot if lot.reserved]
    assert [(lot.reserved, lot.intended) for lot in reserved] == [
        ("res-ws", Verdict.RESERVED),
        ("res-pub-ser", Verdict.RESERVED),
    ]
    assert "§ 54" in reserved[0].text
    assert "§ 190" in reserved[1].text
    assert reserved[1].cpv in CPV_FOR_PUBLIC_SERVICE_MISSIONS
    assert reserved[1].months <= 36
    assert {lot.title for lot in EXPECTED[1].verdicts(Verdict.RESERVED)} == {lot.title for lot in reserved}


def test_about_a_dozen_open_tenders_suit_on_day_one() -> None:
    suit = [
        each.key
        for each in (*town_on(1).ted, *town_on(1).own)
        if each.deadline and each.deadline > DAY_ONE
        if any(lot.intended is Verdict.SUITABLE for lot in each.lot)
    ]
    assert len(suit) == 14


def test_the_rest_is_what_towns_buy() -> None:
    verdicts = {verdict: len(EXPECTED[1].verdicts(verdict)) for verdict in Verdict}
    assert verdicts == {Verdict.RESERVED: 2, Verdict.SUITABLE: 28, Verdict.POSSIBLE: 9, Verdict.UNSUITABLE: 28}


def test_what_suits_has_a_trade_and_is_not_too_large() -> None:
    for each in (*town_on(2).ted, *town_on(2).own):
        for lot in each.lot:
            assert set(lot.trades) <= TRADES
            assert bool(lot.trades) == (lot.intended is not Verdict.UNSUITABLE), lot.title
            if lot.intended is Verdict.SUITABLE:
                assert lot.value * 12 / lot.months < 10_000_000, lot.title


def test_cpv_codes_have_eight_digits_and_the_main_one_is_not_repeated() -> None:
    for each in (*town_on(2).ted, *town_on(2).own):
        for lot in each.lot:
            assert all(re.fullmatch(r"\d{8}", code) for code in (lot.cpv, *lot.more_cpv)), lot.title
            assert lot.cpv not in lot.more_cpv


def test_one_tender_is_expired_and_three_close_within_eight_days() -> None:
    left = {each.key: (each.deadline - DAY_ONE).days for each in town_on(1).own if each.deadline}
    assert [key for key, days in left.items() if days < 0] == ["26/08226"]
    soon = {key: days for key, days in left.items() if 0 <= days <= 8}
    # Eight days on day one are seven on day two: then these draw near for those who were told of them.
    assert soon == {"26/11118": 8, "26/11202": 8, "26/07733": 7, "26/10412": 8}


def test_a_deadline_moves_from_the_first_to_the_eighth_of_december() -> None:
    before, after = tender(town_on(1), "26/10412"), tender(town_on(2), "26/10412")
    assert before.deadline is not None
    assert after.deadline is not None
    assert (before.deadline.isoformat(), after.deadline.isoformat()) == (
        "2026-12-01T12:00:00+01:00",
        "2026-12-08T12:00:00+01:00",
    )
    assert before.lot == after.lot
    assert before.lot[0].intended is Verdict.SUITABLE


def test_a_value_and_its_scope_change() -> None:
    before, after = tender(town_on(1), "26/10290").lot[0], tender(town_on(2), "26/10290").lot[0]
    assert (before.value, after.value) == (3_600_000, 4_500_000)
    assert "mopper" in after.text
    assert "mopper" not in before.text


def test_a_tender_that_suited_is_withdrawn() -> None:
    assert [each.key for each in town_on(1).own if each.cancelled] == []
    assert [each.key for each in town_on(2).own if each.cancelled] == ["26/10633"]
    assert tender(town_on(2), "26/10633").lot[0].intended is Verdict.SUITABLE


def test_two_tenders_are_new_on_day_two() -> None:
    known = {each.key for each in town_on(1).own}
    new = [each for each in town_on(2).own if each.key not in known]
    assert {each.key for each in new} == {"26/11377", "26/11391"}
    assert {lot.intended for each in new for lot in each.lot} == {Verdict.SUITABLE}


def test_ted_gets_a_change_notice_of_the_same_procedure_beside_the_old_one() -> None:
    old, new = tender(town_on(2), "719530-2026"), tender(town_on(2), "745118-2026")
    assert new.procedure_id == old.procedure_id
    assert new.notice_id != old.notice_id
    assert old == tender(town_on(1), "719530-2026")
    assert [lot.value for lot in new.lot] == [9_600_000, 12_400_000, 4_400_000, 44_000_000]


def test_nothing_is_published_before_its_day() -> None:
    for day, now in ((1, DAY_ONE), (2, DAY_TWO)):
        town = town_on(day)
        assert all(each.published <= now.date() for each in (*town.ted, *town.own))


def test_agreements_end_within_three_six_and_twelve_months() -> None:
    months = [(3, dt.date(2027, 2, 23)), (6, dt.date(2027, 5, 23)), (12, dt.date(2027, 11, 23))]
    plain = [row for row in town_on(1).agreements if row.options == "Ingen" and row.trades]
    counts = {count: sum(DAY_ONE.date() <= row.end <= last for row in plain) for count, last in months}
    assert counts == {3: 2, 6: 5, 12: 7}


def test_nobody_and_no_company_of_the_town_exists() -> None:
    town = town_on(2)
    numbers = [town.about.cvr, *(lot.award.cvr for each in town.ted for lot in each.lot if lot.award)]
    assert not [number for number in numbers if is_possible_cvr(number)]
    suppliers = [row.supplier for row in town.agreements]
    suppliers += [lot.award.winner for each in town.ted for lot in each.lot if lot.award]
    assert not [name for name in suppliers if not name.startswith(("Opdigtet ", "Fantasi ", "Eksempelby "))]
    persons = re.compile(r"\b[A-ZÆØÅ][a-zæøå]+ [A-ZÆØÅ][a-zæøå]+sen\b")  # most Danes' names end like this
    assert not [text for text in texts(town) if persons.search(text)]
    written = " ".join([*texts(town), town.about.contact, town.about.purchasing, town.about.portal, town.about.domain])
    hosts = re.findall(r"(?:@|https?://)([\w.-]+)", written)
    assert hosts
    assert all(host.endswith(".example") for host in hosts)


def test_texts_are_clean_danish_lines() -> None:
    for text in texts(town_on(2)):
        assert text == " ".join(text.split())
        assert not re.search(r"[^\w\s.,:;§%()/&²'+-]", text), text


def test_every_expected_lot_is_listed_once() -> None:
    for day in DAYS:
        ids = [(lot.source, lot.key, lot.lot_id) for lot in EXPECTED[day].lots]
        assert len(ids) == len(set(ids))


def test_expectations_are_counted_by_source_and_day() -> None:
    counted = {
        (day, source): (EXPECTED[day].notices(source), len(EXPECTED[day].lots_of(source)))
        for day, source in itertools.product(DAYS, ("ted", "udbud", "planlagt"))
    }
    assert counted == {
        (1, "ted"): (12, 30),
        (1, "udbud"): (18, 31),
        (1, "planlagt"): (6, 6),
        (2, "ted"): (13, 34),
        (2, "udbud"): (20, 35),
        (2, "planlagt"): (6, 6),
    }
    assert ExpectedLot("ted", "715633-2026", "PAR-0002", *_part_two()) in EXPECTED[1].lots


def _part_two() -> tuple[str, Verdict, tuple[str, ...]]:
    return "Sortering af genbrug og drift af byttecentral", Verdict.SUITABLE, ("reuse_recycling",)


def test_offices_publish_and_ask_for_tenders_on_weekdays() -> None:
    days: list[dt.date] = []
    for each in (*town_on(2).ted, *town_on(2).own):
        moments = (each.deadline, each.participation, each.questions)
        days += [each.published, *(moment.date() for moment in moments if moment)]
    assert [day for day in days if day.isoweekday() > 5] == []


def test_questions_end_before_the_deadline() -> None:
    for each in (*town_on(2).ted, *town_on(2).own):
        last = each.deadline or each.participation
        if last:
            assert each.questions is not None
            assert each.published < each.questions.date() < last.date(), each.key
