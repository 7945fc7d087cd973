"""The server that is started, and the courier who takes letters along."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import waitress

from notifier import clock, config
from notifier.cli import main
from notifier.errors import DeliveryError
from notifier.outbox import deliver_now
from notifier.store import Store
from notifier.store.outbox import MailStatus
from notifier.transport import Letter, MaildirTransport
from notifier.web import make_application, service
from notifier.web.service import Courier
from tests.notifier.web.make import DOOR, OWNER, RULES, Place


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released after every letter that the courier tried."""
    tried = threading.Semaphore(0)

    def deliver(*values: object) -> None:
        try:
            deliver_now(*values)  # type: ignore[arg-type]
        finally:
            tried.release()

    monkeypatch.setattr(service, "deliver_now", deliver)
    return tried


def status_of(place: Place, number: int) -> MailStatus:
    row = place.store.outbox.row(number)
    assert row is not None
    return row.status


def test_a_letter_is_taken_along_at_once(place: Place, delivered: threading.Semaphore) -> None:
    clock.pretend(place.now)
    app = make_application(place.config, RULES, now=lambda: place.now)
    for address in (OWNER, "hej@koekkenet.example"):
        assert app.test_client().post("/tilmeld", data={"address": address}).status_code == 200
        assert delivered.acquire(timeout=30)
    mails = [path.read_text() for path in place.config.outbox.glob("new/*")]
    assert sorted(re.findall(r"^To: <(\S+)>", mail, re.MULTILINE)[0] for mail in mails) == [
        "hej@koekkenet.example",
        OWNER,
    ]


def test_a_letter_that_cannot_be_handed_over_waits_and_the_next_one_goes(
    place: Place, delivered: threading.Semaphore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock.pretend(place.now)
    for number in range(2):
        place.sign_up(f"post{number}@rengoerholdet.example")
    send = MaildirTransport.send

    def fail_once(self: MaildirTransport, letter: Letter, before_body: object) -> object:
        if letter.recipient.startswith("post0"):
            raise DeliveryError("the folder is full")
        return send(self, letter, before_body)  # type: ignore[arg-type]

    monkeypatch.setattr(MaildirTransport, "send", fail_once)
    courier = Courier(place.config)
    for number in place.sent:
        courier.send(number)
        assert delivered.acquire(timeout=30)
    assert status_of(place, 2) is MailStatus.SENT
    assert status_of(place, 1) is not MailStatus.SENT
    assert "mail 1 waits for the next run: the folder is full" in caplog.text
    assert "rengoerholdet" not in caplog.text


def test_a_bag_that_is_full_leaves_letters_for_the_next_run(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The request is answered all the same: nobody waits for a relay."""
    courier = Courier(place.config)
    monkeypatch.setattr(courier, "_work", lambda: None)
    for number in range(1001):
        courier.send(number)
    assert "mail 1000 waits for the next run: too many at once" in caplog.text


def test_the_pages_are_served_where_it_is_configured(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "town"
    assert main(["init", str(folder)]) == 0
    settings = next(folder.rglob("notifier.toml"))
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[web]\naddress = "{DOOR.address}"\nlisten = "127.0.0.1:8788"\n')
    loaded = config.load(settings.parent, environment={})
    Store.open(loaded.database, create=True, marker=loaded.marker).close()
    asked: list[tuple[str, int, str]] = []

    def serve(app: object, *, sockets: list[socket.socket], **more: object) -> None:
        """As waitress does, until one page was read."""
        host, port = sockets[0].getsockname()
        assert 100 < more["connection_limit"] < 1024  # type: ignore[operator]  # who opens a hundred shuts nobody out
        assert more["clear_untrusted_proxy_headers"] is False  # else X-Forwarded-For of a proxy of ours is lost
        server = waitress.create_server(app, sockets=sockets, **more)

        def visit() -> None:
            with urllib.request.urlopen(f"http://{host}:{port}/tilmeld", timeout=30) as answer:
                asked.append((host, port, answer.read().decode()))
            server.trigger.pull_trigger(server.close)

        visitor = threading.Thread(target=visit)
        visitor.start()
        server.run()
        visitor.join()
        server.task_dispatcher.shutdown()

    monkeypatch.setattr(waitress, "serve", serve)
    assert main(["--config", str(settings.parent), "web", "--processes", "1"]) == 0
    ((host, port, page),) = asked
    assert (host, port) == ("127.0.0.1", 8788)
    assert "Få opgaver på mail" in page
    assert f"serving {DOOR.address} at http://127.0.0.1:8788" in capsys.readouterr().out


def test_a_place_that_is_taken_is_named_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "town"
    assert main(["init", str(folder)]) == 0
    settings = next(folder.rglob("notifier.toml"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with settings.open("a", encoding="utf-8") as file:
            file.write(f'\n[web]\naddress = "{DOOR.address}"\nlisten = "{listen}"\n')
        assert main(["--config", str(settings.parent), "web"]) == 1
    told = capsys.readouterr().err
    assert f"nothing can be served at {listen}" in told
    assert str(settings) in told
    assert "another place to listen at, [web] listen" in told


def test_pages_without_an_address_are_not_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "town"
    assert main(["init", str(folder)]) == 0
    settings = next(folder.rglob("notifier.toml"))
    assert main(["--config", str(settings.parent), "web"]) == 2
    told = capsys.readouterr().err
    assert "the pages have no address" in told
    assert '[web] address = "https://' in told


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_several_processes_serve_one_place_and_end_together(tmp_path: Path, how: signal.Signals) -> None:
    folder = tmp_path / "town"
    assert main(["init", str(folder)]) == 0
    settings = next(folder.rglob("notifier.toml"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[web]\naddress = "http://127.0.0.1:{port}"\nlisten = "127.0.0.1:{port}"\n')
    words = ["--config", str(settings.parent), "web", "--processes", "3"]
    with subprocess.Popen([sys.executable, "-m", "notifier", *words], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "serving" in server.stdout.readline()
        others = _eventually(lambda: _children(server.pid), lambda found: len(found) == 2)
        for _ in range(20):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/tilmeld", timeout=30) as answer:
                assert "Få opgaver på mail" in answer.read().decode()
        server.send_signal(how)
        server.wait(30)
        assert _eventually(lambda: [one for one in others if _runs(one)], lambda left: not left) == []


def _children(number: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


T = TypeVar("T")


def _eventually(ask: Callable[[], T], right: Callable[[T], bool]) -> T:
    for _ in range(200):
        if right(found := ask()):
            return found
        time.sleep(0.05)
    return found
