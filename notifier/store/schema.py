"""The tables, as migrations that are applied in order, each once, all or nothing.

Points in time are ISO 8601 in UTC with microseconds (`values.stamp`), so that they sort as text; days are
YYYY-MM-DD. `data` columns hold the JSON that msgspec writes of the dataclass named beside them. Tables are STRICT:
a value of the wrong type is refused, not bent. A migration that was released is never edited: add another one.

    crawl_runs          one reading of one source (SourceRun); `finished` is NULL while it runs or was cut off
    notices             identity (source, key); `latest` is the number of its newest version; `procedure_key` groups
                        notices of one procedure; `official` ones have a notice type (BT-02); `missing_runs` counts
                        the good runs in a row that did not list it
    notice_versions     every content that was seen under that identity (Notice), never deleted
    lots                identity over all notices of a procedure, and where the lot stands now (changes.Standing)
    lot_versions        each lot or part of each notice version; the lot's facts stand in that version's JSON; without
                        `lot_id` it stands for the whole procedure
    lot_changes         what changed for readers in a known lot (tuple of FieldChange); its id is never used again
    assessments         the verdict on a lot version by the rules that were used last (Assessment)
    agreements          purchasing agreements as they are now (Agreement); one that follows from an award has the lot
                        and the winner that it is about
    subscribers         mailboxes (Profile in `profile`); `address_key` is the address without case
    digest_runs         unique by cadence and period; one that never happened or was cut off names the run that told
                        what it missed in `merged_into`
    digests             unique by run and subscriber
    announcements       what each subscriber was told: for ever at most once per kind, item and key
    outbox, mail_bodies mails on their way, see outbox.py; their octets, for as long as they are kept
    publications        what the site shows: fingerprint of each published item
    documents, bodies   what sources answered (Document), bodies compressed and each once
    procedure_names     by which ids and numbers a procedure is known, with the notice that gives each (merging.Tie)
    lot_aliases         lots that turned out to be another one: their identities and pages lead there
    probable_pairs      notices whose procedures look alike, for a person to decide
    tags                staff's verdicts on lots (Tag), also those taken back; without `trades` the machine's stand
    draws               lots that staff were asked to look at: why, from how many, with which probability
    rule_texts          the rules that were in use, as the file had them, by their version
    promotions          which rules and which model judge, since when, on what grounds; the last one counts
    settings            few values of the program itself, by name (settings.py)
    withheld            what is announced to nobody until an officer releases it (withheld.py)
    feedback            what subscribers say of a lot; it outlives them without their name
    (007_desk)          the catalogue, staff and what they do: schema_desk.py
    partners            two who look for partners for the same lot, and what each says to the other
    told_reports        what was told to the public of each quarter that is over (quarters.Figures): never changed
"""

from __future__ import annotations

import sqlite_utils
from sqlite_utils import Migrations

from notifier.store.schema_desk import DESK

migrations = Migrations("notifier")

_STEP_1 = """
CREATE TABLE crawl_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    status TEXT CHECK (status IN ('good', 'partial', 'failed', 'blocked', 'alarm')),
    listed INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    new INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX crawl_runs_by_source ON crawl_runs (source, id);

CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    procedure_key TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    latest INTEGER NOT NULL,
    UNIQUE (source, key)
) STRICT;
CREATE INDEX notices_by_procedure ON notices (procedure_key);

CREATE TABLE notice_versions (
    id INTEGER PRIMARY KEY,
    notice_id INTEGER NOT NULL REFERENCES notices (id),
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    publication_number TEXT NOT NULL,
    procedure_id TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('planning', 'call', 'award', 'change')),
    published TEXT,
    data BLOB NOT NULL,
    UNIQUE (notice_id, number)
) STRICT;
CREATE INDEX notice_versions_by_publication ON notice_versions (publication_number);

CREATE TABLE lots (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    procedure_key TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    facts_id INTEGER REFERENCES lot_versions (id),
    stage TEXT NOT NULL CHECK (stage IN ('planning', 'call', 'award', 'change')),
    deadline TEXT,
    awarded INTEGER NOT NULL CHECK (awarded IN (0, 1)),
    cancelled INTEGER NOT NULL CHECK (cancelled IN (0, 1)),
    gone INTEGER NOT NULL CHECK (gone IN (0, 1))
) STRICT;
CREATE INDEX lots_by_facts ON lots (facts_id);
CREATE INDEX lots_by_procedure ON lots (procedure_key);
CREATE INDEX lots_by_deadline ON lots (deadline);

CREATE TABLE lot_versions (
    id INTEGER PRIMARY KEY,
    lot_id INTEGER REFERENCES lots (id),
    version_id INTEGER NOT NULL REFERENCES notice_versions (id),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lot', 'part')),
    lot_label TEXT NOT NULL,
    UNIQUE (version_id, position)
) STRICT;
CREATE INDEX lot_versions_by_lot ON lot_versions (lot_id);
CREATE INDEX lot_versions_by_label ON lot_versions (lot_label);

CREATE TABLE lot_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    seen_at TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE INDEX lot_changes_by_lot ON lot_changes (lot_id);

CREATE TABLE assessments (
    lot_version_id INTEGER PRIMARY KEY REFERENCES lot_versions (id),
    rules_version TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('reserved', 'suitable', 'possible', 'unsuitable')),
    score REAL NOT NULL,
    data BLOB NOT NULL,
    assessed_at TEXT NOT NULL
) STRICT;
CREATE INDEX assessments_by_verdict ON assessments (verdict);

CREATE TABLE agreements (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    digest TEXT NOT NULL,
    data BLOB NOT NULL,
    trades TEXT NOT NULL DEFAULT '[]',
    rules_version TEXT NOT NULL DEFAULT '',
    UNIQUE (source, key)
) STRICT;

CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('da', 'en')),
    cadence TEXT NOT NULL CHECK (cadence IN ('instant', 'daily', 'weekly')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'paused', 'unsubscribed')),
    profile BLOB NOT NULL,
    created TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE digest_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cadence TEXT NOT NULL CHECK (cadence IN ('instant', 'daily', 'weekly')),
    period TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    UNIQUE (cadence, period)
) STRICT;

CREATE TABLE digests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES digest_runs (id),
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    UNIQUE (run_id, subscriber_id)
) STRICT;
CREATE INDEX digests_by_subscriber ON digests (subscriber_id);

CREATE TABLE announcements (
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'changed', 'closing', 'expiring')),
    item_uid TEXT NOT NULL,
    key TEXT NOT NULL,
    digest_id INTEGER NOT NULL REFERENCES digests (id) ON DELETE CASCADE,
    PRIMARY KEY (subscriber_id, kind, item_uid, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcements_by_digest ON announcements (digest_id);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest_id INTEGER UNIQUE REFERENCES digests (id) ON DELETE CASCADE,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    body BLOB,
    status TEXT NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'claimed', 'in_doubt', 'sent', 'failed', 'held')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL,
    not_before TEXT,
    claimed_at TEXT,
    sent_at TEXT,
    error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_by_status ON outbox (status, not_before);
CREATE INDEX outbox_by_subscriber ON outbox (subscriber_id);

CREATE TABLE publications (
    item_uid TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    published_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


def _run(db: sqlite_utils.Database, script: str) -> None:
    """Statement by statement. sqlite-utils asks SQLite after each line whether one is whole, which takes longer than
    they do; in ours each ends with its line."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def step_1(db: sqlite_utils.Database) -> None:
    """Everything that the main job needs, from a crawl to a mail."""
    _run(db, _STEP_1)


# What a source answered, as it came: bodies once each, and where, when and for whom they came.
_ARCHIVE = """
CREATE TABLE bodies (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    place TEXT NOT NULL,
    url TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('list', 'notice')),
    reader TEXT NOT NULL,
    key TEXT NOT NULL DEFAULT '',
    facts BLOB NOT NULL,
    content_type TEXT NOT NULL DEFAULT '',
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    body_id INTEGER NOT NULL REFERENCES bodies (id),
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    UNIQUE (source, place, body_id, facts)
) STRICT;
CREATE INDEX documents_by_last_seen ON documents (source, place, last_seen);
CREATE INDEX documents_by_body ON documents (body_id);

ALTER TABLE notice_versions ADD COLUMN document_id INTEGER REFERENCES documents (id);
CREATE INDEX notice_versions_by_document ON notice_versions (document_id);
ALTER TABLE agreements ADD COLUMN document_id INTEGER REFERENCES documents (id);
CREATE INDEX agreements_by_document ON agreements (document_id);
ALTER TABLE crawl_runs ADD COLUMN purpose TEXT NOT NULL DEFAULT 'crawl'
    CHECK (purpose IN ('crawl', 'backfill', 'reparse'));
ALTER TABLE crawl_runs ADD COLUMN missing TEXT NOT NULL DEFAULT '[]';
ALTER TABLE crawl_runs ADD COLUMN coverage TEXT NOT NULL DEFAULT '{}';
"""

# One tender, seen in several places: by which names a procedure is known, which lots turned out to be one, what only
# looks alike; and what its source no longer lists.
_MERGING = """
CREATE TABLE procedure_names (
    name TEXT NOT NULL,
    notice_id INTEGER NOT NULL REFERENCES notices (id),
    tie TEXT NOT NULL CHECK (tie IN ('own', 'corrects', 'follows')),
    PRIMARY KEY (name, notice_id, tie)
) STRICT, WITHOUT ROWID;
CREATE INDEX procedure_names_by_notice ON procedure_names (notice_id);

CREATE TABLE lot_aliases (
    uid TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    lot_id INTEGER NOT NULL REFERENCES lots (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_aliases_by_lot ON lot_aliases (lot_id);

CREATE TABLE probable_pairs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL REFERENCES notices (id),
    second INTEGER NOT NULL REFERENCES notices (id),
    reason TEXT NOT NULL,
    found_at TEXT NOT NULL,
    decision TEXT NOT NULL DEFAULT 'open' CHECK (decision IN ('open', 'same', 'different')),
    decided_at TEXT,
    UNIQUE (first, second)
) STRICT;

ALTER TABLE notices ADD COLUMN missing_runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN official INTEGER NOT NULL DEFAULT 0 CHECK (official IN (0, 1));
ALTER TABLE agreements ADD COLUMN missing_runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agreements ADD COLUMN lot_id INTEGER REFERENCES lots (id);
ALTER TABLE agreements ADD COLUMN winner TEXT NOT NULL DEFAULT '';
CREATE INDEX agreements_by_lot ON agreements (lot_id);
"""


# Staff's word, what they are asked about, and which rules and model were let in on its strength.
_TAGS = """
CREATE TABLE tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('reserved', 'suitable', 'possible', 'unsuitable')),
    trades TEXT,
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL CHECK (why <> ''),
    tagged_at TEXT NOT NULL,
    removed_at TEXT,
    removed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX tags_by_lot ON tags (lot_id, tagged_at, id);

CREATE TABLE draws (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    round INTEGER NOT NULL,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    kind TEXT NOT NULL CHECK (kind IN ('uncertain', 'random')),
    stratum TEXT NOT NULL,
    frame INTEGER NOT NULL CHECK (frame > 0),
    probability REAL NOT NULL CHECK (probability > 0 AND probability <= 1),
    machine TEXT NOT NULL CHECK (machine IN ('reserved', 'suitable', 'possible', 'unsuitable')),
    drawn_at TEXT NOT NULL,
    UNIQUE (round, lot_id, kind)
) STRICT;
CREATE INDEX draws_by_lot ON draws (lot_id);

CREATE TABLE rule_texts (
    version TEXT PRIMARY KEY,
    text BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE promotions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rules_version TEXT NOT NULL REFERENCES rule_texts (version),
    model_version TEXT NOT NULL,
    grounds TEXT NOT NULL CHECK (grounds IN ('first', 'code', 'confirmed', 'not_worse')),
    who TEXT NOT NULL,
    report TEXT NOT NULL,
    promoted_at TEXT NOT NULL
) STRICT;
"""


# Who is told what and what is not told by itself; what people answer; mails that are no digests.
_DIGESTS = """
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- From the first moment: a backup without it could not tell who of its subscribers stands in the journal.
INSERT INTO settings (name, value) VALUES ('journal_key', lower(hex(randomblob(32))));

CREATE TABLE announcements_of_more_kinds (
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'changed', 'closing', 'expiring', 'near')),
    item_uid TEXT NOT NULL,
    key TEXT NOT NULL,
    digest_id INTEGER NOT NULL REFERENCES digests (id) ON DELETE CASCADE,
    PRIMARY KEY (subscriber_id, kind, item_uid, key)
) STRICT, WITHOUT ROWID;
INSERT INTO announcements_of_more_kinds SELECT subscriber_id, kind, item_uid, key, digest_id FROM announcements;
DROP TABLE announcements;
ALTER TABLE announcements_of_more_kinds RENAME TO announcements;
CREATE INDEX announcements_by_digest ON announcements (digest_id);
CREATE INDEX announcements_by_item ON announcements (item_uid);

ALTER TABLE digest_runs ADD COLUMN merged_into INTEGER REFERENCES digest_runs (id);
CREATE INDEX digest_runs_unfinished ON digest_runs (id) WHERE finished IS NULL;

ALTER TABLE subscribers ADD COLUMN confirmed_at TEXT;
ALTER TABLE subscribers ADD COLUMN status_at TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN status_why TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN confirm_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN confirm_until TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN asked_at TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN asked_times INTEGER NOT NULL DEFAULT 0;
UPDATE subscribers SET status_at = created;
UPDATE subscribers SET confirmed_at = created WHERE status IN ('confirmed', 'paused');
CREATE INDEX subscribers_by_confirmation ON subscribers (confirm_hash) WHERE confirm_hash <> '';
CREATE INDEX subscribers_by_cadence ON subscribers (status, cadence);

ALTER TABLE outbox ADD COLUMN begun INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1));
UPDATE outbox SET begun = 1 WHERE status IN ('in_doubt', 'sent', 'held');
ALTER TABLE outbox ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0 CHECK (doubted IN (0, 1));
UPDATE outbox SET doubted = 1 WHERE status IN ('in_doubt', 'held');
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'digest' CHECK (kind IN ('digest', 'confirmation', 'notice'));
ALTER TABLE outbox ADD COLUMN good_until TEXT;
ALTER TABLE outbox ADD COLUMN about INTEGER REFERENCES subscribers (id) ON DELETE CASCADE;
CREATE INDEX outbox_by_about ON outbox (about) WHERE about IS NOT NULL;
ALTER TABLE outbox ADD COLUMN lot_id INTEGER REFERENCES lots (id) ON DELETE SET NULL;
ALTER TABLE outbox ADD COLUMN came_back TEXT;
CREATE INDEX outbox_by_lot ON outbox (lot_id) WHERE lot_id IS NOT NULL;
-- Apart from the row, which is written three times on a mail's way: each time SQLite would write the body with it.
CREATE TABLE mail_bodies (
    mail INTEGER PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
    octets BLOB NOT NULL
) STRICT;
INSERT INTO mail_bodies SELECT id, body FROM outbox WHERE body IS NOT NULL;
ALTER TABLE outbox DROP COLUMN body;

CREATE TABLE withheld (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'changed', 'closing', 'expiring')),
    lot_id INTEGER REFERENCES lots (id) ON DELETE CASCADE,
    agreement_id INTEGER REFERENCES agreements (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    lot_version_id INTEGER REFERENCES lot_versions (id) ON DELETE CASCADE,
    assessment BLOB,
    reason TEXT NOT NULL CHECK (reason IN ('first_run', 'backfill', 'reparse', 'rules', 'restored')),
    source TEXT NOT NULL,
    since TEXT NOT NULL,
    decision TEXT NOT NULL DEFAULT 'open' CHECK (decision IN ('open', 'released', 'left')),
    decided_at TEXT,
    decided_by TEXT NOT NULL DEFAULT '',
    CHECK ((lot_id IS NULL) <> (agreement_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX withheld_lots ON withheld (lot_id, kind, key, coalesce(lot_version_id, 0)) WHERE lot_id IS NOT NULL;
CREATE UNIQUE INDEX withheld_agreements ON withheld (agreement_id, kind, key) WHERE agreement_id IS NOT NULL;
CREATE INDEX withheld_by_version ON withheld (lot_version_id);
CREATE INDEX agreements_waiting ON agreements (id) WHERE rules_version = '';

CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    subscriber_id INTEGER REFERENCES subscribers (id) ON DELETE SET NULL,
    answer TEXT NOT NULL CHECK (answer IN ('relevant', 'not_relevant', 'bidding', 'partners')),
    reason TEXT NOT NULL DEFAULT '',
    words TEXT NOT NULL DEFAULT '',
    given_at TEXT NOT NULL,
    withdrawn_at TEXT
) STRICT;
CREATE UNIQUE INDEX feedback_once ON feedback (subscriber_id, lot_id, answer) WHERE subscriber_id IS NOT NULL;
CREATE INDEX feedback_by_lot ON feedback (lot_id);

CREATE TABLE partners (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lot_id INTEGER NOT NULL REFERENCES lots (id),
    first INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    second INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    first_agreed TEXT,
    second_agreed TEXT,
    introduced_at TEXT,
    CHECK (first < second),
    UNIQUE (lot_id, first, second)
) STRICT;
CREATE INDEX partners_by_second ON partners (second);
"""


def step_2_archive(db: sqlite_utils.Database) -> None:
    """The documents that sources answered with, and what each run read of them."""
    _run(db, _ARCHIVE)


def step_2_merging(db: sqlite_utils.Database) -> None:
    """One tender, seen in several places; and what is no longer listed."""
    _run(db, _MERGING)


def step_2_asked(db: sqlite_utils.Database) -> None:
    """What a run asked its source for, "" in runs from before: a search that was widened has to look back again."""
    _run(db, "ALTER TABLE crawl_runs ADD COLUMN asked TEXT NOT NULL DEFAULT '';")


def step_3_tags(db: sqlite_utils.Database) -> None:
    """Staff's tags, what they are asked about, and which rules and model judge."""
    _run(db, _TAGS)


def step_4_digests(db: sqlite_utils.Database) -> None:
    """Sign-up and what people answer, what is withheld, mails that are no digests."""
    _run(db, _DIGESTS)


def step_5_desk(db: sqlite_utils.Database) -> None:
    """The catalogue that is searched, staff, what they put right and what they plan."""
    _run(db, DESK)


def step_6_reports(db: sqlite_utils.Database) -> None:
    """What was told to the public of each quarter."""
    _run(
        db,
        "CREATE TABLE told_reports (key TEXT PRIMARY KEY, told_at TEXT NOT NULL, data BLOB NOT NULL) "
        "STRICT, WITHOUT ROWID;",
    )


MERGING = "003_merging"
STEPS = (
    ("001_step_1", step_1),
    ("002_archive", step_2_archive),
    (MERGING, step_2_merging),
    ("004_asked", step_2_asked),
    ("005_tags", step_3_tags),
    ("006_digests", step_4_digests),
    ("007_desk", step_5_desk),
    ("008_told_reports", step_6_reports),
)
for _name, _step in STEPS:
    migrations(name=_name)(_step)

# A file that has others was written by a newer program.
KNOWN = frozenset(name for name, _ in STEPS)
