"""What outlives the database: on the disk before anybody is told, readable for nobody, whole whatever happens."""

from __future__ import annotations

import datetime as dt
import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import StoreError
from notifier.journal import Journal, Left, Line, hashed

NOW = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
SECRET = "a key that lies in the database"
STOPPED = Line(NOW, Left.STOPPED, hashed("post@roed-traad.example", SECRET))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "beside" / "left.jsonl")


def leave(journal: Journal, address: str = "post@roed-traad.example") -> None:
    journal.left(Left.STOPPED, address, SECRET, NOW)


def test_what_is_written_is_read_again_in_order(journal: Journal) -> None:
    assert list(journal.lines()) == []
    leave(journal)
    journal.delivery(7, NOW)
    journal.left(Left.ERASED, "hej@kantine.example", SECRET, NOW)
    erased = Line(NOW, Left.ERASED, hashed("hej@kantine.example", SECRET))
    assert list(journal.lines()) == [STOPPED, Line(NOW, generation=7), erased]


def test_nobody_but_its_owner_reads_it_and_no_address_stands_in_it(journal: Journal) -> None:
    leave(journal)
    content = journal.path.read_bytes()
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert not [word for word in (b"post", b"roed-traad", b"@", SECRET.encode()) if word in content]


def test_the_hash_tells_nothing_without_the_key() -> None:
    assert hashed("post@roed-traad.example", SECRET) != hashed("post@roed-traad.example", "another key")
    assert hashed("post@roed-traad.example", SECRET) != hashed("hej@kantine.example", SECRET)


def test_a_line_and_the_name_of_its_file_are_forced_to_the_disk(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[str] = []
    held: list[bytes] = []

    def look(handle: int) -> None:
        forced.append(os.readlink(f"/proc/self/fd/{handle}"))
        held.append(journal.path.read_bytes())

    monkeypatch.setattr(os, "fsync", look)
    leave(journal)
    assert forced == [str(journal.path), str(journal.path.parent)]
    assert held == [journal.path.read_bytes()] * 2


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_line_that_a_crash_cut_short_is_no_line_and_swallows_none(journal: Journal, cut: int) -> None:
    leave(journal, "hej@kantine.example")
    os.truncate(journal.path, cut)
    assert list(journal.lines()) == []
    leave(journal)
    assert list(journal.lines()) == [STOPPED]


@given(before=st.binary(max_size=200))
def test_whatever_stands_in_it_a_whole_line_after_it_is_read(
    before: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = Journal(tmp_path_factory.mktemp("any") / "left.jsonl")
    journal.path.write_bytes(before)
    leave(journal)
    assert list(journal.lines())[-1] == STOPPED


def test_a_disk_that_takes_half_a_line_is_asked_for_the_rest(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, content[:50]))
    leave(journal)
    assert list(journal.lines()) == [STOPPED]


def test_a_disk_that_is_full_after_half_a_line_is_an_error(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def full(handle: int, content: bytes) -> int:
        if journal.path.stat().st_size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, content[:50])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="cannot be written to: No space left on device"):
        leave(journal)


def test_a_journal_that_cannot_be_written_names_the_place_and_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal(tmp_path / "file" / "left.jsonl")
    with pytest.raises(StoreError) as error:
        leave(journal)
    assert error.value.where == str(journal.path)
    assert "[paths] journal" in error.value.remedy


def test_a_journal_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "left.jsonl").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        list(Journal(tmp_path / "left.jsonl").lines())
