"""OCDS packages: saved ones, the merging of releases, what is refused, and what nobody reads."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from notifier.errors import ParseError
from notifier.lots import Notice, Stage
from spiders.parsers import ocds, ocds_notice
from tests.spiders.parsers.golden import cases, compare, meta

WHERE = "https://ocds.example/releases"


def readings(package: ocds.Package, language: str = "en") -> list[ocds_notice.Reading]:
    return [ocds_notice.read(one, source="ocds", language=language, url=WHERE) for one in package.publications]


def notices(*releases: dict[str, Any]) -> list[Notice]:
    package = ocds.parse_package(json.dumps({"releases": releases}).encode(), WHERE)
    return [notice for reading in readings(package) for notice in reading.notices]


def release(**more: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"ocid": "ocds-x-1", "id": "1", "date": "2026-03-01T10:00:00Z", "tag": ["tender"]}
    return whole | {"buyer": {"name": "Eksempel Kommune"}, "tender": {"title": "Rengøring"}} | more


@pytest.mark.parametrize("case", cases("ocds"), ids=lambda case: case.name)
def test_a_saved_package_reads_as_expected(case: Path) -> None:
    known = meta(case)
    package = ocds.parse_package((case / known["file"]).read_bytes(), known["url"])
    read = readings(package, known["language"])
    compare(case, {"problems": package.problems, "next": package.next_url, "releases": [asdict(one) for one in read]})


def test_a_gzip_file_reads_as_what_is_in_it() -> None:
    body = json.dumps({"releases": [release()]}).encode()
    members = gzip.compress(body[:20]) + gzip.compress(body[20:])
    plain = ocds.parse_package(body, WHERE)
    assert plain.publications
    assert ocds.parse_package(gzip.compress(body), WHERE) == ocds.parse_package(members, WHERE) == plain


def test_releases_are_laid_over_each_other_by_date_and_by_id() -> None:
    later = release(
        id="2", date="2026-03-05T10:00:00Z", tag=["tenderUpdate"], tender={"lots": [{"id": "B", "title": "Ny"}]}
    )
    first = release(tender={"title": "To opgaver", "lots": [{"id": "A", "title": "A"}, {"id": "B", "title": "B"}]})
    before, after = notices(later, first)
    assert [lot.title for lot in before.lots] == ["A", "B"]
    assert (after.title, [lot.title for lot in after.lots]) == ("To opgaver", ["A", "Ny"])


def test_null_takes_a_value_away() -> None:
    first = release(tender={"title": "A", "tenderPeriod": {"endDate": "2026-04-01T12:00:00Z"}})
    later = release(id="2", date="2026-03-02T10:00:00Z", tag=["tenderUpdate"], tender={"tenderPeriod": None})
    assert [notice.lots[0].deadline is None for notice in notices(first, later)] == [False, True]


def test_of_one_day_the_last_call_is_kept_and_the_award_beside_it() -> None:
    later = release(id="2", date="2026-03-01T15:00:00Z", tag=["tenderUpdate"], tender={"title": "Bedre titel"})
    award = release(
        id="3", date="2026-03-01T16:00:00Z", tag=["award"], awards=[{"id": "a", "suppliers": [{"name": "V"}]}]
    )
    found = notices(release(), later, award)
    assert [(notice.key, notice.stage) for notice in found] == [("2", Stage.CALL), ("3", Stage.AWARD)]


def test_a_tender_that_is_complete_does_not_stay_open_for_want_of_a_deadline() -> None:
    call, award = notices(release(tender={"title": "A", "status": "complete"}))
    assert (call.stage, award.stage, award.key) == (Stage.CALL, Stage.AWARD, "1#award")


@pytest.mark.parametrize("status", ["cancelled", "unsuccessful", "withdrawn"])
def test_a_tender_that_was_given_up_is_cancelled(status: str) -> None:
    (notice,) = notices(release(tender={"title": "A", "status": status, "statusDetails": "Ingen tilbud"}))
    assert (notice.cancelled, notice.cancel_reason) == (True, "Ingen tilbud")


def test_an_award_that_is_only_proposed_decides_nothing() -> None:
    assert (
        notices(release(tag=["award"], awards=[{"id": "a", "status": "pending", "suppliers": [{"name": "V"}]}])) == []
    )


def test_the_value_of_the_whole_is_not_that_of_one_lot_among_several() -> None:
    value = {"amount": 12.5, "currency": "DKK"}
    one = notices(release(tender={"title": "A", "value": value, "lots": [{"id": "1"}]}))[0]
    two = notices(release(tender={"title": "A", "value": value, "lots": [{"id": "1"}, {"id": "2"}]}))[0]
    assert one.lots[0].value
    assert one.lots[0].value.amount == Decimal("12.5")
    assert [lot.value for lot in two.lots] == [None, None]


def test_a_deadline_keeps_the_offset_of_the_source() -> None:
    period = {"endDate": "2026-04-15T12:00:00+0200"}
    (notice,) = notices(release(tender={"title": "A", "tenderPeriod": period}))
    assert notice.lots[0].deadline
    assert notice.lots[0].deadline.at.isoformat() == "2026-04-15T12:00:00+02:00"


def test_what_nobody_reads_is_named_by_its_place() -> None:
    strange = release(tender={"title": "A", "lots": [{"id": "1", "reservedFor": ["x"]}], "awardCriteria": "price"})
    package = ocds.parse_package(json.dumps({"releases": [strange]}).encode(), WHERE)
    assert readings(package)[0].unread == ("tender.lots.reservedFor",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "cannot be read"),
        (b"<html>Maintenance</html>", "cannot be read"),
        (b'{"releases": [', "cannot be read"),
        (b'{"releases": []}\n{"releases": [', "cannot be read"),
        (b"[1, 2]", "no object"),
        (b'{"message": "login"}', "no OCDS"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"[" * 100_000 + b"]" * 100_000, "cannot be read"),
        (gzip.compress(b'{"releases": []}', mtime=0)[:-9], "cut off"),
        (b"\x1f\x8bnothing", "broken"),
    ],
    ids=str,
)
def test_what_is_no_package_is_refused_with_its_address(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        ocds.parse_package(body, WHERE)
    assert caught.value.where == WHERE


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    packed = bomb.compress(b" " * (ocds.MOST_BYTES + 1)) + bomb.flush()
    assert len(packed) < 20_000
    with pytest.raises(ParseError, match="unpacks to more"):
        ocds.parse_package(packed, WHERE)


@pytest.mark.parametrize("amount", ["1E+999999999", "1e400", "-3", "9" * 5000, '"twelve"', "true", "[1]", "{}"])
def test_an_amount_that_is_none_is_unknown_and_flagged(amount: str) -> None:
    body = json.dumps({"releases": [release(tender={"title": "A", "value": {"amount": "@", "currency": "DKK"}})]})
    try:
        package = ocds.parse_package(body.replace('"@"', amount).encode(), WHERE)
    except ParseError:
        return
    (notice,) = readings(package)[0].notices
    assert notice.value is None
    assert notice.flags


def test_the_next_page_is_an_address_or_nothing() -> None:
    def onward(link: object) -> str:
        return ocds.parse_package(json.dumps({"releases": [], "links": {"next": link}}).encode(), WHERE).next_url

    assert onward("?cursor=2") == "https://ocds.example/releases?cursor=2"
    assert onward("javascript:alert(1)") == onward(None) == onward(["x"]) == ""


@pytest.mark.parametrize("part", [b"{},", b"[],", b"0.1,"])
def test_a_document_of_more_values_than_memory_has_room_for_is_refused(part: bytes) -> None:
    with pytest.raises(ParseError, match="more than 1,000,000 values"):
        ocds.parse_package(b"[" + part * 1_000_001 + b"{}]", "https://portal.example")


def test_half_a_character_in_one_title_leaves_the_others() -> None:
    release = (
        b'{"ocid": "o-%d", "id": "%d", "date": "2026-03-01T10:00:00Z", "tag": ["tender"], "tender": {"title": "%b"}}'
    )
    body = b'{"releases": [' + release % (1, 1, b"Va\\ud800sk") + b"," + release % (2, 2, b"Mad") + b"]}"
    found = ocds.parse_package(body, "https://portal.example").publications
    read = [ocds_notice.read(one, source="o", language="en", url="https://portal.example").notices[0] for one in found]
    assert [notice.key for notice in read] == ["1", "2"]
    assert read[1].title == "Mad"
    assert read[0].title.encode().decode() == read[0].title
    assert read[0].title.startswith("Va")
    assert "\ud800" not in read[0].title
