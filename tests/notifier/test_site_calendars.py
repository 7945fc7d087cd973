"""Deadlines and ends of agreements as calendars, read back by the library that calendar programs are tested with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from icalendar import Calendar, Event

from notifier.lots import AgreementView, Deadline, LotState, Organisation, Verdict
from notifier.site.calendar import calendar
from notifier.site.documents import Edition
from notifier.site.reader import reader
from notifier.site.sections import calendars
from notifier.site.sections.calendars import KEPT
from tests.notifier.editions import edition, files_of
from tests.notifier.examples import (
    MOVED,
    NOW,
    TOWN,
    TRADES,
    agreement_view,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    some_agreements,
    some_lots,
)
from tests.notifier.test_publish import put
from tests.notifier.test_site import hostile, hostile_view

DAY = dt.timedelta(days=1)


def events(content: bytes) -> dict[str, Event]:
    """A calendar's events by their names, read back."""
    found = [one for one in Calendar.from_ical(content).walk("VEVENT") if isinstance(one, Event)]
    assert len({str(one["UID"]) for one in found}) == len(found)
    return {str(one["SUMMARY"]): one for one in found}


def check(content: bytes) -> None:
    """What RFC 5545 demands: lines and their length, one component at least, what each event has to have."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", content)
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    for line in lines:
        line.decode("utf-8")
    read = Calendar.from_ical(content)
    assert (read.name, str(read["VERSION"]), bool(read["PRODID"])) == ("VCALENDAR", "2.0", True)
    assert read.subcomponents
    for event in read.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART"} <= event.keys()
        assert str(event["URL"]).startswith(f"{TOWN.base_url}/")


def after(made: Edition) -> Mapping[str, bytes]:
    return calendars.SECTION.remember(made)


def ends(view: AgreementView, made: Edition) -> Event:
    found = events(files_of(calendars.SECTION, made)["aftaler.ics"])
    return found[f"Indkøbsaftale udløber senest: {view.agreement.title}"]


def test_there_are_calendars_of_deadlines_of_agreements_and_of_each_trade_in_both_languages() -> None:
    files = files_of(calendars.SECTION, edition(some_lots(), some_agreements()))
    names = {"frister.ics", "aftaler.ics", *(f"fag/{trade.key}.ics" for trade in TRADES)}
    assert files.keys() == names | {f"en/{name}" for name in names}
    assert all(calendars.SECTION.has(path) for path in files)
    for content in files.values():
        check(content)
    assert str(Calendar.from_ical(files["en/fag/food.ics"])["X-WR-CALNAME"]).startswith("Food and canteens:")


def test_every_open_lot_has_its_deadlines_and_an_unsuitable_one_none() -> None:
    files = files_of(calendars.SECTION, edition(some_lots(), some_agreements()))
    assert set(events(files["frister.ics"])) == {
        "Frist for tilbud: Rengøring af skoler",
        "Frist for tilbud: Rengøring af idrætshaller",
        "Frist for tilbud: Pleje af grønne områder i Nordkvarteret",
        "Frist for ansøgning: Kantine og mødeforplejning på rådhuset",
        "Frist for tilbud: Kantine og mødeforplejning på rådhuset",
        "Frist for tilbud: Indsamling og reparation af cykler",
        "Frist for tilbud: Vask af håndklæder",  # expired 21 days ago
        "Frist for tilbud: Rengøring af rådhuset",
        "Frist for tilbud: Vask af arbejdstøj",
        "Frist for tilbud: Afrensning af graffiti",
    }


def test_a_trades_calendar_has_its_deadlines_and_its_agreements() -> None:
    files = files_of(calendars.SECTION, edition(some_lots(), some_agreements()))
    assert set(events(files["fag/food.ics"])) == {
        "Frist for ansøgning: Kantine og mødeforplejning på rådhuset",
        "Frist for tilbud: Kantine og mødeforplejning på rådhuset",
    }
    assert "Indkøbsaftale udløber eller forlænges: Vinduespolering" in events(files["fag/cleaning.ics"])
    assert set(events(files["aftaler.ics"])) == {
        f"Indkøbsaftale udløber {how}: {what}"
        for how in ("eller forlænges", "senest")
        for what in ("Vinduespolering", "Kontormøbler")
    }


def test_an_agreement_that_can_be_extended_has_a_day_to_decide_and_a_last_day_that_keeps_its_identity() -> None:
    def told(**changed: Any) -> dict[str, tuple[str, dt.date]]:
        made = edition((), (agreement_view(**changed),))
        found = events(files_of(calendars.SECTION, made)["aftaler.ics"])
        return {name: (str(event["UID"]), event.decoded("DTSTART")) for name, event in found.items()}

    decide, last = (
        "Indkøbsaftale udløber eller forlænges: Vinduespolering",
        "Indkøbsaftale udløber senest: Vinduespolering",
    )
    both = told()
    assert {name: day for name, (_, day) in both.items()} == {decide: dt.date(2026, 12, 31), last: dt.date(2027, 6, 30)}
    plain = told(latest_end=dt.date(2026, 12, 31), options="Ingen")
    assert plain == {"Indkøbsaftale udløber: Vinduespolering": (both[last][0], dt.date(2026, 12, 31))}
    assert both[decide][0] != both[last][0]
    assert told(latest_end=None) == {decide: (both[last][0], dt.date(2026, 12, 31))}


def test_a_lot_has_the_same_events_as_in_a_subscribers_own_calendar() -> None:
    view = lot_view(changes=(MOVED,), updated=MOVED.seen_at)
    (own,) = events(calendar([view], [], TOWN, reader("da", TRADES))).values()
    (public,) = events(files_of(calendars.SECTION, edition((view,)))["frister.ics"]).values()
    assert own.to_ical() == public.to_ical()
    assert public.decoded("SEQUENCE") == 1


def test_a_calendar_without_events_is_valid_and_holds_nothing() -> None:
    files = files_of(calendars.SECTION, edition())
    for content in (*files.values(), calendar([], [], TOWN, reader("da"))):
        check(content)
        assert not events(content)


@pytest.mark.parametrize(
    ("state", "days", "status"),
    [
        (LotState.OPEN, 0, "CONFIRMED"),
        (LotState.EXPIRED, 29, "CONFIRMED"),
        (LotState.EXPIRED, 31, None),
        (LotState.CANCELLED, 0, "CANCELLED"),
        (LotState.CANCELLED, 29, "CANCELLED"),
        (LotState.CANCELLED, 31, None),
        (LotState.GONE, 0, "CANCELLED"),
    ],
)
def test_a_deadline_stays_for_a_month_and_what_was_called_off_is_seen_to_be(
    state: LotState, days: int, status: str | None
) -> None:
    deadline = Deadline(at("2026-12-08"))
    made = edition((lot_view(state=state, of_lot=lot(deadline=deadline)),), now=deadline.at + days * DAY)
    found = events(files_of(calendars.SECTION, made)["frister.ics"]).values()
    assert [str(one["STATUS"]) for one in found] == ([status] if status else [])
    assert dt.timedelta(days=30) == KEPT


def test_the_tenders_deadline_stays_for_those_who_applied_in_time() -> None:
    two_steps = lot(participation_deadline=Deadline(at("2026-12-01")), deadline=Deadline(at("2027-02-01")))
    made = edition((lot_view(of_lot=two_steps),), now=at("2027-01-20"))
    assert len(events(files_of(calendars.SECTION, made)["frister.ics"])) == 2


def test_a_lot_that_is_not_shown_is_in_no_calendar() -> None:
    for view in (
        replace(lot_view(), hidden=True),
        replace(lot_view(), assessment=None),
        lot_view(judged=assessment(Verdict.UNSUITABLE)),
    ):
        files = files_of(calendars.SECTION, edition((view,)))
        assert not [path for path, content in files.items() if events(content)]


def test_a_month_later_an_unchanged_lots_event_is_the_same_part() -> None:
    def keys(now: dt.datetime) -> set[bytes]:
        made = edition((lot_view(),), (agreement_view(),), now=now)
        return {part.key for document in calendars.SECTION.documents(made) for part in document.parts}

    assert keys(NOW) == keys(NOW + 30 * DAY)


def test_an_agreement_that_changed_is_the_same_event_with_a_higher_sequence_and_a_later_stamp() -> None:
    view = agreement_view()
    made = edition((), (view,))
    seen = [ends(view, made)]
    for now, latest in ((NOW + DAY, 30), (NOW - 9 * DAY, 29), (NOW + 2 * DAY, 29), (NOW + 3 * DAY, 30)):
        view = agreement_view(latest_end=dt.date(2027, 6, latest))
        made = edition((), (view,), now=now, memory=after(made))
        seen.append(ends(view, made))
    assert len({str(one["UID"]) for one in seen}) == 1
    assert [one.decoded("SEQUENCE") for one in seen] == [0, 0, 1, 1, 2]
    stamps = [one.decoded("DTSTAMP") for one in seen]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == 3


def test_an_agreement_that_comes_again_goes_on_counting() -> None:
    first = edition((), (agreement_view(),))
    changed = agreement_view(options="12 måneder")
    second = edition((), (changed,), memory=after(first))
    without = edition((), (), memory=after(second))
    again = edition((), (agreement_view(),), memory=after(without))
    assert ends(agreement_view(), again).decoded("SEQUENCE") == 2


def test_a_calendar_in_the_folder_keeps_its_bytes_and_counts_on(tmp_path: Path) -> None:
    put(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.ics")}
    assert len(before) == 2 * (2 + len(TRADES))
    put(tmp_path, now=NOW + DAY)
    assert {path: path.read_bytes() for path in before} == before
    put(tmp_path, agreements=(agreement_view(options="3 år"),), now=NOW + 2 * DAY)
    for event in events((tmp_path / "aftaler.ics").read_bytes()).values():
        assert (event.decoded("SEQUENCE"), event.decoded("DTSTAMP")) == (1, (NOW + 2 * DAY).astimezone(dt.UTC))
    check((tmp_path / "fag" / "cleaning.ics").read_bytes())


@pytest.mark.parametrize("memory", [b"", b"\xc1", b"\x81\xa1a\xa1b"])
def test_a_memory_that_cannot_be_read_counts_as_none(memory: bytes) -> None:
    made = edition((), some_agreements(), memory={calendars.MEMORY: memory})
    assert files_of(calendars.SECTION, made) == files_of(calendars.SECTION, edition((), some_agreements()))


def test_a_site_that_moves_keeps_its_events_under_their_names() -> None:
    made = edition((lot_view(),), (agreement_view(),))
    moved = replace(made, town=replace(TOWN, base_url="https://ny.example", id_host="opgaver.eksempelby.example"))
    for path, content in files_of(calendars.SECTION, made).items():
        before, after_it = ([str(one["UID"]) for one in events_of(of)] for of in (content, _files(moved)[path]))
        assert after_it == before
    assert b"@opgaver.eksempelby.example" in _files(moved)["fag/cleaning.ics"]
    assert b"https://ny.example/opgaver/" in _files(moved)["fag/cleaning.ics"].replace(b"\r\n ", b"")


def _files(made: Edition) -> dict[str, bytes]:
    return files_of(calendars.SECTION, made)


@settings(deadline=None, max_examples=30)
@given(hostile)
def test_hostile_text_keeps_every_calendar_valid(text: str) -> None:
    view = replace(hostile_view(text), assessment=assessment())
    step, day = Deadline(NOW), Deadline(NOW, time_known=False)
    view = replace(view, lot=replace(view.lot, questions_deadline=step, participation_deadline=day))
    held = agreement_view(title=text, supplier=Organisation(text), options=text, url=text)
    made = edition(
        (view, lot_view("en", of_notice=notice(buyers=(Organisation(text),)))),
        (held,),
        trades=TRADES[:1],
        languages=("da",),
    )
    files = files_of(calendars.SECTION, made)
    for content in files.values():
        check(content)
    assert [len(events_of(files[path])) for path in ("frister.ics", "aftaler.ics", "fag/cleaning.ics")] == [4, 2, 6]


def events_of(content: bytes) -> list[Any]:
    return Calendar.from_ical(content).walk("VEVENT")
