"""All new lots to all subscribers: our index beside what portals do, and beside a database that joins.

    (a) one saved search per subscriber in SQLite FTS5 with trigrams, prepared, a sample of them, scaled
    (b) one JOIN in PostgreSQL 15, its tables filled, indexed and analysed before the clock starts

The answers are compared pair by pair, and the building of our index counts. Lots and profiles are made from CPV's own
names, by a seed: trades as Danish enterprises have them, one or two to a profile, a third with words of their own.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from notifier.lots import Assessment, Lot, LotState, LotView, Money, Notice, Organisation, Stage, Verdict, annual_value
from notifier.matching import Index
from notifier.matching.pair import known_places
from notifier.matching.words import folded, lot_texts, wanted
from notifier.nomenclature import area_nuts, cpv_name, municipalities
from notifier.profiles import Profile
from tests.bench.measuring import Figure, seconds
from tests.notifier.mail_examples import NOW, kroner

LOTS, PROFILES, SAMPLE = 10_000, 100_000, 2_000
SEED = 20261201
TRADES = {  # key: CPV prefixes, and how many in a hundred enterprises do it
    "cleaning": (("9091", "9092"), 22),
    "catering": (("553", "555", "158"), 20),
    "grounds": (("7731", "7732", "9061"), 16),
    "laundry_textile": (("983", "395"), 8),
    "furniture_wood": (("391", "44"), 8),
    "reuse_recycling": (("905",), 7),
    "packing_logistics": (("601", "795"), 9),
    "print_scan": (("798", "792"), 6),
    "it_data": (("722", "723"), 7),
    "care_social": (("853",), 9),
    "property_service": (("507", "983"), 10),
    "transport": (("6012",), 6),
}
REGIONS = ("DK01", "DK02", "DK03", "DK04", "DK05")
AREAS = ("DK011", "DK012", "DK013", "DK021", "DK022", "DK031", "DK032", "DK041", "DK042", "DK050")
LIMITS = (250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)


# -- what is matched -----------------------------------------------------------------------------------------------


def _codes() -> list[str]:
    """Every CPV code that has a Danish name, in order."""
    return [code for number in range(3_000_000, 99_000_000, 1000) if cpv_name(code := f"{number:08}", "da")]


def make_lots(count: int) -> list[LotView]:
    """Lots of any kind of work: a title and a description of some eighty words out of names of CPV."""
    chance, codes = random.Random(SEED), _codes()
    names = [cpv_name(code, "da") for code in codes]
    return [_lot(number, chance, codes, names) for number in range(count)]


def _lot(number: int, chance: random.Random, codes: Sequence[str], names: Sequence[str]) -> LotView:
    code = chance.choice(codes)
    trades = [key for key, (prefixes, _) in TRADES.items() if code.startswith(prefixes)]
    if not trades and chance.random() < 0.5:  # half of what is published is of a trade for other reasons than its code
        trades = chance.sample(sorted(TRADES), 1)
    lot = Lot(
        f"LOT-{number:04}",
        f"{cpv_name(code, 'da')} {number}",
        ". ".join(chance.choices(names, k=20)),
        cpv_main=code,
        cpv_additional=tuple(chance.choices(codes, k=chance.choice([0, 0, 1, 3]))),
        value=kroner(chance.choice((1, 2, 5, 8)) * 10 ** chance.choice((5, 6, 6, 7)))
        if chance.random() < 0.6
        else None,
        duration=chance.choice(("P12M", "P24M", "P48M")),
        nuts=tuple(chance.choices((*AREAS, *REGIONS, "DK"), k=chance.choice((0, 1, 1, 1, 2)))),
    )
    buyer = Organisation("Prøvekøbing Kommune")
    notice = Notice("ted", f"{number}", Stage.CALL, "Rammeaftale", language="da", buyers=(buyer,), lots=(lot,))
    verdict = chance.choices((Verdict.POSSIBLE, Verdict.SUITABLE, Verdict.RESERVED), (6, 3, 1))[0]
    judged = Assessment(verdict, 1.0, tuple(trades))
    return LotView(f"p/{number}", f"lot-{number}", lot, notice, LotState.OPEN, judged, NOW, NOW)


def make_profiles(count: int) -> list[Profile]:
    """What enterprises ask for: mostly one to three trades, a region or some municipalities, and a size."""
    chance = random.Random(SEED + 1)
    stems = sorted(
        {word.strip(",()").lower() for code in _codes() for word in cpv_name(code, "da").split() if len(word) > 5}
    )
    places = [one.code for one in municipalities()]
    keys, weights = sorted(TRADES), [TRADES[key][1] for key in sorted(TRADES)]
    return [_profile(chance, stems, places, keys, weights) for _ in range(count)]


def _profile(
    chance: random.Random, stems: Sequence[str], places: Sequence[str], keys: Sequence[str], weights: Sequence[int]
) -> Profile:
    trades = tuple(dict.fromkeys(chance.choices(keys, weights, k=chance.choice((0, 1, 1, 2, 3)))))
    prefixes = tuple(prefix for key in trades for prefix in TRADES[key][0]) if chance.random() < 0.2 else ()
    words = tuple(chance.choices(stems, k=chance.choice((1, 2, 3)))) if chance.random() < 0.33 or not trades else ()
    kind = chance.random()
    areas: tuple[str, ...] = tuple(chance.choices(REGIONS, k=1)) if kind < 0.5 else ()
    areas = tuple(chance.choices(places, k=3)) if kind > 0.7 else areas
    return Profile(
        trades=trades,
        cpv_prefixes=prefixes,
        words=words,
        words_out=tuple(chance.choices(stems, k=1)) if chance.random() < 0.1 else (),
        areas=areas,
        value_min=kroner(100_000) if chance.random() < 0.1 else None,
        value_max=kroner(chance.choice(LIMITS)) if chance.random() < 0.6 else None,
        least_verdict=chance.choices((Verdict.POSSIBLE, Verdict.SUITABLE, Verdict.RESERVED), (6, 3, 1))[0],
        partnerships=chance.random() < 0.2,
    )


# -- ours ----------------------------------------------------------------------------------------------------------


def by_index(lots: Sequence[LotView], profiles: Sequence[Profile]) -> list[np.ndarray]:
    """The positions of the profiles of every lot; the index is built here."""
    index = Index(profiles)
    return [index.matches(lot).astype(np.int32) for lot in lots]


# -- (a) saved searches --------------------------------------------------------------------------------------------


class SavedSearches:
    """A table of lots with a trigram index over what they say; one prepared statement per subscriber."""

    def __init__(self, lots: Sequence[LotView]) -> None:
        self._db = sqlite3.connect(":memory:", cached_statements=4096)
        self._db.executescript(
            "CREATE VIRTUAL TABLE texts USING fts5 (text, tokenize = 'trigram');"
            "CREATE TABLE lots (id INTEGER PRIMARY KEY, verdict INTEGER, value REAL);"
            "CREATE TABLE trades (trade TEXT, lot INTEGER, PRIMARY KEY (trade, lot)) WITHOUT ROWID;"
            "CREATE TABLE codes (code TEXT, lot INTEGER, PRIMARY KEY (code, lot)) WITHOUT ROWID;"
            "CREATE TABLE places (lot INTEGER, place TEXT, PRIMARY KEY (lot, place)) WITHOUT ROWID;"
        )
        for number, view in enumerate(lots):
            self._add(number, view)
        self._db.execute("INSERT INTO texts (texts) VALUES ('optimize')")
        self._db.execute("ANALYZE")

    def _add(self, number: int, view: LotView) -> None:
        judged = view.assessment
        assert judged is not None
        value = annual_value(view.lot)
        self._db.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (number, _text(view)))
        amount = float(value.amount) if value else None
        self._db.execute("INSERT INTO lots VALUES (?, ?, ?)", (number, judged.verdict.rank, amount))
        for table, values in (("trades", judged.trades), ("codes", _lot_codes(view))):
            self._db.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", [(one, number) for one in values])
        rows = [(number, place) for place in known_places(view.lot.nuts)]
        self._db.executemany("INSERT INTO places VALUES (?, ?)", rows)

    def search(self, profile: Profile) -> list[int]:
        """The lots of one subscriber."""
        values: list[object] = []
        asked = _interests(profile, values)
        conditions = [f"lots.id IN ({asked})"] if asked else []
        conditions += [f"verdict >= {profile.least_verdict.rank}"]
        if profile.value_max is not None and not profile.partnerships:
            conditions.append("(value IS NULL OR value <= ?)")
            values.append(float(profile.value_max.amount))
        if profile.value_min is not None:
            conditions.append("(value IS NULL OR value >= ?)")
            values.append(float(profile.value_min.amount))
        if profile.areas:
            near = " OR ".join("place LIKE ? || '%' OR ? LIKE place || '%'" for _ in profile.areas)
            of = "SELECT 1 FROM places WHERE places.lot = lots.id"
            conditions.append(f"(NOT EXISTS ({of}) OR EXISTS ({of} AND ({near})))")
            values += [area_nuts(area) for area in profile.areas for _ in range(2)]
        if profile.words_out:
            conditions.append("lots.id NOT IN (SELECT rowid FROM texts WHERE texts MATCH ?)")
            values.append(_phrases(profile.words_out))
        sql = f"SELECT id FROM lots WHERE {' AND '.join(conditions)} ORDER BY id"
        return [row[0] for row in self._db.execute(sql, values)]


def _interests(profile: Profile, values: list[object]) -> str:
    parts = ["SELECT lot FROM trades WHERE trade = ?" for _ in profile.trades]
    values += profile.trades
    for prefix in profile.cpv_prefixes:
        parts.append("SELECT lot FROM codes WHERE code >= ? AND code < ?")
        values += [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]
    if profile.words:
        parts.append("SELECT rowid FROM texts WHERE texts MATCH ?")
        values.append(_phrases(profile.words))
    return " UNION ".join(parts)


def _phrases(words: Iterable[str]) -> str:
    return " OR ".join(f'"{wanted(word)}"' for word in words)


def _text(view: LotView) -> str:
    return "\0".join(folded(text) for text in lot_texts(view.lot, view.notice)).replace("\0", " \x01 ")


def _lot_codes(view: LotView) -> tuple[str, ...]:
    return (view.lot.cpv_main, *view.lot.cpv_additional)


# -- (b) one JOIN --------------------------------------------------------------------------------------------------

_TABLES = """
CREATE EXTENSION pg_trgm;
CREATE TABLE lots (id int PRIMARY KEY, verdict int, value numeric, text text);
CREATE TABLE lot_trades (lot int, trade text);
CREATE TABLE lot_codes (lot int, prefix text);
CREATE TABLE lot_areas (lot int, area text);
CREATE TABLE profiles (id int PRIMARY KEY, verdict int, least numeric, most numeric, everything bool, anywhere bool);
CREATE TABLE profile_trades (profile int, trade text);
CREATE TABLE profile_prefixes (profile int, prefix text);
CREATE TABLE profile_areas (profile int, area text);
CREATE TABLE profile_words (profile int, word text, wanted bool);
"""
_INDEXES = """
CREATE INDEX ON lots USING gin (text gin_trgm_ops);
CREATE INDEX ON lot_trades (trade); CREATE INDEX ON lot_codes (prefix); CREATE INDEX ON lot_areas (lot, area);
CREATE INDEX ON profile_trades (trade); CREATE INDEX ON profile_prefixes (prefix);
CREATE INDEX ON profile_areas (profile, area); CREATE INDEX ON profile_words (word);
VACUUM ANALYZE;
"""
# A lot's beginnings of codes and the areas within and around its places are laid out beforehand, so that all but the
# words are joined by equality: the fastest way that was found (of three) to put the question to PostgreSQL.
_JOIN = """
COPY (
WITH found AS MATERIALIZED (
    SELECT lots.id AS lot, words.word FROM (SELECT DISTINCT word FROM profile_words) AS words
    JOIN lots ON lots.text LIKE '%' || words.word || '%'
), interested AS (
    SELECT lot, profile FROM lot_trades JOIN profile_trades USING (trade)
    UNION SELECT lot, profile FROM lot_codes JOIN profile_prefixes USING (prefix)
    UNION SELECT lot, profile FROM found JOIN profile_words USING (word) WHERE wanted
    UNION SELECT lots.id, profiles.id FROM lots CROSS JOIN profiles WHERE everything
)
SELECT lot, profile FROM interested JOIN lots ON lots.id = lot JOIN profiles ON profiles.id = profile
WHERE lots.verdict >= profiles.verdict
AND (value IS NULL OR ((least IS NULL OR value >= least) AND (most IS NULL OR value <= most)))
AND (anywhere OR NOT EXISTS (SELECT 1 FROM lot_areas WHERE lot_areas.lot = interested.lot)
     OR EXISTS (SELECT 1 FROM lot_areas JOIN profile_areas USING (area)
                WHERE lot_areas.lot = interested.lot AND profile_areas.profile = interested.profile))
AND NOT EXISTS (SELECT 1 FROM found JOIN profile_words USING (word)
                WHERE NOT wanted AND found.lot = interested.lot AND profile_words.profile = interested.profile)
) TO STDOUT (FORMAT binary)
"""


class Postgres:
    """A server of its own on a socket in a folder of its own, gone afterwards."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs

    def ask(self, sql: str, given: str | None = None) -> bytes:
        """What psql prints; `given` is its standard input for COPY FROM STDIN."""
        command = [str(self._programs / "psql"), "-h", str(self._folder), "-U", "bench", "-d", "postgres", "-X", "-q"]
        command += ["-v", "ON_ERROR_STOP=1", *(["-f", "-"] if given is None else ["-c", sql])]
        read = (sql if given is None else given).encode()
        ended = subprocess.run(command, input=read, capture_output=True, check=False)
        if ended.returncode:
            raise RuntimeError(ended.stderr.decode())
        return ended.stdout

    def fill(self, lots: Sequence[LotView], profiles: Sequence[Profile]) -> None:
        """Everything into tables, indexed and analysed."""
        self.ask(_TABLES)
        for table, rows in _rows(lots, profiles).items():
            lines = "\n".join("\t".join("\\N" if value is None else str(value) for value in row) for row in rows)
            self.ask(f"COPY {table} FROM STDIN", f"{lines}\n")
        self.ask(_INDEXES)

    def join(self) -> bytes:
        """Every pair, as PostgreSQL's binary COPY writes it."""
        return self.ask(_JOIN)


# PostgreSQL's manual, COPY, "Binary Format": a head of 19 octets, each row with its count of fields and each field with
# its length before it, a trailer of 2.
_HEAD, _TRAILER = 19, 2
_PAIR = np.dtype([("fields", ">i2"), ("a", ">i4"), ("lot", ">i4"), ("b", ">i4"), ("profile", ">i4")])


def pairs_of(answer: bytes) -> NDArray[np.int64]:
    """Each pair as one number, ascending."""
    rows = np.frombuffer(answer, _PAIR, offset=_HEAD, count=(len(answer) - _HEAD - _TRAILER) // _PAIR.itemsize)
    return np.sort(rows["lot"].astype(np.int64) * PROFILES + rows["profile"])


def _rows(lots: Sequence[LotView], profiles: Sequence[Profile]) -> dict[str, Iterator[tuple[object, ...]]]:
    wanted_areas = {area_nuts(area) for profile in profiles for area in profile.areas}
    lengths = {len(prefix) for profile in profiles for prefix in profile.cpv_prefixes}
    judged = [(number, view, view.assessment) for number, view in enumerate(lots) if view.assessment]
    asking = list(enumerate(profiles))
    return {
        "lots": ((n, one.verdict.rank, _amount(annual_value(view.lot)), _text(view)) for n, view, one in judged),
        "lot_trades": ((n, trade) for n, _, one in judged for trade in one.trades),
        "lot_codes": ((n, one) for n, view, _ in judged for one in _beginnings(view, lengths)),
        "lot_areas": ((n, area) for n, view, _ in judged for area in _around(view, wanted_areas)),
        "profiles": ((n, *_limits(p)) for n, p in asking),
        "profile_trades": ((n, trade) for n, p in asking for trade in p.trades),
        "profile_prefixes": ((n, prefix) for n, p in asking for prefix in p.cpv_prefixes),
        "profile_areas": ((n, area) for n, p in asking for area in {area_nuts(area) for area in p.areas}),
        "profile_words": (
            (n, wanted(word), flag)
            for n, p in asking
            for words, flag in ((p.words, "t"), (p.words_out, "f"))
            for word in words
        ),
    }


def _beginnings(view: LotView, lengths: Iterable[int]) -> set[str]:
    return {code[:length] for code in _lot_codes(view) for length in lengths}


def _limits(profile: Profile) -> tuple[object, ...]:
    most = None if profile.partnerships else _amount(profile.value_max)
    everything = not (profile.trades or profile.cpv_prefixes or profile.words)
    return (profile.least_verdict.rank, _amount(profile.value_min), most, everything, not profile.areas)


def _around(view: LotView, areas: Iterable[str]) -> set[str]:
    """The areas asked for that are met, and the lot's own places, so that one nowhere asked for is still known."""
    places = known_places(view.lot.nuts)
    return {*places, *(area for area in areas if any(p.startswith(area) or area.startswith(p) for p in places))}


def _amount(money: Money | None) -> object:
    return None if money is None else money.amount


@contextmanager
def postgres() -> Iterator[Postgres | None]:
    """A fresh PostgreSQL, or None where there is none. It refuses to run as root, so it runs as its own user."""
    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    owner: dict[str, object] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if owner:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *words: object) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **owner)  # type: ignore[call-overload]

    run("initdb", "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    # No network; memory as one would give it on this machine; no durability, which helps it.
    settings = (
        f"-c listen_addresses= -c unix_socket_directories={folder} -c shared_buffers=2GB -c work_mem=512MB -c fsync=off"
    )
    run("pg_ctl", "-w", "-l", folder / "log", "-o", settings, "start")
    try:
        yield Postgres(folder, programs)
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


# -- the figures ---------------------------------------------------------------------------------------------------


def figures() -> Sequence[Figure]:
    """Ours beside (a) and (b), and the curve on."""
    lots, profiles = make_lots(LOTS), make_profiles(PROFILES)
    found: list[list[np.ndarray]] = []
    ours = statistics.median(seconds(lambda: found.append(by_index(lots, profiles))) for _ in range(3))
    pairs = sum(len(one) for one in found[-1])
    name = f"{LOTS:,} lots to {PROFILES:,} profiles"
    return [
        Figure(f"{name}, index built: {pairs:,} pairs", ours, "median of 3", unit="s"),
        _beside_searches(lots, profiles, found[-1], ours),
        *_beside_join(lots, profiles, found[-1], ours),
        *_curve(),
    ]


def _beside_searches(
    lots: Sequence[LotView], profiles: Sequence[Profile], found: Sequence[np.ndarray], ours: float
) -> Figure:
    searches = SavedSearches(lots)
    sample = random.Random(SEED + 2).sample(range(len(profiles)), SAMPLE)
    answers: dict[int, list[int]] = {}

    def search(numbers: Sequence[int]) -> Callable[[], None]:
        return lambda: answers.update({number: searches.search(profiles[number]) for number in numbers})

    parts = [seconds(search(sample[at : at + SAMPLE // 4])) * 4 for at in range(0, SAMPLE, SAMPLE // 4)]
    ours_of: dict[int, list[int]] = {number: [] for number in sample}
    for lot, positions in enumerate(found):
        for number in ours_of.keys() & set(positions.tolist()):
            ours_of[number].append(lot)
    if answers != ours_of:
        raise AssertionError("the saved searches answer otherwise than the index")
    scale = len(profiles) / SAMPLE / ours
    ratios = sorted(part * scale for part in parts)
    spread = f"{ratios[0]:.0f}–{ratios[-1]:.0f} over four parts of {SAMPLE:,} searches, scaled"
    return Figure("saved searches in FTS5 over ours", sum(parts) / 4 * scale, spread, at_least=20)


def _beside_join(
    lots: Sequence[LotView], profiles: Sequence[Profile], found: Sequence[np.ndarray], ours: float
) -> Iterator[Figure]:
    with postgres() as server:
        if server is None:
            print("PostgreSQL is not installed: nothing to compare with", file=sys.stderr)
            return
        server.fill(lots, profiles)
        answers: list[bytes] = []
        joined = seconds(lambda: answers.append(server.join()))
    mine = np.concatenate([lot * PROFILES + positions.astype(np.int64) for lot, positions in enumerate(found)])
    if not np.array_equal(pairs_of(answers[0]), mine):
        raise AssertionError("PostgreSQL answers otherwise than the index")
    yield Figure("one JOIN in PostgreSQL over ours", joined / ours, f"once, {joined:.0f} s", at_least=1)


def _curve() -> Iterator[Figure]:
    """Time and memory on to a million profiles, each in a process of its own."""
    for count in (1_000, 10_000, 100_000, 1_000_000):
        command = [sys.executable, "-m", "tests.bench.match", str(count)]
        took, memory, pairs = msgspec.json.decode(subprocess.run(command, check=True, capture_output=True).stdout)
        spread = f"index of {memory:,.0f} MB, {pairs:,} pairs"
        yield Figure(f"{LOTS:,} lots to {count:,} profiles", took, spread, unit="s")


def _measure_one(count: int) -> None:
    lots, profiles = make_lots(LOTS), make_profiles(count)
    before = _resident()
    begun, pairs = time.perf_counter(), 0
    index = Index(profiles)
    for lot in lots:
        pairs += len(index.matches(lot))  # as dispatch does: one lot's answer at a time
    took = time.perf_counter() - begun
    sys.stdout.buffer.write(msgspec.json.encode((took, (_resident() - before) / 2**20, pairs)))


def _resident() -> int:
    """Octets of memory in use now. (The highest so far would be that of making the profiles.)"""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    _measure_one(int(sys.argv[1]))
