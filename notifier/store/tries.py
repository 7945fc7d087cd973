"""What is tried, where it is limited how often: to sign in, to sign up. Kept for a day at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from notifier.store.database import Database
from notifier.store.values import stamp

_KEPT = dt.timedelta(days=1)  # no limit looks back further
_AT_ONCE = 500  # old rows that one try clears away: more than it adds, and never enough to wait for


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries of something (`what`) by somebody or from somewhere (`who`) within a time."""

    what: str
    who: str
    most: int
    within: dt.timedelta


@dataclass(frozen=True, slots=True)
class Taken:
    """A try that was counted, or, with `wait`, one that has to wait that long and was not."""

    numbers: tuple[int, ...] = ()
    wait: dt.timedelta = dt.timedelta()

    def __bool__(self) -> bool:
        return not self.wait


class Tries:
    """The table `tries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, limits: Sequence[Limit], now: dt.datetime) -> Taken:
        """Count a try under every limit, before it is made: of ten at the same moment each is counted.

        Where a limit is reached nothing is counted: who goes on trying is not kept out for longer by it.
        """
        with self._database.transaction():
            self._database.write(
                "DELETE FROM tries WHERE id IN (SELECT id FROM tries WHERE at < ? ORDER BY at LIMIT ?)",
                (stamp(now - _KEPT), _AT_ONCE),
            )
            wait = max((self._wait(limit, now) for limit in limits), default=dt.timedelta())
            if wait:
                return Taken(wait=wait)
            insert = "INSERT INTO tries (what, who, at) VALUES (?, ?, ?)"
            return Taken(tuple(self._database.insert(insert, (limit.what, limit.who, stamp(now))) for limit in limits))

    def give_back(self, taken: Taken) -> None:
        """It was no failure: it counts under no limit."""
        self._database.write_many("DELETE FROM tries WHERE id = ?", [(number,) for number in taken.numbers])

    def _wait(self, limit: Limit, now: dt.datetime) -> dt.timedelta:
        """How long until one more is allowed; nothing where it is now."""
        found = self._database.column(
            dt.datetime,
            "SELECT at FROM tries WHERE what = ? AND who = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            (limit.what, limit.who, stamp(now - limit.within), limit.most - 1),
        )
        return max(found[0] + limit.within - now, dt.timedelta(seconds=1)) if found else dt.timedelta()
