"""What an officer puts right: where it counts, how long it stands, and who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from notifier.corrections import Hidden, SaidSince, said_since
from notifier.digest import build
from notifier.errors import StoreError
from notifier.lots import (
    Award,
    Deadline,
    FieldChange,
    LotState,
    LotView,
    Money,
    Organisation,
    Stage,
    Translation,
    Verdict,
)
from notifier.profiles import Announced, Announcement
from notifier.store import Sight, Store
from tests.notifier.office import DAY, HOUR, SUITABLE, UNSUITABLE, Office, new, office_in, tender, uid
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, day, lot, until

UID = "P/LOT-0001"
THURSDAY = WEDNESDAY + DAY


def put_right(store: Store, at: Any = TUESDAY, which: str = UID, **values: Any) -> Any:
    return store.corrections.make(which, values, who="Anna Lund", why="læst forkert", now=at)


def view(store: Store, which: str = UID, at: Any = THURSDAY) -> LotView:
    (found,) = store.lots.views(at, uids=[which])
    return found


# -- the overlay -------------------------------------------------------------------------------------------------------


def test_a_field_that_was_put_right_is_so_wherever_the_lot_is_read(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8), value=Money(Decimal(250_000)), place="Nørrevang")
    found = view(store)
    assert (found.lot.deadline, found.lot.value, found.lot.place) == (until(8), Money(Decimal(250_000)), "Nørrevang")
    assert found.notice.lots[0] is found.lot
    assert found.updated == TUESDAY
    (waiting,) = store.assessments.waiting("1")
    assert waiting.lot == waiting.notice.lots[0] == found.lot
    (version,) = store.notices.versions()
    assert version.notice.lots[0] == found.lot


def test_what_the_source_says_is_still_there(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    (raw,) = store.lots.views(THURSDAY, uids=[UID], put_right=False)
    assert raw.lot == lot()
    (told,) = store.notices.history(UID)
    assert told.lot == lot()
    assert store.notices.latest("ted", "1-2026") == call()


def test_a_deadline_that_was_put_right_decides_where_the_lot_stands(store: Store) -> None:
    passed = Deadline(MONDAY - DAY)
    store.notices.hold(call("1-2026", lot(deadline=passed)), MONDAY)
    assert view(store).state is LotState.EXPIRED
    put_right(store, deadline=until(8))
    assert view(store).state is LotState.OPEN
    assert [one.uid for one in store.lots.views(THURSDAY, live=True)] == [UID]


def test_a_wrong_title_is_not_left_standing_beside_the_right_one(store: Store) -> None:
    english = Translation("en", "Cleaning of ships", "Hulls.")
    wrong = call("1-2026", lot(title="Rengøring", translations=(english,)))
    store.notices.hold(wrong, MONDAY)
    put_right(store, title="Rengøring af skoler")
    found = view(store)
    assert (found.lot.title, found.notice.title) == ("Rengøring af skoler", "Rengøring af skoler")
    assert found.lot.translations == (Translation("en", "", "Hulls."),)


def test_nothing_is_made_of_what_stands_there_already(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    assert put_right(store, deadline=until(1)) == ()
    assert store.corrections.of(UID) == ()


def test_a_lot_that_nobody_holds_cannot_be_put_right(store: Store) -> None:
    with pytest.raises(StoreError, match="no lot has the identity"):
        put_right(store, deadline=until(8))


# -- how long it stands ------------------------------------------------------------------------------------------------


def test_a_correction_can_be_taken_back_and_is_kept(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    (made,) = put_right(store, deadline=until(8))
    assert store.corrections.take_back(made.number, who="Bo Krag", now=WEDNESDAY)
    assert view(store).lot.deadline == until(1)
    (kept,) = store.corrections.of(UID)
    assert (kept.who, kept.removed_by, kept.removed_at) == ("Anna Lund", "Bo Krag", WEDNESDAY)
    assert not store.corrections.take_back(made.number, who="Bo Krag", now=WEDNESDAY)


def test_a_second_correction_of_a_field_takes_the_place_of_the_first(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    put_right(store, deadline=until(9), at=WEDNESDAY)
    assert view(store).lot.deadline == until(9)
    assert [one.stands for one in store.corrections.of(UID)] == [False, True]


def test_putting_a_field_to_what_the_source_says_takes_the_correction_back(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    assert put_right(store, deadline=until(1), at=WEDNESDAY) == ()
    assert [one.stands for one in store.corrections.of(UID)] == [False]


def test_a_crawl_of_the_same_brings_nothing_back(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    assert store.notices.hold(call(), WEDNESDAY) is Sight.UNCHANGED
    store.notices.missed("ted", ["1-2026"], WEDNESDAY)
    assert view(store).lot.deadline == until(8)
    assert len(view(store).changes) == 1


def test_a_crawl_of_something_else_in_the_notice_tells_that_alone(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    store.notices.hold(call("1-2026", lot(value=Money(Decimal(5)))), WEDNESDAY)
    found = view(store)
    assert found.lot.deadline == until(8)
    assert found.changes[-1].fields == (FieldChange("value", "", "5 DKK"),)


def test_where_the_source_says_the_same_by_now_the_correction_is_moot_and_its_own_word_counts_on(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    store.notices.hold(call("1-2026", lot(deadline=until(8))), WEDNESDAY)
    (kept,) = store.corrections.of(UID)
    assert (kept.stands, kept.moot_at, kept.removed_at) == (False, WEDNESDAY, None)
    assert len(view(store).changes) == 1, "the source says what readers were told already"
    store.notices.hold(call("1-2026", lot(deadline=until(15))), THURSDAY)
    found = view(store)
    assert found.lot.deadline == until(15), "a real extension is not hidden by what was right once"
    assert found.changes[-1].fields == (
        FieldChange("deadline", "2026-12-08T12:00:00+01:00", "2026-12-15T12:00:00+01:00"),
    )


def test_where_the_source_says_a_third_thing_the_correction_stands_and_it_can_be_seen(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    (made,) = put_right(store, deadline=until(8))
    store.notices.hold(call("1-2026", lot(deadline=until(4))), WEDNESDAY)
    assert view(store).lot.deadline == until(8)
    assert len(view(store).changes) == 1
    (raw,) = store.lots.views(THURSDAY, uids=[UID], put_right=False)
    (stands,) = store.corrections.standing()
    assert said_since(raw.lot, stands) is SaidSince.OTHER
    assert store.corrections.confirm(made.number, who="Bo Krag", now=THURSDAY)
    (stands,) = store.corrections.standing()
    assert (said_since(raw.lot, stands), stands.who, stands.why) == (SaidSince.AS_THEN, "Bo Krag", "læst forkert")


def test_a_mended_parser_does_not_undo_it(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    (number,) = store._database.column(int, "SELECT id FROM notice_versions")
    mended = call("1-2026", lot(place="Nørrevang"))
    assert store.notices.repair(number, mended, WEDNESDAY) is Sight.CHANGED
    found = view(store)
    assert (found.lot.deadline, found.lot.place, len(found.changes)) == (until(8), "Nørrevang", 1)


def test_a_mended_parser_that_reads_the_same_makes_it_moot_without_a_word(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    put_right(store, deadline=until(8))
    (number,) = store._database.column(int, "SELECT id FROM notice_versions")
    store.notices.repair(number, call("1-2026", lot(deadline=until(8))), WEDNESDAY)
    assert (view(store).lot.deadline, len(view(store).changes)) == (until(8), 1)
    assert store.corrections.standing() == ()


def test_an_award_reads_the_contract_as_it_was_put_right(store: Store) -> None:
    runs: dict[str, Any] = {"framework": "fa-wo-rc", "start": dt.date(2027, 1, 1), "end": dt.date(2028, 12, 31)}
    store.notices.hold(call("1-2026", lot(**runs)), MONDAY)
    result = lot(deadline=None, result="selec-w", awards=(Award(Organisation("Rød Tråd ApS", "12345678")),), **runs)
    store.notices.hold(call("2-2026", result, stage=Stage.AWARD, published=day(20)), TUESDAY)
    put_right(store, WEDNESDAY, end=dt.date(2029, 12, 31))
    (agreement,) = store.agreements.views()
    assert agreement.agreement.end == dt.date(2029, 12, 31)


def test_its_mark_is_another_after_whatever_an_officer_did(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    marks = [store.corrections.seen(UID)]
    (made,) = put_right(store, deadline=until(8))
    marks.append(store.corrections.seen(UID))
    store.corrections.take_back(made.number, who="Anna Lund", now=WEDNESDAY)
    marks.append(store.corrections.seen(UID))
    store.corrections.hide(UID, Hidden.TWICE, WEDNESDAY)
    marks.append(store.corrections.seen(UID))
    assert len(set(marks)) == 4


# -- lots that turn out to be one --------------------------------------------------------------------------------------


def joined(store: Store, *, first: dict[str, Any], second: dict[str, Any]) -> None:
    """A page and a notice of one tender, held apart, put right, and joined by the page's new link."""
    page = call("s-1", lot("1"), source="town", publication_number="", procedure_id="", published=None)
    official = call("9-2026", lot(), procedure_id="Q", notice_type="cn-standard")
    store.notices.hold(page, MONDAY)
    store.notices.hold(official, MONDAY + HOUR)
    if first:
        put_right(store, at=TUESDAY, which="town:s-1/1", **first)
    if second:
        put_right(store, at=TUESDAY + HOUR, which="Q/LOT-0001", **second)
    store.notices.hold(replace(page, publication_number="9-2026"), WEDNESDAY)


def test_what_was_put_right_in_either_of_two_lots_that_are_one_goes_over(store: Store) -> None:
    joined(store, first={"place": "Nørrevang"}, second={"deadline": until(8)})
    (one,) = store.lots.views(THURSDAY)
    assert (one.lot.place, one.lot.deadline) == ("Nørrevang", until(8))


def test_where_both_had_a_field_the_newer_word_stands(store: Store) -> None:
    joined(store, first={"place": "Nørrevang"}, second={"place": "Søndervang"})
    (one,) = store.lots.views(THURSDAY)
    assert one.lot.place == "Søndervang"
    older, newer = store.corrections.of(one.uid)
    assert (older.stands, newer.stands) == (False, True)


def test_a_double_that_was_hidden_is_shown_as_the_one_that_it_is(store: Store) -> None:
    store.notices.hold(call("s-1", lot("1"), source="town", publication_number="", procedure_id=""), MONDAY)
    store.notices.hold(call("9-2026", procedure_id="Q", notice_type="cn-standard"), MONDAY + HOUR)
    store.corrections.hide("town:s-1/1", Hidden.TWICE, TUESDAY)
    page = call("s-1", lot("1"), source="town", publication_number="9-2026", procedure_id="")
    store.notices.hold(page, WEDNESDAY)
    (one,) = store.lots.views(THURSDAY)
    assert not one.hidden
    assert [field for change in one.changes for field in change.fields if field.field == "hidden"] == [
        FieldChange("hidden", "", "yes", ours=True),
        FieldChange("hidden", "yes", "", ours=True),
    ]


def test_a_lot_that_does_not_belong_here_stays_off_whatever_it_is_joined_with(store: Store) -> None:
    store.notices.hold(call("s-1", lot("1"), source="town", publication_number="", procedure_id=""), MONDAY)
    store.notices.hold(call("9-2026", procedure_id="Q", notice_type="cn-standard"), MONDAY + HOUR)
    store.corrections.hide("Q/LOT-0001", Hidden.ELSEWHERE, TUESDAY)
    store.notices.hold(call("s-1", lot("1"), source="town", publication_number="9-2026", procedure_id=""), WEDNESDAY)
    (one,) = store.lots.views(THURSDAY)
    assert one.hidden


# -- who is told -------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with office_in(tmp_path) as opened:
        opened.crawl_before()
        yield opened


def right(office: Office, at: Any, **values: Any) -> Any:
    return put_right(office.store, at=at, which=uid(1), **values)


def test_who_was_told_wrong_is_told_the_correction_once(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, deadline=until(8))
    office.crawl(tender(1), at=TUESDAY)
    office.morning(TUESDAY + HOUR)
    _, second = office.texts(reader)
    assert "Rettelse fra os: - Rettelse: frist for tilbud er 8. december 2026 kl. 12.00 – her stod 1." in second
    assert "flyttet" not in second
    for morning in (WEDNESDAY, THURSDAY):
        office.crawl(tender(1), at=morning)
        office.morning(morning + HOUR)
    assert len(office.texts(reader)) == 2


def test_a_correction_alone_is_the_subject_of_its_mail(office: Office) -> None:
    office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, deadline=until(8))
    office.morning(TUESDAY + HOUR)
    mail = message_from_bytes(office.relay.letters[-1].body, policy=policy.default)
    assert mail["Subject"] == "Rettelse: Rengøring: Opgave 1"


def test_who_was_not_told_hears_only_what_is_right(office: Office) -> None:
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, deadline=until(8))
    late = office.subscribe(at=TUESDAY)
    office.morning(TUESDAY + HOUR)
    (only,) = office.texts(late)
    assert "8. december" in only
    assert "ettelse" not in only
    office.morning(WEDNESDAY + HOUR)
    assert len(office.texts(late)) == 1


def test_a_correction_that_is_taken_back_before_anybody_heard_of_it_is_told_to_nobody(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    (made,) = right(office, MONDAY + 2 * HOUR, deadline=until(8))
    office.store.corrections.take_back(made.number, who="Anna Lund", now=MONDAY + 3 * HOUR)
    office.morning(TUESDAY + HOUR)
    assert len(office.texts(reader)) == 1


def test_a_correction_that_was_wrong_itself_is_told_back(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    (made,) = right(office, MONDAY + 2 * HOUR, deadline=until(8))
    office.morning(TUESDAY + HOUR)
    office.store.corrections.take_back(made.number, who="Anna Lund", now=TUESDAY + 2 * HOUR)
    office.morning(WEDNESDAY + HOUR)
    assert "er 1. december 2026 kl. 12.00 – her stod 8. december" in office.texts(reader)[2]


def test_a_deadline_that_had_passed_already_is_told_to_those_who_believed_another(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, deadline=Deadline(MONDAY - DAY))
    for morning in (TUESDAY, WEDNESDAY):
        office.morning(morning + HOUR)
    told = office.texts(reader)
    assert len(told) == 2
    assert "Rettelse: frist for tilbud er 1. november 2026" in told[1]


def test_a_field_that_readers_are_not_told_of_is_put_right_in_silence(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, documents_url="https://by.example/materiale")
    office.morning(TUESDAY + HOUR)
    assert len(office.texts(reader)) == 1
    assert office.view(1, TUESDAY).lot.documents_url == "https://by.example/materiale"


def test_a_lot_that_is_judged_better_once_it_is_right_is_told_as_new(office: Office) -> None:
    """Nothing of it is withheld, as it is where other rules judge: an officer has looked."""
    reader = office.subscribe()
    verdicts = {"Forkert": UNSUITABLE, "Rengøring af skoler": SUITABLE}
    office.crawl(tender(1, lot(title="Forkert")), at=MONDAY)
    office.judge(MONDAY + HOUR, verdicts)
    office.morning(MONDAY + HOUR)
    assert office.texts(reader) == []
    right(office, MONDAY + 2 * HOUR, title="Rengøring af skoler")
    office.judge(TUESDAY, verdicts)
    office.publish(TUESDAY)
    office.build(TUESDAY + HOUR)
    office.deliver(TUESDAY + HOUR)
    assert new(1) in office.told(reader)
    assert office.store.withheld.undecided() == ()


def test_a_lot_that_is_none_for_readers_once_it_is_right_is_told_as_taken_off(office: Office) -> None:
    reader = office.subscribe()
    verdicts = {"Skibsmotorer": UNSUITABLE}
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, title="Skibsmotorer")
    for morning in (TUESDAY, WEDNESDAY):
        office.judge(morning, verdicts)
        office.morning(morning + HOUR)
    told = office.texts(reader)
    assert len(told) == 2
    assert "Opgaven er taget af listen" in told[1]


def hide(office: Office, at: Any, why: Hidden = Hidden.ELSEWHERE) -> bool:
    return office.store.corrections.hide(uid(1), why, at)


def test_who_was_told_of_a_lot_that_is_hidden_is_told_so_once(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    assert hide(office, MONDAY + 2 * HOUR)
    assert not office.view(1, TUESDAY).public
    for morning in (TUESDAY, WEDNESDAY, THURSDAY):
        office.crawl(tender(1, lot(title="Opgave 1", value=Money(Decimal(morning.day)))), at=morning)
        office.morning(morning + HOUR)
    told = office.texts(reader)
    assert len(told) == 2
    assert "Opgaven er taget af listen" in told[1]
    assert f"{office.view(1, TUESDAY).slug}.html" not in told[1], "its page is gone"


def test_nobody_else_hears_of_a_lot_that_is_hidden(office: Office) -> None:
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    late = office.subscribe(at=MONDAY + 2 * HOUR)
    hide(office, MONDAY + 3 * HOUR)
    office.morning(TUESDAY + HOUR)
    assert office.texts(late) == []


def test_it_is_told_only_once_no_page_shows_the_lot(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    hide(office, MONDAY + 2 * HOUR)
    office.build(TUESDAY + HOUR)
    office.deliver(TUESDAY + HOUR)
    assert len(office.texts(reader)) == 1
    office.morning(WEDNESDAY + HOUR)
    assert len(office.texts(reader)) == 2


def test_a_lot_that_is_shown_again_is_told_to_those_who_heard_that_it_was_off(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    hide(office, MONDAY + 2 * HOUR)
    office.morning(TUESDAY + HOUR)
    hide(office, TUESDAY + 2 * HOUR, Hidden.NO)
    office.morning(WEDNESDAY + HOUR)
    assert "Opgaven er på listen igen" in office.texts(reader)[2]


def test_a_lot_that_is_hidden_and_shown_between_two_mails_is_no_news(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    hide(office, MONDAY + 2 * HOUR)
    hide(office, MONDAY + 3 * HOUR, Hidden.NO)
    office.morning(TUESDAY + HOUR)
    assert len(office.texts(reader)) == 1
    assert office.view(1, TUESDAY).public


def test_a_hidden_lot_that_is_put_right_meanwhile_is_told_off_once(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    hide(office, MONDAY + 2 * HOUR)
    office.morning(TUESDAY + HOUR)
    right(office, TUESDAY + 2 * HOUR, deadline=until(8))
    office.morning(WEDNESDAY + HOUR)
    assert len(office.texts(reader)) == 2


def test_hiding_twice_is_hiding_once(store: Store) -> None:
    store.notices.hold(call(), MONDAY)
    assert store.corrections.hide(UID, Hidden.ELSEWHERE, TUESDAY)
    assert not store.corrections.hide(UID, Hidden.ELSEWHERE, WEDNESDAY)
    assert store.corrections.hide(UID, Hidden.TWICE, WEDNESDAY)
    assert len(view(store).changes) == 1
    assert store.corrections.hidden() == (UID,)
    assert store.corrections.why_hidden(UID) is Hidden.TWICE


def test_a_verdict_stays_until_the_lot_is_judged_anew(office: Office) -> None:
    office.crawl(tender(1), at=MONDAY)
    office.judge(MONDAY)
    right(office, TUESDAY, title="Rengøring af haller")
    assert office.view(1, TUESDAY).assessment is not None
    (waiting,) = office.store.assessments.waiting("1", uid(1))
    assert waiting.lot.title == "Rengøring af haller"
    office.judge(TUESDAY, {"Rengøring af haller": replace(SUITABLE, verdict=Verdict.POSSIBLE)})
    found = office.view(1, TUESDAY).assessment
    assert found is not None
    assert found.verdict is Verdict.POSSIBLE
    assert list(office.store.assessments.waiting("1", uid(1))) == []


# -- joined, back again, flapping --------------------------------------------------------------------------------------


def page_of_town(**facts: Any) -> Any:
    page = call("s-1", lot("1", title="Opgave 1"), source="town", procedure_id="", published=None)
    return replace(page, **{"publication_number": "", **facts})


def double_of_the_town(office: Office, *, told: bool) -> None:
    """A double of tender 1, hidden as one, before or after a mail told of it, and joined with it."""
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    office.crawl(at=MONDAY, source="town")
    office.crawl(page_of_town(), at=MONDAY + 2 * HOUR, source="town")
    if told:
        office.morning(TUESDAY)
    office.store.corrections.hide("town:s-1/1", Hidden.TWICE, TUESDAY + HOUR)
    office.morning(WEDNESDAY)
    office.crawl(page_of_town(publication_number="1-2026"), at=WEDNESDAY + HOUR, source="town")
    office.morning(THURSDAY)


def test_that_a_hidden_double_was_off_is_not_told_of_the_lot_that_it_is_joined_with(office: Office) -> None:
    reader = office.subscribe()
    double_of_the_town(office, told=False)
    assert office.view(1, THURSDAY).public
    assert len(office.texts(reader)) == 1


def test_who_heard_that_the_double_was_off_hears_that_the_lot_is_there(office: Office) -> None:
    reader = office.subscribe()
    double_of_the_town(office, told=True)
    assert "taget af listen" in office.texts(reader)[2]
    assert "Opgaven er på listen igen" in office.texts(reader)[3]
    office.morning(THURSDAY + DAY)
    assert len(office.texts(reader)) == 4


def unsuitable_morning(office: Office, at: Any) -> None:
    office.judge(at, {"Skibsmotorer": UNSUITABLE})
    office.publish(at)
    office.build(at + HOUR)
    office.deliver(at + HOUR)


def test_who_heard_that_a_lot_was_off_hears_once_that_a_colleagues_word_brought_it_back(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    right(office, MONDAY + 2 * HOUR, title="Skibsmotorer")
    unsuitable_morning(office, TUESDAY)
    assert "taget af listen" in office.texts(reader)[1]
    office.store.tags.add(uid(1), Verdict.SUITABLE, who="Bo Krag", why="hører til", now=TUESDAY + 3 * HOUR)
    unsuitable_morning(office, WEDNESDAY)
    unsuitable_morning(office, THURSDAY)
    assert len(office.texts(reader)) == 3
    assert "Opgaven er på listen igen" in office.texts(reader)[2]
    hide(office, THURSDAY + 3 * HOUR)
    unsuitable_morning(office, THURSDAY + DAY)
    unsuitable_morning(office, THURSDAY + 2 * DAY)
    assert "taget af listen" in office.texts(reader)[3], "and once more that it is off"
    assert len(office.texts(reader)) == 4


def test_who_was_asked_whether_they_won_can_still_hear_that_a_lot_was_taken_off(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    off, asked = (Announcement(Announced.CHANGED, uid(1), key) for key in ("off:7", "outcome"))
    known = frozenset({new(1), off, asked})
    hide(office, MONDAY + 2 * HOUR)
    view_ = office.view(1, TUESDAY)
    digest = build(office.subscriber(reader), [view_], [], [], known, TUESDAY)
    assert digest.changed == ()


def test_a_source_that_says_what_is_right_once_and_then_what_was_wrong_again_does_not_undo_it(office: Office) -> None:
    reader = office.subscribe()
    office.crawl(tender(1), at=MONDAY)
    office.morning(MONDAY + HOUR)
    (made,) = right(office, MONDAY + 2 * HOUR, deadline=until(8))
    office.morning(TUESDAY)
    office.crawl(tender(1, lot(title="Opgave 1", deadline=until(8))), at=TUESDAY + HOUR)
    assert office.store.corrections.standing() == ()
    office.morning(WEDNESDAY)
    office.crawl(tender(1), at=WEDNESDAY + HOUR)
    office.morning(THURSDAY)
    assert office.view(1, THURSDAY).lot.deadline == until(8)
    assert [one.number for one in office.store.corrections.standing()] == [made.number]
    assert len(office.texts(reader)) == 2, "nobody is told a change"


def test_what_the_source_itself_said_in_between_is_not_overlaid_by_an_old_correction(store: Store) -> None:
    for at, deadline in enumerate((1, 8, 15, 1)):
        store.notices.hold(call("1-2026", lot(deadline=until(deadline))), MONDAY + at * DAY)
        if not at:
            put_right(store, MONDAY + HOUR, deadline=until(8))
    assert view(store).lot.deadline == until(1)
    assert store.corrections.standing() == ()
