"""Counting for the page of effects: lots by what happened to them, answers, awards. Nothing here is written."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.answers import Answer
from notifier.buyers import plain_cvr
from notifier.effects.counting import COUNTED, LotCount, Month, Said, Step, first_trade, month_of
from notifier.effects.winners import Awards, known_as
from notifier.store.database import Database
from notifier.store.settings import FIRST_MAIL
from notifier.store.sights import marks
from notifier.store.tags import standing_tag

_TRADES = "(SELECT group_concat(trade, ' ') FROM catalogue_trades WHERE catalogue_trades.lot_id = lots.id)"
# The lots that are counted, the same at each step: those that the town follows, and what was looked at or told of all
# the same. Whether they are on lists just now counts for nothing: who hides a lot changes no month that is over. One
# that nobody has judged has no row yet that would say where it is.
COUNTED_LOTS = (
    "(id NOT IN (SELECT lot_id FROM catalogue WHERE followed = 0) "
    "OR EXISTS (SELECT 1 FROM tags WHERE tags.lot_id = lots.id AND removed_at IS NULL) "
    "OR EXISTS (SELECT 1 FROM announcements WHERE item_uid = uid AND kind = 'new'))"
)
# Each gives, for every lot that it happened to, the hour in UTC: zones differ by whole hours, so an hour is in one
# month wherever that is. The lots of a run come within an hour, so few rows are left.
_STEPS = {
    Step.FOUND: f"SELECT id AS lot_id, substr(first_seen, 1, 13) AS hour FROM lots WHERE {COUNTED_LOTS}",  # noqa: S608
    Step.MARKED: (
        "SELECT id AS lot_id, substr(first_seen, 1, 13) AS hour FROM lots "  # noqa: S608
        f"WHERE {COUNTED_LOTS} AND facts_id IN (SELECT lot_version_id FROM assessments WHERE verdict <> 'unsuitable')"
    ),
    Step.SEEN: (
        "SELECT lot_id, substr(min(tagged_at), 1, 13) AS hour FROM tags WHERE removed_at IS NULL GROUP BY lot_id"
    ),
    Step.KEPT: (
        "SELECT lot_id, substr(tagged_at, 1, 13) AS hour FROM tags WHERE verdict <> 'unsuitable' "  # noqa: S608
        f"AND tags.id = {standing_tag('tags.lot_id')}"
    ),
    Step.MAILED: (
        "SELECT lots.id AS lot_id, substr(created, 1, 13) AS hour FROM "
        "(SELECT item_uid, min(digest_id) AS digest_id FROM announcements WHERE kind = 'new' GROUP BY item_uid) "
        "JOIN lots ON uid = item_uid JOIN digests ON digests.id = digest_id"
    ),
}


@dataclass(frozen=True, slots=True)
class _Counted:
    hour: str
    trades: str | None
    count: int


@dataclass(frozen=True, slots=True)
class _Answered:
    who: int
    lot: int
    answer: Answer
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None
    trades: str


@dataclass(frozen=True, slots=True)
class _Awards:
    year: str
    since: int
    buyer: str
    buyer_cvr: str
    count: int
    numbered: int
    listed: int
    kroner: float
    valued: int
    listed_kroner: float
    listed_valued: int


class Effects:
    """What is read of the tables `lots`, `tags`, `announcements`, `feedback` and `winners`, as numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # SQLite's own lower() leaves Æ, Ø and Å as they are. Nothing that is kept calls these: whatever other program
        # opens the file finds all that it needs.
        database.add_function("known_as", known_as)
        database.add_function("plain_cvr", plain_cvr)

    def lots(self, trades: Sequence[str]) -> tuple[LotCount, ...]:
        """How many lots each month saw at each step, by their first trade in this order."""
        return tuple(count for step, sql in _STEPS.items() for count in self._counts(step, sql, trades))

    def _counts(self, step: Step, sql: str, order: Sequence[str]) -> Iterable[LotCount]:
        rows = self._database.select(
            _Counted,
            f"SELECT hour, {_TRADES} AS trades, count(*) AS count FROM ({sql}) "  # noqa: S608
            "JOIN lots ON lots.id = lot_id GROUP BY 1, 2",
        )
        found = Counter[tuple[Month, str]]()
        months: dict[str, Month] = {}
        for row in rows:
            month = months.setdefault(row.hour, month_of(dt.datetime.fromisoformat(f"{row.hour}:00+00:00")))
            found[month, first_trade((row.trades or "").split(), order)] += row.count
        return [LotCount(step, month, trade, count) for (month, trade), count in found.items()]

    def answers(self, trades: Sequence[str]) -> tuple[Said, ...]:
        """Every answer that stood at the end of the month in which it was given, under the trades kept with it. What
        may be told of them is another question: counting.disclose."""
        kinds = [answer.value for answer in COUNTED]
        rows = self._database.select(
            _Answered,
            "SELECT who, lot_id AS lot, answer, given_at, withdrawn_at, trades FROM feedback "  # noqa: S608
            f"WHERE answer IN ({marks(kinds)})",
            kinds,
        )
        return tuple(
            Said(row.who, row.lot, row.answer, month_of(row.given_at), first_trade(row.trades.split(), trades))
            for row in rows
            if row.withdrawn_at is None or month_of(row.withdrawn_at) > month_of(row.given_at)
        )

    def first_mail(self) -> dt.datetime | None:
        """When the first digest was made, whether or not its reader is still here; None before there was one."""
        found = self._database.column(dt.datetime, "SELECT value FROM settings WHERE name = ?", (FIRST_MAIL,))
        return found[0] if found else None

    def awards(self, listed: Iterable[str], since: dt.date | None) -> tuple[Awards, ...]:
        """All awards by year and buyer, before that day and from it on; None for no such day. `listed` are the CVR
        numbers of social enterprises.

        A winner of a lot counts once, in however many notices: with the first day and the largest value that one gives.
        """
        rows = self._database.select(
            _Awards, _AWARDS, (json.dumps(sorted(listed)), since.isoformat() if since else "9999")
        )
        return tuple(
            Awards(
                int(row.year), bool(row.since), row.buyer, row.buyer_cvr, row.count, row.numbered, row.listed,
                row.kroner, row.valued, row.listed_kroner, row.listed_valued,
            )
            for row in rows
        )  # fmt: skip


# The newest version of each notice. What belongs to no lot of ours is one by itself. A winner that one notice gives a
# number, and another only a name, is not two.
_AWARDS = """
WITH held AS (
    SELECT coalesce(lot_versions.lot_id, -(winners.version_id * 10000 + winners.position)) AS lot,
        plain_cvr(winners.cvr) AS cvr, known_as(winners.name) AS name, kroner, day, buyer, buyer_cvr
    FROM winners JOIN notices ON notices.id = winners.notice_id AND notices.latest = winners.number
    LEFT JOIN lot_versions ON lot_versions.version_id = winners.version_id
        AND lot_versions.position = winners.position
), named AS (
    SELECT lot, name, max(cvr) AS cvr FROM held GROUP BY lot, name
), won AS (
    SELECT held.lot, max(kroner) AS kroner, min(day) AS day, max(named.cvr) AS cvr, min(buyer) AS buyer,
        max(buyer_cvr) AS buyer_cvr
    FROM held JOIN named ON named.lot = held.lot AND named.name = held.name
    GROUP BY held.lot, CASE named.cvr WHEN '' THEN held.name ELSE named.cvr END
), judged AS (
    SELECT *, cvr <> '' AS numbered, cvr IN (SELECT value FROM json_each(?1)) AS listed FROM won
)
SELECT substr(day, 1, 4) AS year, day >= ?2 AS since, buyer, buyer_cvr, count(*) AS count, sum(numbered) AS numbered,
    sum(listed) AS listed, coalesce(sum(kroner), 0.0) AS kroner, count(kroner) AS valued,
    coalesce(sum(CASE WHEN listed THEN kroner END), 0.0) AS listed_kroner,
    count(CASE WHEN listed THEN kroner END) AS listed_valued
FROM judged GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
