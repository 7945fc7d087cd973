"""Who may sign in at the desk, as an operator says it: by the commands alone."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path

import pytest

from notifier import config
from notifier.cli import main
from notifier.desk import make_desk
from notifier.desk.passwords import fits
from notifier.store import Store
from notifier.store.accounts import Account, Role
from notifier.suitability import load_rules
from tests.notifier.desk.make import Browser
from tests.notifier.web.make import heading

NOW = "2026-11-23T09:00:00+01:00"
ADDRESS = "https://skrivebord.proevekoebing.example"
ANNA = "anna@kommune.example"
NEW = "fire ord uden mening"


class Town:
    """A configuration with a desk."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def configure(self, *lines: str, section: str = "desk") -> None:
        file = next(self.folder.rglob("notifier.toml"))
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(f"\n[{section}]\n", "\n".join(("", f"[{section}]", *lines, ""))), encoding="utf-8")

    def say(self, *words: str, status: int = 0, now: str = NOW) -> str:
        """Give a command; what it says."""
        settings = next(self.folder.rglob("notifier.toml")).parent
        assert main(["--config", str(settings), "--now", now, *words]) == status
        captured = self._capsys.readouterr()
        return captured.err if status else captured.out

    @property
    def config(self) -> config.Config:
        return config.load(next(self.folder.rglob("notifier.toml")).parent, environment={})

    def account(self, login: str = ANNA) -> Account:
        with Store.open(self.config.database) as store:
            found = store.accounts.by_login(login)
        assert found is not None
        return found

    def mails(self) -> list[EmailMessage]:
        files = sorted(self.config.outbox.glob("new/*"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=modern) for file in files]

    def links(self) -> list[str]:
        """The link of each mail, in its order."""
        found = []
        for mail in self.mails():
            part = mail.get_body(("plain",))
            assert part is not None
            found += re.findall(rf"{ADDRESS}/adgangskode/(\S+)", part.get_content())
        return found


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Town:
    folder = tmp_path / "town"
    assert main(["init", str(folder)]) == 0
    settings = next(folder.rglob("notifier.toml"))
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[desk]\naddress = "{ADDRESS}"\n')
    capsys.readouterr()
    return Town(folder, capsys)


def add(town: Town, *more: str, login: str = ANNA, **how: int) -> str:
    return town.say("staff", "add", login, "--name", "Anna Lund", *more, **how)  # type: ignore[arg-type]


def test_somebody_is_added_and_sent_a_link_that_is_shown_to_nobody_else(town: Town) -> None:
    said = add(town, "--role", "admin", "--language", "en")
    assert "anna@kommune.example is admin now" in said
    assert "good for 72 hours" in said
    assert str(town.config.outbox) in said
    (mail,), (token,) = town.mails(), town.links()
    assert len(token) == 43
    assert token not in said
    assert mail["To"] == f"Anna Lund <{ANNA}>"
    assert mail["Subject"] == "Your access to the tender pages of Københavns Kommune"
    assert "until Thursday 26 November 2026 at 09:00" in " ".join(str(mail.get_body(("plain",))).split())
    assert not [name for name in mail if name.startswith("List-")]  # of no list, so there is none to leave
    with Store.open(town.config.database) as store:
        rows = store._database.column(str, "SELECT link_hash FROM accounts")
    assert [len(row) for row in rows] == [64]
    assert token not in rows


def test_the_link_lets_its_owner_choose_a_password_once_and_within_three_days(town: Town) -> None:
    add(town)
    (token,) = town.links()
    app = make_desk(town.config, load_rules(town.config.rules))
    browser = Browser(app.test_client())

    def get() -> str:
        return heading(browser.get(f"/adgangskode/{token}", base_url=ADDRESS))

    assert get() == "Vælg en adgangskode"
    form = {"new": NEW, "again": NEW}
    assert browser.post(f"/adgangskode/{token}", form, base_url=ADDRESS).status_code == 303
    assert fits(town.account().password, NEW)
    assert get() == "Linket virker ikke mere"
    town.say("staff", "link", ANNA)
    (_, token) = town.links()
    assert get() == "Vælg en adgangskode"
    town.say("staff", "list", now="2026-11-26T09:00:01+01:00")  # from here on it is that moment
    assert get() == "Linket virker ikke mere"


def test_a_new_link_ends_the_earlier_one(town: Town) -> None:
    add(town)
    said = town.say("staff", "link", ANNA.upper(), "--show-link")
    first, second = town.links()
    assert f"{ADDRESS}/adgangskode/{second}" in said
    assert first not in said
    with Store.open(town.config.database) as store:
        now = town.account().created
        assert (store.accounts.by_link(first, now), store.accounts.by_link(second, now)) == (None, town.account())


def test_everybody_is_listed_with_role_and_status(town: Town) -> None:
    assert "nobody yet" in _list_of(town, create=True)
    add(town)
    add(town, "--role", "admin", login="bo@kommune.example")
    town.say("staff", "disable", "bo@kommune.example", "--yes")
    assert _list_of(town).splitlines() == [
        "anna@kommune.example  Anna Lund, officer, has not chosen a password yet",
        "bo@kommune.example  Anna Lund, admin, disabled since 2026-11-23",
    ]
    town.say("staff", "enable", "bo@kommune.example")
    town.say("staff", "role", "bo@kommune.example", "officer", "--yes")
    with Store.open(town.config.database) as store:
        store.accounts.set_password(2, "x")
    assert "bo@kommune.example  Anna Lund, officer, active" in _list_of(town)


def _list_of(town: Town, *, create: bool = False) -> str:
    if create:
        Store.open(town.config.database, create=True, marker=town.config.marker).close()
    return town.say("staff", "list")


def test_what_was_done_stands_in_the_audit_trail_without_addresses(town: Town) -> None:
    add(town)
    for words in (("role", ANNA, "admin"), ("disable", ANNA, "--yes"), ("enable", ANNA), ("link", ANNA)):
        town.say("staff", *words)
    with Store.open(town.config.database) as store:
        actions = store.actions.of("account:1")
        trail = str(store.actions.latest())
    what = [action.detail["what"] for action in actions]
    assert what == ["added", "link", "role", "disabled", "enabled", "link"]
    assert {action.who for action in actions} == {"notifier staff"}
    assert "@" not in trail


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", ANNA, "--name", "En anden"), "somebody has that login"),
        (("add", ANNA.upper(), "--name", "En anden"), "somebody has that login"),
        (("add", "anna", "--name", "Anna"), "not one plain mail address"),
        (
            ("add", "AZ12345", "--name", "Anna"),
            "other logins are for a proxy that names the user",
        ),
        (("add", "a@x.example, b@x.example", "--name", "Anna"), "not one plain mail address"),
        (("add", "bo@kommune.example", "--name", " "), "a colleague needs a name"),
        (("link", "bo@kommune.example"), "nobody has that login"),
        (("disable", "bo@kommune.example"), "'notifier staff list' shows them"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(town: Town, words: Sequence[str], told: str) -> None:
    add(town)
    assert told in town.say("staff", *words, status=2)
    assert len(town.mails()) == 1


def test_the_last_admin_goes_only_when_asked_twice(town: Town) -> None:
    bo = "bo@kommune.example"
    add(town, "--role", "admin")
    for words in (("disable", ANNA), ("role", ANNA, "officer")):
        said = town.say("staff", *words, status=2)
        assert "that is the last admin" in said
        assert "'notifier staff role LOGIN admin'" in said
    assert (town.account().role, town.account().disabled_at) == (Role.ADMIN, None)
    add(town, "--role", "admin", login=bo)
    town.say("staff", "disable", bo)  # there is Anna
    town.say("staff", "disable", ANNA, status=2)  # Bo is out
    town.say("staff", "role", ANNA, "officer", "--yes")
    town.say("staff", "disable", ANNA)  # she is no admin any more
    assert town.account().disabled_at


def test_where_there_is_no_database_who_makes_one_is_told(town: Town) -> None:
    assert "`staff add`, `web` and `desk` create it" in town.say("staff", "list", status=1)


def test_a_disabled_account_gets_no_link(town: Town) -> None:
    add(town)
    town.say("staff", "disable", ANNA)
    assert f"staff enable {ANNA}" in town.say("staff", "link", ANNA, status=2)
    assert len(town.mails()) == 1


def test_a_mail_that_does_not_leave_is_told_and_the_account_stays(town: Town) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    town.configure('relay = "127.0.0.1"', f"port = {port}", 'security = "none"', section="mail")
    said = add(town, status=1)
    assert "its mail was not sent" in said
    assert f"notifier staff link {ANNA}" in said
    assert "adgangskode/" not in said
    assert town.account().name == "Anna Lund"


def test_without_a_desk_there_is_nothing_to_sign_in_at(town: Town) -> None:
    file = next(town.folder.rglob("notifier.toml"))
    file.write_text(file.read_text(encoding="utf-8").replace(f'address = "{ADDRESS}"', ""), encoding="utf-8")
    assert '[desk] address = "https://' in add(town, status=2)


def test_who_signs_in_through_the_municipality_is_told_where_and_gets_no_link(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_OIDC_SECRET", "s")
    provider = ('oidc_issuer = "https://login.by.example"', 'oidc_client_id = "udbud"', "oidc_only = true")
    town.configure(*provider)
    assert "where they sign in is told" in add(town)
    assert "nobody signs in with a password here" in town.say("staff", "link", ANNA, status=2)
    assert "officer, active" in town.say("staff", "list")


def test_behind_a_proxy_a_login_is_what_the_proxy_calls_somebody(town: Town) -> None:
    town.configure('trusted_proxies = ["127.0.0.1"]', 'proxy_user_header = "X-Remote-User"')
    assert f"they sign in at {ADDRESS}" in add(town, login="AZ12345")
    assert town.account("az12345").login == "az12345"
    assert town.mails() == []
