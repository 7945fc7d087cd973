"""A draft at the desk: seen, changed, seen again, and nothing kept."""

from __future__ import annotations

import io
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from notifier.words import words
from tests.notifier.desk.make import DESK, Browser, Room
from tests.notifier.web.make import said, tree

DEMAND = "Tilbudsgiver skal have en årlig omsætning på 300 mio. kr."
DRAFT = {
    "title": "Rengøring af skoler",
    "text": f"Daglig rengøring. {DEMAND}",
    "value": "100 mio. kr.",
    "months": "48",
    "cpv": "90911200-9",
}
SECRET = "hemmeligtudkast4711"


@pytest.fixture(scope="module")
def anna(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """An officer's browser, for all tests that leave no trace to be looked for."""
    made = Room.at(tmp_path_factory.mktemp("desk"))
    with made.place.store:
        yield made.enter()


def form(**changed: Any) -> dict[str, Any]:
    return {**DRAFT, **changed}


def test_a_draft_is_told_what_shuts_out_with_its_words_marked(anna: Browser) -> None:
    answer = anna.post("/udkast", form())
    page = tree(answer)
    assert answer.status_code == 200
    text = said(answer)
    assert "300.000.000 kr. er mere end det dobbelte af kontraktens værdi" in text
    assert DEMAND in [one.text_content() for one in page.xpath("//mark")]
    links = page.xpath("//section[@aria-labelledby='teksten']//a/@href")
    assert links
    assert all(page.get_element_by_id(link.removeprefix("#")) is not None for link in links)


def test_it_is_changed_and_seen_again(anna: Browser) -> None:
    page = tree(anna.post("/udkast", form()))
    sent = dict(next(one for one in page.forms if one.get("enctype")).fields)
    assert {name: sent[name].strip() for name in DRAFT} == DRAFT
    sent["text"] = sent["text"].replace(DEMAND, "")
    again = anna.post("/udkast", {name: value for name, value in sent.items() if name not in ("csrf_token", "file")})
    assert words("da")("explain.draft_no_obstacles") in said(again)


def test_without_a_title_the_first_line_is_the_title(anna: Browser) -> None:
    page = tree(anna.post("/udkast", form(title="", text=f"Rengøring af skoler\n{DEMAND}")))
    assert page.get_element_by_id("title").value == "Rengøring af skoler"
    assert page.get_element_by_id("text").value.strip() == DEMAND


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_takes_the_place_of_what_is_typed(anna: Browser, mark: bytes) -> None:
    file = (io.BytesIO(mark + f"Kantine\r\n{DEMAND}\r\n".encode()), "udkast.txt")
    page = tree(anna.post("/udkast", form(file=file)))
    assert page.get_element_by_id("title").value == "Kantine"
    assert page.get_element_by_id("text").value.strip() == DEMAND


@pytest.mark.parametrize(("changed", "field", "wrong"), [
    ({"title": "", "text": " \n "}, "title", "empty"),
    ({"text": "Reng\ufffdring"}, "text", "damaged"),
    ({"text": "x" * 1_000_001}, "text", "too_long"),
    ({"value": "mange"}, "value", "no_amount"),
    ({"months": "0"}, "months", "no_months"),
    ({"months": "601"}, "months", "no_months"),
    ({"months": "²"}, "months", "no_months"),
    ({"cpv": "9"}, "cpv", "no_code"),
    ({"file": (io.BytesIO("Rengøring".encode("latin-1")), "a.txt")}, "file", "no_text"),
    ({"file": (io.BytesIO(b"PK\x03\x04\0\0"), "a.docx")}, "file", "no_text"),
])  # fmt: skip
def test_a_mistake_is_told_beside_its_field_and_nothing_else_is_lost(
    anna: Browser, changed: dict[str, Any], field: str, wrong: str
) -> None:
    answer = anna.post("/udkast", form(**changed))
    page = tree(answer)
    assert answer.status_code == 422
    asked = page.get_element_by_id(field)
    assert asked.get("aria-invalid") == "true"
    told = [page.get_element_by_id(one).text_content() for one in asked.get("aria-describedby").split()]
    assert words("da")(f"drafts.wrong_{wrong}", most="1.000.000") in told
    assert page.xpath("//mark[ancestor::section]") == []
    if field not in ("title", "text"):
        assert page.get_element_by_id("title").value == "Rengøring af skoler"


def sent(browser: Browser, parts: dict[str, bytes], file: bytes | None = None) -> TestResponse:
    """Send a form as octets: the test client's own encoder writes large ones into a file."""
    parts = {"csrf_token": browser.token().encode(), **parts}
    lines = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value for name, value in parts.items()]
    if file is not None:
        head = (
            f'Content-Disposition: form-data; name="file"; filename="{SECRET}.txt"\r\nContent-Type: text/plain\r\n\r\n'
        )
        lines.append(head.encode() + file)
    body = b"".join(b"--grense\r\n" + line + b"\r\n" for line in lines) + b"--grense--\r\n"
    return browser.client.post(
        "/udkast", base_url=DESK.address, data=body, content_type="multipart/form-data; boundary=grense",
        headers={"Origin": DESK.address, "Referer": f"{DESK.address}/"},
    )  # fmt: skip


def test_bad_octets_are_told(anna: Browser) -> None:
    answer = sent(anna, {"title": "Rengøring".encode("latin-1"), "text": b"x"})
    assert answer.status_code == 422
    assert words("da")("drafts.wrong_damaged") in said(answer)


def test_what_is_larger_than_a_form_may_be_is_told(anna: Browser) -> None:
    assert sent(anna, {}, b"x" * 2_200_000).status_code == 413


def test_what_a_division_would_do_is_told(anna: Browser) -> None:
    text = said(anna.post("/udkast", form(text="Daglig rengøring.")))
    assert "Deles opgaven i" in text


def test_a_draft_without_the_token_is_not_looked_at(room: Room) -> None:
    answer = room.enter().post("/udkast", form(), token="forkert")
    assert answer.status_code == 400
    assert DEMAND not in said(answer)
    assert room.stranger().post("/udkast", form()).status_code == 401


def test_nothing_of_a_draft_is_kept(
    room: Room, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = room.enter()
    files = tmp_path / "temporary"
    files.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(files))

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a draft was written into a file")

    for name in ("TemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refused)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refused)

    def everything() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    anna.get("/udkast")  # whatever a first page makes is made
    before, rows = everything(), room.place.dump()
    with caplog.at_level(logging.DEBUG):
        large = f"{SECRET}\n" + f"{SECRET} rengøring. {DEMAND}\n" * 8000  # more than is kept in memory elsewhere
        answer = sent(anna, {"text": SECRET.encode()}, large.encode())
        assert answer.status_code == 200
        assert anna.post("/udkast", form(text=SECRET, value="vrøvl")).status_code == 422
        assert anna.post("/udkast", form(text=SECRET), token="forkert").status_code == 400
    assert SECRET in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert room.place.dump() == rows
    assert everything() == before
    assert os.listdir(files) == []
    assert SECRET not in caplog.text
    assert SECRET not in anna.get("/udkast").get_data(as_text=True)
    with anna.client.session_transaction(base_url=DESK.address) as session:
        assert SECRET not in str(dict(session))


def test_nothing_of_a_draft_is_logged_where_the_page_fails(
    room: Room, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("notifier.desk.drafts.review", failing)
    with caplog.at_level(logging.DEBUG):
        answer = room.enter().post("/udkast", form(text=SECRET))
    assert answer.status_code == 500
    assert "broken" in caplog.text
    assert SECRET not in caplog.text


def test_hostile_text_is_words_and_nothing_else(anna: Browser) -> None:
    bad = '"><script>alert(1)</script></textarea><img src=x onerror=alert(2)>&lt;b&gt;\u202erengøring'
    page = tree(anna.post("/udkast", form(title=bad, text=f"{bad} {DEMAND} {bad}", value=bad, cpv=bad)))
    assert page.xpath("//script[not(@src)] | //img | //*[@onerror or @style]") == []
    page = tree(anna.post("/udkast", form(title=bad, text=f"{bad} {DEMAND} {bad}")))
    assert page.xpath("//script[not(@src)] | //img | //*[@onerror or @style]") == []
    assert "\u202e" not in page.text_content()
