"""`notifier publish`: where it writes, what counts as published, and what it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from notifier import clock, config
from notifier.cli import main
from notifier.errors import UsageError
from notifier.progress import Show
from notifier.resources import resource
from notifier.store import Store
from tests.notifier import examples

NOW = "2026-11-23T07:00"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with one judged lot."""
    monkeypatch.setenv("COLUMNS", "300")
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    database = tmp_path / "var" / "notifier.db"
    database.parent.mkdir()
    with Store.open(database, create=True, marker=target / ".database") as store:
        store.notices.hold(examples.notice(lots=(examples.lot(),)), examples.NOW)
    assert run(target, "assess") == 0
    clock.pretend(None)
    return target


def run(folder: Path, *words: str) -> int:
    status = main(["--config", str(folder), "--now", NOW, *words])
    clock.pretend(None)
    return status


def public(folder: Path) -> set[str]:
    with Store.open(folder.parent / "var" / "notifier.db") as store:
        return set(store.publications.fingerprints())


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_published_elsewhere_it_is_the_same_site_and_counts_for_nobody(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "publish", "--to", str(tmp_path / "trial"), "--base-url", "https://prøve.example/udbud/") == 0
    said = capsys.readouterr().out
    assert "for https://prøve.example/udbud; a trial or a copy" in said
    assert "counts as published" in said
    assert public(folder) == set()
    assert not (tmp_path / "var" / "site").exists()
    assert "https://prøve.example/udbud/opgaver.html" in (tmp_path / "trial/opgaver.html").read_text(encoding="utf-8")
    assert run(folder, "publish") == 0
    assert len(public(folder)) == 2  # the lot, and what was read
    assert names(tmp_path / "trial") == names(tmp_path / "var" / "site")


def test_a_copy_takes_nothing_back_that_is_public(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "publish") == 0
    before = public(folder)
    with Store.open(folder.parent / "var" / "notifier.db") as store:
        store.publications.record([], examples.NOW)
        (view,) = store.lots.views(examples.NOW)
        store.lots._database.write("UPDATE lots SET hidden = 1 WHERE uid = ?", (view.uid,))
    assert run(folder, "publish", "--to", str(tmp_path / "trial")) == 0
    assert public(folder) == before
    assert not list((tmp_path / "trial").rglob(f"{view.slug}.html"))


def test_the_configured_place_counts_however_it_is_named(folder: Path, tmp_path: Path) -> None:
    own = config.load(folder, environment={}).town.base_url
    words = ("--to", f"{tmp_path}/config/../var/site", "--base-url", f"{own}/")
    assert run(folder, "publish", *words) == 0
    assert len(public(folder)) == 2


def test_the_public_site_is_not_written_over_for_another_address(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "publish") == 0
    before = {path: path.read_bytes() for path in (tmp_path / "var/site").rglob("*.html")}
    assert run(folder, "publish", "--base-url", "https://ny.example") == 2
    assert "name another folder with --to" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (tmp_path / "var/site").rglob("*.html")} == before


def at(folder: Path, now: str, *words: str) -> int:
    status = main(["--config", str(folder), "--now", now, *words])
    clock.pretend(None)
    return status


def quarters(folder: Path) -> list[str]:
    with Store.open(folder.parent / "var" / "notifier.db") as store:
        return [one.quarter.key for one in store.reports.all()]


def test_neither_a_trial_nor_a_pretended_clock_tells_a_quarter_for_good(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "real", lambda: examples.NOW)  # in November 2026
    assert at(folder, "2027-01-02T07:00", "publish", "--to", str(tmp_path / "trial")) == 0
    assert (tmp_path / "trial/effekt/2026-4.html").is_file()  # what will be told can be looked at
    assert at(folder, "2027-01-02T07:00", "publish") == 0
    assert quarters(folder) == []
    assert not list((tmp_path / "var/site").rglob("effekt/2026-4*"))


def test_what_lies_in_a_trials_folder_is_not_taken_over(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = "2027-04-02T07:00"
    monkeypatch.setattr(clock, "real", lambda: examples.NOW.replace(year=2027, month=5))
    trial = tmp_path / "trial"
    assert at(folder, late, "publish", "--to", str(trial)) == 0
    foreign = (trial / "effekt/2026-4.json").read_text(encoding="utf-8")
    (trial / "effekt/2026-2.json").write_text(foreign.replace('"number": 4', '"number": 2'), encoding="utf-8")
    assert at(folder, late, "publish", "--to", str(trial)) == 0
    assert quarters(folder) == []
    assert at(folder, late, "publish") == 0
    assert quarters(folder) == ["2026-4", "2027-1"]


def test_a_quarter_that_was_told_wrongly_is_forgotten_and_counted_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clock, "real", lambda: examples.NOW.replace(year=2027, month=5))
    assert at(folder, "2027-04-02T07:00", "publish") == 0
    assert run(folder, "effects", "forget", "2026-4") == 2
    assert "the newest one has to be forgotten first" in capsys.readouterr().err
    assert run(folder, "effects", "forget", "2026-3") == 2
    assert run(folder, "effects", "forget", "2027-1") == 0
    assert quarters(folder) == ["2026-4"]
    assert at(folder, "2027-03-02T07:00", "publish") == 0  # the year's first quarter runs: its pages go
    assert quarters(folder) == ["2026-4"]
    assert not list((tmp_path / "var/site").rglob("effekt/2027-1*.html"))
    assert at(folder, "2027-04-03T07:00", "publish") == 0
    assert quarters(folder) == ["2026-4", "2027-1"]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> config.Config:
    """A configuration whose files are to lie in var/ beside it."""
    folder = tmp_path_factory.mktemp("town") / "config"
    shutil.copytree(resource("config"), folder)
    return config.load(folder, environment={})


@pytest.mark.parametrize("url", ["", "udbud.example", "ftp://udbud.example", "https://", "https://a@b.example"])
def test_an_address_that_is_none_is_refused(shipped: config.Config, url: str) -> None:
    with pytest.raises(UsageError, match="give an address that starts with https://"):
        config.elsewhere(shipped, None, url)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("var", "staff lies in it"),
        ("var/staff", "staff lies in it"),
        ("var/staff/trial", "it lies in staff"),
        ("var/outbox/new/trial", "it lies in outbox"),
        ("config", "it holds the configuration"),
        ("config/sources", "it is where the sources are described"),
        (".", "staff lies in it"),
    ],
)
def test_nothing_is_published_beside_what_is_private(shipped: config.Config, to: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as raised:
        config.elsewhere(shipped, shipped.folder.parent / to, None)
    assert raised.value.where == str((shipped.folder.parent / to).resolve())


def test_what_is_refused_ends_with_2_and_writes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "publish", "--to", str(tmp_path / "var/staff")) == 2
    assert "this is for staff alone" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.html"))


def test_a_folder_that_holds_somebodys_own_files_is_refused_and_left_as_it_was(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".git").mkdir()
    assert run(folder, "publish", "--to", str(home)) == 0
    (home / "CNAME").write_text("udbud.example", encoding="utf-8")
    assert run(folder, "publish", "--to", str(home)) == 0  # it was published into before
    (home / ".published").unlink()
    (home / "index.html").unlink()
    assert run(folder, "publish", "--to", str(home)) == 2
    assert "holds something that was not published into it" in capsys.readouterr().err
    assert not (home / "index.html").exists()


def test_a_place_that_is_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert run(folder, "publish", "--to", str(tmp_path / "file")) == 2


def test_publishing_shows_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[tuple[str, int, int]]()
    monkeypatch.setattr(Show, "advance", lambda _, name, done, total: told.append((name, done, total)))
    assert run(folder, "publish") == 0
    assert {name for name, _, _ in told} == {"publish"}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert all(done <= total for _, done, total in told)
    assert told[-1][1] > 10


def test_help_says_what_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "--help"]) == 0
    said = capsys.readouterr().out
    assert "counts as published for nobody" in " ".join(said.split())
