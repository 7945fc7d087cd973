"""After a notice was held: which procedure it belongs to now, and which of the procedure's lots are one.

Reads the names and lots of everything that the notice is linked with, lets `merging` decide, and writes what that is.
A lot keeps its identity through all of it. Where two lots turn out to be one, the one first seen stays; the other's
identity and page live on as its aliases, and what subscribers were told of either was told of the one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from notifier import changes, merging
from notifier.changes import Sighting
from notifier.corrections import Hidden
from notifier.lots import FieldChange, Notice, Stage
from notifier.merging import LotKey, Named, Place, Same, Tie
from notifier.store.assessments import judge_again
from notifier.store.awarded import settle_agreements
from notifier.store.database import Database, Value
from notifier.store.feedback import absorb_answers
from notifier.store.overlay import STANDS, moot_ones, standing
from notifier.store.reading import NoticeReader
from notifier.store.sights import chunks, free_slug, marks
from notifier.store.standings import (
    History,
    LotRow,
    Naming,
    NoticeRow,
    PutRight,
    add_change,
    forget,
    row_standing,
    settle_lot,
    stand_again,
)
from notifier.store.values import from_json, stamp
from notifier.store.withheld import absorb_withheld


@dataclass(frozen=True, slots=True)
class _Tied:
    notice_id: int
    name: str
    tie: Tie


@dataclass(frozen=True, slots=True)
class _Version:
    id: int
    notice_id: int
    data: bytes


_NOTICES = (
    "SELECT notices.id, source, key, procedure_key, first_seen, official, missing_runs, stage, published, "
    "publication_number, notice_versions.id AS version_id FROM notices "
    "JOIN notice_versions ON notice_id = notices.id AND number = latest"
)
_NAMINGS = (
    "SELECT lot_versions.id, lot_id, notice_id, version_id, position, kind, lot_label FROM lot_versions "
    "JOIN notice_versions ON notice_versions.id = version_id"
)
_LOTS = (
    "SELECT id, uid, procedure_key, first_seen, facts_id, stage, deadline, awarded, cancelled, gone FROM lots "
    "WHERE procedure_key"
)


def note_names(database: Database, notice_id: int, notice: Notice) -> None:
    """Keep the names that a version of a notice gives, beside those that it gave before.

    A page that now names another procedure altogether is about another one: then only the new names hold. A page that
    names none any more was read badly, or lost a link: it stays where it is.
    """
    own = {name for name, tie in merging.names_of(notice) if tie is Tie.OWN}
    if own and not changes.official(notice):
        before = "FROM procedure_names WHERE notice_id = ? AND name NOT LIKE 'pair:%'"
        held = database.column(str, f"SELECT name {before} AND tie = 'own'", (notice_id,))
        if held and not own & set(held):
            database.write(f"DELETE {before}", (notice_id,))
    database.write_many(
        "INSERT INTO procedure_names (name, notice_id, tie) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(name, notice_id, tie) for name, tie in sorted(merging.names_of(notice))],
    )
    if changes.official(notice):
        database.write("UPDATE notices SET official = 1 WHERE id = ? AND official = 0", (notice_id,))


def note_all_names(database: Database) -> None:
    """Keep the names of everything that is held, and join what they join. Readers are told nothing of it."""
    after, ids = 0, list[int]()
    while page := database.select(
        _Version, "SELECT id, notice_id, data FROM notice_versions WHERE id > ? ORDER BY id LIMIT 50", (after,)
    ):
        for row in page:
            note_names(database, row.notice_id, from_json(row.data, Notice))
        ids += [row.notice_id for row in page]
        after = page[-1].id
    done: set[int] = set()
    for notice_id in dict.fromkeys(ids):
        if notice_id not in done:
            found = linked(database, [notice_id])
            done.update(found)
            if len(found) > 1:
                join(database, found, None)


def linked(database: Database, notice_ids: Collection[int]) -> list[int]:
    """These notices and all that names link them with, over any number of steps.

    Of two notices at least one owns the name that links them. Each name is asked for once, however many have it.
    """
    mates = "SELECT mate.id FROM notices AS mate JOIN notices AS one USING (procedure_key) WHERE one.id IN ({})"
    found = dict.fromkeys([*notice_ids, *_ask(database, mates, notice_ids)])
    fresh, seen = list(found), set[tuple[str, bool]]()
    while fresh:
        ties = [row for chunk in chunks(fresh) for row in database.select(_Tied, _TIES.format(marks(chunk)), chunk)]
        names = {(row.name, row.tie is Tie.OWN) for row in ties} - seen
        seen |= names
        holders = _ask(database, _HOLDERS, [name for name, own in names if own])
        owners = _ask(database, f"{_HOLDERS} AND tie = 'own'", [name for name, own in names if not own])
        fresh = [number for number in dict.fromkeys([*holders, *owners]) if number not in found]
        found.update(dict.fromkeys(fresh))
    return list(found)


_TIES = "SELECT notice_id, name, tie FROM procedure_names WHERE notice_id IN ({})"
_HOLDERS = "SELECT notice_id FROM procedure_names WHERE name IN ({})"


def _ask(database: Database, sql: str, values: Iterable[Value]) -> list[int]:
    """The ids that a statement answers for any number of values."""
    return [number for chunk in chunks(values) for number in database.column(int, sql.format(marks(chunk)), chunk)]


def join(
    database: Database,
    notice_ids: Collection[int],
    seen_at: dt.datetime | None,
    *,
    before: Mapping[int, Sighting] | None = None,
    among: Collection[int] = (),
    ours: bool = False,
) -> None:
    """Bring procedures and lots up to date after these notices have changed, in the transaction that changed them.

    `before` are sightings of lots whose text the store no longer has, by the lots' ids; `among` further notices that
    may have been linked with these. Without `seen_at` no change is told. `ours`: what changes is what an officer put
    right.
    """
    notices = _read_notices(database, linked(database, [*notice_ids, *among]))
    parts = _parts(database, notices)
    dirty = _dirty(parts, notices, set(notice_ids))
    keys = {notices[number].procedure_key for part in dirty.values() for number in part} | dirty.keys()
    for key, part in dirty.items():
        moved = [number for number in part if notices[number].procedure_key != key]
        database.write_many("UPDATE notices SET procedure_key = ? WHERE id = ?", [(key, one) for one in moved])
    rows = {key: [notices[one] for one in sorted(part)] for key, part in dirty.items()}
    work = _Work(database, rows, keys, seen_at)
    work.assign_lots()
    work.settle(before or {}, ours=ours)


def _read_notices(database: Database, ids: Collection[int]) -> dict[int, NoticeRow]:
    rows = (
        row
        for chunk in chunks(ids)
        for row in database.select(NoticeRow, f"{_NOTICES} WHERE notices.id IN ({marks(chunk)})", chunk)
    )
    return {row.id: row for row in rows}


# -- procedures --------------------------------------------------------------------------------------------------------


def _parts(database: Database, notices: Mapping[int, NoticeRow]) -> dict[str, frozenset[int]]:
    """The procedures that these notices form, by their keys: each keeps the key of the notice that was first seen."""
    if len(notices) == 1:
        return {next(iter(notices.values())).procedure_key: frozenset(notices)}
    names: dict[int, set[tuple[str, Tie]]] = defaultdict(set)
    for chunk in chunks(notices):
        for row in database.select(_Tied, _TIES.format(marks(chunk)), chunk):
            names[row.notice_id].add((row.name, row.tie))
    named = [
        Named(row.id, row.stage, bool(row.official), _order(row), frozenset(names[row.id])) for row in notices.values()
    ]
    parts: dict[str, frozenset[int]] = {}
    for part in sorted(merging.procedures(named), key=lambda ids: min(_age(notices[one]) for one in ids)):
        by_age = sorted((notices[one] for one in part), key=_age)
        wanted = [row.procedure_key for row in by_age] + [f"{row.source}:{row.key}" for row in by_age]
        parts[_free_key(database, wanted, parts, notices)] = part
    return parts


def _age(row: NoticeRow) -> tuple[dt.datetime, int]:
    return (row.first_seen, row.id)


def _order(row: NoticeRow) -> tuple[dt.date, int, str, str]:
    return changes.order_of(row.published or row.first_seen.date(), row.publication_number, row.source, row.key)


def free_key(database: Database, notice: Notice) -> str:
    """The key of a procedure for a notice that nothing is known of yet; `join` gives it the one that it belongs to."""
    own = f"{notice.source}:{notice.key}"
    return next(key for key in _numbered([changes.procedure_key(notice), own]) if not _is_taken(database, key))


def _numbered(wanted: Sequence[str]) -> Iterator[str]:
    """The wanted keys, and then as many more as are asked for."""
    return chain(wanted, (f"{wanted[-1]}#{number}" for number in count(2)))


def _is_taken(database: Database, key: str) -> bool:
    return bool(database.number("SELECT count(*) FROM notices WHERE procedure_key = ?", (key,)))


def _free_key(
    database: Database, wanted: Sequence[str], taken: Collection[str], notices: Mapping[int, NoticeRow]
) -> str:
    """The first of the wanted keys that no other procedure has, or one made from it."""
    ours = {row.procedure_key for row in notices.values()}
    # Everything that has one of our keys is among these notices.
    free = (key for key in _numbered(wanted) if key not in taken and (key in ours or not _is_taken(database, key)))
    return next(free)


def _dirty(
    parts: Mapping[str, frozenset[int]], notices: Mapping[int, NoticeRow], changed: Collection[int]
) -> dict[str, frozenset[int]]:
    """The procedures that have one of the changed notices, or are not what they were."""
    was: dict[str, set[int]] = defaultdict(set)
    for row in notices.values():
        was[row.procedure_key].add(row.id)
    return {key: part for key, part in parts.items() if part & set(changed) or was[key] != set(part)}


# -- lots --------------------------------------------------------------------------------------------------------------


class _Work:
    """The lots of some procedures, from what their notices name to rows of `lots`."""

    def __init__(
        self,
        database: Database,
        parts: Mapping[str, Sequence[NoticeRow]],
        keys: Collection[str],
        seen_at: dt.datetime | None,
    ) -> None:
        self._database = database
        self._parts = parts
        self._seen_at = seen_at
        self._part_of = {row.id: key for key, rows in parts.items() for row in rows}
        self._rows: dict[int, LotRow] = {}
        for chunk in chunks(sorted(keys)):
            rows = database.select(LotRow, f"{_LOTS} IN ({marks(chunk)}) ORDER BY id", chunk)
            self._rows |= {row.id: row for row in rows}
        self._right_before = standing(database, self._rows)
        self._namings = self._read_namings()
        self._places = _places(self._namings)
        self._named: dict[Place, list[Naming]] = defaultdict(list)  # older versions first
        for naming in self._namings:
            self._named[naming.notice_id, self._places[naming.id]].append(naming)
        self._history = self._read_history()
        self._classes = {key: self._same_lots(rows) for key, rows in parts.items()}
        self._class_of = {place: same for found in self._classes.values() for same in found for place in same}
        self._lots: dict[Same, LotRow] = {}

    def _read_namings(self) -> list[Naming]:
        """Every naming of a lot, older versions of a notice first."""
        return [
            row
            for chunk in chunks(sorted(self._part_of))
            for row in self._database.select(
                Naming, f"{_NAMINGS} WHERE notice_id IN ({marks(chunk)}) ORDER BY version_id, position", chunk
            )
        ]

    def _read_history(self) -> History:
        notices = [row for rows in self._parts.values() for row in rows]
        newest = [found[-1] for found in self._named.values()]
        facts = {row.facts_id for row in self._rows.values()}
        pages = {row.id for row in notices if not row.official}
        versions = {row.version_id for row in notices} | {naming.version_id for naming in newest}
        # Older versions are read only where readers were told them, or where titles tell lots apart.
        versions |= {one.version_id for one in self._namings if one.id in facts or one.notice_id in pages}
        return History(self._namings, NoticeReader(self._database).read(versions))

    def _same_lots(self, rows: Sequence[NoticeRow]) -> list[Same]:
        ids = {row.id for row in rows}
        titles: dict[int, dict[LotKey, set[str]]] = defaultdict(dict)
        for naming in self._namings:
            if naming.notice_id in ids:
                found = titles[naming.notice_id].setdefault(self._places[naming.id], set())
                if (lot := self._history.lot_or_none(naming)) is not None:
                    found.add(merging.title_key(lot.title))
        return merging.same_lots(
            [
                merging.Listing(
                    row.id,
                    row.source,
                    bool(row.official),
                    bool(self._history.notice(row.version_id).procedure_id),
                    {key: frozenset(found) for key, found in titles[row.id].items()},
                )
                for row in rows
                if row.id in titles
            ]
        )

    def assign_lots(self) -> None:
        """Give every lot its row, and every naming its lot."""
        claims, orphans = self._claims()
        absorbed: list[tuple[LotRow, LotRow]] = []
        for key, found in self._classes.items():
            for same in found:
                claimed = claims.get(same) or self._orphan(orphans, key, same) or [self._add(key, same)]
                self._lots[same] = claimed[0]
                absorbed += [(other, claimed[0]) for other in claimed[1:]]
        for orphan, key in orphans:
            heir = self._heir(key, orphan)
            if heir is not None:
                absorbed.append((orphan, heir))
            else:
                forget(self._database, orphan)
        self._pass_on({old.id for old, _ in absorbed})
        self._write_namings()
        for old, new in absorbed:
            absorb(self._database, old, new, self._seen_at)
        for key, found in self._classes.items():
            moved = [self._lots[same] for same in found if self._lots[same].procedure_key != key]
            self._database.write_many(
                "UPDATE lots SET procedure_key = ? WHERE id = ?", [(key, row.id) for row in moved]
            )

    def _claims(self) -> tuple[dict[Same, list[LotRow]], list[tuple[LotRow, str]]]:
        """Which rows each lot has so far, the one first seen first; and the rows that no lot has, with their procedure.

        A row belongs to the lot that its facts come from: that is what readers were told.
        """
        namings: dict[int, list[Naming]] = defaultdict(list)
        for naming in self._namings:
            if naming.lot_id is not None:
                namings[naming.lot_id].append(naming)
        claims: dict[Same, list[LotRow]] = defaultdict(list)
        orphans: list[tuple[LotRow, str]] = []
        for row in sorted(self._rows.values(), key=lambda row: (row.first_seen, row.id)):
            named = sorted(namings[row.id], key=lambda naming: (naming.id != row.facts_id, naming.id))
            places = [(naming.notice_id, self._places[naming.id]) for naming in named]
            same = next((self._class_of[place] for place in places if place in self._class_of), None)
            if same is not None:
                claims[same].append(row)
            else:
                part = self._part_of[named[0].notice_id] if named else self._successor(row.procedure_key)
                orphans.append((row, part))
        return claims, orphans

    def _successor(self, key: str) -> str:
        """The procedure that goes on with one of that key."""
        return key if key in self._parts else next(part for part, rows in self._parts.items() if _has_been(key, rows))

    def _orphan(self, orphans: list[tuple[LotRow, str]], key: str, same: Same) -> list[LotRow]:
        """A row whose lot stood for the procedure as a whole until its lots were known: the first of them takes it."""
        kind = _first(same)[1].kind
        for number, (row, part) in enumerate(orphans):
            if part == key and row.kind is kind:
                del orphans[number]
                return [row]
        return []

    def _heir(self, key: str, orphan: LotRow) -> LotRow | None:
        """The lot that a row leads to which is no lot of its own any more."""
        rows = [self._lots[same] for same in self._classes[key]]
        return next((row for row in rows if row.kind is orphan.kind), rows[0] if rows else None)

    def _add(self, key: str, same: Same) -> LotRow:
        """A new row for a lot that has none."""
        naming = min((self._named[place][-1] for place in same), key=lambda one: one.id)
        notice = self._history.notice(naming.version_id)
        lot = notice.lots[naming.position]
        uid = self._free_uid(changes.lot_uid(key, lot, naming.position))
        ids = {number for number, _ in same}
        seen = self._seen_at or min(row.first_seen for row in self._parts[key] if row.id in ids)
        row_id = self._database.insert(
            "INSERT INTO lots (uid, slug, procedure_key, first_seen, stage, awarded, cancelled, gone) "
            "VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
            (uid, free_slug(self._database, "lots", lot.title or notice.title, uid), key, stamp(seen), notice.stage),
        )
        return LotRow(row_id, uid, key, seen, None, notice.stage, None, 0, 0, 0)

    def _free_uid(self, wanted: str) -> str:
        sql = "SELECT (SELECT count(*) FROM lots WHERE uid = ?1) + (SELECT count(*) FROM lot_aliases WHERE uid = ?1)"
        return next(uid for uid in _numbered([wanted]) if not self._database.number(sql, (uid,)))

    def _pass_on(self, absorbed: set[int]) -> None:
        """What was told of a lot was told of what splits off from it: who was told then is not told again.

        Of a lot that has anything beside it which nobody was told of, everybody is told.
        """
        stood_in = {notice.id: notice.procedure_key for notices in self._parts.values() for notice in notices}
        for same, row in self._lots.items():
            called = [place for place in same if self._history.notice(self._version(place)).stage is not Stage.PLANNING]
            before: set[int] = set()
            for number, key in called:
                lot_id = self._named[number, key][-1].lot_id
                # What stood for a procedure as a whole was told with any lot of that.
                whole = {one.id for one in self._rows.values() if one.procedure_key == stood_in[number]}
                sources = whole if lot_id is None else {lot_id}
                if not sources:
                    break
                before |= sources
            else:
                if before and row.id not in before and not before & absorbed:
                    self._tell_of(row, before, [self._version(place) for place in called])

    def _tell_of(self, row: LotRow, others: set[int], versions: list[int]) -> None:
        """Whoever was told of one of the other lots, after all these versions were there, was told of this one."""
        seen = f"SELECT max(seen_at) FROM notice_versions WHERE id IN ({marks(versions)})"  # noqa: S608
        for lot_id in others:
            self._database.write(
                "INSERT OR IGNORE INTO announcements (subscriber_id, kind, item_uid, key, digest_id) "  # noqa: S608
                "SELECT announcements.subscriber_id, kind, ?, key, digest_id FROM announcements "
                "JOIN lots ON lots.uid = item_uid JOIN digests ON digests.id = digest_id "
                f"WHERE lots.id = ? AND digests.created >= ({seen})",
                (row.uid, lot_id, *versions),
            )

    def _version(self, place: Place) -> int:
        """The newest version that names a lot in that place."""
        return self._named[place][-1].version_id

    def _write_namings(self) -> None:
        moved: list[tuple[int | None, int]] = []
        for naming in self._namings:
            same = self._class_of.get((naming.notice_id, self._places[naming.id]))
            lot_id = self._lots[same].id if same is not None else None
            if lot_id != naming.lot_id:
                moved.append((lot_id, naming.id))
        self._database.write_many("UPDATE lot_versions SET lot_id = ? WHERE id = ?", moved)

    def settle(self, before: Mapping[int, Sighting], *, ours: bool = False) -> None:
        """Say where each lot stands now, and what changed in it for readers."""
        lot_ids = [row.id for row in self._lots.values()]
        right, moot = standing(self._database, lot_ids), moot_ones(self._database, lot_ids)
        for key, found in self._classes.items():
            for same in found:
                row = self._lots[same]
                named = {place[0]: self._named[place][-1] for place in sorted(same, reverse=True)}
                said, known = self._history.publications(self._parts[key], named), before.get(row.id)
                stands = right.get(row.id, ())
                if row.id in moot and self._seen_at is not None:
                    earlier = known or self._known(row)
                    stands += stand_again(self._database, said, moot[row.id], earlier.lot if earlier else None)
                put_right = PutRight(self._right_before.get(row.id, ()), stands, ours)
                publications = [put_right.seen(one) for one in said]
                settle_lot(self._database, row, publications, self._history, self._seen_at, known, put_right)
                told = [one.publication for one in publications]
                settle_agreements(self._database, row, told, self._seen_at or row.first_seen)

    def _known(self, row: LotRow) -> Sighting | None:
        """A lot as readers know it so far."""
        if row.facts_id is None:
            return None
        return self._history.sighting(row.facts_id, row_standing(row), self._right_before.get(row.id, ()))


def _has_been(key: str, rows: Sequence[NoticeRow]) -> bool:
    return any(row.procedure_key == key for row in rows)


def _places(namings: Iterable[Naming]) -> dict[int, LotKey]:
    """The place in its notice of every naming, by the naming's id."""
    by_version: dict[int, list[Naming]] = defaultdict(list)
    for naming in namings:
        by_version[naming.version_id].append(naming)
    return {
        naming.id: key
        for found in by_version.values()
        for naming, key in zip(found, merging.lot_keys([(one.kind, one.lot_label) for one in found]), strict=True)
    }


def _first(same: Same) -> Place:
    return next(iter(same))


def absorb(database: Database, old: LotRow, new: LotRow, seen_at: dt.datetime | None = None) -> None:
    """Make one lot an alias of another: its page, what was told of it, its changes and its agreements go there.

    So does what an officer did to it. Without `seen_at` no change is told.
    """
    database.write(
        "INSERT INTO lot_aliases (uid, slug, lot_id) SELECT uid, slug, ? FROM lots WHERE id = ?", (new.id, old.id)
    )
    # A round that drew both asks about the one lot under both; nothing forbids that two tags stand: the newest wins.
    database.write(
        "DELETE FROM draws WHERE lot_id = ? AND (round, kind) IN (SELECT round, kind FROM draws WHERE lot_id = ?)",
        (old.id, new.id),
    )
    absorb_withheld(database, old.id, new.id)
    absorb_answers(database, old.id, new.id)
    _absorb_corrections(database, old.id, new.id)
    _absorb_hidden(database, old.id, new.id, seen_at)
    for table in ("lot_aliases", "lot_changes", "agreements", "tags", "draws", "notes"):
        database.write(f"UPDATE {table} SET lot_id = ? WHERE lot_id = ?", (new.id, old.id))  # noqa: S608
    # Who was told of both was told of the one: a telling that is there already stays, the other goes. But one that
    # has left comes before one that may still be taken back.
    database.write(
        "DELETE FROM announcements WHERE item_uid = ?1 AND EXISTS (SELECT 1 FROM announcements AS other "
        "JOIN outbox ON outbox.digest_id = other.digest_id WHERE other.item_uid = ?2 AND outbox.begun = 1 "
        "AND other.subscriber_id = announcements.subscriber_id AND other.kind = announcements.kind "
        "AND other.key = announcements.key)",
        (new.uid, old.uid),
    )
    database.write("UPDATE OR IGNORE announcements SET item_uid = ? WHERE item_uid = ?", (new.uid, old.uid))
    database.write("DELETE FROM announcements WHERE item_uid = ?", (old.uid,))
    database.write("DELETE FROM lots WHERE id = ?", (old.id,))


def _absorb_corrections(database: Database, old: int, new: int) -> None:
    """What was put right in either is right in the one; where both have a field, the newer word stands."""
    if not database.number("SELECT count(*) FROM corrections WHERE lot_id = ?", (old,)):
        return
    newer = (
        f"FROM corrections AS newer WHERE newer.{STANDS.replace('AND ', 'AND newer.')} "
        "AND newer.lot_id IN (?1, ?2) AND newer.field = corrections.field AND newer.id > corrections.id"
    )
    database.write(
        f"UPDATE corrections SET removed_at = (SELECT made_at {newer}), removed_by = (SELECT who {newer}) "  # noqa: S608
        f"WHERE {STANDS} AND lot_id IN (?1, ?2) AND EXISTS (SELECT 1 {newer})",
        (old, new),
    )
    database.write("UPDATE corrections SET lot_id = ? WHERE lot_id = ?", (new, old))
    judge_again(database, new)


def _absorb_hidden(database: Database, old: int, new: int, seen_at: dt.datetime | None) -> None:
    """A lot that does not belong here stays off the lists; one that only stood there twice is shown as the one."""
    sql = "SELECT hidden FROM lots WHERE id = ?"
    was, other = (Hidden(database.number(sql, (lot,))) for lot in (new, old))
    hidden = Hidden.ELSEWHERE if Hidden.ELSEWHERE in (was, other) else Hidden.NO
    if hidden is not was:
        database.write("UPDATE lots SET hidden = ? WHERE id = ?", (int(hidden), new))
    # That either was taken off is told of the one from here on: where it is shown, that has to be told as well.
    if seen_at is not None and (bool(hidden) != bool(was) or (other and not hidden)):
        words = ("", "yes") if hidden else ("yes", "")
        add_change(database, new, seen_at, (FieldChange("hidden", *words, ours=True),))
