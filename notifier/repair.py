"""Kept documents, read again by a mended parser: what was read wrong is put right where it stands.

A version that came from a document gets what the document says now, in place, so that history is as if the parser had
always been right; what readers were told wrongly is told to them as a change. A document of which nothing could be
read then gives its items now, unless what is held is newer.

Sources whose runs have to be proven (pages of HTML) give nothing new here: a document of which nothing is held may
come from a run in alarm, whose findings were held back for good reason. The next crawl reads them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields

import msgspec

from notifier import changes
from notifier.lots import Agreement, FieldChange, Lot, Notice, Organisation
from notifier.merging import LotKey, lot_keys
from notifier.store import Store
from notifier.withheld import Reason


@dataclass(frozen=True, slots=True)
class LotFieldChange:
    """A field that is read otherwise now: of that lot, or of the notice or agreement itself where `lot_id` is ""."""

    lot_id: str
    change: FieldChange


@dataclass(frozen=True, slots=True)
class Correction:
    """One item that is read otherwise now. `changes` is empty where nothing of it was held."""

    key: str
    title: str
    newest: bool  # what readers are shown; False for an earlier version
    changes: tuple[LotFieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """What one document came to. `lost` are keys that were read from it once and could not be read from it now."""

    corrections: tuple[Correction, ...]
    same: int
    lost: tuple[str, ...]


class Repair:
    """Puts right what is held. `fresh`: also takes what was never held. Without `write` it only looks."""

    def __init__(self, store: Store, now: dt.datetime, *, fresh: bool, write: bool = True) -> None:
        self._store = store
        self._now = now
        self._fresh = fresh
        self._write = write

    def take(self, number: int, items: Iterable[Notice | Agreement]) -> Repaired:
        """What is read now from the document `number`, all of it kept or nothing. Raises StoreError."""
        by_key = {item.key: item for item in items}
        corrections: list[Correction] = []
        same = 0
        reason = Reason.REPARSE if self._write else None
        with self._store.withheld.noting(reason, "", self._now):
            lost = tuple(sorted(self._store.documents.keys_read(number) - by_key.keys()))
            for item in by_key.values():
                found = self._notice(number, item) if isinstance(item, Notice) else self._agreement(number, item)
                same += found is not None and not found
                corrections += found or ()
        return Repaired(tuple(corrections), same, lost)

    def _notice(self, number: int, notice: Notice) -> tuple[Correction, ...] | None:
        """What was corrected; () where all is as it was, None where the item is not of this document."""
        readings = self._store.documents.readings(number, notice.source, notice.key)
        if not readings:
            return self._fresh_notice(number, notice)
        corrections: list[Correction] = []
        digest = changes.content_digest(notice)
        for reading in readings:
            if reading.notice == notice:
                continue
            if self._write:
                self._store.notices.repair(reading.version, notice, self._now)
            if changes.content_digest(reading.notice) != digest:  # else remarks alone are other ones
                told = notice_changes(reading.notice, notice)
                corrections.append(Correction(notice.key, notice.title, reading.newest, told))
        return tuple(corrections)

    def _fresh_notice(self, number: int, notice: Notice) -> tuple[Correction, ...] | None:
        documents = self._store.documents
        if not self._fresh or not self._newer(number, documents.of_notice(notice.source, notice.key)):
            return None
        held = self._store.notices.latest(notice.source, notice.key)
        if self._write:
            self._store.notices.hold(notice, self._now, number)
        if held and changes.content_digest(held) == changes.content_digest(notice):
            return ()
        return (Correction(notice.key, notice.title, True, notice_changes(held, notice) if held else ()),)

    def _agreement(self, number: int, agreement: Agreement) -> tuple[Correction, ...] | None:
        """As for a notice; of an agreement only what it says now is held."""
        documents = self._store.documents
        source = documents.of_agreement(agreement.source, agreement.key)
        if source != number and not (self._fresh and self._newer(number, source)):
            return None
        held = self._store.documents.agreement(agreement.source, agreement.key)
        if self._write and held != agreement:
            # Seen when the document was: reading it again says nothing of what the source shows today.
            self._store.agreements.hold(agreement, documents.last_seen(number), number)
        if held and changes.agreement_digest(held) == changes.agreement_digest(agreement):
            return ()
        told = _field_changes("", held, agreement) if held else ()
        return (Correction(agreement.key, agreement.title, True, told),)

    def _newer(self, number: int, other: int | None) -> bool:
        """Whether a document was seen later than the one that an item was read from; that one may be unknown."""
        documents = self._store.documents
        return other is None or documents.last_seen(number) > documents.last_seen(other)


def notice_changes(before: Notice, after: Notice) -> tuple[LotFieldChange, ...]:
    """Every field of a notice and of its lots that says something else, the notice's own first."""
    found = list(_field_changes("", before, after))
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        if was and now:
            found += [LotFieldChange(now.lot_id, change) for change in changes.diff_lot(was, now)]
        else:
            titles = (was.title if was else "", now.title if now else "")
            found.append(LotFieldChange((now or was or _NONE).lot_id, FieldChange("lot", *titles)))
    return tuple(found)


_NONE = Lot("", "")
_NOT_COMPARED = {"source", "key", "flags", "lots"}


def _by_key(notice: Notice) -> dict[LotKey, Lot]:
    """The lots of a notice as they are told apart, also where two have one number."""
    return dict(zip(lot_keys([(lot.kind, lot.lot_id) for lot in notice.lots]), notice.lots, strict=True))


def _field_changes(lot_id: str, before: Notice | Agreement, after: Notice | Agreement) -> tuple[LotFieldChange, ...]:
    return tuple(
        LotFieldChange(lot_id, FieldChange(field.name, _text(old), _text(new)))
        for field in fields(after)
        if field.name not in _NOT_COMPARED
        and (old := getattr(before, field.name)) != (new := getattr(after, field.name))
    )


def _text(value: object) -> str:
    """A value for people: names of organisations, texts as they are, the rest as JSON writes it."""
    if isinstance(value, Organisation):
        return value.name
    if isinstance(value, tuple):
        return "; ".join(_text(one) for one in value)
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode().strip('"')
