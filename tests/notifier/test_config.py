from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from notifier import config
from notifier.errors import ConfigError
from notifier.resources import resource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    return target


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def line_of(file: Path, start: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return 1 + next(index for index, line in enumerate(lines) if line.startswith(start))


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        config.load(folder, environment={})
    return [str(mistake).replace(str(folder) + "/", "") for mistake in error.value.mistakes]


def test_the_shipped_configuration_has_no_mistake(folder: Path) -> None:
    loaded = config.load(folder, environment={})
    assert loaded.town.name == "Københavns Kommune"
    assert {source.kind for source in loaded.sources} <= set(config.KINDS)
    assert loaded.database == folder.parent / "var" / "notifier.db"


def test_every_mistake_is_named_with_file_line_key_and_remedy(folder: Path) -> None:
    change(folder / "notifier.toml", 'time_zone = "Europe/Copenhagen"', 'time_zone = "Europe/Kobenhavn"')
    change(folder / "notifier.toml", "base_url =", "base_ulr =")
    change(folder / "sources/ted.toml", "delay_s = 2.0", 'delay_s = "two"')
    delay = line_of(folder / "sources/ted.toml", 'delay_s = "two"')
    town = line_of(folder / "notifier.toml", "[town]")
    line = line_of(folder / "notifier.toml", 'time_zone = "Europe/Kobenhavn"')
    assert mistakes(folder) == [
        f"sources/ted.toml:{delay}: delay_s: is a text; give a number",
        f"notifier.toml:{town}: town.base_url: is missing; add it: the address where the site is published",
        f"notifier.toml:{line}: town.time_zone: 'Europe/Kobenhavn' is no time zone; give one such as Europe/Copenhagen",
        f"notifier.toml:{line - 1}: town.base_ulr: is not known; did you mean 'base_url'?",
    ]


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("notifier.toml", 'base_url = "https://', 'base_url = "ftp://', "town.base_url"),
        ("notifier.toml", 'contact = "udbud@kommune.example"', 'contact = "udbud"', "town.contact"),
        ("notifier.toml", 'contact = "udbud@kommune.example"', 'contact = "ud..bud@kommune.example"', "town.contact"),
        ("notifier.toml", 'name = "Københavns Kommune"\n', "", "town.name: is missing"),
        ("notifier.toml", "[mail]", '[mail]\npassword = "hemmelig"', "a secret does not belong here"),
        ("notifier.toml", "[mail]", '[mail]\nrelay = "mail.example"\nsecurity = "none"', "in the open"),
        ("notifier.toml", "[mail]", '[mail]\nuser = "notifier"', "has no password"),
        ("notifier.toml", "[mail]", '[mail]\npassword_file = "nowhere"', "cannot be read"),
        (
            "notifier.toml",
            'rules = "suitability.toml"',
            'rules = "gone.toml"',
            "gone.toml: the rules of suitability are missing",
        ),
        ("notifier.toml", "[town]", "[town", "is no valid TOML"),
        ("sources/ted.toml", 'kind = "ted"', 'kind = "tedd"', "did you mean 'ted'?"),
        ("sources/ted.toml", 'kind = "ted"', 'id = "other"\nkind = "ted"', "call it 'ted'"),
        ("sources/ted.toml", "max = 500", "max = -1", "expect.max"),
        ("sources/ted.toml", "min = 0, max = 500", "min = 9, max = 5", "swap them"),
        ("sources/ted.toml", "concurrency = 1", "concurrency = 0", "from 1 to 64"),
        ("sources/ted.toml", "concurrency = 1", "concurrency = true", "give a whole number"),
        ("sources/ted.toml", "https://api.ted.europa.eu", "api.ted.europa.eu", "starts with https://"),
    ],
)
def test_a_wrong_value_is_named(folder: Path, file: str, before: str, after: str, expected: str) -> None:
    change(folder / file, before, after)
    where = "gone.toml" if expected.startswith("gone.toml") else file
    assert [mistake for mistake in mistakes(folder) if expected in mistake and mistake.startswith(where)]


def test_a_folder_that_is_missing_is_told_with_the_remedy(tmp_path: Path) -> None:
    assert "notifier init" in mistakes(tmp_path / "nowhere")[0]


def test_a_folder_without_sources_is_a_mistake(folder: Path) -> None:
    shutil.rmtree(folder / "sources")
    assert mistakes(folder) == ["sources: there is no source; add one file per source, e.g. ted.toml"]


def test_the_password_comes_from_the_environment_or_from_a_file_of_ones_own(folder: Path) -> None:
    change(folder / "notifier.toml", "[mail]", '[mail]\nuser = "notifier"\npassword_file = "secret"')
    (folder / "secret").write_text("fra fil\n", encoding="utf-8")
    (folder / "secret").chmod(0o644)
    assert any("can be read by others" in mistake for mistake in mistakes(folder))
    (folder / "secret").chmod(0o600)
    assert config.load(folder, environment={}).mail.password == "fra fil"
    assert config.load(folder, environment={"NOTIFIER_SMTP_PASSWORD": "udenfra"}).mail.password == "udenfra"


def test_the_password_is_never_shown(folder: Path) -> None:
    change(folder / "notifier.toml", "[mail]", '[mail]\nuser = "notifier"')
    loaded = config.load(folder, environment={"NOTIFIER_SMTP_PASSWORD": "meget-hemmelig"})
    assert "meget-hemmelig" not in repr(loaded)


def test_an_outbound_proxy_is_a_setting(folder: Path) -> None:
    assert config.load(folder, environment={"http_proxy": "http://other.example:1"}).proxy == ""
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network]\nproxy = "http://proxy.kommune.example:3128/"\n')
    assert config.load(folder, environment={}).proxy == "http://proxy.kommune.example:3128"


@pytest.mark.parametrize(
    "wrong",
    [
        "proxy.kommune.example:3128",
        "http://proxy.kommune.example",
        "https://proxy.kommune.example:3128",
        "http://user:secret@proxy.kommune.example:3128",
        "http://proxy.kommune.example:port",
        "socks5://proxy.kommune.example:1080",
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_mistake(folder: Path, wrong: str) -> None:
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[network]\nproxy = "{wrong}"\n')
    assert "network.proxy" in mistakes(folder)[0]
