"""Passwords: argon2id with the parameters that its library recommends (RFC 9106), long enough, never logged."""

from __future__ import annotations

import functools

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 12, 200  # characters; a length that nobody types would only keep the processor busy


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_of(password: str) -> str:
    """What is kept of a password."""
    return _hasher().hash(password)


def fits(kept: str, password: str) -> bool:
    """Whether it is that password. For an account without one it takes as long, and is never right."""
    try:
        return _hasher().verify(kept or _nobodys(), password[:LONGEST]) and bool(kept)
    except (Argon2Error, InvalidHashError):
        return False


def is_weak(kept: str) -> bool:
    """Whether the library would hash it otherwise by now: it is hashed anew when its owner signs in."""
    return _hasher().check_needs_rehash(kept)


@functools.cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")
