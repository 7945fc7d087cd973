"""The archive: bodies once, documents by place and facts, and what was read from which."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from notifier.lots import Agreement, Document, DocumentRole, Known
from notifier.store import Store
from tests.notifier.store.samples import MONDAY, TUESDAY, WEDNESDAY, call, lot, until

PLACE = "GET https://by.example/udbud/1"
PAGE = Document(
    source="ted",
    place=PLACE,
    url="https://by.example/udbud/1",
    role=DocumentRole.NOTICE,
    reader="read_notice",
    body=b"<html>" + "Rengøring af skoler, ".encode() * 500,
    key="1-2026",
    facts=b'{"hit":{"number":"1-2026"}}',
    content_type="text/html; charset=utf-8",
    etag='W/"a1"',
    last_modified="Mon, 02 Nov 2026 05:00:00 GMT",
)


def rows(store: Store, table: str) -> int:
    return store._database.number(f"SELECT count(*) FROM {table}")


def test_a_document_comes_back_as_it_was_kept(store: Store) -> None:
    number = store.documents.keep(PAGE, MONDAY)
    assert store.documents.get(number) == PAGE
    assert store.documents.newest("ted", PLACE) == PAGE
    assert store.documents.number("ted", PLACE) == number


def test_a_place_where_nothing_was_seen_is_not_known(store: Store) -> None:
    store.documents.keep(PAGE, MONDAY)
    for source, place in (("town", PLACE), ("ted", f"{PLACE}2")):
        assert store.documents.newest(source, place) is None
        assert store.documents.known(source, place) is None
        assert store.documents.number(source, place) is None


def test_bodies_are_compressed_and_each_is_kept_once(store: Store) -> None:
    for name in ("1", "2", "3"):
        store.documents.keep(replace(PAGE, place=f"GET https://by.example/udbud/{name}"), MONDAY)
    assert (rows(store, "documents"), rows(store, "bodies")) == (3, 1)
    (size,) = store._database.column(int, "SELECT length(data) FROM bodies")
    assert size * 10 < len(PAGE.body)
    assert store._database.column(int, "SELECT size FROM bodies") == [len(PAGE.body)]


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 9, b"x" * 3_000_000], ids=["empty", "binary", "large"])
def test_every_body_comes_back_byte_for_byte(store: Store, body: bytes) -> None:
    number = store.documents.keep(replace(PAGE, body=body), MONDAY)
    assert store.documents.get(number).body == body


def test_the_same_answer_again_is_the_same_document_with_newer_validators(store: Store) -> None:
    number = store.documents.keep(PAGE, MONDAY)
    again = replace(PAGE, etag='"a2"', last_modified="", reader="read_page", url="https://by.example/udbud/1/")
    assert store.documents.keep(again, TUESDAY) == number
    assert store.documents.get(number) == again
    assert store.documents.known("ted", PLACE) == Known('"a2"', "", TUESDAY, read=False)


def test_another_body_or_other_facts_are_another_document(store: Store) -> None:
    numbers = {
        store.documents.keep(one, MONDAY)
        for one in (PAGE, replace(PAGE, body=b"other"), replace(PAGE, facts=b'{"hit":{"number":"1"}}'))
    }
    assert len(numbers) == 3
    assert rows(store, "bodies") == 2


def test_the_newest_document_of_a_place_is_the_one_seen_last_though_it_came_first(store: Store) -> None:
    store.documents.keep(PAGE, MONDAY)
    other = replace(PAGE, body=b"for a day")
    store.documents.keep(other, TUESDAY)
    assert store.documents.newest("ted", PLACE) == other
    store.documents.keep(PAGE, WEDNESDAY)
    assert store.documents.newest("ted", PLACE) == PAGE
    assert [store.documents.get(number) for number in store.documents.numbers("ted")] == [other, PAGE]


def read(store: Store) -> bool:
    known = store.documents.known("ted", PLACE)
    assert known is not None
    return known.read


def test_a_document_was_read_where_what_is_held_now_came_from_it(store: Store) -> None:
    number = store.documents.keep(PAGE, MONDAY)
    assert not read(store)
    store.notices.hold(call("1-2026"), MONDAY)
    assert not read(store)
    store.notices.hold(call("1-2026"), MONDAY, number)
    assert read(store)
    store.notices.hold(call("1-2026", lot(deadline=until(8))), TUESDAY)  # from elsewhere
    assert not read(store)


def test_a_document_that_was_read_with_a_remark_is_to_be_asked_for_again(store: Store) -> None:
    doubtful = call("1-2026", flags=("the deadline could not be read",))
    number = store.documents.keep(PAGE, MONDAY)
    store.notices.hold(doubtful, MONDAY, number)
    assert not read(store)


def test_a_list_is_read_where_an_agreement_came_from_it(store: Store) -> None:
    agreement = Agreement("ted", "12", "Kontorartikler")
    number = store.documents.keep(replace(PAGE, role=DocumentRole.LIST, key=""), MONDAY)
    store.agreements.hold(agreement, MONDAY, number)
    assert read(store)
    assert store.documents.of_agreement("ted", "12") == number
    assert store.documents.agreement("ted", "12") == agreement
    assert store.documents.keys_read(number) == {"12"}


def test_each_version_leads_to_the_document_that_it_was_read_from(store: Store) -> None:
    versions = [call("1-2026", lot(deadline=until(day))) for day in (1, 8)]
    numbers = []
    for at, (body, notice) in enumerate(zip((b"1", b"8"), versions, strict=True)):
        numbers.append(store.documents.keep(replace(PAGE, body=body), MONDAY + dt.timedelta(days=at)))
        store.notices.hold(notice, MONDAY + dt.timedelta(days=at), numbers[-1])
    readings = [store.documents.readings(number, "ted", "1-2026") for number in numbers]
    assert [[(one.notice, one.newest) for one in found] for found in readings] == [
        [(versions[0], False)],
        [(versions[1], True)],
    ]
    assert store.documents.of_notice("ted", "1-2026") == numbers[1]
    assert store.documents.readings(numbers[0], "ted", "2-2026") == []


# -- what is forgotten -------------------------------------------------------------------------------------------------

LATER = MONDAY + dt.timedelta(days=500)


def visit(store: Store, day: int, **what: object) -> int:
    """A page that is another at each visit, as one with a clock in it is."""
    at = MONDAY + dt.timedelta(days=day)
    return store.documents.keep(replace(PAGE, **({"body": f"visit {day}".encode()} | what)), at)  # type: ignore[arg-type]


def kept(store: Store) -> list[int]:
    return store.documents.numbers("ted")


def test_visits_that_told_nothing_new_are_forgotten_and_their_bodies_with_them(store: Store) -> None:
    numbers = [visit(store, day) for day in range(4)]
    assert store.documents.forget(MONDAY + dt.timedelta(days=2)) == 2
    assert kept(store) == numbers[2:]
    assert rows(store, "bodies") == 2
    assert store.documents.forget(MONDAY + dt.timedelta(days=2)) == 0


def test_the_newest_answer_at_a_notices_address_stays_however_old(store: Store) -> None:
    numbers = [visit(store, day) for day in range(3)]
    assert store.documents.forget(LATER) == 2
    assert kept(store) == numbers[2:]


def test_every_answer_that_a_version_came_from_stays_so_that_history_can_be_repaired(store: Store) -> None:
    numbers = []
    for day in range(3):
        numbers.append(visit(store, day))
        notice = call("1-2026", lot(deadline=until(1 + day // 2)))  # another on the last day alone
        store.notices.hold(notice, MONDAY + dt.timedelta(days=day), numbers[-1])
    last = visit(store, 9)
    assert store.documents.forget(LATER) == 1
    assert kept(store) == [numbers[1], numbers[2], last], "the first visit said what the second did"
    assert store._database.column(str, "PRAGMA foreign_key_check") == []


def test_a_list_stays_while_what_was_read_from_it_is_held(store: Store) -> None:
    empty = visit(store, 0, role=DocumentRole.LIST, place="GET https://by.example/aftaler?dag=0")
    full = visit(store, 1, role=DocumentRole.LIST, place="GET https://by.example/aftaler?dag=1")
    store.agreements.hold(Agreement("ted", "12", "Vask"), MONDAY, full)
    assert kept(store) == [empty, full]
    assert store.documents.forget(LATER) == 1
    assert kept(store) == [full]


def test_a_body_that_another_place_shows_too_stays(store: Store) -> None:
    shared = b"the same on both"
    visit(store, 0, body=shared)
    visit(store, 1)
    other = visit(store, 0, body=shared, place=f"{PLACE}0")
    assert store.documents.forget(LATER) == 1
    assert store.documents.get(other).body == shared
