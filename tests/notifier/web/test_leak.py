"""What the desk knows is nowhere on the public side.

Unmistakable words are planted in every column that officers write, and then every page, file, feed, mail and export of
the public side is read. A new column of text has to be named here: as one that is planted, or one that is not theirs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from notifier.answers import Answer
from notifier.catalogue import refresh
from notifier.dispatch import build_digests
from notifier.export import as_csv, as_jsonl, lot_line
from notifier.keys import Purpose, key_of
from notifier.lots import Verdict
from notifier.outbox import deliver
from notifier.post import trade_names
from notifier.profiles import Cadence, Profile, Subscriber
from notifier.store import Published
from tests.notifier.desk.make import DESK, STAFF, Room
from tests.notifier.editions import publish
from tests.notifier.examples import Handed
from tests.notifier.office import Taker
from tests.notifier.web.make import DOOR, RULES, TOWN, lot

# What officers and operators write, and what opens the desk.
PLANTED = {
    "actions": ("who", "kind", "item", "detail", "undone_by"),
    "accounts": ("login", "name", "password", "link_hash"),
    "sessions": ("hash",),
    "browsers": ("hash",),
    "tries": ("what", "who"),
    "corrections": ("who", "why", "removed_by"),
    "notes": ("words", "who", "removed_by"),
    "plans": ("words", "who", "done_by"),
    "postings": ("who",),
    "tags": ("who", "why", "removed_by"),
    "withheld": ("decided_by", "source"),
    "draws": ("stratum",),
    "promotions": ("who", "report"),
    "crawl_runs": ("message",),
    "subscribers": ("status_why",),
    "outbox": ("error",),
}
# What sources published and the program made of it; what subscribers say of themselves, which has tests of its own;
# codes that the schema or the program chooses, and moments.
NOT_THEIRS = {
    "crawl_runs": "source started finished status purpose missing coverage asked",
    "notices": "source key procedure_key first_seen",
    "notice_versions": "digest seen_at publication_number procedure_id stage published data",
    "lots": "uid slug procedure_key first_seen stage deadline first_trades",
    "lot_versions": "kind lot_label",
    "lot_changes": "seen_at data",
    "lot_aliases": "uid slug",
    "assessments": "rules_version verdict data assessed_at",
    "agreements": "uid slug source key first_seen last_seen digest data trades rules_version winner",
    "subscribers": "address address_key name language cadence status profile created token confirmed_at status_at "
    "confirm_hash confirm_until asked_at",
    "digest_runs": "cadence period started finished",
    "digests": "created",
    "announcements": "kind item_uid key",
    "outbox": "message_id recipient status created not_before claimed_at sent_at kind good_until came_back",
    "mail_bodies": "octets",
    "publications": "item_uid fingerprint published_at",
    "bodies": "hash data",
    "documents": "source place url role reader key facts content_type etag last_modified first_seen last_seen",
    "procedure_names": "name tie",
    "probable_pairs": "reason found_at decision decided_at",
    "rule_texts": "version text",
    "promotions": "rules_version model_version grounds promoted_at",
    "settings": "name value",  # of these the values themselves are looked for
    "feedback": "answer reason words given_at withdrawn_at trades",
    "partners": "first_agreed second_agreed introduced_at",
    "tags": "verdict trades tagged_at removed_at",
    "draws": "kind machine drawn_at",
    "withheld": "kind key assessment reason since decision decided_at",
    "actions": "at undone_at",
    "accounts": "role language link_until created disabled_at",
    "sessions": "created until",
    "browsers": "until",
    "tries": "at",
    "corrections": "field value instead_of made_at removed_at moot_at",
    "notes": "written_at removed_at once",
    "plans": "plan made_at done_at once",
    "winners": "day cvr name buyer buyer_cvr",
    "postings": "source key data created changed withdrawn_at",
    # `tagged_by` says what tags.who says, which is planted.
    "catalogue": "source procedure_key ends verdict machine fingerprint first_seen buyer tagged_by rows_da rows_en",
    "catalogue_trades": "trade ends procedure_key",
    "catalogue_words": "title buyer words",
    "told_reports": "key told_at data",  # published as they stand
}
# Tables of SQLite's own and of sqlite-utils: they hold what others do.
INNER = ("catalogue_text", "sqlite_", "_sqlite_")


class Column(NamedTuple):
    """A column that can hold words."""

    table: str
    name: str


def columns(connection: sqlite3.Connection) -> Iterator[Column]:
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    for (table,) in tables:
        if not table.startswith(INNER):
            for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})"):  # a name out of the schema
                if kind in ("TEXT", "BLOB", "ANY", ""):
                    yield Column(table, name)


def word(column: Column) -> str:
    return f"hemmelig-{column.table}-{column.name}".replace("_", "")


def test_every_column_of_words_is_planted_or_known_not_to_be_the_officers(room: Room) -> None:
    with sqlite3.connect(room.place.config.database) as connection:
        found = set(columns(connection))
    planted = {Column(table, name) for table, names in PLANTED.items() for name in names}
    others = {Column(table, name) for table, names in NOT_THEIRS.items() for name in names.split()}
    assert found - planted - others == set(), "say here whether officers write it"
    assert (planted | others) - found == set(), "these columns are no more"
    assert planted & others == set()


ROWS = """
INSERT INTO notes (lot_id, words, who, written_at, once) VALUES (1, 'x', 'x', '2026', 'x');
INSERT INTO plans (agreement_id, plan, words, who, made_at, once) VALUES (1, 'reserve', 'x', 'x', '2026', 'x');
INSERT INTO postings (source, key, data, who, created, changed) VALUES ('opslag', '1', x'7b7d', 'x', '2026', '2026');
INSERT INTO corrections (lot_id, field, value, instead_of, who, why, made_at, removed_at)
    VALUES (1, 'title', x'6e756c6c', x'6e756c6c', 'x', 'x', '2026', '2026');
INSERT INTO withheld (kind, lot_id, key, reason, source, since, decision, decided_at, decided_by)
    VALUES ('new', 1, '', 'rules', 'x', '2026', 'released', '2026', 'x');
INSERT INTO draws (round, lot_id, kind, stratum, frame, probability, machine, drawn_at)
    VALUES (1, 1, 'random', 'x', 9, 0.5, 'possible', '2026');
INSERT INTO rule_texts (version, text) VALUES ('v', x'00');
INSERT INTO promotions (rules_version, model_version, grounds, who, report, promoted_at)
    VALUES ('v', '', 'first', 'x', 'x', '2026');
INSERT INTO sessions (hash, account_id, created, until) VALUES ('x', 1, '2026', '2027');
INSERT INTO browsers (hash, account_id, until) VALUES ('x', 1, '2027');
INSERT INTO tries (what, who, at) VALUES ('x', 'x', '2026');
INSERT INTO actions (at, account_id, who, kind, item) VALUES ('2026', 1, 'x', 'x', 'x');
INSERT INTO crawl_runs (source, started, finished, status, listed, held)
    VALUES ('ted', '2026-11-23T05:00:00.000000+00:00', '2026-11-23T05:01:00.000000+00:00', 'partial', 3, 2);
"""


def plant(room: Room) -> list[str]:
    """A row in each table that officers write, its words in each of its columns; all words that may not be found."""
    said: list[str] = []
    with sqlite3.connect(room.place.config.database) as connection:
        connection.executescript(ROWS)
        for table, names in PLANTED.items():
            for name in names:
                column = Column(table, name)
                value = f'"{word(column)}"' if name == "detail" else word(column)
                # Unique where it has to be: the number of the row at its end.
                unique = " || rowid" if (table, name) in (("accounts", "login"), ("accounts", "link_hash")) else ""
                sql = f"UPDATE {table} SET {name} = ?{unique}"  # names out of this file
                assert connection.execute(sql, (value,)).rowcount, f"no row of {table}: nothing is proven"
                said.append(word(column))
        secrets = connection.execute("SELECT value FROM settings WHERE length(value) > 15").fetchall()
    connection.close()
    return [*said, *(value for (value,) in secrets), *(name for name, _ in STAFF.values()), *STAFF, "Anna Lund"]


def a_busy_town(room: Room) -> Subscriber:
    """Running lots that officers tagged, agreements with plans, somebody who is told of all."""
    place = room.place
    tagged = place.hold(lot("Skolerengøring", description="Daglig rengøring."), lot("Vinduer", "LOT-0002"))
    place.hold(lot("Kantine", cpv_main="55512000"), key="2-2026", verdict=Verdict.POSSIBLE)
    place.hold(lot("Motorvej"), key="3-2026", verdict=Verdict.UNSUITABLE)
    place.agreement()
    for view in place.store.lots.views(place.now):
        place.store.tags.add(
            view.uid, Verdict.RESERVED if view.uid == tagged.uid else Verdict.SUITABLE, who="Anna Lund",
            why="Vi ved, hvem der byder", trades=("cleaning",), now=place.now,
        )  # fmt: skip
    one = place.subscriber(profile=Profile(planned=True, near_misses=True, least_verdict=Verdict.POSSIBLE))
    other = place.subscriber("hej@koekkenet.example", language="en", profile=Profile(trades=("cleaning",)))
    for who in (one, other):
        place.post(DOOR.answer(who, tagged.slug, Answer.PARTNERS), words="Vi har to biler")
    place.post(DOOR.answer(one, tagged.slug, Answer.PARTNERS), pair="1")
    place.sign_up("ny@haven.example")
    return one


def on_the_site(room: Room, folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of the published site."""
    place = room.place
    done = publish(
        Handed(list(place.store.lots.views(place.now))), place.store.agreements.views(),
        place.store.runs.recent(["ted"]), TOWN, folder, place.now, trades=RULES.trades,
        sources=place.config.sources, aliases=place.store.lots.aliases(), door=DOOR,
    )  # fmt: skip
    place.store.publications.record((Published(*item) for item in done.fingerprints.items()), place.now)
    refresh(place.store, RULES.trades, place.now)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 12
    for path in files:
        yield str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")


def in_mails(room: Room) -> Iterator[tuple[str, str]]:
    """Every mail that leaves, its headers and both bodies, and what the outbox keeps of those that left before."""
    place = room.place
    for number, letter in enumerate(place.letters()):
        yield f"mail {number}", letter.text + str(letter.message.items())
    place.later(days=7)
    for cadence in (Cadence.WEEKLY, Cadence.DAILY, Cadence.INSTANT):
        place.store._database.write("UPDATE subscribers SET cadence = ?", (cadence,))
        built = build_digests(place.store, place.config, place.now, trade_names(RULES.trades))
        assert built
    before = len(place.letters())
    relay = Taker()
    deliver(place.store, relay, place.now)
    assert before >= 4
    assert relay.letters
    for number, letter in enumerate(place.letters()):
        yield f"mail {number}, later", letter.text + str(letter.message.items())


def on_pages(room: Room, subscriber: Subscriber) -> Iterator[tuple[str, str]]:
    """Every page of the public application with arguments that are real, read and, where that shows more, sent."""
    place = room.place
    views = list(place.store.lots.views(place.now))
    keys = [key_of(subscriber, purpose) for purpose in Purpose]
    given: dict[str, list[str]] = {
        "slug": [view.slug for view in views],
        "key": keys,
        "answer": [one.value for one in Answer],
        "trade": ["cleaning", "catering"],
        "path": ["index.html", "opgaver.html", "en/", "atom.xml"],
        "token": [place.letters()[-1].link("/ja/").rpartition("/")[2] if place.letters() else "x"],
    }
    app = place.client.application
    for rule in app.url_map.iter_rules():
        addresses = [""]
        for name in sorted(rule.arguments):
            assert name in given, f"{rule} has a blank that is not known here: give it a value"
        for values in _every(sorted(rule.arguments), given):
            built = rule.build(values)
            assert built is not None
            addresses.append(built[1])
        statuses = set()
        for address in addresses[1:]:
            for query in ("", "?q=rengøring", "?q=hemmelig", "?trade=cleaning&mark=reserved"):
                answer = place.visit(address + query)
                statuses.add(answer.status_code)
                yield f"{address}{query}", answer.get_data(as_text=True) + str(answer.headers)
        assert statuses & {200, 302}, f"{rule} was not opened: nothing is proven of it"
    for language in ("da", "en"):
        for form in ({"try": "1", "trades": "cleaning"}, {"try": "1", "words": "hemmelig"}, {"address": "x"}):
            answer = place.post(DOOR.sign_up(language), **form)
            yield f"POST {language} {form}", answer.get_data(as_text=True)
    yield "/nowhere", place.visit("/nowhere").get_data(as_text=True)


def _every(names: list[str], given: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    if not names:
        yield {}
        return
    for value in given[names[0]]:
        for rest in _every(names[1:], given):
            yield {names[0]: value, **rest}


def in_exports(room: Room) -> Iterator[tuple[str, str]]:
    """What other programs are given."""
    views = [view for view in room.place.store.lots.views(room.place.now) if view.assessment]
    lines = [lot_line(view.notice, view.lot, view.assessment) for view in views if view.assessment]
    assert lines
    yield "export.jsonl", "".join(as_jsonl(lines))
    yield "export.csv", "".join(as_csv(lines))


def test_nothing_that_the_desk_knows_is_read_anywhere_outside(room: Room, tmp_path: Path) -> None:
    subscriber = a_busy_town(room)
    site = dict(on_the_site(room, tmp_path / "site"))
    secrets = plant(room)
    refresh(room.place.store, RULES.trades, room.place.now)
    kept = "\n".join(room.place.dump())
    assert [one for one in secrets if one.startswith("hemmelig-") and one not in kept] == []
    read = {
        **site, **dict(on_the_site(room, tmp_path / "site")), **dict(on_pages(room, subscriber)),
        **dict(in_mails(room)), **dict(in_exports(room)),
    }  # fmt: skip
    assert len(read) > 150
    assert sum("Skolerengøring" in text for text in read.values()) > 20  # what is public is there
    found = [
        (name, secret)
        for name, text in read.items()
        for secret in [*secrets, "Vi ved, hvem der byder"]
        # What somebody typed into a search is shown to them again.
        if secret.casefold() in text.casefold()
    ]
    assert found == []
    # Nor where the desk is.
    host = DESK.address.partition("//")[2]
    assert [name for name, text in read.items() if host in text] == []


def test_no_page_of_the_desk_is_on_the_public_application(room: Room) -> None:
    public, desk = room.place.client.application, room.app
    theirs = [view.__module__ for view in public.view_functions.values() if view.__module__.startswith("notifier.desk")]
    assert theirs == []
    own = {rule.rule for rule in public.url_map.iter_rules()}
    alone = [rule for rule in desk.url_map.iter_rules() if rule.rule not in own]
    assert alone
    for rule in alone:
        built = rule.build(dict.fromkeys(rule.arguments, "1"))
        assert built is not None
        # A page of ours may stand where one of theirs does; it is ours that answers then.
        for method in ("GET", "POST"):
            answer = room.place.visit(built[1], method)
            if answer.status_code not in (404, 405):
                endpoint = public.url_map.bind("x").match(built[1], method=method)[0]
                assert not public.view_functions[endpoint].__module__.startswith("notifier.desk"), rule


@pytest.mark.parametrize("address", [DOOR.lots("da"), DOOR.front("en"), DOOR.sign_up("da")])
def test_no_public_page_sets_a_cookie_or_knows_the_desks(room: Room, address: str) -> None:
    browser = room.enter()
    cookie = browser.client.get_cookie("__Host-desk") or browser.client.get_cookie("desk", domain="localhost")
    answer = room.place.visit(address, headers={"Cookie": f"__Host-desk={cookie.value if cookie else 'x'}"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Anna Lund" not in answer.get_data(as_text=True)
