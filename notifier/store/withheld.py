"""What is announced to nobody until an officer releases it; see notifier/withheld.py for what that means.

It is noted in the transaction that brings it about: a run that is cut off leaves nothing that could be told by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from notifier.lots import Assessment, Verdict
from notifier.profiles import Announced, Announcement
from notifier.store.database import Database
from notifier.store.sights import chunks, marks
from notifier.store.tags import effective, standing_tag
from notifier.store.values import from_json, stamp, to_json
from notifier.withheld import Decision, Reason, Withheld


@dataclass(frozen=True, slots=True)
class WithheldGroup:
    """What one event withheld and nobody decided yet."""

    reason: Reason
    source: str  # "" where it is not one source's
    day: dt.date  # in UTC
    lots: int
    changes: int
    agreements: int


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    kind: Announced
    item_uid: str
    key: str
    reason: Reason
    source: str
    since: dt.datetime
    assessment: bytes | None
    tag: Verdict | None
    tag_trades: str | None


@dataclass(frozen=True, slots=True)
class _Held:
    uid: str
    number: int
    decision: str


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """What was there before something is written."""

    lot: int
    lot_version: int
    change: int
    agreements: frozenset[_Waiting]


# A verdict that was withheld for how a lot was judged counts as long as its facts are the same; one left, for ever.
_COUNTS = "(lot_version_id IS NULL OR lot_version_id = lots.facts_id OR decision = 'left')"
_FROM = (
    "FROM withheld LEFT JOIN lots ON lots.id = withheld.lot_id "
    "LEFT JOIN agreements ON agreements.id = withheld.agreement_id "
    f"LEFT JOIN tags ON tags.id = {standing_tag('withheld.lot_id')} WHERE {_COUNTS}"
)
_ROWS = (
    "SELECT withheld.id AS number, kind, coalesce(lots.uid, agreements.uid) AS item_uid, withheld.key, reason, "
    f"withheld.source, since, assessment, tags.verdict AS tag, tags.trades AS tag_trades {_FROM}"
)
# An agreement whose content changed waits for its trades, as a new one does.
_WAITING = "SELECT id, digest FROM agreements WHERE rules_version = ''"
# Withheld already: once more, and for those as well who came since.
_ONCE_MORE = (
    "DO UPDATE SET reason = excluded.reason, source = excluded.source, since = excluded.since, "
    "assessment = excluded.assessment, decision = "
)
_OR_LEFT = "CASE decision WHEN 'left' THEN 'left' ELSE 'open' END"
_SAME_LOT = "(lot_id, kind, key, coalesce(lot_version_id, 0)) WHERE lot_id IS NOT NULL"
_SAME_AGREEMENT = "(agreement_id, kind, key) WHERE agreement_id IS NOT NULL"
_CHANGED = "'changed', lot_id, CAST(id AS TEXT)"
_KEY_OF_STAGE = "CASE stage WHEN 'planning' THEN 'planned' ELSE '' END"


_HELD_AS = {
    Announced.NEW: ("lot_id", "lots"),
    Announced.CHANGED: ("lot_id", "lots"),
    Announced.CLOSING: ("lot_id", "lots"),
    Announced.EXPIRING: ("agreement_id", "agreements"),
}


class WithheldItems:
    """The table `withheld`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self) -> tuple[Withheld, ...]:
        """Everything that is told to nobody: what is undecided, and what was left to lie."""
        return self._all("decision <> 'released'")

    def undecided(self) -> tuple[Withheld, ...]:
        """What waits for an officer's word."""
        return self._all("decision = 'open'")

    def groups(self) -> tuple[WithheldGroup, ...]:
        """The same by what brought it about, the oldest first."""
        sql = (
            "SELECT reason, withheld.source, substr(since, 1, 10) AS day, "
            "count(DISTINCT CASE WHEN kind IN ('new', 'closing') THEN withheld.lot_id END) AS lots, "
            "sum(kind = 'changed') AS changes, count(DISTINCT agreement_id) AS agreements "
            f"{_FROM} AND decision = 'open' GROUP BY reason, withheld.source, day ORDER BY day, reason, withheld.source"
        )
        return tuple(self._database.select(WithheldGroup, sql))

    def decide(self, numbers: Collection[int], decision: Decision, who: str, now: dt.datetime) -> int:
        """An officer's word on these; how many of them were undecided or lay."""
        decided = 0
        with self._database.transaction():
            for chunk in chunks(numbers):
                decided += self._database.write(
                    "UPDATE withheld SET decision = ?, decided_at = ?, decided_by = ? "  # noqa: S608
                    f"WHERE decision <> 'released' AND id IN ({marks(chunk)})",
                    (decision, stamp(now), who, *chunk),
                )
        return decided

    def of_lots(self, lot_uids: Collection[str]) -> dict[str, dict[int, str]]:
        """What a tag on one of these lots would release: by lot the numbers, and how it was decided until now."""
        found: dict[str, dict[int, str]] = {}
        for chunk in chunks(lot_uids):
            rows = self._database.select(
                _Held,
                "SELECT uid, withheld.id AS number, decision FROM withheld JOIN lots ON lots.id = lot_id "  # noqa: S608
                f"WHERE kind = 'new' AND decision <> 'released' AND uid IN ({marks(chunk)})",
                chunk,
            )
            for row in rows:
                found.setdefault(row.uid, {})[row.number] = row.decision
        return found

    def withhold_again(self, decisions: Mapping[int, str]) -> None:
        """What a tag released that is taken back now: as it was decided before. Who was told meanwhile was told."""
        self._database.write_many(
            "UPDATE withheld SET decision = ?, decided_at = NULL, decided_by = '' "
            "WHERE id = ? AND decision = 'released'",
            [(decision, number) for number, decision in decisions.items()],
        )

    @contextmanager
    def noting(self, reason: Reason | None, source: str, now: dt.datetime) -> Iterator[None]:
        """Withhold every lot, change and agreement that is written inside; nothing without a reason.

        One transaction with what is written. Lots that turn out to be ones already held are not new.
        """
        with self._database.transaction():
            before = self._mark() if reason else None
            yield
            if reason and before:
                self._note_since(before, reason, source, now)

    def _mark(self) -> _Mark:
        lot, lot_version, change = (
            self._database.number(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608
            for table in ("lots", "lot_versions", "lot_changes")
        )
        return _Mark(lot, lot_version, change, frozenset(self._database.select(_Waiting, _WAITING)))

    def _note_since(self, before: _Mark, reason: Reason, source: str, now: dt.datetime) -> None:
        values = (reason, source, stamp(now))
        self._note_lots(f"'new', id, {_KEY_OF_STAGE}", "FROM lots WHERE id > ?", values, before.lot)
        # A planned lot that opens is told as new once more. One first seen in this very reading has no change of it.
        self._note_lots(
            "'new', id, ''",
            "FROM lots WHERE stage <> 'planning' AND (id IN (SELECT lot_id FROM lot_changes, json_each("
            "CAST(data AS TEXT)) AS one WHERE lot_changes.id > ? AND one.value ->> 'field' = 'state' "
            "AND one.value ->> 'after' = 'open') OR facts_id > ? AND EXISTS (SELECT * FROM withheld "
            "WHERE lot_id = lots.id AND kind = 'new' AND key = 'planned' AND since = ?))",
            values,
            *(before.change, before.lot_version, stamp(now)),
        )
        self._note_lots(_CHANGED, "FROM lot_changes WHERE id > ?", values, before.change)
        changed = set(self._database.select(_Waiting, _WAITING)) - before.agreements
        self._database.write_many(
            "INSERT INTO withheld (kind, agreement_id, key, reason, source, since) VALUES ('expiring', ?, '', ?, ?, ?) "  # noqa: S608
            f"ON CONFLICT {_SAME_AGREEMENT} {_ONCE_MORE} 'open'",
            [(number, *values) for number in sorted(one.id for one in changed)],
        )

    def _note_lots(self, what: str, whence: str, values: tuple[str, str, str], *places: int | str) -> None:
        self._database.write(
            "INSERT OR IGNORE INTO withheld (kind, lot_id, key, reason, source, since) "
            f"SELECT {what}, ?, ?, ? {whence}",
            (*values, *places),
        )

    def note_everything(self, reason: Reason, notes: Iterable[Announcement], now: dt.datetime) -> None:
        """Withhold all lots and changes that are held, and of deadlines and agreements what `notes` says.

        Also what was released: nobody knows whether it was told since.
        """
        values = (reason, stamp(now))
        into = "INSERT INTO withheld (kind, {}, key, reason, source, since)"
        with self._database.transaction():
            for what, table in ((f"'new', id, {_KEY_OF_STAGE}", "lots"), (_CHANGED, "lot_changes")):
                self._database.write(
                    f"{into.format('lot_id')} SELECT {what}, ?, '', ? FROM {table} WHERE true "  # noqa: S608
                    f"ON CONFLICT {_SAME_LOT} {_ONCE_MORE} {_OR_LEFT}",
                    values,
                )
            for note in notes:
                column, table = _HELD_AS[note.kind]
                same = _SAME_LOT if column == "lot_id" else _SAME_AGREEMENT
                self._database.write(
                    f"{into.format(column)} SELECT ?, id, ?, ?, '', ? FROM {table} WHERE uid = ? "  # noqa: S608
                    f"ON CONFLICT {same} {_ONCE_MORE} {_OR_LEFT}",
                    (note.kind, note.key, *values, note.item_uid),
                )

    def _all(self, condition: str) -> tuple[Withheld, ...]:
        rows = self._database.select(_Row, f"{_ROWS} AND {condition} ORDER BY withheld.id")
        return tuple(
            Withheld(
                row.number,
                row.kind,
                row.item_uid,
                row.key,
                row.reason,
                row.source,
                row.since,
                # A tag lies over the earlier verdict as over the present one.
                effective(row.assessment, row.tag, row.tag_trades) if row.assessment else None,
            )
            for row in rows
        )


def withhold_verdicts(
    database: Database, reason: Reason, condition: str, values: tuple[str | int, ...], now: str
) -> None:
    """Note, for lots that stand as the lot versions of `condition` have them, the verdicts that these have now.

    To be called before other verdicts take their place. The first one that was noted stays until it is released:
    several changes of the rules in a row are one for readers.
    """
    database.write(
        "INSERT INTO withheld (kind, lot_id, key, lot_version_id, assessment, reason, source, since) "  # noqa: S608
        "SELECT 'new', lots.id, '', lot_version_id, assessments.data, ?, '', ? FROM assessments "
        f"JOIN lots ON facts_id = lot_version_id WHERE {condition} "
        f"ON CONFLICT {_SAME_LOT} {_ONCE_MORE} 'open' WHERE decision = 'released'",
        (reason, now, *values),
    )


def withhold_trades(database: Database, uid: str, earlier: tuple[str, ...], later: tuple[str, ...], now: str) -> None:
    """Note the trades that an agreement had by other rules, where those that it has now may concern others."""
    judged = to_json(Assessment(Verdict.POSSIBLE, 0.0, earlier))
    noted = "agreement_id = (SELECT id FROM agreements WHERE uid = ?) AND key = 'trades'"
    if set(later) - set(earlier):
        database.write(
            "INSERT INTO withheld (kind, agreement_id, key, assessment, reason, source, since) "  # noqa: S608
            "SELECT 'expiring', id, 'trades', ?, ?, '', ? FROM agreements WHERE uid = ? "
            f"ON CONFLICT {_SAME_AGREEMENT} {_ONCE_MORE} 'open' WHERE decision = 'released'",
            (judged, Reason.RULES, now, uid),
        )
    for held in database.column(bytes, f"SELECT assessment FROM withheld WHERE {noted}", (uid,)):  # noqa: S608
        if not set(later) - set(from_json(held, Assessment).trades):
            database.write(f"DELETE FROM withheld WHERE {noted} AND decision = 'open'", (uid,))  # noqa: S608


def absorb_withheld(database: Database, old: int, new: int) -> None:
    """One lot turns out to be another: what either was free to tell may be told.

    Withheld changes, and verdicts by other rules, are withheld of the one.
    """
    as_such = "kind = 'new' AND lot_version_id IS NULL"
    kept = f"SELECT count(*) FROM withheld WHERE {as_such} AND decision <> 'released' AND lot_id = ?"  # noqa: S608
    if not all(database.number(kept, (lot,)) for lot in (old, new)):
        database.write(f"DELETE FROM withheld WHERE {as_such} AND lot_id IN (?, ?)", (old, new))  # noqa: S608
    database.write("UPDATE OR IGNORE withheld SET lot_id = ? WHERE lot_id = ?", (new, old))
    database.write("DELETE FROM withheld WHERE lot_id = ?", (old,))
