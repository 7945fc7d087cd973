"""What [filter] and [selectors] of a source's file may hold: every kind refuses what it does not read."""

from __future__ import annotations

from collections.abc import Collection

from notifier.config import Source
from notifier.errors import Mistake


def unread(source: Source, table: str, known: Collection[str], file: str) -> list[Mistake]:
    """A mistake for every key of [filter] or [selectors] that the source's kind does not read."""
    held = source.filter if table == "filter" else source.selectors
    remedy = f"write one of {', '.join(known)}, or take it out" if known else "take it out: this kind reads none"
    return [Mistake(file, None, f"{table}.{key}", "is not known", remedy) for key in held if key not in known]


def hosts(source: Source, file: str) -> list[Mistake]:
    """A mistake where `hosts` in [filter] names no hosts."""
    named = source.filter.get("hosts", [])
    if isinstance(named, list) and all(isinstance(host, str) and host and "/" not in host for host in named):
        return []
    return [Mistake(file, None, "filter.hosts", "must be a list of hosts", 'write ["www.by.example"]')]
