"""Lots as they stand now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from notifier import changes
from notifier.changes import Standing
from notifier.corrections import Correction, over
from notifier.lots import FieldChange, LotAlias, LotChange, LotView, Notice, Stage, Verdict
from notifier.store.database import Database, Value
from notifier.store.overlay import standing
from notifier.store.reading import NoticeReader, pages
from notifier.store.sights import CHUNK, chunks, marks
from notifier.store.tags import effective, standing_tag
from notifier.store.values import from_json, stamp


@dataclass(frozen=True, slots=True)
class _Row:
    id: int  # of the lot version that the facts come from: the order of the list
    lot_id: int
    uid: str
    slug: str
    procedure_key: str
    first_seen: dt.datetime
    stage: Stage
    deadline: dt.datetime | None
    awarded: int
    cancelled: int
    gone: int
    hidden: int
    version_id: int
    position: int
    updated: dt.datetime
    assessment: bytes | None
    tag: Verdict | None
    tag_trades: str | None


@dataclass(frozen=True, slots=True)
class _Change:
    id: int
    lot_id: int
    seen_at: dt.datetime
    data: bytes


_ROWS = (
    "SELECT facts_id AS id, lots.id AS lot_id, uid, slug, procedure_key, first_seen, lots.stage, deadline, awarded, "
    "cancelled, gone, hidden, version_id, position, notice_versions.seen_at AS updated, "
    "assessments.data AS assessment, tags.verdict AS tag, tags.trades AS tag_trades "
    "FROM lots "
    "JOIN lot_versions ON lot_versions.id = facts_id JOIN notice_versions ON notice_versions.id = version_id "
    "LEFT JOIN assessments ON lot_version_id = facts_id "
    "LEFT JOIN tags ON tags.id = " + standing_tag("lots.id")
)
# The same as changes.state_at being PLANNED or OPEN.
_LIVE = (
    "awarded = 0 AND cancelled = 0 AND gone = 0 AND "
    "(lots.stage = 'planning' OR lots.stage = 'call' AND (deadline IS NULL OR deadline >= ?))"
)


class Lots:
    """The tables `lots`, `lot_changes` and `lot_aliases`. They are written by `Notices`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """How many lots are held."""
        return self._database.number("SELECT count(*) FROM lots")

    def views(
        self,
        now: dt.datetime,
        *,
        live: bool = False,
        verdicts: Collection[Verdict] = (),
        uids: Collection[str] | None = None,
        put_right: bool = True,
    ) -> Iterator[LotView]:
        """Lots with their state at `now`, lots of one notice together, those whose facts were read first first.

        `live` asks for planned and open ones only, `verdicts` for those with one of these, `uids` for these alone.
        Without `put_right` they are as their sources have them.
        """
        where, values = _filter(now, live, verdicts)
        if uids is None:
            yield from self._views(now, where, values, put_right)
            return
        for chunk in chunks(uids):
            yield from self._views(now, f"{where} AND uid IN ({marks(chunk)})", [*values, *chunk], put_right)

    def find(self, name: str, now: dt.datetime) -> tuple[LotView, ...]:
        """The lots that a person may mean by a name.

        An identity or a page's name, old ones too, a publication number (then all its lots), "NNNNNN-YYYY/LOT-0001",
        a source's own case number, or a lot's number within its notice (then of every procedure that has one).
        """
        name = name.removesuffix(".html")
        if not name:
            return ()
        publication, _, label = name.partition("/")
        uids = self._database.column(
            str,
            "SELECT uid FROM lots WHERE uid = ?1 UNION SELECT uid FROM lots WHERE slug = ?1 UNION "
            "SELECT lots.uid FROM lots JOIN lot_aliases ON lot_id = lots.id "
            "WHERE ?1 IN (lot_aliases.uid, lot_aliases.slug) UNION "
            "SELECT uid FROM lots JOIN lot_versions ON lot_id = lots.id WHERE lot_label = ?1 UNION "
            "SELECT uid FROM notice_versions JOIN lot_versions ON version_id = notice_versions.id "
            "JOIN lots ON lots.id = lot_id WHERE publication_number = ?2 AND ?3 IN ('', lot_label) UNION "
            "SELECT uid FROM notices JOIN notice_versions ON notice_id = notices.id "
            "JOIN lot_versions ON version_id = notice_versions.id JOIN lots ON lots.id = lot_id WHERE notices.key = ?1",
            (name, publication, label),
        )
        return tuple(self.views(now, uids=uids))

    def aliases(self) -> tuple[LotAlias, ...]:
        """Every lot that turned out to be another one, in the order of their identities."""
        sql = (
            "SELECT lot_aliases.uid, lot_aliases.slug, lots.uid AS lot_uid FROM lot_aliases "
            "JOIN lots ON lots.id = lot_id ORDER BY lot_aliases.uid"
        )
        return tuple(self._database.select(LotAlias, sql))

    def _views(self, now: dt.datetime, where: str, values: Sequence[Value], put_right: bool) -> Iterator[LotView]:
        sql = f"{_ROWS} WHERE {where} AND facts_id > ? ORDER BY facts_id LIMIT {CHUNK}"
        reader, shown = NoticeReader(self._database), set[int]()
        for page in pages(lambda after: self._database.select(_Row, sql, (*values, after))):
            notices = reader.read(row.version_id for row in page)
            changed = self._changes([row.lot_id for row in page])
            right = standing(self._database, (row.lot_id for row in page)) if put_right else {}
            for row in page:
                # A lot whose facts are renewed while the list is read would come again at its end.
                if row.lot_id not in shown:
                    shown.add(row.lot_id)
                    notice, corrections = notices[row.version_id], right.get(row.lot_id, ())
                    yield _view(row, notice, changed.get(row.lot_id, ()), corrections, now)

    def _changes(self, lot_ids: list[int]) -> dict[int, tuple[LotChange, ...]]:
        sql = (
            "SELECT id, lot_id, seen_at, data FROM lot_changes "  # noqa: S608
            f"WHERE lot_id IN ({marks(lot_ids)}) ORDER BY lot_id, id"
        )
        rows = groupby(self._database.select(_Change, sql, lot_ids), key=lambda row: row.lot_id)
        return {lot_id: tuple(_change(row) for row in group) for lot_id, group in rows}


def _filter(now: dt.datetime, live: bool, verdicts: Collection[Verdict]) -> tuple[str, list[Value]]:
    conditions, values = ["facts_id IS NOT NULL"], list[Value]()
    if live:
        conditions.append(_LIVE)
        values.append(stamp(now))
    if verdicts:
        conditions.append(f"coalesce(tags.verdict, assessments.verdict) IN ({marks(list(verdicts))})")
        values.extend(verdicts)
    return " AND ".join(conditions), values


def _change(row: _Change) -> LotChange:
    return LotChange(row.id, row.seen_at, from_json(row.data, tuple[FieldChange, ...]))


def _view(
    row: _Row,
    notice: Notice,
    changed: tuple[LotChange, ...],
    corrections: tuple[Correction, ...],
    now: dt.datetime,
) -> LotView:
    where = Standing(row.stage, row.deadline, bool(row.awarded), bool(row.cancelled), bool(row.gone))
    notice = over(notice, row.position, corrections)
    ours = (change.seen_at for change in changed if any(field.ours for field in change.fields))
    return LotView(
        uid=row.uid,
        slug=row.slug,
        lot=notice.lots[row.position],
        notice=notice,
        state=changes.state_at(where, now),
        assessment=effective(row.assessment, row.tag, row.tag_trades),
        first_seen=row.first_seen,
        updated=max((row.updated, *ours, *(one.made_at for one in corrections))),
        changes=changed,
        procedure=row.procedure_key,
        tagged=row.tag is not None,
        hidden=bool(row.hidden),
    )
