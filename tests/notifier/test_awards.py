"""Purchasing agreements out of award notices."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from notifier import awards
from notifier.changes import Publication
from notifier.lots import Agreement, Award, Change, Money, Notice, Organisation, Stage
from tests.notifier.store.samples import MONDAY, call, day, lot

ANNA = Organisation("Anna A/S", "10000001")
BO = Organisation("Bo ApS")
START = dt.date(2027, 1, 1)
UUID = "3b0c5f6e-1c1f-4a5e-9d55-0d1f2a3b4c5d"


def called(**fields: object) -> Notice:
    own = {"framework": "fa-wo-rc", "duration": "P24M", "renewals": 0, **fields}
    return call("1-2026", replace(lot(), **own), notice_type="cn-standard")  # type: ignore[arg-type]


def awarded(
    *winners: Organisation, key: str = "9-2026", about: dict[str, object] | None = None, **fields: object
) -> Notice:
    won = tuple(Award(who) for who in winners)
    own = {"deadline": None, "framework": "fa-wo-rc", "result": "selec-w", "awards": won, **(about or {})}
    one = replace(lot(), **own)  # type: ignore[arg-type]
    return call(key, one, **{"stage": Stage.AWARD, "published": day(20), "notice_type": "can-standard", **fields})


def of(*notices: Notice) -> list[Agreement]:
    said = [Publication(one, MONDAY, one.lots[0] if one.lots else None) for one in notices]
    found = awards.agreements_of(said)
    assert found == awards.agreements_of(said[::-1])
    return [won.agreement for won in found]


def test_every_winner_of_a_framework_has_an_agreement() -> None:
    anna, bo = of(called(), awarded(BO, ANNA))
    assert (anna.supplier, bo.supplier) == (ANNA, BO)
    assert (anna.title, anna.source, anna.buyer) == ("Rengøring af skoler", "ted", call().buyer)


def test_a_contract_that_is_no_framework_becomes_no_agreement() -> None:
    assert of(called(framework="none"), awarded(ANNA, about={"framework": ""})) == []


def test_that_it_is_a_framework_may_stand_in_the_call_alone() -> None:
    assert len(of(called(), awarded(ANNA, about={"framework": ""}))) == 1


def test_start_of_the_award_and_length_of_the_call_make_the_end() -> None:
    (found,) = of(called(), awarded(ANNA, about={"start": START}))
    last = dt.date(2028, 12, 31)
    assert (found.start, found.end, found.latest_end, found.flags) == (START, last, last, ())


def test_every_length_is_counted_to_its_last_day() -> None:
    ends = {
        length: of(called(duration=length), awarded(ANNA, about={"start": START}))[0].end
        for length in ("P1Y", "P1M", "P2W", "P1D")
    }
    assert ends == {
        "P1Y": dt.date(2027, 12, 31),
        "P1M": dt.date(2027, 1, 31),
        "P2W": dt.date(2027, 1, 14),
        "P1D": dt.date(2027, 1, 1),
    }


def test_renewals_in_words_make_the_latest_end() -> None:
    (found,) = of(called(renewals=2, renewal_text="2 x 12 mdr."), awarded(ANNA, about={"start": START}))
    assert (found.end, found.latest_end, found.options) == (dt.date(2028, 12, 31), dt.date(2030, 12, 31), "2 x 12 mdr.")


def test_renewals_of_unknown_length_leave_the_latest_end_unknown() -> None:
    (found,) = of(called(renewals=2), awarded(ANNA, about={"start": START}))
    assert (found.end, found.latest_end) == (dt.date(2028, 12, 31), None)
    assert "2 times" in found.flags[0]
    (found,) = of(called(renewals=None, renewal_text="efter aftale"), awarded(ANNA, about={"start": START}))
    assert (found.latest_end, len(found.flags)) == (None, 1)


def test_nothing_said_of_renewals_is_not_none_of_them() -> None:
    (found,) = of(called(renewals=None), awarded(ANNA, about={"start": START}))
    assert (found.end, found.latest_end) == (dt.date(2028, 12, 31), None)


def test_a_contract_does_not_begin_on_the_day_of_its_conclusion() -> None:
    signed = Award(ANNA, Money(Decimal(5)), day(19))
    (found,) = of(called(), call("9-2026", lot(awards=(signed,), deadline=None), stage=Stage.AWARD, published=day(20)))
    assert (found.start, found.end, found.value) == (None, None, Money(Decimal(5)))
    assert "P24M" in found.flags[0]


def test_the_days_of_the_call_hold_where_the_contract_was_concluded_before_them() -> None:
    dated = called(start=START, end=dt.date(2028, 6, 30), duration="")
    (found,) = of(dated, awarded(ANNA))
    assert (found.start, found.end) == (START, dt.date(2028, 6, 30))
    late = Award(ANNA, None, dt.date(2027, 2, 1))
    (found,) = of(dated, call("9-2026", lot(awards=(late,), deadline=None), stage=Stage.AWARD, published=day(20)))
    assert (found.start, found.end) == (None, None)
    assert len(found.flags) == 2


def test_a_modified_contract_has_its_new_end_and_keeps_its_winner() -> None:
    longer = awarded(ANNA, key="12-2027", stage=Stage.CHANGE, published=day(30), about={"end": dt.date(2030, 6, 30)})
    (found,) = of(called(), awarded(ANNA, about={"start": START, "end": dt.date(2028, 12, 31)}), longer)
    assert (found.start, found.end) == (START, dt.date(2030, 6, 30))


def test_an_award_that_was_corrected_no_longer_counts() -> None:
    wrong = awarded(BO, notice_id=UUID)
    right = awarded(ANNA, key="10-2026", published=day(25), changes=(Change(f"{UUID}-01"),))
    assert [one.supplier for one in of(called(), wrong, right)] == [ANNA]
    again = awarded(ANNA, key="10-2026", published=day(25), notice_id=UUID)
    assert [one.supplier for one in of(called(), wrong, again)] == [ANNA]


def test_winners_of_several_award_notices_all_count() -> None:
    assert len(of(called(), awarded(ANNA), awarded(BO, key="10-2026", published=day(25)))) == 2


def test_a_winner_with_and_without_its_number_is_one() -> None:
    unnumbered = Organisation("ANNA A/S")
    (found,) = of(called(), awarded(ANNA), awarded(unnumbered, key="10-2026", published=day(25)))
    assert found.supplier == ANNA


def test_a_lot_without_winner_or_given_up_has_no_agreement() -> None:
    assert of(called(), awarded(ANNA, about={}, cancelled=True)) == []
    nobody = lot(framework="fa-wo-rc", result="clos-nw", awards=(Award(ANNA),), deadline=None)
    assert of(called(), call("9-2026", nobody, stage=Stage.AWARD, published=day(20))) == []
    given_up = call("11-2026", cancelled=True, published=day(28))
    assert of(called(), awarded(ANNA), given_up) == []


def test_an_end_before_the_start_and_a_length_beyond_all_years_are_unknown() -> None:
    (found,) = of(called(), awarded(ANNA, about={"start": START, "end": dt.date(2026, 1, 1)}))
    assert (found.start, found.end) == (None, None)
    (found,) = of(called(duration="P999Y"), awarded(ANNA, about={"start": dt.date(9990, 1, 1)}))
    assert found.end is None


def test_a_lot_is_what_its_call_says_it_is() -> None:
    award = awarded(ANNA, about={"cpv_main": "45000000", "title": "Tildeling"})
    (found,) = of(called(cpv_main="90910000", cpv_additional=("90911200",)), award)
    assert (found.title, found.cpv) == ("Rengøring af skoler", ("90910000", "90911200"))
