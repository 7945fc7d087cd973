"""Who is signed in, and what they did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import flask

from notifier.store import Store
from notifier.store.accounts import Account, Role

SESSION = "s"  # the name, in the signed cookie, of the random secret that names a session


@dataclass(frozen=True, slots=True)
class Officer:
    """A member of staff who is signed in, with the number of their account."""

    name: str
    role: Role
    account: int | None = None
    language: str = "da"

    @property
    def is_admin(self) -> bool:
        """Whether they may run the outbox and the accounts."""
        return self.role is Role.ADMIN


def officer_of(account: Account) -> Officer:
    """An account as pages know it."""
    return Officer(account.name, account.role, account.number, account.language)


def officer() -> Officer:
    """Who is signed in; on pages that are open to nobody else (application.py has looked)."""
    found: Officer = flask.g.officer
    return found


def did(store: Store, kind: str, item: str, now: dt.datetime, **detail: Any) -> int:
    """Write into the audit trail what the officer does, in the transaction that does it; the action's number."""
    who = officer()
    return store.actions.note(kind, item, who=who.name, account=who.account, now=now, **detail)
