"""The catalogue: one narrow row for each lot that has a verdict, for lists that are filtered, sorted and searched.

Everything in it follows from the other tables. Triggers note which lots have changed (`stale`); `notifier.catalogue`
makes their rows anew. A lot's own page reads the lot itself, never this.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from notifier.lots import Verdict
from notifier.store.database import Database, Value
from notifier.store.sights import CHUNK, chunks, marks
from notifier.store.values import stamp

NO_END = "9999"  # sorts after every moment: no deadline is known
COUNTED = 1000  # counts stop there: a reader is told "1.000+"


@dataclass(frozen=True, slots=True)
class Entry:
    """A lot as lists have it. `rows_da` and `rows_en` are JSON of catalogue.Rows; `doubt` is how sure the machine is
    (catalogue.Doubt)."""

    uid: str
    source: str
    procedure: str
    ends: dt.datetime | None  # the deadline to act on
    live: bool  # followed, planned or called for, neither awarded, cancelled nor gone, its deadline not passed
    planned: bool
    verdict: Verdict  # what counts
    doubt: int
    tagged: bool
    hidden: bool
    fingerprint: str
    first_seen: dt.datetime
    buyer: str
    trades: tuple[str, ...]
    title: str
    words: str  # all that is searched beside title and buyer
    rows_da: bytes
    rows_en: bytes
    partial: bool = False  # whether it says more than is searched
    followed: bool = True  # whether it is of the town or of the places that it follows


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; what is empty does not filter. `by` is a last moment for the deadline."""

    text: str = ""
    verdict: Verdict | None = None
    trade: str = ""
    source: str = ""
    buyer: str = ""
    by: dt.datetime | None = None
    tagged: bool | None = None
    procedure: str = ""
    buyer_text: str = ""  # words that stand in the buyer's name
    planned: bool | None = None  # of public lots: planned ones alone, or called for ones

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Sought:
    """Public lots that may concern somebody: of one of these trades, or with one of these texts.

    A text is found where all its words are, each at least SHORTEST letters long. A lot is among them as well where
    not all that it says is searched (Entry.partial). None for `trades` is every lot.
    """

    trades: tuple[str, ...] | None = None
    texts: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()  # one of these; none for any
    planned: bool = True  # whether planned ones too


@dataclass(frozen=True, slots=True)
class Found:
    """A row that was found. `rows` is JSON of catalogue.Rows in the language that was asked for."""

    lot_id: int
    uid: str
    slug: str
    source: str
    procedure: str
    verdict: Verdict
    machine: Verdict
    doubt: int
    sampled: bool
    tagged: bool
    hidden: bool
    public: bool
    tag: int  # the number of the tag that counts, 0 for none: what an officer has seen when they decide
    rows: bytes


@dataclass(frozen=True, slots=True)
class _Found:
    lot_id: int
    uid: str
    slug: str
    source: str
    procedure: str
    verdict: Verdict
    machine: Verdict
    doubt: int
    sampled: int
    tagged: int
    hidden: int
    public: int
    tag: int
    rows: bytes


class Catalogue:
    """The tables `catalogue…`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- kept up to date ---------------------------------------------------------------------------------------------

    def stale(self, limit: int = CHUNK) -> tuple[str, ...]:
        """Identities of lots whose rows have to be made anew, at most so many."""
        sql = "SELECT uid FROM catalogue_stale JOIN lots ON lots.id = lot_id ORDER BY lot_id LIMIT ?"
        return tuple(self._database.column(str, sql, (limit,)))

    def make_anew(self) -> None:
        """Note all lots as stale."""
        self._database.write(
            "INSERT INTO catalogue_stale SELECT id FROM lots "
            "WHERE NOT EXISTS (SELECT 1 FROM catalogue_stale WHERE lot_id = lots.id)"
        )

    def note_passed(self, now: dt.datetime) -> None:
        """Note those lots as stale whose deadline has passed since their rows were made: nobody wrote to them, but
        they are not live any more, and must not stand among those that one can choose from."""
        self._database.write(
            "INSERT INTO catalogue_stale SELECT lot_id FROM catalogue INDEXED BY catalogue_by_buyer "
            "WHERE live = 1 AND ends < ? AND NOT EXISTS (SELECT 1 FROM catalogue_stale AS noted "
            "WHERE noted.lot_id = catalogue.lot_id)",
            (stamp(now),),
        )

    def save(self, entries: Iterable[Entry], asked: Iterable[str]) -> None:
        """Keep these rows; lots that were asked for and have none, for nobody has judged them, leave the lists."""
        entries, asked = tuple(entries), tuple(asked)
        with self._database.transaction():
            self._forget(set(asked) - {entry.uid for entry in entries})
            ids = self._ids(entry.uid for entry in entries)
            for entry in entries:
                if entry.uid in ids:
                    self._save(ids[entry.uid], entry)
            for chunk in chunks(asked):
                self._database.write(
                    "DELETE FROM catalogue_stale WHERE lot_id IN (SELECT id FROM lots "  # noqa: S608
                    f"WHERE uid IN ({marks(chunk)}))",
                    chunk,
                )

    def _ids(self, uids: Iterable[str]) -> dict[str, int]:
        ids: dict[str, int] = {}
        for chunk in chunks(uids):
            rows = self._database.select(_Id, f"SELECT id, uid FROM lots WHERE uid IN ({marks(chunk)})", chunk)  # noqa: S608
            ids |= {row.uid: row.id for row in rows}
        return ids

    def _forget(self, uids: Iterable[str]) -> None:
        for chunk in chunks(uids):
            self._database.write(
                f"DELETE FROM catalogue WHERE lot_id IN (SELECT id FROM lots WHERE uid IN ({marks(chunk)}))",  # noqa: S608
                chunk,
            )

    def _save(self, lot_id: int, entry: Entry) -> None:
        self._database.write(
            "INSERT INTO catalogue (lot_id, source, procedure_key, ends, live, planned, verdict, machine, doubt, "  # noqa: S608
            "sampled, tagged, hidden, public, fingerprint, first_seen, buyer, tagged_by, rows_da, rows_en, partial, "
            "followed) "
            f"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, {_MACHINE}, {_DOUBT}, {_SAMPLED}, ?9, ?10, {_PUBLIC}, "
            f"?11, ?12, ?13, {_TAGGED_BY}, ?14, ?15, ?16, ?17) "
            "ON CONFLICT (lot_id) DO UPDATE SET source = excluded.source, procedure_key = excluded.procedure_key, "
            "ends = excluded.ends, live = excluded.live, planned = excluded.planned, verdict = excluded.verdict, "
            "machine = excluded.machine, doubt = excluded.doubt, sampled = excluded.sampled, "
            "tagged = excluded.tagged, hidden = excluded.hidden, public = excluded.public, "
            "fingerprint = excluded.fingerprint, first_seen = excluded.first_seen, buyer = excluded.buyer, "
            "tagged_by = excluded.tagged_by, "
            "rows_da = excluded.rows_da, rows_en = excluded.rows_en, partial = excluded.partial, "
            "followed = excluded.followed",
            (
                lot_id, entry.source, entry.procedure, stamp(entry.ends) if entry.ends else NO_END, entry.live,
                entry.planned, entry.verdict, entry.doubt, entry.tagged, entry.hidden, entry.fingerprint,
                stamp(entry.first_seen), entry.buyer, entry.rows_da, entry.rows_en,
                entry.partial, entry.followed,
            ),
        )  # fmt: skip
        self._database.write(
            f"DELETE FROM catalogue_trades WHERE lot_id = ? AND trade NOT IN ({marks(list(entry.trades))})",  # noqa: S608
            (lot_id, *entry.trades),
        )
        self._database.write_many(_TRADE, [(lot_id, trade) for trade in dict.fromkeys(entry.trades)])
        self._database.write(
            "INSERT INTO catalogue_words (lot_id, title, buyer, words) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (lot_id) DO UPDATE SET title = excluded.title, buyer = excluded.buyer, "
            "words = excluded.words "
            "WHERE (title, buyer, words) IS NOT (excluded.title, excluded.buyer, excluded.words)",
            (lot_id, entry.title, entry.buyer, entry.words),
        )

    # -- asked -------------------------------------------------------------------------------------------------------

    def public(self, wanted: Wanted, now: dt.datetime, language: str, *, offset: int, limit: int) -> list[Found]:
        """Public lots that one can still act on, the first deadline first, planned ones last."""
        where, values = _public(wanted, now)
        return self._found(f"{where} ORDER BY planned, ends, catalogue.lot_id", values, language, offset, limit)

    def public_rows(self, wanted: Wanted, now: dt.datetime, language: str, *, offset: int, limit: int) -> list[bytes]:
        """The rows of the same (JSON of catalogue.Rows), which are all that a readers' list shows."""
        where, values = _public(wanted, now)
        order = "ORDER BY planned, ends, catalogue.lot_id"
        sql = f"SELECT catalogue.lot_id FROM catalogue {where} {order} LIMIT ? OFFSET ?"  # noqa: S608
        ids = self._database.column(int, sql, (*values, limit, offset))
        column = "rows_en" if language == "en" else "rows_da"
        found = dict(
            self._database.pairs(f"SELECT lot_id, {column} FROM catalogue WHERE lot_id IN ({marks(ids)})", ids)  # noqa: S608
        )
        return [found[one] for one in ids if one in found]

    def count_public(self, wanted: Wanted, now: dt.datetime) -> int:
        """How many, up to COUNTED + 1."""
        return self._count(*_public(wanted, now))

    def public_by_verdict(self, wanted: Wanted, now: dt.datetime) -> dict[Verdict, int]:
        """How many of each verdict, whatever verdict is wanted; each at least up to COUNTED + 1."""
        if not wanted.text and not wanted.buyer_text:
            each = (Verdict.RESERVED, Verdict.SUITABLE, Verdict.POSSIBLE)
            return {one: self.count_public(replace(wanted, verdict=one), now) for one in each}
        # A text is searched for once, and then every row of a narrow index is looked at.
        where, values = _public(replace(wanted, verdict=None), now)
        sql = f"SELECT verdict, count(*) AS count FROM catalogue {where} GROUP BY verdict"  # noqa: S608
        return {row.verdict: row.count for row in self._database.select(_Counted, sql, values)}

    def candidates(
        self,
        sought: Sought,
        now: dt.datetime,
        *,
        since: dt.datetime | None = None,
        newest: bool = False,
        limit: int = -1,
    ) -> tuple[str, ...]:
        """Identities of public lots among which are all that are sought, the first deadline first, planned ones last.

        With `since` instead those that were first seen then or later, whether their deadline has passed or not, the
        newest first. With `newest` those that changed last come first. At most `limit`, where that is not negative.
        """
        conditions, values = ["public = 1"], list[Value]()
        if since is None:
            conditions += ["live = 1", "planned IN (0, 1)" if sought.planned else "planned = 0", "ends >= ?"]
            values.append(stamp(now))
            order = f"{_CHANGED} DESC, uid" if newest else "planned, ends, uid"
        else:
            # One whose deadline had passed when it was first seen was news to nobody.
            conditions += ["catalogue.first_seen >= ?", "ends >= catalogue.first_seen"]
            values.append(stamp(since))
            order = "catalogue.first_seen DESC, catalogue.lot_id"
            if not sought.planned:
                conditions.append("planned = 0")
        if sought.verdicts:
            conditions.append(f"catalogue.verdict IN ({marks(list(sought.verdicts))})")
            values.extend(sought.verdicts)
        if sought.trades is not None:
            places, named = _places(sought)
            conditions.append(f"+catalogue.lot_id IN ({places})")
            values += named
        sql = (
            "SELECT uid FROM catalogue JOIN lots ON lots.id = catalogue.lot_id "  # noqa: S608
            f"WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?"
        )
        return tuple(self._database.column(str, sql, (*values, limit)))

    def uids_of_procedure(self, procedure: str) -> tuple[str, ...]:
        """Identities of all lots of a procedure, in the order in which they were first held."""
        sql = "SELECT uid FROM lots WHERE procedure_key = ? ORDER BY first_seen, uid"
        return tuple(self._database.column(str, sql, (procedure,)))

    def staff(self, wanted: Wanted, now: dt.datetime, language: str, *, offset: int, limit: int) -> list[Found]:
        """Lots that one can still act on, hidden and unmarked ones too, the first deadline first."""
        where, values = _staff(wanted, now)
        return self._found(f"{where} ORDER BY ends, catalogue.lot_id", values, language, offset, limit)

    def count_staff(self, wanted: Wanted, now: dt.datetime) -> int:
        """How many, up to COUNTED + 1."""
        return self._count(*_staff(wanted, now))

    def of_procedure(self, procedure: str, language: str, limit: int = COUNTED) -> list[Found]:
        """The lots of a procedure, whatever became of them, in the order in which they were first held."""
        return self._found("WHERE procedure_key = ? ORDER BY lot_id", [procedure], language, 0, limit)

    def is_sampled(self, uid: str) -> bool:
        """Whether a lot is one of the random sample that nobody has answered yet."""
        sql = "SELECT sampled FROM catalogue JOIN lots ON lots.id = lot_id WHERE uid = ?"
        return self._database.column(int, sql, (uid,)) == [1]

    def sources(self) -> tuple[str, ...]:
        """Sources that have lots one can act on."""
        # A loose index scan: each step finds the next source in the index, however many lots it has.
        sql = (
            "WITH RECURSIVE seen (source) AS ("
            "SELECT min(source) FROM catalogue WHERE live = 1 AND hidden = 0 UNION ALL "
            "SELECT (SELECT min(source) FROM catalogue WHERE live = 1 AND hidden = 0 AND source > seen.source) "
            "FROM seen WHERE seen.source IS NOT NULL) SELECT source FROM seen WHERE source IS NOT NULL"
        )
        return tuple(self._database.column(str, sql))

    def by_slug(self, slug: str) -> str:
        """The identity of the lot whose page has or had that name; "" for none."""
        found = self._database.column(
            str,
            "SELECT uid FROM lots WHERE slug = ?1 UNION ALL SELECT lots.uid FROM lot_aliases "
            "JOIN lots ON lots.id = lot_id WHERE lot_aliases.slug = ?1",
            (slug,),
        )
        return found[0] if found else ""

    def rows_by_uid(self, uids: Iterable[str], language: str) -> dict[str, bytes]:
        """Rows of lots by their identities (JSON of catalogue.Rows); none of those that have to be made anew."""
        column, found = "rows_en" if language == "en" else "rows_da", dict[str, bytes]()
        for chunk in chunks(uids):
            sql = (
                f"SELECT uid, {column} AS rows FROM catalogue JOIN lots ON lots.id = lot_id "  # noqa: S608
                f"WHERE uid IN ({marks(chunk)}) AND lot_id NOT IN (SELECT lot_id FROM catalogue_stale)"
            )
            found |= {row.uid: row.rows for row in self._database.select(_Row, sql, chunk)}
        return found

    def _found(self, rest: str, values: Sequence[Value], language: str, offset: int, limit: int) -> list[Found]:
        # The page's ids first, from an index alone; then their rows.
        ids = self._database.column(
            int,
            f"SELECT catalogue.lot_id FROM catalogue {rest} LIMIT ? OFFSET ?",  # noqa: S608
            (*values, limit, offset),
        )
        rows = self.rows_of(ids, language)
        return [rows[one] for one in ids]

    def rows_of(self, numbers: list[int], language: str) -> dict[int, Found]:
        """The rows of these lots by their numbers."""
        if not numbers:  # SQLite would read all of them to find none
            return {}
        column = "rows_en" if language == "en" else "rows_da"
        sql = (
            "SELECT lot_id, uid, slug, source, catalogue.procedure_key AS procedure, verdict, machine, doubt, "  # noqa: S608
            f"sampled, tagged, catalogue.hidden, public, {_TAG} AS tag, {column} AS rows FROM catalogue "
            f"JOIN lots ON lots.id = lot_id WHERE lot_id IN ({marks(numbers)})"
        )
        return {row.lot_id: _read(row) for row in self._database.select(_Found, sql, numbers)}

    def _count(self, where: str, values: Sequence[Value], most: int = COUNTED) -> int:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM catalogue {where} LIMIT {most + 1})"  # noqa: S608
        return self._database.number(sql, values)


@dataclass(frozen=True, slots=True)
class _Id:
    id: int
    uid: str


@dataclass(frozen=True, slots=True)
class _Row:
    uid: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class _Counted:
    verdict: Verdict
    count: int


# When a lot was last read otherwise than before, or put right (LotView.updated); in UTC and as long everywhere.
_CHANGED = (
    "max(coalesce((SELECT seen_at FROM lot_versions AS v JOIN notice_versions AS n ON n.id = v.version_id "
    "WHERE v.id = lots.facts_id), ''), "
    "coalesce((SELECT max(c.seen_at) FROM lot_changes AS c WHERE c.lot_id = lots.id), ''), "
    "coalesce((SELECT max(c.made_at) FROM corrections AS c WHERE c.lot_id = lots.id), ''))"
)


def _places(sought: Sought) -> tuple[str, list[Value]]:
    """What selects the ids of lots of one of these trades or with one of these texts."""
    parts, values = ["SELECT lot_id FROM catalogue WHERE partial = 1"] if sought.texts else [], list[Value]()
    if sought.trades:
        trades = marks(list(sought.trades))
        parts.append(f"SELECT lot_id FROM catalogue_trades WHERE trade IN ({trades})")  # noqa: S608
        values += sought.trades
    found = [search for text in sought.texts for search in searches(text)]
    if found:
        parts.append("SELECT rowid FROM catalogue_text WHERE catalogue_text MATCH ?")
        values.append(" OR ".join(f"({search})" for search in found))
    return " UNION ".join(parts) or "SELECT NULL", values


# A lot of the random sample that nobody has answered yet (learning.sampling).
_SAMPLED = (
    "EXISTS (SELECT 1 FROM draws WHERE draws.lot_id = ?1 AND kind = 'random' AND NOT EXISTS (SELECT 1 FROM tags "
    "WHERE tags.lot_id = draws.lot_id AND removed_at IS NULL AND tagged_at >= drawn_at))"
)
# An officer is asked about it like one that the machine is not sure of: its place in the list must not tell what the
# machine says of it.
_DOUBT = f"CASE WHEN {_SAMPLED} THEN 0 ELSE ?8 END"
_TAGGED_BY = (
    "coalesce((SELECT who FROM tags WHERE tags.lot_id = ?1 AND removed_at IS NULL "
    "ORDER BY tagged_at DESC, tags.id DESC LIMIT 1), '')"
)
_TRADE = (
    "INSERT INTO catalogue_trades (trade, lot_id, waiting, doubt, ends, procedure_key) "
    "SELECT ?2, lot_id, live = 1 AND tagged = 0 AND hidden = 0 AND sampled = 0, doubt, ends, procedure_key "
    "FROM catalogue WHERE lot_id = ?1 ON CONFLICT (trade, lot_id) DO UPDATE SET waiting = excluded.waiting, "
    "doubt = excluded.doubt, ends = excluded.ends, procedure_key = excluded.procedure_key "
    "WHERE (waiting, doubt, ends, procedure_key) "
    "IS NOT (excluded.waiting, excluded.doubt, excluded.ends, excluded.procedure_key)"
)
# What the machine says, whatever an officer said.
_MACHINE = "coalesce((SELECT verdict FROM assessments JOIN lots ON facts_id = lot_version_id WHERE lots.id = ?1), ?7)"
_PUBLIC = (
    "?7 <> 'unsuitable' AND ?10 = 0 AND EXISTS (SELECT 1 FROM publications JOIN lots ON uid = item_uid "
    "WHERE lots.id = ?1 AND publications.fingerprint = ?11)"
)
_TAG = (
    "coalesce((SELECT t.id FROM tags AS t WHERE t.lot_id = catalogue.lot_id AND t.removed_at IS NULL "
    "ORDER BY t.tagged_at DESC, t.id DESC LIMIT 1), 0)"
)


def _read(row: _Found) -> Found:
    return Found(
        row.lot_id, row.uid, row.slug, row.source, row.procedure, row.verdict, row.machine, row.doubt,
        bool(row.sampled), bool(row.tagged), bool(row.hidden), bool(row.public), row.tag, row.rows,
    )  # fmt: skip


def _public(wanted: Wanted, now: dt.datetime) -> tuple[str, list[Value]]:
    # Both are named, so that the index is begun at the first deadline to come: a lot whose time is over stays live
    # until its source is read again. The search is looked up for each of the first rows instead of all that it finds
    # being sorted: a common word is in half of all lots.
    where, values = _where(replace(wanted, text="", buyer_text="", trade=""), ["public = 1 AND live = 1"], [])
    planned = "planned IN (0, 1)" if wanted.planned is None else f"planned = {int(wanted.planned)}"
    conditions = [where.removeprefix("WHERE "), planned, "ends >= ?"]
    values.append(stamp(now))
    if wanted.trade:
        of = "SELECT 1 FROM catalogue_trades AS t WHERE t.trade = ? AND t.lot_id = catalogue.lot_id"
        conditions.append(f"EXISTS ({of})")
        values.append(wanted.trade)
    for found in (*searches(wanted.text), *searches(wanted.buyer_text, "buyer")):
        conditions.append("+catalogue.lot_id IN (SELECT rowid FROM catalogue_text WHERE catalogue_text MATCH ?)")
        values.append(found)
    return f"WHERE {' AND '.join(conditions)}", values


def _staff(wanted: Wanted, now: dt.datetime) -> tuple[str, list[Value]]:
    return _where(wanted, ["live = 1", "ends >= ?"], [stamp(now)])


def _where(wanted: Wanted, conditions: list[str], values: list[Value]) -> tuple[str, list[Value]]:
    """The rest of a statement after FROM catalogue."""
    for column, value in (("verdict", wanted.verdict), ("source", wanted.source), ("procedure_key", wanted.procedure)):
        if value:
            conditions.append(f"catalogue.{column} = ?")
            values.append(value)
    if wanted.buyer:
        conditions.append("catalogue.buyer = ? COLLATE NOCASE")
        values.append(wanted.buyer)
    if wanted.by is not None:
        conditions.append("ends <= ?")
        values.append(stamp(wanted.by))
    if wanted.tagged is not None:
        conditions.append("tagged = ?")
        values.append(wanted.tagged)
    if wanted.trade:
        conditions.append("catalogue.lot_id IN (SELECT lot_id FROM catalogue_trades WHERE trade = ?)")
        values.append(wanted.trade)
    for found in (*searches(wanted.text), *searches(wanted.buyer_text, "buyer")):
        conditions.append("catalogue.lot_id IN (SELECT rowid FROM catalogue_text WHERE catalogue_text MATCH ?)")
        values.append(found)
    return f"WHERE {' AND '.join(conditions)}", values


SHORTEST = 3  # letters: a trigram


def searchable(text: str) -> bool:
    """Whether there is a word in it that can be searched for."""
    return bool(searches(text))


def searches(text: str, column: str = "") -> list[str]:
    """One search of all words, each a string to FTS5, so that nothing that is typed is its syntax.

    Words shorter than a trigram find nothing by themselves and are left out.
    """
    words = [word for word in text.replace('"', " ").replace("\0", " ").split() if len(word) >= SHORTEST]
    of = f"{column} : " if column else ""
    return [" AND ".join(f'{of}"{word}"' for word in words[:8])] if words else []
