"""Mailboxes and what their owners want. Addresses leave here only in a Subscriber, never in a message or a log."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from notifier.errors import StoreError
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store.database import Database
from notifier.store.values import from_json, stamp, to_json

_TOKEN_BYTES = 24  # 192 bits: nobody guesses a personal page


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    address: str
    name: str
    language: str
    cadence: Cadence
    status: SubscriberStatus
    profile: bytes
    created: dt.datetime
    token: str


class Subscribers:
    """The table `subscribers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        address: str,
        *,
        now: dt.datetime,
        name: str = "",
        language: str = "da",
        cadence: Cadence = Cadence.WEEKLY,
        status: SubscriberStatus = SubscriberStatus.PENDING,
        profile: Profile | None = None,
        token: str = "",
    ) -> Subscriber:
        """A new subscriber, with a random token where none is given.

        Raises StoreError where the address is there already, in whatever case it is written.
        """
        with self._database.transaction():
            known = self.by_address(address)
            if known is not None:
                raise StoreError(
                    "this address is subscribed already",
                    where=f"subscriber {known.number}",
                    remedy="remove that subscriber first to change what they get",
                )
            number = self._database.insert(
                "INSERT INTO subscribers (address, address_key, name, language, cadence, status, profile, created, "
                "token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    address,
                    _key(address),
                    name,
                    language,
                    cadence,
                    status,
                    to_json(profile or Profile()),
                    stamp(now),
                    token or secrets.token_urlsafe(_TOKEN_BYTES),
                ),
            )
            return self._where("id = ?", number)[0]

    def all(self, *, status: SubscriberStatus | None = None, cadence: Cadence | None = None) -> tuple[Subscriber, ...]:
        """Subscribers by number, all or those with that status and cadence."""
        return self._where("(?1 IS NULL OR status = ?1) AND (?2 IS NULL OR cadence = ?2)", status, cadence)

    def get(self, number: int) -> Subscriber | None:
        """The subscriber of that number, or None."""
        return next(iter(self._where("id = ?", number)), None)

    def by_address(self, address: str) -> Subscriber | None:
        """The subscriber with that address, in whatever case it is written, or None."""
        return next(iter(self._where("address_key = ?", _key(address))), None)

    def by_token(self, token: str) -> Subscriber | None:
        """The one whose mails carry this token."""
        return next(iter(self._where("token = ?", token)), None) if token else None

    def set_status(self, number: int, status: SubscriberStatus) -> bool:
        """Give a subscriber another status; False where there is no such subscriber."""
        return bool(self._database.write("UPDATE subscribers SET status = ? WHERE id = ?", (status, number)))

    def remove(self, number: int) -> bool:
        """Forget a subscriber with all digests, announcements and mails; False where there is no such subscriber."""
        return bool(self._database.write("DELETE FROM subscribers WHERE id = ?", (number,)))

    def _where(self, condition: str, *values: str | int | None) -> tuple[Subscriber, ...]:
        sql = (
            "SELECT id, address, name, language, cadence, status, profile, created, token "  # noqa: S608
            f"FROM subscribers WHERE {condition} ORDER BY id"
        )
        return tuple(_subscriber(row) for row in self._database.select(_Row, sql, values))


def _key(address: str) -> str:
    return address.strip().casefold()


def _subscriber(row: _Row) -> Subscriber:
    return Subscriber(
        number=row.id,
        address=row.address,
        name=row.name,
        language=row.language,
        cadence=row.cadence,
        status=row.status,
        profile=from_json(row.profile, Profile),
        created=row.created,
        token=row.token,
    )
