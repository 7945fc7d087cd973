from __future__ import annotations

from pathlib import Path

from notifier import profiles
from notifier.config import load
from notifier.sampletown import EXPECTED, SUBSCRIBERS, write_config
from notifier.sampletown.config import SITE_URL, SOURCES
from tests.notifier.sampletown.test_town import TRADES


def test_the_notifier_reads_the_configuration_without_a_mistake(tmp_path: Path) -> None:
    write_config(tmp_path / "config", "http://127.0.0.1:4321/")
    config = load(tmp_path / "config", environment={})
    assert sorted(source.id for source in config.sources) == sorted([*SOURCES, "opslag"])
    assert {source.url for source in config.sources if source.url} == {
        "http://127.0.0.1:4321",
        "http://127.0.0.1:4321/udbud",
        "http://127.0.0.1:4321/planlagte-udbud",
        "http://127.0.0.1:4321/indkoebsaftaler",
    }
    asked = [source for source in config.sources if source.url]
    assert all(source.allow_private_address and source.delay_s == 0 for source in asked)
    assert (config.town.name, config.town.base_url) == (
        "Nørrevang Kommune",
        SITE_URL,
    )
    assert (config.database, config.outbox, config.site) == (
        tmp_path / "notifier.db",
        tmp_path / "outbox",
        tmp_path / "site",
    )
    assert config.mail.relay == ""


def test_the_counts_that_each_source_expects_hold_the_towns(tmp_path: Path) -> None:
    write_config(tmp_path / "config", "http://127.0.0.1:4321")
    for source in load(tmp_path / "config", environment={}).sources:
        for day in EXPECTED.values():
            listed = day.agreements if source.id == "aftaler" else day.notices(source.id)
            assert source.expect.min <= listed <= source.expect.max, source.id


def test_writing_it_again_changes_nothing_but_the_address(tmp_path: Path) -> None:
    write_config(tmp_path, "http://127.0.0.1:1")
    before = {file: file.read_text() for file in tmp_path.rglob("*.toml")}
    write_config(tmp_path, "http://127.0.0.1:2")
    assert len(before) == 7
    for file, text in before.items():
        assert file.read_text() == text.replace("127.0.0.1:1", "127.0.0.1:2")


def test_three_invented_enterprises_want_the_digest() -> None:
    assert [(each.language, each.cadence) for each in SUBSCRIBERS] == [
        ("da", profiles.Cadence.DAILY),
        ("da", profiles.Cadence.DAILY),
        ("en", profiles.Cadence.INSTANT),
    ]
    assert all(each.address.endswith(".example") for each in SUBSCRIBERS)
    assert all(set(each.trades) <= TRADES for each in SUBSCRIBERS)


def test_day_two_has_something_new_for_both_daily_subscribers() -> None:
    known = {(lot.source, lot.key) for lot in EXPECTED[1].lots}
    new = [lot for lot in EXPECTED[2].lots if (lot.source, lot.key) not in known]
    for subscriber in SUBSCRIBERS[:2]:
        assert [lot for lot in new if set(lot.trades) & set(subscriber.trades)]
