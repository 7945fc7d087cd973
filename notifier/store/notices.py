"""Notices with all their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from notifier import changes
from notifier.lots import Assessment, Notice
from notifier.store.database import Database
from notifier.store.sights import Sight, free_slug, keys_held, marks
from notifier.store.standings import settle
from notifier.store.values import from_json, stamp, to_json


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    """One content that was seen of a notice. `assessments` stands beside `notice.lots`, None where there is none."""

    notice: Notice
    number: int  # 1 for the first
    seen_at: dt.datetime
    assessments: tuple[Assessment | None, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    procedure_key: str
    latest: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Version:
    id: int
    number: int
    seen_at: dt.datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class _Verdict:
    version_id: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class _Identity:
    id: int
    uid: str


# Versions carry whole notices: fewer of them at a time than of other rows.
_VERSIONS_AT_ONCE = 50


class Notices:
    """The tables `notices` and `notice_versions`, and what follows from them for the lots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, notice: Notice, seen_at: dt.datetime, document_id: int | None = None) -> Sight:
        """Keep what a source shows: a new notice, a new version, or nothing where the content is the newest held.

        Lots, where they stand and what changed in them for readers follow in the same transaction. `document_id` is
        the document that the notice was read from.
        """
        digest = changes.content_digest(notice)
        with self._database.transaction():
            known = self._known(notice)
            if known and known.digest == digest:
                return Sight.UNCHANGED
            group = known.procedure_key if known else changes.procedure_key(notice)
            version = self._add_version(known, group, notice, digest, seen_at)
            self._add_lots(group, notice, version, seen_at)
            settle(self._database, group, seen_at)
            return Sight.CHANGED if known else Sight.NEW

    def repair(self, version_id: int, notice: Notice, seen_at: dt.datetime) -> Sight:
        """Put what a mended parser reads in the place of what a version says, and bring its lots up to date.

        What readers were told wrongly is told as a change. UNCHANGED where the version says the same already. The
        identity of the notice stays: `source` and `key` must be those of the version. Raises ValueError otherwise.
        """
        raise NotImplementedError

    def missed(self, source: str, listed_keys: Collection[str], seen_at: dt.datetime) -> None:
        """Note what a proven good run, which listed everything that is current, did not list.

        Notices of `source` outside `listed_keys` are missed once more; after changes.PROVEN_RUNS such runs in a row
        they count as dropped, and lots that nothing else names are GONE. Listed ones are current again.
        """
        raise NotImplementedError

    def latest(self, source: str, key: str) -> Notice | None:
        """The newest version of a notice, or None."""
        sql = (
            "SELECT data FROM notices JOIN notice_versions ON notice_id = notices.id AND number = latest "
            "WHERE source = ? AND key = ?"
        )
        found = self._database.column(bytes, sql, (source, key))
        return from_json(found[0], Notice) if found else None

    def held(self, source: str, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys of a source are held."""
        return keys_held(self._database, "notices", source, keys)

    def versions(self) -> Iterator[NoticeVersion]:
        """Every version of every notice in the order in which they were seen, without holding them all in memory."""
        sql = "SELECT id, number, seen_at, data FROM notice_versions WHERE id > ? ORDER BY id LIMIT ?"
        after = 0
        while page := self._database.select(_Version, sql, (after, _VERSIONS_AT_ONCE)):
            verdicts = self._verdicts([row.id for row in page])
            for row in page:
                notice = from_json(row.data, Notice)
                yield NoticeVersion(notice, row.number, row.seen_at, verdicts.get(row.id, ()))
            after = page[-1].id

    def _known(self, notice: Notice) -> _Known | None:
        sql = (
            "SELECT notices.id, procedure_key, latest, digest FROM notices "
            "JOIN notice_versions ON notice_id = notices.id AND number = latest WHERE source = ? AND key = ?"
        )
        return self._database.select_one(_Known, sql, (notice.source, notice.key))

    def _add_version(self, known: _Known | None, group: str, notice: Notice, digest: str, seen_at: dt.datetime) -> int:
        number = known.latest + 1 if known else 1
        if known:
            self._database.write("UPDATE notices SET latest = ? WHERE id = ?", (number, known.id))
        notice_id = (
            known.id
            if known
            else self._database.insert(
                "INSERT INTO notices (source, key, procedure_key, first_seen, latest) VALUES (?, ?, ?, ?, 1)",
                (notice.source, notice.key, group, stamp(seen_at)),
            )
        )
        return self._database.insert(
            "INSERT INTO notice_versions (notice_id, number, digest, seen_at, publication_number, procedure_id, "
            "stage, published, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                notice_id,
                number,
                digest,
                stamp(seen_at),
                notice.publication_number,
                notice.procedure_id,
                notice.stage,
                notice.published.isoformat() if notice.published else None,
                to_json(notice),
            ),
        )

    def _add_lots(self, group: str, notice: Notice, version: int, seen_at: dt.datetime) -> None:
        """The lots and parts of a version. A lot that is not known yet gets its identity and its page's name."""
        sql = "SELECT id, uid FROM lots WHERE procedure_key = ?"
        ids = {row.uid: row.id for row in self._database.select(_Identity, sql, (group,))}
        uids = changes.lot_uids(group, notice)
        for position, (lot, uid) in enumerate(zip(notice.lots, uids, strict=True)):
            if uid not in ids:
                ids[uid] = self._database.insert(
                    "INSERT INTO lots (uid, slug, procedure_key, first_seen, stage, awarded, cancelled, gone) "
                    "VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
                    (uid, free_slug(self._database, "lots", lot.title or notice.title, uid), group,
                     stamp(seen_at), notice.stage),
                )  # fmt: skip
            self._database.insert(
                "INSERT INTO lot_versions (lot_id, version_id, position, kind, lot_label) VALUES (?, ?, ?, ?, ?)",
                (ids[uid], version, position, lot.kind, lot.lot_id),
            )

    def _verdicts(self, versions: list[int]) -> dict[int, tuple[Assessment | None, ...]]:
        sql = (
            "SELECT version_id, data FROM lot_versions LEFT JOIN assessments ON lot_version_id = lot_versions.id "  # noqa: S608
            f"WHERE version_id IN ({marks(versions)}) ORDER BY version_id, position"
        )
        rows = groupby(self._database.select(_Verdict, sql, versions), key=lambda row: row.version_id)
        return {
            version: tuple(from_json(row.data, Assessment) if row.data else None for row in group)
            for version, group in rows
        }
