"""What is not announced by itself, from the crawl to the mail: first runs, backfills, reparses, other rules, tags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.answers import Answer
from notifier.lots import Agreement, Document, DocumentRole, Notice, RunPurpose, RunStatus, Stage, Verdict
from notifier.profiles import Announced, Announcement, Profile
from notifier.repair import Repair
from notifier.store.settings import RESTORED_AT
from notifier.withheld import Reason
from tests.notifier.office import DAY, HOUR, SUITABLE, SUNDAY, UNSUITABLE, Office, new, office_in, tender, uid
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, lot, until

THURSDAY = WEDNESDAY + DAY
POSSIBLE = replace(SUITABLE, verdict=Verdict.POSSIBLE)
CONTRACT = Agreement("town", "7", "Rengøring", start=dt.date(2024, 1, 1), end=dt.date(2027, 3, 31))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path) as opened:
        yield opened


# -- a source's first run ----------------------------------------------------------------------------------------------


def test_a_first_run_announces_nothing_and_what_comes_after_it_is_told_as_usual(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), tender(2), at=MONDAY)
    assert office.morning(MONDAY).built == 0
    office.crawl(tender(1), tender(2), tender(3), at=TUESDAY)
    assert office.morning(TUESDAY).built == 1
    assert office.told(anna) == {new(3)}


def test_what_would_go_out_is_what_goes_out_once_it_is_released_and_once_only(office: Office) -> None:
    anna, bo = office.subscribe("anna"), office.subscribe("bo", profile=Profile(trades=("catering",)))
    office.crawl(tender(1), tender(2), at=MONDAY)
    office.morning(MONDAY)
    assert office.would_go_out(MONDAY) == {anna: {new(1), new(2)}}
    assert office.release(MONDAY) == 2
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1), new(2)}
    assert office.told(bo) == set()
    assert office.morning(WEDNESDAY).built == 0
    assert office.would_go_out(WEDNESDAY) == {}


def test_what_is_left_is_told_to_nobody_who_was_there(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.leave(MONDAY)
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        office.morning(day)
    assert office.told(anna) == set()


@pytest.mark.parametrize("left", [False, True])
def test_whoever_confirms_later_is_told_what_stands_open(office: Office, left: bool) -> None:
    office.crawl(tender(1), at=MONDAY)
    if left:
        office.leave(MONDAY)
    bo = office.subscribe("bo", TUESDAY - HOUR)
    office.morning(TUESDAY)
    assert office.told(bo) == {new(1)}
    assert "1 åben delaftale i alt, 1 passer til jer." in office.texts(bo)[0]


def test_whoever_came_back_is_told_what_was_withheld_while_they_were_away_and_it_is_counted(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe(at=SUNDAY)
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.crawl(tender(2), at=TUESDAY, source="udbud")
    letter = office.store.subscribers.ask("post@roed-traad.example", now=TUESDAY)
    office.store.subscribers.set_status(anna, office.subscriber(anna).status.PAUSED)
    assert office.store.subscribers.confirm(letter.token, TUESDAY + HOUR) is not None
    office.morning(WEDNESDAY)
    assert office.told(anna) == {new(1), new(2)}
    assert "1 ny delaftale, 1 passer til jer." in office.texts(anna)[1]


def test_what_is_withheld_is_not_counted_as_new(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(*[tender(number) for number in range(20, 61)], at=MONDAY, source="udbud")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.crawl(tender(2), at=TUESDAY)
    office.morning(TUESDAY)
    first, second = office.texts(anna)
    assert "1 ny delaftale, 1 passer til jer." in first  # all of the 42 that are open fit, 1 of them went out
    assert "1 ny delaftale, 1 passer til jer." in second


def test_what_is_withheld_and_fits_nobody_here_is_counted_among_all_that_is_open(office: Office) -> None:
    anna = office.subscribe()
    other = replace(SUITABLE, trades=("catering",))
    office.crawl(tender(1), tender(2), at=MONDAY)
    office.judge(MONDAY, {"Opgave 1": other, "Opgave 2": other})
    office.crawl(tender(1), tender(2), tender(3), at=TUESDAY)
    office.morning(TUESDAY)
    assert "3 åbne delaftaler i alt, 1 passer til jer." in office.texts(anna)[0]


def test_a_month_in_which_all_that_fitted_was_withheld_is_not_said_to_be_one_without_tasks(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    later = MONDAY + 35 * DAY
    office.crawl(tender(1), at=later)
    office.morning(later)
    assert "Den seneste måned har vi ikke skrevet til jer om nye opgaver" in office.texts(anna)[0]


def test_what_was_released_is_counted(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(*[tender(number) for number in range(20, 61)], at=MONDAY - HOUR, source="udbud")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.release(MONDAY)
    office.morning(TUESDAY)
    assert "41 nye delaftaler, 41 passer til jer." in office.texts(anna)[1]


def test_a_first_run_that_is_cut_off_leaves_nothing_that_could_be_told(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY, status=None)
    assert office.store.lots.count() == 1
    office.morning(MONDAY)
    office.crawl(tender(1), tender(2), at=TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set()
    assert {one.item_uid for one in office.store.withheld.undecided()} == {uid(1), uid(2)}


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.ALARM, RunStatus.BLOCKED])
def test_a_source_that_was_never_read_to_its_end_has_its_first_run_still_before_it(
    office: Office, status: RunStatus
) -> None:
    office.crawl(at=SUNDAY, status=status)
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    assert office.told(anna) == set()


def test_a_source_that_is_asked_for_more_than_before_announces_nothing_of_that(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(at=SUNDAY, asked="two buyers")
    office.crawl(tender(1), at=MONDAY, asked="two buyers")
    office.crawl(tender(1), tender(2), at=TUESDAY, asked="three buyers")
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}
    office.crawl(tender(3), at=WEDNESDAY, asked="three buyers")
    office.morning(WEDNESDAY)
    assert office.told(anna) == {new(1), new(3)}


def test_what_a_first_run_changes_in_lots_of_other_sources_is_withheld_as_well(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    moved = tender(1, lot(title="Opgave 1", deadline=until(8)), source="udbud", published=dt.date(2026, 10, 2))
    office.crawl(moved, at=TUESDAY, source="udbud")
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}
    office.release(TUESDAY)
    office.morning(WEDNESDAY)
    assert office.told(anna) == {new(1), Announcement(Announced.CHANGED, uid(1), "1")}


def test_a_withheld_lot_whose_deadline_really_moves_stays_withheld_and_tells_all_once_it_is_released(
    office: Office,
) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(8))), at=TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set(), "a change of what nobody heard of says nothing"
    office.release(TUESDAY)
    office.morning(WEDNESDAY)
    assert office.told(anna) == {new(1), Announcement(Announced.CHANGED, uid(1), "1")}
    assert "8. december" in office.texts(anna)[0]
    assert "flyttet" not in office.texts(anna)[0], "as a new one with its present deadline"
    assert office.morning(THURSDAY).built == 0


@pytest.mark.parametrize("left", [False, True])
def test_a_planned_lot_of_a_first_run_is_told_when_it_is_called(office: Office, left: bool) -> None:
    anna = office.subscribe()
    office.crawl(tender(1, stage=Stage.PLANNING), at=MONDAY)
    office.morning(MONDAY)
    if left:
        office.leave(MONDAY)
    called = tender(1, key="2-2026", publication_number="2-2026", published=dt.date(2026, 11, 3))
    office.crawl(called, at=TUESDAY)
    office.morning(TUESDAY)
    assert new(1) in office.told(anna)
    assert office.morning(WEDNESDAY).built == 0


def test_the_first_reading_after_a_restore_announces_nothing_and_the_next_one_does(office: Office) -> None:
    """What was published since the backup was made may have been told then."""
    office.crawl_before()
    anna = office.subscribe()
    office.store.settings.put(RESTORED_AT, MONDAY.isoformat())
    office.crawl(tender(1), at=TUESDAY)
    office.crawl(tender(1), tender(2), at=WEDNESDAY)
    office.morning(WEDNESDAY)
    assert office.told(anna) == {new(2)}
    assert [one.reason for one in office.store.withheld.undecided()] == [Reason.RESTORED]


# -- a backfill --------------------------------------------------------------------------------------------------------


def test_a_backfill_announces_nothing_of_lots_changes_and_agreements(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    moved = tender(1, lot(title="Opgave 1", deadline=until(8)))
    office.crawl(moved, tender(2), CONTRACT, at=TUESDAY, purpose=RunPurpose.BACKFILL)
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}
    assert office.would_go_out(TUESDAY) == {
        anna: {
            new(2),
            Announcement(Announced.CHANGED, uid(1), "1"),
            Announcement(Announced.EXPIRING, "agreement:town:7", "2027-03-31/12"),
            Announcement(Announced.EXPIRING, "agreement:town:7", "2027-03-31/6"),
        }
    }


def test_a_lot_that_an_ordinary_run_lists_after_a_backfill_held_it_is_no_news(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY, purpose=RunPurpose.BACKFILL)
    office.crawl(tender(1), at=TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set()


# -- agreements --------------------------------------------------------------------------------------------------------


def test_what_other_rules_brought_to_light_is_no_near_miss_either(office: Office) -> None:
    office.crawl_before()
    profile = Profile(trades=("cleaning",), near_misses=True, least_verdict=Verdict.SUITABLE)
    number, at = office.subscribe(profile=profile), MONDAY + 6 * HOUR
    office.judged = UNSUITABLE
    office.crawl(tender(1), tender(2), at=at)
    office.morning(at + HOUR)
    office.rules, office.judged = "2", POSSIBLE
    office.judge(at + DAY)
    office.judged = SUITABLE
    office.crawl(tender(9), at=at + DAY)
    office.morning(at + DAY + HOUR)
    assert office.told(number) == {new(9)}


def test_an_agreement_of_a_first_run_is_told_when_it_comes_nearer_to_its_end_also_where_it_was_left(
    office: Office,
) -> None:
    anna = office.subscribe()
    office.crawl(CONTRACT, at=MONDAY, source="town")
    office.leave(MONDAY)
    office.morning(MONDAY)
    assert office.told(anna) == set()
    office.morning(dt.datetime(2026, 12, 31, 7, tzinfo=dt.UTC))
    expiring = {Announcement(Announced.EXPIRING, "agreement:town:7", f"2027-03-31/{months}") for months in (12, 6, 3)}
    assert office.told(anna) == expiring


def test_trades_that_other_rules_find_in_an_agreement_announce_nothing_but_to_whom_it_concerned(office: Office) -> None:
    anna = office.subscribe("anna", profile=Profile(trades=("catering",)))
    bo = office.subscribe("bo", profile=Profile(trades=("cleaning",)))
    office.crawl(at=SUNDAY, source="town")
    office.crawl(CONTRACT, at=MONDAY, source="town")
    office.judge(MONDAY)
    office.rules, office.judged = "2", replace(SUITABLE, trades=("catering", "cleaning"))
    office.morning(MONDAY)
    assert (len(office.told(bo)), office.told(anna)) == (2, set())
    assert set(office.would_go_out(MONDAY)) == {anna}
    later = office.subscribe("carla", MONDAY + HOUR, profile=Profile(trades=("catering",)))
    office.release(MONDAY)
    office.morning(TUESDAY)
    assert len(office.told(anna)) == len(office.told(later)) == 2
    assert office.morning(WEDNESDAY).built == 0


# -- a reparse ---------------------------------------------------------------------------------------------------------

ANSWER = Document("ted", "GET https://ted.example/1", "https://ted.example/1", DocumentRole.NOTICE, "read", b"<x/>")


def reparse(office: Office, item: Notice | Agreement, at: dt.datetime) -> None:
    """A mended parser reads the kept answer again."""
    (number,) = office.store.documents.numbers(item.source)
    Repair(office.store, at, fresh=True).take(number, [item])


def test_what_a_mended_parser_reads_for_the_first_time_is_not_announced(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(at=MONDAY, document=ANSWER)
    reparse(office, tender(1), TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set()
    office.release(TUESDAY)
    office.morning(WEDNESDAY)
    assert office.told(anna) == {new(1)}


def test_a_lot_that_suits_only_as_a_mended_parser_reads_it_is_not_announced(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1, lot(title="Bro")), at=MONDAY, document=ANSWER)
    office.judge(MONDAY, {"Bro": UNSUITABLE})
    reparse(office, tender(1, lot(title="Broens rengøring")), TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set()
    office.release(TUESDAY)
    office.morning(WEDNESDAY)
    assert new(1) in office.told(anna)


def test_an_agreements_end_that_a_mended_parser_reads_otherwise_is_not_announced(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(at=SUNDAY, source="town")
    far = replace(CONTRACT, end=dt.date(2037, 3, 31))
    office.crawl(far, at=MONDAY, source="town", document=replace(ANSWER, source="town"))
    office.morning(MONDAY)
    reparse(office, CONTRACT, TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set()
    office.release(TUESDAY)
    office.morning(WEDNESDAY)
    assert {one.kind for one in office.told(anna)} == {Announced.EXPIRING}


def test_a_withheld_correction_is_told_with_the_next_real_change_and_not_again_when_it_is_released(
    office: Office,
) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY, document=ANSWER)
    office.morning(MONDAY)
    reparse(office, tender(1, lot(title="Opgave 1", deadline=until(8))), TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(15))), at=WEDNESDAY)
    office.morning(WEDNESDAY)
    assert "flyttet fra 1. december 2026 kl. 12.00 til 15. december 2026" in office.texts(anna)[1]
    office.release(WEDNESDAY)
    assert office.morning(THURSDAY).built == 0


# -- other rules, another model ----------------------------------------------------------------------------------------


def judged_otherwise(office: Office, day: dt.datetime = MONDAY) -> None:
    """A lot that was unsuitable the day before is suitable by the rules of that day."""
    office.crawl_before()
    office.crawl(tender(1), at=day - DAY)
    office.judge(day - DAY, {"Opgave 1": UNSUITABLE})
    office.publish(day - DAY)
    office.rules = "2"


@pytest.mark.parametrize("judging", ["2", "1+0badc0de"], ids=["other rules", "the same with a model"])
def test_what_judges_otherwise_announces_nothing_and_once_released_the_lot_is_told_once(
    office: Office, judging: str
) -> None:
    anna = office.subscribe()
    judged_otherwise(office)
    office.rules = judging
    office.morning(MONDAY)
    assert office.told(anna) == set()
    assert office.would_go_out(MONDAY) == {anna: {new(1)}}
    office.release(MONDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}
    assert office.morning(WEDNESDAY).built == 0


def test_changed_rules_announce_nothing_where_it_is_left_not_even_when_the_lot_changes(office: Office) -> None:
    anna = office.subscribe()
    judged_otherwise(office)
    office.morning(MONDAY)
    office.leave(MONDAY)
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(8))), at=TUESDAY)
    office.morning(TUESDAY)
    assert office.told(anna) == set()


def test_a_lot_that_waits_for_a_word_and_then_really_changes_is_told_as_new(office: Office) -> None:
    """What is new of it was never judged by the earlier rules: it goes out as any other."""
    anna = office.subscribe()
    judged_otherwise(office)
    office.morning(MONDAY)
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(8))), at=TUESDAY)
    office.morning(TUESDAY)
    assert new(1) in office.told(anna)
    assert office.store.withheld.undecided() == ()


def test_whom_the_earlier_verdict_concerned_is_told_as_usual_while_rules_change(office: Office) -> None:
    """The rules change between the crawl and the digest: only those wait for whom that makes a difference."""
    office.crawl_before()
    modest = office.subscribe("a")
    choosy = office.subscribe("b", profile=Profile(trades=("cleaning",), least_verdict=Verdict.SUITABLE))
    office.crawl(tender(1), at=MONDAY)
    office.judge(MONDAY, {"Opgave 1": POSSIBLE})
    office.rules = "2"
    office.morning(MONDAY)
    assert (office.told(modest), office.told(choosy)) == ({new(1)}, set())
    office.release(MONDAY)
    office.morning(TUESDAY)
    assert office.told(choosy) == {new(1)}
    assert len(office.texts(modest)) == 1


def test_a_verdict_that_drops_announces_nothing_and_takes_nothing_back(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.rules, office.judged = "2", POSSIBLE
    assert office.morning(TUESDAY).built == 0
    office.rules, office.judged = "3", UNSUITABLE
    assert office.morning(WEDNESDAY).built == 0
    assert office.told(anna) == {new(1)}
    assert office.store.withheld.undecided() == ()


def test_rules_that_change_twice_are_withheld_twice(office: Office) -> None:
    anna = office.subscribe(profile=Profile(trades=("cleaning",), least_verdict=Verdict.SUITABLE))
    judged_otherwise(office)
    office.judged = POSSIBLE
    office.morning(MONDAY)
    office.release(MONDAY)
    office.rules, office.judged = "3", SUITABLE
    office.morning(TUESDAY)
    assert office.told(anna) == set()
    assert office.would_go_out(TUESDAY) == {anna: {new(1)}}


def test_whoever_confirms_after_the_rules_changed_is_told(office: Office) -> None:
    judged_otherwise(office)
    office.morning(MONDAY)
    bo = office.subscribe("bo", MONDAY + HOUR)
    office.morning(TUESDAY)
    assert office.told(bo) == {new(1)}


# -- tags --------------------------------------------------------------------------------------------------------------


def tag(office: Office, number: int, at: dt.datetime, *trades: str, verdict: Verdict = Verdict.SUITABLE) -> None:
    office.store.tags.add(uid(number), verdict, who="anna", why="passer", now=at, trades=trades or None)


def untag(office: Office, number: int, at: dt.datetime) -> None:
    office.store.tags.remove(uid(number), who="anna", now=at)


def test_where_only_tagged_lots_go_out_the_others_wait_for_their_tag(tmp_path: Path) -> None:
    with office_in(tmp_path) as office:
        office.settings = replace(office.settings, announce="tagged")
        anna = office.subscribe()
        office.crawl_before()
        office.crawl(tender(1), tender(2, stage=Stage.PLANNING), at=MONDAY)
        office.morning(MONDAY)
        assert office.told(anna) == set()
        tag(office, 1, MONDAY + HOUR)
        tag(office, 2, MONDAY + HOUR)
        office.morning(TUESDAY)
        assert office.told(anna) == {new(1), new(2, "planned")}


@pytest.mark.parametrize("announce", ["tagged", "machine"])
def test_a_tag_that_is_given_taken_and_given_again_is_told_once(tmp_path: Path, announce: str) -> None:
    with office_in(tmp_path) as office:
        office.settings = replace(office.settings, announce=announce)
        office.judged = UNSUITABLE
        anna = office.subscribe()
        office.crawl_before()
        office.crawl(tender(1), at=MONDAY)
        built = [office.morning(MONDAY).built]
        tag(office, 1, MONDAY + HOUR, "cleaning")
        built.append(office.morning(TUESDAY).built)
        untag(office, 1, TUESDAY + HOUR)
        built.append(office.morning(WEDNESDAY).built)
        tag(office, 1, WEDNESDAY + HOUR, "cleaning", verdict=Verdict.RESERVED)
        built.append(office.morning(THURSDAY).built)
        assert built == [0, 1, 0, 0]
        assert office.told(anna) == {new(1)}


def test_a_tag_brings_a_withheld_lot_into_the_next_digest(office: Office) -> None:
    anna = office.subscribe()
    office.crawl(tender(1), tender(2), at=MONDAY)
    office.morning(MONDAY)
    tag(office, 1, MONDAY + HOUR)
    office.morning(TUESDAY)
    assert office.told(anna) == {new(1)}


def test_a_tag_counts_whatever_the_rules_become_before_the_digest(office: Office) -> None:
    anna = office.subscribe()
    judged_otherwise(office)
    tag(office, 1, SUNDAY, "cleaning")
    office.morning(MONDAY)
    assert office.told(anna) == {new(1)}


def test_trades_that_other_rules_find_in_a_tagged_lot_are_withheld_as_in_any_other(office: Office) -> None:
    office.crawl_before()
    anna = office.subscribe("anna", profile=Profile(trades=("catering",)))
    office.crawl(tender(1), at=MONDAY)
    office.judge(MONDAY)
    tag(office, 1, MONDAY)
    office.rules, office.judged = "2", replace(SUITABLE, trades=("cleaning", "catering"))
    office.morning(TUESDAY)
    assert office.told(anna) == set()
    assert office.would_go_out(TUESDAY) == {anna: {new(1)}}


# -- two sources, one lot ----------------------------------------------------------------------------------------------

PAGE = tender(1, source="town", procedure_id="", publication_number="", notice_type="", url="https://by.example/17")


def read_before(office: Office) -> None:
    office.crawl_before()
    office.crawl(at=SUNDAY - DAY, source="town")


def test_a_lot_that_was_told_from_one_source_is_not_told_again_when_another_turns_out_to_be_the_same(
    office: Office,
) -> None:
    read_before(office)
    anna = office.subscribe()
    office.crawl(PAGE, at=MONDAY, source="town")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    assert len(office.told(anna)) == 2, "nothing says yet that they are one"
    bo = office.subscribe("bo", MONDAY + HOUR)
    office.crawl(replace(PAGE, procedure_id="P1"), at=TUESDAY, source="town")
    office.morning(TUESDAY)
    (view,) = office.store.lots.views(TUESDAY)
    assert office.told(anna) == office.told(bo) == {Announcement(Announced.NEW, view.uid)}
    assert len(office.texts(anna)) == 1


def test_of_two_tellings_of_lots_that_are_one_that_stays_whose_mail_has_left(office: Office) -> None:
    read_before(office)
    anna = office.subscribe()
    office.crawl(PAGE, at=MONDAY, source="town")
    office.judge(MONDAY, {"Opgave 1": UNSUITABLE})
    office.crawl(tender(1), at=MONDAY + HOUR)
    office.morning(MONDAY + HOUR)
    better = (lot(title="Opgave 1", description="Rengøring"),)
    office.crawl(replace(PAGE, lots=better), at=TUESDAY, source="town")
    office.judge(TUESDAY)
    office.publish(TUESDAY)
    assert office.build(TUESDAY).built == 1, "and the relay is down"
    office.crawl(replace(PAGE, procedure_id="P1", lots=better), at=WEDNESDAY, source="town")
    office.judge(WEDNESDAY)
    office.publish(WEDNESDAY)
    assert office.morning(WEDNESDAY + DAY + HOUR).taken_back == 1
    first, second = office.texts(anna)
    assert "NYE OPGAVER" in first
    assert "NYE OPGAVER" not in second, "what changed meanwhile is told as a change"


def test_a_withheld_lot_that_turns_out_to_be_one_that_was_told_says_nothing(office: Office) -> None:
    office.crawl(at=SUNDAY - DAY, source="town")
    anna = office.subscribe()
    office.crawl(PAGE, at=MONDAY, source="town")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.crawl(replace(PAGE, procedure_id="P1"), at=TUESDAY, source="town")
    assert office.morning(TUESDAY).built == 0
    assert len(office.told(anna)) == 1
    assert office.store.withheld.undecided() == ()


def test_whoever_said_of_either_that_it_is_not_for_them_hears_no_more_of_the_one(office: Office) -> None:
    read_before(office)
    anna = office.subscribe()
    office.crawl(PAGE, at=MONDAY, source="town")
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY)
    office.store.answers.give(uid(1), anna, Answer.NOT_RELEVANT, MONDAY + HOUR)
    office.crawl(replace(PAGE, procedure_id="P1"), at=TUESDAY, source="town")
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(8))), at=WEDNESDAY)
    assert office.morning(WEDNESDAY).built == 0


# -- the same database, opened anew ------------------------------------------------------------------------------------


def test_what_is_withheld_stays_so_when_the_program_is_started_again(tmp_path: Path) -> None:
    with office_in(tmp_path) as office:
        anna = office.subscribe()
        office.crawl(tender(1), at=MONDAY)
    with office_in(tmp_path) as office:
        office.morning(MONDAY)
        assert office.told(anna) == set()


def test_a_call_that_nobody_could_join_to_its_page_is_told_as_two(office: Office) -> None:
    """Likeness is for people: nothing is withheld, or told less, because two tenders look alike."""
    read_before(office)
    anna = office.subscribe()
    office.crawl(PAGE, at=MONDAY, source="town")
    office.crawl(call("1-2026", lot(title="Opgave 1"), procedure_id="P1"), at=MONDAY)
    office.morning(MONDAY)
    assert len(office.told(anna)) == 2
