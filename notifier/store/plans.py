"""What officers want to do when an agreement runs out. No page, mail, feed or export outside the desk reads this."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from notifier.errors import StoreError
from notifier.store.database import Database, Value
from notifier.store.values import stamp


class PlanKind(StrEnum):
    """What is planned; words for people are desk texts (`plans.plan_…`)."""

    SPLIT = "split"  # into lots
    RESERVE = "reserve"  # for sheltered workshops or the like (udbudsloven § 54, § 190)
    DIALOGUE = "dialogue"  # with the market, first
    OTHER = "other"  # in the officer's own words


@dataclass(frozen=True, slots=True)
class Plan:
    """An officer's own to-do for an agreement."""

    number: int
    agreement_uid: str
    plan: PlanKind
    words: str
    who: str
    made_at: dt.datetime
    done_at: dt.datetime | None = None
    done_by: str = ""


_PLANS = (
    "SELECT plans.id AS number, uid AS agreement_uid, plan, words, who, made_at, done_at, done_by "
    "FROM plans JOIN agreements ON agreements.id = agreement_id"
)


class Plans:
    """The table `plans`. Nothing in it is ever deleted, but with the agreement that it is about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, agreement_uid: str, plan: PlanKind, words: str, *, who: str, now: dt.datetime, once: str
    ) -> Plan | None:
        """Keep a plan; None where one with the same `once` is kept already, for the form was sent twice.

        Raises StoreError where no agreement has that identity.
        """
        with self._database.transaction():
            if self._database.number("SELECT count(*) FROM plans WHERE once = ?", (once,)):
                return None
            ids = self._database.column(int, "SELECT id FROM agreements WHERE uid = ?", (agreement_uid,))
            if not ids:
                raise StoreError(f"no agreement has the identity '{agreement_uid}'", where=str(self._database.path))
            number = self._database.insert(
                "INSERT INTO plans (agreement_id, plan, words, who, made_at, once) VALUES (?, ?, ?, ?, ?, ?)",
                (ids[0], plan, words, who, stamp(now), once),
            )
        return Plan(number, agreement_uid, plan, words, who, now)

    def set_done(self, number: int, agreement_uid: str, *, done: bool, who: str, now: dt.datetime) -> bool:
        """Note that a plan of an agreement was carried out, or that it was not after all; False where that is known."""
        at, by = (stamp(now), who) if done else (None, "")
        return bool(
            self._database.write(
                "UPDATE plans SET done_at = ?, done_by = ? WHERE id = ? AND (done_at IS NULL) = ? "
                "AND agreement_id = (SELECT id FROM agreements WHERE uid = ?)",
                (at, by, number, done, agreement_uid),
            )
        )

    def of(self, agreement_uid: str) -> tuple[Plan, ...]:
        """What is planned for an agreement, oldest first."""
        return self._select("WHERE uid = ?", agreement_uid)

    def all(self) -> tuple[Plan, ...]:
        """Every plan, oldest first."""
        return self._select("")

    def _select(self, where: str, *values: Value) -> tuple[Plan, ...]:
        return tuple(self._database.select(Plan, f"{_PLANS} {where} ORDER BY plans.id", values))
