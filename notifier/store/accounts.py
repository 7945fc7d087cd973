"""Staff who may sign in, and who is signed in. Cookies and links are kept as hashes: who reads the database opens
nothing with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import string
from dataclasses import dataclass
from enum import StrEnum

from notifier.store.database import Database, Value
from notifier.store.values import stamp


class Role(StrEnum):
    """What somebody may do: an officer tags and posts, an admin runs the outbox and the accounts as well."""

    OFFICER = "officer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff. `password` is argon2's own notation, "" while none is set."""

    number: int
    login: str
    name: str
    role: Role
    language: str
    password: str
    created: dt.datetime
    disabled_at: dt.datetime | None

    def __repr__(self) -> str:
        """Without login and password: it may stand in a log."""
        return f"Account({self.number}, {self.role})"


_ACCOUNTS = "SELECT id AS number, login, name, role, language, password, created, disabled_at FROM accounts"


class Accounts:
    """The tables `accounts`, `sessions`, `browsers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, login: str, name: str, role: Role, now: dt.datetime, language: str = "da") -> Account | None:
        """A new account without a password; None where the login is taken."""
        login = folded(login)
        with self._database.transaction():
            if self.by_login(login) is not None:
                return None
            self._database.insert(
                "INSERT INTO accounts (login, name, role, language, created) VALUES (?, ?, ?, ?, ?)",
                (login, name, role, language, stamp(now)),
            )
            return self.by_login(login)

    def all(self) -> tuple[Account, ...]:
        """Everybody, by login."""
        return tuple(self._database.select(Account, f"{_ACCOUNTS} ORDER BY login"))

    def get(self, number: int) -> Account | None:
        """The account of a number."""
        return self._one("id = ?", number)

    def by_login(self, login: str) -> Account | None:
        """The account of exactly that login, but for the case of a to z."""
        return self._one("login = ?", folded(login))

    def set_password(self, number: int, password: str) -> None:
        """Keep a password's hash. Links, sessions and known browsers end: whoever had them may not be the owner."""
        with self._database.transaction():
            self._database.write("DELETE FROM browsers WHERE account_id = ?", (number,))
            self._database.write(
                "UPDATE accounts SET password = ?, link_hash = '', link_until = '' WHERE id = ?", (password, number)
            )
            self.end_all(number)

    def set_hash(self, number: int, before: str, password: str) -> None:
        """Keep another hash of the same password, where it is still that one."""
        self._database.write(
            "UPDATE accounts SET password = ? WHERE id = ? AND password = ?", (password, number, before)
        )

    def use_link(self, token: str, password: str, now: dt.datetime) -> Account | None:
        """Set the password of whoever's link that is, once; None where it opens nothing (any more)."""
        with self._database.transaction():
            found = self.by_link(token, now)
            if found is not None:
                self.set_password(found.number, password)
            return found

    def set_link(self, number: int, token: str, until: dt.datetime) -> None:
        """A link with which a password is set, good until then; an earlier one opens nothing any more."""
        self._database.write(
            "UPDATE accounts SET link_hash = ?, link_until = ? WHERE id = ?", (hashed(token), stamp(until), number)
        )

    def by_link(self, token: str, now: dt.datetime) -> Account | None:
        """Whose link that is; None for one that is old, used, or nobody's."""
        if not token:
            return None
        return self._one("link_hash = ? AND link_until >= ? AND disabled_at IS NULL", hashed(token), stamp(now))

    def set_language(self, number: int, language: str) -> None:
        """In which language somebody works."""
        self._database.write("UPDATE accounts SET language = ? WHERE id = ?", (language, number))

    def set_role(self, number: int, role: Role) -> None:
        """What somebody may do from now on."""
        self._database.write("UPDATE accounts SET role = ? WHERE id = ?", (role, number))

    def disable(self, number: int, now: dt.datetime | None) -> None:
        """Let somebody in no more, at once; None lets them in again."""
        with self._database.transaction():
            self._database.write("DELETE FROM browsers WHERE account_id = ?", (number,))
            self._database.write(
                "UPDATE accounts SET disabled_at = ?, link_hash = '' WHERE id = ?",
                (stamp(now) if now else None, number),
            )
            self.end_all(number)

    # -- sessions ------------------------------------------------------------------------------------------------------

    def begin(self, number: int, session: str, now: dt.datetime, until: dt.datetime) -> None:
        """Somebody signed in; sessions that are over are forgotten."""
        with self._database.transaction():
            self._database.write("DELETE FROM sessions WHERE until < ?", (stamp(now),))
            self._database.write(
                "INSERT INTO sessions (hash, account_id, created, until) VALUES (?, ?, ?, ?)",
                (hashed(session), number, stamp(now), stamp(until)),
            )

    def end(self, session: str) -> None:
        """Somebody signed out."""
        self._database.write("DELETE FROM sessions WHERE hash = ?", (hashed(session),))

    def end_all(self, number: int) -> None:
        """Somebody is signed out everywhere."""
        self._database.write("DELETE FROM sessions WHERE account_id = ?", (number,))

    def signed_in(self, session: str, now: dt.datetime) -> Account | None:
        """Who is signed in with that cookie; None for a session that is over, or an account that is disabled."""
        return self._one(
            "disabled_at IS NULL AND id = (SELECT account_id FROM sessions WHERE hash = ? AND until >= ?)",
            hashed(session),
            stamp(now),
        )

    # -- browsers ------------------------------------------------------------------------------------------------------

    def knows(self, number: int, browser: str, now: dt.datetime) -> bool:
        """Whether somebody signed in with that browser before, by the cookie that it was given then."""
        return bool(browser) and bool(
            self._database.number(
                "SELECT count(*) FROM browsers WHERE hash = ? AND account_id = ? AND until >= ?",
                (hashed(browser), number, stamp(now)),
            )
        )

    def remember(self, number: int, before: str, browser: str, now: dt.datetime, until: dt.datetime) -> None:
        """Know a browser by a new cookie from now on, also for whoever else signed in with it by the one `before`."""
        with self._database.transaction():
            self._database.write("DELETE FROM browsers WHERE until < ?", (stamp(now),))
            self._database.write("UPDATE browsers SET hash = ? WHERE hash = ?", (hashed(browser), hashed(before)))
            self._database.write(
                "INSERT INTO browsers (hash, account_id, until) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (hash, account_id) DO UPDATE SET until = excluded.until",
                (hashed(browser), number, stamp(until)),
            )

    def _one(self, where: str, *values: Value) -> Account | None:
        return self._database.select_one(Account, f"{_ACCOUNTS} WHERE {where}", values)


def folded(login: str) -> str:
    """A login as it is kept. Only a to z have one lower case for everybody: to Unicode the sign for kelvin is a k, and
    whoever is called so by a provider is not k."""
    return login.translate(_LOWER)


_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def hashed(secret: str) -> str:
    """What is kept of a random secret of at least 128 bits: nobody guesses it, so a plain hash will do."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
