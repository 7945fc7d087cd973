"""What goes wrong on the way: the message names the place, the reason and the remedy, and the rest is done."""

from __future__ import annotations

import json
import resource as limits
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.sampletown import SampleTown, serve, write_config
from tests.programs import exported, notifier

DAY = "2026-11-23T07:00:00+01:00"


@pytest.fixture(scope="module")
def town() -> Iterator[SampleTown]:
    with serve(day=1) as opened:
        yield opened


@pytest.fixture
def settings(town: SampleTown, tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    write_config(folder, town.url)
    return folder


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.long
def test_an_unreachable_host_fails_alone_and_the_run_ends_with_3(settings: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    ted = (settings / "sources/ted.toml").read_text(encoding="utf-8")
    lines = [f'url = "{url}"' if line.startswith("url") else line for line in ted.splitlines()]
    lines = ['id = "andre"' if line.startswith("id") else line for line in lines]
    (settings / "sources/andre.toml").write_text("\n".join(lines), encoding="utf-8")
    done = notifier(settings, "run", now=DAY)
    assert done.returncode == 3, done.stdout + done.stderr
    failed = next(line for line in done.stdout.splitlines() if "andre" in line)
    assert "failed" in failed
    assert url in failed
    assert "ted: good; 12 listed, 12 held" in done.stdout
    assert "udbud: good; 18 listed, 18 held" in done.stdout
    assert (settings.parent / "site/index.html").is_file()


@pytest.mark.long
def test_a_page_without_its_landmark_is_an_alarm_and_closes_nothing(settings: Path) -> None:
    assert notifier(settings, "run", now=DAY).returncode == 0
    before = exported(settings)
    change(settings / "sources/udbud.toml", 'landmark = "', 'landmark = "#redesigned ')
    done = notifier(settings, "run", now="2026-11-24T07:00:00+01:00")
    assert done.returncode == 3
    alarm = next(line for line in done.stdout.splitlines() if "crawl    udbud" in line)
    assert "alarm" in alarm
    assert "/udbud" in alarm
    assert "#redesigned" in alarm
    assert exported(settings) == before
    kept = (settings.parent / "site/index.html").read_text(encoding="utf-8")
    assert "Kantinedrift i Kultur- og Sundhedshuset" in kept


@pytest.mark.long
def test_a_full_disk_is_named_and_what_was_known_stays(settings: Path) -> None:
    assert notifier(settings, "crawl", "planlagt", now=DAY).returncode == 0
    before = exported(settings)
    database = settings.parent / "notifier.db"
    most = database.stat().st_size + 20_000

    def small_disk() -> None:
        # A file that may not grow is what a quota or a full disk looks like to the program.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits.setrlimit(limits.RLIMIT_FSIZE, (most, most))

    command = [sys.executable, "-m", "notifier", "--config", str(settings), "--now", DAY, "crawl"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, preexec_fn=small_disk)
    assert done.returncode == 1, done.stdout + done.stderr
    assert str(database) in done.stderr
    assert "Traceback" not in done.stderr
    kept = exported(settings)
    assert [line for line in kept if line["source"] == "planlagt"] == before
    assert notifier(settings, "crawl", now=DAY).returncode == 0
    assert len(exported(settings)) > len(before)


def test_a_corrupt_database_is_refused_and_left_as_it_is(settings: Path) -> None:
    assert notifier(settings, "crawl", "planlagt", now=DAY).returncode == 0
    database = settings.parent / "notifier.db"
    database.write_bytes(b"no database at all, " * 500)
    done = notifier(settings, "run", now=DAY)
    assert done.returncode == 1
    assert str(database) in done.stderr
    assert database.read_bytes().startswith(b"no database at all")


def test_a_broken_notice_is_named_and_the_others_are_read(settings: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Ted(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            url = f"http://127.0.0.1:{self.headers['Host'].rpartition(':')[2]}/da/notice/700001-2026/xml"
            row = {"publication-number": "700001-2026", "links": {"xml": {"MUL": url}}}
            self._answer(json.dumps({"notices": [row], "totalNoticeCount": 1}).encode(), "application/json")

        def do_GET(self) -> None:
            if self.path == "/robots.txt":
                self.send_error(404)
            else:
                self._answer(b"<ContractNotice><cut", "application/xml")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ted)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        file = settings / "sources/ted.toml"
        text = file.read_text(encoding="utf-8")
        lines = [
            f'url = "http://127.0.0.1:{server.server_address[1]}"' if x.startswith("url") else x
            for x in text.splitlines()
        ]
        file.write_text("\n".join(lines), encoding="utf-8")
        done = notifier(settings, "crawl", now=DAY)
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 3
    line = next(line for line in done.stdout.splitlines() if "crawl    ted" in line)
    assert "1 failed" in line
    assert "700001-2026" in line
    assert "udbud: good" in done.stdout


@pytest.mark.long
def test_mails_wait_in_the_outbox_while_the_relay_is_gone_and_leave_when_it_is_back(settings: Path) -> None:
    change(
        settings / "notifier.toml", "[mail]", f'[mail]\nrelay = "127.0.0.1"\nport = {closed_port()}\nsecurity = "none"'
    )
    assert (
        notifier(settings, "subscribers", "add", "post@koekkenet.example", "--cadence", "daily", now=DAY).returncode
        == 0
    )
    assert notifier(settings, "run", now=DAY).returncode == 0
    assert notifier(settings, "withheld", "release", "--all", now=DAY).returncode == 0
    done = notifier(settings, "run", now=DAY)
    assert done.returncode == 1
    assert "1 waiting" in done.stdout
    assert "koekkenet.example" not in done.stdout + done.stderr
    file = settings / "notifier.toml"
    kept = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("relay", "port", "security"))
    ]
    file.write_text("\n".join(kept), encoding="utf-8")
    again = notifier(settings, "deliver", now=DAY)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "1 sent" in again.stdout
    assert len(list((settings.parent / "outbox/new").iterdir())) == 1
    shutil.rmtree(settings.parent / "outbox")
