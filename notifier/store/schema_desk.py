"""The tables of the desk (step 5): the catalogue that is searched, staff and what they do, postings, plans.

catalogue           one row for each lot that has a verdict: what lists filter and sort by, and the lot's rows as
                    lists show them (catalogue.Entry). It follows from the other tables and can be made anew
catalogue_trades    the trades of each, with what an officer's list of a trade is sorted by; `waiting` where it waits
                    for a word and is not of the random sample
catalogue_words     what is searched of each, and its trigrams in catalogue_text
catalogue_stale     lots whose row does not say any more what the other tables say; triggers note them here
corrections         what an officer put right in a lot (Correction), also those that were taken back, and those that
                    are moot because the source says the same by now. lots.hidden is corrections.Hidden
notes               what officers write for each other about a lot
plans               what an officer wants to do when an agreement runs out (Plan); `once`, here and of notes, is what
                    the form carried that it was sent with: sent twice, it is kept once
postings            small purchases, and tenders that were found by hand, as they were typed (Posting)
accounts            staff who may sign in; `password` is argon2's own notation, "" where there is none
sessions, browsers  who is signed in, and which browsers somebody signed in from before; by hashes of their cookies
tries               attempts at something that is limited: to sign in, to sign up
lots.first_trades   the trades that the machine first gave a lot, NULL until then. Nothing that anybody says or puts
                    right later changes them; an answer is counted under them (feedback.trades)
feedback.who        a random number for each enterprise that answers. It stays when the enterprise is erased, and leads
                    to nobody then
settings            `first_mail` is when the first digest was made, whoever of its readers is still here
winners             who won what, by the award notices: one row for each award of each version (effects.py); triggers
                    read it out of the notice, so that nobody has to read notices to count winners
actions             the audit trail of the desk: who did what to what, and whether it was undone
"""

from __future__ import annotations

_TABLES = """
CREATE TABLE actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    account_id INTEGER,
    who TEXT NOT NULL CHECK (who <> ''),
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}',
    undone_at TEXT,
    undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX actions_by_item ON actions (item);
CREATE INDEX actions_by_account ON actions (account_id, id);

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE CHECK (login = lower(login) AND login <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    role TEXT NOT NULL CHECK (role IN ('officer', 'admin')),
    language TEXT NOT NULL DEFAULT 'da' CHECK (language IN ('da', 'en')),
    password TEXT NOT NULL DEFAULT '',
    link_hash TEXT NOT NULL DEFAULT '',
    link_until TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    disabled_at TEXT
) STRICT;
CREATE UNIQUE INDEX accounts_by_link ON accounts (link_hash) WHERE link_hash <> '';

CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE browsers (
    hash TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    until TEXT NOT NULL,
    PRIMARY KEY (hash, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX browsers_by_account ON browsers (account_id);

CREATE TABLE tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX tries_of ON tries (what, who, at);
CREATE INDEX tries_by_age ON tries (at);

CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    field TEXT NOT NULL,
    value BLOB NOT NULL,
    instead_of BLOB NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL DEFAULT '',
    made_at TEXT NOT NULL,
    removed_at TEXT,
    removed_by TEXT NOT NULL DEFAULT '',
    moot_at TEXT
) STRICT;
CREATE UNIQUE INDEX corrections_once ON corrections (lot_id, field) WHERE removed_at IS NULL AND moot_at IS NULL;
CREATE INDEX corrections_by_lot ON corrections (lot_id, id);
ALTER TABLE lots ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1, 2));
ALTER TABLE lots ADD COLUMN first_trades TEXT;
UPDATE lots SET first_trades = (
    SELECT (SELECT coalesce(group_concat(value, ' '), '') FROM json_each(CAST(data AS TEXT), '$.trades'))
    FROM assessments JOIN lot_versions ON lot_versions.id = lot_version_id WHERE lot_versions.lot_id = lots.id
    ORDER BY lot_version_id LIMIT 1
);
INSERT INTO settings (name, value)
    SELECT 'first_mail', created FROM digests WHERE created = (SELECT min(created) FROM digests) LIMIT 1;

CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    words TEXT NOT NULL CHECK (words <> ''),
    who TEXT NOT NULL CHECK (who <> ''),
    written_at TEXT NOT NULL,
    removed_at TEXT,
    removed_by TEXT NOT NULL DEFAULT '',
    once TEXT NOT NULL UNIQUE CHECK (once <> '')
) STRICT;
CREATE INDEX notes_by_lot ON notes (lot_id, id);

CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agreement_id INTEGER NOT NULL REFERENCES agreements (id) ON DELETE CASCADE,
    plan TEXT NOT NULL CHECK (plan IN ('split', 'reserve', 'dialogue', 'other')),
    words TEXT NOT NULL DEFAULT '',
    who TEXT NOT NULL CHECK (who <> ''),
    made_at TEXT NOT NULL,
    done_at TEXT,
    done_by TEXT NOT NULL DEFAULT '',
    once TEXT NOT NULL UNIQUE CHECK (once <> '')
) STRICT;
CREATE INDEX plans_by_agreement ON plans (agreement_id, id);

CREATE TABLE postings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    data BLOB NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    created TEXT NOT NULL,
    changed TEXT NOT NULL,
    withdrawn_at TEXT,
    UNIQUE (source, key)
) STRICT;

ALTER TABLE tags ADD COLUMN action_id INTEGER REFERENCES actions (id);
CREATE INDEX tags_by_action ON tags (action_id) WHERE action_id IS NOT NULL;

CREATE TABLE feedback_of_more_kinds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    subscriber_id INTEGER REFERENCES subscribers (id) ON DELETE SET NULL,
    answer TEXT NOT NULL CHECK (answer IN ('relevant', 'not_relevant', 'bidding', 'partners', 'won', 'lost')),
    reason TEXT NOT NULL DEFAULT '',
    words TEXT NOT NULL DEFAULT '',
    given_at TEXT NOT NULL,
    withdrawn_at TEXT,
    who INTEGER NOT NULL,
    trades TEXT NOT NULL
) STRICT;
CREATE TABLE feedback_who (subscriber_id INTEGER PRIMARY KEY, who INTEGER NOT NULL) STRICT;
INSERT INTO feedback_who SELECT subscriber_id, abs(random() % 4611686018427387904) + 1 FROM feedback
    WHERE subscriber_id IS NOT NULL GROUP BY subscriber_id;
INSERT INTO feedback_of_more_kinds
    SELECT feedback.id, lot_id, feedback.subscriber_id, answer, reason, words, given_at, withdrawn_at,
        coalesce(who, 0), coalesce(first_trades, '')
    FROM feedback JOIN lots ON lots.id = lot_id LEFT JOIN feedback_who USING (subscriber_id);
DROP TABLE feedback_who;
DROP TABLE feedback;
ALTER TABLE feedback_of_more_kinds RENAME TO feedback;
CREATE UNIQUE INDEX feedback_once ON feedback (subscriber_id, lot_id, answer) WHERE subscriber_id IS NOT NULL;
CREATE INDEX feedback_by_lot ON feedback (lot_id);

CREATE TABLE catalogue (
    lot_id INTEGER PRIMARY KEY REFERENCES lots (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    procedure_key TEXT NOT NULL,
    ends TEXT NOT NULL,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    planned INTEGER NOT NULL CHECK (planned IN (0, 1)),
    verdict TEXT NOT NULL CHECK (verdict IN ('reserved', 'suitable', 'possible', 'unsuitable')),
    machine TEXT NOT NULL CHECK (machine IN ('reserved', 'suitable', 'possible', 'unsuitable')),
    doubt INTEGER NOT NULL,
    sampled INTEGER NOT NULL CHECK (sampled IN (0, 1)),
    tagged INTEGER NOT NULL CHECK (tagged IN (0, 1)),
    hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    fingerprint TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    buyer TEXT NOT NULL,
    tagged_by TEXT NOT NULL,
    rows_da BLOB NOT NULL,
    rows_en BLOB NOT NULL,
    partial INTEGER NOT NULL CHECK (partial IN (0, 1)),
    followed INTEGER NOT NULL CHECK (followed IN (0, 1))
) STRICT;
CREATE INDEX catalogue_public ON catalogue (planned, ends, lot_id) WHERE public = 1 AND live = 1;
CREATE INDEX catalogue_public_marks ON catalogue (verdict, planned, ends, lot_id) WHERE public = 1 AND live = 1;
CREATE INDEX catalogue_new ON catalogue (first_seen, lot_id) WHERE public = 1;
CREATE INDEX catalogue_partial ON catalogue (lot_id) WHERE partial = 1;
CREATE INDEX catalogue_elsewhere ON catalogue (lot_id) WHERE followed = 0;
-- What an index is restricted to stands in it as well: SQLite would look each row up to see it.
CREATE INDEX catalogue_waiting ON catalogue (doubt, ends, procedure_key, lot_id, live, tagged, hidden)
    WHERE live = 1 AND tagged = 0 AND hidden = 0;
CREATE INDEX catalogue_waiting_marks ON catalogue (verdict, doubt, ends, procedure_key, lot_id, live, tagged, hidden,
    sampled) WHERE live = 1 AND tagged = 0 AND hidden = 0 AND sampled = 0;
CREATE INDEX catalogue_waiting_sample ON catalogue (doubt, ends, procedure_key, lot_id, live, tagged, hidden, sampled)
    WHERE live = 1 AND tagged = 0 AND hidden = 0 AND sampled = 1;
CREATE INDEX catalogue_waiting_sources ON catalogue (source, doubt, ends, procedure_key, lot_id, live, tagged, hidden)
    WHERE live = 1 AND tagged = 0 AND hidden = 0;
CREATE INDEX catalogue_waiting_buyers ON catalogue (buyer COLLATE NOCASE, doubt, ends, procedure_key, lot_id, live,
    tagged, hidden) WHERE live = 1 AND tagged = 0 AND hidden = 0;
CREATE INDEX catalogue_waiting_procedures ON catalogue (procedure_key, doubt, ends, lot_id, live, tagged, hidden)
    WHERE live = 1 AND tagged = 0 AND hidden = 0;
CREATE INDEX catalogue_seen ON catalogue (ends, procedure_key, lot_id, live, hidden) WHERE live = 1 AND hidden = 0;
CREATE INDEX catalogue_tagged ON catalogue (ends, procedure_key, lot_id, live, hidden, tagged)
    WHERE live = 1 AND hidden = 0 AND tagged = 1;
CREATE INDEX catalogue_taggers ON catalogue (tagged_by, ends, procedure_key, lot_id, live, hidden, tagged)
    WHERE live = 1 AND hidden = 0 AND tagged = 1;
CREATE INDEX catalogue_by_procedure ON catalogue (procedure_key);
CREATE INDEX catalogue_by_source ON catalogue (source, ends) WHERE live = 1 AND hidden = 0;
CREATE INDEX catalogue_by_buyer ON catalogue (buyer COLLATE NOCASE, ends) WHERE live = 1;
CREATE TABLE catalogue_trades (
    trade TEXT NOT NULL,
    lot_id INTEGER NOT NULL REFERENCES catalogue (lot_id) ON DELETE CASCADE,
    waiting INTEGER NOT NULL CHECK (waiting IN (0, 1)),
    doubt INTEGER NOT NULL,
    ends TEXT NOT NULL,
    procedure_key TEXT NOT NULL,
    PRIMARY KEY (trade, lot_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_trades_waiting ON catalogue_trades (trade, doubt, ends, procedure_key, lot_id, waiting)
    WHERE waiting = 1;
CREATE INDEX catalogue_trades_by_lot ON catalogue_trades (lot_id);
CREATE TABLE catalogue_words (
    lot_id INTEGER PRIMARY KEY REFERENCES catalogue (lot_id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    buyer TEXT NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE catalogue_text USING fts5 (title, buyer, words, content = 'catalogue_words',
    content_rowid = 'lot_id', tokenize = 'trigram');
"""

_WINNERS = """
CREATE TABLE winners (
    version_id INTEGER NOT NULL REFERENCES notice_versions (id) ON DELETE CASCADE,
    notice_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    place INTEGER NOT NULL,
    cvr TEXT NOT NULL,
    name TEXT NOT NULL,
    kroner REAL,
    day TEXT NOT NULL,
    buyer TEXT NOT NULL,
    buyer_cvr TEXT NOT NULL,
    PRIMARY KEY (version_id, position, place)
) STRICT, WITHOUT ROWID;
"""


def _won(version: str, origin: str) -> str:
    """Keep the awards of a version of an award notice, as this table holds them.

    A number is kept as the notice writes it, to be read by whoever counts (effects.py); "" where the winner gives none,
    or is from abroad and may have eight digits of another kind. A trigger does with what every SQLite has.
    """
    data = f"CAST({version}.data AS TEXT)"
    return (
        f"INSERT INTO winners SELECT {version}.id, {version}.notice_id, {version}.number, lot.key, award.key, "  # noqa: S608
        "CASE WHEN upper(json_extract(award.value, '$.winner.country')) IN ('', 'DK', 'DNK') "
        "THEN coalesce(trim(json_extract(award.value, '$.winner.identifier')), '') ELSE '' END, "
        "trim(json_extract(award.value, '$.winner.name')), "
        "CASE json_extract(award.value, '$.value.currency') WHEN 'DKK' "
        "THEN CAST(json_extract(award.value, '$.value.amount') AS REAL) END, "
        f"coalesce(json_extract(award.value, '$.concluded'), {version}.published, substr({version}.seen_at, 1, 10)), "
        f"coalesce(trim(json_extract({data}, '$.buyers[0].name')), ''), "
        f"coalesce(json_extract({data}, '$.buyers[0].identifier'), '') "
        f"FROM {origin}json_each({data}, '$.lots') AS lot, json_each(lot.value, '$.awards') AS award "
        f"WHERE {version}.stage = 'award' AND json_extract({data}, '$.cancelled') = 0 "
        "AND json_extract(lot.value, '$.result') NOT IN ('clos-nw', 'open-nw');"
    )


_WINNERS += _won("v", "notice_versions AS v, ") + "\n"
_WON = _won("new", "")
_STALE_TABLE = """
CREATE TABLE catalogue_stale (lot_id INTEGER PRIMARY KEY) STRICT;
INSERT INTO catalogue_stale SELECT id FROM lots;
"""

_OLD, _NEW = (f"{when}.lot_id, {when}.title, {when}.buyer, {when}.words" for when in ("old", "new"))
_FORGET = f"INSERT INTO catalogue_text (catalogue_text, rowid, title, buyer, words) VALUES ('delete', {_OLD});"  # noqa: S608
_LEARN = f"INSERT INTO catalogue_text (rowid, title, buyer, words) VALUES ({_NEW});"  # noqa: S608
_SHOW = (
    "UPDATE catalogue SET public = (verdict <> 'unsuitable' AND hidden = 0 AND fingerprint = new.fingerprint) "
    "WHERE lot_id = (SELECT id FROM lots WHERE uid = new.item_uid);"
)
_HIDE = "UPDATE catalogue SET public = 0 WHERE lot_id = (SELECT id FROM lots WHERE uid = old.item_uid);"


def _stale(lots: str) -> str:
    # Not OR IGNORE: in a trigger the conflict clause of the statement that sets it off counts instead.
    return (
        f"INSERT INTO catalogue_stale SELECT id FROM lots WHERE id IN ({lots}) "  # noqa: S608
        "AND NOT EXISTS (SELECT 1 FROM catalogue_stale WHERE lot_id = lots.id);"
    )


_FIRST_JUDGED = (
    "UPDATE lots SET first_trades = (SELECT coalesce(group_concat(value, ' '), '') "
    "FROM json_each(CAST(new.data AS TEXT), '$.trades')) "
    "WHERE first_trades IS NULL AND id = (SELECT lot_id FROM lot_versions WHERE id = new.lot_version_id);"
)
_FIRST_MAILED = (
    "INSERT INTO settings (name, value) SELECT 'first_mail', new.created "
    "WHERE NOT EXISTS (SELECT 1 FROM settings WHERE name = 'first_mail');"
)
_LOT, _OWN = _stale("new.lot_id"), _stale("new.id")
_JUDGED = _stale("SELECT id FROM lots WHERE facts_id = new.lot_version_id")
_TOLD = _stale("SELECT lots.id FROM lots JOIN lot_versions ON lot_versions.id = facts_id WHERE version_id = new.id")
# What changes a lot's row in lists, whoever writes it: a trigger's name, when it runs, and what it does.
_TRIGGERS = (
    ("words_added", "INSERT ON catalogue_words", _LEARN),
    ("words_gone", "DELETE ON catalogue_words", _FORGET),
    ("words_changed", "UPDATE ON catalogue_words", f"{_FORGET} {_LEARN}"),
    ("lot_added", "INSERT ON lots", _OWN),
    ("lot_changed", "UPDATE ON lots", _OWN),
    ("lot_gone", "DELETE ON lots", "DELETE FROM catalogue_stale WHERE lot_id = old.id;"),
    ("facts_changed", "UPDATE OF data ON notice_versions", _TOLD),
    ("won", "INSERT ON notice_versions WHEN new.stage = 'award'", _WON),
    (
        "won_anew",
        "UPDATE OF data ON notice_versions WHEN 'award' IN (old.stage, new.stage)",
        f"DELETE FROM winners WHERE version_id = old.id; {_WON}",  # noqa: S608
    ),
    ("verdict_added", "INSERT ON assessments", _JUDGED),
    ("first_judged", "INSERT ON assessments", _FIRST_JUDGED),
    ("first_mailed", "INSERT ON digests", _FIRST_MAILED),
    ("verdict_changed", "UPDATE ON assessments", _JUDGED),
    *(
        (f"{table}_{verb}", f"{event} ON {table}", _LOT)
        for table in ("lot_changes", "tags", "draws", "corrections")
        for verb, event in (("added", "INSERT"), ("changed", "UPDATE"))
    ),
    ("shown", "INSERT ON publications", _SHOW),
    ("shown_anew", "UPDATE ON publications WHEN old.fingerprint <> new.fingerprint", _SHOW),
    ("shown_no_more", "DELETE ON publications", _HIDE),
)
# Each ends with its line, and nothing before does (schema._run).
_MADE = "".join(f"CREATE TRIGGER {name} AFTER {when} BEGIN {then} END;\n" for name, when, then in _TRIGGERS)

DESK = _TABLES + _WINNERS + _STALE_TABLE + _MADE
