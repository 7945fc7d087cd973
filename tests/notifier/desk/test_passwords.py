"""Passwords: which are allowed, and how they are kept."""

from __future__ import annotations

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher

from notifier.desk import passwords
from notifier.desk.passwords import LONGEST, fits, hash_of, is_allowed, is_weak

LOGIN = "annalundgaard@proevekoebing.example"


@pytest.mark.parametrize(
    "password",
    [
        "korrekt hest batteri",
        "rødgrød med fløde",
        "x9!kLmQpz73w",
        "København er ikke nok",
        "🌲🌊🦢🏔🌾🐎🐄🚲🧱🪵🧵🪡",
        "æ" + "bcdy" * 49,
    ],
)
def test_long_ones_that_nobody_guesses_early_are_allowed(password: str) -> None:
    assert is_allowed(password, LOGIN)


@pytest.mark.parametrize(
    "password",
    [
        "", "elleve tegn", "x" * 30, "abababababab", "abcabcabcabc", "123456789012", "098765432109", "abcdefghijkl",
        "qwertyuiopas", "password1234", "Password!!!!", "adgangskode12", "Kodeord12345", "Sommer2026!!!",
        "!!Velkommen1", "København2026", "sommer sommer", "passwordpassword",
        "udbududbud2026", LOGIN, LOGIN.upper(),
        "annalundgaard", "annalundgaard1", "proevekoebing.example", "k" + "orrekt hest batteri" * 11,
    ],
)  # fmt: skip
def test_short_ones_and_those_that_guesses_begin_with_are_not(password: str) -> None:
    assert not is_allowed(password, LOGIN)


def test_looking_at_a_password_takes_no_time_whatever_it_is() -> None:
    """A pattern that tries everything twice would take longer than the sun has."""
    done = threading.Event()

    def look() -> None:
        for unit in ("test", "abc", "sommer", "0", "ab1"):
            is_allowed((unit * LONGEST)[: LONGEST - 1] + "§", LOGIN)
        done.set()

    threading.Thread(target=look, daemon=True).start()
    assert done.wait(20)


def test_a_password_is_kept_as_argon2id_with_salt_and_is_found_again() -> None:
    kept = hash_of("korrekt hest batteri")
    assert kept.startswith("$argon2id$")
    assert kept != hash_of("korrekt hest batteri")
    assert fits(kept, "korrekt hest batteri")
    assert not fits(kept, "korrekt hest batterj")
    assert not fits("", "korrekt hest batteri")
    assert not fits("nonsense", "korrekt hest batteri")


def test_a_letter_is_the_same_however_the_keyboard_writes_it() -> None:
    kept = hash_of(unicodedata.normalize("NFD", "blå bånd på åen"))
    assert fits(kept, unicodedata.normalize("NFC", "blå bånd på åen"))


def test_all_of_a_long_password_counts() -> None:
    whole = "ab cd ef gh " * 16
    kept = hash_of((whole + "x" * LONGEST)[:LONGEST])
    assert fits(kept, (whole + "x" * LONGEST)[:LONGEST])
    assert not fits(kept, (whole + "x" * LONGEST)[:LONGEST] + "y")


def test_one_that_was_hashed_with_less_work_is_known_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    assert is_weak(light.hash("korrekt hest batteri"))
    assert not is_weak(hash_of("korrekt hest batteri"))


def test_argon2_is_asked_once_for_a_password_without_account(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def verify(kept: str, password: str) -> bool:
        asked.append(kept)
        return False

    monkeypatch.setattr(passwords, "verify", verify)
    for kept, password in (("", "x"), ("$kept", "x"), ("$kept", "x" * 300)):
        fits(kept, password)
    assert len(asked) == 3
    assert asked[1] == "$kept"
    assert asked[0] == asked[2]
    assert asked[0].startswith("$argon2id$")
