"""Passwords: argon2id with the parameters that its library recommends (RFC 9106), long enough, never logged."""

from __future__ import annotations

import contextlib
import functools
import re
import threading
import unicodedata
from collections.abc import Iterator

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from notifier.errors import Busy

SHORTEST, LONGEST = 12, 200  # characters; a length that nobody types would only keep the processor busy
_LEAST_LETTERS = 5  # different ones: "abcabcabcabc" is guessed early
# What guesses begin with, once digits and signs around it are gone: "Sommer2026!!" is one of them.
_COMMON = """
    password passwort passord adgangskode adgangskoden kodeord kodeordet hemmelig hemmeligt velkommen welcome qwerty
    qwertyui qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm iloveyou letmein changeme default master monkey dragon football
    fodbold baseball superman batman princess prinsesse sunshine solskin computer internet login logind admin
    administrator user bruger test tester guest gæst root system sommer summer efterår autumn vinter winter forår
    spring januar februar marts april juni juli august september oktober november december mandag tirsdag onsdag torsdag
    fredag lørdag søndag kommune kommunen kommunens københavn copenhagen kobenhavn denmark danmark udbud udbuddet indkøb
    indkoeb indkob rådhus raadhus hejmeddig skatter elskerdig jegelskerdig abcdefgh abc
    """.split()
_WORDS = re.compile("|".join(sorted(_COMMON, key=len, reverse=True)))
_RUNS = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyzæøå", "qwertyuiopasdfghjklzxcvbnm")
# argon2 takes 64 MiB and some tens of milliseconds: many at once would leave nothing to anybody else. One more may
# wait; whoever comes then is told so, for all others are served by the same few threads (cli/web.py). In each process.
_AT_ONCE = threading.BoundedSemaphore(1)
_INSIDE = threading.BoundedSemaphore(2)
_PATIENCE = 2.0  # seconds


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """One's turn to ask argon2. Raises Busy where too many are before."""
    if not _INSIDE.acquire(blocking=False):
        raise Busy("many passwords are being checked", remedy="try again in a moment")
    try:
        if not _AT_ONCE.acquire(timeout=_PATIENCE):
            raise Busy("passwords take long to check", remedy="try again in a moment")
        try:
            yield
        finally:
            _AT_ONCE.release()
    finally:
        _INSIDE.release()


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_of(password: str) -> str:
    """What is kept of a password. Raises Busy."""
    with _turn():
        return _hasher().hash(_as_typed(password))


def fits(kept: str, password: str) -> bool:
    """Whether it is that password. For an account without one it takes as long, and is never right. Raises Busy."""
    wanted = kept and len(password) <= LONGEST
    right = verify(kept if wanted else _nobodys(), _as_typed(password[:LONGEST]))
    return right and bool(wanted)


def verify(kept: str, password: str) -> bool:
    """Ask argon2, once."""
    try:
        with _turn():
            return _hasher().verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


def is_weak(kept: str) -> bool:
    """Whether the library would hash it otherwise by now: it is hashed anew when its owner signs in."""
    return _hasher().check_needs_rehash(kept)


def is_allowed(password: str, login: str) -> bool:
    """Whether somebody may have that password: long enough, not their login, and none that guesses begin with."""
    if not SHORTEST <= len(password) <= LONGEST:
        return False
    plain = _as_typed(password).casefold()
    login = login.casefold()
    named = {login, login.partition("@")[0], login.rpartition("@")[2]}
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return not (plain in named or core in named or len(set(plain)) < _LEAST_LETTERS or _is_common(plain, core))


def _is_common(plain: str, core: str) -> bool:
    return (
        (core != "" and not re.sub(r"[\W\d_]+", "", _WORDS.sub("", plain)))
        or any(plain in run or (core and core in run) for run in _RUNS)
        or bool(re.fullmatch(r"(.{1,4})\1+.{0,3}", plain))
    )


def _as_typed(password: str) -> str:
    """One spelling of each letter: some keyboards write å as a and a ring."""
    return unicodedata.normalize("NFKC", password)


@functools.cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")
