"""One tender in several places, read in any order: the same lots, one identity for each, the same facts, told once."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.lots import Change, Lot, LotKind, LotState, Notice, Stage
from notifier.profiles import Announced, Announcement, Cadence, SubscriberStatus
from notifier.store import Store
from tests.notifier.store.samples import MONDAY, day, lot, until

Place = tuple[str, str, str]  # source, key, number of a lot


@dataclass(frozen=True)
class LotEnd:
    """How a lot ends up, without what depends on who came first."""

    places: frozenset[Place]
    facts: Place
    state: LotState
    lot: Lot


@dataclass(frozen=True)
class End:
    lots: frozenset[LotEnd]
    procedures: frozenset[frozenset[tuple[str, str]]]
    whole: frozenset[Place]  # what stands for its procedure as a whole


@contextmanager
def opened() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "notifier.db", create=True) as store:
        store._database.utils.execute("PRAGMA synchronous = OFF")
        yield store


def places(store: Store) -> dict[str, frozenset[Place]]:
    """Where each lot stands, by its identity; "" for what stands for a whole procedure."""
    rows = store._database.utils.execute(
        "SELECT coalesce(uid, ''), source, key, lot_label FROM lot_versions "
        "JOIN notice_versions ON notice_versions.id = version_id JOIN notices ON notices.id = notice_id "
        "LEFT JOIN lots ON lots.id = lot_id"
    ).fetchall()
    found: dict[str, set[Place]] = {}
    for uid, *place in rows:
        found.setdefault(uid, set()).add((place[0], place[1], place[2]))
    return {uid: frozenset(members) for uid, members in found.items()}


def end_of(store: Store) -> End:
    members = places(store)
    views = list(store.lots.views(MONDAY))
    rows = store._database.utils.execute("SELECT procedure_key, source, key FROM notices").fetchall()
    groups: dict[str, set[tuple[str, str]]] = {}
    for group, source, key in rows:
        groups.setdefault(group, set()).add((source, key))
    assert {view.uid for view in views} == members.keys() - {""}
    ends = [LotEnd(members[v.uid], (v.notice.source, v.notice.key, v.lot.lot_id), v.state, v.lot) for v in views]
    assert len(set(ends)) == len(ends)
    return End(frozenset(ends), frozenset(map(frozenset, groups.values())), members.get("", frozenset()))


class Reader:
    """A subscriber who is told of every lot as soon as it is there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._number = store.subscribers.add("a@by.example", now=MONDAY, status=SubscriberStatus.CONFIRMED).number
        self.told: Counter[Place] = Counter()

    def look(self, step: int) -> None:
        announced = self._store.digests.announced(self._number)
        members = places(self._store)
        untold = [
            view.uid
            for view in self._store.lots.views(MONDAY)
            if Announcement(Announced.NEW, view.uid) not in announced and view.state is not LotState.PLANNED
        ]
        now = MONDAY + dt.timedelta(minutes=step)
        run = self._store.digests.begin_run(Cadence.DAILY, f"{step}", now).number
        self._store.digests.add(run, self._number, [Announcement(Announced.NEW, uid) for uid in untold], now)
        for uid in untold:
            # An entry that names two official procedures may turn out to be about neither, and is then told as itself.
            calls = {place for place in members[uid] if place[1] not in ("plan", "mixed")}
            assert not calls or not all(self.told[place] for place in calls), f"{uid} is told again"
        self.told.update(place for uid in untold for place in members[uid])


def read(notices: Sequence[Notice], *, told: bool = False) -> End:
    with opened() as store:
        reader = Reader(store) if told else None
        for step, notice in enumerate(notices):
            store.notices.hold(notice, MONDAY + dt.timedelta(minutes=step))
            if reader:
                reader.look(step)
        aliases = store.lots.aliases()
        assert not {alias.lot_uid for alias in aliases} - {view.uid for view in store.lots.views(MONDAY)}
        return end_of(store)


def notice(source: str, key: str, stage: Stage, lots: Sequence[Lot], number: int, **fields: object) -> Notice:
    return Notice(source, key, stage, f"Udbud {number}", lots=tuple(lots), published=day(number), **fields)  # type: ignore[arg-type]


@st.composite
def tenders(draw: st.DrawFn, serial: int) -> list[Notice]:
    """What several sources say of one procedure."""
    count, some = draw(st.integers(1, 3)), st.booleans()
    labels = [f"LOT-{one:04}" for one in range(1, count + 1)]
    official = [lot(label, f"Opgave {serial}.{label}", deadline=until(serial + 1)) for label in labels]
    number, notice_id = f"{100 + serial:06}-2026", f"00000000-0000-4000-8000-{serial:012}"
    names = {"publication_number": number, "notice_type": "cn-standard"}
    procedure = f"proc-{serial}" if draw(some) else ""
    planned = ("000900-2026",) if draw(some) else ()
    made = []
    if draw(some):
        made.append(
            notice("ted", number, Stage.CALL, official, 5 + serial, **names, procedure_id=procedure,
                   notice_id=notice_id, previous=planned)
        )  # fmt: skip
    if draw(some):
        same = notice("udbud", notice_id, Stage.CALL, official, 5 + serial, **names, procedure_id=procedure,
                      notice_id=notice_id, previous=planned)  # fmt: skip
        made.append(same)
    for page, shown in enumerate(draw(st.lists(st.integers(0, 3), max_size=2))):
        numbered = [lot(str(n), f"Delaftale {n}", deadline=until(20)) for n in range(1, shown + 1)]
        title = draw(st.sampled_from(["Rengøring", "Maling"]))
        single = [lot("1", f"{title} {serial}", deadline=until(20))]
        made.append(
            notice("town", f"sag-{serial}-{page}", Stage.CALL, numbered or single, 8, publication_number=number)
        )
    if draw(some):
        made.append(notice("feed", f"feed-{serial}", Stage.CALL, [lot("1", "Udbud")], 9, notice_id=notice_id))
    if draw(some):
        awarded = [replace(one, result="selec-w", deadline=None) for one in official[: draw(st.integers(1, 3))]]
        key = f"{200 + serial:06}-2026"
        made.append(
            notice("ted", key, Stage.AWARD, awarded, 20, notice_type="can-standard", publication_number=key,
                   previous=(number,), procedure_id=procedure)
        )  # fmt: skip
    if draw(some):
        change = (Change(changed_notice=f"{notice_id}-01"),)
        made.append(
            notice("ted", f"{300 + serial:06}-2026", Stage.CALL, [replace(one, deadline=until(25)) for one in official],
                   12, notice_type="cn-standard", publication_number=f"{300 + serial:06}-2026", changes=change)
        )  # fmt: skip
    return made


@st.composite
def worlds(draw: st.DrawFn) -> list[Notice]:
    """Two procedures that may follow the same planning notice, and the planning notice itself."""
    parts = [lot(f"PAR-000{n}", f"Plan {n}", kind=LotKind.PART, deadline=None) for n in (1, 2)]
    kind = draw(st.sampled_from([parts, parts[:1], [lot("1", "Plan", deadline=None)]]))
    plan = notice("ted", "plan", Stage.PLANNING, kind, 1, publication_number="000900-2026", notice_type="pin-only")
    mixed = notice("feed", "mixed", Stage.CALL, [lot("1", "Begge")], 7, publication_number="000101-2026",
                   notice_id="00000000-0000-4000-8000-000000000002")  # fmt: skip
    return [plan, *draw(tenders(1)), *draw(tenders(2)), *([mixed] if draw(st.booleans()) else [])]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds().flatmap(lambda world: st.tuples(st.just(world), st.permutations(world))))
def test_in_whatever_order_notices_are_read_the_lots_their_identity_and_their_facts_are_the_same(
    worlds: tuple[list[Notice], list[Notice]],
) -> None:
    first, second = worlds
    assert read(first) == read(second, told=True)
