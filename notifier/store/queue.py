"""The lots of an officer's list: those that wait for a word, in cells of doubt and deadline; those that have one.

Everything is read from the catalogue. Each list comes out of an index in its own order, each count stops early, so that
a hundred thousand lots are listed as fast as a hundred (tests/notifier/store/test_queue.py looks at the plans).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.lots import Verdict
from notifier.store.catalogue import COUNTED, Catalogue, Found, searches
from notifier.store.database import Database, Value
from notifier.store.sights import chunks, marks
from notifier.store.values import stamp

DOUBTS = (0, 1, 2, 3)  # catalogue.Doubt
LOOKED = COUNTED + 1  # lots that are looked at to count what a further filter would leave
BUYERS = 25  # choices of buyers; more is no list to choose from
_FEW = 1000  # found texts from which the rest is sought, and not the other way round


class State(StrEnum):
    """Whether an officer has said something of a lot."""

    WAITING = "waiting"
    TAGGED = "tagged"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an officer's list is asked for; what is empty does not filter.

    `sample` asks for the random sample alone. By `verdict` and `trade`, which are the machine's, none of the sample is
    found while it waits: who asks for them would know what the machine says. `before` is a moment past the last
    deadline; `who` tagged, where `state` is TAGGED.
    """

    state: State = State.WAITING
    verdict: Verdict | None = None
    sample: bool = False
    trade: str = ""
    source: str = ""
    buyer: str = ""
    before: dt.datetime | None = None
    text: str = ""
    who: str = ""
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """Lots of one class of doubt (None: of all) with a deadline from `after` and before `before` (None: no bound)."""

    doubt: int | None
    after: dt.datetime
    before: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a lot stands in a list: the number of its cell, and what it is sorted by in there."""

    cell: int
    ends: str
    procedure: str
    lot_id: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lots each value would leave; where `cut` there may be more of each."""

    counts: Mapping[str, int]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Key:
    lot_id: int
    ends: str
    procedure: str


@dataclass(frozen=True, slots=True)
class _Doubted:
    doubt: int
    ends: str
    procedure: str
    lot_id: int


@dataclass(frozen=True, slots=True)
class _Count:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tallied:
    what: str
    value: str
    count: int


class Queue:
    """The catalogue as officers read it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._catalogue = Catalogue(database)

    def page(
        self,
        asked: Asked,
        cells: Sequence[Cell],
        language: str,
        *,
        spot: Spot | None = None,
        back: bool = False,
        limit: int,
    ) -> list[tuple[Spot, Found]]:
        """Lots in the order of the cells, within each by deadline, those of one procedure together.

        Those that come after a spot, or the last ones before it. It need not be any lot's any more.
        """
        few = self._few(asked.text)
        found: list[Spot] = []
        numbers = list(enumerate(cells))
        for number, cell in reversed(numbers) if back else numbers:
            if spot is None or (number <= spot.cell if back else number >= spot.cell):
                start = spot if spot is not None and number == spot.cell else None
                sql, values = _listed(asked, cell, start, back, few)
                rows = self._database.select(_Key, sql, (*values, limit - len(found)))
                found += [Spot(number, row.ends, row.procedure, row.lot_id) for row in rows]
            if len(found) == limit:
                break
        if back:
            found.reverse()
        lots = self._catalogue.rows_of([one.lot_id for one in found], language)
        return [(one, lots[one.lot_id]) for one in found if one.lot_id in lots]

    def spot(self, uid: str, cells: Sequence[Cell]) -> Spot | None:
        """Where a lot stands among these cells, or would stand if it still waited; None outside of all of them."""
        found = self._database.select_one(
            _Doubted,
            "SELECT doubt, ends, catalogue.procedure_key AS procedure, lot_id FROM catalogue "
            "JOIN lots ON lots.id = lot_id WHERE uid = ?",
            (uid,),
        )
        if found is None:
            return None
        for number, cell in enumerate(cells):
            until = cell.before is None or found.ends < stamp(cell.before)
            if cell.doubt in (None, found.doubt) and found.ends >= stamp(cell.after) and until:
                return Spot(number, found.ends, found.procedure, found.lot_id)
        return None

    def ids(self, asked: Asked, cell: Cell, limit: int) -> list[int]:
        """The numbers of the lots of one cell, in its order."""
        sql, values = _listed(asked, cell, None, False, self._few(asked.text))
        return self._database.column(int, sql, (*values, limit))

    def still(self, numbers: Sequence[int], cell: Cell) -> tuple[str, ...]:
        """The identities of those of these lots that still stand in that cell."""
        found: list[str] = []
        for chunk in chunks(numbers):
            where = _Where(Asked(), [cell])
            where.add(f"catalogue.lot_id IN ({marks(chunk)})", *chunk)
            sql = f"SELECT uid FROM catalogue NOT INDEXED JOIN lots ON lots.id = catalogue.lot_id {where}"  # noqa: S608
            found += self._database.column(str, sql, where.values)
        return tuple(found)

    def stale(self, numbers: Sequence[int]) -> tuple[str, ...]:
        """The identities of those of these lots whose rows do not say any more what is known of them."""
        found: list[str] = []
        for chunk in chunks(numbers):
            found += self._database.column(
                str,
                "SELECT uid FROM catalogue_stale JOIN lots ON lots.id = lot_id "  # noqa: S608
                f"WHERE lot_id IN ({marks(chunk)})",
                chunk,
            )
        return tuple(found)

    # -- counted -----------------------------------------------------------------------------------------------------

    def counts(self, asked: Sequence[Asked], after: dt.datetime, most: int = COUNTED) -> list[int]:
        """How many lots each of these would find, up to `most` + 1."""
        if not asked:
            return []
        parts, values = list[str](), list[Value]()
        few = {text: self._few(text) for text in {one.text for one in asked}}
        for one in asked:
            where = _Where(one, [Cell(doubt, after) for doubt in DOUBTS], few[one.text])
            parts.append(f"SELECT count(*) FROM (SELECT 1 FROM {where.table} {where} LIMIT {most + 1})")  # noqa: S608
            values += where.values
        return self._database.column(int, " UNION ALL ".join(parts), values)

    def tallies(
        self, asked: Asked, whats: Sequence[str], after: dt.datetime, days: Sequence[dt.datetime] = ()
    ) -> dict[str, Tally]:
        """How many of what is asked for each `verdict` ("sample": of the sample), `source`, `buyer`, `trade` has, and
        for each of `days` (by its number) how many have a deadline before it and not before the one before.

        No more than LOOKED lots are looked at.
        """
        where = _Where(asked, [Cell(doubt, after) for doubt in DOUBTS], self._few(asked.text), whole=True)
        values: list[Value] = [*where.values]
        parts = ["SELECT '' AS what, '' AS value, count(*) AS count FROM some"]
        for what in whats:
            value = _VALUES.get(what, what)
            if what == "days":
                value = f"CASE {' '.join(f'WHEN ends < ? THEN {n}' for n in range(len(days)))} ELSE {len(days)} END"
                values += [stamp(day) for day in days]
            parts.append(
                f"SELECT '{what}', CAST({value} AS TEXT), count(*) FROM some {_JOINS.get(what, '')} GROUP BY 2"  # noqa: S608
            )
        sql = (
            f"WITH some AS MATERIALIZED (SELECT {_COUNTED} FROM {where.table} {where} LIMIT {LOOKED}) "  # noqa: S608
            f"{' UNION ALL '.join(parts)}"
        )
        rows = self._database.select(_Tallied, sql, values)
        cut = rows[0].count >= LOOKED
        return {what: Tally({row.value: row.count for row in rows if row.what == what}, cut) for what in whats}

    def procedures(self, keys: Sequence[str], after: dt.datetime) -> dict[str, int]:
        """How many lots of each of these procedures wait."""
        if not keys:
            return {}
        sql = (
            "SELECT procedure_key AS value, count(*) AS count FROM catalogue "  # noqa: S608
            f"INDEXED BY catalogue_waiting_procedures WHERE {_WAITING} AND procedure_key IN ({marks(list(keys))}) "
            "AND doubt IN (0, 1, 2, 3) AND ends >= ? GROUP BY 1"
        )
        return {row.value: row.count for row in self._database.select(_Count, sql, (*keys, stamp(after)))}

    # -- what can be chosen ------------------------------------------------------------------------------------------

    def buyers(self) -> tuple[str, ...]:
        """The first BUYERS + 1 buyers with lots one can act on, by name."""
        return self._distinct("buyer COLLATE NOCASE", "catalogue_by_buyer", "live = 1", BUYERS + 1)

    def taggers(self) -> tuple[str, ...]:
        """Who tagged lots that one can act on."""
        return self._distinct("tagged_by", "catalogue_taggers", "live = 1 AND hidden = 0 AND tagged = 1", BUYERS)

    def _distinct(self, column: str, index: str, condition: str, most: int) -> tuple[str, ...]:
        # A loose index scan: each step finds the next one in the index, however many lots it has.
        name = column.split()[0]
        one = f"SELECT {name} FROM catalogue INDEXED BY {index} WHERE {condition}"  # noqa: S608
        sql = (
            f"WITH RECURSIVE seen (one) AS (SELECT ({one} ORDER BY {column} LIMIT 1) UNION ALL "  # noqa: S608
            f"SELECT ({one} AND {column} > seen.one ORDER BY {column} LIMIT 1) "
            f"FROM seen WHERE seen.one IS NOT NULL LIMIT {most}) SELECT one FROM seen WHERE one IS NOT NULL"
        )
        return tuple(self._database.column(str, sql))

    def _few(self, text: str) -> bool:
        """Whether few lots have that text."""
        if not (found := searches(text)):
            return False
        sql = f"SELECT count(*) FROM (SELECT 1 FROM catalogue_text WHERE catalogue_text MATCH ? LIMIT {_FEW + 1})"  # noqa: S608
        return self._database.number(sql, found) <= _FEW


_WAITING = "catalogue.live = 1 AND catalogue.tagged = 0 AND catalogue.hidden = 0"
_BASES = {
    State.WAITING: _WAITING,
    State.TAGGED: "catalogue.live = 1 AND catalogue.hidden = 0 AND catalogue.tagged = 1",
    State.ALL: "catalogue.live = 1 AND catalogue.hidden = 0",
}
_VALUES = {"verdict": "CASE WHEN sampled = 1 AND tagged = 0 THEN 'sample' ELSE verdict END", "trade": "trade"}
_JOINS = {"trade": "JOIN catalogue_trades AS of_lot ON of_lot.lot_id = some.lot_id AND NOT (sampled AND NOT tagged)"}
# Not the rows themselves: they are large.
_COUNTED = ", ".join(
    f"catalogue.{column}" for column in ("lot_id", "verdict", "source", "buyer", "ends", "sampled", "tagged")
)
_MATCHING = "SELECT rowid AS lot FROM catalogue_text WHERE catalogue_text MATCH ?"


class _Where:
    """The rest of a statement after FROM: `table` names what it reads, `key` whose columns it is sorted by.

    `whole` asks for all of the catalogue's columns; otherwise a list by trade reads the trades' own index.
    """

    def __init__(self, asked: Asked, cells: Sequence[Cell], few: bool = False, *, whole: bool = False) -> None:
        self.conditions: list[str] = []
        self.values: list[Value] = []
        self.table = self.key = "catalogue"
        waiting = asked.state is State.WAITING
        if waiting and asked.trade and not few:
            self._by_trade(asked, whole)
        else:
            self._by_lot(asked, few)
        self._within(cells, asked.before, waiting)
        self._filter(asked)

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.conditions)}"

    def add(self, condition: str, *values: Value) -> None:
        """One condition more."""
        self.conditions.append(condition)
        self.values += values

    def _by_trade(self, asked: Asked, whole: bool) -> None:
        self.table, self.key = "catalogue_trades AS t INDEXED BY catalogue_trades_waiting", "t"
        self.add("t.waiting = 1 AND t.trade = ?", asked.trade)
        if whole or asked.text or asked.verdict or asked.source or asked.buyer or asked.procedure or asked.sample:
            self.table += " CROSS JOIN catalogue ON catalogue.lot_id = t.lot_id"

    def _by_lot(self, asked: Asked, few: bool) -> None:
        if few:
            self.table = f"({_MATCHING}) AS found CROSS JOIN catalogue ON catalogue.lot_id = found.lot"
            self.values += searches(asked.text)
        else:
            self.table = f"catalogue INDEXED BY {_index(asked)}"
        self.add(_BASES[asked.state])
        if asked.trade and asked.state is State.ALL and not few:
            self.table = "catalogue_trades AS t CROSS JOIN catalogue ON catalogue.lot_id = t.lot_id"
            self.add("t.trade = ? AND NOT (sampled = 1 AND tagged = 0)", asked.trade)
        elif asked.trade:
            self.add(
                "EXISTS (SELECT 1 FROM catalogue_trades AS t WHERE t.trade = ? AND t.lot_id = catalogue.lot_id) "
                "AND NOT (sampled = 1 AND tagged = 0)",
                asked.trade,
            )
        if not few:
            for found in searches(asked.text):
                self.add(f"catalogue.lot_id IN ({_MATCHING})", found)

    def _within(self, cells: Sequence[Cell], before: dt.datetime | None, waiting: bool) -> None:
        doubts = [cell.doubt for cell in cells if cell.doubt is not None]
        if waiting and doubts:
            listed = f"= {doubts[0]}" if len(doubts) == 1 else f"IN ({', '.join(map(str, doubts))})"
            self.add(f"{self.key}.doubt {listed}")
        self.add(f"{self.key}.ends >= ?", stamp(cells[0].after))
        for bound in (cells[0].before, before):
            if bound is not None:
                self.add(f"{self.key}.ends < ?", stamp(bound))

    def _filter(self, asked: Asked) -> None:
        if asked.sample:
            self.add("catalogue.sampled = 1")
        if asked.verdict:
            self.add("catalogue.verdict = ?", asked.verdict)
            if asked.state is State.WAITING:
                self.add("catalogue.sampled = 0")
            elif asked.state is State.ALL:
                self.add("NOT (catalogue.sampled = 1 AND catalogue.tagged = 0)")
        if asked.source:
            self.add("catalogue.source = ?", asked.source)
        if asked.buyer:
            self.add("catalogue.buyer = ? COLLATE NOCASE", asked.buyer)
        if asked.who:
            self.add("catalogue.tagged_by = ?", asked.who)
        if asked.procedure:
            self.add("catalogue.procedure_key = ?", asked.procedure)


def _index(asked: Asked) -> str:
    """The index that a list comes out of. SQLite's guess costs a hundred times as much where it is wrong."""
    if asked.state is State.WAITING:
        kinds = (
            ("procedures", asked.procedure), ("sample", asked.sample), ("buyers", asked.buyer),
            ("marks", asked.verdict), ("sources", asked.source),
        )  # fmt: skip
        return next((f"catalogue_waiting_{kind}" for kind, value in kinds if value), "catalogue_waiting")
    if asked.procedure:
        return "catalogue_by_procedure"
    if asked.state is State.TAGGED:
        return "catalogue_taggers" if asked.who else "catalogue_tagged"
    if asked.buyer:
        return "catalogue_by_buyer"
    return "catalogue_by_source" if asked.source else "catalogue_seen"


def _listed(asked: Asked, cell: Cell, start: Spot | None, back: bool, few: bool) -> tuple[str, list[Value]]:
    where = _Where(asked, [cell], few)
    columns = [f"{where.key}.{column}" for column in ("ends", "procedure_key", "lot_id")]
    if start is not None:
        where.add(f"({', '.join(columns)}) {'<' if back else '>'} (?, ?, ?)", start.ends, start.procedure, start.lot_id)
    order = ", ".join(f"{column} DESC" if back else column for column in columns)
    sql = (
        f"SELECT {columns[2]} AS lot_id, {columns[0]} AS ends, {columns[1]} AS procedure FROM {where.table} "  # noqa: S608
        f"{where} ORDER BY {order} LIMIT ?"
    )
    return sql, where.values
