"""What sources answered, as it came: the archive that a mended parser reads again.

A body is kept once, compressed, whatever places showed it. A document says where a body was seen, for whom it was
read with which facts, and when it was last confirmed; another body at the place is another document, and so are other
facts about it, for what was read before came of those.

What was read is kept with its document as long as it is held. A visit that told nothing new (a page with a clock or a
token in it is another each time) is forgotten in the end: see `Documents.forget`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from notifier.lots import Agreement, Document, DocumentRole, Known, Notice
from notifier.store.database import Database
from notifier.store.values import from_json, stamp

# How long what a source answered is kept where nothing that is held was read from it: a year, and a month to notice.
KEPT = dt.timedelta(days=400)
# Notices shrink to a quarter at level 3; level 6 saves a tenth of that and costs half as much time again.
_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A notice version as it was read from a document. `newest` where it is what its notice says now."""

    version: int  # of `notice_versions`, for `Notices.repair`
    notice: Notice
    newest: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept answer without its body; `size` is the body's, in octets."""

    number: int
    url: str
    role: DocumentRole
    key: str
    content_type: str
    size: int
    first_seen: dt.datetime
    last_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class _Row:
    source: str
    place: str
    url: str
    role: DocumentRole
    reader: str
    key: str
    facts: bytes
    content_type: str
    etag: str
    last_modified: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Newest:
    id: int
    etag: str
    last_modified: str
    last_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class _Reading:
    id: int
    data: bytes
    newest: int


@dataclass(frozen=True, slots=True)
class _Flags:
    """As much of a notice's or an agreement's JSON as tells whether it was read without remarks."""

    flags: tuple[str, ...] = ()


_DOCUMENT = (
    "SELECT source, place, url, role, reader, key, facts, content_type, etag, last_modified, bodies.data AS body "
    "FROM documents JOIN bodies ON bodies.id = body_id"
)
# Nothing that is held was read from it, and it is not the last word of a notice's own page.
_NEEDLESS = (
    "NOT EXISTS (SELECT 1 FROM notice_versions WHERE document_id = old.id) "
    "AND NOT EXISTS (SELECT 1 FROM agreements WHERE document_id = old.id) "
    "AND (role = ? OR EXISTS (SELECT 1 FROM documents AS later WHERE later.source = old.source "
    "AND later.place = old.place AND (later.last_seen, later.id) > (old.last_seen, old.id)))"
)
_AT_ONCE = 500  # documents that go in one transaction: other writers wait for milliseconds
_AT_PLACE = "WHERE source = ? AND place = ? ORDER BY last_seen DESC, id DESC LIMIT 1"


class Documents:
    """The tables `documents` and `bodies`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen_after(self, source: str, moment: dt.datetime | None, limit: int) -> tuple[Kept, ...]:
        """What a source answered after a moment (None: ever), the newest first and lists before notices."""
        return tuple(
            self._database.select(
                Kept,
                "SELECT documents.id AS number, url, role, key, content_type, size, first_seen, last_seen "
                "FROM documents JOIN bodies ON bodies.id = body_id WHERE source = ? AND last_seen > ? "
                "ORDER BY last_seen DESC, role = ? DESC, documents.id DESC LIMIT ?",
                (source, stamp(moment) if moment else "", DocumentRole.LIST, limit),
            )
        )

    def keep(self, document: Document, seen_at: dt.datetime) -> int:
        """Keep an answer, or note that it was seen again; its number. Validators are those of now."""
        with self._database.transaction():
            body = self._body(document.body)
            same = "SELECT id FROM documents WHERE source = ? AND place = ? AND body_id = ? AND facts = ?"
            known = self._database.column(int, same, (document.source, document.place, body, document.facts))
            if not known:
                return self._add(document, body, seen_at)
            self._database.write(
                "UPDATE documents SET url = ?, role = ?, reader = ?, key = ?, content_type = ?, etag = ?, "
                "last_modified = ?, last_seen = ? WHERE id = ?",
                (*_told(document), stamp(seen_at), known[0]),
            )
            return known[0]

    def newest(self, source: str, place: str) -> Document | None:
        """The document that was last seen at a place, with its body, or None."""
        number = self.number(source, place)
        return self.get(number) if number else None

    def number(self, source: str, place: str) -> int | None:
        """The number of the document that was last seen at a place, or None."""
        found = self._database.column(int, f"SELECT id FROM documents {_AT_PLACE}", (source, place))  # noqa: S608
        return found[0] if found else None

    def known(self, source: str, place: str) -> Known | None:
        """What a request for a place may rely on, or None where nothing was seen there."""
        sql = f"SELECT id, etag, last_modified, last_seen FROM documents {_AT_PLACE}"  # noqa: S608
        newest = self._database.select_one(_Newest, sql, (source, place))
        if newest is None:
            return None
        return Known(newest.etag, newest.last_modified, newest.last_seen, self._was_read(newest.id))

    def numbers(self, source: str) -> list[int]:
        """Numbers of all documents of a source, those last seen longest ago first."""
        return self._database.column(int, "SELECT id FROM documents WHERE source = ? ORDER BY last_seen, id", (source,))

    def get(self, number: int) -> Document:
        """The document of that number, which must be there, with its body."""
        row = self._database.select_one(_Row, f"{_DOCUMENT} WHERE documents.id = ?", (number,))
        assert row is not None
        return _document(row)

    def last_seen(self, number: int) -> dt.datetime:
        """When the document of that number, which must be there, was last confirmed by its source."""
        return self._database.column(dt.datetime, "SELECT last_seen FROM documents WHERE id = ?", (number,))[0]

    def forget(self, before: dt.datetime) -> int:
        """Drop documents that were last seen before a moment and that nothing held depends on; how many.

        Those stay from which a version or an agreement was read that is held, however old, and the newest answer at
        each notice's own address, read or not. A body goes with the last document that had it.
        """
        sql = f"SELECT id FROM documents AS old WHERE last_seen < ? AND {_NEEDLESS}"  # noqa: S608
        needless = self._database.column(int, sql, (stamp(before), DocumentRole.LIST))
        for start in range(0, len(needless), _AT_ONCE):
            with self._database.transaction():
                for number in needless[start : start + _AT_ONCE]:
                    self._drop(number)
        return len(needless)

    def _drop(self, number: int) -> None:
        body = self._database.number("SELECT body_id FROM documents WHERE id = ?", (number,))
        self._database.write("DELETE FROM documents WHERE id = ?", (number,))
        self._database.write(
            "DELETE FROM bodies WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM documents WHERE body_id = ?1)", (body,)
        )

    def readings(self, number: int, source: str, key: str) -> Sequence[Reading]:
        """The versions of a notice that were read from a document, oldest first."""
        rows = self._database.select(
            _Reading,
            "SELECT notice_versions.id, data, number = latest AS newest FROM notice_versions "
            "JOIN notices ON notices.id = notice_id WHERE document_id = ? AND source = ? AND key = ? ORDER BY number",
            (number, source, key),
        )
        return [Reading(row.id, from_json(row.data, Notice), bool(row.newest)) for row in rows]

    def keys_read(self, number: int) -> frozenset[str]:
        """Keys of the notices and agreements that were read from a document."""
        sql = (
            "SELECT key FROM notice_versions JOIN notices ON notices.id = notice_id WHERE document_id = ?1 "
            "UNION SELECT key FROM agreements WHERE document_id = ?1"
        )
        return frozenset(self._database.column(str, sql, (number,)))

    def of_notice(self, source: str, key: str) -> int | None:
        """The document that a notice's newest version was read from, or None."""
        sql = (
            "SELECT document_id FROM notices JOIN notice_versions ON notice_id = notices.id AND number = latest "
            "WHERE source = ? AND key = ? AND document_id IS NOT NULL"
        )
        found = self._database.column(int, sql, (source, key))
        return found[0] if found else None

    def of_agreement(self, source: str, key: str) -> int | None:
        """The document that an agreement was read from, or None."""
        sql = "SELECT document_id FROM agreements WHERE source = ? AND key = ? AND document_id IS NOT NULL"
        found = self._database.column(int, sql, (source, key))
        return found[0] if found else None

    def agreement(self, source: str, key: str) -> Agreement | None:
        """What is held of an agreement, or None."""
        found = self._database.column(bytes, "SELECT data FROM agreements WHERE source = ? AND key = ?", (source, key))
        return from_json(found[0], Agreement) if found else None

    def _body(self, data: bytes) -> int:
        digest = hashlib.sha256(data).hexdigest()
        known = self._database.column(int, "SELECT id FROM bodies WHERE hash = ?", (digest,))
        if known:
            return known[0]
        sql = "INSERT INTO bodies (hash, size, data) VALUES (?, ?, ?)"
        return self._database.insert(sql, (digest, len(data), zlib.compress(data, _LEVEL)))

    def _add(self, document: Document, body: int, seen_at: dt.datetime) -> int:
        at = stamp(seen_at)
        return self._database.insert(
            "INSERT INTO documents (url, role, reader, key, content_type, etag, last_modified, "
            "source, place, body_id, facts, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_told(document), document.source, document.place, body, document.facts, at, at),
        )

    def _was_read(self, number: int) -> bool:
        """Whether something that is held now was read from the document, and without a remark."""
        sql = (
            "SELECT data FROM notice_versions JOIN notices ON notices.id = notice_id AND number = latest "
            "WHERE document_id = ?1 UNION ALL SELECT data FROM agreements WHERE document_id = ?1"
        )
        found = self._database.column(bytes, sql, (number,))
        return bool(found) and not any(from_json(data, _Flags).flags for data in found)


def _told(document: Document) -> tuple[str, ...]:
    """What may be another each time that the same body is seen at the same place."""
    return (
        document.url,
        document.role,
        document.reader,
        document.key,
        document.content_type,
        document.etag,
        document.last_modified,
    )


def _document(row: _Row) -> Document:
    return Document(
        source=row.source,
        place=row.place,
        url=row.url,
        role=row.role,
        reader=row.reader,
        body=zlib.decompress(row.body),
        key=row.key,
        facts=row.facts,
        content_type=row.content_type,
        etag=row.etag,
        last_modified=row.last_modified,
    )
