"""Reading many rows without holding a transaction or all of them in memory, each notice version decoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from notifier.lots import Notice
from notifier.store.database import Database
from notifier.store.sights import CHUNK, chunks, marks
from notifier.store.values import from_json


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=_Numbered)


def pages(read: Callable[[int], list[RowT]]) -> Iterator[list[RowT]]:
    """Page after page of rows: `read(after)` answers up to CHUNK rows with an id above `after`, by id.

    Between pages nothing is open, so that the caller may write and others are not kept waiting.
    """
    after = 0
    while page := read(after):
        yield page
        after = page[-1].id
        if len(page) < CHUNK:
            return


class NoticeReader:
    """Decodes notice versions by id and remembers those of the last call: rows come in the order of versions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, Notice] = {}

    def read(self, version_ids: Iterable[int]) -> dict[int, Notice]:
        """The notices of these versions."""
        wanted = set(version_ids)
        kept = {number: notice for number, notice in self._known.items() if number in wanted}
        for chunk in chunks(sorted(wanted - kept.keys())):
            sql = f"SELECT id, data FROM notice_versions WHERE id IN ({marks(chunk)})"  # noqa: S608
            kept |= {number: from_json(data, Notice) for number, data in self._database.pairs(sql, chunk)}
        self._known = kept
        return kept
