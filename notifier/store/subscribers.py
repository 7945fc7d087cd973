"""Mailboxes and what their owners want. Addresses leave here only in a Subscriber, never in a message or a log."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from notifier.errors import StoreError
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.store.database import Database
from notifier.store.values import from_json, stamp, stamp_or_none, to_json

_TOKEN_BYTES = 24  # 192 bits: nobody guesses a personal page
ASKED_FOR = dt.timedelta(hours=48)  # how long a letter that asks for confirmation is good
_FOLLOWED = "json_each(CAST(profile AS TEXT), '$.trades')"
_BETWEEN_LETTERS = dt.timedelta(hours=24)
_MOST_LETTERS = 3  # to an address that nobody confirmed
_LETTERS_COUNT = dt.timedelta(days=30)  # since the last of them: else strangers could shut out who is paused for ever
_KNOWN_AS = {
    SubscriberStatus.PENDING: "this address was asked already and has not said yes",
    SubscriberStatus.CONFIRMED: "this address is subscribed already",
    SubscriberStatus.PAUSED: "this address is paused, for mail to it came back for good",
    SubscriberStatus.UNSUBSCRIBED: "this address has said stop",
}


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
    confirmed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Asking:
    id: int
    status: SubscriberStatus
    asked_at: str
    asked_times: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-up came to. Only with a `token` is a letter due; whoever signed up is told the same either way."""

    subscriber: Subscriber
    token: str = ""  # for the letter that asks for confirmation; kept as a hash alone
    known: bool = False  # confirmed already: the letter says so, to the address's owner alone


@dataclass(frozen=True, slots=True)
class Counted:
    """How many subscribers there are, along one line at a time: two together would point at somebody.

    `statuses` counts everybody; the others those who are written to. `confirmed` says when each of them said yes.
    """

    statuses: Mapping[SubscriberStatus, int]
    cadences: Mapping[Cadence, int]
    languages: Mapping[str, int]
    trades: Mapping[str, int]  # followed by name
    all_trades: int  # who follow every trade
    hours: frozenset[tuple[Cadence, int]]  # at which somebody wants their mail; not how many
    confirmed: tuple[dt.datetime, ...]


@dataclass(frozen=True, slots=True)
class _Count:
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class _Hour:
    cadence: Cadence
    hour: int


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
                    _KNOWN_AS[known.status],
                    where=f"subscriber {known.number}",
                    remedy="remove that subscriber first to add them anew",
                )
            number = self._database.insert(
                "INSERT INTO subscribers (address, address_key, name, language, cadence, status, profile, created, "
                "token, status_at, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    address,
                    address_key(address),
                    name,
                    language,
                    cadence,
                    status,
                    to_json(profile or Profile()),
                    stamp(now),
                    token or secrets.token_urlsafe(_TOKEN_BYTES),
                    stamp(now),
                    stamp(now) if status is SubscriberStatus.CONFIRMED else None,
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
        return next(iter(self._where("address_key = ?", address_key(address))), None)

    def ask(
        self,
        address: str,
        *,
        now: dt.datetime,
        name: str = "",
        language: str = "da",
        cadence: Cadence = Cadence.WEEKLY,
        profile: Profile | None = None,
        valid: dt.timedelta = ASKED_FOR,
    ) -> Asked:
        """Someone signs an address up; its owner has to confirm with the token, within `valid`.

        An address is written to at most once a day and three times in all before it is confirmed, whoever types it;
        thirty days after the last letter the count begins anew. What a confirmed subscriber gets is not changed: anyone
        can type an address. Nor is anything changed without a letter that says so: what is confirmed is what the newest
        letter told.
        """
        with self._database.transaction():
            known = self._database.select_one(
                _Asking, "SELECT id, status, asked_at, asked_times FROM subscribers WHERE address_key = ?",
                (address_key(address),),
            )  # fmt: skip
            if known is None:
                added = self.add(address, now=now, name=name, language=language, cadence=cadence, profile=profile)
                return self._ask_again(added.number, 0, now, valid)
            since = now - dt.datetime.fromisoformat(known.asked_at) if known.asked_at else _LETTERS_COUNT
            times = known.asked_times if since < _LETTERS_COUNT else 0
            enough = known.status is not SubscriberStatus.CONFIRMED and times >= _MOST_LETTERS
            if since < _BETWEEN_LETTERS or enough:
                return Asked(self._where("id = ?", known.id)[0])
            if known.status is not SubscriberStatus.CONFIRMED:
                self._database.write(
                    "UPDATE subscribers SET name = ?, language = ?, cadence = ?, profile = ? WHERE id = ?",
                    (name, language, cadence, to_json(profile or Profile()), known.id),
                )
            if known.status is SubscriberStatus.UNSUBSCRIBED:
                self.set_status(known.id, SubscriberStatus.PENDING, now)
            return self._ask_again(known.id, times, now, valid)

    def _ask_again(self, number: int, times: int, now: dt.datetime, valid: dt.timedelta) -> Asked:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        # Letters to a confirmed address ask nothing: counted, they would shut their owner out after leaving.
        self._database.write(
            "UPDATE subscribers SET confirm_hash = ?, confirm_until = ?, asked_at = ?, "
            "asked_times = CASE status WHEN 'confirmed' THEN 0 ELSE ? END WHERE id = ?",
            (_hashed(token), stamp(now + valid), stamp(now), times + 1, number),
        )
        subscriber = self._where("id = ?", number)[0]
        return Asked(subscriber, token, known=subscriber.status is SubscriberStatus.CONFIRMED)

    def asked(self, token: str, now: dt.datetime) -> Subscriber | None:
        """Whom a token of a letter asks, None where it is none of ours or too old; also after they confirmed."""
        # Whoever has left since is asked nothing more: a letter that lies about brings nobody back.
        asked = "confirm_hash = ? AND confirm_until > ? AND status <> 'unsubscribed'"
        return next(iter(self._where(asked, _hashed(token), stamp(now)) if token else ()), None)

    def confirm(self, token: str, now: dt.datetime) -> Subscriber | None:
        """The owner of the address says yes. None where the token is none of ours or too old; said twice, once."""
        with self._database.transaction():
            found = self.asked(token, now)
            if found is None or found.status is SubscriberStatus.CONFIRMED:
                return found
            self._database.write(
                "UPDATE subscribers SET status = 'confirmed', status_at = ?1, status_why = '', confirmed_at = ?1, "
                "asked_times = 0 WHERE id = ?2",
                (stamp(now), found.number),
            )
            return self._where("id = ?", found.number)[0]

    def change(self, number: int, *, name: str, language: str, cadence: Cadence, profile: Profile) -> Subscriber | None:
        """Give a subscriber another profile; None where there is none of that number."""
        self._database.write(
            "UPDATE subscribers SET name = ?, language = ?, cadence = ?, profile = ? WHERE id = ?",
            (name, language, cadence, to_json(profile), number),
        )
        return self.get(number)

    def set_status(self, number: int, status: SubscriberStatus, now: dt.datetime | None = None, why: str = "") -> bool:
        """Give a subscriber another status, for people also why; False where there is no such subscriber."""
        return bool(
            self._database.write(
                "UPDATE subscribers SET status = ?, status_at = coalesce(?, status_at), status_why = ? WHERE id = ?",
                (status, stamp_or_none(now), why, number),
            )
        )

    def pause(self, number: int, now: dt.datetime, why: str) -> bool:
        """Write to a confirmed subscriber no more until they sign up again; False for any other one."""
        with self._database.transaction():
            found = self.get(number)
            if found is None or found.status is not SubscriberStatus.CONFIRMED:
                return False
            return self.set_status(number, SubscriberStatus.PAUSED, now, why)

    def count(self, status: SubscriberStatus) -> int:
        """How many have that status."""
        return self._database.number("SELECT count(*) FROM subscribers WHERE status = ?", (status,))

    def counted(self) -> Counted:
        """How many there are, for staff."""
        confirmed = f"FROM subscribers WHERE status = '{SubscriberStatus.CONFIRMED}'"
        followed = "json_array_length(CAST(profile AS TEXT), '$.trades')"
        return Counted(
            {SubscriberStatus(name): number for name, number in self._count("status", "FROM subscribers").items()},
            {Cadence(name): number for name, number in self._count("cadence", confirmed).items()},
            self._count("language", confirmed),
            self._count("value", confirmed.replace("subscribers", f"subscribers, {_FOLLOWED}")),
            self._database.number(f"SELECT count(*) {confirmed} AND coalesce({followed}, 0) = 0"),
            frozenset(
                (one.cadence, one.hour)
                for one in self._database.select(
                    _Hour,
                    "SELECT DISTINCT cadence, coalesce(json_extract(CAST(profile AS TEXT), '$.hour'), ?) AS hour "
                    f"{confirmed}",
                    (Profile().hour,),
                )
            ),
            tuple(self._database.column(dt.datetime, f"SELECT confirmed_at {confirmed} AND confirmed_at IS NOT NULL")),
        )

    def _count(self, column: str, whence: str) -> dict[str, int]:
        sql = f"SELECT {column} AS name, count(*) AS number {whence} GROUP BY {column}"
        return {row.name: row.number for row in self._database.select(_Count, sql)}

    def why(self, number: int) -> str:
        """Why a subscriber stands as they do, for staff; "" where nothing is to be told."""
        return next(iter(self._database.column(str, "SELECT status_why FROM subscribers WHERE id = ?", (number,))), "")

    def came(self, number: int) -> dt.datetime:
        """When a subscriber last came by themselves: said yes, or was asked where they still have to say it.

        Anyone can have a confirmed address asked again: that says nothing of its owner.
        """
        sql = (
            "SELECT CASE WHEN status = 'pending' AND asked_at <> '' THEN asked_at ELSE coalesce(confirmed_at, created) "
            "END FROM subscribers WHERE id = ?"
        )
        return self._database.column(dt.datetime, sql, (number,))[0]

    def outlived(self, *, pending: dt.datetime, left: dt.datetime, paused: dt.datetime, now: dt.datetime) -> list[int]:
        """Who was last asked before `pending` and can no longer say yes, who left before `left`, or was paused before
        `paused` and has not been asked since `pending` whether they come back."""
        return self._database.column(
            int,
            "SELECT id FROM subscribers WHERE (status = 'unsubscribed' AND status_at < ?2) "
            "OR (((status = 'pending' AND created < ?1) OR (status = 'paused' AND status_at < ?4)) "
            "AND asked_at < ?1 AND confirm_until < ?3) ORDER BY id",
            (stamp(pending), stamp(left), stamp(now), stamp(paused)),
        )

    def letters_since(self, at: dt.datetime) -> int:
        """How many addresses were asked for confirmation since then because somebody signed them up.

        Invitations by the office do not count: they are good for longer.
        """
        sql = "SELECT count(*) FROM subscribers WHERE asked_at >= ? AND confirm_until < ?"
        return self._database.number(sql, (stamp(at), stamp(at + 2 * ASKED_FOR)))

    def remove(self, number: int) -> bool:
        """Forget a subscriber with all digests, announcements and mails; False where there is no such subscriber.

        What they said of lots stays for counting, without what they wrote of themselves. Afterwards the address
        stands nowhere in the files of the database either, unless another program is reading at that moment: then it
        goes when the write-ahead log is folded in. Within a transaction the caller has to `fold` after it.
        """
        with self._database.transaction():
            self._database.write("UPDATE feedback SET words = '' WHERE subscriber_id = ?", (number,))
            removed = bool(self._database.write("DELETE FROM subscribers WHERE id = ?", (number,)))
        self.fold()
        return removed

    def fold(self) -> None:
        """Take whoever was removed out of the database's files as well; nothing within a transaction."""
        self._database.fold()

    def _where(self, condition: str, *values: str | int | None) -> tuple[Subscriber, ...]:
        sql = (
            "SELECT id, address, name, language, cadence, status, profile, created, token, confirmed_at "  # noqa: S608
            f"FROM subscribers WHERE {condition} ORDER BY id"
        )
        return tuple(_subscriber(row) for row in self._database.select(_Row, sql, values))


def address_key(address: str) -> str:
    """By what an address is known: letters' case and outer blanks do not matter."""
    return address.strip().casefold()


def _hashed(token: str) -> str:
    """What is kept of a token that opens something: it is random, so that its hash tells nobody what it was."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


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
        confirmed_at=row.confirmed_at,
    )
