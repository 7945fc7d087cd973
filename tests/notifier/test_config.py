from __future__ import annotations

import shutil
from dataclasses import replace
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
        ("notifier.toml", "[paths]", 'accessibility = "was.digst.dk/opgaver"\n[paths]', "town.accessibility: is 'was"),
        ("notifier.toml", "[paths]", 'accessibility = "javascript:alert(1)"\n[paths]', "town.accessibility: is 'java"),
        ("notifier.toml", "[paths]", 'id_host = "https://gammel.example"\n[paths]', "town.id_host: 'https://gam"),
        ("notifier.toml", "[paths]", 'id_host = "gammel.example/site"\n[paths]', "town.id_host: 'gammel.example/site'"),
        ("notifier.toml", "[paths]", 'id_host = "to ord"\n[paths]', "town.id_host: 'to ord' is no host"),
        ("notifier.toml", "[paths]", 'id_host = ".example"\n[paths]', "town.id_host: '.example' is no host"),
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


# -- what comes back, signatures, and the pages that answer ------------------------------------------------------------


def with_mail(folder: Path, lines: str) -> None:
    change(folder / "notifier.toml", "[mail]", f"[mail]\n{lines}")


def secret(folder: Path, name: str, content: str = "hemmelig\n") -> None:
    (folder / name).write_text(content, encoding="utf-8")
    (folder / name).chmod(0o600)


def test_what_comes_back_is_read_from_a_maildir_or_over_imap(folder: Path) -> None:
    with_mail(folder, 'return_path = "retur@kommune.example"\nbounces = "../var/back"')
    mail = config.load(folder, environment={}).mail
    assert (mail.return_path, mail.bounces) == ("retur@kommune.example", folder.parent / "var" / "back")
    change(
        folder / "notifier.toml", 'bounces = "../var/back"', 'imap = "imap.kommune.example:993"\nimap_user = "retur"'
    )
    mail = config.load(folder, environment={"NOTIFIER_IMAP_PASSWORD": "meget-hemmelig"}).mail
    assert (mail.imap, mail.imap_user, mail.imap_password) == ("imap.kommune.example:993", "retur", "meget-hemmelig")
    assert mail.bounces is None
    assert "meget-hemmelig" not in repr(mail)


def test_a_key_to_sign_with_is_read_and_never_shown(folder: Path) -> None:
    with_mail(folder, 'dkim_selector = "opgaver"\ndkim_key_file = "dkim.pem"')
    secret(folder, "dkim.pem", "-----BEGIN PRIVATE KEY-----\n")
    mail = config.load(folder, environment={}).mail
    assert (mail.dkim_selector, mail.dkim_key) == ("opgaver", b"-----BEGIN PRIVATE KEY-----")
    assert "BEGIN" not in repr(mail)


@pytest.mark.parametrize("empty", ['bounces = ""', 'imap = ""', 'return_path = ""', 'dkim_selector = ""'])
def test_an_empty_value_is_none(folder: Path, empty: str) -> None:
    shipped = config.load(folder, environment={}).mail
    with_mail(folder, empty)
    assert config.load(folder, environment={}).mail == shipped


@pytest.mark.parametrize(
    ("lines", "key", "said"),
    [
        (
            'return_path = "retur"',
            "return_path",
            "'retur' is no mail address, or too long to add a mail's number to; give one such as retur@kommune.example",
        ),
        (
            f'return_path = "{"r" * 35}@kommune.example"',
            "return_path",
            f"'{'r' * 35}@kommune.example' is no mail address, or too long to add a mail's number to; "
            "give one such as retur@kommune.example",
        ),
        (
            f'return_path = "retur@{"a" * 60}.{"b" * 60}.{"c" * 60}.{"d" * 40}.example"',
            "return_path",
            f"'retur@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 40}.example' is no mail address, or too long to add a "
            "mail's number to; give one such as retur@kommune.example",
        ),
        ("bounces = 5", "bounces", "is a whole number; give a text in quotes"),
        ("per_minute = -1", "per_minute", "is -1; give a whole number from 0 to 100000"),
        (
            'imap = "imap.kommune.example"',
            "imap",
            "needs a user and a password; give imap_user, and NOTIFIER_IMAP_PASSWORD or a file",
        ),
        (
            'imap = "imap.kommune.example"\nimap_user = "retur"\nimap_password_file = "right"\nbounces = "b"',
            "imap",
            "is a second place for the mails that bounces holds; give one of the two keys",
        ),
        *(
            (
                f'imap = "{wrong}"\nimap_user = "retur"\nimap_password_file = "right"',
                "imap",
                f"'{wrong}' is no host; give one such as imap.kommune.example, or host:port",
            )
            for wrong in ("imap.kommune.example:imaps", "imap.kommune.example:65536", "imaps://imap.kommune.example")
        ),
        (
            'dkim_selector = "opgaver"',
            "dkim_selector",
            "needs dkim_key_file, and that needs it; give both, or neither",
        ),
        (
            'dkim_key_file = "right"',
            "dkim_selector",
            "needs dkim_key_file, and that needs it; give both, or neither",
        ),
        (
            'dkim_selector = "opgaver"\ndkim_key_file = "nowhere"',
            "dkim_key_file",
            "nowhere cannot be read (No such file or directory); make it readable for this user alone",
        ),
        (
            'dkim_selector = "opgaver"\ndkim_key_file = "empty"',
            "dkim_key_file",
            "empty is empty; write the secret into it",
        ),
        (
            'dkim_selector = "opgaver"\ndkim_key_file = "open"',
            "dkim_key_file",
            "open can be read by others; chmod 600 open",
        ),
        ('bounce = "b"', "bounce", "is not known; did you mean 'bounces'?"),
    ],
)
def test_each_mistake_in_what_comes_back_is_named_once_with_its_line_and_remedy(
    folder: Path, lines: str, key: str, said: str
) -> None:
    secret(folder, "right")
    secret(folder, "empty", "\n")
    secret(folder, "open")
    (folder / "open").chmod(0o644)
    with_mail(folder, lines)
    file = folder / "notifier.toml"
    line = line_of(file, f"{key} =") if f"{key} =" in lines else line_of(file, "[mail]")
    assert mistakes(folder) == [f"notifier.toml:{line}: mail.{key}: {said}"]


def with_web(folder: Path, lines: str) -> int:
    """The number of the first of these lines."""
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[web]\n{lines}\n")
    return line_of(folder / "notifier.toml", "[web]") + 1


def test_the_pages_that_answer_have_an_address_and_a_place_to_listen(folder: Path) -> None:
    with_web(folder, 'address = "https://abonnement.kommune.example/"\nlisten = "[::1]:80"')
    loaded = config.load(folder, environment={})
    assert (loaded.door.address, loaded.listen) == ("https://abonnement.kommune.example", ("::1", 80))


@pytest.mark.parametrize(
    "wrong",
    [
        "abonnement.kommune.example",
        "ftp://abonnement.kommune.example",
        "https://abonnement.rådhus.example",
        "https://abonnement.kommune.example/?town=1",
        "https://abonnement.kommune.example/#town",
        "https://abonnement.kommune.example/a b",
        "https://abonnement.kommune.example>,<https://evil.example",
        "https://user:secret@abonnement.kommune.example",
    ],
)
def test_an_address_that_cannot_stand_in_a_mail_header_is_a_mistake(folder: Path, wrong: str) -> None:
    line = with_web(folder, f'address = "{wrong}"')
    assert mistakes(folder) == [
        f"notifier.toml:{line}: web.address: is '{wrong}'; "
        "give the address of the pages, such as https://opgaver.by.example"
    ]


@pytest.mark.parametrize("length", [150, 151])
def test_an_address_that_is_too_long_for_a_mail_header_is_a_mistake(folder: Path, length: int) -> None:
    address = "https://abonnement.kommune.example/".ljust(length, "a")
    line = with_web(folder, f'address = "{address}"')
    if length == 150:
        assert config.load(folder, environment={}).door.address == address
    else:
        assert mistakes(folder) == [
            f"notifier.toml:{line}: web.address: is 151 characters long; "
            "use at most 150 characters: it stands in a mail header that must not be broken"
        ]


@pytest.mark.parametrize("wrong", ["8787", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", ":8787", "localhost:http"])
def test_a_place_that_nobody_can_listen_at_is_a_mistake(folder: Path, wrong: str) -> None:
    line = with_web(folder, f'listen = "{wrong}"\naddress = "https://abonnement.kommune.example"')
    assert mistakes(folder) == [
        f'notifier.toml:{line}: web.listen: is no host and port; write them as "127.0.0.1:8787"'
    ]


@pytest.mark.parametrize("table", ["web", "desk"])
@pytest.mark.parametrize(
    "address",
    ["http://udbud.kommune.example", "http://192.0.2.7:8788", "http://localhost.example", "HTTP://by.example"],
)
def test_what_is_secret_does_not_go_in_the_open(folder: Path, table: str, address: str) -> None:
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[{table}]\naddress = "{address}"\n')
    (mistake,) = mistakes(folder)
    assert f"{table}.address: would send " in mistake
    assert "in the open; give one that starts with https://" in mistake


@pytest.mark.parametrize("host", ["127.0.0.1:8788", "127.0.0.2", "[::1]:8788", "localhost"])
def test_on_the_machine_itself_http_will_do(folder: Path, host: str) -> None:
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[desk]\naddress = "http://{host}/"\n')
    assert config.load(folder, environment={}).desk.address == f"http://{host}"


@pytest.mark.parametrize("table", ["web", "desk"])
def test_a_page_that_is_described_and_has_no_address_is_a_mistake(folder: Path, table: str) -> None:
    with (folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[{table}]\nlisten = "127.0.0.1:9000"\n')
    (mistake,) = mistakes(folder)
    assert f"{table}.address: is missing, so nothing is served; give address = " in mistake
    assert mistake.endswith("or take out listen")


@pytest.mark.parametrize("key", ["staff", "database", "outbox", "journal"])
def test_what_is_private_does_not_lie_in_the_published_site(folder: Path, key: str) -> None:
    file = folder / "notifier.toml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    moved = [f'{key} = "../var/site/{key}"\n' if line.startswith(f"{key} = ") else line for line in lines]
    assert moved != lines
    file.write_text("".join(moved), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(folder, environment={})
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.what) == (f"paths.{key}", "lies inside the published site")


def _site_at(folder: Path, place: str) -> None:
    file = folder / "notifier.toml"
    before = file.read_text(encoding="utf-8")
    assert 'site = "../var/site"' in before
    file.write_text(before.replace('site = "../var/site"', f'site = "{place}"'), encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (".", "holds the configuration"),
        ("sources", "is where the sources are described"),
        ("sources/site", "is where the sources are described"),
        ("../var/staff/site", "lies in staff: this is for staff alone"),
        ("../var/outbox/new", "lies in outbox: mails hold personal links"),
        ("../var/returned/site", "lies in bounces: mails are private"),
        ("../var/returned", "holds the mails that come back"),
        ("secret", "holds a file with a secret"),
        ("../rules", "holds the rules"),
    ],
)
def test_the_site_has_a_folder_of_its_own(folder: Path, place: str, what: str) -> None:
    _site_at(folder, place)
    (folder / "secret").mkdir()
    (folder / "secret/smtp.password").write_text("x", encoding="utf-8")
    (folder / "secret/smtp.password").chmod(0o600)
    (folder / "../rules").mkdir()
    (folder / "suitability.toml").rename(folder / "../rules/r.toml")
    file = folder / "notifier.toml"
    text = file.read_text(encoding="utf-8").replace('"suitability.toml"', '"../rules/r.toml"')
    added = '[mail]\npassword_file = "secret/smtp.password"\nbounces = "../var/returned"\n'
    file.write_text(text.replace("[mail]\n", added), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(folder, environment={})
    assert [(mistake.key, mistake.what) for mistake in caught.value.mistakes] == [("paths.site", what)]


@pytest.mark.parametrize("place", ["../var/site", "var/site", "site", "../site"])
def test_a_folder_of_its_own_may_stand_beside_or_below_the_configuration(folder: Path, place: str) -> None:
    _site_at(folder, place)
    assert config.load(folder, environment={}).site == (folder / place).resolve()


def test_what_is_said_of_open_data_is_a_setting(folder: Path) -> None:
    loaded = config.load(folder)
    assert (loaded.open_data.licence, loaded.open_data.registered) == ("CC BY 4.0", False)
    assert next(source for source in loaded.sources if source.id == "ted").licence.startswith("CC BY 4.0")
    assert next(source for source in loaded.sources if source.id == "opslag").licence == ""
    file = folder / "notifier.toml"
    change(file, '# ocid_prefix = "ocds-a1b2c3"', 'ocid_prefix = "ocds-z9y8x7"')
    assert config.load(folder).open_data.registered


@pytest.mark.parametrize(
    ("file", "before", "after", "key"),
    [
        ("notifier.toml", '# ocid_prefix = "ocds-a1b2c3"', 'ocid_prefix = "copenhagen"', "open_data.ocid_prefix"),
        ("notifier.toml", '# publisher_uri = "https://www', 'publisher_uri = "www', "open_data.publisher_uri"),
        ("notifier.toml", 'licence_url = "https://', 'licence_url = "ftp://', "open_data.licence_url"),
        ("sources/ted.toml", 'licence = "CC', '# licence = "CC', "licence"),
    ],
)
def test_a_mistake_in_what_is_said_of_open_data_is_named(
    folder: Path, file: str, before: str, after: str, key: str
) -> None:
    change(folder / file, before, after)
    (mistake,) = mistakes(folder)
    assert f"{key}: " in mistake


def test_identifiers_keep_the_host_that_is_named_and_else_have_that_of_the_site(folder: Path) -> None:
    assert config.load(folder, environment={}).town.named == "opgaver.kommune.example"
    change(folder / "notifier.toml", "[paths]", 'id_host = "Gammel-1.kommune.example"\n[paths]')
    assert config.load(folder, environment={}).town.named == "gammel-1.kommune.example"


def test_a_copy_at_another_address_has_the_identifiers_of_the_site(folder: Path) -> None:
    own = config.load(folder, environment={})
    copy = config.elsewhere(own, folder.parent / "copy", "https://kopi.example/site/")
    assert (copy.town.base_url, copy.town.named) == ("https://kopi.example/site", own.town.named)
    assert config.elsewhere(own, None, own.town.base_url) == own  # it is the site itself, and counts as published
    moved = replace(own, town=replace(own.town, id_host="gammel.example"))
    assert config.elsewhere(moved, None, "https://kopi.example").town.named == "gammel.example"
