"""The town's pages and the notifier's parsers fit: what the town means is what is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from notifier import suitability
from notifier.config import Config, Source, load
from notifier.lots import Money, Notice
from notifier.sampletown import EXPECTED, site, ted, write_config
from notifier.sampletown.town import DAYS, TownDay, town_on
from spiders.parsers import agreements, eforms, page, selectors

BASE = "http://127.0.0.1:4321"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("config")
    write_config(folder, BASE)
    return load(folder, environment={})


def source(config: Config, ident: str) -> Source:
    found = next((source for source in config.sources if source.id == ident), None)
    assert found is not None
    return found


def served(url: str, town: TownDay) -> bytes:
    found = site.page(url.removeprefix(BASE), town)
    assert found is not None, url
    return found[1]


def from_pages(of: Source, town: TownDay) -> Iterator[Notice]:
    chosen = selectors.read_selectors(of.selectors, of.id)
    imprint = selectors.Imprint(of.id, of.publisher)
    url = of.url
    while url:
        listed = page.parse_list(served(url, town), chosen.list, url)
        assert listed.problems == ()
        for row in listed.rows:
            if chosen.detail:
                yield page.parse_detail(served(row.url, town), chosen, row, imprint, row.url)
            else:
                yield page.parse_row(row, chosen, imprint, url)
        url = listed.next_url


def from_ted(town: TownDay) -> Iterator[Notice]:
    for tender in town.ted:
        xml = ted.notice_xml(tender.key, town.day)
        assert xml is not None
        yield eforms.parse(xml, source="ted", key=tender.key, publication_number=tender.key)


def all_notices(config: Config, day: int) -> list[Notice]:
    town = town_on(day)
    pages = [notice for ident in ("udbud", "planlagt") for notice in from_pages(source(config, ident), town)]
    return [*from_ted(town), *pages]


@pytest.mark.parametrize("day", DAYS)
def test_every_lot_is_read_without_a_doubt(config: Config, day: int) -> None:
    notices = all_notices(config, day)
    assert [(notice.key, notice.flags) for notice in notices if notice.flags] == []
    read = [(notice.source, notice.key, lot.lot_id, lot.title) for notice in notices for lot in notice.lots]
    assert read == [(lot.source, lot.key, lot.lot_id, lot.title) for lot in EXPECTED[day].lots]


@pytest.mark.parametrize("day", DAYS)
def test_values_codes_deadlines_and_reservations_are_read_as_the_town_means_them(config: Config, day: int) -> None:
    meant = {each.key: each for each in (*town_on(day).ted, *town_on(day).own)}
    checked = 0
    for notice in all_notices(config, day):
        if notice.source == "planlagt":
            continue
        tender = meant[notice.key]
        assert notice.cancelled == tender.cancelled
        for lot, sample in zip(notice.lots, tender.lot, strict=True):
            assert lot.value == Money(Decimal(sample.value), "DKK")
            assert (lot.cpv_main, lot.cpv_additional) == (sample.cpv, sample.more_cpv)
            assert (lot.deadline.at if lot.deadline else None) == tender.deadline
            assert lot.reserved == ((sample.reserved,) if sample.reserved else ())
            assert lot.start == sample.start
            checked += 1
    assert checked == {1: 61, 2: 69}[day]


def test_the_table_of_agreements_is_read_and_its_unknown_heading_reported(config: Config) -> None:
    of = source(config, "aftaler")
    table = agreements.parse_table(
        served(of.url, town_on(1)),
        agreements.read_selectors(of.selectors),
        selectors.Imprint(of.id, of.publisher),
        of.url,
    )
    assert table.unknown_headings == ("Klimaklasse",)
    assert len(table.agreements) == EXPECTED[1].agreements
    latest = {agreement.title: agreement.latest_end for agreement in table.agreements}
    assert latest["Snerydning ved institutioner"] == dt.date(2026, 12, 31)
    assert latest["Pasning af grønne områder ved idrætsanlæg"] == dt.date(2028, 3, 31)
    assert [agreement.title for agreement in table.agreements if agreement.flags] == ["Vikarer i sundhedssektoren"]


@pytest.mark.parametrize("day", DAYS)
def test_the_shipped_rules_judge_every_lot_as_a_person_does(config: Config, day: int) -> None:
    rules = suitability.load_rules(Path(config.rules))
    meant = {(lot.source, lot.key, lot.lot_id): lot for lot in EXPECTED[day].lots}
    different = [
        (notice.key, lot.title, f"meant {expected.verdict}, judged {verdict}")
        for notice in all_notices(config, day)
        for lot in notice.lots
        if (verdict := suitability.assess(lot, notice, rules).verdict)
        is not (expected := meant[notice.source, notice.key, lot.lot_id]).verdict
    ]
    assert different == []
