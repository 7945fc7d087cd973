"""Which notices are about one procedure, and which lots are one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

import pytest

from notifier import merging
from notifier.lots import Change, LotKind, Stage
from notifier.merging import Listing, LotKey, Named, Tie
from tests.notifier.store.samples import call

UUID = "3b0c5f6e-1c1f-4a5e-9d55-0d1f2a3b4c5d"


# -- names


def test_a_notice_is_known_by_its_procedure_its_number_and_its_id() -> None:
    notice = call("000012-2026", procedure_id="Proc-1", notice_id=UUID.upper())
    assert merging.names_of(notice) == {
        ("procedure:proc-1", Tie.OWN),
        ("publication:12-2026", Tie.OWN),
        (f"notice:{UUID}", Tie.OWN),
    }


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("00012345-2026", "publication:12345-2026"),
        ("2021/S 127-337983", "publication:337983-2021"),
        (f"{UUID}-01", f"notice:{UUID}"),
        (UUID, f"notice:{UUID}"),
        ("  ", None),
    ],
)
def test_a_reference_is_understood_however_it_is_written(said: str, name: str | None) -> None:
    notice = call("1-2026", procedure_id="", previous=(said,))
    assert {one for one, tie in merging.names_of(notice) if tie is Tie.FOLLOWS} == ({name} if name else set())


def test_what_a_notice_corrects_is_told_from_what_it_follows_and_itself_is_neither() -> None:
    notice = call("1-2026", procedure_id="", changes=(Change("2-2026"),), previous=("2-2026", "3-2026", "1-2026"))
    assert merging.names_of(notice) == {
        ("publication:1-2026", Tie.OWN),
        ("publication:2-2026", Tie.CORRECTS),
        ("publication:3-2026", Tie.FOLLOWS),
    }


# -- procedures


def named(number: int, stage: Stage, *own: str, follows: str = "", corrects: str = "", official: bool = True) -> Named:
    ties = {(name, Tie.OWN) for name in own}
    ties |= {(name, tie) for name, tie in ((follows, Tie.FOLLOWS), (corrects, Tie.CORRECTS)) if name}
    return Named(number, stage, official, (dt.date(2026, 1, number), 0, "ted", ""), frozenset(ties))


def parts(*notices: Named) -> set[frozenset[int]]:
    forth, back = set(merging.procedures(notices)), set(merging.procedures(notices[::-1]))
    assert forth == back
    return forth


def of(*groups: Collection[int]) -> set[frozenset[int]]:
    return {frozenset(group) for group in groups}


def test_notices_that_share_a_name_are_one_procedure_over_any_number_of_steps() -> None:
    one = named(1, Stage.CALL, "procedure:p", "publication:1")
    page = named(2, Stage.CALL, "publication:1", "notice:x", official=False)
    feed = named(3, Stage.CALL, "notice:x", official=False)
    assert parts(one, page, feed, named(4, Stage.CALL, "publication:4")) == of({1, 2, 3}, {4})


def test_an_award_belongs_to_the_call_that_it_follows() -> None:
    assert parts(named(1, Stage.CALL, "a"), named(2, Stage.AWARD, "b", follows="a")) == of({1, 2})


def test_two_that_follow_what_is_not_held_are_not_joined_over_it() -> None:
    assert parts(named(1, Stage.AWARD, "a", follows="x"), named(2, Stage.AWARD, "b", follows="x")) == of({1}, {2})


def test_a_correction_belongs_to_what_it_corrects_be_it_planned() -> None:
    assert parts(named(1, Stage.PLANNING, "a"), named(2, Stage.PLANNING, "b", corrects="a")) == of({1, 2})


def test_a_call_that_follows_a_call_of_another_procedure_is_no_part_of_it() -> None:
    first, second = named(1, Stage.CALL, "procedure:p", "a"), named(2, Stage.CALL, "procedure:q", follows="a")
    assert parts(first, second) == of({1}, {2})
    assert parts(first, named(2, Stage.CALL, "b", follows="a")) == of({1, 2})


def test_a_planning_notice_belongs_to_the_call_that_was_published_first() -> None:
    plan = named(1, Stage.PLANNING, "plan")
    early, late = (named(number, Stage.CALL, f"c{number}", follows="plan") for number in (2, 3))
    assert parts(plan, late) == of({1, 3})
    assert parts(plan, late, early) == of({1, 2}, {3})


def test_a_planning_notice_with_a_procedure_of_its_own_is_taken_up_by_that_one_alone() -> None:
    plan = named(1, Stage.PLANNING, "procedure:p", "plan")
    own, other = named(3, Stage.CALL, "procedure:p"), named(2, Stage.CALL, "procedure:q", follows="plan")
    assert parts(plan, own, other) == of({1, 3}, {2})


def test_awards_that_name_only_the_planning_notice_belong_to_its_one_call() -> None:
    plan, taker = named(1, Stage.PLANNING, "plan"), named(2, Stage.CALL, "c", follows="plan")
    won = [named(number, Stage.AWARD, f"a{number}", follows="plan") for number in (4, 5)]
    assert parts(plan, taker, *won) == of({1, 2, 4, 5})
    assert parts(plan, *won) == of({1, 4, 5})
    again = named(3, Stage.CALL, "d", follows="plan")
    assert parts(plan, taker, again, *won) == of({1, 2}, {3}, {4}, {5})


def test_a_plan_that_follows_a_plan_does_not_join_the_procedures_of_both() -> None:
    first, second = named(1, Stage.PLANNING, "p1"), named(2, Stage.PLANNING, "p2", follows="p1")
    calls = [named(3, Stage.CALL, "c", follows="p1"), named(4, Stage.CALL, "d", follows="p2")]
    assert parts(first, second, *calls) == of({1, 3}, {2, 4})
    assert parts(first, second) == of({1, 2})


def test_an_award_over_two_plans_does_not_join_their_calls() -> None:
    plans = [named(1, Stage.PLANNING, "p1"), named(2, Stage.PLANNING, "p2")]
    calls = [named(3, Stage.CALL, "c", follows="p1"), named(4, Stage.CALL, "d", follows="p2")]
    award = named(5, Stage.AWARD, "a", follows="p1")
    award = replace(award, names=award.names | {("p2", Tie.FOLLOWS)})
    assert parts(*plans, *calls, award) == of({1, 3, 5}, {2, 4})


def test_a_page_that_links_to_a_planning_notice_does_not_keep_the_call_from_it() -> None:
    plan, page = named(1, Stage.PLANNING, "plan"), named(2, Stage.CALL, "plan", official=False)
    assert parts(plan, page, named(3, Stage.CALL, "c", follows="plan")) == of({1, 2, 3})


def test_a_page_never_makes_two_official_procedures_one() -> None:
    first, second = named(1, Stage.CALL, "a"), named(2, Stage.CALL, "b")
    between = named(3, Stage.CALL, "a", "b", official=False)
    assert parts(first, second, between) == of({1}, {2}, {3})
    feed = named(4, Stage.CALL, "a", "sag", official=False)
    other = named(5, Stage.CALL, "b", "sag", official=False)
    assert parts(first, second, feed, other) == of({1, 4}, {2, 5})
    third = named(6, Stage.CALL, "sag", official=False)
    assert parts(first, second, feed, other, third) == of({1, 4}, {2, 5}, {6})
    assert parts(first, feed, other, third) == of({1, 4, 5, 6})


def test_a_page_belongs_to_the_award_that_follows_what_it_shows() -> None:
    page, award = named(1, Stage.CALL, "a", official=False), named(2, Stage.AWARD, "b", follows="a")
    assert parts(page, award) == of({1, 2})


# -- lots


def listing(number: int, source: str, *lots: str, titles: str = "", official: bool = False) -> Listing:
    keys = merging.lot_keys([(LotKind.LOT, lot) for lot in lots])
    return Listing(number, source, official, False, {key: frozenset({titles} - {""}) for key in keys})


def lots_of(*listings: Listing) -> list[set[tuple[int, str]]]:
    found = merging.same_lots(listings)
    assert set(found) == set(merging.same_lots(listings[::-1]))
    return [{(number, key.number) for number, key in same} for same in found]


def test_numbers_are_compared_without_what_is_written_around_them() -> None:
    ways = ("LOT-0001", "Lot 1", "Delaftale nr. 1", "delkontrakt 01", "1", "PAR-0001")
    assert {merging.lot_number(said) for said in ways} == {"1"}
    assert [merging.lot_number(said) for said in ("LOT-0000", "A", "", "Part", "Lot")] == ["0", "a", "", "part", "lot"]


def test_a_number_used_twice_in_a_notice_is_two_lots_and_none_goes_by_its_place() -> None:
    keys = merging.lot_keys([(LotKind.LOT, "A"), (LotKind.PART, "A"), (LotKind.LOT, "LOT-A"), (LotKind.LOT, "")])
    assert keys == (
        LotKey(LotKind.LOT, "a"),
        LotKey(LotKind.PART, "a"),
        LotKey(LotKind.LOT, "lot-a"),
        LotKey(LotKind.LOT, "4"),
    )
    assert merging.lot_keys([(LotKind.LOT, "1"), (LotKind.LOT, "LOT-0001")])[1].occurrence == 2


def test_official_notices_of_all_sources_are_paired_by_number() -> None:
    ted = listing(1, "ted", "LOT-0001", "LOT-0002", official=True)
    assert lots_of(ted, listing(2, "udbud", "2", official=True)) == [{(1, "1")}, {(1, "2"), (2, "2")}]


def test_one_lot_on_the_page_and_one_official_lot_are_one_whatever_their_numbers() -> None:
    assert lots_of(listing(1, "ted", "LOT-0007", official=True), listing(2, "town", "1")) == [{(1, "7"), (2, "1")}]


def test_a_page_with_one_lot_stands_for_all_official_ones_and_adds_none() -> None:
    ted = listing(1, "ted", "LOT-0001", "LOT-0002", official=True)
    assert lots_of(ted, listing(2, "town", "1")) == [{(1, "1")}, {(1, "2")}]


def test_a_page_with_several_lots_is_paired_by_number_and_what_it_has_beyond_stays() -> None:
    ted = listing(1, "ted", "LOT-0001", "LOT-0002", official=True)
    found = lots_of(ted, listing(2, "town", "1", "2", "3"))
    assert found == [{(1, "1"), (2, "1")}, {(1, "2"), (2, "2")}, {(2, "3")}]


def test_rows_of_one_page_stay_apart_unless_their_titles_are_the_same() -> None:
    rows = [listing(number, "town", "1", titles=title) for number, title in ((1, "x"), (2, "y"), (3, "x"))]
    assert sorted(map(sorted, lots_of(*rows))) == [[(1, "1"), (3, "1")], [(2, "1")]]
    # Where the official notice says that there is but one lot, all of them are it.
    (same,) = lots_of(*rows, listing(4, "ted", "LOT-0001", official=True))
    assert len(same) == 4


def test_rows_for_each_lot_are_not_lost_to_a_page_that_divides_otherwise() -> None:
    rows = [listing(number, "town", "1", titles=title) for number, title in ((1, "x"), (2, "y"), (3, "z"))]
    found = lots_of(*rows, listing(4, "feed", "1", "2"))
    assert {place for same in found for place in same} >= {(1, "1"), (2, "1"), (3, "1")}


def test_two_pages_with_one_lot_each_show_the_same() -> None:
    assert lots_of(listing(1, "town", "1"), listing(2, "feed", "9")) == [{(1, "1"), (2, "9")}]


def test_parts_and_lots_are_never_one() -> None:
    plan = replace(listing(1, "ted", official=True), lots={LotKey(LotKind.PART, "1"): frozenset[str]()})
    assert len(lots_of(plan, listing(2, "ted", "1", official=True))) == 2


def test_lots_come_in_the_order_of_their_numbers() -> None:
    (first, *_, last) = lots_of(listing(1, "ted", "LOT-0010", "LOT-0009", "LOT-0002", "A", official=True))
    assert (first, last) == ({(1, "2")}, {(1, "a")})
