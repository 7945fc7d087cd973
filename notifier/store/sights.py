"""What notices and agreements have in common: being seen for the first time, changed or unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from typing import Literal, TypeVar

from notifier import changes
from notifier.store.database import Database

T = TypeVar("T")

# SQLite before 3.32 takes no more than 999 values in one statement; a chunk leaves room for others.
CHUNK = 500


class Sight(StrEnum):
    """What holding something found out."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists of at most CHUNK."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def marks(items: list[T]) -> str:
    """As many question marks as there are items, for IN (…)."""
    return ",".join("?" * len(items))


def keys_held(
    database: Database, table: Literal["notices", "agreements"], source: str, keys: Iterable[str]
) -> frozenset[str]:
    """Which of these keys of a source are in the table."""
    found: set[str] = set()
    for chunk in chunks(keys):
        sql = f"SELECT key FROM {table} WHERE source = ? AND key IN ({marks(chunk)})"  # noqa: S608
        found.update(database.column(str, sql, (source, *chunk)))
    return frozenset(found)


def free_slug(database: Database, table: Literal["lots", "agreements"], title: str, uid: str) -> str:
    """A page's name that no other item has. Eight digits of the hash nearly always do; else more, up to all 64."""
    sql = f"SELECT count(*) FROM {table} WHERE slug = ?1"  # noqa: S608
    if table == "lots":
        sql = f"SELECT ({sql}) + (SELECT count(*) FROM lot_aliases WHERE slug = ?1)"  # noqa: S608
    names = (changes.slug(title, uid, length) for length in (8, 16, 64))
    return next(name for name in names if not database.number(sql, (name,)))
