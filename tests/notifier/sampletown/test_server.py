from __future__ import annotations

import http.client
import json
import socket
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from notifier.sampletown import SampleTown, serve
from notifier.sampletown.__main__ import main


def get(url: str, **headers: str) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read(), answer.headers["ETag"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers["ETag"]


def post(town: SampleTown, path: str, body: bytes) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(town.url + path, data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_the_start_page_says_what_it_is() -> None:
    with serve(1) as town:
        status, body, _ = get(town.url + "/")
    assert status == 200
    assert "Nørrevang Kommune findes ikke" in body.decode()
    assert "dag 1" in body.decode()


def test_a_page_that_is_not_there_is_a_404_in_danish() -> None:
    with serve(1) as town:
        status, body, _ = get(town.url + "/nej")
    assert status == 404
    assert "Siden findes ikke" in body.decode()


def test_day_two_comes_while_it_serves() -> None:
    new = "/udbud/pleje-af-gaardarealer-og-legepladser"
    with serve(1) as town:
        assert get(town.url + new)[0] == 404
        town.set_day(2)
        assert get(town.url + new)[0] == 200
        assert get(town.url + "/da/notice/745118-2026/xml")[0] == 200


def test_a_day_that_is_not_there_leaves_the_town_as_it_was() -> None:
    with serve(2) as town:
        with pytest.raises(ValueError, match="days 1 and 2"):
            town.set_day(3)
        assert "dag 2" in get(town.url + "/")[1].decode()


def test_an_unchanged_page_is_answered_with_304() -> None:
    with serve(1) as town:
        _, _, tag = get(town.url + "/udbud")
        status, body, _ = get(town.url + "/udbud", **{"If-None-Match": tag})
        town.set_day(2)
        changed, _, _ = get(town.url + "/udbud", **{"If-None-Match": tag})
    assert (status, body) == (304, b"")
    assert changed == 200


def test_the_search_answers_and_its_links_lead_to_xml() -> None:
    question = {"query": "buyer-identifier=11223347", "fields": ["publication-number"], "limit": 250}
    with serve(1) as town:
        status, answer = post(town, "/v3/notices/search", json.dumps(question).encode())
        assert status == 200
        notices = answer["notices"]
        assert isinstance(notices, list)
        bodies = [get(row["links"]["xml"]["MUL"])[1] for row in notices]
    assert len(bodies) == 12
    assert all(body.startswith(b"<?xml") for body in bodies)


def test_a_wrong_question_is_a_400_and_a_wrong_place_a_404() -> None:
    with serve(1) as town:
        assert post(town, "/v3/notices/search", b"{}")[0] == 400
        assert post(town, "/v3/other", b"{}")[0] == 404
        assert post(town, "/v3/notices/search", b" " * 100_001)[0] == 413


def test_head_answers_without_a_body() -> None:
    with serve(1) as town:
        connection = http.client.HTTPConnection(urlsplit(town.url).netloc, timeout=10)
        connection.request("HEAD", "/udbud")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 1000
        connection.close()


def test_it_listens_on_loopback_only() -> None:
    with serve(1) as town:
        assert urlsplit(town.url).hostname == "127.0.0.1"


def test_at_the_end_the_port_and_every_thread_are_gone_though_a_client_holds_on() -> None:
    before = threading.active_count()
    with serve(1) as town:
        netloc = urlsplit(town.url)
        connection = http.client.HTTPConnection(netloc.netloc, timeout=10)
        connection.request("GET", "/")
        connection.getresponse().read()  # and the connection stays open
    assert threading.active_count() == before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", netloc.port or 0)) != 0
    connection.close()


def test_it_says_nothing_while_it_serves(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(1) as town:
        get(town.url + "/")
        get(town.url + "/nej")
        with socket.create_connection(("127.0.0.1", urlsplit(town.url).port or 0)) as rude:
            rude.sendall(b"GET / HTTP/1.1\r\n")
    assert capfd.readouterr() == ("", "")


def test_the_command_refuses_a_day_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--day", "3"])
    assert ended.value.code == 2
    assert "--day" in capsys.readouterr().err
