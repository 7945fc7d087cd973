"""When each record and each release last became another: a mark of what it says, and the moment of the first edition
that said so. The program is no part of the marks, so nothing is dated anew because it was upgraded.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifier.clock import COPENHAGEN
from notifier.lots import AgreementView
from notifier.site.data.snapshots import read_memory
from notifier.site.documents import KEY, Edition, Listed, digest

_ROW = struct.Struct(f"<{KEY}sI")  # a mark, and the seconds since 1970


@dataclass(frozen=True, slots=True)
class Dated:
    """What something says, in a hash, and since when."""

    mark: bytes
    seconds: int

    @property
    def at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.seconds, COPENHAGEN)


@dataclass(frozen=True, slots=True)
class Dates:
    """Of lots that have a page and of agreements by their uids, and of tenders by their procedures."""

    lots: Mapping[str, Dated]
    agreements: Mapping[str, Dated]
    tenders: Mapping[str, Dated]

    def packed(self) -> bytes:
        """As the next edition reads it."""
        every = (*self.lots.values(), *self.agreements.values(), *self.tenders.values())
        return b"".join(_ROW.pack(one.mark, one.seconds) for one in every)


def dates(edition: Edition, tenders: Mapping[str, Iterable[Listed]]) -> Dates:
    """Of this edition; `tenders` are those that have a release, with all lots that it tells of."""
    packed = edition.once(read_memory).changed
    known: dict[bytes, int] = dict(_ROW.iter_unpack(packed)) if len(packed) % _ROW.size == 0 else {}
    now, says = int(edition.now.timestamp()), _Says(edition)

    def dated(mark: bytes) -> Dated:
        return Dated(mark, known.get(mark, now))

    lots = {lot.uid: says.lot(lot) for found in tenders.values() for lot in found}
    return Dates(
        {lot.uid: dated(lots[lot.uid]) for lot in edition.shown},
        {view.uid: dated(says.agreement(view)) for view in edition.agreements},
        {
            procedure: dated(digest((procedure, [(lot.shown, lots[lot.uid]) for lot in found])))
            for procedure, found in tenders.items()
        },
    )


class _Says:
    """Marks of all that a record says, whichever program writes it."""

    def __init__(self, edition: Edition) -> None:
        about = edition.open_data
        self._all = digest((edition.town.base_url, about.ocid_prefix, about.licence, about.licence_url))
        self._sources = {one.id: digest((one.name, one.licence, one.licence_url)) for one in edition.sources}
        self._agreements = edition.agreement_marks

    def lot(self, lot: Listed) -> bytes:
        """`updated` stands for what the notice says and no page shows."""
        source = self._sources.get(lot.source)
        return digest((lot.uid, lot.mark, lot.state, lot.updated, lot.first_seen, source, self._all))

    def agreement(self, view: AgreementView) -> bytes:
        source = self._sources.get(view.agreement.source)
        return digest((view.uid, self._agreements[view.uid], view.first_seen, source, self._all))
