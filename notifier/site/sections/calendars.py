"""Deadlines and ends of agreements as calendars: of all, and of each trade.

A deadline stays for KEPT after it has passed: who subscribed shall still find this morning's in the evening, and a
tender that was called off is seen as cancelled, not missing. An agreement's event says how often it was changed, which
is remembered from one publication to the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from notifier.lots import AgreementView, LotState
from notifier.site.calendar import END, Changed, agreement_event, calendar_head, lot_events, no_events
from notifier.site.documents import Document, Edition, Listed, Part, by_deadline
from notifier.site.fingerprints import agreement_fingerprint
from notifier.site.lists import by_end
from notifier.site.reader import Reader, last_end
from notifier.site.rendering import in_language
from notifier.site.sections.section import Section

DEADLINES, AGREEMENTS = "frister.ics", "aftaler.ics"
KEPT = dt.timedelta(days=30)
MEMORY = "calendars"
_HEAD, _NOTHING, _END = "head", "nothing", "end"  # no lot or agreement is called so: names of theirs are composed
_HELD = 16_384  # lots whose events are held, some 600 octets each: they stand in their trades' calendars as well
_LIVE = (LotState.OPEN, LotState.PLANNED)


@dataclass(frozen=True, slots=True)
class _Known:
    """What an agreement said, how often that was changed, and when it last was, in Unix seconds."""

    mark: str
    sequence: int
    changed: int


def trade_calendar(key: str) -> str:
    """Path of a trade's calendar, without its language's folder."""
    return f"fag/{key}.ics"


def _documents(edition: Edition) -> Iterator[Document]:
    lots = sorted((lot for lot in edition.lots if _in_calendar(lot, edition.now)), key=by_deadline)
    agreements = [view for view in by_end(edition.agreements) if last_end(view)]
    known = edition.once(_known)
    for one in edition.readers:
        events = _Events(edition, one, known)
        w, town = one.w, edition.town.name
        yield events.calendar(DEADLINES, partial(w, "feeds.calendar_deadlines", town=town), lots, ())
        yield events.calendar(AGREEMENTS, partial(w, "feeds.calendar_agreements", town=town), (), agreements)
        for trade in edition.trades:
            name = partial(w, "feeds.calendar_trade", town=town, trade=one.trades[trade.key])
            of_lots = [lot for lot in lots if trade.key in lot.trades]
            of_agreements = [view for view in agreements if trade.key in view.trades]
            yield events.calendar(trade_calendar(trade.key), name, of_lots, of_agreements)


def _in_calendar(lot: Listed, now: dt.datetime) -> bool:
    return lot.shown and lot.last is not None and (lot.state in _LIVE or lot.last + KEPT >= now)


@dataclass(frozen=True, eq=False)
class _Events:
    """Events for one reader."""

    edition: Edition
    reader: Reader
    known: Mapping[str, _Known]
    _made: dict[str, bytes] = field(default_factory=dict)
    _parts: dict[str, Part] = field(default_factory=dict)

    def calendar(
        self, path: str, name: Callable[[], str], lots: Sequence[Listed], agreements: Sequence[AgreementView]
    ) -> Document:
        edition, language = self.edition, self.reader.language
        parts = [self._part(lot) for lot in lots]
        for view in agreements:
            known = self.known[view.uid]
            parts.append(Part(view.uid, edition.key("ends", language, known.mark, known.sequence, known.changed)))
        return Document(
            in_language(path, language),
            (
                Part(_HEAD, edition.key("calendar", language, path)),
                *(parts or [Part(_NOTHING, edition.key("no-events"))]),
                Part(_END, edition.key("calendar-end")),
            ),
            partial(self._make, name),
        )

    def _part(self, lot: Listed) -> Part:
        """Worked out once: a lot stands in several calendars."""
        if lot.uid not in self._parts:
            key = self.edition.key("deadlines", self.reader.language, lot.mark, lot.updated)
            self._parts[lot.uid] = Part(lot.uid, key)
        return self._parts[lot.uid]

    def _make(self, name: Callable[[], str], names: Sequence[str]) -> Iterator[bytes]:
        made = self._events([one for one in names if one in self.edition.by_uid])
        agreements = {view.uid: view for view in self.edition.agreements}
        town, reader = self.edition.town, self.reader
        for one in names:
            if one in made:
                yield made[one]
            elif one in agreements:
                yield agreement_event(agreements[one], town, reader, _changed(self.known[one]))
            elif one == _HEAD:
                yield calendar_head(name(), town, reader)
            else:
                yield no_events() if one == _NOTHING else END

    def _events(self, uids: Sequence[str]) -> Mapping[str, bytes]:
        made = {uid: self._made[uid] for uid in uids if uid in self._made}
        for view in self.edition.views([uid for uid in uids if uid not in made]):
            made[view.uid] = lot_events(view, self.edition.town, self.reader)
            if len(self._made) < _HELD:
                self._made[view.uid] = made[view.uid]
        return made


def _changed(known: _Known) -> Changed:
    return Changed(known.sequence, dt.datetime.fromtimestamp(known.changed, dt.UTC))


def _known(edition: Edition) -> dict[str, _Known]:
    """Every agreement that is known or was: one that comes again goes on counting."""
    try:
        known = msgspec.msgpack.decode(edition.memory.get(MEMORY, b""), type=dict[str, _Known])
    except msgspec.MsgspecError:
        known = {}
    for view in edition.agreements:
        known[view.uid] = _next(view, known.get(view.uid), int(edition.now.timestamp()))
    return known


def _next(view: AgreementView, before: _Known | None, now: int) -> _Known:
    mark = agreement_fingerprint(view)
    if before is None:
        return _Known(mark, 0, int(view.first_seen.timestamp()))
    if before.mark == mark:
        return before
    return _Known(mark, before.sequence + 1, max(now, before.changed + 1))


def _remember(edition: Edition) -> Mapping[str, bytes]:
    return {MEMORY: msgspec.msgpack.encode(edition.once(_known))}


SECTION = Section(r"(?:frister|aftaler)\.ics|fag/[a-z0-9_-]{1,80}\.ics", _documents, remember=_remember, promised=True)
