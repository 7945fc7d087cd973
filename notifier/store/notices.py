"""Notices with all their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby

from notifier import changes
from notifier.changes import Sighting, Standing, Telling
from notifier.corrections import corrected, over
from notifier.lots import Assessment, Notice, Stage, Verdict
from notifier.store.database import Database
from notifier.store.overlay import standing
from notifier.store.procedures import free_key, join, linked, note_names
from notifier.store.sights import Sight, keys_held, marks
from notifier.store.tags import effective, standing_tag
from notifier.store.values import from_json, stamp, to_json
from notifier.store.withheld import withhold_verdicts
from notifier.withheld import Reason


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    """One content that was seen of a notice, with what officers put right in its lots.

    `assessments` stands beside `notice.lots`, None where there is none.
    """

    notice: Notice
    number: int  # 1 for the first
    seen_at: dt.datetime
    assessments: tuple[Assessment | None, ...]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """How many publications of a source are held and current, and the doubts of each that was read with some."""

    held: int
    doubts: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    latest: int
    missing_runs: int
    version_id: int
    digest: str
    document_id: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class _Version:
    id: int
    number: int
    seen_at: dt.datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class _LotOf:
    version_id: int
    lot_id: int | None
    data: bytes | None
    tag: Verdict | None
    tag_trades: str | None


@dataclass(frozen=True, slots=True)
class _Listed:
    id: int
    key: str
    missing_runs: int


@dataclass(frozen=True, slots=True)
class _Told:
    number: int
    seen_at: dt.datetime
    first_seen: dt.datetime
    data: bytes
    position: int | None


@dataclass(frozen=True, slots=True)
class _Held:
    """A version that is held, with the identity of its notice."""

    notice_id: int
    source: str
    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Shown:
    """A lot whose facts come from a version."""

    id: int
    position: int
    stage: Stage
    deadline: dt.datetime | None
    awarded: int
    cancelled: int
    gone: int


# Versions carry whole notices: fewer of them at a time than of other rows.
_VERSIONS_AT_ONCE = 50


class Notices:
    """The tables `notices` and `notice_versions`, and what follows from them for the lots."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Notices whose lots wait for the end of `together`, each with those that it was linked with.
        self._waiting: dict[int, Collection[int]] | None = None

    @contextmanager
    def together(self, seen_at: dt.datetime) -> Iterator[None]:
        """One transaction for many notices, whose lots are brought up to date once, at its end.

        Twenty awards under one framework agreement then cost one look at it, not twenty.
        """
        with self._database.transaction():
            self._waiting = {}
            try:
                yield
                waiting, self._waiting = self._waiting, None
                among = {other for others in waiting.values() for other in others}
                if waiting:
                    join(self._database, list(waiting), seen_at, among=among)
            finally:
                self._waiting = None

    def _join(self, number: int, seen_at: dt.datetime, among: Collection[int] = ()) -> None:
        if self._waiting is None:
            join(self._database, [number], seen_at, among=among)
        else:
            self._waiting[number] = {*self._waiting.get(number, ()), *among}

    def hold(self, notice: Notice, seen_at: dt.datetime, document_id: int | None = None) -> Sight:
        """Keep what a source shows: a new notice, a new version, or nothing where the content is the newest held.

        Lots, where they stand and what changed in them for readers follow in the same transaction. `document_id` is
        the document that the notice was read from.
        """
        digest = changes.content_digest(notice)
        with self._database.transaction():
            known = self._known(notice)
            if known and known.digest == digest:
                self._freshen(known, notice, seen_at, document_id)
                return Sight.UNCHANGED
            # What a page was linked with before, in case that it names something else now.
            among = linked(self._database, [known.id]) if known and not changes.official(notice) else []
            number = self._add_version(known, notice, digest, seen_at, document_id)
            self._join(number, seen_at, among)
            return Sight.CHANGED if known else Sight.NEW

    def repair(self, version_id: int, notice: Notice, seen_at: dt.datetime) -> Sight:
        """Put what a mended parser reads in the place of what a version says, and bring its lots up to date.

        What readers were told wrongly is told as a change. UNCHANGED where the version says the same already. Raises
        ValueError where there is no such version, or where it is one of another notice.
        """
        with self._database.transaction():
            sql = (
                "SELECT notice_id, source, key, data FROM notice_versions JOIN notices ON notices.id = notice_id "
                "WHERE notice_versions.id = ?"
            )
            held = self._database.select_one(_Held, sql, (version_id,))
            if held is None or (held.source, held.key) != (notice.source, notice.key):
                raise ValueError(f"version {version_id} is none of {notice.source}:{notice.key}")
            if held.data == to_json(notice):
                return Sight.UNCHANGED
            before, among = self._sightings(version_id, held), linked(self._database, [held.notice_id])
            self._rewrite(version_id, held.notice_id, notice, seen_at)
            join(self._database, [held.notice_id], seen_at, before=before, among=among)
            return Sight.CHANGED

    def missed(self, source: str, listed_keys: Collection[str], seen_at: dt.datetime) -> tuple[str, ...]:
        """Note what a proven good run, which listed everything that is current, did not list; what that closed.

        Notices of `source` outside `listed_keys` are missed once more; after changes.PROVEN_RUNS such runs in a row
        they count as dropped, and lots that nothing else names are GONE. Listed ones are current again.
        """
        keys, proven = frozenset(listed_keys), changes.PROVEN_RUNS
        with self.together(seen_at):
            sql = "SELECT id, key, missing_runs FROM notices WHERE source = ?"
            rows = self._database.select(_Listed, sql, (source,))
            counted = [(row, 0 if row.key in keys else min(row.missing_runs + 1, proven)) for row in rows]
            self._count_missed([(row, runs) for row, runs in counted if runs != row.missing_runs], seen_at)
        return tuple(row.key for row, runs in counted if row.missing_runs < runs == proven)

    def drop(self, source: str, key: str, seen_at: dt.datetime) -> None:
        """Count a notice as one that its source no longer lists, at once: lots that nothing else names are GONE."""
        sql = "SELECT id, key, missing_runs FROM notices WHERE source = ? AND key = ?"
        with self._database.transaction():
            rows = self._database.select(_Listed, sql, (source, key))
            self._count_missed([(row, changes.PROVEN_RUNS) for row in rows], seen_at)

    def named_elsewhere(self, source: str, key: str) -> bool:
        """Whether another notice that is current names a lot that this notice names too."""
        current = (
            "FROM notices JOIN notice_versions ON notice_id = notices.id AND number = latest "
            "JOIN lot_versions ON version_id = notice_versions.id"
        )
        sql = (
            f"SELECT count(*) {current} WHERE (source, key) <> (?1, ?2) AND missing_runs < ?3 AND lot_id IN "
            f"(SELECT lot_id {current} WHERE source = ?1 AND key = ?2)"
        )
        return bool(self._database.number(sql, (source, key, changes.PROVEN_RUNS)))

    def dropped(self, source: str) -> frozenset[str]:
        """Keys of what proven runs no longer listed."""
        sql = "SELECT key FROM notices WHERE source = ? AND missing_runs >= ?"
        return frozenset(self._database.column(str, sql, (source, changes.PROVEN_RUNS)))

    def _count_missed(self, counted: Iterable[tuple[_Listed, int]], seen_at: dt.datetime) -> None:
        turned: list[int] = []
        for row, runs in counted:
            self._database.write("UPDATE notices SET missing_runs = ? WHERE id = ?", (runs, row.id))
            if changes.PROVEN_RUNS in (runs, row.missing_runs):
                turned.append(row.id)
        for number in turned:
            self._join(number, seen_at)

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

    def doubtful(self, source: str) -> Doubtful:
        """What was not sure when the current notices and agreements of a source were read, by their newest versions.

        Those that it no longer lists do not count, nor do agreements that follow from an award notice: they say what
        the notice says.
        """
        current = (
            "(SELECT data FROM notices JOIN notice_versions ON notice_id = notices.id AND number = latest "
            "WHERE source = ?1 AND missing_runs < ?2 UNION ALL "
            "SELECT data FROM agreements WHERE source = ?1 AND missing_runs < ?2 AND lot_id IS NULL)"
        )
        values = (source, changes.PROVEN_RUNS)
        found = self._database.column(
            str,
            "SELECT flags FROM (SELECT json_extract(CAST(data AS TEXT), '$.flags') AS flags "  # noqa: S608
            f"FROM {current}) WHERE flags <> '[]'",
            values,
        )
        held = self._database.number(f"SELECT count(*) FROM {current}", values)  # noqa: S608
        return Doubtful(held, tuple(from_json(one, tuple[str, ...]) for one in found))

    def history(self, lot_uid: str) -> tuple[Telling, ...]:
        """All that was said of a lot, over planning, calls, changes and awards, the first published first.

        Notices of its procedure that do not name it are told as well, without the lot.
        """
        sql = (
            "SELECT notice_versions.id, notice_id, number, notice_versions.seen_at, notices.first_seen, data, "
            "lot_versions.position FROM lots JOIN notices ON notices.procedure_key = lots.procedure_key "
            "JOIN notice_versions ON notice_id = notices.id "
            "LEFT JOIN lot_versions ON version_id = notice_versions.id AND lot_id = lots.id "
            "WHERE lots.uid = ? OR lots.id = (SELECT lot_id FROM lot_aliases WHERE lot_aliases.uid = ?) "
            "ORDER BY notice_versions.id"
        )
        rows = self._database.select(_Told, sql, (lot_uid, lot_uid))
        return changes.tellings(
            (from_json(row.data, Notice), row.number, row.seen_at, row.first_seen, row.position) for row in rows
        )

    def versions(self) -> Iterator[NoticeVersion]:
        """Every version of every notice in the order in which they were seen, without holding them all in memory."""
        sql = "SELECT id, number, seen_at, data FROM notice_versions WHERE id > ? ORDER BY id LIMIT ?"
        after = 0
        while page := self._database.select(_Version, sql, (after, _VERSIONS_AT_ONCE)):
            lots = self._lots_of([row.id for row in page])
            right = standing(self._database, (one.lot_id for found in lots.values() for one in found))
            for row in page:
                notice, found = from_json(row.data, Notice), lots.get(row.id, ())
                for position, one in enumerate(found):
                    notice = over(notice, position, right.get(one.lot_id or 0, ()))
                verdicts = tuple(effective(one.data, one.tag, one.tag_trades) for one in found)
                yield NoticeVersion(notice, row.number, row.seen_at, verdicts)
            after = page[-1].id

    def _known(self, notice: Notice) -> _Known | None:
        sql = (
            "SELECT notices.id, latest, missing_runs, notice_versions.id AS version_id, digest, document_id, data "
            "FROM notices JOIN notice_versions ON notice_id = notices.id AND number = latest "
            "WHERE source = ? AND key = ?"
        )
        return self._database.select_one(_Known, sql, (notice.source, notice.key))

    def _freshen(self, known: _Known, notice: Notice, seen_at: dt.datetime, document_id: int | None) -> None:
        """The newest version was seen again: in which document, with which remarks, and listed after all."""
        if document_id is not None and document_id != known.document_id:
            sql = "UPDATE notice_versions SET document_id = ? WHERE id = ?"
            self._database.write(sql, (document_id, known.version_id))
        if known.missing_runs:
            self._count_missed([(_Listed(known.id, notice.key, known.missing_runs), 0)], seen_at)
        held = from_json(known.data, Notice)
        if held.flags != notice.flags:
            data = to_json(replace(held, flags=notice.flags))
            self._database.write("UPDATE notice_versions SET data = ? WHERE id = ?", (data, known.version_id))
            self._join(known.id, seen_at)

    def _add_version(
        self, known: _Known | None, notice: Notice, digest: str, seen_at: dt.datetime, document_id: int | None
    ) -> int:
        """A version with its lots, which belong to nothing yet; the id of its notice."""
        number = known.latest + 1 if known else 1
        if known:
            sql = "UPDATE notices SET latest = ?, missing_runs = 0 WHERE id = ?"
            self._database.write(sql, (number, known.id))
        notice_id = known.id if known else self._add_notice(notice, seen_at)
        version = self._database.insert(
            "INSERT INTO notice_versions (notice_id, number, digest, seen_at, publication_number, procedure_id, "
            "stage, published, data, document_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (notice_id, number, digest, stamp(seen_at), *_columns(notice), to_json(notice), document_id),
        )
        self._add_lots(version, notice, range(len(notice.lots)))
        note_names(self._database, notice_id, notice)
        return notice_id

    def _add_notice(self, notice: Notice, seen_at: dt.datetime) -> int:
        return self._database.insert(
            "INSERT INTO notices (source, key, procedure_key, first_seen, latest) VALUES (?, ?, ?, ?, 1)",
            (notice.source, notice.key, free_key(self._database, notice), stamp(seen_at)),
        )

    def _add_lots(self, version: int, notice: Notice, positions: Iterable[int]) -> None:
        self._database.write_many(
            "INSERT INTO lot_versions (version_id, position, kind, lot_label) VALUES (?, ?, ?, ?)",
            [(version, position, notice.lots[position].kind, notice.lots[position].lot_id) for position in positions],
        )

    def _sightings(self, version_id: int, held: _Held) -> dict[int, Sighting]:
        """The lots whose facts come from a version, as readers know them."""
        sql = (
            "SELECT lots.id, position, stage, deadline, awarded, cancelled, gone FROM lots "
            "JOIN lot_versions ON lot_versions.id = facts_id WHERE version_id = ?"
        )
        rows, notice = self._database.select(_Shown, sql, (version_id,)), from_json(held.data, Notice)
        right = standing(self._database, (row.id for row in rows))
        return {
            row.id: Sighting(
                corrected(notice.lots[row.position], right.get(row.id, ())),
                notice,
                Standing(row.stage, row.deadline, bool(row.awarded), bool(row.cancelled), bool(row.gone)),
            )
            for row in rows
        }

    def _rewrite(self, version_id: int, notice_id: int, notice: Notice, seen_at: dt.datetime) -> None:
        """Another text for a version. Its lots wait for their verdicts again; the notice's names are read anew."""
        lot_ids = "(SELECT id FROM lot_versions WHERE version_id = ?)"
        condition = f"lot_version_id IN {lot_ids}"
        withhold_verdicts(self._database, Reason.REPARSE, condition, (version_id,), stamp(seen_at))
        self._database.write(f"DELETE FROM assessments WHERE lot_version_id IN {lot_ids}", (version_id,))  # noqa: S608
        self._database.write(
            "UPDATE notice_versions SET digest = ?, publication_number = ?, procedure_id = ?, stage = ?, "
            "published = ?, data = ? WHERE id = ?",
            (changes.content_digest(notice), *_columns(notice), to_json(notice), version_id),
        )
        kept = self._database.number("SELECT count(*) FROM lot_versions WHERE version_id = ?", (version_id,))
        self._database.write_many(
            "UPDATE lot_versions SET kind = ?, lot_label = ? WHERE version_id = ? AND position = ?",
            [(lot.kind, lot.lot_id, version_id, position) for position, lot in enumerate(notice.lots[:kept])],
        )
        self._add_lots(version_id, notice, range(kept, len(notice.lots)))
        gone = "SELECT id FROM lot_versions WHERE version_id = ? AND position >= ?"
        values = (version_id, len(notice.lots))
        self._database.write(f"UPDATE lots SET facts_id = NULL WHERE facts_id IN ({gone})", values)  # noqa: S608
        self._database.write("DELETE FROM lot_versions WHERE version_id = ? AND position >= ?", values)
        self._database.write("DELETE FROM procedure_names WHERE notice_id = ? AND name NOT LIKE 'pair:%'", (notice_id,))
        self._database.write("UPDATE notices SET official = 0 WHERE id = ?", (notice_id,))
        versions = self._database.column(
            bytes, "SELECT data FROM notice_versions WHERE notice_id = ? ORDER BY number", (notice_id,)
        )
        for data in versions:
            note_names(self._database, notice_id, from_json(data, Notice))

    def _lots_of(self, versions: list[int]) -> dict[int, tuple[_LotOf, ...]]:
        """The lots of these versions in their order, with their verdicts."""
        sql = (
            "SELECT version_id, lot_versions.lot_id, data, tags.verdict AS tag, tags.trades AS tag_trades "  # noqa: S608
            "FROM lot_versions LEFT JOIN assessments ON lot_version_id = lot_versions.id "
            f"LEFT JOIN tags ON tags.id = {standing_tag('lot_versions.lot_id')} "
            f"WHERE version_id IN ({marks(versions)}) ORDER BY version_id, position"
        )
        rows = groupby(self._database.select(_LotOf, sql, versions), key=lambda row: row.version_id)
        return {version: tuple(group) for version, group in rows}


def _columns(notice: Notice) -> tuple[str, str, str, str | None]:
    """What is searched of a version, in the order of the table's columns."""
    published = notice.published.isoformat() if notice.published else None
    return (notice.publication_number, notice.procedure_id, notice.stage, published)
