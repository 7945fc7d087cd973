"""Files are written whole, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notifier.errors import NotifierError, PublishError
from notifier.files import remove, sweep, write_whole

OLD, NEW = b"old " * 100_000, b"new! " * 100_000


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "en" / "opgaver" / "a.html"
    assert write_whole(path, b"one")
    assert path.read_bytes() == b"one"
    assert [left.name for left in path.parent.iterdir()] == ["a.html"]


def test_an_unchanged_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_whole(path, b"one")
    before = path.stat()
    assert not write_whole(path, b"one")
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_of_the_same_length_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_whole(path, b"one")
    assert write_whole(path, b"two")
    assert path.read_bytes() == b"two"


def test_a_web_server_can_read_what_is_written(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write_whole(tmp_path / "a.html", b"one")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.html").stat().st_mode) == 0o644


def test_a_link_in_the_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    (tmp_path / "a.html").symlink_to(elsewhere)
    write_whole(tmp_path / "a.html", b"one")
    assert elsewhere.read_bytes() == b"mine"
    assert not (tmp_path / "a.html").is_symlink()


def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.html"
    write_whole(path, b"one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PublishError, match="No space left"):
        write_whole(path, b"two")
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("a.html", b"one")]


def test_a_folder_that_is_none_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file where the folder should be")
    with pytest.raises(NotifierError) as raised:
        write_whole(tmp_path / "site" / "index.html", b"one")
    assert isinstance(raised.value, PublishError)
    assert str(tmp_path / "site") in raised.value.where
    assert "belongs to the user" in raised.value.remedy
    assert raised.value.exit_status == 1


def test_what_a_killed_writer_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".0123456789abcdef.unfinished").write_bytes(b"half")
    (tmp_path / ".htaccess").write_bytes(b"the operator's")
    (tmp_path / "notes.unfinished").write_bytes(b"the operator's")
    assert sweep(tmp_path) == 1
    assert sorted(left.name for left in tmp_path.iterdir()) == [".htaccess", "notes.unfinished"]
    assert sweep(tmp_path / "not there yet") == 0


def test_a_removed_file_is_gone_and_a_missing_one_is_no_error(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.html", b"one")
    assert remove(tmp_path / "a.html")
    assert not remove(tmp_path / "a.html")


WRITER = """
import itertools, pathlib, sys
from notifier.files import write_whole
path = pathlib.Path(sys.argv[1])
for turn in itertools.count():
    write_whole(path, (b"new! " if turn % 2 else b"old ") * 100_000)
    if not turn:
        print("writing", flush=True)
"""


def test_thirty_kills_leave_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "atom.xml"
    for kill in range(30):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"writing\n"
            time.sleep(kill % 10 / 500)  # somewhere within the next writings, each of a millisecond or two
            writer.send_signal(signal.SIGKILL)
        assert path.read_bytes() in (OLD, NEW), f"torn by kill {kill}"
    sweep(tmp_path)
    assert [left.name for left in tmp_path.iterdir()] == ["atom.xml"]
