"""Signing in and out."""

from __future__ import annotations

from tests.notifier.desk.make import Room
from tests.notifier.web.make import heading


def test_who_is_not_signed_in_is_sent_to_sign_in_and_on_from_there(room: Room) -> None:
    answer = room.stranger().get("/log-ud")
    assert answer.status_code == 405 or answer.status_code == 303


def test_who_signed_out_is_out_on_the_server_too(room: Room) -> None:
    anna = room.enter()
    kept = anna.client.get_cookie("__Host-desk", domain="skrivebord.proevekoebing.example")
    assert kept is not None
    assert anna.post("/log-ud").status_code == 303
    again = room.stranger()
    again.client.set_cookie("__Host-desk", kept.value, domain="skrivebord.proevekoebing.example")
    assert again.post("/log-ud").status_code in (400, 401)


def test_a_wrong_password_is_told(room: Room) -> None:
    answer = room.stranger().post("/log-ind", {"login": "anna@proevekoebing.example", "password": "forkert"})
    assert (answer.status_code, heading(answer)) == (401, "Log ind")
