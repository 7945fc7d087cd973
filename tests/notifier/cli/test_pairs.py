"""`notifier history` and `notifier pairs`: what was said of a lot, and what only looks alike."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifier import clock
from notifier.cli import main
from notifier.resources import resource
from notifier.store import Store
from tests.notifier.store.samples import call, lot, until

MONDAY = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
TUESDAY = MONDAY + dt.timedelta(days=1)
CALL = call("26/105", lot(duration="P2Y", deadline=until(8)), publication_number="734512-2026")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    database = tmp_path / "var" / "notifier.db"
    database.parent.mkdir()
    with Store.open(database, create=True, marker=target / ".database") as store:
        store.notices.hold(CALL, MONDAY)
        moved = replace(CALL, lots=(lot(duration="P4Y", deadline=until(15)),))
        store.notices.hold(moved, TUESDAY)
    return target


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    yield
    clock.pretend(None)


def history(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["--config", str(folder), "--now", "2026-11-24T07:00", "history", name])
    said = capsys.readouterr()
    return status, " ".join(f"{said.out} {said.err}".split())


def test_changes_are_told_in_words_and_not_in_codes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = history(folder, "734512-2026", capsys)
    assert status == 0
    assert "duration changed from 2 years to 4 years" in said
    assert "P2Y" not in said
    assert "8 December 2026" in said


@pytest.mark.parametrize("form", ["{}", "{}.html"])
def test_a_lot_goes_by_what_a_person_has_at_hand(folder: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(folder.parent / "var" / "notifier.db", create=False, marker=folder / ".database") as store:
        (view,) = store.lots.views(TUESDAY)
    for name in ("26/105", "734512-2026/LOT-0001", view.uid, form.format(view.slug)):
        status, said = history(folder, name, capsys)
        assert (status, said.startswith(view.uid)) == (0, True), (name, said)


def test_a_name_that_nothing_goes_by_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = history(folder, "26/106", capsys)
    assert status == 2
    assert "no lot goes by '26/106'" in said
