"""Which rules and which model judge, and why these: the last promotion counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from notifier.store.database import Database
from notifier.store.values import stamp


class Grounds(StrEnum):
    """Why something was let in."""

    FIRST = "first"  # nothing was in use before
    CODE = "code"  # the program is another, the file of rules the same
    CONFIRMED = "confirmed"  # a person was shown what would change, and said yes
    NOT_WORSE = "not_worse"  # enough tags held out, and not worse on them


@dataclass(frozen=True, slots=True)
class Promotion:
    """`model_version` is "" where rules judge alone; `report` is what was shown or measured."""

    number: int
    rules_version: str
    model_version: str
    grounds: Grounds
    who: str
    report: str
    promoted_at: dt.datetime


_PROMOTIONS = (
    "SELECT id AS number, rules_version, model_version, grounds, who, report, promoted_at FROM promotions ORDER BY id"
)


class Promotions:
    """The tables `promotions` and `rule_texts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> Promotion | None:
        """What is in use; None before anything was judged."""
        return self._database.select_one(Promotion, f"{_PROMOTIONS} DESC LIMIT 1")

    def all(self) -> tuple[Promotion, ...]:
        """Every promotion, oldest first."""
        return tuple(self._database.select(Promotion, _PROMOTIONS))

    def rules_text(self, version: str) -> bytes:
        """The file of rules as it was under that version."""
        return self._database.column(bytes, "SELECT text FROM rule_texts WHERE version = ?", (version,))[0]

    def promote(
        self,
        rules_version: str,
        rules_text: bytes,
        model_version: str,
        *,
        grounds: Grounds,
        who: str = "",
        report: str = "",
        now: dt.datetime,
    ) -> None:
        """From now on these rules and this model judge."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO rule_texts (version, text) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (rules_version, rules_text),
            )
            self._database.insert(
                "INSERT INTO promotions (rules_version, model_version, grounds, who, report, promoted_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (rules_version, model_version, grounds, who, report, stamp(now)),
            )
