"""A database of very many lots, made in a minute: what a country's tenders of some years look like to the pages.

Notices, lots, verdicts, publications and the catalogue are written as the program writes them, but in bulk. Texts are
drawn word by word from CPV's own names and the words that every Danish notice has, as often as words are in any
language (Zipf): a handful stands in half of all texts, most in a few. Descriptions have some five hundred characters, a
tenth of them two thousand. What the catalogue has of a lot, its rows and all that is searched of it, is made by the
program itself for the first few thousand lots; the others take one of those and say their own words in it. The search's
index is left as writing leaves it.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from notifier.catalogue import EVERYWHERE, LEAD, Followed, Rows, entry, refresh
from notifier.lots import Assessment, Deadline, Evidence, Lot, LotState, LotView, Notice, Organisation, Stage, Verdict
from notifier.nomenclature import cpv_name
from notifier.phrases import shorten
from notifier.site.fingerprints import lot_fingerprint
from notifier.site.reader import reader
from notifier.store import Published, Store
from notifier.store.catalogue import Entry
from notifier.store.values import stamp, to_json
from notifier.suitability import Rules
from notifier.words import LANGUAGES
from tests.notifier.mail_examples import kroner

SEED = 20261203
_MADE = 3000  # lots whose rows the program itself makes
_BATCH = 2000
_OPEN = 0.4  # of all lots: the rest is over
_COMMON = (
    "og i til af for der med som på er en et den det ved skal kan samt efter fra ordregiver kommunen aftalen opgaven "
    "levering ydelser leverandøren kontrakten rammeaftale udbud drift tilbud omfatter herunder år kvalitet krav"
).split()
_TOWNS = ("Københavns", "Aarhus", "Odense", "Aalborg", "Esbjerg", "Randers", "Kolding", "Horsens", "Vejle", "Roskilde")
_BUYERS = (*(f"{town} Kommune" for town in _TOWNS), *(f"Region {name}" for name in ("Syddanmark", "Sjælland", "Nord")))
_PLACES = {"DK011": "København", "DK012": "Ballerup", "DK02": "Roskilde", "DK03": "Odense", "DK042": "Aarhus"}
_BESIDE = ("90910000", "90919200", "98310000", "55520000", "50730000", "85320000")
# How often work of a trade is bought; the rest is of none.
_TRADES = (
    ("cleaning", "90911200"), ("catering", "55512000"), ("grounds", "77310000"), ("care_social", "85311000"),
    ("print_scan", "79810000"), ("property_service", "98341130"), ("it_data", "72254000"),
    ("reuse_recycling", "50850000"),
)  # fmt: skip
Shares = Sequence[tuple[Verdict, float]]
# Three in five are not marked, as in a list that is not one town's alone. Shares add up.
LISTED: Shares = ((Verdict.UNSUITABLE, 0.6), (Verdict.POSSIBLE, 0.8), (Verdict.SUITABLE, 0.97), (Verdict.RESERVED, 1.0))
# Each has a page.
ALL_MARKED: Shares = ((Verdict.POSSIBLE, 0.5), (Verdict.SUITABLE, 0.92), (Verdict.RESERVED, 1.0))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words with how often each is said."""

    words: Sequence[str]
    weights: np.ndarray

    def drawn(self, chance: np.random.Generator, count: int) -> list[str]:
        """So many words."""
        places = np.searchsorted(self.weights, chance.random(count))
        return [self.words[place] for place in places]


def vocabulary() -> Vocabulary:
    """The words of every notice first, then those of CPV in an order by chance."""
    names = (cpv_name(f"{number:08}", "da") for number in range(3_000_000, 99_000_000, 1000))
    rare = sorted({word.strip(",()-").lower() for name in names for word in name.split()} - {""})
    random.Random(SEED).shuffle(rare)
    words = [*_COMMON, *(word for word in rare if word not in _COMMON)]
    weights = np.cumsum(1 / (np.arange(len(words)) + 3.0))
    return Vocabulary(words, weights / weights[-1])


def fill(
    store: Store,
    count: int,
    rules: Rules,
    now: dt.datetime,
    followed: Followed = EVERYWHERE,
    shares: Shares = LISTED,
) -> None:
    """Write `count` lots into an empty store, marked in these shares."""
    refresh(store, rules.trades, now, followed=followed)  # notes in which words the rows are made
    chance, said = np.random.default_rng(SEED), vocabulary()
    readers = tuple(reader(language, rules.trades) for language in LANGUAGES)
    made, rows = list[Notice](), dict[tuple[int, int], tuple[LotView, Entry]]()
    database, written = store._database, 0
    database.utils.conn.execute("PRAGMA synchronous = OFF")  # a folder that is thrown away
    while written < count:
        with store.transaction():
            entries, until = list[Entry](), min(written + _BATCH, count)
            while written < until:
                number = len(made) if len(made) < _MADE else int(chance.integers(_MADE))
                if number == len(made):
                    made.append(_notice(number, chance, said, now))
                notice = _said_anew(made[number], written, chance, said)
                views = _views(notice, written, now, until - written, shares)
                for place, view in enumerate(views):
                    if (number, place) not in rows:
                        first = entry(view, readers)
                        assert first is not None
                        rows[number, place] = (view, first)
                    entries.append(_like(*rows[number, place], view))
                _write(store, written, notice, views, now)
                written += len(views)
            store.catalogue.save(entries, ())
            database.write("DELETE FROM catalogue_stale")
    database.utils.conn.execute("PRAGMA synchronous = FULL")
    database.fold()


def _notice(number: int, chance: np.random.Generator, said: Vocabulary, now: dt.datetime) -> Notice:
    """A notice of one lot, or of several, without the words that are its own."""
    days = int(chance.integers(1, 90)) if chance.random() < _OPEN else -int(chance.integers(1, 900))
    ends = now + dt.timedelta(days=days)
    planned = chance.random() < 0.05
    lots = tuple(_lot(place, chance, ends, planned) for place in range(int(chance.choice((1, 1, 1, 2, 5)))))
    return Notice(
        "ted" if chance.random() < 0.7 else "udbud", str(number), Stage.PLANNING if planned else Stage.CALL, "",
        url=f"https://udbud.example/{number}", language="da",
        buyers=(Organisation(str(chance.choice(_BUYERS)), "12345678"),),
        published=(ends - dt.timedelta(days=30)).date(), lots=lots,
    )  # fmt: skip


def _lot(place: int, chance: np.random.Generator, ends: dt.datetime, planned: bool) -> Lot:
    _, code = _TRADES[int(chance.integers(len(_TRADES)))]
    return Lot(
        f"LOT-{place + 1:04}", "", cpv_main=code, deadline=None if planned else Deadline(ends),
        value=kroner(int(chance.integers(1, 90)) * 100_000) if chance.random() < 0.6 else None,
        duration=str(chance.choice(("P12M", "P24M", "P48M"))),
        cpv_additional=(str(chance.choice(_BESIDE)),) if chance.random() < 0.4 else (),
        nuts=(nuts := str(chance.choice(tuple(_PLACES))),), place=_PLACES[nuts],
    )  # fmt: skip


def _said_anew(notice: Notice, written: int, chance: np.random.Generator, said: Vocabulary) -> Notice:
    """The same notice of another tender: in words of its own."""
    title = " ".join(said.drawn(chance, 5)).capitalize()
    lots = tuple(
        replace(
            lot,
            title=" ".join(said.drawn(chance, 6)).capitalize(),
            description=" ".join(said.drawn(chance, 200 if chance.random() < 0.1 else 55)),
        )
        for lot in notice.lots
    )
    return replace(notice, key=f"{written}-2026", publication_number=f"{written}-2026", title=title, lots=lots)


def _views(notice: Notice, written: int, now: dt.datetime, most: int, shares: Shares) -> list[LotView]:
    return [
        LotView(
            f"p{written}/{lot.lot_id}", f"opgave-{written + place}", lot, notice,
            LotState.PLANNED if notice.stage is Stage.PLANNING else _state(lot, now), _judged(lot, shares),
            now - dt.timedelta(hours=written % 9000), now, procedure=f"p{written}",
        )
        for place, lot in enumerate(notice.lots[:most])
    ]  # fmt: skip


def _state(lot: Lot, now: dt.datetime) -> LotState:
    return LotState.OPEN if lot.deadline and lot.deadline.at >= now else LotState.EXPIRED


def _judged(lot: Lot, shares: Shares) -> Assessment:
    """A verdict that depends on what the lot has of its notice alone, so that lots like one another share a row."""
    trade = next(key for key, code in _TRADES if code == lot.cpv_main)
    pick = random.Random(f"{lot.cpv_main}{lot.value}{lot.nuts}{lot.deadline}").random()
    verdict = next(one for one, share in shares if pick < share)
    evidence = (Evidence("trade_cpv", 2.0, "cpv_main", lot.cpv_main, 0, 8, trade),)
    return Assessment(verdict, 2.0, (trade,), evidence, rules_version="1")


def _like(model: LotView, first: Entry, view: LotView) -> Entry:
    """The entry of a lot that is like another one, the model, but for its words: these stand where its did."""
    words = first.words
    for theirs, ours in (
        (model.lot.description, view.lot.description),
        (model.notice.publication_number, view.notice.publication_number),
    ):
        assert theirs in words
        words = words.replace(theirs, ours, 1)
    title = view.lot.title
    danish, english = (msgspec.json.encode(_row_like(_rows(one), view)) for one in (first.rows_da, first.rows_en))
    return replace(
        first, uid=view.uid, procedure=view.procedure, fingerprint=lot_fingerprint(view), first_seen=view.first_seen,
        title=f"{title} {view.notice.title}", words=words, rows_da=danish,
        rows_en=english,
    )  # fmt: skip


def _row_like(rows: Rows, view: LotView) -> Rows:
    title, whole, row = view.lot.title, view.notice.title, rows.row
    own = replace(
        row, slug=view.slug, title=replace(row.title, words=title),
        part_of=replace(row.part_of, words=whole) if row.part_of else row.part_of,
    )  # fmt: skip
    lead = shorten(view.lot.description, LEAD)
    return replace(rows, row=own, whole=replace(rows.whole, words=whole), lead=lead)


@functools.lru_cache(maxsize=20_000)
def _rows(encoded: bytes) -> Rows:
    return msgspec.json.decode(encoded, type=Rows)


def _write(store: Store, written: int, notice: Notice, views: Sequence[LotView], now: dt.datetime) -> None:
    """A notice with its lots, their verdicts and what was published of them; ids count from the number written."""
    database, at, own = store._database, stamp(views[0].first_seen), written + 1
    database.write(
        "INSERT INTO notices (id, source, key, procedure_key, first_seen, latest) VALUES (?, ?, ?, ?, ?, 1)",
        (own, notice.source, notice.key, f"p{written}", at),
    )
    database.write(
        "INSERT INTO notice_versions (id, notice_id, number, digest, seen_at, publication_number, procedure_id, stage, "
        "published, data) VALUES (?, ?, 1, ?, ?, ?, '', ?, NULL, ?)",
        (own, own, str(own), at, notice.publication_number, notice.stage, to_json(notice)),
    )
    rows = [(own + place, view) for place, view in enumerate(views)]
    lots = [
        (number, view.uid, view.slug, view.procedure, stamp(view.first_seen), notice.stage,
         stamp(view.lot.deadline.at) if view.lot.deadline else None)
        for number, view in rows
    ]  # fmt: skip
    database.write_many(
        "INSERT INTO lots (id, uid, slug, procedure_key, first_seen, stage, deadline, awarded, cancelled, gone) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
        lots,
    )
    database.write_many(
        "INSERT INTO lot_versions (id, lot_id, version_id, position, kind, lot_label) VALUES (?, ?, ?, ?, 'lot', ?)",
        [(number, number, own, place, view.lot.lot_id) for place, (number, view) in enumerate(rows)],
    )
    database.write_many("UPDATE lots SET facts_id = id WHERE id = ?", [(number,) for number, _ in rows])
    judged = [(number, view.assessment) for number, view in rows if view.assessment]
    database.write_many(
        "INSERT INTO assessments (lot_version_id, rules_version, verdict, score, data, assessed_at) "
        "VALUES (?, '1', ?, ?, ?, ?)",
        [(number, one.verdict, one.score, to_json(one), at) for number, one in judged],
    )
    store.publications.record([Published(view.uid, lot_fingerprint(view)) for view in views if view.public], now)
