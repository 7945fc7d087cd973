"""The personal calendar and feed, read back by other programs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from lxml import etree

from notifier.answers import Answer
from notifier.catalogue import refresh
from notifier.clock import COPENHAGEN
from notifier.keys import Purpose, key_of
from notifier.lots import Deadline, FieldChange, LotChange, LotState, LotView, Organisation, Verdict
from notifier.profiles import Profile, SubscriberStatus
from notifier.site.calendar import calendar
from notifier.site.reader import reader
from notifier.store.lots import Lots
from notifier.words import words
from tests.notifier.examples import NOW as THEN
from tests.notifier.examples import agreement_view, lot_view
from tests.notifier.examples import lot as example_lot
from tests.notifier.examples import notice as example_notice
from tests.notifier.web.make import DOOR, NOW, RULES, TOWN, Place, lot, noon

ATOM = "{http://www.w3.org/2005/Atom}"


def events(place: Place, number: int = 1) -> list[Event]:
    response = place.visit(DOOR.calendar(place.found(number)))
    assert (response.status_code, response.content_type) == (200, "text/calendar; charset=utf-8")
    return read(response.data)


def read(body: bytes) -> list[Event]:
    """The events of a calendar, by what they say."""
    found = [one for one in Calendar.from_ical(body).walk("VEVENT") if isinstance(one, Event)]
    return sorted(found, key=lambda event: str(event["SUMMARY"]))


def sequence(event: Event) -> int:
    return int(event.decoded("SEQUENCE"))


def words_of(element: etree._Element, name: str) -> str:
    """The text of an element's child that has to be there."""
    found = element.findtext(f"{ATOM}{name}")
    assert found
    return found


def goal(element: etree._Element, relation: str) -> str:
    """Where an element's link of a relation leads."""
    (found,) = element.findall(f"{ATOM}link[@rel='{relation}']")
    return str(found.get("href"))


def entries(place: Place, number: int = 1) -> list[etree._Element]:
    response = place.visit(DOOR.feed(place.found(number)))
    assert (response.status_code, response.content_type) == (200, "application/atom+xml; charset=utf-8")
    return etree.fromstring(response.data).findall(f"{ATOM}entry")


# -- calendar ----------------------------------------------------------------------------------------------------------


def test_every_deadline_of_a_lot_is_an_event(place: Place) -> None:
    place.subscriber()
    view = place.hold(
        lot(
            questions_deadline=noon(1),
            interest_deadline=noon(2),
            participation_deadline=Deadline(dt.datetime(2026, 12, 3, 23, 59, tzinfo=COPENHAGEN), time_known=False),
            deadline=noon(4),
        )
    )
    found = [(str(one["SUMMARY"]), one.decoded("DTSTART")) for one in events(place)]
    assert found == [
        ("Frist for ansøgning: Rengøring af fire skoler", dt.date(2026, 12, 3)),
        ("Frist for at vise interesse: Rengøring af fire skoler", noon(2).at),
        ("Frist for spørgsmål: Rengøring af fire skoler", noon(1).at),
        ("Frist for tilbud: Rengøring af fire skoler", noon(4).at),
    ]
    for event in events(place):
        assert str(event["URL"]) == f"{TOWN.base_url}/opgaver/{view.slug}.html"
        assert (str(event["STATUS"]), str(event["TRANSP"])) == ("CONFIRMED", "TRANSPARENT")
        assert "Vejledende markering" in str(event["DESCRIPTION"])


def test_an_event_ends_after_it_begins_or_says_no_end(place: Place) -> None:
    """RFC 5545, 3.8.2.2: an end that is named has to be later; a point in time has none."""
    place.subscriber()
    place.agreement()
    place.hold(lot(participation_deadline=Deadline(noon(3).at, time_known=False)))
    ends = [(event.decoded("DTSTART"), event.decoded("DTEND", None)) for event in events(place)]
    assert ends == [
        (dt.date(2026, 12, 3), dt.date(2026, 12, 4)),
        (noon(8).at, None),
        (dt.date(2027, 6, 30), dt.date(2027, 7, 1)),
    ]


def test_a_deadline_late_in_the_day_stays_on_its_own_day(place: Place) -> None:
    place.subscriber()
    late = dt.datetime(2026, 12, 8, 23, 59, tzinfo=COPENHAGEN)
    place.hold(lot(deadline=Deadline(late, time_known=False)))
    assert [one.decoded("DTSTART") for one in events(place)] == [dt.date(2026, 12, 8)]


def test_a_day_that_was_named_in_another_offset_is_that_day_in_the_calendar(place: Place) -> None:
    place.subscriber()
    place.hold(lot(deadline=Deadline(dt.datetime(2026, 12, 8, 23, 59, tzinfo=dt.UTC), time_known=False)))
    assert [one.decoded("DTSTART") for one in events(place)] == [dt.date(2026, 12, 8)]


def test_the_end_of_an_agreement_is_an_event_with_its_options_counted(place: Place) -> None:
    place.subscriber()
    place.agreement(end=dt.date(2026, 12, 31), latest_end=dt.date(2027, 6, 30), options="6 måneder")
    decide, event = sorted(events(place), key=lambda one: one.decoded("DTSTART"))
    assert str(decide["SUMMARY"]) == "Indkøbsaftale udløber eller forlænges: Vinduespolering"
    assert str(event["SUMMARY"]) == "Indkøbsaftale udløber senest: Vinduespolering"
    assert decide.decoded("DTSTART") == dt.date(2026, 12, 31)
    assert event.decoded("DTSTART") == dt.date(2027, 6, 30)
    assert str(event["DESCRIPTION"]) == "Leverandør: Klar Rude ApS\n\nForlængelse: 6 måneder"
    assert str(event["URL"]).startswith(f"{TOWN.base_url}/aftaler/vinduespolering-")


def test_addresses_of_people_are_in_no_event_as_on_no_page(place: Place) -> None:
    place.subscriber()
    place.hold(buyers=(Organisation("Prøvekøbing Kommune, mette.hansen@by.example"),))
    (event,) = events(place)
    assert str(event["DESCRIPTION"]).startswith("Prøvekøbing Kommune, (mailadresse hos kilden)")


def test_a_calendar_in_english_leads_to_the_english_pages(place: Place) -> None:
    place.subscriber(language="en")
    view = place.hold()
    (event,) = events(place)
    assert str(event["SUMMARY"]) == "Deadline for tenders: Rengøring af fire skoler"
    assert str(event["URL"]) == f"{TOWN.base_url}/en/opgaver/{view.slug}.html"


def test_a_moved_deadline_moves_its_event(place: Place) -> None:
    place.subscriber()
    place.hold()
    (before,) = events(place)
    place.later(days=1)
    place.hold(lot("Rengøring af fire skoler og en hal", deadline=noon(15)))
    (after,) = events(place)
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert (before.decoded("DTSTAMP"), after.decoded("DTSTAMP")) == (NOW, NOW + dt.timedelta(days=1))
    assert after.decoded("DTSTART") == noon(15).at


def test_what_nobody_touched_says_the_same_every_time(place: Place) -> None:
    place.subscriber()
    place.agreement()
    place.hold()
    first = place.visit(DOOR.calendar(place.found(1))).data
    place.later(days=3)
    assert place.visit(DOOR.calendar(place.found(1))).data == first


def test_a_cancelled_lot_that_one_bids_for_stays_as_a_cancelled_event(place: Place) -> None:
    subscriber = place.subscriber()
    view = place.hold()
    place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING))
    (before,) = events(place)
    place.later(days=1)
    place.hold(cancelled=True)
    (after,) = events(place)
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert after["UID"] == before["UID"]
    assert sequence(after) > sequence(before)


def test_what_one_bids_for_stays_whatever_one_follows(place: Place) -> None:
    subscriber = place.subscriber()
    view = place.hold()
    place.hold(lot("Rengøring af haller"), key="2-2026")
    place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING))
    place.post(DOOR.change(subscriber), trades="catering")
    assert [str(one["SUMMARY"]) for one in events(place)] == ["Frist for tilbud: Rengøring af fire skoler"]
    assert [one.findtext(f"{ATOM}title") for one in entries(place)] == ["Rengøring af fire skoler"]
    place.later(days=30)
    place.publish()
    assert len(events(place)) == 1


def test_what_one_bids_for_is_told_only_as_its_page_tells_it(place: Place) -> None:
    subscriber = place.subscriber(profile=Profile(trades=("catering",)))
    view = place.hold()
    place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING))
    place.hold(lot("Rengøring af fem skoler", deadline=noon(15)), published=False)
    assert (events(place), entries(place)) == ([], [])
    place.publish()
    assert [str(one["SUMMARY"]) for one in events(place)] == ["Frist for tilbud: Rengøring af fem skoler"]


def test_only_what_is_published_as_it_stands_and_fits_is_in_either(place: Place) -> None:
    place.subscriber()
    place.hold(lot("Kantine", cpv_main="55510000"), key="1-2026", title="Kantine")
    place.hold(lot("Rengøring af tanke"), key="2-2026", verdict=Verdict.UNSUITABLE)
    place.hold(lot("Rengøring af haller"), key="3-2026")
    place.hold(lot("Rengøring af broer"), key="4-2026", published=False)
    place.hold(lot("Rengøring af veje"), key="5-2026", assessed=False, published=False)
    assert [one.findtext(f"{ATOM}title") for one in entries(place)] == ["Kantine", "Rengøring af haller"]
    assert [str(one["SUMMARY"]) for one in events(place)] == [
        "Frist for tilbud: Kantine",
        "Frist for tilbud: Rengøring af haller",
    ]
    place.hold(lot("Rengøring af haller", deadline=noon(15)), key="3-2026", published=False)
    assert [one.findtext(f"{ATOM}title") for one in entries(place)] == ["Kantine"]


def test_an_agreement_that_is_not_published_is_in_no_calendar(place: Place) -> None:
    place.subscriber()
    place.agreement()
    place.store.publications.forget(["agreement:town:aftale-1"])
    assert [view.uid for view in place.store.agreements.views()] == ["agreement:town:aftale-1"]
    assert events(place) == []


def test_who_wants_no_agreements_has_none_in_the_calendar(place: Place) -> None:
    place.subscriber(profile=Profile(agreements=False))
    place.agreement()
    assert events(place) == []


# -- hostile titles ----------------------------------------------------------------------------------------------------

# What has meaning in iCalendar, XML or HTML, and what no text should hold.
SIGNS = "\r\n\t,;:\\\"'<>&=-\x00\x07\x1b\x7f\x85\u2028\u2029\u202e\ufeff\ud800aæ😀 "
HOSTILE = st.text(st.sampled_from(SIGNS), max_size=200) | (
    st.sampled_from(
        [
            "x\r\nATTENDEE:mailto:a@b.example",
            "x\nEND:VEVENT\nBEGIN:VALARM",
            "\\nURL:https://evil.example",
            "]]></title><script>",
            "&xxe;<!ENTITY",
        ]
    )
)
PROPERTIES = {
    "BEGIN", "END", "UID", "SUMMARY", "DTSTART", "DTSTAMP", "SEQUENCE", "URL", "DESCRIPTION", "STATUS", "TRANSP",
    "VERSION", "PRODID", "X-WR-CALNAME", "X-PUBLISHED-TTL", "REFRESH-INTERVAL", "DTEND",
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(HOSTILE, HOSTILE, st.sampled_from(["da", "en"]))
def test_hostile_words_make_no_line_of_their_own_in_a_calendar(title: str, name: str, language: str) -> None:
    view = lot_view(of_lot=example_lot(title=title), of_notice=example_notice(title="", buyers=(Organisation(name),)))
    held = agreement_view(title=title, supplier=Organisation(name), options=name)
    body = calendar([view], [held], replace(TOWN, name=name), reader(language))
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.removesuffix(b"\r\n").split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", body.replace(b"\r\n", b""))
    assert b"\n" not in body.replace(b"\r\n", b"")
    for line in lines:
        line.decode("utf-8")  # no letter is cut in two
    unfolded = body.replace(b"\r\n ", b"").decode("utf-8").removesuffix("\r\n").split("\r\n")
    assert {re.split("[:;]", line)[0] for line in unfolded} <= PROPERTIES
    assert [line for line in unfolded if line.startswith(("BEGIN", "END"))] == [
        "BEGIN:VCALENDAR", *("BEGIN:VEVENT", "END:VEVENT") * 3, "END:VCALENDAR"
    ]  # fmt: skip
    tender, agreement, _ = Calendar.from_ical(body).walk("VEVENT")
    assert [one.name for one in Calendar.from_ical(body).walk()] == ["VCALENDAR", "VEVENT", "VEVENT", "VEVENT"]
    assert str(tender["URL"]).startswith(f"{TOWN.base_url}/")
    assert str(agreement["URL"]).startswith(f"{TOWN.base_url}/")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 60), st.booleans()), min_size=1, max_size=6), st.sampled_from(LotState))
def test_an_event_keeps_its_name_and_its_sequence_only_grows(moves: list[tuple[int, bool]], state: LotState) -> None:
    """However often a deadline moves: the same event, a higher sequence, never an older stamp."""
    changes: tuple[LotChange, ...] = ()
    seen: list[Event] = []
    for number, (days, time_known) in enumerate(moves):
        at = Deadline(THEN + dt.timedelta(days=days), time_known=time_known)
        told = THEN + dt.timedelta(hours=number)
        if number:
            changes += (LotChange(number, told, (FieldChange("deadline", "", at.at.isoformat()),)),)
        view = lot_view(of_lot=example_lot(deadline=at), changes=changes, updated=told, state=state)
        seen += read(calendar([view], [], TOWN, reader("da")))
    assert len({str(one["UID"]) for one in seen}) == 1
    assert [sequence(one) for one in seen] == list(range(len(moves)))
    stamps = [one.decoded("DTSTAMP") for one in seen]
    assert stamps == sorted(stamps)


def test_no_two_events_have_one_name(place: Place) -> None:
    place.subscriber()
    place.agreement()
    place.hold(lot(questions_deadline=noon(1)), lot("Rengøring af haller", "LOT-0002", questions_deadline=noon(1)))
    names = [str(one["UID"]) for one in events(place)]
    assert len(set(names)) == len(names) == 5
    for name in names:
        assert re.fullmatch(r"[0-9a-f]{32}@udbud\.proevekoebing\.example", name)


# -- feed --------------------------------------------------------------------------------------------------------------


def test_the_feed_is_atom_with_everything_that_it_must_have(place: Place) -> None:
    subscriber = place.subscriber()
    view = place.hold()
    body = place.visit(DOOR.feed(subscriber)).data
    root = etree.fromstring(body)
    assert root.tag == f"{ATOM}feed"
    assert goal(root, "self") == DOOR.feed(subscriber)
    (entry,) = root.findall(f"{ATOM}entry")
    for element in (root, entry):
        assert all(words_of(element, name) for name in ("id", "title", "updated"))
    assert words_of(root, "id").startswith("tag:udbud.proevekoebing.example,2026:personal/")
    assert goal(entry, "alternate") == f"{TOWN.base_url}/opgaver/{view.slug}.html"


def test_the_key_is_nowhere_in_feed_or_calendar_but_where_the_feed_names_itself(place: Place) -> None:
    subscriber = place.subscriber()
    view = place.hold()
    place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING))
    feed = place.visit(DOOR.feed(subscriber)).get_data(as_text=True)
    codes = [key_of(subscriber, purpose).split("-", 1)[1] for purpose in Purpose]
    assert [feed.count(code) for code in codes] == [int(purpose is Purpose.FEED) for purpose in Purpose]
    assert f'<link rel="self" type="application/atom+xml" href="{DOOR.feed(subscriber)}"/>' in feed
    body = place.visit(DOOR.calendar(subscriber)).get_data(as_text=True).replace("\r\n ", "")
    assert [body.count(code) for code in codes] == [0] * len(codes)
    for text in (feed, body):
        assert subscriber.address not in text
        assert subscriber.name not in text


def test_two_subscribers_feeds_have_names_of_their_own_that_stay(place: Place) -> None:
    names = []
    for number in (1, 2):
        subscriber = place.subscriber(f"post{number}@rengoerholdet.example")
        for _ in range(2):
            names.append(etree.fromstring(place.visit(DOOR.feed(subscriber)).data).findtext(f"{ATOM}id"))
            place.hold()
            place.later(days=1)
    assert names[0] == names[1] != names[2] == names[3]


def test_an_entry_keeps_its_name_when_it_changes_and_is_then_newer(place: Place) -> None:
    place.subscriber()
    place.hold()
    (before,) = entries(place)
    place.later(days=1)
    place.hold(lot(deadline=noon(15)))
    (after,) = entries(place)
    assert words_of(after, "id") == words_of(before, "id")
    assert words_of(after, "updated") > words_of(before, "updated")
    assert "15. december" in words_of(after, "summary")


@pytest.mark.parametrize(("language", "title"), [
    ("da", "Prøvekøbing Kommune: opgaver, der passer til jer"), ("en", "Prøvekøbing Kommune: tasks that suit you"),
])  # fmt: skip
def test_the_feed_is_not_called_as_the_public_one(place: Place, language: str, title: str) -> None:
    """Who follows both has to tell them apart in a list."""
    found = etree.fromstring(place.visit(DOOR.feed(place.subscriber(language=language))).data)
    assert words_of(found, "title") == title
    assert words_of(found, "subtitle") != words(language)("site.feed_subtitle")


def test_nothing_that_is_over_is_in_the_feed(place: Place) -> None:
    place.subscriber()
    place.hold()
    place.later(days=16)
    assert entries(place) == []


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (SubscriberStatus.CONFIRMED, 200),
        (SubscriberStatus.PAUSED, 200),
        (SubscriberStatus.PENDING, 404),
        (SubscriberStatus.UNSUBSCRIBED, 404),
    ],
)
def test_who_stopped_or_never_said_yes_has_neither(place: Place, status: SubscriberStatus, code: int) -> None:
    subscriber = place.subscriber(status=status)
    assert [place.visit(one).status_code for one in (DOOR.feed(subscriber), DOOR.calendar(subscriber))] == [code] * 2


@pytest.mark.parametrize("title", ["<b>Rengøring</b> & vask", "]]>", "&amp;", '" onload="x'])
def test_a_hostile_title_is_text_in_the_feed(place: Place, title: str) -> None:
    place.subscriber()
    place.hold(lot(title))
    (entry,) = entries(place)
    assert entry.findtext(f"{ATOM}title") == title
    assert {element.tag.removeprefix(ATOM) for element in entry} == {
        "id", "title", "updated", "published", "link", "category", "summary"
    }  # fmt: skip


# -- very many lots ----------------------------------------------------------------------------------------------------


def many(place: Place, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Twelve lots, the last one with the first deadline, read in an order of its own; who asks for them is kept."""
    for number in (5, 11, 0, 3, 8, 1, 10, 2, 7, 4, 9, 6):
        place.hold(lot(f"Opgave {number:02}", deadline=noon(20 - number)), key=f"{number}-2026", published=False)
        place.later(minutes=1)
    place.publish()
    refresh(place.store, RULES.trades, place.now)
    for module, name, count in (("feeds", "NEAREST", 4), ("feeds", "ENTRIES", 4)):
        monkeypatch.setattr(f"notifier.web.{module}.{name}", count)
    monkeypatch.setattr("notifier.site.feed.ENTRIES", 4)
    monkeypatch.setattr("notifier.web.personal._AT_ONCE", 2)
    read, views = list[str](), Lots.views

    def counted(self: Lots, now: dt.datetime, **more: Any) -> Iterator[LotView]:
        for view in views(self, now, **more):
            read.append(view.uid)
            yield view

    monkeypatch.setattr(Lots, "views", counted)
    return read


@pytest.mark.parametrize("profile", [Profile(), Profile(trades=("cleaning",))], ids=["everything", "a trade"])
def test_a_calendar_has_the_nearest_deadlines_says_so_and_reads_no_others(
    place: Place, monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    place.subscriber(profile=profile)
    read = many(place, monkeypatch)
    titles = [str(event["SUMMARY"])[-2:] for event in events(place)]
    assert titles == ["08", "09", "10", "11"]
    assert len(read) <= 6
    about = Calendar.from_ical(place.visit(DOOR.calendar(place.found(1))).data)["X-WR-CALDESC"]
    assert "de 4 opgaver" in str(about)


def test_a_feed_has_the_newest_and_reads_no_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.subscriber()
    read = many(place, monkeypatch)
    assert [words_of(entry, "title")[-2:] for entry in entries(place)] == ["06", "09", "04", "07"]
    assert len(read) <= 4


def test_what_one_works_on_stays_in_the_calendar_however_far_away(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = place.subscriber()
    many(place, monkeypatch)
    (far,) = (view for view in place.store.lots.views(place.now) if view.lot.title == "Opgave 00")
    place.store.answers.give(far.uid, reader.number, Answer.BIDDING, place.now)
    assert [str(event["SUMMARY"])[-2:] for event in events(place)] == ["00", "08", "09", "10", "11"]


def test_a_calendar_that_has_all_says_nothing_of_it(place: Place) -> None:
    place.subscriber()
    place.hold()
    assert b"X-WR-CALDESC" not in place.visit(DOOR.calendar(place.found(1))).data
