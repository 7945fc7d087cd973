"""Runs compared with those before them: what cannot be chance is an alarm, what editors do is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import pytest

from notifier.coverage import PAGE_SIGN, FieldCoverage, Tally, alarms, findings, news, values_read
from notifier.lots import Agreement, Deadline, Lot, Notice, Organisation, Stage

DAY = "2026-12-01"


def notice(key: str, **more: str | None) -> Notice:
    """A tender with a deadline and a place, unless told otherwise."""
    said: dict[str, str | None] = {"title": f"Opgave {key}", "deadline": "2027-03-12", "place": "Valby", **more}
    deadline = said["deadline"]
    at = dt.datetime.fromisoformat(f"{deadline}T12:00+01:00") if deadline else None
    lot = Lot("1", str(said["title"]), deadline=Deadline(at) if at else None, place=said["place"] or "")
    url = said.get("url") or f"https://by.example/{key}"
    return Notice("by", key, Stage.CALL, str(said["title"]), url=url, lots=(lot,))


def run(
    notices: Sequence[Notice],
    unread: Mapping[str, Sequence[str]] | None = None,
    before: Sequence[FieldCoverage] = (),
    *,
    described: str = "",
    day: str = DAY,
) -> FieldCoverage:
    """One run over these notices; `unread` are places by key."""
    tally = Tally(before)
    for one in notices:
        tally.listed([one.key])
        tally.read(one)
    for key, places in (unread or {}).items():
        tally.unread(places, key)
    return tally.coverage(described=described, day=day)


KEYS = tuple(f"26/{number}" for number in range(101, 107))
USUAL = [notice(key) for key in KEYS]


def history(notices: Sequence[Notice] = USUAL, runs: int = 8, described: str = "") -> list[FieldCoverage]:
    return [run(notices, {KEYS[0]: ["div.del"]}, described=described) for _ in range(runs)]


def test_the_same_as_before_is_no_alarm() -> None:
    assert alarms(run(USUAL, {KEYS[0]: ["div.del"]}), history()) == ()


def test_without_runs_before_there_is_nothing_to_compare_with() -> None:
    assert alarms(run([notice(KEYS[0], deadline=None)]), []) == ()


def test_a_deadline_that_all_have_lost_is_an_alarm() -> None:
    (what,) = alarms(run([notice(key, deadline=None) for key in KEYS]), history())
    assert what == "missing now, though read before: deadline (in 6 of 6 items)"


def test_one_wrong_selector_is_one_message_with_all_fields_by_their_plain_names() -> None:
    fresh = [notice(f"26/{number}", deadline=None, place=None) for number in range(107, 125)]
    now = run([*[notice(key, deadline=None, place=None) for key in KEYS], *fresh])
    assert len(findings(now, history())) > 1, "it shows in known items and in new ones"
    (what,) = alarms(now, history())
    assert what.startswith("missing now, though read before: deadline (in 6 of 6 items), place (in 6 of 6 items); ")
    assert "lot." not in what


def test_a_field_of_a_notice_and_of_its_lots_is_named_once() -> None:
    before = [divided("Skoler", "Havnen"), *USUAL[1:]]
    now = [replace(one, lots=tuple(replace(lot, title=one.title) for lot in one.lots)) for one in before]
    (what,) = findings(run(now), history(before))
    assert what.count("title") == 1


def test_a_value_that_one_editor_took_out_is_none() -> None:
    assert alarms(run([notice(KEYS[0], place=None), *USUAL[1:]]), history()) == ()


def test_a_new_label_alone_is_told_and_is_no_alarm() -> None:
    now = run(USUAL, {KEYS[2]: ['"besigtigelse"']}, history())
    assert alarms(now, history()) == ()
    assert news(now, history()) == ('"besigtigelse"',)


def test_a_value_lost_in_the_item_where_a_new_label_stands_is_an_alarm() -> None:
    now = run([notice(KEYS[0], place=None), *USUAL[1:]], {KEYS[0]: ['"lokation"']}, history())
    assert [what for what in alarms(now, history()) if what.startswith("missing now") and "place" in what]


def test_a_rare_value_that_its_only_bearer_loses_cannot_be_told_from_chance() -> None:
    rare = [*[notice(key, place=None) for key in KEYS[1:]], notice(KEYS[0])]
    assert alarms(run([notice(key, place=None) for key in KEYS]), history(rare)) == ()


def divided(*titles: str) -> Notice:
    """A tender in several lots."""
    lots = tuple(Lot(str(number), title) for number, title in enumerate(titles, 1))
    return replace(notice(KEYS[0]), lots=lots)


def test_what_every_lot_of_the_only_divided_tender_loses_is_an_alarm() -> None:
    before = history([divided("Skoler", "Havnen"), *USUAL[1:]])
    title = USUAL[0].title
    assert "missing now, though read before: title (in 1 of 1 items)" in findings(
        run([divided(title, title), *USUAL[1:]]), before
    )
    assert alarms(run([notice(KEYS[0]), *USUAL[1:]]), before) == ()  # it is divided no longer: editors do that


def with_questions_until(day: str | None, *titles: str) -> Notice:
    """A divided tender whose lots have one deadline for questions, as they do where the page names it once."""
    deadline = Deadline(dt.datetime.fromisoformat(f"{day}T12:00+01:00")) if day else None
    whole = divided(*titles)
    return replace(whole, lots=tuple(replace(lot, questions_deadline=deadline) for lot in whole.lots))


def test_what_the_lots_of_one_tender_have_from_its_page_is_one_witness_and_not_several() -> None:
    before = history([with_questions_until("2027-03-01", "Skoler", "Havnen"), *USUAL[1:]])
    now = [with_questions_until(None, "Skoler", "Havnen"), *USUAL[1:]]
    assert "lots.questions_deadline" not in values_read(with_questions_until("2027-03-01", "Skoler", "Havnen"))
    assert alarms(run(now), before) == ()


def test_a_value_that_most_have_at_once_and_none_had_is_an_alarm() -> None:
    before = history([notice(key, place=None) for key in KEYS])
    assert alarms(run(USUAL), before) == ("read now, though never before: place (in 6 of 6 items)",)
    written_once = [USUAL[0], *[notice(key, place=None) for key in KEYS[1:]]]
    assert alarms(run(written_once), before) == ()


def linked(notices: Sequence[Notice], addresses: Sequence[str], before: Sequence[FieldCoverage]) -> FieldCoverage:
    """A run whose list links to further addresses beside its rows."""
    tally = Tally(before)
    for one in notices:
        tally.listed([one.key])
        tally.read(one)
    tally.linked(addresses)
    return tally.coverage(day=DAY)


def test_tenders_that_the_list_links_to_and_that_are_no_rows_of_it_are_an_alarm() -> None:
    two = [one.url for one in USUAL[:2]]
    (what,) = alarms(linked(USUAL[2:], two, history()), history())
    assert what == "2 of 6 items are no longer rows of the list, though it links to them"
    assert alarms(linked(USUAL[2:], ["https://by.example/kontakt"], history()), history()) == ()
    assert alarms(linked(USUAL[1:], two[:1], history()), history()) == ()  # one may have been moved among the ended
    assert alarms(linked(USUAL, two, history()), history()) == ()  # linked twice


def test_tenders_of_one_title_are_no_tenders_even_in_the_first_run() -> None:
    walls = [notice(key, title="Vi er straks tilbage") for key in KEYS[:3]]
    assert alarms(run(walls), []) == ("all 3 items have the same title",)
    assert alarms(run(walls[:2]), []) == ()
    assert alarms(run([*walls, notice(KEYS[4])]), []) == ()


def test_agreements_may_all_be_called_the_same() -> None:
    tally = Tally()
    for key in KEYS:
        tally.read(Agreement("by", key, "Rengøring", supplier=Organisation(f"Firma {key}")))
    assert alarms(tally.coverage(day=DAY), []) == ()


def test_other_numbers_at_the_same_addresses_are_an_alarm() -> None:
    now = run([notice(f"/udbud/{key}", url=f"https://by.example/{key}", title=f"Opgave {key}") for key in KEYS])
    assert "6 of 6 items go by another number than before" in findings(now, history())


def test_a_title_that_is_another_everywhere_is_an_alarm() -> None:
    now = run([notice(key, title="Log ind") for key in KEYS])
    assert [what for what in alarms(now, history()) if "another at once: title (in 6 of 6 items)" in what]


def test_words_that_are_others_in_every_run_are_no_alarm() -> None:
    daily = [run([notice(key, place=f"{left} dage tilbage") for key in KEYS]) for left in range(5, 12)]
    assert alarms(run([notice(key, place="4 dage tilbage") for key in KEYS]), daily) == ()


def test_two_columns_that_changed_places_are_an_alarm() -> None:
    before = [run([notice(key, title=f"Opgave {key}", place=f"Sted {key}") for key in KEYS]) for _ in range(4)]
    now = run([notice(key, title=f"Sted {key}", place=f"Opgave {key}") for key in KEYS])
    assert any("changed places" in what for what in alarms(now, before))


def test_a_list_that_lost_all_at_once_is_an_alarm() -> None:
    (what,) = alarms(run([]), history())
    assert what == "6 of 6 items that were listed last time and should run on are no longer listed"


def test_what_is_over_may_go_all_at_once() -> None:
    assert alarms(run([], day="2027-03-13"), history()) == ()


def test_a_list_that_was_not_read_to_its_end_lost_nothing() -> None:
    assert alarms(run([]), history(), whole=False) == ()


def test_news_among_the_tenders_are_an_alarm() -> None:
    many = [notice(f"26/{number}") for number in range(200, 230)]
    fake = [notice(f"/nyheder/{number}", deadline=None, place=None) for number in range(3)]
    assert "3 of 3 new items lack what nearly all others have" in findings(run([*many, *fake]), history(many))


def test_a_sign_about_the_page_is_an_alarm_only_where_it_is_new() -> None:
    now = run(USUAL, {"": [f"{PAGE_SIGN}it ends without </html>"]})
    assert alarms(now, history()) == ("the page is not as it was: it ends without </html>",)
    assert alarms(now, [now, *history()]) == ()


def test_runs_by_another_description_are_not_compared() -> None:
    now = run([notice(key, deadline=None) for key in KEYS], described="new")
    assert alarms(now, history(described="old")) == ()


def test_what_was_not_read_again_is_remembered_and_not_compared() -> None:
    before = history()
    tally = Tally(before)
    tally.listed(KEYS)
    for key in KEYS:
        tally.unchanged(key)
    quiet = tally.coverage(day=DAY)
    assert (quiet.items, alarms(quiet, before)) == (0, ())
    # Its memory goes on, so that a redesign after weeks without a change is seen.
    assert alarms(run([notice(key, deadline=None) for key in KEYS]), [quiet] * 60)


def test_a_coverage_survives_being_kept_as_json() -> None:
    kept = run(USUAL, {KEYS[0]: ["p"]}, history())
    assert msgspec.json.decode(msgspec.json.encode(kept), type=FieldCoverage) == kept


def test_keys_only_listed_are_there_and_say_nothing() -> None:
    tally = Tally()
    tally.listed(KEYS)
    assert alarms(tally.coverage(day=DAY), history()) == ()


def test_thousands_that_vanish_are_counted_without_overflow() -> None:
    many = [notice(f"26/{number}") for number in range(2500)]
    assert alarms(run([]), [run(many)] * 8)


@pytest.mark.parametrize(
    ("item", "there", "missing"),
    [
        (Agreement("a", "k", "Vask", end=dt.date(2027, 1, 1)), {"title", "end"}, {"start", "supplier", "flags"}),
        (notice("k"), {"title", "url", "lot.deadline", "lot.place"}, {"lot.value", "lots.title", "buyers"}),
        (Agreement("a", "k", "Vask", supplier=Organisation("Ren")), {"supplier"}, {"end"}),
    ],
)
def test_the_fields_that_say_something_are_counted(
    item: Notice | Agreement, there: set[str], missing: set[str]
) -> None:
    found = values_read(item).keys()
    assert there <= found
    assert not missing & found
